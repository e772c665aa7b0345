"""Reach beside ring: one small map per target class and altitude."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon

from skyshade.coverage.model import Coverage
from skyshade.reach.crossing import Crossing
from skyshade.reach.inbound import SiteReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report.maps import MapPanel
from skyshade.report.style import INK, MUTED, SERIES, Figure
from skyshade.shown import percent
from skyshade.uncertainty.drivers import Driver

REACH_COLOUR, RING_COLOUR = "#0072b2", "#0b3954"
PANEL_PIXELS = 420


def reach_figure(coverage: Coverage, found: ScenarioReach, heading: str, note: str) -> Figure:
    """Ranges at which inbound targets are really intercepted, beside the nominal rings.

    Rows: target classes; columns: altitudes. Dark: median; light: 5 to 95 % of the draws.
    """
    targets, altitudes = found.targets, found.altitudes
    figure = Figure(
        figsize=(3.3 * len(altitudes) + 0.6, 2.35 * len(targets) + 1.3), layout="constrained"
    )
    figure.set_facecolor("white")
    axes = figure.subplots(len(targets), len(altitudes), squeeze=False)
    many = len(found.sites) > 1
    share = found.force.fraction_band if many else found.sites[0].fraction_band
    for c, target in enumerate(targets):
        for a, altitude in enumerate(altitudes):
            ax = axes[c][a]
            panel = MapPanel(ax, coverage, PANEL_PIXELS, 1.06 * found.sites[0].ring_m)
            panel.relief()
            panel.borders()
            panel.rings(found.sites[0].ring_m, lw=0.8, ls="-", color=RING_COLOUR)
            for site in found.sites:
                _reach_outline(panel, site, a, c)
            panel.sites(labels=False, size=3.5)
            panel.bare_frame()
            low, middle, high = share[:, a, c]
            ax.set_title(
                f"{percent(middle)} ({percent(low)} to {percent(high)})",
                fontsize=8.5,
                color=INK,
                loc="left",
            )
            if c == 0:
                ax.annotate(
                    altitude.label,
                    (0.5, 1.17),
                    xycoords="axes fraction",
                    ha="center",
                    fontsize=10,
                    fontweight="bold",
                    color=INK,
                    annotation_clip=False,
                )
            if a == 0:
                ax.set_ylabel(
                    f"{target.short_title}\n{target.speed_mps:g} m/s, {target.rcs_m2:g} m²",
                    fontsize=8,
                    color=INK,
                )
    figure.suptitle(heading, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    figure.legend(
        handles=[
            Line2D(
                [],
                [],
                color=RING_COLOUR,
                lw=1,
                label=f"{found.sites[0].ring_m / 1e3:g} km ring, as usually drawn",
            ),
            Patch(fc=REACH_COLOUR, alpha=0.75, label="intercepted: median"),
            Patch(fc=REACH_COLOUR, alpha=0.25, label="5 to 95 % of the draws of uncertain figures"),
            Line2D([], [], marker="^", color="white", mec=INK, ls="", label="unit (illustrative)"),
        ],
        loc="outside lower left",
        ncols=4,
        fontsize=8,
        frameon=False,
        title=note,
        title_fontsize=7,
        alignment="left",
    )
    return figure


def _reach_outline(panel: MapPanel, site: SiteReach, altitude: int, target: int) -> None:
    """Filled outlines of the first intercept per azimuth: high, median, low from below up."""
    low, middle, high = site.first_band[:, altitude, target]
    for ranges, alpha in ((high, 0.25), (middle, 0.6), (low, 0.25)):
        if ranges.max() > 0:
            corners = np.column_stack(panel.grid.colrow(*site.outline(ranges).T))
            panel.axes.add_patch(
                Polygon(corners, closed=True, fc=REACH_COLOUR, ec="none", alpha=alpha, zorder=4.5)
            )


def rose_figure(site: SiteReach, heading: str) -> Figure:
    """One unit's reach per azimuth: a rose per altitude, a line per class, the band shaded."""
    n = len(site.altitudes)
    figure = Figure(figsize=(3.5 * n, 4.4), layout="constrained")
    figure.set_facecolor("white")
    theta = np.radians(np.append(site.az_deg, site.az_deg[0] + 360.0))
    for a, altitude in enumerate(site.altitudes):
        ax = figure.add_subplot(1, n, a + 1, projection="polar")
        ax.set_theta_zero_location("N")  # type: ignore[attr-defined]
        ax.set_theta_direction(-1)  # type: ignore[attr-defined]
        for c, colour in zip(range(len(site.targets)), SERIES, strict=False):
            low, middle, high = (np.append(v, v[0]) / 1e3 for v in site.first_band[:, a, c])
            ax.fill_between(theta, low, high, color=colour, alpha=0.18, lw=0)
            ax.plot(theta, middle, color=colour, lw=1.3)
        top = max(float(site.first_band[2, a].max()) / 1e3 * 1.08, 10.0)
        if top > 0.8 * site.ring_m / 1e3:
            top = max(top, 1.05 * site.ring_m / 1e3)
            ax.plot(theta, np.full(len(theta), site.ring_m / 1e3), color=RING_COLOUR, lw=1)
        ax.set_ylim(0, top)
        ax.set_xticks(np.radians([0, 90, 180, 270]), ["N", "E", "S", "W"])
        ax.tick_params(labelsize=7, colors=MUTED)
        ax.grid(color="#dfe4e7", lw=0.5)
        ax.set_title(f"{altitude.label}, km", fontsize=9.5, color=INK)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
    figure.legend(
        handles=[
            Line2D([], [], color=colour, lw=2, label=t.short_title)
            for t, colour in zip(site.targets, SERIES, strict=False)
        ]
        + [Line2D([], [], color=RING_COLOUR, lw=1, label="nominal ring, where it fits")],
        loc="outside lower left",
        ncols=3,
        fontsize=8,
        frameon=False,
    )
    return figure


