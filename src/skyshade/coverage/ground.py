"""What terrain a scenario needs, what of it is missing, and how to get that."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.compute import site_circles
from skyshade.errors import InputError
from skyshade.scenario.group import Group
from skyshade.scenario.schema import Scenario
from skyshade.terrain.dem import SMOOTH_EARTH, Circle, load_dem
from skyshade.terrain.fetch import (
    MAX_TILES,
    PRODUCTS,
    Cell,
    Fetched,
    Step,
    fetch_cells,
)
from skyshade.terrain.geodesy import geod, polar_from
from skyshade.terrain.library import complete_terrain, find_terrain
from skyshade.terrain.tiles import read_tile

PATH_STEP_M = 20_000.0  # between the circles along a path
PATH_MARGIN_M = 3_000.0  # beside a path
BEARING_STEP_DEG = 5.0
POINTS_PER_DEGREE = 12  # places looked at in a cell, along each side
COARSE_DEG = 2.5 / 3600  # posts farther apart than this are completed by GLO-90, else by GLO-30


def line_circles(points: NDArray[np.float64]) -> list[Circle]:
    """Circles along a line of (n, 2) lon, lat."""
    found: list[Circle] = []
    for (lon0, lat0), (lon1, lat1) in itertools.pairwise(points):
        az, _, length = geod().inv(lon0, lat0, lon1, lat1)
        d = np.linspace(0.0, length, max(math.ceil(length / PATH_STEP_M), 1) + 1)
        n = len(d)
        lon, lat, _ = geod().fwd(np.full(n, lon0), np.full(n, lat0), np.full(n, az), d)
        found += [(float(x), float(y), PATH_MARGIN_M) for x, y in zip(lon, lat, strict=True)]
    return found


def path_circles(scenario: Scenario) -> list[Circle]:
    """Circles along the paths of a scenario's raid; recorded tracks are left out."""
    if scenario.raid is None:
        return []
    places = {place.id: place.position for place in scenario.places}
    places |= {site.id: site.position for site in scenario.sites}
    found: list[Circle] = []
    for group in scenario.raid.groups:
        aim = None
        if group.aim is not None:
            where = places.get(group.aim.place or group.aim.site or "")
            if where is None:  # the raid's own reader says so
                continue
            aim = (where.lon, where.lat)
        for way in _ways(group, aim):
            beside = group.spacing_m * group.count
            found += [(x, y, r + beside) for x, y, r in line_circles(np.array(way))]
    return found


def _ways(group: Group, aim: tuple[float, float] | None) -> list[list[tuple[float, float]]]:
    """The corners of a group's path, for each bearing that it may come from."""
    if group.path is not None:
        corners = [(p.lon, p.lat) for p in group.path] + ([aim] if aim else [])
        return [corners]
    if aim is None or group.distance_m is None or group.from_deg is None:
        return []
    low, high = group.bearings_deg or (group.from_deg, group.from_deg)
    bearings = np.linspace(low, high, math.ceil((high - low) / BEARING_STEP_DEG) + 1)
    starts = [geod().fwd(*aim, float(b), group.distance_m)[:2] for b in bearings]
    return [[(float(x), float(y)), aim] for x, y in starts]


def missing_cells(scenario: Scenario) -> list[Cell]:
    """West and south of the one-degree cells in which the scenario lacks terrain that it needs.

    Needed is what lies within range of a site or along a path of the raid. A smooth Earth lacks
    nothing, nor does what a scenario takes for the sea.
    """
    if scenario.terrain.dem == SMOOTH_EARTH:
        return []
    circles = site_circles(scenario.sites)
    paths = path_circles(scenario)
    try:
        dem = load_dem(scenario.terrain.dem, around=circles, along=paths)
    except InputError:
        dem = None  # no such terrain yet, or a site outside it: all is missing
    missing = []
    for (west, south), (lon, lat) in _needed([*circles, *paths]).items():
        known = np.zeros(len(lon), bool)
        if dem is not None:
            (row, col), inside = dem.grid.nearest_post(lon, lat)
            known = inside & dem.known()[row, col]
            if scenario.terrain.nodata == "sea":
                known |= inside
            if scenario.terrain.outside == "sea":
                known |= ~inside
        if not known.all():
            missing.append((west, south))
    return missing


def _needed(circles: Sequence[Circle]) -> dict[Cell, tuple[NDArray[np.float64], ...]]:
    """Places (lon, lat) inside circles by one-degree cell, from the south-west."""
    step = 1.0 / POINTS_PER_DEGREE
    found: dict[Cell, list[NDArray[np.float64]]] = {}
    for lon, lat, radius_m in circles:
        if radius_m < PATH_STEP_M:  # on a path, where the next circle is as near
            cell = (math.floor((lon + 180.0) % 360.0 - 180.0), math.floor(lat))
            found.setdefault(cell, []).append(np.array([[lon], [lat]]))
            continue
        high = min(math.degrees(radius_m / 6.35e6) + 2 * step, 89.0)
        wide = high / max(math.cos(math.radians(min(abs(lat) + high, 89.0))), 0.02)
        x, y = np.meshgrid(
            np.arange(math.floor((lon - wide) / step), math.ceil((lon + wide) / step)) + 0.5,
            np.arange(math.floor((lat - high) / step), math.ceil((lat + high) / step)) + 0.5,
        )
        xs, ys = np.append(x.ravel() * step, lon), np.append(y.ravel() * step, lat)
        near = (np.abs(ys) < 90) & (polar_from(lon, lat, xs, ys)[0] <= radius_m)
        xs, ys = (xs[near] + 180.0) % 360.0 - 180.0, ys[near]
        cells = np.floor(np.column_stack([ys, xs])).astype(int)
        for south, west in np.unique(cells, axis=0):
            here = (cells[:, 0] == south) & (cells[:, 1] == west)
            found.setdefault((int(west), int(south)), []).append(np.array([xs[here], ys[here]]))
    return {cell: tuple(np.concatenate(parts, 1)) for cell, parts in sorted(found.items())}


def usual_product(scenario: Scenario) -> str:
    """The product that suits a scenario's terrain: GLO-90 for coarse posts, else GLO-30."""
    dem = scenario.terrain.dem
    for name, product in PRODUCTS.items():
        if dem.startswith(product.name):
            return name
    tile = read_tile(find_terrain(dem).files[0])
    spacing_deg = tile.spacing_x if tile.grid.is_geographic else tile.spacing_x / 111e3
    return "glo90" if spacing_deg > COARSE_DEG else "glo30"


def fetch_for(
    scenario: Scenario,
    product: str | None = None,
    base_url: str | None = None,
    *,
    max_tiles: int = MAX_TILES,
    progress: Callable[[Step], None] = lambda step: None,
) -> list[Fetched]:
    """Download every tile that a scenario lacks; from then on they complete its terrain.

    An interrupted download goes on where it stopped.

    Parameters
    ----------
    product : "glo30" or "glo90"; by default what suits the terrain.

    Raises
    ------
    InputError : an unknown product, more than `max_tiles`.
    WorkError : the network or the disk failed, or what came is not the tile.
    """
    cells = missing_cells(scenario)
    if not cells:
        return []
    product = product or usual_product(scenario)
    done = fetch_cells(cells, product, base_url, max_tiles=max_tiles, progress=progress)
    base = scenario.terrain.dem
    for fetched in done:
        if fetched.terrain is not None and fetched.terrain.name != base:
            complete_terrain(find_terrain(base), fetched.terrain.name)
    return done
