"""The assessment as files: one self-contained page, figures, tables, rasters, JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

import skyshade
from skyshade.assess.model import Assessment, Banded, PlaceReport, ReachReport
from skyshade.assess.programme_page import programme_section
from skyshade.assess.raids_page import raids_lead, raids_section
from skyshade.assess.reach_page import reach_figures, reach_section
from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Catalogue, Figure
from skyshade.catalogue.readable import plain, readable, readable_range
from skyshade.coverage.model import Area
from skyshade.export.coverage import write_rasters
from skyshade.export.reach import write_engageable, write_outlines, write_places
from skyshade.files import write_json
from skyshade.report.borders import NOTE as BORDER_NOTE
from skyshade.report.charts import BandPoint, PlaceBar, growth_figure, places_figure
from skyshade.report.maps import clearance_figure, coverage_figure
from skyshade.report.style import inline_image, inline_svg, save_png, svg_text
from skyshade.scenario.schema import Site
from skyshade.shown import percent
from skyshade.uncertainty.unknown import Unknown


def write_assessment(
    assessment: Assessment,
    folder: Path,
    made_from: dict[str, Any],
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> None:
    """Write everything about an assessment but its manifest into `folder`.

    The page tells what the assessment was made from (the manifest without clock and machine, so
    that it is the same bytes every time).
    """
    figures = folder / "figures"
    figures.mkdir()
    progress("figures", 0, 4)
    save_png(_seen_figure(assessment), figures / "visible.png")
    progress("figures", 1, 4)
    save_png(_clearance_figure(assessment), figures / "clearance.png")
    progress("figures", 2, 4)
    charts = {
        "places": _places_svg(assessment),
        "growth": _growth_svg(assessment),
        "growth-reach": _growth_reach_svg(assessment),
    }
    for name, svg in charts.items():
        if svg:
            (figures / f"{name}.svg").write_text(svg, "utf-8")
    progress("figures", 3, 4)
    write_json(folder / "summary.json", assessment.summary())
    _write_tables(assessment, folder)
    write_rasters(assessment.coverage, folder / "rasters")
    if assessment.reach is not None:
        _write_reach(assessment.reach, folder)
    page = _page(assessment, figures, charts, made_from)
    (folder / "index.html").write_text(page, "utf-8")
    progress("figures", 4, 4)


def _write_reach(reach: ReachReport, folder: Path) -> None:
    """Reach's outlines, the force's rasters, and what each place gets from each side."""
    write_outlines(reach.found, folder / "reach.geojson")
    write_engageable(reach.force, reach.found.hard_pair, folder / "rasters")
    if reach.places.places:
        write_places(reach.places, folder, "places_reach")


def lead_sentence(assessment: Assessment) -> str:
    """The answer in words, made from the numbers."""
    force = assessment.force_areas()
    low, high = force[0], force[-1]
    n = len(assessment.operational)
    units = "the one unit in service sees" if n == 1 else f"the {n} units in service see"
    rings = (
        f"its {_km(_ring_m(assessment))} ring"
        if n == 1
        else (f"their {_km(_ring_m(assessment))} rings")
    )
    text = f"At {low.value.altitude.label}, {units} {percent(low.value.visible_frac)} of {rings}"
    if high is not low:
        text += f"; at {high.value.altitude.label}, {percent(high.value.visible_frac)}"
    text += "."
    if assessment.scenario.ring_m is not None:
        ring = assessment.force_areas(within_ring=True)[0]
        text += (
            f" Inside the {_km(assessment.scenario.ring_m)} circles that maps usually show, "
            f"{ring.value.altitude.label} is in sight over {percent(ring.value.visible_frac)} "
            f"({percent(ring.band_frac[0])} to {percent(ring.band_frac[1])}, depending on the "
            "height of the antennas and on where in its half degree each unit stands)."
        )
    unknown = low.value.unknown_m2 / low.value.ring_m2
    if unknown > 0.005:
        text += (
            f" {percent(unknown)} of {rings} lies behind terrain that is not known and counts as "
            "not seen."
        )
    return text


def _day(assessment: Assessment) -> str:
    """The date, or none where the scenario is not tied to one."""
    return "any date" if assessment.as_of == date.max else assessment.as_of.isoformat()


def _ring_m(assessment: Assessment) -> float:
    return max(s.spec.max_range_m for s in assessment.coverage.sites)


def _seen_figure(assessment: Assessment) -> Any:
    scenario = assessment.scenario
    areas = assessment.force_areas(within_ring=scenario.ring_m is not None)
    titles = [
        f"{a.value.altitude.label}:  {percent(a.value.visible_frac)} of the "
        f"{_km(scenario.ring_m or _ring_m(assessment))} ring in line of sight"
        for a in areas
    ]
    return coverage_figure(
        assessment.coverage,
        titles,
        f"Visible beside the ring, {_day(assessment)}",
        _map_note(assessment),
        scenario.ring_m,
        f"{_km(scenario.ring_m)} ring: {scenario.ring_note}" if scenario.ring_m else "",
    )


def _clearance_figure(assessment: Assessment) -> Any:
    return clearance_figure(
        assessment.coverage,
        f"Lowest visible altitude above ground, {_day(assessment)}",
        _map_note(assessment),
    )


def _map_note(assessment: Assessment) -> str:
    return (
        f"Terrain: {assessment.coverage.dem.name}. Positions illustrative, sector level. "
        + BORDER_NOTE.replace("; not authoritative. ", ";\nnot authoritative. ")
    )


def _growth_svg(assessment: Assessment) -> str:
    if len(assessment.growth) < 2:
        return ""
    labels = [a.label for a in assessment.coverage.altitudes]
    series: dict[str, Sequence[BandPoint]] = {
        label: [
            BandPoint(
                step.day,
                step.areas[i].value.visible_m2 / 1e6,
                *(frac * step.areas[i].value.ring_m2 / 1e6 for frac in step.areas[i].band_frac),
            )
            for step in assessment.growth
        ]
        for i, label in enumerate(labels)
    }
    return svg_text(
        growth_figure(
            series,
            *_growth_axis(assessment),
            "visible area, as modelled",
            "band: antenna heights and positions",
        )
    )


def _growth_reach_svg(assessment: Assessment) -> str:
    if len(assessment.growth) < 2 or assessment.reach is None:
        return ""
    series: dict[str, Sequence[BandPoint]] = {
        held[0].flight.label: [
            BandPoint(step.day, h.median_m2 / 1e6, h.low_m2 / 1e6, h.high_m2 / 1e6)
            for step, h in zip(assessment.growth, held, strict=True)
        ]
        for held in zip(*(step.reach for step in assessment.growth), strict=True)
    }
    return svg_text(
        growth_figure(
            series,
            *_growth_axis(assessment),
            "area in which it can be intercepted, median",
            "5 to 95 % of the draws",
        )
    )


def _growth_axis(assessment: Assessment) -> tuple[date, list[tuple[date, str, bool]]]:
    """Where the charts of growth end, and who arrives when."""
    names = {s.id: s.name for s in assessment.scenario.sites}
    arrivals = [
        (s.day, ", ".join(names[id_] for id_ in s.joined), s.assumed) for s in assessment.growth
    ]
    return min(assessment.as_of, date(2100, 1, 1)), arrivals


def _places_svg(assessment: Assessment) -> str:
    if not assessment.places:
        return ""
    bars = [
        PlaceBar(
            p.place.name,
            p.lowest_visible_agl_m,
            p.lowest_visible_agl_low_m,
            p.lowest_visible_agl_high_m,
            _place_note(p),
        )
        for p in _ordered(assessment.places)
    ]
    marks = [a.value_m for a in assessment.coverage.altitudes if a.datum == "agl"]
    return svg_text(places_figure(bars, marks))


def _ordered(places: tuple[PlaceReport, ...]) -> list[PlaceReport]:
    return sorted(
        places,
        key=lambda p: (p.lowest_visible_agl_m is None, p.lowest_visible_agl_m or 0.0, p.place.name),
    )


def _place_note(place: PlaceReport) -> str:
    if not place.in_ring:
        return "outside every ring"
    if place.lowest_visible_agl_m is None:
        return "unknown: the terrain data end before it"
    return f"{place.distance_m / 1e3:.0f} km from {place.nearest}"


def _write_tables(assessment: Assessment, folder: Path) -> None:
    """areas.csv, places.csv, raids.csv: a row per unit and altitude, per place, per date."""
    rows = [
        {"within": within, **_flat(area.as_dict())}
        for within, areas in (
            ("radar ring", assessment.areas),
            ("weapon ring", assessment.ring_areas),
        )
        for area in areas
    ]
    tables: dict[str, list[dict[str, Any]]] = {"areas.csv": rows}
    if assessment.places:
        tables["places.csv"] = [
            {
                k: ";".join(f"{a}={'+'.join(v) or '-'}" for a, v in val.items())
                if isinstance(val, dict)
                else val
                for k, val in p.as_dict().items()
            }
            for p in assessment.places
        ]
    if assessment.raids is not None:
        tables["raids.csv"] = assessment.raids.rows()
    for name, table in tables.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as f:
            writer = csv.DictWriter(f, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row for a table: a band becomes two columns."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, list):
            flat |= {f"{key}_low": value[0], f"{key}_high": value[1]}
        else:
            flat[key] = value
    return flat


def _page(
    assessment: Assessment, figures: Path, charts: dict[str, str], made_from: dict[str, Any]
) -> str:
    scenario, coverage = assessment.scenario, assessment.coverage
    template = (resources.files("skyshade.report") / "templates" / "assess.html.j2").read_text()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    tables = [_area_table(f"Within the radars' {_km(_ring_m(assessment))} rings", assessment.areas)]
    if scenario.ring_m is not None:
        tables.append(
            _area_table(
                f"Within {_km(scenario.ring_m)} ({scenario.ring_note})", assessment.ring_areas
            )
        )
    return environment.from_string(template).render(
        title=scenario.title,
        scenario=scenario.name,
        as_of=_day(assessment),
        version=skyshade.__version__,
        lead=lead_sentence(assessment),
        alt_seen="Maps: where targets at several altitudes are in line of sight, beside the rings",
        caption_seen=scenario.description,
        image_seen=inline_image(figures / "visible.png"),
        image_clearance=inline_image(figures / "clearance.png"),
        area_tables=tables,
        altitudes=[a.label for a in coverage.altitudes],
        places=[_place_row(p, coverage.altitudes) for p in _ordered(assessment.places)],
        svg_places=inline_svg(charts["places"]),
        svg_growth=inline_svg(charts["growth"]) if charts["growth"] else "",
        svg_growth_reach=inline_svg(charts["growth-reach"]) if charts["growth-reach"] else "",
        flights=[f.label for f in assessment.reach.found.flights] if assessment.reach else [],
        growth=[
            {
                "day": step.day.isoformat(),
                "assumed": step.assumed,
                "joined": ", ".join(step.joined),
                "n": len(step.sites),
                "areas": [f"{a.value.visible_m2 / 1e6:,.0f}" for a in step.areas],
                "reach": [
                    f"{h.median_m2 / 1e9:,.1f} ({h.low_m2 / 1e9:,.1f} to {h.high_m2 / 1e9:,.1f})"
                    for h in step.reach
                ],
            }
            for step in assessment.growth
        ],
        reach=reach_section(assessment.reach, coverage, scenario, figures.parent),
        raids_lead=raids_lead(assessment.raids) if assessment.raids else "",
        raids=raids_section(assessment, _day(assessment), _growth_axis(assessment)[0], figures),
        programme=programme_section(assessment.programme, figures),
        units=[_unit_row(s, s in assessment.operational) for s in scenario.sites],
        inputs=_inputs(assessment),
        sources=[{"id": k, **s.model_dump()} for k, s in sorted(scenario.sources.items())],
        limits=_limits(assessment),
        border_note=BORDER_NOTE,
        made_from=json.dumps(made_from, indent=2, ensure_ascii=False),
    )


def _area_table(title: str, areas: tuple[Banded, ...]) -> dict[str, Any]:
    rows = []
    for a in areas:
        rows.append(
            {
                "who": a.value.who,
                "force": a.value.who == "force",
                "altitude": a.value.altitude.label,
                "ring": f"{a.value.ring_m2 / 1e6:,.0f}",
                "visible": f"{a.value.visible_m2 / 1e6:,.0f}",
                "share": percent(a.value.visible_frac),
                "antenna": _span(a.antenna),
                "position": _span(a.position),
                "masked": f"{a.value.masked_m2 / 1e6:,.0f}",
                "unknown": f"{a.value.unknown_m2 / 1e6:,.0f}",
            }
        )
    return {"title": title, "rows": sorted(rows, key=lambda r: r["who"])}


def _place_row(place: PlaceReport, altitudes: tuple[Any, ...]) -> dict[str, Any]:
    known = place.lowest_visible_agl_m is not None
    return {
        "name": place.place.name,
        "nearest": place.nearest,
        "distance": f"{place.distance_m / 1e3:,.0f} km",
        "lowest": _m(place.lowest_visible_agl_m) if known else _place_note(place),
        "band": f"{_m(place.lowest_visible_agl_low_m)} – {_m(place.lowest_visible_agl_high_m)}"
        if known
        else "",
        "seen": [len(place.seen_by[a.label]) if place.known else "?" for a in altitudes],
    }


def _unit_row(site: Site, in_service: bool) -> dict[str, Any]:
    return {
        "name": site.name,
        "in_service": in_service,
        "sector": site.sector,
        "position": f"{site.position.lon:g}° E, {site.position.lat:g}° N",
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


def _inputs(assessment: Assessment) -> list[dict[str, Any]]:
    """Every number that went in, with where it comes from."""
    catalogue, scenario = load_catalogue(), assessment.scenario
    rows = []
    for radar in sorted({s.radar for s in scenario.sites if s.max_range_m is None}):
        figure = catalogue.entry(radar).figure("instrumented_range")
        rows.append(_figure_row(radar, figure, catalogue))
    if assessment.reach is not None:
        found = assessment.reach.found
        rows += [_figure_row(of, f, catalogue) for of, f in reach_figures(found)]
        rows += [_assumed(u) for u in found.sites[0].draws.unknowns if u.origin == "assumption"]
    if assessment.raids is not None:
        known = {row["name"] for row in rows}
        own = [_raid_row(u, catalogue) for u in assessment.raids.raid.unknowns]
        rows += [row for row in own if row["name"] not in known]
    for site in scenario.sites:
        rows.append(
            _input(
                f"{site.name}: antenna above ground",
                f"{site.antenna.value_m:g} m",
                f"{site.antenna.low_m:g} – {site.antenna.high_m:g} m",
                "low",
                site.antenna.why,
            )
        )
        if site.max_range_m is not None:
            rows.append(
                _input(
                    f"{site.name}: range", _km(site.max_range_m), "", "low", "given by the scenario"
                )
            )
    if scenario.ring_m is not None:
        row = (
            _input("Weapon ring", "", "", "low", scenario.ring_note)
            if scenario.ring_figure is None
            else _figure_row("Weapon ring", catalogue.figure(scenario.ring_figure), catalogue)
        )
        rows.append(row | {"value": _km(scenario.ring_m)})
    rows.append(
        _input(
            "Refraction factor k",
            f"{scenario.atmosphere.k_factor:.4g}",
            "",
            "medium",
            "standard atmosphere, ITU-R P.453; ducting and sub-refraction are not modelled",
        )
    )
    dem = assessment.coverage.dem
    rows.append(_input("Terrain", dem.name, "", "medium", dem.licence))
    return rows


def _figure_row(of: str, figure: Figure, catalogue: Catalogue) -> dict[str, Any]:
    """A figure of the catalogue as an input: value, bounds, confidence, sources and reason."""
    titles = "; ".join(catalogue.sources[s].title for s in figure.sources)
    return {
        "name": f"{of}: {figure.title}",
        "value": readable(figure.number, figure.unit),
        "range": _range(figure),
        "confidence": figure.confidence,
        "memory": figure.is_memory_only,
        "source": plain(f"{titles}. {figure.why}"),
    }


def _raid_row(unknown: Unknown, catalogue: Catalogue) -> dict[str, Any]:
    """A figure behind the raid as an input: of the catalogue, assumed, or the scenario's own."""
    if unknown.figure:
        of = unknown.figure.rpartition(".")[0]
        return _figure_row(of, catalogue.figure(unknown.figure), catalogue)
    if unknown.origin == "scenario":
        value = readable(unknown.value, unknown.unit)
        return _input(unknown.title, value, "", "low", "given by the scenario")
    return _assumed(unknown)


