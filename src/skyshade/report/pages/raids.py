"""The section on the raid: what gets through after each delivery, and what decides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from skyshade.assess.model import Assessment
from skyshade.assess.raids import PER_VECTOR, RaidDay, RaidsReport
from skyshade.campaign.sentences import class_noun, mix, outside_the_band
from skyshade.engagement._scalar_plan import KILLED
from skyshade.engagement.context import Claim, claim_sources, context
from skyshade.report import text
from skyshade.report.pages.parts import Figures, Row, render
from skyshade.report.record_charts import explain, record_rows
from skyshade.scenario.group import Group
from skyshade.scenario.schema import Scenario

IDLE = 0.05  # a unit that shoots down fewer threats per raid is taken to shoot down none
ALL = 0.995  # a larger share of a class is nearly all of it


def raids_lead(report: RaidsReport) -> str:
    """The answer on the date of the assessment, and how far it can be trusted."""
    return (
        f"{report.sentence} The raid is generic and the positions are illustrative; {report.weak} "
        f"of the {len(report.raid.unknowns)} uncertain figures behind the result are weak or "
        "assumed."
    )


def raids_effort(report: RaidsReport) -> str:
    """How many random runs the answer rests on."""
    said = f"Raid: {text.count(report.tally.replicates, 'replicate')} per date, seed {report.seed}"
    if report.draws is None:
        return said + "; no draws of unknown figures."
    return said + (
        f"; {report.vectors} draws of the unknown figures per date with {PER_VECTOR} replicates "
        "each."
    )


def over_time_sentence(report: RaidsReport, scenario: Scenario, as_of: str) -> str:
    """How the share that gets through changed with the deliveries, and which units changed it."""
    first, last = report.days[0], report.latest
    raid, tally = report.raid, report.tally
    n = int(raid.is_threat.sum())
    counts = {c: int(tally.members[f"class {c}"].sum()) for c in last.by_class}
    parts = []
    if report.undefended is not None:
        who = f"all {n}" if report.aimed == 1.0 else f"{text.percent(report.aimed)} of the {n}"
        parts.append(
            f"Until {text.day(report.undefended)} no unit is in service, and {who} threats get "
            "through."
        )
    units = "one unit" if len(first.sites) == 1 else f"{len(first.sites)} units"
    said = f"Of {mix(counts, scenario.known)} {_through(first)} get through with {units}"
    if first is not last:
        said += f", and {_through(last)} with the {len(last.sites)} of {as_of}"
    if last.drawn is None:
        said += ", at the default figures (in brackets: the error of chance)"
    parts.append(said + ".")
    if last.drawn is not None:
        counted = [f"class {c}" for c in counts]
        if len(counted) > 1:
            counted.insert(0, "all")
        parts += outside_the_band(tally, last.drawn, counted)
    through = [c for c, share in last.by_class.items() if share.value >= ALL]
    if through and len(through) < len(last.by_class):
        almost = "All" if all(last.by_class[c].value == 1.0 for c in through) else "Nearly all"
        names = text.listed([class_noun(c, 2, scenario.known) for c in through])
        parts.append(f"{almost} {names} get through even then, with all figures at their defaults.")
    if idle := _idle(last, scenario):
        verb = "shoots" if len(idle) == 1 else "shoot"
        parts.append(
            f"{text.listed(idle)} {verb} nothing down, because this raid is aimed at "
            f"{text.listed(_aims(report, scenario))}; another raid would meet other units."
        )
    return " ".join(parts)


def raids_section(assessment: Assessment, figures: Figures) -> Markup:
    """The section as HTML, empty without a raid; its figures are saved as well."""
    report, scenario = assessment.raids, assessment.scenario
    if report is None:
        return Markup("")
    drawn, as_of = report.latest.drawn, text.day(assessment.as_of)
    names = {s.id: s.name for s in scenario.sites}
    classes = list(report.latest.by_class)
    claims = context(classes, scenario.known)
    beside = [] if drawn is None else record_rows(report.tally, drawn)
    return render(
        "raids",
        over_time=over_time_sentence(report, scenario, as_of),
        as_of=as_of,
        scenario=scenario.name,
        groups=_groups(report, scenario),
        dates_chart=figures.named("raid-dates"),
        unknowns_chart=figures.named("raid-unknowns"),
        reasons_chart=figures.named("raid-reasons"),
        records_chart=figures.named("raid-records"),
        records=[explain(row) for row in beside],
        replicates=text.count(report.tally.replicates, "replicate"),
        vectors=report.vectors,
        per_vector=PER_VECTOR,
        evaluations=0 if drawn is None else drawn.vectors,
        classes=[class_noun(c, 1, scenario.known) for c in classes],
        before=text.day(report.undefended) if report.undefended else "",
        aimed=text.percent(report.aimed),
        rows=[_row(assessment, day, names, classes) for day in report.days],
        weak=report.weak,
        unknowns=report.raid.unknowns,
        claims=_claim_rows(report, classes),
        why=list(
            dict.fromkeys(
                f"{c.said_by[0].upper()}{c.said_by[1:]}, on {c.defence}: {c.differs}"
                for c in claims
            )
        ),
        sources=[
            ", ".join(t for t in (s.title, s.outlet, s.date) if t) for s in claim_sources(claims)
        ],
    )


def _through(day: RaidDay) -> str:
    """The band over the draws; without draws, the share at the default figures."""
    return text.estimate(day.leaked) if day.band is None else text.percent_range(*day.band[::2])


def _is_assumed(assessment: Assessment, day: RaidDay) -> bool:
    return any(step.assumed for step in assessment.growth if step.day == day.day)


def _idle(day: RaidDay, scenario: Scenario) -> list[str]:
    """Units that shoot nothing down; none if that holds for all of them."""
    names = {s.id: s.name for s in scenario.sites}
    idle = [names[s] for s, mean in day.shot_down.items() if mean < IDLE]
    return idle if len(idle) < len(day.sites) else []


def _row(
    assessment: Assessment, day: RaidDay, names: dict[str, str], classes: Sequence[str]
) -> Row:
    by = [f"{names[s]}: {text.number(n)}" for s, n in day.shot_down.items() if n >= IDLE]
    return {
        "day": text.day(day.day if day.joined else assessment.as_of),
        "assumed": _is_assumed(assessment, day),
        "joined": ", ".join(names[s] for s in day.joined),
        "units": len(day.sites),
        "leaked": text.estimate(day.leaked),
        "band": text.percent_range(day.band[0], day.band[2]) if day.band else "",
        "classes": [text.percent(day.by_class[c].value) for c in classes],
        "by": ", ".join(by) or "none",
        "rounds": text.number(day.rounds),
    }


def _claim_rows(report: RaidsReport, classes: Sequence[str]) -> list[Row]:
    """Published claims of combat, beside the model's result for the class."""
    return [
        {
            "class": class_noun(name, 1, report.raid.scenario.known),
            "model": text.estimate(report.tally.share(f"class {name}", KILLED)),
            "claimed": _claimed(claim),
            "of": f"{claim.target}, {claim.period}",
            "who": claim.said_by,
            "note": claim.note,
            "weak": claim.is_weak,
            "memory": claim.is_memory_only,
            "conflict": claim.conflict,
        }
        for name in classes
        for claim in context([name], report.raid.scenario.known)
    ]


