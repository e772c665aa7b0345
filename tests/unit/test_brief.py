"""The brief that opens a report: what it says, for every part that may be missing."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skyshade.assess.model import Assessment
from skyshade.assess.run import assess
from skyshade.reach.places import PlacesReach
from skyshade.report.pages import brief as pages
from skyshade.report.pages.write import write_report
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
    assert len(pages._figures(found)) == 1 + sum(parts)


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
    assert "break-after:page" in (tmp_path / "index.html").read_text()


def _pages(pdf: bytes) -> int:
    """Number of pages, as the tree of pages says."""
    counts = [int(n) for n in re.findall(rb"/Count (\d+)", pdf)]
    assert counts
    return max(counts)
