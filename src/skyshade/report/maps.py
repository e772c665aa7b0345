"""Maps: hillshade, borders, rings and scale bar, in the grid's own projection."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LightSource, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec
from skyshade.radar.model import Target
from skyshade.reach.engageable import Engageable
from skyshade.report.borders import NOTE, borders
from skyshade.report.style import INK, MUTED, PAPER, SEA, SERIES, Figure, save_png
from skyshade.terrain.geodesy import cell_size_m, ring
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Bounds, Dem, Grid

MAX_PIXELS = 1100  # a panel is drawn from at most so many posts along its longer side
SEEN_COLOURS = ("#f2a541", "#e4572e", "#a4243b", "#5c164e", "#240b36")  # 1, 2, … sites
HALO = [patheffects.withStroke(linewidth=2.5, foreground="white")]

# lowest visible altitude above ground: upper bound (m), colour, label
CLEARANCE_BINS: tuple[tuple[float, str, str], ...] = (
    (30, "#1b4965", "under 30 m"),
    (100, "#2c7da0", "30 to 100 m"),
    (300, "#61a5c2", "100 to 300 m"),
    (1000, "#a9d6b8", "300 m to 1 km"),
    (3000, "#f4e285", "1 to 3 km"),
    (10000, "#f4a259", "3 to 10 km"),
    (math.inf, "#bc4b51", "over 10 km"),
)


def relief(dem: Dem, window: tuple[slice, slice], step: int) -> NDArray[np.float64]:
    """(rows, columns, 4) hillshaded terrain of a window, every `step`-th post, as RGBA, 0 to 1."""
    rows, cols = window
    heights = dem.heights[rows, cols][::step, ::step].astype(float)
    known = dem.known()[rows, cols][::step, ::step]
    heights = np.where(known, heights, 0.0)
    flip = 1 if north_up(dem.grid) else -1
    width_m, height_m = cell_size_m(dem.grid)
    shade = LightSource(azdeg=315, altdeg=45).hillshade(
        heights[::flip], vert_exag=4.0, dx=width_m * step, dy=height_m * step
    )[::flip]
    rgba = np.empty((*heights.shape, 4))
    rgba[..., :3] = (0.52 + 0.46 * shade)[..., None]
    sea = np.array([int(SEA[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    rgba[..., :3] = np.where((heights == 0)[..., None], sea, rgba[..., :3])
    rgba[..., 3] = known
    return rgba


def unswept(dem: Dem, specs: Sequence[SiteSpec]) -> Coverage:
    """Sites on their terrain with nothing swept: the ground of a map of something else."""
    nothing = np.broadcast_to(np.float32(np.nan), dem.grid.shape)
    sites = tuple(SiteCoverage(spec, math.nan, nothing) for spec in specs)
    return Coverage(dem, sites, (), EFFECTIVE_EARTH, sea_outside=False)


class MapPanel:
    """One map on one axes, just wide enough for the rings, its grid thinned to what it can show.

    Coordinates of the axes are grid coordinates (col, row) of the full grid, so that anything in
    longitude and latitude goes through the grid's own projection.
    """

    def __init__(
        self,
        axes: Axes,
        coverage: Coverage,
        max_pixels: int = MAX_PIXELS,
        ring_m: float | None = None,
    ) -> None:
        self.ring_m = ring_m
        self.axes, self.coverage, self.grid = axes, coverage, coverage.dem.grid
        self.step = max(1, math.ceil(max(self.grid.shape) / max_pixels))
        rows, cols = self.grid.shape
        self.extent = (-0.5, cols - 0.5, rows - 0.5, -0.5)
        self.view = self._view()
        self._set_view()
        self.cell_width_m, self.cell_height_m = cell_size_m(self.grid)
        self.ratio = self.cell_height_m / self.cell_width_m
        axes.set_aspect(self.ratio)
        axes.set_facecolor(PAPER)

    def _view(self) -> tuple[float, float, float, float]:
        """Left, right, top, bottom in grid coordinates: the rings, also where the DEM has ended.

        The whole grid where there is no site.
        """
        if not self.coverage.sites:
            left, right, bottom, top = self.extent
            return left, right, top, bottom
        outlines = [
            np.column_stack(self.grid.colrow(*points.T))
            for s in self.coverage.sites
            for points in [
                ring(s.spec.antenna.lon, s.spec.antenna.lat, self.ring_m or s.spec.max_range_m, 180)
            ]
        ]
        low, high = np.concatenate(outlines).min(0), np.concatenate(outlines).max(0)
        margin = 0.012 * float((high - low).max())
        return (
            float(low[0]) - margin,
            float(high[0]) + margin,
            float(low[1]) - margin,
            float(high[1]) + margin,
        )

    def _set_view(self) -> None:
        left, right, top, bottom = self.view
        self.axes.set_xlim(left, right)
        self.axes.set_ylim(*((bottom, top) if north_up(self.grid) else (top, bottom)))

    def look_at(self, lonlat: NDArray[Any], margin: float = 0.06) -> None:
        """Show just these points (n, 2), with a margin, in a frame no longer than it is wide."""
        corners = np.column_stack(self.grid.colrow(lonlat[:, 0], lonlat[:, 1]))
        low, high = corners.min(0), corners.max(0)
        size = np.array([self.cell_width_m, self.cell_height_m])
        middle, half = (low + high) / 2, (high - low) / 2
        half = np.maximum(half, 0.6 * (half * size).max() / size) * (1 + margin)
        (left, top), (right, bottom) = middle - half, middle + half
        self.view = (float(left), float(right), float(top), float(bottom))
        self._set_view()

    def thin(self, values: NDArray[Any]) -> NDArray[Any]:
        """Every so many-th post."""
        return values[:: self.step, :: self.step]

    def image(self, values: NDArray[Any], **style: Any) -> Any:
        return self.axes.imshow(
            values,
            extent=self.extent,
            origin="upper",
            interpolation="nearest",
            aspect=self.ratio,
            **style,
        )

    def relief(self) -> None:
        """Hillshaded terrain, the sea tinted, unknown terrain left as paper."""
        self.image(relief(self.coverage.dem, (slice(None), slice(None)), self.step))

    def line(self, lonlat: NDArray, **style: Any) -> None:
        """A polyline given in lon, lat."""
        col, row = self.grid.colrow(lonlat[:, 0], lonlat[:, 1])
        self.axes.plot(col, row, **style)

    def borders(self) -> None:
        """Coast and borders, disputed stretches dashed; one collection of lines for each look."""
        looks: dict[tuple[bool, bool], list[NDArray]] = {}
        for line in borders():
            points = np.column_stack(self.grid.colrow(line.points[:, 0], line.points[:, 1]))
            looks.setdefault((line.kind == "coast", line.disputed), []).append(points)
        for (coast, disputed), lines in looks.items():
            self.axes.add_collection(
                LineCollection(
                    lines,
                    colors="#5b7c8d" if coast else INK,
                    linewidths=0.45 if coast else 0.7,
                    linestyles=[(0, (4, 2.5))] if disputed else "solid",
                    alpha=0.9,
                    zorder=4,
                ),
                autolim=False,
            )

    def rings(self, radius_m: float | None = None, **style: Any) -> None:
        """Each site's nominal ring (or a ring of the given radius around each)."""
        look = {"color": INK, "lw": 0.9, "ls": (0, (1, 1.6)), "zorder": 5} | style
        for site in self.coverage.sites:
            spec = site.spec
            points = ring(spec.antenna.lon, spec.antenna.lat, radius_m or spec.max_range_m)
            self.line(np.vstack([points, points[:1]]), **look)

    def sites(self, labels: bool = True, size: float = 7.0) -> None:
        """A triangle per site, numbered in scenario order."""
        for number, site in enumerate(self.coverage.sites, start=1):
            col, row = self.grid.colrow(site.spec.antenna.lon, site.spec.antenna.lat)
            self.axes.plot(
                col, row, "^", color="white", mec=INK, mew=min(1.1, size / 6), ms=size, zorder=8
            )
            if labels:
                self.axes.annotate(
                    _site_mark(site.spec.id, number),
                    (float(col), float(row)),
                    xytext=(6, 4),
                    textcoords="offset points",
                    fontsize=8,
                    fontweight="bold",
                    color=INK,
                    path_effects=HALO,
                    zorder=9,
                )

    def poor_cells(self, boxes: Sequence[Bounds]) -> None:
        """Hatched boxes where the terrain is known to be bad."""
        for west, south, east, north in boxes:
            t = np.linspace(0, 1, 12)
            lon = np.concatenate(
                [
                    west + (east - west) * t,
                    np.full(12, east),
                    east - (east - west) * t,
                    np.full(12, west),
                ]
            )
            lat = np.concatenate(
                [
                    np.full(12, south),
                    south + (north - south) * t,
                    np.full(12, north),
                    north - (north - south) * t,
                ]
            )
            self.axes.add_patch(
                Polygon(
                    np.column_stack(self.grid.colrow(lon, lat)),
                    fill=False,
                    hatch="xxxx",
                    ec="#7a6a4f",
                    lw=0.5,
                    alpha=0.55,
                    zorder=3.5,
                )
            )

    def unknown(self) -> None:
        """Hatch what some site's ring covers but the terrain, or the way to it, is not known."""
        hatch: Any = {"hatch": "////", "fc": "none", "ec": MUTED, "lw": 0.0, "zorder": 3.6}
        rows, cols = self.grid.shape
        footprint = shapely.box(-0.5, -0.5, cols - 0.5, rows - 0.5)
        rings = shapely.union_all(
            [
                shapely.Polygon(np.column_stack(self.grid.colrow(*points.T))).buffer(0)
                for s in self.coverage.sites
                for points in [ring(s.spec.antenna.lon, s.spec.antenna.lat, s.spec.max_range_m)]
            ]
        )
        for part in shapely.get_parts(rings.difference(footprint)):
            if part.geom_type == "Polygon":
                self.axes.add_patch(Polygon(np.array(part.exterior.coords), **hatch))
        inside = self.thin(np.isposinf(self.coverage.lowest_visible_m))
        if inside.any():
            x = np.arange(inside.shape[1]) * self.step
            y = np.arange(inside.shape[0]) * self.step
            self.axes.contourf(
                x,
                y,
                inside.astype(float),
                levels=[0.5, 1.5],
                colors="none",
                hatches=["////"],
                zorder=3.6,
            )

    def frame(self, scale_bar: bool = True) -> None:
        """Graticule labels on the edges and a scale bar."""
        self._graticule()
        if scale_bar:
            self._scale_bar()
        for spine in self.axes.spines.values():
            spine.set(color=MUTED, lw=0.6)

    def bare_frame(self) -> None:
        """A scale bar and no graticule, for small panels."""
        self._set_view()
        self.axes.set_xticks([])
        self.axes.set_yticks([])
        self._scale_bar()
        for spine in self.axes.spines.values():
            spine.set(color=MUTED, lw=0.6)

    def _graticule(self) -> None:
        left, right, top, bottom = self.view
        t = np.linspace(0, 1, 60)
        lon, lat = self.grid.lonlat(
            np.concatenate([left + (right - left) * t, np.full(60, left), np.full(60, right)]),
            np.concatenate([np.full(60, bottom), *[top + (bottom - top) * t] * 2]),
        )
        west, east, south, north = lon.min(), lon.max(), lat.min(), lat.max()
        lons, lats = _nice_ticks(west, east), _nice_ticks(south, north)
        thin_line: Any = {"color": INK, "lw": 0.3, "alpha": 0.25, "zorder": 2}
        for meridian in lons:
            points = np.column_stack([np.full(60, meridian), south + (north - south) * t])
            self.line(points, **thin_line)
        for parallel in lats:
            points = np.column_stack([west + (east - west) * t, np.full(60, parallel)])
            self.line(points, **thin_line)
        edge_row = bottom if north_up(self.grid) else top
        edge_lat = float(self.grid.lonlat((left + right) / 2, edge_row)[1])
        edge_lon = float(self.grid.lonlat(left, (top + bottom) / 2)[0])
        x = [float(self.grid.colrow(lon, edge_lat)[0]) for lon in lons]
        y = [float(self.grid.colrow(edge_lon, lat)[1]) for lat in lats]
        self.axes.set_xticks(x, [degrees_text(v, "E", "W") for v in lons])
        self.axes.set_yticks(y, [degrees_text(v, "N", "S") for v in lats])
        self.axes.tick_params(labelsize=7, length=2, color=MUTED, labelcolor=MUTED, pad=2)
        self._set_view()

    def _scale_bar(self) -> None:
        left, right, top, bottom = self.view
        length_m = _nice_length(0.22 * (right - left) * self.cell_width_m)
        width = length_m / self.cell_width_m
        down = 1 if north_up(self.grid) else -1
        x0 = left + 0.035 * (right - left)
        y0 = top + (0.955 if down > 0 else 0.045) * (bottom - top)
        height = 0.008 * (bottom - top) * down
        for part in range(4):
            self.axes.add_patch(
                Polygon(
                    [
                        (x0 + width * part / 4, y0),
                        (x0 + width * (part + 1) / 4, y0),
                        (x0 + width * (part + 1) / 4, y0 - height),
                        (x0 + width * part / 4, y0 - height),
                    ],
                    fc=INK if part % 2 == 0 else "white",
                    ec=INK,
                    lw=0.6,
                    zorder=9,
                )
            )
        for x, text in ((x0, "0"), (x0 + width, f"{_length(length_m)}")):
            self.axes.text(
                x,
                y0 - 1.8 * height,
                text,
                fontsize=7,
                ha="center",
                va="bottom",
                color=INK,
                path_effects=HALO,
                zorder=9,
            )


