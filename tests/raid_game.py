"""A command post on plans made by hand, and what the engine's words say may be engaged.

    python raid_game.py plans.pickle out.npz

plays plans in plain Python and keeps diaries, for `tests/backends`.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from skyshade.defender._cpu import move
from skyshade.defender._scalar import Desk
from skyshade.defender.policies import Policy, RandomPolicy
from skyshade.defender.post import CommandPost
from skyshade.engagement._cpu import make_rows
from skyshade.engagement._scalar_plan import OPEN, Plan, Rows, RunState
from skyshade.engagement.compile import CompiledRaid


def as_raid(plan: Plan, alt_m: float = 5e3, speed_mps: float = 250.0) -> CompiledRaid:
    """A plan as a compiled raid: as much of one as a command post asks for."""
    n, n_units = len(plan.threats.first), len(plan.fire.site)
    target = SimpleNamespace(rcs_m2=1.0)
    raid = SimpleNamespace(
        plan=plan,
        n_targets=n,
        units=tuple(range(n_units)),
        sites=tuple(range(len(plan.sight.period))),
        missiles=tuple(range(len(plan.fire.p_kill))),
        is_threat=~plan.threats.no_engage,
        raid=SimpleNamespace(duration_s=plan.rules.duration),
        paths=[
            SimpleNamespace(alt_m=np.full(k + 1, alt_m), speed_mps=np.full(k + 1, speed_mps))
            for k in plan.threats.steps
        ],
        flights=[SimpleNamespace(target=target, names=("a",)) for _ in range(n)],
    )
    return cast(CompiledRaid, raid)


def state(post: CommandPost) -> RunState:
    """The state of the replicate as it stands."""
    return RunState(*(a[0] for a in post._scratch))


def desk(post: CommandPost) -> Desk:
    """What is kept beside the state."""
    return post._desk


def info(post: CommandPost) -> dict[str, Any]:
    """What policies are told."""
    return {"action_mask": post.mask.copy(), "rule_action": post.rule_action}


def play_through(
    post: CommandPost, policy: Policy, replicates: int, seed: int = 1, after: Any = None
) -> Rows:
    """Replicates from 0 on under a policy; `after` is called after each move."""
    out = make_rows(post.raid.plan, replicates)
    block: Any = SimpleNamespace(arrays=out)
    for r in range(replicates):
        goes_on = post.begin(seed, r)
        while True:
            if after:
                after(post, goes_on)
            if not goes_on:
                break
            goes_on = post.move(policy(post.snapshot(), info(post)))
        post.write(block, r)
    return out


def diary(plan: Plan) -> NDArray[np.float64]:
    """(moves, columns) all that a random policy is shown in two replicates."""
    rows: list[NDArray[Any]] = []

    def after(post: CommandPost, goes_on: bool) -> None:
        head = goes_on, post.time_s, post.rule_action, *vars(post.counts).values()
        rows.append(np.concatenate([head, post.mask, *map(np.ravel, post.seen.values())]))

    play_through(CommandPost(as_raid(plan)), RandomPolicy(1), 2, after=after)
    return np.array(rows)


def may_engage(post: CommandPost) -> NDArray[np.bool_]:
    """(targets, units) whom the rules of docs/raid.md let engage whom now, worked out apart.

    Whether a missile meets the target is looked up at the place where the target is when the
    reaction time is over. Where a step later there is none, or one of a much longer flight, this
    holds for half a step.
    """
    plan, st, time = post.raid.plan, state(post), post.time_s
    fire, threats, rules = plan.fire, plan.threats, plan.rules
    n, n_units = len(threats.first), len(fire.site)
    may = np.zeros((n, n_units), bool)
    for j in range(n):
        known = st.outcome[j] == OPEN and st.holders[j] > 0 and not threats.no_engage[j]
        if not known or (threats.weight[j] == 0 and rules.by_value):
            continue
        for u in range(n_units):
            x = (time + plan.doctrine.reaction[u] - st.start[j]) / rules.step
            place = int(x)
            if place >= threats.steps[j]:
                continue
            s = fire.site[u]
            group = np.flatnonzero(st.group == st.group[u])
            here, after = (flight_at(plan, s, threats.first[j] + place + i) for i in (0, 1))
            with np.errstate(invalid="ignore"):
                goes_on = after - here <= rules.step
            can_be_met = np.isfinite(here) & (goes_on | (x - place <= 0.5))
            kills = fire.p_kill[:, threats.kind[j]] > 0.0
            may[j, u] = (
                st.unit_up[u]
                and st.free[u] > 0
                and st.guiding[u] < fire.guidance_channels[u]
                and not st.busy[group, j].any()
                and st.shots[j] < plan.doctrine.shots_most[u]
                and (rules.cueing or st.hit[s, j] >= 0)
                and (can_be_met & kills & (st.ready[u] > 0)).any()
            )
    return may


def flight_at(plan: Plan, site: int, place: int) -> NDArray[np.float64]:
    """(missiles,) times of flight (s)."""
    return np.asarray(plan.fire.flight[place, site, :-1], float)


if __name__ == "__main__":
    assert not hasattr(move, "py_func"), "run this with NUMBA_DISABLE_JIT=1"
    np.savez(sys.argv[2], *map(diary, pickle.loads(Path(sys.argv[1]).read_bytes())))
