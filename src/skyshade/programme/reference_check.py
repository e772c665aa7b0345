"""Does the reference class predict orders that it has not seen? Scores on held-out orders.

The score is the ranked probability score, the CRPS of a distribution over years: the sum over the
ends of years of (probability of delivery by then - 1 if delivered by then)^2, in years. At the end
of a year the register knows which is the case, so nothing is interpolated. The sum stops at the
last year of the register for every order, delivered or not.

Two tests. *By buyer*: all orders of a buyer are predicted from those of the other buyers. *By
year*: the orders of a year are predicted from what had been delivered before that year. The plain
reference class is one life table of all orders. Orders of one buyer are not independent, so the
standard error of a difference is taken over buyers.

A third, small test is on the years that the register itself expected for orders under way: what is
said there in an older edition, against what a newer one shows.

References
----------
Epstein (1969), A scoring system for probability forecasts of ranked categories. Gneiting and
Raftery (2007), Strictly proper scoring rules, prediction, and estimation.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.programme.reference import (
    WAITS,
    LifeTable,
    Reference,
    Wait,
    Waiting,
    class_of,
    learn_reference,
    without,
)
from skyshade.programme.register import Order, Register

FIRST_YEAR = 2005  # of the test by year: before it the register has too few orders to learn from


@dataclass(frozen=True, slots=True)
class Scored:
    """One order: the score of the nested classes and of the plain one, in years."""

    buyer: str
    nested: float
    plain: float


@dataclass(frozen=True)
class Trial:
    """Scores of one test of one wait."""

    wait: Wait
    by: str
    scored: tuple[Scored, ...]

    @property
    def nested(self) -> float:
        """Mean score of the nested classes, years."""
        return sum(s.nested for s in self.scored) / len(self.scored)

    @property
    def plain(self) -> float:
        """Mean score of the plain class, years."""
        return sum(s.plain for s in self.scored) / len(self.scored)

    @property
    def standard_error(self) -> float:
        """Of the difference of the means, with the buyers as the independent units."""
        by_buyer: dict[str, float] = defaultdict(float)
        mean = self.nested - self.plain
        for s in self.scored:
            by_buyer[s.buyer] += s.nested - s.plain - mean
        return math.sqrt(sum(d * d for d in by_buyer.values())) / len(self.scored)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "wait": self.wait,
            "held out": f"by {self.by}",
            "orders": len(self.scored),
            "crps_years": round(self.nested, 3),
            "crps_years_plain_class": round(self.plain, 3),
            "difference": round(self.nested - self.plain, 3),
            "standard_error": round(self.standard_error, 3),
        }


def ranked_score(waiting: Waiting, year: int, happened: bool, years_seen: int) -> float:
    """The score of one order over the years that the register has seen of it.

    Parameters
    ----------
    year, happened : as a life table counts them.
    years_seen : ends of years at which the register knows the answer.
    """
    from scoringrules import rps_score

    ends = waiting.by(np.arange(1, years_seen + 1, dtype=float))
    shares = np.diff(np.concatenate([[0.0], ends, [1.0]]))
    category = year + 1 if happened else years_seen + 1
    return float(rps_score(np.array(min(category, years_seen + 1)), shares, backend="numpy"))


def plain_waiting(orders: Sequence[Order], wait: Wait, last_year: int) -> Waiting:
    """The plain reference class: one life table of all orders."""
    seen = (WAITS[wait](order, last_year) for order in orders)
    return Waiting.of(LifeTable.count(s for s in seen if s is not None).hazard)


def held_out_by_buyer(register: Register, wait: Wait) -> Trial:
    """Predict all orders of each buyer from those of the others."""
    last_year, found = register.last_year, []
    for buyer in sorted({o.recipient for o in register.orders}):
        others = [o for o in register.orders if o.recipient != buyer]
        mine = [o for o in register.orders if o.recipient == buyer]
        found += _score(mine, others, wait, last_year, last_year)
    return Trial(wait, "buyer", tuple(found))


def held_out_by_year(register: Register, wait: Wait) -> Trial:
    """Predict the orders of each year from what had been delivered before it."""
    found: list[Scored] = []
    for year in range(FIRST_YEAR, register.last_year + 1):
        mine = [o for o in register.orders if _begun(o, wait) == year]
        found += _score(mine, register.orders, wait, year - 1, register.last_year)
    return Trial(wait, "year", tuple(found))


def _begun(order: Order, wait: Wait) -> int:
    """The year in which a wait begins, 0 if it has not begun."""
    return order.ordered_in if wait == "first" else (order.delivered_in or (0,))[0]


def _score(
    mine: Sequence[Order], known: Sequence[Order], wait: Wait, learn_to: int, last_year: int
) -> list[Scored]:
    """Scores of some orders, by classes learnt from others' deliveries up to a year."""
    reference = learn_reference(known, [learn_to])
    plain = plain_waiting(known, wait, learn_to)
    found = []
    for order in mine:
        seen = WAITS[wait](order, last_year)
        if seen is None:
            continue
        begun = _begun(order, wait)
        years = last_year - begun + 1
        nested = reference.waiting(wait, class_of(order), learn_to)
        found.append(
            Scored(
                order.recipient,
                ranked_score(nested, *seen, years),
                ranked_score(plain, *seen, years),
            )
        )
    return found


