"""Random errors of the DEM, and the probability of sight that follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from skyshade.errors import InputError
from skyshade.terrain.model import Altitude, Antenna, Dem, Grid
from skyshade.terrain.sweep import masking_altitude
from skyshade.terrain.uncertainty import ErrorModel, error_field, visibility_probability

SITE = (76.0, 34.0)
FLAT = 1e9
ALTITUDES = [Altitude(100.0, "agl"), Altitude(3500.0, "msl")]


def utm(shape: tuple[int, int], wide_m: float = 90.0, tall_m: float = 90.0) -> Grid:
    corner = Affine(wide_m, 0, 5e5, 0, -tall_m, 38e5)
    return Grid(corner, CRS.from_epsg(32643).to_wkt(), shape)


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


@pytest.mark.parametrize("correlation_m", [0.0, 50.0, 300.0, 900.0])
def test_standard_deviation_is_the_one_asked_for(correlation_m: float) -> None:
    """Over 16 fields of 400 x 400 posts, within 4 standard errors (false alarm 6e-5).

    The mean square of n posts has variance 2 sigma^4 / n times the sum of the squared correlation
    over the neighbours, pi c^2 / 2 in cells.
    """
    grid = utm((400, 400))
    fields = np.stack([error_field(grid, 8.0, correlation_m, 1, r) for r in range(16)])
    neighbours = max(math.pi * correlation_m**2 / 2 / 90.0**2, 1.0)
    allowed = 4 * math.sqrt(2 * neighbours / fields.size)
    assert (fields.astype(float) ** 2).mean() == pytest.approx(64.0, rel=allowed)
    assert abs(fields.mean()) < 8 * 4 * math.sqrt(2 * neighbours / fields.size)


def test_standard_deviation_at_the_edge_is_no_other() -> None:
    """The outermost posts of 60 fields; neighbours along an edge: sqrt(pi / 2) c in cells."""
    fields = np.stack([error_field(utm((300, 300)), 8.0, 450.0, 1, r) for r in range(60)])
    for edge in (fields[:, 0], fields[:, -1], fields[:, :, 0], fields[:, :, -1]):
        neighbours = math.sqrt(math.pi / 2) * 450 / 90
        allowed = 4 * math.sqrt(2 * neighbours / edge.size)
        assert (edge.astype(float) ** 2).mean() == pytest.approx(64.0, rel=allowed)


@pytest.mark.parametrize(("wide_m", "tall_m"), [(90.0, 90.0), (60.0, 120.0)])
def test_correlation_falls_to_one_e_th_at_the_correlation_length(
    wide_m: float, tall_m: float
) -> None:
    """exp(-1) at 720 m, exp(-1/4) at 360 m, east and south alike, whatever the shape of a cell."""
    grid = utm((400, 400), wide_m, tall_m)
    fields = [error_field(grid, 5.0, 720.0, 3, r) for r in range(12)]
    for lag_m, expected in ((720.0, math.exp(-1)), (360.0, math.exp(-0.25))):
        for axis, cell in ((0, tall_m), (1, wide_m)):
            lag = round(lag_m / cell)
            ends = [np.moveaxis(f, axis, 0) for f in fields]
            pairs = np.mean([(e[lag:] * e[:-lag]).mean() for e in ends])
            power = np.mean([(e**2).mean() for e in ends])
            assert pairs / power == pytest.approx(expected, abs=0.03)


def test_without_correlation_posts_are_independent() -> None:
    field = error_field(utm((500, 500)), 3.0, 0.0, 2, 0)
    assert abs((field[1:] * field[:-1]).mean()) / 9 < 4 / 500
    assert abs((field[:, 1:] * field[:, :-1]).mean()) / 9 < 4 / 500


def test_a_field_belongs_to_its_seed_and_replicate() -> None:
    grid = utm((60, 70))
    one = error_field(grid, 5.0, 300.0, 7, 3)
    assert one.shape == (60, 70) and one.dtype == np.float32
    assert np.array_equal(one, error_field(grid, 5.0, 300.0, 7, 3))
    for seed, replicate in ((7, 4), (8, 3), (3, 7)):
        other = error_field(grid, 5.0, 300.0, seed, replicate)
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.5
        assert not np.array_equal(one, other)


def test_no_error_gives_yes_or_no(
    plane_dem: Callable[..., Dem], fractal: Callable[..., NDArray[np.float64]]
) -> None:
    """sigma 0: the probability is 1 where the plain sweep sees, 0 where not, NaN where unknown."""
    heights = fractal((120, 130), mean_m=2500).astype(np.float32)
    heights[30:33, 90:93] = np.nan
    dem = plane_dem(heights, 90.0, (60, 60))
    dem = Dem(dem.heights, dem.grid, math.nan)
    antenna = Antenna(*SITE, 40.0)
    p = visibility_probability(dem, antenna, 4e3, ALTITUDES, ErrorModel(0.0, 300.0, replicates=2))
    masking = masking_altitude(dem, antenna, 4e3)
    known = np.isfinite(masking) & dem.known()
    assert (np.isposinf(masking)).sum() > 20
    assert p.shape == (2, 120, 130) and p.dtype == np.float32
    for layer, altitude in zip(p, ALTITUDES, strict=True):
        sees = masking <= altitude.msl(dem.heights)
        assert np.array_equal(layer[known], sees[known])
        assert np.isnan(layer[~np.isfinite(masking)]).all()
        assert 0.02 < sees[known].mean() < 0.98


def wall(plane_dem: Callable[..., Dem], level: float = 0.0) -> Dem:
    """A wall 200 m high, 4 posts east of the site; the targets stand 8 posts east of it.

    Every other post of the targets' column is behind a post of the wall, exactly twice as far.
    """
    heights = np.full((41, 16), level, np.float32)
    heights[:, 7] += 200.0
    return plane_dem(heights, 90.0, (20, 3))


TARGETS = np.s_[2:39:2], 11  # rows, column
RANGE_M = 1900.0


def test_knife_edge_with_independent_posts(plane_dem: Callable[..., Dem]) -> None:
    """P = Phi(margin / sigma_eff) east of a wall half way to the target.

    Flat Earth, independent errors e of posts: with the antenna's ground known, z_mask = h0 +
    2 (H + e - h0), and the target stands at ground + agl + e'. Seen if e' - 2 e >= 2 H - h0 - agl,
    so sigma_eff = sqrt(5) sigma and margin = agl - (2 H - h0). 4 standard errors of 19 x 50 draws.
    """
    sigma, h0, n = 6.0, 30.0, 50
    shifts = (-1.2, 0.0, 0.7)
    targets = [Altitude(2 * 200 - h0 + x * math.sqrt(5) * sigma, "agl") for x in shifts]
    p = visibility_probability(
        wall(plane_dem),
        Antenna(*SITE, h0, ground_msl_m=0.0),
        RANGE_M,
        targets,
        ErrorModel(sigma, 0.0, n, seed=4),
        k_factor=FLAT,
    )
    for x, layer in zip(shifts, p, strict=True):
        found, expected = layer[TARGETS], normal_cdf(x)
        allowed = 4 * math.sqrt(expected * (1 - expected) / (n * found.size))
        assert found.mean() == pytest.approx(expected, abs=allowed)


def test_errors_much_longer_than_the_scene_cancel(plane_dem: Callable[..., Dem]) -> None:
    """All terrain rises and falls together: what is seen above ground stays seen."""
    dem = wall(plane_dem, level=500.0)
    antenna = Antenna(*SITE, 30.0)
    altitudes = [Altitude(2 * 200 - 30 + m, "agl") for m in (-6.0, 6.0)]
    p = visibility_probability(
        dem, antenna, RANGE_M, altitudes, ErrorModel(5.0, 100e3, 20), k_factor=FLAT
    )
    assert (p[0][TARGETS] == 0.0).all() and (p[1][TARGETS] == 1.0).all()


def test_a_target_at_a_given_altitude_feels_only_the_wall(plane_dem: Callable[..., Dem]) -> None:
    """MSL: the target does not stand on the erroneous ground, so sigma_eff = 2 sigma."""
    n, sigma = 50, 6.0
    p = visibility_probability(
        wall(plane_dem),
        Antenna(*SITE, 30.0, ground_msl_m=0.0),
        RANGE_M,
        [Altitude(2 * 200 - 30 + 2 * sigma, "msl")],
        ErrorModel(sigma, 0.0, n, seed=9),
        k_factor=FLAT,
    )
    found, expected = p[0][TARGETS], normal_cdf(1.0)
    allowed = 4 * math.sqrt(expected * (1 - expected) / (n * found.size))
    assert found.mean() == pytest.approx(expected, abs=allowed)


def test_probability_falls_with_the_wall_and_rises_with_altitude(
    plane_dem: Callable[..., Dem],
) -> None:
    dem = wall(plane_dem)
    levels = [Altitude(float(m), "msl") for m in (330, 360, 370, 380, 410)]
    p = visibility_probability(
        dem, Antenna(*SITE, 30.0), RANGE_M, levels, ErrorModel(6.0, 200.0, 20), k_factor=FLAT
    )
    mean = [layer[TARGETS].mean() for layer in p]
    assert mean == sorted(mean) and mean[0] < 0.1 < 0.9 < mean[-1]


def test_progress_is_told(plane_dem: Callable[..., Dem]) -> None:
    told: list[tuple[int, int]] = []
    visibility_probability(
        wall(plane_dem),
        Antenna(*SITE, 30.0),
        RANGE_M,
        ALTITUDES,
        ErrorModel(1.0, 100.0, 3),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("field", "model"),
    [
        ("dem_error", ErrorModel(-1.0, 100.0)),
        ("dem_error", ErrorModel(math.nan, 100.0)),
        ("dem_error", ErrorModel(math.inf, 100.0)),
        ("dem_error_correlation", ErrorModel(5.0, -1.0)),
        ("dem_error_correlation", ErrorModel(5.0, 1e6)),
        ("replicates", ErrorModel(5.0, 100.0, replicates=0)),
        ("seed", ErrorModel(5.0, 100.0, seed=-1)),
        ("seed", ErrorModel(5.0, 100.0, seed=2**63)),
    ],
)
def test_absurd_errors_are_refused(
    plane_dem: Callable[..., Dem], field: str, model: ErrorModel
) -> None:
    with pytest.raises(InputError) as error:
        visibility_probability(wall(plane_dem), Antenna(*SITE, 30.0), RANGE_M, ALTITUDES, model)
    assert str(error.value).startswith(f"{field}: out of bounds") and error.value.exit_code == 2
