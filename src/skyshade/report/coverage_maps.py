"""Maps of what sites have in line of sight and of what units can engage, beside the rings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import NDArray

from skyshade.coverage.areas import WITH_SENSORS
from skyshade.coverage.model import Coverage
from skyshade.radar.model import Target
from skyshade.reach.engageable import Engageable
from skyshade.report import text
from skyshade.report.ground import aspect, borders_note, ground_note
from skyshade.report.legend import (
    CLEARANCE_BINS,
    FROM_THE_AIR,
    SEEN_COLOURS,
    clearance_legend,
    engageable_legend,
    visible_legend,
)
from skyshade.report.panel import WEAPON_RING, MapPanel
from skyshade.report.style import INK, Figure, canvas, heading, legend_below, save_png
from skyshade.terrain.model import Altitude


def visible_figure(
    coverage: Coverage,
    titles: Sequence[str],
    title: str,
    note: str,
    ring_m: float | None = None,
    ring_text: str = "",
) -> Figure:
    """Where targets are in line of sight: a map per altitude, coloured by the number of sites.

    Parameters
    ----------
    titles : one per altitude of the coverage.
    note : small print under the maps.
    ring_m, ring_text : a second ring around each site, and what the legend calls it.
    """
    coverage = coverage.for_maps

    def draw(ax: Axes, i: int) -> None:
        count = coverage.n_sites(coverage.altitudes[i])
        aloft = coverage.of_sensors.visible(coverage.altitudes[i]) if coverage.sensors else None
        _count_panel(ax, coverage, count, titles[i], ring_m, aloft)

    return _maps(
        coverage, len(titles), draw, title, visible_legend(coverage, ring_m, ring_text), note
    )


def engageable_figure(force: Engageable, target: Target, altitudes: Sequence[Altitude]) -> Figure:
    """Where a target can be engaged: a map per altitude, coloured by the number of units."""
    coverage, cell_m2 = force.coverage, force.coverage.cell_area_m2

    def draw(ax: Axes, i: int) -> None:
        count = force.n_units(target, altitudes[i])
        engageable = text.area(float(cell_m2[count > 0].sum()))
        _count_panel(ax, coverage, count, f"{altitudes[i].label}:  {engageable} engageable", None)

    return _maps(
        coverage,
        len(altitudes),
        draw,
        f"Engageable: {target.short_title}, {target.rcs_m2:g} m²",
        engageable_legend(coverage, len(force.sites)),
        ground_note(coverage),
    )


def clearance_figure(coverage: Coverage, title: str, note: str) -> Figure:
    """The lowest altitude above ground that any site has in line of sight, one map."""
    coverage = coverage.for_maps
    figure = canvas(9.5, 8.4 * aspect(coverage) + 1.2)
    panel = _ground(figure.subplots(), coverage)
    clearance = panel.thin(coverage.lowest_visible_m) - panel.thin(coverage.dem.heights)
    shown = np.ma.masked_invalid(clearance)
    edges = [edge for edge, _, _ in CLEARANCE_BINS[:-1]]
    classes = np.ma.array(np.digitize(shown.filled(0.0), edges), mask=shown.mask)
    colours = ListedColormap([colour for _, colour, _ in CLEARANCE_BINS])
    panel.image(
        classes, cmap=colours, vmin=-0.5, vmax=len(CLEARANCE_BINS) - 0.5, alpha=0.8, zorder=3
    )
    panel.sites()
    panel.frame()
    heading(figure, title)
    legend_below(figure, clearance_legend(coverage), 4, note)
    return figure


def coverage_figures(coverage: Coverage, note: str = "") -> dict[str, Figure]:
    """The maps of a coverage, by name: `visible` and `clearance`.

    Parameters
    ----------
    note : under the maps, instead of the terrain's name.
    """
    note = f"{note}\n{borders_note(coverage)}" if note else ground_note(coverage)
    areas = coverage.areas({"all": [s.spec.id for s in coverage.sites]})
    added = {
        a.altitude: f", {text.percent(a.visible_frac)} with sensors"
        for a in (coverage.areas() if coverage.sensors else ())
        if a.who.endswith(WITH_SENSORS)
    }
    titles = [
        f"{a.altitude.label}:  {text.percent(a.visible_frac)} of the ring in line of sight"
        f"{added.get(a.altitude, '')}"
        for a in areas
    ]
    coverage = coverage.for_maps
    return {
        "visible": visible_figure(coverage, titles, "In line of sight, beside the ring", note),
        "clearance": clearance_figure(coverage, "Lowest visible altitude above ground", note),
    }


def write_coverage_maps(coverage: Coverage, folder: Path) -> None:
    """Write `visible.png` and `clearance.png`."""
    for name, figure in coverage_figures(coverage).items():
        save_png(figure, folder / f"{name}.png")


def _maps(
    coverage: Coverage,
    n: int,
    draw: Callable[[Axes, int], None],
    title: str,
    legend: list[Any],
    note: str,
) -> Figure:
    """Maps two abreast, with one heading and one legend."""
    across = min(2, n)
    down = math.ceil(n / across)
    figure = canvas(6.2 * across, (5.6 * aspect(coverage) + 0.35) * down + 1.3)
    figure.get_layout_engine().set(h_pad=0.09, w_pad=0.05)  # type: ignore[union-attr, call-arg]
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for i, ax in enumerate(axes):
        if i < n:
            draw(ax, i)
        else:
            ax.set_axis_off()
    heading(figure, title)
    legend_below(figure, legend, 4, note)
    return figure


def _count_panel(
    ax: Axes,
    coverage: Coverage,
    count: NDArray[np.uint8],
    title: str,
    ring_m: float | None,
    aloft: NDArray[np.bool_] | None = None,
) -> None:
    """Cells coloured by their count; `aloft`: those that radars in the air see."""
    panel = _ground(ax, coverage)
    top = len(SEEN_COLOURS)
    shown = np.ma.masked_equal(np.minimum(panel.thin(count), top), 0)
    if aloft is not None:
        only = np.ma.masked_equal(panel.thin(aloft & (count == 0)).astype(np.uint8), 0)
        panel.image(
            only, cmap=ListedColormap([FROM_THE_AIR]), vmin=0.5, vmax=1.5, alpha=0.6, zorder=3
        )
    panel.image(
        shown, cmap=ListedColormap(SEEN_COLOURS), vmin=0.5, vmax=top + 0.5, alpha=0.72, zorder=3
    )
    if ring_m is not None:
        panel.rings(ring_m, lw=0.8, ls="-", color=WEAPON_RING)
    panel.sensors()
    panel.sites()
    panel.frame()
    ax.set_title(title, loc="left", fontsize=10, color=INK)


def _ground(ax: Axes, coverage: Coverage) -> MapPanel:
    """A panel with terrain, hatches, borders and the radars' rings."""
    panel = MapPanel(ax, coverage)
    panel.relief()
    panel.unknown()
    panel.poor_cells(coverage.dem.poor_cells)
    panel.borders()
    panel.rings()
    return panel
