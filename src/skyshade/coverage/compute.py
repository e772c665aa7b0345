"""From sites and terrain to coverage."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec
from skyshade.coverage.orbits import sensor_circle, sensor_coverage
from skyshade.errors import InputError, did_you_mean
from skyshade.scenario import Scenario
from skyshade.scenario.schema import AsOf, Site
from skyshade.scenario.sensors import Sensor
from skyshade.terrain.dem import SMOOTH_EARTH, Circle, load_dem
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Antenna, Dem, NodataPolicy
from skyshade.terrain.sweep import antenna_altitude_m, ceiling_altitude, masking_altitude

MAX_GROUND_ERROR_M = 1500.0  # of a coarse DEM in high mountains
METRES_PER_DEGREE = 111_320.0  # of longitude at the equator, WGS-84
DEFAULT_ALTITUDES = (
    Altitude(30.0, "agl"),
    Altitude(100.0, "agl"),
    Altitude(1_000.0, "agl"),
    Altitude(10_000.0, "msl"),
)


def cover(
    dem: Dem,
    sites: Sequence[SiteSpec],
    altitudes: Sequence[Altitude] = DEFAULT_ALTITUDES,
    *,
    sensors: Sequence[Sensor] = (),
    k_factor: float = EFFECTIVE_EARTH,
    sea_outside: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Coverage:
    """Coverage of sites over terrain already in memory.

    Parameters
    ----------
    dem : terrain; results are on its grid.
    sites : where antennas stand and how far (m) each radar is instrumented.
    altitudes : the altitudes that areas and counts are given for.
    sensors : radars in the air, kept apart from the sites.
    k_factor : refraction factor, more than 0.1; 4/3 is the standard atmosphere.
    sea_outside : take the world outside the DEM to be open sea, not unknown.
    progress : called with (sites done, sites in all).

    Raises
    ------
    InputError : no sites or altitudes; a site outside the DEM, below ground or out of bounds.
    """
    if not sites:
        raise InputError("no sites to cover")
    if not altitudes or not all(isinstance(a, Altitude) for a in altitudes):
        raise InputError(
            "altitudes are wanted as Altitude(metres, 'agl' or 'msl')",
            field="altitudes",
            value=tuple(altitudes),
        )
    covered = []
    for i, spec in enumerate(sites):
        try:
            masking = masking_altitude(
                dem,
                spec.antenna,
                spec.max_range_m,
                k_factor=k_factor,
                sea_outside=sea_outside,
                near_rays=spec.near_rays,
            )
        except InputError as error:
            raise (error.inside(spec.id, ", ") if len(sites) > 1 else error) from None
        covered.append(
            SiteCoverage(
                spec,
                antenna_altitude_m(dem, spec.antenna),
                masking,
                ceiling_altitude(dem, spec.antenna, k_factor),
            )
        )
        progress(i + 1, len(sites) + len(sensors))
    aloft = []
    for sensor in sensors:
        aloft.append(sensor_coverage(dem, sensor, k_factor=k_factor, sea_outside=sea_outside))
        progress(len(sites) + len(aloft), len(sites) + len(sensors))
    return Coverage(dem, tuple(covered), tuple(altitudes), k_factor, sea_outside, tuple(aloft))


def coverage_at(  # noqa: PLR0913 (the options are keyword-only)
    dem: str | Path,
    lon: float,
    lat: float,
    antenna_agl_m: float,
    max_range_m: float,
    *,
    ground_msl_m: float | None = None,
    az_sector_deg: tuple[float, float] | None = None,
    el_limits_deg: tuple[float, float] = (-90.0, 90.0),
    altitudes: Sequence[Altitude] = DEFAULT_ALTITUDES,
    k_factor: float = EFFECTIVE_EARTH,
    nodata: NodataPolicy = "unknown",
    sea_outside: bool = False,
) -> Coverage:
    """Coverage of one site over a raster file, a folder of tiles or a registered terrain.

    Parameters
    ----------
    dem : path, or a name that ``skyshade terrain list`` shows.
    lon, lat : WGS-84, degrees.
    antenna_agl_m : antenna above ground (m), more than 0, at most 1000.
    max_range_m : geodesic radius served (m), 100 m to 1500 km.
    ground_msl_m : ground height (m MSL) at the site, if known better than the DEM has it.
    az_sector_deg : (from, to) clockwise from north; None is all round.
    el_limits_deg : lowest and highest elevation served, -90 to 90.
    altitudes : the altitudes that areas and counts are given for.
    k_factor : refraction factor, more than 0.1; 4/3 is the standard atmosphere.
    nodata : what posts without a height mean: "unknown", "sea" or "refuse".
    sea_outside : take the world outside the DEM to be open sea, not unknown.

    Raises
    ------
    InputError : unusable terrain, place, height, range or limits.
    """
    antenna = Antenna(lon, lat, antenna_agl_m, ground_msl_m, az_sector_deg, el_limits_deg)
    terrain = load_dem(dem, around=(lon, lat, max_range_m), nodata=nodata, in_steps=True)
    spec = SiteSpec("site", "Site", antenna, max_range_m)
    return cover(terrain, [spec], altitudes, k_factor=k_factor, sea_outside=sea_outside)


def site_spec(
    site: Site, agl_m: float | None = None, shift: tuple[float, float] = (0.0, 0.0)
) -> SiteSpec:
    """A scenario's site, its range taken from the catalogue's instrumented range if not given."""
    return SiteSpec(site.id, site.name, site.make_antenna(agl_m, shift), site_range_m(site))


def site_range_m(site: Site) -> float:
    """Range served by a site's acquisition radar (m)."""
    if site.max_range_m is not None:
        return site.max_range_m
    try:
        return site.known.entry(site.radar).figure("instrumented_range").number
    except InputError as error:
        raise InputError(
            f"the catalogue gives no instrumented range for {site.radar}; give max_range",
            field=f"{site.id}.max_range",
            hint=error.hint,
        ) from None


