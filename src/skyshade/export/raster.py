"""Rasters on disk: cloud-optimised GeoTIFF, written by GDAL."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError
from rasterio.io import MemoryFile
from rasterio.windows import Window

from skyshade.memory import is_large, release
from skyshade.terrain.model import Grid

BLOCK, ROWS_PER_STRIP = 512, 64
# ModelPixelScale, ModelTiepoint, ModelTransformation, GeoKeyDirectory, GeoDoubleParams,
# GeoAsciiParams (OGC GeoTIFF 1.1); GDAL's metadata and nodata; name, description, copyright
KEPT_TAGS = (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 269, 270, 33432)
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
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write one band as a cloud-optimised GeoTIFF on the grid's own CRS and registration.

    Floats: NaN is nodata (infinite values become NaN). Up to 25 million cells the file is
    compressed (ZSTD) and carries overviews, a COG; beyond that, unless `compress` says otherwise,
    it is a plain GeoTIFF, whose rows go to disk as they lie in memory.

    Parameters
    ----------
    values : (rows, columns).
    tags : metadata of the file.
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
    if is_large(values.shape):
        _write_in_steps(path, values, profile, description, unit, tags or {})
        return
    if not compress:
        _write_plain(path, values, profile, description, unit, tags or {})
        return
    profile |= {
        "driver": "COG",
        "compress": "ZSTD",
        "level": 6,
        "predictor": "YES",
        "blocksize": BLOCK,
        "overview_resampling": "NEAREST",
    }
    # made in memory: GDAL itself would tell standard error of a full disk, line by line
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), MemoryFile(ext=".tif") as memory:
        with memory.open(**profile) as dataset:
            _describe(dataset, description, unit, tags or {})
            dataset.write(_finite_or_nan(values), 1)
        path.write_bytes(memory.getbuffer())


def _describe(dataset: Any, description: str, unit: str, tags: Mapping[str, str]) -> None:
    """Say in an open raster what its band is."""
    dataset.set_band_description(1, description)
    dataset.units = (unit,)
    dataset.update_tags(**tags)


def _write_in_steps(
    path: Path,
    values: NDArray[Any],
    profile: dict[str, Any],
    description: str,
    unit: str,
    tags: Mapping[str, str],
) -> None:
    """Write blocks, row of blocks by row of blocks, for what does not fit in memory twice."""
    steps = {"driver": "GTiff", "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK}
    packed = {"compress": "ZSTD", "zstd_level": 1, "predictor": 3, "num_threads": "ALL_CPUS"}
    if values.dtype.kind != "f":
        packed["predictor"] = 2
    with (
        suppress(RasterioIOError),  # what is wrong with the file is found below
        rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES),
        rasterio.open(path, "w", BIGTIFF="YES", **(profile | steps | packed)) as dataset,
    ):
        _describe(dataset, description, unit, tags)
        for row in range(0, values.shape[0], BLOCK):
            part = values[row : row + BLOCK]
            window = Window(0, row, part.shape[1], part.shape[0])
            dataset.write(_finite_or_nan(part), 1, window=window)
            release(values)
    _check_whole(path)


def _check_whole(path: Path) -> None:
    """Refuse a file of which GDAL could not write all: it says so on standard error alone.

    Raises
    ------
    OSError : a block lies beyond the end of the file, or the file has no directory.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page, size = file.pages.first, path.stat().st_size
            blocks = zip(page.dataoffsets, page.databytecounts, strict=True)
            whole = all(n > 0 and at + n <= size for at, n in blocks)
    except (tifffile.TiffFileError, IndexError, ValueError):
        whole = False
    if not whole:
        full = shutil.disk_usage(path.parent).free < BLOCK * BLOCK
        code = errno.ENOSPC if full else errno.EIO
        raise OSError(code, os.strerror(code), str(path))


def _write_plain(
    path: Path,
    values: NDArray[Any],
    profile: dict[str, Any],
    description: str,
    unit: str,
    tags: Mapping[str, str],
) -> None:
    """Write the rows without GDAL's block cache, which would take three times as long.

    The tags that place the raster on the map are GDAL's own, taken from a raster of one cell.
    """
    import tifffile

    with MemoryFile() as memory:
        tiny = profile | {"driver": "GTiff", "width": 1, "height": 1}
        with memory.open(**tiny) as dataset:
            _describe(dataset, description, unit, tags)
        with tifffile.TiffFile(io.BytesIO(memory.read())) as header:
            kept = [tag.astuple() for tag in header.pages.first.tags if tag.code in KEPT_TAGS]
    try:
        tifffile.imwrite(
            path,
            _finite_or_nan(values),
            rowsperstrip=ROWS_PER_STRIP,
            metadata=None,
            software=False,
            extratags=kept,
        )
    except OSError as error:
        if error.errno is None:  # numpy: fewer bytes written than asked for
            raise OSError(errno.ENOSPC, str(error), str(path)) from None
        raise


def _finite_or_nan(values: NDArray[Any]) -> NDArray[Any]:
    """The values themselves, or a copy with NaN for infinities if they have any."""
    if values.dtype.kind != "f":
        return values
    with ThreadPoolExecutor() as pool:
        starts = range(0, len(values), BLOCK)
        infinite = any(pool.map(lambda i: bool(np.isinf(values[i : i + BLOCK]).any()), starts))
    return np.where(np.isinf(values), np.float32(np.nan), values) if infinite else values
