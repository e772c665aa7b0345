"""Radars in the air: closed forms on a smooth Earth, raids made by hand, and refusals.

Random replicates have fixed seeds; shares are compared within five standard errors, a false alarm
in 1.7 million each.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raid_plans import make_plan, run, run_to_end, with_radar_in_the_air
from raid_scenarios import FIGHTER, compiled, scenario, site
from reach_unit import LAT, LON, MISSILE_MPS, REACTION_S, TARGET, horizon, unit
from skyshade.coverage import cover_scenario
from skyshade.coverage.orbits import sensor_coverage
from skyshade.engagement._scalar_plan import CONFIRMED, LAUNCHED, N_CONFIRMED
from skyshade.engagement.compile import compile_raid, prepare_raid
from skyshade.errors import InputError
from skyshade.reach.inbound import reach
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.scenario.sensors import Orbit
from skyshade.terrain.dem import load_dem
from skyshade.terrain.geodesy import curvature_radius_m
from skyshade.terrain.model import Altitude, Dem

BALLOON: dict[str, Any] = {
    "id": "balloon",
    "name": "Balloon",
    "radar": "el-m-2083",
    "centre": {"lon": LON, "lat": LAT},
    "illustrative": True,
    "altitude": "3 km msl",
    "max_range": "300 km",
}
ORBIT = {"radius": "20 km", "legs": "60 km", "heading": "90 deg", "speed": "200 m/s"}
AIRCRAFT = BALLOON | {"id": "aircraft", "radar": "netra-radar", "altitude": "9 km msl"}


def with_sensors(*sensors: dict[str, Any], **rest: Any) -> Scenario:
    path = Path("sensors.yaml")
    path.write_text(json.dumps(scenario(**rest) | {"sensors": list(sensors)}))
    return load_scenario(path)


def distance_of_sight(*heights_m: float) -> float:
    radius = 4 / 3 * float(np.mean(curvature_radius_m(LAT, np.arange(360.0))))
    return sum(radius * math.acos(radius / (radius + h)) for h in heights_m)


@pytest.fixture(scope="module")
def smooth() -> Dem:
    return load_dem("smooth-earth", around=(LON, LAT, 520e3))


# Where it flies


@pytest.mark.parametrize("heading", [0.0, 30.0, 200.0])
def test_a_racetrack_is_flown_evenly(heading: float) -> None:
    """Every place lies 20 km beside a leg of 60 km or 20 km around one of its ends."""
    orbit = Orbit(radius_m=20e3, legs_m=60e3, heading_deg=heading, speed_mps=200.0)
    assert orbit.lap_s == pytest.approx((2 * math.pi * 20e3 + 120e3) / 200.0)
    places = orbit.offsets_m(720)
    along = np.array([math.sin(math.radians(heading)), math.cos(math.radians(heading))])
    ahead = places @ along
    beside = places @ np.array([along[1], -along[0]])
    to_leg = np.hypot(np.maximum(np.abs(ahead) - 30e3, 0.0), beside)
    np.testing.assert_allclose(to_leg, 20e3, rtol=1e-9)
    step = np.hypot(*np.diff(np.vstack([places, places[:1]]), axis=0).T)
    np.testing.assert_allclose(step, orbit.lap_s * 200.0 / 720, rtol=1e-3)


def test_aircraft_that_take_turns() -> None:
    """5 hours of 9 by one, 10 of 9 is always by two; apart by more than they stay, gaps remain."""
    shares = []
    for aircraft in (1, 2, 3):
        rota = {"endurance": "5 h", "turnaround": "7 h", "aircraft": aircraft}
        (sensor,) = with_sensors(AIRCRAFT | rota).sensors
        shares.append(sensor.station.share)
    assert shares == pytest.approx([5 / 12, 10 / 12, 1.0])


# What it sees


def test_a_balloon_sees_to_the_sum_of_two_horizons(smooth: Dem) -> None:
    (balloon,) = with_sensors(BALLOON).sensors
    found = sensor_coverage(smooth, balloon)
    row = np.argmin(np.abs(smooth.grid.lonlat(0, np.arange(smooth.grid.shape[0]))[1] - LAT))
    masking = found.masking_m[row]
    east = smooth.grid.lonlat(np.arange(len(masking)), row)[0] - LON
    metres = np.abs(east) * 111_320 * math.cos(math.radians(LAT))
    sees = masking <= 50.0
    limit = distance_of_sight(3e3, 50.0)
    assert 250e3 < limit < 260e3
    assert sees[metres < limit - 2e3].all() and not sees[metres > limit + 2e3].any()
    assert np.isnan(masking[metres > 301e3]).all()


def test_an_orbit_sees_what_every_position_sees(smooth: Dem) -> None:
    """East of a racetrack along the parallel the far end decides: 50 km less."""
    (aircraft,) = with_sensors(AIRCRAFT | {"orbit": ORBIT, "altitude": "1 km msl"}).sensors
    (balloon,) = with_sensors(BALLOON | {"altitude": "1 km msl"}).sensors
    orbit, still = (sensor_coverage(smooth, s) for s in (aircraft, balloon))
    both = ~np.isnan(orbit.masking_m)
    assert (orbit.masking_m[both] >= still.masking_m[both] - 0.5).all()
    assert orbit.spec.max_range_m == 250e3
    middle = np.argmin(np.abs(smooth.grid.lonlat(0, np.arange(smooth.grid.shape[0]))[1] - LAT))
    widths = [np.count_nonzero(s.masking_m[middle] <= 300.0) for s in (orbit, still)]
    cell_m = 111_320 * math.cos(math.radians(LAT)) / 120
    assert (widths[1] - widths[0]) * cell_m == pytest.approx(2 * 50e3, abs=3e3)


def test_areas_with_and_without(smooth: Dem) -> None:
    """Of the site's ring of 150 km, at 50 m: 54 km without, all of it with the balloon."""
    case = with_sensors(BALLOON)
    found = cover_scenario(case, altitudes=[Altitude(50.0, "msl")], dem=smooth)
    areas = {a.who: a for a in found.areas()}
    assert list(areas) == ["site", "balloon", "site with sensors"]
    seen = distance_of_sight(24.0, 50.0) / 150e3
    assert areas["site"].visible_frac == pytest.approx(seen**2, rel=0.03)
    assert areas["site with sensors"].visible_frac == pytest.approx(1.0, abs=1e-6)
    assert areas["site with sensors"].ring_m2 == areas["site"].ring_m2
    assert (
        found.visible_with_sensors(Altitude(50.0, "msl")).sum()
        > found.visible(Altitude(50.0, "msl")).sum()
    )


