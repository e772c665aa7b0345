"""Places from every side, and targets that pass by, over a smooth Earth: closed forms."""

from __future__ import annotations

import dataclasses
import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skyshade.coverage.model import SiteSpec
from skyshade.coverage.views import view_units
from skyshade.errors import InputError
from skyshade.fireunit.missiles import D_ALT_M, TOP_M, FlyoutFamily
from skyshade.fireunit.model import FireUnit, Height
from skyshade.radar.model import Detection, Radar, Target
from skyshade.reach.crossing import crossing
from skyshade.reach.engageable import engageable
from skyshade.reach.force import ForceReach
from skyshade.reach.gaps import gaps_along, gaps_to_xarray
from skyshade.reach.inbound import draw_force, reach
from skyshade.reach.paths import Approach
from skyshade.reach.places import PlacesReach, reach_places
from skyshade.reach.scenario import ScenarioReach
from skyshade.scenario.schema import Place, Position
from skyshade.terrain.dem import load_dem
from skyshade.terrain.geodesy import curvature_radius_m, geod, ring_area_m2
from skyshade.terrain.model import Altitude, Antenna, Dem
from skyshade.uncertainty.unknown import Unknown

D_RANGE_M, FARTHEST_M = 1_000.0, 420_000.0
LON, LAT, MAST_M, MISSILE_MPS, REACTION_S, ASSESS_S = 75.0, 20.0, 30.0, 1000.0, 10.0, 5.0
TARGET = Target("test", "test target (any)", 1.0, 250.0)
ALTITUDE = Altitude(5e3, "msl")
FLIGHT = Approach(TARGET, ALTITUDE)
STEP_M = 1e3


def unit(
    id_: str = "unit",
    range_max_m: float = 300e3,
    lon: float = LON,
    height_e: float = MAST_M,
    height: Height | None = None,
) -> FireUnit:
    """Strong radars that look all the time, and a missile of constant speed along the slant."""
    r = np.arange(FARTHEST_M / D_RANGE_M + 1) * D_RANGE_M
    h = np.arange(TOP_M / D_ALT_M + 1)[:, None] * D_ALT_M
    figure = SimpleNamespace(value=range_max_m, low=range_max_m, high=range_max_m)
    missile: Any = SimpleNamespace(
        id="m",
        range_max=figure,
        range_max_m=range_max_m,
        range_min_m=3e3,
        alt_min_m=10.0,
        alt_max_m=27e3,
        target_speed_max_mps=None,
    )
    times = np.repeat((np.hypot(r, h) / MISSILE_MPS).astype(np.float32)[None], 3, axis=0)
    look = Detection(swerling=0, confirm_m=1, confirm_n=1, p_confirm=0.5)
    radar = Radar("eyes", "eyes", 3000e3, 1.0, 3e9, 500e3, 0.05, detection=look)
    return FireUnit(
        SiteSpec(id_, id_, Antenna(lon, LAT, MAST_M), 500e3),
        0.0,
        radar,
        dataclasses.replace(radar, id="hand"),
        height or Height(MAST_M, MAST_M, MAST_M),
        Height(height_e, height_e, height_e) if height is None else height,
        (FlyoutFamily(missile, times, D_RANGE_M),),
        Unknown("reaction time", "reaction time", "s", REACTION_S, REACTION_S, REACTION_S),
    )


@pytest.fixture(scope="module")
def smooth() -> Dem:
    return load_dem("smooth-earth", around=(LON, LAT, 620e3))


def place(az_deg: float = 0.0, range_m: float = 0.0) -> Place:
    lon, lat, _ = geod().fwd(LON, LAT, az_deg, range_m)
    return Place(
        id="place",
        name="Place (A)",
        kind="other",
        sources=("x",),
        position=Position(lon=float(lon), lat=float(lat)),
    )


def places_reach(
    dem: Dem, units: list[FireUnit], where: Place, flight: Approach = FLIGHT, **options: Any
) -> PlacesReach:
    views = view_units(dem, units, [flight.altitude])
    return reach_places([where], units, views, [flight], draw_force(units, 0), **options)


def horizon(altitude_m: float, az_deg: float, mast_m: float = MAST_M) -> float:
    radius = 4 / 3 * float(curvature_radius_m(LAT, az_deg))
    return sum(radius * math.acos(radius / (radius + h)) for h in (mast_m, altitude_m))


def test_at_the_unit_itself_the_first_track_is_at_the_horizon_all_round(smooth: Dem) -> None:
    found = places_reach(smooth, [unit()], place())
    expected = [horizon(5e3, az) for az in found.az_deg]
    assert found.first_track_m[0, 0, 0] == pytest.approx(expected, abs=2 * STEP_M)
    met = [(h - 250.0 * REACTION_S) / (1 + 250.0 / MISSILE_MPS) for h in expected]
    assert found.intercept_m[0, 0, 0] == pytest.approx(met, abs=3 * STEP_M)
    assert (found.n_units == 1).all()


