"""The brief that opens a report: what it says, for every part that may be missing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from skyshade.assess.model import Assessment
from skyshade.assess.run import assess
from skyshade.errors import InputError
from skyshade.reach.places import PlacesReach
from skyshade.report.figure_files import width_inch, write_plate
from skyshade.report.pages import brief as pages
from skyshade.report.pages.brief import OPENING
from skyshade.report.pages.write import write_report
from skyshade.report.phrases import how_many, unknown_ground
from skyshade.report.plates import FIGURES, plate_of
from skyshade.report.style import COLUMN_INCH
from skyshade.report.text import area_band, percent_range
from skyshade.scenario.load import load_scenario

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@cache
def assessment() -> Assessment:
    """India's, with few draws."""
    return assess(load_scenario("india-s400"), draws=4)


@pytest.mark.parametrize("parts", list(product((True, False), repeat=3)))
def test_every_part_may_be_missing(parts: tuple[bool, bool, bool]) -> None:
    names = ("reach", "raids", "programme")
    without: dict[str, Any] = {
        name: None for name, there in zip(names, parts, strict=True) if not there
    }
    found = replace(assessment(), **without)
    finding, said = pages.finding(found), pages.sentences(found)
    assert len(said) <= 5
    assert len(said) == 3 * parts[0] + parts[1] + parts[2]
    assert not finding.endswith(".")
    for sentence in [f"{finding}.", *said, *pages.unknowns(found)]:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert not re.search(r"nan|None|AGL|MSL|\b0 to 0\b|100\.0|\{", sentence), sentence
    assert len(pages.unknowns(found)) == 2 + parts[1]
    drawn = [name for name in OPENING if plate_of(name, found) is not None]
    assert len(drawn) == 1 + sum(parts)


def test_the_numbers_are_those_of_the_summary() -> None:
    """Share and area of each flight as the files have them, rounded as everywhere."""
    found = assessment()
    summary = found.summary()["reach"]
    said = " ".join(pages.sentences(found))
    assert found.reach is not None
    for flight in found.reach.found.hard_pair:
        row = next(
            r
            for r in summary["force"]["results"]
            if (r["target"], r["altitude"]) == (flight.target.id, flight.altitude.label)
        )
        low, _, high = row["share_of_rings"]
        assert f"{percent_range(low, high)} of the 380 km circles on the usual map" in said
        assert area_band(1e6 * km2 for km2 in row["area_km2"]) in said
    places = found.reach.places
    assert f"Of the {int(places.known.sum())} named places" in said


def tokens(*said: str) -> set[str]:
    """The numbers in some words; those of altitudes and names of weapons belong to other words."""
    return set(re.findall(r"\d[\d,]*(?:\.\d+)?", " ".join(said)))


def in_summary(found: Assessment) -> list[set[str]]:
    """Per sentence of the brief the numbers that it may hold, as the summary has them."""
    summary: Any = found.summary()
    reach, raids = summary["reach"], summary["raids"]
    last = raids["dates"][-1]
    flights = {(p["target"], p["altitude"]): p for p in reach["places_covered"]}
    heights = tokens(*(altitude for _, altitude in flights))
    circle = tokens(f"{reach['ring_km']:g} km")
    allowed = [tokens(json.dumps(summary["programme"]["units"]), "2021 2022 2023 2024 2025 2026")]
    for row in reach["force"]["results"]:
        if (row["target"], row["altitude"]) in flights:
            low, _, high = row["share_of_rings"]
            area = area_band(1e6 * km2 for km2 in row["area_km2"])
            allowed.append(tokens(percent_range(low, high), area) | circle | heights)
    covered = [how_many(tuple(p["covered_from_most_sides"])) for p in flights.values()]
    known = {str(p["places_known"]) for p in flights.values()}
    allowed.append(tokens(*covered) | known | heights)
    shares = [percent_range(low, high) for low, _, high in last["leaked_band_by_class"].values()]
    chance = [percent_range(s["low"], s["high"]) for s in last["leaked_by_class"].values()]
    counts = {str(n) for n in raids["targets_by_class"].values()}
    allowed.append(tokens(*shares, *chance) | counts)
    return allowed


