"""`skyshade raid` as a user meets it: files, reproducibility, interruption, bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from e2e.conftest import Run, coloured
from raid_scenarios import SMALL as SCENARIO
from skyshade.cli._raid_run import UNFINISHED
from skyshade.engagement import Runner, compile_raid
from skyshade.scenario.load import load_scenario, scenario_names

FILES = ("outcomes.parquet", "runs.parquet", "replay.jsonl", "summary.json", "raid.png")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SCENARIO)
    return file


def test_a_raid_writes_outcomes_replay_summary_and_figure(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    flags = ("--replicates", 300, "--seed", 7, "--draw-replicates", 20, "--replays", 2)
    done = skyshade("raid", small, *flags, "--out", out)
    assert done.code == 0, done.err
    assert "got through with what is unknown" in done.out and "weak or assumed" in done.out
    rows = pq.read_table(out / "outcomes.parquet").to_pandas()
    assert len(rows) == 300 * 8
    assert set(rows["outcome"].unique()) <= {"killed", "leaked", "departed", "open"}
    killed = rows[rows["outcome"] == "killed"]
    assert killed["unit"].notna().all() and (killed["shots"] > 0).all()
    summary = json.loads((out / "summary.json").read_text())
    leaked = ((rows["outcome"] == "leaked") & (rows["group"] == "cruise")).mean() * 8 / 6
    assert summary["unknown_figures"]["vectors"] > 64  # drawn although nobody asked
    share = summary["outcomes"]["all"]["leaked"]
    assert share["value"] == pytest.approx(leaked, abs=1e-6)
    assert share["low"] <= share["value"] <= share["high"]
    assert sum(summary["leakers"]["histogram"]) == 300 and summary["threats"] == 6
    assert any(f["origin"] == "assumption" and f["weak"] for f in summary["figures"])
    runs = pq.read_table(out / "runs.parquet").to_pandas()
    fired = runs[[c for c in runs if c.startswith("fired_")]].sum(axis=1)
    spent = runs[["hit", "missed", "wasted", "lost"]].sum(axis=1)
    assert (fired >= spent).all() and fired.max() <= 16
    assert runs["n_leaked"].mean() == pytest.approx(6 * share["value"], abs=1e-5)
    lines = [json.loads(line) for line in (out / "replay.jsonl").read_text().splitlines()]
    assert [e["replicate"] for e in lines if e["event"] == "replicate"] == [0, 1]
    events = {e["event"] for e in lines}
    assert {"start", "track confirmed", "assigned", "launched"} <= events
    hits = [e for e in lines if e["event"] == "hit"]
    assert hits and all({"lon", "lat", "alt_m", "unit", "missile", "t_s"} <= e.keys() for e in hits)
    assert coloured(out / "raid.png") > 0.0


def test_the_same_bytes_on_any_number_of_threads(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    for name, workers in (("one", 1), ("two", 2), ("three", 3)):
        done = skyshade(
            "raid",
            small,
            "--replicates",
            500,
            "--seed",
            3,
            "--draws",
            0,
            "--workers",
            workers,
            "--out",
            tmp_path / name,
        )
        assert done.code == 0, done.err
    for file in FILES:
        bytes_ = {(tmp_path / n / file).read_bytes() for n in ("one", "two", "three")}
        assert len(bytes_) == 1, file


def test_blocks_of_any_size_hold_the_same_outcomes(small: Path) -> None:
    raid = compile_raid(load_scenario(small))
    whole = Runner(raid, 5).run(0, 60)
    parts = [Runner(raid, 5, workers=1).run(first, 20) for first in (0, 20, 40)]
    for k, array in enumerate(whole.arrays):
        assert np.array_equal(array, np.concatenate([p.arrays[k] for p in parts]))
    other = Runner(raid, 6).run(0, 60)
    assert not np.array_equal(whole.outcome, other.outcome)


def test_an_interrupted_run_goes_on_where_it_stopped(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out, command = tmp_path / "out", ["raid", str(small), "--replicates", "200000", "--seed", "1"]
    command += ["--draws", "0"]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from skyshade.cli import main; main()",
            *command,
            "--out",
            str(out),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "100"},
    )
    deadline = time.monotonic() + 240
    while len(list((out / UNFINISHED).glob("*.npz"))) < 2 and time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "replicates are kept in" in said and "Traceback" not in said
    assert not (out / "outcomes.parquet").exists()
    kept = sorted((out / UNFINISHED).glob("*.npz"))
    assert len(kept) >= 2
    kept[0].write_bytes(kept[0].read_bytes()[:1000])  # a truncated block is made again
    other = skyshade("raid", small, "--replicates", 200000, "--seed", 2, "--out", out)
    assert other.code == 2 and "another scenario, seed or version" in other.err
    for name in ("out", "fresh"):
        done = skyshade(*command, "--out", tmp_path / name)
        assert done.code == 0, done.err
    assert not (out / UNFINISHED).exists()
    for file in FILES:
        assert (out / file).read_bytes() == (tmp_path / "fresh" / file).read_bytes(), file


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  groups:\n    - id: cruise", "  groups: []\n  nothing:\n    - id: cruise", "too few"),
        ("count: 6", "count: 0", "allowed: a whole number, 1 to 4096"),
        ("count: 6", "count: -3", "out of bounds"),
        ("count: 6", "count: 1.5", "not a whole number"),
        ("count: 6", "count: 100000", "raid.groups[0].count: out of bounds"),
        ("duration: 15 min", "duration: 31 d", "duration"),
        ("distance: 120 km", "distance: 10 m", "distance"),
        ("target: fighter", "target: figther", "Did you mean 'fighter'"),
        ("{place: town}", "{place: twon}", "Did you mean 'town'"),
        ("{48N6E3: 8,", "{48N6E33: 8,", "Did you mean"),
        ("{48N6E3: 8,", "{48N6E: 8,", "does not have this missile"),
        ("defence: {", "defence: {channels: 0, ", "allowed: a whole number, 1 to 1000"),
        ("{doctrine: shoot-look-shoot}", "{doctrine: shoot-look-shoot, salvo: 2}", "looks after"),
        ("{doctrine: shoot-look-shoot}", "{doctrine: shoot-shoot, salvo: 1}", "two missiles"),
        ("{doctrine: shoot-look-shoot}", "{doctrine: shoot-shoot, max_shots: 1}", "fewer shots"),
        ("{doctrine: shoot-look-shoot}", "{kill_probability: {all: 1.5}}", "out of bounds"),
        ("{doctrine: shoot-look-shoot}", "{confirm: [3, 2]}", "more detections than scans"),
        ("{process: poisson, interval: 20 s}", "{process: poisson}", "needs an interval"),
        ("{process: poisson, interval: 20 s}", "{process: waves, interval: 1 min}", "waves"),
        ("      bearing: 90 deg\n", "", "need each other"),
        ("altitude: 5 km msl", "altitude: 5 km msl\n      profile: ballistic", "ballistic arc"),
        ("interval: 20 s}", "interval: 20 s, start: 20 min}", "raid.groups[0].arrival.start"),
        (
            "{process: poisson, interval: 20 s}",
            "{process: waves, waves: 9, interval: 10 s}",
            "raid.groups[0].arrival.waves: more waves",
        ),
        (
            "defence: {load",
            "defence: {stores: {48N6E3: 4}, load",
            "raid.rules.reload_time: without a reload time",
        ),
        ("defence: {load", "defence: {emission: silent, load", "every radar is silent"),
        (
            "{doctrine: shoot-look-shoot}",
            "{kill_probability: {48N6E3: {fighter: 2}}}",
            "raid.rules.kill_probability.48N6E3.fighter: out of bounds",
        ),
        ("part: radar", "part: raddar", "Did you mean 'radar'"),
        (
            "part: radar}\n      bearing: 90 deg\n      distance: 150 km",
            "part: radar}\n      path: [{lon: 75.001, lat: 20.001}]",
            "starts inside unit",
        ),
    ],
)
def test_bad_raids_get_one_line(
    skyshade: Run, tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in SCENARIO
    file = tmp_path / "bad.yaml"
    file.write_text(SCENARIO.replace(old, new))
    done = skyshade("raid", file, "--replicates", 10, "--out", tmp_path / "out")
    assert done.code == 2 and words in done.err, done.err
    assert str(file) in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", "-1"], "--seed: seed out of range"),
        (["--seed", str(2**64)], "--seed: seed out of range"),
        (["--replicates", "0"], "--replicates: number of replicates out of bounds"),
        (["--replays", "11"], "--replays"),
        (["--workers", "0"], "--workers: number out of bounds"),
        (["--backend", "gpu"], "--backend: unknown backend"),
    ],
)
def test_bad_flags_get_one_line(
    skyshade: Run, small: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = skyshade("raid", small, "--replicates", 10, *arguments, "--out", tmp_path / "out")
    assert done.code == 2 and words in done.err, done.err
    assert not (tmp_path / "out").exists()


def test_a_path_over_no_terrain_is_refused(skyshade: Run, small: Path, tmp_path: Path) -> None:
    small.write_text(
        SCENARIO.replace("smooth-earth", "globe30-south-asia").replace(
            "      bearing: 270 deg\n      distance: 120 km\n",
            "      path: [{lon: 50, lat: 20}]\n",
        )
    )
    done = skyshade("raid", small, "--replicates", 10, "--out", tmp_path / "out")
    assert done.code == 2 and "raid.groups[0]" in done.err and "terrain" in done.err


def test_a_scenario_without_a_raid_says_so(skyshade: Run, tmp_path: Path) -> None:
    done = skyshade("raid", "single-site", "--out", tmp_path / "out")
    assert done.code == 2 and "has no raid" in done.err


@pytest.mark.parametrize("name", [n for n in scenario_names() if load_scenario(n).raid is not None])
def test_shipped_raids_run_and_spend_no_more_than_they_have(name: str) -> None:
    raid = compile_raid(load_scenario(name))
    block = Runner(raid, 7).run(0, 64)
    fire = raid.plan.fire
    came = 0
    if np.isfinite(raid.plan.rules.resupply):
        came = fire.resupply.sum() * int(raid.raid.duration_s / raid.plan.rules.resupply)
    assert (block.fired.sum(axis=1) <= fire.load.sum() + fire.stores.sum() + came).all()
    assert (block.outcome > 0).any(axis=0).all()  # every target comes to something
