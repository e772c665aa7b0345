"""The programme over time: what was promised when, what was delivered, and what is forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from skyshade.dates import add_months, day_in_words
from skyshade.programme.forecast import Forecast
from skyshade.programme.plan import calendar
from skyshade.programme.state import ProgrammeState
from skyshade.report import text
from skyshade.report.panel import HALO
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    Sizes,
    canvas,
    credit,
    dress,
    quiet,
    x_of,
    year_axis,
)

PROMISE, ACTUAL, COMING, PLAN = SERIES[1], SERIES[0], SERIES[2], SERIES[4]
FARTHEST_MONTHS = 96  # how far ahead a time axis goes at most
SHORTEST_DAYS = 20  # a bar shorter than this could not be seen


@dataclass(frozen=True)
class PromiseMark:
    """A promise: made on one day for some dates; `weak` if of low confidence."""

    issued: date
    due_first: date
    due_last: date
    weak: bool


@dataclass(frozen=True)
class Lane:
    """What is known of one unit's delivery; dates that are not known are None.

    Attributes
    ----------
    planned : by the first calendar.
    actual : first and last day of the reported date.
    coming : P10, P50, P90 of the forecast.
    """

    name: str
    planned: date | None
    promises: Sequence[PromiseMark]
    actual: tuple[date, date] | None
    coming: tuple[date, date, date] | None


def lanes_of(state: ProgrammeState, made: Forecast) -> list[Lane]:
    """A lane per unit of the ledger, in its order."""
    dates, lanes = calendar(state), []
    for k, subject in enumerate(state.ledger.of_kind("unit"), start=1):
        came, coming = state.happened(subject.id, "delivered"), made.unit(subject.id)
        promises = [
            PromiseMark(p.issued.first, p.due.first, p.due.last, p.claim.is_weak)
            for p in state.promises
            if p.slot[:2] == (subject.id, "delivered")
        ]
        lanes.append(
            Lane(
                name=subject.title,
                planned=dates.due(k).middle if dates else None,
                promises=promises,
                actual=(came.first, came.last) if came else None,
                coming=(coming.delivered.p10, coming.delivered.p50, coming.delivered.p90)
                if coming
                else None,
            )
        )
    return lanes


def timeline_figure(state: ProgrammeState, made: Forecast, width_inch: float = WIDE_INCH) -> Figure:
    """A lane per unit: promises, the first calendar, the delivery, and the forecast.

    Each promise runs from the day on which it was made to the dates that it named.
    """
    lanes, today = lanes_of(state, made), state.known_on
    heights = [max(2.0, 0.55 * len(lane.promises) + 1.4) for lane in lanes]
    figure = canvas(width_inch, 0.24 * sum(heights) + 0.4)
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
    ax.axvline(x_of(today), color=INK, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ax.annotate(
        f"known on {day_in_words(today)}",
        (x_of(today), sum(heights)),
        xytext=(3, 2),
        textcoords="offset points",
        fontsize=7.5,
        color=INK,
        annotation_clip=False,
    )
    ax.set_ylim(0, sum(heights))
    ax.set_yticks([])
    last = max((r.delivered.p90 for r in made.units), default=state.as_of)
    end = min(last, add_months(state.as_of, FARTHEST_MONTHS))
    ax.set_xlim(right=x_of(add_months(end, 3)))
    year_axis(ax)
    quiet(ax, grid="x")
    ax.spines["left"].set_visible(False)
    promise = Line2D([], [], color=PROMISE, lw=1.3, marker="o", ms=3, label="promise, made on …")
    dates = Line2D([], [], color=PROMISE, lw=5, alpha=0.55, label="… for these dates")
    plan = Line2D([], [], color=PLAN, marker="D", ms=6, lw=0, label="first calendar")
    actual = Line2D([], [], color=ACTUAL, lw=7, label="delivered, as reported")
    coming = Line2D([], [], color=COMING, lw=7, alpha=0.45, label="forecast, four chances in five")
    middle = Line2D([], [], color=COMING, marker="|", ms=11, mew=2, lw=0, label="its median")
    handles = [
        handle
        for appears, handle in (
            (any(lane.promises for lane in lanes), promise),
            (any(lane.promises for lane in lanes), dates),
            (any(lane.planned for lane in lanes), plan),
            (any(lane.actual for lane in lanes), actual),
            (any(lane.coming for lane in lanes), coming),
            (any(lane.coming for lane in lanes), middle),
        )
        if appears
    ]
    late = sum(lane.actual is None for lane in lanes)
    about = About(
        f"Of {text.count(len(lanes), state.ledger.setup.unit)}, {len(lanes) - late} delivered; "
        "every promise, and what became of it",
        "dates, by year: a line from each promise to the dates that it named",
        f"Source: ledger {state.ledger.name}, as known on {day_in_words(today)}. {credit()}.",
    )
    return dress(figure, about, handles, 3)


def _lane(ax: Axes, lane: Lane, top: float, height: float) -> None:
    y = top - 0.75
    for promise in lane.promises:
        alpha = 0.45 if promise.weak else 1.0
        ax.plot(
            [x_of(promise.issued), x_of(promise.due_first)],
            [y, y],
            color=PROMISE,
            lw=0.9,
            alpha=alpha,
        )
        ax.plot(x_of(promise.issued), y, "o", color=PROMISE, ms=3, alpha=alpha)
        ax.plot(
            [x_of(promise.due_first), x_of(promise.due_last) + 1],
            [y, y],
            color=PROMISE,
            lw=4.5,
            alpha=0.55 * alpha,
            solid_capstyle="butt",
        )
        y -= 0.55
    base = top - height + 0.5
    if lane.planned is not None:
        ax.plot(x_of(lane.planned), base, "D", color=PLAN, ms=5.5, zorder=4)
    if lane.actual is not None:
        first, last = lane.actual
        if (last - first).days < SHORTEST_DAYS:
            half = timedelta(days=SHORTEST_DAYS // 2)
            first, last = first - half, last + half
        ax.plot(
            [x_of(first), x_of(last) + 1],
            [base, base],
            color=ACTUAL,
            lw=8,
            solid_capstyle="butt",
            zorder=3,
        )
    if lane.coming is not None:
        low, middle, high = lane.coming
        ax.plot(
            [x_of(low), x_of(high)],
            [base, base],
            color=COMING,
            lw=8,
            alpha=0.45,
            solid_capstyle="butt",
            zorder=3,
        )
        ax.plot(x_of(middle), base, "|", color=COMING, ms=13, mew=2.2, zorder=4)


def forecast_figure(made: Forecast, width_inch: float = WIDE_INCH) -> Figure:
    """The probability that each unit still due is delivered, and operational, by a date."""
    figure = canvas(width_inch, 3.4)
    ax, size = figure.subplots(), Sizes.of(figure)
    last = max((r.operational.p90 for r in made.units), default=add_months(made.known_on, 12))
    end = min(last, add_months(made.known_on, FARTHEST_MONTHS))
    start = x_of(made.known_on)
    share = np.linspace(0.0, 100.0, 401)
    for unit, colour in zip(made.units, SERIES, strict=False):
        for days, style in (
            (unit.days, {"lw": 2.0, "label": f"{unit.title}: delivered"}),
            (unit.operational_days, {"lw": 1.2, "ls": (0, (4, 2)), "label": "operational"}),
        ):
            ax.plot(start + np.quantile(days, share / 100), share, color=colour, **style)  # type: ignore[arg-type]
        came = unit.delivered
        for p, day in zip((10, 50, 90), (came.p10, came.p50, came.p90), strict=True):
            ax.plot(x_of(day), p, "o", color=colour, ms=5, mec="white", mew=0.6)
            ax.annotate(
                f"P{p} {text.month(day)}",
                (x_of(day), p),
                xytext=(5, -9),
                fontsize=7.5,
                textcoords="offset points",
                color=INK,
                path_effects=HALO,
            )
    ax.set_xlim(start, x_of(end))
    ax.set_ylim(0, 100)
    ax.tick_params(labelsize=size.text)
    year_axis(ax)
    quiet(ax)
    if made.units:
        ax.legend(fontsize=size.text, frameon=False, loc="lower right")
    else:
        ax.annotate(
            "no promised delivery is outstanding",
            (0.5, 0.5),
            ha="center",
            xycoords="axes fraction",
            fontsize=size.text,
            color=MUTED,
        )
    about = About(
        due_in_words(made),
        "probability that each has arrived by a date, per cent",
        f"Source: forecast from the reports published by {day_in_words(made.known_on)}. "
        f"{credit()}.",
    )
    return dress(figure, about)


def due_in_words(made: Forecast) -> str:
    """The finding of a forecast, in a few words."""
    if not made.units:
        return "Deliveries: nothing promised is outstanding"
    middle = made.units[-1].delivered.p50
    return f"The last {made.unit_name} may come in about {middle:%B %Y}"
