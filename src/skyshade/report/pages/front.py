"""The front page: the answers in words, line of sight in maps and tables, all other sections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

import skyshade
from skyshade.assess.model import Assessment, Banded, PlaceReport
from skyshade.report import text
from skyshade.report.borders import NOTE
from skyshade.report.coverage_maps import clearance_figure, visible_figure
from skyshade.report.ground import ground_note
from skyshade.report.growth_charts import Arrival, BandPoint, growth_figure
from skyshade.report.pages.brief import TOLD, finding, sentences
from skyshade.report.pages.inputs import input_rows, limits
from skyshade.report.pages.parts import Figures, Row, render
from skyshade.report.pages.programme import programme_section
from skyshade.report.pages.raids import raids_effort, raids_lead, raids_section
from skyshade.report.pages.reach import reach_section
from skyshade.report.pages.siting import siting_lead, siting_section
from skyshade.report.place_charts import PlaceBar, places_figure
from skyshade.report.style import Figure
from skyshade.scenario.schema import Site
from skyshade.terrain.model import Altitude

LAST_DAY = date(2100, 1, 1)  # charts of a case that is tied to no date end there


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
        said += (
            f" {text.percent(low.value.unknown_frac)} of {rings} lies on or behind terrain that is "
            f"not known, and counts as not seen. To get it: skyshade terrain fetch --for {case}."
        )
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
    end = min(assessment.as_of, LAST_DAY)
    reach = assessment.reach
    return render(
        "front",
        title=scenario.title,
        scenario=scenario,
        as_of=as_of,
        version=skyshade.__version__,
        brief=brief,
        lead=sight_lead(assessment, made_from.get("scenario", {}).get("asked_as", "CASE")),
        raids_lead=raids_lead(assessment.raids) if assessment.raids else "",
        visible=figures.png("visible", _visible_figure(assessment)),
        clearance=figures.png("clearance", _clearance_figure(assessment)),
        area_tables=_area_tables(assessment),
        altitudes=[a.label for a in assessment.coverage.altitudes],
        places=[_place_row(p, assessment.coverage.altitudes) for p in _lowest_first(assessment)],
        places_chart=figures.svg("places", _places_figure(assessment)),
        growth_chart=figures.svg("growth", _growth_figure(assessment, end)),
        growth_reach_chart=figures.svg("growth-reach", _growth_reach_figure(assessment, end)),
        flights=[f.label for f in reach.found.flights] if reach else [],
        growth=_growth_rows(assessment),
        reach=reach_section(reach, assessment.coverage, scenario, figures),
        raids=raids_section(assessment, end, figures),
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


# ------------------------------------------------------------------------------------- figures


def _visible_figure(assessment: Assessment) -> Figure:
    ring_m = assessment.scenario.ring_m
    ring = text.length(ring_m or _radar_ring_m(assessment))
    titles = [
        f"{a.value.altitude.label}:  {text.percent(a.value.visible_frac)} of the {ring} ring in "
        "line of sight"
        for a in assessment.force_areas(within_ring=ring_m is not None)
    ]
    return visible_figure(
        assessment.coverage,
        titles,
        f"Line of sight beside the ring, {text.day(assessment.as_of)}",
        _map_note(assessment),
        ring_m,
        f"{ring} ring: {assessment.scenario.ring_note}" if ring_m else "",
    )


def _clearance_figure(assessment: Assessment) -> Figure:
    title = f"Lowest visible altitude above ground, {text.day(assessment.as_of)}"
    return clearance_figure(assessment.coverage, title, _map_note(assessment))


def _map_note(assessment: Assessment) -> str:
    aloft = ", ".join(sensor.name for sensor in assessment.scenario.sensors)
    left_out = f" Left out here, counted in reach and raids: {aloft}." if aloft else ""
    return f"Positions illustrative, sector level.{left_out} {ground_note(assessment.coverage)}"


def _places_figure(assessment: Assessment) -> Figure | None:
    if not assessment.places:
        return None
    bars = [
        PlaceBar(
            p.place.name,
            p.lowest_visible_agl_m,
            p.lowest_visible_agl_low_m,
            p.lowest_visible_agl_high_m,
            _place_note(p),
        )
        for p in _lowest_first(assessment)
    ]
    marks = [a.value_m for a in assessment.coverage.altitudes if a.datum == "agl"]
    return places_figure(bars, marks)


def _growth_figure(assessment: Assessment, end: date) -> Figure | None:
    if len(assessment.growth) < 2:
        return None
    series = {
        altitude.label: [
            BandPoint(
                step.day,
                step.areas[i].value.visible_m2,
                *(share * step.areas[i].value.ring_m2 for share in step.areas[i].band_frac),
            )
            for step in assessment.growth
        ]
        for i, altitude in enumerate(assessment.coverage.altitudes)
    }
    return growth_figure(
        series,
        end,
        _arrivals(assessment),
        "area in line of sight, as modelled",
        "band: antenna heights and positions",
    )


def _growth_reach_figure(assessment: Assessment, end: date) -> Figure | None:
    if len(assessment.growth) < 2 or assessment.reach is None:
        return None
    series = {
        held[0].flight.label: [
            BandPoint(step.day, h.median_m2, h.low_m2, h.high_m2)
            for step, h in zip(assessment.growth, held, strict=True)
        ]
        for held in zip(*(step.reach for step in assessment.growth), strict=True)
    }
    return growth_figure(
        series,
        end,
        _arrivals(assessment),
        "area in which it can be intercepted, median",
        "5 to 95 % of the draws",
    )


def _arrivals(assessment: Assessment) -> list[Arrival]:
    names = {s.id: s.name for s in assessment.scenario.sites}
    return [
        Arrival(step.day, ", ".join(names[id_] for id_ in step.joined), step.assumed)
        for step in assessment.growth
    ]


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


def _lowest_first(assessment: Assessment) -> list[PlaceReport]:
    """The places in order of their lowest visible altitude, unknown ones last."""
    return sorted(
        assessment.places,
        key=lambda p: (p.lowest_visible_agl_m is None, p.lowest_visible_agl_m or 0.0, p.place.name),
    )


def _place_row(place: PlaceReport, altitudes: Sequence[Altitude]) -> Row:
    lowest, band = _place_note(place), ""
    low_m, high_m = place.lowest_visible_agl_low_m, place.lowest_visible_agl_high_m
    if place.lowest_visible_agl_m is not None:
        lowest = text.distance(place.lowest_visible_agl_m)
        if low_m is not None and high_m is not None:
            band = text.distance_range(low_m, high_m)
    return {
        "name": place.place.name,
        "nearest": place.nearest,
        "distance": text.distance(place.distance_m),
        "lowest": lowest,
        "band": band,
        "seen": [len(place.seen_by[a.label]) if place.known else "?" for a in altitudes],
    }


def _place_note(place: PlaceReport) -> str:
    if not place.in_ring:
        return "outside every ring"
    if place.lowest_visible_agl_m is None:
        return "unknown: the terrain data end before it"
    return f"{text.distance(place.distance_m)} from {place.nearest}"


def _growth_rows(assessment: Assessment) -> list[Row]:
    return [
        {
            "day": text.day(step.day),
            "assumed": step.assumed,
            "joined": ", ".join(step.joined),
            "n": len(step.sites),
            "areas": [text.km2(a.value.visible_m2) for a in step.areas],
            "reach": [
                text.band(v / 1e9 for v in (h.low_m2, h.median_m2, h.high_m2)) for h in step.reach
            ],
        }
        for step in assessment.growth
    ]


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
