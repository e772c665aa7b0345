"""Forecasts made on past days, compared with what happened and with three simple methods.

*Official promise*: every unit comes on the date last promised for it (the middle of the dates
given). Units without a promise of their own come evenly between their neighbours. No date lies in
the past.
*Constant slip*: every unit is as late against the first calendar as the last delivered one was.
Before the first delivery, the slip is that of the newest promise for the first unit.
*Reference class*: the distribution of orders of the same class, whoever promised what
(:mod:`skyshade.programme.reference`).

The error is that of one date, the median of a distribution. The CRPS judges the whole distribution,
for single dates it is the absolute error; see :mod:`skyshade.programme.scores`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skyshade.dates import DateRule, PartialDate, add_months, months_between
from skyshade.programme.forecast import DRAWS, SEED, Spread, UnitForecast, forecast
from skyshade.programme.model import Ledger
from skyshade.programme.plan import calendar, current_plans
from skyshade.programme.policy import promise_standing
from skyshade.programme.resolve import resolve
from skyshade.programme.scores import crps_months, place_in_forecast
from skyshade.programme.slip import Prior
from skyshade.programme.state import ProgrammeState

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("model", "official promise", "constant slip", "reference class")
Measure = Literal["crps", "error"]
BINS = 5  # of the places in the forecast where outcomes fell
CLEARLY = 0.05  # months by which another method must be better to count


@dataclass(frozen=True, slots=True)
class Row:
    """One unit, forecast on one day.

    Attributes
    ----------
    points : the date that each method gives; None where it gives none.
    actual : None if the unit has not been reported delivered.
    missed_already : not delivered, and all likely dates of the forecast (up to P90) are past.
    crps : of each method, months.
    places : share of the outcome's days in each fifth of the forecast distribution; empty if the
        unit has not been delivered.
    """

    known_on: date
    unit: str
    model: Spread
    points: Mapping[str, date | None]
    actual: PartialDate | None
    missed_already: bool
    crps: Mapping[str, float]
    places: tuple[float, ...] = ()

    def error_months(self, method: str) -> float | None:
        """Forecast minus actual (the middle of its dates); positive if the forecast is too late."""
        point = self.points[method]
        if self.actual is None or point is None:
            return None
        return months_between(self.actual.middle, point)

    @property
    def covered(self) -> bool | None:
        """True if the actual date lies between P10 and P90; None without an actual date."""
        return None if self.actual is None else self.model.covers(self.actual)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        errors = {m: self.error_months(m) for m in METHODS}
        return {
            "known_on": self.known_on.isoformat(),
            "unit": self.unit,
            **self.model.as_dict(),
            "actual": str(self.actual) if self.actual else None,
            "covered": self.covered,
            "missed_already": self.missed_already,
            "error_months": {m: None if e is None else round(e, 1) for m, e in errors.items()},
            "crps_months": {m: round(score, 2) for m, score in self.crps.items()},
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row on which another method was better than the model; scores in months."""

    first: date
    last: date
    n_days: int
    better: str
    model: float
    other: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "better": self.better,
            "days": self.n_days,
            "months": {"model": round(self.model, 1), self.better: round(self.other, 1)},
        }


