"""Rays to single points against geodesics, the closed horizon and the exact ray."""

from __future__ import annotations

import numpy as np
import pytest

from skyshade.terrain.dem import load_dem
from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.geodesy import curvature_radius_m, geod
from skyshade.terrain.model import Antenna, Dem
from skyshade.terrain.points import EarthPoints, in_sight, surface_of


def points_around(
    antenna: Antenna, n: int, nearest_m: float, farthest_m: float
) -> tuple[EarthPoints, np.ndarray, np.ndarray]:
    """Points at random, with their exact distances and azimuths."""
    rng = np.random.default_rng(4)
    az, d = rng.uniform(0.0, 360.0, n), rng.uniform(nearest_m, farthest_m, n)
    lon, lat, _ = geod().fwd(np.full(n, antenna.lon), np.full(n, antenna.lat), az, d)
    return EarthPoints.of(lon, lat), d, az


def sees(dem: Dem, antenna: Antenna, points: EarthPoints, alt_m: np.ndarray) -> np.ndarray:
    polar = points.polar(antenna.lon, antenna.lat)
    return in_sight(dem, surface_of(dem), antenna, points, polar, alt_m)


@pytest.mark.parametrize("lat", [-60.0, 0.0, 32.0, 80.0])
def test_ranges_and_azimuths_are_those_of_the_geodesic(lat: float) -> None:
    antenna = Antenna(75.5, lat, 24.0)
    points, d, az = points_around(antenna, 2000, 1e3, 600e3)
    found, angle = points.polar(antenna.lon, antenna.lat)
    assert np.abs(found - d).max() < 0.2
    assert np.abs((angle - az + 180.0) % 360.0 - 180.0).max() < 0.01


def test_the_horizon_of_a_smooth_earth() -> None:
    """Two horizon distances add up: sqrt(2 k R h) of the antenna and of the target."""
    antenna = Antenna(75.0, 20.0, 24.0)
    dem = load_dem("smooth-earth", around=(75.0, 20.0, 400e3))
    points, d, az = points_around(antenna, 4000, 5e3, 380e3)
    radius = 4 / 3 * curvature_radius_m(20.0, az)
    alt = np.random.default_rng(5).uniform(10.0, 8000.0, len(d))
    horizon = np.sqrt(2 * radius * 24.0) + np.sqrt(2 * radius * alt)
    clear = np.abs(d - horizon) > 500.0  # beside the horizon itself the cell decides
    assert (sees(dem, antenna, points, alt) == (d < horizon))[clear].all()


def test_over_mountains_rays_agree_with_the_exact_ray() -> None:
    """In the Himalaya; altitudes 30 m around the masking altitude are the hardest to tell."""
    antenna = Antenna(75.5, 32.2, 24.0)
    dem = load_dem("globe30-south-asia", around=(75.5, 32.2, 300e3))
    points, _, _ = points_around(antenna, 400, 2e3, 290e3)
    exact = exact_masking_altitude(dem, antenna, points.lon, points.lat, step_m=50.0)
    noise = np.random.default_rng(6).normal(0.0, 30.0, len(exact))
    wrong = sees(dem, antenna, points, exact + noise) != (noise >= 0.0)
    assert wrong.mean() < 0.04
    for alt in (exact + 300.0, exact - 300.0):
        assert (sees(dem, antenna, points, alt) == (alt >= exact)).all()


def test_unknown_terrain_hides() -> None:
    dem = load_dem("globe30-south-asia", around=(75.5, 27.0, 150e3))
    heights = dem.heights.copy()
    heights[: heights.shape[0] // 3] = -32768
    holed = Dem(heights, dem.grid, -32768.0)
    antenna = Antenna(75.5, 26.5, 24.0)
    points, _, _ = points_around(antenna, 300, 5e3, 120e3)
    high = np.full(300, 5_000.0)
    row = dem.grid.colrow(points.lon, points.lat)[1]
    behind = row < heights.shape[0] // 3 - 2
    assert behind.any() and (~behind).any()
    assert not sees(holed, antenna, points, high)[behind].any()
    assert sees(holed, antenna, points, high)[~behind].mean() > 0.9
    everywhere_above = np.full(300, 30_000.0)  # higher than anything that could hide it
    assert sees(holed, antenna, points, everywhere_above)[behind].any()


def test_what_lies_outside_the_terrain_is_not_seen_unless_that_is_sea() -> None:
    dem = load_dem("smooth-earth", around=(75.0, 20.0, 50e3))
    antenna = Antenna(75.0, 20.0, 24.0)
    points, _, _ = points_around(antenna, 50, 200e3, 201e3)
    high = np.full(50, 20_000.0)
    polar = points.polar(75.0, 20.0)
    assert not in_sight(dem, surface_of(dem), antenna, points, polar, high).any()
    assert in_sight(dem, surface_of(dem, True), antenna, points, polar, high).all()
