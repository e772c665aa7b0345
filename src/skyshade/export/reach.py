"""Reach on disk: numbers, outlines, rasters of what is engageable, gaps along a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.export.raster import write_cog
from skyshade.export.vector import outline, unrolled, within_180, write_geojson
from skyshade.files import write_csv, write_json
from skyshade.reach.crossing import Crossing
from skyshade.reach.engageable import Engageable
from skyshade.reach.gaps import Gap, gaps_along
from skyshade.reach.paths import Approach
from skyshade.reach.places import PlacesReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.uncertainty.draws import BAND


def write_reach_data(
    found: ScenarioReach,
    force: Engageable,
    folder: Path,
    lines: Sequence[NDArray[np.float64]] = (),
) -> None:
    """`reach.json`, `reach.geojson`, `gaps.*`, and what `write_engageable` writes.

    Parameters
    ----------
    force : of the same units.
    lines : (n, 2) lon, lat each, along which gaps are wanted.
    """
    write_json(folder / "reach.json", found.as_dict())
    write_outlines(found, folder / "reach.geojson")
    write_engageable(
        force, [Approach(t, a) for t in found.targets for a in found.altitudes], folder
    )
    if lines:
        gaps = {
            (target.id, altitude.label): [
                gap for line_ in lines for gap in gaps_along(line_, force, target, altitude)
            ]
            for target in found.targets
            for altitude in found.altitudes
        }
        _write_gaps(gaps, folder)


def write_engageable(force: Engageable, flights: Sequence[Approach], folder: Path) -> None:
    """Rasters of the force, and the areas in them as numbers.

    `lowest_engageable_TARGET.tif`, `n_engageable_TARGET_ALTITUDE.tif`, with several units also
    `only_unit_TARGET_ALTITUDE.tif`; `engageable.json`.
    """
    folder.mkdir(exist_ok=True)
    grid, many = force.coverage.dem.grid, len(force.sites) > 1
    for target in {flight.target.id: flight.target for flight in flights}.values():
        write_cog(
            folder / f"lowest_engageable_{target.id}.tif",
            force.lowest_m(target),
            grid,
            description=f"lowest altitude MSL at which a {target.title} is engageable",
            unit="m",
        )
    rows, ids = [], [site.unit.id for site in force.sites]
    for flight in flights:
        count, who = force.counts(*flight)
        what = f"a {flight.target.title} at {flight.altitude.label}"
        write_cog(
            folder / f"n_engageable_{flight.slug}.tif",
            count,
            grid,
            description=f"units that can engage {what}",
        )
        if many:
            numbers = ", ".join(f"{i} {id_}" for i, id_ in enumerate(ids, start=1))
            write_cog(
                folder / f"only_unit_{flight.slug}.tif",
                who,
                grid,
                description=f"the only unit that can engage {what}: {numbers}",
            )
        rows.append(_areas_row(force, flight, count, who))
    write_json(folder / "engageable.json", rows)


def _areas_row(
    force: Engageable, flight: Approach, count: NDArray[np.uint8], who: NDArray[np.uint8]
) -> dict[str, Any]:
    n = len(force.sites)
    cells = force.coverage.cell_area_m2.ravel()
    by_count = np.bincount(count.ravel(), cells, minlength=n + 1) / 1e6
    by_unit = np.bincount(who.ravel(), cells, minlength=n + 1) / 1e6
    return {
        "target": flight.target.id,
        "altitude": flight.altitude.label,
        "at_least_km2": {str(k): round(float(by_count[k:].sum()), 1) for k in range(1, n + 1)},
        "held_by_one_only_km2": {
            site.unit.id: round(float(by_unit[i]), 1) for i, site in enumerate(force.sites, start=1)
        },
    }


def write_engageable_outlines(force: Engageable, flights: Sequence[Approach], path: Path) -> None:
    """GeoJSON of where at least k units can engage, and of what one unit alone can."""
    features = []
    for flight in flights:
        count, who = force.counts(*flight)
        common = {"target": flight.target.id, "altitude": flight.altitude.label}
        areas = [
            ({"product": "engageable by at least", "n_units": k}, count >= k)
            for k in range(1, int(count.max()) + 1)
        ]
        if len(force.sites) > 1:
            areas += [
                ({"product": "held by one only", "unit": site.unit.id}, who == i)
                for i, site in enumerate(force.sites, start=1)
            ]
        features += [
            (outline(mask, force.coverage.dem.grid), common | what)
            for what, mask in areas
            if mask.any()
        ]
    write_geojson(path, features)


def write_places(found: PlacesReach, folder: Path, stem: str) -> None:
    """`STEM.json` and `STEM.csv`: what each place gets from each side."""
    write_json(folder / f"{stem}.json", found.as_dict(), indent=None)
    write_csv(folder / f"{stem}.csv", found.rows())


def write_crossings(found: Sequence[Crossing], path: Path) -> None:
    """The crossing case of every unit as JSON."""
    write_json(path, [crossing.as_dict() for crossing in found])


def write_outlines(found: ScenarioReach, path: Path) -> None:
    """GeoJSON of :func:`reach_features`."""
    write_geojson(path, reach_features(found))


def reach_features(found: ScenarioReach) -> list[tuple[Any, dict[str, Any]]]:
    """Outlines of the first intercept: 5 %, median and 95 % per unit, altitude, class."""
    return [
        (
            within_180(
                shapely.Polygon(unrolled(np.round(site.outline(site.first_band[q, a, c]), 5)))
            ),
            {
                "unit": site.unit.id,
                "altitude": altitude.label,
                "target": target.id,
                "quantile": BAND[q],
                "area_km2": round(float(site.area_band[q, a, c]) / 1e6, 1),
                "share_of_ring": round(float(site.fraction_band[q, a, c]), 5),
            },
        )
        for site in found.sites
        for a, altitude in enumerate(site.altitudes)
        for c, target in enumerate(site.targets)
        for q in range(len(BAND))
        if site.first_band[q, a, c].max() > 0
    ]


def _write_gaps(gaps: dict[tuple[str, str], list[Gap]], folder: Path) -> None:
    rows, features = [], []
    for (target, altitude), stretches in gaps.items():
        total = sum(g.length_m for g in stretches)
        open_m = sum(g.length_m for g in stretches if g.n_units == 0)
        rows.append(
            {
                "target": target,
                "altitude": altitude,
                "line_km": round(total / 1e3, 1),
                "gap_km": round(open_m / 1e3, 1),
                "held_by_one_only_km": round(
                    sum(g.length_m for g in stretches if g.n_units == 1) / 1e3, 1
                ),
                "longest_gap_km": round(
                    max((g.length_m for g in stretches if g.n_units == 0), default=0.0) / 1e3, 1
                ),
            }
        )
        for g in stretches:
            if len(g.points) > 1:
                features.append(
                    (
                        shapely.LineString(np.round(g.points, 5)),
                        {
                            "target": target,
                            "altitude": altitude,
                            "n_units": g.n_units,
                            "length_km": round(g.length_m / 1e3, 1),
                        },
                    )
                )
    write_json(folder / "gaps.json", rows)
    write_geojson(folder / "gaps.geojson", features)
