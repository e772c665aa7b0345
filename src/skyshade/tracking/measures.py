"""Distance of a picture from the truth, and the record of each target's track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyshade.tracking.plots import FALSE, Plots
from skyshade.tracking.tracker import MISSED, Picture

NOBODY = -1


def ospa(
    a_m: NDArray[np.float64], b_m: NDArray[np.float64], cutoff_m: float, order: float = 2.0
) -> float:
    """Distance (m) between two sets of places (n, 3) and (k, 3): optimal sub-pattern assignment.

    With n <= k: the root of order p of the mean over k of the least sum of distances to the power
    p, cut off at c, plus c^p for each place that has no partner. 0 for two empty sets.

    References
    ----------
    D. Schuhmacher, B.-T. Vo, B.-N. Vo, A consistent metric for performance evaluation of
    multi-object filters, IEEE Trans. Signal Processing 56, 2008.

    Examples
    --------
    One target 30 m off and one missing, cut off at 100 m: sqrt((30^2 + 100^2) / 2)

    >>> round(ospa(np.zeros((1, 3)), np.array([[30.0, 0, 0], [5e3, 0, 0]]), 100.0), 3)
    73.824
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    most = max(len(a_m), len(b_m))
    if most == 0:
        return 0.0
    cost = np.minimum(cdist(a_m, b_m), cutoff_m) ** order
    total = cost[linear_sum_assignment(cost)].sum() + cutoff_m**order * abs(len(a_m) - len(b_m))
    return float((total / most) ** (1.0 / order))


@dataclass(frozen=True, eq=False)
class Purity:
    """What confirmed tracks were made of.

    Attributes
    ----------
    tracks : how many were confirmed; `false` of them by false alarms alone, `mixed` by plots of
        more than one origin.
    updates : of confirmed tracks; `strange` of them by a plot of another origin than
        the one before.
    """

    tracks: int
    false: int
    mixed: int
    updates: int
    strange: int


def purity(plots: Sequence[Plots], pictures: Sequence[Picture]) -> Purity:
    """Follow every track back to where its plots came from."""
    made_of: dict[int, list[int]] = {}
    done: set[int] = set()
    false = mixed = updates = strange = 0
    for given, picture in zip(plots, pictures, strict=True):
        got = picture.plot != MISSED
        origins = given.origin[picture.plot[got]].tolist()
        confirmed = picture.confirmed[got].tolist()
        for number, origin, sure in zip(
            picture.number[got].tolist(), origins, confirmed, strict=True
        ):
            own = made_of.setdefault(number, [])
            own.append(origin)
            if number in done:
                updates += 1
                strange += origin != own[-2]
            elif sure:
                done.add(number)
                false += set(own) == {FALSE}
                mixed += len(set(own)) > 1
    return Purity(len(done), false, mixed, updates, strange)


def pair(
    truth_m: NDArray[np.float64], pictures: Sequence[Picture], cutoff_m: float
) -> NDArray[np.int64]:
    """(scans, targets) number of the confirmed track that holds each target, `NOBODY` for none.

    Pairs are one to one and never farther apart than the cut-off. A pair of the scan before is kept
    while it is near enough; the others are chosen for the least sum of distances.

    Parameters
    ----------
    truth_m : (scans, targets, 3), NaN for targets not in the air.

    References
    ----------
    K. Bernardin, R. Stiefelhagen, Evaluating multiple object tracking performance: the CLEAR MOT
    metrics, EURASIP Journal on Image and Video Processing, 2008.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    track = np.full(truth_m.shape[:2], NOBODY)
    for k, picture in enumerate(pictures):
        number = picture.number[picture.confirmed]
        place = picture.place_m[picture.confirmed]
        row_of = {n: i for i, n in enumerate(number.tolist())}
        alive = np.nonzero(~np.isnan(truth_m[k, :, 0]))[0]
        for j in alive if k else ():
            i = row_of.get(int(track[k - 1, j]), NOBODY)
            if i != NOBODY and np.linalg.norm(place[i] - truth_m[k, j]) <= cutoff_m:
                track[k, j] = number[i]
        lone = alive[track[k, alive] == NOBODY]
        free = np.nonzero(~np.isin(number, track[k]))[0]
        apart = cdist(truth_m[k, lone], place[free])
        # a pair too far apart costs more than all near ones together, so few are left alone
        apart[apart > cutoff_m] = 1e3 * cutoff_m * (1 + len(lone))
        for a, b in zip(*linear_sum_assignment(apart), strict=True):
            if apart[a, b] <= cutoff_m:
                track[k, lone[a]] = number[free[b]]
    return track


@dataclass(frozen=True)
class Record:
    """How one target was tracked, over the scans in which it was in play.

    Attributes
    ----------
    first_s : time from its first scan in play to its first confirmed track; None: never.
    scans : scans in play; held : those with a confirmed track.
    continuity : share held of those from the first confirmed track on; None: never held.
    breaks : how often the track was lost while the target was in play.
    swaps : how often a new track took over the target from another.
    """

    first_s: float | None
    scans: int
    held: int
    continuity: float | None
    breaks: int
    swaps: int


def record(times_s: NDArray[np.float64], track: NDArray[np.int64]) -> Record:
    """The record of a target that was held by these tracks in its scans in play.

    >>> record(np.arange(6.0), np.array([-1, 4, -1, 4, 7, 7]))
    Record(first_s=1.0, scans=6, held=4, continuity=0.8, breaks=1, swaps=1)
    """
    held = track != NOBODY
    if not held.any():
        return Record(None, len(track), 0, None, 0, 0)
    first = int(np.argmax(held))
    own = track[held]
    return Record(
        float(times_s[first] - times_s[0]),
        len(track),
        int(held.sum()),
        float(held[first:].mean()),
        int((held[:-1] & ~held[1:]).sum()),
        int((own[1:] != own[:-1]).sum()),
    )
