"""Scores of a forecast date: CRPS in months, and where in the forecast the outcome fell.

An outcome is a span of days, as imprecise as it was reported: the score is the mean over the span,
every day being equally likely. What lies beyond the newest report is not known, so forecasts and
outcomes later than it count as if they fell on it (the threshold-weighted CRPS); a unit that has
not been delivered is scored that way too. For a single date the CRPS is the absolute error.

References
----------
Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation. Gneiting and
Ranjan (2011), Comparing density forecasts using threshold- and quantile-weighted scoring rules.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.dates import DAYS_PER_MONTH

POINTS = 999  # quantiles that stand for the draws of a forecast
SPAN_POINTS = 9  # days that stand for a span


def crps_months(
    forecast_days: ArrayLike, outcome_days: tuple[float, float] | None, limit_days: float
) -> float:
    """The CRPS in months.

    Parameters
    ----------
    forecast_days : draws, or one date, in days after the day of the forecast.
    outcome_days : first and last day of the outcome, None if it has not come.
    limit_days : the newest report; later dates count as this one.

    Examples
    --------
    >>> round(crps_months(0.0, (30.4375, 30.4375), 1e6), 6)   # one date: the absolute error
    1.0
    """
    from scoringrules import crps_ensemble

    draws = np.atleast_1d(np.asarray(forecast_days, dtype=float))
    if len(draws) > POINTS:
        draws = np.quantile(draws, (np.arange(POINTS) + 0.5) / POINTS)
    draws = np.minimum(draws, limit_days)
    days = np.array([limit_days]) if outcome_days is None else _days_in(outcome_days)
    days = np.minimum(days, limit_days)
    shaped = np.broadcast_to(draws, (len(days), len(draws)))
    found = crps_ensemble(days, shaped, estimator="qd", backend="numpy")
    return float(np.mean(found)) / DAYS_PER_MONTH


def place_in_forecast(
    forecast_days: NDArray[np.float64], outcome_days: tuple[float, float]
) -> NDArray[np.float64]:
    """The probabilities that the forecast gave to the days up to each day of the outcome's span.

    If forecasts are calibrated, these are spread evenly from 0 to 1 (probability integral
    transform).
    """
    ordered = np.sort(forecast_days)
    found: NDArray[np.float64] = np.searchsorted(ordered, _days_in(outcome_days)) / len(ordered)
    return found


def _days_in(span: tuple[float, float]) -> NDArray[np.float64]:
    first, last = span
    found: NDArray[np.float64] = (
        first + (last - first) * (np.arange(SPAN_POINTS) + 0.5) / SPAN_POINTS
    )
    return found
