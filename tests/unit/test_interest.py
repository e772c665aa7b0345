"""Areas of interest: shapes whose answer is known, and what more units may never do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.reach.force import ForceReach
from skyshade.reach.interest import (
    Interest,
    cover_interest,
    drawn_interest,
    find_area,
    find_line,
)
from skyshade.reach.scenario import ScenarioReach, reach_scenario
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.terrain.geodesy import geod, ring
from skyshade.terrain.model import Altitude

AT = Altitude(10_000.0, "msl")
Numbers = NDArray[Any]


def scenario(*lon: float) -> Scenario:
    """Units like that of the flat Earth, side by side on the equator."""
    flat = load_scenario("flat-earth-check")
    site = flat.sites[0]
    sites = [
        site.model_copy(
            update={
                "id": f"unit-{k}",
                "position": site.position.model_copy(update={"lon": x, "lat": 0.0}),
            }
        )
        for k, x in enumerate(lon)
    ]
    return flat.model_copy(update={"sites": tuple(sites)})


@pytest.fixture(scope="module")
def found() -> ScenarioReach:
    """Three units on a smooth sea, two of them at one place."""
    return reach_scenario(
        scenario(80.0, 84.0, 84.0),
        altitudes=[Altitude(100.0, "agl"), AT],
        targets=["fighter"],
        draws=8,
        n_azimuths=72,
    )


def box(west: float, south: float, east: float, north: float) -> Interest:
    return Interest("box", shapely.box(west, south, east, north))


def test_a_shape_around_all_rings_gives_the_area_of_the_force(found: ScenarioReach) -> None:
    whole = cover_interest(found.force, box(70, -12, 95, 12))
    assert whole.of("all") == pytest.approx(found.force.area_m2, rel=1e-12)
    assert whole.total_m > found.force.ring_area_m2


def test_one_unit_alone_holds_its_own_area(found: ScenarioReach) -> None:
    one = ForceReach(found.sites[:1])
    assert one.area_m2 == pytest.approx(found.sites[0].area_m2, rel=1e-6)
    assert one.alone_m2[0] == pytest.approx(found.sites[0].area_m2, rel=1e-6)


def test_a_box_inside_the_reach_is_covered_whole_and_one_outside_not_at_all(
    found: ScenarioReach,
) -> None:
    near = cover_interest(found.force, box(80.2, 0.1, 80.6, 0.4))
    assert near.of("all")[1, 0] == pytest.approx(near.total_m, rel=0.03)
    assert not cover_interest(found.force, box(120, 0, 121, 1)).of("all").any()


def test_a_line_through_the_middle_is_covered_as_far_as_the_reach(found: ScenarioReach) -> None:
    """Along a meridian through unit 0 the reach is what the azimuths 0 and 180 say."""
    line = Interest("line", shapely.LineString([(80.0, -6.0), (80.0, 6.0)]))
    reached = cover_interest(found.force, line, {"one": ["unit-0"]})
    assert reached.total_m == pytest.approx(geod().line_length([80, 80], [-6, 6]))
    site = found.sites[0]
    for a in range(2):
        first, last = site.first_m[a, 0], site.last_m[a, 0]
        real = (first - last)[:, [0, 36]].sum(axis=1)
        share = site.area_m2[a, 0] / _between(first, last)
        assert reached.of("one")[a, 0] == pytest.approx(np.minimum(share, 1) * real, abs=2_500)


def _between(first: Numbers, last: Numbers) -> Numbers:
    area = np.pi * (first.astype(float) ** 2 - last.astype(float) ** 2)
    return np.asarray(area.mean(axis=1))


def test_groups_are_compared_draw_by_draw(found: ScenarioReach) -> None:
    groups = {
        "none": [],
        "one": ["unit-0"],
        "two": ["unit-0", "unit-1"],
        "all": ["unit-0", "unit-1", "unit-2"],
    }
    reached = cover_interest(found.force, box(75, -5, 90, 5), groups)
    assert not reached.of("none").any()
    assert (np.diff(reached.covered_m, axis=0) >= 0).all()
    assert reached.gain("none", "one") == pytest.approx(reached.band("one"))
    table = reached.as_dict([("one", "two")])
    assert table["results"][1]["gain_km2"]["one to two"][1] > 100_000
    assert table["groups"]["two"] == ["unit-0", "unit-1"]


@given(st.sets(st.integers(0, 2)), st.integers(0, 2), st.floats(74, 88), st.floats(-4, 4))
def test_one_more_unit_never_covers_less(
    found: ScenarioReach, some: set[int], more: int, west: float, south: float
) -> None:
    ids = [f"unit-{k}" for k in some]
    groups = {"before": ids, "after": [*ids, f"unit-{more}"]}
    reached = cover_interest(found.force, box(west, south, west + 3, south + 3), groups)
    assert (reached.of("after") >= reached.of("before")).all()
    assert (reached.of("after") <= reached.total_m).all()


def test_unknown_ground_is_counted() -> None:
    case = load_scenario("single-site")
    west = reach_scenario(case, targets=["fighter"], altitudes=[AT], draws=0, n_azimuths=36)
    edge = Interest("sea", shapely.box(59.0, 20.0, 61.0, 21.0))
    assert cover_interest(west.force, edge, dem=west.dem).unknown_m == 0.0  # outside the ring


def test_shapes_by_name_and_by_file(tmp_path: Path) -> None:
    assert find_area("india").size_m() == pytest.approx(3.15e12, rel=0.01)
    assert find_line("China").kind == "line"
    outline = ring(80.0, 10.0, 100e3, 90)
    circle = {"type": "Polygon", "coordinates": [[*outline.tolist(), outline[0].tolist()]]}
    assert drawn_interest({"type": "Feature", "geometry": circle}).size_m() == pytest.approx(
        np.pi * 100e3**2, rel=0.002
    )
    (tmp_path / "my.geojson").write_text(json.dumps(circle))
    assert find_area(str(tmp_path / "my.geojson")).name == "my"
    line = {"type": "MultiLineString", "coordinates": [[[80, 0], [81, 0]], [[80, 1], [80, 2]]]}
    both = geod().line_length([80, 81], [0, 0]) + geod().line_length([80, 80], [1, 2])
    assert drawn_interest(line).size_m() == pytest.approx(both)


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        ({"type": "Point", "coordinates": [80, 10]}, "neither a polygon nor a line"),
        ({"type": "Polygon", "coordinates": [[[80, 10], [81, 10]]]}, "not a polygon"),
        ({"type": "Polygon", "coordinates": []}, "it has no area"),
        ({"type": "LineString", "coordinates": [[200, 10], [81, 10]]}, "no such place on Earth"),
        ({"type": "LineString", "coordinates": []}, "the shape is empty"),
        ({"type": "LineString", "coordinates": [["a", 1], [2, 3]]}, "not a line"),
    ],
)
def test_bad_shapes_are_refused(geometry: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        drawn_interest(geometry)


def test_an_unknown_unit_is_refused(found: ScenarioReach) -> None:
    with pytest.raises(InputError, match="no such unit"):
        cover_interest(found.force, box(80, 0, 81, 1), {"after": ["unit-9"]})
