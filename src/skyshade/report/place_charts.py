"""How each defended place is covered: from which altitude up, and from which side how early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from skyshade.reach.places import PlacesReach
from skyshade.report import text
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    canvas,
    dress,
    heading,
    legend_below,
    quiet,
)

TRACK, MET = "#e69f00", "#0072b2"
SIDES = (SERIES[4], SERIES[0], SERIES[2], SERIES[1])  # of each flight
# of the outer ring: fewest shots, colour, label
SHOTS = (
    (0, "#d9d9d9", "none"),
    (1, "#cfe1f2", "1"),
    (2, "#6aaed6", "2 or 3"),
    (4, "#0b559f", "4 or more"),
)
RINGS_M = (50e3, 200e3)
INNER, OUTER = 1.07, 1.2  # radii of the ring of shots; the rose itself has radius 1
WIDE, HIGH = 2.75, 3.3  # size of one rose with its label
AT_LEAST_M = 10.0  # the axis of altitudes begins there


@dataclass(frozen=True)
class PlaceBar:
    """Lowest visible altitude above one place, None where it is unknown or out of range."""

    name: str
    value_m: float | None
    low_m: float | None
    high_m: float | None
    note: str


def places_figure(
    bars: Sequence[PlaceBar],
    marks_m: Sequence[float],
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """Lowest visible altitude above ground over each place, log scale, with its band."""
    figure = canvas(width_inch, 0.2 * len(bars) + 0.4)
    ax = figure.subplots()
    for i, bar in enumerate(bars):
        y = len(bars) - 1 - i
        if bar.value_m is None or bar.low_m is None or bar.high_m is None:
            ax.text(11, y, bar.note, fontsize=7.5, va="center", color=MUTED, style="italic")
            continue
        low, value, high = (max(v, AT_LEAST_M) for v in (bar.low_m, bar.value_m, bar.high_m))
        ax.plot([low, high], [y, y], color=SERIES[0], lw=5, alpha=0.3, solid_capstyle="butt")
        ax.plot(value, y, "o", color=SERIES[0], ms=5)
        ax.text(max(high, value) * 1.12, y, bar.note, fontsize=7, va="center", color=MUTED)
    for mark in marks_m:
        ax.axvline(mark, color=MUTED, lw=0.6, ls=(0, (2, 2)), zorder=0)
    ax.set_xscale("log")
    ax.set_xlim(9, 60000)
    ticks = [10, 30, 100, 300, 1000, 3000, 10000, 30000]
    ax.set_xticks(ticks, [text.length(t) for t in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(bars)), [b.name for b in reversed(bars)], fontsize=8)
    ax.set_ylim(-0.7, len(bars) - 0.3)
    quiet(ax, grid="x")
    return dress(figure, about)


def sides_figure(
    names: Sequence[str],
    flights: Sequence[str],
    share: NDArray[np.float64],
    about: About,
    width_inch: float = WIDE_INCH,
) -> Figure:
    """From how many sides each place can be defended: a bar per flight, with its band.

    Parameters
    ----------
    share : (3, places, flights) low, middle and high share of all sides, in per cent.
    """
    order = np.lexsort(share[1].T)  # by the last flight, then by the first
    n = len(flights)
    figure = canvas(width_inch, 0.13 * (n + 1) * len(names) + 0.4)
    ax = figure.subplots()
    for f, colour in zip(range(n), SIDES, strict=False):
        y = np.arange(len(names)) + (n - 1 - 2 * f) * 0.16
        low, middle, high = share[:, order, f]
        ax.barh(y, middle, height=0.28, color=colour, zorder=3)
        ax.hlines(y, low, high, color=INK, lw=1.0, zorder=4)
    ax.set_yticks(range(len(names)), [names[i] for i in order], fontsize=8)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_xlim(0, 100)
    ticks = [0, 25, 50, 75, 100]
    ax.set_xticks(ticks, [f"{tick} %" for tick in ticks])
    quiet(ax, grid="x")
    handles: list[Patch | Line2D] = [
        Patch(fc=colour, label=flight) for flight, colour in zip(flights, SIDES, strict=False)
    ]
    handles.append(Line2D([], [], color=INK, lw=1, label="5 to 95 % of the draws"))
    return dress(figure, about, handles)


def place_roses_figure(found: PlacesReach, flight: int) -> Figure:
    """First track and earliest intercept per approach azimuth, a rose per place, for one flight.

    The radius is the square root of the distance, so that areas compare and short distances can
    be read. Roses are polygons on one set of axes, since polar axes take a second each to draw.

    Parameters
    ----------
    flight : its number among `found.flights`.
    """
    n = len(found.places)
    across = min(5, n)
    down = -(-n // across)
    figure = canvas(2.1 * max(across, 4), 2.1 * HIGH / WIDE * down + 1.0)
    ax = figure.subplots()
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-WIDE / 2, (across - 0.5) * WIDE)
    ax.set_ylim(-(down - 0.5) * HIGH - 0.15, HIGH / 2)
    track, met = found.band("first_track_m")[:, :, flight], found.band("intercept_m")[:, :, flight]
    shots, units = found.band("n_shots")[1, :, flight], found.band("n_units")[1, :, flight]
    for p, place in enumerate(found.places):
        centre = np.array([p % across * WIDE, -(p // across) * HIGH])
        if found.known[p]:
            _rose(ax, centre, found, track[1, p], met[:, p], shots[p])
        for label, below, size, colour in (
            (place.name.split(" (")[0], 0.1, 7.5, INK),
            (_units(units[p]) if found.known[p] else "no terrain: unknown", 0.36, 6.5, MUTED),
        ):
            at = centre[0], centre[1] - OUTER - below
            ax.text(*at, label, ha="center", va="top", fontsize=size, color=colour)
    heading(figure, f"Approaching each place: {found.flights[flight].label}", 12)
    rings = ", ".join(f"{r / 1e3:g}" for r in (*RINGS_M, found.approach_m))
    handles = [
        Line2D([], [], color=TRACK, lw=1.2, label="first track by any unit"),
        Patch(fc=MET, alpha=0.6, label="earliest intercept by any unit"),
        Patch(fc=MET, alpha=0.25, label="5 to 95 %"),
        *(Patch(fc=colour, label=f"shots: {label}") for _, colour, label in SHOTS),
    ]
    note = f"North up. Distance from the place; circles: {rings} km, square-root scale."
    legend_below(figure, handles, 4, note)
    return figure


def _units(per_azimuth: NDArray[np.float64]) -> str:
    """How many units can intercept, over all sides."""
    low, high = round(per_azimuth.min()), round(per_azimuth.max())
    return f"{text.count(low, 'unit')} from every side" if low == high else f"{low} to {high} units"


def _rose(
    ax: Axes,
    centre: NDArray[np.float64],
    found: PlacesReach,
    track: NDArray[np.float64],
    met: NDArray[np.float64],
    shots: NDArray[np.float64],
) -> None:
    half = 180.0 / len(found.az_deg)
    edges = (found.az_deg[:, None] + [-half, 0.0, half]).ravel()  # a wedge per azimuth

    def outline(distances_m: NDArray[np.float64]) -> NDArray[np.float64]:
        return centre + _polar(edges, np.repeat(np.sqrt(distances_m / found.approach_m), 3))

    circle = np.linspace(0.0, 360.0, 121)
    rings = [np.full(121, np.sqrt(r / found.approach_m)) for r in (*RINGS_M, found.approach_m)]
    arcs = np.split(edges, len(found.az_deg))
    wedges = [
        centre + np.vstack([_polar(arc, np.full(3, INNER)), _polar(arc[::-1], np.full(3, OUTER))])
        for arc in arcs
    ]
    colours = [[c for least, c, _ in SHOTS if n >= least - 0.5][-1] for n in shots]
    for collection in (
        LineCollection([centre + _polar(circle, r) for r in rings], colors="#dfe4e7", lw=0.5),
        *(
            PolyCollection([outline(values)], fc=MET, ec="none", alpha=alpha)
            for values, alpha in ((met[2], 0.25), (met[1], 0.5), (met[0], 0.25))
        ),
        PolyCollection([outline(track)] if track.max() > 0 else [], fc="none", ec=TRACK, lw=1.0),
        PolyCollection(wedges, fc=colours, ec="white", lw=0.3),
    ):
        ax.add_collection(collection, autolim=False)
    ax.plot(*centre, "o", color=INK, ms=1.5)


def _polar(az_deg: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    az = np.radians(az_deg)
    return np.column_stack([radius * np.sin(az), radius * np.cos(az)])
