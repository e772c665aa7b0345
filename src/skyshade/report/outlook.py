"""What forecasts, their test and what-ifs say, in sentences that a journal could print."""

from __future__ import annotations

from datetime import date

from skyshade.dates import day_in_words
from skyshade.programme.amount import Amount
from skyshade.programme.backtest import Backtest
from skyshade.programme.forecast import Forecast, UnitForecast
from skyshade.programme.state import ProgrammeState
from skyshade.programme.whatif import WhatIf
from skyshade.programme.words import counted, listed, money, number, share
from skyshade.report import text


def long_month(when: date) -> str:
    """A month in a sentence.

    >>> long_month(date(2027, 3, 1))
    'March 2027'
    """
    return f"{when:%B %Y}"


def forecast_sentences(made: Forecast, state: ProgrammeState) -> list[str]:
    """What is still due, when it may come, and how far to trust that; at most five sentences."""
    units = state.ledger.of_kind("unit")
    if not made.units:
        return [_nothing_due(made, state)]
    first, last = made.units[0], made.units[-1]
    waiting = [s for s in units if state.happened(s.id, "delivered") is None]
    found = [
        f"As known on {day_in_words(made.known_on)}, {_share(len(waiting), len(units), state)} "
        f"{'is' if len(waiting) == 1 else 'are'} still due; {_promised(first)}"
        + (f"; {_unpromised(made, len(waiting))}." if len(waiting) > len(made.units) else ".")
    ]
    found.append(f"The forecast expects {_expects(first)}")
    found[-1] += f", and {_expects(last)}." if last is not first else "."
    if last.outside is not None:
        found.append(
            "By similar orders in a public register of arms transfers alone, whatever was "
            f"promised, the {last.title} would come in about {long_month(last.outside.p50)} "
            f"(four chances in five: {long_month(last.outside.p10)} to "
            f"{long_month(last.outside.p90)})."
        )
    chance = first.delivered_by((_end_of(first) - made.known_on).days)
    if _end_of(first) > made.known_on:
        found.append(
            f"The chance that the {first.title} comes by the date last promised is "
            f"{chance_in_words(chance)}."
        )
    found.append(honest_sentence(bool(state.ledger.setup.chosen_on)))
    return found


def chance_in_words(p: float) -> str:
    """A probability as a sentence has it: no more exact than a guess can be.

    >>> chance_in_words(0.512), chance_in_words(0.25), chance_in_words(0.003)
    ('about even (51 %)', '25 %', 'under 1 %')
    """
    if p in (0.0, 1.0) or 0.01 <= p <= 0.99:
        return f"about even ({text.percent(p)})" if abs(p - 0.5) < 0.05 else text.percent(p)
    return "under 1 %" if p < 0.5 else "over 99 %"


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
        f"The chance that the {made_unit.title} has been delivered by {day_in_words(day)} is "
        f"{chance_in_words(delivered)}, and the chance that it is operational by then is "
        f"{chance_in_words(operational)}."
        for id_, (delivered, operational) in made.by(day).items()
        if (made_unit := made.unit(id_)) is not None
    ]


def backtest_sentences(done: Backtest) -> list[str]:
    """How the forecasts of the past fared, said against the model first."""
    covered, scored = done.coverage
    if not scored:
        return ["Nothing that was forecast on those days has happened yet, so nothing is scored."]
    model, n_days = "model", len(done.days)
    found = []
    if done.chosen_on:
        known = sum(day in done.chosen_on for day in done.days)
        found.append(
            "The model was chosen with this programme in view, on "
            + (
                "these very days, so this is no test."
                if known == n_days
                else f"{number(len(done.chosen_on))} days from {long_month(min(done.chosen_on))} "
                f"to {long_month(max(done.chosen_on))}; this test has more days, but the same "
                "deliveries."
            )
        )
    others = [m for m in done.scored_methods if m != model]
    found.append(
        f"Made on {number(n_days)} past {'day' if n_days == 1 else 'days'}, its forecasts missed "
        f"the delivery by {done.mean_error(model):.1f} months on average; "
        + ", ".join(f"the {m} missed by {done.mean_error(m):.1f}" for m in others)
        + "."
    )
    found.append(
        "Scored as whole distributions (CRPS, in months; less is better), the model has "
        f"{done.mean_crps(model):.1f}, "
        + ", ".join(f"the {m} {done.mean_crps(m):.1f}" for m in others)
        + "."
    )
    better, nearer = (sum(s.n_days for s in done.lost(m)) for m in ("crps", "error"))
    found.append(
        f"Another method had the better score on {number(better)} of these days, and the smaller "
        f"error on {number(nearer)}."
    )
    found.append(
        f"The delivery fell into the range from P10 to P90 in {covered} of {scored} cases "
        f"({0.8 * scored:.0f} would be right), which are the dates of only "
        f"{number(done.units_scored)} "
        f"{done.unit_name if done.units_scored == 1 else done.unit_names}."
    )
    return found


