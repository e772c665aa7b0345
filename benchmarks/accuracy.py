"""How far the sweep is from the exact ray, and GDAL beside it, on real or fractal terrain.

Each tile is warped once to a metric grid centred on the site, where GDAL's plane distances are
right, and both work on that same file.

    python benchmarks/accuracy.py TILE LON,LAT CELL_M RADIUS_KM[,RADIUS_KM…] [--sample N] [--json F]

GDAL is the program `gdal_viewshed` where there is one, and the library inside rasterio's wheel.

With `--altitude 3000,9000` the antenna is in the air, so many metres above the sea, and the rays to
single points that raids use are compared as well. TILE may be the name of a registered terrain.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.warp import Resampling, reproject

from skyshade.terrain.dem import load_dem
from skyshade.terrain.exact import exact_masking_altitude
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Antenna
from skyshade.terrain.points import EarthPoints, in_sight, surface_of
from skyshade.terrain.sweep import masking_altitude

PROGRAM = "gdal_viewshed"
EDGE, NORMAL = 2, 1  # GDALViewshedMode, GDALViewshedOutputType
TARGETS_M = (100.0, 1000.0, 5000.0, 10000.0)
LOW_TARGETS_M = (30.0, 100.0, 300.0, 1000.0)  # what an antenna in the air is for
AGL_M = 30.0


def warp(tile: str, lon: float, lat: float, cell_m: float, radius_m: float, out: Path) -> None:
    """The tile on an azimuthal equidistant grid with a post exactly on the site."""
    n = int(radius_m // cell_m) + 2
    edge = (n + 0.5) * cell_m
    crs = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=WGS84 +units=m"
    size = 2 * n + 1
    with (
        rasterio.open(tile) as source,
        rasterio.open(
            out,
            "w",
            driver="GTiff",
            dtype="int16",
            count=1,
            width=size,
            height=size,
            crs=crs,
            transform=from_origin(-edge, edge, cell_m, cell_m),
        ) as target,
    ):
        heights = np.zeros((size, size), np.int16)
        reproject(
            rasterio.band(source, 1),
            heights,
            dst_transform=target.transform,
            dst_crs=target.crs,
            resampling=Resampling.bilinear,
        )
        target.write(heights, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tile")
    parser.add_argument("site")
    parser.add_argument("cell_m", type=float)
    parser.add_argument("radii_km")
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--json", type=Path, help="add the rows to this file")
    parser.add_argument("--altitude", default="", help="m above the sea, of an antenna in the air")
    args = parser.parse_args()
    lon, lat = (float(v) for v in args.site.split(","))
    if args.altitude:
        print(
            "| terrain, place | antenna | radius | "
            "sweep wrong at 30 m / 100 m / 300 m / 1 km AGL | "
            "rays to points wrong, by at most | hidden at 100 m | "
            "masking altitude error p50 / p99 / max |"
        )
        for msl_m in map(float, args.altitude.split(",")):
            for radius_km in map(float, args.radii_km.split(",")):
                row_in_the_air(args, Antenna.in_the_air(lon, lat, msl_m), 1e3 * radius_km)
        return
    for radius_km in map(float, args.radii_km.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            found = row(args, lon, lat, 1e3 * radius_km, Path(scratch))
        print(json.dumps(found), flush=True)
        if args.json:
            rows = json.loads(args.json.read_text()) if args.json.exists() else []
            same = ("terrain", "lon", "lat", "radius_km")
            rows = [r for r in rows if any(r[k] != found[k] for k in same)]
            args.json.write_text(json.dumps([*rows, found], indent=1) + "\n")


def seen_by_program(dem: Path, target_m: float, reach_m: float, out: Path) -> None:
    """Visible cells by GDAL's program."""
    where = ["-ox", "0", "-oy", "0", "-oz", str(AGL_M), "-tz", str(target_m)]
    words = [PROGRAM, "-q", *where, "-md", str(reach_m), "-cc", "0.75", str(dem), str(out)]
    subprocess.run(words, check=True)


def seen_by_library(dem: Path, target_m: float, reach_m: float, out: Path) -> None:
    """Visible cells by the GDAL that rasterio brings."""
    (file,) = (Path(rasterio.__file__).parents[1] / "rasterio.libs").glob("libgdal-*.so*")
    gdal = ctypes.CDLL(str(file))
    gdal.GDALOpen.restype = gdal.GDALGetRasterBand.restype = ctypes.c_void_p
    gdal.GDALViewshedGenerate.restype = ctypes.c_void_p
    gdal.GDALAllRegister()
    source = ctypes.c_void_p(gdal.GDALOpen(str(dem).encode(), 0))
    band = ctypes.c_void_p(gdal.GDALGetRasterBand(source, 1))
    names = [b"GTiff", str(out).encode(), None]
    # observer x, y, height; target height; visible, invisible, out of range, nodata; curvature
    numbers = [0.0, 0.0, AGL_M, target_m, 255.0, 0.0, 0.0, -1.0, 0.75]
    result = gdal.GDALViewshedGenerate(
        band,
        *names,
        *map(ctypes.c_double, numbers),
        EDGE,
        ctypes.c_double(reach_m),
        None,
        None,
        NORMAL,
        None,
    )
    if not result:
        raise RuntimeError("GDALViewshedGenerate failed")
    gdal.GDALClose(ctypes.c_void_p(result))
    gdal.GDALClose(source)


