"""Reading terrain: one raster or many tiles, in any format and CRS that rasterio opens."""

from __future__ import annotations

import functools
import hashlib
import math
import sys
from collections.abc import Iterator, Sequence
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
from skyshade.memory import check_memory, is_large, slabs
from skyshade.terrain.gate import LOWEST_POLDER_M, Found, Numbers, Settled
from skyshade.terrain.geodesy import cell_size_m, ring
from skyshade.terrain.library import TerrainSet, completions, find_terrain
from skyshade.terrain.model import Bounds, Dem, Grid, NodataPolicy
from skyshade.terrain.tiles import Tile, on_disk, one_grid, opened, read_tile

Circle = tuple[float, float, float]  # lon, lat (degrees), radius (m)
SMOOTH_EARTH = "smooth-earth"  # no terrain: sea level everywhere
SMOOTH_EARTH_CELL_DEG = 1 / 120
LARGE_READ_CELLS = 4_000_000
GDAL_CACHE_BYTES = 128 * 2**20  # of decoded blocks, which are read once
TWIN_POSTS = 512  # rows and columns in which two rasters of the same posts are compared
MAX_CELLS = 2_000_000_000  # whatever the memory; beyond it, ask for a smaller range
BYTES_PER_CELL = 27  # at most, of heights, result and what is written: 9.8 GiB for 4e8, measured
_LESS = "Use a smaller range or a coarser DEM."


def load_dem(
    source: str | Path | TerrainSet,
    *,
    around: Circle | list[Circle] | None = None,
    along: Sequence[Circle] = (),
    nodata: NodataPolicy = "unknown",
    max_cells: int | None = None,
    in_steps: bool = False,
) -> Dem:
    """The terrain of a raster file, a folder of tiles or a registered set.

    Any CRS, either row order, area or point registration (a post stands at its cell's centre as
    GDAL places it), integer or float. Integers that fit into int16 stay so; the rest is float32.

    Parameters
    ----------
    source : path, a name known to ``skyshade terrain list``, or "smooth-earth" for no terrain.
    around : (lon, lat, radius_m), one or several: only the part of the DEM that these circles
        touch is read.
    along : more circles, of which that part is read which the DEM has: places on paths.
    nodata : how to take posts without a height: "unknown", open "sea" (height 0), or "refuse".
    max_cells : the most posts to read; by default what fits in memory.
    in_steps : the work on large terrain goes through it in steps of rows, and needs little more
        memory than the heights.

    Raises
    ------
    InputError : no such terrain; missing, empty, truncated or unusable raster; tiles that do not
        share a grid; a circle that does not touch the DEM; nodata where it is refused.
    """
    if nodata not in get_args(NodataPolicy):
        raise unknown_name("choice", str(nodata), get_args(NodataPolicy), field="nodata")
    circles = [around] if isinstance(around, tuple) else list(around or [])
    if not np.isfinite(np.array([*circles, *along], float)).all():
        raise InputError("a place and a radius must be finite", field="around", value=around)
    if source == SMOOTH_EARTH:
        return _smooth_earth([*circles, *along])
    terrain = source if isinstance(source, TerrainSet) else find_terrain(str(source))
    if not terrain.files:
        raise InputError("this terrain has no tiles", file=terrain.path, value=terrain.name)
    headers = [read_tile(file) for file in terrain.files]
    grid, tiles = one_grid(headers, circles[0][0] if circles else None)
    others = completions(terrain) if circles else []
    row0, col0, (rows, cols) = _window(grid, circles, terrain.name, along, bool(others))
    limit = MAX_CELLS if max_cells is None else max_cells
    if rows * cols > limit:
        raise InputError(
            "this much terrain does not fit in memory",
            field="max_range",
            value=f"{rows} x {cols} posts",
            allowed=f"{limit:.1g} posts",
            hint=_LESS,
        )
    as_int16 = all(_fits_int16(t.dtype) and t.in_metres for t in tiles)
    dtype: Any = np.int16 if as_int16 else np.float32
    void = np.iinfo(np.int16).min if as_int16 else np.nan
    large = in_steps and is_large((rows, cols))
    each = (4 if as_int16 else 6) if large else BYTES_PER_CELL
    check_memory(rows * cols, "posts", each, "max_range", _LESS)
    part = grid.window(row0, col0, (rows, cols))
    used = [t for t in tiles if _touches(t, row0, col0, (rows, cols))]
    heights, found = _read(used, part, row0, col0, dtype, void)
    completed = []
    if found.void:
        completed = [one.name for one in others if _complete(heights, part, one, void)]
        found = found._replace(void=_any_void(heights, void))
    if found.void and nodata != "unknown":
        _without_gaps(heights, void, nodata, terrain.name)
    settled = _settled(terrain, used, found, part, nodata, completed)
    return Dem(
        heights=heights,
        grid=part,
        nodata=float(void) if found.void and nodata == "unknown" else None,
        name=terrain.name,
        identify=functools.partial(_identity, terrain, used, heights, part, settled),
        licence=terrain.licence,
        poor_cells=terrain.poor_cells,
        settled=settled.line,
    )


