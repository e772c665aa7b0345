"""Where the next units should stand: a siting study of a draft, as a job.

Only what the map's own lists offer may be asked for: the reported sectors, countries and borders of
the shipped map. Files are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.report.siting import as_dict, candidate_rows
from skyshade.scenario.quantities import Identifier
from skyshade.scenario.schema import Scenario
from skyshade.siting.candidates import SECTORS
from skyshade.siting.study import study_siting
from skyshade.terrain.countries import border_pairs, countries
from skyshade.uncertainty.draws import check_draws
from skyshade.web.case import MapCase
from skyshade.web.drafts import MAX_SITES, Asked, DraftSite, Name, real_sites
from skyshade.web.jobs import Job

MAX_DRAWS = 64
GAP, LIMIT_S = 0.001, 30.0  # when the search for the plan stops
Metres = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class SitingAsked(Asked):
    """Where `count` more units like a site of the case should stand beside the units of a draft.

    `within`: "sectors", ids of sites, countries. `cover`: approaches to the defended places, the
    area of a country, or a border ("India-Pakistan").
    """

    kind: Literal["siting"]
    sites: Annotated[list[DraftSite], Field(max_length=MAX_SITES)]
    like: Identifier
    count: Annotated[int, Field(ge=1, le=5, strict=True)] = 1
    within: Annotated[tuple[Name, ...], Field(min_length=1, max_length=10)] = (SECTORS,)
    spacing_deg: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)] | None = None
    border_m: Metres = 0.0
    apart_m: Metres = 0.0
    cover: Literal["places", "area", "line"] = "places"
    area: Name | None = None
    line: Name | None = None
    draws: Annotated[int, Field(ge=0, le=MAX_DRAWS)] = 16


def check_siting(case: MapCase, asked: SitingAsked) -> None:
    """Refuse at once what could only fail later.

    Raises
    ------
    InputError : sites, areas, borders or numbers that the case cannot have.
    """
    if asked.draws:
        check_draws(asked.draws, "draws", MAX_DRAWS)
    real_sites(case.scenario, asked.sites)
    for draft in asked.sites:
        case.check_place(draft)
    sites = [site.id for site in case.scenario.sites]
    if asked.like not in sites:
        raise unknown_name("site", asked.like, sites, field="like")
    for i, word in enumerate(asked.within):
        _check(word, [SECTORS, *sites, *countries()], f"within[{i}]")
    if asked.cover == "places" and not case.scenario.places:
        raise InputError("this case has no defended places", field="cover", value="places")
    if asked.cover == "area":
        _check(asked.area, countries(), "area")
    if asked.cover == "line":
        _check(asked.line, ["-".join(pair) for pair in border_pairs()], "line")


def where_next(case: MapCase, job: Job) -> dict[str, Any]:
    """The study, as `skyshade siting` writes it, with every candidate."""
    asked = SitingAsked.model_validate(job.asked)
    drafted = real_sites(case.scenario, asked.sites)
    study = study_siting(
        _scenario(case, asked),
        stay=[site.model_copy(update={"events": ()}) for site in drafted],
        draws=asked.draws,
        gap_frac=GAP,
        time_limit_s=LIMIT_S,
        raid=False,
        progress=job.report,
    )
    job.check()
    return as_dict(study) | {"points": candidate_rows(study)}


def _scenario(case: MapCase, asked: SitingAsked) -> Scenario:
    """The case with the question as its part `siting`."""
    candidates: dict[str, Any] = {"within": asked.within}
    if asked.spacing_deg is not None:
        candidates["spacing"] = f"{asked.spacing_deg!r} deg"
    for name, metres in (("border", asked.border_m), ("apart", asked.apart_m)):
        if metres:
            candidates[name] = f"{metres!r} m"
    siting: dict[str, Any] = {
        "units": [{"like": asked.like, "count": asked.count}],
        "candidates": candidates,
    }
    if asked.cover == "places":
        siting["places"] = {"weight": 1}
    elif asked.cover == "area":
        siting["area"] = {"within": [asked.area]}
    else:
        siting["line"] = {"along": asked.line}
    return case.scenario.with_(siting=siting)


def _check(word: str | None, known: Sequence[str], field: str) -> None:
    """Raise InputError unless a word is one of the known ones, in whatever case."""
    if word is None or word.lower() not in [name.lower() for name in known]:
        raise InputError(
            "not on this map",
            field=field,
            value=word,
            allowed=", ".join(known),
            hint=did_you_mean(word or "", list(known)),
        )
