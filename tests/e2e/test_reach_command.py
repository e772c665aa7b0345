"""`skyshade reach` and `skyshade radar` as a user meets them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import rasterio

from e2e.conftest import Run, coloured
from skyshade.scenario.load import scenario_file
from skyshade.terrain.geodesy import curvature_radius_m, geod

LINE = {"type": "LineString", "coordinates": [[72.0, 20.0], [78.0, 20.0]]}


@pytest.fixture
def line(tmp_path: Path) -> Path:
    file = tmp_path / "line.geojson"
    file.write_text(json.dumps(LINE))
    return file


def test_reach_writes_numbers_outlines_rasters_and_gaps(
    skyshade: Run, tmp_path: Path, line: Path
) -> None:
    out = tmp_path / "out"
    done = skyshade(
        "reach",
        "flat-earth-check",
        "--target",
        "fighter",
        "--altitude",
        "1 km msl",
        "--draws",
        "8",
        "--azimuths",
        "12",
        "--line",
        line,
        "--out",
        out,
    )
    assert done.code == 0, done.err
    found = json.loads((out / "reach.json").read_text())
    (result,) = found["units"][0]["results"]
    low, middle, high = result["reach_km"]
    assert 80 < low <= middle <= high < 153  # the horizon of 1 km is at 153 km
    assert {d["key"] for d in result["drivers"]} and found["draws"] == 8
    with rasterio.open(out / "n_engageable_fighter_1km_msl.tif") as raster:
        assert raster.read(1).max() == 1
    (row,) = json.loads((out / "gaps.json").read_text())
    assert row["line_km"] == pytest.approx(627, abs=2)
    assert 0 < row["gap_km"] < row["line_km"]
    assert coloured(out / "reach.png") > 0.0
    assert json.loads((out / "manifest.json").read_text())["seed"] == 0


def flat_earth(folder: Path, *lines: str) -> Path:
    """`flat-earth-check` with more said about its site (lines starting with "    ") or itself."""
    file = folder / "flat.yaml"
    file.write_text(scenario_file("flat-earth-check").read_text() + "\n".join(lines) + "\n")
    return file


def raster_at(file: Path, az_deg: float, range_m: float) -> float:
    """Value of a raster so far from the site of `flat-earth-check`."""
    lon, lat, _ = geod().fwd(75.0, 20.0, az_deg, range_m)
    with rasterio.open(file) as raster:
        return float(raster.read(1)[raster.index(lon, lat)])


def test_engageable_is_seen_from_the_engagement_antenna(skyshade: Run, tmp_path: Path) -> None:
    """Beyond its horizon of 13 km, a 10 m antenna sees (d - d_horizon)^2 / 2R' and up."""
    file = flat_earth(
        tmp_path, "    engagement_antenna: {value: 10 m, low: 10 m, high: 10 m, why: a check}"
    )
    done = skyshade(
        "reach",
        file,
        "--target",
        "fighter",
        "--altitude",
        "1 km msl",
        "--draws",
        "0",
        "--azimuths",
        "8",
        "--out",
        tmp_path / "out",
    )
    assert done.code == 0, done.err
    radius = 4 / 3 * float(curvature_radius_m(20.0, 90.0))
    expected = (50e3 - math.sqrt(2 * radius * 10.0)) ** 2 / (2 * radius)  # 80 m; 30 m: 44 m
    lowest = raster_at(tmp_path / "out" / "lowest_engageable_fighter.tif", 90.0, 50e3)
    assert lowest == pytest.approx(expected, abs=4.0)


PLACES = (
    "sources:",
    "  hand: {title: Made up for a check by hand, outlet: none}",
    "places:",
    "  - {id: here, name: Here, kind: other, position: {lon: 75, lat: 20}, sources: [hand]}",
    "  - {id: off, name: Off the map, kind: other, position: {lon: 120, lat: 20}, sources: [hand]}",
)


