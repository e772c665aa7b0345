"""The map in a real browser: where next, and everything by which a view is passed on."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from e2e.map_page import (
    HEADLINE,
    Open,
    drag,
    heads,
    needs_browser,
    picture,
    saved,
    saved_picture,
    says,
    until,
)
from skyshade.siting import kept as kept_module

pytestmark = needs_browser
GREEN = (61, 178, 145)


@pytest.fixture
def page(open_map: Open) -> Any:
    """The map as it opens, with all units seen."""
    return open_map()


def kept(tool: str, page: Any, folder: Path) -> list[dict[str, str]]:
    """The rows of the table that a button keeps."""
    text = saved(page, tool, folder / "kept.csv").read_text()
    return list(csv.DictReader(text.splitlines()))


def test_where_next_is_a_draft_that_can_be_compared(
    open_map: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentences and the bound that the command prints; the unit on the map; its link."""
    monkeypatch.setattr(kept_module, "folder", lambda: tmp_path / "sweeps")
    page = open_map("#at=1000agl")
    page.locator("summary", has_text="Where next").click()
    page.get_by_test_id("next-count").fill("9")
    page.get_by_test_id("run-next").click()
    assert "a whole number from 1 to 5, not 9" in page.locator("#alerts").inner_text()
    page.get_by_test_id("next-count").fill("1")
    page.get_by_test_id("run-next").click()
    page.get_by_test_id("next-headline").wait_for(timeout=180_000)
    assert "The fifth unit adds most in the sector of Regiment 5" in says(page, "next-headline")
    assert re.search(r"no plan covers more than \d+\.\d % \(gap ", says(page, "next-bound"))
    until(page, f"/^What if: Unit 6 added.*[1-9][0-9,]* km² are gained/.test({HEADLINE})")
    assert "in the best plan of every draw" in says(page, "legend")
    assert page.get_by_test_id("next-stale").is_hidden()
    assert len(kept("csv-where-next", page, tmp_path)) == 5
    address = page.evaluate("location.hash")

    drag(page, "unit-6", 60, -60)
    until(page, "!document.querySelector('[data-testid=next-stale]').hidden === false")
    page.get_by_role("button", name="Put the unit at the sector of Regiment 1").click()
    until(page, "document.querySelector('.units').textContent.includes('75.5° E, 31° N · what-if')")
    page.locator("#date").focus()
    page.keyboard.press("Home")
    until(page, "!document.querySelector('[data-testid=next-stale]').hidden")

    again = open_map(address)
    again.get_by_test_id("next-headline").wait_for()
    assert says(again, "next-headline") == says(page, "next-headline")
    assert again.get_by_test_id("next-stale").is_hidden()


def test_a_result_that_is_not_kept_any_more(open_map: Open) -> None:
    page = open_map("#raidjob=job-0123456789abcdef")
    page.get_by_text("not kept any more").wait_for(state="attached")
    open_map.complaints.clear()  # the job that is not there


