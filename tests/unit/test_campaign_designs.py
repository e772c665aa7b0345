"""Points of a sweep: grid, Latin hypercube, Sobol; axes by path; axes that contradict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skyshade.campaign.axes import Axis, at_point, parse_axis
from skyshade.campaign.designs import check_settings, design_points
from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario


@pytest.fixture(scope="module")
def case() -> Scenario:
    return load_scenario("raid-60x4")


def axes(case: Scenario, *texts: str) -> list[Axis]:
    return [parse_axis(text, case) for text in texts]


def column(points: list[dict[str, float]], k: int) -> Any:
    return np.array([list(p.values())[k] for p in points])


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_each_field_has_one_value_in_each_part_of_its_range(case: Scenario, design: Any) -> None:
    along = axes(case, "p_kill=0.2:0.8", "sites.north.antenna=5:37")
    points = design_points(along, design, 32, seed=3)
    assert len(points) == 32
    for k, (low, high) in enumerate(((0.2, 0.8), (5.0, 37.0))):
        part = np.floor(32 * (column(points, k) - low) / (high - low))
        assert sorted(part) == list(range(32))
    assert abs(np.corrcoef(column(points, 0), column(points, 1))[0, 1]) < 0.6
    assert points == design_points(along, design, 32, seed=3)
    assert points != design_points(along, design, 32, seed=4)


def test_whole_numbers_are_whole_and_no_point_is_there_twice(case: Scenario) -> None:
    along = axes(case, "channels=1:3", "groups.drones.count=2:4")
    points = design_points(along, "sobol", 64)
    assert len(points) == 9 == len({tuple(p.values()) for p in points})
    assert {v for p in points for v in p.values()} == {1.0, 2.0, 3.0, 4.0}
    listed = design_points(axes(case, "p_kill=0.5,0.9", "channels=1:40"), "lhs", 40)
    assert set(column(listed, 0)) == {0.5, 0.9} and len(listed) == 40


@pytest.mark.parametrize(
    ("design", "points", "said"),
    [
        ("grid", None, "a grid needs the number of values .*p_kill=LOW:HIGH:NUMBER"),
        ("grid", 8, "points: a grid has the points of its axes"),
        ("lhs", None, "points: this design needs a number of points .allowed: 2 to"),
        ("sobol", None, "points: this design needs .*a power of two"),
        ("sobol", 12, "points: a Sobol sequence is balanced only at powers of two"),
        ("lhs", 1, "points: number out of bounds"),
        ("lhs", 10**6, "points: number out of bounds"),
        ("gird", None, "design: unknown design 'gird'.*Did you mean 'grid'"),
    ],
)
def test_designs_that_cannot_be(design: Any, points: int | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        design_points([parse_axis("p_kill=0.1:0.9")], design, points)


def test_a_field_that_is_spelt_in_two_ways_is_one_field(case: Scenario) -> None:
    twice = axes(case, "groups.drones.count=1,2", "raid.groups[4].count=1,2")
    with pytest.raises(InputError, match=r"a field is given twice .*raid\.groups\.drones\.count"):
        design_points(twice)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("channels=2,3", "raid.defence.channels=1,4"),
        ("n_targets=10,70", "groups.drones.count=4,20"),
        ("bearing=0,90", "groups.cruise-west.bearing=10,50"),
    ],
)
def test_fields_that_set_the_same_thing_are_refused(case: Scenario, one: str, other: str) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(InputError, match=r"^--sweep: these two fields set the same thing"):
            check_settings(case, axes(case, *pair))


def test_fields_that_touch_the_same_groups_but_not_the_same_field_agree(case: Scenario) -> None:
    check_settings(case, axes(case, "n_targets=60,120", "altitude=100,1000", "bearing=0,90"))
    check_settings(case, axes(case, "n_targets=60,120", "groups.drones.speed=30,60"))
    check_settings(case, axes(case, "rules.confirm.0=1,2", "rules.confirm.1=2,3"))


def test_a_value_that_the_schema_refuses_names_the_axis(case: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        check_settings(case, axes(case, "groups.drones.count=1:8:8"))
    said = str(caught.value)
    assert said.startswith("--sweep raid.groups.drones.count=1: ") and "more waves" in said
    with pytest.raises(InputError, match="must lie between its bounds"):
        check_settings(case, axes(case, "sites.north.antenna.value=5:60:3"))
    with pytest.raises(InputError, match=r"out of bounds .*allowed: 0\.1 m to 1 km"):
        axes(case, "sites.north.antenna=0:10:3")
    with pytest.raises(InputError, match="unknown unit 'kg' for a length"):
        axes(case, "sites.north.antenna=1 kg,2 kg")
    with pytest.raises(InputError, match=r"^--sweep: unknown field of a sweep 'antenna'.*north"):
        axes(case, "antenna=5:10:3")


def test_units_come_from_the_field(case: Scenario) -> None:
    (delay,) = axes(case, "rules.assessment_delay=0.1:1 min:4")
    assert delay.values == (0.1, 20.066666666667, 40.033333333333, 60.0) and delay.field.unit == "s"
    (load,) = axes(case, "defence.load.48N6E3=8:32:4")
    assert load.values == (8, 16, 24, 32) and load.field.whole


def test_zero_and_360_degrees_are_one_bearing(case: Scenario) -> None:
    for field in ("bearing", "groups.drones.bearing"):
        (around,) = axes(case, f"{field}=0:360:9")
        assert around.values == (0, 45, 90, 135, 180, 225, 270, 315)
        with pytest.raises(InputError, match="a value is listed twice"):
            axes(case, f"{field}=0,90,360")
    (part,) = axes(case, "bearing=90:360:4")
    assert part.values == (90, 180, 270, 360)
    assert axes(case, "reaction_time=0:360:2")[0].values == (0, 360)


def test_fields_of_the_approach_are_known_as_such(case: Scenario) -> None:
    approach = [
        "bearing=1,2",
        "altitude=100,200",
        "groups.drones.bearing=1,2",
        "groups.drones.altitude=50,90",
        "groups.drones.distance=40 km,50 km",
        "groups.drones.aim.value=1,2",
    ]
    assert all(a.field.is_approach for a in axes(case, *approach))
    path = {
        "raid.groups.drones": {
            "id": "drones",
            "target": "fighter",
            "path": [{"lon": 72, "lat": 26}, {"lon": 73, "lat": 26}],
        }
    }
    flown = case.with_(path)
    assert parse_axis("groups.drones.path.0.lon=71:72:3", flown).field.is_approach
    other = ("groups.drones.count=2,4", "groups.drones.speed=40,50", "sites.north.antenna=5,9")
    assert not any(a.field.is_approach for a in axes(case, *other))


def test_the_order_of_settings_does_not_change_a_point(case: Scenario) -> None:
    settings = {"sites.north.antenna": 12.0, "raid.groups.drones.count": 6.0, "p_kill": 0.4}
    assert at_point(case, settings) == at_point(case, dict(reversed(settings.items())))
