"""The four figures that open a report, each to be read at the width of a column (88 mm)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.coverage.model import Coverage
from skyshade.dates import add_months, day_in_words
from skyshade.reach.inbound import SiteReach
from skyshade.report import text
from skyshade.report.ground import aspect
from skyshade.report.legend import CLEARANCE_BINS, unit_handle, unknown_handles
from skyshade.report.panel import HALO, WEAPON_RING, MapPanel
from skyshade.report.programme_charts import ACTUAL, COMING, FARTHEST_MONTHS, PLAN, Lane
from skyshade.report.reach_maps import reach_outline
from skyshade.report.style import (
    COLUMN_INCH,
    INK,
    SERIES,
    About,
    Figure,
    Sizes,
    canvas,
    dress,
    quiet,
    x_of,
    year_axis,
)

PIXELS = 460  # posts along the longer side of a map
COUNTRY_SHARE = 0.03  # of the map: a smaller part of a country is not named
REACH_COLOURS = (SERIES[4], SERIES[0])  # the low flyer, the high one


def clearance_map(
    coverage: Coverage,
    places: Mapping[str, tuple[float, float]],
    about: About,
    width_inch: float = COLUMN_INCH,
) -> Figure:
    """The lowest altitude above ground that any radar has in line of sight.

    Parameters
    ----------
    places : longitude and latitude by name.
    """
    figure, panel = _map(coverage, None, width_inch)
    clearance = panel.thin(coverage.lowest_visible_m) - panel.thin(coverage.dem.heights)
    classes = clearance_classes(clearance)
    colours = ListedColormap([colour for _, colour, _ in CLEARANCE_BINS])
    panel.image(
        classes, cmap=colours, vmin=-0.5, vmax=len(CLEARANCE_BINS) - 0.5, alpha=0.8, zorder=3
    )
    panel.sites(labels=False, size=4.0)
    panel.places(places)
    panel.countries(COUNTRY_SHARE)
    panel.frame(graticule=False)
    here = np.unique(classes.compressed())
    handles = [Patch(fc=CLEARANCE_BINS[k][1], alpha=0.85, label=CLEARANCE_BINS[k][2]) for k in here]
    return dress(figure, about, [*handles, unit_handle(), *unknown_handles(coverage)])


def clearance_classes(clearance_m: Any) -> Any:
    """The number of its bin for each cell, masked where nothing is in line of sight."""
    shown = np.ma.masked_invalid(clearance_m)
    edges = [edge for edge, _, _ in CLEARANCE_BINS[:-1]]
    return np.ma.array(np.digitize(shown.filled(0.0), edges), mask=shown.mask)


def reach_map(
    coverage: Coverage,
    sites: Sequence[SiteReach],
    flights: Sequence[tuple[str, int, int]],
    about: About,
    width_inch: float = COLUMN_INCH,
) -> Figure:
    """Where targets that fly straight at a unit can be intercepted, beside the rings.

    Parameters
    ----------
    flights : what each is called, and the numbers of its altitude and class; the lowest first.
    """
    ring_m = sites[0].ring_m
    figure, panel = _map(coverage, ring_m, width_inch)
    panel.rings(ring_m, lw=0.9, ls="-", color=WEAPON_RING)
    handles: list[Any] = [
        Line2D([], [], color=WEAPON_RING, lw=1, label=f"{text.length(ring_m)} ring")
    ]
    for (name, a, c), colour in reversed(list(zip(flights, REACH_COLOURS, strict=False))):
        for site in sites:
            reach_outline(panel, site, a, c, colour, (0.22, 0.4, 0.25))
        handles.append(Patch(fc=colour, alpha=0.8, label=name))
    panel.sites(labels=False, size=4.0)
    panel.countries(COUNTRY_SHARE)
    panel.frame(graticule=False)
    one = 1 if width_inch < 1.5 * COLUMN_INCH else None
    return dress(figure, about, [*handles, unit_handle(), *unknown_handles(coverage)], one)


def deliveries_chart(
    lanes: Sequence[Lane],
    states: Mapping[str, str],
    today: date,
    about: About,
    width_inch: float = COLUMN_INCH,
) -> Figure:
    """A line per unit: the first calendar, what was reported, what is forecast, its state.

    Parameters
    ----------
    states : of each unit in words, by its name.
    """
    figure = canvas(width_inch, 0.3 + 0.34 * max(len(lanes), 1))
    ax, size = figure.subplots(), Sizes.of(figure)
    ends = [add_months(today, 12)]
    for y, lane in enumerate(reversed(lanes)):
        ax.axhline(y, color="#e3e7ea", lw=0.6, zorder=0)
        if lane.planned is not None:
            ax.plot(x_of(lane.planned), y, "D", color=PLAN, ms=3.5, zorder=4)
        if lane.actual is not None:
            _bar(ax, *lane.actual, y, ACTUAL, 1.0)
        if lane.coming is not None:
            low, middle, high = lane.coming
            _bar(ax, low, high, y, COMING, 0.5)
            ax.plot(x_of(middle), y, "|", color=COMING, ms=8, mew=1.6, zorder=4)
            ends.append(high)
        ax.text(
            0.0,
            y + 0.26,
            f"{lane.name}: {states.get(lane.name, '')}".rstrip(": "),
            transform=ax.get_yaxis_transform(),
            fontsize=size.text,
            color=INK,
            path_effects=HALO,
            zorder=6,
        )
    ax.axvline(x_of(today), color=INK, lw=0.7, ls=(0, (4, 3)), zorder=1)
    ax.set_ylim(-0.6, max(len(lanes), 1) - 0.2)
    ax.set_yticks([])
    ax.set_xlim(right=x_of(min(max(ends), add_months(today, FARTHEST_MONTHS))) + 60)
    year_axis(ax)
    quiet(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=size.text)
    known = f"known on {day_in_words(today)}"
    plan = Line2D([], [], color=PLAN, marker="D", ms=4, lw=0, label="first calendar")
    actual = Line2D([], [], color=ACTUAL, lw=5, label="delivered, as reported")
    coming = Line2D([], [], color=COMING, lw=5, alpha=0.5, label="forecast, four chances in five")
    handles = [
        handle
        for appears, handle in (
            (any(lane.planned for lane in lanes), plan),
            (any(lane.actual for lane in lanes), actual),
            (any(lane.coming for lane in lanes), coming),
            (True, Line2D([], [], color=INK, lw=0.8, ls=(0, (4, 3)), label=known)),
        )
        if appears
    ]
    return dress(figure, about, handles)


def through_chart(
    rows: Sequence[Mapping[str, Any]], about: About, width_inch: float = COLUMN_INCH
) -> Figure:
    """A bar per class from the low to the high share that gets through, with the middle marked.

    Parameters
    ----------
    rows : `name` of each class, and its `band` (low, middle, high).
    """
    figure = canvas(width_inch, 0.3 + 0.36 * len(rows))
    ax, size = figure.subplots(), Sizes.of(figure)
    for y, row in enumerate(reversed(list(rows))):
        low, middle, high = (100.0 * v for v in row["band"])
        ax.plot([0, 100], [y, y], color="#e3e7ea", lw=4, solid_capstyle="butt", zorder=1)
        wide = max(high - low, 0.8)
        ax.barh(y, wide, left=min(low, 100 - wide), height=0.3, color=SERIES[4], zorder=3)
        ax.plot(middle, y, "|", color="white", ms=7, mew=1.6, zorder=4)
        ends = text.percent_range(low / 100, high / 100)
        ax.text(0, y + 0.24, f"{row['name']}: {ends}", fontsize=size.text, color=INK, zorder=5)
    ax.set_xlim(0, 100)
    ax.set_ylim(-0.5, len(rows) - 0.2)
    ax.set_yticks([])
    ax.set_xticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    quiet(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=size.text)
    return dress(figure, about)


def _bar(ax: Axes, first: date, last: date, y: float, colour: str, alpha: float) -> None:
    """A bar from the first to the last day, wide enough to be seen."""
    left, right = x_of(first), x_of(last) + 1
    spare = max(0.0, 45.0 - (right - left)) / 2
    ax.plot(
        [left - spare, right + spare],
        [y, y],
        color=colour,
        lw=5,
        alpha=alpha,
        solid_capstyle="butt",
        zorder=3,
    )


def _map(coverage: Coverage, ring_m: float | None, width_inch: float) -> tuple[Figure, MapPanel]:
    """A map of terrain, borders and what is unknown, as wide as the figure."""
    figure = canvas(width_inch, 0.98 * width_inch * aspect(coverage))
    figure.get_layout_engine().set(h_pad=0.02, w_pad=0.02)  # type: ignore[union-attr, call-arg]
    panel = MapPanel(figure.subplots(), coverage, PIXELS, None if ring_m is None else 1.06 * ring_m)
    panel.relief()
    panel.borders()
    panel.unknown()
    return figure, panel
