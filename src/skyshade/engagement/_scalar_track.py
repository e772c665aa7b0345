"""A radar's scan: who is detected, which tracks are confirmed, coasted and dropped."""

import math

from skyshade._jit import inner, least, most, natural, scalar, seldom, u64
from skyshade.engagement._scalar_plan import (
    A_BITS,
    B_BITS,
    CONFIRMED,
    DROPPED,
    IS_DUE,
    N_ALIVE,
    N_CONFIRMED,
    N_DROPPED,
    N_EVENTS,
    N_LOG,
    N_REFUSED,
    NO_LIMIT,
)
from skyshade.engagement._scalar_queue import push
from skyshade.engagement._scalar_random import DETECTION, HOLDING, PER_WORD, philox
from skyshade.radar._scalar import curve_value

CERTAIN = 0xFFFFFFFF


@inner
def note(st, time, entry, target, unit, missile, detail):  # type: ignore[no-untyped-def]
    """Write a line of the log, if one is kept."""
    if st.log.shape[0] > 0:
        st.count[N_LOG] = write_line(
            st.log, st.count[N_LOG], time, entry, target, unit, missile, detail
        )


@seldom
def write_line(log, i, time, entry, target, unit, missile, detail):  # type: ignore[no-untyped-def]
    """Write line i of the log if it has room; returns the number of lines."""
    if i >= log.shape[0]:
        return i
    row = log[i]
    row[0], row[1], row[2], row[3], row[4], row[5] = time, entry, target, unit, missile, detail
    return i + 1


@inner
def plan_event(st, time, kind, a, b):  # type: ignore[no-untyped-def]
    """Put an event into the queue."""
    code = (kind << (A_BITS + B_BITS)) | (int(a) << B_BITS) | int(b)
    st.count[N_EVENTS] = push(st.when, st.what, st.count[N_EVENTS], time, code)


@inner
def ask_again(st, j):  # type: ignore[no-untyped-def]
    """Clear the deferred retry timers for target j: something about it has changed."""
    for u in range(st.group.shape[0]):
        if st.retry[u, j] == math.inf:
            st.retry[u, j] = -math.inf


@inner
def lose_track(st, s, j):  # type: ignore[no-untyped-def]
    """Radar s no longer holds target j."""
    if st.hit[s, j] >= 0:
        st.tracks[s] -= 1
        st.holders[j] -= 1
    st.bits[s, j] = 0
    st.hit[s, j] = -1


@inner
def row_at(plan, st, s, time):  # type: ignore[no-untyped-def]
    """The row of the tables of sight for where radar s is at this time; -1 off station."""
    sight = plan.sight
    row = natural(sight.first_row[s])
    if sight.watch[s] < sight.cycle[s]:
        passed = st.rota[s] + time / sight.cycle[s]
        if (passed - math.floor(passed)) * sight.cycle[s] >= sight.watch[s]:
            return -1
    if sight.rows[s] > 1:
        flown = st.orbit[s] + time / sight.lap[s]
        row += least(int((flown - math.floor(flown)) * sight.rows[s]), sight.rows[s] - 1)
    return row


@inner
def jamming(plan, st, s, time):  # type: ignore[no-untyped-def]
    """J/N at radar s of all stand-off jammers now in the air.

    A jammer is not hidden by this noise but by its own in the main beam, which is in `gain`.
    """
    total = 0.0
    r, row = plan.threats, row_at(plan, st, s, time)
    if row < 0:
        return total
    for i in range(st.count[N_ALIVE]):
        j = natural(st.alive[i])
        if r.jams[j] and time >= st.start[j]:
            k = least(int((time - st.start[j]) / plan.rules.step), r.steps[j])
            total += plan.sight.noise[row, r.first[j] + k]
    return total


@scalar
def detection_threshold(sight, s, log_snr):  # type: ignore[no-untyped-def]
    """How many of all 2^32 random words let a look of radar s detect; CERTAIN: any of them."""
    if not log_snr > sight.log_snr_floor[s]:
        return 0
    curve, first, per_node = sight.curve[s], sight.curve_first[s], sight.per_node[s]
    p = curve_value(curve, first, per_node, log_snr)
    if (log_snr - first) * per_node >= curve.shape[0] - 1:
        p = 1.0  # above the table
    return least(math.ceil(p / PER_WORD - 0.5), CERTAIN)  # `uniform` gives middles


@inner
def threshold_at(plan, st, s, row, j, time):  # type: ignore[no-untyped-def]
    """Detection threshold of radar s where target j is at this time; `row` of the tables."""
    sight = plan.sight
    if row < 0:
        return 0
    per_step = 1.0 / plan.rules.step
    place = natural(plan.threats.first[j] + int((time - st.start[j]) * per_step))
    if st.jn[s] > 0.0 and not plan.threats.jams[j]:
        noise = math.log1p(st.jn[s] * sight.share[row, place])
        return detection_threshold(sight, s, float(sight.gain[row, place]) - noise)
    return int(sight.threshold[row, place])


