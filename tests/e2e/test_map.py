"""The map in a real browser: everything a reader may do with it is done once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2e.map_page import (
    HEADLINE,
    ONE_UNIT,
    Open,
    drag,
    heads,
    needs_browser,
    picture,
    saved_picture,
    says,
    served,
    share_like,
    until,
)
from e2e.test_names import HOSTILE, write_case
from skyshade.scenario import load_scenario
from skyshade.web.case import MapCase
from skyshade.web.server import Service
from skyshade.web.site import write_site

pytestmark = needs_browser
BLUE, AMBER = (96, 165, 201), (233, 194, 100)  # over pale terrain


def test_it_shows_what_the_circle_hides(open_map: Open, tmp_path: Path) -> None:
    page = open_map()
    text = says(page, "headline")
    assert "of the area inside the circles (380 km)" in text and "100 m above ground" in text
    page.get_by_test_id("headline").get_by_role("button", name="380 km").click()
    assert "nominal ring" in page.locator("dialog").inner_text()  # and where that is from
    page.keyboard.press("Escape")
    low = share_like(picture(page, tmp_path), BLUE)
    page.locator("#altitude").fill("258")
    assert "9,800 m above ground" in says(page, "headline")
    high = share_like(picture(page, tmp_path), BLUE)
    assert 0 < low < high / 3
    assert "0.0" not in says(page, "headline")
    until(page, "document.querySelector('[data-testid=exact] table') !== null")
    assert "unknown" in says(page, "exact") and re.search(r"1\d %", says(page, "exact"))


def test_kinds_classes_and_number_of_sites(open_map: Open, tmp_path: Path) -> None:
    page = open_map("#at=5000agl")
    until(page, "document.querySelectorAll('[data-testid=legend] li').length >= 3")
    one = says(page, "headline")
    page.locator("#k").fill("2")
    page.locator("#k").press("Tab")
    assert "from 2 units or more" in says(page, "headline") and says(page, "headline") != one
    page.locator("#k").fill("1")
    page.locator("#k").press("Tab")
    page.get_by_text("Engageable", exact=True).click()
    heads(page, "can be engaged")
    assert share_like(picture(page, tmp_path), AMBER) > 0.02
    page.get_by_role("button", name="Regiment 1: 2022-04").click()
    page.get_by_label("Target class").first.select_option("subsonic-cruise-missile")
    page.get_by_text("Reach", exact=True).click()
    heads(page, "cruise missile")
    page.get_by_test_id("bands").click()
    heads(page, "(5 to 95 %: ")


def test_what_holds_at_a_place(open_map: Open) -> None:
    page = open_map()
    page.mouse.move(440, 400)
    text = says(page, "hover")
    assert "Ground" in text and "Lowest visible altitude" in text
    assert "away, at" in text and "Regiment 1" in text


def test_a_regiment_is_dragged_compared_and_kept(
    open_map: Open, service: Service, tmp_path: Path
) -> None:
    page = open_map("#at=3000agl")
    page.locator("#diff").check()
    drag(page, "regiment-4", 150, 40)
    until(page, "window.skyshade.preview_ms > 0")
    until(
        page,
        "/[1-9][0-9,]* km² gained/.test(document.querySelector('[data-testid=diff]').textContent)",
    )
    pixels = picture(page, tmp_path)
    assert share_like(pixels, (61, 178, 145)) > 0.01  # gained
    assert share_like(pixels, (221, 130, 60)) > 0.01  # lost
    page.get_by_test_id("save").click()
    page.get_by_label("Name (a to z").fill("dragged")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("Kept as").wait_for()
    with page.expect_download() as download:
        page.get_by_text("Download it").click()
    download.value.save_as(tmp_path / "dragged.yaml")
    kept = load_scenario(tmp_path / "dragged.yaml")
    moved = next(s for s in kept.sites if s.id == "regiment-4").position
    assert (moved.lon, moved.lat) != (72.5, 26.5)
    assert moved.lon % 0.5 == 0 and moved.lat % 0.5 == 0  # no finer than the sector

    page.keyboard.press("Escape")
    page.get_by_test_id("undo").click()
    until(
        page, "document.querySelector('[data-testid=diff]').textContent.includes(': 0 km² gained')"
    )
    page.get_by_test_id("redo").click()
    page.get_by_test_id("reset").click()
    page.get_by_text("Open a kept one").click()
    page.get_by_role("button", name="dragged", exact=True).click()
    until(
        page,
        "document.querySelector('[data-testid=diff]').textContent.includes(': 0 km²') === false",
    )


def test_a_drag_to_outside_the_terrain_goes_back(open_map: Open) -> None:
    page = open_map()
    before = page.locator('[data-site="regiment-3"]').bounding_box()
    drag(page, "regiment-3", 70, 0)  # east of 90 E
    page.get_by_role("alert").get_by_text("outside the DEM").wait_for()
    until(page, f"!{HEADLINE}.includes('What if')")
    after = page.locator('[data-site="regiment-3"]').bounding_box()
    assert before and after and abs(before["x"] - after["x"]) < 2
    open_map.complaints.clear()  # the refusal itself


def test_units_by_keyboard(open_map: Open) -> None:
    page = open_map()
    unit = page.locator('[data-site="regiment-1"]')
    unit.focus()
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('.units').textContent.includes('76° E, 31° N')")
    page.keyboard.press("Control+z")
    until(page, "document.querySelector('.units').textContent.includes('75.5° E, 31° N')")
    unit.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="As this scenario has it").wait_for()
    page.keyboard.press("Escape")
    page.get_by_test_id("add").click()
    page.mouse.click(400, 600)
    until(page, "document.querySelector('[data-site=unit-6]') !== null")
    page.get_by_role("button", name="Remove Unit 6").click()
    until(page, "document.querySelector('[data-site=unit-6]') === null")


def test_time_claims_and_contradictions(open_map: Open) -> None:
    page = open_map()
    page.get_by_role("button", name="Regiment 1: 2022-04").click()
    until(page, "document.querySelector('[data-testid=headline]').textContent.includes('1 sees ')")
    until(page, "document.querySelectorAll('.section .chart').length > 0")
    page.get_by_role("button", name="Regiment 5: 20").click()
    until(page, "document.querySelector('[data-testid=headline]').textContent.includes('These 5')")
    page.get_by_role("button", name="Regiment 4", exact=True).click()
    page.get_by_text("1 contradiction", exact=True).first.wait_for()
    assert page.locator(".disputed").count() > 0
    many = page.locator(".claims > li").count()
    page.locator("#known-on").fill("2021-04-06")
    page.locator("#known-on").press("Tab")
    until(page, f"document.querySelectorAll('.claims > li').length < {many}")


def test_the_chance_by_date_is_drawn(open_map: Open) -> None:
    """Two curves for the one unit still due, and in words when an even chance is reached."""
    page = open_map()
    until(page, "document.querySelectorAll('[data-testid=chances] svg path').length === 2")
    text = says(page, "chances")
    assert re.search(r"fifth regiment: an even chance of delivery by [A-Z][a-z]+ 20\d\d", text)


def test_stance_and_speaker_of_every_subject(open_map: Open) -> None:
    page = open_map()
    page.get_by_role("button", name="Regiment 4", exact=True).click()
    page.locator("#known-on").fill("2023-08-31")
    page.locator("#known-on").press("Tab")
    until(page, "document.querySelector('[data-testid=promise]') !== null")
    promised = says(page, "promise")
    assert "Promised: delivery by late 2024" in promised
    assert "Ambassador of Russia to India, speaking for the seller" in promised
    assert "not reported delivered" in says(page, "standing")
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Programme: who said what").click()
    until(page, "document.querySelectorAll('[data-testid=subject] option').length > 30")
    assert "regiments have been reported delivered" in says(page, "opening")
    page.get_by_test_id("subject").select_option("unsigned-2021")
    page.get_by_role("button", name="Show", exact=True).click()
    said = says(page, "claims")
    assert "Roman Babushkin" in said and "very short notice" in said and "reported:" in said


def test_every_figure_leads_to_its_source_in_two_clicks(open_map: Open) -> None:
    page = open_map()
    page.get_by_test_id("sources").click()
    page.locator('dialog [data-figure="91N6E.instrumented_range"]').click()
    card = page.locator("dialog")
    text = card.inner_text()
    assert "600 km" in text and "confidence" in text and "Source" in text
    assert card.locator("li").count() > 0


def test_a_raid_with_its_bands_and_replay(open_map: Open, tmp_path: Path) -> None:
    page = open_map(ONE_UNIT)
    page.locator("summary", has_text="Raid").click()
    page.get_by_test_id("n_targets").fill("40")
    page.get_by_test_id("run-raid").click()
    page.get_by_test_id("replay").wait_for(timeout=180_000)
    assert "Of 40 fighter aircraft" in says(page, "raid-headline")
    assert page.locator("[data-testid=raid] polygon").count() == 2  # both bands
    page.get_by_test_id("scrub").fill("700")
    assert "launched" in says(page, "replay") and "0 launched" not in says(page, "replay")
    page.get_by_test_id("play").click()
    assert saved_picture(page, tmp_path).width == 2 * page.evaluate(
        "document.querySelector('#map').clientWidth"
    )
    until(page, "Number(document.querySelector('[data-testid=scrub]').value) > 700")
    page.get_by_test_id("play").click()
    assert int(page.get_by_test_id("scrub").input_value()) > 700
    assert "a site holds a track" in says(page, "legend")
    assert "start 400 km out, side by side, and fly at 7,500 m" in says(page, "raid")
    page.get_by_role("combobox", name="Units").select_option("nautical")
    assert "start 216 nm out, side by side, and fly at 24,610 ft" in says(page, "raid")
    with_replay = saved_picture(page, tmp_path)
    shares = [int(x) for x in re.findall(r"(\d+) %", says(page, "reasons"))]
    through = re.search(r"Of 40: ([\d.]+) %", says(page, "raid"))
    assert through and abs(sum(shares) - float(through[1])) < 1.5  # each leaker has one reason
    page.get_by_role("button", name="figures behind this").click()
    rows = page.locator("dialog tbody tr").all()
    assert len(rows) > 8
    for row in rows:
        if row.locator("[data-figure]").count() == 0:
            assert "assum" in row.inner_text()
    page.locator('dialog [data-figure="s-400-fire-unit.launchers"]').click()
    assert page.locator("dialog li a").count() > 0
    page.keyboard.press("Escape")
    again = open_map(page.evaluate("location.hash"))  # a link brings the result back
    again.get_by_test_id("reasons").wait_for()
    assert says(again, "raid-headline") == says(page, "raid-headline")
    page.bring_to_front()
    page.get_by_test_id("run-raid").click()  # which takes the last replay off the map
    assert "a site holds a track" not in says(page, "legend")
    assert saved_picture(page, tmp_path).height < with_replay.height  # it says what the replay is


def test_a_raid_is_of_its_units_and_altitude(open_map: Open) -> None:
    page = open_map(f"{ONE_UNIT}&raid=8,subsonic-cruise-missile,270,amritsar-airport,10000msl")
    page.locator("summary", has_text="Raid").click()
    assert page.get_by_test_id("n_targets").input_value() == "8"
    for typed in ("9999", "", "2.5"):
        page.get_by_test_id("n_targets").fill(typed)
        page.get_by_test_id("run-raid").click()
        said = page.locator("#alerts").inner_text()
        assert f"a whole number from 1 to 400, not {typed or 'nothing'}" in said
        assert page.get_by_test_id("n_targets").input_value() == typed
        assert page.get_by_test_id("raid").inner_text() == ""  # nothing was run
    page.get_by_test_id("n_targets").fill("8")
    page.get_by_test_id("n_targets").press("Tab")
    assert page.locator("#alerts").inner_text() == ""
    page.get_by_test_id("run-raid").click()
    page.get_by_test_id("replay").wait_for(timeout=180_000)
    assert "fly at 10 km above sea level" in says(page, "raid")
    assert page.get_by_test_id("stale").is_hidden()
    page.get_by_label("Flying at").select_option("30agl")
    assert "run it again" in says(page, "stale")
    page.get_by_label("Flying at").select_option("10000msl")
    assert page.get_by_test_id("stale").is_hidden()
    page.locator('[data-site="regiment-1"]').press("ArrowRight")
    until(page, "!document.querySelector('[data-testid=stale]').hidden")
    assert "raid=8,subsonic-cruise-missile,270" in page.evaluate("location.hash")


def test_there_are_no_sums_before_all_is_there(open_map: Open) -> None:
    """Without its server the page says so, not that it is at work."""
    page = open_map(wait=False)
    page.route("**/api/views", lambda route: route.abort())
    page.reload()
    heads(page, "is not known: The server does not answer")
    assert "%" not in says(page, "headline") and "worked out" not in says(page, "headline")
    page.get_by_test_id("png").click()
    page.get_by_test_id("png-screen").click()
    page.get_by_text("not complete yet").wait_for()
    page.unroute("**/api/views")
    heads(page, "%")
    open_map.complaints.clear()


def test_a_unit_where_there_is_no_terrain_is_named(open_map: Open) -> None:
    """A link with bad coordinates: what is wrong stands where the figure would."""
    page = open_map("#sites=regiment-1:regiment-1:10:31")
    heads(page, "What Regiment 1 sees is not known: ")
    assert "outside the DEM" in says(page, "headline")
    open_map.complaints.clear()


def test_what_is_covered_follows_the_drag(open_map: Open) -> None:
    page = open_map("#at=3000agl")
    before = says(page, "headline")
    box = page.locator('[data-site="regiment-1"]').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] + 69, box["y"] + 69, steps=4)
    said = "document.querySelector('[data-testid=headline]').textContent"
    until(page, f"{said} !== {json.dumps(before)} && {said}.includes('%')")
    assert "What if" not in says(page, "headline")  # nothing has been let go
    page.mouse.up()
    until(page, f"{said}.startsWith('What if: Regiment 1 moved')")
    page.get_by_test_id("png").click()
    with page.expect_download() as download:
        page.get_by_test_id("png-screen").click()
    assert download.value.suggested_filename == "india-s400-what-if.png"


def test_closing_a_prompt_ends_it(open_map: Open) -> None:
    page = open_map()
    page.get_by_test_id("add").click()
    page.get_by_role("button", name="Stop").click()
    page.mouse.click(400, 600)
    until(page, "document.querySelector('[data-testid=hover] strong') !== null")  # it was a look
    assert page.locator("[data-site]").count() == 5


def test_a_server_that_comes_late_is_waited_for(open_map: Open) -> None:
    page = open_map(wait=False)
    page.route("**/api/case", lambda route: route.abort())
    page.reload()
    page.get_by_text("The server does not answer").wait_for()
    with page.expect_navigation():
        page.unroute("**/api/case")
    until(page, "!!(window.skyshade && window.skyshade.complete)")
    open_map.complaints.clear()


def test_terrain_along_a_line(open_map: Open) -> None:
    page = open_map()
    page.locator("summary", has_text="Terrain along").click()
    page.get_by_test_id("draw-line").click()
    page.mouse.click(350, 310)
    page.mouse.click(460, 180)
    page.locator("[data-testid=profile] svg path").first.wait_for()
    assert "lower edge of what Regiment 1 sees" in says(page, "profile")


def test_the_picture_for_an_article(open_map: Open, tmp_path: Path) -> None:
    image = saved_picture(open_map(), tmp_path)
    assert image.height > 800
    pixels = np.asarray(image.convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3)[::97], axis=0)) > 200  # a map, not an empty sheet


def test_units_and_a_shared_address(open_map: Open) -> None:
    page = open_map("#show=engageable&at=3048msl&target=fighter&k=1&date=2023-01-15&units=nautical")
    until(page, "document.querySelector('[data-testid=headline]').textContent.includes('nm')")
    assert "10,000 ft above sea level" in says(page, "headline")
    assert "These 2 units" in says(page, "headline")
    page.get_by_role("combobox", name="Units").select_option("metric")
    assert "units=metric" in page.evaluate("location.hash")


def test_back_undoes_a_choice(open_map: Open) -> None:
    page = open_map("#show=visible&at=100agl&date=2026-11-21")
    page.get_by_role("radio", name="Ring").check()
    page.get_by_role("radio", name="Reach").check()
    until(page, "location.hash.includes('show=reach')")
    page.go_back()
    until(page, "document.querySelector('input[value=ring]').checked")
    page.go_back()
    until(page, "document.querySelector('input[value=visible]').checked")
    slider = page.locator("#altitude")
    before = slider.get_attribute("aria-valuetext")
    for _ in range(12):
        slider.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") != before
        before = slider.get_attribute("aria-valuetext")
    assert "at=100agl" not in page.evaluate("location.hash")
    page.go_forward()  # an altitude that is drawn along is no step: what lies ahead still does
    until(page, "document.querySelector('input[value=ring]').checked")


def test_a_day_that_does_not_exist_is_named(open_map: Open) -> None:
    page = open_map("#show=visible&date=2026-02-30&k=0")
    said = page.locator("#alerts").inner_text()
    assert "left out, as it makes no sense: k=0, date=2026-02-30." in said
    assert "date=2026-11-21" in page.evaluate("location.hash")


def test_a_nonsense_address_is_harmless(open_map: Open) -> None:
    page = open_map("#show=attack&at=x&k=-3&date=never&target=<b>")
    assert "see" in says(page, "headline")


def test_names_from_files_are_text(
    reader: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Titles, names, sources with scripts, handlers and links in them: shown, never run."""
    write_case(tmp_path / "case.yaml", HOSTILE[2])
    monkeypatch.setattr("skyshade.web.guard.BURST", 1e6)
    with served(MapCase.load(str(tmp_path / "case.yaml")), "127.0.0.1", tmp_path) as hostile:
        opened = Open(reader, hostile.url)
        page = opened()
        asked: list[str] = []

        def note(dialog: Any) -> None:
            asked.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", note)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        cards = "[...document.querySelectorAll('button.figure, button.name')].slice(0, 20)"
        page.evaluate(cards + ".forEach((b) => b.click())")
        page.evaluate(
            "(name) => [...document.querySelectorAll('button')]"
            ".filter((b) => b.textContent === name).forEach((b) => b.click())",
            HOSTILE[2],
        )
        page.wait_for_load_state("networkidle")
        text = page.locator("body").inner_text()
        assert HOSTILE[2] in text  # as it is
        bad = page.evaluate(
            """[...document.querySelectorAll('*')].filter((e) =>
                 e.matches('img[src="x"], script:not([src])') ||
                 [...e.attributes].some((a) => a.name.startsWith('on') ||
                   (['href', 'src'].includes(a.name) && /^\\s*javascript:/i.test(a.value)))
               ).map((e) => e.outerHTML)"""
        )
        assert bad == [] and asked == []
        opened.close()
        assert not [c for c in opened.complaints if "429" not in c]


