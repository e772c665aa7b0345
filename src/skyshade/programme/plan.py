"""Promised delivery dates: those about one unit, and the calendar of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from skyshade.dates import PartialDate, add_months, months_between
from skyshade.programme.model import Claim
from skyshade.programme.policy import AUTHORITY_RANK, issued_on
from skyshade.programme.resolve import CURRENT_DAYS
from skyshade.programme.state import ProgrammeState


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A promised delivery: made on `issued`, for `due`; `claims` are its evidence."""

    issued: date
    due: PartialDate
    claims: tuple[str, ...]
    from_calendar: bool = False

    @property
    def lead_months(self) -> float:
        """From the promise to the middle of the dates promised, not below zero."""
        return max(0.0, months_between(self.issued, self.due.middle))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "issued": self.issued.isoformat(),
            "due": str(self.due),
            "claims": list(self.claims),
            "from_calendar": self.from_calendar,
        }


@dataclass(frozen=True, slots=True)
class Calendar:
    """First and last delivery by the contract; those between them are spaced evenly."""

    first: Claim
    last: Claim
    n: int

    def due(self, k: int) -> PartialDate:
        """When the k-th of n (from 1) is due; a month, since the ends are months."""
        if k >= self.n:
            return self.last.valid
        whole = months_between(self.first.valid.middle, self.last.valid.middle)
        share = (k - 1) / (self.n - 1) if self.n > 1 else 0.0
        day = add_months(self.first.valid.middle, share * whole)
        return self.first.valid if k == 1 else PartialDate.of_months(day.year, day.month, day.month)

    def plan(self, k: int) -> PlannedDate:
        """The k-th delivery as a promise, made when the later end of the calendar was published."""
        issued = max((c.said or c.reported).last for c in (self.first, self.last))
        return PlannedDate(issued, self.due(k), (self.first.id, self.last.id), True)


def calendar(state: ProgrammeState) -> Calendar | None:
    """The calendar that the highest authority published first; later ones are re-set schedules."""
    ends = []
    for attribute in ("first_delivery", "completion"):
        claims = [
            p.claim
            for p in state.promises
            if p.slot[:2] == (state.ledger.setup.contract, attribute) and not p.claim.is_memory
        ]
        if not claims:
            return None
        ends.append(min(claims, key=lambda c: (-AUTHORITY_RANK[c.authority], issued_on(c), c.id)))
    return Calendar(ends[0], ends[1], n=len(state.ledger.of_kind("unit")))


def promises_of(state: ProgrammeState, unit: str) -> tuple[PlannedDate, ...]:
    """Every delivery date promised for a unit, oldest first; else that of the calendar."""
    found = [
        PlannedDate((p.issued).first, p.due, (p.claim.id,))
        for p in state.promises
        if p.slot[:2] == (unit, "delivered") and not p.claim.is_memory
    ]
    if not found and (dates := calendar(state)) is not None:
        order = [s.id for s in state.ledger.of_kind("unit")]
        found = [dates.plan(order.index(unit) + 1)]
    return tuple(sorted(found, key=lambda p: (p.issued, p.due, p.claims)))


def current_plans(state: ProgrammeState, unit: str) -> tuple[PlannedDate, ...]:
    """The promises in force: the newest, and those made within three months of it.

    A new schedule begins with the unit that is due next. If the dates of a unit are older
    than the newest dates of a unit before it, it is taken to follow that unit at the
    calendar's spacing.
    """
    promises = promises_of(state, unit)
    if not promises:
        return ()
    newest = promises[-1].issued
    standing = tuple(p for p in promises if (newest - p.issued).days <= CURRENT_DAYS)
    followed = _following(state, unit)
    return (followed,) if followed is not None and followed.issued > newest else standing


def _following(state: ProgrammeState, unit: str) -> PlannedDate | None:
    """The date that follows from the newest one of an earlier unit, None without a calendar."""
    dates = calendar(state)
    if dates is None:
        return None
    order = [s.id for s in state.ledger.of_kind("unit")]
    me = order.index(unit) + 1
    found: list[PlannedDate] = []
    for k, id_ in enumerate(order[: me - 1], start=1):
        own = [p for p in promises_of(state, id_) if not p.from_calendar]
        if not own:
            continue
        outcome = state.happened(id_, "delivered")
        base = own[-1].due.middle if outcome is None else outcome.middle
        spacing = months_between(dates.due(k).middle, dates.due(me).middle)
        due = PartialDate.on(add_months(base, spacing))
        found.append(PlannedDate(own[-1].issued, due, own[-1].claims, True))
    return max(found, key=lambda p: p.issued) if found else None
