"""The files of a coverage: rasters, outlines, numbers, maps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from skyshade.coverage.model import Coverage
from skyshade.export.coverage import write_coverage, write_probability
from skyshade.report.coverage_maps import write_coverage_maps
from skyshade.terrain.uncertainty import ErrorModel


def write_coverage_results(
    coverage: Coverage,
    folder: Path,
    dem_error: ErrorModel | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[str]:
    """Write everything about a coverage but its manifest; return the main files' names.

    Parameters
    ----------
    dem_error : adds a raster of the probability that a target is visible, per altitude.
    progress : called with (random DEMs done, random DEMs in all).
    """
    if dem_error is not None:
        write_probability(coverage, folder, dem_error, progress)
    write_coverage_maps(coverage, folder)
    write_coverage(coverage, folder)
    return ["masking_altitude.tif", "coverage.json", "contours.geojson", "visible.png"]
