"""Charts: areas with bands over dates, and what the force sees above each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.report.style import INK, MUTED, SERIES, Figure


@dataclass(frozen=True)
class BandPoint:
    """A value with its band, from one date on."""

    day: date
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PlaceBar:
    """Lowest visible altitude above one place (m), None where it is unknown or out of range."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    note: str


def growth_figure(
    series: dict[str, Sequence[BandPoint]],
    end: date,
    arrivals: Sequence[tuple[date, str, bool]],
    line: str,
    band: str,
) -> Figure:
    """An area (10^3 km2) of the force over time, one small chart per altitude or flight.

    Parameters
    ----------
    series : per label, what holds from each date on; values in km2.
    arrivals : date, label, and whether the date is assumed.
    line, band : what these are, for the legend.
    """
    n = len(series)
    figure = Figure(figsize=(10.5, 2.1 * n + 0.9), layout="constrained")
    axes = figure.subplots(n, 1, sharex=True, squeeze=False).ravel()
    for ax, (label, points), colour in zip(axes, series.items(), SERIES, strict=False):
        days = [p.day for p in points] + [end]
        for values, style in (([p.value for p in points], {"lw": 2.0}),):
            ax.step(
                days, [v / 1e3 for v in [*values, values[-1]]], where="post", color=colour, **style
            )
        low = [p.low / 1e3 for p in points]
        high = [p.high / 1e3 for p in points]
        ax.fill_between(
            days, [*low, low[-1]], [*high, high[-1]], step="post", color=colour, alpha=0.22, lw=0
        )
        ax.set_ylim(0, 1.12 * max(high) or 1.0)
        ax.set_title(label, loc="left", fontsize=9.5, color=INK)
        ax.set_ylabel("10³ km²", fontsize=8, color=MUTED)
        _quiet(ax)
        for day, text, assumed in arrivals:
            ax.axvline(day, color=MUTED, lw=0.7, ls=(0, (2, 2)) if assumed else "-", zorder=0)
            if ax is axes[0]:
                ax.annotate(
                    text + ("*" if assumed else ""),
                    (mdates.date2num(day), ax.get_ylim()[1]),
                    xytext=(3, 1),
                    textcoords="offset points",
                    fontsize=7.5,
                    color=INK,
                    va="bottom",
                    annotation_clip=False,
                )
    axes[0].set_title(next(iter(series)) + "\n", loc="left", fontsize=9.5, color=INK)
    axes[-1].xaxis.set_major_locator(mdates.AutoDateLocator(maxticks=10))
    axes[-1].xaxis.set_major_formatter(
        mdates.ConciseDateFormatter(axes[-1].xaxis.get_major_locator())
    )
    figure.legend(
        handles=[
            Line2D([], [], color=INK, lw=2, label=line),
            Patch(fc=INK, alpha=0.22, label=band),
            Line2D([], [], color=MUTED, lw=0.8, ls=(0, (2, 2)), label="* assumed, not reported"),
        ],
        loc="outside lower left",
        ncols=3,
        fontsize=8,
        frameon=False,
    )
    return figure


def places_figure(bars: Sequence[PlaceBar], marks_m: Sequence[float]) -> Figure:
    """Lowest visible altitude above ground over each place, log scale, with its band."""
    figure = Figure(figsize=(10.5, 0.27 * len(bars) + 1.5), layout="constrained")
    ax = figure.subplots()
    for i, bar in enumerate(bars):
        y = len(bars) - 1 - i
        if bar.value is None or bar.low is None or bar.high is None:
            ax.text(11, y, bar.note, fontsize=7.5, va="center", color=MUTED, style="italic")
            continue
        low, value, high = (max(v, 10.0) for v in (bar.low, bar.value, bar.high))
        ax.plot([low, high], [y, y], color=SERIES[0], lw=5, alpha=0.3, solid_capstyle="butt")
        ax.plot(value, y, "o", color=SERIES[0], ms=5)
        ax.text(max(high, value) * 1.12, y, bar.note, fontsize=7, va="center", color=MUTED)
    for mark in marks_m:
        ax.axvline(mark, color=MUTED, lw=0.6, ls=(0, (2, 2)), zorder=0)
    ax.set_xscale("log")
    ax.set_xlim(9, 60000)
    ticks = [10, 30, 100, 300, 1000, 3000, 10000, 30000]
    ax.set_xticks(ticks, [f"{t / 1000:g} km" if t >= 1000 else f"{t} m" for t in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(bars)), [b.name for b in reversed(bars)], fontsize=8)
    ax.set_ylim(-0.7, len(bars) - 0.3)
    ax.set_xlabel(
        "lowest altitude above ground in line of sight of any radar (10 m and less shown at 10 m)",
        fontsize=8,
        color=MUTED,
    )
    _quiet(ax)
    return figure


def _quiet(ax: Axes) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=MUTED, lw=0.6)
    ax.tick_params(labelsize=8, color=MUTED, labelcolor=INK, length=3)
    ax.grid(axis="y" if ax.get_xscale() == "linear" else "x", color="#e3e7ea", lw=0.6)
    ax.set_axisbelow(True)
