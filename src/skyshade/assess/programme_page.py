"""The programme's section of the report page: its figures, its tables, its sentences."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from skyshade.assess.programme import Programme
from skyshade.dates import add_months
from skyshade.programme.forecast import LAG_MONTHS, Forecast
from skyshade.programme.model import Claim
from skyshade.programme.payments import exposure
from skyshade.programme.plan import calendar
from skyshade.programme.state import State
from skyshade.report.programme_charts import (
    GrowthFan,
    Lane,
    LostBar,
    PromiseMark,
    delay_cost_figure,
    fan_figure,
    lost_figure,
    timeline_figure,
)
from skyshade.report.style import inline_svg, svg_text

ALTITUDE_OF_LEAD = 0  # the lowest altitude of the scenario


def programme_section(programme: Programme | None, figures: Path) -> Markup:
    """The section as safe HTML, its figures written beside; empty without a programme."""
    if programme is None:
        return Markup("")
    charts = _charts(programme)
    for name, svg in charts.items():
        (figures / f"programme-{name}.svg").write_text(svg, "utf-8")
    template = (resources.files("skyshade.report") / "templates" / "programme.html.j2").read_text()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    state, found = programme.state, exposure(programme.state)
    html = environment.from_string(template).render(
        lead=lead_sentence(programme),
        known_on=state.known_on.isoformat(),
        n_claims=len(state.published),
        ledger=state.ledger,
        svg={name: inline_svg(svg) for name, svg in charts.items()},
        regiments=[_regiment_row(programme, i) for i in range(len(programme.deliveries))],
        conflicts=[_conflict_row(state, c) for c in state.conflicts],
        paid=_money(found.total("paid")[0]),
        due=_money(found.total("due")[0]),
        later=_money(found.total("later")[0]),
        stuck=_money(found.stuck_usd) if found.stuck_usd is not None else "",
        blocked=f"{sum(e.months for e in found.blockages):.0f}",
        stretch=f"{programme.forecast.posterior.median_stretch:.2f}",
    )
    return Markup(html)  # built by an escaping template


def lead_sentence(programme: Programme) -> str:
    """The story in words, made from the numbers."""
    here = [d for d in programme.deliveries if d.delivered is not None]
    months = programme.lost_regiment_months
    text = (
        f"{len(here)} of {len(programme.deliveries)} regiments had been reported delivered; "
        f"against the first calendar {months:.0f} regiment-months are lost"
    )
    label = programme.altitudes[ALTITUDE_OF_LEAD]
    lost = sum(row[ALTITUDE_OF_LEAD] for row in programme.lost_km2_months)
    text += f", which is {lost / 1e6:.1f} million km²-months in which {label} was not in sight."
    coming = next(iter(programme.forecast.regiments), None)
    if coming is not None:
        index = next(
            (i for i, d in enumerate(programme.deliveries) if d.site.id == coming.id), None
        )
        text += (
            f" The {coming.title} is forecast for {coming.delivered.p50:%B %Y} "
            f"({coming.delivered.p10:%B %Y} to {coming.delivered.p90:%B %Y})"
        )
        if index is not None:
            each = programme.per_month_km2[index][ALTITUDE_OF_LEAD]
            text += f"; each further month leaves {each / 1e3:.0f} thousand km² out of sight"
        text += "."
    return text


def lanes_of(state: State, made: Forecast) -> list[Lane]:
    """One lane per regiment of a ledger, for the timeline."""
    dates, lanes = calendar(state), []
    for k, subject in enumerate(state.ledger.of_kind("regiment"), start=1):
        came, coming = state.happened(subject.id, "delivered"), made.regiment(subject.id)
        promises = [
            PromiseMark(p.issued.first, p.due.first, p.due.last, p.claim.is_weak)
            for p in state.promises
            if p.slot[:2] == (subject.id, "delivered")
        ]
        lanes.append(
            Lane(
                name=subject.title,
                planned=dates.due(k).middle if dates else None,
                promises=promises,
                actual=(came.first, came.last) if came else None,
                coming=(coming.delivered.p10, coming.delivered.p50, coming.delivered.p90)
                if coming
                else None,
            )
        )
    return lanes


def timeline_svg(state: State, made: Forecast) -> str:
    """The timeline as an SVG file's text."""
    last = max((r.delivered.p90 for r in made.regiments), default=state.as_of)
    end = min(last, add_months(state.as_of, 96))
    return svg_text(timeline_figure(lanes_of(state, made), state.known_on, add_months(end, 3)))


