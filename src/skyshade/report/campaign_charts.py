"""Campaigns in pictures: saturation curves with intervals and bands, heat maps, unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from skyshade.campaign.axes import Axis
from skyshade.campaign.compare import Comparison
from skyshade.campaign.sweep import Sweep
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.engagement.results import Share
from skyshade.report import text
from skyshade.report.style import INK, MUTED, SERIES, Figure, canvas, footnote, heading
from skyshade.uncertainty.drivers import Driver

SMALL = 0.005  # unknowns with a smaller total index are only named
MOST_LINES = 6  # with more values on the second axis, a heat map is clearer
PERCENT = "threats that get through (%)"
BOTH_BARS = "dark: 95 % Monte-Carlo interval"
DRAWN = "light: 5 to 95 % over draws of the unknown figures"


def sweep_figure(sweep: Sweep) -> Figure | None:
    """The sweep as a curve, a family of curves or a heat map.

    None unless it runs along one or two axes; an axis with one value only sets that value.
    """
    axes = sorted((a for a in sweep.axes if len(a.values) > 1), key=lambda a: -len(a.values))
    if not 1 <= len(axes) <= 2:
        return None
    if len(axes) == 2 and {a.field.name for a in axes} == {"bearing", "altitude"}:
        figure = _polar(sweep, *sorted(axes, key=lambda a: a.field.name == "altitude"))
    elif len(axes) == 2 and len(axes[1].values) > MOST_LINES:
        figure = _heat_map(sweep, axes[0], axes[1])
    else:
        figure = _curves(sweep, axes)
    title = [sweep.study.scenario.title]
    title += [
        f"{a.field.label} {a.values[0]:g} {a.field.unit}".strip()
        for a in sweep.axes
        if len(a.values) == 1
    ]
    heading(figure, ", ".join(title))
    return figure


def _label(axis: Axis) -> str:
    return f"{axis.field.label}{f' ({axis.field.unit})' if axis.field.unit else ''}"


def _tidy(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e6e8", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(colors=MUTED, labelsize=9)


def _curves(sweep: Sweep, axes: Sequence[Axis]) -> Figure:
    figure = canvas(9.5, 5.6)
    ax = figure.add_subplot()
    along = axes[0].field.name
    x = np.array([p[along] for p in sweep.points])
    lines = axes[1].values if len(axes) == 2 else (None,)
    for k, value in enumerate(lines):
        colour = SERIES[k % len(SERIES)]
        here = np.array([value is None or p[axes[1].field.name] == value for p in sweep.points])
        order = np.flatnonzero(here)[np.argsort(x[here])]
        low, middle, high = 100 * sweep.leaked[order].T
        name = "at the default figures" if value is None else f"{value:g} {axes[1].field.unit}"
        if sweep.bands is not None:
            band = 100 * sweep.bands[order]
            ax.fill_between(x[order], band[:, 0], band[:, 2], color=colour, alpha=0.16, lw=0)
            ax.plot(x[order], band[:, 1], color=colour, lw=1, ls=":")
        ax.fill_between(x[order], low, high, color=colour, alpha=0.45, lw=0)
        ax.plot(
            x[order],
            middle,
            color=colour,
            lw=1.8,
            label=name.strip(),
            marker="o" if len(order) <= 20 else "",
            ms=4,
        )
    ax.set_xlabel(_label(axes[0]))
    ax.set_ylabel(PERCENT)
    ax.set_xlim(x.min(), x.max())
    ax.set_ylim(0, 100)
    if len(lines) > 1:
        ax.legend(title=axes[1].field.label, frameon=False, fontsize=9)
    bars = BOTH_BARS + ("" if sweep.bands is None else f"; {DRAWN}, dotted: their median")
    ax.set_title(bars[0].upper() + bars[1:], loc="left", fontsize=9, color=MUTED)
    _tidy(ax)
    return figure


def _heat_map(sweep: Sweep, across: Axis, up: Axis) -> Figure:
    figure = canvas(9.5, 6.2)
    ax = figure.add_subplot()
    x, y, z = _mesh(sweep, across, up)
    mesh = ax.pcolormesh(x, y, z, cmap="cividis", norm=Normalize(0, 100), shading="nearest")
    if z.min() < 50 < z.max():
        ax.contour(x, y, z, levels=[50], colors="white", linewidths=1.2)
        ax.set_title("White: half get through", loc="left", fontsize=9, color=MUTED)
    ax.set_xlabel(_label(across))
    ax.set_ylabel(_label(up))
    ax.tick_params(colors=MUTED, labelsize=9)
    figure.colorbar(mesh, ax=ax, label=PERCENT)
    return figure


def _polar(sweep: Sweep, across: Axis, up: Axis) -> Figure:
    """Share of leakers by azimuth of approach and altitude."""
    figure = canvas(8.2, 7.4)
    ax = figure.add_subplot(projection="polar")
    az, _, z = _mesh(sweep, across, up)
    az_deg = np.unique(az)
    gap = float(np.diff(az_deg).min()) if len(az_deg) > 1 else 360.0
    for i in range(len(up.values)):
        ax.bar(
            np.radians(az_deg),
            1.0,
            width=np.radians(gap),
            bottom=i + 0.6,
            edgecolor="white",
            linewidth=0.4,
            color=colormaps["cividis"](z[i] / 100),
        )
    ax.set_theta_zero_location("N")  # type: ignore[attr-defined]
    ax.set_theta_direction(-1)  # type: ignore[attr-defined]
    ax.set_xticks(np.radians(np.arange(0, 360, 45)), ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    ax.set_yticks(
        np.arange(len(up.values)) + 1.1, [f"{v:,.0f} m" for v in sorted(up.values)], fontsize=8
    )
    for label in ax.get_yticklabels():
        label.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
    ax.set_rlabel_position(float(az_deg[0]) + gap / 2)  # type: ignore[attr-defined]
    ax.set_ylim(0, len(up.values) + 0.6)
    ax.grid(visible=False)
    ax.spines["polar"].set_visible(False)
    ax.set_title(
        "Azimuth of approach, and altitude above ground (rings)",
        fontsize=9,
        color=MUTED,
        pad=18,
    )
    footnote(figure, "Positions are illustrative. Unknown figures are at their defaults.")
    figure.colorbar(
        ScalarMappable(Normalize(0, 100), "cividis"), ax=ax, label=PERCENT, shrink=0.75, pad=0.09
    )
    return figure


def _mesh(sweep: Sweep, across: Axis, up: Axis) -> tuple[NDArray[np.float64], ...]:
    """Ascending x and y, and the percentages (y, x)."""
    z = 100 * sweep.leaked[:, 1].reshape([len(a.values) for a in sweep.axes if len(a.values) > 1])
    if sweep.axes.index(across) < sweep.axes.index(up):
        z = z.T
    x, y = np.array(across.values), np.array(up.values)
    i, j = np.argsort(x), np.argsort(y)
    return x[i], y[j], z[np.ix_(j, i)]


def unknowns_figure(title: str, leaked: Share | None, uncertainty: Uncertainty) -> Figure:
    """Monte-Carlo interval and band of unknown figures, and the unknowns that matter, in order.

    Parameters
    ----------
    leaked : the share at the default figures; None leaves its interval out.
    """
    drivers = [d for d in uncertainty.drivers if d.share >= SMALL][:12]
    figure = canvas(10.5, 3.6 + 0.46 * len(drivers))
    top, bottom = figure.subplots(2, 1, height_ratios=(1.0, 1.0 + 0.46 * len(drivers)))
    low, middle, high = (100 * q for q in uncertainty.band())
    top.barh([0], [high - low], left=[low], height=0.5, color=SERIES[0], alpha=0.25)
    top.plot([middle, middle], [-0.25, 0.25], color=SERIES[0], lw=1, ls=":")
    if leaked is not None:
        # the outline keeps a very narrow interval visible
        top.barh(
            [0],
            [100 * (leaked.high - leaked.low)],
            left=[100 * leaked.low],
            height=0.5,
            color=SERIES[0],
            edgecolor=SERIES[0],
            lw=1.2,
        )
    top.set_yticks([])
    top.set_ylim(-0.5, 0.5)
    top.set_xlim(0, 100)
    top.set_xlabel(PERCENT)
    bars = DRAWN if leaked is None else f"{BOTH_BARS}; {DRAWN}"
    top.set_title(f"{bars}, dotted: their median", loc="left", fontsize=9, color=MUTED)
    _tidy(top)
    _ranked(bottom, drivers)
    rest = [d.key for d in uncertainty.drivers if d.share < SMALL]
    notes = ["* weak: low confidence, from memory or assumed."]
    if rest:
        notes.append(f"Also drawn, without effect here: {', '.join(rest)}.")
    footnote(figure, " ".join(notes))
    heading(figure, title, 12.5)
    return figure


METHODS = {
    "Sobol total": ("with its interactions (total Sobol index)", SERIES[1]),
    "Sobol first order": ("alone (first-order Sobol index)", SERIES[0]),
    "rank correlation": ("squared rank correlation", SERIES[0]),
}


def _ranked(ax: Axes, drivers: Sequence[Driver]) -> None:
    """A row per unknown: its weights by every method, and the result at its two ends."""
    y = np.arange(len(drivers))
    n = max((len(d.weights) for d in drivers), default=1)
    for k in range(n if drivers else 0):
        weights = [d.weights[k] for d in drivers]
        label, colour = METHODS[weights[0].method]
        values = np.array([w.value for w in weights])
        ends = np.array([[w.value - w.low for w in weights], [w.high - w.value for w in weights]])
        ax.barh(
            y + (k - (n - 1) / 2) * 0.38,
            np.maximum(values, 0),
            height=0.72 / n,
            color=colour,
            label=label,
            xerr=None if np.isnan(ends).any() else np.maximum(ends, 0),
            error_kw={"lw": 1, "ecolor": INK},
        )
    for row, d in enumerate(drivers):
        low, high = (text.percent(v) for v in d.swing)
        ax.annotate(
            f"{low} → {high}",
            (1.0, row),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
            color=MUTED,
        )
    ax.set_yticks(y, [d.key + (" *" if d.weak else "") for d in drivers])
    ax.set_ylim(len(drivers) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.set_xlabel("share of the result's variance; right: what gets through at its two ends")
    ax.set_title("Which unknown matters most", loc="left", fontsize=9, color=MUTED)
    if drivers:
        ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0.0, -0.3), ncols=2)
    _tidy(ax)


def comparison_figure(found: Comparison) -> Figure:
    """Shares that get through in two designs, and their paired difference, by class."""
    names = found.names
    figure = canvas(11, 2.6 + 0.5 * len(names))
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1), sharey=True)
    y = np.arange(len(names))
    for k, (tally, label) in enumerate(zip(found.tallies, found.labels, strict=True)):
        shares = [tally.share(n) for n in names]
        _whiskers(left, y + 0.24 * k - 0.12, shares, SERIES[k], label)
    _whiskers(right, y, [found.difference(n) for n in names], INK, None)
    right.axvline(0, color=MUTED, lw=1)
    left.set_yticks(y, [text.words(n) for n in names])
    left.invert_yaxis()
    left.set_xlabel(PERCENT)
    left.set_xlim(left=0)
    left.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1))
    right.set_xlabel("B minus A (percentage points)")
    right.set_title(
        f"Paired over {found.replicates:,} replicates with the same random numbers",
        loc="left",
        fontsize=9,
        color=MUTED,
    )
    for ax in (left, right):
        _tidy(ax)
    return figure


def _whiskers(
    ax: Axes, y: NDArray[Any], shares: Sequence[Any], colour: str, label: str | None
) -> None:
    value, low, high = (
        100 * np.array([getattr(s, f) for s in shares]) for f in ("value", "low", "high")
    )
    ends = np.maximum([value - low, high - value], 0)
    ax.errorbar(value, y, xerr=ends, fmt="o", ms=5, capsize=3, color=colour, label=label)
