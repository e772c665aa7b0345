"""What a radar in the air has in line of sight: from every position of its orbit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import SiteCoverage, SiteSpec
from skyshade.errors import InputError
from skyshade.memory import is_large, release, slabs
from skyshade.scenario.sensors import Sensor
from skyshade.terrain.dem import Circle
from skyshade.terrain.geodesy import polar_coordinates
from skyshade.terrain.model import EFFECTIVE_EARTH, Antenna, Dem
from skyshade.terrain.sweep import antenna_altitude_m, ceiling_altitude, masking_altitude


def sensor_circle(sensor: Sensor) -> Circle:
    """What a sensor needs of the terrain."""
    return sensor.centre.lon, sensor.centre.lat, 1.02 * sensor.range_m + _beyond_m(sensor)


def antennas_of(sensor: Sensor, dem: Dem) -> tuple[Antenna, ...]:
    """The antenna at each position of the orbit.

    An altitude above ground is that above the highest ground below these positions.

    Raises
    ------
    InputError : a position outside the terrain, below it, or above ground that is not known.
    """
    places = sensor.positions()
    msl_m = sensor.altitude.value_m
    if sensor.altitude.datum == "agl":
        ground = dem.height_at(*places.T)
        if np.isnan(ground).any():
            raise InputError(
                "an altitude above ground needs terrain below the whole orbit",
                field="altitude",
                value=sensor.altitude.label,
                hint="Give the altitude above sea level (msl), or more terrain.",
            )
        msl_m += float(ground.max())
    found = []
    for lon, lat in places:
        antenna = Antenna.in_the_air(float(lon), float(lat), msl_m, sensor.el_limits_deg)
        antenna_altitude_m(dem, antenna)
        found.append(antenna)
    return tuple(found)


def sensor_coverage(
    dem: Dem, sensor: Sensor, *, k_factor: float = EFFECTIVE_EARTH, sea_outside: bool = False
) -> SiteCoverage:
    """What a sensor sees from every position of its orbit, so that no track is lost on the way.

    Its ring is that around the centre of which every point is in range all the time.

    Raises
    ------
    InputError : as :func:`antennas_of`, with the sensor's id.
    """
    try:
        antennas = antennas_of(sensor, dem)
        masking, ceiling = None, None
        for antenna in antennas:
            here = masking_altitude(
                dem, antenna, sensor.range_m, k_factor=k_factor, sea_outside=sea_outside
            )
            masking = here if masking is None else _highest(masking, here)
            top = ceiling_altitude(dem, antenna, k_factor)
            ceiling = top if ceiling is None or top is None else np.minimum(ceiling, top)
    except InputError as error:
        raise error.inside(f"sensors.{sensor.id}", ".") from None
    assert masking is not None
    middle = Antenna.in_the_air(
        sensor.centre.lon, sensor.centre.lat, antennas[0].msl_m or 0.0, sensor.el_limits_deg
    )
    for rows in _parts(masking.shape):
        grid = dem.grid.window(rows.start, 0, (rows.stop - rows.start, masking.shape[1]))
        dist, _ = polar_coordinates(grid, middle.lon, middle.lat)
        masking[rows][dist > sensor.inner_range_m] = np.nan
    release(masking)
    spec = SiteSpec(sensor.id, sensor.name, middle, sensor.inner_range_m)
    return SiteCoverage(spec, antennas[0].msl_m or 0.0, masking, ceiling)


def _beyond_m(sensor: Sensor) -> float:
    return 0.0 if sensor.orbit is None else sensor.orbit.farthest_m


def _highest(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """The higher of two masking altitudes, in place; NaN where either is out of range."""
    for rows in _parts(one.shape):
        np.maximum(one[rows], other[rows], out=one[rows])
        release(other)
    release(one)
    return one


def _parts(shape: tuple[int, ...]) -> list[slice]:
    return list(slabs(shape)) if is_large(shape) else [slice(0, shape[0])]
