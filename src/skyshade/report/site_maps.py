"""Maps of a scenario before anything is computed: its sites and places, its terrain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from skyshade.coverage.model import SiteSpec
from skyshade.report import text
from skyshade.report.ground import aspect, ground_note, unswept
from skyshade.report.legend import ground_legend
from skyshade.report.panel import HALO, WEAPON_RING, MapPanel
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    Figure,
    canvas,
    footnote,
    heading,
    legend_below,
)
from skyshade.terrain.geodesy import cell_size_m
from skyshade.terrain.model import Dem


def sites_figure(
    dem: Dem,
    specs: Sequence[SiteSpec],
    places: Mapping[str, tuple[float, float]],
    ring_m: float | None,
    title: str,
    note: str,
) -> Figure:
    """Sites with their rings and the places they defend, as such maps are usually drawn.

    Parameters
    ----------
    places : longitude and latitude by name.
    ring_m : radius of the weapon's ring beside the radars'; None for no such ring.
    """
    coverage = unswept(dem, specs)
    figure = canvas(9.0, 8.0 * aspect(coverage) + 1.2)
    panel = MapPanel(figure.subplots(), coverage)
    panel.relief()
    panel.poor_cells(dem.poor_cells)
    panel.borders()
    panel.rings()
    handles: list[Any] = [Line2D([], [], ls="", marker="^", color="white", mec=INK, label="site")]
    if ring_m is not None:
        panel.rings(ring_m, lw=1.0, ls="-", color=WEAPON_RING)
        label = f"{text.length(ring_m)} ring"
        handles.append(Line2D([], [], color=WEAPON_RING, lw=1, label=label))
    if places:
        _mark_places(panel, places)
        handles.append(Line2D([], [], ls="", marker="o", color=SERIES[0], ms=4, label="place"))
    panel.sites()
    panel.frame()
    heading(figure, title)
    legend_below(figure, [*handles, *ground_legend(coverage)], 4, note + ground_note(coverage))
    return figure


def _mark_places(panel: MapPanel, places: Mapping[str, tuple[float, float]]) -> None:
    for name, (lon, lat) in places.items():
        col, row = panel.grid.colrow(lon, lat)
        panel.axes.plot(col, row, "o", ms=3, color=SERIES[0], mec="white", mew=0.5, zorder=6)
        panel.axes.annotate(
            name.split(" (")[0],
            (float(col), float(row)),
            xytext=(4, -2),
            fontsize=6.5,
            textcoords="offset points",
            color=INK,
            path_effects=HALO,
            zorder=7,
        )


def dem_figure(dem: Dem) -> Figure:
    """Terrain heights, shaded, with hatches where they are bad and paper where they are unknown."""
    coverage = unswept(dem, ())
    width, height = cell_size_m(dem.grid)
    shape = dem.grid.shape[0] * height / (dem.grid.shape[1] * width)
    figure = canvas(8.5, min(max(8.0 * shape, 3.0), 11.0))
    ax = figure.subplots()
    panel = MapPanel(ax, coverage)
    panel.relief()
    known = panel.thin(dem.known())
    heights = np.ma.masked_array(panel.thin(dem.heights), ~known)
    top = max(float(heights.max()), 1.0) if known.any() else 1.0
    shown = panel.image(
        np.ma.masked_less_equal(heights, 0),
        cmap="gist_earth",
        vmin=-0.35 * top,
        vmax=1.05 * top,
        alpha=0.45,
    )
    panel.poor_cells(dem.poor_cells)
    panel.borders()
    panel.frame()
    ax.set_xlabel("longitude", fontsize=8, color=MUTED)
    ax.set_ylabel("latitude", fontsize=8, color=MUTED)
    bar = figure.colorbar(shown, ax=ax, shrink=0.8, pad=0.02)
    bar.set_label("height above mean sea level (m)", fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=7, labelcolor=INK)
    bar.ax.set_ylim(0, None)
    rows, columns = dem.grid.shape
    heading(figure, f"{dem.name}: {rows:,} × {columns:,} posts", 12)
    note = ground_note(coverage)
    if dem.poor_cells:
        note += " Hatched: heights known to be bad."
    footnote(figure, note)
    return figure
