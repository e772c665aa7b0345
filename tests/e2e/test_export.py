"""`skyshade export`: every format opened by a reader that had no part in writing it."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import czml3
import duckdb
import fastkml
import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from fastkml import validator
from lxml import etree
from numpy.typing import NDArray
from PIL import Image
from pyproj import CRS, Geod

from acmi_reader import Recording, read_acmi
from e2e.conftest import Run, coloured
from raid_scenarios import scenario, site
from skyshade.catalogue import load_catalogue
from skyshade.cli import main
from skyshade.cli.export import NAMES
from skyshade.engagement import compile_raid
from skyshade.engagement.replay import replay
from skyshade.export.acmi import TARGET_TYPES
from skyshade.export.formats import WRITERS
from skyshade.export.raster import write_cog
from skyshade.report.pictures import PICTURES
from skyshade.scenario.load import load_scenario
from skyshade.terrain.model import Grid
from skyshade.web.app import BUNDLE

SEED, REPLICATE = 5, 3
STILL = ["sites", "places", "rings", "visible", "engageable", "reach"]
MOVING = ["flights", "missiles", "events", "positions"]
GEOD = Geod(ellps="WGS84")


def flags(*formats: str) -> list[str]:
    return [word for name in formats for word in ("--format", name)]


def described() -> dict[str, Any]:
    """Two sites, names with marks that formats must escape, targets of every end."""
    cruise = {
        "id": "cruise",
        "target": "subsonic-cruise-missile",
        "count": 8,
        "aim": {"place": "town"},
        "bearing": "270 deg",
        "distance": "90 km",
        "altitude": "300 m agl",
        "spacing": "1 km",
    }
    decoys = {
        "id": "fake",
        "target": "fighter",
        "count": 2,
        "altitude": "5 km msl",
        "decoy": True,
        "aim": {"site": "site", "part": "radar"},
        "bearing": "90 deg",
        "distance": "120 km",
    }
    airliner = {
        "id": "airliner",
        "target": "large-support-aircraft",
        "friendly": True,
        "altitude": "10 km msl",
        "path": [{"lon": 74.6, "lat": 20.6}, {"lon": 75.4, "lat": 20.5}],
    }
    like: dict[str, Any] = {"max_range": "120 km", "missiles": ["48N6E3"]}
    whole = scenario(
        cruise,
        decoys,
        airliner,
        duration="12 min",
        sites=[site(**like), site("east", lon=75.8, **like)],
        defence={"load": {"48N6E3": 6}},
        rules={"kill_probability": {"all": 0.7}, "doctrine": "shoot-shoot"},
    )
    whole["sites"][0]["name"] = "Unit <1>, north & south"
    return whole | {
        "name": "small",
        "title": "A small raid, <for> tests & readers",
        "ring": "100 km",
        "altitudes": ["100 m agl", "1 km agl", "1 km msl"],
        "targets": ["fighter", "subsonic-cruise-missile"],
        "places": [
            {
                "id": "town",
                "name": "Town | “Ö”, old",
                "kind": "other",
                "position": {"lon": 75.1, "lat": 20.1},
                "sources": ["own"],
            }
        ],
        "sources": {"own": {"title": "Made up", "outlet": "This test", "licence": "CC0"}},
    }


class Made(NamedTuple):
    """What the command wrote, and the replay as the library has it."""

    out: Path
    file: Path
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    home = tmp_path_factory.mktemp("export")
    file, out = home / "small.yaml", home / "out"
    file.write_text(json.dumps(described()), "utf-8")
    arguments = [
        "export",
        file,
        *flags(*NAMES),
        "--replicate",
        REPLICATE,
        "--seed",
        SEED,
        "--draws",
        16,
        "--out",
        out,
    ]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setenv("SKYSHADE_HOME", str(home / "own"))
        patch.setattr(sys, "argv", ["skyshade", *map(str, arguments)])
        main()
    assert stop.value.code == 0
    events = list(replay(compile_raid(load_scenario(file)), SEED, REPLICATE))
    ends = {e["event"] for e in events}
    assert {"hit", "missed", "wasted", "leaked", "departed", "track confirmed"} <= ends, ends
    return Made(out, file, events)


def read_layers(made: Made) -> dict[str, geopandas.GeoDataFrame]:
    path = made.out / "small.gpkg"
    return {name: geopandas.read_file(path, layer=name) for name, _ in pyogrio.list_layers(path)}


def says_what_it_is(text: str) -> bool:
    """The flag, the licence and where the places come from."""
    return all(
        words in text
        for words in (
            "sector-level and illustrative",
            "Apache-2.0",
            "Terrain: smooth-earth",
            "Made up, This test (CC0)",
        )
    )


def test_the_manifest_says_what_was_made(made: Made) -> None:
    manifest = json.loads((made.out / "manifest.json").read_text("utf-8"))
    assert manifest["formats"] == list(NAMES) and manifest["timings_s"].keys() == set(NAMES)
    assert (manifest["seed"], manifest["replicate"], manifest["draws"]) == (SEED, REPLICATE, 16)
    assert set(NAMES) == set(WRITERS) | set(PICTURES)


def test_rasters_open_in_rasterio(made: Made) -> None:
    with rasterio.open(made.out / "geotiff" / "masking_altitude.tif") as raster:
        masking, tags = raster.read(1), raster.tags()
        row, col = raster.index(75.0, 20.0)
        assert raster.units == ("m",) and raster.crs.to_epsg() == 4326
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert masking[row, col] < 25.0 and np.isnan(masking[0, 0])
    assert tags["illustrative"] == "true"
    assert says_what_it_is(tags["TIFFTAG_IMAGEDESCRIPTION"] + tags["TIFFTAG_COPYRIGHT"])
    with rasterio.open(made.out / "geotiff" / "n_sites_1km_msl.tif") as raster:
        seen = raster.read(1)
    # a target is seen where its altitude is not below the masking altitude
    np.testing.assert_array_equal(seen > 0, np.nan_to_num(masking, nan=np.inf) <= 1000.0)
    assert seen.max() == 2


@pytest.mark.parametrize("compress", [True, False])
def test_rasters_of_any_size_say_what_they_are(tmp_path: Path, compress: bool) -> None:
    """Large ones are not written by GDAL."""
    grid = Grid(Affine(0.01, 0, 75, 0, -0.01, 31), CRS.from_epsg(4326).to_wkt(), (50, 60))
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": "“Ö”, sector-level",
        "TIFFTAG_COPYRIGHT": "CC0",
        "illustrative": "true",
    }
    write_cog(
        tmp_path / "a.tif",
        np.ones((50, 60), np.float32),
        grid,
        description="ones",
        compress=compress,
        tags=tags,
    )
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert tags.items() <= raster.tags().items() and raster.descriptions == ("ones",)


def test_the_geopackage_opens_in_geopandas(made: Made) -> None:
    layers = read_layers(made)
    assert list(layers) == STILL + MOVING
    for name, frame in layers.items():
        assert frame.crs.to_epsg() == 4326 and frame.is_valid.all() and len(frame), name
        assert frame.geom_type.nunique() == 1, name
    sites = layers["sites"].set_index("id")
    assert sites.illustrative.tolist() == [True, True]
    assert sites.loc["site", "name"] == "Unit <1>, north & south"
    assert (sites.geometry["site"].x, sites.geometry["site"].y) == (75.0, 20.0)
    assert layers["rings"].radius_m.tolist() == [120e3, 100e3] * 2
    visible = layers["visible"]
    assert set(visible.altitude) == {"100 m AGL", "1 km AGL", "1 km MSL"}
    assert set(zip(visible.altitude_m, visible.altitude_datum, strict=True)) == {
        (100.0, "agl"),
        (1000.0, "agl"),
        (1000.0, "msl"),
    }
    for frame in (visible, layers["engageable"]):
        km2 = frame.to_crs("ESRI:54034").area / 1e6
        np.testing.assert_allclose(km2, frame.area_km2, rtol=0.02)
    assert set(layers["reach"]["quantile"]) == {0.05, 0.5, 0.95}


def test_outlines_end_at_the_horizon(made: Made) -> None:
    """Over a smooth Earth: R' (acos(R'/(R'+a)) + acos(R'/(R'+h))), R' = 4/3 R, by hand."""
    visible = read_layers(made)["visible"]
    low = visible[(visible.altitude == "100 m AGL") & (visible.n_sites == 1)].geometry.iloc[0]
    around = next(p for p in low.geoms if p.contains(shapely.Point(75.0, 20.0)))
    edge = np.array(around.exterior.coords)
    edge = edge[edge[:, 0] < 75.0]  # east of it the other site sees as well
    n = len(edge)
    metres = GEOD.inv(np.full(n, 75.0), np.full(n, 20.0), edge[:, 0], edge[:, 1])[2]
    radius = 4 / 3 * 6_371_000
    away = sum(radius * math.acos(radius / (radius + h)) for h in (24.0, 100.0))
    assert abs(metres.mean() / away - 1) < 0.01
    assert abs(metres / away - 1).max() < 0.03  # a cell of 30 arc-seconds is 0.9 km of 61


def test_the_geopackage_says_what_it_is_and_no_date(made: Made) -> None:
    with sqlite3.connect(made.out / "small.gpkg") as base:
        contents = base.execute("SELECT description, last_change FROM gpkg_contents").fetchall()
        metadata = base.execute("SELECT metadata FROM gpkg_metadata").fetchall()
        when = base.execute("SELECT timestamp FROM gpkg_metadata_reference").fetchall()
    assert all(says_what_it_is(text) for text, _ in contents)
    assert {t for _, t in contents} | {t for (t,) in when} == {"2000-01-01T00:00:00.000Z"}
    assert any("illustrative" in text and "true" in text for (text,) in metadata)


def test_geojson_is_rfc_7946(made: Made) -> None:
    layers = read_layers(made)
    for name, frame in layers.items():
        data = json.loads((made.out / "geojson" / f"{name}.geojson").read_text("utf-8"))
        assert data["type"] == "FeatureCollection" and data["illustrative"] is True
        assert "crs" not in data and says_what_it_is(data["description"] + data["licence"])
        assert len(data["features"]) == len(frame)
        for feature, there in zip(data["features"], frame.geometry, strict=True):
            shape = shapely.geometry.shape(feature["geometry"])
            assert shape.is_valid and not shape.has_z  # heights would be above the ellipsoid
            west, south, east, north = shape.bounds
            assert 73 < west <= east < 77.1 and 18.5 < south <= north < 21.5
            assert shape.equals_exact(shapely.force_2d(there), 1e-9) or shape.equals(there)
            for part in shapely.get_parts(shape):
                if part.geom_type == "Polygon":
                    assert part.exterior.is_ccw and not any(r.is_ccw for r in part.interiors)


def test_kml_keeps_to_its_schema(made: Made) -> None:
    path = made.out / "small.kml"
    assert validator.validate(file_to_validate=path)
    with zipfile.ZipFile(made.out / "small.kmz") as archive:
        assert archive.namelist() == ["doc.kml"] and archive.read("doc.kml") == path.read_bytes()


def test_kml_has_the_layers_at_their_heights(made: Made) -> None:
    layers = read_layers(made)
    document = fastkml.KML.parse(made.out / "small.kml").features[0]
    assert isinstance(document, fastkml.Document) and document.extended_data
    assert says_what_it_is(str(document.description))
    data = [d for d in document.extended_data.elements if isinstance(d, fastkml.Data)]
    assert {d.name: d.value for d in data}["illustrative"] == "true"
    folders = {str(f.name): f for f in document.features if isinstance(f, fastkml.Folder)}
    assert list(folders) == [*STILL, *MOVING[:3]]

    def marks(folder: Any) -> list[Any]:
        inner = [marks(f) if isinstance(f, fastkml.Folder) else [f] for f in folder.features]
        return [mark for part in inner for mark in part]

    for name, folder in folders.items():
        assert len(marks(folder)) == len(layers[name]), name
    assert [f.name for f in folders["visible"].features] == ["100 m AGL", "1 km AGL", "1 km MSL"]
    assert [f.name for f in folders["reach"].features] == ["fighter", "subsonic-cruise-missile"]
    assert marks(folders["sites"])[0].geometry.coords[0][:2] == (75.0, 20.0)  # longitude first
    for slice_, height, mode in zip(
        folders["visible"].features,
        (100.0, 1000.0, 1000.0),
        ("relativeToGround", "relativeToGround", "absolute"),
        strict=True,
    ):
        for mark in marks(slice_):
            for part in getattr(mark.geometry, "geoms", [mark.geometry]):
                for ring in (part.exterior, *part.interiors):
                    assert ring.coords[0] == ring.coords[-1] and len(ring.coords) > 3
                    assert {c[2] for c in ring.coords} == {height}
            assert {g.altitude_mode.value for g in _kml_parts(mark)} == {mode}
    shown = {m.name for m in marks(folders["visible"]) if m.visibility}
    assert shown == {"seen by 1 or more at 100 m AGL", "seen by 2 or more at 100 m AGL"}


def _kml_parts(mark: Any) -> list[Any]:
    return list(getattr(mark.kml_geometry, "kml_geometries", None) or [mark.kml_geometry])


def read_czml(path: Path) -> list[czml3.Packet]:
    packets = json.loads(path.read_text("utf-8"))
    for packet in packets:  # this reader takes it for a number, against the format's description
        where = packet.get("polygon", {}).pop("extrudedHeightReference", None)
        assert where in (None, packet.get("polygon", {}).get("heightReference"))
    return czml3.Document(packets=[czml3.Packet.model_validate(p) for p in packets]).packets


def area_of(polygon: dict[str, Any]) -> Any:
    """A CZML polygon as a shape."""

    def corners(degrees: list[float]) -> NDArray[np.float64]:
        return np.reshape(degrees, (-1, 3))[:, :2]

    holes = polygon.get("holes", {}).get("cartographicDegrees", [])
    outside = polygon["positions"]["cartographicDegrees"]
    return shapely.Polygon(corners(outside), [corners(hole) for hole in holes])


def test_czml_areas_are_slabs(made: Made) -> None:
    names = ["engageable", "reach", "replay", "sites", "visible"]
    assert sorted(p.stem for p in (made.out / "czml").iterdir()) == names
    for name in names:
        document, *packets = read_czml(made.out / "czml" / f"{name}.czml")
        assert document.id == "document" and says_what_it_is(str(document.description))
        assert "above mean sea level, although Cesium expects" in str(document.description)
        ids = [p.id for p in packets]
        assert len(set(ids)) == len(ids)
        assert (document.clock is None) == (name != "replay")
    raw = json.loads((made.out / "czml" / "visible.czml").read_text("utf-8"))[1:]
    slabs = {
        (
            p["properties"]["altitude"],
            p["polygon"]["height"],
            p["polygon"].get("extrudedHeight"),
            p["polygon"]["heightReference"]["heightReference"],
        )
        for p in raw
    }
    assert slabs == {
        ("100 m AGL", 100.0, 1000.0, "RELATIVE_TO_GROUND"),
        ("1 km AGL", 1000.0, None, "RELATIVE_TO_GROUND"),
        ("1 km MSL", 1000.0, None, "NONE"),
    }
    layers = read_layers(made)
    for name, number, others in (
        ("visible", "n_sites", {}),
        ("engageable", "n_units", {"target": "fighter"}),
    ):
        wanted = {"altitude": "1 km MSL", number: 2} | others
        packets = json.loads((made.out / "czml" / f"{name}.czml").read_text("utf-8"))[1:]
        drawn = [
            area_of(p["polygon"]) for p in packets if wanted.items() <= p["properties"].items()
        ]
        there = layers[name]
        for column, value in wanted.items():
            there = there[there[column] == value]
        assert len(there) == 1 and shapely.union_all(drawn).equals(there.geometry.iloc[0])
        if name == "engageable":  # a missile has a least range
            assert any(shape.interiors for shape in drawn)


def test_czml_replays_the_replicate(made: Made) -> None:
    document, *packets = read_czml(made.out / "czml" / "replay.czml")
    assert isinstance(document.clock, czml3.properties.Clock) and document.clock.interval
    assert str(document.clock.interval.start).startswith("2000-01-01")
    raw = {p["id"]: p for p in json.loads((made.out / "czml" / "replay.czml").read_text("utf-8"))}
    assert len(raw) == len(packets) + 1
    for event in made.events:
        if event["event"] == "start":
            check_path(raw[f"target/{event['target']}"]["position"]["cartographicDegrees"], event)
        if event["event"] == "hit":
            end = raw[f"target/{event['target']}"]["position"]["cartographicDegrees"][-4:]
            expected = [event["t_s"], event["lon"], event["lat"], event["alt_m"]]
            assert near(end, expected, [0.001, 1e-5, 1e-5, 0.1])
            assert f"killed/{event['target']}" in raw
    launched = sum(e["event"] == "launched" for e in made.events)
    assert sum(id_.startswith("missile/") for id_ in raw) == launched > 3
    confirmed = {(e["site"], e["target"]) for e in made.events if e["event"] == "track confirmed"}
    tracks = {id_: p for id_, p in raw.items() if id_.startswith("track/")}
    assert set(tracks) == {f"track/{s}/{t}" for s, t in confirmed}
    for packet in tracks.values():  # a line leads to things that are in the same file
        for reference in packet["polyline"]["positions"]["references"]:
            assert reference.removesuffix("#position") in raw


def near(a: Any, b: Any, tolerance: list[float]) -> bool:
    """Whether time (s), degrees and metres are the same as far as they are rounded."""
    return bool((np.abs(np.subtract(a, b)) <= tolerance).all())


def check_path(degrees: list[float], start: dict[str, Any]) -> None:
    """Places flown are on the path that the replay tells."""
    flown = np.reshape(degrees, (-1, 4))
    told = np.array(start["path"])
    within = (flown[:, 0] >= told[0, 0]) & (flown[:, 0] <= told[-1, 0])
    assert within.sum() >= len(flown) - 1 >= 1
    for axis, tolerance in ((1, 2e-5), (2, 2e-5), (3, 0.2)):
        expected = np.interp(flown[within, 0], told[:, 0], told[:, axis])
        np.testing.assert_allclose(flown[within, axis], expected, atol=tolerance)


@pytest.fixture
def recording(made: Made) -> Recording:
    return read_acmi(made.out / "small.txt.acmi")


def test_tacview_text_says_what_it_is(recording: Recording) -> None:
    world = recording.world
    assert world["ReferenceTime"] == "2000-01-01T00:00:00Z"
    assert "an arbitrary date" in world["Comments"] and says_what_it_is(world["Comments"])
    assert world["Title"] == "A small raid, <for> tests & readers"
    by_type: dict[str, list[str]] = {}
    for thing in recording.things.values():
        by_type.setdefault(thing.properties["Type"], []).append(thing.properties["Name"])
    assert by_type["Heavy+Ground+Static+AntiAircraft"] == ["Unit <1>, north & south", "east"]
    assert by_type["Navaid+Static+Waypoint"] == ["Town / “Ö”, old"]
    assert len(by_type["Light+Weapon+Missile"]) == 8  # the cruise missiles


def test_tacview_text_replays_the_replicate(made: Made, recording: Recording) -> None:
    targets = {t.properties["Name"]: (i, t) for i, t in recording.things.items()}
    shots = [
        t for t in recording.things.values() if t.properties["Type"] == "Medium+Weapon+Missile"
    ]
    killed = {rest[0] for _, kind, rest in recording.events if kind == "Destroyed"}
    outcomes = [rest[-1] for _, kind, rest in recording.events if kind == "Timeout"]
    seen = dict.fromkeys(("hit", "leaked", "departed", "launched", "missed", "wasted"), 0)
    for event in made.events:
        kind, t_s = event["event"], float(event.get("t_s", 0.0))
        if kind in seen:
            seen[kind] += 1
        if kind == "start":
            _, thing = targets[event["target"]]
            check_path([v for place in thing.places for v in place], event)
            colour = {"cruise": "Red", "fake": "Orange", "airliner": "Green"}
            assert thing.properties["Color"] == colour[event["target"].rsplit("-", 1)[0]]
        if kind in ("hit", "leaked"):
            number, thing = targets[event["target"]]
            expected = (event["lon"], event["lat"], event["alt_m"])
            assert near(thing.at(t_s), expected, [1e-5, 1e-5, 0.1])
            assert thing.gone_s == t_s and (number in killed) == (kind == "hit")
        if kind == "launched":
            begins = [
                s
                for s in shots
                if s.places[0][0] == t_s and s.properties["Name"] == event["missile"]
            ]
            site_lon = 75.0 if event["unit"] == "site/1" else 75.8
            ends = (event["meets_t_s"], event["lon"], event["lat"], event["alt_m"])
            assert any(
                s.places[0][1] == site_lon and near(s.places[-1], ends, [0.001, 1e-5, 1e-5, 0.1])
                for s in begins
            )
    assert len(shots) == seen["launched"] and len(killed) == seen["hit"] >= 3
    assert outcomes.count("Outcome:Kill") == seen["hit"]
    assert outcomes.count("Outcome:Miss") == seen["missed"] + seen["wasted"]
    said = [rest[-1] for _, kind, rest in recording.events if kind == "Message"]
    assert said.count("reached its aim") == seen["leaked"] >= 1
    assert said.count("flew on") == seen["departed"] == 1


def test_every_target_class_has_a_type_in_tacview() -> None:
    assert set(TARGET_TYPES) == {e.id for e in load_catalogue().of_kind("target_class")}


def test_parquet_opens_in_geopandas_pandas_and_duckdb(made: Made) -> None:
    layers = read_layers(made)
    for name, frame in layers.items():
        path = made.out / "parquet" / f"{name}.parquet"
        there = geopandas.read_parquet(path)
        assert there.crs.to_string() == "OGC:CRS84" and there.is_valid.all()
        assert there.geom_equals_exact(
            frame.geometry.set_crs("OGC:CRS84", allow_override=True), 1e-9, align=False
        ).all()
        kept = pq.read_schema(path).metadata
        assert kept[b"illustrative"] == b"true"
        assert says_what_it_is((kept[b"description"] + kept[b"licence"]).decode())
        plain = pd.read_parquet(path).drop(columns="geometry")
        assert list(plain.columns) == [c for c in frame.columns if c != "geometry"]
    query = f"SELECT count(*) FROM '{made.out}/parquet/events.parquet' WHERE event = 'hit'"
    hits = sum(e["event"] == "hit" for e in made.events)
    assert duckdb.execute(query).fetchall() == [(hits,)]


def test_pictures_open_and_say_what_they_are(made: Made) -> None:
    home = made.out / "figures"
    names = ["clearance", "reach", "replay", "visible"]
    assert sorted(p.name for p in home.iterdir()) == [
        f"{n}.{e}" for n in names for e in ("png", "svg")
    ]
    for name in names:
        with Image.open(home / f"{name}.png") as image:
            assert says_what_it_is(image.info["Description"] + image.info["Copyright"])
        assert coloured(home / f"{name}.png") > 0.0
        root = etree.parse(home / f"{name}.svg").getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert says_what_it_is("".join(root.find("{*}metadata").itertext()))


def test_same_scenario_and_seed_same_bytes(made: Made, skyshade: Run, tmp_path: Path) -> None:
    formats = [n for n in NAMES if n not in PICTURES]
    done = skyshade(
        "export",
        made.file,
        *flags(*formats),
        "--replicate",
        REPLICATE,
        "--seed",
        SEED,
        "--draws",
        16,
        "--out",
        tmp_path / "again",
    )
    assert done.code == 0, done.err
    files = [p for p in (tmp_path / "again").rglob("*") if p.is_file() and p.suffix != ".json"]
    assert len(files) > 30
    for file in files:
        there = made.out / file.relative_to(tmp_path / "again")
        assert file.read_bytes() == there.read_bytes(), file.name


def test_a_scenario_without_a_raid_has_what_stands_still(skyshade: Run, tmp_path: Path) -> None:
    still = described()
    del still["raid"], still["places"]
    (tmp_path / "still.yaml").write_text(json.dumps(still))
    done = skyshade(
        "export",
        "still.yaml",
        *flags("geojson", "czml", "kml"),
        "--draws",
        0,
        "--altitude",
        "1 km msl",
        "--target",
        "fighter",
        "--out",
        "out",
    )
    assert done.code == 0, done.err
    there = sorted(p.stem for p in (tmp_path / "out" / "geojson").iterdir())
    assert there == sorted(set(STILL) - {"places"})
    assert not (tmp_path / "out" / "czml" / "replay.czml").exists()
    reach = json.loads((tmp_path / "out" / "geojson" / "reach.geojson").read_text())
    properties = [f["properties"] for f in reach["features"]]
    assert {(p["target"], p["altitude"]) for p in properties} == {("fighter", "1 km MSL")}


@pytest.mark.parametrize(("lon", "lat"), [(179.9, 20.0), (10.0, 88.9)])
def test_sites_at_the_edges_of_the_map_are_refused_in_one_line(
    skyshade: Run, tmp_path: Path, lon: float, lat: float
) -> None:
    one = described() | {"sites": [site(lon=lon, lat=lat)]}
    del one["raid"], one["places"]
    (tmp_path / "edge.yaml").write_text(json.dumps(one))
    formats = flags("geotiff", "geojson", "kml", "czml", "parquet", "geopackage")
    done = skyshade(
        "export",
        "edge.yaml",
        *formats,
        "--draws",
        0,
        "--altitude",
        "1 km msl",
        "--target",
        "fighter",
        "--out",
        "out",
    )
    assert done.code == 2 and done.err.count("\n") == 1 and "antimeridian" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "geotif"], ["--format: unknown format 'geotif'", "Did you mean 'geotiff'"]),
        (["--format", "gpkg"], ["unknown format", "Did you mean 'geopackage'"]),
        ([], ["--format: nothing to export", "--site"]),
        (["--format", "acmi", "--replicate", -1], ["--replicate", "0 to 999,999,999"]),
        (["--format", "acmi", "--replicate", 10**9], ["--replicate", "out of bounds"]),
        (["--format", "kml", "--seed", -1], ["--seed: seed out of range"]),
        (
            ["--format", "kml", "--altitude", "2 km msl"],
            ["--altitude: not an altitude of the scenario", "1 km MSL"],
        ),
        (["--format", "kml", "--altitude", "high"], ["--altitude"]),
        (
            ["--format", "kml", "--target", "fightr"],
            ["--target: unknown", "Did you mean 'fighter'"],
        ),
        (["--format", "kml", "--draws", 3], ["--draws"]),
        (["--format", "kml", "--as-of", "soon"], ["--as-of"]),
        (["--format", "kml", "--out", ""], ["the folder has no name"]),
        (["--format", "kml", "--out", "small.yaml"], ["the output folder is a file"]),
        (["--format", "kml", "--out", "/proc/out"], ["/proc/out: cannot write here"]),
    ],
)
def test_bad_flags_get_one_line(
    skyshade: Run,
    made: Made,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[object],
    words: list[str],
) -> None:
    (tmp_path / "small.yaml").write_bytes(made.file.read_bytes())
    out = [] if "--out" in arguments else ["--out", "out"]
    done = skyshade("export", "small.yaml", *arguments, *out)
    assert done.code == 2 and done.err.count("\n") == 1, done.err
    assert all(word in done.err for word in words), done.err
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_is_said(
    skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = skyshade("export", "single-site", *flags("acmi"), "--out", "out")
    assert done.code == 2 and "--format acmi: scenario 'single-site' has no raid" in done.err
    done = skyshade("export", "single-site", *flags("kml"), "--replicate", 0, "--out", "out")
    assert done.code == 2 and "--replicate: scenario 'single-site' has no raid" in done.err
    done = skyshade("export", "india-s400", *flags("kml"), "--as-of", "2019", "--out", "out")
    assert done.code == 2 and "--as-of: no site" in done.err
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    done = skyshade("export", "single-site", *flags("geopackage"), "--out", "out")
    assert done.code == 2 and "Install skyshade[export]" in done.err
    assert not (tmp_path / "out").exists()


def test_a_site_that_no_browser_would_open_is_refused(
    skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (BUNDLE / "index.html").is_file():
        pytest.skip("the map is not built")
    monkeypatch.setattr("skyshade.web.site.MAX_BYTES", 4096)
    done = skyshade("export", "flat-earth-check", "--site", "--draws", 0, "--out", "out")
    assert done.code == 2 and done.err.count("\n") == 1, done.err
    assert "larger than a browser opens" in done.err and "skyshade serve" in done.err
    assert not (tmp_path / "out").exists()
