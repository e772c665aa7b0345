"""The best plan of an instance, with a proof: prices by column generation, and splits.

Each target gets one salvo. At prices `u` per round, no plan can do better than the cheapest salvo
for every target, less what the rounds are worth::

    L(u) = sum_j min_x (V_j prod_i (1 - p_ij)^x_i + sum_i u_i x_i) - sum_i r_i u_i

A linear program over the salvos met so far gives the prices, the cheapest salvos at these prices
are added to it, until `L(u)` is its optimum. If its answer takes parts of salvos, the plans are
split in two by how many rounds one weapon gives one target, and each half goes on by itself.

References: Y. Lu, D. Z. Chen, A new exact algorithm for the weapon-target assignment problem,
Omega 98, 2021 (column generation); P. Wentges, Weighted Dantzig-Wolfe decomposition for linear
mixed integer programming, Int. Trans. Oper. Res. 4, 1997 (smoothed prices).
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skyshade.assignment._cpu import SAME, Cheapest, Targets, cheapest_salvos, first_plan
from skyshade.assignment.model import Answer, Floats, Instance, Ints, Leaf, Limit, Stopped
from skyshade.errors import InputError

PROVEN = 1e-9  # share of all targets' value; a plan this close to its bound is the best
STEPS = 60  # of the subgradient method, before the first linear program
SMOOTHING = 0.5  # weight of the best prices so far in those that are tried next
FRACTION = 1e-6

Report = Callable[[int], None]


def solve_assignment(
    instance: Instance,
    gap_frac: float = 0.0,
    time_limit_s: float = 60.0,
    report: Report | None = None,
) -> Answer:
    """The plan that lets least value survive, or the best one found when the search had to stop.

    Ctrl-C ends the search as the time limit does.

    Parameters
    ----------
    gap_frac : stop when no plan can be better by more than this share of the surviving value.
    time_limit_s : stop so long after the first plan was made.
    report : called now and then with the per cent of what survives that is proven.

    Raises
    ------
    InputError : a gap or time limit out of range.

    Examples
    --------
    Two rounds for two targets: the strong weapon takes the worthy target.

    >>> found = solve_assignment(Instance.of([100, 10], [[0.9, 0.9], [0.5, 0.5]]))
    >>> found.plan.tolist(), round(found.value, 6), found.stopped
    ([[1, 0], [0, 1]], 15.0, 'proven')
    """
    if not 0 <= gap_frac < 1:
        raise InputError("out of range", field="gap", value=gap_frac, allowed="0 to below 1")
    if not time_limit_s > 0:
        raise InputError(
            "out of range", field="time_limit", value=time_limit_s, allowed="above 0 s"
        )
    return _Search(instance, gap_frac, time_limit_s, report).run()


class _OutOfTimeError(Exception):
    pass


@dataclass(order=True)
class _Node:
    """A part of all plans that is still to be searched; the least bound comes first."""

    bound: float
    number: int
    limits: tuple[Limit, ...] = field(compare=False)
    prices: Floats = field(compare=False)


class _Search:
    """The state of one search. Values are in shares of the largest value."""

    def __init__(self, case: Instance, gap: float, limit_s: float, report: Report | None) -> None:
        self.case, self.gap, self.limit_s, self.report = case, gap, limit_s, report
        self.end = 0.0
        self.unit = float(case.values.max())
        self.value = case.values / self.unit
        self.kill = np.ascontiguousarray(case.p_kill.T)
        with np.errstate(divide="ignore"):
            self.targets = Targets(self.value, -np.log1p(-self.kill), case.shots_allowed())
        self.most = self.targets.most
        self.high = np.minimum(case.rounds[None, :], self.most[:, None])
        self.low = np.zeros_like(self.high)
        self.slack = PROVEN * float(self.value.sum())
        n_targets, n_weapons = self.kill.shape
        size = max(n_weapons, int(self.most.max())) + 1
        self.salvo = np.zeros((n_targets, n_weapons), np.int64)
        self.missed, self.cost = np.zeros(n_targets), np.zeros(n_targets)
        self.whole, self.real = np.zeros((6, size), np.int64), np.zeros((5, size))
        self.numbers = itertools.count()
        self.master = _Master(n_targets, case.rounds)

    def first(self) -> tuple[Ints, bool]:
        """The plan to start from, and whether Ctrl-C was heard meanwhile, which ends the search."""
        plan = np.zeros_like(self.salvo)
        n = len(self.value)
        try:
            first_plan(
                self.value,
                self.kill,
                self.targets.most,
                self.case.rounds.copy(),
                plan,
                np.zeros(n),
                np.zeros((2, n), np.int64),
                1e-12 * float(self.value.sum()),
            )
        except KeyboardInterrupt:  # while it was compiled, or when it had come to its end
            if not plan.any():
                raise
            return plan, True
        return plan, False

    def run(self) -> Answer:
        plan, at_once = self.first()
        n = len(self.value)
        self.plan = plan
        alive = self.survives(plan)
        self.best = greedy = float(alive.sum())
        for j in range(n):
            self.keep(j, np.zeros_like(plan[j]), self.value[j])
            self.keep(j, plan[j], alive[j])
        prices = (alive[:, None] * self.kill).max(axis=0)
        closed: list[Leaf] = []
        root = _Node(0.0, next(self.numbers), (), prices)  # 0 is a bound, whatever the prices are
        heap = [root]
        self.end = time.monotonic() + self.limit_s  # kernels are compiled by now
        stopped: Stopped = "proven"
        try:
            if at_once:
                raise KeyboardInterrupt
            root.bound = self.bound_at(prices)
            self.climb(root)
            while heap and self.best - heap[0].bound > self.slack:
                if self.best - heap[0].bound <= self.gap * self.best:
                    stopped = "gap"
                    break
                self.look(heap[0])
                node = heap[0]
                split = self.generate(node)
                heapq.heappop(heap)
                if split is None:
                    closed.append(self.leaf(node))
                    continue
                for half in self.halves(node, *split):
                    heapq.heappush(heap, half)
        except _OutOfTimeError:
            stopped = "time limit"
        except KeyboardInterrupt:
            stopped = "interrupted"
        leaves = (*closed, *(self.leaf(node) for node in heap))
        plan = np.ascontiguousarray(self.plan.T)
        return Answer(
            self.case,
            plan,
            float(self.case.survives(plan).sum()),
            min(leaf.bound for leaf in leaves),
            leaves,
            greedy * self.unit,
            stopped,
            len(self.master.salvos),
        )

    def leaf(self, node: _Node) -> Leaf:
        return Leaf(node.limits, node.prices * self.unit, node.bound * self.unit)

    def look(self, node: _Node) -> None:
        """Say how far the search is; end it when time is up."""
        if self.report is not None:
            self.report(int(100 * max(0.0, node.bound) / max(self.best, self.slack)))
        if time.monotonic() > self.end:
            raise _OutOfTimeError

    def survives(self, plan: Ints) -> Floats:
        alive: Floats = self.value * np.prod((1.0 - self.kill) ** plan, axis=1)
        return alive

    def bound_at(self, prices: Floats) -> float:
        """What the prices prove for the part of plans within `low` and `high`; fills `salvo`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            damage = self.targets.damage
            ratio = np.where(damage > 0, prices / damage, np.inf)
        order = np.argsort(ratio, axis=1, kind="stable")
        found = Cheapest(self.salvo, self.missed, self.cost)
        cheapest_salvos(
            self.targets, prices, order, self.low, self.high, found, self.whole, self.real
        )
        inexact = SAME * float(self.value.sum())
        return float(self.cost.sum() - (self.case.rounds * prices).sum()) - inexact

    def keep(self, target: int, salvo: Ints, missed: float) -> bool:
        return self.master.keep(target, salvo, missed)

    def keep_all(self) -> bool:
        """Keep the cheapest salvos just found; whether one of them is new."""
        new = [self.keep(j, self.salvo[j], self.missed[j]) for j in range(len(self.value))]
        return any(new)

    def climb(self, root: _Node) -> None:
        """Raise the root's bound by the subgradient method, keeping the salvos it meets."""
        prices, step, stale = root.prices, 1.0, 0
        for _ in range(STEPS):
            self.look(root)
            bound = self.bound_at(prices)
            if bound > root.bound:
                root.bound, root.prices, stale = bound, prices, 0
            else:
                stale += 1
            self.keep_all()
            excess = self.salvo.sum(axis=0) - self.case.rounds
            length = float(excess @ excess)
            if length == 0 or self.best - root.bound <= self.slack:
                break
            if stale == 5:
                prices, step, stale = root.prices, step / 2, 0
            prices = np.maximum(0.0, prices + step * (self.best - bound) / length * excess)

    def enter(self, node: _Node) -> None:
        """Set `low` and `high` to the node's limits, and shut salvos that break them."""
        self.low[:] = 0
        self.high[:] = np.minimum(self.case.rounds[None, :], self.most[:, None])
        for limit in node.limits:
            j, i = limit.target, limit.weapon
            if limit.side == "at most":
                self.high[j, i] = min(self.high[j, i], limit.rounds)
            else:
                self.low[j, i] = max(self.low[j, i], limit.rounds)
        for j in {limit.target for limit in node.limits}:
            missed = self.value[j] * np.prod((1.0 - self.kill[j]) ** self.low[j])
            self.keep(j, self.low[j], float(missed))
        self.master.enter(self.low, self.high, {limit.target for limit in node.limits})

    def generate(self, node: _Node) -> tuple[int, int, int] | None:
        """Raise a node's bound as far as it goes.

        Returns
        -------
        weapon, target and rounds to split at (at most these, or more), None if the node's best
        plan is known or cannot be better than the best so far.
        """
        self.enter(node)
        if (self.low.sum(axis=0) > self.case.rounds).any() or (
            self.low.sum(axis=1) > self.most
        ).any():
            node.bound = np.inf
            return None
        while True:
            self.look(node)
            optimum, prices = self.master.solve(self.end)
            if min(optimum - node.bound, self.best - node.bound) <= self.slack / 4:
                break
            smoothed = SMOOTHING * node.prices + (1 - SMOOTHING) * prices
            if not self.raise_bound(node, smoothed) and not self.raise_bound(node, prices):
                break
        if self.best - node.bound <= self.slack:
            return None
        return self.master.split(self)

    def raise_bound(self, node: _Node, prices: Floats) -> bool:
        """Try prices; whether they led to a new salvo."""
        bound = self.bound_at(prices)
        if bound > node.bound:
            node.bound, node.prices = bound, prices
        return self.keep_all()

    def offer(self, plan: Ints) -> None:
        """Take a plan that is better than the best so far."""
        value = float(self.survives(plan).sum())
        if value < self.best:
            self.best, self.plan = value, plan.copy()

    def halves(self, node: _Node, weapon: int, target: int, rounds: int) -> list[_Node]:
        found = []
        for limit in (
            Limit(weapon, target, "at most", rounds),
            Limit(weapon, target, "at least", rounds + 1),
        ):
            half = _Node(0.0, next(self.numbers), (*node.limits, limit), node.prices)
            self.enter(half)
            half.bound = self.bound_at(half.prices)
            self.keep_all()
            found.append(half)
        return found


