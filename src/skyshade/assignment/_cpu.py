"""Loops of the exact solver: the cheapest salvo per target at given prices, and a good first plan.

A salvo at one target is a count of rounds per weapon. At prices `u` per round, the cheapest salvo
minimises ``V prod q_i^x_i + sum u_i x_i``, where ``q = 1 - p`` is the probability that a round
misses. In logarithms ``a = -ln q`` the first term is ``V exp(-sum a_i x_i)``, which is convex, so
that with fractions of rounds the best is to take weapons by falling ``a / u`` until the next bit of
damage costs more than it saves. That is the lower bound of the search over whole rounds.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from skyshade._jit import scalar, worker

SAME = 1e-13  # relative to a target's value; a salvo cheaper by less than this is not looked for
ROUNDS_OF_EXCHANGE = 20


class Targets(NamedTuple):
    """What does not change in a search.

    Attributes
    ----------
    value : (targets,)
    damage : (targets, weapons) ``-ln(1 - p)``; infinite where a round never misses.
    most : (targets,) most rounds at the target, of all weapons.
    """

    value: Any
    damage: Any
    most: Any


class Cheapest(NamedTuple):
    """The cheapest salvo per target.

    Attributes
    ----------
    salvo : (targets, weapons) rounds.
    missed, cost : (targets,) value that survives; that plus the price of the rounds.
    """

    salvo: Any
    missed: Any
    cost: Any


class Ranked(NamedTuple):
    """Weapons by rising price per damage, for one target.

    Attributes
    ----------
    damage, ratio, room : ``-ln(1 - p)``, price per damage, rounds there are.
    largest : the largest damage from here on.
    """

    damage: Any
    ratio: Any
    room: Any
    largest: Any


@scalar
def salvo_bound(survives, spent, first, left, copies, n, ranked):  # type: ignore[no-untyped-def]
    """Least cost of a salvo that goes on with weapons `first` to `n` in fractions of rounds.

    Parameters
    ----------
    survives : value that survives so far.
    spent : price of the rounds so far.
    left : how many more rounds the target may get.
    copies : rounds of weapon `first` that the salvo already has.
    n : how many weapons are `ranked`.
    """
    damage, ratio, room, largest = ranked
    may = left * largest[first]
    for k in range(first, n):
        if survives <= ratio[k]:
            break
        whole = (room[k] - copies) * damage[k]
        copies = 0
        take = min(whole, may)
        if ratio[k] > 0.0:
            take = min(take, math.log(survives / ratio[k]))
        survives *= math.exp(-take)
        spent += ratio[k] * take
        may -= take
        if take < whole:
            break
    return survives + spent


@worker
def cheapest_salvos(targets, price, order, low, high, found, whole, real):  # type: ignore[no-untyped-def]
    """Find the cheapest salvo per target; exact but for `SAME` of the target's value.

    Parameters
    ----------
    targets : Targets.
    price : (weapons,) 0 or more.
    order : (targets, weapons) weapons by rising price per damage.
    low, high : (targets, weapons) fewest and most rounds.
    found : Cheapest, filled.
    whole, real : scratch, (6, n) of int and (5, n) of float; n is one more than the larger of the
        number of weapons and the most rounds that a target can get.
    """
    value, damage, most = targets
    salvo, missed, cost = found
    which, room, path, following = whole[0], whole[1], whole[2], whole[3]
    copies, best_path = whole[4], whole[5]
    a, ratio, largest, alive, paid = real[0], real[1], real[2], real[3], real[4]
    ranked = Ranked(a, ratio, room, largest)
    n_targets, n_weapons = damage.shape
    for j in range(n_targets):
        survives, spent, left = value[j], 0.0, most[j]
        for i in range(n_weapons):
            salvo[j, i] = low[j, i]
            if low[j, i] > 0:
                survives *= math.exp(-low[j, i] * damage[j, i])
                spent += low[j, i] * price[i]
                left -= low[j, i]
        missed[j], cost[j] = survives, survives + spent
        if left <= 0:
            continue
        sure, n, deepest = -1, 0, 0
        for m in range(n_weapons):
            i = order[j, m]
            if high[j, i] <= low[j, i] or damage[j, i] <= 0.0:
                continue
            if damage[j, i] == math.inf:
                if sure < 0 or price[i] < price[sure]:
                    sure = i
            elif price[i] < survives * (1.0 - math.exp(-damage[j, i])):
                which[n], a[n] = i, damage[j, i]
                ratio[n] = price[i] / damage[j, i]
                room[n] = high[j, i] - low[j, i]
                deepest += room[n]
                n += 1
        largest[n] = 0.0
        for k in range(n - 1, -1, -1):
            largest[k] = max(a[k], largest[k + 1])
        deepest = min(deepest, left)
        alive[0], paid[0], following[0] = survives, spent, 0
        depth, best_depth = 0, 0
        while depth >= 0:
            k = following[depth]
            if k >= n or depth >= deepest:
                depth -= 1
                continue
            held = copies[depth] if depth > 0 and path[depth] == k else 0
            bound = salvo_bound(alive[depth], paid[depth], k, left - depth, held, n, ranked)
            if bound >= cost[j] - SAME * value[j]:
                depth -= 1
                continue
            following[depth] = k + 1
            if held >= room[k]:
                continue
            depth += 1
            path[depth], copies[depth], following[depth] = k, held + 1, k
            alive[depth] = alive[depth - 1] * math.exp(-a[k])
            paid[depth] = paid[depth - 1] + price[which[k]]
            if alive[depth] + paid[depth] < cost[j]:
                cost[j], missed[j] = alive[depth] + paid[depth], alive[depth]
                best_depth = depth
                for d in range(1, depth + 1):
                    best_path[d] = which[path[d]]
        if sure >= 0 and spent + price[sure] < cost[j]:
            cost[j], missed[j] = spent + price[sure], 0.0
            salvo[j, sure] += 1
        else:
            for d in range(1, best_depth + 1):
                salvo[j, best_path[d]] += 1


@worker
def first_plan(value, kill, most, left, plan, alive, whole, rest):  # type: ignore[no-untyped-def]
    """Fill `plan` by greatest marginal return, then by moves and exchanges while they gain.

    Parameters
    ----------
    value : (targets,)
    kill : (targets, weapons) probabilities.
    most : (targets,) most rounds at the target.
    left : (weapons,) rounds; counted down.
    plan : (targets, weapons) filled; zeros to begin with.
    alive, whole : scratch, (targets,) of float and (2, targets) of int.
    rest : a gain that is less than this is none.
    """
    n_targets, n_weapons = kill.shape
    shots, best = whole[0], whole[1]
    for j in range(n_targets):
        alive[j], shots[j] = value[j], 0
        best[j] = best_weapon(kill, left, j)
    while True:
        chosen, gain = -1, 0.0
        for j in range(n_targets):
            if best[j] >= 0 and shots[j] < most[j] and alive[j] * kill[j, best[j]] > gain:
                chosen, gain = j, alive[j] * kill[j, best[j]]
        if chosen < 0:
            break
        i = best[chosen]
        plan[chosen, i] += 1
        shots[chosen] += 1
        left[i] -= 1
        alive[chosen] *= 1.0 - kill[chosen, i]
        if left[i] == 0:
            for j in range(n_targets):
                if best[j] == i:
                    best[j] = best_weapon(kill, left, j)
    for _ in range(ROUNDS_OF_EXCHANGE):
        gained = False
        for i in range(n_weapons):
            for j in range(n_targets):
                if plan[j, i] == 0 or kill[j, i] >= 1.0:
                    continue
                loss = alive[j] * kill[j, i] / (1.0 - kill[j, i])  # when the round is withdrawn
                for k in range(n_targets):
                    if plan[j, i] == 0:
                        break
                    if k == j:
                        continue
                    if shots[k] < most[k] and alive[k] * kill[k, i] > loss + rest:
                        plan[j, i] -= 1
                        plan[k, i] += 1
                        shots[j] -= 1
                        shots[k] += 1
                        alive[j] /= 1.0 - kill[j, i]
                        alive[k] *= 1.0 - kill[k, i]
                        gained = True
                        break
                    for m in range(n_weapons):
                        if plan[k, m] == 0 or m == i or kill[k, m] >= 1.0:
                            continue
                        new_j = alive[j] * (1.0 - kill[j, m]) / (1.0 - kill[j, i])
                        new_k = alive[k] * (1.0 - kill[k, i]) / (1.0 - kill[k, m])
                        if new_j + new_k < alive[j] + alive[k] - rest:
                            plan[j, i] -= 1
                            plan[k, i] += 1
                            plan[k, m] -= 1
                            plan[j, m] += 1
                            alive[j], alive[k] = new_j, new_k
                            gained = True
                            break
                    if plan[j, i] == 0:
                        break
                    loss = alive[j] * kill[j, i] / (1.0 - kill[j, i])
        if not gained:
            break


@scalar
def best_weapon(kill, left, j):  # type: ignore[no-untyped-def]
    """The weapon with rounds left that is likeliest to kill target `j`; -1 for none."""
    best = -1
    for i in range(left.shape[0]):
        if left[i] > 0 and kill[j, i] > 0.0 and (best < 0 or kill[j, i] > kill[j, best]):
            best = i
    return best
