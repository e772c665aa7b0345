"""Rasters on disk: cloud-optimised GeoTIFF, written by GDAL."""

from __future__ import annotations

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
        for row in range(0, grid.shape[0], BLOCK):  # whole rows of blocks: each is written once
            part = values[row : row + BLOCK]
            if part.dtype.kind == "f":
                part = np.where(np.isinf(part), np.float32(np.nan), part)
            dataset.write(part, 1, window=Window(0, row, grid.shape[1], part.shape[0]))
