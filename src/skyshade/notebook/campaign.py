"""Answers from raids: sweeps, comparisons, and what unknown figures do."""

from __future__ import annotations

from skyshade.campaign.compare import Comparison
from skyshade.campaign.sentences import headline, sweep_sentence
from skyshade.campaign.sweep import Sweep
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.engagement.results import Share, Tally
from skyshade.errors import InputError
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.notebook.engagement import share_text, weak_of
from skyshade.report.campaign_charts import comparison_figure, sweep_figure, unknowns_figure
from skyshade.report.style import Figure
from skyshade.shown import count


@card.register
def sweep_card(sweep: Sweep) -> Card:
    drawn = sweep.bands is not None
    headings = [
        f"{a.field.label}{f' ({a.field.unit})' if a.field.unit else ''}" for a in sweep.axes
    ]
    headings += ["got through (95 % interval)"] + ["with unknown figures (5–95 %)"] * drawn
    rows = []
    for i, (point, (low, value, high)) in enumerate(zip(sweep.points, sweep.leaked, strict=True)):
        row = [f"{point[a.field.name]:g}" for a in sweep.axes]
        row.append(share_text(Share(value, low, high)))
        if sweep.bands is not None:
            row.append(_band(*sweep.bands[i]))
        rows.append(row)
    return Card(
        f"{sweep.study.scenario.title}, over {' and '.join(headings[: len(sweep.axes)])}",
        [Table(headings, rows)],
        sweep_sentence(sweep),
    )


@plot.register
def plot_sweep(sweep: Sweep) -> Figure:
    """Curves with both bars, a heat map, or a rose for bearing and altitude.

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
    a, b = found.tallies
    rows = []
    for name in found.names:
        d = found.difference(name)
        rows.append(
            (
                name,
                share_text(a.share(name)),
                share_text(b.share(name)),
                f"{100 * d.value:+.1f} points ({100 * d.low:+.1f} to {100 * d.high:+.1f})",
            )
        )
    notes = dict.fromkeys(note for raid in found.raids for note in weak_of(raid))
    return Card(
        ". ".join(found.labels) + ".",
        [Table(("who gets through", "A", "B", "B minus A"), rows)],
        f"95 % intervals, paired over {count(found.replicates, 'replicate')} with the same random "
        "numbers.",
        list(notes),
    )


@plot.register
def plot_comparison(found: Comparison) -> Figure:
    """Shares that get through in both designs, and their paired difference."""
    return comparison_figure(found)


@card.register
def uncertainty_card(found: Uncertainty) -> Card:
    bands = [
        (name, _band(*found.band(name)), f"{100 * found.band(name)[1]:.1f} %")
        for name in found.leaked
    ]
    drivers = [
        (
            d.key + (" ?" if d.weak else ""),
            d.title,
            *(f"{i.value:.2f} ({i.low:.2f} to {i.high:.2f})" for i in (d.first, d.total)),
            f"{100 * d.swing[0]:.0f} % → {100 * d.swing[1]:.0f} %",
        )
        for d in found.drivers
    ]
    return Card(
        "What unknown figures do to the share that gets through",
        [
            Table(("who", "5 to 95 % of the draws", "median"), bands),
            Table(
                (
                    "unknown",
                    "what it is",
                    "Sobol index by itself (95 %)",
                    "in all (95 %)",
                    "got through, it low → high",
                ),
                drivers,
                n_left=2,
            ),
        ],
        f"{count(len(found.u), 'vector')} of {count(len(found.dims), 'figure')} drawn at once, "
        f"{count(found.draws.replicates, 'replicate')} each.",
    )


@plot.register
def plot_uncertainty(found: Uncertainty, raid: Tally | None = None) -> Figure:
    """The band of the unknown figures, and which of them matters most.

    Parameters
    ----------
    raid : the same raid at the default figures, for its Monte-Carlo bar beside the band.
    """
    if raid is None:
        return unknowns_figure("What unknown figures do to the result", None, found)
    leaked = raid.share()
    return unknowns_figure(headline(raid.raid, leaked, found), leaked, found)


def _band(low: float, middle: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f} %"
