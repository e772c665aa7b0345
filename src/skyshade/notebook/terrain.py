"""Terrain: its size, heights and gaps."""

from __future__ import annotations

from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report import text
from skyshade.report.site_maps import dem_figure
from skyshade.report.style import Figure
from skyshade.terrain.geodesy import cell_size_m
from skyshade.terrain.model import Dem


@card.register
def dem_card(dem: Dem) -> Card:
    """Size, extent and heights of the terrain."""
    known, (width, height) = dem.known(), cell_size_m(dem.grid)
    west, south, east, north = dem.grid.bounds()
    heights = dem.heights[known]
    span = f"{heights.min():,.0f} m to {heights.max():,.0f} m" if len(heights) else "none known"
    rows = [
        ("posts", f"{dem.grid.shape[0]:,} × {dem.grid.shape[1]:,}"),
        ("cell in the middle", f"{width:,.0f} m × {height:,.0f} m"),
        ("longitude", f"{west:.3f}° to {east:.3f}°"),
        ("latitude", f"{south:.3f}° to {north:.3f}°"),
        ("heights above mean sea level", span),
        ("posts without a height", text.percent(1 - float(known.mean()))),
        ("boxes known to be bad", f"{len(dem.poor_cells)}"),
        ("licence", dem.licence or "–"),
    ]
    return Card(dem.name, [Table(("terrain", ""), rows, n_left=2)])


@plot.register
def plot_dem(dem: Dem) -> Figure:
    """Heights, shaded, with borders; bad and unknown terrain is marked."""
    return dem_figure(dem)
