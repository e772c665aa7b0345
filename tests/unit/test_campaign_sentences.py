"""Headlines: a range per class, why it is all or nothing, and the unknown that decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raid_scenarios import FIGHTER, compiled
from skyshade.campaign import DrawPlan, Uncertainty, headline, run_raid
from skyshade.campaign.sentences import outside_the_band, span
from skyshade.engagement import Tally
from skyshade.engagement.results import KILLED, LEAKED
from skyshade.shown import percent_range
from skyshade.uncertainty.draws import columns_of, draw
from skyshade.uncertainty.unknown import Unknown

FIGURES = [Unknown(k, k, "", 0.5, 0.0, 1.0) for k in ("first thing", "second thing")]


def tally(p_kill: float = 0.5, count: int = 3, **more: Any) -> Tally:
    """Fighters at one unit that shoots once at each."""
    rules = {"kill_probability": {"all": p_kill}, "max_shots": 1, "shot_correlation": 0.0}
    raid = compiled(FIGHTER | {"count": count, "spacing": "1 km"}, rules=rules, **more)
    return run_raid(raid, replicates=400, seed=1).tally


def drawn(leaked: Any, design: Any = "band") -> Uncertainty:
    """Draws of two figures whose result is this function of them."""
    draws = draw(columns_of(FIGURES), 256, design=design, one_at_a_time=design == "band")
    results = np.array(leaked(*(draws.column(f.key)[1:] for f in FIGURES)))
    return Uncertainty(DrawPlan(design, 256), draws, {"all": results, "class fighter": results})


def test_default_figures_are_said_to_stand_alone() -> None:
    said = headline(tally())
    assert said.startswith(("Of 3 fighter aircraft 4", "Of 3 fighter aircraft 5"))
    assert said.endswith(
        "These are the default figures alone; what is unknown makes the ranges wider."
    )
    assert "±" not in said and "." not in said.split(" %")[0]


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (1.0, "Of 3 fighter aircraft none gets through (every one is shot down or gone)."),
        (0.0, "Of 3 fighter aircraft all get through (no unit can reach them)."),
    ],
)
def test_all_and_nothing_have_their_reason(p: float, said: str) -> None:
    assert headline(tally(p)).startswith(said)


def test_the_range_is_that_of_the_unknown_figures() -> None:
    said = headline(tally(), drawn(lambda a, b: 0.2 + 0.5 * a))
    assert said == "Of 3 fighter aircraft 23 to 67 % get through. The first thing decides most."


def test_chance_is_named_where_it_is_wider_than_the_unknown_figures() -> None:
    """The larger error of the two is never left out."""
    found = tally()
    share = found.share("class fighter")
    narrow = drawn(lambda a, b: share.value + 0.001 * a)
    said = headline(found, narrow)
    assert said.startswith(f"Of 3 fighter aircraft {percent_range(share.low, share.high)} get ")
    assert "get through (the spread is chance)." in said
    low, high, chance = span(share, drawn(lambda a, b: 0.9 + 0.001 * a), "class fighter")
    assert (low, chance) == (share.low, True) and 0.9 < high < 0.901
    assert span(share, drawn(lambda a, b: a), "class fighter")[2] is False


def test_default_figures_outside_their_band_are_named() -> None:
    """Two bars beside each other contradict nobody who is told that one of them is an end."""
    found = tally()
    value = percent_range(*[found.share("class fighter").value] * 2)
    names = ["all", "class fighter"]
    assert outside_the_band(found, drawn(lambda a, b: a), names) == []
    (above,) = outside_the_band(found, drawn(lambda a, b: 0.8 + 0.1 * a), names[1:])
    assert above == (
        "At the default figures fewer get through than in nearly all draws: "
        f"{value} of the fighter aircraft (81 to 89 % in the draws). "
        "The defaults are better for the defence than most of what is possible."
    )
    (below,) = outside_the_band(found, drawn(lambda a, b: 0.1 * a), names)
    assert "more get through" in below and f"{value} of all threats (1 to 9 %" in below
    assert "worse for the defence" in below


def test_a_range_without_width_says_that_nothing_changes() -> None:
    said = headline(tally(1.0), drawn(lambda a, b: 0 * a))
    assert "none gets through" in said and said.endswith("The unknown figures do not change that.")


@pytest.mark.parametrize("design", ["band", "indices"])
def test_the_unknowns_that_matter_are_named_and_no_others(design: str) -> None:
    both = headline(tally(), drawn(lambda a, b: a / 2 + b / 2, design))
    one = headline(tally(), drawn(lambda a, b: a + 0.01 * b, design))
    assert "first thing" in both and "second thing" in both and both.endswith("decide most.")
    assert one.endswith(" The first thing decides most.")


def test_arithmetic_is_called_arithmetic() -> None:
    """Where no missile can kill a class, the answer is no matter of chance."""
    near = FIGHTER | {"count": 3, "spacing": "1 km"}
    said = headline(run_raid(compiled(near), replicates=50).tally)
    assert "arithmetic" not in said
    blind = compiled(near, rules={"kill_probability": {"all": 0.0}})
    said = headline(run_raid(blind, replicates=50).tally)
    assert "No unit can track and reach 3 of the 3" in said and "arithmetic, not chance" in said


def test_what_is_still_in_the_air_at_the_end_is_said() -> None:
    """A raid of 5 minutes ends while a fighter 200 km away, 13 minutes off, is on its way."""
    found = run_raid(compiled(FIGHTER, duration="5 min"), replicates=20, seed=1)
    assert found.tally.flying() == 1.0 and found.share().value == 0.0
    assert found.headline is not None
    assert "100 % are still on their way when the time is up." in found.headline


def test_shares_of_a_table_add_up() -> None:
    """Shot down, got through and neither are all that there is; reasons add up to the leakers."""
    found = run_raid(compiled(FIGHTER, rules={"kill_probability": {"all": 0.5}}), replicates=50)
    shares = (found.share("all", outcome).value for outcome in (KILLED, LEAKED))
    assert sum(shares) + found.tally.unsettled() == pytest.approx(1.0)
    for name in found.tally.members:
        assert sum(found.tally.why(name).values()) == pytest.approx(found.share(name).value)
