"""Line of sight from an altitude, against the horizon of a smooth Earth and the exact ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.terrain.dem import load_dem
from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.geodesy import curvature_radius_m, geod
from skyshade.terrain.model import Antenna, Dem
from skyshade.terrain.points import EarthPoints, in_sight, surface_of
from skyshade.terrain.sweep import masking_altitude

LON, LAT = 75.0, 20.0


@pytest.mark.parametrize("msl_m", [3e3, 9e3])
def test_masking_altitude_beyond_the_horizon(msl_m: float) -> None:
    """0 up to R' acos(R' / (R' + h)), 225.7 km from 3 km and 390.8 km from 9 km; then the tangent
    to the sphere, R' / cos(rest of the angle) - R'."""
    dem = load_dem("smooth-earth", around=(LON, LAT, 450e3))
    masking = masking_altitude(dem, Antenna.in_the_air(LON, LAT, msl_m), 450e3)
    rows, cols = np.nonzero(np.isfinite(masking))
    pick = np.random.default_rng(1).integers(0, len(rows), 3000)
    rows, cols = rows[pick], cols[pick]
    lon, lat = dem.grid.lonlat(cols, rows)
    az, _, d = geod().inv(np.full(3000, LON), np.full(3000, LAT), lon, lat)
    radius = 4 / 3 * curvature_radius_m(LAT, az)
    horizon = radius * np.arccos(radius / (radius + msl_m))
    expected = np.where(d <= horizon, 0.0, radius / np.cos((d - horizon) / radius) - radius)
    assert abs(float(np.mean(horizon)) / 1e3 - {3e3: 225.7, 9e3: 390.8}[msl_m]) < 1.0
    assert (d > horizon).sum() > 200
    np.testing.assert_allclose(masking[rows, cols], expected, atol=0.5)


@pytest.mark.parametrize("msl_m", [3e3, 9e3])
def test_rays_to_points_end_at_the_sum_of_two_horizons(msl_m: float) -> None:
    dem = load_dem("smooth-earth", around=(LON, LAT, 560e3))
    antenna = Antenna.in_the_air(LON, LAT, msl_m)
    rng = np.random.default_rng(2)
    az, d = rng.uniform(0.0, 360.0, 4000), rng.uniform(5e3, 550e3, 4000)
    lon, lat, _ = geod().fwd(np.full(4000, LON), np.full(4000, LAT), az, d)
    alt = rng.uniform(10.0, 2000.0, 4000)
    radius = 4 / 3 * curvature_radius_m(LAT, az)
    limit = sum(radius * np.arccos(radius / (radius + h)) for h in (msl_m, alt))
    points = EarthPoints.of(lon, lat)
    seen = in_sight(dem, surface_of(dem), antenna, points, points.polar(LON, LAT), alt)
    clear = np.abs(d - limit) > 500.0
    assert (seen == (d < limit))[clear].all()
    assert 0.3 < seen.mean() < 0.95


def test_a_wall_hides_what_lies_below_the_line_over_its_top(
    plane_dem: Callable[..., Dem],
) -> None:
    """On a flat Earth: from 3000 m, over a wall 1000 m high at 20 km, the ray falls 100 m a
    kilometre and meets the ground at 30 km."""
    heights = np.zeros((9, 401), np.float32)
    heights[:, 200] = 1000.0
    dem = plane_dem(heights, 100.0, (4, 0))
    lon, lat = dem.grid.lonlat(0, 4)
    antenna = Antenna.in_the_air(float(lon), float(lat), 3000.0)
    masking = masking_altitude(dem, antenna, 41e3, k_factor=1e9)[4]
    for km, expected in ((10, 0.0), (20, 1000.0), (25, 500.0), (29, 100.0), (31, 0.0), (40, 0.0)):
        assert masking[10 * km] == pytest.approx(expected, abs=0.5)


def test_over_mountains_the_sweep_agrees_with_the_exact_ray() -> None:
    dem = load_dem("globe30-south-asia", around=(75.5, 32.2, 150e3))
    antenna = Antenna.in_the_air(75.5, 32.2, 9e3)
    masking = masking_altitude(dem, antenna, 150e3)
    rows, cols = np.nonzero(np.isfinite(masking))
    pick = np.random.default_rng(3).integers(0, len(rows), 60)
    lon, lat = dem.grid.lonlat(cols[pick], rows[pick])
    exact = exact_masking_altitude(dem, antenna, lon, lat, step_m=90.0)
    assert np.abs(masking[rows[pick], cols[pick]] - exact).max() < 15.0


def test_the_antenna_must_be_in_the_air(
    fractal: Callable[..., NDArray[np.float64]], plane_dem: Callable[..., Dem]
) -> None:
    dem = plane_dem(fractal((64, 64)).astype(np.float32), 100.0, (32, 32))
    lon, lat = (float(v) for v in dem.grid.lonlat(32, 32))
    ground = float(dem.height_at(lon, lat))
    with pytest.raises(InputError, match="below the terrain") as caught:
        masking_altitude(dem, Antenna.in_the_air(lon, lat, ground - 1.0), 2e3)
    assert caught.value.field == "altitude"
    with pytest.raises(InputError, match="out of bounds"):
        masking_altitude(dem, Antenna.in_the_air(lon, lat, 31e3), 2e3)
    mast = masking_altitude(dem, Antenna(lon, lat, 50.0), 2e3)
    aloft = masking_altitude(dem, replace(Antenna.in_the_air(lon, lat, ground + 50.0)), 2e3)
    np.testing.assert_array_equal(mast, aloft)
