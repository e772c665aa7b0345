"""Where a unit's antennas may stand, as columns of draws: their height, and the site's position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.fireunit.model import FireUnit
from skyshade.terrain.model import Antenna
from skyshade.uncertainty.draws import AS_GIVEN, Column, height_column, position_column

# the heights of a unit's two antennas, as the draws call them
ACQUISITION, ENGAGEMENT = "acquisition antenna", "engagement antenna"
# as given, and moved west, north, east, south by half the rounding, as in `on_curve`: where one of
# few places has to do
FEW_PLACES = (AS_GIVEN, 1 / 4, 5 / 12, 3 / 4, 11 / 12)
DEPTH = 20  # halvings of the square: to a millionth of its side


class Standing(NamedTuple):
    """Where a unit's two antennas stand."""

    acquisition: Antenna
    engagement: Antenna


def height_columns(units: Sequence[FireUnit]) -> list[Column]:
    """A column for each unit: its two antennas are high or low together."""
    both = [{ACQUISITION: u.height_a, ENGAGEMENT: u.height_e} for u in units]
    return [
        height_column(i, {key: (h.value_m, h.low_m, h.high_m) for key, h in heights.items()})
        for i, heights in enumerate(both)
    ]


def position_columns(units: Sequence[FireUnit]) -> list[Column]:
    """A column for each unit: its position inside the declared rounding."""
    moved = any(unit.rounding_deg for unit in units)
    return [position_column(i, moved) for i in range(len(units))]


def on_curve(share: float) -> tuple[float, float]:
    """Where a position lies in the square of its rounding: (east, north), each from -1 to 1.

    Parameters
    ----------
    share : of a curve of Hilbert through the whole square, that lies before it: 0 to 1. Numbers
        that are spread evenly give places that are, and near numbers near places.

    References
    ----------
    D. Hilbert, Ueber die stetige Abbildung einer Line auf ein Flaechenstueck, Mathematische
    Annalen 38, 1891. Z. He and A. B. Owen, Extensible grids: uniform sampling on a space filling
    curve, J. R. Statist. Soc. B 78, 2016.

    >>> on_curve(0.5), on_curve(0.0), on_curve(1.0)
    ((0.0, 0.0), (-1.0, -1.0), (1.0, -1.0))
    >>> [tuple(round(x, 4) + 0.0 for x in on_curve(at)) for at in FEW_PLACES[1:]]
    [(-1.0, 0.0), (0.0, 1.0), (1.0, 0.0), (0.0, -1.0)]
    """
    quarters = []
    for _ in range(DEPTH):
        quarters.append(min(int(4.0 * share), 3))
        share = 4.0 * share - quarters[-1]
    x, y = share, 0.0
    for quarter in reversed(quarters):  # each holds a copy of the curve, the first and last turned
        match quarter:
            case 0:
                x, y = y / 2, x / 2
            case 1:
                x, y = x / 2, (y + 1) / 2
            case 2:
                x, y = (x + 1) / 2, (y + 1) / 2
            case _:
                x, y = 1 - y / 2, (1 - x) / 2
    return 2.0 * x - 1.0, 2.0 * y - 1.0


def nearest_of_few(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of `FEW_PLACES` stands for each position on the curve of :func:`on_curve`.

    Each for a fifth of the curve: as given for the middle fifth, the others for what lies on their
    side.

    >>> nearest_of_few(np.array([0.5, 0.0, 1 / 3, 2 / 3, 1.0])).tolist()
    [0, 1, 2, 3, 4]
    """
    fifth = np.clip(np.floor(5.0 * share), 0, 4).astype(np.int64)
    return np.array([1, 2, 0, 3, 4])[fifth]


def standing(unit: FireUnit, at: float, acquisition_m: float, engagement_m: float) -> Standing:
    """The unit's antennas at these heights above ground, at a position as in :func:`on_curve`.

    A ground height that was given for the site holds only where the site was given.
    """
    east, north = on_curve(at)
    half, antenna = unit.rounding_deg / 2, unit.spec.antenna
    place = replace(
        antenna,
        lon=antenna.lon + east * half,
        lat=antenna.lat + north * half,
        ground_msl_m=antenna.ground_msl_m if at == AS_GIVEN else None,
    )
    return Standing(replace(place, agl_m=acquisition_m), replace(place, agl_m=engagement_m))


def as_given(unit: FireUnit) -> Standing:
    """The unit's antennas where the scenario has them."""
    return standing(unit, AS_GIVEN, unit.height_a.value_m, unit.height_e.value_m)
