"""Where a missile can meet a moving target, as pure scalar functions.

Legend: t time (s), x and y place of the target in the plane of the ground, the launcher at its
origin (m), h altitude (m MSL), dr and dh the spacings of the fly-out table, e the envelope.
A missile launched at t0 can be where the target is at t if the flight there takes no longer than
t - t0; it may take less, since it can be launched later.
"""

import math
from typing import NamedTuple

from skyshade._jit import scalar
from skyshade.flyout._scalar import time_of_flight

BISECTIONS = 48  # a step of a second ends below the resolution of a double of some minutes


class Envelope(NamedTuple):
    """Published limits of a missile (m): ground range, and altitude of the target."""

    range_min_m: float
    range_max_m: float
    alt_min_m: float
    alt_max_m: float


@scalar
def inside(e, r, h):  # type: ignore[no-untyped-def]
    """Whether ground range r and altitude h lie in the envelope, its rim included."""
    return e.range_min_m <= r <= e.range_max_m and e.alt_min_m <= h <= e.alt_max_m


@scalar
def meets(times, dr, dh, e, t0, t, r, h):  # type: ignore[no-untyped-def]
    """Whether a missile launched at t0 or later can be at (r, h) at time t."""
    return inside(e, r, h) and time_of_flight(times, dr, dh, r, h) <= t - t0


@scalar
def earliest_on_leg(  # type: ignore[no-untyped-def]
    times, dr, dh, e, t0, step, ta, xa, ya, ha, tb, xb, yb, hb
):
    """Earliest time on a straight leg from (ta, a) to (tb, b) at which a missile meets the target.

    +inf where none does. The leg is looked at every `step` seconds or less, and the first change
    is bisected; chances shorter than a step may be missed.
    """
    start = max(ta, t0)
    if start > tb:
        return math.inf
    n = max(1, math.ceil((tb - start) / step))
    before = start
    for i in range(n + 1):
        t = start + (tb - start) * i / n
        f = (t - ta) / (tb - ta) if tb > ta else 0.0
        r = math.hypot(xa + f * (xb - xa), ya + f * (yb - ya))
        if meets(times, dr, dh, e, t0, t, r, ha + f * (hb - ha)):
            if i == 0:
                return t
            low, high = before, t
            for _ in range(BISECTIONS):
                middle = 0.5 * (low + high)
                f = (middle - ta) / (tb - ta)
                r = math.hypot(xa + f * (xb - xa), ya + f * (yb - ya))
                if meets(times, dr, dh, e, t0, middle, r, ha + f * (hb - ha)):
                    high = middle
                else:
                    low = middle
            return high
        before = t
    return math.inf


@scalar
def earliest_on_path(times, dr, dh, e, t0, step, ts, xs, ys, hs):  # type: ignore[no-untyped-def]
    """Earliest meeting along a path given by samples, straight and even between them; +inf if none.

    A path of two samples is a target of constant velocity.
    """
    for i in range(ts.shape[0] - 1):
        t = earliest_on_leg(
            times,
            dr,
            dh,
            e,
            t0,
            step,
            ts[i],
            xs[i],
            ys[i],
            hs[i],
            ts[i + 1],
            xs[i + 1],
            ys[i + 1],
            hs[i + 1],
        )
        if t < math.inf:
            return t
    return math.inf
