"""Names of countries and seas for maps, and where to write them."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import shapely

from skyshade.terrain.countries import UNCLAIMED, countries, country

LEAST_DEG = 0.4  # radius of the largest circle in a country that its name is written in
COARSE_DEG = 0.02  # outlines for maps and for "which country is this" are simplified by so much

# Where the shipped map's edge cuts an area it has no outline; seas have none. Longitude, latitude.
_CUT = {
    "China": (86.0, 33.5),
    "Iran": (60.9, 30.5),
    "Turkmenistan": (61.8, 38.6),
    "Uzbekistan": (66.2, 39.2),
    "Tajikistan": (70.6, 38.6),
}
_SEAS = {
    "Arabian Sea": (65.5, 16.0),
    "Bay of Bengal": (87.0, 14.5),
    "Indian Ocean": (85.0, 6.2),
    "Black Sea": (34.0, 43.4),
    "Mediterranean Sea": (31.0, 34.3),
}


class MapName(NamedTuple):
    """A name, what it names, and where it is written (degrees).

    `radius_deg` : of the circle that the name has room in, so that a map knows when to show it.
    """

    name: str
    kind: Literal["country", "sea"]
    lon: float
    lat: float
    radius_deg: float


def map_names(bounds: tuple[float, float, float, float]) -> list[MapName]:
    """Names inside some bounds (west, south, east, north), those with most room first.

    Examples
    --------
    >>> [n.name for n in map_names((72.0, 5.0, 90.0, 20.0))]
    ['India', 'Bay of Bengal', 'Indian Ocean', 'Sri Lanka']
    """
    frame = shapely.box(*bounds)
    found = []
    for name in countries():
        here = shapely.intersection(country(name), frame)
        if name == UNCLAIMED or here.is_empty:
            continue
        largest = max(shapely.get_parts(here), key=lambda part: part.area)
        circle = shapely.maximum_inscribed_circle(largest, 0.05)
        (lon, lat), _ = circle.coords
        if circle.length >= LEAST_DEG:
            found.append(MapName(name, "country", round(lon, 2), round(lat, 2), circle.length))
    for names, kind, room in ((_CUT, "country", 1.5), (_SEAS, "sea", 3.0)):
        found += [
            MapName(name, kind, lon, lat, room)  # type: ignore[arg-type]
            for name, (lon, lat) in names.items()
            if shapely.contains_xy(frame, lon, lat)
        ]
    return sorted(found, key=lambda n: -n.radius_deg)


def outlines(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """The countries of the shipped map inside some bounds, as they are held, simplified."""
    frame = shapely.box(*bounds)
    cut = {name: shapely.intersection(country(name), frame) for name in countries()}
    return {
        name: shapely.simplify(area, COARSE_DEG)
        for name, area in cut.items()
        if name != UNCLAIMED and not area.is_empty
    }
