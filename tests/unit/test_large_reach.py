"""Reach, raids and their files over terrain too large for arrays beside each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from raid_scenarios import FIGHTER, scenario, site
from skyshade import memory
from skyshade.case import Case
from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.errors import InputError
from skyshade.export.reach import write_engageable
from skyshade.reach.study import ReachStudy, study_reach
from skyshade.scenario.load import load_scenario

LON, LAT = 75.17, 30.83


@pytest.fixture
def path(tmp_path: Path, fractal: Callable[..., NDArray[np.float64]]) -> Path:
    heights = fractal((400, 420), relief_m=150.0, mean_m=400.0).astype(np.int16)
    heights[50:60, 70:90] = -32768
    with rasterio.open(
        tmp_path / "a.tif",
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        crs="EPSG:4326",
        height=400,
        width=420,
        nodata=-32768,
        transform=Affine(1 / 1200, 0, 75, 0, -1 / 1200, 31),
    ) as d:
        d.write(heights, 1)
    near = FIGHTER | {"distance": "12 km", "altitude": "900 m msl"}
    here = site(lon=LON, lat=LAT, max_range="15 km")
    data = scenario(near, sites=[here]) | {
        "terrain": {"dem": "a.tif"},
        "altitudes": ["100 m agl", "3 km msl"],
        "targets": ["fighter"],
        "places": [
            {
                "id": "town",
                "name": "Town",
                "kind": "other",
                "position": {"lon": LON + 0.02, "lat": LAT},
                "sources": ["own"],
            }
        ],
        "sources": {"own": {"title": "a made-up place", "outlet": "this test"}},
    }
    (tmp_path / "case.yaml").write_text(json.dumps(data))
    return tmp_path / "case.yaml"


def answers(path: Path) -> tuple[ReachStudy, CompiledRaid]:
    case = load_scenario(path)
    return study_reach(Case(case), draws=2, n_azimuths=16), compile_raid(case)


def test_the_same_answers_in_steps(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if 20,000 cells were more than fit: reach, places and the raid's tables are the same."""
    whole, raid = answers(path)
    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    monkeypatch.setattr(memory, "SLAB_CELLS", 9_000)
    monkeypatch.setattr("skyshade.coverage.model.MAP_CELLS", 10_000)
    stepped, stepped_raid = answers(path)
    for field in ("track_m", "first_m", "last_m"):
        one, other = (getattr(s.found.sites[0], field) for s in (whole, stepped))
        np.testing.assert_array_equal(one, other)
    assert (whole.found.sites[0].first_m > 0).any()
    np.testing.assert_array_equal(whole.places.intercept_m, stepped.places.intercept_m)
    for table in ("gain", "threshold"):
        one, other = (getattr(r.plan.sight, table) for r in (raid, stepped_raid))
        np.testing.assert_array_equal(one, other)
    assert np.isfinite(raid.plan.sight.gain).any()
    np.testing.assert_array_equal(raid.plan.fire.flight, stepped_raid.plan.fire.flight)
    grid = stepped_raid.coverage.dem.grid
    assert grid.shape[0] * grid.shape[1] < 12_000  # of maps
    assert "ground_m" not in vars(stepped.views.acquisition.default)  # never worked out as a whole


def test_engageable_rasters_of_large_terrain_are_thinned(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = answers(path)
    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    monkeypatch.setattr("skyshade.coverage.model.MAP_CELLS", 10_000)
    stepped, _ = answers(path)
    for name, study in (("whole", whole), ("stepped", stepped)):
        write_engageable(study.force, study.approaches, tmp_path / name)
    rows = [
        json.loads((tmp_path / name / "engageable.json").read_text())[0]["at_least_km2"]["1"]
        for name in ("whole", "stepped")
    ]
    assert rows[0] > 10.0
    assert rows[1] == pytest.approx(rows[0], rel=0.1)


def test_memory_is_refused_with_the_arithmetic(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LARGE_CELLS", 20_000)
    monkeypatch.setattr(memory, "free_bytes", lambda: 100_000)
    for ask in (lambda c: Case(c).dem, compile_raid):
        with pytest.raises(InputError, match="posts x 4 bytes"):
            ask(load_scenario(path))
