"""The answers before the tables of one subject, of a sanctions case, of payments and agreements.

Each is at most five sentences, made from a state. The programme as a whole is summed up in
:mod:`skyshade.programme.summary`.
"""

from __future__ import annotations

from collections.abc import Sequence

from skyshade.programme.agreements import Agreement
from skyshade.programme.model import Subject
from skyshade.programme.payments import Exposure
from skyshade.programme.sanctions import Walk
from skyshade.programme.state import ProgrammeState, UnitState
from skyshade.programme.summary import MOST_DISPUTES, MOST_SENTENCES, NOT_HERE, imposed, owed
from skyshade.programme.words import (
    amount,
    at,
    counted,
    day_of,
    in_months,
    listed,
    number,
    said,
    sentence,
    verb,
    word_of,
)


def subject_opening(state: ProgrammeState, subject: Subject) -> tuple[str, ...]:
    """One subject on a day in at most five sentences."""
    claims = state.about(subject.id)
    if not claims:
        if subject.id in state.subjects:
            return (f"Nothing on the {subject.title} alone had been published by {day_of(state)}.",)
        return (f"Nothing about it had been published by {day_of(state)}.",)
    found = [
        _unit_state(state, state.unit(subject))
        if subject.kind == "unit"
        else _newest_answer(state, subject),
        _promise_of(state, subject),
        _hedge_of(state, subject),
    ]
    conflicts = [c for c in state.conflicts if c.slot[0] == subject.id]
    own = {c.id for c in claims}
    readings = [(r, text) for r, text in state.readings if own.intersection(r.claims)]
    if conflicts:
        topics = [f"'{state.ledger.attributes[c.slot[1]].title}'" for c in conflicts]
        found.append(f"reports contradict each other on {listed(list(dict.fromkeys(topics)))}")
    elif readings:
        found.append("; ".join(f"{r.topic}: {text}" for r, text in readings[:1]))
    speakers = {word_of(state, c) for c in claims}
    verb = "is" if len(claims) == 1 else "are"
    found.append(
        f"{counted(len(claims), 'statement')} by {counted(len(speakers), 'speaker')} or "
        f"{'outlet' if len(speakers) == 1 else 'outlets'} {verb} on record"
    )
    return tuple(sentence(text) for text in found if text)[:MOST_SENTENCES]


def walk_opening(found: Walk) -> tuple[str, ...]:
    """Where a case stands under the law, in at most five sentences."""
    state, graph = found.state, found.graph
    if graph.since > state.as_of:
        return (f"The law did not exist on {day_of(state)}.",)
    if found.case.subject not in state.subjects:
        return (f"Nothing about this case had been published by {day_of(state)}.",)
    texts = []
    if found.recorded:
        texts.append(imposed(found))
        if found.measures:
            texts.append(
                f"it chose {number(len(found.measures))} of the {number(len(graph.menu))} measures "
                f"of section 235; the law asks for at least {number(graph.minimum)}"
            )
    else:
        texts.append(f"the United States had imposed no sanctions by {day_of(state)}")
    known = [s for s in found.steps if s.answer is not None and s.reached.name == "KNOWN"]
    open_ = [s for s in found.steps if s.answer is None]
    if found.outcome is not None and not found.recorded:
        texts.append(f"as far as is known, the law leads to this: {found.outcome.title}")
    elif not found.recorded:
        texts.append("what is known does not settle where the law leads")
    if open_ and not found.recorded:
        texts.append(
            f"{number(len(known)) if known else 'none'} of its {number(len(found.steps))} "
            "questions can be answered" + (f"; {number(len(open_))} cannot" if known else "")
        )
    if not found.recorded and found.could_follow:
        texts.append(
            f"if the purchase were determined to be significant and nothing were waived, at least "
            f"{number(graph.minimum)} of {number(len(graph.menu))} measures would have to be chosen"
        )
    if any(s.assumed for s in found.steps):
        texts.append("answers that rest on our inference are marked")
    return tuple(sentence(text) for text in texts)[:MOST_SENTENCES]


def exposure_opening(found: Exposure) -> tuple[str, ...]:
    """What is paid, due and held up, and which channels are open, in at most five sentences."""
    state = found.state
    texts = [owed(state) or f"no price had been published by {day_of(state)}"]
    paid = [i.title for i in found.instalments if i.paid]
    if found.instalments:
        if paid:
            texts.append(f"only the {listed(paid)} {verb(paid, 'is', 'are')} reported paid")
        texts.append(
            "no dates of payment were published; the parts below are the shares that were reported"
            if state.ledger.setup.all_reported
            else "no schedule of payments was published; the parts below follow a rule"
        )
    spoken = [c for c in found.channels if c.claim is not None]
    if spoken:
        parts = [f"{c.title} {c.status} ({c.since.words})" for c in spoken if c.since is not None]
        texts.append(f"ways of payment, as last reported: {', '.join(parts)}")
    running = [e for e in found.blockages if e.ongoing]
    if running:
        texts.append(f"trouble with payments has been reported since {running[-1].start:%B %Y}")
    elif found.blockages:
        total = sum(e.months for e in found.blockages)
        texts.append(
            f"trouble with payments was reported for {in_months(total)} in all; "
            "none is reported now"
        )
    return tuple(sentence(text) for text in texts)[:MOST_SENTENCES]


