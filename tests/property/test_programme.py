"""Laws of the two time axes, for ledgers made at random."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skyshade.dates import PartialDate
from skyshade.programme import Claim, Ledger, ProgrammeState, load_ledger, resolve
from skyshade.programme.amount import Amount
from skyshade.programme.claims import CAP
from skyshade.programme.interest import ENOUGH, outdone_by_date, outdone_by_value
from skyshade.programme.ledger import vocabulary
from skyshade.programme.model import LedgerSource, Stance, Subject
from skyshade.programme.policy import AUTHORITY_RANK, Rule
from skyshade.programme.strikes import striking, struck

START = date(2018, 1, 1)
SUBJECTS = {
    "contract": Subject("contract", "contract", "contract"),
    "regiment-1": Subject("regiment-1", "unit", "first", order=1),
    "regiment-2": Subject("regiment-2", "unit", "second", order=2),
}
SOURCES = {
    "paper": LedgerSource("paper", "T", "A paper", "agency", PartialDate.on(START), "full"),
    "record": LedgerSource("record", "T", "Parliament", "official", PartialDate.on(START), "full"),
    "mirror": LedgerSource("mirror", "T", "A mirror", "copy", PartialDate.on(START), "full"),
    "memory": LedgerSource("memory", "T", "none", "memory", PartialDate.on(START), "no"),
}
ATTRIBUTES = ("delivered", "deployed", "price", "schedule", "quantity")

days = st.integers(0, 1500).map(lambda n: START + timedelta(days=n))
spans = st.tuples(days, st.integers(0, 120)).map(
    lambda pair: PartialDate(pair[0], pair[0] + timedelta(days=pair[1]))
)


@st.composite
def claims(draw: st.DrawFn, id_: str) -> Claim:
    """One claim that the reader of files would accept."""
    attribute = draw(st.sampled_from(ATTRIBUTES))
    source = draw(st.sampled_from(["paper", "paper", "record", "mirror", "memory"]))
    cap = AUTHORITY_RANK[CAP[SOURCES[source].kind]]
    side: Any = draw(st.sampled_from(["", "", "seller", "buyer"]))
    about = sorted(SUBJECTS)
    if vocabulary()[attribute].kinds:
        about = [s for s in about if SUBJECTS[s].kind in vocabulary()[attribute].kinds]
    stances: list[Stance] = ["affirms", "affirms", "denies", "announces", "hedges"]
    stance = draw(st.sampled_from(stances))
    reported, valid = draw(spans), draw(spans)
    if stance == "affirms" and valid.first > reported.last:
        reported, valid = valid, reported
    if stance == "announces" and valid.last < reported.first:
        reported, valid = valid, reported
    if stance == "affirms":
        valid = valid.until(reported.last)
    values: dict[str, Any] = {
        "price": Amount(draw(st.sampled_from([5.0e9, 6.0e9])), "USD"),
        "quantity": Amount(draw(st.sampled_from([4.0, 5.0])), "regiments"),
        "schedule": draw(st.sampled_from(["on time", "late"])),
    }
    return Claim(
        id=id_,
        subject=draw(st.sampled_from(about)),
        attribute=attribute,
        value=values.get(attribute),
        valid=valid,
        reported=reported,
        source=source,
        stance=stance,
        confidence="low" if source == "memory" else draw(st.sampled_from(["low", "high"])),
        evidence=SOURCES[source].evidence,
        authority=draw(st.sampled_from([a for a, rank in AUTHORITY_RANK.items() if rank <= cap])),
        side=side,
        interested=side in vocabulary()[attribute].interested,
    )


@st.composite
def ledgers(draw: st.DrawFn, most: int = 14) -> Ledger:
    n = draw(st.integers(1, most))
    return ledger_of([draw(claims(f"c{i:02d}")) for i in range(n)])


def ledger_of(found: list[Claim]) -> Ledger:
    return Ledger(
        name="random",
        title="random",
        as_of=date(2023, 1, 1),
        subjects=SUBJECTS,
        attributes=vocabulary(),
        sources=SOURCES,
        claims=tuple(sorted(found, key=lambda c: c.id)),
    )


def content(state: ProgrammeState) -> dict[str, Any]:
    data = state.as_dict()
    data.pop("ledger_version")
    return data


@given(ledgers(), days, days, days)
def test_what_is_published_later_has_no_influence(
    ledger: Ledger, as_of: date, known_on: date, later: date
) -> None:
    """A later known-on only adds; the answer on an earlier one is as if the rest did not exist."""
    known_on, later = min(known_on, later), max(known_on, later)
    until_then = ledger_of([c for c in ledger.claims if c.published_by(known_on)])
    now = resolve(ledger, as_of, known_on)
    assert content(now) == content(resolve(until_then, as_of, known_on))
    assert set(now.published) <= set(resolve(ledger, as_of, later).published)


@given(ledgers(), days, days, days)
def test_events_do_not_unhappen(ledger: Ledger, one: date, other: date, known_on: date) -> None:
    """What has happened by a date has happened by every later one, on the same day."""
    early = resolve(ledger, min(one, other), known_on)
    late = resolve(ledger, max(one, other), known_on)
    for slot, answer in early.answers.items():
        if ledger.attributes[slot[1]].kind == "event" and answer.happened and answer.certain:
            assert late.happened(*slot[:2]) == answer.valid
    order = ["planned", "delivered", "deployed in sector"]
    for before, after in zip(early.units, late.units, strict=True):
        assert order.index(before.status) <= order.index(after.status)


@given(ledgers(), days, st.data())
def test_an_irrelevant_claim_changes_nothing(
    ledger: Ledger, known_on: date, data: st.DataObject
) -> None:
    """A claim about another subject leaves every answer, promise and conflict as it was."""
    new = data.draw(claims("zz"))
    others = [c for c in ledger.claims if c.subject != new.subject]
    before = resolve(ledger_of(others), known_on, known_on) if others else None
    after = resolve(ledger_of([*others, new]), known_on, known_on)
    if before is None:
        return
    for old, kept in (
        (before.answers, {s: a for s, a in after.answers.items() if s[0] != new.subject}),
        (before.promises, tuple(p for p in after.promises if p.slot[0] != new.subject)),
        (before.conflicts, tuple(c for c in after.conflicts if c.slot[0] != new.subject)),
    ):
        assert old == kept


@given(ledgers(), days)
def test_memory_never_wins_against_what_was_read(ledger: Ledger, known_on: date) -> None:
    state = resolve(ledger, known_on, known_on)
    for conflict in state.conflicts:
        if any(c.is_memory for c in conflict.stands):
            assert all(c.is_memory for c in conflict.falls)
        if conflict.rule is Rule.MEMORY:
            assert all(c.is_memory for c in conflict.falls)
    for answer in state.answers.values():
        if answer.claim.is_memory and answer.happened:
            read = [
                c
                for c in state.published
                if (c.subject, c.attribute) == answer.slot[:2]
                and c.stance == "affirms"
                and not c.is_memory
                and c.begins <= known_on
            ]
            assert not read or ledger.attributes[answer.slot[1]].kind == "event"


@st.composite
def crowded(draw: st.DrawFn) -> list[Claim]:
    """Claims whose dates touch and coincide more often than chance would have it."""
    near = st.tuples(st.integers(0, 6), st.integers(0, 2)).map(
        lambda pair: PartialDate(START + timedelta(days=pair[0]), START + timedelta(days=sum(pair)))
    )
    found = draw(st.lists(claims("x"), max_size=8))
    return [replace(c, valid=draw(near), reported=draw(near)) for c in found]


@given(crowded(), crowded())
def test_strikes_are_those_of_all_pairs(reports: list[Claim], denials: list[Claim]) -> None:
    """The walk from the newest on finds what looking at every pair finds."""
    reports = [replace(c, id=f"r{i}") for i, c in enumerate(reports)]
    denials = [replace(c, id=f"d{i}") for i, c in enumerate(denials) if not c.is_memory]

    def strikes(denial: Claim, report: Claim) -> bool:
        older = report.reported.first <= denial.reported.first
        lower = AUTHORITY_RANK[report.authority] <= AUTHORITY_RANK[denial.authority]
        return denial.valid.overlaps(report.valid) and (report.is_memory or (older and lower))

    assert struck(reports, denials) == [r for r in reports if any(strikes(d, r) for d in denials)]
    expected = [d for d in denials if any(strikes(d, r) for r in reports)]
    assert striking(denials, reports) == expected


def outdoes(report: Claim, party: Claim) -> bool:
    """By the words of the rule, for two claims that contradict each other."""
    enough = AUTHORITY_RANK[report.authority] >= min(AUTHORITY_RANK[party.authority], ENOUGH)
    later = report.reported.first > party.reported.first
    length = report.valid.last - report.valid.first
    more_precise = length < party.valid.last - party.valid.first
    independent = not report.side and not report.is_weak
    return party.interested and independent and enough and (later or more_precise)


@given(st.lists(claims("x"), max_size=10))
def test_parties_are_outdone_as_looking_at_all_pairs_says(found: list[Claim]) -> None:
    found = [replace(c, id=f"c{i}") for i, c in enumerate(found)]
    by_date = [
        c.id for c in found if any(not r.valid.overlaps(c.valid) and outdoes(r, c) for r in found)
    ]
    by_value = [c.id for c in found if any(r.value != c.value and outdoes(r, c) for r in found)]
    assert sorted(c.id for c in outdone_by_date(found)) == sorted(by_date)
    assert sorted(c.id for c in outdone_by_value(found)) == sorted(by_value)


@given(ledgers(), days)
def test_every_claim_that_competes_is_accounted_for(ledger: Ledger, known_on: date) -> None:
    """No report of an event is lost: it stands, agrees, falls in a conflict, or waits."""
    state = resolve(ledger, date(2023, 1, 1), known_on)
    for slot, answer in state.answers.items():
        if ledger.attributes[slot[1]].kind != "event" or not answer.happened:
            continue
        sides = [c for k in state.conflicts if k.slot == slot for c in (*k.stands, *k.falls)]
        named = {answer.claim.id, *(c.id for c in answer.support), *(c.id for c in sides)}
        for claim in state.published:
            if (claim.subject, claim.attribute) == slot[:2] and claim.stance == "affirms":
                overlaps = claim.valid.overlaps(answer.valid)
                assert claim.id in named or overlaps


def as_yaml(claim: Claim) -> dict[str, Any]:
    fields = {
        "id": claim.id,
        "subject": claim.subject,
        "attribute": claim.attribute,
        "value": str(claim.value) if claim.value is not None else None,
        "stance": claim.stance,
        "valid": str(claim.valid),
        "reported": str(claim.reported),
        "source": claim.source,
        "authority": claim.authority,
        "side": claim.side or None,
        "confidence": claim.confidence,
    }
    return {k: v for k, v in fields.items() if v is not None}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(ledgers(), st.randoms(use_true_random=False), st.integers(1, 4), days)
def test_the_order_of_files_and_claims_does_not_matter(
    tmp_path: Path, ledger: Ledger, random: Any, n_files: int, known_on: date
) -> None:
    """Written to files in two ways, and read back, a ledger has one answer."""
    subjects = {
        s.id: {"kind": s.kind, "title": s.title} | ({"order": s.order} if s.order else {})
        for s in SUBJECTS.values()
    }
    head = {
        "schema": "skyshade/ledger/1",
        "name": "random",
        "as_of": "2023-01-01",
        "subjects": subjects,
        "sources": {
            s.id: {
                "title": s.title,
                "outlet": s.outlet,
                "kind": s.kind,
                "seen": s.seen,
                "date": str(s.date),
            }
            for s in SOURCES.values()
        },
    }
    states = []
    for _ in range(2):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        shuffled = list(ledger.claims)
        random.shuffle(shuffled)
        names = [f"{letter}.yaml" for letter in "gxbz"[:n_files]]
        random.shuffle(names)
        (folder / "head.yaml").write_text(yaml.safe_dump(head))
        for i, name in enumerate(names):
            part = [as_yaml(c) for c in shuffled[i::n_files]]
            text = yaml.safe_dump({"schema": "skyshade/ledger/1", "claims": part})
            (folder / name).write_text(text)
        read = load_ledger(folder)
        assert read.claims == ledger.claims
        states.append(content(resolve(read, known_on, known_on)))
    assert states[0] == states[1] == content(resolve(ledger, known_on, known_on))