def test_pictures_for_print_and_with_words(page: Any, tmp_path: Path) -> None:
    page.get_by_test_id("png").click()
    page.get_by_test_id("title").fill("A title of my own")
    with Image.open(saved(page, "png-print", tmp_path / "print.png")) as image:
        assert image.width == round(180 / 25.4 * 300)
        assert [round(d) for d in image.info["dpi"]] == [300, 300]
        print_high = image.height / image.width
    root = ET.parse(saved(page, "svg", tmp_path / "map.svg")).getroot()
    words = [t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "A title of my own" in words and "Regiment 4" in words and "INDIA" in words
    said = " ".join(words)
    assert "nominal ring (the circle of the press)" in said  # the legend
    assert "Borders: Natural Earth." in said and "not authoritative" not in said  # short credit
    (drawn,) = root.iter("{http://www.w3.org/2000/svg}image")
    assert str(drawn.get("href")).startswith("data:image/png;base64,")
    _, _, width, height = (float(x) for x in str(root.get("viewBox")).split())
    assert height / width == pytest.approx(print_high, abs=0.01)
    page.get_by_test_id("long-credit").check()
    root = ET.parse(saved(page, "svg", tmp_path / "map.svg")).getroot()
    said = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "not authoritative" in said and "Circle: 380 km" in said


def test_the_page_prints_as_one_sheet(page: Any, tmp_path: Path) -> None:
    """Map, title and legend, whole, on light paper even where the screen is dark."""
    page.emulate_media(color_scheme="dark")
    (tmp_path / "sheet.pdf").write_bytes(page.pdf(format="A4"))
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    canvas = "document.querySelector('#print canvas')"
    high = page.evaluate(f"{canvas}.height")
    map_high = page.evaluate("document.querySelector('#map').clientHeight")
    assert high > 2 * map_high + 200  # title above and legend below
    corner = page.evaluate(f"[...{canvas}.getContext('2d').getImageData(5, 5, 1, 1).data]")
    script = """(canvas) => {
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 0; i < data.length; i += 4) n += Math.max(...data.slice(i, i + 3)) < 60;
      return n;
    }"""
    dark = page.locator("#print canvas").evaluate(script)
    assert corner[:3] == [255, 255, 255] and dark > 3000  # rings are black again
    text = (tmp_path / "sheet.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", text)) == 1
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(f"{canvas} === null")


def test_the_data_behind_each_view(page: Any, tmp_path: Path) -> None:
    """What the table adds up to is what the headline says."""
    rows = kept("data", page, tmp_path)
    covered = sum(float(r["km2"]) for r in rows if r["covered"] == "true")
    said = re.search(r"In all about ([\d,]+) km", says(page, "headline"))
    assert said and covered == pytest.approx(float(said[1].replace(",", "")), rel=0.01)
    inside = sum(float(r["km2"]) for r in rows if r["in_circle"] == "true")
    assert covered < inside
    page.get_by_text("Reach", exact=True).click()
    heads(page, "really held")
    reach = kept("data", page, tmp_path)
    assert {r["unit"] for r in reach} >= {"Regiment 1", "Regiment 4"}
    assert all(float(r["first_intercept_m"]) >= 0 for r in reach)
    assert "regiment-5 delivered" in kept("csv-forecast", page, tmp_path)[0]
    until(page, "document.querySelector('[data-testid=exact] table') !== null")
    assert {r["who"] for r in kept("csv-areas", page, tmp_path)} > {"regiment-1", "force"}


def test_a_link_brings_everything_back(open_map: Open) -> None:
    address = (
        "#show=engageable&at=5000msl&target=fighter&k=2&date=2027-12-01&units=nautical&diff=1"
        "&known=2024-03-01&line=75,30,78,31&next=regiment-1,2,India,2,100000,line,India,India-Nepal"
        "&sites=regiment-1:regiment-1:76:31,regiment-2:regiment-2:77:30.5"
    )
    page = open_map(address)
    page.locator("[data-testid=profile] svg path").first.wait_for(state="attached")
    heads(page, "As known on 2024-03-01")
    got = dict(p.split("=", 1) for p in page.evaluate("location.hash")[1:].split("&"))
    assert {k: got[k] for k in ("known", "line", "next", "k", "diff", "show", "at")} == {
        "known": "2024-03-01",
        "line": "75,30,78,31",
        "next": "regiment-1,2,India,2,100000,line,India,India-Nepal",
        "k": "2",
        "diff": "1",
        "show": "engageable",
        "at": "5000msl",
    }
    assert page.get_by_test_id("next-border").input_value() == "100 km"
    page.get_by_test_id("share").click()
    assert page.get_by_test_id("link").input_value() == page.url
    code = page.get_by_test_id("embed").input_value()
    assert code.startswith("<iframe src=") and "embed=1" in code and "sites=" not in code


