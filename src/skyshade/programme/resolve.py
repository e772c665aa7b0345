"""Bitemporal resolution: the state on one date according to what was published by another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from skyshade.dates import DateRule, PartialDate, months_between
from skyshade.programme.amount import Amount
from skyshade.programme.interest import ENOUGH, outdone_by_date, outdone_by_value
from skyshade.programme.model import Attribute, Claim, Ledger, Value
from skyshade.programme.policy import (
    AUTHORITY_RANK,
    Rule,
    best,
    issued_on,
    promise_rule_between,
    promise_standing,
    rule_between,
    standing,
)
from skyshade.programme.state import Answer, Conflict, ProgrammeState, Promise, Slot
from skyshade.programme.strikes import striking, struck

# promises made within this many days of the newest one contradict it; it replaces older ones
CURRENT_DAYS = 92


def resolve(
    ledger: Ledger,
    as_of: date | None = None,
    known_on: date | None = None,
    *,
    dates: DateRule = "certainly",
) -> ProgrammeState:
    """The state on `as_of` according to what had been published by `known_on`.

    Parameters
    ----------
    as_of : default: `known_on`.
    known_on : default: the day the ledger was compiled.
    dates : when an imprecise date counts: a report whose publication is dated "July to September",
        an event dated "December". By default from the last day it may be; "possibly" from the
        first, "middle" from the middle.

    Notes
    -----
    Nothing reported after `known_on` has any influence. The rules are those of
    :mod:`skyshade.programme.policy`.
    """
    known_on = known_on or (ledger.as_of if as_of is None else max(ledger.as_of, as_of))
    as_of = as_of or known_on
    published = ledger.published(known_on, dates)
    settled = _settled(ledger, known_on, published)
    gone = {old for claim in published for old in claim.supersedes}
    slots: dict[Slot, list[Claim]] = defaultdict(list)
    for claim in published:
        if claim.id in gone or claim.stance == "hedges":
            continue
        kind = ledger.attributes[claim.attribute].kind
        if kind != "statement":
            slots[(claim.subject, claim.attribute, _qualifier(claim, kind))].append(claim)
    answers: dict[Slot, Answer] = {}
    promises: list[Promise] = []
    conflicts: list[Conflict] = []
    when = _When(as_of, dates)
    for slot in sorted(slots):
        attribute = ledger.attributes[slot[1]]
        if attribute.kind == "event":
            answer, found = _event(slot, slots[slot], when, settled, attribute.by_law)
            happened = answer.valid if answer and answer.happened and answer.certain else None
            made, more = _promises(slot, slots[slot], as_of, happened, attribute)
            promises += made
            found += more
        else:
            answer, found = _value(slot, slots[slot], as_of, attribute, settled)
        if answer is not None:
            answers[slot] = answer
        conflicts += found
    return ProgrammeState(
        ledger=ledger,
        as_of=as_of,
        known_on=known_on,
        answers=answers,
        promises=tuple(promises),
        conflicts=_with_readings(conflicts, ledger, known_on),
        published=published,
        dates=dates,
    )


@dataclass(frozen=True)
class _When:
    """The day asked about, and the rule for imprecise dates."""

    day: date
    rule: DateRule

    def is_past(self, span: PartialDate) -> bool:
        return span.counts_by(self.day, self.rule)


def _settled(ledger: Ledger, known_on: date, published: Sequence[Claim]) -> frozenset[str]:
    """The claims that a reading by hand rejects, by what was known on a day.

    A claim is rejected if the reading accepts another, already published, about the same thing.
    """
    known = {claim.id: claim for claim in published}
    rejected: set[str] = set()
    for found in ledger.contradictions:
        if found.since > known_on:
            continue
        accepted = {_topic(known[i]) for i in found.accepts if i in known}
        rejected |= {
            i
            for i in found.claims
            if i in known and i not in found.accepts and _topic(known[i]) in accepted
        }
    return frozenset(rejected)


def _topic(claim: Claim) -> Slot:
    return claim.subject, claim.attribute, _qualifier(claim, "")


def _qualifier(claim: Claim, kind: str) -> str:
    """What keeps claims about one attribute from competing: other currencies, other due dates."""
    unit = claim.value.unit if isinstance(claim.value, Amount) and claim.value.is_money else ""
    if kind == "target":
        return f"{unit} {claim.valid}".strip()
    return unit


def _read_over_recalled(claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Claims that compete; and claims rejected because they are only recalled, others read."""
    read = [c for c in claims if not c.is_memory]
    return (read, [c for c in claims if c.is_memory]) if read else (list(claims), [])


