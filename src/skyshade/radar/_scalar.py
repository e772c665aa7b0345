"""Detection statistics as pure scalar functions: one pulse train, one window of scans.

Legend: snr mean signal-to-noise ratio of one pulse (a ratio, not decibels), n pulses added after
a square-law detector, vt threshold in units of the noise power, k shape of the gamma law of the
target's energy (half its degrees of freedom), pfa false-alarm probability.
"""

import math

from skyshade._jit import scalar

STEADY = 0.0  # stands for an infinite shape k: a target that does not fluctuate
THIRD, SIXTH = 1.0 / 3.0, 1.0 / 6.0  # multiplying is many times faster than dividing
NEGLIGIBLE, TINY = 1e-13, 1e-18  # a probability, and a term of its sum, that no longer matter


@scalar
def gamma_shape(swerling, n):  # type: ignore[no-untyped-def]
    """Shape of the gamma law that the energy of n pulses follows, by Swerling's case 0 to 4.

    1 and 3 fluctuate from scan to scan (one draw for all pulses), 2 and 4 from pulse to pulse.
    """
    if swerling == 1:
        return 1.0
    if swerling == 2:
        return float(n)
    if swerling == 3:
        return 2.0
    if swerling == 4:
        return 2.0 * n
    return STEADY


@scalar
def miss_probability(snr, n, k, vt, pfa):  # type: ignore[no-untyped-def]
    """Probability that the sum of n pulses stays under the threshold; exact for every case.

    Given its energy the sum is a Poisson mixture of gamma laws; averaging the energy over a gamma
    law of shape k turns the Poisson weights into negative binomial ones, so that

        P(miss) = sum_j w_j P(n + j, vt),

    P being the regularised lower incomplete gamma function. Both factors follow by recurrence,
    and P(n + j, vt) falls off beyond j = vt, which ends the sum.
    """
    mean = n * snr
    lower = 1.0 - pfa  # P(n, vt), by the definition of vt
    step = math.exp(-vt + n * math.log(vt) - math.lgamma(n + 1.0))
    if k == STEADY:
        weight, ratio = math.exp(-mean), mean
    else:
        weight, ratio = math.exp(-k * math.log1p(mean / k)), mean / (k + mean)
    total = 0.0
    j = 0
    # `lower` is the sum of the steps to come; rounding may keep it slightly above 0 for ever
    while lower > NEGLIGIBLE and (step > TINY or n + j < vt):
        total += weight * lower
        weight *= ratio / (j + 1) if k == STEADY else ratio * (k + j) / (j + 1)
        lower -= step
        j += 1
        step *= vt / (n + j)
    return min(total, 1.0)


@scalar
def curve_value(curve, first, per_node, log_snr):  # type: ignore[no-untyped-def]
    """Detection probability from a table over ln(snr), cubic through four nodes.

    Below the table 0, above it the last value.
    """
    x = (log_snr - first) * per_node
    last = curve.shape[0] - 1
    if x < 1.0:
        return 0.0
    if x >= last - 2:
        return curve[last]
    i = int(x)
    u = x - i
    a, b, c, d = curve[i - 1], curve[i], curve[i + 1], curve[i + 2]
    return b + u * (
        c
        - THIRD * a
        - 0.5 * b
        - SIXTH * d
        + u * (0.5 * (a + c) - b + u * (SIXTH * (d - a) + 0.5 * (b - c)))
    )


@scalar
def confirm_step(p, mass, spare, enough):  # type: ignore[no-untyped-def]
    """One more scan with detection probability `p`; returns the probability newly confirmed.

    `mass[bits]` is the probability that the track is not confirmed and that the last n - 1 scans
    detected as `bits` says (newest in the lowest bit); `spare` is scratch of the same length.
    `enough[bits]`: one more detection makes m of n.
    """
    half = mass.shape[0] // 2
    confirmed = 0.0
    for bits in range(mass.shape[0]):
        if enough[bits]:
            confirmed += mass[bits] * p
    for new in range(half):  # two histories that differ in the oldest look alone become one
        old = new + half
        spare[2 * new] = mass[new] * (1.0 - p) + mass[old] * (1.0 - p)
        spare[2 * new + 1] = (0.0 if enough[new] else mass[new] * p) + (
            0.0 if enough[old] else mass[old] * p
        )
    if half == 0:  # one look is the whole window: no history
        spare[0] = mass[0] * (1.0 - p)
    for bits in range(mass.shape[0]):
        mass[bits] = spare[bits]
    return confirmed
