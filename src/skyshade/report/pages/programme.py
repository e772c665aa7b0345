"""The section on the programme: promised, delivered, still to come, and what delay costs."""

from __future__ import annotations

from markupsafe import Markup

from skyshade.assess.programme import Programme
from skyshade.dates import PartialDate
from skyshade.programme.agreements import Agreement, register
from skyshade.programme.model import Claim
from skyshade.programme.openings import walk_opening
from skyshade.programme.payments import exposure
from skyshade.programme.sanctions import load_graph, walk
from skyshade.programme.state import Conflict, ProgrammeState
from skyshade.programme.summary import opening
from skyshade.programme.words import said, who
from skyshade.report import text
from skyshade.report.outlook import forecast_sentences
from skyshade.report.pages.parts import Figures, Row, render

MOST_CLAIMS = 3  # of one side of a contradiction


def programme_section(programme: Programme | None, figures: Figures) -> Markup:
    """The section as HTML, empty without a programme; its figures are saved as well."""
    if programme is None:
        return Markup("")
    state, money = programme.state, exposure(programme.state)
    setup = state.ledger.setup
    return render(
        "programme",
        lead=programme_lead(programme),
        opening=opening(state),
        known_on=PartialDate.on(state.known_on).words,
        known_on_iso=text.day(state.known_on),
        n_claims=text.count(len(state.published), "claim"),
        unit=setup.unit,
        n_units=text.count(len(programme.deliveries), setup.unit),
        ledger=state.ledger,
        timeline=figures.named("promises"),
        chances=figures.named("chances"),
        outlook=forecast_sentences(programme.forecast, state),
        coverage=figures.named("coverage-to-come"),
        altitude=programme.altitudes[0],
        units=[_unit_row(programme, i) for i in range(len(programme.deliveries))],
        conflicts=[_conflict_row(state, c) for c in state.conflicts],
        readings=[(found.topic, reading) for found, reading in state.readings],
        statements=[row for s in state.subjects.values() if (row := _statement_row(state, s.id))],
        agreements=[_agreement_row(state, a) for a in register(state)],
        walks=_walks(state),
        rule="by the shares that were reported"
        if setup.all_reported
        else "equal parts on delivery after the advance",
        undated=text.money(money.total("undated")[0], money.currency)
        if money.total("undated")[0]
        else "",
        paid=text.money(money.total("paid")[0], money.currency),
        due=text.money(money.total("due")[0], money.currency),
        later=text.money(money.total("later")[0], money.currency),
        stuck=text.money(money.stuck, money.currency) if money.stuck is not None else "",
        blocked=text.months(sum(e.months for e in money.blockages)),
        stretch=text.stretch(programme.forecast.posterior.median_stretch),
        lag=text.months(programme.forecast.operational_after_months),
    )


def _statement_row(state: ProgrammeState, subject: str) -> Row | None:
    """The newest statement on a subject other than the units: what, its stance, and who."""
    if state.ledger.subject(subject).kind == "unit":
        return None
    claims = [c for c in state.about(subject) if not c.is_memory and c.says]
    if not claims:
        return None
    claim = claims[-1]
    stance = {
        "affirms": "says",
        "denies": "denies",
        "hedges": "leaves open",
        "announces": "announces",
    }
    return {
        "about": state.ledger.subject(subject).title,
        "what": said(claim),
        "stance": stance[claim.stance],
        "when": claim.valid.words,
        "who": _who(state, claim),
        "n": len(state.about(subject)),
    }


def _agreement_row(state: ProgrammeState, agreement: Agreement) -> Row:
    progress = "; ".join(
        f"{p.target} by {p.due.words}"
        + (f": {p.reached} in {p.reached_in.words}" if p.reached and p.reached_in else "")
        for p in agreement.progress
    )
    return {
        "title": agreement.subject.title,
        "status": agreement.status,
        "since": agreement.since.words if agreement.since else "",
        "progress": progress,
    }


def _walks(state: ProgrammeState) -> list[Row]:
    """The law's cases that had been heard of, each with its questions and answers."""
    graph = load_graph()
    if graph.since > state.as_of:
        return []
    rows: list[Row] = []
    for case in state.ledger.setup.cases.values():
        if case.subject not in state.subjects:
            continue
        found = walk(state, case.id, graph)
        answers = {True: "yes", False: "no", None: "not known"}
        rows.append(
            {
                "title": case.title,
                "opening": " ".join(walk_opening(found)),
                "steps": [
                    {
                        "asks": step.asks,
                        "answer": answers[step.answer]
                        + (", in part our inference" if step.assumed else ""),
                        "law": step.law,
                    }
                    for step in found.steps
                ],
            }
        )
    return rows


def programme_lead(programme: Programme) -> str:
    """What the delay has cost, and when the next unit may come."""
    if not any(d.planned for d in programme.deliveries):
        units = programme.state.ledger.setup.units
        return f"No calendar was published for the {units}, so none of them is counted as late."
    lead = (
        f"Counted over all {programme.state.ledger.setup.units}, the programme is "
        f"{text.months(programme.lost_unit_months)} "
        "behind its first calendar."
    )
    coming = next(iter(programme.forecast.units), None)
    if coming is None:
        return lead
    come = coming.delivered
    lead += f" The {coming.title} is forecast for {text.month_band((come.p10, come.p50, come.p90))}"
    for delivery, added_km2 in zip(programme.deliveries, programme.per_month_km2, strict=True):
        if delivery.site.id == coming.id:
            lead += f"; each further month leaves {text.area(added_km2[0] * 1e6)} out of sight"
    return lead + "."


def _unit_row(programme: Programme, i: int) -> Row:
    d, state = programme.deliveries[i], programme.state
    unit = state.unit(state.ledger.subject(d.site.id))
    last = max(unit.milestones.values(), key=lambda a: a.valid, default=None)
    coming = programme.forecast.unit(d.site.id)
    forecast = ""
    if coming is not None:
        come = coming.delivered
        forecast = text.month_band((come.p10, come.p50, come.p90))
    return {
        "name": d.site.name,
        "readiness": unit.readiness,
        "status": unit.status,
        "since": unit.since.words if unit.since else "",
        "weak": last is not None and last.claim.is_weak,
        "who": _who(state, last.claim) if last is not None else "",
        "planned": text.month(d.planned) if d.planned else "",
        "lost": f"{d.lost_months:.0f}",
        "running": d.delivered is None,
        "adds": text.km2(programme.per_month_km2[i][0] * 1e6),
        "forecast": forecast,
    }


def _conflict_row(state: ProgrammeState, conflict: Conflict) -> Row:
    attribute = state.ledger.attributes[conflict.slot[1]]

    def side(claims: tuple[Claim, ...]) -> str:
        texts = []
        for claim in claims[:MOST_CLAIMS]:
            value = claim.valid.words if attribute.kind == "event" else said(claim)
            denied = "not " if claim.stance == "denies" else ""
            texts.append(f"{denied}{value} ({_who(state, claim)})")
        more = len(claims) - MOST_CLAIMS
        return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")

    return {
        "about": f"{conflict.slot[0]}, {attribute.title}",
        "accepted": side(conflict.stands),
        "rejected": side(conflict.falls),
        "rule": conflict.rule.value,
    }


def _who(state: ProgrammeState, claim: Claim) -> str:
    """Who said it, where and when, and whether the claim is weak."""
    weak = ", low confidence" if claim.is_weak and not claim.is_memory else ""
    is_publication = state.ledger.sources[claim.source].is_publication
    when = f", {claim.reported.words}" if is_publication else ""
    return f"{who(state, claim)}{when}{weak}"
