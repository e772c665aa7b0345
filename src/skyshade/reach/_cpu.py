"""Reach over azimuths, samples, altitudes and target classes, on the CPU."""

import math
from typing import Any, NamedTuple

import numpy as np

from skyshade._jit import driver, f4, prange, scalar
from skyshade.reach._scalar import (
    Echo,
    Encounter,
    LookState,
    fill_times,
    first_track,
    intercepts,
    shoot_look_shoot,
)
from skyshade.terrain._scalar import OVERHEAD, altitude_on_ray, elevation_tangent

# Results are plain arrays: a parallel loop of Numba does not write through a tuple of arrays.
TRACK, FIRST, LAST, MEASURE, SHOTS = 0, 1, 2, 3, 4  # the first axis of the results


class Path(NamedTuple):
    """A path past a fire unit, point by point: ground range, altitude MSL and above ground."""

    dist: Any
    alt: Any
    agl: Any


class Flights(NamedTuple):
    """A fire unit's missiles along a path.

    dist : (points,) ground range (m); time : (missiles, points, 3) time of flight (s) at low,
    default and high speed, +inf outside the limits; the rest as in `MissileTables`.
    """

    dist: Any
    time: Any
    pace_min: Any
    target_speed_max_mps: Any


class Samples(NamedTuple):
    """One row per draw of the uncertain figures.

    Attributes
    ----------
    place : which of the site's positions; height_a, height_e : antennas above ground (m).
    look, react, assess : scan period, reaction time, assessment delay (s).
    const_a, const_e : (samples, classes) what ln(snr) owes to radar and cross-section.
    speed : (samples, classes) of the target (m/s).
    weight : (samples, missiles). range_max : (samples, classes, missiles) m.
    """

    place: Any
    height_a: Any
    height_e: Any
    look: Any
    react: Any
    assess: Any
    const_a: Any
    const_e: Any
    speed: Any
    weight: Any
    range_max: Any


class Radars(NamedTuple):
    """A unit's two radars over a set of paths.

    Attributes
    ----------
    gain_a, gain_e : (levels, points) ln(snr) owed to distance and air, for a target so many times
        `gain_d_alt` above the antenna; point i is at (i + 1) steps.
    instrumented : ground range of the acquisition radar's last point (m).
    floor, ceiling : tangents of the antennas' elevation limits, `OVERHEAD` for none.
    needed_e : ln(snr) at which the engagement radar holds a target.
    """

    gain_a: Any
    gain_e: Any
    gain_d_alt: float
    instrumented: float
    floor: float
    ceiling: float
    needed_e: float


class Levels(NamedTuple):
    """Altitudes flown: (altitudes,) value (m), and whether it is above ground."""

    value: Any
    is_agl: Any


class PathRows(NamedTuple):
    """Given paths past a unit.

    Attributes
    ----------
    dist, alt, agl, log_a, log_e : (paths, points).
    need_a, need_e : (3, paths, points) masking altitude (m MSL) with the low, the default and the
        high antenna; NaN or +inf where the point is not seen at any.
    step : between points (m). until : (paths,) point at which the target has arrived.
    """

    dist: Any
    alt: Any
    agl: Any
    need_a: Any
    need_e: Any
    log_a: Any
    log_e: Any
    step: float
    until: Any


class Radials(NamedTuple):
    """Terrain along rays from a site: (places, azimuths, points), NaN where it is not known.

    The last four are of radars in the air, whose tracks serve the unit; points in travel order.
    """

    ground: Any
    near: Any  # the same on the finer steps of the first kilometres
    site: Any  # (places,) ground under the antenna
    step: float
    near_step: float
    inv_radius: Any  # (azimuths,)
    served: Any  # (azimuths,) inside the sector
    measure: Any  # (points,) area of one point's piece of one azimuth's wedge, travel order
    cue_see: Any  # (sensors, altitudes, azimuths, points) whether one sees a target there
    cue_gain: Any  # the same: what its ln(snr) owes to the way
    cue_const: Any  # (sensors, samples, classes) what it owes to radar and cross-section
    cue_look: Any  # (sensors, samples) scan period (s)


