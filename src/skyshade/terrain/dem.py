"""Reading terrain: one raster or many tiles, in any format and CRS that rasterio opens."""

from __future__ import annotations

import functools
import hashlib
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from skyshade.errors import InputError, unknown_name
from skyshade.memory import check_memory
from skyshade.terrain.geodesy import ring
from skyshade.terrain.library import TerrainSet, find_terrain
from skyshade.terrain.model import Dem, Grid, NodataPolicy
from skyshade.terrain.tiles import Tile, one_grid, opened, read_tile

SMOOTH_EARTH = "smooth-earth"  # no terrain: sea level everywhere
SMOOTH_EARTH_CELL_DEG = 1 / 120
LARGE_READ_CELLS = 4_000_000
MAX_CELLS = 1_200_000_000  # whatever the memory; beyond it, ask for a smaller range
BYTES_PER_CELL = 27  # at most, of heights, result and what is written: 9.8 GiB for 4e8, measured
UNDECLARED_VOID_M = -9999.0
_LESS = "Use a smaller range or a coarser DEM."
DRY_M = -500.0  # no land is as low
PLAUSIBLE_M = (-12_000.0, 12_000.0)


def load_dem(
    source: str | Path | TerrainSet,
    *,
    around: tuple[float, float, float] | list[tuple[float, float, float]] | None = None,
    nodata: NodataPolicy = "unknown",
    max_cells: int | None = None,
) -> Dem:
    """The terrain of a raster file, a folder of tiles or a registered set.

    Any CRS, either row order, area or point registration (a post stands at its cell's centre as
    GDAL places it), integer or float. Integers that fit into int16 stay so; the rest is float32.

    Parameters
    ----------
    source : path, a name known to ``skyshade terrain list``, or "smooth-earth" for no terrain.
    around : (lon, lat, radius_m), one or several: only the part of the DEM that these circles
        touch is read.
    nodata : how to take posts without a height: "unknown", open "sea" (height 0), or "refuse".
    max_cells : the most posts to read; by default what fits in memory.

    Raises
    ------
    InputError : no such terrain; missing, empty, truncated or unusable raster; tiles that do not
        share a grid; a circle that does not touch the DEM; nodata where it is refused.
    """
    if nodata not in get_args(NodataPolicy):
        raise unknown_name("choice", str(nodata), get_args(NodataPolicy), field="nodata")
    circles = [around] if isinstance(around, tuple) else list(around or [])
    if not np.isfinite(np.array(circles, float)).all():
        raise InputError("a place and a radius must be finite", field="around", value=around)
    if source == SMOOTH_EARTH:
        return _smooth_earth(circles)
    terrain = source if isinstance(source, TerrainSet) else find_terrain(str(source))
    if not terrain.files:
        raise InputError("this terrain has no tiles", file=terrain.path, value=terrain.name)
    grid, tiles = one_grid([read_tile(file) for file in terrain.files])
    row0, col0, (rows, cols) = _window(grid, circles, terrain.name)
    limit = MAX_CELLS if max_cells is None else max_cells
    if rows * cols > limit:
        raise InputError(
            "this much terrain does not fit in memory",
            field="max_range",
            value=f"{rows} x {cols} posts",
            allowed=f"{limit:.1g} posts",
            hint=_LESS,
        )
    check_memory(rows * cols, "posts", BYTES_PER_CELL, "max_range", _LESS)

    as_int16 = all(_fits_int16(t.dtype) and t.in_metres for t in tiles)
    dtype: Any = np.int16 if as_int16 else np.float32
    void = np.iinfo(np.int16).min if as_int16 else np.nan
    heights, unknown = _read(tiles, row0, col0, (rows, cols), dtype, void)
    if unknown is not None and nodata == "refuse":
        raise InputError(
            f"{np.count_nonzero(unknown)} of {unknown.size} posts in range have no height",
            file=terrain.name,
            hint="Treat them as unknown or as sea instead.",
        )
    if unknown is not None and nodata == "sea":
        heights[unknown] = 0
        unknown = None
    return Dem(
        heights=heights,
        grid=grid.window(row0, col0, (rows, cols)),
        nodata=float(void) if unknown is not None else None,
        name=terrain.name,
        identify=functools.partial(_identity, terrain, tiles, row0, col0, (rows, cols)),
        licence=terrain.licence,
        poor_cells=terrain.poor_cells,
    )


def crop(dem: Dem, lon: float, lat: float, radius_m: float) -> Dem:
    """The part of a terrain in memory that a circle touches.

    Parameters
    ----------
    lon, lat : of the circle's centre (degrees). radius_m : m.

    Raises
    ------
    InputError : the centre is outside the terrain.
    """
    row0, col0, (rows, cols) = _window(dem.grid, [(lon, lat, radius_m)], dem.name)
    part = dem.heights[row0 : row0 + rows, col0 : col0 + cols]
    return replace(
        dem, heights=np.ascontiguousarray(part), grid=dem.grid.window(row0, col0, (rows, cols))
    )


