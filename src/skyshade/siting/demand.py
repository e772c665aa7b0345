"""What is to be covered: approaches to places, cells of an area, pieces of a line.

Each kind of demand has a weight; within a kind, places, classes and bearings count alike (unless
places have weights), cells count by their area and pieces of a line by their length.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.radar.load import load_target
from skyshade.radar.model import Target
from skyshade.reach.gaps import points_along, read_lines
from skyshade.reach.paths import Approach, Paths, inbound_paths, join
from skyshade.reach.places import APPROACH_M
from skyshade.reach.scenario import usual_flights
from skyshade.scenario.schema import Place, Scenario
from skyshade.scenario.siting import AreaDemand, LineDemand, PlaceDemand, Seen, Siting, is_file
from skyshade.shown import listed
from skyshade.siting.candidates import area_of, grid_inside
from skyshade.siting.model import Floats, Ints
from skyshade.terrain.countries import border_between

MOST_POINTS = 200_000


@dataclass(frozen=True, eq=False)
class Approaches:
    """Approaches to places; columns are place, flight, bearing."""

    places: tuple[Place, ...]
    flights: tuple[Approach, ...]
    az_deg: NDArray[np.float64]
    weight: Floats  # of each place
    shots: int
    before_m: float
    paths: Paths

    title = short = "approaches to places"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Places, flights, bearings."""
        return len(self.places), len(self.flights), len(self.az_deg)

    def columns(self) -> tuple[Floats, Ints, list[str]]:
        """Weights that add up to 1, group of each column, names of groups (the places)."""
        share = np.repeat(self.weight / self.weight.sum(), self.shape[1] * self.shape[2])
        group = np.repeat(np.arange(len(self.places)), self.shape[1] * self.shape[2])
        names = [place.name for place in self.places]
        return share / (self.shape[1] * self.shape[2]), group, names


@dataclass(frozen=True, eq=False)
class Points:
    """Points with weights, at altitudes; columns are flight, point. One group."""

    title: str
    short: str
    lon: Floats
    lat: Floats
    weight: Floats
    flights: tuple[Approach, ...]
    seen: Seen
    unit: str  # of the weight: km2 or km
    total: float

    @property
    def shape(self) -> tuple[int, int]:
        """Flights, points."""
        return len(self.flights), len(self.lon)

    def columns(self) -> tuple[Floats, Ints, list[str]]:
        """Weights that add up to 1, group of each column, the group's name."""
        share = np.tile(self.weight / self.weight.sum(), len(self.flights)) / len(self.flights)
        return share, np.zeros(len(share), np.int64), [self.title]


@dataclass(frozen=True, eq=False)
class Demand:
    """All kinds of demand, one after the other.

    Attributes
    ----------
    weight : (columns,) adds up to 1 over all kinds. group : (columns,); groups : their names.
    part : (columns,) index of the kind of demand.
    """

    parts: tuple[Approaches | Points, ...]
    weight: Floats
    group: Ints
    groups: tuple[str, ...]
    part: Ints

    def slice_of(self, part: int) -> slice:
        """The columns of one kind of demand."""
        mine = np.flatnonzero(self.part == part)
        return slice(int(mine[0]), int(mine[-1]) + 1)

    def in_words(self) -> str:
        """What is to be covered, for a reader."""
        if len(self.parts) == 1:
            return self.parts[0].title
        return listed([part.short for part in self.parts])


def make_demand(scenario: Scenario, siting: Siting, area: object) -> Demand:
    """The demand that a scenario asks for; by default approaches to its places, else the area.

    Parameters
    ----------
    area : of the candidates, which the area demand takes if it names none.

    Raises
    ------
    InputError : no place, no area, no line; too many points; a demand without weight.
    """
    asked: list[PlaceDemand | AreaDemand | LineDemand] = list(siting.demands())
    if not asked:
        asked = [PlaceDemand() if scenario.places else AreaDemand()]
    parts: list[Approaches | Points] = []
    for one in asked:
        if isinstance(one, PlaceDemand):
            parts.append(_approaches(scenario, one))
        elif isinstance(one, AreaDemand):
            parts.append(_cells(scenario, one, area))
        else:
            parts.append(_pieces(scenario, one))
    total = sum(one.weight for one in asked)
    weight, group, part = [], [], []
    names: list[str] = []
    for i, (one, made) in enumerate(zip(asked, parts, strict=True)):
        share, mine, titles = made.columns()
        weight.append(share * one.weight / total)
        group.append(mine + len(names))
        names += titles
        part.append(np.full(len(share), i))
    return Demand(
        tuple(parts),
        np.concatenate(weight),
        np.concatenate(group),
        tuple(names),
        np.concatenate(part),
    )


