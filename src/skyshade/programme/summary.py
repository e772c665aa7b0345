"""The answer before the tables: the programme in at most five sentences, each with its source.

What has been delivered and by whose word, what is late and by how much, what is owed, what the law
can still do, and what is disputed. A ledger that holds nothing on one of these has no sentence on
it. The sentences of the other commands are in :mod:`skyshade.programme.openings`.
"""

from __future__ import annotations

from collections.abc import Sequence

from skyshade.dates import months_between
from skyshade.programme.amount import Amount
from skyshade.programme.decision import load_graph
from skyshade.programme.model import Contradiction
from skyshade.programme.payments import Exposure, exposure
from skyshade.programme.plan import calendar
from skyshade.programme.policy import standing
from skyshade.programme.sanctions import Walk, walk
from skyshade.programme.state import (
    Answer,
    ProgrammeState,
    Promise,
    UnitState,
)
from skyshade.programme.words import (
    at,
    counted,
    day_of,
    in_months,
    listed,
    money,
    number,
    sentence,
    share,
    verb,
    word_of,
)
from skyshade.shown import ordinal

MOST_DISPUTES = 3  # named in a sentence
MOST_SENTENCES = 5
NOT_HERE = "not reported delivered"


def opening(state: ProgrammeState) -> tuple[str, ...]:
    """The programme on a day in at most five sentences."""
    if not state.published:
        return (f"Nothing about it had been published by {day_of(state)}.",)
    found = (
        delivered(state),
        late(state),
        owed(state),
        law(state),
        disputed(state),
    )
    texts = tuple(sentence(text) for text in found if text)
    nothing = "Nothing about the contract, deliveries or sanctions had been published by"
    return texts or (f"{nothing} {day_of(state)}.",)


# ------------------------------------------------------------------- the sentences of the opening


def delivered(state: ProgrammeState) -> str:
    """What has been delivered, by whose word, and what is operational."""
    units = state.units
    if not units:
        return _approach(state)
    here = [u for u in units if u.readiness != NOT_HERE]
    if not here:
        return _nothing_yet(state, units)
    by_word: dict[str, list[str]] = {}
    for unit in here:
        answer = _arrival(unit)
        came = f"the {_short(unit)} {at(answer.valid)}"
        by_word.setdefault(word_of(state, answer.claim), []).append(came)
    parts = ", ".join(f"{listed(came)} ({word})" for word, came in by_word.items())
    setup = state.ledger.setup
    subject = share(len(here), len(units), setup.unit, setup.units)
    verb = "has" if len(here) == 1 else "have"
    return f"{subject} {verb} been reported delivered: {parts}; {_in_service(state, here)}"


def late(state: ProgrammeState) -> str:
    """What is late, by how much, and what is promised now."""
    missing = [u for u in state.units if u.readiness == NOT_HERE]
    if not missing:
        return ""
    first = missing[0]
    promise = _next_promise(state, missing)
    dates = calendar(state)
    text = ""
    if dates is not None:
        order = [s.id for s in state.ledger.of_kind("unit")]
        due = {u.subject.id: dates.due(order.index(u.subject.id) + 1) for u in missing}
        overdue = [u for u in missing if due[u.subject.id].last < state.as_of]
        told = (
            f"by the calendar of {dates.first.reported.first.year} ({word_of(state, dates.first)})"
        )
        if overdue:
            gap = months_between(due[first.subject.id].last, state.as_of)
            named = [f"the {_short(u)} by {due[u.subject.id].words}" for u in overdue]
            named[0] = named[0].replace(" by ", " was due by ", 1)
            subject = "it is" if len(overdue) == 1 else f"the {_short(first)} is"
            text = f"{told}, {listed(named)}; {subject} {in_months(gap)} late"
        else:
            text = f"{told}, the {_short(first)} is due {at(due[first.subject.id])}"
    if promise is None:
        return text or ("no date of delivery has been published" if _is_signed(state) else "")
    unit = next(u for u in missing if u.subject.id == promise.slot[0])
    missed = (
        f", missed by {in_months(promise.late_months or 0.0)}"
        if promise.status == "overdue"
        else ""
    )
    newest = (
        f"the date last given for {_it_or(unit, first if text else None)} is "
        f"{promise.due.words}{missed} "
        f"({word_of(state, promise.claim)}, {promise.issued.words})"
    )
    return f"{text}; {newest}" if text else newest