def _without_gaps(heights: NDArray[Any], void: float, nodata: NodataPolicy, name: str) -> None:
    """Set posts without a height to the sea, or refuse them."""
    gaps = 0
    for rows in slabs(heights.shape):
        missing = _is_void(heights[rows], void)
        gaps += int(np.count_nonzero(missing))
        heights[rows][missing] = 0
    if nodata == "refuse":
        raise InputError(
            f"{gaps} of {heights.size} posts in range have no height",
            file=name,
            hint="Treat them as unknown or as sea instead.",
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
    grid: Grid,
    circles: list[Circle],
    name: str,
    along: Sequence[Circle] = (),
    open_ended: bool = False,
) -> tuple[int, int, tuple[int, int]]:
    """First row, first column and shape of the part of the grid that the circles touch.

    Parameters
    ----------
    along : circles that may lie outside.
    open_ended : the part may reach beyond the grid, and so may the circles.
    """
    rows, cols = grid.shape
    if not circles:
        return 0, 0, (rows, cols)
    spans = []
    for lon, lat, radius_m in [*circles, *along]:
        if not (open_ended or grid.contains(lon, lat) or (lon, lat, radius_m) in along):
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
        col, row = (float(v) for v in grid.colrow(lon, lat))
        c, r = grid.colrow(*ring(lon, lat, radius_m, 360).T)
        if turn := grid.columns_round:  # the side of the Earth on which the site is
            c = col + np.mod(c - col + turn / 2, turn) - turn / 2
        c, r = np.append(c, col), np.append(r, row)
        if not (np.isfinite(c).all() and np.isfinite(r).all()):
            if (lon, lat, radius_m) in along:
                continue
            c, r = np.array([0, cols - 1]), np.array([0, rows - 1])
        spans.append((r.min(), c.min(), r.max(), c.max()))
    low, high = np.floor(np.min(spans, 0)[:2]) - 3, np.ceil(np.max(spans, 0)[2:]) + 3
    if open_ended:
        r0, c0 = (int(v) for v in low)
        r1, c1 = (int(v) for v in high)
        if grid.is_geographic:  # no farther than the poles
            poles = sorted(float(grid.colrow_of_xy(0.0, lat)[1]) for lat in (-90.0, 90.0))
            r0, r1 = max(r0, math.ceil(poles[0])), min(r1, math.floor(poles[1]))
        return r0, c0, (r1 - r0 + 1, c1 - c0 + 1)
    r0, c0 = max(int(low[0]), 0), max(int(low[1]), 0)
    r1, c1 = min(int(high[0]), rows - 1), min(int(high[1]), cols - 1)
    return r0, c0, (r1 - r0 + 1, c1 - c0 + 1)


def _read(
    tiles: list[Tile], grid: Grid, row0: int, col0: int, dtype: Any, void: float
) -> tuple[NDArray[Any], Found]:
    """Heights of a window of the common grid; `void` where no tile has one.

    Where two tiles have a height, that of the last in order of name stands, whatever the window:
    a patch is named after what it mends.
    """
    cell_m = min(cell_size_m(grid))
    heights: NDArray[Any] | None = None
    found = Found()
    for index in reversed(range(len(tiles))):
        tile = tiles[index]
        _check_twins(tile, tiles[:index], row0, col0, grid.shape)
        r0, c0, r1, c1 = _overlap(tile, row0, col0, grid.shape)
        stored, hidden = _stored(tile, row0 + r0, col0 + c0, (r1 - r0, c1 - c0))
        part = grid.window(r0, c0, stored.shape)
        block, there = Numbers(tile, part, stored, hidden, cell_m).heights(dtype, void)
        found |= there._replace(void=False)
        if block.shape == grid.shape and heights is None:  # no copy
            heights, found = block, found._replace(void=there.void)
        else:
            if heights is None:
                heights = np.full(grid.shape, void, dtype)
                found = found._replace(void=True)
            _fill_gaps(heights[r0:r1, c0:c1], block, void)
        if not found.void:
            break
    if heights is None:
        return np.full(grid.shape, void, dtype), Found(void=True)
    if found.void:  # perhaps no more
        found = found._replace(void=_any_void(heights, void))
    return heights, found


