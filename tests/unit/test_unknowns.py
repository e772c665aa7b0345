"""How uncertain figures are drawn, and how the one that matters is found."""

from __future__ import annotations

import numpy as np
import pytest

from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError
from skyshade.uncertainty.unknowns import HEIGHT, POSITION, Unknown, draw, rank_drivers

A = Unknown("a", "a", "m", 3.0, 1.0, 9.0)
B = Unknown("b", "b", "m2", 0.1, 0.01, 1.0, "log")
FIXED = Unknown("fixed", "fixed", "m", 2.0, 1.0, 3.0, sampled=False)


def test_half_of_the_draws_lie_below_the_default() -> None:
    draws = draw([A, B], 1, 256, seed=3)
    for unknown in (A, B):
        values = draws.column(unknown.key)[draws.sobol]
        assert np.count_nonzero(values < unknown.value) == 128
        assert values.min() >= unknown.low and values.max() <= unknown.high


def test_a_default_at_a_bound_is_spread_evenly() -> None:
    end = Unknown("end", "end", "m", 2.0, 2.0, 4.0)
    assert end.at(np.array([0.0, 0.5, 1.0])).tolist() == [2.0, 3.0, 4.0]


def test_rows_hold_defaults_then_draws_then_one_at_a_time() -> None:
    draws = draw([A, FIXED], 2, 8)
    assert draws.values[0].tolist() == [3.0, 2.0]
    assert (draws.column("fixed")[draws.sobol] == 2.0).all()
    low, high = draws.one_at_a_time["fixed"]
    assert draws.values[low].tolist() == [3.0, 1.0] and draws.values[high].tolist() == [3.0, 3.0]
    assert len(draws.one_at_a_time[POSITION]) == 4 and len(draws.one_at_a_time[HEIGHT]) == 2
    assert np.isnan(draws.heights[0]).all() and (draws.places[0] == 0).all()


def test_a_result_that_follows_one_unknown_names_it() -> None:
    draws = draw([A, B], 1, 256, seed=1)
    results = 5.0 * draws.column("b") + 0.01 * draws.column("a")
    first, *rest = rank_drivers(draws, results, site=0)
    assert first.key == "b" and first.share > 0.95
    assert first.swing == pytest.approx((0.05 + 0.03, 5.0 + 0.03))
    assert all(d.share < 0.1 for d in rest)


def test_a_result_that_follows_the_position_names_it() -> None:
    draws = draw([A], 1, 256, seed=1)
    results = np.where(draws.places[:, 0] == 2, 10.0, 1.0)
    first = rank_drivers(draws, results, site=0)[0]
    assert first.key == POSITION and first.share > 0.9 and first.swing == (1.0, 10.0)


@pytest.mark.parametrize("n", [3, -1, 100, 2**17])
def test_a_sobol_sequence_wants_a_power_of_two(n: int) -> None:
    with pytest.raises(InputError, match="powers of two"):
        draw([A], 1, n)


def test_a_seed_is_not_negative() -> None:
    with pytest.raises(InputError, match="seed out of range"):
        draw([A], 1, 4, seed=-1)


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="low <= value <= high"):
        Unknown("x", "x", "m", 5.0, 6.0, 7.0)


def test_a_figure_brings_its_bounds_and_its_weakness() -> None:
    figure = load_catalogue().entry("91N6E").figure("detection_range")
    unknown = Unknown.of(figure, "range", "91N6E")
    assert (unknown.low, unknown.value, unknown.high) == (340e3, 390e3, 409e3)
    assert unknown.weak and unknown.memory_only
