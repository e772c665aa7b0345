"""What can interrupt deliveries: blocked payments and sanctions, as competing hazards.

In months of undisturbed work, payment blockages come as a Poisson process of rate lambda_p, and one
sanction comes at rate lambda_s. Both stop deliveries for a time with an exponential distribution.
The rule behind this: while no channel carries payments, no unit moves, and a sanction closes
the channel in use until another is settled. For w months of work the delivery takes on average

    w + lambda_p w D_p + (1 - exp(-lambda_s w)) D_s    months.

Rates are learnt from reports, with a Gamma prior: blockages from their number in the months since
the contract, sanctions from the buyers who had received a first shipment, sanctioned or not.

References
----------
Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., ch. 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from skyshade.dates import PartialDate, months_between
from skyshade.programme.state import ProgrammeState

# blockages: one in five years, worth one event; durations: nine months, worth one event (assumed)
PRIOR_BLOCKAGES, PRIOR_BLOCKAGE_MONTHS = 1.0, 60.0
PRIOR_DURATIONS, PRIOR_DURATION_SUM_MONTHS = 2.0, 9.0
# sanctions: half an event in five years (assumed)
PRIOR_SANCTIONS, PRIOR_SANCTION_MONTHS = 0.5, 60.0
# time to settle a new way of payment, where the ledger does not show it (assumed)
DEFAULT_RESETTLE_MONTHS = 9.0

# lead of a promise in the reference class, whose times include interruptions
REFERENCE_LEAD_MONTHS = 30.0

MERGE_MONTHS = 6.0  # reports of trouble closer than this are one blockage
RESOLVED = ("resolved", "none")


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in which payments were reported blocked; `ongoing` if it had not ended."""

    start: date
    end: date
    ongoing: bool = False

    @property
    def months(self) -> float:
        """How long it lasted."""
        return months_between(self.start, self.end)


@dataclass(frozen=True)
class Hazards:
    """Posterior of both hazards, and the blockages they were learnt from.

    Attributes
    ----------
    blockage_shape, blockage_months : Gamma posterior of lambda_p: shape, and rate in months.
    duration_shape, duration_sum_months : inverse-Gamma posterior of the mean duration.
    sanction_shape, sanction_months : Gamma posterior of lambda_s.
    resettle_months : mean time until another channel is settled after a sanction.
    """

    episodes: tuple[Episode, ...]
    blockage_shape: float
    blockage_months: float
    duration_shape: float
    duration_sum_months: float
    sanction_shape: float
    sanction_months: float
    resettle_months: float

    @property
    def blockage_per_month(self) -> float:
        """Posterior mean of lambda_p."""
        return self.blockage_shape / self.blockage_months

    @property
    def sanction_per_month(self) -> float:
        """Posterior mean of lambda_s."""
        return self.sanction_shape / self.sanction_months

    @property
    def duration_months(self) -> float:
        """Posterior mean of the mean duration of a blockage."""
        return self.duration_sum_months / (self.duration_shape - 1)

    @property
    def blocked_now(self) -> bool:
        """True if payments are blocked on the day of the state."""
        return any(e.ongoing for e in self.episodes)

    def blocked_months(self, start: date, end: date) -> float:
        """Months between two days in which payments were blocked."""
        total = 0.0
        for e in self.episodes:
            total += max(0.0, months_between(max(start, e.start), min(end, e.end)))
        return total

    def working_months(self, start: date, end: date) -> float:
        """Months between two days in which payments were not blocked."""
        return months_between(start, end) - self.blocked_months(start, end)


def learn_hazards(state: ProgrammeState) -> Hazards:
    """The hazards of blockages and sanctions, learnt from what a state knows."""
    today = state.as_of
    episodes = blockages(state)
    signed = state.happened(state.ledger.setup.contract, "signed")
    since = months_between(signed.first, today) if signed else 0.0
    over = [e for e in episodes if not e.ongoing]
    events, exposure = _sanctions(state)
    return Hazards(
        episodes=episodes,
        blockage_shape=PRIOR_BLOCKAGES + len(episodes),
        blockage_months=PRIOR_BLOCKAGE_MONTHS + max(0.0, since - sum(e.months for e in episodes)),
        duration_shape=PRIOR_DURATIONS + len(over),
        duration_sum_months=PRIOR_DURATION_SUM_MONTHS + sum(e.months for e in episodes),
        sanction_shape=PRIOR_SANCTIONS + events,
        sanction_months=PRIOR_SANCTION_MONTHS + exposure,
        resettle_months=_resettle_months(state),
    )


