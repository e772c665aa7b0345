"""The reference class: how long orders of air-defence systems take, whoever promised what.

A register of orders (:mod:`skyshade.programme.register`) gives years. Two waits are learnt from it,
both counted in calendar years, which the register knows exactly:

- from the year of the order to the year of the first delivery;
- from the year of the first delivery to that of the last, for orders of two or more.

Each is a discrete life table: of the n orders that were still waiting at the start of the j-th
year, d had their delivery in it, and the hazard is h = d / n. An order that is still waiting counts
in n up to the last year that the register covers (censored). A narrow class borrows from the wider
one around it as if it held K = 10 more orders of that class:

    h_narrow = (d + K h_wide) / (n + K)

The classes are nested: all orders, then new or second hand, then the supplier (for the first
delivery) or the number ordered (for the last one). A supplier needs ten orders to be a class.
Within a year every day is taken to be equally likely. Beyond the years that eight orders reached,
the hazard is constant.

The package holds the life tables, never the rows. They leave out the orders that the shipped
ledgers are about, and there is one for each last year, so that a forecast made in 2019 uses nothing
that was delivered later. What an edition corrected about earlier years stays corrected.

References
----------
SIPRI, Arms Transfers Database, trade register, edition of 18 May 2026. Kaplan and Meier (1958),
Nonparametric estimation from incomplete observations. Bühlmann and Gisler, A Course in Credibility
Theory, ch. 2, for the weight of a narrow class. Flyvbjerg (2008), Curbing optimism bias, European
Planning Studies 16, for forecasting from a reference class.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from numpy.typing import NDArray

from skyshade.dates import DAYS_PER_MONTH, months_between
from skyshade.programme.model import RegisterOrder
from skyshade.programme.register import Order, Register

Wait = Literal["first", "last"]

FILE = Path(__file__).parent / "data" / "reference" / "air-defence-orders.yaml"
SCHEMA = "skyshade/reference/1"
YEARS = 16  # length of a life table
BORROWED = 10.0  # orders that a narrow class borrows from the wider one
MIN_ORDERS = 10  # a supplier with fewer is not a class of its own
THIN = 8  # beyond the years that so many orders reached, the hazard is constant
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Class:
    """What an order is like: the classes that it belongs to, widest first, by wait."""

    condition: str = "new"
    supplier: str = ""
    n_ordered: int | None = None

    def names(self, wait: Wait) -> tuple[str, ...]:
        """The nested classes.

        >>> Class("new", "Russia", 10).names("last")
        ('all', 'new', 'new, five or more')
        """
        last = self.supplier if wait == "first" else size_of(self.n_ordered)
        return "all", self.condition, f"{self.condition}, {last}"


def size_of(n_ordered: int | None) -> str:
    """The class of a number ordered."""
    if n_ordered is None or n_ordered <= 1:
        return "one"
    return "two to four" if n_ordered <= 4 else "five or more"


@dataclass(frozen=True)
class LifeTable:
    """Orders waiting at the start of each year, and those delivered in it."""

    waiting: NDArray[np.float64]
    delivered: NDArray[np.float64]

    @classmethod
    def count(cls, waits: Iterable[tuple[int, bool]]) -> LifeTable:
        """From (year, happened): the year of the delivery, or the last year seen without one.

        >>> t = LifeTable.count([(0, True), (2, True), (1, False)])
        >>> t.waiting[:4].tolist(), t.delivered[:4].tolist()
        ([3.0, 2.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0])
        """
        waiting, delivered = np.zeros(YEARS), np.zeros(YEARS)
        for year, happened in waits:
            capped = min(year, YEARS - 1)
            waiting[: capped + 1] += 1
            delivered[capped] += happened
        return cls(waiting, delivered)

    @property
    def hazard(self) -> NDArray[np.float64]:
        """Of a widest class, smoothed by half an order; constant where the table is thin."""
        found = (self.delivered + 0.15) / (self.waiting + 0.5)
        thin = int(np.argmax(self.waiting < THIN)) if (self.waiting < THIN).any() else YEARS
        if thin < YEARS:
            start = max(0, thin - 2)
            found[thin:] = (self.delivered[start:].sum() + 0.3) / (self.waiting[start:].sum() + 1)
        clipped: NDArray[np.float64] = np.clip(found, 1e-4, 0.999)
        return clipped

    def within(self, wide: NDArray[np.float64]) -> NDArray[np.float64]:
        """The hazard of this class inside a wider one."""
        found: NDArray[np.float64] = (self.delivered + BORROWED * wide) / (self.waiting + BORROWED)
        return found


@dataclass(frozen=True)
class Waiting:
    """The distribution of a wait, in years from the first day of the year in which it begins.

    `arrived[j]` is the probability that it is over by the end of year j. Within a year it grows
    linearly; after the table the hazard of the last year goes on, as a rate `rate_after` a year.
    """

    arrived: NDArray[np.float64]
    rate_after: float

    @classmethod
    def of(cls, hazard: NDArray[np.float64]) -> Waiting:
        """From the hazards of the years."""
        arrived = np.asarray(1.0 - np.cumprod(1.0 - hazard), dtype=np.float64)
        return cls(arrived, -math.log1p(-float(hazard[-1])))

    def by(self, years: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The probability that the wait is over after so many years."""
        ends = np.concatenate([[0.0], self.arrived])
        t = np.maximum(np.asarray(years, dtype=float), 0.0)
        inside = np.interp(t, np.arange(len(ends)), ends)
        tail = (1 - ends[-1]) * np.exp(-self.rate_after * np.maximum(t - (len(ends) - 1), 0.0))
        found: NDArray[np.float64] = np.where(t <= len(ends) - 1, inside, 1 - tail)
        return found

    def beyond(
        self, u: NDArray[np.float64], years: NDArray[np.float64] | float
    ) -> NDArray[np.float64]:
        """Waits longer than `years`, for uniform numbers u, by inversion."""
        ends = np.concatenate([[0.0], self.arrived])
        done = self.by(years)
        p = done + (1 - done) * u
        inside = np.interp(p, ends, np.arange(len(ends)))
        left = np.maximum((1 - p) / max(1 - ends[-1], 1e-12), 1e-12)
        outside = len(ends) - 1 - np.log(left) / self.rate_after
        found: NDArray[np.float64] = np.maximum(np.where(p <= ends[-1], inside, outside), years)
        return found