def test_the_key_leaves_the_address(browser: Any, tmp_path: Path) -> None:
    """The key becomes a cookie that no script reads; address and history are without it."""
    with served(MapCase.load("flat-earth-check"), "0.0.0.0", tmp_path) as guarded:
        link = guarded.link()
        key, token = link.partition("key=")[2], guarded.door.token  # type: ignore[union-attr]
        opened = Open(browser.new_context(), link)
        page = opened()
        assert "key" not in page.url
        known = page.evaluate(
            "document.cookie + document.referrer + JSON.stringify(history.state) + "
            "performance.getEntriesByType('navigation').map((e) => e.name).join()"
        ).replace(link, "")
        assert key not in known and token not in known
        (cookie,) = opened.context.cookies()
        assert (cookie["value"], cookie["httpOnly"], cookie["sameSite"]) == (token, True, "Lax")
        page.go_back(wait_until="commit")
        assert page.url == "about:blank"  # no page with the token lies before this one
        stranger = browser.new_context()
        answer = stranger.request.get(guarded.url + "api/case")
        assert answer.status == 401
        stranger.close()
        opened.context.close()


def test_on_a_phone(open_map: Open, tmp_path: Path) -> None:
    page = open_map(size=(390, 844))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#map").click(position={"x": 150, "y": 130})
    assert "Ground" in says(page, "hover")