def _approaches(scenario: Scenario, asked: PlaceDemand) -> Approaches:
    if not scenario.places:
        raise InputError(
            "the scenario has no defended places",
            field="siting.places",
            hint="Give places, or an area or a line to be covered.",
        )
    n_az = round(360.0 / asked.bearing_deg)
    if abs(n_az * asked.bearing_deg - 360.0) > 1e-6:
        raise InputError(
            "does not divide the circle evenly",
            field="siting.places.bearing",
            value=f"{asked.bearing_deg:g} deg",
            allowed="1 to 90, e.g. 5 or 10",
        )
    weight = np.array([asked.weights.get(p.id, 1.0) for p in scenario.places])
    if not weight.any():
        raise InputError("no place has a weight above 0", field="siting.places.weights")
    places = tuple(p for p, w in zip(scenario.places, weight, strict=True) if w)
    targets = [load_target(name, scenario.known) for name in asked.targets or scenario.targets]
    az = np.arange(n_az) * 360.0 / n_az
    paths = join([inbound_paths(p.position.lon, p.position.lat, az, APPROACH_M) for p in places])
    flights = usual_flights(targets, scenario.altitudes)
    return Approaches(places, flights, az, weight[weight > 0], asked.shots, asked.before_m, paths)


def _target(scenario: Scenario, name: str | None) -> Target:
    usual = "fighter" if "fighter" in scenario.targets else scenario.targets[0]
    return load_target(name or usual, scenario.known)


def _cells(scenario: Scenario, asked: AreaDemand, area: object) -> Points:
    if asked.within:
        area, _ = area_of(asked.within, scenario, 1.0)
    if area is None:
        raise InputError(
            "no area to cover",
            field="siting.area.within",
            allowed="a country or a GeoJSON file",
            hint="The candidates are single positions, which have no area.",
        )
    found = grid_inside(area, asked.cell_deg, MOST_POINTS)
    if found is None or not len(found[0]):
        raise InputError(
            "no cell lies in the area" if found is not None else "too many cells",
            field="siting.area.cell",
            value=f"{asked.cell_deg:g} deg",
            allowed=f"so that there are 1 to {MOST_POINTS:,} cells",
        )
    lon, lat = found
    km2 = (111.2 * asked.cell_deg) ** 2 * np.cos(np.radians(lat))
    target = _target(scenario, asked.target)
    flights = tuple(Approach(target, a) for a in asked.altitudes) or usual_flights(
        [target], scenario.altitudes
    )
    return Points(
        f"the area {_is(asked.seen, flights)}",
        f"the area at {_at(flights)}",
        lon, lat, km2, flights, asked.seen, "km2", float(km2.sum()),
    )  # fmt: skip


def _pieces(scenario: Scenario, asked: LineDemand) -> Points:
    lines = read_lines(Path(asked.along)) if is_file(asked.along) else border_between(asked.along)
    lon, lat, km = [], [], []
    for line in lines:
        x, y = points_along(line, asked.step_m)
        length = shapely.length(shapely.LineString(line)) and _length_km(x, y)
        lon.append((x[1:] + x[:-1]) / 2)
        lat.append((y[1:] + y[:-1]) / 2)
        km.append(length)
    target = _target(scenario, asked.target)
    usual = usual_flights([target], scenario.altitudes)
    flights = usual if asked.altitude is None else (Approach(target, asked.altitude),)
    weight = np.concatenate(km)
    name = Path(asked.along).stem if is_file(asked.along) else asked.along
    return Points(
        f"the line {name} {_is(asked.seen, flights)}",
        f"the line {name} at {_at(flights)}",
        np.concatenate(lon), np.concatenate(lat), weight, flights, asked.seen, "km",
        float(weight.sum()),
    )  # fmt: skip


def _is(seen: Seen, flights: tuple[Approach, ...]) -> str:
    return f"in which a {flights[0].target.short_title} is {seen} at {_at(flights)}"


def _at(flights: tuple[Approach, ...]) -> str:
    return listed([f.altitude.label for f in flights])


def _length_km(lon: Floats, lat: Floats) -> Floats:
    from skyshade.terrain.geodesy import geod

    return np.asarray(geod().inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]) / 1e3
