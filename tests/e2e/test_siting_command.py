"""`skyshade siting`: the answer first, files that carry the proof, one message per fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from skyshade.cli import app
from skyshade.errors import Interrupted, SkyshadeError
from skyshade.siting import kept as kept_module
from skyshade.siting import study as study_module
from skyshade.siting.model import SitingAnswer
from skyshade.siting.solve import solve_siting

CASE = """
schema: skyshade/scenario/1
name: two-towns
title: Two towns on a smooth Earth
terrain: {dem: smooth-earth}
altitudes: [100 m agl, 10 km msl]
targets: [fighter]
sites:
  - id: west
    name: West
    system: s-400
    position: {lon: 70.0, lat: 20.0}
    position_rounding: 0.5 deg
    illustrative: true
    antenna: {value: 20 m, low: 10 m, high: 30 m, why: a mast}
    events:
      - {kind: operational, date: 2020, confidence: low, assumed: true}
  - id: next
    name: Next
    system: s-400
    position: {lon: 71.0, lat: 20.0}
    position_rounding: 0.5 deg
    illustrative: true
    antenna: {value: 20 m, low: 10 m, high: 30 m, why: a mast}
    events:
      - {kind: operational, date: 2030, confidence: low, assumed: true}
places:
  - {id: town, name: Town, kind: city, position: {lon: 70.0, lat: 20.5}, sources: [map]}
  - {id: port, name: Port, kind: city, position: {lon: 80.0, lat: 20.5}, sources: [map]}
sources:
  map: {title: A map, outlet: Nobody}
siting:
  candidates: {within: around.geojson, spacing: 2 deg}
  places: {bearing: 90 deg}
"""
SQUARE: dict[str, Any] = {
    "type": "Polygon",
    "coordinates": [[[68.9, 19.9], [80.1, 19.9], [80.1, 21.1], [68.9, 21.1], [68.9, 19.9]]],
}
QUICK = ["--as-of", "2026-01-01", "--draws", "2"]


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sweeps")


@pytest.fixture
def case(tmp_path: Path, sweeps: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario with its candidates' area beside it, and sweeps that all tests share."""
    monkeypatch.setattr(kept_module, "folder", lambda: sweeps)
    (tmp_path / "around.geojson").write_text(json.dumps(SQUARE))
    file = tmp_path / "case.yaml"
    file.write_text(CASE)
    return file


def run(case: Path, *flags: str) -> tuple[Any, dict[str, Any]]:
    out = case.parent / "out"
    done = CliRunner().invoke(app, ["siting", str(case), *QUICK, *flags, "--out", str(out)])
    summary = out / "summary.json"
    return done, json.loads(summary.read_text()) if summary.exists() else {}


def test_the_second_unit_goes_to_the_port(case: Path) -> None:
    """Town is covered already; Port, a thousand kilometres east, by nobody."""
    done, found = run(case)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("The second unit adds most at ")
    assert "216 km from Port" in done.output.splitlines()[0]
    assert found["plan"][0]["lon"] == 78
    assert found["answer"]["stopped"] == "proven"
    groups = {g["name"]: g for g in found["groups"]}
    assert groups["Town"]["covered_before"] > 0.9
    assert groups["Port"]["covered_before"] == 0
    assert groups["Port"]["covered_after"] > 0.9
    assert len(found["summary"]) <= 5
    assert found["draws"]["solved"] == 2
    low, _, high = found["band"]["covered_after"]
    assert 0 <= low <= high <= 1
    assert found["band"]["moved"] > 0
    assert "with its units moved inside their rounding as well" in done.output.replace("\n", " ")
    assert found["candidates"]["n"] == 6  # 70 to 80 E, 20 N
    out = case.parent / "out"
    for name in ("map.png", "demand.png", "gains.png"):
        assert (out / name).read_bytes()[:4] == b"\x89PNG"
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["command"] == "siting two-towns"


def test_other_tools_read_the_plan(case: Path) -> None:
    import pyogrio

    _, found = run(case)
    out = case.parent / "out"
    features = json.loads((out / "plan.geojson").read_text())["features"]
    new = [f for f in features if f["properties"].get("role") == "new"]
    assert new[0]["geometry"]["coordinates"] == [found["plan"][0]["lon"], found["plan"][0]["lat"]]
    assert new[0]["properties"]["illustrative"] is True
    assert {name for name, _ in pyogrio.list_layers(out / "plan.gpkg")} == {
        "plan",
        "candidates",
        "demand",
    }
    names = [e.text for e in ET.parse(out / "plan.kml").iter() if e.tag.endswith("name")]
    assert "New unit 1" in names