def owed(state: ProgrammeState) -> str:
    """The price, what is reported paid, what the rule makes due, and what is held up."""
    prices = _prices(state)
    if not prices:
        return ""
    if not _is_signed(state):
        said_ = [
            f"at {money(_sum(p))} ({word_of(state, p.claim)}, {p.claim.reported.words})"
            for p in prices
        ]
        return f"the price was put {listed(said_)}"
    text = f"the price is {money(_sum(prices[0]))}"
    found = exposure(state)
    if found.price is None:
        return text
    paid = Amount(found.total("paid")[0], found.currency)
    text += f", of which {money(paid)} is reported paid" if paid.value else ""
    if state.ledger.setup.all_reported:
        text += f"; {_by_shares(found)}"
    else:
        text += "" if paid.value else ", and no payment is reported"
        due = Amount(found.total("due")[0], found.currency)
        more = "more " if paid.value else ""
        if due.value:
            text += f"; if the rest is due in equal parts on delivery, {money(due)} {more}is due"
    if found.stuck is not None and found.stuck_on is not None:
        stuck = money(Amount(found.stuck, found.currency))
        text += f"; {stuck}, other deals included, was reported held up {at(found.stuck_on)}"
    return text


def law(state: ProgrammeState) -> str:
    """What has been imposed, and what the law can still do."""
    graph = load_graph()
    case = next(iter(state.ledger.setup.cases.values()), None)  # the buyer's own comes first
    if case is None or graph.since > state.as_of or case.subject not in state.subjects:
        return ""
    found = walk(state, case.id, graph)
    if found.recorded:
        return imposed(found)
    waiver = state.answers.get((case.subject, "waiver", ""))
    text = "the United States has imposed no sanctions for the purchase"
    if waiver is not None:
        text += f"; the last word on a waiver is '{waiver.claim.says}' "
        text += f"({word_of(state, waiver.claim)}, {waiver.claim.reported.words})"
    if found.could_follow:
        text += (
            f"; its law requires at least {number(graph.minimum)} of {number(len(graph.menu))} "
            "measures "
            "once it determines that the purchase is significant"
        )
    return text


def disputed(state: ProgrammeState) -> str:
    """How many contradictions there are, and the newest on the units and the contract."""
    n = len(state.conflicts)
    known = {c.id: c for c in state.published}
    weight = {"unit": 0, "contract": 1}

    def order(reading: Contradiction) -> tuple[int, int]:
        kinds = [state.ledger.subjects[known[i].subject].kind for i in reading.claims if i in known]
        return min(weight.get(kind, 2) for kind in kinds), -reading.since.toordinal()

    topics = [r.topic for r in sorted((r for r, _ in state.readings if r.claims), key=order)]
    if not n and not topics:
        return ""
    if not topics:
        return f"reports contradict each other on {counted(n, 'point')}"
    points = f"on {counted(n, 'point')}" if n else "in part"
    some = "" if n <= len(topics[:MOST_DISPUTES]) else ", among them"
    return f"reports contradict each other {points}{some}: {'; '.join(topics[:MOST_DISPUTES])}"


def imposed(found: Walk) -> str:
    """The sanctions on record in a case: when, and on whom."""
    answer = found.state.answers[(found.case.subject, "imposed", "")]
    what = f": {answer.claim.says}" if answer.claim.says else ""
    return f"the United States imposed sanctions {at(answer.valid)}{what}"


# --------------------------------------------------------------------------------------- parts


def _it_or(unit: UnitState, named: UnitState | None) -> str:
    return "it" if unit == named else f"the {_short(unit)}"


def _by_shares(found: Exposure) -> str:
    """The parts of a price whose shares were all reported, and what is known of their payment."""
    parts = [
        f"{money(Amount(i.amount, found.currency))} for the {i.title}" for i in found.instalments
    ]
    if not parts:
        return "no payment is reported"
    text = f"by the shares that were reported, that is {listed(parts)}"
    begun = [i for i in found.instalments if i.begun is not None and i.paid is None]
    for part in begun:
        text += f"; a first payment on the {part.title} is reported, without its amount"
    if not begun and not any(i.paid for i in found.instalments):
        text += "; no payment is reported"
    return text


