"""The published limits of a missile against a class of targets: the one place where they apply."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue.model import Entry
from skyshade.flyout.load import stated
from skyshade.flyout.model import Missile, Stated
from skyshade.radar.model import Target


class Limits(NamedTuple):
    """Between what a missile can meet a target of one class (SI).

    Attributes
    ----------
    range_min_m, range_max_m : ground range from the fire unit.
    alt_min_agl_m : of the target above the ground below it.
    alt_max_msl_m : of the target above mean sea level.
    target_speed_max_mps : +inf where none is published.
    """

    range_min_m: float
    range_max_m: float
    alt_min_agl_m: float
    alt_max_msl_m: float
    target_speed_max_mps: float

    def allow(
        self, range_m: float, alt_msl_m: float, alt_agl_m: float, speed_mps: float = 0.0
    ) -> bool:
        """Whether a target at this place and speed lies between the limits, their rims included."""
        return (
            self.range_min_m <= range_m <= self.range_max_m
            and alt_agl_m >= self.alt_min_agl_m
            and alt_msl_m <= self.alt_max_msl_m
            and speed_mps <= self.target_speed_max_mps
        )


def limits(missile: Missile, target: Target | None = None) -> Limits:
    """The limits of a missile against a class of targets.

    Against a ballistic class the range is the one published for such targets, the missile's own or
    else its system's (:func:`with_system_limits`).

    Parameters
    ----------
    target : by default any that is not ballistic.
    missile : of a :class:`~skyshade.fireunit.model.FireUnit`, or from
        :func:`~skyshade.flyout.load.load_missile`, which knows no limit of its system.
    """
    return Limits(
        missile.range_min_m,
        range_max_m(missile, target),
        missile.alt_min_m,
        missile.alt_max_m,
        target_speed_max_mps(missile),
    )


def range_max_m(
    missile: Missile, target: Target | None = None, drawn_m: float | None = None
) -> float:
    """Longest ground range (m) of a missile against a class.

    Parameters
    ----------
    drawn_m : another value of the missile's maximum range, within its bounds.
    """
    longest = missile.range_max_m if drawn_m is None else drawn_m
    is_ballistic = target is not None and target.is_ballistic
    if is_ballistic and missile.ballistic_range_max_m is not None:
        return min(longest, missile.ballistic_range_max_m)
    return longest


def ranges_max_m(
    missile: Missile, targets: tuple[Target, ...], drawn_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(draws, targets) longest ground range of a missile for drawn values of its range."""
    caps = [range_max_m(missile, target, math.inf) for target in targets]
    return np.asarray(np.minimum(drawn_m[:, None], np.array(caps)))


def target_speed_max_mps(missile: Missile) -> float:
    """Fastest target (m/s) that the missile is published to engage; +inf without a figure."""
    fastest = missile.target_speed_max_mps
    return math.inf if fastest is None else fastest


def with_system_limits(missile: Missile, system: Entry) -> Missile:
    """The missile, with the limits of its system where it has no figure of its own.

    A system may be published with a range against ballistic targets and a fastest target that
    hold for every missile it fires.
    """

    def of_system(field: str) -> Stated | None:
        figure = system.figures.get(field)
        return None if figure is None or figure.is_unknown else stated(figure)

    return replace(
        missile,
        ballistic_range_max=missile.ballistic_range_max or of_system("ballistic_range_max"),
        target_speed_max=missile.target_speed_max or of_system("target_speed_max"),
    )
