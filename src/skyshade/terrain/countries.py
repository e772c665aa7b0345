"""Countries and their borders, from the shipped maps of Natural Earth.

Areas are as the map draws them, de facto: as a country is held, not as it is claimed. A country
that the map's edge cuts is given as far as the map goes.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.errors import InputError, did_you_mean

DATA = resources.files("skyshade.terrain") / "data"
MAPS = ("borders_south_asia.geojson", "borders_anatolia.geojson")
UNCLAIMED = "Siachen Glacier"  # an area of the map of its own, which is no country
MOSTLY = 0.98  # of an area's outline belongs to one country, and so does the area


@dataclass(frozen=True, eq=False)
class Stretch:
    """A line of the map: (n, 2) lon, lat, "border" or "coast", and whose it is."""

    points: NDArray[np.float64]
    kind: str
    countries: frozenset[str]


def stretches() -> tuple[Stretch, ...]:
    """All lines of the shipped maps."""
    return tuple(stretch for name in MAPS for stretch in _lines(name))


@functools.cache
def _lines(name: str) -> tuple[Stretch, ...]:
    """The lines of one map."""
    return tuple(
        Stretch(
            np.array(f["geometry"]["coordinates"], float),
            f["properties"]["kind"],
            frozenset(f["properties"]["countries"]),
        )
        for f in json.loads((DATA / name).read_text("utf-8"))["features"]
    )


@functools.cache
def _areas() -> dict[str, Any]:
    """The area (lon, lat) of each country on the maps; one cut by both maps has parts of both."""
    parts: dict[str, list[Any]] = {}
    for map_ in MAPS:
        for name, area in _areas_of(map_).items():
            parts.setdefault(name, []).append(area)
    return {name: shapely.union_all(areas) for name, areas in sorted(parts.items())}


def _areas_of(map_: str) -> dict[str, Any]:
    """The area of each country on one map."""
    stretches = _lines(map_)
    lines = [shapely.LineString(s.points) for s in stretches]
    frame = shapely.box(*shapely.total_bounds(lines)).boundary
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([*lines, frame])]))
    found: dict[str, list[Any]] = {}
    tree = shapely.STRtree(lines)
    inside = shapely.difference(shapely.boundary(faces), frame)
    for face, outline in zip(faces, inside, strict=True):
        share: dict[str, float] = {}
        for i in tree.query(outline):
            common = shapely.intersection(outline, lines[i]).length
            for name in stretches[i].countries:
                share[name] = share.get(name, 0.0) + common
        if not share:
            continue
        name = max(share, key=lambda n: (share[n], n))
        others = [n for n in share if n != name and share[n] > (1 - MOSTLY) * outline.length]
        # an area with one neighbour all round is named by both: an island or an enclave is small
        if share[name] >= MOSTLY * outline.length and not (
            others and share[max(others, key=lambda n: share[n])] >= MOSTLY * outline.length
        ):
            found.setdefault(name, []).append(face)
    return {name: shapely.union_all(areas) for name, areas in found.items()}


def countries() -> tuple[str, ...]:
    """The countries that the map has an area of."""
    return tuple(_areas())


def country(name: str) -> Any:
    """The area (lon, lat) of a country on the map, as it is held.

    Raises
    ------
    InputError : the map has no such country.

    Examples
    --------
    >>> import shapely
    >>> india = country("India")
    >>> bool(shapely.contains_xy(india, 77.2, 28.6)), bool(shapely.contains_xy(india, 74.3, 31.5))
    (True, False)
    """
    for known, area in _areas().items():
        if known.lower() == name.strip().lower():
            return area
    raise InputError(
        "no such country on the shipped maps, which show South Asia and Anatolia",
        value=name,
        allowed=", ".join(countries()),
        hint=did_you_mean(name, countries()) or "Give its outline as a GeoJSON file.",
    )


def borders_of(names: frozenset[str] = frozenset()) -> list[NDArray[np.float64]]:
    """The land borders (n, 2) that all of these countries share; of no country, every border."""
    return [s.points for s in stretches() if s.kind == "border" and names <= s.countries]


def border_pairs() -> list[tuple[str, ...]]:
    """Pairs of countries that share a land border on the map.

    >>> ("India", "Nepal") in border_pairs()
    True
    """
    pairs = {tuple(sorted(s.countries)) for s in stretches() if s.kind == "border"}
    return sorted(pair for pair in pairs if UNCLAIMED not in pair)


def border_between(text: str) -> list[NDArray[np.float64]]:
    """The border "A-B", or all land borders of "A".

    Raises
    ------
    InputError : no such countries, or no common border on the map.

    Examples
    --------
    >>> len(border_between("india-pakistan"))
    1
    """
    known = {n.lower(): n for s in stretches() for n in s.countries}
    names = [part.strip() for part in text.split("-")]
    for name in names:
        if name.lower() not in known:
            raise InputError(
                "no such country on the shipped maps, which show South Asia and Anatolia",
                value=name,
                allowed=", ".join(sorted(known.values())),
                hint=did_you_mean(name, known.values())
                or "Give a line as a GeoJSON file, or two countries joined by '-'.",
            )
    found = borders_of(frozenset(known[n.lower()] for n in names))
    if not found:
        raise InputError("these countries have no common border on the shipped map", value=text)
    return found