@pytest.mark.parametrize("altitude_m", [1e3, 5e3])
def test_beside_the_unit_the_horizon_is_cut_by_each_approach(
    smooth: Dem, altitude_m: float
) -> None:
    """The first track is where the approach, a geodesic, crosses the circle of the horizon."""
    where = place(90.0, 80e3)
    found = places_reach(smooth, [unit()], where, Approach(TARGET, Altitude(altitude_m, "msl")))
    lon, lat = where.position.lon, where.position.lat
    for az, track in zip(found.az_deg, found.first_track_m[0, 0, 0], strict=True):
        low, high = 0.0, 600e3
        while high - low > 10.0:
            middle = (low + high) / 2
            at = geod().fwd(lon, lat, az, middle)[:2]
            from_unit, _, d = geod().inv(LON, LAT, *at)
            low, high = (middle, high) if d < horizon(altitude_m, from_unit) else (low, middle)
        assert track == pytest.approx(low, abs=2 * STEP_M)


def test_flying_over_the_place_to_the_unit_costs_the_way_between(smooth: Dem) -> None:
    """From the east, a place 80 km east of the unit: 80 km nearer than the unit's own intercept."""
    found = places_reach(smooth, [unit()], place(90.0, 80e3), az_step_deg=90.0)
    own = (horizon(5e3, 90.0) - 250.0 * REACTION_S) / (1 + 250.0 / MISSILE_MPS)
    assert found.intercept_m[0, 0, 0, 1] == pytest.approx(own - 80e3, abs=3 * STEP_M)


def test_shots_are_those_of_the_recursion_by_hand(smooth: Dem) -> None:
    """Each shot meets at (r - v t) / (1 + v / v_m), the next leaves t = assessment later."""
    slow = 1 + 250.0 / MISSILE_MPS
    shots, r, wait = 0, min(horizon(5e3, 0.0), 300e3 * slow), REACTION_S
    while True:
        r, wait = (r - 250.0 * wait) / slow, ASSESS_S
        if r < 3e3:
            break
        shots += 1
    found = places_reach(smooth, [unit()], place(), az_step_deg=90.0)
    assert found.n_shots[0, 0, 0, 0] == pytest.approx(shots, abs=2)
    assert shots > 10


def test_two_units_count_twice_and_the_farther_one_is_the_earliest(smooth: Dem) -> None:
    alone = places_reach(smooth, [unit()], place(), az_step_deg=90.0)
    both = [unit(), unit("east", lon=LON + 1.0)]
    found = places_reach(smooth, both, place(), az_step_deg=90.0)
    assert (found.n_units == 2).all()
    assert (found.n_shots > alone.n_shots).all()
    d = float(geod().inv(LON, LAT, LON + 1.0, LAT)[2])
    gain = found.first_track_m[0, 0, 0, 1] - alone.first_track_m[0, 0, 0, 1]
    assert gain == pytest.approx(d, abs=2 * STEP_M)


def test_each_radar_looks_from_its_own_antenna(smooth: Dem) -> None:
    """A low engagement antenna leaves the track where it was and the intercept nearer."""
    low = Approach(TARGET, Altitude(100.0, "msl"))
    high_up, low_down = (
        places_reach(smooth, [unit(height_e=h)], place(), low, az_step_deg=90.0)
        for h in (MAST_M, 5.0)
    )
    assert (high_up.first_track_m == low_down.first_track_m).all()
    # held from its own horizon on, so that the missile leaves then
    expected = horizon(100.0, 0.0, 5.0) / (1 + 250.0 / MISSILE_MPS)
    assert low_down.intercept_m[0, 0, 0, 0] == pytest.approx(expected, abs=2 * STEP_M)
    assert (low_down.intercept_m < high_up.intercept_m).all()


def test_the_upper_elevation_limit_leaves_a_cone_over_the_unit(smooth: Dem) -> None:
    """Under 30 degrees a target at 5 km is seen only beyond 5 km / tan 30 = 8.7 km."""
    base = unit()
    antenna = dataclasses.replace(base.spec.antenna, el_limits_deg=(-90.0, 30.0))
    capped = dataclasses.replace(base, spec=dataclasses.replace(base.spec, antenna=antenna))
    found = places_reach(smooth, [capped], place(), az_step_deg=90.0)
    free = places_reach(smooth, [base], place(), az_step_deg=90.0)
    assert (found.first_track_m == free.first_track_m).all()
    assert 0 < found.n_shots[0, 0, 0, 0] < free.n_shots[0, 0, 0, 0]


def test_a_place_off_the_terrain_is_said_to_be_unknown(smooth: Dem) -> None:
    off = Place(
        id="off", name="Off", kind="city", position=Position(lon=120, lat=20), sources=("x",)
    )
    found = places_reach(smooth, [unit()], off)
    assert not found.known[0] and not found.first_track_m.any() and not found.n_units.any()


@pytest.mark.parametrize("step", [0.0, 7.0, 180.0, math.nan])
def test_an_azimuth_step_goes_round_evenly(smooth: Dem, step: float) -> None:
    with pytest.raises(InputError, match="divide the circle"):
        places_reach(smooth, [unit()], place(), az_step_deg=step)


