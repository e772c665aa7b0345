"""Who comes in a raid: groups of targets, their paths, aims, arrival and jammers. Generic."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints, model_validator

from skyshade.errors import InputError
from skyshade.scenario.names import TargetName
from skyshade.scenario.part import Part
from skyshade.scenario.quantities import (
    AltitudeField,
    Identifier,
    Latitude,
    Longitude,
    Numeric,
    number,
    quantity,
    whole,
    without_unit,
)

MAX_TARGETS = 4096  # of a raid: beyond it tables and scratch no longer fit a small machine
DAY_S = 86_400.0
MONTH_S = 30 * DAY_S  # the longest raid
MAX_FRONT_M = 1e7  # of targets abreast
LongTime = Annotated[float, quantity("time", 0, MONTH_S)]
Count = Annotated[int, whole(1, MAX_TARGETS)]


def _bearings(value: Any) -> Any:
    """A span of bearings, [from, to] clockwise with from < to, or `all` round."""
    allowed = "[from, to] in degrees with from < to, e.g. [250, 290 deg] or [-10, 20], or 'all'"
    if value == "all":
        return 0.0, 360.0
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InputError("not a span of bearings", value=value, allowed=allowed)
    read = Numeric("angle", -360, 360, has_unit=True)
    low, high = (read(v) for v in value)
    if not low < high <= low + 360.0:
        reversed_ = "the span of bearings is reversed" if high < low else "not a span of bearings"
        raise InputError(reversed_, value=f"[{low:g}, {high:g}]", allowed=allowed)
    return low, high


class Waypoint(Part):
    """A place on a path; its altitude is the group's if not given."""

    lon: Longitude
    lat: Latitude
    altitude: AltitudeField | None = None


class Aim(Part):
    """What a group heads for: a defended place, or a part of a site."""

    place: Identifier | None = None
    site: Identifier | None = None
    part: Literal["radar", "command-post", "fire-unit", "none"] = "none"
    value: Annotated[float, number(0, 1e6)] = 1.0

    @model_validator(mode="after")
    def _one(self) -> Aim:
        if (self.place is None) == (self.site is None):
            raise InputError("an aim is either a place or a site")
        if self.part != "none" and self.site is None:
            raise InputError("only a site has parts", value=self.part)
        return self


