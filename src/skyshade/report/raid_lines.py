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

from skyshade.catalogue import load_catalogue
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.timeline import Ends, TimeLines
from skyshade.report.borders import NOTE
from skyshade.report.maps import HALO, MapPanel, borders_in_view
from skyshade.report.style import INK, MUTED, SERIES, Figure

LEAK_COLOUR = "#d55e00"
CELLS_ACROSS = 44  # hexagons over the width of the map
BINS = 40  # of the distances
ROUND_DEG = 0.02  # the map goes so far beyond what it shows, and somewhat farther
NEAR_DEG = 1.0  # a site farther from every kill and aim, which shot nothing down, is left out

# name of the count, title, what is counted, colour
PANELS = (
    ("threats_in_air_n", "Threats in the air", "threats", SERIES[4]),
    ("threats_tracked_n", "Threats in the air with a confirmed track", "threats", SERIES[3]),
    ("channels_busy_n", "Fire channels busy", "channels", SERIES[0]),
    ("missiles_in_flight_n", "Missiles in flight", "missiles", SERIES[2]),
    ("rounds_ready_n", "Rounds ready on the launchers", "rounds", INK),
)
CLASS_COLOURS = tuple(c for c in SERIES if c != LEAK_COLOUR)


def time_lines_figure(raid: CompiledRaid, lines: TimeLines) -> Figure:
    """Threats, tracks, channels, missiles and rounds over time, a panel each on one time axis."""
    figure = Figure(figsize=(9.0, 9.2), layout="constrained")
    figure.set_facecolor("white")
    axes = figure.subplots(len(PANELS), 1, sharex=True)
    minutes = lines.times_s / 60.0
    room = {"channels_busy_n": lines.channels_n, "rounds_ready_n": lines.rounds_n}
    threats = int(raid.is_threat.sum())
    for ax, (name, title, unit, colour) in zip(axes, PANELS, strict=True):
        low, median, high = lines.band(name)
        ax.fill_between(minutes, low, high, step="post", color=colour, alpha=0.25, lw=0)
        ax.step(minutes, median, where="post", color=colour, lw=1.6)
        top = high.max()
        if name in room:
            title += f", of {room[name]}"
            if top > 0.4 * room[name]:
                ax.axhline(room[name], color=MUTED, lw=0.9, ls=(0, (4, 3)))
                top = room[name]
        elif name == "threats_in_air_n":
            title += f", of {threats}"
        ax.set_ylim(0, 1.12 * max(top, 1.0))
        ax.set_ylabel(unit, fontsize=8, color=INK)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        _plain(ax, title)
    axes[1].set_ylim(axes[0].get_ylim())  # so that the two compare
    axes[-1].set_xlim(0, _last_minute(lines))
    axes[-1].xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes[-1].set_xlabel("minutes since the start of the raid", fontsize=8, color=INK)
    runs = len(lines.threats_in_air_n)
    _heading(figure, raid, f"How the raid unfolds ({runs} replicates)")
    handles = [
        Line2D([], [], color=MUTED, lw=1.6, label="median of the replicates"),
        Patch(color=MUTED, alpha=0.25, label="5 to 95 % of them"),
        Line2D([], [], color=MUTED, lw=0.9, ls=(0, (4, 3)), label="all there are"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3, fontsize=8, frameon=False)
    return figure


def _last_minute(lines: TimeLines) -> float:
    """Where the time axis ends: a little after the last change, or with the raid."""
    changes = np.zeros(len(lines.times_s), bool)
    for values in lines.lines.values():
        changes[1:] |= (np.diff(values, axis=1) != 0).any(axis=0)
    last = lines.times_s[changes].max(initial=0.0)
    return float(min(1.05 * last, lines.times_s[-1]) or lines.times_s[-1]) / 60.0


def ends_figure(raid: CompiledRaid, ends: Ends) -> Figure:
    """Where threats are shot down and get through: on the map, and by distance from the unit."""
    threat = raid.is_threat[ends.target]
    figure = Figure(figsize=(12.5, 7.0), layout="constrained")
    figure.set_facecolor("white")
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1.0))
    tall = _map(figure, left, raid, ends, threat)
    figure.set_size_inches(12.5, min(max(6.6 * tall, 4.0), 8.0) + 2.0)  # as tall as the map needs
    _distances(right, raid, ends, threat & ends.killed)
    what = f"Where threats are shot down, and where they get through ({ends.runs} replicates)"
    _heading(figure, raid, what)
    note = f"Terrain: {raid.coverage.dem.name}. Positions are illustrative."
    if borders_in_view(raid.coverage):
        note += f" {NOTE}"
    figure.text(0.01, 0.006, note, fontsize=6.5, color=MUTED, ha="left", va="bottom")
    figure.get_layout_engine().set(rect=(0, 0.03, 1, 0.97))  # type: ignore[union-attr, call-arg]
    return figure


def _map(
    figure: Figure, ax: Axes, raid: CompiledRaid, ends: Ends, threat: NDArray[np.bool_]
) -> float:
    """Hexagons of kills, rings round the aims that leakers reached; returns height over width."""
    panel = MapPanel(ax, raid.coverage)
    kills, leaks = threat & ends.killed, threat & ~ends.killed
    places = np.column_stack([ends.lon_deg, ends.lat_deg])
    sites = np.array([(s.position.lon, s.position.lat) for s in raid.sites])
    flown = np.vstack([np.column_stack([p.lon, p.lat]) for p in raid.paths])
    shown = places[threat] if threat.any() else flown
    shot = np.isin(np.arange(len(sites)), raid.plan.fire.site[ends.unit[kills]])
    near = np.array([np.abs(shown - site).max(axis=1).min() < NEAR_DEG for site in sites])
    points = np.vstack([shown, sites[shot | near]])
    panel.look_at(np.vstack([points, points.min(0) - ROUND_DEG, points.max(0) + ROUND_DEG]), 0.2)
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
    """Aims that leakers reached (they end within metres of each other), and how many per raid."""
    if not len(lonlat):
        return []
    aims, of = np.unique(lonlat.round(3), axis=0, return_inverse=True)
    number = np.bincount(of.ravel()) / runs
    return [(float(lon), float(lat), float(n)) for (lon, lat), n in zip(aims, number, strict=True)]


def _distances(ax: Axes, raid: CompiledRaid, ends: Ends, kills: NDArray[np.bool_]) -> None:
    """Kills by ground range from the site of the unit, classes stacked."""
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
            label=[load_catalogue().entry(raid.classes[k]).title for k in classes],
            ec="white",
            lw=0.3,
        )
        ax.set_ylim(0, 1.25 * ax.get_ylim()[1])  # room for the legend
        ax.legend(fontsize=8, frameon=False, loc="upper right")
        ax.set_xlim(0, edges[-1])
        ax.set_ylabel(f"shot down per raid, in steps of {edges[1]:.2g} km", fontsize=8, color=INK)
    ax.set_xlabel("km, along the ground, from the site of the unit", fontsize=8, color=INK)
    _plain(ax, "How far away from the unit that shot")


def _heading(figure: Figure, raid: CompiledRaid, what: str) -> None:
    figure.suptitle(
        f"{raid.scenario.title}\n{what}",
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        color=INK,
    )


def _plain(ax: Axes, title: str) -> None:
    ax.set_title(title, loc="left", fontsize=10, color=INK)
    ax.tick_params(labelsize=8, colors=MUTED, labelcolor=INK)
    ax.grid(axis="x", color=MUTED, alpha=0.2, lw=0.5)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
