"""Reach: the range at which a target of given class and altitude is really intercepted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.fireunit.limits import ranges_max_m
from skyshade.fireunit.model import ASSESSMENT, MEANING, FireUnit
from skyshade.fireunit.places import (
    ACQUISITION,
    ENGAGEMENT,
    FEW_PLACES,
    height_columns,
    nearest_of_few,
    on_curve,
    position_columns,
)
from skyshade.fireunit.signal import (
    GAIN_D_ALT_M,
    GAIN_TOP_M,
    gain_table,
    log_echo_constant,
    looks_of,
)
from skyshade.flyout.model import Stated
from skyshade.radar.model import Radar, Target
from skyshade.radar.ranges import needed_log_snr
from skyshade.reach._cpu import (
    FIRST,
    LAST,
    MEASURE,
    TRACK,
    Levels,
    Radars,
    Radials,
    Samples,
    reach_radials,
    tangent,
)
from skyshade.reach.cues import Aloft, cues_on_radials, look_from_the_air, sensor_columns
from skyshade.scenario.sensors import Sensor
from skyshade.shown import Plotted, count
from skyshade.terrain._scalar import OVERHEAD
from skyshade.terrain.geodesy import cell_size_m, curvature_radius_m, geod, ring_area_m2
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Dem
from skyshade.terrain.profiles import radial_heights
from skyshade.terrain.sweep import sector_width_deg
from skyshade.uncertainty.draws import (
    BAND,
    POSITION,
    Column,
    Draws,
    draw,
)
from skyshade.uncertainty.drivers import Driver, drivers_of
from skyshade.uncertainty.unknown import Unknown

FINEST_STEP_M, COARSEST_STEP_M = 100.0, 500.0
# wherever reach is worked out, so that one question has one answer
AZIMUTHS = 180  # of each unit
DRAWS = 64  # of the uncertain figures
NEAR_M, NEAR_PART = 5_000.0, 10  # so near the antenna, so many steps in one: angles are large


@dataclass(frozen=True, repr=False)
class SiteReach(Plotted):
    """Reach of one fire unit against targets flying straight in.

    Axes: altitude, class, row of the draws, azimuth. Ranges are ground ranges in metres, 0 where
    there is no track or no intercept.

    Attributes
    ----------
    az_deg : (azimuths,).
    track_m : where the track is confirmed.
    first_m, last_m : the first and the last possible intercept.
    area_m2 : area in which an inbound target can be intercepted, summed over azimuths.
    by_missile_m : (missiles, altitude, class, azimuths) median first intercept with each missile.
    unknown_m2 : (altitude,) of the ring, area behind terrain that is not known.
    """

    unit: FireUnit
    altitudes: tuple[Altitude, ...]
    targets: tuple[Target, ...]
    draws: Draws
    site_index: int
    az_deg: NDArray[np.float64]
    ring_m: float
    ring_area_m2: float
    track_m: NDArray[np.float32]
    first_m: NDArray[np.float32]
    last_m: NDArray[np.float32]
    area_m2: NDArray[np.float64]
    by_missile_m: NDArray[np.float32]
    unknown_m2: float

    @property
    def _in_short(self) -> str:
        return (
            f"{self.unit.spec.name} against {len(self.targets)} classes of targets at "
            f"{count(len(self.altitudes), 'altitude')}, {count(self.draws.n, 'draw')}"
        )

    def band(self, values: NDArray[Any], axis: int = 2) -> NDArray[np.float64]:
        """5 %, 50 %, 95 % quantiles over the draws; the default alone if there are none."""
        index: list[Any] = [slice(None)] * values.ndim
        index[axis] = self.draws.sobol
        return np.asarray(np.quantile(values[tuple(index)], BAND, axis=axis))

    @cached_property
    def first_band(self) -> NDArray[np.float64]:
        """(3, altitudes, classes, azimuths) first intercept, m."""
        return self.band(self.first_m)

    @cached_property
    def area_band(self) -> NDArray[np.float64]:
        """(3, altitudes, classes) m2 in which an inbound target can be intercepted."""
        return self.band(self.area_m2)

    @cached_property
    def fraction_band(self) -> NDArray[np.float64]:
        """(3, altitudes, classes) share of the ring in which an inbound target can be met."""
        return self.area_band / self.ring_area_m2

    @cached_property
    def _drivers(self) -> list[list[list[Driver]]]:
        return drivers_of(self.draws, self.area_m2 / self.ring_area_m2, self.site_index)

    def drivers(self, altitude: int, target: int) -> list[Driver]:
        """What drives the share of the ring that is real, strongest first; empty without draws."""
        return self._drivers[altitude][target]

    def outline(self, ranges_m: NDArray[Any]) -> NDArray[np.float64]:
        """(azimuths, 2) longitude and latitude of the points at these ranges (m), one each."""
        antenna, n = self.unit.spec.antenna, len(self.az_deg)
        lon, lat, _ = geod().fwd(
            np.full(n, antenna.lon),
            np.full(n, antenna.lat),
            self.az_deg,
            np.maximum(ranges_m, 1.0),
        )
        return np.column_stack([lon, lat])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: medians over azimuths with their 5-95 % bands."""
        first, track = self.first_band, self.band(self.track_m)
        return {
            "id": self.unit.id,
            "ring_km2": round(self.ring_area_m2 / 1e6, 1),
            "unknown_km2": round(self.unknown_m2 / 1e6, 1),
            "missiles": [f.missile.id for f in self.unit.missiles],
            "results": [
                {
                    "altitude": altitude.label,
                    "target": target.id,
                    "area_km2": three(self.area_band[:, a, c] / 1e6, 1),
                    "share_of_ring": three(self.fraction_band[:, a, c], 5),
                    "first_track_km": three(np.median(track[:, a, c], axis=1) / 1e3, 1),
                    "reach_km": three(np.median(first[:, a, c], axis=1) / 1e3, 1),
                    "reach_by_missile_km": {
                        family.missile.id: round(float(np.median(km)) / 1e3, 1)
                        for family, km in zip(
                            self.unit.missiles, self.by_missile_m[:, a, c], strict=True
                        )
                    },
                    "drivers": [d.as_dict() for d in self.drivers(a, c)[:6]],
                }
                for a, altitude in enumerate(self.altitudes)
                for c, target in enumerate(self.targets)
            ],
        }


