"""The command post and the fire units: who is engaged by whom, launches, intercepts, assessment.

A channel's engagement is a small machine: FREE -> READYING (assigned, waiting to launch) -> FLYING
(missiles under way) -> ASSESSING -> READYING again, or FREE.
"""

import math

from skyshade._jit import inner, least, most, natural, seldom
from skyshade.assignment._scalar import best_assignment
from skyshade.engagement._scalar_plan import (
    ASSESS,
    ASSESSING,
    ASSIGNED,
    BENEFIT,
    BY_LAYER,
    BY_SHOT,
    ENGAGES,
    FLYING,
    FREE,
    GIVEN_UP,
    HELD_BACK,
    HIT,
    INTERCEPT,
    IS_DUE,
    KILLED,
    LAUNCH,
    LAUNCHED,
    LAYERS,
    LOST,
    MISSED,
    N_ALIVE,
    N_ENGAGED,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_WASTED,
    NEXT_GROUP,
    NO_CHANNEL,
    NO_GUIDANCE,
    NO_ROUND,
    OPEN,
    READYING,
    RELEASED,
    RELOAD,
    RELOADED,
    RESUPPLIED,
    TOO_LATE,
    UNIT_GONE,
    WASTED,
)
from skyshade.engagement._scalar_random import JUDGEMENT, KILL, draw
from skyshade.engagement._scalar_track import ask_again, note, plan_event

LATE_S = 1e-6  # how long after a target comes within reach it is looked at: never just before
POLL_S = 1.0  # a launch that waits for a guidance channel is tried again so much later
NEAREST_S = 1.0  # time to go, for ranking, is not less than this
TIE_SHARE = 1e-9  # of a benefit: far above rounding, far below what tells two targets apart
# of a benefit, where a rule says who shoots: what coming first by it adds, and adding most
FIRST_SHARE, SECOND_SHARE = 0.1, 1e-6
GOLDEN = 0.6180339887498949  # its multiples spread evenly: another order of ties for each unit


@inner
def best_missile(plan, st, u, j, since):  # type: ignore[no-untyped-def]
    """The missile for a launch by unit u at target j, `since` seconds into its path.

    Returns it, its time of flight (s) and its kill probability; missile -1 if none can. It is the
    likeliest kill, or the likeliest for its price where that counts; among equals the missile of
    the shortest range (they come in that order), which keeps the others for what only they can
    reach.
    """
    fire, threats, step = plan.fire, plan.threats, plan.rules.step
    best, flight, worth = -1, math.inf, 0.0
    x = since / step
    k = int(x)
    if since < 0.0 or k >= threats.steps[j]:
        return best, flight, worth
    place, s, kind = natural(threats.first[j] + k), natural(fire.site[u]), natural(threats.kind[j])
    for m in range(fire.p_kill.shape[0]):
        p = st.worth[m, kind]
        if st.ready[u, m] > 0 and p > worth:
            here = float(fire.flight[place, s, m])
            if not here < math.inf:
                continue
            slope = float(fire.flight[place + 1, s, m]) - here
            if not slope <= step:  # launches end here, or go on for meetings on a later part
                if x - k > 0.5:
                    continue
                slope = here - float(fire.flight[place - 1, s, m]) if k > 0 else 0.0
                slope = slope if slope > -math.inf else 0.0
            there = here + (x - k) * slope
            p *= shape_at(plan, s, m, j, since + there)
            if p > worth:
                best, worth, flight = m, p, there
    if plan.rules.prefers == BY_SHOT and best >= 0:
        worth /= fire.thrift[best]
    return best, flight, worth


@inner
def shape_at(plan, s, m, j, since):  # type: ignore[no-untyped-def]
    """Factor on missile m's kill probability where target j is, `since` seconds into its path."""
    if plan.fire.shape.shape[0] == 0:
        return 1.0
    k = least(int(since / plan.rules.step + 0.5), plan.threats.steps[j])
    return float(plan.fire.shape[plan.threats.first[j] + k, s, m])


