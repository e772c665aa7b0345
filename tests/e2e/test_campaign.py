"""`skyshade raid` beyond one run: until it is known, over ranges, two compared, figures drawn."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from e2e.conftest import Run, coloured
from raid_scenarios import SMALL

SWEEP = ("--sweep", "n_targets=2,6,12", "--sweep", "p_kill=0.5,0.9", "--replicates", 100)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


def _flat(said: str) -> str:
    """What was printed, without line breaks."""
    return " ".join(said.split())


def test_a_run_until_it_is_known_says_how_long_it_took(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    flags = ("--seed", 7, "--draws", 0)
    done = skyshade("raid", small, "--half-width", 0.03, *flags, "--out", out)
    assert done.code == 0, done.err
    assert "Monte-Carlo error alone, since nothing that is unknown was drawn" in _flat(done.out)
    assert "default figures alone" in _flat(done.out)
    summary = json.loads((out / "summary.json").read_text())
    share, n = summary["outcomes"]["all"]["leaked"], summary["replicates"]
    assert share["high"] - share["low"] <= 0.06 and "confidence sequence" in share["interval"]
    assert f"{n} replicates" in done.out and summary["headline"] in done.out
    assert n not in (64, 128, 256, 512, 1024)  # ends at the replicate, not at the portion
    rows = pq.read_table(out / "outcomes.parquet").to_pandas()
    assert rows["replicate"].max() == n - 1 and len(rows) == 8 * n
    again = tmp_path / "again"
    assert skyshade("raid", small, "--replicates", n, *flags, "--out", again).code == 0
    assert (again / "outcomes.parquet").stat().st_size > 0
    ours = rows.to_dict("list")
    theirs = pq.read_table(again / "outcomes.parquet").to_pandas().to_dict("list")
    assert ours == theirs  # a fixed run of that length is the same run


def test_the_draws_give_a_second_bar_and_a_ranking(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = skyshade(
        *("raid", small, "--replicates", 200, "--draws", 8, "--draw-replicates", 50),
        *("--indices", "--out", out),
    )
    assert done.code == 0, done.err
    summary = json.loads((out / "summary.json").read_text())
    drawn = summary["unknown_figures"]
    low, middle, high = drawn["leaked"]["all"]
    assert 0 <= low <= middle <= high <= 1 and high - low > 0.05
    assert f"{100 * low:.0f} to {100 * high:.0f} %" in summary["headline"]
    keys = [d["key"] for d in drawn["drivers"]]
    assert len(keys) == len(set(keys)) and drawn["vectors"] == 8 * (len(keys) + 2)
    totals = [d["total"]["value"] for d in drawn["drivers"]]
    assert totals == sorted(totals, reverse=True)
    assert any(k.startswith("kill probability of") for k in keys[:3])
    assert coloured(out / "unknowns.png") > 0.0
    assert not (out / ".unfinished").exists()
    for workers in (1, 3):
        other = tmp_path / f"on{workers}"
        skyshade(
            "raid",
            small,
            "--replicates",
            200,
            "--draws",
            8,
            "--draw-replicates",
            50,
            "--indices",
            "--workers",
            workers,
            "--out",
            other,
        )
        for file in ("summary.json", "unknowns.png"):
            assert (other / file).read_bytes() == (out / file).read_bytes()


def test_a_sweep_has_a_row_per_point_replicate_and_target(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = skyshade("raid", small, *SWEEP, "--draws", 4, "--draw-replicates", 20, "--out", out)
    assert done.code == 0, done.err
    assert "6 design points" in done.out and "with unknown figures" in done.out
    table = pq.read_table(out / "sweep.parquet").to_pandas()
    assert table["n_targets"].tolist() == [2, 2, 6, 6, 12, 12]
    assert (table["leaked_low"] <= table["leaked"]).all()
    assert (table["leaked_p5"] <= table["leaked_p95"]).all()
    better = table[table.p_kill == 0.9]["leaked"].to_numpy()
    worse = table[table.p_kill == 0.5]["leaked"].to_numpy()
    assert (better <= worse).all() and better[0] < worse[-1]
    import duckdb
    import pandas as pd
    import polars as pl

    rows = pd.concat(map(pd.read_parquet, sorted((out / "outcomes").glob("*.parquet"))))
    assert len(rows) == 100 * (2 + 2 + 6 + 6 + 12 + 12)
    glob = f"{out}/outcomes/*.parquet"
    theirs = pl.scan_parquet(glob).select(pl.len()).collect().item()
    [(counted,)] = duckdb.execute(f"select count(*) from '{glob}'").fetchall()
    assert theirs == counted == len(rows)
    query = (
        "select point, avg((outcome = 'leaked')::int) as leaked "
        f"from '{glob}' where \"group\" = 'cruise' group by point order by point"
    )
    assert duckdb.execute(query).df()["leaked"].to_numpy() == pytest.approx(
        table["leaked"].to_numpy(), abs=1e-5
    )
    points = json.loads((out / "summary.json").read_text())["points"]
    assert [p["settings"]["n_targets"] for p in points] == table["n_targets"].tolist()


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(f.relative_to(folder)): f.read_bytes()
        for f in sorted(folder.rglob("*"))
        if f.is_file() and f.name != "manifest.json"
    }


def test_the_same_bytes_on_any_number_of_threads_and_after_a_loss(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    assert skyshade("raid", small, *SWEEP, "--workers", 2, "--out", out).code == 0
    whole = _bytes(out)
    assert skyshade("raid", small, *SWEEP, "--workers", 1, "--out", other).code == 0
    assert _bytes(other) == whole
    parts = sorted((out / "outcomes").glob("*.parquet"))
    parts[1].write_bytes(parts[1].read_bytes()[:-40])  # truncated
    parts[2].write_bytes(b"")
    parts[4].unlink()
    (out / "sweep.parquet").unlink()
    kept = parts[0].stat().st_mtime_ns
    assert skyshade("raid", small, *SWEEP, "--out", out).code == 0
    assert _bytes(out) == whole
    assert parts[0].stat().st_mtime_ns == kept  # what was whole is not made again


def test_a_killed_sweep_goes_on_where_it_was(skyshade: Run, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    pieces = 24
    sweep = ["--sweep", f"n_targets=1:{pieces}", "--replicates", "3000", "--workers", "1"]
    asked = ["raid", str(small), *sweep, "--out"]
    start = [sys.executable, "-c", "from skyshade.cli import main; main()"]
    run = subprocess.Popen(
        [*start, *asked, str(out)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    parts = out / "outcomes"
    until = time.monotonic() + 120
    while len(list(parts.glob("*.parquet"))) < 3 and time.monotonic() < until:
        assert run.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    done = len(list(parts.glob("*.parquet")))
    assert run.returncode == 130, said
    assert b"pieces are kept" in said and b"Traceback" not in said
    assert 3 <= done < pieces and not (out / "sweep.parquet").exists()
    assert not list(parts.glob("*.unfinished"))
    assert skyshade(*asked, out).code == 0
    straight = tmp_path / "straight"
    assert skyshade(*asked, straight).code == 0
    assert _bytes(out) == _bytes(straight)


def test_results_of_another_sweep_are_refused_and_left_alone(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert skyshade("raid", small, *SWEEP, "--out", out).code == 0
    before = _bytes(out)
    for change in (("--seed", 5), ("--draws", 4), ("--no-rows",)):
        done = skyshade("raid", small, *SWEEP, *change, "--out", out)
        assert done.code == 2 and "results of another scenario, sweep, seed or version" in done.err
    small.write_text(SMALL.replace("distance: 120 km", "distance: 110 km"))
    done = skyshade("raid", small, *SWEEP, "--out", out)
    assert done.code == 2 and "Nothing was changed" in done.err and done.err.count("\n") == 1
    assert _bytes(out) == before


def test_a_full_disk_ends_a_sweep_with_one_line(
    skyshade: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) > 7:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        done = skyshade("raid", small, *SWEEP, "--workers", 1, "--out", out)
    assert done.code == 1 and "no space left" in done.err and done.err.count("\n") == 1
    assert not (out / "sweep.parquet").exists()
    assert skyshade("raid", small, *SWEEP, "--workers", 1, "--out", out).code == 0


def test_without_rows_the_answers_are_the_same(skyshade: Run, small: Path, tmp_path: Path) -> None:
    out, bare = tmp_path / "out", tmp_path / "bare"
    assert skyshade("raid", small, *SWEEP, "--out", out).code == 0
    assert skyshade("raid", small, *SWEEP, "--no-rows", "--out", bare).code == 0
    assert (out / "sweep.parquet").read_bytes() == (bare / "sweep.parquet").read_bytes()
    assert all(pq.read_metadata(f).num_rows == 0 for f in (bare / "outcomes").glob("*.parquet"))


@pytest.mark.parametrize(
    ("axes", "drawn"),
    [
        (("n_targets=2,4,8",), True),
        (("n_targets=2,4", "p_kill=0.3:0.9:7"), True),
        (("n_targets=2:8", "p_kill=0.3:0.9:7"), True),
        (("bearing=0,90,180,270", "altitude=100,1000", "n_targets=3"), True),
        (("n_targets=2,4", "p_kill=0.5,0.7", "channels=2,6"), True),
        (("n_targets=2",), False),
    ],
)
def test_sweeps_along_a_field_are_drawn(
    skyshade: Run, small: Path, tmp_path: Path, axes: tuple[str, ...], drawn: bool
) -> None:
    flags = [word for axis in axes for word in ("--sweep", axis)]
    out = tmp_path / "out"
    done = skyshade("raid", small, *flags, "--replicates", 8, "--out", out)
    assert done.code == 0, done.err
    assert (out / "sweep.png").exists() == drawn
    assert ("Only a sweep along a field with several values is drawn" in done.out) != drawn
    headline = json.loads((out / "summary.json").read_text())["headline"]
    assert "azimuth" not in headline and "altitude" not in headline  # no way through is named


def test_a_design_with_draws_shows_the_unknowns(skyshade: Run, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    axes = ("--sweep", "sites.unit.antenna=5:39", "--sweep", "groups.cruise.count=4:12")
    flags = ("--design", "sobol", "--points", 8, "--draws", 32, "--draw-replicates", 20)
    done = skyshade("raid", small, *axes, *flags, "--replicates", 50, "--out", out)
    assert done.code == 0, done.err
    assert "8 design points" in done.out and "what decides it" in done.out
    assert "Unknown figures over all 8 points" in done.out
    summary = json.loads((out / "summary.json").read_text())
    assert summary["design"] == "sobol" and summary["headline"] in " ".join(done.out.split())
    first = summary["draws"]["drivers"][0]
    assert first["method"] == "rank correlation"
    assert "kill probability of 48N6E3" in {d["key"] for d in summary["draws"]["drivers"]}
    most = max(summary["points"], key=lambda p: p["leaked"]["value"])
    assert most["drivers"][0]["share"] == max(d["share"] for d in most["drivers"])
    assert summary["axes"]["sites.unit.antenna"] == {
        "label": "antenna of unit",
        "unit": "m",
        "values": None,
        "between": [5.0, 39.0],
    }
    table = pq.read_table(out / "sweep.parquet").to_pandas()
    assert table["sites.unit.antenna"].between(5, 39).all() and len(table) == 8
    assert "kill probability of 48N6E3" in set(table["unknown"])
    assert coloured(out / "sweep.png") > 0.0


def test_two_designs_are_compared_with_the_same_luck(
    skyshade: Run, small: Path, tmp_path: Path
) -> None:
    better = tmp_path / "better.yaml"
    better.write_text(
        SMALL.replace("load: {48N6E3: 8, 9M96E2: 8}", "load: {48N6E3: 12, 9M96E2: 8}")
    )
    out = tmp_path / "out"
    done = skyshade("raid", "compare", small, better, "--replicates", 400, "--out", out)
    assert done.code == 0, done.err
    found = json.loads((out / "compare.json").read_text())
    d = found["difference_b_minus_a"]["all"]
    assert d["low"] <= d["value"] <= d["high"] and d["value"] < 0
    assert d["value"] == pytest.approx(
        found["leaked"]["all"]["b"]["value"] - found["leaked"]["all"]["a"]["value"], abs=2e-6
    )
    assert coloured(out / "compare.png") > 0.0
    same = skyshade("raid", "compare", small, small, "--replicates", 300, "--out", out)
    assert same.code == 0, same.err
    d = json.loads((out / "compare.json").read_text())["difference_b_minus_a"]["all"]
    assert d == {"value": 0.0, "low": -0.01, "high": 0.01, "replicates_saved_factor": None}
    until = skyshade("raid", "compare", small, better, "--half-width", 0.05, "--out", out)
    assert until.code == 0, until.err
    d = json.loads((out / "compare.json").read_text())["difference_b_minus_a"]["all"]
    assert d["high"] - d["low"] <= 0.1 + 1e-6


def test_pairing_is_worth_it(small: Path) -> None:
    """Two kill probabilities: the paired interval is narrower than independent runs' would be."""
    from skyshade.campaign import compare
    from skyshade.campaign.axes import at_point
    from skyshade.engagement import compile_raid
    from skyshade.scenario.load import load_scenario

    scenario = load_scenario(small)
    found = compare(
        compile_raid(at_point(scenario, {"p_kill": 0.7})),
        compile_raid(at_point(scenario, {"p_kill": 0.72})),
        replicates=1000,
    )
    d = found.difference()
    assert d.gain > 1.5 and np.isfinite(d.low)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--half-width", 0), "half-width out of bounds (got 0.0; allowed: 0.0001"),
        (("--half-width", 1), "half-width out of bounds"),
        (
            ("--half-width", 0.01, "--replicates", 100),
            "--half-width: a run has a number of replicates or a half-width, not both",
        ),
        (("--draws", 3), "--draws: a Sobol sequence is balanced only at powers of two"),
        (("--draws", -2), "a Sobol sequence is balanced only at powers of two"),
        (("--draws", 4, "--draw-replicates", 0), "--draw-replicates: number out of bounds"),
        (("--sweep", "speeed=1:2"), "unknown field of a sweep 'speeed'"),
        (("--sweep", "n_target=1:2"), "Did you mean 'n_targets'?"),
        (("--sweep", "sites.unt.antenna=5:39:3"), "Did you mean 'sites.unit.antenna'"),
        (("--sweep", "rules.losses=0,1"), "--sweep: not a number, so it cannot be swept"),
        (("--sweep", "sites.unit.antenna=5 kg,6 kg"), "unknown unit 'kg' for a length"),
        (("--sweep", "p_kill=0:1"), "a grid needs the number of values"),
        (
            ("--sweep", "channels=1:2", "--sweep", "defence.channels=3:4"),
            "these two fields set the same thing",
        ),
        (("--sweep", "p_kill=0:1", "--design", "lhs"), "--points: this design needs a number"),
        (
            ("--sweep", "p_kill=0:1", "--design", "sobol", "--points", 9),
            "--points: a Sobol sequence is balanced only at powers of two",
        ),
        (("--sweep", "p_kill=0:1", "--design", "lsh"), "--design: unknown design 'lsh'"),
        (("--design", "lhs", "--points", 9), "--design: only a sweep has a design"),
        (("--points", 9), "--points: only a sweep has a design"),
        (("--sweep", "n_targets=9:1"), "the range is reversed"),
        (
            ("--sweep", "n_targets=1:4000", "--sweep", "p_kill=0:1:2500"),
            "4,000 x 2,500 = 10,000,000",
        ),
        (("--sweep", "n_targets=1:2", "--backend", "cuda"), "sweeps run on the CPU"),
        (("--no-rows",), "only a sweep can leave out the rows"),
        (
            ("--scheduler", "tcp://127.0.0.1:1", "--draws", 0),
            "--scheduler: a scheduler serves sweeps and draws",
        ),
    ],
)
def test_bad_input_is_one_line(
    skyshade: Run, small: Path, tmp_path: Path, flags: tuple[object, ...], said: str
) -> None:
    out = tmp_path / "out"
    done = skyshade("raid", small, *flags, "--out", out)
    assert done.code == 2 and said in done.err, done.err
    assert done.err.count("\n") == 1 and not out.exists()


def test_a_sweep_of_what_is_not_there_is_one_line(skyshade: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = skyshade("raid", "single-site", "--sweep", "n_targets=1:3", "--out", out)
    assert done.code == 2 and "has no raid" in done.err and done.err.count("\n") == 1
    done = skyshade("raid", "ballistic", "--sweep", "altitude=100,200", "--out", out)
    assert done.code == 2 and "no group of this raid flies level" in done.err
    assert not out.exists()


def test_the_names_of_the_raid_commands(skyshade: Run, small: Path, tmp_path: Path) -> None:
    shown = skyshade("raid", "--help").out
    assert "compare" in shown and "run" in shown
    assert "--half-width" in skyshade("raid", small, "--help").out
    assert skyshade("raid", "no-such-raid").code == 2
