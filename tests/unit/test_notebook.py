"""Every public result shows itself: a line of text, a table, a picture, a map without network."""

from __future__ import annotations

import dataclasses
import html
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import skyshade
from skyshade.assignment.lookahead import shoot_look_shoot
from skyshade.assignment.read import random_instance
from skyshade.assignment.solve import solve_assignment
from skyshade.campaign import DrawPlan, compare, draw_unknowns, sweep
from skyshade.catalogue import load_catalogue
from skyshade.coverage.views import view_units
from skyshade.engagement._scalar_plan import LEAKED
from skyshade.engagement.compile import compile_raid, prepare_raid
from skyshade.errors import InputError
from skyshade.export.moving import moving
from skyshade.flyout import flyout_table, load_missile, speed_family
from skyshade.notebook.cards import MOST_ROWS, Card, Table
from skyshade.programme import load_ledger, resolve
from skyshade.programme.forecast import forecast
from skyshade.radar import load_radar, load_target
from skyshade.reach.crossing import crossing
from skyshade.reach.engageable import engageable
from skyshade.reach.interest import cover_interest, find_area
from skyshade.reach.places import reach_places
from skyshade.reach.systems import compare_systems
from skyshade.report import text
from skyshade.report.style import Figure, svg_text
from skyshade.scenario import load_scenario
from skyshade.shown import Brief, Mapped, Plotted, Shown
from skyshade.siting.model import SitingProblem
from skyshade.siting.solve import solve_siting
from skyshade.siting.study import study_siting
from skyshade.tracking import track_raid

