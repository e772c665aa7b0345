"""Who shoots first where several units could: every rule on plans made by hand, with a clock.

Sight is certain, so a target is tracked within a second from its start; its path is 300 s long; a
missile flies 10 s. Unit 0 is the outer one and can launch from place 20 on, unit 1 the inner one,
from place 100 on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from raid_plans import make_plan, run, run_to_end
from skyshade.engagement._scalar_plan import (
    ASSIGNED,
    BENEFIT,
    BY_LAYER,
    BY_SHOT,
    KILLED,
    LAUNCHED,
    LEAKED,
    Plan,
)

NEVER, HARDLY = np.inf, 1e-9
OUTER, INNER = 0, 1
FIRST, SECOND = 20.0, 100.0


def flights(*spans: tuple[int, int], flight: float = 10.0) -> NDArray[np.float64]:
    """(sites, missiles, 1, places): site s launches its own missile s, at these places."""
    table = np.full((len(spans), len(spans), 1, 301), NEVER)
    for s, (first, end) in enumerate(spans):
        table[s, s, 0, first:end] = flight
    return table


def two_layers(n: int = 1, *, inner: tuple[int, int] = (100, 290), **more: Any) -> Plan:
    """One unit outside, one inside, each with four rounds of its own missile."""
    given: dict[str, Any] = {
        "sites": 2,
        "units": 2,
        "site": [OUTER, INNER],
        "layer": [0, 2],
        "flight": flights((20, 290), inner),
        "p_kill": [[1.0], [1.0]],
        "load": [[4, 0], [0, 4]],
    }
    return make_plan(n, **(given | more))


def launches(plan: Plan, number: int = 0) -> list[tuple[int, float]]:
    """Who launched when, in a replicate: (unit, path time of a lone target)."""
    state, log = run_to_end(plan, number)
    fired = log[log[:, 1] == LAUNCHED]
    return [(int(r[3]), round(r[0] - state.start[0, int(r[2])], 1)) for r in fired]


def shots(plan: Plan) -> NDArray[np.int64]:
    """Rounds fired by layer, in one replicate."""
    return np.asarray(run(plan, 1).fired_by[0].sum(axis=1))


# one target, which the first round kills


@pytest.mark.parametrize(
    ("prefers", "thrift", "p_kill", "first"),
    [
        (BENEFIT, [1, 1], [1.0, 1.0], (OUTER, FIRST)),
        (BY_LAYER, [1, 1], [1.0, 1.0], (OUTER, FIRST)),
        (BY_SHOT, [1, 1], [1.0, 1.0], (OUTER, FIRST)),  # equally likely: nobody waits
        (BY_SHOT, [1, 1], [0.8, 0.9], (INNER, SECOND)),  # likelier
        (BY_SHOT, [1, 1], [0.9, 0.8], (OUTER, FIRST)),
        (BY_SHOT, [0.1, 1], [0.9, 0.8], (INNER, SECOND)),  # ten times cheaper
        (BY_SHOT, [0.9, 1], [0.9, 0.8], (OUTER, FIRST)),  # 0.81 > 0.8: dearer, but likelier
    ],
)
def test_who_shoots_first(
    prefers: int, thrift: list[float], p_kill: list[float], first: tuple[int, float]
) -> None:
    plan = two_layers(prefers=prefers, thrift=thrift, p_kill=[[p] for p in p_kill])
    assert launches(plan)[0] == first


def test_both_could_at_once() -> None:
    """From place 100 on both could: each rule names one, whatever the order of the units."""
    both: dict[str, Any] = {"flight": flights((100, 290), (100, 290))}
    for layer in ([0, 2], [2, 0]):
        outer = layer.index(0)
        assert launches(two_layers(prefers=BY_LAYER, layer=layer, **both)) == [(outer, SECOND)]
        likely = two_layers(prefers=BY_SHOT, layer=layer, p_kill=[[0.999999], [0.9]], **both)
        assert launches(likely)[0] == (0, SECOND)


# one target that no round kills: first, second, and how many of each


def test_the_second_shoots_when_the_first_has_missed() -> None:
    """Shoot, look, shoot with one round a turn: by the rule outer at 20, 30, ... until it is out.

    Then, as the inner one comes into reach at 100, the rule decides between both at every look.
    """
    plan = two_layers(prefers=BY_LAYER, p_kill=[[HARDLY], [HARDLY]], engage_again=False)
    assert launches(plan) == [(OUTER, t) for t in (20, 30, 40, 50)] + [
        (INNER, t) for t in (100, 110, 120, 130)
    ]
    assert shots(plan).tolist() == [4, 0, 4]


def test_the_cheap_one_first_and_the_dear_one_with_what_is_left() -> None:
    """The outer one holds its fire until 100, and again until the inner one has no round left."""
    plan = two_layers(
        prefers=BY_SHOT, thrift=[0.2, 1], p_kill=[[HARDLY], [HARDLY]], engage_again=False
    )
    assert launches(plan) == [(INNER, t) for t in (100, 110, 120, 130)] + [
        (OUTER, t) for t in (140, 150, 160, 170)
    ]


def test_nobody_waits_for_whom_it_could_not_follow() -> None:
    """The outer one can launch until 99 only: it shoots, then the cheap one from 100 on."""
    early: dict[str, Any] = {"flight": flights((20, 100), (100, 290)), "engage_again": False}
    plan = two_layers(prefers=BY_SHOT, thrift=[0.2, 1], p_kill=[[HARDLY]] * 2, **early)
    assert launches(plan)[0] == (OUTER, FIRST)
    assert launches(plan)[4] == (INNER, SECOND)


def test_nobody_waits_for_a_unit_without_rounds_or_out_of_shots() -> None:
    empty = two_layers(prefers=BY_SHOT, thrift=[0.2, 1], load=[[4, 0], [0, 0]])
    assert launches(empty) == [(OUTER, FIRST)]
    # two shots at one target are the most for the inner unit, which then is waited for no more
    done = two_layers(
        prefers=BY_SHOT,
        thrift=[0.2, 1],
        p_kill=[[HARDLY]] * 2,
        engage_again=False,
        shots_most=[6, 2],
    )
    assert [unit for unit, _ in launches(done)] == [INNER, INNER, OUTER, OUTER, OUTER, OUTER]


def test_units_that_do_not_decide_together_do_not_wait() -> None:
    alone = two_layers(prefers=BY_SHOT, thrift=[0.2, 1], central=False)
    assert launches(alone)[0] == (OUTER, FIRST)


def test_a_unit_without_the_track_is_not_waited_for() -> None:
    """Only the outer radar sees the target, and tracks are not shared."""
    seen = np.stack([np.ones(301, bool), np.zeros(301, bool)])[:, None]
    given: dict[str, Any] = {"prefers": BY_SHOT, "thrift": [0.2, 1], "in_view": seen}
    assert launches(two_layers(cueing=False, **given)) == [(OUTER, FIRST)]
    assert launches(two_layers(cueing=True, **given)) == [(INNER, SECOND)]


# several targets


def test_the_others_shoot_at_what_the_first_have_no_channel_for() -> None:
    """Three targets at once, and a cheap unit with one channel: the dear one takes the others."""
    plan = two_layers(3, prefers=BY_SHOT, thrift=[0.2, 1], channels=[2, 1])
    assert sorted(launches(plan)) == [(OUTER, 100.0), (OUTER, 100.0), (INNER, 100.0)]
    assert (run(plan, 5).outcome == KILLED).all()


def test_nobody_waits_for_a_channel() -> None:
    """Target 1 comes 5 s after target 0, which holds the cheap unit's only channel until 110 s."""
    plan = two_layers(2, delay=[0.0, 5.0], prefers=BY_SHOT, thrift=[0.2, 1], channels=[2, 1])
    assert launches(plan) == [(INNER, SECOND), (OUTER, SECOND)]


