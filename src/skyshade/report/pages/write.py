"""An assessment as a folder: the page, a page per unit, figures, tables, rasters and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from skyshade.assess.model import Assessment
from skyshade.export.coverage import write_rasters
from skyshade.export.reach import write_engageable, write_outlines, write_places
from skyshade.files import write_csv, write_json
from skyshade.processes import Processes
from skyshade.reach.study import ReachStudy
from skyshade.report.pages.brief import brief, brief_page
from skyshade.report.pages.front import front_page
from skyshade.report.pages.parts import Figures
from skyshade.report.pages.unit import unit_page
from skyshade.report.siting import write_siting


def write_report(
    assessment: Assessment,
    folder: Path,
    made_from: Mapping[str, Any],
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    pool: Processes | None = None,
) -> None:
    """Write everything about an assessment but its manifest into an empty folder.

    Parameters
    ----------
    made_from : what the page shows as its origin: the manifest without clock and machine, so that
        the same assessment gives the same bytes.
    pool : processes that draw; by default some of its own.
    """
    if pool is None:
        with Processes() as own:
            return write_report(assessment, folder, made_from, progress, own)
    (folder / "figures").mkdir()
    with ThreadPoolExecutor(1) as beside:
        figures = Figures(assessment, folder / "figures", pool)
        progress("report", 0, 3)
        data = beside.submit(
            _write_data, assessment, folder
        )  # mostly GDAL, which leaves Python to us
        opening = brief(assessment, figures, made_from)
        pages = {
            "index.html": front_page(assessment, opening, figures, made_from),
            "brief.html": brief_page(assessment, opening),
        }
        pages |= _unit_pages(assessment, figures)
        progress("report", 1, 3)
        data.result()
        progress("report", 2, 3)
        for name, page in pages.items():
            (folder / name).write_text(figures.fill(page), "utf-8")
    progress("report", 3, 3)


def _unit_pages(assessment: Assessment, figures: Figures) -> dict[str, str]:
    """A page per unit by the name of its file, if reach was computed."""
    reach = assessment.reach
    if reach is None:
        return {}
    return {
        f"unit-{site.unit.id}.html": unit_page(reach, number, assessment.scenario, figures)
        for number, site in enumerate(reach.found.sites)
    }


def _write_data(assessment: Assessment, folder: Path) -> None:
    """What other tools read: JSON, CSV, rasters, outlines."""
    write_json(folder / "summary.json", assessment.summary())
    for name, rows in _tables(assessment).items():
        write_csv(folder / name, rows)
    write_rasters(assessment.coverage, folder / "rasters")
    if assessment.reach is not None:
        _write_reach(assessment.reach, folder)
    if assessment.siting is not None:
        (folder / "siting").mkdir()
        write_siting(assessment.siting, folder / "siting")


def _write_reach(reach: ReachStudy, folder: Path) -> None:
    """Outlines per unit, the force's rasters, and each place's azimuths."""
    write_outlines(reach.found, folder / "reach.geojson")
    write_engageable(reach.force, reach.found.hard_pair, folder / "rasters")
    if reach.places.places:
        write_places(reach.places, folder, "places_reach")


def _tables(assessment: Assessment) -> dict[str, list[dict[str, Any]]]:
    """Rows of areas.csv, places.csv and raids.csv: per unit and altitude, per place, per date."""
    rings = (("radar ring", assessment.areas), ("weapon ring", assessment.ring_areas))
    tables = {
        "areas.csv": [
            {"within": within, **_flat(area.as_dict())} for within, areas in rings for area in areas
        ]
    }
    if assessment.places:
        tables["places.csv"] = [_flat(place.as_dict()) for place in assessment.places]
    if assessment.raids is not None:
        tables["raids.csv"] = assessment.raids.rows()
    return tables


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a table: a band becomes two columns, sites by altitude one text."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, list):
            flat |= {f"{key}_low": value[0], f"{key}_high": value[1]}
        elif isinstance(value, dict):
            flat[key] = ";".join(f"{a}={'+'.join(ids) or '-'}" for a, ids in value.items())
        else:
            flat[key] = value
    return flat