def peers() -> dict[str, Callable[[Path, float, float, Path], None]]:
    """GDAL in its versions."""
    found = {f"GDAL {rasterio.__gdal_version__}": seen_by_library}
    if shutil.which(PROGRAM):
        said = subprocess.run(["gdalinfo", "--version"], capture_output=True, text=True).stdout
        found[said.split(",")[0]] = seen_by_program
    return found


def row(args, lon: float, lat: float, radius_m: float, folder: Path) -> dict[str, object]:
    """Shares of wrong cells (%) at each altitude, and errors of the masking angle (degrees)."""
    path = folder / "dem.tif"
    warp(args.tile, lon, lat, args.cell_m, radius_m, path)
    dem = load_dem(path)
    antenna = Antenna(lon, lat, AGL_M)
    masking = masking_altitude(dem, antenna, radius_m)
    rows, cols = np.nonzero(np.isfinite(masking))
    centre = dem.grid.shape[0] // 2
    apart = np.hypot(rows - centre, cols - centre) > 2  # angles mean nothing at the antenna's feet
    rows, cols = rows[apart], cols[apart]
    pick = np.random.default_rng(0).integers(0, len(rows), args.sample)
    rows, cols = rows[pick], cols[pick]
    lons, lats = dem.grid.lonlat(cols, rows)
    exact = exact_masking_altitude(dem, antenna, lons, lats, step_m=args.cell_m / 20)
    ground = dem.heights[rows, cols].astype(float)
    got = masking[rows, cols].astype(float)
    d = geod().inv(np.full(len(rows), lon), np.full(len(rows), lat), lons, lats)[2]
    angle = np.degrees(np.abs(got - exact) / np.maximum(d, 1.0))
    wrong: dict[str, list[float]] = {"Skyshade": [], **{name: [] for name in peers()}}
    for target in TARGETS_M:
        truth = exact <= ground + target
        wrong["Skyshade"].append(100 * float(np.mean((got <= ground + target) != truth)))
        for name, see in peers().items():
            out = folder / "gdal.tif"
            out.unlink(missing_ok=True)
            see(path, target, radius_m + 2 * args.cell_m, out)
            with rasterio.open(out) as seen:
                t, inverse = dem.grid.transform, ~seen.transform
                x, y = t.c + t.a * (cols + 0.5), t.f + t.e * (rows + 0.5)
                c, r = inverse.a * x + inverse.c, inverse.e * y + inverse.f
                theirs = seen.read(1)[r.astype(int), c.astype(int)] > 0
                wrong[name].append(100 * float(np.mean(theirs != truth)))
    return {
        "terrain": Path(args.tile).stem,
        "lon": lon,
        "lat": lat,
        "cell_m": args.cell_m,
        "radius_km": radius_m / 1e3,
        "cells": args.sample,
        "altitudes_m": TARGETS_M,
        "wrong_percent": wrong,
        "angle_deg": [
            float(np.median(angle)),
            float(np.percentile(angle, 99)),
            float(angle.max()),
        ],
    }


def row_in_the_air(args, antenna: Antenna, radius_m: float) -> None:
    """The sweep and the rays to points on the terrain's own grid, from an antenna in the air."""
    dem = load_dem(args.tile, around=(antenna.lon, antenna.lat, radius_m))
    masking = masking_altitude(dem, antenna, radius_m)
    rows, cols = np.nonzero(np.isfinite(masking) & dem.known())
    pick = np.random.default_rng(0).integers(0, len(rows), args.sample)
    rows, cols = rows[pick], cols[pick]
    lons, lats = dem.grid.lonlat(cols, rows)
    exact = exact_masking_altitude(dem, antenna, lons, lats, step_m=args.cell_m / 20)
    got, ground = masking[rows, cols].astype(float), dem.heights[rows, cols].astype(float)
    points, surface = EarthPoints.of(lons, lats), surface_of(dem)
    polar = points.polar(antenna.lon, antenna.lat)
    by_sweep, by_rays, hidden, miss = [], [], 0.0, 0.0
    for target in LOW_TARGETS_M:
        truth = exact <= ground + target
        by_sweep.append(100 * np.mean((got <= ground + target) != truth))
        seen = in_sight(dem, surface, antenna, points, polar, ground + target)
        by_rays.append(100 * np.mean(seen != truth))
        miss = max(miss, np.abs(exact - ground - target)[seen != truth].max(initial=0.0))
        hidden = 100 * np.mean(~truth) if target == 100.0 else hidden
    error = np.abs(got - exact)
    print(
        f"| {dem.name}, {args.site} | {antenna.msl_m / 1e3:g} km | {radius_m / 1e3:g} km | "
        + " / ".join(f"{v:.2f}" for v in by_sweep)
        + " % | "
        + " / ".join(f"{v:.2f}" for v in by_rays)
        + f" %, {miss:.0f} m | {hidden:.1f} % | "
        f"{np.median(error):.2f} / {np.percentile(error, 99):.2f} / {error.max():.2f} m |",
        flush=True,
    )


if __name__ == "__main__":
    main()
