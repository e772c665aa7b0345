"""One missile against one target, as pure scalar functions: limits, time of flight, launch.

The only place where a published limit of a missile, a fly-out table, the strength of an echo and
the rule of an unbroken track are applied; reach, engageable airspace and raids all come here.

A target's path is a row of evenly spaced points; p counts points and may be a fraction, and a
missile of flight time t covers `rate` * t points of the target's path meanwhile. Legend: m number
of the missile; dist ground range from the unit (m), alt above mean sea level (m), agl above the
ground below the target (m, not a number where the ground is unknown).
"""

import math

from skyshade._jit import scalar
from skyshade.flyout._scalar import time_of_flight as table_value

NEVER = -1e9  # a point so early that no launch can be there


@scalar
def within_limits(missiles, m, range_max, dist, alt, agl):  # type: ignore[no-untyped-def]
    """Whether a place lies between the missile's limits, their rims included.

    The lowest altitude is above ground, as published; where the ground is unknown it is taken
    above the sea. The highest is above mean sea level.

    Parameters
    ----------
    range_max : the longest ground range (m) against this target: see `fireunit.limits`.
    """
    height = agl if agl == agl else alt
    return (
        missiles.range_min_m[m] <= dist <= range_max
        and height >= missiles.alt_min_m[m]
        and alt <= missiles.alt_max_m[m]
    )


@scalar
def fast_enough(fastest, speed):  # type: ignore[no-untyped-def]
    """Whether a missile is published to engage a target as fast as that; `fastest` +inf: any."""
    return speed <= fastest


@scalar
def time_of_flight(missiles, m, k, range_max, dist, alt, agl):  # type: ignore[no-untyped-def]
    """Seconds from launch to a place; +inf outside the limits or where the missile does not get.

    Parameters
    ----------
    k : 0, 1 or 2: the missile at its low, default or high speed.
    """
    if not within_limits(missiles, m, range_max, dist, alt, agl):
        return math.inf
    table = missiles.tables[m, k]
    return table_value(table, missiles.d_range_m, missiles.d_alt_m, dist, max(alt, 0.0))


@scalar
def log_snr(log_gain, const):  # type: ignore[no-untyped-def]
    """ln(snr): what it owes to the way, and `const`, what to radar and cross-section."""
    return log_gain + const


@scalar
def is_held(see, log_gain, const, needed):  # type: ignore[no-untyped-def]
    """Whether the engagement radar holds a target: in line of sight, and strong enough."""
    return see and log_snr(log_gain, const) >= needed


@scalar
def launch_point(p, flight, rate, held_since):  # type: ignore[no-untyped-def]
    """Point that the target passes when a missile must leave to meet it at p; `NEVER` if none can.

    The missile is launched when its flight to the meeting takes what the table says, no earlier:
    it cannot wait in the air. The engagement radar must hold the target from launch to meeting.

    Parameters
    ----------
    flight : time of flight to p (s); +inf where it cannot get.
    rate : points that the target passes in a second.
    held_since : first point of the unbroken track that p belongs to; -1 without a track.
    """
    if held_since < 0 or not flight < math.inf:
        return NEVER
    point = p - rate * flight
    return point if point >= held_since else NEVER


@scalar
def fill_held_since(see, log_gain, const, needed, since):  # type: ignore[no-untyped-def]
    """since[p]: first point of the unbroken track by the engagement radar up to p; -1: no track."""
    start = -1
    for p in range(see.shape[0]):
        if not is_held(see[p], log_gain[p], const, needed):
            start = -1
        elif start < 0:
            start = p
        since[p] = start


@scalar
def fill_launches(missiles, m, range_max, rate, path, since, launch):  # type: ignore[no-untyped-def]
    """launch[p]: the point of launch for a meeting at p, `NEVER` where there can be none.

    Parameters
    ----------
    path : dist, alt, agl and speed (m/s) per point.
    since : from `fill_held_since`.
    """
    for p in range(launch.shape[0]):
        flight = math.inf
        if since[p] >= 0 and fast_enough(missiles.target_speed_max_mps[m], path.speed[p]):
            dist, alt, agl = path.dist[p], path.alt[p], path.agl[p]
            flight = time_of_flight(missiles, m, 1, range_max, dist, alt, agl)
        launch[p] = launch_point(p, flight, rate, since[p])


@scalar
def first_meeting(launch, ready, p):  # type: ignore[no-untyped-def]
    """First point from p on at which a missile that leaves at `ready` or later meets the target.

    The number of points if there is none.
    """
    while p < launch.shape[0] and launch[p] < ready:
        p += 1
    return p


@scalar
def fill_flights(launch, since, step_s, out):  # type: ignore[no-untyped-def]
    """out[k]: time of flight (s) of a missile launched as the target passes point k; +inf: none.

    Between two points the launch is interpolated, so the flight takes what the table says. Where
    meetings become possible (the target enters the limits, or a track begins) the first one may be
    half a step early; chances shorter than a step may be missed.

    Parameters
    ----------
    launch, since : from `fill_launches` and `fill_held_since`.
    step_s : time between points (s).
    """
    n = launch.shape[0]
    p = 0
    for k in range(n):
        p = first_meeting(launch, float(k), max(p, k))
        out[k] = math.inf
        if p == n or since[p] > k:
            continue  # no meeting, or the track has not begun
        before = launch[p - 1] if p > k else NEVER
        if before > NEVER and since[p - 1] == since[p]:
            out[k] = (p - 1 + (k - before) / (launch[p] - before) - k) * step_s
        elif launch[p] <= k + 0.5:
            out[k] = (p - k) * step_s
