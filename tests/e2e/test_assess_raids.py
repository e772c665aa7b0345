"""The raid's part of an assessment as a user meets it: page, summary, table, terminal."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.conftest import Run

CASE = """\
schema: skyshade/scenario/1
name: two-units
title: Two units in the hills
as_of: 2024-01-01
terrain: {dem: dems/hills.tif}
altitudes: [2 km msl]
sites:
  - id: west
    name: West
    system: s-400
    position: {lon: 75.45, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 40 km
    missiles: [9M96E2]
    events:
      - {kind: operational, date: 2022-04, confidence: medium, sources: [atlas]}
  - id: east
    name: East <i>
    system: s-400
    position: {lon: 75.55, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 40 km
    missiles: [9M96E2]
    events:
      - {kind: operational, date: 2023-04, confidence: low, assumed: true}
places:
  - {id: town, name: "Town <b>", kind: city, position: {lon: 75.5, lat: 30.52}, sources: [atlas]}
sources:
  atlas: {title: An atlas, outlet: A publisher}
"""
RAID = """\
raid:
  duration: 10 min
  defence: {load: {9M96E2: 6}}
  groups:
    - {id: cruise, target: subsonic-cruise-missile, count: 10, altitude: 3 km msl,
       aim: {place: town}, bearing: 270 deg, distance: 40 km, spacing: 500 m}
"""


@pytest.fixture
def assess(skyshade: Run) -> Callable[..., tuple[Path, str]]:
    Path("case.yaml").write_text(CASE + RAID)

    def run(out: str, *args: str) -> tuple[Path, str]:
        outcome = skyshade("assess", "case.yaml", "--seed", "7", "--out", out, *args)
        assert outcome.code == 0
        return Path(out), outcome.out

    return run


def test_assess_tells_the_raid_date_by_date(assess: Callable[..., tuple[Path, str]]) -> None:
    out, shown = assess("out", "--draws", "8")
    found = json.loads((out / "summary.json").read_text())["raids"]
    first, last = found["dates"]
    assert (first["from"], last["from"]) == ("2022-04-30", "2023-04-30")
    assert found["before_any_unit"]["leaked"] == 1.0
    assert found["before_any_unit"]["until"] == first["from"]
    assert last["leaked"]["high"] < first["leaked"]["low"] < 1.0
    for day in found["dates"]:
        low, middle, high = day["leaked_band"]
        assert low <= middle <= high
        assert high - low > day["leaked"]["high"] - day["leaked"]["low"]  # the wider bar
    assert found["draws"]["vectors"] == 8
    assert found["drivers"]

    with (out / "raids.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert [float(r["leaked"]) for r in rows] == [d["leaked"]["value"] for d in found["dates"]]
    assert [r["units"] for r in rows] == ["1", "2"]
    page = (out / "index.html").read_text()
    assert page.count(found["headline"].replace("<", "&lt;")) == 1
    assert page.index('id="reach"') < page.index('id="raids"') < page.index('id="seen"')
    section = page[page.index('id="raids"') : page.index('id="seen"')]
    weak = sum(f["weak"] for f in found["figures"])
    assert f"{weak} of the {len(found['figures'])} uncertain figures" in section
    assert "East &lt;i&gt;" in section
    assert "Town &lt;b&gt;" in section
    assert all(r["from"] in section for r in rows)
    for claim in (c for row in found["context"] for c in row["published"]):
        assert claim["differs"] in section  # context, with the reason why it differs
    inputs = page[page.index('id="inputs"') : page.index('id="limits"')]
    for figure in found["figures"]:  # among the inputs of reach or by itself, once
        assert inputs.count(f"<td>{figure['title']}</td>") == 1, figure["title"]
    for name in ("raid-dates", "raid-unknowns", "raid-reasons", "raid-records"):
        assert (out / "figures" / f"{name}.svg").stat().st_size > 5_000
    assert found["headline"] in shown
    assert "8 draws of the unknown figures per date" in shown


def test_same_seed_same_bytes(
    assess: Callable[..., tuple[Path, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = assess("one", "--draws", "0")
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    two, _ = assess("two", "--draws", "0")
    for name in ("summary.json", "raids.csv", "index.html", "figures/raid-dates.svg"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_without_draws_one_bar(assess: Callable[..., tuple[Path, str]]) -> None:
    out, shown = assess("out", "--draws", "0", "--as-of", "2022-05-01")
    found = json.loads((out / "summary.json").read_text())["raids"]
    assert found["draws"] is None
    assert found["drivers"] == []
    [day] = found["dates"]
    assert "leaked_band" not in day
    assert not (out / "figures/raid-unknowns.svg").exists()
    assert "no draws of unknown figures" in shown


def test_without_a_raid_nothing_is_said(skyshade: Run) -> None:
    Path("case.yaml").write_text(CASE)
    outcome = skyshade("assess", "case.yaml", "--draws", "0", "--out", "out")
    assert outcome.code == 0
    assert "raids" not in json.loads(Path("out/summary.json").read_text())
    page = Path("out/index.html").read_text()
    assert "#raids" not in page
    assert "let through" not in page
    assert not Path("out/raids.csv").exists()


def test_a_raid_that_cannot_be_played_is_refused(skyshade: Run) -> None:
    Path("case.yaml").write_text(CASE + RAID.replace("3 km msl", "300 m msl"))
    outcome = skyshade("assess", "case.yaml", "--draws", "0", "--out", "out")
    assert outcome.code == 2
    assert "case.yaml, line" in outcome.err
    assert "the path runs into the ground" in outcome.err
    assert not Path("out").exists()
