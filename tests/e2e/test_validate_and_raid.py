"""`validate` never calls good what `raid` refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from e2e.conftest import Run
from raid_scenarios import FIGHTER, scenario, site
from skyshade.engagement import compile_raid
from skyshade.errors import InputError
from skyshade.scenario import load_scenario


def group(**changes: Any) -> dict[str, Any]:
    """The fighter with other values; None leaves one out."""
    return {k: v for k, v in {**FIGHTER, **changes}.items() if v is not None}


def along(*points: tuple[float, float], **changes: Any) -> dict[str, Any]:
    """The fighter on a path of its own."""
    path = [{"lon": lon, "lat": lat} for lon, lat in points]
    return group(path=path, bearing=None, distance=None, **changes)


def off_the_terrain() -> dict[str, Any]:
    """A raid on a place in Europe, over the terrain of South Asia."""
    place = {"id": "p", "name": "P", "kind": "city", "sources": ["s"]}
    place["position"] = {"lon": 10, "lat": 50}  # type: ignore[assignment]
    return scenario(group(aim={"place": "p"})) | {
        "places": [place],
        "sources": {"s": {"title": "t", "outlet": "o"}},
        "terrain": {"dem": "globe30-south-asia"},
    }


CASES: dict[str, dict[str, Any]] = {
    "good": scenario(),
    "a ballistic fighter": scenario(group(profile="ballistic", altitude=None, speed=None)),
    "a ballistic arc at an altitude": scenario(group(profile="ballistic")),
    "below the ground": scenario(group(altitude="-50 m agl")),
    "below the sea": scenario(group(altitude="-300 m msl")),
    "at 90 km": scenario(group(altitude="90 km msl")),
    "from 4,000 km": scenario(group(distance="4000 km")),
    "at 10 m/s": scenario(group(speed="10 m/s")),
    "at 7 km/s": scenario(group(speed="7000 m/s")),
    "an unknown missile": scenario(defence={"load": {"X": 8}}),
    "nothing to shoot with": scenario(defence={"load": {"48N6E3": 0}}),
    "the last after the end": scenario(
        group(count=4, arrival={"process": "stream", "interval": "50 min"})
    ),
    "a part that is none": scenario(group(aim={"site": "site", "part": "kitchen"})),
    "a missile that is none": scenario(rules={"kill_probability": {"nobody": 1.0}}),
    "too many targets": scenario(*(group(id=f"f{k}", count=500) for k in range(10))),
    "a site that is none": scenario(arms={"nowhere": {"load": {"48N6E3": 2}}}),
    "tracks that are not there": scenario(
        {"id": "t", "target": "fighter", "friendly": True, "tracks": "none.csv"}
    ),
    "a front around the Earth": scenario(group(count=400, spacing="90 km")),
    "a path that ends beside its aim": scenario(along((74, 20), (74.5, 20))),
    "a path of one point": scenario(along((74, 20))),
    "a point twice": scenario(along((75, 20), (75, 20))),
    "at the pole": scenario(sites=[site(lat=89.5)]),
    "on the antimeridian": scenario(sites=[site(lon=179.5)]),
    "an unknown system": scenario(sites=[site(system="s-999")]),
    "off the terrain": off_the_terrain(),
}


@pytest.mark.parametrize("name", CASES)
def test_what_validate_calls_good_can_be_run(skyshade: Run, name: str) -> None:
    Path("case.yaml").write_text(json.dumps(CASES[name]))
    said = skyshade("validate", "case.yaml")
    try:
        compile_raid(load_scenario("case.yaml"))
    except InputError as error:
        assert said.code == 2, f"validate calls it good, raid says: {error}"
        assert said.err.count("\n") == 1, said.err
    else:
        assert said.code == 0, said.err


def test_both_ends_are_tried(skyshade: Run) -> None:
    """Some of the cases are good, most are not; a test of only one kind tests nothing."""
    refused = {"a front around the Earth", "off the terrain", "below the ground"}
    for name in ("good", *refused):
        Path("case.yaml").write_text(json.dumps(CASES[name]))
        assert (skyshade("validate", "case.yaml").code == 2) == (name in refused), name
