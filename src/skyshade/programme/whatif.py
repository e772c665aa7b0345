"""What a closed channel, or a sanction, would do to the buyer, by a stated rule.

A sanction is a choice from the menu of the statute: it touches export licences, credit, banking,
property and persons, whether or not it stops a delivery. Deliveries stop only if one of the
measures chosen closes a way of payment. An assessment of consequences; nothing here says how a
payment could be made, or how to stay clear of a law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from skyshade.dates import DateRule, months_between
from skyshade.errors import InputError, unknown_name
from skyshade.programme.decision import Graph, Measure, load_graph
from skyshade.programme.forecast import SEED, Forecast, Shock, forecast
from skyshade.programme.hazards import learn_hazards
from skyshade.programme.model import Ledger
from skyshade.programme.payments import channels, exposure, phase
from skyshade.programme.resolve import resolve
from skyshade.programme.sanctions import walk
from skyshade.programme.state import ProgrammeState
from skyshade.programme.words import listed, share

OPEN = "open"
CARRIES = (OPEN, "restricted")  # small payments at least


@dataclass(frozen=True, slots=True)
class Choice:
    """One measure of the menu in a what-if.

    Attributes
    ----------
    chosen : it is one of those that land.
    used_against : precedents of the ledger in which it was imposed, as known on the day.
    """

    measure: Measure
    chosen: bool
    used_against: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "number": self.measure.number,
            "title": self.measure.title,
            "touches": self.measure.touches,
            "effect": self.measure.effect,
            "closes_channel": self.measure.closes_channel,
            "text_verified": self.measure.verified,
            "chosen": self.chosen,
            "used_against": list(self.used_against),
        }


@dataclass(frozen=True)
class WhatIf:
    """A what-if beside its base.

    Attributes
    ----------
    stop_months : for how long deliveries stop, and `because` of which rule.
    delayed : parts of the price, in `currency`, that are due after the event.
    menu : of the statute, for a sanction.
    lasts : the event goes on from its day, and is not done with on it.
    """

    event: str
    day: date
    stop_months: float
    because: str
    base: Forecast
    changed: Forecast
    delayed: float
    currency: str
    menu: tuple[Choice, ...] = ()
    lasts: bool = False

    def shift_months(self, unit: str) -> float:
        """By how much the median delivery of a unit moves."""
        before, after = self.base.unit(unit), self.changed.unit(unit)
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
            "menu": [choice.as_dict() for choice in self.menu],
            "base": self.base.as_dict(),
            "changed": self.changed.as_dict(),
            "shift_months": {r.id: round(self.shift_months(r.id), 1) for r in self.base.units},
        }


def channel_closes(
    ledger: Ledger,
    channel: str,
    day: date,
    months: float,
    known_on: date | None = None,
    seed: int = SEED,
    dates: DateRule = "certainly",
) -> WhatIf:
    """What if a channel closes on a day for some months.

    Rule: while no channel carries payments no unit moves. If another channel is open, it takes
    over after as long as settling a way of payment took the first time, or when the channel opens
    again, whichever is first; if none is, deliveries stop for the whole time. A channel that is not
    open already changes nothing by closing.

    Raises
    ------
    InputError : no such channel; a negative time.
    """
    known_on = known_on or ledger.as_of
    state = resolve(ledger, known_on, known_on, dates=dates)
    known = {c.id: c for c in channels(state)}
    if channel not in known:
        raise unknown_name("channel", channel, known)
    if not 0 < months <= 240:
        raise InputError("not a time", field="months", value=months, allowed="0 to 240 months")
    others = [c.title for c in known.values() if c.status == OPEN and c.id != channel]
    settle = learn_hazards(state).resettle_months
    if known[channel].status not in CARRIES:
        stop = 0.0
        because = f"no payments go this way now; it was last reported '{known[channel].status}'"
    elif others and settle < months:
        stop = settle
        because = (
            f"{listed(others)} would take over once that is settled, and settling the first way of "
            "payment took as long"
        )
    else:
        stop = months
        because = (
            "no other channel is open"
            if not others
            else "it opens again before another channel is settled"
        )
    event = f"the {known[channel].title} closed for {months:g} months"
    return replace(_what_if(state, event, day, stop, because, seed), lasts=True)


def sanction_lands(
    ledger: Ledger,
    day: date,
    known_on: date | None = None,
    seed: int = SEED,
    measures: Sequence[int] | None = None,
    dates: DateRule = "certainly",
) -> WhatIf:
    """What if sanctions land on a day.

    Parameters
    ----------
    measures : numbers of the menu; default: all, which is the worst case.
    dates : when a report with an imprecise day counts as published, as for `resolve`.

    Rule: measures that bar banking, currency or property close the channel in use until another is
    settled, which takes as long as it took from the contract to the first settled way of payment.
    Other measures stop no delivery.

    Raises
    ------
    InputError : a number that is not on the menu, or fewer than the law asks for.
    """
    known_on = known_on or ledger.as_of
    graph, state = load_graph(), resolve(ledger, known_on, known_on, dates=dates)
    chosen = tuple(dict.fromkeys(measures)) if measures is not None else tuple(graph.menu)
    strange = [n for n in chosen if n not in graph.menu]
    if strange or len(chosen) < graph.minimum:
        raise InputError(
            "not on the menu of the law" if strange else "fewer measures than the law asks for",
            field="measures",
            value=strange[0] if strange else len(chosen),
            allowed=f"{graph.minimum} or more of 1 to {max(graph.menu)}",
        )
    closing = [n for n in chosen if graph.menu[n].closes_channel]
    settle = learn_hazards(state).resettle_months
    if closing:
        stop = settle
        because = (
            f"with {listed([graph.menu[n].title for n in closing])}, the channel in use closes, "
            "and settling another is taken to last as long as it did after the contract"
        )
    else:
        stop, because = 0.0, "none of the measures closes a way of payment"
    event = f"{share(len(chosen), len(graph.menu), 'measure', 'measures')} of the law were imposed"
    found = _what_if(state, event, day, stop, because, seed)
    return replace(found, menu=_menu(state, graph, chosen))


def _menu(state: ProgrammeState, graph: Graph, chosen: Sequence[int]) -> tuple[Choice, ...]:
    """The menu, with the precedents of the ledger in which each measure was imposed."""
    used: dict[int, list[str]] = {n: [] for n in graph.menu}
    for case in state.ledger.setup.cases.values():
        if state.about(case.subject):
            for n in walk(state, case.id, graph).measures:
                used[n].append(case.title)
    return tuple(Choice(m, n in chosen, tuple(used[n])) for n, m in graph.menu.items())


def _what_if(
    state: ProgrammeState, event: str, day: date, stop: float, because: str, seed: int
) -> WhatIf:
    ledger, known_on, dates = state.ledger, state.known_on, state.dates
    if day < known_on:
        raise InputError(
            "a what-if must lie in the future, after the day of the forecast",
            field="day",
            value=day.isoformat(),
            allowed=f"{known_on} or later",
        )
    shocks: Sequence[Shock] = (Shock(day, stop),) if stop > 0 else ()
    waiting = [i for i in exposure(state).instalments if phase(i) == "later"]
    return WhatIf(
        event=event,
        day=day,
        stop_months=stop,
        because=because,
        base=forecast(ledger, known_on, seed=seed, dates=dates),
        changed=forecast(ledger, known_on, seed=seed, shocks=shocks, dates=dates),
        delayed=sum(i.amount for i in waiting) if stop > 0 else 0.0,
        currency=ledger.setup.price_currency,
    )
