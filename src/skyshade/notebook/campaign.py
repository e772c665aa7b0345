"""Answers from raids: sweeps, comparisons, and what unknown figures do."""

from __future__ import annotations

from typing import Any

from skyshade.campaign.compare import Comparison
from skyshade.campaign.run import RaidResult
from skyshade.campaign.sentences import headline
from skyshade.campaign.sweep import Sweep
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.engagement.results import KILLED, Share, Tally
from skyshade.errors import InputError
from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table
from skyshade.notebook.engagement import explore_tally, plot_tally, share_text, weak_of
from skyshade.report.campaign_charts import comparison_figure, sweep_figure, unknowns_figure
from skyshade.report.style import Figure
from skyshade.shown import count
from skyshade.uncertainty.drivers import Weight


@card.register
def raid_card(found: RaidResult) -> Card:
    """Shares by class and group with both bars, rounds fired, and which unknowns matter."""
    tally, drawn = found.tally, found.uncertainty
    friends = {f"group {g.id}" for g in found.raid.groups if g.friendly}
    headings = ["who", "targets", "shot down (95 % interval)", "got through (95 % interval)"]
    rows = []
    for name in (name for name in tally.members if name not in friends):
        shares = share_text(found.share(name, KILLED)), share_text(found.share(name))
        band = [] if drawn is None else [_band(*drawn.band(name))]
        rows.append([name, f"{int(tally.members[name].sum())}", *shares, *band])
    rounds = [
        (missile, f"{mean:.1f}", f"± {1.96 * error:.2g}")
        for missile, (mean, error) in tally.rounds().items()
        if mean > 0
    ]
    tables = [Table(("rounds fired per replicate", "mean", "95 %"), rounds)]
    about = [found.headline] if found.headline else []
    if drawn is None:
        about.append(
            "Intervals are Monte-Carlo error alone; run_raid(…, draws=16) adds what the unknown "
            "figures do."
        )
    else:
        headings.append("with unknown figures (5–95 %)")
        tables.append(_drivers(drawn))
    return Card(
        f"{found.raid.scenario.title}: {count(found.replicates, 'replicate')}, seed {found.seed}",
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
    """The replay of a replicate on a map, to be played or moved along in time.

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
    """A row per point, with both bars."""
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
        sweep.headline,
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
    """Who gets through in each design, and the paired difference."""
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
    """The band by class and group, and which unknowns matter."""
    bands = [
        (name, _band(*found.band(name)), f"{100 * found.band(name)[1]:.1f} %")
        for name in found.leaked
    ]
    return Card(
        "What unknown figures do to the share that gets through",
        [
            Table(("who", "5 to 95 % of the draws", "median"), bands),
            _drivers(found),
        ],
        f"{count(found.vectors, 'vector')} of {count(len(found.draws.columns), 'figure')} drawn at "
        f"once, {count(found.plan.replicates, 'replicate')} each.",
    )


@plot.register
def plot_uncertainty(found: Uncertainty, raid: Tally | RaidResult | None = None) -> Figure:
    """The band of the unknown figures, and which of them matters most.

    Parameters
    ----------
    raid : the same raid at the default figures, for its Monte-Carlo bar beside the band.
    """
    if raid is None:
        return unknowns_figure("What unknown figures do to the result", None, found)
    leaked = raid.share()
    return unknowns_figure(headline(raid.raid, leaked, found), leaked, found)


def _drivers(found: Uncertainty) -> Table:
    """The unknowns in order of how much they matter."""
    return Table(
        (
            "unknown",
            "what it is",
            "Sobol index by itself (95 %)",
            "in all (95 %)",
            "got through, it low → high",
        ),
        [
            (
                d.key + (" ?" if d.weak else ""),
                d.title,
                _weight(d.by("Sobol first order")),
                _weight(d.by("Sobol total")),
                f"{100 * d.swing[0]:.0f} % → {100 * d.swing[1]:.0f} %",
            )
            for d in found.drivers
        ],
        n_left=2,
    )


def _weight(weight: Weight) -> str:
    return f"{weight.value:.2f} ({weight.low:.2f} to {weight.high:.2f})"


def _band(low: float, middle: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f} %"
