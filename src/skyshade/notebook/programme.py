"""What is known of the programme, and what may come when."""

from __future__ import annotations

from skyshade.assess.programme_page import lanes_of
from skyshade.catalogue.readable import LOW_MARK, MEMORY_MARK
from skyshade.dates import add_months
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.programme.forecast import LAG_MONTHS, Forecast, Spread, forecast
from skyshade.programme.model import Claim, Ledger
from skyshade.programme.state import Promise, State
from skyshade.report.programme_charts import forecast_figure, timeline_figure
from skyshade.report.style import Figure
from skyshade.shown import count, percent

FARTHEST_MONTHS = 96  # a time axis goes no farther ahead


@card.register
def state_card(state: State) -> Card:
    ledger = state.ledger
    regiments = []
    for r in state.regiments:
        last = next((a.claim for a in r.milestones.values() if a.valid == r.since), None)
        regiments.append(
            (
                r.subject.title,
                r.status + ("" if r.certain else " (or about to)") + _mark(last),
                str(r.since or "–"),
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
        f"{ledger.title}: as of {state.as_of}, known on {state.known_on}",
        [
            Table(("regiment", "status", "since", "sector", "promised next"), regiments, n_left=5),
            Table(
                ("subject", "what", "stands", "falls", "because"),
                conflicts,
                "Reports that cannot both be true",
                n_left=5,
            ),
        ],
        f"{count(len(state.published), 'claim')} published by then, "
        f"{count(len(state.conflicts), 'conflict')} settled, "
        f"{count(len(state.open_promises), 'promise')} open.",
    )


@plot.register
def plot_state(state: State, made: Forecast | None = None) -> Figure:
    """Every promise from the day it was made to the date it named, deliveries, and the forecast.

    Parameters
    ----------
    made : the forecast shown; by default that of the same day.
    """
    made = made or forecast(state.ledger, state.known_on)
    last = max((r.delivered.p90 for r in made.regiments), default=state.as_of)
    end = min(last, add_months(state.as_of, FARTHEST_MONTHS))
    return timeline_figure(lanes_of(state, made), state.known_on, add_months(end, 3))


@card.register
def forecast_card(made: Forecast) -> Card:
    rows = [
        (
            r.title,
            _spread(r.delivered),
            _spread(r.operational),
            f"{r.overdue_months:.0f} months" if r.overdue_months > 0 else "no",
            percent(r.blockage_first),
            percent(r.sanction_first),
        )
        for r in made.regiments
    ]
    h = made.hazards
    draws = len(made.regiments[0].days) if made.regiments else 0
    return Card(
        f"Regiments still due, as known on {made.known_on}",
        [
            Table(
                (
                    "regiment",
                    "delivered: P50 (P10 to P90)",
                    "operational: P50 (P10 to P90)",
                    "promise overdue",
                    "payments blocked first",
                    "sanctioned first",
                ),
                rows,
            )
        ],
        f"{count(draws, 'draw')}, seed {made.seed}.",
        [
            f"Promises have taken {made.posterior.median_stretch:.2f} times the time they named "
            f"(median, from {len(made.observed)} promises of few regiments); "
            f"{12 * h.blockage_per_month:.2f} blockages of payments a year, of "
            f"{h.duration_months:.0f} months.",
            f"Delivered to operational: an assumed lag of about {LAG_MONTHS:g} months.",
        ],
    )


@plot.register
def plot_forecast(made: Forecast) -> Figure:
    """How probable it is that each regiment still due has come, by date."""
    last = max((r.operational.p90 for r in made.regiments), default=add_months(made.known_on, 12))
    return forecast_figure(made, min(last, add_months(made.known_on, FARTHEST_MONTHS)))


@card.register
def ledger_card(ledger: Ledger) -> Card:
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
        f"{count(len(ledger.claims), 'claim')} from {count(len(ledger.sources), 'source')}, "
        f"compiled {ledger.as_of}, version {ledger.version[:12]}. Weak: of low confidence or from "
        "memory only.",
    )


@card.register
def claim_card(claim: Claim) -> Card:
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
    if claim is None or not claim.is_weak:
        return ""
    return f" {MEMORY_MARK if claim.is_memory else LOW_MARK}"


def _said(claims: tuple[Claim, ...]) -> str:
    first = claims[0]
    text = f"{first.says or first.valid}{_mark(first)} ({first.reported})"
    return text + (f" and {len(claims) - 1} more" if len(claims) > 1 else "")


def _promised(state: State, promise: Promise | None) -> str:
    if promise is None:
        return "–"
    title = state.ledger.attributes[promise.slot[1]].title
    overdue = ", overdue" if promise.status == "overdue" else ""
    return f"{title} {promise.due}{overdue} (said {promise.issued}){_mark(promise.claim)}"


def _spread(days: Spread) -> str:
    return f"{days.p50:%b %Y} ({days.p10:%b %Y} to {days.p90:%b %Y})"
