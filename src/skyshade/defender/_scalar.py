"""One replicate as a game of decisions: stop where the engine would decide, and show what is known.

Legend: n targets, u fire units, m missile types, s sites. The player knows targets by the number of
their track: the first one confirmed is 0. Action 0 holds; action 1 + track * units + unit engages.
"""

import math
from typing import Any, NamedTuple

from skyshade._jit import inner, least, most
from skyshade.assignment._scalar import best_assignment
from skyshade.engagement._scalar import happen
from skyshade.engagement._scalar_fire import (
    best_missile,
    engage,
    list_pairs,
    take_best,
)
from skyshade.engagement._scalar_plan import ASK, ENGAGES, IS_DUE, KILLED, LEAKED, OPEN
from skyshade.engagement._scalar_track import plan_event

BEGIN, HOLD = -1, 0
HOLD_S = 5.0  # the longest that a hold lasts (s)
SHOTS = 8.0  # at one target that count as very many
# counts of a replicate
(
    N_TRACKS,
    N_PAIRS,
    N_RULE,
    NEXT_RULE,
    N_KILLED,
    N_LEAKED,
    N_OPEN,
    N_ROUNDS,
    N_ACTIONS,
) = range(9)
COUNTS = 9
# times (s), and a value
NOW, ASK_AT, LOST_VALUE = 0, 1, 2
CLOCK = 3
TRACK_COLUMNS, UNIT_COLUMNS = 8, 3  # the latter and two per missile


class Scales(NamedTuple):
    """What stands for 1 in what is seen."""

    time: float  # s, of times to go and of the raid
    flight: float  # s, of times of flight
    value: float
    speed: float  # m/s
    altitude: float  # m


class Desk(NamedTuple):
    """What the player has before it beside the state, and what is counted for it.

    Attributes
    ----------
    value : (n,) what is lost if the target leaks; 0 for decoys and friendly traffic.
    is_threat : (n,).
    size : (n,) cross-section, 0 to 1.
    alt, speed : (places,) on the paths (m MSL, m/s).
    number, target : (n,) track of a target, -1 while it never had one, and the target of a track.
    pairs : (n, u) benefit of engaging target with unit now, 0 if that cannot be.
    room : (u,) how many more targets each unit can take now.
    rule : (n * u,) actions by which the engine's rule would go on; from NEXT_RULE to N_RULE.
    counts, clock : see the constants.
    mask : (1 + n * u,) by action.
    time : (1,).
    tracks : (n, TRACK_COLUMNS) time to go, value, cross-section, altitude, speed, whether it is
        held, whether it is friendly, rounds fired at it; by track, as are the next three.
    flight : (n, u) time of flight of the missile that the unit would take if assigned now.
    kill : (n, u) its kill probability; 0 where none can be launched.
    engaged : (n, u) whether the unit engages the target.
    units : (u, 3 + 2 m) whether it is up, free channels, guidance left, rounds ready and stored.
    sites : (s, 2) whether radar and command post are up.
    """

    value: Any
    is_threat: Any
    size: Any
    alt: Any
    speed: Any
    number: Any
    target: Any
    pairs: Any
    room: Any
    rule: Any
    counts: Any
    clock: Any
    mask: Any
    time: Any
    tracks: Any
    flight: Any
    kill: Any
    engaged: Any
    units: Any
    sites: Any


@inner
def clear(desk):  # type: ignore[no-untyped-def]
    """The desk at the start of a replicate."""
    for i in range(COUNTS):
        desk.counts[i] = 0
    for j in range(desk.number.shape[0]):
        desk.number[j], desk.target[j] = -1, -1
        for u in range(desk.room.shape[0]):
            desk.pairs[j, u] = 0.0
    desk.clock[NOW], desk.clock[ASK_AT] = 0.0, -math.inf


