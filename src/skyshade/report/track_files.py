"""The files of one radar's tracks: numbers and figure."""

from __future__ import annotations

from pathlib import Path

from skyshade.files import write_json
from skyshade.report.style import save_png
from skyshade.report.track_charts import track_figure
from skyshade.tracking.run import Tracked


def write_track_results(run: Tracked, folder: Path) -> list[str]:
    """Write the comparison of tracker and rule into a folder; return the files' names."""
    write_json(folder / "tracking.json", run.as_dict())
    save_png(track_figure(run), folder / "tracking.png")
    return ["tracking.json", "tracking.png"]
