"""Scores and life tables against second computations: quadrature, closed forms, other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from skyshade.programme.reference import LifeTable, Waiting
from skyshade.programme.reference_check import ranked_score
from skyshade.programme.scores import crps_months, place_in_forecast

MONTH = 365.25 / 12


def test_crps_of_a_normal_forecast_by_its_closed_form() -> None:
    """CRPS(N(m, s), y) = s (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)), Gneiting et al. 2005."""
    m, s, y = 300.0, 90.0, 410.0
    draws = stats.norm(m, s).ppf((np.arange(20_000) + 0.5) / 20_000)
    z = (y - m) / s
    closed = s * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps_months(draws, (y, y), 1e9) == pytest.approx(closed / MONTH, rel=2e-3)


def test_crps_up_to_the_newest_report_by_quadrature() -> None:
    """The integral of (F - 1{y <= x})^2 up to the limit; a unit not delivered has no step."""
    law, limit = stats.norm(300, 90), 380.0
    draws = law.ppf((np.arange(20_000) + 0.5) / 20_000)
    for y in (250.0, 500.0, None):
        step = limit if y is None else y

        def squared(x: float, step: float = step) -> float:
            return float((law.cdf(x) - (x >= step)) ** 2)

        whole = integrate.quad(squared, -200, limit, points=[min(step, limit)], limit=200)[0]
        outcome = None if y is None else (y, y)
        assert crps_months(draws, outcome, limit) == pytest.approx(whole / MONTH, rel=5e-3)


def test_a_span_counts_as_the_mean_over_its_days() -> None:
    draws = np.linspace(0, 400, 999)
    days = 100 + 200 * (np.arange(9) + 0.5) / 9
    by_day = np.mean([crps_months(draws, (d, d), 1e9) for d in days])
    assert crps_months(draws, (100.0, 300.0), 1e9) == pytest.approx(float(by_day), rel=1e-9)


def test_places_of_calibrated_outcomes_are_uniform() -> None:
    """Outcomes drawn from the forecast itself: Kolmogorov-Smirnov at 0.1 % false alarms."""
    rng = np.random.default_rng(7)
    draws = rng.normal(300, 90, 20_000)
    places = [float(place_in_forecast(draws, (y, y))[0]) for y in rng.normal(300, 90, 500)]
    assert stats.kstest(places, "uniform").pvalue > 1e-3


def test_ranked_score_is_the_sum_over_the_ends_of_years() -> None:
    waiting = Waiting.of(np.array([0.1, 0.4, 0.5, *[0.3] * 13]))
    arrived = [0.1, 0.46, 0.73, 0.811]
    by_hand = sum((p - (j >= 2)) ** 2 for j, p in enumerate(arrived))
    assert ranked_score(waiting, 2, True, 4) == pytest.approx(by_hand, abs=1e-12)
    not_yet = sum(p**2 for p in arrived)
    assert ranked_score(waiting, 3, False, 4) == pytest.approx(not_yet, abs=1e-12)


def test_life_table_against_kaplan_meier_of_scipy() -> None:
    """Unsmoothed, the product of 1 - d/n is the estimator of Kaplan and Meier."""
    rng = np.random.default_rng(3)
    waits = [
        (int(w), bool(h)) for w, h in zip(rng.integers(0, 8, 80), rng.random(80) < 0.7, strict=True)
    ]
    table = LifeTable.count(waits)
    mine = np.cumprod(1 - table.delivered / np.maximum(table.waiting, 1))
    done = [w for w, h in waits if h]
    alive = [w for w, h in waits if not h]
    other = stats.ecdf(stats.CensoredData(uncensored=done, right=alive)).sf
    for year, p in zip(other.quantiles, other.probabilities, strict=True):
        assert mine[int(year)] == pytest.approx(p, abs=1e-12)


def test_waits_are_drawn_by_inversion() -> None:
    waiting = Waiting.of(np.full(16, 0.2))
    u = (np.arange(2000) + 0.5) / 2000
    for passed in (0.0, 2.5, 20.0):
        drawn = waiting.beyond(u, passed)
        assert (drawn >= passed).all()
        before = float(waiting.by(passed))
        again = (waiting.by(drawn) - before) / (1 - before)
        assert np.allclose(again, u, atol=1e-6)
    # after the table the hazard goes on: 0.8 a year
    assert 1 - float(waiting.by(18.0)) == pytest.approx(0.8**18, rel=1e-6)
