"""From a scenario with a raid to the arrays that the kernel runs on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.case import Case, Propagation
from skyshade.catalogue.model import Catalogue
from skyshade.coverage.compute import cover
from skyshade.coverage.model import Coverage, SiteSpec
from skyshade.engagement._scalar_plan import (
    A_BITS,
    NOTHING,
    POST,
    RADAR,
    UNIT,
    Doctrine,
    Fire,
    Plan,
    Rules,
    Threats,
)
from skyshade.engagement.days import kill_on_days
from skyshade.engagement.defence import (
    SiteDefence,
    SiteTimes,
    UnitSpec,
    rounds_per_launcher,
    site_defence,
    times,
)
from skyshade.engagement.paths import Flight, FlightPath, flights
from skyshade.engagement.tables import (
    Places,
    RaidTerrain,
    Sightline,
    kill_shape,
    log_cross_sections,
    make_launches,
    make_sight,
    mean_starts,
    sightline,
    site_radars,
    with_last_chances,
)
from skyshade.errors import InputError
from skyshade.fireunit.kill import kill_probability, shot_correlation
from skyshade.fireunit.load import fire_unit
from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.places import (
    ACQUISITION,
    ENGAGEMENT,
    Standing,
    as_given,
    height_columns,
    position_columns,
    standing,
)
from skyshade.scenario.raid import Group, Raid
from skyshade.scenario.schema import Scenario, Site
from skyshade.shown import Brief, count
from skyshade.terrain.model import Dem
from skyshade.terrain.points import EarthPoints
from skyshade.terrain.sweep import antenna_altitude_m
from skyshade.uncertainty.draws import POSITION, Column, columns_of, site_key
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

VIEW_STEP_M = 50_000.0
ALL_ROUND = 16  # bearings that stand for all of them
LOOK_AHEAD_S = 600.0  # an intercept so much later is worth half
MAX_MISSILES, MAX_TABLE_BYTES = 16, 2**30
PARTS = {"none": NOTHING, "radar": RADAR, "command-post": POST, "fire-unit": UNIT}


@dataclass(frozen=True, eq=False, repr=False)
class CompiledRaid(Brief):
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
    dem : the terrain.
    specs : per site where its acquisition radar stands.
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
    dem: Dem
    specs: tuple[SiteSpec, ...]

    @cached_property
    def coverage(self) -> Coverage:
        """What the acquisition radars have in line of sight, for maps; swept when first asked."""
        propagation = Propagation.of(self.scenario)._asdict()
        flown = [np.concatenate([getattr(p, f) for p in self.paths]) for f in ("lon", "lat")]
        points = EarthPoints.of(*flown)
        near = [_nearer(spec, points) for spec in self.specs]
        return cover(self.dem, near, self.scenario.altitudes, **propagation)

    def antenna_msl_m(self, site: int) -> float:
        """Altitude of a site's acquisition antenna."""
        return antenna_altitude_m(self.dem, self.specs[site].antenna)

    @property
    def _in_short(self) -> str:
        return (
            f"{self.scenario.name}, {count(self.n_targets, 'target')}, "
            f"{count(len(self.units), 'fire unit')}"
        )

    @property
    def n_targets(self) -> int:
        """Length of the target axis: threats, decoys and friendly traffic together."""
        return len(self.target_ids)

    @property
    def is_threat(self) -> NDArray[np.bool_]:
        """(targets,) neither a decoy nor friendly traffic."""
        return np.array([not (g.decoy or g.friendly) for g in self.groups])

    @property
    def is_friendly(self) -> NDArray[np.bool_]:
        """(targets,) friendly traffic, which is never engaged."""
        return np.asarray(self.plan.threats.no_engage)