# what users give, or parts of results that are plain values
NOT_RESULTS = {
    "Alternative",
    "Assumptions",
    "Block",
    "Case",
    "ConfidenceSequence",
    "Detection",
    "DrawPlan",
    "ErrorModel",
    "Jammer",
    "Runner",
    "SiteSpec",
    "Source",
    "Tracker",
    "Altitude",
    "Antenna",
}
# words that the table must have: units, intervals, marks
TABLE: dict[str, list[str]] = {
    "Catalogue": ["figures", "of them weak", "missile"],
    "Claim": ["confidence", "reported", "source"],
    "Comparison": ["95 %", "points (", "B minus A"],
    "Coverage": ["ring km²", "of ring", "100 m AGL"],
    "Crossing": ["km", "shots", "5 to 95 %"],
    "Dem": ["m to", "°", "posts"],
    "Engageable": ["92N6E", "km"],
    "Entry": ["range", "confidence", "km", "?"],
    "Figure": ["250 km", "confidence", "Source "],
    "FlyoutTable": ["km", "%", "confidence"],
    "ForceReach": ["km²", "%", "5 to 95 %", "??"],
    "Forecast": ["P50", "P10", "%", "months"],
    "Ledger": ["claims", "of them weak"],
    "Missile": ["km", "m/s", "?"],
    "PlacesReach": ["km", "shots", "units"],
    "Radar": ["km", "m²", "??", "from memory only"],
    "RaidResult": ["95 % interval", "%", "get through", "rounds fired", "?"],
    "Scenario": ["m (", "illustrative", "AGL"],
    "ScenarioReach": ["km", "%", "5 to 95 %", "??"],
    "SiteReach": ["km", "%", "depends on", "?"],
    "SpeedFamily": ["m/s"],
    "ProgrammeState": ["deployed in sector", "Reports that cannot both be true"],
    "Sweep": ["95 % interval", "%", "targets"],
    "Tally": ["95 % interval", "%", "rounds fired", "?"],
    "Target": ["m²", "m/s", "?"],
    "Tracked": ["OSPA", "s", "%", "not published"],
    "Uncertainty": ["5 to 95 %", "Sobol", "?"],
}
# words that the picture must have: labels of its axes, their units, what its bands are
PICTURE: dict[str, list[str]] = {
    "Comparison": ["threats that get through (%)", "B minus A (percentage points)"],
    "Coverage": ["° E", "° N", "km", "% of the ring in line of sight"],
    "Crossing": ["closest approach to the unit, km", "shots"],
    "Dem": ["height above mean sea level (m)", "longitude", "° E", "latitude"],
    "Engageable": ["° E", "km² engageable", "m²"],
    "FlyoutTable": ["ground range from the launcher (km)", "time of flight (s)", "(m/s)"],
    "Forecast": ["by a date", "probability that each has arrived", "per cent", "P50"],
    "PlacesReach": ["km, square-root scale", "earliest intercept", "5 to 95 %"],
    "Radar": ["ground range, km", "height above the antenna's ground, km", "m²"],
    "RaidResult": ["° E", "minutes", "95 % Monte-Carlo interval", "% of replicates"],
    "Scenario": ["° E", "° N", "380 km ring", "illustrative"],
    "ScenarioReach": ["%", "km ring, as usually drawn", "5 to 95 %", "m/s"],
    "SiteReach": ["km", "AGL", "N"],
    "SpeedFamily": ["ground range from the launcher (km)", "time of flight (s)"],
    "ProgrammeState": ["promise, made on …", "2027", "forecast, four chances in five"],
    "Sweep": ["targets", "threats that get through (%)", "95 % Monte-Carlo"],
    "Tally": ["° E", "minutes", "95 % Monte-Carlo interval", "% of replicates"],
    "Tracked": ["km", "minutes", "scans later"],
    "Uncertainty": ["threats that get through (%)", "Sobol index", "5 to 95 %"],
}


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """One result of each class, by the name of the class."""
    small, india = load_scenario("single-site"), load_scenario("india-s400")
    saturation, mixed = load_scenario("saturation"), compile_raid(load_scenario("raid-60x4"))
    reach = skyshade.reach_scenario(small, draws=8, n_azimuths=36)
    units = [s.unit for s in reach.sites]
    views = view_units(reach.dem, units, small.altitudes)
    flights, draws = reach.flights, reach.sites[0].draws
    ledger = load_ledger("india-s400")
    entry = load_catalogue().entry("48n6dm")
    missile = load_missile("48N6E3")
    raid = skyshade.run_raid(saturation, replicates=40, seed=3)
    force = engageable(views.engagement.default, units)
    instance = random_instance("3x3", 1)
    siting = SitingProblem.of([[1, 1, 0], [0, 1, 1]])
    found = [
        skyshade.cover_scenario(small),
        skyshade.cover_scenario(small).sites[0],
        reach,
        reach.sites[0],
        reach.force,
        force,
        force.sites[0],
        reach_places(india.places[:3], units, views, flights, draws),
        crossing(units[0], 0, views, flights, draws, reach.sites[0].ring_m),
        reach.dem,
        ledger,
        ledger.claims[0],
        resolve(ledger),
        forecast(ledger, draws=2000),
        load_catalogue(),
        entry,
        entry.figure("range_max"),
        load_radar("91N6E"),
        load_target("fighter"),
        missile,
        flyout_table(missile),
        speed_family(missile, low_mps=1900.0, high_mps=2100.0, n_speeds=2),
        india,
        raid,
        raid.tally,
        mixed,
        prepare_raid(saturation),
        draw_unknowns(prepare_raid(saturation), DrawPlan("indices", 4, 10)),
        compare(mixed, compile_raid(saturation), replicates=30),
        sweep(saturation, ["n_targets=20:100:3"], replicates=20),
        track_raid(mixed),
        instance,
        solve_assignment(instance),
        siting,
        solve_siting(siting),
        study_siting(india, draws=0, sure=False, cache=False),
        cover_interest(reach.force, find_area("Nepal")),
        shoot_look_shoot(instance, 2),
        compare_systems(["akash"], altitudes=["1 km agl"], draws=0, n_azimuths=12),
    ]
    return {type(r).__name__: r for r in found}


def everything() -> list[type[Brief]]:
    """All classes of results, wherever in the package."""
    for module in pkgutil.walk_packages(skyshade.__path__, "skyshade."):
        if not module.name.endswith(("__main__", "_cuda")):
            importlib.import_module(module.name)

    def below(kind: type[Brief]) -> Iterator[type[Brief]]:
        for sub in kind.__subclasses__():
            yield sub
            yield from below(sub)

    return sorted(set(below(Brief)) - {Shown, Plotted, Mapped}, key=lambda c: c.__name__)


CLASSES = everything()
SHOWN = [c.__name__ for c in CLASSES if issubclass(c, Shown)]
PLOTTED = [c.__name__ for c in CLASSES if issubclass(c, Plotted)]
MAPPED = [c.__name__ for c in CLASSES if issubclass(c, Mapped)]


def test_every_public_class_is_a_result_or_none_by_intent() -> None:
    packages = [
        "campaign",
        "catalogue",
        "coverage",
        "engagement",
        "flyout",
        "programme",
        "radar",
        "reach",
        "scenario",
        "tracking",
    ]
    public = {
        thing
        for package in packages
        for module in [importlib.import_module(f"skyshade.{package}")]
        for thing in (getattr(module, name) for name in module.__all__)
        if isinstance(thing, type)
    } | {t for n in skyshade.__all__ if isinstance(t := getattr(skyshade, n), type)}
    silent = {c.__name__ for c in public if not issubclass(c, Brief)}
    assert silent == NOT_RESULTS
    assert set(SHOWN) == set(TABLE)
    assert set(PLOTTED) == set(PICTURE)