def _any_void(heights: NDArray[Any], void: float) -> bool:
    return any(bool(_is_void(heights[rows], void).any()) for rows in slabs(heights.shape))


def _complete(heights: NDArray[Any], grid: Grid, other: TerrainSet, void: float) -> bool:
    """Put the heights of another terrain where there are none: those of its nearest posts.

    Returns
    -------
    Whether it had any.
    """
    gave = False
    for west, south, east, north in other.sea_cells:
        for box, lon, lat in _posts_in(grid, (west, south, east, north), heights, void):
            here = (lon >= west) & (lon < east) & (lat >= south) & (lat < north)
            here &= _is_void(heights[box], void)
            heights[box][here] = 0
            gave = gave or bool(here.any())
    for tile in (read_tile(file) for file in other.files):
        for box, lon, lat in _posts_in(grid, tile.grid.bounds(), heights, void):
            (row, col), inside = tile.grid.nearest_post(lon, lat)
            inside &= _is_void(heights[box], void)
            if not inside.any():
                continue
            r0, c0 = int(row[inside].min()), int(col[inside].min())
            size = (int(row[inside].max()) - r0 + 1, int(col[inside].max()) - c0 + 1)
            part = tile.grid.window(r0, c0, size)
            stored, hidden = _stored(tile, r0, c0, size)
            numbers = Numbers(tile, part, stored, hidden, min(cell_size_m(tile.grid)))
            known, _ = numbers.heights(np.float32, np.nan)
            found = known[row[inside] - r0, col[inside] - c0]
            whole = heights.dtype.kind == "i"
            found = np.where(np.isnan(found), void, np.rint(found) if whole else found)
            heights[box][inside] = found
            gave = gave or bool((~_is_void(found, void)).any())
    return gave


def _posts_in(
    grid: Grid, bounds: Bounds, heights: NDArray[Any], void: float
) -> Iterator[tuple[tuple[slice, slice], NDArray[np.float64], NDArray[np.float64]]]:
    """The part of a grid that a box of degrees touches, with its places, if a height lacks there.

    At most one; none if there is no such part.
    """
    west, south, east, north = bounds
    edge = np.linspace(0.0, 1.0, 9)
    lon = np.concatenate([west + edge * (east - west)] * 2 + [np.full(9, west), np.full(9, east)])
    lat = np.concatenate(
        [np.full(9, south), np.full(9, north)] + [south + edge * (north - south)] * 2
    )
    col, row = grid.colrow(lon, lat)
    if turn := grid.columns_round:  # a box on the far side must not reach round the Earth
        col = col[0] + np.mod(col - col[0] + turn / 2, turn) - turn / 2
    if not (np.isfinite(col).all() and np.isfinite(row).all()):
        return
    spans = []
    for v, n in ((row, grid.shape[0]), (col, grid.shape[1])):
        first, last = max(math.floor(v.min()), 0), min(math.ceil(v.max()) + 1, n)
        if first >= last:
            return
        spans.append(slice(first, last))
    box = (spans[0], spans[1])
    if _is_void(heights[box], void).any():
        c, r = np.meshgrid(
            np.arange(spans[1].start, spans[1].stop), np.arange(spans[0].start, spans[0].stop)
        )
        yield box, *grid.lonlat(c, r)


def _is_void(heights: NDArray[Any], void: float) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(heights) if math.isnan(void) else heights == void)


def _fill_gaps(heights: NDArray[Any], block: NDArray[Any], void: float) -> None:
    """Put heights of a tile where there are none yet."""
    for rows in slabs(heights.shape):
        gap = _is_void(heights[rows], void)
        heights[rows][gap] = block[rows][gap]


