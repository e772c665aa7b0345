"""Detection statistics over arrays, on the CPU."""

import numpy as np

from skyshade._jit import driver, prange
from skyshade.radar._scalar import confirm_step, curve_value, miss_probability


@driver
def detect_all(snr, n, k, vt, pfa, out):  # type: ignore[no-untyped-def]
    """out[i] = exact detection probability at snr[i]."""
    for i in prange(snr.shape[0]):
        s = snr[i]
        out[i] = 1.0 - miss_probability(s, n, k, vt, pfa) if s > 0.0 else (pfa if s == 0.0 else s)


@driver
def curve_all(curve, first, per_node, log_snr, out):  # type: ignore[no-untyped-def]
    """out[i] = tabulated detection probability at exp(log_snr[i])."""
    for i in prange(log_snr.shape[0]):
        out[i] = curve_value(curve, first, per_node, log_snr[i])


@driver
def confirm_all(p_scan, enough, out):  # type: ignore[no-untyped-def]
    """out[r, s] = probability that row r's track is confirmed by scan s."""
    for r in prange(p_scan.shape[0]):
        mass, spare = np.zeros(enough.shape[0]), np.zeros(enough.shape[0])
        mass[0] = 1.0
        total = 0.0
        for s in range(p_scan.shape[1]):
            total += confirm_step(p_scan[r, s], mass, spare, enough)
            out[r, s] = total
