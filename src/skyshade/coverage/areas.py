"""Visible area beside the ring: per site and over the force, on the ellipsoid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely import Polygon, unary_union
from shapely.ops import transform as shapely_transform

from skyshade.coverage.model import Area, Coverage, SiteCoverage
from skyshade.terrain.geodesy import polar_coordinates, ring
from skyshade.terrain.model import Grid


def force_areas(coverage: Coverage, max_range_m: float | None = None) -> list[Area]:
    """Areas for each site and, if there are several, for the force ("force")."""
    plane = _equal_area_plane(coverage)
    footprint = plane(_footprint(coverage.dem.grid))
    limits = [_limit(coverage, site, max_range_m) for site in coverage.sites]
    rings = [
        plane(Polygon(_sector(site, radius)))
        for site, (radius, _) in zip(coverage.sites, limits, strict=True)
    ]
    groups = [
        (site.spec.id, [i]) for i, site in enumerate(coverage.sites)
    ]  # fmt: skip
    if len(coverage.sites) > 1:
        groups.append(("force", list(range(len(coverage.sites)))))
    cell = coverage.cell_area_m2.astype(float)
    result = []
    for altitude in coverage.altitudes:
        sees = [
            coverage.site_sees(site, altitude) & inside
            for site, (_, inside) in zip(coverage.sites, limits, strict=True)
        ]
        for who, members in groups:
            outline = unary_union([rings[i] for i in members])
            visible = np.logical_or.reduce([sees[i] for i in members])
            unknown = np.logical_or.reduce(
                [_unknown(coverage, coverage.sites[i]) & limits[i][1] for i in members]
            )
            result.append(
                Area(
                    who=who,
                    altitude=altitude,
                    ring_m2=outline.area,
                    visible_m2=float(cell[visible].sum()),
                    unknown_m2=float(cell[unknown & ~visible].sum())
                    + outline.difference(footprint).area,
                )
            )
    return result


def _unknown(coverage: Coverage, site: SiteCoverage) -> NDArray[np.bool_]:
    return np.isposinf(site.masking_m)


def _limit(
    coverage: Coverage, site: SiteCoverage, max_range_m: float | None
) -> tuple[float, NDArray[np.bool_] | bool]:
    """Radius that counts for a site, and the cells within it."""
    if max_range_m is None or max_range_m >= site.spec.max_range_m:
        return site.spec.max_range_m, True
    antenna = site.spec.antenna
    distance, _ = polar_coordinates(coverage.dem.grid, antenna.lon, antenna.lat)
    return max_range_m, distance <= max_range_m


def _sector(site: SiteCoverage, radius_m: float) -> NDArray[np.float64]:
    """Outline of a site's ring, or of its azimuth sector of the ring (lon, lat)."""
    antenna = site.spec.antenna
    outline = ring(antenna.lon, antenna.lat, radius_m, 3600)
    if antenna.az_sector_deg is None:
        return outline
    start, end = antenna.az_sector_deg
    az = start + np.arange(0, np.mod(end - start, 360.0) + 0.05, 0.1)
    arc = outline[np.round(np.mod(az, 360.0) * 10).astype(int) % 3600]
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