def _claimed(claim: Claim) -> str:
    """A rate with its counts, or the distance of a kill, as published."""
    if claim.share is None:
        assert claim.kill_range_m is not None
        return f"a kill at {text.length(claim.kill_range_m)}"
    said = text.given((100 * claim.share,) * 3, "%")
    if claim.launched is not None and claim.intercepted is not None:
        said += f" ({claim.intercepted:,} of {claim.launched:,})"
    return said


def _groups(report: RaidsReport, scenario: Scenario) -> list[str]:
    """Each group of the raid: how many of what, at which aim, from where."""
    told = []
    groups: list[Any] = list(report.raid.groups)
    for group in report.raid.raid.groups:
        n = sum(g is group for g in groups)  # recorded tracks are counted only once they are read
        said = f"{n} {class_noun(group.target, n, scenario.known)}"
        if group.decoy or group.friendly:
            said += " (decoys)" if group.decoy else " (friendly)"
        if (aim := _aim(group, scenario)) is not None:
            said += f" at {aim}"
        if group.bearings_deg is not None:
            low, high = group.bearings_deg
            said += " from all sides" if high - low == 360 else f" from {low:.0f} to {high:.0f}°"
        elif group.bearing_deg is not None:
            said += f" from {group.bearing_deg:.0f}°"
        told.append(said)
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
