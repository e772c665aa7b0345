"""How a sweep is written, and what each of its fields does to a raid."""

from __future__ import annotations

import pytest

from skyshade.campaign.axes import FIELDS, at_point, parse_axis
from skyshade.campaign.designs import design_points
from skyshade.errors import InputError
from skyshade.scenario.group import Group, Waypoint
from skyshade.scenario.load import load_scenario
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario
from skyshade.terrain.model import Altitude


def test_a_count_takes_every_whole_number_of_its_range() -> None:
    assert parse_axis("n_targets=1:400").values == tuple(float(n) for n in range(1, 401))


def test_a_range_with_a_number_and_a_list_with_units() -> None:
    assert parse_axis("p_kill=0.5:0.9:5").values == (0.5, 0.6, 0.7, 0.8, 0.9)
    assert parse_axis("n_targets=1:100:4").values == (1, 34, 67, 100)
    assert parse_axis("altitude = 100 m, 3 km").values == (100, 3000)
    assert parse_axis("p_kill=50 %").values == (0.5,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n_target=1:4", "Did you mean 'n_targets'?"),
        ("n_targets", "no values"),
        ("n_targets=", "no values"),
        ("n_targets=5:5", "the range is empty"),
        ("n_targets=9:5", "the range is reversed"),
        ("n_targets=0:5", "out of bounds"),
        ("n_targets=1:5000", "out of bounds"),
        ("n_targets=1.5,2", "not a whole number"),
        ("n_targets=1:2:3:4", "not a range"),
        ("n_targets=2,2", "a value is listed twice"),
        ("n_targets=1:9:one", "not a number of values"),
        ("n_targets=1:9:1", "not a number of values"),
        ("p_kill=0.5:1.1:3", "out of bounds"),
        ("p_kill=nan", "not a fraction"),
        ("altitude=1 kg", "unknown unit 'kg'"),
    ],
)
def test_a_bad_axis_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_axis(text)
    assert said in str(caught.value) and str(caught.value).startswith("--sweep")
    assert "\n" not in str(caught.value)


def test_the_last_axis_runs_fastest() -> None:
    points = design_points([parse_axis("n_targets=1,2"), parse_axis("p_kill=0.5,0.7")])
    assert [tuple(p.values()) for p in points] == [(1, 0.5), (1, 0.7), (2, 0.5), (2, 0.7)]


def test_too_many_points_are_refused_with_the_arithmetic() -> None:
    axes = [parse_axis("n_targets=1:4000"), parse_axis("p_kill=0:1:2500")]
    with pytest.raises(InputError, match=r"4,000 x 2,500 = 10,000,000"):
        design_points(axes)
    with pytest.raises(InputError, match=r"number of values .*p_kill=LOW:HIGH:NUMBER"):
        design_points([parse_axis("p_kill=0.1:0.9")])
    with pytest.raises(InputError, match="a field is given twice"):
        design_points([axes[0], axes[0]])


def raid_of(scenario: Scenario, **settings: float) -> Raid:
    """The scenario's raid, at a design point."""
    raid = at_point(scenario, settings).raid
    assert raid is not None
    return raid


def test_targets_are_shared_out_as_the_raid_shares_them() -> None:
    scenario = load_scenario("raid-60x4")
    for n in (1, 7, 60, 61, 120, 4000):
        raid = raid_of(scenario, n_targets=n)
        assert sum(g.count for g in raid.groups) == n
    doubled = raid_of(scenario, n_targets=120)
    assert [g.count for g in doubled.groups] == [2 * g.count for g in raid_of(scenario).groups]
    assert raid_of(scenario, n_targets=60) == scenario.raid


def test_each_field_changes_what_it_says() -> None:
    scenario = load_scenario("raid-60x4")

    def raid(**settings: float) -> Raid:
        return raid_of(scenario, **settings)

    assert raid(p_kill=0.4).rules.kill_probability == {"all": 0.4}
    assert raid(channels=3).defence_of("north").channels == 3
    assert raid(fire_units=2).defence_of("east").fire_units == 2
    assert raid(reaction_time=12).rules.reaction_time_s == 12
    assert raid(salvo=2).rules.salvo_size == 2 and raid(salvo=1).rules.salvo_size == 1
    assert {g.altitude for g in raid(altitude=300).groups if g.profile == "level"} == {
        Altitude(300, "agl")
    }
    turned = raid(bearing=0).groups
    before = raid_of(scenario).groups
    assert turned[0].bearing_deg == 0
    bearings = [
        (a.bearing_deg or 0, b.bearing_deg or 0) for a, b in zip(before, turned, strict=True)
    ]
    assert [(b - a) % 360 for a, b in bearings] == [90] * 6
    assert raid(interval=4).groups[0].arrival.interval_s == 4
    assert set(FIELDS) >= {"n_targets", "p_kill", "channels", "reaction_time", "bearing"}


def test_settings_of_one_site_give_way_to_the_sweep() -> None:
    scenario = load_scenario("raid-60x4")
    own = scenario.with_({"raid.sites.north": {"channels": 2, "fire_units": 3}})
    raid = raid_of(own, channels=5)
    assert raid.defence_of("north").channels == 5 and raid.defence_of("north").fire_units == 3


def test_rules_of_one_site_give_way_to_the_sweep() -> None:
    own = {"doctrine": "shoot-shoot", "salvo": 3, "reaction_time": "40 s", "launch_interval": "9 s"}
    scenario = load_scenario("raid-60x4").with_({"raid.sites.north.rules": own})
    assert raid_of(scenario).rules_of("north").salvo_size == 3
    times = raid_of(scenario, reaction_time=12)
    assert [times.rules_of(s).reaction_time_s for s in ("north", "east")] == [12, 12]
    assert times.rules_of("north").launch_interval_s == 9 and times.rules_of("north").salvo == 3
    salvo = raid_of(scenario, salvo=2)
    assert [salvo.rules_of(s).salvo_size for s in ("north", "east")] == [2, 2]
    assert salvo.rules_of("north").reaction_time_s == 40


def test_few_targets_come_in_fewer_waves() -> None:
    scenario = load_scenario("raid-60x4")
    drones = [g for g in raid_of(scenario).groups if g.id == "drones"]
    alone = scenario.with_({"raid.groups": drones})
    arrivals = [raid_of(alone, n_targets=n).groups[0].arrival for n in (1, 2, 8)]
    assert [a.waves for a in arrivals] == [None, 2, 2]


def test_a_setting_that_the_raid_cannot_have_names_the_sweep() -> None:
    scenario = load_scenario("raid-60x4")
    short = scenario.with_({"raid.rules.max_shots": 2})
    with pytest.raises(InputError) as caught:
        at_point(short, {"salvo": 3})
    assert str(caught.value).startswith("--sweep salvo=3: ")
    assert "fewer shots than a salvo has" in str(caught.value)


@pytest.mark.parametrize("field", ["bearing", "interval"])
def test_a_field_that_the_raid_lacks_is_refused(field: str) -> None:
    scenario = load_scenario("saturation")
    path = (Waypoint(lon=72, lat=26), Waypoint(lon=73, lat=26))
    alone = scenario.with_({"raid.groups": [Group(id="one", target="fighter", path=path)]})
    with pytest.raises(InputError, match=f"no group of this raid has an? {field}"):
        at_point(alone, {field: 5.0})
