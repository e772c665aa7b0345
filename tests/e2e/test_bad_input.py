"""Bad input: one clear line, exit code 2, no traceback, and nothing written."""

from __future__ import annotations

import contextlib
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.conftest import Run

HERE = ["--site", "75.5,30.5"]
NEAR = ["--max-range", "20km"]
HILLS = ["coverage", "--dem", "dems/hills.tif", *HERE]

SCENARIO = """\
schema: skyshade/scenario/1
name: two-units
title: Two units in the hills
terrain: {dem: dems/hills.tif, outside: unknown}
altitudes: [100 m agl, 3 km msl]
sites:
  - id: west
    name: West
    system: s-400
    radar: 91N6E
    position: {lon: 75.4, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 20 km
    events:
      - {kind: operational, date: 2022-04, confidence: low, assumed: true}
  - id: east
    name: East
    system: s-400
    position: {lon: 75.6, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 20 km
    events:
      - {kind: operational, date: 2023-04, confidence: low, assumed: true}
places:
  - {id: town, name: Town, kind: city, position: {lon: 75.5, lat: 30.6}, sources: [atlas]}
sources:
  atlas: {title: An atlas, outlet: A publisher}
"""


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file and folder below, links not followed, with the contents of files."""
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b""
        for p in sorted(folder.rglob("*"))
        if p.name != "dems"
    }


def check_refused(run: Run, folder: Path, args: list[str], *words: str, code: int = 2) -> str:
    """Run, expect a refusal of one line with all `words` in it; returns that line."""
    before = everything_in(folder)
    outcome = run(*args)
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("skyshade: ")
    assert outcome.err.count("\n") == 1, outcome.err
    assert len(outcome.err) < 600
    for word in words:
        assert word in outcome.err
    assert everything_in(folder) == before
    return outcome.err


@pytest.fixture
def refused(skyshade: Run, tmp_path: Path) -> Callable[..., str]:
    def check(args: list[str], *words: str, code: int = 2) -> str:
        return check_refused(skyshade, tmp_path, args, *words, code=code)

    return check


# ------------------------------------------------------------------------------------- rasters


@pytest.mark.parametrize(
    ("dem", "words"),
    [
        ("dems/missing.tif", ["dems/missing.tif", "no such file"]),
        ("dems/missing/", ["dems/missing", "no such file"]),
        ("globe30-south-asai", ["unknown terrain", "Did you mean 'globe30-south-asia'?"]),
        ("", ["unknown terrain", "globe30-south-asia"]),
        ("dems/empty.tif", ["dems/empty.tif", "empty"]),
        ("dems/half.tif", ["dems/half.tif", "be read"]),
        ("dems/head.tif", ["dems/head.tif", "be read"]),
        ("dems/text.tif", ["dems/text.tif", "be read"]),
        ("dems/nocrs.tif", ["dems/nocrs.tif", "no coordinate reference system", "gdal_edit"]),
        ("dems/three_bands.tif", ["dems/three_bands.tif", "one band", "3 bands"]),
        ("dems/complex.tif", ["dems/complex.tif", "real numbers", "complex64"]),
        ("dems/feet.tif", ["dems/feet.tif", "not metres above sea level", "-12000 to 12000 m"]),
        ("dems/one_row.tif", ["dems/one_row.tif", "2 x 2"]),
        ("dems/flat_transform.tif", ["dems/flat_transform.tif", "geotransform"]),
        ("dems/metres_as_degrees.tif", ["does not lie on Earth", "metres under"]),
        ("dems/two_by_two.tif", ["outside the DEM", "75.5,30.5"]),
        ("dems/no_tiles", ["dems/no_tiles", "no raster tiles", ".tif"]),
        ("dems/two_grids", ["two_grids/b.tif", "a.tif", "gdalwarp"]),
        ("dems/holed.tif", ["no height at the site", "75.5,30.5"]),
        ("dems/infinite.tif", ["no height at the site"]),
    ],
)
def test_unusable_terrain(refused: Callable[..., str], dem: str, words: list[str]) -> None:
    refused(["coverage", "--dem", dem, *HERE, *NEAR], *words)


def test_nodata_refused_on_request(refused: Callable[..., str]) -> None:
    refused(
        [
            "coverage",
            "--dem",
            "dems/holed.tif",
            "--site",
            "75.2,30.8",
            "--max-range",
            "60km",
            "--nodata",
            "refuse",
        ],
        "400 of",
        "have no height",
        "sea",
    )


def test_a_ring_over_the_pole_is_not_called_outside(refused: Callable[..., str]) -> None:
    line = refused(
        ["coverage", "--dem", "dems/cap.tif", "--site", "10,89.5", "--max-range", "200km"], "pole"
    )
    assert "outside the DEM" not in line


# --------------------------------------------------------------------------------------- flags


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("30.5,75.5", ["outside the DEM", "75.0000 to 76.0000 E", "swapped"]),
        ("75.5,31.5", ["outside the DEM", "75.5,31.5", "30.0000 to 31.0000 N"]),
        ("30.5,190", ["--site", "no such place", "latitude -90 to 90"]),
        ("200,30", ["--site", "no such place", "longitude -180 to 180"]),
        ("30,100", ["--site", "no such place", "swapped"]),
        ("75.5", ["--site", "longitude,latitude"]),
        ("75.5,30.5,200", ["--site", "longitude,latitude"]),
        ("75.5E,30.5N", ["--site", "75.5E,30.5N", "longitude,latitude"]),
        ("nan,30.5", ["--site", "nan,30.5"]),
        ("75.5,inf", ["--site", "75.5,inf"]),
        ("", ["--site", "longitude,latitude"]),
    ],
)
def test_bad_site(refused: Callable[..., str], site: str, words: list[str]) -> None:
    refused(["coverage", "--dem", "dems/hills.tif", "--site", site, *NEAR], *words)


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        *(
            ("--max-range", value, ["max", "range", "100 m to 1500 km"])
            for value in ("0", "-5 km", "99 m", "1501 km", "1e20 km")
        ),
        *(("--max-range", value, ["--max-range", value]) for value in ("nan", "inf", "1e400")),
        ("--max-range", "400 lightyears", ["--max-range", "lightyears", "nmi"]),
        ("--max-range", "400 KM", ["--max-range", "'KM'", "Did you mean 'km'?"]),
        ("--antenna-agl", "0", ["antenna", "agl", "above ground"]),
        ("--antenna-agl", "-5 m", ["antenna", "agl", "above ground", "-5 m"]),
        ("--antenna-agl", "1001 m", ["antenna", "agl", "1001 m"]),
        ("--antenna-agl", "30 mm", ["--antenna-agl", "'mm'", "m, km, ft"]),
        ("--antenna-agl", "nan", ["--antenna-agl", "nan"]),
        ("--antenna-agl", "", ["--antenna-agl"]),
        ("--ground-msl", "-400 m", ["ground", "msl", "below the DEM's ground", "-400 m"]),
        ("--ground-msl", "9001 m", ["ground", "msl"]),
        ("--ground-msl", "inf", ["--ground-msl", "inf"]),
        *(("--k-factor", value, ["--k-factor", "0.1"]) for value in ("0", "-1", "0.1", "1e99")),
        *(("--k-factor", value, ["--k-factor"]) for value in ("nan", "inf", "four thirds", "1/0")),
        ("--nodata", "unkown", ["--nodata", "'unkown'", "Did you mean 'unknown'?"]),
        ("--nodata", "", ["--nodata", "refuse, sea, unknown"]),
        ("--outside", "Sea", ["--outside", "'Sea'", "Did you mean 'sea'?"]),
        ("--outside", "refuse", ["--outside", "sea, unknown"]),
        ("--az-sector", "10", ["--az-sector", "from,to"]),
        ("--az-sector", "10,20,30", ["--az-sector", "from,to"]),
        ("--az-sector", "north,east", ["--az-sector", "north,east"]),
        ("--az-sector", "nan,20", ["--az-sector", "nan,20"]),
        ("--az-sector", "10,10", ["--az-sector", "two different"]),
        ("--az-sector", "400,500", ["--az-sector", "360"]),
        ("--el-limits", "5", ["--el-limits", "lowest,highest"]),
        ("--el-limits", "10,5", ["el", "limits", "lowest < highest"]),
        ("--el-limits", "5,5", ["el", "limits", "lowest < highest"]),
        ("--el-limits", "-100,20", ["el", "limits", "-90 <="]),
        ("--el-limits", "0,91", ["el", "limits", "<= 90"]),
        ("--altitude", "100", ["--altitude", "100 m agl"]),
        ("--altitude", "100 m asl", ["--altitude", "100 m asl", "datum"]),
        ("--altitude", "-5 m agl", ["--altitude", "0 to 100 km"]),
        ("--altitude", "101 km msl", ["--altitude", "0 to 100 km"]),
        ("--altitude", "nan m agl", ["--altitude", "nan"]),
        ("--altitude", "1e400 m agl", ["--altitude", "finite"]),
        ("--altitude", "100 parsec agl", ["--altitude", "parsec"]),
    ],
)
def test_bad_flag(refused: Callable[..., str], flag: str, value: str, words: list[str]) -> None:
    other = [] if flag == "--max-range" else NEAR
    refused([*HILLS, *other, flag, value], *words)


def test_the_same_altitude_twice(refused: Callable[..., str]) -> None:
    refused(
        [*HILLS, *NEAR, "--altitude", "100 m agl", "--altitude", "0.1 km agl"],
        "--altitude",
        "twice",
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--dem-error", "-5 m"], ["0 to 1000 m"]),
        (["--dem-error", "1e9 km"], ["0 to 1000 m"]),
        (["--dem-error", "nan"], ["--dem-error", "nan"]),
        (["--dem-error", "20 s"], ["--dem-error", "'s'"]),
        (["--dem-error", "5 m", "--dem-error-correlation", "-1 km"], ["100 km"]),
        (["--dem-error", "5 m", "--replicates", "0"], ["replicates", "1 to"]),
        (["--dem-error", "5 m", "--replicates", "-1"], ["replicates", "-1"]),
        (["--dem-error", "5 m", "--replicates", "100001"], ["replicates", "100001"]),
        (["--dem-error", "5 m", "--replicates", "many"], ["--replicates"]),
        (["--dem-error", "5 m", "--seed", "-1"], ["seed", "-1"]),
        (["--dem-error", "5 m", "--seed", "9" * 30], ["seed"]),
    ],
)
def test_bad_dem_error(refused: Callable[..., str], flags: list[str], words: list[str]) -> None:
    refused([*HILLS, "--max-range", "5km", *flags], *words)


@pytest.mark.parametrize("flag", ["--replicates", "--seed"])
def test_bad_flag_that_is_not_needed(refused: Callable[..., str], flag: str) -> None:
    refused([*HILLS, "--max-range", "5km", flag, "-5"], flag, "-5")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["coverage"], ["scenario", "--dem", "--site"]),
        (["coverage", "--dem", "dems/hills.tif"], ["--dem", "--site"]),
        (["coverage", *HERE], ["--dem", "--site"]),
        (["coverage", "single-site", "--dem", "dems/hills.tif", *HERE], ["--dem", "scenario"]),
        (["coverage", "single-site", "--max-range", "5km"], ["--max-range", "scenario"]),
        (["coverage", "single-site", "--outside", "sea"], ["--outside", "scenario"]),
        ([*HILLS, *NEAR, "--as-of", "2022"], ["--as-of", "scenario"]),
        (["coverage", "india-s40"], ["'india-s40'", "Did you mean 'india-s400'?"]),
        (["assess", "india_s400"], ["'india_s400'", "Did you mean 'india-s400'?"]),
        (["assess", "missing.yaml"], ["missing.yaml", "no such file"]),
        (["assess", "."], ["folder"]),
        (["validate", "dems/hills.tif"], ["dems/hills.tif", "not UTF-8"]),
        (
            ["assess", "india-s400", "--as-of", "2019"],
            ["--as-of: no", "2019-12-31", "2022-04-30 or"],
        ),
        (["coverage", "india-s400", "--as-of", "2019"], ["--as-of: no", "2019-12-31"]),
        (["reach", "india-s400", "--as-of", "2019"], ["--as-of: no", "2019-12-31"]),
        (["reach", "single-site", "--draws", "3"], ["--draws"]),
        *(
            (["assess", "india-s400", "--as-of", day], ["--as-of", "YYYY-MM-DD"])
            for day in ("2022-13-01", "2022-02-30", "01.02.2022", "20220401", "tomorrow", "nan", "")
        ),
        (["coverage", "india-s400", "--as-of", "2022-13"], ["--as-of", "YYYY-MM-DD"]),
        (["catalogue", "s-40"], ["'s-40'", "Did you mean 's-400'?"]),
        (["catalogue", "figther"], ["'figther'", "Did you mean 'fighter'?"]),
        (["assess", "single-site", "--outt", "x"], ["--outt", "--out"]),
        (["asess", "single-site"], ["asess", "assess"]),
        (["assess"], ["case"]),
        (["assess", "single-site", "india-s400"], ["india-s400"]),
        (["terrain", "lst"], ["lst", "list"]),
        (["terrain", "add", "dems/missing"], ["dems/missing", "no such file"]),
        (["terrain", "add", "dems/no_tiles"], ["dems/no_tiles", "no raster tiles"]),
        (["terrain", "add", "dems/nocrs.tif"], ["nocrs.tif", "no coordinate reference system"]),
        (["terrain", "add", "dems/three_bands.tif"], ["three_bands.tif", "3 bands"]),
        (
            ["terrain", "add", "dems/hills.tif", "--name", "two words"],
            ["--name: ", "two words", "letters"],
        ),
        (["terrain", "add", "dems/two_grids"], ["b.tif", "not the spacing of"]),
        (["terrain", "remove", "nothing"], ["'nothing'"]),
        (["terrain", "remove", "globe30-south-asia"], ["embedded"]),
        *(
            (["terrain", "fetch", "--bounds", bounds], ["--bounds", "west", "north"])
            for bounds in ("", "1,2,3", "a,b,c,d", "72,36,80,30", "-200,0,10,10", "nan,0,1,1")
        ),
    ],
)
def test_bad_command_line(refused: Callable[..., str], args: list[str], words: list[str]) -> None:
    refused(args, *words)


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        *(
            (command, "--out")
            for command in (
                ["assess", "single-site"],
                ["coverage", "single-site"],
                ["reach", "single-site"],
                ["flyout", "48N6E2"],
                ["radar", "91N6E"],
                ["programme"],
                ["raid", "raid-8x24"],
                ["track", "raid-8x24"],
            )
        ),
        (["terrain", "fetch", "--bounds", "77,34,78,35"], "--folder"),
    ],
)
@pytest.mark.parametrize("name", ["", " "])
def test_folder_without_a_name(
    refused: Callable[..., str], command: list[str], flag: str, name: str
) -> None:
    refused([*command, flag, name], flag, "the folder has no name")


def test_date_of_the_flag_is_not_blamed_on_the_file(refused: Callable[..., str]) -> None:
    Path("case.yaml").write_text(SCENARIO)
    for command in ("assess", "coverage", "reach"):
        said = refused([command, "case.yaml", "--as-of", "2021"], "--as-of: no", "2022-04-30")
        assert "line" not in said
    Path("case.yaml").write_text(SCENARIO.replace("altitudes:", "as_of: 2021-01-01\naltitudes:"))
    refused(["assess", "case.yaml"], "case.yaml, line 5, as_of: no", "2022-04-30")


# ------------------------------------------------------------------------------ scenario files


def test_the_scenario_that_the_next_tests_spoil_is_good(skyshade: Run) -> None:
    Path("case.yaml").write_text(SCENARIO)
    outcome = skyshade("validate", "case.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert "2 sites" in outcome.out
    assert "1 place" in outcome.out


@pytest.mark.parametrize(
    ("good", "bad", "line", "words"),
    [
        ("schema: skyshade/scenario/1\n", "", None, ["schema", "missing"]),
        ("scenario/1", "scenario/9", 1, ["schema", "skyshade/scenario/1"]),
        ("name: two-units", "name: ../../etc/passwd", 2, ["name", "../../etc/passwd"]),
        ("outside: unknown", "outsid: unknown", 4, ["terrain.outsid", "Did you mean 'outside'?"]),
        ("outside: unknown", "outside: Sea", 4, ["terrain.outside", "'Sea'", "sea"]),
        ("dem: dems/hills.tif", "dem: dems/hill.tif", None, ["dems/hill.tif", "no such file"]),
        ("[100 m agl, 3 km msl]", "[]", 5, ["altitudes"]),
        ("[100 m agl, 3 km msl]", "[100 m]", 5, ["altitudes[0]", "100 m agl"]),
        ("[100 m agl, 3 km msl]", "[.nan]", 5, ["finite"]),
        ("id: east", "id: west", 17, ["sites[1].id", "twice", "line 7"]),
        ("system: s-400", "system: s-40", 9, ["sites[0].system", "Did you mean 's-400'?"]),
        ("system: s-400", "system: fighter", 9, ["sites[0].system", "'fighter'", "s-400"]),
        ("radar: 91N6E", "radar: s-400", 10, ["sites[0].radar", "'s-400'", "91N6E"]),
        ("radar: 91N6E", "radar: 91N6", 10, ["sites[0].radar", "Did you mean '91N6E'?"]),
        ("lon: 75.4, lat: 30.5", "lon: 30.5, lat: 75.4", None, ["outside the DEM", "swapped"]),
        ("lat: 30.5", "lat: 130.5", 11, ["sites[0].position.lat", "130.5", "90"]),
        ("lat: 30.5", "lat: .inf", 11, ["finite"]),
        ("lat: 30.5", "lat: thirty", 11, ["sites[0].position.lat", "thirty"]),
        ("lat: 30.5", "lat: true", 11, ["sites[0].position.lat"]),
        ("lat: 30.5", "latt: 30.5", 11, ["latt", "Did you mean 'lat'?"]),
        ("    position: {", "    positon: {", 11, ["positon", "Did you mean 'position'?"]),
        ("[100 m agl, 3 km msl]", "[100 m agl, 0.1 km agl]", 5, ["altitudes", "twice"]),
        ("id: east", "id: force", 17, ["sites[1].id", "force"]),
        ("value: 24 m", "value: 0 m", 13, ["sites[0].antenna.value", "0 m"]),
        ("value: 24 m", "value: 240 m", 13, ["sites[0].antenna", "240"]),
        ("value: 24 m", "value: 24 s", 13, ["sites[0].antenna.value", "'s'", "m, km, ft"]),
        ("value: 24 m", "height: 24 m", 13, ["sites[0].antenna"]),
        ("max_range: 20 km", "max_range: -20 km", 14, ["sites[0].max_range", "-20 km"]),
        ("max_range: 20 km", "max_range: 1e400 km", 14, ["sites[0].max_range", "finite"]),
        ("max_range: 20 km", "max_range: .inf", 14, ["finite"]),
        ("max_range: 20 km", "max_rnge: 20 km", 14, ["max_rnge", "Did you mean 'max_range'?"]),
        ("kind: operational", "kind: operatonal", 16, ["events[0].kind", "operatonal"]),
        ("date: 2022-04", "date: 2022-02-30", 16, ["events[0].date", "2022-02-30", "YYYY-MM-DD"]),
        ("date: 2022-04", "date: soon", 16, ["events[0].date", "soon"]),
        (", assumed: true", "", 16, ["sites[0].events[0]", "source"]),
        ("kind: city", "kind: village", 27, ["places[0].kind", "village", "city"]),
        ("sources: [atlas]", "sources: [altas]", 27, ["places[0].sources[0]", "'altas'", "atlas"]),
        ("title: Two units", "title: [Two units", None, ["not valid YAML"]),
        ("title: Two", "title: &a Two", 3, ["aliases"]),
        ("title: Two", "title: !!python/none Two", 3, ["tags"]),
        ("title: Two", "name: again\ntitle: Two", 3, ["twice", "name"]),
        ("title: Two", "title: 'Two", None, ["not valid YAML"]),
    ],
)
def test_bad_scenario(
    refused: Callable[..., str], good: str, bad: str, line: int | None, words: list[str]
) -> None:
    assert good in SCENARIO
    Path("case.yaml").write_text(SCENARIO.replace(good, bad, 1))
    message = refused(["validate", "case.yaml"], *words)
    if line is not None:
        assert f"case.yaml, line {line}" in message


@pytest.mark.parametrize("command", ["validate", "coverage", "assess"])
@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("lon: 75.6", "lon: 85.6", ["outside the DEM", "85.6,30.5"]),
        (
            "    name: East\n",
            "    name: East\n    ground_msl: -400 m\n",
            ["below the DEM's ground"],
        ),
    ],
)
def test_a_site_that_cannot_stand_there_is_named(
    refused: Callable[..., str], command: str, good: str, bad: str, words: list[str]
) -> None:
    Path("case.yaml").write_text(SCENARIO.replace(good, bad, 1))
    refused([command, "case.yaml"], "east", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["an empty file", "schema: skyshade/scenario/1"]),
        ("# nothing but a comment\n", ["an empty file"]),
        ("- a\n- list\n", ["a mapping"]),
        ("\tname: x\n", ["line 1", "not valid YAML"]),
        ("name: x\n  title: y\n", ["line 2", "not valid YAML"]),
        ("a: &a [*a]\n", ["line 1", "aliases"]),
        ("a: &a 1\nb: [*a, *a]\n", ["aliases"]),
        ("[" * 10_000, ["line 1"]),
        ("a: 1\n---\nb: 2\n", ["more than one YAML document"]),
        ("a: \x07\n", ["not valid YAML"]),
    ],
)
def test_files_that_are_no_scenario(
    refused: Callable[..., str], text: str, words: list[str]
) -> None:
    Path("case.yaml").write_text(text)
    refused(["validate", "case.yaml"], "case.yaml", *words)


def test_laughing_aliases_are_refused_unread(refused: Callable[..., str]) -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    Path("case.yaml").write_text("l0: &l0 ha\n" + "\n".join(levels) + "\n")
    refused(["validate", "case.yaml"], "line 1", "aliases")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_million_lines_stay_within_memory() -> None:
    head = SCENARIO[: SCENARIO.index("places:")]
    with Path("case.yaml").open("w") as file:
        file.write(head + "places:\n")
        file.writelines("- {id: a}\n" for _ in range(1_000_000))
    code = """if True:
        from skyshade.cli import main
        try:
            main()
        finally:
            status = open("/proc/self/status").read()
            print(status.split("VmHWM:")[1].split()[0])
    """
    done = subprocess.run(
        [sys.executable, "-c", code, "validate", "case.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("skyshade: case.yaml")
    assert done.stderr.count("\n") == 1
    assert int(done.stdout) < 400_000  # KiB; 130 MiB of it are Python and its libraries


# ------------------------------------------------------------------------------ where it writes


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Results of an earlier run."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "coverage.json").write_text("from before")
    return out


@pytest.mark.parametrize("out", ["taken", "taken/below"])
@pytest.mark.parametrize("args", [[*HILLS, *NEAR], ["assess", "single-site"]])
def test_output_path_is_a_file(refused: Callable[..., str], args: list[str], out: str) -> None:
    Path("taken").write_text("mine")
    refused([*args, "--out", out], out, "file")


def test_output_folder_cannot_be_made(refused: Callable[..., str]) -> None:
    refused([*HILLS, *NEAR, "--out", "/proc/skyshade"], "/proc/skyshade", "cannot write")


@contextlib.contextmanager
def files_no_larger_than(n_bytes: int) -> Iterator[None]:
    """What a full disk does to a file, without one: writing on fails (Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_results_that_do_not_fit_leave_the_earlier_ones(
    refused: Callable[..., str], earlier: Path
) -> None:
    with files_no_larger_than(20_000):
        refused([*HILLS, *NEAR, "--out", str(earlier)], str(earlier), "too large", code=1)
    assert (earlier / "coverage.json").read_text() == "from before"


def test_bad_input_leaves_the_earlier_results(refused: Callable[..., str], earlier: Path) -> None:
    refused([*HILLS, "--max-range", "0", "--out", str(earlier)], "range")
    assert [p.name for p in earlier.iterdir()] == ["coverage.json"]


# ------------------------------------------------------------- processes: signals, pipes, stdout

COMMAND = [sys.executable, "-m", "skyshade"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_on_the_way(tmp_path: Path, number: signal.Signals, code: int) -> None:
    started = subprocess.Popen(
        [*COMMAND, "assess", "india-s400", "--out", "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "out").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    while started.poll() is None and time.monotonic() < deadline:
        time.sleep(0.3)
        started.send_signal(number)  # again, as a user would: one can be lost in a C callback
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(10)
    out, err = started.communicate(timeout=5)
    assert started.returncode == code
    assert out == ""
    said = err.partition("Exception ignored")[0]
    assert said == (
        "skyshade: interrupted; nothing was written\n" if number == signal.SIGINT else ""
    )
    assert not (tmp_path / "out").exists()


def test_reader_that_goes_away_is_no_error() -> None:
    with subprocess.Popen(
        [*COMMAND, "catalogue"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        assert started.stderr.read() == b""
    assert started.returncode in (0, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", [["catalogue"], ["terrain", "list"]])
def test_full_standard_output(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("skyshade: ")
    assert done.stderr.count("\n") == 1


def test_validate_also_moves_sites_by_their_rounding(skyshade: Run, tmp_path: Path) -> None:
    """A site near the rim of its DEM whose rounding reaches beyond it is not good."""
    file = tmp_path / "rim.yaml"
    file.write_text(
        "schema: skyshade/scenario/1\nname: rim\ntitle: Rim\naltitudes: [1 km msl]\n"
        "terrain: {dem: dems/hills.tif}\nsites:\n  - id: a\n    name: A\n"
        "    system: s-400\n    position: {lon: 75.9, lat: 30.5}\n    illustrative: true\n"
        "    position_rounding: 0.5 deg\n    max_range: 20 km\n"
        "    antenna: {value: 5 m, low: 5 m, high: 5 m, why: a}\n"
    )
    outcome = skyshade("validate", file)
    assert outcome.code == 2 and "half its rounding" in outcome.err
    assert outcome.err.count("\n") == 1


def test_the_version_is_told(skyshade: Run) -> None:
    outcome = skyshade("--version")
    assert outcome.code == 0 and outcome.out.startswith("skyshade 0.")


@pytest.mark.parametrize("command", ["validate", "coverage", "assess"])
@pytest.mark.parametrize(
    ("dem", "position", "line", "words"),
    [
        ("globe31", "{lon: 75, lat: 31}", 5, "globe30-south-asia"),
        ("globe30-south-asia", "{lon: 31, lat: 75}", 7, "look swapped"),
    ],
)
def test_terrain_and_sites_are_located_in_the_scenario(
    skyshade: Run,
    tmp_path: Path,
    command: str,
    dem: str,
    position: str,
    line: int,
    words: str,
) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(
        "schema: skyshade/scenario/1\nname: case\ntitle: Case\naltitudes: [1 km msl]\n"
        f"terrain: {{dem: {dem}}}\nsites:\n  - id: a\n    name: A\n"
        f"    system: s-400\n    position: {position}\n    illustrative: true\n"
        "    max_range: 20 km\n"
        "    antenna: {value: 5 m, low: 5 m, high: 5 m, why: a}\n"
    )
    outcome = skyshade(command, file)
    assert outcome.code == 2 and words in outcome.err and "case.yaml" in outcome.err
    assert f"line {line}," in outcome.err or (command == "validate" and "line 7," in outcome.err)