def three(values: Any, digits: int) -> list[float]:
    """Numbers rounded for JSON: low, middle and high."""
    return [round(float(v), digits) for v in values]


def force_unknowns(units: Sequence[FireUnit]) -> list[Unknown]:
    """The figures that a force has in common, each once, with those of targets and missiles."""
    found: dict[str, Unknown] = {}
    for unit in units:
        for unknown in unit.unknowns():
            found.setdefault(unknown.key, unknown)
    for key, title in (
        ("target cross-section", "radar cross-section of the target class"),
        ("target speed", "speed of the target class"),
        ("missile range", "maximum range of the missiles"),
        ("missile speed", "speed of the missiles"),
    ):
        # drawn as a quantile, and read between each class's or missile's own bounds
        found[key] = Unknown(key, title, "quantile", 0.5, 0.0, 1.0, weak=True)
    return list(found.values())


def draw_force(
    units: Sequence[FireUnit], n: int = DRAWS, seed: int = 0, sensors: Sequence[Sensor] = ()
) -> Draws:
    """Draws for a force: what its units share, and each site's own height and position."""
    columns = [
        *(Column(u.key, u.title, (u,)) for u in force_unknowns(units)),
        *height_columns(units),
        *position_columns(units),
    ]
    columns += sensor_columns(sensors, columns)
    return draw(columns, n, seed, one_at_a_time=True)


def reach(  # noqa: PLR0913 (the options are keyword-only)
    dem: Dem,
    units: Sequence[FireUnit],
    targets: Sequence[Target],
    altitudes: Sequence[Altitude],
    *,
    draws: Draws | None = None,
    n_azimuths: int = AZIMUTHS,
    ring_m: float | None = None,
    k_factor: float = EFFECTIVE_EARTH,
    sea_outside: bool = False,
    sensors: Sequence[Sensor] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
    each: Callable[[SiteReach], None] = lambda found: None,
) -> list[SiteReach]:
    """Reach of every unit, over every draw of the uncertain figures.

    A target flies straight at the unit at constant speed and altitude. The acquisition radar looks
    once every scan period, where terrain lets it; M detections in N scans make a track; after the
    reaction time a missile may leave; it must meet the target inside its envelope, as its fly-out
    table says, and the engagement radar must see and hold the target without a break from launch
    to intercept. The first point at which all this holds is the reach.

    Parameters
    ----------
    draws : from :func:`draw_force`; by default the default figures alone.
    n_azimuths : evenly spaced from north.
    ring_m : the nominal ring to compare with; by default the longest missile's range.
    sensors : radars in the air, on station; a track of any of them serves every unit as its own
        does. The engagement radar must still see the target itself.
    each : called with the reach of each unit, as soon as it is there.

    Raises
    ------
    InputError : a unit outside the terrain; no unit, target or altitude; a target that flies above
        the atmosphere table.
    """
    if not units or not targets or not altitudes:
        raise InputError("reach needs a unit, a target class and an altitude")
    for altitude in altitudes:
        if altitude.value_m > GAIN_TOP_M:
            raise InputError(
                "above the tables of attenuation and fly-out",
                field="altitude",
                value=altitude.label,
                allowed="up to 40 km",
            )
    draws = draw_force(units, 0, sensors=sensors) if draws is None else draws
    aloft = look_from_the_air(dem, sensors, k_factor, sea_outside)
    az = np.arange(n_azimuths) * 360.0 / n_azimuths
    results = []
    for i, unit in enumerate(units):
        ring = ring_m or unit.missiles[0].missile.range_max_m
        radials = _radials(dem, unit, az, ring, k_factor, sea_outside)
        place = (unit.spec.antenna.lon, unit.spec.antenna.lat)
        see, gain = cues_on_radials(dem, aloft, place, az, radials, altitudes)
        const, look = _of_sensors(aloft, targets, draws)
        cued = radials._replace(cue_see=see, cue_gain=gain, cue_const=const, cue_look=look)
        results.append(
            _site_reach(unit, i, tuple(targets), tuple(altitudes), draws, cued, az, ring)
        )
        each(results[-1])
        progress(i + 1, len(units))
    return results


