"""Rasters on disk: cloud-optimised GeoTIFF, written by GDAL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from skyshade.terrain.model import Grid

BLOCK = 512
CACHE_BYTES = 64 * 2**20  # GDAL's default takes a twentieth of the machine
OVERVIEW_CELLS = 25_000_000  # above it, overviews and compression cost more than the sweep itself


def write_cog(
    path: Path,
    values: NDArray[Any],
    grid: Grid,
    *,
    description: str,
    unit: str = "",
    compress: bool | None = None,
) -> None:
    """Write one band as a cloud-optimised GeoTIFF on the grid's own CRS and registration.

    Floats: NaN is nodata (infinite values become NaN). Up to 25 million cells the file is
    compressed (ZSTD) and carries overviews; beyond that it is tiled and plain, one pass over the
    data, unless `compress` says otherwise. Either is a valid COG.

    Parameters
    ----------
    values : (rows, columns).
    """
    if compress is None:
        compress = values.size <= OVERVIEW_CELLS
    profile: dict[str, Any] = {
        "width": grid.shape[1],
        "height": grid.shape[0],
        "count": 1,
        "dtype": str(values.dtype),
        "crs": rasterio.CRS.from_wkt(grid.crs_wkt),
        "transform": grid.transform,
        "nodata": float("nan") if values.dtype.kind == "f" else None,
    }
    if compress:
        profile |= {
            "driver": "COG", "compress": "ZSTD", "level": 6, "predictor": "YES",
            "blocksize": BLOCK, "overview_resampling": "NEAREST",
        }  # fmt: skip
    else:
        profile |= {
            "driver": "GTiff", "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK,
            "bigtiff": "IF_SAFER",
        }  # fmt: skip
    with (
        rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES),
        rasterio.open(path, "w", **profile) as dataset,
    ):
        dataset.set_band_description(1, description)
        dataset.units = (unit,)
        rows, cols = grid.shape
        starts = range(0, rows, BLOCK)  # whole rows of blocks: each is written once
        with ThreadPoolExecutor(1) as ahead:  # the next strip is made ready while one is written
            strips = ahead.map(_finite_or_nan, (values[row : row + BLOCK] for row in starts))
            for row, strip in zip(starts, strips, strict=True):
                dataset.write(strip, 1, window=Window(0, row, cols, strip.shape[0]))


def _finite_or_nan(strip: NDArray[Any]) -> NDArray[Any]:
    """The strip itself, or a copy with NaN for infinities if it has any."""
    if strip.dtype.kind != "f":
        return strip
    infinite = np.isinf(strip)
    return np.where(infinite, np.float32(np.nan), strip) if infinite.any() else strip
