"""The radar range equation in its reference form: a published range fixes the constant."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.errors import InputError
from skyshade.radar.attenuation import path_attenuation, two_way_log_loss
from skyshade.radar.detection import (
    confirmation_probability,
    detection_probability,
    required_snr,
)
from skyshade.radar.model import EARTH_RADIUS_M, Jammer, Radar, Target, check_rcs
from skyshade.terrain.model import EFFECTIVE_EARTH

FARTHEST_M = 5_000_000.0


def log_snr_at(
    radar: Radar,
    range_m: ArrayLike,
    rcs_m2: ArrayLike,
    alt_m: ArrayLike | None = None,
    *,
    attenuation: bool = True,
) -> NDArray[np.float64]:
    """Natural logarithm of the signal-to-noise ratio of one pulse.

        ln snr = ln snr_ref + ln(rcs / rcs_ref) + 4 ln(R_ref / R) + ln L(R) - ln L(R_ref)

    snr_ref makes the published range hold with probability `radar.detection.p_reference` for a
    target at `radar.reference_alt_m`; L is the two-way transmission of the air.

    Parameters
    ----------
    range_m, rcs_m2, alt_m : broadcast against each other; altitude above the antenna (m), by
        default the reference altitude.

    References
    ----------
    M. I. Skolnik, Introduction to Radar Systems, 3rd ed. 2001, ch. 2.
    """
    alt = radar.reference_alt_m if alt_m is None else alt_m
    r = np.maximum(np.asarray(range_m, float), 1.0)
    gain = log_path_gain(radar, r, alt, slant_m=r, attenuation=attenuation)
    constant = log_radar_constant(radar, attenuation=attenuation)
    return np.asarray(constant + np.log(np.asarray(rcs_m2, float)) + gain)


def log_radar_constant(
    radar: Radar,
    reference_range_m: ArrayLike | None = None,
    p_reference: ArrayLike | None = None,
    *,
    attenuation: bool = True,
) -> NDArray[np.float64]:
    """What ln(snr) of a target of 1 m2 owes to the radar: the constant of :func:`log_snr_at`.

    ln snr_ref - ln rcs_ref + 4 ln R_ref - ln L(R_ref); the rest is :func:`log_path_gain`.

    Parameters
    ----------
    reference_range_m, p_reference : other values than the radar's own, e.g. drawn ones (draws,).
    """
    d = radar.detection
    p = np.asarray(d.p_reference if p_reference is None else p_reference, float)
    reference = radar.reference_range_m if reference_range_m is None else reference_range_m
    needed = np.array([required_snr(float(q), d.pfa, d.n_pulses, d.swerling) for q in p.flat])
    constant = (
        np.log(needed.reshape(p.shape))
        - math.log(radar.reference_rcs_m2)
        + 4.0 * np.log(np.asarray(reference, float))
    )
    if attenuation:
        table = path_attenuation(radar.freq_hz)
        constant = constant - two_way_log_loss(table, reference, radar.reference_alt_m)
    return np.asarray(constant)


def log_path_gain(
    radar: Radar,
    ground_range_m: ArrayLike,
    above_m: ArrayLike,
    *,
    slant_m: ArrayLike | None = None,
    attenuation: bool = True,
) -> NDArray[np.float64]:
    """What ln(snr) owes to the distance and to the air on the way.

    Parameters
    ----------
    ground_range_m, above_m : of the target; height above the antenna (m); broadcast.
    slant_m : distance (m); by default of these two on a flat Earth.
    """
    slant = np.hypot(ground_range_m, above_m) if slant_m is None else np.asarray(slant_m, float)
    gain = -4.0 * np.log(np.maximum(slant, 1.0))
    if attenuation:
        gain = gain + two_way_log_loss(path_attenuation(radar.freq_hz), ground_range_m, above_m)
    return np.asarray(gain)


def needed_log_snr(radar: Radar) -> float:
    """ln(snr) at which one look detects with the probability that published ranges mean."""
    d = radar.detection
    return math.log(required_snr(d.p_reference, d.pfa, d.n_pulses, d.swerling))


def snr_at(
    radar: Radar,
    range_m: ArrayLike,
    rcs_m2: ArrayLike,
    alt_m: ArrayLike | None = None,
    *,
    jammer: Jammer | None = None,
    attenuation: bool = True,
) -> NDArray[np.float64]:
    """Signal-to-noise ratio of one pulse; under jamming, to noise and jamming together.

    Parameters
    ----------
    range_m, rcs_m2, alt_m : as for :func:`log_snr_at`.

    Raises
    ------
    InputError : a cross-section that is not positive.
    """
    for rcs in np.unique(np.asarray(rcs_m2, float)):
        check_rcs(float(rcs), "rcs")
    snr = np.exp(log_snr_at(radar, range_m, rcs_m2, alt_m, attenuation=attenuation))
    return snr if jammer is None else snr / (1.0 + jamming_ratio(jammer, range_m))


def jamming_ratio(jammer: Jammer, range_m: ArrayLike) -> NDArray[np.float64]:
    """J/N at the radar for a target at `range_m`: one-way, so it falls with the square.

    A self-screening jammer comes closer with its target; a stand-off jammer stays where it is and
    enters through side lobes. One-way attenuation of the jamming is left out (it favours the
    jammer).

    Parameters
    ----------
    range_m : of the target (m).

    Returns
    -------
    Array of the shape of `range_m` : a power ratio.
    """
    r = (
        np.asarray(range_m, float)
        if jammer.range_m is None
        else np.full(np.shape(range_m), jammer.range_m)
    )
    falling = (jammer.jn_range_m / np.maximum(r, 1.0)) ** 2
    return np.asarray(jammer.jn_ratio / jammer.sidelobe_ratio * falling)


def detection_range(
    radar: Radar,
    rcs_m2: float,
    p_detect: float | None = None,
    alt_m: float | None = None,
    *,
    jammer: Jammer | None = None,
    attenuation: bool = True,
) -> float:
    """Range (m) at which one look detects with probability `p_detect`, before any horizon.

    Parameters
    ----------
    p_detect : by default the probability that the published range is taken to mean.
    alt_m : altitude above the antenna, for attenuation.

    Returns
    -------
    Range; also with a self-screening jammer, where it is the burn-through range. Not cut at the
    instrumented range or the horizon.
    """
    check_rcs(rcs_m2, "rcs")
    d = radar.detection
    p = d.p_reference if p_detect is None else p_detect
    needed = math.log(required_snr(p, d.pfa, d.n_pulses, d.swerling))

    def margin(log_range: float) -> float:
        r = math.exp(log_range)
        log_snr = float(log_snr_at(radar, r, rcs_m2, alt_m, attenuation=attenuation))
        if jammer is not None:
            log_snr -= math.log1p(float(jamming_ratio(jammer, r)))
        return log_snr - needed

    from scipy.optimize import brentq

    near, far = math.log(1.0), math.log(FARTHEST_M)
    if margin(near) <= 0:
        return 0.0
    if margin(far) >= 0:
        return FARTHEST_M
    return math.exp(brentq(margin, near, far, xtol=1e-10))


def burn_through_range(radar: Radar, rcs_m2: float, jammer: Jammer) -> float:
    """Range (m) inside which a jammed look still detects with the reference probability.

    Without attenuation a self-screening jammer's is the closed form, with x = R^2,
    x^2 + (J/N) R_j^2 x = (rcs / rcs_ref) R_ref^4.

    Parameters
    ----------
    rcs_m2 : radar cross-section of the target (m2).

    Raises
    ------
    InputError : a cross-section that is not positive.
    """
    return detection_range(radar, rcs_m2, jammer=jammer)


def first_track_range(
    radar: Radar,
    target: Target,
    alt_m: float | None = None,
    *,
    speed_mps: float | None = None,
    jammer: Jammer | None = None,
    horizon_m: float | None = None,
) -> float:
    """Range (m) at which the track of an inbound target has been confirmed with `p_confirm`.

    The target flies straight in at constant speed; looks come every scan period from the
    instrumented range (or the horizon) on, the first just as it gets there. 0 if it is never
    confirmed.

    Parameters
    ----------
    alt_m : of the target above the antenna (m); by default the radar's reference altitude.
    speed_mps : of the target (m/s); by default its class's.
    horizon_m : no look sees farther (m).

    Raises
    ------
    InputError : the radar's scan period is not published and was not given.
    """
    d = radar.detection
    if radar.scan_period_s is None:
        raise InputError(f"no scan period is published for {radar.id}", field="scan_period")
    start = radar.instrumented_range_m or 1.5 * detection_range(radar, target.rcs_m2, 0.1)
    start = min(start, horizon_m) if horizon_m is not None else start
    step = (speed_mps or target.speed_mps) * radar.scan_period_s
    ranges = np.arange(start, 0.0, -step)
    snr = snr_at(radar, ranges, target.rcs_m2, alt_m, jammer=jammer)
    p = detection_probability(snr, d.pfa, d.n_pulses, d.swerling)
    confirmed = confirmation_probability(p, d.confirm_m, d.confirm_n)
    reached = np.nonzero(confirmed >= d.p_confirm)[0]
    return float(ranges[reached[0]]) if len(reached) else 0.0


def horizon_range(antenna_m: float, target_m: float, k_factor: float = EFFECTIVE_EARTH) -> float:
    """Smooth-Earth distance (m) to the horizon of a target, along the ground.

    R' (acos(R' / (R' + a)) + acos(R' / (R' + h))), R' = k times the mean radius.

    Parameters
    ----------
    antenna_m, target_m : heights above the smooth Earth (m); below it counts as on it.
    k_factor : refraction factor.

    Examples
    --------
    >>> round(horizon_range(24.0, 25.0) / 1000, 1)   # published check value: 40.8 km
    40.8
    """
    radius = k_factor * EARTH_RADIUS_M
    return sum(radius * math.acos(radius / (radius + max(h, 0.0))) for h in (antenna_m, target_m))
