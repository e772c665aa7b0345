"""A raid beside combat records: the line, the sentences and the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from e2e.conftest import coloured
from skyshade.errors import InputError
from skyshade.fireunit.records import ClassRecord, CombatRecords, Count, shipped_records
from skyshade.report.record_charts import RecordRow, draw_records, explain, record_lines

BALLISTIC, DRONE = "short-range-ballistic-missile", "loitering-or-one-way-attack-uav"


@pytest.fixture
def records() -> CombatRecords:
    """20 %, between 10 and 50 %, of the ballistic missiles; nothing else but drones."""
    halves = {"2024-H1": Count(9, 300, 30), "2024-H2": Count(9, 100, 50)}
    one = ClassRecord(BALLISTIC, ("Iskander-M",), Count(18, 400, 80), halves)
    two = ClassRecord(DRONE, ("Shahed",), Count(3, 1000, 750), {})
    return replace(shipped_records(), classes={BALLISTIC: one, DRONE: two})


def test_the_line_has_every_class_once(records: CombatRecords) -> None:
    line, small = record_lines(["fighter", "SRBM", BALLISTIC, "decoy"], records)
    assert line == (
        "Published rates for these classes: short-range ballistic missile 20 % (10 to 50 %) of "
        "400; decoy flying with attack UAVs 75 % of 1,000, taken from loitering munition or "
        "one-way attack UAV; none for fighter aircraft."
    )
    assert "one party's counts over a whole country with other systems" in small
    assert record_lines([], records) == []
    with pytest.raises(InputError, match="Did you mean"):
        record_lines(["fightr"], records)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (RecordRow(BALLISTIC, 0.1, 0.3, 0.5, 0.2), "The model lies inside."),
        # 1 - (1 - 0.2)^8 = 0.832
        (
            RecordRow(BALLISTIC, 0.1, 0.832, 0.9, 0.2),
            "because 8 shots at each target, at 20 % a shot",
        ),
        (RecordRow(BALLISTIC, 0.1, 0.72, 0.9, 0.7), "70 % a shot is more than the records' 20 %"),
        (RecordRow(BALLISTIC, 1.0, 1.0, 1.0, 0.2), "it fires until the target is down, at 20 %"),
        (
            RecordRow(BALLISTIC, 0, 0.05, 0.1, 0.2, "no channel was free"),
            "below because no channel",
        ),
        (RecordRow("fighter", 0, 0.05, 0.1, 0.2), "No rate is published."),
        (RecordRow("decoy", 0, 0.75, 0.8, 0.2), "the records of the loitering munition"),
    ],
)
def test_a_sentence_says_which_assumption_carries_it(
    records: CombatRecords, row: RecordRow, said: str
) -> None:
    assert said in explain(row, records)


@pytest.mark.parametrize("name", ["records.png", "records.svg"])
def test_the_picture_has_a_bar_for_both(tmp_path: Path, records: CombatRecords, name: str) -> None:
    rows = [RecordRow(BALLISTIC, 0.1, 0.3, 0.5, 0.2), RecordRow("fighter", 0.2, 0.4, 0.9, 0.4)]
    draw_records(tmp_path / name, rows, records)
    if name.endswith("png"):
        assert coloured(tmp_path / name) > 0.01
    else:
        assert (tmp_path / name).read_text().startswith("<?xml")
    ax = Figure().subplots()
    draw_records(ax, rows, records)
    bars = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]  # type: ignore[arg-type]
    assert [tuple(bar) for bar in bars] == [(10, 50), (10, 50), (20, 90)]  # type: ignore[arg-type]


def test_a_default_beside_its_band_is_said_to_be_the_default() -> None:
    said = explain(RecordRow("fighter", 0.63, 0.82, 0.8, 0.7))
    assert "shoots down 82 % at the default figures (63 to 80 % over the draws)" in said
