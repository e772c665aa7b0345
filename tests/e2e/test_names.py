"""Names and texts from files, shown in pages, pictures, tables, maps and globes as they are."""

from __future__ import annotations

import csv
import json
import re
import warnings
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from e2e.conftest import Run
from skyshade.errors import InputError
from skyshade.report import style
from skyshade.scenario import load_scenario
from skyshade.yamlfile import parse_yaml

HOSTILE = [
    "$\\sqrt{$",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x")',
    "+1",
    "-1+1",
    "@SUM(1)",
    "[red]x[/nothing]",
    "]]> & \" ' `",
    "{{ 7 * 7 }} {% x %}",
    "$[description]",
    "javascript:alert(1)",
    "लद्दाख",
    "\u200fعربي\u200f",
    "%s %n {0}",
    "x" * 80,
]
CASE = """
schema: skyshade/scenario/1
name: names
title: {title}
altitudes: [3 km msl]
terrain: {{dem: smooth-earth}}
targets: [fighter]
sites:
  - id: a
    name: {title}
    system: s-400
    position: {{lon: 75.0, lat: 20.0}}
    illustrative: true
    max_range: 60 km
    antenna: {{value: 5 m, low: 5 m, high: 5 m, why: {title}}}
sources:
  s: {{title: {title}, outlet: {title}, url: "https://example.org/?a=1&b=<x>"}}
places:
{places}
"""


def write_case(file: Path, title: str) -> None:
    places = "\n".join(
        f"  - {{id: p{k}, kind: city, sources: [s], name: {json.dumps(name)}, "
        f"position: {{lon: {75 + 0.02 * k}, lat: 20.1}}}}"
        for k, name in enumerate(HOSTILE)
    )
    file.write_text(CASE.format(title=json.dumps(title), places=places), "utf-8")


class Page(HTMLParser):
    """Tags, handlers and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.bad.append(f"{tag} {name}={value}")
        if tag == "script" or (tag == "img" and ("src", "x") in attrs):
            self.bad.append(tag)


@pytest.mark.slow
@pytest.mark.parametrize("title", [HOSTILE[0], HOSTILE[2]])
def test_pages_and_pictures(skyshade: Run, tmp_path: Path, title: str) -> None:
    write_case(tmp_path / "case.yaml", title)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = skyshade("assess", "case.yaml", "--draws", 0, "--out", "out")
    assert outcome.code == 0, outcome.err
    assert title.split()[0] in outcome.out
    for file in (tmp_path / "out").rglob("*.html"):
        page = Page()
        page.feed(file.read_text("utf-8"))
        assert page.bad == []
        assert "49 " not in re.findall(r"\{\{.*?\}\}", file.read_text("utf-8"))
    for file in (tmp_path / "out").rglob("*.csv"):
        cells = [c for row in csv.reader(file.open(encoding="utf-8", newline="")) for c in row]
        assert not [c for c in cells if c[:1] in tuple("=@\t\r")]
        signed = [c for c in cells if c[:1] in "+-" and c]
        assert all(re.fullmatch(r"-?[0-9.e+-]+|-inf", c) for c in signed), signed


def test_globes(skyshade: Run, tmp_path: Path) -> None:
    write_case(tmp_path / "case.yaml", HOSTILE[1])
    outcome = skyshade("export", "case.yaml", "--format", "kml", "--draws", 0, "--out", "out")
    assert outcome.code == 0, outcome.err
    (file,) = (tmp_path / "out").glob("*.kml")
    texts = [e.text or "" for e in ET.parse(file).iter()]
    assert not [t for t in texts if re.search(r"[<>]|\$\[", t)]
    assert any("\u2039script\u203a" in t for t in texts) and "लद्दाख" in texts


@pytest.mark.slow
def test_every_format_of_an_export(skyshade: Run, tmp_path: Path) -> None:
    """Whatever a name has in it, each file is what its format says, and nothing in it would run."""
    write_case(tmp_path / "case.yaml", HOSTILE[2])
    names = ("geojson", "kml", "kmz", "czml", "parquet", "geopackage", "geotiff", "svg", "png")
    formats = [flag for name in names for flag in ("--format", name)]
    outcome = skyshade("export", "case.yaml", *formats, "--draws", 0, "--out", "out")
    assert outcome.code == 0, outcome.err
    files = [f for f in (tmp_path / "out").rglob("*") if f.is_file()]
    for file in files:
        if file.suffix in (".json", ".geojson", ".czml"):
            json.loads(file.read_text("utf-8"))
        if file.suffix in (".svg", ".kml"):
            for element in ET.parse(file).iter():
                assert not str(element.tag).lower().endswith("script"), file
                assert not [n for n in element.attrib if n.lower().startswith("on")], file
                links = [v for v in element.attrib.values() if v.lower().startswith("javascript:")]
                assert not links, file
    assert {f.suffix for f in files} >= {".geojson", ".kml", ".kmz", ".czml", ".gpkg", ".svg"}
    sites = next(f for f in files if f.name == "sites.geojson")
    names_there = [f["properties"]["name"] for f in json.loads(sites.read_text())["features"]]
    assert HOSTILE[2] in names_there


def test_a_picture_shows_a_name_as_it_is() -> None:
    figure = style.canvas(4, 3)
    axes = figure.subplots()
    axes.set_yticks([0, 1], ["$\\frac{", "$x$"])
    axes.set_xscale("log")
    axes.set_title("$\\sqrt{$ लद्दाख")
    axes.annotate("$a$ and $b", (1, 0))
    style.heading(figure, "$_{")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert style.svg_text(figure) == style.svg_text(figure)
    assert any(label.get_parse_math() for label in axes.get_xticklabels())  # powers of ten


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u202a"])
@pytest.mark.parametrize("form", ['"a{}b"', "a{}b", "|\n  a{}b"])
def test_marks_that_reverse_text_are_refused(mark: str, form: str) -> None:
    with pytest.raises(InputError, match="reverse the order"):
        parse_yaml(f"name: {form.format(mark)}\n")


@pytest.mark.parametrize("field", ["title", "place"])
def test_names_have_a_limit(tmp_path: Path, field: str) -> None:
    write_case(tmp_path / "case.yaml", "y" * 20_000 if field == "title" else "good")
    if field == "place":
        text = (tmp_path / "case.yaml").read_text("utf-8")
        (tmp_path / "case.yaml").write_text(text.replace("x" * 80, "x" * 20_000), "utf-8")
    with pytest.raises(InputError, match=r"at most (200|80) characters"):
        load_scenario(tmp_path / "case.yaml")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", " file:///x"])
def test_sources_link_to_the_web_only(tmp_path: Path, url: str) -> None:
    write_case(tmp_path / "case.yaml", "good")
    text = (tmp_path / "case.yaml").read_text("utf-8")
    swapped = text.replace('"https://example.org/?a=1&b=<x>"', json.dumps(url))
    (tmp_path / "case.yaml").write_text(swapped, "utf-8")
    with pytest.raises(InputError, match="not a web address"):
        load_scenario(tmp_path / "case.yaml")
