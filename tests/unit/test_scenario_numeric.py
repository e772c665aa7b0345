"""Numeric fields of a scenario by path: found, named, bounded, set; others are refused."""

from __future__ import annotations

from typing import Any

import pytest

from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario
from skyshade.scenario.numeric import numeric_field, numeric_names
from skyshade.scenario.schema import Scenario
from skyshade.terrain.model import Altitude


@pytest.fixture(scope="module")
def case() -> Scenario:
    return load_scenario("raid-60x4")


@pytest.mark.parametrize(
    ("text", "name", "label", "unit", "bounds"),
    [
        ("sites.north.antenna", "sites.north.antenna", "antenna of north", "m", (0.1, 1000)),
        ("sites[0].antenna", "sites.north.antenna", "antenna of north", "m", (0.1, 1000)),
        (
            "defence.load.48N6E3",
            "raid.defence.load.48N6E3",
            "load of 48N6E3",
            "",
            (0, 2_000),
        ),
        ("groups.drones.count", "raid.groups.drones.count", "count of drones", "", (1, 4096)),
        ("groups.4.count", "raid.groups.drones.count", "count of drones", "", (1, 4096)),
        (
            "raid.rules.assessment_delay",
            "raid.rules.assessment_delay",
            "assessment delay",
            "s",
            None,
        ),
        ("sites.north.position.lon", "sites.north.position.lon", None, "deg", (-180, 180)),
        ("rules.kill_probability.48N6E3", None, "kill probability of 48N6E3", "", (0, 1)),
        ("rules.kill_probability.48N6E3.fighter", None, None, "", (0, 1)),
        ("groups.drones.altitude", None, "altitude of drones", "m", (0, 100e3)),
        ("groups.drones.arrival.interval", None, "arrival interval of drones", "s", None),
        ("groups.drones.speed", None, "speed of drones", "m/s", (10, 8e3)),
        ("raid.sites.north.channels", None, "channels of north", "", (1, 1000)),
    ],
)
def test_paths(
    case: Scenario,
    text: str,
    name: str | None,
    label: str | None,
    unit: str,
    bounds: tuple[float, float] | None,
) -> None:
    found = numeric_field(case, text)
    assert found.unit == unit
    assert name is None or found.name == name
    assert label is None or found.label == label
    assert bounds is None or (found.reader.low, found.reader.high) == bounds


def at(case: Scenario, text: str, value: float) -> Any:
    return case.with_(numeric_field(case, text).changes(value))


def test_each_change_sets_just_that_field(case: Scenario) -> None:
    tall = at(case, "sites.north.antenna", 60.0).sites[0].antenna  # above its upper bound of 39 m
    assert (tall.value_m, tall.low_m, tall.high_m) == (60, 60, 60)
    moved = at(case, "sites.north.antenna.value", 30.0).sites[0].antenna
    assert (moved.value_m, moved.low_m, moved.high_m) == (30, 5, 39)
    loaded = at(case, "defence.load.48N6E3", 8.0).raid.defence.load
    assert loaded == {"48N6E3": 8, "40N6E": 4, "9M96E2": 48}
    assert at(case, "rules.confirm.1", 4.0).raid.rules.confirm == (2, 4)
    assert at(case, "rules.confirm[0]", 1.0).raid.rules.confirm == (1, 3)
    level = case.with_({"raid.groups.aircraft.altitude": "7 km msl"})
    assert at(level, "groups.aircraft.altitude", 900.0).raid.groups[3].altitude == Altitude(
        900, "msl"
    )
    low = at(case, "groups.drones.altitude", 90.0).raid.groups[4]
    assert low.altitude == Altitude(90, "agl")
    assert low.model_copy(update={"altitude": None}).count == case.raid.groups[4].count  # type: ignore[union-attr]


def test_every_listed_field_is_found_and_takes_its_own_value_back(case: Scenario) -> None:
    names = list(numeric_names(case))
    assert len(names) == len(set(names)) > 100
    again = 0
    for name in names:
        found = numeric_field(case, name)
        assert found.name == name and found.label and found.reader.low < found.reader.high
        if isinstance(found.value, int | float) and found.value < found.reader.high:
            assert at(case, name, float(found.value)) == case, name
            again += 1
    assert again > 50


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sites.nort.antenna", "no such field .*Did you mean 'sites.north.antenna'"),
        ("groups.drone.count", "Did you mean 'raid.groups.drones.count'"),
        ("rules.assesment_delay", "Did you mean 'raid.rules.assessment_delay'"),
        ("rules.losses", "not a number"),
        ("rules.detection", "not a number"),
        ("groups.drones", "not a number.*'raid.groups.drones.count'"),
        ("sites.north.antenna.why", "not a number"),
        ("groups.drones.count.x", "a number has no fields"),
        ("defence.stores.48N6E3", "sets no entry here"),
        ("groups.9.count", "no such field"),
        ("", "no such field"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_one_line(case: Scenario, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        numeric_field(case, text)
    assert "\n" not in str(caught.value)
