"""The command post and the fire units: who is engaged by whom, launches, intercepts, assessment.

A channel's engagement is a small machine: FREE -> READYING (assigned, waiting to launch) -> FLYING
(missiles under way) -> ASSESSING -> READYING again, or FREE.
"""

import math

from skyshade._jit import least, most, natural, scalar
from skyshade.assignment._scalar import best_assignment
from skyshade.engagement._scalar_plan import (
    A_BITS,
    ASSESS,
    ASSESSING,
    ASSIGNED,
    B_BITS,
    FLYING,
    FREE,
    HIT,
    INTERCEPT,
    IS_DUE,
    LAUNCH,
    LAUNCHED,
    LOST,
    MISSED,
    N_ALIVE,
    N_ENGAGED,
    N_EVENTS,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_WASTED,
    OPEN,
    READYING,
    RELEASED,
    RELOAD,
    RELOADED,
    WAKE,
    WASTED,
)
from skyshade.engagement._scalar_queue import push
from skyshade.engagement._scalar_random import KILL, draw
from skyshade.engagement._scalar_track import ask_again, note

RETRY_S = 5.0  # a target that only lacks rounds or a track is looked at again so much later
LATE_S = 1e-6  # and one not yet in reach so much after it is: rounding must not wake too early
POLL_S = 1.0  # and a launch that waits for a guidance channel is tried again so much later
NEAREST_S = 1.0  # time to go, for ranking, is not less than this


@scalar
def plan_event(st, time, kind, a, b):  # type: ignore[no-untyped-def]
    """Put an event into the queue."""
    code = (kind << (A_BITS + B_BITS)) | (int(a) << B_BITS) | int(b)
    st.count[N_EVENTS] = push(st.when, st.what, st.count[N_EVENTS], time, code)


@scalar
def best_missile(plan, st, u, j, since):  # type: ignore[no-untyped-def]
    """The missile for a launch by unit u at target j, `since` seconds into its path.

    Returns it, its time of flight (s) and its kill probability; missile -1 if none can. It is the
    likeliest kill; among equals the missile of the shortest range (they come in that order), which
    keeps the others for what only they can reach.
    """
    fire, threats = plan.fire, plan.threats
    best, least, likely = -1, math.inf, 0.0
    x = since / plan.rules.step
    k = int(x)
    if since < 0.0 or k >= threats.steps[j]:
        return best, least, likely
    place, s, kind = natural(threats.first[j] + k), natural(fire.site[u]), natural(threats.kind[j])
    for m in range(fire.p_kill.shape[0]):
        p = fire.p_kill[m, kind]
        if st.ready[u, m] > 0 and p > likely:
            here, after = float(fire.flight[place, s, m]), float(fire.flight[place + 1, s, m])
            if here < math.inf:
                best, likely = m, p
                least = here + (x - k) * (after - here) if after < math.inf else here
    return best, least, likely


@scalar
def is_loaded(st, u):  # type: ignore[no-untyped-def]
    """Whether unit u has any round left on its launchers."""
    rounds = 0
    for m in range(st.ready.shape[1]):
        rounds += st.ready[u, m]
    return rounds > 0


@scalar
def regroup(plan, st):  # type: ignore[no-untyped-def]
    """Say which units decide together, by the lowest unit among them.

    With a command post up anywhere and central coordination all do; else those of a site whose
    post is up; a unit without any post decides alone.
    """
    site, n_units = plan.fire.site, st.group.shape[0]
    any_post = False
    for s in range(st.post_up.shape[0]):
        any_post = any_post or st.post_up[s]
    for u in range(n_units):
        st.group[u] = u
        for v in range(u):
            together = (plan.rules.central and any_post) or (
                site[u] == site[v] and st.post_up[site[u]]
            )
            if together:
                st.group[u] = st.group[v]
                break
        for j in range(st.start.shape[0]):
            st.retry[u, j] = -math.inf


@scalar
def decide(plan, st, time):  # type: ignore[no-untyped-def]
    """Every group of units assigns the targets it holds and nobody in it engages."""
    for leader in range(st.group.shape[0]):
        if st.group[leader] == leader:
            decide_group(plan, st, leader, time)


@scalar
def decide_group(plan, st, leader, time):  # type: ignore[no-untyped-def]
    """Assign targets to the units of one group."""
    count = list_pairs(plan, st, leader, time)
    if count == 0:
        return
    best_assignment(st.benefit, count, st.room, st.chosen, st.gain, st.entry, st.via)
    for k in range(count):
        if st.chosen[k] >= 0:
            engage(plan, st, natural(st.chosen[k]), natural(st.waiting[k]), time)