def visible_panel(
    axes: Axes, coverage: Coverage, altitude: Altitude, title: str, ring_m: float | None = None
) -> None:
    """Where a target at one altitude is in line of sight, by number of sites, beside the rings."""
    _count_panel(axes, coverage, coverage.n_sites(altitude), title, ring_m)


def _count_panel(
    axes: Axes, coverage: Coverage, count: NDArray[np.uint8], title: str, ring_m: float | None
) -> None:
    panel = MapPanel(axes, coverage)
    panel.relief()
    count = panel.thin(count)
    top = len(SEEN_COLOURS)
    colours = ListedColormap(SEEN_COLOURS)
    shown = np.ma.masked_equal(np.minimum(count, top), 0)
    panel.image(shown, cmap=colours, vmin=0.5, vmax=top + 0.5, alpha=0.72, zorder=3)
    panel.unknown()
    panel.poor_cells(coverage.dem.poor_cells)
    panel.borders()
    panel.rings()
    if ring_m is not None:
        panel.rings(ring_m, lw=0.8, ls="-", color="#0b3954")
    panel.sites()
    panel.frame()
    axes.set_title(title, loc="left", fontsize=10, color=INK)


def visible_legend(coverage: Coverage, ring_m: float | None, ring_text: str) -> list[Any]:
    """Legend entries that fit :func:`visible_panel`."""
    n = min(len(coverage.sites), len(SEEN_COLOURS))
    seen: list[Any] = [
        Patch(fc=SEEN_COLOURS[k], alpha=0.8, label=_seen_by(k + 1, n, len(coverage.sites)))
        for k in range(n)
    ]
    weapon = [] if ring_m is None else [Line2D([], [], color="#0b3954", lw=1, label=ring_text)]
    return seen + weapon + _ground_legend(coverage)


