"""Radii, rings, areas and distances on WGS-84."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Geod, Transformer

from skyshade.terrain.geodesy import (
    cell_area_m2,
    cell_size_m,
    curvature_radius_m,
    polar_coordinates,
    principal_radii_m,
    ring,
    ring_area_m2,
)
from skyshade.terrain.model import Grid

GEOD = Geod(ellps="WGS84")
WGS84 = CRS.from_epsg(4326).to_wkt()
UTM43 = CRS.from_epsg(32643).to_wkt()
ARC30 = 1 / 120


def test_principal_radii_at_the_equator_and_the_pole() -> None:
    """M = b^2 / a and N = a on the equator; both are a^2 / b at the pole."""
    a, b = 6378137.0, 6356752.314245
    assert np.array(principal_radii_m(0.0)) == pytest.approx([b * b / a, a], abs=0.01)
    assert np.array(principal_radii_m(90.0)) == pytest.approx([a * a / b] * 2, abs=0.01)


@pytest.mark.parametrize("lat", [0.0, 23.0, 34.0, -61.0])
@pytest.mark.parametrize("az", [0.0, 30.0, 90.0, 135.0])
def test_curvature_is_that_of_the_ellipsoid(lat: float, az: float) -> None:
    """R = s^2 / (2 sag), the sag measured in space between two points 4 km on either side."""
    to_space = Transformer.from_crs(4979, 4978, always_xy=True)
    s = 4000.0
    lons, lats, _ = GEOD.fwd([76.0] * 2, [lat] * 2, [az, az + 180], [s, s])
    ends = np.column_stack(to_space.transform(lons, lats, [0.0, 0.0]))
    middle = np.array(to_space.transform(76.0, lat, 0.0))
    up = np.array(to_space.transform(76.0, lat, 1.0)) - middle
    sag = (middle - ends.mean(axis=0)) @ up
    assert curvature_radius_m(lat, az) == pytest.approx(s**2 / (2 * sag), abs=10.0)


@pytest.mark.parametrize(("lon", "lat"), [(76.0, 34.0), (179.9, -10.0)])
def test_ring_is_a_circle(lon: float, lat: float) -> None:
    points = ring(lon, lat, 400e3, 360)
    assert points.shape == (360, 2)
    az, _, d = GEOD.inv([lon] * 360, [lat] * 360, points[:, 0], points[:, 1])
    assert np.abs(d - 400e3).max() < 1e-3
    assert np.allclose(np.mod(az, 360), np.arange(360.0), atol=1e-6)  # clockwise from north


@pytest.mark.parametrize("radius_m", [10e3, 400e3, 600e3])
def test_ring_area(radius_m: float) -> None:
    """pi r^2 (1 - K r^2 / 12), K = 1 / (M N): the disc's area to next order in the curvature."""
    meridian, prime = principal_radii_m(34.0)
    expected = math.pi * radius_m**2 * (1 - radius_m**2 / (12 * meridian * prime))
    assert ring_area_m2(76.0, 34.0, radius_m) == pytest.approx(expected, rel=2e-5)


def band_area_m2(south: float, north: float, width_deg: float) -> float:
    """Area between two parallels: integral of M N cos(lat), by Simpson's rule."""
    lat = np.linspace(south, north, 201)
    p = np.sin(np.radians(lat)) ** 2 * 0.00669437999014
    density = 6378137.0**2 * (1 - 0.00669437999014) / (1 - p) ** 2 * np.cos(np.radians(lat))
    weight = np.where(np.arange(201) % 2, 4.0, 2.0)
    weight[[0, -1]] = 1.0
    height = math.radians(north - south)
    return float((weight @ density) * height / 600 * math.radians(width_deg))


def test_cell_area_on_a_geographic_grid() -> None:
    """Every row has the area of its band; south-up grids too."""
    for sign, first in ((-1, 40.0), (1, 5.0)):
        grid = Grid(Affine(ARC30, 0, 76, 0, sign * ARC30, first), WGS84, (4200, 30))
        area = cell_area_m2(grid)
        assert area.shape == grid.shape
        for row in (0, 1, 2000, 4199):
            south, north = sorted(first + sign * ARC30 * (row + e) for e in (0, 1))
            assert area[row, 7] == pytest.approx(band_area_m2(south, north, ARC30), rel=1e-5)
        assert area.sum(dtype=float) == pytest.approx(band_area_m2(5, 40, 0.25), rel=1e-6)


