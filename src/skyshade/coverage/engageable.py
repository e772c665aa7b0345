"""Engageable: where an intercept is possible at all, cell by cell, whatever way a target came.

A target at a place and altitude is *engageable* by a unit if the engagement radar sees it and its
echo is strong enough there, and some missile's envelope and fly-out table reach it. Detection in
time and the flight of the missile towards a moving target are not part of it: that is reach.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.fire_unit import D_ALT_M, D_RANGE_M, FireUnit
from skyshade.coverage.model import Coverage, SiteCoverage
from skyshade.coverage.reach import needed_log_snr
from skyshade.flyout.model import Missile
from skyshade.radar.attenuation import path_attenuation, two_way_log_loss
from skyshade.radar.model import Target
from skyshade.radar.ranges import log_snr_at
from skyshade.terrain.geodesy import polar_coordinates
from skyshade.terrain.model import Altitude

NOT_ENGAGEABLE = np.float32(np.inf)


@dataclass(frozen=True, eq=False)
class SiteEngageable:
    """One unit over one terrain.

    Attributes
    ----------
    site : its view from the engagement radar's antenna (masking altitude).
    """

    unit: FireUnit
    site: SiteCoverage
    coverage: Coverage

    @cached_property
    def _distance(self) -> NDArray[np.float32]:
        """Ground range (m) of the cells of the site's window."""
        rows, cols = self.site.window
        shape = (rows.stop - rows.start, cols.stop - cols.start)
        grid = self.coverage.dem.grid.window(rows.start, cols.start, shape)
        antenna = self.site.spec.antenna
        return polar_coordinates(grid, antenna.lon, antenna.lat)[0].astype(np.float32)

    @property
    def _ground(self) -> NDArray[np.float32]:
        return self.coverage.ground_m[self.site.window].astype(np.float32)

    def _in_range(self, target: Target) -> Iterator[tuple[Missile, NDArray, NDArray, NDArray]]:
        """Each missile that is fast enough for the target, and where its range lets it be met.

        Yields the missile, the cells within its range, and per cell the lowest and the highest
        altitude (m MSL) that its table reaches there.
        """
        d = self._distance
        for family in self.unit.missiles:
            missile = family.missile
            if (missile.target_speed_max_mps or math.inf) < target.speed_mps:
                continue
            finite = np.isfinite(family.time_s[1])
            top = finite.shape[0] - 1
            low = np.where(finite.any(0), finite.argmax(0) * D_ALT_M, np.inf)
            high = np.where(finite.any(0), (top - finite[::-1].argmax(0)) * D_ALT_M, -np.inf)
            column = np.minimum(np.ceil(d / D_RANGE_M).astype(int), finite.shape[1] - 1)
            within = (d <= missile.range_max_m) & (d >= missile.range_min_m)
            yield missile, within, low.astype(np.float32)[column], high.astype(np.float32)[column]

    def _strong(self, target: Target, alt_msl: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Cells where the echo is strong enough for the engagement radar."""
        radar = self.unit.engagement
        d, above = self._distance, np.maximum(alt_msl - self.site.antenna_msl_m, 0.0)
        # air matters little: its loss is read at the altitude and range that matter, in one look-up
        base = log_snr_at(radar, 1.0, target.rcs_m2, attenuation=False)
        table = path_attenuation(radar.freq_hz)
        at_reference = two_way_log_loss(table, radar.reference_range_m, radar.reference_alt_m)
        slant = np.hypot(d, above)
        free = base - at_reference - 4.0 * np.log(np.maximum(slant, 1.0)) >= needed_log_snr(radar)
        result = np.zeros(d.shape, bool)
        near = free & np.isfinite(alt_msl)
        loss = two_way_log_loss(table, d[near], above[near])
        result[near] = (
            base - at_reference + loss - 4.0 * np.log(np.maximum(slant[near], 1.0))
        ) >= needed_log_snr(radar)
        return result

    def lowest(self, target: Target) -> NDArray[np.float32]:
        """Lowest engageable altitude (m MSL) on the site's window; +inf where there is none."""
        masking, ground, d = self.site.masking_m[self.site.window], self._ground, self._distance
        best = np.full(d.shape, NOT_ENGAGEABLE)
        for missile, within, low, high in self._in_range(target):
            with np.errstate(invalid="ignore"):
                h = np.maximum(np.maximum(masking, ground + missile.alt_min_m), low)
                meets = within & (h <= np.minimum(missile.alt_max_m, high))
            best = np.where(meets & (h < best), h, best)
        if self.site.ceiling_m is not None:
            best[best > self.site.ceiling_m[self.site.window]] = NOT_ENGAGEABLE
        return np.where(self._strong(target, best), best, NOT_ENGAGEABLE).astype(np.float32)

    def at(self, target: Target, altitude: Altitude) -> NDArray[np.bool_]:
        """Cells of the site's window where a target at this altitude is engageable."""
        d, ground = self._distance, self._ground
        msl = np.broadcast_to(np.asarray(altitude.msl(ground), np.float32), d.shape)
        reached = np.zeros(d.shape, bool)
        for missile, within, low, high in self._in_range(target):
            with np.errstate(invalid="ignore"):
                reached |= (
                    within & (msl - ground >= missile.alt_min_m) & (msl <= missile.alt_max_m)
                    & (msl >= low) & (msl <= high)
                )  # fmt: skip
        seen = self.coverage.seen_in_window(self.site, altitude)
        return reached & seen & self._strong(target, msl)


@dataclass(frozen=True, eq=False)
class Engageable:
    """A force's engageable airspace on the terrain's grid."""

    sites: tuple[SiteEngageable, ...]
    coverage: Coverage

    def n_units(self, target: Target, altitude: Altitude) -> NDArray[np.uint8]:
        """Number of units that can engage a target at this altitude, per cell (k of n)."""
        total = np.zeros(self.coverage.dem.grid.shape, np.uint8)
        for site in self.sites:
            total[site.site.window] += site.at(target, altitude)
        return total

    def lowest_m(self, target: Target) -> NDArray[np.float32]:
        """Lowest altitude (m MSL) at which any unit can engage; NaN where none can at any."""
        best = np.full(self.coverage.dem.grid.shape, NOT_ENGAGEABLE)
        for site in self.sites:
            best[site.site.window] = np.minimum(best[site.site.window], site.lowest(target))
        return np.where(np.isfinite(best), best, np.float32(np.nan))


def engageable(coverage: Coverage, units: Sequence[FireUnit]) -> Engageable:
    """The engageable airspace of units whose coverage, from their engagement radars, is given."""
    by_id = {unit.id: unit for unit in units}
    return Engageable(
        tuple(SiteEngageable(by_id[s.spec.id], s, coverage) for s in coverage.sites), coverage
    )
