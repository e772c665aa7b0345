"""How uncertain figures are drawn, and how the one that matters is found."""

import numpy as np
import pytest

from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError
from skyshade.uncertainty.draws import (
    AS_GIVEN,
    ENDS,
    HEIGHT,
    POSITION,
    Column,
    Draws,
    band,
    check_draws,
    columns_of,
    draw,
    height_column,
    position_column,
    site_key,
)
from skyshade.uncertainty.drivers import by_chance, named_drivers, rank_drivers
from skyshade.uncertainty.unknown import Unknown

A = Unknown("a", "a", "m", 3.0, 1.0, 9.0)
B = Unknown("b", "b", "m2", 0.1, 0.01, 1.0, "log")
FIXED = Unknown("fixed", "fixed", "m", 2.0, 1.0, 3.0, sampled=False)
MAST = "mast"


def columns(*unknowns: Unknown, sites: int = 1, moved: bool = True) -> list[Column]:
    """A column for each figure, and for height and position of each site."""
    heights = [height_column(i, {MAST: (20.0, 10.0, 30.0)}) for i in range(sites)]
    places = [position_column(i, moved) for i in range(sites)]
    return [*(Column(u.key, u.title, (u,)) for u in unknowns), *heights, *places]


def drawn(*unknowns: Unknown, n: int, seed: int = 0, sites: int = 1, moved: bool = True) -> Draws:
    return draw(columns(*unknowns, sites=sites, moved=moved), n, seed, one_at_a_time=True)


def test_half_of_the_draws_lie_below_the_default() -> None:
    draws = drawn(A, B, n=256, seed=3)
    for unknown in (A, B):
        values = draws.column(unknown.key)[draws.sobol]
        assert np.count_nonzero(values < unknown.value) == 128
        assert values.min() >= unknown.low and values.max() <= unknown.high


def test_a_default_at_a_bound_is_spread_evenly() -> None:
    end = Unknown("end", "end", "m", 2.0, 2.0, 4.0)
    assert end.at(np.array([0.0, 0.5, 1.0])).tolist() == [2.0, 3.0, 4.0]


def test_without_a_quantile_a_figure_has_its_default_whatever_its_scale() -> None:
    end = Unknown("end", "end", "m", 2.0, 2.0, 4.0)
    for unknown in (A, B, FIXED, end):
        assert unknown.at(np.array([np.nan])).tolist() == [unknown.value]


def test_rows_hold_defaults_then_draws_then_one_at_a_time() -> None:
    draws = drawn(A, FIXED, n=8, sites=2)
    assert draws.drawn == draws.sobol == slice(1, 9)
    assert (draws.column("a")[0], draws.column("fixed")[0]) == (3.0, 2.0)
    assert (draws.column("fixed")[draws.sobol] == 2.0).all()
    low, high = draws.one_at_a_time["fixed"]
    assert draws.column("fixed")[[low, high]].tolist() == [1.0, 3.0]
    assert draws.column("a")[[low, high]].tolist() == [3.0, 3.0]
    down, up = draws.one_at_a_time[HEIGHT]
    assert len(draws) == up + 5  # then the four corners
    for site in (0, 1):  # what each has its own of moves together
        assert draws.column(MAST, site)[[0, down, up]].tolist() == [20.0, 10.0, 30.0]
        places = draws.column(POSITION, site)
        assert places[list(draws.one_at_a_time[POSITION])].tolist() == list(ENDS["place"])
        assert places[0] == places[low] == AS_GIVEN
        assert len(set(places[draws.sobol])) == 8  # another one in each draw
    assert (draws.column(MAST, 0)[draws.sobol] != draws.column(MAST, 1)[draws.sobol]).all()
    assert [u.key for u in draws.unknowns] == ["a", "fixed"]


