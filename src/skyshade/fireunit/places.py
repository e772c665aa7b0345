"""Where a unit's antennas may stand, as columns of draws: their height, and the site's position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from skyshade.fireunit.model import FireUnit
from skyshade.terrain.model import Antenna
from skyshade.uncertainty.draws import Column, height_column, position_column

# the heights of a unit's two antennas, as the draws call them
ACQUISITION, ENGAGEMENT = "acquisition antenna", "engagement antenna"
# a site as given, and moved north, south, east, west by half its rounding: (east, north)
MOVES = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))


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


def standing(unit: FireUnit, move: int, acquisition_m: float, engagement_m: float) -> Standing:
    """The unit's antennas at these heights above ground, after one of `MOVES`.

    A ground height that was given for the site holds only where the site was given.
    """
    east, north = MOVES[move]
    half, antenna = unit.rounding_deg / 2, unit.spec.antenna
    place = replace(
        antenna,
        lon=antenna.lon + east * half,
        lat=antenna.lat + north * half,
        ground_msl_m=antenna.ground_msl_m if move == 0 else None,
    )
    return Standing(replace(place, agl_m=acquisition_m), replace(place, agl_m=engagement_m))


def as_given(unit: FireUnit) -> Standing:
    """The unit's antennas where the scenario has them."""
    return standing(unit, 0, unit.height_a.value_m, unit.height_e.value_m)
