"""Intervals and indices against theory and other software; seeds fixed, false alarms stated."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from raid_scenarios import FIGHTER, scenario
from skyshade.campaign import DrawPlan, Uncertainty, draw_unknowns
from skyshade.campaign.stopping import ConfidenceSequence, portions
from skyshade.engagement.compile import prepare_raid
from skyshade.engagement.results import clustered_share, wilson
from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario
from skyshade.uncertainty.draws import Column, draw
from skyshade.uncertainty.drivers import Weight, sobol_indices
from skyshade.uncertainty.unknown import Unknown


@pytest.mark.parametrize(("p", "size", "half"), [(0.3, 1, 0.03), (0.02, 60, 0.01), (0.9, 5, 0.02)])
def test_the_sequence_covers_although_it_is_looked_at_again_and_again(
    p: float, size: int, half: float
) -> None:
    """At most 5 % of runs may ever miss; more than 9 % of 200 has chance 1e-2 even at 5 %."""
    rng = np.random.default_rng(11)
    missed, taken = 0, []
    for _ in range(200):
        sequence, ever = ConfidenceSequence(half), False
        while not sequence.is_known:
            sequence.add(rng.binomial(size, p, 16) / size)
            ever |= not sequence.low <= p <= sequence.high
        missed += ever
        taken.append(sequence.n)
        assert sequence.high - sequence.low <= 2 * half
    assert missed <= 18


def test_an_interval_for_a_fixed_number_would_miss_when_looked_at_again_and_again() -> None:
    """The check above can fail: Wilson's interval, looked at each time, misses far too often."""
    rng = np.random.default_rng(11)
    missed = 0
    for _ in range(100):
        hits = np.cumsum(rng.random(2000) < 0.3)
        missed += any(
            not (i := wilson(int(h), n))[0] <= 0.3 <= i[1]
            for n, h in enumerate(hits, start=1)
            if n >= 10
        )
    assert missed > 30


def test_the_sequence_needs_about_twice_the_values_of_a_fixed_number() -> None:
    """2 ln(40) / 1.96^2 = 1.92 times, for many values of a wide spread."""
    rng = np.random.default_rng(5)
    taken = []
    for _ in range(30):
        sequence = ConfidenceSequence(0.01)
        sequence.add((rng.random(40_000) < 0.4).astype(float))
        taken.append(sequence.n)
    assert np.mean(taken) / (1.96**2 * 0.24 / 0.01**2) == pytest.approx(1.92, rel=0.06)


def test_the_sequence_by_hand() -> None:
    """Two values, worked out from the formula: bets min(W / variance, 0.75)."""
    sequence = ConfidenceSequence(0.1)
    sequence.add(np.array([1.0, 0.0]))
    first = 0.1 / 0.25  # variance of the one imagined value
    mean = (0.5 + 1.0) / 2
    second = 0.1 / ((0.25 + (1.0 - mean) ** 2) / 2)
    bets = first + second
    doubt = sum(
        (x - m) ** 2 * (-math.log(1 - b) - b)
        for x, m, b in ((1.0, 0.5, first), (0.0, mean, second))
    )
    half = (math.log(40) + doubt) / bets
    assert sequence.high == min(first / bets + half, 1.0)
    assert sequence.low == max(first / bets - half, 0.0)
    wide = ConfidenceSequence(0.1)
    values = np.random.default_rng(1).random(4000)
    wide.add(values)
    k = wide.n
    again = ConfidenceSequence(0.1)
    for part in np.array_split(values, 400):
        again.add(part)
    assert again.n == k and again.low == pytest.approx(wide.low, abs=1e-12)


def test_portions_grow_and_leave_nothing_out() -> None:
    found = list(portions(1024, 5000))
    assert [n for _, n in found] == [64, 64, 128, 256, 512, 1024, 1024, 1024, 904]
    assert [first for first, _ in found] == np.cumsum([0, *[n for _, n in found]])[:-1].tolist()


@pytest.mark.parametrize("half", [0.0, 1.0, 0.5, -0.1, 1e-5, math.nan])
def test_a_half_width_that_makes_no_sense_is_refused(half: float) -> None:
    with pytest.raises(InputError, match="half-width out of bounds"):
        ConfidenceSequence(half)


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("n", [40, 400])
def test_wilson_covers_95_percent_on_average(p: float, n: int) -> None:
    """Exactly, by summing the binomial distribution; single p oscillate by some points."""
    near = np.clip(p + np.linspace(-0.01, 0.01, 41), 1e-3, 1 - 1e-3)
    k = np.arange(n + 1)
    low, high = np.array([wilson(float(x), n) for x in k]).T
    covers = [stats.binom.pmf(k, n, q)[(low <= q) & (q <= high)].sum() for q in near]
    assert np.mean(covers) == pytest.approx(0.95, abs=0.025)


