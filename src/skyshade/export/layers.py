"""Named layers of features for maps and tables, the same for every vector format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.coverage.compute import site_range_m
from skyshade.coverage.model import Coverage
from skyshade.export.moving import Moving
from skyshade.export.reach import reach_features
from skyshade.export.vector import outline, unrolled, within_180
from skyshade.reach.engageable import Engageable
from skyshade.reach.paths import Approach
from skyshade.reach.scenario import ScenarioReach
from skyshade.scenario.schema import Place, Site
from skyshade.scenario.sensors import Sensor
from skyshade.terrain.geodesy import ring
from skyshade.terrain.model import Altitude

RING_POINTS, ORBIT_POINTS = 180, 72
# What properties of features are; a table's columns have these types whatever a run has in them.
PROPERTIES: dict[str, type] = {
    **dict.fromkeys(
        (
            *("id", "name", "kind", "system", "radar", "sector", "state", "state_on", "site"),
            *("what", "altitude", "altitude_datum", "target", "unit", "class", "side", "end"),
            *("type", "event", "missile", "role"),
        ),
        str,
    ),
    **dict.fromkeys(("illustrative", "in_service", "in_plan"), bool),
    **dict.fromkeys(("n_sites", "n_units"), int),
    **dict.fromkeys(
        (
            *("position_rounding_deg", "antenna_agl_m", "antenna_msl_m", "radar_range_m"),
            *("radius_m", "altitude_m", "area_km2", "quantile", "share_of_ring"),
            *("on_station_share", "lap_s"),
            *("start_s", "end_s", "t_s", "alt_msl_m", "meets_t_s"),
            *("share_of_draws", "share_of_best", "weight", "covered_before", "covered_after"),
        ),
        float,
    ),
}
Feature = tuple[Any, dict[str, Any]]  # geometry (lon, lat[, m MSL]), properties


@dataclass(frozen=True)
class Layer:
    """Features of one kind and one type of geometry.

    Attributes
    ----------
    title : one sentence on what they are, with the unit of the third coordinate if they have one.
    """

    name: str
    title: str
    features: tuple[Feature, ...]


def force_layers(
    sites: Sequence[Site],
    places: Sequence[Place],
    coverage: Coverage,
    force: Engageable,
    found: ScenarioReach,
    day: date | None = None,
    sensors: Sequence[Sensor] = (),
) -> list[Layer]:
    """Sites, sensors, places, rings, and per altitude what is visible, engageable, reached.

    Parameters
    ----------
    day : on which the sites' states are given; None gives none.
    coverage : of the acquisition radars. force : from the engagement radars, of the same sites.
    found : the reach of the same sites; its targets and altitudes are those of `engageable`.
    """
    flights = [Approach(t, a) for t in found.targets for a in found.altitudes]
    return _without_empty(
        Layer(
            "sites",
            "Positions of the units in the model.",
            tuple(_site(site, coverage, day) for site in sites),
        ),
        Layer(
            "sensors",
            "Orbits of radars in the air, and places of balloons; z in m MSL.",
            tuple(_sensor(sensor, coverage) for sensor in sensors),
        ),
        Layer(
            "places",
            "Defended places.",
            tuple(
                (_point(p.position), {"id": p.id, "name": p.name, "kind": p.kind}) for p in places
            ),
        ),
        Layer(
            "rings",
            "Nominal range circles, as they are usually drawn.",
            tuple(_rings(sites, found)),
        ),
        Layer(
            "visible",
            "Where a target at the altitude is in line of sight of n_sites sites or more.",
            tuple(_visible(coverage)),
        ),
        Layer(
            "visible_with_sensors",
            "Where a site has such a target in line of sight, or a sensor has it from every "
            "position of its orbit.",
            tuple(_visible_with_sensors(coverage)),
        ),
        Layer(
            "engageable",
            "Where n_units units or more could intercept such a target from any side.",
            tuple(_engageable(force, flights)),
        ),
        Layer(
            "reach",
            "Where a target flying straight at the unit is first intercepted: 5, 50 and "
            "95 % quantiles over the uncertain figures.",
            tuple(_with_altitude(reach_features(found), found.altitudes)),
        ),
    )


def replay_layers(moving: Moving) -> list[Layer]:
    """Paths, missiles, events and timed positions of one replicate."""
    return _without_empty(
        Layer(
            "flights",
            "Paths flown by the targets of one replicate; z in m MSL.",
            tuple(
                (
                    shapely.LineString(_two(t.way.xyz)),
                    {
                        "id": t.id,
                        "class": t.class_,
                        "side": t.side,
                        "end": t.end,
                        **_times(t.way.t_s),
                    },
                )
                for t in moving.targets
            ),
        ),
        Layer(
            "missiles",
            "Missiles of one replicate, drawn straight from the site to the intercept; z in m MSL.",
            tuple(
                (
                    shapely.LineString(_two(m.way.xyz)),
                    {
                        "id": m.id,
                        "type": m.type,
                        "unit": m.unit,
                        "target": m.target,
                        "end": m.end,
                        **_times(m.way.t_s),
                    },
                )
                for m in moving.missiles
            ),
        ),
        Layer(
            "events",
            "Events of one replicate with time and place; z in m MSL.",
            tuple(_events(moving)),
        ),
        Layer(
            "positions",
            "Positions of targets and missiles over time; z in m MSL.",
            tuple(
                (
                    shapely.Point(xyz),
                    {
                        "id": thing.id,
                        "kind": kind,
                        "t_s": round(float(t), 3),
                        "alt_msl_m": float(xyz[2]),
                    },
                )
                for kind, things in (("target", moving.targets), ("missile", moving.missiles))
                for thing in things
                for t, xyz in zip(thing.way.t_s, thing.way.xyz, strict=True)
            ),
        ),
    )


def _without_empty(*layers: Layer) -> list[Layer]:
    return [layer for layer in layers if layer.features]


def _point(position: Any) -> Any:
    return shapely.Point(position.lon, position.lat)


def _site(site: Site, coverage: Coverage, day: date | None) -> Feature:
    seen = coverage.site(site.id)
    return _point(site.position), {
        "id": site.id,
        "name": site.name,
        "system": site.system,
        "radar": site.radar,
        "sector": site.sector,
        **({} if day is None else _state(site, day)),
        "illustrative": site.illustrative,
        "position_rounding_deg": site.position_rounding_deg,
        "antenna_agl_m": seen.spec.antenna.agl_m,
        "antenna_msl_m": round(seen.antenna_msl_m, 2),
        "radar_range_m": seen.spec.max_range_m,
    }


def _sensor(sensor: Sensor, coverage: Coverage) -> Feature:
    seen = next(s for s in coverage.sensors if s.spec.id == sensor.id)
    places = sensor.places(ORBIT_POINTS)
    around = np.vstack([places, places[:1]])  # of a balloon twice the same place
    xyz = np.column_stack([np.round(around, 5), np.full(len(around), round(seen.antenna_msl_m, 1))])
    return shapely.LineString(xyz), {
        "id": sensor.id,
        "name": sensor.name,
        "radar": sensor.radar,
        "illustrative": sensor.illustrative,
        "antenna_msl_m": round(seen.antenna_msl_m, 2),
        "radar_range_m": sensor.range_m,
        "on_station_share": round(sensor.station.share, 4),
        "lap_s": None if sensor.orbit is None else round(sensor.orbit.lap_s, 1),
    }


def _state(site: Site, day: date) -> dict[str, Any]:
    """What is reported or assumed of the unit on a day."""
    in_service = site.operational_on(day)
    return {"state": site.readiness(day), "state_on": day.isoformat(), "in_service": in_service}


def _rings(sites: Sequence[Site], found: ScenarioReach) -> Iterator[Feature]:
    for site, reach in zip(sites, found.sites, strict=True):
        for what, radius_m in (("radar", site_range_m(site)), ("missile", reach.ring_m)):
            points = ring(site.position.lon, site.position.lat, radius_m, RING_POINTS)
            yield (
                within_180(shapely.Polygon(unrolled(np.round(points, 5)))),
                {"site": site.id, "what": what, "radius_m": radius_m},
            )


def _visible(coverage: Coverage) -> Iterator[Feature]:
    for altitude in coverage.altitudes:
        yield from _by_count(coverage, coverage.n_sites(altitude), altitude, "n_sites")


def _visible_with_sensors(coverage: Coverage) -> Iterator[Feature]:
    for altitude in coverage.altitudes if coverage.sensors else ():
        seen = coverage.visible_with_sensors(altitude).astype(np.uint8)
        for shape, p in _by_count(coverage, seen, altitude, "n_sites"):
            del p["n_sites"]
            yield shape, p


def _engageable(force: Engageable, flights: Sequence[Approach]) -> Iterator[Feature]:
    for target, altitude in flights:
        count = force.n_units(target, altitude)
        for shape, p in _by_count(force.coverage, count, altitude, "n_units"):
            yield shape, {"target": target.id} | p


def _by_count(
    coverage: Coverage, count: NDArray[np.uint8], altitude: Altitude, name: str
) -> Iterator[Feature]:
    """One area for each number that cells reach or exceed; `name` is the number's property."""
    for k in range(1, int(count.max()) + 1):
        mask = count >= k
        area = outline(mask, coverage.dem.grid)
        if not area.is_empty:
            km2 = round(float(coverage.cell_area_m2[mask].sum(dtype=float)) / 1e6, 1)
            yield area, {name: k} | _altitude(altitude) | {"area_km2": km2}


