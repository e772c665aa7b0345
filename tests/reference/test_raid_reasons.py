"""Why targets get through: one hand-made raid per reason, and what holds for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import betabinom, chisquare

from raid_plans import NEVER, make_plan, random_plan, run
from skyshade.engagement._scalar_plan import (
    ALL_MISSED,
    HELD_BACK,
    KILLED,
    LEAKED,
    NEVER_TRACKED,
    NO_CHANNEL,
    NO_GUIDANCE,
    NO_ROUND,
    OPEN,
    OUT_OF_REACH,
    TOO_LATE,
    UNIT,
    UNIT_GONE,
    WRITTEN_OFF,
)

HARDLY = 1e-12
STEPS = 300
DAY = 86_400.0


def window(first: int, last: int, seconds: float = 10.0) -> np.ndarray:
    """Times of flight on a path whose target can be met after launches at these steps only."""
    flight = np.full(STEPS + 1, NEVER)
    flight[first:last] = seconds
    return flight


def since(step: int) -> np.ndarray:
    """In view from this step of the path on."""
    return np.arange(STEPS + 1) >= step


CASES: dict[str, tuple[int, dict[str, Any], int]] = {
    # reason, raid, which target is asked about
    "no radar ever sees it": (NEVER_TRACKED, {"in_view": False}, 0),
    "no missile gets there": (OUT_OF_REACH, {"flight": NEVER}, 0),
    "no missile can kill it": (OUT_OF_REACH, {"p_kill": 0.0}, 0),
    "its unit has no round at all": (OUT_OF_REACH, {"load": 0}, 0),
    "seen after the last launch": (TOO_LATE, {"in_view": since(200), "flight": window(0, 150)}, 0),
    "reaction too slow": (
        TOO_LATE,
        {"in_view": since(100), "flight": window(0, 150), "reaction": 60.0},
        0,
    ),
    "the one channel is busy": (
        NO_CHANNEL,
        {"n": 2, "weight": [2.0, 1.0], "load": 2, "flight": window(0, 50, 200.0)},
        1,
    ),
    "the one guidance channel is busy": (
        NO_GUIDANCE,
        {
            "n": 2,
            "weight": [2.0, 1.0],
            "load": 2,
            "launchers": 2,
            "channels": 2,
            "guidance_channels": 1,
            "flight": window(0, 50, 200.0),
        },
        1,
    ),
    "the round went to another": (NO_ROUND, {"n": 2, "delay": [0.0, 100.0], "channels": 2}, 1),
    "the only shot misses": (ALL_MISSED, {"p_kill": HARDLY}, 0),
    "taken for destroyed": (WRITTEN_OFF, {"p_kill": HARDLY, "load": 9, "false_kill": 1.0}, 0),
    "its unit is destroyed before": (
        UNIT_GONE,
        {
            "n": 2,
            "delay": [0.0, 400.0],
            "breaks": UNIT,
            "p_kill": [[0.0, 1.0]],
            "kind": [0, 1],
            "load": 2,
        },
        1,
    ),
    "worth nothing": (HELD_BACK, {"weight": 0.0}, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_each_reason_has_its_raid(case: str) -> None:
    reason, raid, target = CASES[case]
    raid = dict(raid)
    out = run(make_plan(raid.pop("n", 1), steps=STEPS, **raid), 4)
    assert (out.outcome[:, target] == LEAKED).all()
    assert out.reason[:, target].tolist() == [reason] * 4


# Two things lacking at the last chance: the one that is asked for first is the reason. Target 0
# holds the fire channel and the guidance channel, or the round, for 200 s.
HELD: dict[str, Any] = {"n": 2, "weight": [2.0, 1.0], "flight": window(0, 50, 200.0)}
BOTH: dict[str, tuple[int, dict[str, Any]]] = {
    "fire channel and guidance channel busy": (
        NO_GUIDANCE,
        HELD | {"load": 2, "launchers": 2, "guidance_channels": 1},
    ),
    "the round gone and the fire channel busy": (NO_ROUND, HELD),
    "neither seen nor within reach": (NEVER_TRACKED, {"in_view": False, "flight": NEVER}),
    "seen late and no round ever": (
        OUT_OF_REACH,
        {"in_view": since(200), "flight": window(0, 150), "load": 0},
    ),
    "of two units the one that lacks least: a fire channel, not its round": (
        NO_CHANNEL,
        HELD | {"n": 3, "weight": [3.0, 2.0, 1.0], "units": 2, "load": [[1], [2]]},
    ),
}


@pytest.mark.parametrize("case", BOTH)
def test_of_two_reasons_the_first_in_order_counts(case: str) -> None:
    reason, raid = BOTH[case]
    raid = dict(raid)
    n = raid.pop("n", 1)
    out = run(make_plan(n, steps=STEPS, **raid), 4)
    assert (out.outcome[:, n - 1] == LEAKED).all()
    assert out.reason[:, n - 1].tolist() == [reason] * 4


def test_one_channel_more_turns_the_reason_into_a_kill() -> None:
    """The reason names what was missing: with it, the same target is shot down."""
    raid = dict(CASES["the one channel is busy"][1])
    plan = make_plan(raid.pop("n"), steps=STEPS, channels=2, launchers=2, **raid)
    assert (run(plan, 4).outcome == KILLED).all()


@pytest.mark.parametrize("seed", range(60))
def test_every_leaker_has_one_reason_and_nothing_else_has(seed: int) -> None:
    plan = random_plan(np.random.default_rng(seed))
    out = run(plan, 50)
    assert ((out.reason > 0) == (out.outcome == LEAKED)).all()
    shot = np.isin(out.reason, (ALL_MISSED, WRITTEN_OFF))
    assert ((out.shots > 0) == shot)[out.outcome == LEAKED].all()
    assert not (out.reason == NEVER_TRACKED)[out.shots > 0].any()


@pytest.mark.parametrize(("p", "r"), [(0.6, 0.3), (0.3, 0.05), (0.8, 1.0)])
def test_kills_of_one_raid_are_beta_binomial(p: float, r: float) -> None:
    """One shot at each of n targets, all of one class: the number of kills in a raid."""
    n, runs = 6, 20_000
    plan = make_plan(
        n, p_kill=p, correlation=r, channels=n, launchers=n, load=n, shots_most=1, salvo=1
    )
    kills = (run(plan, runs).outcome == KILLED).sum(axis=1)
    found = np.bincount(kills, minlength=n + 1)
    if r == 1.0:
        assert found[0] + found[n] >= 0.99 * runs  # one of 256 kinds of days lies between
        assert found[n] / runs == pytest.approx(p, abs=0.012)
        return
    expected = runs * betabinom.pmf(np.arange(n + 1), n, p * (1 - r) / r, (1 - p) * (1 - r) / r)
    assert chisquare(found, expected * found.sum() / expected.sum()).pvalue > 0.001


def test_days_are_shared_within_a_class_and_not_between_classes() -> None:
    plan = make_plan(
        2,
        kind=[0, 1],
        p_kill=[[0.5, 0.5]],
        correlation=1.0,
        channels=2,
        launchers=2,
        load=2,
        shots_most=1,
    )
    killed = run(plan, 20_000).outcome == KILLED
    both = (killed[:, 0] & killed[:, 1]).mean()
    assert both == pytest.approx(0.25, abs=0.015)


def test_judging_wrong_is_the_chain_worked_out_by_hand() -> None:
    """Shots until killed or written off; a kill that is not believed costs more rounds."""
    p, wrong_kill, wrong_miss = 0.4, 0.25, 0.3
    plan = make_plan(
        steps=4000, flight=5.0, load=400, p_kill=p, false_kill=wrong_kill, false_miss=wrong_miss
    )
    out = run(plan, 40_000)
    ends = p + (1 - p) * wrong_kill  # of a shot: killed, or missed and written off
    killed = p / ends
    shots = 1 / ends + killed * wrong_miss / (1 - wrong_miss)
    assert (out.outcome[:, 0] == KILLED).mean() == pytest.approx(killed, abs=0.008)
    assert out.shots[:, 0].mean() == pytest.approx(shots, rel=0.015)


def test_a_target_gets_no_more_shots_than_allowed_over_the_whole_raid() -> None:
    """Also over several engagements, by several units that do not coordinate."""
    raid: dict[str, Any] = {
        "units": 3,
        "channels": 2,
        "load": 50,
        "p_kill": HARDLY,
        "flight": 4.0,
        "salvo": 2,
        "shots_max": 2,
        "engage_again": False,
        "central": False,
        "launchers": 8,
    }
    assert run(make_plan(**raid), 20).shots.min() > 10
    shots = run(make_plan(**raid, shots_most=3), 20).shots
    assert (shots == 3).all()


def daily(**more: Any) -> Any:
    """A target a day for five days, at a unit with one round."""
    return make_plan(
        5, delay=DAY * np.arange(5), p_kill=1.0, load=1, duration=6 * DAY, reload=600.0, **more
    )


def test_without_resupply_the_magazine_runs_dry_on_the_first_day() -> None:
    out = run(daily(), 3)
    assert out.outcome.tolist() == [[KILLED] + [LEAKED] * 4] * 3
    assert (out.reason[:, 1:] == NO_ROUND).all()


@pytest.mark.parametrize(("every_days", "killed"), [(1.0, 5), (2.0, 3), (4.5, 1)])
def test_what_a_resupply_rate_buys(every_days: float, killed: int) -> None:
    """A round comes every so many days and shoots down the next target; five days in all."""
    out = run(daily(resupply=1, resupply_every=every_days * DAY - 3600.0), 3)
    assert ((out.outcome == KILLED).sum(axis=1) == killed).all()


def test_a_unit_that_is_repaired_shoots_again() -> None:
    """The first leaker destroys the unit, a day later it stands again."""
    raid: dict[str, Any] = {
        "delay": [0.0, 1000.0, 2 * DAY],
        "breaks": [UNIT, 0, 0],
        "kind": [0, 1, 1],
        "p_kill": [[0.0, 1.0]],
        "load": 5,
        "duration": 3 * DAY,
    }
    assert run(make_plan(3, **raid), 2).outcome.tolist() == [[LEAKED] * 3] * 2
    mended = run(make_plan(3, repair=DAY, **raid), 2)
    assert mended.outcome.tolist() == [[LEAKED, LEAKED, KILLED]] * 2
    assert (mended.reason[:, 1] == UNIT_GONE).all()


def test_a_raid_of_thirty_days_ends() -> None:
    """Scans at which nobody is due are skipped, so empty days cost nothing."""
    out = run(make_plan(2, delay=[0.0, 29 * DAY], load=2, duration=30 * DAY), 200)
    assert (out.outcome == KILLED).all() and not (out.outcome == OPEN).any()