def _site_reach(
    unit: FireUnit,
    index: int,
    targets: tuple[Target, ...],
    altitudes: tuple[Altitude, ...],
    draws: Draws,
    radials: Radials,
    az: NDArray[np.float64],
    ring_m: float,
) -> SiteReach:
    if np.isnan(radials.site).any():
        raise InputError(
            "a position inside the rounding is outside the DEM or has no height there",
            field=unit.id,
        )
    samples = draw_samples(unit, index, targets, draws)
    shape = (len(altitudes), len(targets), len(draws), len(az))
    found = np.zeros((4, *shape), np.float32)
    by_missile = np.zeros((len(unit.missiles), *shape), np.float32)
    reach_radials(
        radials,
        Levels(
            np.array([a.value_m for a in altitudes], np.float32),
            np.array([a.datum == "agl" for a in altitudes]),
        ),
        radars_of(unit, radials.ground.shape[2], radials.step),
        looks_of(unit.acquisition),
        samples,
        unit.tables,
        found,
        by_missile,
    )
    whole = ring_area_m2(unit.spec.antenna.lon, unit.spec.antenna.lat, ring_m)
    scale = whole / (len(az) * float(radials.measure.sum()))
    known = np.cumsum(np.isnan(radials.ground[0]), axis=1)[:, ::-1] > 0
    return SiteReach(
        unit=unit,
        altitudes=altitudes,
        targets=targets,
        draws=draws,
        site_index=index,
        az_deg=az,
        ring_m=ring_m,
        ring_area_m2=whole,
        track_m=found[TRACK],
        first_m=found[FIRST],
        last_m=found[LAST],
        area_m2=scale * found[MEASURE].sum(axis=3, dtype=float),
        by_missile_m=np.median(by_missile[:, :, :, draws.sobol], axis=3).astype(np.float32),
        unknown_m2=float(scale * (known * radials.measure).sum()),
    )


def radars_of(unit: FireUnit, n_points: int, step_m: float) -> Radars:
    """A unit's radars as the kernels take them, for paths of so many points."""
    low, high = unit.spec.antenna.el_limits_deg
    return Radars(
        gain_table(unit.acquisition, n_points, step_m),
        gain_table(unit.engagement, n_points, step_m),
        GAIN_D_ALT_M,
        unit.spec.max_range_m,
        tangent(low),
        float(OVERHEAD) if high >= 90 else tangent(high),
        needed_log_snr(unit.engagement),
    )


def _radials(
    dem: Dem,
    unit: FireUnit,
    az: NDArray[np.float64],
    ring_m: float,
    k_factor: float,
    sea_outside: bool,
) -> Radials:
    """Terrain along the azimuths from each place where the unit may stand."""
    antenna = unit.spec.antenna
    step = float(np.clip(min(cell_size_m(dem.grid)) / 2, FINEST_STEP_M, COARSEST_STEP_M))
    n = math.ceil(unit.spec.max_range_m / step)
    far = (np.arange(n) + 1) * step
    near = (np.arange(int(NEAR_M / step) * NEAR_PART) + 1) * step / NEAR_PART
    half = unit.rounding_deg / 2
    ground, fine, site = [], [], []
    for east, north in map(on_curve, FEW_PLACES if half else FEW_PLACES[:1]):
        lon, lat = antenna.lon + east * half, antenna.lat + north * half
        known = dem.height_at(lon, lat)
        given = antenna.ground_msl_m if (east, north) == (0, 0) else None
        site.append(float(known) if given is None else given)
        ground.append(radial_heights(dem, lon, lat, az, far))
        fine.append(radial_heights(dem, lon, lat, az, near))
    heights = np.stack(ground)
    if sea_outside:
        heights = np.where(np.isnan(heights), np.float32(0.0), heights)
    start, width = sector_width_deg(antenna.az_sector_deg or (0.0, 360.0))
    inner = np.clip((np.arange(n) + 0.5) * step, 0.0, ring_m)
    outer = np.clip((np.arange(n) + 1.5) * step, 0.0, ring_m)
    radius = float(curvature_radius_m(antenna.lat, 45.0))
    wedge = 2 * math.pi * radius**2 * (np.cos(inner / radius) - np.cos(outer / radius)) / len(az)
    return Radials(
        ground=heights,
        near=np.stack(fine),
        site=np.array(site),
        step=step,
        near_step=step / NEAR_PART,
        inv_radius=1.0 / (k_factor * curvature_radius_m(antenna.lat, az)),
        served=np.mod(az - start, 360.0) <= width,
        measure=wedge[::-1].copy(),
        cue_see=None,
        cue_gain=None,
        cue_const=None,
        cue_look=None,
    )


