"""What terrain is here: a grid laid on the Earth, heights on it, an antenna standing there."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from affine import Affine
from numpy.typing import ArrayLike, NDArray

from skyshade.errors import InputError
from skyshade.shown import Plotted

EFFECTIVE_EARTH = 4.0 / 3.0  # refraction factor k of the standard atmosphere, ITU-R P.453

NodataPolicy = Literal["unknown", "sea", "refuse"]
Bounds = tuple[float, float, float, float]  # west, south, east, north, degrees

SAME_DEG = 1e-9  # 0.1 mm: two datums that differ by less are one
ROUND_DEG = 1e-6  # by which the columns of a whole turn may miss 360 degrees
ON_POST = 1e-9  # cells; a place this near to a post stands on it, but for rounding


@functools.lru_cache(maxsize=64)
def _lonlat_transformer(crs_wkt: str, pipeline: str) -> Any:
    """From CRS coordinates to longitude and latitude on WGS 84; None where they are that already.

    `pipeline` names the one operation of PROJ to use; without one, PROJ chooses.
    """
    from pyproj import CRS, Transformer

    if pipeline:
        return Transformer.from_pipeline(pipeline)
    transformer = Transformer.from_crs(CRS.from_wkt(crs_wkt), "EPSG:4326", always_xy=True)
    if _counts_degrees(crs_wkt):
        world = np.meshgrid(np.arange(-175.0, 180.0, 10.0), np.arange(-85.0, 90.0, 10.0))
        moved = transformer.transform(*world)
        if np.allclose(moved, world, rtol=0, atol=SAME_DEG):
            return None
    return transformer


@functools.lru_cache(maxsize=64)
def _counts_degrees(crs_wkt: str) -> bool:
    """Whether x and y are degrees from Greenwich on an unrotated globe."""
    from pyproj import CRS

    crs = CRS.from_wkt(crs_wkt)
    if not crs.is_geographic or crs.is_derived:
        return False
    meridian = crs.prime_meridian
    in_degrees = math.isclose(crs.axis_info[0].unit_conversion_factor, math.radians(1.0))
    return in_degrees and meridian is not None and not meridian.longitude


@dataclass(frozen=True)
class Grid:
    """A raster's geometry. Grid coordinates (col, row) are 0 at the first post (cell centre).

    Attributes
    ----------
    transform : cell corner to CRS, as rasterio gives it.
    crs_wkt : the CRS.
    shape : (rows, columns).
    pipeline : the operation of PROJ that takes x and y to longitude and latitude on WGS 84; empty
        where there is but one.
    """

    transform: Affine
    crs_wkt: str
    shape: tuple[int, int]
    pipeline: str = ""

    @property
    def _to_lonlat(self) -> Any:
        return _lonlat_transformer(self.crs_wkt, self.pipeline)

    @property
    def is_geographic(self) -> bool:
        """Whether x and y are degrees of longitude and latitude, on any datum."""
        return _counts_degrees(self.crs_wkt)

    @property
    def is_lonlat(self) -> bool:
        """Whether x and y are longitude and latitude on WGS 84 themselves."""
        return self._to_lonlat is None

    @property
    def columns_round(self) -> int | None:
        """Columns in 360 degrees; None on a map, and where they are no whole number."""
        if not self.is_geographic or not self.transform.a:
            return None
        columns = 360 / abs(self.transform.a)
        off = abs(columns - round(columns)) * abs(self.transform.a)
        return round(columns) if off < ROUND_DEG else None

    def lonlat(
        self, col: ArrayLike, row: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude (degrees) of grid coordinates."""
        x, y = self.xy(col, row)
        return (x, y) if self._to_lonlat is None else self._to_lonlat.transform(x, y)

    def xy(self, col: ArrayLike, row: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """CRS coordinates of grid coordinates."""
        col, row, t = np.asarray(col, float) + 0.5, np.asarray(row, float) + 0.5, self.transform
        return t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f

    def colrow(
        self, lon: ArrayLike, lat: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Grid coordinates of longitude and latitude (degrees).

        Returns
        -------
        Columns and rows, fractions allowed; posts stand on whole numbers.
        """
        x, y = np.asarray(lon, float), np.asarray(lat, float)
        if self._to_lonlat is not None:
            x, y = self._to_lonlat.transform(x, y, direction="INVERSE")
        if self.is_geographic:
            middle = self.transform.c + self.transform.a * self.shape[1] / 2
            x = middle + np.mod(x - middle + 180.0, 360.0) - 180.0
        return self.colrow_of_xy(x, y)

    def colrow_of_xy(
        self, x: ArrayLike, y: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Grid coordinates of CRS coordinates."""
        x, y, t = np.asarray(x, float), np.asarray(y, float), ~self.transform
        return t.a * x + t.b * y + t.c - 0.5, t.d * x + t.e * y + t.f - 0.5

    def contains(self, lon: float, lat: float) -> bool:
        """True where terrain can be interpolated: between the outermost posts.

        Parameters
        ----------
        lon, lat : degrees.
        """
        return bool(self.between_posts(*self.colrow(lon, lat)))

    def between_posts(self, col: ArrayLike, row: ArrayLike) -> NDArray[np.bool_]:
        """Where grid coordinates lie between the outermost posts, or on them."""
        low, (rows, cols) = -ON_POST, self.shape
        high_col, high_row = cols - 1 + ON_POST, rows - 1 + ON_POST
        col, row = np.asarray(col), np.asarray(row)
        return (col >= low) & (col <= high_col) & (row >= low) & (row <= high_row)

    def nearest_post(
        self, lon: ArrayLike, lat: ArrayLike
    ) -> tuple[tuple[NDArray[np.int_], NDArray[np.int_]], NDArray[np.bool_]]:
        """(rows, columns) of the nearest posts, and whether a place lies in a cell of the grid.

        Parameters
        ----------
        lon, lat : degrees; broadcast against each other.
        """
        col, row = self.colrow(lon, lat)
        rows, cols = self.shape
        inside = (col > -0.5) & (col < cols - 0.5) & (row > -0.5) & (row < rows - 0.5)
        post = (
            np.clip(np.rint(row), 0, rows - 1).astype(int),
            np.clip(np.rint(col), 0, cols - 1).astype(int),
        )
        return post, inside

    def axes(self) -> dict[str, NDArray[Any]]:
        """Coordinates of rows and columns (posts) by the names they have in xarray."""
        rows, cols = self.shape
        y, x = ("lat", "lon") if self.is_geographic else ("y", "x")
        t = self.transform
        return {
            y: t.f + t.e * (np.arange(rows) + 0.5),
            x: t.c + t.a * (np.arange(cols) + 0.5),
        }

    def window(self, row0: int, col0: int, shape: tuple[int, int]) -> Grid:
        """The part of this grid that starts at post (row0, col0)."""
        t = self.transform
        x, y = t.c + t.a * col0 + t.b * row0, t.f + t.d * col0 + t.e * row0
        return replace(self, transform=Affine(t.a, t.b, x, t.d, t.e, y), shape=shape)

    def thinned(self, step: int, shape: tuple[int, int]) -> Grid:
        """Every `step`-th post, from the first one on."""
        t = self.transform
        x, y = self.xy(0, 0)
        a, b, d, e = (step * v for v in (t.a, t.b, t.d, t.e))
        corner = (float(x) - (a + b) / 2, float(y) - (d + e) / 2)
        return replace(self, transform=Affine(a, b, corner[0], d, e, corner[1]), shape=shape)

    def smooth(
        self,
        function: Callable[
            [NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], ...]
        ],
        knots: int = 41,
    ) -> tuple[NDArray[np.float64], ...]:
        """Values of smooth functions of (lon, lat) on every post, by splines through few knots.

        Parameters
        ----------
        function : takes arrays of lon and lat, returns arrays of the same shape.
        knots : how many along each axis; a cubic spline passes through them.
        """
        from scipy.interpolate import RectBivariateSpline

        rows, cols = self.shape
        r = np.linspace(0, rows - 1, min(knots, rows))
        c = np.linspace(0, cols - 1, min(knots, cols))
        values = function(*self.lonlat(*np.meshgrid(c, r)))
        order = {"kx": min(3, len(r) - 1), "ky": min(3, len(c) - 1)}
        return tuple(
            RectBivariateSpline(r, c, v, **order)(np.arange(rows), np.arange(cols)) for v in values
        )

    def bounds(self) -> Bounds:
        """West, south, east, north of the outermost cell edges (degrees)."""
        edge = np.linspace(-0.5, 0.5, 33)
        rows, cols = self.shape
        c = np.concatenate(
            [(edge + 0.5) * cols - 0.5] * 2 + [np.full(33, -0.5), np.full(33, cols - 0.5)]
        )
        r = np.concatenate(
            [np.full(33, -0.5), np.full(33, rows - 0.5)] + [(edge + 0.5) * rows - 0.5] * 2
        )
        lon, lat = self.lonlat(c, r)
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


@dataclass(frozen=True, repr=False)
class Dem(Plotted):
    """Terrain heights in metres above mean sea level on a grid.

    Attributes
    ----------
    heights : (rows, columns), int16 or float32, C-contiguous; unknown posts hold `nodata`.
    nodata : -32768 for int16, NaN for float32, or None where every post is known.
    name : which terrain this is, for people; `identify` says it for the manifest, when asked.
    poor_cells : boxes (degrees) whose heights are known to be bad.
    settled : in one line, how the raster was taken: reference system, datum, unit, gaps and so on.
    """

    heights: NDArray[Any]
    grid: Grid
    nodata: float | None = None
    name: str = "DEM"
    identify: Callable[[], dict[str, Any]] = field(default=dict, compare=False, repr=False)
    licence: str = ""
    poor_cells: tuple[Bounds, ...] = ()
    settled: str = ""

    @property
    def _in_short(self) -> str:
        return f"{self.name}, {self.grid.shape[0]} x {self.grid.shape[1]} posts"

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Name, sizes and a hash of what was read, for the manifest (hashes the files once)."""
        return self.identify()

    def known(self) -> NDArray[np.bool_]:
        """Where the height is known."""
        if self.nodata is None:
            return np.ones(self.grid.shape, bool)
        if np.isnan(self.nodata):
            return np.asarray(~np.isnan(self.heights))
        return np.asarray(self.heights != self.nodata)

    def height_at(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Height (m MSL), bilinear between posts; NaN outside and beside unknown posts.

        Parameters
        ----------
        lon, lat : degrees; broadcast against each other.
        """
        col, row = self.grid.colrow(lon, lat)
        rows, cols = self.grid.shape
        c = np.clip(np.nan_to_num(col).astype(int), 0, max(cols - 2, 0))
        r = np.clip(np.nan_to_num(row).astype(int), 0, max(rows - 2, 0))
        fc, fr = col - c, row - r
        total = np.zeros(np.broadcast(col, row).shape)
        for dr, wr in ((0, 1 - fr), (1, fr)):
            for dc, wc in ((0, 1 - fc), (1, fc)):
                z = self.heights[np.minimum(r + dr, rows - 1), np.minimum(c + dc, cols - 1)]
                z = z.astype(float)
                if self.nodata is not None:
                    z = np.where(z == self.nodata, np.nan, z)
                w = wr * wc
                total = total + np.where(w < ON_POST, 0.0, w * z)
        return np.where(self.grid.between_posts(col, row), total, np.nan)


@dataclass(frozen=True)
class Antenna:
    """Where a radar looks from.

    Attributes
    ----------
    lon, lat : degrees, WGS-84.
    agl_m : height of the phase centre above ground (m), more than zero; 0 of one in the air.
    ground_msl_m : height of the ground (m MSL) where the user knows it better than the DEM.
    az_sector_deg : (from, to) clockwise from north, or None for all round.
    el_limits_deg : lowest and highest elevation angle served.
    msl_m : altitude (m MSL) of an antenna in the air; None for one on a mast.
    """

    lon: float
    lat: float
    agl_m: float
    ground_msl_m: float | None = None
    az_sector_deg: tuple[float, float] | None = None
    el_limits_deg: tuple[float, float] = (-90.0, 90.0)
    msl_m: float | None = None

    @classmethod
    def in_the_air(
        cls,
        lon: float,
        lat: float,
        msl_m: float,
        el_limits_deg: tuple[float, float] = (-90.0, 90.0),
    ) -> Antenna:
        """An antenna on an aircraft or a balloon, at an altitude above mean sea level (m)."""
        return cls(lon, lat, 0.0, el_limits_deg=el_limits_deg, msl_m=msl_m)


@dataclass(frozen=True)
class Altitude:
    """A height people ask about: above ground (terrain following) or above mean sea level.

    >>> Altitude(100.0, "agl").label, Altitude(10_000.0, "msl").slug
    ('100 m AGL', '10km_msl')
    """

    value_m: float
    datum: Literal["agl", "msl"]

    def __post_init__(self) -> None:
        if self.datum not in ("agl", "msl"):
            raise InputError(
                "unknown datum of an altitude",
                field="altitude",
                value=self.datum,
                allowed="agl, msl",
            )
        if not 0.0 <= self.value_m <= 100_000.0:
            raise InputError(
                "altitude out of bounds",
                field="altitude",
                value=self.value_m,
                allowed="0 to 100 km",
            )

    @property
    def label(self) -> str:
        """As people write it: "100 m AGL"."""
        return f"{_readable(self.value_m)} {self.datum.upper()}"

    @property
    def slug(self) -> str:
        """As it names files: "100m_agl"."""
        return f"{_readable(self.value_m).replace(' ', '')}_{self.datum}"

    def msl(self, ground_msl: NDArray[Any]) -> NDArray[Any] | np.float32:
        """The same above mean sea level (m) over the given ground.

        Parameters
        ----------
        ground_msl : terrain height (m MSL).
        """
        value = np.float32(self.value_m)
        return ground_msl + value if self.datum == "agl" else value


def _readable(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
