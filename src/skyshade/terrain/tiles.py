"""Raster files as tiles: their headers, and how several stand on one grid."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyshade.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from skyshade.terrain.model import Bounds, Grid

ALIGNED = 0.02  # cells; tiles whose posts differ by more do not share a grid
_ONE_MOSAIC = "Tiles of one set form one mosaic: bring them onto one grid, e.g. with gdalwarp."


@dataclass(frozen=True)
class Tile:
    """The header of one raster, and where its first post stands on the grid of its mosaic."""

    path: Path
    crs: Any
    grid: Grid
    dtype: np.dtype[Any]
    nodata: float | None
    row0: int = 0
    col0: int = 0

    @property
    def spacing_x(self) -> float:
        """Distance between columns in units of the CRS."""
        return math.hypot(self.grid.transform.a, self.grid.transform.d)

    @property
    def spacing_y(self) -> float:
        """Distance between rows in units of the CRS."""
        return math.hypot(self.grid.transform.b, self.grid.transform.e)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north of the cell edges in units of the CRS."""
        t, (rows, cols) = self.grid.transform, self.grid.shape
        x = [t.c + t.a * c + t.b * r for c in (0, cols) for r in (0, rows)]
        y = [t.f + t.d * c + t.e * r for c in (0, cols) for r in (0, rows)]
        return min(x), min(y), max(x), max(y)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """An open rasterio dataset; whatever goes wrong inside becomes one InputError."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    if not path.exists():
        raise InputError("no such file", file=path)
    if path.is_file() and path.stat().st_size == 0:
        raise InputError("the file is empty", file=path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said below, as an error
            with rasterio.open(path) as dataset:
                yield dataset
    except RasterioError as error:
        detail = str(error.__cause__ or error).split("\n")[0]
        raise InputError(f"not a raster that can be read: {detail}", file=path) from None


def read_tile(path: Path) -> Tile:
    """The header of one raster.

    Raises
    ------
    InputError : not a raster, more than one band, not real numbers, no CRS, no usable geometry.
    """
    import numpy as np

    from skyshade.terrain.model import Grid

    with opened(path) as d:
        if d.crs is None:
            raise InputError(
                "the raster has no coordinate reference system", file=path,
                hint="Add one, for example with: gdal_edit.py -a_srs EPSG:4326 FILE",
            )  # fmt: skip
        if d.count != 1:
            raise InputError(
                "an elevation raster has one band", file=path, value=f"{d.count} bands"
            )
        dtype = np.dtype(d.dtypes[0]) if not d.dtypes[0].startswith("complex_") else None
        if dtype is None or dtype.kind not in "iuf":
            raise InputError("heights must be real numbers", file=path, value=d.dtypes[0])
        if min(d.shape) < 2:
            raise InputError("a DEM needs at least 2 x 2 posts", file=path, value=f"{d.shape}")
        if d.transform.determinant == 0 or not all(map(math.isfinite, d.transform[:6])):
            raise InputError("the raster's geotransform is not usable", file=path)
        return Tile(path, d.crs, Grid(d.transform, d.crs.to_wkt(), d.shape), dtype, d.nodata)


def one_grid(tiles: list[Tile]) -> tuple[Grid, list[Tile]]:
    """The smallest grid that holds all tiles, and the tiles placed on it.

    Raises
    ------
    InputError : two tiles differ in CRS, spacing, or where their posts stand (both are named).
    """
    first = tiles[0]
    origin = first.grid.transform
    placed = []
    for tile in tiles:
        t = tile.grid.transform
        if tile.crs != first.crs:
            raise InputError(
                f"not the coordinate reference system of {first.path}", file=tile.path,
                value=str(tile.crs), allowed=str(first.crs), hint=_ONE_MOSAIC,
            )  # fmt: skip
        drift = max(abs(t.a - origin.a), abs(t.b - origin.b), abs(t.d - origin.d),
                    abs(t.e - origin.e)) * max(tile.grid.shape)  # fmt: skip
        if drift > 2 * ALIGNED * first.spacing_x:
            raise InputError(
                f"not the spacing of {first.path}", file=tile.path,
                value=spacing_text(tile), allowed=spacing_text(first), hint=_ONE_MOSAIC,
            )  # fmt: skip
        col, row = (float(v) + 0.5 for v in first.grid.colrow_of_xy(t.c, t.f))
        if max(abs(col - round(col)), abs(row - round(row))) > ALIGNED:
            raise InputError(
                f"its posts stand between those of {first.path}", file=tile.path, hint=_ONE_MOSAIC
            )
        placed.append(replace(tile, row0=round(row), col0=round(col)))
    row0, col0 = min(t.row0 for t in placed), min(t.col0 for t in placed)
    rows = max(t.row0 + t.grid.shape[0] for t in placed) - row0
    cols = max(t.col0 + t.grid.shape[1] for t in placed) - col0
    grid = first.grid.window(row0, col0, (rows, cols))
    return grid, [replace(t, row0=t.row0 - row0, col0=t.col0 - col0) for t in placed]


def check_tiles(paths: Iterable[Path]) -> list[Tile]:
    """The headers of tiles that form one mosaic.

    Raises
    ------
    InputError : a tile cannot be used, or two do not match.
    """
    tiles = [read_tile(path) for path in paths]
    if tiles:
        one_grid(tiles)
    return tiles


def spacing_text(tile: Tile) -> str:
    """The distance between posts in words, e.g. "3 x 3 arc-second"."""
    if tile.crs.is_geographic:
        return f"{tile.spacing_x * 3600:.6g} x {tile.spacing_y * 3600:.6g} arc-second"
    return f"{tile.spacing_x:.6g} x {tile.spacing_y:.6g} {tile.crs.linear_units}"
