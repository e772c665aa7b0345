"""What every site sees and can shoot at, at every place of every path: all that is not chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue import load_catalogue
from skyshade.coverage._cpu import Unit
from skyshade.coverage.fire_unit import FireUnit
from skyshade.coverage.model import Coverage
from skyshade.coverage.reach import kernel_curve, kernel_unit, log_path_gain, needed_log_snr
from skyshade.coverage.views import Views
from skyshade.engagement._cpu import flight_tables
from skyshade.engagement._scalar_plan import Sight
from skyshade.engagement.defence import SiteDefence
from skyshade.engagement.paths import Flight, FlightPath
from skyshade.errors import InputError
from skyshade.radar.attenuation import path_attenuation, two_way_log_loss
from skyshade.radar.detection import one_more_confirms, required_snr
from skyshade.radar.model import Radar
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Site
from skyshade.terrain.geodesy import polar_from
from skyshade.terrain.sweep import sector_width_deg

CERTAIN = 1e3  # ln(snr) of what is seen for certain


def make_tables(
    raid: Raid, sites: Sequence[Site], units: Sequence[FireUnit],
    defences: Sequence[SiteDefence], views: Views, in_air: Sequence[Flight],
    paths: Sequence[FlightPath], first: NDArray, path_of: NDArray, missiles: tuple[str, ...],
) -> tuple[Sight, NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
    """What each site sees and can shoot at, at every place of every path.

    Parameters
    ----------
    first : (paths + 1,) where each path's places begin; path_of : (targets,) which path each takes.

    Returns
    -------
    Sight, and as in `Fire`: times of flight (sites, missiles, places), next launch (sites, places).

    Raises
    ------
    InputError : no scan period is published for a radar.
    """
    places = int(first[-1])
    lon, lat, alt, agl, speed = (
        np.concatenate([getattr(p, f) for p in paths])
        for f in ("lon", "lat", "alt_m", "agl_m", "speed_mps")
    )
    by_path = [f for f in in_air for _ in f.paths]
    log_rcs = np.log([f.target.rcs_m2 for f in by_path])
    size = np.repeat(log_rcs, np.diff(first))
    ballistic = np.array([f.group.profile == "ballistic" for f in by_path])
    jammers = [f.group.jammer for f in by_path]
    in_beam = [j.jn if j else 0.0 for j in jammers]
    in_lobes = [j.jn / j.side_lobe if j and j.kind == "stand-off" else 0.0 for j in jammers]
    acquired, engaged = views.acquisition["value"], views.engagement["value"]
    gain = np.full((len(sites), places), -np.inf, np.float32)
    noise, share = (np.zeros((len(sites), places), np.float32) for _ in range(2))
    flight = np.full((len(sites), len(missiles), places), np.inf, np.float32)
    next_s = np.full((len(sites), places), np.inf, np.float32)
    for i, unit in enumerate(units):
        antenna = unit.spec.antenna
        dist, az = polar_from(antenna.lon, antenna.lat, lon, lat)
        jn = _noise(by_path, first, dist, in_beam)
        seen = _sees(acquired, unit, lon, lat, alt, dist, raid)
        log_snr = log_path_gain(unit.acquisition, dist, _above(acquired, unit, alt)) - np.log1p(jn)
        log_snr += radar_const(unit.acquisition) + size
        if raid.rules.detection == "certain":
            enough = log_snr >= needed_log_snr(unit.acquisition)
            log_snr = np.where(enough, CERTAIN, -np.inf)
        gain[i] = np.where(seen, log_snr, -np.inf)
        held = _sees(engaged, unit, lon, lat, alt, dist, raid)
        sector = raid.defence_of(sites[i].id).engagement_sector
        if sector is not None:
            start, width = sector_width_deg(sector)
            held &= np.mod(az - start, 360.0) <= width
        strength = log_path_gain(unit.engagement, dist, _above(engaged, unit, alt)) - np.log1p(jn)
        needed = needed_log_snr(unit.engagement)
        if raid.rules.engagement_radar == "ignored":
            held, needed = np.ones(places, bool), -np.inf
        noise[i] = np.where(seen, _noise(by_path, first, dist, in_lobes), 0.0)
        share[i] = 1.0 / (1.0 + jn)
        own = [f.missile.id for f in unit.missiles]
        rows = np.full((len(own), places), np.inf, np.float32)
        range_max = np.array([f.missile.range_max_m for f in unit.missiles])
        against, missile_arrays = _against_ballistic(sites[i], unit, range_max)
        flight_tables(
            first, dist, alt, agl, speed, held, strength,
            radar_const(unit.engagement) + log_rcs, needed, missile_arrays, range_max,
            against, ballistic, raid.step, rows, next_s[i],
        )  # fmt: skip
        for m, name in enumerate(own):
            flight[i, missiles.index(name)] = rows[m]
    curve = kernel_curve(units[0].acquisition)
    first_s, last_s = _in_view(gain, first, path_of, raid.step, curve.faint)
    m, n = raid.rules.confirm
    nothing = np.zeros((0, 0), np.float32)
    sight = Sight(
        gain=gain, first_s=first_s, last_s=last_s,
        noise=noise if any(in_lobes) else nothing, share=share if any(in_lobes) else nothing,
        curve=curve.values,
        curve_first=float(curve.first), per_node=float(curve.per_node), faint=float(curve.faint),
        enough=np.asarray(one_more_confirms(m, n)), coast=int(raid.rules.coast),
        period=np.array([_period(u.acquisition) for u in units]),
        emits=np.array([d.emits for d in defences]),
        tracks_max=np.array([min(d.tracks, len(path_of)) for d in defences], np.int64),
    )  # fmt: skip
    return sight, flight, next_s


def _against_ballistic(
    site: Site, unit: FireUnit, range_max: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Unit]:
    """Range of each missile against ballistic targets, and the missiles' arrays.

    Where a missile has no figure of its own, the system's limits on range against ballistic
    targets and on target speed hold for it.
    """
    figures = load_catalogue().entry(site.system).figures

    def limit(key: str) -> float:
        figure = figures.get(key)
        return math.inf if figure is None or figure.is_unknown else figure.number

    arrays = kernel_unit(unit)
    own = [f.missile.ballistic_range_max_m for f in unit.missiles]
    ranges = [min(r, limit("ballistic_range_max")) if o is None else o
              for o, r in zip(own, range_max, strict=True)]  # fmt: skip
    speeds = np.minimum(arrays.target_speed_max, limit("target_speed_max"))
    return np.array(ranges), arrays._replace(target_speed_max=speeds)


def radar_const(radar: Radar) -> float:
    """What ln(snr) of a 1 m2 target owes to the radar: see `radar.ranges.log_snr_at`."""
    d = radar.detection
    table = path_attenuation(radar.freq_hz)
    loss = two_way_log_loss(table, radar.reference_range_m, radar.reference_alt_m)
    return float(
        math.log(required_snr(d.p_reference, d.pfa, d.n_pulses, d.swerling))
        - math.log(radar.reference_rcs_m2) + 4.0 * math.log(radar.reference_range_m) - loss
    )  # fmt: skip


def _period(radar: Radar) -> float:
    if radar.scan_period_s is None:
        raise InputError(f"no scan period is published for {radar.id}", field="scan_period")
    return radar.scan_period_s


def _sees(
    coverage: Coverage, unit: FireUnit, lon: NDArray, lat: NDArray, alt: NDArray,
    dist: NDArray, raid: Raid,
) -> NDArray[np.bool_]:  # fmt: skip
    """Where the antenna has the target in view: range, sector, elevation, terrain."""
    in_range = dist <= unit.spec.max_range_m
    if raid.rules.masking == "none":
        return in_range
    site = coverage.site(unit.id)
    cell, inside = coverage.dem.grid.nearest_post(lon, lat)
    with np.errstate(invalid="ignore"):
        seen = in_range & inside & (site.masking_m[cell] <= alt)
        if site.ceiling_m is not None:
            seen &= alt <= site.ceiling_m[cell]
    return seen


def _above(coverage: Coverage, unit: FireUnit, alt: NDArray) -> NDArray[np.float64]:
    """Height of the target above the antenna (m), at least 0."""
    return np.maximum(alt - coverage.site(unit.id).antenna_msl_m, 0.0)


def _noise(
    by_path: Sequence[Flight], first: NDArray, dist: NDArray, strength: Sequence[float]
) -> NDArray[np.float64]:
    """J/N at every place, falling with the square of the distance from what each path's jammer has
    at its own."""
    jn = np.zeros(len(dist))
    for i, flight in enumerate(by_path):
        if flight.group.jammer is not None:
            here = slice(first[i], first[i + 1])
            away = np.maximum(dist[here], 1.0)
            jn[here] = strength[i] * (flight.group.jammer.at / away) ** 2
    return jn


def _in_view(
    gain: NDArray, first: NDArray, path_of: NDArray, step: float, faint: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """(sites, targets) path time of the first and the last place where a look can detect."""
    opens = np.full((len(gain), len(first) - 1), np.inf)
    closes = np.full_like(opens, -np.inf)
    for i in range(len(gain)):
        for p in range(len(first) - 1):
            seen = np.nonzero(gain[i, first[p] : first[p + 1]] > faint)[0]
            if len(seen):
                opens[i, p], closes[i, p] = seen[0] * step, (seen[-1] + 1) * step
    return np.ascontiguousarray(opens[:, path_of]), np.ascontiguousarray(closes[:, path_of])
