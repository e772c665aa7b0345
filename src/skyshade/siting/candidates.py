"""Where units may stand: a grid inside areas, and what each rule takes from it.

The grid is never finer than the rounding of the scenario's positions, because the answer is a
sector, not a hill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.errors import InputError, did_you_mean
from skyshade.reach.gaps import points_along
from skyshade.reach.interest import read_areas
from skyshade.scenario.schema import Scenario, Site
from skyshade.scenario.siting import Candidates as Rules
from skyshade.scenario.siting import is_file
from skyshade.shown import count
from skyshade.terrain.countries import borders_of, countries, country
from skyshade.terrain.dem import SMOOTH_EARTH
from skyshade.terrain.geodesy import cell_size_m, polar_from, ring
from skyshade.terrain.model import Dem

SECTORS = "sectors"
USUAL = 300  # candidates; without a spacing the grid is made coarser until there are no more
MOST = 2_000
SPACING_DEG = 0.25  # where positions are not rounded at all
BORDER_STEP_M = 5_000.0
SAME_DEG = 1e-9

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """Places where a unit may stand.

    Attributes
    ----------
    lon, lat, ground_m : (candidates,) degrees, degrees, m MSL.
    names : for readers: the sector, or the nearest place.
    area : what was asked for (lon, lat), None for single positions.
    n_grid : points of the grid inside the area; removed : how many of them each rule took.
    """

    lon: Numbers
    lat: Numbers
    ground_m: Numbers
    names: tuple[str, ...]
    spacing_deg: float
    area: Any
    n_grid: int
    removed: dict[str, int]

    def apart(self, least_m: float) -> NDArray[np.bool_]:
        """(candidates, candidates) True where two are nearer to each other than this."""
        near = [polar_from(x, y, self.lon, self.lat)[0] for x, y in zip(self.lon, self.lat)]  # noqa: B905
        found = np.array(near) < least_m
        np.fill_diagonal(found, False)
        return np.asarray(found | found.T)


def area_of(words: Sequence[str], scenario: Scenario, around_m: float) -> tuple[Any, list[Site]]:
    """The area (lon, lat) that some words name, and sites whose very position is meant.

    Raises
    ------
    InputError : a word that is no sector, site, country or file.
    """
    areas, sites = [], []
    by_id = {site.id: site for site in scenario.sites}
    for word in words:
        if is_file(word):
            areas.append(read_areas(Path(word)))
        elif word == SECTORS or word in by_id:
            for site in scenario.sites if word == SECTORS else [by_id[word]]:
                if around_m:
                    here = site.position
                    areas.append(shapely.Polygon(ring(here.lon, here.lat, around_m, 90)))
                else:
                    sites.append(site)
        elif word.lower() in [name.lower() for name in countries()]:
            areas.append(country(word))
        else:
            known = [SECTORS, *by_id, *countries()]
            raise InputError(
                "neither a sector, nor a country, nor a GeoJSON file",
                field="within",
                value=word,
                allowed=", ".join([*known, "a file.geojson"]),
                hint=did_you_mean(word, known),
            )
    return (shapely.union_all(areas) if areas else None), sites


def grid_inside(
    area: Any, step_deg: float, most: int | None = None
) -> tuple[Numbers, Numbers] | None:
    """Multiples of a step in longitude and latitude inside an area; None if more than `most`."""
    west, south, east, north = area.bounds
    first, last = np.ceil([west / step_deg, south / step_deg]), [east / step_deg, north / step_deg]
    wide, high = (np.floor(last) - first + 1).astype(int)
    if wide * high > 4_000_000:
        return None
    x, y = np.meshgrid(
        (first[0] + np.arange(max(wide, 0))) * step_deg,
        (first[1] + np.arange(max(high, 0))) * step_deg,
    )
    inside = shapely.contains_xy(area, x.ravel(), y.ravel())
    if most is not None and inside.sum() > most:
        return None
    return np.round(x.ravel()[inside], 9), np.round(y.ravel()[inside], 9)


def rounding_deg(sites: Sequence[Site]) -> float:
    """The coarsest rounding of positions: no candidate stands on a finer grid."""
    return max((site.position_rounding_deg for site in sites), default=0.0)


@dataclass(eq=False)
class Sieve:
    """Points that are left, and how many each rule has taken."""

    lon: Numbers
    lat: Numbers
    names: list[str]
    removed: dict[str, int]

    def drop(self, rule: str, out: Any) -> None:
        """Take out the points where `out` is True."""
        out = np.asarray(out, bool)
        self.removed[rule] = int(out.sum())
        self.lon, self.lat = self.lon[~out], self.lat[~out]
        self.names = [name for name, gone in zip(self.names, out, strict=True) if not gone]
        if not len(self.lon):
            taken = [f"{n} {rule}" for rule, n in self.removed.items() if n]
            raise InputError(
                f"no candidate is left: of {count(sum(self.removed.values()), 'point')} in the "
                f"area, {', '.join(taken)}",
                field="candidates",
                hint="Loosen a rule, or give a larger area.",
            )


def find_candidates(
    scenario: Scenario, rules: Rules, stay: Sequence[Site]
) -> tuple[Sieve, float, Any]:
    """The grid, and what the rules that need no terrain leave of it.

    Returns
    -------
    points, spacing (degrees), area.

    Raises
    ------
    InputError : an unknown or empty area; a spacing finer than the rounding; nobody left.
    """
    words = rules.within or (SECTORS,)
    area, sites = area_of(words, scenario, rules.around_m)
    least = rounding_deg(scenario.sites)
    if rules.spacing_deg is not None and rules.spacing_deg < least - SAME_DEG:
        raise InputError(
            "finer than the rounding of the scenario's positions",
            field="spacing",
            value=f"{rules.spacing_deg:g} deg",
            allowed=f"{least:g} deg or more",
        )
    spacing = rules.spacing_deg or least or SPACING_DEG
    lon, lat = np.array([s.position.lon for s in sites]), np.array([s.position.lat for s in sites])
    names = [f"the sector of {s.name}" + (f" ({s.sector})" if s.sector else "") for s in sites]
    if area is not None:
        found = grid_inside(area, spacing, MOST if rules.spacing_deg else USUAL)
        while found is None and rules.spacing_deg is None:
            spacing *= 2
            found = grid_inside(area, spacing, USUAL)
        if found is None:
            raise InputError(
                "too many candidates at this spacing",
                field="spacing",
                value=f"{spacing:g} deg",
                allowed=f"as coarse as leaves {MOST:,}",
            )
        if not len(found[0]) and not sites:
            raise InputError(
                "the area holds no point of the grid",
                field="within",
                value=", ".join(words),
                hint=f"The grid has a point every {spacing:g} deg.",
            )
        lon, lat = np.append(lon, found[0]), np.append(lat, found[1])
        names += _near(found[0], found[1], scenario)
    sieve = Sieve(lon, lat, names, {})
    if rules.border_m is not None:
        away = border_distance_m(sieve.lon, sieve.lat)
        sieve.drop(f"nearer than {rules.border_m / 1e3:g} km to a border", away < rules.border_m)
    if rules.apart_m is not None and stay:
        away = np.min(
            [polar_from(s.position.lon, s.position.lat, sieve.lon, sieve.lat)[0] for s in stay],
            axis=0,
        )
        rule = f"nearer than {rules.apart_m / 1e3:g} km to a unit that stays"
        sieve.drop(rule, away < rules.apart_m)
    return sieve, spacing, area


def keep_to_terrain(
    sieve: Sieve, rules: Rules, dem: Dem, spacing_deg: float, area: Any
) -> CandidateSet:
    """The candidates that are left once the rules about the ground have been applied.

    Raises
    ------
    InputError : nobody left.
    """
    n_grid = len(sieve.lon) + sum(sieve.removed.values())
    sieve.drop(
        "off the terrain or on unknown ground", np.isnan(dem.height_at(sieve.lon, sieve.lat))
    )
    if not rules.water and dem.name != SMOOTH_EARTH:
        sieve.drop("on water", _around(dem, sieve).max(axis=0) <= 0.0)
    if rules.highest_m is not None:
        ground = dem.height_at(sieve.lon, sieve.lat)
        sieve.drop(f"higher than {rules.highest_m:g} m", ground > rules.highest_m)
    if rules.slope_deg is not None:
        steep = _slope_deg(dem, sieve)
        sieve.drop(f"steeper than {rules.slope_deg:g} degrees", ~(steep <= rules.slope_deg))
    return CandidateSet(
        sieve.lon,
        sieve.lat,
        dem.height_at(sieve.lon, sieve.lat),
        tuple(sieve.names),
        spacing_deg,
        area,
        n_grid,
        {rule: n for rule, n in sieve.removed.items() if n},
    )


def border_distance_m(lon: Numbers, lat: Numbers) -> Numbers:
    """Distance to the nearest land border of the shipped map (to half a per cent)."""
    from scipy.spatial import cKDTree

    lines = [points_along(line, BORDER_STEP_M) for line in borders_of()]
    there = np.concatenate([np.column_stack(line) for line in lines])
    chord = cKDTree(_on_sphere(there[:, 0], there[:, 1])).query(_on_sphere(lon, lat))[0]
    return np.asarray(2 * np.arcsin(chord / 2) * 6_371_000.0)


def _on_sphere(lon: Numbers, lat: Numbers) -> Numbers:
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def _near(lon: Numbers, lat: Numbers, scenario: Scenario) -> list[str]:
    """Each point by the nearest defended place, or by its longitude and latitude alone."""
    at = [
        f"{abs(y):.4g}° {'N' if y >= 0 else 'S'} {abs(x):.4g}° {'E' if x >= 0 else 'W'}"
        for x, y in zip(lon, lat, strict=True)
    ]
    if not scenario.places:
        return at
    place = [(p.position.lon, p.position.lat) for p in scenario.places]
    away = np.array([polar_from(x, y, lon, lat)[0] for x, y in place])
    short = [p.name.split(" (")[0].split(",")[0] for p in scenario.places]
    words = []
    for i, k in enumerate(away.argmin(axis=0)):
        km = away[k, i] / 1e3
        words.append(
            f"{at[i]} ({km:.0f} km from {short[k]})" if km >= 1 else f"{at[i]} ({short[k]})"
        )
    return words


def _around(dem: Dem, sieve: Sieve) -> Numbers:
    """(9, points) heights of the posts nearest to each point and of their neighbours."""
    (row, col), _ = dem.grid.nearest_post(sieve.lon, sieve.lat)
    rows, cols = dem.grid.shape
    found = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            r, c = np.clip(row + down, 0, rows - 1), np.clip(col + right, 0, cols - 1)
            z = dem.heights[r, c].astype(float)
            found.append(z if dem.nodata is None else np.where(z == dem.nodata, np.nan, z))
    return np.array(found)


def _slope_deg(dem: Dem, sieve: Sieve) -> Numbers:
    """Slope of the ground at each point, over two posts each way (Horn, 1981)."""
    z = _around(dem, sieve).reshape(3, 3, -1)
    wide, high = cell_size_m(dem.grid)
    weight = np.array([1.0, 2.0, 1.0])[:, None]
    east = ((z[:, 2] - z[:, 0]) * weight).sum(axis=0) / (8 * wide)
    north = ((z[2] - z[0]) * weight).sum(axis=0) / (8 * high)
    return np.asarray(np.degrees(np.arctan(np.hypot(east, north))))
