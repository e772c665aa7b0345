"""One ray at a time, as exactly as the DEM allows: the reference for the sweep, and profiles.

This is the method called R3 by Franklin and Ray: for each point asked about, walk the very ray
that ends there. No approximation of the geometry is shared with the sweep.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.terrain.geodesy import curvature_radius_m, geod
from skyshade.terrain.model import EFFECTIVE_EARTH, Antenna, Dem
from skyshade.terrain.sweep import antenna_altitude_m


def terrain_profile(
    dem: Dem, antenna: Antenna, lon: float, lat: float, step_m: float
) -> tuple[NDArray, NDArray, float]:
    """Distances (m), terrain heights (m MSL, NaN unknown) along the geodesic, and its azimuth.

    Samples are `step_m` apart, and near the antenna, where a metre is a large angle, a
    two-thousandth of their distance. Where the ray crosses a line between posts, the creases of
    the bilinear surface, a sample stands exactly there. The last stands on the point itself.

    Parameters
    ----------
    lon, lat : where the ray ends (degrees).
    step_m : spacing of the samples (m).
    """
    az, _, length = geod().inv(antenna.lon, antenna.lat, lon, lat)
    length = max(length, 1.0)  # the post under the antenna is as good as a metre away
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


def _along(antenna: Antenna, az: float, d: NDArray) -> tuple[NDArray, NDArray]:
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
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Masking altitude (m MSL) at points, and the elevation angle of their horizon (rad).

    Parameters
    ----------
    lons, lats : (n,) points.
    step_m : sampling step along each ray; a twentieth of a cell is exact for practical purposes.

    Returns
    -------
    (n,), (n,) : NaN where the ray crosses unknown terrain.
    """
    h0 = antenna_altitude_m(dem, antenna)
    altitudes, horizons = [], []
    for lon, lat in zip(np.atleast_1d(lons), np.atleast_1d(lats), strict=True):
        d, h, az = terrain_profile(dem, antenna, float(lon), float(lat), step_m)
        radius = k_factor * float(curvature_radius_m(antenna.lat, az))
        theta = d / radius
        tangent = (np.cos(theta) - (radius + h0) / (radius + h)) / np.sin(theta)
        top = float(np.max(tangent))  # NaN stays NaN
        end = float(theta[-1])
        altitudes.append((radius + h0) / (math.cos(end) - top * math.sin(end)) - radius)
        horizons.append(math.atan(top))
    return np.array(altitudes), np.array(horizons)
