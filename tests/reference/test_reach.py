"""Reach over a smooth Earth and behind a wall, where every answer has a closed form."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from reach_unit import (
    LAT,
    LON,
    MAST_M,
    MISSILE_MPS,
    REACTION_S,
    TARGET,
    family,
    horizon,
    unit,
)
from skyshade.coverage.compute import cover
from skyshade.coverage.model import SiteSpec
from skyshade.coverage.views import view_units
from skyshade.errors import InputError
from skyshade.fireunit.model import Height
from skyshade.reach.engageable import engageable
from skyshade.reach.force import ForceReach
from skyshade.reach.gaps import gaps_along
from skyshade.reach.inbound import draw_force, reach
from skyshade.reach.paths import Approach, crossing_paths, inbound_paths, reach_along
from skyshade.terrain.dem import load_dem
from skyshade.terrain.geodesy import curvature_radius_m, geod, ring_area_m2
from skyshade.terrain.model import Altitude, Antenna, Dem


@pytest.fixture(scope="module")
def smooth() -> Dem:
    return load_dem("smooth-earth", around=(LON, LAT, 520e3))


@pytest.mark.parametrize("altitude_m", [100.0, 1000.0, 5000.0])
def test_a_strong_radar_first_tracks_at_the_horizon(smooth: Dem, altitude_m: float) -> None:
    (found,) = reach(smooth, [unit()], [TARGET], [Altitude(altitude_m, "msl")], n_azimuths=8)
    assert found.track_m[0, 0, 0] == pytest.approx(horizon(altitude_m, found.az_deg), abs=2 * 420)


@pytest.mark.parametrize("altitude_m", [100.0, 1000.0, 5000.0])
def test_reach_takes_reaction_and_flight_off_the_horizon(smooth: Dem, altitude_m: float) -> None:
    """r + v (t_reaction + r / v_missile) = horizon, the slant being the ground range here."""
    (found,) = reach(smooth, [unit()], [TARGET], [Altitude(altitude_m, "msl")], n_azimuths=8)
    v = TARGET.speed_mps
    expected = (horizon(altitude_m, found.az_deg) - v * REACTION_S) / (1 + v / MISSILE_MPS)
    assert found.first_m[0, 0, 0] == pytest.approx(expected, abs=3 * 420)


def test_the_missiles_envelope_ends_reach(smooth: Dem) -> None:
    far, near = family(60e3), family(25e3)
    (found,) = reach(smooth, [unit(far, near)], [TARGET], [Altitude(8e3, "msl")], n_azimuths=8)
    assert found.first_m[0, 0, 0] == pytest.approx(60e3, abs=500)
    assert found.by_missile_m[1, 0, 0] == pytest.approx(25e3, abs=500)
    assert (found.last_m[0, 0, 0] >= 3e3 - 500).all()
    share = found.area_m2[0, 0, 0] / ring_area_m2(LON, LAT, 60e3)
    assert share == pytest.approx(1.0, abs=0.02)


def test_the_engagement_radar_limits_reach_too(smooth: Dem) -> None:
    """An acquisition radar that sees everything does not help one that holds only to 40 km."""
    weak = unit(engagement_m=40e3)
    (found,) = reach(smooth, [weak], [TARGET], [Altitude(8e3, "msl")], n_azimuths=8)
    v = TARGET.speed_mps
    flight = 1 / (1 + v / MISSILE_MPS)
    assert found.first_m[0, 0, 0] == pytest.approx(40e3 * flight, rel=0.06)


@pytest.mark.parametrize(
    ("limits", "altitude"),
    [
        ({"alt_min_m": 200.0}, Altitude(100.0, "msl")),
        ({"alt_max_m": 5e3}, Altitude(8e3, "msl")),
        ({"target_speed_max_mps": 200.0}, Altitude(8e3, "msl")),
    ],
)
def test_outside_the_envelope_there_is_no_reach(
    smooth: Dem, limits: dict[str, float], altitude: Altitude
) -> None:
    (found,) = reach(smooth, [unit(family(**limits))], [TARGET], [altitude], n_azimuths=8)
    assert (found.first_m == 0).all() and (found.track_m > 0).all()


def test_a_wall_hides_low_targets_only(plane_dem: Callable[..., Dem]) -> None:
    heights = np.zeros((201, 201), np.int16)
    heights[:, 110] = 300  # 5 km east of the site
    dem = plane_dem(heights, 500.0, (100, 100))
    lon, lat = dem.grid.lonlat(100, 100)
    site = dataclasses.replace(
        unit(), spec=SiteSpec("unit", "unit", Antenna(float(lon), float(lat), MAST_M), 45e3)
    )
    (found,) = reach(dem, [site], [TARGET], [Altitude(500.0, "msl")], n_azimuths=4, ring_m=45e3)
    east, west = found.first_m[0, 0, 0, 1], found.first_m[0, 0, 0, 3]
    # the ray over the wall climbs 270 m in 5 km: 500 m are in sight up to 8.7 km
    assert 0 < east < 8.9e3 and west > 25e3


def test_a_path_through_the_site_agrees_with_the_radial(smooth: Dem) -> None:
    altitude = Altitude(3e3, "msl")
    site = unit(look_s=1.0)
    draws = draw_force([site], 0)
    (radial,) = reach(smooth, [site], [TARGET], [altitude], draws=draws, n_azimuths=4)
    views = view_units(smooth, [site], [altitude])
    paths = inbound_paths(LON, LAT, np.array([0.0, 90.0]), 400e3)
    found = reach_along(paths, site, 0, views, [Approach(TARGET, altitude)], draws)[0]
    from_site = (400 - found.first[0]) * 1e3
    assert from_site == pytest.approx(radial.first_m[0, 0, 0, :2], abs=2.5e3)
    assert (found.shots[0] >= 2).all()


def test_crossing_at_a_distance_leaves_less(smooth: Dem) -> None:
    """A track that passes outside the envelope is never met; one abeam at 40 km for a while."""
    altitude = Altitude(8e3, "msl")
    site = unit(family(60e3))
    draws = draw_force([site], 0)
    views = view_units(smooth, [site], [altitude])
    paths = crossing_paths(LON, LAT, 0.0, np.array([0.0, 40e3, 61e3]), 500e3)
    found = reach_along(paths, site, 0, views, [Approach(TARGET, altitude)], draws)[0]
    assert found.length_m[0, 2] == 0 and found.first[0, 2] == -1
    assert found.length_m[0, 1] == pytest.approx(2e3 * math.sqrt(60**2 - 40**2), rel=0.05)
    assert found.length_m[0, 0] > found.length_m[0, 1]


def test_two_units_far_apart_add_up_and_one_beside_another_adds_nothing(smooth: Dem) -> None:
    altitude = Altitude(8e3, "msl")
    near = [unit(family(60e3), id_="a"), unit(family(60e3), id_="b")]
    far = [near[0], unit(family(60e3), id_="c", lon=LON + 3.0)]
    for units, times in ((near, 1.0), (far, 2.0)):
        force = ForceReach(tuple(reach(smooth, units, [TARGET], [altitude], n_azimuths=36)))
        single = force.sites[0].area_m2[0, 0, 0]
        assert force.area_m2[0, 0, 0] == pytest.approx(times * single, rel=0.03)
        alone = force.alone_m2[:, 0, 0, 0].sum()
        assert alone == pytest.approx(0.0 if times == 1 else 2 * single, rel=0.03, abs=1e6)


def test_draws_are_the_same_bytes_for_a_seed_and_follow_the_antenna(smooth: Dem) -> None:
    site = unit(height=Height(30.0, 5.0, 60.0))
    altitudes = [Altitude(100.0, "msl")]
    runs = [
        reach(smooth, [site], [TARGET], altitudes, draws=draw_force([site], 16, seed), n_azimuths=8)
        for seed in (1, 1, 2)
    ]
    assert runs[0][0].first_m.tobytes() == runs[1][0].first_m.tobytes()
    assert runs[0][0].first_m.tobytes() != runs[2][0].first_m.tobytes()
    low, middle, high = runs[0][0].fraction_band[:, 0, 0]
    assert low < middle < high
    assert runs[0][0].drivers(0, 0)[0].key == "antenna height"


def test_engageable_stops_at_the_envelope_and_at_the_horizon(smooth: Dem) -> None:
    site = unit(family(60e3))
    coverage = cover(smooth, [site.spec], [Altitude(8e3, "msl")])
    force = engageable(coverage, [site])
    count = force.n_units(TARGET, Altitude(8e3, "msl"))
    cells = coverage.cell_area_m2
    assert float(cells[count == 1].sum()) == pytest.approx(
        ring_area_m2(LON, LAT, 60e3) - ring_area_m2(LON, LAT, 3e3), rel=0.01
    )
    low = force.lowest_m(TARGET)
    lon, lat, _ = geod().fwd(LON, LAT, 90.0, 50e3)
    col, row = (round(float(v)) for v in smooth.grid.colrow(lon, lat))
    radius = 4 / 3 * float(curvature_radius_m(LAT, 90.0))
    beyond = 50e3 - math.sqrt(2 * radius * MAST_M)
    assert float(low[row, col]) == pytest.approx(beyond**2 / (2 * radius), abs=6.0)


def test_gaps_along_a_line_are_what_lies_outside(smooth: Dem) -> None:
    site = unit(family(60e3))
    altitude = Altitude(8e3, "msl")
    coverage = cover(smooth, [site.spec], [altitude])
    ends = np.array([geod().fwd(LON, LAT, az, 100e3)[:2] for az in (270.0, 90.0)])
    stretches = gaps_along(ends, engageable(coverage, [site]), TARGET, altitude)
    lengths = [(s.n_units, s.length_m) for s in stretches]
    assert sum(length for n, length in lengths if n == 0) == pytest.approx(86e3, abs=4e3)
    with pytest.raises(InputError, match="leaves the terrain"):
        gaps_along(
            np.array([[LON, LAT], [LON + 20, LAT]]), engageable(coverage, [site]), TARGET, altitude
        )


def test_above_the_tables_is_refused(smooth: Dem) -> None:
    with pytest.raises(InputError, match="above the tables"):
        reach(smooth, [unit()], [TARGET], [Altitude(60e3, "msl")])
