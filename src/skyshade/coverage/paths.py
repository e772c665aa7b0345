"""Reach along given paths: towards a place from every side, past a unit, or any line of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage._cpu import reach_paths
from skyshade.coverage.fire_unit import FireUnit
from skyshade.coverage.model import Coverage
from skyshade.coverage.reach import (
    GAIN_D_ALT_M,
    draw_samples,
    gain_table,
    kernel_curve,
    kernel_rule,
    kernel_unit,
    needed_log_snr,
)
from skyshade.coverage.unknowns import Draws
from skyshade.errors import InputError
from skyshade.radar.model import Target
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Altitude

STEP_M = 1_000.0
ANTENNAS = ("low antenna", "value", "high antenna")  # masking is known for these, else between


@dataclass(frozen=True, eq=False)
class Paths:
    """Straight tracks over the terrain.

    Attributes
    ----------
    lon, lat : (paths, points), `step_m` apart in the order flown.
    until : (paths,) point at which the target has arrived where it was going.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    until: NDArray[np.int64]
    step_m: float = STEP_M


def inbound_paths(lon: float, lat: float, az_deg: NDArray, length_m: float) -> Paths:
    """Tracks that arrive at a point from each azimuth (where the target comes from)."""
    n = round(length_m / STEP_M) + 1
    away = (n - 1 - np.arange(n)) * STEP_M
    shape = (len(az_deg), n)
    lons, lats, _ = geod().fwd(
        np.full(shape, lon), np.full(shape, lat), np.broadcast_to(az_deg[:, None], shape),
        np.broadcast_to(away, shape),
    )  # fmt: skip
    return Paths(lons, lats, np.full(len(az_deg), n - 1))


def crossing_paths(
    lon: float, lat: float, heading_deg: float, offset_m: NDArray, length_m: float
) -> Paths:
    """Tracks that pass a point at each offset to its left (negative: right), heading one way."""
    n = round(length_m / STEP_M) + 1
    along = (np.arange(n) - (n - 1) / 2) * STEP_M
    abeam_lon, abeam_lat, _ = geod().fwd(
        np.full(len(offset_m), lon), np.full(len(offset_m), lat),
        np.full(len(offset_m), heading_deg - 90.0), offset_m,
    )  # fmt: skip
    shape = (len(offset_m), n)
    lons, lats, _ = geod().fwd(
        np.broadcast_to(abeam_lon[:, None], shape), np.broadcast_to(abeam_lat[:, None], shape),
        np.full(shape, heading_deg), np.broadcast_to(along, shape),
    )  # fmt: skip
    return Paths(lons, lats, np.full(len(offset_m), n - 1))


@dataclass(frozen=True, eq=False)
class PathReach:
    """What one unit can do along paths; axes: row of the draws, path. Points, -1 if never.

    Attributes
    ----------
    track, first, last : point of the confirmed track, of the first and the last intercept.
    length_m : metres of path in which intercepts are possible.
    shots : shoot-look-shoot attempts before arrival.
    """

    track: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    length_m: NDArray[np.float64]
    shots: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class _Ground:
    """Paths as one unit meets them, for every altitude and class."""

    dist: NDArray[np.float32]
    need: NDArray[np.float32]
    ground: NDArray[np.float32]


def reach_along(
    paths: Paths,
    unit: FireUnit,
    index: int,
    coverages: Mapping[str, Coverage],
    targets: Sequence[Target],
    altitudes: Sequence[Altitude],
    draws: Draws,
    rows: slice = slice(None),
) -> dict[tuple[int, int], PathReach]:
    """Reach of one unit along paths, per (altitude, class) index.

    Line of sight is read from masking altitudes on the grid: for the default antenna and, where
    given, for its lowest and highest (`ANTENNAS`), between which it is interpolated. Both radars
    are taken to stand on the same mast. Positions are not moved.

    Parameters
    ----------
    index : of the unit in the draws.
    coverages : by antenna; at least "value".
    rows : of the draws, which of them to run.

    Raises
    ------
    InputError : a path has no point on the terrain.
    """
    met = _meet(paths, unit, coverages)
    weights = np.clip(np.nan_to_num(draws.heights[rows, index], nan=0.5) * 2.0 - 1.0, -1.0, 1.0)
    samples = draw_samples(unit, index, tuple(targets), draws, rows)._replace(
        height_a=weights, height_e=weights
    )
    n_rows, n_paths = len(weights), len(paths.until)
    n_points = int(np.ceil(float(met.dist.max()) / STEP_M)) + 2
    gains = [gain_table(r, n_points, STEP_M) for r in (unit.acquisition, unit.engagement)]
    missiles, curve = kernel_unit(unit), kernel_curve(unit.acquisition)
    rule, needed = kernel_rule(unit.acquisition), needed_log_snr(unit.engagement)
    antenna_msl = coverages["value"].site(unit.id).antenna_msl_m
    found = {}
    for a, altitude in enumerate(altitudes):
        alt = np.broadcast_to(np.asarray(altitude.msl(met.ground), np.float32), met.ground.shape)
        alt = np.ascontiguousarray(alt)
        agl = alt - met.ground
        above = np.maximum(alt - antenna_msl, 0.0)
        log_a, log_e = (_gain_at(g, met.dist, above) for g in gains)
        for c in range(len(targets)):
            out = [np.empty((n_rows, n_paths), dtype) for dtype in
                   (np.int32, np.int32, np.int32, np.float64, np.int32)]  # fmt: skip
            reach_paths(
                met.dist, alt, agl, met.need, met.need, log_a, log_e, unit.spec.max_range_m,
                samples, c, paths.step_m, paths.until, missiles, curve, rule, needed, *out,
            )  # fmt: skip
            found[a, c] = PathReach(*out)
    return found


def _meet(paths: Paths, unit: FireUnit, coverages: Mapping[str, Coverage]) -> _Ground:
    """Distance, ground and masking altitude under every point of the paths."""
    default = coverages["value"]
    cell, inside = default.dem.grid.nearest_post(paths.lon, paths.lat)
    if not inside.any(axis=1).all():
        raise InputError("a path does not touch the terrain", field=unit.id)
    ground = np.where(inside, default.ground_m[cell], np.nan).astype(np.float32)
    need = []
    for name in ANTENNAS:
        coverage = coverages.get(name, default)
        masking = coverage.site(unit.id).masking_m[cell].astype(np.float32)
        need.append(np.where(inside & np.isfinite(masking), masking, np.float32(1e9)))
    antenna = unit.spec.antenna
    start = np.full(paths.lon.shape, antenna.lon), np.full(paths.lon.shape, antenna.lat)
    dist = geod().inv(*start, paths.lon, paths.lat)[2]
    return _Ground(dist.astype(np.float32), np.stack(need), ground)


def _gain_at(
    table: NDArray[np.float32], dist: NDArray[np.float32], above: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Gain table at ground ranges and heights above the antenna: nearest range, linear height."""
    i = np.clip(np.rint(dist / STEP_M).astype(int) - 1, 0, table.shape[1] - 1)
    x = np.clip(np.nan_to_num(above) / GAIN_D_ALT_M, 0.0, table.shape[0] - 1.001)
    k = x.astype(int)
    low, high = table[k, i], table[k + 1, i]
    return (low + (x - k) * (high - low)).astype(np.float32)
