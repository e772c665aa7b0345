"""The ground of an interactive map: terrain, borders, sites and rings as a plotly figure.

A figure contains everything it needs: the terrain is an embedded picture, so no tiles are fetched.
Axes are the coordinates of the terrain's own grid.
"""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import SiteSpec
from skyshade.errors import InputError
from skyshade.report import text
from skyshade.report.borders import borders
from skyshade.report.ground import north_up, relief
from skyshade.report.style import INK, MUTED, PAPER
from skyshade.terrain.geodesy import cell_size_m, ring
from skyshade.terrain.model import Dem

if TYPE_CHECKING:
    from skyshade.notebook.map import Map

FOOT = 200  # pixels under the map: axis, slider, note
MARGIN = 0.05  # around the points, as a share of their longer side
LEAST_ASPECT = 0.6  # of height to width, and of width to height
UNKNOWN = "rgba(244,241,234,0.85)"  # the colour of paper, as beyond the terrain
HOVER = "<extra></extra>"  # leaves out the box with the name of the trace


def plotly() -> Any:
    """The module `plotly.graph_objects`.

    Raises
    ------
    InputError : it is not installed.
    """
    try:
        import plotly.graph_objects as go
    except ImportError:
        raise InputError(
            "plotly is not installed, which maps to explore are made with",
            hint="Install it with: pip install 'skyshade[notebook]'. plot() works without.",
        ) from None
    return go