@inner
def next_launch(plan, st, u, j, k):  # type: ignore[no-untyped-def]
    """First place from k on at which unit u can launch something that it has, or has in store.

    The number of steps of the path if there is none.
    """
    fire, threats = plan.fire, plan.threats
    first, s, kind = natural(threats.first[j]), natural(fire.site[u]), natural(threats.kind[j])
    while k < threats.steps[j]:
        for m in range(fire.p_kill.shape[0]):
            there = st.ready[u, m] + st.stores[u, m] > 0 and fire.p_kill[m, kind] > 0.0
            if there and fire.flight[first + k, s, m] < math.inf:
                return k
        k += 1
    return k


@inner
def is_loaded(st, u):  # type: ignore[no-untyped-def]
    """Whether unit u has any round left on its launchers."""
    rounds = 0
    for m in range(st.ready.shape[1]):
        rounds += st.ready[u, m]
    return rounds > 0


@seldom
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
        st.group[u], st.wake[u] = u, math.inf
        for v in range(u):
            together = (plan.rules.central and any_post) or (
                site[u] == site[v] and st.post_up[site[u]]
            )
            if together:
                st.group[u] = st.group[v]
                break
        for j in range(st.start.shape[0]):
            st.retry[u, j] = -math.inf


@inner
def decide(plan, st, time):  # type: ignore[no-untyped-def]
    """Every group of units assigns the targets it holds and nobody in it engages."""
    for leader in range(st.group.shape[0]):
        if st.group[leader] == leader:
            decide_group(plan, st, leader, time)


@inner
def decide_group(plan, st, leader, time):  # type: ignore[no-untyped-def]
    """Assign targets to the units of one group."""
    count = list_pairs(plan, st, leader, time)
    if count == 0:
        return
    best_assignment(st.benefit, count, st.room, st.chosen, st.gain, st.entry, st.via)
    k = take_best(st, count)
    while k >= 0:
        engage(plan, st, natural(st.chosen[k]), natural(st.waiting[k]), time)
        st.chosen[k] = -1
        k = take_best(st, count)


@inner
def take_best(st, count):  # type: ignore[no-untyped-def]
    """Which of the assignments in `chosen` comes first: the one of the largest benefit; -1: none.

    Launchers and guidance channels go to who is assigned first, so the order must not be that of
    the file.
    """
    best = -1
    for k in range(count):
        u = st.chosen[k]
        if u >= 0 and (best < 0 or st.benefit[k, u] > st.benefit[best, st.chosen[best]]):
            best = k
    return best


