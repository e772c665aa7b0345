"""Where the geodesics from an antenna run on a grid, as small tables for the sweep.

Rays leave the antenna along true geodesics. Their grid coordinates are smooth functions of
distance and direction. A few dozen geodesics are therefore solved exactly and fitted with Chebyshev
polynomials, which give the position of every ray on every grid line to better than a thousandth of
a cell (`FIT_TOLERANCE` is checked at run time).
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from skyshade.errors import InputError
from skyshade.terrain._cpu import ON_LINE, RAYS_PER_BLOCK, Fan
from skyshade.terrain.geodesy import curvature_radius_m, geod, ring
from skyshade.terrain.model import Antenna, Grid

NEAR_RAYS_PER_FAN = 2000  # the fewest near the antenna: one in 0.045 degrees
KNOT_SPACING_M = 2500.0  # a geodesic bends by less than 0.1 m between two knots at 45 degrees
MAX_KNOT_SPACING = 16  # lines
FIT_DEGREE = 14
FIT_TOLERANCE = 1e-3  # cells
SMALL_STEP = 1e-11  # of Newton's method, where a whole ray is 2
SOLVED_RAYS = 25  # geodesics per fan that are solved exactly


def make_fans(
    grid: Grid,
    antenna: Antenna,
    max_range_m: float,
    k_factor: float,
    near_rays: int = NEAR_RAYS_PER_FAN,
) -> tuple[Fan, ...]:
    """The four fans (columns east, west; rows south, north) that cover all azimuths.

    Kept for the next call from the same place, whatever the antenna's height.

    Parameters
    ----------
    max_range_m : length of the rays along the ground (m).
    k_factor : refraction factor.
    near_rays : the fewest per fan.

    Raises
    ------
    InputError : the projection is too distorted over this range to follow geodesics in it.
    """
    place = replace(antenna, agl_m=1.0, ground_msl_m=None, msl_m=None)
    return _fans(grid, place, max_range_m, k_factor, near_rays)


@functools.lru_cache(maxsize=8)
def _fans(
    grid: Grid, antenna: Antenna, max_range_m: float, k_factor: float, near_rays: int
) -> tuple[Fan, ...]:
    around = grid.colrow(*ring(antenna.lon, antenna.lat, max_range_m, 360).T)
    fans = []
    for lines_are_rows in (False, True):
        for sign in (1, -1):
            in_range = around[1 if lines_are_rows else 0]
            farthest = float((sign * in_range).max()) if np.isfinite(in_range).all() else np.inf
            axes = _axes(grid, antenna, lines_are_rows, sign)
            fan = _make_fan(axes, max_range_m, farthest, k_factor, near_rays)
            if fan is not None:
                fans.append(fan)
    return tuple(fans)


class _Axes(NamedTuple):
    """A fan's own coordinates: lines that its rays cross, and posts along a line.

    Attributes
    ----------
    rows : the lines are rows of the grid, so that "minor" means column; else the reverse.
    sign : of the step from one line to the next.
    major0, minor0 : grid coordinates of the antenna.
    to_plane : (2, 2), (d east, d north) in metres per (d col, d row) at the antenna.
    """

    grid: Grid
    antenna: Antenna
    rows: bool
    sign: int
    major0: float
    minor0: float
    to_plane: NDArray[np.float64]

    def plane(self, slope: ArrayLike) -> NDArray[np.float64]:
        """(east, north) in metres per line of rays that move `slope` posts per line."""
        slopes = np.asarray(slope, float)
        lines = np.full_like(slopes, self.sign)
        steps = np.array([slopes, lines] if self.rows else [lines, slopes])
        return np.asarray(self.to_plane @ steps)

    def major_minor(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Line and post (fractions allowed) of places."""
        col, row = self.grid.colrow(lon, lat)
        return (row, col) if self.rows else (col, row)


def _axes(grid: Grid, antenna: Antenna, rows: bool, sign: int) -> _Axes:
    col0, row0 = (float(v) for v in grid.colrow(antenna.lon, antenna.lat))
    major0, minor0 = (row0, col0) if rows else (col0, row0)
    e = 0.01
    lon, lat = grid.lonlat(col0 + np.array([e, -e, 0, 0]), row0 + np.array([0, 0, e, -e]))
    az, _, d = geod().inv(np.full(4, antenna.lon), np.full(4, antenna.lat), lon, lat)
    xy = np.array([d * np.sin(np.radians(az)), d * np.cos(np.radians(az))])
    to_plane = np.column_stack([(xy[:, 0] - xy[:, 1]) / (2 * e), (xy[:, 2] - xy[:, 3]) / (2 * e)])
    return _Axes(grid, antenna, rows, sign, major0, minor0, to_plane)


