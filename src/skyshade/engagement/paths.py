"""From the groups of a raid to flight paths: places one step of time apart, over the terrain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement.tracks import LONGEST_GAP_S, read_tracks
from skyshade.errors import InputError
from skyshade.radar.load import load_target
from skyshade.radar.model import EARTH_RADIUS_M, Target
from skyshade.scenario.group import MAX_TARGETS, Group
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Altitude, Dem
from skyshade.terrain.profiles import points_on_rays

GM = 3.986004418e14  # m3/s2, gravitational parameter of the Earth, NIMA TR8350.2
INSIDE_M = 1_000.0  # a target that starts so near a site starts inside it

_Corners: TypeAlias = list[tuple[float, float]]  # longitude and latitude (degrees)


@dataclass(frozen=True, eq=False)
class FlightPath:
    """A path, (places,): position, altitude (m MSL), height above ground, speed (m/s).

    `agl_m` is NaN over unknown terrain. The first place is passed at the start of the target, the
    others a step of time after one another.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    alt_m: NDArray[np.float64]
    agl_m: NDArray[np.float64]
    speed_mps: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Flight:
    """One group in the air: its targets' class and paths; per target its name, path and start.

    A target starts `delay_s` after the start of target `after` of the group (-1: of the raid), and
    an exponential time of mean `gap_s` more.
    """

    group: Group
    target: Target
    paths: tuple[FlightPath, ...]
    names: tuple[str, ...]
    path_of: NDArray[np.int64]
    after: NDArray[np.int64]
    delay_s: NDArray[np.float64]
    gap_s: NDArray[np.float64]


def flights(
    scenario: Scenario,
    raid: Raid,
    dem: Dem,
    moved: Mapping[str, tuple[float, float]] = MappingProxyType({}),
) -> list[Flight]:
    """The flight paths of every group.

    Parameters
    ----------
    moved : sites that stand elsewhere than the scenario says (lon, lat): paths that head for one
        end there, and begin where they would without.

    Raises
    ------
    InputError : a path that leaves the terrain where it must follow it, or never touches it; a
        target that starts inside a site; a class without a usual altitude and none given; a file
        of tracks that cannot be used; too many targets.
    """
    found: list[Flight] = []
    for i, group in enumerate(raid.groups):
        try:
            if group.tracks is None:
                found.append(_flight(scenario, raid, group, dem, moved))
            else:
                found.append(_recorded(scenario, raid, group, dem))
            total = sum(len(flight.names) for flight in found)
            if total > MAX_TARGETS:
                raise InputError(
                    "too many targets",
                    value=total,
                    allowed=f"at most {MAX_TARGETS} in all",
                    hint="Use a shorter raid or fewer records.",
                )
        except InputError as error:
            if error.line is not None:  # of a file of tracks
                raise
            raise error.inside(f"raid.groups[{i}]") from None
    return found


def _recorded(scenario: Scenario, raid: Raid, group: Group, dem: Dem) -> Flight:
    """Recorded traffic: each piece of a track is a target with a path of its own.

    The earliest record of the file comes at the arrival's start. What flies for less than a step,
    or after the raid, is left out. Altitudes are by the pressure of a standard day, so an aircraft
    may seem to fly in the ground: it is put on it.
    """
    target = load_target(group.target, group.known)
    assert group.tracks is not None
    try:
        tracks = read_tracks(group.tracks)
    except InputError as error:
        raise error if error.line else error.at(field="tracks") from None
    shift = group.arrival.start_s - tracks[0].t_s[0]
    until = raid.duration_s - shift
    pieces = [p.every(raid.step_s, until) for t in tracks for p in t.pieces() if p.t_s[0] < until]
    pieces = [p for p in pieces if len(p.t_s) > 1]
    if not pieces:
        raise InputError(
            "no aircraft flies within the raid's duration",
            field="tracks",
            value=group.tracks,
            hint=f"A track needs two records or more, at most {LONGEST_GAP_S:g} s apart.",
        )
    paths = []
    for p in pieces:
        ground = dem.height_at(p.lon, p.lat)
        alt = np.fmax(p.alt_m, ground)
        lengths = geod().inv(p.lon[:-1], p.lat[:-1], p.lon[1:], p.lat[1:])[2]
        over_ground = np.gradient(np.r_[0.0, np.cumsum(lengths)]) / raid.step_s
        speed = np.hypot(over_ground, np.gradient(alt) / raid.step_s)
        paths.append(FlightPath(p.lon, p.lat, alt, alt - ground, speed))
    if all(np.isnan(path.agl_m).all() for path in paths):
        raise InputError(
            "the tracks lie outside the terrain altogether",
            field="tracks",
            value=group.tracks,
            hint="Use terrain around them.",
        )
    n = len(paths)
    return Flight(
        group,
        target,
        tuple(paths),
        tuple(p.name for p in pieces),
        np.arange(n),
        np.full(n, -1),
        np.array([p.t_s[0] + shift for p in pieces]),
        np.zeros(n),
    )