def _with_altitude(features: Iterable[Feature], altitudes: Sequence[Altitude]) -> Iterator[Feature]:
    by_label = {a.label: a for a in altitudes}
    for geometry, properties in features:
        yield geometry, properties | _altitude(by_label[properties["altitude"]])


def _altitude(altitude: Altitude) -> dict[str, Any]:
    return {
        "altitude": altitude.label,
        "altitude_m": altitude.value_m,
        "altitude_datum": altitude.datum,
    }


def _two(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """At least two points, as a line must have."""
    return np.repeat(xyz, 2, axis=0) if len(xyz) == 1 else xyz


def _times(t_s: NDArray[np.float64]) -> dict[str, float]:
    return {"start_s": round(float(t_s[0]), 3), "end_s": round(float(t_s[-1]), 3)}


def _events(moving: Moving) -> Iterator[Feature]:
    """Events at the target where the replay has its place, else at the site."""
    places = {s.id: s.position for s in moving.raid.sites}
    places |= {u.id: places[moving.raid.sites[u.site].id] for u in moving.raid.units}
    aloft = {s.id: s for s in moving.raid.scenario.sensors}
    number = {site.id: i for i, site in enumerate(moving.raid.sites)}
    columns = ("event", "t_s", "target", "site", "unit", "missile", "meets_t_s")
    for event in moving.events:
        row = {name: event.get(name) for name in columns}
        if event["event"] == "start":
            _, *xyz = event["path"][0]
        elif "lon" in event:
            xyz = [event["lon"], event["lat"], event["alt_m"]]
        elif (at := event.get("site") or event.get("unit")) in aloft:
            centre = aloft[at].centre  # where on its orbit it was is not in the replay
            xyz = [centre.lon, centre.lat, moving.raid.sensor_msl_m(aloft[at])]
        elif at is not None:
            altitude = moving.raid.antenna_msl_m(number[at.split("/")[0]])
            xyz = [places[at].lon, places[at].lat, round(altitude, 2)]
        else:  # a departure, wherever the target's path ends
            xyz = next(t.way.xyz[-1] for t in moving.targets if t.id == event["target"])
        yield shapely.Point(xyz), row | {"alt_msl_m": float(xyz[2])}
