"""Line of sight beside GDAL (and GRASS, where installed): speed, memory, wrong cells.

One site in the middle of a fractal DEM, all of it in range. GDAL answers for one altitude, Skyshade
for all, on the same file, file in to file out, in a warm process.

    python benchmarks/line_of_sight.py [--size 8000] [--repeats 7]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from fractal import write_fractal_dem

from skyshade.export.raster import write_cog
from skyshade.terrain.dem import load_dem
from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.model import Antenna, Dem
from skyshade.terrain.sweep import masking_altitude

AGL_M, TARGET_M, SAMPLE = 30.0, 100.0, 400
CURVATURE = 0.75  # GDAL's coefficient for k = 4/3


def file_to_file(dem_path: Path, out: Path, antenna: Antenna, reach_m: float) -> None:
    dem = load_dem(dem_path)
    masking = masking_altitude(dem, antenna, reach_m)
    write_cog(out, masking, dem.grid, description="masking altitude", unit="m")


def gdal(dem_path: Path, out: Path, x: float, y: float) -> None:
    subprocess.run(
        [
            "gdal_viewshed",
            "-q",
            "-ox",
            str(x),
            "-oy",
            str(y),
            "-oz",
            str(AGL_M),
            "-tz",
            str(TARGET_M),
            "-md",
            "0",
            "-cc",
            str(CURVATURE),
            str(dem_path),
            str(out),
        ],
        check=True,
    )


def grass(dem_path: Path, out: Path, x: float, y: float) -> None:
    script = (
        f"r.in.gdal -o input={dem_path} output=dem --q && g.region raster=dem && "
        f"r.viewshed -c -r input=dem output=seen coordinates={x},{y} observer_elevation={AGL_M} "
        f"target_elevation={TARGET_M} refraction_coeff=0.25 memory=8000 --q && "
        f"r.out.gdal input=seen output={out} --q"
    )
    subprocess.run(
        ["grass", "--tmp-location", "EPSG:32643", "--exec", "sh", "-c", script],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def seconds(task, *args) -> float:
    start = time.perf_counter()
    task(*args)
    return time.perf_counter() - start


def wrong_cells(dem: Dem, antenna: Antenna, ours: Path, theirs: Path | None) -> tuple[float, ...]:
    """Share of sampled cells whose visibility at `TARGET_M` differs from the exact ray (R3)."""
    rng = np.random.default_rng(7)
    rows, cols = rng.integers(2, dem.grid.shape[0] - 2, (2, SAMPLE))
    exact = exact_masking_altitude(dem, antenna, *dem.grid.lonlat(cols, rows), step_m=4.5)
    ground = dem.heights[rows, cols].astype(float)
    truth = exact <= ground + TARGET_M
    result = []
    for path in (ours, theirs):
        if path is None:
            continue
        with rasterio.open(path) as d:
            band = d.read(1)[rows, cols]
        seen = band <= ground + TARGET_M if path == ours else band > 0
        result.append(float(np.mean(seen != truth)))
    return tuple(result)


def peak_mib(dem_path: Path, out: Path, lon: float, lat: float, reach_m: float) -> float:
    """Peak memory of a fresh process that does the whole job, in MiB."""
    once = [sys.executable, __file__, "--once", *map(str, (dem_path, out, lon, lat, reach_m))]
    return float(subprocess.run(once, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--once", nargs=5, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.once:
        dem_path, out, lon, lat, reach = args.once
        antenna = Antenna(float(lon), float(lat), AGL_M)
        file_to_file(Path(dem_path), Path(out), antenna, float(reach))
        status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's
        print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run(folder, args.size, args.repeats)
        if shutil.which("grass"):
            run_grass(folder)
        else:
            print("GRASS is not installed: r.viewshed is left out")


def setting(folder: Path, n: int) -> tuple[Path, Dem, Antenna, float, float, float]:
    path = folder / f"fractal{n}.tif"
    write_fractal_dem(path, n)
    dem = load_dem(path)
    lon, lat = dem.grid.lonlat(n // 2, n // 2)
    t = dem.grid.transform
    x, y = t.c + t.a * (n // 2 + 0.5), t.f + t.e * (n // 2 + 0.5)
    return path, dem, Antenna(float(lon), float(lat), AGL_M), x, y, 0.72 * n * 90.0


def run(folder: Path, n: int, repeats: int) -> None:
    path, dem, antenna, x, y, reach = setting(folder, n)
    ours, theirs = folder / "ours.tif", folder / "gdal.tif"
    file_to_file(path, ours, antenna, reach)  # compile, and warm the page cache
    with_gdal = shutil.which("gdal_viewshed") is not None
    if with_gdal:
        gdal(path, theirs, x, y)
    # Once each tool by itself, runs back to back; once in turn, where a virtual machine may have
    # given the memory of the last run back to its host, and each of the 600 MB of fresh pages that
    # a result and its file take costs anew: there minima compare the tools, medians the host.
    ours_by_itself = [seconds(file_to_file, path, ours, antenna, reach) for _ in range(repeats)]
    sweep = [seconds(masking_altitude, dem, antenna, reach) for _ in range(repeats)]
    gdal_by_itself, ours_in_turn, gdal_in_turn = [], [], []
    if with_gdal:
        gdal_by_itself = [seconds(gdal, path, theirs, x, y) for _ in range(repeats)]
        for _ in range(repeats):
            gdal_in_turn.append(seconds(gdal, path, theirs, x, y))
            ours_in_turn.append(seconds(file_to_file, path, ours, antenna, reach))
    print(f"\n{n} x {n} cells at 90 m, {os.cpu_count()} cores, {repeats} runs each, seconds")
    print(f"{'':34}{'min':>8}{'median':>8}{'max':>8}")
    for name, values in (
        ("Skyshade, file to file", ours_by_itself),
        ("  of it the sweep", sweep),
        ("GDAL, file to file", gdal_by_itself),
        ("Skyshade, in turn", ours_in_turn),
        ("GDAL, in turn", gdal_in_turn),
    ):
        if values:
            print(f"{name:34}{min(values):8.3f}{statistics.median(values):8.3f}{max(values):8.3f}")
    if with_gdal:
        for how, theirs_, ours_ in (
            ("back to back", gdal_by_itself, ours_by_itself),
            ("in turn", gdal_in_turn, ours_in_turn),
        ):
            middle = statistics.median(theirs_) / statistics.median(ours_)
            least = min(theirs_) / min(ours_)
            print(f"GDAL / Skyshade, {how}: {middle:.2f} of medians, {least:.2f} of minima")
    wrong = wrong_cells(dem, antenna, ours, theirs if with_gdal else None)
    print(
        f"cells wrong at {TARGET_M:g} m AGL (of {SAMPLE}, against the exact ray): Skyshade "
        f"{100 * wrong[0]:.2f} %" + (f", GDAL {100 * wrong[1]:.2f} %" if with_gdal else "")
    )
    peak = peak_mib(path, ours, antenna.lon, antenna.lat, reach)
    print(f"peak memory of the whole process: {peak:.0f} MiB")


def run_grass(folder: Path) -> None:
    path, _, antenna, x, y, reach = setting(folder, 2000)
    ours, theirs = folder / "ours2.tif", folder / "grass.tif"
    file_to_file(path, ours, antenna, reach)
    a, b = seconds(file_to_file, path, ours, antenna, reach), seconds(grass, path, theirs, x, y)
    print(
        f"\n2000 x 2000: Skyshade {a:.3f} s, GRASS r.viewshed {b:.1f} s (with import and export), "
        f"ratio {b / a:.0f}"
    )


if __name__ == "__main__":
    main()
