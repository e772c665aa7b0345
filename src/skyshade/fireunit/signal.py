"""What a fire unit's two radars make of an echo: signal-to-noise tables for the kernels.

The radar equation itself is `skyshade.radar.ranges`; here it becomes a gain per point of a path, a
detection curve and the threshold at which the engagement radar holds a target.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade._jit import plain
from skyshade.fireunit import _scalar
from skyshade.radar.detection import detection_curve, one_more_confirms, required_snr
from skyshade.radar.model import Radar, Target
from skyshade.radar.ranges import log_path_gain, log_radar_constant, needed_log_snr

GAIN_D_ALT_M, GAIN_TOP_M = 500.0, 40_000.0
P_FLOOR = 1e-4  # a look less likely to detect than this counts as blind


class CurveTable(NamedTuple):
    """Detection probability over ln(snr), as the kernels read it.

    Attributes
    ----------
    values : (nodes,) probability.
    first, per_node : ln(snr) of the first node; nodes per unit of ln(snr).
    log_snr_floor : ln(snr) under which a look counts as blind.
    """

    values: Any
    first: float
    per_node: float
    log_snr_floor: float


class Looks(NamedTuple):
    """How a radar's looks make a track.

    Attributes
    ----------
    values, first, per_node, log_snr_floor : as in `CurveTable`.
    enough : (2^(N-1),) one more detection confirms, by the bits of the last N-1 scans.
    p_confirm : the range of first track is where confirmation has become so probable.
    """

    values: Any
    first: float
    per_node: float
    log_snr_floor: float
    enough: Any
    p_confirm: float


def log_echo_constant(
    radar: Radar,
    log_rcs: ArrayLike,
    reference_range_m: ArrayLike | None = None,
    p_reference: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """What ln(snr) of an echo owes to the radar and to the target, but not to the way.

    Parameters
    ----------
    log_rcs : ln of the radar cross-section (m2).
    reference_range_m, p_reference : other values than the radar's own; all broadcast.
    """
    return np.asarray(
        log_radar_constant(radar, reference_range_m, p_reference) + np.asarray(log_rcs)
    )


def log_snr(log_gain: NDArray[Any], constant: ArrayLike) -> NDArray[Any]:
    """ln(snr) of echoes, by the function that the kernels call.

    Parameters
    ----------
    log_gain, constant : from :func:`skyshade.radar.ranges.log_path_gain` (a jammer's noise taken
        off), and from :func:`log_echo_constant`.
    """
    return np.asarray(plain(_scalar.log_snr)(log_gain, constant))


def excess_log_snr(
    radar: Radar, target: Target, ground_range_m: ArrayLike, above_m: ArrayLike
) -> NDArray[np.float64]:
    """ln(snr) of a target's echo over what the radar needs to hold it.

    Parameters
    ----------
    ground_range_m, above_m : of the target, and its height above the antenna (m); broadcast.
    """
    constant = float(log_echo_constant(radar, math.log(target.rcs_m2))) - needed_log_snr(radar)
    return log_snr(log_path_gain(radar, ground_range_m, above_m), constant)


def air_to_point(
    radar: Radar, antenna_msl_m: float, ground_range_m: ArrayLike, alt_m: ArrayLike
) -> NDArray[np.float64]:
    """What ln(snr) at an antenna in the air owes to the distance and to the air on the way.

    The air is that of a slant path from the sea up to the higher of the two ends: right for a
    target low down, and a little too much for one as high as the antenna.

    Parameters
    ----------
    ground_range_m, alt_m : of the target (m; m MSL); broadcast.
    """
    alt = np.asarray(alt_m, float)
    slant = np.hypot(ground_range_m, alt - antenna_msl_m)
    return log_path_gain(radar, ground_range_m, np.maximum(alt, antenna_msl_m), slant_m=slant)


def gain_table(radar: Radar, n_points: int, step_m: float) -> NDArray[np.float32]:
    """(levels, points) what ln(snr) owes to distance and air; point i at (i + 1) steps.

    Levels are `GAIN_D_ALT_M` apart, from the antenna's height up.
    """
    d = (np.arange(n_points) + 1) * step_m
    levels = np.arange(0.0, GAIN_TOP_M + GAIN_D_ALT_M, GAIN_D_ALT_M)[:, None]
    return log_path_gain(radar, d, levels).astype(np.float32)


def curve_of(radar: Radar) -> CurveTable:
    """The radar's detection probability as a table."""
    d = radar.detection
    curve = detection_curve(d.pfa, d.n_pulses, d.swerling)
    floor = math.log(required_snr(max(P_FLOOR, 2 * d.pfa), d.pfa, d.n_pulses, d.swerling))
    return CurveTable(curve.values, curve.first, curve.per_node, floor)


def looks_of(radar: Radar) -> Looks:
    """The radar's detection probability as a table, and its rule of confirmation."""
    d = radar.detection
    return Looks(*curve_of(radar), one_more_confirms(d.confirm_m, d.confirm_n), d.p_confirm)
