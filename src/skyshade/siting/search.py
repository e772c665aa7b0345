"""A good plan to start from: the greatest gain first, then one unit at a time is moved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skyshade.siting.lines import Worth
from skyshade.siting.model import Bools, Plan

BETTER = 1e-12  # of all there is to cover: less is rounding
MOST_ROUNDS = 100


def start_plan(worth: Worth, held: Sequence[int] = (), allowed: Bools | None = None) -> Plan:
    """Greedy choice and exchange, with some options held in the plan.

    Parameters
    ----------
    held : options that stay in it.
    allowed : (options,) which may be used; by default those that presolve kept.
    """
    usable = worth.kept if allowed is None else allowed
    return exchange(worth, greedy(worth, held, usable), held, usable)


def greedy(worth: Worth, held: Sequence[int], usable: Bools) -> Plan:
    """The option that adds most, until all units stand; ties go to the first."""
    plan = list(held)
    while True:
        free = usable & room(worth, plan)
        if not free.any():
            return tuple(sorted(plan))
        scores = np.where(free, worth.scores_with(worth.state(tuple(plan))), -np.inf)
        plan.append(int(scores.argmax()))


def room(worth: Worth, plan: Sequence[int]) -> Bools:
    """(options,) which may be added to a plan."""
    case = worth.problem
    left = case.units - np.bincount(case.kind[list(plan)], minlength=len(case.units))
    free = left[case.kind] > 0
    for o in plan:
        free &= ~case.conflict[o]
        free[o] = False
    return np.asarray(free)


def exchange(worth: Worth, plan: Plan, held: Sequence[int], usable: Bools) -> Plan:
    """Move one unit at a time to where the plan gets better by most, until none does."""
    least = BETTER * worth.problem.most
    now = worth.score(worth.state(plan))
    for _ in range(MOST_ROUNDS):
        best, moved = now + least, None
        for o in plan:
            if o in held:
                continue
            rest = tuple(x for x in plan if x != o)
            free = usable & room(worth, rest)
            scores = np.where(free, worth.scores_with(worth.state(rest)), -np.inf)
            to = int(scores.argmax())
            if scores[to] > best:
                best, moved = float(scores[to]), tuple(sorted((*rest, to)))
        if moved is None:
            return plan
        plan, now = moved, best
    return plan


def at_hand(worth: Worth, plan: Plan, least: float) -> dict[Plan, float]:
    """Plans that differ from this one by one unit and are worth at least so much."""
    found = {plan: float(worth.total(worth.blocks(worth.state(plan))))}
    for o in plan:
        rest = tuple(x for x in plan if x != o)
        state = worth.state(rest)
        scores = worth.scores_with(state)
        for to in np.flatnonzero(room(worth, rest) & (scores >= least)):
            other = tuple(sorted((*rest, int(to))))
            if other not in found:
                value = float(worth.total(worth.blocks(worth.state(other))))
                if value >= least:
                    found[other] = value
    return found