@pytest.mark.parametrize("turn_deg", [0.0, 30.0])
def test_cell_area_on_a_projected_grid(turn_deg: float) -> None:
    """The geodesic quadrilateral between a cell's corners has the cell's area."""
    corner = Affine.translation(700e3, 3800e3) @ Affine.rotation(turn_deg) @ Affine.scale(500, -500)
    grid = Grid(corner, UTM43, (300, 400))
    area = cell_area_m2(grid)
    for row, col in ((0, 0), (0, 399), (150, 200), (299, 17)):
        c = col + np.array([-0.5, 0.5, 0.5, -0.5])
        r = row + np.array([-0.5, -0.5, 0.5, 0.5])
        corners = abs(GEOD.polygon_area_perimeter(*grid.lonlat(c, r))[0])
        assert area[row, col] == pytest.approx(corners, rel=1e-5)


def test_cell_size() -> None:
    """At the equator 30" are a / 120 degrees wide and M / 120 tall; UTM shrinks by 0.9996."""
    wide, tall = cell_size_m(Grid(Affine(ARC30, 0, 76, 0, -ARC30, 0.5), WGS84, (120, 120)))
    assert wide == pytest.approx(6378137 * math.radians(ARC30), rel=1e-6)
    assert tall == pytest.approx(6335439.3 * math.radians(ARC30), rel=1e-5)
    grid = Grid(Affine(100, 0, 500e3 - 5e3, 0, -80, 3e6), UTM43, (100, 100))
    assert cell_size_m(grid) == pytest.approx((100 / 0.9996, 80 / 0.9996), rel=1e-5)


GRIDS = {
    "geographic": Grid(Affine(ARC30, 0, 70.5, 0, -ARC30, 38.5), WGS84, (1100, 1300)),
    "UTM": Grid(Affine(900, 0, 200e3, 0, -900, 4200e3), UTM43, (900, 900)),
    "across the antimeridian": Grid(Affine(ARC30, 0, 178, 0, -ARC30, 12), WGS84, (480, 480)),
}


@pytest.mark.parametrize("name", GRIDS)
def test_polar_coordinates(name: str) -> None:
    """Distance to 3 m and azimuth to 0.01 degree of the geodesic to every post beyond 2 km."""
    grid = GRIDS[name]
    rows, cols = grid.shape
    lon, lat = (float(v) for v in grid.lonlat(0.41 * cols, 0.63 * rows))
    d, az = polar_coordinates(grid, lon, lat)
    assert d.shape == az.shape == grid.shape
    assert ((az >= 0) & (az < 360)).all()
    pick = np.random.default_rng(5).integers(0, rows * cols, 3000)
    lons, lats = grid.lonlat(pick % cols, pick // cols)
    true_az, _, true_d = GEOD.inv([lon] * 3000, [lat] * 3000, lons, lats)
    assert np.abs(d.ravel()[pick] - true_d).max() < 3.0
    turn = np.mod(az.ravel()[pick] - true_az + 180, 360) - 180
    assert np.abs(turn[true_d > 2e3]).max() < 0.01


def test_grid_coordinates_go_there_and_back() -> None:
    for grid in GRIDS.values():
        col, row = grid.colrow(*grid.lonlat([0, 10.25, 300.5], [0, 7.5, 401]))
        assert np.allclose(col, [0, 10.25, 300.5], atol=1e-6)
        assert np.allclose(row, [0, 7.5, 401], atol=1e-6)


def test_bounds_are_the_outer_edges_of_the_cells() -> None:
    assert GRIDS["geographic"].bounds() == pytest.approx(
        (70.5, 38.5 - 1100 / 120, 70.5 + 1300 / 120, 38.5)
    )
    west, south, east, north = GRIDS["UTM"].bounds()
    x, y = [200e3, 1010e3, 1010e3, 200e3], [4200e3, 4200e3, 3390e3, 3390e3]
    lons, lats = Transformer.from_crs(32643, 4326, always_xy=True).transform(x, y)
    assert west == pytest.approx(min(lons)) and east == pytest.approx(max(lons))
    assert south == pytest.approx(min(lats)) and north >= max(lats) - 1e-9


def test_contains_means_between_the_outermost_posts() -> None:
    grid = Grid(Affine(1, 0, 70, 0, -1, 40), WGS84, (3, 4))  # posts at 70.5 to 73.5 E
    assert grid.contains(70.5, 39.5) and grid.contains(73.5, 37.5) and grid.contains(72 - 360, 38)
    assert not grid.contains(70.4, 39) and not grid.contains(72, 37.4)
