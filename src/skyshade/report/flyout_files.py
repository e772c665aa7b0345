"""The files of a fly-out table: numbers and figure."""

from __future__ import annotations

from pathlib import Path

from skyshade.files import write_json
from skyshade.flyout import rows
from skyshade.flyout.model import FlyoutTable
from skyshade.report.flyout_charts import flyout_figure
from skyshade.report.style import save_png


def write_flyout_results(table: FlyoutTable, folder: Path) -> list[str]:
    """Write the calibration and the figure of a fly-out table; return the files' names."""
    save_png(flyout_figure(table), folder / "flyout.png")
    write_json(folder / "flyout.json", rows.as_dict(table))
    return ["flyout.png", "flyout.json"]
