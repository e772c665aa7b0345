"""Nothing shown as known on a day was published, or happened, later: every string, on 200 days.

What `skyshade programme` prints is caught before it is laid out. A date after the day asked about
is allowed only if it is one that somebody had announced by then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from skyshade.cli import _programme_reports, _programme_tables
from skyshade.dates import PartialDate
from skyshade.errors import InputError
from skyshade.programme import Ledger, ProgrammeState, ledger_names, load_ledger, resolve
from skyshade.programme.agreements import register
from skyshade.programme.changes import changes_between
from skyshade.programme.payments import exposure
from skyshade.programme.plan import calendar
from skyshade.programme.sanctions import load_graph, walk

N_DAYS = 200
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
# from the most precise to the least: a match hides the less precise ones within it
DATES = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}} (?:{MONTHS}) \d{{4}}|(?:{MONTHS}),? \d{{4}}"
    r"|\d{4}-\d{2}"
    r"|(?<![\d,.-])(?:19|20)\d{2}(?![\d,-])"
)


class Caught:
    """A console, and the functions that print tables, that keep what they are given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def print(self, *parts: Any, **_: Any) -> None:
        self.texts += [str(part) for part in parts]

    def rows(self, title: str, headings: Any, rows: Any) -> None:
        self.texts += [title, *headings, *(cell for row in rows for cell in row)]


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Caught:
    kept = Caught()
    for module in (_programme_tables, _programme_reports):
        monkeypatch.setattr(module, "console", lambda: kept)
        monkeypatch.setattr(module, "print_rows", kept.rows)
    return kept


def days_of(ledger: Ledger) -> list[date]:
    """Days around every publication, thinned out evenly, from before the first on."""
    found = {ledger.as_of, date(2015, 1, 1), date(2027, 6, 1)}
    for claim in ledger.claims:
        for day in (claim.reported.first, claim.reported.last):
            found |= {day - timedelta(days=1), day, day + timedelta(days=45)}
    ordered = sorted(found)
    n = min(N_DAYS, len(ordered))
    return [ordered[round(i * (len(ordered) - 1) / (n - 1))] for i in range(n)]


def announced(state: ProgrammeState) -> set[PartialDate]:
    """Every date that somebody had announced by then, and those laid out between them, as shown."""
    claims = [c for c in state.published if c.stance in ("announces", "hedges")]
    spans = [c.valid for c in claims]
    dates = calendar(state)
    if dates is not None:
        spans += [dates.due(k) for k in range(1, dates.n + 1)]
    texts = [c.says for c in claims] + [s.words for s in spans] + [str(s) for s in spans]
    # an approval names the years of its plan
    texts += [c.says for c in state.published if c.attribute == "approved"]
    return {mention for text in texts for mention in mentions(text)}


def mentions(text: str) -> Iterator[PartialDate]:
    for found in DATES.findall(text):
        try:
            yield PartialDate.parse(found.replace(",", ""))
        except InputError:
            continue


def leaks(texts: list[str], state: ProgrammeState) -> list[str]:
    """What was shown though it could not be known."""
    day, found = state.known_on, []
    promised = announced(state)
    quoted = [s for s in state.ledger.sources.values() if s.date.last <= day]
    for text in texts:
        for source in quoted:  # a title or an address that was in print may name any year
            text = text.replace(source.title, "").replace(source.url or source.title, "")
        for mention in mentions(text):
            if mention.first > day and mention not in promised:
                found.append(f"{mention} in {text!r}")
    whole = "\n".join(texts)
    ledger = state.ledger
    known = {c.id for c in state.published}
    later = [s for s in ledger.sources.values() if s.is_publication and s.date.last > day]
    found += [f"source {s.id}" for s in later if s.url and s.url in whole]
    found += [f"claim {c.id}" for c in ledger.claims if c.id not in known and f" {c.id} " in whole]
    found += [
        f"subject {s.id}"
        for s in ledger.subjects.values()
        if s.id not in state.subjects and {s.title, s.id} & set(texts)
    ]
    cited = [s for s in load_graph().sources.values() if s.is_publication and s.date.last > day]
    found += [f"law's source {s.id}" for s in cited if f"{s.title} ({s.outlet})" in whole]
    # a buyer whose case had not been heard of is no precedent yet
    found += [
        f"precedent {s.title}"
        for s in (ledger.subjects[case.subject] for case in ledger.setup.cases.values())
        if s.id not in state.subjects
        and (buyer := s.title.split(",")[0]) not in ledger.title
        and buyer in whole
    ]
    for contradiction in ledger.contradictions:
        for since, text in contradiction.reading.versions:
            if max(since, contradiction.since) > day and text in texts:
                found.append(f"reading {contradiction.id}")
    for claim in ledger.claims:
        if claim.note and claim.note_since > day and f"[{claim.note}]" in whole:
            found.append(f"note of {claim.id}")
    return found


def show_all(state: ProgrammeState) -> None:
    _programme_tables.print_state(state, everything=True)
    _programme_tables.print_subjects(state)
    for subject in state.ledger.subjects:
        _programme_tables.print_subject(state, subject)
    _programme_reports.print_exposure(exposure(state))
    _programme_reports.print_agreements(state, register(state))
    walks = [walk(state, case) for case in state.ledger.setup.cases]
    _programme_reports.print_walks(state, walks)
    for found in walks:
        _programme_reports.print_walk(found)


@pytest.mark.parametrize("name", ledger_names())
def test_nothing_later_is_shown(name: str, caught: Caught) -> None:
    ledger = load_ledger(name)
    days = days_of(ledger)
    assert len(days) >= 60
    assert days[0].year <= 2015 and days[-1] == date(2027, 6, 1)
    earlier: ProgrammeState | None = None
    found: dict[str, date] = {}
    for day in days:
        caught.texts.clear()
        state = resolve(ledger, known_on=day)
        show_all(state)
        if earlier is not None:
            _programme_tables.print_diff(earlier, state, changes_between(earlier, state))
        earlier = state
        assert len(caught.texts) > 50 or not state.published
        # the case of a law has the name that its user asked for
        texts = [t for t in caught.texts if t not in ledger.setup.cases]
        for leak in leaks(texts, state):
            found.setdefault(leak, day)
    assert not found, "\n".join(f"{day}: {leak}" for leak, day in found.items())


@pytest.mark.parametrize("name", ledger_names())
def test_plain_data_hold_nothing_later(name: str) -> None:
    """The JSON has the same limits: sources, notes, readings, subjects."""
    ledger = load_ledger(name)
    for day in days_of(ledger)[::8]:
        data = resolve(ledger, known_on=day).as_dict()
        for id_, source in data["sources"].items():
            if ledger.sources[id_].is_publication:
                assert PartialDate.parse(source["date"]).last <= day
        for claim in data["claims"].values():
            assert PartialDate.parse(claim["reported"]).last <= day
            assert set(claim["also"]) <= set(data["sources"])
            if (
                claim["stance"] == "affirms"
                and ledger.attributes[claim["attribute"]].kind != "target"
            ):
                assert PartialDate.parse(claim["valid"]).last <= day