@dataclass(frozen=True, eq=False, repr=False)
class PreparedRaid(Brief):
    """All of a raid that no uncertain figure touches: where the antennas look, who flies where.

    Attributes
    ----------
    units : per site its radars and missiles.
    stands : per site where its antennas stand.
    seen : per site what it has in view of the places.
    bearings : those of the groups that leave theirs open, as drawn (degrees, by key of `columns`);
        empty if none is drawn.
    """

    scenario: Scenario
    raid: Raid
    ground: RaidTerrain
    sites: tuple[Site, ...]
    units: tuple[FireUnit, ...]
    flights: tuple[Flight, ...]
    places: Places
    stands: tuple[Standing, ...]
    seen: tuple[Sightline, ...]
    bearings: Mapping[str, float] = field(default_factory=dict)

    @property
    def _in_short(self) -> str:
        return f"{self.scenario.name}, {count(len(self.sites), 'site')}"

    def compile(self, values: Mapping[str, float] | None = None) -> CompiledRaid:
        """The raid as arrays, with these values (SI, by key) of its uncertain figures.

        Raises
        ------
        InputError : figures that are neither published nor given; too many channels.
        """
        figures, raid = Figures(values), self.raid
        defences = [site_defence(raid, s, i, figures) for i, s in enumerate(self.sites)]
        specs = tuple(u for d in defences for u in d.units)
        missiles = _missiles(self.units)
        threats, target_ids, groups, class_of, path_of, classes = _threats(
            self.flights,
            self.places.first,
            specs,
            self.sites,
            raid.rules.losses,
            raid.step_s,
        )
        radars = site_radars(self.units, figures)
        log_rcs = log_cross_sections(self.places, figures)
        sight = make_sight(raid, radars, defences, self.seen, self.places, path_of, log_rcs)
        flight = make_launches(raid, self.units, radars, self.seen, self.places, missiles, log_rcs)
        doctrine = _doctrine(specs, [times(raid, site, figures) for site in self.sites], raid)
        shot_at = {f.target.id for f in self.flights if not f.group.friendly}
        p_kill = np.array(
            [
                [
                    kill_probability(
                        m,
                        c,
                        raid.rules.kill_probability,
                        figures,
                        raid.rules.kill_evidence,
                        raid.known,
                    )
                    if c in shot_at
                    else 0.0
                    for c in classes
                ]
                for m in missiles
            ]
        )
        correlation = np.array(
            [_correlation(raid, c, figures) if c in shot_at else 0.0 for c in classes]
        )
        fire = _fire(specs, missiles, len(path_of), raid.known)._replace(
            flight=flight,
            p_kill=p_kill,
            p_days=kill_on_days(p_kill, correlation),
            shape=kill_shape(raid, self.units, self.seen, self.places, missiles, flight),
        )
        threats = with_last_chances(threats, fire, doctrine.reaction, raid.step_s)
        return CompiledRaid(
            self.scenario,
            raid,
            Plan(threats, sight, fire, doctrine, _rules(raid)),
            self.sites,
            specs,
            missiles,
            classes,
            self.flights,
            target_ids,
            groups,
            class_of,
            tuple(p for f in self.flights for p in f.paths),
            path_of,
            tuple(figures.used.values()),
            float(np.isnan(self.places.agl_m).mean()),
            self.ground.dem,
            tuple(
                replace(u.spec, antenna=stands.acquisition)
                for u, stands in zip(self.units, self.stands, strict=True)
            ),
        )

    def columns(self) -> tuple[Column, ...]:
        """What draws of the unknown vary: figures, antenna heights, positions, bearings."""
        shared = [*self.compile().unknowns, *_bearings(self.raid)]
        return (
            *columns_of(shared),
            *(c for c in height_columns(self.units) if c.ends),
            *(
                c
                for c in position_columns(self.units)
                if c.ends and self.units[c.site or 0].rounding_deg
            ),
        )

    def at(self, values: Mapping[str, float]) -> PreparedRaid:
        """The raid with antennas, sites and bearings as drawn (SI, by key of `columns`).

        What is as in this raid already is kept, not worked out again: of two draws that differ in
        one figure the second is best asked of the first.

        Raises
        ------
        InputError : a position or a path that leaves the terrain.
        """
        raid, flights_, places, terrain = self.raid, self.flights, self.places, self.ground
        bearings = _bearings_drawn(raid, values)
        same_paths = bearings == self.bearings
        if not same_paths:
            flights_ = tuple(flights(self.scenario, _turned(raid, bearings), terrain.dem))
            places = Places.of(flights_, raid.step_s)
        stands = tuple(_stands(u, i, values) for i, u in enumerate(self.units))
        seen = tuple(
            old
            if same_paths and new_stands == old_stands
            else sightline(raid, site, unit, new_stands, terrain, places)
            for site, unit, new_stands, old_stands, old in zip(
                self.sites, self.units, stands, self.stands, self.seen, strict=True
            )
        )
        return replace(
            self, flights=flights_, places=places, stands=stands, seen=seen, bearings=bearings
        )

    def of_sites(self, ids: Sequence[str]) -> PreparedRaid:
        """The raid against these of its sites alone.

        Raises
        ------
        KeyError : a site that is not in this raid.
        """
        place = {site.id: i for i, site in enumerate(self.sites)}
        kept = sorted(place[name] for name in ids)
        if len(kept) == len(place):
            return self
        parts = ("sites", "units", "stands", "seen")
        some: dict[str, Any] = {p: tuple(getattr(self, p)[i] for i in kept) for p in parts}
        return replace(self, **some)


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
    launched now would meet the target. Parameters and errors are those of :func:`prepare_raid`.
    """
    return prepare_raid(scenario, as_of=as_of, dem=dem, progress=progress).compile()


def prepare_raid(
    scenario: Scenario,
    *,
    as_of: date | None = None,
    dem: Dem | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> PreparedRaid:
    """All of a scenario's raid that no uncertain figure touches.

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
        raise no_raid(scenario)
    case = Case(scenario, as_of, loaded=dem)
    sites = case.sites
    dem = case.whole_dem  # paths also lead past sites that are not operational yet
    in_air = flights(scenario, raid, dem)
    places = Places.of(in_air, raid.step_s)
    defences = [site_defence(raid, site, i, Figures()) for i, site in enumerate(sites)]
    if not any(d.emits for d in defences):
        raise InputError(
            "every radar is silent, so nothing would ever be detected",
            field="raid.defence.emission",
            allowed="active for one site or more",
        )
    units = [fire_unit(_as_loaded(*pair)) for pair in zip(sites, defences, strict=True)]
    _check_size(len(places.lon), len(sites), len(_missiles(units)))
    ground = RaidTerrain.of(dem, case.propagation)
    stands = tuple(as_given(unit) for unit in units)
    seen: list[Sightline] = []
    for site, unit, where in zip(sites, units, stands, strict=True):
        progress("line of sight", len(seen), len(sites))
        try:
            seen.append(sightline(raid, site, unit, where, ground, places))
        except InputError as error:
            raise (error.inside(site.id, ", ") if len(sites) > 1 else error) from None
    progress("line of sight", len(sites), len(sites))
    return PreparedRaid(
        scenario,
        raid,
        ground,
        tuple(sites),
        tuple(units),
        tuple(in_air),
        places,
        stands,
        tuple(seen),
    )


