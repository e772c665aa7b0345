"""What a raid would get through after each delivery: Monte-Carlo interval and unknown figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from skyshade.engagement.results import Share
from skyshade.report import text
from skyshade.report.campaign_charts import BOTH_BARS, DRAWN
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    canvas,
    dress,
    quiet,
    time_axis,
    x_of,
)

NEAR = 0.16  # of the time axis, as long as a name
LEAD_IN = 0.14  # of the time axis, before the first unit


@dataclass(frozen=True)
class RaidPoint:
    """What gets through from a date on.

    Attributes
    ----------
    band : 5, 50 and 95 % over draws of the unknown figures; None without draws.
    n_units : in service.
    joined : names of the units that join on that date.
    assumed : whether the date is assumed, not reported.
    """

    day: date
    leaked: Share
    band: tuple[float, float, float] | None
    n_units: int
    joined: str
    assumed: bool


def raid_dates_figure(
    points: Sequence[RaidPoint],
    end: date,
    undefended: float | None,
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """Share of a raid's threats that get through, and the units in service, by date.

    Parameters
    ----------
    points : in order of their dates, the last of them valid up to `end`.
    undefended : the share before the first point, if no unit was in service then.
    """
    figure = canvas(width_inch, 4.0)
    upper, lower = figure.subplots(2, 1, height_ratios=(3.6, 1.0), sharex=True)
    days = np.array([x_of(day) for day in (*(p.day for p in points), end)])
    span = max(days[-1] - days[0], 1.0)
    start = days[0] - LEAD_IN * span
    if undefended is not None:
        upper.plot([start, days[0]], [100 * undefended] * 2, color=MUTED, lw=2, ls=(0, (5, 2)))
        upper.plot(
            [days[0]] * 2,
            [100 * undefended, 100 * points[0].leaked.value],
            color=SERIES[0],
            lw=0.9,
            ls=(0, (1, 2)),
        )
        upper.annotate(
            "no unit in service:\nnothing is engaged",
            (start, 100 * undefended),
            xytext=(2, -6),
            textcoords="offset points",
            fontsize=8,
            color=MUTED,
            va="top",
        )
        lower.plot([start, days[0]], [0, 0], color=MUTED, lw=2, ls=(0, (5, 2)))
    _shares(upper, points, days)
    _units(lower, points, days)
    raised = False  # a name that would run into the one before it
    for i, (day, p) in enumerate(zip(days, points, strict=False)):
        raised = i > 0 and day - days[i - 1] < NEAR * span and not raised
        for ax in (upper, lower):
            ax.axvline(day, color=MUTED, lw=0.7, ls=(0, (2, 2)) if p.assumed else "-", zorder=0)
        upper.annotate(
            p.joined + ("*" if p.assumed else ""),
            (day, 100),
            xytext=(3, 12 if raised else 3),
            textcoords="offset points",
            fontsize=7.0,
            color=INK,
            va="bottom",
            annotation_clip=False,
        )
    upper.set_xlim(start, days[-1] + 0.02 * span)
    lower.xaxis_date()
    time_axis(lower)
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=SERIES[0], lw=2, label="gets through, at the default figures"),
        Patch(fc=SERIES[0], alpha=0.7, label=BOTH_BARS),
    ]
    if any(p.band for p in points):
        handles.append(Patch(fc=SERIES[0], alpha=0.2, label=f"{DRAWN}, dotted: their median"))
    if any(p.assumed for p in points):
        handles.append(
            Line2D(
                [], [], color=MUTED, lw=0.8, ls=(0, (2, 2)), label="* date assumed, not reported"
            )
        )
    return dress(figure, about, handles, 2)


def _shares(ax: Axes, points: Sequence[RaidPoint], days: NDArray[np.float64]) -> None:
    values = [100 * p.leaked.value for p in points]
    if all(p.band for p in points):
        low, middle, high = (
            [100 * q for q in ends]
            for ends in zip(*(p.band for p in points if p.band), strict=True)
        )
        ax.fill_between(
            days, [*low, low[-1]], [*high, high[-1]], step="post", color=SERIES[0], alpha=0.2, lw=0
        )
        ax.step(days, [*middle, middle[-1]], where="post", color=SERIES[0], lw=1, ls=":")
    ax.step(days, [*values, values[-1]], where="post", color=SERIES[0], lw=2)
    starts, ends = ([100 * getattr(p.leaked, e) for p in points] for e in ("low", "high"))
    ax.errorbar(
        days[:-1],
        values,
        fmt="o",
        ms=4.5,
        color=SERIES[0],
        capsize=4,
        capthick=1.4,
        elinewidth=2,
        yerr=[
            [max(v - e, 0) for v, e in zip(values, starts, strict=True)],
            [max(e - v, 0) for v, e in zip(values, ends, strict=True)],
        ],
    )
    for day, p in zip(days, points, strict=False):
        value = 100 * p.leaked.value
        below = value > 12
        ax.annotate(
            text.percent(p.leaked.value),
            (day, value),
            xytext=(6, -4 if below else 4),
            textcoords="offset points",
            fontsize=9,
            fontweight="bold",
            color=INK,
            va="top" if below else "bottom",
        )
    ax.set_ylim(0, 104)
    ax.set_ylabel("threats that get through (%)", fontsize=8.5, color=INK)
    quiet(ax)


def _units(ax: Axes, points: Sequence[RaidPoint], days: NDArray[np.float64]) -> None:
    units = [p.n_units for p in points]
    ax.fill_between(days, [*units, units[-1]], step="post", color=INK, alpha=0.12, lw=0)
    ax.step(days, [*units, units[-1]], where="post", color=INK, lw=1.6)
    for day, n in zip(days, units, strict=False):
        ax.annotate(
            str(n),
            (day, n),
            xytext=(6, 1),
            textcoords="offset points",
            fontsize=8.5,
            color=INK,
            va="bottom",
        )
    ax.set_ylim(0, 1.45 * max(units))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    ax.set_ylabel("units in service", fontsize=8.5, color=INK)
    quiet(ax)
