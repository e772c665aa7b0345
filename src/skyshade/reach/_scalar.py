"""One target on one path past one fire unit: first track, then where it can be intercepted.

A path is a row of points `step` metres apart in the order in which the target passes them, so
that point p is passed at time p * step / speed; numbers of points may be fractions. Legend:
log_gain ln of what the signal-to-noise ratio owes to the point alone, const the rest of it
(radar, cross-section).
"""

import math
from typing import Any, NamedTuple

from skyshade._jit import scalar
from skyshade.fireunit._scalar import (
    NEVER,
    fast_enough,
    is_held,
    launch_point,
    log_snr,
    time_of_flight,
)
from skyshade.radar._scalar import confirm_step, curve_value

FINENESS = 0.02  # of a range: how far apart intercepts are tried
OUT_OF_LIMITS = 0.5 * NEVER  # points of slack; below it a point lies outside the limits
SLOWEST_MPS = 300.0  # no interceptor is slower; bounds how fast time of flight can fall


class Echo(NamedTuple):
    """One radar along a path: (points,) line of sight and gain; ln(snr) is the gain and const."""

    see: Any
    log_gain: Any
    const: float


class LookState(NamedTuple):
    """How looks become a track.

    looks : `fireunit.signal.Looks`; mass, spare : scratch of 2^(N - 1).
    """

    looks: Any
    mass: Any
    spare: Any


class Encounter(NamedTuple):
    """One draw of one target class against one unit.

    speed : of the target (m/s). step : between points (m). rate : points that it passes in a
    second. weights, range_max : (missiles,) speed of each missile between its bounds (-1 to 1),
    longest range (m).
    """

    speed: float
    step: float
    rate: float
    weights: Any
    range_max: Any


@scalar
def first_track(seen, echo, pace, tracker):  # type: ignore[no-untyped-def]
    """Point at which the track is confirmed; -1 if it never is.

    Parameters
    ----------
    seen : no point before this one is seen.
    echo : at the acquisition radar.
    pace : points between two looks.
    """
    see, looks, mass = echo.see, tracker.looks, tracker.mass
    for bits in range(mass.shape[0]):
        mass[bits] = 0.0
    mass[0] = 1.0
    blind = mass.shape[0]  # 2^(blind looks in a row); from here on one more changes nothing
    confirmed = 0.0
    point = math.ceil(max(seen - 0.5, 0.0) / pace) * pace  # the first look that may see
    while True:
        p = int(point + 0.5)
        if p >= see.shape[0]:
            return -1.0
        strength = log_snr(echo.log_gain[p], echo.const)
        chance = 0.0
        if see[p] and strength > looks.log_snr_floor:
            chance = curve_value(looks.values, looks.first, looks.per_node, strength)
        if chance > 0.0 or blind < mass.shape[0]:
            blind = 1 if chance > 0.0 else 2 * blind
            confirmed += confirm_step(chance, mass, tracker.spare, looks.enough)
            if confirmed >= looks.p_confirm:
                return point
        point += pace


@scalar
def fill_times(path, missiles, farthest, out):  # type: ignore[no-untyped-def]
    """Time of flight (s) of every missile to every point of a path; +inf outside its limits.

    A path is flown past many times, for every draw, so its way through the tables is looked up
    once.

    Parameters
    ----------
    farthest : (missiles,) points beyond this ground range (m) are not asked for.
    out : (missiles, points, 3) filled for the low, the default and the high speed.
    """
    for m in range(out.shape[0]):
        for p in range(out.shape[1]):
            dist, alt, agl = path.dist[p], path.alt[p], path.agl[p]
            for k in range(3):
                out[m, p, k] = time_of_flight(missiles, m, k, farthest[m], dist, alt, agl)


@scalar
def drawn_time(time, m, p, weight):  # type: ignore[no-untyped-def]
    """Time of flight (s) of missile m to point p, its speed at `weight` between its bounds."""
    middle = time[m, p, 1]
    if weight == 0.0:
        return middle
    return middle + abs(weight) * (time[m, p, 2 if weight > 0.0 else 0] - middle)


