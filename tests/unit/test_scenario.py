"""Scenario files: the shipped ones, what one says on a day, and every way to get one wrong."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import airportsdata
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyshade.catalogue import load_catalogue
from skyshade.dates import PartialDate
from skyshade.errors import InputError
from skyshade.scenario import Scenario, load_scenario, scenario_names
from skyshade.scenario.load import check_scenario, scenario_file
from skyshade.scenario.quantities import parse_altitude
from skyshade.yamlfile import parse_yaml

fuzz = settings(max_examples=150, database=None, deadline=None, derandomize=True)


# ---- the shipped scenarios


def complaints(scenario: Scenario) -> list[str]:
    """Every rule of shipped scenarios, beyond those of all scenarios, that this one breaks."""
    found = []

    def demand(rule: bool, complaint: str) -> None:
        if not rule:
            found.append(complaint)

    named = {s for site in scenario.sites for event in site.events for s in event.sources}
    named |= {s for place in scenario.places for s in place.sources}
    demand(named == set(scenario.sources), f"sources unused: {set(scenario.sources) - named}")
    demand(bool(scenario.title.strip() and scenario.description.strip()), "not described")
    for site in scenario.sites:
        demand(site.illustrative, f"{site.id}: a position that claims to be real")
        for angle in (site.position.lon, site.position.lat):
            demand(angle % 0.5 == 0, f"{site.id}: {angle} is finer than half a degree")
        demand(len(site.antenna.why) > 10, f"{site.id}: no reason for the antenna's height")
        for event in site.events:
            what = f"{site.id}, {event.kind} {event.date}"
            demand(len(event.note) > 10, f"{what}: no note")
            demand(not event.assumed or event.confidence == "low", f"{what}: sure of a guess")
        happened = [e.date.last for e in site.events if e.kind != "announced"]
        demand(happened == sorted(happened), f"{site.id}: events out of order")
        arms = None if scenario.raid is None else scenario.raid.sites.get(site.id)
        is_bound = arms is not None and arms.protects is not None  # it stands with what it protects
        half_degree = site.position_rounding_deg >= 0.5 or len(scenario.sites) == 1
        stated = half_degree or (is_bound and site.position_rounding_deg == 0.1)
        demand(stated, f"{site.id}: its rounding is not stated")
    for place in scenario.places:
        for angle in (place.position.lon, place.position.lat):
            demand(round(angle, 2) == angle, f"{place.id}: {angle} is finer than 0.01 degree")
    return found


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_keeps_the_rules(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert complaints(scenario) == []


def test_the_rules_notice() -> None:
    good = load_scenario("india-s400")
    one, two, three, four, five = good.sites
    near = one.position.model_copy(update={"lon": 75.43, "lat": 28.654321})
    sure, blank = {"assumed": True, "confidence": "high"}, {"note": ""}
    broken = good.model_copy(
        update={
            "sites": [
                one.model_copy(update={"position": near}),
                two.model_copy(update={"illustrative": False, "position_rounding_deg": 0.0}),
                three.model_copy(update={"events": three.events[::-1]}),
                four.model_copy(update={"events": [four.events[0].model_copy(update=blank)]}),
                five.model_copy(update={"events": [one.events[0].model_copy(update=sure)]}),
            ],
            "places": [good.places[0].model_copy(update={"position": near}), *good.places[1:]],
            "sources": {**good.sources, "never": good.sources["geonames"]},
        }
    )
    found = " ".join(complaints(broken))
    for part in (
        "regiment-1: 75.43 is finer",
        "regiment-2: a position that claims",
        "regiment-2: its rounding is not stated",
        "regiment-3: events out of order",
        "sure of a guess",
        "regiment-4, delivered 2026-05: no note",
        "delhi: 28.654321 is finer",
        "sources unused: {",
        "'never'",
    ):
        assert part in found


def test_names_of_the_shipped_scenarios() -> None:
    assert scenario_names() == [
        "ballistic",
        "five-days",
        "flat-earth-check",
        "india-layered",
        "india-s400",
        "layered",
        "low-altitude",
        "raid-60x4",
        "raid-8x24",
        "saturation",
        "single-site",
        "turkey-s400",
    ]


# ---- india-s400


@pytest.fixture(scope="module")
def india() -> Scenario:
    return load_scenario("india-s400")


def test_five_regiments_in_order_of_delivery(india: Scenario) -> None:
    assert [site.id for site in india.sites] == [f"regiment-{i}" for i in range(1, 6)]
    delivered = [event.date for site in india.sites if (event := site.event("delivered"))]
    assert [str(d) for d in delivered] == ["2021-12", "2022", "2023-02", "2026-05"]
    assert [d.last for d in delivered] == sorted(d.last for d in delivered)


@pytest.mark.parametrize(
    ("day", "regiments"),
    [
        ("2021-12-31", []),  # delivered, not operational
        ("2022-04-29", []),
        ("2022-04-30", [1]),  # "April 2022" is certain on its last day
        ("2022-12-30", [1]),
        ("2022-12-31", [1, 2]),
        ("2023-06-29", [1, 2]),
        ("2023-06-30", [1, 2, 3]),
        ("2026-09-29", [1, 2, 3]),
        ("2026-09-30", [1, 2, 3, 4]),
        ("2026-11-21", [1, 2, 3, 4]),
        ("2099-01-01", [1, 2, 3, 4]),  # the fifth is announced, and that is all
    ],
)
def test_operational_on(india: Scenario, day: str, regiments: list[int]) -> None:
    on = [site.id for site in india.sites if site.operational_on(date.fromisoformat(day))]
    assert on == [f"regiment-{i}" for i in regiments]


def test_the_fifth_regiment_is_announced_only(india: Scenario) -> None:
    fifth = india.sites[4]
    assert [(e.kind, str(e.date)) for e in fifth.events] == [
        ("announced", "2026-11"),
        ("announced", "2027"),
    ]
    assert fifth.event("delivered") is None


def test_places_have_their_published_coordinates(india: Scenario) -> None:
    airports = airportsdata.load("IATA")
    checked = 0
    for place in india.places:
        if place.kind == "airport":
            published = airports[place.name[-4:-1]]  # "Amritsar airport (ATQ)"
            assert place.position.lon == pytest.approx(published["lon"], abs=0.0051)
            assert place.position.lat == pytest.approx(published["lat"], abs=0.0051)
            checked += 1
    assert checked >= 5
    # New Delhi's India Gate stands at 77.2295 E 28.6129 N; the city's point is near it
    delhi = next(place for place in india.places if place.id == "delhi")
    assert abs(delhi.position.lon - 77.23) < 0.05
    assert abs(delhi.position.lat - 28.61) < 0.05


def test_every_position_says_how_coarse_it_is(india: Scenario) -> None:
    assert [site.position_rounding_deg for site in india.sites] == [0.5] * 5


def test_the_gap_in_the_east_is_there(india: Scenario) -> None:
    assert [p.id for p in india.places if p.position.lon > 90] == ["guwahati-airport"]


def test_assumed_dates_keep_their_rule(india: Scenario) -> None:
    """Delivery plus four months, as stated in the notes."""
    for regiment in (3, 4):
        site = india.sites[regiment - 1]
        delivered, operational = site.event("delivered"), site.event("operational")
        assert delivered is not None
        assert operational is not None
        assert operational.assumed
        months = [12 * e.date.first.year + e.date.first.month for e in (delivered, operational)]
        assert months[1] - months[0] == 4


# ---- a scenario of our own

BASE = """\
schema: skyshade/scenario/1
name: test
title: A test
as_of: 2024-05-01
terrain: {dem: smooth-earth}
atmosphere: {k_factor: 1.25}
altitudes: [100 m agl, 10 km msl]
ring: 380 km
sites:
  - id: one
    name: One
    system: s-400
    radar: 91N6E
    position: {lon: 75, lat: 20.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 600 km
    az_sector: [350, 20 deg]
    el_limits: [-1, 1.0 rad]
    events:
      - {kind: delivered, date: 2022-05, sources: [press], confidence: high}
      - {kind: operational, date: 2023, confidence: low, assumed: true}
  - id: two
    name: Two
    system: s-400
    position: {lon: 76, lat: 21}
    illustrative: true
    antenna: {value: 100 ft, low: 100 ft, high: 100 ft, why: a test}
places:
  - id: town
    name: Town
    kind: city
    position: {lon: 77.23, lat: 28.65}
    sources: [press]
sources:
  press: {title: A report, outlet: A paper}
"""


def check(data: Any) -> Scenario:
    return check_scenario(parse_yaml(json.dumps(data, ensure_ascii=False), "f.yaml"))


def test_everything_arrives_in_si() -> None:
    scenario = check_scenario(parse_yaml(BASE))
    one, two = scenario.sites
    assert scenario.ring_m == 380_000
    assert scenario.atmosphere.k_factor == 1.25
    assert [(a.value_m, a.datum) for a in scenario.altitudes] == [(100, "agl"), (10_000, "msl")]
    assert (one.antenna.low_m, one.antenna.value_m, one.antenna.high_m) == (5, 24, 39)
    assert two.antenna.value_m == pytest.approx(30.48)
    assert one.max_range_m == 600_000
    assert one.az_sector_deg == (350, 20)
    assert one.el_limits_deg == pytest.approx((-1, 57.29577951308232))
    assert str(scenario.as_of) == "2024-05-01"


@pytest.mark.parametrize(
    ("sector", "read"),
    [
        ("[0, 360]", (0, 360)),
        ("[360, 0]", (360, 0)),
        ("[-180, 180]", (-180, 180)),
        ("[90 deg, -90]", (90, -90)),
    ],
)
def test_azimuth_sectors(sector: str, read: tuple[float, float]) -> None:
    scenario = check_scenario(parse_yaml(BASE.replace("[350, 20 deg]", sector)))
    assert scenario.sites[0].az_sector_deg == read


def test_operational_while_the_delivery_was_not_complete() -> None:
    text = BASE.replace("date: 2022-05", "date: 2023").replace("date: 2023,", "date: 2023-03,")
    assert check_scenario(parse_yaml(text)).sites[0].operational_on(date(2023, 3, 31))


def test_announced_twice() -> None:
    twice = BASE.replace("kind: delivered", "kind: announced").replace("operational", "announced")
    assert len(check_scenario(parse_yaml(twice)).sites[0].events) == 2


def test_a_source_of_a_bare_year() -> None:
    text = BASE.replace("outlet: A paper", "outlet: A paper, date: 2026")
    assert check_scenario(parse_yaml(text)).sources["press"].date == "2026"


def test_texts_are_stripped() -> None:
    text = BASE.replace("title: A test", "title: '  A test '")
    assert check_scenario(parse_yaml(text)).title == "A test"


def test_defaults() -> None:
    scenario = check_scenario(parse_yaml(BASE.replace("atmosphere: {k_factor: 1.25}\n", "")))
    two = scenario.sites[1]
    assert (two.system, two.radar, two.max_range_m, two.ground_msl_m) == (
        "s-400",
        "91N6E",
        None,
        None,
    )
    assert (two.az_sector_deg, two.el_limits_deg, two.events) == (None, (-90, 90), ())
    assert (scenario.terrain.outside, scenario.terrain.nodata) == ("unknown", "unknown")
    assert scenario.atmosphere.k_factor == pytest.approx(4 / 3)


BARE = """
bare:
  title: a system without radars
  kind: system
  figures:
    role: {value: none, sources: [memory], confidence: low, why: Invented for a test.}
bare-unit:
  title: its fire unit
  kind: fire_unit
  part_of: bare
  figures:
    launchers: {value: 1, sources: [memory], confidence: low, why: Invented for a test.}
"""
RADARS = "    radar: 96L6E\n    engagement_radar: 92N6E\n"


@pytest.mark.parametrize(
    ("named", "field", "duty"),
    [
        ("", "radar", "acquisition"),
        ("    engagement_radar: 92N6E\n", "radar", "acquisition"),
        ("    radar: 96L6E\n", "engagement_radar", "engagement"),
        ("    radar:\n    engagement_radar: 92N6E\n", "radar", "acquisition"),
    ],
)
def test_a_system_whose_radar_nobody_names(
    named: str, field: str, duty: str, tmp_path: Path
) -> None:
    """It does not get the radar of another system: the scenario must name one."""
    (tmp_path / "bare.yaml").write_text(BARE, encoding="utf-8")
    text = BASE.replace("system: s-400\n    position", f"system: bare\n{named}    position")
    text += f"catalogue: {tmp_path}\n"
    with pytest.raises(InputError) as caught:
        check_scenario(parse_yaml(text, "f.yaml"))
    key = f"    {field}:" if f"    {field}:" in named else "  - id: two"
    line = text[: text.rindex(key)].count("\n") + 1
    assert str(caught.value) == (
        f"f.yaml, line {line}, sites[1].{field}: the catalogue lists no {duty} radar of "
        f"bare; name one (allowed: {', '.join(e.id for e in load_catalogue().of_kind('radar'))})"
    )


def test_radars_left_out_are_the_systems_own() -> None:
    two = check_scenario(parse_yaml(BASE)).sites[1]
    assert (two.radar, two.engagement_radar) == ("91N6E", "92N6E")
    other = BASE.replace("system: s-400\n    position", f"system: S400\n{RADARS}    position")
    assert check_scenario(parse_yaml(other)).sites[1].radar == "96L6E"
    alias = check_scenario(parse_yaml(other.replace(RADARS, ""))).sites[1]
    assert (alias.radar, alias.engagement_radar) == ("91N6E", "92N6E")


def test_a_misspelt_system_or_radar_is_said_before_a_missing_radar() -> None:
    """The line that is there, and wrong, is named; not the default that follows from it."""
    two = "system: s-400\n    position"
    for new, part in (
        ("system: patriot-pac\n    position", "Did you mean 'patriot-pac3'?"),
        ("system: patriot-pac2\n    radr: 91N6E\n    position", "Did you mean 'radar'?"),
    ):
        with pytest.raises(InputError) as caught:
            check_scenario(parse_yaml(BASE.replace(two, new)))
        assert part in str(caught.value)


def test_a_site_without_system() -> None:
    text = BASE.replace("    system: s-400\n    position", "    position")
    with pytest.raises(InputError, match=r"sites\[1\]\.system: this field is missing"):
        check_scenario(parse_yaml(text))


def test_operational_without_events_before_and_after() -> None:
    one, two = check_scenario(parse_yaml(BASE)).sites
    assert two.operational_on(date(1900, 1, 1))  # no events: always
    assert not one.operational_on(date(2023, 12, 30))
    assert one.operational_on(date(2023, 12, 31))


def test_delivered_alone_is_not_operational() -> None:
    data = parse_yaml(BASE).data
    del data["sites"][0]["events"][1]
    assert not check(data).sites[0].operational_on(date(2099, 1, 1))


def test_antenna_of_a_site() -> None:
    antenna = check_scenario(parse_yaml(BASE)).sites[0].make_antenna()
    assert (antenna.lon, antenna.lat, antenna.agl_m) == (75, 20.5, 24)
    assert (antenna.ground_msl_m, antenna.az_sector_deg) == (None, (350, 20))
    assert check_scenario(parse_yaml(BASE)).sites[0].make_antenna(agl_m=7).agl_m == 7


def test_antenna_moved_within_the_rounding_of_its_position() -> None:
    rounded = "illustrative: true\n    position_rounding: 0.5 deg"
    text = BASE.replace("illustrative: true", rounded, 1)
    one, two = check_scenario(parse_yaml(text)).sites
    moved = one.make_antenna(shift=(1, -1))
    assert (moved.lon, moved.lat) == (75.25, 20.25)
    unmoved = two.make_antenna(shift=(1, -1))  # known exactly, or so it says
    assert (unmoved.lon, unmoved.lat) == (76, 21)


def test_a_scenario_cannot_be_changed() -> None:
    scenario = check_scenario(parse_yaml(BASE))
    with pytest.raises(ValueError, match="frozen"):
        scenario.sites[0].position.lon = 0


# ---- names and files


def test_a_path_is_read_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "own"  # no suffix
    file.write_text(BASE)
    assert load_scenario(file).name == "test"
    assert load_scenario(str(file)).name == "test"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("india-s40", "india-s400"), ("India", "india-s400"), ("flat-earth", "flat-earth-check")],
)
def test_unknown_scenario(name: str, nearest: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(name)
    assert str(caught.value) == (
        f"unknown scenario '{name}' (allowed: {', '.join(scenario_names())}). "
        f"Did you mean '{nearest}'?"
    )


@pytest.mark.parametrize("name", ["india-s400.yml", "missing/India-S400"])
def test_a_file_that_is_not_there_but_a_shipped_one_is_near(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(name)
    assert str(caught.value) == f"{name}: no such file. Did you mean 'india-s400'?"


def test_no_name_at_all() -> None:
    with pytest.raises(InputError, match="unknown scenario ''"):
        load_scenario("")


def write(text: str | bytes) -> Callable[[Path], object]:
    data = text if isinstance(text, bytes) else text.encode()
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "FILE: no such file"),
        (Path.mkdir, "FILE: is a folder, not a file"),
        (write(""), "FILE, line 1: a scenario file is a mapping of fields"),
        (write("# only this\n"), "FILE, line 1: a scenario file is a mapping of fields"),
        (write("just words"), "FILE, line 1: a scenario file is a mapping of fields"),
        (write("- 1\n- 2"), "FILE, line 1: a scenario file is a mapping of fields"),
        (write(b"title: \xff"), "FILE, line 1: not UTF-8 text (byte 7)"),
        (write(BASE.encode("utf-16")), "FILE, line 1: not UTF-8 text (byte 0)"),
        (write("a: 1\nb: [1\nc: 2"), "FILE, line 3: not valid YAML: did not find expected"),
        (write("[" * 100_000), "FILE, line 1: "),
        (write(b"\x7fELF\x00\x01"), "FILE"),
    ],
)
def test_not_a_scenario_file(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    file = tmp_path / "f.yaml"
    make(file)
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    assert str(caught.value).startswith(message.replace("FILE", str(file)))


def test_endless_name() -> None:
    with pytest.raises(InputError, match="aaaa"):
        load_scenario("a" * 5000)


def test_a_million_lines_are_refused_early(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(BASE + "more:\n" + "  - {id: x}\n" * 1_000_000)
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    assert caught.value.line is not None
    assert 40 < caught.value.line < 300_000


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    with file.open("wb") as handle:
        handle.truncate(17 * 2**20)
    with pytest.raises(InputError, match="the file is too large"):
        load_scenario(file)


# ---- bad fields: what replaces what in BASE, where the complaint must point (".x" is in sites[0]),
# what it must say


def change(old: str, new: str) -> tuple[str, int]:
    """BASE with the first `old` replaced, and the line on which it stood."""
    assert old in BASE
    return BASE.replace(old, new, 1), BASE[: BASE.index(old)].count("\n") + 1


DUPLICATE_SITE = BASE.replace("id: two", "id: one")
DUPLICATE_PLACE = BASE.replace(
    "\nsources:\n",
    "\n  - {id: town, name: B, kind: city, position: {lon: 1, lat: 1}, sources: [press]}\n"
    "sources:\n",
)

BAD = [
    # unknown and missing fields
    ("radar: 91N6E", "radr: 91N6E", ".radr", "unknown field (allowed: id, name, system"),
    ("radar: 91N6E", "radr: 91N6E", ".radr", "Did you mean 'radar'?"),
    ("ring: 380 km", "rings: 380 km", "rings", "unknown field (allowed: schema, name, title"),
    ("ring: 380 km", "rings: 380 km", "rings", "Did you mean 'ring'?"),
    ("dem: smooth-earth", "den: x", "terrain.den", "unknown field (allowed: dem, outside, nodata)"),
    ("high: 39 m,", "hihg: 1 m, high: 39 m,", ".antenna.hihg", "Did you mean 'high'?"),
    ("outlet: A paper", "outlet: A, lik: b", "sources.press.lik", "allowed: title, outlet, date"),
    ("lat: 20.5", "lat: 20.5, alt: 3", ".position.alt", "(allowed: lon, lat)"),
    (", confidence: high}", ", confidence: high, when: 1}", ".events[0].when", "unknown field"),
    ("lon: 75, ", "", ".position.lon", "this field is missing"),
    (", why: a test}\n    max", "}\n    max", ".antenna.why", "this field is missing"),
    ("title: A report, ", "", "sources.press.title", "this field is missing"),
    # texts and names
    ("name: test", "name: Test Case", "name", "not an identifier (got 'Test Case'; allowed: lower"),
    ("name: test", "name: " + "a" * 65, "name", "at most 64 characters"),
    ("title: A test", "title: 5", "title", "must be a text (got 5). Put it in quotes."),
    ("title: A test", "title: [a]", "title", "must be a text"),
    ("title: A test", "title:", "title", "must be a text"),
    ("system: s-400", "system: 5", ".system", "must be a text (got 5). Put it in quotes."),
    (
        "schema: skyshade/scenario/1",
        "schema: skyshade/scenario/2",
        "schema",
        "'skyshade/scenario/1'",
    ),
    ("kind: city", "kind: town", "places[0].kind", "(got 'town'; allowed: city, airport, other)"),
    ("kind: delivered", "kind: sent", ".events[0].kind", "allowed: announced, delivered, "),
    ("confidence: high", "confidence: sure", ".events[0].confidence", "allowed: high, medium, low"),
    (
        "dem: smooth-earth",
        "dem: x, outside: land",
        "terrain.outside",
        "(got 'land'; allowed: unknown, sea)",
    ),
    ("illustrative: true", "illustrative: maybe", ".illustrative", "(got 'maybe')"),
    ("id: one", "id: force", ".id", "stands for all sites together (got 'force')"),
    # numbers and units
    (
        "ring: 380 km",
        "ring_figure: 40N6F.range_max\nring: 380 km",
        "ring_figure",
        "Did you mean '40N6E'?",
    ),
    (
        "ring: 380 km",
        "ring_figure: 40N6E.range_mx\nring: 380 km",
        "ring_figure",
        "Did you mean 'range_max'?",
    ),
    ("ring: 380 km", "ring_figure: range_max\nring: 380 km", "ring_figure", "unknown"),
    (
        "ring: 380 km",
        "ring: 450 km\nring_figure: 40N6E.range_max",
        "ring",
        "the ring is out of the bounds of 40N6E.range_max (got '450 km'; allowed: 380 to 400 km)",
    ),
    (
        "ring: 380 km",
        "ring_figure: 40N6E.guidance\nring: 380 km",
        "ring_figure",
        "this figure is not a length (got '40N6E.guidance')",
    ),
    (
        "ring: 380 km",
        "ring_figure: 40N6E.range_max",
        "ring_figure",
        "a figure of the ring needs a ring",
    ),
    (
        "ring: 380 km",
        "ring: 380 kg",
        "ring",
        "unknown unit 'kg' for a length (got '380 kg'; allowed: m",
    ),
    ("ring: 380 km", "ring: 380 kg", "ring", "Did you mean 'km'?"),
    ("ring: 380 km", "ring: 380 km/h", "ring", "unknown unit 'km/h' for a length"),
    ("ring: 380 km", "ring: far", "ring", "not a length (got 'far'; allowed: a number"),
    ("ring: 380 km", "ring: true", "ring", "not a length (got True"),
    ("ring: 380 km", "ring: [1]", "ring", "not a length"),
    (
        "ring: 380 km",
        "ring: 38000 km",
        "ring",
        "out of bounds (got '38000 km'; allowed: 100 m to 1500 km)",
    ),
    ("value: 24 m", "value: -24 m", ".antenna.value", "(got '-24 m'; allowed: 0.1 m to 1 km)"),
    ("high: 39 m", "high: 39 KG", ".antenna.high", "unknown unit 'KG' for a length"),
    (
        "max_range: 600 km",
        "max_range: 99 m",
        ".max_range",
        "(got '99 m'; allowed: 100 m to 1500 km)",
    ),
    ("20 deg]", "20 m]", ".az_sector[1]", "unknown unit 'm' for an angle"),
    ("[350, 20 deg]", "[1, 2, 3]", ".az_sector", "not a pair (got [1, 2, 3]"),
    ("[-1, 1.0 rad]", "[10, 5]", ".el_limits", "elevation limits out of order (got (10.0, 5.0)"),
    ("[-1, 1.0 rad]", "[0, 91]", ".el_limits[1]", "(got 91; allowed: -90 deg to 90 deg)"),
    ("lat: 20.5", "lat: 90.01", ".position.lat", "(got 90.01; allowed: -90 to 90 degrees)"),
    ("lat: 20.5", "lat: -120", ".position.lat", "(got -120; allowed: -90 to 90 degrees)"),
    ("lon: 77.23", "lon: 181", "places[0].position.lon", "(got 181; allowed: -180 to 180 degrees)"),
    ("lat: 20.5", "lat: north", ".position.lat", "not a number (got 'north'"),
    ("k_factor: 1.25", "k_factor: 0", "atmosphere.k_factor", "(got 0; allowed: 0.2 to 100)"),
    ("[350, 20 deg]", "[1]", ".az_sector", "not a pair (got [1]; allowed: two angles"),
    ("[350, 20 deg]", "[10, 10]", ".az_sector", "the sector is empty (got (10.0, 10.0); allowed"),
    ("[350, 20 deg]", "[-360, 360]", ".az_sector", "the sector is empty"),
    ("[350, 20 deg]", "[-361, 0]", ".az_sector[0]", "(got -361; allowed: -360 deg to 360 deg)"),
    ("lat: 20.5", "lat: '20.5'", ".position.lat", "(got '20.5'; allowed: -90 to 90 degrees)"),
    # not a number, and without end
    ("lat: 20.5", "lat: .nan", None, "a number must be finite (got '.nan')"),
    ("name: One", "name: Nan", None, "(got 'Nan'). Put it in quotes if it is a word."),
    ("lat: 20.5", "lat: -.inf", None, "a number must be finite (got '-.inf')"),
    ("lat: 20.5", "lat: 'nan'", ".position.lat", "not a number (got 'nan'"),
    ("lat: 20.5", "lat: 'inf'", ".position.lat", "not a number"),
    ("k_factor: 1.25", "k_factor: 'inf'", "atmosphere.k_factor", "not a number"),
    ("ring: 380 km", "ring: nan", None, "a number must be finite"),
    ("ring: 380 km", "ring: inf km", "ring", "not a length"),
    ("ring: 380 km", "ring: 1e999 km", "ring", "a length must be finite (got '1e999 km')"),
    ("value: 24 m", "value: 1e999", None, "a number must be finite"),
    ("20 deg]", ".inf]", None, "a number must be finite"),
    ("100 m agl", ".inf", None, "a number must be finite"),
    ("100 m agl", "inf m agl", "altitudes[0]", "not a length"),
    # antenna bounds
    ("low: 5 m", "low: 25 m", ".antenna", "between its bounds (got '25 <= 24 <= 39 m')"),
    ("high: 39 m", "high: 23 m", ".antenna", "must lie between its bounds"),
    # altitudes
    ("100 m agl", "100 m", "altitudes[0]", "(got '100 m'; allowed: a length and its datum"),
    ("10 km msl", "10 km gal", "altitudes[1]", "not an altitude"),
    ("10 km msl", "10 kn msl", "altitudes[1]", "unknown unit 'kn' for a length"),
    (
        "10 km msl",
        "-1 m msl",
        "altitudes[1]",
        "out of bounds (got '-1 m msl'; allowed: 0 to 100 km)",
    ),
    ("10 km msl", "101 km msl", "altitudes[1]", "altitude out of bounds"),
    ("[100 m agl, 10 km msl]", "[]", "altitudes", "too few of these (allowed: at least 1)"),
    (
        "[100 m agl, 10 km msl]",
        f"[{', '.join(['1 m agl'] * 13)}]",
        "altitudes",
        "too many of these (allowed: at most 12)",
    ),
    ("[100 m agl, 10 km msl]", "100 m agl", "altitudes", "must be a list"),
    # dates
    ("as_of: 2024-05-01", "as_of: 2024-5-41", "as_of", "not a date (got '2024-5-41'; allowed: "),
    ("as_of: 2024-05-01", "as_of: 2024-02-30", "as_of", "not a date (got '2024-02-30'"),
    ("date: 2022-05", "date: 2022-13", ".events[0].date", "not a date (got '2022-13'"),
    ("date: 2022-05", "date: Smarch 2022", ".events[0].date", "not a date (got 'Smarch 2022'"),
    ("date: 2022-05", "date: [2022]", ".events[0].date", "not a date"),
    # events
    ("kind: operational", "kind: delivered", ".events[1].kind", "at most one event of this kind"),
    ("kind: operational", "kind: delivered", ".events[1].kind", "The first is on line 21."),
    (
        "date: 2023,",
        "date: 2021,",
        ".events[1].date",
        "operational before it was delivered (got '2021'; allowed: 2022-05 or later)",
    ),
    # what must exist elsewhere
    (
        "system: s-400",
        "system: 48N6E",
        ".system",
        "must be of kind system, not missile (got '48N6E'; allowed: akash, ",
    ),
    ("radar: 91N6E", "radar: fighter", ".radar", "must be of kind radar, not target class"),
    ("sources: [press]\n", "sources: []\n", "places[0].sources", "too few of these"),
    ("system: s-400", "system: s-40", ".system", "unknown system 's-40' (allowed: akash, "),
    ("system: s-400", "system: s-40", ".system", "Did you mean 's-400'?"),
    ("radar: 91N6E", "radar: 91N6F", ".radar", "Did you mean '91N6E'?"),
    (
        "radar: 91N6E",
        "radar: ''",
        ".radar",
        "unknown radar '' (allowed: 30N6, 30N6E2, ",
    ),
    ("sources: [press], c", "sources: [pres], c", ".events[0].sources[0]", "unknown source 'pres'"),
    ("sources: [press], c", "sources: [pres], c", ".events[0].sources[0]", "Did you mean 'press'?"),
    ("sources: [press]\n", "sources: [no]\n", "places[0].sources[0]", "'no' (allowed: press)"),
    ("sources: [press], ", "", ".events[0]", "an event needs a source, or 'assumed: true'"),
    # shapes
    ("position: {lon: 75, lat: 20.5}", "position: [75, 20.5]", ".position", "must be a mapping"),
    ("terrain: {dem: smooth-earth}", "terrain: smooth-earth", "terrain", "must be a mapping"),
    (
        "press: {title: A report, outlet: A paper}",
        "press: A report",
        "sources.press",
        "must be a mapping",
    ),
    # YAML itself, on top of what test_yamlfile tests
    ("title: A test", "title: A test\ntitle: B", None, "this key stands twice (got 'title')"),
    ("lat: 20.5", "lat: 20.5, lat: 3", None, "this key stands twice (got 'lat')"),
    ("ring: 380 km", "ring: &r 380 km", None, "aliases and anchors are not used here"),
    ("sites:", "sites: &s [*s]\nx:", None, "aliases and anchors are not used here"),
    ("radar: 91N6E", "radar: !!str 91N6E", None, "tags are not used here"),
    ("ring: 380 km", "ring: " + "[" * 50, None, "nested deeper than 40 levels"),
]


@pytest.mark.parametrize(("old", "new", "field", "part"), BAD)
def test_bad_field(tmp_path: Path, old: str, new: str, field: str | None, part: str) -> None:
    text, line = change(old, new)
    if new.startswith("title: A test\n"):
        line += 1  # the second of two
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    message = str(caught.value)
    field = f"sites[0]{field}" if field and field.startswith(".") else field
    place = f"{file}, line {line}, {field}: " if field else f"{file}, line {line}: "
    assert message.startswith(place)
    assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(("text", "kind"), [(DUPLICATE_SITE, "sites"), (DUPLICATE_PLACE, "places")])
def test_an_id_stands_twice(text: str, kind: str) -> None:
    with pytest.raises(InputError) as caught:
        check_scenario(parse_yaml(text, "f.yaml"))
    id = {"sites": "one", "places": "town"}[kind]
    first, second = (n for n, row in enumerate(text.splitlines(), 1) if f"id: {id}" in row)
    assert str(caught.value) == (
        f"f.yaml, line {second}, {kind}[1].id: this id is used twice in {kind} (got '{id}'). "
        f"The first is on line {first}."
    )


def test_a_site_and_a_place_may_share_an_id() -> None:
    assert check_scenario(parse_yaml(BASE.replace("id: town", "id: one")))


def test_no_sites_and_too_many() -> None:
    data = parse_yaml(BASE).data
    for sites, part in (([], "at least 1"), (data["sites"][1:] * 201, "at most 200")):
        with pytest.raises(InputError, match=part):
            check({**data, "sites": sites})


def test_the_first_of_many_complaints_is_the_first_in_the_file() -> None:
    altitudes = "altitudes: [100 m agl, 10 km msl]\n"  # in the schema they come after the title
    text = altitudes.replace("agl", "gal") + BASE.replace(altitudes, "")
    with pytest.raises(InputError) as caught:
        check_scenario(parse_yaml(text.replace("title: A test", "title: 5"), "f.yaml"))
    assert (caught.value.field, caught.value.line) == ("altitudes[0]", 1)


# ---- what was once accepted, or badly said


@pytest.mark.parametrize(
    ("old", "new"),
    [("title: A test", "titel: A test"), ("why: a test}\n    max", "whi: a}\n    max")],
)
def test_a_misspelt_required_field_is_named(old: str, new: str) -> None:
    text, line = change(old, new)
    with pytest.raises(InputError) as caught:
        check_scenario(parse_yaml(text, "f.yaml"))
    assert "unknown field" in str(caught.value)
    assert "Did you mean '" in str(caught.value)
    assert caught.value.line == line


REFUSE = [
    ("lat: 20.5", "lat: true", "a truth is not a number"),
    ("k_factor: 1.25", "k_factor: true", "a truth is not a number"),
    ("illustrative: true", "illustrative: 1", "a number is not a truth"),
    ("illustrative: true", "illustrative: 'y'", "a text is not a truth"),
    ("system: s-400", "system: 48N6E", "a missile is not a system"),
    ("radar: 91N6E", "radar: fighter", "a target is not a radar"),
    ("date: 2022-05", "date: 2022-00", "there is no month 0"),
    ("date: 2022-05", "date: 2022-05-00", "there is no day 0"),
    ("date: 2022-05", "date: ２０２２", "only the digits 0 to 9"),
    ("[350, 20 deg]", "[0, 1e9]", "no such direction"),
    ("[100 m agl, 10 km msl]", "[100 m agl, 0.1 km agl]", "the same altitude twice"),
    ("date: 2023,", "date: 2021,", "operational before it was delivered"),
    ("kind: operational", "kind: delivered", "delivered twice"),
    ("sources: [press]\n", "sources: []\n", "a place without source"),
    ("title: A test", "title: ''", "a title without words"),
    ("title: A test", "title: ' '", "a title without words"),
    ("name: One", "name: ''", "a name without words"),
]


@pytest.mark.parametrize(("old", "new", "why"), REFUSE)
def test_should_be_refused(old: str, new: str, why: str) -> None:
    text, line = change(old, new)
    with pytest.raises(InputError) as caught:
        check_scenario(parse_yaml(text, "f.yaml"))
    assert caught.value.line in (line, line - 1), why  # a pair is complained of where it ends


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ("kind: delivered", "kind: deliverd", "delivered"),
        ("kind: city", "kind: ciyt", "city"),
        ("confidence: high", "confidence: hihg", "high"),
    ],
)
def test_nearest_choice(old: str, new: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"Did you mean '{nearest}'"):
        check_scenario(parse_yaml(change(old, new)[0]))


def test_a_field_name_cannot_reach_the_terminal_raw() -> None:
    with pytest.raises(InputError) as caught:
        check_scenario(parse_yaml(BASE + '"\\e[31m\\nx": 1\n'))
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


# ---- dates and altitudes


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("2022", (2022, 1, 1), (2022, 12, 31), "2022"),
        (2022, (2022, 1, 1), (2022, 12, 31), "2022"),
        ("2024-02", (2024, 2, 1), (2024, 2, 29), "2024-02"),
        ("2023-02", (2023, 2, 1), (2023, 2, 28), "2023-02"),
        ("2021-12", (2021, 12, 1), (2021, 12, 31), "2021-12"),
        ("2021-12-01", (2021, 12, 1), (2021, 12, 1), "2021-12-01"),
        ("2021-01", (2021, 1, 1), (2021, 1, 31), "2021-01"),
    ],
)
def test_partial_dates(
    text: object, first: tuple[int, int, int], last: tuple[int, int, int], shown: str
) -> None:
    read = PartialDate.parse(text)
    assert (read.first, read.last) == (date(*first), date(*last))
    assert str(read) == shown
    assert PartialDate.parse(str(read)) == read


@fuzz
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_reads_back(day: date) -> None:
    assert PartialDate.parse(day.isoformat()) == PartialDate(day, day)
    month = PartialDate.parse(day.isoformat()[:7])
    assert month.first <= day <= month.last
    assert month.first.month == month.last.month == day.month


@fuzz
@given(st.text() | st.floats() | st.none() | st.lists(st.integers()))
def test_any_date_or_altitude_is_read_or_refused(value: object) -> None:
    for read in (PartialDate.parse, parse_altitude):
        with contextlib.suppress(InputError):
            read(value)


# ---- fuzz: a scenario that something happened to

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**12)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12)
    | st.sampled_from(["nan", "inf", "1e999 m", "-5 km", "5 m agl", "2022-02-31", "one", "s-400"])
    | st.sampled_from([[], {}, [1, 2], {"a": 1}, [[[]]], [None], {"lon": 1}, {"": 1}])
)


def places_in(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [here, *(path for key, value in inner for path in places_in(value, (*here, key)))]


DATA = parse_yaml(BASE).data
PATHS = [path for path in places_in(DATA) if path]


@fuzz
@given(st.data())
def test_a_mutated_scenario_loads_or_is_an_input_error(draw: st.DataObject) -> None:
    data = copy.deepcopy(DATA)
    for _ in range(draw.draw(st.integers(1, 3))):
        *parents, key = draw.draw(st.sampled_from(PATHS))
        try:
            container = data
            for parent in parents:
                container = container[parent]
            match draw.draw(st.sampled_from(["replace", "delete", "rename"])):
                case "replace":
                    container[key] = copy.deepcopy(draw.draw(VALUES))
                case "delete":
                    del container[key]
                case "rename":
                    container[draw.draw(st.text("abcxyz_", max_size=8))] = container.pop(key)
        except (LookupError, TypeError, AttributeError):  # an earlier mutation took it away
            continue
    try:
        scenario = check(data)
    except InputError as error:
        assert str(error).startswith("f.yaml, line 1")
    else:
        assert scenario.sites


@fuzz
@given(
    st.integers(0, len(BASE)),
    st.integers(0, 8),
    st.text(alphabet=" \n:-[]{},&*!|>'\"%@#?a1.~\\\t", max_size=6),
)
def test_a_mutilated_file_loads_or_is_an_input_error(at: int, gone: int, new: str) -> None:
    try:
        check_scenario(parse_yaml(BASE[:at] + new + BASE[at + gone :], "f.yaml"))
    except InputError as error:
        assert str(error).startswith("f.yaml")


def test_terrain_beside_the_scenario_file(tmp_path: Path) -> None:
    """A relative path to a DEM starts at the scenario's folder; terrain names stay names."""
    text = scenario_file("single-site").read_text()
    here = tmp_path / "case.yaml"
    here.write_text(text.replace("dem: globe30-south-asia", "dem: tiles/a.tif"))
    assert load_scenario(here).terrain.dem == str(tmp_path / "tiles" / "a.tif")
    here.write_text(text)
    assert load_scenario(here).terrain.dem == "globe30-south-asia"
