"""What the colours, lines and hatches of the maps mean."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.coverage.model import Coverage
from skyshade.report import text
from skyshade.report.ground import borders_in_view
from skyshade.report.panel import DISPUTED, WEAPON_RING
from skyshade.report.style import INK, MUTED

SEEN_COLOURS = ("#f2a541", "#e4572e", "#a4243b", "#5c164e", "#240b36")  # 1, 2, … sites
# lowest visible altitude above ground: upper bound (m), colour, label
CLEARANCE_BINS: tuple[tuple[float, str, str], ...] = (
    (30, "#1b4965", "under 30 m"),
    (100, "#2c7da0", "30 to 100 m"),
    (300, "#61a5c2", "100 to 300 m"),
    (1000, "#a9d6b8", "300 m to 1 km"),
    (3000, "#f4e285", "1 to 3 km"),
    (10000, "#f4a259", "3 to 10 km"),
    (math.inf, "#bc4b51", "over 10 km"),
)

FROM_THE_AIR = "#9db4c0"  # what only a radar in the air sees


def visible_legend(coverage: Coverage, ring_m: float | None, ring_text: str) -> list[Any]:
    """Legend of a map of what sites have in line of sight.

    Parameters
    ----------
    ring_m, ring_text : the weapon's ring if the map shows one, and what it is called.
    """
    seen = seen_handles(len(coverage.sites), len(coverage.sites))
    weapon = [] if ring_m is None else [Line2D([], [], color=WEAPON_RING, lw=1, label=ring_text)]
    return [*seen, *aloft_handles(coverage), *weapon, *ground_legend(coverage)]


def aloft_handles(coverage: Coverage) -> list[Any]:
    """What only a radar in the air sees, if there is one."""
    if not coverage.sensors:
        return []
    return [Patch(fc=FROM_THE_AIR, alpha=0.6, label="by a radar in the air alone")]


def seen_handles(total: int, most: int) -> list[Any]:
    """The colours of the number of sites that see a place.

    Parameters
    ----------
    total : number of sites.
    most : of them see one place together; colours beyond that do not appear.
    """
    labels = ["in line of sight"] if total == 1 else _counted("seen by {}", "site", total)
    return _patches(labels[:most])


def engageable_legend(coverage: Coverage, n_units: int) -> list[Any]:
    """Legend of a map of what units can engage."""
    return [*_patches(_counted("by {}", "unit", n_units)), *ground_legend(coverage)]


def clearance_legend(coverage: Coverage) -> list[Any]:
    """Legend of a map of the lowest visible altitude above ground."""
    classes = [Patch(fc=colour, alpha=0.85, label=label) for _, colour, label in CLEARANCE_BINS]
    return [*classes, *ground_legend(coverage)]


def ground_legend(coverage: Coverage) -> list[Any]:
    """What every map shows: the radars' rings, gaps in the terrain, disputed borders."""
    radius = {s.spec.max_range_m for s in coverage.sites}
    label = f"{text.length(radius.pop())} ring" if len(radius) == 1 else "rings of the sites"
    handles: list[Any] = [
        Line2D([], [], color=INK, lw=1, ls=(0, (1, 1.6)), label=f"{label}, radar")
    ]
    handles += unknown_handles(coverage)
    if coverage.dem.poor_cells:
        hatch: dict[str, Any] = {"fc": "none", "ec": "#7a6a4f", "hatch": "xxxx", "lw": 0.4}
        handles.append(Patch(label="poor terrain data", **hatch))
    if borders_in_view(coverage):
        handles.append(Line2D([], [], color=INK, lw=0.8, ls=DISPUTED, label="disputed border"))
    return handles


def unit_handle() -> Any:
    """The mark of a unit."""
    return Line2D([], [], marker="^", color="white", mec=INK, ms=4, ls="", label="unit")


def unknown_handles(coverage: Coverage) -> list[Any]:
    """The hatch of terrain that is not known, if some of it lies in the rings."""
    if not any(a.unknown_m2 > 0 for a in coverage.areas()):
        return []
    return [Patch(fc="none", ec=MUTED, hatch="////", lw=0.4, label="terrain not known")]


def _patches(labels: list[str]) -> list[Any]:
    return [
        Patch(fc=colour, alpha=0.8, label=label)
        for colour, label in zip(SEEN_COLOURS, labels, strict=False)
    ]


def _counted(phrase: str, noun: str, total: int) -> list[str]:
    """A label per colour: one site, two sites, …; the last colour stands for all above it."""
    shown = min(total, len(SEEN_COLOURS))
    labels = [phrase.format(text.count(k, noun)) for k in range(1, shown + 1)]
    if total > shown:
        labels[-1] = phrase.format(f"{shown} or more {noun}s")
    return labels
