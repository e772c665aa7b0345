"""The case that a server shows: its terrain, and what the sites of a draft see and reach on it.

Everything here is a function of the draft that is asked about, so that any number of browsers can
ask at once; the latest answers are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.assess.programme import ledger_of
from skyshade.case import Case
from skyshade.catalogue import Catalogue
from skyshade.coverage.compute import (
    METRES_PER_DEGREE,
    check_sites,
    cover,
    site_range_m,
    site_spec,
)
from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec
from skyshade.coverage.views import Views, view_units
from skyshade.errors import InputError
from skyshade.fireunit.load import fire_unit
from skyshade.programme import Ledger
from skyshade.radar.load import load_target
from skyshade.radar.model import Target
from skyshade.reach.engageable import SiteEngageable, engageable
from skyshade.reach.inbound import SiteReach, reach
from skyshade.scenario.load import load_scenario, locating, scenario_file
from skyshade.scenario.schema import Scenario, Site
from skyshade.terrain.dem import SMOOTH_EARTH, crop, load_dem
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Dem, Grid
from skyshade.terrain.sweep import antenna_altitude_m
from skyshade.web.drafts import DraftSite, Spot, real_site, site_at
from skyshade.web.lattice import (
    NO_GROUND,
    OUTSIDE,
    Lattice,
    Window,
    encode_altitude,
    frame,
    make_lattice,
)
from skyshade.web.once import Once

KEPT = 24  # sweeps, and reaches
# of what is kept for the next reader: sweeps on the terrain's grid, and frames for the map
SWEEP_BYTES, FRAME_BYTES = 384 * 2**20, 128 * 2**20
KEPT_FRAMES = 1000  # of a kind, if they are small
MAX_LINE_M = 1.5e6
LINE_POINTS = 600
MAX_TERRAIN_CELLS = 150_000_000  # of more, only what is near the sites is loaded


_Arrays = dict[str, tuple[Window, NDArray[Any]]]
_Layers = tuple[dict[str, object], _Arrays]


@dataclass(frozen=True, eq=False)
class MapCase:
    """A scenario, as the server was started with it.

    Attributes
    ----------
    file : where it stands.
    dem : the whole of its terrain, so that units can be moved.
    """

    scenario: Scenario
    file: Path
    dem: Dem

    @classmethod
    def load(cls, name_or_path: str) -> MapCase:
        """Read a scenario and its terrain.

        Raises
        ------
        InputError : whatever is wrong with either, with its place in the file.
        """
        scenario = load_scenario(name_or_path)
        with locating(name_or_path, scenario):
            case = cls(scenario, scenario_file(name_or_path).resolve(), _terrain(scenario))
            _ = case.ledger  # what is wrong with it is said before anyone asks
        return case

    @cached_property
    def ledger(self) -> Ledger | None:
        """The programme behind the scenario, if it has one."""
        return ledger_of(self.scenario)

    @cached_property
    def lattice(self) -> Lattice:
        """What the map draws on."""
        bounds = self.dem.grid.bounds()
        return make_lattice(bounds, (bounds[2] - bounds[0]) / self.dem.grid.shape[1])

    @cached_property
    def ground(self) -> bytes:
        """The frame of the terrain's heights (m MSL)."""
        heights = self.lattice.sample(
            self.dem.grid, self.dem.heights, self.lattice.whole, NO_GROUND
        )
        unknown = self.dem.nodata if self.dem.nodata is not None else np.nan
        heights[(heights == unknown) | np.isnan(heights)] = NO_GROUND
        return frame({}, {"ground": (self.lattice.whole, np.rint(heights).astype(np.int16))})

    def warm_up(self) -> None:
        """Work out what every map begins with, before someone asks."""
        _ = self.ground
        for site in self.scenario.sites:
            self._sweeps(Spot(site.id, site.position.lon, site.position.lat))

    def view(self, draft: DraftSite) -> bytes:
        """The frame of the lowest altitude that a site's acquisition radar sees.

        Raises
        ------
        InputError : a site outside the terrain or where its height is not known.
        """
        about, arrays = self._view_layers(self._place(draft))
        return frame({"id": draft.id} | about, arrays)

    def engageable(self, draft: DraftSite, target: str) -> bytes:
        """The frame of the lowest and the highest altitude at which a site can engage a target.

        Raises
        ------
        InputError : as `view`; no such target class; figures that are not published.
        """
        class_ = target_of(target, self.scenario.known)
        arrays = self._engageable_layers(self._place(draft), class_.id)
        return frame({"id": draft.id, "target": class_.id}, arrays)

    def reach(self, draft: DraftSite, target: str) -> dict[str, Any]:
        """Where an inbound target is first met, by azimuth, with the default figures.

        Raises
        ------
        InputError : as `engageable`.
        """
        target_of(target, self.scenario.known)
        return {"id": draft.id} | self._reaches(self._place(draft), target)

    def profile(
        self, start: tuple[float, float], end: tuple[float, float], drafts: list[DraftSite]
    ) -> dict[str, Any]:
        """Terrain along a line, and the lowest altitude that each site sees over it.

        Parameters
        ----------
        start, end : longitude and latitude (degrees).

        Raises
        ------
        InputError : a line that is too long or has no length; as `view`.
        """
        az, _, length = geod().inv(*start, *end)
        if not 1.0 <= length <= MAX_LINE_M:
            raise InputError(
                "a line of this length cannot be drawn",
                field="to",
                value=f"{length / 1e3:.0f} km",
                allowed="1 m to 1500 km",
            )
        d = np.linspace(0.0, length, LINE_POINTS)
        lon, lat, _ = geod().fwd(*(np.full(LINE_POINTS, v) for v in (*start, az)), d)
        sites = []
        for draft in drafts:
            seen, grid = self._look(draft)
            (row, col), inside = grid.nearest_post(lon, lat)
            masking = np.where(inside, seen.masking_m[row, col], np.nan)
            sites.append({"id": draft.id, "lowest_m": _numbers(masking)})
        return {
            "length_m": round(length, 1),
            "distance_m": d.round(1).tolist(),
            "lon": lon.round(5).tolist(),
            "lat": lat.round(5).tolist(),
            "ground_m": _numbers(self.dem.height_at(lon, lat)),
            "sites": sites,
            "k_factor": self.scenario.atmosphere.k_factor,
        }

    def check_place(self, draft: DraftSite) -> None:
        """Check that a site stands on known terrain.

        Raises
        ------
        InputError : it does not, or is like no site of the case.
        """
        antenna_altitude_m(self.dem, site_at(self.scenario, draft.spot).make_antenna())

    def whole_views(self, drafts: Sequence[DraftSite]) -> Coverage:
        """What the acquisition radars of a draft see, on the terrain's own grid.

        To the end of the radars' range, whatever is asked of them: cells near the limit of a
        shorter sweep differ a little from those of a longer one, and an answer must not depend on
        what was asked before.

        Raises
        ------
        InputError : as `view`; a site that is like no site of the case.
        """
        seen = []
        for draft in drafts:
            spec = fire_unit(real_site(self.scenario, draft)).spec_of("acquisition")
            seen.append(self._whole_view(self._sweeps(self._place(draft)), spec))
        return Coverage(self.dem, tuple(seen), self.case.altitudes, *self.case.propagation)

    @cached_property
    def case(self) -> Case:
        """The scenario with this terrain, all of its units in service."""
        return Case(self.scenario, "all", loaded=self.dem)

    def _terrain_around(self, site: Site) -> Dem:
        """The terrain that a site's radar or missiles may reach, wherever in its rounding it is."""
        antenna_altitude_m(self.dem, site.make_antenna())  # a place without terrain is refused here
        longest = fire_unit(site).missiles[0].missile.range_max_m
        radius = (
            1.02 * max(site_range_m(site), longest) + METRES_PER_DEGREE * site.position_rounding_deg
        )
        return crop(self.dem, site.position.lon, site.position.lat, radius)

    def _place(self, draft: DraftSite) -> Spot:
        """Where a site of a draft comes to stand, so that all who round to it share answers."""
        position = site_at(self.scenario, draft.spot).position
        return Spot(draft.like, position.lon, position.lat)

    def _look(self, draft: DraftSite) -> tuple[SiteCoverage, Grid]:
        """What a site's acquisition radar sees, and the grid that is on."""
        coverage = self._sweeps(self._place(draft))
        return coverage.sites[0], coverage.dem.grid

    # what is kept, by where a site stands

    @cached_property
    def _view_layers(self) -> Once:
        return Once(self._view_layer, KEPT_FRAMES, FRAME_BYTES, lambda made: _size(made[1]))

    def _view_layer(self, spot: Spot) -> _Layers:
        """What a view says of itself, and its masking altitudes as the map reads them."""
        coverage = self._sweeps(spot)
        seen, antenna = coverage.sites[0], coverage.sites[0].spec.antenna
        window = self.lattice.around(antenna.lon, antenna.lat, seen.spec.max_range_m)
        masking = self.lattice.sample(coverage.dem.grid, seen.masking_m, window)
        about: dict[str, object] = {
            "lon": antenna.lon,
            "lat": antenna.lat,
            "antenna_msl_m": round(seen.antenna_msl_m, 1),
        }
        return about, {"masking": (window, encode_altitude(masking))}

    @cached_property
    def _engageable_layers(self) -> Once:
        return Once(self._engageable_layer, KEPT_FRAMES, FRAME_BYTES, _size)

    def _engageable_layer(self, spot: Spot, target: str) -> _Arrays:
        """The lowest and the highest engageable altitudes as the map reads them."""
        found = self._engagements(spot)
        antenna, longest = found.unit.spec.antenna, found.unit.missiles[0].missile
        window = self.lattice.around(antenna.lon, antenna.lat, longest.range_max_m)
        grid = found.coverage.dem.grid
        arrays: _Arrays = {}
        span = found.span(load_target(target, self.scenario.known))
        for name, part in zip(("lowest", "highest"), span, strict=True):
            values = np.full(grid.shape, np.nan, np.float32)
            values[found.window] = np.where(np.isfinite(part), part, np.nan)
            sampled = self.lattice.sample(grid, values, window)
            arrays[name] = (window, encode_altitude(sampled, lowest=name == "lowest"))
        none = (arrays["lowest"][1] == OUTSIDE) | (arrays["highest"][1] == OUTSIDE)
        for _, coded in arrays.values():
            coded[none] = OUTSIDE
        return arrays

    @cached_property
    def _sweeps(self) -> Callable[[Spot], Coverage]:
        return Once(self._sweep, KEPT, SWEEP_BYTES, _swept_bytes)

    def _sweep(self, spot: Spot) -> Coverage:
        site = site_at(self.scenario, spot)
        dem = self._terrain_around(site)
        return cover(
            dem,
            [site_spec(site)],
            self.case.altitudes,
            **self.case.propagation._asdict(),
        )

    def _views(self, spot: Spot) -> Views:
        """Of both radars, on the terrain around."""
        coverage = self._sweeps(spot)
        return view_units(
            coverage.dem,
            [fire_unit(site_at(self.scenario, spot))],
            self.scenario.altitudes,
            bounds=False,
            known=[coverage],
            **self.case.propagation._asdict(),
        )

    def _whole_view(self, coverage: Coverage, spec: SiteSpec) -> SiteCoverage:
        seen, grid = coverage.sites[0], coverage.dem.grid
        col, row = (round(float(x)) for x in self.dem.grid.colrow(*grid.lonlat(0, 0)))
        rows, cols = grid.shape

        def whole(part: NDArray[np.float32]) -> NDArray[np.float32]:
            out = np.full(self.dem.grid.shape, np.nan, np.float32)
            out[row : row + rows, col : col + cols] = part
            return out

        return SiteCoverage(
            spec,
            seen.antenna_msl_m,
            whole(seen.masking_m),
            None if seen.ceiling_m is None else whole(seen.ceiling_m),
        )

    @cached_property
    def _engagements(self) -> Callable[[Spot], SiteEngageable]:
        return Once(
            self._engagement, KEPT // 2, SWEEP_BYTES, lambda made: _swept_bytes(made.coverage)
        )

    def _engagement(self, spot: Spot) -> SiteEngageable:
        unit = fire_unit(site_at(self.scenario, spot))
        return engageable(self._views(spot).engagement.default, [unit]).sites[0]

    @cached_property
    def _reaches(self) -> Callable[[Spot, str], dict[str, Any]]:
        return Once(self._reach, KEPT)

    def _reach(self, spot: Spot, target: str) -> dict[str, Any]:
        unit = fire_unit(site_at(self.scenario, spot))
        dem = self._sweeps(spot).dem
        found = reach(
            dem,
            [unit],
            [load_target(target, self.scenario.known)],
            self.scenario.altitudes,
            ring_m=self.scenario.ring_m,
            **self.case.propagation._asdict(),
        )[0]
        return reach_lines(found) | {"target": target}


