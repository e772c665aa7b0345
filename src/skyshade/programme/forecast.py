"""When the units still due will be delivered and operational, as known on a day.

Only claims certainly published by that day count. Each draw takes a stretch model from its
posterior (:mod:`skyshade.programme.slip`). For each unit it draws a stretch that fits the time
already passed, and applies it to one of the promises in force. Interruptions
(:mod:`skyshade.programme.hazards`) are added; all units share them. Units come in their
order. The time from delivered to operational is lognormal.

Random numbers are Philox streams keyed by (seed, purpose). Results therefore repeat exactly, and
two days, or a what-if and its base, are compared with the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from skyshade.dates import DAYS_PER_MONTH, DateRule, PartialDate, add_months, months_between
from skyshade.errors import InputError
from skyshade.programme.hazards import (
    Hazards,
    first_of,
    learn_hazards,
    prior_interruption_factor,
)
from skyshade.programme.model import Ledger, Setup
from skyshade.programme.plan import PlannedDate, calendar, current_plans, promises_of
from skyshade.programme.reference import Outside, log_stretches, outside_view, u_pairs
from skyshade.programme.resolve import resolve
from skyshade.programme.slip import (
    SHIFT_MONTHS,
    VAGUE,
    Posterior,
    Prior,
    Stretch,
    class_prior,
    halves,
    learn,
    projects_prior,
    stretch_beyond,
)
from skyshade.programme.state import ProgrammeState
from skyshade.shown import Plotted, count

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 20_000
SEED = 20181005
SHARED_FRAC = 0.5  # share of a stretch's variance that all units have in common (assumed)
MAX_BLOCKAGES = 24
CURVE_YEARS = 8  # how far ahead the curve of probabilities goes at most
PRIOR_DRAWS = 5_000
OF_THE_CONTRACT_MONTHS = 12.0  # a date given within a year of the signature is of the contract
FROM_ORDERS = "orders of the same class in a public register"
FROM_PROJECTS = "an audit of the buyer's projects"
# delivered to operational: the median is the ledger's; the spread of its logarithm is assumed,
# since no report that a unit became operational was read
LAG_SIGMA = 0.5
QUANTILES = (0.1, 0.5, 0.9)

# purposes of random streams
_MODEL, _SHARED, _OWN, _PROMISE, _RATES, _ARRIVALS, _DURATIONS, _SANCTION, _LAG = range(9)
_OUTSIDE_FIRST, _OUTSIDE_LAST = 9, 10


@dataclass(frozen=True, slots=True)
class Spread:
    """P10, P50 and P90 of a date."""

    p10: date
    p50: date
    p90: date

    def covers(self, span: PartialDate) -> bool:
        """True if some day of a span lies between P10 and P90."""
        return self.p10 <= span.last and span.first <= self.p90

    def as_dict(self) -> dict[str, str]:
        """Plain JSON."""
        return {"p10": str(self.p10), "p50": str(self.p50), "p90": str(self.p90)}


@dataclass(frozen=True)
class UnitForecast:
    """One unit still due.

    Attributes
    ----------
    promises : those in force, to which the stretches are applied.
    overdue_months : months since the newest of them passed.
    blockage_first, sanction_first : probability that a payment blockage, or a sanction, comes first
        and before the delivery (competing exponential clocks over the median work left).
    days : every draw of the delivery date, days after the day of the forecast.
    outside, outside_days : the same by the reference class of orders alone; None without one.
    """

    id: str
    title: str
    delivered: Spread
    operational: Spread
    promises: tuple[PlannedDate, ...]
    overdue_months: float
    blockage_first: float
    sanction_first: float
    days: NDArray[np.float64]
    operational_days: NDArray[np.float64]
    outside: Spread | None = None
    outside_days: NDArray[np.float64] | None = None

    def delivered_by(self, days: float) -> float:
        """The probability of delivery within so many days of the forecast."""
        return float(np.mean(self.days <= days))

    def operational_by(self, days: float) -> float:
        """The probability of being operational within so many days of the forecast."""
        return float(np.mean(self.operational_days <= days))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "delivered": self.delivered.as_dict(),
            "operational": self.operational.as_dict(),
            "delivered_outside_view": self.outside.as_dict() if self.outside else None,
            "promises": [p.as_dict() for p in self.promises],
            "overdue_months": round(self.overdue_months, 1),
            "p_blockage_first": round(self.blockage_first, 3),
            "p_sanction_first": round(self.sanction_first, 3),
        }


@dataclass(frozen=True, repr=False)
class Forecast(Plotted):
    """The units still due, as known on a day."""

    known_on: date
    seed: int
    units: tuple[UnitForecast, ...]
    posterior: Posterior
    hazards: Hazards
    observed: tuple[Stretch, ...]
    unit_name: str = "unit"
    unit_names: str = "units"
    prior_from: tuple[str, ...] = ()
    operational_after_months: float = Setup().operational_after_months

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.units), self.unit_name)} still due, as known on {self.known_on}, "
            f"seed {self.seed}"
        )

    def unit(self, id_: str) -> UnitForecast | None:
        """The forecast of one unit, None if it has been delivered or nothing was promised."""
        return next((r for r in self.units if r.id == id_), None)

    def by(self, day: date) -> dict[str, tuple[float, float]]:
        """The probability that each unit still due is delivered, and operational, by a day.

        Raises
        ------
        InputError : a day before that of the forecast.
        """
        if day < self.known_on:
            raise InputError(
                "a forecast looks ahead of the day it was made",
                field="--by",
                value=day.isoformat(),
                allowed=f"{self.known_on} or later",
            )
        days = float((day - self.known_on).days)
        return {r.id: (r.delivered_by(days), r.operational_by(days)) for r in self.units}

    def curve(self, years: int = CURVE_YEARS) -> list[dict[str, Any]]:
        """Those probabilities month by month, until all are above 0.99 or for some years."""
        rows: list[dict[str, Any]] = []
        for month in range(12 * years + 1):
            day = add_months(self.known_on, month)
            at = self.by(day)
            rows.append(
                {
                    "date": day.isoformat(),
                    **{
                        id_: {"delivered": round(p, 3), "operational": round(q, 3)}
                        for id_, (p, q) in at.items()
                    },
                }
            )
            if all(q > 0.99 for _, q in at.values()):
                break
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        h = self.hazards
        return {
            "known_on": self.known_on.isoformat(),
            "unit_name": self.unit_name,
            "unit_names": self.unit_names,
            "seed": self.seed,
            "draws": len(self.units[0].days) if self.units else 0,
            "median_stretch": round(self.posterior.median_stretch, 3),
            "prior_from": list(self.prior_from),
            "stretches_observed": len(self.observed),
            "blockages_per_year": round(12 * h.blockage_per_month, 3),
            "blockage_months": round(h.duration_months, 1),
            "blocked_now": h.blocked_now,
            "sanctions_per_year": round(12 * h.sanction_per_month, 3),
            "resettle_months": round(h.resettle_months, 1),
            "units": [r.as_dict() for r in self.units],
            "probability_by_month": self.curve() if self.units else [],
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per unit, as a pandas data frame."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "id": r.id,
                    **{
                        f"{name}_{q}": getattr(getattr(r, name), q)
                        for name in ("delivered", "operational")
                        for q in ("p10", "p50", "p90")
                    },
                }
                for r in self.units
            ]
        )


@dataclass(frozen=True, slots=True)
class Shock:
    """A what-if: deliveries stop on a day for some months."""

    day: date
    months: float


def forecast(
    ledger: Ledger,
    known_on: date | None = None,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    prior: Prior | None = None,
    shocks: Sequence[Shock] = (),
    dates: DateRule = "certainly",
) -> Forecast:
    """Forecast the units not yet delivered, from what was certainly published by a day.

    Parameters
    ----------
    known_on : default: the day the ledger was compiled.
    prior : of the stretch; default: that of the reference classes (:func:`prior_of`).
    shocks : what-ifs, applied to every draw.
    dates : when a report with an imprecise day counts as published, as for `resolve`.

    Raises
    ------
    InputError : the ledger has no units.
    """
    known_on = known_on or ledger.as_of
    if not ledger.of_kind("unit"):
        raise InputError("the ledger has no units to forecast", field="subjects")
    state = resolve(ledger, known_on, known_on, dates=dates)
    hazards = learn_hazards(state)
    observed = stretches(state, hazards)
    outside = _outside(state)
    learnt_prior, prior_from = (prior, ("given",)) if prior else prior_of(state, outside)
    posterior = learn(observed, learnt_prior)
    seen_outside = _outside_days(state, outside, draws, seed)
    plans = {
        s.id: plans
        for s in ledger.of_kind("unit")
        if state.happened(s.id, "delivered") is None and (plans := current_plans(state, s.id))
    }
    days, work = _simulate(plans, known_on, hazards, posterior, draws, seed, shocks)
    wait = ledger.setup.operational_after_months
    lag = np.exp(LAG_SIGMA * _normal(seed, _LAG, (draws, 1)) + np.log(wait)) * DAYS_PER_MONTH
    rates = (hazards.blockage_per_month, hazards.sanction_per_month)
    units = []
    for k, (id_, standing) in enumerate(plans.items()):
        operational = days[:, k] + lag[:, 0]
        blockage, sanction = first_of(rates, float(np.median(work[:, k])))
        newest = standing[-1]
        units.append(
            UnitForecast(
                id=id_,
                title=ledger.subject(id_).title,
                delivered=_spread(days[:, k], known_on),
                operational=_spread(operational, known_on),
                promises=standing,
                overdue_months=max(0.0, months_between(newest.due.last, known_on)),
                blockage_first=blockage,
                sanction_first=sanction,
                days=days[:, k],
                operational_days=operational,
                outside=_spread(seen_outside[id_], known_on) if id_ in seen_outside else None,
                outside_days=seen_outside.get(id_),
            )
        )
    return Forecast(
        known_on,
        seed,
        tuple(units),
        posterior,
        hazards,
        observed,
        unit_name=ledger.setup.unit,
        unit_names=ledger.setup.units,
        prior_from=prior_from,
        operational_after_months=wait,
    )


def _outside(state: ProgrammeState) -> Outside | None:
    """The view from outside on the programme of a state."""
    setup = state.ledger.setup
    signed = state.happened(setup.contract, "signed")
    n = len(state.ledger.of_kind("unit"))
    return outside_view(setup.order, signed.middle if signed else None, n, state.as_of)


def prior_of(state: ProgrammeState, outside: Outside | None) -> tuple[Prior, tuple[str, ...]]:
    """The prior of the stretch, and the reference classes that it comes from."""
    factor, projects = prior_interruption_factor(), state.ledger.setup.projects
    found = []
    promises = (
        [(k, plan) for k in range(1, outside.n + 1) if (plan := _first_promise(state, k))]
        if outside is not None
        else []
    )
    if outside is not None and promises:
        made = [(k, p.issued, p.due.middle) for k, p in promises]
        longer = log_stretches(outside, made, SHIFT_MONTHS, u_pairs(PRIOR_DRAWS))
        found.append((class_prior(longer, factor), FROM_ORDERS))
    if projects is not None:
        found.append((projects_prior(projects, factor), FROM_PROJECTS))
    if not found:
        return VAGUE, ()
    priors, names = zip(*found, strict=True)
    return (priors[0] if len(priors) == 1 else halves(*priors)), names


def _first_promise(state: ProgrammeState, k: int) -> PlannedDate | None:
    """What the contract promised for the k-th unit: its calendar, else the first date given.

    A date given long after the signature already reflects how the work goes, so what the class
    makes of it says nothing about promises of contracts.
    """
    dates = calendar(state)
    if dates is not None:
        return dates.plan(k)
    made = promises_of(state, state.ledger.of_kind("unit")[k - 1].id)
    signed = state.happened(state.ledger.setup.contract, "signed")
    if not made or signed is None:
        return None
    return (
        made[0] if months_between(signed.last, made[0].issued) <= OF_THE_CONTRACT_MONTHS else None
    )


def _outside_days(
    state: ProgrammeState, outside: Outside | None, draws: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Draws of the delivery of each unit still due, by the class of orders alone."""
    if outside is None:
        return {}
    units = [s.id for s in state.ledger.of_kind("unit")]
    came = {id_: when.middle for id_ in units if (when := state.happened(id_, "delivered"))}
    u = (_uniform(seed, _OUTSIDE_FIRST, draws), _uniform(seed, _OUTSIDE_LAST, draws))
    days = outside.days(state.as_of, sorted(came.values()), u)
    waiting = [id_ for id_ in units if id_ not in came]
    return {id_: days[:, k] for k, id_ in enumerate(waiting)}