def test_bands_over_the_draws_enclose_the_median_and_follow_the_antenna(smooth: Dem) -> None:
    sites = [unit(height=Height(30.0, 5.0, 60.0))]
    flight = Approach(TARGET, Altitude(100.0, "msl"))
    views = view_units(smooth, sites, [flight.altitude])
    found = reach_places([place()], sites, views, [flight], draw_force(sites, 32), az_step_deg=90.0)
    low, middle, high = found.band("first_track_m")[:, 0, 0, 0]
    assert horizon(100.0, 0.0, 5.0) - 2e3 <= low < middle < high
    assert high <= horizon(100.0, 0.0, 60.0) + 2e3
    assert middle == pytest.approx(horizon(100.0, 0.0, 30.0), abs=5e3)


def test_every_form_says_the_same(smooth: Dem) -> None:
    found = places_reach(smooth, [unit()], place(), az_step_deg=45.0)
    data = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    approach = data["places"][0]["approaches"][0]
    cube = found.to_xarray()
    assert cube.first_track_m.dims == ("quantile", "place", "flight", "azimuth_deg")
    row = found.rows()[2]
    assert row["azimuth_deg"] == 90.0 and len(found.rows()) == 8
    value = float(cube.first_track_m.sel(quantile=0.5, azimuth_deg=90.0).squeeze())
    assert value == approach["first_track_m"][2][1] == row["first_track_m"]
    assert found.overview()[0]["n_units"] == [1.0, 1.0, 1.0]


def test_a_target_that_passes_is_met_on_the_chord(smooth: Dem) -> None:
    site = unit(range_max_m=60e3)
    flight = Approach(TARGET, Altitude(8e3, "msl"))
    views = view_units(smooth, [site], [flight.altitude])
    found = crossing(site, 0, views, [flight], draw_force([site], 0), 62.5e3)
    offsets = found.offsets_m
    assert offsets[0] == 0.0 and offsets[8] == pytest.approx(40e3)
    chord = 2 * math.sqrt(60e3**2 - 40e3**2)
    length = found.length_m[0, 0]
    assert length[8] == pytest.approx(chord, rel=0.05) and length[10] == 0
    assert found.n_shots[0, 0, 8] > 0 and found.n_shots[0, 0, 10] == 0
    assert found.to_xarray().length_m.shape == (3, 1, 11)
    assert json.loads(json.dumps(found.as_dict()))["offsets_km"][8] == 40.0


def test_areas_of_some_units_add_up_to_the_forces(smooth: Dem) -> None:
    units = [unit("a", 60e3), unit("b", 60e3, lon=LON + 3.0)]
    sites = tuple(reach(smooth, units, [TARGET], [ALTITUDE], n_azimuths=36))
    force = ForceReach(sites)
    assert force.held_m2({"a", "b"}, 0, 0) == pytest.approx(force.area_m2[0, 0])
    assert force.held_m2({"a"}, 0, 0) == pytest.approx(sites[0].area_m2[0, 0])
    cube = ScenarioReach(sites, force, smooth).to_xarray()
    assert float(cube.force_area_m2.sel(quantile=0.5).squeeze()) == force.area_m2[0, 0, 0]
    assert cube.first_intercept_m.dims[0] == "unit"


def test_what_one_unit_alone_can_engage_is_its_disc_less_the_overlap(smooth: Dem) -> None:
    units = [unit("a", 60e3), unit("b", 60e3, lon=LON + 1.0)]
    views = view_units(smooth, units, [ALTITUDE])
    force = engageable(views.engagement.default, units)
    count, who = force.counts(TARGET, ALTITUDE)
    cells = force.coverage.cell_area_m2
    d = float(geod().inv(LON, LAT, LON + 1.0, LAT)[2])  # 104.6 km: two circles of 60 km overlap
    lens = 2 * 60e3**2 * math.acos(d / 120e3) - d / 2 * math.sqrt(4 * 60e3**2 - d**2)
    assert float(cells[count == 2].sum()) == pytest.approx(lens, rel=0.03)
    disc = ring_area_m2(LON, LAT, 60e3) - ring_area_m2(LON, LAT, 3e3)
    assert float(cells[who == 1].sum()) == pytest.approx(disc - lens, rel=0.02)
    assert ((who > 0) == (count == 1)).all()
    cube = force.to_xarray([TARGET], [ALTITUDE])
    assert (cube.n_engageable.values[0, 0] == count).all() and cube.attrs["units"] == ["a", "b"]
    assert np.nanmin(cube.lowest_engageable_m) >= 10.0


def test_gaps_of_a_line_as_a_table(smooth: Dem) -> None:
    site = unit(range_max_m=60e3)
    force = engageable(view_units(smooth, [site], [ALTITUDE]).engagement.default, [site])
    ends = np.array([geod().fwd(LON, LAT, az, 100e3)[:2] for az in (270.0, 90.0)])
    table = gaps_to_xarray(gaps_along(ends, force, TARGET, ALTITUDE))
    assert float(table.length_m.sum()) == pytest.approx(200e3, rel=0.01)
    assert table.n_units.values.tolist() == [0, 1, 0, 1, 0]
