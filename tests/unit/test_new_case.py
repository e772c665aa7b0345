"""`skyshade new`: what it writes validates, runs as it is, and is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from typer.testing import CliRunner, Result

from skyshade.assess.new import GENERIC, case_files
from skyshade.assess.programme import check_case
from skyshade.case import Case
from skyshade.catalogue import load_catalogue
from skyshade.catalogue.load import catalogue_with
from skyshade.cli import app
from skyshade.engagement.compile import compile_raid
from skyshade.engagement.defence import rounds_per_launcher
from skyshade.errors import InputError
from skyshade.files import new_folder
from skyshade.fireunit.conformance import check_entries
from skyshade.fireunit.load import missile_names
from skyshade.flyout.load import load_missile
from skyshade.radar.load import load_radar
from skyshade.reach.scenario import reach_scenario
from skyshade.scenario.load import load_scenario
from skyshade.terrain.dem import load_dem

KNOWN = load_catalogue()
SYSTEMS = [
    e.id
    for e in KNOWN.of_kind("system")
    if any(c.kind == "fire_unit" for c in KNOWN.children(e.id))
]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", *arguments])


def test_a_new_case_runs_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run(str(folder)).exit_code == 0
    scenario = load_scenario(folder)
    ledger = check_case(scenario)
    assert ledger is not None and ledger.name == scenario.name == "mine"
    assert [s.system for s in scenario.sites] == ["mine", "mine"]
    assert Case(scenario).coverage.areas()[0].visible_m2 > 0
    reach = reach_scenario(scenario, draws=0, n_azimuths=8)
    assert np.median(reach.sites[0].first_m[2, 0, 0]) > 30e3
    raid = compile_raid(scenario)
    assert np.isfinite(raid.plan.fire.flight).any()


def test_a_new_case_has_a_report(tmp_path: Path) -> None:
    """Its ledger has no promise and no delivery yet, so figures of them are left out."""
    assert run(str(tmp_path / "mine")).exit_code == 0
    asked = ["assess", str(tmp_path / "mine"), "--draws", "4", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.exception
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "two batteries, as a start" in page and 'src=""' not in page
    assert not (tmp_path / "out" / "figures" / "promises.svg").exists()


def test_every_figure_has_a_comment_with_its_unit(tmp_path: Path) -> None:
    files = case_files("mine")
    lines = files["my-systems/mine.yaml"].splitlines()
    keys = [
        line
        for line in lines
        if line.startswith("    ")
        and line.strip().split("#")[0].strip().endswith(":")
        and not line.startswith("     ")
    ]
    assert len(keys) > 20 and all("#" in key for key in keys)


@pytest.mark.parametrize("system", SYSTEMS)
def test_like_a_system_is_that_system(system: str, tmp_path: Path) -> None:
    """The same figures under names of the case's own."""
    folder = write(tmp_path / "case", case_files("case", system))
    scenario = load_scenario(folder)
    known = scenario.known
    check_entries(known, [e for e in known.entries.values() if e.is_users])
    own, shipped = (
        [load_missile(name, c) for name in missile_names(s, c)]
        for s, c in (("case", known), (system, KNOWN))
    )
    assert len(own) == len(shipped) > 0
    for ours, theirs in zip(own, shipped, strict=True):
        for figure, other in zip(ours.figures(), theirs.figures(), strict=True):
            assert figure.title == other.title
            assert (figure.value, figure.low, figure.high) == pytest.approx(
                (other.value, other.low, other.high)
            )
        assert rounds_per_launcher(ours.id, known) == rounds_per_launcher(theirs.id, KNOWN)
    for radar, duty in ((scenario.sites[0].radar, "acquisition"),):
        theirs_radar = load_radar(KNOWN.radar_of(system, duty).id)  # type: ignore[arg-type]
        assert load_radar(radar, known).reference_range_m == theirs_radar.reference_range_m


def test_a_place_without_terrain_gets_a_smooth_earth_and_a_word(tmp_path: Path) -> None:
    files = case_files("madrid", at=(-3.70, 40.42))
    assert "No embedded terrain reaches here" in files["scenario.yaml"]
    scenario = load_scenario(write(tmp_path / "madrid", files))
    assert scenario.terrain.dem == "smooth-earth"
    assert scenario.sites[0].position.lon == pytest.approx(-4.0)
    check_case(scenario)


def test_a_place_gets_the_embedded_terrain_that_reaches_it() -> None:
    assert "dem: globe30-anatolia" in case_files("ankara", at=(32.85, 39.93))["scenario.yaml"]
    assert "dem: globe30-south-asia" in case_files("thar", at=(72.5, 26.5))["scenario.yaml"]
    assert "smooth-earth" in case_files("edge", at=(46.0, 39.9))["scenario.yaml"]


def test_a_case_with_the_name_of_a_system_takes_the_place_of_none() -> None:
    files = case_files("s-400", "s-400")
    assert "my-systems/my-s-400.yaml" in files
    assert "\ns-400:" not in files["my-systems/my-s-400.yaml"]


