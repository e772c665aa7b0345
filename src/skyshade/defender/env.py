"""The defender's decisions as a Gymnasium environment."""

from __future__ import annotations

import math
import operator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skyshade.defender import import_gymnasium
from skyshade.defender.post import CommandPost
from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario

if TYPE_CHECKING:
    import gymnasium
else:
    gymnasium = import_gymnasium()

Observation = dict[str, Any]  # of float32 arrays


class DefenderEnv(gymnasium.Env[Observation, np.int64]):
    """Which target, which fire unit, hold or fire; everything else goes as in `skyshade raid`.

    Observations, actions, rewards and ends of episodes: docs/defender.md.

    Parameters
    ----------
    scenario : a shipped scenario's name, a file's path, a scenario, or a raid already compiled.
    round_cost : what each round fired costs, in the units of the values of what threats head for.

    Attributes
    ----------
    raid : as compiled. post : the command post inside. raid_seed, replicate : of this episode.

    Raises
    ------
    InputError : a scenario that cannot be used or has no threats; a cost that is not a number of 0
        or more; of `reset`, a seed out of range or unknown options; of `step`, what is no action.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 (the name is Gymnasium's)

    def __init__(
        self, scenario: str | Path | Scenario | CompiledRaid = "raid-60x4", round_cost: float = 0.0
    ) -> None:
        self.raid = _compiled(scenario)
        self.post = CommandPost(self.raid)
        self.round_cost = _cost(round_cost)
        spaces = gymnasium.spaces
        self.observation_space = spaces.Dict(
            {name: spaces.Box(0.0, 1.0, a.shape, np.float32) for name, a in self.post.seen.items()}
        )
        self.action_space = spaces.Discrete(self.post.n_actions)
        self.raid_seed: int | None = None
        self.replicate, self._paid = 0, 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Replicate 0 of the seed; without one the next replicate of the same seed.

        The first seed is drawn if none is given. The option `replicate` names another one.
        """
        if seed is not None and not (_is_whole(seed) and 0 <= seed < 2**64):
            raise InputError(
                "not a seed", field="seed", value=seed, allowed="a whole number, 0 to 2^64 - 1"
            )
        replicate = _replicate(options)
        super().reset(seed=seed)
        if seed is None and self.raid_seed is not None:
            self.replicate += 1
        else:
            self.raid_seed = int(self.np_random.integers(2**63)) if seed is None else int(seed)
            self.replicate = 0
        if replicate is not None:
            self.replicate = replicate
        self._paid = 0.0
        self.post.begin(self.raid_seed, self.replicate)
        return self.post.snapshot(), self._info(ruled_out=False)

    def step(self, action: np.int64 | int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """One engagement, or a hold: see :meth:`skyshade.defender.post.CommandPost.move`."""
        if self.raid_seed is None:
            raise InputError("there is no raid yet", hint="Call reset() before step().")
        chosen = _action(action, self.post.n_actions)
        ruled_out = bool(self.post.mask[chosen] == 0)
        goes_on = self.post.move(chosen)
        counts = self.post.counts
        paid = counts.lost_value + self.round_cost * counts.rounds
        reward, self._paid = self._paid - paid, paid
        truncated = not goes_on and counts.open > 0
        terminated = not goes_on and not truncated
        return self.post.snapshot(), reward, terminated, truncated, self._info(ruled_out)

    def _info(self, ruled_out: bool) -> dict[str, Any]:
        counts = self.post.counts
        return {
            "action_mask": self.post.mask.copy(),
            "rule_action": self.post.rule_action,
            "time_s": self.post.time_s,
            "replicate": self.replicate,
            "killed": counts.killed,
            "leaked": counts.leaked,
            "open": counts.open,
            "rounds": counts.rounds,
            "ruled_out": ruled_out,
        }


def _compiled(scenario: str | Path | Scenario | CompiledRaid) -> CompiledRaid:
    if isinstance(scenario, CompiledRaid):
        return scenario
    if isinstance(scenario, str | Path):
        scenario = load_scenario(scenario)
    if not isinstance(scenario, Scenario):
        raise InputError(
            "not a scenario",
            field="scenario",
            value=scenario,
            allowed="a name, a path, a Scenario or a CompiledRaid",
        )
    return _raid_of(scenario, scenario.model_dump_json(), _on_disk(scenario))


_latest: dict[tuple[str, tuple[tuple[str, int], ...]], CompiledRaid] = {}  # of this process


def _raid_of(scenario: Scenario, text: str, on_disk: tuple[tuple[str, int], ...]) -> CompiledRaid:
    """The compiled raid; that of the latest scenario is kept.

    The environments of a vector share it. Worker processes that are forked inherit it, which they
    depend on: they cannot compile a raid, because OpenMP does not survive a fork.
    """
    key = text, on_disk
    if key not in _latest:
        raid = compile_raid(scenario)
        _latest.clear()
        _latest[key] = raid
    return _latest[key]


def _on_disk(scenario: Scenario) -> tuple[tuple[str, int], ...]:
    """The files that a scenario names, with the time of their last change."""
    groups = [] if scenario.raid is None else scenario.raid.groups
    names = [scenario.terrain.dem, *(g.tracks for g in groups if g.tracks)]
    return tuple((n, Path(n).stat().st_mtime_ns) for n in names if Path(n).is_file())


def _cost(value: Any) -> float:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not 0.0 <= value < math.inf:
        raise InputError(
            "not a cost", field="round_cost", value=value, allowed="a number, 0 or more"
        )
    return float(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _replicate(options: dict[str, Any] | None) -> int | None:
    options = options or {}
    for name in options:
        if name != "replicate":
            raise InputError("unknown option", field="options", value=name, allowed="replicate")
    value = options.get("replicate")
    if value is not None and not (_is_whole(value) and 0 <= value < 2**63):
        raise InputError(
            "not a replicate",
            field="options.replicate",
            value=value,
            allowed="a whole number, 0 or more",
        )
    return None if value is None else int(value)


def _action(action: Any, n_actions: int) -> int:
    try:
        found = operator.index(action)
    except TypeError:
        found = -1
    if not 0 <= found < n_actions:
        raise InputError(
            "not an action",
            field="action",
            value=action,
            allowed=f"a whole number, 0 to {n_actions - 1}",
        )
    return found
