"""The chain for one case: sites in service, coverage with its band, places, growth."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Generic, Literal, NamedTuple, TypeVar

import numpy as np

from skyshade._jit import keep_to_this_thread
from skyshade.assess.model import Assessment, Banded, Held, PlaceReport, Step
from skyshade.assess.programme import assess_programme
from skyshade.assess.raids import assess_raids
from skyshade.case import Case
from skyshade.coverage.compute import cover, site_spec
from skyshade.coverage.model import Coverage
from skyshade.processes import Processes
from skyshade.reach.study import ReachStudy, study_reach
from skyshade.scenario.schema import Place, Scenario, Site
from skyshade.siting.study import study_siting
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Dem
from skyshade.uncertainty.draws import BAND

PLACE_DRAWS = 32  # of the draws, for the approaches to each place
SITING_DRAWS = 32  # of the draws, for the next unit
Part = Literal["reach", "raids", "programme", "siting"]
PARTS: tuple[Part, ...] = ("reach", "raids", "programme", "siting")
T = TypeVar("T")
U = TypeVar("U")


class Variant(NamedTuple):
    """How all sites may stand.

    Attributes
    ----------
    height : which of the antenna's heights.
    shift : moved east and north, in halves of what the position is rounded to.
    """

    name: str
    height: Literal["low_m", "value_m", "high_m"] = "value_m"
    shift: tuple[float, float] = (0.0, 0.0)


class Variants(NamedTuple, Generic[T]):
    """Something for every way in which the sites may stand.

    Attributes
    ----------
    value : at the antennas' own heights and the positions given.
    low_antenna, high_antenna : at the ends of what is known of the heights.
    moved : at the ends of what the positions are rounded to; empty if none is rounded.
    """

    value: T
    low_antenna: T
    high_antenna: T
    moved: tuple[T, ...]

    def each(self) -> tuple[T, ...]:
        """One after the other."""
        return self.value, self.low_antenna, self.high_antenna, *self.moved

    def map(self, make: Callable[[T], U]) -> Variants[U]:
        """What `make` makes of each."""
        first = make(self.value), make(self.low_antenna), make(self.high_antenna)
        return Variants(*first, tuple(make(one) for one in self.moved))


VARIANTS = Variants(
    Variant("value"),
    Variant("low antenna", "low_m"),
    Variant("high antenna", "high_m"),
    (
        Variant("moved north", shift=(0.0, 1.0)),
        Variant("moved south", shift=(0.0, -1.0)),
        Variant("moved east", shift=(1.0, 0.0)),
        Variant("moved west", shift=(-1.0, 0.0)),
    ),
)


def assess(
    scenario: Scenario,
    as_of: date | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    *,
    draws: int = 64,
    seed: int = 0,
    siting: bool = False,
    parts: Collection[Part] = PARTS,
    pool: Processes | None = None,
) -> Assessment:
    """Assess a scenario on a date (default: the scenario's own, else all its sites).

    Line of sight has two unknowns: the height of the antenna and the position of the unit within
    its sector. Every site is swept for each of `VARIANTS`, and the bands are their spread.

    Parameters
    ----------
    draws : draws of the uncertain figures behind reach and raids, a power of two; 0 leaves out
        reach and the raids' band.
    seed : of these draws and of the raids' replicates.
    siting : also find where the next unit would add most, even if the scenario does not ask.
    parts : of the assessment beside line of sight; those left out are None.
    pool : processes that share the work, and to the same numbers; by default threads do.

    Raises
    ------
    InputError : nothing is operational on that date; unusable terrain, sites or raid.
    """
    if as_of is None:
        as_of = scenario.as_of.last if scenario.as_of else date.max
    case = Case(scenario, as_of, progress=progress)
    operational, steps = case.sites, _steps(case.sites, as_of)
    with _beside() as beside:
        raids = None
        if "raids" in parts:
            raids = beside.submit(
                assess_raids,
                scenario,
                steps or [(as_of, [], list(operational))],
                case.whole_dem,
                draws=draws,
                seed=seed,
                progress=progress,
                pool=pool,
            )
        rounded = any(s.position_rounding_deg for s in operational)
        ways = VARIANTS if rounded else VARIANTS._replace(moved=())
        variants = ways.map(lambda variant: _cover(case, variant))
        groups = _groups(operational)
        at_steps = {day.isoformat(): [s.id for s in sites] for day, _, sites in steps}
        areas = _areas(variants, groups | at_steps, None, progress)
        ring_areas = _areas(variants, groups, scenario.ring_m, progress) if scenario.ring_m else ()
        coverage = variants.value
        reach = (
            study_reach(
                case,
                draws=draws,
                seed=seed,
                at_places="hard pair",
                place_draws=PLACE_DRAWS,
                known=variants._replace(moved=()).each(),
            )
            if draws and "reach" in parts
            else None
        )
        return Assessment(
            scenario=scenario,
            as_of=as_of,
            operational=operational,
            waiting=tuple(s for s in scenario.sites if s not in operational),
            coverage=coverage,
            areas=tuple(a for a in areas if a.value.who in groups),
            ring_areas=ring_areas,
            places=tuple(_place(place, variants) for place in scenario.places),
            growth=tuple(
                Step(
                    day=day,
                    joined=tuple(s.id for s in joined),
                    sites=tuple(s.id for s in sites),
                    areas=tuple(a for a in areas if a.value.who == day.isoformat()),
                    assumed=any((e := s.event("operational")) and e.assumed for s in joined),
                    reach=_held(reach, {s.id for s in sites}),
                )
                for day, joined, sites in steps
            ),
            reach=reach,
            programme=assess_programme(scenario, as_of, coverage, progress)
            if "programme" in parts
            else None,
            siting=study_siting(
                scenario,
                as_of=as_of,
                draws=min(draws, SITING_DRAWS),
                seed=seed,
                raid=False,
                progress=progress,
            )
            if siting or ("siting" in parts and scenario.siting is not None)
            else None,
            raids=None if raids is None else raids.result(),
        )


@contextlib.contextmanager
def _beside() -> Iterator[ThreadPoolExecutor]:
    """A thread for work beside this one's; nothing waits for it after an error."""
    thread = ThreadPoolExecutor(1, "beside", initializer=keep_to_this_thread)
    try:
        yield thread
    finally:
        thread.shutdown(wait=False, cancel_futures=True)


def _held(reach: ReachStudy | None, ids: set[str]) -> tuple[Held, ...]:
    """The area that these sites can defend, each class at its usual altitude."""
    if reach is None:
        return ()
    found, held = reach.found, []
    for c, flight in enumerate(found.flights):
        area = found.force.held_m2(ids, found.typical(c), c)
        low, middle, high = np.quantile(area[found.sites[0].draws.sobol], BAND)
        held.append(Held(flight, float(low), float(middle), float(high)))
    return tuple(held)


def _cover(case: Case, variant: Variant) -> Coverage:
    return cover(
        case.dem,
        [site_spec(s, getattr(s.antenna, variant.height), variant.shift) for s in case.sites],
        case.altitudes,
        progress=lambda done, total: case.progress(f"sweep, {variant.name}", done, total),
        **case.propagation._asdict(),
    )


def _groups(sites: tuple[Site, ...]) -> dict[str, list[str]]:
    groups = {s.id: [s.id] for s in sites}
    if len(sites) > 1:
        groups["force"] = [s.id for s in sites]
    return groups


def _areas(
    variants: Variants[Coverage],
    groups: dict[str, list[str]],
    max_range_m: float | None,
    progress: Callable[[str, int, int], None],
) -> tuple[Banded, ...]:
    stage = "areas" if max_range_m is None else "areas in the ring"
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = variants.map(lambda coverage: pool.submit(coverage.areas, groups, max_range_m))
        for done, one in enumerate(running.each(), start=1):
            one.result()
            progress(stage, done, len(running.each()))
    found = running.map(lambda one: one.result())
    banded = []
    for i, value in enumerate(found.value):
        spread = sorted([value, *(areas[i] for areas in found.moved)], key=lambda a: a.visible_m2)
        banded.append(
            Banded(
                value=value,
                antenna=(found.low_antenna[i], found.high_antenna[i]),
                position=(spread[0], spread[-1]),
            )
        )
    return tuple(banded)


def _steps(sites: tuple[Site, ...], as_of: date) -> list[tuple[date, list[Site], list[Site]]]:
    """Per date on which a site became operational: the date, who joined, who is in service."""
    starts = {s.id: e.date.last for s in sites if (e := s.event("operational"))}
    steps = []
    for day in sorted(set(starts.values())):
        joined = [s for s in sites if starts.get(s.id) == day]
        present = [s for s in sites if starts.get(s.id, as_of) <= day or s.id not in starts]
        steps.append((day, joined, present))
    return steps


def _place(place: Place, variants: Variants[Coverage]) -> PlaceReport:
    coverage = variants.value
    lon, lat = place.position.lon, place.position.lat
    distances = {
        s.spec.id: geod().inv(s.spec.antenna.lon, s.spec.antenna.lat, lon, lat)[2]
        for s in coverage.sites
    }
    nearest = min(distances, key=lambda id_: distances[id_])
    post = _post(coverage.dem, lon, lat)
    clearance = variants._replace(moved=()).map(lambda c: _clearance(c, post))
    seen_by = {
        altitude.label: tuple(
            s.spec.id
            for s in coverage.sites
            if post is not None and coverage.seen_in_window(s, altitude, _cell(post)).any()
        )
        for altitude in coverage.altitudes
    }
    in_ring = any(distances[s.spec.id] <= s.spec.max_range_m for s in coverage.sites)
    return PlaceReport(
        place=place,
        nearest=nearest,
        distance_m=float(distances[nearest]),
        in_ring=in_ring,
        known=not in_ring or clearance.value is not None,
        lowest_visible_agl_m=clearance.value,
        lowest_visible_agl_low_m=clearance.high_antenna,
        lowest_visible_agl_high_m=clearance.low_antenna,
        seen_by=seen_by,
    )


def _cell(post: tuple[int, int]) -> tuple[slice, slice]:
    return slice(post[0], post[0] + 1), slice(post[1], post[1] + 1)


def _post(dem: Dem, lon: float, lat: float) -> tuple[int, int] | None:
    """Row and column of the nearest post, None outside the DEM."""
    if not dem.grid.contains(lon, lat):
        return None
    col, row = dem.grid.colrow(lon, lat)
    return round(float(row)), round(float(col))


def _clearance(coverage: Coverage, post: tuple[int, int] | None) -> float | None:
    if post is None:
        return None
    value = float(coverage.lowest_visible_m[post]) - float(coverage.dem.heights[post])
    return value if math.isfinite(value) else None
