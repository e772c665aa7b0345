"""A radar's tracker in pictures: plots and tracks on the map, tracks and errors over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from skyshade.report import text
from skyshade.report.ground import ground_note
from skyshade.report.panel import MapPanel
from skyshade.report.style import INK, MUTED, SERIES, Figure, canvas, footnote, heading, plain
from skyshade.tracking.run import Tracked

TRUTH, RULE, TRACKER, STRAY = MUTED, SERIES[0], SERIES[4], "#b3a7c9"


def track_figure(run: Tracked) -> Figure:
    """Map, tracks held over time, number of tracks, OSPA, and delays of confirmation."""
    figure = canvas(12.5, 9.4)
    grid = figure.add_gridspec(1, 2, width_ratios=(1.25, 1.0))
    left = grid[0].subgridspec(3, 1, height_ratios=(1.1, 0.09, 0.95))
    right = grid[1].subgridspec(3, 1)
    _map(figure.add_subplot(left[0]), run)
    _legend(figure.add_subplot(left[1]))
    _held(figure.add_subplot(left[2]), run)
    _numbers(figure.add_subplot(right[0]), run)
    _distance(figure.add_subplot(right[1]), run)
    _later(figure.add_subplot(right[2]), run)
    m, n = run.raid.raid.rules.confirm
    heading(
        figure,
        f"{run.raid.scenario.title}\nRadar of {run.site}, replicate {run.replicate}, seed "
        f"{run.seed}: the {m}-of-{n} rule and a tracker",
    )
    given = run.given
    footnote(
        figure,
        f"Assumed: errors of {given.range_sd_m:g} m, {given.az_sd_deg:g}° and {given.el_sd_deg:g}° "
        f"(one sd), {given.false_alarms_per_scan:g} false alarms a scan. Positions are "
        f"illustrative. {ground_note(run.raid.coverage)}",
    )
    return figure


def _map(ax: Axes, run: Tracked) -> None:
    """True paths, plots, and confirmed tracks, with or without a target."""
    scans, frame = run.scans, run.scans.frame
    panel = MapPanel(ax, run.raid.coverage)
    flown = scans.truth_m[scans.in_play]
    panel.look_at(np.vstack([frame.lonlat(flown), [(frame.lon, frame.lat)]]))
    panel.relief()
    panel.borders()

    def cells(local_m: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(panel.grid.colrow(*frame.lonlat(local_m).T))

    def lines(pieces: list[NDArray[np.float64]], **style: Any) -> None:
        long = [p for p in pieces if len(p) > 1]
        if long:
            at = np.split(cells(np.concatenate(long)), np.cumsum([len(p) for p in long])[:-1])
            ax.add_collection(LineCollection(at, **style), autolim=False)

    paths = [scans.truth_m[~np.isnan(scans.truth_m[:, j, 0]), j] for j in range(run.raid.n_targets)]
    lines(paths, colors=TRUTH, linewidths=0.6, alpha=0.7, zorder=5)
    origin = np.concatenate([p.origin for p in run.plots])
    places = np.concatenate([p.place_m for p in run.plots])
    faint = min(0.55, 500.0 / max(int((origin < 0).sum()), 1))
    for mine, style in (
        (origin < 0, {"marker": "x", "ms": 2.2, "mew": 0.5, "color": "#8a5a44", "alpha": faint}),
        (origin >= 0, {"marker": "o", "ms": 2.4, "mew": 0.0, "color": INK, "alpha": 0.75}),
    ):
        if mine.any():
            ax.plot(*cells(places[mine]).T, ls="", zorder=6, **style)  # type: ignore[arg-type]
    holders = set(np.unique(run.track).tolist())
    tracks: dict[int, list[NDArray[np.float64]]] = {}
    for picture in run.pictures:
        rows = zip(
            picture.number[picture.confirmed].tolist(),
            picture.place_m[picture.confirmed],
            strict=True,
        )
        for number, place in rows:
            tracks.setdefault(number, []).append(place)
    lines(
        [np.array(t) for n, t in tracks.items() if n not in holders],
        colors=STRAY,
        linewidths=1.3,
        zorder=7,
    )
    lines(
        [np.array(t) for n, t in tracks.items() if n in holders],
        colors=TRACKER,
        linewidths=1.1,
        alpha=0.9,
        zorder=8,
    )
    ax.plot(
        *panel.grid.colrow(frame.lon, frame.lat), marker="^", ms=7, color="white", mec=INK, zorder=9
    )
    panel.frame()
    ax.set_anchor("W")
    ax.set_title("Plots and confirmed tracks, seen from above", loc="left", fontsize=10, color=INK)


def _legend(ax: Axes) -> None:
    """The map's legend in its own row, since the map's frame shrinks with its projection."""
    ax.axis("off")
    ax.legend(
        handles=[
            Line2D([], [], color=TRUTH, lw=0.9, label="true path"),
            Line2D([], [], ls="", marker="o", ms=3, color=INK, label="plot of a target"),
            Line2D([], [], ls="", marker="x", ms=4, color="#8a5a44", label="false alarm"),
            Line2D([], [], color=TRACKER, lw=1.4, label="track of a target"),
            Line2D([], [], color=STRAY, lw=1.4, label="false track"),
            Line2D([], [], ls="", marker="^", color="white", mec=INK, label="radar (illustrative)"),
        ],
        loc="center left",
        ncols=3,
        bbox_to_anchor=(-0.01, 0.5),
        fontsize=7.5,
        frameon=False,
    )


def _held(ax: Axes, run: Tracked) -> None:
    """A row per target: when it was in play, tracked by the rule and tracked by the tracker."""
    scans = run.scans
    period = float(run.raid.plan.sight.period[scans.site])
    in_play = np.nonzero(scans.in_play.any(axis=0))[0]
    order = sorted(in_play.tolist(), key=lambda j: (int(scans.in_play[:, j].argmax()), j))
    width = max(0.5, min(3.0, 75.0 / max(len(order), 1)))
    own = {
        "in play": (scans.in_play, TRUTH, 0.25, 0.35),
        "tracked by the M-of-N rule": (scans.held & scans.in_play, RULE, 0.18, 1.0),
        "tracked by the tracker": ((run.track >= 0) & scans.in_play, TRACKER, -0.22, 1.0),
    }
    for label, (when, colour, up, alpha) in own.items():
        lines = []
        for y, j in enumerate(order):
            edges = np.diff(np.r_[0, when[:, j].astype(int), 0])
            for a, b in zip(np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0], strict=True):
                lines.append(
                    [
                        (scans.times_s[a] / 60, y + up),
                        ((scans.times_s[b - 1] + period) / 60, y + up),
                    ]
                )
        ax.add_collection(
            LineCollection(lines, colors=colour, linewidths=width, alpha=alpha, label=label)
        )
    ax.set_xlim(0, (scans.times_s[-1] + period) / 60)
    ax.set_ylim(-0.8, len(order) * 1.22)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("minutes", fontsize=8)
    ax.set_ylabel("targets, in order of appearance", fontsize=8)
    ax.legend(fontsize=7.5, frameon=False, loc="upper left", ncols=3)
    plain(ax, "Which target is tracked when")


def _numbers(ax: Axes, run: Tracked) -> None:
    """Targets in play and confirmed tracks after each scan."""
    scans, minutes = run.scans, run.scans.times_s / 60
    tracks = np.array([p.confirmed.sum() for p in run.pictures])
    for values, colour, label in (
        (tracks, STRAY, "all tracks of the tracker"),
        (scans.in_play.sum(axis=1), TRUTH, "targets in play"),
        (scans.held.sum(axis=1), RULE, "targets tracked by the M-of-N rule"),
        ((run.track >= 0).sum(axis=1), TRACKER, "targets tracked by the tracker"),
    ):
        ax.step(
            minutes,
            values,
            where="post",
            color=colour,
            lw=1.4 if len(minutes) < 500 else 0.5,
            label=label,
        )
    ax.set_ylim(0, 1.35 * ax.get_ylim()[1])
    ax.set_xlim(0, None)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("minutes", fontsize=8)
    ax.legend(fontsize=7.5, frameon=False, loc="upper left", ncols=2)
    plain(ax, "Confirmed tracks")


def _distance(ax: Axes, run: Tracked) -> None:
    """OSPA distance of the rule and of the tracker to the targets in play."""
    minutes, mean = run.scans.times_s / 60, run.mean_ospa_m
    for i, (colour, label) in enumerate(((TRACKER, "tracker"), (RULE, "M-of-N rule"))):
        ax.plot(
            minutes,
            run.ospa_m[:, i] / 1e3,
            color=colour,
            lw=1.3 if len(minutes) < 500 else 0.4,
            label=f"{label}, mean {text.distance(mean[i])}",
        )
    ax.axhline(run.given.cutoff_m / 1e3, color=MUTED, lw=0.7, ls=":")
    ax.set_ylim(0, 1.35 * run.given.cutoff_m / 1e3)
    ax.set_xlim(0, None)
    ax.set_xlabel("minutes", fontsize=8)
    ax.set_ylabel("km", fontsize=8)
    ax.legend(fontsize=7.5, frameon=False, loc="upper left", ncols=2)
    plain(
        ax,
        f"OSPA to the targets in play (cut-off {text.length(run.given.cutoff_m)}, order "
        f"{run.given.order:g})",
    )


def _later(ax: Axes, run: Tracked) -> None:
    """How many scans later than the rule the tracker confirms a target."""
    found = run.as_dict()["difference"]
    counts = {int(k): v for k, v in found["scans_later"].items()}
    ax.bar(list(counts), list(counts.values()), color=TRACKER, alpha=0.8, width=0.85)
    ax.axvline(0, color=INK, lw=0.7, zorder=0)
    reach = max([3, *map(abs, counts)]) + 0.6
    ax.set_xlim(-reach, reach)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("scans later than the M-of-N rule (negative: earlier)", fontsize=8)
    ax.set_ylabel("targets", fontsize=8)
    alone = (
        f"confirmed by the rule only: {found['only_rule']}, by the tracker only: "
        f"{found['only_tracker']}, by both: {found['both']}"
    )
    ax.annotate(alone, (0.01, 0.97), xycoords="axes fraction", va="top", fontsize=7.5, color=INK)
    ax.set_ylim(0, 1.2 * ax.get_ylim()[1])
    plain(ax, "When the tracker confirms a target")
