"""One replicate of a raid, from the first scan to the last event, as pure scalar functions."""

import math

from skyshade._jit import inner, most, natural, seldom, u64
from skyshade.engagement._scalar_fire import (
    POLL_S,
    assess,
    decide,
    intercept,
    launch,
    note_obstacle,
    regroup,
    reload,
    resupply,
    send_to_reload,
    set_wake,
)
from skyshade.engagement._scalar_plan import (
    A_BITS,
    ALL_MISSED,
    ARRIVE,
    ASSESS,
    B_BITS,
    COUNTERS,
    DEPARTED,
    DEPARTURE,
    ENGAGES,
    FREE,
    INTERCEPT,
    IS_DUE,
    KILLED,
    LAST_CHANCE,
    LAUNCH,
    LAYERS,
    LEAK,
    LEAKED,
    N_ALIVE,
    N_EVENTS,
    NEVER_TRACKED,
    NEXT_CHANCE,
    NEXT_GROUP,
    NEXT_RADAR,
    NEXT_TARGET,
    NO_LIMIT,
    NO_REASON,
    OPEN,
    POST,
    POST_LOST,
    POST_REPAIRED,
    RADAR,
    RADAR_LOST,
    RADAR_REPAIRED,
    RELOAD,
    REPAIR,
    RESUPPLY,
    SCAN,
    TOO_LATE,
    UNIT,
    UNIT_LOST,
    UNIT_REPAIRED,
    WAKE,
    WRITTEN_OFF,
)
from skyshade.engagement._scalar_queue import drop_first
from skyshade.engagement._scalar_random import (
    ARRIVAL,
    DAY,
    PHASE,
    STATION,
    TIE,
    draw,
    philox,
    uniform,
)
from skyshade.engagement._scalar_track import (
    ask_again,
    jamming,
    lose_track,
    note,
    plan_event,
    scan,
)

A_MASK, B_MASK = (1 << A_BITS) - 1, (1 << B_BITS) - 1


@seldom
def begin(plan, st, key, run):  # type: ignore[no-untyped-def]
    """Set the state to the start of a replicate: when each target comes, when radars look."""
    threats, sight, fire, rules = plan.threats, plan.sight, plan.fire, plan.rules
    n, n_sites, n_units = st.start.shape[0], st.radar_up.shape[0], st.group.shape[0]
    for i in range(COUNTERS):
        st.count[i] = 0
    a, b, c, d = u64(0), u64(0), u64(0), u64(0)
    for j in range(n):
        after = threats.after[j]
        start = threats.delay[j] + (st.start[after] if after >= 0 else 0.0)
        if threats.gap[j] > 0.0:
            start -= threats.gap[j] * math.log(draw(key, run, j, ARRIVAL, 0))
        st.start[j] = start
        st.end[j] = start + threats.steps[j] * rules.step
        st.outcome[j], st.by[j], st.by_missile[j], st.alive[j] = OPEN, -1, -1, j
        st.reason[j], st.tracked[j], st.obstacle[j] = NO_REASON, 0, TOO_LATE
        st.given_up[j], st.judged[j], st.tried[j] = 0, 0, 0
        st.order[j] = threats.order[j]
        st.chance_at[j] = start + threats.chance[j]
        if j & 3 == 0:  # four targets share a block of random words
            a, b, c, d = philox(u64(j >> 2), u64(0), u64(TIE), u64(run), key.low, key.high)
        st.tie[j] = uniform(a)
        a, b, c, d = b, c, d, a
        st.shots[j], st.resolved[j], st.holders[j], st.engagers[j] = 0, 0, 0, 0
    st.count[N_ALIVE] = n
    for u in range(n_units):
        for j in range(n):
            st.busy[u, j] = 0
    for s in range(n_sites):
        st.radar_up[s], st.post_up[s], st.tracks[s], st.jn[s] = 1, s < fire.flight.shape[1], 0, 0.0
        st.orbit[s], st.rota[s] = 0.0, 0.0
        if sight.rows[s] > 1:
            st.orbit[s] = draw(key, run, s, STATION, 0)
        if sight.watch[s] < sight.cycle[s]:
            st.rota[s] = draw(key, run, s, STATION, 1)
        phase = draw(key, run, s, PHASE, 0) * sight.period[s]
        st.phase[s], st.scans[s] = phase, 0
        st.scan_at[s] = phase if sight.emits[s] else math.inf
        for j in range(n):
            opens = (st.start[j] + sight.first_s[s, j] - phase) / sight.period[s]
            st.due[s, j] = math.ceil(opens) if opens < NO_LIMIT else NO_LIMIT
            st.bits[s, j], st.hit[s, j], st.block[s, j] = 0, -1, -1
    for u in range(n_units):
        st.unit_up[u], st.free[u], st.guiding[u], st.turn[u] = 1, fire.channels[u], 0, 0
        for i in range(fire.first_channel[u], fire.first_channel[u] + fire.channels[u]):
            st.doing[i], st.target[i], st.flying[i], st.to_fire[i] = FREE, -1, 0, 0
            st.believed[i] = 0
        for m in range(fire.p_kill.shape[0]):
            st.ready[u, m], st.stores[u, m] = fire.load[u, m], fire.stores[u, m]
            st.emptied[u, m], st.fired[u, m] = 0, 0
        for i in range(fire.launchers[u]):
            st.launcher[u, i] = 0.0
    choose_day(fire, st, key, run)
    if rules.resupply <= rules.duration:
        plan_event(st, rules.resupply, RESUPPLY, 0, 0)
    for i in range(threats.chances.shape[0]):
        st.chances[i] = threats.chances[i]
    sort_by(st.order, n, st.end)
    sort_by(st.chances, threats.chances.shape[0], st.chance_at)
    regroup(plan, st)
    choose_radar(st)


