"""Real and made-up tracks through `skyshade raid`: seen, masked, dropped, never shot at."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine

from e2e.conftest import Run, coloured

ROOT = Path(__file__).parents[2]
SCAN_S = 12.0  # of the 91N6E, as in the catalogue
SCENARIO = """\
schema: skyshade/scenario/1
name: ridge
title: A ridge
terrain: {dem: ridge.tif}
altitudes: [1 km msl]
sites:
  - id: site
    name: Site
    system: s-400
    position: {lon: 10, lat: 0}
    illustrative: true
    antenna: {value: 30 m, low: 30 m, high: 30 m, why: a round figure for a check by hand}
    max_range: 100 km
raid:
  duration: 800 s
  rules: {detection: certain, confirm: [2, 3], coast: 3}
  groups:
    - id: friends
      target: fighter
      friendly: true
      tracks: tracks.csv
"""


@pytest.fixture
def ridge(tmp_path: Path) -> Path:
    """Sea level, and a wall 2 km high that stands 0.2 degrees east of the site, 10 E 0 N.

    It begins 0.05 degrees north of the site's latitude and goes on to the south.
    """
    cell = 1 / 120
    heights = np.zeros((264, 264), np.int16)
    rows, cols = np.mgrid[0:264, 0:264]
    lon, lat = 8.9 + (cols + 0.5) * cell, 1.1 - (rows + 0.5) * cell
    heights[(np.abs(lon - 10.2) < cell) & (lat < 0.05)] = 2000
    with rasterio.open(
        tmp_path / "ridge.tif",
        "w",
        driver="GTiff",
        width=264,
        height=264,
        count=1,
        dtype="int16",
        crs="EPSG:4326",
        transform=Affine(cell, 0, 8.9, 0, -cell, 1.1),
    ) as raster:
        raster.write(heights, 1)
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    lines = ["flight,t,lat,lon,alt_m"]
    for t in range(0, 701, 10):
        south = 0.4 - 0.001 * t
        lines.append(f"passes,{t},{south:.4f},10.4,300")
        lines.append(f"over,{t},{south:.4f},10.4,5000")
        if south < 0.06:
            lines.append(f"behind,{t},{south:.4f},10.4,300")
        if t <= 600:
            lines.append(f"far,{t},0,{8.5 + 0.002 * t:.4f},10000")
    (tmp_path / "tracks.csv").write_text("\n".join(lines))
    return tmp_path


def test_ridge_and_range_decide_who_is_tracked(ridge: Path, skyshade: Run, tmp_path: Path) -> None:
    """By hand: the wall's end hides what flies low at 0.4 degrees east south of 0.1 north.

    Five kilometres high one sees over it: the line over its top rises by 87 m a kilometre and
    stands at 4.0 km there. The hundred kilometres of the range end 0.898 degrees west of the site.
    """
    run = skyshade("raid", ridge / "scenario.yaml", "--replicates", 5, "--out", tmp_path / "out")
    assert run.code == 0, run.err
    assert "friendly traffic" in run.out
    assert "Rounds fired per replicate: none." in run.out
    assert "got through" not in run.out
    events = [json.loads(line) for line in (tmp_path / "out/replay.jsonl").open()]
    seen: dict[str, list[tuple[str, float]]] = {}
    for event in events:
        if event["event"].startswith("track"):
            seen.setdefault(event["target"], []).append((event["event"], event["t_s"]))
    assert set(seen) == {"friends-passes", "friends-over", "friends-far"}
    (confirmed, at), (dropped, until) = seen["friends-passes"]
    assert (confirmed, dropped) == ("track confirmed", "track dropped")
    assert SCAN_S <= at <= 2 * SCAN_S  # two scans
    hidden, two_cells = 300.0, 2 / 120 / 0.001  # it flies 0.001 degrees a second
    assert hidden + 3 * SCAN_S - two_cells <= until <= hidden + 4 * SCAN_S + two_cells
    ((confirmed, at),) = seen["friends-over"]
    assert SCAN_S <= at <= 2 * SCAN_S
    ((confirmed, at),) = seen["friends-far"]
    in_range = (10 - 0.8983 - 8.5) / 0.002
    assert in_range + SCAN_S - 1 <= at <= in_range + 2 * SCAN_S + 1

    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert (summary["threats"], summary["targets"]) == (0, 4)
    assert summary["leakers"]["histogram"] == [5]
    assert summary["leakers"]["p95"] == 0
    traffic = summary["traffic"]["groups"]["friends"]
    assert traffic["ever_tracked"] == 0.75
    assert traffic["drops_per_target"] == 0.25
    # in the air 700, 700, 360 and 600 s; tracked from about 18 s to 342, 18 to 700 and 319 to 600
    assert traffic["time_tracked"] == pytest.approx((324 + 682 + 281) / 2360, abs=0.02)
    assert coloured(tmp_path / "out/raid.png") > 0.0


def test_without_the_ridge_all_are_tracked(ridge: Path, skyshade: Run, tmp_path: Path) -> None:
    (ridge / "scenario.yaml").write_text(SCENARIO.replace("ridge.tif", "smooth-earth"))
    run = skyshade("raid", ridge / "scenario.yaml", "--replicates", 2, "--out", tmp_path / "out")
    assert run.code == 0, run.err
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["traffic"]["groups"]["friends"]["ever_tracked"] == 1.0
    assert summary["traffic"]["groups"]["friends"]["drops_per_target"] == 0.0


def test_nothing_is_fired_at_friends(ridge: Path, skyshade: Run, tmp_path: Path) -> None:
    """The same aircraft on nearly the same path: shot at as a threat, no_engage as a friend."""
    threat = """\
    - id: threats
      target: fighter
      count: 4
      path: [{lon: 9.5, lat: 0.3}, {lon: 9.5, lat: -0.3}]
      altitude: 5 km msl
