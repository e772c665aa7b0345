"""The kernels mean the same as plain Python, and a changed source gets a new cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from skyshade import _jit
from skyshade.terrain.model import Antenna, Dem, Grid
from skyshade.terrain.sweep import masking_altitude

# Few rays, near the antenna only where rays split: plain Python takes its time.
RUN = """
import math, sys
import numpy as np
from skyshade.terrain.model import Antenna, Dem, Grid
from skyshade.terrain.sweep import masking_altitude
from affine import Affine
data = np.load(sys.argv[1])
for name in ("plain", "holes"):
    heights = data[name]
    grid = Grid(Affine(*data["transform"]), str(data["wkt"]), heights.shape)
    dem = Dem(heights, grid, -32768.0 if name == "holes" else None)
    antenna = Antenna(*data["site"], 30.0, el_limits_deg=(-20.0, 90.0))
    np.save(f"{sys.argv[2]}-{name}.npy", masking_altitude(dem, antenna, 3500.0, near_rays=64))
"""


def run(folder: Path, tag: str, **environment: str) -> dict[str, NDArray[np.float32]]:
    """Masking altitudes computed by a process of its own."""
    code = textwrap.dedent(RUN)
    subprocess.run(
        [sys.executable, "-c", code, "in.npz", tag],
        cwd=folder,
        check=True,
        timeout=120,
        env=os.environ | environment,
    )
    return {name: np.load(folder / f"{tag}-{name}.npy") for name in ("plain", "holes")}


def test_compiled_and_interpreted_sweeps_agree(
    tmp_path: Path, fractal: Callable[..., NDArray[np.float64]]
) -> None:
    """On 64 x 64 posts, with and without holes: the same cells, altitudes to 8 float32 ulp.

    Not to the bit: the compiler may fuse a multiplication and an addition, and NumPy's scalars do
    a float32 operation at a time.
    """
    plain = fractal((64, 64), relief_m=300.0).astype(np.int16)
    holes = plain.copy()
    holes[10:13, 40:44] = holes[50, 20] = -32768
    np.savez(
        tmp_path / "in.npz",
        plain=plain,
        holes=holes,
        site=[76.026, 33.974],
        transform=[3 / 3600, 0, 76.0, 0, -3 / 3600, 34.0],
        wkt=CRS.from_epsg(4326).to_wkt(),
    )
    compiled = run(tmp_path, "compiled")
    interpreted = run(tmp_path, "interpreted", NUMBA_DISABLE_JIT="1")
    for name, expected in compiled.items():
        got = interpreted[name]
        finite = np.isfinite(expected)
        assert 2000 < finite.sum() < expected.size
        assert np.array_equal(got[~finite], expected[~finite], equal_nan=True)
        ulp = np.spacing(np.abs(expected[finite]))
        assert (np.abs(got[finite] - expected[finite]) <= 8 * ulp).all()


def test_interpreted_means_interpreted() -> None:
    """NUMBA_DISABLE_JIT must reach our decorators, or the test above compares like with like."""
    code = "from skyshade.terrain._cpu import sweep_fan; print(hasattr(sweep_fan, 'py_func'))"
    kinds = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | extra,
            check=True,
            timeout=60,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for extra in ({"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_DISABLE_JIT": "0"})
    ]
    assert kinds == ["False", "True"]  # what is compiled keeps the function that it is made of


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the kernel sources, which `kernel_cache_dir` takes for the package."""
    root = Path(_jit.__file__).parent
    for source in root.rglob("*.py"):
        target = tmp_path / "package" / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    monkeypatch.setattr(_jit, "__file__", str(tmp_path / "package/_jit.py"))
    return tmp_path / "package"


def cache_dir() -> Path:
    return _jit.kernel_cache_dir.__wrapped__()


@pytest.mark.parametrize("file", ["terrain/_scalar.py", "terrain/_cpu.py", "_jit.py"])
def test_a_changed_kernel_source_gets_its_own_cache(copied: Path, file: str) -> None:
    before = cache_dir()
    assert cache_dir() == before
    source = copied / file
    source.write_text(source.read_text() + "\n# another comment\n")
    assert cache_dir() != before


def test_other_sources_leave_the_cache_alone(copied: Path) -> None:
    before = cache_dir()
    (copied / "terrain/dem.py").write_text("")
    (copied / "errors.py").write_text("")
    assert cache_dir() == before


def test_kernels_are_found_again(fractal: Callable[..., NDArray[np.float64]]) -> None:
    """After a sweep the compiled kernel lies in the folder of these sources."""
    grid = Grid(Affine(90, 0, 5e5, 0, -90, 38e5), CRS.from_epsg(32643).to_wkt(), (40, 40))
    dem = Dem(fractal((40, 40)).astype(np.int16), grid)
    lon, lat = (float(v) for v in grid.lonlat(20, 20))
    masking_altitude(dem, Antenna(lon, lat, 10.0), 1e3)
    assert list(_jit.kernel_cache_dir().rglob("*sweep_fan*.nbi"))