@inner
def choose_day(fire, st, key, run):  # type: ignore[no-untyped-def]
    """Draw how good a day it is against each class: what all shots of a raid have in common."""
    days = fire.p_days.shape[2]
    for kind in range(fire.p_kill.shape[1]):
        day = int(draw(key, run, kind, DAY, 0) * days) if days > 1 else 0
        for m in range(fire.p_kill.shape[0]):
            st.p_now[m, kind] = fire.p_days[m, kind, day]
            st.worth[m, kind] = fire.p_kill[m, kind] * fire.thrift[m]


@inner
def choose_radar(st):  # type: ignore[no-untyped-def]
    """Note which radar looks next."""
    s = 0
    for i in range(1, st.scan_at.shape[0]):
        if st.scan_at[i] < st.scan_at[s]:
            s = i
    st.count[NEXT_RADAR] = s


@inner
def sort_by(order, n, end):  # type: ignore[no-untyped-def]
    """Bring the first n targets, nearly sorted already, in the order of these times."""
    for i in range(1, n):
        j, at = natural(order[i]), i
        while at > 0:
            before = natural(order[at - 1])
            if end[before] < end[j] or (end[before] == end[j] and before < j):
                break
            order[at] = before
            at -= 1
        order[at] = j


@inner
def decided(st, j, time, outcome):  # type: ignore[no-untyped-def]
    """What becomes of target j is settled: it leaves the air, and all tracks of it end."""
    st.outcome[j], st.end[j] = outcome, time
    n = st.count[N_ALIVE] - 1
    st.count[N_ALIVE] = n
    at = 0
    while st.alive[at] != j:
        at += 1
    for i in range(at, n):
        st.alive[i] = st.alive[i + 1]
    for s in range(st.radar_up.shape[0]):
        lose_track(st, s, j)
    following = st.count[NEXT_TARGET]
    while following < st.order.shape[0] and st.outcome[natural(st.order[following])] != OPEN:
        following += 1
    st.count[NEXT_TARGET] = following