def agreements_opening(state: ProgrammeState, agreements: Sequence[Agreement]) -> tuple[str, ...]:
    """How many agreements there are, what is signed, what is not, and targets, in sentences."""
    if not agreements:
        return (f"Nothing about other agreements had been published by {day_of(state)}.",)
    n = len(agreements)
    texts = [
        "one other agreement or round of talks is on record"
        if n == 1
        else f"{number(n)} other agreements and rounds of talks are on record"
    ]
    unsigned = [
        a.subject.title for a in agreements if a.status.startswith(("not signed", "expected and"))
    ]
    if unsigned:
        texts.append(f"expected and not signed: {'; '.join(unsigned[:MOST_DISPUTES])}")
    for is_reached, words in ((True, "reached"), (False, "not reached so far")):
        done = [
            f"{a.subject.title}, {amount(p.target)} by {p.due.words} ({amount(p.reached)} "
            f"reported for {p.reached_in.words})"
            for a in agreements
            for p in a.progress
            if p.share is not None
            and (p.share >= 1) is is_reached
            and p.reached is not None
            and p.reached_in is not None
        ]
        if done:
            texts.append(f"{'target' if len(done) == 1 else 'targets'} {words}: {'; '.join(done)}")
    dated = [(a.since, a) for a in agreements if a.since is not None]
    if dated:
        since, newest = max(dated, key=lambda pair: (pair[0].last, pair[1].subject.id))
        texts.append(f"the newest is on {newest.subject.title}: {newest.status} ({since.words})")
    return tuple(sentence(text) for text in texts)[:MOST_SENTENCES]


# --------------------------------------------------------------------------------------- parts


def _unit_state(state: ProgrammeState, unit: UnitState) -> str:
    if unit.since is None:
        return f"nothing of the {unit.subject.title} has been reported delivered"
    claim = next(a.claim for a in unit.milestones.values() if a.valid == unit.since)
    when = f"{at(unit.since)} ({word_of(state, claim)})"
    if unit.readiness == f"reported {unit.status}":
        text = f"the {unit.subject.title} was reported {unit.status} {when}"
    else:
        text = f"the last step reported of the {unit.subject.title} is '{unit.status}', {when}"
        text += f"; its state is '{unit.readiness}'" if unit.readiness != NOT_HERE else ""
    return text + (f"; sector: {unit.sector}" if unit.sector and unit.sector not in text else "")


def _newest_answer(state: ProgrammeState, subject: Subject) -> str:
    kinds = state.ledger.attributes
    answers = [a for a in state.of(subject.id) if a.certain]
    answers = [a for a in answers if kinds[a.slot[1]].kind != "target"] or answers
    answers = [a for a in answers if a.claim.authority != "inference"] or answers
    newest = max(answers, key=lambda a: (a.valid.last, a.claim.reported.last), default=None)
    if newest is None:
        return "statements only are on record, and they are listed below"
    attribute = kinds[newest.slot[1]]
    head = f"{'' if newest.happened else 'not '}{attribute.title}"
    text = said(newest.claim)
    if attribute.kind != "state" or attribute.measure == "yes_no" or not text:
        text = f"{head}: {text}" if not text.startswith(head) else text
        text = text.removesuffix(": ")
    return f"last reported: {text}, {newest.valid.words} ({word_of(state, newest.claim)})"


def _promise_of(state: ProgrammeState, subject: Subject) -> str:
    live = [p for p in state.open_promises if p.slot[0] == subject.id]
    if not live:
        return ""
    newest = max(live, key=lambda p: (p.issued.first, p.claim.id))
    title = state.ledger.attributes[newest.slot[1]].title
    missed = (
        f", and missed by {in_months(newest.late_months or 0.0)}"
        if newest.status == "overdue"
        else ""
    )
    return (
        f"promised: {title} {at(newest.due)}{missed} "
        f"({word_of(state, newest.claim)}, {newest.issued.words})"
    )


def _hedge_of(state: ProgrammeState, subject: Subject) -> str:
    hedges = [
        c
        for c in state.about(subject.id)
        if c.stance == "hedges" and state.happened(subject.id, c.attribute) is None
    ]
    if not hedges:
        return ""
    newest = hedges[-1]
    speaker = f"{newest.who}," if newest.office else newest.who
    return f"{speaker} left it open {at(newest.reported)}: {newest.says}"
