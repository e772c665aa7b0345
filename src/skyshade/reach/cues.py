"""What radars in the air see along the radials from a unit: their tracks cue it.

A sensor counts at a point only if it has it in line of sight from every position of its orbit, and
at the distance of the farthest of them: a cue that is there whenever the sensor is on station.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import SiteCoverage
from skyshade.coverage.orbits import antennas_of, sensor_coverage
from skyshade.errors import InputError
from skyshade.fireunit.model import radar_unknowns
from skyshade.fireunit.signal import air_to_point
from skyshade.radar.load import load_radar
from skyshade.radar.model import Radar
from skyshade.reach._cpu import Radials
from skyshade.scenario.sensors import Sensor
from skyshade.terrain.model import Altitude, Antenna, Dem
from skyshade.terrain.points import EarthPoints
from skyshade.terrain.profiles import ray_positions
from skyshade.uncertainty.draws import Column


@dataclass(frozen=True, eq=False)
class Aloft:
    """A sensor over a terrain."""

    sensor: Sensor
    radar: Radar
    antennas: tuple[Antenna, ...]
    coverage: SiteCoverage


def look_from_the_air(
    dem: Dem, sensors: Sequence[Sensor], k_factor: float, sea_outside: bool
) -> list[Aloft]:
    """The sensors with what they have in line of sight.

    Raises
    ------
    InputError : an orbit that leaves the terrain or runs below it; a radar without figures.
    """
    return [
        Aloft(
            sensor,
            _radar(sensor),
            antennas_of(sensor, dem),
            sensor_coverage(dem, sensor, k_factor=k_factor, sea_outside=sea_outside),
        )
        for sensor in sensors
    ]


def sensor_columns(sensors: Sequence[Sensor], known: Sequence[Column]) -> list[Column]:
    """Columns of draws for what is uncertain about the sensors' radars and not drawn already."""
    found = {}
    for sensor in sensors:
        for unknown in radar_unknowns(_radar(sensor)).values():
            found[unknown.key] = Column(unknown.key, unknown.title, (unknown,))
    return [column for key, column in found.items() if key not in {c.key for c in known}]


def cues_on_radials(
    dem: Dem,
    aloft: Sequence[Aloft],
    place: tuple[float, float],
    az_deg: NDArray[np.float64],
    radials: Radials,
    altitudes: Sequence[Altitude],
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """What each sensor sees, (sensors, altitudes, azimuths, points), and what ln(snr) owes.

    Points are in travel order, from afar to the unit.

    Parameters
    ----------
    place : longitude and latitude of the unit, which the radials leave.
    """
    ground = radials.ground[0]
    shape = (len(aloft), len(altitudes), *ground.shape)
    see, log_gain = np.zeros(shape, np.bool_), np.full(shape, -np.inf, np.float32)
    if not aloft:
        return see, log_gain
    lon, lat = ray_positions(*place, az_deg, (np.arange(ground.shape[1]) + 1) * radials.step)
    col, row = (np.rint(x).astype(np.int64) for x in dem.grid.colrow(lon, lat))
    inside = (row >= 0) & (row < dem.grid.shape[0]) & (col >= 0) & (col < dem.grid.shape[1])
    row, col = np.where(inside, row, 0), np.where(inside, col, 0)
    points = EarthPoints.of(lon.ravel(), lat.ravel())
    for i, one in enumerate(aloft):
        masking = np.where(inside, one.coverage.masking_m[row, col], np.nan)
        top = one.coverage.ceiling_m
        ceiling = np.inf if top is None else top[row, col]
        farthest = np.max([points.polar(a.lon, a.lat)[0] for a in one.antennas], axis=0)
        dist = farthest.reshape(ground.shape)
        for a, altitude in enumerate(altitudes):
            msl = np.broadcast_to(np.asarray(altitude.msl(ground), np.float32), ground.shape)
            with np.errstate(invalid="ignore"):
                seen = (msl >= masking) & (msl >= ground) & (msl <= ceiling)
            gain = air_to_point(one.radar, one.coverage.antenna_msl_m, dist, np.nan_to_num(msl))
            see[i, a] = seen[:, ::-1]
            log_gain[i, a] = gain[:, ::-1]
    return see, log_gain


def _radar(sensor: Sensor) -> Radar:
    try:
        radar = load_radar(sensor.radar, sensor.known)
        if radar.scan_period_s is None:
            raise InputError(f"no scan period is published for {radar.id}", field="radar")
    except InputError as error:
        raise error.inside(f"sensors.{sensor.id}") from None
    return radar
