"""What every site sees and can shoot at, at every place of every path: all that is not chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.case import Propagation
from skyshade.engagement._cpu import fill_thresholds, on_own_lines
from skyshade.engagement._scalar_plan import Fire, Sight, Threats
from skyshade.engagement.paths import Flight
from skyshade.errors import InputError
from skyshade.fireunit._cpu import PathLimits, PlacesOnPaths, launch_tables
from skyshade.fireunit.limits import range_max_m
from skyshade.fireunit.model import FireUnit, radar_unknowns
from skyshade.fireunit.places import Standing
from skyshade.fireunit.signal import curve_of, log_echo_constant, log_snr
from skyshade.radar.detection import one_more_confirms
from skyshade.radar.model import Radar
from skyshade.radar.ranges import log_path_gain, needed_log_snr
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Site
from skyshade.terrain.geodesy import altitude_at_elevation_m, curvature_radius_m
from skyshade.terrain.model import Antenna, Dem
from skyshade.terrain.points import EarthPoints, Surface, in_sight, surface_of
from skyshade.terrain.sweep import antenna_altitude_m, sector_width_deg
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

CERTAIN = 1e3  # ln(snr) of what is seen for certain
HIGH_M, HIGH_STEP_M = 3_000.0, 2_400.0  # above this, places between knots of line of sight
LOW_STEP_M = 450.0  # the same below: half a cell of the built-in terrain


@dataclass(frozen=True, eq=False)
class View:
    """What an acquisition radar has in view along all paths, whatever its figures are.

    Attributes
    ----------
    dist_m : (places,) ground range; all are arrays over places.
    seen : in line of sight, range and sector.
    acquired : what ln(snr) owes to range, air and jamming.
    jn : J/N at the radar of what the target's own jammer puts into the main beam.
    """

    dist_m: NDArray[np.float64]
    seen: NDArray[np.bool_]
    acquired: NDArray[np.float64]
    jn: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sightline(View):
    """What both radars of a site have in view.

    Attributes
    ----------
    held : in line of sight, range and sector of the engagement radar.
    engaged : what ln(snr) at it owes to range, air and jamming.
    """

    held: NDArray[np.bool_]
    engaged: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Watcher:
    """An acquisition radar with the values of its uncertain figures.

    Attributes
    ----------
    views : from where it looks: one, or those from the positions of its orbit.
    tracks : the most targets that it tracks. emits : whether it looks at all.
    lap_s : time of one round of the orbit.
    watch_s, cycle_s : on station for so long in every cycle; equal: always.
    """

    radar: Radar
    views: Sequence[View]
    tracks: int
    emits: bool = True
    lap_s: float = 1.0
    watch_s: float = 1.0
    cycle_s: float = 1.0


@dataclass(frozen=True, eq=False)
class Places:
    """All places of all paths, one path after the other.

    Attributes
    ----------
    flights : (paths,) to which flight each path belongs.
    first : (paths + 1,) where each path's places begin.
    lon, lat, alt_m, agl_m, speed_mps : (places,).
    points : the same places as rays need them.
    is_knot : (places,) where every antenna's line of sight is worked out first. Knots are farther
        apart high above the ground, where sight seldom changes; where it does between two knots,
        the places between are worked out too.
    knot_before, knot_after : (places,) the knots around each place.
    """

    flights: tuple[Flight, ...]
    first: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    alt_m: NDArray[np.float64]
    agl_m: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    points: EarthPoints
    is_knot: NDArray[np.bool_]
    knot_before: NDArray[np.int64]
    knot_after: NDArray[np.int64]

    @classmethod
    def of(cls, in_air: Sequence[Flight], step_s: float) -> Places:
        """The places of these flights, a step of time apart."""
        paths = [p for f in in_air for p in f.paths]
        lon, lat, alt_m, agl_m, speed_mps = (
            np.concatenate([getattr(p, f) for p in paths])
            for f in ("lon", "lat", "alt_m", "agl_m", "speed_mps")
        )
        lengths = np.array([len(p.lon) for p in paths])
        first = np.cumsum([0, *lengths])
        along = np.arange(len(lon)) - np.repeat(first[:-1], lengths)
        last = np.repeat(first[1:] - 1, lengths)
        here = np.arange(len(lon))
        apart = np.where(agl_m > HIGH_M, HIGH_STEP_M, LOW_STEP_M)
        flown = np.maximum(speed_mps * step_s, 1.0)  # recorded aircraft may stand still
        stride = np.maximum(apart / flown, 1.0).astype(np.int64)
        is_knot = (along % stride == 0) | (here == last)
        before = np.maximum.accumulate(np.where(is_knot, here, 0))
        after = np.minimum.accumulate(np.where(is_knot, here, len(lon))[::-1])[::-1]
        return cls(
            tuple(f for f in in_air for _ in f.paths),
            first,
            lon,
            lat,
            alt_m,
            agl_m,
            speed_mps,
            EarthPoints.of(lon, lat),
            is_knot,
            before,
            after,
        )


class RaidTerrain(NamedTuple):
    """The terrain under a raid, and how rays run over it."""

    dem: Dem
    surface: Surface
    k_factor: float

    @classmethod
    def of(cls, dem: Dem, propagation: Propagation) -> RaidTerrain:
        """The terrain of a case."""
        return cls(dem, surface_of(dem, propagation.sea_outside), propagation.k_factor)


def sightline(
    raid: Raid, site: Site, unit: FireUnit, stands: Standing, ground: RaidTerrain, places: Places
) -> Sightline:
    """What a site has in view along all paths, its antennas standing there.

    Raises
    ------
    InputError : the site stands outside the terrain or on unknown terrain.
    """
    antenna = stands.acquisition
    range_m = unit.spec.max_range_m
    dist, az = places.points.polar(antenna.lon, antenna.lat, 1.01 * range_m)
    jn = own_noise(places, dist)
    seen = sees(stands.acquisition, range_m, raid, ground, places, (dist, az))
    same = stands.acquisition == stands.engagement
    held = seen if same else sees(stands.engagement, range_m, raid, ground, places, (dist, az))
    sector = raid.defence_of(site.id).engagement_sector_deg
    if sector is not None:
        held = held & _in_sector(az, sector)

    in_view = np.nonzero(seen | held)[0]

    def owed(radar: Radar, antenna: Antenna) -> NDArray[np.float64]:
        gain = np.full(len(dist), -np.inf)  # of use only where there is sight
        h0 = antenna_altitude_m(ground.dem, antenna)
        above = np.maximum(places.alt_m[in_view] - h0, 0.0)
        gain[in_view] = log_path_gain(radar, dist[in_view], above) - np.log1p(jn[in_view])
        return gain

    return Sightline(
        dist_m=dist,
        seen=seen,
        held=held,
        acquired=owed(unit.acquisition, stands.acquisition),
        engaged=owed(unit.engagement, stands.engagement),
        jn=jn,
    )


class SiteRadars(NamedTuple):
    """A site's radars with the values of their uncertain figures."""

    acquisition: Radar
    engagement: Radar


