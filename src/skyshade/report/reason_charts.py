"""Why targets get through, in one picture: a bar per class, a colour per reason."""

from __future__ import annotations

import numpy as np

from skyshade.engagement.results import REASON_SENTENCES, REASONS, Tally
from skyshade.report import text
from skyshade.report.style import INK, MUTED, SERIES, Figure, canvas, footnote, heading, plain

_COLOURS = dict(
    zip(
        REASONS.values(),
        (
            MUTED,
            "#c9d1d6",
            SERIES[5],
            SERIES[0],
            SERIES[3],
            SERIES[2],
            SERIES[4],
            SERIES[1],
            SERIES[7],
            SERIES[6],
            "#7b6888",
        ),
        strict=True,
    )
)
SMALLEST = 0.04  # of all targets: narrower parts carry no number


def reasons_figure(tally: Tally, title: str) -> Figure:
    """Share of each class that gets through, split by reason."""
    names = [n for n in tally.members if n.startswith("class ")]
    shown = [key for key in REASONS.values() if any(key in tally.why(n) for n in names)]
    figure = canvas(10.5, 2.6 + 0.5 * len(names))
    ax = figure.add_subplot()
    y = np.arange(len(names))
    left = np.zeros(len(names))
    for key in shown:
        width = np.array([100 * tally.why(n).get(key, 0.0) for n in names])
        label = f"{text.words(key)}: {REASON_SENTENCES[key]}"
        ax.barh(y, width, left=left, height=0.62, color=_COLOURS[key], label=label, ec="white")
        for row, (start, w) in enumerate(zip(left, width, strict=True)):
            if w >= 100 * SMALLEST:
                at = (start + w / 2, row)
                ax.annotate(f"{w:.0f}", at, ha="center", va="center", fontsize=8, color=INK)
        left += width
    counts = [int(tally.members[n].sum()) for n in names]
    ax.set_yticks(y, [f"{text.words(n)} ({c})" for n, c in zip(names, counts, strict=True)])
    ax.tick_params(labelsize=8.5)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, 100)
    ax.set_xlabel("% of the class that gets through, at the default figures", fontsize=8.5)
    if shown:
        ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(0.0, -0.2))
    plain(ax, "Each leaker has one reason")
    heading(figure, title)
    footnote(figure, f"{text.count(tally.replicates, 'replicate')}, seed {tally.seed}.")
    return figure
