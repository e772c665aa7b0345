"""Raster files as tiles: their headers, and their places on a common grid."""

from __future__ import annotations

import contextlib
import functools
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyshade.errors import InputError
from skyshade.files import exists

if TYPE_CHECKING:
    import numpy as np

    from skyshade.terrain.model import Bounds, Grid

ALIGNED = 0.02  # cells; tiles whose posts differ by more do not share a grid
EARTH_RADIUS_M = (6.3e6, 6.45e6)  # of every ellipsoid and sphere that maps of the Earth use
# metres per unit, by the names that drivers and people give it
METRES = {
    **dict.fromkeys(("", "m", "metre", "meter", "metres", "meters"), 1.0),
    **dict.fromkeys(("ft", "foot", "feet", "international foot"), 0.3048),
    **dict.fromkeys(("us survey foot", "us-ft", "us_survey_foot", "ftus", "sft"), 1200 / 3937),
    **dict.fromkeys(("dm", "decimetre", "decimeter"), 0.1),
    **dict.fromkeys(("cm", "centimetre", "centimeter"), 0.01),
}
_ONE_MOSAIC = "Tiles of one set form one mosaic: bring them onto one grid, e.g. with gdalwarp."


@dataclass(frozen=True)
class Tile:
    """The header of one raster, and where its first post stands on the grid of its mosaic.

    Attributes
    ----------
    scale_m, offset_m : height (m) = scale_m * stored number + offset_m.
    masked : the raster carries a mask of the posts that have a height.
    """

    path: Path
    crs: Any
    grid: Grid
    dtype: np.dtype[Any]
    nodata: float | None
    scale_m: float = 1.0
    offset_m: float = 0.0
    masked: bool = False
    row0: int = 0
    col0: int = 0

    @property
    def in_metres(self) -> bool:
        """True where the stored numbers are the heights."""
        return self.scale_m == 1.0 and self.offset_m == 0.0

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
def opened(path: Path, driver: str | None = None) -> Iterator[Any]:
    """An open rasterio dataset; any rasterio error inside the block becomes one InputError.

    Parameters
    ----------
    driver : the only format to be tried; by default all that GDAL has.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    if not exists(path):
        raise InputError("no such file", file=path)
    if not (path.is_file() or path.is_dir()):  # a pipe or a device may have no end
        raise InputError("is not a regular file", file=path)
    if path.is_file() and path.stat().st_size == 0:
        raise InputError("the file is empty", file=path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # callers raise it as an error
            with rasterio.open(path, driver=driver) as dataset:
                yield dataset
    except RasterioError as error:
        detail = str(error.__cause__ or error).split("\n")[0]
        raise InputError(f"not a raster that can be read: {detail}", file=path) from None


def read_tile(path: Path, driver: str | None = None) -> Tile:
    """The header of one raster.

    Raises
    ------
    InputError : not a raster, more than one band, not real numbers, no CRS or none of the Earth's
        surface, no usable geometry, heights in an unknown unit.
    """
    import numpy as np
    from affine import Affine
    from rasterio.enums import MaskFlags

    from skyshade.terrain.model import Grid

    with opened(path, driver) as d:
        if d.crs is None:
            raise InputError(
                "the raster has no coordinate reference system",
                file=path,
                hint="Add one, for example with: gdal_edit.py -a_srs EPSG:4326 FILE",
            )
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
        if d.transform == Affine.identity():  # GDAL's default for a file without a geotransform
            raise InputError(
                "the raster does not say where its posts stand: it has no geotransform",
                file=path,
                hint="Add one, for example with: gdal_edit.py -a_ullr WEST NORTH EAST SOUTH FILE",
            )
        wkt = d.crs.to_wkt()
        try:
            vertical = vertical_unit(wkt)
            scale_m, offset_m = _to_metres(d.scales[0], d.offsets[0], d.units[0], vertical)
            grid = Grid(d.transform, wkt, d.shape)
            _check_on_earth(grid)
        except InputError as error:
            raise error.at(file=path) from None
        return Tile(
            path,
            d.crs,
            grid,
            dtype,
            d.nodata,
            scale_m,
            offset_m,
            masked=MaskFlags.per_dataset in d.mask_flag_enums[0],
        )


@functools.lru_cache(maxsize=64)
def vertical_unit(crs_wkt: str) -> float | None:
    """Metres per unit of a CRS's heights, None if it has no vertical axis.

    Raises
    ------
    InputError : the CRS does not place points on the Earth's surface, or counts depths.
    """
    from pyproj import CRS

    crs = CRS.from_wkt(crs_wkt)
    if not (crs.is_geographic or crs.is_projected):
        raise InputError(
            "the raster's coordinate reference system does not say where on Earth it is",
            value=f"{crs.name}: {crs.type_name}",
            allowed="geographic or projected",
        )
    radius_m = crs.ellipsoid.semi_major_metre if crs.ellipsoid else math.nan
    if not EARTH_RADIUS_M[0] <= radius_m <= EARTH_RADIUS_M[1]:
        raise InputError(
            "the raster's coordinate reference system is not one of the Earth",
            value=f"{crs.name}, radius {radius_m / 1000:g} km",
        )
    if len(crs.axis_info) < 3:
        return None
    axis = crs.axis_info[2]
    if axis.direction != "up":
        raise InputError(
            "an elevation raster gives heights",
            value=f"{crs.name}: an axis that points {axis.direction}",
            allowed="a vertical axis that points up",
        )
    return float(axis.unit_conversion_factor)


def _to_metres(
    scale: float, offset: float, unit: str | None, vertical: float | None
) -> tuple[float, float]:
    """Metres per stored number, and height (m) of a stored zero.

    The band may name its unit, and so may the CRS; the two must agree. Either may be missing, since
    copying a file may lose one of them.
    """
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale <= 0:
        raise InputError(
            "the band's scale and offset are not usable",
            value=f"{scale}, {offset}",
            allowed="a scale above 0",
        )
    name = (unit or "").strip()
    metres = METRES.get(name.casefold())
    if metres is None:
        raise InputError(
            "heights in an unknown unit",
            value=name,
            allowed="m, dm, cm, ft, US survey foot",
            hint="If they are metres, say so: gdal_edit.py -units m FILE",
        )
    if vertical is not None:
        if name and not math.isclose(metres, vertical, rel_tol=1e-3):
            raise InputError(
                "the band and the coordinate reference system differ on the unit of heights",
                value=f"{metres:g} m and {vertical:g} m",
                hint="Say which it is: gdal_edit.py -units UNIT, or -a_srs CRS.",
            )
        metres = vertical
    return scale * metres, offset * metres


def _check_on_earth(grid: Grid) -> None:
    """Refuse a raster that lies nowhere on Earth, or that has posts beyond the poles."""
    import numpy as np

    rows, cols = grid.shape
    c, r = (
        v.ravel() for v in np.meshgrid(np.linspace(0, cols - 1, 9), np.linspace(0, rows - 1, 9))
    )
    with np.errstate(all="ignore"):
        lon, lat = grid.lonlat(c, r)
        x, y = (float(v) for v in grid.xy(0, 0))
    somewhere = np.isfinite(lon) & np.isfinite(lat)
    slack = ALIGNED * max(abs(grid.transform.d), abs(grid.transform.e)) if grid.is_geographic else 0
    if (
        not somewhere.any()
        or np.abs(lat[somewhere]).max() > 90 + slack
        or np.abs(lon[somewhere]).max() > 360 + slack
    ):
        raise InputError(
            "the raster does not lie on Earth",
            value=f"first post at x {x:.10g}, y {y:.10g}",
            allowed="coordinates as its reference system counts them",
            hint="They may be metres under a reference system in degrees, or swapped.",
        )


def check_data(tile: Tile) -> None:
    """Refuse a raster that has been cut short, by reading the block that is last in its file.

    Raises
    ------
    InputError : that block cannot be read.
    """
    from rasterio.windows import Window

    with opened(tile.path) as d:
        rows, cols = d.shape
        height, width = d.block_shapes[0]
        row, col = (rows - 1) // height * height, (cols - 1) // width * width
        d.read(1, window=Window(col, row, cols - col, rows - row))


def one_grid(tiles: list[Tile]) -> tuple[Grid, list[Tile]]:
    """The smallest grid that contains all tiles, and the tiles with their places on it.

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
                f"not the coordinate reference system of {first.path}",
                file=tile.path,
                value=str(tile.crs),
                allowed=str(first.crs),
                hint=_ONE_MOSAIC,
            )
        if t.a * origin.a < 0 or t.e * origin.e < 0:
            which = "rows" if t.e * origin.e < 0 else "columns"
            raise InputError(
                f"its {which} run the other way than those of {first.path}",
                file=tile.path,
                hint=_ONE_MOSAIC,
            )
        drift = max(
            abs(t.a - origin.a), abs(t.b - origin.b), abs(t.d - origin.d), abs(t.e - origin.e)
        ) * max(tile.grid.shape)
        if drift > 2 * ALIGNED * first.spacing_x:
            raise InputError(
                f"not the spacing of {first.path}",
                file=tile.path,
                value=spacing_text(tile),
                allowed=spacing_text(first),
                hint=_ONE_MOSAIC,
            )
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
