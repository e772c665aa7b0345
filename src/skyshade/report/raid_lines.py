"""A raid over many replicates in pictures: how it unfolds, and where kills and leaks happen."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.timeline import Ends, TimeLines
from skyshade.report import text
from skyshade.report.ground import ground_note
from skyshade.report.panel import HALO, MapPanel
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    Figure,
    canvas,
    footnote,
    heading,
    legend_below,
    plain,
)

LEAK_COLOUR = "#d55e00"
LONG_S = 3 * 3600.0  # raids longer than this are drawn over hours
CELLS_ACROSS = 44  # hexagons across the map
BINS = 40  # of the histogram of distances
MARGIN_DEG = 0.02  # at least, around what the map shows
NEAR_DEG = 1.0  # a site that shot nothing down and is farther from all kills and aims is left out

# name of the count, title, what is counted, colour
PANELS = (
    ("threats_in_air_n", "Threats in the air", "threats", SERIES[4]),
    ("threats_tracked_n", "Threats in the air with a confirmed track", "threats", SERIES[3]),
    ("channels_busy_n", "Fire channels busy", "channels", SERIES[0]),
    ("missiles_in_flight_n", "Missiles in flight", "missiles", SERIES[2]),
    ("rounds_ready_n", "Rounds ready on the launchers", "rounds", INK),
    ("threats_leaked_n", "Threats that have got through", "threats", LEAK_COLOUR),
)
CLASS_COLOURS = tuple(c for c in SERIES if c != LEAK_COLOUR)


def time_lines_figure(raid: CompiledRaid, lines: TimeLines) -> Figure:
    """Threats, tracks, fire channels, missiles and rounds over time, a panel for each."""
    # the steps of a raid of days pass over what lasts minutes
    shown = [panel for panel in PANELS if lines.lines[panel[0]].any()] or list(PANELS)
    figure = canvas(9.0, 1.4 + 1.57 * len(shown))
    axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    unit_s, unit_name = (3600.0, "hours") if lines.times_s[-1] > LONG_S else (60.0, "minutes")
    minutes = lines.times_s / unit_s
    capacity = {"channels_busy_n": lines.channels_n, "rounds_ready_n": lines.rounds_n}
    threats = int(raid.is_threat.sum())
    for ax, (name, title, unit, colour) in zip(axes, shown, strict=True):
        each = [(lines.band(name), colour, "")]
        if name == "rounds_ready_n" and len(lines.missiles) > 1:
            title += " by type, fewest in each step"
            each = [
                (lines.rounds_band(m), SERIES[k % len(SERIES)], m)
                for k, m in enumerate(lines.missiles)
            ]
        top = 0.0
        for (low, median, high), own, label in each:
            ax.fill_between(minutes, low, high, step="post", color=own, alpha=0.25, lw=0)
            ax.step(minutes, median, where="post", color=own, lw=1.6, label=label or None)
            top = max(top, high.max())
        if len(each) > 1:
            ax.legend(
                fontsize=8, frameon=False, loc="lower right", bbox_to_anchor=(1, 0.97), ncols=6
            )
        elif name in capacity:
            title += f", of {capacity[name]}"
            if top > 0.4 * capacity[name]:
                ax.axhline(capacity[name], color=MUTED, lw=0.9, ls=(0, (4, 3)))
                top = capacity[name]
        elif name in ("threats_in_air_n", "threats_leaked_n"):
            title += f", of {threats}"
        ax.set_ylim(0, 1.12 * max(top, 1.0))
        ax.set_ylabel(unit, fontsize=8, color=INK)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        plain(ax, title)
    if [panel[0] for panel in shown[:2]] == [panel[0] for panel in PANELS[:2]]:
        axes[1].set_ylim(axes[0].get_ylim())  # one scale, so that the two compare
    axes[-1].set_xlim(0, _last_change_s(lines) / unit_s)
    axes[-1].xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes[-1].set_xlabel(f"{unit_name} since the start of the raid", fontsize=8, color=INK)
    runs = len(lines.threats_in_air_n)
    _heading(figure, raid, f"How the raid unfolds ({text.count(runs, 'replicate')})")
    handles = [
        Line2D([], [], color=MUTED, lw=1.6, label="median of the replicates"),
        Patch(color=MUTED, alpha=0.25, label="5 to 95 % of the replicates"),
    ]
    if any(line.get_linestyle() == "--" for ax in axes for line in ax.lines):
        handles.append(
            Line2D([], [], color=MUTED, lw=0.9, ls=(0, (4, 3)), label="all that the units have")
        )
    legend_below(figure, handles, 3)
    return figure


def _last_change_s(lines: TimeLines) -> float:
    """End of the time axis: a little after the last change, at most the end of the raid."""
    changes = np.zeros(len(lines.times_s), bool)
    for values in lines.lines.values():
        changes[1:] |= (np.diff(values, axis=1) != 0).any(axis=0)
    last = lines.times_s[changes].max(initial=0.0)
    return float(min(1.05 * last, lines.times_s[-1]) or lines.times_s[-1])


def ends_figure(raid: CompiledRaid, ends: Ends) -> Figure:
    """Where threats are shot down or get through, on the map and by distance from the unit."""
    threat = raid.is_threat[ends.target]
    figure = canvas(12.5, 7.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1.0))
    tall = _map(figure, left, raid, ends, threat)
    figure.set_size_inches(12.5, min(max(6.6 * tall, 4.0), 8.0) + 2.0)  # as tall as the map needs
    _distances(right, raid, ends, threat & ends.killed)
    runs = text.count(ends.runs, "replicate")
    what = f"Where threats are shot down, and where they get through ({runs})"
    _heading(figure, raid, what)
    footnote(figure, f"Positions are illustrative. {ground_note(raid.coverage)}")
    return figure


def _map(
    figure: Figure, ax: Axes, raid: CompiledRaid, ends: Ends, threat: NDArray[np.bool_]
) -> float:
    """Hexagons of kills, circles around aims that leakers reached; returns height over width."""
    panel = MapPanel(ax, raid.coverage)
    kills, leaks = threat & ends.killed, threat & ~ends.killed
    places = np.column_stack([ends.lon_deg, ends.lat_deg])
    sites = np.array([(s.position.lon, s.position.lat) for s in raid.sites])
    flown = np.vstack([np.column_stack([p.lon, p.lat]) for p in raid.paths])
    shown = places[threat] if threat.any() else flown
    shot = np.isin(np.arange(len(sites)), raid.plan.fire.site[ends.unit[kills]])
    near = np.array([np.abs(shown - site).max(axis=1).min() < NEAR_DEG for site in sites])
    points = np.vstack([shown, sites[shot | near]])
    panel.look_at(np.vstack([points, points.min(0) - MARGIN_DEG, points.max(0) + MARGIN_DEG]), 0.2)
    panel.relief()
    panel.borders()
    paths = [
        np.column_stack(panel.grid.colrow(p.lon, p.lat))
        for p in (raid.paths[k] for k in np.unique(raid.path_of[raid.is_threat]))
    ]
    ax.add_collection(
        LineCollection(paths, colors=MUTED, linewidths=0.5, alpha=0.6, zorder=5), autolim=False
    )
    left, right, top, bottom = panel.view
    width_m = (right - left) * panel.cell_width_m
    tall = abs(bottom - top) * panel.cell_height_m / width_m
    if kills.any():
        cells = ax.hexbin(
            *panel.grid.colrow(*places[kills].T),
            C=np.full(int(kills.sum()), 1.0 / ends.runs),
            reduce_C_function=np.sum,
            extent=(left, right, min(top, bottom), max(top, bottom)),
            gridsize=(CELLS_ACROSS, max(1, round(CELLS_ACROSS * tall / math.sqrt(3.0)))),
            cmap="viridis_r",
            norm=LogNorm(),
            linewidths=0.2,
            edgecolors="white",
            zorder=6,
        )
        bar = figure.colorbar(
            cells,
            ax=ax,
            location="bottom",
            shrink=0.7,
            pad=0.015,
            aspect=45,
            format=FuncFormatter(lambda x, _: f"{x:g}"),
        )
        bar.ax.minorticks_off()
        bar.set_label(
            f"shot down per raid, in a hexagon {width_m / CELLS_ACROSS / 1e3:.2g} km wide",
            fontsize=8,
            color=INK,
        )
        bar.ax.tick_params(labelsize=7, labelcolor=INK)
    for lon, lat, number in _leak_places(places[leaks], ends.runs):
        col, row = (float(x) for x in panel.grid.colrow(lon, lat))
        ax.plot(col, row, "o", ms=15, mfc="none", mec="white", mew=3.4, zorder=8)
        ax.plot(col, row, "o", ms=15, mfc="none", mec=LEAK_COLOUR, mew=2.0, zorder=9)
        ax.annotate(
            f"{number:.2g}",
            (col, row),
            xytext=(0, -15),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8.5,
            fontweight="bold",
            color=LEAK_COLOUR,
            path_effects=HALO,
            zorder=10,
        )
    panel.sites(labels=len(sites) <= 12)
    panel.frame()
    handles = [
        Line2D([], [], color=MUTED, lw=0.8, label="flight path"),
        Line2D([], [], ls="", marker="^", color="white", mec=INK, label="site (illustrative)"),
        *(
            [
                Line2D(
                    [],
                    [],
                    ls="",
                    marker="o",
                    mfc="none",
                    mec=LEAK_COLOUR,
                    mew=2.0,
                    ms=10,
                    label="aim reached, leakers per raid",
                )
            ]
            if leaks.any()
            else []
        ),
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        ncols=3,
        bbox_to_anchor=(-0.01, 1.0),
        fontsize=8,
        frameon=False,
    )
    return tall


def _leak_places(lonlat: NDArray[np.float64], runs: int) -> list[tuple[float, float, float]]:
    """Aims that leakers reached and how many per raid; ends metres apart are one aim."""
    if not len(lonlat):
        return []
    aims, of = np.unique(lonlat.round(3), axis=0, return_inverse=True)
    number = np.bincount(of.ravel()) / runs
    return [(float(lon), float(lat), float(n)) for (lon, lat), n in zip(aims, number, strict=True)]


def _distances(ax: Axes, raid: CompiledRaid, ends: Ends, kills: NDArray[np.bool_]) -> None:
    """Kills by ground range from the site that shot, classes stacked."""
    range_km = ends.range_m[kills] / 1e3
    of = raid.class_of[ends.target[kills]]
    classes = [k for k in range(len(raid.classes)) if (of == k).any()]
    if classes:
        edges = np.linspace(0.0, range_km.max() * 1.001, BINS + 1)
        ax.hist(
            [range_km[of == k] for k in classes],
            bins=edges.tolist(),
            stacked=True,
            weights=[np.full(int((of == k).sum()), 1.0 / ends.runs) for k in classes],
            color=[CLASS_COLOURS[k % len(CLASS_COLOURS)] for k in classes],
            label=[raid.scenario.known.entry(raid.classes[k]).title for k in classes],
            ec="white",
            lw=0.3,
        )
        ax.set_ylim(0, 1.25 * ax.get_ylim()[1])  # room for the legend
        ax.legend(fontsize=8, frameon=False, loc="upper right")
        ax.set_xlim(0, edges[-1])
        ax.set_ylabel(f"shot down per raid, in steps of {edges[1]:.2g} km", fontsize=8, color=INK)
    ax.set_xlabel("ground range from the site that shot, km", fontsize=8, color=INK)
    plain(ax, "How far from the unit that shot")


def _heading(figure: Figure, raid: CompiledRaid, what: str) -> None:
    heading(figure, f"{raid.scenario.title}\n{what}", 12)
