"""Under the engine's rule the game is the engine; what may be done is what the rules allow."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from raid_game import as_raid, desk, may_engage, play_through, state
from raid_invariants import check
from raid_plans import raid, random_plan, run, variants
from skyshade.defender import DefenderEnv, RandomPolicy, always_hold, engine_rule, play
from skyshade.defender.policies import Policy
from skyshade.defender.post import CommandPost
from skyshade.engagement import Runner
from skyshade.engagement._cpu import make_rows
from skyshade.engagement._scalar_plan import (
    BY_LAYER,
    KILLED,
    LEAKED,
    N_ENGAGED,
    Plan,
    Rows,
)

PLANS = variants(raid("raid-60x4").plan)
RANDOM = [random_plan(np.random.default_rng(k)) for k in range(150)]
RANDOM = [plan for plan in RANDOM if not plan.threats.no_engage.all()]


def same(a: Rows, b: Rows) -> None:
    for field, values in a._asdict().items():
        np.testing.assert_array_equal(values, b._asdict()[field], err_msg=field)


def checked(plan: Plan, policy: Policy, replicates: int) -> Rows:
    """Play with a policy, and check state and mask after each move."""
    moves = 0

    def after(post: CommandPost, goes_on: bool) -> None:
        nonlocal moves
        moves += 1
        st, known = state(post), desk(post)
        check(plan, st, post.time_s)
        for a in post.seen.values():
            assert (a >= 0.0).all() and (a <= 1.0).all()
        mask = post.mask[1:].reshape(len(known.target), -1)
        allowed = np.zeros_like(mask, bool)
        if goes_on:
            asked = st.retry[st.group] <= post.time_s  # (units, targets)
            tracked = known.target[known.target >= 0]
            allowed[: len(tracked)] = (may_engage(post) & asked.T)[tracked]
            assert allowed.any(), "asked for nothing"
        if plan.rules.prefers == BY_LAYER:  # who waits for an outer layer may not, either
            allowed &= mask.astype(bool)
        np.testing.assert_array_equal(mask, allowed)
        assert (post.rule_action > 0) == goes_on
        assert post.rule_action == 0 or post.mask[post.rule_action]

    out = play_through(CommandPost(as_raid(plan)), policy, replicates, after=after)
    assert moves >= replicates
    return out


@pytest.mark.parametrize("name", ["raid-60x4", "raid-8x24", "saturation", "ballistic"])
def test_the_rule_is_the_engine(name: str) -> None:
    env = DefenderEnv(raid(name))
    block, engine = play(env, engine_rule, 100, 7), Runner(raid(name), 7, 1).run(0, 100)
    for mine, theirs in zip(block.arrays, engine.arrays, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert block.count[:, N_ENGAGED].min() > 0


@pytest.mark.parametrize("name", PLANS)
def test_the_rule_is_the_engine_under_every_rule(name: str) -> None:
    plan = PLANS[name]
    same(play_through(CommandPost(as_raid(plan)), engine_rule, 20), run(plan, 20))
    checked(plan, RandomPolicy(), 1)


def test_random_raids() -> None:
    """Under the engine's rule as the engine; at random within the rules; all seen is bounded."""
    differ = 0
    for plan in RANDOM:
        engine = run(plan, 3)
        same(checked(plan, engine_rule, 3), engine)
        other = checked(plan, RandomPolicy(1), 3)
        differ += not np.array_equal(other.outcome, engine.outcome)
    assert differ > 20


def test_a_rule_that_was_left_takes_over_again() -> None:
    """From what has been engaged otherwise, it assigns what is left as well as can be."""
    plan, rng = PLANS["few channels"], np.random.default_rng(3)
    random = RandomPolicy(4)

    def mixed(seen: dict[str, Any], told: dict[str, Any]) -> int:
        policy: Policy = random if rng.random() < 0.3 else engine_rule
        return policy(seen, told)

    checked(plan, mixed, 1)


@pytest.mark.parametrize("name", ["raid-60x4", "saturation"])
def test_who_never_fires_kills_nobody(name: str) -> None:
    """Who reaches its aim within the raid's time is what the engine has without rounds."""
    plan = raid(name).plan
    block = play(DefenderEnv(raid(name)), always_hold, 5, 7)
    none = plan._replace(fire=plan.fire._replace(load=np.zeros_like(plan.fire.load)))
    unarmed = run(none, 5, seed=7)
    assert not (block.outcome == KILLED).any() and not block.fired.any()
    np.testing.assert_array_equal(block.outcome, unarmed.outcome)
    np.testing.assert_array_equal(block.time_s, unarmed.when)
    assert (block.outcome == LEAKED).any()


def test_rewards_add_up() -> None:
    """Over an episode: minus the value of the threats that leaked, minus what the rounds cost."""
    compiled = raid("raid-60x4")
    env, random = DefenderEnv(compiled, round_cost=0.125), RandomPolicy(2)
    threats, weight = compiled.is_threat, compiled.plan.threats.weight
    for seed in range(5):
        seen, told = env.reset(seed=seed)
        total, over = 0.0, False
        while not over:
            seen, reward, terminated, truncated, told = env.step(random(seen, told))
            assert reward <= 0.0
            total, over = total + reward, terminated or truncated
        row = make_rows(compiled.plan, 1)
        env.post.write(SimpleNamespace(arrays=row), 0)
        leaked = (row.outcome[0] == LEAKED) & threats
        assert total == pytest.approx(-weight[leaked].sum() - 0.125 * row.fired.sum(), abs=1e-9)
        assert told["leaked"] == leaked.sum() > 0
        assert told["rounds"] == row.fired.sum() > 0
        assert told["killed"] == ((row.outcome[0] == KILLED) & threats).sum()
        assert truncated == (told["open"] > 0)


def test_the_page_says_what_its_example_gives(capsys: pytest.CaptureFixture[str]) -> None:
    """Shares of the page and of now lie within each other's intervals."""
    page = (Path(__file__).parents[2] / "docs" / "defender.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "defender.md", "exec"), {})
    line = re.compile(r"^(\w+): ([\d.]+) \(([\d.]+) to ([\d.]+)\) leaked$", re.M)
    told, found = line.findall(page), line.findall(capsys.readouterr().out)
    assert [row[0] for row in told] == [row[0] for row in found] and len(told) == 3
    for (_, *a), (_, *b) in zip(told, found, strict=True):
        (value, low, high), (now, now_low, now_high) = map(float, a), map(float, b)
        assert low <= now <= high and now_low <= value <= now_high
