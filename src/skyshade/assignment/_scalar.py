"""Which unit takes which target, as a pure scalar function.

Targets one after the other take the unit that adds most to the whole, also where that means that
a target already given to a unit moves on to another (an augmenting path). Every target gets at
most one unit, so none goes free while another is served twice, and the total benefit is the
largest possible.

Reference: J. Edmonds and R. M. Karp, Theoretical improvements in algorithmic efficiency for
network flow problems, J. ACM 19, 1972 (successive best augmentation stays optimal).
"""

from skyshade._jit import scalar

SAME = 1e-12  # relative; less than this is no gain, so rounding cannot make a loop


@scalar
def best_assignment(benefit, n_targets, room, chosen, gain, entry, via):  # type: ignore[no-untyped-def]
    """Fill `chosen` with a unit per target, -1 for none; returns how many were given one.

    Parameters
    ----------
    benefit : (targets, units) what it is worth; 0 or less: cannot.
    n_targets : rows of it that count.
    room : (units,) how many more targets each can take; counted down.
    chosen : (targets,) filled.
    gain, entry, via : scratch, (units,) of float, int and int.
    """
    n_units = room.shape[0]
    given = 0
    for k in range(n_targets):
        chosen[k] = -1
    while given < n_targets:
        for i in range(n_units):
            gain[i], entry[i], via[i] = 0.0, -1, -1
        for k in range(n_targets):
            if chosen[k] < 0:
                for i in range(n_units):
                    if benefit[k, i] > gain[i]:
                        gain[i], entry[i] = benefit[k, i], k
        for _ in range(n_units - 1 if given else 0):  # a path visits a unit once
            moved = False
            for k in range(n_targets):
                i = chosen[k]
                if i < 0 or not gain[i] > 0.0:
                    continue
                for other in range(n_units):
                    if other == i or not benefit[k, other] > 0.0:
                        continue
                    better = gain[i] + benefit[k, other] - benefit[k, i]
                    if better > gain[other] and better - gain[other] > SAME * better:
                        gain[other], via[other] = better, k
                        moved = True
            if not moved:
                break
        last = -1
        for i in range(n_units):
            if room[i] > 0 and gain[i] > 0.0 and (last < 0 or gain[i] > gain[last]):
                last = i
        if last < 0:
            break
        room[last] -= 1
        given += 1
        i = last
        for _ in range(n_units):
            k = via[i]
            if k < 0:
                break
            before = chosen[k]
            chosen[k] = i
            i = before
        chosen[entry[i]] = i
    return given