def target_of(name: str, catalogue: Catalogue, field: str = "target") -> Target:
    """The class of that name.

    Raises
    ------
    InputError : there is none, with the field that asked for it.
    """
    try:
        return load_target(name, catalogue)
    except InputError as error:
        raise error.at(field=field) from None


def reach_lines(found: SiteReach) -> dict[str, Any]:
    """First intercept of inbound targets of the one class, by altitude and azimuth, plain JSON."""
    low, middle, high = found.first_band[:, :, 0].round()
    shares = found.fraction_band[:, :, 0].round(5)
    banded = {"low": low.tolist(), "high": high.tolist()} if found.draws.n else {}
    return {
        "az_deg": found.az_deg.tolist(),
        "altitudes": [a.label for a in found.altitudes],
        "ring_m": found.ring_m,
        "median": middle.tolist(),
        **banded,
        "share_of_ring": shares[1].tolist(),
        "share_band": shares.T.tolist(),
        "area_km2": (found.area_band[:, :, 0] / 1e6).round(1).T.tolist(),
    }


def _size(arrays: _Arrays) -> int:
    return sum(array.nbytes for _, array in arrays.values())


def _swept_bytes(coverage: Coverage) -> int:
    """Of a sweep and of the terrain under it."""
    return coverage.dem.heights.nbytes + sum(site.masking_m.nbytes for site in coverage.sites)


def _terrain(scenario: Scenario) -> Dem:
    """All of a scenario's terrain; of a smooth Earth, or one too large, what is near its sites."""
    circles = [(s.position.lon, s.position.lat, 2.0 * site_range_m(s)) for s in scenario.sites]
    nodata = scenario.terrain.nodata
    if scenario.terrain.dem == SMOOTH_EARTH:
        return load_dem(SMOOTH_EARTH, around=circles)
    check_sites(scenario)
    try:
        return load_dem(scenario.terrain.dem, nodata=nodata, max_cells=MAX_TERRAIN_CELLS)
    except InputError:
        return load_dem(scenario.terrain.dem, around=circles, nodata=nodata)


def _numbers(values: NDArray[np.floating[Any]]) -> list[float | None]:
    """Rounded to decimetres; None for what is not a height."""
    return [round(float(v), 1) if np.isfinite(v) and v < 1e8 else None for v in values]