def test_the_most_valuable_target_gets_the_outer_layer() -> None:
    """Two targets, two units that could, a channel each; and both are engaged at once."""
    both: dict[str, Any] = {"flight": flights((100, 290), (100, 290)), "channels": 1}
    for weight, of_outer in (([2.0, 1.0], 0), ([1.0, 2.0], 1)):
        plan = two_layers(2, prefers=BY_LAYER, weight=weight, **both)
        _, log = run_to_end(plan)
        given = {int(r[3]): int(r[2]) for r in log if r[1] == ASSIGNED and r[0] < 101.0}
        assert given == {OUTER: of_outer, INNER: 1 - of_outer}


def test_a_target_that_only_the_first_can_take_gets_it() -> None:
    """Else the rule would leave it alone: the other one moves to the inner layer."""
    table = np.full((2, 2, 2, 301), NEVER)
    table[OUTER, 0, :, 100:290] = 10.0
    table[INNER, 1, 0, 100:290] = 10.0
    plan = two_layers(2, prefers=BY_LAYER, flight=table, channels=1, weight=[3.0, 1.0])
    _, log = run_to_end(plan)
    given = {int(r[2]): int(r[3]) for r in log if r[1] == ASSIGNED and r[0] < 101.0}
    assert given == {0: INNER, 1: OUTER}


def test_what_each_layer_fired_and_at_whom_is_counted() -> None:
    plan = two_layers(prefers=BY_LAYER, p_kill=[[HARDLY], [1.0]], engage_again=False)
    found = run(plan, 1)
    assert found.fired_by[0].tolist() == [[4, 0], [0, 0], [0, 1]]
    assert found.fired[0].tolist() == found.fired_by[0].sum(axis=0).tolist()
    assert found.tried[0, 0] == 0b101 and found.by[0, 0] == INNER
    nothing = run(two_layers(load=0), 1)
    assert nothing.tried[0, 0] == 0 and nothing.outcome[0, 0] == LEAKED


def test_one_layer_under_any_rule_is_the_rule_without_layers() -> None:
    """Units that are alike are told apart by what tells them apart by default."""
    alike: dict[str, Any] = {
        "units": 3,
        "channels": 2,
        "load": 3,
        "p_kill": 0.7,
        "gap": 9.0,
    }
    default = run(make_plan(8, **alike), 20)
    for prefers in (BY_LAYER, BY_SHOT):
        other = run(make_plan(8, prefers=prefers, **alike), 20)
        np.testing.assert_array_equal(other.outcome, default.outcome)
        np.testing.assert_array_equal(other.by, default.by)
