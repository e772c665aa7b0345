"""Kill probabilities: bounded by combat records, at most the maker's claim."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import yaml

from raid_scenarios import compiled
from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError
from skyshade.fireunit import kill
from skyshade.fireunit.kill import Evidence, claims_about, kill_probability, shot_correlation
from skyshade.fireunit.records import RATES, SHIPPED, Count, shipped_records
from skyshade.report.text import percent, percent_range
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

MISSILES = [entry.id for entry in load_catalogue().of_kind("missile")]
CLASSES = [entry.id for entry in load_catalogue().of_kind("target_class")]
RECORDED = yaml.safe_load(SHIPPED.read_text("utf-8"))["classes"]


def unknown(missile: str, target: str, evidence: Evidence = "combat-records") -> Unknown:
    figures = Figures()
    value = kill_probability(missile, target, {}, figures, evidence)
    (found,) = figures.used.values()
    assert found.value == value
    return found


def claim_of(missile: str, target: str) -> tuple[float, float]:
    """Value and upper end of what the maker says, read from the catalogue by hand."""
    figures = load_catalogue().entry(missile).figures
    for key in (*claims_about(target, load_catalogue()), "kill_probability"):
        if key in figures and not figures[key].is_unknown:
            figure = figures[key]
            return figure.number, figure.number if figure.high is None else figure.high
    return 0.7, 0.9


@pytest.mark.parametrize(("missile", "target"), [*product(MISSILES, CLASSES)])
def test_no_value_exceeds_the_claim_and_none_is_shown_as_sure(missile: str, target: str) -> None:
    found, (claim, top) = unknown(missile, target), claim_of(missile, target)
    assert 0 < found.low <= found.value <= claim
    assert found.high == top
    assert found.weak
    assert found.group == f"kill probability of {missile}"
    assert "airdefence_tracker" in found.sources or "mcfarland" in found.sources
    assert set(found.sources) <= set(load_catalogue().sources)


@pytest.mark.parametrize("target", RECORDED)
def test_bounds_are_the_arithmetic_of_the_records(target: str) -> None:
    """From the shipped file itself, read without the package."""
    record = RECORDED[target]
    told = [c for c in record["half_years"].values() if c["launched"] >= 20]
    worst = min(told, key=lambda c: c["destroyed"] / c["launched"])
    share = (worst["destroyed"] + 0.5) / (worst["launched"] + 1)
    found = unknown("48N6E3", target)
    assert found.low == pytest.approx(1 - math.sqrt(1 - share))
    pooled = record["pooled"]["destroyed"] / record["pooled"]["launched"]
    assert found.value == pytest.approx(min(pooled, 0.7))
    assert f"{worst['destroyed']:,} of {worst['launched']:,}" in found.why


@pytest.mark.parametrize("target", RECORDED)
def test_the_table_of_the_docs_is_what_is_shipped(target: str) -> None:
    title = load_catalogue().entry(target).title
    rows = (Path(__file__).parents[2] / "docs" / "raid.md").read_text("utf-8").splitlines()
    (row,) = [line for line in rows if line.startswith(f"| {title} |")]
    cells = [cell.strip() for cell in row.strip("| ").split("|")]
    record, found = shipped_records().classes[target], unknown("48N6E3", target)
    low, value, high = record.pooled.rho or (0, 0, 0)
    assert cells[1:5] == [
        f"{record.pooled.launched:,}",
        percent(record.band[1]),
        percent_range(record.band[0], record.band[2]),
        f"{value:.2f} ({low:.2f} to {high:.2f})",
    ]
    least = f"{found.low:.3f}" if found.low < 0.01 else f"{found.low:.2f}"
    assert cells[5] == f"{found.value:.2f} ({least} to {found.high:.2f})"


def test_the_contradiction_is_gone() -> None:
    """Makers claim 0.7 to 0.9 for what combat shot down in 2 to 33 % of the cases."""
    for target in ("supersonic-cruise-missile", "short-range-ballistic-missile"):
        for missile in MISSILES:
            found, old = unknown(missile, target), unknown(missile, target, "makers-claims")
            assert found.low < 0.02
            assert found.value < 0.33
            assert old.value >= 0.7


@pytest.mark.parametrize(("missile", "target"), [*product(MISSILES, CLASSES)])
def test_makers_claims_are_the_former_values(missile: str, target: str) -> None:
    found, (claim, top) = unknown(missile, target, "makers-claims"), claim_of(missile, target)
    assert (found.low, found.value, found.high) == (0.5, claim, top)
    assert "left out" in found.why


def test_numbers_come_from_the_shipped_data(monkeypatch: pytest.MonkeyPatch) -> None:
    records = shipped_records()
    target = "short-range-ballistic-missile"
    half = Count(10, 100, 51, rho=(0.1, 0.2, 0.3))
    record = replace(records.classes[target], pooled=half, half_years={"2024-H1": half})
    other = replace(records, classes={**records.classes, target: record})
    monkeypatch.setattr(kill, "shipped_records", lambda: other)
    found = unknown("48N6E2", target)
    assert found.value == 0.51
    assert found.low == pytest.approx(1 - math.sqrt(1 - 51.5 / 101))
    assert shot_correlation(target).high == 0.2
    # a stand-in follows
    assert unknown("48N6E2", "medium-range-ballistic-missile").value == 0.51


def test_aircraft_take_a_rate_from_combat_as_their_lower_end() -> None:
    rate = yaml.safe_load(RATES.read_text("utf-8"))["rates"][0]
    for target in ("fighter", "large-fighter", "bomber", "large-support-aircraft"):
        found = unknown("9M96E2", target)
        assert found.low == rate["killed"] / rate["fired"]
        assert found.value == pytest.approx((found.low + 0.9) / 2)
        assert (found.origin, found.figure) == ("assumption", "")


def test_a_stand_in_is_shown_as_assumed() -> None:
    own = unknown("48N6E2", "loitering-or-one-way-attack-uav")
    lent = unknown("48N6E2", "male-uav")
    assert (own.value, own.low, own.origin) == (lent.value, lent.low, "figure")
    assert lent.origin == "assumption"
    assert "Assumed from loitering" in lent.why


@pytest.mark.parametrize("target", CLASSES)
def test_correlation_is_bounded_by_the_records(target: str) -> None:
    found = shot_correlation(target)
    highest = max(c["pooled"]["rho"][1] for c in RECORDED.values())
    stand_in = {
        "male-uav": "loitering-or-one-way-attack-uav",
        "decoy": "loitering-or-one-way-attack-uav",
        "medium-range-ballistic-missile": "short-range-ballistic-missile",
    }.get(target, target)
    expected = RECORDED[stand_in]["pooled"]["rho"][1] if stand_in in RECORDED else highest
    assert (found.low, found.value, found.high) == (0.0, expected / 2, expected)
    assert found.key == f"shot correlation {target}"
    assert found.weak
    assert "upper bound" in found.why
    assert ("No records" in found.why or "Assumed" in found.why) == (target not in RECORDED)


def test_what_the_scenario_gives_holds_against_all_evidence() -> None:
    figures = Figures()
    both: tuple[Evidence, ...] = ("combat-records", "makers-claims")
    for evidence in both:
        given = {"all": {"fighter": 0.25}}
        assert kill_probability("48N6E3", "fighter", given, figures, evidence) == 0.25


def test_the_rule_of_a_raid_chooses_the_evidence() -> None:
    group = {
        "id": "rockets",
        "target": "short-range-ballistic-missile",
        "count": 1,
        "aim": {"site": "site"},
        "bearing": 0,
        "distance": "300 km",
        "profile": "ballistic",
    }

    def value(**rules: str) -> float:
        raid = compiled(group, rules={"kill_probability": {}, **rules})
        return next(u.value for u in raid.unknowns if u.key.startswith("kill probability"))

    pooled = RECORDED["short-range-ballistic-missile"]["pooled"]
    assert value() == pooled["destroyed"] / pooled["launched"]
    assert value(kill_evidence="makers-claims") >= 0.7
    with pytest.raises(InputError, match="kill_evidence"):
        value(kill_evidence="brochures")
