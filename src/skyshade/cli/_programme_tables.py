"""How the programme's answers look in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skyshade.catalogue.readable import LOW_MARK, MEMORY_MARK
from skyshade.report.text import count, months

if TYPE_CHECKING:
    from rich.console import Console

    from skyshade.programme.model import Claim
    from skyshade.programme.state import Conflict, ProgrammeState, Promise

PIPE_WIDTH = 130  # columns when nobody's terminal says otherwise
INFERRED_MARK = "~"
LEGEND = (
    f"{LOW_MARK} low confidence   {MEMORY_MARK} from memory only, read in no source   "
    f"{INFERRED_MARK} day of publication inferred or imprecise"
)


def console() -> Console:
    """A console as wide as the terminal, or of a fixed width in a pipe."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


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


def mark(claim: Claim) -> str:
    """The marks of a weak claim, with a space before."""
    weak = MEMORY_MARK if claim.is_memory else LOW_MARK if claim.confidence == "low" else ""
    return f" {weak}" if weak else ""


def published(state: ProgrammeState, claim: Claim) -> str:
    """When a claim was published, marked where that is inferred or not a day."""
    inferred = state.ledger.sources[claim.source].inferred or claim.reported.precision != "day"
    return f"{claim.reported}{' ' + INFERRED_MARK if inferred else ''}"


def who(state: ProgrammeState, claim: Claim) -> str:
    """Who said it, where."""
    outlet = state.ledger.sources[claim.source].outlet
    return f"{claim.who}, in {outlet}" if claim.speaker or claim.office else outlet


def print_state(state: ProgrammeState) -> None:
    """Everything, for a reader who asks for nothing in particular."""
    ledger = state.ledger
    print_heading(state)
    rows = [
        (
            r.subject.id,
            r.status + ("" if r.certain else " (or about to)"),
            str(r.since or "–"),
            r.sector or "–",
            _promised(state, r.next_promise),
        )
        for r in state.regiments
    ]
    print_rows("Regiments", ("regiment", "status", "since", "sector", "promised next"), rows)
    for title, kinds in (
        ("Contract", ("contract",)),
        ("Payments and channels", ("payment", "channel")),
        ("Sanctions", ("sanctions",)),
        ("Agreements", ("agreement",)),
    ):
        subjects = [s for kind in kinds for s in ledger.of_kind(kind)]  # type: ignore[arg-type]
        rows = [row for s in subjects for row in _answer_rows(state, s.id)]
        print_rows(title, ("subject", "what", "answer", "date", "who, when"), rows)
    print_promises(state, state.open_promises)
    print_conflicts(state, state.conflicts)
    console().print(LEGEND, style="dim")
    console().print(
        "skyshade programme --subject NAME shows every claim about one subject with its source.",
        style="dim",
    )


def print_subject(state: ProgrammeState, subject: str) -> None:
    """One subject: what holds, what was promised, and who said what, where."""
    ledger = state.ledger
    found = ledger.subject(subject)
    print_heading(state)
    console().print(f"{found.title} ({found.id})", style="bold")
    if found.kind == "regiment":
        regiment = state.regiment(found)
        since = f" since {regiment.since}" if regiment.since else ""
        console().print(f"Status: {regiment.status}{since}.")
        if regiment.next_promise:
            console().print(f"Promised next: {_promised(state, regiment.next_promise)}.")
    rows = [row[1:] for row in _answer_rows(state, subject)]
    print_rows("What holds", ("what", "answer", "date", "who, when"), rows)
    print_promises(state, [p for p in state.promises if p.slot[0] == subject])
    print_conflicts(state, [c for c in state.conflicts if c.slot[0] == subject])
    claims = state.about(subject)
    rows = [
        (published(state, c), who(state, c), _sentence(state, c) + mark(c), c.id) for c in claims
    ]
    print_rows("Who said what", ("published", "who", "what", "claim"), rows)
    if not claims:
        console().print("Nothing about it had been published by then.")
    print_sources(state, claims)
    console().print(LEGEND, style="dim")


