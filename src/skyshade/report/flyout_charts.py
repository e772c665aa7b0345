"""The fly-out of a missile over ground range and altitude: time of flight, speed on arrival."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from skyshade.catalogue.readable import readable
from skyshade.flyout.model import FlyoutTable
from skyshade.report.style import INK, MUTED, PAPER, SERIES, Figure, canvas, legend_below

_TIME = ("#f3f8fb", "#a9cfe5", "#4b97c9", "#1b5e93", "#0b2e52")  # light for short times
_SPEED = ("#fdf3e1", "#f3c77a", "#e08a2e", "#b04a16", "#5f1d0c")


def flyout_figure(table: FlyoutTable) -> Figure:
    """Time of flight above, arrival speed below; the published envelope outlined in both."""
    missile = table.missile
    figure = canvas(8.4, 7.4)
    upper, lower = figure.subplots(2, 1, sharex=True, sharey=True)
    _panel(figure, upper, table, table.time_s, "time of flight (s)", _TIME, labels="%d s")
    _panel(figure, lower, table, table.speed_mps, "speed on arrival (m/s)", _SPEED, labels="%d")
    upper.set_title(
        f"{missile.id}: time of flight and speed on arrival\n", loc="left", fontsize=11, color=INK
    )
    subtitle = upper.text(
        0, 1.025, _subtitle(table), transform=upper.transAxes, fontsize=8, color=MUTED
    )
    subtitle.set_in_layout(False)  # may extend over the colour bar
    lower.set_xlabel("ground range from the launcher (km)", fontsize=9, color=INK)
    handles = [
        Line2D([], [], color=SERIES[4], lw=1.8, label="published envelope"),
        Patch(
            fc=PAPER,
            ec="#c9c4b6",
            hatch="////",
            lw=0.5,
            label="out of reach: flown as a lofted, unguided point mass",
        ),
    ]
    legend_below(figure, handles, 2)
    return figure


def _subtitle(table: FlyoutTable) -> str:
    fitted = ", ".join(
        f"{c.title} {readable(c.published, c.unit)} {c.mark}".rstrip()
        for c in table.calibration.comparisons
    )
    return (
        f"fitted to {fitted}; launched {readable(table.launch_alt_msl_m, 'm')} above the sea, "
        "unguided, standard atmosphere"
    )


def _panel(
    figure: Figure,
    ax: Axes,
    table: FlyoutTable,
    values: NDArray[Any],
    title: str,
    colours: tuple[str, ...],
    labels: str,
) -> None:
    missile = table.missile
    r, h = table.ground_range_m / 1e3, table.alt_msl_m / 1e3
    shown = np.where(np.isfinite(table.time_s), values, np.nan).astype(float)
    levels = list(MaxNLocator(9).tick_values(np.nanmin(shown), np.nanmax(shown)))
    map_ = LinearSegmentedColormap.from_list("flyout", colours)
    ax.set_facecolor(PAPER)
    width, height = missile.range_max_m / 1e3, missile.alt_max_m / 1e3
    ax.add_patch(
        Rectangle((0, 0), r[-1], h[-1], fc=PAPER, ec="#c9c4b6", hatch="////", lw=0, zorder=0)
    )
    filled = ax.contourf(
        r, h, shown, levels, cmap=map_, norm=BoundaryNorm(levels, map_.N), zorder=1
    )
    lines = ax.contour(r, h, shown, levels, colors=INK, linewidths=0.5, alpha=0.7, zorder=2)
    halo: list[AbstractPathEffect] = [withStroke(linewidth=2.2, foreground="white")]
    for label in ax.clabel(lines, levels[1:-1:2], fmt=labels, fontsize=7.5, inline=False):
        label.set_path_effects(halo)
    low_r, low_h = missile.range_min_m / 1e3, missile.alt_min_m / 1e3
    ax.add_patch(
        Rectangle(
            (low_r, low_h), width - low_r, height - low_h, fc="none", ec=SERIES[4], lw=1.8, zorder=3
        )
    )
    ax.set_xlim(0, 1.03 * width)
    ax.set_ylim(0, 1.06 * height)
    ax.set_ylabel("altitude above the sea (km)", fontsize=9, color=INK)
    ax.tick_params(labelsize=8, color=MUTED, labelcolor=INK, length=3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=MUTED, lw=0.6)
    bar = figure.colorbar(filled, ax=ax, pad=0.01, aspect=24, spacing="proportional")
    bar.set_label(title, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, color=MUTED, labelcolor=INK, length=2)
    bar.outline.set(edgecolor=MUTED, linewidth=0.5)
