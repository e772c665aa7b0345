"""Borders and coasts for maps; disputed stretches are marked."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyshade.terrain.countries import stretches

NOTE = (
    "Borders: Natural Earth 1:10m, drawn as they are held, not as they are claimed; not "
    "authoritative. Dashed: disputed or undemarcated stretches. Skyshade takes no position."
)

# Countries whose whole common border is disputed, and those that dispute it north of a latitude
# (Kashmir begins at 32.3 N on the Ravi; India and Pakistan agree on the border south of it).
_DISPUTED = {
    frozenset(p)
    for p in (
        ("China", "India"),
        ("China", "Pakistan"),
        ("Israel", "Syria"),
        ("Israel", "Palestine"),
    )
}
_UNSETTLED = frozenset(("Siachen Glacier", "N. Cyprus", "Cyprus U.N. Buffer Zone"))
_DISPUTED_NORTH_OF = {frozenset(("India", "Pakistan")): 32.3}


@dataclass(frozen=True)
class Line:
    """A stretch of border or coast: (n, 2) lon, lat, and whose it is."""

    points: NDArray[np.float64]
    kind: str  # border, coast
    disputed: bool
    countries: frozenset[str]


@functools.cache
def borders() -> tuple[Line, ...]:
    """All lines of the shipped maps, split where a border begins to be disputed."""
    lines = []
    for stretch in stretches():
        points, pair = stretch.points, stretch.countries
        if stretch.kind == "border" and pair in _DISPUTED_NORTH_OF:
            north = points[:, 1] > _DISPUTED_NORTH_OF[pair]
            for start, end in _runs(north):
                lines.append(Line(points[start : end + 1], "border", bool(north[start]), pair))
        else:
            disputed = stretch.kind == "border" and (pair in _DISPUTED or bool(pair & _UNSETTLED))
            lines.append(Line(points, stretch.kind, disputed, pair))
    return tuple(lines)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, last + 1) of each run of equal flags; runs share their end point."""
    edges = [0, *(np.nonzero(np.diff(flags))[0] + 1), len(flags)]
    return list(itertools.pairwise(edges))
