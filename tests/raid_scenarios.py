"""Small raids over a smooth Earth, written as scenario files: a site at 75 E, 20 N and its foes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from skyshade.engagement import CompiledRaid, compile_raid
from skyshade.scenario.load import load_scenario

SMALL = """\
schema: skyshade/scenario/1
name: small
title: A small raid over a smooth Earth
terrain: {dem: smooth-earth}
altitudes: [1 km msl]
sites:
  - id: unit
    name: Unit
    system: s-400
    position: {lon: 75, lat: 20}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 300 km
places:
  - {id: town, name: Town, kind: other, position: {lon: 75.1, lat: 20.1}, sources: [own]}
raid:
  duration: 15 min
  defence: {load: {48N6E3: 8, 9M96E2: 8}}
  rules: {doctrine: shoot-look-shoot}
  groups:
    - id: cruise
      target: subsonic-cruise-missile
      count: 6
      aim: {place: town}
      bearing: 270 deg
      distance: 120 km
      arrival: {process: poisson, interval: 20 s}
    - id: fake
      target: fighter
      count: 2
      altitude: 5 km msl
      aim: {site: unit, part: radar}
      bearing: 90 deg
      distance: 150 km
      decoy: true
sources:
  own: {title: A made-up place, outlet: This test}
"""

FIGHTER: dict[str, Any] = {
    "id": "fighter",
    "target": "fighter",
    "aim": {"site": "site"},
    "bearing": "90 deg",
    "distance": "200 km",
    "speed": "250 m/s",
    "altitude": "10 km msl",
}


def site(
    name: str = "site", lon: float = 75.0, lat: float = 20.0, **changes: Any
) -> dict[str, Any]:
    """A site of the file's `sites`."""
    mast = {"value": "24 m", "low": "24 m", "high": "24 m", "why": "a round figure"}
    return {
        "id": name,
        "name": name,
        "system": "s-400",
        "position": {"lon": lon, "lat": lat},
        "illustrative": True,
        "antenna": mast,
        "max_range": "150 km",
        **changes,
    }


def scenario(
    *groups: dict[str, Any],
    sites: list[dict[str, Any]] | None = None,
    rules: dict[str, Any] | None = None,
    arms: dict[str, Any] | None = None,
    **raid: Any,
) -> dict[str, Any]:
    """The scenario as a mapping; one missile type and a certain kill unless said otherwise.

    arms : the raid's `sites`, what stands at each.
    """
    return {
        "schema": "skyshade/scenario/1",
        "name": "check",
        "title": "Check",
        "terrain": {"dem": "smooth-earth"},
        "altitudes": ["10 km msl"],
        "sites": sites or [site()],
        "raid": {
            "duration": "30 min",
            "defence": {"load": {"48N6E3": 8}},
            "groups": list(groups) or [FIGHTER],
            "rules": {"kill_probability": {"all": 1.0}} | (rules or {}),
            "sites": arms or {},
        }
        | raid,
    }


def compiled(*groups: dict[str, Any], **rest: Any) -> CompiledRaid:
    """That scenario, written (JSON is YAML), read and compiled."""
    path = Path("check.yaml")
    path.write_text(json.dumps(scenario(*groups, **rest)))
    return compile_raid(load_scenario(path))
