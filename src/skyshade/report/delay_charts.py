"""What delay costs: months behind the first calendar, and the area left uncovered meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from skyshade.report import text
from skyshade.report.programme_charts import ACTUAL, COMING, PLAN
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    Figure,
    canvas,
    legend_below,
    quiet,
    x_of,
    year_axis,
)


@dataclass(frozen=True)
class LostBar:
    """Months that one unit is behind the first calendar.

    Attributes
    ----------
    so_far_months : until it was delivered, or until today.
    to_come_months : what P10, P50, P90 of the forecast add to that.
    """

    name: str
    so_far_months: float
    still_running: bool
    to_come_months: tuple[float, float, float] | None


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


def lost_figure(bars: Sequence[LostBar]) -> Figure:
    """Months behind the first calendar, per unit."""
    figure = canvas(10.5, 0.42 * len(bars) + 1.3)
    ax = figure.subplots()
    for i, bar in enumerate(bars):
        y = len(bars) - 1 - i
        ax.barh(
            y,
            bar.so_far_months,
            height=0.55,
            color=ACTUAL,
            alpha=0.55 if bar.still_running else 1.0,
            hatch="////" if bar.still_running else None,
            edgecolor="white",
            lw=0,
        )
        end = bar.so_far_months
        if bar.to_come_months is not None:
            low, middle, high = (bar.so_far_months + m for m in bar.to_come_months)
            ax.barh(
                y,
                middle - bar.so_far_months,
                left=bar.so_far_months,
                height=0.55,
                color=COMING,
                alpha=0.45,
            )
            ax.plot([low, high], [y, y], color=COMING, lw=1.6)
            ax.plot([low, high], [y, y], "|", color=COMING, ms=9, mew=1.6)
            end = max(end, high)
        label = f"{bar.so_far_months:.0f}" + (" and counting" if bar.still_running else "")
        if bar.to_come_months is not None:
            label += f"; P50 {bar.so_far_months + bar.to_come_months[1]:.0f}"
        ax.text(end + 1, y, label, va="center", fontsize=8, color=INK)
    ax.set_yticks(range(len(bars)), [b.name for b in reversed(bars)], fontsize=8.5)
    ax.set_ylim(-0.6, len(bars) - 0.4)
    ax.set_xlim(0, 1.16 * max(ax.get_xlim()[1], 1))
    ax.set_xlabel("months behind the first calendar", fontsize=8, color=MUTED)
    quiet(ax, grid="x")
    handles = [
        Patch(fc=ACTUAL, label="lost until delivery"),
        Patch(fc=ACTUAL, alpha=0.55, hatch="////", ec="white", label="lost so far"),
        Patch(fc=COMING, alpha=0.45, label="forecast to add: P50, with P10 to P90"),
    ]
    legend_below(figure, handles, 3)
    return figure


def fan_figure(fans: Sequence[GrowthFan], today: date, end: date) -> Figure:
    """Covered area over time: by the first calendar, as delivered, and as forecast."""
    figure = canvas(10.5, 1.9 * len(fans) + 0.9)
    axes = figure.subplots(len(fans), 1, sharex=True, squeeze=False).ravel()
    for ax, fan in zip(axes, fans, strict=True):
        _step(
            ax,
            [*fan.planned_km2, (end, fan.planned_km2[-1][1])],
            color=PLAN,
            lw=1.3,
            ls=(0, (4, 2)),
        )
        _step(ax, [*fan.actual_km2, (today, fan.actual_km2[-1][1])], color=ACTUAL, lw=2.2)
        if fan.coming_km2:
            days = [x_of(day) for day, *_ in fan.coming_km2]
            low, middle, high = ([q[i] / 1e3 for _, *q in fan.coming_km2] for i in range(3))
            ax.fill_between(days, low, high, step="post", color=COMING, alpha=0.25, lw=0)
            ax.step(days, middle, where="post", color=COMING, lw=2.0)
        ax.axvline(x_of(today), color=INK, lw=0.8, ls=(0, (4, 3)))
        ax.set_title(fan.label, loc="left", fontsize=9.5, color=INK)
        ax.set_ylabel("10³ km²", fontsize=8, color=MUTED)
        ax.set_ylim(0, None)
        ax.set_xlim(right=x_of(end))
        quiet(ax)
    year_axis(axes[-1])
    handles = [
        Line2D([], [], color=PLAN, lw=1.3, ls=(0, (4, 2)), label="first calendar"),
        Line2D([], [], color=ACTUAL, lw=2.2, label="as delivered"),
        Line2D([], [], color=COMING, lw=2, label="forecast P50"),
        Patch(fc=COMING, alpha=0.25, label="P10 to P90"),
    ]
    legend_below(figure, handles, 4)
    return figure


def delay_cost_figure(
    names: Sequence[str],
    altitudes: Sequence[str],
    per_month_km2: Sequence[Sequence[float]],
    lost_months: Sequence[float],
) -> Figure:
    """The area that a month of each unit's delay leaves uncovered, one chart per altitude.

    Parameters
    ----------
    per_month_km2 : per unit and altitude, the area that it adds to those before it.
    lost_months : per unit; the area times these months is what the delay has cost so far.
    """
    figure = canvas(10.5, 0.42 * len(names) + 1.5)
    axes = figure.subplots(1, len(altitudes), sharey=True, squeeze=False).ravel()
    for j, (ax, altitude) in enumerate(zip(axes, altitudes, strict=True)):
        values = [row[j] / 1e3 for row in per_month_km2]
        for i, (value, months) in enumerate(zip(values, lost_months, strict=True)):
            y = len(names) - 1 - i
            ax.barh(y, value, height=0.6, color=SERIES[j % len(SERIES)])
            ax.annotate(
                f"{text.number(value)}\n× {months:.0f} = {text.number(value * months)}",
                (value, y),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
                color=INK,
            )
        ax.set_title(f"target at {altitude}", loc="left", fontsize=9, color=INK)
        ax.set_xlim(0, 1.75 * max(max(values), 1e-3))
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.set_yticks(range(len(names)), list(reversed(names)), fontsize=8.5)
        quiet(ax, grid="x")
    figure.supxlabel(
        "10³ km² that each would cover and that a month of its delay leaves uncovered; "
        "× months lost so far = 10³ km²-months",
        fontsize=8,
        color=MUTED,
    )
    return figure


def _step(ax: Axes, points: Sequence[tuple[date, float]], **style: Any) -> None:
    ax.step([x_of(d) for d, _ in points], [v / 1e3 for _, v in points], where="post", **style)
