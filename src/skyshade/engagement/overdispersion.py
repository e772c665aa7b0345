"""How much more a share varies from one window to the next than chance alone would let it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln, xlogy

EDGE = 1e-6  # the estimate keeps this far from 0 and 1, where the beta-binomial has its limits
HALF_CHI2_95 = 1.920729  # half of the 95 % quantile of chi-squared with one degree of freedom


def intra_class_correlation(
    destroyed: ArrayLike, launched: ArrayLike
) -> tuple[float, float, float] | None:
    """Low, estimate, high of the correlation between the fates of two targets of one window.

    Model: a window's probability is drawn from a beta distribution with mean mu, and its targets
    share it, so that their number shot down is beta-binomial with

        variance = n mu (1 - mu) (1 + (n - 1) rho).

    Estimated by maximum likelihood; the interval holds every rho whose profile likelihood is
    within the 95 % bound. Windows of one target say nothing about rho and only move mu.

    Parameters
    ----------
    destroyed, launched : (n windows) counts, 0 <= destroyed <= launched.

    Returns
    -------
    None if no window has two targets, or if all or none of the targets were shot down.

    Notes
    -----
    With beta parameters a = mu (1 - rho) / rho and b = (1 - mu) (1 - rho) / rho. See Griffiths,
    Maximum likelihood estimation for the beta-binomial distribution, Biometrics 29 (1973).

    Examples
    --------
    Ten windows of two targets: both survive in four, both are shot down in four, one each in two.
    P(one) = 2 mu (1 - mu) (1 - rho) = 2/10 and mu = 1/2 give rho = 0.6.

    >>> rho = intra_class_correlation([0] * 4 + [1] * 2 + [2] * 4, [2] * 10)
    >>> round(rho[1], 4)
    0.6
    """
    k, n = np.asarray(destroyed, float), np.asarray(launched, float)
    if k.sum() in (0, n.sum()) or not (n > 1).any():
        return None

    def profile(rho: float) -> float:
        found = minimize_scalar(
            lambda mu: -_log_likelihood(k, n, mu, rho),
            bounds=(1e-9, 1 - 1e-9),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return -float(found.fun)

    best = minimize_scalar(
        lambda rho: -profile(rho),
        bounds=(EDGE, 1 - EDGE),
        method="bounded",
        options={"xatol": 1e-7},
    )
    candidates = {0.0: profile(0.0), float(best.x): -float(best.fun), 1 - EDGE: profile(1 - EDGE)}
    value = max(candidates, key=lambda rho: candidates[rho])

    def over_the_bound(rho: float) -> float:
        return profile(rho) - candidates[value] + HALF_CHI2_95

    low = 0.0
    if value > EDGE and over_the_bound(0.0) < 0:
        low = float(brentq(over_the_bound, 0.0, value))
    high = 1.0
    if value < 1 - EDGE and over_the_bound(1 - EDGE) < 0:
        high = float(brentq(over_the_bound, value, 1 - EDGE))
    return low, 1.0 if value == 1 - EDGE else value, high


def _log_likelihood(k: NDArray[np.float64], n: NDArray[np.float64], mu: float, rho: float) -> float:
    """Of a beta-binomial, without the binomial coefficients, which do not change."""
    if rho < EDGE:
        return float((xlogy(k, mu) + xlogy(n - k, 1 - mu)).sum())
    a, b = mu * (1 - rho) / rho, (1 - mu) * (1 - rho) / rho
    return float((betaln(k + a, n - k + b) - betaln(a, b)).sum())
