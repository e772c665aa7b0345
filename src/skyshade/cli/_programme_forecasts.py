"""How forecasts, their test and what-ifs look in a terminal."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from skyshade.cli._programme_tables import console, print_rows
from skyshade.dates import day_in_words
from skyshade.report.outlook import (
    backtest_sentences,
    by_sentences,
    forecast_sentences,
    whatif_question,
    whatif_sentences,
)
from skyshade.report.text import count, month, months, percent, stretch

if TYPE_CHECKING:
    from skyshade.programme import ProgrammeState
    from skyshade.programme.backtest import Backtest
    from skyshade.programme.forecast import Forecast
    from skyshade.programme.whatif import WhatIf


def print_forecast(forecast: Forecast, state: ProgrammeState, by: date | None) -> None:
    """Dates still to come."""
    out = console()
    sentences = by_sentences(forecast, by) if by else []
    for sentence in sentences or forecast_sentences(forecast, state):
        out.print(sentence)
    if not forecast.units:
        return
    out.print()
    rows = [
        (
            r.title,
            *(month(d) for d in (r.delivered.p10, r.delivered.p50, r.delivered.p90)),
            month(r.operational.p50),
            f"{month(r.outside.p50)} ({month(r.outside.p10)} to {month(r.outside.p90)})"
            if r.outside
            else "–",
            "; ".join(p.due.words for p in r.promises),
            percent(r.blockage_first),
            percent(r.sanction_first),
        )
        for r in forecast.units
    ]
    print_rows(
        f"Still due, as known on {day_in_words(forecast.known_on)}",
        (
            forecast.unit_name,
            "P10",
            "P50",
            "P90",
            "operational P50",
            "orders of its kind, P50 (P10 to P90)",
            "promised",
            "payments blocked first",
            "sanction first",
        ),
        rows,
    )
    if by is not None:
        shares = [
            (r.title, percent(p), percent(q))
            for id_, (p, q) in forecast.by(by).items()
            if (r := forecast.unit(id_)) is not None
        ]
        print_rows(
            f"By {day_in_words(by)}", (forecast.unit_name, "delivered", "operational"), shares
        )
    h = forecast.hazards
    out.print(
        f"Deliveries take {stretch(forecast.posterior.median_stretch)} (median of "
        f"{count(len(forecast.observed), 'promise')}, not counting months in which payments were "
        f"blocked). Payment blockages: {12 * h.blockage_per_month:.2f} a year, "
        f"{months(h.duration_months)} each{', one is going on' if h.blocked_now else ''}. "
        f"Sanctions: {12 * h.sanction_per_month:.2f} a year.",
        style="dim",
    )
    out.print(
        f"Before the promises of this programme counted, the forecast rested on "
        f"{' and on '.join(forecast.prior_from) or 'no other programme'}.",
        style="dim",
    )


def print_backtest(done: Backtest, each: bool) -> None:
    """How past forecasts fared: sentences, a line for each day, and each case if asked for."""
    out = console()
    for sentence in backtest_sentences(done):
        out.print(sentence)
    out.print()
    methods = done.scored_methods
    rows = [
        (
            str(day),
            str(sum(r.known_on == day for r in done.rows)),
            *(_number(done.mean_error(m, day)) for m in methods),
            *(_number(done.mean_crps(m, day)) for m in methods),
        )
        for day in done.days
    ]
    rows.append(
        (
            "all days",
            str(len(done.rows)),
            *(_number(done.mean_error(m)) for m in methods),
            *(_number(done.mean_crps(m)) for m in methods),
        )
    )
    heads = tuple(f"error, {m}" for m in methods) + tuple(f"CRPS, {m}" for m in methods)
    print_rows(
        f"Months, by day of the forecast (error: mean of the {done.unit_names} delivered since; "
        "CRPS: "
        "those still due as well)",
        ("known on", f"{done.unit_names} due", *heads),
        rows,
    )
    for measure, title in (("crps", "the better CRPS"), ("error", "the smaller mean error")):
        lost = [
            (str(s.first), str(s.last), s.better, f"{s.other:.1f}", f"{s.model:.1f}")
            for s in done.lost(measure)  # type: ignore[arg-type]
        ]
        print_rows(
            f"Where another method had {title}, months",
            ("from", "to", "better", "it", "the model"),
            lost,
        )
    if done.fifths:
        shares = tuple(percent(x) for x in done.fifths)
        print_rows(
            "Calibration: share of outcomes in each fifth of the forecast (20 % each is ideal)",
            ("earliest fifth", "second", "third", "fourth", "latest fifth"),
            [shares],
        )
    if each:
        _print_cases(done)


def _print_cases(done: Backtest) -> None:
    def error_text(row: Any, method: str) -> str:
        error = row.error_months(method)
        return "–" if error is None else f"{error:+.0f}"

    methods = done.scored_methods
    rows = [
        (
            str(r.known_on),
            r.unit,
            month(r.model.p10),
            month(r.model.p50),
            month(r.model.p90),
            r.actual.words if r.actual else "not yet",
            {True: "yes", False: "no", None: "–"}[r.covered],
            *(error_text(r, m) for m in methods),
        )
        for r in done.rows
    ]
    print_rows(
        "Each forecast of a delivery, error in months (negative: too early)",
        ("known on", done.unit_name, "P10", "P50", "P90", "happened", "inside", *methods),
        rows,
    )


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.1f}"


def print_whatif(result: WhatIf) -> None:
    """A what-if beside its base."""
    out = console()
    out.print(whatif_question(result), style="bold", markup=False)
    for sentence in whatif_sentences(result):
        out.print(sentence, markup=False)
    out.print()
    rows = [
        (
            r.title,
            month(r.delivered.p50),
            month(changed.delivered.p50),
            f"{result.shift_months(r.id):+.1f}",
            f"{month(changed.delivered.p10)} to {month(changed.delivered.p90)}",
        )
        for r in result.base.units
        if (changed := result.changed.unit(r.id))
    ]
    print_rows(
        f"Deliveries, as known on {day_in_words(result.base.known_on)}",
        (result.base.unit_name, "P50 now", "P50 then", "months", "P10 to P90 then"),
        rows,
    )
    menu = [
        (
            str(c.measure.number),
            c.measure.touches,
            c.measure.title,
            c.measure.effect,
            "yes" if c.chosen else "no",
            "; ".join(c.used_against) or "–",
        )
        for c in result.menu
    ]
    print_rows(
        "What the law offers, section 235(a); the effects are our words, not the statute's",
        ("number", "touches", "measure", "for the buyer", "in this what-if", "imposed before on"),
        menu,
    )
