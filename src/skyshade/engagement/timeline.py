"""How a raid unfolds over many replicates: what is busy when, and where it ends for each target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._scalar_plan import (
    ASSIGNED,
    CONFIRMED,
    DEPARTURE,
    DROPPED,
    HIT,
    LAUNCHED,
    LEAK,
    LOST,
    MISSED,
    RADAR_LOST,
    RELEASED,
    RELOADED,
    UNIT_LOST,
    UNIT_REPAIRED,
    WASTED,
)
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import run_log
from skyshade.errors import InputError
from skyshade.terrain.geodesy import polar_from
from skyshade.uncertainty.draws import BAND

UNFOLDED = 200  # replicates that are looked at event by event, unless said otherwise
MOST_STEPS = 240  # of the time axis, unless its step is given
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
LINES = (
    "threats_in_air_n",
    "threats_tracked_n",
    "channels_busy_n",
    "missiles_in_flight_n",
    "rounds_ready_n",
    "threats_leaked_n",
)
_SETTLED = (HIT, LEAK, DEPARTURE)
_SPENT = (HIT, MISSED, WASTED, LOST)


@dataclass(frozen=True, eq=False)
class TimeLines:
    """Counts by time, of each of the first replicates: arrays (runs, times) of whole numbers.

    A count at a time includes all that happens at that time.

    Attributes
    ----------
    times_s : (times,) seconds of the raid; the last is its end.
    threats_in_air_n : threats (no decoys, no friendly traffic) that have started and are not
        settled.
    threats_tracked_n : of those, how many some radar holds a confirmed track of.
    channels_busy_n : fire channels of all units, from assignment to release; those of a unit that
        is destroyed are busy no more.
    missiles_in_flight_n : from launch to the intercept, also of a unit destroyed meanwhile.
    rounds_ready_n : on the launchers of all units that stand.
    threats_leaked_n : how many have got through so far.
    channels_n, rounds_n : of all units at the start.
    missiles : types that are on the launchers at the start.
    rounds_by_missile_n : (missiles, runs, times) of each type, on the launchers that stand: the
        fewest from the time before to this one.
    dry_by_missile_s : (missiles, runs) when the launchers that stand first had none of the type
        (s), also if more come later; +inf if they always had one.
    """

    times_s: NDArray[np.float64]
    threats_in_air_n: NDArray[np.int32]
    threats_tracked_n: NDArray[np.int32]
    channels_busy_n: NDArray[np.int32]
    missiles_in_flight_n: NDArray[np.int32]
    rounds_ready_n: NDArray[np.int32]
    threats_leaked_n: NDArray[np.int32]
    channels_n: int
    rounds_n: int
    missiles: tuple[str, ...] = ()
    rounds_by_missile_n: NDArray[np.int32] = field(default_factory=lambda: _none(np.int32))
    dry_by_missile_s: NDArray[np.float64] = field(default_factory=lambda: _none(np.float64))

    @property
    def lines(self) -> dict[str, NDArray[np.int32]]:
        """The counts, by name."""
        return {name: getattr(self, name) for name in LINES}

    def band(self, name: str) -> NDArray[np.float64]:
        """(3, times) 5, 50 and 95 % of the replicates have so many or fewer."""
        return _band(self.lines[name])

    def rounds_band(self, missile: str) -> NDArray[np.float64]:
        """(3, times) the same of the rounds of a type."""
        return _band(self.rounds_by_missile_n[self.missiles.index(missile)])

    def runs_dry(self, missile: str) -> tuple[float, float]:
        """Share of the replicates in which the type runs out, and the median of when (s)."""
        dry_s = self.dry_by_missile_s[self.missiles.index(missile)]
        ever = dry_s[np.isfinite(dry_s)]
        return len(ever) / len(dry_s), float(np.median(ever)) if len(ever) else np.inf

    @property
    def dry_s(self) -> NDArray[np.float64]:
        """(runs,) when the launchers that stand were first empty (s); +inf if they never were."""
        empty = self.rounds_ready_n == 0
        return np.where(empty.any(axis=1), self.times_s[empty.argmax(axis=1)], np.inf)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: for each count its median, its 5 to 95 % band and its mean, by time."""
        lines = {}
        for name, values in self.lines.items():
            low, median, high = self.band(name).astype(int).tolist()
            lines[name] = {
                "p5": low,
                "p50": median,
                "p95": high,
                "mean": np.round(values.mean(axis=0), 3).tolist(),
            }
        return {
            "replicates": len(self.threats_in_air_n),
            "channels_n": self.channels_n,
            "rounds_n": self.rounds_n,
            "launchers_ever_empty": round(float(np.isfinite(self.dry_s).mean()), 4),
            "launchers_first_empty_s": None
            if not np.isfinite(self.dry_s).any()
            else float(np.median(self.dry_s[np.isfinite(self.dry_s)])),
            "times_s": self.times_s.tolist(),
            "lines": lines,
            "rounds_by_missile": {name: self._rounds_as_dict(name) for name in self.missiles},
        }

    def _rounds_as_dict(self, missile: str) -> dict[str, Any]:
        """Rounds of a type over time, and when it runs out; null if it never does."""
        low, median, high = self.rounds_band(missile).astype(int).tolist()
        share, when_s = self.runs_dry(missile)
        return {
            "ever_empty": round(share, 4),
            "first_empty_s": round(when_s, 1) if share else None,
            "p5": low,
            "p50": median,
            "p95": high,
        }


