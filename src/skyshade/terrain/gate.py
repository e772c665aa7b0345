"""The one gate that every raster passes before it is terrain.

A raster may leave open, or say in its own way, what its numbers and places mean. Six things are
settled here, for every format alike, and what was settled is kept (:class:`Settled`) for the
manifest and for one line on the screen: the reference system, its datum, the unit of heights, posts
without a height, where posts stand in their cells, and how longitudes are counted.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.memory import slabs
from skyshade.terrain.model import Bounds, Grid

if TYPE_CHECKING:
    from skyshade.terrain.tiles import Tile

EARTH_RADIUS_M = (6.3e6, 6.45e6)  # of every ellipsoid and sphere that maps of the Earth use
UNDECLARED_VOID = -9999.0  # the usual number for "no height"
DRY_M = -500.0  # no land is as low: the shore of the Dead Sea is at -430 m
PLAUSIBLE_M = (-12_000.0, 12_000.0)
STEEPEST = 6.0  # m per m between neighbours below `DRY_M`; sea floors of 3 arc-seconds stay below 2
# Land below `LOWEST_POLDER_M` is in one of these boxes, which keep off the open sea; elsewhere
# such posts are the floor of a sea or a lake. West, south, east, north (degrees), and a number just
# below the lowest land (m MSL). Figures: Wikipedia, "List of places on land with elevations below
# sea level", read in 2026; its lowest polder is Lammefjord, -7.5 m.
LOWEST_POLDER_M = -10.0
DRY_DEPRESSIONS: tuple[tuple[Bounds, float], ...] = (
    ((35.3, 30.3, 35.8, 33.1), -440.0),  # Dead Sea, Jordan valley, Sea of Galilee
    ((40.0, 13.3, 40.6, 14.6), -130.0),  # Danakil
    ((42.3, 11.5, 42.5, 11.8), -160.0),  # Lake Assal
    ((87.0, 41.5, 91.5, 43.8), -155.0),  # Turpan
    ((44.0, 36.0, 56.0, 50.5), -30.0),  # shores of the Caspian
    ((51.4, 43.2, 52.1, 43.8), -135.0),  # Karagiye
    ((54.5, 39.5, 59.0, 43.5), -85.0),  # Akjagaya, Sarygamysh
    ((25.0, 28.5, 29.5, 30.6), -135.0),  # Qattara, Siwa
    ((30.3, 29.1, 31.0, 29.6), -55.0),  # Faiyum
    ((5.5, 33.5, 8.3, 34.8), -45.0),  # Chott Melrhir, Chott el Gharsa
    ((19.3, 29.3, 20.2, 30.1), -50.0),  # Sabkhat Ghuzayyil
    ((-12.95, 27.5, -12.7, 27.8), -60.0),  # Sebkha Tah
    ((-117.2, 35.5, -116.4, 36.9), -90.0),  # Death Valley
    ((-116.3, 32.5, -115.0, 33.7), -75.0),  # Salton Sea
    ((-68.7, -49.9, -68.0, -49.3), -110.0),  # Laguna del Carbon
    ((-65.6, -40.6, -64.9, -40.2), -75.0),  # Bajo del Gualicho
    ((-64.1, -42.75, -63.7, -42.5), -45.0),  # Valdes
    ((136.5, -29.5, 138.5, -27.5), -20.0),  # Lake Eyre
    ((-71.8, 18.3, -71.2, 18.65), -50.0),  # Lago Enriquillo
    ((6.3, 50.7, 6.7, 51.2), -310.0),  # opencast mines of the Rhineland
)


@dataclass(frozen=True)
class Settled:
    """How a raster, or a mosaic of them, was taken; one clause each, empty where nothing was said.

    Attributes
    ----------
    crs : the horizontal reference system.
    datum : how its places came to WGS 84.
    heights : unit, scale and reference surface of the stored numbers.
    void : which posts have no height.
    sea_floor : depths that were set to sea level.
    posts : where a post stands in its cell.
    wrap : longitudes that were counted otherwise.
    tiles : files that were left out, or laid over each other.
    """

    crs: str = ""
    datum: str = ""
    heights: str = ""
    void: str = ""
    sea_floor: str = ""
    posts: str = ""
    wrap: str = ""
    tiles: str = ""

    def as_dict(self) -> dict[str, str]:
        """What was settled, for the manifest."""
        said = {f.name: str(getattr(self, f.name)) for f in fields(self)}
        return {name: text for name, text in said.items() if text}

    @property
    def line(self) -> str:
        """All of it as one line."""
        return "; ".join(self.as_dict().values())


class Place(NamedTuple):
    """What a reference system says of places, and of heights if it does.

    Attributes
    ----------
    wkt : the horizontal part.
    vertical : the name of the vertical part, empty if there is none.
    metres : per unit of height; None without a vertical part.
    """

    wkt: str
    vertical: str = ""
    metres: float | None = None


@functools.lru_cache(maxsize=64)
def settle_crs(crs_wkt: str) -> Place:
    """The horizontal and the vertical part of a raster's reference system.

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
        return Place(crs_wkt)
    axis = crs.axis_info[2]
    if axis.direction != "up":
        raise InputError(
            "an elevation raster gives heights",
            value=f"{crs.name}: an axis that points {axis.direction}",
            allowed="a vertical axis that points up",
        )
    parts = crs.sub_crs_list
    vertical = parts[1].name if len(parts) > 1 else "height above the ellipsoid"
    return Place(crs.to_2d().to_wkt(), vertical, float(axis.unit_conversion_factor))