def _stands(unit: FireUnit, site: int, values: Mapping[str, float]) -> Standing:
    """Where a site's antennas stand with these values; as given where nothing is said."""
    move = round(values.get(site_key(POSITION, site), 0))
    heights = (
        values.get(site_key(key, site), height.value_m)
        for key, height in ((ACQUISITION, unit.height_a), (ENGAGEMENT, unit.height_e))
    )
    return standing(unit, move, *heights)


def _bearings(raid: Raid) -> list[Unknown]:
    """The approach bearings that the raid leaves open."""
    found = []
    for group in raid.groups:
        if group.bearings_deg is not None:
            low, high = group.bearings_deg
            known: Any = {"origin": "scenario", "why": "the raid leaves it open"}
            if high - low == 360.0:  # a choice, since 0 and 360 degrees are the same
                known |= {"scale": "choice"}
                low, high = 0.0, ALL_ROUND - 1.0
            middle = ALL_ROUND / 2 if "scale" in known else (low + high) / 2
            key, title = _bearing_key(group), f"approach bearing of {group.id}"
            found.append(Unknown(key, title, "deg", middle, low, high, **known))
    return found


def _bearing_key(group: Group) -> str:
    return f"bearing of {group.id}"


def _bearings_drawn(raid: Raid, values: Mapping[str, float]) -> dict[str, float]:
    """Those of the values that are bearings which the raid leaves open."""
    keys = [_bearing_key(g) for g in raid.groups if g.bearings_deg is not None]
    return {key: values[key] for key in keys if key in values}


