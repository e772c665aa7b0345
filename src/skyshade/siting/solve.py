"""The best plan of a siting problem, with a proof: lines above its worth, and splits.

A linear program over x between 0 and 1 maximises the least of the lines drawn so far; new lines are
drawn where its optimum lies, until they touch it. If that optimum uses parts of units, the plans
are split in two by one option, and each half goes on by itself. Lines hold for all plans, so every
part uses all of them. A part's bound is not read from the linear program: its prices make a mean of
lines, and the most that this can be over the part is a sum of the largest coefficients.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from skyshade.errors import InputError
from skyshade.siting.lines import Worth
from skyshade.siting.master import Master, OutOfTimeError
from skyshade.siting.model import (
    Floats,
    Leaf,
    Line,
    Plan,
    Proof,
    SitingAnswer,
    SitingProblem,
    Stopped,
)
from skyshade.siting.pairs import Walk, fits, improved
from skyshade.siting.presolve import presolve
from skyshade.siting.search import start_plan

PROVEN = 1e-9  # share of all there is; a plan so close to its bound is the best
WHOLE = 1e-6
ROOT_ROUNDS, ROUNDS = 300, 12
FLAT = 0.02  # of what is left to prove: less progress than this in a round ends the rounds

Report = Callable[[int], None]


def solve_siting(
    problem: SitingProblem,
    *,
    gap_frac: float = 0.0,
    time_limit_s: float = 60.0,
    level: float | None = None,
    start: Plan | None = None,
    worth: Worth | None = None,
    report: Report | None = None,
) -> SitingAnswer:
    """The plan that is worth most, or the best one found when the search had to stop.

    Ctrl-C ends the search as the time limit does.

    Parameters
    ----------
    gap_frac : stop when no plan can add more by this share of what any plan could add.
    level : stop as soon as a plan is worth so much, or none can be.
    start : a plan to begin with, if it is better than the search's own.
    worth : of :func:`skyshade.siting.presolve.presolve`, if it is known already.
    report : called now and then with the per cent of what any plan could add that is proven.

    Raises
    ------
    InputError : a gap or time limit out of range.

    Examples
    --------
    One unit covers two of three, two units cover all.

    >>> one = SitingProblem.of([[1, 1, 0], [0, 1, 1], [0, 1, 0]], units=1)
    >>> found = solve_siting(one)
    >>> found.plan, found.value, found.bound, found.stopped
    ((0,), 2.0, 2.0, 'proven')
    """
    check_limits(gap_frac, time_limit_s)
    began = time.monotonic()
    search = _Search(worth or presolve(problem), gap_frac, began + time_limit_s, level, report)
    return search.run(start, began)


def check_limits(gap_frac: float, time_limit_s: float) -> None:
    """Raise InputError unless a gap and a time limit can be kept to."""
    if not 0 <= gap_frac < 1:
        raise InputError("out of range", field="gap", value=gap_frac, allowed="0 to below 1")
    if not time_limit_s > 0:
        raise InputError(
            "out of range", field="time_limit", value=time_limit_s, allowed="above 0 s"
        )


class _LevelError(Exception):
    pass


@dataclass(order=True)
class _Part:
    """A part of all plans that is still to be searched; the largest bound comes first."""

    rank: float
    number: int
    out: frozenset[int] = field(compare=False)
    in_: frozenset[int] = field(compare=False)
    bound: float = field(compare=False)
    line: Line = field(compare=False)
    by: Proof = field(default="line", compare=False)


class _Search:
    def __init__(
        self, worth: Worth, gap: float, end: float, level: float | None, report: Report | None
    ) -> None:
        self.worth, self.case = worth, worth.problem
        self.gap, self.end, self.level, self.report = gap, end, level, report
        self.slack = PROVEN * self.case.most
        self.base = self.exact(())
        self.plan: Plan = ()
        self.best = self.base
        self.numbers = itertools.count()
        self.leaves: list[Leaf] = []
        self.tried: set[Plan] = set()
        self.n_parts = 0
        self.now: _Part | None = None  # the part in hand
        self.master: Master | None = None
        top = worth.most.min() if worth.worst else worth.most.sum()
        self.top = Line(float(top), np.zeros(self.case.n_options))
        self.dropped = frozenset(np.flatnonzero(~worth.kept).tolist())

    def exact(self, plan: Plan) -> float:
        return float(self.worth.total(self.worth.blocks(self.worth.state(plan))))

    def offer(self, plan: Plan) -> None:
        """Take a plan that is better than the best so far."""
        if plan in self.tried:
            return
        self.tried.add(plan)
        value = self.exact(plan)
        if value > self.best + 1e-15:
            self.best, self.plan = value, plan

    def enough(self) -> float:
        """Parts with no higher bound than this need no more work."""
        close = (1.0 - 1e-9) * self.gap * (self.best - self.base) / (1.0 - self.gap)
        return self.best + max(self.slack, close)

    def run(self, start: Plan | None, began: float) -> SitingAnswer:
        stopped: Stopped = "proven"
        root = _Part(0.0, next(self.numbers), self.dropped, frozenset(), np.inf, self.top)
        root.bound = self.bound_of(root.line, root.out, root.in_)[0]
        heap, first = [root], self.base
        try:
            if start is not None and self.case.is_allowed(start):
                self.offer(tuple(sorted(start)))
            self.offer(start_plan(self.worth))
            first = self.best
            self.master = Master(self.worth)
            for x in self.first_points():
                self.master.draw(x)
            self.search(heap)
        except OutOfTimeError:
            stopped = "time limit"
        except _LevelError:
            stopped = "level"
        except KeyboardInterrupt:
            stopped = "interrupted"
        for part in [*heap, *([self.now] if self.now is not None else [])]:
            self.close(part)
        bound = max((leaf.bound for leaf in self.leaves), default=self.best)
        bound = max(bound, self.best)
        if stopped == "proven" and bound > self.best + self.slack:
            stopped = "gap"
        return SitingAnswer(
            self.case,
            self.plan,
            self.case.value(self.plan),
            self.base,
            bound,
            tuple(self.leaves),
            self.worth.dropped,
            first,
            stopped,
            self.n_parts,
            0 if self.master is None else self.master.n_lines,
            len(self.worth.weight),
            time.monotonic() - began,
        )

    def search(self, heap: list[_Part]) -> None:
        """Split parts, the one with the largest bound first, until none needs more work."""
        while heap:
            self.look(max(part.bound for part in heap))
            part = self.now = heapq.heappop(heap)
            if part.bound <= self.enough():
                self.close(part)
            else:
                for half in self.split(part):
                    heapq.heappush(heap, half)
            self.now = None

    def first_points(self) -> list[Floats]:
        """Where lines are drawn before the first linear program."""
        n = self.case.n_options
        share = np.where(self.worth.kept, 1.0, 0.0)
        spread = self.case.units[self.case.kind] / np.maximum(
            np.bincount(self.case.kind, share, len(self.case.units))[self.case.kind], 1.0
        )
        here = np.zeros(n)
        here[list(self.plan)] = 1.0
        return [np.zeros(n), here, np.minimum(share * spread, 1.0)]

    def look(self, bound: float) -> None:
        """Say how far the search is; end it when time is up or the level is decided."""
        if self.report is not None and np.isfinite(bound):
            could = max(bound - self.base, self.slack)
            self.report(int(100 * min((self.best - self.base) / could, 1.0)))
        if self.level is not None and (
            self.best >= self.level - self.slack or bound < self.level - self.slack
        ):
            raise _LevelError
        if time.monotonic() > self.end:
            raise OutOfTimeError

    def close(self, part: _Part, any_of: tuple[int, ...] = (), bound: float = 0.0) -> None:
        found = bound if any_of else part.bound
        self.leaves.append(Leaf(part.out, part.in_, any_of, part.line, found, part.by))

    def bound_of(
        self, line: Line, out: frozenset[int], in_: frozenset[int]
    ) -> tuple[float, Floats]:
        """The most a line can be over a part, and over what of it uses each option as well."""
        c, case = line.coefficients, self.case
        free = np.ones(case.n_options, bool)
        free[list(out | in_)] = False
        total = line.constant + float(c[list(in_)].sum())
        with_each = np.full(case.n_options, -np.inf)
        used = np.bincount(case.kind[list(in_)], minlength=len(case.units))
        for kind, units in enumerate(case.units):
            left = int(units - used[kind])
            mine = np.flatnonzero(free & (case.kind == kind))
            if left <= 0 or not len(mine):
                continue
            size = np.sort(np.maximum(c[mine], 0.0))[::-1]
            total += float(size[:left].sum())
            last = size[left - 1] if left <= len(size) else 0.0
            with_each[mine] = np.minimum(c[mine], last) - last
        return total, total + with_each

    def split(self, part: _Part) -> list[_Part]:
        """Draw lines for a part; close it, or its halves by one option."""
        assert self.master is not None
        self.n_parts += 1
        rounds = ROOT_ROUNDS if part.number == 0 else ROUNDS
        x: Floats | None = None
        for turn in range(rounds):
            self.look(part.bound)
            solved = self.master.solve(part.out, part.in_, self.end)
            if solved is None:  # no plan of the part keeps to the distances
                return []
            x, line, value = solved
            bound, with_each = self.bound_of(line, part.out, part.in_)
            if bound < part.bound:
                part.bound, part.line = bound, line
            if part.bound <= self.enough():
                break
            part = self.shrink(part, line, with_each, bound)
            self.round_(x, part, turn == 0 or part.number == 0)
            touched = self.master.draw(x)
            if value - touched <= max(self.slack, FLAT * (value - self.best)) and turn:
                break
        if part.bound <= self.enough():
            self.close(part)
            return []
        assert x is not None
        if fits(self.worth, part.in_, part.out):
            self.go_through(part)
            return []
        return self.halves(part, x)

    def go_through(self, part: _Part) -> None:
        """Look at every plan of a part, but for those that bounds on pairs leave out."""
        walk = Walk(self.worth, part.in_, part.out)
        part.by, part.bound = "pairs", min(part.bound, walk.bound)
        best = -np.inf
        while walk.heap:
            if self.best > best:
                self.offer(improved(self.worth, self.plan, self.dropped))
                best = self.best
            self.look(part.bound)
            walk.step(self.enough())
            self.offer(walk.plan)
            part.bound = min(part.bound, walk.bound)
        self.close(part)

    def shrink(self, part: _Part, line: Line, with_each: Floats, bound: float) -> _Part:
        """Close what of the part uses an option that cannot pay."""
        if bound > part.bound + self.slack:
            return part
        shut = np.flatnonzero(np.isfinite(with_each) & (with_each <= self.enough()))
        if not len(shut):
            return part
        whole = _Part(part.rank, part.number, part.out, part.in_, part.bound, line)
        self.close(whole, tuple(shut.tolist()), float(with_each[shut].max()))
        part.out = part.out | frozenset(shut.tolist())
        return part

    def round_(self, x: Floats, part: _Part, well: bool) -> None:
        """Offer the plan that x rounds to, and if `well`, what exchange makes of it."""
        plan: list[int] = []
        left = self.case.units.copy()
        for o in np.argsort(-x, kind="stable"):
            if x[o] <= WHOLE or not left.any():
                break
            if left[self.case.kind[o]] and not self.case.conflict[o, plan].any():
                plan.append(int(o))
                left[self.case.kind[o]] -= 1
        found = tuple(sorted(plan))
        if found in self.tried:
            return
        self.offer(found)
        if well:
            from skyshade.siting.search import exchange, greedy

            full = greedy(self.worth, found, self.worth.kept)
            self.offer(exchange(self.worth, full, (), self.worth.kept))

    def halves(self, part: _Part, x: Floats) -> list[_Part]:
        off = np.minimum(x, 1.0 - x)
        free = np.ones(len(x), bool)
        free[list(part.out | part.in_)] = False
        off[~free] = -1.0
        o = int(np.argmax(off * (1.0 + x)))
        if off[o] <= WHOLE:  # whole, and yet not proven: try the free one that matters most
            gain = np.where(free, np.abs(part.line.coefficients), -1.0)
            o = int(gain.argmax())
            if gain[o] < 0:
                part.bound = min(part.bound, max(self.best, self.exact(tuple(sorted(part.in_)))))
                self.close(part)
                return []
        with_it = (part.out | frozenset(np.flatnonzero(self.case.conflict[o]).tolist())) - part.in_
        found = []
        for out, in_ in ((part.out | {o}, part.in_), (with_it, part.in_ | {o})):
            bound = min(part.bound, self.bound_of(part.line, out, in_)[0])
            found.append(_Part(-bound, next(self.numbers), out, in_, bound, part.line))
        return found