def test_the_clustered_interval_covers_when_targets_share_their_luck() -> None:
    """Beta-binomial clusters of 60, 400 runs of 500 replicates: 0.95 within 4 standard errors.

    One that took all targets for independent would cover a third of the time.
    """
    rng = np.random.default_rng(3)
    covered = naive = 0
    for _ in range(400):
        leaked = rng.binomial(60, rng.beta(2, 6, 500))
        share = clustered_share(leaked.sum(), float((leaked**2).sum()), 60, 500)
        covered += share.low <= 0.25 <= share.high
        low, high = wilson(int(leaked.sum()), 60 * 500)
        naive += low <= 0.25 <= high
    assert covered / 400 == pytest.approx(0.95, abs=0.044)
    assert naive / 400 < 0.6


def test_the_band_of_the_draws_holds_nine_in_ten_of_fresh_draws() -> None:
    """Bands of 64 draws from six seeds, against 256 draws of another seed and other luck.

    Six bands of 64 Sobol points vary by 3 to 4 points each, so their mean stays within 4. What lies
    between the quarters of the band is far less.
    """
    group = FIGHTER | {"count": 6, "spacing": "1 km", "bearing": "270 deg"}
    case = scenario(group, rules={"max_shots": 1})
    del case["raid"]["rules"]["kill_probability"]  # left to its bounds, so that it is drawn
    Path("case.yaml").write_text(json.dumps(case))
    raid = prepare_raid(load_scenario("case.yaml"))

    def drawn(n: int, seed: int) -> Uncertainty:
        return draw_unknowns(raid, DrawPlan("band", n, 64, ranked=False), seed, workers=1)

    fresh = drawn(256, 99).leaked["all"]
    held, half = [], []
    for seed in range(6):
        low, middle, high = drawn(64, seed).band()
        assert low < middle < high
        held.append(((fresh >= low) & (fresh <= high)).mean())
        inner = (fresh >= (low + middle) / 2) & (fresh <= (middle + high) / 2)
        half.append(inner.mean())
    assert np.mean(held) == pytest.approx(0.9, abs=0.04)
    assert np.mean(half) < 0.6


def ishigami(x: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = x.T
    return np.asarray(np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))


def ishigami_indices(n: int, seed: int) -> list[tuple[Weight, Weight]]:
    """Estimated from a Sobol study of n points of three figures between -pi and pi."""
    figures = [Unknown(k, k, "rad", 0.0, -math.pi, math.pi) for k in "xyz"]
    columns = [Column(f.key, f.title, (f,)) for f in figures]
    draws = draw(columns, n, seed, design="indices")
    x = np.column_stack([draws.column(f.key) for f in figures])[draws.drawn]
    return sobol_indices(ishigami(x), 3, n)


TRUE = ((0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437))  # first order, total


def test_sobol_indices_of_the_ishigami_function() -> None:
    """T. Ishigami and T. Homma, 1990: S = 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437."""
    found = ishigami_indices(4096, 0)
    for pair, true in zip(found, TRUE, strict=True):
        assert [w.method for w in pair] == ["Sobol first order", "Sobol total"]
        for weight, value in zip(pair, true, strict=True):
            assert weight.value == pytest.approx(value, abs=0.02)
            assert weight.low <= value <= weight.high
    assert ishigami_indices(4096, 0) == found  # the bootstrap is seeded


def test_bootstrap_intervals_of_the_indices_cover() -> None:
    """40 studies of 256 points, 6 indices each: 0.95 within 4 standard errors of 40 studies.

    Scrambled Sobol points are spread more evenly than the resamples take them to be, so the
    intervals cover at least as often as they say.
    """
    covered = [
        weight.low <= value <= weight.high
        for seed in range(40)
        for pair, true in zip(ishigami_indices(256, seed), TRUE, strict=True)
        for weight, value in zip(pair, true, strict=True)
    ]
    assert np.mean(covered) > 0.95 - 4 * math.sqrt(0.95 * 0.05 / 40)


def test_indices_do_not_depend_on_how_many_resamples_are_worked_on_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = ishigami_indices(64, 3)
    monkeypatch.setattr("skyshade.uncertainty.drivers.NUMBERS_AT_ONCE", 1)
    again = ishigami_indices(64, 3)
    for pair, other in zip(found, again, strict=True):
        for a, b in zip(pair, other, strict=True):
            assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), abs=1e-12)


def test_one_unknown_alone_has_all_of_the_variance() -> None:
    columns = [Column("x", "x", (Unknown("x", "x", "", 0.5, 0.0, 1.0),))]
    draws = draw(columns, 64, design="indices")
    ((first, total),) = sobol_indices(draws.column("x")[draws.drawn], 1, 64)
    assert first.value == pytest.approx(1.0, abs=0.05)
    assert total.value == pytest.approx(1.0, abs=0.05)


def test_nothing_that_varies_has_no_index() -> None:
    for pair in sobol_indices(np.ones(5 * 8), 3, 8):
        assert [(w.value, w.low, w.high) for w in pair] == [(0.0, 0.0, 0.0)] * 2
    assert sobol_indices(np.arange(16.0), 0, 8) == []
