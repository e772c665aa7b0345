"""What draws of the unknown vary in a raid beside figures: bearings, and where antennas stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.places import ACQUISITION, ENGAGEMENT, Standing, standing
from skyshade.scenario.group import Group
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Site
from skyshade.uncertainty.draws import AS_GIVEN, POSITION, site_key
from skyshade.uncertainty.unknown import Unknown


def stands_drawn(unit: FireUnit, site: int, values: Mapping[str, float]) -> Standing:
    """Where a site's antennas stand with these values; as given where nothing is said."""
    place = values.get(site_key(POSITION, site), AS_GIVEN)
    heights = (
        values.get(site_key(key, site), height.value_m)
        for key, height in ((ACQUISITION, unit.height_a), (ENGAGEMENT, unit.height_e))
    )
    return standing(unit, place, *heights)


def aims_drawn(
    raid: Raid, sites: Sequence[Site], stands: Sequence[Standing]
) -> dict[str, tuple[float, float]]:
    """Where each site stands (lon, lat) that a group of the raid heads for."""
    aimed = {g.aim.site for g in raid.groups if g.aim is not None}
    return {
        site.id: (at.acquisition.lon, at.acquisition.lat)
        for site, at in zip(sites, stands, strict=True)
        if site.id in aimed
    }


def open_bearings(raid: Raid) -> list[Unknown]:
    """The approach bearings that the raid leaves open."""
    found = []
    for group in raid.groups:
        if group.bearings_deg is not None:
            low, high = group.bearings_deg
            known: Any = {"origin": "scenario", "why": "the raid leaves it open"}
            if high - low == 360.0:  # all round, wherever the span begins
                known |= {"scale": "round"}
            key, title = _bearing_key(group), f"approach bearing of {group.id}"
            found.append(Unknown(key, title, "deg", (low + high) / 2, low, high, **known))
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
        bearing = bearings.get(_bearing_key(group))
        if bearing is not None and group.bearings_deg is not None:
            turned = {"bearings": None, "bearing": bearing % 360.0}
            group = group.model_copy(update=turned)
        groups.append(group)
    return raid.model_copy(update={"groups": tuple(groups)})