def draw_samples(
    unit: FireUnit,
    index: int,
    targets: tuple[Target, ...],
    draws: Draws,
    chosen: slice = slice(None),
) -> Samples:
    """The draws as the kernels take them, for one unit; `chosen` rows only."""
    look = _radar_column(draws, unit.acquisition, "scan_period_s", "scan period")
    if not np.isfinite(look).all():
        raise InputError(
            f"no scan period is published for {unit.acquisition.id}", field=f"{unit.id}.scan_period"
        )
    speeds = [_between(t, "speed_mps", t.speed_mps, draws, "target speed") for t in targets]
    at = draws.column("missile range")
    ranges = [
        _drawn(Unknown("range", "", "m", *_bounds(f.missile.range_max)), at) for f in unit.missiles
    ]
    weight = 2.0 * draws.column("missile speed") - 1.0
    samples = Samples(
        place=nearest_of_few(draws.column(POSITION, index)) * (1 if unit.rounding_deg else 0),
        height_a=draws.column(ACQUISITION, index),
        height_e=draws.column(ENGAGEMENT, index),
        look=look,
        react=draws.column(unit.reaction.key),
        assess=draws.column(ASSESSMENT.key),
        const_a=_echo_constants(unit.acquisition, targets, draws),
        const_e=_echo_constants(unit.engagement, targets, draws),
        speed=np.column_stack(speeds),
        weight=np.repeat(weight[:, None], len(unit.missiles), axis=1),
        range_max=np.stack(
            [
                ranges_max_m(f.missile, targets, drawn)
                for f, drawn in zip(unit.missiles, ranges, strict=True)
            ],
            axis=2,
        ),
    )
    return Samples(*(column[chosen] for column in samples))


def _radar_column(draws: Draws, radar: Radar, field: str, name: str) -> NDArray[np.float64]:
    """(rows,) a figure of a radar, as drawn if it is published."""
    if field in radar.figures:
        return draws.column(f"{radar.id} {name}")
    return np.full(len(draws), getattr(radar, field), float)


def _echo_constants(radar: Radar, targets: Sequence[Target], draws: Draws) -> NDArray[np.float64]:
    """(rows, classes) what ln(snr) owes to radar and cross-section."""
    reference = _radar_column(draws, radar, "reference_range_m", "detection range")
    meaning = draws.column(MEANING.key)
    sizes = [_between(t, "rcs_m2", t.rcs_m2, draws, "target cross-section", True) for t in targets]
    log_rcs = np.log(np.column_stack(sizes))
    return log_echo_constant(radar, log_rcs, reference[:, None], meaning[:, None])


def _of_sensors(
    aloft: Sequence[Aloft], targets: Sequence[Target], draws: Draws
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What ln(snr) owes to the sensors and targets, and scan periods, as in `Radials`."""
    const = [_echo_constants(one.radar, targets, draws) for one in aloft]
    look = [_radar_column(draws, one.radar, "scan_period_s", "scan period") for one in aloft]
    rows = len(draws)
    return (
        np.array(const, float).reshape(-1, rows, len(targets)),
        np.array(look, float).reshape(-1, rows),
    )


def _between(
    target: Target, field: str, value: float, draws: Draws, key: str, log: bool = False
) -> NDArray[np.float64]:
    """A figure of a target class at the drawn quantile between its own bounds."""
    figure = target.figures.get(field)
    low, high = (figure.bounds if figure else None) or (value, value)
    scale: Literal["linear", "log"] = "log" if log else "linear"
    return _drawn(Unknown(key, "", "", value, low, high, scale), draws.column(key))


def _drawn(figure: Unknown, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """The figure at quantiles; the default at one half, also where that is one of its bounds."""
    return np.where(u == 0.5, figure.value, figure.at(u))


def _bounds(figure: Stated) -> tuple[float, float, float]:
    return figure.value, figure.low, figure.high