class Shift(NamedTuple):
    """How places of a reference system come to WGS 84.

    Attributes
    ----------
    pipeline : of PROJ, from x and y to longitude and latitude; empty where PROJ may choose, because
        there is nothing to choose from.
    words : in one clause.
    """

    pipeline: str
    words: str


@functools.lru_cache(maxsize=256)
def settle_datum(crs_wkt: str, x: float, y: float) -> Shift:
    """The one operation that takes a whole raster to WGS 84: PROJ's best for its middle.

    PROJ chooses an operation per place. One raster keeps one, so that its posts stay in line.

    Parameters
    ----------
    x, y : of the raster's middle, in units of its CRS.
    """
    from pyproj import CRS, Geod, Transformer
    from pyproj.exceptions import ProjError

    crs = CRS.from_wkt(crs_wkt)
    own = crs.geodetic_crs
    if own is None or own.to_2d().equals(CRS.from_epsg(4326), ignore_axis_order=True):
        return Shift("", "WGS 84")
    to_own = Transformer.from_crs(crs, own.to_2d(), always_xy=True)
    lon, lat = to_own.transform(x, y)
    if own.prime_meridian and own.prime_meridian.longitude:
        lon += own.prime_meridian.longitude
    best = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    there = best.transform(x, y)
    try:
        used = best.get_last_used_operation()
    except ProjError:  # no operation: PROJ takes the two for one
        return Shift("", f"{own.name}, taken as WGS 84")
    metres = Geod(ellps="WGS84").inv(lon, lat, *there)[2]
    if "allpark" in used.description:  # PROJ's word for "nothing known"
        return Shift(used.definition, f"{own.name}: no shift to WGS 84 is known, taken as it is")
    moved = f"moved by {metres:.0f} m to WGS 84" if metres >= 0.5 else "taken as WGS 84"
    return Shift(used.definition, f"{own.name}, {moved}")


def settle_transform(grid: Grid) -> None:
    """Refuse a raster whose rows do not run along the axes of its reference system."""
    t = grid.transform
    turn = max(abs(t.b), abs(t.d)) * max(grid.shape)
    if turn > 0.02 * min(math.hypot(t.a, t.d), math.hypot(t.b, t.e)):
        raise InputError(
            "the raster is rotated: its rows do not run along the axes of its reference system",
            value=f"turned by {math.degrees(math.atan2(t.d, t.a)):.4g} degrees",
            hint="Bring it north-up first: gdalwarp -r bilinear FILE NEW, or rio warp FILE NEW "
            "--dst-crs CRS --resampling bilinear.",
        )


