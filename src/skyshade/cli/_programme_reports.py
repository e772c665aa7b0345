"""How what follows from the claims looks in a terminal: sanctions, payments, forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skyshade.cli._programme_tables import (
    console,
    mark,
    print_heading,
    print_rows,
    print_sentences,
    who_and_when,
)
from skyshade.programme.openings import (
    agreements_opening,
    exposure_opening,
    walk_opening,
)
from skyshade.report.text import percent

if TYPE_CHECKING:
    from skyshade.programme import ProgrammeState
    from skyshade.programme.add import Added
    from skyshade.programme.agreements import Agreement, Progress
    from skyshade.programme.payments import Exposure, Instalment, Rate
    from skyshade.programme.sanctions import Walk


def print_walks(state: ProgrammeState, walks: Sequence[Walk]) -> None:
    """The cases in short; those that had been heard of."""
    known = [w for w in walks if w.case.subject in state.subjects]
    print_heading(state)
    if not known or walks[0].graph.since > state.as_of:
        print_sentences(("Nothing about a case under this law had been published by then.",))
        return
    print_sentences(f"{w.case.title}: {' '.join(walk_opening(w)[:2])}" for w in known)
    rows = [
        (
            w.case.id,
            w.case.title,
            w.outcome.title if w.outcome else "not settled by what is known",
            "sanctions imposed" if w.recorded else "none imposed",
            _agreement(w),
        )
        for w in known
    ]
    print_rows(
        "Cases", ("case", "what", "the law leads to", "what happened", "do the two agree?"), rows
    )
    console().print("`skyshade programme sanctions CASE` explains each step.", style="dim")


def _agreement(walk: Walk) -> str:
    """Whether the graph leads to what happened, in words."""
    if walk.outcome is None:
        return "open"
    return "yes" if walk.agrees else "no, they differ"


def print_walk(walk: Walk) -> None:
    """A case step by step."""
    out, state = console(), walk.state
    heard_of = walk.case.subject in state.subjects and walk.graph.since <= state.as_of
    title = (
        f"{walk.case.title}: {walk.graph.title.on(state.known_on)}" if heard_of else walk.case.id
    )
    out.print(title, style="bold", markup=False)
    print_heading(state)
    print_sentences(walk_opening(walk))
    if not heard_of:
        return
    for number, step in enumerate(walk.steps, start=1):
        if_ = {
            "KNOWN": "",
            "OPEN": " (asked because an earlier answer is not known)",
            "IF_DETERMINED": " (only if it were determined)",
        }
        answer = {True: "yes", False: "no", None: "not known"}[step.answer]
        out.print(f"{number}. {step.asks}{if_[step.reached.name]}", style="bold", markup=False)
        out.print(
            f"   Answer: {answer}{'; it rests in part on our inference' if step.assumed else ''}."
        )
        for fact, claim in step.known.items():
            title = state.ledger.attributes[fact].title
            note = f" [{claim.note}]" if claim.note else ""
            out.print(
                f"   Known: {title}: {claim.says}{mark(claim)} "
                f"({who_and_when(state, claim)}){note}",
                markup=False,
            )
        if step.unknown:
            titles = [state.ledger.attributes[f].title for f in step.unknown]
            out.print(f"   Not known: {'; '.join(titles)}", markup=False)
        text = "" if step.question.verified else " (the text of the statute was not read)"
        named = ", ".join(f"{s.title} ({s.outlet})" for s in step.sources if s.is_publication)
        out.print(
            f"   Law: {step.law}{text}." + (f" Sources: {named}." if named else ""),
            style="dim",
            markup=False,
        )
        if step.note:
            out.print(f"   {step.note[:1].upper()}{step.note[1:]}.", style="dim", markup=False)
        out.print()
    out.print(
        "Where this leads: "
        f"{walk.outcome.title if walk.outcome else 'not settled by what is known'}.",
        style="bold",
        markup=False,
    )
    others = [o.title for o in walk.possible if o is not walk.outcome]
    if others:
        out.print("Still possible: " + "; ".join(others) + ".")
    record = "sanctions were imposed" if walk.recorded else "no sanctions had been imposed"
    out.print(f"What happened by then: {record}.")
    unread = not all(m.verified for m in walk.could_follow)
    rows = [
        (str(m.number), m.title, *(("yes" if m.verified else "no",) if unread else ()))
        for m in walk.could_follow
    ]
    title = (
        "Sanctions imposed, by their numbers in section 235(a)"
        if walk.measures
        else f"The menu of section 235(a): at least {walk.graph.minimum} would have to be chosen"
    )
    heads = ("number", "sanction", *(("was its text read?",) if unread else ()))
    print_rows(title, heads, rows)


def print_exposure(exposure: Exposure) -> None:
    """Instalments, channels and totals."""
    print_heading(exposure.state)
    print_sentences(exposure_opening(exposure))
    if exposure.price is None:
        return
    money = f"bn {exposure.currency}"
    both = exposure.local_currency != exposure.currency
    local = f"{'crore' if exposure.local_currency == 'INR' else 'bn'} {exposure.local_currency}"

    def sums(amount: float, rate: Rate | None, its: float | None) -> tuple[str, ...]:
        shown = (f"{amount / 1e9:.3f}",)
        return (*shown, _local(its, exposure.local_currency), _rate(rate)) if both else shown

    rows = [
        (
            i.title + (" *" if i.assumed else ""),
            *sums(i.amount, i.rate, i.local),
            i.due.words if i.due else "–" if i.dated else "no date published",
            _paid(i),
        )
        for i in exposure.instalments
    ]
    rates = (
        (money, local, f"{exposure.local_currency} per {exposure.currency}") if both else (money,)
    )
    print_rows(
        "Parts of the price (* worked out from a reported share, or equal parts on delivery, for "
        "want of a published schedule)",
        ("part", *rates, "due", "paid"),
        rows,
    )
    totals = []
    for what, words in (
        ("paid", "reported paid"),
        ("due", "due by the rule, payment not reported"),
        ("later", "not due yet"),
        ("undated", "no date published"),
    ):
        total = exposure.total(what)
        if what == "paid" and not total[0] and any(i.begun for i in exposure.instalments):
            totals.append((words, "in part", *("–" for _ in rates[1:])))
        elif total[0] or what != "undated":
            totals.append((words, *sums(total[0], None, total[1])))
    if exposure.stuck is not None and exposure.stuck_on is not None:
        rate = exposure.stuck_rate
        totals.append(
            (
                f"held up, other deals included, reported for {exposure.stuck_on.words} "
                "(upper bound)",
                *sums(exposure.stuck, rate, exposure.stuck * rate.per_unit if rate else None),
            )
        )
    print_rows("Exposure", ("what", *rates), totals)
    ways = [
        (
            c.title,
            c.status,
            c.since.words if c.since else "–",
            who_and_when(exposure.state, c.claim),
        )
        for c in exposure.channels
        if c.claim is not None
    ]
    print_rows("Channels", ("channel", "state", "reported for", "who, published"), ways)
    times = [
        (str(e.start), "goes on" if e.ongoing else str(e.end), f"{e.months:.0f}")
        for e in exposure.blockages
    ]
    print_rows("Payments reported blocked", ("from", "to", "months"), times)


def print_agreements(state: ProgrammeState, agreements: Sequence[Agreement]) -> None:
    """The register."""
    print_heading(state)
    print_sentences(agreements_opening(state, agreements))
    rows = [
        (
            a.subject.id,
            a.subject.title,
            a.status,
            a.since.words if a.since else "–",
            "; ".join(_progress(p) for p in a.progress) or "–",
            str(len(a.history)),
        )
        for a in agreements
    ]
    print_rows(
        "Agreements", ("id", "what", "status", "since", "progress", "reports of status"), rows
    )


def print_added(added: Added) -> None:
    """What adding a claim did."""
    out = console()
    if added.file is None:
        out.print(f"{added.claim.id} is there already; nothing changed.")
        return
    out.print(f"Added {added.claim.id} to {added.file}.")
    for line in added.changes or ("no accepted answer changes",):
        out.print(f"  {line}")
    out.print(f"`skyshade programme {added.file}` shows the whole.", style="dim")


def _progress(progress: Progress) -> str:
    target = f"{progress.target} by {progress.due.words}"
    if progress.share is None:
        return f"target {target}"
    share = percent(progress.share)
    when = progress.reached_in.words if progress.reached_in else "no date"
    return f"{share} of {target} ({progress.reached}, {when})"


def _paid(part: Instalment) -> str:
    if part.paid is not None:
        return part.paid.words
    if part.begun is not None:
        return f"in part, {part.begun.words}; amount not published"
    return "not reported" if part.due or not part.dated else "–"


def _local(value: float | None, currency: str) -> str:
    if value is None:
        return "no rate"
    return f"{value / 1e7:,.0f}" if currency == "INR" else f"{value / 1e9:.2f}"


def _rate(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.per_unit:g} ({rate.day.words})"
