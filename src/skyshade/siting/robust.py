"""How sure a plan is: the best plan of each draw, plans as good, the worth of each unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skyshade.siting.lines import Worth
from skyshade.siting.model import Bools, Floats, Ints, Plan, SitingAnswer, SitingProblem
from skyshade.siting.search import at_hand, room
from skyshade.siting.solve import solve_siting

AS_GOOD = 0.02  # of what the plan adds: plans this close are taken to be as good
OTHERS = 3
DRAW_GAP = 0.005
DRAW_LIMIT_S = 5.0

Step = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class ByDraw:
    """The best plan of each draw of the uncertain figures, beside the chosen one.

    Attributes
    ----------
    plans : the best of each draw. base, best, bound, chosen : (draws,) worth without a new unit,
        of that plan, at most of any plan, and of the chosen plan.
    """

    plans: tuple[Plan, ...]
    base: Floats
    best: Floats
    bound: Floats
    chosen: Floats

    @property
    def n(self) -> int:
        """Number of draws that were solved."""
        return len(self.plans)

    @property
    def regret(self) -> Floats:
        """(draws,) what the chosen plan adds less than the best, as a share of the most possible.

        The most possible is the bound, so that a regret is never too small.
        """
        could = self.bound - self.base
        lost = np.maximum(self.bound - self.chosen, 0.0)
        return np.divide(lost, could, out=np.zeros_like(lost), where=could > 1e-12)

    @property
    def n_as_good(self) -> int:
        """Draws in which no plan adds more than the chosen one does by over `AS_GOOD`."""
        return int((self.regret <= AS_GOOD).sum())

    def frequency(self, places: Ints, n_places: int) -> Floats:
        """(candidates,) share of the draws in whose best plan a unit stands there."""
        total = np.zeros(n_places)
        for plan in self.plans:
            total[np.unique(places[list(plan)])] += 1
        return total / max(self.n, 1)


def by_draw(
    rows: Callable[[int], SitingProblem], chosen: Plan, draws: Sequence[int], progress: Step
) -> ByDraw:
    """Solve each draw by itself, from the chosen plan on, to `DRAW_GAP` or `DRAW_LIMIT_S`.

    Ctrl-C ends it; what has been solved is kept.

    Parameters
    ----------
    rows : the problem of a row of the draws.
    """
    plans: list[Plan] = []
    numbers: list[tuple[float, float, float, float]] = []
    progress(0, len(draws))
    for done, row in enumerate(draws, 1):
        problem = rows(row)
        answer = solve_siting(problem, gap_frac=DRAW_GAP, time_limit_s=DRAW_LIMIT_S, start=chosen)
        if answer.stopped == "interrupted":
            break
        plans.append(answer.plan)
        numbers.append((answer.base, answer.value, answer.bound, problem.value(chosen)))
        progress(done, len(draws))
    base, best, bound, mine = np.array(numbers).reshape(-1, 4).T
    return ByDraw(tuple(plans), base, best, bound, mine)


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Plans that add nearly as much as the chosen one.

    Attributes
    ----------
    plans : within `AS_GOOD` of what it adds, best first, the chosen one among them. Each differs
        from it by one unit, or was the best of a draw.
    best_with : (candidates,) the share of what the plan adds that one with a unit there adds.
    others : the best few plans that have a unit in another region, however good.
    """

    plans: tuple[tuple[Plan, float], ...]
    best_with: Floats
    others: tuple[tuple[Plan, float], ...]


def alternatives(
    worth: Worth, answer: SitingAnswer, drawn: Sequence[Plan], near: Bools
) -> Alternatives:
    """Plans near the answer's.

    Parameters
    ----------
    drawn : more plans to look at.
    near : (options, options) True where two stand for the same region.
    """
    problem = answer.problem
    n_places = int(problem.place.max()) + 1
    adds = answer.value - answer.base
    least = answer.base + (1.0 - AS_GOOD) * adds
    every = at_hand(worth, answer.plan, answer.base)
    every |= {plan: problem.value(plan) for plan in drawn}
    found = {plan: value for plan, value in every.items() if value >= least - 1e-12}
    scores = np.full(problem.n_options, -np.inf)
    for o in answer.plan:
        rest = tuple(x for x in answer.plan if x != o)
        free = room(worth, rest)
        scores = np.where(free, np.maximum(scores, _values(worth, rest)), scores)
    scores[list(answer.plan)] = answer.value
    with_ = np.full(n_places, -np.inf)
    np.maximum.at(with_, problem.place, scores)
    share = np.clip((with_ - answer.base) / adds, 0.0, 1.0) if adds > 0 else np.zeros(n_places)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return Alternatives(tuple(ordered), share, _elsewhere(answer.plan, every, near))


def _elsewhere(plan: Plan, every: dict[Plan, float], near: Bools) -> tuple[tuple[Plan, float], ...]:
    """The best few plans with a unit in another region than any unit of those before them."""
    used, found = set(plan), []
    for other, value in sorted(every.items(), key=lambda item: (-item[1], item[0])):
        new = set(other) - set(plan)
        if new and not near[np.ix_(sorted(new), sorted(used))].any():
            found.append((other, value))
            used |= new
        if len(found) == OTHERS:
            break
    return tuple(found)


def _values(worth: Worth, plan: Plan) -> Floats:
    """(options,) worth of a plan with each option added."""
    state = worth.state(plan)
    expected = worth.problem.measure == "expected"
    adds = state if expected else (state == 1).astype(float)
    gain = worth.rows @ worth.spread.multiply(adds[:, None]).tocsr()
    return np.asarray(worth.total(worth.blocks(state)[None, :] + gain.toarray()))


@dataclass(frozen=True, eq=False)
class Gains:
    """What the best plan of 1, 2, … units is worth.

    Attributes
    ----------
    value, bound : (numbers,) of the best plan found, and of any. plans : these.
    by_draw : (draws, numbers) worth of these plans in each draw.
    """

    base: float
    value: Floats
    bound: Floats
    plans: tuple[Plan, ...]
    by_draw: Floats

    @property
    def marginal(self) -> Floats:
        """(numbers,) what the 1st, 2nd, … unit adds."""
        return np.diff(self.value, prepend=self.base)


def gains(
    problem: SitingProblem,
    answer: SitingAnswer,
    most: int,
    rows: Callable[[int], SitingProblem],
    draws: Sequence[int],
    progress: Step,
    *,
    gap_frac: float,
    time_limit_s: float,
) -> Gains:
    """Best plans of 1 to `most` units of one kind; Ctrl-C ends it with those that are known."""
    own = int(problem.units.sum())
    value, bound, plans = [], [], []
    start: Plan = ()
    for n in range(1, most + 1):
        progress(n - 1, most)
        found = answer
        if n != own:
            found = solve_siting(
                replace(problem, units=np.array([n], np.int64)),
                gap_frac=gap_frac,
                time_limit_s=time_limit_s,
                start=start,
            )
        if found.stopped == "interrupted" and n != own:
            break
        start = found.plan
        value.append(found.value)
        bound.append(found.bound)
        plans.append(found.plan)
    progress(most, most)
    each = np.array([[rows(r).value(plan) for plan in plans] for r in draws])
    return Gains(
        answer.base,
        np.array(value),
        np.array(bound),
        tuple(plans),
        each.reshape(len(draws), len(plans)),
    )
