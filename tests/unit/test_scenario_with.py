"""Overrides of a scenario: paths, values, refusals; and copies of its parts, which are checked."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from skyshade.errors import InputError
from skyshade.scenario import Scenario, load_scenario, scenario_names
from skyshade.scenario.quantities import NO_LIMIT
from skyshade.scenario.raid import Rules
from skyshade.terrain.model import Altitude


@pytest.fixture(scope="module")
def india() -> Scenario:
    return load_scenario("india-s400")


@pytest.fixture(scope="module")
def raid() -> Scenario:
    return load_scenario("raid-60x4")


# ---- what a path and a value may be


def test_a_value_as_a_file_says_it_or_in_si(india: Scenario) -> None:
    assert india.with_(ring="390 km").ring_m == 390_000.0
    assert india.with_(ring=390e3) == india.with_(ring_m="390 km") == india.with_(ring="390 km")
    assert india.ring_m == 380_000.0  # the original is as it was


def test_members_of_lists_by_id_and_by_index(raid: Scenario) -> None:
    ways = ["sites.south.antenna.value", "sites.2.antenna.value_m", "sites[2].antenna.value"]
    ways.append(("sites", 2, "antenna", "value"))  # type: ignore[arg-type]
    changed = [raid.with_({way: "30 m"}) for way in ways]
    assert [s.antenna.value_m for s in changed[0].sites] == [24, 24, 30, 24]
    assert all(c == changed[0] for c in changed)
    groups = raid.with_({"raid.groups.drones.count": 9}).raid.groups  # type: ignore[union-attr]
    assert [g.count for g in groups if g.id == "drones"] == [9]
    assert raid.with_({"altitudes.1": "2 km msl"}).altitudes[1] == Altitude(2000.0, "msl")


def test_an_id_goes_before_an_index(india: Scenario) -> None:
    named = india.with_({"sites.regiment-4.id": "0"})
    assert named.with_({"sites.0.name": "X"}).sites[3].name == "X"
    assert named.with_({"sites[0].name": "X"}).sites[0].name == "X"


def test_a_missing_mapping_is_made_on_the_way(raid: Scenario) -> None:
    found = raid.with_({"raid.sites.north.channels": 3, "raid.sites.north.load.48N6E3": 4}).raid
    assert found is not None
    assert (found.sites["north"].channels, found.sites["north"].load) == (3, {"48N6E3": 4})
    assert found.defence_of("north").channels == 3 and found.defence_of("east").channels is None
    chances = raid.with_({"raid.rules.kill_probability.48N6E3.fighter": 0.5}).raid
    assert chances is not None and chances.rules.kill_probability == {"48N6E3": {"fighter": 0.5}}
    whole = raid.with_(
        {
            "sites.north.engagement_antenna": {"value": 5, "low": 5, "high": "6 m"}
            | {"why": "a test"}
        }
    )
    assert whole.sites[0].engagement_antenna.high_m == 6  # type: ignore[union-attr]


def test_later_changes_build_on_earlier_ones(raid: Scenario) -> None:
    found = raid.with_({"raid.rules": {"coast": 5}, "raid.rules.salvo": 1}, ring="100 km")
    assert (found.raid.rules.coast, found.raid.rules.salvo) == (5, 1)  # type: ignore[union-attr]
    assert found.ring_m == 100e3


def test_changes_are_checked_together(raid: Scenario) -> None:
    """Either alone would be refused: shoot-look-shoot has no salvo of two, nor the other of one."""
    one = raid.with_({"raid.rules.doctrine": "shoot-shoot", "raid.rules.salvo": 2})
    assert one.raid.rules.salvo_size == 2  # type: ignore[union-attr]
    with pytest.raises(InputError, match="shoot-look-shoot looks after every missile"):
        raid.with_({"raid.rules.salvo": 2})


def test_nothing_changed_is_the_same(india: Scenario) -> None:
    assert india.with_() == india.with_({}) == india


def test_what_was_unset_stays_unset(raid: Scenario) -> None:
    """A radar that the file leaves out is the system's own, also when the system changes."""
    assert "radar" not in raid.with_({"sites.north.name": "N"}).sites[0].model_fields_set
    with pytest.raises(InputError, match="the system thaad has no fire unit"):
        raid.with_({"sites.north.system": "thaad"})
    other = raid.with_({"sites.north.system": "hq-9"}).sites[0]
    assert (other.radar, other.engagement_radar) == ("type-305b", "ht-233")
    named = {"system": "hq-9", "radar": "96L6E", "engagement_radar": "92N6E"}
    site = raid.with_({f"sites.north.{key}": name for key, name in named.items()}).sites[0]
    assert (site.system, site.radar, site.engagement_radar) == ("hq-9", "96L6E", "92N6E")