def print_heading(state: ProgrammeState) -> None:
    """What is asked, in one line, and how much it rests on."""
    console().print(
        f"{state.ledger.title}: {state.as_of}, as known on {state.known_on}", style="bold"
    )
    console().print(
        f"{count(len(state.published), 'claim')} had been published by then; "
        f"ledger {state.ledger.name}, "
        f"version {state.ledger.version}"
    )


def print_promises(state: ProgrammeState, promises: Sequence[Promise]) -> None:
    """Announced dates and what became of them."""
    rows = [
        (
            f"{p.slot[0]}, {state.ledger.attributes[p.slot[1]].title}",
            str(p.due),
            p.status + (f", {months(p.late_months)}" if p.late_months else ""),
            f"{who(state, p.claim)}, {p.issued}{mark(p.claim)}",
        )
        for p in promises
    ]
    print_rows("Promises", ("what", "due", "status", "said by"), rows)


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
    print_rows("Conflicts", ("about", "stands", "against", "because"), rows)
    ids = {id_ for c in conflicts for id_ in c.looked_into}
    for reading in state.ledger.contradictions:
        if reading.id in ids:
            console().print(f"{reading.id}, {reading.topic}: {reading.reading}.", style="dim")


def print_sources(state: ProgrammeState, claims: Sequence[Claim]) -> None:
    """The sources of these claims, with how much of each was read."""
    named = {s for c in claims for s in (c.source, *c.also)}
    if not named:
        return
    console().print("Sources (last word: how much of it was read)", style="bold")
    for source in state.ledger.sources.values():
        if source.id in named:
            inferred = " (inferred)" if source.inferred else ""
            console().print(
                f"{source.id}: {source.title}. {source.outlet}, {source.date}{inferred}. "
                f"{source.seen}"
            )
            for line in (source.url, source.note):
                if line:
                    console().print(f"    {line}", style="dim", soft_wrap=True)


def _answer_rows(state: ProgrammeState, subject: str) -> list[tuple[str, str, str, str, str]]:
    rows = []
    for answer in state.of(subject):
        claim = answer.claim
        attribute = state.ledger.attributes[answer.slot[1]]
        said = claim.says or ("yes" if attribute.kind == "event" else "")
        if not answer.happened:
            said = f"not so: {said}"
        if not answer.certain:
            said += " (may lie after this date)"
        rows.append(
            (
                subject,
                attribute.title,
                said + mark(claim),
                str(claim.valid),
                f"{who(state, claim)}, {published(state, claim)}"
                + (f"; {len(answer.support)} more agree" if answer.support else ""),
            )
        )
    return rows


def _promised(state: ProgrammeState, promise: Promise | None) -> str:
    if promise is None:
        return "–"
    title = state.ledger.attributes[promise.slot[1]].title
    overdue = ", overdue" if promise.status == "overdue" else ""
    return f"{title} {promise.due}{overdue} ({who(state, promise.claim)}, {promise.issued})"


def _sentence(state: ProgrammeState, claim: Claim) -> str:
    title = state.ledger.attributes[claim.attribute].title
    said = claim.says
    head = {
        "affirms": f"{title} {claim.valid}",
        "denies": f"denies: {title} {claim.valid}",
        "hedges": f"{title}: left open",
        "announces": f"{title}: announced for {claim.valid}",
    }[claim.stance]
    text = f"{head}: {said}" if said else head
    return f"{text} [{claim.note}]" if claim.note else text


def _side(state: ProgrammeState, claims: Sequence[Claim], limit: int) -> str:
    shown = [
        f"{_answer(state, c)}{mark(c)} ({state.ledger.sources[c.source].outlet}, "
        f"{published(state, c)})"
        for c in claims[:limit]
    ]
    more = len(claims) - limit
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _answer(state: ProgrammeState, claim: Claim) -> str:
    """What a claim sets against others: its date for an event, its value for anything else."""
    if state.ledger.attributes[claim.attribute].kind != "event":
        return claim.says
    head = f"not {claim.valid}" if claim.stance == "denies" else str(claim.valid)
    return f"{head}: {claim.says}" if claim.says else head
