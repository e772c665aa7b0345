"""Reach on disk: numbers, outlines, rasters of what is engageable, gaps along a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from skyshade.coverage.engageable import Engageable, engageable
from skyshade.coverage.gaps import Gap, gaps_along, read_line
from skyshade.coverage.model import Coverage
from skyshade.coverage.reach import BAND
from skyshade.coverage.reach_scenario import ScenarioReach
from skyshade.export.raster import write_cog
from skyshade.export.vector import write_geojson
from skyshade.files import write_json


def write_reach_data(
    found: ScenarioReach, coverage: Coverage, folder: Path, line: Path | None = None
) -> None:
    """`reach.json`, `reach.geojson`, `lowest_engageable*.tif`, `n_engageable_*.tif`, `gaps.*`.

    Parameters
    ----------
    coverage : of the same units, from their engagement radars.
    line : a GeoJSON line along which gaps are wanted.
    """
    vertices = read_line(line) if line is not None else None
    force = engageable(coverage, [s.unit for s in found.sites])
    write_json(folder / "reach.json", found.as_dict())
    write_outlines(found, folder / "reach.geojson")
    _write_rasters(found, force, folder)
    if vertices is not None:
        gaps = {
            (target.id, altitude.label): gaps_along(vertices, force, target, altitude)
            for target in found.targets
            for altitude in found.altitudes
        }
        _write_gaps(gaps, folder)


def _write_rasters(found: ScenarioReach, force: Engageable, folder: Path) -> None:
    grid = force.coverage.dem.grid
    for target in found.targets:
        write_cog(
            folder / f"lowest_engageable_{target.id}.tif", force.lowest_m(target), grid,
            description=f"lowest altitude MSL at which a {target.title} is engageable", unit="m",
        )  # fmt: skip
        for altitude in found.altitudes:
            write_cog(
                folder / f"n_engageable_{target.id}_{altitude.slug}.tif",
                force.n_units(target, altitude), grid,
                description=f"units that can engage a {target.title} at {altitude.label}",
            )  # fmt: skip


def write_outlines(found: ScenarioReach, path: Path) -> None:
    """GeoJSON outlines of the first intercept: 5 %, median and 95 % per unit, altitude, class."""
    features = [
        (
            shapely.Polygon(np.round(site.outline(site.first_band[q, a, c]), 5)),
            {
                "unit": site.unit.id, "altitude": altitude.label, "target": target.id,
                "quantile": BAND[q],
                "share_of_ring": round(float(site.fraction_band[q, a, c]), 5),
            },
        )
        for site in found.sites
        for a, altitude in enumerate(site.altitudes)
        for c, target in enumerate(site.targets)
        for q in range(len(BAND))
        if site.first_band[q, a, c].max() > 0
    ]  # fmt: skip
    write_geojson(path, features)


def _write_gaps(gaps: dict[tuple[str, str], list[Gap]], folder: Path) -> None:
    rows, features = [], []
    for (target, altitude), stretches in gaps.items():
        total = sum(g.length_m for g in stretches)
        open_m = sum(g.length_m for g in stretches if g.n_units == 0)
        rows.append(
            {
                "target": target, "altitude": altitude, "line_km": round(total / 1e3, 1),
                "gap_km": round(open_m / 1e3, 1),
                "held_by_one_only_km": round(
                    sum(g.length_m for g in stretches if g.n_units == 1) / 1e3, 1
                ),
                "longest_gap_km": round(
                    max((g.length_m for g in stretches if g.n_units == 0), default=0.0) / 1e3, 1
                ),
            }
        )  # fmt: skip
        for g in stretches:
            if len(g.points) > 1:
                features.append(
                    (
                        shapely.LineString(np.round(g.points, 5)),
                        {"target": target, "altitude": altitude, "n_units": g.n_units,
                         "length_km": round(g.length_m / 1e3, 1)},
                    )
                )  # fmt: skip
    write_json(folder / "gaps.json", rows)
    write_geojson(folder / "gaps.geojson", features)
