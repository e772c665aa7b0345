"""The raid's section of the report page: what would get through, date by date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from skyshade.assess.model import Assessment
from skyshade.assess.raids import PER_VECTOR, RaidDay, RaidsReport
from skyshade.campaign.sentences import class_noun, share_text
from skyshade.catalogue import load_catalogue
from skyshade.engagement.context import Claim, claim_sources, context
from skyshade.engagement.results import KILLED, Share
from skyshade.report.campaign_charts import unknowns_figure
from skyshade.report.raid_dates import RaidPoint, raid_dates_figure
from skyshade.report.style import inline_svg, svg_text
from skyshade.scenario.raid import Group
from skyshade.scenario.schema import Scenario

IDLE = 0.05  # a unit that shoots down fewer targets per raid has no part in it
ALL = 0.995  # of a class: as good as all get through


def raids_lead(report: RaidsReport) -> str:
    """The answer on the date of the assessment, and how far it may be trusted."""
    return (
        f"{report.sentence} That is a generic raid on illustrative positions, and {report.weak} of "
        f"the {len(report.raid.unknowns)} uncertain figures behind it are weak or assumed."
    )


def raids_effort(report: RaidsReport) -> str:
    """How much was run for it."""
    text = f"Raid: {report.tally.replicates} replicates per date, seed {report.seed}"
    if report.draws is None:
        return text + "; no draws of unknown figures."
    return text + (
        f"; {report.vectors} draws of the unknown figures per date with {PER_VECTOR} replicates "
        "each."
    )


def over_time_sentence(report: RaidsReport, scenario: Scenario, as_of: str) -> str:
    """How the answer moved with the deliveries, and who had a part in it."""
    first, last = report.days[0], report.latest
    n = int(report.raid.is_threat.sum())
    parts = []
    if report.undefended is not None:
        who = f"all {n}" if report.aimed == 1.0 else f"{100 * report.aimed:.0f} % of {n}"
        parts.append(
            f"Until {report.undefended.isoformat()} no unit is in service and nothing is shot at: "
            f"{who} targets get through."
        )
    with_first = f"{_units(first)}, {share_text(first.leaked)}"
    parts.append(f"With {with_first} {'do' if parts else 'get through'}")
    if first is not last:
        parts[-1] += f"; with the {len(last.sites)} of {as_of}, {share_text(last.leaked)}"
    parts[-1] += "."
    through = [c for c, share in last.by_class.items() if share.value >= ALL]
    if through and len(through) < len(last.by_class):
        almost = "" if all(last.by_class[c].value == 1.0 for c in through) else "nearly "
        parts.append(
            f"Of the {_and([class_noun(c, 2) for c in through])}, {almost}all get through even "
            "then, at the default figures."
        )
    names = {s.id: s.name for s in scenario.sites}
    idle = [names[s] for s, mean in last.shot_down.items() if mean < IDLE]
    if idle and len(idle) < len(last.sites):
        parts.append(
            f"{_and(idle)} {'has' if len(idle) == 1 else 'have'} no part in it: this raid is aimed "
            f"at {_and(_aims(report, scenario))}, and another would meet other units."
        )
    return " ".join(parts)


def raids_section(assessment: Assessment, as_of: str, end: date, figures: Path) -> Markup:
    """The section as safe HTML, its figures written beside; empty without a raid.

    Parameters
    ----------
    as_of, end : the date of the assessment in words, and where charts of dates end.
    """
    report, scenario = assessment.raids, assessment.scenario
    if report is None:
        return Markup("")
    charts = {"raid-dates": _dates_svg(assessment, report, end)}
    drawn = report.latest.drawn
    if drawn is not None and drawn.drivers:
        charts["raid-unknowns"] = svg_text(
            unknowns_figure(report.sentence, report.latest.leaked, drawn)
        )
    for name, svg in charts.items():
        if svg:
            (figures / f"{name}.svg").write_text(svg, "utf-8")
    names = {s.id: s.name for s in scenario.sites}
    classes = list(report.latest.by_class)
    folder = resources.files("skyshade.report") / "templates"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    html = environment.from_string((folder / "raids.html.j2").read_text()).render(
        over_time=over_time_sentence(report, scenario, as_of),
        as_of=as_of,
        scenario=scenario.name,
        groups=_groups(report, scenario),
        svg_dates=inline_svg(charts["raid-dates"]) if charts["raid-dates"] else "",
        svg_unknowns=inline_svg(charts["raid-unknowns"]) if "raid-unknowns" in charts else "",
        replicates=report.tally.replicates,
        vectors=report.vectors,
        per_vector=PER_VECTOR,
        evaluations=0 if drawn is None else drawn.vectors,
        classes=[class_noun(c) for c in classes],
        before=report.undefended.isoformat() if report.undefended else "",
        aimed=f"{100 * report.aimed:.0f} %",
        rows=[_row(assessment, day, names, classes, as_of) for day in report.days],
        weak=report.weak,
        unknowns=report.raid.unknowns,
        claims=_claims(report, classes),
        why=dict.fromkeys(
            f"{c.said_by[0].upper()}{c.said_by[1:]}, of {c.defence}: {c.differs}"
            for c in context(classes)
        ),
        sources=[
            ", ".join(t for t in (s.title, s.outlet, s.date) if t)
            for s in claim_sources(context(classes))
        ],
    )
    return Markup(html)  # built by an escaping template


def _dates_svg(assessment: Assessment, report: RaidsReport, end: date) -> str:
    """The chart over dates; none where there is one state only."""
    if len(report.days) < 2 and report.undefended is None:
        return ""
    names = {s.id: s.name for s in assessment.scenario.sites}
    points = [
        RaidPoint(
            day.day,
            day.leaked,
            day.band,
            len(day.sites),
            ", ".join(names[s] for s in day.joined),
            _assumed(assessment, day),
        )
        for day in report.days
    ]
    undefended = report.aimed if report.undefended is not None else None
    return svg_text(raid_dates_figure(points, max(end, report.latest.day), undefended))


def _assumed(assessment: Assessment, day: RaidDay) -> bool:
    return any(step.assumed for step in assessment.growth if step.day == day.day)


def _row(
    assessment: Assessment, day: RaidDay, names: dict[str, str], classes: Sequence[str], as_of: str
) -> dict[str, Any]:
    by = [f"{names[s]} {mean:.1f}" for s, mean in day.shot_down.items() if mean >= IDLE]
    return {
        "day": day.day.isoformat() if day.joined else as_of,
        "assumed": _assumed(assessment, day),
        "joined": ", ".join(names[s] for s in day.joined),
        "units": len(day.sites),
        "leaked": f"{100 * day.leaked.value:.1f} %",
        "interval": _ends(day.leaked.low, day.leaked.high, 2),
        "band": _ends(day.band[0], day.band[2], 0) if day.band else "",
        "classes": [f"{100 * day.by_class[c].value:.0f} %" for c in classes],
        "by": ", ".join(by) or "none",
        "rounds": f"{day.rounds:.1f}",
    }


def _claims(report: RaidsReport, classes: Sequence[str]) -> list[dict[str, Any]]:
    """A row per published claim, beside what the model says of the class."""
    rows = []
    for name in classes:
        share = report.tally.share(f"class {name}", KILLED)
        for claim in context([name]):
            rows.append(
                {
                    "class": class_noun(name),
                    "model": _span(share),
                    "claimed": _claimed(claim),
                    "of": f"{claim.target}, {claim.period}",
                    "who": claim.said_by,
                    "note": claim.note,
                    "weak": claim.is_weak,
                    "memory": claim.is_memory_only,
                    "conflict": claim.conflict,
                }
            )
    return rows


def _claimed(claim: Claim) -> str:
    """A rate with its counts, or the distance of a kill."""
    if claim.share is None:
        assert claim.kill_range_m is not None
        return f"a kill at {claim.kill_range_m / 1e3:.0f} km"
    text = f"{100 * claim.share:.3g} %"
    if claim.launched is not None and claim.intercepted is not None:
        text += f" ({claim.intercepted:,} of {claim.launched:,})"
    return text


def _groups(report: RaidsReport, scenario: Scenario) -> list[str]:
    """Who comes, at what, from where."""
    told = []
    for group in report.raid.raid.groups:
        n = sum(g is group for g in report.raid.groups)  # tracks tell how many only when read
        text = f"{n} {class_noun(load_catalogue().entry(group.target).id, n)}"
        if group.decoy or group.friendly:
            text += " (decoys)" if group.decoy else " (friendly)"
        if (aim := _aim(group, scenario)) is not None:
            text += f" at {aim}"
        if group.bearing_deg is not None:
            text += f" from {group.bearing_deg:.0f}°"
        told.append(text)
    return told


def _aim(group: Group, scenario: Scenario) -> str | None:
    if group.aim is None:
        return None
    named = scenario.places if group.aim.place is not None else scenario.sites
    wanted = group.aim.place or group.aim.site
    return next(x.name for x in named if x.id == wanted)


def _aims(report: RaidsReport, scenario: Scenario) -> list[str]:
    """What the threats are aimed at, each once."""
    hostile = [g for g in report.raid.raid.groups if not (g.decoy or g.friendly)]
    return list(dict.fromkeys(a for g in hostile if (a := _aim(g, scenario))))


def _units(day: RaidDay) -> str:
    return "one unit" if len(day.sites) == 1 else f"{len(day.sites)} units"


def _and(names: Sequence[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))


def _ends(low: float, high: float, digits: int) -> str:
    ends = f"{100 * low:.{digits}f}", f"{100 * high:.{digits}f}"
    return f"{ends[0]} %" if ends[0] == ends[1] else f"{ends[0]}–{ends[1]} %"


def _span(share: Share) -> str:
    """A share, its interval where it shows."""
    return f"{100 * share.value:.1f} % ({_ends(share.low, share.high, 1)})"
