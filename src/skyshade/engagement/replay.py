"""One replicate, event by event: enough to draw every track, launch, intercept and loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from skyshade.engagement import _scalar_plan as plan_of
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import run_log

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
}
_OF_SITES = {plan_of.CONFIRMED, plan_of.DROPPED, plan_of.RADAR_LOST, plan_of.POST_LOST}
_AT_TARGET = {plan_of.HIT, plan_of.MISSED, plan_of.LEAK, plan_of.LAUNCHED}


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
    yield {
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
    for j, start in enumerate(starts):
        if start > raid.raid.duration_s:
            continue
        path = raid.paths[raid.path_of[j]]
        k = np.unique(np.r_[np.arange(0, len(path.lon), 10), len(path.lon) - 1])
        yield {
            "event": "start",
            "t_s": round(float(start), 3),
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
    for time, entry, target, who, missile, detail in log:
        kind, j, at = int(entry), int(target), int(who)
        line: dict[str, Any] = {"event": EVENTS[kind], "t_s": round(float(time), 3)}
        if j >= 0:
            line["target"] = raid.target_ids[j]
        if at >= 0:
            if kind in _OF_SITES:
                line["site"] = raid.sites[at].id
            else:
                line["unit"] = raid.units[at].id
        if missile >= 0:
            line["missile"] = raid.missiles[int(missile)]
        if kind == plan_of.LAUNCHED:
            line["meets_t_s"] = round(float(detail), 3)
        if kind in _AT_TARGET:
            meets = detail if kind == plan_of.LAUNCHED else time
            lon, lat, alt = place_of(raid, j, meets - starts[j])
            line |= {"lon": round(lon, 5), "lat": round(lat, 5), "alt_m": round(alt, 1)}
        if kind in (
            plan_of.HIT,
            plan_of.MISSED,
            plan_of.WASTED,
            plan_of.LOST,
            plan_of.ASSIGNED,
            plan_of.RELEASED,
        ):
            line["channel"] = int(detail)
        if kind == plan_of.RELOADED:
            line["rounds"] = int(detail)
        yield line
