"""A catalogue of the user's own: found, put over the shipped one, checked, part of a run."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from own_system import make_own
from skyshade.campaign.store import BlockStore
from skyshade.campaign.study import Study
from skyshade.catalogue import load_catalogue
from skyshade.catalogue.load import catalogue_with, use_folders
from skyshade.cli import app as skyshade_app
from skyshade.cli.catalogue import register
from skyshade.engagement.compile import compile_raid
from skyshade.errors import InputError
from skyshade.fireunit.conformance import check_entries, check_system
from skyshade.fireunit.kill import shot_correlation
from skyshade.fireunit.load import fire_unit
from skyshade.scenario.load import load_scenario

OVERRIDE = """
48N6E3:
  title: missile of the 48N6 family, as I believe it
  kind: missile
  part_of: s-400
  figures:
    range_max: {value: 230 km, sources: [memory], confidence: low, why: My own estimate of it.}
    altitude_max: {value: 25 km, sources: [memory], confidence: low, why: My own estimate of it.}
"""


def edit(file: Path, old: str, new: str) -> int:
    """Replace the first `old`; the line (from 1) where it stood."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return make_own(tmp_path)


@pytest.fixture
def command() -> Callable[..., Result]:
    app = typer.Typer()
    register(app)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_scenario_finds_the_system_in_the_folder_beside_it(own: Path) -> None:
    scenario = load_scenario(own)
    (site,) = scenario.sites
    assert (site.radar, site.engagement_radar) == ("lance-radar", "lance-radar")
    assert scenario.catalogue == (str(own.parent / "my-systems"),)
    unit = fire_unit(site)
    assert [f.missile.id for f in unit.missiles] == ["lance-missile"]
    assert unit.acquisition.reference_range_m == 120e3
    assert unit.reaction.value == 8.0
    # 45 km is short of a hundred columns of 1 km
    assert unit.missiles[0].d_range_m == 250.0


def test_every_part_knows_its_catalogue_also_alone_and_after_a_journey(own: Path) -> None:
    scenario = load_scenario(own)
    assert scenario.raid is not None
    for part in (scenario.sites[0], scenario.raid, scenario.raid.rules, scenario.raid.groups[0]):
        assert part.known is scenario.known
    moved = scenario.sites[0].model_copy(update={"name": "moved"})
    assert moved.radar == "lance-radar"
    rules = scenario.raid.rules_of("a")
    assert dict(rules.kill_probability) == {"lance-missile": 0.5}
    there = pickle.loads(pickle.dumps(scenario))
    assert there == scenario and there.known.entry("lance").is_users
    assert there.with_({"raid.groups.jets.count": 2}).raid.groups[0].target == "trainer"


def test_two_scenarios_of_one_process_keep_their_own_figures(tmp_path: Path) -> None:
    files = [make_own(tmp_path / name) for name in ("a", "b")]
    edit(files[1].parent / "my-systems" / "lance.yaml", "value: 45 km", "value: 30 km")
    a, b = (load_scenario(file) for file in files)
    ranges = [fire_unit(s.sites[0]).missiles[0].missile.range_max_m for s in (a, b, a)]
    assert ranges == [45e3, 30e3, 45e3]
    both = b.with_(sites=a.sites)  # a site in a scenario means what that scenario's catalogue says
    assert fire_unit(both.sites[0]).missiles[0].missile.range_max_m == 30e3
    with pytest.raises(InputError, match="unknown system 'lance'"):
        load_scenario("single-site").with_(sites=a.sites)


def test_an_entry_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OVERRIDE, encoding="utf-8")
    scenario = load_scenario("single-site").with_(catalogue=str(tmp_path))
    missile = next(
        f.missile for f in fire_unit(scenario.sites[0]).missiles if f.missile.id == "48N6E3"
    )
    assert (missile.range_max_m, missile.alt_max_m) == (230e3, 25e3)
    assert load_catalogue().entry("48N6E3").figure("range_max").number == 250e3
    assert scenario.known.entry("48N6E3").origin.endswith("mine.yaml")
    assert list(scenario.known.entries) == list(load_catalogue().entries)  # no second one