def test_places_get_their_horizon_from_every_side(skyshade: Run, tmp_path: Path) -> None:
    """Place and unit in one: tracks at the horizon of 153 km, less three looks of 12 s at most."""
    out = tmp_path / "out"
    done = skyshade(
        "reach",
        flat_earth(tmp_path, *PLACES),
        "--target",
        "large-support-aircraft",
        "--altitude",
        "1 km msl",
        "--draws",
        "0",
        "--azimuths",
        "8",
        "--out",
        out,
    )
    assert done.code == 0, done.err
    here, off = json.loads((out / "places.json").read_text())["places"]
    (approach,) = here["approaches"]
    km = [track[1] / 1e3 for track in approach["first_track_m"]]
    assert len(km) == 36 and 153 - 3 * 12 * 0.3 < min(km) <= max(km) < 155
    assert all(n == [1.0, 1.0, 1.0] for n in approach["n_units"])
    (reach,) = json.loads((out / "reach.json").read_text())["units"][0]["results"]
    met = approach["intercept_m"][0][1] / 1e3
    assert met == pytest.approx(reach["reach_km"][1], abs=6)
    assert not off["terrain_known"]
    table = (out / "places.csv").read_text().splitlines()
    assert len(table) == 1 + 2 * 36 and table[0].startswith("place,target,altitude,azimuth_deg,")
    assert coloured(out / "places_large-support-aircraft_1km_msl.png") > 0.0