def _flight(
    scenario: Scenario,
    raid: Raid,
    group: Group,
    dem: Dem,
    moved: Mapping[str, tuple[float, float]],
) -> Flight:
    target = load_target(group.target, group.known)
    aim = _aim(scenario, group)
    way = _way(group, aim)
    site = None if group.aim is None else group.aim.site
    if site is not None and site in moved:
        way[-1] = moved[site]
    offsets = (np.arange(group.count) - (group.count - 1) / 2) * group.spacing_m
    n_waves = group.arrival.waves or 1
    if n_waves > 1:  # each wave flies abreast by itself
        size = math.ceil(group.count / n_waves)
        offsets = (np.arange(group.count) % size - (size - 1) / 2) * group.spacing_m
    unique, path_of = np.unique(offsets, return_inverse=True)
    ways = _abreast(way, unique, aim is not None)
    if group.profile == "ballistic":
        paths = tuple(_arc(raid, group, target, way, dem) for way in ways)
    else:
        paths = _level(raid, group, target, ways, dem)
    _check(scenario, group, paths)
    names = tuple(str(k + 1) for k in range(group.count))
    return Flight(group, target, paths, names, path_of, *_arrivals(group))


def _arrivals(group: Group) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """After which target of the group each comes, how long after (s), and mean random time more."""
    arrival, k = group.arrival, np.arange(group.count)
    interval = arrival.interval_s or 0.0
    chained = (k > 0) & (arrival.process in ("stream", "poisson"))
    wave = k // math.ceil(group.count / (arrival.waves or 1))
    return (
        np.where(chained, k - 1, -1),
        np.where(
            chained,
            interval if arrival.process == "stream" else 0.0,
            arrival.start_s + wave * interval * (arrival.process == "waves"),
        ),
        np.full(group.count, interval if arrival.process == "poisson" else 0.0),
    )


def _aim(scenario: Scenario, group: Group) -> tuple[float, float] | None:
    if group.aim is None:
        return None
    where = {("place", p.id): p.position for p in scenario.places}
    where |= {("site", s.id): s.position for s in scenario.sites}
    kind, name = ("site", group.aim.site) if group.aim.site else ("place", group.aim.place)
    position = where[kind, str(name)]
    return position.lon, position.lat


def _way(group: Group, aim: tuple[float, float] | None) -> _Corners:
    """The corners of the group's path."""
    if group.path is not None:
        corners = [(p.lon, p.lat) for p in group.path]
        return [*corners, aim] if aim is not None else corners
    assert aim is not None and group.from_deg is not None and group.distance_m is not None
    lon, lat, _ = geod().fwd(*aim, group.from_deg, group.distance_m)
    return [(lon, lat), aim]


def _abreast(
    corners: _Corners, offsets_m: NDArray[np.float64], fixed_end: bool
) -> NDArray[np.float64]:
    """(offsets, corners, 2) the path flown so far to the left (negative: right) of itself.

    The last corner stays where it is if it is an aim.
    """
    at = np.array(corners, float)
    heading = geod().inv(*at[:-1].T, *at[1:].T)[0]
    heading = np.append(heading, heading[-1])
    shape = (len(offsets_m), len(at))
    lon, lat, left = (np.broadcast_to(v, shape) for v in (at[:, 0], at[:, 1], heading - 90.0))
    moved = np.stack(geod().fwd(lon, lat, left, np.repeat(offsets_m, shape[1]).reshape(shape))[:2])
    stays = np.broadcast_to((offsets_m == 0.0)[:, None], shape).copy()
    stays[:, -1] |= fixed_end
    return np.where(stays[..., None], at, np.moveaxis(moved, 0, 2))


