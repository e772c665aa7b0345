"""Terrain too large for arrays beside each other: the same answers, in steps and from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from skyshade import memory
from skyshade.coverage.compute import coverage_at
from skyshade.coverage.model import Coverage
from skyshade.errors import InputError
from skyshade.export.coverage import write_coverage
from skyshade.terrain.model import Altitude

ALTITUDES = [Altitude(100, "agl"), Altitude(3000, "msl")]


@pytest.fixture
def file(tmp_path: Path, fractal: Callable[..., NDArray[np.float64]]) -> Path:
    heights = fractal((400, 420)).astype(np.int16)
    heights[50:60, 70:90] = -32768
    with rasterio.open(
        tmp_path / "a.tif",
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        crs="EPSG:4326",
        height=400,
        width=420,
        nodata=-32768,
        transform=Affine(1 / 1200, 0, 75, 0, -1 / 1200, 31),
    ) as d:
        d.write(heights, 1)
    return tmp_path / "a.tif"


def seen(file: Path, **more: object) -> Coverage:
    return coverage_at(
        file,
        75.17,
        30.83,
        24.0,
        15e3,
        altitudes=ALTITUDES,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("sector", [None, (20.0, 250.0)])
def test_large_terrain_gives_the_same_answers(
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sector: tuple[float, float] | None,
) -> None:
    """As if 20,000 cells were more than fit: result in a file, everything else in steps."""
    whole = seen(file, az_sector_deg=sector)
    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    monkeypatch.setattr(memory, "SLAB_CELLS", 9_000)
    stepped = seen(file, az_sector_deg=sector)
    masking = stepped.sites[0].masking_m
    owner = masking
    while owner.base is not None and not isinstance(owner, np.memmap):
        owner = owner.base
    assert isinstance(owner, np.memmap)
    same = np.isclose(masking, whole.sites[0].masking_m, equal_nan=True) | (
        masking == whole.sites[0].masking_m
    )
    assert (~same).sum() <= (0 if sector is None else 40)  # posts on the sector's very edge
    for got, expected in zip(stepped.areas(), whole.areas(), strict=True):
        assert got.visible_m2 == pytest.approx(expected.visible_m2, rel=2e-3 if sector else 1e-4)
        assert got.unknown_m2 == pytest.approx(expected.unknown_m2, rel=1e-2)
        assert got.ring_m2 == expected.ring_m2
    assert stepped.sites[0].window == whole.sites[0].window
    assert np.array_equal(stepped.n_sites(ALTITUDES[0]), whole.n_sites(ALTITUDES[0])) or sector
    write_coverage(stepped, tmp_path / "o")
    with rasterio.open(tmp_path / "o/masking_altitude.tif") as d:
        finite = np.where(np.isinf(masking), np.nan, masking)
        assert np.array_equal(d.read(1), finite, equal_nan=True)


def test_maps_of_large_terrain_are_thinned(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = seen(file)
    assert whole.for_maps is whole
    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    monkeypatch.setattr("skyshade.coverage.model.MAP_CELLS", 10_000)
    thin = seen(file).for_maps
    step = round(whole.dem.grid.shape[0] / thin.dem.grid.shape[0])
    assert thin.dem.grid.shape[0] * thin.dem.grid.shape[1] < 11_000 and step > 2
    for col, row in ((0, 0), (7, 11)):
        at = whole.dem.grid.lonlat(col * step, row * step)
        assert thin.dem.grid.lonlat(col, row) == pytest.approx(at, abs=1e-12)
        assert thin.dem.heights[row, col] == whole.dem.heights[row * step, col * step]


def test_a_result_that_does_not_fit_on_the_disk_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    full = SimpleNamespace(total=9, used=9, free=9)
    monkeypatch.setattr("skyshade.memory.shutil.disk_usage", lambda _: full)
    with pytest.raises(InputError, match=r"cells x 4 bytes = .* GiB.*TMPDIR"):
        seen(file)


def test_memory_is_refused_with_the_arithmetic(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps, 4 bytes a post of 16 bits are enough; otherwise 27 are taken."""
    from skyshade.terrain.dem import load_dem

    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000_000)
    assert seen(file).dem.grid.shape[0] > 300
    with pytest.raises(InputError, match="posts x 27 bytes"):
        load_dem(file)
    monkeypatch.setattr(memory, "free_bytes", lambda: 100_000)
    with pytest.raises(InputError, match="posts x 4 bytes"):
        seen(file)
