"""How what follows from the claims looks in a terminal: sanctions, payments, forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skyshade.cli._programme_tables import console, mark, print_heading, print_rows, published, who
from skyshade.report.text import percent

if TYPE_CHECKING:
    from skyshade.programme import ProgrammeState
    from skyshade.programme.add import Added
    from skyshade.programme.agreements import Agreement, Progress
    from skyshade.programme.payments import Exposure, Rate
    from skyshade.programme.sanctions import Walk


def print_walks(walks: Sequence[Walk]) -> None:
    """The cases in short."""
    rows = [
        (
            w.case.id,
            w.case.title,
            w.outcome.title if w.outcome else "open",
            "sanctions imposed" if w.recorded else "none imposed",
            "yes" if w.agrees else "no",
        )
        for w in walks
    ]
    print_rows("Cases", ("case", "what", "the graph leads to", "on record", "agree"), rows)
    console().print("skyshade programme sanctions CASE explains each step.", style="dim")


def print_walk(walk: Walk) -> None:
    """A case step by step."""
    out, state = console(), walk.state
    out.print(f"{walk.case.title}: {walk.graph.title}", style="bold")
    out.print(f"As of {state.as_of}, as known on {state.known_on}.")
    for number, step in enumerate(walk.steps, start=1):
        if_ = {
            "KNOWN": "",
            "OPEN": " (open, asked in any case)",
            "IF_DETERMINED": " (if determined)",
        }
        answer = {True: "yes", False: "no", None: "not known"}[step.answer]
        out.print()
        out.print(f"{number}. {step.question.asks}{if_[step.reached.name]}", style="bold")
        out.print(f"   Answer: {answer}{', assumed in part' if step.assumed else ''}.")
        for fact, claim in step.known.items():
            title = state.ledger.attributes[fact].title
            out.print(
                f"   known: {title}: {claim.says}{mark(claim)} ({who(state, claim)}, "
                f"{published(state, claim)})" + (f" [{claim.note}]" if claim.note else "")
            )
        if step.unknown:
            titles = [state.ledger.attributes[f].title for f in step.unknown]
            out.print(f"   not known: {'; '.join(titles)}")
        text = "" if step.question.verified else "; text of the statute not verified"
        sources = [walk.graph.sources[s] for s in step.question.citations]
        named = ", ".join(f"{s.title} ({s.outlet})" if s.outlet else s.title for s in sources)
        out.print(f"   law: {step.question.law}{text}. Sources: {named}", style="dim")
        if step.question.note:
            out.print(f"   {step.question.note}", style="dim")
    out.print()
    out.print(f"Outcome: {walk.outcome.title if walk.outcome else 'open'}.", style="bold")
    others = [o.title for o in walk.possible if o is not walk.outcome]
    if others:
        out.print("Could still follow: " + "; ".join(others) + ".")
    record = "sanctions were imposed" if walk.recorded else "no sanctions were imposed"
    agree = "which the graph reproduces" if walk.agrees else "which the graph does not settle"
    out.print(f"On record by then: {record}, {agree}.")
    rows = [
        (str(m.number), m.title, "yes" if m.verified else "no: recalled, check the statute")
        for m in walk.could_follow
    ]
    title = (
        "Imposed" if walk.measures else f"Menu, at least {walk.graph.minimum} if it came to that"
    )
    print_rows(title, ("235(a)", "sanction", "text confirmed"), rows)


def print_exposure(exposure: Exposure) -> None:
    """Instalments, channels and totals."""
    print_heading(exposure.state)
    rows = [
        (
            i.title + (" *" if i.assumed else ""),
            f"{i.usd / 1e9:.3f}",
            _inr(i.inr),
            _rate(i.rate),
            str(i.due or "–"),
            str(i.paid or "not reported" if i.due else "–"),
        )
        for i in exposure.instalments
    ]
    print_rows(
        "Instalments (* laid out by rule: equal parts on delivery; no schedule was published)",
        ("part", "bn USD", "crore INR", "INR per USD", "due", "paid"),
        rows,
    )
    totals = []
    for what, words in (
        ("paid", "reported paid"),
        ("due", "due by the rule, payment not reported"),
        ("later", "not due yet"),
    ):
        usd, inr = exposure.total(what)
        totals.append((words, f"{usd / 1e9:.3f}", _inr(inr)))
    if exposure.stuck_usd is not None:
        rate = exposure.stuck_rate
        inr = exposure.stuck_usd * rate.inr_per_usd if rate else None
        totals.append(
            (
                f"held up, all Russian deals, reported for {exposure.stuck_on} (upper bound)",
                f"{exposure.stuck_usd / 1e9:.3f}",
                f"{_inr(inr)} at {_rate(rate)}",
            )
        )
    print_rows("Exposure", ("what", "bn USD", "crore INR"), totals)
    ways = [
        (c.id, c.status, str(c.since or "–"), who(exposure.state, c.claim) if c.claim else "–")
        for c in exposure.channels
    ]
    print_rows("Channels", ("channel", "status", "reported for", "who"), ways)
    times = [
        (str(e.start), "goes on" if e.ongoing else str(e.end), f"{e.months:.0f}")
        for e in exposure.blockages
    ]
    print_rows("Payments reported blocked", ("from", "to", "months"), times)


def print_agreements(state: ProgrammeState, agreements: Sequence[Agreement]) -> None:
    """The register."""
    print_heading(state)
    rows = [
        (
            a.subject.id,
            a.subject.title,
            a.status,
            str(a.since or "–"),
            "; ".join(_progress(p) for p in a.progress) or "–",
            str(len(a.history)),
        )
        for a in agreements
    ]
    print_rows("Agreements", ("id", "what", "status", "since", "progress", "reports"), rows)


def print_added(added: Added) -> None:
    """What adding a claim did."""
    out = console()
    if added.file is None:
        out.print(f"{added.claim.id} is there already; nothing changed.")
        return
    out.print(f"Added {added.claim.id} to {added.file}.")
    for line in added.changes or ("nothing that holds changes",):
        out.print(f"  {line}")
    out.print(f"skyshade programme {added.file} shows the whole.", style="dim")


def _progress(progress: Progress) -> str:
    target = f"{progress.target} by {progress.due}"
    if progress.share is None:
        return f"target {target}"
    share = percent(progress.share)
    return f"{share} of {target} ({progress.reached} in {progress.reached_in})"


def _inr(value: float | None) -> str:
    return "no rate" if value is None else f"{value / 1e7:,.0f}"


def _rate(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.inr_per_usd:g} ({rate.day})"
