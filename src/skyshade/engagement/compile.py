"""From a scenario with a raid to the arrays that the kernel runs on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue import load_catalogue
from skyshade.coverage._cpu import Unit
from skyshade.coverage.compute import cover, load_scenario_dem, operational_sites
from skyshade.coverage.fire_unit import FireUnit
from skyshade.coverage.model import Coverage
from skyshade.coverage.reach import kernel_curve, kernel_unit, needed_log_snr
from skyshade.coverage.reach_scenario import fire_unit
from skyshade.coverage.unknowns import Unknown
from skyshade.engagement._cpu import flight_tables
from skyshade.engagement._scalar_plan import (
    A_BITS,
    NOTHING,
    POST,
    RADAR,
    UNIT,
    Fire,
    Plan,
    Raiders,
    Rules,
    Sight,
)
from skyshade.engagement.defence import (
    SiteDefence,
    UnitSpec,
    rounds_per_launcher,
    site_defence,
    times,
    unit_limit,
)
from skyshade.engagement.kill import kill_probability
from skyshade.engagement.paths import Flight, FlightPath, flights
from skyshade.errors import InputError
from skyshade.radar.attenuation import path_attenuation, two_way_log_loss
from skyshade.radar.detection import one_more_confirms, required_snr
from skyshade.radar.model import Radar
from skyshade.scenario.raid import Group, Raid
from skyshade.scenario.schema import Scenario, Site
from skyshade.terrain.geodesy import polar_from
from skyshade.terrain.model import Dem
from skyshade.terrain.sweep import sector_width_deg

LOOK_AHEAD_S = 600.0  # an intercept so much later is worth half
MAX_MISSILES, MAX_TABLE_BYTES = 16, 2**30
CERTAIN = 1e3  # ln(snr) of what is seen for certain
PARTS = {"none": NOTHING, "radar": RADAR, "command-post": POST, "fire-unit": UNIT}


@dataclass(frozen=True, eq=False)
class CompiledRaid:
    """A raid ready to run, and the names of what its arrays mean.

    Attributes
    ----------
    plan : what the kernel reads.
    sites, units, missiles, classes : ids, in the order of the arrays.
    flights : the groups in the air; targets are numbered group by group.
    target_ids, groups, class_of : per target.
    paths, path_of : all flight paths, and which one each target takes.
    unknowns : the uncertain or assumed figures that the raid rests on.
    outside : share of the places of all paths where the terrain is not known.
    coverage : of the acquisition radars, with the terrain.
    """

    scenario: Scenario
    raid: Raid
    plan: Plan
    sites: tuple[Site, ...]
    units: tuple[UnitSpec, ...]
    missiles: tuple[str, ...]
    classes: tuple[str, ...]
    flights: tuple[Flight, ...]
    target_ids: tuple[str, ...]
    groups: tuple[Group, ...]
    class_of: NDArray[np.int64]
    paths: tuple[FlightPath, ...]
    path_of: NDArray[np.int64]
    unknowns: tuple[Unknown, ...]
    outside: float
    coverage: Coverage

    @property
    def n_targets(self) -> int:
        return len(self.target_ids)

    @property
    def is_threat(self) -> NDArray[np.bool_]:
        """(targets,) neither a decoy nor friendly traffic."""
        return np.array([not (g.decoy or g.friendly) for g in self.groups])

    @property
    def is_friendly(self) -> NDArray[np.bool_]:
        """(targets,) friendly traffic, which is never engaged."""
        return np.asarray(self.plan.raiders.spared)


def compile_raid(
    scenario: Scenario,
    *,
    as_of: date | None = None,
    dem: Dem | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> CompiledRaid:
    """Turn a scenario's raid into arrays: paths, sight, times of flight, rules.

    Everything that does not depend on chance is worked out here, for every place on every path
    and every site: what the acquisition radar's signal-to-noise ratio would be, and when a missile
    launched now would meet the target.

    Parameters
    ----------
    as_of : only the sites operational on this date.
    dem : terrain already loaded.
    progress : called with a stage, and how much of it is done.

    Raises
    ------
    InputError : the scenario has no raid; unusable terrain, paths, sites or figures; tables that
        would not fit in memory.
    """
    raid = scenario.raid
    if raid is None:
        raise InputError(f"scenario '{scenario.name}' has no raid", field="raid",
                         hint="Add a 'raid' section; see docs/raid.md.")  # fmt: skip
    sites = operational_sites(scenario, as_of)
    dem = load_scenario_dem(scenario, sites) if dem is None else dem
    in_air = flights(scenario, raid, dem)
    paths = [p for f in in_air for p in f.paths]
    first = np.concatenate([[0], np.cumsum([len(p.lon) for p in paths])])
    defences = [site_defence(raid, site, i) for i, site in enumerate(sites)]
    if not any(d.emits for d in defences):
        raise InputError("every radar is silent, so nothing would ever be detected",
                         field="raid.defence.emission",
                         allowed="active for one site or more")  # fmt: skip
    units = [fire_unit(_as_loaded(*pair)) for pair in zip(sites, defences, strict=True)]
    missiles = _missiles(units)
    _check_size(int(first[-1]), len(sites), len(missiles))
    specs = tuple(u for d in defences for u in d.units)
    raiders, target_ids, groups, class_of, path_of, classes = _raiders(
        in_air, first, specs, sites, raid.rules.losses
    )
    acquired, engaged = _cover(scenario, units, dem, paths, progress)
    sight, flight, next_s = _tables(
        raid, sites, units, defences, acquired, engaged, in_air, paths, first, path_of, missiles
    )
    p_kill, unknowns = _kill(raid, missiles, classes)
    fire = _fire(specs, missiles, p_kill, flight, next_s, len(path_of))
    rules, used = _rules(raid, sites[0])
    unknowns = [*{u.key: u for d in defences for u in d.used}.values(), *used, *unknowns]
    agl = np.concatenate([p.agl_m for p in paths])
    return CompiledRaid(
        scenario, raid, Plan(raiders, sight, fire, rules), tuple(sites), specs, missiles, classes,
        tuple(in_air), target_ids, groups, class_of, tuple(paths), path_of, tuple(unknowns),
        float(np.isnan(agl).mean()), acquired,
    )  # fmt: skip


def _as_loaded(site: Site, defence: SiteDefence) -> Site:
    """The site with just the missiles that its launchers or stores hold."""
    names = {name: None for u in defence.units for name in (*u.load, *u.stores)}
    return site.model_copy(update={"missiles": list(names)})


def _missiles(units: Sequence[FireUnit]) -> tuple[str, ...]:
    """All missiles of the force, shortest range first: among equals the kernel takes the first."""
    ranges = {f.missile.id: f.missile.range_max_m for u in units for f in u.missiles}
    if len(ranges) > MAX_MISSILES:
        raise InputError("too many missile types in one raid", value=len(ranges),
                         allowed=f"at most {MAX_MISSILES}")  # fmt: skip
    return tuple(sorted(ranges, key=lambda name: (ranges[name], name)))


def _check_size(places: int, n_sites: int, n_missiles: int) -> None:
    size = places * n_sites * (n_missiles + 2) * 4
    if size > MAX_TABLE_BYTES:
        raise InputError(
            "the raid's tables would not fit in memory", field="raid",
            value=f"{places} places x {n_sites} sites x {n_missiles + 2} values = "
            f"{size / 2**30:.1f} GiB",
            allowed="1 GiB", hint="Use a longer step, shorter paths or fewer of them (spacing 0 m "
            "lets a group share one).",
        )  # fmt: skip


def _raiders(
    in_air: Sequence[Flight], first: NDArray, units: Sequence[UnitSpec], sites: Sequence[Site],
    losses: bool,
) -> tuple[
    Raiders, tuple[str, ...], tuple[Group, ...], NDArray[np.int64], NDArray[np.int64],
    tuple[str, ...],
]:  # fmt: skip
    columns: list[tuple[Any, ...]] = []
    ids, groups = [], []
    classes = tuple(dict.fromkeys(f.target.id for f in in_air))
    n_paths = 0
    for flight in in_air:
        group, first_target = flight.group, len(columns)
        for k, name in enumerate(flight.names):
            columns.append(
                (
                    first_target + flight.after[k] if flight.after[k] >= 0 else -1,
                    flight.delay_s[k],
                    flight.gap_s[k],
                    group.aim is not None,
                    group.aim.value if group.aim else 1.0,
                    *(_breaks(group, units, sites) if losses else (NOTHING, 0)),
                    group.jammer is not None and group.jammer.kind == "stand-off",
                    group.friendly,
                    classes.index(flight.target.id),
                    n_paths + flight.path_of[k],
                )
            )
            ids.append(f"{group.id}-{name}")
            groups.append(group)
        n_paths += len(flight.paths)
    after, delays, gap, reaches, weight, breaks, at, jams, spared, class_of, path_of = zip(
        *columns, strict=True
    )
    paths = np.array(path_of, np.int64)
    kinds = np.array(class_of, np.int64)
    raiders = Raiders(
        after=np.array(after, np.int64), delay=np.array(delays, float), gap=np.array(gap, float),
        first=first[paths].astype(np.int64),
        steps=(first[paths + 1] - first[paths] - 1).astype(np.int64),
        reaches=np.array(reaches), weight=np.array(weight, float),
        breaks=np.array(breaks, np.int64), breaks_at=np.array(at, np.int64), kind=kinds,
        jams=np.array(jams), spared=np.array(spared),
    )  # fmt: skip
    return raiders, tuple(ids), tuple(groups), kinds, paths, classes


def _breaks(group: Group, units: Sequence[UnitSpec], sites: Sequence[Site]) -> tuple[int, int]:
    """What a leaker of the group destroys, and of which site or unit."""
    if group.aim is None or group.aim.site is None:
        return NOTHING, 0
    site = next((i for i, s in enumerate(sites) if s.id == group.aim.site), None)
    if site is None:  # not operational on the date: there is nothing to destroy
        return NOTHING, 0
    part = PARTS[group.aim.part]
    at = next(i for i, u in enumerate(units) if u.site == site) if part == UNIT else site
    return part, at


def _tables(
    raid: Raid, sites: Sequence[Site], units: Sequence[FireUnit],
    defences: Sequence[SiteDefence], acquired: Coverage, engaged: Coverage,
    in_air: Sequence[Flight], paths: Sequence[FlightPath], first: NDArray, path_of: NDArray,
    missiles: tuple[str, ...],
) -> tuple[Sight, NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
    """What each site sees and can shoot at, at every place of every path."""
    places = int(first[-1])
    lon, lat, alt, agl, speed = (
        np.concatenate([getattr(p, f) for p in paths])
        for f in ("lon", "lat", "alt_m", "agl_m", "speed_mps")
    )
    by_path = [f for f in in_air for _ in f.paths]
    log_rcs = np.log([f.target.rcs_m2 for f in by_path])
    size = np.repeat(log_rcs, np.diff(first))
    ballistic = np.array([f.group.profile == "ballistic" for f in by_path])
    gain = np.full((len(sites), places), -np.inf, np.float32)
    noise, share = (np.zeros((len(sites), places), np.float32) for _ in range(2))
    flight = np.full((len(sites), len(missiles), places), np.inf, np.float32)
    next_s = np.full((len(sites), places), np.inf, np.float32)
    for i, unit in enumerate(units):
        antenna = unit.spec.antenna
        dist, az = polar_from(antenna.lon, antenna.lat, lon, lat)
        jn = _jamming(by_path, first, dist)
        seen = _sees(acquired, unit, lon, lat, alt, dist, raid)
        log_snr = _gain(unit.acquisition, acquired, unit, dist, alt) - np.log1p(jn)
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
        strength = _gain(unit.engagement, engaged, unit, dist, alt) - np.log1p(jn)
        needed = needed_log_snr(unit.engagement)
        if raid.rules.engagement_radar == "ignored":
            held, needed = np.ones(places, bool), -np.inf
        noise[i] = np.where(seen, _side_lobes(by_path, first, dist), 0.0)
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
    first_s, last_s = _in_view(gain, first, path_of, raid.step, units)
    curve = kernel_curve(units[0].acquisition)
    m, n = raid.rules.confirm
    has_noise = any(f.group.jammer is not None and f.group.jammer.kind == "stand-off"
                    for f in in_air)  # fmt: skip
    nothing = np.zeros((0, 0), np.float32)
    sight = Sight(
        gain=gain, first_s=first_s, last_s=last_s,
        noise=noise if has_noise else nothing, share=share if has_noise else nothing,
        curve=curve.values,
        curve_first=float(curve.first), per_node=float(curve.per_node), faint=float(curve.faint),
        enough=np.asarray(one_more_confirms(m, n)), coast=int(raid.rules.coast),
        period=np.array([_period(u.acquisition) for u in units]),
        emits=np.array([d.emits for d in defences]),
        tracks_max=np.array([unit_limit(d.tracks, len(path_of)) for d in defences], np.int64),
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


def _cover(
    scenario: Scenario, units: Sequence[FireUnit], dem: Dem, paths: Sequence[FlightPath],
    progress: Callable[[str, int, int], None],
) -> tuple[Coverage, Coverage]:  # fmt: skip
    """Masking altitudes of the acquisition and of the engagement antennas, as far as paths go."""
    lon, lat = (np.concatenate([getattr(p, f) for p in paths]) for f in ("lon", "lat"))

    def of(mast: str) -> Coverage:
        specs = []
        for unit in units:
            antenna = replace(unit.spec.antenna, agl_m=getattr(unit, mast).value)
            farthest = float(polar_from(antenna.lon, antenna.lat, lon, lat)[0].max()) + 1000.0
            reach = min(unit.spec.max_range_m, farthest)
            specs.append(replace(unit.spec, antenna=antenna, max_range_m=reach))
        return cover(
            dem, specs, scenario.altitudes, k_factor=scenario.atmosphere.k_factor,
            sea_outside=scenario.terrain.outside == "sea",
            progress=lambda done, total: progress("line of sight", done, total),
        )  # fmt: skip

    acquired = of("height_a")
    same = all(u.height_a.value == u.height_e.value for u in units)
    return acquired, acquired if same else of("height_e")


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


def _gain(
    radar: Radar, coverage: Coverage, unit: FireUnit, dist: NDArray, alt: NDArray
) -> NDArray[np.float64]:
    """What ln(snr) owes to slant range and air."""
    above = np.maximum(alt - coverage.site(unit.id).antenna_msl_m, 0.0)
    slant = np.maximum(np.hypot(dist, above), 1.0)
    return two_way_log_loss(path_attenuation(radar.freq_hz), dist, above) - 4.0 * np.log(slant)


def _jamming(by_path: Sequence[Flight], first: NDArray, dist: NDArray) -> NDArray[np.float64]:
    """J/N in the main beam, of jammers that hide themselves."""
    jn = np.zeros(len(dist))
    for i, flight in enumerate(by_path):
        jammer = flight.group.jammer
        if jammer is not None:
            here = slice(first[i], first[i + 1])
            jn[here] = jammer.jn * (jammer.at / np.maximum(dist[here], 1.0)) ** 2
    return jn


def _side_lobes(by_path: Sequence[Flight], first: NDArray, dist: NDArray) -> NDArray[np.float64]:
    """J/N that stand-off jammers put into the side lobes."""
    jn = np.zeros(len(dist))
    for i, flight in enumerate(by_path):
        jammer = flight.group.jammer
        if jammer is not None and jammer.kind == "stand-off":
            here = slice(first[i], first[i + 1])
            away = np.maximum(dist[here], 1.0)
            jn[here] = jammer.jn / jammer.side_lobe * (jammer.at / away) ** 2
    return jn


def _in_view(
    gain: NDArray, first: NDArray, path_of: NDArray, step: float,
    units: Sequence[FireUnit],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """(sites, targets) path time of the first and the last place where a look can detect."""
    opens = np.full((len(gain), len(first) - 1), np.inf)
    closes = np.full_like(opens, -np.inf)
    faint = kernel_curve(units[0].acquisition).faint
    for i in range(len(gain)):
        for p in range(len(first) - 1):
            seen = np.nonzero(gain[i, first[p] : first[p + 1]] > faint)[0]
            if len(seen):
                opens[i, p], closes[i, p] = seen[0] * step, (seen[-1] + 1) * step
    return np.ascontiguousarray(opens[:, path_of]), np.ascontiguousarray(closes[:, path_of])


def _kill(
    raid: Raid, missiles: tuple[str, ...], classes: tuple[str, ...]
) -> tuple[NDArray[np.float64], list[Unknown]]:
    found = [
        [kill_probability(m, c, raid.rules.kill_probability) for c in classes] for m in missiles
    ]
    return np.array([[u.value for u in row] for row in found]), [u for row in found for u in row]


def _fire(
    units: Sequence[UnitSpec], missiles: tuple[str, ...], p_kill: NDArray, flight: NDArray,
    next_s: NDArray, n_targets: int,
) -> Fire:  # fmt: skip
    rounds = np.array([[u.load.get(m, 0) for m in missiles] for u in units], np.int64)
    stores = np.array([[u.stores.get(m, 0) for m in missiles] for u in units], np.int64)
    most = [int(r.sum() + s.sum()) for r, s in zip(rounds, stores, strict=True)]
    channels = np.array(
        [min(u.channels, max(k, 1), n_targets) for u, k in zip(units, most, strict=True)]
    )
    if channels.sum() >= 1 << A_BITS:
        raise InputError("too many fire channels in all", field="raid.defence.channels",
                         value=int(channels.sum()), allowed="fewer than a million")  # fmt: skip
    return Fire(
        flight=flight, next_s=next_s, p_kill=p_kill,
        site=np.array([u.site for u in units], np.int64),
        first_channel=np.concatenate([[0], np.cumsum(channels)[:-1]]).astype(np.int64),
        channels=channels.astype(np.int64),
        guided_max=np.array([u.guided for u in units], np.int64),
        launchers=np.array([u.launchers for u in units], np.int64),
        load=rounds, stores=stores,
        tubes=np.array([rounds_per_launcher(m) for m in missiles], np.int64),
    )  # fmt: skip


def _rules(raid: Raid, site: Site) -> tuple[Rules, list[Unknown]]:
    given, found = raid.rules, times(raid, site)
    reload = given.reload_time
    rules = Rules(
        step=raid.step, duration=raid.duration, reaction=found["reaction time"].value,
        interval=found["launch interval"].value, assessment=found["assessment delay"].value,
        reload=math.inf if reload is None else reload, salvo=given.salvo_size,
        shots_max=given.max_shots, engage_again=given.re_engage,
        central=given.coordination == "central", cueing=given.cueing,
        by_time="time" in given.ranking, by_value="value" in given.ranking, horizon=LOOK_AHEAD_S,
    )  # fmt: skip
    return rules, list(found.values())
