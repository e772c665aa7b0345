"""The answer of a raid or a sweep in a few sentences, made from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from skyshade.engagement.results import Share, Tally
from skyshade.radar.load import load_target
from skyshade.shown import listed, percent, percent_range
from skyshade.uncertainty.draws import HEIGHT, POSITION
from skyshade.uncertainty.drivers import Driver, named_drivers

if TYPE_CHECKING:
    from skyshade.catalogue import Catalogue
from skyshade.campaign.uncertainty import Uncertainty

WHY = {  # of all of a class, in brackets after "all"
    "never_tracked": "no radar tracks them",
    "out_of_reach": "no unit can reach them",
    "too_late": "they are tracked too late",
    "no_channel": "no fire channel is free",
    "no_guidance_channel": "no guidance channel is free",
    "no_round": "no round is left",
    "missed": "all missiles fired at them miss",
    "written_off": "they are wrongly taken for destroyed",
    "unit_destroyed": "the units near them are destroyed",
    "held_back": "nothing of value is at their aim",
}


def headline(
    tally: Tally, uncertainty: Uncertainty | None = None, leaked: Share | None = None
) -> str:
    """How much of each class gets through, as ranges, why, and which unknown decides.

    Parameters
    ----------
    uncertainty : draws of the unknown figures; without them the sentences say that the default
        figures stand alone.
    leaked : the share of all threats that leak, if the run has another interval than the tally's.
    """
    text = by_class(tally, uncertainty, leaked)
    if (flying := tally.flying()) > 0.0:
        text += f" {percent(flying).capitalize()} are still on their way when the time is up."
    text += _arithmetic(tally)
    if uncertainty is None:
        return (
            f"{text} These are the default figures alone; what is unknown makes the ranges wider."
        )
    return text + decisive(tally, uncertainty)


def by_class(
    tally: Tally, uncertainty: Uncertainty | None = None, leaked: Share | None = None
) -> str:
    """How much of each class gets through, in one sentence; parameters as of `headline`."""
    names = [name for name in tally.members if name.startswith("class ")]
    said = [
        _of_class(tally, uncertainty, name, leaked if len(names) == 1 else None) for name in names
    ]
    if len(said) == 1:
        return f"{said[0][0].upper()}{said[0][1:]}."
    return f"What gets through: {'; '.join(said)}."


def _of_class(
    tally: Tally, uncertainty: Uncertainty | None, name: str, leaked: Share | None
) -> str:
    """How much of a class gets through; why, if it is all or nothing."""
    n = int(tally.members[name].sum())
    who = f"of {n} {class_noun(name.removeprefix('class '), n, tally.raid.scenario.known)}"
    low, high, chance = span(leaked or tally.share(name), uncertainty, name)
    amount = percent_range(low, high)
    if amount == "0 %":
        return f"{who} none gets through (every one is shot down or gone)"
    if amount == "100 %":
        return f"{who} all get through ({_why(tally, name)})"
    return f"{who} {amount} get through{' (the spread is chance)' if chance else ''}"


def span(share: Share, uncertainty: Uncertainty | None, name: str) -> tuple[float, float, bool]:
    """The range that a sentence gives for these targets, and whether chance alone makes it so wide.

    With draws it is their band. If the Monte-Carlo interval at the default figures is wider than
    that, it is the range over both, and chance is said to be the reason.
    """
    if uncertainty is None:
        if share.value in (0.0, 1.0):
            return share.value, share.value, False
        return share.low, share.high, False
    low, _, high = uncertainty.band(name)
    if low == high == share.value or share.high - share.low <= high - low:
        return low, high, False
    both = min(low, share.low), max(high, share.high)
    return *both, percent_range(*both) != percent_range(low, high)


def _why(tally: Tally, name: str) -> str:
    """The main reason why targets leak."""
    reasons = tally.why(name)
    return WHY[max(reasons, key=lambda key: reasons[key])] if reasons else "no unit engages them"


def _arithmetic(tally: Tally) -> str:
    """A sentence on the targets that no unit can engage, whatever chance does."""
    always = tally.always()
    never = {key: always[key] for key in ("never_tracked", "out_of_reach") if key in always}
    n, total = sum(never.values()), int(tally.members["all"].sum())
    if n == 0:
        return ""
    return (
        f" No unit can track and reach {n} of the {total} from where the scenario puts the units: "
        "that part is arithmetic, not chance."
    )


def decisive(tally: Tally, uncertainty: Uncertainty) -> str:
    """A sentence on the unknowns that decide, with a space before it."""
    low, _, high = uncertainty.band()
    if percent_range(low, high).count(" to ") == 0:
        return " The unknown figures do not change that."
    strong = named_drivers(uncertainty.drivers)
    if not strong:
        first = uncertainty.drivers[0] if uncertainty.drivers else None
        if first is not None and not first.weights[0].is_certain:
            return f" {uncertainty.plan.n} draws are too few to say which unknown figure decides."
        return " No single unknown figure decides."
    names = listed([driver_text(tally, d) for d in strong])
    return f" {names[0].upper()}{names[1:]} {'decides' if len(strong) == 1 else 'decide'} most."


def outside_the_band(tally: Tally, uncertainty: Uncertainty, names: Sequence[str]) -> list[str]:
    """Sentences on those of these targets whose default result lies outside their band.

    Parameters
    ----------
    names : members of the tally, in the order in which they are named.
    """
    said = []
    for below in (True, False):
        told = []
        for name in names:
            share, (low, _, high) = tally.share(name), uncertainty.band(name)
            apart = share.high < low if below else share.low > high
            if apart and percent(share.value) != percent_range(low, high):
                told.append(
                    f"{percent(share.value)} of {_who(tally, name)} "
                    f"({percent_range(low, high)} in the draws)"
                )
        if told:
            few = "fewer" if below else "more"
            worse = "better" if below else "worse"
            said.append(
                f"At the default figures {few} get through than in nearly all draws: "
                f"{listed(told)}. The defaults are {worse} for the defence than most of what is "
                "possible."
            )
    return said


def _who(tally: Tally, name: str) -> str:
    """All threats, a class or a group in a sentence."""
    if name == "all":
        return "all threats"
    if name.startswith("class "):
        return f"the {class_noun(name.removeprefix('class '), 2, tally.raid.scenario.known)}"
    return name


def driver_text(tally: Tally, driver: Driver) -> str:
    """An unknown in a sentence; with the site if it is one's own."""
    named = {POSITION: "the position", HEIGHT: "the antenna height"}
    if driver.key not in named:
        return f"the {driver.key}"
    sites = tally.raid.sites
    if driver.site is None or len(sites) == 1:
        return f"{named[driver.key]} of {sites[0].name}" if len(sites) == 1 else named[driver.key]
    return f"{named[driver.key]} of {sites[driver.site].name}"


def mix(counts: Mapping[str, int], catalogue: Catalogue | None = None) -> str:
    """How many targets of which class a share is of.

    >>> mix({"fighter": 12}), mix({"fighter": 12, "bomber": 1})
    ('12 fighter aircraft', '13 threats (12 fighter aircraft and 1 bomber)')
    """
    parts = listed([f"{n} {class_noun(name, n, catalogue)}" for name, n in counts.items()])
    return parts if len(counts) == 1 else f"{sum(counts.values())} threats ({parts})"


def class_noun(target: str, n: int = 1, catalogue: Catalogue | None = None) -> str:
    """The title of a target class in running text.

    >>> class_noun("subsonic-cruise-missile", 24), class_noun("fighter", 12)
    ('subsonic cruise missiles', 'fighter aircraft')
    """
    title = load_target(target, catalogue).short_title
    title = title if title[:2].isupper() else title[0].lower() + title[1:]
    return title if n == 1 or title.endswith(("aircraft", "s")) else f"{title}s"
