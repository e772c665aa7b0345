"""Siting in pictures: candidates by how often they are best, demand before and after, the gains."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skyshade.coverage.compute import site_spec
from skyshade.report import text
from skyshade.report.ground import ground_note, unswept
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
    quiet,
)
from skyshade.siting.demand import Approaches
from skyshade.siting.study import SitingStudy, options_of
from skyshade.terrain.geodesy import ring
from skyshade.terrain.model import Dem

FREQUENCY = "viridis_r"
COVERED = "YlGnBu"
FEW = 12  # candidates that are named on the map


def frequency_figure(study: SitingStudy) -> Figure:
    """Candidates coloured by the share of draws in whose best plan a unit stands there."""
    figure = canvas(8.6, 8.4)
    ax = figure.subplots()
    panel = _panel(study, ax)
    figure.set_size_inches(9.4, min(max(7.6 * _aspect(panel), 3.5), 10.0) + 1.6)
    shown, label = _shares(study)
    col, row = panel.grid.colrow(study.candidates.lon, study.candidates.lat)
    order = np.argsort(shown, kind="stable")
    many = len(order) > FEW
    marks = ax.scatter(
        col[order],
        row[order],
        c=shown[order],
        cmap=FREQUENCY,
        norm=Normalize(0.0, 1.0),
        s=34 if many else 130,
        marker="s",
        edgecolors="white",
        linewidths=0.4,
        alpha=0.95,
        zorder=6,
    )
    chosen = {study.place_of(o) for o in study.answer.plan}
    _mark_plan(panel, study)
    for c in range(len(col)) if not many else sorted(chosen):
        ax.annotate(
            _short(study.candidates.names[c]) + (f", {text.percent(shown[c])}" if many else ""),
            (float(col[c]), float(row[c])),
            xytext=(9, -3),
            textcoords="offset points",
            fontsize=7.5,
            color=INK,
            path_effects=HALO,
            zorder=10,
        )
    panel.frame()
    bar = figure.colorbar(marks, ax=ax, shrink=0.7, pad=0.02)
    bar.set_label(label, fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=7, labelcolor=INK)
    heading(figure, "Where the next unit could stand")
    square = Line2D([], [], ls="", marker="s", color="#3b7f8c", mec="white", label="candidate")
    handles = [*_units_legend(study), square]
    legend_below(figure, handles, 4, _note(study, panel))
    return figure


def demand_figure(study: SitingStudy) -> Figure:
    """What is covered before and after, side by side."""
    figure = canvas(12.4, 6.9)
    axes = figure.subplots(1, 2)
    norm = Normalize(0.0, 1.0)
    for ax, plan, title in (
        (axes[0], None, "before"),
        (axes[1], study.answer.plan, "with the new units"),
    ):
        panel = _panel(study, ax)
        figure.set_size_inches(13.0, min(max(5.6 * _aspect(panel), 3.0), 8.5) + 1.6)
        probability = study.covered_by(plan)
        for i, part in enumerate(study.demand.parts):
            here = study.demand.slice_of(i)
            if isinstance(part, Approaches):
                values = probability[here].reshape(len(part.places), -1).mean(axis=1)
                lon = np.array([p.position.lon for p in part.places])
                lat = np.array([p.position.lat for p in part.places])
                look: dict[str, Any] = {"s": 60, "marker": "o", "zorder": 7}
            else:
                values = probability[here].reshape(part.shape).mean(axis=0)
                lon, lat = part.lon, part.lat
                small = 10_000.0 / max(len(lon), 100)
                look = {"s": min(small, 30.0), "marker": "s", "zorder": 5}
            col, row = panel.grid.colrow(lon, lat)
            edge = {"edgecolors": INK, "linewidths": 0.5} if look["marker"] == "o" else {
                "linewidths": 0.0, "alpha": 0.8}  # fmt: skip
            ax.scatter(col, row, c=values, cmap=COVERED, norm=norm, **look, **edge)
        if plan is not None:
            _mark_plan(panel, study)
        panel.frame()
        share = float((probability * study.demand.weight).sum())
        ax.set_title(f"{title}: {text.percent(share)}", loc="left", fontsize=10, color=INK)
    bar = figure.colorbar(ScalarMappable(norm, COVERED), ax=axes, shrink=0.75, pad=0.01)
    bar.set_label(
        "probability that it is covered, over bearings and classes", fontsize=8, color=INK
    )
    bar.ax.tick_params(labelsize=7, labelcolor=INK)
    heading(figure, f"Covered share of {study.demand.in_words()}")
    legend_below(figure, _units_legend(study), 4, _note(study, panel))
    return figure


def gains_figure(study: SitingStudy) -> Figure:
    """Worth of the best plans of 0, 1, 2, … units, with the band of the draws."""
    found = study.gains
    assert found is not None
    figure = canvas(7.6, 4.6)
    ax = figure.subplots()
    n = len(found.value)
    x = np.arange(n + 1)
    values = 100 * np.append(found.base, found.value)
    bound = 100 * np.append(found.base, found.bound)
    if study.draws:
        none = np.array([study.problem(r).value(()) for r in range(1, 1 + study.draws)])
        every = 100 * np.column_stack([none, found.by_draw])
        low, high = np.quantile(every, [0.05, 0.95], axis=0)
        ax.fill_between(x, low, high, color=SERIES[0], alpha=0.15, lw=0)
    ax.plot(x, bound, color=MUTED, ls=(0, (3, 2)), lw=1)
    ax.plot(x, values, "o-", color=SERIES[0], lw=1.6, ms=5)
    for i in range(1, n + 1):
        ax.annotate(
            f"+{values[i] - values[i - 1]:.1f}",
            (x[i], values[i]),
            xytext=(-4, 7),
            ha="right",
            textcoords="offset points",
            fontsize=8,
            color=INK,
        )
    own = len(study.answer.plan)
    ax.axvline(own, color=SERIES[4], lw=0.9, ls=(0, (1, 1.5)))
    ax.set_xticks(x)
    ax.set_xlabel("new units", fontsize=9, color=INK)
    ax.set_ylabel("covered, %", fontsize=9, color=INK)
    ax.set_ylim(0, None)
    quiet(ax)
    heading(figure, "What each further unit adds")
    handles = [
        Line2D([], [], color=SERIES[0], marker="o", label="best plan, and points that it gains"),
        Line2D([], [], color=MUTED, ls=(0, (3, 2)), label="no plan can be above this"),
        Line2D([], [], color=SERIES[4], ls=(0, (1, 1.5)), label="units asked for"),
    ]
    if study.draws:
        handles.append(
            Patch(fc=SERIES[0], alpha=0.15, label="5 to 95 % of the draws")  # type: ignore[arg-type]
        )
    legend_below(figure, handles, 2)
    return figure


def prior_figure(dem: Dem, lon: Any, lat: Any, km2: Any, title: str, note: str) -> Figure:
    """The area seen from every cell of a coarse grid."""
    coverage = unswept(dem, ())
    figure = canvas(8.6, 8.2)
    ax = figure.subplots()
    panel = MapPanel(ax, coverage)
    panel.relief()
    col, row = panel.grid.colrow(lon, lat)
    panel.look_at(np.column_stack([lon, lat]))
    figure.set_size_inches(min(max(6.9 / _aspect(panel) + 1.9, 5.5), 10.0), 8.2)
    marks = ax.scatter(
        col, row, c=km2 / 1e3, cmap="magma", s=min(40_000.0 / max(len(lon), 1), 90.0), marker="s",
        linewidths=0, alpha=0.9, zorder=3,
    )  # fmt: skip
    panel.borders()
    panel.frame()
    bar = figure.colorbar(marks, ax=ax, shrink=0.7, pad=0.02)
    bar.set_label("area seen (thousand km²)", fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=7, labelcolor=INK)
    heading(figure, title)
    footnote(figure, f"{note} {ground_note(coverage)}")
    return figure


def _panel(study: SitingStudy, ax: Any) -> MapPanel:
    """Terrain, borders, the units that stay, looking at all that matters."""
    coverage = unswept(study.dem, [site_spec(site) for site in study.stay])
    panel = MapPanel(ax, coverage)
    lon, lat = [*study.candidates.lon], [*study.candidates.lat]
    for part in study.demand.parts:
        if isinstance(part, Approaches):
            lon += [p.position.lon for p in part.places]
            lat += [p.position.lat for p in part.places]
        else:
            lon += part.lon.tolist()
            lat += part.lat.tolist()
    for site in study.stay:
        lon.append(site.position.lon)
        lat.append(site.position.lat)
    panel.look_at(np.column_stack([lon, lat]))
    panel.relief()
    panel.borders()
    panel.poor_cells(study.dem.poor_cells)
    panel.sites()
    return panel


def _aspect(panel: MapPanel) -> float:
    """Height over width of what the map looks at."""
    left, right, top, bottom = panel.view
    return abs((bottom - top) / (right - left)) * panel.ratio


def _short(name: str) -> str:
    """A candidate's name as a map has room for it."""
    if name.startswith("the sector of "):
        return name.removeprefix("the sector of ").split(" (")[0]
    return name.partition(" (")[2].rstrip(")") or name


