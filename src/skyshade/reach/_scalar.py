"""One target on one path past one fire unit: first track, then where it can be intercepted.

A path is a row of points `step` metres apart in the order in which the target passes them, so
that point p is passed at time p * step / speed; numbers of points may be fractions. Legend:
log_gain ln of what the signal-to-noise ratio owes to the point alone, const the rest of it
(radar, cross-section).
"""

import math

from skyshade._jit import scalar
from skyshade.radar._scalar import confirm_step, curve_value

NEVER = 1e9  # points
FINENESS = 0.02  # of a range: how far apart intercepts are tried
SLOWEST_MPS = 300.0  # no interceptor is slower; bounds how fast time of flight can fall


@scalar
def first_track(seen, see, log_gain, const, speed, look, step, rule, curve, mass, spare):  # type: ignore[no-untyped-def]
    """Point at which the track is confirmed; -1 if it never is.

    Parameters
    ----------
    seen : no point before this one is seen.
    see : (points,) whether the acquisition radar's antenna sees the point.
    look : time between looks (s).
    rule : when one more detection confirms, and the probability at which confirmation counts.
    curve : table of detection probability, its first node, nodes per unit of ln(snr), floor:
        ln(snr) under which a look counts as blind.
    mass, spare : scratch of 2^(N - 1).
    """
    for bits in range(mass.shape[0]):
        mass[bits] = 0.0
    mass[0] = 1.0
    blind = mass.shape[0]  # 2^(blind looks in a row); from here on one more changes nothing
    confirmed = 0.0
    pace = speed * look / step
    point = math.ceil(max(seen - 0.5, 0.0) / pace) * pace  # the first look that may see
    while True:
        p = int(point + 0.5)
        if p >= see.shape[0]:
            return -1.0
        chance = 0.0
        if see[p] and log_gain[p] + const > curve.log_snr_floor:
            chance = curve_value(curve.values, curve.first, curve.per_node, log_gain[p] + const)
        if chance > 0.0 or blind < mass.shape[0]:
            blind = 1 if chance > 0.0 else 2 * blind
            confirmed += confirm_step(chance, mass, spare, rule.enough)
            if confirmed >= rule.p:
                return point
        point += pace


@scalar
def flight_time(unit, m, k, range_m, alt_m):  # type: ignore[no-untyped-def]
    """Time of flight (s) of missile m at its low, default or high speed (k of 0, 1, 2).

    Bilinear; +inf where a corner is out of the missile's reach.
    """
    y, x = max(alt_m, 0.0) / unit.d_alt, range_m / unit.d_range
    tables = unit.tables
    if not (y < tables.shape[2] - 1 and x < tables.shape[3] - 1):
        return math.inf
    i, j = int(y), int(x)
    v, u = y - i, x - j
    return (
        (1 - v) * (1 - u) * tables[m, k, i, j]
        + (1 - v) * u * tables[m, k, i, j + 1]
        + v * (1 - u) * tables[m, k, i + 1, j]
        + v * u * tables[m, k, i + 1, j + 1]
    )


@scalar
def fill_flights(path, unit, farthest, out):  # type: ignore[no-untyped-def]
    """Time of flight (s) of every missile to every point of a path; +inf outside its envelope.

    A path is flown past many times, for every draw, so its way through the tables is looked up
    once.

    Parameters
    ----------
    farthest : (missiles,) points beyond this ground range (m) are not asked for.
    out : (missiles, points, 3) filled for the low, the default and the high speed.
    """
    for m in range(out.shape[0]):
        for p in range(out.shape[1]):
            d, alt = path.dist[p], path.alt[p]
            inside = (  # unknown ground, which is not a number, is out
                unit.range_min[m] <= d <= farthest[m]
                and path.agl[p] >= unit.alt_min[m]
                and alt <= unit.alt_max[m]
            )
            for k in range(3):
                out[m, p, k] = flight_time(unit, m, k, d, alt) if inside else math.inf


@scalar
def drawn_time(time, m, p, weight):  # type: ignore[no-untyped-def]
    """Time of flight (s) of missile m to point p, its speed at `weight` between its bounds."""
    middle = time[m, p, 1]
    if weight == 0.0:
        return middle
    return middle + abs(weight) * (time[m, p, 2 if weight > 0.0 else 0] - middle)


