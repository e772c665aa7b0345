"""What stands under a raid's table."""

from __future__ import annotations

import json
from pathlib import Path

from raid_plans import raid
from raid_scenarios import FIGHTER, compiled, scenario
from skyshade.campaign import run_raid
from skyshade.campaign.binding import OneMore
from skyshade.campaign.compare import Difference
from skyshade.engagement.costs import CostTally
from skyshade.report.raid_tables import cost_lines, explanations, one_more_lines
from skyshade.scenario.load import load_scenario


def test_the_nearest_unit_is_named_for_a_group_that_is_unseen_in_part() -> None:
    """Some of the medium-range missiles are never tracked; all of the short-range ones are."""
    found = run_raid(raid("ballistic"), replicates=60, seed=1)
    assert 0 < found.tally.why("group medium")["never_tracked"] < found.share("group medium").value
    assert "never_tracked" not in found.tally.why("group short")
    said = [line for line in explanations(found) if line.startswith(("medium: ", "short: "))]
    assert said == [
        "medium: the nearest unit is the aim itself, Regiment, which sees down to the ground "
        "there: it is not terrain that hides them."
    ]


def test_the_horizon_is_named_where_it_hides_a_group() -> None:
    """100 km off, an antenna 24 m up sees nothing below (100 - 20.2 km)^2 / 2 kR = 375 m."""
    town = {"id": "town", "name": "Town", "kind": "other", "sources": ["own"]}
    low = FIGHTER | {"aim": {"place": "town"}, "altitude": "30 m agl", "distance": "50 km"}
    case = scenario(low) | {
        "places": [town | {"position": {"lon": 75.9556, "lat": 20.0}}],
        "sources": {"own": {"title": "A made-up place", "outlet": "This test"}},
    }
    Path("case.yaml").write_text(json.dumps(case))
    found = run_raid(load_scenario("case.yaml"), replicates=9)
    assert found.tally.why() == {"never_tracked": 1.0}
    (said,) = (line for line in explanations(found) if line.startswith("fighter: "))
    assert said.startswith("fighter: Town is 100 km from site, which sees nothing below 37")
    assert said.endswith(" m above the ground there.")


def test_the_cost_exchange_is_on_the_terminal_where_prices_are_published() -> None:
    """Two missiles of 3.8 million USD a kill, at drones of 35,000 (20,000 to 80,000) USD."""
    drone = FIGHTER | {"target": "one-way-attack-uav", "altitude": "2 km msl", "speed": "50 m/s"}
    costs = CostTally(compiled(drone))
    costs.replicates = 1
    costs.fired[:] = [2.0] + [0.0] * (len(costs.fired) - 1)
    costs.rounds[:], costs.shot_down[:] = 2.0, 1.0
    assert cost_lines(costs) == [
        "At published prices, the missiles fired at loitering munition or one-way attack UAVs cost "
        "217 times (95 to 380) as much as those shot down; the price of a missile is given without "
        "a range."
    ]
    costs.shot_down[:] = 0.0
    assert cost_lines(costs) == []


def test_what_would_not_help_is_named() -> None:
    """Twelve fighters against eight rounds: a launcher helps, a guidance channel does not."""
    many = FIGHTER | {"count": 12, "spacing": "1 km"}
    said = " ".join(explanations(run_raid(compiled(many), replicates=50, seed=1)))
    gains = said[said.index("under the same luck") : said.index("No fewer get through with")]
    assert "launcher" in gains and "guidance channel" not in gains
    assert "guidance channel" in said[said.index("No fewer get through with") :]


def test_means_that_let_more_through_are_named() -> None:
    def means(title: str, low: float, high: float) -> OneMore:
        difference = Difference((low + high) / 2, low, high, 1.0)
        return OneMore(title, title, difference)

    found = [means("a launcher", -0.2, -0.1), means("a channel", 0.03, 0.04), means("x", -0.1, 0.1)]
    said = one_more_lines(found)
    assert "a launcher: -15.0 points" in said[0] and "a channel: +3.5 points" in said[0]
    assert said[1].startswith("More get through with more means where")
    assert said[2] == "No fewer get through with x." and len(said) == 3
    assert one_more_lines(found[2:]) == [
        "One more channel, launcher or second would not let fewer through."
    ]