@dataclass(frozen=True)
class PlannedTrial:
    """Years that an edition expected, against a later edition; scores in years."""

    n: int
    expected: float
    plain: float
    nested: float
    both: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "orders": self.n,
            "crps_years_expected_by_the_register": round(self.expected, 3),
            "crps_years_plain_class": round(self.plain, 3),
            "crps_years_nested_class": round(self.nested, 3),
            "crps_years_class_and_expected_year": round(self.both, 3),
        }


def expected_years(older: Register, newer: Register, wait: Wait) -> PlannedTrial:
    """The expected years of an older edition, scored by a newer one.

    Each order still waiting in the older edition with an expected year for this wait is scored at
    the ends of the years between the editions. Four forecasts: the expected year itself; the plain
    class and the nested class, given that the order still waits; and half of each of the nested
    class and the expected year, a weight that was set and not fitted.
    """
    last, now = older.last_year, newer.last_year
    left = {o.key: o for o in newer.orders}
    twice = {k for k, n in Counter(o.key for o in older.orders).items() if n > 1}
    reference, found = learn_reference(older.orders, [last]), []
    for order in older.orders:
        later = left.get(order.key)
        plan = order.planned
        if later is None or plan is None or order.key in twice:
            continue
        due = plan.first if wait == "first" else plan.last
        seen, after = WAITS[wait](order, last), WAITS[wait](later, now)
        if due is None or seen is None or seen[1] or after is None:
            continue
        begun = _begun(order, wait)
        ends = np.arange(last + 1, now + 1)
        outcome = (ends >= begun + after[0]) & after[1]
        point = (ends >= due).astype(float)
        plain, nested = (
            _given_waiting(w, last + 1 - begun, ends + 1 - begun)
            for w in (
                plain_waiting(older.orders, wait, last),
                reference.waiting(wait, class_of(order), last),
            )
        )
        forecasts = (point, plain, nested, (point + nested) / 2)
        found.append([float(np.sum((f - outcome) ** 2)) for f in forecasts])
    if not found:
        return PlannedTrial(0, math.nan, math.nan, math.nan, math.nan)
    return PlannedTrial(len(found), *np.mean(found, axis=0).tolist())


def _given_waiting(
    waiting: Waiting, passed: float, years: NDArray[np.int64]
) -> NDArray[np.float64]:
    before = float(waiting.by(float(passed)))
    found: NDArray[np.float64] = (waiting.by(years.astype(float)) - before) / (1 - before)
    return found


def slips(older: Register, newer: Register) -> dict[int, int]:
    """By how many years the expected end of an order moved between two editions: years to orders.

    An order delivered in full in the newer edition counts with the year of its last delivery; one
    that the newer edition no longer expects to end in any year is left out.
    """
    left = {o.key: o for o in newer.orders}
    found: Counter[int] = Counter()
    for order in older.orders:
        later = left.get(order.key)
        if later is None or order.planned is None or order.complete:
            continue
        for wait in ("last", "first"):
            was = order.planned.last if wait == "last" else order.planned.first
            if was is None or (wait == "first" and order.planned.last is not None):
                continue
            done = later.complete if wait == "last" else bool(later.delivered_in)
            plan = later.planned
            now = (
                later.delivered_in[-1 if wait == "last" else 0]
                if done
                else plan and (plan.last if wait == "last" else plan.first)
            )
            if now:
                found[int(now) - was] += 1
    return dict(sorted(found.items()))


def reference_figures(
    registers: Sequence[Register], left_out: Sequence[tuple[str, str, int]]
) -> Reference:
    """Everything that the package holds of a register: life tables, slips and scores."""
    newest = registers[-1]
    kept = without(newest, left_out)
    register = Register(newest.file, newest.version, newest.snapshot, kept)
    tests = [t(register, w).as_dict() for w in WAITS for t in (held_out_by_buyer, held_out_by_year)]
    about: dict[str, Any] = {
        "edition": str(newest.snapshot),
        "orders": len(kept),
        "left_out": [list(map(str, key)) for key in left_out],
        "tests": tests,
    }
    editions = [
        r for i, r in enumerate(registers) if i == 0 or r.last_year > registers[i - 1].last_year
    ]
    if len(editions) > 1:
        about["expected_years"] = {
            f"{old.snapshot} scored by {newest.snapshot}, {wait} delivery": expected_years(
                Register(old.file, old.version, old.snapshot, without(old, left_out)), newest, wait
            ).as_dict()
            for old in editions[:-1]
            for wait in WAITS
        }
        about["slips_of_expected_ends_years"] = {
            f"{old.snapshot} to {new.snapshot}": slips(old, new)
            for old, new in itertools.pairwise(editions)
        }
    years = range(newest.last_year - 9, newest.last_year + 1)
    return learn_reference(kept, list(years), about)
