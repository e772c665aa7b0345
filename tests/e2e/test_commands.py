"""The commands end to end: what they print and what lies on disk afterwards."""

from __future__ import annotations

import csv
import html.parser
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import rasterio
import shapely.geometry
import typer
from numpy.typing import NDArray
from PIL import Image

from e2e.conftest import Run, coloured
from skyshade.cli import app

COMMAND = [sys.executable, "-m", "skyshade"]

SCENARIO = """\
schema: skyshade/scenario/1
name: three-units
title: Three units in the hills
as_of: 2024-01-01
terrain: {dem: dems/hills.tif}
altitudes: [100 m agl, 2 km msl]
ring: 15 km
ring_note: a round figure
sites:
  - id: west
    name: West
    system: s-400
    position: {lon: 75.4, lat: 30.5}
    illustrative: true
    position_rounding: 0.02 deg
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 20 km
    events:
      - {kind: operational, date: 2022-04, confidence: medium, sources: [atlas]}
  - id: east
    name: East
    system: s-400
    position: {lon: 75.6, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 25 km
    events:
      - {kind: operational, date: 2023-04, confidence: low, assumed: true}
  - id: late
    name: Late
    system: s-400
    position: {lon: 75.5, lat: 30.3}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 20 km
    events:
      - {kind: operational, date: 2025, confidence: low, assumed: true}
places:
  - id: town
    name: "Town <b>& field</b>"
    kind: city
    position: {lon: 75.5, lat: 30.6}
    sources: [atlas]
  - {id: far, name: Far away, kind: city, position: {lon: 75.95, lat: 30.9}, sources: [atlas]}
sources:
  atlas: {title: "An atlas, with <script>alert(1)</script>", outlet: A publisher}
"""


def run_once(skyshade: Run, folder: Path, *args: str) -> tuple[Path, str]:
    """The results of a command and what it printed; run at the first call only."""
    shown = folder / "stdout.txt"
    if not shown.exists():
        outcome = skyshade(*args, "--out", folder / "out")
        assert (outcome.code, outcome.err) == (0, "")
        shown.write_text(outcome.out)
    return folder / "out", shown.read_text()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """One folder per name, for the whole session."""
    folders: dict[str, Path] = {}
    return lambda name: folders.setdefault(name, tmp_path_factory.mktemp(name))


@pytest.fixture(params=["degrees", "metres"])
def one_site(
    request: pytest.FixtureRequest, skyshade: Run, once: Callable[[str], Path]
) -> tuple[Path, str, Path]:
    """Results, printed text and DEM of one site on a geographic and on a projected DEM."""
    dem, site = {"degrees": ("hills.tif", "75.5,30.5"), "metres": ("utm.tif", "76.5,31.2")}[
        request.param
    ]
    out, shown = run_once(
        skyshade,
        once(f"coverage-{request.param}"),
        "coverage",
        "--dem",
        f"dems/{dem}",
        "--site",
        site,
        "--antenna-agl",
        "30m",
        "--max-range",
        "30km",
    )
    return out, shown, Path("dems") / dem


@pytest.fixture
def three_sites(skyshade: Run, once: Callable[[str], Path]) -> tuple[Path, str]:
    """Results and printed text of the scenario, all its units."""
    Path("case.yaml").write_text(SCENARIO)
    return run_once(skyshade, once("coverage-scenario"), "coverage", "case.yaml", "--as-of", "all")


@pytest.fixture
def assessed(skyshade: Run, once: Callable[[str], Path]) -> tuple[Path, str]:
    """Results and printed text of the main job."""
    Path("case.yaml").write_text(SCENARIO)
    return run_once(skyshade, once("assess"), "assess", "case.yaml")


