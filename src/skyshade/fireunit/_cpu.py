"""Fire units on the CPU: fly-out tables on the common grid, times of flight, launches."""

import math
from typing import Any, NamedTuple

import numpy as np

from skyshade._jit import driver, prange
from skyshade.fireunit._scalar import (
    fill_flights,
    fill_held_since,
    fill_launches,
    time_of_flight,
)
from skyshade.flyout._scalar import time_of_flight as table_time


@driver
def resample_times(table, d_range, d_alt, new_d_range, new_d_alt, out):  # type: ignore[no-untyped-def]
    """A time-of-flight table on another grid, +inf where a missile does not get to."""
    for i in prange(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = table_time(table, d_range, d_alt, j * new_d_range, i * new_d_alt)


@driver
def times_of_flight(missiles, range_max, dist, alt, agl, out):  # type: ignore[no-untyped-def]
    """out (missiles, places): time of flight (s) to places; +inf where a missile does not get.

    Parameters
    ----------
    missiles : `MissileTables`, each at the default value of its speed.
    range_max : (missiles,) longest ground range (m) against the target.
    dist, alt, agl : (places,) ground range, altitude above mean sea level and above ground (m).
    """
    for p in prange(dist.shape[0]):
        for m in range(out.shape[0]):
            out[m, p] = time_of_flight(missiles, m, 1, range_max[m], dist[p], alt[p], agl[p])


class OnPath(NamedTuple):
    """Of a target along one path, (points,) each: see `fireunit._scalar`."""

    dist: Any
    alt: Any
    agl: Any
    speed: Any


class PlacesOnPaths(NamedTuple):
    """What a site sees of the places of paths that stand one after the other; arrays over places.

    Attributes
    ----------
    dist, alt, agl, speed : of the target: m, m MSL, m above ground, m/s.
    see, gain : line of sight of the engagement radar; ln(snr) owed to the way.
    """

    dist: Any
    alt: Any
    agl: Any
    speed: Any
    see: Any
    gain: Any


class PathLimits(NamedTuple):
    """What holds for whole paths.

    Attributes
    ----------
    first : (paths + 1,) where each path's places begin.
    const : (paths,) what ln(snr) owes to engagement radar and cross-section.
    needed : ln(snr) at which the engagement radar holds a target.
    range_max : (paths, missiles) longest ground range (m).
    """

    first: Any
    const: Any
    needed: float
    range_max: Any


@driver
def launch_tables(places, paths, missiles, step_s, out, next_s):  # type: ignore[no-untyped-def]
    """Times of flight of missiles launched as a target passes each place, path by path.

    Parameters
    ----------
    places, paths : `PlacesOnPaths` and `PathLimits` of one site.
    missiles : `MissileTables`.
    step_s : time between places (s).
    out : (missiles, places) s; +inf where no meeting follows from a launch there.
    next_s : (places,) path time (s) of the next place at which some missile can be launched.
    """
    first = paths.first
    for i in prange(first.shape[0] - 1):
        a, b = first[i], first[i + 1]
        since = np.empty(b - a, np.int64)
        launch = np.empty(b - a, np.float64)
        fill_held_since(places.see[a:b], places.gain[a:b], paths.const[i], paths.needed, since)
        path = OnPath(places.dist[a:b], places.alt[a:b], places.agl[a:b], places.speed[a:b])
        for m in range(out.shape[0]):
            longest = paths.range_max[i, m]
            fill_launches(missiles, m, longest, 1.0 / step_s, path, since, launch)
            fill_flights(launch, since, step_s, out[m, a:b])
        following = math.inf
        for p in range(b - a - 1, -1, -1):
            for m in range(out.shape[0]):
                if out[m, a + p] < math.inf:
                    following = p * step_s
            next_s[a + p] = following
