"""The tables of rays: on the geodesic, at the right distance, all round, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Geod

from skyshade.errors import InputError
from skyshade.terrain.model import Antenna, Grid
from skyshade.terrain.rays import make_fans

GEOD = Geod(ellps="WGS84")
ARC3, ARC30 = 3 / 3600, 30 / 3600


def lattice(crs: str, transform: Affine, shape: tuple[int, int]) -> Grid:
    return Grid(transform, CRS.from_user_input(crs).to_wkt(), shape)


GRIDS = {
    "30 arc-second": (lattice("EPSG:4326", Affine(ARC30, 0, 68, 0, -ARC30, 41), (1700, 1900)), 6e5),
    "3 arc-second": (lattice("EPSG:4326", Affine(ARC3, 0, 74, 0, -ARC3, 36), (4800, 4800)), 1.5e5),
    "south up": (lattice("EPSG:4326", Affine(ARC30, 0, 68, 0, ARC30, 27), (1700, 1900)), 6e5),
    "UTM": (lattice("EPSG:32643", Affine(90, 0, 5e5, 0, -90, 39e5), (4000, 4000)), 1.5e5),
    "turned": (
        lattice(
            "EPSG:32643",
            Affine.translation(5e5, 39e5) @ Affine.rotation(35) @ Affine.scale(400, -400),
            (800, 900),
        ),
        1.5e5,
    ),
    "far north": (lattice("EPSG:4326", Affine(ARC30, 0, 5, 0, -ARC30, 68), (1400, 4000)), 5e5),
}


@pytest.mark.parametrize("name", GRIDS)
def test_rays_are_geodesics(name: str) -> None:
    """At table points in range: 0.02 cells beside the geodesic at most, distances to 3 m.

    A ray's azimuth is taken from its reciprocal radius' table row; here from its first point that
    is some cells out, so a ray that bent away from its geodesic would be found out.
    """
    grid, reach = GRIDS[name]
    rows, cols = grid.shape
    lon, lat = (float(v) for v in grid.lonlat(0.47 * cols, 0.52 * rows))
    fans = make_fans(grid, Antenna(lon, lat, 10.0), reach, 4 / 3)
    assert {(f.lines_are_rows, f.sign) for f in fans} == {
        (r, s) for r in (False, True) for s in (1, -1)
    }
    for fan in fans:
        n = fan.minor.shape[1]
        lines = fan.first_line + fan.sign * fan.spacing * np.arange(n)
        for ray in np.linspace(0, fan.minor.shape[0] - 1, 21).astype(int):
            minor, dist = fan.minor[ray], fan.dist[ray]
            here = dist < reach
            assert here.sum() >= 3
            col, row = (minor, lines) if fan.lines_are_rows else (lines, minor)
            lons, lats = grid.lonlat(col, row)
            start = np.full(n, lon), np.full(n, lat)
            az, _, d = GEOD.inv(*start, lons, lats)
            assert np.abs(d - dist)[here].max() < 3.0
            straight = np.median(az[here] % 360 if 90 < az[here].mean() % 360 < 270 else az[here])
            true = GEOD.fwd(*start, np.full(n, straight), d)
            col2, row2 = grid.colrow(true[0], true[1])
            assert np.hypot(col2 - col, row2 - row)[here].max() < 0.02


@pytest.mark.parametrize("name", GRIDS)
def test_neighbouring_fans_overlap(name: str) -> None:
    """Each fan's outermost rays leave a little beyond the grid's diagonals, on both sides."""
    grid, reach = GRIDS[name]
    rows, cols = grid.shape
    col0, row0 = 0.47 * cols + 0.3, 0.52 * rows
    lon, lat = (float(v) for v in grid.lonlat(col0, row0))
    for fan in make_fans(grid, Antenna(lon, lat, 9.0), reach, 4 / 3):
        first = fan.minor[:, 0] - (col0 if fan.lines_are_rows else row0)
        assert -1.01 < first[0] / fan.first_fraction < -1.0
        assert 1.0 < first[-1] / fan.first_fraction < 1.01


def test_effective_radius_of_each_ray() -> None:
    """1 / (k R), R the radius of curvature in the ray's own azimuth: N east, M north."""
    grid, reach = GRIDS["30 arc-second"]
    fans = make_fans(grid, Antenna(75.0, 34.0, 10.0), reach, 1.25)
    p = np.sin(np.radians(34.0)) ** 2 * 0.00669437999014
    prime = 6378137 / np.sqrt(1 - p)
    meridian = prime * (1 - 0.00669437999014) / (1 - p)
    for fan in fans:
        middle = fan.inv_radius[len(fan.inv_radius) // 2]
        expected = meridian if fan.lines_are_rows else prime
        assert 1 / middle == pytest.approx(1.25 * expected, rel=1e-5)


def test_an_antenna_on_the_rim_has_no_rays_outwards() -> None:
    grid, _ = GRIDS["UTM"]
    lon, lat = (float(v) for v in grid.lonlat(2000, 0))
    fans = make_fans(grid, Antenna(lon, lat, 10.0), 50e3, 4 / 3)
    north = [f for f in fans if f.lines_are_rows and f.sign < 0]
    assert north == []
    assert len([f for f in fans if not f.lines_are_rows]) == 2


def test_an_antenna_on_a_post_starts_at_the_next() -> None:
    grid, _ = GRIDS["UTM"]
    lon, lat = (float(v) for v in grid.lonlat(1000, 2000))
    for fan in make_fans(grid, Antenna(lon, lat, 10.0), 50e3, 4 / 3):
        own = 2000 if fan.lines_are_rows else 1000
        assert fan.first_line == own + fan.sign
        assert fan.first_fraction == pytest.approx(1.0, abs=1e-4)


def test_rays_that_cannot_be_followed_are_refused() -> None:
    """Half a degree from the pole geodesics run over it, and no column is monotone."""
    grid = lattice("EPSG:4326", Affine(0.05, 0, 0, 0, -0.05, 90), (400, 3600))
    with pytest.raises(InputError, match="too distorted") as error:
        make_fans(grid, Antenna(90.0, 89.5, 10.0), 300e3, 4 / 3)
    assert error.value.exit_code == 2 and "smaller range" in str(error.value)