def names_in(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def read(path: Path) -> NDArray[Any]:
    with rasterio.open(path) as raster:
        return np.asarray(raster.read(1))


# ------------------------------------------------------------------------------------ coverage


def test_coverage_says_and_writes(one_site: tuple[Path, str, Path]) -> None:
    out, shown, _ = one_site
    assert names_in(out) == {
        "masking_altitude.tif",
        "coverage.json",
        "manifest.json",
        "contours.geojson",
        "visible.png",
        "clearance.png",
    }
    for name in re.findall(r"\S+\.(?:tif|json|geojson|png)", shown):
        assert Path(name.rstrip(",")).is_file()
    assert "Written: " in shown
    assert max(map(len, shown.splitlines()[:-1])) <= 160
    assert "\x1b" not in shown  # no terminal colours in a file


def test_masking_altitude_lies_on_the_posts_of_the_dem(one_site: tuple[Path, str, Path]) -> None:
    out, _, dem = one_site
    with rasterio.open(out / "masking_altitude.tif") as result, rasterio.open(dem) as terrain:
        assert result.driver == "GTiff"
        assert result.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert result.dtypes == ("float32",)
        assert result.crs == terrain.crs
        assert math.isnan(result.nodata)
        assert "above mean sea level" in result.descriptions[0]
        assert (result.transform.a, result.transform.e) == pytest.approx(
            (terrain.transform.a, terrain.transform.e), rel=1e-12
        )
        assert result.transform.b == result.transform.d == 0
        shift_col = (result.transform.c - terrain.transform.c) / terrain.transform.a
        shift_row = (result.transform.f - terrain.transform.f) / terrain.transform.e
        assert shift_col == pytest.approx(round(shift_col), abs=1e-6)
        assert shift_row == pytest.approx(round(shift_row), abs=1e-6)
        masking = result.read(1)
        top, left = round(shift_row), round(shift_col)
        ground = terrain.read(1)[top : top + masking.shape[0], left : left + masking.shape[1]]
    inside = np.isfinite(masking)
    assert 0.6 < inside.mean() < 0.9  # a disc in its bounding box: pi / 4, with a margin around it
    assert (masking[inside] >= ground[inside] - 0.01).all()  # nothing is seen below ground
    assert not inside[0, 0]
    middle = tuple(n // 2 for n in masking.shape)
    assert masking[middle] == pytest.approx(ground[middle], abs=60)  # in sight from the ground up


def test_masking_altitude_has_a_unit(one_site: tuple[Path, str, Path]) -> None:
    with rasterio.open(one_site[0] / "masking_altitude.tif") as result:
        assert result.units == ("m",)


def test_coverage_json_adds_up(one_site: tuple[Path, str, Path]) -> None:
    out, _, _ = one_site
    data = json.loads((out / "coverage.json").read_text())
    [site] = data["sites"]
    assert site["antenna_agl_m"] == 30
    assert site["max_range_m"] == 30_000
    west, south, east, north = data["terrain"]["bounds_deg"]
    assert west < site["lon"] < east
    assert south < site["lat"] < north
    assert len(data["areas"]) == 4
    shares = []
    for area in data["areas"]:
        parts = area["visible_km2"] + area["masked_km2"] + area["unknown_km2"]
        assert parts == pytest.approx(area["ring_km2"], rel=0.005)  # cells against a smooth circle
        assert area["ring_km2"] == pytest.approx(math.pi * 30**2, rel=0.001)
        shares.append(area["visible_frac"])
    assert shares == sorted(shares)  # the higher the target, the more of it is seen
    assert 0.2 < shares[0] < shares[-1] <= 1.005


def test_manifest_says_what_it_was(one_site: tuple[Path, str, Path]) -> None:
    out, _, dem = one_site
    data = json.loads((out / "manifest.json").read_text())
    assert data["command"] == "coverage"
    assert data["skyshade"]
    assert data["dem"]["name"] == dem.stem
    assert data["dem"]["bytes_read"] == dem.stat().st_size
    assert data["input"]["max_range"] == "30km"
    assert data["timings_s"]["sweep"] >= 0


def test_contours_are_valid_geojson(one_site: tuple[Path, str, Path]) -> None:
    out, _, _ = one_site
    data = json.loads((out / "contours.geojson").read_text())
    bounds = json.loads((out / "coverage.json").read_text())["terrain"]["bounds_deg"]
    around = shapely.box(*bounds).buffer(1e-3)
    assert data["type"] == "FeatureCollection"
    assert "crs" not in data  # RFC 7946
    assert len(data["features"]) == 4
    for feature in data["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.geom_type == "MultiPolygon"
        assert shape.is_valid
        assert around.contains(shape)
        assert feature["properties"]["visible_km2"] > 0
        for polygon in shape.geoms:
            assert shapely.is_ccw(polygon.exterior)


def test_outline_holds_the_visible_area(one_site: tuple[Path, str, Path]) -> None:
    """The outline, measured on the ellipsoid by other software, against the area of the cells."""
    from pyproj import Geod

    out, _, _ = one_site
    for feature in json.loads((out / "contours.geojson").read_text())["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        area_m2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(shape)[0])
        assert area_m2 / 1e6 == pytest.approx(feature["properties"]["visible_km2"], rel=0.05)


def test_pictures_show_the_areas(one_site: tuple[Path, str, Path]) -> None:
    """Terrain is grey, so the coloured pixels of a panel are what is seen there."""
    out, _, _ = one_site
    areas = json.loads((out / "coverage.json").read_text())["areas"]
    visible = np.array([area["visible_frac"] for area in areas])
    pixels = rgb(out / "visible.png")
    coloured = np.ptp(pixels, axis=2) > 30
    panels = [
        half for row in np.array_split(coloured, 2) for half in np.array_split(row, 2, axis=1)
    ]
    shown = np.array([panel.sum() for panel in panels])
    assert 0.5 < shown[-1] / panels[-1].size < 0.7  # a disc with a margin, seen whole from 10 km
    assert shown / shown[-1] == pytest.approx(visible / visible[-1], abs=0.02)

    pixels = rgb(out / "clearance.png")
    coloured = np.ptp(pixels, axis=2) > 30
    lowest = coloured & (pixels.mean(axis=2) < 110)  # the darkest class: from 30 m or lower on
    assert areas[0]["altitude"] == "30 m AGL"
    assert lowest.sum() / coloured.sum() == pytest.approx(visible[0], abs=0.03)


def test_a_chart_without_data_has_no_colour(tmp_path: Path) -> None:
    """What `coloured` says of pictures means something."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    axes.set(title="A chart", xlabel="ground range, km", ylabel="share, %")
    axes.grid(True)
    figure.savefig(tmp_path / "empty.png", dpi=160)
    assert coloured(tmp_path / "empty.png") == 0.0
    axes.plot([0, 1], [0, 1])
    figure.savefig(tmp_path / "line.png", dpi=160)
    assert coloured(tmp_path / "line.png") > 0.001


def rgb(picture: Path) -> NDArray[np.int64]:
    """(rows, columns, 3) colours."""
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)


def test_force_is_the_lowest_of_its_sites(three_sites: tuple[Path, str]) -> None:
    out, shown = three_sites
    sites = [read(out / "sites" / s / "masking_altitude.tif") for s in ("west", "east", "late")]
    force = read(out / "masking_altitude.tif")
    lowest = np.fmin(np.fmin(sites[0], sites[1]), sites[2])
    assert np.array_equal(force, lowest, equal_nan=True)
    assert np.isfinite(force).sum() > max(np.isfinite(s).sum() for s in sites)
    for name in ("west", "east", "late", "force"):
        assert name in shown


def test_counts_agree_with_the_sites(three_sites: tuple[Path, str]) -> None:
    out, _ = three_sites
    ground = _ground_under(out / "masking_altitude.tif", Path("dems/hills.tif"))
    sites = [read(out / "sites" / s / "masking_altitude.tif") for s in ("west", "east", "late")]
    for name, altitude in (("100m_agl", ground + 100), ("2km_msl", np.full_like(ground, 2000))):
        counts = read(out / f"n_sites_{name}.tif")
        assert counts.dtype == np.uint8
        expected = sum((s <= altitude) & (altitude >= ground) for s in sites)
        assert np.array_equal(counts, expected)
        assert counts.max() >= 2


def _ground_under(result: Path, dem: Path) -> NDArray[np.float32]:
    with rasterio.open(result) as r, rasterio.open(dem) as d:
        window = rasterio.windows.from_bounds(*r.bounds, d.transform)
        ground = d.read(1, window=window.round_offsets().round_lengths())
        return np.asarray(ground, np.float32)


def test_force_is_between_its_best_site_and_their_sum(three_sites: tuple[Path, str]) -> None:
    out, _ = three_sites
    areas = json.loads((out / "coverage.json").read_text())["areas"]
    for altitude in {a["altitude"] for a in areas}:
        visible = {a["who"]: a["visible_km2"] for a in areas if a["altitude"] == altitude}
        force = visible.pop("force")
        assert max(visible.values()) <= force <= sum(visible.values())


def test_as_of_leaves_out_who_is_not_there_yet(skyshade: Run) -> None:
    Path("case.yaml").write_text(SCENARIO)
    outcome = skyshade("coverage", "case.yaml", "--as-of", "2022", "--out", "out")
    assert outcome.code == 0
    data = json.loads(Path("out/coverage.json").read_text())
    assert [s["id"] for s in data["sites"]] == ["west"]


def test_same_input_same_bytes(three_sites: tuple[Path, str]) -> None:
    """With one thread or two, in this process or another: only the manifest's times differ."""
    first, _ = three_sites
    subprocess.run(
        [*COMMAND, "coverage", "case.yaml", "--as-of", "all", "--out", "again"],
        check=True,
        capture_output=True,
        env=os.environ | {"NUMBA_NUM_THREADS": "1" if numba.get_num_threads() > 1 else "2"},
    )
    again = Path("again")
    assert names_in(again) == names_in(first)
    for name in names_in(first) - {"manifest.json"}:
        assert (again / name).read_bytes() == (first / name).read_bytes(), name


def test_dem_error_gives_probabilities_that_the_seed_repeats(skyshade: Run) -> None:
    def run(out: str, seed: int) -> NDArray[Any]:
        outcome = skyshade(
            "coverage",
            "--dem",
            "dems/hills.tif",
            "--site",
            "75.5,30.5",
            "--max-range",
            "8km",
            "--altitude",
            "30 m agl",
            "--dem-error",
            "20 m",
            "--replicates",
            "3",
            "--seed",
            seed,
            "--out",
            out,
        )
        assert outcome.code == 0, outcome.err
        return read(Path(out) / "p_visible_30m_agl.tif")

    first, same, other = run("a", 1), run("b", 1), run("c", 2)
    inside = np.isfinite(first)
    assert np.array_equal(inside, np.isfinite(read(Path("a/masking_altitude.tif"))))
    assert ((first[inside] >= 0) & (first[inside] <= 1)).all()
    assert 0 < first[inside].mean() < 1
    assert np.array_equal(first, same, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)
    assert json.loads(Path("a/manifest.json").read_text())["dem_error"]["sigma_m"] == 20


@pytest.mark.parametrize("sector", ["0,360", "-180,180"])
def test_a_sector_all_round_is_no_sector(
    skyshade: Run, one_site: tuple[Path, str, Path], sector: str
) -> None:
    out, _, dem = one_site
    if dem.name != "hills.tif":
        pytest.skip("one DEM is enough")
    outcome = skyshade(
        "coverage",
        "--dem",
        dem,
        "--site",
        "75.5,30.5",
        "--max-range",
        "30km",
        "--az-sector",
        sector,
        "--out",
        "out",
    )
    assert outcome.code == 0, outcome.err
    whole, turned = read(out / "masking_altitude.tif"), read(Path("out/masking_altitude.tif"))
    assert np.array_equal(whole, turned, equal_nan=True)


def test_smallest_dem(skyshade: Run) -> None:
    outcome = skyshade(
        "coverage",
        "--dem",
        "dems/two_by_two.tif",
        "--site",
        "75.008,30.992",
        "--max-range",
        "50km",
        "--out",
        "out",
    )
    assert outcome.code == 0, outcome.err
    assert read(Path("out/masking_altitude.tif")).shape == (2, 2)
    for area in json.loads(Path("out/coverage.json").read_text())["areas"]:
        assert area["unknown_km2"] > 0.99 * area["ring_km2"]


def test_a_run_leaves_other_files_alone(skyshade: Run, three_sites: tuple[Path, str]) -> None:
    shutil.copytree(three_sites[0], "out")
    Path("out/mine.txt").write_text("keep")
    outcome = skyshade(
        "coverage",
        "--dem",
        "dems/hills.tif",
        "--site",
        "75.5,30.5",
        "--max-range",
        "5km",
        "--altitude",
        "1 km agl",
        "--out",
        "out",
    )
    assert outcome.code == 0, outcome.err
    assert Path("out/mine.txt").read_text() == "keep"
    assert not [p for p in Path("out").iterdir() if p.name.startswith(".")]


# -------------------------------------------------------------------------------------- assess


def test_assess_writes_its_results(assessed: tuple[Path, str]) -> None:
    out, shown = assessed
    names = names_in(out)
    assert names >= {
        "index.html",
        "summary.json",
        "manifest.json",
        "areas.csv",
        "places.csv",
        "figures/sight.png",
        "figures/clearance.png",
        "figures/clearance.csv",
        "rasters/masking_altitude.tif",
        "rasters/sites/west/masking_altitude.tif",
        "rasters/n_sites_100m_agl.tif",
    }
    assert "rasters/sites/late/masking_altitude.tif" not in names
    assert "2 units in service" in shown
    assert "late" not in shown
    assert set(json.loads((out / "manifest.json").read_text())["timings_s"]) == {"assess", "write"}


def test_assess_summary_agrees_with_its_rasters(assessed: tuple[Path, str]) -> None:
    out, _ = assessed
    text = (out / "summary.json").read_text()
    json.loads(text, parse_constant=lambda c: pytest.fail(f"{c} is not JSON"))
    with (out / "areas.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    force = [r for r in rows if r["who"] == "force" and r["within"] == "radar ring"]
    assert [r["altitude"] for r in force] == ["100 m AGL", "2 km MSL"]
    counts = read(out / "rasters/n_sites_100m_agl.tif")
    cell_km2 = (111.32 / 120) * (110.86 / 120) * math.cos(math.radians(30.5))  # near 30.5 N
    assert float(force[0]["visible_km2"]) == pytest.approx((counts > 0).sum() * cell_km2, rel=0.01)
    for row in rows:
        parts = sum(float(row[k]) for k in ("visible_km2", "masked_km2", "unknown_km2"))
        assert parts == pytest.approx(float(row["ring_km2"]), rel=0.01)


def test_assess_says_what_is_reached_in_every_form(assessed: tuple[Path, str]) -> None:
    out, _ = assessed
    assert names_in(out) >= {
        "places_reach.json",
        "places_reach.csv",
        "figures/growth.svg",
        "figures/places-sides.svg",
        "rasters/lowest_engageable_fighter.tif",
        "rasters/n_engageable_fighter_2km_msl.tif",
        "rasters/only_unit_fighter_2km_msl.tif",
        "rasters/engageable.json",
        "unit-west.html",
    }
    summary = json.loads((out / "summary.json").read_text())
    steps = [step["reach"] for step in summary["growth"]]
    force = summary["reach"]["force"]["results"]
    assert len(steps) == 2
    for earlier, later in zip(*steps, strict=True):
        assert earlier["area_km2"][1] <= later["area_km2"][1]
        (now,) = (
            r for r in force if (r["target"], r["altitude"]) == (later["target"], later["altitude"])
        )
        assert later["area_km2"] == pytest.approx(now["area_km2"], rel=1e-3)
    fighter = {p["id"]: p for p in summary["reach"]["places"] if p["target"] == "fighter"}
    assert set(fighter) == {"town", "far"} and fighter["town"]["n_units"][2] >= 1
    assert len(summary["reach"]["crossings"]) == 2
    page = (out / "index.html").read_text()
    assert "Each defended place, from every side" in page
    assert "flies straight at a unit can be intercepted" in page
    assert "Targets that pass at a distance" in (out / "unit-west.html").read_text()


class _Page(html.parser.HTMLParser):
    """What a page loads, links to, and how its elements are called."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.anchors: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("src", "href", "xlink:href", "srcset", "poster", "data", "action"):
                (self.anchors if tag == "a" else self.loads).append(value or "")


def test_report_needs_nothing_but_itself(assessed: tuple[Path, str]) -> None:
    text = (assessed[0] / "index.html").read_text()
    page = _Page()
    page.feed(text)
    assert page.loads
    assert [v for v in page.loads if not v.startswith(("data:", "#"))] == []
    assert not re.search(r"url\((?!['\"]?(data:|#|%23))", text)
    assert "@import" not in text
    assert "script" not in page.tags  # and so the title of the source was escaped
    for target in page.anchors:
        beside = (assessed[0] / target).is_file() and "/" not in target  # a unit's own page
        assert target.startswith("https://") or target.removeprefix("#") in page.ids or beside
    for file in assessed[0].glob("unit-*.html"):
        unit = _Page()
        unit.feed(file.read_text())
        assert [v for v in unit.loads if not v.startswith("data:")] == []
        assert unit.anchors == ["index.html"]
    assert "Town &lt;b&gt;&amp; field" in text


def test_report_has_no_id_twice(assessed: tuple[Path, str]) -> None:
    page = _Page()
    page.feed((assessed[0] / "index.html").read_text())
    assert sorted(page.ids) == sorted(set(page.ids))


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


@pytest.mark.skipif(CHROMIUM is None, reason="no headless browser here")
def test_report_shows_in_a_browser(assessed: tuple[Path, str], tmp_path: Path) -> None:
    assert CHROMIUM
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1200,3000",
            f"--screenshot={tmp_path / 'page.png'}",
            (assessed[0] / "index.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "CONSOLE" not in done.stderr  # errors and warnings of the page itself
    with Image.open(tmp_path / "page.png") as image:
        assert len(np.unique(np.asarray(image.convert("L")))) > 30


def test_assess_on_another_day(skyshade: Run) -> None:
    Path("case.yaml").write_text(
        SCENARIO.replace("places:", "place_s:").split("place_s:")[0]
        + SCENARIO[SCENARIO.index("sources:\n  atlas") :]
    )
    outcome = skyshade("assess", "case.yaml", "--as-of", "2022-04", "--out", "out")
    assert (outcome.code, outcome.err) == (0, "")
    assert "The one unit in service" in outcome.out
    assert json.loads(Path("out/manifest.json").read_text())["as_of"] == "2022-04-30"
    assert not Path("out/places.csv").exists()
    assert "rasters/masking_altitude.tif" in names_in(Path("out"))


# ---------------------------------------------------------------- validate, catalogue, terrain


@pytest.mark.parametrize("name", ["india-s400", "turkey-s400", "single-site", "flat-earth-check"])
def test_shipped_scenarios_are_good(skyshade: Run, name: str) -> None:
    outcome = skyshade("validate", name)
    assert (outcome.code, outcome.err) == (0, "")
    assert "good" in outcome.out


def test_catalogue_shows_every_entry_and_knows_one_by_its_alias(skyshade: Run) -> None:
    overview = skyshade("catalogue")
    assert overview.code == 0
    data = json.loads(skyshade("catalogue", "--json").out)
    for name in data["entries"]:
        assert name in overview.out
    one = skyshade("catalogue", "S-400")
    assert one.out.startswith("s-400: ")
    assert "Sources" in one.out
    assert max(map(len, overview.out.splitlines())) <= 160


def test_terrain_set_from_adding_to_forgetting(skyshade: Run) -> None:
    assert skyshade("terrain", "add", "dems/hills.tif", "--name", "my-hills").code == 0
    listed = skyshade("terrain", "list")
    assert "my-hills" in listed.out
    assert "30 x 30 arc-second" in listed.out
    outcome = skyshade(
        "coverage",
        "--dem",
        "my-hills",
        "--site",
        "75.5,30.5",
        "--max-range",
        "3km",
        "--altitude",
        "1 km agl",
        "--out",
        "out",
    )
    assert outcome.code == 0, outcome.err
    assert skyshade("terrain", "remove", "my-hills").code == 0
    assert "my-hills" not in skyshade("terrain", "list").out
    assert Path("dems/hills.tif").exists()


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command and group of commands, by the words that call it."""
    yield " ".join(path), group
    for name, below in getattr(group, "commands", {}).items():
        yield from commands(below, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_command_is_there() -> None:
    assert {"", "assess", "raid run", "programme show", "terrain fetch"} <= COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_help(skyshade: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """What a command does, its parts and each of its parameters are told."""
    monkeypatch.setenv("COLUMNS", "160")
    outcome = skyshade(*command.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    told = " ".join(outcome.out.replace("│", " ").split())
    given = COMMANDS[command]
    assert f"Usage: skyshade {command}".strip() in told
    summary = " ".join(given.help.split("\n\n")[0].replace("`", "").split())
    assert summary and summary in told
    for name, below in getattr(given, "commands", {}).items():
        first_words = " ".join(below.help.split()[:4])
        assert f" {name} {first_words}" in told
    for parameter in given.params:
        assert all(f" {name} " in told for name in parameter.opts)
        first_words = " ".join(parameter.help.split()[:3])
        assert first_words and first_words in told, parameter.name
