"""The programme: claims, state, contradictions, and the forecast."""

from __future__ import annotations

from skyshade.dates import day_in_words
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.programme.forecast import Forecast, Spread, forecast
from skyshade.programme.model import Claim, Ledger
from skyshade.programme.state import ProgrammeState, Promise
from skyshade.programme.summary import opening
from skyshade.report import text
from skyshade.report.programme_charts import forecast_figure, timeline_figure
from skyshade.report.style import Figure


@card.register
def state_card(state: ProgrammeState) -> Card:
    """The units as known on a day, and reports that contradict each other."""
    ledger = state.ledger
    units = []
    for r in state.units:
        last = next((a.claim for a in r.milestones.values() if a.valid == r.since), None)
        units.append(
            (
                r.subject.title,
                r.readiness,
                r.status + ("" if r.certain else " (or about to)") + _mark(last),
                r.since.words if r.since else "–",
                r.sector or "–",
                _promised(state, r.next_promise),
            )
        )
    conflicts = [
        (
            ledger.subject(c.slot[0]).title,
            ledger.attributes[c.slot[1]].title,
            _said(c.stands),
            _said(c.falls),
            c.rule.value,
        )
        for c in state.conflicts
    ]
    return Card(
        f"{ledger.title}: as of {day_in_words(state.as_of)}, "
        f"known on {day_in_words(state.known_on)}",
        [
            Table(
                (
                    ledger.setup.unit,
                    "state",
                    "last step reported",
                    "when",
                    "sector",
                    "promised next",
                ),
                units,
                n_left=6,
            ),
            Table(
                ("subject", "what", "accepted", "rejected", "because"),
                conflicts,
                "Reports that cannot both be true",
                n_left=5,
            ),
        ],
        " ".join(opening(state)),
    )


@plot.register
def plot_state(state: ProgrammeState, made: Forecast | None = None) -> Figure:
    """Every promise from the day it was made to the date it named, deliveries, and the forecast.

    Parameters
    ----------
    made : the forecast shown; by default that of the same day.
    """
    return timeline_figure(state, made or forecast(state.ledger, state.known_on))


@card.register
def forecast_card(made: Forecast) -> Card:
    """When the units still due may be delivered and operational."""
    rows = [
        (
            r.title,
            _spread(r.delivered),
            _spread(r.operational),
            text.months(r.overdue_months) if r.overdue_months > 0 else "no",
            text.percent(r.blockage_first),
            text.percent(r.sanction_first),
        )
        for r in made.units
    ]
    h = made.hazards
    draws = len(made.units[0].days) if made.units else 0
    return Card(
        f"{made.unit_names.capitalize()} still due, as known on {day_in_words(made.known_on)}",
        [
            Table(
                (
                    made.unit_name,
                    "delivered: P50 (P10 to P90)",
                    "operational: P50 (P10 to P90)",
                    "promise overdue",
                    "payments blocked first",
                    "sanctioned first",
                ),
                rows,
            )
        ],
        f"{text.count(draws, 'draw')}, seed {made.seed}.",
        [
            f"Deliveries take {text.stretch(made.posterior.median_stretch)} (median of "
            f"{text.count(len(made.observed), 'promise')} for few {made.unit_names}, not counting "
            "months in which payments were blocked). Payment blockages: "
            f"{12 * h.blockage_per_month:.2f} a year, {text.months(h.duration_months)} each.",
            "From delivery to operation about "
            f"{text.months(made.operational_after_months)} are assumed.",
        ],
    )


@plot.register
def plot_forecast(made: Forecast) -> Figure:
    """The probability that each unit still due has arrived, by date."""
    return forecast_figure(made)


@card.register
def ledger_card(ledger: Ledger) -> Card:
    """The number of claims per subject."""
    rows = []
    for subject in ledger.subjects.values():
        own = [c for c in ledger.claims if c.subject == subject.id]
        if own:
            newest = max(c.reported.last for c in own)
            weak = sum(c.is_weak for c in own)
            rows.append(
                (subject.id, subject.title, subject.kind, f"{len(own)}", f"{weak}", str(newest))
            )
    return Card(
        ledger.title,
        [Table(("subject", "title", "kind", "claims", "of them weak", "newest"), rows, n_left=3)],
        f"{text.count(len(ledger.claims), 'claim')} from "
        f"{text.count(len(ledger.sources), 'source')}, compiled {ledger.as_of}, version "
        f"{ledger.version[:12]}. Weak: of low confidence or from memory only.",
    )


@card.register
def claim_card(claim: Claim) -> Card:
    """Everything about one claim."""
    rows = [
        ("says", (claim.says or claim.stance) + _mark(claim)),
        ("stance", claim.stance),
        ("when", str(claim.valid)),
        ("who", claim.who),
        ("reported", f"{claim.reported}, source {', '.join((claim.source, *claim.also))}"),
        ("confidence", f"{claim.confidence}, {claim.evidence}, {claim.authority}"),
        ("note", claim.note),
    ]
    return Card(
        f"{claim.subject}: {claim.attribute} ({claim.id})",
        [Table(("", ""), [row for row in rows if row[1]], n_left=2)],
    )


def _mark(claim: Claim | None) -> str:
    return f" {text.mark(claim.is_weak, claim.is_memory)}".rstrip() if claim else ""


def _said(claims: tuple[Claim, ...]) -> str:
    first = claims[0]
    said = f"{first.says or first.valid}{_mark(first)} ({first.reported})"
    return said + (f" and {len(claims) - 1} more" if len(claims) > 1 else "")


def _promised(state: ProgrammeState, promise: Promise | None) -> str:
    if promise is None:
        return "–"
    title = state.ledger.attributes[promise.slot[1]].title
    overdue = ", missed so far" if promise.status == "overdue" else ""
    return (
        f"{title} {promise.due.words}{overdue} (said {promise.issued.words}){_mark(promise.claim)}"
    )


def _spread(days: Spread) -> str:
    return text.month_band((days.p10, days.p50, days.p90))