def test_an_area_of_interest_follows_the_slider(open_map: Open, tmp_path: Path) -> None:
    """Of a country, of a border and of a drawn area; its size is that of the reference books."""
    page = open_map("#of=India&at=100agl")
    of = r"Of India \(([\d,]+) km²\), ([\d,]+) km² or ([\d.]+) % is seen at 100 m above ground\."
    until(page, "document.querySelector('[data-testid=interest]').textContent.includes('seen')")
    found = re.search(of, says(page, "interest"))
    assert found, says(page, "interest")
    size = float(found[1].replace(",", ""))
    assert 2.7e6 < size < 3.3e6  # 3.287 million km2 as claimed; the terrain ends at 90 E
    (row,) = kept("csv-interest", page, tmp_path)
    assert float(row["total"]) == pytest.approx(size, rel=0.01)
    page.get_by_test_id("exactly").fill("10 km")
    page.get_by_test_id("exactly").press("Tab")
    until(page, "document.querySelector('[data-testid=interest]').textContent.includes('10 km')")
    high = re.search(r"or ([\d.]+) %", says(page, "interest"))
    assert high and float(high[1]) > 3 * float(found[3])
    page.get_by_test_id("of").select_option("India-Nepal")
    border = re.search(r"border India and Nepal \(([\d,]+) km\)", says(page, "interest"))
    assert border and 1300 < float(border[1].replace(",", "")) < 1900  # 1,770 km by treaty
    page.get_by_test_id("of").select_option("drawn")
    for x, y in ((300, 300), (400, 300), (400, 400), (300, 400)):
        page.mouse.click(x, y)
    page.get_by_role("button", name="Close the area").click()
    until(page, "location.hash.includes('of=')")
    assert "the area that is drawn" in says(page, "interest")
    page.get_by_role("button", name="Regiment 1: 2022-04").click()
    page.get_by_text("Reach", exact=True).click()
    page.get_by_test_id("interest-reach").click()
    until(page, "document.querySelector('[data-testid=interest]').textContent.includes('5 to 95')")
    assert re.search(r"drawn \([\d,]+ km²\), [\d,]+ km².*is reached", says(page, "interest"))
    lost = open_map("#of=Atlantis")
    assert "Atlantis: not on this map" in says(lost, "interest")


def test_inside_a_page_of_somebody_else(open_map: Open) -> None:
    page = open_map("#show=ring&embed=1", size=(640, 420))
    assert page.get_by_test_id("legend").is_visible() and page.locator("#map").is_visible()
    assert page.get_by_test_id("png").is_hidden() and page.locator("#date").is_hidden()
    whole = page.get_by_role("link", name="Open the whole map").get_attribute("href")
    assert "show=ring" in whole and "embed" not in whole
    assert page.evaluate("document.documentElement.scrollWidth <= 640")


def test_the_story_is_five_links(page: Any) -> None:
    page.get_by_test_id("begin-story").click()
    seen = []
    for n in range(1, 6):
        until(page, f"document.querySelector('.story').textContent.startsWith('{n} of 5')")
        heads(page, ("draws", "see", "see", "can engage", "really held")[n - 1])
        seen.append(page.get_by_test_id("story").locator("h2").inner_text())
        if n < 5:
            page.get_by_test_id("story-next").click()
    assert len(set(seen)) == 5 and page.get_by_test_id("story-next").count() == 0
    page.go_back()
    until(page, "location.hash.includes('story=4')")
    heads(page, "can engage")
    page.get_by_role("button", name="End of the story").click()
    assert page.get_by_test_id("story").is_hidden()
    assert "story" not in page.evaluate("location.hash")


def test_dark_as_the_system_or_as_chosen(page: Any, tmp_path: Path) -> None:
    light = picture(page, tmp_path).mean()
    page.emulate_media(color_scheme="dark")
    until(page, "document.documentElement.dataset.theme === 'dark'")
    dark = picture(page, tmp_path).mean()
    assert dark < 110 < 180 < light
    for_print = np.asarray(saved_picture(page, tmp_path).convert("L")).mean()
    assert for_print > 180  # a picture is for paper
    assert picture(page, tmp_path).mean() == pytest.approx(dark, abs=3)
    page.get_by_label("Colours").select_option("light")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.get_by_label("Colours").select_option("auto")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(color_scheme="light")


