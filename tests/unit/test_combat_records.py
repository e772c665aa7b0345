"""Combat records: a small table whose shares were worked by hand, and tables with a defect."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from scipy.optimize import brentq

from skyshade.catalogue import load_catalogue
from skyshade.engagement.overdispersion import HALF_CHI2_95, intra_class_correlation
from skyshade.engagement.records import (
    derive_records,
    differences,
    load_weapons,
    read_windows,
    records_csv,
    records_yaml,
)
from skyshade.errors import InputError
from skyshade.fireunit.records import (
    SHIPPED,
    CombatRecords,
    Count,
    load_rates,
    load_records,
    shipped_records,
)

HEADING = "time_start,time_end,model,launched,destroyed,not_reach_goal,place"
# 2024-H1: ten windows of two; 2024-H2: one of twenty, four of which got lost
BALLISTIC = [
    *["2024-03-01 20:00,2024-03-02,Iskander-M,2.0,0.0,,north"] * 4,
    *["2024-06-30,2024-06-30,KN-23,2,1,,"] * 2,
    *["2024-01-01,2024-01-01,Iskander-M/KN-23,2,2,,"] * 4,
    "2024-07-01 3:30,2024-07-01,Iskander-M and KN-23,20,5,4,",
]
OTHERS = [
    "2024-02-01,2024-02-01,Kalibr and X-22,9,6,,",  # two classes in one row
    "2024-02-02,2024-02-02,Lancet,7,7,,",  # listed only when shot down
    "2024-02-03,2024-02-03,Paper Plane,3,1,,",  # not in the table of weapons
    "2024-02-04,2024-02-04,Kalibr,5,,,",  # nobody says how many were shot down
    '2024-02-05,2024-02-05,Kalibr,16,15,11,"east, and west"',  # more than 16 in all
]


def table(*rows: str, heading: str = HEADING) -> str:
    return "\n".join([heading, *rows]) + "\n"


@pytest.fixture
def records(tmp_path: Path) -> CombatRecords:
    file = tmp_path / "attacks.csv"
    file.write_text(table(*BALLISTIC, *OTHERS))
    return derive_records(file, "2026-06")


def test_shares_worked_by_hand(records: CombatRecords) -> None:
    assert list(records.classes) == ["subsonic-cruise-missile", "short-range-ballistic-missile"]
    found = records.classes["short-range-ballistic-missile"]
    assert list(found.half_years) == ["2024-H1", "2024-H2"]
    first, second = found.half_years.values()
    # 4 x 0 + 2 x 1 + 4 x 2 of 10 x 2; not_reach_goal stands in no row
    assert (first.windows, first.launched, first.destroyed, first.lost) == (10, 20, 10, None)
    assert (first.share, first.share_unlost) == (0.5, None)
    # 5 of 20, of which 4 got lost: 5 of 16 otherwise
    assert (second.windows, second.share, second.share_unlost) == (1, 0.25, 0.3125)
    assert (found.pooled.launched, found.pooled.destroyed, found.pooled.lost) == (40, 15, 4)
    assert found.band == (0.25, 0.375, 0.5)
    assert found.worst[0] == "2024-H2"
    assert found.worst[1].cautious_share == 5.5 / 21
    assert found.weapons == ("Iskander-M and KN-23", "Iskander-M", "Iskander-M/KN-23", "KN-23")
    assert records.file["rows"] == 16
    assert (records.file["first"], records.file["last"]) == ("2024-01-01", "2024-07-01")


def test_what_does_not_count_is_counted_and_named(records: CombatRecords) -> None:
    assert [(r.weapon, r.windows, r.launched, r.destroyed) for r in records.left_out] == [
        ("Kalibr and X-22", 1, 9, 6),
        ("Lancet", 1, 7, 7),
        ("Paper Plane", 1, 3, 1),
    ]
    assert [r.why for r in records.left_out] == [
        "A bundle of different classes.",
        "Listed only when shot down.",
        "The table of weapons does not know it.",
    ]
    assert (records.incomplete, records.overfull) == (1, 1)
    cruise = records.classes["subsonic-cruise-missile"]
    assert (cruise.pooled.launched, cruise.pooled.share_unlost) == (16, None)
    assert cruise.worst[0] == "all periods"  # 16 launches are too few for a half-year to tell


def test_correlation_of_pairs_in_closed_form(records: CombatRecords) -> None:
    """With two targets P(one) = 2 mu (1 - mu) (1 - rho): 2/10 and mu = 1/2 give rho = 0.6."""
    rho = records.classes["short-range-ballistic-missile"].half_years["2024-H1"].rho
    assert rho is not None
    assert rho[1] == 0.6

    def likelihood(r: float) -> float:  # mu = 1/2 at every rho, by symmetry
        return 8 * math.log((1 + r) / 4) + 2 * math.log((1 - r) / 2)

    def short_of(r: float) -> float:
        return likelihood(r) - likelihood(0.6) + HALF_CHI2_95

    assert rho[0] == pytest.approx(brentq(short_of, 0, 0.6), abs=6e-4)
    assert rho[2] == pytest.approx(brentq(short_of, 0.6, 0.999), abs=6e-4)


@pytest.mark.parametrize(
    ("destroyed", "launched", "found"),
    [
        ([0, 1, 0], [1, 1, 1], None),  # single targets say nothing
        ([0, 0], [5, 9], None),
        ([5, 9], [5, 9], None),
        ([0, 6, 0, 6], [6, 6, 6, 6], 1.0),  # all or nothing
        ([3, 3, 3, 3], [6, 6, 6, 6], 0.0),  # more even than chance
    ],
)
def test_correlation_at_its_ends(
    destroyed: list[int], launched: list[int], found: float | None
) -> None:
    rho = intra_class_correlation(destroyed, launched)
    assert (None if rho is None else rho[1]) == found


def test_the_written_files_read_back(records: CombatRecords, tmp_path: Path) -> None:
    file = tmp_path / "again.yaml"
    file.write_text(records_yaml(records))
    again = load_records(file)
    assert again == records
    assert differences(records, again) == []
    lines = records_csv(records).splitlines()
    assert len(lines) == 1 + 3 + 2
    assert lines[-1].startswith("short-range-ballistic-missile,all,11,40,15,4,0.375,0.4167,")


def test_a_difference_is_named(records: CombatRecords) -> None:
    cruise = records.classes["subsonic-cruise-missile"]
    other = replace(cruise, half_years={"2024-H1": replace(cruise.pooled, destroyed=14)})
    changed = replace(records, classes={**records.classes, cruise.target: other}, left_out=())
    assert differences(records, changed) == [
        "subsonic-cruise-missile, 2024-H1: destroyed 15 -> 14, share 0.9375 -> 0.875",
        "left out: 3 -> 0 windows, or other reasons",
    ]
    fewer = replace(records, classes={cruise.target: cruise})
    assert differences(fewer, records) == ["short-range-ballistic-missile: only in the file"]


GOOD = "2024-02-04,2024-02-04,Kalibr,5,4,0,"


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("", 1, None, "the file is empty"),
        ("\n", 1, None, "the file is empty"),
        (HEADING, 1, None, "no attack windows"),
        (table(GOOD).replace(",", ";"), 1, None, "separated by semicolons"),
        (table(GOOD, heading="day,type,launched,destroyed"), 1, "time_start", "is missing"),
        (table(GOOD, heading=HEADING.replace("place", "model")), 1, "model", "stands twice"),
        (table(GOOD, "2024-02-04,,Kalibr,5,-1,0,"), 3, "destroyed", "'-1'; allowed: 0 to"),
        (table(GOOD, "2024-02-04,,Kalibr,-5,1,0,"), 3, "launched", "whole number from 0 up"),
        (table(GOOD, "2024-02-04,,Kalibr,5,6,0,"), 3, "destroyed", "got 6; allowed: 0 to 5"),
        (table(GOOD, "2024-02-04,,Kalibr,5,4,6,"), 3, "not_reach_goal", "got 6; allowed: 0 to 5"),
        (table(GOOD, "2024-02-04,,Kalibr,many,4,0,"), 3, "launched", "got 'many'"),
        (table(GOOD, "2024-02-04,,Kalibr,5,2.5,0,"), 3, "destroyed", "got '2.5'"),
        (table(GOOD, "2024-02-04,,Kalibr,nan,2,0,"), 3, "launched", "got 'nan'"),
        (table(GOOD, "2024-02-04,,Kalibr,inf,2,0,"), 3, "launched", "got 'inf'"),
        (table(GOOD, "2024-02-04,,Kalibr,0,2,0,"), 3, "destroyed", "got 2; allowed: 0 to 0"),
        (table(GOOD, "04.02.2024,,Kalibr,5,4,0,"), 3, "time_start", "YYYY-MM-DD"),
        (table(GOOD, "2024-02-04,,,5,4,0,"), 3, "model", "not the name of a weapon"),
        (table(GOOD, "2024-02-04,,Kal\x1bibr,5,4,0,"), 3, "model", "not the name of a weapon"),
        (table(GOOD, "2024-02-04,,Kalibr,5"), 3, None, "too few values"),
        (table("2024-02-02,,Lancet,7,7,,"), None, "model", "no row counts for a target class"),
    ],
)
def test_a_defect_is_one_message(
    tmp_path: Path, text: str, line: int | None, field: str | None, words: str
) -> None:
    file = tmp_path / "attacks.csv"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        derive_records(file)
    error = refused.value
    assert (error.file, error.line, error.field) == (file, line, field)
    assert words in str(error)


def test_the_made_up_row_itself_is_good() -> None:
    assert read_windows(table(GOOD))[0].launched == 5


def test_every_shipped_weapon_has_a_reason_and_a_class() -> None:
    weapons, classes = load_weapons(), {e.id for e in load_catalogue().of_kind("target_class")}
    assert set(weapons.class_of.values()) - {"none"} <= classes
    assert all(weapons.why[name].endswith(".") for name in weapons.class_of)
    assert set(shipped_records().classes) == set(weapons.class_of.values()) - {"none"}


def test_the_shipped_file_says_whose_data_it_is_and_adds_up() -> None:
    """Half-years add up to all periods, and shares written beside counts are theirs."""
    head = SHIPPED.read_text("utf-8")
    for words in ("Ivaniuk", "ODC-BY 1.0", "piterfm", "retrieved: 2026-06"):
        assert words in head
    raw = yaml.safe_load(head)
    assert len(raw["traps"]) >= 8
    for target, record in raw["classes"].items():
        for key in ("windows", "launched", "destroyed"):
            added = sum(count[key] for count in record["half_years"].values())
            assert added == record["pooled"][key], target
        for count in [record["pooled"], *record["half_years"].values()]:
            assert count["share"] == round(count["destroyed"] / count["launched"], 4)
    rows = sum(r["pooled"]["windows"] for r in raw["classes"].values())
    rows += sum(r["windows"] for r in raw["left_out"]) + raw["incomplete_rows"]
    assert rows == raw["file"]["rows"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("destroyed: 3663", "destroyed: 36630", "more destroyed than launched"),
        ("  subsonic-cruise-missile:", "  subsonic-cruise-missle:", "Did you mean 'subsonic"),
        ("windows: 538", "windows: -538", "whole number, 0 or more"),
        ("source: airdefence_tracker", "source: hearsay", "unknown source"),
        ("      - 0.22\n", "", "must be low, value and high"),
    ],
)
def test_a_broken_shipped_file_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    (tmp_path / "records.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        load_records(tmp_path / "records.yaml")


def test_counts_and_rates_that_contradict_themselves_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="low <= value <= high"):
        Count(1, 5, 3, rho=(0.5, 0.2, 0.9))
    file = tmp_path / "rates.yaml"
    file.write_text(
        "rates:\n  - {classes: [fighter], about: a, fired: 3, killed: 5, source: mcfarland, "
        "confidence: low, differs: b}\nstand_ins: {}\n"
    )
    with pytest.raises(InputError, match=r"line 2, rates.0.killed: out of range"):
        load_rates(file)
