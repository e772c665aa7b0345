"""One scenario with its terrain, its propagation and the units in service on a date.

What commands, the report, the map, exports and notebooks ask about is a `Case`: each of its parts
is computed when it is first asked for, and then kept, so that all of them share one terrain and one
sweep per antenna.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from skyshade.coverage.compute import (
    cover,
    load_scenario_dem,
    operational_sites,
    site_spec,
)
from skyshade.coverage.ground import path_circles
from skyshade.coverage.model import Coverage
from skyshade.coverage.views import TwoAntennas, Views, view_units
from skyshade.scenario.schema import AsOf, Scenario, Site
from skyshade.terrain.dem import Circle
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Dem

Progress = Callable[[str, int, int], None]


class Propagation(NamedTuple):
    """How rays run over the terrain; its fields are the keywords of all that sweeps.

    Attributes
    ----------
    k_factor : refraction factor.
    sea_outside : whether the world outside the terrain is open sea, not unknown.
    """

    k_factor: float = EFFECTIVE_EARTH
    sea_outside: bool = False

    @classmethod
    def of(cls, scenario: Scenario) -> Propagation:
        """What a scenario says of it."""
        return cls(scenario.atmosphere.k_factor, scenario.terrain.outside == "sea")


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario on a date.

    Parameters
    ----------
    as_of : only the units in service on this date, by default the scenario's own; "all" for all.
    only : these altitudes; by default the scenario's.
    loaded : terrain already loaded; by default what the scenario names, around the units.
    along : circles (lon, lat, radius in m) on lines that the terrain is to cover as well.
    progress : called with a stage, how much of it is done, and how much there is.

    Raises
    ------
    InputError : raised by the property that finds it: no unit in service on that date, unusable
        terrain or sites.
    """

    scenario: Scenario
    as_of: AsOf = None
    only: Sequence[Altitude] | None = None
    loaded: Dem | None = field(default=None, repr=False)
    along: Sequence[Circle] = field(default=(), repr=False)
    progress: Progress = field(default=lambda stage, done, total: None, repr=False)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The units in service on the date."""
        return tuple(operational_sites(self.scenario, self.as_of))

    @property
    def day(self) -> date | None:
        """The date of the units in service; None if all count."""
        day = self.scenario.on(self.as_of)
        return None if day == "all" else day

    @property
    def altitudes(self) -> tuple[Altitude, ...]:
        """The altitudes asked for."""
        return tuple(self.only or self.scenario.altitudes)

    @property
    def propagation(self) -> Propagation:
        """How rays run: `**case.propagation._asdict()` for all that sweeps."""
        return Propagation.of(self.scenario)

    @cached_property
    def dem(self) -> Dem:
        """The terrain around the units in service."""
        if self.loaded is not None:
            return self.loaded
        return load_scenario_dem(self.scenario, list(self.sites), self.along)

    @cached_property
    def whole_dem(self) -> Dem:
        """The terrain around all of the scenario's units and along its raid's paths."""
        if self.loaded is not None:
            return self.loaded
        paths = path_circles(self.scenario)
        inside = all(self.dem.grid.contains(lon, lat) for lon, lat, _ in paths)
        if len(self.sites) == len(self.scenario.sites) and inside:
            return self.dem
        dem = load_scenario_dem(self.scenario, along=paths)
        return self.dem if dem.grid == self.dem.grid else dem

    @cached_property
    def coverage(self) -> Coverage:
        """What the acquisition radars have in line of sight."""
        return cover(
            self.dem,
            [site_spec(site) for site in self.sites],
            self.altitudes,
            sensors=self.scenario.sensors,
            progress=lambda done, total: self.progress("line of sight", done, total),
            **self.propagation._asdict(),
        )

    def views(
        self, units: Sequence[TwoAntennas], bounds: bool = True, known: Sequence[Coverage] = ()
    ) -> Views:
        """What both antennas of the units see; nothing is swept twice.

        Parameters
        ----------
        units : of the sites in service, e.g. from :func:`skyshade.fireunit.load.fire_unit`.
        bounds : also with the antennas at their lowest and at their highest.
        known : other sweeps over the same terrain, beside `coverage`.
        """
        return view_units(
            self.dem,
            units,
            self.altitudes,
            bounds=bounds,
            known=[*known] if known else [self.coverage],
            progress=lambda done, total: self.progress("line of sight", done, total),
            **self.propagation._asdict(),
        )
