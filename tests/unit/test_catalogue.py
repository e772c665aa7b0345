"""The catalogue: one conformance test over every entry, spot checks, refusals, the command."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from skyshade.catalogue import Catalogue, Entry, load_catalogue
from skyshade.catalogue.load import SHIPPED, SOURCES, VOCABULARY
from skyshade.catalogue.model import MEMORY, NOT_FOUND
from skyshade.catalogue.readable import LOW_MARK, MEMORY_MARK, readable_value
from skyshade.cli.catalogue import register
from skyshade.errors import InputError
from skyshade.fireunit.records import shipped_rates, shipped_records
from skyshade.units import UNITS

Command = Callable[..., Result]

CATALOGUE = load_catalogue()
SI_UNITS = {next(iter(units)) for units in UNITS.values()}
SPECIAL = {MEMORY, NOT_FOUND, "calc", "assumed"}

# SI limits that no published figure of this field can leave: catches a slip of the unit
PLAUSIBLE = {
    "m": (0.05, 5e6),
    "m/s": (10, 8e3),
    "s": (1, 90 * 86400),
    "Hz": (1e8, 1e11),
    "m2": (1e-5, 1e3),
    "kg": (1, 1e4),
    "deg": (1, 360),
    "USD": (1e3, 1e10),
    "1": (0, 1e4),
}


def complaints(entry: Entry, catalogue: Catalogue) -> list[str]:  # noqa: C901 (a list of checks)
    """Every rule of the catalogue that an entry breaks."""
    found = []

    def demand(rule: bool, complaint: str) -> None:
        if not rule:
            found.append(complaint)

    demand(bool(entry.figures), "has no figures")
    demand(bool(entry.title.strip()), "has no title")
    demand(entry.part_of is None or entry.part_of in catalogue.entries, "part of nothing known")
    for name in (entry.id, entry.id.upper(), *entry.aliases):
        demand(catalogue.entry(name).id == entry.id, f"'{name}' names another entry")
    for key, figure in entry.figures.items():
        demand(figure.key == key, f"{key}: stands under another key")
        demand(len(figure.why) > 10, f"{key}: no reason for the default")
        for other in figure.alternatives:
            demand(len(other.why_not) > 10, f"{key}: no reason against an alternative")
            demand(other.unit == figure.unit, f"{key}: units differ")
            other_span = (other.value, other.low, other.high)
            demand(
                other_span != (figure.value, figure.low, figure.high) or other.at != figure.at,
                f"{key}: alternative equals the default",
            )
        for published in (figure, *figure.alternatives):
            numbers = [x for x in (published.low, published.value, published.high) if x is not None]
            demand(bool(published.sources), f"{key}: no source")
            for source in published.sources:
                demand(source in catalogue.sources, f"{key}: source '{source}' does not resolve")
            demand(published.confidence in ("high", "medium", "low"), f"{key}: confidence")
            if published.is_memory_only or published.is_unknown:
                demand(published.confidence == "low", f"{key}: promoted beyond its sources")
            demand(
                published.is_unknown == (NOT_FOUND in published.sources),
                f"{key}: found and not found at once",
            )
            if published.unit == "":
                demand(all(isinstance(x, str) for x in numbers), f"{key}: a text with numbers")
                continue
            demand(published.unit in SI_UNITS, f"{key}: unit '{published.unit}' is not SI")
            figures = [x for x in numbers if isinstance(x, float)]
            if len(figures) < len(numbers):
                found.append(f"{key}: not a number")
                continue
            demand(figures == sorted(figures), f"{key}: low <= value <= high does not hold")
            smallest, largest = PLAUSIBLE.get(published.unit, (0, math.inf))
            demand(all(smallest <= x <= largest for x in figures), f"{key}: implausible {numbers}")
            if "probability" in key or key.startswith(("share", "combat")):
                demand(all(x <= 1 for x in figures), f"{key}: a fraction above 1")
        demand(figure.is_unknown == (figure.value is None), f"{key}: unknown with a value")
    return found


@pytest.mark.parametrize("entry", CATALOGUE.entries.values(), ids=lambda entry: entry.id)
def test_entry_conforms(entry: Entry) -> None:
    assert complaints(entry, CATALOGUE) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sources": ()}, "no source"),
        ({"sources": ("no-such",)}, "does not resolve"),
        ({"sources": (NOT_FOUND,)}, "unknown with a value"),
        ({"sources": (NOT_FOUND, "pd2013")}, "found and not found"),
        ({"sources": (MEMORY,), "confidence": "low", "why": ""}, "no reason for the default"),
        ({"unit": "km"}, "is not SI"),
        ({"value": 250.0}, "low <= value <= high"),
        ({"low": None, "high": None, "value": 2.5e8}, "implausible"),
        ({"value": "250 km"}, "not a number"),
        ({"confidence": "sure"}, "confidence"),
    ],
)
def test_conformance_check_notices(change: dict[str, Any], complaint: str) -> None:
    entry = CATALOGUE.entry("48N6E3")
    figure = entry.figure("range_max")
    fields = {f.name: getattr(figure, f.name) for f in dataclasses.fields(figure)}
    broken = object.__new__(type(figure))  # past the checks of the constructor
    for name, value in {**fields, **change}.items():
        object.__setattr__(broken, name, value)
    damaged = dataclasses.replace(entry, figures={**entry.figures, "range_max": broken})
    assert any(complaint in c for c in complaints(damaged, CATALOGUE))


def test_every_source_and_every_quantity_is_used() -> None:
    figures = [figure for entry in CATALOGUE.entries.values() for figure in entry.figures.values()]
    of_figures = {s.id for s in CATALOGUE.sources_of(figures)}
    evidence = {shipped_records().source, *(r.source for r in shipped_rates().rates.values())}
    assert of_figures | evidence == set(CATALOGUE.sources)
    vocabulary = yaml.safe_load((SHIPPED / VOCABULARY).read_text())
    assert {figure.key for figure in figures} == set(vocabulary)


def test_published_sources_name_their_outlet() -> None:
    assert [s.id for s in CATALOGUE.sources.values() if s.id not in SPECIAL and not s.outlet] == []


@pytest.mark.parametrize(
    ("entry", "key", "value", "low", "high", "confidence"),
    [
        ("91N6E", "instrumented_range", 600e3, None, None, "medium"),
        ("91N6E", "detection_range", 390e3, 340e3, 409e3, "low"),
        ("91N6E", "frequency", 3e9, 2e9, 4e9, "low"),
        ("92N6E", "frequency", 10e9, 8e9, 12e9, "low"),
        ("92N6E", "antenna_height_vehicle", 7.5, 5.0, 10.0, "low"),
        ("92N6E", "antenna_height_40v6m", 24.0, 24.0, 24.4, "medium"),
        ("96L6E", "scan_period", 12.0, 6.0, 12.0, "low"),
        ("48N6E3", "range_max", 250e3, 240e3, 250e3, "high"),
        ("40N6E", "range_max", 380e3, 380e3, 400e3, "high"),
        ("9M96E2", "range_max", 120e3, None, None, "high"),
        ("s-400", "reload_time", None, 1800.0, 7200.0, "low"),
        ("s-400", "deployment_time", 300.0, None, None, "medium"),
        ("s-400", "unit_price", 1.25e9, None, None, "low"),
        ("5P85TE2", "missiles_per_launcher", 4.0, None, None, "high"),
        ("s-400-regiment-india", "launchers", 16.0, 8.0, 16.0, "medium"),
        ("thaad", "altitude_max", 150e3, None, None, "medium"),
        ("subsonic-cruise-missile", "altitude_agl", 50.0, 20.0, 100.0, "medium"),
        ("bomber", "rcs_low_observable", 0.00032, 0.0001, 0.001, "medium"),
        ("decoy", "unit_cost", 10e3, None, None, "medium"),
    ],
)
def test_spot_check(
    entry: str,
    key: str,
    value: float | None,
    low: float | None,
    high: float | None,
    confidence: str,
) -> None:
    figure = CATALOGUE.entry(entry).figure(key)
    expected = [x if x is None else pytest.approx(x) for x in (value, low, high)]
    assert [figure.value, figure.low, figure.high] == expected
    assert figure.confidence == confidence


def test_detection_ranges_of_91n6e_agree_within_five_percent() -> None:
    """Two published points, each with its RCS, under fourth-root scaling."""
    radar = CATALOGUE.entry("91N6E")
    large, small = radar.figure("detection_range"), radar.figure("detection_range_ballistic")
    assert (large.at["rcs_m2"], small.at["rcs_m2"]) == (4.0, 0.4)
    scaled = small.number * (large.at["rcs_m2"] / small.at["rcs_m2"]) ** 0.25
    assert scaled == pytest.approx(large.number, rel=0.05)
    assert scaled == pytest.approx(large.high, abs=500)  # the bound was taken from it


def test_default_rcs_is_the_geometric_mean_of_its_bounds() -> None:
    figures = [entry.figures.get("rcs") for entry in CATALOGUE.of_kind("target_class")]
    bounded = [f for f in figures if f and isinstance(f.low, float) and isinstance(f.high, float)]
    assert len(bounded) > 5
    for figure in bounded:
        low, high = figure.bounds or (0.0, 0.0)
        assert figure.number == pytest.approx((low * high) ** 0.5, rel=0.05), figure


def test_unknown_figure_has_no_number() -> None:
    figure = CATALOGUE.entry("40N6E").figure("kill_probability")
    assert figure.is_unknown and figure.bounds is None and figure.is_weak
    assert readable_value(figure) == "unknown"
    with pytest.raises(InputError, match="no single-shot kill probability is published"):
        _ = figure.number
    assert CATALOGUE.entry("s-400").figure("reload_time").bounds == (1800.0, 7200.0)
    with pytest.raises(InputError, match="not a number"):
        _ = CATALOGUE.entry("92N6E").figure("role").number


def test_bounds_of_a_point_are_the_point() -> None:
    assert CATALOGUE.entry("9M96E").figure("range_max").bounds == (40e3, 40e3)


def test_marks_follow_sources_and_confidence() -> None:
    entry = CATALOGUE.entry("91N6E")
    assert readable_value(entry.figure("detection_range")) == f"390 km {MEMORY_MARK}"
    assert readable_value(entry.figure("targets_tracked")) == f"300 {LOW_MARK}"
    assert readable_value(entry.figure("instrumented_range")) == "600 km"


def test_names_resolve_by_alias_and_case() -> None:
    assert CATALOGUE.entry("48n6dm").id == "48N6E3"
    assert CATALOGUE.entry("5P85SE2").id == "5P85TE2"
    assert CATALOGUE.entry("subsonic_cruise missile").id == "subsonic-cruise-missile"
    assert CATALOGUE.entry("48N6E").figure("Range-Max").number == 150e3
    with pytest.raises(InputError, match="Did you mean 's-400'"):
        CATALOGUE.entry("s-40")
    with pytest.raises(InputError, match="Did you mean 'range_max'"):
        CATALOGUE.entry("s-400").figure("range_mx")


def test_children_of_the_s400() -> None:
    children = {entry.id for entry in CATALOGUE.children("S-400")}
    assert {"55K6E", "91N6E", "92N6E", "96L6E", "5P85TE2", "40N6E", "48N6E3"} <= children
    assert {"48N6E2", "9M96E2", "9M96E"} <= children
    assert "s-400" not in children and "thaad" not in children


def test_thaad_has_its_radar_and_says_why_it_cannot_shoot_here() -> None:
    radar = CATALOGUE.radar_of("thaad", "acquisition")
    assert radar.id == "an-tpy-2" and radar.figure("detection_range").number == 600e3
    assert "atmosphere" in CATALOGUE.entry("thaad").figure("altitude_min").why
    with pytest.raises(InputError, match="has no fire unit"):
        CATALOGUE.fire_unit_of("thaad")


@pytest.mark.parametrize("system", CATALOGUE.of_kind("system"), ids=lambda entry: entry.id)
def test_the_radars_of_a_system_are_its_own(system: Entry) -> None:
    """Each duty has one radar among the system's children, or none and a refusal."""
    for duty in ("acquisition", "engagement"):
        able = [e for e in CATALOGUE.children(system.id) if duty in e.duties]
        if able:
            assert [CATALOGUE.radar_of(system.id, duty)] == able
            assert able[0].kind == "radar"
        else:
            with pytest.raises(InputError, match=f"no {duty} radar of {system.id}; name one"):
                CATALOGUE.radar_of(system.id, duty)