def test_two_browsers_hold_different_drafts(open_map: Open) -> None:
    one, other = open_map(), open_map()
    one.bring_to_front()
    drag(one, "regiment-1", 60, 0)
    until(one, "window.skyshade.preview_ms > 0")
    assert "75.5° E, 31° N" in other.locator(".units").inner_text()
    assert "75.5° E, 31° N" not in one.locator(".units").inner_text()


def test_without_a_server(open_map: Open, service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    case = service.case
    one = case.scenario.with_(targets=["fighter"], altitudes=["100 m agl"], raid=None)
    write_site(replace(case, scenario=one), folder)
    assert "http:" not in (folder / "index.html").read_text()
    page = open_map(url=f"file://{folder}/index.html")
    assert "of the area inside the circles" in says(page, "headline")
    page.get_by_text("Reach", exact=True).click()
    until(
        page, "document.querySelector('[data-testid=headline]').textContent.includes('really held')"
    )
    page.get_by_role("button", name="Regiment 4", exact=True).click()
    page.get_by_role("heading", name="What has been said").wait_for()


def test_the_map_comes_back_after_the_graphics_card_lost_it(open_map: Open, tmp_path: Path) -> None:
    """Coverage, relief and rings are what they were, and the reader is told meanwhile."""
    page = open_map()
    before = picture(page, tmp_path)
    lose = "window.lost = document.querySelector('#map canvas').getContext('webgl2')"
    page.evaluate(f"{lose}.getExtension('WEBGL_lose_context'), window.lost.loseContext()")
    until(page, "document.getElementById('alerts').innerText.includes('comes back by itself')")
    page.evaluate("window.lost.restoreContext()")
    until(page, "document.getElementById('alerts').innerText === ''")
    after = picture(page, tmp_path)
    assert np.abs(after - before).mean() < 1.0


def test_without_webgl_one_sentence_says_so(reader: Any, service: Service) -> None:
    page = reader.new_page()
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
    )
    page.goto(service.url)
    until(page, "document.getElementById('alerts').innerText.includes('needs WebGL 2')")
    assert "{" not in page.locator("#alerts p").inner_text()
    page.close()
