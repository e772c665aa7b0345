"""Drafts: the sites of a case as a user has moved, added or removed them.

No position of a draft is finer than the sector that was publicly reported: it is rounded like the
site that it is made from, and to `MIN_ROUNDING_DEG` at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from skyshade.errors import InputError, unknown_name
from skyshade.scenario.quantities import Identifier
from skyshade.scenario.schema import Position, Scenario, Site

MIN_ROUNDING_DEG = 0.1
MAX_SITES = 200  # as in a scenario
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Asked(BaseModel):
    """The body of a request: known fields only."""

    model_config = ConfigDict(extra="forbid")


class Spot(NamedTuple):
    """A position (degrees), and the site of the case that gives everything else."""

    like: str
    lon: float
    lat: float


class DraftSite(BaseModel):
    """A site of a draft: where it is, and which site of the case gives everything else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier
    like: Identifier
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strict=True)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=True)]
    lat: Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False, strict=True)]

    @property
    def spot(self) -> Spot:
        """Where it is, and like which site."""
        return Spot(self.like, self.lon, self.lat)


Sites = Annotated[list[DraftSite], Field(min_length=1, max_length=MAX_SITES)]


def rounding_deg(site: Site) -> float:
    """The step to which positions of a draft's site are rounded."""
    return max(site.position_rounding_deg, MIN_ROUNDING_DEG)


def site_at(scenario: Scenario, spot: Spot) -> Site:
    """A site of the case moved to a spot; unchanged if it is there already.

    Raises
    ------
    InputError : the case has no such site.
    """
    model = next((s for s in scenario.sites if s.id == spot.like), None)
    if model is None:
        raise unknown_name("site", spot.like, [s.id for s in scenario.sites], field="like")
    if (spot.lon, spot.lat) == (model.position.lon, model.position.lat):
        return model
    rounding = rounding_deg(model)
    position = Position(lon=_rounded(spot.lon, rounding), lat=_rounded(spot.lat, rounding))
    return model.model_copy(
        update={
            "position": position,
            "illustrative": True,
            "position_rounding_deg": rounding,
            "ground_msl_m": None,
            "sector": "",
            "position_note": "moved by hand in a what-if; it claims nothing about a real unit",
        }
    )


def real_site(scenario: Scenario, draft: DraftSite) -> Site:
    """The site that a draft describes.

    Raises
    ------
    InputError : it is like no site of the case.
    """
    site = site_at(scenario, draft.spot)
    own: dict[str, object] = {"id": draft.id, "name": draft.name or site.name}
    if draft.id != draft.like:  # reports about one unit do not hold for another
        own |= {"events": [], "sector": "", "illustrative": True}
    return site.model_copy(update=own)


def real_sites(scenario: Scenario, drafts: Sequence[DraftSite]) -> list[Site]:
    """The sites that a draft describes.

    Raises
    ------
    InputError : an id twice; a site that is like no site of the case.
    """
    seen: set[str] = set()
    for draft in drafts:
        if draft.id in seen:
            raise InputError("this id is used twice in sites", field="sites", value=draft.id)
        seen.add(draft.id)
    return [real_site(scenario, draft) for draft in drafts]


def _rounded(value: float, step: float) -> float:
    """The nearest multiple of a step.

    >>> _rounded(75.3, 0.5), _rounded(30.04, 0.1)
    (75.5, 30.0)
    """
    return round(round(value / step) * step, 9)
