"""What a raid's answer rests on before any chance: who could be seen and reached, from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skyshade.engagement.compile import CompiledRaid
from skyshade.scenario.group import Group
from skyshade.terrain.points import EarthPoints, in_sight, surface_of

HIGHEST_M, FINEST_M = 40_000.0, 1.0  # of the search for the lowest altitude in sight


@dataclass(frozen=True)
class Nearest:
    """The unit nearest to where a group of targets heads.

    Attributes
    ----------
    group, aim, site : their names for readers; `aim` is a place, a site, or the end of the path.
    distance_m : from the aim to the unit.
    sees_above_agl_m : lowest altitude above the ground at the aim that the unit's acquisition radar
        has in line of sight; None if it has none up to 40 km, or terrain is not known.
    """

    group: str
    aim: str
    site: str
    distance_m: float
    sees_above_agl_m: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        lowest = self.sees_above_agl_m
        return {
            "group": self.group,
            "aim": self.aim,
            "nearest_unit": self.site,
            "distance_m": round(self.distance_m),
            "sees_above_agl_m": None if lowest is None else round(lowest),
        }


def nearest_units(raid: CompiledRaid) -> dict[str, Nearest]:
    """For each group of threats, the unit nearest to its aim and what that unit sees there."""
    found = {}
    for flight in raid.flights:
        group = flight.group
        if group.friendly:
            continue
        path = flight.paths[0]
        point = EarthPoints.of(path.lon[-1:], path.lat[-1:])
        there = [float(point.polar(s.antenna.lon, s.antenna.lat)[0][0]) for s in raid.specs]
        i = int(np.argmin(there))
        found[group.id] = Nearest(
            group.id, _aim(raid, group), raid.sites[i].name, there[i], _lowest(raid, i, point)
        )
    return found


def _aim(raid: CompiledRaid, group: Group) -> str:
    if group.aim is None:
        return "the end of its path"
    if group.aim.site is not None:
        return next(s.name for s in raid.scenario.sites if s.id == group.aim.site)
    return next(p.name for p in raid.scenario.places if p.id == group.aim.place)


def _lowest(raid: CompiledRaid, site: int, point: EarthPoints) -> float | None:
    """Lowest altitude above ground that the site's antenna has in sight over a point."""
    spec, dem = raid.specs[site], raid.dem
    ground = float(dem.height_at(point.lon, point.lat)[0])
    antenna = spec.antenna
    polar = point.polar(antenna.lon, antenna.lat)
    surface = surface_of(dem, raid.scenario.terrain.outside == "sea")
    k_factor = raid.scenario.atmosphere.k_factor

    def sees(agl_m: float) -> bool:
        alt = np.array([ground + agl_m])
        return bool(in_sight(dem, surface, antenna, point, polar, alt, k_factor)[0])

    if polar[0][0] > spec.max_range_m or not sees(HIGHEST_M):
        return None
    low, high = 0.0, HIGHEST_M
    while high - low > FINEST_M:
        middle = (low + high) / 2
        low, high = (low, middle) if sees(middle) else (middle, high)
    return high