def test_the_certificate_proves_the_bound(case: Path) -> None:
    """Its bound follows from its lines with a sort and a sum."""
    run(case, "--add", "2")
    proof = json.loads((case.parent / "out" / "certificate.json").read_text())
    (units,) = proof["units"]
    for leaf in proof["leaves"]:
        line = proof["lines"][leaf["line"]]
        c = np.array(line["coefficients"])
        for first in leaf["any_of"] or [None]:
            inside = set(leaf["in"]) | ({first} if first is not None else set())
            free = [o for o in range(len(c)) if o not in inside | set(leaf["out"])]
            best = np.sort(np.maximum(c[free], 0))[::-1][: units - len(inside)].sum()
            assert line["constant"] + c[list(inside)].sum() + best <= proof["bound"] + 1e-9
    assert proof["bound"] == pytest.approx(proof["value"], rel=2e-3)


def test_the_same_plan_and_files_with_or_without_kept_sweeps(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "folder", lambda: case.parent / "kept")
    run(case)
    first = {f.name: f.read_bytes() for f in (case.parent / "out").iterdir()}
    kept = list((case.parent / "kept").glob("*.npz"))
    assert len(kept) == 1
    run(case)
    again = {f.name: f.read_bytes() for f in (case.parent / "out").iterdir()}
    kept[0].write_bytes(b"damaged")
    run(case)
    swept = {f.name: f.read_bytes() for f in (case.parent / "out").iterdir()}
    for name in first.keys() - {"manifest.json"}:
        assert first[name] == again[name] == swept[name], name


def test_other_objectives_and_demands(case: Path) -> None:
    for flags in (
        ["--objective", "worst"],
        ["--objective", "covered", "--at-least", "2", "--add", "2"],
        ["--area", str(case.parent / "around.geojson")],
        ["--draws", "0"],
        ["--apart", "300 km", "--add", "2"],
    ):
        done, found = run(case, *flags)
        assert done.exit_code == 0, (flags, done.output)
        assert found["answer"]["gap"] <= 0.001


def test_fewest_units_for_a_level(case: Path) -> None:
    done, found = run(case, "--level", "90 %")
    assert done.exit_code == 0, done.output
    assert "Fewer than 1 new unit cannot reach 90 %: proven." in done.output
    assert found["fewest"]["units"] == 1
    assert found["answer"]["value"] >= 0.9


def test_units_that_arrive_later_and_two_systems(case: Path) -> None:
    case.write_text(
        CASE + "  units:\n    - {like: next, arrives: 2027}\n    - {like: next, arrives: 2029}\n"
    )
    done, found = run(case)
    assert done.exit_code == 0, done.output
    assert [u["arrives"] for u in found["plan"]] == ["2027-12-31", "2029-12-31"]
    assert "from Port" in found["plan"][0]["name"]  # the early one goes where most is missing


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--within", "Punjb"], "--within: neither a sector, nor a country, nor a GeoJSON file"),
        (["--within", "Indai"], "Did you mean 'India'?"),
        (["--within", "nowhere.geojson"], "nowhere.geojson: no such file"),
        (["--spacing", "0.1 deg"], "--spacing: finer than the rounding"),
        (["--border", "900 km", "--within", "Bhutan"], "nearer than 900 km to a border"),
        (["--highest", "-100 m"], "higher than -100 m"),
        (["--at-least", "5", "--objective", "covered"], "--at-least: more units are asked"),
        (["--at-least", "2"], "asks for the objective 'covered'"),
        (["--add", "7"], "more units are to be placed than there are candidates"),
        (["--add", "0"], "--add: out of bounds"),
        (["--like", "nxt"], "Did you mean 'next'?"),
        (["--level", "100 %", "--within", "west"], "--level: no plan reaches this level"),
        (["--objective", "best"], "--objective: not one of the choices"),
        (["--gap", "2"], "--gap: out of range"),
        (["--time-limit", "0 s"], "--time-limit: out of range"),
        (["--draws", "3"], "--draws: a Sobol sequence is balanced"),
        (["--line", "India-Iran"], "no common border"),
        (["--slope", "10 km"], "--slope: unknown unit"),
    ],
)
def test_bad_flags(case: Path, flags: list[str], message: str) -> None:
    done, found = run(case, *flags)
    assert isinstance(done.exception, SkyshadeError), (done.output, done.exception)
    assert done.exception.exit_code == 2
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not found


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"type": "Polygon", "coordinates": []}, "no area"),
        (
            {"type": "Polygon", "coordinates": [[[70, 20], [71, 20], [70, 20]]]},
            "no area",
        ),
        ({"type": "Point", "coordinates": [70, 20]}, "no polygon in this file"),
        ({"type": "Polygon", "coordinates": [[[700, 20], [701, 20], [701, 21]]]}, "no such place"),
        ({"type": "Polygon", "coordinates": [[["a", 20], [71, 20], [71, 21]]]}, "not a polygon"),
        (
            {"type": "Polygon", "coordinates": [[[70.1, 20.1], [70.2, 20.1], [70.2, 20.2]]]},
            "holds no point of the grid",
        ),
    ],
)
def test_bad_areas(case: Path, shape: dict[str, Any], message: str) -> None:
    (case.parent / "around.geojson").write_text(json.dumps(shape))
    done, found = run(case)
    assert isinstance(done.exception, SkyshadeError), done.output
    assert done.exception.exit_code == 2
    assert message in str(done.exception)
    assert not found


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("{bearing: 90 deg}", "{bearing: 90 deg, weight: 0}", "no demand has a weight above 0"),
        ("{bearing: 90 deg}", "{weights: {twon: 1}}", "Did you mean 'town'?"),
        ("{bearing: 90 deg}", "{weights: {town: 0, port: 0}}", "no place has a weight above 0"),
        ("{bearing: 90 deg}", "{bearing: 50 deg}", "line 34, siting.places.bearing: does not"),
        ("spacing: 2 deg}", "spacing: 2 deg, border: 900 km}", "line 33, siting.candidates: no c"),
        ("spacing: 2 deg", "spcing: 2 deg", "Did you mean 'spacing'?"),
    ],
)
def test_bad_files(case: Path, before: str, after: str, message: str) -> None:
    assert before in CASE
    case.write_text(CASE.replace(before, after))
    done, _ = run(case)
    assert isinstance(done.exception, SkyshadeError), done.output
    assert done.exception.exit_code == 2
    assert message in str(done.exception)


