"""Masking altitude: one outward sweep over the terrain serves every altitude, AGL or MSL."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.memory import is_large, release, scratch_array, slabs
from skyshade.terrain._cpu import Ground, View, fill, sweep_fan
from skyshade.terrain.geodesy import (
    altitude_at_elevation_m,
    cell_size_m,
    curvature_radius_m,
    polar_coordinates,
)
from skyshade.terrain.model import EFFECTIVE_EARTH, ON_POST, Antenna, Dem
from skyshade.terrain.rays import NEAR_RAYS_PER_FAN, make_fans

FLAT_EARTH = 1e9
MAX_AGL_M = 1000.0
MAX_MSL_M = 30_000.0  # of an antenna in the air
MIN_RANGE_M, MAX_RANGE_M = 100.0, 1.5e6  # the vertical series are tested to 1500 km
# A ray that is sampled on grid lines only can miss the crest of a ridge one cell wide. Fans of up
# to `LARGE_FAN` lines sample the surface between the lines as well. Larger fans do so near the
# antenna only: farther out it moves the horizon by less than a hundredth of a degree on real
# terrain (docs/validation.md).
LARGE_FAN, EXACT_LINES = 2000, 128


def antenna_altitude_m(dem: Dem, antenna: Antenna) -> float:
    """Altitude of the antenna's phase centre (m MSL).

    Raises
    ------
    InputError : the site is outside the DEM or on unknown terrain; the antenna is below ground or
        too high.
    """
    where = f"{antenna.lon:g},{antenna.lat:g}"
    if not (-180 <= antenna.lon <= 360 and -90 <= antenna.lat <= 90):
        raise InputError(
            "no such place",
            field="site",
            value=where,
            allowed="longitude,latitude in degrees",
            hint=_swapped(dem, antenna),
        )
    if not dem.grid.contains(antenna.lon, antenna.lat):
        west, south, east, north = dem.grid.bounds()
        raise InputError(
            f"the site is outside the DEM '{dem.name}'",
            field="site",
            value=where,
            allowed=f"{west:.4f} to {east:.4f} E, {south:.4f} to {north:.4f} N",
            hint=_swapped(dem, antenna),
        )
    ground = float(dem.height_at(antenna.lon, antenna.lat))
    if antenna.msl_m is not None:
        if not (antenna.msl_m > ground or math.isnan(ground)):
            raise InputError(
                f"the antenna in the air is below the terrain there ({ground:.0f} m MSL)",
                field="altitude",
                value=f"{antenna.msl_m:.10g} m MSL at {where}",
                allowed=f"more than {ground:.0f} m MSL",
            )
        return _in_bounds(antenna.msl_m)
    if math.isnan(ground) and antenna.ground_msl_m is None:
        raise InputError(
            f"the DEM '{dem.name}' has no height at the site",
            field="site",
            value=where,
            hint="Give the height of the ground there (ground_msl), choose another site, or treat "
            "unknown terrain as sea.",
        )
    if not 0 < antenna.agl_m <= MAX_AGL_M:
        raise InputError(
            "the antenna must stand above ground, on a mast",
            field="antenna_agl",
            value=f"{antenna.agl_m:.10g} m",
            allowed=f"more than 0, at most {MAX_AGL_M:g} m",
        )
    if antenna.ground_msl_m is None:
        return ground + antenna.agl_m
    if not -500 <= antenna.ground_msl_m <= 9000:
        raise InputError(
            "ground height out of bounds",
            field="ground_msl",
            value=f"{antenna.ground_msl_m:g} m",
            allowed="-500 m to 9000 m",
        )
    altitude = antenna.ground_msl_m + antenna.agl_m
    if altitude <= ground:
        raise InputError(
            f"the antenna ({altitude:g} m MSL) is below the DEM's ground there ({ground:g} m)",
            field="ground_msl",
            value=f"{antenna.ground_msl_m:g} m",
        )
    return altitude


def _in_bounds(msl_m: float) -> float:
    """Check the altitude of an antenna in the air."""
    if not msl_m <= MAX_MSL_M:
        raise InputError(
            "altitude of the antenna out of bounds",
            field="altitude",
            value=f"{msl_m:.10g} m MSL",
            allowed=f"at most {MAX_MSL_M / 1e3:g} km",
        )
    return msl_m


def masking_altitude(
    dem: Dem,
    antenna: Antenna,
    max_range_m: float,
    *,
    k_factor: float = EFFECTIVE_EARTH,
    sea_outside: bool = False,
    near_rays: int = NEAR_RAYS_PER_FAN,
) -> NDArray[np.float32]:
    """Lowest altitude (m MSL) at which each cell's point is in line of sight of the antenna.

    Rays run along geodesics of WGS-84; vertical geometry is that of a sphere of k times Euler's
    radius of curvature at the antenna in the ray's azimuth. Terrain is the bilinear surface
    through the DEM's posts. The masking altitude of visible ground is the height of that ground.

    Parameters
    ----------
    dem : terrain; results are on its grid.
    antenna : position, height above ground, sector and elevation limits.
    max_range_m : geodesic radius served, 100 m to 1500 km.
    k_factor : refraction factor, > 0; 4/3 is the standard atmosphere, 1e9 a flat Earth.
    sea_outside : take the world outside the DEM to be open sea; otherwise everything behind the
        point where a ray leaves the DEM is *unknown*.
    near_rays : fewest rays per quarter of the circle; there is one per cell at the far end anyway.

    Returns
    -------
    (rows, columns) float32 : NaN outside range or sector, +inf where the answer is unknown,
        1e9 where nothing is in view at any altitude, because the ray over the obstacle is so steep
        that it never gets that far round the Earth.

    Raises
    ------
    InputError : site, range, factor or limits are unusable.

    References
    ----------
    W. R. Franklin and C. K. Ray, Higher isn't necessarily better: visibility algorithms and
    experiments, 1994 (R2, R3); the interpolation across rays and the geodesics are ours.
    """
    if not MIN_RANGE_M <= max_range_m <= MAX_RANGE_M:
        raise InputError(
            "range out of bounds",
            field="max_range",
            value=f"{max_range_m:.10g} m",
            allowed="100 m to 1500 km",
        )
    if not 0.1 < k_factor <= FLAT_EARTH:
        raise InputError(
            "refraction factor out of bounds",
            field="k_factor",
            value=k_factor,
            allowed="more than 0.1, at most 1e9 (a flat Earth)",
        )
    el_min, el_max = antenna.el_limits_deg
    if not -90 <= el_min < el_max <= 90:
        raise InputError(
            "elevation limits out of order",
            field="el_limits",
            value=antenna.el_limits_deg,
            allowed="-90 <= lowest < highest <= 90 degrees",
        )
    h0 = antenna_altitude_m(dem, antenna)
    _check_range(dem, max_range_m)
    fans = make_fans(dem.grid, antenna, max_range_m, k_factor, near_rays)
    z = _with_ground(dem, antenna)
    rows, cols = z.shape
    if is_large((rows, cols)):
        result = scratch_array((rows, cols), math.nan)
    else:
        result = np.empty((rows, cols), np.float32)
        fill(result.reshape(-1), np.float32(np.nan))
    out = result.reshape(-1)
    has_nodata = dem.nodata is not None
    nodata = z.dtype.type(dem.nodata if has_nodata else 0)
    flat, outside = z.reshape(-1), np.float32(0.0 if sea_outside else math.nan)
    floor = math.tan(math.radians(max(el_min, -89.9999)))
    for fan in fans:
        posts, strides = (cols, (cols, 1)) if fan.lines_are_rows else (rows, (1, cols))
        view = View(
            np.float32(h0),
            np.float32(floor),
            np.float32(max_range_m),
            exact_lines=fan.n_lines if fan.n_lines <= LARGE_FAN else EXACT_LINES,
        )
        sweep_fan(Ground(flat, nodata, has_nodata, outside, posts, *strides), fan, view, out)
        release(result)
    _fill_own_cell(dem, antenna, z, result)
    if antenna.az_sector_deg is not None:
        start, width = sector_width_deg(antenna.az_sector_deg)
        for part in slabs((rows, cols)) if is_large((rows, cols)) else [slice(0, rows)]:
            grid = dem.grid.window(part.start, 0, (part.stop - part.start, cols))
            _, az = polar_coordinates(grid, antenna.lon, antenna.lat)
            result[part][np.mod(az - start, 360.0) > width] = np.nan
        release(result)
    return result


def ceiling_altitude(dem: Dem, antenna: Antenna, k_factor: float) -> NDArray[np.float32] | None:
    """Altitude (m MSL) of the upper elevation limit over each cell; None if it is overhead."""
    limit = antenna.el_limits_deg[1]
    if limit >= 90:
        return None
    distance, az = polar_coordinates(dem.grid, antenna.lon, antenna.lat)
    radius = k_factor * curvature_radius_m(antenna.lat, az)
    h0 = antenna_altitude_m(dem, antenna)
    return altitude_at_elevation_m(distance, radius, h0, limit).astype(np.float32)


def sector_width_deg(sector: tuple[float, float]) -> tuple[float, float]:
    """Start and width of an azimuth sector; (0, 360) and the like are a full circle.

    Parameters
    ----------
    sector : from and to, degrees clockwise from north.

    Raises
    ------
    InputError : beyond 360 degrees, or empty.

    Examples
    --------
    >>> sector_width_deg((350.0, 10.0)), sector_width_deg((0.0, 360.0))
    ((350.0, 20.0), (0.0, 360.0))
    """
    start, end = sector
    if not (abs(start) <= 360 and abs(end) <= 360 and 0 < abs(end - start) <= 360):
        raise InputError(
            "azimuth sector out of bounds",
            field="az_sector",
            value=sector,
            allowed="two different azimuths between -360 and 360 degrees, clockwise",
        )
    return start, (end - start) % 360.0 or 360.0


def _check_range(dem: Dem, max_range_m: float) -> None:
    """Refuse a range that may hold no post: then no share of it could be told."""
    least_m = math.hypot(*cell_size_m(dem.grid)) / 2
    if max_range_m < least_m:
        raise InputError(
            f"no post of the DEM '{dem.name}' need lie within this range",
            field="max_range",
            value=f"{max_range_m:.10g} m",
            allowed=f"at least {math.ceil(least_m)} m, half the diagonal of a cell",
            hint="Use a finer DEM.",
        )


def _with_ground(dem: Dem, antenna: Antenna) -> NDArray[Any]:
    """Heights, with the given ground at the posts around the antenna that have none."""
    z = np.ascontiguousarray(dem.heights)
    if dem.nodata is None or antenna.ground_msl_m is None:
        return z
    col, row = (float(v) for v in dem.grid.colrow(antenna.lon, antenna.lat))
    around = np.s_[
        max(math.floor(row + ON_POST), 0) : math.ceil(row - ON_POST) + 1,
        max(math.floor(col + ON_POST), 0) : math.ceil(col - ON_POST) + 1,
    ]
    void = np.isnan(z[around]) if math.isnan(dem.nodata) else z[around] == dem.nodata
    if void.any():
        z = z.copy()
        z[around][void] = antenna.ground_msl_m
    return z


def _fill_own_cell(dem: Dem, antenna: Antenna, z: NDArray[Any], out: NDArray[np.float32]) -> None:
    """A post exactly under the antenna lies on no ray; its own ground is its masking altitude."""
    col, row = (float(v) for v in dem.grid.colrow(antenna.lon, antenna.lat))
    c, r = round(col), round(row)
    if math.isnan(out[r, c]) and math.hypot(col - c, row - r) < 1e-6:
        out[r, c] = z[r, c]


def _swapped(dem: Dem, antenna: Antenna) -> str | None:
    if abs(antenna.lon) <= 90 and dem.grid.contains(antenna.lat, antenna.lon):
        return "Longitude and latitude look swapped; longitude comes first."
    return None
