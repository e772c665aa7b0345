"""The schema of scenario files. Field names here are the field names there; values are SI."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from skyshade.scenario.quantities import AltitudeField, Angle, Date, Length
from skyshade.terrain.model import Antenna

Identifier = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64, strict=True)
]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Confidence = Literal["high", "medium", "low"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Source(_Part):
    """A publication that a statement of the scenario rests on."""

    title: str
    outlet: str
    date: str | None = None
    url: str | None = None
    licence: str | None = None
    note: str | None = None


class Position(_Part):
    lon: Longitude
    lat: Latitude


class Terrain(_Part):
    """Which elevation model, and what the world is where it does not say."""

    dem: str = "globe30-south-asia"
    outside: Literal["unknown", "sea"] = "unknown"
    nodata: Literal["unknown", "sea", "refuse"] = "unknown"


class Atmosphere(_Part):
    k_factor: Annotated[float, Field(gt=0.1, le=1e9, allow_inf_nan=False)] = 4 / 3


class Event(_Part):
    """Something that happened to a unit, as reported, or `assumed` by this scenario."""

    kind: Literal["announced", "delivered", "deployed", "operational"]
    date: Date
    sources: list[str] = []
    confidence: Confidence
    assumed: bool = False
    note: str = ""


class AntennaHeight(_Part):
    """Height of the antenna above ground: the value used and the bounds it may have."""

    value: Annotated[Length, Field(gt=0, le=1000)]
    low: Annotated[Length, Field(gt=0, le=1000)]
    high: Annotated[Length, Field(gt=0, le=1000)]
    why: str


class Site(_Part):
    """One unit: a regiment at sector level, or a single fire unit."""

    id: Identifier
    name: str
    system: str = "s-400"
    radar: str = "91N6E"
    sector: str = ""
    position: Position
    illustrative: bool
    position_rounding: Annotated[Angle, Field(ge=0, le=5)] = 0.0
    position_note: str = ""
    antenna: AntennaHeight
    ground_msl: Annotated[Length, Field(ge=-500, le=9000)] | None = None
    max_range: Annotated[Length, Field(ge=100, le=1.5e6)] | None = None
    az_sector: tuple[Angle, Angle] | None = None
    el_limits: tuple[Angle, Angle] = (-90.0, 90.0)
    events: list[Event] = []

    def event(self, kind: str) -> Event | None:
        """The unit's event of that kind, or None."""
        return next((e for e in self.events if e.kind == kind), None)

    def operational_on(self, day: date) -> bool:
        """True from the last day of the interval in which it is said to have become operational.

        Units without events (what-if scenarios) are always operational.
        """
        event = self.event("operational")
        return not self.events or (event is not None and event.date.last <= day)

    def make_antenna(
        self, agl_m: float | None = None, shift: tuple[float, float] = (0.0, 0.0)
    ) -> Antenna:
        """The site's antenna, at another height or moved within its rounding.

        `shift`: east and north, in units of half the rounding.
        """
        half = self.position_rounding / 2
        return Antenna(
            lon=self.position.lon + shift[0] * half, lat=self.position.lat + shift[1] * half,
            agl_m=self.antenna.value if agl_m is None else agl_m,
            ground_msl_m=self.ground_msl, az_sector_deg=self.az_sector,
            el_limits_deg=self.el_limits,
        )  # fmt: skip


class Place(_Part):
    """A defended place."""

    id: Identifier
    name: str
    kind: Literal["city", "airport", "other"]
    position: Position
    sources: list[str]


class Scenario(_Part):
    """One scenario file, checked."""

    schema_: Literal["skyshade/scenario/1"] = Field(alias="schema")
    name: Identifier
    title: str
    description: str = ""
    as_of: Date | None = None
    terrain: Terrain = Terrain()
    atmosphere: Atmosphere = Atmosphere()
    altitudes: Annotated[list[AltitudeField], Field(min_length=1, max_length=12)]
    ring: Annotated[Length, Field(ge=100, le=1.5e6)] | None = None
    ring_note: str = ""
    sites: Annotated[list[Site], Field(min_length=1, max_length=200)]
    places: Annotated[list[Place], Field(max_length=2000)] = []
    sources: dict[str, Source] = {}
