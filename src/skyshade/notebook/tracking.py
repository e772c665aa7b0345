"""A radar's tracker beside the rule that raids use."""

from __future__ import annotations

from typing import Any

from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report.style import Figure
from skyshade.report.track_charts import track_figure
from skyshade.tracking.run import Tracked


@card.register
def tracked_card(run: Tracked) -> Card:
    found = run.as_dict()
    rule, tracker = found["rule"], found["tracker"]
    rows = [
        ("targets confirmed", f"{rule['confirmed']}", f"{tracker['confirmed']}"),
        ("first track after, mean", *(_text(s["first_s"], "s") for s in (rule, tracker))),
        ("scans held", *(_share(s["held"]) for s in (rule, tracker))),
        ("breaks", f"{rule['breaks']}", f"{tracker['breaks']}"),
        ("swaps", f"{rule['swaps']}", f"{tracker['swaps']}"),
        ("OSPA, mean", *(f"{s['ospa_m']:,.0f} m" for s in (rule, tracker))),
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
    """Plots and tracks on the map, who was held when, OSPA, and how much later the tracker is."""
    return track_figure(run)


def _text(value: Any, unit: str) -> str:
    return "–" if value is None else f"{value:.0f} {unit}"


def _share(value: Any) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
