"""The linear program of a siting search: the least of the lines, within numbers and distances."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from skyshade.siting.lines import Worth
from skyshade.siting.model import Bools, Floats, Line

MANY_LINES, IDLE = 500, 10


class OutOfTimeError(Exception):
    """The time limit of the search has come."""


class Master:
    """The linear program over options: the least of the lines, within numbers and distances."""

    def __init__(self, worth: Worth) -> None:
        import highspy

        self.worth, self.case = worth, worth.problem
        self.n, self.slots = self.case.n_options, 1 if worth.worst else worth.n_blocks
        self.infinity = highspy.kHighsInf
        self.optimal = highspy.HighsModelStatus.kOptimal
        self.infeasible = highspy.HighsModelStatus.kInfeasible
        self.highs: Any = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("dual_feasibility_tolerance", 1e-9),
            ("primal_feasibility_tolerance", 1e-9),
        ):
            self.highs.setOptionValue(option, value)
        none, empty = np.zeros(0, np.int32), np.zeros(0)
        most = [float(worth.most.min())] if worth.worst else worth.most.tolist()
        self.most = np.array(most)
        self.unit = 1.0 / max(self.case.most, 1e-300)  # values in shares of all there is
        cost = np.concatenate([np.zeros(self.n), -np.ones(self.slots)])
        high = np.concatenate([np.ones(self.n), self.most * self.unit])
        low = np.concatenate([np.zeros(self.n), np.full(self.slots, -self.infinity)])
        starts = np.zeros(len(cost), np.int32)
        self.highs.addCols(len(cost), cost, low, high, 0, starts, none, empty)
        self.pairs: list[np.ndarray[Any, Any]] = []
        for kind, units in enumerate(self.case.units):
            self.add_row(np.flatnonzero(self.case.kind == kind), float(units))
        for options in cliques(self.case.conflict & np.outer(worth.kept, worth.kept)):
            self.pairs.append(options)
            self.add_row(options, 1.0)
        self.n_first = len(self.case.units) + len(self.pairs)
        self.constants: list[float] = []
        self.slopes: list[Floats] = []
        self.slot: list[int] = []
        self.idle: list[int] = []  # linear programs in a row in which the line had no price
        self.n_lines = 0
        self.low, self.high = low, high

    def add_row(self, options: Any, most: float) -> None:
        """Let a plan have at most so many of these options."""
        self.highs.addRow(
            -self.infinity, most, len(options), options.astype(np.int32), np.ones(len(options))
        )

    def draw(self, x: Floats) -> float:
        """Add the lines that touch at x; what they say there."""
        constant, slopes, values = self.worth.lines_at(x)
        touched = float(self.worth.total(values)) * self.unit
        known = self.lowest(x)
        for block in range(self.worth.n_blocks):
            slot = 0 if self.worth.worst else block
            value = values[block] * self.unit
            if value >= known[slot] - 1e-12:
                continue
            row = slopes[block] * self.unit
            index = np.append(np.flatnonzero(row), self.n + slot).astype(np.int32)
            entries = np.append(-row[index[:-1]], 1.0)
            self.highs.addRow(
                -self.infinity, constant[block] * self.unit, len(index), index, entries
            )
            self.constants.append(constant[block])
            self.slopes.append(slopes[block])
            self.slot.append(slot)
            self.idle.append(0)
            self.n_lines += 1
        return touched / self.unit

    def lowest(self, x: Floats) -> Floats:
        """(slots,) the least of the lines at x, in shares of all there is."""
        found = self.most.copy()
        if not self.slot:
            return np.full(self.slots, np.inf)
        values = np.array(self.constants) + np.array(self.slopes) @ x
        np.minimum.at(found, np.array(self.slot), values)
        return np.asarray(found * self.unit)

    def solve(
        self, out: frozenset[int], in_: frozenset[int], end: float
    ) -> tuple[Floats, Line, float] | None:
        """The optimum over a part, the mean of lines that its prices make, and its value."""
        low, high = self.low.copy(), self.high.copy()
        high[list(out)] = 0.0
        low[list(in_)] = 1.0
        at = np.arange(self.n, dtype=np.int32)
        self.highs.changeColsBounds(self.n, at, low[: self.n], high[: self.n])
        left = end - time.monotonic()
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(left, 0.01))
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == self.infeasible:
            return None
        if status != self.optimal:
            raise OutOfTimeError
        solution = self.highs.getSolution()
        x = np.clip(np.array(solution.col_value)[: self.n], 0.0, 1.0)
        price = np.maximum(0.0, -np.array(solution.row_dual))
        value = -float(self.highs.getInfo().objective_function_value) / self.unit
        line = self.mean(price)
        self.forget(price[self.n_first :])
        return x, line, value

    def forget(self, price: Floats) -> None:
        """Take out lines that have long had no price, once there are many."""
        self.idle = [0 if mu > 0 else n + 1 for mu, n in zip(price, self.idle, strict=True)]
        if len(self.idle) <= MANY_LINES:
            return
        out = {i for i, n in enumerate(self.idle) if n > IDLE}
        rows = np.array([self.n_first + i for i in sorted(out)], np.int32)
        if not len(rows):
            return
        self.highs.deleteRows(len(rows), rows)
        for name in ("constants", "slopes", "slot", "idle"):
            kept = [v for i, v in enumerate(getattr(self, name)) if i not in out]
            setattr(self, name, kept)

    def mean(self, price: Floats) -> Line:
        """A mean of lines, one share per slot, and what pairs too near each other cost."""
        share, slot = price[self.n_first :], np.array(self.slot)
        total = np.bincount(slot, share, self.slots)
        share = share / np.maximum(total, 1.0)[slot]
        rest = np.maximum(1.0 - np.bincount(slot, share, self.slots), 0.0)
        constant = float(share @ np.array(self.constants) + rest @ self.most)
        slopes = share @ np.array(self.slopes)
        for options, mu in zip(self.pairs, price[len(self.case.units) : self.n_first], strict=True):
            if mu > 0:
                constant += mu / self.unit
                slopes[options] -= mu / self.unit
        return Line(constant, slopes)


def cliques(conflict: Bools) -> list[Any]:
    """Sets of options of which a plan has at most one, so that each pair is in one of them."""
    left = np.triu(conflict, 1)
    found = []
    for a in range(len(left)):
        for b in np.flatnonzero(left[a]):
            if not left[a, b]:
                continue
            both = conflict[a] & conflict[b]
            members = [a, int(b)]
            while both.any():
                new = left[members].sum(axis=0) + left[:, members].sum(axis=1)
                c = int(np.where(both, new, -1).argmax())
                members.append(c)
                both &= conflict[c]
            chosen = np.array(sorted(members))
            left[np.ix_(chosen, chosen)] = False
            found.append(chosen)
    return found