class _Master:
    """The linear program over salvos: one per target, and no more rounds than there are."""

    def __init__(self, n_targets: int, rounds: Ints) -> None:
        import highspy

        self.n_targets, self.rounds = n_targets, rounds
        self.infinity = highspy.kHighsInf
        self.highs: Any = highspy.Highs()
        self.optimal = highspy.HighsModelStatus.kOptimal
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("dual_feasibility_tolerance", 1e-10),
            ("primal_feasibility_tolerance", 1e-9),
        ):
            self.highs.setOptionValue(option, value)
        for _ in range(n_targets):
            self.highs.addRow(1.0, 1.0, 0, np.array([], np.int32), np.array([]))
        for there_are in rounds:
            self.highs.addRow(
                -self.infinity, float(there_are), 0, np.array([], np.int32), np.array([])
            )
        self.known: dict[tuple[int, bytes], int] = {}
        self.salvos: list[tuple[int, Ints, Ints]] = []
        self.of_target: list[list[int]] = [[] for _ in range(n_targets)]
        self.waiting: list[float] = []  # costs of salvos that the program does not have yet
        self.shut: set[int] = set()

    def keep(self, target: int, salvo: Ints, missed: float) -> bool:
        """Add a salvo unless it is known."""
        weapons = np.flatnonzero(salvo)
        rounds = salvo[weapons]
        key = (target, weapons.tobytes() + rounds.tobytes())
        if key in self.known:
            return False
        self.known[key] = len(self.salvos)
        self.of_target[target].append(len(self.salvos))
        self.salvos.append((target, weapons, rounds))
        self.waiting.append(missed)
        return True

    def enter(self, low: Ints, high: Ints, targets: set[int]) -> None:
        """Shut the salvos at `targets` that break limits, and open all others."""
        self.add_waiting()
        shut = set()
        for j in sorted(targets):
            for k in self.of_target[j]:
                _, weapons, rounds = self.salvos[k]
                whole = np.zeros(low.shape[1], np.int64)
                whole[weapons] = rounds
                if (whole < low[j]).any() or (whole > high[j]).any():
                    shut.add(k)
        for k in sorted(self.shut - shut):
            self.highs.changeColBounds(k, 0.0, self.infinity)
        for k in sorted(shut - self.shut):
            self.highs.changeColBounds(k, 0.0, 0.0)
        self.shut = shut

    def add_waiting(self) -> None:
        first = len(self.salvos) - len(self.waiting)
        if not self.waiting:
            return
        index: list[int] = []
        entry: list[float] = []
        starts = []
        for target, weapons, rounds in self.salvos[first:]:
            starts.append(len(index))
            index += [target, *(self.n_targets + weapons).tolist()]
            entry += [1.0, *rounds.tolist()]
        n = len(self.waiting)
        self.highs.addCols(
            n,
            np.array(self.waiting),
            np.zeros(n),
            np.full(n, self.infinity),
            len(index),
            np.array(starts, np.int32),
            np.array(index, np.int32),
            np.array(entry),
        )
        self.waiting = []

    def solve(self, end: float) -> tuple[float, Floats]:
        """Optimum over the open salvos, and the price of a round of each weapon."""
        self.add_waiting()
        left = end - time.monotonic()
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(left, 0.01))
        self.highs.run()
        if self.highs.getModelStatus() != self.optimal:
            raise _OutOfTimeError
        duals = np.array(self.highs.getSolution().row_dual)[self.n_targets :]
        return float(self.highs.getInfo().objective_function_value), np.maximum(0.0, -duals)

    def split(self, search: _Search) -> tuple[int, int, int] | None:
        """Where the last optimum is not whole; offers it, or what it rounds to, as a plan."""
        share = np.array(self.highs.getSolution().col_value)
        mean = np.zeros(search.salvo.shape)
        for k in np.flatnonzero(share > FRACTION):
            target, weapons, rounds = self.salvos[k]
            mean[target, weapons] += share[k] * rounds
        off = np.abs(mean - np.round(mean))
        if off.max() <= FRACTION * 10:
            search.offer(np.round(mean).astype(np.int64))
            return None
        rounded = np.zeros_like(search.salvo)
        left = self.rounds.copy()
        for k in np.argsort(-share, kind="stable"):
            if share[k] <= FRACTION:
                break
            target, weapons, rounds = self.salvos[k]
            if not rounded[target].any() and (rounds <= left[weapons]).all():
                rounded[target, weapons] = rounds
                left[weapons] -= rounds
        search.offer(rounded)
        j, i = divmod(int(off.argmax()), off.shape[1])
        return i, j, int(np.floor(mean[j, i]))
