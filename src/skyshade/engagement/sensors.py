"""Radars in the air, as the raid's tables have them: what they see from every place of their orbit.

A sensor detects and tracks like a site's acquisition radar. It neither shoots nor commands, nothing
aims at it, and it has no part in losses. Where it is on its orbit at the start, and how long the
aircraft on station has been there, are drawn per replicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skyshade.coverage.orbits import antennas_of
from skyshade.engagement.tables import (
    Places,
    RaidTerrain,
    View,
    Watcher,
    own_noise,
    sees,
    with_figures,
)
from skyshade.errors import InputError
from skyshade.fireunit.signal import air_to_point
from skyshade.radar.load import load_radar
from skyshade.radar.model import Radar
from skyshade.scenario.quantities import NO_LIMIT
from skyshade.scenario.raid import Raid
from skyshade.scenario.sensors import Sensor
from skyshade.terrain.model import Antenna
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown


@dataclass(frozen=True, eq=False)
class AirborneRadar:
    """A sensor with what it has in view from each position of its orbit."""

    sensor: Sensor
    radar: Radar
    views: tuple[View, ...]

    def watcher(self, figures: Figures) -> Watcher:
        """The radar with the values of its uncertain figures."""
        sensor = self.sensor
        station = sensor.station
        return Watcher(
            with_figures(self.radar, figures, ("reference_range_m", "scan_period_s")),
            self.views,
            _tracks(sensor, figures),
            lap_s=1.0 if sensor.orbit is None else sensor.orbit.lap_s,
            watch_s=station.watch_s,
            cycle_s=station.cycle_s,
        )


def load_sensors(
    sensors: Sequence[Sensor], raid: Raid, ground: RaidTerrain, places: Places
) -> tuple[AirborneRadar, ...]:
    """The sensors of a scenario with what they see along all paths.

    Raises
    ------
    InputError : an orbit that leaves the terrain or runs below it; a radar without figures.
    """
    found = []
    for sensor in sensors:
        try:
            radar = load_radar(sensor.radar, sensor.known)
            views = _views(sensor, radar, raid, ground, places)
        except InputError as error:
            raise error.inside(f"sensors.{sensor.id}", ".") from None
        found.append(AirborneRadar(sensor, radar, views))
    return tuple(found)


def with_views(
    found: Sequence[AirborneRadar], raid: Raid, ground: RaidTerrain, places: Places
) -> tuple[AirborneRadar, ...]:
    """The same sensors along other paths."""
    return tuple(
        AirborneRadar(one.sensor, one.radar, _views(one.sensor, one.radar, raid, ground, places))
        for one in found
    )


def _views(
    sensor: Sensor, radar: Radar, raid: Raid, ground: RaidTerrain, places: Places
) -> tuple[View, ...]:
    antennas = antennas_of(sensor, ground.dem)
    return tuple(_view(antenna, sensor, radar, raid, ground, places) for antenna in antennas)


def _view(
    antenna: Antenna,
    sensor: Sensor,
    radar: Radar,
    raid: Raid,
    ground: RaidTerrain,
    places: Places,
) -> View:
    dist, az = places.points.polar(antenna.lon, antenna.lat, 1.01 * sensor.range_m)
    seen = sees(antenna, sensor.range_m, raid, ground, places, (dist, az))
    jn = own_noise(places, dist)
    acquired = np.full(len(dist), -np.inf)
    here = np.nonzero(seen)[0]
    gain = air_to_point(radar, antenna.msl_m or 0.0, dist[here], places.alt_m[here])
    acquired[here] = gain - np.log1p(jn[here])
    return View(dist, seen, acquired, jn)


def _tracks(sensor: Sensor, figures: Figures) -> int:
    """How many targets it tracks at once: as given, else as published, else as many as come."""
    if sensor.tracks is not None:
        return sensor.tracks
    figure = sensor.known.entry(sensor.radar).figures.get("targets_tracked")
    if figure is None or figure.is_unknown:
        return NO_LIMIT
    return round(figures(Unknown.of(figure, f"targets tracked ({sensor.radar})", sensor.radar)))
