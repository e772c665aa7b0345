"""Campaigns in pictures: curves with intervals and bands, heat maps, roses, scatters, unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.gridspec import GridSpec
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from skyshade.campaign.axes import Axis
from skyshade.campaign.compare import Comparison
from skyshade.campaign.findings import axis_correlations
from skyshade.campaign.sweep import Sweep
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.engagement.results import Share
from skyshade.report import text
from skyshade.report.style import INK, MUTED, SERIES, Figure, canvas, footnote, heading
from skyshade.uncertainty.drivers import Driver, Method

SMALL = 0.005  # unknowns with a smaller total index are only named
MOST_UNKNOWNS = 6  # in the ranking under a sweep
MOST_CLASSES = 8  # of a field's values, for the medians along it
MOST_LINES = 6  # with more values on the second axis, a heat map is clearer
PERCENT = "threats that get through (%)"
BOTH_BARS = "dark: 95 % Monte-Carlo interval"
METHODS: dict[Method, str] = {
    "Sobol total": "with its interactions: total Sobol index",
    "Sobol first order": "alone: first-order Sobol index",
    "rank correlation": "squared rank correlation",
}
DRAWN = "light: 5 to 95 % over draws of the unknown figures"


def sweep_figure(sweep: Sweep) -> Figure | None:
    """The sweep as a curve, curves, a rose, a heat map, a scatter, or a panel for each field.

    With draws a second panel ranks the unknown figures. None if no field varies. The finding is the
    title.
    """
    axes = sorted((a for a in sweep.axes if a.varies), key=lambda a: -len(a.values))
    if not axes:
        return None
    if len(axes) > 2:
        figure = _panels(sweep)
    elif sweep.design != "grid" and len(axes) == 2:
        figure = _scatter(sweep, *axes)
    elif len(axes) == 2 and {a.field.name for a in axes} == {"bearing", "altitude"}:
        figure = _polar(sweep, *sorted(axes, key=lambda a: a.field.name == "altitude"))
    elif bearing := _bearing_of(axes):
        figure = _rose(sweep, bearing, next((a for a in axes if a is not bearing), None))
    elif len(axes) == 2 and len(axes[1].values) > MOST_LINES:
        figure = _heat_map(sweep, axes[0], axes[1])
    else:
        figure = _curves(sweep, axes)
    fixed = [f"{a.field.label} {a.values[0]:g} {a.field.unit}" for a in sweep.axes if not a.varies]
    footnote(figure, ", ".join(part.strip() for part in [sweep.study.scenario.title, *fixed]) + ".")
    heading(figure, sweep.headline, 12)
    return figure


def _bearing_of(axes: Sequence[Axis]) -> Axis | None:
    """The axis around a rose; None if curves or a heat map are clearer."""
    around = [a for a in axes if a.field.is_bearing and len(a.values) > 2]
    others = [a for a in axes if a not in around]
    few = len(others) == 0 or len(others[0].values) <= MOST_LINES
    return around[0] if len(around) == 1 and few else None


def _canvas(sweep: Sweep, width: float, height: float, **kind: Any) -> tuple[Figure, Axes]:
    """A figure with room for the main panel, and a ranking of the unknowns where they are drawn."""
    if not sweep.drivers:
        figure = canvas(width, height)
        return figure, figure.add_subplot(**kind)
    rows = min(len(sweep.drivers), MOST_UNKNOWNS)
    below = 1.0 + 0.3 * rows
    figure = canvas(width, height + below)
    places = GridSpec(2, 1, figure, height_ratios=(height, below))
    _ranked(figure.add_subplot(places[1]), sweep.drivers[:MOST_UNKNOWNS])
    return figure, figure.add_subplot(places[0], **kind)


def _label(axis: Axis) -> str:
    return f"{axis.field.label}{f' ({axis.field.unit})' if axis.field.unit else ''}"


def _tidy(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e6e8", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(colors=MUTED, labelsize=9)


def _curves(sweep: Sweep, axes: Sequence[Axis]) -> Figure:
    figure, ax = _canvas(sweep, 9.5, 5.6)
    x = sweep.settings(axes[0])
    lines = axes[1].values if len(axes) == 2 else (None,)
    for k, value in enumerate(lines):
        colour = SERIES[k % len(SERIES)]
        order = _along(sweep, axes[0], axes[1] if len(axes) == 2 else None, value)
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


def _along(sweep: Sweep, axis: Axis, other: Axis | None, value: float | None) -> NDArray[np.intp]:
    """The points with this value of the other axis, in the order of the axis."""
    x = sweep.settings(axis)
    here = np.ones(len(x), bool) if other is None else sweep.settings(other) == value
    return np.flatnonzero(here)[np.argsort(x[here])]


def round_the_rose(bearings_deg: NDArray[np.float64]) -> NDArray[np.intp]:
    """The order in which a curve passes bearings, each once, the first again if it closes.

    The curve closes unless the bearings leave a gap that is wider than all others.

    >>> round_the_rose(np.array([180.0, 0.0, 270.0, 90.0, 360.0])).tolist()
    [1, 3, 0, 2, 1]
    >>> round_the_rose(np.array([350.0, 10.0, 30.0])).tolist()
    [0, 1, 2]
    """
    az = bearings_deg % 360
    _, order = np.unique(az, return_index=True)
    gaps = np.diff(az[order], append=az[order[0]] + 360)  # to the next one clockwise
    widest = int(gaps.argmax())
    if len(order) > 2 and np.sort(gaps)[-2] >= gaps[widest] - 1e-6:
        return np.append(order, order[0])
    return np.roll(order, -widest - 1)


def _rose(sweep: Sweep, around: Axis, other: Axis | None) -> Figure:
    """Share of leakers by bearing, as a closed curve for each value of the other axis."""
    figure, ax = _canvas(sweep, 8.2, 7.4, projection="polar")
    for k, value in enumerate((None,) if other is None else other.values):
        colour = SERIES[k % len(SERIES)]
        points = _along(sweep, around, other, value)
        points = points[round_the_rose(sweep.settings(around)[points])]
        az = np.unwrap(np.radians(sweep.settings(around)[points]))
        low, middle, high = 100 * sweep.leaked[points].T
        if sweep.bands is not None:
            band = 100 * sweep.bands[points]
            ax.fill_between(az, band[:, 0], band[:, 2], color=colour, alpha=0.16, lw=0)
            ax.plot(az, band[:, 1], color=colour, lw=1, ls=":")
        ax.fill_between(az, low, high, color=colour, alpha=0.45, lw=0)
        name = "" if other is None else f"{value:g} {other.field.unit}".strip()
        ax.plot(az, middle, color=colour, lw=1.8, label=name)
    _compass(ax)
    ax.set_ylim(0, max(100 * float(sweep.leaked[:, 2].max()), 1.0) * 1.05)
    if sweep.bands is not None:
        ax.set_ylim(0, max(ax.get_ylim()[1], 105 * float(sweep.bands.max())))
    if other is not None:
        ax.legend(title=other.field.label, frameon=False, fontsize=9, loc="upper right")
    bars = BOTH_BARS + ("" if sweep.bands is None else f"; {DRAWN}, dotted: their median")
    said = f"{PERCENT[0].upper()}{PERCENT[1:]} by bearing; {bars}"
    ax.set_title(said, fontsize=9, color=MUTED, pad=18)
    return figure


def _compass(ax: Axes) -> None:
    """North up, clockwise, with the names of eight directions."""
    ax.set_theta_zero_location("N")  # type: ignore[attr-defined]
    ax.set_theta_direction(-1)  # type: ignore[attr-defined]
    ax.set_xticks(np.radians(np.arange(0, 360, 45)), ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])


def _scatter(sweep: Sweep, across: Axis, up: Axis) -> Figure:
    """The points of a design that fills space, with the share as colour."""
    figure, ax = _canvas(sweep, 9.5, 6.2)
    shown = ax.scatter(
        sweep.settings(across),
        sweep.settings(up),
        c=100 * sweep.leaked[:, 1],
        cmap="cividis",
        norm=Normalize(0, 100),
        s=55,
        edgecolor=INK,
        linewidth=0.4,
    )
    ax.set_xlabel(_label(across))
    ax.set_ylabel(_label(up))
    _tidy(ax)
    figure.colorbar(shown, ax=ax, label=PERCENT)
    return figure


def _panels(sweep: Sweep) -> Figure:
    """A panel for each field: the share at every point, and its median along the field."""
    ranked = axis_correlations(sweep)
    columns = min(len(ranked), 3)
    rows = -(-len(ranked) // columns)
    unknowns = sweep.drivers[:MOST_UNKNOWNS]
    below = 1.0 + 0.3 * len(unknowns) if unknowns else 0.0
    figure = canvas(3.6 * columns, 3.2 * rows + below)
    heights = [3.2] * rows + ([below] if unknowns else [])
    places = GridSpec(len(heights), columns, figure, height_ratios=heights)
    for k, (axis, r) in enumerate(ranked):
        ax = figure.add_subplot(places[k // columns, k % columns])
        x, share = sweep.settings(axis), 100 * sweep.leaked[:, 1]
        if sweep.bands is not None:
            ends = 100 * sweep.bands[:, [0, 2]].T
            ax.vlines(x, *ends, color=SERIES[0], alpha=0.16, lw=3)
        ax.scatter(x, share, s=14, color=SERIES[0], alpha=0.6, lw=0)
        ax.plot(*_medians(x, share), color=SERIES[4], lw=1.6)
        ax.set_xlabel(_label(axis), fontsize=9)
        ax.set_ylim(0, 100)
        ax.set_title(f"rank correlation {r:+.2f}", loc="left", fontsize=9, color=MUTED)
        if k % columns == 0:
            ax.set_ylabel(PERCENT, fontsize=9)
        _tidy(ax)
    if unknowns:
        _ranked(figure.add_subplot(places[rows, :]), unknowns)
    return figure


def _medians(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median of y at each value of x, or in equally filled classes of x if there are many."""
    order = np.argsort(x, kind="stable")
    values = np.unique(x)
    if len(values) <= MOST_CLASSES:
        return values, np.array([np.median(y[x == v]) for v in values])
    parts = np.array_split(order, MOST_CLASSES)
    return np.array([x[p].mean() for p in parts]), np.array([np.median(y[p]) for p in parts])


