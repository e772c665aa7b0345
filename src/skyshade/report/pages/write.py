"""An assessment as a folder: the page, a page per unit, figures, tables, rasters and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from skyshade.assess.model import Assessment
from skyshade.export.coverage import write_rasters
from skyshade.export.reach import write_engageable, write_outlines, write_places
from skyshade.files import write_csv, write_json
from skyshade.reach.study import ReachStudy
from skyshade.report.pages.front import front_page
from skyshade.report.pages.parts import Figures
from skyshade.report.pages.unit import unit_page
from skyshade.report.siting import write_siting


def write_report(
    assessment: Assessment,
    folder: Path,
    made_from: Mapping[str, Any],
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> None:
    """Write everything about an assessment but its manifest into an empty folder.

    Parameters
    ----------
    made_from : what the page shows as its origin: the manifest without clock and machine, so that
        the same assessment gives the same bytes.
    """
    figures = Figures(folder / "figures")
    figures.folder.mkdir()
    progress("report", 0, 3)
    page = front_page(assessment, figures, made_from)
    (folder / "index.html").write_text(page, "utf-8")
    progress("report", 1, 3)
    _write_units(assessment, folder)
    progress("report", 2, 3)
    _write_data(assessment, folder)
    progress("report", 3, 3)


def _write_units(assessment: Assessment, folder: Path) -> None:
    """A page per unit, if reach was computed."""
    if assessment.reach is None:
        return
    for number, site in enumerate(assessment.reach.found.sites):
        page = unit_page(assessment.reach, number, assessment.scenario)
        (folder / f"unit-{site.unit.id}.html").write_text(page, "utf-8")


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
