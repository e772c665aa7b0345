"""Fifteen short-range geometries whose answer is the sum of two horizon distances.

Over a smooth Earth of radius R' = k R an antenna of height a and a target of height h see each
other up to R' arccos(R' / (R' + a)) + R' arccos(R' / (R' + h)): their common tangent touches the
Earth between them. Line of sight has three ways to the answer (the sweep over all cells, rays to
single points, the exact ray), and a radar's horizon is a fourth; all must give it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from skyshade.radar.ranges import horizon_range
from skyshade.terrain.dem import load_dem
from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Antenna, Dem
from skyshade.terrain.points import EarthPoints, in_sight, surface_of
from skyshade.terrain.sweep import masking_altitude

ANTENNAS_M = (3.0, 10.0, 24.0, 39.0, 100.0)
TARGETS_M = (25.0, 50.0, 100.0)
K = 4 / 3
LON, LAT = 76.0, 20.0
REACH_M = 100e3
# radii of curvature of WGS-84 at 20 degrees north lie between those of the meridian and across it
RADII_M = (6.3424e6, 6.3807e6)
# the surface is known on grid lines 30" apart, so that the tangent point may lie in between
STEP_M = math.hypot(928.0, 872.0)


def two_horizons_m(antenna_m: float, target_m: float, radius_m: float) -> float:
    """The closed form."""
    r = K * radius_m
    return r * (math.acos(r / (r + antenna_m)) + math.acos(r / (r + target_m)))


class Swept(NamedTuple):
    """A sweep over the sea, and the distance of its cells."""

    dem: Dem
    antenna: Antenna
    masking: NDArray[np.float64]
    dist_m: NDArray[np.float64]


@pytest.fixture(scope="module", params=ANTENNAS_M)
def swept(request: pytest.FixtureRequest) -> Swept:
    """From each antenna."""
    dem = load_dem("smooth-earth", around=(LON, LAT, REACH_M))
    antenna = Antenna(LON, LAT, request.param)
    masking = masking_altitude(dem, antenna, REACH_M)
    rows, cols = np.nonzero(np.isfinite(masking))
    lons, lats = dem.grid.lonlat(cols, rows)
    dist = geod().inv(np.full(lons.shape, LON), np.full(lons.shape, LAT), lons, lats)[2]
    return Swept(dem, antenna, masking[rows, cols].astype(float), dist)


@pytest.mark.parametrize("target_m", TARGETS_M)
def test_the_sweep(swept: Swept, target_m: float) -> None:
    """Every cell nearer than the shorter closed form is seen, none beyond the longer by a cell."""
    short, long = (two_horizons_m(swept.antenna.agl_m, target_m, r) for r in RADII_M)
    seen = swept.masking <= target_m
    assert seen[swept.dist_m < short - 50.0].all()  # 50 m: the sweep's table of distances
    assert not seen[swept.dist_m > long + STEP_M].any()
    assert (seen & (swept.dist_m > short - 2 * STEP_M)).any()  # the bound is used


@pytest.mark.parametrize("target_m", TARGETS_M)
@pytest.mark.parametrize("antenna_m", ANTENNAS_M)
def test_rays(antenna_m: float, target_m: float) -> None:
    """A point just inside is in sight of both, a point a cell beyond of neither."""
    dem = load_dem("smooth-earth", around=(LON, LAT, REACH_M))
    antenna = Antenna(LON, LAT, antenna_m)
    short, long = (two_horizons_m(antenna_m, target_m, r) for r in RADII_M)
    az = np.arange(5.0, 360.0, 30.0)
    for dist, sees in ((short - 50.0, True), (long + STEP_M, False)):
        lon, lat, _ = geod().fwd(
            np.full(len(az), LON), np.full(len(az), LAT), az, np.full(len(az), dist)
        )
        points = EarthPoints.of(lon, lat)
        polar = points.polar(LON, LAT)
        found = in_sight(dem, surface_of(dem), antenna, points, polar, np.full(len(az), target_m))
        assert (found == sees).all()
        exact = exact_masking_altitude(dem, antenna, lon, lat, step_m=45.0)
        assert ((exact <= target_m) == sees).all()


@pytest.mark.parametrize("target_m", TARGETS_M)
@pytest.mark.parametrize("antenna_m", ANTENNAS_M)
def test_the_radar_horizon(antenna_m: float, target_m: float) -> None:
    """With the mean radius, between the two, to a thousandth."""
    short, long = (two_horizons_m(antenna_m, target_m, r) for r in RADII_M)
    assert short * 0.999 <= horizon_range(antenna_m, target_m) <= long * 1.001
