"""The parts of the forecast against closed forms, and against integrals done another way."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from scipy import integrate, stats

from skyshade.programme import load_ledger
from skyshade.programme.forecast import forecast, interruptions
from skyshade.programme.hazards import (
    Hazards,
    first_of,
    mean_months_with_interruptions,
)
from skyshade.programme.model import Projects
from skyshade.programme.slip import (
    Stretch,
    learn,
    lognormal_mean_beyond,
    projects_law,
    projects_prior,
    stretch_beyond,
)

N = 200_000
AUDIT = Projects(178, 59, 49)


def hazards(blockage: float, months: float, sanction: float, settle: float) -> Hazards:
    """Hazards whose rates are all but certain: huge shapes."""
    big = 1e9
    return Hazards(
        episodes=(),
        blockage_shape=big * blockage,
        blockage_months=big,
        duration_shape=big,
        duration_sum_months=(big - 1) * months,
        sanction_shape=big * sanction,
        sanction_months=big,
        resettle_months=settle,
    )


@pytest.mark.parametrize("rates", [(0.03, 0.01), (0.2, 0.0), (1e-4, 5e-3, 0.02)])
def test_competing_exponential_clocks(rates: tuple[float, ...]) -> None:
    """Each clock rings first with its share of the rate: integral of its density x survival."""
    t = 24.0
    total = sum(rates)
    for rate, found in zip(rates, first_of(rates, t), strict=True):
        by_quadrature = integrate.quad(lambda x, r=rate: r * math.exp(-total * x), 0, t)[0]
        assert found == pytest.approx(by_quadrature, rel=1e-9, abs=1e-12)
    assert sum(first_of(rates, t)) + math.exp(-total * t) == pytest.approx(1, rel=1e-12)


def test_no_clock_never_rings() -> None:
    assert first_of((0.0, 0.0), 12) == (0.0, 0.0)


def test_first_of_two_clocks_as_drawn() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.exponential(1 / 0.03, N), rng.exponential(1 / 0.01, N)
    expected = first_of((0.03, 0.01), 24)
    drawn = (((a < b) & (a < 24)).mean(), ((b < a) & (b < 24)).mean())
    for p, share in zip(expected, drawn, strict=True):
        assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / N))  # false alarm 6e-5


@pytest.mark.parametrize(("mu", "sigma", "beyond"), [(0.3, 0.67, 0.5), (0.3, 0.67, 3.0), (0, 1, 9)])
def test_lognormal_conditional_expectation(mu: float, sigma: float, beyond: float) -> None:
    """E[X | X > t] by the closed form, by quadrature, and as drawn by inversion."""
    law = stats.lognorm(s=sigma, scale=math.exp(mu))
    top = integrate.quad(lambda x: x * law.pdf(x), beyond, law.ppf(1 - 1e-14), limit=400)[0]
    closed = lognormal_mean_beyond(mu, sigma, beyond)
    assert closed == pytest.approx(top / law.sf(beyond), rel=1e-6)
    u = (np.arange(N) + 0.5) / N
    drawn = stretch_beyond(u, np.full(N, mu), np.full(N, sigma), beyond)
    assert drawn.min() >= beyond
    assert drawn.mean() == pytest.approx(closed, rel=5e-3)  # the midpoint rule cuts the tail
    assert np.median(drawn) == pytest.approx(law.isf(law.sf(beyond) / 2), rel=1e-4)


def test_an_audit_meets_its_two_shares() -> None:
    """59 of 178 projects kept their schedule, 49 took twice as long or longer."""
    mu, sigma = projects_law(AUDIT)
    law = stats.lognorm(s=sigma, scale=math.exp(mu))
    assert law.cdf(1.0) == pytest.approx(59 / 178, rel=1e-9)
    assert law.sf(2.0) == pytest.approx(49 / 178, rel=1e-9)
    assert math.exp(mu) == pytest.approx(1.34, abs=0.01)


def test_posterior_of_mu_with_known_sigma_is_the_conjugate_one() -> None:
    """With sigma all but fixed: precision-weighted mean of prior and exact observations."""
    prior = projects_prior(AUDIT, 1.0)
    prior = type(prior)(mu=0.2, mu_sd=0.5, sigma=0.4, sigma_log_sd=1e-4)
    r = (1.2, 1.6, 2.4)
    posterior = learn([Stretch(x * (1 - 1e-3), x * (1 + 1e-3)) for x in r], prior)
    precision = 1 / 0.5**2 + 3 / 0.4**2
    mean = (0.2 / 0.5**2 + sum(map(math.log, r)) / 0.4**2) / precision
    assert np.sum(posterior.weight * posterior.mu) == pytest.approx(mean, abs=2e-3)
    variance = np.sum(posterior.weight * (posterior.mu - mean) ** 2)
    assert math.sqrt(variance) == pytest.approx(precision**-0.5, rel=0.02)


def test_a_promise_not_yet_kept_counts_as_longer() -> None:
    prior = projects_prior(AUDIT, 1.2)
    nothing = learn([], prior).median_stretch
    assert nothing == pytest.approx(math.exp(prior.mu), rel=1e-6)
    assert learn([Stretch(2.0, None)], prior).median_stretch > nothing
    assert learn([Stretch(0.01, None)], prior).median_stretch == pytest.approx(nothing, rel=0.01)


@pytest.mark.parametrize(
    ("work", "blockage", "months", "sanction", "settle"),
    [(24, 1 / 60, 9, 1 / 120, 10), (60, 1 / 30, 12, 0.0, 5), (12, 0.0, 9, 1 / 20, 8)],
)
def test_interruptions_as_drawn_against_their_mean(
    work: float, blockage: float, months: float, sanction: float, settle: float
) -> None:
    """Mean of work plus interruptions: w + lambda_p w D_p + (1 - exp(-lambda_s w)) D_s."""
    h = hazards(max(blockage, 1e-7), months, max(sanction, 1e-7), settle)
    lost = interruptions(np.full((N, 1), float(work)), h, seed=3)[:, 0]
    expected = mean_months_with_interruptions(work, blockage, months, sanction, settle) - work
    error = 4 * lost.std() / math.sqrt(N)
    assert lost.mean() == pytest.approx(expected, abs=error + 1e-3)


def test_a_blockage_that_is_on_adds_its_rest() -> None:
    """The rest of an exponential time is exponential with the same mean."""
    from dataclasses import replace

    from skyshade.programme.hazards import Episode

    h = hazards(1e-7, 9.0, 1e-7, 5.0)
    on = replace(h, episodes=(Episode(date(2022, 3, 1), date(2023, 3, 1), True),))
    lost = interruptions(np.full((N, 2), 6.0), on, seed=3)
    assert lost[:, 0].mean() == pytest.approx(9.0, rel=0.02)
    assert (lost[:, 0] == lost[:, 1]).mean() > 0.999  # one history for all regiments


def test_same_seed_same_forecast_other_seed_within_error() -> None:
    ledger = load_ledger()
    day = date(2023, 3, 31)
    one, again, other = (forecast(ledger, day, seed=s) for s in (1, 1, 2))
    assert one.as_dict() == again.as_dict()
    assert one.as_dict() != other.as_dict()
    for a, b in zip(one.units, other.units, strict=True):
        assert abs((a.delivered.p50 - b.delivered.p50).days) < 30
