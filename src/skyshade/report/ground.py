"""The ground under a map: hillshaded terrain, and the small print on terrain and borders."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LightSource
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec
from skyshade.report.borders import NOTE, borders
from skyshade.report.style import SEA
from skyshade.terrain.geodesy import cell_size_m, ring
from skyshade.terrain.model import EFFECTIVE_EARTH, Dem, Grid


def relief(dem: Dem, window: tuple[slice, slice], step: int) -> NDArray[np.float64]:
    """(rows, columns, 4) hillshaded terrain of a window, every `step`-th post, as RGBA, 0 to 1.

    The sea is tinted, and unknown terrain is transparent.
    """
    rows, cols = window
    heights = dem.heights[rows, cols][::step, ::step].astype(float)
    known = dem.known()[rows, cols][::step, ::step]
    heights = np.where(known, heights, 0.0)
    flip = 1 if north_up(dem.grid) else -1
    width_m, height_m = cell_size_m(dem.grid)
    shade = LightSource(azdeg=315, altdeg=45).hillshade(
        heights[::flip], vert_exag=4.0, dx=width_m * step, dy=height_m * step
    )[::flip]
    rgba = np.empty((*heights.shape, 4))
    rgba[..., :3] = (0.52 + 0.46 * shade)[..., None]
    sea = np.array([int(SEA[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    rgba[..., :3] = np.where((heights == 0)[..., None], sea, rgba[..., :3])
    rgba[..., 3] = known
    return rgba


def unswept(dem: Dem, specs: Sequence[SiteSpec]) -> Coverage:
    """Sites on their terrain without any line of sight, for maps that do not show it."""
    nothing = np.broadcast_to(np.float32(np.nan), dem.grid.shape)
    sites = tuple(SiteCoverage(spec, math.nan, nothing) for spec in specs)
    return Coverage(dem, sites, (), EFFECTIVE_EARTH, sea_outside=False)


def north_up(grid: Grid) -> bool:
    """True where row numbers grow southward."""
    rows, cols = grid.shape
    first, last = grid.lonlat([cols / 2, cols / 2], [0, rows - 1])[1]
    return bool(first > last)


def aspect(coverage: Coverage) -> float:
    """Height over width of the area that the rings cover, within what fits on a page."""
    points = np.concatenate(
        [
            ring(s.spec.antenna.lon, s.spec.antenna.lat, s.spec.max_range_m, 90)
            for s in coverage.sites
        ]
    )
    col, row = coverage.dem.grid.colrow(points[:, 0], points[:, 1])
    width, height = cell_size_m(coverage.dem.grid)
    return float(min(max(np.ptp(row) * height / (np.ptp(col) * width), 0.5), 1.6))


def ground_note(coverage: Coverage) -> str:
    """Small print for a map: the terrain's name, and a note on borders if any are shown."""
    return f"Terrain: {coverage.dem.name}. {borders_note(coverage)}".rstrip()


def borders_note(coverage: Coverage) -> str:
    """The note on borders, empty where the map shows none."""
    return NOTE if borders_in_view(coverage) else ""


def borders_in_view(coverage: Coverage) -> bool:
    """True if a line of the shipped border map crosses the terrain."""
    west, south, east, north = coverage.dem.grid.bounds()
    return any(
        bool(
            (
                (line.points[:, 0] > west)
                & (line.points[:, 0] < east)
                & (line.points[:, 1] > south)
                & (line.points[:, 1] < north)
            ).any()
        )
        for line in borders()
    )
