"""Reach of many units together: the area any of them holds, what one adds, how many overlap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.reach._cpu import count_units
from skyshade.reach.inbound import SiteReach
from skyshade.shown import Shown, count
from skyshade.terrain.geodesy import equal_area, geod, ring
from skyshade.uncertainty.drivers import Driver, drivers_of

CELL_M = 8_000.0  # finer changes the union by less than the width of its band


@dataclass(frozen=True, repr=False)
class ForceReach(Shown):
    """Reach of a force: several units over one set of draws.

    Areas are exact per unit (`SiteReach.area_m2`); what overlaps is measured on an equal-area grid
    of `CELL_M`, where a unit holds what lies between its first and last intercept.
    """

    sites: tuple[SiteReach, ...]

    @property
    def _in_short(self) -> str:
        return f"{count(len(self.sites), 'unit')} together"

    @cached_property
    def _plane(self) -> tuple[NDArray[np.int16], NDArray[np.float32], float]:
        """Azimuth index and distance of every cell from every unit, and the rings' union (m2)."""
        antennas = [s.unit.spec.antenna for s in self.sites]
        lon0 = float(np.mean([a.lon for a in antennas]))
        lat0 = float(np.mean([a.lat for a in antennas]))
        project = equal_area(lon0, lat0)
        outlines = [
            shapely.Polygon(
                np.column_stack(project.transform(*ring(a.lon, a.lat, s.ring_m, 720).T))
            )
            for a, s in zip(antennas, self.sites, strict=True)
        ]
        union = shapely.union_all(outlines)
        west, south, east, north = union.bounds
        x, y = np.meshgrid(np.arange(west, east, CELL_M), np.arange(south, north, CELL_M))
        inside = shapely.contains_xy(union, x, y)
        lon, lat = project.transform(x[inside], y[inside], direction="INVERSE")
        bins, distances = [], []
        for antenna, site in zip(antennas, self.sites, strict=True):
            start = np.full(len(lon), antenna.lon), np.full(len(lon), antenna.lat)
            az, _, d = geod().inv(*start, lon, lat)
            n = len(site.az_deg)
            bins.append(np.rint(np.mod(az, 360.0) * n / 360.0).astype(np.int16) % n)
            distances.append(np.minimum(d, 4e6).astype(np.float32))
        return np.stack(bins), np.stack(distances), float(union.area)

    @property
    def ring_area_m2(self) -> float:
        """Area of all rings together."""
        return self._plane[2]

    @cached_property
    def _count(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(altitudes, classes, rows) area of the union; (units, …) area held by one unit alone."""
        members = range(len(self.sites))
        shape = self.sites[0].first_m.shape
        first = np.stack([s.first_m.reshape(-1, shape[3]) for s in self.sites])
        last = np.stack([s.last_m.reshape(-1, shape[3]) for s in self.sites])
        held = sum(s.area_m2.reshape(-1) for s in self.sites)
        total, alone = self._union(members, first, last, np.asarray(held))
        return total.reshape(shape[:3]), alone.reshape(-1, *shape[:3])

    def _union(
        self,
        members: Sequence[int],
        first: NDArray[np.float32],
        last: NDArray[np.float32],
        held: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(rows,) area that some units hold together, (members, rows) what each holds alone.

        Parameters
        ----------
        first, last : (members, rows, azimuths). held : (rows,) their areas added up.
        """
        bins, distances, _ = self._plane
        rows = first.shape[1]
        last = np.where(first > 0, last, np.float32(1e9))
        total, between, alone = np.zeros(rows), np.zeros(rows), np.zeros((len(members), rows))
        chosen = list(members)
        count_units(first, last, bins[chosen], distances[chosen], CELL_M**2, total, alone, between)
        # what units really hold, beside what lies between their first and last intercepts
        scale = np.divide(held, between, out=np.ones_like(between), where=between > 0)
        return total * scale, alone * scale

    def held_m2(self, ids: Collection[str], altitude: int, target: int) -> NDArray[np.float64]:
        """(rows,) area in which at least one of these units can intercept."""
        members = [i for i, s in enumerate(self.sites) if s.unit.id in ids]
        sites = [self.sites[i] for i in members]
        return self._union(
            members,
            np.stack([s.first_m[altitude, target] for s in sites]),
            np.stack([s.last_m[altitude, target] for s in sites]),
            np.sum([s.area_m2[altitude, target] for s in sites], axis=0),
        )[0]

    @property
    def area_m2(self) -> NDArray[np.float64]:
        """(altitudes, classes, rows) area in which at least one unit can intercept."""
        return self._count[0]

    @property
    def alone_m2(self) -> NDArray[np.float64]:
        """(units, altitudes, classes, rows) area that would be lost with this unit: its margin."""
        return self._count[1]

    @cached_property
    def fraction_band(self) -> NDArray[np.float64]:
        """(3, altitudes, classes) share of the rings' union that is real: 5, 50, 95 %."""
        return self.sites[0].band(self.area_m2) / self.ring_area_m2

    @cached_property
    def _drivers(self) -> list[list[list[Driver]]]:
        return drivers_of(self.sites[0].draws, self.area_m2 / self.ring_area_m2)

    def drivers(self, altitude: int, target: int) -> list[Driver]:
        """What drives the share of the rings that is real, strongest first; empty without draws."""
        return self._drivers[altitude][target]
