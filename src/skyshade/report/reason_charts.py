"""Why targets get through, in one picture: a bar per class, a colour per reason."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Patch

from skyshade.campaign.sentences import class_noun
from skyshade.engagement.results import REASON_SENTENCES, REASONS, Tally
from skyshade.report import text
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    Sizes,
    canvas,
    credit,
    dress,
    plain,
)

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


def reasons_figure(tally: Tally, title: str, width_inch: float = WIDE_INCH) -> Figure:
    """Share of each class that gets through, split by reason.

    Parameters
    ----------
    title : the finding.
    """
    names = [n for n in tally.members if n.startswith("class ")]
    known = tally.raid.scenario.known
    shown = [key for key in REASONS.values() if any(key in tally.why(n) for n in names)]
    figure = canvas(width_inch, 0.6 + 0.36 * len(names))
    ax, size = figure.add_subplot(), Sizes.of(figure)
    y = np.arange(len(names))
    left = np.zeros(len(names))
    handles = []
    for key in shown:
        width = np.array([100 * tally.why(n).get(key, 0.0) for n in names])
        label = f"{text.words(key)}: {REASON_SENTENCES[key]}"
        handles.append(Patch(fc=_COLOURS[key], label=label))
        ax.barh(y, width, left=left, height=0.62, color=_COLOURS[key], ec="white")
        for row, (start, w) in enumerate(zip(left, width, strict=True)):
            if w >= 100 * SMALLEST:
                at = (start + w / 2, row)
                ax.annotate(f"{w:.0f}", at, ha="center", va="center", fontsize=size.text, color=INK)
        left += width
    counts = [int(tally.members[n].sum()) for n in names]
    labels = [
        f"{n} {class_noun(name.removeprefix('class '), n, known)}"
        for name, n in zip(names, counts, strict=True)
    ]
    ax.set_yticks(y, labels)
    ax.tick_params(labelsize=size.text)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, 100)
    plain(ax, "")
    about = About(
        title.removesuffix("."),
        "share of each class that gets through, per cent, at the default figures; each leaker has "
        "one reason",
        f"Source: {text.count(tally.replicates, 'replicate')} of scenario "
        f"{tally.raid.scenario.name}, seed {tally.seed}. {credit()}.",
    )
    return dress(figure, about, handles, 1 if len(handles) > 3 else None)
