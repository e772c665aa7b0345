"""Raids on the CPU: tables of a raid, and replicates in parallel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade._jit import worker
from skyshade.engagement._scalar import one_run, write_row
from skyshade.engagement._scalar_plan import (
    COUNTERS,
    LAYERS,
    LOG_COLUMNS,
    Plan,
    Rows,
    RunState,
    worker_state,
)
from skyshade.engagement._scalar_track import detection_threshold

CACHE_LINE = 64  # bytes


@worker
def fill_thresholds(sight, out):  # type: ignore[no-untyped-def]
    """out (rows, places): `Sight.threshold`, from everything else there."""
    for s in range(sight.rows.shape[0]):
        for row in range(sight.first_row[s], sight.first_row[s] + sight.rows[s]):
            for place in range(out.shape[1]):
                out[row, place] = detection_threshold(sight, s, float(sight.gain[row, place]))


@worker
def count_outcomes(outcome, members, here, totals, squares):  # type: ignore[no-untyped-def]
    """Add to totals and squares (sets, outcomes) over replicates how many of a set came to what.

    Parameters
    ----------
    outcome : (replicates, targets).
    members : (memberships, 2) target and the set that it belongs to.
    here : (sets, outcomes) scratch.
    """
    for r in range(outcome.shape[0]):
        for k in range(here.shape[0]):
            for o in range(here.shape[1]):
                here[k, o] = 0
        for i in range(members.shape[0]):
            here[members[i, 1], outcome[r, members[i, 0]]] += 1
        for k in range(here.shape[0]):
            for o in range(here.shape[1]):
                totals[k, o] += here[k, o]
                squares[k, o] += here[k, o] * here[k, o]


def on_own_lines(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Zeros from the start of a line of the cache, which share no line with anything else."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.zeros(size + 2 * CACHE_LINE, np.uint8)
    start = -room.ctypes.data % CACHE_LINE
    own: NDArray[Any] = room[start : start + size].view(dtype).reshape(shape)
    return own


def make_scratch(plan: Any, workers: int, log_rows: int = 0) -> Any:
    """RunState arrays with a leading axis of workers."""
    n, s, u = len(plan.threats.first), len(plan.sight.period), len(plan.fire.site)
    m = plan.fire.p_kill.shape[0]
    channels = int(plan.fire.channels.sum())
    launchers = int(plan.fire.launchers.max())
    rounds = int(plan.fire.load.sum() + plan.fire.stores.sum())
    if plan.rules.resupply < plan.rules.duration:
        rounds += int(plan.fire.resupply.sum() * (plan.rules.duration / plan.rules.resupply))
    # launches and assessments of channels; intercepts and reloads, each of which takes a round;
    # repairs; a wake by hand; and one place more than there can be events
    queue = 2 * channels + rounds + 2 * s + u + 8
    shapes: dict[Any, dict[str, Any]] = {
        np.float64: {
            "start": n,
            "end": n,
            "tie": n,
            "chance_at": n,
            "jn": s,
            "phase": s,
            "scan_at": s,
            "orbit": s,
            "rota": s,
            "p_now": (m, plan.fire.p_kill.shape[1]),
            "worth": (m, plan.fire.p_kill.shape[1]),
            "retry": (u, n),
            "launcher": (u, launchers),
            "when": queue,
            "benefit": (n, u),
            "gain": u,
            "wake": u,
            "log": (log_rows, LOG_COLUMNS),
        },
        np.uint32: {"words": (s, n, 4), "limit": n},
        np.uint8: {
            "outcome": n,
            "reason": n,
            "tracked": n,
            "obstacle": n,
            "tried": n,
            "busy": (u, n),
            "radar_up": s,
            "post_up": s,
            "unit_up": u,
            "doing": channels,
            "believed": channels,
        },
        np.int64: {
            "count": COUNTERS,
            "scans": s,
            "group": u,
            "turn": u,
            "target": channels,
            "what": queue,
            "waiting": n,
            "chosen": n,
            "entry": u,
            "via": u,
        },
        np.int32: {
            "by": n,
            "by_missile": n,
            "shots": n,
            "resolved": n,
            "judged": n,
            "given_up": n,
            "holders": n,
            "engagers": n,
            "due": (s, n),
            "bits": (s, n),
            "hit": (s, n),
            "looked": (s, n),
            "block": (s, n),
            "alive": n,
            "order": n,
            "chances": n,
            "tracks": s,
            "free": u,
            "guiding": u,
            "ready": (u, m),
            "stores": (u, m),
            "emptied": (u, m),
            "fired": (u, m),
            "flying": channels,
            "to_fire": channels,
            "spent": channels,
            "room": u,
        },
    }
    arrays = {
        field: on_own_lines((workers, *np.atleast_1d(shape)), dtype)
        for dtype, fields in shapes.items()
        for field, shape in fields.items()
    }
    return RunState(**arrays)


def make_rows(plan: Plan, replicates: int) -> Rows:
    """Room for the results of so many replicates."""
    shape, missiles = (replicates, len(plan.threats.first)), len(plan.fire.p_kill)
    return Rows(
        outcome=np.empty(shape, np.uint8),
        reason=np.empty(shape, np.uint8),
        when=np.empty(shape, np.float32),
        by=np.empty(shape, np.int16),
        missile=np.empty(shape, np.int16),
        shots=np.empty(shape, np.uint16),
        tried=np.empty(shape, np.uint8),
        count=np.empty((replicates, COUNTERS), np.int64),
        fired=np.empty((replicates, missiles), np.int32),
        fired_by=np.empty((replicates, LAYERS, missiles), np.int32),
    )


@worker
def run_share(plan, scratch, key, first, rows):  # type: ignore[no-untyped-def]
    """The replicates from `first` on: one row each of the results.

    Parameters
    ----------
    scratch : from `make_scratch` for one worker; each thread has its own, so that no two write to
        the same line of the cache.
    rows : from `make_rows`, or a part of them.
    """
    st = worker_state(scratch, 0)
    for r in range(rows.outcome.shape[0]):
        one_run(plan, st, key, first + r)
        write_row(plan, st, r, rows)


def run_logged(plan: Plan, scratch: RunState, key: Any, run: int) -> None:
    """One replicate in the first worker's scratch, whose log has rows; by the same kernel."""
    run_share(plan, scratch, key, run, make_rows(plan, 1))
