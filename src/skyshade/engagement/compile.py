"""From a scenario with a raid to the arrays that the kernel runs on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.case import Case, Propagation
from skyshade.coverage.compute import cover
from skyshade.coverage.model import Coverage, SiteSpec
from skyshade.coverage.orbits import antennas_of
from skyshade.engagement._scalar_plan import NOT_PROTECTED, Plan
from skyshade.engagement.defence import SiteDefence, UnitSpec, site_defence, times
from skyshade.engagement.drawn import (
    aims_drawn,
    bearings_drawn,
    open_bearings,
    stands_drawn,
    turned,
)
from skyshade.engagement.layers import bound_places, layer_of
from skyshade.engagement.paths import Flight, FlightPath, flights
from skyshade.engagement.plan import (
    check_size,
    kill_chances,
    make_doctrine,
    make_fire,
    make_rules,
    make_threats,
    missiles_of,
    thrift,
)
from skyshade.engagement.sensors import AirborneRadar, load_sensors, with_views
from skyshade.engagement.tables import (
    Places,
    RaidTerrain,
    Sightline,
    Watcher,
    kill_shape,
    log_cross_sections,
    make_launches,
    make_sight,
    sightline,
    site_radars,
    with_last_chances,
)
from skyshade.errors import InputError
from skyshade.fireunit.load import fire_unit
from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.places import Standing, as_given, height_columns, position_columns
from skyshade.scenario.group import Group
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import AsOf, Scenario, Site
from skyshade.scenario.sensors import Sensor
from skyshade.shown import Brief, count
from skyshade.terrain.model import Dem
from skyshade.terrain.points import EarthPoints
from skyshade.terrain.sweep import antenna_altitude_m
from skyshade.uncertainty.draws import Column, columns_of
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

VIEW_STEP_M = 50_000.0


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

    @property
    def radar_ids(self) -> tuple[str, ...]:
        """Ids of the acquisition radars: those of the sites, then those in the air."""
        aloft = [sensor.id for sensor in self.scenario.sensors]
        return (*(site.id for site in self.sites), *aloft)

    def sensor_msl_m(self, sensor: Sensor) -> float:
        """Altitude of a radar in the air."""
        return antennas_of(sensor, self.dem)[0].msl_m or 0.0

    @cached_property
    def coverage(self) -> Coverage:
        """What the acquisition radars have in line of sight, for maps; swept when first asked."""
        propagation = Propagation.of(self.scenario)._asdict()
        flown = [np.concatenate([getattr(p, f) for p in self.paths]) for f in ("lon", "lat")]
        points = EarthPoints.of(*flown)
        near = [_nearer(spec, points) for spec in self.specs]
        return cover(self.dem, near, self.scenario.altitudes, **propagation).for_maps

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
    aloft : the radars in the air, with what they have in view.
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
    aloft: tuple[AirborneRadar, ...] = ()
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
        missiles = missiles_of(self.units)
        threats, target_ids, groups, class_of, path_of, classes = make_threats(
            self.flights,
            self.places.first,
            specs,
            self.sites,
            raid.rules.losses,
            raid.step_s,
        )
        radars = site_radars(self.units, figures)
        log_rcs = log_cross_sections(self.places, figures)
        watchers = [
            Watcher(radar.acquisition, (line,), d.tracks, d.emits)
            for radar, line, d in zip(radars, self.seen, defences, strict=True)
        ]
        watchers += [sensor.watcher(figures) for sensor in self.aloft]
        sight = make_sight(raid, watchers, self.places, path_of, log_rcs)
        where = raid, self.units, radars, self.seen, self.places, missiles, log_rcs
        bounds = [bound_places(self.scenario, raid, s, self.places) for s in self.sites]
        flight = make_launches(*where, bounds)
        doctrine = make_doctrine(specs, [times(raid, site, figures) for site in self.sites], raid)
        kills = kill_chances(raid, missiles, classes, self.flights, figures)
        layers = [layer_of(raid, *pair) for pair in zip(self.sites, self.units, strict=True)]
        fire = make_fire(specs, missiles, len(path_of), layers, raid.known)._replace(
            flight=flight,
            thrift=thrift(raid, missiles, figures),
            shape=kill_shape(raid, self.units, self.seen, self.places, missiles, flight),
            **kills,
        )
        times_s = doctrine.reaction, raid.step_s
        threats = with_last_chances(threats, fire, *times_s)
        if any(bound is not None for bound in bounds):
            free = fire._replace(flight=make_launches(*where, [None] * len(bounds)))
            possible = with_last_chances(threats, free, *times_s).chance > -np.inf
            threats.beyond[possible] = NOT_PROTECTED  # counts where there is no chance
        return CompiledRaid(
            self.scenario,
            raid,
            Plan(threats, sight, fire, doctrine, make_rules(raid)),
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
        shared = [*self.compile().unknowns, *open_bearings(self.raid)]
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
        bearings = bearings_drawn(raid, values)
        stands = tuple(stands_drawn(u, i, values) for i, u in enumerate(self.units))
        aims = aims_drawn(raid, self.sites, stands)
        same_paths = (bearings, aims) == (self.bearings, aims_drawn(raid, self.sites, self.stands))
        if not same_paths:
            flights_ = tuple(flights(self.scenario, turned(raid, bearings), terrain.dem, aims))
            places = Places.of(flights_, raid.step_s)
        seen = tuple(
            old
            if same_paths and new_stands == old_stands
            else sightline(raid, site, unit, new_stands, terrain, places)
            for site, unit, new_stands, old_stands, old in zip(
                self.sites, self.units, stands, self.stands, self.seen, strict=True
            )
        )
        aloft = self.aloft if same_paths else with_views(self.aloft, raid, terrain, places)
        return replace(
            self,
            flights=flights_,
            places=places,
            stands=stands,
            seen=seen,
            aloft=aloft,
            bearings=bearings,
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
    as_of: AsOf = None,
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
    as_of: AsOf = None,
    dem: Dem | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> PreparedRaid:
    """All of a scenario's raid that no uncertain figure touches.

    Parameters
    ----------
    as_of : only the sites operational on this date, by default the scenario's own; or "all".
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
    if not any(d.emits for d in defences) and not scenario.sensors:
        raise InputError(
            "every radar is silent, so nothing would ever be detected",
            field="raid.defence.emission",
            allowed="active for one site or more",
        )
    units = [fire_unit(_as_loaded(*pair)) for pair in zip(sites, defences, strict=True)]
    looks = sum(len(sensor.positions()) for sensor in scenario.sensors)
    check_size(len(places.lon), len(sites), len(missiles_of(units)), looks)
    ground = RaidTerrain.of(dem, case.propagation)
    stands = tuple(as_given(unit) for unit in units)
    seen: list[Sightline] = []
    for site, unit, where in zip(sites, units, stands, strict=True):
        progress("line of sight", len(seen), len(sites))
        try:
            seen.append(sightline(raid, site, unit, where, ground, places))
        except InputError as error:
            raise (error.inside(site.id, ", ") if len(sites) > 1 else error) from None
    aloft = load_sensors(scenario.sensors, raid, ground, places)
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
        aloft,
    )


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
