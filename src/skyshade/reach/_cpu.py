"""Reach over azimuths, samples, altitudes and target classes, on the CPU."""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import prange

from skyshade._jit import driver, f4, scalar
from skyshade.reach._scalar import fill_flights, first_track, intercepts, shoot_look_shoot
from skyshade.terrain._scalar import OVERHEAD, altitude_on_ray, elevation_tangent


class Path(NamedTuple):
    """A path past a fire unit, point by point: ground range, altitude MSL and above ground."""

    dist: Any
    alt: Any
    agl: Any


class Curve(NamedTuple):
    """Detection probability over ln(snr)."""

    values: Any
    first: float
    per_node: float
    log_snr_floor: float  # ln(snr) under which a look counts as blind


class Hold(NamedTuple):
    """Where an engagement radar holds a target: line of sight, and signal enough."""

    see: Any
    log_gain: Any
    const: float
    needed: float


class Rule(NamedTuple):
    """When one more detection confirms a track (per history of scans); counts once so probable."""

    enough: Any
    p: float


class Unit(NamedTuple):
    """A fire unit's missiles, longest range first.

    tables : (missiles, 3, altitudes, ranges) time of flight (s) at low, default and high speed;
    pace_min : (missiles,) least seconds per metre of ground range in any of them.
    """

    tables: Any
    pace_min: Any
    d_range: float
    d_alt: float
    range_min: Any
    alt_min: Any
    alt_max: Any
    target_speed_max: Any


class Flights(NamedTuple):
    """A fire unit's missiles along a path.

    dist : (points,) ground range (m); time : (missiles, points, 3) time of flight (s) at low,
    default and high speed, +inf outside the envelope; the rest as in `Unit`.
    """

    dist: Any
    time: Any
    pace_min: Any
    target_speed_max: Any


