"""How the programme's answers look in a terminal: the answer in sentences, then the tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from skyshade.catalogue.readable import LOW_MARK, MEMORY_MARK
from skyshade.dates import day_in_words
from skyshade.programme.words import said
from skyshade.report.text import count, months

if TYPE_CHECKING:
    from rich.console import Console

    from skyshade.programme.changes import Change
    from skyshade.programme.model import Claim, Contradiction
    from skyshade.programme.state import Conflict, ProgrammeState, Promise, UnitState

PIPE_WIDTH = 130  # columns when nobody's terminal says otherwise
INFERRED_MARK = "~"
# what has become of an announced date; how late it is follows
BECAME = {
    "open": "still open",
    "overdue": "missed so far",
    "passed": "the day passed, no report",
    "kept": "kept",
    "late": "came late",
    "replaced": "replaced by a newer date",
}


def console() -> Console:
    """A console as wide as the terminal, or of a fixed width in a pipe."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def print_legend(state: ProgrammeState) -> None:
    """The marks of weak claims, those that a ledger needs."""
    marks = [f"{LOW_MARK} low confidence"]
    if any(c.is_memory for c in state.published):
        marks.append(f"{MEMORY_MARK} recalled, read in no source")
    marks.append(f"{INFERRED_MARK} day of publication inferred or imprecise")
    console().print("   ".join(marks), style="dim")


