"""One ray at a time, as exactly as the DEM allows: the reference for the sweep, and profiles.

This is the method that Franklin and Ray call R3: each point gets its own ray, which is walked from
the antenna to the point. It shares no approximation of the geometry with the sweep.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.terrain.geodesy import curvature_radius_m, geod
from skyshade.terrain.model import EFFECTIVE_EARTH, Antenna, Dem
from skyshade.terrain.sweep import antenna_altitude_m

END_M = 0.01  # a sample this close to the end of a ray is the end, but for rounding


def terrain_profile(
    dem: Dem, antenna: Antenna, lon: float, lat: float, step_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Distances (m), terrain heights (m MSL, NaN unknown) along the geodesic, and its azimuth.

    Samples are `step_m` apart; near the antenna, where a metre is a large angle, they are a
    two-thousandth of their distance apart. The bilinear surface has a crease wherever the ray
    crosses a line between posts, so one sample stands exactly on each crossing. The last sample is
    the point itself.

    Parameters
    ----------
    lon, lat : where the ray ends (degrees).
    step_m : spacing of the samples (m).
    """
    az, _, length = geod().inv(antenna.lon, antenna.lat, lon, lat)
    length = max(length, 1.0)  # a post under the antenna counts as one metre away
    near = min(2000.0 * step_m, length)
    far = np.linspace(near, length, math.ceil((length - near) / step_m) + 1)
    d = np.concatenate([np.geomspace(1.0, near, 1 + 2000 * math.ceil(math.log(near)))[:-1], far])
    lons, lats = _along(antenna, az, d)
    creases = [d]
    for x in dem.grid.colrow(lons, lats):
        before, after = x[:-1], x[1:]
        line = np.maximum(np.floor(before), np.floor(after))
        k = np.nonzero(np.floor(before) != np.floor(after))[0]
        creases.append(d[k] + (line[k] - before[k]) / (after[k] - before[k]) * np.diff(d)[k])
    d = np.sort(np.concatenate(creases))
    return d, dem.height_at(*_along(antenna, az, d)), az


def _along(
    antenna: Antenna, az: float, d: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    same = np.ones(len(d))
    lons, lats, _ = geod().fwd(antenna.lon * same, antenna.lat * same, az * same, d)
    return lons, lats


def exact_masking_altitude(
    dem: Dem,
    antenna: Antenna,
    lons: ArrayLike,
    lats: ArrayLike,
    *,
    step_m: float,
    k_factor: float = EFFECTIVE_EARTH,
) -> NDArray[np.float64]:
    """Masking altitude (m MSL) at points: their ground, or the ray over what stands before them.

    Parameters
    ----------
    lons, lats : (n,) points.
    step_m : sampling step along each ray; a twentieth of a cell is exact for practical purposes.

    Returns
    -------
    (n,) : NaN where the ray crosses unknown terrain.
    """
    h0 = antenna_altitude_m(dem, antenna)
    altitudes = []
    for lon, lat in zip(np.atleast_1d(lons), np.atleast_1d(lats), strict=True):
        d, h, az = terrain_profile(dem, antenna, float(lon), float(lat), step_m)
        radius = k_factor * float(curvature_radius_m(antenna.lat, az))
        theta = d / radius
        tangent = (np.cos(theta) - (radius + h0) / (radius + h)) / np.sin(theta)
        top = float(np.max(tangent[d < d[-1] - END_M], initial=-np.inf))  # NaN stays NaN
        end = float(theta[-1])
        over = (radius + h0) / (math.cos(end) - top * math.sin(end)) - radius
        altitudes.append(float(np.maximum(over, h[-1])))  # NaN stays NaN here, too
    return np.array(altitudes)
