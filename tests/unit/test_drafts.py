"""Drafts of the map: what a draft's sites are, and that the rest of the case goes with them."""

from __future__ import annotations

from typing import Any

import pytest

from skyshade.errors import InputError
from skyshade.web.case import MapCase
from skyshade.web.drafts import DraftSite, real_site
from skyshade.web.work import CoverageAsked, RaidAsked, check_asked


@pytest.fixture(scope="module")
def case() -> MapCase:
    return MapCase.load("raid-60x4")


NORTH: dict[str, Any] = {"id": "north", "like": "north", "lon": 72.5, "lat": 27.0}
RAID: dict[str, Any] = {"n_targets": 5, "target": "fighter", "bearing_deg": 270.0, "place": "town"}


def test_a_moved_site_is_rounded_and_illustrative(case: MapCase) -> None:
    moved = real_site(case.scenario, DraftSite(**NORTH | {"lon": 72.7, "lat": 27.3}))
    assert (moved.position.lon, moved.position.lat) == (72.5, 27.5)
    assert moved.illustrative and moved.position_rounding_deg == 0.5 and moved.sector == ""
    assert moved.antenna == case.scenario.sites[0].antenna
    there = real_site(case.scenario, DraftSite(**NORTH))
    assert there == case.scenario.sites[0]


def test_a_raid_that_heads_for_a_site_that_is_gone(case: MapCase) -> None:
    """The case's own raid has an aim in the west; a draft without that site is a draft as well."""
    assert any(g.aim and g.aim.site == "west" for g in case.scenario.raid.groups)  # type: ignore[union-attr]
    check_asked(case, CoverageAsked(kind="coverage", sites=[DraftSite(**NORTH)]))
    check_asked(case, RaidAsked(kind="raid", sites=[DraftSite(**NORTH)], raid=RAID))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        ([NORTH, NORTH], "this id is used twice in sites"),
        ([NORTH | {"id": "force"}], "this id is taken: it stands for all sites together"),
        ([NORTH | {"like": "nort"}], "Did you mean 'north'?"),
    ],
)
def test_a_draft_that_no_scenario_could_be(
    case: MapCase, sites: list[dict[str, Any]], said: str
) -> None:
    asked = CoverageAsked(kind="coverage", sites=[DraftSite(**site) for site in sites])
    with pytest.raises(InputError) as caught:
        check_asked(case, asked)
    assert said in str(caught.value)