def print_rows(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of words; nothing if there is no row."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for i, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=i == 0 and len(headings) < 5)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def print_sentences(sentences: Iterable[str]) -> None:
    """The answer before the tables."""
    for text in sentences:
        console().print(text, markup=False)
    console().print()


def mark(claim: Claim) -> str:
    """The marks of a weak claim, with a space before."""
    weak = MEMORY_MARK if claim.is_memory else LOW_MARK if claim.confidence == "low" else ""
    return f" {weak}" if weak else ""


def published(state: ProgrammeState, claim: Claim) -> str:
    """When a claim was published, marked where that is inferred or not a day."""
    source = state.ledger.sources[claim.source]
    if not source.is_publication:
        return "–"
    inferred = source.inferred or claim.reported.precision != "day"
    return f"{claim.reported.words}{' ' + INFERRED_MARK if inferred else ''}"


def who(state: ProgrammeState, claim: Claim) -> str:
    """Who said it, where."""
    from skyshade.programme.words import who as in_words

    return in_words(state, claim)


def who_and_when(state: ProgrammeState, claim: Claim) -> str:
    """Who said it, where, and when it was published."""
    when = published(state, claim)
    return who(state, claim) if when == "–" else f"{who(state, claim)}, {when}"


def print_state(state: ProgrammeState, everything: bool) -> None:
    """The programme: its answer in sentences, the units, the promises, what is disputed."""
    from skyshade.programme.summary import opening

    ledger = state.ledger
    print_heading(state)
    print_sentences(opening(state))
    rows = [
        (
            r.subject.id,
            r.readiness,
            _last_step(r),
            r.sector or "–",
            _by_word(state, r),
            _promised(state, r.next_promise),
        )
        for r in state.units
    ]
    unit = state.ledger.setup
    print_rows(
        unit.units.capitalize(),
        (unit.unit, "state", "last step reported", "sector", "by whose word", "promised next"),
        rows,
    )
    if everything:
        for title, kinds in (
            ("Contract", ("contract",)),
            ("Payments and channels", ("payment", "channel")),
            ("Sanctions", ("sanctions",)),
            ("Agreements", ("agreement",)),
            ("Meetings and positions", ("statement", "deployment")),
        ):
            subjects = [s for kind in kinds for s in ledger.of_kind(kind)]  # type: ignore[arg-type]
            rows_of_kind = [row for s in subjects for row in _answer_rows(state, s.id)]
            print_rows(title, ("subject", "what", "answer", "when", "who, published"), rows_of_kind)
    print_promises(state, state.open_promises)
    if everything:
        print_conflicts(state, state.conflicts)
    print_readings(state, state.readings if everything else _main_readings(state))
    out = console()
    print_legend(state)
    if not everything:
        out.print(
            "--all adds every answer on contract, payments, sanctions and agreements, and "
            "every contradiction.",
            style="dim",
        )
    out.print(
        "--subject NAME shows every statement on one subject; `skyshade programme subjects` "
        "lists them.",
        style="dim",
    )


def print_subject(state: ProgrammeState, subject: str) -> None:
    """One subject: what holds, what was promised, and who said what, where."""
    from skyshade.programme.openings import subject_opening

    found = state.subject(subject)
    print_heading(state)
    heard_of = found.id in state.subjects  # before that, its title would tell what came later
    console().print(
        f"{found.title} ({found.id})" if heard_of else f"subject {found.id}",
        style="bold",
        markup=False,
    )
    print_sentences(subject_opening(state, found))
    rows = [row[1:] for row in _answer_rows(state, found.id)]
    print_rows("What is accepted", ("what", "answer", "when", "who, published"), rows)
    print_promises(state, [p for p in state.promises if p.slot[0] == found.id])
    print_conflicts(state, [c for c in state.conflicts if c.slot[0] == found.id])
    print_readings(state, state.readings_on(found.id))
    claims = state.about(found.id)
    rows = [
        (published(state, c), who(state, c), _sentence(state, c) + mark(c), c.id) for c in claims
    ]
    print_rows("Who said what", ("published", "who", "what", "claim"), rows)
    print_sources(state, claims)
    if claims:
        print_legend(state)


def print_subjects(state: ProgrammeState) -> None:
    """The index: every subject that had been heard of, with the newest thing said."""
    print_heading(state)
    print_sentences(
        (
            f"By then something had been published on {count(len(state.subjects), 'subject')}.",
            "`skyshade programme --subject NAME` shows one of them, by its name or its title.",
        )
    )
    rows = []
    for subject in state.subjects.values():
        claims = state.about(subject.id)
        newest = max(
            (c.reported for c in claims if state.ledger.sources[c.source].is_publication),
            default=None,
        )
        rows.append(
            (
                subject.id,
                subject.title,
                subject.kind,
                f"{len(claims)}",
                newest.words if newest else "–",
            )
        )
    print_rows("Subjects", ("name", "title", "kind", "statements", "newest"), rows)


def print_diff(before: ProgrammeState, after: ProgrammeState, changes: Sequence[Change]) -> None:
    """What became known between two days, and who said it."""
    from skyshade.programme.changes import changes_in_short

    out = console()
    out.print(
        f"{after.ledger.title}: as known on {day_in_words(before.known_on)}, "
        f"and on {day_in_words(after.known_on)}",
        style="bold",
    )
    out.print()
    print_sentences(changes_in_short(before, after, changes))
    for title, kinds in (
        ("Changed or new", ("new", "changed")),
        ("Promises", ("promise",)),
        ("No longer accepted", ("gone",)),
    ):
        rows = [
            (
                c.subject,
                c.what,
                BECAME.get(c.before, c.before) or "–",
                BECAME.get(c.after, c.after) or "–",
                who_and_when(after, c.claim) + mark(c.claim) if c.claim else "the day itself",
            )
            for c in changes
            if c.kind in kinds
        ]
        print_rows(title, ("subject", "what", "before", "after", "who, published"), rows)
    if changes:
        print_legend(after)


def print_heading(state: ProgrammeState) -> None:
    """What is asked, in one line, and what it rests on."""
    out, ledger = console(), state.ledger
    as_of = f" as of {day_in_words(state.as_of)}," if state.as_of != state.known_on else ""
    out.print(
        f"{ledger.title}:{as_of} as known on {day_in_words(state.known_on)}",
        style="bold",
        markup=False,
    )
    n_sources = len({c.source for c in state.published})
    out.print(
        f"{count(len(state.published), 'statement')} from {count(n_sources, 'source')} "
        "had been published by then."
        if state.published
        else "No statement had been published by then.",
        style="dim",
    )
    more = len(ledger.published(state.known_on, "possibly")) - len(state.published)
    if state.dates == "certainly" and more > 0:
        noun = "more statement" if state.published else "statement"
        day, them = ("its day is", "it") if more == 1 else ("their days are", "them")
        out.print(
            f"{count(more, noun)} may have been published by then, but {day} not known; "
            f"--dates possibly counts {them}.",
            style="dim",
        )
    if state.known_on > ledger.as_of:
        out.print(
            f"The ledger was compiled on {day_in_words(ledger.as_of)}; "
            "nothing published later is in it.",
            style="bold",
        )
    out.print()


def print_promises(state: ProgrammeState, promises: Sequence[Promise]) -> None:
    """Announced dates and what became of them."""
    rows = [
        (
            f"{p.slot[0]}, {state.ledger.attributes[p.slot[1]].title}",
            p.due.words,
            _became(state, p),
            f"{who(state, p.claim)}, {p.issued.words}{mark(p.claim)}",
        )
        for p in promises
    ]
    print_rows("Dates announced", ("what", "for", "what became of it", "said by"), rows)


def _became(state: ProgrammeState, promise: Promise) -> str:
    late = f", {months(promise.late_months)}" if promise.late_months else ""
    return BECAME[promise.status] + late


def print_conflicts(state: ProgrammeState, conflicts: Sequence[Conflict]) -> None:
    """Contradictions, both sides and the rule."""
    rows = [
        (
            f"{c.slot[0]}, {state.ledger.attributes[c.slot[1]].title}",
            _side(state, c.stands, 2),
            _side(state, c.falls, 3),
            c.rule.value + (f" [{', '.join(c.looked_into)}]" if c.looked_into else ""),
        )
        for c in conflicts
    ]
    print_rows("Contradictions", ("about", "accepted", "rejected", "because"), rows)


def print_readings(state: ProgrammeState, readings: Sequence[tuple[Contradiction, str]]) -> None:
    """Contradictions looked into by hand, and how they are read."""
    rows = [
        (found.id, found.topic, text + (" ?" if found.confidence == "low" else ""))
        for found, text in readings
    ]
    print_rows("Contradictions looked into by hand", ("", "topic", "how we read it"), rows)


def _main_readings(state: ProgrammeState) -> list[tuple[Contradiction, str]]:
    """Those on the units and the contract; the others are shown with their subjects."""
    subjects = {c.id: state.ledger.subjects[c.subject].kind for c in state.published}
    return [
        (found, text)
        for found, text in state.readings
        if any(subjects.get(id_) in ("unit", "contract") for id_ in found.claims)
    ]


def print_sources(state: ProgrammeState, claims: Sequence[Claim]) -> None:
    """The sources of these claims, with how much of each was read."""
    named = {s for c in claims for s in (c.source, *c.also)}
    if not named:
        return
    extent = {
        "full": "read in full",
        "excerpt": "read in part",
        "secondary": "read as quoted",
        "no": "not read",
    }
    console().print("Sources", style="bold")
    for source in state.ledger.sources.values():
        if source.id not in named:
            continue
        if not source.is_publication:
            console().print(f"{source.id}: {source.title}. {source.note}", markup=False)
            continue
        inferred = " (inferred)" if source.inferred else ""
        kind = {"copy": "a copy, ", "reprint": "a reprint, "}.get(source.kind, "")
        console().print(
            f"{source.id}: {source.title}. {source.outlet}, {source.date.words}{inferred}; "
            f"{kind}{extent[source.seen]}",
            markup=False,
        )
        for line in (source.url, source.note):
            if line:
                console().print(f"    {line}", style="dim", soft_wrap=True, markup=False)


def _answer_rows(state: ProgrammeState, subject: str) -> list[tuple[str, str, str, str, str]]:
    rows = []
    for answer in state.of(subject):
        claim = answer.claim
        attribute = state.ledger.attributes[answer.slot[1]]
        text = said(claim) or ("it happened" if attribute.kind == "event" else "")
        if not answer.happened:
            text = f"denied: {claim.says}" if claim.says else "denied"
        if not answer.certain:
            text += " (may lie after this day)"
        support = len(answer.support)
        more = f"; {support} more {'agrees' if support == 1 else 'agree'}" if support else ""
        rows.append(
            (
                subject,
                attribute.title,
                text + mark(claim),
                claim.valid.words,
                f"{who_and_when(state, claim)}{more}",
            )
        )
    return rows


def _last_step(unit: UnitState) -> str:
    if unit.since is None:
        return "–"
    certain = "" if unit.certain else " (or about to)"
    return f"{unit.status}{certain}, {unit.since.words}"


def _by_word(state: ProgrammeState, unit: UnitState) -> str:
    claim = next((a.claim for a in unit.milestones.values() if a.valid == unit.since), None)
    return "–" if claim is None else who(state, claim) + mark(claim)


def _promised(state: ProgrammeState, promise: Promise | None) -> str:
    if promise is None:
        return "–"
    title = state.ledger.attributes[promise.slot[1]].title
    overdue = (
        f", missed by {months(promise.late_months or 0.0)}" if promise.status == "overdue" else ""
    )
    word = f"{who(state, promise.claim)}, {promise.issued.words}"
    return f"{title}, {promise.due.words}{overdue} ({word})"


def _sentence(state: ProgrammeState, claim: Claim) -> str:
    """A claim in words: what, when, and its stance."""
    attribute = state.ledger.attributes[claim.attribute]
    value = said(claim)
    if attribute.kind == "statement":
        text = value
    elif claim.stance == "affirms":
        text = f"{attribute.title}, {claim.valid.words}" + (f": {value}" if value else "")
    elif claim.stance == "denies":
        text = f"denies that it was {attribute.title}, {claim.valid.words}" + (
            f": {value}" if value else ""
        )
    elif claim.stance == "hedges":
        text = f"leaves it open ({attribute.title}): {value}"
    else:
        text = f"announces: {attribute.title}, {claim.valid.words}"
        text += f" ({value})" if value else ""
    return f"{text} [{claim.note}]" if claim.note else text


def _side(state: ProgrammeState, claims: Sequence[Claim], limit: int) -> str:
    shown = [
        f"{_answer(state, c)}{mark(c)} ({who(state, c)}, {published(state, c)})"
        for c in claims[:limit]
    ]
    more = len(claims) - limit
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _answer(state: ProgrammeState, claim: Claim) -> str:
    """What a claim sets against others: its date for an event, its value for anything else."""
    if state.ledger.attributes[claim.attribute].kind != "event":
        return said(claim)
    head = f"not {claim.valid.words}" if claim.stance == "denies" else claim.valid.words
    return f"{head}: {claim.says}" if claim.says else head
