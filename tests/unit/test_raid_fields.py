"""New fields of a raid: what they refuse, in one message, and what they do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from raid_scenarios import FIGHTER, compiled, scenario
from skyshade.engagement import Runner, compile_raid
from skyshade.engagement.compile import prepare_raid
from skyshade.engagement.drawn import stands_drawn
from skyshade.engagement.replay import replay
from skyshade.engagement.results import KILLED, REASONS
from skyshade.errors import InputError
from skyshade.fireunit.places import as_given
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.draws import draw, position_column

FROM_EAST = {k: v for k, v in FIGHTER.items() if k != "bearing"}


def read(*groups: dict[str, Any], **rest: Any) -> Scenario:
    return Scenario.model_validate(scenario(*groups, **rest))


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ({"bearings": [290, 250]}, "the span of bearings is reversed"),
        ({"bearings": [250, 250]}, "not a span of bearings"),
        ({"bearings": [0, 361]}, "out of bounds"),
        ({"bearings": "south"}, "not a span of bearings"),
        ({"bearings": [80, 100], "bearing": 90}, "one bearing or a span"),
    ],
)
def test_spans_of_bearings_that_are_none(group: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=said):
        read(FROM_EAST | group)


@pytest.mark.parametrize(
    ("raid", "said"),
    [
        ({"rules": {"shot_correlation": 1.2}}, "1.2"),
        ({"rules": {"shot_correlation": -0.1}}, "-0.1"),
        ({"rules": {"shot_correlation": {"nonsense": 0.1}}}, "nonsense"),
        ({"rules": {"false_kill": 2}}, "2"),
        ({"rules": {"kill_probability_shape": {"range": [[1, 1], [0, 0.5]]}}}, "not a curve"),
        ({"rules": {"kill_probability_shape": {"range": [[0, 1], [1, 1.5]]}}}, "not a curve"),
        ({"rules": {"repair_time": "1 min"}}, "repair_time|out of bounds"),
        (
            {"defence": {"load": {"48N6E3": 8}, "resupply": {"48N6E3": 4}}},
            r"defence\.resupply: .*stores that are not",
        ),
        ({"rules": {"shots_per_engagement": 1, "doctrine": "shoot-shoot"}}, "fewer shots"),
    ],
)
def test_values_that_are_refused(raid: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=said):
        read(**raid)


def test_bearings_are_drawn_and_the_raid_is_played_from_the_middle() -> None:
    case = read(FROM_EAST | {"bearings": [80, 100]})
    prepared = prepare_raid(case)
    start = prepared.flights[0].paths[0]
    middle = prepare_raid(read(FIGHTER)).flights[0].paths[0]
    assert start.lon[0] == pytest.approx(middle.lon[0])
    (column,) = (c for c in prepared.columns() if c.key.startswith("bearing"))
    assert (column.figures[0].low, column.figures[0].high) == (80.0, 100.0)
    turned = prepared.at({column.key: 80.0}).flights[0].paths[0]
    assert turned.lat[0] > start.lat[0]  # 80 degrees is north of east


def test_all_round_is_drawn_as_an_angle() -> None:
    prepared = prepare_raid(read(FROM_EAST | {"bearings": "all"}))
    (column,) = (c for c in prepared.columns() if c.key.startswith("bearing"))
    assert not column.is_ordered and column.figures[0].value == 180.0
    west = prepared.at({column.key: 270.0}).flights[0].paths[0]
    assert west.lon[0] < 75.0
    north, again = (prepared.at({column.key: az}).flights[0].paths[0] for az in (0.0, 360.0))
    assert (north.lon == again.lon).all() and (north.lat == again.lat).all()
    asked = draw([column], 16, one_at_a_time=True)
    assert len(set(asked.column(column.key)[asked.sobol] // 22.5)) == 16  # one in each of 16 parts
    assert asked.column(column.key)[list(asked.one_at_a_time[column.key])].tolist() == [0, 90, 270]


def test_64_draws_stand_at_64_places_spread_evenly_over_the_rounding() -> None:
    """One in each of 8 x 8 cells of the square, and each in both directions inside the rounding."""
    unit = replace(prepare_raid(read(FIGHTER)).units[0], rounding_deg=0.5)
    asked = draw([position_column(0, moved=True)], 64, seed=3)
    here = [stands_drawn(unit, 0, values).acquisition for values in asked.values(asked.sobol)]
    given = as_given(unit).acquisition
    east = np.array([(a.lon - given.lon) / 0.25 for a in here])
    north = np.array([(a.lat - given.lat) / 0.25 for a in here])
    cells = {(int(x), int(y)) for x, y in zip(4 * (east + 1), 4 * (north + 1), strict=True)}
    assert len(cells) == 64 and max(abs(east).max(), abs(north).max()) <= 1.0
    assert stands_drawn(unit, 0, {}).acquisition == given


def test_a_moved_site_and_a_higher_mast_see_something_else() -> None:
    low = FIGHTER | {"altitude": "100 m msl"}
    prepared = prepare_raid(read(low))
    seen = [
        int(p.seen[0].seen.sum())
        for p in (prepared, prepared.at({"acquisition antenna @ 0": 200.0}))
    ]
    assert seen[1] > seen[0]
    assert prepared.at({}).seen[0] is prepared.seen[0]  # what is not moved is not worked out again


def test_draws_asked_one_of_another_are_those_asked_of_the_raid() -> None:
    prepared = prepare_raid(read(FROM_EAST | {"altitude": "100 m msl", "bearings": [80, 100]}))
    bearing = next(c.key for c in prepared.columns() if c.key.startswith("bearing"))
    high = "acquisition antenna @ 0"
    chain = prepared
    for values in ({bearing: 80.0}, {bearing: 80.0, high: 200.0}, {high: 200.0}, {bearing: 95.0}):
        before, chain, alone = chain, chain.at(values), prepared.at(values)
        np.testing.assert_array_equal(chain.places.lon, alone.places.lon)
        np.testing.assert_array_equal(chain.seen[0].seen, alone.seen[0].seen)
        np.testing.assert_array_equal(chain.seen[0].acquired, alone.seen[0].acquired)
        same = values.get(bearing) == before.bearings.get(bearing)
        assert (chain.places is before.places) == same  # what is the same is not worked out again


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ({"range": [[0.0, 0.5], [1.0, 0.5]]}, 0.5),
        ({"altitude": [[0.0, 0.0], [20.0, 1.0]]}, 0.5),  # 10 km
        ({"crossing": [[0.0, 0.25], [180.0, 1.0]]}, 0.25),  # straight in
        ({"range": [[0.0, 0.5], [1.0, 0.5]], "crossing": [[0.0, 0.5], [90.0, 1.0]]}, 0.25),
    ],
)
def test_the_shape_of_the_kill_probability(curve: dict[str, Any], expected: float) -> None:
    rules = {"kill_probability_shape": curve, "max_shots": 1, "shot_correlation": 0.0}
    killed = Runner(compiled(rules=rules), 3, 1).run(0, 4000).outcome == KILLED
    assert killed.mean() == pytest.approx(expected, abs=0.03)


def test_the_messages_name_the_field() -> None:
    with pytest.raises(InputError) as error:
        compiled(rules={"shot_correlation": 1.2})
    assert "shot_correlation" in str(error.value)


def test_a_raid_of_days_is_told_event_by_event() -> None:
    """Resupply and repair have words of their own, and each leak its reason."""
    case = compile_raid(load_scenario("five-days"))
    events = [e for run in range(6) for e in replay(case, 1, run)]
    kinds = {e["event"] for e in events}
    assert {"resupplied", "reloaded", "leaked"} <= kinds
    assert {"radar lost", "radar repaired"} <= kinds
    leaks = [e for e in events if e["event"] == "leaked"]
    assert {e["reason"] for e in leaks} <= set(REASONS.values())
    rounds = {e["rounds"] for e in events if e["event"] == "resupplied"}
    assert rounds == {4, 16}


def test_what_heads_for_a_site_ends_where_the_site_stands() -> None:
    """The site is drawn at a corner of its rounding; the path begins where it did."""
    low = FROM_EAST | {"bearing": 90, "aim": {"site": "site", "part": "radar"}}
    case = read(low)
    prepared = prepare_raid(case)
    unit = replace(prepared.units[0], rounding_deg=0.5)
    prepared = replace(prepared, units=(unit,))
    corner = prepared.at({"position @ 0": 0.0})
    before, after = (p.flights[0].paths[0] for p in (prepared, corner))
    stands = corner.stands[0].acquisition
    assert (after.lon[-1], after.lat[-1]) == pytest.approx((stands.lon, stands.lat), abs=1e-9)
    assert stands.lon == pytest.approx(before.lon[-1] - 0.25, abs=1e-5)
    assert (after.lon[0], after.lat[0]) == pytest.approx((before.lon[0], before.lat[0]), abs=1e-9)
    back = corner.at({})
    assert (back.places.lon == prepared.places.lon).all()
