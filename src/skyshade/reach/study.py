"""Reach as a whole for one case: each unit, the force, defended places, crossing targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from skyshade.case import Case
from skyshade.coverage.model import Coverage
from skyshade.coverage.views import Views
from skyshade.fireunit.load import fire_unit
from skyshade.reach.crossing import Crossing, crossing
from skyshade.reach.engageable import Engageable, engageable
from skyshade.reach.inbound import AZIMUTHS, DRAWS
from skyshade.reach.paths import Approach
from skyshade.reach.places import MAX_DRAWS, PlacesReach, reach_places
from skyshade.reach.scenario import ScenarioReach, reach_scenario

Chosen = Literal["usual", "hard pair", "all"]


@dataclass(frozen=True, eq=False)
class ReachStudy:
    """Everything about reach that a report shows.

    Attributes
    ----------
    case : whose units these are.
    approaches : the classes and altitudes that come to the places.
    found : reach of every unit and of the force, with bands.
    views : line of sight of both antennas of every unit.
    places : what each defended place gets from every side.
    crossings : per unit, targets that pass it at a distance.
    force : the engageable airspace; over large terrain at every n-th post.
    """

    case: Case
    approaches: tuple[Approach, ...]
    found: ScenarioReach
    views: Views
    places: PlacesReach
    crossings: tuple[Crossing, ...]
    force: Engageable

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, without the azimuths of the places."""
        return self.found.as_dict() | {
            "places": self.places.overview(),
            "places_covered": [
                {
                    "target": flight.target.id,
                    "altitude": flight.altitude.label,
                    "places_known": int(self.places.known.sum()),
                    "covered_from_most_sides": list(self.places.covered(f)),
                }
                for f, flight in enumerate(self.places.flights)
                if self.places.known.any()
            ],
            "crossings": [c.as_dict() for c in self.crossings],
        }


def study_reach(
    case: Case,
    *,
    targets: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    n_azimuths: int = AZIMUTHS,
    at_places: Chosen = "usual",
    place_draws: int = MAX_DRAWS,
    known: Sequence[Coverage] = (),
) -> ReachStudy:
    """Reach of the units in service, by themselves, together, at places and against passers-by.

    Parameters
    ----------
    targets : classes; by default the scenario's.
    draws : Sobol draws of the uncertain figures, a power of two; 0 for the defaults alone.
    n_azimuths : 8 to 3600.
    at_places : which approaches to defended places: each class at its usual altitude, the hard pair
        of these, or every class at every altitude (then of crossing targets as well).
    place_draws : of the draws, at most so many are used at places.
    known : sweeps already made over the case's terrain.

    Raises
    ------
    InputError : unusable terrain, sites, target classes or numbers.
    """
    units = [fire_unit(site) for site in case.sites]
    views = case.views(units, known=known)
    found = reach_scenario(
        case.scenario,
        case.sites,
        targets=targets,
        altitudes=case.altitudes,
        draws=draws,
        seed=seed,
        n_azimuths=n_azimuths,
        dem=case.dem,
        progress=lambda done, total: case.progress("reach", done, total),
    )
    every = tuple(Approach(t, a) for t in found.targets for a in found.altitudes)
    near = {"usual": found.flights, "hard pair": found.hard_pair, "all": every}[at_places]
    passing = every if at_places == "all" else found.flights
    drawn = found.sites[0].draws
    return ReachStudy(
        case,
        near,
        found,
        views,
        reach_places(
            case.scenario.places,
            units,
            views,
            near,
            drawn,
            max_draws=place_draws,
            progress=lambda done, total: case.progress("reach at places", done, total),
        ),
        tuple(
            crossing(unit, i, views, passing, drawn, found.sites[i].ring_m)
            for i, unit in enumerate(units)
        ),
        engageable(views.engagement.default.for_maps, units),
    )
