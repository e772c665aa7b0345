"""The earliest place and time at which a missile can meet a moving target.

The geometry is a plane with the launcher at its origin and x, y along the ground (m), as an
azimuthal equidistant map gives them, and the altitude above mean sea level; the curvature of the
Earth is in the fly-out table. Only kinematics and published limits: neither who sees the target
nor how the missile is steered. Limits and time of flight are those that reach and raids apply.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.catalogue.readable import readable
from skyshade.errors import InputError
from skyshade.fireunit._cpu import times_of_flight
from skyshade.fireunit.limits import limits
from skyshade.fireunit.missiles import MissileTables
from skyshade.flyout._scalar import bilinear
from skyshade.flyout._scalar_air import TOP_M
from skyshade.flyout.model import FlyoutTable, Missile

STEP_S = 0.25  # a target of 1 km/s moves one cell of a table meanwhile
HORIZON_S = 1200.0
REFINEMENTS, FINER = 5, 64  # the last step is below a microsecond


@dataclass(frozen=True)
class Intercept:
    """Where and when a missile meets its target, at the earliest."""

    time_s: float  # on the clock of the target
    time_of_flight_s: float
    ground_range_m: float
    alt_msl_m: float
    arrival_speed_mps: float


def earliest_intercept(
    table: FlyoutTable,
    position_m: Sequence[float],
    velocity_mps: Sequence[float],
    *,
    launch_s: float = 0.0,
    horizon_s: float = HORIZON_S,
    step_s: float = STEP_S,
    ground_msl_m: float = 0.0,
) -> Intercept | None:
    """The earliest meeting with a target of constant velocity; None if there is none in time.

    Parameters
    ----------
    position_m : (x, y, altitude MSL) of the target at time 0.
    velocity_mps : (x, y, up).
    launch_s : earliest launch, on the target's clock.
    horizon_s : how long after the launch to look.
    step_s : how finely to look; chances shorter than that may be missed.
    ground_msl_m : level ground (m MSL), above which the missile's lowest altitude counts.

    Raises
    ------
    InputError : the target is faster than the missile's limit, or above the atmosphere table.

    Notes
    -----
    The earliest t >= t_launch with tof(range(t), altitude(t)) <= t - t_launch inside the envelope.
    A target that leaves the table's altitudes downwards has hit the ground and is gone.
    """
    x, v = np.asarray(position_m, float), np.asarray(velocity_mps, float)
    if x.shape != (3,) or v.shape != (3,):
        raise InputError(
            "position and velocity of a target have three components each", value=(x.shape, v.shape)
        )
    if not (np.isfinite(x).all() and np.isfinite(v).all()):
        raise InputError(
            "position and velocity of a target must be finite",
            value=(*map(float, x), *map(float, v)),
        )
    check_target(table.missile, float(np.linalg.norm(v)), float(x[2]))
    times = launch_s + np.array([0.0, horizon_s])
    return _meet(table, [times, *(x[:, None] + v[:, None] * times)], launch_s, step_s, ground_msl_m)


def earliest_on_path(
    table: FlyoutTable,
    times_s: ArrayLike,
    x_m: ArrayLike,
    y_m: ArrayLike,
    alt_msl_m: ArrayLike,
    *,
    launch_s: float = 0.0,
    step_s: float = STEP_S,
    ground_msl_m: float = 0.0,
) -> Intercept | None:
    """The earliest meeting with a target along a sampled path; None if there is none.

    Between its samples, whose times increase, the target moves straight and evenly.

    Parameters
    ----------
    times_s : (samples,) on the clock of `launch_s` (s).
    x_m, y_m : (samples,) of the target, the launcher at the origin (m).
    alt_msl_m : (samples,) m MSL.
    launch_s : earliest launch (s).
    step_s : how finely to look (s); chances shorter than that may be missed.
    ground_msl_m : level ground (m MSL), above which the missile's lowest altitude counts.

    Raises
    ------
    InputError : as :func:`earliest_intercept`; or times that do not increase.
    """
    path = [np.ascontiguousarray(a, float) for a in (times_s, x_m, y_m, alt_msl_m)]
    times, x, y, h = path
    if times.ndim != 1 or times.size < 2 or any(a.shape != times.shape for a in path):
        raise InputError(
            "a path needs two or more samples of time, x, y and altitude, as many of each",
            value=tuple(a.shape for a in path),
        )
    if not all(np.isfinite(a).all() for a in path):
        raise InputError("a path must be finite")
    dt = np.diff(times)
    if (dt <= 0).any():
        raise InputError("the times of a path must increase", value=float(times[1:][dt <= 0][0]))
    legs_m = np.sqrt(np.diff(x) ** 2 + np.diff(y) ** 2 + np.diff(h) ** 2)
    check_target(table.missile, float((legs_m / dt).max()), float(h.max()))
    return _meet(table, path, launch_s, step_s, ground_msl_m)


def _meet(
    table: FlyoutTable,
    path: list[NDArray[np.float64]],
    launch_s: float,
    step_s: float,
    ground_msl_m: float,
) -> Intercept | None:
    if not (step_s > 0 and np.isfinite(launch_s)):
        raise InputError(
            "the step must be above zero and the launch finite", value=(step_s, launch_s)
        )
    start, end = max(path[0][0], launch_s), path[0][-1]
    if start > end:
        return None
    n = max(math.ceil((end - start) / step_s), 1)
    for _ in range(REFINEMENTS):
        t = np.linspace(start, end, n + 1)
        x, y, alt = (np.interp(t, path[0], values) for values in path[1:])
        flight = times_to(table, np.hypot(x, y), alt, alt - ground_msl_m)
        # it may be launched later than `launch_s`, never earlier
        possible = t - flight >= launch_s
        if not possible.any():
            return None
        i = int(possible.argmax())
        if i == 0:
            break
        start, end, n = t[i - 1], t[i], FINER
    r, h = float(np.hypot(x[i], y[i])), float(alt[i])
    speed = bilinear(table.speed_mps, table.d_range_m, table.d_alt_m, r, max(h, 0.0))
    return Intercept(float(t[i]), float(flight[i]), r, h, float(speed))


def times_to(
    table: FlyoutTable,
    ground_range_m: NDArray[np.float64],
    alt_msl_m: NDArray[np.float64],
    alt_agl_m: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(places,) time of flight (s) to places; +inf outside the missile's limits or reach."""
    missile = table.missile
    known = limits(missile)
    tables = MissileTables(
        tables=np.stack([table.time_s] * 3)[None],
        pace_min=np.zeros(1),
        d_range_m=table.d_range_m,
        d_alt_m=table.d_alt_m,
        range_min_m=np.array([known.range_min_m]),
        alt_min_m=np.array([known.alt_min_agl_m]),
        alt_max_m=np.array([known.alt_max_msl_m]),
        target_speed_max_mps=np.array([known.target_speed_max_mps]),
    )
    out: NDArray[np.float64] = np.empty((1, len(ground_range_m)))
    farthest = np.array([known.range_max_m])
    times_of_flight(tables, farthest, ground_range_m, alt_msl_m, alt_agl_m, out)
    return np.asarray(out[0])


def check_target(missile: Missile, speed_mps: float, alt_msl_m: float) -> None:
    """Complain about a target that the missile is not published to take, or that has no air.

    Parameters
    ----------
    speed_mps : of the target (m/s).
    alt_msl_m : its highest altitude (m MSL).

    Raises
    ------
    InputError : faster than the published limit, or above the atmosphere table.
    """
    limit = missile.target_speed_max_mps
    if limit is not None and speed_mps > limit * (1 + 1e-9):
        raise InputError(
            f"the target is faster than {missile.id} is published to engage",
            field="target speed",
            value=readable(speed_mps, "m/s"),
            allowed=f"up to {readable(limit, 'm/s')}",
        )
    if alt_msl_m > TOP_M:
        raise InputError(
            "altitude above the atmosphere table",
            field="target altitude",
            value=readable(alt_msl_m, "m"),
            allowed=f"up to {readable(TOP_M, 'm')}",
        )
