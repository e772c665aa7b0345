"""The regular grid that the map draws on, and how terrain results get onto it.

A row of the terrain is a degree of latitude, a row of a web map a degree of Mercator's; on a grid
that is regular in the latter, an image lies on the map undistorted. Values are those of the
terrain's nearest post.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.terrain.geodesy import ring
from skyshade.terrain.model import Bounds, Grid

MAX_CELLS = 5_000_000
MERCATOR_LIMIT_DEG = 85.0
OFFSET_M, HIGHEST = 500, 65_000  # how altitudes are coded: metres MSL + 500, at most 65,000
OUTSIDE, UNKNOWN, NEVER = 65_535, 65_534, 65_533
NO_GROUND = -32_768
_NEVER_M = 1e8  # from here on an altitude stands for "the ray never comes down"

Window = tuple[int, int, int, int]  # first column, first row, columns, rows


def mercator_deg(lat_deg: float | NDArray[Any]) -> NDArray[np.float64]:
    """Mercator's latitude in degrees of longitude.

    >>> round(float(mercator_deg(60.0)), 3)
    75.456
    """
    return np.degrees(np.arcsinh(np.tan(np.radians(lat_deg))))


def latitude_deg(mercator: float | NDArray[Any]) -> NDArray[np.float64]:
    """The latitude of a Mercator latitude, both in degrees.

    >>> round(float(latitude_deg(mercator_deg(31.0))), 9)
    31.0
    """
    return np.degrees(np.arctan(np.sinh(np.radians(mercator))))


@dataclass(frozen=True)
class Lattice:
    """Cells of equal Mercator size; (0, 0) is the north-western one.

    Attributes
    ----------
    west_deg, north_y_deg : the outer corner of cell (0, 0), the latter a Mercator latitude.
    step_deg : width and height of a cell.
    """

    west_deg: float
    north_y_deg: float
    step_deg: float
    columns: int
    rows: int

    @property
    def whole(self) -> Window:
        """The window that holds all of it."""
        return 0, 0, self.columns, self.rows

    def as_dict(self) -> dict[str, float]:
        """Plain JSON."""
        return asdict(self)

    def centres(self, window: Window) -> tuple[NDArray[Any], NDArray[Any]]:
        """Longitudes (columns,) and latitudes (rows, 1) of the cells of a window, degrees."""
        col, row, columns, rows = window
        lon = self.west_deg + (col + np.arange(columns) + 0.5) * self.step_deg
        y = self.north_y_deg - (row + np.arange(rows) + 0.5) * self.step_deg
        return lon, latitude_deg(y)[:, None]

    def around(self, lon: float, lat: float, radius_m: float) -> Window:
        """The window that a ring touches."""
        outline = ring(lon, lat, radius_m, 180)
        east = lon + np.mod(outline[:, 0] - lon + 180.0, 360.0) - 180.0
        col = (east - self.west_deg) / self.step_deg
        row = (self.north_y_deg - mercator_deg(outline[:, 1])) / self.step_deg
        first = [max(math.floor(v.min()), 0) for v in (col, row)]
        last = [
            min(math.ceil(v.max()), n)
            for v, n in zip((col, row), (self.columns, self.rows), strict=True)
        ]
        return first[0], first[1], max(last[0] - first[0], 0), max(last[1] - first[1], 0)

    def sample(
        self, grid: Grid, values: NDArray[np.float32], window: Window, outside: float = math.nan
    ) -> NDArray[np.float32]:
        """(rows, columns) values of the nearest posts of a terrain's grid.

        Parameters
        ----------
        values : on the grid's posts. outside : what cells beyond the grid get.
        """
        lon, lat = self.centres(window)
        if grid.is_lonlat and not (grid.transform.b or grid.transform.d):
            return _sample_rows_and_columns(grid, values, lon, lat[:, 0], outside)
        if not grid.is_lonlat:
            lon, lat = np.broadcast_arrays(lon, lat)
        (row, col), inside = grid.nearest_post(lon, lat)
        return np.where(inside, values[row, col], np.float32(outside))


def _sample_rows_and_columns(
    grid: Grid, values: NDArray[np.float32], lon: NDArray[Any], lat: NDArray[Any], outside: float
) -> NDArray[np.float32]:
    """The same where a column has one longitude and a row one latitude: seven times as fast."""
    if not len(lon) or not len(lat):
        return np.full((len(lat), len(lon)), np.float32(outside))
    col, row = grid.colrow(lon, lat[0])[0], grid.colrow(lon[0], lat)[1]
    rows, cols = grid.shape
    in_col, in_row = (col > -0.5) & (col < cols - 0.5), (row > -0.5) & (row < rows - 0.5)
    col, row = np.clip(np.rint(col), 0, cols - 1), np.clip(np.rint(row), 0, rows - 1)
    found: NDArray[np.float32] = values[row.astype(int)][:, col.astype(int)].astype(np.float32)
    found[~in_row] = outside
    found[:, ~in_col] = outside
    return found


def make_lattice(bounds: Bounds, cell_deg: float) -> Lattice:
    """The lattice over a terrain, as fine as its cells if `MAX_CELLS` allows.

    Parameters
    ----------
    bounds : west, south, east, north of the terrain (degrees).
    cell_deg : width of its cells (degrees of longitude).
    """
    west, south, east, north = bounds
    south, north = max(south, -MERCATOR_LIMIT_DEG), min(north, MERCATOR_LIMIT_DEG)
    top, bottom = float(mercator_deg(north)), float(mercator_deg(south))
    coarser = math.ceil(math.sqrt((east - west) * (top - bottom) / MAX_CELLS) / cell_deg)
    merged = max(coarser, 1)
    step = cell_deg * merged
    if merged % 2 == 0:  # so that the middle of a cell is not as near to two columns of posts
        west += cell_deg / 2
    return Lattice(
        west, top, step, max(int((east - west) / step), 1), max(int((top - bottom) / step), 1)
    )


def encode_altitude(altitude_m: NDArray[np.float32], *, lowest: bool = True) -> NDArray[np.uint16]:
    """Altitudes (m MSL) as the map reads them.

    Parameters
    ----------
    altitude_m : NaN for outside, +inf for unknown.
    lowest : round up, as for a lowest altitude; else down.

    >>> encode_altitude(np.array([99.2, np.nan, np.inf, 1e9], np.float32)).tolist()
    [600, 65535, 65534, 65533]
    """
    whole = np.ceil(altitude_m) if lowest else np.floor(altitude_m)
    with np.errstate(invalid="ignore"):
        coded = np.clip(whole + OFFSET_M, 0, HIGHEST)
        coded = np.where(altitude_m >= _NEVER_M, NEVER, coded)
    coded = np.where(np.isposinf(altitude_m), UNKNOWN, coded)
    return np.where(np.isnan(altitude_m), OUTSIDE, coded).astype(np.uint16)


def frame(about: dict[str, object], arrays: Mapping[str, tuple[Window, NDArray[Any]]]) -> bytes:
    """Arrays on the lattice, with a JSON head that says which, as the map reads them.

    Layout: length of the head (uint32, little-endian), the head (UTF-8, padded with spaces), the
    arrays; every part starts at a multiple of 8 bytes.

    Parameters
    ----------
    about : plain JSON for the head.
    arrays : name to window and (rows, columns) array.
    """
    said = [
        {"name": name, "dtype": array.dtype.name, "window": list(window), "offset": 0}
        for name, (window, array) in arrays.items()
    ]
    # offsets are written with the width they will need, so that the head's length is known first
    room = len(json.dumps(about | {"arrays": said}).encode()) + 16 * len(said)
    head_size = _up(4 + room) - 4
    offset = 4 + head_size
    parts = []
    for entry, (_, array) in zip(said, arrays.values(), strict=True):
        entry["offset"] = offset
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        parts.append(data.ljust(_up(len(data)), b"\0"))
        offset += len(parts[-1])
    head = json.dumps(about | {"arrays": said}).encode().ljust(head_size)
    return b"".join([head_size.to_bytes(4, "little"), head, *parts])


def _up(size: int) -> int:
    return -(-size // 8) * 8