def site_circles(sites: Sequence[Site]) -> list[Circle]:
    """What sites need of the terrain, wherever they stand in their rounding."""
    return [
        (
            s.position.lon,
            s.position.lat,
            1.02 * site_range_m(s) + s.position_rounding_deg * METRES_PER_DEGREE,
        )
        for s in sites
    ]


def load_scenario_dem(
    scenario: Scenario, sites: Sequence[Site] | None = None, along: Sequence[Circle] = ()
) -> Dem:
    """The terrain around a scenario's sites (or some of them), wherever in their rounding.

    Parameters
    ----------
    along : circles on paths or lines, of which that part is read which the terrain has.
    """
    circles = site_circles(scenario.sites if sites is None else sites)
    several = len(circles) > 1
    circles += [sensor_circle(sensor) for sensor in scenario.sensors]
    if several:
        check_sites(scenario)  # a complaint about one of many sites should name it
    nodata = scenario.terrain.nodata
    source = scenario.terrain.dem
    dem = load_dem(source, around=circles, along=along, nodata=nodata, in_steps=True)
    for site in scenario.sites if sites is None else sites:
        _check_ground(dem, site)
    return dem


def check_sites(scenario: Scenario) -> None:
    """Check that every site stands on known terrain and that its range makes sense."""
    for site in scenario.sites:
        around = 1000.0 + site.position_rounding_deg * METRES_PER_DEGREE
        here = (site.position.lon, site.position.lat, around)
        try:
            dem = load_dem(scenario.terrain.dem, around=here, nodata=scenario.terrain.nodata)
            site_range_m(site)
            antenna_altitude_m(dem, site.make_antenna())
            _check_ground(dem, site)
            _check_rounding(dem, site)
        except InputError as error:
            raise error.inside(site.id, ", ") from None


