"""Small raids over a smooth Earth, written as scenario files: a site at 75 E, 20 N and its foes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from skyshade.engagement import CompiledRaid, compile_raid
from skyshade.scenario.load import load_scenario

FIGHTER: dict[str, Any] = {
    "id": "fighter", "target": "fighter", "aim": {"site": "site"}, "bearing": "90 deg",
    "distance": "200 km", "speed": "250 m/s", "altitude": "10 km msl",
}  # fmt: skip


def site(name: str = "site", lon: float = 75.0, lat: float = 20.0, **changes: Any) -> dict:
    """A site of the file's `sites`."""
    mast = {"value": "24 m", "low": "24 m", "high": "24 m", "why": "a round figure"}
    return {
        "id": name, "name": name, "position": {"lon": lon, "lat": lat}, "illustrative": True,
        "antenna": mast, "max_range": "150 km", **changes,
    }  # fmt: skip


def scenario(
    *groups: dict,
    sites: list[dict] | None = None,
    rules: dict | None = None,
    arms: dict | None = None,
    **raid: Any,
) -> dict[str, Any]:
    """The scenario as a mapping; one missile type and a certain kill unless said otherwise.

    arms : the raid's `sites`, what stands at each.
    """
    return {
        "schema": "skyshade/scenario/1", "name": "check", "title": "Check",
        "terrain": {"dem": "smooth-earth"}, "altitudes": ["10 km msl"],
        "sites": sites or [site()],
        "raid": {
            "duration": "30 min", "defence": {"load": {"48N6E3": 8}},
            "groups": list(groups) or [FIGHTER],
            "rules": {"kill_probability": {"all": 1.0}} | (rules or {}),
            "sites": arms or {},
        } | raid,
    }  # fmt: skip


def compiled(*groups: dict, **rest: Any) -> CompiledRaid:
    """That scenario, written (JSON is YAML), read and compiled."""
    path = Path("check.yaml")
    path.write_text(json.dumps(scenario(*groups, **rest)))
    return compile_raid(load_scenario(path))
