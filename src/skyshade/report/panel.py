"""A map on its axes: terrain, borders, rings, sites, graticule and scale bar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from skyshade.coverage.model import Coverage
from skyshade.report import text
from skyshade.report.borders import borders
from skyshade.report.ground import north_up, relief
from skyshade.report.style import INK, MUTED, PAPER
from skyshade.terrain.countries import countries, country
from skyshade.terrain.geodesy import cell_size_m, ring
from skyshade.terrain.model import Bounds

MAX_PIXELS = 1100  # posts along the longer side of a panel, at most
HALO = [patheffects.withStroke(linewidth=2.5, foreground="white")]
WEAPON_RING = "#0b3954"
DISPUTED = (0, (4, 2.5))  # dashes
COUNTRY_PT, PLACE_PT = 5.5, 5.0  # sizes of names
LETTER = 0.62  # width of a letter, as a share of its size


class MapPanel:
    """A map on its axes, just wide enough for the rings, its grid thinned to what it can show.

    Coordinates of the axes are grid coordinates (col, row) of the full grid, so that anything in
    longitude and latitude goes through the grid's own projection.

    Parameters
    ----------
    max_pixels : posts drawn along the longer side, at most.
    ring_m : radius that must fit on the map; by default that of each site's radar.
    """

    def __init__(
        self,
        axes: Axes,
        coverage: Coverage,
        max_pixels: int = MAX_PIXELS,
        ring_m: float | None = None,
    ) -> None:
        """Set the view; nothing is drawn yet."""
        self.ring_m = ring_m
        self._written: list[Any] = []  # boxes of the names on the map
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
        """Left, right, top, bottom in grid coordinates: all rings, even beyond the DEM.

        The whole grid if there is no site.
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
        """Zoom to these points (n, 2), with a margin, in a frame that is not too narrow."""
        corners = np.column_stack(self.grid.colrow(lonlat[:, 0], lonlat[:, 1]))
        low, high = corners.min(0), corners.max(0)
        size = np.array([self.cell_width_m, self.cell_height_m])
        middle, half = (low + high) / 2, (high - low) / 2
        half = np.maximum(half, 0.6 * (half * size).max() / size) * (1 + margin)
        (left, top), (right, bottom) = middle - half, middle + half
        self.view = (float(left), float(right), float(top), float(bottom))
        self._set_view()

    def thin(self, values: NDArray[Any]) -> NDArray[Any]:
        """The posts of an array on the full grid that the map shows."""
        return values[:: self.step, :: self.step]

    def image(self, values: NDArray[Any], **style: Any) -> Any:
        """Draw a thinned array over the terrain; returns matplotlib's image."""
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

    def line(self, lonlat: NDArray[Any], **style: Any) -> None:
        """A polyline given in lon, lat."""
        col, row = self.grid.colrow(lonlat[:, 0], lonlat[:, 1])
        self.axes.plot(col, row, **style)

    def borders(self) -> None:
        """Coast and borders, disputed stretches dashed; one collection of lines for each look."""
        looks: dict[tuple[bool, bool], list[NDArray[Any]]] = {}
        for line in borders():
            points = np.column_stack(self.grid.colrow(line.points[:, 0], line.points[:, 1]))
            looks.setdefault((line.kind == "coast", line.disputed), []).append(points)
        for (coast, disputed), lines in looks.items():
            self.axes.add_collection(
                LineCollection(
                    lines,
                    colors="#5b7c8d" if coast else INK,
                    linewidths=0.45 if coast else 0.7,
                    linestyles=[DISPUTED] if disputed else "solid",
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
            self._keep_clear(float(col), float(row), size)
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

    def sensors(self) -> None:
        """A diamond where each radar in the air has the middle of its orbit."""
        for sensor in self.coverage.sensors:
            col, row = self.grid.colrow(sensor.spec.antenna.lon, sensor.spec.antenna.lat)
            self.axes.plot(col, row, "D", color="white", mec=INK, mew=1.0, ms=6.0, zorder=8)

    def countries(self, least: float) -> None:
        """The name of each country that fills this share of the map or more, where it has room."""
        left, right, top, bottom = self.view
        window = shapely.box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
        for name in countries():
            here = shapely.transform(
                country(name), lambda lonlat: np.column_stack(self.grid.colrow(*lonlat.T))
            )
            part = max(
                shapely.get_parts(shapely.make_valid(here).intersection(window)),
                key=lambda p: p.area,
                default=None,
            )
            if part is not None and part.area >= least * window.area:
                at = shapely.maximum_inscribed_circle(part, 2.0).coords[0]
                self._name(name.upper(), at, COUNTRY_PT, MUTED)

    def places(self, named: Mapping[str, tuple[float, float]]) -> None:
        """Dots with names, in order, as far as they have room beside the scale bar."""
        left, right, top, bottom = self.view
        low, up = (bottom, top) if north_up(self.grid) else (top, bottom)
        ends = sorted((low, low + 0.12 * (up - low)))
        self._written.append(shapely.box(left, ends[0], left + 0.34 * (right - left), ends[1]))
        for name, lonlat in named.items():
            col, row = (float(v) for v in self.grid.colrow(*lonlat))
            if self._name(name, (col, row), PLACE_PT, INK, beside=True):
                self.axes.plot(col, row, "o", color=INK, ms=1.8, mew=0, zorder=7)

    @property
    def _columns_per_pt(self) -> float:
        """Columns of the grid per point of print, for a map about as wide as its figure."""
        left, right, _, _ = self.view
        figure: Any = self.axes.figure
        return (right - left) / (68.0 * float(figure.bbox.width) / float(figure.dpi))

    def _keep_clear(self, col: float, row: float, size_pt: float) -> None:
        """Let no name be written within so many points of a place."""
        half = 0.5 * size_pt * self._columns_per_pt
        tall = half / self.ratio
        self._written.append(shapely.box(col - half, row - tall, col + half, row + tall))

    def _name(
        self, name: str, at: tuple[float, float], size: float, colour: str, beside: bool = False
    ) -> bool:
        """Write a name at a point or beside it; False if it would leave the map or hide another."""
        left, right, top, bottom = self.view
        per_pt = self._columns_per_pt
        long, tall = LETTER * size * len(name) * per_pt, 1.4 * size * per_pt / self.ratio
        (x, y), gap = at, 3.0 * per_pt
        for start, align in (
            [(x + gap, "left"), (x - gap - long, "right")] if beside else [(x - long / 2, "center")]
        ):
            box = shapely.box(start, y - tall / 2, start + long, y + tall / 2)
            inside = left < start and start + long < right
            if not inside or not min(top, bottom) < y < max(top, bottom):
                continue
            if any(box.intersects(other) for other in self._written):
                continue
            self._written.append(box)
            edge = {"left": start, "right": start + long, "center": x}[align]
            self.axes.text(
                edge,
                y,
                name,
                fontsize=size,
                ha=align,
                va="center",
                color=colour,
                path_effects=HALO,
                zorder=7,
            )
            return True
        return False

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
        """Hatch the parts of the rings that lie on or behind unknown terrain."""
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

    def frame(self, graticule: bool = True) -> None:
        """A thin frame with a scale bar, and with the graticule unless the panel is small."""
        if graticule:
            self._graticule()
        else:
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
        self.axes.set_xticks(x, [text.degrees(v, "E", "W") for v in lons])
        self.axes.set_yticks(y, [text.degrees(v, "N", "S") for v in lats])
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
        for x, label in ((x0, "0"), (x0 + width, text.length(length_m))):
            self.axes.text(
                x,
                y0 - 1.8 * height,
                label,
                fontsize=7,
                ha="center",
                va="bottom",
                color=INK,
                path_effects=HALO,
                zorder=9,
            )


def _site_mark(id_: str, number: int) -> str:
    tail = id_.rsplit("-", 1)[-1]
    return tail if tail.isdigit() else str(number)


def _nice_ticks(low: float, high: float) -> NDArray[Any]:
    span = high - low
    steps = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30])
    step = steps[min(int(np.searchsorted(steps, span / 6)), len(steps) - 1)]
    return np.round(np.arange(math.ceil(low / step) * step, high, step), 6)


def _nice_length(longest_m: float) -> float:
    power = 10.0 ** math.floor(math.log10(longest_m))
    return next(k * power for k in (5, 2, 1) if k * power <= longest_m)
