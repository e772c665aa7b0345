"""Which unit covers which demand, in every draw of the uncertain figures.

Approaches run through :func:`skyshade.reach.paths.reach_along`, so that what covers a bearing here
is what reaches it on the pages of a case. Points are asked what
:mod:`skyshade.reach.engageable` and :mod:`skyshade.coverage` ask cells, with the figures drawn.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage, SiteSpec
from skyshade.coverage.views import AntennaViews, HeightName, RadarName, Views, view_units
from skyshade.errors import InputError
from skyshade.fireunit._cpu import times_of_flight
from skyshade.fireunit.missiles import fast_enough
from skyshade.fireunit.model import FireUnit, Height
from skyshade.fireunit.places import height_columns, position_columns
from skyshade.fireunit.signal import excess_log_snr
from skyshade.reach.inbound import draw_samples, force_unknowns
from skyshade.reach.paths import Approach, Paths, reach_along
from skyshade.siting.demand import Approaches, Demand, Points
from skyshade.siting.model import Floats
from skyshade.terrain.geodesy import polar_from, ring
from skyshade.terrain.model import Altitude, Dem
from skyshade.uncertainty.draws import Column, Draws, draw

LARGEST_RADIUS_M = 6_400_000.0  # of curvature anywhere on the Earth
LOWEST_M = -450.0  # of dry land
MARGIN = 1.02
NEAR_RAYS = 500  # a quarter of the usual; less than a cell in a thousand is seen otherwise
KNOT = 20  # points of a path between those at which its distance from a unit is looked at

Bits = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Covers:
    """What each unit covers in each row of the draws.

    Attributes
    ----------
    bits : (units, demands, bytes) bit r: whether it covers the demand in row r; row 0 has the
        default figures.
    rows : number of rows.
    """

    bits: Bits
    rows: int

    def row(self, r: int) -> NDArray[np.bool_]:
        """(units, demands) whether each covers each in one row."""
        return np.asarray((self.bits[:, :, r // 8] >> (7 - r % 8)) & 1 == 1)

    def share(self) -> Floats:
        """(units, demands) share of the draws in which each covers each; row 0 without draws."""
        if self.rows == 1:
            return self.row(0).astype(float)
        total = np.bitwise_count(self.bits).sum(axis=2, dtype=np.int64)
        return np.asarray((total - self.row(0)) / (self.rows - 1))


def draw_units(units: Sequence[FireUnit], n: int, seed: int) -> Draws:
    """Draws for units that may stand at once: figures in common, and each unit's own height."""
    columns = [
        *(Column(u.key, u.title, (u,)) for u in force_unknowns(units)),
        *height_columns(units),
        *position_columns(units),
    ]
    return draw(columns, n, seed)