def blockages(state: ProgrammeState) -> tuple[Episode, ...]:
    """The reported times of trouble with payments; times less than `MERGE_MONTHS` apart are one.

    A report that the trouble is resolved ends a time only if no trouble is reported from the same
    day. A time that was still reported within the last half year is taken to be ongoing.
    """
    kinds = {s.id for s in state.ledger.of_kind("payment")}
    spans = [
        PartialDate(c.valid.first, min(c.valid.last, state.as_of))
        for c in state.published
        if c.subject in kinds
        and c.attribute == "trouble"
        and c.stance == "affirms"
        and not c.is_memory
        and c.says not in RESOLVED
        and c.valid.first <= state.as_of
    ]
    merged: list[PartialDate] = []
    for span in sorted(spans):
        if merged and months_between(merged[-1].last, span.first) <= MERGE_MONTHS:
            merged[-1] = PartialDate(merged[-1].first, max(merged[-1].last, span.last))
        else:
            merged.append(span)
    return tuple(
        Episode(
            span.first,
            state.as_of if (on := _goes_on(state, span, kinds)) else span.last,
            on,
        )
        for span in merged
    )


def _goes_on(state: ProgrammeState, span: PartialDate, kinds: set[str]) -> bool:
    if months_between(span.last, state.as_of) > MERGE_MONTHS:
        return False
    resolved = [
        c
        for c in state.published
        if c.subject in kinds
        and (c.attribute in ("settled", "paid") or c.says in RESOLVED)
        and c.stance == "affirms"
        and c.valid.last >= span.last
    ]
    return not resolved


def _sanctions(state: ProgrammeState) -> tuple[float, float]:
    """Sanctioned buyers; and months from first shipment to sanction or today, over all buyers."""
    events, exposure = 0.0, 0.0
    for case in state.ledger.setup.cases.values():
        shipped = state.happened(case.subject, "first_shipment")
        if shipped is None:
            continue
        imposed = state.happened(case.subject, "imposed")
        end = imposed.first if imposed else state.as_of
        events += imposed is not None
        exposure += max(0.0, months_between(shipped.middle, end))
    return events, exposure


def _resettle_months(state: ProgrammeState) -> float:
    """Months from the contract until a way to pay for it was settled."""
    signed = state.happened(state.ledger.setup.contract, "signed")
    settled = next(
        (
            found
            for s in state.ledger.of_kind("payment")
            if (found := state.happened(s.id, "settled"))
        ),
        None,
    )
    if signed is None or settled is None:
        return DEFAULT_RESETTLE_MONTHS
    return max(1.0, months_between(signed.middle, settled.middle))


def first_of(rates_per_month: Sequence[float], months: float) -> tuple[float, ...]:
    """Probability, for each of several exponential clocks, that it rings first and before `months`.

    P_i = lambda_i / Lambda (1 - exp(-Lambda t)),    Lambda = sum of all rates

    Examples
    --------
    >>> [round(p, 4) for p in first_of((0.03, 0.01), 12)]
    [0.2859, 0.0953]
    """
    total = sum(rates_per_month)
    if total <= 0:
        return tuple(0.0 for _ in rates_per_month)
    within = -math.expm1(-total * months)
    return tuple(rate / total * within for rate in rates_per_month)


def mean_months_with_interruptions(
    work_months: float,
    blockage_per_month: float,
    blockage_months: float,
    sanction_per_month: float,
    sanction_months: float,
) -> float:
    """Mean time for some months of work with interruptions: the formula of the module.

    >>> round(mean_months_with_interruptions(24, 1 / 60, 9, 1 / 120, 10), 2)
    29.41
    """
    return (
        work_months
        + blockage_per_month * work_months * blockage_months
        - math.expm1(-sanction_per_month * work_months) * sanction_months
    )


def prior_interruption_factor() -> float:
    """How much longer a promise of 30 months takes with the interruptions of the prior alone.

    >>> round(prior_interruption_factor(), 2)
    1.22
    """
    lasting = PRIOR_DURATION_SUM_MONTHS / (PRIOR_DURATIONS - 1)
    return (
        mean_months_with_interruptions(
            REFERENCE_LEAD_MONTHS,
            PRIOR_BLOCKAGES / PRIOR_BLOCKAGE_MONTHS,
            lasting,
            PRIOR_SANCTIONS / PRIOR_SANCTION_MONTHS,
            DEFAULT_RESETTLE_MONTHS,
        )
        / REFERENCE_LEAD_MONTHS
    )
