"""Engageable: where an intercept is possible at all, cell by cell, whatever way a target came.

A target at a place and altitude is *engageable* by a unit if the engagement radar sees it and its
echo is strong enough there, and some missile's envelope and fly-out table reach it. Detection in
time and the flight of the missile towards a moving target are not part of it: that is reach.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage, SiteCoverage
from skyshade.fireunit._cpu import times_of_flight
from skyshade.fireunit.limits import range_max_m
from skyshade.fireunit.missiles import D_ALT_M, altitudes_reached, fast_enough
from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.signal import excess_log_snr
from skyshade.radar.model import Target
from skyshade.shown import Brief, Plotted, count
from skyshade.terrain.geodesy import distances_m, ring
from skyshade.terrain.model import Altitude

NOT_ENGAGEABLE = np.float32(np.inf)
HEARD_D_M = 200.0  # between ground ranges at which the strength of echoes is worked out


@dataclass(frozen=True, eq=False, repr=False)
class SiteEngageable(Brief):
    """One unit over one terrain.

    Attributes
    ----------
    site : its view from the engagement radar's antenna (masking altitude).
    """

    unit: FireUnit
    site: SiteCoverage
    coverage: Coverage

    @property
    def _in_short(self) -> str:
        return f"{self.unit.spec.name} over {self.coverage.dem.name}"

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the grid that both the radar and the longest missile may reach."""
        antenna, grid = self.site.spec.antenna, self.coverage.dem.grid
        outline = ring(antenna.lon, antenna.lat, self.unit.missiles[0].missile.range_max_m, 360)
        col, row = grid.colrow(*outline.T)
        parts = []
        for served, edge in zip(self.site.window, (row, col), strict=True):
            start = max(served.start, math.floor(edge.min()) - 1)
            parts.append(slice(start, max(start, min(served.stop, math.ceil(edge.max()) + 2))))
        return parts[0], parts[1]

    @cached_property
    def _distance(self) -> NDArray[np.float32]:
        """Ground range (m) of the cells of the window."""
        rows, cols = self.window
        shape = (rows.stop - rows.start, cols.stop - cols.start)
        grid = self.coverage.dem.grid.window(rows.start, cols.start, shape)
        antenna = self.site.spec.antenna
        return distances_m(grid, antenna.lon, antenna.lat).astype(np.float32)

    @property
    def _ground(self) -> NDArray[np.float32]:
        return self.coverage.ground_m[self.window].astype(np.float32)

    def _strong(self, target: Target, alt_msl: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Cells where the echo is strong enough for the engagement radar."""
        above = np.maximum(np.nan_to_num(alt_msl) - self.site.antenna_msl_m, 0.0)
        excess = excess_log_snr(self.unit.engagement, target, self._distance, above)
        return np.asarray((excess >= 0.0) & np.isfinite(alt_msl))

    def _heard(self, target: Target) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Ground ranges (m), and the lowest and highest altitude (m MSL) of strong echoes there.

        Low down the air takes more of an echo, high up the distance does, so what lies between the
        two is one piece; +inf and -inf where no echo is strong enough.
        """
        d = np.arange(0.0, self.unit.missiles[0].missile.range_max_m + HEARD_D_M, HEARD_D_M)
        above = np.arange(0.0, self.unit.top_m + D_ALT_M, D_ALT_M)
        excess = excess_log_snr(self.unit.engagement, target, d[:, None], above[None, :])
        strong = excess >= 0.0
        rows, last = np.arange(len(d)), len(above) - 1
        ends = []
        for inside, step in ((strong.argmax(1), -1), (last - strong[:, ::-1].argmax(1), 1)):
            beyond = np.clip(inside + step, 0, last)
            here, there = excess[rows, inside], excess[rows, beyond]
            part = np.where(
                beyond == inside, 0.0, here / np.where(here == there, 1.0, here - there)
            )
            ends.append(above[inside] + part * (above[beyond] - above[inside]))
        some = strong.any(1)
        mast = self.site.antenna_msl_m
        low = np.where(
            some, np.where(strong[:, 0], -NOT_ENGAGEABLE, mast + ends[0]), NOT_ENGAGEABLE
        )
        return d, low, np.where(some, mast + ends[1], -NOT_ENGAGEABLE)

    def lowest(self, target: Target) -> NDArray[np.float32]:
        """Lowest engageable altitude (m MSL) on the window; +inf where there is none."""
        return self.span(target)[0]

    def span(self, target: Target) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest engageable altitude (m MSL) on the window; +inf, -inf without any.

        Between the two there may be a gap where the envelopes of two missiles do not meet.
        """
        masking, ground, d = self.site.masking_m[self.window], self._ground, self._distance
        low, top = np.full(d.shape, NOT_ENGAGEABLE), np.full(d.shape, -NOT_ENGAGEABLE)
        up_to = self.site.ceiling_m
        ceiling = NOT_ENGAGEABLE if up_to is None else up_to[self.window]
        for least, most in altitudes_reached(self.unit.missiles, target, d, ground):
            bottom, roof = np.maximum(masking, least), np.minimum(most, ceiling)
            with np.errstate(invalid="ignore"):
                meets = bottom <= roof
            np.minimum(low, bottom, out=low, where=meets)
            np.maximum(top, roof, out=top, where=meets)
        ranges, heard_low, heard_top = self._heard(target)
        column = np.rint(d / HEARD_D_M).astype(np.int32)
        column = np.minimum(column, len(ranges) - 1)
        low = np.maximum(low, heard_low.astype(np.float32)[column])
        top = np.minimum(top, heard_top.astype(np.float32)[column])
        none = ~(low <= top)
        low[none], top[none] = NOT_ENGAGEABLE, -NOT_ENGAGEABLE
        return low, top

    def at(self, target: Target, altitude: Altitude) -> NDArray[np.bool_]:
        """Cells of the window where a target at this altitude is engageable."""
        d, ground = self._distance, self._ground
        msl = np.broadcast_to(np.asarray(altitude.msl(ground), np.float32), d.shape)
        seen = self.coverage.seen_in_window(self.site, altitude, self.window)
        possible = seen & self._strong(target, msl)
        reached = np.zeros(d.shape, bool)
        reached[possible] = self._reached(
            target, d[possible], msl[possible], (msl - ground)[possible]
        )
        return reached

    def _reached(
        self,
        target: Target,
        dist: NDArray[np.float32],
        alt: NDArray[np.float32],
        agl: NDArray[np.float32],
    ) -> NDArray[np.bool_]:
        """(places,) whether any missile's limits and fly-out table reach the target there."""
        time_s = np.empty((len(self.unit.missiles), len(dist)))
        farthest = np.array([range_max_m(f.missile, target) for f in self.unit.missiles])
        times_of_flight(self.unit.tables, farthest, dist, alt, agl, time_s)
        takes = fast_enough(self.unit.tables.target_speed_max_mps, target)
        return np.asarray(np.isfinite(time_s[takes]).any(axis=0))


@dataclass(frozen=True, eq=False, repr=False)
class Engageable(Plotted):
    """A force's engageable airspace on the terrain's grid."""

    sites: tuple[SiteEngageable, ...]
    coverage: Coverage

    @property
    def _in_short(self) -> str:
        return f"{count(len(self.sites), 'unit')} over {self.coverage.dem.name}"

    def n_units(self, target: Target, altitude: Altitude) -> NDArray[np.uint8]:
        """Number of units that can engage a target at this altitude, per cell (k of n)."""
        return self.counts(target, altitude)[0]

    def counts(
        self, target: Target, altitude: Altitude
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Per cell, how many units can engage, and which one where it is one only (1 to n, or 0).

        What only one unit can engage would be lost with it.
        """
        total = np.zeros(self.coverage.dem.grid.shape, np.uint8)
        who = np.zeros(self.coverage.dem.grid.shape, np.uint8)
        for i, site in enumerate(self.sites, start=1):
            engages = site.at(target, altitude)
            total[site.window] += engages
            who[site.window][engages] = i
        who[total != 1] = 0
        return total, who

    def lowest_m(self, target: Target) -> NDArray[np.float32]:
        """Lowest altitude (m MSL) at which any unit can engage; NaN where none can at any."""
        best = np.full(self.coverage.dem.grid.shape, NOT_ENGAGEABLE)
        for site in self.sites:
            best[site.window] = np.minimum(best[site.window], site.lowest(target))
        return np.where(np.isfinite(best), best, np.float32(np.nan))

    def to_xarray(self, targets: Sequence[Target], altitudes: Sequence[Altitude]) -> Any:
        """An xarray Dataset: lowest engageable altitude, counts, and where one unit stands alone.

        `only_unit` numbers the units from 1, in the order of its attribute `units`; 0 elsewhere.
        """
        import xarray as xr

        axes = self.coverage.dem.grid.axes()
        counts = [[self.counts(t, a) for a in altitudes] for t in targets]
        cells = ("target", "altitude", *axes)
        return xr.Dataset(
            {
                "lowest_engageable_m": (
                    ("target", *axes),
                    np.stack([self.lowest_m(t) for t in targets]),
                    {"units": "m", "long_name": "lowest engageable altitude above mean sea level"},
                ),
                "n_engageable": (
                    cells,
                    np.stack([[n for n, _ in row] for row in counts]),
                    {"units": "1", "long_name": "number of units that can engage"},
                ),
                "only_unit": (
                    cells,
                    np.stack([[who for _, who in row] for row in counts]),
                    {"units": "1", "long_name": "the only unit that can engage, or 0"},
                ),
            },
            {
                **axes,
                "target": [t.id for t in targets],
                "altitude": [a.label for a in altitudes],
            },
            {
                "crs": self.coverage.dem.grid.crs_wkt,
                "dem": self.coverage.dem.name,
                "units": [s.unit.id for s in self.sites],
            },
        )


def engageable(coverage: Coverage, units: Sequence[FireUnit]) -> Engageable:
    """The engageable airspace of units whose coverage, from their engagement radars, is given."""
    by_id = {unit.id: unit for unit in units}
    return Engageable(
        tuple(SiteEngageable(by_id[s.spec.id], s, coverage) for s in coverage.sites), coverage
    )
