"""Roses: what each defended place gets from each side, one small rose per place."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from skyshade.reach.places import PlacesReach
from skyshade.report.style import INK, MUTED, Figure

TRACK, MET = "#e69f00", "#0072b2"
# colours of the outer ring: from so many shots on
SHOTS = (
    (0, "#d9d9d9", "none"),
    (1, "#cfe1f2", "1"),
    (2, "#6aaed6", "2 or 3"),
    (4, "#0b559f", "4 or more"),
)
RINGS_M = (50e3, 200e3)
INNER, OUTER = 1.07, 1.2  # radii of the ring of shots; the approach ends at 1
WIDE, HIGH = 2.75, 3.3  # of one rose with its label


def place_roses_figure(found: PlacesReach, flight: int) -> Figure:
    """First track and earliest intercept per approach azimuth, a rose per place, for one flight.

    Distances grow with the square of the radius, so that areas are fair and near things show.
    Roses are drawn as polygons on one set of axes: polar axes would take a second each.
    """
    n = len(found.places)
    across = min(5, n)
    down = -(-n // across)
    figure = Figure(
        figsize=(2.1 * max(across, 4), 2.1 * HIGH / WIDE * down + 1.0), layout="constrained"
    )
    figure.set_facecolor("white")
    ax = figure.subplots()
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-WIDE / 2, (across - 0.5) * WIDE)
    ax.set_ylim(-(down - 0.5) * HIGH - 0.15, HIGH / 2)
    track, met = found.band("first_track_m")[:, :, flight], found.band("intercept_m")[:, :, flight]
    shots, units = found.band("n_shots")[1, :, flight], found.band("n_units")[1, :, flight]
    for p, place in enumerate(found.places):
        centre = np.array([p % across * WIDE, -(p // across) * HIGH])
        ax.text(
            centre[0],
            centre[1] - OUTER - 0.1,
            place.name.split(" (")[0],
            ha="center",
            va="top",
            fontsize=7.5,
            color=INK,
        )
        if not found.known[p]:
            note = "no terrain: unknown"
        else:
            low, high = units[p].min(), units[p].max()
            note = (
                f"{low:.0f} unit{'' if low == 1 else 's'} from every side"
                if low == high
                else (f"{low:.0f} to {high:.0f} units")
            )
            _rose(ax, centre, found, track[1, p], met[:, p], shots[p])
        ax.text(
            centre[0],
            centre[1] - OUTER - 0.36,
            note,
            ha="center",
            va="top",
            fontsize=6.5,
            color=MUTED,
        )
    chosen = found.flights[flight]
    figure.suptitle(
        f"Approaching each place: {chosen.label}",
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        color=INK,
    )
    rings = ", ".join(f"{r / 1e3:g}" for r in (*RINGS_M, found.approach_m))
    figure.legend(
        handles=[
            Line2D([], [], color=TRACK, lw=1.2, label="first track by any unit"),
            Patch(fc=MET, alpha=0.6, label="earliest intercept by any unit"),
            Patch(fc=MET, alpha=0.25, label="5 to 95 %"),
            *(Patch(fc=colour, label=f"shots: {text}") for _, colour, text in SHOTS),
        ],
        loc="outside lower left",
        ncols=4,
        fontsize=7.5,
        frameon=False,
        title=f"North up. Distance from the place; circles: {rings} km, square-root scale.",
        title_fontsize=7.5,
        alignment="left",
    )
    return figure


def _rose(
    ax: Axes, centre: NDArray, found: PlacesReach, track: NDArray, met: NDArray, shots: NDArray
) -> None:
    half = 180.0 / len(found.az_deg)
    edges = (found.az_deg[:, None] + [-half, 0.0, half]).ravel()  # each azimuth a wedge

    def outline(distances_m: NDArray) -> NDArray:
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


def _polar(az_deg: NDArray, radius: NDArray) -> NDArray:
    az = np.radians(az_deg)
    return np.column_stack([radius * np.sin(az), radius * np.cos(az)])
