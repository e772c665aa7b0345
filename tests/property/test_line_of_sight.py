"""What must hold on any terrain, whatever the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import CRS

from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.model import Antenna, Dem, Grid
from skyshade.terrain.sweep import antenna_altitude_m, masking_altitude

SHAPE = 90, 110
RANGE_M = 8e3
GRAZING_M = 1.0  # closer to the horizon than this, either answer is right
NOISE_M = 0.02  # float32 altitudes of some thousand metres
# Neighbouring rays of these small fans are 0.03 (along a grid's diagonal) to 0.06 degrees apart,
# and the skyline is taken as straight between them: where it turns by 45 degrees there, that is
# wrong by a quarter of this, 0.007 to 0.014 degrees.
SKYLINE_DEG = 0.007
ROUNDING_DEG = 0.001  # float32 heights to 0.12 mm, of antenna and ground, 27 m apart or more

UTM = CRS.from_epsg(32643).to_wkt()
few = settings(max_examples=12, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
cells = st.tuples(st.integers(5, SHAPE[0] - 6), st.integers(5, SHAPE[1] - 6))
masts_m = st.floats(2.0, 300.0)

Terrain = Callable[[int], Dem]


@pytest.fixture(scope="module")
def terrain(fractal: Callable[..., NDArray[np.float64]]) -> Terrain:
    grid = Grid(Affine(90, 0, 7e5, 0, -90, 38e5), UTM, SHAPE)
    return lambda seed: Dem(fractal(SHAPE, seed, relief_m=250.0).astype(np.float32), grid)


def antenna(dem: Dem, cell: tuple[int, int], agl_m: float, off: float = 0.0) -> Antenna:
    row, col = cell
    lon, lat = (float(v) for v in dem.grid.lonlat(col + off, row + off))
    return Antenna(lon, lat, agl_m)


@few
@given(seed=seeds, a=cells, b=cells, mast_a=masts_m, mast_b=masts_m)
def test_two_antennas_see_each_other_or_not(
    terrain: Terrain,
    seed: int,
    a: tuple[int, int],
    b: tuple[int, int],
    mast_a: float,
    mast_b: float,
) -> None:
    """A's ray to B's tip is B's ray to A's tip, for the exact ray and for the sweep."""
    assume(max(abs(a[0] - b[0]), abs(a[1] - b[1])) >= 3)
    dem = terrain(seed)
    ends = [antenna(dem, a, mast_a), antenna(dem, b, mast_b)]
    tops = [antenna_altitude_m(dem, end) for end in ends]
    exact, swept = [], []
    for i in (0, 1):
        other = ends[1 - i]
        mask = exact_masking_altitude(dem, ends[i], other.lon, other.lat, step_m=9.0)
        exact.append(tops[1 - i] - mask[0])
        masking = masking_altitude(dem, ends[i], 15e3)
        swept.append(tops[1 - i] - masking[(b, a)[i]])
    assume(min(map(abs, exact)) > GRAZING_M)
    assert (exact[0] > 0) == (exact[1] > 0)
    assert (swept[0] > 0) == (swept[1] > 0) == (exact[0] > 0)


@few
@given(seed=seeds, cell=cells, mast=masts_m, more=st.floats(0.5, 500.0), off=st.floats(0, 0.99))
def test_a_higher_antenna_sees_at_least_as_low(
    terrain: Terrain, seed: int, cell: tuple[int, int], mast: float, more: float, off: float
) -> None:
    dem = terrain(seed)
    low = masking_altitude(dem, antenna(dem, cell, mast, off), RANGE_M)
    high = masking_altitude(dem, antenna(dem, cell, mast + more, off), RANGE_M)
    assert np.array_equal(np.isnan(low), np.isnan(high))
    both = np.isfinite(low) & np.isfinite(high)
    assert (high[both] <= low[both] + NOISE_M).all()


@few
@given(seed=seeds, cell=cells, mast=masts_m, hill=cells, height=st.floats(1.0, 800.0))
def test_more_terrain_hides_at_least_as_much(
    terrain: Terrain,
    seed: int,
    cell: tuple[int, int],
    mast: float,
    hill: tuple[int, int],
    height: float,
) -> None:
    """A hill of 9 x 9 posts is put up, away from the antenna's own cell."""
    assume(max(abs(cell[0] - hill[0]), abs(cell[1] - hill[1])) > 6)
    dem = terrain(seed)
    heights = dem.heights.copy()
    heights[hill[0] - 4 : hill[0] + 5, hill[1] - 4 : hill[1] + 5] += np.float32(height)
    where = antenna(dem, cell, mast, 0.4)
    before = masking_altitude(dem, where, RANGE_M)
    after = masking_altitude(replace(dem, heights=heights), where, RANGE_M)
    both = np.isfinite(before) & np.isfinite(after)
    assert (after[both] >= before[both] - NOISE_M).all()
    assert after[hill] >= before[hill] or np.isnan(before[hill])


