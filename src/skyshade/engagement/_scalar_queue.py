"""A binary heap of events, earliest first; at the same time, lowest code first."""

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
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            when[other] < when[child] or (when[other] == when[child] and what[other] < what[child])
        ):
            child = other
        if time < when[child] or (time == when[child] and code <= what[child]):
            break
        when[i], what[i] = when[child], what[child]
        i = child
    when[i], what[i] = time, code
    return size
