"""Everything that an export of a scenario needs, computed when a format first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from skyshade.coverage.compute import cover_scenario, load_scenario_dem, operational_sites
from skyshade.coverage.model import Coverage
from skyshade.engagement.compile import compile_raid
from skyshade.errors import InputError, did_you_mean
from skyshade.export.about import About, about_scenario
from skyshade.export.layers import Layer, force_layers, replay_layers
from skyshade.export.moving import Moving, moving
from skyshade.fireunit.load import fire_unit
from skyshade.fireunit.views import view_units
from skyshade.reach.engageable import Engageable, engageable
from skyshade.reach.scenario import ScenarioReach, reach_scenario
from skyshade.scenario.schema import Scenario, Site
from skyshade.terrain.model import Altitude, Dem


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario to be exported.

    Parameters
    ----------
    as_of : only the sites operational on this date.
    altitudes : which of the scenario's; by default all.
    targets : classes that reach and engageable areas are given for; by default the scenario's.
    samples : Sobol draws behind the quantiles of reach, a power of two; 0 for the defaults alone.
    seed : of the draws and of the replay.
    replicate : the one that is replayed; None for none.
    progress : called with a stage, and how much of it is done.

    Raises
    ------
    InputError : raised by the property that finds it: nothing operational on that date, an altitude
        that is not the scenario's, unusable terrain, sites, classes or numbers, no raid.
    """

    scenario: Scenario
    as_of: date | None = None
    altitudes: Sequence[Altitude] | None = None
    targets: Sequence[str] | None = None
    samples: int = 256
    seed: int = 0
    replicate: int | None = None
    progress: Callable[[str, int, int], None] = field(default=lambda stage, done, total: None)

    @cached_property
    def sites(self) -> list[Site]:
        """The sites operational on the date."""
        return operational_sites(self.scenario, self.as_of)

    @cached_property
    def chosen(self) -> tuple[Altitude, ...]:
        """The altitudes asked for, in the order of the scenario."""
        known = {a.label: a for a in self.scenario.altitudes}
        for altitude in self.altitudes or ():
            if altitude.label not in known:
                raise InputError(
                    "not an altitude of the scenario",
                    field="altitude",
                    value=altitude.label,
                    allowed=", ".join(known),
                    hint=did_you_mean(altitude.label, known),
                )
        wanted = {a.label for a in self.altitudes or known.values()}
        return tuple(a for a in self.scenario.altitudes if a.label in wanted)

    @cached_property
    def dem(self) -> Dem:
        """The terrain under the sites."""
        return load_scenario_dem(self.scenario, self.sites)

    @cached_property
    def coverage(self) -> Coverage:
        """Coverage of the acquisition radars."""
        return cover_scenario(
            self.scenario,
            as_of=self.as_of,
            altitudes=self.chosen,
            dem=self.dem,
            progress=lambda done, total: self.progress("line of sight", done, total),
        )

    @cached_property
    def force(self) -> Engageable:
        """What the engagement radars and missiles can do, cell by cell."""
        units = [fire_unit(site) for site in self.sites]
        views = view_units(
            self.dem,
            units,
            self.chosen,
            heights=["value"],
            known=[self.coverage],
            k_factor=self.scenario.atmosphere.k_factor,
            sea_outside=self.scenario.terrain.outside == "sea",
        )
        return engageable(views.engagement["value"], units)

    @cached_property
    def reach(self) -> ScenarioReach:
        """Where inbound targets are intercepted, with bands."""
        return reach_scenario(
            self.scenario,
            self.sites,
            targets=self.targets,
            altitudes=self.chosen,
            samples=self.samples,
            seed=self.seed,
            dem=self.dem,
            progress=lambda done, total: self.progress("reach", done, total),
        )

    @cached_property
    def moving(self) -> Moving | None:
        """The replicate, or None if none is asked for."""
        if self.replicate is None:
            return None
        raid = compile_raid(self.scenario, as_of=self.as_of, dem=self.dem, progress=self.progress)
        return moving(raid, self.seed, self.replicate)

    @cached_property
    def layers(self) -> list[Layer]:
        """Layers of the force and, if asked for, of the replicate."""
        found = force_layers(
            self.sites, self.scenario.places, self.coverage, self.force, self.reach
        )
        return found + (replay_layers(self.moving) if self.moving else [])

    @cached_property
    def stills(self) -> About:
        """The metadata of everything that does not move."""
        return about_scenario(self.scenario, self.sites, self.dem)

    @cached_property
    def about(self) -> About:
        """The metadata of the whole export."""
        run = None if self.replicate is None else (self.seed, self.replicate)
        return about_scenario(self.scenario, self.sites, self.dem, run)