@pytest.mark.parametrize("name", [c.__name__ for c in CLASSES if c.__name__ != "Assessment"])
def test_text_is_one_short_line(results: dict[str, Any], name: str) -> None:
    result = results[name]
    assert re.fullmatch(rf"<{name}: [^\n]{{5,160}}>", repr(result))
    assert str(result) == repr(result)
    assert "array" not in repr(result)
    if dataclasses.is_dataclass(type(result)):
        assert "__repr__" not in type(result).__dict__


class Loads(HTMLParser):
    """Collects what a page would load, the pages inside its frames included."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loaded += [v for k in ("src", "href", "data") if (v := given.get(k))]
        if srcdoc := given.get("srcdoc"):
            self.loaded += Loads(srcdoc).loaded
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_what_a_page_loads_is_found() -> None:
    inner = html.escape('<script src="https://cdn.example/x.js"></script>')
    assert Loads(f'<iframe srcdoc="{inner}"></iframe>').loaded == ["https://cdn.example/x.js"]


@pytest.mark.parametrize("name", SHOWN)
def test_table(results: dict[str, Any], name: str) -> None:
    page = results[name]._repr_html_()
    parsed = Loads(page)
    assert not parsed.open and not parsed.loaded
    assert len(page) < 40_000
    assert page.count("<td") >= 1
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert [word for word in TABLE[name] if word not in text] == []
    assert "nan" not in text and "None" not in text


@pytest.mark.parametrize("name", PLOTTED)
def test_picture(results: dict[str, Any], name: str) -> None:
    figure = results[name].plot()
    assert isinstance(figure, Figure)
    svg_text(figure)  # draws it
    texts = [t.get_text() for t in figure.findobj(Text) if t.get_visible()]
    joined = " ".join(" ".join(texts).split())
    assert [word for word in PICTURE[name] if word not in joined] == []
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", MAPPED)
def test_map_needs_no_network(results: dict[str, Any], name: str) -> None:
    figure = results[name].explore(pixels=60)
    page = figure._repr_html_()
    assert [x for x in Loads(page).loaded if not x.startswith("data:")] == []
    inner = html.unescape(re.findall(r'srcdoc="([^"]*)"', page)[0])
    assert "Plotly.newPlot" in inner and "plotly.js v" in inner
    assert set(figure._repr_mimebundle_()) == {"text/html", "text/plain"}
    assert repr(figure) == f"<Map: {figure.layout.title.text}>"
    assert figure.layout.xaxis.title.text and figure.layout.yaxis.title.text
    for image in figure.layout.images:
        assert image.source.startswith("data:image/png;base64,")
    kinds = {trace.type for trace in figure.data}
    assert kinds <= {"scatter", "heatmap"}  # others fetch outlines or tiles


def visible_at(figure: Any, slider: Any, step: int) -> list[Any]:
    shown = slider.steps[step].args[0]["visible"]
    assert len(shown) == len(figure.data)
    return [trace for trace, on in zip(figure.data, shown, strict=True) if on]


def test_coverage_map_shows_one_altitude_at_a_time(results: dict[str, Any]) -> None:
    seen = results["Coverage"]
    figure = seen.explore(pixels=400)
    (slider,) = figure.layout.sliders
    counted = [t for t in figure.data if t.type == "heatmap"][: len(seen.altitudes)]
    for i, area in enumerate(seen.areas()):
        (one,) = [t for t in visible_at(figure, slider, i) if any(t is c for c in counted)]
        assert one is counted[i]
        assert text.percent(area.visible_frac) in slider.steps[i].args[1]["title.text"]
        assert slider.steps[i].label == area.altitude.label
    shares = [np.mean(np.asarray(t.z) > 0) for t in counted]
    assert shares == sorted(shares) and shares[0] > 0


def test_reach_map_shows_one_class_and_altitude(results: dict[str, Any]) -> None:
    found = results["ScenarioReach"]
    figure = found.explore(pixels=60)
    (menu,) = figure.layout.updatemenus
    assert [b.label for b in menu.buttons] == [t.short_title for t in found.targets]
    for c, button in enumerate(menu.buttons):
        (slider,) = button.args[1]["sliders"]
        assert slider["active"] == found.typical(c)
        for a, step in enumerate(slider["steps"]):
            shown = step["args"][0]["visible"]
            filled = [
                t for t, on in zip(figure.data, shown, strict=True) if on and t.fill == "toself"
            ]
            assert len(filled) == 3
            middle = np.asarray(filled[1].customdata)[:, 3]
            assert np.nanmax(middle) == pytest.approx(
                found.sites[0].first_band[1, a, c].max() / 1e3, rel=1e-5
            )


def test_replay_ends_as_the_replicate_did(results: dict[str, Any]) -> None:
    raid = results["Tally"]
    figure = raid.explore(replicate=2, pixels=60)
    last = {
        t.name: [x for x in np.atleast_1d(t.x) if x is not None] for t in figure.frames[-1].data
    }
    ends = [t.end for t in moving(raid.raid, 3, 2).targets]
    assert len(last["got through"]) == ends.count("leaked")
    assert len(last["shot down"]) == ends.count("killed") > 0
    assert not last["missile in flight"] and not last["threat"]
    assert [s.args[0][0] for s in figure.layout.sliders[0].steps] == [f.name for f in figure.frames]


@pytest.mark.parametrize("name", ["RaidResult", "Tally"])
def test_shares_in_the_table_are_those_of_the_run(results: dict[str, Any], name: str) -> None:
    raid = results[name]
    assert text.estimate(raid.share("all", LEAKED)) in raid._repr_html_()
    assert "40 replicates, seed 3" in raid._repr_html_()


def test_a_raid_shows_both_bars_and_the_interval_that_holds(results: dict[str, Any]) -> None:
    raid = skyshade.run_raid(results["RaidResult"].raid.scenario, half_width=0.03, draws=4, seed=3)
    page = raid._repr_html_()
    assert raid.sequence is not None and raid.uncertainty is not None
    assert raid.share() == raid.sequence.share != raid.tally.share()
    assert text.estimate(raid.share()) in page
    low, _, high = raid.uncertainty.band()
    assert text.percent_range(low, high) in page and "rank correlation" in page
    assert html.escape(raid.headline or "?") in page


@pytest.mark.parametrize("name", ["RaidResult", "Tally"])
def test_uncertainty_beside_its_raid(results: dict[str, Any], name: str) -> None:
    figure = results["Uncertainty"].plot(results[name])
    texts = " ".join(t.get_text() for t in figure.findobj(Text))
    assert "dark: 95 % Monte-Carlo interval" in texts and "get through" in texts


def test_help_on_a_method_is_help_on_its_body() -> None:
    assert "lowest visible altitude" in (skyshade.Coverage.plot.__doc__ or "")
    assert "Plotted" not in (skyshade.Coverage.explore.__doc__ or "Plotted")


def test_only_maps_want_plotly(results: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m == "plotly" or m.startswith("plotly.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(InputError, match=r"pip install 'skyshade\[notebook\]'"):
        results["Coverage"].explore()
    assert results["Coverage"]._repr_html_()


def test_bad_numbers_are_refused(results: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"pixels.*50 to 2000"):
        results["Coverage"].explore(pixels=3)
    with pytest.raises(InputError, match="replicate"):
        results["Tally"].explore(replicate=-1)
    with pytest.raises(InputError, match="replicate"):
        results["Tally"].explore(replicate=1.5)
    with pytest.raises(InputError, match="pixels"):
        results["Coverage"].explore(pixels="200")
    with pytest.raises(InputError, match=r"unknown picture 'zz' \(allowed: clearance, visible\)"):
        results["Coverage"].plot("zz")
    with pytest.raises(InputError, match="as_of: a date is wanted"):
        skyshade.run_raid(skyshade.load_scenario("raid-8x24"), as_of="2023-07-01")  # type: ignore[arg-type]  # a wrong type is refused
    with pytest.raises(InputError, match="seed"):
        skyshade.run_raid(skyshade.load_scenario("raid-8x24"), seed=None)  # type: ignore[arg-type]


def test_long_tables_say_what_they_leave_out_and_text_is_escaped() -> None:
    rows = [(f"<b>{i}</b>", "1 ?") for i in range(MOST_ROWS + 2)]
    page = Card("A & B", [Table(("x", "y"), rows)]).html()
    assert "… and 2 more." in page and "<b>0" not in page and "A &amp; B" in page
    assert "low confidence" in page
    assert "low confidence" not in Card("A", [Table(("x",), [("plain",)])]).html()
