"""The command line as a user meets it: `skyshade(...)` runs it, `dems/` holds small rasters."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from PIL import Image

from e2e.map_page import CHROMIUM, FLAGS, Open, coarse_case, served
from skyshade.cli import main
from skyshade.web.server import Service

CELL_DEG = 1 / 120
WEST, NORTH = 75.0, 31.0  # of the geographic rasters: one degree square, 75-76 E, 30-31 N
TO_DEGREES = Affine(CELL_DEG, 0, WEST, 0, -CELL_DEG, NORTH)


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@contextmanager
def killed_on_failure(process: subprocess.Popen[str]) -> Iterator[None]:
    """A test that fails does not wait for its server for ever."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


def coloured(picture: Path) -> float:
    """Share of a picture's pixels with a colour: its data, since paper, axes and words are grey."""
    with Image.open(picture) as image:
        return float((np.ptp(np.asarray(image.convert("RGB")), axis=2) > 60).mean())


@pytest.fixture
def skyshade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs one command in this process, through the same `main` as the installed script."""

    def run(*args: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["skyshade", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        shown = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), shown.out, shown.err)

    at_term = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, at_term)


@pytest.fixture(scope="session")
def raster_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small rasters, good and bad, made once."""
    folder = tmp_path_factory.mktemp("dems")

    def write(name: str, heights: NDArray[Any], at: Affine = TO_DEGREES, **profile: Any) -> None:
        bands = heights[None] if heights.ndim == 2 else heights
        profile = {"crs": "EPSG:4326", "driver": "GTiff"} | profile
        with rasterio.open(
            folder / name,
            "w",
            width=bands.shape[2],
            height=bands.shape[1],
            count=bands.shape[0],
            dtype=bands.dtype,
            transform=at,
            **profile,
        ) as raster:
            raster.write(bands)

    row, col = np.mgrid[0:120, 0:120]
    noise = np.random.default_rng(1).normal(0, 10, (120, 120))
    hills = 400 * (1 + np.sin(col / 7) * np.cos(row / 9)) + noise
    metres = hills.astype("int16")
    write("hills.tif", metres)
    write(
        "utm.tif",
        hills.astype("float32"),
        Affine(1000, 0, 600_000, 0, -1000, 3_500_000),
        crs="EPSG:32643",
    )
    holed = metres.copy()
    holed[50:70, 50:70] = -32768
    write("holed.tif", holed, nodata=-32768)
    infinite = hills.astype("float32")
    infinite[60, 60] = np.inf
    write("infinite.tif", infinite)
    write("nocrs.tif", metres, crs=None)
    write("three_bands.tif", np.stack([metres] * 3))
    write("complex.tif", hills.astype("complex64"))
    write("feet.tif", (hills * 100).astype("float32"))
    write("one_row.tif", metres[:1])
    write("two_by_two.tif", metres[:2, :2])
    write("flat_transform.tif", metres, Affine(CELL_DEG, 0, WEST, CELL_DEG, 0, NORTH))
    along, across = CELL_DEG * math.cos(0.5), CELL_DEG * math.sin(0.5)  # turned by 0.5 rad
    turned = Affine(along, across, WEST, across, -along, NORTH)
    write("turned.tif", hills.astype("float32"), turned)
    write("metres_as_degrees.tif", metres, Affine(30, 0, 600_000, 0, -30, 3_500_000))
    write("cap.tif", hills.astype("float32"), Affine(3, 0, -180, 0, -1 / 12, 90))
    (folder / "empty.tif").touch()
    (folder / "text.tif").write_text("not a raster\n" * 50)
    whole = (folder / "hills.tif").read_bytes()
    (folder / "half.tif").write_bytes(whole[: len(whole) // 2])
    (folder / "head.tif").write_bytes(whole[:100])
    (folder / "no_tiles").mkdir()
    (folder / "two_grids").mkdir()
    write("two_grids/a.tif", metres)
    write("two_grids/b.tif", metres, Affine(CELL_DEG * 2, 0, WEST + 1, 0, -CELL_DEG * 2, NORTH))
    return folder


@pytest.fixture(autouse=True)
def dems(raster_folder: Path, tmp_path: Path, own_home: Path) -> Path:
    """`dems/` in the test's folder, which is the working directory, stands for the rasters."""
    link = tmp_path / "dems"
    link.symlink_to(raster_folder, target_is_directory=True)
    return link


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, started once for a file: while it runs, a thread has an event loop of its own."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The map's server, for all tests that look at it."""
    case = coarse_case(tmp_path_factory.mktemp("coarse"))
    out = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch, served(case, "127.0.0.1", out) as service:
        patch.setattr("skyshade.web.work.POINTS", 3)  # of a curve, and quick ones
        patch.setattr("skyshade.web.work.DRAWN_REPLICATES", 16)
        yield service


@pytest.fixture(scope="module")
def reader(browser: Any) -> Iterator[Any]:
    """A browser's window, with what it keeps from one page to the next."""
    context = browser.new_context(accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def open_map(reader: Any, service: Service) -> Iterator[Open]:
    """Opens pages; whatever the browser complains of fails the test."""
    opened = Open(reader, service.url)
    yield opened
    opened.close()
    assert not opened.complaints
