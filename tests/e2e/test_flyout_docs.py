"""The calibration table in docs/flyout.md is what the model gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skyshade.flyout import flyout_table, load_missile

PAGE = Path(__file__).parents[2] / "docs" / "flyout.md"
ROW = re.compile(
    r"^\| (\S+) \| ([a-z ]+) \| ([\d.]+) (km|m/s)[ ?]* \| ([\d.]+) (?:km|m/s) \|", re.M
)
ROWS = ROW.findall(PAGE.read_text())


def test_the_page_has_a_row_per_figure() -> None:
    assert len(ROWS) == 12


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_the_page_says_what_the_model_gives(row: tuple[str, ...]) -> None:
    missile, title, published, unit, achieved = row
    table = flyout_table(load_missile(missile))
    (figure,) = [c for c in table.calibration.comparisons if c.title == title]
    factor = 1e3 if unit == "km" else 1.0
    assert float(published) * factor == pytest.approx(figure.published, rel=1e-3)
    assert float(achieved) * factor == pytest.approx(figure.achieved, rel=2e-3)