@scalar
def _needed_altitude(radials, place, az, height, floor, out):  # type: ignore[no-untyped-def]
    """Lowest altitude in line of sight per point, travel order; +inf beyond unknown terrain."""
    h0 = f4(radials.site[place] + height)
    inv_r, step, near_step = f4(radials.inv_radius[az]), f4(radials.step), f4(radials.near_step)
    top, j = f4(floor), 0
    n = out.shape[0]
    known = True
    for i in range(n):
        d = f4(i + 1) * step
        while j < radials.near.shape[2] and f4(j + 1) * near_step < d - f4(1.0):
            z = radials.near[place, az, j]
            if z == z:
                top = max(top, elevation_tangent(z, h0, f4(j + 1) * near_step, inv_r))
            j += 1
        z = radials.ground[place, az, i]
        known = known and z == z
        out[n - 1 - i] = altitude_on_ray(top, h0, d, inv_r) if known else f4(np.inf)
        if known:
            top = max(top, elevation_tangent(z, h0, d, inv_r))


@scalar
def _lookup(table, d_alt, height, i):  # type: ignore[no-untyped-def]
    """Table of (altitudes, points), linear in altitude, its edges held."""
    x = min(max(height / d_alt, 0.0), table.shape[0] - 1.001)
    k = int(x)
    w = x - k
    return table[k, i] + f4(w) * (table[k + 1, i] - table[k, i])


@scalar
def _first_cue(radials, q, a, az, s, c, points_per_s, tracker):  # type: ignore[no-untyped-def]
    """Point at which sensor q confirms a track of class c at altitude a; -1 if it never does."""
    see = radials.cue_see[q, a, az]
    seen = 0
    while seen < see.shape[0] and not see[seen]:
        seen += 1
    echo = Echo(see, radials.cue_gain[q, a, az], radials.cue_const[q, s, c])
    return first_track(seen, echo, points_per_s * radials.cue_look[q, s], tracker)


@scalar
def _farthest(range_max):  # type: ignore[no-untyped-def]
    """Longest range (m) of each missile in any draw against any class."""
    farthest = np.zeros(range_max.shape[2])
    for s in range(range_max.shape[0]):
        for c in range(range_max.shape[1]):
            for m in range(range_max.shape[2]):
                farthest[m] = max(farthest[m], range_max[s, c, m])
    return farthest


