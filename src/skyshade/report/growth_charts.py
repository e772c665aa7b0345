"""The area that the force covers over time, with its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    Figure,
    canvas,
    legend_below,
    quiet,
    time_axis,
    x_of,
)


@dataclass(frozen=True)
class BandPoint:
    """An area (m2) with its band, valid from a date on."""

    day: date
    value_m2: float
    low_m2: float
    high_m2: float


@dataclass(frozen=True)
class Arrival:
    """Units that become operational on a date, which may be assumed and not reported."""

    day: date
    names: str
    assumed: bool


def growth_figure(
    series: Mapping[str, Sequence[BandPoint]],
    end: date,
    arrivals: Sequence[Arrival],
    line: str,
    band: str,
) -> Figure:
    """An area (10^3 km2) of the force over time, one small chart per altitude or flight.

    Parameters
    ----------
    series : per label, the area from each date on.
    line, band : what these are, for the legend.
    """
    n = len(series)
    figure = canvas(10.5, 2.1 * n + 0.9)
    axes = figure.subplots(n, 1, sharex=True, squeeze=False).ravel()
    for ax, (label, points), colour in zip(axes, series.items(), SERIES, strict=False):
        held = [*points, points[-1]]  # the last area is valid to the end
        days = [*(p.day for p in points), end]
        low, value, high = (
            [getattr(p, field) / 1e9 for p in held] for field in ("low_m2", "value_m2", "high_m2")
        )
        ax.step(days, value, where="post", color=colour, lw=2.0)
        ax.fill_between(days, low, high, step="post", color=colour, alpha=0.22, lw=0)
        ax.set_ylim(0, 1.12 * max(high) or 1.0)
        ax.set_title(label, loc="left", fontsize=9.5, color=INK)
        ax.set_ylabel("10³ km²", fontsize=8, color=MUTED)
        quiet(ax)
        for arrival in arrivals:
            dashes = (0, (2, 2)) if arrival.assumed else "-"
            ax.axvline(arrival.day, color=MUTED, lw=0.7, ls=dashes, zorder=0)
    for arrival in arrivals:
        axes[0].annotate(
            arrival.names + ("*" if arrival.assumed else ""),
            (x_of(arrival.day), axes[0].get_ylim()[1]),
            xytext=(3, 1),
            textcoords="offset points",
            fontsize=7.5,
            color=INK,
            va="bottom",
            annotation_clip=False,
        )
    axes[0].set_title(next(iter(series)) + "\n", loc="left", fontsize=9.5, color=INK)
    time_axis(axes[-1])
    handles = [
        Line2D([], [], color=INK, lw=2, label=line),
        Patch(fc=INK, alpha=0.22, label=band),
        Line2D([], [], color=MUTED, lw=0.8, ls=(0, (2, 2)), label="* assumed, not reported"),
    ]
    legend_below(figure, handles, 3)
    return figure
