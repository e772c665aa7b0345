"""Terrain: what it is, and how it looks."""

from __future__ import annotations

from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report.maps import dem_figure
from skyshade.report.style import Figure
from skyshade.terrain.geodesy import cell_size_m
from skyshade.terrain.model import Dem


@card.register
def dem_card(dem: Dem) -> Card:
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
        ("posts without a height", f"{100 * (1 - known.mean()):.1f} %"),
        ("boxes known to be bad", f"{len(dem.poor_cells)}"),
        ("licence", dem.licence or "–"),
    ]
    return Card(dem.name, [Table(("terrain", ""), rows, n_left=2)])


@plot.register
def plot_dem(dem: Dem) -> Figure:
    """Heights, shaded, with borders, and what is known to be bad."""
    return dem_figure(dem)