def test_exact_positions_and_heights_are_not_moved() -> None:
    draws = draw([*columns(A, moved=False)[:1], *columns(moved=False)], 8, one_at_a_time=True)
    assert (draws.column(POSITION, 0) == AS_GIVEN).all() and POSITION not in draws.one_at_a_time
    fixed = draw([height_column(0, {MAST: (20.0, 20.0, 20.0)})], 8, one_at_a_time=True)
    assert (fixed.column(MAST, 0) == 20.0).all() and not fixed.one_at_a_time


def test_no_draws_leave_the_defaults() -> None:
    draws = drawn(A, B, n=0)
    assert len(draws) == 1 and draws.sobol == slice(0, 1) and not draws.one_at_a_time
    (defaults,) = draws.values(draws.sobol)
    assert (defaults["a"], defaults["b"]) == (3.0, 0.1)
    assert defaults[site_key("mast", 0)] == 20.0 and defaults[site_key(POSITION, 0)] == AS_GIVEN
    assert not draws.values(draws.drawn)


def test_a_design_for_indices_swaps_one_column_at_a_time() -> None:
    draws = draw(columns_of([A, B]), 4, design="indices")
    assert len(draws) == 1 + 4 * 4 and draws.sobol == slice(1, 9)
    assert np.isnan(draws.u[0]).all()
    a, b, first, second = draws.u[draws.drawn].reshape(4, 4, 2)
    assert np.array_equal(first, np.column_stack([b[:, 0], a[:, 1]]))
    assert np.array_equal(second, np.column_stack([a[:, 0], b[:, 1]]))
    assert (a != b).all()


def test_figures_of_a_group_are_high_or_low_together() -> None:
    one, two = (Unknown(k, k, "", 0.7, 0.5, 0.9, group="kill probability of M") for k in ("x", "y"))
    (column,) = columns_of([one, two, FIXED, Unknown("point", "point", "", 1.0, 1.0, 1.0)])
    assert column.key == column.title == "kill probability of M"
    for row in draw([column], 8).values(slice(1, None)):
        assert row["x"] == row["y"] != 0.7


def test_a_result_that_follows_one_unknown_names_it() -> None:
    draws = drawn(A, B, n=256, seed=1)
    results = 5.0 * draws.column("b") + 0.01 * draws.column("a")
    first, *rest = rank_drivers(draws, results, site=0)
    assert (first.key, first.method) == ("b", "rank correlation") and first.share > 0.95
    assert first.swing == pytest.approx((0.05 + 0.03, 5.0 + 0.03))
    assert all(d.share < 0.1 for d in rest)
    assert {d.key for d in rest} == {"a"}  # what cannot move the result is no driver


def test_rank_correlation_by_hand() -> None:
    """Ranks 1 2 3 4 against 1 2 4 3: rho = 1 - 6 x 2 / (4 x 15) = 0.8."""
    draws = draw([Column("a", "a", (A,))], 4, one_at_a_time=True)
    order = np.argsort(draws.u[draws.sobol, 0])
    results = np.zeros(len(draws))
    results[draws.sobol][order] = [1.0, 2.0, 4.0, 3.0]
    results[list(draws.one_at_a_time["a"])] = [1.0, 4.0]
    (driver,) = rank_drivers(draws, results)
    assert driver.share == pytest.approx(0.64)
    assert driver.as_dict() == {
        "key": "a",
        "title": "a",
        "method": "rank correlation",
        "share": 0.64,
        "beyond_chance": False,  # of four draws
        "swing": [1.0, 4.0],
        "weak": False,
        "memory_only": False,
    }


def test_a_result_that_follows_the_position_names_it() -> None:
    draws = drawn(A, n=256, seed=1)
    results = np.where(draws.column(POSITION, 0) > 0.75, 10.0, 1.0)  # the south-eastern quarter
    first = rank_drivers(draws, results, site=0)[0]
    assert first.key == POSITION and first.share > 0.9 and first.swing == (1.0, 10.0)


