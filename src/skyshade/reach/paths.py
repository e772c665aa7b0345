"""Reach along given paths: towards a place from every side, past a unit, or any line of points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.views import AntennaViews, Views
from skyshade.errors import InputError
from skyshade.fireunit.model import FireUnit, Height
from skyshade.fireunit.signal import GAIN_D_ALT_M, gain_table, looks_of
from skyshade.memory import release
from skyshade.radar.model import Radar, Target
from skyshade.reach._cpu import MEASURE as LENGTH
from skyshade.reach._cpu import SHOTS, PathRows, reach_paths
from skyshade.reach.inbound import draw_samples, radars_of
from skyshade.terrain.geodesy import geod
from skyshade.terrain.model import Altitude
from skyshade.uncertainty.draws import Draws

STEP_M = 1_000.0
KNOT = 20  # points between exact distances
BLIND = np.float32(1e9)  # masking altitude (m) where a radar sees nothing at any altitude


class Approach(NamedTuple):
    """A target class at one altitude."""

    target: Target
    altitude: Altitude

    @property
    def label(self) -> str:
        """For readers: the short title of the class and the altitude with its datum."""
        return f"{self.target.short_title}, {self.altitude.label}"

    @property
    def slug(self) -> str:
        """For file names and keys: the class id and the altitude."""
        return f"{self.target.id}_{self.altitude.slug}"


@dataclass(frozen=True, eq=False)
class Paths:
    """Straight tracks over the terrain.

    Attributes
    ----------
    lon, lat : (paths, points), `step_m` apart in the order flown.
    until : (paths,) point at which the target has arrived where it was going.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    until: NDArray[np.int64]
    step_m: float = STEP_M


def join(each: Sequence[Paths]) -> Paths:
    """Tracks of equal length as one bundle."""
    return Paths(
        np.concatenate([p.lon for p in each]),
        np.concatenate([p.lat for p in each]),
        np.concatenate([p.until for p in each]),
    )


def inbound_paths(lon: float, lat: float, az_deg: NDArray[np.float64], length_m: float) -> Paths:
    """Tracks that arrive at a point from each azimuth (where the target comes from)."""
    n = round(length_m / STEP_M) + 1
    away = (n - 1 - np.arange(n)) * STEP_M
    shape = (len(az_deg), n)
    lons, lats, _ = geod().fwd(
        np.full(shape, lon),
        np.full(shape, lat),
        np.broadcast_to(az_deg[:, None], shape),
        np.broadcast_to(away, shape),
    )
    return Paths(lons, lats, np.full(len(az_deg), n - 1))


def crossing_paths(
    lon: float, lat: float, heading_deg: float, offset_m: NDArray[np.float64], length_m: float
) -> Paths:
    """Tracks that pass a point at each offset to its left (negative: right), heading one way."""
    n = round(length_m / STEP_M) + 1
    along = (np.arange(n) - (n - 1) / 2) * STEP_M
    abeam_lon, abeam_lat, _ = geod().fwd(
        np.full(len(offset_m), lon),
        np.full(len(offset_m), lat),
        np.full(len(offset_m), heading_deg - 90.0),
        offset_m,
    )
    shape = (len(offset_m), n)
    lons, lats, _ = geod().fwd(
        np.broadcast_to(abeam_lon[:, None], shape),
        np.broadcast_to(abeam_lat[:, None], shape),
        np.full(shape, heading_deg),
        np.broadcast_to(along, shape),
    )
    return Paths(lons, lats, np.full(len(offset_m), n - 1))


@dataclass(frozen=True, eq=False)
class PathReach:
    """What one unit can do along paths; axes: row of the draws, path. Points, -1 if never.

    Attributes
    ----------
    track, first, last : point of the confirmed track, of the first and the last intercept.
    length_m : metres of path in which intercepts are possible.
    shots : shoot-look-shoot attempts before arrival.
    """

    track: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    length_m: NDArray[np.float64]
    shots: NDArray[np.int32]


