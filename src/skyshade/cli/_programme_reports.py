"""How what follows from the claims looks in a terminal: sanctions, payments, forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from skyshade.cli._programme_tables import (
    console,
    mark,
    print_heading,
    print_rows,
    print_sentences,
    who_and_when,
)
from skyshade.programme.summary import (
    agreements_opening,
    exposure_opening,
    walk_opening,
)
from skyshade.report.text import count, months, percent, stretch

if TYPE_CHECKING:
    from skyshade.programme import ProgrammeState
    from skyshade.programme.add import Added
    from skyshade.programme.agreements import Agreement, Progress
    from skyshade.programme.backtest import Backtest
    from skyshade.programme.forecast import Forecast
    from skyshade.programme.payments import Exposure, Rate
    from skyshade.programme.sanctions import Walk
    from skyshade.programme.whatif import WhatIf


def print_walks(walks: Sequence[Walk]) -> None:
    """The cases in short; those that had been heard of."""
    state = walks[0].state
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
    rows = [
        (str(m.number), m.title, "yes" if m.verified else "no: recalled") for m in walk.could_follow
    ]
    title = (
        "Sanctions imposed, by their numbers in section 235(a)"
        if walk.measures
        else f"The menu of section 235(a): at least {walk.graph.minimum} would have to be chosen"
    )
    print_rows(title, ("number", "sanction", "was its text read?"), rows)


def print_exposure(exposure: Exposure) -> None:
    """Instalments, channels and totals."""
    print_heading(exposure.state)
    print_sentences(exposure_opening(exposure))
    rows = [
        (
            i.title + (" *" if i.assumed else ""),
            f"{i.usd / 1e9:.3f}",
            _inr(i.inr),
            _rate(i.rate),
            i.due.words if i.due else "–",
            i.paid.words if i.paid else "not reported" if i.due else "–",
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
    if exposure.stuck_usd is not None and exposure.stuck_on is not None:
        rate = exposure.stuck_rate
        inr = exposure.stuck_usd * rate.inr_per_usd if rate else None
        totals.append(
            (
                f"held up, other deals included, reported for {exposure.stuck_on.words} (upper "
                "bound)",
                f"{exposure.stuck_usd / 1e9:.3f}",
                f"{_inr(inr)} at {_rate(rate)}",
            )
        )
    print_rows("Exposure", ("what", "bn USD", "crore INR"), totals)
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
    print_rows("Agreements", ("id", "what", "status", "since", "progress", "reports"), rows)


def print_forecast(forecast: Forecast) -> None:
    """Dates still to come."""
    out = console()
    rows = [
        (
            r.id,
            *(str(d) for d in (r.delivered.p10, r.delivered.p50, r.delivered.p90)),
            str(r.operational.p50),
            ", ".join(str(p.due) for p in r.promises),
            percent(r.blockage_first),
            percent(r.sanction_first),
        )
        for r in forecast.regiments
    ]
    print_rows(
        f"Still due, as known on {forecast.known_on}",
        (
            "regiment",
            "P10",
            "P50",
            "P90",
            "operational P50",
            "promised",
            "blockage first",
            "sanction first",
        ),
        rows,
    )
    if not rows:
        out.print(
            f"Nothing is still due, or nothing was promised, as known on {forecast.known_on}."
        )
    h = forecast.hazards
    out.print(
        f"Deliveries take {stretch(forecast.posterior.median_stretch)} (median of "
        f"{count(len(forecast.observed), 'promise')}, not counting months in which payments were "
        f"blocked). Payment blockages: {12 * h.blockage_per_month:.2f} a year, "
        f"{months(h.duration_months)} each{', one is going on' if h.blocked_now else ''}. "
        f"Sanctions: {12 * h.sanction_per_month:.2f} a year."
    )
    out.print(
        "The regiments are few, so P10 to P90 is a wide guess and not a promise.", style="dim"
    )


def print_backtest(done: Backtest) -> None:
    """Every forecast against what happened, and the summary."""
    from skyshade.programme.backtest import METHODS

    def error_text(row: Any, method: str) -> str:
        error = row.error_months(method)
        return "–" if error is None else f"{error:+.0f}"

    rows = [
        (
            str(r.known_on),
            r.regiment,
            str(r.model.p10),
            str(r.model.p50),
            str(r.model.p90),
            str(r.actual or "not yet"),
            {True: "yes", False: "no", None: "–"}[r.covered],
            *(error_text(r, m) for m in METHODS),
        )
        for r in done.rows
    ]
    print_rows(
        "Forecast of the delivery, error in months (negative: too early)",
        ("known on", "regiment", "P10", "P50", "P90", "happened", "inside", *METHODS),
        rows,
    )
    covered, scored = done.coverage
    if not scored:
        console().print("Nothing forecast on those days has happened yet, so nothing is scored.")
        return
    days = sorted({r.known_on for r in done.rows})
    rows = [
        (
            m,
            *(f"{done.mean_error(m, d):.1f}" for d in days),
            f"{done.mean_error(m):.1f}",
            f"{done.bias(m):+.1f}",
        )
        for m in METHODS
    ]
    print_rows("Mean absolute error, months", ("method", *map(str, days), "all", "bias"), rows)
    verdict = "beats both baselines" if done.beats_both else "does not beat both baselines"
    console().print(
        f"P10 to P90 held what happened in {covered} of {scored} cases (it should be 80 %). "
        f"The model {verdict}. The {scored} cases are not independent: they are "
        f"{len({r.regiment for r in done.rows if r.actual})} regiments."
    )


def print_whatif(result: WhatIf) -> None:
    """A what-if beside its base."""
    out = console()
    out.print(f"What if {result.event} on {result.day}?", style="bold")
    out.print(f"Deliveries stop for {result.stop_months:.1f} months: {result.because}.")
    rows = [
        (
            r.id,
            str(r.delivered.p50),
            str(changed.delivered.p50),
            f"{result.shift_months(r.id):+.1f}",
            f"{changed.delivered.p10} to {changed.delivered.p90}",
        )
        for r in result.base.regiments
        if (changed := result.changed.regiment(r.id))
    ]
    print_rows(
        f"Deliveries, as known on {result.base.known_on}",
        ("regiment", "P50 now", "P50 then", "months", "P10 to P90 then"),
        rows,
    )
    out.print(f"Instalments that would wait (by the rule): {result.delayed_usd / 1e9:.3f} bn USD.")


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


def _inr(value: float | None) -> str:
    return "no rate" if value is None else f"{value / 1e7:,.0f}"


def _rate(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.inr_per_usd:g} ({rate.day.words})"
