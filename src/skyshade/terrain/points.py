"""Line of sight to many single points from many places: one ray each, no sweep.

A sweep answers for every cell. Where only some points matter, as along the paths of a raid, and
the antenna is moved again and again, a ray to each point costs less. It meets the surface on every
line of the grid that it crosses; `exact` is the reference for both (docs/validation.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.terrain._cpu_points import see_points
from skyshade.terrain.geodesy import WGS84_A_M, WGS84_E2, curvature_radius_m
from skyshade.terrain.model import EFFECTIVE_EARTH, Antenna, Dem, Grid
from skyshade.terrain.sweep import antenna_altitude_m

NOWHERE_HIGHER_M = 9_000.0  # unknown terrain may be as high as any on Earth
BESIDE = 4  # posts around rays that may count, since geodesics are bent on a grid


class Surface(NamedTuple):
    """The terrain as the kernel reads it.

    `outside`: height (m) beyond it, NaN if unknown; `highest`: no terrain is higher (m).
    """

    z: Any
    has_nodata: bool
    nodata: Any
    outside: Any
    highest: float


class PointRays(NamedTuple):
    """Rays from one antenna, in grid coordinates: start, and middle and end of each geodesic."""

    col0: float
    row0: float
    mid_col: Any
    mid_row: Any
    col: Any
    row: Any
    dist: Any
    inv_radius: Any


@dataclass(frozen=True, eq=False)
class EarthPoints:
    """Points on the ellipsoid, ready to be seen from anywhere.

    Attributes
    ----------
    lon, lat : (n,) degrees. xyz : (3, n) geocentric (m).
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    xyz: NDArray[np.float64]

    @classmethod
    def of(cls, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> EarthPoints:
        """From longitude and latitude (degrees)."""
        return cls(lon, lat, geocentric(lon, lat))

    def __getitem__(self, some: Any) -> EarthPoints:
        """Some of the points."""
        return EarthPoints(self.lon[some], self.lat[some], self.xyz[:, some])

    def polar(
        self, lon: float, lat: float, within_m: float = math.inf
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Ground range (m) and azimuth (degrees) from a place.

        By the chord and the local radius of curvature: within 0.2 m of the geodesic to 600 km.

        Parameters
        ----------
        within_m : points farther than this get the length of the chord and azimuth 0.
        """
        chord = self.xyz - geocentric(np.array([lon]), np.array([lat]))
        dist = np.sqrt((chord * chord).sum(axis=0))
        az = np.zeros(len(dist))
        near = np.nonzero(dist <= within_m)[0]
        x, y, z = chord[:, near]
        sin_lon, cos_lon = math.sin(math.radians(lon)), math.cos(math.radians(lon))
        sin_lat, cos_lat = math.sin(math.radians(lat)), math.cos(math.radians(lat))
        east = cos_lon * y - sin_lon * x
        north = cos_lat * z - sin_lat * (cos_lon * x + sin_lon * y)
        az[near] = np.mod(np.degrees(np.arctan2(east, north)), 360.0)
        radius = curvature_radius_m(lat, az[near])
        dist[near] = 2.0 * radius * np.arcsin(dist[near] / (2.0 * radius))
        return dist, az

    def midway(self, lon: float, lat: float, grid: Grid) -> NDArray[np.float64]:
        """(2, n) column and row of the middle of each geodesic from a place."""
        x, y, z = 0.5 * (self.xyz + geocentric(np.array([lon]), np.array([lat])))
        lat_mid = np.degrees(np.arctan2(z, (1.0 - WGS84_E2) * np.hypot(x, y)))
        return np.array(grid.colrow(np.degrees(np.arctan2(y, x)), lat_mid))


def geocentric(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, n) geocentric coordinates (m) of points on the ellipsoid."""
    a, b = np.radians(lon), np.radians(lat)
    prime = WGS84_A_M / np.sqrt(1.0 - WGS84_E2 * np.sin(b) ** 2)
    flat = prime * np.cos(b)
    return np.array([flat * np.cos(a), flat * np.sin(a), prime * (1.0 - WGS84_E2) * np.sin(b)])


def surface_of(dem: Dem, sea_outside: bool = False) -> Surface:
    """The terrain as :func:`in_sight` takes it."""
    has_nodata = dem.nodata is not None
    return Surface(
        dem.heights,
        has_nodata,
        dem.heights.dtype.type(dem.nodata if has_nodata else 0),
        np.float32(0.0 if sea_outside else math.nan),
        NOWHERE_HIGHER_M,
    )


def in_sight(
    dem: Dem,
    surface: Surface,
    antenna: Antenna,
    points: EarthPoints,
    polar: tuple[NDArray[np.float64], NDArray[np.float64]],
    alt_m: NDArray[np.float64],
    k_factor: float = EFFECTIVE_EARTH,
) -> NDArray[np.bool_]:
    """Whether each point is in line of sight of the antenna, above its lowest elevation served.

    Sector, range and highest elevation are left to the caller.

    Parameters
    ----------
    surface : of the same terrain, from :func:`surface_of`.
    polar : (n,) ground range (m) and azimuth (degrees) of the points from the antenna, from
        `EarthPoints.polar`.
    alt_m : (n,) altitude of the points (m MSL).

    Returns
    -------
    (n,) : False also where the ray crosses terrain that is not known.

    Raises
    ------
    InputError : the antenna stands outside the terrain or on unknown terrain.
    """
    h0 = antenna_altitude_m(dem, antenna)
    dist, az = polar
    col0, row0 = (float(v) for v in dem.grid.colrow(antenna.lon, antenna.lat))
    col, row = dem.grid.colrow(points.lon, points.lat)
    mid_col, mid_row = points.midway(antenna.lon, antenna.lat, dem.grid)
    highest = _highest(dem, np.r_[col0, col, mid_col], np.r_[row0, row, mid_row])
    surface = surface._replace(highest=highest)
    radius = k_factor * curvature_radius_m(antenna.lat, az)
    rays = PointRays(col0, row0, mid_col, mid_row, col, row, np.maximum(dist, 1.0), 1.0 / radius)
    floor = math.tan(math.radians(max(antenna.el_limits_deg[0], -89.9999)))
    out = np.empty(len(dist), np.bool_)
    see_points(surface, rays, np.float32(h0), np.float32(floor), alt_m, out)
    return out


def _highest(dem: Dem, cols: NDArray[np.float64], rows: NDArray[np.float64]) -> float:
    """No terrain inside the box around these grid coordinates is higher than this (m)."""
    window = []
    for values, size in ((rows, dem.grid.shape[0]), (cols, dem.grid.shape[1])):
        first = math.floor(float(np.min(values))) - BESIDE
        last = math.ceil(float(np.max(values))) + BESIDE
        window.append(slice(max(first, 0), min(last, size) + 1))
    part = dem.heights[tuple(window)]
    low, high = float(part.min(initial=0)), float(part.max(initial=0))
    is_known = dem.nodata is None or not (low <= dem.nodata <= high or math.isnan(low))
    return high if is_known else NOWHERE_HIGHER_M
