"""A shipped case over terrain of one's own: what was read is said, and what is missing is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from e2e.conftest import Run


def test_assess_over_other_terrain(skyshade: Run, tmp_path: Path) -> None:
    """Half the ring lies beyond the raster: the first page says how to get the rest."""
    step = 1 / 60
    with rasterio.open(
        tmp_path / "mine.tif",
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        crs="EPSG:4326",
        height=240,
        width=240,
        transform=Affine(step, 0, 70, 0, -step, 28.5),
    ) as file:
        file.write(np.full((240, 240), 150, np.int16), 1)
    done = skyshade("assess", "single-site", "--dem", "mine.tif", "--draws", "0", "--out", "o")
    assert done.code == 0, done.err
    command = "skyshade terrain fetch --for single-site --dem mine.tif"
    assert command in done.out and command in (tmp_path / "o/index.html").read_text("utf-8")
    assert "Terrain mine: EPSG:4326; WGS 84; heights in metres (not declared)" in done.out
    dem = json.loads((tmp_path / "o/manifest.json").read_text("utf-8"))["dem"]
    assert dem["name"] == "mine" and dem["settled"]["datum"] == "WGS 84"