@dataclass(frozen=True)
class Reference:
    """Life tables by wait, last year and class; and what else was learnt from the register."""

    tables: Mapping[Wait, Mapping[int, Mapping[str, LifeTable]]]
    about: Mapping[str, Any]

    @property
    def last_years(self) -> tuple[int, ...]:
        """The last years that there are tables for."""
        return tuple(sorted(self.tables["first"]))

    def waiting(self, wait: Wait, kind: Class, last_year: int) -> Waiting:
        """The distribution of a wait for orders of a class, from deliveries up to a year."""
        tables = self.tables[wait][last_year]
        widest, *inner = kind.names(wait)
        hazard = tables[widest].hazard
        for name in inner:
            if name in tables:
                hazard = tables[name].within(hazard)
        return Waiting.of(np.clip(hazard, 1e-4, 0.999))

    def known_by(self, day: date) -> int | None:
        """The last full year before a day that there are tables for, None if the day is earlier."""
        found = [year for year in self.last_years if year < day.year]
        return max(found) if found else None


def first_wait(order: Order, last_year: int) -> tuple[int, bool] | None:
    """Years to the first delivery, and whether it came by `last_year`."""
    if order.ordered_in > last_year:
        return None
    if order.delivered_in and order.delivered_in[0] <= last_year:
        return max(0, order.delivered_in[0] - order.ordered_in), True
    return last_year - order.ordered_in, False


def last_wait(order: Order, last_year: int) -> tuple[int, bool] | None:
    """Years from the first delivery to the last, for orders of two or more."""
    if (order.n_ordered or order.n_delivered) < 2:
        return None
    if not order.delivered_in or order.delivered_in[0] > last_year:
        return None
    if order.complete and order.delivered_in[-1] <= last_year:
        return order.delivered_in[-1] - order.delivered_in[0], True
    return last_year - order.delivered_in[0], False


WAITS: Mapping[Wait, Callable[[Order, int], tuple[int, bool] | None]] = {
    "first": first_wait,
    "last": last_wait,
}


def class_of(order: Order) -> Class:
    """The class of an order."""
    return Class(order.condition, order.supplier, order.n_ordered or order.n_delivered or None)


def learn_tables(orders: Sequence[Order], wait: Wait, last_year: int) -> dict[str, LifeTable]:
    """The life tables of all classes, from deliveries up to a year."""
    waits: dict[str, list[tuple[int, bool]]] = {}
    for order in orders:
        seen = WAITS[wait](order, last_year)
        if seen is not None:
            for name in class_of(order).names(wait):
                waits.setdefault(name, []).append(seen)
    return {
        name: LifeTable.count(found)
        for name, found in sorted(waits.items())
        if "," not in name or len(found) >= MIN_ORDERS
    }


def learn_reference(
    orders: Sequence[Order], last_years: Sequence[int], about: Mapping[str, Any] | None = None
) -> Reference:
    """The life tables for each of several last years."""
    return Reference(
        tables={
            wait: {year: learn_tables(orders, wait, year) for year in last_years} for wait in WAITS
        },
        about=about or {},
    )


def without(register: Register, left_out: Iterable[tuple[str, str, int]]) -> tuple[Order, ...]:
    """The orders of a register less those of (buyer, system, year)."""
    gone = set(left_out)
    return tuple(
        o for o in register.orders if (o.recipient, o.designation, o.ordered_in) not in gone
    )


