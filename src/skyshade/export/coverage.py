"""Coverage on disk: rasters, outlines, numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from skyshade.coverage.areas import with_sensors
from skyshade.coverage.model import Coverage
from skyshade.export.raster import write_cog
from skyshade.export.vector import outline, write_geojson
from skyshade.files import write_json
from skyshade.terrain.uncertainty import ErrorModel, visibility_probability


def write_rasters(coverage: Coverage, folder: Path) -> None:
    """`masking_altitude.tif` of the force, one per site under `sites/`, and counts per altitude.

    Of a single site only the first is written: the others would repeat it.
    """
    folder.mkdir(exist_ok=True)
    grid = coverage.dem.grid
    write_masking(coverage, folder)
    each = [("sensors", s, f"every position of {s.spec.id}") for s in coverage.sensors]
    if len(coverage.sites) > 1:
        each += [("sites", s, s.spec.id) for s in coverage.sites]
    for kind, seen, place in each:
        home = folder / kind / seen.spec.id
        home.mkdir(parents=True)
        write_cog(
            home / "masking_altitude.tif",
            seen.masking_m,
            grid,
            description=f"lowest altitude MSL visible from {place}",
            unit="m",
        )
    if len(coverage.sites) > 1:
        write_counts(coverage, folder)


def write_masking(coverage: Coverage, folder: Path, tags: Mapping[str, str] | None = None) -> None:
    """`masking_altitude.tif` of the force."""
    write_cog(
        folder / "masking_altitude.tif",
        coverage.lowest_visible_m,
        coverage.dem.grid,
        description="lowest visible altitude above mean sea level",
        unit="m",
        tags=tags,
    )


def write_counts(coverage: Coverage, folder: Path, tags: Mapping[str, str] | None = None) -> None:
    """`n_sites_ALTITUDE.tif` of every altitude."""
    for altitude in coverage.altitudes:
        write_cog(
            folder / f"n_sites_{altitude.slug}.tif",
            coverage.n_sites(altitude),
            coverage.dem.grid,
            description=f"number of sites that see a target at {altitude.label}",
            tags=tags,
        )


def write_outlines(coverage: Coverage, path: Path) -> None:
    """GeoJSON outlines of the visible area, one feature per altitude.

    With radars in the air two: `with_sensors` says which.
    """
    who = _force(coverage)
    areas = {(a.who, a.altitude): a.as_dict()["visible_km2"] for a in coverage.areas()}
    shown = coverage.for_maps
    features = []
    for altitude in coverage.altitudes:
        own: dict[str, Any] = {
            "altitude": altitude.label,
            "visible_km2": areas[who, altitude],
        }
        if coverage.sensors:
            own |= {"with_sensors": False}
            seen = shown.visible_with_sensors(altitude)
            both = own | {"visible_km2": areas[with_sensors(who), altitude], "with_sensors": True}
            features.append((outline(seen, shown.dem.grid), both))
        features.append((outline(shown.visible(altitude), shown.dem.grid), own))
    write_geojson(path, features)


def coverage_summary(coverage: Coverage) -> dict[str, Any]:
    """The numbers of a coverage as plain JSON."""
    dem, areas = coverage.dem, coverage.areas()
    of_site = {
        a.who: a for a in areas
    }  # the poor and unknown shares of a ring are the same at every altitude
    west, south, east, north = (round(v, 6) for v in dem.grid.bounds())
    summary: dict[str, Any] = {
        "terrain": {
            "name": dem.name,
            "licence": dem.licence,
            "bounds_deg": [west, south, east, north],
            "shape": list(dem.grid.shape),
            "poor_cells_deg": [list(box) for box in dem.poor_cells],
        },
        "k_factor": coverage.k_factor,
        "outside": "sea" if coverage.sea_outside else "unknown",
        "sites": [
            {
                "id": s.spec.id,
                "name": s.spec.name,
                "lon": s.spec.antenna.lon,
                "lat": s.spec.antenna.lat,
                "antenna_agl_m": s.spec.antenna.agl_m,
                "antenna_msl_m": round(s.antenna_msl_m, 2),
                "max_range_m": s.spec.max_range_m,
                "poor_frac": round(of_site[s.spec.id].poor_frac, 5),
                "unknown_frac": round(of_site[s.spec.id].unknown_frac, 5),
            }
            for s in coverage.sites
        ],
        "areas": [area.as_dict() for area in areas],
    }
    if coverage.sensors:
        summary["sensors"] = [
            {
                "id": s.spec.id,
                "name": s.spec.name,
                "lon": s.spec.antenna.lon,
                "lat": s.spec.antenna.lat,
                "antenna_msl_m": round(s.antenna_msl_m, 2),
                "in_range_all_round_m": round(s.spec.max_range_m, 1),
            }
            for s in coverage.sensors
        ]
    return summary


def write_coverage(coverage: Coverage, folder: Path) -> None:
    """Everything about a coverage except its maps and its manifest."""
    write_rasters(coverage, folder)
    write_outlines(coverage, folder / "contours.geojson")
    write_json(folder / "coverage.json", coverage_summary(coverage))


def write_probability(
    coverage: Coverage,
    folder: Path,
    error: ErrorModel,
    progress: Callable[[int, int], None],
) -> None:
    """`p_visible_ALTITUDE.tif`: probability that at least one site sees, given the DEM's error.

    The sites' DEM errors have the same distribution and are taken as independent.
    """
    missed: Any = 1.0
    total = error.replicates * len(coverage.sites)
    for i, site in enumerate(coverage.sites):
        p = visibility_probability(
            coverage.dem,
            site.spec.antenna,
            site.spec.max_range_m,
            coverage.altitudes,
            error._replace(seed=error.seed + i),
            k_factor=coverage.k_factor,
            sea_outside=coverage.sea_outside,
            progress=partial(_after, progress, i * error.replicates, total),
        )
        out_of_range = np.isnan(site.masking_m)
        missed = missed * (1.0 - np.where(out_of_range, 0.0, p))
    everywhere_out = np.isnan(coverage.lowest_visible_m)
    for altitude, miss in zip(coverage.altitudes, np.asarray(missed), strict=True):
        write_cog(
            folder / f"p_visible_{altitude.slug}.tif",
            np.where(everywhere_out, np.nan, 1.0 - miss).astype(np.float32),
            coverage.dem.grid,
            description=f"probability of line of sight at {altitude.label}",
            unit="1",
        )


def _after(
    progress: Callable[[int, int], None], before: int, total: int, done: int, _: int
) -> None:
    progress(before + done, total)


def _force(coverage: Coverage) -> str:
    return "force" if len(coverage.sites) > 1 else coverage.sites[0].spec.id
