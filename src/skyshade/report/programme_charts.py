"""Charts of the programme: promises, deliveries, months lost, coverage to come, cost of delay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from skyshade.programme.forecast import Forecast
from skyshade.report.charts import _quiet
from skyshade.report.maps import HALO
from skyshade.report.style import INK, MUTED, SERIES, Figure

PROMISE, ACTUAL, COMING, PLAN = SERIES[1], SERIES[0], SERIES[2], SERIES[4]


@dataclass(frozen=True)
class PromiseMark:
    """A promise: made on one day for some dates; `weak` if of low confidence."""

    issued: date
    due_first: date
    due_last: date
    weak: bool


@dataclass(frozen=True)
class Lane:
    """What is known of one regiment's delivery; dates that are not known are None.

    `actual` is first and last day of the reported date; `coming` is P10, P50, P90.
    """

    name: str
    planned: date | None
    promises: Sequence[PromiseMark]
    actual: tuple[date, date] | None
    coming: tuple[date, date, date] | None


@dataclass(frozen=True)
class LostBar:
    """Months lost by one regiment: until it came or today, and what P10, P50, P90 still add."""

    name: str
    so_far: float
    still_running: bool
    to_come: tuple[float, float, float] | None


@dataclass(frozen=True)
class GrowthFan:
    """Area in km2 over time at one altitude: as planned, as it was, and P10, P50, P90 to come."""

    label: str
    planned: Sequence[tuple[date, float]]
    actual: Sequence[tuple[date, float]]
    coming: Sequence[tuple[date, float, float, float]]


def timeline_figure(lanes: Sequence[Lane], today: date, end: date | None = None) -> Figure:
    """One lane per regiment: every promise from the day it was made to the date it named, the first
    calendar, what happened, and what is forecast."""
    heights = [max(2.0, 0.55 * len(lane.promises) + 1.4) for lane in lanes]
    figure = Figure(figsize=(10.5, 0.3 * sum(heights) + 1.0), layout="constrained")
    ax = figure.subplots()
    top = sum(heights)
    for lane, height in zip(lanes, heights, strict=True):
        _lane(ax, lane, top, height)
        ax.text(
            -0.008,
            top - height / 2,
            lane.name,
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=9,
            color=INK,
        )
        top -= height
        ax.axhline(top, color="#e3e7ea", lw=0.8, zorder=0)
    ax.axvline(_x(today), color=INK, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ax.annotate(
        f"known on {today}",
        (_x(today), sum(heights)),
        xytext=(3, 2),
        textcoords="offset points",
        fontsize=7.5,
        color=INK,
        annotation_clip=False,
    )
    ax.set_ylim(0, sum(heights))
    ax.set_yticks([])
    if end is not None:
        ax.set_xlim(right=_x(end))
    _time_axis(ax)
    _quiet(ax)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#e3e7ea", lw=0.6)
    figure.legend(
        handles=[
            Line2D([], [], color=PROMISE, lw=1.3, marker="o", ms=3, label="promise, made on …"),
            Line2D([], [], color=PROMISE, lw=5, alpha=0.55, label="… for these dates"),
            Line2D([], [], color=PLAN, marker="D", ms=6, lw=0, label="first calendar"),
            Line2D([], [], color=ACTUAL, lw=7, label="delivered, as reported"),
            Line2D([], [], color=COMING, lw=7, alpha=0.45, label="forecast P10 to P90"),
            Line2D([], [], color=COMING, marker="|", ms=11, mew=2, lw=0, label="P50"),
        ],
        loc="outside lower left",
        ncols=6,
        fontsize=8,
        frameon=False,
        handlelength=1.6,
        columnspacing=1.2,
    )
    return figure


def _lane(ax: Axes, lane: Lane, top: float, height: float) -> None:
    y = top - 0.75
    for promise in lane.promises:
        alpha = 0.45 if promise.weak else 1.0
        ax.plot(
            [_x(promise.issued), _x(promise.due_first)], [y, y], color=PROMISE, lw=0.9, alpha=alpha
        )
        ax.plot(_x(promise.issued), y, "o", color=PROMISE, ms=3, alpha=alpha)
        ax.plot(
            [_x(promise.due_first), _x(promise.due_last, 1)],
            [y, y],
            color=PROMISE,
            lw=4.5,
            alpha=0.55 * alpha,
            solid_capstyle="butt",
        )
        y -= 0.55
    base = top - height + 0.5
    if lane.planned is not None:
        ax.plot(_x(lane.planned), base, "D", color=PLAN, ms=5.5, zorder=4)
    if lane.actual is not None:
        first, last = lane.actual
        if (last - first).days < 20:  # wide enough to be seen
            first, last = first - timedelta(days=10), last + timedelta(days=10)
        ax.plot(
            [_x(first), _x(last, 1)],
            [base, base],
            color=ACTUAL,
            lw=8,
            solid_capstyle="butt",
            zorder=3,
        )
    if lane.coming is not None:
        low, middle, high = lane.coming
        ax.plot(
            [_x(low), _x(high)],
            [base, base],
            color=COMING,
            lw=8,
            alpha=0.45,
            solid_capstyle="butt",
            zorder=3,
        )
        ax.plot(_x(middle), base, "|", color=COMING, ms=13, mew=2.2, zorder=4)


def lost_figure(bars: Sequence[LostBar]) -> Figure:
    """Months behind the first calendar, per regiment."""
    figure = Figure(figsize=(10.5, 0.42 * len(bars) + 1.3), layout="constrained")
    ax = figure.subplots()
    for i, bar in enumerate(bars):
        y = len(bars) - 1 - i
        ax.barh(
            y,
            bar.so_far,
            height=0.55,
            color=ACTUAL,
            alpha=0.55 if bar.still_running else 1.0,
            hatch="////" if bar.still_running else None,
            edgecolor="white",
            lw=0,
        )
        end = bar.so_far
        if bar.to_come is not None:
            low, middle, high = (bar.so_far + m for m in bar.to_come)
            ax.barh(y, middle - bar.so_far, left=bar.so_far, height=0.55, color=COMING, alpha=0.45)
            ax.plot([low, high], [y, y], color=COMING, lw=1.6)
            ax.plot([low, high], [y, y], "|", color=COMING, ms=9, mew=1.6)
            end = max(end, high)
        text = f"{bar.so_far:.0f}" + (" and counting" if bar.still_running else "")
        if bar.to_come is not None:
            text += f"; P50 {bar.so_far + bar.to_come[1]:.0f}"
        ax.text(end + 1, y, text, va="center", fontsize=8, color=INK)
    ax.set_yticks(range(len(bars)), [b.name for b in reversed(bars)], fontsize=8.5)
    ax.set_ylim(-0.6, len(bars) - 0.4)
    ax.set_xlim(0, 1.16 * max(ax.get_xlim()[1], 1))
    ax.set_xlabel("months behind the first calendar", fontsize=8, color=MUTED)
    _quiet(ax)
    ax.grid(axis="x", color="#e3e7ea", lw=0.6)
    ax.grid(axis="y", visible=False)
    figure.legend(
        handles=[
            Patch(fc=ACTUAL, label="lost until it came"),
            Patch(fc=ACTUAL, alpha=0.55, hatch="////", ec="white", label="lost so far"),
            Patch(fc=COMING, alpha=0.45, label="more to come: P50, with P10 to P90"),
        ],
        loc="outside lower left",
        ncols=3,
        fontsize=8,
        frameon=False,
    )
    return figure


def fan_figure(fans: Sequence[GrowthFan], today: date, end: date) -> Figure:
    """Covered area over time: as the first calendar had it, as it came, and as it may come."""
    figure = Figure(figsize=(10.5, 1.9 * len(fans) + 0.9), layout="constrained")
    axes = figure.subplots(len(fans), 1, sharex=True, squeeze=False).ravel()
    for ax, fan in zip(axes, fans, strict=True):
        _step(ax, [*fan.planned, (end, fan.planned[-1][1])], color=PLAN, lw=1.3, ls=(0, (4, 2)))
        _step(ax, [*fan.actual, (today, fan.actual[-1][1])], color=ACTUAL, lw=2.2)
        if fan.coming:
            days = [_x(day) for day, *_ in fan.coming]
            low, middle, high = ([q[i] / 1e3 for _, *q in fan.coming] for i in range(3))
            ax.fill_between(days, low, high, step="post", color=COMING, alpha=0.25, lw=0)
            ax.step(days, middle, where="post", color=COMING, lw=2.0)
        ax.axvline(_x(today), color=INK, lw=0.8, ls=(0, (4, 3)))
        ax.set_title(fan.label, loc="left", fontsize=9.5, color=INK)
        ax.set_ylabel("10³ km²", fontsize=8, color=MUTED)
        ax.set_ylim(0, None)
        ax.set_xlim(right=_x(end))
        _quiet(ax)
    _time_axis(axes[-1])
    figure.legend(
        handles=[
            Line2D([], [], color=PLAN, lw=1.3, ls=(0, (4, 2)), label="first calendar"),
            Line2D([], [], color=ACTUAL, lw=2.2, label="as it came"),
            Line2D([], [], color=COMING, lw=2, label="to come, P50"),
            Patch(fc=COMING, alpha=0.25, label="P10 to P90"),
        ],
        loc="outside lower left",
        ncols=4,
        fontsize=8,
        frameon=False,
    )
    return figure


def delay_cost_figure(
    names: Sequence[str],
    altitudes: Sequence[str],
    per_month_km2: Sequence[Sequence[float]],
    lost_months: Sequence[float],
) -> Figure:
    """What a month of delay costs in covered area, per regiment, one chart per altitude.

    Parameters
    ----------
    per_month_km2 : per regiment and altitude, the area that it adds to those before it.
    lost_months : per regiment; times the area it is what the delay has cost so far.
    """
    figure = Figure(figsize=(10.5, 0.42 * len(names) + 1.5), layout="constrained")
    axes = figure.subplots(1, len(altitudes), sharey=True, squeeze=False).ravel()
    for j, (ax, altitude) in enumerate(zip(axes, altitudes, strict=True)):
        values = [row[j] / 1e3 for row in per_month_km2]
        for i, (value, months) in enumerate(zip(values, lost_months, strict=True)):
            y = len(names) - 1 - i
            ax.barh(y, value, height=0.6, color=SERIES[j % len(SERIES)])
            ax.annotate(
                f"{_short(value)}\n× {months:.0f} = {_short(value * months)}",
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
        _quiet(ax)
        ax.grid(axis="x", color="#e3e7ea", lw=0.6)
        ax.grid(axis="y", visible=False)
    figure.supxlabel(
        "10³ km² of covered area that one month of delay of this regiment costs; "
        "× months lost so far = 10³ km²-months",
        fontsize=8,
        color=MUTED,
    )
    return figure


def forecast_figure(made: Forecast, end: date) -> Figure:
    """How probable it is that each regiment still due has come by a date: one curve for each."""
    figure = Figure(figsize=(10.5, 4.6), layout="constrained")
    figure.set_facecolor("white")
    ax = figure.subplots()
    start = _x(made.known_on)
    share = np.linspace(0.0, 100.0, 401)
    for regiment, colour in zip(made.regiments, SERIES, strict=False):
        for days, style in (
            (regiment.days, {"lw": 2.0, "label": f"{regiment.title}: delivered"}),
            (regiment.operational_days, {"lw": 1.2, "ls": (0, (4, 2)), "label": "operational"}),
        ):
            ax.plot(start + np.quantile(days, share / 100), share, color=colour, **style)  # type: ignore[arg-type]
        came = regiment.delivered
        for p, day in zip((10, 50, 90), (came.p10, came.p50, came.p90), strict=True):
            ax.plot(_x(day), p, "o", color=colour, ms=5, mec="white", mew=0.6)
            ax.annotate(
                f"P{p} {day:%b %Y}",
                (_x(day), p),
                xytext=(5, -9),
                fontsize=7.5,
                textcoords="offset points",
                color=INK,
                path_effects=HALO,
            )
    ax.set_xlim(start, _x(end))
    ax.set_ylim(0, 100)
    ax.set_xlabel("date", fontsize=8, color=MUTED)
    ax.set_ylabel("probability that it has come (%)", fontsize=8, color=MUTED)
    _time_axis(ax)
    _quiet(ax)
    ax.set_title(
        f"Regiments still due, as known on {made.known_on}", loc="left", fontsize=11, color=INK
    )
    if made.regiments:
        ax.legend(fontsize=8, frameon=False, loc="lower right")
    else:
        ax.annotate(
            "nothing is due that a promise stands for",
            (0.5, 0.5),
            ha="center",
            xycoords="axes fraction",
            fontsize=9,
            color=MUTED,
        )
    return figure


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _step(ax: Axes, points: Sequence[tuple[date, float]], **style: Any) -> None:
    ax.step([_x(d) for d, _ in points], [v / 1e3 for _, v in points], where="post", **style)


def _time_axis(ax: Axes) -> None:
    ax.xaxis_date()
    ax.xaxis.set_major_locator(mdates.YearLocator())
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))


def _x(day: date, plus_days: int = 0) -> float:
    return float(mdates.date2num(day)) + plus_days
