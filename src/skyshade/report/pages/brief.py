"""The brief: the finding, five sentences and four figures, on two pages of A4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

import skyshade
from skyshade.assess.model import Assessment
from skyshade.campaign.sentences import by_class, decisive
from skyshade.programme.summary import opening
from skyshade.reach.paths import Approach
from skyshade.reach.places import MOST_SIDES, PlacesReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.report.borders import NOTE
from skyshade.report.ground import borders_in_view
from skyshade.report.pages.parts import Figures, render
from skyshade.report.phrases import (
    axes_of,
    circles,
    height_words,
    how_many,
    nouns,
    share_of_circles,
    unknown_ground,
)
from skyshade.report.plates import FIGURES

OPENING = ("clearance", "reach", "deliveries", "through")  # figures, two on a page
RINGS = "the radars' rings"
TOLD = 0.005  # of the rings: a smaller part of unknown terrain is not worth a line


def finding(assessment: Assessment) -> str:
    """The title: the finding in a sentence without a full stop."""
    if assessment.reach is None:
        seen = assessment.force_areas()[0]
        return (
            f"A target at {height_words(seen.value.altitude)} is in line of sight in "
            f"{text.percent_range(*seen.band_frac)} of the radars' rings"
        )
    found = assessment.reach.found
    flight = found.hard_pair[0]
    reached = text.area_band(found.force.area_band[:, *axes_of(found, flight)])
    where = height_words(flight.altitude)
    return f"{nouns(assessment, flight)} at {where} can be stopped over {reached}"


def sentences(assessment: Assessment) -> list[str]:
    """The answers, at most five sentences: delivered, in reach (two), places, let through."""
    said: list[str] = []
    if assessment.programme is not None:
        said += opening(assessment.programme.state)[:1]
    reach = assessment.reach
    if reach is not None:
        said += [_defended(assessment, reach.found, flight) for flight in reach.found.hard_pair]
        if reach.places.known.any():
            said.append(_covered(assessment, reach.places))
    if assessment.raids is not None:
        said.append(by_class(assessment.raids.tally, assessment.raids.latest.drawn))
    return said


def unknowns(assessment: Assessment, case: str = "CASE") -> list[str]:
    """What is not known, in at most three lines."""
    illustrative = any(s.illustrative for s in assessment.scenario.sites)
    said = []
    if illustrative:
        said.append(
            "Where each unit stands: reports name sectors, so the positions are illustrative, and "
            "the ranges allow for another place inside the rounding." + _since(assessment)
        )
    raids = assessment.raids
    if raids is not None and raids.latest.drawn is not None:
        said.append(
            f"How well it shoots:{decisive(raids.tally, raids.latest.drawn)} {raids.weak} of the "
            f"{len(raids.raid.unknowns)} uncertain figures behind the raid are weak or assumed."
        )
    area = assessment.force_areas()[0].value
    if area.unknown_frac > TOLD:
        said.append(f"The ground: {unknown_ground(area.unknown_frac, RINGS, case)}")
    return said


def _since(assessment: Assessment) -> str:
    """A sentence on units that are only assumed to be in service."""
    sites = assessment.operational
    assumed = [s for s in sites if (e := s.event("operational")) is not None and e.assumed]
    if not assumed:
        return ""
    if len(sites) == 1:
        return " The date from which it counts as in service is assumed."
    some = "all" if len(assumed) == len(sites) else f"{len(assumed)} of {len(sites)}"
    return f" The dates from which {some} count as in service are assumed."


def brief(assessment: Assessment, figures: Figures, made_from: Mapping[str, Any]) -> Markup:
    """The brief as HTML, with marks for its figures.

    Parameters
    ----------
    made_from : origin of the assessment; its hashes are how one cites it.
    """
    scenario, asked = assessment.scenario, made_from.get("scenario", {})
    case, day = asked.get("asked_as", "CASE"), text.day(assessment.as_of)
    outlets = Counter(s.outlet for s in scenario.sources.values() if s.outlet and s.url)
    sources = sorted(outlets, key=lambda name: (-outlets[name], name))[:6]
    return render(
        "brief",
        finding=finding(assessment),
        title=scenario.title,
        as_of=day,
        version=skyshade.__version__,
        sentences=sentences(assessment),
        figures=[
            {"image": image, "alt": FIGURES[name].says}
            for name in OPENING
            if (image := figures.named(name))
        ],
        unknowns=unknowns(assessment, case),
        sources=f"{text.count(len(scenario.sources), 'report')}, among them by "
        f"{text.listed(sources)}"
        if sources
        else "",
        terrain=assessment.coverage.dem.name,
        borders=NOTE if borders_in_view(assessment.coverage) else "",
        scenario=scenario.name,
        sha256=str(asked.get("sha256", ""))[:12],
    )


def brief_page(assessment: Assessment, brief: Markup) -> str:
    """The brief as a page of its own, to be printed."""
    title = f"{assessment.scenario.title}, {text.day(assessment.as_of)}"
    return render("brief_page", title=title, brief=brief)


def _defended(assessment: Assessment, found: ScenarioReach, flight: Approach) -> str:
    band = share_of_circles(found, flight)
    area = text.area_band(found.force.area_band[:, *axes_of(found, flight)])
    return (
        f"{nouns(assessment, flight)} flying in at {height_words(flight.altitude)} can be "
        f"intercepted over {area}, {text.percent_range(band[0], band[2])} of the "
        f"{circles(found)}."
    )


def _covered(assessment: Assessment, places: PlacesReach) -> str:
    """How many places have a unit in reach of what flies at them."""
    known = int(places.known.sum())
    counts = [
        how_many(places.covered(f))
        + f" against {nouns(assessment, flight, lower=True)} at {height_words(flight.altitude)}"
        for f, flight in enumerate(places.flights)
    ]
    of = f"Of the {known} named places" if known > 1 else "Of the one named place"
    return (
        f"{of} whose ground is known, {text.listed(counts)} can be defended: a unit can intercept "
        f"them before they arrive, from {MOST_SIDES} of all sides."
    )