def test_crossings_and_engageable_areas_are_written(skyshade: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = skyshade(
        "reach",
        "flat-earth-check",
        "--target",
        "fighter",
        "--altitude",
        "1 km msl",
        "--draws",
        "0",
        "--azimuths",
        "8",
        "--out",
        out,
    )
    assert done.code == 0, done.err
    (unit,) = json.loads((out / "crossing.json").read_text())
    (flight,) = unit["flights"]
    lengths = [band[1] for band in flight["engageable_km"]]
    beside = lengths[2:]  # overhead the missiles' shortest range leaves a hole
    assert beside == sorted(beside, reverse=True) and 200 < lengths[0] < 306
    assert lengths[-1] == 0  # passing at the missile's own range
    (row,) = json.loads((out / "engageable.json").read_text())
    (feature,) = json.loads((out / "engageable.geojson").read_text())["features"]
    assert feature["properties"]["n_units"] == 1
    # a fighter at 1 km is in sight to 153 km and, of these missiles, none is met closer than 2 km
    assert row["at_least_km2"]["1"] == pytest.approx(math.pi * 153**2, rel=0.02)
    assert row["held_by_one_only_km2"]["site"] == row["at_least_km2"]["1"]
    assert not (out / "places.json").exists()


def test_reach_is_the_same_bytes_again(skyshade: Run, tmp_path: Path) -> None:
    case = flat_earth(tmp_path, *PLACES)
    for name in ("a", "b"):
        skyshade(
            "reach",
            case,
            "--target",
            "fighter",
            "--altitude",
            "1 km msl",
            "--draws",
            "4",
            "--azimuths",
            "8",
            "--out",
            tmp_path / name,
        )
    for file in (
        "reach.json",
        "reach.geojson",
        "reach.png",
        "lowest_engageable_fighter.tif",
        "places.json",
        "places.csv",
        "places_fighter_1km_msl.png",
        "crossing.json",
        "crossing_site.png",
        "engageable.geojson",
        "engageable.json",
    ):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "figther"], "Did you mean 'fighter'"),
        (["--draws", "100"], "powers of two"),
        (["--azimuths", "1"], "8 to 3600"),
        (["--seed", "-1"], "seed"),
        (["--altitude", "60 km msl"], "above the tables"),
        (["--line", "missing.geojson"], "no such file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    skyshade: Run, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = skyshade(
        "reach",
        "flat-earth-check",
        "--draws",
        "0",
        "--azimuths",
        "8",
        *arguments,
        "--out",
        tmp_path / "out",
    )
    assert done.code == 2 and words in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("    az_sector: [10, 10]", "az_sector"),
        ("    el_limits: [10, 5]", "elevation limits out of order"),
        ("    missiles: []", "missiles"),
        ("    engagement_antenna: {value: 0 m, low: 0 m, high: 0 m, why: no}", "engagement_ant"),
        ("targets: [figther]", "Did you mean 'fighter'"),
    ],
)
def test_a_site_that_can_do_nothing_is_one_line(
    skyshade: Run, tmp_path: Path, line: str, words: str
) -> None:
    done = skyshade("reach", flat_earth(tmp_path, line), "--draws", "0", "--out", tmp_path / "out")
    assert done.code == 2 and words in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_sector_above_the_target_leaves_nothing_and_says_so(
    skyshade: Run, tmp_path: Path
) -> None:
    """Only the zenith served: not bad input, but no track either."""
    out = tmp_path / "out"
    done = skyshade(
        "reach",
        flat_earth(tmp_path, "    el_limits: [80, 90]", *PLACES),
        "--target",
        "fighter",
        "--altitude",
        "1 km msl",
        "--draws",
        "0",
        "--azimuths",
        "8",
        "--out",
        out,
    )
    assert done.code == 0, done.err
    (result,) = json.loads((out / "reach.json").read_text())["units"][0]["results"]
    assert result["reach_km"][1] == 0
    here = json.loads((out / "places.json").read_text())["places"][0]
    assert not any(n[1] for n in here["approaches"][0]["n_units"])


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"type": "LineString", "coordinates": [[1, 2]]}',
        '{"type": "LineString", "coordinates": [[75, 20], [75, 95]]}',
    ],
)
def test_a_bad_line_is_one_sentence(skyshade: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text(text)
    done = skyshade(
        "reach",
        "flat-earth-check",
        "--draws",
        "0",
        "--azimuths",
        "8",
        "--target",
        "fighter",
        "--line",
        file,
        "--out",
        tmp_path / "out",
    )
    assert done.code == 2 and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_radar_prints_ranges_and_draws_the_chart(skyshade: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = skyshade("radar", "91N6E", "--target", "fighter", "--out", out)
    assert done.code == 0 and "from memory only" in done.out and "fighter aircraft" in done.out
    assert coloured(out / "vertical_coverage.png") > 0.0
    done = skyshade("radar", "91N6E", "--rcs", "4 m2", "--alt", "10 km", "--json")
    (target,) = json.loads(done.out)["targets"]
    assert target["one_look_m"]["value"] == pytest.approx(390e3, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["91N6E", "--rcs", "0 m2"], "more than zero"),
        (["91N6E", "--rcs", "-1 m2"], "more than zero"),
        (["91N6E", "--pfa", "0"], "1e-20 to less than 0.5"),
        (["91N6E", "--pfa", "1"], "1e-20 to less than 0.5"),
        (["91N6E", "--alt", "90 km"], "0 m to 80 km"),
        (["91N6E", "--jn", "500"], "0 to 120 dB"),
        (["91N6E", "--frequency", "3 kg"], "frequency"),
        (["91N6E", "--frequency", "3"], "3 GHz would be"),
        (["91N6E", "--jammer-range", "50 km"], "the strength of the jammer is missing"),
        (["92N6E", "--jn", "30", "--jammer-range", "10 m"], "inside the radar"),
        (["92N6E", "--el-limits", "10,5"], "nothing to see"),
        (["92N6E", "--confirm", "3"], "e.g. 2/3"),
        (["91N6F"], "Did you mean '91N6E'"),
    ],
)
def test_bad_radar_input_is_one_line(
    skyshade: Run, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = skyshade("radar", *arguments, "--out", tmp_path / "out")
    assert done.code == 2 and words in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