def reach_along(
    paths: Paths,
    unit: FireUnit,
    index: int,
    views: Views,
    flights: Sequence[Approach],
    draws: Draws,
    rows: slice = slice(None),
) -> list[PathReach]:
    """Reach of one unit along paths, one result per flight.

    Line of sight is read from masking altitudes on the grid, of each radar's own antenna; between
    its default and its lowest or highest height it is interpolated. Positions are not moved.
    Points off the terrain count as not seen.

    Parameters
    ----------
    index : of the unit in the draws.
    rows : of the draws, which of them to run.

    Raises
    ------
    InputError : no path has a point on the terrain.
    """
    default = views.acquisition.default
    cell, inside = default.dem.grid.nearest_post(paths.lon, paths.lat)
    if not inside.any():
        raise InputError("no path touches the terrain", field=unit.id)
    ground = np.where(inside, default.ground_at(cell), np.nan).astype(np.float32)
    dist = _distance(paths, unit.spec.antenna.lon, unit.spec.antenna.lat)
    acquisition = _View.of(views.acquisition, unit.id, unit.acquisition, cell, inside, dist)
    engagement = _View.of(views.engagement, unit.id, unit.engagement, cell, inside, dist)
    samples = draw_samples(unit, index, tuple(f.target for f in flights), draws, rows)
    samples = samples._replace(
        height_a=_weight(unit.height_a, samples.height_a),
        height_e=_weight(unit.height_e, samples.height_e),
    )
    radars = radars_of(unit, 1, paths.step_m)  # the gains of paths are looked up here
    looks = looks_of(unit.acquisition)
    shape = len(samples.place), len(paths.until)
    found = []
    for c, flight in enumerate(flights):
        alt = np.array(np.broadcast_to(flight.altitude.msl(ground), ground.shape), np.float32)
        rows_of = PathRows(
            dist,
            alt,
            alt - ground,
            acquisition.need(alt),
            engagement.need(alt),
            acquisition.log_gain(dist, alt),
            engagement.log_gain(dist, alt),
            paths.step_m,
            paths.until,
        )
        out = np.empty((5, *shape))
        reach_paths(rows_of, radars, looks, samples, c, unit.tables, out)
        track, first, last = out[:LENGTH].astype(np.int32)
        found.append(PathReach(track, first, last, out[LENGTH], out[SHOTS].astype(np.int32)))
    return found


def _distance(paths: Paths, lon: float, lat: float) -> NDArray[np.float32]:
    """(paths, points) geodesic distance from a place (m).

    Along a straight track its square is all but quadratic, so that a spline through every
    `KNOT`th point is within 3 m everywhere, and many times faster.
    """
    from scipy.interpolate import CubicSpline

    n = paths.lon.shape[1]
    knots = np.unique(np.append(np.arange(0, n, KNOT), n - 1))
    lons, lats = paths.lon[:, knots], paths.lat[:, knots]
    d = geod().inv(np.full(lons.shape, lon), np.full(lons.shape, lat), lons, lats)[2]
    square = CubicSpline(knots, d * d, axis=1)(np.arange(n)) if len(knots) > 1 else d * d
    return np.asarray(np.sqrt(np.maximum(square, 0.0)), np.float32)


@dataclass(frozen=True, eq=False)
class _View:
    """One radar's view of every point of the paths.

    Attributes
    ----------
    masking : (3, paths, points) m MSL, with the low, the default and the high antenna.
    ceiling : (paths, points) m MSL of the upper elevation limit, None where that is overhead.
    gains : (levels, ranges) what ln(snr) owes to distance and air.
    """

    masking: NDArray[np.float32]
    ceiling: NDArray[np.float32] | None
    antenna_msl_m: float
    gains: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        views: AntennaViews,
        id_: str,
        radar: Radar,
        cell: Any,
        inside: NDArray[np.bool_],
        dist: NDArray[np.float32],
    ) -> _View:
        site = views.default.site(id_)
        masking = []
        for coverage in (views.low, views.default, views.high):
            whole = coverage.site(id_).masking_m
            seen = whole[cell]
            release(whole)
            masking.append(np.where(inside & np.isfinite(seen), seen, BLIND))
        n_points = int(np.ceil(float(dist.max()) / STEP_M)) + 2
        ceiling = None if site.ceiling_m is None else site.ceiling_m[cell]
        return cls(
            np.stack(masking), ceiling, site.antenna_msl_m, gain_table(radar, n_points, STEP_M)
        )

    def need(self, alt: NDArray[np.float32]) -> NDArray[np.float32]:
        """Masking altitudes for a target at these altitudes (m MSL)."""
        return (
            self.masking
            if self.ceiling is None
            else np.where(alt <= self.ceiling, self.masking, BLIND)
        )

    def log_gain(self, dist: NDArray[np.float32], alt: NDArray[np.float32]) -> NDArray[np.float32]:
        return _gain_at(self.gains, dist, np.maximum(alt - self.antenna_msl_m, 0.0))


def _weight(height: Height, drawn_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where drawn antenna heights lie: -1 at the low bound, 0 at the value, 1 at the high bound."""
    return np.interp(drawn_m, [height.low_m, height.value_m, height.high_m], [-1.0, 0.0, 1.0])


def _gain_at(
    table: NDArray[np.float32], dist: NDArray[np.float32], above: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Gain table at ground ranges and heights above the antenna: nearest range, linear height."""
    i = np.clip(np.rint(dist / STEP_M).astype(int) - 1, 0, table.shape[1] - 1)
    x = np.clip(np.nan_to_num(above) / GAIN_D_ALT_M, 0.0, table.shape[0] - 1.001)
    k = x.astype(int)
    low, high = table[k, i], table[k + 1, i]
    return np.asarray(low + (x - k) * (high - low), np.float32)
