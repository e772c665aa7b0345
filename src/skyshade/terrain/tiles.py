"""Raster files as tiles: their headers, and their places on a common grid."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyshade.errors import InputError
from skyshade.files import exists
from skyshade.terrain.gate import settle_crs, settle_datum, settle_transform

if TYPE_CHECKING:
    import numpy as np

    from skyshade.terrain.model import Bounds, Grid

ALIGNED = 0.02  # cells; tiles whose posts differ by more do not share a grid
# metres per unit, by the names that drivers and people give it
METRES = {
    **dict.fromkeys(("", "m", "metre", "meter", "metres", "meters"), 1.0),
    **dict.fromkeys(("ft", "foot", "feet", "international foot"), 0.3048),
    **dict.fromkeys(("us survey foot", "us-ft", "us_survey_foot", "ftus", "sft"), 1200 / 3937),
    **dict.fromkeys(("dm", "decimetre", "decimeter"), 0.1),
    **dict.fromkeys(("cm", "centimetre", "centimeter"), 0.01),
}
# formats that GDAL reads but cannot mend in place: what they lack stands in a file beside them
UNEDITABLE = ("AAIGrid", "DTED", "SRTMHGT", "USGSDEM", "XYZ")
PACKED = ("/vsizip", "/vsigzip")  # how GDAL names what is inside an archive
_WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
_ONE_MOSAIC = "Tiles of one set form one mosaic: bring them onto one grid, e.g. with gdalwarp."


@dataclass(frozen=True)
class Tile:
    """The header of one raster, and where its first post stands on the grid of its mosaic.

    Attributes
    ----------
    scale_m, offset_m : height (m) = scale_m * stored number + offset_m.
    masked : the raster carries a mask of the posts that have a height.
    driver : its format, as GDAL names it.
    units : the unit of heights in words.
    datum : how places come to WGS 84, in words.
    point : a number stands for a point, not for the area of a cell.
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
    driver: str = "GTiff"
    units: str = ""
    datum: str = ""
    point: bool = False

    @property
    def how_to_declare_void(self) -> str:
        """How to say which number means that there is no height."""
        if self.driver == "AAIGrid":
            return "Declare it: write NODATA_value -9999 as the sixth line of the file."
        return "Declare it: gdal_edit.py -a_nodata -9999 FILE"

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

    file = on_disk(path)
    if not exists(file):
        raise InputError("no such file", file=path)
    if not (file.is_file() or file.is_dir()):  # a pipe or a device may have no end
        raise InputError("is not a regular file", file=path)
    if file.is_file() and file.stat().st_size == 0:
        raise InputError("the file is empty", file=path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # callers raise it as an error
            with rasterio.open(gdal_name(path), driver=driver) as dataset:
                yield dataset
    except RasterioError as error:
        detail = str(error.__cause__ or error).split("\n")[0]
        raise InputError(f"not a raster that can be read: {detail}", file=path) from None


def is_packed(path: Path) -> bool:
    """Whether a path names something inside an archive: /vsizip/ARCHIVE/NAME or /vsigzip/FILE."""
    return str(path).startswith(tuple(f"{kind}/" for kind in PACKED))


def on_disk(path: Path) -> Path:
    """The file that holds a raster: the archive of one that is packed.

    >>> on_disk(Path("/vsizip/data/a.zip/N34E077.hgt"))
    PosixPath('/data/a.zip')
    """
    if not is_packed(path):
        return path
    inner = Path("/", *path.parts[2:])
    if path.parts[1] == "vsigzip":
        return inner
    ends = [p for p in (inner, *inner.parents) if p.suffix.lower() == ".zip"]
    return ends[-1] if ends else inner


def gdal_name(path: Path) -> str:
    """A path as GDAL wants it: that of an archive after a second slash."""
    if not is_packed(path):
        return str(path)
    return f"/{path.parts[1]}/{Path('/', *path.parts[2:])}"


def read_tile(path: Path, driver: str | None = None) -> Tile:
    """The header of one raster.

    Raises
    ------
    InputError : not a raster, more than one band, not real numbers, no CRS or none of the Earth's
        surface, no usable geometry, heights in an unknown unit.
    """
    import numpy as np
    import rasterio
    from affine import Affine
    from rasterio.enums import MaskFlags

    from skyshade.terrain.model import Grid

    with opened(path, driver) as d:
        if d.crs is None:
            raise InputError(
                "the raster has no coordinate reference system",
                file=path,
                hint=_how_to_say_where(path, d.driver),
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
        try:
            place = settle_crs(d.crs.to_wkt())
            scale_m, offset_m = _to_metres(d.scales[0], d.offsets[0], d.units[0], place.metres)
            plain = Grid(d.transform, place.wkt, d.shape)
            settle_transform(plain)
            x, y = plain.xy((d.width - 1) / 2, (d.height - 1) / 2)
            shift = settle_datum(place.wkt, float(x), float(y))
            grid = Grid(d.transform, place.wkt, d.shape, shift.pipeline)
            _check_on_earth(grid)
        except InputError as error:
            raise error.at(file=path) from None
        return Tile(
            path,
            d.crs if place.metres is None else rasterio.CRS.from_wkt(place.wkt),
            grid,
            dtype,
            d.nodata,
            scale_m,
            offset_m,
            masked=MaskFlags.per_dataset in d.mask_flag_enums[0],
            driver=d.driver,
            units=_units_text(d.units[0], place.metres, place.vertical, scale_m, offset_m),
            datum=shift.words,
            point=d.tags().get("AREA_OR_POINT") == "Point",
        )


def _how_to_say_where(path: Path, driver: str) -> str:
    if driver not in UNEDITABLE:
        return "Add one, for example with: gdal_edit.py -a_srs EPSG:4326 FILE"
    beside = on_disk(path).with_suffix(".prj").name
    return (
        f"If it counts degrees of WGS 84, write this line into {beside} beside it: {_WGS84_PRJ} "
        "Or translate it: gdal_translate -a_srs EPSG:4326 FILE NEW.tif"
    )


def _units_text(
    unit: str | None, metres: float | None, vertical: str, scale_m: float, offset_m: float
) -> str:
    """The unit of heights in words: "heights in feet (NAVD88 height (ftUS))"."""
    stored = METRES.get((unit or "").strip().casefold()) if metres is None else metres
    text = {1.0: "metres", 0.3048: "feet", 1200 / 3937: "US survey feet"}.get(
        stored or 1.0, (unit or "").strip() or f"units of {stored:g} m"
    )
    if not (unit or "").strip() and metres is None:
        text += " (not declared)"
    if not math.isclose(scale_m, stored or 1.0) or offset_m:
        text += f", stored number x {scale_m:g} + {offset_m:g} m"
    if "ellipsoid" in vertical:
        return f"heights in {text} above the ellipsoid, taken as above the sea: off by up to 100 m"
    return f"heights in {text}" + (f" ({vertical})" if vertical else "")


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
    slack = ALIGNED * max(abs(grid.transform.d), abs(grid.transform.e)) if grid.is_lonlat else 0
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


def one_grid(tiles: list[Tile], lon: float | None = None) -> tuple[Grid, list[Tile]]:
    """The smallest grid that contains all tiles, and the tiles with their places on it.

    Longitudes come round after 360 degrees. Tiles are therefore placed on the side from which
    `lon` reaches them the short way, and one that goes more than half round the Earth is placed
    three times in a row; without a `lon`, tiles stand as near to each other as they can.

    Raises
    ------
    InputError : two tiles differ in CRS, spacing, or where their posts stand (both are named).
    """
    first = tiles[0]
    placed = [_placed(tile, first) for tile in tiles]
    turn = first.grid.columns_round
    if turn is not None:
        placed = _unrolled(placed, turn, first.grid, lon)
    row0, col0 = min(t.row0 for t in placed), min(t.col0 for t in placed)
    rows = max(t.row0 + t.grid.shape[0] for t in placed) - row0
    cols = max(t.col0 + t.grid.shape[1] for t in placed) - col0
    grid = first.grid.window(row0, col0, (rows, cols))
    return grid, [replace(t, row0=t.row0 - row0, col0=t.col0 - col0) for t in placed]


def _placed(tile: Tile, first: Tile) -> Tile:
    """A tile with its place on the grid of the first one."""
    t, origin = tile.grid.transform, first.grid.transform
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
    return replace(tile, row0=round(row), col0=round(col))


def _unrolled(tiles: list[Tile], turn: int, grid: Grid, lon: float | None) -> list[Tile]:
    """Tiles with their columns moved by whole turns of the Earth (`turn` columns)."""
    middles = [t.col0 + t.grid.shape[1] / 2 for t in tiles]
    if lon is None:
        order = sorted(m % turn for m in middles)
        gaps = [
            (after - before) % turn or turn
            for before, after in zip(order, order[1:] + order[:1], strict=True)
        ]
        start = order[(gaps.index(max(gaps)) + 1) % len(order)]  # the first after the largest gap
        target = start + turn / 2
        span = (order[gaps.index(max(gaps))] - start) % turn
        zero, _ = grid.colrow_of_xy(0.0, 0.0)  # the middle of all comes to within 180 of Greenwich
        target -= turn * round((start + span / 2 - float(zero)) / turn)
    else:
        target = float(grid.colrow_of_xy(lon, 0.0)[0])
    moved = []
    for tile, middle in zip(tiles, middles, strict=True):
        turns = math.ceil((target - middle) / turn - 0.5)  # to half a turn around the target
        copies = (-1, 0, 1) if lon is not None and tile.grid.shape[1] > turn / 2 else (0,)
        moved += [replace(tile, col0=tile.col0 + (turns + k) * turn) for k in copies]
    return moved


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