def _denied(live: Sequence[Claim], denials: Sequence[Claim]) -> list[Claim]:
    """The reports that denials strike; a party's own denial strikes no independent report.

    Independent is here the report of an identified outlet that speaks for neither side.
    """
    free = [c for c in live if not c.side and AUTHORITY_RANK[c.authority] >= ENOUGH]
    if not denials or not free or not any(d.interested for d in denials):
        return struck(live, denials)
    ids = {c.id for c in struck(free, [d for d in denials if not d.interested])}
    ids |= {c.id for c in struck(_without(live, free), denials)}
    return [c for c in live if c.id in ids]


def _event(
    slot: Slot, claims: Sequence[Claim], when: _When, settled: AbstractSet[str], by_law: bool
) -> tuple[Answer | None, list[Conflict]]:
    as_of = when.day
    reports = [c for c in claims if c.stance == "affirms" or (by_law and c.stance == "announces")]
    denials = [c for c in claims if c.stance == "denies" and not c.is_memory]
    read_out = [c for c in reports if c.id in settled]
    read_out = read_out if len(read_out) < len(reports) else []
    reports = _without(reports, read_out)
    denials = [c for c in denials if c.id not in settled]
    if not reports:
        if denials and when.is_past((last := best(denials)).valid):
            return Answer(slot, last, happened=False), []
        return None, []
    live, recalled = _read_over_recalled(reports)
    outdone = outdone_by_date(live)
    live = _without(live, outdone)
    denied = _denied(live, denials)
    live = _without(live, denied)
    early = [] if by_law else _already(live)
    live = _without(live, early)
    if not live:
        last = best(denials)
        conflicts = _conflicts(slot, [last], [(Rule.DENIED, c) for c in denied])
        return (
            Answer(slot, last, happened=False) if last.valid.first <= as_of else None
        ), conflicts
    winner = best(live)
    support = [c for c in live if c is not winner and c.valid.overlaps(winner.valid)]
    beaten = [c for c in live if not c.valid.overlaps(winner.valid)]
    overruled = [d for d in denials if d.valid.overlaps(winner.valid)]
    losers = [
        *((Rule.READING, c) for c in read_out if not c.valid.overlaps(winner.valid)),
        *((Rule.MEMORY, c) for c in recalled if not c.valid.overlaps(winner.valid)),
        *((Rule.INTERESTED, c) for c in outdone if not c.valid.overlaps(winner.valid)),
        *((Rule.DENIED, c) for c in denied if not c.valid.overlaps(winner.valid)),
        *((Rule.ALREADY, c) for c in early),
        *((rule_between(winner, c), c) for c in (*beaten, *overruled)),
    ]
    conflicts = _conflicts(slot, [winner, *support], losers)
    if denied:
        denying = striking(denials, denied)
        conflicts = [
            Conflict(k.slot, (*denying, *k.stands), k.falls, k.rule) if k.rule is Rule.DENIED else k
            for k in conflicts
        ]
    exact = _most_precise(winner, support)
    if exact.valid.first > as_of:
        return None, conflicts
    rest = tuple(c for c in (winner, *support) if c is not exact)
    return Answer(slot, exact, rest, when.is_past(exact.valid)), conflicts


def _most_precise(winner: Claim, support: Sequence[Claim]) -> Claim:
    """The report with the narrowest dates: "5 October" says more than "in October".

    Only reports that agree with the winner, rank no lower and lie within its dates are taken.
    """
    fitting = [
        c
        for c in support
        if AUTHORITY_RANK[c.authority] >= AUTHORITY_RANK[winner.authority]
        and winner.valid.first <= c.valid.first
        and c.valid.last <= winner.valid.last
    ]
    return min([winner, *fitting], key=lambda c: (c.valid.last - c.valid.first, standing(c)))


def _already(claims: Sequence[Claim]) -> list[Claim]:
    """Reports whose event begins after a report of no lower rank said that it had happened."""
    known_by: dict[int, date] = {}
    for claim in claims:
        for rank in range(AUTHORITY_RANK[claim.authority] + 1):
            known_by[rank] = min(known_by.get(rank, date.max), claim.reported.last)
    return [c for c in claims if c.valid.first > known_by[AUTHORITY_RANK[c.authority]]]


