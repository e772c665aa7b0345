"""Every system of the catalogue that can be modelled runs in coverage, reach and a raid."""

from __future__ import annotations

import numpy as np
import pytest

from skyshade.case import Case
from skyshade.catalogue import load_catalogue
from skyshade.engagement.compile import compile_raid
from skyshade.errors import InputError
from skyshade.fireunit.conformance import check_entries, check_system
from skyshade.fireunit.load import fire_unit
from skyshade.flyout.load import load_missile
from skyshade.flyout.tables import flyout_table
from skyshade.reach.scenario import reach_scenario
from skyshade.scenario.schema import Scenario

KNOWN = load_catalogue()
NOT_MODELLED = {"thaad"}  # it meets its targets above the atmosphere that the model knows
SYSTEMS = [e.id for e in KNOWN.of_kind("system") if e.id not in NOT_MODELLED]


def at_sea_level(system: str) -> Scenario:
    """One unit over a smooth Earth, and four fighters that fly over it."""
    return Scenario.model_validate(
        {
            "schema": "skyshade/scenario/1",
            "name": "one",
            "title": system,
            "terrain": {"dem": "smooth-earth", "outside": "sea"},
            "altitudes": ["3 km msl"],
            "targets": ["fighter"],
            "sites": [
                {
                    "id": "unit",
                    "name": "unit",
                    "system": system,
                    "position": {"lon": 75, "lat": 30},
                    "illustrative": True,
                    "antenna": {"value": 10, "low": 10, "high": 10, "why": "a round figure"},
                }
            ],
            "places": [
                {
                    "id": "town",
                    "name": "Town",
                    "kind": "city",
                    "position": {"lon": 75, "lat": 30},
                    "sources": ["x"],
                }
            ],
            "sources": {"x": {"title": "a place", "outlet": "none"}},
            "raid": {
                "duration": "20 min",
                "groups": [
                    {
                        "id": "jets",
                        "target": "fighter",
                        "count": 4,
                        "altitude": "3 km msl",
                        "aim": {"place": "town"},
                        "bearing": 270,
                        "distance": "150 km",
                    }
                ],
            },
        }
    )


def test_which_systems_cannot_be_modelled_is_known() -> None:
    assert {e.id for e in KNOWN.of_kind("system")} >= NOT_MODELLED
    for name in NOT_MODELLED:
        with pytest.raises(InputError, match=f"the system {name} has no fire unit"):
            check_system(KNOWN, name)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_has_all_that_the_model_needs(system: str) -> None:
    check_system(KNOWN, system)
    check_entries(KNOWN, KNOWN.children(system))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_missile_gets_about_as_far_as_published(system: str) -> None:
    """Within what its published speed allows: fly-out reaches at least 85 % of the range."""
    for entry in KNOWN.children(system):
        if entry.kind == "missile":
            table = flyout_table(load_missile(entry.id))
            farthest = table.ground_range_m[np.isfinite(table.time_s).any(axis=0)].max()
            assert farthest >= 0.85 * table.missile.range_max_m, entry.id


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_covers_reaches_and_fights(system: str) -> None:
    scenario = at_sea_level(system)
    (site,) = scenario.sites
    assert Case(scenario).coverage.areas()[0].visible_m2 > 0
    reach = reach_scenario(scenario, draws=0, n_azimuths=8).sites[0]
    longest = max(f.missile.range_max_m for f in fire_unit(site).missiles)
    assert 0 < np.median(reach.first_m[0, 0, 0]) <= longest * 1.001
    raid = compile_raid(scenario)
    unit = raid.units[0]
    assert unit.launchers >= 1 and unit.channels >= 1 and sum(unit.load.values()) >= 4
    assert np.isfinite(raid.plan.fire.flight).any()  # some launch meets its target
    assert (raid.plan.fire.p_kill > 0).all()
