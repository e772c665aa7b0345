"""Recorded traffic: what is read from a file, how it is cut and sampled, what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skyshade.engagement._scalar_plan import CONFIRMED, DEPARTURE, DROPPED, RADAR_LOST
from skyshade.engagement.paths import flights
from skyshade.engagement.tracks import read_tracks
from skyshade.engagement.traffic import watched
from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario
from skyshade.terrain.dem import load_dem

HEADING = "flight,t,lat,lon,alt_ft\n"
SCENARIO = """\
schema: skyshade/scenario/1
name: test
title: Test
terrain: {dem: smooth-earth}
altitudes: [1 km msl]
sites:
  - id: site
    name: Site
    system: s-400
    position: {lon: 10, lat: 0}
    illustrative: true
    antenna: {value: 30 m, low: 30 m, high: 30 m, why: round}
    max_range: 100 km
raid:
  duration: 100 s
  step: 10 s
  groups:
    - id: friends
      target: fighter
      friendly: true
      tracks: tracks.csv
"""


def in_air(folder: Path, rows: str, scenario: str = SCENARIO) -> Any:
    """The only flight of a scenario with this file of tracks."""
    (folder / "tracks.csv").write_text(HEADING + rows)
    (folder / "scenario.yaml").write_text(scenario)
    case = load_scenario(folder / "scenario.yaml")
    assert case.raid is not None
    dem = load_dem("smooth-earth", around=(10.0, 0.0, 100e3))
    (flight,) = flights(case, case.raid, dem)
    return flight


def test_feet_metres_order_and_other_columns(tmp_path: Path) -> None:
    """Columns in any order, unknown ones not read; aircraft may alternate, first come first."""
    text = "who,alt_m,lon,lat,t,flight\nx,100,11,1,50,b\nx,200,12,2,40,a-1\nx,300,13,3,60,b\n"
    (tmp_path / "m.csv").write_text(text)
    a, b = read_tracks(tmp_path / "m.csv")
    assert (a.name, b.name) == ("a-1", "b")
    assert (b.t_s.tolist(), b.lon.tolist(), b.lat.tolist()) == ([50, 60], [11, 13], [1, 3])
    assert b.alt_m.tolist() == [100, 300]
    with gzip.open(tmp_path / "f.csv.gz", "wt") as file:
        file.write(HEADING + "a,0,1,11,1000\n")
    assert read_tracks(tmp_path / "f.csv.gz")[0].alt_m.tolist() == [304.8]


def test_cut_where_not_heard_of(tmp_path: Path) -> None:
    """120 s between records are bridged, 121 s are not."""
    (tmp_path / "t.csv").write_text(HEADING + "a,0,1,1,0\na,120,1,1,0\na,241,1,1,0\na,250,1,1,0\n")
    (track,) = read_tracks(tmp_path / "t.csv")
    assert [(p.name, p.t_s.tolist()) for p in track.pieces()] == [
        ("a", [0, 120]),
        ("a.2", [241, 250]),
    ]


def test_straight_between_records_and_over_the_date_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(HEADING + "a,5,1,179.9,1000\na,45,2,-179.7,3000\n")
    (track,) = read_tracks(tmp_path / "t.csv")
    sampled = track.every(10.0, 1e9)
    assert sampled.t_s.tolist() == [5, 15, 25, 35, 45]
    assert sampled.lat == pytest.approx([1, 1.25, 1.5, 1.75, 2])
    assert np.mod(sampled.lon, 360) == pytest.approx([179.9, 180, 180.1, 180.2, 180.3])
    assert np.abs(sampled.lon).max() <= 180
    assert sampled.alt_m == pytest.approx(np.linspace(304.8, 914.4, 5))
    assert track.every(10.0, 15.0).t_s.tolist() == [5, 15, 25]  # on its way when time is up


def test_each_piece_is_a_target_that_starts_at_its_own_time(tmp_path: Path) -> None:
    """The earliest record comes at the arrival's start; what comes after the raid is left out."""
    rows = (
        "a,1000,0,10.5,3000\na,1010,0,10.5,3000\na,1050,0,10.49,3000\n"
        "b,1020,0.1,10,3000\nb,1500,0.1,10,3000\nb,1510,0.1,10,3000\n"  # one record, then too late
        "c,1030,-0.1,10,-100\nc,1034,-0.1,10,-100\nc,1060,-0.1,10.001,-100\n"
    )
    late = SCENARIO + "      arrival: {start: 20 s}\n"
    flight = in_air(tmp_path, rows, late)
    assert flight.names == ("a", "c")
    assert flight.delay_s.tolist() == [20, 50]
    assert (flight.after.tolist(), flight.gap_s.tolist()) == ([-1, -1], [0, 0])
    a, c = flight.paths
    assert len(a.lon) == 6  # 50 s in steps of 10 s
    assert a.lon == pytest.approx([10.5, 10.5, 10.4975, 10.495, 10.4925, 10.49])
    # 0.0025 degrees of the equator in 10 s
    assert a.speed_mps[-1] == pytest.approx(0.0025 * 111_319.5 / 10, rel=1e-4)
    assert len(c.lon) == 4
    assert (c.alt_m == 0).all()  # below the ground by the altimeter: put on it
    assert (c.agl_m == 0).all()