def _none(dtype: Any) -> NDArray[Any]:
    return np.zeros((0, 0), dtype)


def _band(values: NDArray[np.int32]) -> NDArray[np.float64]:
    """5, 50 and 95 % of the replicates (first axis) have so many or fewer."""
    return np.quantile(values, BAND, axis=0, method="inverted_cdf").astype(float)


@dataclass(frozen=True, eq=False)
class Ends:
    """Where targets were shot down or reached their aim: an entry for each, run by run.

    Attributes
    ----------
    runs : number of replicates looked at.
    run, target : which replicate, and which target of the raid.
    killed : True where it was shot down, False where it leaked.
    time_s : seconds of the raid.
    lon_deg, lat_deg, alt_msl_m : where.
    unit : that shot it down; -1 for a leaker.
    range_m : ground range from the site of that unit (m); NaN for a leaker.
    """

    runs: int
    run: NDArray[np.int32]
    target: NDArray[np.int32]
    killed: NDArray[np.bool_]
    time_s: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    alt_msl_m: NDArray[np.float64]
    unit: NDArray[np.int32]
    range_m: NDArray[np.float64]


def time_grid(duration_s: float, step_s: float | None = None) -> NDArray[np.float64]:
    """Times (s) from 0 to the end of the raid, the end always among them.

    Parameters
    ----------
    step_s : by default the shortest round one that gives no more than 240 steps.

    Raises
    ------
    InputError : a step that is not positive, or of which there are more than 100,000.

    >>> time_grid(7.0, 3.0)
    array([0., 3., 6., 7.])
    """
    if step_s is None:
        fits = [s for s in _STEPS_S if duration_s <= MOST_STEPS * s]
        step_s = fits[0] if fits else duration_s / MOST_STEPS
    if not (step_s > 0.0 and duration_s / step_s <= 1e5):
        raise InputError(
            "step of the time axis out of bounds",
            value=step_s,
            allowed=f"{duration_s / 1e5:g} s or more",
        )
    return np.unique(np.r_[np.arange(0.0, duration_s, step_s), duration_s])


def unfold(
    raid: CompiledRaid, seed: int = 0, replicates: int = UNFOLDED, *, step_s: float | None = None
) -> tuple[TimeLines, Ends]:
    """The first replicates, event by event: counts over time, and where each target's way ended.

    Parameters
    ----------
    seed, replicates : replicates 0 to `replicates - 1` of this seed, the same ones that a run on
        the CPU begins with.

    Raises
    ------
    InputError : no replicates; a replicate with more events than a log holds; a step out of bounds.
    """
    if replicates < 1:
        raise InputError(
            "number of replicates out of bounds", value=replicates, allowed="1 or more"
        )
    times = time_grid(raid.raid.duration_s, step_s)
    counts = np.zeros((len(LINES), replicates, len(times)), np.int32)
    fire = raid.plan.fire
    kinds = np.flatnonzero(fire.load.sum(axis=0))
    by_missile = np.zeros((len(kinds), replicates, len(times)), np.int32)
    dry_s = np.full((len(kinds), replicates), np.inf)
    settled = []
    for run in range(replicates):
        log, starts = run_log(raid, seed, run)
        counts[:, run] = counts_at(raid, log, starts, times)
        rounds, dry = rounds_at(raid, log, times)
        by_missile[:, run], dry_s[:, run] = rounds[kinds], dry[kinds]
        rows = log[np.isin(log[:, 1], (HIT, LEAK))]
        since = rows[:, 0] - starts[rows[:, 2].astype(int)]
        settled.append(np.column_stack([np.full(len(rows), run), rows[:, :4], since]))
    lines = TimeLines(
        times,
        **dict(zip(LINES, counts, strict=True)),
        channels_n=int(fire.channels.sum()),
        rounds_n=int(fire.load.sum()),
        missiles=tuple(raid.missiles[k] for k in kinds),
        rounds_by_missile_n=by_missile,
        dry_by_missile_s=dry_s,
    )
    return lines, _ends(raid, np.concatenate(settled), replicates)