def _check_ground(dem: Dem, site: Site) -> None:
    """Check that a site's own ground is not far from the terrain's, as by a slip of units."""
    terrain_m = float(dem.height_at(site.position.lon, site.position.lat))
    given_m = site.ground_msl_m
    if given_m is None or dem.name == SMOOTH_EARTH:
        return
    if not abs(given_m - terrain_m) > MAX_GROUND_ERROR_M:  # nor if the terrain is unknown
        return
    raise InputError(
        "the ground is not where the terrain has it",
        field="ground_msl",
        value=f"{given_m:g} m, where the terrain is at {terrain_m:.0f} m",
        allowed=f"within {MAX_GROUND_ERROR_M:g} m of the terrain",
    )


def _check_rounding(dem: Dem, site: Site) -> None:
    """Check that a site may be moved by half its rounding, as bands do, and still be on terrain."""
    rounded = site.position_rounding_deg and site.ground_msl_m is None
    moves = ((0, 1), (0, -1), (1, 0), (-1, 0)) if rounded else ()
    for shift in moves:
        moved = site.make_antenna(shift=shift)
        if math.isnan(float(dem.height_at(moved.lon, moved.lat))):
            raise InputError(
                f"moved by half its rounding, to {moved.lon:g},{moved.lat:g}, the site is outside "
                "the DEM or on unknown terrain",
                field="position_rounding",
                value=f"{site.position_rounding_deg:g} deg",
                hint="Use a smaller rounding or more terrain.",
            )


def first_operational(scenario: Scenario) -> str | None:
    """From when on a site of the scenario is operational, for a message; None if never."""
    days = [e.date.last for s in scenario.sites if (e := s.event("operational"))]
    return f"{min(days)} or later" if days else None


def operational_sites(scenario: Scenario, as_of: AsOf = None) -> list[Site]:
    """The sites operational on a date, by default on the scenario's own; or "all" of them.

    Raises
    ------
    InputError : none is, with the date from which one is; something that is no date.
    """
    day = scenario.on(as_of)
    sites = [s for s in scenario.sites if day == "all" or s.operational_on(day)]
    if not sites:
        raise InputError(
            f"no site of '{scenario.name}' is operational on that date",
            field="as_of",
            value=str(day),
            allowed=first_operational(scenario),
        )
    return sites


def check_altitudes(scenario: Scenario, only: Sequence[Altitude] | None) -> tuple[Altitude, ...]:
    """These of a scenario's altitudes, in its own order; by default all.

    Raises
    ------
    InputError : one that is not the scenario's.
    """
    known = {a.label: a for a in scenario.altitudes}
    for altitude in only or ():
        if altitude.label not in known:
            raise InputError(
                "not an altitude of the scenario",
                field="altitude",
                value=altitude.label,
                allowed=", ".join(known),
                hint=did_you_mean(altitude.label, known),
            )
    wanted = {a.label for a in only or known.values()}
    return tuple(a for a in scenario.altitudes if a.label in wanted)


def cover_scenario(
    scenario: Scenario,
    *,
    as_of: AsOf = None,
    altitudes: Sequence[Altitude] | None = None,
    dem: Dem | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Coverage:
    """Coverage of a scenario's sites that are operational on a date.

    Parameters
    ----------
    scenario : from :func:`skyshade.load_scenario`.
    as_of : the date, by default the scenario's own; "all" for all of its sites.
    altitudes : by default the scenario's own.
    dem : terrain already loaded; by default what the scenario names, around its sites.
    progress : called with (sites done, sites in all).

    Raises
    ------
    InputError : unusable terrain or sites; nothing is operational on that date.
    """
    sites = operational_sites(scenario, as_of)
    return cover(
        load_scenario_dem(scenario, sites) if dem is None else dem,
        [site_spec(s) for s in sites],
        altitudes or scenario.altitudes,
        sensors=scenario.sensors,
        k_factor=scenario.atmosphere.k_factor,
        sea_outside=scenario.terrain.outside == "sea",
        progress=progress,
    )
