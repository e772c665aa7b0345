"""How much longer things take than promised: a Bayesian model of the stretch of a promise.

A promise made on day s for day d has the lead L = d - s. It was kept after T working months; months
in which payments were blocked do not count. The stretch

    r = (T + c) / (L + c),    c = 3 months

is lognormal, ln r ~ N(mu, sigma^2). The shift c says that dates in the press are no sharper than a
quarter; without it a promise for next week that is kept a month late would be a stretch of four.

The prior is a reference class from outside the programme: of 178 high-priority Indian defence
projects 59 kept their schedule and 49 took twice as long or longer, which is met by a lognormal of
median 1.34 and sigma 0.67. Those times include interruptions, which here are a model of their own,
so the median is divided by what the hazards' prior adds to a promise of 30 months. Two thirds
of the variance are taken to lie between programmes (the prior of mu), one third within one (the
centre of the prior of sigma); that split is an assumption, and docs/programme.md has others.

Valid for promises of months to years. Ignored: who promised, and that promises to one buyer are not
independent, except that the promises about one regiment together weigh as one observation.

References
----------
Comptroller and Auditor General of India, report on mission-mode projects of the DRDO, as reported
by ThePrint, winter of 2022 (read in excerpt, date inferred). Gelman et al., Bayesian Data
Analysis, 3rd ed., ch. 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

SHIFT_MONTHS = 3.0
WITHIN_FRAC = 1 / 3

# lognormal through the two shares that the report gives: P(r <= 1) = 59/178, P(r < 2) = 129/178
REFERENCE_SIGMA = math.log(2) / (float(ndtri(129 / 178)) - float(ndtri(59 / 178)))
REFERENCE_MU = -REFERENCE_SIGMA * float(ndtri(59 / 178))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The bounds of one stretch; `high` is None while the promise is not fulfilled."""

    low: float
    high: float | None
    weight: float = 1.0


@dataclass(frozen=True)
class Prior:
    """Normal prior of mu, lognormal prior of sigma."""

    mu: float
    mu_sd: float
    sigma: float
    sigma_log_sd: float = 0.4


def reference_prior(interruption_factor: float, within_frac: float = WITHIN_FRAC) -> Prior:
    """The reference class as a prior of stretches in working time.

    Parameters
    ----------
    interruption_factor : by how much interruptions lengthen working time, on average.
    within_frac : share of the variance of ln r that lies within one programme.
    """
    return Prior(
        mu=REFERENCE_MU - math.log(interruption_factor),
        mu_sd=REFERENCE_SIGMA * math.sqrt(1 - within_frac),
        sigma=REFERENCE_SIGMA * math.sqrt(within_frac),
    )


@dataclass(frozen=True)
class Posterior:
    """Weights on a grid of (mu, sigma); they add up to one."""

    mu: NDArray[np.float64]
    sigma: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def median_stretch(self) -> float:
        """exp of the posterior mean of mu."""
        return float(math.exp(np.sum(self.weight * self.mu)))

    def draw(self, u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(mu, sigma) for uniform numbers u, by inversion along the grid."""
        cumulative = np.cumsum(self.weight)
        index = np.minimum(np.searchsorted(cumulative, u * cumulative[-1]), len(cumulative) - 1)
        return self.mu[index], self.sigma[index]


def learn(observed: Sequence[Stretch], prior: Prior) -> Posterior:
    """The posterior of (mu, sigma) after some stretches, on a grid.

    The likelihood of an interval is its probability; that of an unfulfilled promise is the
    probability of a longer stretch. Each is raised to its weight.
    """
    mu_1d = np.linspace(prior.mu - 4 * prior.mu_sd, prior.mu + 4 * prior.mu_sd, 81)
    log_sigma = np.linspace(-3, 3, 41) * prior.sigma_log_sd + math.log(prior.sigma)
    mu, sigma = (a.ravel() for a in np.meshgrid(mu_1d, np.exp(log_sigma), indexing="ij"))
    log_weight = -0.5 * ((mu - prior.mu) / prior.mu_sd) ** 2
    log_weight -= 0.5 * ((np.log(sigma) - math.log(prior.sigma)) / prior.sigma_log_sd) ** 2
    for stretch in observed:
        z_low = (math.log(max(stretch.low, 1e-9)) - mu) / sigma
        if stretch.high is None:
            p = ndtr(-z_low)
        else:
            z_high = (math.log(max(stretch.high, stretch.low * 1.001)) - mu) / sigma
            p = ndtr(z_high) - ndtr(z_low)
        log_weight += stretch.weight * np.log(np.maximum(p, 1e-300))
    weight = np.exp(log_weight - log_weight.max())
    return Posterior(mu, sigma, weight / weight.sum())


def stretch_beyond(
    u: NDArray[np.float64],
    mu: NDArray[np.float64],
    sigma: NDArray[np.float64],
    beyond: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Lognormal stretches above `beyond`, for uniform numbers u, by inversion of the upper tail."""
    z = (np.log(np.maximum(beyond, 1e-9)) - mu) / sigma
    tail = np.maximum(ndtr(-z) * (1 - u), 1e-300)
    drawn: NDArray[np.float64] = np.exp(mu - sigma * ndtri(tail))
    return np.maximum(drawn, beyond)


def lognormal_mean_beyond(mu: float, sigma: float, beyond: float) -> float:
    """Mean of a lognormal given that it exceeds `beyond`.

    E[X | X > t] = exp(mu + sigma^2/2) Phi((mu + sigma^2 - ln t)/sigma) / Phi((mu - ln t)/sigma)

    References
    ----------
    Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions, vol. 1, ch. 14.

    Examples
    --------
    >>> round(lognormal_mean_beyond(0.0, 1.0, 1e-12), 6)   # the whole distribution: exp(1/2)
    1.648721
    """
    above = float(ndtr((mu - math.log(beyond)) / sigma))
    shifted = float(ndtr((mu + sigma**2 - math.log(beyond)) / sigma))
    return math.exp(mu + sigma**2 / 2) * shifted / above
