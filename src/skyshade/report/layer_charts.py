"""What each layer of a defence kills and spends, in one figure."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from skyshade.engagement.by_layer import LayerTally
from skyshade.report import text
from skyshade.report.layer_tables import cost_text
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    Figure,
    canvas,
    heading,
    legend_below,
    plain,
)

LEAK_COLOUR, OTHER_COLOUR = "#d55e00", "#c9d1d6"
LAYER_COLOURS = (SERIES[0], SERIES[2], SERIES[1])  # by `Layer.index`
SMALLEST = 0.04  # of the longest bar: narrower parts carry no number


def layers_figure(found: LayerTally, title: str) -> Figure:
    """Targets shot down by each layer, class by class; rounds and their cost, layer by layer."""
    figure = canvas(11.5, 3.4 + 0.42 * len(found.kinds))
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1.0))
    _targets(left, found)
    _rounds(right, found)
    heading(figure, title)
    handles, _ = left.get_legend_handles_labels()
    runs = text.count(found.replicates, "replicate")
    legend_below(figure, handles, 5, f"{runs}, at the default figures. Positions are illustrative.")
    return figure


def _targets(ax: Axes, found: LayerTally) -> None:
    n, y = found.replicates, np.arange(len(found.kinds))
    parts = [
        (
            f"shot down by the {layer.name}-range layer",
            found.shot_down[k],
            LAYER_COLOURS[layer.index],
        )
        for k, layer in enumerate(found.layers)
    ]
    parts += [
        ("got through", found.leaked, LEAK_COLOUR),
        ("neither", found.other, OTHER_COLOUR),
    ]
    of = np.array([int(kind.members.sum()) for kind in found.kinds], float)
    start = np.zeros(len(y))
    for label, number, colour in parts:
        if not number.any():
            continue
        width = 100 * number / n / of
        ax.barh(y, width, left=start, height=0.62, color=colour, label=label, ec="white")
        for row, (at, w) in enumerate(zip(start, width, strict=True)):
            if w >= 100 * SMALLEST:
                ax.annotate(
                    text.number(number[row] / n),
                    (at + w / 2, row),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color=INK,
                )
        start += width
    names = ["all targets", *(text.words(kind.name) for kind in found.kinds[1:])]
    labels = [f"{name} ({number:g})" for name, number in zip(names, of, strict=True)]
    ax.set_yticks(y, labels, fontsize=8.5)
    ax.set_ylim(len(y) - 0.4, -0.6)
    ax.set_xlim(0, 100)
    ax.set_xlabel("% of the targets; in the bars their mean number in a raid", fontsize=8.5)
    plain(ax, "Who shoots down what")


def _rounds(ax: Axes, found: LayerTally) -> None:
    rounds = found.fired.sum(axis=1) / found.replicates
    y = np.arange(len(rounds))
    colours = [LAYER_COLOURS[layer.index] for layer in found.layers]
    ax.barh(y, rounds, height=0.5, color=colours, ec="white")
    for k, value in enumerate(rounds):
        down = found.shot_down[k, 0]
        each = f", {text.number(found.fired[k].sum() / down)} per kill" if down else ""
        said = f"{text.number(value)} rounds{each}\n{cost_text(found, k)}"
        ax.annotate(said, (0.0, k + 0.29), va="top", fontsize=7.5, color=MUTED, clip_on=False)
    names = [
        f"{layer.name} range\n({text.count(layer.n_units, 'fire unit')})" for layer in found.layers
    ]
    ax.set_yticks(y, names, fontsize=8.5)
    ax.set_ylim(len(y) - 0.2, -0.6)
    ax.set_xlabel("rounds fired in a raid, mean", fontsize=8.5)
    plain(ax, "What it takes")
