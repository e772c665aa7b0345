"""How much longer things take than promised: a Bayesian model of the stretch of a promise.

A promise made on day s for day d has the lead L = d - s. It was kept after T working months; months
in which payments were blocked do not count. The stretch

    r = (T + c) / (L + c),    c = 3 months

is lognormal, ln r ~ N(mu, sigma^2). The shift c says that dates in the press are no sharper than a
quarter; without it a promise for next week that is kept a month late would be a stretch of four.

The prior comes from outside the programme, from up to two reference classes. One is what orders of
the same class in a public register make of the contract's calendar
(:mod:`skyshade.programme.reference`). The other is the buyer's own projects, where the ledger
gives an audit of them: the shares that were on time and that took twice as long or longer are met
by a lognormal. Two classes count half each. Both include interruptions, which here are a model of
their own, so the median is divided by what the hazards' prior adds to a promise of 30 months. Two
thirds of the variance are taken to lie between programmes (the prior of mu), one third within one
(the centre of the prior of sigma); that split is an assumption, and docs/programme.md has others.

Valid for promises of months to years. Ignored: who promised, and that promises to one buyer are not
independent, except that the promises about one unit together weigh as one observation.

References
----------
Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from skyshade.programme.model import Projects

SHIFT_MONTHS = 3.0
WITHIN_FRAC = 1 / 3


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


# where a ledger has neither class: promises are kept on the median, give or take (assumed)
VAGUE = Prior(mu=0.0, mu_sd=0.55, sigma=0.39)


def projects_law(projects: Projects) -> tuple[float, float]:
    """(mu, sigma) of the lognormal through the two shares that an audit gives.

    P(r <= 1) is the share on time, P(r < 2) one less the share that took twice as long or longer.

    Examples
    --------
    >>> mu, sigma = projects_law(Projects(178, 59, 49))
    >>> round(math.exp(mu), 2), round(sigma, 2)
    (1.34, 0.67)
    """
    on_time = float(ndtri(projects.on_time / projects.n))
    below_twice = float(ndtri(1 - projects.twice_as_long / projects.n))
    sigma = math.log(2) / (below_twice - on_time)
    return -sigma * on_time, sigma


def projects_prior(
    projects: Projects, interruption_factor: float, within_frac: float = WITHIN_FRAC
) -> Prior:
    """The buyer's own projects as a prior of stretches in working time.

    Parameters
    ----------
    interruption_factor : by how much interruptions lengthen working time, on average.
    within_frac : share of the variance of ln r that lies within one programme.
    """
    mu, sigma = projects_law(projects)
    return Prior(
        mu=mu - math.log(interruption_factor),
        mu_sd=sigma * math.sqrt(1 - within_frac),
        sigma=sigma * math.sqrt(within_frac),
    )


def halves(one: Prior, other: Prior) -> Prior:
    """The prior that gives each of two priors half of the weight: mean and variance of the mixture.

    Examples
    --------
    >>> halves(Prior(0.0, 0.3, 0.4), Prior(0.8, 0.3, 0.4))
    Prior(mu=0.4, mu_sd=0.5, sigma=0.4, sigma_log_sd=0.4)
    """
    apart = (one.mu - other.mu) / 2
    return Prior(
        mu=(one.mu + other.mu) / 2,
        mu_sd=math.sqrt((one.mu_sd**2 + other.mu_sd**2) / 2 + apart**2),
        sigma=(one.sigma + other.sigma) / 2,
    )


def class_prior(
    log_stretches: NDArray[np.float64], interruption_factor: float, within_frac: float = WITHIN_FRAC
) -> Prior:
    """The prior that a reference class of orders gives: what it makes of the contract's calendar.

    Parameters
    ----------
    log_stretches : ln of how many times longer orders of the class take than the calendar says,
        by draw and unit (:func:`skyshade.programme.reference.log_stretches`).
    interruption_factor, within_frac : as for :func:`projects_prior`.
    """
    sigma = float(np.std(log_stretches))
    return Prior(
        mu=float(np.mean(log_stretches)) - math.log(interruption_factor),
        mu_sd=sigma * math.sqrt(1 - within_frac),
        sigma=sigma * math.sqrt(within_frac),
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
