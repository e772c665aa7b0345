"""Coverage of one or many sites on one grid, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.memory import is_large, release, scratch_array, slabs
from skyshade.shown import Brief, Mapped, count
from skyshade.terrain.geodesy import cell_area_m2
from skyshade.terrain.model import Altitude, Antenna, Dem
from skyshade.terrain.rays import NEAR_RAYS_PER_FAN

MAP_CELLS = 10_000_000  # of maps, outlines and engageable areas of large terrain


@dataclass(frozen=True)
class SiteSpec:
    """A site to be covered: where its antenna stands and how far its radar is instrumented.

    Attributes
    ----------
    near_rays : fewest rays of the sweep per quarter of the circle.
    """

    id: str
    name: str
    antenna: Antenna
    max_range_m: float
    near_rays: int = NEAR_RAYS_PER_FAN


@dataclass(frozen=True, repr=False)
class SiteCoverage(Brief):
    """One site's view.

    Attributes
    ----------
    antenna_msl_m : altitude of the antenna.
    masking_m : (rows, columns) float32, lowest visible altitude (m MSL); NaN out of range or
        sector, +inf where it is not known.
    ceiling_m : highest altitude under the upper elevation limit, or None where that is overhead.
    """

    spec: SiteSpec
    antenna_msl_m: float
    masking_m: NDArray[np.float32]
    ceiling_m: NDArray[np.float32] | None = None

    @property
    def _in_short(self) -> str:
        size = _size(self.masking_m.shape)
        return f"{self.spec.name}, antenna {self.antenna_msl_m:.0f} m MSL, {size}"

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the grid that the site's ring touches."""
        in_row = np.zeros(self.masking_m.shape[0], bool)
        in_column = np.zeros(self.masking_m.shape[1], bool)
        for rows in slabs(self.masking_m.shape):
            served = ~np.isnan(self.masking_m[rows])
            in_row[rows] = served.any(axis=1)
            in_column |= served.any(axis=0)
        spans = []
        for served in (in_row, in_column):
            hit = np.nonzero(served)[0]
            spans.append(slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0))
        return spans[0], spans[1]


