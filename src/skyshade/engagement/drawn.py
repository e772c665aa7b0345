"""What draws of the unknown vary in a raid beside figures: bearings, and where antennas stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.places import ACQUISITION, ENGAGEMENT, Standing, standing
from skyshade.scenario.group import Group
from skyshade.scenario.raid import Raid
from skyshade.uncertainty.draws import POSITION, site_key
from skyshade.uncertainty.unknown import Unknown

ALL_ROUND = 16  # bearings that stand for all of them


def stands_drawn(unit: FireUnit, site: int, values: Mapping[str, float]) -> Standing:
    """Where a site's antennas stand with these values; as given where nothing is said."""
    move = round(values.get(site_key(POSITION, site), 0))
    heights = (
        values.get(site_key(key, site), height.value_m)
        for key, height in ((ACQUISITION, unit.height_a), (ENGAGEMENT, unit.height_e))
    )
    return standing(unit, move, *heights)


def open_bearings(raid: Raid) -> list[Unknown]:
    """The approach bearings that the raid leaves open."""
    found = []
    for group in raid.groups:
        if group.bearings_deg is not None:
            low, high = group.bearings_deg
            known: Any = {"origin": "scenario", "why": "the raid leaves it open"}
            if high - low == 360.0:  # a choice, since 0 and 360 degrees are the same
                known |= {"scale": "choice"}
                low, high = 0.0, ALL_ROUND - 1.0
            middle = ALL_ROUND / 2 if "scale" in known else (low + high) / 2
            key, title = _bearing_key(group), f"approach bearing of {group.id}"
            found.append(Unknown(key, title, "deg", middle, low, high, **known))
    return found


def _bearing_key(group: Group) -> str:
    return f"bearing of {group.id}"


def bearings_drawn(raid: Raid, values: Mapping[str, float]) -> dict[str, float]:
    """Those of the values that are bearings which the raid leaves open."""
    keys = [_bearing_key(g) for g in raid.groups if g.bearings_deg is not None]
    return {key: values[key] for key in keys if key in values}


def turned(raid: Raid, bearings: Mapping[str, float]) -> Raid:
    """The raid with these bearings, as drawn."""
    groups = []
    for group in raid.groups:
        value, span = bearings.get(_bearing_key(group)), group.bearings_deg
        if value is not None and span is not None:
            bearing = value * 360.0 / ALL_ROUND if span[1] - span[0] == 360.0 else value
            turned = {"bearings": None, "bearing": bearing % 360.0}
            group = group.model_copy(update=turned)
        groups.append(group)
    return raid.model_copy(update={"groups": tuple(groups)})