class _Courses(NamedTuple):
    """Paths on the ground, at constant speed: places a step of time apart, path after path.

    Attributes
    ----------
    starts : (paths, legs + 1) ground distance (m) at which each leg starts, and of the end.
    first : (paths + 1,) where each path's places begin.
    path, leg : (places,) number of the path, and of its leg, on which each place lies.
    along : (places,) ground distance (m).
    lon, lat : (places,).
    """

    starts: NDArray[np.float64]
    first: NDArray[np.int64]
    path: NDArray[np.int64]
    leg: NDArray[np.int64]
    along: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @classmethod
    def of(cls, ways: NDArray[np.float64], step_m: float) -> _Courses:
        """Along the corners (paths, corners, 2), with places a whole number of steps apart, of
        about `step_m`.
        """
        lons, lats = np.moveaxis(ways, 2, 0)
        lon, lat = lons[:, :-1].ravel(), lats[:, :-1].ravel()
        az, _, lengths = geod().inv(lon, lat, lons[:, 1:].ravel(), lats[:, 1:].ravel())
        if not (lengths > 0.0).all():
            raise InputError("two waypoints stand at the same place", field="path")
        n, legs = len(ways), lons.shape[1] - 1
        starts = np.zeros((n, legs + 1))
        np.cumsum(lengths.reshape(n, legs), axis=1, out=starts[:, 1:])
        whole = starts[:, -1]
        steps = np.maximum(np.rint(whole / step_m), 1.0).astype(np.int64)
        first = np.concatenate([[0], np.cumsum(steps + 1)])
        path = np.repeat(np.arange(n), steps + 1)
        along = (np.arange(first[-1]) - first[path]) * (whole / steps)[path]
        along[first[1:] - 1] = whole
        leg = (along[:, None] >= starts[path, 1:-1]).sum(axis=1)
        way = along - starts[path, leg]
        lon, lat = points_on_rays(lon, lat, az, lengths, path * legs + leg, way)
        return cls(starts, first, path, leg, along, lon, lat)


def _level(
    raid: Raid, group: Group, target: Target, ways: NDArray[np.float64], dem: Dem
) -> tuple[FlightPath, ...]:
    """At constant speed over the ground, at the altitude of the group, class or waypoint."""
    speed = group.speed_mps or target.speed_mps  # gives way to a whole number of steps
    courses = _Courses.of(ways, speed * raid.step_s)
    ground = dem.height_at(courses.lon, courses.lat)
    usual = flown_altitude(group, target)
    levels = [usual] * ways.shape[1]
    for i, waypoint in enumerate(group.path or []):
        levels[i] = waypoint.altitude or usual
    alt = _climb(levels, courses, ground)
    if np.isnan(alt).any():
        raise InputError(
            "the path leaves the terrain that it is to follow",
            field="altitude",
            value=usual.label,
            hint="Use more terrain, a path inside it, or an altitude above sea level (msl).",
        )
    if (alt < ground).any():
        raise InputError(
            "the path runs into the ground",
            field="altitude",
            value=usual.label,
            hint="Give an altitude above ground (agl), or a higher one.",
        )
    first = courses.first
    flown = (courses.starts[:, -1] / ((np.diff(first) - 1) * raid.step_s))[courses.path]
    if usual.datum == "agl" or any(a != usual for a in levels):
        flown = np.hypot(flown, _change(alt, first) / raid.step_s)
    fields = (courses.lon, courses.lat, alt, alt - ground, flown)
    of_paths = zip(*(np.split(values, first[1:-1]) for values in fields), strict=True)
    return tuple(FlightPath(*path) for path in of_paths)


def _change(values: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float64]:
    """`np.gradient` of values along paths that stand one after the other."""
    change = np.empty(len(values))
    change[1:-1] = (values[2:] - values[:-2]) / 2.0
    start, end = first[:-1], first[1:] - 1
    change[start] = values[start + 1] - values[start]
    change[end] = values[end] - values[end - 1]
    return change


