"""What a closed channel, or a sanction, would do to the deliveries still due, by a stated rule.

An assessment of consequences; nothing here says how a payment could be made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from skyshade.dates import months_between
from skyshade.errors import InputError, unknown_name
from skyshade.programme.forecast import SEED, Forecast, Shock, forecast
from skyshade.programme.hazards import learn_hazards
from skyshade.programme.model import Ledger
from skyshade.programme.payments import channels, exposure, phase
from skyshade.programme.resolve import resolve

OPEN = "open"
CARRIES = (OPEN, "restricted")  # small payments at least


@dataclass(frozen=True)
class WhatIf:
    """A what-if beside its base.

    Attributes
    ----------
    stop_months : for how long deliveries stop, and `because` of which rule.
    delayed : parts of the price, in `currency`, that are due after the event.
    """

    event: str
    day: date
    stop_months: float
    because: str
    base: Forecast
    changed: Forecast
    delayed: float
    currency: str

    def shift_months(self, regiment: str) -> float:
        """By how much the median delivery of a regiment moves."""
        before, after = self.base.regiment(regiment), self.changed.regiment(regiment)
        if before is None or after is None:
            return 0.0
        return months_between(before.delivered.p50, after.delivered.p50)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "event": self.event,
            "day": self.day.isoformat(),
            "deliveries_stop_months": round(self.stop_months, 1),
            "because": self.because,
            "delayed": {"amount": round(self.delayed), "currency": self.currency},
            "base": self.base.as_dict(),
            "changed": self.changed.as_dict(),
            "shift_months": {r.id: round(self.shift_months(r.id), 1) for r in self.base.regiments},
        }


def channel_closes(
    ledger: Ledger,
    channel: str,
    day: date,
    months: float,
    known_on: date | None = None,
    seed: int = SEED,
) -> WhatIf:
    """What if a channel closes on a day for some months.

    Rule: while no channel carries payments no regiment moves. If another channel is open, it takes
    over after as long as settling a way of payment took the first time, or when the channel opens
    again, whichever is first; if none is, deliveries stop for the whole time. A channel that is not
    open already changes nothing by closing.

    Raises
    ------
    InputError : no such channel; a negative time.
    """
    known_on = known_on or ledger.as_of
    state = resolve(ledger, known_on, known_on)
    known = {c.id: c for c in channels(state)}
    if channel not in known:
        raise unknown_name("channel", channel, known)
    if not 0 < months <= 240:
        raise InputError("not a time", field="months", value=months, allowed="0 to 240 months")
    others = [c.id for c in known.values() if c.status == OPEN and c.id != channel]
    settle = learn_hazards(state).resettle_months
    if known[channel].status not in CARRIES:
        stop, because = 0.0, f"it carries no payments now: {known[channel].status}"
    elif others and settle < months:
        stop = settle
        because = f"{', '.join(others)} takes over once settled, which took {settle:.1f} months"
    else:
        stop = months
        because = (
            "no other channel is open"
            if not others
            else "it opens again before another channel is settled"
        )
    return _what_if(
        ledger, f"{channel} closes for {months:g} months", day, stop, because, known_on, seed
    )


def sanction_lands(
    ledger: Ledger, day: date, known_on: date | None = None, seed: int = SEED
) -> WhatIf:
    """What if a sanction with banking or currency measures lands on a day.

    Rule: it closes the channel in use until another is settled, which takes as long as it took from
    the contract to the first settled way of payment.
    """
    known_on = known_on or ledger.as_of
    settle = learn_hazards(resolve(ledger, known_on, known_on)).resettle_months
    because = f"settling another channel takes {settle:.1f} months, as it did after the contract"
    return _what_if(ledger, "a sanction lands", day, settle, because, known_on, seed)


def _what_if(
    ledger: Ledger, event: str, day: date, stop: float, because: str, known_on: date, seed: int
) -> WhatIf:
    if day < known_on:
        raise InputError(
            "a what-if must lie in the future, after the day of the forecast",
            field="day",
            value=day.isoformat(),
            allowed=f"{known_on} or later",
        )
    shocks: Sequence[Shock] = (Shock(day, stop),) if stop > 0 else ()
    state = resolve(ledger, known_on, known_on)
    waiting = [i for i in exposure(state).instalments if phase(i) == "later"]
    return WhatIf(
        event=event,
        day=day,
        stop_months=stop,
        because=because,
        base=forecast(ledger, known_on, seed=seed),
        changed=forecast(ledger, known_on, seed=seed, shocks=shocks),
        delayed=sum(i.amount for i in waiting) if stop > 0 else 0.0,
        currency=ledger.setup.price_currency,
    )