# Reach


@pytest.mark.parametrize("altitude_m", [100.0, 1000.0])
def test_a_cue_saves_the_reaction_and_no_more(smooth: Dem, altitude_m: float) -> None:
    """r (1 + v / v_missile) is the horizon of the engagement radar, from which a missile may leave
    at once, instead of the horizon less v t_reaction."""
    (balloon,) = with_sensors(BALLOON).sensors
    altitudes, v = [Altitude(altitude_m, "msl")], TARGET.speed_mps
    (alone,) = reach(smooth, [unit()], [TARGET], altitudes, n_azimuths=8)
    (cued,) = reach(smooth, [unit()], [TARGET], altitudes, n_azimuths=8, sensors=[balloon])
    limit = horizon(altitude_m, cued.az_deg)
    per = 1 + v / MISSILE_MPS
    assert cued.first_m[0, 0, 0] == pytest.approx(limit / per, abs=3 * 420)
    assert alone.first_m[0, 0, 0] == pytest.approx((limit - v * REACTION_S) / per, abs=3 * 420)
    assert (cued.track_m[0, 0, 0] > alone.track_m[0, 0, 0] + 5e3).all()


# Raids


def test_a_radar_in_the_air_tracks_like_one_on_the_ground() -> None:
    """To the last draw the same as a second site that has only a radar."""
    flown = {"steps": 60, "gap": 3.0, "p_kill": 0.5, "load": 9, "confirm": (2, 3)}
    ground = make_plan(5, sites=2, emits=[False, True], **flown)  # type: ignore[arg-type]
    aloft = with_radar_in_the_air(make_plan(5, emits=False, **flown))  # type: ignore[arg-type]
    for one, other in zip(run(ground, 50), run(aloft, 50), strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_is_no_command_post() -> None:
    state, _ = run_to_end(with_radar_in_the_air(make_plan(sites=2, units=2, site=[0, 1])))
    assert state.post_up[0].tolist() == [1, 1, 0]
    assert state.radar_up[0].tolist() == [1, 1, 1]


def share_tracked(plan: Any, n: int = 2000) -> float:
    return float(np.mean(run(plan, n).count[:, N_CONFIRMED] > 0))


@pytest.mark.parametrize(
    ("seen", "lap", "watch", "cycle", "expected"),
    [
        # a minute of flight, looked at every second: on station somewhere in it
        (True, 1.0, 500.0, 1000.0, (500.0 + 60.0) / 1000.0),
        (True, 1.0, 100.0, 1000.0, (100.0 + 60.0) / 1000.0),
        (True, 1.0, 1000.0, 1000.0, 1.0),
        # seen from one of four positions
        ([[True], [False], [False], [False]], 400.0, 1.0, 1.0, (100.0 + 60.0) / 400.0),
        # both: the chances multiply, but for the minute
        ([[True], [False]], 2e5, 1e5, 2e5, 0.25),
    ],
)
def test_orbit_and_rota_are_drawn(
    seen: Any, lap: float, watch: float, cycle: float, expected: float
) -> None:
    plan = with_radar_in_the_air(make_plan(steps=60, emits=False), seen, lap, watch, cycle)
    error = math.sqrt(expected * (1.0 - expected) / 2000)
    assert abs(share_tracked(plan) - expected) <= 5 * error + 1.5 / min(lap * 4, cycle, 60.0)


def test_it_moves_during_the_raid() -> None:
    """Seen from the first half of a lap of 100 s only: tracks begin as it comes round."""
    plan = with_radar_in_the_air(
        make_plan(steps=300, emits=False, coast=0, load=0), [[True], [False]], lap=100.0
    )
    for k in range(20):
        _, log = run_to_end(plan, run=k)
        begun = log[log[:, 1] == CONFIRMED, 0]
        assert 2 <= len(begun) <= 4
        np.testing.assert_allclose(np.diff(begun[-2:]), 100.0, atol=1.01)


LOW = FIGHTER | {"altitude": "50 m msl", "distance": "280 km"}


def test_places_in_view_end_at_the_horizon_of_the_balloon() -> None:
    prepared = prepare_raid(with_sensors(BALLOON))
    assert len(prepared.aloft) == 1
    low = prepare_raid(load_scenario(_written(scenario(LOW) | {"sensors": [BALLOON]})))
    (view,) = low.aloft[0].views
    first = view.dist_m[np.nonzero(view.seen)[0][0]]
    assert first == pytest.approx(distance_of_sight(3e3, 50.0), abs=600.0)


def _written(data: dict[str, Any]) -> Path:
    path = Path("raid.yaml")
    path.write_text(json.dumps(data))
    return path


def test_a_track_from_the_air_serves_the_units() -> None:
    """Tracked far out, shot at only once the unit's own engagement radar sees the target; with
    `cueing: false` the track serves nobody."""

    def first(entry: int, rules: dict[str, Any], *sensors: dict[str, Any]) -> float:
        data = scenario(LOW, rules=rules) | {"sensors": list(sensors)}
        _, log = run_to_end(compile_raid(load_scenario(_written(data))).plan)
        return float(log[log[:, 1] == entry, 0].min(initial=np.inf))

    flown = {"detection": "certain"}
    tracked = [first(CONFIRMED, flown, *s) for s in ((), (BALLOON,))]
    horizon_s = (280e3 - distance_of_sight(24.0, 50.0)) / 250.0
    assert tracked[1] < tracked[0] - 300.0
    shot = [first(LAUNCHED, flown, *s) for s in ((), (BALLOON,))]
    assert horizon_s - 2.0 < shot[1] < shot[0] - 5.0
    assert first(LAUNCHED, flown | {"cueing": False}, BALLOON) == pytest.approx(shot[0], abs=15.0)
    assert first(LAUNCHED, flown | {"engagement_radar": "ignored"}, BALLOON) < shot[1] - 100.0


def test_sensors_change_no_draw_of_the_sites() -> None:
    """A balloon that can see nothing changes nothing, whatever its number in the tables."""
    blind = BALLOON | {"centre": {"lon": LON + 3.0, "lat": LAT}, "max_range": "5 km"}
    plans = [
        compile_raid(load_scenario(_written(scenario(FIGHTER) | {"sensors": s}))).plan
        for s in ([], [blind])
    ]
    for one, other in zip(run(plans[0], 20), run(plans[1], 20), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_silent_site_shoots_on_tracks_from_the_air() -> None:
    with pytest.raises(InputError, match="every radar is silent"):
        compiled(FIGHTER, arms={"site": {"emission": "silent"}})
    data = scenario(FIGHTER, arms={"site": {"emission": "silent"}}) | {"sensors": [BALLOON]}
    _, log = run_to_end(compile_raid(load_scenario(_written(data))).plan)
    assert (log[:, 1] == LAUNCHED).any()


# Refusals: one message, with the place in the file


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"endurance": "-5 h", "turnaround": "2 h"}, "sensors[0].endurance", "out of bounds"),
        ({"endurance": "5 h"}, "sensors[0].turnaround", "need each other"),
        ({"aircraft": 2}, "sensors[0].endurance", "take turns"),
        ({"radar": "netra"}, None, None),  # an alias
        ({"radar": "netra-rader"}, "sensors[0].radar", "netra-radar"),
        ({"radar": "48N6E3"}, "sensors[0].radar", "must be of kind radar"),
        ({"orbit": ORBIT | {"speed": "600 m/s"}}, "sensors[0].orbit.speed", "out of bounds"),
        ({"orbit": ORBIT | {"speed": "5 m/s"}}, "sensors[0].orbit.speed", "out of bounds"),
        ({"orbit": ORBIT | {"radius": "2 km"}}, "sensors[0].orbit.radius", "4.1 km or more"),
        ({"orbit": ORBIT | {"legs": "-1 km"}}, "sensors[0].orbit.legs", "out of bounds"),
        ({"orbit": ORBIT | {"positions": 1}}, "sensors[0].orbit.positions", "2 to 64"),
        ({"orbit": ORBIT, "max_range": "40 km"}, "sensors[0].orbit", "wider than"),
        ({"altitude": "9 km"}, "sensors[0].altitude", "datum"),
        ({"id": "site"}, "sensors[0].id", "id of a site"),
        ({"colour": "red"}, "sensors[0].colour", "unknown field"),
    ],
)
def test_what_no_sensor_can_be(
    changes: dict[str, Any], field: str | None, says: str | None
) -> None:
    if says is None:
        with_sensors(AIRCRAFT | changes)
        return
    with pytest.raises(InputError) as caught:
        with_sensors(AIRCRAFT | changes)
    assert caught.value.field == field
    assert says in str(caught.value)
    assert caught.value.line is not None


def test_an_orbit_below_the_terrain(plane_dem: Any) -> None:
    place = AIRCRAFT | {
        "centre": {"lon": 76.0, "lat": 34.0},
        "orbit": ORBIT | {"radius": "5 km", "legs": "0 km"},
        "max_range": "20 km",
    }
    (sensor,) = with_sensors(place | {"altitude": "2 km msl"}).sensors
    dem = plane_dem(np.full((121, 121), 2500.0, np.float32), 200.0, (60, 60))
    with pytest.raises(InputError, match="below the terrain") as caught:
        sensor_coverage(dem, sensor)
    assert caught.value.field == "sensors.aircraft.altitude"
    above = with_sensors(place | {"altitude": "1 km agl"}).sensors[0]
    assert sensor_coverage(dem, above).antenna_msl_m == pytest.approx(3500.0)


def test_both_of_a_site_and_a_sensor_need_their_own_id() -> None:
    with pytest.raises(InputError, match="used twice in sensors"):
        with_sensors(BALLOON, BALLOON)
    with_sensors(BALLOON, AIRCRAFT, sites=[site()])
