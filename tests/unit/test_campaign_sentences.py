"""Headlines: what they say, and that they leave out what says nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raid_scenarios import FIGHTER, compiled
from skyshade.campaign import DrawPlan, Uncertainty, headline, run_raid
from skyshade.engagement import CompiledRaid
from skyshade.engagement.results import KILLED, LEAKED, Share
from skyshade.uncertainty.draws import columns_of, draw
from skyshade.uncertainty.unknown import Unknown

FIGURES = [Unknown(k, k, "", 0.5, 0.0, 1.0) for k in ("first thing", "second thing")]


def raid(count: int) -> CompiledRaid:
    return compiled(FIGHTER | {"count": count, "spacing": "1 km"})


def drawn(leaked: Any, design: Any = "band") -> Uncertainty:
    """Draws of two figures whose result is this function of them."""
    draws = draw(columns_of(FIGURES), 256, design=design)
    columns = [draws.column(f.key)[draws.drawn] for f in FIGURES]
    return Uncertainty(DrawPlan(design, 256), draws, {"all": np.array(leaked(*columns))})


@pytest.mark.parametrize(
    ("n", "share", "said"),
    [
        (3, Share(0.31, 0.30, 0.32), "Of 3 fighter aircraft, 31.0 % (± 1.0) get through."),
        (1, Share(0.31, 0.25, 0.37), "The single fighter aircraft gets through in 31 % (± 6) of "),
        (3, Share(0.0, 0.0, 0.0123), "Of 3 fighter aircraft, none gets through (less than 1.3 %, "),
        (
            1,
            Share(0.0, 0.0, 1e-5),
            "The single fighter aircraft never gets through (less than 0",
        ),
        (3, Share(1.0, 0.9877, 1.0), "Of 3 fighter aircraft, all get through (more than 98.7 %, "),
        (
            1,
            Share(1.0, 0.99, 1.0),
            "The single fighter aircraft always gets through (more than 99",
        ),
    ],
)
def test_chance_alone(n: int, share: Share, said: str) -> None:
    assert headline(raid(n), share).startswith(said)


def test_chance_is_left_out_where_the_unknown_figures_swamp_it() -> None:
    wide, narrow = drawn(lambda a, b: a), drawn(lambda a, b: 0.5 + 0.02 * a)
    share = Share(0.51, 0.50, 0.52)
    said = headline(raid(3), share, wide)
    assert said == "Of 3 fighter aircraft, 51 % get through. Unknown figures make that 5 to 95 %."
    assert "51.0 % (± 1.0)" in headline(raid(3), share, narrow)


def test_a_share_outside_the_band_is_told_as_well() -> None:
    said = headline(raid(3), Share(0.0, 0.0, 0.01), drawn(lambda a, b: 0.2 + 0.6 * a))
    assert said.startswith("Of 3 fighter aircraft, none gets through. Unknown figures make that 2")


def test_a_band_without_width_says_that_nothing_changes() -> None:
    said = headline(raid(3), Share(0.0, 0.0, 0.01), drawn(lambda a, b: 0 * a))
    assert said.endswith("Unknown figures do not change that: 0 % over their draws.")
    assert "0 to 0" not in said


def test_the_unknowns_that_matter_are_named_and_no_others() -> None:
    both = headline(raid(3), Share(0.5, 0.4, 0.6), drawn(lambda a, b: a / 2 + b / 2, "indices"))
    one = headline(raid(3), Share(0.5, 0.4, 0.6), drawn(lambda a, b: a + 0.01 * b, "indices"))
    assert both.endswith(("first thing and second thing.", "second thing and first thing."))
    assert one.endswith("%, mostly first thing.")


def test_what_is_still_in_the_air_at_the_end_is_said() -> None:
    """A raid of 5 minutes ends while a fighter 200 km away, 13 minutes off, is on its way."""
    found = run_raid(compiled(FIGHTER, duration="5 min"), replicates=20, seed=1)
    assert found.tally.flying() == 1.0 and found.share().value == 0.0
    assert found.headline is not None
    assert found.headline.endswith("; in 100 % of replicates it is still on its way at the end.")


def test_shares_of_a_table_add_up() -> None:
    """Shot down, got through and neither are all that there is."""
    found = run_raid(compiled(FIGHTER, rules={"kill_probability": {"all": 0.5}}), replicates=50)
    shares = (found.share("all", outcome).value for outcome in (KILLED, LEAKED))
    assert sum(shares) + found.tally.unsettled() == pytest.approx(1.0)