def counts_at(
    raid: CompiledRaid,
    log: NDArray[np.float64],
    starts: NDArray[np.float64],
    times: NDArray[np.float64],
) -> NDArray[np.int32]:
    """The counts of `LINES` at these times, (lines, times), from one replicate's log.

    Parameters
    ----------
    log, starts : as `run_log` gives them, in order of time.
    """
    entry, target, who = (log[:, k].astype(int) for k in (1, 2, 3))
    threat, fire = raid.is_threat, raid.plan.fire
    of_threat = (target >= 0) & threat[target]  # target -1 reads the last one, and is masked
    gone = np.isin(entry, _SETTLED) & of_threat
    launched = entry == LAUNCHED
    channels = (entry == ASSIGNED).astype(float) - (entry == RELEASED)
    for row in np.nonzero(entry == UNIT_LOST)[0]:
        channels[row] -= channels[:row][who[:row] == who[row]].sum()
    rounds = _rounds(raid, log).sum(axis=0)
    begun = np.searchsorted(np.sort(starts[threat]), times, side="right")
    flying = launched.astype(float) - np.isin(entry, _SPENT)
    leaked = ((entry == LEAK) & of_threat).astype(float)
    tracked = _tracked(log, threat)
    changes = np.stack([-gone.astype(float), tracked, channels, flying, rounds, leaked])
    sums = np.concatenate([np.zeros((len(changes), 1)), np.cumsum(changes, axis=1)], axis=1)
    counts = sums[:, np.searchsorted(log[:, 0], times, side="right")]
    counts[0] += begun
    counts[LINES.index("rounds_ready_n")] += fire.load.sum()
    return np.asarray(np.rint(counts), np.int32)