@driver
def reach_radials(radials, levels, radars, looks, samples, missiles, out, by_missile):  # type: ignore[no-untyped-def]
    """Reach against targets that fly straight in, for every azimuth, sample, altitude and class.

    Parameters
    ----------
    looks : of the acquisition radar; the sensors' are made alike.
    missiles : `MissileTables`.
    out : (4, altitudes, classes, samples, azimuths) float32 zeros; filled with the ground range (m)
        of the confirmed track, of the first and of the last intercept, 0 if there is none, and the
        area (m2) in which intercepts are possible in this azimuth's wedge.
    by_missile : (missiles, altitudes, classes, samples, azimuths) zeros; first intercept (m).
    """
    n = radials.ground.shape[2]
    n_places, n_alts, n_classes = radials.ground.shape[0], len(levels.value), samples.speed.shape[1]
    n_missiles = missiles.range_min_m.shape[0]
    step = radials.step
    farthest = _farthest(samples.range_max)
    for az in prange(radials.ground.shape[1]):
        if not radials.served[az]:
            continue
        need_a, need_e = np.empty(n, np.float32), np.empty(n, np.float32)
        see_a, see_e = np.empty(n, np.bool_), np.empty(n, np.bool_)
        histories = looks.enough.shape[0]
        mass, spare = np.empty(histories), np.empty(histories)
        tracker = LookState(looks, mass, spare)
        met, wait = np.empty(n_missiles, np.int64), np.empty(n_missiles, np.int64)
        dist = np.empty(n, np.float32)
        alt, agl = np.empty((n_alts, n), np.float32), np.empty((n_alts, n), np.float32)
        log_a, log_e = np.empty((n_alts, n), np.float32), np.empty((n_alts, n), np.float32)
        times = np.empty((n_alts, n_missiles, n, 3))
        for p in range(n):
            dist[p] = (n - p) * step
        inv_r, reach_a = f4(radials.inv_radius[az]), f4(radars.instrumented)
        for v in range(n_places):
            for a in range(n_alts):
                for p in range(n):
                    i = n - 1 - p
                    z = radials.ground[v, az, i]
                    h = levels.value[a] + (z if levels.is_agl[a] else f4(0.0))
                    alt[a, p] = h
                    agl[a, p] = h - z
                    above = max(h - radials.site[v], 0.0) if h == h else 0.0
                    log_a[a, p] = _lookup(radars.gain_a, radars.gain_d_alt, above, i)
                    log_e[a, p] = _lookup(radars.gain_e, radars.gain_d_alt, above, i)
                fill_times(Path(dist, alt[a], agl[a]), missiles, farthest, times[a])
            for s in range(samples.place.shape[0]):
                if samples.place[s] != v:
                    continue
                _needed_altitude(radials, v, az, samples.height_a[s], radars.floor, need_a)
                if samples.height_e[s] == samples.height_a[s]:
                    need_e[:] = need_a
                else:
                    _needed_altitude(radials, v, az, samples.height_e[s], radars.floor, need_e)
                h_a = f4(radials.site[v] + samples.height_a[s])
                for a in range(n_alts):
                    flights = Flights(
                        dist, times[a], missiles.pace_min, missiles.target_speed_max_mps
                    )
                    # free of branches, so that it vectorises; what is not a number compares false
                    for p in range(n):
                        flies = agl[a, p] >= f4(0.0)
                        see_a[p] = flies & (alt[a, p] >= need_a[p]) & (dist[p] <= reach_a)
                        see_e[p] = flies & (alt[a, p] >= need_e[p])
                    if radars.ceiling < OVERHEAD:
                        for p in range(n):
                            t = elevation_tangent(alt[a, p], h_a, dist[p], inv_r)
                            see_a[p] = see_a[p] and t <= radars.ceiling
                            see_e[p] = see_e[p] and t <= radars.ceiling
                    seen = 0
                    while seen < n and not see_a[seen]:
                        seen += 1
                    for c in range(n_classes):
                        speed = samples.speed[s, c]
                        found = Echo(see_a, log_a[a], samples.const_a[s, c])
                        pace = speed * samples.look[s] / step
                        point = first_track(seen, found, pace, tracker)
                        for q in range(radials.cue_look.shape[0]):
                            cue = _first_cue(radials, q, a, az, s, c, speed / step, tracker)
                            if cue >= 0.0 and (point < 0.0 or cue < point):
                                point = cue
                        if point < 0.0:
                            continue
                        out[TRACK, a, c, s, az] = (n - point) * step
                        ready = point + speed * samples.react[s] / step
                        held = Echo(see_e, log_e[a], samples.const_e[s, c])
                        encounter = Encounter(
                            speed, step, speed / step, samples.weight[s], samples.range_max[s, c]
                        )
                        early, late, total = intercepts(
                            ready,
                            flights,
                            held,
                            radars.needed_e,
                            encounter,
                            radials.measure,
                            met,
                            wait,
                        )
                        if early >= 0:
                            out[FIRST, a, c, s, az] = dist[early]
                            out[LAST, a, c, s, az] = dist[late]
                            out[MEASURE, a, c, s, az] = total
                            for m in range(n_missiles):
                                if met[m] >= 0:
                                    by_missile[m, a, c, s, az] = dist[met[m]]