def whatif_question(result: WhatIf) -> str:
    """What is supposed, as a question."""
    return f"What if {result.event} {'from' if result.lasts else 'on'} {day_in_words(result.day)}?"


def whatif_sentences(result: WhatIf) -> list[str]:
    """What an event would do: to deliveries, to payments, to the buyer."""
    found = []
    moved = [r for r in result.base.units if result.shift_months(r.id) >= 0.5]
    if not result.base.units:
        found.append("Nothing is left to deliver, so no delivery would come later.")
    elif result.stop_months <= 0:
        found.append(f"Deliveries would not stop: {result.because}.")
    else:
        found.append(
            f"Deliveries would stop for about {counted(round(result.stop_months), 'month')}: "
            f"{result.because}."
        )
    if moved and (then := result.changed.unit(moved[0].id)) is not None:
        later = counted(round(result.shift_months(then.id)), "month")
        found.append(
            f"The {then.title} would then come {later} later, in {long_month(then.delivered.p50)}."
        )
    if result.delayed > 0:
        waiting = money(Amount(result.delayed, result.currency))
        found.append(f"Parts of the price worth {waiting} would be paid later.")
    touched = list(dict.fromkeys(c.measure.touches for c in result.menu if c.chosen))
    if touched:
        found.append(
            f"The measures would also touch {listed(touched)}; the table says what each would mean "
            "for the body that bought."
        )
    return found


def _nothing_due(made: Forecast, state: ProgrammeState) -> str:
    units = state.ledger.of_kind("unit")
    came = [when for s in units if (when := state.happened(s.id, "delivered"))]
    if len(came) == len(units):
        last = max(came, key=lambda when: when.last)
        return (
            f"As known on {day_in_words(made.known_on)}, {_share(len(units), len(units), state)} "
            f"{'has' if len(units) == 1 else 'have'} been reported delivered, the last in "
            f"{long_month(last.middle)}; nothing is left to forecast."
        )
    return (
        f"As known on {day_in_words(made.known_on)}, no delivery date had been promised, so there "
        "is nothing to forecast from."
    )


def _share(k: int, n: int, state: ProgrammeState) -> str:
    setup = state.ledger.setup
    return share(k, n, setup.unit, setup.units)


def _unpromised(made: Forecast, waiting: int) -> str:
    n = waiting - len(made.units)
    return f"for the {'other' if n == 1 else 'others'} no date had been promised"


def _end_of(unit: UnitForecast) -> date:
    """The last day promised for a unit."""
    return unit.promises[-1].due.last


def _promised(unit: UnitForecast) -> str:
    promise = unit.promises[-1]
    said = (
        f"by the schedule in force the {unit.title} should come in {long_month(promise.due.middle)}"
        if promise.from_calendar
        else f"the date last promised for the {unit.title} is {promise.due.words}"
    )
    if unit.overdue_months >= 1:
        said += f", {counted(round(unit.overdue_months), 'month')} ago"
    return said


def _expects(unit: UnitForecast) -> str:
    d = unit.delivered
    return (
        f"the {unit.title} in {long_month(d.p50)} (four chances in five: {long_month(d.p10)} to "
        f"{long_month(d.p90)})"
    )