@inner
def list_pairs(plan, st, leader, time):  # type: ignore[no-untyped-def]
    """List in `waiting` the targets that units of one group could engage; returns how many.

    `benefit` (targets listed, units) is what each unit would add, 0 if it cannot: the target's
    rank, which is its value over its time to go, times the probability of the kill, less the later
    it would come. Equal benefits are told apart by a billionth part drawn per replicate, so that
    the order of the file decides nothing. `room` (units,) is how many targets each can take; less
    than 1 where none.

    A target that no unit with a free channel can meet yet is not listed: the group wakes at the
    moment at which a missile can first be assigned. A target that only units without one could take
    is looked at again whenever the group decides.
    """
    rules, threats, fire = plan.rules, plan.threats, plan.fire
    n_units = st.group.shape[0]
    total, soonest = 0, math.inf
    for u in range(n_units):
        st.room[u] = -1  # of another group, or gone
        if st.group[u] == leader and st.unit_up[u]:
            able = st.guiding[u] < fire.guidance_channels[u] and is_loaded(st, u)
            st.room[u] = st.free[u] if able else 0
            total += st.room[u]
    if total == 0:
        set_wake(st, leader, math.inf)  # a channel that is released asks
        return 0
    count = 0
    for i in range(st.count[N_ALIVE]):
        j = natural(st.alive[i])
        if time < st.retry[leader, j]:
            soonest = least(soonest, st.retry[leader, j])
            continue
        if is_put_aside(plan, st, leader, j):
            st.retry[leader, j] = math.inf  # until `ask_again`
            continue
        able, could, held, wake = False, False, False, math.inf
        for u in range(n_units):
            st.benefit[count, u] = 0.0
            site = natural(fire.site[u])
            if st.room[u] < 0 or not (rules.cueing or st.hit[site, j] >= 0):
                continue  # of another group, gone, or without a confirmed track to work with
            held = True
            if st.shots[j] >= plan.doctrine.shots_most[u]:
                continue
            reaction = plan.doctrine.reaction[u]
            since = time + reaction - st.start[j]
            k = least(int(since / rules.step), threats.steps[j])
            possible = fire.flight[threats.first[j] + k, site, fire.p_kill.shape[0]]
            if possible <= (k + 0.5) * rules.step:  # path times are those of places
                if st.room[u] <= 0:
                    could = True
                    continue
                m, flight, p = best_missile(plan, st, u, j, since)
                if m >= 0:
                    able = True
                    st.benefit[count, u] = benefit(plan, st, u, j, time, flight) * p
                    continue
                place = next_launch(plan, st, u, j, k + 1)
            elif possible < math.inf:
                place = int(possible / rules.step + 0.5)
            else:
                continue
            if place < threats.steps[j]:
                wake = least(wake, st.start[j] + place * rules.step - reaction + LATE_S)
        if able and rules.prefers != BENEFIT:
            until = prefer(plan, st, leader, j, count, time)
            able, wake = until == math.inf, least(wake, until)
        if able:
            st.waiting[count] = j
            count += 1
            continue
        if held and not could:
            st.retry[leader, j] = wake
        soonest = least(soonest, wake)
    set_wake(st, leader, soonest)
    return count


@inner
def benefit(plan, st, u, j, time, flight):  # type: ignore[no-untyped-def]
    """What unit u would add by a certain kill of target j with a missile of this time of flight."""
    rules = plan.rules
    left = most(st.end[j] - time, NEAREST_S)
    rank = plan.threats.weight[j] if rules.by_value else 1.0
    rank /= left if rules.by_time else 1.0
    return tie_of(st, u, j) * rank / (1.0 + flight / rules.horizon)


@inner
def tie_of(st, u, j):  # type: ignore[no-untyped-def]
    """A factor hardly above 1 that tells apart what is otherwise equal."""
    tie = st.tie[j] + u * GOLDEN
    return 1.0 + TIE_SHARE * (tie - int(tie))


@seldom
def prefer(plan, st, leader, j, row, time):  # type: ignore[no-untyped-def]
    """Let the rule say who of a group takes target j, of the units that now could (`benefit[row]`).

    Returns +inf, or if every one of them waits for another when that one may shoot (s). A unit
    waits for one that comes before it by the rule, cannot meet the target yet and will, as long as
    it can still shoot itself by then.

    How much is to be gained by the target is what its best unit would add; the rule says by whom.
    """
    n_units, best, first = st.group.shape[0], 0.0, 0.0
    for u in range(n_units):
        best = most(best, st.benefit[row, u])
        st.gain[u] = -1.0  # who comes first by the rule, of those that could now
        if st.benefit[row, u] > 0.0:
            since = time + plan.doctrine.reaction[u] - st.start[j]
            m, _, p = best_missile(plan, st, u, j, since)
            st.gain[u] = precedence(plan, u, m, p)
            first = most(first, st.gain[u])
    soonest, is_left = math.inf, not best > 0.0
    for u in range(n_units):
        if st.gain[u] < 0.0:
            continue
        until = waits_until(plan, st, leader, u, j, time)
        if until < math.inf:
            st.benefit[row, u] = 0.0
            soonest = least(soonest, until)
        else:
            is_left = True
            share = 1.0 + FIRST_SHARE * st.gain[u] / first
            share += SECOND_SHARE * st.benefit[row, u] / best
            st.benefit[row, u] = best * share * tie_of(st, u, j)
    return math.inf if is_left else soonest