def _assumed(unknown: Unknown) -> dict[str, Any]:
    value, unit = readable(unknown.value, unknown.unit), unknown.unit
    span = readable_range(unknown.low, unknown.high, unit)
    return _input(unknown.title, value, span, "low", f"Assumed. {unknown.why}")


def _range(figure: Figure) -> str:
    """Low to high of a figure, empty where they are the same."""
    bounds = figure.bounds
    return readable_range(*bounds, figure.unit) if bounds and bounds[0] < bounds[1] else ""


def _input(name: str, value: str, span: str, confidence: str, source: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "range": span,
        "confidence": confidence,
        "memory": False,
        "source": source,
    }


def _limits(assessment: Assessment) -> list[str]:
    unknown = assessment.force_areas()[0].value
    lines = [
        "In line of sight is not detected, and detected is not engaged: visible areas say where a "
        "radar could look, reach says where a target flying straight in could be met. Neither "
        "counts fire channels, magazines, clutter, jamming or a missile's chance to hit.",
        "Positions are the scenario's own round figures inside publicly reported sectors; a radar "
        "on the next hill sees differently.",
        "Refraction is one effective-Earth factor; ducting over warm sea can carry much farther.",
    ]
    if assessment.raids is not None:
        lines.append(
            "What gets through is the answer to one raid made of round numbers; it says nothing of "
            "another, and its intervals hold only if the model and the bounds of its figures do."
        )
    if unknown.unknown_m2 > 0.0005 * unknown.ring_m2:
        lines.append(
            f"{percent(unknown.unknown_m2 / unknown.ring_m2)} of the rings lies beyond the "
            "terrain data; there the answer is unknown, not sea level."
        )
    if assessment.poor_ring_frac > 0:
        lines.append(
            f"{percent(assessment.poor_ring_frac)} of the rings lies in one-degree cells whose "
            "heights come from old contour maps and are wrong by 100 to 430 m (cross-hatched)."
        )
    lines.append(
        "The embedded 30 arc-second terrain cuts off summits; horizon angles in high mountains err "
        "by some tenths of a degree. Use 90 m or 30 m tiles for answers rather than overviews."
        if assessment.coverage.dem.name == "globe30-south-asia"
        else "Terrain is bare of what the DEM leaves out: trees, buildings, its own errors."
    )
    return lines


def _span(band: tuple[Area, Area]) -> str:
    return f"{percent(band[0].visible_frac)} – {percent(band[1].visible_frac)}"


def _km(metres: float) -> str:
    return f"{metres / 1000:g} km"


def _m(metres: float | None) -> str:
    if metres is None:
        return "–"
    return f"{metres / 1000:.1f} km" if metres >= 1000 else f"{metres:.0f} m"