class Arrival(Part):
    """When the targets of a group come.

    simultaneous: all at once; stream: one every `interval`; poisson: with exponential intervals of
    that mean; waves: `waves` equal waves, `interval` apart.
    """

    process: Literal["simultaneous", "stream", "poisson", "waves"] = "simultaneous"
    start_s: LongTime = 0.0
    interval_s: LongTime | None = None
    waves: Annotated[int, whole(2, 100)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Arrival:
        if self.process == "simultaneous" and self.interval_s is not None:
            raise InputError("targets that come all at once have no interval", field="interval")
        if self.process != "simultaneous" and not self.interval_s:
            raise InputError("this process needs an interval of more than 0 s", value=self.process)
        if (self.process == "waves") != (self.waves is not None):
            raise InputError("the number of waves belongs to the process 'waves', and to it only")
        return self


class Jamming(Part):
    """A noise jammer on board, by how much it raises a radar's noise at a distance.

    self-screening hides the target itself; stand-off also gets into the side lobes of every radar
    in view, `side_lobe` times weaker.
    """

    kind: Literal["self-screening", "stand-off"]
    jn: Annotated[float, number(0, 1e12)]  # J/N, a ratio, in the main beam at `at`
    at_m: Annotated[float, quantity("length", 1e3, 1e6)] = 100e3
    side_lobe: Annotated[float, number(1, 1e8)] = 1e3


class Group(Part):
    """Targets of one class that come together.

    The path is a bearing (where they come from, seen from the aim) and a distance, or waypoints.
    With `bearings`, a span, the bearing is one of the raid's unknowns. Waypoints end at the aim;
    without an aim the targets leave after the last waypoint. `spacing`:
    how far apart they fly abreast. A decoy is engaged like a threat and does not count as one;
    friendly traffic is tracked and never engaged. `tracks`: a file of recorded friendly traffic,
    which gives times, places and altitudes; see docs/tracks.md.
    """

    id: Identifier
    target: TargetName
    count: Count = 1
    aim: Aim | None = None
    bearing_deg: Annotated[float, quantity("angle", -360, 360)] | None = None
    bearings_deg: Annotated[tuple[float, float], BeforeValidator(_bearings)] | None = None
    distance_m: Annotated[float, quantity("length", 1e3, 5e6)] | None = None
    path: Annotated[tuple[Waypoint, ...], Field(min_length=1, max_length=1000)] | None = None
    tracks: Annotated[str, StringConstraints(min_length=1, strict=True)] | None = None
    profile: Literal["level", "ballistic"] = "level"
    altitude: AltitudeField | None = None
    apogee_m: Annotated[float, quantity("length", 1e3, 2e6)] | None = None
    speed_mps: Annotated[float, quantity("speed", 10, 8e3)] | None = None
    spacing_m: Annotated[float, quantity("length", 0, 1e5)] = 0.0
    arrival: Arrival = Arrival()
    decoy: StrictBool = False
    friendly: StrictBool = False
    jammer: Jamming | None = None

    @model_validator(mode="after")
    def _one_path(self) -> Group:
        if self.tracks is not None:
            return self._only_tracks()
        polar = self.from_deg is not None or self.distance_m is not None
        if polar == (self.path is not None):
            raise InputError("a path is either 'bearing' and 'distance', or 'path', or 'tracks'")
        if polar and (self.from_deg is None or self.distance_m is None or self.aim is None):
            raise InputError("'bearing' and 'distance' need each other and an 'aim'")
        if self.path is not None and self.aim is None and len(self.path) < 2:
            raise InputError("a path without an aim needs two waypoints", field="path")
        if self.profile == "ballistic":
            if not polar:
                raise InputError("a ballistic arc needs 'bearing', 'distance' and 'aim'")
            if self.altitude is not None or self.speed_mps is not None:
                raise InputError(
                    "distance and apogee fix a ballistic arc; it has no other altitude or speed"
                )
        elif self.apogee_m is not None:
            raise InputError("only a ballistic arc has an apogee", field="apogee")
        if self.friendly and (self.aim is not None or self.decoy or self.jammer is not None):
            raise InputError(
                "friendly traffic has no aim, and is neither decoy nor jammer", field="friendly"
            )
        return self

    @model_validator(mode="after")
    def _narrow(self) -> Group:
        """Refuse a front that would reach around the Earth; its paths would never end."""
        if (self.count - 1) * self.spacing_m > MAX_FRONT_M:
            raise InputError(
                f"the front would be wider than {MAX_FRONT_M / 1e3:,.0f} km",
                field="spacing",
                value=f"{self.spacing_m / 1e3:g} km between {self.count} targets",
                allowed=f"at most {MAX_FRONT_M / 1e3 / (self.count - 1):.3g} km",
            )
        return self

    @model_validator(mode="after")
    def _one_bearing(self) -> Group:
        if self.bearing_deg is not None and self.bearings_deg is not None:
            raise InputError("a group has one bearing or a span of them", field="bearings")
        return self

    @property
    def from_deg(self) -> float | None:
        """The bearing that they come from: as given, or the middle of the span."""
        if self.bearings_deg is None:
            return self.bearing_deg
        return sum(self.bearings_deg) / 2 % 360.0

    def _only_tracks(self) -> Group:
        """Check that nothing else says what the file of tracks says."""
        if not self.friendly:
            raise InputError(
                "recorded traffic is friendly",
                field="tracks",
                allowed="friendly: true, which is never engaged",
            )
        beside = ("id", "target", "tracks", "friendly", "arrival")
        if twice := sorted(self.model_fields_set.difference(beside)):
            raise InputError(
                "the file of tracks says who flies where",
                field=without_unit(twice[0]),
                allowed=", ".join(beside),
            )
        if self.arrival.process != "simultaneous":
            raise InputError(
                "the file of tracks says when each aircraft comes",
                field="arrival",
                value=self.arrival.process,
                allowed="start",
            )
        return self
