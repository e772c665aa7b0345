"""Layers of a defence in scenarios: which they are, what units are bound to, what is counted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raid_plans import raid as shipped
from raid_scenarios import FIGHTER, compiled, scenario, site
from skyshade.engagement import Runner, compile_raid
from skyshade.engagement._scalar_plan import LEAKED
from skyshade.engagement.by_layer import LayerTally, layers_of
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.results import REASONS, Tally, reasons_of
from skyshade.errors import InputError
from skyshade.report.layer_charts import layers_figure
from skyshade.report.layer_tables import layer_tables
from skyshade.scenario.load import load_scenario

POINT: dict[str, Any] = {
    "system": "pantsir-s1",
    "antenna": {"value": "4 m", "low": "4 m", "high": "4 m", "why": "a round figure"},
}
TOWN = {
    "id": "town",
    "name": "Town",
    "kind": "other",
    "position": {"lon": 75.0, "lat": 20.0},
    "sources": ["own"],
}
LOAD = {"site": {"load": {"48N6E3": 8}}, "point": {"load": {"57E6": 12}}}
LOW: dict[str, Any] = {"altitude": "3 km msl", "speed": "200 m/s"}


def write(*groups: dict[str, Any], **rest: Any) -> Path:
    """A scenario with a long-range site, a point-defence unit 0.2 degrees east, and a town."""
    told = rest.pop("told", {})
    arms = {name: own | told.get(name, {}) for name, own in LOAD.items()}
    sites = rest.pop("sites", [site(), site("point", 75.2, **POINT)])
    data = scenario(*groups, sites=sites, arms=arms, defence={}, **rest)
    data |= {"places": [TOWN], "sources": {"own": {"title": "made up", "outlet": "none"}}}
    path = Path("layers.yaml")
    path.write_text(json.dumps(data))
    return path


def raid_of(*groups: dict[str, Any], **rest: Any) -> CompiledRaid:
    return compile_raid(load_scenario(write(*groups, **rest)))


def reach_of(raid: CompiledRaid, name: str, target: int = 0) -> list[int]:
    """Places of a target's path from which that site can launch."""
    s = [x.id for x in raid.sites].index(name)
    first, steps = (int(x[target]) for x in (raid.plan.threats.first, raid.plan.threats.steps))
    able = np.isfinite(raid.plan.fire.flight[first : first + steps, s, :-1]).any(axis=1)
    return [int(k) for k in np.flatnonzero(able)]


# Which layers there are


def test_layers_are_by_the_longest_range_or_as_said() -> None:
    """48N6E3: 250 km. 57E6: 20 km."""
    found = layers_of(raid_of())
    assert [(x.name, x.sites, x.n_units) for x in found] == [
        ("long", ("site",), 1),
        ("short", ("point",), 1),
    ]
    told = layers_of(raid_of(told={"point": {"layer": "medium", "fire_units": 3}}))
    assert [(x.name, x.n_units) for x in told] == [("long", 1), ("medium", 3)]


# What units are bound to


def past_the_town(offset_deg: float) -> dict[str, Any]:
    """From east to west, so far north of town and point defence, and on for 100 km."""
    path = [{"lon": lon, "lat": 20.0 + offset_deg} for lon in (75.8, 74.0)]
    return {"id": "passer", "target": "fighter", "path": path, **LOW}


def test_a_bound_unit_shoots_up_to_where_the_target_leaves_the_circle_for_good() -> None:
    """A meeting lies before the last place inside; what it may meet it can meet without bounds."""
    bound = {"point": {"protects": {"site": "point", "radius": "5 km"}}}
    raid, free = raid_of(past_the_town(0.02), told=bound), raid_of(past_the_town(0.02))
    able, could = reach_of(raid, "point"), reach_of(free, "point")
    assert able and set(able) < set(could)
    path = raid.paths[0]
    away = np.hypot((path.lon - 75.2) * 104_650.0, (path.lat - 20.0) * 110_700.0)  # m, at 20 N
    last = int(np.flatnonzero(away <= 5000.0)[-1])
    point = [x.id for x in raid.sites].index("point")
    meets = np.array(able) + raid.plan.fire.flight[able, point, 0] / raid.raid.step_s
    assert last - 2.0 <= meets.max() <= last + 1.0
    assert reach_of(raid, "site") == reach_of(free, "site")