def as_document(reference: Reference) -> dict[str, Any]:
    """What the file of derived figures holds."""
    document: dict[str, Any] = {"schema": SCHEMA, **reference.about}
    for wait, by_year in reference.tables.items():
        document[wait] = {
            year: {
                name: {
                    "waiting": [int(n) for n in table.waiting],
                    "delivered": [int(n) for n in table.delivered],
                }
                for name, table in tables.items()
            }
            for year, tables in by_year.items()
        }
    return document


@functools.cache
def load_reference(file: Path = FILE) -> Reference:
    """The shipped life tables."""
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(file.read_text("utf-8"), Loader=safe)  # a safe loader  # nosec B506
    tables: dict[Wait, Mapping[int, Mapping[str, LifeTable]]] = {
        wait: {
            int(year): {
                name: LifeTable(np.array(t["waiting"], float), np.array(t["delivered"], float))
                for name, t in classes.items()
            }
            for year, classes in document[wait].items()
        }
        for wait in WAITS
    }
    about = {k: v for k, v in document.items() if k not in ("schema", *WAITS)}
    return Reference(tables, about)


def u_pairs(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Evenly spread pairs of uniform numbers: a rank-1 lattice with the golden ratio."""
    i = np.arange(n)
    return (i + 0.5) / n, (0.5 + i * (math.sqrt(5) - 1) / 2) % 1.0


def outside_view(
    order: RegisterOrder | None, signed: date | None, n: int, known_on: date
) -> Outside | None:
    """The view from outside on a programme, as known on a day.

    None if the ledger names no order of a register, if no signature was reported by then, or if
    there are no life tables for so early a day.
    """
    reference = load_reference()
    last_year = reference.known_by(known_on)
    if order is None or signed is None or last_year is None:
        return None
    kind = Class(order.condition, order.supplier, order.n_ordered)
    return Outside(
        first=reference.waiting("first", kind, last_year),
        last=reference.waiting("last", kind, last_year),
        signed=signed,
        n=n,
    )


@dataclass(frozen=True)
class Outside:
    """The view from outside: dates of an order's deliveries by its class alone.

    Attributes
    ----------
    signed : the day of the contract.
    n : units to be delivered, in order.
    """

    first: Waiting
    last: Waiting
    signed: date
    n: int

    def days(
        self,
        today: date,
        delivered: Sequence[date],
        u: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Delivery of each unit not delivered yet, in days after `today`: (draw, unit).

        Units come evenly between the first and the last delivery. What is known of the order is
        that `delivered` have come and that the next one has not come by `today`.

        Parameters
        ----------
        delivered : the days of the units delivered, the first unit first.
        u : uniform numbers, for the first and the last delivery.
        """
        if not delivered:
            begun = date(self.signed.year, 1, 1)
            passed = max((today - begun).days, (self.signed - begun).days) / DAYS_PER_YEAR
            first = (begun - today).days + DAYS_PER_YEAR * self.first.beyond(u[0], passed)
        else:
            first = np.full(len(u[0]), float((delivered[0] - today).days))
        # the wait for the last delivery is counted from the first day of the first one's year
        calendar_year = today.year + (today.timetuple().tm_yday + first) / DAYS_PER_YEAR
        year_start = np.array(
            [(date(int(y), 1, 1) - today).days for y in range(1900, 2400)], dtype=float
        )[np.clip(np.floor(calendar_year).astype(int) - 1900, 0, 499)]
        year_start = np.minimum(year_start, first)
        least = first.copy()
        if delivered and len(delivered) < self.n:
            share = len(delivered) / max(1, self.n - 1)
            least = first + np.maximum(0.0, -first) / share
        last = year_start + DAYS_PER_YEAR * self.last.beyond(
            u[1], (least - year_start) / DAYS_PER_YEAR
        )
        share_of = np.arange(self.n) / max(1, self.n - 1)
        dates: NDArray[np.float64] = first[:, None] + (last - first)[:, None] * share_of
        return np.maximum(dates[:, len(delivered) :], 0.0)

    def months_from_signature(
        self, u: tuple[NDArray[np.float64], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Months from the contract to each delivery: (draw, unit)."""
        return self.days(self.signed, (), u) / DAYS_PER_MONTH


def log_stretches(
    outside: Outside,
    promises: Sequence[tuple[int, date, date]],
    shift_months: float,
    u: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """ln of how many times longer orders of the class took than promised: (draw, promise).

    Parameters
    ----------
    promises : (k, issued, due): the k-th unit from 1, when its date was promised, and for when.
    shift_months : see :mod:`skyshade.programme.slip`.
    """
    months, found = outside.months_from_signature(u), []
    for k, issued, due in promises:
        since = months_between(issued, outside.signed)
        took = np.maximum(months[:, k - 1] + since, 0.0) + shift_months
        lead = max(0.0, months_between(issued, due)) + shift_months
        found.append(np.log(took / lead))
    stretches: NDArray[np.float64] = np.stack(found, axis=1)
    return stretches
