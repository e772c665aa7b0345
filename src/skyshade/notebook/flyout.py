"""Missiles as published, and their times of flight."""

from __future__ import annotations

from skyshade.catalogue.readable import readable, readable_range
from skyshade.flyout.family import SpeedFamily
from skyshade.flyout.model import FlyoutTable, Missile
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report import text
from skyshade.report.flyout_charts import flyout_figure
from skyshade.report.style import Figure


@card.register
def missile_card(missile: Missile) -> Card:
    """The published figures of a missile."""
    rows = [
        (
            f.title,
            f"{readable(f.value, f.unit)} {f.mark}".rstrip(),
            readable_range(f.low, f.high, f.unit) if f.is_range else "–",
            f.confidence,
            ", ".join(f.sources),
        )
        for f in missile.figures()
    ]
    headings = ("figure", "value", "range", "confidence", "sources")
    return Card(f"{missile.id}: {missile.title}", [Table(headings, rows, n_left=5)])


@card.register
def table_card(table: FlyoutTable) -> Card:
    """Published beside achieved figures, and the assumptions of the fly-out."""
    rows = [
        (
            c.title,
            f"{readable(c.published, c.unit)} {c.mark}".rstrip(),
            readable(c.achieved, c.unit),
            text.signed_percent(c.error_frac),
            c.note,
        )
        for c in table.calibration.comparisons
    ]
    assumed = [
        (a.title, readable(a.value, a.unit), a.confidence, a.why)
        for a in table.assumptions
        if a.is_used
    ]
    return Card(
        f"Fly-out of {table.missile.id}, launched {readable(table.launch_alt_msl_m, 'm')} above "
        "the sea",
        [
            Table(("fitted to", "published", "achieved", "difference", "note"), rows),
            Table(("assumed", "value", "confidence", "why"), assumed, n_left=4),
        ],
        f"Time of flight (s) and speed on arrival (m/s) every {table.d_range_m:g} m of range and "
        f"{table.d_alt_m:g} m of altitude.",
    )


@plot.register
def plot_table(table: FlyoutTable) -> Figure:
    """Time of flight and speed on arrival over ground range and altitude."""
    return flyout_figure(table)


@card.register
def family_card(family: SpeedFamily) -> Card:
    """Top and average speed, per value of the speed figure."""
    rows = [
        (
            f"{t.missile.speed_mps:,.0f} m/s",
            f"{t.calibration.top_speed_mps:,.0f} m/s",
            f"{t.calibration.average_speed_mps:,.0f} m/s",
        )
        for t in family.tables
    ]
    missile = family.tables[0].missile
    headings = ("speed figure", "top speed", "average to the published range")
    title = f"{missile.id} over the range of its speed figure ({missile.speed_kind})"
    return Card(title, [Table(headings, rows)])


@plot.register
def plot_family(family: SpeedFamily, speed_mps: float | None = None) -> Figure:
    """Time of flight and speed on arrival at one speed, by default that in the middle.

    Parameters
    ----------
    speed_mps : value of the speed figure (m/s).

    Raises
    ------
    InputError : outside the family's speeds.
    """
    speeds = family.speeds_mps
    return flyout_figure(family.at(speeds[len(speeds) // 2] if speed_mps is None else speed_mps))
