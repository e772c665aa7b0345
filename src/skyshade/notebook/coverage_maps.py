"""Coverage and reach on interactive maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage
from skyshade.notebook.ground import (
    HOVER,
    UNKNOWN,
    Ground,
    add_unknown,
    joined,
    plotly,
    rings_of,
    slider,
)
from skyshade.reach.inbound import SiteReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.report.ground import ground_note
from skyshade.report.legend import SEEN_COLOURS
from skyshade.report.reach_maps import REACH_COLOUR
from skyshade.terrain.model import Altitude

CLEAR = "rgba(0,0,0,0)"
FEW_AZIMUTHS = 180  # of an outline on the map, about


def coverage_map(coverage: Coverage, pixels: int) -> Any:
    """Number of sites that see a target, by altitude on a slider, over shaded terrain."""
    go = plotly()
    specs = [s.spec for s in coverage.sites]
    ground = Ground(coverage.dem, rings_of(specs), pixels)
    areas = coverage.areas({"all": [s.id for s in specs]})
    rings = "ring" if len(specs) == 1 else "rings"
    titles = [
        f"{a.altitude.label}: {text.percent(a.visible_frac)} of the {rings} in line of sight"
        for a in areas
    ]
    figure = ground.figure(titles[0], ground_note(coverage))
    base = len(figure.data)
    for i, altitude in enumerate(coverage.altitudes):
        figure.add_trace(_counts(go, ground, coverage, altitude, visible=i == 0))
    n = len(coverage.altitudes)
    figure.add_trace(_unknown(go, ground, coverage))
    figure.add_trace(_lowest(go, ground, coverage))
    if any(a.unknown_m2 > 0 for a in areas):
        add_unknown(figure)
    for k, colour in enumerate(SEEN_COLOURS[: len(specs)], start=1):
        more = " or more" if k == len(SEEN_COLOURS) < len(specs) else ""
        name = "in line of sight" if len(specs) == 1 else f"seen by {k}{more}"
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            marker={"symbol": "square", "size": 11, "color": colour},
        )
    ground.add_sites(figure, specs, None)
    others = len(figure.data) - base - n
    steps = [
        (
            altitude.label,
            {"visible": [True] * base + [i == j for j in range(n)] + [True] * others},
            {"title.text": titles[i]},
        )
        for i, altitude in enumerate(coverage.altitudes)
    ]
    figure.update_layout(sliders=[slider(steps, "target at ")])
    return figure


def _counts(go: Any, ground: Ground, coverage: Coverage, altitude: Altitude, visible: bool) -> Any:
    top = min(len(coverage.sites), len(SEEN_COLOURS))
    count = np.minimum(ground.thin(coverage.n_sites(altitude)), top).astype(np.uint8)
    colours = [CLEAR, *SEEN_COLOURS[:top]]
    scale = [[edge / (top + 1), colour] for k, colour in enumerate(colours) for edge in (k, k + 1)]
    return go.Heatmap(
        x=ground.x,
        y=ground.y,
        z=count,
        zmin=-0.5,
        zmax=top + 0.5,
        colorscale=scale,
        showscale=False,
        opacity=0.72,
        hoverinfo="skip",
        visible=visible,
    )


def _unknown(go: Any, ground: Ground, coverage: Coverage) -> Any:
    """Cells in a ring that lie on or behind unknown terrain."""
    unknown = np.isposinf(ground.thin(coverage.lowest_visible_m)).astype(np.uint8)
    return go.Heatmap(
        x=ground.x,
        y=ground.y,
        z=unknown,
        zmin=0,
        zmax=1,
        showscale=False,
        colorscale=[[0, CLEAR], [1, UNKNOWN]],
        hoverinfo="skip",
    )


def _lowest(go: Any, ground: Ground, coverage: Coverage) -> Any:
    """A transparent layer that gives the heights of the cell under the pointer."""
    heights = ground.thin(coverage.ground_m).astype(np.float32)
    lowest = ground.thin(coverage.lowest_visible_m)
    above = np.where(np.isfinite(lowest), np.maximum(lowest - heights, 0.0), np.nan)
    told = np.stack([np.nan_to_num(heights), np.where(np.isfinite(lowest), lowest, 0)], axis=-1)
    return go.Heatmap(
        x=ground.x,
        y=ground.y,
        z=above.round().astype(np.float32),
        customdata=told.round().astype(np.int32),
        colorscale=[[0, CLEAR], [1, CLEAR]],
        showscale=False,
        hoverongaps=False,
        hovertemplate="%{x:.2f}, %{y:.2f}<br>ground %{customdata[0]} m<br>in line of sight from "
        "%{customdata[1]} m above the sea on,<br>%{z:.0f} m above ground" + HOVER,
    )


def reach_map(found: ScenarioReach, note: str, pixels: int) -> Any:
    """Outlines of the first intercepts: a menu of classes, a slider over altitudes."""
    plotly()
    specs = [s.unit.spec for s in found.sites]
    ground = Ground(found.dem, rings_of(specs, found.sites[0].ring_m), pixels)
    figure = ground.figure("", note)
    if any(np.any(site.unknown_m2 > 0) for site in found.sites):
        add_unknown(figure)
    base, pairs = len(figure.data), []
    for c in range(len(found.targets)):
        for a in range(len(found.altitudes)):
            pairs.append((c, a))
            _add_outlines(figure, ground, found, a, c)
    each = (len(figure.data) - base) // len(pairs)
    ground.add_sites(figure, specs, found.sites[0].ring_m)  # on top of the outlines
    above = len(figure.data) - base - each * len(pairs)

    def shown(c: int, a: int) -> dict[str, Any]:
        outlines = [p == (c, a) for p in pairs for _ in range(each)]
        return {"visible": [True] * base + outlines + [True] * above}

    rings = "ring" if len(specs) == 1 else "rings"

    def title(c: int, a: int) -> str:
        band = found.force.fraction_band if len(specs) > 1 else found.sites[0].fraction_band
        return (
            f"{found.targets[c].short_title} at {found.altitudes[a].label}: "
            f"{text.percent_band(band[:, a, c])} of the {rings} is defended"
        )

    def slider_of(c: int) -> dict[str, Any]:
        steps = [
            (altitude.label, shown(c, a), {"title.text": title(c, a)})
            for a, altitude in enumerate(found.altitudes)
        ]
        return slider(steps, "target at ", found.typical(c))

    buttons = [
        {
            "label": target.short_title,
            "method": "update",
            "args": [
                shown(c, found.typical(c)),
                {"title.text": title(c, found.typical(c)), "sliders": [slider_of(c)]},
            ],
        }
        for c, target in enumerate(found.targets)
    ]
    for trace, visible in zip(figure.data, shown(0, found.typical(0))["visible"], strict=True):
        trace.visible = visible
    figure.update_layout(
        title_text=title(0, found.typical(0)),
        sliders=[slider_of(0)],
        updatemenus=[
            {
                "buttons": buttons,
                "x": 1.0,
                "xanchor": "right",
                "y": 1.0,
                "yanchor": "bottom",
                "pad": {"b": 6},
            }
        ],
    )
    return figure


def _add_outlines(figure: Any, ground: Ground, found: ScenarioReach, a: int, c: int) -> None:
    """Three filled outlines over all units: high, median and low. The median gives its ranges."""
    for q, alpha, name in (
        (2, 0.25, "5 to 95 % of the draws"),
        (1, 0.6, "intercepted: median"),
        (0, 0.25, ""),
    ):
        lines = [_outline(ground, site, site.first_band[q, a, c]) for site in found.sites]
        told = [_told(k, site, a, c) for k, site in enumerate(found.sites, start=1)]
        gap = np.full((1, 5), np.nan)
        rows = np.concatenate([part for some in told for part in (some, gap)])[:-1]
        figure.add_scatter(
            **joined(lines),
            mode="lines",
            fill="toself",
            line={"width": 0.8 if q == 1 else 0, "color": REACH_COLOUR},
            fillcolor=_rgba(REACH_COLOUR, alpha),
            name=name,
            showlegend=bool(name),
            visible=False,
            hoveron="points",
            hoverinfo="skip" if q != 1 else None,
            customdata=rows.astype(np.float32) if q == 1 else None,
            hovertemplate="site %{customdata[0]:.0f}, azimuth %{customdata[1]:.0f}°<br>first "
            "intercept at %{customdata[3]:.0f} km (%{customdata[2]:.0f} to %{customdata[4]:.0f})"
            + HOVER
            if q == 1
            else None,
        )


def _chosen(site: SiteReach) -> NDArray[np.int64]:
    """Azimuths of an outline, which ends where it begins."""
    n = len(site.az_deg)
    return np.append(np.arange(0, n, max(1, n // FEW_AZIMUTHS)), 0)


def _outline(ground: Ground, site: SiteReach, ranges_m: NDArray[Any]) -> NDArray[np.float64]:
    x, y = ground.xy(site.outline(ranges_m)[_chosen(site)])
    return np.column_stack([x, y])


def _told(number: int, site: SiteReach, a: int, c: int) -> NDArray[np.float64]:
    chosen = _chosen(site)
    return np.column_stack(
        [
            np.full(len(chosen), float(number)),
            site.az_deg[chosen],
            site.first_band[:, a, c, chosen].T / 1e3,
        ]
    )


def _rgba(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
