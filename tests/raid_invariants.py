"""Steps through replicates of pickled plans in plain Python, checking the state after each event.

Run with NUMBA_DISABLE_JIT=1: `python raid_invariants.py plans.pickle results.npz replicates`.
Writes what came of the replicates, by name of the plan.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np

from skyshade.engagement import _scalar
from skyshade.engagement._cpu import make_rows, make_scratch
from skyshade.engagement._scalar_plan import (
    A_BITS,
    ASSESS,
    ASSESSING,
    B_BITS,
    ENGAGES,
    FLYING,
    FREE,
    GIVEN_UP,
    INTERCEPT,
    IS_DUE,
    LAUNCH,
    N_ALIVE,
    N_EVENTS,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_WASTED,
    NEXT_CHANCE,
    NEXT_GROUP,
    NEXT_TARGET,
    OPEN,
    READYING,
    RELOAD,
    RESUPPLY,
    Plan,
    Rows,
    RunState,
    worker_state,
)
from skyshade.engagement.launch import make_key


def check(plan: Plan, st: RunState, time: float) -> None:  # noqa: C901 (a list of checks)
    """Every invariant of the state between two events."""
    n, n_units, n_sites = len(st.start), len(st.group), len(st.radar_up)
    size = st.count[N_EVENTS]
    when, what = st.when[:size], st.what[:size]
    assert size <= len(st.when)
    heap = list(zip(when, what, strict=True))
    for i in range(1, size):
        assert heap[(i - 1) // 2] <= heap[i], "an event comes before the one above it"
    kind, a = what >> (A_BITS + B_BITS), (what >> B_BITS) & ((1 << A_BITS) - 1)

    def pending(event: int) -> np.ndarray:
        return np.bincount(a[kind == event], minlength=max(len(st.doing), n_units))

    launches, assessments, intercepts = map(pending, (LAUNCH, ASSESS, INTERCEPT))
    marks = st.busy.reshape(n_units, n)
    busy, given_up = marks & ENGAGES, marks & GIVEN_UP
    on_the_road = np.zeros_like(st.ready)
    for code in what[kind == RELOAD]:
        low = int(code) & ((1 << B_BITS) - 1)
        on_the_road[(int(code) >> B_BITS) & ((1 << A_BITS) - 1), low & 15] += low >> 4

    for u in range(n_units):
        own = range(plan.fire.first_channel[u], plan.fire.first_channel[u] + plan.fire.channels[u])
        if not st.unit_up[u]:
            assert st.free[u] == 0 and not marks[u].any()
            assert all(st.doing[c] == FREE for c in own)
            continue
        assert st.free[u] + sum(st.doing[c] != FREE for c in own) == plan.fire.channels[u]
        assert st.guiding[u] == sum(st.flying[c] for c in own) <= plan.fire.guidance_channels[u]
        targets = sorted(int(st.target[c]) for c in own if st.doing[c] != FREE)
        assert targets == np.nonzero(busy[u])[0].tolist(), "busy is not what channels have"
        for c in own:
            events = (launches[c], intercepts[c], assessments[c])
            if st.doing[c] == FREE:
                assert st.target[c] == -1 and st.flying[c] == 0 and events == (0, 0, 0)
            elif st.doing[c] == READYING:
                assert st.flying[c] == 0 and st.to_fire[c] > 0 and events == (1, 0, 0)
            elif st.doing[c] == FLYING:
                assert st.flying[c] > 0 or st.to_fire[c] > 0
                assert events == (int(st.to_fire[c] > 0), st.flying[c], 0)
            else:
                assert st.doing[c] == ASSESSING
                assert st.flying[c] == st.to_fire[c] == 0 and events == (0, 0, 1)
            if st.doing[c] != FREE:
                assert st.spent[c] + st.to_fire[c] <= plan.doctrine.shots_max[u]
        assert (st.ready[u] >= 0).all() and (st.stores[u] >= 0).all()
        all_rounds = st.ready[u] + st.stores[u] + st.fired[u] + on_the_road[u]
        came = plan.fire.resupply[u] * n_resupplies(plan, when[kind == RESUPPLY])
        assert (all_rounds == plan.fire.load[u] + plan.fire.stores[u] + came).all()
    assert (busy.sum(axis=0) == st.engagers).all()
    assert ((given_up > 0).sum(axis=0) == st.given_up).all()
    assert (st.shots <= plan.doctrine.shots_most.max()).all()
    if plan.rules.central and st.post_up.any():
        assert st.engagers.max() <= 1, "two units of one command engage the same target"

    held = st.hit.reshape(n_sites, n) >= 0
    assert ((st.looked - st.hit)[st.hit >= 0] <= plan.sight.coast).all()
    assert (held.sum(axis=1) == st.tracks).all() and (st.tracks <= plan.sight.tracks_max).all()
    assert (held.sum(axis=0) == st.holders).all()
    assert not held[st.radar_up == 0].any() and not held[:, st.outcome != OPEN].any()
    alive = st.alive[: st.count[N_ALIVE]]
    assert alive.tolist() == np.nonzero(st.outcome == OPEN)[0].tolist()
    if len(alive):
        assert st.order[st.count[NEXT_TARGET]] == alive[st.end[alive].argmin()]
    assert st.count[NEXT_GROUP] == st.wake.argmin()
    chances = st.chances[: len(plan.threats.chances)]
    assert (np.diff(st.chance_at[chances]) >= 0.0).all()
    for leader in np.unique(st.group):
        able = (st.group == leader) & (st.unit_up > 0) & (st.free > 0) & (st.ready.sum(axis=1) > 0)
        if (able & (st.guiding < plan.fire.guidance_channels)).any() and not st.count[IS_DUE]:
            later = st.retry.reshape(n_units, n)[leader, alive]
            later = later[np.isfinite(later) & (later > time)]
            assert (later >= st.wake[leader]).all(), "a target waits and its group does not wake"
    met = st.count[[N_HIT, N_MISSED, N_WASTED, N_LOST]].sum()
    assert st.fired.sum() == st.shots.sum() == met + (kind == INTERCEPT).sum()


def n_resupplies(plan: Plan, next_s: np.ndarray) -> int:
    """How often rounds have come, from when they come next."""
    every = plan.rules.resupply
    if every > plan.rules.duration:
        return 0
    return round(next_s[0] / every) - 1 if len(next_s) else int(plan.rules.duration / every + 1e-9)


def next_time(plan: Plan, st: RunState) -> float:
    """When the next event happens, in the queue or outside it (see `_scalar.happen`)."""
    queued = st.when[: 1 if st.count[N_EVENTS] else 0]
    alive = st.alive[: st.count[N_ALIVE]]
    scans = st.scan_at if len(alive) else st.scan_at[:0]
    wakes = st.wake if len(alive) else st.wake[:0]
    left = st.chances[st.count[NEXT_CHANCE] : len(plan.threats.chances)] if len(alive) else []
    chances = st.chance_at[left[:1]]
    return float(min([*queued, *scans, *st.end[alive], *wakes, *chances], default=np.inf))


def step_through(plan: Plan, replicates: int, seed: int = 1) -> Rows:
    """Replicates from 0 on, checked after each event."""
    out, scratch, key = make_rows(plan, replicates), make_scratch(plan, 1), make_key(seed)
    st = worker_state(scratch, 0)
    for number in range(replicates):
        _scalar.begin(plan, st, key, number)
        check(plan, st, 0.0)
        time = 0.0
        while True:
            before, time = time, next_time(plan, st)
            assert before <= time, "time ran backwards"
            if not _scalar.advance(plan, st, key, number):
                break
            check(plan, st, time)
        assert time > plan.rules.duration, "it ended before its time was up"
        _scalar.write_row(plan, st, number, out)
    return out


if __name__ == "__main__":
    assert not hasattr(_scalar.advance, "py_func"), "run this with NUMBA_DISABLE_JIT=1"
    plans = pickle.loads(Path(sys.argv[1]).read_bytes())
    found = {name: step_through(plan, int(sys.argv[3])) for name, plan in plans.items()}
    np.savez(
        sys.argv[2],
        **{
            f"{name}:{field}": values
            for name, out in found.items()
            for field, values in out._asdict().items()
        },
    )
