"""The `sensors` of a scenario: radars in the air, whose tracks cue the units.

An airborne early-warning radar flies an orbit, a tethered balloon stands over one place. Neither
shoots, and neither is a command post.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictBool, StringConstraints, model_validator

from skyshade.errors import InputError
from skyshade.scenario.names import RadarName
from skyshade.scenario.part import Part
from skyshade.scenario.quantities import (
    AltitudeField,
    ElevationLimits,
    Identifier,
    Latitude,
    Longitude,
    quantity,
    whole,
    whole_or,
)
from skyshade.terrain.geodesy import geod

DAY_S = 86_400.0
STEEPEST_BANK_DEG = 45.0  # of a large aircraft in a turn; more is not held for hours
GRAVITY = 9.80665

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, strict=True)
]
Endurance = Annotated[float, quantity("time", 60.0, 90 * DAY_S)]


class Centre(Part):
    """The middle of an orbit, or where a balloon stands (degrees on WGS-84)."""

    lon: Longitude
    lat: Latitude


class Orbit(Part):
    """A racetrack: two legs and two half circles; a circle without legs.

    `positions`: at how many places on it, evenly spaced in time, the radar is taken to look.
    """

    radius_m: Annotated[float, quantity("length", 500.0, 300e3)]
    legs_m: Annotated[float, quantity("length", 0.0, 500e3)] = 0.0
    heading_deg: Annotated[float, quantity("angle", -360, 360)] = 0.0
    speed_mps: Annotated[float, quantity("speed", 20.0, 350.0)]
    positions: Annotated[int, whole(2, 64)] = 8

    @model_validator(mode="after")
    def _can_be_flown(self) -> Orbit:
        """Refuse turns that no such aircraft holds."""
        bank = math.atan(self.speed_mps**2 / (GRAVITY * self.radius_m))
        tightest = self.speed_mps**2 / (GRAVITY * math.tan(math.radians(STEEPEST_BANK_DEG)))
        if bank > math.radians(STEEPEST_BANK_DEG):
            raise InputError(
                f"the orbit is too fast for its turns, which would take a bank of "
                f"{math.degrees(bank):.0f} degrees",
                field="radius",
                value=f"{self.radius_m / 1e3:g} km at {self.speed_mps:g} m/s",
                allowed=f"{tightest / 1e3:.1f} km or more at this speed",
            )
        return self

    @property
    def lap_s(self) -> float:
        """Time of one round."""
        return (2 * math.pi * self.radius_m + 2 * self.legs_m) / self.speed_mps

    @property
    def farthest_m(self) -> float:
        """How far from its centre the orbit leads."""
        return self.radius_m + self.legs_m / 2

    def offsets_m(self, n: int) -> NDArray[np.float64]:
        """(n, 2) metres east and north of the centre, evenly spaced in time from mid-leg on.

        Examples
        --------
        >>> circle = Orbit(radius_m=20e3, speed_mps=200.0)
        >>> circle.offsets_m(4).round().astype(int).tolist()
        [[20000, 0], [0, -20000], [-20000, 0], [0, 20000]]
        """
        r, leg = self.radius_m, self.legs_m
        turn = math.pi * r
        s = np.arange(n) / n * (2 * turn + 2 * leg) + leg / 2
        s = np.mod(s, 2 * (leg + turn))
        back = s >= leg + turn
        s = np.where(back, s - leg - turn, s)
        angle = np.clip(s - leg, 0.0, None) / r  # into the turn at the end of the leg
        along = np.minimum(s, leg) - leg / 2 + r * np.sin(angle)
        across = r * np.cos(angle)
        sign = np.where(back, -1.0, 1.0)
        ahead, right = sign * along, sign * across
        if leg == 0.0:  # a circle begins east of its centre, wherever it heads
            ahead, right = -ahead, right
        heading = math.radians(self.heading_deg)
        east = ahead * math.sin(heading) + right * math.cos(heading)
        north = ahead * math.cos(heading) - right * math.sin(heading)
        return np.column_stack([east, north])


class Station(NamedTuple):
    """When a sensor is there: `watch_s` of every `cycle_s`."""

    watch_s: float
    cycle_s: float

    @property
    def share(self) -> float:
        """Share of the time on station."""
        return self.watch_s / self.cycle_s


class Sensor(Part):
    """A radar in the air.

    `endurance` is the time on station of one sortie, `turnaround` the time from leaving the station
    until the same aircraft is back on it; `aircraft` take turns.
    """

    id: Identifier
    name: Name
    radar: RadarName
    centre: Centre
    illustrative: StrictBool
    altitude: AltitudeField
    orbit: Orbit | None = None
    endurance_s: Endurance | None = None
    turnaround_s: Annotated[float, quantity("time", 0.0, 90 * DAY_S)] | None = None
    aircraft: Annotated[int, whole(1, 50)] = 1
    max_range_m: Annotated[float, quantity("length", 1e3, 1e6)] | None = None
    el_limits_deg: ElevationLimits = (-90.0, 90.0)
    tracks: Annotated[int, whole_or("unlimited", 1, 10_000)] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _whole_rota(self) -> Sensor:
        if (self.endurance_s is None) != (self.turnaround_s is None):
            missing = "turnaround" if self.turnaround_s is None else "endurance"
            raise InputError(
                "endurance and turnaround need each other; without both it is always on station",
                field=missing,
            )
        if self.endurance_s is None and "aircraft" in self.model_fields_set:
            raise InputError("aircraft take turns by their endurance; give it", field="endurance")
        return self

    @model_validator(mode="after")
    def _sees_beyond_its_orbit(self) -> Sensor:
        if self.orbit is not None and self.range_m <= self.orbit.farthest_m:
            raise InputError(
                "the orbit is wider than the radar's range",
                field="orbit",
                value=f"{self.orbit.farthest_m / 1e3:g} km from its centre",
                allowed=f"less than {self.range_m / 1e3:g} km",
            )
        return self

    @property
    def range_m(self) -> float:
        """How far the radar is instrumented: as given, or as published."""
        if self.max_range_m is not None:
            return self.max_range_m
        figure = self.known.entry(self.radar).figures.get("instrumented_range")
        if figure is None or figure.is_unknown:
            raise InputError(
                f"the catalogue gives no instrumented range for {self.radar}; give max_range",
                field="max_range",
            )
        return figure.number

    @property
    def inner_range_m(self) -> float:
        """Around the centre: what lies inside is in range from every position of the orbit."""
        return self.range_m - (0.0 if self.orbit is None else self.orbit.farthest_m)

    @property
    def station(self) -> Station:
        """Aircraft follow each other evenly; overlap adds nothing, gaps are gaps."""
        if self.endurance_s is None or self.turnaround_s is None:
            return Station(1.0, 1.0)
        apart = (self.endurance_s + self.turnaround_s) / self.aircraft
        return Station(self.endurance_s, max(self.endurance_s, apart))

    def positions(self) -> NDArray[np.float64]:
        """(n, 2) longitude and latitude (degrees) from where it looks; one of a balloon."""
        if self.orbit is None:
            return np.array([[self.centre.lon, self.centre.lat]])
        return self.places(self.orbit.positions)

    def places(self, n: int) -> NDArray[np.float64]:
        """(n, 2) longitude and latitude (degrees) of places on the orbit, to draw it."""
        if self.orbit is None:
            return self.positions()
        east, north = self.orbit.offsets_m(n).T
        lon, lat, _ = geod().fwd(
            np.full(n, self.centre.lon),
            np.full(n, self.centre.lat),
            np.degrees(np.arctan2(east, north)),
            np.hypot(east, north),
        )
        return np.column_stack([lon, lat])


Sensors = Annotated[tuple[Sensor, ...], Field(max_length=20)]
