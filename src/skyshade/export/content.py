"""Everything that an export of a scenario needs, computed when a format first asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from skyshade.case import Case
from skyshade.engagement.compile import compile_raid
from skyshade.export.about import About, about_scenario
from skyshade.export.layers import Layer, force_layers, replay_layers
from skyshade.export.moving import Moving, moving
from skyshade.fireunit.load import fire_unit
from skyshade.reach.engageable import Engageable, engageable
from skyshade.reach.inbound import DRAWS
from skyshade.reach.scenario import ScenarioReach, reach_scenario


@dataclass(frozen=True, eq=False)
class Export:
    """A case to be exported.

    Parameters
    ----------
    targets : classes that reach and engageable areas are given for; by default the scenario's.
    draws : Sobol draws behind the quantiles of reach, a power of two; 0 for the defaults alone.
    seed : of the draws and of the replay.
    replicate : the one that is replayed; None for none.

    Raises
    ------
    InputError : raised by the property that finds it: as `Case`, unusable classes or numbers, no
        raid.
    """

    case: Case
    targets: Sequence[str] | None = None
    draws: int = DRAWS
    seed: int = 0
    replicate: int | None = None

    @cached_property
    def force(self) -> Engageable:
        """What the engagement radars and missiles can do, cell by cell."""
        units = [fire_unit(site) for site in self.case.sites]
        return engageable(self.case.views(units, bounds=False).engagement.default.for_maps, units)

    @cached_property
    def reach(self) -> ScenarioReach:
        """Where inbound targets are intercepted, with bands."""
        return reach_scenario(
            self.case.scenario,
            self.case.sites,
            targets=self.targets,
            altitudes=self.case.altitudes,
            draws=self.draws,
            seed=self.seed,
            dem=self.case.dem,
            progress=lambda done, total: self.case.progress("reach", done, total),
        )

    @cached_property
    def moving(self) -> Moving | None:
        """The replicate, or None if none is asked for."""
        if self.replicate is None:
            return None
        case = self.case
        raid = compile_raid(case.scenario, as_of=case.as_of, dem=case.dem, progress=case.progress)
        return moving(raid, self.seed, self.replicate)

    @cached_property
    def layers(self) -> list[Layer]:
        """Layers of the force and, if asked for, of the replicate."""
        case, known = self.case, self.case.scenario.as_of
        found = force_layers(
            case.sites,
            case.scenario.places,
            case.coverage.for_maps,
            self.force,
            self.reach,
            case.day or (None if known is None else known.last),
            case.scenario.sensors,
        )
        return found + (replay_layers(self.moving) if self.moving else [])

    @cached_property
    def stills(self) -> About:
        """The metadata of everything that does not move."""
        return about_scenario(self.case.scenario, self.case.sites, self.case.dem)

    @cached_property
    def about(self) -> About:
        """The metadata of the whole export."""
        run = None if self.replicate is None else (self.seed, self.replicate)
        return about_scenario(self.case.scenario, self.case.sites, self.case.dem, run)