class Samples(NamedTuple):
    """One row per draw of the uncertain figures.

    Attributes
    ----------
    place : which of the site's positions; height_a, height_e : antennas above ground (m).
    look, react, assess : scan period, reaction time, assessment delay (s).
    const_a, const_e : (samples, classes) what ln(snr) owes to radar and cross-section.
    speed : (samples, classes) of the target (m/s).
    weight, range_max : (samples, missiles).
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


class Radials(NamedTuple):
    """Terrain along rays from a site: (places, azimuths, points), NaN where it is not known."""

    ground: Any
    near: Any  # the same on the finer steps of the first kilometres
    site: Any  # (places,) ground under the antenna
    step: float
    near_step: float
    inv_radius: Any  # (azimuths,)
    served: Any  # (azimuths,) inside the sector
    measure: Any  # (points,) area of one point's piece of one azimuth's wedge, travel order


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
def _farthest(range_max):  # type: ignore[no-untyped-def]
    """Longest range (m) of each missile in any draw."""
    farthest = np.zeros(range_max.shape[1])
    for s in range(range_max.shape[0]):
        for m in range(range_max.shape[1]):
            farthest[m] = max(farthest[m], range_max[s, m])
    return farthest


@driver
def reach_radials(  # type: ignore[no-untyped-def]
    radials,
    alts,
    is_agl,
    gain_a,
    gain_e,
    gain_d_alt,
    instrumented,
    floor,
    ceiling,
    samples,
    unit,
    curve,
    rule,
    needed_e,
    track,
    first,
    last,
    area,
    by_missile,
):
    """Reach against targets that fly straight in, for every azimuth, sample, altitude and class.

    Parameters
    ----------
    alts, is_agl : (altitudes,) value (m) and whether it is above ground.
    gain_a, gain_e : (levels, points) ln(snr) owed to distance and air, for a target so many times
        `gain_d_alt` above the antenna; point i is at (i + 1) steps.
    instrumented : ground range of the acquisition radar's last point (m).
    floor, ceiling : tangents of the antennas' elevation limits, `OVERHEAD` for none.
    needed_e : ln(snr) at which the engagement radar holds a target.
    track, first, last, area : (altitudes, classes, samples, azimuths) float32; ground range (m) of
        the confirmed track, the first and the last intercept, 0 if there is none; area (m2) in
        which intercepts are possible in this azimuth's wedge.
    by_missile : the same with a leading axis of missiles: first intercept.
    """
    n = radials.ground.shape[2]
    n_places, n_alts, n_classes = radials.ground.shape[0], len(alts), samples.speed.shape[1]
    n_missiles = unit.range_min.shape[0]
    step = radials.step
    farthest = _farthest(samples.range_max)
    for az in prange(radials.ground.shape[1]):
        if not radials.served[az]:
            continue
        need_a, need_e = np.empty(n, np.float32), np.empty(n, np.float32)
        see_a, see_e = np.empty(n, np.bool_), np.empty(n, np.bool_)
        mass, spare = np.empty(rule.enough.shape[0]), np.empty(rule.enough.shape[0])
        met, wait = np.empty(n_missiles, np.int64), np.empty(n_missiles, np.int64)
        dist = np.empty(n, np.float32)
        alt, agl = np.empty((n_alts, n), np.float32), np.empty((n_alts, n), np.float32)
        log_a, log_e = np.empty((n_alts, n), np.float32), np.empty((n_alts, n), np.float32)
        times = np.empty((n_alts, n_missiles, n, 3))
        for p in range(n):
            dist[p] = (n - p) * step
        inv_r, reach_a = f4(radials.inv_radius[az]), f4(instrumented)
        for v in range(n_places):
            for a in range(n_alts):
                for p in range(n):
                    i = n - 1 - p
                    z = radials.ground[v, az, i]
                    h = z + alts[a] if is_agl[a] else alts[a]
                    alt[a, p] = h
                    agl[a, p] = h - z
                    above = max(h - radials.site[v], 0.0) if h == h else 0.0
                    log_a[a, p] = _lookup(gain_a, gain_d_alt, above, i)
                    log_e[a, p] = _lookup(gain_e, gain_d_alt, above, i)
                fill_flights(Path(dist, alt[a], agl[a]), unit, farthest, times[a])
            for s in range(samples.place.shape[0]):
                if samples.place[s] != v:
                    continue
                _needed_altitude(radials, v, az, samples.height_a[s], floor, need_a)
                if samples.height_e[s] == samples.height_a[s]:
                    need_e[:] = need_a
                else:
                    _needed_altitude(radials, v, az, samples.height_e[s], floor, need_e)
                h_a = f4(radials.site[v] + samples.height_a[s])
                for a in range(n_alts):
                    flights = Flights(dist, times[a], unit.pace_min, unit.target_speed_max)
                    # free of branches, so that it vectorises; what is not a number compares false
                    for p in range(n):
                        flies = agl[a, p] >= f4(0.0)
                        see_a[p] = flies & (alt[a, p] >= need_a[p]) & (dist[p] <= reach_a)
                        see_e[p] = flies & (alt[a, p] >= need_e[p])
                    if ceiling < OVERHEAD:
                        for p in range(n):
                            t = elevation_tangent(alt[a, p], h_a, dist[p], inv_r)
                            see_a[p] = see_a[p] and t <= ceiling
                            see_e[p] = see_e[p] and t <= ceiling
                    seen = 0
                    while seen < n and not see_a[seen]:
                        seen += 1
                    for c in range(n_classes):
                        speed = samples.speed[s, c]
                        point = first_track(
                            seen,
                            see_a,
                            log_a[a],
                            samples.const_a[s, c],
                            speed,
                            samples.look[s],
                            step,
                            rule,
                            curve,
                            mass,
                            spare,
                        )
                        if point < 0.0:
                            continue
                        track[a, c, s, az] = (n - point) * step
                        ready = point + speed * samples.react[s] / step
                        hold = Hold(see_e, log_e[a], samples.const_e[s, c], needed_e)
                        early, late, total = intercepts(
                            ready,
                            flights,
                            hold,
                            radials.measure,
                            speed,
                            step,
                            samples.weight[s],
                            samples.range_max[s],
                            met,
                            wait,
                        )
                        if early >= 0:
                            first[a, c, s, az] = dist[early]
                            last[a, c, s, az] = dist[late]
                            area[a, c, s, az] = total
                            for m in range(n_missiles):
                                if met[m] >= 0:
                                    by_missile[m, a, c, s, az] = dist[met[m]]


@driver
def reach_paths(  # type: ignore[no-untyped-def]
    dist,
    alt,
    agl,
    need_a,
    need_e,
    log_a,
    log_e,
    instrumented,
    samples,
    target,
    step,
    until,
    unit,
    curve,
    rule,
    needed_e,
    track,
    first,
    last,
    length,
    shots,
):
    """Reach along given paths, one fire unit, one target class.

    Parameters
    ----------
    dist, alt, agl, log_a, log_e : (paths, points).
    need_a, need_e : (3, paths, points) masking altitude (m MSL) with the low, the default and the
        high antenna; NaN or +inf where the point is not seen at any.
    samples : `height_a`, `height_e` are here weights from -1 (low) to 1 (high).
    target : index of the class.
    until : (paths,) point at which the target has arrived.
    track, first, last : (samples, paths) point numbers, -1 if none; length : metres of path in
        which intercepts are possible; shots : of shoot-look-shoot before `until`.
    """
    n, n_missiles = dist.shape[1], unit.range_min.shape[0]
    farthest = _farthest(samples.range_max)
    for k in prange(dist.shape[0]):
        see_a, see_e = np.empty(n, np.bool_), np.empty(n, np.bool_)
        mass, spare = np.empty(rule.enough.shape[0]), np.empty(rule.enough.shape[0])
        met, wait = np.empty(n_missiles, np.int64), np.empty(n_missiles, np.int64)
        measure, times = np.full(n, step), np.empty((n_missiles, n, 3))
        flights = Flights(dist[k], times, unit.pace_min, unit.target_speed_max)
        ever = False  # whether any antenna height lets the acquisition radar see any point
        for p in range(n):
            least = min(need_a[0, k, p], need_a[1, k, p], need_a[2, k, p])
            ever = ever or (alt[k, p] >= least and dist[k, p] <= instrumented)
        if ever:
            fill_flights(Path(dist[k], alt[k], agl[k]), unit, farthest, times)
        for s in range(samples.place.shape[0]):
            track[s, k], first[s, k], last[s, k] = -1, -1, -1
            length[s, k], shots[s, k] = 0.0, 0
            if not ever:
                continue
            seen = n
            for p in range(n - 1, -1, -1):
                h = alt[k, p] if agl[k, p] >= 0.0 else -np.inf
                see_a[p] = h >= _between(need_a, k, p, samples.height_a[s])
                see_e[p] = h >= _between(need_e, k, p, samples.height_e[s])
                see_a[p] = see_a[p] and dist[k, p] <= instrumented
                seen = p if see_a[p] else seen
            speed = samples.speed[s, target]
            point = first_track(
                seen,
                see_a,
                log_a[k],
                samples.const_a[s, target],
                speed,
                samples.look[s],
                step,
                rule,
                curve,
                mass,
                spare,
            )
            if point < 0.0:
                continue
            track[s, k] = int(point)
            hold = Hold(see_e, log_e[k], samples.const_e[s, target], needed_e)
            ready = point + speed * samples.react[s] / step
            early, late, total = intercepts(
                ready,
                flights,
                hold,
                measure,
                speed,
                step,
                samples.weight[s],
                samples.range_max[s],
                met,
                wait,
            )
            if early >= 0:
                first[s, k], last[s, k], length[s, k] = early, late, total
                shots[s, k] = shoot_look_shoot(
                    ready,
                    flights,
                    hold,
                    speed,
                    step,
                    min(until[k] + 1, n),
                    speed * samples.assess[s] / step,
                    samples.weight[s],
                    samples.range_max[s],
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


@driver
def count_units(first, last, az_bin, dist, cell_m2, total, alone, each):  # type: ignore[no-untyped-def]
    """Area in which at least one unit, only one, and each unit can intercept; row by row.

    Parameters
    ----------
    first, last : (units, rows, azimuths) range of the first and last intercept (m).
    az_bin, dist : (units, cells) azimuth's index and ground range (m) of every cell.
    total : (rows,) m2; alone : (units, rows) m2 that only this unit covers; each : (rows,) m2 of
        all units added up, overlap counted as often as it is covered.
    """
    for row in prange(first.shape[1]):
        for cell in range(dist.shape[1]):
            n, who = 0, 0
            for unit in range(first.shape[0]):
                d, az = dist[unit, cell], az_bin[unit, cell]
                if last[unit, row, az] <= d and d <= first[unit, row, az]:
                    n += 1
                    who = unit
            each[row] += n * cell_m2
            if n > 0:
                total[row] += cell_m2
            if n == 1:
                alone[who, row] += cell_m2
