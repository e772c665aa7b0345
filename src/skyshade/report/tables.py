"""Rows of text about line of sight and reach, for a terminal, a notebook or a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skyshade.coverage.model import Area
from skyshade.report import text

if TYPE_CHECKING:
    from skyshade.assess.model import Banded
    from skyshade.reach.scenario import ScenarioReach
    from skyshade.reach.systems import SystemsBeside

AREA_HEADINGS = ("who", "altitude", "ring km²", "visible km²", "of ring", "unknown km²")
BAND_HEADINGS = ("unit", "altitude", "ring km²", "visible km²", "of ring", "band", "unknown km²")
REACH_HEADINGS = ("unit", "target", "altitude", "first track", "reach", "area", "of the ring")
SYSTEM_HEADINGS = ("system", "target", "altitude", "ring", "first track", "reach", "of its ring")
SHOWN = 0.0005  # of a ring: smaller parts are not worth a note


def area_rows(areas: Sequence[Area]) -> list[tuple[str, ...]]:
    """Rows under `AREA_HEADINGS`."""
    return [
        (
            a.who,
            a.altitude.label,
            text.km2(a.ring_m2),
            text.km2(a.visible_m2),
            text.percent(a.visible_frac),
            text.km2(a.unknown_m2),
        )
        for a in areas
    ]


def band_rows(areas: Sequence[Banded]) -> list[tuple[str, ...]]:
    """Rows under `BAND_HEADINGS`: the band is that of antenna heights and positions together."""
    return [
        (*row[:-1], text.percent_range(*a.band_frac), row[-1])
        for a, row in zip(areas, area_rows([a.value for a in areas]), strict=True)
    ]


def reach_rows(found: ScenarioReach) -> list[tuple[str, ...]]:
    """Rows under `REACH_HEADINGS`: each unit, then the force."""
    summary = found.as_dict()
    return [
        (
            unit.get("id", "force"),
            r["target"],
            r["altitude"],
            text.band(r["first_track_km"], "km") if "first_track_km" in r else "",
            text.band(r["reach_km"], "km") if "reach_km" in r else "",
            text.area_band(1e6 * km2 for km2 in r["area_km2"]),
            text.percent_band(r.get("share_of_ring") or r["share_of_rings"]),
        )
        for unit in [*summary["units"], *([summary["force"]] if summary["force"] else [])]
        for r in unit["results"]
    ]


def system_rows(beside: SystemsBeside) -> list[tuple[str, ...]]:
    """Rows under `SYSTEM_HEADINGS`: each system at each altitude against each class."""
    return [
        (
            system["system"],
            r["target"],
            r["altitude"],
            text.length(1e3 * system["ring_km"]),
            text.band(r["first_track_km"], "km"),
            text.band(r["reach_km"], "km"),
            text.percent_band(r["share_of_ring"]),
        )
        for system in beside.as_dict()["systems"]
        for r in system["results"]
    ]


def terrain_notes(areas: Sequence[Area]) -> list[str]:
    """A line per ring on poor or unknown terrain, with the share of the ring."""
    notes = []
    for a in {a.who: a for a in areas}.values():
        parts = [
            f"{text.percent(share)} {what}"
            for share, what in (
                (a.poor_frac, "is terrain known to be poor"),
                (a.unknown_frac, "lies on or behind terrain that is not known"),
            )
            if share >= SHOWN
        ]
        if parts:
            notes.append(f"{a.who}: of the ring, {text.listed(parts)}.")
    return notes