def test_heights_of_several_sites_count_together_or_each_for_its_own_site() -> None:
    draws = drawn(A, n=256, sites=2)
    results = draws.column(MAST, 1)
    assert rank_drivers(draws, results)[0].share == pytest.approx(1.0, abs=0.02)
    (own,) = rank_drivers(draws, results, site=1)
    (other,) = rank_drivers(draws, results, site=0)
    assert own.key == other.key == HEIGHT
    assert own.share == pytest.approx(1.0) and other.share < 0.02


@pytest.mark.parametrize("n", [1, 2, 4])
def test_few_draws_are_ranked_as_well(n: int) -> None:
    draws = drawn(A, n=n)
    assert [d.key for d in rank_drivers(draws, draws.column("a"))] == ["a"]
    assert rank_drivers(draws, np.ones(len(draws))) == []


def test_a_sobol_study_names_both_indices_and_ranks_by_the_total() -> None:
    draws = draw(columns_of([A, B, FIXED]), 64, design="indices")
    results = np.full(len(draws), np.nan)  # the default row is not run
    a, b = (draws.column(k)[draws.drawn] for k in ("a", "b"))
    results[draws.drawn] = a + 0.1 * b
    first, second = rank_drivers(draws, results)
    assert (first.key, second.key, first.method) == ("a", "b", "Sobol total")
    assert first.share == first.by("Sobol total").value == pytest.approx(1.0, abs=0.05)
    assert first.by("Sobol total").is_certain
    assert first.swing[0] < first.swing[1]
    with pytest.raises(KeyError):
        first.by("rank correlation")
    shown = first.as_dict()
    assert shown["total"].keys() == shown["first_order"].keys() == {"value", "low", "high"}


def test_the_band_is_5_50_and_95_percent() -> None:
    assert band(np.arange(101.0)).tolist() == [5.0, 50.0, 95.0]
    assert band(np.arange(202.0).reshape(2, 101), axis=1).shape == (3, 2)


@pytest.mark.parametrize("n", [3, -1, 100, 2**17])
def test_a_sobol_sequence_wants_a_power_of_two(n: int) -> None:
    with pytest.raises(InputError, match="powers of two"):
        draw(columns(A), n)


def test_fewer_than_two_draws_make_no_quantiles() -> None:
    with pytest.raises(InputError, match=r"draws: .*\(got 1; allowed: 2, 4, 8, … 65536\)"):
        check_draws(1)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_is_not_negative_and_has_64_bits(seed: int) -> None:
    with pytest.raises(InputError, match="seed out of range"):
        draw(columns(A), 4, seed=seed)


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="low <= value <= high"):
        Unknown("x", "x", "m", 5.0, 6.0, 7.0)


def test_a_figure_brings_its_bounds_and_its_weakness() -> None:
    figure = load_catalogue().entry("91N6E").figure("detection_range")
    unknown = Unknown.of(figure, "range", "91N6E")
    assert (unknown.low, unknown.value, unknown.high) == (340e3, 390e3, 409e3)
    assert unknown.weak and unknown.memory_only


@pytest.mark.parametrize("n", [16, 64])
def test_chance_names_a_position_or_the_heights_of_five_sites_once_in_twenty(n: int) -> None:
    """Columns of several sites add up, and quarters have more freedom: the limit knows both."""
    draws, rng, named = drawn(A, n=n, sites=5), np.random.default_rng(5), 0
    trials = 300
    for _ in range(trials):
        named += bool(named_drivers(rank_drivers(draws, rng.random(len(draws)))))
    assert named < 30  # P(more than 29 of 300) < 1e-3 if it is 5 %
    assert by_chance(n, 3, 5) > by_chance(n, 3) < by_chance(n, 3, parts=4)


def test_one_draw_names_nothing() -> None:
    draws = drawn(A, n=2)
    assert named_drivers(rank_drivers(draws, draws.column("a"))) == []