def test_every_number_of_a_sentence_is_in_the_summary() -> None:
    """With the same rounding; and a number that is not is noticed."""
    found = assessment()
    said, allowed = pages.sentences(found), in_summary(found)
    assert len(said) == len(allowed)
    for sentence, here in zip(said, allowed, strict=True):
        assert tokens(sentence) <= here, sentence
        assert not tokens(sentence + " 43.21 %") <= here
    assert tokens(pages.finding(found)) <= allowed[1] | allowed[2]


SPELLING = re.compile(r"\b(defense|kilometer|meter|color|center|program|gray|analyz)", re.I)


def well_said(sentence: str) -> None:
    """A sentence as a journal could print it."""
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "  " not in sentence
    assert sentence.count("(") == sentence.count(")")
    assert not re.search(r"nan|None|inf\b|\{|\}|\b0 to 0\b|\.\.|,\.| ,|AGL|MSL", sentence), sentence
    assert not re.search(r"(?<![\d,.])1 (places|units|targets|circles)\b", sentence), sentence
    assert not SPELLING.search(sentence), sentence


@pytest.mark.parametrize("known", [1, 2, 23])
@pytest.mark.parametrize(
    "covered", [(0.0, 0.0, 0.0), (0.0, 0.2, 1.0), (1.0, 1.0, 1.0), (5.0, 7.0, 22.0)]
)
def test_places_covered_are_well_said(known: int, covered: tuple[float, float, float]) -> None:
    found = assessment()
    assert found.reach is not None
    places: Any = SimpleNamespace(
        known=np.ones(known, bool),
        flights=found.reach.places.flights,
        covered=lambda flight: covered,
    )
    said = pages._covered(found, places)
    well_said(said)
    assert ("none" in said) == (covered[2] == 0.0)


@pytest.mark.parametrize("share", [0.001, 0.14, 1.0])
def test_unknown_ground_is_well_said(share: float) -> None:
    well_said(f"The ground: {unknown_ground(share, 'the circles', 'mine.yaml --dem x')}")


UNIT = re.compile(r"per cent|metres|dates|kilometres|altitude")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_its_parts(name: str, tmp_path: Path) -> None:
    """Title, measure with its unit, and source, as text in the file; and numbers beside it."""
    files = write_plate(name, assessment(), tmp_path)
    assert files == [f"{name}.svg", f"{name}.csv"]
    svg = ElementTree.fromstring((tmp_path / files[0]).read_text("utf-8"))
    written = " ".join("".join(e.itertext()).strip() for e in svg.iter() if e.tag.endswith("}text"))
    said = {e.tag.rpartition("}")[2]: "".join(e.itertext()).strip() for e in svg.iter()}
    shown = re.sub(r"\s+", " ", written)
    assert said["title"] and not said["title"].endswith(".")
    assert UNIT.search(said["description"])
    assert "Source:" in said["source"] and "Figure: Skyshade" in said["source"]
    if name != "raid-unknowns":  # which sweeps share, with words of its own
        for part in ("title", "description", "source"):
            assert said[part] in shown, (part, shown)
    assert "font-family" in svg.attrib
    rows = (tmp_path / files[1]).read_text("utf-8").splitlines()
    assert len(rows) > 1


def test_a_figure_fits_the_width_that_is_asked_for(tmp_path: Path) -> None:
    for width in (COLUMN_INCH, 180 / 25.4):
        write_plate("deliveries", assessment(), tmp_path, "svg", width=width)
        head = (tmp_path / "deliveries.svg").read_text("utf-8")[:900]
        found = re.search(r' width="([\d.]+)pt"', head)
        assert found is not None
        assert float(found[1]) == pytest.approx(72 * width, abs=0.1)
    write_plate("deliveries", assessment(), tmp_path, "pdf")
    assert b"/Title" in (tmp_path / "deliveries.pdf").read_bytes()
    write_plate("deliveries", assessment(), tmp_path, "png", dpi=200, width=5.0)
    with Image.open(tmp_path / "deliveries.png") as image:
        assert image.width == 1000
        assert image.info["Title"]


@pytest.mark.parametrize("text", ["5 mm", "2 m", "180", "", "18..0 cm", "-80 mm", "nan mm"])
def test_other_widths_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="60 mm to 420 mm"):
        width_inch(text)