def _promises(
    slot: Slot,
    claims: Sequence[Claim],
    as_of: date,
    outcome: PartialDate | None,
    attribute: Attribute,
) -> tuple[list[Promise], list[Conflict]]:
    """What was announced, and what became of it; only what somebody can keep is ever overdue."""
    made = [c for c in claims if c.stance == "announces" and c.begins <= as_of]
    if not made or attribute.by_law:
        return [], []
    winner = min(made, key=promise_standing)
    horizon = issued_on(winner) - CURRENT_DAYS
    promises, losers = [], []
    for claim in sorted(made, key=lambda c: (issued_on(c), c.id)):
        due, status, late = claim.valid, "open", None
        current = issued_on(claim) >= horizon
        if outcome is not None:
            status = "kept" if outcome.first <= due.last else "late"
            late = months_between(due.last, outcome.middle) if status == "late" else None
        elif not current:
            status = "replaced"
        elif due.last < as_of and attribute.promised:
            status, late = "overdue", months_between(due.last, as_of)
        elif due.last < as_of:
            status = "passed"
        promises.append(Promise(slot, claim, status, outcome, late))  # type: ignore[arg-type]
        if current and not due.overlaps(winner.valid):
            losers.append((promise_rule_between(winner, claim), claim))
    return promises, _conflicts(slot, [winner], losers)


def _value(
    slot: Slot,
    claims: Sequence[Claim],
    as_of: date,
    attribute: Attribute,
    settled: AbstractSet[str],
) -> tuple[Answer | None, list[Conflict]]:
    begun = [c for c in claims if c.begins <= as_of]
    read_out = [c for c in begun if c.id in settled]
    read_out = read_out if len(read_out) < len(begun) else []
    begun = _without(begun, read_out)
    denials = [c for c in begun if c.stance == "denies" and not c.is_memory]
    live, recalled = _read_over_recalled([c for c in begun if c.stance != "denies"])
    against = _by_value(denials)
    denied = [
        claim
        for value, mine in (_by_value(live) if against else {}).items()
        for claim in _denied(mine, against.get(value, ()))
    ]
    live = _without(live, denied)
    if not live:
        return None, []
    if attribute.kind == "state":  # only claims about the same time as the newest one compete
        newest = max(live, key=lambda c: (c.valid.first, c.id)).valid
        live = [c for c in live if c.valid.overlaps(newest)]
        recalled = [c for c in recalled if c.valid.overlaps(newest)]
        read_out = [c for c in read_out if c.valid.last >= newest.first]
    outdone = outdone_by_value(live)
    live = _without(live, outdone)
    winner = best(live)
    support = [c for c in (*live, *recalled) if c is not winner and c.value == winner.value]
    losers = [
        *((Rule.READING, c) for c in read_out if c.value != winner.value),
        *((Rule.INTERESTED, c) for c in outdone if c.value != winner.value),
        *((Rule.DENIED, c) for c in denied if c.value != winner.value),
        *((rule_between(winner, c), c) for c in (*live, *recalled) if c.value != winner.value),
    ]
    answer = Answer(slot, winner, tuple(support))
    return answer, _conflicts(slot, [winner, *(c for c in support if not c.is_memory)], losers)


def _by_value(claims: Sequence[Claim]) -> dict[Value, list[Claim]]:
    groups: dict[Value, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.value].append(claim)
    return groups


def _without(claims: Sequence[Claim], struck: Sequence[Claim]) -> list[Claim]:
    ids = {c.id for c in struck}
    return [c for c in claims if c.id not in ids] if ids else list(claims)


def _conflicts(
    slot: Slot, stands: Sequence[Claim], losers: Sequence[tuple[Rule, Claim]]
) -> list[Conflict]:
    """One conflict for each rule that decided something."""
    by_rule: dict[Rule, list[Claim]] = defaultdict(list)
    for rule, claim in losers:
        by_rule[rule].append(claim)
    order = list(Rule)
    return [
        Conflict(slot, tuple(stands), tuple(sorted(falls, key=standing)), rule)
        for rule, falls in sorted(by_rule.items(), key=lambda item: order.index(item[0]))
    ]


def _with_readings(
    conflicts: Sequence[Conflict], ledger: Ledger, known_on: date
) -> tuple[Conflict, ...]:
    """The conflicts, each with the contradictions examined by hand that it is part of."""
    of_claim: dict[str, set[str]] = defaultdict(set)
    for contradiction in ledger.contradictions:
        if contradiction.since > known_on:
            continue
        for id_ in contradiction.claims:
            of_claim[id_].add(contradiction.id)
    found = []
    for c in conflicts:
        mine = set().union(*(of_claim.get(k.id, set()) for k in c.stands)) if of_claim else set()
        its = set().union(*(of_claim.get(k.id, set()) for k in c.falls)) if of_claim else set()
        found.append(Conflict(c.slot, c.stands, c.falls, c.rule, tuple(sorted(mine & its))))
    return tuple(found)