@scalar
def list_pairs(plan, st, leader, time):  # type: ignore[no-untyped-def]
    """List in `waiting` the targets that units of one group could engage; returns how many.

    `benefit` (targets listed, units) is what each unit would add, 0 if it cannot: the target's
    rank, which is its value over its time to go, times the probability of the kill, less the later
    it would come. `room` (units,) is how many targets each can take; less than 1 where none.
    """
    rules, threats, fire = plan.rules, plan.threats, plan.fire
    n_units = st.group.shape[0]
    total = 0
    for u in range(n_units):
        st.room[u] = -1  # of another group, or gone
        if st.group[u] == leader and st.unit_up[u]:
            able = st.guiding[u] < fire.guidance_channels[u] and is_loaded(st, u)
            st.room[u] = st.free[u] if able else 0
            total += st.room[u]
    if total == 0:
        return 0
    count = 0
    for i in range(st.count[N_ALIVE]):
        j = natural(st.alive[i])
        if time < st.retry[leader, j]:
            continue
        aside = st.holders[j] == 0 or threats.no_engage[j]
        if not aside and st.engagers[j] > 0:
            for u in range(n_units):
                aside = aside or (st.group[u] == leader and st.busy[u, j] != 0)
        if aside:
            st.retry[leader, j] = math.inf  # until `ask_again`
            continue
        able, held, soonest = False, False, math.inf
        left = most(st.end[j] - time, NEAREST_S)
        rank = (threats.weight[j] if rules.by_value else 1.0) / (left if rules.by_time else 1.0)
        since = time + rules.reaction - st.start[j]
        k = least(int(since / rules.step), threats.steps[j])
        place = natural(threats.first[j] + k)
        now = (k + 0.5) * rules.step  # path times are those of places, give or take a rounding
        for u in range(n_units):
            st.benefit[count, u] = 0.0
            if st.room[u] < 0:
                continue
            site = natural(fire.site[u])
            possible = fire.next_s[place, site]
            soonest = least(soonest, possible)
            if not (rules.cueing or st.hit[site, j] >= 0):
                continue  # it has no confirmed track to work with
            held = True
            if possible > now:
                continue
            m, flight, p = best_missile(plan, st, u, j, since)
            if m >= 0:
                able = True
                st.benefit[count, u] = rank * p / (1.0 + flight / rules.horizon)
        if able:
            st.waiting[count] = j
            count += 1
        elif held:
            wake = math.inf if soonest == math.inf else time + RETRY_S
            if now < soonest < math.inf:
                place = int(soonest / rules.step + 0.5)
                wake = st.start[j] + place * rules.step - rules.reaction + LATE_S
            st.retry[leader, j] = wake
            if wake < rules.duration and wake < st.end[j]:
                plan_event(st, wake, WAKE, j, leader)
    return count


@scalar
def engage(plan, st, u, j, time):  # type: ignore[no-untyped-def]
    """Give target j to a free channel of unit u."""
    c = natural(plan.fire.first_channel[u])
    while st.doing[c] != FREE:
        c += 1
    st.doing[c], st.target[c], st.flying[c], st.spent[c] = READYING, j, 0, 0
    st.to_fire[c] = least(plan.rules.salvo, plan.rules.shots_max)
    st.free[u] -= 1
    st.busy[u, j] = 1
    st.engagers[j] += 1
    st.count[N_ENGAGED] += 1
    plan_event(st, time + plan.rules.reaction, LAUNCH, c, u)
    note(st, time, ASSIGNED, j, u, -1, c)


@scalar
def release(plan, st, u, c, time):  # type: ignore[no-untyped-def]
    """The channel is free again."""
    j = natural(st.target[c])
    st.busy[u, j] = 0
    st.engagers[j] -= 1
    ask_again(st, j)
    note(st, time, RELEASED, j, u, -1, c)
    st.doing[c], st.target[c] = FREE, -1
    st.free[u] += 1
    st.count[IS_DUE] = 1


