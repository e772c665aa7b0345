"""What covers what in siting is what the rest of the model says, and candidates keep to rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from skyshade.coverage.compute import load_scenario_dem
from skyshade.coverage.views import view_units
from skyshade.errors import InputError
from skyshade.fireunit.load import fire_unit
from skyshade.reach.engageable import engageable
from skyshade.reach.interest import read_areas
from skyshade.reach.places import reach_places
from skyshade.scenario import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.scenario.siting import Candidates, Siting
from skyshade.siting.candidates import (
    border_distance_m,
    find_candidates,
    grid_inside,
    keep_to_terrain,
)
from skyshade.siting.cover import draw_units, key_of, sweep
from skyshade.siting.demand import make_demand
from skyshade.siting.study import at_candidate, default_kinds, load_around
from skyshade.terrain.countries import border_between, countries, country
from skyshade.terrain.geodesy import geod

ROWS = 1 + 4


@pytest.fixture(scope="module")
def mountains() -> dict[str, Any]:
    """One unit at the foot of the Himalaya; three kinds of demand around it."""
    scenario = load_scenario("india-s400").with_(
        {
            "altitudes": ["1 km agl", "10 km msl"],
            "targets": ["fighter"],
            "siting.places.bearing": "45 deg",
            "siting.area": {"within": ["Bhutan"], "cell": "0.25 deg", "altitudes": ["1 km agl"]},
            "siting.line": {"along": "India-Bhutan", "seen": "visible", "altitude": "1 km agl"},
        }
    )
    assert scenario.siting is not None
    site = scenario.sites[2]
    dem = load_scenario_dem(scenario, [site])
    unit = fire_unit(site)
    demand = make_demand(scenario, scenario.siting, None)
    draws = draw_units([unit], 4, 0)
    covers = sweep(dem, [unit], demand, draws, k_factor=4 / 3, sea_outside=False)
    views = view_units(dem, [unit], scenario.altitudes)
    return {
        "scenario": scenario,
        "dem": dem,
        "unit": unit,
        "demand": demand,
        "draws": draws,
        "covers": covers,
        "views": views,
    }


def test_an_approach_is_covered_where_the_reach_of_places_has_an_intercept(
    mountains: dict[str, Any],
) -> None:
    m = mountains
    part = m["demand"].parts[0]
    found = reach_places(
        part.places, [m["unit"]], m["views"], part.flights, m["draws"], az_step_deg=45.0
    )
    here = m["demand"].slice_of(0)
    for row in range(ROWS):
        mine = m["covers"].row(row)[0, here].reshape(part.shape)
        assert (mine == (found.n_units[:, :, row] > 0)).all()
    assert 0 < m["covers"].share()[0, here].mean() < 1


def test_a_point_is_covered_where_the_engageable_airspace_has_it(mountains: dict[str, Any]) -> None:
    m = mountains
    part = m["demand"].parts[1]
    force = engageable(m["views"].engagement.default, [m["unit"]])
    post, inside = m["dem"].grid.nearest_post(part.lon, part.lat)
    whole = force.n_units(part.flights[0].target, part.flights[0].altitude)[post] > 0
    mine = m["covers"].row(0)[0, m["demand"].slice_of(1)]
    assert (mine == (whole & inside)).all()
    assert 0 < mine.sum() < len(mine)


def test_a_piece_of_line_is_covered_where_the_radar_has_it_in_sight(
    mountains: dict[str, Any],
) -> None:
    m = mountains
    part = m["demand"].parts[2]
    coverage = m["views"].acquisition.default
    post, inside = m["dem"].grid.nearest_post(part.lon, part.lat)
    seen = coverage.visible(part.flights[0].altitude)[post] & inside
    mine = m["covers"].row(0)[0, m["demand"].slice_of(2)]
    assert (mine == seen).all()
    assert 0 < mine.sum() < len(mine)


def test_a_drawn_antenna_sees_as_one_of_that_height(mountains: dict[str, Any]) -> None:
    """At its bounds and at its default the interpolated masking altitude is the sweep's own."""
    from skyshade.siting.cover import weight_of

    height = mountains["unit"].height_a
    drawn = np.array([height.low_m, height.value_m, height.high_m])
    assert weight_of(height, drawn).tolist() == [-1.0, 0.0, 1.0]


def test_weights_add_up_and_are_shared_as_documented(mountains: dict[str, Any]) -> None:
    demand = mountains["demand"]
    assert demand.weight.sum() == pytest.approx(1.0)
    each = [demand.weight[demand.slice_of(i)].sum() for i in range(3)]
    assert each == pytest.approx([1 / 3] * 3)
    line = demand.parts[2]
    length = sum(geod().line_length(*np.array(p).T) for p in border_between("India-Bhutan"))
    assert line.total == pytest.approx(length / 1e3, rel=1e-3)


