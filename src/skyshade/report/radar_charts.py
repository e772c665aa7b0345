"""A radar's vertical coverage: range, height and elevation angle over the 4/3 Earth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from skyshade.radar.detection import required_snr
from skyshade.radar.model import EARTH_RADIUS_M, Jammer, Radar
from skyshade.radar.multipath import propagation_factor
from skyshade.radar.ranges import horizon_range, snr_at
from skyshade.report import text
from skyshade.report.style import INK, MUTED, SERIES, Figure, canvas, legend_below
from skyshade.terrain.model import EFFECTIVE_EARTH

Grid = NDArray[np.float64]
RADIUS_M = EFFECTIVE_EARTH * EARTH_RADIUS_M
MAX_BANDS = 3  # more bands would hide each other
ANGLES_DEG = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 30.0, 60.0)


@dataclass(frozen=True)
class Lobe:
    """One target on the chart: its cross-section, with the bounds that make the band."""

    label: str
    rcs_m2: float
    low_m2: float
    high_m2: float


def summary_figure(
    radar: Radar,
    summary: Mapping[str, Any],
    *,
    jammer: Jammer | None = None,
    multipath: bool = False,
) -> Figure:
    """The vertical coverage chart of a :func:`~skyshade.radar.summary.radar_summary`."""
    lobes = [
        Lobe(t["title"], t["rcs_m2"]["value"], t["rcs_m2"]["low"], t["rcs_m2"]["high"])
        for t in summary["targets"][: len(SERIES)]
    ]
    return vertical_coverage_figure(
        radar,
        lobes,
        summary["antenna_m"],
        jammer=jammer,
        multipath=multipath,
        note=summary["basis"],
    )


def vertical_coverage_figure(
    radar: Radar,
    lobes: Sequence[Lobe],
    antenna_m: float,
    *,
    top_m: float = 30_000.0,
    jammer: Jammer | None = None,
    multipath: bool = False,
    note: str = "",
) -> Figure:
    """Where one look detects each target with the reference probability (Blake's chart).

    A line is for the default cross-section, a band (for up to three targets) for its bounds.
    Shaded: below the radar horizon of a smooth Earth, or outside the elevation limits.
    """
    p = radar.detection.p_reference
    farthest = radar.instrumented_range_m or 1.6 * radar.reference_range_m
    r = np.linspace(1_000.0, farthest, 600)
    h = np.linspace(0.0, top_m, 500)
    rr, hh = np.meshgrid(r, h)
    needed = np.log(
        required_snr(p, radar.detection.pfa, radar.detection.n_pulses, radar.detection.swerling)
    )
    base = np.log(snr_at(radar, rr, 1.0, hh, jammer=jammer))
    if multipath:
        factor = propagation_factor(rr, antenna_m, np.maximum(hh, 1.0), radar.freq_hz)
        base = base + 4.0 * np.log(np.maximum(factor, 1e-6))
    hidden = _hidden(radar, rr, hh, antenna_m)
    base = np.where(hidden, -50.0, base)

    figure = canvas(10.5, 6.2)
    ax = figure.subplots()
    x, y = rr / 1e3, hh / 1e3
    ax.contourf(x, y, hidden.astype(float), levels=[0.5, 1.5], colors=["#e4e0d6"])
    for lobe, colour in zip(lobes, SERIES, strict=False):
        margins = [base + np.log(s) - needed for s in (lobe.low_m2, lobe.rcs_m2, lobe.high_m2)]
        between = (margins[2] >= 0) & ~(margins[0] >= 0)
        if lobe.low_m2 < lobe.high_m2 and len(lobes) <= MAX_BANDS:
            ax.contourf(x, y, between.astype(float), levels=[0.5, 1.5], colors=[colour], alpha=0.14)
        shown = np.ma.masked_array(margins[1], mask=hidden)
        ax.contour(x, y, shown, levels=[0.0], colors=[colour], linewidths=0.7 if multipath else 1.8)
    _rays(ax, antenna_m, farthest, top_m)
    ax.set_xlim(0, farthest / 1e3)
    ax.set_ylim(0, top_m / 1e3)
    ax.set_xlabel("ground range, km", fontsize=9, color=INK)
    ax.set_ylabel("height above the antenna's ground, km", fontsize=9, color=INK)
    ax.tick_params(labelsize=8, color=MUTED, labelcolor=INK)
    ax.grid(color="#e3e7ea", lw=0.5)
    for spine in ax.spines.values():
        spine.set(color=MUTED, lw=0.6)
    ax.set_title(
        f"{radar.id}: one look detects with probability {text.percent(p)}",
        loc="left",
        fontsize=12,
        fontweight="bold",
        color=INK,
        pad=16,
    )
    handles: list[Line2D | Patch] = [
        Line2D(
            [],
            [],
            color=colour,
            lw=2,
            label=f"{lobe.label}: {text.given((lobe.low_m2, lobe.rcs_m2, lobe.high_m2), 'm²')}",
        )
        for lobe, colour in zip(lobes, SERIES, strict=False)
    ]
    if len(lobes) <= MAX_BANDS:
        handles.append(Patch(fc=MUTED, alpha=0.2, label="band: RCS between its bounds"))
    handles.append(
        Patch(
            fc="#e4e0d6",
            label="below the horizon of a smooth Earth, or outside the elevation limits",
        )
    )
    legend_below(figure, handles, 2, note)
    return figure


def _hidden(radar: Radar, rr: Grid, hh: Grid, antenna_m: float) -> NDArray[np.bool_]:
    """Below the smooth-Earth horizon or outside the elevation limits."""
    reach = np.array([horizon_range(antenna_m, float(h)) for h in hh[:, 0]])[:, None]
    elevation = np.degrees(np.arctan2(hh - antenna_m - rr**2 / (2 * RADIUS_M), rr))
    low, high = radar.el_limits_deg
    hidden: NDArray[np.bool_] = (rr > reach) | (elevation < low) | (elevation > high)
    return hidden


def _rays(ax: Axes, antenna_m: float, farthest_m: float, top_m: float) -> None:
    """Lines of constant elevation angle, labelled at the edge of the chart."""
    r = np.linspace(0.0, farthest_m, 400)
    for angle in ANGLES_DEG:
        height = antenna_m + r * np.tan(np.radians(angle)) + r**2 / (2 * RADIUS_M)
        inside = height <= top_m
        ax.plot(r[inside] / 1e3, height[inside] / 1e3, color=MUTED, lw=0.5, ls=(0, (3, 3)))
        if inside.sum() > 1:
            end = r[inside][-1]
            ax.annotate(
                f"{angle:g}°",
                (end / 1e3, height[inside][-1] / 1e3),
                xytext=(2, 2),
                textcoords="offset points",
                fontsize=7,
                color=MUTED,
                annotation_clip=False,
            )
