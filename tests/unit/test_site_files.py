"""Sites from KML, KMZ, GeoJSON and CSV, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from skyshade.errors import InputError
from skyshade.scenario import read_sites

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
<Placemark><name>North Ridge</name>
<Point><coordinates>75.5,31.25,210</coordinates></Point></Placemark>
<Placemark><name>A road</name>
<LineString><coordinates>75,31 76,32</coordinates></LineString></Placemark>
<Placemark><Point><coordinates>
  76.0,30.5 </coordinates></Point></Placemark>
</Folder></Document></kml>"""
SITES = [("north-ridge", "North Ridge", 75.5, 31.25), ("site-2", "Site 2", 76.0, 30.5)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding)
    return path


def test_kml_and_kmz(tmp_path: Path) -> None:
    assert [tuple(s) for s in read_sites(write(tmp_path / "a.kml", KML))] == SITES
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)
    assert [tuple(s) for s in read_sites(tmp_path / "a.kmz")] == SITES


def test_geojson(tmp_path: Path) -> None:
    points = [
        {
            "type": "Feature",
            "properties": {"Name": "North Ridge"},
            "geometry": {"type": "Point", "coordinates": [75.5, 31.25, 3]},
        },
        {
            "type": "Feature",
            "properties": None,
            "geometry": {"type": "MultiPoint", "coordinates": [[76.0, 30.5]]},
        },
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        },
    ]
    text = "\ufeff" + json.dumps({"type": "FeatureCollection", "features": points})
    assert [tuple(s) for s in read_sites(write(tmp_path / "a.geojson", text))] == SITES


@pytest.mark.parametrize(
    "text",
    [
        "Name,Longitude,Latitude\nNorth Ridge,75.5,31.25\n,76.0,30.5\n",
        "lat;lon;name\n31,25;75,5;North Ridge\n30,5;76;\n",
        "\ufeffsite\tlat\tlng\nNorth Ridge\t31.25\t75.5\n\t30.5\t76.0\n",
    ],
    ids=["commas", "semicolons and decimal commas", "tabs and a byte order mark"],
)
def test_csv(tmp_path: Path, text: str) -> None:
    assert [tuple(s) for s in read_sites(write(tmp_path / "a.csv", text))] == SITES
    if text.startswith("Name"):
        assert len(read_sites(write(tmp_path / "b.csv", text, "utf-16"))) == 2


def test_columns_can_be_given(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "east,north,who\n75.5,31.25,North Ridge\n")
    with pytest.raises(InputError, match=r"no column looks like lon.*--columns lon=NAME"):
        read_sites(file)
    (site,) = read_sites(file, {"lon": "east", "lat": "North", "name": "who"})
    assert tuple(site) == SITES[0]
    with pytest.raises(InputError, match=r"no column 'est'.*'east'"):
        read_sites(file, {"lon": "est"})


def test_equal_names_get_different_ids(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "lon,lat,name\n1,2,Höhe 1\n3,4,hohe-1\n5,6,***\n")
    assert [s.id for s in read_sites(file)] == ["hohe-1", "hohe-1-2", "site-3"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.kml", "<kml/>", "no point in this file"),
        ("a.kml", "<kml>", "line 1: not KML"),
        ("a.kml", '<!DOCTYPE x [<!ENTITY a "b">]><kml/>', "entities"),
        ("a.kml", "<kml><Placemark><Point/></Placemark></kml>", "no such place"),
        ("a.kmz", "no archive", "not an archive"),
        ("a.geojson", "[]", "no point in this file"),
        ("a.geojson", '{"type": "Point", "coordinates": [10, 200]}', "no such place"),
        ("a.csv", "", "the file is empty"),
        ("a.csv", "75.5,31.2\n75.6,31.3\n", "no heading"),
        ("a.csv", "name,lon,lat\na,31.2,175.5\n", "line 2.*swapped"),
        ("a.csv", "name,lon,lat\na,75,5,31,2\n", "line 2: 5 values.*decimal comma"),
        ("a.csv", "name;lon;lat\na;75°30'E;31,2\n", "line 2, lon: not a number.*minutes"),
        ("a.csv", "name;lon;lat\na;1.075,5;31,2\n", "line 2, lon: not a number"),
        ("a.shp", "", "not a format"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_sites(write(tmp_path / name, text))
    assert error.value.file == tmp_path / name


def test_a_missing_file() -> None:
    with pytest.raises(InputError, match="no such file"):
        read_sites("none.kml")