def _turned(raid: Raid, bearings: Mapping[str, float]) -> Raid:
    """The raid with these bearings, as drawn."""
    groups = []
    for group in raid.groups:
        value, span = bearings.get(_bearing_key(group)), group.bearings_deg
        if value is not None and span is not None:
            bearing = value * 360.0 / ALL_ROUND if span[1] - span[0] == 360.0 else value
            turned = {"bearings": None, "bearing": bearing % 360.0}
            group = group.model_copy(update=turned)
        groups.append(group)
    return raid.model_copy(update={"groups": tuple(groups)})


def _nearer(spec: SiteSpec, points: EarthPoints) -> SiteSpec:
    """The site with no more range than paths are away, in steps, so that raids share sweeps."""
    farthest = float(points.polar(spec.antenna.lon, spec.antenna.lat)[0].max())
    steps = math.ceil((farthest + 1000.0) / VIEW_STEP_M)
    return replace(spec, max_range_m=min(spec.max_range_m, steps * VIEW_STEP_M))


def no_raid(scenario: Scenario) -> InputError:
    """The error for a scenario without a raid."""
    return InputError(
        f"scenario '{scenario.name}' has no raid",
        field="raid",
        hint="Add a 'raid' section; see docs/raid.md.",
    )


def _as_loaded(site: Site, defence: SiteDefence) -> Site:
    """The site with just the missiles that its launchers or stores hold."""
    names = {name: None for u in defence.units for name in (*u.load, *u.stores)}
    return site.model_copy(update={"missiles": list(names)})


def _missiles(units: Sequence[FireUnit]) -> tuple[str, ...]:
    """All missiles of the force, shortest range first: among equals the kernel takes the first."""
    ranges = {f.missile.id: f.missile.range_max_m for u in units for f in u.missiles}
    if len(ranges) > MAX_MISSILES:
        raise InputError(
            "too many missile types in one raid",
            value=len(ranges),
            allowed=f"at most {MAX_MISSILES}",
        )
    return tuple(sorted(ranges, key=lambda name: (ranges[name], name)))


def _check_size(places: int, n_sites: int, n_missiles: int) -> None:
    size = places * n_sites * (n_missiles + 2) * 4
    if size > MAX_TABLE_BYTES:
        raise InputError(
            "the raid's tables would not fit in memory",
            field="raid",
            value=f"{places} places x {n_sites} sites x {n_missiles + 2} values = "
            f"{size / 2**30:.1f} GiB",
            allowed="1 GiB",
            hint="Use a longer step, shorter paths or fewer of them (spacing 0 m "
            "lets a group share one).",
        )


def _threats(
    in_air: Sequence[Flight],
    first: NDArray[np.int64],
    units: Sequence[UnitSpec],
    sites: Sequence[Site],
    losses: bool,
    step_s: float,
) -> tuple[
    Threats,
    tuple[str, ...],
    tuple[Group, ...],
    NDArray[np.int64],
    NDArray[np.int64],
    tuple[str, ...],
]:
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
    after, delays, gap, reaches, weight, breaks, at, jams, no_engage, class_of, path_of = zip(
        *columns, strict=True
    )
    paths = np.array(path_of, np.int64)
    kinds = np.array(class_of, np.int64)
    steps = (first[paths + 1] - first[paths] - 1).astype(np.int64)
    threats = Threats(
        after=np.array(after, np.int64),
        delay=np.array(delays, float),
        gap=np.array(gap, float),
        first=first[paths].astype(np.int64),
        steps=steps,
        chance=np.full(len(paths), -np.inf),
        chances=np.zeros(0, np.int64),
        reaches=np.array(reaches),
        weight=np.array(weight, float),
        breaks=np.array(breaks, np.int64),
        breaks_at=np.array(at, np.int64),
        kind=kinds,
        jams=np.array(jams),
        no_engage=np.array(no_engage),
        order=np.zeros(0, np.int64),
    )
    ends = mean_starts(threats) + steps * step_s
    threats = threats._replace(order=np.argsort(ends, kind="stable").astype(np.int64))
    return threats, tuple(ids), tuple(groups), kinds, paths, classes


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


