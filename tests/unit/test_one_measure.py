"""One question has one answer: reach from every door, class by class and altitude by altitude."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from skyshade.assess.run import assess
from skyshade.case import Case
from skyshade.cli import app
from skyshade.coverage.compute import cover_scenario, operational_sites
from skyshade.errors import InputError
from skyshade.export.content import Export
from skyshade.notebook.reach import scenario_reach_card
from skyshade.reach.force import ForceReach
from skyshade.reach.inbound import SiteReach
from skyshade.reach.scenario import ScenarioReach, reach_scenario
from skyshade.report import text
from skyshade.report.tables import reach_rows
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.web.case import MapCase
from skyshade.web.jobs import Job
from skyshade.web.work import works

DRAWS, SEED = 4, 0
TWO = """schema: skyshade/scenario/1
name: two
title: Two units on a smooth sea
as_of: 2024-06-30
terrain: {dem: smooth-earth, outside: sea}
altitudes: [100 m agl, 10 km msl]
targets: [fighter, subsonic-cruise-missile]
ring: 380 km
sites:
"""
SITE = """  - id: unit-{k}
    name: Unit {k}
    system: s-400
    position: {{lon: {lon}, lat: 10}}
    illustrative: true
    position_rounding: 0.5 deg
    antenna: {{value: 24 m, low: 10 m, high: 39 m, why: assumed}}
    events:
      - {{kind: delivered, date: {since}-01, confidence: low, assumed: true}}
      - {{kind: operational, date: {since}, confidence: low, assumed: true}}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two units in service, and one that comes a year after the scenario's date."""
    units = ((1, 80.0, 2023), (2, 83.0, 2024), (3, 86.0, 2025))
    sites = [SITE.format(k=k, lon=lon, since=f"{year}-05") for k, lon, year in units]
    path = tmp_path_factory.mktemp("two") / "two.yaml"
    path.write_text(TWO + "".join(s.replace("-05-01", "-04") for s in sites))
    return path


@pytest.fixture(scope="module")
def scenario(file: Path) -> Scenario:
    return load_scenario(file)


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> ScenarioReach:
    """From Python, by default: the units in service on the scenario's date."""
    return reach_scenario(scenario, draws=DRAWS, seed=SEED)


def bands(found: ScenarioReach) -> Iterator[tuple[str, str, list[float], list[float]]]:
    """Class, altitude, area (km2) and share of the rings of the force."""
    for c, target in enumerate(found.targets):
        for a, altitude in enumerate(found.altitudes):
            area = (found.force.area_band[:, a, c] / 1e6).round(1).tolist()
            share = found.force.fraction_band[:, a, c].round(5).tolist()
            yield target.id, altitude.label, area, share


def of_force(results: list[dict[str, Any]]) -> list[tuple[str, str, list[float], list[float]]]:
    rows = [(r["target"], r["altitude"], r["area_km2"], r["share_of_rings"]) for r in results]
    return sorted(rows)


def test_the_command_and_python(file: Path, found: ScenarioReach, tmp_path: Path) -> None:
    out = tmp_path / "reach"
    flags = ["--draws", str(DRAWS), "--seed", str(SEED), "--out", str(out)]
    done = CliRunner().invoke(app, ["reach", str(file), *flags])
    assert done.exit_code == 0, done.output
    assert "In service on 2024-06-30: 2 of 3 units; unit-3 is not." in done.output
    written = json.loads((out / "reach.json").read_text())
    assert of_force(written["force"]["results"]) == sorted(bands(found))
    assert json.loads((out / "manifest.json").read_text())["as_of"] == "2024-06-30"


def test_the_assessment(scenario: Scenario, found: ScenarioReach) -> None:
    summary = assess(scenario, draws=DRAWS, seed=SEED).summary()
    assert of_force(summary["reach"]["force"]["results"]) == sorted(bands(found))
    last = summary["growth"][-1]["reach"]
    by_name = {(t, a): area for t, a, area, _ in bands(found)}
    assert {(r["target"], r["altitude"]): r["area_km2"] for r in last} == {
        (r["target"], r["altitude"]): by_name[r["target"], r["altitude"]] for r in last
    }


def test_the_export(scenario: Scenario, found: ScenarioReach) -> None:
    export = Export(Case(scenario), draws=DRAWS, seed=SEED)
    layer = next(layer for layer in export.layers if layer.name == "reach")
    said = {
        (p["unit"], p["target"], p["altitude"], p["quantile"]): (p["area_km2"], p["share_of_ring"])
        for _, p in layer.features
    }
    assert len(said) == 2 * 2 * 2 * 3
    for site in found.sites:
        for row in site.as_dict()["results"]:
            for q, area, share in zip(
                (0.05, 0.5, 0.95), row["area_km2"], row["share_of_ring"], strict=True
            ):
                key = (site.unit.id, row["target"], row["altitude"], q)
                assert said[key] == (area, share)
    sites = next(layer for layer in export.layers if layer.name == "sites")
    assert [(p["id"], p["in_service"], p["state"]) for _, p in sites.features] == [
        ("unit-1", True, "assumed operational"),
        ("unit-2", True, "assumed operational"),
    ]