class Found(NamedTuple):
    """What the heights of one block turned out to hold.

    Attributes
    ----------
    void : whether a post has no height.
    deepest_m, n_deep : the lowest sea floor that was set to sea level (0: none), how many posts.
    lowest_m : the lowest height that stayed (m MSL).
    """

    void: bool = False
    deepest_m: float = 0.0
    n_deep: int = 0
    lowest_m: float = 0.0

    def __or__(self, other: Found) -> Found:
        return Found(
            self.void or other.void,
            min(self.deepest_m, other.deepest_m),
            self.n_deep + other.n_deep,
            min(self.lowest_m, other.lowest_m),
        )


@dataclass(frozen=True)
class Numbers:
    """The stored numbers of a part of one raster, and what they mean.

    Attributes
    ----------
    grid : of this part.
    hidden : where the raster's mask says that there is no height; None without a mask.
    cell_m : smaller side of a cell (m).
    """

    tile: Tile
    grid: Grid
    stored: NDArray[Any]
    hidden: NDArray[np.bool_] | None
    cell_m: float

    def heights(self, dtype: Any, void: float) -> tuple[NDArray[Any], Found]:
        """Heights (m MSL) as `dtype`, `void` where there is none; changed in place if they can be.

        Raises
        ------
        InputError : the numbers are not heights of land.
        """
        as_stored = self.stored.dtype == dtype and self.tile.in_metres
        result = self.stored if as_stored else np.empty(self.stored.shape, dtype)
        found = Found()
        dry = _dry_land(self.grid)
        highest = -math.inf
        for rows in slabs(self.stored.shape):
            missing, low, high = self._missing(rows)
            found |= Found(void=missing is not None)
            if low > high:  # no height at all
                result[rows] = void
                continue
            scale, offset = np.float32(self.tile.scale_m), np.float32(self.tile.offset_m)
            part = self.stored[rows]
            if not as_stored:
                part = part if self.tile.in_metres else part * scale + offset
                with np.errstate(invalid="ignore", over="ignore"):  # of numbers that are no height
                    result[rows] = part
            if missing is not None:
                result[rows][missing] = void
            self._check(result[rows], missing, low, high)
            highest = max(highest, high)
            if low < LOWEST_POLDER_M:
                found |= _without_sea_floor(result[rows], missing, dry, rows.start)
            else:
                found |= Found(lowest_m=low)
        if highest < DRY_M and highest > -math.inf:
            raise InputError(
                "all heights are below any dry land",
                file=self.tile.path,
                value=f"{found.deepest_m:g} to {highest:g} m",
                allowed=f"some above {DRY_M:g} m",
                hint="A sea floor is no terrain: set it to 0.",
            )
        return result, found

    def _missing(self, rows: slice) -> tuple[NDArray[np.bool_] | None, float, float]:
        """Where a slab has no height (None: nowhere), and its lowest and highest one (m)."""
        part, tile = self.stored[rows], self.tile
        low, high = part.min(), part.max()
        voids = [] if tile.nodata is None or math.isnan(tile.nodata) else [tile.nodata]
        if part.dtype == np.int16:
            voids.append(np.iinfo(np.int16).min)
        voids = [void for void in voids if not (void < low or void > high)]
        finite = part.dtype.kind != "f" or (math.isfinite(low) and math.isfinite(high))
        missing = None if self.hidden is None else self.hidden[rows]
        if voids or not finite or missing is not None:
            missing = np.zeros(part.shape, bool) if missing is None else missing
            if not finite:
                missing = missing | ~np.isfinite(part)
            for void in voids:
                missing = missing | (part == part.dtype.type(void))
            valid = part[~missing]
            if not valid.size:
                return missing, math.inf, -math.inf
            low, high = valid.min(), valid.max()
        if low == UNDECLARED_VOID:  # a real sea floor whose lowest post is exactly this is rare
            raise InputError(
                f"lowest numbers of exactly {low:g} look like posts without a height",
                file=tile.path,
                hint=tile.how_to_declare_void,
            )
        low, high = sorted(float(v) * tile.scale_m + tile.offset_m for v in (low, high))
        return (missing if missing is not None and missing.any() else None), low, high

    def _check(
        self, part: NDArray[Any], missing: NDArray[np.bool_] | None, low: float, high: float
    ) -> None:
        """Refuse numbers that are no heights, and voids that a filter has blurred."""
        if low < PLAUSIBLE_M[0] or high > PLAUSIBLE_M[1]:
            raise InputError(
                "these heights are not metres above sea level",
                file=self.tile.path,
                value=f"{low:g} to {high:g}",
                allowed=f"{PLAUSIBLE_M[0]:g} to {PLAUSIBLE_M[1]:g} m",
                hint="Perhaps the raster's nodata value is not declared.",
            )
        if low >= DRY_M:
            return
        for axis in (0, 1):
            upper, lower = (part[:-1], part[1:]) if axis == 0 else (part[:, :-1], part[:, 1:])
            with np.errstate(invalid="ignore"):
                step = np.abs(upper.astype(np.float32) - lower)
                step[np.minimum(upper, lower) >= DRY_M] = 0
            if missing is not None:
                gap = missing[:-1] | missing[1:] if axis == 0 else missing[:, :-1] | missing[:, 1:]
                step[gap] = 0
            if step.size and float(step.max()) > STEEPEST * self.cell_m:
                r, c = np.unravel_index(int(step.argmax()), step.shape)
                high, low = sorted((float(upper[r, c]), float(lower[r, c])), reverse=True)
                raise InputError(
                    "posts without a height seem to be among the heights, scaled or blurred: "
                    f"neighbours, {self.cell_m:.0f} m apart, are at {high:.0f} m and {low:.0f} m",
                    file=self.tile.path,
                    hint="Declare the number that stands for no height before the raster is "
                    "scaled or resampled.",
                )


