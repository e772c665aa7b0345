"""Gaps along a line: stretches over which no unit can engage a target at a stated altitude."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.radar.model import Target
from skyshade.reach.engageable import Engageable
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Altitude
from skyshade.yamlfile import load_json

STEP_M = 1_000.0
MAX_POINTS = 1_000_000
MAX_NESTING = 8  # of collections in one another


@dataclass(frozen=True)
class Gap:
    """One stretch: (n, 2) lon, lat; its length (m); how many units can engage all along it."""

    points: NDArray[np.float64]
    length_m: float
    n_units: int


def gaps_to_xarray(gaps: Sequence[Gap]) -> Any:
    """An xarray Dataset over the stretches of a line: where each begins, its length, its units."""
    import xarray as xr

    return xr.Dataset(
        {
            "length_m": ("stretch", [g.length_m for g in gaps], {"units": "m"}),
            "n_units": ("stretch", [g.n_units for g in gaps], {"units": "1"}),
        },
        {
            "lon": ("stretch", [g.points[0, 0] for g in gaps], {"units": "degrees_east"}),
            "lat": ("stretch", [g.points[0, 1] for g in gaps], {"units": "degrees_north"}),
        },
    )


def read_lines(file: Path) -> list[NDArray[np.float64]]:
    """The vertices (n, 2) lon, lat of every line in a GeoJSON file, in the order of the file.

    Raises
    ------
    InputError : not GeoJSON, no line, or a line without two or more points on Earth.
    """
    parts: list[Any] = []
    for geometry in geometries(load_json(file)):
        coordinates = geometry.get("coordinates")
        if geometry.get("type") == "LineString":
            parts.append(coordinates)
        elif geometry.get("type") == "MultiLineString":
            parts += coordinates if isinstance(coordinates, list) else [None]
    if not parts:
        raise InputError(
            "no line in this file",
            file=file,
            allowed="a GeoJSON LineString or MultiLineString, alone or in features",
        )
    return [_vertices(part, file) for part in parts]


def _vertices(coordinates: Any, file: Path) -> NDArray[np.float64]:
    try:
        points = np.array([[float(v) for v in p[:2]] for p in coordinates])
        good = points.ndim == 2 and points.shape[0] >= 2 and points.shape[1] == 2
    except (KeyError, TypeError, ValueError, IndexError):
        good = False
    if not good or not np.isfinite(points).all():
        raise InputError(
            "not a line",
            file=file,
            field="coordinates",
            allowed="two or more [longitude, latitude]",
        )
    if (np.abs(points) > [180.0, 90.0]).any():
        raise InputError(
            "no such place on Earth",
            file=file,
            field="coordinates",
            allowed="longitude -180 to 180, latitude -90 to 90",
            hint="Longitude comes first.",
        )
    return points


def geometries(data: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The geometries of a GeoJSON collection, of a feature, or a geometry alone."""
    if not isinstance(data, dict) or depth > MAX_NESTING:
        return []
    for name, members in (("FeatureCollection", "features"), ("GeometryCollection", "geometries")):
        if data.get("type") == name:
            inner = data.get(members)
            inner = inner if isinstance(inner, list) else []
            return [g for one in inner for g in geometries(one, depth + 1)]
    if data.get("type") == "Feature":
        return geometries(data.get("geometry"), depth + 1)
    return [data]


def gaps_along(
    vertices: NDArray[np.float64], force: Engageable, target: Target, altitude: Altitude
) -> list[Gap]:
    """The line cut into stretches over which equally many units can engage, in its own order.

    Sampled every `STEP_M` along geodesics between the vertices.

    Raises
    ------
    InputError : the line leaves the terrain, or is longer than a million kilometres.
    """
    lon, lat = points_along(vertices)
    grid = force.coverage.dem.grid
    post, inside = grid.nearest_post(lon, lat)
    if not inside.all():
        k = int(np.argmin(inside))
        west, south, east, north = grid.bounds()
        raise InputError(
            "the line leaves the terrain",
            field="line",
            value=f"{lon[k]:.4f},{lat[k]:.4f}",
            allowed=f"{west:.3f} to {east:.3f} E, {south:.3f} to {north:.3f} N",
        )
    counts = force.n_units(target, altitude)[post]
    edges = [0, *(np.nonzero(np.diff(counts.astype(int)))[0] + 1), len(counts)]
    found = []
    for start, end in itertools.pairwise(edges):
        points = np.column_stack([lon[start : end + 1], lat[start : end + 1]])
        length = float(geod().line_length(points[:, 0], points[:, 1])) if len(points) > 1 else 0.0
        found.append(Gap(points, length, int(counts[start])))
    return found


def points_along(
    vertices: NDArray[np.float64], step_m: float = STEP_M
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of points along geodesics between vertices, evenly in each.

    Parameters
    ----------
    step_m : the most between two points.

    Raises
    ------
    InputError : more than a million points.
    """
    lons, lats = [vertices[:1, 0]], [vertices[:1, 1]]
    total = 0
    for (lon0, lat0), (lon1, lat1) in itertools.pairwise(vertices):
        az, _, length = geod().inv(lon0, lat0, lon1, lat1)
        n = max(int(np.ceil(length / step_m)), 1)
        total += n
        if total > MAX_POINTS:
            raise InputError(
                "the line is too long", field="line", allowed=f"{MAX_POINTS * step_m / 1e3:g} km"
            )
        d = np.arange(1, n + 1) * length / n
        lon, lat, _ = geod().fwd(np.full(n, lon0), np.full(n, lat0), np.full(n, az), d)
        lons.append(lon)
        lats.append(lat)
    return np.concatenate(lons), np.concatenate(lats)