def _ground_legend(coverage: Coverage) -> list[Any]:
    """What every panel draws: rings, gaps in the terrain, disputed borders."""
    radius = {s.spec.max_range_m for s in coverage.sites}
    text = f"{_length(radius.pop())} ring" if len(radius) == 1 else "rings of the sites"
    handles: list[Any] = [Line2D([], [], color=INK, lw=1, ls=(0, (1, 1.6)), label=f"{text}, radar")]
    if any(a.unknown_m2 > 0 for a in coverage.areas({"all": [s.spec.id for s in coverage.sites]})):
        hatch: dict[str, Any] = {"fc": "none", "ec": INK, "hatch": "////", "lw": 0.4}
        handles.append(Patch(label="unknown: terrain ends", **hatch))
    if coverage.dem.poor_cells:
        hatch = {"fc": "none", "ec": "#7a6a4f", "hatch": "xxxx", "lw": 0.4}
        handles.append(Patch(label="poor terrain data", **hatch))
    if borders_in_view(coverage):
        dashed = (0, (4, 2.5))
        handles.append(Line2D([], [], color=INK, lw=0.8, ls=dashed, label="disputed border"))
    return handles


def clearance_panel(axes: Axes, coverage: Coverage, title: str) -> None:
    """Lowest visible altitude above ground over the force, in classes."""
    panel = MapPanel(axes, coverage)
    panel.relief()
    low = panel.thin(coverage.lowest_visible_m)
    ground = panel.thin(coverage.dem.heights)
    clearance = np.ma.masked_invalid(low - ground)
    edges = [edge for edge, _, _ in CLEARANCE_BINS[:-1]]
    classes = np.ma.array(np.digitize(clearance.filled(0.0), edges), mask=clearance.mask)
    colours = ListedColormap([colour for _, colour, _ in CLEARANCE_BINS])
    panel.image(
        classes, cmap=colours, vmin=-0.5, vmax=len(CLEARANCE_BINS) - 0.5, alpha=0.8, zorder=3
    )
    panel.unknown()
    panel.poor_cells(coverage.dem.poor_cells)
    panel.borders()
    panel.rings()
    panel.sites()
    panel.frame()
    axes.set_title(title, loc="left", fontsize=10, color=INK)


