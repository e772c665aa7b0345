"""Forecasts made on past days, compared with what happened and with two simple baselines.

*Official promise*: every regiment comes on the date last promised for it (the middle of the dates
given). Regiments without a promise of their own come evenly between their neighbours. No date lies
in the past.
*Constant slip*: every regiment is as late against the first calendar as the last delivered one was.
Before the first delivery, the slip is that of the newest promise for the first regiment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from skyshade.dates import PartialDate, add_months, months_between
from skyshade.programme.forecast import DRAWS, SEED, Spread, forecast
from skyshade.programme.model import Ledger
from skyshade.programme.plan import calendar, current_plans
from skyshade.programme.policy import promise_standing
from skyshade.programme.resolve import resolve
from skyshade.programme.slip import Prior
from skyshade.programme.state import ProgrammeState

if TYPE_CHECKING:
    import pandas as pd

DAYS = (
    date(2019, 1, 31),
    date(2021, 4, 6),
    date(2022, 8, 1),
    date(2023, 3, 31),
    date(2024, 6, 30),
)
METHODS = ("model", "official promise", "constant slip")


@dataclass(frozen=True, slots=True)
class Row:
    """One regiment, forecast on one day.

    `actual` is None if the regiment has not been reported delivered. Then only one thing can be
    checked: whether all likely dates of the forecast (up to P90) lie before the newest report.
    """

    known_on: date
    regiment: str
    model: Spread
    official: date | None
    constant: date | None
    actual: PartialDate | None
    missed_already: bool

    def error_months(self, method: str) -> float | None:
        """Forecast minus actual (the middle of its dates); positive if the forecast is too late."""
        point = {
            "model": self.model.p50,
            "official promise": self.official,
            "constant slip": self.constant,
        }[method]
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
            "regiment": self.regiment,
            **self.model.as_dict(),
            "actual": str(self.actual) if self.actual else None,
            "covered": self.covered,
            "missed_already": self.missed_already,
            "error_months": {m: None if e is None else round(e, 1) for m, e in errors.items()},
        }


@dataclass(frozen=True)
class Backtest:
    """All rows and their summary."""

    rows: tuple[Row, ...]

    def mean_error(self, method: str, day: date | None = None) -> float:
        """Mean absolute error in months, over all rows or those of one day."""
        errors = [
            abs(e)
            for r in self.rows
            if (day is None or r.known_on == day) and (e := r.error_months(method)) is not None
        ]
        return sum(errors) / len(errors) if errors else math.nan

    def bias(self, method: str) -> float:
        """Mean error in months; negative is too early."""
        errors = [e for r in self.rows if (e := r.error_months(method)) is not None]
        return sum(errors) / len(errors) if errors else math.nan

    @property
    def coverage(self) -> tuple[int, int]:
        """How many of the scored intervals cover what happened, and how many were scored."""
        scored = [r.covered for r in self.rows if r.covered is not None]
        return sum(scored), len(scored)

    @property
    def beats_both(self) -> bool:
        """True if the model's mean absolute error is below that of both baselines."""
        return all(self.mean_error("model") < self.mean_error(m) for m in METHODS[1:])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        covered, scored = self.coverage
        return {
            "rows": [row.as_dict() for row in self.rows],
            "mean_absolute_error_months": {m: _rounded(self.mean_error(m)) for m in METHODS},
            "bias_months": {m: _rounded(self.bias(m)) for m in METHODS},
            "interval": "P10 to P90",
            "covered": covered,
            "scored": scored,
            "beats_both": self.beats_both,
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per regiment and day, as a pandas data frame."""
        import pandas as pd

        return pd.json_normalize([row.as_dict() for row in self.rows])


def backtest(
    ledger: Ledger,
    days: Sequence[date] = DAYS,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    prior: Prior | None = None,
) -> Backtest:
    """Forecast on each day from what had been published by then; compare with what is known now."""
    today = resolve(ledger)
    newest = max(
        c.reported.first for c in today.published if not c.is_memory and c.authority != "inference"
    )
    rows = []
    for day in days:
        made = forecast(ledger, day, draws=draws, seed=seed, prior=prior)
        state = resolve(ledger, day, day)
        official, constant = official_dates(state), constant_slip_dates(state)
        for regiment in made.regiments:
            actual = today.happened(regiment.id, "delivered")
            rows.append(
                Row(
                    known_on=day,
                    regiment=regiment.id,
                    model=regiment.delivered,
                    official=official.get(regiment.id),
                    constant=constant.get(regiment.id),
                    actual=actual,
                    missed_already=actual is None and regiment.delivered.p90 < newest,
                )
            )
    return Backtest(tuple(rows))


def official_dates(state: ProgrammeState) -> dict[str, date]:
    """The baseline *official promise*, for every regiment with a date or between two."""
    order = [s.id for s in state.ledger.of_kind("regiment")]
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
    order = [s.id for s in state.ledger.of_kind("regiment")]
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