def _in_service(state: ProgrammeState, here: Sequence[UnitState]) -> str:
    """Which of the delivered units are operational: by a report, by assumption, or not."""
    named: dict[str, list[str]] = {}
    for unit in here:
        named.setdefault(unit.readiness, []).append(_short(unit))
    ready, assumed = (named.get(f"{by} operational", []) for by in ("reported", "assumed"))
    if ready:
        text = f"the {listed(ready)} {verb(ready, 'is', 'are')} reported operational"
    else:
        text = (
            "no report says that it is operational"
            if len(here) == 1
            else ("no report says that one is operational")
        )
    denials = {
        word_of(state, told.claim): told.claim.reported.words
        for unit in here
        if (told := state.answers.get((unit.subject.id, "operational", ""))) and not told.happened
    }
    for word, when in denials.items():
        text += f", and {word} reports that it is not ({when})"
    if assumed:
        whose = f"the {listed(assumed)}"
        if 1 < len(assumed) == len(here):
            whose = "both" if len(here) == 2 else f"all {number(len(here))}"
        elif len(here) == 1:
            whose = "it"
        wait = in_months(state.ledger.setup.operational_after_months)
        text += f"; {whose} {verb(assumed, 'is', 'are')} assumed to be, {wait} after delivery"
    return text


def _short(unit: UnitState) -> str:
    return ordinal(unit.subject.order) if unit.subject.order else unit.subject.title


def _arrival(unit: UnitState) -> Answer:
    """The report of the delivery, or of the deployment that implies it."""
    return unit.milestones.get("delivered") or unit.milestones["deployed"]


def _next_promise(state: ProgrammeState, missing: Sequence[UnitState]) -> Promise | None:
    for unit in missing:
        live = [p for p in state.open_promises if p.slot[:2] == (unit.subject.id, "delivered")]
        if live:
            return max(live, key=lambda p: (p.issued.first, p.claim.id))
    return None


def _prices(state: ProgrammeState) -> list[Answer]:
    """The price in each currency, that of most authority, and then the newest, first."""
    found = [
        answer
        for subject in state.ledger.of_kind("contract")
        for answer in state.of(subject.id)
        if answer.slot[1] == "price" and isinstance(answer.claim.value, Amount)
    ]
    return sorted(found, key=lambda answer: standing(answer.claim))


def _sum(price: Answer) -> Amount:
    assert isinstance(price.claim.value, Amount)
    return price.claim.value


def _is_signed(state: ProgrammeState) -> bool:
    contracts = state.ledger.of_kind("contract")
    return any(state.happened(s.id, "signed") is not None for s in contracts)


def _approach(state: ProgrammeState) -> str:
    """How far the contract has come while nothing is ordered."""
    steps = [
        a
        for s in state.ledger.of_kind("contract")
        for a in state.of(s.id)
        if state.ledger.attributes[a.slot[1]].kind == "event" and a.happened and a.certain
    ]
    last = max(steps, key=lambda a: a.valid, default=None)
    if last is None:
        return ""
    title = state.ledger.attributes[last.slot[1]].title
    word = word_of(state, last.claim)
    return f"the last step of the contract is '{title}', {at(last.valid)} ({word})"


def _nothing_yet(state: ProgrammeState, units: Sequence[UnitState]) -> str:
    if not _is_signed(state):
        step = _approach(state)
        none = "no contract has been reported signed"
        return f"{none}; {step}" if step else none
    setup = state.ledger.setup
    text = f"{share(0, len(units), setup.unit, setup.units)} has been reported delivered"
    if len(units) == 1:
        text = f"the only {setup.unit} has not been reported delivered"
    begun = next((u for u in units if u.since is not None), None)
    if begun is None or begun.since is None:
        return text
    claim = next(a.claim for a in begun.milestones.values() if a.valid == begun.since)
    return (
        f"{text}; the last step reported is '{begun.status}' for the {_short(begun)}, "
        f"{at(begun.since)} "
        f"({word_of(state, claim)})"
    )
