"""Families of flights on the CPU: one flight per launch elevation, one table row per altitude."""

import math

from skyshade._jit import driver, prange, scalar
from skyshade.flyout._scalar_flight import hermite, hermite_root, rk4_step, step_time

MAX_STEPS = 4000  # of one flight; with the usual steps more than half an hour


@driver
def fly_family(  # type: ignore[no-untyped-def]
    p, elevations_rad, launch_alt_m, n_steps, band_m, min_speed_mps, range_m, out
):
    """What each flight achieves, as rows of `out` (n, 9).

    Columns: highest speed on the way up (m/s), its time (s), greatest altitude (m); the farthest
    ground range (m) inside the altitude band with the lowest useful speed left, its time; and
    where it passes `range_m`: time (inf if never), altitude, speed, greatest altitude until then.
    """
    for i in prange(elevations_rad.size):
        t, x, z, v = 0.0, 0.0, launch_alt_m, p.launch_speed_mps
        u = v * math.cos(elevations_rad[i])
        w = v * math.sin(elevations_rad[i])
        top, top_t, apogee = v, 0.0, z
        far, far_t = 0.0, 0.0
        out[i, 5] = math.inf
        for step in range(1, MAX_STEPS):
            t1 = step_time(step, n_steps, p)
            x1, z1, u1, w1 = rk4_step(t, x, z, u, w, t1 - t, p)
            v1 = math.sqrt(u1 * u1 + w1 * w1)
            if v1 > top and w1 > 0.0:  # not when it falls back from space
                top, top_t = v1, t1
            apogee = max(apogee, z1)
            # up to the share s of this step the flight is still inside the band and fast enough
            s = 1.0
            if v1 < min_speed_mps <= v:
                s = (v - min_speed_mps) / (v - v1)
            if z1 < band_m[0] <= z:
                s = min(s, (z - band_m[0]) / (z - z1))
            elif z1 > band_m[1] >= z:
                s = min(s, (band_m[1] - z) / (z1 - z))
            zs = z + s * (z1 - z)
            fast = v + s * (v1 - v) > min_speed_mps - 1e-6
            if fast and band_m[0] - 1e-6 < zs < band_m[1] + 1e-6:
                far, far_t = x + s * (x1 - x), t + s * (t1 - t)
            if x < range_m <= x1:
                s = (range_m - x) / (x1 - x)
                out[i, 5] = t + s * (t1 - t)
                out[i, 6] = z + s * (z1 - z)
                out[i, 7] = v + s * (v1 - v)
                out[i, 8] = apogee
            t, x, z, u, w, v = t1, x1, z1, u1, w1, v1
            if z < 0.0:
                break
        out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = top, top_t, apogee, far, far_t


@driver
def cross_altitudes(  # type: ignore[no-untyped-def]
    p, elevations_rad, launch_alt_m, n_steps, d_alt_m, ceiling_m, far_m, out
):
    """Where each flight crosses each altitude, up and down, as `out` (n, n_alt, 2, 3).

    The last axis holds ground range (m), time (s) and speed (m/s); NaN where it does not cross. A
    flight ends on the ground, at the ceiling (m), or beyond `far_m`. An altitude touched only
    within one step of the top (some metres) counts as not crossed.
    """
    n_alt = out.shape[1]
    for i in prange(elevations_rad.size):
        out[i] = math.nan
        t, x, z, v = 0.0, 0.0, launch_alt_m, p.launch_speed_mps
        u = v * math.cos(elevations_rad[i])
        w = v * math.sin(elevations_rad[i])
        k = math.ceil(launch_alt_m / d_alt_m)
        if k * d_alt_m == launch_alt_m and k < n_alt:
            out[i, k, 0, 0], out[i, k, 0, 1], out[i, k, 0, 2] = 0.0, 0.0, v
        for step in range(1, MAX_STEPS):
            t1 = step_time(step, n_steps, p)
            dt = t1 - t
            x1, z1, u1, w1 = rk4_step(t, x, z, u, w, dt, p)
            v1 = math.sqrt(u1 * u1 + w1 * w1)
            branch = 0 if z1 > z else 1
            first = math.floor(min(z, z1) / d_alt_m) + 1  # min < altitude <= max
            last = min(math.floor(max(z, z1) / d_alt_m), n_alt - 1)
            for k in range(max(first, 0), last + 1):
                row = k * d_alt_m
                s = hermite_root(z - row, w * dt, z1 - row, w1 * dt)
                out[i, k, branch, 0] = hermite(s, x, u * dt, x1, u1 * dt)
                out[i, k, branch, 1] = t + s * dt
                out[i, k, branch, 2] = v + s * (v1 - v)
            t, x, z, u, w, v = t1, x1, z1, u1, w1, v1
            if z < 0.0 or z > ceiling_m or x > far_m:
                break


@scalar
def _fill_between(a, b, d_range_m, min_speed_mps, time_s, speed_mps):  # type: ignore[no-untyped-def]
    """Columns between two crossings of one altitude: keep the earlier time that is fast enough."""
    if not (a[0] == a[0] and b[0] == b[0]):
        return
    if a[0] > b[0]:
        a, b = b, a
    first = max(math.ceil(a[0] / d_range_m - 1e-9), 0)  # the vertical flight is at range 0
    last = min(math.floor(b[0] / d_range_m), time_s.size - 1)
    for j in range(first, last + 1):
        s = (j * d_range_m - a[0]) / (b[0] - a[0]) if b[0] > a[0] else 0.0
        v = a[2] + s * (b[2] - a[2])
        t = a[1] + s * (b[1] - a[1])
        if v >= min_speed_mps and t < time_s[j]:
            time_s[j] = t
            speed_mps[j] = v


@driver
def fill_rows(crossings, d_range_m, min_speed_mps, time_s, speed_mps):  # type: ignore[no-untyped-def]
    """The earliest time and its speed per altitude and range, from `cross_altitudes`.

    Along one altitude the crossings of neighbouring elevations form a curve in (range, time): the
    ascending ones, and the descending ones, joined where the first flight tops that altitude.
    Columns between two neighbours are interpolated.
    """
    n = crossings.shape[0]
    for k in prange(time_s.shape[0]):
        time_s[k] = math.inf
        speed_mps[k] = 0.0
        joined = False
        for i in range(n):
            if i + 1 < n:
                for branch in range(2):
                    _fill_between(
                        crossings[i, k, branch],
                        crossings[i + 1, k, branch],
                        d_range_m,
                        min_speed_mps,
                        time_s[k],
                        speed_mps[k],
                    )
            up, down = crossings[i, k, 0], crossings[i, k, 1]
            if not joined and up[0] == up[0] and down[0] == down[0]:
                _fill_between(up, down, d_range_m, min_speed_mps, time_s[k], speed_mps[k])
                joined = True
