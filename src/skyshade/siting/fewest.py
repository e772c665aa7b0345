"""Fewest units for a level: one unit more at a time, until a plan reaches it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from skyshade.errors import InputError
from skyshade.siting.model import Plan, SitingAnswer, SitingProblem, Stopped
from skyshade.siting.presolve import presolve
from skyshade.siting.search import start_plan
from skyshade.siting.solve import solve_siting


@dataclass(frozen=True, eq=False)
class Fewest:
    """The smallest plan found that reaches a level.

    Attributes
    ----------
    answer : of that many units. at_least : fewer units than this are proven not to do.
    stopped : "proven" if no plan of fewer units reaches the level.
    """

    answer: SitingAnswer
    level: float
    at_least: int
    stopped: Stopped


def fewest_units(
    problem: SitingProblem,
    level: float,
    *,
    time_limit_s: float = 60.0,
    report: Callable[[int], None] | None = None,
) -> Fewest:
    """The fewest units, of one kind, whose best plan is worth at least `level`.

    Raises
    ------
    InputError : units of several kinds; a level that all candidates together do not reach.
    """
    if len(problem.units) > 1:
        raise InputError("fewest units are found for one kind of unit", field="level")
    places = len(set(problem.place.tolist()))
    every = tuple(range(problem.n_options))
    most = problem.value(every)
    if most < level - 1e-9 * problem.most:
        raise InputError(
            f"no plan reaches this level: all candidates together reach "
            f"{100 * most / problem.most:.1f} %",
            field="level",
            value=f"{100 * level / problem.most:.4g} %",
        )
    end = time.monotonic() + time_limit_s
    found = _some_plan(replace(problem, units=np.array([places], np.int64)), level, time_limit_s)
    stopped: Stopped = "proven"
    least, kept = 0, None
    for n in range(len(found) + 1):
        here = replace(problem, units=np.array([n], np.int64))
        answer = solve_siting(
            here,
            level=level,
            start=found if len(found) <= n else None,
            time_limit_s=max(end - time.monotonic(), 0.01),
        )
        if report is not None:
            report(int(100 * n / max(len(found), 1)))
        if answer.value >= level - 1e-9 * problem.most:
            kept = answer
            break
        if answer.stopped == "interrupted":
            stopped = "interrupted"
            here = replace(problem, units=np.array([len(found)], np.int64))
            kept = solve_siting(here, level=level, start=found, time_limit_s=1.0)
            break
        if answer.bound >= level - 1e-9 * problem.most:
            stopped = "time limit"  # not proven; a plan of more units is still looked for
        elif stopped == "proven":
            least = n + 1
    assert kept is not None
    return Fewest(kept, level, least, stopped)


def _some_plan(problem: SitingProblem, level: float, time_limit_s: float) -> Plan:
    """A plan that reaches the level, however many units it needs.

    Raises
    ------
    InputError : none was found.
    """
    found = _reaching(problem, level)
    if found is not None:
        return found
    best = solve_siting(problem, level=level, time_limit_s=time_limit_s)
    if best.value < level - 1e-9 * problem.most:
        raise InputError(
            "no plan was found that reaches this level: the distances between units stand in "
            f"the way; the best one reaches {100 * best.value / problem.most:.1f} %",
            field="level",
            value=f"{100 * level / problem.most:.4g} %",
        )
    return best.plan


def _reaching(problem: SitingProblem, level: float) -> Plan | None:
    """A small plan that reaches the level, by greedy choice; None if that does not."""
    worth = presolve(problem)
    plan = start_plan(worth)
    if problem.value(plan) < level - 1e-9 * problem.most:
        return None
    for o in sorted(plan, key=lambda o: -float(problem.p[o].sum())):
        less = tuple(x for x in plan if x != o)
        if problem.value(less) >= level - 1e-9 * problem.most:
            plan = less
    return plan
