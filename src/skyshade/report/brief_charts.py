"""The figures of the brief, each to be read at the width of a column (88 mm)."""

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
from skyshade.programme.forecast import Forecast
from skyshade.programme.state import ProgrammeState
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.report.ground import aspect
from skyshade.report.legend import CLEARANCE_BINS
from skyshade.report.panel import HALO, WEAPON_RING, MapPanel
from skyshade.report.programme_charts import ACTUAL, COMING, FARTHEST_MONTHS, PLAN, lanes_of
from skyshade.report.reach_maps import reach_outline
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    Figure,
    canvas,
    quiet,
    x_of,
    year_axis,
)

WIDTH_INCH = 3.46
PIXELS = 460  # posts along the longer side of a map
COUNTRY_SHARE = 0.03  # of the map: a smaller part of a country is not named
REACH_COLOURS = (SERIES[4], SERIES[0])  # the low flyer, the high one
SMALL = 6.0


def clearance_map(
    coverage: Coverage, places: Mapping[str, tuple[float, float]], finding: str, credit: str
) -> Figure:
    """The lowest altitude above ground that any radar has in line of sight.

    Parameters
    ----------
    places : longitude and latitude by name.
    finding : the title.
    credit : small print under the map.
    """
    coverage = coverage.for_maps
    figure, ax = _map_canvas(coverage, 1.12)
    panel = _ground(ax, coverage, None)
    panel.unknown()
    clearance = panel.thin(coverage.lowest_visible_m) - panel.thin(coverage.dem.heights)
    shown = np.ma.masked_invalid(clearance)
    edges = [edge for edge, _, _ in CLEARANCE_BINS[:-1]]
    classes = np.ma.array(np.digitize(shown.filled(0.0), edges), mask=shown.mask)
    colours = ListedColormap([colour for _, colour, _ in CLEARANCE_BINS])
    panel.image(
        classes, cmap=colours, vmin=-0.5, vmax=len(CLEARANCE_BINS) - 0.5, alpha=0.8, zorder=3
    )
    panel.sites(labels=False, size=4.0)
    panel.places(places)
    panel.countries(COUNTRY_SHARE)
    panel.frame(graticule=False)
    here = np.unique(classes.compressed())
    handles: list[Any] = [
        Patch(fc=CLEARANCE_BINS[k][1], alpha=0.85, label=CLEARANCE_BINS[k][2]) for k in here
    ]
    _finish(
        figure,
        finding,
        "lowest altitude in line of sight of any radar, metres above the ground",
        [*handles, *_ground_handles(coverage)],
        f"{credit}. Terrain: {coverage.dem.name}. Positions illustrative.",
    )
    return figure


def reach_map(
    coverage: Coverage, found: ScenarioReach, names: Sequence[str], finding: str, credit: str
) -> Figure:
    """Where targets that fly straight at a unit can be intercepted, beside the rings.

    Parameters
    ----------
    names : what each flight of the hard pair is called.
    finding : the title.
    """
    coverage = coverage.for_maps
    figure, ax = _map_canvas(coverage, 1.12)
    panel = _ground(ax, coverage, found.sites[0].ring_m)
    panel.unknown()
    panel.rings(found.sites[0].ring_m, lw=0.9, ls="-", color=WEAPON_RING)
    handles: list[Any] = [
        Line2D([], [], color=WEAPON_RING, lw=1, label=f"{text.length(found.sites[0].ring_m)} ring")
    ]
    drawn = list(zip(found.hard_pair, names, REACH_COLOURS, strict=False))
    for flight, name, colour in reversed(drawn):  # the low flyer on top
        a, c = found.altitudes.index(flight.altitude), found.targets.index(flight.target)
        for site in found.sites:
            reach_outline(panel, site, a, c, colour, (0.22, 0.4, 0.25))
        handles.append(Patch(fc=colour, alpha=0.8, label=name))
    panel.sites(labels=False, size=4.0)
    panel.countries(COUNTRY_SHARE)
    panel.frame(graticule=False)
    _finish(
        figure,
        finding,
        "area of the first intercept: median, paler from 5 to 95 % of the draws",
        [*handles, *_ground_handles(coverage)],
        f"{credit}. Terrain: {coverage.dem.name}. Positions illustrative.",
        columns=1,
    )
    return figure