@scalar
def launch(plan, st, c, u, time):  # type: ignore[no-untyped-def]
    """Launch what the channel still has to, as launchers and guidance allow."""
    if not st.unit_up[u] or (st.doing[c] != READYING and st.doing[c] != FLYING):
        return
    j, rules, fire = natural(st.target[c]), plan.rules, plan.fire
    while st.to_fire[c] > 0:
        m, flight, _ = best_missile(plan, st, u, j, time - st.start[j])
        if m < 0 or st.outcome[j] != OPEN:
            st.to_fire[c] = 0
            break
        if st.guiding[u] >= fire.guidance_channels[u]:
            plan_event(st, time + POLL_S, LAUNCH, c, u)
            return
        turn = natural(st.turn[u])  # launchers take turns, so this one has waited longest
        if st.launcher[u, turn] > time:
            plan_event(st, st.launcher[u, turn], LAUNCH, c, u)
            return
        st.launcher[u, turn] = time + rules.interval
        st.turn[u] = (turn + 1) % fire.launchers[u]
        st.ready[u, m] -= 1
        st.fired[u, m] += 1
        st.guiding[u] += 1
        st.shots[j] += 1
        st.flying[c] += 1
        st.spent[c] += 1
        st.to_fire[c] -= 1
        st.doing[c] = FLYING
        plan_event(st, time + flight, INTERCEPT, c, (u << 4) | m)
        note(st, time, LAUNCHED, j, u, m, time + flight)
        count_empty(plan, st, u, m, time)
    if st.flying[c] == 0:
        release(plan, st, u, c, time)
    elif st.doing[c] == READYING:
        st.doing[c] = FLYING


@scalar
def count_empty(plan, st, u, m, time):  # type: ignore[no-untyped-def]
    """A launcher whose last round has left goes to be reloaded, while there are stores."""
    if not plan.rules.reload < math.inf:
        return
    st.emptied[u, m] += 1
    is_empty = st.emptied[u, m] >= plan.fire.tubes[m] or st.ready[u, m] == 0
    if is_empty and st.stores[u, m] > 0:
        rounds = least(plan.fire.tubes[m], st.stores[u, m])
        st.stores[u, m] -= rounds
        st.emptied[u, m] = 0
        plan_event(st, time + plan.rules.reload, RELOAD, u, (rounds << 4) | m)


@scalar
def reload(plan, st, u, m, rounds, time):  # type: ignore[no-untyped-def]
    """A launcher comes back full, or with what was left in store."""
    if st.unit_up[u]:
        st.ready[u, m] += rounds
        st.count[IS_DUE] = 1
        note(st, time, RELOADED, -1, u, m, rounds)


@scalar
def intercept(plan, st, key, run, c, u, m, time):  # type: ignore[no-untyped-def]
    """A missile comes to where the target should be; returns the target it kills, or -1."""
    if not st.unit_up[u]:  # nobody guides it
        st.count[N_LOST] += 1
        note(st, time, LOST, -1, u, m, c)
        return -1
    j = natural(st.target[c])
    killed = -1
    if st.guiding[u] == plan.fire.guidance_channels[u]:
        st.count[IS_DUE] = 1
    st.guiding[u] -= 1
    st.flying[c] -= 1
    if st.outcome[j] != OPEN:
        st.count[N_WASTED] += 1
        note(st, time, WASTED, j, u, m, c)
    else:
        luck = draw(key, run, j, KILL, st.resolved[j])
        st.resolved[j] += 1
        if luck < plan.fire.p_kill[m, plan.threats.kind[j]]:
            st.count[N_HIT] += 1
            st.by[j], st.by_missile[j] = u, m
            killed = j
            note(st, time, HIT, j, u, m, c)
        else:
            st.count[N_MISSED] += 1
            note(st, time, MISSED, j, u, m, c)
    if st.flying[c] == 0 and st.to_fire[c] == 0:
        st.doing[c] = ASSESSING
        plan_event(st, time + plan.rules.assessment, ASSESS, c, u)
    return killed


@scalar
def assess(plan, st, c, u, time):  # type: ignore[no-untyped-def]
    """What came of it is known: shoot again at once, or let the channel go."""
    if not st.unit_up[u]:
        return
    j, rules = natural(st.target[c]), plan.rules
    left = rules.shots_max - st.spent[c]
    again = rules.engage_again and left > 0 and st.outcome[j] == OPEN
    if again and best_missile(plan, st, u, j, time - st.start[j])[0] >= 0:
        st.doing[c] = READYING
        st.to_fire[c] = least(rules.salvo, left)
        launch(plan, st, c, u, time)
    else:
        release(plan, st, u, c, time)