"""
    (ridge / "scenario.yaml").write_text(SCENARIO + threat)
    lines = [f"f{i},{t},{0.3 - 0.002 * t:.4f},9.5,5000" for i in range(4) for t in (0, 100, 200)]
    (ridge / "tracks.csv").write_text("flight,t,lat,lon,alt_m\n" + "\n".join(lines))
    run = skyshade("raid", ridge / "scenario.yaml", "--replicates", 50, "--out", tmp_path / "out")
    assert run.code == 0, run.err
    assert "│ all " in run.out and "Of 4 fighter aircraft" in run.out
    assert "group friends" not in run.out
    outcomes = pd.read_parquet(tmp_path / "out/outcomes.parquet")
    shots = outcomes.groupby("group", observed=True)["shots"].agg(["sum", "size"])
    assert shots.loc["friends"].tolist() == [0, 200]
    assert shots.loc["threats", "sum"] >= 200  # someone is really shot at
    friends = outcomes[outcomes["group"] == "friends"]
    assert set(friends["outcome"]) == {"departed"}
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["threats"] == 4
    assert summary["traffic"]["groups"]["friends"]["ever_tracked"] == 1.0


def test_the_example_runs(skyshade: Run, tmp_path: Path) -> None:
    """As shipped; its targets are counted here once more, with other tools."""
    folder = ROOT / "examples/adsb-alps"
    run = skyshade("raid", folder / "scenario.yaml", "--replicates", 2, "--out", tmp_path / "out")
    assert run.code == 0, run.err
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    with gzip.open(folder / "tracks.csv.gz") as file:
        records = pd.read_csv(file)
    records = records[records["t"] < records["t"].min() + 15 * 3600]
    gap = records.groupby("flight")["t"].diff() > 120
    pieces = records.groupby([records["flight"], gap.groupby(records["flight"]).cumsum()])["t"]
    assert summary["targets"] == int((pieces.max() - pieces.min() >= 10).sum())
    assert summary["threats"] == 0
    assert all(fired["mean"] == 0 for fired in summary["rounds_fired"].values())
    traffic = summary["traffic"]["groups"]["traffic"]
    assert 0.1 < traffic["time_tracked"] < traffic["ever_tracked"] < 0.9


def test_bad_tracks_name_file_and_line(ridge: Path, skyshade: Run) -> None:
    (ridge / "tracks.csv").write_text("flight,t,lat,lon,alt_m\na,0,0,10.4,north\n")
    run = skyshade("raid", ridge / "scenario.yaml")
    assert run.code == 2
    assert f"{ridge / 'tracks.csv'}, line 2, alt_m: not a number (got 'north'" in run.err
    (ridge / "tracks.csv").unlink()
    run = skyshade("raid", ridge / "scenario.yaml")
    assert run.code == 2
    assert f"{ridge / 'tracks.csv'}, raid.groups[0].tracks: no such file" in run.err
    (ridge / "tracks.csv").write_text("flight,t,lat,lon,alt_m\na,0,0,60,1\na,9,0,60,1\n")
    run = skyshade("raid", ridge / "scenario.yaml")
    assert run.code == 2
    assert "scenario.yaml, line 21, raid.groups[0].tracks: the tracks lie" in run.err
    assert "Traceback" not in run.err
    assert not Path("out").exists()