def _charts(programme: Programme) -> dict[str, str]:
    state, made = programme.state, programme.forecast
    names = [d.site.name for d in programme.deliveries]
    bars = [
        LostBar(d.site.name, d.lost_months, d.delivered is None, d.to_come_months)
        for d in programme.deliveries
    ]
    charts = {
        "timeline": timeline_svg(state, made),
        "lost": svg_text(lost_figure(bars)),
        "delay-cost": svg_text(
            delay_cost_figure(
                names,
                programme.altitudes,
                programme.per_month_km2,
                [d.lost_months for d in programme.deliveries],
            )
        ),
    }
    if fans := _fans(programme):
        today = state.as_of
        end = programme.fan[-1][0] if programme.fan else add_months(today, 6)
        charts["coverage"] = svg_text(fan_figure(fans, today, end))
    return charts


def _fans(programme: Programme) -> list[GrowthFan]:
    """One per altitude; none without a calendar to compare with."""
    calendar_days = [d.planned for d in programme.deliveries if d.planned is not None]
    if len(calendar_days) < len(programme.deliveries):
        return []
    start = min(calendar_days)
    in_service = sorted(d.operational for d in programme.deliveries if d.operational is not None)
    fans = []
    for j, label in enumerate(programme.altitudes):
        area = [row[j] for row in programme.area_km2]
        planned = [(add_months(d, LAG_MONTHS), area[k]) for k, d in enumerate(calendar_days, 1)]
        actual = [(day, area[k]) for k, day in enumerate(in_service, 1)]
        coming = [(day, *row[j]) for day, row in programme.fan]
        fans.append(
            GrowthFan(label, [(start, area[0]), *planned], [(start, area[0]), *actual], coming)
        )
    return fans


def _regiment_row(programme: Programme, i: int) -> dict[str, Any]:
    d, state = programme.deliveries[i], programme.state
    regiment = state.regiment(state.ledger.subject(d.site.id))
    last = max(regiment.milestones.values(), key=lambda a: a.valid, default=None)
    coming = programme.forecast.regiment(d.site.id)
    return {
        "name": d.site.name,
        "status": regiment.status,
        "since": str(regiment.since or ""),
        "weak": last is not None and last.claim.is_weak,
        "who": _who(state, last.claim) if last is not None else "",
        "planned": f"{d.planned:%Y-%m}" if d.planned else "",
        "lost": f"{d.lost_months:.0f}",
        "running": d.delivered is None,
        "forecast": (
            f"{coming.delivered.p10:%Y-%m} / {coming.delivered.p50:%Y-%m} / "
            f"{coming.delivered.p90:%Y-%m}"
            if coming
            else ""
        ),
    }


def _conflict_row(state: State, conflict: Any) -> dict[str, str]:
    kind = state.ledger.attributes[conflict.slot[1]].kind

    def side(claims: tuple[Claim, ...]) -> str:
        texts = []
        for claim in claims[:3]:
            said = str(claim.valid) if kind == "event" else claim.says
            denied = "not " if claim.stance == "denies" else ""
            texts.append(f"{denied}{said} ({_who(state, claim)})")
        return "; ".join(texts) + ("; …" if len(claims) > 3 else "")

    return {
        "about": f"{conflict.slot[0]}, {state.ledger.attributes[conflict.slot[1]].title}",
        "stands": side(conflict.stands),
        "falls": side(conflict.falls),
        "rule": conflict.rule.value,
    }


def _who(state: State, claim: Claim) -> str:
    """Who said it, where and when; what is weak says so."""
    if claim.is_memory:
        return "from memory, read in no source"
    weak = ", low confidence" if claim.is_weak else ""
    outlet = state.ledger.sources[claim.source].outlet
    speaker = claim.speaker or claim.office
    said_by = f"{speaker}, {outlet}" if speaker else outlet
    return f"{said_by}, {claim.reported}{weak}"


def _money(usd: float) -> str:
    return f"{usd / 1e9:.2f} bn USD"
