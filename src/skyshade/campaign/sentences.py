"""What came of a raid in one sentence, made from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.results import Share
from skyshade.radar.load import load_target

if TYPE_CHECKING:
    from skyshade.campaign.sweep import Sweep
    from skyshade.campaign.uncertainty import Uncertainty

APPROACH = ("bearing", "altitude")
DRIVES = 0.1  # a total index above this is worth a word


def headline(raid: CompiledRaid, leaked: Share, uncertainty: Uncertainty | None = None) -> str:
    """How much gets through, how sure that is, and which unknown decides.

    >>> from skyshade import load_scenario
    >>> from skyshade.engagement import compile_raid
    >>> headline(compile_raid(load_scenario("saturation")), Share(0.31, 0.302, 0.319))
    'Of 100 subsonic cruise missiles, 31.0 % (± 0.9) get through.'
    """
    n = int(raid.is_threat.sum())
    text = f"Of {n} {noun(raid, n)}, {share_text(leaked)} {'gets' if n == 1 else 'get'} through"
    if uncertainty is None:
        return text + "."
    low, _, high = uncertainty.band()
    does = "widen that to" if low <= leaked.value <= high else "make that"
    text += f"; unknown figures {does} {100 * low:.0f}–{100 * high:.0f} %"
    strong = [d for d in uncertainty.drivers if d.weights[0].is_certain and d.share >= DRIVES][:2]
    if strong:
        text += ", mostly " + " and ".join(d.key for d in strong)
    return text + "."


def noun(raid: CompiledRaid, n: int) -> str:
    """What the threats are called: their class, or targets where there are several classes."""
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
    """A percentage with as many digits as its interval bears.

    >>> share_text(Share(0.31, 0.302, 0.319)), share_text(Share(0.31, 0.25, 0.37))
    ('31.0 % (± 0.9)', '31 % (± 6)')
    """
    half = 50 * (share.high - share.low)
    digits = 0 if half >= 2 else 1 if half >= 0.1 else 2
    return f"{100 * share.value:.{digits}f} % (± {max(half, 10**-digits):.{digits}f})"


def sweep_sentence(sweep: Sweep) -> str:
    """From where to where the share of leakers goes over the sweep, and at which settings.

    Of directions and altitudes of approach only the range is told: a defence is measured here, and
    no way through it is looked for.
    """
    shares = sweep.leaked[:, 1]
    low, high = int(shares.argmin()), int(shares.argmax())
    told = [a for a in sweep.axes if a.field.name not in APPROACH]

    def at(i: int) -> str:
        settings = ", ".join(
            f"{a.field.label} {sweep.points[i][a.field.name]:g} {a.field.unit}".strip()
            for a in told
        )
        return f" (at {settings})" if settings else ""

    first, last = (share_text(Share(*sweep.leaked[i][[1, 0, 2]])) for i in (low, high))
    text = f"Between {first}{at(low)} and {last}{at(high)} get through"
    if sweep.bands is None:
        return text + "."
    return text + (
        f"; with the unknown figures drawn, {100 * sweep.bands[low, 0]:.0f}–"
        f"{100 * sweep.bands[low, 2]:.0f} % and {100 * sweep.bands[high, 0]:.0f}–"
        f"{100 * sweep.bands[high, 2]:.0f} %."
    )
