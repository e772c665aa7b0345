"""Download Copernicus DEM tiles from their public bucket, by bounds; resumable and checked.

The bucket holds one Cloud Optimized GeoTIFF per degree cell, named after its south-west corner, at
`{base}/{tile}/{tile}.tif`. There is no tile for open sea. Towards the poles the tiles are coarser
in longitude: the spacing changes at the latitudes in :data:`SPACING_CHANGES`, and the cells between
two of them form one terrain set.

References
----------
Copernicus DEM on AWS, https://copernicus-dem-30m.s3.amazonaws.com/readme.html (names, grid, sea);
licences: CSCDA ESA mission-specific annex, Copernicus WorldDEM-30 and WorldDEM-90.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skyshade.errors import InputError, WorkError, unknown_name
from skyshade.files import data_home
from skyshade.locks import folder_lock
from skyshade.terrain.download import Part, ServerError, check_base_url, make_client, request
from skyshade.terrain.library import (
    Bounds,
    TerrainSet,
    add_terrain,
    check_name_is_free,
    read_absent,
    write_absent,
)
from skyshade.terrain.tiles import check_data, opened, read_tile

if TYPE_CHECKING:
    import httpx

Cell = tuple[int, int]  # west, south: whole degrees
MAX_TILES = 400
GEOTIFF = "GTiff"  # the only format that a server may send
BLOCK = 1024  # posts; of a tile's inner blocks, which may reach beyond its rim
MOST_PER_POST = 6  # bytes of a file with overviews, whose blocks are not compressed
SPACING_CHANGES = (50, 60, 70, 80, 85)  # degrees of latitude, north and south
RETRY_WAITS_S = (0.5, 2.0, 8.0)  # one more try after each
_CREDIT = (
    "free of charge; credit: produced using Copernicus WorldDEM-{metres} © DLR e.V. 2010-2014 and "
    "© Airbus Defence and Space GmbH 2014-2018 provided under COPERNICUS by the European Union and "
    "ESA; all rights reserved. The organisations in charge of the Copernicus programme incur no "
    "liability for any use."
)
_SURFACE = (
    "A surface model (TanDEM-X, 2011-2015): buildings and tree tops count as ground. Heights are "
    "above the EGM2008 geoid. Where the provider has no tile there is open sea"
)


@dataclass(frozen=True)
class Product:
    """One resolution of the Copernicus DEM; `code` is its spacing in tenths of an arc-second."""

    name: str
    title: str
    code: int
    base_url: str
    licence: str
    notes: tuple[str, ...]


PRODUCTS = {
    "glo30": Product(
        "copernicus-glo30",
        "Copernicus DEM GLO-30 Public, 1 arc-second",
        10,
        "https://copernicus-dem-30m.s3.amazonaws.com",
        _CREDIT.format(metres=30),
        (_SURFACE + " or, in GLO-30 Public only, a country that is not released.",),
    ),
    "glo90": Product(
        "copernicus-glo90",
        "Copernicus DEM GLO-90, 3 arc-second",
        30,
        "https://copernicus-dem-90m.s3.amazonaws.com",
        _CREDIT.format(metres=90),
        (_SURFACE + ".",),
    ),
}


@dataclass(frozen=True)
class Step:
    """Progress of a download: tile `index` of `count`, and the bytes of that tile."""

    tile: str
    index: int
    count: int
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True)
class Fetched:
    """Result of a fetch: tiles by name, and the set they now form (None if all are absent)."""

    new: tuple[str, ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]
    folder: Path
    terrain: TerrainSet | None


def parse_bounds(text: str) -> Bounds:
    """(west, south, east, north) in degrees from "W,S,E,N".

    Raises
    ------
    InputError : not four finite numbers, out of range, or west >= east or south >= north.

    Examples
    --------
    >>> parse_bounds("-10, 35, 5.5, 44")
    (-10.0, 35.0, 5.5, 44.0)
    """
    parts = [part.strip() for part in text.split(",")]
    number = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)", re.ASCII)
    if len(parts) != 4 or not all(number.fullmatch(part) for part in parts):
        raise InputError(
            "not bounds",
            field="--bounds",
            value=text,
            allowed="west,south,east,north in degrees, e.g. 72,30,80,36",
        )
    west, south, east, north = (float(part) for part in parts)
    return _check_bounds((west, south, east, north))


def _check_bounds(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    value = ",".join(f"{v:g}" for v in bounds)
    if not (all(abs(v) <= 180 for v in (west, east)) and all(abs(v) <= 90 for v in (south, north))):
        raise InputError(
            "bounds off the globe",
            field="--bounds",
            value=value,
            allowed="longitude -180 to 180, latitude -90 to 90, as west,south,east,north",
        )
    if not (west < east and south < north):
        raise InputError(
            "empty bounds",
            field="--bounds",
            value=value,
            allowed="west < east and south < north",
            hint="Fetch either side of the 180th meridian on its own." if west > east else None,
        )
    return bounds


def tiles_for_bounds(bounds: Bounds, product: str) -> dict[str, Bounds]:
    """Names and cells of the one-degree tiles that share area with `bounds`, from the south-west.

    Parameters
    ----------
    bounds : west, south, east, north in degrees.
    product : "glo30" or "glo90".

    Raises
    ------
    InputError : bad bounds, unknown product, bounds across one of :data:`SPACING_CHANGES`.

    Examples
    --------
    >>> list(tiles_for_bounds((76.5, 34, 78, 34.2), "glo30"))
    ['Copernicus_DSM_COG_10_N34_00_E076_00_DEM', 'Copernicus_DSM_COG_10_N34_00_E077_00_DEM']
    """
    west, south, east, north = _check_bounds(bounds)
    code = _product(product).code
    rows = range(math.floor(south), math.ceil(north))
    columns = range(math.floor(west), math.ceil(east))
    if len({_band(row) for row in rows}) > 1:
        raise InputError(
            "the tiles change their spacing within these bounds",
            field="--bounds",
            value=",".join(f"{v:g}" for v in bounds),
            allowed=f"one side of latitude {', '.join(map(str, SPACING_CHANGES))} (north or south)",
            hint="Fetch either side on its own.",
        )
    cells = ((column, row) for row, column in itertools.product(rows, columns))
    return dict(_tile(cell, code) for cell in cells)


def _tile(cell: Cell, code: int) -> tuple[str, Bounds]:
    """Name and bounds of the tile of a one-degree cell."""
    column, row = cell
    name = (
        f"Copernicus_DSM_COG_{code}_{'NS'[row < 0]}{abs(row):02}_00_"
        f"{'EW'[column < 0]}{abs(column):03}_00_DEM"
    )
    return name, (column, row, column + 1, row + 1)


def set_name(bounds: Bounds, product: str) -> str:
    """The terrain set that these tiles go into.

    >>> set_name((77, 34, 78, 35), "glo90"), set_name((10, 61, 12, 62), "glo90")
    ('copernicus-glo90', 'copernicus-glo90-lat60')
    """
    band = _band(math.floor(bounds[1]))
    return _product(product).name + (f"-lat{band}" if band else "")


def _band(row: int) -> int:
    """The last of the spacing changes between the equator and the tile with south edge `row`."""
    return max((b for b in SPACING_CHANGES if max(row, -row - 1) >= b), default=0)


def _product(product: str) -> Product:
    if product not in PRODUCTS:
        raise unknown_name("product", product, PRODUCTS, field="--product")
    return PRODUCTS[product]


def fetch_tiles(
    bounds: Bounds,
    product: str = "glo30",
    folder: str | Path | None = None,
    base_url: str | None = None,
    *,
    name: str | None = None,
    max_tiles: int = MAX_TILES,
    progress: Callable[[Step], None] = lambda step: None,
) -> Fetched:
    """Download the tiles within `bounds` that are not here yet, and register them as a terrain set.

    A tile is written to `NAME.tif.part` and renamed only when its size is right and it opens as a
    raster, so an interrupted fetch continues where it stopped when it is run again. Tiles that the
    server does not have are listed in `absent.json` and not requested again. One fetch at a
    time holds the folder.

    Parameters
    ----------
    bounds : west, south, east, north in degrees.
    product : "glo30" or "glo90".
    folder : where the tiles go; default `data_home()/terrain/<name>`.
    base_url : of a mirror with the same layout.
    name : of the terrain set; default :func:`set_name`.
    max_tiles : bounds with more tiles than this are refused.
    progress : called with a :class:`Step` as bytes come in.

    Raises
    ------
    InputError : bad bounds, product, URL or name; too many tiles.
    WorkError : the network or the disk failed, or what came is not the tile.
    """

    tiles = tiles_for_bounds(bounds, product)
    if len(tiles) > max_tiles:
        raise InputError(
            f"these bounds need {len(tiles)} tiles",
            field="--bounds",
            allowed=f"at most {max_tiles}",
            hint="Narrow the bounds, or raise --max-tiles.",
        )
    name = name or set_name(bounds, product)
    return _fetch(tiles, product, name, folder, base_url, progress)


def fetch_cells(
    cells: Sequence[Cell],
    product: str,
    base_url: str | None = None,
    *,
    max_tiles: int = MAX_TILES,
    progress: Callable[[Step], None] = lambda step: None,
) -> list[Fetched]:
    """Download the tiles of one-degree cells into the usual sets, one per spacing.

    Parameters
    ----------
    cells : (west, south) of each, whole degrees.
    product, base_url, max_tiles, progress : as for :func:`fetch_tiles`, whose errors are raised.
    """
    code = _product(product).code
    if len(cells) > max_tiles:
        raise InputError(
            f"{len(cells)} tiles are missing",
            field="--max-tiles",
            value=max_tiles,
            hint="Raise --max-tiles, or fetch parts with --bounds.",
        )
    done = []
    for band in sorted({_band(south) for _, south in cells}):
        own = [cell for cell in cells if _band(cell[1]) == band]
        name = _product(product).name + (f"-lat{band}" if band else "")
        tiles = dict(_tile(cell, code) for cell in own)
        done.append(_fetch(tiles, product, name, None, base_url, progress))
    return done


def _fetch(
    tiles: dict[str, Bounds],
    product: str,
    name: str,
    folder: str | Path | None,
    base_url: str | None,
    progress: Callable[[Step], None],
) -> Fetched:
    """Download tiles by name into one set; see :func:`fetch_tiles`."""
    about = _product(product)
    base = check_base_url(base_url or about.base_url)
    posts = 36_000 // about.code  # a degree in tenths of an arc-second
    folder = Path(folder).expanduser() if folder is not None else data_home() / "terrain" / name
    check_name_is_free(name, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be used as a folder: {error.strerror}", file=folder) from None

    new, present = [], []
    server, absent = read_absent(folder)
    if server != base:  # this server may have tiles that the other one lacked
        absent = {}
    try:
        with folder_lock(folder), make_client() as client:
            for index, (tile, cell) in enumerate(tiles.items()):
                target = folder / f"{tile}.tif"
                tell = functools.partial(_tell, progress, tile, index, len(tiles))
                tell(0, None)
                if target.exists() and _is_whole(target):
                    present.append(tile)
                elif tile in absent:
                    continue
                elif _download(client, f"{base}/{tile}/{tile}.tif", target, cell, posts, tell):
                    new.append(tile)
                else:
                    absent[tile] = cell
                    write_absent(folder, base, absent)
    except OSError as error:
        raise WorkError(
            f"{folder}: writing failed: {error.strerror or error}. "
            "To go on, run the same command again."
        ) from None
    terrain = None
    if new or present:
        terrain = add_terrain(
            folder, name, title=about.title, licence=about.licence, notes=about.notes
        )
    lacking = tuple(tile for tile in tiles if tile in absent and tile not in present)
    return Fetched(tuple(new), tuple(present), lacking, folder, terrain)


def _is_whole(file: Path) -> bool:
    """Whether a tile is complete; one that was cut short after its download is fetched again."""
    try:
        check_data(read_tile(file, GEOTIFF))
    except InputError:
        return False
    return True


def _tell(
    progress: Callable[[Step], None],
    tile: str,
    index: int,
    count: int,
    done: int,
    total: int | None,
) -> None:
    progress(Step(tile, index, count, done, total))


def _download(
    client: httpx.Client,
    url: str,
    target: Path,
    cell: Bounds,
    posts: int,
    tell: Callable[[int, int | None], None],
) -> bool:
    """Download one tile, in as many requests as it takes; False if the server has none."""
    import httpx

    padded = math.ceil(posts / BLOCK) * BLOCK
    part = Part(target, most_bytes=MOST_PER_POST * padded**2 + 2**20)
    most, waits = part.size(), iter(RETRY_WAITS_S)
    while True:
        try:
            outcome, problem = request(client, url, part, tell), "the connection closed early"
        except (httpx.TransportError, ServerError) as error:
            outcome, problem = "again", str(error) or type(error).__name__
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WorkError(f"{url}: {error}") from None
        if outcome == "absent":
            return False
        if outcome == "whole":
            break
        if part.size() > most:  # progress: start again with the shortest wait
            most, waits = part.size(), iter(RETRY_WAITS_S)
        wait = next(waits, None)
        if wait is None:
            came = part.size() > 0 or any(target.parent.glob("*.tif"))
            raise WorkError(
                f"{url}: {problem} (no progress in {len(RETRY_WAITS_S) + 1} tries). "
                + ("What came so far is kept; to go on" if came else "Nothing came; to try again")
                + ", run the same command again."
            )
        time.sleep(wait)
    fault = "its checksum is wrong" if part.is_altered() else _fault(part.file, cell, posts)
    if fault:
        part.delete()
        raise WorkError(f"{url}: what came is not this tile: {fault}")
    part.finish()
    return True


def _fault(file: Path, cell: Bounds, posts: int) -> str | None:
    """What is wrong with a file as the elevation tile of a cell; None if nothing is.

    Only a GeoTIFF of the size that the product has is opened: another format could name files or
    addresses to be read, and a small file could unfold into gigabytes. Then every block is read,
    because the header comes first and half a tile opens without error.
    """
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with opened(file, GEOTIFF) as raster:
            if max(raster.shape) > posts + 1 or max(raster.block_shapes[0]) > posts + BLOCK:
                rows, cols = raster.shape
                return f"{rows} x {cols} posts, where {posts} x {posts} are the most"
        west, south, east, north = read_tile(file, GEOTIFF).bounds
        with rasterio.open(file, driver=GEOTIFF) as raster:
            raster.read(1)
    except InputError as error:
        return error.problem
    except RasterioError:
        return "its data are damaged"
    if not (west < cell[0] + 0.5 < east and south < cell[1] + 0.5 < north):
        return "it lies elsewhere"
    return None