@inner
def precedence(plan, u, m, p):  # type: ignore[no-untyped-def]
    """How early a shot by unit u with missile m comes in the order of the rule, up to 1."""
    if plan.rules.prefers == BY_LAYER:
        return (LAYERS - plan.fire.layer[u]) / LAYERS
    return p * plan.fire.thrift[m]


@inner
def waits_until(plan, st, leader, u, j, time):  # type: ignore[no-untyped-def]
    """When whom unit u waits for may first shoot at target j (s); +inf if u waits for nobody."""
    step, soonest = plan.rules.step, math.inf
    for v in range(st.group.shape[0]):
        site = natural(plan.fire.site[v])
        is_held = st.group[v] == leader and (plan.rules.cueing or st.hit[site, j] >= 0)
        if v == u or st.gain[v] >= 0.0 or not st.unit_up[v] or not is_held:
            continue
        if st.shots[j] >= plan.doctrine.shots_most[v]:
            continue
        since = time + plan.doctrine.reaction[v] - st.start[j]
        m, _, p = best_missile(plan, st, v, j, since)
        if m >= 0:
            continue  # it could now, but has no channel
        k = first_chance(plan, st, v, j, int(most(since, 0.0) / step) + 1)
        if k >= plan.threats.steps[j]:
            continue
        m, _, p = best_missile(plan, st, v, j, (k + 0.25) * step)
        ordered = k * step - plan.doctrine.reaction[v]
        own = int(most(ordered + plan.doctrine.reaction[u], 0.0) / step) + 1
        comes_first = precedence(plan, v, m, p) > st.gain[u] * (1.0 + SECOND_SHARE)
        if comes_first and first_chance(plan, st, u, j, own) < plan.threats.steps[j]:
            soonest = least(soonest, st.start[j] + ordered + LATE_S)
    return soonest


@inner
def first_chance(plan, st, u, j, k):  # type: ignore[no-untyped-def]
    """First place from k on at which unit u can launch a round that it has; the last if none."""
    k = next_launch(plan, st, u, j, k)
    while k < plan.threats.steps[j]:
        # a quarter of a step more keeps rounding from naming the place before
        m, _, _ = best_missile(plan, st, u, j, (k + 0.25) * plan.rules.step)
        if m >= 0:
            break
        k = next_launch(plan, st, u, j, k + 1)
    return k


@inner
def set_wake(st, leader, time):  # type: ignore[no-untyped-def]
    """The group looks at targets again at this time (s), and which group does so next is noted."""
    st.wake[leader] = time
    first = 0
    for u in range(1, st.group.shape[0]):
        if st.wake[u] < st.wake[first]:
            first = u
    st.count[NEXT_GROUP] = first


@inner
def is_put_aside(plan, st, leader, j):  # type: ignore[no-untyped-def]
    """Whether target j is untracked, not to be engaged, or engaged or written off by the group."""
    if st.holders[j] == 0 or plan.threats.no_engage[j]:
        return True
    if st.engagers[j] + st.given_up[j] > 0:
        for u in range(st.group.shape[0]):
            if st.group[u] == leader and st.busy[u, j] != 0:
                return True
    return False


@inner
def engage(plan, st, u, j, time):  # type: ignore[no-untyped-def]
    """Give target j to a free channel of unit u."""
    c = natural(plan.fire.first_channel[u])
    while st.doing[c] != FREE:
        c += 1
    st.doing[c], st.target[c], st.flying[c], st.spent[c] = READYING, j, 0, 0
    st.believed[c] = 0
    st.to_fire[c] = least(plan.doctrine.salvo[u], plan.doctrine.shots_max[u])
    st.free[u] -= 1
    st.busy[u, j] |= ENGAGES
    st.engagers[j] += 1
    st.count[N_ENGAGED] += 1
    plan_event(st, time + plan.doctrine.reaction[u], LAUNCH, c, u)
    note(st, time, ASSIGNED, j, u, -1, c)