def first_channels(channels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(units,) where each unit's channels begin among those of all, from how many each has."""
    return np.concatenate([[0], np.cumsum(channels)[:-1]]).astype(np.int64)


def _fire(
    units: Sequence[UnitSpec],
    missiles: tuple[str, ...],
    n_targets: int,
    known: Catalogue,
) -> Fire:
    """What is counted of the fire units; tables are to be filled in."""

    def of_units(field: str) -> NDArray[np.int64]:
        return np.array([[getattr(u, field).get(m, 0) for m in missiles] for u in units], np.int64)

    rounds, stores, resupply = map(of_units, ("load", "stores", "resupply"))
    most = (rounds + stores + resupply).sum(axis=1).tolist()
    nothing = np.zeros(0)
    channels = np.array(
        [min(u.channels, max(k, 1), n_targets) for u, k in zip(units, most, strict=True)]
    )
    if channels.sum() >= 1 << A_BITS:
        raise InputError(
            "too many fire channels in all",
            field="raid.defence.channels",
            value=int(channels.sum()),
            allowed="fewer than a million",
        )
    return Fire(
        flight=nothing,
        p_kill=nothing,
        p_days=nothing,
        shape=nothing,
        site=np.array([u.site for u in units], np.int64),
        first_channel=first_channels(channels),
        channels=channels.astype(np.int64),
        guidance_channels=np.array([u.guidance_channels for u in units], np.int64),
        launchers=np.array([u.launchers for u in units], np.int64),
        load=rounds,
        stores=stores,
        resupply=resupply,
        tubes=np.array([rounds_per_launcher(m, known) for m in missiles], np.int64),
    )


def _doctrine(units: Sequence[UnitSpec], times_s: Sequence[SiteTimes], raid: Raid) -> Doctrine:
    """How each unit shoots: by the rules of its own site."""
    rules = [raid.rules_of(unit.site_id) for unit in units]
    own = [times_s[unit.site] for unit in units]
    reload = [math.inf if r.reload_time_s is None else r.reload_time_s for r in rules]
    return Doctrine(
        reaction=np.array([t.reaction_s for t in own]),
        interval=np.array([t.launch_interval_s for t in own]),
        assessment=np.array([t.assessment_s for t in own]),
        reload=np.array(reload),
        salvo=np.array([r.salvo_size for r in rules], np.int64),
        shots_max=np.array([r.shots_per_engagement for r in rules], np.int64),
        shots_most=np.array([r.max_shots for r in rules], np.int64),
        engage_again=np.array([r.re_engage for r in rules]),
        false_kill=np.array([r.false_kill for r in rules], float),
        false_miss=np.array([r.false_miss for r in rules], float),
    )


def _rules(raid: Raid) -> Rules:
    given = raid.rules
    return Rules(
        step=raid.step_s,
        duration=raid.duration_s,
        central=given.coordination == "central",
        cueing=given.cueing,
        by_time="time" in given.ranking,
        by_value="value" in given.ranking,
        horizon=LOOK_AHEAD_S,
        resupply=given.resupply_interval_s if raid.is_resupplied else math.inf,
        repair=math.inf if given.repair_time_s is None else given.repair_time_s,
    )


def _correlation(raid: Raid, target: str, figures: Figures) -> float:
    """Correlation between the results of two shots of the raid at a class: given or assumed."""
    given = raid.rules.shot_correlation
    if isinstance(given, Mapping):
        given = {raid.known.entry(name).id: r for name, r in given.items()}.get(target)
    if given is None:
        return figures(shot_correlation(target, raid.known))
    key = f"shot correlation {target}"
    return figures(Unknown(key, key, "1", given, given, given, origin="scenario", why="given"))
