"""The brief: the finding, five sentences and four figures, on two pages of A4."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

import skyshade
from skyshade.assess.model import Assessment
from skyshade.campaign.sentences import by_class, class_noun, decisive, span
from skyshade.programme.summary import opening
from skyshade.reach.paths import Approach
from skyshade.reach.places import MOST_SIDES, PlacesReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.report.borders import NOTE
from skyshade.report.brief_charts import (
    clearance_map,
    deliveries_chart,
    reach_map,
    through_chart,
)
from skyshade.report.ground import borders_in_view
from skyshade.report.pages.parts import Figures, Row, render
from skyshade.report.style import Figure
from skyshade.terrain.model import Altitude

PRINT_DPI = 300
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
    reached = text.area_band(found.force.area_band[:, *_axes(found, flight)])
    where = height_words(flight.altitude)
    return f"{_nouns(assessment, flight)} at {where} can be stopped over {reached}"


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
        said.append(
            f"The ground: {text.percent(area.unknown_frac)} of the radars' rings lies on or behind "
            "terrain that is not known, and counts as not seen. To get it: skyshade terrain fetch "
            f"--for {case}."
        )
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
            {
                "image": figures.png(f"brief-{name}", figure, PRINT_DPI)
                if alt.startswith("Map")
                else figures.svg(f"brief-{name}", figure),
                "alt": alt,
            }
            for name, figure, alt in _figures(assessment)
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


def _figures(assessment: Assessment) -> list[tuple[str, Figure, str]]:
    """Name, figure and description of the figures that there are."""
    scenario, credit = assessment.scenario, f"Skyshade {skyshade.__version__}"
    places = {_short(p.name): (p.position.lon, p.position.lat) for p in scenario.places}
    lowest = assessment.force_areas()[0]
    found: list[tuple[str, Figure, str]] = [
        (
            "clearance",
            clearance_map(
                assessment.coverage,
                places,
                f"In view at {_height(lowest.value.altitude)}: "
                f"{text.percent_range(*lowest.band_frac)} of the radars' rings",
                credit,
            ),
            "Map: the lowest altitude above ground that any radar has in line of sight",
        )
    ]
    if assessment.reach is not None:
        found.append(
            (
                "reach",
                reach_map(
                    assessment.coverage,
                    assessment.reach.found,
                    [
                        f"{_nouns(assessment, flight)}, {height_words(flight.altitude)}"
                        for flight in assessment.reach.found.hard_pair
                    ],
                    _in_reach(assessment.reach.found),
                    credit,
                ),
                "Map: where two classes of targets can be intercepted, beside the rings",
            )
        )
    if assessment.programme is not None:
        programme = assessment.programme
        found.append(
            (
                "deliveries",
                deliveries_chart(programme.state, programme.forecast, credit),
                "Chart: what has been delivered, promised and forecast for each unit",
            )
        )
    if assessment.raids is not None:
        found.append(
            (
                "through",
                through_chart(_through(assessment), credit),
                "Chart: the share of each class of targets that gets through",
            )
        )
    return found


def _through(assessment: Assessment) -> list[Row]:
    """Per class: its name, and low, middle and high share that gets through."""
    raids = assessment.raids
    assert raids is not None
    drawn, tally, rows = raids.latest.drawn, raids.tally, []
    for name, share in raids.latest.by_class.items():
        n = int(tally.members[f"class {name}"].sum())
        low, high, chance = span(share, drawn, f"class {name}")
        middle = share.value if drawn is None else drawn.band(f"class {name}")[1]
        noun = class_noun(name, n, assessment.scenario.known)
        said = f"{n} {noun}{' (the spread is chance)' if chance else ''}"
        rows.append({"name": said, "band": (low, middle, high)})
    return rows


def _share(found: ScenarioReach, flight: Approach) -> tuple[float, float, float]:
    """5, 50 and 95 % of the share of the rings in which the flight can be intercepted."""
    share = found.force.fraction_band[:, *_axes(found, flight)]
    return float(share[0]), float(share[1]), float(share[2])


def _axes(found: ScenarioReach, flight: Approach) -> tuple[int, int]:
    """Numbers of the altitude and of the class of a flight."""
    return found.altitudes.index(flight.altitude), found.targets.index(flight.target)


def _defended(assessment: Assessment, found: ScenarioReach, flight: Approach) -> str:
    band = _share(found, flight)
    area = text.area_band(found.force.area_band[:, *_axes(found, flight)])
    return (
        f"{_nouns(assessment, flight)} flying in at {height_words(flight.altitude)} can be "
        f"intercepted over {area}, {text.percent_range(band[0], band[2])} of the "
        f"{_circles(found)}."
    )


def _circles(found: ScenarioReach) -> str:
    """What the share is of, in words."""
    one = "circle" if len(found.sites) == 1 else "circles"
    return f"{text.length(found.sites[0].ring_m)} {one} on the usual map"


def _covered(assessment: Assessment, places: PlacesReach) -> str:
    """How many places have a unit in reach of what flies at them."""
    known = int(places.known.sum())
    counts = [
        text.whole_range(*places.covered(f))
        + f" against {_nouns(assessment, flight, lower=True)} at {height_words(flight.altitude)}"
        for f, flight in enumerate(places.flights)
    ]
    of = f"Of the {known} named places" if known > 1 else "Of the one named place"
    return (
        f"{of} whose ground is known, {text.listed(counts)} can be defended: a unit can intercept "
        f"them before they arrive, from {MOST_SIDES} of all sides."
    )


def _nouns(assessment: Assessment, flight: Approach, lower: bool = False) -> str:
    """The class of a flight in the plural."""
    noun = class_noun(flight.target.id, 2, assessment.scenario.known)
    return noun if lower else noun[0].upper() + noun[1:]


def _in_reach(found: ScenarioReach) -> str:
    """The finding of the map of reach."""
    parts = []
    for flight in found.hard_pair:
        low, _, high = _share(found, flight)
        parts.append(f"{text.percent_range(low, high)} at {_height(flight.altitude)}")
    return f"In reach: {', '.join(parts)}"


def _height(altitude: Altitude) -> str:
    return text.length(altitude.value_m)


def _short(name: str) -> str:
    """A place's name without what stands in brackets or after a comma.

    >>> _short("Delhi, Indira Gandhi airport (DEL)"), _short("Amritsar airport (ATQ)")
    ('Delhi', 'Amritsar')
    """
    return re.split(r"[,(]", name)[0].removesuffix(" ").removesuffix(" airport")


def height_words(altitude: Altitude) -> str:
    """An altitude as a newspaper has it.

    >>> height_words(Altitude(30.0, "agl")), height_words(Altitude(10e3, "msl"))
    ('30 m above the ground', '10 km above the sea')
    """
    over = "the ground" if altitude.datum == "agl" else "the sea"
    return f"{text.length(altitude.value_m)} above {over}"
