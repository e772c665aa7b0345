"""Detection statistics against the textbook's closed forms and an independent library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammainc
from scipy.stats import binom, ncx2

from skyshade.errors import InputError
from skyshade.radar.detection import (
    confirmation_probability,
    cumulative_probability,
    detection_curve,
    detection_probability,
    false_alarm_threshold,
    required_snr,
)

SNR = np.logspace(-3, 4, 200)
CASES = [(n, pfa) for n in (1, 2, 10, 100, 1000) for pfa in (1e-3, 1e-6, 1e-10)]


@pytest.mark.parametrize(("n", "pfa"), CASES)
def test_a_steady_target_follows_marcum(n: int, pfa: float) -> None:
    """Pd = Q_n(sqrt(2 n snr), sqrt(2 vt)): the tail of a non-central chi-square law."""
    vt = false_alarm_threshold(pfa, n)
    expected = ncx2.sf(2 * vt, 2 * n, 2 * n * SNR)
    assert np.allclose(detection_probability(SNR, pfa, n, 0), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("n", "pfa"), CASES)
def test_swerling_2_is_one_incomplete_gamma_function(n: int, pfa: float) -> None:
    """Pd = 1 - P(n, vt / (1 + snr)), Swerling 1960."""
    expected = 1 - gammainc(n, false_alarm_threshold(pfa, n) / (1 + SNR))
    assert np.allclose(detection_probability(SNR, pfa, n, 2), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("n", "pfa"), CASES)
def test_swerling_1_in_closed_form(n: int, pfa: float) -> None:
    """DiFranco and Rubin 1980, eq. 11.2-17; for one pulse pfa^(1 / (1 + snr))."""
    vt = false_alarm_threshold(pfa, n)
    if n == 1:
        expected = pfa ** (1 / (1 + SNR))
    else:
        a = 1 + 1 / (n * SNR)
        power = np.exp((n - 1) * np.log(a) - vt / (1 + n * SNR)) * gammainc(n - 1, vt / a)
        expected = 1 - gammainc(n - 1, vt) + power
    assert np.allclose(detection_probability(SNR, pfa, n, 1), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("swerling", [3, 4])
def test_swerling_3_and_4_average_the_steady_target(n: int, swerling: int) -> None:
    """The definition itself: Marcum's probability averaged over the energy's gamma law."""
    k = 2 if swerling == 3 else 2 * n
    vt = false_alarm_threshold(1e-6, n)
    for snr in (0.5, 5.0, 50.0):
        mean = n * snr

        def integrand(x: float, mean: float = mean) -> float:
            law = math.exp(k * math.log(k / mean) + (k - 1) * math.log(x) - k * x / mean)
            return law / math.gamma(k) * float(ncx2.sf(2 * vt, 2 * n, 2 * x))

        expected, _ = quad(
            integrand, 0, 60 * mean, limit=400, epsabs=1e-11, points=[mean, 5 * mean]
        )
        assert float(detection_probability(snr, 1e-6, n, swerling)) == pytest.approx(
            expected, abs=1e-7
        )


@pytest.mark.parametrize("swerling", range(5))
@pytest.mark.parametrize(("n", "pfa"), CASES)
def test_the_kernels_table_is_within_a_millionth(n: int, pfa: float, swerling: int) -> None:
    snr = np.logspace(-3.9, 7.9, 5000)
    exact = detection_probability(snr, pfa, n, swerling)
    assert np.abs(detection_curve(pfa, n, swerling)(np.log(snr)) - exact).max() < 1e-6


@pytest.mark.parametrize("swerling", range(5))
def test_required_snr_inverts_the_probability(swerling: int) -> None:
    for p in (0.1, 0.5, 0.9, 0.99):
        snr = required_snr(p, 1e-6, 10, swerling)
        assert float(detection_probability(snr, 1e-6, 10, swerling)) == pytest.approx(p, abs=1e-9)


def test_no_signal_leaves_the_false_alarms() -> None:
    assert float(detection_probability(0.0, 1e-4, 5, 1)) == pytest.approx(1e-4, rel=1e-6)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (3, 5), (5, 5)])
def test_confirmation_by_the_nth_scan_is_binomial(m: int, n: int) -> None:
    """After exactly N scans, M of N is the tail of a binomial law."""
    for p in (0.1, 0.5, 0.9):
        confirmed = confirmation_probability(np.full(n, p), m, n)
        assert confirmed[-1] == pytest.approx(binom.sf(m - 1, n, p), abs=1e-12)


def test_confirmation_follows_a_simulation_of_the_rule() -> None:
    """Unequal scans, over 200,000 random histories; false-alarm rate of the bound 1e-6."""
    p = np.array([0.1, 0.4, 0.2, 0.7, 0.5, 0.3, 0.6])
    hits = np.random.default_rng(3).random((200_000, 7)) < p
    windows = np.stack([hits[:, max(0, k - 2) : k + 1].sum(axis=1) >= 2 for k in range(7)], axis=1)
    # confirmed only on a detection: that is when the count rises
    seen = np.logical_or.accumulate(windows & hits, axis=1).mean(axis=0)
    assert np.allclose(confirmation_probability(p, 2, 3), seen, atol=5 * 0.5 / math.sqrt(200_000))


def test_cumulative_detection() -> None:
    assert cumulative_probability([0.5, 0.5, 0.5])[-1] == pytest.approx(0.875)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"pfa": 0.0}, "pfa"),
        ({"pfa": 1.0}, "pfa"),
        ({"pfa": float("nan")}, "pfa"),
        ({"n_pulses": 0}, "n_pulses"),
        ({"n_pulses": 1001}, "n_pulses"),
        ({"swerling": 5}, "swerling"),
        ({"snr": -1.0}, "snr"),
    ],
)
def test_bad_numbers_are_refused(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as error:
        detection_probability(**({"snr": 1.0} | arguments))
    assert error.value.field == field
