"""The map in a real browser: one browser, one server and one terrain for all tests of a process.

The case is india-s400 on its own terrain, a tenth as fine: what a page shows and does is the same,
and it is drawn in a hundredth of the cells.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image

from skyshade.terrain.dem import load_dem
from skyshade.web.app import BUNDLE
from skyshade.web.case import MapCase
from skyshade.web.server import Service, make_service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MUST_RUN = os.environ.get("SKYSHADE_MAP_TESTS") == "must-run"
MISSING = [
    *([] if CHROMIUM else ["no Chromium on the path"]),
    *([] if (BUNDLE / "index.html").is_file() else ["the map is not built ('make map')"]),
]
needs_browser = pytest.mark.skipif(bool(MISSING) and not MUST_RUN, reason=", ".join(MISSING))
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
COARSER = 10
SIZE = (1280, 800)
HEADLINE = "(document.querySelector('[data-testid=headline]')?.textContent ?? '')"
ONE_UNIT = "#date=2022-06-01"  # what is worked out for one unit is worked out soon


def coarse_case(folder: Path) -> MapCase:
    """India's regiments on a tenth as fine a terrain."""
    fine = MapCase.load("india-s400")
    heights, grid = fine.dem.heights[::COARSER, ::COARSER], fine.dem.grid
    file = folder / "coarse.tif"
    with rasterio.open(
        file,
        "w",
        driver="GTiff",
        width=heights.shape[1],
        height=heights.shape[0],
        count=1,
        dtype=heights.dtype,
        crs=grid.crs_wkt,
        transform=grid.transform @ type(grid.transform).scale(COARSER),
        nodata=fine.dem.nodata,
    ) as raster:
        raster.write(heights, 1)
    scenario = fine.scenario.with_({"terrain.dem": str(file)})
    return MapCase(scenario, fine.file, load_dem(str(file)))


@contextlib.contextmanager
def served(case: MapCase, host: str, out: Path) -> Iterator[Service]:
    """A server that answers until the block ends."""
    service = make_service(case, host, 0, out)
    thread = threading.Thread(target=service.run)
    thread.start()
    yield service
    service.server.should_exit = True
    thread.join(30)


@dataclass
class Open:
    """Opens pages and waits for the map; keeps what the browser complains of."""

    context: Any
    home: str
    pages: list[Any] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __call__(
        self, address: str = "", size: tuple[int, int] = SIZE, url: str = "", wait: bool = True
    ) -> Any:
        page = self.context.new_page()
        self.pages.append(page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.goto((url or self.home) + address)
        if wait:
            until(page, "!!(window.skyshade && window.skyshade.complete)")
        return page

    def close(self) -> None:
        """Close all pages."""
        for page in self.pages:
            page.close()


def until(page: Any, script: str, seconds: float = 60.0) -> None:
    """Wait until a script is true in the page (whose policy forbids the usual way of waiting)."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < end, f"never true: {script}"
        page.wait_for_timeout(20)


def heads(page: Any, part: str) -> None:
    """Wait until the headline says something."""
    until(page, f"{HEADLINE}.includes({json.dumps(part)})")


def says(page: Any, testid: str) -> str:
    return str(page.get_by_test_id(testid).inner_text())


def picture(page: Any, folder: Path) -> Any:
    """(rows, columns, 3) what the map shows once it is drawn; labels and all."""
    until(page, "window.skyshade.still")
    page.locator("#map").screenshot(path=folder / "map.png")
    return np.asarray(Image.open(folder / "map.png").convert("RGB")).astype(int)


def saved(page: Any, button: str, file: Path) -> Path:
    """What the page lets the reader keep at a button, as a file."""
    with page.expect_download() as download:
        page.get_by_test_id(button).click()
    download.value.save_as(file)
    return file


def saved_picture(page: Any, folder: Path) -> Image.Image:
    """What the page keeps for an article."""
    page.get_by_test_id("png").click()
    with Image.open(saved(page, "png-screen", folder / "article.png")) as image:
        page.keyboard.press("Escape")
        return image.copy()


def share_like(pixels: Any, rgb: tuple[int, int, int], off: int = 45) -> float:
    """Share of pixels that are about of a colour."""
    return float((np.abs(pixels - np.array(rgb)).max(axis=2) < off).mean())


def drag(page: Any, site: str, dx: int, dy: int) -> None:
    box = page.locator(f'[data-site="{site}"]').bounding_box()
    assert box is not None
    x, y = box["x"] + 9, box["y"] + 9
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=6)
    page.mouse.up()