def _smooth_earth(circles: list[tuple[float, float, float]]) -> Dem:
    """Sea level on a 30 arc-second grid that covers the circles."""
    if not circles:
        raise InputError("a smooth Earth needs a site and a range to be laid around")
    points = np.concatenate([ring(*circle, 360) for circle in circles])
    west, south = np.floor(points.min(axis=0)) - 0.1
    east, north = np.ceil(points.max(axis=0)) + 0.1
    cell = SMOOTH_EARTH_CELL_DEG
    shape = (math.ceil((north - south) / cell), math.ceil((east - west) / cell))
    grid = Grid(
        Affine(cell, 0, west, 0, -cell, north), rasterio.CRS.from_epsg(4326).to_wkt(), shape
    )
    return Dem(
        np.zeros(shape, np.int16), grid, name=SMOOTH_EARTH, identify=lambda: {"name": SMOOTH_EARTH}
    )


def _fits_int16(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "iu" and np.can_cast(dtype, np.int16)


def _window(
    grid: Grid, circles: list[tuple[float, float, float]], name: str
) -> tuple[int, int, tuple[int, int]]:
    """First row, first column and shape of the part of the grid that the circles touch."""
    rows, cols = grid.shape
    if not circles:
        return 0, 0, (rows, cols)
    spans = []
    for lon, lat, radius_m in circles:
        if not grid.contains(lon, lat):
            west, south, east, north = grid.bounds()
            swapped = abs(lon) <= 90 and grid.contains(lat, lon)
            raise InputError(
                f"the site is outside the DEM '{name}'",
                field="site",
                value=f"{lon:g},{lat:g}",
                allowed=f"{west:.4f} to {east:.4f} E, {south:.4f} to {north:.4f} N",
                hint="Longitude and latitude look swapped; longitude comes first."
                if swapped
                else None,
            )
        c, r = grid.colrow(*ring(lon, lat, radius_m, 360).T)
        c, r = (np.append(v, own) for v, own in zip((c, r), grid.colrow(lon, lat), strict=True))
        if not (np.isfinite(c).all() and np.isfinite(r).all()):
            c, r = np.array([0, cols - 1]), np.array([0, rows - 1])
        spans.append((r.min(), c.min(), r.max(), c.max()))
    low, high = np.floor(np.min(spans, 0)[:2]) - 3, np.ceil(np.max(spans, 0)[2:]) + 3
    r0, c0 = max(int(low[0]), 0), max(int(low[1]), 0)
    r1, c1 = min(int(high[0]), rows - 1), min(int(high[1]), cols - 1)
    return r0, c0, (r1 - r0 + 1, c1 - c0 + 1)


def _read(
    tiles: list[Tile], row0: int, col0: int, shape: tuple[int, int], dtype: Any, void: float
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Heights of a window of the common grid, and where no tile has one (None: nowhere)."""
    parts = []
    for tile in tiles:
        r0, c0, r1, c1 = _overlap(tile, row0, col0, shape)
        if r0 < r1 and c0 < c1:
            inside = (row0 + r0 - tile.row0, col0 + c0 - tile.col0, (r1 - r0, c1 - c0))
            block = _read_block(tile.path, *inside, tile.dtype)
            hidden = _hidden(tile.path, *inside) if tile.masked else None
            missing = _missing(block, tile, dtype, hidden)
            if not tile.in_metres:
                block = block * np.float32(tile.scale_m) + np.float32(tile.offset_m)
            block = block.astype(dtype, copy=False)
            if missing is not None:
                block[missing] = void
            if block.shape == shape:  # one tile covers it all: no copy
                return block, missing
            parts.append((slice(r0, r1), slice(c0, c1), block, missing))
    heights, unknown = np.full(shape, void, dtype), np.ones(shape, bool)
    for rows, cols, block, missing in parts:
        seen = np.ones(block.shape, bool) if missing is None else ~missing
        heights[rows, cols][seen] = block[seen]
        unknown[rows, cols][seen] = False
    return heights, unknown if unknown.any() else None


def _overlap(tile: Tile, row0: int, col0: int, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """First row and column and those after the last of a window that a tile covers."""
    top, left = tile.row0 - row0, tile.col0 - col0
    rows, cols = tile.grid.shape
    return max(top, 0), max(left, 0), min(top + rows, shape[0]), min(left + cols, shape[1])


def _hidden(file: Path, row0: int, col0: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Where a raster's mask says that there is no height."""
    with opened(file) as d:
        window = Window(col0, row0, shape[1], shape[0])
        return np.asarray(d.read_masks(1, window=window) == 0)


def _read_block(
    file: Path, row0: int, col0: int, shape: tuple[int, int], dtype: np.dtype[Any]
) -> NDArray[Any]:
    """A window of one raster; a large one is mapped if it can be, else read by two threads."""
    if shape[0] * shape[1] >= LARGE_READ_CELLS:
        plain = _mapped(file, dtype)
        if plain is not None:
            return plain[row0 : row0 + shape[0], col0 : col0 + shape[1]]
    block = np.empty(shape, dtype)
    rows, cols = shape
    middle = rows // 2 if block.size >= LARGE_READ_CELLS else rows

    def read(start: int, end: int) -> None:
        with opened(file) as d:
            d.read(1, window=Window(col0, row0 + start, cols, end - start), out=block[start:end])

    if middle == rows:
        read(0, rows)
    else:
        with ThreadPoolExecutor(2) as pool:
            for half in [pool.submit(read, 0, middle), pool.submit(read, middle, rows)]:
                half.result()
    return block


def _mapped(file: Path, dtype: np.dtype[Any]) -> NDArray[Any] | None:
    """A plain TIFF's heights, mapped from the page cache (copy on write); None if it is not plain.

    A plain TIFF has uncompressed strips, one after the other, in this machine's byte order.
    """
    with opened(file) as d:
        bits = d.tags(1, ns="IMAGE_STRUCTURE").get("NBITS")
        if d.driver != "GTiff" or d.compression or d.profile["tiled"] or bits:
            return None
        rows, cols = d.shape
        strip = d.block_shapes[0][0]
        last = (rows - 1) // strip
        ends = [d.get_tag_item(f"BLOCK_OFFSET_0_{i}", "TIFF", bidx=1) for i in (0, last)]
    if None in ends:
        return None
    first, final = (int(offset) for offset in ends)
    with file.open("rb") as f:
        order = {b"II": "little", b"MM": "big"}.get(f.read(2))
    if (
        order != sys.byteorder
        or final - first != last * strip * cols * dtype.itemsize
        or first % dtype.itemsize
        or first + rows * cols * dtype.itemsize > file.stat().st_size
    ):
        return None
    return np.asarray(np.memmap(file, dtype, "c", first, (rows, cols)))


def _missing(
    block: NDArray[Any], tile: Tile, dtype: Any, hidden: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    """Where a tile's block has no height; None if it has one everywhere.

    `hidden` is where the tile's mask says so (None without a mask). The extremes are looked at
    first, because they settle the usual block without gaps.
    """
    low, high = block.min(), block.max()
    voids = [] if tile.nodata is None or math.isnan(tile.nodata) else [tile.nodata]
    if dtype is np.int16 and block.dtype == np.int16:
        voids.append(np.iinfo(np.int16).min)
    voids = [void for void in voids if not (void < low or void > high)]
    finite = block.dtype.kind != "f" or (math.isfinite(low) and math.isfinite(high))
    missing = hidden
    if voids or not finite or hidden is not None:
        missing = np.zeros(block.shape, bool) if hidden is None else hidden
        if not finite:
            missing = missing | ~np.isfinite(block)
        for void in voids:
            missing = missing | (block == block.dtype.type(void))
        valid = block[~missing]
        low, high = (valid.min(), valid.max()) if valid.size else (0, 0)
    low, high = sorted(float(v) * tile.scale_m + tile.offset_m for v in (low, high))
    # the usual value for "no height"; a real sea floor whose lowest post is exactly this is rare
    if low == UNDECLARED_VOID_M:
        raise InputError(
            f"lowest heights of exactly {low:g} m look like posts without a height",
            file=tile.path,
            hint="Declare it: gdal_edit.py -a_nodata -9999 FILE",
        )
    if low < PLAUSIBLE_M[0] or high > PLAUSIBLE_M[1]:
        raise InputError(
            "these heights are not metres above sea level",
            file=tile.path,
            value=f"{low:g} to {high:g}",
            allowed=f"{PLAUSIBLE_M[0]:g} to {PLAUSIBLE_M[1]:g} m",
            hint="Perhaps the raster's nodata value is not declared.",
        )
    if high < DRY_M:
        raise InputError(
            "all heights are below any dry land",
            file=tile.path,
            value=f"{low:g} to {high:g} m",
            allowed=f"some above {DRY_M:g} m",
            hint="A sea floor is no terrain: set it to 0.",
        )
    return missing if missing is not None and missing.any() else None


def _identity(
    terrain: TerrainSet, tiles: list[Tile], row0: int, col0: int, shape: tuple[int, int]
) -> dict[str, Any]:
    """Name of the terrain, and number, bytes and hash of the files that were read."""
    digest, size, read = hashlib.sha256(), 0, 0
    for tile in tiles:
        r0, c0, r1, c1 = _overlap(tile, row0, col0, shape)
        if r0 < r1 and c0 < c1:
            read += 1
            size += tile.path.stat().st_size
            with tile.path.open("rb") as f:
                digest.update(hashlib.file_digest(f, "sha256").digest())
    return {
        "name": terrain.name,
        "files_read": read,
        "bytes_read": size,
        "sha256": digest.hexdigest(),
    }
