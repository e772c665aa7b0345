"""Outlines of rasters as GeoJSON (RFC 7946: WGS-84 degrees, longitude first)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray
from shapely.geometry import mapping, shape

from skyshade.files import write_json
from skyshade.terrain.model import Grid

SPECKLE_CELLS = 9  # areas and holes of fewer cells are dropped: no map shows them
DECIMALS = 5  # of a degree: about a metre


def outline(mask: NDArray[np.bool_], grid: Grid) -> Any:
    """MultiPolygon (lon, lat) around the True cells, corners simplified to half a cell.

    Areas and holes smaller than `SPECKLE_CELLS` cells are left out.
    """
    clean = mask.astype(np.uint8)
    if mask.size > SPECKLE_CELLS:
        clean = rasterio.features.sieve(clean, SPECKLE_CELLS, connectivity=4)
    shapes = rasterio.features.shapes(clean, mask=clean > 0, transform=Affine.identity())
    cells = shapely.union_all([shape(s) for s, _ in shapes])
    cells = shapely.simplify(cells, 0.75, preserve_topology=True)
    polygons = [cells] if cells.geom_type == "Polygon" else list(getattr(cells, "geoms", []))
    kept = shapely.MultiPolygon([p for p in polygons if not p.is_empty and p.area > 0])

    def to_lonlat(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        lonlat = np.column_stack(grid.lonlat(corners[:, 0] - 0.5, corners[:, 1] - 0.5))
        return np.round(lonlat, DECIMALS)

    found = within_180(shapely.transform(kept, to_lonlat))
    return shapely.MultiPolygon([found]) if found.geom_type == "Polygon" else found


def unrolled(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points along a line whose longitudes do not jump at the antimeridian."""
    return np.column_stack([np.unwrap(lonlat[:, 0], period=360.0), lonlat[:, 1]])


def within_180(area: Any) -> Any:
    """An area with longitudes from -180 to 180, cut at the antimeridian as RFC 7946 asks."""
    west, _, east, _ = area.bounds if not area.is_empty else (0.0, 0.0, 0.0, 0.0)
    if min(west, -east) >= -180:
        return area
    parts = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east - 180) / 360)) + 1):
        left = -180.0 + 360 * turn
        part = shapely.intersection(area, shapely.box(left, -90, left + 360, 90))
        moved = shapely.transform(part, lambda p, by=360 * turn: p - [by, 0])
        parts += [p for p in shapely.get_parts(moved) if p.geom_type == "Polygon" and p.area > 0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def write_geojson(
    path: Path,
    features: Iterable[tuple[Any, dict[str, Any]]],
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write (geometry, properties) pairs as a FeatureCollection.

    Parameters
    ----------
    about : further members of the collection.
    """
    write_json(
        path,
        {
            "type": "FeatureCollection",
            **(about or {}),
            "features": [
                {"type": "Feature", "properties": properties, "geometry": _plain(geometry)}
                for geometry, properties in features
            ],
        },
        indent=None,
    )


def _plain(geometry: Any) -> dict[str, Any]:
    """Shapely to GeoJSON, outer rings anticlockwise as the RFC asks."""
    is_area = "Polygon" in geometry.geom_type
    plain: dict[str, Any] = mapping(shapely.orient_polygons(geometry) if is_area else geometry)
    return plain