@inner
def look(st, key, run, s, j, index, threshold):  # type: ignore[no-untyped-def]
    """Whether scan `index` of radar s detects target j, whose detection threshold then is this.

    Four looks share a block of random words: four in a row while there is no track, and every
    fourth scan once there is one, since those are the ones that `scan` asks about.
    """
    if threshold == 0 or threshold == CERTAIN:
        return threshold == CERTAIN
    if st.hit[s, j] < 0:
        purpose, block, word = DETECTION, index >> 2, index & 3
    else:
        purpose, block, word = HOLDING, ((index >> 4) << 2) | (index & 3), (index >> 2) & 3
    if st.block[s, j] != 2 * block + (purpose == HOLDING):
        st.block[s, j] = 2 * block + (purpose == HOLDING)
        e = u64(s * st.start.shape[0] + j)
        w = philox(u64(block), e, u64(purpose), u64(run), key.low, key.high)
        st.words[s, j, 0], st.words[s, j, 1] = w[0], w[1]
        st.words[s, j, 2], st.words[s, j, 3] = w[2], w[3]
    return st.words[s, j, word] < threshold


@inner
def scan(plan, st, key, run, s, index, time):  # type: ignore[no-untyped-def]
    """Radar s looks once at everything; returns the number of its next scan that has to look.

    `index` counts its scans. Those at which no target is due find nothing and are skipped.

    A track is dropped after more than `coast` misses in a row, so after a detection the next scan
    that can matter is the one `coast` + 1 later: if it detects, those between need not be worked
    out; if not, they are, latest first. Draws are keyed by scan, so skipping scans does not change
    results. Only where jammers come and go must every scan be worked out in its turn.
    """
    sight = plan.sight
    stride = 1 if sight.noise.shape[0] > 0 else sight.coast + 1
    last = sight.enough.shape[0] - 1
    n_due, n_new, following = 0, 0, NO_LIMIT
    for i in range(st.count[N_ALIVE]):  # no branch here: its outcome could not be predicted
        j = natural(st.alive[i])
        st.waiting[n_due] = j
        due = st.due[s, j]
        n_due += index >= due
        following = least(following, due if due > index else NO_LIMIT)
    row = row_at(plan, st, s, time)
    for i in range(n_due):  # by itself, so that the table's lines come from memory side by side
        st.limit[i] = threshold_at(plan, st, s, row, natural(st.waiting[i]), time)
    for i in range(n_due):
        j, threshold = natural(st.waiting[i]), int(st.limit[i])
        if st.hit[s, j] >= 0:
            k, before = index, st.looked[s, j]
            while k > before and not look(st, key, run, s, j, k, threshold):
                k -= 1
                if k > before:
                    past = time - (index - k) * sight.period[s]
                    threshold = threshold_at(plan, st, s, row_at(plan, st, s, past), j, past)
            if k > before:
                st.hit[s, j] = k
            st.looked[s, j] = index
            if index - st.hit[s, j] > sight.coast:
                lose_track(st, s, j)
                st.due[s, j] = index + 1
                st.count[N_DROPPED] += 1
                note(st, time, DROPPED, j, s, -1, 0.0)
            else:
                st.due[s, j] = least(st.hit[s, j] + stride, NO_LIMIT) if stride > 1 else index + 1
            continue
        if time > st.start[j] + sight.last_s[s, j]:
            st.due[s, j] = NO_LIMIT
            continue
        seen = look(st, key, run, s, j, index, threshold)
        bits = st.bits[s, j]
        st.bits[s, j] = ((bits << 1) | int(seen)) & last
        if seen and sight.enough[bits]:
            st.chosen[n_new] = j
            n_new += 1
    confirm(plan, st, s, index, time, n_new)
    for i in range(n_due):
        following = least(following, most(st.due[s, natural(st.waiting[i])], index + 1))
    return following


@inner
def confirm(plan, st, s, index, time, n_new):  # type: ignore[no-untyped-def]
    """Confirm tracks of the targets in `chosen`, as many as radar s still has room for.

    Where there is not room for all, the replicate's tie numbers decide, not the order of the file.
    """
    sight = plan.sight
    stride = 1 if sight.noise.shape[0] > 0 else sight.coast + 1
    room = sight.tracks_max[s] - st.tracks[s]
    for i in range(n_new):
        if i >= room:
            st.count[N_REFUSED] += n_new - i
            return
        if room < n_new:
            for other in range(i + 1, n_new):
                a, b = natural(st.chosen[i]), natural(st.chosen[other])
                if st.tie[b] < st.tie[a]:
                    st.chosen[i], st.chosen[other] = b, a
        j = natural(st.chosen[i])
        st.tracks[s] += 1
        st.hit[s, j], st.looked[s, j] = index, index
        st.due[s, j] = least(index + stride, NO_LIMIT)
        st.holders[j] += 1
        st.tracked[j] = 1
        ask_again(st, j)
        st.count[N_CONFIRMED] += 1
        st.count[IS_DUE] = 1
        note(st, time, CONFIRMED, j, s, -1, 0.0)