@few
@given(seed=seeds, cell=cells, mast=masts_m, off=st.floats(0, 0.99))
def test_masking_altitude_is_never_below_ground(
    terrain: Terrain, seed: int, cell: tuple[int, int], mast: float, off: float
) -> None:
    dem = terrain(seed)
    got = masking_altitude(dem, antenna(dem, cell, mast, off), RANGE_M)
    served = ~np.isnan(got)
    assert served.sum() > 2000
    assert (got[served] >= dem.heights[served]).all()
    inner = np.zeros(SHAPE, bool)
    inner[1:-1, 1:-1] = True
    assert np.isfinite(got[served & inner]).all()  # nothing is unknown inside a whole DEM


@few
@given(seed=seeds, cell=cells, mast=masts_m)
def test_cells_beside_the_antenna_are_seen(
    terrain: Terrain, seed: int, cell: tuple[int, int], mast: float
) -> None:
    """From a post, nothing stands between its antenna and the eight posts around it, but bulges.

    In a bilinear cell the diagonal runs over a parabola, so its far post may hide by a little.
    """
    dem = terrain(seed)
    got = masking_altitude(dem, antenna(dem, cell, mast), RANGE_M)
    row, col = cell
    for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        assert got[row + dr, col + dc] - dem.heights[row + dr, col + dc] < NOISE_M
    assert got[row, col] == pytest.approx(dem.heights[row, col], abs=NOISE_M)


@few
@given(seed=seeds, cell=cells, mast=masts_m)
def test_threads_do_not_matter(
    terrain: Terrain, seed: int, cell: tuple[int, int], mast: float
) -> None:
    """One thread or two, the same bytes."""
    dem = terrain(seed)
    where = antenna(dem, cell, mast, 0.3)
    threads = numba.get_num_threads()
    try:
        results = []
        for n in (1, 2):  # conftest.py sees to it that there are two
            numba.set_num_threads(n)
            results.append(masking_altitude(dem, where, RANGE_M).tobytes())
    finally:
        numba.set_num_threads(threads)
    assert results[0] == results[1]


@few
@given(seed=seeds, cell=cells, mast=masts_m, turn=st.sampled_from(["transpose", "rows", "columns"]))
def test_the_order_of_rows_and_columns_does_not_matter(
    terrain: Terrain, seed: int, cell: tuple[int, int], mast: float, turn: str
) -> None:
    """The same posts stored transposed or back to front: the same answer, stored likewise.

    A cell on a diagonal through the antenna gets an answer from two fans, and the later one stays.
    Transposed, that is the other one, whose rays lie elsewhere between the posts, so there the
    answers may differ by as much as a skyline can bend between two rays.
    """
    dem = terrain(seed)
    where = antenna(dem, cell, mast, 0.3)
    rows, cols = SHAPE
    ways: dict[str, tuple[Callable[[NDArray[Any]], NDArray[Any]], Affine, tuple[int, int]]] = {
        "transpose": (np.transpose, Affine(0, 1, 0, 1, 0, 0), (cols, rows)),
        "rows": (np.flipud, Affine(1, 0, 0, 0, -1, rows), SHAPE),
        "columns": (np.fliplr, Affine(-1, 0, cols, 0, 1, 0), SHAPE),
    }
    store, change, shape = ways[turn]
    other = replace(
        dem,
        heights=np.ascontiguousarray(store(dem.heights)),
        grid=Grid(dem.grid.transform @ change, UTM, shape),
    )
    expected = masking_altitude(dem, where, RANGE_M)
    got = store(masking_altitude(other, where, RANGE_M))
    assert (np.isnan(got) != np.isnan(expected)).sum() <= 2  # posts within a metre of the range
    assert np.array_equal(np.isposinf(got), np.isposinf(expected))
    both = np.isfinite(got) & np.isfinite(expected)
    south, east = np.mgrid[:rows, :cols] - np.array(cell)[:, None, None] - 0.3
    angle_deg = np.degrees(np.abs(got - expected)[both] / (90.0 * np.hypot(south, east)[both]))
    on_diagonal = np.abs(np.abs(south) - np.abs(east))[both] < 1.0
    assert angle_deg.max() < SKYLINE_DEG
    assert angle_deg[~on_diagonal].max() < ROUNDING_DEG