def _stored(
    tile: Tile, row: int, col: int, shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Stored numbers of a part of a tile, given on the common grid, and where its mask hides."""
    inside = (row - tile.row0, col - tile.col0, shape)
    return (
        _read_block(tile.path, *inside, tile.dtype),
        _hidden(tile.path, *inside) if tile.masked else None,
    )


def _check_twins(
    tile: Tile, others: list[Tile], row0: int, col0: int, shape: tuple[int, int]
) -> None:
    """Refuse two rasters with the same posts and different numbers: one is no elevation model."""
    place = (tile.row0, tile.col0, tile.grid.shape)
    for other in others:
        if (other.row0, other.col0, other.grid.shape) != place:
            continue
        r0, c0, r1, c1 = _overlap(tile, row0, col0, shape)
        size = (min(r1 - r0, TWIN_POSTS), min(c1 - c0, TWIN_POSTS))
        corner = (row0 + (r0 + r1 - size[0]) // 2, col0 + (c0 + c1 - size[1]) // 2)
        here, there = (
            np.where(stored == (np.nan if t.nodata is None else t.nodata), np.nan, stored)
            for t in (tile, other)
            for stored in [_stored(t, *corner, size)[0].astype(float) * t.scale_m + t.offset_m]
        )
        both = np.isfinite(here) & np.isfinite(there)
        apart = np.abs(here - there)[both]
        if apart.size and apart.max() > 0:
            raise InputError(
                f"it has the very posts of {other.path}, and other numbers (up to "
                f"{apart.max():g} m apart)",
                file=tile.path,
                hint="One of the two is no elevation model (a mask, a count, an error), or an "
                "older one: keep the one that is meant, or name its file.",
            )


def _touches(tile: Tile, row0: int, col0: int, shape: tuple[int, int]) -> bool:
    """Whether a tile covers posts of a window."""
    r0, c0, r1, c1 = _overlap(tile, row0, col0, shape)
    return r0 < r1 and c0 < c1


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
        with rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_BYTES), opened(file) as d:
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


def _settled(
    terrain: TerrainSet,
    tiles: list[Tile],
    found: Found,
    grid: Grid,
    nodata: NodataPolicy,
    completed: list[str],
) -> Settled:
    """In words, how the rasters of a window were taken."""
    if not tiles:
        return Settled()
    first = tiles[0]
    voids = sorted({f"{t.nodata:g}" for t in tiles if t.nodata is not None})
    declared = f"no height is stored as {', '.join(voids)}" if voids else "no void declared"
    if found.void:
        declared += f", posts without a height taken as {nodata}"
    floor = ""
    if found.n_deep:
        floor = (
            f"floors of seas and lakes, down to {found.deepest_m:.0f} m, set to their surface at "
            f"{found.n_deep} posts"
        )
    elif found.lowest_m < LOWEST_POLDER_M:
        floor = f"land below the sea kept, down to {found.lowest_m:.0f} m"
    turned = grid.is_geographic and abs(first.grid.transform.c - grid.transform.c) >= 180
    own = first.grid.transform
    parts = []
    if terrain.left_out:
        parts.append(
            f"{terrain.left_out} files beside the heights left out, by their names: masks, errors"
        )
    if completed:
        parts.append("heights that it lacks come from " + ", ".join(completed))
    if len(tiles) > 1:
        parts.append("where tiles overlap, the last in order of name stands")
    return Settled(
        crs=first.crs.to_string() if first.crs.to_epsg() else f"CRS '{_crs_name(first)}'",
        datum=first.datum,
        heights="; ".join(dict.fromkeys(t.units for t in tiles)),
        void=declared,
        sea_floor=floor,
        posts="a number stands for a point" if first.point else "posts stand at cell centres",
        wrap=f"longitudes from {own.c:g} counted from {grid.transform.c:g}" if turned else "",
        tiles=", ".join(parts),
    )


def _crs_name(tile: Tile) -> str:
    from pyproj import CRS

    return str(CRS.from_wkt(tile.grid.crs_wkt).name)


def _identity(
    terrain: TerrainSet, tiles: list[Tile], heights: NDArray[Any], grid: Grid, settled: Settled
) -> dict[str, Any]:
    """Name of the terrain, files behind what was read, a hash of grid and heights, and `settled`.

    The heights are hashed, not the files: a virtual raster may name others, which change under it.
    """
    digest = hashlib.sha256(repr((tuple(grid.transform)[:6], grid.shape, grid.crs_wkt)).encode())
    for rows in slabs(heights.shape):
        digest.update(np.ascontiguousarray(heights[rows]).data)
    files = {file for tile in tiles for file in _sources(tile.path)}
    return {
        "name": terrain.name,
        "files_read": len(files),
        "bytes_read": sum(file.stat().st_size for file in files),
        "sha256": digest.hexdigest(),
        "settled": settled.as_dict(),
    }


def _sources(path: Path) -> set[Path]:
    """The files on disk behind a raster: itself, and those that a virtual raster names."""
    with opened(path) as d:
        named = {on_disk(Path(name)) for name in [str(path), *d.files]}
    return {file for file in named if file.is_file()}