# ---- refusals: path, value, complaint

REFUSED: list[tuple[Any, Any, str]] = [
    (
        "raid.rules.doctrine",
        "nonsense",
        "raid.rules.doctrine: not one of the choices (got 'nonsense'; allowed: shoot-look-shoot, "
        "shoot-shoot)",
    ),
    ("raid.rules.doctrine", "shot-shoot", "Did you mean 'shoot-shoot'?"),
    ("raid.rules.doctrin", "shoot-shoot", "Did you mean 'doctrine'?"),
    ("rad.rules.doctrine", "shoot-shoot", "rad: unknown field (allowed: schema, name, title"),
    ("ring", "far", "ring: not a length (got 'far'; allowed: a number with one of m, km"),
    ("ring_m", -5, "ring_m: out of bounds (got -5; allowed: 100 m to 1500 km)"),
    ("ring.m", 5, "ring: unknown field"),
    ("title.x", 5, "title: has no fields (got 'Sixty mixed targets, four fire units"),
    ("altitudes.0.datum", "agl", "altitudes.0: has no fields"),
    ("altitudes.3", "1 km agl", "altitudes.3: the list has no such member (allowed: 0 to 2)"),
    ("altitudes.0", "1 km agl", "altitudes[1]: this altitude is listed twice (got '1 km AGL')"),
    (
        "sites.nort.antenna.value",
        "30 m",
        "sites.nort: the list has no such member (allowed: north, east, south, west, 0 to 3). "
        "Did you mean 'north'?",
    ),
    (
        "sites.north.antenna",
        "30 m",
        "sites.north.antenna: must be a mapping of fields (got '30 m'; allowed: value, low, high, "
        "why)",
    ),
    (
        "sites.north.antenna.value",
        "300 m",
        "sites.north.antenna: the antenna's height must lie between its bounds (got '5 <= 300",
    ),
    ("sites.north.radar", "48N6E3", "sites.north.radar: must be of kind radar, not missile"),
    ("sites.north.radar", "91N6", "Did you mean '91N6E'?"),
    ("sites.north.id", "east", "sites[1].id: this id is used twice in sites (got 'east'). The "),
    ("sites", [], "sites: too few of these (allowed: at least 1)"),
    ("targets", ["fightr"], "targets[0]: unknown target class 'fightr'"),
    ("raid.groups.drones.count", 0, "raid.groups.drones.count: out of bounds (got 0; allowed: a"),
    ("raid.groups.drones.aim.place", "twon", "raid.groups.drones.aim.place: unknown place 'twon'"),
    ("raid.groups.drones.target", "decoi", "Did you mean 'decoy'?"),
    ("raid.sites.nort.channels", 3, "raid.sites.nort: unknown site 'nort' (allowed: east, north"),
    ("raid.sites.north.chanels", 3, "Did you mean 'channels'?"),
    ("raid.defence.load.48N6", 3, "raid.defence.load.48N6: unknown missile '48N6'"),
    ("raid.rules.kill_probability.48N6E3.fightr", 0.5, "Did you mean 'fighter'?"),
    ("raid.duration", "1 s", "raid.groups[0].arrival.start: the group comes after the raid is"),
    ("sources.new.title", "T", "sources.new.outlet: this field is missing"),
    ("places.town.sources", ["x"], "places.town.sources[0]: unknown source 'x' (allowed: own)"),
    ("name", None, "name: must be a text"),
    ("", 5, "not a path"),
    ("raid..rules", 5, "raid..rules: not a path"),
    (".raid", 5, "not a path"),
    ("sites[north]", 5, "not a path"),
    (5, 5, "not a path (got 5;"),
    ((), 5, "not a path"),
]


@pytest.mark.parametrize(("path", "value", "said"), REFUSED)
def test_a_mistake_is_one_line(raid: Scenario, path: Any, value: Any, said: str) -> None:
    if path == "raid.duration":
        raid = raid.with_({"raid.groups.0.arrival.start": "1 min"})
    if path == "ring.m":
        said = "ring: has no fields"
    with pytest.raises(InputError) as caught:
        raid.with_({path: value})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_field_cannot_be_given_twice(india: Scenario) -> None:
    with pytest.raises(InputError, match="ring_m: this field is given twice"):
        india.with_(ring="380 km", ring_m=390e3)


