"""One replicate, event by event: enough to draw every track, launch, intercept and loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement import _scalar_plan as plan_of
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import run_log
from skyshade.engagement.results import REASONS

EVENTS = {
    plan_of.CONFIRMED: "track confirmed",
    plan_of.DROPPED: "track dropped",
    plan_of.ASSIGNED: "assigned",
    plan_of.LAUNCHED: "launched",
    plan_of.HIT: "hit",
    plan_of.MISSED: "missed",
    plan_of.WASTED: "wasted",
    plan_of.LOST: "guidance lost",
    plan_of.LEAK: "leaked",
    plan_of.DEPARTURE: "departed",
    plan_of.RELEASED: "channel free",
    plan_of.RELOADED: "reloaded",
    plan_of.RADAR_LOST: "radar lost",
    plan_of.POST_LOST: "command post lost",
    plan_of.UNIT_LOST: "fire unit lost",
    plan_of.RADAR_REPAIRED: "radar repaired",
    plan_of.POST_REPAIRED: "command post repaired",
    plan_of.UNIT_REPAIRED: "fire unit repaired",
    plan_of.RESUPPLIED: "resupplied",
}
_OF_SITES = {
    plan_of.CONFIRMED,
    plan_of.DROPPED,
    plan_of.RADAR_LOST,
    plan_of.POST_LOST,
    plan_of.RADAR_REPAIRED,
    plan_of.POST_REPAIRED,
}
_AT_TARGET = {plan_of.HIT, plan_of.MISSED, plan_of.LEAK, plan_of.LAUNCHED}
_OF_CHANNEL = {
    plan_of.HIT,
    plan_of.MISSED,
    plan_of.WASTED,
    plan_of.LOST,
    plan_of.ASSIGNED,
    plan_of.RELEASED,
}


def place_of(raid: CompiledRaid, target: int, since_s: float) -> tuple[float, float, float]:
    """Longitude, latitude (degrees) and altitude (m MSL) of a target so long after its start."""
    path = raid.paths[raid.path_of[target]]
    x = np.clip(since_s / raid.raid.step_s, 0.0, len(path.lon) - 1.0)
    k = np.arange(len(path.lon))
    return tuple(float(np.interp(x, k, v)) for v in (path.lon, path.lat, path.alt_m))  # type: ignore[return-value]


def replay(raid: CompiledRaid, seed: int, run: int) -> Iterator[dict[str, Any]]:
    """The events of one replicate in order of time, as plain JSON.

    The first says who takes part; every target's start follows with its path, ten steps between
    places. A launch tells when and where the missile is to meet the target, whose place then is
    that of the intercept.
    """
    log, starts = run_log(raid, seed, run)
    yield _who_takes_part(raid, seed, run)
    for j, start in enumerate(starts):
        if start <= raid.raid.duration_s:
            yield _start(raid, j, float(start))
    for row in log:
        yield _happening(raid, row, starts)


def _who_takes_part(raid: CompiledRaid, seed: int, run: int) -> dict[str, Any]:
    return {
        "event": "replicate",
        "replicate": run,
        "seed": seed,
        "raid": raid.scenario.name,
        "duration_s": raid.raid.duration_s,
        "sites": [
            {
                "id": s.id,
                "lon": s.position.lon,
                "lat": s.position.lat,
                "illustrative": s.illustrative,
            }
            for s in raid.sites
        ],
        "units": [{"id": u.id, "site": raid.sites[u.site].id} for u in raid.units],
    }


def _start(raid: CompiledRaid, j: int, start: float) -> dict[str, Any]:
    """Target j, what it is and where it will fly."""
    path = raid.paths[raid.path_of[j]]
    k = np.unique(np.r_[np.arange(0, len(path.lon), 10), len(path.lon) - 1])
    return {
        "event": "start",
        "t_s": round(start, 3),
        "target": raid.target_ids[j],
        "class": raid.classes[raid.class_of[j]],
        "decoy": raid.groups[j].decoy,
        "friendly": raid.groups[j].friendly,
        "path": [
            [
                round(float(start + i * raid.raid.step_s), 3),
                round(float(path.lon[i]), 5),
                round(float(path.lat[i]), 5),
                round(float(path.alt_m[i]), 1),
            ]
            for i in k
        ],
    }


def _happening(
    raid: CompiledRaid, row: NDArray[np.float64], starts: NDArray[np.float64]
) -> dict[str, Any]:
    """One line of the log: who, with what and where."""
    time, entry, target, who, missile, detail = row
    kind, j, at = int(entry), int(target), int(who)
    line: dict[str, Any] = {"event": EVENTS[kind], "t_s": round(float(time), 3)}
    if j >= 0:
        line["target"] = raid.target_ids[j]
    if at >= 0 and kind in _OF_SITES:
        line["site"] = raid.radar_ids[at]
    elif at >= 0:
        line["unit"] = raid.units[at].id
    if missile >= 0:
        line["missile"] = raid.missiles[int(missile)]
    if kind == plan_of.LAUNCHED:
        line["meets_t_s"] = round(float(detail), 3)
    if kind in _AT_TARGET:
        meets = detail if kind == plan_of.LAUNCHED else time
        lon, lat, alt = place_of(raid, j, meets - starts[j])
        line |= {"lon": round(lon, 5), "lat": round(lat, 5), "alt_m": round(alt, 1)}
    if kind in _OF_CHANNEL:
        line["channel"] = int(detail)
    if kind in (plan_of.RELOADED, plan_of.RESUPPLIED):
        line["rounds"] = int(detail)
    if kind == plan_of.LEAK:
        line["reason"] = REASONS[int(detail)]
    return line
