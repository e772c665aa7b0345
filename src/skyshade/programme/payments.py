"""Payments: the parts of the price, channels, and exposure in both currencies.

What was reported paid is data. How the price is divided stands in the ledger: parts whose amount or
share was reported, and a rest that, where no schedule was published, is laid out in equal parts,
each due when a unit is delivered, and marked as assumed. Amounts are in the currency of the price;
the buyer's currency stands beside it at the rate reported last before the date of the part.
Assessment only: nothing here says how a payment could be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from skyshade.dates import PartialDate
from skyshade.programme.amount import Amount
from skyshade.programme.hazards import Episode, blockages
from skyshade.programme.model import Claim, Part
from skyshade.programme.state import ProgrammeState

PHASES = ("paid", "due", "later", "undated")


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of the buyer's currency for one of the currency of the price, as reported on a day."""

    per_unit: float
    day: PartialDate
    claim: str


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of the price.

    Attributes
    ----------
    amount : in the currency of the price.
    due, paid : None while it is not due, or no report says that it was paid.
    begun : when a payment on it was reported whose amount was not.
    dated : something says when it falls due; False for a loan whose terms were not published.
    assumed : set by the rule of the module, not reported.
    """

    title: str
    amount: float
    rate: Rate | None
    due: PartialDate | None
    paid: PartialDate | None
    assumed: bool
    claims: tuple[str, ...] = ()
    begun: PartialDate | None = None
    dated: bool = True

    @property
    def local(self) -> float | None:
        """The amount in the buyer's currency at the rate of its own date, None without a rate."""
        return None if self.rate is None else self.amount * self.rate.per_unit

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "title": self.title,
            "amount": round(self.amount),
            "in_currency_of_the_buyer": None if self.local is None else round(self.local),
            "rate": self.rate.per_unit if self.rate else None,
            "rate_date": str(self.rate.day) if self.rate else None,
            "due": str(self.due) if self.due else None,
            "paid": str(self.paid) if self.paid else None,
            "begun": str(self.begun) if self.begun else None,
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
    price, stuck : in `currency`; `stuck` is reported as held up across all deals with the seller's
        country, an upper bound.
    currency, local_currency : of the price, and of the buyer; the same if no rate is needed.
    blockages : times in which payments were reported blocked.
    """

    state: ProgrammeState
    price: float | None
    currency: str
    local_currency: str
    instalments: tuple[Instalment, ...]
    channels: tuple[Channel, ...]
    stuck: float | None
    stuck_on: PartialDate | None
    stuck_rate: Rate | None
    blockages: tuple[Episode, ...]

    def total(self, what: str) -> tuple[float, float | None]:
        """Sum of the parts of one phase (:data:`PHASES`), in both currencies."""
        rows = [i for i in self.instalments if phase(i) == what]
        local = [i.local for i in rows]
        return sum(i.amount for i in rows), None if None in local else sum(x for x in local if x)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        totals = {}
        for what in PHASES:
            amount, local = self.total(what)
            totals[what] = {
                "amount": round(amount),
                "in_currency_of_the_buyer": None if local is None else round(local),
            }
        rate = self.stuck_rate
        return {
            "as_of": self.state.as_of.isoformat(),
            "known_on": self.state.known_on.isoformat(),
            "currency": self.currency,
            "currency_of_the_buyer": self.local_currency,
            "price": self.price,
            "totals": totals,
            "stuck": {
                "amount_at_most": self.stuck,
                "in_currency_of_the_buyer_at_most": None
                if self.stuck is None or rate is None
                else round(self.stuck * rate.per_unit),
                "rate": rate.per_unit if rate else None,
                "rate_date": str(rate.day) if rate else None,
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
    """Paid, due (and not reported paid), later, or undated: nothing says when it falls due."""
    if instalment.paid is not None:
        return "paid"
    if instalment.due is not None:
        return "due"
    return "later" if instalment.dated else "undated"


def exposure(state: ProgrammeState) -> Exposure:
    """The parts of the price, channels and what is paid, due and stuck in a state."""
    setup = state.ledger.setup
    currency, price = setup.price_currency, _amount(state, setup.contract, "price")
    stuck = next(
        (
            a
            for s in state.ledger.of_kind("payment")
            if (a := state.answers.get((s.id, "stuck", currency)))
        ),
        None,
    )
    held = stuck.claim.value if stuck else None
    return Exposure(
        state=state,
        price=price.value if price else None,
        currency=currency,
        local_currency=setup.currency,
        instalments=_instalments(state, price.value) if price else (),
        channels=channels(state),
        stuck=held.value if isinstance(held, Amount) else None,
        stuck_on=stuck.valid if stuck else None,
        stuck_rate=rate_on(state, stuck.valid.middle) if stuck else None,
        blockages=blockages(state),
    )


def unit_price(state: ProgrammeState) -> Amount | None:
    """The price of the contract over the ledger's units; None if no price has been reported.

    It holds everything that the contract pays for: missiles, training and spares as well.

    Examples
    --------
    >>> from skyshade.programme import load_ledger, resolve
    >>> unit_price(resolve(load_ledger("turkey-s400")))
    Amount(value=1250000000.0, unit='USD')
    """
    price = _amount(state, state.ledger.setup.contract, "price")
    units = len(state.ledger.of_kind("unit"))
    if price is None or not price.is_money or not units:
        return None
    return Amount(price.value / units, price.unit)


def _instalments(state: ProgrammeState, price: float) -> tuple[Instalment, ...]:
    """The parts that the ledger names; without any, equal parts on delivery."""
    parts = state.ledger.setup.parts or (Part("rest"),)
    rows = [row for part in parts if part.subject and (row := _named_part(state, part, price))]
    rest = price - sum(row.amount for row in rows)
    if any(not part.subject for part in parts):
        rows += _on_delivery(state, rest)
    return tuple(rows)


def _named_part(state: ProgrammeState, part: Part, price: float) -> Instalment | None:
    """A part with an amount or a share of its own, None while neither had been reported."""
    amount, share = (_amount(state, part.subject, what) for what in ("amount", "share"))
    reported = amount or share
    if reported is None:
        return None
    paid = state.happened(part.subject, "paid")
    due = state.happened(*part.due) if part.due else None
    day = (paid or due or PartialDate.on(state.as_of)).middle
    return Instalment(
        title=part.title,
        amount=amount.value if amount else price * reported.value / 100,
        rate=rate_on(state, day),
        due=due,
        paid=paid,
        assumed=amount is None,
        claims=tuple(
            a.claim.id
            for what in ("amount", "share")
            if (a := state.answer(part.subject, what)) is not None
        )[:1],
        begun=state.happened(part.subject, "paid_in_part"),
        dated=part.due is not None,
    )


def _on_delivery(state: ProgrammeState, rest: float) -> list[Instalment]:
    units = state.ledger.of_kind("unit")
    rows = []
    for subject in units:
        due = state.happened(subject.id, "delivered")
        day = (due or PartialDate.on(state.as_of)).middle
        title = f"on delivery of {subject.id}"
        rows.append(Instalment(title, rest / len(units), rate_on(state, day), due, None, True))
    return rows


def channels(state: ProgrammeState) -> tuple[Channel, ...]:
    """Every way of payment that had been heard of, with its reported status."""
    found = []
    for subject in (s for s in state.ledger.of_kind("channel") if s.id in state.subjects):
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
    """The last exchange rate reported up to a day, else the first after it; None without any."""
    subject = state.ledger.setup.rate
    rates = sorted(
        (
            c
            for c in state.published
            if c.subject == subject
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


def _amount(state: ProgrammeState, subject: str, attribute: str) -> Amount | None:
    """An amount in the currency of the price, or a share."""
    currency = state.ledger.setup.price_currency
    for qualifier in (currency, ""):
        answer = state.answers.get((subject, attribute, qualifier))
        if answer is not None and isinstance(answer.claim.value, Amount):
            return answer.claim.value
    return None