def test_a_path_ends_just_after_the_raid(tmp_path: Path) -> None:
    """So that who is still flying is still on its way, not gone."""
    (path,) = in_air(tmp_path, "a,0,0,10.5,3000\na,100,0,10.4,3000\na,200,0,10.3,3000\n").paths
    assert len(path.lon) == 12


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file is empty"),
        (HEADING, 1, "there are no records in it"),
        ("flight,t,lat,lon,alt\na,0,1,1,1\n", 1, "no column alt_ft or alt_m"),
        ("flight,t,latt,lon,alt_m\na,0,1,1,1\n", 1, "Did you mean 'latt'"),
        (HEADING + "a,0,1,1,1\na,1,north,1,1\n", 3, r"lat: not a number \(got 'north'"),
        (HEADING + "a,0,1,1,\n", 2, "alt_ft: not a number .* Leave out records"),
        (HEADING + "a,0,91,1,1\n", 2, "lat: out of bounds"),
        (HEADING + "a,0,1,181,1\n", 2, "lon: out of bounds"),
        (HEADING + "a,nan,1,1,1\n", 2, "t: not a number"),
        (HEADING + "a,0,٤٥,1,1\n", 2, "lat: not a number"),
        (HEADING + "a,1_000,1,1,1\n", 2, "t: not a number"),
        (HEADING + "a,0,1,1,400000\n", 2, "alt_ft: out of bounds"),
        (HEADING + "a,5,1,1,1\nb,0,1,1,1\na,4,1,1,1\n", 4, "t: not after the record of 'a'"),
        (HEADING + "a,5,1,1,1\na,5,1,1,1\n", 3, "t: not after the record of 'a'"),
        (HEADING + ",5,1,1,1\n", 2, "flight: not the name of an aircraft"),
        (HEADING + "a,5,1\n", 2, "too few values"),
        (HEADING.replace(",", ";") + "a;0;1;1;1\n", 1, "separated by commas.*import tracks"),
    ],
)
def test_bad_files_name_line_and_field(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_tracks(tmp_path / "t.csv")
    assert (error.value.file, error.value.line) == (tmp_path / "t.csv", line)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_tracks(tmp_path / "none.csv")
    whole = gzip.compress((HEADING + "a,0,1,1,1\n").encode())
    for data in (whole[:-12], HEADING.encode()):
        (tmp_path / "t.csv.gz").write_bytes(data)
        with pytest.raises(InputError, match="not a whole gzip file"):
            read_tracks(tmp_path / "t.csv.gz")
    (tmp_path / "t.csv").write_bytes(b"flight\n\xff")
    with pytest.raises(InputError, match="line 2: not UTF-8"):
        read_tracks(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("friendly: true", "friendly: false", "recorded traffic is friendly"),
        (
            "target: fighter",
            "target: fighter\n      count: 2",
            r"line 20, raid\.groups\[0\]\.count: the file of",
        ),
        ("target: fighter", "target: fighter\n      altitude: 1 km msl", "altitude: the file of"),
        (
            "target: fighter",
            "target: fighter\n      arrival: {process: stream, interval: 1 s}",
            "when each aircraft comes",
        ),
    ],
)
def test_nothing_beside_the_file_says_who_flies(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        in_air(tmp_path, "a,0,0,10.5,3000\na,60,0,10.5,3000\n", SCENARIO.replace(old, new))


def test_complaints_about_the_whole_file(tmp_path: Path) -> None:
    many = "".join(f"{i},{t},0,10.5,1\n" for i in range(4097) for t in (0, 10))
    with pytest.raises(InputError, match=r"raid.groups\[0\]: too many targets .*4097"):
        in_air(tmp_path, many)
    with pytest.raises(InputError, match="no aircraft flies within"):
        in_air(tmp_path, "a,0,0,10.5,1\na,500,0,10.5,1\n")
    with pytest.raises(InputError, match="outside the terrain altogether"):
        in_air(tmp_path, "a,0,0,60,1\na,60,0,60,1\n")


def test_watched_counts_time_with_any_radars_track() -> None:
    """Two radars, two friends: by hand from a log; a lost radar loses what it held alone."""
    rows = [
        (10, CONFIRMED, 0, 0),
        (20, CONFIRMED, 0, 1),
        (30, DROPPED, 0, 0),
        (40, DROPPED, 0, 1),
        (45, CONFIRMED, 1, 1),
        (50, CONFIRMED, 0, 0),
        (55, CONFIRMED, 1, 0),
        (60, RADAR_LOST, 2, 0),
        (65, CONFIRMED, 2, 1),  # no friend
        (70, CONFIRMED, 0, 1),
        (80, DEPARTURE, 0, -1),
    ]
    log = np.array([(*row, -1, 0) for row in rows], float)
    raid: Any = SimpleNamespace(
        is_friendly=np.array([True, True, False]), raid=SimpleNamespace(duration_s=100.0)
    )
    found = watched(raid, log, np.array([5.0, 15.0, 0.0]))
    assert list(found) == [0, 1]
    assert (found[0].begin_s, found[0].end_s) == (5, 80)
    assert found[0].tracked == ((10, 40), (50, 60), (70, 80))
    assert found[0].drops == 2  # the last track ended with the flight
    assert (found[1].begin_s, found[1].end_s) == (15, 100)
    assert (found[1].tracked, found[1].drops) == (((45, 100),), 0)
