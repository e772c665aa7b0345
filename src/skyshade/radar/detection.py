"""Detection probability of fluctuating targets, and what follows from it scan by scan."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade._jit import plain
from skyshade.errors import InputError
from skyshade.radar._cpu import confirm_all, curve_all, detect_all
from skyshade.radar._scalar import gamma_shape

MIN_PFA = 1e-20  # checked against the exact law with up to `MAX_PULSES` pulses
MAX_PULSES = 1000  # the sum in `miss_probability` is tested up to here
MAX_WINDOW = 10  # scans in an M-of-N rule


def check_detection(pfa: float, n_pulses: int, swerling: int) -> None:
    """Raise InputError unless `MIN_PFA` <= pfa < 1/2, n_pulses is 1 to 1000 and swerling 0 to 4.

    Raises
    ------
    InputError : one of them is not.
    """
    if not MIN_PFA <= pfa < 0.5:
        raise InputError(
            "the false-alarm probability is out of bounds",
            field="pfa",
            value=pfa,
            allowed=f"{MIN_PFA:g} to less than 0.5, e.g. 1e-6",
        )
    if n_pulses != int(n_pulses) or not 1 <= n_pulses <= MAX_PULSES:
        raise InputError(
            "not a number of pulses", field="n_pulses", value=n_pulses, allowed=f"1 to {MAX_PULSES}"
        )
    if swerling not in (0, 1, 2, 3, 4):
        raise InputError(
            "no such fluctuation model",
            field="swerling",
            value=swerling,
            allowed="0 (steady), 1, 2, 3, 4",
        )


def check_confirmation(m: int, n: int) -> None:
    """Raise InputError unless 1 <= m <= n <= `MAX_WINDOW`."""
    if not 1 <= m <= n <= MAX_WINDOW:
        raise InputError(
            "not an M-of-N rule",
            field="confirm",
            value=f"{m} of {n}",
            allowed=f"1 <= M <= N <= {MAX_WINDOW}",
        )


@functools.lru_cache(256)
def false_alarm_threshold(pfa: float, n_pulses: int = 1) -> float:
    """Threshold on the sum of n square-law detected pulses, in units of the noise power.

    The sum of n noise pulses follows a gamma law of shape n, so pfa = Q(n, threshold).

    Parameters
    ----------
    pfa : probability that noise alone passes.
    n_pulses : added after the detector.

    Raises
    ------
    InputError : as :func:`check_detection`.

    Examples
    --------
    >>> round(false_alarm_threshold(1e-6), 4)   # one pulse: -ln(pfa)
    13.8155
    """
    from scipy.special import gammainccinv

    check_detection(pfa, n_pulses, 0)
    return float(gammainccinv(n_pulses, pfa))


def detection_probability(
    snr: ArrayLike, pfa: float = 1e-6, n_pulses: int = 1, swerling: int = 1
) -> NDArray[np.float64]:
    """Probability that one look detects: n pulses added after a square-law detector.

    Exact for all five of Swerling's cases (see :func:`skyshade.radar._scalar.miss_probability`);
    absolute error under 1e-9 where it was compared (docs/validation.md).

    Parameters
    ----------
    snr : any shape; mean signal-to-noise power ratio of one pulse, not decibels, 0 or more.
    pfa : probability of false alarm per look, MIN_PFA <= pfa < 1/2.
    n_pulses : 1 to 1000.
    swerling : 0 steady; 1, 2 many scatterers; 3, 4 one dominant; 1, 3 slow, 2, 4 fast.

    Returns
    -------
    Same shape as `snr`; NaN where `snr` is NaN.

    Raises
    ------
    InputError : a parameter out of bounds, or a negative snr.

    References
    ----------
    P. Swerling, Probability of Detection for Fluctuating Targets, IRE Trans. IT-6, 1960;
    J. V. DiFranco and W. L. Rubin, Radar Detection, 1980, ch. 9 to 11.

    Examples
    --------
    >>> float(detection_probability(20.0, 1e-6).round(4))   # Swerling 1, one pulse: pfa^(1/(1+snr))
    0.5179
    """
    check_detection(pfa, n_pulses, swerling)
    ratio = np.asarray(snr, float)
    if (ratio < 0).any():
        raise InputError(
            "a signal-to-noise ratio is not negative; decibels are not meant",
            field="snr",
            value=float(ratio.min()),
        )
    out = np.empty(ratio.size)
    vt = false_alarm_threshold(pfa, n_pulses)
    shape = plain(gamma_shape)(swerling, n_pulses)
    detect_all(np.minimum(ratio.ravel(), 1e12), int(n_pulses), shape, vt, pfa, out)
    return out.reshape(ratio.shape)


@functools.lru_cache(256)
def required_snr(p_detect: float, pfa: float = 1e-6, n_pulses: int = 1, swerling: int = 1) -> float:
    """Signal-to-noise ratio of one pulse at which a look detects with probability `p_detect`.

    Parameters
    ----------
    p_detect : wanted probability of detection in one look.
    pfa : probability that noise alone passes.
    n_pulses, swerling : pulses added, and the case of fluctuation (0 to 4).

    Raises
    ------
    InputError : `p_detect` is not between pfa and 1.

    >>> round(required_snr(0.5, 1e-6), 3)    # ln(pfa) / ln(pd) - 1
    18.932
    """
    from scipy.optimize import brentq

    check_detection(pfa, n_pulses, swerling)
    if not pfa < p_detect < 1.0:
        raise InputError(
            "the detection probability must lie between the false-alarm probability and 1",
            field="p_detect",
            value=p_detect,
            allowed="e.g. 0.5",
        )

    def excess(log_snr: float) -> float:
        return float(detection_probability(math.exp(log_snr), pfa, n_pulses, swerling)) - p_detect

    return math.exp(brentq(excess, math.log(1e-8), math.log(1e12), xtol=1e-12))


@dataclass(frozen=True)
class DetectionCurve:
    """Detection probability tabulated over ln(snr), for kernels.

    Cubic interpolation; within 1e-6 of the exact value everywhere (tested for up to 1000 pulses).

    Attributes
    ----------
    values : (nodes,) probability at exp(first + i / per_node).
    """

    values: NDArray[np.float64]
    first: float
    per_node: float

    def __call__(self, log_snr: ArrayLike) -> NDArray[np.float64]:
        """Probability at exp(log_snr), any shape."""
        x = np.asarray(log_snr, float)
        out = np.empty(x.size)
        curve_all(self.values, self.first, self.per_node, x.ravel(), out)
        return out.reshape(x.shape)


@functools.lru_cache(64)
def detection_curve(pfa: float = 1e-6, n_pulses: int = 1, swerling: int = 1) -> DetectionCurve:
    """The table of :func:`detection_probability` for snr from 1e-4 to 1e8.

    Parameters
    ----------
    pfa : probability that noise alone passes.
    n_pulses, swerling : pulses added, and the case of fluctuation (0 to 4).

    Raises
    ------
    InputError : as :func:`check_detection`.
    """
    check_detection(pfa, n_pulses, swerling)
    nodes = 4096
    log_snr = np.linspace(math.log(1e-4), math.log(1e8), nodes)
    values = detection_probability(np.exp(log_snr), pfa, n_pulses, swerling)
    return DetectionCurve(values, float(log_snr[0]), (nodes - 1) / float(np.ptp(log_snr)))


def confirmation_probability(p_scan: ArrayLike, m: int = 2, n: int = 3) -> NDArray[np.float64]:
    """Probability that a track is confirmed by each scan: m detections in n successive scans.

    Scans are independent. The result is exact: a Markov chain over the last n - 1 scans.

    Parameters
    ----------
    p_scan : (..., scans) detection probability of each scan.

    Returns
    -------
    (..., scans) : never decreasing along the scans.

    Examples
    --------
    >>> confirmation_probability([0.5, 0.5, 0.5], 2, 3).tolist()
    [0.0, 0.25, 0.5]
    """
    check_confirmation(m, n)
    p = np.atleast_1d(np.asarray(p_scan, float))
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError("probabilities lie between 0 and 1", field="p_scan")
    out = np.empty((p.size // p.shape[-1], p.shape[-1]))
    confirm_all(np.ascontiguousarray(p.reshape(out.shape)), one_more_confirms(m, n), out)
    return out.reshape(p.shape)


def one_more_confirms(m: int, n: int) -> NDArray[np.bool_]:
    """(2^(n-1),) whether one more detection makes M of N, per history of scans (bits of the index).

    >>> one_more_confirms(2, 3).tolist()
    [False, True, True, True]
    """
    return np.array([bits.bit_count() + 1 >= m for bits in range(1 << (n - 1))])


def cumulative_probability(p_scan: ArrayLike) -> NDArray[np.float64]:
    """Probability of at least one detection by each scan: 1 - prod(1 - p).

    >>> cumulative_probability([0.5, 0.5]).tolist()
    [0.5, 0.75]
    """
    return np.asarray(1.0 - np.cumprod(1.0 - np.asarray(p_scan, float), axis=-1), np.float64)