# ---- copies


def test_no_part_can_be_copied_into_something_unchecked(raid: Scenario) -> None:
    assert raid.raid is not None
    with pytest.raises(InputError) as caught:
        raid.raid.rules.model_copy(update={"doctrine": "nonsense"})
    assert str(caught.value).startswith("doctrine: not one of the choices (got 'nonsense'; allowed")
    for part, update in (
        (raid, {"doctrine": "nonsense"}),
        (raid, {"sites": [raid.sites[0], raid.sites[0]]}),
        (raid, {"raid": 5}),
        (raid.raid, {"groups": []}),
        (raid.raid.groups[0], {"target": "48N6E3"}),
        (raid.raid.defence, {"load": {"48N6E9": 1}}),
        (raid.sites[0], {"radar": "fighter"}),
        (raid.sites[0].position, {"lon": 999}),
        (raid.places[0], {"sources": []}),
        (raid.sources["own"], {"url": "javascript:alert(1)"}),
    ):
        with pytest.raises(InputError):
            part.model_copy(update=update)


def test_no_part_can_be_made_unchecked() -> None:
    with pytest.raises(ValueError, match="doctrine"):
        Rules.model_construct(doctrine="nonsense")
    assert Rules.model_construct(coast=5) == Rules(coast=5)


def test_a_copy_takes_file_keys_and_attribute_names(raid: Scenario) -> None:
    assert raid.raid is not None
    rules = raid.raid.rules
    timed = rules.model_copy(update={"reaction_time_s": 7})
    assert timed.reaction_time_s == 7
    assert timed == rules.model_copy(update={"reaction_time": "7 s"})
    assert rules.model_copy() == rules and rules.model_copy(deep=True) == rules
    deep = raid.model_copy(update={"title": "New"}, deep=True)
    assert deep.title == "New" and deep.sites == raid.sites and deep.sites[0] is not raid.sites[0]


def test_many_targets_are_counted_in_parts_that_are_made_already(raid: Scenario) -> None:
    assert raid.raid is not None
    groups = [
        g.model_copy(update={"count": 2000, "id": f"g{k}"})
        for k, g in enumerate(raid.raid.groups[:3])
    ]
    with pytest.raises(InputError, match=r"raid\.groups: too many targets \(got 6000"):
        raid.with_({"raid.groups": groups})


def test_no_limit_stays_so_in_another_process(raid: Scenario) -> None:
    """Copies and pickles of "unlimited" are other objects than the one that was read."""
    free = raid.with_({"raid.defence.channels": "unlimited", "raid.rules.coast": "unlimited"})
    there = pickle.loads(pickle.dumps(free))
    again = there.with_({"raid.defence.fire_units": 2, "raid.rules.cueing": False}).raid
    assert (again.defence.channels, again.rules.coast) == (NO_LIMIT, NO_LIMIT)
    assert copy.copy(free) == free


@pytest.mark.parametrize("name", scenario_names())
def test_a_loaded_scenario_holds_nothing_that_can_be_changed(name: str) -> None:
    scenario = load_scenario(name)
    assert hash(scenario) == hash(load_scenario(name))  # a list or a dict anywhere has no hash
    for again in (copy.deepcopy(scenario), pickle.loads(pickle.dumps(scenario))):
        assert again == scenario and hash(again) == hash(scenario)


def test_a_mapping_of_a_scenario_is_not_changed_in_place(raid: Scenario) -> None:
    assert raid.raid is not None
    sites: Any = raid.raid.sites
    before = dict(sites)
    for change in (
        lambda: sites.__setitem__("x", None),
        lambda: sites.__delitem__("x"),
        lambda: sites.__ior__({"x": None}),
        lambda: sites.update(x=None),
        lambda: sites.setdefault("x", None),
        lambda: sites.pop("x", None),
        sites.popitem,
        sites.clear,
    ):
        with pytest.raises(TypeError, match="with_"):
            change()
    assert sites == before
    kinds: Any = raid.with_({"raid.rules.kill_probability": {"48N6E3": {"fighter": 0.5}}}).raid
    with pytest.raises(TypeError, match="with_"):
        kinds.rules.kill_probability["48N6E3"]["fighter"] = 1.0
