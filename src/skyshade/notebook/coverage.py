"""Line of sight in a notebook: areas and shares beside the ring, and maps of them."""

from __future__ import annotations

from typing import Any, Literal

from skyshade.coverage.model import Coverage
from skyshade.errors import unknown_name
from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report.coverage_maps import coverage_figures
from skyshade.report.style import Figure
from skyshade.report.tables import AREA_HEADINGS, area_rows, terrain_notes


@card.register
def coverage_card(coverage: Coverage) -> Card:
    """Areas in line of sight beside the ring, per site and altitude."""
    areas = coverage.areas()
    return Card(
        "In line of sight, beside the ring",
        [Table(AREA_HEADINGS, area_rows(areas), n_left=2)],
        f"Terrain: {coverage.dem.name}; refraction factor {coverage.k_factor:.3g}. The ring is the "
        "radar's instrumented range.",
        terrain_notes(areas),
    )


@plot.register
def plot_coverage(coverage: Coverage, what: Literal["visible", "clearance"] = "visible") -> Figure:
    """What the sites have in line of sight at each altitude, beside the ring.

    Parameters
    ----------
    what : "clearance" for the lowest visible altitude above ground instead.

    Raises
    ------
    InputError : there is no such picture.
    """
    figures = coverage_figures(coverage)
    if what not in figures:
        raise unknown_name("picture", what, figures, field="what")
    return figures[what]


@explore.register
def explore_coverage(coverage: Coverage, pixels: int = 300) -> Any:
    """A map with a slider over the altitudes; pointing at a cell gives its lowest visible altitude.

    Parameters
    ----------
    pixels : cells shown along the longer side.

    Returns
    -------
    A plotly figure that needs no network; `write_html` keeps it as a page.

    Raises
    ------
    InputError : plotly is not installed.
    """
    from skyshade.notebook.coverage_maps import coverage_map

    return coverage_map(coverage, pixels)