def test_the_last_folder_counts_most(own: Path, tmp_path: Path) -> None:
    for name, range_km in (("one", 210), ("two", 220)):
        (tmp_path / name).mkdir()
        text = OVERRIDE.replace("230 km", f"{range_km} km")
        (tmp_path / name / "x.yaml").write_text(text, encoding="utf-8")
    known = catalogue_with([str(tmp_path / "one"), str(tmp_path / "two")])
    assert known.entry("48N6E3").figure("range_max").number == 220e3


def test_the_users_data_folder_and_the_flag_count_everywhere(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "catalogue").mkdir(parents=True)
    (home / "catalogue" / "mine.yaml").write_text(OVERRIDE, encoding="utf-8")
    monkeypatch.setenv("SKYSHADE_HOME", str(home))
    assert load_catalogue().entry("48N6E3").figure("range_max").number == 230e3
    assert load_scenario("single-site").known.entry("48N6E3").is_users
    use_folders([own.parent / "my-systems"])
    try:
        assert load_catalogue().entry("lance").is_users
        scenario = load_scenario("single-site")
        assert scenario.known.entry("lance").is_users
        assert scenario.catalogue == (str(own.parent / "my-systems"),)  # so that it can travel
    finally:
        use_folders([])


def test_a_class_of_ones_own_is_judged_like_the_shipped_one_it_names(own: Path) -> None:
    scenario = load_scenario(own).with_({"raid.rules.kill_probability": {}})
    raid = compile_raid(scenario)
    (chance,) = (u for u in raid.unknowns if u.key.startswith("kill probability"))
    assert chance.high == 0.6  # the missile's claim against aircraft
    assert "S-75" in chance.why  # the rate published for fighters
    known = scenario.known
    assert shot_correlation("trainer", known).high == shot_correlation("fighter").high


def test_identity_and_manifest_change_with_the_folder(own: Path) -> None:
    folder = own.parent / "my-systems"
    scenario = load_scenario(own)
    before = Study(scenario).identity("dem")
    assert before["catalogue"]["folders"] == {str(folder): scenario.known.folders[str(folder)]}
    store = BlockStore(own.parent / "kept", before)
    (own.parent / "kept").mkdir()
    (own.parent / "kept" / "run.json").write_text(store._text, encoding="utf-8")
    BlockStore(own.parent / "kept", Study(load_scenario(own)).identity("dem"))
    edit(folder / "lance.yaml", "value: 45 km", "value: 46 km")
    after = Study(load_scenario(own)).identity("dem")
    assert after["catalogue"]["version"] != before["catalogue"]["version"]
    with pytest.raises(InputError, match="unfinished run of another scenario"):
        BlockStore(own.parent / "kept", after)


def test_tables_kept_on_disk_are_those_of_every_figure(own: Path) -> None:
    """A kept table must not outlive the launch mass that it was made with."""
    mass = "    range_max: {value: 45 km, sources: [mine], confidence: low, why: An invention.}\n"
    times = []
    for kg in ("200 kg", "600 kg"):
        file = own.parent / "my-systems" / "lance.yaml"
        text = file.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines(True) if "launch_mass" not in line]
        given = mass.replace("range_max", "launch_mass").replace("45 km", kg)
        file.write_text("".join(lines).replace(mass, mass + given), encoding="utf-8")
        times.append(fire_unit(load_scenario(own).sites[0]).missiles[0].time_s)
    assert (times[0] != times[1]).any()


def test_the_shipped_catalogue_alone_is_named_by_its_version() -> None:
    known = load_scenario("single-site").known
    assert known.identity == known.version == load_catalogue().version


