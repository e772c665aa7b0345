"""The files of a radar's ranges: numbers and the vertical coverage chart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skyshade.files import write_json
from skyshade.radar.model import Jammer, Radar
from skyshade.report.radar_charts import summary_figure
from skyshade.report.style import save_png


def write_radar_results(
    radar: Radar,
    summary: dict[str, Any],
    folder: Path,
    *,
    jammer: Jammer | None = None,
    multipath: bool = False,
) -> list[str]:
    """Write a :func:`~skyshade.radar.summary.radar_summary` into a folder; return the files' names.

    Parameters
    ----------
    jammer, multipath : as the chart is to show them.
    """
    figure = summary_figure(radar, summary, jammer=jammer, multipath=multipath)
    save_png(figure, folder / "vertical_coverage.png")
    write_json(folder / "radar.json", summary)
    return ["vertical_coverage.png", "radar.json"]