def _mark_plan(panel: MapPanel, study: SitingStudy) -> None:
    for option in study.answer.plan:
        c, kind = study.place_of(option), study.kinds[study.kind_of(option)]
        lon, lat = float(study.candidates.lon[c]), float(study.candidates.lat[c])
        col, row = panel.grid.colrow(lon, lat)
        panel.axes.plot(col, row, "*", ms=17, color=SERIES[4], mec="white", mew=1.0, zorder=9)
        radius = study.scenario.ring_m
        if radius is not None and kind.like.system == study.scenario.sites[0].system:
            points = ring(lon, lat, radius)
            panel.line(
                np.vstack([points, points[:1]]), color=WEAPON_RING, lw=0.8, ls=(0, (4, 3)), zorder=5
            )


def _shares(study: SitingStudy) -> tuple[Any, str]:
    """What colours the candidates, and what it is."""
    if study.by_draw is not None and study.by_draw.n:
        share = study.by_draw.frequency(options_of(study), len(study.candidates.lon))
        return share, f"share of {study.by_draw.n} draws in whose best plan a unit stands here"
    assert study.near is not None
    return study.near.best_with, "best plan with a unit here, as a share of the best plan"


def _units_legend(study: SitingStudy) -> list[Any]:
    handles: list[Any] = []
    if study.stay:
        handles.append(
            Line2D([], [], ls="", marker="^", color="white", mec=INK, label="unit that stays")
        )
    if study.answer.plan:
        handles.append(
            Line2D([], [], ls="", marker="*", ms=12, color=SERIES[4], mec="white", label="new unit")
        )
        if study.scenario.ring_m is not None:
            label = f"its {text.length(study.scenario.ring_m)} ring"
            handles.append(Line2D([], [], color=WEAPON_RING, lw=0.8, ls=(0, (4, 3)), label=label))
    return handles


def _note(study: SitingStudy, panel: MapPanel) -> str:
    step = study.candidates.spacing_deg
    return (
        f"Candidates are points every {step:g} degrees and stand for the region around them; no "
        f"claim about where anything stands. {ground_note(panel.coverage)}"
    )
