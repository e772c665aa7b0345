"""Plots: what a scan reports, both targets and false alarms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.tracking.frame import polar, unbiased
from skyshade.tracking.model import Assumptions
from skyshade.tracking.scans import Scans

FALSE = -1  # origin of a false alarm
NOISE, ALARMS = 0, 1  # purposes of random streams
EL_LIMITS_DEG = (0.0, 45.0)  # limits of false alarms, unless the radar's own are narrower


@dataclass(frozen=True, eq=False)
class Plots:
    """The plots of one scan.

    Attributes
    ----------
    place_m : (plots, 3) in local axes, unbiased.
    spread_m2 : (plots, 3, 3) covariance.
    origin : (plots,) number of the target, `FALSE` for a false alarm.
    """

    place_m: NDArray[np.float64]
    spread_m2: NDArray[np.float64]
    origin: NDArray[np.int64]


def make_plots(
    scans: Scans, antenna: Any, range_max_m: float, given: Assumptions, seed: int, run: int
) -> Iterator[Plots]:
    """The plots of every scan: detected targets and false alarms.

    False alarms are Poisson, evenly spread over the cells of the surveillance volume: over range,
    azimuth and elevation.

    Parameters
    ----------
    antenna : for its sector and limits of elevation.
    range_max_m : how far the surveillance volume goes.
    """
    errors = (given.range_sd_m, math.radians(given.az_sd_deg), math.radians(given.el_sd_deg))
    noise = _chance(seed, run, scans.site, NOISE).standard_normal(scans.truth_m.shape) * errors
    alarms = _chance(seed, run, scans.site, ALARMS)
    counts = alarms.poisson(given.false_alarms_per_scan, len(scans.times_s))
    az = antenna.az_sector_deg or (0.0, 360.0)
    low, high = antenna.el_limits_deg
    el = max(low, EL_LIMITS_DEG[0]), min(high, EL_LIMITS_DEG[1])
    width = (az[1] - az[0]) % 360.0 or 360.0
    for k, count in enumerate(counts):
        who = np.nonzero(scans.seen[k])[0]
        true = polar(scans.truth_m[k, who]) + noise[k, who]
        false = alarms.random((count, 3)) * (range_max_m, width, el[1] - el[0]) + (0, az[0], el[0])
        false[:, 1:] = np.radians(false[:, 1:])
        origin = np.r_[who, np.full(count, FALSE)]
        yield Plots(*unbiased(np.concatenate([true, false]), *errors), origin)


def _chance(seed: int, run: int, site: int, purpose: int) -> np.random.Generator:
    """The random stream of a seed, replicate, site and purpose."""
    return np.random.Generator(
        np.random.Philox(np.random.SeedSequence(seed, spawn_key=(run, site, purpose)))
    )
