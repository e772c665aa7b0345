"""The front page: the answers in words, line of sight in maps and tables, all other sections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

import skyshade
from skyshade.assess.model import Assessment, Banded
from skyshade.report import text
from skyshade.report.borders import NOTE
from skyshade.report.pages.brief import TOLD, finding, sentences
from skyshade.report.pages.inputs import input_rows, limits
from skyshade.report.pages.parts import Figures, Row, render
from skyshade.report.pages.programme import programme_section
from skyshade.report.pages.raids import raids_effort, raids_lead, raids_section
from skyshade.report.pages.reach import reach_section
from skyshade.report.pages.siting import siting_lead, siting_section
from skyshade.report.phrases import unknown_ground
from skyshade.scenario.schema import Site


def answers(assessment: Assessment) -> list[str]:
    """The answers in words, made from the numbers: the brief's, and where the next unit stands."""
    said = [f"{finding(assessment)}.", *sentences(assessment)]
    return said if assessment.siting is None else [*said, siting_lead(assessment.siting)]


def steps(assessment: Assessment, case: str = "CASE") -> list[str]:
    """What stands behind the answers: line of sight, chance, effort.

    Parameters
    ----------
    case : what the scenario is called on the command line.
    """
    found = [sight_lead(assessment, case)]
    if assessment.raids is not None:
        found += [raids_lead(assessment.raids), raids_effort(assessment.raids)]
    return found


def sight_lead(assessment: Assessment, case: str = "CASE") -> str:
    """What the units in service have in line of sight."""
    areas = assessment.force_areas()
    low, high = areas[0], areas[-1]
    n, ring = len(assessment.operational), text.length(_radar_ring_m(assessment))
    units = "The one unit in service has" if n == 1 else f"The {n} units in service have"
    rings = f"its {ring} ring" if n == 1 else f"their {ring} rings"
    said = (
        f"{units} line of sight to a target at {low.value.altitude.label} over "
        f"{_area_band(low)}, {text.percent_range(*low.band_frac)} of {rings}"
    )
    if high is not low:
        said += (
            f", and to one at {high.value.altitude.label} over {_area_band(high)}, "
            f"{text.percent_range(*high.band_frac)}"
        )
    said += f". The ranges come from {_unknowns(low)}."
    if assessment.scenario.ring_m is not None:
        inner = assessment.force_areas(within_ring=True)[0]
        said += (
            f" Within the {text.length(assessment.scenario.ring_m)} circles that maps usually "
            f"show, a target at {inner.value.altitude.label} is in line of sight over "
            f"{text.percent_range(*inner.band_frac)} of the area."
        )
    if low.value.unknown_frac > TOLD:
        said += f" {unknown_ground(low.value.unknown_frac, rings, case)}"
    return said


def front_page(
    assessment: Assessment, brief: Markup, figures: Figures, made_from: Mapping[str, Any]
) -> str:
    """The page as HTML, with marks for its figures; filled, it needs no other file.

    Parameters
    ----------
    brief : what it opens with.
    made_from : origin of the assessment, shown at the end.
    """
    scenario, as_of = assessment.scenario, text.day(assessment.as_of)
    return render(
        "front",
        title=scenario.title,
        scenario=scenario,
        as_of=as_of,
        version=skyshade.__version__,
        brief=brief,
        lead=sight_lead(assessment, made_from.get("scenario", {}).get("asked_as", "CASE")),
        raids_lead=raids_lead(assessment.raids) if assessment.raids else "",
        sight=figures.named("sight"),
        area_tables=_area_tables(assessment),
        places_chart=figures.named("places-sight"),
        growth_chart=figures.named("growth"),
        reach=reach_section(assessment.reach, scenario, figures),
        raids=raids_section(assessment, figures),
        siting=siting_section(assessment.siting, figures),
        programme=programme_section(assessment.programme, figures),
        units=[_unit_row(s, s in assessment.operational, assessment.as_of) for s in scenario.sites],
        inputs=input_rows(assessment),
        sources=[{"id": k, **s.model_dump()} for k, s in sorted(scenario.sources.items())],
        limits=limits(assessment),
        border_note=NOTE,
        made_from=json.dumps(made_from, indent=2, ensure_ascii=False),
    )


def _radar_ring_m(assessment: Assessment) -> float:
    return max(s.spec.max_range_m for s in assessment.coverage.sites)


def _area_band(area: Banded) -> str:
    low, high = (share * area.value.ring_m2 for share in area.band_frac)
    return text.area_band((low, area.value.visible_m2, high))


def _unknowns(area: Banded) -> str:
    """What the bands of line of sight cover."""
    moved = area.position[0] is not area.position[1]
    return "the height of the antennas" + (
        " and from where each unit stands within its rounded position" if moved else ""
    )


# -------------------------------------------------------------------------------------- tables


def _area_tables(assessment: Assessment) -> list[Row]:
    ring = text.length(_radar_ring_m(assessment))
    tables = [_area_table(f"Within the radars' {ring} rings", assessment.areas)]
    scenario = assessment.scenario
    if scenario.ring_m is not None:
        title = f"Within {text.length(scenario.ring_m)} ({scenario.ring_note})"
        tables.append(_area_table(title, assessment.ring_areas))
    return tables


def _area_table(title: str, areas: Sequence[Banded]) -> Row:
    rows = [
        {
            "who": a.value.who,
            "force": a.value.who == "force",
            "altitude": a.value.altitude.label,
            "ring": text.km2(a.value.ring_m2),
            "visible": text.km2(a.value.visible_m2),
            "share": text.percent(a.value.visible_frac),
            "antenna": text.percent_range(*(end.visible_frac for end in a.antenna)),
            "position": text.percent_range(*(end.visible_frac for end in a.position)),
            "masked": text.km2(a.value.masked_m2),
            "unknown": text.km2(a.value.unknown_m2),
        }
        for a in areas
    ]
    return {"title": title, "rows": sorted(rows, key=lambda row: str(row["who"]))}


def _unit_row(site: Site, in_service: bool, as_of: date) -> Row:
    return {
        "name": site.name,
        "readiness": site.readiness(as_of),
        "in_service": in_service,
        "sector": site.sector,
        "position": text.position(site.position.lon, site.position.lat),
        "illustrative": site.illustrative,
        "position_note": site.position_note,
        "events": [
            {
                "kind": e.kind,
                "date": str(e.date),
                "confidence": e.confidence,
                "assumed": e.assumed,
                "sources": ", ".join(e.sources),
                "note": e.note,
            }
            for e in site.events
        ],
    }