@dataclass(frozen=True)
class Backtest:
    """All rows and their summary.

    Attributes
    ----------
    unit, units : what is delivered, in the singular and the plural.
    chosen_on : days on which the model was chosen, so that a test on them is none.
    """

    rows: tuple[Row, ...]
    unit_name: str = "unit"
    unit_names: str = "units"
    chosen_on: tuple[date, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the forecasts."""
        return tuple(sorted({row.known_on for row in self.rows}))

    @property
    def units_scored(self) -> int:
        """How many units lie behind the rows with an outcome."""
        return len({r.unit for r in self.rows if r.actual})

    def mean_error(self, method: str, day: date | None = None) -> float:
        """Mean absolute error in months, over all rows or those of one day."""
        return _mean(abs(e) for e in self._errors(method, day))

    def bias(self, method: str) -> float:
        """Mean error in months; negative is too early."""
        return _mean(self._errors(method, None))

    def mean_crps(self, method: str, day: date | None = None) -> float:
        """Mean CRPS in months, units that are still due included."""
        return _mean(
            r.crps[method]
            for r in self.rows
            if method in r.crps and (day is None or r.known_on == day)
        )

    def _errors(self, method: str, day: date | None) -> list[float]:
        return [
            e
            for r in self.rows
            if (day is None or r.known_on == day) and (e := r.error_months(method)) is not None
        ]

    @property
    def coverage(self) -> tuple[int, int]:
        """How many of the scored intervals cover what happened, and how many were scored."""
        scored = [r.covered for r in self.rows if r.covered is not None]
        return sum(scored), len(scored)

    @property
    def fifths(self) -> tuple[float, ...]:
        """Share of the outcomes in each fifth of the forecasts, the earliest first; ideally 0.2."""
        found = [r.places for r in self.rows if r.places]
        return tuple(np.mean(found, axis=0).tolist()) if found else ()

    @property
    def scored_methods(self) -> tuple[str, ...]:
        """The methods that gave a date for at least one unit with an outcome."""
        return tuple(m for m in METHODS if self._errors(m, None))

    @property
    def best(self) -> str:
        """The method with the smallest mean CRPS."""
        return min(self.scored_methods, key=self.mean_crps)

    def lost(self, measure: Measure = "crps") -> tuple[Stretch, ...]:
        """The stretches of days on which another method beat the model, by CRPS or mean error."""
        mean = self.mean_crps if measure == "crps" else self.mean_error

        def winner(day: date) -> str:
            others = [m for m in self.scored_methods if not math.isnan(mean(m, day))]
            best = min(others, key=lambda m: mean(m, day), default="model")
            return best if mean("model", day) - mean(best, day) > CLEARLY else "model"

        found = []
        for method, group in itertools.groupby(self.days, key=winner):
            days = list(group)
            if method != "model":
                mine, its = (_mean(mean(m, day) for day in days) for m in ("model", method))
                found.append(Stretch(days[0], days[-1], len(days), method, mine, its))
        return tuple(found)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        covered, scored = self.coverage
        return {
            "rows": [row.as_dict() for row in self.rows],
            "days": [day.isoformat() for day in self.days],
            "model_chosen_on": [day.isoformat() for day in self.chosen_on],
            "mean_absolute_error_months": {m: _rounded(self.mean_error(m)) for m in METHODS},
            "bias_months": {m: _rounded(self.bias(m)) for m in METHODS},
            "mean_crps_months": {m: _rounded(self.mean_crps(m)) for m in METHODS},
            "interval": "P10 to P90",
            "covered": covered,
            "scored": scored,
            "outcomes_by_fifth_of_the_forecast": [round(x, 2) for x in self.fifths],
            "best_by_crps": self.best if scored else None,
            "another_method_was_better": {
                "by_crps": [s.as_dict() for s in self.lost("crps")],
                "by_mean_error": [s.as_dict() for s in self.lost("error")],
            },
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per unit and day, as a pandas data frame."""
        import pandas as pd

        return pd.json_normalize([row.as_dict() for row in self.rows])


def backtest_days(ledger: Ledger) -> tuple[date, ...]:
    """The days that the ledger names, else the ends of quarters since the signature.

    Without a signature they run from the first report on.
    """
    if ledger.setup.backtest:
        return ledger.setup.backtest
    signed = resolve(ledger).happened(ledger.setup.contract, "signed")
    reports = [c.reported.last for c in ledger.claims]
    start = signed.last if signed else min(reports, default=ledger.as_of)
    end = newest_report(ledger, ledger.as_of)
    quarters = (
        PartialDate.of_months(year, month, month).last
        for year in range(start.year, end.year + 1)
        for month in (3, 6, 9, 12)
    )
    return tuple(day for day in quarters if start < day <= end)


def newest_report(ledger: Ledger, by: date) -> date:
    """The day of the newest report published by a day; our own inferences are none."""
    return max(
        (
            c.reported.first
            for c in ledger.published(by)
            if not c.is_memory and c.authority != "inference"
        ),
        default=by,
    )


def backtest(
    ledger: Ledger,
    days: Sequence[date] | None = None,
    *,
    known_on: date | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    prior: Callable[[date], Prior] | Prior | None = None,
    dates: DateRule = "certainly",
) -> Backtest:
    """Forecast on each day from what had been published by then; compare with what is known now.

    Parameters
    ----------
    days : default: those of the ledger (:func:`backtest_days`).
    known_on : the day of "now": later claims, and later days, are left out.
    dates : when a report with an imprecise day counts as published, as for `resolve`.
    """
    now = known_on or ledger.as_of
    today = resolve(ledger, now, now, dates=dates)
    newest = newest_report(ledger, now)
    chosen = backtest_days(ledger) if days is None else days
    rows = []
    for day in (d for d in chosen if d <= now):
        mine = prior(day) if callable(prior) else prior
        made = forecast(ledger, day, draws=draws, seed=seed, prior=mine, dates=dates)
        state = resolve(ledger, day, day, dates=dates)
        official, constant = official_dates(state), constant_slip_dates(state)
        for unit in made.units:
            points = {
                "model": unit.delivered.p50,
                "official promise": official.get(unit.id),
                "constant slip": constant.get(unit.id),
                "reference class": unit.outside.p50 if unit.outside else None,
            }
            rows.append(_row(unit, day, points, today.happened(unit.id, "delivered"), newest))
    setup = ledger.setup
    return Backtest(tuple(rows), setup.unit, setup.units, setup.chosen_on)


def _row(
    unit: UnitForecast,
    day: date,
    points: Mapping[str, date | None],
    actual: PartialDate | None,
    newest: date,
) -> Row:
    span = ((actual.first - day).days, (actual.last - day).days) if actual else None
    outcome = (float(span[0]), float(span[1])) if span else None
    limit = float((newest - day).days)
    draws: dict[str, Any] = {
        m: float((point - day).days) for m, point in points.items() if point is not None
    }
    draws["model"] = unit.days
    if unit.outside_days is not None:
        draws["reference class"] = unit.outside_days
    places: tuple[float, ...] = ()
    if outcome is not None:
        found = place_in_forecast(unit.days, outcome)
        counts = np.histogram(found, bins=BINS, range=(0.0, 1.0))[0]
        places = tuple((counts / counts.sum()).tolist())
    return Row(
        known_on=day,
        unit=unit.id,
        model=unit.delivered,
        points=points,
        actual=actual,
        missed_already=actual is None and unit.delivered.p90 < newest,
        crps={m: crps_months(x, outcome, limit) for m, x in draws.items()},
        places=places,
    )


def official_dates(state: ProgrammeState) -> dict[str, date]:
    """The baseline *official promise*, for every unit with a date or between two."""
    order = [s.id for s in state.ledger.of_kind("unit")]
    anchors: dict[int, date] = {}
    dates = calendar(state)
    for k, id_ in enumerate(order, start=1):
        delivered = state.happened(id_, "delivered")
        plans = [p for p in current_plans(state, id_) if not p.from_calendar]
        if delivered is not None:
            anchors[k] = delivered.middle
        elif plans:
            best = min(plans, key=lambda p: promise_standing(state.ledger.claim(p.claims[0])))
            anchors[k] = best.due.middle
        elif dates is not None and k in (1, len(order)):
            anchors[k] = dates.due(k).middle
    return {
        id_: max(point, state.as_of) if state.happened(id_, "delivered") is None else point
        for k, id_ in enumerate(order, start=1)
        if (point := _between(anchors, k)) is not None
    }


def constant_slip_dates(state: ProgrammeState) -> dict[str, date]:
    """The baseline *constant slip*; empty without a calendar."""
    dates = calendar(state)
    if dates is None:
        return {}
    order = [s.id for s in state.ledger.of_kind("unit")]
    delivered = [
        (k, d) for k, id_ in enumerate(order, start=1) if (d := state.happened(id_, "delivered"))
    ]
    if delivered:
        k, when = delivered[-1]
        slip = months_between(dates.due(k).middle, when.middle)
    else:
        first = official_dates(state)[order[0]]
        slip = months_between(dates.due(1).middle, first)
    return {
        id_: max(add_months(dates.due(k).middle, slip), state.as_of)
        for k, id_ in enumerate(order, start=1)
    }


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else math.nan


def _rounded(months: float) -> float | None:
    """Rounded to a tenth; None stays None."""
    return None if math.isnan(months) else round(months, 1)


def _between(anchors: dict[int, date], k: int) -> date | None:
    """The anchor of k, or a value interpolated between its neighbours."""
    if k in anchors:
        return anchors[k]
    below = [j for j in anchors if j < k]
    above = [j for j in anchors if j > k]
    if not below or not above:
        return None
    low, high = max(below), min(above)
    whole = months_between(anchors[low], anchors[high])
    return add_months(anchors[low], whole * (k - low) / (high - low))
