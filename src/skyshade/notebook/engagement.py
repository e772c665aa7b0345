"""The outcome of a raid: shares with their intervals, rounds, pictures, a replay on a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.results import KILLED, LEAKED, Share, Tally
from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table, weak_note
from skyshade.report import text
from skyshade.report.raid_charts import raid_figure
from skyshade.report.style import Figure

SHARES = (
    "who",
    "targets",
    "shot down (95 % interval)",
    "got through (95 % interval)",
    "neither, at the end",
)


@card.register
def tally_card(tally: Tally) -> Card:
    """Shares shot down and got through, per class and group, and rounds fired."""
    return Card(
        run_title(tally),
        [Table(SHARES, outcome_rows(tally, tally.share)), rounds_table(tally)],
        "The intervals are Monte-Carlo error alone; skyshade.campaign.draw_unknowns adds the band "
        "of the unknown figures.",
        weak_of(tally.raid),
    )


def run_title(tally: Tally) -> str:
    """The raid, with how often and with which seed it was run."""
    runs = text.count(tally.replicates, "replicate")
    return f"{tally.raid.scenario.title}: {runs}, seed {tally.seed}"


def outcome_rows(tally: Tally, share: Callable[[str, int], Share]) -> list[tuple[str, ...]]:
    """The rows below `SHARES`: all threats, each class, each group that is not friendly.

    Parameters
    ----------
    share : called with the name of the targets and the outcome; it decides on the interval.
    """
    if not tally.replicates:
        return []
    friends = {f"group {g.id}" for g in tally.raid.groups if g.friendly}
    return [
        (
            name,
            f"{int(members.sum())}",
            text.estimate(share(name, KILLED)),
            text.estimate(share(name, LEAKED)),
            text.percent(tally.unsettled(name)),
        )
        for name, members in tally.members.items()
        if name not in friends
    ]


def rounds_table(tally: Tally) -> Table:
    """Rounds fired of each missile, per replicate."""
    rounds = tally.rounds() if tally.replicates else {}
    rows = [
        (missile, text.number(mean), f"± {1.96 * error:.2g}")
        for missile, (mean, error) in rounds.items()
        if mean > 0
    ]
    return Table(("rounds fired per replicate", "mean", "95 %"), rows)


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