@inner
def arrive(plan, st, j, time):  # type: ignore[no-untyped-def]
    """Target j has come to the end of its path."""
    threats = plan.threats
    if not threats.reaches[j]:
        decided(st, j, time, DEPARTED)
        note(st, time, DEPARTURE, j, -1, -1, 0.0)
        return
    st.reason[j] = why_leaked(plan, st, j)
    decided(st, j, time, LEAKED)
    note(st, time, LEAK, j, -1, -1, st.reason[j])
    part, at = threats.breaks[j], threats.breaks_at[j]
    if part == RADAR and st.radar_up[at]:
        st.radar_up[at], st.scan_at[at] = 0, math.inf
        choose_radar(st)
        for other in range(st.start.shape[0]):
            lose_track(st, at, other)
        plan_repair(plan, st, time, RADAR, at)
        note(st, time, RADAR_LOST, j, at, -1, 0.0)
    elif part == POST and st.post_up[at]:
        st.post_up[at] = 0
        plan_repair(plan, st, time, POST, at)
        regroup(plan, st)
        st.count[IS_DUE] = 1
        note(st, time, POST_LOST, j, at, -1, 0.0)
    elif part == UNIT and st.unit_up[at]:
        st.unit_up[at] = 0
        st.free[at] = 0
        first = plan.fire.first_channel[at]
        for c in range(first, first + plan.fire.channels[at]):
            st.doing[c] = FREE
        for other in range(st.start.shape[0]):
            st.engagers[other] -= st.busy[at, other] & ENGAGES
            st.given_up[other] -= st.busy[at, other] > ENGAGES
            st.busy[at, other] = 0
            ask_again(st, other)
        plan_repair(plan, st, time, UNIT, at)
        st.count[IS_DUE] = 1
        note(st, time, UNIT_LOST, j, at, -1, 0.0)


@inner
def why_leaked(plan, st, j):  # type: ignore[no-untyped-def]
    """The one reason why target j gets through."""
    if st.given_up[j] > 0:
        return WRITTEN_OFF
    if st.shots[j] > 0:
        return ALL_MISSED
    if not st.tracked[j]:
        return NEVER_TRACKED
    return st.obstacle[j] if plan.threats.chance[j] > -math.inf else plan.threats.beyond[j]


@inner
def plan_repair(plan, st, time, part, at):  # type: ignore[no-untyped-def]
    """What has been lost works again after a while, if anything is repaired."""
    if plan.rules.repair < math.inf:
        plan_event(st, time + plan.rules.repair, REPAIR, part, at)


@seldom
def repair(plan, st, part, at, time):  # type: ignore[no-untyped-def]
    """A radar, command post or fire unit works again."""
    if part == RADAR:
        st.radar_up[at] = 1
        if plan.sight.emits[at]:
            period = plan.sight.period[at]
            st.scans[at] = math.ceil((time - st.phase[at]) / period)
            st.scan_at[at] = st.phase[at] + st.scans[at] * period
            for i in range(st.count[N_ALIVE]):
                j = natural(st.alive[i])
                st.due[at, j] = most(st.due[at, j], st.scans[at])
            choose_radar(st)
        note(st, time, RADAR_REPAIRED, -1, at, -1, 0.0)
        return
    if part == POST:
        st.post_up[at] = 1
        regroup(plan, st)
        note(st, time, POST_REPAIRED, -1, at, -1, 0.0)
    else:
        first, end = (
            plan.fire.first_channel[at],
            plan.fire.first_channel[at] + plan.fire.channels[at],
        )
        for i in range(st.count[N_EVENTS]):
            kind, c = st.what[i] >> (A_BITS + B_BITS), (st.what[i] >> B_BITS) & A_MASK
            if kind in (INTERCEPT, ASSESS, LAUNCH) and first <= c < end:
                plan_event(st, time + POLL_S, REPAIR, part, at)  # of the time before its loss
                return
        for c in range(first, end):
            st.target[c] = -1
        st.unit_up[at], st.free[at], st.guiding[at] = 1, plan.fire.channels[at], 0
        for m in range(st.ready.shape[1]):
            if plan.doctrine.reload[at] < math.inf:
                send_to_reload(plan, st, at, m, time)
        for j in range(st.start.shape[0]):
            ask_again(st, j)
        note(st, time, UNIT_REPAIRED, -1, at, -1, 0.0)
    st.count[IS_DUE] = 1


@inner
def next_chance(st, n):  # type: ignore[no-untyped-def]
    """Go on to the next of the n last chances of a target that nobody has shot at."""
    i = natural(st.count[NEXT_CHANCE]) + 1
    while i < n:
        j = natural(st.chances[i])
        if st.outcome[j] == OPEN and st.shots[j] == 0:
            break
        i += 1
    st.count[NEXT_CHANCE] = i


