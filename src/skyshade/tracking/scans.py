"""One radar in one replicate of a raid: where targets are and which it detects, scan by scan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.engagement._cpu import make_scratch
from skyshade.engagement._scalar_plan import (
    CONFIRMED,
    DEPARTURE,
    DROPPED,
    HIT,
    LEAK,
    RADAR_LOST,
)
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import make_key, run_log
from skyshade.tracking._cpu import Course, looks
from skyshade.tracking.frame import Frame


@dataclass(frozen=True, eq=False)
class Scans:
    """The scans of a radar; axes (scans, targets) unless stated otherwise.

    Attributes
    ----------
    site : number of the radar's site.
    frame : local axes at its antenna.
    times_s : (scans,).
    truth_m : (scans, targets, 3) east, north, up; NaN for targets not in the air.
    in_play : from the first scan that could detect it to the last one, while it is in the air.
    seen : whether the scan detects it, by the raid kernel's own draws.
    held : whether the raid's M-of-N rule holds a confirmed track after the scan.
    """

    site: int
    frame: Frame
    times_s: NDArray[np.float64]
    truth_m: NDArray[np.float64]
    in_play: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    held: NDArray[np.bool_]


def radar_scans(raid: CompiledRaid, seed: int, run: int, site: int) -> Scans:
    """The scans of one site's acquisition radar until it is lost or nothing is in the air.

    The replicate is that of `run_log`: a target that is shot down leaves the air, and a radar that
    is destroyed scans no more.

    Raises
    ------
    InputError : the seed is out of range, or the replicate's log too long.
    """
    plan, n = raid.plan, raid.n_targets
    log, starts = run_log(raid, seed, run)
    entries, targets = log[:, 1].astype(int), log[:, 2].astype(int)
    ends = np.full(n, math.inf)
    gone = np.isin(entries, (HIT, LEAK, DEPARTURE))
    ends[targets[gone]] = log[gone, 0]
    lost_s = min(log[(entries == RADAR_LOST) & (log[:, 3] == site), 0], default=math.inf)
    course = Course(lost_s, ends, *_held(log[log[:, 3] == site], n))

    period = float(plan.sight.period[site])
    most = math.ceil(raid.raid.duration_s / period) + 1
    times, seen = np.zeros(most), np.zeros((most, n), bool)
    scratch = make_scratch(plan, 1)
    scratch.start[0] = starts
    count = looks(plan, scratch, make_key(seed), run, site, course, times, seen)
    times = times[:count]
    count = int(np.searchsorted(times, ends.max()))
    times, seen = times[:count, None], seen[:count]

    in_air = (starts <= times) & (times < ends)
    during = (course.since <= times[..., None]) & (times[..., None] < course.until)
    held = in_air & during.any(axis=-1)
    step = raid.raid.step_s
    along = np.where(in_air, (times - starts) / step, 0.0)
    place = plan.threats.first + along.astype(np.int64)
    in_view = in_air & (plan.sight.gain[site][place] > plan.sight.log_snr_floor[site])
    came = np.logical_or.accumulate(in_view, axis=0)
    comes = np.logical_or.accumulate(in_view[::-1], axis=0)[::-1]

    antenna = raid.specs[site].antenna
    frame = Frame(antenna.lon, antenna.lat, raid.antenna_msl_m(site))
    places = frame.local_m(
        *(np.concatenate([getattr(p, f) for p in raid.paths]) for f in ("lon", "lat", "alt_m"))
    )
    last = plan.threats.first + plan.threats.steps
    share = (along % 1.0)[..., None]
    truth = (1 - share) * places[place] + share * places[np.minimum(place + 1, last)]
    truth[~in_air] = np.nan
    return Scans(site, frame, times[:, 0], truth, in_air & came & comes, seen, held)


def _held(log: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(targets, times held) when the raid's rule confirmed a track, and when it dropped it."""
    spans: list[list[list[float]]] = [[] for _ in range(n)]
    for time, entry, target, *_ in log.tolist():
        if entry == CONFIRMED:
            spans[int(target)].append([time, math.inf])
        elif entry == DROPPED:
            spans[int(target)][-1][1] = time
    room = np.full((2, n, max(map(len, spans), default=0)), math.inf)
    for j, own in enumerate(spans):
        room[:, j, : len(own)] = np.array(own).reshape(-1, 2).T
    return np.ascontiguousarray(room[0]), np.ascontiguousarray(room[1])


def fastest_mps(raid: CompiledRaid) -> float:
    """The highest speed on any path of the raid (m/s)."""
    return float(max(np.max(path.speed_mps) for path in raid.paths))


def shortcut(seen: ArrayLike, m: int, n: int, coast: int) -> NDArray[np.bool_]:
    """Whether the M-of-N rule holds each target after each scan, computed from the detections.

    A second, plain form of the raid kernel's rule, for checks: m detections in n scans confirm a
    track, and more than `coast` misses in a row drop it.

    >>> shortcut([[1], [0], [1], [0], [0]], 2, 3, 1)[:, 0].tolist()
    [False, False, True, True, False]
    """
    hits = np.asarray(seen, bool)
    held = np.zeros_like(hits)
    for j in range(hits.shape[1]):
        holding, window, missed = False, 0, 0
        for k, hit in enumerate(hits[:, j]):
            if holding:
                missed = 0 if hit else missed + 1
                holding, window = missed <= coast, 0
            else:
                window = ((window << 1) | int(hit)) & ((1 << n) - 1)
                holding, missed = bool(hit) and window.bit_count() >= m, 0
            held[k, j] = holding
    return held
