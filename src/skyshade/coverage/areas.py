"""Visible area beside the ring: per site and over the force, on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.features import geometry_mask
from shapely import Polygon, unary_union
from shapely.ops import transform as shapely_transform

from skyshade.coverage.model import Area, Coverage, SiteCoverage
from skyshade.terrain.geodesy import geod, ring
from skyshade.terrain.model import Grid
from skyshade.terrain.sweep import sector_width_deg


def visible_areas(
    coverage: Coverage,
    groups: Mapping[str, Sequence[str]] | None = None,
    max_range_m: float | None = None,
) -> list[Area]:
    """Areas per group of sites and altitude.

    Parameters
    ----------
    groups : name to site ids; by default each site and, if there are several, the "force".
    max_range_m : count only inside this radius around each site.
    """
    index = {site.spec.id: i for i, site in enumerate(coverage.sites)}
    if groups is None:
        groups = {id_: [id_] for id_ in index}
        if len(index) > 1:
            groups["force"] = list(index)
    plane = _equal_area_plane(coverage)
    footprint = plane(_footprint(coverage.dem.grid))
    outlines = [_outline(site, max_range_m) for site in coverage.sites]
    rings = [plane(Polygon(outline)) for outline in outlines]
    inside = [
        True if radius_is_own else _within(coverage.dem.grid, outline)
        for outline, radius_is_own in (
            (o, max_range_m is None or max_range_m >= s.spec.max_range_m)
            for o, s in zip(outlines, coverage.sites, strict=True)
        )
    ]
    unknown = [
        np.isposinf(site.masking_m) & i for site, i in zip(coverage.sites, inside, strict=True)
    ]
    within = [~np.isnan(site.masking_m) & i for site, i in zip(coverage.sites, inside, strict=True)]
    cell = coverage.cell_area_m2
    result = []
    for altitude in coverage.altitudes:
        sees = [
            coverage.site_sees(site, altitude) & i
            for site, i in zip(coverage.sites, inside, strict=True)
        ]
        for who, ids in groups.items():
            members = [index[id_] for id_ in ids]
            outline = unary_union([rings[i] for i in members])
            visible = np.logical_or.reduce([sees[i] for i in members])
            unsure = np.logical_or.reduce([unknown[i] for i in members]) & ~visible
            beyond = outline.difference(footprint).area
            # Cells count whole or not at all, so their sum misses the ring by up to a rim of
            # half cells; they are scaled to what of the ring lies on the DEM.
            covered = np.logical_or.reduce([within[i] for i in members])
            counted = float(cell[covered].sum(dtype=float))
            scale = (outline.area - beyond) / counted if counted else 0.0
            result.append(
                Area(
                    who=who,
                    altitude=altitude,
                    ring_m2=outline.area,
                    visible_m2=scale * float(cell[visible].sum(dtype=float)),
                    unknown_m2=scale * float(cell[unsure].sum(dtype=float)) + beyond,
                )
            )
    return result


def _within(grid: Grid, outline: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells whose posts lie inside an outline (lon, lat)."""
    corners = np.column_stack(grid.colrow(outline[:, 0], outline[:, 1])) + 0.5
    return geometry_mask(
        [Polygon(corners)], out_shape=grid.shape, transform=Affine.identity(), invert=True
    )


def _outline(site: SiteCoverage, max_range_m: float | None) -> NDArray[np.float64]:
    return _sector(site, min(max_range_m or np.inf, site.spec.max_range_m))


def _sector(site: SiteCoverage, radius_m: float) -> NDArray[np.float64]:
    """Outline of a site's ring, or of its azimuth sector of the ring (lon, lat)."""
    antenna = site.spec.antenna
    outline = ring(antenna.lon, antenna.lat, radius_m, 3600)
    if antenna.az_sector_deg is None:
        return outline
    start, width = sector_width_deg(antenna.az_sector_deg)
    if width == 360.0:
        return outline
    az = np.linspace(start, start + width, max(3, math.ceil(10 * width)))
    arc = np.column_stack(
        geod().fwd(*np.broadcast_arrays(antenna.lon, antenna.lat, az, radius_m))[:2]
    )
    return np.vstack([[antenna.lon, antenna.lat], arc])


def _footprint(grid: Grid) -> Polygon:
    """Outline of the DEM (lon, lat), following its edges."""
    rows, cols = grid.shape
    n = 200
    c = np.linspace(-0.5, cols - 0.5, n)
    r = np.linspace(-0.5, rows - 0.5, n)
    edge_c = np.concatenate([c, np.full(n, c[-1]), c[::-1], np.full(n, c[0])])
    edge_r = np.concatenate([np.full(n, r[0]), r, np.full(n, r[-1]), r[::-1]])
    return Polygon(np.column_stack(grid.lonlat(edge_c, edge_r)))


def _equal_area_plane(coverage: Coverage) -> Any:
    """Maps lon/lat polygons to the ellipsoidal Lambert azimuthal equal-area plane (m)."""
    lon = float(np.mean([s.spec.antenna.lon for s in coverage.sites]))
    lat = float(np.mean([s.spec.antenna.lat for s in coverage.sites]))
    crs = CRS.from_proj4(f"+proj=laea +lat_0={lat} +lon_0={lon} +ellps=WGS84")
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
    return lambda polygon: shapely_transform(project, polygon).buffer(0)
