"""Raids: rounds are conserved, and more of a means does no harm, replicate by replicate."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from raid_plans import make_plan, random_plan, run
from skyshade.engagement._scalar_plan import (
    KILLED,
    LEAKED,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_WASTED,
    OPEN,
    Plan,
)

few = settings(max_examples=40, deadline=None, derandomize=True)
REPLICATES = 60
whole = st.integers(1, 4)


def plain_raid(seed: int, *, channels: int = 2, load: int = 6, p_kill: float = 0.6) -> Plan:
    """Alike targets, one after the other, at one fire unit that looks after every shot."""
    rng = np.random.default_rng(seed)
    n = 8
    return make_plan(
        n,
        steps=120,
        delay=np.sort(rng.uniform(0.0, 60.0, n)),
        flight=float(rng.uniform(4.0, 20.0)),
        p_kill=p_kill,
        channels=channels,
        launchers=4,
        load=load,
        reaction=float(rng.uniform(0.0, 5.0)),
        assessment=float(rng.uniform(0.0, 5.0)),
        by_time=True,
    )


def leakers(plan: Plan) -> np.ndarray:
    """(replicates,) how many get through."""
    return np.asarray((run(plan, REPLICATES).outcome == LEAKED).sum(axis=1))


@few
@given(st.integers(0, 10_000))
def test_every_round_fired_is_accounted_for(seed: int) -> None:
    """What was fired has hit, missed, come too late, lost its guidance, or is still in the air."""
    plan = random_plan(np.random.default_rng(seed))
    out = run(plan, REPLICATES)
    fired = out.fired.sum(axis=1)
    settled = out.count[:, [N_HIT, N_MISSED, N_WASTED, N_LOST]].sum(axis=1)
    assert (settled <= fired).all()
    assert (fired == out.shots.sum(axis=1)).all()
    assert (out.count[:, N_HIT] == (out.outcome == KILLED).sum(axis=1)).all()
    assert (fired <= (plan.fire.load + plan.fire.stores).sum()).all()
    over = ~(out.outcome == OPEN).any(axis=1)  # then nothing is in the air but what comes too late
    ended = plan.rules.duration > 1e3
    assert not ended or (settled[over] == fired[over]).all()


@few
@given(st.integers(0, 10_000), whole)
def test_a_channel_more_adds_no_leaker(seed: int, channels: int) -> None:
    """Of alike targets at one unit with rounds enough, under common luck, in the sum.

    It may where rounds are few or targets differ: the channel spends rounds on a target early that
    another target, on which the luck would have been better, then lacks.
    """
    fewer = leakers(plain_raid(seed, channels=channels, load=99))
    assert leakers(plain_raid(seed, channels=channels + 1, load=99)).sum() <= fewer.sum()


@few
@given(st.integers(0, 10_000), whole)
def test_rounds_more_add_no_leaker(seed: int, load: int) -> None:
    """Of alike targets at one unit, under common luck: replicate by replicate."""
    assert (leakers(plain_raid(seed, load=load + 1)) <= leakers(plain_raid(seed, load=load))).all()


@few
@given(st.integers(0, 10_000), st.floats(0.1, 0.8))
def test_better_missiles_let_no_more_through(seed: int, p_kill: float) -> None:
    """Of alike targets at one unit, under common luck, summed over the replicates."""
    worse = leakers(plain_raid(seed, p_kill=p_kill, load=99))
    assert leakers(plain_raid(seed, p_kill=p_kill + 0.2, load=99)).sum() <= worse.sum()
