"""Reach beside the ring: maps per target class and altitude, roses, crossings, drivers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage
from skyshade.reach.crossing import Crossing
from skyshade.reach.inbound import SiteReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.reach.systems import SystemsBeside
from skyshade.report import text
from skyshade.report.panel import WEAPON_RING, MapPanel
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    canvas,
    dress,
    heading,
    legend_below,
)
from skyshade.uncertainty.drivers import Driver

REACH_COLOUR = "#0072b2"
PANEL_PIXELS = 420


def reach_figure(coverage: Coverage, found: ScenarioReach, note: str) -> Figure:
    """Where inbound targets are intercepted, beside the nominal rings.

    Rows: target classes; columns: altitudes. Dark: median; light: 5 to 95 % of the draws.
    """
    coverage = coverage.for_maps
    targets, altitudes = found.targets, found.altitudes
    figure = canvas(3.3 * len(altitudes) + 0.6, 2.35 * len(targets) + 1.3)
    axes = figure.subplots(len(targets), len(altitudes), squeeze=False)
    many = len(found.sites) > 1
    share = found.force.fraction_band if many else found.sites[0].fraction_band
    for c, target in enumerate(targets):
        for a, altitude in enumerate(altitudes):
            ax = axes[c][a]
            panel = MapPanel(ax, coverage, PANEL_PIXELS, 1.06 * found.sites[0].ring_m)
            panel.relief()
            panel.borders()
            panel.rings(found.sites[0].ring_m, lw=0.8, ls="-", color=WEAPON_RING)
            for site in found.sites:
                reach_outline(panel, site, a, c)
            panel.sites(labels=False, size=3.5)
            panel.frame(graticule=False)
            share_text = text.percent_band(share[:, a, c])
            ax.set_title(share_text, fontsize=8.5, color=INK, loc="left")
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
    heading(figure, "Reach beside the ring")
    ring = f"{text.length(found.sites[0].ring_m)} ring, as usually drawn"
    handles = [
        Line2D([], [], color=WEAPON_RING, lw=1, label=ring),
        Patch(fc=REACH_COLOUR, alpha=0.75, label="intercepted: median"),
        Patch(fc=REACH_COLOUR, alpha=0.25, label="5 to 95 % of the draws of uncertain figures"),
        Line2D([], [], marker="^", color="white", mec=INK, ls="", label="unit (illustrative)"),
    ]
    legend_below(figure, handles, 4, note)
    return figure


def systems_figure(beside: SystemsBeside, note: str, target: int = 0) -> Figure:
    """Reach of systems beside the ring of each, all on one scale: a column for each system.

    Dark: median; light: 5 to 95 % of the draws.

    Parameters
    ----------
    target : number of the class.
    """
    sites, altitudes = beside.sites, beside.sites[0].altitudes
    class_ = sites[0].targets[target]
    figure = canvas(2.7 * len(sites) + 0.6, 2.5 * len(altitudes) + 1.4)
    axes = figure.subplots(len(altitudes), len(sites), squeeze=False)
    widest = 1.06 * max(site.ring_m for site in sites)
    for column, site in enumerate(sites):
        share = site.fraction_band[:, :, target]
        for row, altitude in enumerate(altitudes):
            ax = axes[row][column]
            panel = MapPanel(ax, beside.coverage, PANEL_PIXELS, widest)
            panel.relief()
            panel.borders()
            panel.rings(site.ring_m, lw=0.8, ls="-", color=WEAPON_RING)
            reach_outline(panel, site, row, target)
            panel.sites(labels=False, size=3.5)
            panel.frame(graticule=False)
            km = np.median(site.first_band[:, row, target], axis=1) / 1e3
            said = f"{text.band(km, 'km')}, {text.percent_band(share[:, row])}"
            ax.set_title(said, fontsize=7.5, color=INK, loc="left")
            if row == 0:
                name = beside.scenario.sites[column].system
                ax.annotate(
                    f"{name}, {text.length(site.ring_m)}",
                    (0.5, 1.14),
                    xycoords="axes fraction",
                    ha="center",
                    fontsize=9.5,
                    fontweight="bold",
                    color=INK,
                    annotation_clip=False,
                )
            if column == 0:
                ax.set_ylabel(altitude.label, fontsize=9, color=INK)
    heading(figure, f"Reach beside the ring: {class_.short_title}")
    handles = [
        Line2D([], [], color=WEAPON_RING, lw=1, label="ring: range of the longest missile"),
        Patch(fc=REACH_COLOUR, alpha=0.75, label="intercepted: median"),
        Patch(fc=REACH_COLOUR, alpha=0.25, label="5 to 95 % of the draws of uncertain figures"),
    ]
    legend_below(figure, handles, 3, note)
    return figure


def reach_outline(
    panel: MapPanel,
    site: SiteReach,
    altitude: int,
    target: int,
    colour: str = REACH_COLOUR,
    alphas: tuple[float, float, float] = (0.25, 0.6, 0.25),
) -> None:
    """Filled outlines of the first intercept per azimuth, the largest first.

    Parameters
    ----------
    altitude, target : their numbers.
    alphas : of the high end, the median and the low end; they lie over one another.
    """
    for ranges, alpha in zip(site.first_band[::-1, altitude, target], alphas, strict=True):
        if ranges.max() > 0:
            corners = np.column_stack(panel.grid.colrow(*site.outline(ranges).T))
            panel.axes.add_patch(
                Polygon(corners, closed=True, fc=colour, ec="none", alpha=alpha, zorder=4.5)
            )


def rose_figure(site: SiteReach, title: str) -> Figure:
    """One unit's reach per azimuth: a rose per altitude, a line per class, the band shaded.

    Roses are polygons on plain axes, since polar axes take a second each to draw.
    """
    n = len(site.altitudes)
    figure = canvas(2.7 * n, 3.5)
    axes = figure.subplots(1, n, squeeze=False)[0]
    for a, (ax, altitude) in enumerate(zip(axes, site.altitudes, strict=True)):
        ax.set_aspect("equal")
        ax.set_axis_off()
        top = max(float(site.first_band[2, a].max()) / 1e3 * 1.08, 10.0)
        ring = site.ring_m / 1e3
        if top > 0.8 * ring:
            top = max(top, 1.05 * ring)
            ax.plot(*_around(np.arange(0, 361, 2.0), ring), color=WEAPON_RING, lw=1)
        step = _nice_step(top)
        for km in np.arange(step, top, step):
            ax.plot(*_around(np.arange(0, 361, 3.0), km), color="#dfe4e7", lw=0.6, zorder=0)
            ax.text(0, km, f"{km:g}", fontsize=6.5, color=MUTED, ha="center", va="center")
        az = np.append(site.az_deg, site.az_deg[0] + 360.0)
        for c, colour in zip(range(len(site.targets)), SERIES, strict=False):
            low, middle, high = (np.append(v, v[0]) / 1e3 for v in site.first_band[:, a, c])
            x, y = (
                np.concatenate(ends)
                for ends in zip(_around(az, high), _around(az[::-1], low[::-1]), strict=True)
            )
            ax.fill(x, y, color=colour, alpha=0.18, lw=0)
            ax.plot(*_around(az, middle), color=colour, lw=1.2)
        for name, side in {"N": 0.0, "E": 90.0, "S": 180.0, "W": 270.0}.items():
            at = _around(np.array(side), 1.06 * top)
            ax.text(*at, name, fontsize=7, color=MUTED, ha="center", va="center")
        ax.set_xlim(-1.12 * top, 1.12 * top)
        ax.set_ylim(-1.12 * top, 1.12 * top)
        ax.set_title(f"{altitude.label}, km", fontsize=9, color=INK)
    heading(figure, title, 12)
    handles = [
        Line2D([], [], color=colour, lw=2, label=t.short_title)
        for t, colour in zip(site.targets, SERIES, strict=False)
    ]
    handles.append(Line2D([], [], color=WEAPON_RING, lw=1, label="nominal ring, where it fits"))
    legend_below(figure, handles, 3)
    return figure


def _around(az_deg: NDArray[Any], radius: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """East and north of points at these azimuths and distances."""
    az = np.radians(az_deg)
    return radius * np.sin(az), radius * np.cos(az)


def _nice_step(top: float) -> float:
    """A round distance that divides a radius into two to five parts."""
    return next(s for s in (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e9) if top / s <= 5.0)


def crossing_figure(found: Crossing) -> Figure:
    """One unit against targets that pass it: how long it can engage them, and how often."""
    figure = canvas(10.5, 3.4)
    axes = figure.subplots(1, 2)
    x = found.offsets_m / 1e3
    for ax, field, scale, title in (
        (axes[0], "length_m", 1e3, "length of its path on which it can be intercepted, km"),
        (axes[1], "n_shots", 1.0, "shots, each after the result of the one before"),
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
    handles = [
        Line2D([], [], color=colour, lw=2, label=flight.label)
        for flight, colour in zip(found.flights, SERIES, strict=False)
    ]
    legend_below(figure, handles, 2)
    return figure


def drivers_figure(
    panels: Sequence[tuple[str, float, Sequence[Driver]]],
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """Which figures the defended share of the ring depends on: a bar between each one's bounds.

    Parameters
    ----------
    panels : title, share at the defaults, and drivers, the strongest first.
    """
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    figure = canvas(width_inch, 1.9 * down)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    for ax, (title, value, drivers) in zip(axes, panels, strict=False):
        _swings(ax, title, value, drivers[:6])
    handles = [
        Patch(fc=SERIES[0], label="with this figure at its low and high bound"),
        Line2D([], [], color=INK, lw=1, label="all at their defaults"),
    ]
    return dress(figure, about, handles)


def _swings(ax: Axes, title: str, value: float, drivers: Sequence[Driver]) -> None:
    for i, driver in enumerate(reversed(drivers)):
        ends = [100 * v for v in driver.swing]
        ax.barh(i, max(ends) - min(ends), left=min(ends), height=0.62, color=SERIES[0], alpha=0.8)
    ax.axvline(100 * value, color=INK, lw=1)
    labels = [
        f"{d.key} {text.mark(d.weak, d.memory_only)}  "
        + (text.percent(d.share) if d.weights[0].is_certain else "within chance")
        for d in reversed(drivers)
    ]
    ax.set_yticks(range(len(drivers)), labels, fontsize=7.5)
    ax.set_title(title, loc="left", fontsize=9, color=INK)
    ax.tick_params(labelsize=7.5, color=MUTED, labelcolor=INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
