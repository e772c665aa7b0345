"""A raid in pictures: one replicate on the map, how much gets through, and how it unfolds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from skyshade.engagement._scalar_plan import (
    ASSIGNED,
    DEPARTURE,
    HIT,
    LAUNCHED,
    LEAK,
    LEAKED,
    POST_LOST,
    RADAR_LOST,
    RELEASED,
    UNIT_LOST,
)
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import run_log
from skyshade.engagement.replay import place_of
from skyshade.engagement.results import Tally
from skyshade.engagement.traffic import Watch, watched
from skyshade.report import text
from skyshade.report.ground import ground_note
from skyshade.report.panel import MapPanel
from skyshade.report.style import INK, MUTED, SERIES, Figure, canvas, footnote, heading, plain

KILL_COLOUR, LEAK_COLOUR, TRACK_COLOUR = "#0072b2", "#d55e00", "#8a3ffc"
FARTHEST_DEG = 6.0  # paths farther from the sites are cut off


def raid_figure(raid: CompiledRaid, tally: Tally, seed: int) -> Figure:
    """Map and time line of the first replicate, shares and leakers over all replicates.

    A raid without threats shows when each friendly target was tracked instead.
    """
    figure = canvas(12.5, 9.6)
    grid = figure.add_gridspec(3, 2, width_ratios=(1.35, 1.0))
    right = grid[:, 1].subgridspec(2, 1)
    log, starts = run_log(raid, seed, 0)
    watches = watched(raid, log, starts)
    _map(figure.add_subplot(grid[:2, 0]), raid, log, starts, watches)
    _time_line(figure.add_subplot(grid[2, 0]), raid, log, starts, watches)
    if raid.is_threat.any():
        _shares(figure.add_subplot(right[0]), tally)
        _leakers(figure.add_subplot(right[1]), tally)
    else:
        _tracked(figure.add_subplot(right[:]), raid, watches)
    heading(figure, raid.scenario.title)
    footnote(figure, f"Positions are illustrative. {ground_note(raid.coverage)}")
    return figure


def replay_figure(raid: CompiledRaid, seed: int, run: int, note: str) -> Figure:
    """Map and time line of one replicate."""
    figure = canvas(8.5, 10.4)
    figure.get_layout_engine().set(hspace=0.12)  # type: ignore[union-attr, call-arg]
    top, bottom = figure.subplots(2, 1, height_ratios=(2.0, 1.0))
    log, starts = run_log(raid, seed, run)
    watches = watched(raid, log, starts)
    _map(top, raid, log, starts, watches)
    _time_line(bottom, raid, log, starts, watches)
    heading(figure, f"{raid.scenario.title}: replicate {run}, seed {seed}")
    footnote(figure, note)
    return figure


def _map(ax: Axes, raid: CompiledRaid, log: Any, starts: Any, watches: Mapping[int, Watch]) -> None:
    """Flight paths, where friendly targets were tracked, where threats were shot down or leaked."""
    antennas = [s.spec.antenna for s in raid.coverage.sites]
    panel = MapPanel(ax, raid.coverage)
    flown = np.concatenate([np.column_stack([p.lon, p.lat]) for p in raid.paths])
    middle = np.mean([(a.lon, a.lat) for a in antennas], axis=0)
    near = np.abs(flown - middle).max(axis=1) < FARTHEST_DEG
    panel.look_at(np.vstack([[(a.lon, a.lat) for a in antennas], flown[near]]))
    panel.relief()
    panel.borders()
    for j in range(raid.n_targets):
        path = raid.paths[raid.path_of[j]]
        panel.line(np.column_stack([path.lon, path.lat]), color=MUTED, lw=0.5, alpha=0.5, zorder=5)
        for begin, end in watches[j].tracked if j in watches else ():
            a, b = (round((t - starts[j]) / raid.raid.step_s) for t in (begin, end))
            panel.line(
                np.column_stack([path.lon[a : b + 1], path.lat[a : b + 1]]),
                color=TRACK_COLOUR,
                lw=0.9,
                zorder=6,
            )
    for entry, style in (
        (HIT, {"marker": "o", "ms": 4.0, "color": KILL_COLOUR}),
        (LEAK, {"marker": "X", "ms": 7.0, "color": LEAK_COLOUR}),
    ):
        rows = log[log[:, 1] == entry]
        places = [place_of(raid, int(r[2]), r[0] - starts[int(r[2])])[:2] for r in rows]
        if places:
            col, row = raid.coverage.dem.grid.colrow(*np.array(places).T)
            ax.plot(col, row, ls="", mec="white", mew=0.4, zorder=7, **style)  # type: ignore[arg-type]
    panel.sites(labels=len(antennas) <= 12)
    panel.frame()
    ax.set_anchor("NW")
    threats = bool(raid.is_threat.any())
    what = "targets were shot down" if threats else "traffic was tracked"
    ax.set_title(f"One replicate: where {what}", loc="left", fontsize=10, color=INK)
    known = [
        (True, Line2D([], [], color=MUTED, lw=0.8, label="flight path")),
        (watches, Line2D([], [], color=TRACK_COLOUR, lw=1.2, label="friendly, tracked")),
        (
            threats,
            Line2D([], [], ls="", marker="o", color=KILL_COLOUR, mec="white", label="shot down"),
        ),
        (
            threats,
            Line2D([], [], ls="", marker="X", color=LEAK_COLOUR, mec="white", label="got through"),
        ),
        (
            True,
            Line2D([], [], ls="", marker="^", color="white", mec=INK, label="site (illustrative)"),
        ),
    ]
    ax.legend(
        handles=[handle for there, handle in known if there],
        loc="upper left",
        ncols=5,
        bbox_to_anchor=(0.0, -0.05),
        fontsize=7.5,
        frameon=False,
    )


def _tracked(ax: Axes, raid: CompiledRaid, watches: Mapping[int, Watch]) -> None:
    """A row per friendly target: when it was in the air, and when tracked."""
    rows = sorted(watches.values(), key=lambda w: (w.begin_s, w.end_s))
    width = max(0.5, min(4.0, 250.0 / max(len(rows), 1)))
    for colour, spans, label in (
        (MUTED, [[(w.begin_s, w.end_s)] for w in rows], "in the air"),
        (TRACK_COLOUR, [w.tracked for w in rows], "confirmed track"),
    ):
        lines = [[(a / 60.0, y), (b / 60.0, y)] for y, own in enumerate(spans) for a, b in own]
        ax.add_collection(
            LineCollection(
                lines,
                colors=colour,
                linewidths=width,
                label=label,
                alpha=0.35 if colour == MUTED else 1.0,
            )
        )
    ax.set_xlim(0, raid.raid.duration_s / 60.0)
    ax.set_ylim(-0.8, len(rows) - 0.2)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("minutes", fontsize=8)
    ax.set_ylabel("friendly targets, by their start", fontsize=8)
    ax.legend(fontsize=7.5, frameon=False, loc="lower right")
    plain(ax, "One replicate: which target is tracked when")


def _shares(ax: Axes, tally: Tally) -> None:
    """Share of each class that gets through, with its Monte-Carlo interval."""
    names = [n for n in tally.members if n == "all" or n.startswith("class ")][::-1]
    if len(names) == 2:  # with one class, that and all are the same
        names = names[1:]
    shares = [tally.share(n, LEAKED) for n in names]
    y = np.arange(len(names))
    value = np.array([100 * s.value for s in shares])
    ends = np.array([[100 * (s.value - s.low), 100 * (s.high - s.value)] for s in shares]).T
    ax.barh(y, value, color=LEAK_COLOUR, alpha=0.75, height=0.6)
    ax.set_ylim(-0.5 - 0.6 * (len(names) < 3), len(names) - 0.5 + 0.6 * (len(names) < 3))
    ax.errorbar(value, y, xerr=np.maximum(ends, 0.0), fmt="none", ecolor=INK, capsize=3, lw=1)
    labels = [f"{text.words(n)} ({int(tally.members[n].sum())})" for n in names]
    ax.set_yticks(y, labels, fontsize=8)
    ax.set_xlim(0, max(100 if value.max() > 60 else 1.25 * (value + ends[1]).max(), 1.0))
    ax.set_xlabel("% that get through, with 95 % Monte-Carlo interval", fontsize=8)
    plain(ax, f"How much gets through ({text.count(tally.replicates, 'replicate')})")


def _leakers(ax: Axes, tally: Tally) -> None:
    """Distribution of the number of leakers."""
    share = 100 * tally.leakers / tally.replicates
    last = int(np.nonzero(share)[0].max()) if share.any() else 0
    first = int(np.nonzero(share)[0].min()) if share.any() else 0
    low, high = max(first - 1, 0), min(last + 1, len(share) - 1)
    ax.bar(np.arange(low, high + 1), share[low : high + 1], color=SERIES[0], alpha=0.8, width=0.85)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("threats that get through in one raid", fontsize=8)
    ax.set_ylabel("% of replicates", fontsize=8)
    plain(ax, "Number of leakers")


def _time_line(
    ax: Axes, raid: CompiledRaid, log: Any, starts: Any, watches: Mapping[int, Watch]
) -> None:
    """Targets in the air, friendly targets tracked, fire channels busy, rounds fired, over time."""
    times, entries = log[:, 0], log[:, 1].astype(int)
    settled = np.isin(entries, (HIT, LEAK, DEPARTURE))
    events = [
        (
            "targets in the air",
            np.r_[starts, times[settled]],
            np.r_[np.ones(len(starts)), -np.ones(int(settled.sum()))],
            SERIES[4],
        ),
        (
            "fire channels busy",
            np.r_[times[entries == ASSIGNED], times[entries == RELEASED]],
            np.r_[
                np.ones(int((entries == ASSIGNED).sum())),
                -np.ones(int((entries == RELEASED).sum())),
            ],
            SERIES[0],
        ),
        (
            "rounds fired",
            times[entries == LAUNCHED],
            np.ones(int((entries == LAUNCHED).sum())),
            SERIES[2],
        ),
    ]
    if not raid.is_threat.any():
        events = events[:1]
    if watches:
        spans = np.array([s for w in watches.values() for s in w.tracked]).reshape(-1, 2)
        turns = np.repeat([1.0, -1.0], len(spans))
        events.append(("friendly targets tracked", spans.T.ravel(), turns, TRACK_COLOUR))
    end = raid.raid.duration_s
    for label, when, change, colour in events:
        order = np.lexsort((change, when))  # of two events at once, the decrease comes first
        t = np.r_[0.0, when[order], end] / 60.0
        n = np.cumsum(np.r_[0.0, change[order], 0.0])
        inside = t <= end / 60.0
        ax.step(t[inside], n[inside], where="post", color=colour, lw=1.4, label=label)
    for entry, label in (
        (RADAR_LOST, "radar lost"),
        (POST_LOST, "post lost"),
        (UNIT_LOST, "fire unit lost"),
    ):
        for time in times[entries == entry]:
            ax.axvline(time / 60.0, color=LEAK_COLOUR, lw=0.8, ls=":")
            ax.annotate(
                label,
                (time / 60.0, 1.0),
                xycoords=("data", "axes fraction"),
                fontsize=6.5,
                rotation=90,
                va="top",
                ha="right",
                color=LEAK_COLOUR,
            )
    ax.set_xlim(0, end / 60.0)
    ax.set_ylim(0, 1.3 * ax.get_ylim()[1])  # the legend needs room
    ax.set_xlabel("minutes", fontsize=8)
    ax.legend(fontsize=7.5, frameon=False, loc="upper left")
    plain(ax, "One replicate over time")
