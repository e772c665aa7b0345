"""Friendly traffic as the defence sees it: who has a confirmed track, from when, for how long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._scalar_plan import CONFIRMED, DEPARTURE, DROPPED, RADAR_LOST
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import run_log

LOGGED = 20  # replicates that are looked at event by event


@dataclass(frozen=True, eq=False)
class Watch:
    """One friendly target in one replicate; times in seconds of the raid.

    Attributes
    ----------
    begin_s, end_s : when it is in the air.
    tracked : from when to when some radar holds a confirmed track of it.
    """

    begin_s: float
    end_s: float
    tracked: tuple[tuple[float, float], ...]

    @property
    def drops(self) -> int:
        """How often it was lost while still in the air."""
        return sum(end < self.end_s for _, end in self.tracked)


def watched(
    raid: CompiledRaid, log: NDArray[np.float64], starts: NDArray[np.float64]
) -> dict[int, Watch]:
    """What became of each friendly target in the replicate with this log, by number of target."""
    friends = np.nonzero(raid.is_friendly)[0]
    ends = dict.fromkeys(friends.tolist(), raid.raid.duration_s)
    since: dict[int, float] = {}
    holders: dict[int, set[int]] = {j: set() for j in ends}
    tracked: dict[int, list[tuple[float, float]]] = {j: [] for j in ends}

    def lost(j: int, time: float) -> None:
        if j in since:
            tracked[j].append((since.pop(j), time))

    of_tracks = np.isin(log[:, 1], (CONFIRMED, DROPPED, DEPARTURE)) & np.isin(log[:, 2], friends)
    for time, entry, target, site, *_ in log[of_tracks | (log[:, 1] == RADAR_LOST)].tolist():
        j = int(target)
        if entry == CONFIRMED:
            holders[j].add(site)
            since.setdefault(j, time)
        elif entry == DEPARTURE:
            ends[j] = time
            holders[j].clear()
            lost(j, time)
        else:  # a radar that is lost loses all its tracks
            for k in [j] if entry == DROPPED else holders:
                holders[k].discard(site)
                if not holders[k]:
                    lost(k, time)
    for j in list(since):
        lost(j, ends[j])
    return {j: Watch(float(starts[j]), ends[j], tuple(tracked[j])) for j in ends}


def traffic_summary(raid: CompiledRaid, seed: int, replicates: int) -> dict[str, Any]:
    """How well each friendly group is tracked, over the first replicates, as plain JSON.

    Shares of targets that ever had a confirmed track and of the time in the air with one, mean
    time from start to the first one (s), and how often a target was lost, on average.
    """
    n = min(replicates, LOGGED) if raid.is_friendly.any() else 0
    seen: dict[str, list[Watch]] = {}
    for run in range(n):
        for j, watch in watched(raid, *run_log(raid, seed, run)).items():
            if watch.begin_s < watch.end_s:  # else it comes after the raid
                seen.setdefault(raid.groups[j].id, []).append(watch)
    return {"replicates": n, "groups": {name: _of(found, n) for name, found in seen.items()}}


def _of(found: Iterable[Watch], n: int) -> dict[str, Any]:
    found = list(found)
    firsts = [w.tracked[0][0] - w.begin_s for w in found if w.tracked]
    held = sum(end - begin for w in found for begin, end in w.tracked)
    return {
        "targets": round(len(found) / n, 4),
        "ever_tracked": round(len(firsts) / len(found), 6),
        "time_tracked": round(held / sum(w.end_s - w.begin_s for w in found), 6),
        "first_track_s": round(float(np.mean(firsts)), 3) if firsts else None,
        "drops_per_target": round(sum(w.drops for w in found) / len(found), 4),
    }