def sweep(
    dem: Dem,
    units: Sequence[FireUnit],
    demand: Demand,
    draws: Draws,
    *,
    k_factor: float,
    sea_outside: bool,
    first: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Covers:
    """What units cover, each by itself; antenna heights are drawn, positions are not moved.

    Parameters
    ----------
    draws : from :func:`draw_units`, of units among which these follow each other from `first` on.

    Raises
    ------
    InputError : a unit outside the terrain.
    """
    rows = len(draws)
    bits = np.zeros((len(units), len(demand.weight), math.ceil(rows / 8)), np.uint8)
    altitudes = _altitudes(demand)
    heights = float(np.nanmin(dem.heights)), float(np.nanmax(dem.heights))
    known = [_places_known(part, dem) for part in demand.parts]
    progress(0, len(units))
    for i, unit in enumerate(units):
        seer = _Seer(unit, sight_m(dem, heights, unit, altitudes, k_factor))
        try:
            views = view_units(
                around_unit(dem, unit, seer.range_m),
                [seer],
                altitudes,
                bounds=draws.n > 0,
                k_factor=k_factor,
                sea_outside=sea_outside,
            )
        except InputError as error:
            raise error.inside(unit.id, ", ") from None
        for part, one in enumerate(demand.parts):
            here = demand.slice_of(part)
            if isinstance(one, Approaches):
                found = _approaches(one, unit, first + i, views, draws) & known[part][:, None]
            else:
                found = covers_points(one, unit, first + i, views, draws)
            bits[i, here] = np.packbits(found, axis=1)
        progress(i + 1, len(units))
    return Covers(bits, rows)


def _places_known(part: Approaches | Points, dem: Dem) -> NDArray[np.bool_]:
    """(columns,) False on approaches to a place where terrain is not known: nothing covers it."""
    if isinstance(part, Points):
        return np.ones(1, bool)
    lon, lat = ([getattr(p.position, name) for p in part.places] for name in ("lon", "lat"))
    return np.repeat(~np.isnan(dem.height_at(lon, lat)), part.shape[1] * part.shape[2])


def _altitudes(demand: Demand) -> tuple[Altitude, ...]:
    found = {f.altitude.label: f.altitude for part in demand.parts for f in part.flights}
    return tuple(found.values())


@dataclass(frozen=True)
class _Seer:
    """A unit that looks no farther than it can see anything that is asked for."""

    unit: FireUnit
    range_m: float

    def spec_of(self, radar: RadarName, height: HeightName = "value") -> SiteSpec:
        spec = self.unit.spec_of(radar, height)
        return replace(spec, max_range_m=min(spec.max_range_m, self.range_m), near_rays=NEAR_RAYS)


def sight_m(
    dem: Dem,
    heights: tuple[float, float],
    unit: FireUnit,
    altitudes: Sequence[Altitude],
    k_factor: float,
) -> float:
    """How far the unit's highest antenna can see a target at the highest of these altitudes.

    Over ground as low as the lowest of the terrain; what lies beyond is out of sight whatever the
    terrain, so that a sweep need not go there.
    """
    radius = k_factor * LARGEST_RADIUS_M
    low, high = min(heights[0] if dem.nodata is None else LOWEST_M, 0.0), heights[1]
    antenna = unit.spec.antenna
    ground = antenna.ground_msl_m or float(dem.height_at(antenna.lon, antenna.lat))
    mast = max(unit.height_a.high_m, unit.height_e.high_m)
    top = max(a.value_m + (high if a.datum == "agl" else 0.0) for a in altitudes)
    rises = [max(ground + mast - low, 0.0), max(top - low, 0.0)]
    return MARGIN * sum(math.sqrt(2.0 * radius * h + h * h) for h in rises)


def around_unit(dem: Dem, unit: FireUnit, range_m: float) -> Dem:
    """The part of the terrain within a range of a unit, itself where that is not less."""
    antenna = unit.spec.antenna
    outline = ring(antenna.lon, antenna.lat, MARGIN * min(range_m, unit.spec.max_range_m), 360)
    col, row = dem.grid.colrow(*outline.T)
    rows, cols = dem.grid.shape
    top, bottom = max(int(row.min()) - 2, 0), min(int(row.max()) + 3, rows)
    left, right = max(int(col.min()) - 2, 0), min(int(col.max()) + 3, cols)
    if (bottom - top) * (right - left) >= 0.9 * rows * cols or np.ptp(col) > cols:
        return dem
    shape = (bottom - top, right - left)
    return replace(
        dem,
        heights=np.ascontiguousarray(dem.heights[top:bottom, left:right]),
        grid=dem.grid.window(top, left, shape),
    )


def farthest_m(unit: FireUnit) -> float:
    """Ground range beyond which no missile of the unit gets in any draw."""
    return max(family.missile.range_max.high for family in unit.missiles)


def _approaches(
    one: Approaches, unit: FireUnit, index: int, views: Views, draws: Draws
) -> NDArray[np.bool_]:
    """(columns, rows) whether a unit can shoot often and early enough on each approach."""
    places, flights, bearings = one.shape
    rows = len(draws)
    found = np.zeros((places, flights, bearings, rows), bool)
    antenna, paths = unit.spec.antenna, one.paths
    lon, lat = paths.lon[:, ::KNOT], paths.lat[:, ::KNOT]
    far = polar_from(antenna.lon, antenna.lat, lon.ravel(), lat.ravel())[0].reshape(lon.shape)
    near = np.flatnonzero(far.min(axis=1) <= farthest_m(unit) + KNOT * paths.step_m)
    if len(near):
        some = Paths(paths.lon[near], paths.lat[near], paths.until[near], paths.step_m)
        on_terrain = views.acquisition.default.dem.grid.nearest_post(some.lon, some.lat)[1]
        if on_terrain.any():
            p, b = np.divmod(near, bearings)
            runs = reach_along(some, unit, index, views, one.flights, draws)
            for f, run in enumerate(runs):
                out_m = (some.until[None, :] - run.first) * some.step_m
                good = (run.first >= 0) & (run.shots >= one.shots) & (out_m >= one.before_m)
                found[p, f, b] = good.T
    return found.reshape(-1, rows)


def covers_points(
    one: Points, unit: FireUnit, index: int, views: Views, draws: Draws
) -> NDArray[np.bool_]:
    """(columns, rows) whether a unit sees a target at each point, or can engage it there.

    The same conditions as of :class:`skyshade.reach.engageable.SiteEngageable`, at each row's
    antenna height, radar figures, cross-section and missile range. Row 0 is that answer itself.
    """
    rows, n = len(draws), len(one.lon)
    found = np.zeros((len(one.flights), n, rows), bool)
    antenna = unit.spec.antenna
    away = polar_from(antenna.lon, antenna.lat, one.lon, one.lat)[0]
    limit = unit.spec.max_range_m
    if one.seen == "engageable":
        limit = min(limit, farthest_m(unit))
    near = np.flatnonzero(away <= limit * 1.01)
    if not len(near):
        return found.reshape(-1, rows)
    dist = np.asarray(away[near], np.float32)
    coverage = views.acquisition.default
    cell, inside = coverage.dem.grid.nearest_post(one.lon[near], one.lat[near])
    ground = np.where(inside, coverage.ground_at(cell), np.nan).astype(np.float32)
    samples = draw_samples(unit, index, tuple(f.target for f in one.flights), draws)
    drawn = samples.height_a if one.seen == "visible" else samples.height_e
    height = unit.height_a if one.seen == "visible" else unit.height_e
    antennas = views.acquisition if one.seen == "visible" else views.engagement
    for f, flight in enumerate(one.flights):
        alt = np.asarray(np.broadcast_to(flight.altitude.msl(ground), ground.shape), np.float32)
        see = _sees(antennas, unit.id, cell, inside, alt, ground, weight_of(height, drawn))
        if one.seen == "engageable":
            own = unit.engagement
            above = np.maximum(np.nan_to_num(alt) - antennas.default.site(unit.id).antenna_msl_m, 0)
            excess = excess_log_snr(own, flight.target, dist, above)
            more = samples.const_e[:, f] - samples.const_e[0, f]
            see &= excess[:, None] + more[None, :] >= 0.0
            see &= _reached(unit, flight, dist, alt, alt - ground, samples.range_max[:, f])
        found[f, near] = see
    return found.reshape(-1, rows)


def weight_of(height: Height, drawn_m: Floats) -> Floats:
    """Where drawn antenna heights lie: -1 at the low bound, 0 at the value, 1 at the high bound."""
    return np.interp(drawn_m, [height.low_m, height.value_m, height.high_m], [-1.0, 0.0, 1.0])


def _sees(
    antennas: AntennaViews,
    id_: str,
    cell: tuple[NDArray[np.int_], NDArray[np.int_]],
    inside: NDArray[np.bool_],
    alt: NDArray[np.float32],
    ground: NDArray[np.float32],
    weight: Floats,
) -> NDArray[np.bool_]:
    """(points, rows) line of sight, the masking altitude interpolated between antenna heights."""
    low, middle, high = (
        _masking(coverage, id_, cell)
        for coverage in (antennas.low, antennas.default, antennas.high)
    )
    up, down = np.maximum(weight, 0.0), np.maximum(-weight, 0.0)
    with np.errstate(invalid="ignore"):
        need = middle[:, None] + up * (high - middle)[:, None] + down * (low - middle)[:, None]
        need[:, weight == 0] = middle[:, None]
        see = (alt[:, None] >= need) & (inside & (alt >= ground))[:, None]
    ceiling = antennas.default.site(id_).ceiling_m
    return see if ceiling is None else see & (alt <= ceiling[cell])[:, None]


def _masking(
    coverage: Coverage, id_: str, cell: tuple[NDArray[np.int_], NDArray[np.int_]]
) -> Floats:
    return np.asarray(coverage.site(id_).masking_m[cell], float)


def _reached(
    unit: FireUnit,
    flight: Approach,
    dist: NDArray[np.float32],
    alt: NDArray[np.float32],
    agl: NDArray[np.float32],
    range_max: Floats,
) -> NDArray[np.bool_]:
    """(points, rows) whether any missile's limits and table reach the target there."""
    time_s = np.empty((len(unit.missiles), len(dist)))
    times_of_flight(unit.tables, range_max.max(axis=0), dist, alt, agl, time_s)
    takes = fast_enough(unit.tables.target_speed_max_mps, flight.target)
    gets = np.isfinite(time_s) & takes[:, None]
    return np.asarray(
        (gets[:, :, None] & (dist[None, :, None] <= range_max.T[:, None, :])).any(axis=0)
    )


def key_of(
    dem: Dem, units: Sequence[FireUnit], demand: Demand, draws: Draws, more: Sequence[object]
) -> str:
    """A name for what a sweep of these would give, from all that goes into it."""
    whole = hashlib.sha256()
    for value in (dem.identity, *more, *(repr((u.spec, u.height_a, u.height_e)) for u in units)):
        whole.update(repr(value).encode())
    for unit in {id(u.tables): u for u in units}.values():
        for table in unit.tables:
            whole.update(np.ascontiguousarray(table).tobytes())
        whole.update(repr((unit.acquisition, unit.engagement, unit.unknowns())).encode())
    for part in demand.parts:
        whole.update(repr([(f.target, f.altitude) for f in part.flights]).encode())
        if isinstance(part, Approaches):
            whole.update(part.paths.lon.tobytes() + part.paths.lat.tobytes())
            whole.update(repr((part.shots, part.before_m)).encode())
        else:
            whole.update(part.lon.tobytes() + part.lat.tobytes() + part.seen.encode())
    whole.update(np.ascontiguousarray(draws.u).tobytes())
    return whole.hexdigest()