def test_a_place_is_covered_from_half_of_all_sides() -> None:
    """Two places of known ground, one not; four sides, the default row and three draws."""
    in_time = np.zeros((2, 3, 1, 4, 4), bool)
    in_time[0, 0, 0, 1:] = [1, 1, 0, 0]  # half of the sides in every draw
    in_time[1, 0, 0, 1:] = [0, 1, 0, 0]
    in_time[0, 1, 0, 2] = [1, 0, 1, 0]  # three sides in one draw, one of them by the other unit
    in_time[1, 1, 0, 2] = [0, 1, 0, 0]
    in_time[0, 1, 0, 3] = [0, 1, 0, 0]
    in_time[0, 2] = True  # its ground is not known
    nothing = np.zeros(in_time.shape[1:], np.float32)
    flights: Any = (None,)
    places: Any = (None,) * 3
    reach = PlacesReach(
        places,
        flights,
        np.array([0.0, 90.0, 180.0, 270.0]),
        1.0,
        3,
        np.array([True, True, False]),
        ("one", "two"),
        nothing,
        nothing,
        nothing.astype(np.int16),
        in_time,
    )
    low, middle, high = reach.covered(0)
    assert (low, middle) == (1.0, 1.0)
    assert high == pytest.approx(np.quantile([1, 2, 1], 0.95))
    assert reach.covered(0, ["two"]) == (0.0, 0.0, 0.0)
    assert reach.covered_more(0, ["two"], ["one", "two"]) == reach.covered(0)
    assert reach.covered(0, []) == (0.0, 0.0, 0.0)
    share = reach.share_of_sides()
    assert share.shape == (3, 3, 1)
    assert share[:, 0, 0] == pytest.approx(0.5)  # in every draw; the default row does not count
    assert share[1, 1, 0] == pytest.approx(np.median([0.0, 0.75, 0.25]))


def test_one_unit_and_one_flight_read_well(tmp_path: Path) -> None:
    found = assess(load_scenario("flat-earth-check"), draws=4)
    for sentence in [f"{pages.finding(found)}.", *pages.sentences(found), *pages.unknowns(found)]:
        well_said(sentence)
    said = " ".join([pages.finding(found), *pages.sentences(found)])
    assert "circle on the usual map" in said
    assert "circles" not in said


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")
def test_it_prints_on_two_pages(tmp_path: Path) -> None:
    """The brief by itself, and in the report up to a page break."""
    assert CHROMIUM
    write_report(assessment(), tmp_path, {"scenario": {"asked_as": "india-s400"}})
    pdf = tmp_path / "brief.pdf"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run(
        [CHROMIUM, *flags, f"--print-to-pdf={pdf}", (tmp_path / "brief.html").as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert _pages(pdf.read_bytes()) == 2
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "break-after:page" in page
    assert len(page.encode()) < 1.5e6
    assert _tables_cut(page, tmp_path, 1280) == 0
    assert _tables_cut(page.replace("@media print", "@media all"), tmp_path, A4_PIXELS) == 0
    wide = page.replace("<td>", "<td>" + 80 * "wide", 1)
    assert _tables_cut(wide, tmp_path, 1280) == 1  # and one that is cut is seen


A4_PIXELS = 695  # 180 mm at 96 to the inch, and a scroll bar


def _tables_cut(page: str, folder: Path, width: int) -> int:
    """The number of tables in a page that are wider than a window of this width shows."""
    assert CHROMIUM
    count = (
        "<script>addEventListener('load', () => { document.title = 'cut ' + "
        "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth + 1)"
        ".length })</script></body>"
    )
    (folder / "wide.html").write_text(page.replace("</body>", count), "utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    shown = subprocess.run(
        [CHROMIUM, *flags, "--dump-dom", (folder / "wide.html").as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
        text=True,
    )
    found = re.search(r"<title>cut (\d+)</title>", shown.stdout)
    assert found is not None
    return int(found[1])


def _pages(pdf: bytes) -> int:
    """Number of pages, as the tree of pages says."""
    counts = [int(n) for n in re.findall(rb"/Count (\d+)", pdf)]
    assert counts
    return max(counts)
