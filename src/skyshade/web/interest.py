"""How much of an area or a border the units of a draft reach, as a job: the measure of `reach`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from skyshade.errors import unknown_name
from skyshade.reach.interest import Interest, cover_interest, drawn_interest, find_area, find_line
from skyshade.reach.scenario import reach_scenario
from skyshade.scenario.schema import Scenario
from skyshade.terrain.countries import border_pairs, countries
from skyshade.web.case import MapCase, target_of
from skyshade.web.drafts import Asked, Name, Sites, real_sites
from skyshade.web.jobs import Job

DRAWS, AZIMUTHS = 16, 180
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]


class InterestAsked(Asked):
    """Reach of a draft against a class at one of the case's altitudes, inside a shape.

    `of`: a country or a border ("India-Pakistan"), unless `corners` of an area are given.
    """

    kind: Literal["interest"]
    sites: Sites
    target: Name
    altitude: Name
    of: Annotated[str, Field(max_length=80)] = ""
    corners: Annotated[tuple[tuple[Longitude, Latitude], ...], Field(max_length=60)] = ()


def check_interest(case: MapCase, asked: InterestAsked) -> None:
    """Refuse at once what could only fail later.

    Raises
    ------
    InputError : sites, areas, classes or altitudes that the case cannot have.
    """
    real_sites(case.scenario, asked.sites)
    for draft in asked.sites:
        case.check_place(draft)
    target_of(asked.target, case.scenario.known)
    labels = [a.label for a in case.scenario.altitudes]
    if asked.altitude not in labels:
        raise unknown_name("altitude", asked.altitude, labels, field="altitude")
    _shape(asked)


def reach_of_interest(case: MapCase, job: Job) -> dict[str, Any]:
    """What of the shape is reached: 5 %, median and 95 % over the draws."""
    asked = InterestAsked.model_validate(job.asked)
    scenario: Scenario = case.scenario.with_(
        sites=real_sites(case.scenario, asked.sites), raid=None
    )
    found = reach_scenario(
        scenario,
        scenario.sites,
        targets=[asked.target],
        altitudes=[a for a in scenario.altitudes if a.label == asked.altitude],
        draws=DRAWS,
        n_azimuths=AZIMUTHS,
        dem=case.dem,
        progress=lambda done, total: job.report("reach", done, total),
    )
    job.check()
    return cover_interest(found.force, _shape(asked), dem=case.dem).as_dict()


def _shape(asked: InterestAsked) -> Interest:
    """The shape that is meant; only names of the map's own lists, no file."""
    if asked.corners:
        ring = [*asked.corners, asked.corners[0]]
        return drawn_interest({"type": "Polygon", "coordinates": [ring]}, "the area that is drawn")
    pairs = ["-".join(pair) for pair in border_pairs()]
    if asked.of in pairs:
        return find_line(asked.of)
    if asked.of not in countries():
        raise unknown_name("area or border", asked.of, [*countries(), *pairs], field="of")
    return find_area(asked.of)
