"""Payments: instalments, channels, and exposure in both currencies.

What was reported paid is data. The rest of the price has no published schedule, so it is laid out
by a rule that is stated and marked as assumed: after the advance, equal parts, each due when a
regiment is delivered. Assessment only: nothing here says how a payment could be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from skyshade.dates import PartialDate
from skyshade.programme.amount import Amount
from skyshade.programme.hazards import Episode, blockages
from skyshade.programme.model import Claim
from skyshade.programme.state import ProgrammeState

ADVANCE = "payment-advance"
RATE = "rate-inr-usd"


@dataclass(frozen=True, slots=True)
class Rate:
    """Rupees per dollar on a day, as reported."""

    inr_per_usd: float
    day: PartialDate
    claim: str


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of the price.

    Attributes
    ----------
    due, paid : None while it is not due, or no report says that it was paid.
    assumed : set by the rule of the module, not reported.
    """

    title: str
    usd: float
    rate: Rate | None
    due: PartialDate | None
    paid: PartialDate | None
    assumed: bool
    claims: tuple[str, ...] = ()

    @property
    def inr(self) -> float | None:
        """The amount in rupees at the rate of its own date, None if no rate is known."""
        return None if self.rate is None else self.usd * self.rate.inr_per_usd

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "title": self.title,
            "usd": round(self.usd),
            "inr": None if self.inr is None else round(self.inr),
            "inr_per_usd": self.rate.inr_per_usd if self.rate else None,
            "rate_date": str(self.rate.day) if self.rate else None,
            "due": str(self.due) if self.due else None,
            "paid": str(self.paid) if self.paid else None,
            "assumed": self.assumed,
            "claims": list(self.claims),
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """A way of payment and its reported status."""

    id: str
    title: str
    status: str
    since: PartialDate | None
    claim: Claim | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "status": self.status,
            "since": str(self.since) if self.since else None,
            "claim": self.claim.id if self.claim else None,
        }


@dataclass(frozen=True)
class Exposure:
    """What is at stake on a day.

    Attributes
    ----------
    stuck_usd : reported as held up, across all deals with the seller's country: an upper bound.
    blockages : times in which payments were reported blocked.
    """

    state: ProgrammeState
    price_usd: float | None
    instalments: tuple[Instalment, ...]
    channels: tuple[Channel, ...]
    stuck_usd: float | None
    stuck_on: PartialDate | None
    stuck_rate: Rate | None
    blockages: tuple[Episode, ...]

    def total(self, what: str) -> tuple[float, float | None]:
        """(USD, INR) of the instalments that are "paid", "due" (not reported paid) or "later"."""
        rows = [i for i in self.instalments if phase(i) == what]
        inr = [i.inr for i in rows]
        return sum(i.usd for i in rows), None if None in inr else sum(x for x in inr if x)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        totals = {}
        for what in ("paid", "due", "later"):
            usd, inr = self.total(what)
            totals[what] = {"usd": round(usd), "inr": None if inr is None else round(inr)}
        stuck_inr = (
            None
            if self.stuck_usd is None or self.stuck_rate is None
            else round(self.stuck_usd * self.stuck_rate.inr_per_usd)
        )
        return {
            "as_of": self.state.as_of.isoformat(),
            "known_on": self.state.known_on.isoformat(),
            "price_usd": self.price_usd,
            "totals": totals,
            "stuck": {
                "usd_at_most": self.stuck_usd,
                "inr_at_most": stuck_inr,
                "inr_per_usd": self.stuck_rate.inr_per_usd if self.stuck_rate else None,
                "rate_date": str(self.stuck_rate.day) if self.stuck_rate else None,
                "reported_for": str(self.stuck_on) if self.stuck_on else None,
            },
            "instalments": [i.as_dict() for i in self.instalments],
            "channels": [c.as_dict() for c in self.channels],
            "blockages": [
                {
                    "from": e.start.isoformat(),
                    "to": e.end.isoformat(),
                    "ongoing": e.ongoing,
                    "months": round(e.months, 1),
                }
                for e in self.blockages
            ],
        }


def phase(instalment: Instalment) -> str:
    """Paid, due (and not reported paid) or later."""
    if instalment.paid is not None:
        return "paid"
    return "due" if instalment.due is not None else "later"


def exposure(state: ProgrammeState) -> Exposure:
    """Instalments, channels and what is paid, due and stuck in a state."""
    price = _amount(state, "contract", "price", "USD")
    stuck = next(
        (
            a
            for s in state.ledger.of_kind("payment")
            if (a := state.answers.get((s.id, "stuck", "USD")))
        ),
        None,
    )
    return Exposure(
        state=state,
        price_usd=price,
        instalments=_instalments(state, price) if price is not None else (),
        channels=channels(state),
        stuck_usd=stuck.claim.value.value
        if stuck and isinstance(stuck.claim.value, Amount)
        else None,
        stuck_on=stuck.valid if stuck else None,
        stuck_rate=rate_on(state, stuck.valid.middle) if stuck else None,
        blockages=blockages(state),
    )


def _instalments(state: ProgrammeState, price_usd: float) -> tuple[Instalment, ...]:
    advance = state.answers.get((ADVANCE, "amount", "USD"))
    share = state.answers.get((ADVANCE, "share", ""))
    paid = state.happened(ADVANCE, "paid")
    claims: tuple[str, ...]
    if advance is not None and isinstance(advance.claim.value, Amount):
        first, claims, assumed = advance.claim.value.value, (advance.claim.id,), False
    elif share is not None and isinstance(share.claim.value, Amount):
        first, claims, assumed = price_usd * share.claim.value.value / 100, (share.claim.id,), True
    else:
        first, claims, assumed = 0.0, (), True
    rows = []
    if first:
        day = (paid or PartialDate.on(state.as_of)).middle
        signed = state.happened("contract", "signed")
        rows.append(
            Instalment("advance", first, rate_on(state, day), signed, paid, assumed, claims)
        )
    regiments = state.ledger.of_kind("regiment")
    for subject in regiments:
        due = state.happened(subject.id, "delivered")
        day = (due or PartialDate.on(state.as_of)).middle
        part = (price_usd - first) / len(regiments)
        title = f"on delivery of {subject.id}"
        rows.append(Instalment(title, part, rate_on(state, day), due, None, True))
    return tuple(rows)


def channels(state: ProgrammeState) -> tuple[Channel, ...]:
    """Every way of payment with its reported status."""
    found = []
    for subject in state.ledger.of_kind("channel"):
        answer = state.answers.get((subject.id, "channel_status", ""))
        found.append(
            Channel(
                subject.id,
                subject.title,
                answer.claim.says if answer else "not reported",
                answer.valid if answer else None,
                answer.claim if answer else None,
            )
        )
    return tuple(found)


def rate_on(state: ProgrammeState, day: date) -> Rate | None:
    """The last exchange rate reported up to a day, else the first one after it."""
    rates = sorted(
        (
            c
            for c in state.published
            if c.subject == RATE
            and c.attribute == "rate"
            and isinstance(c.value, Amount)
            and not c.is_memory
        ),
        key=lambda c: (c.valid, c.id),
    )
    if not rates:
        return None
    claim = next((c for c in reversed(rates) if c.valid.last <= day), rates[0])
    assert isinstance(claim.value, Amount)
    return Rate(claim.value.value, claim.valid, claim.id)


def _amount(state: ProgrammeState, subject: str, attribute: str, unit: str) -> float | None:
    answer = state.answers.get((subject, attribute, unit))
    return answer.claim.value.value if answer and isinstance(answer.claim.value, Amount) else None