@dataclass(frozen=True)
class Area:
    """How much of a ring is visible at one altitude, in m2 on the ellipsoid.

    visible + masked + unknown = ring, whose area is that of the outline itself; cells are scaled
    to add up to it. `poor_m2` of the ring is terrain whose heights are known to be bad, whatever
    is seen there.
    """

    who: str
    altitude: Altitude
    ring_m2: float
    visible_m2: float
    unknown_m2: float
    poor_m2: float

    @property
    def masked_m2(self) -> float:
        """Part of the ring that terrain hides from the radar: neither visible nor unknown."""
        return max(self.ring_m2 - self.visible_m2 - self.unknown_m2, 0.0)

    @property
    def visible_frac(self) -> float:
        """Share (0 to 1) of the ring that is visible, unknown terrain counted as not visible."""
        return self.visible_m2 / self.ring_m2

    @property
    def unknown_frac(self) -> float:
        """Share (0 to 1) of the ring where missing terrain leaves visibility undecided."""
        return self.unknown_m2 / self.ring_m2

    @property
    def poor_frac(self) -> float:
        """Share (0 to 1) of the ring whose terrain heights are known to be bad."""
        return self.poor_m2 / self.ring_m2

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers in km2, for JSON and tables."""
        return {
            "who": self.who,
            "altitude": self.altitude.label,
            "ring_km2": round(self.ring_m2 / 1e6, 1),
            "visible_km2": round(self.visible_m2 / 1e6, 1),
            "masked_km2": round(self.masked_m2 / 1e6, 1),
            "unknown_km2": round(self.unknown_m2 / 1e6, 1),
            "visible_frac": round(self.visible_frac, 5),
        }


@dataclass(frozen=True, repr=False)
class Coverage(Mapped):
    """Coverage of a force on one terrain.

    `sensors` are radars in the air. They stand apart from the sites: what is said of the sites or
    of the force leaves them out, and what is seen with them is said beside it.
    """

    dem: Dem
    sites: tuple[SiteCoverage, ...]
    altitudes: tuple[Altitude, ...]
    k_factor: float
    sea_outside: bool
    sensors: tuple[SiteCoverage, ...] = ()

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.sites), 'site')} at {count(len(self.altitudes), 'altitude')} over "
            f"{self.dem.name}, {_size(self.dem.grid.shape)}"
        )

    @cached_property
    def lowest_visible_m(self) -> NDArray[np.float32]:
        """Masking altitude of the force: the lowest over all sites that know (m MSL).

        NaN out of everyone's range, +inf where no site that could see there knows.
        """
        if len(self.sites) == 1:
            return self.sites[0].masking_m
        if not is_large(self.dem.grid.shape):
            return np.asarray(np.fmin.reduce([s.masking_m for s in self.sites]))
        lowest = scratch_array(self.dem.grid.shape, np.nan)
        for rows, part in self.by_rows():
            lowest[rows] = part.lowest_visible_m
        release(lowest)
        return lowest

    @cached_property
    def cell_area_m2(self) -> NDArray[np.float32]:
        """Area of every cell (m2)."""
        return cell_area_m2(self.dem.grid)

    @cached_property
    def cells_are_even(self) -> bool:
        """Whether all cells of a row have the same area, as on most geographic grids."""
        return bool((self.cell_area_m2 == self.cell_area_m2[:, :1]).all())

    @cached_property
    def poor(self) -> NDArray[np.bool_]:
        """(rows, columns) cells whose heights are known to be bad."""
        poor = np.zeros(self.dem.grid.shape, bool)
        for west, south, east, north in self.dem.poor_cells:  # hulls, on a projected grid
            col, row = self.dem.grid.colrow([west, east, east, west], [north, north, south, south])
            first, last = (
                np.clip(np.round([pick(row), pick(col)]), 0, None).astype(int)
                for pick in (np.min, np.max)
            )
            poor[first[0] : last[0] + 1, first[1] : last[1] + 1] = True
        return poor

    def site(self, id_: str) -> SiteCoverage:
        """The site of that id."""
        return next(s for s in self.sites if s.spec.id == id_)

    @property
    def of_sensors(self) -> Coverage:
        """The coverage of the sensors alone, as if they were sites."""
        return replace(self, sites=self.sensors, sensors=())

    def visible_with_sensors(self, altitude: Altitude) -> NDArray[np.bool_]:
        """Cells where a site or a sensor sees a target at this altitude."""
        seen = self.visible(altitude)
        return seen | self.of_sensors.visible(altitude) if self.sensors else seen

    def by_rows(self) -> Iterator[tuple[slice, Coverage]]:
        """The same in parts of whole rows: itself if it is small, else in steps that stay small."""
        if not is_large(self.dem.grid.shape):
            yield slice(0, self.dem.grid.shape[0]), self
            return
        for rows in slabs(self.dem.grid.shape):
            yield rows, self._part(rows)
            for site in (*self.sites, *self.sensors):
                release(site.masking_m)

    @cached_property
    def for_maps(self) -> Coverage:
        """The same at every n-th post, so that maps and outlines stay small; itself if it is."""
        rows, cols = self.dem.grid.shape
        if not is_large((rows, cols)):
            return self
        return self.thinned(math.ceil(math.sqrt(rows * cols / MAP_CELLS)))

    def thinned(self, step: int) -> Coverage:
        """The same at every n-th post."""
        heights = _every(step, self.dem.heights)
        return self._with(
            replace(self.dem, heights=heights, grid=self.dem.grid.thinned(step, heights.shape)),
            lambda values: _every(step, values),
        )

    def _part(self, rows: slice) -> Coverage:
        heights = self.dem.heights[rows]
        grid = self.dem.grid.window(rows.start, 0, heights.shape)
        dem = replace(self.dem, heights=heights, grid=grid)
        return self._with(dem, lambda values: values[rows])

    def _with(self, dem: Dem, part: Callable[[NDArray[Any]], NDArray[Any]]) -> Coverage:
        def cut(sites: tuple[SiteCoverage, ...]) -> tuple[SiteCoverage, ...]:
            return tuple(
                replace(
                    site,
                    masking_m=part(site.masking_m),
                    ceiling_m=None if site.ceiling_m is None else part(site.ceiling_m),
                )
                for site in sites
            )

        return replace(self, dem=dem, sites=cut(self.sites), sensors=cut(self.sensors))

    def seen_in_window(
        self,
        site: SiteCoverage,
        altitude: Altitude,
        window: tuple[slice, slice] | None = None,
    ) -> NDArray[np.bool_]:
        """Where one site sees a target, for the cells of a window (by default the site's own).

        A target below ground is seen by nobody.
        """
        window = site.window if window is None else window
        masking, ground = site.masking_m[window], self.ground_at(window)
        msl = altitude.msl(ground)
        with np.errstate(invalid="ignore"):
            seen = masking <= msl
            if altitude.datum == "msl":
                seen &= ground <= msl
            if site.ceiling_m is not None:
                seen &= msl <= site.ceiling_m[window]
        return seen

    def n_sites(self, altitude: Altitude) -> NDArray[np.uint8]:
        """Number of sites that see a target at this altitude, per cell (k of n)."""
        total = np.zeros(self.dem.grid.shape, np.uint8)
        if is_large(total.shape):
            for rows, part in self.by_rows():
                total[rows] = part.n_sites(altitude)
            return total
        for site in self.sites:
            total[site.window] += self.seen_in_window(site, altitude)
        return total

    def visible(self, altitude: Altitude, at_least: int = 1) -> NDArray[np.bool_]:
        """Cells where at least so many sites see a target at this altitude."""
        return self.n_sites(altitude) >= at_least

    def areas(
        self, groups: Mapping[str, Sequence[str]] | None = None, max_range_m: float | None = None
    ) -> list[Area]:
        """Visible area beside the ring; see :func:`skyshade.coverage.areas.visible_areas`."""
        from skyshade.coverage.areas import visible_areas

        if groups is None and max_range_m is None:
            return list(self._usual_areas)
        return visible_areas(self, groups, max_range_m)

    @cached_property
    def _usual_areas(self) -> tuple[Area, ...]:
        from skyshade.coverage.areas import visible_areas

        return tuple(visible_areas(self))

    def ground_at(self, cells: Any) -> NDArray[Any]:
        """Terrain height of some posts (m MSL), NaN where it is not known.

        Parameters
        ----------
        cells : an index of the grid; of large terrain nothing else is looked at.
        """
        if not is_large(self.dem.grid.shape):
            return np.asarray(self.ground_m[cells])
        heights, nodata = self.dem.heights[cells], self.dem.nodata
        if nodata is None:
            return np.asarray(heights)
        void = np.isnan(heights) if np.isnan(nodata) else heights == nodata
        return np.where(void, np.nan, heights).astype(np.float32)

    @cached_property
    def ground_m(self) -> NDArray[Any]:
        """Terrain height of every post (m MSL), NaN where it is not known."""
        if self.dem.nodata is None:
            return self.dem.heights
        return np.where(self.dem.known(), self.dem.heights, np.nan).astype(np.float32)

    def to_xarray(self) -> Any:
        """An xarray Dataset: terrain, masking altitude per site, over the force, and counts."""
        import xarray as xr

        axes = self.dem.grid.axes()
        names = tuple(axes)
        per_site = np.stack([s.masking_m for s in self.sites])
        data = {
            "ground_m": (names, self.ground_m),
            "masking_altitude_m": (
                ("site", *names),
                np.where(np.isfinite(per_site), per_site, np.nan),
            ),
            "lowest_visible_m": (names, _finite(self.lowest_visible_m)),
            "n_sites": (("altitude", *names), np.stack([self.n_sites(a) for a in self.altitudes])),
        }
        coords = {
            **axes,
            "site": [s.spec.id for s in self.sites],
            "altitude": [a.label for a in self.altitudes],
        }
        result = xr.Dataset(
            data,
            coords,
            {"crs": self.dem.grid.crs_wkt, "dem": self.dem.name, "k_factor": self.k_factor},
        )
        for name, unit, meaning in (
            ("ground_m", "m", "terrain height above mean sea level"),
            ("masking_altitude_m", "m", "lowest visible altitude above mean sea level"),
            ("lowest_visible_m", "m", "lowest altitude MSL visible to any site"),
            ("n_sites", "1", "number of sites that see a target at the altitude"),
            ("lat", "degrees_north", "latitude"),
            ("lon", "degrees_east", "longitude"),
        ):
            if name in result.variables:
                result[name].attrs.update(units=unit, long_name=meaning)
        return result


def _every(step: int, values: NDArray[Any]) -> NDArray[Any]:
    """Every n-th row and column, without keeping the rest in memory."""
    rows, cols = values.shape
    thin = np.empty((-(-rows // step), -(-cols // step)), values.dtype)
    for i in range(0, len(thin), 64):
        thin[i : i + 64] = values[i * step : (i + 64) * step : step, ::step]
        release(values)
    return thin


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]} cells"


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unknown (+inf) becomes NaN, as in files."""
    return np.where(np.isfinite(values), values, np.float32(np.nan))
