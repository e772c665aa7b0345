"""The answer of a sweep in a few sentences, and what moves the share most, made from the numbers.

Values of the fields that say from where, how high or where to the targets fly are not named: a
sweep measures a defence, it does not look for a way through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skyshade.campaign.axes import Axis
from skyshade.campaign.sentences import class_noun, mix
from skyshade.shown import listed, percent, percent_range
from skyshade.uncertainty.drivers import DRIVES, Driver, Weight, by_chance, named_drivers

if TYPE_CHECKING:
    from skyshade.campaign.sweep import Sweep
    from skyshade.campaign.uncertainty import Uncertainty


def finding(sweep: Sweep) -> str:
    """How much of what gets through over the sweep, where least and most, and what decides.

    The settings of the least and the largest share are named for a grid. A design that fills space
    has no point of interest of its own, so the strongest field is named instead.
    """
    shares = sweep.leaked[:, 1]
    least, most = int(shares.argmin()), int(shares.argmax())
    low, high = percent(shares[least]), percent(shares[most])
    span = f"{low.removesuffix(' %')} to {high}"
    of = _mix(sweep)
    if len(shares) == 1:
        text = f"Of {of} {low} get through"
        text += _at(sweep, least) + "."
    elif low == high:
        text = f"Of {of} {low} get through at each of the {len(shares)} points."
    elif sweep.leaked[least, 2] >= sweep.leaked[most, 0]:
        text = (
            f"Of {of} {span} get through, and the differences between the {len(shares)} points "
            "are within the error of chance."
        )
    elif sweep.design == "grid":
        text = f"Of {of} {span} get through"
        ends = _settings(sweep, least), _settings(sweep, most)
        text += f": least at {ends[0]}, most at {ends[1]}." if ends[0] else "."
    else:
        text = f"Over {len(shares)} points, {span} of {of} get through."
        text += _strongest(sweep)
    return text + _with_draws(sweep, least, most)


def _mix(sweep: Sweep) -> str:
    """Who is counted: numbers and classes, the numbers only if they are the same at all points."""
    known = sweep.study.scenario.known
    counts = [
        {
            name.removeprefix("class "): int(of["targets"])
            for name, of in result["outcomes"].items()
            if name.startswith("class ")
        }
        for result in sweep.results
    ]
    if all(here == counts[0] for here in counts):
        return mix(counts[0], known)
    classes = dict.fromkeys(name for here in counts for name in here)
    nouns = listed([class_noun(name, 2, known) for name in classes])
    return f"the {nouns}" if len(classes) == 1 else f"all threats ({nouns})"


def axis_correlations(sweep: Sweep) -> list[tuple[Axis, float]]:
    """The fields that vary with the rank correlation of each with the share, strongest first."""
    from scipy.stats import spearmanr

    found = []
    for axis in sweep.axes:
        x = sweep.settings(axis)
        if axis.varies:
            varied = np.ptp(x) > 0 and np.ptp(sweep.leaked[:, 1]) > 0
            r = float(spearmanr(x, sweep.leaked[:, 1]).statistic) if varied else 0.0
            found.append((axis, r))
    return sorted(found, key=lambda pair: -abs(pair[1]))


def pooled_drivers(drawn: Sequence[Uncertainty]) -> list[Driver]:
    """The unknown figures over all points of a sweep, strongest first.

    An unknown's share is the mean of its shares at the points, each weighted with the variance of
    the result over the draws there: points at which nothing varies do not count. Its swing is the
    mean over the points where it has one. All points have the same draws, so chance can give the
    mean as much as it can give a point.
    """
    weights = np.array([_variance(u) for u in drawn])
    if weights.sum() == 0:
        return []
    shares: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(drawn)))
    known: dict[str, list[Driver]] = defaultdict(list)
    for i, uncertainty in enumerate(drawn):
        for driver in uncertainty.drivers:
            shares[driver.key][i] = driver.share
            known[driver.key].append(driver)
    pooled = []
    for key, drivers in known.items():
        first = drivers[0]
        share = float(np.average(shares[key], weights=weights))
        swing = np.mean([d.swing for d in drivers], axis=0)
        pooled.append(
            Driver(
                key,
                first.title,
                (Weight(first.method, share, by_chance=first.weights[0].by_chance),),
                (float(swing[0]), float(swing[1])),
                first.weak,
                first.memory_only,
            )
        )
    return sorted(pooled, key=lambda d: (-d.share, d.key))


def _variance(uncertainty: Uncertainty) -> float:
    """Variance of the share of leakers over the draws of a point."""
    return float(np.var(uncertainty.in_rows("all")[uncertainty.draws.sobol]))


def _settings(sweep: Sweep, i: int) -> str:
    """The settings of a point in words, without those of the approach."""
    return ", ".join(
        f"{a.field.label} {sweep.points[i][a.field.name]:g} {a.field.unit}".strip()
        for a in sweep.axes
        if not a.field.is_approach
    )


def _at(sweep: Sweep, i: int) -> str:
    settings = _settings(sweep, i)
    return f" at {settings}" if settings else ""


def _strongest(sweep: Sweep) -> str:
    """The field that goes with the share most, if chance does not explain it."""
    ranked = axis_correlations(sweep)
    axis, r = ranked[0] if ranked else (None, 0.0)
    if axis is None or r**2 < max(DRIVES, by_chance(len(sweep.points), len(ranked))):
        return " No single field stands out."
    if axis.field.is_approach:
        return ""
    more = "more" if r > 0 else "fewer"
    return f" The result depends most on {axis.field.label}: larger values let {more} through."


def _with_draws(sweep: Sweep, least: int, most: int) -> str:
    """What the unknown figures add."""
    if sweep.uncertainties is None or sweep.bands is None:
        return ""
    bands = sweep.bands
    if len(sweep.points) == 1:
        span = percent_range(bands[0, 0], bands[0, 2])
        text = f" With the unknown figures drawn that becomes {span}"
    else:
        ends = [percent_range(bands[i, 0], bands[i, 2]) for i in (least, most)]
        text = f" With the unknown figures drawn the least becomes {ends[0]}, the most {ends[1]}"
    strong = [d.key for d in named_drivers(sweep.drivers)]
    if not strong:
        return text + "."
    decide = "decides" if len(strong) == 1 else "decide"
    return f"{text}; {' and '.join(strong)} {decide} most of that."