def site_radars(units: Sequence[FireUnit], figures: Figures) -> list[SiteRadars]:
    """The radars of each site with these values of their uncertain figures."""
    return [
        SiteRadars(
            with_figures(u.acquisition, figures, ("reference_range_m", "scan_period_s")),
            with_figures(u.engagement, figures, ("reference_range_m",)),
        )
        for u in units
    ]


def log_cross_sections(places: Places, figures: Figures) -> NDArray[np.float64]:
    """(paths,) ln of the radar cross-section (m2) of who flies each path."""
    return np.log([_rcs_m2(f, figures) for f in places.flights])


def make_sight(
    raid: Raid,
    watchers: Sequence[Watcher],
    places: Places,
    path_of: NDArray[np.int64],
    log_rcs: NDArray[np.float64],
) -> Sight:
    """What each acquisition radar sees at every place of every path.

    Parameters
    ----------
    watchers : those of the sites, then those in the air.
    path_of : (targets,) which path each takes.
    log_rcs : (paths,) from `log_cross_sections`.

    Raises
    ------
    InputError : no scan period is published for a radar.
    """
    n, rows = len(places.lon), np.array([len(w.views) for w in watchers], np.int64)
    first_row = np.concatenate([[0], np.cumsum(rows)[:-1]]).astype(np.int64)
    jammers = [f.group.jammer for f in places.flights]
    in_lobes = [j.jn / j.side_lobe if j and j.kind == "stand-off" else 0.0 for j in jammers]
    size = np.repeat(log_rcs, np.diff(places.first))
    gain = np.full((rows.sum(), n), -np.inf, np.float32)
    noise, share = (np.zeros((rows.sum(), n), np.float32) for _ in range(2))
    looks = [(w.radar, view) for w in watchers for view in w.views]
    for i, (radar, line) in enumerate(looks):
        strength = log_snr(line.acquired, log_echo_constant(radar, size))
        if raid.rules.detection == "certain":
            enough = strength >= needed_log_snr(radar)
            strength = np.where(enough, CERTAIN, -np.inf)
        gain[i] = np.where(line.seen, strength, -np.inf)
        if any(in_lobes):
            noise[i] = np.where(line.seen, _noise(places, line.dist_m, in_lobes), 0.0)
        share[i] = 1.0 / (1.0 + line.jn)
    curves = [curve_of(w.radar) for w in watchers]
    floors = np.array([c.log_snr_floor for c in curves])
    opens, closes = _in_view(gain, places.first, path_of, raid.step_s, np.repeat(floors, rows))
    nodes = max(len(c.values) for c in curves)
    m, n_scans = raid.rules.confirm
    nothing = np.zeros((0, 0), np.float32)
    sight = Sight(
        threshold=np.empty(gain.shape, np.uint32),
        gain=gain,
        first_s=np.minimum.reduceat(opens, first_row),
        last_s=np.maximum.reduceat(closes, first_row),
        noise=noise if any(in_lobes) else nothing,
        share=share if any(in_lobes) else nothing,
        curve=np.stack([np.pad(c.values, (0, nodes - len(c.values)), "edge") for c in curves]),
        curve_first=np.array([c.first for c in curves], float),
        per_node=np.array([c.per_node for c in curves], float),
        log_snr_floor=floors,
        enough=np.asarray(one_more_confirms(m, n_scans)),
        coast=int(raid.rules.coast),
        period=np.array([_period(w.radar) for w in watchers]),
        emits=np.array([w.emits for w in watchers]),
        tracks_max=np.array([min(w.tracks, len(path_of)) for w in watchers], np.int64),
        first_row=first_row,
        rows=rows,
        lap=np.array([w.lap_s for w in watchers]),
        watch=np.array([w.watch_s for w in watchers]),
        cycle=np.array([w.cycle_s for w in watchers]),
    )
    fill_thresholds(sight, sight.threshold)
    return sight