def crossing_figure(found: Crossing) -> Figure:
    """One unit against targets that pass it: track engageable and shots, against the offset."""
    figure = Figure(figsize=(10.5, 3.4), layout="constrained")
    figure.set_facecolor("white")
    axes = figure.subplots(1, 2)
    x = found.offsets_m / 1e3
    for ax, field, scale, title in (
        (axes[0], "length_m", 1e3, "length of the track on which it can be met, km"),
        (axes[1], "n_shots", 1.0, "shots, each after a look at the one before"),
    ):
        bands = found.band(field) / scale
        for f, colour in zip(range(len(found.flights)), SERIES, strict=False):
            low, middle, high = bands[:, f]
            ax.fill_between(x, low, high, color=colour, alpha=0.18, lw=0)
            ax.plot(x, middle, color=colour, lw=1.6, marker="o", ms=2.5)
        ax.set_xscale("function", functions=(np.sqrt, np.square))
        ax.set_yscale("symlog", linthresh=1.0 if field == "n_shots" else 10.0, linscale=0.6)
        ax.set_ylim(0, max(1.3 * float(bands.max()), 2.0))
        ax.set_xlim(0, x[-1])
        ticks = [t for t in (0, 10, 25, 50, 100, 200, 300, 400) if t <= x[-1]]
        ax.set_xticks(ticks, [f"{t}" for t in ticks])
        few = (1, 2) if field == "n_shots" else ()
        marks = [t for t in (0, *few, 5, 10, 20, 50, 100, 200, 500, 1000) if t <= bands.max() * 1.3]
        ax.set_yticks(marks, [f"{t}" for t in marks])
        ax.minorticks_off()
        ax.set_title(title, loc="left", fontsize=9, color=INK)
        ax.set_xlabel("closest approach to the unit, km", fontsize=8, color=MUTED)
        ax.tick_params(labelsize=7.5, color=MUTED, labelcolor=INK)
        ax.grid(color="#e3e7ea", lw=0.6)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    figure.legend(
        handles=[
            Line2D([], [], color=colour, lw=2, label=flight.label)
            for flight, colour in zip(found.flights, SERIES, strict=False)
        ],
        loc="outside lower left",
        ncols=2,
        fontsize=8,
        frameon=False,
    )
    return figure


def drivers_figure(panels: list[tuple[str, float, list[Driver]]]) -> Figure:
    """What moves the share of the ring that is real: swings between each figure's bounds.

    Parameters
    ----------
    panels : title, share at the defaults, and drivers, strongest first.
    """
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    figure = Figure(figsize=(5.4 * across, 2.3 * down + 0.5), layout="constrained")
    figure.set_facecolor("white")
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    for ax, (title, value, drivers) in zip(axes, panels, strict=False):
        _swings(ax, title, value, drivers[:6])
    figure.legend(
        handles=[
            Patch(fc=SERIES[0], label="this figure at its low and high bound, all else at default"),
            Line2D([], [], color=INK, lw=1, label="all defaults"),
        ],
        loc="outside lower left",
        ncols=2,
        fontsize=8,
        frameon=False,
        title="?  low confidence    ??  from memory only    %: share of the variance",
        title_fontsize=7.5,
        alignment="left",
    )
    return figure


def _swings(ax: Axes, title: str, value: float, drivers: list[Driver]) -> None:
    for i, driver in enumerate(reversed(drivers)):
        ends = [100 * v for v in driver.swing]
        ax.barh(i, max(ends) - min(ends), left=min(ends), height=0.62, color=SERIES[0], alpha=0.8)
    ax.axvline(100 * value, color=INK, lw=1)
    marks = ["??" if d.memory_only else "?" if d.weak else "" for d in reversed(drivers)]
    ax.set_yticks(
        range(len(drivers)),
        [
            f"{d.key} {m}  {100 * d.share:.0f} %"
            for d, m in zip(reversed(drivers), marks, strict=True)
        ],
        fontsize=7.5,
    )
    ax.set_title(title, loc="left", fontsize=9, color=INK)
    ax.set_xlabel("% of the ring that is real", fontsize=7.5, color=MUTED)
    ax.tick_params(labelsize=7.5, color=MUTED, labelcolor=INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