@inner
def release(plan, st, u, c, time):  # type: ignore[no-untyped-def]
    """The channel is free again."""
    j = natural(st.target[c])
    st.busy[u, j] &= GIVEN_UP
    st.engagers[j] -= 1
    ask_again(st, j)
    note(st, time, RELEASED, j, u, -1, c)
    st.doing[c], st.target[c] = FREE, -1
    st.free[u] += 1
    st.count[IS_DUE] = 1


@inner
def launch(plan, st, c, u, time):  # type: ignore[no-untyped-def]
    """Launch what the channel still has to, as launchers and guidance allow."""
    if not st.unit_up[u] or (st.doing[c] != READYING and st.doing[c] != FLYING):
        return
    j, fire = natural(st.target[c]), plan.fire
    while st.to_fire[c] > 0:
        m, flight, _ = best_missile(plan, st, u, j, time - st.start[j])
        is_over = st.outcome[j] != OPEN and not st.believed[c]
        if m < 0 or is_over or st.shots[j] >= plan.doctrine.shots_most[u]:
            st.to_fire[c] = 0
            break
        if st.guiding[u] >= fire.guidance_channels[u]:
            st.obstacle[j] = NO_GUIDANCE
            plan_event(st, time + POLL_S, LAUNCH, c, u)
            return
        turn = natural(st.turn[u])  # launchers take turns, so this one has waited longest
        if st.launcher[u, turn] > time:
            plan_event(st, st.launcher[u, turn], LAUNCH, c, u)
            return
        st.launcher[u, turn] = time + plan.doctrine.interval[u]
        st.turn[u] = (turn + 1) % fire.launchers[u]
        st.ready[u, m] -= 1
        st.fired[u, m] += 1
        st.guiding[u] += 1
        st.shots[j] += 1
        st.tried[j] |= 1 << plan.fire.layer[u]
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


@inner
def count_empty(plan, st, u, m, time):  # type: ignore[no-untyped-def]
    """A launcher whose last round has left goes to be reloaded, while there are stores."""
    if plan.doctrine.reload[u] < math.inf:
        st.emptied[u, m] += 1
        send_to_reload(plan, st, u, m, time)


@inner
def send_to_reload(plan, st, u, m, time):  # type: ignore[no-untyped-def]
    """Empty launchers go to be reloaded as far as the stores last."""
    while st.unit_up[u] and st.stores[u, m] > 0 and st.emptied[u, m] > 0:
        if st.emptied[u, m] < plan.fire.tubes[m] and st.ready[u, m] > 0:
            return
        rounds = least(plan.fire.tubes[m], st.stores[u, m])
        st.stores[u, m] -= rounds
        st.emptied[u, m] = most(st.emptied[u, m] - plan.fire.tubes[m], 0)
        plan_event(st, time + plan.doctrine.reload[u], RELOAD, u, (rounds << 4) | m)


@seldom
def resupply(plan, st, time):  # type: ignore[no-untyped-def]
    """Rounds come into the stores of every unit, and launchers that wait for them are reloaded."""
    for u in range(st.unit_up.shape[0]):
        for m in range(st.stores.shape[1]):
            rounds = plan.fire.resupply[u, m]
            if rounds > 0:
                st.stores[u, m] += rounds
                note(st, time, RESUPPLIED, -1, u, m, rounds)
                send_to_reload(plan, st, u, m, time)


@inner
def reload(plan, st, u, m, rounds, time):  # type: ignore[no-untyped-def]
    """A launcher comes back full, or with what was left in store."""
    if not st.unit_up[u]:  # it waits until the unit is repaired
        st.stores[u, m] += rounds
        st.emptied[u, m] += rounds
        return
    st.ready[u, m] += rounds
    st.count[IS_DUE] = 1
    for j in range(st.start.shape[0]):
        ask_again(st, j)
    note(st, time, RELOADED, -1, u, m, rounds)


