"""Good and bad days: what all shots of a raid at one class of targets have in common.

Countermeasures, weather and crews are the same for all shots of a raid, so the shots are not
independent. The kill probability of a day is drawn once per raid and class from a beta
distribution around its mean, the same for all missiles: all are good or bad together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DAYS = 256  # equally likely ones, from the worst to the best
ALL_ALIKE = 0.9999  # a correlation above this is 1: all shots hit, or all miss


def kill_on_days(
    p_kill: NDArray[np.float64], correlation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(missiles, classes, days) kill probability on equally likely days; the mean is `p_kill`.

    A day's number is the mean of the beta distribution over that part of its quantiles, so the mean
    over days is exact. With correlation r and mean p its parameters are p (1 - r) / r and
    (1 - p) (1 - r) / r, and r is the correlation between the results of two shots of one raid.

    Parameters
    ----------
    p_kill : (missiles, classes).
    correlation : (classes,) 0 to 1. One day is returned if all are 0.

    References
    ----------
    J. G. Skellam, A probability distribution derived from the binomial distribution by regarding
    the probability of success as variable between the sets of trials, Journal of the Royal
    Statistical Society B 10, 1948.

    Examples
    --------
    >>> days = kill_on_days(np.array([[0.7]]), np.array([0.2]))[0, 0]
    >>> round(float(days.mean()), 6), float(days[0]) < 0.1, float(days[-1]) > 0.99
    (0.7, True, True)
    """
    if not correlation.any():
        return np.ascontiguousarray(p_kill[:, :, None])
    edges = np.linspace(0.0, 1.0, DAYS + 1)
    days = np.empty((*p_kill.shape, DAYS))
    for m, kind in np.ndindex(*p_kill.shape):
        p, r = float(p_kill[m, kind]), float(correlation[kind])
        days[m, kind] = np.diff(_mass_below(edges, p, r)) * DAYS
    return np.clip(days, 0.0, 1.0)


def _mass_below(q: NDArray[np.float64], p: float, r: float) -> NDArray[np.float64]:
    """Integral of the day's kill probability over the quantiles 0 to q."""
    from scipy.special import betainc, betaincinv

    if r == 0.0 or p in (0.0, 1.0):
        return p * q
    if r > ALL_ALIKE:
        return np.maximum(q - (1.0 - p), 0.0)
    a, b = p * (1.0 - r) / r, (1.0 - p) * (1.0 - r) / r
    return np.asarray(p * betainc(a + 1.0, b, betaincinv(a, b, q)))