# ---- refusals


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value: 45 km", "value: 45 kg", "unknown unit 'kg' for a length"),
        ("value: 45 km", "value: 45", "the unit is missing"),
        ("lance-battery:", "lance:", "this key stands twice"),
        ("lance-battery:", "Lance:", "'Lance' is already a name of lance.*The first is on line 2"),
        ("kind: fire_unit", "kind: launcher", "the system lance has no fire unit"),
        ("like: fighter", "like: figter", "unknown target class 'figter'.*Did you mean 'fighter'"),
        ("like: fighter", "category: plane", "unknown category 'plane'"),
        ("kind: fire_unit", "kind: fire_unit\n  like: lance", "only a target class or a missile"),
        ("sources: [mine]", "sources: [yours]", "unknown source 'yours'"),
        ("targets_tracked: {value: 50", "missiles: {value: 50", "has no targets_tracked"),
        ("range_max: {value: 45 km", "length: {value: 45 m", "no range max of lance-missile"),
    ],
)
def test_a_broken_folder_is_refused_with_its_line(
    own: Path, command: Callable[..., Result], old: str, new: str, message: str
) -> None:
    file = own.parent / "my-systems" / "lance.yaml"
    edit(file, old, new)
    result = command("check", str(file.parent))
    assert isinstance(result.exception, InputError)
    assert result.exception.file == str(file) and result.exception.line
    with pytest.raises(InputError, match=message):
        raise result.exception


def test_a_scenario_cannot_use_a_system_without_a_fire_unit(own: Path) -> None:
    edit(own.parent / "my-systems" / "lance.yaml", "kind: fire_unit", "kind: launcher")
    with pytest.raises(InputError, match="the system lance has no fire unit") as refused:
        load_scenario(own)
    assert refused.value.file == str(own) and refused.value.field == "sites[0].system"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("catalogue: nowhere", "no such folder"),
        ("catalogue: 3", "must be a folder, or a list of folders"),
        ("catalogue: empty", "this folder holds no catalogue"),
    ],
)
def test_a_folder_that_is_none_is_refused_at_its_line(own: Path, given: str, message: str) -> None:
    (own.parent / "empty").mkdir()
    line = edit(own, "catalogue: my-systems", given)
    with pytest.raises(InputError, match=message) as refused:
        load_scenario(own)
    assert (refused.value.file, refused.value.line) == (str(own), line)
    assert refused.value.field == "catalogue"


def test_the_flag_names_itself(tmp_path: Path) -> None:
    asked = ["validate", "single-site", "--catalogue", str(tmp_path / "x")]
    result = CliRunner().invoke(skyshade_app, asked)
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith("--catalogue: no such folder")


# ---- the command


def test_check_says_what_is_assumed(own: Path, command: Callable[..., Result]) -> None:
    result = command("check", str(own.parent / "my-systems"))
    assert result.exit_code == 0, result.exception
    assert "good. 5 entries." in result.stdout
    assert "lance-missile: assumed, since no figure is given: minimum range" in result.stdout


def test_own_entries_are_shown_as_such(own: Path, command: Callable[..., Result]) -> None:
    folder = str(own.parent / "my-systems")
    shown = command("--catalogue", folder).stdout
    assert "lance (yours)" in shown and f"(yours): from {folder}" in shown
    assert "fighter (yours)" not in shown
    one = " ".join(command("lance", "--catalogue", folder).stdout.split())
    assert "yours, from line 2 of" in one
    data = json.loads(command("lance", "--json", "--catalogue", folder).stdout)
    assert data["entries"]["lance"]["origin"].endswith("lance.yaml")
    assert command("lance").exit_code != 0  # not in the next command of the same process


def test_every_shipped_system_that_can_be_modelled_passes_the_same_check() -> None:
    known = load_catalogue()
    assert check_entries(known, [known.entry("s-400"), *known.children("s-400")])
    check_system(known, "s-400")
