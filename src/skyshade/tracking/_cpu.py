"""A radar's looks in one replicate, drawn as the raid kernel draws them."""

from typing import Any, NamedTuple

from skyshade._jit import natural, worker
from skyshade.engagement._scalar_plan import N_ALIVE, worker_state
from skyshade.engagement._scalar_random import PHASE, draw
from skyshade.engagement._scalar_track import jamming, look, row_at, threshold_at


class Course(NamedTuple):
    """How the replicate goes for one radar (s).

    Attributes
    ----------
    lost : when the radar is destroyed.
    end : (targets,) when each leaves the air.
    since, until : (targets, times held) from which scan to which the raid holds it: the kernel's
        draws differ between looks at targets that it holds and at others.
    """

    lost: float
    end: Any
    since: Any
    until: Any


@worker
def looks(plan, scratch, key, run, s, course, times, seen):  # type: ignore[no-untyped-def]
    """Fill times (scans,) and seen (scans, targets) for radar s; returns the number of scans.

    Parameters
    ----------
    scratch : of one worker; `start` holds when each target of this replicate starts.
    """
    end, since, until = course.end, course.since, course.until
    st = worker_state(scratch, 0)
    n, k = end.shape[0], 0
    for j in range(n):
        st.block[s, j] = -1
    time = draw(key, run, s, PHASE, 0) * plan.sight.period[s]
    while k < times.shape[0] and time <= plan.rules.duration and time < course.lost:
        times[k] = time
        st.count[N_ALIVE] = 0
        for j in range(n):
            if time < end[j]:
                st.alive[st.count[N_ALIVE]] = j
                st.count[N_ALIVE] += 1
        st.jn[s] = jamming(plan, st, s, time) if plan.sight.noise.shape[0] > 0 else 0.0
        row = row_at(plan, st, s, time)
        for i in range(st.count[N_ALIVE]):
            j = natural(st.alive[i])
            if time >= st.start[j]:
                st.hit[s, j] = -1
                for e in range(since.shape[1]):
                    if since[j, e] < time <= until[j, e]:
                        st.hit[s, j] = 0
                threshold = threshold_at(plan, st, s, row, j, time)
                seen[k, j] = look(st, key, run, s, j, k, threshold)
        k += 1
        time += plan.sight.period[s]
    return k
