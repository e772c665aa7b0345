"""`skyshade records`: the shipped shares, and those of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from e2e.conftest import Run
from skyshade.fireunit.records import SHIPPED

ROWS = """\
time_start,model,launched,destroyed,not_reach_goal
2024-03-01 20:00,Iskander-M,20,5,4
2024-03-02,[/bold] Kalibr,3,1,
"""


@pytest.fixture
def attacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "attacks.csv"
    file.write_text(ROWS)
    return file


def test_the_shipped_shares_and_their_traps(skyshade: Run) -> None:
    outcome = skyshade("records")
    raw = yaml.safe_load(SHIPPED.read_text("utf-8"))
    assert outcome.code == 0
    assert all(trap in outcome.out for trap in raw["traps"])
    assert raw["citation"] in outcome.out
    pooled = raw["classes"]["short-range-ballistic-missile"]["pooled"]
    assert f"{pooled['launched']:,} " in outcome.out
    assert "differs" not in outcome.out


def test_a_file_is_derived_compared_and_written(skyshade: Run, attacks: Path) -> None:
    outcome = skyshade("records", attacks.name, "--retrieved", "2026-06", "--out", "out")
    assert outcome.code == 0, outcome.err
    assert "attacks.csv: differs from the shipped shares." in outcome.out
    assert "subsonic-cruise-missile: only in the shipped table" in outcome.out
    assert "[/bold] Kalibr" in outcome.out  # a file's own words are not markup
    raw = yaml.safe_load(Path("out/combat_records.yaml").read_text("utf-8"))
    pooled = raw["classes"]["short-range-ballistic-missile"]["pooled"]
    assert (pooled["share"], pooled["share_without_lost"]) == (0.25, 0.3125)
    assert raw["retrieved"] == "2026-06"
    table = Path("out/combat_records.csv").read_text("utf-8").splitlines()
    assert table[1].startswith("short-range-ballistic-missile,2024-H1,1,20,5,4,0.25,0.3125,")


@pytest.mark.parametrize(
    ("old", "new", "options", "words"),
    [
        ("20,5,4", "20,25,4", (), ["attacks.csv, line 2, destroyed", "got 25; allowed: 0 to 20"]),
        (",", ";", (), ["attacks.csv, line 1", "semicolons", "allowed: commas"]),
        ("20,5,4", "20,5,4", ("--retrieved", "June"), ["--retrieved", "'June'"]),
        ("20,5,4", "20,5,4", ("--out", ""), ["--out", "the folder has no name"]),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    skyshade: Run, attacks: Path, old: str, new: str, options: tuple[str, ...], words: list[str]
) -> None:
    attacks.write_text(ROWS.replace(old, new))
    outcome = skyshade("records", attacks.name, "--out", "out", *options)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert all(word in outcome.err for word in words), outcome.err
    assert not Path("out").exists()


def test_a_missing_file_is_named(skyshade: Run, attacks: Path) -> None:
    outcome = skyshade("records", "none.csv")
    assert (outcome.code, outcome.err) == (2, "skyshade: none.csv: no such file\n")