@inner
def happen(plan, st, key, run):  # type: ignore[no-untyped-def]
    """Let the next event happen; returns its time (s), +inf once nothing more can.

    Scans, the ends of paths, wakes and last chances wait outside the queue. At the same time events
    come in the order of their kinds (see `_scalar_plan`).
    """
    time, code = math.inf, 0
    if st.count[N_EVENTS] > 0:
        time, code = st.when[0], st.what[0]
    kind, a, b = code >> (A_BITS + B_BITS), (code >> B_BITS) & A_MASK, code & B_MASK
    if st.count[N_ALIVE] > 0:
        s, j = natural(st.count[NEXT_RADAR]), natural(st.order[natural(st.count[NEXT_TARGET])])
        if st.scan_at[s] < time or (st.scan_at[s] == time and kind > SCAN):
            time, kind, a = st.scan_at[s], SCAN, s
        if st.end[j] < time or (st.end[j] == time and kind > ARRIVE):
            time, kind, a = st.end[j], ARRIVE, j
        g, i = natural(st.count[NEXT_GROUP]), natural(st.count[NEXT_CHANCE])
        if st.wake[g] < time or (st.wake[g] == time and kind > WAKE):
            time, kind, a = st.wake[g], WAKE, g
        if i < plan.threats.chances.shape[0] and st.chance_at[natural(st.chances[i])] < time:
            a = natural(st.chances[i])
            time, kind = st.chance_at[a], LAST_CHANCE
    if not time <= plan.rules.duration:
        return math.inf
    if kind == SCAN:
        if plan.sight.noise.shape[0] > 0:
            st.jn[a] = jamming(plan, st, a, time)
        st.scans[a] = scan(plan, st, key, run, a, st.scans[a], time)
        following = st.phase[a] + st.scans[a] * plan.sight.period[a]
        st.scan_at[a] = following if st.scans[a] < NO_LIMIT else math.inf
        choose_radar(st)
        return time
    if kind == ARRIVE:
        arrive(plan, st, a, time)
        return time
    if kind == WAKE:
        set_wake(st, a, math.inf)
        st.count[IS_DUE] = 1
        return time
    if kind == LAST_CHANCE:
        if st.tracked[a]:
            note_obstacle(plan, st, a, time)
        next_chance(st, plan.threats.chances.shape[0])
        return time
    st.count[N_EVENTS] = drop_first(st.when, st.what, st.count[N_EVENTS])
    if kind == INTERCEPT:
        j = intercept(plan, st, key, run, a, b >> 4, b & 15, time)
        if j >= 0:
            decided(st, j, time, KILLED)
    elif kind in (ASSESS, LAUNCH):
        if kind == LAUNCH or assess(plan, st, key, run, a, b, time):
            launch(plan, st, a, b, time)
    elif kind == RELOAD:
        reload(plan, st, a, b & 15, b >> 4, time)
    elif kind == RESUPPLY:
        resupply(plan, st, time)
        if time + plan.rules.resupply <= plan.rules.duration:
            plan_event(st, time + plan.rules.resupply, RESUPPLY, 0, 0)
    elif kind == REPAIR:
        repair(plan, st, a, b, time)
    else:
        st.count[IS_DUE] = 1
    return time


@inner
def advance(plan, st, key, run):  # type: ignore[no-untyped-def]
    """The next event, and what is decided upon it; False once nothing more can happen."""
    time = happen(plan, st, key, run)
    if st.count[IS_DUE] == 1:
        st.count[IS_DUE] = 0
        decide(plan, st, time)
    return time < math.inf


@inner
def one_run(plan, st, key, run):  # type: ignore[no-untyped-def]
    """A whole replicate; its outcome is in the state."""
    begin(plan, st, key, run)
    while advance(plan, st, key, run):
        pass


@inner
def write_row(plan, st, r, rows):  # type: ignore[no-untyped-def]
    """The outcome of the replicate, as row r of the results (`Rows`)."""
    for j in range(rows.outcome.shape[1]):
        rows.outcome[r, j], rows.when[r, j] = st.outcome[j], st.end[j]
        rows.reason[r, j] = st.reason[j]
        rows.by[r, j], rows.missile[r, j] = st.by[j], st.by_missile[j]
        rows.shots[r, j], rows.tried[r, j] = st.shots[j], st.tried[j]
    for i in range(COUNTERS):
        rows.count[r, i] = st.count[i]
    for m in range(rows.fired.shape[1]):
        rows.fired[r, m] = 0
        for layer in range(LAYERS):
            rows.fired_by[r, layer, m] = 0
        for u in range(st.fired.shape[0]):
            rows.fired[r, m] += st.fired[u, m]
            rows.fired_by[r, plan.fire.layer[u], m] += st.fired[u, m]