def make_launches(
    raid: Raid,
    units: Sequence[FireUnit],
    radars: Sequence[SiteRadars],
    seen: Sequence[Sightline],
    places: Places,
    missiles: tuple[str, ...],
    log_rcs: NDArray[np.float64],
    bounds: Sequence[NDArray[np.bool_] | None],
) -> NDArray[np.float32]:
    """Times of flight and next launches as in `Fire.flight`: (places, sites, missiles + 1).

    Parameters
    ----------
    missiles : ids, in the order of the result.
    log_rcs : (paths,) from `log_cross_sections`.
    bounds : per site the places where its units may meet a target; None: anywhere.
    """
    n = len(places.lon)
    flight = np.full((len(units), len(missiles) + 1, n), np.inf, np.float32)
    for i, (unit, line, (_, engagement), bound) in enumerate(
        zip(units, seen, radars, bounds, strict=True)
    ):
        held, needed = line.held, needed_log_snr(engagement)
        if raid.rules.engagement_radar == "ignored":
            held, needed = np.ones(n, bool), -np.inf
        if bound is not None:
            held = held & bound
        own = [f.missile for f in unit.missiles]
        rows = np.full((len(own), n), np.inf, np.float32)
        launch_tables(
            PlacesOnPaths(
                line.dist_m, places.alt_m, places.agl_m, places.speed_mps, held, line.engaged
            ),
            PathLimits(
                places.first,
                log_echo_constant(engagement, log_rcs),
                needed,
                np.array([[range_max_m(m, f.target) for m in own] for f in places.flights]),
            ),
            unit.tables,
            raid.step_s,
            rows,
            flight[i, -1],
        )
        for missile, row in zip(own, rows, strict=True):
            flight[i, missiles.index(missile.id)] = row
    out = on_own_lines((n, len(units), len(missiles) + 1), np.float32)
    out[:] = np.moveaxis(flight, -1, 0)
    return out


