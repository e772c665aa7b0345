"""What stands under a raid's table: why targets get through, what binds, what is published."""

from __future__ import annotations

from collections.abc import Sequence

from skyshade.campaign.binding import OneMore
from skyshade.campaign.run import RaidResult
from skyshade.campaign.sentences import class_noun, outside_the_band
from skyshade.engagement.costs import CostTally
from skyshade.engagement.explain import FINEST_M, Nearest
from skyshade.engagement.results import Tally
from skyshade.engagement.timeline import TimeLines
from skyshade.report import text
from skyshade.report.record_charts import record_lines

MOST_REASONS = 3  # in a row of the table
UNMET = {"never_tracked", "out_of_reach"}  # reasons that lie in where the units stand


def why_text(tally: Tally, name: str) -> str:
    """The main reasons why these targets leak, with their shares of all."""
    reasons = sorted(tally.why(name).items(), key=lambda item: -item[1])[:MOST_REASONS]
    return ", ".join(f"{text.words(key)} {text.percent(share)}" for key, share in reasons)


def named_targets(found: RaidResult) -> list[str]:
    """All threats, each class and each group that is not friendly, each of them once."""
    members = found.tally.members
    hidden = {f"group {g.id}" for g in found.raid.groups if g.friendly}
    for kind in ("class ", "group "):
        alike = [name for name in members if name.startswith(kind) and name not in hidden]
        hidden |= set(alike) if len(alike) == 1 else set()  # it says what "all" says
    return [name for name in members if name not in hidden]


def explanations(found: RaidResult) -> list[str]:
    """What stands under the table, a line each.

    Default results outside their bands, missiles that run out, which unit is nearest to what nobody
    could meet, what binds, and what has been published.
    """
    said = []
    if found.uncertainty is not None:
        said += outside_the_band(found.tally, found.uncertainty, named_targets(found))
    if found.raid.is_threat.any():
        said += dry_lines(found.unfolded[0])
    for group, nearest in found.nearest.items():
        name = f"group {group}"
        if name not in found.tally.members:
            continue
        if UNMET & found.tally.why(name).keys() or found.share(name).value == 1.0:
            said.append(f"{group}: {_nearest_text(nearest)}")
    said += one_more_lines(found.one_more)
    said += cost_lines(found.costs)
    threats = {found.raid.classes[k] for k in found.raid.class_of[found.raid.is_threat]}
    said += record_lines(sorted(threats), catalogue=found.raid.scenario.known)
    return said


def one_more_lines(found: Sequence[OneMore]) -> list[str]:
    """What one more of each means changes: what helps, what harms, and what does neither."""
    if not found:
        return []
    said = []
    helps, harms = [m for m in found if m.helps], [m for m in found if m.harms]
    if moved := [*helps, *harms]:
        gains = "; ".join(f"{m.title}: {text.points(_ends(m))}" for m in moved)
        said.append(f"What one more would change, under the same luck: {gains}.")
    if harms:
        said.append(
            "More get through with more means where units spend what they lack later: on what "
            "comes first, or on what others could take."
        )
    rest = [m.title for m in found if m not in moved]
    if rest and helps:
        said.append(f"No fewer get through with {text.listed(rest)}.")
    elif not helps:
        said.append("One more channel, launcher or second would not let fewer through.")
    return said


def dry_lines(lines: TimeLines) -> list[str]:
    """A sentence for each missile that runs out in a replicate or more."""
    said = []
    for missile in lines.missiles:
        share, when_s = lines.runs_dry(missile)
        if share:
            often = "every replicate" if share == 1.0 else f"{text.percent(share)} of replicates"
            said.append(
                f"The launchers first run out of {missile} after "
                f"{text.duration(when_s)} (median), in {often}."
            )
    return said


def cost_lines(costs: CostTally) -> list[str]:
    """What the rounds fired at each class cost beside those shot down, where both have a price."""
    said = []
    for k, kind in enumerate(costs.kinds):
        found = costs.exchange(k)
        if found is not None:
            times = text.band((found["low"], found["value"], found["high"]), "times")
            nouns = class_noun(kind.name, 2, costs.raid.scenario.known)
            said.append(f"fired at {nouns} cost {times} as much as those shot down")
    if not said:
        return []
    spread = any(p.low_usd < p.high_usd for p in costs.prices if p is not None)
    missile = "" if spread else "; the price of a missile is given without a range"
    return [f"At published prices, the missiles {', '.join(said)}{missile}."]


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
