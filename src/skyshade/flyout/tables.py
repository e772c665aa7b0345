"""Fly-out tables: a family of flights over launch elevation, reduced to the earliest arrival."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue import Catalogue, load_catalogue
from skyshade.errors import InputError
from skyshade.flyout._cpu import cross_altitudes, fill_rows
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.calibrate import calibrate, vehicle
from skyshade.flyout.load import check_speed, load_missile
from skyshade.flyout.model import Assumptions, Calibration, FlyoutTable, Missile

N_FLIGHTS = 1024  # over launch elevation; the error this leaves is tested
N_STEPS = 48
D_ALT_M = 250.0
_D_RANGE_M = (50.0, 100.0, 200.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0)
MAX_COLUMNS = 400
MAX_LAUNCH_ALT_M = 6000.0


@functools.lru_cache(maxsize=64)
def flyout_table(
    missile: Missile,
    *,
    speed_mps: float | None = None,
    launch_alt_msl_m: float = 0.0,
    assumptions: Assumptions | None = None,
) -> FlyoutTable:
    """Time of flight and arrival speed of a missile, calibrated to its published figures.

    Deterministic, and kept in memory: the same question gives the same object. Its arrays are
    read-only.

    Parameters
    ----------
    missile : from :func:`load_missile`.
    speed_mps : another value of its speed figure.
    launch_alt_msl_m : altitude of the launcher; the calibration is that of sea level.
    assumptions : others than :func:`assumptions_for` gives.

    Raises
    ------
    InputError : a launcher below the sea or above 6 km; a speed that no such missile flies at.
    """
    if speed_mps is not None:
        missile = missile.with_speed(speed_mps)
        check_speed(missile)
    if not 0.0 <= launch_alt_msl_m <= MAX_LAUNCH_ALT_M:
        raise InputError(
            "no altitude of a launcher",
            field="launch_alt_msl_m",
            value=launch_alt_msl_m,
            allowed="0 to 6 km",
        )
    assumptions = assumptions or assumptions_for(missile)
    calibration = calibrated(missile, assumptions)
    d_range = next(
        (d for d in _D_RANGE_M if missile.range_max.high <= d * MAX_COLUMNS), _D_RANGE_M[-1]
    )
    ground_range = _grid(d_range, missile.range_max.high)
    alt = _grid(D_ALT_M, missile.alt_max.high)

    elevations = np.deg2rad(np.linspace(0.0, 90.0, N_FLIGHTS))
    crossings = np.empty((elevations.size, alt.size, 2, 3))
    cross_altitudes(
        vehicle(missile, assumptions, calibration.propellant_frac, calibration.drag_scale),
        elevations,
        float(launch_alt_msl_m),
        N_STEPS,
        D_ALT_M,
        calibration.ceiling_m,
        2.0 * ground_range[-1],
        crossings,
    )
    time_s = np.empty((alt.size, ground_range.size), np.float32)
    speed = np.empty_like(time_s)
    fill_rows(crossings, d_range, assumptions.min_speed_mps.value, time_s, speed)
    for times, speeds in zip(time_s, speed, strict=True):
        _bridge(times, speeds)
    for array in (ground_range, alt, time_s, speed):
        array.flags.writeable = False
    return FlyoutTable(
        missile=missile,
        ground_range_m=ground_range,
        alt_msl_m=alt,
        time_s=time_s,
        speed_mps=speed,
        min_speed_mps=assumptions.min_speed_mps.value,
        launch_alt_msl_m=launch_alt_msl_m,
        assumptions=assumptions,
        calibration=calibration,
    )


def _bridge(times: NDArray[np.float32], speeds: NDArray[np.float32]) -> None:
    """Fill gaps between places at one altitude that flights reach.

    Our flights keep to one launch elevation each. Where a small missile slows down early, the
    direct ones end before the place from which on lofted ones come down. A guided missile flies
    between the two: time and speed are taken as linear there, and farther never takes less time.
    """
    there = np.nonzero(np.isfinite(times))[0]
    if not len(there) or len(there) == there[-1] - there[0] + 1:
        return
    all_between = np.arange(there[0], there[-1] + 1)
    for row in (times, speeds):
        row[all_between] = np.interp(all_between, there, row[there])
    times[all_between] = np.maximum.accumulate(times[all_between])


@functools.lru_cache(maxsize=256)
def calibrated(missile: Missile, assumptions: Assumptions) -> Calibration:
    """The calibration of :func:`~skyshade.flyout.calibrate.calibrate`, kept in memory."""
    return calibrate(missile, assumptions)


def fleet_tables(catalogue: Catalogue | None = None) -> dict[str, FlyoutTable]:
    """The tables of every missile of a catalogue, by id."""
    catalogue = load_catalogue() if catalogue is None else catalogue
    return {
        entry.id: flyout_table(load_missile(entry.id, catalogue))
        for entry in catalogue.of_kind("missile")
    }


def _grid(spacing_m: float, end_m: float) -> NDArray[np.float64]:
    """From 0 on, up to or just beyond the end."""
    return np.arange(math.ceil(end_m / spacing_m) + 1, dtype=np.float64) * spacing_m
