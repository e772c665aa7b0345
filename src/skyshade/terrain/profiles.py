"""Terrain under rays and lines: heights at distances along geodesics."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Dem

NODES = 16  # Chebyshev nodes per ray; position error under a metre to 1500 km, tested


def ray_positions(
    lon: float, lat: float, az_deg: ArrayLike, distance_m: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude (azimuths, distances) along geodesics from one point.

    A few points of each geodesic are solved for (Karney 2013); the Chebyshev interpolant through
    them gives the rest. Geodesics are so smooth that it is right to a metre (`NODES`).

    Parameters
    ----------
    lon, lat : of the point (degrees).
    az_deg : (azimuths,) degrees from north.
    distance_m : (distances,) along the ground (m).
    """
    az, d = np.atleast_1d(np.asarray(az_deg, float)), np.asarray(distance_m, float)
    far = max(float(d.max()), 1.0)
    shape = (len(az), NODES)
    at = np.broadcast_to(far * (_nodes() + 1) / 2, shape)
    lons, lats, _ = geod().fwd(
        np.full(shape, lon), np.full(shape, lat), np.broadcast_to(az[:, None], shape), at
    )
    lons = lon + np.mod(lons - lon + 180.0, 360.0) - 180.0
    basis = np.polynomial.chebyshev.chebvander(2 * d / far - 1, NODES - 1) @ _fit()
    return lons @ basis.T, lats @ basis.T


@functools.cache
def _nodes() -> NDArray[np.float64]:
    """(NODES,) where each geodesic is solved for, on -1 to 1."""
    return np.asarray(np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES))


@functools.cache
def _fit() -> NDArray[np.float64]:
    """From values at the nodes to coefficients of the Chebyshev polynomials."""
    fit = np.linalg.inv(np.polynomial.chebyshev.chebvander(_nodes(), NODES - 1))
    return np.asarray(fit, np.float64)


def radial_heights(
    dem: Dem, lon: float, lat: float, az_deg: ArrayLike, distance_m: ArrayLike
) -> NDArray[np.float32]:
    """Terrain height (m MSL), (azimuths, distances); NaN where it is not known.

    Parameters
    ----------
    lon, lat : of the point (degrees).
    az_deg : (azimuths,) degrees from north.
    distance_m : (distances,) along the ground (m).
    """
    return dem.height_at(*ray_positions(lon, lat, az_deg, distance_m)).astype(np.float32)
