"""What forecasts, their test and what-ifs say, in sentences that a journal could print."""

from __future__ import annotations

from datetime import date

from skyshade.programme.backtest import Backtest
from skyshade.programme.forecast import Forecast, RegimentForecast
from skyshade.programme.state import ProgrammeState
from skyshade.programme.whatif import WhatIf
from skyshade.programme.words import number
from skyshade.report import text


def long_month(when: date) -> str:
    """A month in a sentence.

    >>> long_month(date(2027, 3, 1))
    'March 2027'
    """
    return f"{when:%B %Y}"


def forecast_sentences(made: Forecast, state: ProgrammeState) -> list[str]:
    """What is still due, when it may come, and how far to trust that; at most five sentences."""
    units = state.ledger.of_kind("regiment")
    if not made.regiments:
        return [_nothing_due(made, state)]
    first, last = made.regiments[0], made.regiments[-1]
    n = len(made.regiments)
    due = "all are" if n == len(units) > 1 else f"{number(n)} {'is' if n == 1 else 'are'}"
    found = [
        f"As known on {text.day(made.known_on)}, {due} still due of "
        f"{_counted(len(units), state)}; {_promised(first)}."
    ]
    found.append(f"The forecast expects {_expects(first)}")
    found[-1] += f", and {_expects(last)}." if last is not first else "."
    if last.outside is not None:
        low, middle, high = (
            long_month(d) for d in (last.outside.p10, last.outside.p50, last.outside.p90)
        )
        found.append(
            f"Orders of the same kind in a public register of arms transfers point to {middle} for "
            f"the {last.title}, with a four in five chance of {low} to {high}; that view knows "
            "nothing of promises."
        )
    chance = first.delivered_by((_end_of(first) - made.known_on).days)
    if _end_of(first) > made.known_on:
        found.append(
            f"The chance that the {first.title} comes by the date last promised for it is "
            f"{text.percent(chance)}."
        )
    found.append(honest_sentence(bool(state.ledger.setup.chosen_on)))
    return found


def honest_sentence(chosen_here: bool) -> str:
    """How far the tests of the model can be trusted."""
    if chosen_here:
        return (
            "The model was chosen with past deliveries of this same programme in view, so its test "
            "on them flatters it; read the dates as a wide guess."
        )
    return (
        "The model was not chosen on this programme, and a programme has few deliveries to learn "
        "from; read the dates as a wide guess."
    )


def by_sentences(made: Forecast, day: date) -> list[str]:
    """The probability that each unit still due has come by a day."""
    return [
        f"By {text.day(day)} the {made_unit.title} has been delivered with a chance of "
        f"{text.percent(delivered)}, and is operational with a chance of "
        f"{text.percent(operational)}."
        for id_, (delivered, operational) in made.by(day).items()
        if (made_unit := made.regiment(id_)) is not None
    ]


def backtest_sentences(done: Backtest) -> list[str]:
    """How the forecasts of the past fared, said against the model first."""
    covered, scored = done.coverage
    if not scored:
        return ["Nothing that was forecast on those days has happened yet, so nothing is scored."]
    model, days = "model", text.count(len(done.days), "past day")
    found = []
    if done.chosen_on:
        known = sum(day in done.chosen_on for day in done.days)
        found.append(
            "The model was chosen with this programme in view, on "
            + (
                "these very days, so this is no test."
                if known == len(done.days)
                else f"{number(len(done.chosen_on))} days between {text.day(min(done.chosen_on))} "
                f"and {text.day(max(done.chosen_on))}; the days below are more, but the deliveries "
                "are the same."
            )
        )
    others = [m for m in done.scored_methods if m != model]
    found.append(
        f"On {days} the model was wrong by {done.mean_error(model):.1f} months on average; "
        + ", ".join(f"the {m} by {done.mean_error(m):.1f}" for m in others)
        + "."
    )
    found.append(
        f"The whole forecast, scored by CRPS, scores {done.mean_crps(model):.1f} months against "
        + ", ".join(f"{done.mean_crps(m):.1f} ({m})" for m in others)
        + "; less is better."
    )
    found.append(
        f"Another method had the better score on {sum(s.n_days for s in done.lost('crps'))} of "
        f"these days, and the smaller error on {sum(s.n_days for s in done.lost('error'))}."
    )
    found.append(
        f"What happened lay between P10 and P90 in {covered} of {scored} cases, where four in five "
        f"are wanted; behind them are the dates of only {number(done.units_scored)} "
        f"{done.unit if done.units_scored == 1 else done.units}."
    )
    return found


def whatif_sentences(result: WhatIf) -> list[str]:
    """What an event would do: to deliveries, to payments, to the buyer."""
    found = []
    moved = [r for r in result.base.regiments if result.shift_months(r.id) >= 0.5]
    if result.stop_months <= 0:
        found.append(f"Deliveries would not stop: {result.because}.")
    else:
        found.append(
            f"Deliveries would stop for {result.stop_months:.1f} months: {result.because}."
        )
    if moved and (then := result.changed.regiment(moved[0].id)) is not None:
        later = text.months(result.shift_months(then.id))
        found.append(
            f"The {then.title} would then come {later} later, in {long_month(then.delivered.p50)}."
        )
    elif not result.base.regiments:
        found.append("Nothing is left to deliver, so no delivery moves.")
    if result.delayed > 0:
        found.append(
            f"Parts of the price worth {text.money(result.delayed, result.currency)} would wait."
        )
    touched = list(dict.fromkeys(c.measure.touches for c in result.menu if c.chosen))
    if touched:
        found.append(
            f"Apart from deliveries, the measures touch {text.listed(touched)}; what each means "
            "for the body that bought stands below."
        )
    return found


def _nothing_due(made: Forecast, state: ProgrammeState) -> str:
    units = state.ledger.of_kind("regiment")
    came = [when for s in units if (when := state.happened(s.id, "delivered"))]
    if len(came) == len(units):
        last = max(came, key=lambda when: when.last)
        return (
            f"As known on {text.day(made.known_on)}, all {_counted(len(units), state)} had been "
            f"reported delivered, the last in {long_month(last.middle)}; nothing is left to "
            "forecast."
        )
    return (
        f"As known on {text.day(made.known_on)}, no delivery date had been promised, so there is "
        "nothing to forecast from."
    )


def _counted(n: int, state: ProgrammeState) -> str:
    setup = state.ledger.setup
    return f"{number(n)} {setup.unit if n == 1 else setup.units}"


def _end_of(unit: RegimentForecast) -> date:
    """The last day promised for a unit."""
    return unit.promises[-1].due.last


def _promised(unit: RegimentForecast) -> str:
    promise = unit.promises[-1]
    said = (
        f"by the schedule in force the {unit.title} should come in {long_month(promise.due.middle)}"
        if promise.from_calendar
        else f"the date last promised for the {unit.title} is {promise.due}"
    )
    if unit.overdue_months >= 1:
        said += f", which passed {text.months(unit.overdue_months)} ago"
    return said


def _expects(unit: RegimentForecast) -> str:
    d = unit.delivered
    return (
        f"the {unit.title} in {long_month(d.p50)}, with a four in five chance between "
        f"{long_month(d.p10)} and {long_month(d.p90)}"
    )
