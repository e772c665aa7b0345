"""`skyshade flyout` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.conftest import Run, coloured


def test_flyout_says_and_writes(skyshade: Run) -> None:
    outcome = skyshade("flyout", "40n6e", "--out", "out")
    assert (outcome.code, outcome.err) == (0, "")
    for part in ("40N6E", "1190 m/s ??", "380 km", "burn time", "250 s", "memory only", "low"):
        assert part in outcome.out
    assert {p.name for p in Path("out").iterdir()} == {
        "flyout.png",
        "flyout.json",
        "manifest.json",
    }
    data = json.loads(Path("out/flyout.json").read_text())
    assert data["missile"] == "40N6E"
    assert [row["published"] for row in data["compared"]] == [1190.0, 380e3]
    assert all(abs(row["error_frac"]) < 0.005 for row in data["compared"])
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["command"] == "flyout 40N6E" and manifest["catalogue"]
    assert coloured(Path("out/flyout.png")) > 0.0


def test_same_question_same_bytes(skyshade: Run) -> None:
    for out in ("one", "two"):
        assert skyshade("flyout", "9M96E", "--out", out).code == 0
    for name in ("flyout.png", "flyout.json"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_options_reach_the_model(skyshade: Run) -> None:
    args = ("flyout", "40N6E", "--speed", "1.3 km/s", "--launch-altitude", "3km", "--out", "out")
    assert skyshade(*args).code == 0
    data = json.loads(Path("out/flyout.json").read_text())
    assert data["compared"][0]["published"] == 1300.0
    assert data["launch_alt_msl_m"] == 3000.0


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (["48N6X2"], ["unknown catalogue entry '48N6X2'", "Did you mean '48N6E2'?"]),
        (["91N6E"], ["is a radar, not a missile", "40N6E"]),
        (["fighter"], ["is a target class, not a missile"]),
        (["48N6E2", "--speed", "fast"], ["--speed", "not a speed"]),
        (["48N6E2", "--speed", "1900 km"], ["--speed", "unknown unit 'km'", "m/s"]),
        (["48N6E2", "--speed", "1.9"], ["48N6E2.speed_max_mps", "300 to 5000 m/s"]),
        (["48N6E2", "--launch-altitude", "9 km"], ["launch", "0 to 6 km"]),
        (["48N6E2", "--launch-altitude", "nan"], ["--launch-altitude", "not a length"]),
        (["48N6E2", "--out", "taken"], ["taken", "the output folder is a file"]),
        ([], ["Missing argument", "missile"]),
    ],
)
def test_bad_input(skyshade: Run, args: list[str], parts: list[str]) -> None:
    Path("taken").write_text("")
    before = sorted(p.name for p in Path().rglob("*"))
    outcome = skyshade("flyout", *args)
    assert outcome.code == 2
    assert outcome.out == "" and outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err
    assert sorted(p.name for p in Path().rglob("*")) == before
