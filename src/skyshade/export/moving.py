"""One replicate of a raid as moving things: targets and missiles, placed in time and space."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import run_log
from skyshade.engagement.replay import replay
from skyshade.engagement.timeline import places_of
from skyshade.terrain.geodesy import geod

EVERY_S = 5.0  # about the time between two places of a target or missile
Side = Literal["threat", "decoy", "friendly"]
_SETTLED = {"hit": "killed", "leaked": "leaked", "departed": "departed"}
_SPENT = {"hit": "hit", "missed": "missed", "wasted": "wasted", "guidance lost": "lost"}


@dataclass(frozen=True, eq=False)
class Way:
    """Where something was when: arrays of equal length.

    Attributes
    ----------
    t_s : seconds of the raid, rising.
    lon, lat : degrees; alt_m : m MSL.
    """

    t_s: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    alt_m: NDArray[np.float64]

    @property
    def xyz(self) -> NDArray[np.float64]:
        """(n, 3) lon, lat, alt_m, rounded to centimetres."""
        return np.column_stack([self.lon.round(7), self.lat.round(7), self.alt_m.round(2)])


@dataclass(frozen=True, eq=False)
class Target:
    """A target from its start until it is shot down, arrives, departs, or the time is up.

    Attributes
    ----------
    end : killed, leaked, departed, or open.
    held : (site, from, to) seconds in which that site's radar held a confirmed track of it.
    """

    id: str
    class_: str
    side: Side
    way: Way
    end: str
    held: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, eq=False)
class Missile:
    """A missile from its launch to where it meets its target, or to the end of the raid.

    Attributes
    ----------
    type : its catalogue id.
    end : hit, missed, wasted, lost, or in flight.
    """

    id: str
    type: str
    unit: str
    site: str
    target: str
    way: Way
    end: str


@dataclass(frozen=True, eq=False)
class Moving:
    """All that moves in one replicate, and its events as :func:`replay` gives them."""

    raid: CompiledRaid
    seed: int
    run: int
    targets: tuple[Target, ...]
    missiles: tuple[Missile, ...]
    events: tuple[dict[str, Any], ...]

    @property
    def duration_s(self) -> float:
        """Length of the raid."""
        return self.raid.raid.duration_s


def moving(raid: CompiledRaid, seed: int, run: int) -> Moving:
    """Targets and missiles of one replicate, a place about every `EVERY_S` seconds.

    Targets are where the raid has them. The model has no paths of missiles, only the time of launch
    and the time and place of the intercept. A missile is put on the straight line between the two,
    at constant speed.

    Raises
    ------
    InputError : a seed out of range; more events than a log holds.
    """
    _, *events = replay(raid, seed, run)
    return Moving(
        raid,
        seed,
        run,
        _targets(raid, run_log(raid, seed, run)[1], events),
        _missiles(raid, events),
        tuple(events),
    )


def _targets(
    raid: CompiledRaid, starts: NDArray[np.float64], events: list[dict[str, Any]]
) -> tuple[Target, ...]:
    duration = raid.raid.duration_s
    ends = {e["target"]: (e["t_s"], _SETTLED[e["event"]]) for e in events if e["event"] in _SETTLED}
    held, found = _held(events, duration), []
    every = raid.raid.step_s * max(round(EVERY_S / raid.raid.step_s), 1)
    for j, start in enumerate(starts):
        if start > duration:
            continue
        until, end = ends.get(raid.target_ids[j], (duration, "open"))
        since = np.append(np.arange(0.0, max(until - start, 0.0), every), max(until - start, 0.0))
        since = np.unique(since)
        group = raid.groups[j]
        found.append(
            Target(
                raid.target_ids[j],
                raid.classes[raid.class_of[j]],
                "friendly" if group.friendly else "decoy" if group.decoy else "threat",
                Way(start + since, *places_of(raid, np.full(len(since), j), since)),
                end,
                tuple(held[raid.target_ids[j]]),
            )
        )
    return tuple(found)


def _held(
    events: list[dict[str, Any]], duration: float
) -> dict[str, list[tuple[str, float, float]]]:
    """By target, which site held it from when to when.

    A track ends when it is dropped, with its target, or with its radar.
    """
    begun: dict[tuple[str, str], float] = {}
    found: dict[str, list[tuple[str, float, float]]] = defaultdict(list)

    def end(t_s: float, target: str | None = None, site: str | None = None) -> None:
        over = [k for k in begun if target in (None, k[0]) and site in (None, k[1])]
        for key in over:
            found[key[0]].append((key[1], begun.pop(key), t_s))

    for event in events:
        kind, t_s = event["event"], event["t_s"]
        if kind == "track confirmed":
            begun[event["target"], event["site"]] = t_s
        elif kind == "track dropped":
            end(t_s, event["target"], event["site"])
        elif kind in _SETTLED:
            end(t_s, target=event["target"])
        elif kind == "radar lost":
            end(t_s, site=event["site"])
    end(duration)
    return found


def _missiles(raid: CompiledRaid, events: list[dict[str, Any]]) -> tuple[Missile, ...]:
    ends: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for e in events:
        if e["event"] in _SPENT:
            ends[e["unit"], e["missile"], e.get("target"), e["t_s"]].append(_SPENT[e["event"]])
    site_of = {u.id: u.site for u in raid.units}
    found: list[Missile] = []
    for e in events:
        if e["event"] != "launched":
            continue
        unit, type_, target, meets = e["unit"], e["missile"], e["target"], e["meets_t_s"]
        # the event of a missile lost with its unit does not name the missile's target
        over = ends[unit, type_, target, meets] or ends[unit, type_, None, meets]
        at = site_of[unit]
        site, antenna = raid.sites[at], raid.specs[at].antenna
        start = (antenna.lon, antenna.lat, raid.antenna_msl_m(at) - antenna.agl_m)
        way = _straight(
            start, (e["lon"], e["lat"], e["alt_m"]), e["t_s"], meets, raid.raid.duration_s
        )
        found.append(
            Missile(
                f"missile-{len(found) + 1}",
                type_,
                unit,
                site.id,
                target,
                way,
                over.pop(0) if over else "in flight",
            )
        )
    return tuple(found)


def _straight(
    a: tuple[float, float, float], b: tuple[float, float, float], t0: float, t1: float, until: float
) -> Way:
    """Along the geodesic from a to b (lon, lat, alt_m), evenly in time, as far as `until`."""
    last = min(t1, until)
    n = max(math.ceil((last - t0) / EVERY_S), 1)
    t = np.unique(np.linspace(t0, last, n + 1))
    share = (t - t0) / (t1 - t0) if t1 > t0 else np.ones(len(t))
    az, _, length = geod().inv(*a[:2], *b[:2])
    lon, lat, _ = geod().fwd(*(np.full(len(t), v) for v in (*a[:2], az)), share * length)
    return Way(t, lon, lat, a[2] + share * (b[2] - a[2]))
