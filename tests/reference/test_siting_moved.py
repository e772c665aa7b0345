"""The band of a siting plan: a row that moves a unit has what a unit standing there covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skyshade.case import Propagation
from skyshade.coverage.compute import load_scenario_dem
from skyshade.fireunit.load import fire_unit
from skyshade.fireunit.places import FEW_PLACES, nearest_of_few, on_curve
from skyshade.scenario import load_scenario
from skyshade.siting.cover import draw_units, sweep
from skyshade.siting.demand import make_demand
from skyshade.siting.moved import moved_covers
from skyshade.uncertainty.draws import POSITION


def test_rows_are_covered_from_where_they_put_the_unit() -> None:
    """A sector at the foot of the Himalaya, moved by half its rounding; rows of all five places."""
    scenario = load_scenario("india-s400").with_(
        {
            "targets": ["fighter"],
            "siting.places.bearing": "90 deg",
            "siting.line": {"along": "India-Bhutan", "seen": "visible", "altitude": "1 km agl"},
        }
    )
    assert scenario.siting is not None
    site = scenario.sites[2].model_copy(update={"max_range_m": 60_000.0})
    dem = load_scenario_dem(scenario, [site])
    units = [fire_unit(site)]
    demand = make_demand(scenario, scenario.siting, None)
    draws = draw_units(units, 8, 0)
    spread = Propagation.of(scenario)
    known = sweep(dem, units, demand, draws, **spread._asdict())
    found, n_moved, n_kept = moved_covers(
        dem, units, [0], demand, draws, known.bits, spread, lambda done, of: None
    )
    place = nearest_of_few(draws.column(POSITION, 0))
    assert place[0] == 0 and {1, 2, 3, 4} <= set(place[1:])
    assert (n_moved, n_kept) == ((place > 0).sum(), 0)
    differs = 0
    for row in range(len(draws)):
        east, north = on_curve(FEW_PLACES[place[row]])
        half = units[0].rounding_deg / 2
        antenna = units[0].spec.antenna
        there = replace(antenna, lon=antenna.lon + east * half, lat=antenna.lat + north * half)
        moved = replace(units[0], spec=replace(units[0].spec, antenna=there))
        own = replace(draws, u=draws.u[[0, row]])
        alone = sweep(dem, [moved], demand, own, **spread._asdict()).row(1)
        assert (found.row(row) == alone).all()
        differs += (found.row(row) != known.row(row)).any()
    assert differs
    assert np.array_equal(found.row(0), known.row(0))