def test_the_name_of_a_sweep_follows_all_that_goes_into_it(mountains: dict[str, Any]) -> None:
    m = mountains
    key = key_of(m["dem"], [m["unit"]], m["demand"], m["draws"], ())
    assert key == key_of(m["dem"], [m["unit"]], m["demand"], m["draws"], ())
    moved = at_candidate(m["scenario"].sites[2], "x", "x", (89.5, 26.5), 0.5, "")
    other = [
        key_of(m["dem"], [fire_unit(moved)], m["demand"], m["draws"], ()),
        key_of(m["dem"], [m["unit"]], m["demand"], draw_units([m["unit"]], 8, 0), ()),
        key_of(m["dem"], [m["unit"]], m["demand"], m["draws"], (1.0,)),
        key_of(
            m["dem"],
            [m["unit"]],
            make_demand(m["scenario"].with_({"siting.places.shots": 2}), m["scenario"].with_(
                {"siting.places.shots": 2}).siting, None),
            m["draws"],
            (),
        ),
    ]  # fmt: skip
    assert key not in other


def test_countries_are_where_they_are() -> None:
    """Cities by their published coordinates."""
    for name, lon, lat in (
        ("India", 77.23, 28.65),
        ("India", 88.36, 22.57),
        ("Pakistan", 74.35, 31.55),
        ("Nepal", 85.32, 27.71),
        ("Sri Lanka", 79.86, 6.93),
        ("Bangladesh", 90.41, 23.81),
    ):
        owners = [c for c in countries() if shapely.contains_xy(country(c), lon, lat)]
        assert owners == [name]


def test_the_distance_to_the_border() -> None:
    """Wagah, on the road from Amritsar to Lahore, and Nagpur, in the middle of India."""
    wagah, nagpur = border_distance_m(np.array([74.573, 79.09]), np.array([31.605, 21.15]))
    assert wagah < 5_000
    assert nagpur > 600_000


def candidates(scenario: Scenario, **rules: Any) -> Any:
    asked = Candidates.model_validate(rules)
    sieve, spacing, area = find_candidates(scenario, asked, scenario.sites[:4])
    dem = load_around(scenario, sieve.lon, sieve.lat, 10_000.0)
    return keep_to_terrain(sieve, asked, dem, spacing, area)


def test_rules_take_candidates_and_say_how_many() -> None:
    scenario = load_scenario("india-s400")
    free = candidates(scenario, within=["Nepal"], spacing="0.5 deg")
    found = candidates(
        scenario,
        within=["Nepal"],
        spacing="0.5 deg",
        border="20 km",
        highest="3 km",
        slope="8 deg",
        apart="150 km",
    )
    assert found.n_grid == free.n_grid
    assert found.n_grid == len(found.lon) + sum(found.removed.values())
    assert len(found.removed) >= 3
    assert (found.ground_m <= 3000).all()
    assert (border_distance_m(found.lon, found.lat) > 19_900).all()
    for site in scenario.sites[:4]:
        here = (
            np.full(len(found.lon), site.position.lon),
            np.full(len(found.lon), site.position.lat),
        )
        assert (geod().inv(*here, found.lon, found.lat)[2] >= 149_000).all()
    assert np.allclose(found.lon / 0.5, np.rint(found.lon / 0.5))


def test_the_grid_is_never_finer_than_the_rounding() -> None:
    scenario = load_scenario("india-s400")
    with pytest.raises(InputError, match="finer than the rounding"):
        find_candidates(
            scenario, Candidates.model_validate({"within": "Nepal", "spacing": "0.25 deg"}), ()
        )
    _, spacing, _ = find_candidates(scenario, Candidates.model_validate({"within": "India"}), ())
    assert spacing == 1.0  # twice the rounding: at half a degree there would be over a thousand
    sieve, _, area = find_candidates(scenario, Candidates(), ())
    assert area is None
    assert sieve.names[0] == "the sector of Regiment 1 (Punjab)"


def test_water_is_left_out() -> None:
    scenario = load_scenario("india-s400")
    around = candidates(scenario, within=["regiment-5"], around="250 km", spacing="0.5 deg")
    assert around.removed["on water"] > 5


def test_the_grid_inside_an_area() -> None:
    lon, lat = grid_inside(shapely.box(0.9, 1.9, 2.1, 3.1), 1.0) or ([], [])
    assert sorted(zip(lon, lat, strict=True)) == [(1, 2), (1, 3), (2, 2), (2, 3)]
    assert grid_inside(shapely.box(0, 0, 10, 10), 1.0, 5) is None


def test_a_polygon_that_crosses_itself_is_taken_as_its_parts(tmp_path: Path) -> None:
    file = tmp_path / "bow.geojson"
    file.write_text(
        '{"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}'
    )
    assert read_areas(file).area == pytest.approx(2.0)


def test_what_is_placed_if_nobody_says_so() -> None:
    scenario = load_scenario("india-s400")
    assert [u.like for u in default_kinds(scenario, scenario.sites[:4])] == ["regiment-5"]
    assert [u.like for u in default_kinds(scenario, scenario.sites)] == ["regiment-1"]
    assert Siting().objective == "expected"
