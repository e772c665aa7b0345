"""What stands under a raid's table: why targets get through, what binds, what is published."""

from __future__ import annotations

from skyshade.campaign.binding import OneMore
from skyshade.campaign.run import RaidResult
from skyshade.engagement.explain import FINEST_M, Nearest
from skyshade.engagement.results import Tally
from skyshade.report import text
from skyshade.report.record_charts import record_lines

MOST_REASONS = 3  # in a row of the table
UNMET = {"never_tracked", "out_of_reach"}  # reasons that lie in where the units stand


def why_text(tally: Tally, name: str) -> str:
    """The main reasons why these targets leak, with their shares of all."""
    reasons = sorted(tally.why(name).items(), key=lambda item: -item[1])[:MOST_REASONS]
    return ", ".join(f"{text.words(key)} {text.percent(share)}" for key, share in reasons)


def explanations(found: RaidResult) -> list[str]:
    """Which unit is nearest to what nobody could meet, what binds, and what has been published."""
    said = []
    for group, nearest in found.nearest.items():
        name = f"group {group}"
        if name not in found.tally.members:
            continue
        if UNMET & found.tally.why(name).keys() or found.share(name).value == 1.0:
            said.append(f"{group}: {_nearest_text(nearest)}")
    useful = [m for m in found.one_more if m.helps]
    if useful:
        gains = "; ".join(f"{m.title}: {text.points(_ends(m))}" for m in useful)
        said.append(f"What one more would change, under the same luck: {gains}.")
    elif found.one_more:
        said.append("One more channel, launcher or second would not let fewer through.")
    threats = {found.raid.classes[k] for k in found.raid.class_of[found.raid.is_threat]}
    said += record_lines(sorted(threats), catalogue=found.raid.scenario.known)
    return said


def _nearest_text(nearest: Nearest) -> str:
    away = f"{nearest.aim} is {text.distance(nearest.distance_m)} from {nearest.site}"
    if nearest.aim == nearest.site:
        away = f"the nearest unit is the aim itself, {nearest.site}"
    lowest = nearest.sees_above_agl_m
    if lowest is None:
        return f"{away}, which sees nothing there at any altitude."
    if lowest <= FINEST_M:
        return f"{away}, which sees down to the ground there: it is not terrain that hides them."
    return f"{away}, which sees nothing below {text.distance(lowest)} above the ground there."


def _ends(means: OneMore) -> tuple[float, float, float]:
    found = means.difference
    return found.low, found.value, found.high
