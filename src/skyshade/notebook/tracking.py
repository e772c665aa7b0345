"""A radar's tracker beside the rule that raids use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report import text
from skyshade.report.style import Figure
from skyshade.report.track_charts import track_figure
from skyshade.tracking.run import Tracked


@card.register
def tracked_card(run: Tracked) -> Card:
    """The M-of-N rule beside the tracker, and what is assumed."""
    found = run.as_dict()
    rule, tracker = found["rule"], found["tracker"]
    rows = [
        ("targets confirmed", f"{rule['confirmed']}", f"{tracker['confirmed']}"),
        (
            "first track after, mean",
            *(_shown(s["first_s"], text.duration) for s in (rule, tracker)),
        ),
        ("of the scans tracked", *(_shown(s["held"], text.percent) for s in (rule, tracker))),
        ("breaks", f"{rule['breaks']}", f"{tracker['breaks']}"),
        ("swaps", f"{rule['swaps']}", f"{tracker['swaps']}"),
        ("OSPA, mean", *(text.distance(s["ospa_m"]) for s in (rule, tracker))),
        ("false tracks", "–", f"{tracker['false_tracks']} of {tracker['tracks']}"),
    ]
    m, n = found["confirm"]
    assumed = [
        (a["title"], f"{a['value']:g} {a['unit']}".removesuffix(" 1"), a["why"])
        for a in found["assumptions"]
    ]
    return Card(
        f"Radar of {run.site} in {run.raid.scenario.title}, replicate {run.replicate}, seed "
        f"{run.seed}",
        [
            Table(("", f"{m} of {n} scans", "tracker"), rows),
            Table(("assumed, not published", "value", "why"), assumed, n_left=3),
        ],
        f"{found['targets_in_play']} targets in play, {found['scans']} scans of "
        f"{found['scan_period_s']:g} s, {found['plots']:,} plots, {found['false_alarms']:,} of "
        "them false.",
    )


@plot.register
def plot_tracked(run: Tracked) -> Figure:
    """Plots and tracks on the map, tracks and OSPA over time, and delays of confirmation."""
    return track_figure(run)


def _shown(value: Any, show: Callable[[Any], str]) -> str:
    return text.NONE if value is None else show(value)
