"""Campaigns: sweeps, comparisons, and the effect of unknown figures."""

from __future__ import annotations

from skyshade.campaign.compare import Comparison
from skyshade.campaign.sentences import headline, sweep_sentence
from skyshade.campaign.sweep import Sweep
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.engagement.results import Share, Tally
from skyshade.errors import InputError
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.notebook.engagement import weak_of
from skyshade.report import text
from skyshade.report.campaign_charts import comparison_figure, sweep_figure, unknowns_figure
from skyshade.report.style import Figure


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
        sweep_sentence(sweep),
    )


@plot.register
def plot_sweep(sweep: Sweep) -> Figure:
    """Curves with interval and band, a heat map, or a rose for bearing and altitude.

    Raises
    ------
    InputError : a sweep over no axis, or over more than two.
    """
    figure = sweep_figure(sweep)
    if figure is None:
        along = [a.field.name for a in sweep.axes if len(a.values) > 1]
        raise InputError(
            "only a sweep over one or two axes has a picture",
            value=along,
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
    titles = [raid.scenario.title for raid in found.raids]
    notes = dict.fromkeys(note for raid in found.raids for note in weak_of(raid))
    return Card(
        f"A: {titles[0]}. B: {titles[1]}.",
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
    drivers = [
        (
            f"{d.key} {text.mark(d.weak, False)}".rstrip(),
            d.title,
            *(f"{i.value:.2f} ({i.low:.2f} to {i.high:.2f})" for i in (d.first, d.total)),
            f"{text.percent(d.swing[0])} → {text.percent(d.swing[1])}",
        )
        for d in found.drivers
    ]
    return Card(
        "The share that gets through, over draws of the unknown figures",
        [
            Table(("who", "5 to 95 % of the draws", "median"), bands),
            Table(
                (
                    "unknown",
                    "what it is",
                    "Sobol index, alone (95 %)",
                    "with interactions (95 %)",
                    "got through, figure low → high",
                ),
                drivers,
                n_left=2,
            ),
        ],
        f"{text.count(len(found.u), 'vector')} of {text.count(len(found.dims), 'figure')} drawn "
        f"together, {text.count(found.draws.replicates, 'replicate')} each.",
    )


@plot.register
def plot_uncertainty(found: Uncertainty, raid: Tally | None = None) -> Figure:
    """The band of the unknown figures, and the figures in order of how much they matter.

    Parameters
    ----------
    raid : the same raid at the default figures, for its Monte-Carlo bar beside the band.
    """
    if raid is None:
        return unknowns_figure("The result over draws of the unknown figures", None, found)
    leaked = raid.share()
    return unknowns_figure(headline(raid.raid, leaked, found), leaked, found)