@pytest.mark.parametrize("target", ["fighter", "subsonic-cruise-missile"])
def test_the_map(file: Path, found: ScenarioReach, target: str) -> None:
    case = MapCase.load(str(file))
    sites = [
        {"id": s.unit.id, "like": s.unit.id, "lon": s.unit.spec.antenna.lon, "lat": 10.0}
        for s in found.sites
    ]
    asked = {"kind": "reach", "sites": sites, "target": target, "draws": DRAWS}
    job = Job("1", "reach", asked)
    answer = works(case)["reach"](job)
    assert [
        (target, label, area, share)
        for label, area, share in zip(
            answer["sites"][0]["altitudes"],
            answer["force"]["area_km2"],
            answer["force"]["share_of_rings"],
            strict=True,
        )
    ] == [row for row in bands(found) if row[0] == target]
    c = [t.id for t in found.targets].index(target)
    for lines, site in zip(answer["sites"], found.sites, strict=True):
        assert lines["share_band"] == site.fraction_band[:, :, c].round(5).T.tolist()
        assert lines["area_km2"] == (site.area_band[:, :, c] / 1e6).round(1).T.tolist()


def test_notebook_and_tables_say_the_same(found: ScenarioReach) -> None:
    table = {tuple(row[1:3]): tuple(row[-2:]) for row in reach_rows(found) if row[0] == "force"}
    cells = {tuple(row[:2]): tuple(row[-2:]) for row in scenario_reach_card(found).tables[0].rows}
    short = {t.id: t.short_title for t in found.targets}
    for target, altitude, area, share in bands(found):
        said = (text.area_band(1e6 * v for v in area), text.percent_band(share))
        assert table[target, altitude] == cells[short[target], altitude] == said


def test_line_of_sight_from_every_door(file: Path, scenario: Scenario) -> None:
    """Within the advertised ring: the command, the report's rings, the map."""
    seen = cover_scenario(scenario)
    mine = [a for a in seen.areas(max_range_m=scenario.ring_m) if a.who == "force"]
    theirs = assess(scenario, draws=0).force_areas(within_ring=True)
    assert [a.visible_m2 for a in mine] == [a.value.visible_m2 for a in theirs]
    case = MapCase.load(str(file))
    sites = [
        {"id": s.id, "like": s.id, "lon": s.position.lon, "lat": s.position.lat}
        for s in operational_sites(scenario)
    ]
    answer = works(case)["coverage"](Job("1", "coverage", {"kind": "coverage", "sites": sites}))
    said = [a["visible_km2"] for a in answer["areas"] if a["who"] == "force"]
    assert said == pytest.approx([a.visible_m2 / 1e6 for a in mine], rel=2e-3)


# --- units in service


def test_who_counts_by_default(scenario: Scenario) -> None:
    def ids(as_of: Any = None) -> list[str]:
        return [s.id[-1] for s in operational_sites(scenario, as_of)]

    assert "".join(ids()) == "12"
    assert "".join(ids("all")) == "123"
    assert "".join(ids(date(2025, 6, 1))) == "123"
    assert "".join(ids(date(2023, 6, 1))) == "1"
    assert [s.spec.id for s in cover_scenario(scenario).sites] == ["unit-1", "unit-2"]
    with pytest.raises(InputError, match="a date is wanted"):
        operational_sites(scenario, "today")  # type: ignore[arg-type]


def test_commands_say_who_counts(file: Path, tmp_path: Path) -> None:
    run = CliRunner()
    out = str(tmp_path / "out")
    done = run.invoke(app, ["coverage", str(file), "--out", out])
    assert "In service on 2024-06-30: 2 of 3 units; unit-3 is not." in done.output
    assert "Where targets can be intercepted: skyshade reach" in done.output
    done = run.invoke(app, ["coverage", str(file), "--as-of", "all", "--out", out])
    assert "All 3 units count, whether in service or not." in done.output
    done = run.invoke(app, ["coverage", str(file), "--as-of", "2025-06-01", "--out", out])
    assert "In service on 2025-06-01: all 3 units." in done.output


# --- more units are never worth less


def test_a_shipped_force_never_gets_smaller_by_a_delivery() -> None:
    """Every headline of reach and line of sight, unit after unit, in every draw."""
    case = load_scenario("india-s400")
    sites = [s for s in case.sites if s.event("operational")]
    found = reach_scenario(case, sites, targets=["fighter"], draws=4, n_azimuths=36)
    ids = [s.id for s in sites]
    for a in range(len(found.altitudes)):
        areas = [found.force.held_m2(ids[:k], a, 0) for k in range(1, len(ids) + 1)]
        assert (np.diff(areas, axis=0) >= 0).all()


@given(
    st.lists(st.floats(0, 300e3), min_size=3, max_size=3),
    st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3),
    st.integers(0, 2),
)
def test_gaps_of_a_new_unit_take_nothing_from_the_others(
    found: ScenarioReach, firsts: list[float], solid: list[float], left_out: int
) -> None:
    """Units of any reach and any share of it that is real, one of them left out."""
    site = found.sites[0]
    sites: list[SiteReach] = []
    for first_m, share in zip(firsts, solid, strict=True):
        one = replace(
            site,
            unit=replace(site.unit, spec=replace(site.unit.spec, id=f"u{len(sites)}")),
            first_m=np.full_like(site.first_m, first_m),
            last_m=np.zeros_like(site.last_m),
            area_m2=np.full_like(site.area_m2, share * np.pi * first_m**2),
        )
        sites.append(one)
    force = ForceReach(tuple(sites))
    ids = [s.unit.id for s in sites]
    less = force.held_m2([i for k, i in enumerate(ids) if k != left_out], 0, 0)
    assert (force.held_m2(ids, 0, 0) >= less - 100).all()  # m2: float32
    alone = ForceReach(tuple(sites[:1])).held_m2(ids[:1], 0, 0)
    assert alone == pytest.approx(sites[0].area_m2[0, 0], rel=1e-5, abs=100)
