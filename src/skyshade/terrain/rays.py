"""Where the geodesics from an antenna run on a grid, as small tables for the sweep.

Rays leave the antenna along true geodesics. Their grid coordinates are smooth functions of
distance and direction, so a few dozen geodesics, solved exactly and fitted with Chebyshev
polynomials, give the position of every ray on every grid line to far better than a thousandth of
a cell (`FIT_TOLERANCE` is checked at run time).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from skyshade.errors import InputError
from skyshade.terrain._cpu import RAYS_PER_BLOCK
from skyshade.terrain.geodesy import curvature_radius_m, geod, ring
from skyshade.terrain.model import Antenna, Grid

NEAR_RAYS_PER_FAN = 2000  # so many walk even the terrain at the antenna's feet (0.045 degrees)
KNOT_SPACING_M = 2500.0  # a geodesic bends by less than 0.1 m between two knots at 45 degrees
MAX_KNOT_SPACING = 16  # lines
FIT_DEGREE = 14
FIT_TOLERANCE = 1e-3  # cells
ON_LINE = 0.01  # cells; an antenna this near a grid line stands on it
SOLVED_RAYS = 25  # geodesics per fan that are solved exactly


@dataclass(frozen=True)
class Fan:
    """The rays of one quarter of the azimuths: see `_cpu.sweep_fan` for the fields."""

    lines_are_rows: bool
    sign: int
    first_line: int
    first_fraction: float
    n_lines: int
    split_lines: tuple[int, int]
    spacing: int
    minor: NDArray[np.float64]
    dist: NDArray[np.float64]
    inv_radius: NDArray[np.float64]


def make_fans(grid: Grid, antenna: Antenna, max_range_m: float, k_factor: float) -> tuple[Fan, ...]:
    """The four fans (columns east, west; rows south, north) that cover all azimuths.

    Kept for the next call from the same place, whatever the antenna's height.

    Parameters
    ----------
    max_range_m : length of the rays along the ground (m).
    k_factor : refraction factor.

    Raises
    ------
    InputError : the projection is too distorted over this range to follow geodesics in it.
    """
    return _fans(grid, replace(antenna, agl_m=1.0, ground_msl_m=None), max_range_m, k_factor)


@functools.lru_cache(maxsize=8)
def _fans(grid: Grid, antenna: Antenna, max_range_m: float, k_factor: float) -> tuple[Fan, ...]:
    around = grid.colrow(*ring(antenna.lon, antenna.lat, max_range_m, 360).T)
    fans = []
    for lines_are_rows in (False, True):
        for sign in (1, -1):
            in_range = around[1 if lines_are_rows else 0]
            farthest = float((sign * in_range).max()) if np.isfinite(in_range).all() else np.inf
            fan = _make_fan(grid, antenna, max_range_m, farthest, k_factor, lines_are_rows, sign)
            if fan is not None:
                fans.append(fan)
    return tuple(fans)


def _make_fan(
    grid: Grid,
    antenna: Antenna,
    max_range_m: float,
    farthest: float,
    k_factor: float,
    rows: bool,
    sign: int,
) -> Fan | None:
    """One fan; `farthest`: sign times the outermost line that the range reaches."""
    col0, row0 = (float(v) for v in grid.colrow(antenna.lon, antenna.lat))
    major0, minor0 = (row0, col0) if rows else (col0, row0)
    n_major = grid.shape[0 if rows else 1]
    first = math.floor(major0 + ON_LINE) + 1 if sign > 0 else math.ceil(major0 - ON_LINE) - 1
    to_edge = (n_major - 1 - first if sign > 0 else first) + 1
    to_plane = _local_plane(grid, antenna, col0, row0)
    metres_per_line = float(np.hypot(*(to_plane @ _direction(0.0, rows, sign))))
    n_lines = int(min(to_edge, np.ceil(farthest - sign * first) + 2))
    if n_lines <= 0:
        return None

    n_rays = max(2 * n_lines, 2 * NEAR_RAYS_PER_FAN)
    n_blocks = math.ceil(n_rays / RAYS_PER_BLOCK)
    widest = 1.0 + 4.0 / n_rays  # fans overlap a little, so no cell falls between two
    spacing = min(max(int(KNOT_SPACING_M / metres_per_line), 1), MAX_KNOT_SPACING)
    lines = np.arange(0, n_lines + spacing, spacing)
    steps = np.abs(first + sign * lines - major0)  # lines from the antenna, > 0

    slopes = np.linspace(-widest, widest, SOLVED_RAYS)
    reach_m = 1.1 * max_range_m + 4 * metres_per_line
    minor, dist, az = _solve(
        grid, antenna, to_plane, slopes, steps, reach_m, rows, sign, (major0, minor0)
    )
    inv_radius = 1.0 / (k_factor * curvature_radius_m(antenna.lat, az))
    # from the solved rays to the edges and middles of all blocks
    x = np.linspace(-widest, widest, 2 * n_blocks + 1)
    return Fan(
        lines_are_rows=rows,
        sign=sign,
        first_line=first,
        first_fraction=float(abs(first - major0)),
        n_lines=n_lines,
        split_lines=(n_lines // 4 if n_rays >= 4 * NEAR_RAYS_PER_FAN else 0, n_lines // 2),
        spacing=spacing,
        minor=np.ascontiguousarray(CubicSpline(slopes, minor)(x)),
        dist=np.ascontiguousarray(CubicSpline(slopes, dist)(x)),
        inv_radius=CubicSpline(slopes, inv_radius)(x),
    )


def _direction(slope: float | NDArray, rows: bool, sign: int) -> NDArray:
    """(d col, d row) of a ray that moves `slope` along the minor axis per line."""
    slope = np.asarray(slope, float)
    major = np.full_like(slope, sign)
    return np.array([slope, major] if rows else [major, slope])


def _local_plane(grid: Grid, antenna: Antenna, col0: float, row0: float) -> NDArray:
    """Jacobian (2, 2): (d east, d north) in metres per (d col, d row) at the antenna."""
    e = 0.01
    lon, lat = grid.lonlat(col0 + np.array([e, -e, 0, 0]), row0 + np.array([0, 0, e, -e]))
    az, _, d = geod().inv(np.full(4, antenna.lon), np.full(4, antenna.lat), lon, lat)
    xy = np.array([d * np.sin(np.radians(az)), d * np.cos(np.radians(az))])
    return np.column_stack([(xy[:, 0] - xy[:, 1]) / (2 * e), (xy[:, 2] - xy[:, 3]) / (2 * e)])


def _solve(
    grid: Grid,
    antenna: Antenna,
    to_plane: NDArray,
    slopes: NDArray,
    steps: NDArray,
    reach_m: float,
    rows: bool,
    sign: int,
    origin: tuple[float, float],
) -> tuple[NDArray, NDArray, NDArray]:
    """Minor coordinate and distance (rays, knots) where each geodesic meets each line; azimuths.

    Geodesics are followed to `reach_m`; beyond it the tables go on as smooth parabolas, which no
    cell in range ever asks for.
    """
    east, north = to_plane @ _direction(slopes, rows, sign)
    az = np.degrees(np.arctan2(east, north))
    farthest = np.minimum(np.hypot(east, north) * steps[-1] * 1.1, reach_m)
    nodes = np.cos(np.pi * (np.arange(2 * FIT_DEGREE) + 0.5) / (2 * FIT_DEGREE))
    d = farthest[:, None] * (nodes + 1) / 2
    shape = d.shape
    lon, lat, _ = geod().fwd(
        np.full(shape, antenna.lon),
        np.full(shape, antenna.lat),
        np.broadcast_to(az[:, None], shape),
        d,
    )
    col, row = grid.colrow(lon, lat)
    major, minor = (row, col) if rows else (col, row)
    along = sign * (major - origin[0])
    if not (np.isfinite(col).all() and np.isfinite(row).all()):
        raise _too_distorted()

    vander = chebyshev.chebvander(nodes, FIT_DEGREE)
    inverse = np.linalg.pinv(vander)
    along_fit, minor_fit = along @ inverse.T, minor @ inverse.T
    misfit = max(
        np.abs(along_fit @ vander.T - along).max(), np.abs(minor_fit @ vander.T - minor).max()
    )
    slope_fit = chebyshev.chebder(along_fit, axis=1)
    if misfit > FIT_TOLERANCE or (chebyshev.chebval(nodes, slope_fit.T) <= 0).any():
        raise _too_distorted()

    # Newton: the parameter s in [-1, 1] at which the ray has gone `steps` lines
    per_line = np.hypot(east, north)[:, None]
    s = 2 * steps[None, :] * per_line / farthest[:, None] - 1
    for _ in range(8):
        here, slope = _continued(s, along_fit)
        s = s - (here - steps) / slope
    error = np.abs(_continued(s, along_fit)[0] - steps)
    if not (error[s <= 1.0] <= FIT_TOLERANCE).all() or not np.isfinite(s).all():
        raise _too_distorted()
    return _continued(s, minor_fit)[0], farthest[:, None] * (s + 1) / 2, az


def _continued(s: NDArray, coefficients: NDArray) -> tuple[NDArray, NDArray]:
    """Value and slope of one polynomial per row, going on as a parabola beyond s = 1."""
    inside = np.clip(s, -1.2, 1.0)
    first = chebyshev.chebder(coefficients, axis=1)
    second = chebyshev.chebder(first, axis=1)
    value, slope = _chebval_rows(inside, coefficients), _chebval_rows(inside, first)
    bend = _chebval_rows(inside, second)
    beyond = s - inside
    return value + beyond * (slope + 0.5 * beyond * bend), slope + beyond * bend


def _chebval_rows(s: NDArray, coefficients: NDArray) -> NDArray:
    """One polynomial per row of `coefficients`, evaluated on the same row of `s`."""
    return chebyshev.chebval(s, coefficients.T[:, :, None], tensor=False)


def _too_distorted() -> InputError:
    return InputError(
        "geodesics cannot be followed on this grid over this range: its projection is too "
        "distorted here (a pole, the antimeridian or the rim of the projection is too near)",
        hint="Use a smaller range, or reproject the DEM to a projection centred near the site.",
    )