def _dry_land(grid: Grid) -> list[tuple[slice, slice, float]]:
    """Rows and columns of the known depressions that a grid touches, and their lowest land (m)."""
    touched = []
    for (west, south, east, north), lowest_m in DRY_DEPRESSIONS:
        col, row = grid.colrow([west, east, east, west], [north, north, south, south])
        if not (np.isfinite(col).all() and np.isfinite(row).all()):
            continue
        first = [max(math.floor(v.min()), 0) for v in (row, col)]
        last = [min(math.ceil(v.max()) + 1, n) for v, n in zip((row, col), grid.shape, strict=True)]
        if first[0] < last[0] and first[1] < last[1]:
            touched.append((slice(first[0], last[0]), slice(first[1], last[1]), lowest_m))
    return touched


def _without_sea_floor(
    part: NDArray[Any],
    missing: NDArray[np.bool_] | None,
    dry: list[tuple[slice, slice, float]],
    row0: int,
) -> Found:
    """Set the floor of seas to 0, and that of lakes in a depression to its lowest land.

    Parameters
    ----------
    part : rows from `row0` on; changed.
    """
    lowest_land = np.full(part.shape, LOWEST_POLDER_M, np.float32)
    surface = np.zeros(part.shape, part.dtype)
    for rows, cols, lowest_m in dry:
        inside = np.s_[max(rows.start - row0, 0) : max(rows.stop - row0, 0), cols]
        lowest_land[inside] = np.minimum(lowest_land[inside], lowest_m)
        surface[inside] = np.minimum(surface[inside], lowest_m)
    with np.errstate(invalid="ignore"):
        deep = part < lowest_land
    if missing is not None:
        deep &= ~missing
    floors = part[deep]
    if floors.size:
        part[deep] = surface[deep]
    rest = part if missing is None else part[~missing]
    return Found(
        deepest_m=float(floors.min()) if floors.size else 0.0,
        n_deep=int(floors.size),
        lowest_m=float(rest.min()),
    )
