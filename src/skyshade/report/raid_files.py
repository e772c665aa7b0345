"""The files of raids, sweeps and comparisons: numbers and figures."""

from __future__ import annotations

from pathlib import Path

from skyshade.campaign.compare import Comparison
from skyshade.campaign.run import RaidResult
from skyshade.campaign.sweep import Sweep
from skyshade.engagement.timeline import kill_places
from skyshade.export.raid import write_replay
from skyshade.files import write_json
from skyshade.report.campaign_charts import comparison_figure, sweep_figure, unknowns_figure
from skyshade.report.layer_charts import layers_figure
from skyshade.report.raid_charts import raid_figure
from skyshade.report.raid_lines import ends_figure, time_lines_figure
from skyshade.report.reason_charts import reasons_figure
from skyshade.report.record_charts import record_rows, records_figure
from skyshade.report.style import save_png


def write_raid_results(found: RaidResult, folder: Path, replays: int = 1) -> list[str]:
    """Write summary, time lines, replays and figures of a raid; return the files' names.

    Outcomes row by row are written while the raid runs; see `OutcomeWriter`.

    Parameters
    ----------
    replays : number of replicates, from the first on, that are written event by event.
    """
    raid, n = found.raid, found.replicates
    lines, ends = found.unfolded
    write_replay(raid, found.seed, range(min(replays, n)), folder / "replay.jsonl")
    write_json(folder / "summary.json", found.as_dict())
    places = kill_places(raid, ends)
    write_json(folder / "timeline.json", lines.as_dict() | {"kills": places}, indent=None)
    figures = {"raid.png": raid_figure(raid, found.tally, found.seed)}
    if found.headline is not None:
        figures["timeline.png"] = time_lines_figure(raid, lines)
        figures["kills.png"] = ends_figure(raid, ends)
        figures["reasons.png"] = reasons_figure(found.tally, found.headline)
        if found.layers.is_layered:
            figures["layers.png"] = layers_figure(found.layers, raid.scenario.title)
        if found.uncertainty is not None:
            rows = record_rows(found.tally, found.uncertainty)
            figures["records.png"] = records_figure(rows)
            figures["unknowns.png"] = unknowns_figure(
                found.headline, found.share(), found.uncertainty
            )
    for name, figure in figures.items():
        save_png(figure, folder / name)
    return ["summary.json", "timeline.json", "replay.jsonl", *figures]


def write_sweep_results(found: Sweep, folder: Path) -> list[str]:
    """Write summary, table and figure of a sweep; return the files' names.

    A sweep in which no field varies has no figure.
    """
    import pyarrow.parquet as pq

    pq.write_table(found.to_arrow(), folder / "sweep.parquet", compression="zstd")
    write_json(folder / "summary.json", found.as_dict())
    figure = sweep_figure(found)
    if figure is None:
        return ["summary.json", "sweep.parquet"]
    save_png(figure, folder / "sweep.png")
    return ["summary.json", "sweep.parquet", "sweep.png"]


def write_comparison_results(found: Comparison, folder: Path) -> list[str]:
    """Write numbers and figure of a comparison; return the files' names."""
    write_json(folder / "compare.json", found.as_dict())
    save_png(comparison_figure(found), folder / "compare.png")
    return ["compare.json", "compare.png"]
