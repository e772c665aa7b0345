"""A radar's scan: who is detected, which tracks are confirmed, coasted and dropped."""

import math

from skyshade._jit import least, scalar, u64
from skyshade.engagement._scalar_plan import (
    CONFIRMED,
    DROPPED,
    IS_DUE,
    N_ALIVE,
    N_CONFIRMED,
    N_DROPPED,
    N_LOG,
    N_REFUSED,
)
from skyshade.engagement._scalar_random import DETECTION, philox, uniform
from skyshade.radar._scalar import detects


@scalar
def note(st, time, entry, target, unit, missile, detail):  # type: ignore[no-untyped-def]
    """Write a line of the log, if one is kept."""
    i = st.count[N_LOG]
    if i < st.log.shape[0]:
        row = st.log[i]
        row[0], row[1], row[2], row[3], row[4], row[5] = time, entry, target, unit, missile, detail
        st.count[N_LOG] = i + 1


@scalar
def lose_track(st, s, j):  # type: ignore[no-untyped-def]
    """Radar s no longer holds target j."""
    e = s * st.start.shape[0] + j
    if st.misses[e] >= 0:
        st.tracks[s] -= 1
        st.holders[j] -= 1
    st.bits[e] = 0
    st.misses[e] = -1


@scalar
def jamming(plan, st, s, time):  # type: ignore[no-untyped-def]
    """J/N at radar s of all stand-off jammers now in the air.

    A jammer is not hidden by this noise but by its own in the main beam, which is in `gain`.
    """
    total = 0.0
    r = plan.raiders
    for i in range(st.count[N_ALIVE]):
        j = st.alive[i]
        if r.jams[j] and time >= st.start[j]:
            k = least(int((time - st.start[j]) / plan.rules.step), r.steps[j])
            total += plan.sight.noise[s, r.first[j] + k]
    return total


@scalar
def scan(plan, st, key, run, s, index, time):  # type: ignore[no-untyped-def]
    """Radar s looks once at everything; `index` counts its scans."""
    sight, n = plan.sight, st.start.shape[0]
    per_step = 1.0 / plan.rules.step
    noise = math.log1p(st.jn[s]) if st.jn[s] > 0.0 else 0.0
    block, word = index >> 2, index & 3
    last = sight.enough.shape[0] - 1
    for i in range(st.count[N_ALIVE]):
        j = st.alive[i]
        e = s * n + j
        if time < st.opens[e] or (time > st.closes[e] and st.misses[e] < 0):
            continue
        seen = False
        x = sight.gain[s, plan.raiders.first[j] + int((time - st.start[j]) * per_step)]
        if noise > 0.0 and not plan.raiders.jams[j]:
            x -= noise
        if x > sight.faint:
            if st.block[e] != block:
                st.block[e] = block
                w = philox(u64(block), u64(e), u64(DETECTION), u64(run), key.low, key.high)
                st.words[e, 0], st.words[e, 1] = w[0], w[1]
                st.words[e, 2], st.words[e, 3] = w[2], w[3]
            luck = uniform(st.words[e, word])
            seen = detects(sight.curve, sight.curve_first, sight.per_node, x, luck)
        bits = st.bits[e]
        st.bits[e] = ((bits << 1) | int(seen)) & last
        if st.misses[e] >= 0:
            st.misses[e] = 0 if seen else st.misses[e] + 1
            if st.misses[e] > sight.coast:
                lose_track(st, s, j)
                st.count[N_DROPPED] += 1
                note(st, time, DROPPED, j, s, -1, 0.0)
        elif seen and sight.enough[bits]:
            if st.tracks[s] >= sight.tracks_max[s]:
                st.count[N_REFUSED] += 1
                continue
            st.tracks[s] += 1
            st.misses[e] = 0
            st.holders[j] += 1
            st.count[N_CONFIRMED] += 1
            st.count[IS_DUE] = 1
            note(st, time, CONFIRMED, j, s, -1, x)