def stretches(state: ProgrammeState, hazards: Hazards) -> tuple[Stretch, ...]:
    """The stretches seen in the promises made so far; those of one unit weigh 1 together."""
    found = []
    for subject in state.ledger.of_kind("unit"):
        promises = promises_of(state, subject.id)
        outcome = state.happened(subject.id, "delivered")
        for promise in promises:
            lead = promise.lead_months + SHIFT_MONTHS
            weight = 1.0 / len(promises)
            if outcome is not None:
                low, high = (
                    max(0.0, hazards.working_months(promise.issued, day)) + SHIFT_MONTHS
                    for day in (outcome.first, outcome.last + timedelta(days=1))
                )
                found.append(Stretch(low / lead, high / lead, weight))
            else:
                passed = max(0.0, hazards.working_months(promise.issued, state.as_of))
                found.append(Stretch((passed + SHIFT_MONTHS) / lead, None, weight))
    return tuple(found)


def _simulate(
    plans: Mapping[str, Sequence[PlannedDate]],
    known_on: date,
    hazards: Hazards,
    posterior: Posterior,
    draws: int,
    seed: int,
    shocks: Sequence[Shock],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Delivery in days after `known_on`, and months of undisturbed work left: (draw, unit)."""
    n = len(plans)
    work = np.zeros((draws, n))
    mu, sigma = posterior.draw(_uniform(seed, _MODEL, draws))
    shared = _normal(seed, _SHARED, draws)
    own = _normal(seed, _OWN, (draws, max(n, 1)))
    pick = _uniform(seed, _PROMISE, draws)
    for k, standing in enumerate(plans.values()):
        u = ndtr(np.sqrt(SHARED_FRAC) * shared + np.sqrt(1 - SHARED_FRAC) * own[:, k])
        lead = np.array([p.lead_months for p in standing]) + SHIFT_MONTHS
        passed = (
            np.array([max(0.0, hazards.working_months(p.issued, known_on)) for p in standing])
            + SHIFT_MONTHS
        )
        chosen = np.minimum((pick * len(standing)).astype(int), len(standing) - 1)
        stretch = stretch_beyond(u, mu, sigma, passed[chosen] / lead[chosen])
        work[:, k] = stretch * lead[chosen] - passed[chosen]
    months = work + interruptions(work, hazards, seed)
    months = np.maximum.accumulate(months, axis=1) if n else months
    for shock in shocks:
        at = months_between(known_on, shock.day)
        months = np.where(months > at, months + shock.months, months)
    return months * DAYS_PER_MONTH, work


def interruptions(
    work_months: NDArray[np.float64], hazards: Hazards, seed: int
) -> NDArray[np.float64]:
    """Months of interruption on the way, for months of undisturbed work: (draw, unit).

    One history of blockages and of sanctions per draw, shared by all units.
    """
    draws = len(work_months)
    rng = _stream(seed, _RATES)
    per_month = rng.gamma(hazards.blockage_shape, 1 / hazards.blockage_months, (draws, 1))
    mean_months = hazards.duration_sum_months / rng.gamma(hazards.duration_shape, 1.0, (draws, 1))
    sanction_rate = rng.gamma(hazards.sanction_shape, 1 / hazards.sanction_months, draws)
    shape = (draws, MAX_BLOCKAGES)
    arrivals = np.cumsum(_stream(seed, _ARRIVALS).standard_exponential(shape), 1) / per_month
    durations = _stream(seed, _DURATIONS).standard_exponential((draws, MAX_BLOCKAGES + 1))
    durations = durations * mean_months
    once = _stream(seed, _SANCTION)
    sanction_at = once.standard_exponential(draws) / sanction_rate
    sanction_lasts = once.standard_exponential(draws) * hazards.resettle_months
    lost = np.empty(work_months.shape)
    for k in range(work_months.shape[1]):
        w = work_months[:, k]
        lost[:, k] = np.where(arrivals < w[:, None], durations[:, 1:], 0.0).sum(1)
        lost[:, k] += np.where(sanction_at < w, sanction_lasts, 0.0)
    if hazards.blocked_now:  # the rest of an exponential time has the same distribution
        lost += durations[:, :1]
    return lost


def _spread(days: NDArray[np.float64], known_on: date) -> Spread:
    at = np.quantile(days, QUANTILES)
    return Spread(*(add_months(known_on, min(d, 20_000.0) / DAYS_PER_MONTH) for d in at))


def _stream(seed: int, purpose: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, purpose]))


def _uniform(seed: int, purpose: int, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    return _stream(seed, purpose).random(shape)


def _normal(seed: int, purpose: int, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    return _stream(seed, purpose).standard_normal(shape)
