"""Peak memory of `reach`, `raid`, `assess` and `coverage` over a terrain of so many posts.

The terrain is synthetic, 16-bit, 1 arc-second at 31 N, with hills that repeat. It, the results and
the temporary files lie in a folder of the temporary disk that is removed at the end.

    python benchmarks/large_terrain.py POSTS RANGE_KM [COMMAND …]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.windows import Window

LON, LAT, STEP = 75.0, 31.0, 1 / 3600
TILE = 1000
COMMANDS = {
    "coverage": ["coverage", "case.yaml"],
    "reach": ["reach", "case.yaml", "--draws", "16", "--azimuths", "72"],
    "raid": ["raid", "case.yaml", "--replicates", "200"],
    "assess": ["assess", "case.yaml", "--draws", "8"],
}
CASE = """\
schema: skyshade/scenario/1
name: large
title: One unit over a large terrain
terrain: {{dem: dem.tif}}
altitudes: [100 m agl, 1 km agl, 10 km msl]
targets: [subsonic-cruise-missile, fighter]
sites:
  - id: unit
    name: Unit
    system: s-400
    position: {{lon: {lon}, lat: {lat}}}
    illustrative: true
    antenna: {{value: 24 m, low: 5 m, high: 39 m, why: a round figure}}
    max_range: {range_km} km
places:
  - {{id: town, name: Town, kind: other, position: {{lon: 75.2, lat: 31.1}}, sources: [own]}}
raid:
  duration: 20 min
  defence: {{load: {{48N6E3: 16, 9M96E2: 32}}}}
  groups:
    - {{id: cruise, target: subsonic-cruise-missile, count: 20, aim: {{place: town}},
       bearing: 270 deg, distance: 150 km, arrival: {{process: stream, interval: 5 s}}}}
sources:
  own: {{title: a made-up place, outlet: this benchmark}}
"""


def make_terrain(path: Path, posts: int) -> None:
    """Hills up to 600 m, in tiles of one pattern on a slope that makes each tile another one."""
    x = np.linspace(0.0, 2.0 * np.pi, TILE, endpoint=False)
    hills = 150.0 * (2.0 + np.sin(3 * x)[:, None] + np.cos(2 * x)[None, :])
    half = posts / 2 * STEP
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        width=posts,
        height=posts,
        crs="EPSG:4326",
        transform=Affine(STEP, 0, LON - half, 0, -STEP, LAT + half),
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="deflate",
        zlevel=1,
        predictor=2,
        bigtiff="if_safer",
    ) as d:
        for row in range(0, posts, TILE):
            for col in range(0, posts, TILE):
                size = min(TILE, posts - row), min(TILE, posts - col)
                tile = (hills + (row // TILE * 7 + col // TILE * 13) % 200).astype(np.int16)
                window = Window(col, row, size[1], size[0])
                d.write(tile[: size[0], : size[1]], 1, window=window)


def peak_of(command: list[str], folder: Path) -> tuple[float, float, float, int]:
    """Peak of resident memory, of what is not pages of files (GiB), CPU time (s), exit code."""
    run = subprocess.Popen(
        [sys.executable, "-m", "skyshade", *command, "--out", str(folder / "out" / command[0])],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
    )
    most, before = [0, 0], os.times()
    while run.poll() is None:
        try:
            status = Path(f"/proc/{run.pid}/status").read_text()
        except OSError:
            break
        for i, field in enumerate(("VmHWM", "RssAnon")):
            said = [line for line in status.splitlines() if line.startswith(field)]
            most[i] = max(most[i], *(int(line.split()[1]) for line in said), 0)
        time.sleep(0.1)
    run.wait()
    after = os.times()
    cpu_s = after.children_user - before.children_user
    cpu_s += after.children_system - before.children_system
    return most[0] / 2**20, most[1] / 2**20, cpu_s, run.returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", type=int)
    parser.add_argument("range_km", type=float)
    parser.add_argument("commands", nargs="*", default=list(COMMANDS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_terrain(folder / "dem.tif", args.posts)
        size = (folder / "dem.tif").stat().st_size / 2**20
        print(f"{args.posts} x {args.posts} posts, {size:.0f} MiB on disk", flush=True)
        (folder / "case.yaml").write_text(CASE.format(lon=LON, lat=LAT, range_km=args.range_km))
        print("| command | range | peak | of it not pages of files | CPU | exit |", flush=True)
        for name in args.commands:
            peak, own, cpu, code = peak_of(COMMANDS[name], folder)
            print(
                f"| `{name}` | {args.range_km:g} km | {peak:.2f} GiB | {own:.2f} GiB | "
                f"{cpu:.0f} s | {code} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