def _make_fan(
    axes: _Axes, max_range_m: float, farthest: float, k_factor: float, near_rays: int
) -> Fan | None:
    """One fan; `farthest`: sign times the outermost line that the range reaches."""
    from scipy.interpolate import CubicSpline

    sign, major0 = axes.sign, axes.major0
    n_major = axes.grid.shape[0 if axes.rows else 1]
    first = math.floor(major0 + ON_LINE) + 1 if sign > 0 else math.ceil(major0 - ON_LINE) - 1
    to_edge = (n_major - 1 - first if sign > 0 else first) + 1
    metres_per_line = float(np.hypot(*axes.plane(0.0)))
    n_lines = int(min(to_edge, np.ceil(farthest - sign * first) + 2))
    if n_lines <= 0:
        return None

    n_rays = max(2 * n_lines, 2 * near_rays)
    n_blocks = math.ceil(n_rays / RAYS_PER_BLOCK)
    widest = 1.0 + 4.0 / n_rays  # fans overlap a little, so no cell falls between two
    spacing = min(max(int(KNOT_SPACING_M / metres_per_line), 1), MAX_KNOT_SPACING)
    lines = np.arange(0, n_lines + spacing, spacing)
    steps = np.abs(first + sign * lines - major0)  # lines from the antenna, > 0

    slopes = np.linspace(-widest, widest, SOLVED_RAYS)
    reach_m = 1.1 * max_range_m + 4 * metres_per_line
    minor, dist, az = _solve(axes, slopes, steps, reach_m)
    inv_radius = 1.0 / (k_factor * curvature_radius_m(axes.antenna.lat, az))
    # from the solved rays to the edges and middles of all blocks
    x = np.linspace(-widest, widest, 2 * n_blocks + 1)
    both = CubicSpline(slopes, np.hstack([minor, dist]))(x)
    n_knots = minor.shape[1]
    return Fan(
        lines_are_rows=axes.rows,
        sign=sign,
        first_line=first,
        first_fraction=float(abs(first - major0)),
        n_lines=n_lines,
        antenna_minor=axes.minor0,
        split_lines=np.array([n_lines // 4 if n_rays >= 4 * near_rays else 0, n_lines // 2]),
        spacing=spacing,
        minor=np.ascontiguousarray(both[:, :n_knots]),
        dist=np.ascontiguousarray(both[:, n_knots:]),
        inv_radius=CubicSpline(slopes, inv_radius)(x),
    )


def _solve(
    axes: _Axes, slopes: NDArray[np.float64], steps: NDArray[np.float64], reach_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Minor coordinate and distance (rays, knots) where each geodesic meets each line; azimuths.

    Geodesics are followed to `reach_m`. Beyond it the tables go on as smooth parabolas, which no
    cell in range uses.
    """
    antenna = axes.antenna
    east, north = axes.plane(slopes)
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
    major, minor = axes.major_minor(lon, lat)
    along = axes.sign * (major - axes.major0)
    if not (np.isfinite(major).all() and np.isfinite(minor).all()):
        raise _too_distorted()

    vander = chebyshev.chebvander(nodes, FIT_DEGREE)
    inverse = np.linalg.pinv(vander)
    along_fit, minor_fit = along @ inverse.T, minor @ inverse.T
    misfit = max(
        np.abs(along_fit @ vander.T - along).max(), np.abs(minor_fit @ vander.T - minor).max()
    )
    backwards = chebyshev.chebval(nodes, _derivative(along_fit).T) <= 0
    if misfit > FIT_TOLERANCE or backwards.any():
        raise _too_distorted()

    # Newton: the parameter s in [-1, 1] at which the ray has gone `steps` lines
    per_line = np.hypot(east, north)[:, None]
    s = 2 * steps[None, :] * per_line / farthest[:, None] - 1
    for _ in range(8):
        here, slope = _continued(s, along_fit)
        step = (here - steps) / slope
        s = s - step
        if np.abs(step).max() < SMALL_STEP:  # the next one would be its square
            break
    error = np.abs(_continued(s, along_fit)[0] - steps)
    if not (error[s <= 1.0] <= FIT_TOLERANCE).all() or not np.isfinite(s).all():
        raise _too_distorted()
    return _continued(s, minor_fit)[0], farthest[:, None] * (s + 1) / 2, az


def _continued(
    s: NDArray[np.float64], coefficients: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value and slope of one polynomial per row, going on as a parabola beyond s = 1."""
    ends = np.array([-1.2, 1.0])
    inside = np.clip(s, *ends)
    first = _derivative(coefficients)
    second = _derivative(first)
    value, slope = _chebval_rows(inside, coefficients), _chebval_rows(inside, first)
    beyond = s - inside
    # of no matter but beyond the ends
    bends = _chebval_rows(np.broadcast_to(ends, (len(s), 2)), second)
    bend = np.where(beyond < 0, bends[:, :1], bends[:, 1:])
    return value + beyond * (slope + 0.5 * beyond * bend), slope + beyond * bend


def _derivative(coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of the derivative of one polynomial per row."""
    return np.asarray(chebyshev.chebder(coefficients, axis=1), float)


def _chebval_rows(s: NDArray[np.float64], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """One polynomial per row of `coefficients`, evaluated on the same row of `s`."""
    return np.asarray(chebyshev.chebval(s, coefficients.T[:, :, None], tensor=False), float)


def _too_distorted() -> InputError:
    return InputError(
        "geodesics cannot be followed on this grid over this range: its projection is too "
        "distorted here (a pole, the antimeridian or the rim of the projection is too near)",
        hint="Use a smaller range, or reproject the DEM to a projection centred near the site.",
    )
