"""Fire units on the CPU: fly-out tables on the common grid, and meetings with sampled paths."""

import math

from numba import prange

from skyshade._jit import driver
from skyshade.fireunit._scalar_intercept import earliest_on_path
from skyshade.flyout._scalar import bilinear, time_of_flight


@driver
def resample_times(table, d_range, d_alt, new_d_range, new_d_alt, out):  # type: ignore[no-untyped-def]
    """A time-of-flight table on another grid, +inf where a missile does not get to."""
    for i in prange(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = time_of_flight(table, d_range, d_alt, j * new_d_range, i * new_d_alt)


@driver
def meet_paths(  # type: ignore[no-untyped-def]
    table_s, table_mps, dr, dh, e, t0, step, ts, xs, ys, hs, out
):
    """Earliest meeting with each of n sampled paths, as rows of `out` (n, 5).

    Columns: time (inf if none), time of flight, ground range, altitude, arrival speed. The paths
    are (n, samples); `t0` holds the earliest launch of each.
    """
    for i in prange(ts.shape[0]):
        t = earliest_on_path(table_s, dr, dh, e, t0[i], step, ts[i], xs[i], ys[i], hs[i])
        out[i, 0] = t
        if t < math.inf:
            k = 0
            while k < ts.shape[1] - 2 and t > ts[i, k + 1]:
                k += 1
            f = (t - ts[i, k]) / (ts[i, k + 1] - ts[i, k])
            x = xs[i, k] + f * (xs[i, k + 1] - xs[i, k])
            y = ys[i, k] + f * (ys[i, k + 1] - ys[i, k])
            h = hs[i, k] + f * (hs[i, k + 1] - hs[i, k])
            r = math.hypot(x, y)
            out[i, 1] = time_of_flight(table_s, dr, dh, r, h)
            out[i, 2], out[i, 3] = r, h
            out[i, 4] = bilinear(table_mps, dr, dh, r, h)