def clearance_legend(coverage: Coverage) -> list[Any]:
    """Legend entries that fit :func:`clearance_panel`."""
    classes = [Patch(fc=colour, alpha=0.85, label=label) for _, colour, label in CLEARANCE_BINS]
    return classes + _ground_legend(coverage)


def coverage_figure(
    coverage: Coverage,
    titles: Sequence[str],
    heading: str,
    note: str,
    ring_m: float | None = None,
    ring_text: str = "",
) -> Figure:
    """One `visible_panel` per altitude of the coverage, two abreast, with one legend."""
    n = len(coverage.altitudes)
    across = min(2, n)
    down = math.ceil(n / across)
    shape = _aspect(coverage)
    figure = Figure(figsize=(6.2 * across, (5.6 * shape + 0.35) * down + 1.3), layout="constrained")
    figure.set_facecolor("white")
    figure.get_layout_engine().set(h_pad=0.09, w_pad=0.05)  # type: ignore[union-attr, call-arg]
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax, altitude, title in zip(axes, coverage.altitudes, titles, strict=False):
        visible_panel(ax, coverage, altitude, title, ring_m)
    for ax in axes[n:]:
        ax.set_axis_off()
    figure.suptitle(heading, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    figure.legend(
        handles=visible_legend(coverage, ring_m, ring_text),
        loc="outside lower left",
        ncols=4,
        fontsize=8,
        frameon=False,
        title=note,
        title_fontsize=7,
        alignment="left",
    )
    return figure


def engageable_figure(force: Engageable, target: Target, altitudes: Sequence[Altitude]) -> Figure:
    """Where units can engage a target at all, by how many, a map per altitude, beside the rings."""
    coverage, area = force.coverage, force.coverage.cell_area_m2
    n, across = len(altitudes), min(2, len(altitudes))
    down = math.ceil(n / across)
    figure = Figure(
        figsize=(6.2 * across, (5.6 * _aspect(coverage) + 0.35) * down + 1.3), layout="constrained"
    )
    figure.set_facecolor("white")
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax, altitude in zip(axes, altitudes, strict=False):
        count = force.n_units(target, altitude)
        km2 = float(area[count > 0].sum()) / 1e6
        _count_panel(ax, coverage, count, f"{altitude.label}:  {km2:,.0f} km² engageable", None)
    for ax in axes[n:]:
        ax.set_axis_off()
    figure.suptitle(
        f"Engageable: {target.short_title}, {target.rcs_m2:g} m²",
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
        color=INK,
    )
    shown = min(len(force.sites), len(SEEN_COLOURS))
    units: list[Any] = [
        Patch(
            fc=colour,
            alpha=0.8,
            label=f"by {k} {'unit' if k == 1 else 'units'}"
            + (" or more" if k == shown < len(force.sites) else ""),
        )
        for k, colour in enumerate(SEEN_COLOURS[:shown], start=1)
    ]
    figure.legend(
        handles=units + _ground_legend(coverage),
        loc="outside lower left",
        ncols=4,
        fontsize=8,
        frameon=False,
        title=ground_note(coverage),
        title_fontsize=7,
        alignment="left",
    )
    return figure


def sites_figure(
    dem: Dem,
    specs: Sequence[SiteSpec],
    places: Mapping[str, tuple[float, float]],
    ring_m: float | None,
    heading: str,
    note: str,
) -> Figure:
    """Sites with their rings and the places they defend, as such maps are usually drawn.

    Parameters
    ----------
    places : longitude and latitude by name.
    ring_m : radius of the weapon's ring beside the radars'; None for no such ring.
    """
    coverage = unswept(dem, specs)
    figure = Figure(figsize=(9.0, 8.0 * _aspect(coverage) + 1.2), layout="constrained")
    figure.set_facecolor("white")
    panel = MapPanel(figure.subplots(), coverage)
    panel.relief()
    panel.poor_cells(dem.poor_cells)
    panel.borders()
    panel.rings()
    handles: list[Any] = []
    if ring_m is not None:
        panel.rings(ring_m, lw=1.0, ls="-", color="#0b3954")
        handles.append(Line2D([], [], color="#0b3954", lw=1, label=f"{_length(ring_m)} ring"))
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
    panel.sites()
    panel.frame()
    if places:
        handles.append(Line2D([], [], ls="", marker="o", color=SERIES[0], ms=4, label="place"))
    figure.suptitle(heading, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    figure.legend(
        handles=[
            Line2D([], [], ls="", marker="^", color="white", mec=INK, label="site"),
            *handles,
            *_ground_legend(coverage),
        ],
        loc="outside lower left",
        ncols=4,
        fontsize=8,
        frameon=False,
        title="\n".join(textwrap.wrap(note + ground_note(coverage), 150)),
        title_fontsize=7,
        alignment="left",
    )
    return figure


def dem_figure(dem: Dem) -> Figure:
    """Terrain heights, shaded, with what is known to be bad or not known."""
    coverage = unswept(dem, ())
    width, height = cell_size_m(dem.grid)
    shape = dem.grid.shape[0] * height / (dem.grid.shape[1] * width)
    figure = Figure(figsize=(8.5, min(max(8.0 * shape, 3.0), 11.0)), layout="constrained")
    figure.set_facecolor("white")
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
    note = ground_note(coverage)
    if dem.poor_cells:
        note += " Hatched: heights known to be bad."
    figure.suptitle(
        f"{dem.name}: {dem.grid.shape[0]} × {dem.grid.shape[1]} posts",
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        color=INK,
    )
    figure.supxlabel(
        "\n".join(textwrap.wrap(note, 130)), x=0.01, ha="left", fontsize=6.5, color=MUTED
    )
    return figure


def clearance_figure(coverage: Coverage, heading: str, note: str) -> Figure:
    """The force's lowest visible altitude above ground, one map."""
    shape = _aspect(coverage)
    figure = Figure(figsize=(9.5, 8.4 * shape + 1.2), layout="constrained")
    figure.set_facecolor("white")
    clearance_panel(figure.subplots(), coverage, "")
    figure.suptitle(heading, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    figure.legend(
        handles=clearance_legend(coverage),
        loc="outside lower left",
        ncols=4,
        fontsize=8,
        frameon=False,
        title=note,
        title_fontsize=7,
        alignment="left",
    )
    return figure


def coverage_figures(coverage: Coverage, note: str = "") -> dict[str, Figure]:
    """The maps of a coverage, by name: `visible` and `clearance`.

    Parameters
    ----------
    note : under the maps, instead of the terrain's name.
    """
    joint = "\n" if note else " "
    note = note or f"Terrain: {coverage.dem.name}."
    if borders_in_view(coverage):
        note += joint + NOTE.replace("; not authoritative. ", ";\nnot authoritative. ")
    areas = coverage.areas({"all": [s.spec.id for s in coverage.sites]})
    titles = [
        f"{a.altitude.label}:  {100 * a.visible_frac:.1f} % of the ring in line of sight"
        for a in areas
    ]
    return {
        "visible": coverage_figure(coverage, titles, "In line of sight, beside the ring", note),
        "clearance": clearance_figure(coverage, "Lowest visible altitude above ground", note),
    }


def coverage_maps(coverage: Coverage, folder: Path) -> None:
    """Write `visible.png` and `clearance.png`."""
    for name, figure in coverage_figures(coverage).items():
        save_png(figure, folder / f"{name}.png")


def ground_note(coverage: Coverage) -> str:
    """Whose terrain and borders these are."""
    note = f"Terrain: {coverage.dem.name}."
    return f"{note} {NOTE}" if borders_in_view(coverage) else note


def borders_in_view(coverage: Coverage) -> bool:
    """True if the shipped border map reaches into the rings' surroundings."""
    west, south, east, north = coverage.dem.grid.bounds()
    return any(
        bool(
            (
                (line.points[:, 0] > west)
                & (line.points[:, 0] < east)
                & (line.points[:, 1] > south)
                & (line.points[:, 1] < north)
            ).any()
        )
        for line in borders()
    )


def _aspect(coverage: Coverage) -> float:
    """Height over width of the area that the rings cover."""
    points = np.concatenate(
        [
            ring(s.spec.antenna.lon, s.spec.antenna.lat, s.spec.max_range_m, 90)
            for s in coverage.sites
        ]
    )
    col, row = coverage.dem.grid.colrow(points[:, 0], points[:, 1])
    width, height = cell_size_m(coverage.dem.grid)
    return float(min(max(np.ptp(row) * height / (np.ptp(col) * width), 0.5), 1.6))


def _seen_by(k: int, n: int, total: int) -> str:
    if total == 1:
        return "in line of sight"
    more = " or more" if k == n and total > n else ""
    return f"seen by {k}{more} site{'s' if k > 1 else ''}"


def _site_mark(id_: str, number: int) -> str:
    tail = id_.rsplit("-", 1)[-1]
    return tail if tail.isdigit() else str(number)


def north_up(grid: Grid) -> bool:
    """True where row numbers grow southward."""
    rows, cols = grid.shape
    first, last = grid.lonlat([cols / 2, cols / 2], [0, rows - 1])[1]
    return bool(first > last)


def _nice_ticks(low: float, high: float) -> NDArray:
    span = high - low
    steps = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30])
    step = steps[min(int(np.searchsorted(steps, span / 6)), len(steps) - 1)]
    return np.round(np.arange(math.ceil(low / step) * step, high, step), 6)


def _nice_length(longest_m: float) -> float:
    power = 10.0 ** math.floor(math.log10(longest_m))
    return next(k * power for k in (5, 2, 1) if k * power <= longest_m)


def _length(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def degrees_text(value: float, plus: str, minus: str) -> str:
    return f"{abs(value):g}°{plus if value >= 0 else minus}"
