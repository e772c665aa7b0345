"""Recorded traffic in the formats that people have; every record here is made up."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from skyshade.cli import imports
from skyshade.engagement.recordings import read_recording
from skyshade.engagement.tracks import read_tracks
from skyshade.errors import InputError

HEAVY = [(100.0, 47.0, 8.0, 3048.0), (110.0, 47.01, 8.01, 3060.2), (120.0, 47.02, 8.02, 3078.5)]
T0 = 1_700_000_000  # 2023-11-14 22:13:20 UTC


def feet(metres: float) -> float:
    return metres / 0.3048


OPENSKY = (
    "time,icao24,lat,lon,velocity,onground,baroaltitude,geoaltitude,lastposupdate\n"
    + "".join(
        f"{T0 + t},4b1815,{lat},{lon},200,False,{alt - 50},{alt},{T0 + t}\n"
        for t, lat, lon, alt in HEAVY
    )
)
STATES = {
    "time": T0,
    "states": [
        ["4b1815", "SWR1 ", "CH", T0 + t, T0 + t, lon, lat, alt - 50, False, 200, 0, 0, None, alt]
        for t, lat, lon, alt in HEAVY
    ]
    + [["4b1816", "", "CH", T0, T0, 8.5, 47.4, None, True, 0, 0, 0, None, None]],
}
READSB = "\n".join(
    json.dumps(
        {
            "now": T0 + t + 1.5,
            "aircraft": [
                {"hex": "4b1815", "lat": lat, "lon": lon, "alt_geom": feet(alt), "seen_pos": 1.5},
                {"hex": "4b1816", "alt_baro": "ground", "lat": 47.4, "lon": 8.5},
                {"hex": "4b1817", "alt_baro": 9000},
            ],
        }
    )
    for t, lat, lon, alt in HEAVY
)
TRACE = {
    "icao": "4b1815",
    "timestamp": T0,
    "trace": [[t, lat, lon, feet(alt), 300, 45] for t, lat, lon, alt in HEAVY]
    + [[150, 47.0, 8.0, "ground"]],
}
SBS = "".join(
    f"MSG,3,1,1,4B1815,1,2023/11/14,22:{13 + t // 60:02.0f}:{t % 60:06.3f},"
    f"2023/11/14,22:15:00.000,,{feet(alt):.2f},,,{lat},{lon},,,0,0,0,0\n"
    "MSG,4,1,1,4B1815,1,2023/11/14,22:15:00.000,2023/11/14,22:15:00.000,,,300,45,,,0,,,,,\n"
    for t, lat, lon, alt in HEAVY
)
FR24 = "Timestamp,UTC,Callsign,Position,Altitude,Speed,Direction\n" + "".join(
    f'{T0 + t:.0f},2023-11-14T22:15:00Z,SWR1,"{lat},{lon}",{feet(alt):.2f},400,45\n'
    for t, lat, lon, alt in HEAVY
)
ACMI = (
    "FileType=text/acmi/tacview\nFileVersion=2.2\n0,ReferenceTime=2023-11-14T22:13:20Z\n"
    "0,ReferenceLongitude=8,ReferenceLatitude=47\n0,Title=a \\\ntitle of two lines\n"
    "a01,T=0|0|3048|||45,Type=Air+FixedWing,Name=A320\nb02,T=0.5|0.5|0,Type=Ground+Vehicle\n"
    "#10\na01,T=0.01|0.01|3060.2\n#20\na01,T=0.02|0.02|3078.5\n#21\n-a01\n"
)
GERMAN = "Zeit;Kennung;Breite;Länge;Höhe\n" + "".join(
    f"{t};4b1815;{lat};{lon};{feet(alt):.2f}\n".replace(".", ",") for t, lat, lon, alt in HEAVY
)
MAPPED = {"t": "Zeit", "flight": "Kennung", "lat": "Breite", "lon": "Länge", "alt_ft": "Höhe"}


@pytest.mark.parametrize(
    ("text", "format_", "columns", "left_out"),
    [
        (OPENSKY, "OpenSky state vectors (CSV)", None, {}),
        (json.dumps(STATES), "OpenSky state vectors (JSON)", None, {"on the ground": 1}),
        (
            READSB,
            "readsb or dump1090 JSON",
            None,
            {"on the ground": 3, "without a position": 3},
        ),
        (json.dumps(TRACE), "readsb trace", None, {"on the ground": 1}),
        (SBS, "SBS BaseStation", None, {"without a position": 3}),
        (FR24, "Flightradar24 CSV", None, {}),
        (ACMI, "ACMI 2.x", None, {"not an aircraft": 1}),
        ("\ufeff" + GERMAN, "CSV", MAPPED, {}),
    ],
    ids=["opensky csv", "opensky json", "readsb", "trace", "sbs", "fr24", "acmi", "own columns"],
)
def test_formats(
    tmp_path: Path,
    text: str,
    format_: str,
    columns: dict[str, str] | None,
    left_out: dict[str, int],
) -> None:
    """One aircraft at three places, in each format, becomes the same track."""
    file = tmp_path / "recorded"
    file.write_text(text, "utf-8")
    found = read_recording(file, columns)
    assert (found.format, found.left_out, found.n_flights) == (format_, left_out, 1)
    start = found.records[0].t_s
    for record, (t, lat, lon, alt) in zip(found.records, HEAVY, strict=True):
        assert record.t_s - start == pytest.approx(t - 100, abs=1e-3)
        assert (record.lat, record.lon) == pytest.approx((lat, lon), abs=1e-9)
        assert record.alt_m == pytest.approx(alt, abs=0.01)
    (tmp_path / "t.csv").write_text(found.csv())
    (track,) = read_tracks(tmp_path / "t.csv")
    assert track.alt_m == pytest.approx([a for *_, a in HEAVY], abs=0.1)
    assert set(found.mapping) & {"flight"}


def test_packed_recordings(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(OPENSKY.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip.acmi", "w") as archive:
        archive.writestr("a.txt.acmi", ACMI)
    for name in ("a.csv.gz", "a.zip.acmi"):
        assert len(read_recording(tmp_path / name).records) == 3


PLAIN = "flight,t,lat,lon,alt_ft\n"


@pytest.mark.parametrize(
    ("rows", "said", "kept"),
    [
        ("a,0,47,8,9000\na,10,0,0,9000\na,20,47.01,8,9000\n", "line 3, a: position 0, 0", 2),
        ("a,0,47,8,9000\na,10,95e-1,8,9000\na,20,47.01,8,9000\n", "line 3, a: 417 km/s", 2),
        ("a,0,9.5,8,9000\na,10,47,8,9000\na,20,47.01,8,9000\n", "line 2, a: 417 km/s", 2),
        ("a,0,47,8,9000\na,0,48,8,9000\na,20,47.01,8,9000\n", "line 3, a: 111 km from line 2", 2),
        ("a,0,47,8,9000\na,20,47.01,8,9000\na,10,47.5,8,9000\n", "line 4, a: 5560 m/s", 2),
    ],
)
def test_what_cannot_be_true_is_named_and_dropped_on_request(
    tmp_path: Path, rows: str, said: str, kept: int
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(PLAIN + rows)
    with pytest.raises(InputError, match="1 records cannot be true") as error:
        read_recording(file)
    assert said in str(error.value) and "--drop-implausible" in str(error.value)
    found = read_recording(file, drop=True)
    assert len(found.records) == kept and len(found.implausible) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[]", "no recording that is known"),
        ("{", "not JSON"),
        ("flight,t,lat,alt_ft\na,0,1,2\n", "no column looks like lon"),
        ("flight,t,lat,lon\na,0,1,2\n", "no column looks like alt_ft"),
        (PLAIN + "a,0,47,5,8,9000\n", "line 2: 6 values.*decimal comma"),
        (PLAIN + "a,noon,47,8,9000\n", "line 2, t: not a number"),
        (PLAIN + "a,0,47,208,9000\n", "line 2, lon: out of bounds"),
        (PLAIN + "a,0,,,9000\n", "no record says.*1 without a position"),
        ("FileType=text/acmi/tacview\nFileVersion=2.2\n#x\n", "line 3: not a time"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_recording(file)
    assert error.value.file == file


def test_the_command_shows_the_mapping(tmp_path: Path) -> None:
    app = typer.Typer()
    imports.register(app)

    def run(*args: Any) -> Any:
        return CliRunner().invoke(
            app, ["import", "tracks", *map(str, args)], catch_exceptions=False
        )

    (tmp_path / "a.csv").write_text(OPENSKY + f"{T0 + 125},4b1815,0,0,200,False,1,1,1\n")
    with pytest.raises(InputError, match="line 5, 4b1815: position 0, 0"):
        run(tmp_path / "a.csv", "--out", tmp_path / "t.csv.gz")
    assert not (tmp_path / "t.csv.gz").exists()
    shown = run(tmp_path / "a.csv", "--drop-implausible", "--out", tmp_path / "t.csv.gz").stdout
    assert "flight    from icao24" in shown and "alt_m     from geoaltitude" in shown
    assert "3 records of 1 aircraft" in shown and "1 that cannot be true" in shown
    assert len(read_tracks(tmp_path / "t.csv.gz")[0].t_s) == 3
    with pytest.raises(InputError, match="unknown field 'height'"):
        run(tmp_path / "a.csv", "--columns", "height=geoaltitude")
