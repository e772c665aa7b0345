"""The `siting` part of a scenario: what is to be placed, where it may stand, what to cover."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from skyshade.errors import InputError
from skyshade.scenario.names import TargetName
from skyshade.scenario.part import Part
from skyshade.scenario.quantities import (
    AltitudeField,
    Date,
    Frozen,
    FrozenDict,
    number,
    quantity,
    whole,
)

Word = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Weight = Annotated[float, number(0, 1e9)]
Objective = Literal["expected", "covered", "worst"]
Seen = Literal["engageable", "visible"]


def is_file(name: str) -> bool:
    """Whether a text names a GeoJSON file, not a sector or a country."""
    return name.lower().endswith((".json", ".geojson"))


def _beside(name: str, info: ValidationInfo) -> str:
    """A file named in a scenario's file starts at that file's folder."""
    if info.context is None or not is_file(name):
        return name
    return str((Path(info.context.file).parent / Path(name).expanduser()).absolute())


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


FileName = Annotated[Word, AfterValidator(_beside)]
Areas = Annotated[tuple[FileName, ...], BeforeValidator(_listed), Field(max_length=50)]


class NewUnits(Part):
    """Units of one kind that are to be placed; the same as a site of the scenario but for where."""

    count: Annotated[int, whole(1, 50)] = 1
    like: Word | None = None  # id of a site
    arrives: Date | None = None


class Candidates(Part):
    """Where they may stand: a grid, and the rules that a place must keep to."""

    within: Areas = ()  # "sectors", ids of sites, countries, GeoJSON files
    around_m: Annotated[float, quantity("length", 0, 1e6)] = 0.0  # of a sector's position
    spacing_deg: Annotated[float, quantity("angle", 0.01, 10)] | None = None
    border_m: Annotated[float, quantity("length", 0, 1e6)] | None = None
    slope_deg: Annotated[float, quantity("angle", 0, 90)] | None = None
    highest_m: Annotated[float, quantity("length", -500, 9000)] | None = None
    water: bool = False
    apart_m: Annotated[float, quantity("length", 0, 2e6)] | None = None


class PlaceDemand(Part):
    """Approaches to the defended places, from every bearing, of each class of target."""

    weight: Weight = 1.0
    bearing_deg: Annotated[float, quantity("angle", 1, 90)] = 10.0
    targets: Annotated[tuple[TargetName, ...], Field(max_length=12)] = ()
    shots: Annotated[int, whole(1, 20)] = 1
    before_m: Annotated[float, quantity("length", 0, 6e5)] = 0.0
    weights: Frozen[str, Weight] = FrozenDict()  # of places; 1 for each by default


class AreaDemand(Part):
    """An area in cells, at altitudes: where targets can be engaged, or are seen."""

    weight: Weight = 1.0
    within: Areas = ()
    cell_deg: Annotated[float, quantity("angle", 0.05, 5)] = 0.5
    altitudes: Annotated[tuple[AltitudeField, ...], Field(max_length=12)] = ()
    target: TargetName | None = None
    seen: Seen = "engageable"


class LineDemand(Part):
    """A border or another line at an altitude: the length along which targets can be engaged."""

    weight: Weight = 1.0
    along: FileName  # a GeoJSON file, or "India-Pakistan"
    step_m: Annotated[float, quantity("length", 1000, 1e5)] = 10_000.0
    altitude: AltitudeField | None = None
    target: TargetName | None = None
    seen: Seen = "engageable"


class Siting(Part):
    """What `skyshade siting` is to find."""

    units: Annotated[tuple[NewUnits, ...], Field(max_length=20)] = ()
    candidates: Candidates = Candidates()
    places: PlaceDemand | None = None
    area: AreaDemand | None = None
    line: LineDemand | None = None
    objective: Objective = "expected"
    at_least: Annotated[int, whole(1, 50)] = 1
    level: Annotated[float, quantity("fraction", 0, 1)] | None = None

    def demands(self) -> tuple[PlaceDemand | AreaDemand | LineDemand, ...]:
        """The kinds of demand asked for."""
        return tuple(d for d in (self.places, self.area, self.line) if d is not None)


def check_siting(siting: Siting, sites: list[str], places: list[str], place: Any) -> None:
    """Check that the sites and places that the part names exist, and that demand has weight.

    Raises
    ------
    InputError : with the field of what is wrong.
    """
    from skyshade.errors import unknown_name

    for i, units in enumerate(siting.units):
        if units.like is not None and units.like not in sites:
            raise unknown_name("site", units.like, sites, **place("siting", "units", i, "like"))
    if siting.places is not None:
        for name in siting.places.weights:
            if name not in places:
                where = place("siting", "places", "weights", name)
                raise unknown_name("place", name, places, **where)
    if siting.demands() and not any(d.weight for d in siting.demands()):
        raise InputError("no demand has a weight above 0", **place("siting"))