def kill_shape(
    raid: Raid,
    units: Sequence[FireUnit],
    seen: Sequence[Sightline],
    places: Places,
    missiles: tuple[str, ...],
    flight: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(places, sites, missiles) factor on the kill probability at a meeting there; empty if none.

    The product of the curves that the rules give over the share of the missile's longest range,
    over the altitude (km MSL), and over the crossing angle: 0 degrees where the target flies
    straight at the site, 180 where it flies straight away.
    """
    curves = {
        over: np.array(points).T for over, points in raid.rules.kill_probability_shape.items()
    }
    if not curves:
        return np.zeros((0, 0, 0), np.float32)
    shape = np.ones((*flight.shape[:2], len(missiles)), np.float32)
    for i, (unit, line) in enumerate(zip(units, seen, strict=True)):
        if "altitude" in curves:
            shape[:, i] *= np.interp(places.alt_m / 1e3, *curves["altitude"])[:, None]
        if "crossing" in curves:
            angle = np.empty(len(line.dist_m))
            for p in range(len(places.first) - 1):
                here = slice(places.first[p], places.first[p + 1])
                rate = np.gradient(line.dist_m[here]) / raid.step_s
                speed = np.maximum(places.speed_mps[here], 1.0)
                angle[here] = np.degrees(np.arccos(np.clip(-rate / speed, -1.0, 1.0)))
            shape[:, i] *= np.interp(angle, *curves["crossing"])[:, None]
        if "range" in curves:
            for family in unit.missiles:
                m = missiles.index(family.missile.id)
                share = line.dist_m / family.missile.range_max_m
                shape[:, i, m] *= np.interp(share, *curves["range"])
    return shape


def mean_starts(threats: Threats) -> NDArray[np.float64]:
    """(targets,) when each would start (s) if every random time were its mean."""
    starts = np.zeros(len(threats.after))
    for j, other in enumerate(threats.after):
        before = starts[other] if other >= 0 else 0.0
        starts[j] = threats.delay[j] + threats.gap[j] + before
    return starts


def with_last_chances(
    threats: Threats, fire: Fire, reaction: NDArray[np.float64], step_s: float
) -> Threats:
    """The targets with the last moments at which an order can lead to a meeting.

    None where no unit carries a missile that could ever meet and kill the target.

    Parameters
    ----------
    reaction : (units,) from order to launch (s).
    """
    n_sites, last = fire.flight.shape[1], np.full(len(threats.first), -np.inf)
    carried = (fire.load + fire.stores + fire.resupply) > 0  # (units, missiles)
    meets = np.isfinite(fire.flight[:, :, :-1])
    places = np.arange(len(meets))
    for s in range(n_sites):
        here = fire.site == s
        if not here.any():
            continue
        soonest = float(reaction[here].min())
        for kind in np.unique(threats.kind):
            of_use = carried[here].any(axis=0) & (fire.p_kill[:, kind] > 0.0)
            able = np.where(meets[:, s, of_use].any(axis=1), places, -1)
            latest = np.maximum.accumulate(able)  # the latest such place so far, on any path
            mine = threats.kind == kind
            first, end = threats.first[mine], threats.first[mine] + threats.steps[mine]
            place = latest[end - 1]
            # a quarter of a step more keeps rounding from naming the place before
            order = (place - first + 0.25) * step_s - soonest
            last[mine] = np.maximum(last[mine], np.where(place >= first, order, -np.inf))
    order = np.argsort(mean_starts(threats) + last, kind="stable").astype(np.int64)
    return threats._replace(chance=last, chances=order[np.isfinite(last[order])])


def with_figures(radar: Radar, figures: Figures, fields: Sequence[str]) -> Radar:
    """The radar with these values of its uncertain figures."""
    known = radar_unknowns(radar)
    values: dict[str, Any] = {f: figures(known[f]) for f in fields if f in known}
    return replace(radar, **values)


def _rcs_m2(flight: Flight, figures: Figures) -> float:
    """The class's radar cross-section; drawn together with those of the other classes."""
    target = flight.target
    if "rcs_m2" not in target.figures:
        return target.rcs_m2
    return figures(
        Unknown.of(
            target.figures["rcs_m2"],
            f"cross-section {target.id}",
            target.id,
            scale="log",
            group="target cross-section",
        )
    )


def _period(radar: Radar) -> float:
    if radar.scan_period_s is None:
        raise InputError(f"no scan period is published for {radar.id}", field="scan_period")
    return radar.scan_period_s


def sees(
    antenna: Antenna,
    range_m: float,
    raid: Raid,
    ground: RaidTerrain,
    places: Places,
    polar: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.bool_]:
    """Where the antenna has the target in view: range, sector, elevation, terrain.

    Parameters
    ----------
    range_m : to which the radar is instrumented.
    polar : (places,) ground range (m) and azimuth (degrees) from the antenna.
    """
    dist, az = polar
    seen = dist <= range_m
    if raid.rules.masking == "none":
        return seen
    if antenna.az_sector_deg is not None:
        seen &= _in_sector(az, antenna.az_sector_deg)
    h0, top = antenna_altitude_m(ground.dem, antenna), antenna.el_limits_deg[1]
    if top < 90:
        radius = ground.k_factor * curvature_radius_m(antenna.lat, az)
        seen &= places.alt_m <= altitude_at_elevation_m(dist, radius, h0, top)

    def clear_at(some: NDArray[np.int64]) -> NDArray[np.bool_]:
        to = dist[some], az[some]
        points, alt_m = places.points[some], places.alt_m[some]
        return in_sight(ground.dem, ground.surface, antenna, points, to, alt_m, ground.k_factor)

    coarse = np.nonzero(seen & places.is_knot)[0]
    clear = np.zeros(len(dist), np.bool_)
    clear[coarse] = clear_at(coarse)
    between = np.nonzero(seen & ~places.is_knot)[0]
    before, after = clear[places.knot_before[between]], clear[places.knot_after[between]]
    clear[between] = before
    turns = between[before != after]
    clear[turns] = clear_at(turns)
    return clear


def _in_sector(az: NDArray[np.float64], sector: tuple[float, float]) -> NDArray[np.bool_]:
    start, width = sector_width_deg(sector)
    return np.asarray(np.mod(az - start, 360.0) <= width)


def own_noise(places: Places, dist: NDArray[np.float64]) -> NDArray[np.float64]:
    """J/N at a radar of what each target's own jammer puts into its main beam."""
    return _noise(places, dist, [j.jn if (j := f.group.jammer) else 0.0 for f in places.flights])


def _noise(
    places: Places, dist: NDArray[np.float64], strength: Sequence[float]
) -> NDArray[np.float64]:
    """J/N at every place, falling with the square of the distance from what each path's jammer has
    at its own."""
    jn = np.zeros(len(dist))
    for i, flight in enumerate(places.flights):
        if flight.group.jammer is not None:
            here = slice(places.first[i], places.first[i + 1])
            away = np.maximum(dist[here], 1.0)
            jn[here] = strength[i] * (flight.group.jammer.at_m / away) ** 2
    return jn


def _in_view(
    gain: NDArray[np.float32],
    first: NDArray[np.int64],
    path_of: NDArray[np.int64],
    step: float,
    log_snr_floor: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rows, targets) path time of the first and the last place where a look can detect."""
    opens = np.full((len(gain), len(first) - 1), np.inf)
    closes = np.full_like(opens, -np.inf)
    for i in range(len(gain)):
        for p in range(len(first) - 1):
            seen = np.nonzero(gain[i, first[p] : first[p + 1]] > log_snr_floor[i])[0]
            if len(seen):
                opens[i, p], closes[i, p] = seen[0] * step, (seen[-1] + 1) * step
    return np.ascontiguousarray(opens[:, path_of]), np.ascontiguousarray(closes[:, path_of])
