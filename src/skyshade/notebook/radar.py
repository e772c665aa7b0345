"""Radars and target classes."""

from __future__ import annotations

from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.notebook.catalogue import figure_rows
from skyshade.radar.load import load_target, target_classes
from skyshade.radar.model import Jammer, Radar, Target
from skyshade.radar.summary import radar_summary
from skyshade.report.radar_charts import MAX_BANDS, summary_figure
from skyshade.report.radar_tables import range_rows
from skyshade.report.style import Figure
from skyshade.scenario.schema import DEFAULT_TARGETS

ANTENNA_M = 24.0  # above ground, as published for the mast 40V6M


@card.register
def radar_card(radar: Radar) -> Card:
    """Detection ranges against the classes of targets."""
    summary = radar_summary(radar, target_classes(), ANTENNA_M)
    headings, rows = range_rows(summary)
    *notes, _ = summary["notes"]
    return Card(
        f"{radar.id}, {radar.title}, antenna {ANTENNA_M:g} m above ground",
        [Table(headings, rows)],
        summary["basis"],
        notes,
    )


@plot.register
def plot_radar(
    radar: Radar, *targets: str | Target, antenna_m: float = ANTENNA_M, jammer: Jammer | None = None
) -> Figure:
    """Where one look detects targets, over range and height.

    Parameters
    ----------
    targets : classes of the catalogue; by default three of those that scenarios name.
    antenna_m : above ground (m).
    """
    names = targets or DEFAULT_TARGETS[-MAX_BANDS:]
    chosen = [load_target(n) if isinstance(n, str) else n for n in names]
    summary = radar_summary(radar, chosen, antenna_m, jammer=jammer)
    return summary_figure(radar, summary, jammer=jammer)


@card.register
def target_card(target: Target) -> Card:
    """The published figures of a class of targets."""
    return Card(
        f"{target.title} ({target.id})",
        [figure_rows(target.figures.values())],
        f"RCS {target.rcs_m2:g} m², {target.speed_mps:g} m/s",
    )