@scalar
def too_early(p, since, flights, speed, step, m, weight, range_max):  # type: ignore[no-untyped-def]
    """How many points before its time p is for missile m: not above 0 where it can be met.

    It can be met at p if it can be launched after point `since` and reach p as the target does.
    `NEVER` outside the missile's envelope.
    """
    d = flights.dist[p]
    if d > range_max:
        return NEVER
    soonest = since - (p - speed * d * flights.pace_min[m] / step)
    if soonest > 0.0:
        return soonest
    flight = drawn_time(flights.time, m, p, weight)
    if not flight < math.inf:
        return NEVER
    return since - (p - speed * flight / step)


@scalar
def intercepts(ready, flights, hold, measure, speed, step, weights, range_max, first, wait):  # type: ignore[no-untyped-def]
    """Where a target can be met: first and last point, and the measure of all of them.

    A missile may leave once the unit is ready, and the engagement radar must hold the target
    without a break from then to the intercept. Points are tried at steps of `FINENESS` of their
    range; the first intercept is then found to the point.

    Parameters
    ----------
    ready : point at which the first missile may leave.
    flights : of the missiles, longest range first.
    hold : see (points,), log_gain (points,), const and needed: where the engagement radar does.
    measure : (points,) what one point stands for: an area, or a length.
    weights, range_max : (missiles,) speed between its bounds, and maximum range.
    first : (missiles,) filled with the first point for each, -1 if none.
    wait : (missiles,) scratch: not before this point.
    """
    n_missiles, n = first.shape[0], flights.dist.shape[0]
    for m in range(n_missiles):
        first[m] = -1
        wait[m] = n if speed > flights.target_speed_max[m] else 0
    earliest, last, total = -1, -1, 0.0
    sought = n_missiles  # from it on every missile has its first point
    start = -1  # of the unbroken track
    p = max(math.ceil(ready), 0)
    tried, due = p - 1, p
    while p < n:
        if not (hold.see[p] and hold.log_gain[p] + hold.const >= hold.needed):
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
        met = -1
        while sought > 0 and first[sought - 1] >= 0:
            sought -= 1
        for m in range(n_missiles):
            if met >= 0 and m >= sought:
                break
            if wait[m] > p or (met >= 0 and first[m] >= 0):
                continue
            early = too_early(p, since, flights, speed, step, m, weights[m], range_max[m])
            if early <= 0.0:
                met = m if met < 0 else met
                if first[m] < 0:
                    first[m] = p
                    while (
                        first[m] - 1 > tried
                        and too_early(
                            first[m] - 1,
                            since,
                            flights,
                            speed,
                            step,
                            m,
                            weights[m],
                            range_max[m],
                        )
                        <= 0.0
                    ):
                        first[m] -= 1
                    if earliest < 0 or first[m] < earliest:
                        earliest = first[m]
            elif early < NEVER:  # each point flown gains at most so much on the missile
                wait[m] = p + int(early / (1.0 + speed / SLOWEST_MPS))
        stride = max(1, int(flights.dist[p] * FINENESS / step))
        if met >= 0:
            total += measure[p] * min(stride, n - p)
            last = p
        tried, due = p, p + stride
        p += 1
    return earliest, last, total


@scalar
def shoot_look_shoot(ready, flights, hold, speed, step, until, look_points, weights, range_max):  # type: ignore[no-untyped-def]
    """How many times one target can be shot at before point `until`, looking after each shot.

    Each shot is met as early as any missile can; the next may leave `look_points` after that.
    """
    shots, start = 0, -1
    p = max(math.ceil(ready), 0)
    while p < until:
        if not (hold.see[p] and hold.log_gain[p] + hold.const >= hold.needed):
            start = -1
        else:
            start = p if start < 0 else start
            since = max(float(start), ready)
            for m in range(range_max.shape[0]):
                if speed > flights.target_speed_max[m]:
                    continue
                if too_early(p, since, flights, speed, step, m, weights[m], range_max[m]) <= 0.0:
                    shots += 1
                    ready = p + look_points
                    break
        p += 1
    return shots