def _heat_map(sweep: Sweep, across: Axis, up: Axis) -> Figure:
    figure, ax = _canvas(sweep, 9.5, 6.2)
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
    figure, ax = _canvas(sweep, 8.2, 7.4, projection="polar")
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
    _compass(ax)
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
    figure.colorbar(
        ScalarMappable(Normalize(0, 100), "cividis"), ax=ax, label=PERCENT, shrink=0.75, pad=0.09
    )
    return figure


def _mesh(sweep: Sweep, across: Axis, up: Axis) -> tuple[NDArray[np.float64], ...]:
    """Ascending x and y, and the percentages (y, x)."""
    z = 100 * sweep.leaked[:, 1].reshape([len(a.values) for a in sweep.axes if a.varies])
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
    bars = DRAWN if leaked is None else f"{BOTH_BARS} at the default figures\n{DRAWN}"
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


def _ranked(ax: Axes, drivers: Sequence[Driver]) -> None:
    """A row per unknown: its weights by every method, and the result at its two ends."""
    y = np.arange(len(drivers))
    n = max((len(d.weights) for d in drivers), default=1)
    for k in range(n if drivers else 0):
        weights = [d.weights[k] for d in drivers]
        method = weights[0].method
        values = np.array([w.value for w in weights])
        ends = np.array([[w.value - w.low for w in weights], [w.high - w.value for w in weights]])
        bars = ax.barh(
            y + (k - (n - 1) / 2) * 0.38,
            np.maximum(values, 0),
            height=0.72 / n,
            color=SERIES[n - 1 - k],
            label=METHODS[method],
            xerr=None if np.isnan(ends).any() else np.maximum(ends, 0),
            error_kw={"lw": 1, "ecolor": INK},
        )
        for bar, weight in zip(bars, weights, strict=True):
            if not weight.is_certain:
                bar.set(facecolor=MUTED, alpha=0.35)
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
    grey = any(not w.is_certain for d in drivers for w in d.weights)
    said = "Which unknown matters most" + (
        "; grey: chance alone could give as much" if grey else ""
    )
    ax.set_title(said, loc="left", fontsize=9, color=MUTED)
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