@scalar
def slack(p, since, flights, m, met):  # type: ignore[no-untyped-def]
    """Points after `since` at which missile m must leave to meet the target at p; < 0: too late.

    `NEVER` outside the missile's limits.

    Parameters
    ----------
    since : point from which on a missile may leave: the unit is ready, and the track unbroken.
    met : the `Encounter`.
    """
    d = flights.dist[p]
    if d > met.range_max[m]:
        return NEVER
    at_best = p - met.rate * d * flights.pace_min[m] - since
    if at_best < 0.0:
        return at_best
    flight = drawn_time(flights.time, m, p, met.weights[m])
    return launch_point(p, flight, met.rate, 0.0) - since


@scalar
def first_between(tried, p, since, flights, m, met):  # type: ignore[no-untyped-def]
    """Going back from p, at which missile m can meet the target, the first point after `tried`."""
    while p - 1 > tried and slack(p - 1, since, flights, m, met) >= 0.0:
        p -= 1
    return p


@scalar
def intercepts(ready, flights, held, needed, met, measure, first, wait):  # type: ignore[no-untyped-def]
    """Where a target can be met: first and last point, and the measure of all of them.

    A missile may leave once the unit is ready, and the engagement radar must hold the target
    without a break from then to the intercept. Points are tried at steps of `FINENESS` of their
    range; the first intercept is then found to the point.

    Parameters
    ----------
    ready : point at which the first missile may leave.
    flights : of the missiles, longest range first.
    held, needed : echo at the engagement radar, and the ln(snr) at which that holds the target.
    met : the `Encounter`.
    measure : (points,) what one point stands for: an area, or a length.
    first : (missiles,) filled with the first point for each, -1 if none.
    wait : (missiles,) scratch: not before this point.
    """
    n_missiles, n = first.shape[0], flights.dist.shape[0]
    gain = 1.0 + met.speed / SLOWEST_MPS  # each point flown gains at most so much on the missile
    for m in range(n_missiles):
        first[m] = -1
        wait[m] = 0 if fast_enough(flights.target_speed_max_mps[m], met.speed) else n
    earliest, last, total = -1, -1, 0.0
    sought = n_missiles  # from it on every missile has its first point
    start = -1  # of the unbroken track
    p = max(math.ceil(ready), 0)
    tried, due = p - 1, p
    while p < n:
        if not is_held(held.see[p], held.log_gain[p], held.const, needed):
            start = -1
            p += 1
            continue
        if start < 0:
            start = p
            due = p
            tried = p - 1
        if p < due:
            p += 1
            continue
        since = max(float(start), ready)
        by = -1
        while sought > 0 and first[sought - 1] >= 0:
            sought -= 1
        for m in range(n_missiles):
            if by >= 0 and m >= sought:
                break
            if wait[m] > p or (by >= 0 and first[m] >= 0):
                continue
            spare = slack(p, since, flights, m, met)
            if spare >= 0.0:
                by = m if by < 0 else by
                if first[m] < 0:
                    first[m] = first_between(tried, p, since, flights, m, met)
                    if earliest < 0 or first[m] < earliest:
                        earliest = first[m]
            elif spare > OUT_OF_LIMITS:
                wait[m] = p - int(spare / gain)
        stride = max(1, int(flights.dist[p] * FINENESS / met.step))
        if by >= 0:
            total += measure[p] * min(stride, n - p)
            last = p
        tried, due = p, p + stride
        p += 1
    return earliest, last, total


@scalar
def shoot_look_shoot(ready, flights, held, needed, met, until, look_points):  # type: ignore[no-untyped-def]
    """How many times one target can be shot at before point `until`, looking after each shot.

    Each shot is met as early as any missile can; the next may leave `look_points` after that.
    Other parameters as for `intercepts`.
    """
    shots, start = 0, -1
    p = max(math.ceil(ready), 0)
    while p < until:
        if not is_held(held.see[p], held.log_gain[p], held.const, needed):
            start = -1
        else:
            start = p if start < 0 else start
            since = max(float(start), ready)
            for m in range(met.range_max.shape[0]):
                if not fast_enough(flights.target_speed_max_mps[m], met.speed):
                    continue
                if slack(p, since, flights, m, met) >= 0.0:
                    shots += 1
                    ready = p + look_points
                    break
        p += 1
    return shots
