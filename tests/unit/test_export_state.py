"""Exports say of each unit what is reported or assumed of it on the date, in three words."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from skyshade.export.layers import _site
from skyshade.scenario.load import load_scenario

SITES = {site.id: site for site in load_scenario("india-s400").sites}


def properties(site: str, day: date | None) -> dict[str, Any]:
    antenna = SimpleNamespace(agl_m=24.0)
    spec = SimpleNamespace(antenna=antenna, max_range_m=600e3)
    coverage: Any = SimpleNamespace(
        site=lambda id_: SimpleNamespace(spec=spec, antenna_msl_m=250.0)
    )
    return dict(_site(SITES[site], coverage, day)[1])


@pytest.mark.parametrize(
    ("site", "day", "state", "in_service"),
    [
        ("regiment-1", date(2021, 6, 1), "not reported delivered", False),
        ("regiment-4", date(2026, 6, 30), "reported delivered", False),
        ("regiment-4", date(2026, 11, 21), "assumed operational", True),
        ("regiment-5", date(2026, 11, 21), "not reported delivered", False),
    ],
)
def test_the_state_of_a_unit_on_a_day(site: str, day: date, state: str, in_service: bool) -> None:
    said = properties(site, day)
    assert (said["state"], said["in_service"]) == (state, in_service)
    assert said["state_on"] == day.isoformat()


def test_without_a_date_nothing_is_said() -> None:
    assert not {"state", "state_on", "in_service"} & set(properties("regiment-1", None))
