"""Small maps side by side: line of sight by altitude, reach by class of target."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.coverage.model import Coverage
from skyshade.reach.inbound import SiteReach
from skyshade.report import text
from skyshade.report.ground import aspect
from skyshade.report.legend import (
    FROM_THE_AIR,
    SEEN_COLOURS,
    aloft_handles,
    seen_handles,
    unit_handle,
    unknown_handles,
)
from skyshade.report.panel import WEAPON_RING, MapPanel
from skyshade.report.reach_maps import REACH_COLOUR, reach_outline
from skyshade.report.style import COLUMN_INCH, INK, WIDE_INCH, About, Figure, Sizes, canvas, dress

PIXELS = 420  # posts along the longer side of a map
COUNTRY_SHARE = 0.06  # of a map: a smaller part of a country is not named


def sight_maps(
    coverage: Coverage,
    titles: Sequence[str],
    ring_m: float | None,
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """Where targets are in line of sight: a map per altitude, coloured by the number of sites.

    Parameters
    ----------
    titles : one per altitude of the coverage.
    ring_m : a ring of the weapon around each site.
    """
    top = len(SEEN_COLOURS)

    def draw(panel: MapPanel, i: int) -> None:
        altitude = coverage.altitudes[i]
        count = panel.thin(coverage.n_sites(altitude))
        if coverage.sensors:
            aloft = panel.thin(coverage.of_sensors.visible(altitude)) & (count == 0)
            only = np.ma.masked_equal(aloft.astype(np.uint8), 0)
            panel.image(only, cmap=ListedColormap([FROM_THE_AIR]), alpha=0.6, zorder=3)
            panel.sensors()
        shown = np.ma.masked_equal(np.minimum(count, top), 0)
        panel.image(
            shown, cmap=ListedColormap(SEEN_COLOURS), vmin=0.5, vmax=top + 0.5, alpha=0.75, zorder=3
        )
        if ring_m is not None:
            panel.rings(ring_m, lw=0.7, ls="-", color=WEAPON_RING)

    most = max(int(coverage.n_sites(a).max()) for a in coverage.altitudes)
    handles = [*seen_handles(len(coverage.sites), most), *aloft_handles(coverage)]
    if ring_m is not None:
        ring = f"{text.length(ring_m)} ring"
        handles.append(Line2D([], [], color=WEAPON_RING, lw=1, label=ring))
    return _maps(coverage, titles, draw, None, handles, about, width_inch)


def class_maps(
    coverage: Coverage,
    sites: Sequence[SiteReach],
    flights: Sequence[tuple[str, int, int]],
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """Where a target of each class can be intercepted when it flies straight at a unit.

    Parameters
    ----------
    flights : the title of each map, and the numbers of its altitude and class.
    """
    ring_m = sites[0].ring_m

    def draw(panel: MapPanel, i: int) -> None:
        _, a, c = flights[i]
        panel.rings(ring_m, lw=0.7, ls="-", color=WEAPON_RING)
        for site in sites:
            reach_outline(panel, site, a, c)

    handles = [
        Line2D([], [], color=WEAPON_RING, lw=1, label=f"{text.length(ring_m)} ring"),
        Patch(fc=REACH_COLOUR, alpha=0.75, label="median of the draws"),
        Patch(fc=REACH_COLOUR, alpha=0.25, label="5 to 95 % of the draws"),
    ]
    titles = [title for title, _, _ in flights]
    return _maps(coverage, titles, draw, 1.06 * ring_m, handles, about, width_inch)


def _maps(
    coverage: Coverage,
    titles: Sequence[str],
    draw: Callable[[MapPanel, int], None],
    ring_m: float | None,
    handles: list[Any],
    about: About,
    width_inch: float,
) -> Figure:
    """Maps side by side, as many as fit the width."""
    n = len(titles)
    across = min(n, 2 if n in (2, 4) else 3) if width_inch > 1.5 * COLUMN_INCH else 1
    down = math.ceil(n / across)
    each = width_inch / across
    figure = canvas(width_inch, (each * aspect(coverage) + 0.32) * down)
    figure.get_layout_engine().set(h_pad=0.03, w_pad=0.03)  # type: ignore[union-attr, call-arg]
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for i, ax in enumerate(axes):
        if i >= n:
            ax.set_axis_off()
            continue
        panel = MapPanel(ax, coverage, PIXELS, ring_m)
        panel.relief()
        panel.borders()
        panel.unknown()
        draw(panel, i)
        panel.sites(labels=False, size=3.0)
        panel.countries(COUNTRY_SHARE)
        panel.frame(graticule=False)
        ax.set_title(titles[i], loc="left", fontsize=Sizes.of(figure).text - 0.5, color=INK)
    return dress(figure, about, [*handles, unit_handle(), *unknown_handles(coverage)])
