"""From a path past a site to when a missile can be launched at who flies it."""

import math

from skyshade._jit import scalar
from skyshade.reach._scalar import flight_time


@scalar
def fill_held(see, gain, const, needed, since):  # type: ignore[no-untyped-def]
    """since[p]: first place of the unbroken track by the engagement radar up to p; -1: no track."""
    start = -1
    for p in range(see.shape[0]):
        if not (see[p] and gain[p] + const >= needed):
            start = -1
        elif start < 0:
            start = p
        since[p] = start


@scalar
def fill_flights(dist, alt, agl, speed, since, unit, m, range_max, step, tof, out):  # type: ignore[no-untyped-def]
    """out[k]: time of flight (s) of missile m if launched when the target passes place k.

    The missile meets the target at the first place that it can reach in time, inside its envelope
    and with the engagement radar's track unbroken from launch to intercept; +inf if there is none.

    Parameters
    ----------
    dist, alt, agl, speed : (places,) of the target.
    since : from `fill_held`.
    unit : the missiles' tables (`coverage._cpu.Unit`).
    step : time between places (s).
    tof : (places,) scratch.
    """
    n = dist.shape[0]
    for p in range(n):
        height = agl[p] if agl[p] == agl[p] else alt[p]  # over unknown ground: above the sea
        tof[p] = math.inf
        if (
            since[p] >= 0
            and unit.range_min[m] <= dist[p] <= range_max
            and height >= unit.alt_min[m]
            and alt[p] <= unit.alt_max[m]
            and speed[p] <= unit.target_speed_max[m]
        ):
            tof[p] = flight_time(unit, m, 1, dist[p], alt[p])
    p = 0
    for k in range(n):
        p = max(p, k)
        while p < n and not (tof[p] < math.inf and p * step - tof[p] >= k * step):
            p += 1
        out[k] = math.inf
        if p < n and since[p] <= k:
            meet = p * step
            if p > k and tof[p - 1] < math.inf and since[p - 1] >= 0:
                early = (p - 1) * step - tof[p - 1] - k * step  # below 0: not yet reachable
                late = p * step - tof[p] - k * step
                if early < 0.0:
                    meet = (p - 1 - early / (late - early)) * step
            out[k] = meet - k * step