@driver
def reach_paths(paths, radars, looks, samples, target, missiles, out):  # type: ignore[no-untyped-def]
    """Reach along given paths, one fire unit, one target class.

    Parameters
    ----------
    paths : `PathRows`.
    looks : of the acquisition radar.
    samples : `height_a`, `height_e` are here weights from -1 (low) to 1 (high).
    target : index of the class.
    missiles : `MissileTables`.
    out : (5, samples, paths) filled with the point of the track, of the first and of the last
        intercept, -1 if none; the metres of path on which intercepts are possible; the shots of
        shoot-look-shoot before the target arrives.
    """
    dist, alt, agl, step = paths.dist, paths.alt, paths.agl, paths.step
    n, n_missiles = dist.shape[1], missiles.range_min_m.shape[0]
    farthest = _farthest(samples.range_max)
    for k in prange(dist.shape[0]):
        see_a, see_e = np.empty(n, np.bool_), np.empty(n, np.bool_)
        histories = looks.enough.shape[0]
        mass, spare = np.empty(histories), np.empty(histories)
        tracker = LookState(looks, mass, spare)
        met, wait = np.empty(n_missiles, np.int64), np.empty(n_missiles, np.int64)
        measure, times = np.full(n, step), np.empty((n_missiles, n, 3))
        flights = Flights(dist[k], times, missiles.pace_min, missiles.target_speed_max_mps)
        ever = False  # whether any antenna height lets the acquisition radar see any point
        for p in range(n):
            need = paths.need_a
            least = min(need[0, k, p], need[1, k, p], need[2, k, p])
            ever = ever or (alt[k, p] >= least and dist[k, p] <= radars.instrumented)
        if ever:
            fill_times(Path(dist[k], alt[k], agl[k]), missiles, farthest, times)
        for s in range(samples.place.shape[0]):
            out[TRACK, s, k], out[FIRST, s, k], out[LAST, s, k] = -1, -1, -1
            out[MEASURE, s, k], out[SHOTS, s, k] = 0, 0
            if not ever:
                continue
            seen = n
            for p in range(n - 1, -1, -1):
                h = alt[k, p] if agl[k, p] >= 0.0 else -np.inf
                see_a[p] = h >= _between(paths.need_a, k, p, samples.height_a[s])
                see_e[p] = h >= _between(paths.need_e, k, p, samples.height_e[s])
                see_a[p] = see_a[p] and dist[k, p] <= radars.instrumented
                seen = p if see_a[p] else seen
            speed = samples.speed[s, target]
            found = Echo(see_a, paths.log_a[k], samples.const_a[s, target])
            point = first_track(seen, found, speed * samples.look[s] / step, tracker)
            if point < 0.0:
                continue
            out[TRACK, s, k] = int(point)
            held = Echo(see_e, paths.log_e[k], samples.const_e[s, target])
            ready = point + speed * samples.react[s] / step
            encounter = Encounter(
                speed, step, speed / step, samples.weight[s], samples.range_max[s, target]
            )
            early, late, total = intercepts(
                ready, flights, held, radars.needed_e, encounter, measure, met, wait
            )
            if early >= 0:
                out[FIRST, s, k], out[LAST, s, k], out[MEASURE, s, k] = early, late, total
                until = min(paths.until[k] + 1, n)
                look_points = speed * samples.assess[s] / step
                out[SHOTS, s, k] = shoot_look_shoot(
                    ready, flights, held, radars.needed_e, encounter, until, look_points
                )


@scalar
def _between(need, k, p, weight):  # type: ignore[no-untyped-def]
    """Masking altitude between the default antenna's and that of its lower or higher bound."""
    middle = need[1, k, p]
    if weight == 0.0:
        return middle
    return middle + f4(abs(weight)) * (need[2 if weight > 0.0 else 0, k, p] - middle)


def tangent(elevation_deg: float) -> float:
    """Tangent of an elevation limit, finite at the zenith."""
    return math.tan(math.radians(min(max(elevation_deg, -89.9999), 89.9999)))