@inner
def intercept(plan, st, key, run, c, u, m, time):  # type: ignore[no-untyped-def]
    """A missile comes to where the target should be; returns the target it kills, or -1."""
    if not st.unit_up[u]:  # nobody guides it
        st.count[N_LOST] += 1
        st.flying[c] -= 1
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
        p = st.p_now[m, plan.threats.kind[j]]
        if luck < p * shape_at(plan, plan.fire.site[u], m, j, time - st.start[j]):
            st.count[N_HIT] += 1
            st.by[j], st.by_missile[j] = u, m
            killed = j
            note(st, time, HIT, j, u, m, c)
        else:
            st.count[N_MISSED] += 1
            note(st, time, MISSED, j, u, m, c)
    if st.flying[c] == 0 and st.to_fire[c] == 0:
        st.doing[c] = ASSESSING
        plan_event(st, time + plan.doctrine.assessment[u], ASSESS, c, u)
    return killed


@inner
def assess(plan, st, key, run, c, u, time):  # type: ignore[no-untyped-def]
    """The result of a salvo is known, or believed so; whether to shoot again at once.

    If not, the channel is released. Judging wrong is drawn: a target that lives is taken for
    destroyed and written off by the unit and its group; one that is destroyed is taken for alive
    and shot at again.
    """
    if not st.unit_up[u] or st.doing[c] != ASSESSING:
        return False
    j, doctrine = natural(st.target[c]), plan.doctrine
    left = least(doctrine.shots_max[u] - st.spent[c], doctrine.shots_most[u] - st.shots[j])
    lives = st.outcome[j] == OPEN
    wrong = doctrine.false_kill[u] if lives else doctrine.false_miss[u]
    if wrong > 0.0 and (lives or st.outcome[j] == KILLED):
        luck = draw(key, run, j, JUDGEMENT, st.judged[j])
        st.judged[j] += 1
        if luck < wrong:
            if lives and st.busy[u, j] & GIVEN_UP == 0:
                st.busy[u, j] |= GIVEN_UP
                st.given_up[j] += 1
            lives = not lives
    again = doctrine.engage_again[u] and left > 0 and lives
    if not again:
        release(plan, st, u, c, time)
        return False
    st.doing[c] = READYING
    st.believed[c] = st.outcome[j] != OPEN
    st.to_fire[c] = least(doctrine.salvo[u], left)
    return True


@seldom
def note_obstacle(plan, st, j, time):  # type: ignore[no-untyped-def]
    """Note what keeps target j from being engaged, now that the last launch could be ordered.

    Of the units that could meet it the one that lacks least counts: a channel, before the guidance
    of a missile, before a round.
    """
    if st.outcome[j] != OPEN or st.shots[j] > 0 or st.engagers[j] > 0 or st.holders[j] == 0:
        return
    fire, threats = plan.fire, plan.threats
    kind, lacks, is_gone = natural(threats.kind[j]), HELD_BACK, False
    for u in range(st.group.shape[0]):
        s = natural(fire.site[u])
        since = time + plan.doctrine.reaction[u] - st.start[j]
        k = int(since / plan.rules.step)
        if not (plan.rules.cueing or st.hit[s, j] >= 0) or k >= threats.steps[j]:
            continue
        meets, has = False, False
        for m in range(fire.p_kill.shape[0]):
            if fire.p_kill[m, kind] > 0.0 and fire.flight[threats.first[j] + k, s, m] < math.inf:
                meets, has = True, has or st.ready[u, m] > 0
        if not meets:
            continue
        if not st.unit_up[u]:
            is_gone = True
        elif not has:
            lacks = least(lacks, NO_ROUND)
        elif st.guiding[u] >= fire.guidance_channels[u]:
            lacks = least(lacks, NO_GUIDANCE)
        elif st.free[u] == 0:
            lacks = least(lacks, NO_CHANNEL)
    if threats.weight[j] <= 0.0:
        st.obstacle[j] = HELD_BACK
    elif lacks < HELD_BACK:
        st.obstacle[j] = lacks
    else:
        st.obstacle[j] = UNIT_GONE if is_gone else TOO_LATE
