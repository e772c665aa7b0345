"""The answer of a raid or a sweep in a sentence or two, made from the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.results import Share
from skyshade.radar.load import load_target

if TYPE_CHECKING:
    from skyshade.campaign.uncertainty import Uncertainty

DRIVES = 0.1  # unknowns with a smaller total index are not named
SWAMPED = 0.25  # the chance interval is left out if narrower than this part of the band


def headline(
    raid: CompiledRaid,
    leaked: Share,
    uncertainty: Uncertainty | None = None,
    flying: float = 0.0,
) -> str:
    """How much gets through, how sure that is, and which unknown decides.

    The interval of chance is given only if the band of the unknown figures does not swamp it.

    Parameters
    ----------
    flying : share of the threats (0 to 1) that are still on their way when the raid's time is up.

    >>> from skyshade import load_scenario
    >>> from skyshade.engagement import compile_raid
    >>> raid = compile_raid(load_scenario("saturation"))
    >>> headline(raid, Share(0.31, 0.302, 0.319))
    'Of 100 subsonic cruise missiles, 31.0 % (± 0.9) get through.'
    >>> headline(raid, Share(0.0, 0.0, 0.0006))
    'Of 100 subsonic cruise missiles, none gets through (less than 0.1 %, 95 % interval).'
    >>> headline(raid, Share(0.31, 0.302, 0.319), flying=0.128).split("; ")[1]
    '13 % are still on their way at the end.'
    """
    n = int(raid.is_threat.sum())
    who = noun(raid, n)
    if uncertainty is None:
        return _answer(n, who, leaked, with_chance=True) + _unfinished(n, flying) + "."
    low, _, high = uncertainty.band()
    swamped = leaked.high - leaked.low < SWAMPED * (high - low)
    answer = _answer(n, who, leaked, with_chance=not swamped) + _unfinished(n, flying)
    span = span_text(low, high)
    if " to " not in span:
        return f"{answer}. Unknown figures do not change that: {span} over their draws."
    text = f"{answer}. Unknown figures make that {span}"
    strong = [d for d in uncertainty.drivers if d.weights[0].is_certain and d.share >= DRIVES][:2]
    if strong:
        text += ", mostly " + " and ".join(d.key for d in strong)
    return text + "."


def _answer(n: int, who: str, leaked: Share, with_chance: bool) -> str:
    """How many of the n threats get through, with or without the interval of chance."""
    start = f"The single {who}" if n == 1 else f"Of {n} {who},"
    if leaked.value not in (0.0, 1.0):
        share = share_text(leaked) if with_chance else f"{100 * leaked.value:.0f} %"
        does = f"gets through in {share} of replicates" if n == 1 else f"{share} get through"
        return f"{start} {does}"
    if leaked.value == 0:
        does, bound = ("never gets", "none gets")[n > 1], f"less than {_up(leaked.high):g} %"
    else:
        does, bound = (
            ("always gets", "all get")[n > 1],
            f"more than {100 - _up(1 - leaked.low):g} %",
        )
    return f"{start} {does} through" + (f" ({bound}, 95 % interval)" if with_chance else "")


def _unfinished(n: int, flying: float) -> str:
    """What is said of threats that the raid's end leaves in the air, nothing if there are none."""
    if flying <= 0.0:
        return ""
    share = "under 1 %" if flying < 0.005 else f"{100 * flying:.0f} %"
    if n == 1:
        return f"; in {share} of replicates it is still on its way at the end"
    return f"; {share} are still on their way at the end"


def _up(share: float) -> float:
    """A share in per cent, rounded up to a tenth."""
    return math.ceil(round(1000 * share, 6)) / 10


def span_text(low: float, high: float) -> str:
    """A range of shares in whole per cent.

    >>> span_text(0.304, 0.781), span_text(0.0, 0.004)
    ('30 to 78 %', '0 %')
    """
    ends = f"{100 * low:.0f}", f"{100 * high:.0f}"
    return f"{' to '.join(dict.fromkeys(ends))} %"


def noun(raid: CompiledRaid, n: int) -> str:
    """The noun for the threats: their class, or "targets" if there are several classes."""
    classes = {raid.classes[k] for k in raid.class_of[raid.is_threat]}
    if len(classes) != 1:
        return "target" if n == 1 else "targets"
    return class_noun(classes.pop(), n)


def class_noun(target: str, n: int = 1) -> str:
    """The title of a target class in running text.

    >>> class_noun("subsonic-cruise-missile", 24), class_noun("fighter", 12)
    ('subsonic cruise missiles', 'fighter aircraft')
    """
    title = load_target(target).short_title
    title = title if title[:2].isupper() else title[0].lower() + title[1:]
    return title if n == 1 or title.endswith(("aircraft", "s")) else f"{title}s"


def share_text(share: Share) -> str:
    """A percentage with as many digits as its interval justifies.

    >>> share_text(Share(0.31, 0.302, 0.319)), share_text(Share(0.31, 0.25, 0.37))
    ('31.0 % (± 0.9)', '31 % (± 6)')
    """
    half = 50 * (share.high - share.low)
    digits = 0 if half >= 2 else 1 if half >= 0.1 else 2
    return f"{100 * share.value:.{digits}f} % (± {max(half, 10**-digits):.{digits}f})"
