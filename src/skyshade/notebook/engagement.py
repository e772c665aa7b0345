"""The outcome of a raid: shares with their intervals, rounds, pictures, a replay on a map."""

from __future__ import annotations

from typing import Any

from skyshade.engagement._scalar_plan import KILLED
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.results import Tally
from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table, weak_note
from skyshade.report import text
from skyshade.report.raid_charts import raid_figure
from skyshade.report.style import Figure


@card.register
def tally_card(tally: Tally) -> Card:
    """Shares shot down and got through, per class and group, and rounds fired."""
    raid = tally.raid
    friends = {f"group {g.id}" for g in raid.groups if g.friendly}
    rows = (
        [
            (
                name,
                f"{int(tally.members[name].sum())}",
                text.estimate(tally.share(name, KILLED)),
                text.estimate(tally.share(name)),
            )
            for name in tally.members
            if name not in friends
        ]
        if tally.replicates
        else []
    )
    rounds = (
        [
            (missile, text.number(mean), f"± {1.96 * error:.2g}")
            for missile, (mean, error) in tally.rounds().items()
            if mean > 0
        ]
        if tally.replicates
        else []
    )
    return Card(
        f"{raid.scenario.title}: {text.count(tally.replicates, 'replicate')}, seed {tally.seed}",
        [
            Table(
                ("who", "targets", "shot down (95 % interval)", "got through (95 % interval)"), rows
            ),
            Table(("rounds fired per replicate", "mean", "95 %"), rounds),
        ],
        "The intervals are Monte-Carlo error alone; skyshade.campaign.draw_unknowns adds the band "
        "of the unknown figures.",
        weak_of(raid),
    )


@plot.register
def plot_tally(tally: Tally) -> Figure:
    """The first replicate on the map and over time, how much gets through, how many leakers."""
    return raid_figure(tally.raid, tally, tally.seed)


@explore.register
def explore_tally(tally: Tally, replicate: int = 0, pixels: int = 300) -> Any:
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
    from skyshade.notebook.replay_map import replay_map

    return replay_map(tally.raid, tally.seed, replicate, pixels)


def weak_of(raid: CompiledRaid) -> list[str]:
    """The weak figures behind a raid, in one sentence."""
    return weak_note([(u.key, u.weak, u.memory_only) for u in raid.unknowns])
