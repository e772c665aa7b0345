"""What all tests share: a home, terrain made from a seed, rules for chance and threads."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "2")  # so that one thread and two can be compared

import numba
import numpy as np
import pytest
import typer.main
from affine import Affine
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray
from pyproj import CRS

from skyshade.terrain.model import Dem, Grid

# Typer reads the signatures of all commands anew whenever one is called, which takes 40 ms.
typer.main.get_command = functools.cache(typer.main.get_command)

# The same examples in every run; a busy machine is no failure.
settings.register_profile(
    "tests", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")

SITE = (76.0, 34.0)  # lon, lat of the middle of made-up terrain


def pytest_configure(config: pytest.Config) -> None:
    """Where several processes share the tests, each keeps to one thread."""
    if hasattr(config, "workerinput"):
        numba.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing that a test registers or writes by a relative name lands outside its folder."""
    home = tmp_path / "home"
    monkeypatch.setenv("SKYSHADE_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture(scope="session")
def fractal() -> Callable[..., NDArray[np.float64]]:
    """Mountains: heights (m, float64) with a power spectrum f^-exponent, by seed."""

    def make(
        shape: tuple[int, int],
        seed: int = 1,
        relief_m: float = 700.0,
        mean_m: float = 2500.0,
        exponent: float = 3.4,
    ) -> NDArray[np.float64]:
        fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
        frequency = np.hypot(fy, fx)
        frequency[0, 0] = np.inf
        noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(shape))
        z: NDArray[np.float64] = np.fft.irfft2(noise * frequency ** (-exponent / 2), s=shape)
        return mean_m + relief_m * z / float(z.std())

    return make


@pytest.fixture(scope="session")
def plane_dem() -> Callable[..., Dem]:
    """A DEM whose geodesics from its site are straight lines and whose distances are true.

    The grid is azimuthal equidistant about `SITE`, which stands on the post (row, col) `site`, so
    closed forms can be worked out in the plane.
    """

    def make(heights: NDArray[Any], cell_m: float, site: tuple[int, int]) -> Dem:
        row, col = site
        crs = CRS.from_proj4(f"+proj=aeqd +lon_0={SITE[0]} +lat_0={SITE[1]} +datum=WGS84 +units=m")
        corner = Affine(cell_m, 0, -(col + 0.5) * cell_m, 0, -cell_m, (row + 0.5) * cell_m)
        return Dem(np.ascontiguousarray(heights), Grid(corner, crs.to_wkt(), heights.shape))

    return make