def rounds_at(
    raid: CompiledRaid, log: NDArray[np.float64], times: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Fewest rounds of each missile on the launchers that stand, and when there was none first.

    Parameters
    ----------
    log : as `run_log` gives it, in order of time.

    Returns
    -------
    (missiles, times) the fewest from the time before to this one, so that no moment without rounds
    falls between two times; (missiles,) seconds of the raid, +inf if there always was one.
    """
    changes = _rounds(raid, log)
    ready = np.cumsum(np.column_stack([raid.plan.fire.load.sum(axis=0), changes]), axis=1)
    ready = np.rint(ready)
    when_s, empty = np.r_[0.0, log[:, 0]], ready == 0
    dry_s = np.where(empty.any(axis=1), when_s[empty.argmax(axis=1)], np.inf)
    at = np.searchsorted(log[:, 0], times, side="right")
    since = np.r_[at[:1], at[:-1]]
    fewest = [ready[:, a : b + 1].min(axis=1) for a, b in zip(since, at, strict=True)]
    return np.asarray(np.column_stack(fewest), np.int32), dry_s


def _rounds(raid: CompiledRaid, log: NDArray[np.float64]) -> NDArray[np.float64]:
    """(missiles, rows) by how much each row of the log changes the rounds that are ready."""
    entry, who, missile = (log[:, k].astype(int) for k in (1, 3, 4))
    load = raid.plan.fire.load
    reloaded = np.where(entry == RELOADED, log[:, 5], 0.0)
    rounds = np.where(missile == np.arange(load.shape[1])[:, None], reloaded, 0.0)
    rounds -= (missile == np.arange(load.shape[1])[:, None]) & (entry == LAUNCHED)
    for row in np.nonzero(np.isin(entry, (UNIT_LOST, UNIT_REPAIRED)))[0]:
        before = who[:row] == who[row]
        if entry[row] == UNIT_LOST:
            rounds[:, row] -= load[who[row]] + rounds[:, :row][:, before].sum(axis=1)
        else:  # the rounds that it had when it was lost
            lost = np.nonzero(before & (entry[:row] == UNIT_LOST))[0][-1]
            rounds[:, row] -= rounds[:, lost]
    return rounds


def _next_loss(entry: NDArray[np.int64], who: NDArray[np.int64], radar: int, row: int) -> int:
    """The row at which this radar is next lost after a row; the number of rows if it never is."""
    after = np.nonzero((entry[row:] == RADAR_LOST) & (who[row:] == radar))[0]
    return row + int(after[0]) if len(after) else len(entry)


def _tracked(log: NDArray[np.float64], threat: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By how much each row of the log changes the number of threats that any radar holds.

    A radar's track ends when it is dropped, when its target is settled, or when the radar is lost;
    only the first is a row of its own.
    """
    n = len(log)
    entry, target, who = (log[:, k].astype(int) for k in (1, 2, 3))
    settled, over = np.full(len(threat), n), np.isin(entry, _SETTLED)
    settled[target[over]] = np.nonzero(over)[0]
    rows = np.nonzero(np.isin(entry, (CONFIRMED, DROPPED)) & threat[target])[0]
    rows = rows[np.lexsort((rows, who[rows], target[rows]))]  # each radar's rows of a target
    confirmed = entry[rows] == CONFIRMED  # which is the first row of each radar and target
    begins = rows[confirmed]
    j, s = target[begins], who[begins]
    dropped = np.append(~confirmed[1:], False)[confirmed]
    lost = np.array(
        [_next_loss(entry, who, radar, row) for radar, row in zip(s, begins, strict=True)], np.int64
    )
    ends = np.where(dropped, np.append(rows[1:], n)[confirmed], np.minimum(settled[j], lost))

    # a target is held from its first holder to its last: count holders, target by target
    at, of = np.r_[begins, ends], np.r_[j, j]
    change = np.repeat([1, -1], len(begins))
    order = np.lexsort((at, of))
    at, change = at[order], change[order]
    holders = np.cumsum(change)
    # ends at the same row come one after the other, so only the last of them reaches nought
    step = (holders > 0).astype(float) - (holders - change > 0)
    changes = np.zeros(n + 1)
    np.add.at(changes, at, step)
    return changes[:n]


def places_of(
    raid: CompiledRaid, targets: NDArray[np.integer[Any]], since_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes, latitudes (degrees) and altitudes (m MSL) of targets so long after their starts.

    Straight between the places of the path, and at its end once it is over.
    """
    r = raid.plan.threats
    x = np.clip(since_s / raid.raid.step_s, 0.0, r.steps[targets])
    k = np.minimum(x.astype(int), r.steps[targets] - 1)
    here, part = r.first[targets] + k, x - k
    lon, lat, alt = (
        np.concatenate([getattr(p, f) for p in raid.paths]) for f in ("lon", "lat", "alt_m")
    )
    lon, lat, alt = (v[here] + part * (v[here + 1] - v[here]) for v in (lon, lat, alt))
    return lon, lat, alt


def _ends(raid: CompiledRaid, rows: NDArray[np.float64], runs: int) -> Ends:
    """From rows of run, time, entry, target, unit, time since the target's start."""
    run, target, unit = (rows[:, k].astype(np.int32) for k in (0, 3, 4))
    killed = rows[:, 2] == HIT
    lon, lat, alt = places_of(raid, target, rows[:, 5])
    range_m = np.full(len(rows), np.nan)
    site = raid.plan.fire.site[unit]
    for s, where in enumerate(raid.sites):
        own = killed & (site == s)
        at = where.position
        range_m[own] = polar_from(at.lon, at.lat, lon[own], lat[own])[0]
    return Ends(runs, run, target, killed, rows[:, 1], lon, lat, alt, unit, range_m)


def kill_places(raid: CompiledRaid, ends: Ends) -> list[dict[str, Any]]:
    """Where and when threats of each class are shot down, as plain JSON.

    Ground range from the site of the unit that did it, altitude and time: medians, and 5 to 95 %
    of all such kills of the replicates looked at.
    """
    found = []
    for k, name in enumerate(raid.classes):
        own = ends.killed & (raid.is_threat & (raid.class_of == k))[ends.target]
        if own.any():
            of: dict[str, Any] = {"class": name, "kills": round(int(own.sum()) / ends.runs, 4)}
            for field in ("range_m", "alt_msl_m", "time_s"):
                low, median, high = np.quantile(getattr(ends, field)[own], BAND).round().tolist()
                of[field] = {"p5": low, "p50": median, "p95": high}
            found.append(of)
    return found
