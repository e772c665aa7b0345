"""`skyshade track` as a user meets it: files, the same bytes twice, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from e2e.conftest import Run
from raid_scenarios import FIGHTER, scenario, site

FILES = ("tracking.json", "tracking.png")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    group = FIGHTER | {"count": 5, "spacing": "6 km", "distance": "160 km"}
    file.write_text(json.dumps(scenario(group, sites=[site(), site("far", lon=85.0)])))
    return file


def test_a_run_writes_numbers_and_a_picture(skyshade: Run, small: Path, tmp_path: Path) -> None:
    outcomes = [
        skyshade("track", small, "--seed", 3, "--replicate", 2, "--out", tmp_path / name)
        for name in ("one", "two")
    ]
    assert [o.code for o in outcomes] == [0, 0], outcomes[0].err
    said = outcomes[0].out
    assert "2-of-3 rule" in said and "OSPA, mean" in said
    assert "Assumed, as no figure is published: error in range 100 m" in said
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    found = json.loads((tmp_path / "one" / "tracking.json").read_text())
    assert (found["site"], found["seed"], found["replicate"]) == ("site", 3, 2)
    assert found["targets_in_play"] == len(found["targets"]) == 5
    over = found["over_time"]
    assert {len(v) for v in over.values()} == {found["scans"]}
    played = np.array(over["in_play"]) > 0
    assert np.array(over["ospa_tracker_m"])[played].mean() == pytest.approx(
        found["tracker"]["ospa_m"], abs=0.1
    )
    assert sum(found["difference"]["scans_later"].values()) == found["difference"]["both"]
    assert {a["origin"] for a in found["assumptions"]} == {"assumption"}
    assert all(a["why"] and a["value"] is not None for a in found["assumptions"])
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert manifest["seed"] == 3 and manifest["timings_s"].keys() >= {"track", "write"}
    with Image.open(tmp_path / "one" / "tracking.png") as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    for colour in ((0, 114, 178), (213, 94, 0)):  # the rule's and the tracker's are both there
        assert (np.abs(pixels.astype(int) - colour).max(axis=1) < 8).sum() > 300


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--site", "sit"], ["--site: unknown site", "Did you mean 'site'"]),
        (["--site", "far"], ["--site: no target ever comes into the view"]),
        (["--replicate", -1], ["--replicate: number of the replicate", "0 to 999,999,999"]),
        (["--replicate", 10**9], ["--replicate"]),
        (["--seed", -1], ["--seed: seed out of range"]),
        (["--seed", 2**64], ["--seed: seed out of range"]),
        (["--range-sd", "-5 m"], ["--range-sd: out of bounds", "0.1 to 10000 m"]),
        (["--range-sd", "0.2 deg"], ["--range-sd", "unknown unit"]),
        (["--az-sd", "0 deg"], ["--az-sd: out of bounds"]),
        (["--el-sd", "90 deg"], ["--el-sd: out of bounds"]),
        (["--false-alarms", -1], ["--false-alarms: out of bounds", "0 to 10000"]),
        (["--false-alarms", "nan"], ["--false-alarms: out of bounds"]),
        (["--gate", 1], ["--gate: out of bounds"]),
        (["--manoeuvre", 0], ["--manoeuvre: out of bounds"]),
        (["--speed-max", "0 m/s"], ["--speed-max: out of bounds"]),
        (["--cutoff", "-1 km"], ["--cutoff: out of bounds"]),
        (["--order", 0], ["--order: out of bounds"]),
    ],
)
def test_bad_flags_get_one_line(
    skyshade: Run, small: Path, tmp_path: Path, arguments: list[object], words: list[str]
) -> None:
    done = skyshade("track", small, *arguments, "--out", tmp_path / "out")
    assert done.code == 2 and done.err.count("\n") == 1, done.err
    assert all(word in done.err for word in words), done.err
    assert not (tmp_path / "out").exists()


def test_a_scenario_without_a_raid_says_so(skyshade: Run, tmp_path: Path) -> None:
    done = skyshade("track", "single-site", "--out", tmp_path / "out")
    assert done.code == 2 and "has no raid" in done.err
    done = skyshade("track", "raid-60x5", "--out", tmp_path / "out")
    assert done.code == 2 and "Did you mean 'raid-60x4'" in done.err
