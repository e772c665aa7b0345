"""Values that were once accepted and made nonsense: refused, with what is allowed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from scipy.stats import ncx2

from e2e.test_programme_registers import register
from skyshade import memory
from skyshade.coverage.compute import check_sites
from skyshade.engagement.recordings import read_recording
from skyshade.engagement.records import derive_records
from skyshade.errors import InputError
from skyshade.programme.register import read_registers
from skyshade.radar.detection import MIN_PFA, detection_probability, false_alarm_threshold
from skyshade.reach.gaps import read_lines
from skyshade.scenario import load_scenario
from skyshade.scenario.load import scenario_file
from skyshade.scenario.site_files import read_sites
from skyshade.terrain.dem import load_dem
from skyshade.web.case import MapCase
from skyshade.web.jobs import Jobs
from skyshade.web.work import RaidAsked, check_asked
from skyshade.yamlfile import dump_yaml, load_json, parse_yaml

LINE = {"type": "LineString", "coordinates": [[75.0, 30.0], [76.0, 31.0]]}


def raster(path: Path, heights: Any, at: Affine, **tags: Any) -> Path:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="float32",
        count=1,
        crs="EPSG:4326",
        height=heights.shape[0],
        width=heights.shape[1],
        transform=at,
    ) as file:
        file.write(heights.astype("float32"), 1)
        for name, value in tags.items():
            setattr(file, name, value)
    return path


GRID = Affine(0.01, 0, 75, 0, -0.01, 31)
HILLS = np.full((20, 20), 300.0)


def test_a_sea_floor_is_no_terrain(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="below any dry land"):
        load_dem(raster(tmp_path / "a.tif", HILLS - 12_000, GRID))


def test_a_negative_scale(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a scale above 0"):
        load_dem(raster(tmp_path / "a.tif", HILLS, GRID, scales=(-1.0,)))


@pytest.mark.parametrize(("west", "good"), [(75, True), (355, True), (435, False), (-450, False)])
def test_a_longitude_once_round_and_more(tmp_path: Path, west: float, good: bool) -> None:
    file = raster(tmp_path / "a.tif", HILLS, Affine(0.01, 0, west, 0, -0.01, 31))
    if good:
        assert load_dem(file).heights.max() == 300
    else:
        with pytest.raises(InputError, match="does not lie on Earth"):
            load_dem(file)


def test_more_terrain_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = raster(tmp_path / "a.tif", HILLS, GRID)
    monkeypatch.setattr(memory, "free_bytes", lambda: 400 * 27)
    load_dem(file)
    monkeypatch.setattr(memory, "free_bytes", lambda: 400 * 27 - 1)
    with pytest.raises(InputError, match=r"400 posts x 27 bytes = 0\.0 GiB'; allowed: 0\.0 GiB"):
        load_dem(file)


def test_free_memory_is_known_here() -> None:
    free = memory.free_bytes()
    assert free is None or 2**20 < free < 2**50


@pytest.mark.parametrize("pfa", [1e-90, MIN_PFA / 2, 0.0, 0.5])
def test_a_false_alarm_probability_out_of_bounds(pfa: float) -> None:
    with pytest.raises(InputError, match=r"1e-20 to less than 0\.5"):
        detection_probability(1.0, pfa, 1000, 0)


@pytest.mark.parametrize("n", [1, 30, 1000])
@pytest.mark.parametrize("pfa", [MIN_PFA, 1e-12, 1e-6])
def test_the_lowest_false_alarm_probability_is_computed_right(n: int, pfa: float) -> None:
    """Against the non-central chi-square law of a steady target (Marcum 1960)."""
    threshold = false_alarm_threshold(pfa, n)
    snr = np.linspace(0.2, 3, 40) * (threshold - n) / n
    exact = ncx2.sf(2 * threshold, 2 * n, 2 * n * snr)
    np.testing.assert_allclose(detection_probability(snr, pfa, n, 0), exact, atol=1e-6)


def test_ground_far_from_the_terrain(tmp_path: Path) -> None:
    text = scenario_file("flat-earth-check").read_text("utf-8")
    high = text.replace("max_range: 500 km", "max_range: 500 km\n    ground_msl: 8 km")
    file = tmp_path / "case.yaml"
    file.write_text(high.replace("smooth-earth", "globe30-south-asia"))
    with pytest.raises(InputError, match=r"8000 m, where the terrain is at \d+ m"):
        check_sites(load_scenario(file))
    file.write_text(high)  # a smooth Earth says nothing of a hill
    check_sites(load_scenario(file))


@pytest.mark.parametrize("date", ["1e30 km", "soon", "12345", "9999", "x" * 50 + " 2021"])
def test_a_source_without_a_date(tmp_path: Path, date: str) -> None:
    text = scenario_file("flat-earth-check").read_text("utf-8")
    source = f"sources:\n  s: {{title: T, outlet: O, date: {json.dumps(date)}}}\n"
    (tmp_path / "case.yaml").write_text(text + source)
    with pytest.raises(InputError, match="not a date"):
        load_scenario(tmp_path / "case.yaml")


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "FeatureCollection", "features": 5}',
        '{"type": "FeatureCollection", "features": [5, null, {}]}',
        '{"type": "LineString", "coordinates": [[1' + "0" * 400 + ", 1], [2, 2]]}",
        '{"type": "LineString", "coordinates": [[1e400, 1], [2, 2]]}',
        '{"type": "LineString", "coordinates": [[NaN, 1], [2, 2]]}',
        '{"type": "LineString", "coordinates": [[true, "x"], {}]}',
        '{"type": "LineString", "coordinates": [[], []]}',
        '{"type": "LineString"}',
        '{"type": "Feature", "geometry": {"type": "Feature"}}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "",
        "null",
    ],
)
def test_lines_that_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "line.json").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_lines(tmp_path / "line.json")
    assert len(str(caught.value)) < 600


def test_a_line_is_read(tmp_path: Path) -> None:
    feature = {"type": "Feature", "geometry": LINE}
    for data in (LINE, feature, {"type": "FeatureCollection", "features": [feature]}):
        (tmp_path / "line.json").write_text(json.dumps(data))
        (line,) = read_lines(tmp_path / "line.json")
        assert line.tolist() == LINE["coordinates"]


def test_a_line_of_many_parts_is_read_whole(tmp_path: Path) -> None:
    """As borders come: several lines in one geometry, several geometries, a mark of byte order."""
    parts = [LINE["coordinates"], [[77.0, 31.0], [78.0, 31.5], [78.0, 32.0]]]
    many = {"type": "MultiLineString", "coordinates": parts}
    collection = {"type": "GeometryCollection", "geometries": [LINE, many]}
    feature = {"type": "Feature", "properties": {}, "geometry": collection}
    data = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "line.json").write_text("\ufeff" + json.dumps(data), "utf-8")
    lines = [line.tolist() for line in read_lines(tmp_path / "line.json")]
    assert lines == [LINE["coordinates"], *parts]


@pytest.mark.parametrize("device", ["/dev/zero", "pipe"])
def test_a_device_or_a_pipe_is_no_file(tmp_path: Path, device: str) -> None:
    file = Path(device)
    if device == "pipe":
        file = tmp_path / "pipe.tif"
        os.mkfifo(file)
    for read in (read_lines, load_dem, load_json):
        with pytest.raises(InputError, match="not a regular file"):
            read(file)


@pytest.mark.parametrize(
    "text", ["1e3", "1e5", "null", "~", "true", "-.5", "inf", "12", "", "a: b"]
)
def test_every_text_is_written_so_that_it_is_read_again(text: str) -> None:
    assert parse_yaml(dump_yaml({"title": text})).data == {"title": text}


def test_a_raid_that_lasts_too_long_is_refused_at_once() -> None:
    case = MapCase.load("india-s400")
    sites = [
        {"id": s.id, "like": s.id, "lon": s.position.lon, "lat": s.position.lat}
        for s in case.scenario.sites
    ]
    raid = {"target": "fighter", "bearing_deg": 270.0, "place": "amritsar-airport"}
    for n, interval, good in ((400, 600.0, False), (400, 100.0, True), (100, 600.0, True)):
        spec = raid | {"n_targets": n, "interval_s": interval}
        asked = RaidAsked.model_validate({"kind": "raid", "sites": sites, "raid": spec})
        if good:
            check_asked(case, asked)
        else:
            with pytest.raises(InputError, match=r"raid\.interval_s: the raid would last longer"):
                check_asked(case, asked)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"created": 1' + "0" * 400 + "}", '{"id": 5, "kind": {}}', "[" * 10_000],
)
def test_job_files_that_cannot_be_read_do_not_stop_the_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "job-0123456789abcdef.json").write_text(text)
    assert Jobs(tmp_path, {}).all() == []


def test_a_job_says_which_catalogue_it_rests_on(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, {"quick": lambda job: "done"}, {"catalogue": "abc"})
    job = jobs.start("quick", {})
    file = tmp_path / "jobs" / f"{job.id}.json"
    assert json.loads(file.read_text("utf-8"))["catalogue"] == "abc"
    jobs.close()


@pytest.mark.parametrize("number", ["٣٠", "3_0", "३०", "nan", "inf", "1e400", "0x1e", "३"])
def test_numbers_are_written_in_the_digits_0_to_9(tmp_path: Path, number: str) -> None:
    """Python reads more as a number; every table of the user's refuses it."""
    recording = tmp_path / "recording.csv"
    recording.write_text(f"flight,t,lat,lon,alt_m\na,0,{number},75,1000\na,10,30,75,1000\n")
    with pytest.raises(InputError):
        read_recording(recording)
    sites = tmp_path / "sites.kml"
    sites.write_text(
        f"<kml><Placemark><Point><coordinates>75,{number}</coordinates></Point></Placemark></kml>"
    )
    with pytest.raises(InputError, match="no such place"):
        read_sites(sites)
    table = tmp_path / "attacks.csv"
    table.write_text(
        f"time_start,model,launched,destroyed,not_reach_goal\n2024-02-04,Kalibr,{number},4,0\n"
    )
    with pytest.raises(InputError, match="not a whole number"):
        derive_records(table)
    orders = tmp_path / "register.csv"
    register(str(orders), "18 May 2026", 6, "2021; 2022; 2023", "2021-2027")
    orders.write_text(orders.read_text("latin-1").replace(",10,,Shield-4", f",{number},,Shield-4"))
    with pytest.raises(InputError, match="not a number"):
        read_registers(orders)
