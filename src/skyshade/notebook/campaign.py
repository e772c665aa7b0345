"""Campaigns: sweeps, comparisons, and the effect of unknown figures."""

from __future__ import annotations

import math
from typing import Any

from skyshade.campaign.compare import Comparison
from skyshade.campaign.run import RaidResult
from skyshade.campaign.sentences import headline
from skyshade.campaign.sweep import Sweep
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.engagement.results import Share, Tally
from skyshade.errors import InputError
from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table
from skyshade.notebook.engagement import (
    SHARES,
    explore_tally,
    outcome_rows,
    plot_tally,
    rounds_table,
    run_title,
    weak_of,
)
from skyshade.report import text
from skyshade.report.campaign_charts import comparison_figure, sweep_figure, unknowns_figure
from skyshade.report.style import Figure
from skyshade.uncertainty.drivers import Weight


@card.register
def raid_card(found: RaidResult) -> Card:
    """Shares by class and group with both bands, rounds fired, and the unknowns behind them."""
    drawn = found.uncertainty
    headings, rows = list(SHARES), outcome_rows(found.tally, found.share)
    tables = [rounds_table(found.tally)]
    about = [found.headline] if found.headline else []
    if drawn is None:
        about.append(
            "The intervals are Monte-Carlo error alone; run_raid(…, draws=16) adds the band of the "
            "unknown figures."
        )
    else:
        headings.append("with unknown figures (5 to 95 %)")
        rows = [(*row, _band(drawn, row[0])) for row in rows]
        tables.append(_drivers(drawn))
    return Card(
        run_title(found.tally),
        [Table(headings, rows), *tables],
        " ".join(about),
        weak_of(found.raid),
    )


@plot.register
def plot_raid(found: RaidResult) -> Figure:
    """The first replicate on the map and over time, how much gets through, how many leakers."""
    return plot_tally(found.tally)


@explore.register
def explore_raid(found: RaidResult, replicate: int = 0, pixels: int = 300) -> Any:
    """The replay of a replicate on a map, with a time slider.

    Parameters
    ----------
    replicate : its number, 0 to 10^9 - 1.
    pixels : cells of the terrain shown along the longer side.

    Returns
    -------
    A plotly figure that needs no network; `write_html` keeps it as a page.

    Raises
    ------
    InputError : plotly is not installed; no such replicate.
    """
    return explore_tally(found.tally, replicate, pixels)


@card.register
def sweep_card(sweep: Sweep) -> Card:
    """The share that gets through at every design point."""
    drawn = sweep.bands is not None
    headings = [
        f"{a.field.label}{f' ({a.field.unit})' if a.field.unit else ''}" for a in sweep.axes
    ]
    headings += ["got through (95 % interval)"] + ["with unknown figures (5 to 95 %)"] * drawn
    rows = []
    for i, (point, (low, value, high)) in enumerate(zip(sweep.points, sweep.leaked, strict=True)):
        row = [f"{point[a.field.name]:g}" for a in sweep.axes]
        row.append(text.estimate(Share(value, low, high)))
        if sweep.bands is not None:
            row.append(text.percent_range(sweep.bands[i][0], sweep.bands[i][2]))
        rows.append(row)
    return Card(
        f"{sweep.study.scenario.title}, over {' and '.join(headings[: len(sweep.axes)])}",
        [Table(headings, rows)],
        sweep.headline,
    )


@plot.register
def plot_sweep(sweep: Sweep) -> Figure:
    """Curves with interval and band, a rose, a heat map, a scatter, or a panel for each field.

    Raises
    ------
    InputError : a sweep in which no field varies.
    """
    figure = sweep_figure(sweep)
    if figure is None:
        raise InputError(
            "only a sweep along a field with several values has a picture",
            value=[a.field.name for a in sweep.axes],
            hint="to_arrow() has every point as a row.",
        )
    return figure


@card.register
def comparison_card(found: Comparison) -> Card:
    """The shares that get through in both designs, and their difference."""
    a, b = found.tallies
    rows = []
    for name in found.names:
        d = found.difference(name)
        rows.append(
            (
                name,
                text.estimate(a.share(name)),
                text.estimate(b.share(name)),
                text.points((d.low, d.value, d.high)),
            )
        )
    notes = dict.fromkeys(note for raid in found.raids for note in weak_of(raid))
    return Card(
        ". ".join(found.labels) + ".",
        [Table(("who gets through", "A", "B", "B minus A"), rows)],
        f"95 % intervals, paired over {text.count(found.replicates, 'replicate')} with the same "
        "random numbers.",
        list(notes),
    )


@plot.register
def plot_comparison(found: Comparison) -> Figure:
    """Shares that get through in both designs, and their paired difference."""
    return comparison_figure(found)


@card.register
def uncertainty_card(found: Uncertainty) -> Card:
    """The band of the share that gets through, and the unknowns behind it."""
    bands = [
        (name, text.percent_range(low, high), text.percent(middle))
        for name in found.leaked
        for low, middle, high in (found.band(name),)
    ]
    return Card(
        "The share that gets through, over draws of the unknown figures",
        [
            Table(("who", "5 to 95 % of the draws", "median"), bands),
            _drivers(found),
        ],
        f"{text.count(found.vectors, 'vector')} of "
        f"{text.count(len(found.draws.columns), 'figure')} drawn together, "
        f"{text.count(found.plan.replicates, 'replicate')} each.",
    )


@plot.register
def plot_uncertainty(found: Uncertainty, raid: Tally | RaidResult | None = None) -> Figure:
    """The band of the unknown figures, and the figures in order of how much they matter.

    Parameters
    ----------
    raid : the same raid at the default figures, for its Monte-Carlo bar beside the band.
    """
    if raid is None:
        return unknowns_figure("The result over draws of the unknown figures", None, found)
    leaked, tally = raid.share(), raid.tally if isinstance(raid, RaidResult) else raid
    said = headline(tally, found, leaked)
    return unknowns_figure(said, leaked, found)


def _drivers(found: Uncertainty) -> Table:
    """The unknowns in order of how much they matter."""
    return Table(
        (
            "unknown",
            "what it is",
            *(w.method for w in found.drivers[0].weights),
            "got through, figure low → high",
        )
        if found.drivers
        else ("unknown",),
        [
            (
                f"{d.key} {text.mark(d.weak, d.memory_only)}".rstrip(),
                d.title,
                *(_weight(w) for w in d.weights),
                f"{text.percent(d.swing[0])} → {text.percent(d.swing[1])}",
            )
            for d in found.drivers
        ],
        n_left=2,
    )


def _weight(weight: Weight) -> str:
    if math.isnan(weight.low):
        return f"{weight.value:.2f}{'' if weight.is_certain else ' (within chance)'}"
    return f"{weight.value:.2f} ({weight.low:.2f} to {weight.high:.2f})"


def _band(found: Uncertainty, name: str) -> str:
    low, _, high = found.band(name)
    return text.percent_range(low, high)