class Ground:
    """The part of a terrain around some points, thinned to what a map shows.

    Parameters
    ----------
    lonlat : (n, 2) points that must be on the map, degrees.
    pixels : cells along the longer side, at most.
    """

    def __init__(self, dem: Dem, lonlat: NDArray[Any], pixels: int) -> None:
        """Choose the window and the thinning.

        Raises
        ------
        InputError : `pixels` out of bounds.
        """
        if not (isinstance(pixels, int | np.integer) and 50 <= pixels <= 2000):
            raise InputError(
                "number of cells out of bounds", field="pixels", value=pixels, allowed="50 to 2000"
            )
        self.dem = dem
        self.cell_m = np.array(cell_size_m(dem.grid))
        low, high = self._corners(lonlat)
        spans = []
        for a, b, n in zip(low, high, dem.grid.shape[::-1], strict=True):
            first = min(max(int(np.floor(a)), 0), n - 2)
            spans.append(slice(first, max(min(int(np.ceil(b)) + 1, n), first + 2)))
        self.cols, self.rows = spans
        longer = max(s.stop - s.start for s in spans)
        self.step = max(1, -(-longer // pixels))
        (self.y_name, y), (self.x_name, x) = dem.grid.axes().items()
        self.x, self.y = x[self.cols][:: self.step], y[self.rows][:: self.step]
        # the view may extend beyond the terrain, because rings do
        x, y = dem.grid.xy(*np.stack([low, high]).T)
        self.x_view, self.y_view = sorted(x.tolist()), sorted(y.tolist())

    def _corners(self, lonlat: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """(col, row) of the view's corners, with a margin and `LEAST_ASPECT`."""
        points = np.column_stack(self.dem.grid.colrow(*lonlat.T))
        low, high = points.min(0), points.max(0)
        half_m = (high - low) / 2 * self.cell_m
        half_m = np.maximum(half_m + MARGIN * half_m.max(), LEAST_ASPECT * half_m.max())
        half = np.maximum(half_m / self.cell_m, 2.0)
        return (low + high) / 2 - half, (low + high) / 2 + half

    def xy(self, lonlat: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Coordinates on the map of longitudes and latitudes (n, 2)."""
        grid = self.dem.grid
        return grid.xy(*grid.colrow(*np.asarray(lonlat, float).reshape(-1, 2).T))

    def thin(self, values: NDArray[Any]) -> NDArray[Any]:
        """The part of an array on the terrain's grid that the map shows, thinned."""
        return values[self.rows, self.cols][:: self.step, :: self.step]

    def figure(self, title: str, note: str) -> Map:
        """A figure with shaded terrain, borders and axes."""
        plotly()
        from skyshade.notebook.map import HEIGHT, Map

        figure = Map()
        grid = self.dem.grid
        width_m, height_m = self.cell_m
        geographic = grid.is_geographic
        unit = "°" if geographic else "m"
        axis: dict[str, Any] = {
            "showgrid": False,
            "zeroline": False,
            "ticks": "outside",
            "linecolor": MUTED,
            "mirror": True,
            "showline": True,
        }
        metres_ratio = (height_m / abs(grid.transform.e)) / (width_m / abs(grid.transform.a))
        figure.update_layout(
            template="none",
            height=HEIGHT,
            title={"text": title, "x": 0.01, "font": {"size": 15}},
            font={"color": INK, "size": 12},
            plot_bgcolor=PAPER,
            paper_bgcolor="white",
            margin={"l": 60, "r": 20, "t": 60, "b": FOOT},
            hovermode="closest",
            dragmode="pan",
            legend={
                "bgcolor": "rgba(255,255,255,0.75)",
                "itemclick": False,
                "itemdoubleclick": False,
            },
            xaxis=axis
            | {
                "range": self.x_view,
                "ticksuffix": unit if geographic else "",
                "constrain": "domain",
                "title": {"text": "longitude" if geographic else "easting (m)"},
            },
            yaxis=axis
            | {
                "range": self.y_view,
                "ticksuffix": unit if geographic else "",
                "scaleanchor": "x",
                "scaleratio": metres_ratio,
                "constrain": "domain",
                "title": {"text": "latitude" if geographic else "northing (m)"},
            },
            images=[self._picture()],
            annotations=[
                {
                    "text": "<br>".join(textwrap.wrap(note, 150)),
                    "showarrow": False,
                    "xref": "paper",
                    "yref": "paper",
                    "x": 0,
                    "y": 0,
                    "yshift": 20 - FOOT,
                    "xanchor": "left",
                    "yanchor": "bottom",
                    "align": "left",
                    "font": {"size": 10, "color": MUTED},
                }
            ],
        )
        self._add_borders(figure)
        return figure

    def _picture(self) -> dict[str, Any]:
        from PIL import Image

        rgba = relief(self.dem, (self.rows, self.cols), self.step)
        if not north_up(self.dem.grid):
            rgba = rgba[::-1]
        if self.dem.grid.transform.a < 0:
            rgba = rgba[:, ::-1]
        buffer = io.BytesIO()
        Image.fromarray((255 * rgba).round().astype(np.uint8)).save(buffer, "PNG", optimize=True)
        dx, dy = (abs(float(v[1] - v[0])) for v in (self.x, self.y))
        return {
            "source": "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode(),
            "xref": "x",
            "yref": "y",
            "layer": "below",
            "sizing": "stretch",
            "x": float(self.x.min()) - dx / 2,
            "y": float(self.y.max()) + dy / 2,
            "sizex": dx * len(self.x),
            "sizey": dy * len(self.y),
        }

    def _add_borders(self, figure: Map) -> None:
        (west, east), (south, north) = self.x_view, self.y_view
        looks: dict[bool, list[NDArray[Any]]] = {False: [], True: []}
        for line in borders():
            x, y = self.xy(line.points)
            if ((x > west) & (x < east) & (y > south) & (y < north)).any():
                looks[line.disputed].append(np.column_stack([x, y]))
        for disputed, lines in looks.items():
            if lines:
                figure.add_scatter(
                    **joined(lines),
                    mode="lines",
                    hoverinfo="skip",
                    showlegend=disputed,
                    name="disputed border",
                    line={"color": INK, "width": 1, "dash": "4px,3px" if disputed else "solid"},
                )

    def add_sites(self, figure: Map, specs: Sequence[SiteSpec], ring_m: float | None) -> None:
        """Sites, numbered, and their rings: of their own radars, or of one radius (m) for all."""
        outlines = []
        for spec in specs:
            points = ring(spec.antenna.lon, spec.antenna.lat, ring_m or spec.max_range_m, 180)
            x, y = self.xy(np.vstack([points, points[:1]]))
            outlines.append(np.column_stack([x, y]))
        what = "radar's ring" if ring_m is None else f"{text.length(ring_m)} ring, as usually drawn"
        figure.add_scatter(
            **joined(outlines),
            mode="lines",
            hoverinfo="skip",
            name=what,
            line={"color": INK, "width": 1.2, "dash": "dot"},
        )
        x, y = self.xy(np.array([(s.antenna.lon, s.antenna.lat) for s in specs]))
        figure.add_scatter(
            x=x,
            y=y,
            mode="markers+text",
            name="site, numbered in order",
            text=[f"<b>{k}</b>" for k in range(1, len(specs) + 1)],
            textposition="top right",
            marker={
                "symbol": "triangle-up",
                "size": 11,
                "color": "white",
                "line": {"color": INK, "width": 1.5},
            },
            customdata=[f"{s.name}, antenna {s.antenna.agl_m:g} m above ground" for s in specs],
            hovertemplate="%{customdata}" + HOVER,
        )


def add_unknown(figure: Map) -> None:
    """A legend entry for unknown terrain."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="unknown: terrain ends",
        marker={
            "symbol": "square",
            "size": 11,
            "color": UNKNOWN,
            "line": {"color": MUTED, "width": 1},
        },
    )


def joined(lines: Iterable[NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Lines (n, 2) as one, with gaps between."""
    gap = np.full((1, 2), np.nan)
    points = np.concatenate([part for line in lines for part in (line, gap)])[:-1]
    return {"x": points[:, 0], "y": points[:, 1]}


def rings_of(specs: Sequence[SiteSpec], radius_m: float | None = None) -> NDArray[np.float64]:
    """(n, 2) longitude and latitude of the rings' points."""
    return np.concatenate(
        [ring(s.antenna.lon, s.antenna.lat, radius_m or s.max_range_m, 90) for s in specs]
    )


def slider(
    steps: Sequence[tuple[str, dict[str, Any], dict[str, Any]]], before: str, active: int = 0
) -> dict[str, Any]:
    """A slider whose steps are (label, changes of the traces, changes of the layout)."""
    return {
        "active": active,
        "currentvalue": {"prefix": before, "font": {"size": 13}},
        "pad": {"t": 45},
        "len": 0.9,
        "x": 0.05,
        "steps": [
            {"label": label, "method": "update", "args": [traces, layout]}
            for label, traces, layout in steps
        ],
    }
