"""Visible area beside the ring: per site and over the force, on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from shapely import Polygon, unary_union

from skyshade.coverage.model import Area, Coverage, SiteCoverage
from skyshade.terrain.geodesy import equal_area, geod, ring
from skyshade.terrain.model import Grid
from skyshade.terrain.sweep import sector_width_deg

WITH_SENSORS = " with sensors"


def visible_areas(
    coverage: Coverage,
    groups: Mapping[str, Sequence[str]] | None = None,
    max_range_m: float | None = None,
) -> list[Area]:
    """Areas per group of sites and altitude.

    Parameters
    ----------
    groups : name to site ids; by default each site and, if there are several, the "force". Where
        there are radars in the air, each of them and what the whole force sees with them follow:
        of the same ring, so that the two shares can be compared.
    max_range_m : count only inside this radius around each site.
    """
    helpers: dict[str, list[int]] = {}
    if groups is None:
        ids = [site.spec.id for site in coverage.sites]
        groups = {id_: [id_] for id_ in ids} | ({"force": ids} if len(ids) > 1 else {})
        if coverage.sensors:
            whole = list(groups)[-1]
            aloft = [sensor.spec.id for sensor in coverage.sensors]
            groups |= {id_: [id_] for id_ in aloft} | {with_sensors(whole): ids}
            helpers = {with_sensors(whole): list(range(len(ids), len(ids) + len(aloft)))}
    coverage = replace(coverage, sites=(*coverage.sites, *coverage.sensors), sensors=())
    index = {site.spec.id: i for i, site in enumerate(coverage.sites)}
    plane = _equal_area_plane(coverage)
    footprint = plane(_footprint(coverage.dem.grid))
    outlines = [_outline(site, max_range_m) for site in coverage.sites]
    rings = [plane(Polygon(outline)) for outline in outlines]
    members = {who: [index[id_] for id_ in ids] for who, ids in groups.items()}
    sums: dict[str, list[_Sums]] = {who: [] for who in groups}
    for _, part in coverage.by_rows():
        for who, found in _cells(part, members, helpers, outlines, max_range_m).items():
            sums[who].append(found)
    frames = {who: _frame(ids, footprint, rings) for who, ids in members.items()}
    result = []
    for i, altitude in enumerate(coverage.altitudes):
        for who in members:
            frame = frames[who]
            counted = sum(s.counted_m2 for s in sums[who])
            scale = (frame.ring_m2 - frame.beyond_m2) / counted if counted else 0.0
            result.append(
                Area(
                    who=who,
                    altitude=altitude,
                    ring_m2=frame.ring_m2,
                    visible_m2=scale * sum(s.visible_m2[i] for s in sums[who]),
                    unknown_m2=scale * sum(s.unsure_m2[i] for s in sums[who]) + frame.beyond_m2,
                    poor_m2=scale * sum(s.poor_m2 for s in sums[who]),
                )
            )
    return result


def with_sensors(who: str) -> str:
    """How what a site or force sees with radars in the air is called.

    >>> with_sensors("force")
    'force with sensors'
    """
    return f"{who}{WITH_SENSORS}"


class _Sums(NamedTuple):
    """Area of the cells of a group's rings in some rows (m2); two of them per altitude.

    Cells count whole or not at all, so their sum misses the ring by up to a rim of half cells.
    """

    counted_m2: float
    poor_m2: float
    visible_m2: list[float]
    unsure_m2: list[float]


class _Frame(NamedTuple):
    """What of a group's rings does not depend on cells: their area, and how much lies beyond."""

    ring_m2: float
    beyond_m2: float  # of it beyond the DEM


def _frame(ids: list[int], footprint: Any, rings: list[Any]) -> _Frame:
    outline = unary_union([rings[i] for i in ids])
    return _Frame(outline.area, outline.difference(footprint).area)


def _cells(
    coverage: Coverage,
    members: Mapping[str, list[int]],
    helpers: Mapping[str, list[int]],
    outlines: list[NDArray[np.float64]],
    max_range_m: float | None,
) -> dict[str, _Sums]:
    """What the cells of each group add up to.

    Parameters
    ----------
    members : sites whose rings count. helpers : others whose sight counts inside these rings.
    """
    served, unknown = [], []
    for site, outline in zip(coverage.sites, outlines, strict=True):
        masking = site.masking_m[site.window]
        inside = ~np.isnan(masking)
        if max_range_m is not None and max_range_m < site.spec.max_range_m:
            inside &= _within(coverage.dem.grid, outline)[site.window]
        served.append(inside)
        unknown.append(inside & np.isposinf(masking))
    found = {}
    for who, ids in members.items():
        inside = _union(coverage, ids, served)
        window = coverage.sites[ids[0]].window if len(ids) == 1 else ...
        poor = _sum(coverage, ids, inside & coverage.poor[window])
        found[who] = _Sums(_sum(coverage, ids, inside), poor, [], [])
    for altitude in coverage.altitudes:
        sees = [
            coverage.seen_in_window(site, altitude) & inside
            for site, inside in zip(coverage.sites, served, strict=True)
        ]
        for who, ids in members.items():
            visible = _union(coverage, ids, sees)
            if who in helpers:
                whole = _union(coverage, [*ids, *helpers[who]], sees)
                window = coverage.sites[ids[0]].window if len(ids) == 1 else ...
                visible = whole[window] & _union(coverage, ids, served)
            found[who].visible_m2.append(_sum(coverage, ids, visible))
            unsure = _union(coverage, ids, unknown) & ~visible
            found[who].unsure_m2.append(_sum(coverage, ids, unsure))
    return found


def _union(coverage: Coverage, ids: list[int], masks: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Union of masks on sites' windows: on the window of a single site, else on the grid."""
    if len(ids) == 1:
        return masks[ids[0]]
    whole = np.zeros(coverage.dem.grid.shape, bool)
    for i in ids:
        whole[coverage.sites[i].window] |= masks[i]
    return whole


def _sum(coverage: Coverage, ids: list[int], mask: NDArray[np.bool_]) -> float:
    """Area of the cells of a union (m2)."""
    window = coverage.sites[ids[0]].window if len(ids) == 1 else ...
    cells = coverage.cell_area_m2[window]
    if mask.size and coverage.cells_are_even:
        return float(np.count_nonzero(mask, axis=1) @ cells[:, 0].astype(float))
    # as np.sum(..., where=mask), which takes from twice to nine times as long
    return float(np.einsum("ij,ij->", cells, mask, dtype=float))


def _within(grid: Grid, outline: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells whose posts lie inside an outline (lon, lat)."""
    corners = np.column_stack(grid.colrow(outline[:, 0], outline[:, 1]))
    posts = Affine.translation(-0.5, -0.5)  # posts are at the centres of cells
    return np.asarray(
        geometry_mask([Polygon(corners)], out_shape=grid.shape, transform=posts, invert=True)
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
    project = equal_area(lon, lat).transform

    def to_plane(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(project(lonlat[:, 0], lonlat[:, 1]))

    return lambda polygon: shapely.transform(polygon, to_plane).buffer(0)