def test_a_unit_that_stays_outside_the_terrain_is_refused(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CASE.replace("{dem: smooth-earth}", "{dem: globe30-south-asia}")
    case.write_text(
        text.replace(
            "lon: 70.0, lat: 20.0}\n    position_r", "lon: 10.0, lat: 20.0}\n    position_r"
        )
    )
    done, _ = run(case)
    assert isinstance(done.exception, SkyshadeError), done.output
    assert done.exception.exit_code == 2
    assert "line 9, west, site: the site is outside the DEM" in str(done.exception)


def test_ctrl_c_writes_the_best_plan_with_its_gap(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(problem: Any, **more: Any) -> SitingAnswer:
        def press(done: int) -> None:
            raise KeyboardInterrupt

        return solve_siting(problem, **(more | {"report": press}))

    monkeypatch.setattr(study_module, "solve_siting", interrupted)
    done, found = run(case)
    assert isinstance(done.exception, Interrupted)
    assert found["answer"]["stopped"] == "interrupted"
    assert "The search was interrupted; the plan adds at least" in done.output
    assert len(found["plan"]) == 1


def test_the_area_seen_from_every_point(case: Path) -> None:
    """On a smooth Earth every point sees the same disc, but for its latitude."""
    out = case.parent / "out"
    done = CliRunner().invoke(app, ["siting", str(case), "--prior", "--out", str(out)])
    assert done.exit_code == 0, done.output
    lines = (out / "prior.csv").read_text().splitlines()
    assert len(lines) == 7
    assert lines[0].split(",")[-1] == "seen_km2_10km_msl"
    seen = [float(line.split(",")[-1]) for line in lines[1:]]
    assert max(seen) / min(seen) < 1.02
    horizon_km = (np.sqrt(20.0) + np.sqrt(10_000.0)) * np.sqrt(2 * 4 / 3 * 6371e3) / 1e3
    assert max(seen) == pytest.approx(np.pi * horizon_km**2, rel=0.02)


def test_a_report_has_a_section_on_the_next_unit(case: Path) -> None:
    out = case.parent / "report"
    flags = ["--as-of", "2026-01-01", "--draws", "0", "--out", str(out)]
    done = CliRunner().invoke(app, ["assess", str(case), *flags])
    assert done.exit_code == 0, (done.output, done.exception)
    page = (out / "index.html").read_text("utf-8")
    assert '<h2 id="siting">The second unit</h2>' in page
    assert "The second unit adds most at" in page and "The second unit adds most at" in done.output
    assert json.loads((out / "siting" / "summary.json").read_text())["draws"] == {
        "asked": 0,
        "solved": 0,
    }