def deliveries_chart(state: ProgrammeState, made: Forecast, credit: str) -> Figure:
    """A line per unit: the first calendar, what was reported, what is forecast, its state."""
    lanes, today = lanes_of(state, made), state.known_on
    states = {u.subject.title: u.readiness for u in state.units}
    figure = canvas(WIDTH_INCH, 1.35 + 0.34 * max(len(lanes), 1))
    ax = figure.subplots()
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
            fontsize=SMALL,
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
    ax.tick_params(labelsize=SMALL)
    handles = [
        handle
        for appears, handle in (
            (
                any(lane.planned for lane in lanes),
                Line2D([], [], color=PLAN, marker="D", ms=4, lw=0, label="first calendar"),
            ),
            (
                any(lane.actual for lane in lanes),
                Line2D([], [], color=ACTUAL, lw=5, label="delivered, as reported"),
            ),
            (
                any(lane.coming for lane in lanes),
                Line2D(
                    [], [], color=COMING, lw=5, alpha=0.5, label="forecast, four chances in five"
                ),
            ),
            (
                True,
                Line2D(
                    [],
                    [],
                    color=INK,
                    lw=0.8,
                    ls=(0, (4, 3)),
                    label=f"known on {day_in_words(today)}",
                ),
            ),
        )
        if appears
    ]
    note = f"{credit}. Ledger: {state.ledger.name}."
    _finish(figure, _due(made), "dates of delivery, by year", handles, note)
    return figure


def through_chart(rows: Sequence[Mapping[str, Any]], credit: str) -> Figure:
    """A bar per class from the low to the high share that gets through, with the middle marked.

    Parameters
    ----------
    rows : `name` of each class, and its `band` (low, middle, high).
    """
    figure = canvas(WIDTH_INCH, 1.3 + 0.36 * len(rows))
    ax = figure.subplots()
    for y, row in enumerate(reversed(list(rows))):
        low, middle, high = (100.0 * v for v in row["band"])
        ax.plot([0, 100], [y, y], color="#e3e7ea", lw=4, solid_capstyle="butt", zorder=1)
        wide = max(high - low, 0.8)
        ax.barh(y, wide, left=min(low, 100 - wide), height=0.3, color=SERIES[4], zorder=3)
        ax.plot(middle, y, "|", color="white", ms=7, mew=1.6, zorder=4)
        ends = text.percent_range(low / 100, high / 100)
        ax.text(0, y + 0.24, f"{row['name']}: {ends}", fontsize=SMALL, color=INK, zorder=5)
    ax.set_xlim(0, 100)
    ax.set_ylim(-0.5, len(rows) - 0.2)
    ax.set_yticks([])
    ax.set_xticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    quiet(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=SMALL)
    handles = [Patch(fc=SERIES[4], label="5 to 95 % of the draws of what is unknown; line: median")]
    _finish(
        figure,
        "What gets through in the generic raid",
        "share of each class that reaches its aim, per cent",
        handles,
        f"{credit}. Not a forecast of any attack.",
        columns=1,
    )
    return figure


def _due(made: Forecast) -> str:
    """The finding of the chart of deliveries."""
    if not made.units:
        return "Deliveries: nothing promised is outstanding"
    unit = made.units[-1]
    day = date(unit.delivered.p50.year, unit.delivered.p50.month, 1)
    return f"The last {made.unit_name} may come in about {day:%B %Y}"


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


def _map_canvas(coverage: Coverage, more_inch: float) -> tuple[Figure, Axes]:
    figure = canvas(WIDTH_INCH, 0.92 * WIDTH_INCH * aspect(coverage) + more_inch)
    figure.get_layout_engine().set(h_pad=0.02, w_pad=0.02)  # type: ignore[union-attr, call-arg]
    return figure, figure.subplots()


def _ground(ax: Axes, coverage: Coverage, ring_m: float | None) -> MapPanel:
    panel = MapPanel(ax, coverage, PIXELS, None if ring_m is None else 1.06 * ring_m)
    panel.relief()
    panel.borders()
    return panel


def _ground_handles(coverage: Coverage) -> list[Any]:
    """Legend of units, and of terrain that is not known if there is some."""
    handles: list[Any] = [
        Line2D([], [], marker="^", color="white", mec=INK, ms=4, ls="", label="unit")
    ]
    if any(a.unknown_m2 > 0 for a in coverage.areas()):
        handles.append(Patch(fc="none", ec=MUTED, hatch="////", lw=0.4, label="terrain not known"))
    return handles


def _finish(
    figure: Figure,
    finding: str,
    measure: str,
    handles: Sequence[Any],
    credit: str,
    columns: int = 2,
) -> None:
    """Finding and measure above, legend and credit below."""
    figure.suptitle(finding, x=0.012, ha="left", fontsize=8.5, fontweight="bold", color=INK)
    for ax in figure.axes:
        ax.set_title(measure, loc="left", fontsize=SMALL, color=MUTED, pad=4)
    figure.legend(
        handles=list(handles),
        loc="outside lower left",
        ncols=columns,
        fontsize=SMALL,
        frameon=False,
        handlelength=1.4,
        columnspacing=1.0,
        labelspacing=0.3,
        title=credit,
        title_fontsize=5.0,
        alignment="left",
    )