@inner
def act(plan, st, desk, action, time):  # type: ignore[no-untyped-def]
    """Engage the pair that the action names; anything that cannot be done now holds."""
    n_units = desk.room.shape[0]
    desk.counts[N_ACTIONS] += 1
    if action > HOLD and desk.mask[action] == 1:
        j, u = desk.target[(action - 1) // n_units], (action - 1) % n_units
        engage(plan, st, u, j, time)
        strike(st, desk, u, j)
        follows = desk.counts[NEXT_RULE] < desk.counts[N_RULE]
        if follows and desk.rule[desk.counts[NEXT_RULE]] == action:
            desk.counts[NEXT_RULE] += 1
        else:
            desk.counts[N_RULE] = -1  # to be worked out anew
    elif desk.counts[N_PAIRS] > 0:
        desk.counts[N_PAIRS], desk.counts[N_RULE], desk.counts[NEXT_RULE] = 0, 0, 0
        if desk.clock[ASK_AT] <= time:  # else it is asked again sooner anyhow
            desk.clock[ASK_AT] = time + HOLD_S
            plan_event(st, time + HOLD_S, ASK, 0, 0)


@inner
def strike(st, desk, u, j):  # type: ignore[no-untyped-def]
    """Take off the list what unit u engaging target j rules out: one unit of a group each."""
    desk.room[u] -= 1
    for v in range(desk.room.shape[0]):
        if st.group[v] == st.group[u] and desk.pairs[j, v] > 0.0:
            desk.pairs[j, v] = 0.0
            desk.counts[N_PAIRS] -= 1
    if desk.room[u] == 0:
        for k in range(desk.number.shape[0]):
            if desk.pairs[k, u] > 0.0:
                desk.pairs[k, u] = 0.0
                desk.counts[N_PAIRS] -= 1


@inner
def run_on(plan, st, desk, key, run):  # type: ignore[no-untyped-def]
    """Let events happen until something is to be decided; False if nothing more is."""
    while True:
        time = happen(plan, st, key, run)
        if time == math.inf:
            desk.clock[NOW] = plan.rules.duration
            return False
        desk.clock[NOW] = time
        if st.count[IS_DUE] == 1:
            st.count[IS_DUE] = 0
            number_tracks(st, desk)
            if find_pairs(plan, st, desk, time) > 0:
                return True


@inner
def number_tracks(st, desk):  # type: ignore[no-untyped-def]
    """Give a number to each target that is tracked for the first time."""
    for j in range(desk.number.shape[0]):
        if desk.number[j] < 0 and st.holders[j] > 0:
            k = desk.counts[N_TRACKS]
            desk.number[j], desk.target[k] = k, j
            desk.counts[N_TRACKS] = k + 1


@inner
def find_pairs(plan, st, desk, time):  # type: ignore[no-untyped-def]
    """List every pair that the engine could engage now, for all groups; returns how many."""
    n, n_units, found = desk.number.shape[0], desk.room.shape[0], 0
    for j in range(n):
        for u in range(n_units):
            desk.pairs[j, u] = 0.0
    for leader in range(n_units):
        if st.group[leader] != leader:
            continue
        listed = list_pairs(plan, st, leader, time)
        for u in range(n_units):
            if st.group[u] == leader:
                desk.room[u] = most(st.room[u], 0)
                for k in range(listed if desk.room[u] > 0 else 0):
                    desk.pairs[st.waiting[k], u] = st.benefit[k, u]
                    found += st.benefit[k, u] > 0.0
    desk.counts[N_PAIRS] = found
    desk.counts[N_RULE] = -1
    return found


@inner
def ask_rule(st, desk):  # type: ignore[no-untyped-def]
    """Note what the engine's own rule would make of the pairs that are left, in its order."""
    n, n_units, given = desk.number.shape[0], desk.room.shape[0], 0
    for leader in range(n_units):
        if st.group[leader] != leader:
            continue
        for u in range(n_units):
            st.room[u] = desk.room[u] if st.group[u] == leader else 0
        listed = 0
        for j in range(n):
            best = 0.0
            for u in range(n_units):
                st.benefit[listed, u] = desk.pairs[j, u] if st.group[u] == leader else 0.0
                best = most(best, st.benefit[listed, u])
            if best > 0.0:
                st.waiting[listed] = j
                listed += 1
        if listed == 0:
            continue
        best_assignment(st.benefit, listed, st.room, st.chosen, st.gain, st.entry, st.via)
        k = take_best(st, listed)
        while k >= 0:
            desk.rule[given] = 1 + desk.number[st.waiting[k]] * n_units + st.chosen[k]
            given += 1
            st.chosen[k] = -1
            k = take_best(st, listed)
    desk.counts[N_RULE], desk.counts[NEXT_RULE] = given, 0


@inner
def count_up(st, desk):  # type: ignore[no-untyped-def]
    """What has come of the threats so far, and what it cost."""
    value = 0.0
    desk.counts[N_KILLED], desk.counts[N_LEAKED], desk.counts[N_OPEN] = 0, 0, 0
    for j in range(desk.number.shape[0]):
        if desk.is_threat[j]:
            desk.counts[N_KILLED] += st.outcome[j] == KILLED
            desk.counts[N_LEAKED] += st.outcome[j] == LEAKED
            desk.counts[N_OPEN] += st.outcome[j] == OPEN
        if st.outcome[j] == LEAKED:
            value += desk.value[j]
    desk.clock[LOST_VALUE] = value
    rounds = 0
    for u in range(st.fired.shape[0]):
        for m in range(st.fired.shape[1]):
            rounds += st.fired[u, m]
    desk.counts[N_ROUNDS] = rounds


@inner
def show_tracks(plan, st, desk, scales):  # type: ignore[no-untyped-def]
    """Fill in what is known of targets: nothing of those that no radar holds."""
    threats, time = plan.threats, desk.clock[NOW]
    n, n_units = desk.number.shape[0], desk.room.shape[0]
    for i in range(1 + n * n_units):
        desk.mask[i] = i == HOLD
    for k in range(n):
        row, j = desk.tracks[k], desk.target[k]
        for i in range(TRACK_COLUMNS):
            row[i] = 0.0
        for u in range(n_units):
            desk.flight[k, u], desk.kill[k, u], desk.engaged[k, u] = 0.0, 0.0, 0.0
        if j < 0:
            continue
        for u in range(n_units):
            desk.engaged[k, u] = st.busy[u, j] & ENGAGES
        if st.holders[j] == 0:
            continue
        since = time - st.start[j]
        place = threats.first[j] + least(int(since / plan.rules.step), threats.steps[j])
        row[0] = most(least((st.end[j] - time) / scales.time, 1.0), 0.0)
        row[1] = threats.weight[j] / scales.value
        row[2] = desk.size[j]
        row[3] = most(desk.alt[place] / scales.altitude, 0.0)
        row[4] = desk.speed[place] / scales.speed
        row[5] = 1.0
        row[6] = threats.no_engage[j]
        row[7] = least(st.shots[j] / SHOTS, 1.0)
        for u in range(n_units):
            held = plan.rules.cueing or st.hit[plan.fire.site[u], j] >= 0
            if held and st.unit_up[u] and not threats.no_engage[j]:
                m, flight, p = best_missile(plan, st, u, j, since + plan.doctrine.reaction[u])
                if m >= 0:
                    desk.flight[k, u], desk.kill[k, u] = least(flight / scales.flight, 1.0), p
            desk.mask[1 + k * n_units + u] = desk.counts[N_PAIRS] > 0 and desk.pairs[j, u] > 0.0


@inner
def show_means(plan, st, desk, scales):  # type: ignore[no-untyped-def]
    """Fill in what is known of the defence's own means, and the time."""
    fire, n_missiles = plan.fire, plan.fire.p_kill.shape[0]
    desk.time[0] = desk.clock[NOW] / scales.time
    for u in range(desk.room.shape[0]):
        row = desk.units[u]
        row[0] = st.unit_up[u]
        row[1] = st.free[u] / fire.channels[u]
        row[2] = 1.0 - st.guiding[u] / fire.guidance_channels[u]
        for m in range(n_missiles):
            rounds = most(fire.load[u, m] + fire.stores[u, m], 1)
            row[UNIT_COLUMNS + m] = least(st.ready[u, m] / rounds, 1.0)
            row[UNIT_COLUMNS + n_missiles + m] = least(st.stores[u, m] / rounds, 1.0)
    for s in range(st.radar_up.shape[0]):
        desk.sites[s, 0], desk.sites[s, 1] = st.radar_up[s], st.post_up[s]