def test_a_bound_unit_leaves_alone_what_stays_outside() -> None:
    """The path passes 11 km north of the town, well within reach of the point defence."""
    bound = {"point": {"protects": {"place": "town", "radius": "5 km"}}}
    group = past_the_town(0.1)
    assert reach_of(raid_of(group), "point") and not reach_of(raid_of(group, told=bound), "point")
    wide = {"point": {"protects": {"place": "town", "radius": "15 km"}}}
    assert reach_of(raid_of(group, told=wide), "point")


def test_the_radar_that_is_ignored_does_not_lift_the_bound() -> None:
    bound = {"point": {"protects": {"place": "town", "radius": "5 km"}}}
    rules = {"engagement_radar": "ignored"}
    assert not reach_of(raid_of(past_the_town(0.1), told=bound, rules=rules), "point")


def test_a_leaker_that_only_a_bound_unit_could_meet_says_so() -> None:
    """It heads for a second town, 11 km beside the first; nobody else has a round."""
    at = {"aim": {"site": "point"}, "bearing": "0 deg", "distance": "60 km", **LOW}
    told = {
        "site": {"load": {"48N6E3": 0}},
        "point": {"protects": {"place": "town", "radius": "5 km"}},
    }
    raid = raid_of(FIGHTER | at, told=told)
    tally = Tally(raid)
    tally.add(Runner(raid, 1, 1).run(0, 10))
    assert tally.share("all", LEAKED).value == 1.0
    assert tally.why() == {"not_protected": 1.0}
    assert "not_protected" in tally.as_dict()["reasons"]
    told["point"] = {"protects": {"site": "point", "radius": "5 km"}}
    assert (Runner(raid_of(FIGHTER | at, told=told), 1, 1).run(0, 10).outcome != LEAKED).all()


def test_raids_without_bound_units_have_the_reasons_that_they_had() -> None:
    assert set(REASONS.values()) - set(reasons_of(raid_of()).values()) == {"not_protected"}


@pytest.mark.parametrize(
    ("protects", "said"),
    [
        ({"place": "twon", "radius": "5 km"}, r"unknown place.*twon.*town"),
        ({"site": "piont", "radius": "5 km"}, r"unknown site.*piont.*point"),
        ({"place": "town", "site": "site", "radius": "5 km"}, "either a place or a site"),
        ({"radius": "5 km"}, "either a place or a site"),
        ({"place": "town"}, "radius"),
        ({"place": "town", "radius": "5 s"}, "radius"),
        ({"place": "town", "radius": "1 m"}, "radius"),
    ],
)
def test_protection_that_is_refused(protects: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(write(told={"point": {"protects": protects}}))
    message = str(caught.value).replace("\n", " ")
    assert caught.value.line is not None and "point" in message
    assert re.search(said, message), message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rules": {"assignment": "outer first"}}, "outer-first"),
        ({"rules": {"prices": {"57E6": "0.1 km"}}}, "USD"),
        ({"rules": {"prices": {"57E7": "0.1 USD m"}}}, "57E6"),
        ({"told": {"point": {"layer": "middle"}}}, "medium"),
    ],
)
def test_rules_that_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_scenario(write(**change))


# The cheapest shot


def test_the_cheapest_needs_a_price_of_each_round() -> None:
    """A missile of the S-400 has the average of an order; of the 57E6 none is published."""
    cheap = {"assignment": "cheapest"}
    with pytest.raises(InputError) as caught:
        raid_of(rules=cheap)
    said = str(caught.value)
    assert "57E6" in said and "48N6E3" not in said.split("allowed")[0]
    assert "raid.rules.prices" in said
    raid = raid_of(rules=cheap | {"prices": {"57E6": "0.19 USD m"}})
    thrift = dict(zip(raid.missiles, raid.plan.fire.thrift, strict=True))
    assert thrift == {"57E6": 1.0, "48N6E3": pytest.approx(0.19 / 3.8)}
    assert {u.key: u.weak for u in raid.unknowns if "price" in u.key} == {
        "price 57E6": True,
        "price 48N6E3": True,
    }


