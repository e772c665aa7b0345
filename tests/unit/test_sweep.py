"""The sweep's border: what is unknown, what the sea is, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from skyshade.errors import InputError
from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.model import Antenna, Dem, Grid
from skyshade.terrain.sweep import antenna_altitude_m, masking_altitude

SITE = (76.0, 34.0)
ARC3 = 3 / 3600


# --- the unknown ----------------------------------------------------------------------------


def crosses(
    x: NDArray[Any], y: NDArray[Any], box: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    """Whether the way from (0, 0) to (x, y) meets the box (x0, x1, y0, y1): slab clipping."""
    with np.errstate(divide="ignore", invalid="ignore"):
        enter, leave = np.zeros(x.shape), np.ones(x.shape)
        for along, low, high in ((x, *box[:2]), (y, *box[2:])):
            a, b = low / along, high / along
            enter = np.fmax(enter, np.fmin(a, b))
            leave = np.fmin(leave, np.fmax(a, b))
            outside = (along == 0) & ((low > 0) | (high < 0))
            leave = np.where(outside, -1.0, leave)
    return enter < leave


@pytest.mark.parametrize("dtype", ["int16", "float32"])
@pytest.mark.parametrize(
    "hole", [(20, 24, 60, 64), (50, 50, 80, 80), (58, 66, 30, 31), (30, 45, 1500, 1504)]
)
def test_behind_a_hole_all_is_unknown_and_nothing_else(
    plane_dem: Callable[..., Dem], hole: tuple[int, int, int, int], dtype: str
) -> None:
    """The surface is unknown between a missing post and its neighbours, so in an open box that is
    one cell larger than the hole; what lies behind it is +inf, and all the rest is known."""
    top, bottom, left, right = hole
    shape = 100, 2250  # so long that the sweep stops looking between grid lines
    heights = np.full(shape, 100, dtype)
    void = -32768.0 if dtype == "int16" else math.nan
    heights[top : bottom + 1, left : right + 1] = void
    site = (45, 50)
    dem = replace(plane_dem(heights, 90.0, site), nodata=void)
    got = masking_altitude(dem, Antenna(*SITE, 20.0), 210e3)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    y, x = y - site[0], x - site[1]
    box = left - 1 - site[1], right + 1 - site[1], top - 1 - site[0], bottom + 1 - site[0]
    doubt = 1.5 if left > 400 else 0.15  # cells: two rays that straddle an edge of the hole
    sure = crosses(x, y, (box[0] + doubt, box[1] - doubt, box[2] + doubt, box[3] - doubt))
    touched = crosses(x, y, (box[0] - doubt, box[1] + doubt, box[2] - doubt, box[3] + doubt))
    inner = np.zeros(got.shape, bool)
    inner[1:-1, 1:-1] = True
    assert sure.sum() > 15
    assert np.isposinf(got[sure]).all()
    assert np.isfinite(got[~touched & inner]).all()


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_the_exact_ray_knows_the_same_unknown(
    plane_dem: Callable[..., Dem], fractal: Callable[..., NDArray[np.float64]], dtype: str
) -> None:
    heights = fractal((120, 120), relief_m=200).astype(dtype)
    void = -32768 if dtype == "int16" else math.nan
    for r, c in ((30, 70), (80, 40), (66, 61), (20, 20)):
        heights[r : r + 2, c : c + 3] = void
    dem = replace(plane_dem(heights, 90.0, (60, 60)), nodata=float(void))
    antenna = Antenna(*SITE, 50.0)
    got = masking_altitude(dem, antenna, 12e3)
    r, c = np.random.default_rng(2).integers(1, 119, (2, 80))
    exact = exact_masking_altitude(dem, antenna, *dem.grid.lonlat(c, r), step_m=45.0)
    unknown = np.isnan(exact)
    assert 6 < unknown.sum() < 40
    assert (np.isposinf(got[r, c]) != unknown).sum() <= 2  # cells just beside an edge


def bulging(
    fractal: Callable[..., NDArray[np.float64]], margin: int = 0
) -> tuple[Dem, Antenna, NDArray[np.bool_]]:
    """A strip along 60 N, whose geodesics bulge northwards out of it, surrounded by sea.

    `margin`: so many rows of sea more in the north. The cells are those of the plain strip.
    """
    rows, cols = 60, 1500
    heights = np.maximum(fractal((rows, cols), relief_m=60.0, mean_m=80.0), 0).astype(np.int16)
    heights[:2] = heights[-2:] = 0
    heights[:, :2] = heights[:, -2:] = 0
    heights = np.vstack([np.zeros((margin, cols), np.int16), heights])
    corner = Affine(4 * ARC3, 0, 20.0, 0, -2 * ARC3, 60 + 2 * ARC3 * margin)
    grid = Grid(corner, CRS.from_epsg(4326).to_wkt(), heights.shape)
    lon, lat = (float(v) for v in grid.lonlat(8.3, margin + 7.4))
    strip = np.zeros(heights.shape, bool)
    strip[margin:] = True
    return Dem(heights, grid), Antenna(lon, lat, 30.0), strip


def test_a_ray_that_leaves_the_dem_is_unknown_for_good(
    fractal: Callable[..., NDArray[np.float64]],
) -> None:
    """Due east along 60 N the geodesic runs up to 3 km north of the parallel, and comes back."""
    dem, antenna, _ = bulging(fractal)
    got = masking_altitude(dem, antenna, 300e3)
    rows = np.arange(3, 53, 5)
    lons, lats = dem.grid.lonlat(np.full(rows.shape, 1400), rows)
    exact = exact_masking_altitude(dem, antenna, lons, lats, step_m=300.0)
    assert np.isnan(exact).sum() >= 3 and np.isfinite(exact).sum() >= 3
    assert np.array_equal(np.isposinf(got[rows, 1400]), np.isnan(exact))


def test_sea_outside_is_what_a_larger_dem_of_sea_would_say(
    fractal: Callable[..., NDArray[np.float64]],
) -> None:
    dem, antenna, _ = bulging(fractal)
    wide, _, strip = bulging(fractal, margin=140)
    got = masking_altitude(dem, antenna, 300e3, sea_outside=True)
    expected = masking_altitude(wide, antenna, 300e3)[strip].reshape(got.shape)
    inner = np.s_[1:-1, 1:-1]
    assert np.array_equal(np.isnan(got), np.isnan(expected))
    served = ~np.isnan(got[inner])
    assert np.isfinite(got[inner][served]).all()
    assert np.abs(got - expected)[inner][served].max() < 0.5
    unknown = masking_altitude(dem, antenna, 300e3)
    assert np.isposinf(unknown[inner]).sum() > 4000


def test_known_cells_do_not_depend_on_what_lies_outside(
    fractal: Callable[..., NDArray[np.float64]],
) -> None:
    dem, antenna, _ = bulging(fractal)
    unknown = masking_altitude(dem, antenna, 300e3)
    sea = masking_altitude(dem, antenna, 300e3, sea_outside=True)
    known = np.isfinite(unknown)
    assert known.sum() > 20_000
    assert np.array_equal(unknown[known], sea[known])


# --- the antenna ----------------------------------------------------------------------------


@pytest.fixture
def hill(plane_dem: Callable[..., Dem]) -> Dem:
    """A plain at 100 m with one post of 500 m at the site, and a hole five posts east of it."""
    heights = np.full((41, 41), 100, np.int16)
    heights[20, 20] = 500
    heights[20, 25] = -32768
    return replace(plane_dem(heights, 90.0, (20, 20)), nodata=-32768.0)


def test_antenna_altitude(hill: Dem) -> None:
    """Ground plus mast; half way down to the next post; or over the ground that the user gives."""
    assert antenna_altitude_m(hill, Antenna(*SITE, 30.0)) == pytest.approx(530, abs=1e-3)
    lon, lat = (float(v) for v in hill.grid.lonlat(20.5, 20))
    assert antenna_altitude_m(hill, Antenna(lon, lat, 30.0)) == pytest.approx(330, abs=0.1)
    assert antenna_altitude_m(hill, Antenna(*SITE, 30.0, ground_msl_m=512.5)) == 542.5


def test_the_post_under_the_antenna_has_its_ground(hill: Dem) -> None:
    got = masking_altitude(hill, Antenna(*SITE, 30.0), 1500.0)
    assert got[20, 20] == 500


BAD = [
    ({"lon": 176.0}, {}, "site: the site is outside the DEM"),
    ({"lon": 361.0}, {}, "site: no such place"),
    ({"lat": 91.0}, {}, "site: no such place"),
    ({"lat": math.nan}, {}, "site: no such place"),
    ({"lon": 34.0, "lat": 76.0}, {}, "Longitude and latitude look swapped"),
    ({"agl_m": 0.0}, {}, "antenna_agl: the antenna must stand above ground"),
    ({"agl_m": -3.0}, {}, "antenna_agl: the antenna must stand above ground"),
    ({"agl_m": math.nan}, {}, "antenna_agl: the antenna must stand above ground"),
    ({"agl_m": math.inf}, {}, "antenna_agl: "),
    ({"agl_m": 1e6}, {}, "antenna_agl: "),
    ({"ground_msl_m": 450.0}, {}, "ground_msl: the antenna (480 m MSL) is below the DEM's ground"),
    ({"ground_msl_m": math.nan}, {}, "ground_msl: "),
    ({"ground_msl_m": math.inf}, {}, "ground_msl: "),
    ({"el_limits_deg": (5.0, 5.0)}, {}, "el_limits: elevation limits out of order"),
    ({"el_limits_deg": (-91.0, 5.0)}, {}, "el_limits: elevation limits out of order"),
    ({"el_limits_deg": (math.nan, 5.0)}, {}, "el_limits: elevation limits out of order"),
    ({"az_sector_deg": (math.nan, 5.0)}, {}, "az_sector: "),
    ({"az_sector_deg": (0.0, 1000.0)}, {}, "az_sector: "),
    ({}, {"max_range_m": -1.0}, "max_range: range out of bounds"),
    ({}, {"max_range_m": 0.0}, "max_range: range out of bounds"),
    ({}, {"max_range_m": math.nan}, "max_range: range out of bounds"),
    ({}, {"max_range_m": math.inf}, "max_range: range out of bounds"),
    ({}, {"max_range_m": 1.6e6}, "max_range: range out of bounds"),
    ({}, {"k_factor": 0.0}, "k_factor: refraction factor out of bounds"),
    ({}, {"k_factor": -1.0}, "k_factor: refraction factor out of bounds"),
    ({}, {"k_factor": math.nan}, "k_factor: refraction factor out of bounds"),
]


@pytest.mark.parametrize(("of_antenna", "of_call", "message"), BAD)
def test_bad_input_is_refused_in_one_sentence(
    hill: Dem, of_antenna: dict[str, Any], of_call: dict[str, Any], message: str
) -> None:
    antenna = replace(Antenna(*SITE, 30.0), **of_antenna)
    arguments = {"max_range_m": 1500.0} | of_call
    with pytest.raises(InputError) as error:
        masking_altitude(hill, antenna, **arguments)
    text = str(error.value)
    assert message in text and "\n" not in text
    assert error.value.exit_code == 2


def test_no_height_at_the_site_is_refused(hill: Dem) -> None:
    lon, lat = (float(v) for v in hill.grid.lonlat(24.6, 20.3))
    with pytest.raises(InputError, match="has no height at the site") as error:
        masking_altitude(hill, Antenna(lon, lat, 30.0), 1500.0)
    assert error.value.exit_code == 2 and "sea" in str(error.value)


@pytest.mark.parametrize("sector", [(0.0, 360.0), (-180.0, 180.0), (90.0, -270.0)])
def test_a_full_turn_is_all_round(hill: Dem, sector: tuple[float, float]) -> None:
    whole = masking_altitude(hill, Antenna(*SITE, 30.0), 1500.0)
    turned = masking_altitude(hill, Antenna(*SITE, 30.0, az_sector_deg=sector), 1500.0)
    assert np.isfinite(whole).sum() > 500
    assert np.array_equal(whole, turned, equal_nan=True)
