"""Policies to compare with, and whole raids played by a policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from skyshade.engagement.launch import Block, check_run

if TYPE_CHECKING:
    import gymnasium

    from skyshade.defender.env import DefenderEnv

Policy = Callable[[dict[str, Any], dict[str, Any]], int]  # of observation and info


def engine_rule(observation: dict[str, Any], info: dict[str, Any]) -> int:
    """What the engine's own rule does: the baseline, the same as `skyshade raid` to the byte."""
    return int(info["rule_action"])


def nearest_first(observation: dict[str, Any], info: dict[str, Any]) -> int:
    """Greedy: engage the target with the least time to go, with the missile that meets it first."""
    pairs = np.flatnonzero(info["action_mask"][1:])
    if len(pairs) == 0:
        return 0
    track, unit = np.divmod(pairs, len(observation["units"]))
    left, flight = observation["tracks"][track, 0], observation["flight"][track, unit]
    return 1 + int(pairs[np.lexsort((flight, left))[0]])


def always_hold(observation: dict[str, Any], info: dict[str, Any]) -> int:
    """Never fire."""
    return 0


class RandomPolicy:
    """Any action that is allowed, hold among them, with equal probability."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, observation: dict[str, Any], info: dict[str, Any]) -> int:
        """Index of one action, drawn among those that `action_mask` allows."""
        return int(self.rng.choice(np.flatnonzero(info["action_mask"])))


def play(
    env: DefenderEnv | gymnasium.Wrapper, policy: Policy, replicates: int, seed: int = 0
) -> Block:
    """What came of replicates 0, 1, ... of a seed under a policy, as the engine's own results.

    Policies played with the same seed meet the same chance: who comes when, which looks detect,
    and whether the k-th round at a target kills it.

    Parameters
    ----------
    env : the environment, in whatever wrappers the policy needs.

    Raises
    ------
    InputError : numbers out of range.
    """
    check_run(replicates, seed)
    inner: Any = env.unwrapped
    block = Block.empty(inner.raid, 0, replicates)
    for row in range(replicates):
        observation, info = env.reset(seed=None if row else seed)
        over = False
        while not over:
            observation, _, terminated, truncated, info = env.step(policy(observation, info))
            over = terminated or truncated
        inner.post.write(block, row)
    return block