def test_prices_are_asked_for_by_that_rule_alone() -> None:
    raid = raid_of(rules={"assignment": "outer-first"})
    assert (raid.plan.fire.thrift == 1.0).all()
    assert not [u for u in raid.unknowns if "price" in u.key]


@pytest.mark.parametrize(
    ("rules", "who"),
    [
        ({"assignment": "outer-first"}, "site"),
        ({"assignment": "greatest-benefit"}, "site"),
        ({"assignment": "cheapest", "prices": {"57E6": "0.1 USD m"}}, "point"),
        ({"assignment": "cheapest", "prices": {"57E6": "9 USD m"}}, "site"),
        (
            {
                "assignment": "likeliest-kill",
                "kill_probability": {"all": 1.0, "48N6E3": 0.9},
            },
            "point",
        ),
    ],
)
def test_who_shoots_first_in_a_scenario(rules: dict[str, Any], who: str) -> None:
    """A lone fighter heads for the point-defence unit, which can meet it long after the S-400."""
    group = FIGHTER | {"aim": {"site": "point"}, "distance": "120 km", **LOW}
    raid = raid_of(group, rules=rules)
    block = Runner(raid, 1, 1).run(0, 20)
    mine = [u.site_id for u in raid.units].index(who)
    layer = raid.plan.fire.layer[mine]
    assert (block.tried[:, 0] >> layer & 1 == 1).all()
    if "kill_probability" not in rules:
        assert (block.unit == mine).all() and (block.fired.sum(axis=1) == 1).all()


# What is counted


def test_counts_by_layer_add_up() -> None:
    group = FIGHTER | {"aim": {"site": "point"}, "count": 12, "distance": "120 km", **LOW}
    raid = raid_of(group, rules={"kill_probability": {"all": 0.4}})
    found, block = LayerTally(raid), Runner(raid, 1, 1).run(0, 50)
    for part in (slice(0, 20), slice(20, 50)):
        found.add(type(block)(0, *(a[part] for a in block.arrays)))
    down = found.shot_down[:, 0].sum()
    assert down + found.leaked[0] + found.other[0] == 50 * 12
    assert found.fired.sum() == block.fired.sum()
    assert (found.shot_down <= found.shot_at).all() and (found.shot_down[:, 0] > 0).all()
    told = found.as_dict()
    assert list(told["layers"]) == ["long", "short"]
    assert told["layers"]["short"]["value"] == "unknown"
    long = told["layers"]["long"]
    rounds = sum(long["rounds"].values())
    assert long["value"]["value_usd"] == pytest.approx(3.8e6 * rounds, rel=1e-3)
    (_, _, rows), (_, _, layers) = layer_tables(found)
    assert rows[0][0] == "all targets" and rows[0][1] == "12"
    assert layers[1][-1] == "no price known"
    assert len(layers_figure(found, "Check").axes) == 2


def test_one_layer_is_not_told_apart() -> None:
    found = LayerTally(compiled())
    found.add(Runner(compiled(), 1, 1).run(0, 5))
    assert not found.is_layered and found.replicates == 0


# Shipped cases


def test_the_shipped_case_has_three_layers_of_one_two_and_four_units() -> None:
    found = layers_of(shipped("layered"))
    assert [(x.name, x.n_units) for x in found] == [("long", 1), ("medium", 2), ("short", 4)]
    bound = [s for s in shipped("layered").raid.sites.values() if s.protects is not None]
    assert sum(s.fire_units for s in bound) == 4


def test_the_layered_case_of_india_is_the_other_one_with_generic_units() -> None:
    """Regiments, places and groups are the same; what is added is generic and illustrative."""
    plain, layered = load_scenario("india-s400"), load_scenario("india-layered")
    n = len(plain.sites)
    assert layered.sites[:n] == plain.sites and layered.places == plain.places
    assert plain.raid is not None and layered.raid is not None
    assert layered.raid.groups == plain.raid.groups
    assert layered.raid.duration_s == plain.raid.duration_s
    assert layered.raid.defence == plain.raid.defence
    for one in layered.sites[n:]:
        assert one.illustrative and one.position_rounding_deg == 0.5
        assert one.position.lon % 0.5 == one.position.lat % 0.5 == 0.0
        assert one.name.startswith("Generic") and not one.events
    assert "india-layered" in plain.leaves_out and "india-layered" not in layered.leaves_out
