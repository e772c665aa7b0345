"""Reach of many units together: the area any of them holds, what one adds, how many overlap."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.reach.inbound import SiteReach
from skyshade.shown import Shown, count
from skyshade.terrain.geodesy import curvature_radius_m, equal_area, geod, ring
from skyshade.uncertainty.drivers import Driver, drivers_of

CELL_M = 8_000.0  # finer changes the union by less than the width of its band
ROWS_AT_ONCE = 64  # bounds memory


class Seen(NamedTuple):
    """What of some cells lies inside one unit's ring: which, in which azimuth, how far (m).

    `own` marks the cell of the force's grid in which the unit stands: it holds something of that
    cell wherever it holds anything, so that no reach is too small to count.
    """

    cell: NDArray[np.intp]
    az_bin: NDArray[np.intp]
    dist_m: NDArray[np.float32]
    own: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cells:
    """Points that each stand for as many square metres or metres.

    Attributes
    ----------
    lon, lat : degrees. each_m : m2 of a cell, or m of a piece of a line.
    sites : the units whose reach is asked for.
    on_grid : whether these are cells of the force's own grid.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    each_m: float
    sites: tuple[SiteReach, ...]
    on_grid: bool = False

    @cached_property
    def seen(self) -> tuple[Seen, ...]:
        """For each unit, the cells in its ring."""
        found = []
        for site in self.sites:
            antenna, n = site.unit.spec.antenna, len(site.az_deg)
            start = np.full(len(self.lon), antenna.lon), np.full(len(self.lon), antenna.lat)
            az, _, dist = geod().inv(*start, self.lon, self.lat)
            inside = np.flatnonzero(dist <= max(float(site.first_m.max()), site.ring_m))
            turn = np.mod(np.asarray(az)[inside], 360.0) * n / 360.0
            found.append(
                Seen(
                    inside,
                    np.rint(turn).astype(np.intp) % n,
                    np.asarray(dist)[inside].astype(np.float32),
                    self.on_grid & (np.asarray(dist)[inside] <= CELL_M / math.sqrt(2)),
                )
            )
        return tuple(found)


