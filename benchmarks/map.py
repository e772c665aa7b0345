"""The map beside what its readers will bear: first paint, preview of a move, slider, raid, weight.

    python benchmarks/map.py [--runs 5]

Needs Chromium and a built map (`make map`). The browser draws without a graphics card here, so a
reader's machine paints faster. Limits are those of the project's aims.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from skyshade.web.server import BUNDLE

FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PORT = 8499
HOME = f"http://127.0.0.1:{PORT}/"


def started(out: str) -> subprocess.Popen[bytes]:
    """A new server, as soon as it answers."""
    skyshade = Path(sys.executable).with_name("skyshade")
    command = [skyshade, "serve", "india-s400", "--port", str(PORT), "--out", out]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    return server


def wait(page: Page, script: str) -> None:
    while not page.evaluate(script):
        page.wait_for_timeout(5)


def previews(page: Page, n: int) -> list[float]:
    """Seconds from each of n drags to new places until the map shows what is seen from there."""
    found = []
    for k in range(n):
        page.evaluate("window.skyshade.preview_ms = 0")
        box = page.locator('[data-site="regiment-4"]').bounding_box()
        assert box is not None
        x, y = box["x"] + 9, box["y"] + 9
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + (25 if k % 12 < 6 else -25), y + (22 if k % 4 < 2 else -22), steps=3)
        page.mouse.up()
        wait(page, "window.skyshade.preview_ms > 0")
        found.append(page.evaluate("window.skyshade.preview_ms") / 1e3)
        page.wait_for_timeout(2500)  # until the exact areas are there
    return found


def steps(page: Page) -> list[float]:
    """Seconds of work per step of the altitude slider."""
    found = []
    for position in range(0, 300, 10):
        page.locator("#altitude").fill(str(position))
        found.append(page.evaluate("window.skyshade.step_ms") / 1e3)
    return found


def streamed(replicates: int) -> float:
    """Seconds from asking for a raid until the stream shows what so many replicates came to."""
    with urllib.request.urlopen(HOME + "api/case") as answer:
        case = json.load(answer)
    sites = [
        {"id": s["id"], "like": s["id"], "lon": s["lon"], "lat": s["lat"]}
        for s in case["sites"][:4]
    ]
    raid = {"n_targets": 60, "target": "fighter", "bearing_deg": 270, "place": "amritsar-airport"}
    asked = {"kind": "raid", "sites": sites, "raid": raid, "replicates": 2 * replicates, "draws": 0}
    start = time.perf_counter()
    request = urllib.request.Request(
        HOME + "api/jobs", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        job = json.load(answer)["id"]
    with urllib.request.urlopen(f"{HOME}api/jobs/{job}/events") as events:
        for line in events:
            if line.startswith(b"data: ") and b'"curve"' in line:
                shown = json.loads(line.removeprefix(b"data: "))
                if shown["replicates"] >= replicates:
                    return time.perf_counter() - start
    raise RuntimeError("the job ends too early")


def row(what: str, values: list[float], limit: float, unit: str = "s") -> None:
    values = sorted(values)
    p95 = values[math.ceil(0.95 * len(values)) - 1]
    middle = statistics.median(values)
    print(f"{what:<44}{middle:>9.3f}{p95:>9.3f}{limit:>8g} {unit:<4}{limit / p95:>7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    paints, complete, moves, slides, raids = [], [], [], [], []
    with tempfile.TemporaryDirectory() as out, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for run in range(runs + 1):  # the first run fills the kernels' cache, and is not counted
            server = started(out)
            try:
                page = chromium.new_page(viewport={"width": 1280, "height": 800})
                page.goto(HOME)
                wait(page, "!!(window.skyshade && window.skyshade.complete)")
                if run:
                    paints.append(page.evaluate("window.skyshade.painted") / 1e3)
                    complete.append(page.evaluate("window.skyshade.complete") / 1e3)
                if run == runs:
                    moves, slides = previews(page, 20), steps(page)
                page.close()
                seconds = streamed(1000)
                raids += [seconds, streamed(1000)] if run else []
            finally:
                server.terminate()
                server.wait()
    print(f"{'':<44}{'median':>9}{'p95':>9}{'limit':>8}{'limit/p95':>12}")
    row("first paint, cold server", paints, 2.0)
    row("whole coverage of four units shown", complete, float("nan"))
    row("preview after a drag", moves, 0.5)
    row("step of the altitude slider", slides, 1 / 20)
    row("1,000 replicates streamed", raids, 1.0)
    weight = sum(len(gzip.compress(f.read_bytes())) for f in BUNDLE.iterdir() if f.is_file())
    row("bundle, gzipped", [weight / 1e6], 2.0, "MB")


if __name__ == "__main__":
    main()
