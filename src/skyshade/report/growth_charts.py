"""The area that the force covers over time: as units came, and as they may come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.report import text
from skyshade.report.programme_charts import ACTUAL, COMING, PLAN
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    Sizes,
    canvas,
    dress,
    quiet,
    time_axis,
    x_of,
    year_axis,
)

ROOM = 0.16  # of the time axis, for the names of the lines
NEAR = 0.07  # of the height: names closer than this would touch


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
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """An area (10^3 km2) of the force over time, a line with its band for each entry.

    Parameters
    ----------
    series : per label, the area from each date on.
    """
    figure = canvas(width_inch, 3.0)
    ax, size = figure.subplots(), Sizes.of(figure)
    highest = max(p.high_m2 for points in series.values() for p in points) / 1e9 or 1.0
    written = -1.0
    in_order = sorted(series.items(), key=lambda item: item[1][-1].value_m2)
    colours = dict(zip(series, SERIES, strict=False))
    for label, points in in_order:
        held = [*points, points[-1]]  # the last area is valid to the end
        days = [x_of(day) for day in (*(p.day for p in points), end)]
        low, value, high = (
            [getattr(p, field) / 1e9 for p in held] for field in ("low_m2", "value_m2", "high_m2")
        )
        ax.step(days, value, where="post", color=colours[label], lw=2.0)
        ax.fill_between(days, low, high, step="post", color=colours[label], alpha=0.22, lw=0)
        written = max(value[-1], written + NEAR * highest)
        said = f" {label}: {text.number(value[-1])}"
        ax.text(x_of(end), written, said, fontsize=size.text, color=colours[label], va="center")
    for arrival in arrivals:
        dashes = (0, (2, 2)) if arrival.assumed else "-"
        ax.axvline(x_of(arrival.day), color=MUTED, lw=0.7, ls=dashes, zorder=0)
        ax.annotate(
            arrival.names.replace(", ", "\n") + ("*" if arrival.assumed else ""),
            (x_of(arrival.day), 1.1 * highest),
            xytext=(3, -2),
            textcoords="offset points",
            fontsize=size.small,
            color=INK,
            va="top",
        )
    ax.set_ylim(0, 1.1 * highest)
    ax.xaxis_date()
    ax.tick_params(labelsize=size.text)
    time_axis(ax)
    quiet(ax)
    handles: list[Any] = []
    if any(a.assumed for a in arrivals):
        label = "* date assumed, not reported"
        handles.append(Line2D([], [], color=MUTED, lw=0.8, ls=(0, (2, 2)), label=label))
    return dress(figure, about, handles)


@dataclass(frozen=True)
class GrowthFan:
    """Covered area over time at one altitude.

    Attributes
    ----------
    planned_km2, actual_km2 : by the first calendar, and so far.
    coming_km2 : date, then P10, P50, P90 of the forecast.
    """

    label: str
    planned_km2: Sequence[tuple[date, float]]
    actual_km2: Sequence[tuple[date, float]]
    coming_km2: Sequence[tuple[date, float, float, float]]


def fan_figure(
    fan: GrowthFan, today: date, end: date, about: About, width_inch: float = WIDE_INCH
) -> Figure:
    """Covered area over time: by the first calendar, as delivered, and as forecast."""
    figure = canvas(width_inch, 2.4)
    ax, size = figure.subplots(), Sizes.of(figure)
    planned = [*fan.planned_km2, (end, fan.planned_km2[-1][1])]
    _step(ax, planned, color=PLAN, lw=1.3, ls=(0, (4, 2)))
    _step(ax, [*fan.actual_km2, (today, fan.actual_km2[-1][1])], color=ACTUAL, lw=2.2)
    handles: list[Any] = [
        Line2D([], [], color=PLAN, lw=1.3, ls=(0, (4, 2)), label="by the first calendar"),
        Line2D([], [], color=ACTUAL, lw=2.2, label="as delivered"),
    ]
    if fan.coming_km2:
        days = [x_of(day) for day, *_ in fan.coming_km2]
        low, middle, high = ([q[i] / 1e3 for _, *q in fan.coming_km2] for i in range(3))
        ax.fill_between(days, low, high, step="post", color=COMING, alpha=0.25, lw=0)
        ax.step(days, middle, where="post", color=COMING, lw=2.0)
        handles += [
            Line2D([], [], color=COMING, lw=2, label="forecast, median"),
            Patch(fc=COMING, alpha=0.25, label="four chances in five"),
        ]
    ax.axvline(x_of(today), color=INK, lw=0.8, ls=(0, (4, 3)))
    ax.set_ylim(0, None)
    ax.set_xlim(right=x_of(end))
    year_axis(ax)
    quiet(ax)
    ax.tick_params(labelsize=size.text)
    return dress(figure, about, handles)


def _step(ax: Axes, points: Sequence[tuple[date, float]], **style: Any) -> None:
    ax.step([x_of(d) for d, _ in points], [v / 1e3 for _, v in points], where="post", **style)
