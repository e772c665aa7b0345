"""A binary heap of events, earliest first; at the same time, lowest code first."""

import math

from skyshade._jit import scalar


@scalar
def push(when, what, size, time, code):  # type: ignore[no-untyped-def]
    """Add an event to the heap in `when` (s) and `what` (codes); returns the new size."""
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if when[up] < time or (when[up] == time and what[up] <= code):
            break
        when[i], what[i] = when[up], what[up]
        i = up
    when[i], what[i] = time, code
    return size + 1


@scalar
def drop_first(when, what, size):  # type: ignore[no-untyped-def]
    """Remove the first event (at index 0); returns the new size."""
    size -= 1
    time, code = when[size], what[size]
    when[size] = math.inf  # a child that is none never comes first
    i, child = 0, 1
    while child < size:
        other = child + 1  # no branch between the two: its outcome could not be predicted
        same = when[other] == when[child]
        child += int((when[other] < when[child]) | (same & (what[other] < what[child])))
        if time < when[child] or (time == when[child] and code <= what[child]):
            break
        when[i], what[i] = when[child], what[child]
        i, child = child, 2 * child + 1
    when[i], what[i] = time, code
    return size