def _climb(
    levels: Sequence[Altitude], courses: _Courses, ground: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Altitude (m MSL) along the paths: even between two corners of the same datum.

    Between corners of different datum the one behind holds to the next.
    """
    starts, alt = courses.starts, np.empty(len(courses.along))
    for i in range(starts.shape[1] - 1):
        here = courses.leg == i
        path = courses.path[here]
        a, b = levels[i], levels[min(i + 1, len(levels) - 1)]
        share = (courses.along[here] - starts[path, i]) / (starts[path, i + 1] - starts[path, i])
        value = a.value_m + share * ((b.value_m if b.datum == a.datum else a.value_m) - a.value_m)
        alt[here] = value + (ground[here] if a.datum == "agl" else 0.0)
    return alt


def flown_altitude(group: Group, target: Target) -> Altitude:
    """The altitude of a level group where no waypoint says otherwise.

    Raises
    ------
    InputError : none is given, and none is published for the class.
    """
    if group.altitude is not None:
        return group.altitude
    if target.alt_agl_m is not None:
        return Altitude(target.alt_agl_m, "agl")
    if target.alt_m is not None:
        return Altitude(target.alt_m, "msl")
    raise InputError(f"no flight altitude is published for {target.id}; give one", field="altitude")


def ballistic_arc(
    range_m: float, apogee_m: float, step_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Ground distance (m), altitude (m) and speed (m/s) on a ballistic arc, a step apart.

    A Kepler ellipse about the centre of a round Earth without air or rotation, fixed by range and
    apogee. The last step is shortened or lengthened to end on the ground.

    Raises
    ------
    InputError : no ellipse has such an apogee over such a range.

    References
    ----------
    R. R. Bate, D. D. Mueller, J. E. White, Fundamentals of Astrodynamics, 1971, ch. 6.

    Examples
    --------
    A lofted shot over a short range takes 2 sqrt(2 h / g):

    >>> d, h, v = ballistic_arc(10e3, 50e3, 1.0)
    >>> len(d) - 1, round(float(h.max()) / 1e3, 1)
    (203, 50.0)
    """
    radius, half = EARTH_RADIUS_M, range_m / EARTH_RADIUS_M / 2.0
    top = radius + apogee_m
    if half >= math.pi / 2:
        raise InputError(
            "a ballistic arc reaches half round the Earth at most",
            field="distance",
            value=f"{range_m / 1e3:g} km",
            allowed="less than 10,000 km",
        )
    e = (top - radius) / (top - radius * math.cos(half))
    a = top / (1.0 + e)
    mean_motion = math.sqrt(GM / a**3)
    # eccentric anomaly where the arc leaves the ground; the apogee stands at pi
    start = math.acos(max(-1.0, min(1.0, (1.0 - radius / a) / e)))
    half_time = (math.pi - (start - e * math.sin(start))) / mean_motion
    steps = max(round(2.0 * half_time / step_s), 2)
    mean = np.linspace(-half_time, half_time, steps + 1) * mean_motion + math.pi
    big_e = mean.copy()
    for _ in range(60):  # Newton on Kepler's equation
        big_e -= (big_e - e * np.sin(big_e) - mean) / (1.0 - e * np.cos(big_e))
    r = a * (1.0 - e * np.cos(big_e))
    true = 2.0 * np.arctan2(
        math.sqrt(1.0 + e) * np.sin(big_e / 2.0), math.sqrt(1.0 - e) * np.cos(big_e / 2.0)
    )
    distance = (np.mod(true, 2 * math.pi) - math.pi + half) * radius
    speed = np.sqrt(GM * (2.0 / r - 1.0 / a))
    return np.clip(distance, 0.0, range_m), np.maximum(r - radius, 0.0), speed


def _arc(
    raid: Raid, group: Group, target: Target, way: NDArray[np.float64], dem: Dem
) -> FlightPath:
    """A ballistic arc onto the aim; it ends on the ground there."""
    start, end = way
    az, _, length = geod().inv(*start, *end)
    apogee = group.apogee_m
    if apogee is None:
        figure = group.known.entry(group.target).figures.get("apogee")
        if figure is None or figure.is_unknown:
            raise InputError(f"no apogee is published for {target.id}; give one", field="apogee")
        apogee = figure.number
    d, alt, speed = ballistic_arc(length, apogee, raid.step_s)
    lon, lat, _ = geod().fwd(
        np.full(len(d), start[0]), np.full(len(d), start[1]), np.full(len(d), az), d
    )
    ground = dem.height_at(lon, lat)
    alt = np.fmax(alt, ground)  # it starts and ends on the ground, wherever that is
    return FlightPath(lon, lat, alt, alt - ground, speed)


def _check(scenario: Scenario, group: Group, paths: Sequence[FlightPath]) -> None:
    if any(np.isnan(path.agl_m).all() for path in paths):
        raise InputError(
            "the path lies outside the terrain altogether",
            field="path",
            hint="Use terrain around it, or move it.",
        )
    starts = np.array([(path.lon[0], path.lat[0]) for path in paths])
    for site in scenario.sites:
        here = np.broadcast_to([site.position.lon, site.position.lat], starts.shape)
        gap = geod().inv(*starts.T, *here.T)[2].min()
        if gap < INSIDE_M:
            raise InputError(
                f"a target starts inside {site.id}",
                value=f"{gap:.0f} m from it",
                allowed=f"{INSIDE_M:g} m or more",
            )