def test_countries_seas_and_places_have_names(page: Any) -> None:
    shown = page.evaluate(
        "[...document.querySelectorAll('#map :is(.region, .place):not(.crowded) .name')]"
        ".filter((e) => getComputedStyle(e).visibility === 'visible').map((e) => e.textContent)"
    )
    assert {"India", "Pakistan", "China", "Delhi", "Jaisalmer", "LKO"} <= set(shown)
    boxes = page.evaluate(
        "[...document.querySelectorAll('#map :is(.region, .place):not(.crowded) .name')]"
        ".map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"
    )
    over = [
        (a, b)
        for i, a in enumerate(boxes)
        for b in boxes[:i]
        if a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]
    ]
    assert over == []


def test_a_unit_over_a_border_is_said_and_kept_out_of_titles(page: Any, tmp_path: Path) -> None:
    for _ in range(6):
        page.locator('[data-site="regiment-1"]').press("ArrowLeft")
    page.get_by_role("alert").get_by_text("puts Regiment 1 in Pakistan, over a border").wait_for()
    assert "in Pakistan" in page.locator(".units").inner_text()
    page.get_by_test_id("png").click()
    assert page.get_by_test_id("title").input_value() == (
        "What if? India's five S-400 regiments, 2026-11-21"
    )
    heads(page, "%")
    root = ET.parse(saved(page, "svg", tmp_path / "map.svg")).getroot()
    words = [t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert not any("Pakistan" in w for w in words[:4])
    assert any("in Pakistan" in w for w in words)


def test_facts_and_forecast_are_of_one_day(open_map: Open) -> None:
    """By mid-2023 three regiments were still to come, and the headline counts only on that."""
    page = open_map("#known=2021-06-30&date=2023-06-30")
    heads(page, "As known on 2021-06-30: ")
    assert "Regiment 1: 2022-04" not in page.locator("#panel").inner_text()
    assert "(forecast)" in page.get_by_role("button", name="Regiment 1: 20").inner_text()
    assert "known=2021-06-30" in page.evaluate("location.hash")


def test_the_chance_on_the_day_of_the_slider(open_map: Open) -> None:
    page = open_map("#date=2027-12-31")
    until(page, "document.querySelector('[data-testid=chance-on]').textContent !== ''")
    early = [int(x) for x in re.findall(r"(\d+) %", says(page, "chance-on"))]
    assert "fifth regiment has come by 2027-12-31" in says(page, "chance-on")
    assert len(early) == 2 and early[0] > early[1] > 0  # delivered, then in service
    page.locator("#date").focus()
    page.keyboard.press("End")
    late = [int(x) for x in re.findall(r"(\d+) %", says(page, "chance-on"))]
    assert late[0] > early[0] and late[1] > early[1]


def test_lengths_are_typed_as_people_write_them(page: Any) -> None:
    exactly = page.get_by_test_id("exactly")
    for typed, shown in (("0,05 km", "50 m"), ("10000 ft", "3,048 m"), (".5 km", "500 m")):
        exactly.fill(typed)
        exactly.press("Tab")
        heads(page, f"{shown} above ground")
    for typed in ("1,500", "50 km", "low", ""):
        exactly.fill(typed)
        exactly.press("Tab")
        said = page.locator("#alerts").inner_text()
        assert f"from 10 m to 30 km, not {typed or 'nothing'}." in said
        assert exactly.input_value() == typed and exactly.get_attribute("aria-invalid") == "true"
    assert "500 m above ground" in says(page, "headline")


def test_an_address_is_not_set_to_the_nearest_value(open_map: Open) -> None:
    page = open_map("#at=1000000agl&raid=8,fighter,700,delhi,usual&show=visible&story=9")
    said = page.locator("#alerts").inner_text()
    for part in ("at=1000000agl", "raid=8,fighter,700,delhi,usual", "story=9"):
        assert part in said
    assert "100 m above ground" in says(page, "headline")