def test_radars_of_the_s400() -> None:
    assert CATALOGUE.radar_of("S400", "acquisition").id == "91N6E"
    assert CATALOGUE.radar_of("s-400", "engagement").id == "92N6E"
    assert CATALOGUE.entry("96L6E").duties == ()
    with pytest.raises(InputError, match="must be of kind system, not radar"):
        CATALOGUE.radar_of("91N6E", "acquisition")


def test_an_entry_of_a_kind() -> None:
    assert CATALOGUE.entry("48n6dm", "missile").id == "48N6E3"
    with pytest.raises(
        InputError, match=r"must be of kind radar, not target class \(got 'fighter'"
    ):
        CATALOGUE.entry("fighter", "radar")
    with pytest.raises(InputError, match=r"unknown target class 'fightr' \(allowed: bomber, d.*\?"):
        CATALOGUE.entry("fightr", "target_class")


# ---- refusals, on a copy of the shipped files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "data"))


def edit(file: Path, old: str, new: str) -> int:
    """Replace the first `old`; the line (from 1) where it stood."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_copy_loads_and_has_the_same_version_until_a_byte_changes(folder: Path) -> None:
    assert load_catalogue(folder).version == CATALOGUE.version
    edit(folder / "targets.yaml", "title: bomber", "title: bombers")
    assert load_catalogue(folder).version != CATALOGUE.version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value: 600 km", "vlaue: 600 km", "unknown field 'vlaue'.*Did you mean 'value'"),
        ("value: 600 km", "value: 600 furlong", "unknown unit 'furlong' for a length"),
        ("value: 600 km", "value: 600 kg", "unknown unit 'kg' for a length"),
        ("value: 600 km", "value: 600", "the unit is missing"),
        ("value: 600 km", "value: '600'", "the unit is missing"),
        ("value: 600 km", "value: -600 km", "out of range"),
        ("value: 600 km", "value: 800 km", "low <= value <= high does not hold"),
        ("value: 600 km", "value: null", "'not_found' is the source of a figure without value"),
        (
            "sources: [sput2017, manar2016, sarabic2019]",
            "sources: [sputnik2017]",
            "unknown source 'sputnik2017'.*Did you mean 'sput2017'",
        ),
        ("sources: [sput2017, manar2016, sarabic2019]", "sources: []", "needs a source"),
        ("sources: [sput2017, manar2016, sarabic2019]", "sources: sput2017", "must be a list"),
        (
            "sources: [sput2017, manar2016, sarabic2019]",
            "sources: [memory]",
            "from memory only cannot be better than low",
        ),
        ("sources: [donga2018]", "sources: [not_found]", "cannot have the source 'not_found'"),
        ("confidence: medium", "confidence: certain", "unknown confidence 'certain'"),
        ("why: Repeated", "because: Repeated", "unknown field 'because'"),
        ("instrumented_range:", "instrumented_rnge:", "unknown figure 'instrumented_rnge'"),
        ("kind: system", "kind: sytem", "unknown kind 'sytem'.*Did you mean 'system'"),
        ("part_of: s-400", "part_of: s-4000", "unknown entry 's-4000'"),
        (
            "duties: [acquisition]",
            "duties: [aquisition]",
            "unknown duty 'aquisition' .allowed: acquisition, engagement.*Did you mean 'acquis",
        ),
        ("duties: [acquisition]", "duties: acquisition", "must be a list"),
        (
            "duties: [engagement]",
            "duties: [acquisition]",
            "91N6E is the acquisition radar of s-400 already",
        ),
        (
            "  part_of: s-400\n  duties: [acquisition]",
            "  duties: [acquisition]",
            "only a radar that is part of a system has duties",
        ),
        (
            "  kind: command_post\n",
            "  kind: command_post\n  duties: [engagement]\n",
            "only a radar that is part of a system has duties",
        ),
        ("aliases: [98Zh6E]", "aliases: [s 400]", "already a name of s-400"),
        ("at: {rcs: 4 m2}", "at: {rsc: 4 m2}", "unknown circumstance 'rsc'"),
        ("at: {rcs: 4 m2}", "at: {rcs: 4 km}", "unknown unit 'km' for an area"),
        ("value: 0.75", "value: 1.75", "out of range for a fraction"),
        ("value: X-band (I/J) engagement radar", "value: X-band\n      low: 3", "no low or high"),
    ],
)
def test_broken_file_is_refused(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder / "s-400.yaml", old, new)
    with pytest.raises(InputError, match=message) as refused:
        load_catalogue(folder)
    assert refused.value.file == str(folder / "s-400.yaml")
    assert refused.value.line is not None and refused.value.field is not None


def test_complaint_names_the_line(folder: Path) -> None:
    line = edit(folder / "s-400-missiles.yaml", "value: 1893 kg", "value: 1893 stone")
    with pytest.raises(InputError) as refused:
        load_catalogue(folder)
    assert refused.value.line == line
    assert refused.value.field == "40N6E.figures.launch_mass.value"


@pytest.mark.parametrize("field", ["why", "sources", "confidence", "value"])
def test_missing_field_is_refused(folder: Path, field: str) -> None:
    file = folder / "one.yaml"
    figure = {"value": 3, "sources": ["calc"], "confidence": "low", "why": "Three times one."}
    del figure[field]
    entry = {"title": "one", "kind": "missile", "figures": {"launchers": figure}}
    file.write_text(yaml.safe_dump({"one": entry}), encoding="utf-8")
    with pytest.raises(InputError, match=f"the field '{field}' is missing"):
        load_catalogue(folder)


def test_empty_reason_is_refused(folder: Path) -> None:
    edit(folder / "s-400.yaml", "why: Repeated by Russian state media.", "why: '' #")
    with pytest.raises(InputError, match="must be a text, not empty"):
        load_catalogue(folder)


def test_same_entry_in_two_files_is_refused(folder: Path) -> None:
    shutil.copy(folder / "targets.yaml", folder / "targets-again.yaml")
    with pytest.raises(InputError, match="already a name of fighter"):
        load_catalogue(folder)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as refused:
        load_catalogue(tmp_path / "nowhere")
    assert SOURCES in str(refused.value)


# ---- the command


@pytest.fixture
def command() -> Command:
    app = typer.Typer()
    register(app)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def joined(text: str) -> str:
    """Output with the line breaks of the tables undone."""
    return " ".join(text.split())


def test_overview_shows_every_entry_whole(command: Command) -> None:
    result = command()
    assert result.exit_code == 0
    for name in CATALOGUE.entries:
        assert name in result.stdout
    assert "from memory only" in result.stdout and CATALOGUE.version in result.stdout
    assert "…" not in result.stdout  # nothing cut off
    assert max(map(len, result.stdout.splitlines())) <= 100


@pytest.mark.parametrize("name", CATALOGUE.entries)
def test_detail_shows_every_figure_source_and_reason(command: Command, name: str) -> None:
    result = command(name)
    assert result.exit_code == 0
    assert "…" not in result.stdout
    text = joined(result.stdout)
    entry = CATALOGUE.entry(name)
    for figure in entry.figures.values():
        first_words = " ".join(figure.why.split()[:2])
        assert first_words in text, figure.key
    for source in CATALOGUE.sources_of(entry.figures.values()):
        assert f"{source.id}: {source.title}"[:60] in text
        assert source.url in text


def test_detail_marks_weak_figures(command: Command) -> None:
    lines = command("91N6E").stdout.splitlines()
    memory = next(line for line in lines if line.strip().startswith("detection range"))
    assert f"390 km {MEMORY_MARK} " in memory
    solid = next(line for line in lines if line.strip().startswith("instrumented range"))
    assert LOW_MARK not in solid
    assert any("memory only" in line for line in lines)


def test_json_is_si_and_complete(command: Command) -> None:
    data = json.loads(command("91N6E", "--json").stdout)
    figure = data["entries"]["91N6E"]["figures"]["detection_range"]
    assert (figure["value"], figure["unit"], figure["at"]) == (390e3, "m", {"rcs_m2": 4.0})
    assert figure["alternatives"][0]["value"] == 340e3
    assert set(figure["sources"]) <= set(data["sources"])
    everything = json.loads(command("--json").stdout)
    assert set(everything["entries"]) == set(CATALOGUE.entries)
    assert everything["catalogue_version"] == CATALOGUE.version


def test_unknown_name_exits_with_two_and_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from skyshade.cli import main

    monkeypatch.setattr("sys.argv", ["skyshade", "catalogue", "s-40"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert "Did you mean 's-400'?" in error and error.count("\n") == 1
