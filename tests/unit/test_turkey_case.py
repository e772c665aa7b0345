"""A second shipped place: nothing of India's case is left where another is asked about."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from skyshade.assess.added import AFTER, BEFORE, what_is_added
from skyshade.assess.model import Assessment
from skyshade.assess.programme import check_case
from skyshade.assess.run import assess
from skyshade.case import Case
from skyshade.errors import InputError
from skyshade.reach.interest import find_area, find_line
from skyshade.reach.study import study_reach
from skyshade.report.added import added_figure, added_notes, added_rows, added_title
from skyshade.report.borders import borders
from skyshade.report.pages import answers
from skyshade.report.pages.brief import unknowns
from skyshade.report.pages.programme import programme_lead, programme_section
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.terrain.countries import countries, country
from skyshade.terrain.dem import load_dem

INDIAN = ("India", "regiment", "rupee", "crore", "INR", "five", "batterys", "km²-months")


@pytest.fixture(scope="module")
def whole() -> Scenario:
    return load_scenario("turkey-s400")


@pytest.fixture(scope="module")
def small(whole: Scenario) -> Scenario:
    """The case on a smooth sea, out to 100 km and at two altitudes: quick, same programme."""
    return whole.with_(
        {
            "terrain.dem": "smooth-earth",
            "terrain.outside": "sea",
            "altitudes": ["1 km agl", "10 km msl"],
            "targets": ["fighter"],
            "sites.battery-1.max_range": "100 km",
            "sites.battery-2.max_range": "100 km",
        }
    ).model_copy(update={"raid": None})


@pytest.fixture(scope="module")
def found(small: Scenario) -> Assessment:
    return assess(small, draws=0)


def test_it_can_be_run(whole: Scenario) -> None:
    """Sites, places and paths stand on the embedded terrain; the ledger has the same units."""
    ledger = check_case(whole)
    assert ledger is not None
    assert [s.id for s in whole.sites] == [s.id for s in ledger.of_kind("unit")]
    assert all(site.illustrative and site.position_rounding_deg >= 0.5 for site in whole.sites)
    dem = load_dem(whole.terrain.dem)
    for place in whole.places:
        assert dem.height_at(place.position.lon, place.position.lat) >= 0
    for site in whole.sites:
        assert all(name in whole.sources for event in site.events for name in event.sources)
        assert site.readiness(date(2026, 11, 30)) == "assumed operational"


def test_what_is_said_is_about_turkey(found: Assessment) -> None:
    assert found.programme is not None
    said = [*answers(found), *unknowns(found), programme_lead(found.programme)]
    text = " ".join(said)
    assert "Both batteries have been reported delivered" in text
    assert "reports that it is not" in text
    assert "The dates from which all count as in service are assumed." in text
    assert "No calendar was published for the batteries" in text
    assert [word for word in INDIAN if word in text] == []


def test_the_section_on_the_programme(found: Assessment) -> None:
    figures: Any = SimpleNamespace(named=lambda name: f"{name}.svg")
    text = str(programme_section(found.programme, figures))
    assert "With only 2 batteries to learn from" in text
    assert "by the shares that were reported" in text and "1.38 bn USD without a date" in text
    assert "the memorandum of 2006 was cancelled" in text and "not activated; in storage" in text
    assert "The United States imposed sanctions on 14 December 2020" in text
    assert "behind the first calendar" not in text
    assert [word for word in ("India", "rupee", "crore", "INR", "batterys") if word in text] == []


def test_countries_and_borders_of_the_second_map() -> None:
    assert {"Turkey", "Greece", "Syria", "India"} <= set(countries())
    turkey = country("Turkey")
    assert turkey.covers(country("Turkey").representative_point())
    west, south, east, north = turkey.bounds
    assert 25 <= west < 26.5 and 35.5 < south < 36.5 and 44 < east < 45.5 and 41.5 < north < 42.5
    assert find_line("Turkey-Syria").size_m() == pytest.approx(900e3, rel=0.15)
    dashed = [line for line in borders() if line.disputed and line.points[:, 0].max() < 50]
    assert dashed and all(line.kind == "border" for line in dashed)


def test_what_the_second_battery_adds(small: Scenario) -> None:
    study = study_reach(Case(small), draws=4, n_azimuths=36)
    added = what_is_added(study, find_area("Turkey"))
    assert added.joined == ("battery-2",)
    assert added.n_places == study.places.known.sum() > 10
    assert added.price is not None and str(added.price) == "1.25 bn USD"
    gain = added.reach.gain(BEFORE, AFTER)[1, 1, 0]
    found = added.as_dict()["results"][1]
    assert found["gain_km2"][1] == pytest.approx(gain / 1e6, abs=0.1)
    assert found["cost_per_km2"][1] == pytest.approx(1.25e9 / (gain / 1e6), rel=1e-3)
    assert added_title(added).startswith("Turkey, 7") and "with Battery 2" in added_title(added)
    rows = added_rows(added)
    assert rows[1][:2] == ("fighter", "10 km MSL") and "USD per km²" in rows[1][-1]
    assert any("1.25 bn USD each" in note for note in added_notes(added))
    assert added_figure(added).axes
    nothing = what_is_added(study, find_line("Turkey-Syria"))
    assert nothing.places == () and added_rows(nothing)[0][-1] in ("nothing gained", "–")
    assert nothing.as_dict()["places"]["results"] == []
    with pytest.raises(InputError, match="not before the date"):
        what_is_added(study, find_area("Turkey"), date(2027, 1, 1))
    early = what_is_added(study, find_area("Turkey"), date(2019, 1, 1))
    assert set(early.joined) == {"battery-1", "battery-2"}
    assert not early.reach.of(BEFORE).any()
