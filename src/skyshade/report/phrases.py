"""What sentences and titles of a report call things: classes, altitudes, circles, places."""

from __future__ import annotations

import re

from skyshade.assess.model import Assessment
from skyshade.campaign.sentences import class_noun
from skyshade.reach.paths import Approach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.terrain.model import Altitude


def nouns(assessment: Assessment, flight: Approach, lower: bool = False) -> str:
    """The class of a flight in the plural."""
    noun = class_noun(flight.target.id, 2, assessment.scenario.known)
    return noun if lower else noun[0].upper() + noun[1:]


def height(altitude: Altitude) -> str:
    """An altitude without what it is above."""
    return text.length(altitude.value_m)


def height_words(altitude: Altitude) -> str:
    """An altitude as a newspaper has it.

    >>> height_words(Altitude(30.0, "agl")), height_words(Altitude(10e3, "msl"))
    ('30 m above the ground', '10 km above the sea')
    """
    over = "the ground" if altitude.datum == "agl" else "the sea"
    return f"{text.length(altitude.value_m)} above {over}"


def short_name(name: str) -> str:
    """A place's name without what stands in brackets or after a comma.

    >>> short_name("Delhi, Indira Gandhi airport (DEL)"), short_name("Amritsar airport (ATQ)")
    ('Delhi', 'Amritsar')
    """
    return re.split(r"[,(]", name)[0].removesuffix(" ").removesuffix(" airport")


def how_many(band: tuple[float, float, float]) -> str:
    """Low, middle and high of a number of things, in a sentence.

    >>> how_many((0.0, 0.0, 0.2)), how_many((0.0, 1.0, 2.0))
    ('none', '1 (0 to 2)')
    """
    said = text.whole_range(*band)
    return "none" if said == "0" else said


def circles(found: ScenarioReach) -> str:
    """The circles that maps usually show."""
    one = "circle" if len(found.sites) == 1 else "circles"
    return f"{text.length(found.sites[0].ring_m)} {one} on the usual map"


def axes_of(found: ScenarioReach, flight: Approach) -> tuple[int, int]:
    """Numbers of the altitude and of the class of a flight."""
    return found.altitudes.index(flight.altitude), found.targets.index(flight.target)


def share_of_circles(found: ScenarioReach, flight: Approach) -> tuple[float, float, float]:
    """5, 50 and 95 % of the share of the circles in which the flight can be intercepted."""
    share = found.force.fraction_band[:, *axes_of(found, flight)]
    return float(share[0]), float(share[1]), float(share[2])


def unknown_ground(share: float, of: str, case: str) -> str:
    """How much of the rings lies on unknown terrain, and what would change that.

    Parameters
    ----------
    of : what the share is of.
    case : what the scenario is called on the command line.
    """
    return (
        f"{text.percent(share)} of {of} lies on or behind terrain that is not known, and counts as "
        f"not seen. To get it: skyshade terrain fetch --for {case}."
    )