class Held(NamedTuple):
    """What some units hold of cells, row by row of the draws (m2 or m).

    Attributes
    ----------
    total : (rows,) that at least one unit holds. alone : (units, rows) that no other does.
    """

    total: NDArray[np.float64]
    alone: NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class ForceReach(Shown):
    """Reach of a force: several units over one set of draws.

    Areas are exact per unit (`SiteReach.area_m2`). What overlaps is measured on an equal-area grid
    of `CELL_M`: of a cell between a unit's first and last intercept the unit holds the share that
    it holds of all between the two, and where units overlap their gaps are independent. One more
    unit never makes the area smaller.
    """

    sites: tuple[SiteReach, ...]
    _parts: dict[tuple[int, int], list[NDArray[np.float64]]] = field(
        default_factory=dict, init=False, compare=False
    )

    @property
    def _in_short(self) -> str:
        return f"{count(len(self.sites), 'unit')} together"

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the equal-area plane."""
        antennas = [s.unit.spec.antenna for s in self.sites]
        return float(np.mean([a.lon for a in antennas])), float(np.mean([a.lat for a in antennas]))

    @cached_property
    def rings(self) -> Any:
        """All rings together, as a shape in the equal-area plane (m)."""
        plane = equal_area(*self.centre)
        outlines = []
        for site in self.sites:
            antenna = site.unit.spec.antenna
            outline = ring(antenna.lon, antenna.lat, site.ring_m, 720)
            outlines.append(shapely.Polygon(np.column_stack(plane.transform(*outline.T))))
        return shapely.union_all(outlines)

    @cached_property
    def cells(self) -> Cells:
        """The cells of all rings."""
        return cells_inside(self, self.rings)

    @property
    def ring_area_m2(self) -> float:
        """Area of all rings together."""
        return float(self.rings.area)

    @cached_property
    def _count(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(altitudes, classes, rows) area of the union; (units, …) area held by one unit alone."""
        shape = self.sites[0].first_m.shape[:3]
        total, alone = np.zeros(shape), np.zeros((len(self.sites), *shape))
        for a in range(shape[0]):
            for t in range(shape[1]):
                total[a, t], alone[:, a, t] = self._held(self.cells, range(len(self.sites)), a, t)
        return total, alone

    @property
    def _rows(self) -> list[slice]:
        """The rows of the draws in parts."""
        rows = self.sites[0].first_m.shape[2]
        return [slice(at, min(at + ROWS_AT_ONCE, rows)) for at in range(0, rows, ROWS_AT_ONCE)]

    def _share(self, altitude: int, target: int, cells: Cells) -> list[NDArray[np.float64]]:
        """For each unit, (rows,) what it holds of what lies between first and last intercept."""
        if not cells.on_grid:
            found = []
            for site in self.sites:
                first, last = site.first_m[altitude, target], site.last_m[altitude, target]
                radius = float(curvature_radius_m(site.unit.spec.antenna.lat, 45.0))
                wedge = 2 * math.pi * radius**2 / len(site.az_deg)
                up_to, since = (np.cos(r.astype(float) / radius) for r in (first, last))
                between = wedge * np.where(first > 0, since - up_to, 0.0).sum(axis=1)
                held = site.area_m2[altitude, target]
                some = np.divide(held, between, out=np.zeros_like(held), where=between > 0)
                found.append(np.minimum(some, 1.0))
            return found
        if (altitude, target) not in self._parts:
            found = []
            for site, seen in zip(self.sites, self.cells.seen, strict=True):
                n = [_inside(site, seen, altitude, target, rows).sum(axis=0) for rows in self._rows]
                held = site.area_m2[altitude, target]
                found.append(held / (np.maximum(np.concatenate(n), 1) * self.cells.each_m))
            self._parts[altitude, target] = found
        return self._parts[altitude, target]

    def _held(self, cells: Cells, members: Sequence[int], altitude: int, target: int) -> Held:
        n_rows = self.sites[0].first_m.shape[2]
        total, alone = np.zeros(n_rows), np.zeros((len(members), n_rows))
        share = self._share(altitude, target, cells)
        for rows in self._rows:
            shape = len(cells.lon), len(total[rows])
            best, missed = np.zeros(shape, np.float32), np.ones(shape, np.float32)
            n = np.zeros(shape, np.uint8)
            mine = []
            for i in members:
                at = cells.seen[i].cell
                inside = _inside(self.sites[i], cells.seen[i], altitude, target, rows)
                holds = inside * share[i][rows].astype(np.float32)
                n[at] += inside
                best[at] = np.maximum(best[at], holds)
                missed[at] *= 1 - np.minimum(holds, 1)
                mine.append((at, holds))
            held = np.maximum(best, 1 - missed)
            total[rows] = cells.each_m * held.sum(axis=0, dtype=float)
            for k, (at, holds) in enumerate(mine):
                only = np.where(n[at] == 1, holds, 0)
                alone[k, rows] = cells.each_m * only.sum(axis=0, dtype=float)
        return Held(total, alone)

    def held_in(
        self, cells: Cells, ids: Collection[str], altitude: int, target: int
    ) -> NDArray[np.float64]:
        """(rows,) m2 or m of these cells in which at least one of these units can intercept."""
        members = [i for i, s in enumerate(self.sites) if s.unit.id in ids]
        return self._held(cells, members, altitude, target).total

    def held_m2(self, ids: Collection[str], altitude: int, target: int) -> NDArray[np.float64]:
        """(rows,) area in which at least one of these units can intercept."""
        return self.held_in(self.cells, ids, altitude, target)

    @property
    def area_m2(self) -> NDArray[np.float64]:
        """(altitudes, classes, rows) area in which at least one unit can intercept."""
        return self._count[0]

    @property
    def alone_m2(self) -> NDArray[np.float64]:
        """(units, altitudes, classes, rows) area that would be lost with this unit: its margin."""
        return self._count[1]

    @cached_property
    def area_band(self) -> NDArray[np.float64]:
        """(3, altitudes, classes) area in which at least one unit can intercept: 5, 50, 95 %."""
        return self.sites[0].band(self.area_m2)

    @cached_property
    def fraction_band(self) -> NDArray[np.float64]:
        """(3, altitudes, classes) share of the rings' union that is real: 5, 50, 95 %."""
        return self.area_band / self.ring_area_m2

    @cached_property
    def _drivers(self) -> list[list[list[Driver]]]:
        return drivers_of(self.sites[0].draws, self.area_m2 / self.ring_area_m2)

    def drivers(self, altitude: int, target: int) -> list[Driver]:
        """What drives the share of the rings that is real, strongest first; empty without draws."""
        return self._drivers[altitude][target]


def _inside(
    site: SiteReach, seen: Seen, altitude: int, target: int, rows: slice
) -> NDArray[np.bool_]:
    """(cells, rows) whether a cell lies between the first and the last intercept."""
    first, last = (
        np.ascontiguousarray(r[altitude, target, rows].T).take(seen.az_bin, axis=0)
        for r in (site.first_m, site.last_m)
    )
    dist = seen.dist_m[:, None]
    inside = np.asarray((last <= dist) & (dist <= first))
    inside[seen.own] |= site.first_m[altitude, target, rows].max(axis=1) > 0
    return inside


def cells_inside(force: ForceReach, shape: Any, parts: int = 1) -> Cells:
    """The cells of a force's grid whose middles lie in a shape and in some ring.

    Parameters
    ----------
    shape : in the force's equal-area plane (m).
    parts : so many cells stand in the place of one, along each axis.
    """
    step = CELL_M / parts
    west, south = (float(v) for v in force.rings.bounds[:2])
    area = shape if shape is force.rings else shapely.intersection(shape, force.rings)
    if area.is_empty:
        return Cells(np.zeros(0), np.zeros(0), step**2, force.sites, parts == 1)
    left, low, right, high = area.bounds
    x, y = np.meshgrid(
        np.arange(west + math.floor((left - west) / step) * step, right, step),
        np.arange(south + math.floor((low - south) / step) * step, high, step),
    )
    inside = shapely.contains_xy(area, x, y)
    lon, lat = equal_area(*force.centre).transform(x[inside], y[inside], direction="INVERSE")
    return Cells(lon, lat, step**2, force.sites, parts == 1)