def test_the_generic_system_is_a_catalogue_of_its_own() -> None:
    known = catalogue_with([str(GENERIC)])
    own = [e for e in known.entries.values() if e.is_users]
    assert len(own) == 4
    assert check_entries(known, own) == []  # nothing is left to assume


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--like", "s-4000"), "--like: unknown system 's-4000'.*Did you mean 's-400'"),
        (("--like", "thaad"), "--like: the system thaad has no fire unit"),
        (("--at", "200,3"), "--at: no such place on Earth"),
        (("--at", "200"), "--at: not two numbers"),
    ],
)
def test_bad_input_writes_nothing(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    result = run(str(tmp_path / "case"), *arguments)
    with pytest.raises(InputError, match=message):
        raise result.exception or AssertionError(result.stdout)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    result = run(str(tmp_path / "case"))
    assert isinstance(result.exception, InputError)
    assert "there is something here already" in str(result.exception)
    assert list((tmp_path / "case").iterdir()) == [] and len(list(tmp_path.iterdir())) == 1


def test_a_new_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail() -> None:
        with new_folder(tmp_path / "x") as scratch:
            (scratch / "a").write_text("half")
            assert not (tmp_path / "x").exists()
            raise InputError("no")

    with pytest.raises(InputError):
        fail()
    assert list(tmp_path.iterdir()) == []
    with new_folder(tmp_path / "x") as scratch:
        (scratch / "a").write_text("whole")
    assert (tmp_path / "x" / "a").read_text() == "whole"


@pytest.mark.parametrize("name", ["", "...", "42", "--"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="not a name for a case"):
        case_files(name)


def test_sites_of_a_file_become_the_batteries(tmp_path: Path) -> None:
    """As many as the file has points, with a town in their middle."""
    (tmp_path / "sites.csv").write_text(
        "name;lat;lon\nNorth Ridge;26,8;72,1\nSalt Pan;26,2;72,7\nMill;26,5;73,0\n"
    )
    folder = tmp_path / "mine"
    done = run(str(folder), "--sites", str(tmp_path / "sites.csv"))
    assert done.exit_code == 0, done.output
    scenario = load_scenario(folder)
    check_case(scenario)
    assert [(s.id, s.name) for s in scenario.sites] == [
        ("north-ridge", "North Ridge"),
        ("salt-pan", "Salt Pan"),
        ("mill", "Mill"),
    ]
    assert scenario.sites[1].position.lon == 72.7 and scenario.places[0].position.lat == 26.5
    assert "3 sites" in scenario.title
    refused = run(str(tmp_path / "other"), "--sites", "none.kml")
    assert isinstance(refused.exception, InputError) and "no such file" in str(refused.exception)
    assert not (tmp_path / "other").exists()


def test_terrain_of_ones_own_is_named_from_the_cases_folder(tmp_path: Path) -> None:
    """The raster lies in the working folder, the scenario in a folder of its own."""
    heights = np.full((400, 400), 300, np.int16)
    west_north = rasterio.transform.from_origin(-5.7, 42.4, 0.01, 0.01)
    options = {"driver": "GTiff", "dtype": "int16", "count": 1, "crs": "EPSG:4326"}
    size = {"width": 400, "height": 400, "transform": west_north}
    with rasterio.open(tmp_path / "dem.tif", "w", **options, **size) as raster:
        raster.write(heights, 1)
    done = run("mine", "--dem", "dem.tif", "--at=-3.7,40.4")
    assert done.exit_code == 0, done.output
    text = Path("mine/scenario.yaml").read_text("utf-8")
    assert 'dem: "../dem.tif"' in text and "outside: unknown" in text
    assert load_dem(load_scenario("mine").terrain.dem).height_at(-3.7, 40.4) == 300
    for flags, said in (
        (["--dem", "dem.tif"], "your terrain needs a place on it"),
        (["--dem", "no.tif", "--at=-3.7,40.4"], "--dem: no such file or folder"),
        (["--dem", "dem.tif", "--at=10,40"], "outside the DEM"),
    ):
        refused = run("other", *flags)
        assert isinstance(refused.exception, InputError) and not Path("other").exists()
        assert said in str(refused.exception)
    file = Path("mine/scenario.yaml")
    file.write_text(text.replace("../dem.tif", "dem.tif"))
    with pytest.raises(InputError, match=r"There is dem\.tif in the working folder"):
        check_case(load_scenario("mine"))


def test_columns_of_a_table_of_sites_can_be_named() -> None:
    Path("sites.csv").write_text("Ost;Nord;Wer\n72,4;26,5;Alpha\n72,8;26,4;Bravo\n")
    assert "--columns lon=NAME" in str(run("mine", "--sites", "sites.csv").exception)
    done = run("mine", "--sites", "sites.csv", "--columns", "lon=Ost,lat=Nord,name=Wer")
    assert done.exit_code == 0, done.output
    assert [s.name for s in load_scenario("mine").sites] == ["Alpha", "Bravo"]
