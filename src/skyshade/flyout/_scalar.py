"""Looking up a fly-out table, as pure scalar functions.

Legend: r ground range from the launcher (m), h altitude (m MSL), dr and dh the table's spacings.
"""

import math

from skyshade._jit import scalar


@scalar
def bilinear(table, dr, dh, r, h):  # type: ignore[no-untyped-def]
    """Value of an evenly spaced table (altitude, range) from 0 on; +inf outside it.

    Exactly on a grid line only that line counts, so an edge of the reachable region belongs to it.
    Between grid lines one infinite corner makes the whole cell infinite.
    """
    y = h / dh
    x = r / dr
    if not (y >= 0.0 and x >= 0.0 and y <= table.shape[0] - 1 and x <= table.shape[1] - 1):
        return math.inf
    i = int(y)
    j = int(x)
    fy = y - i
    fx = x - j
    value = float(table[i, j])
    if fx > 0.0:
        value += fx * (table[i, j + 1] - value)
    if fy > 0.0:
        above = float(table[i + 1, j])
        if fx > 0.0:
            above += fx * (table[i + 1, j + 1] - above)
        value += fy * (above - value)
    return value if value < math.inf else math.inf  # inf - inf is not a number


@scalar
def time_of_flight(time_table, d_range, d_alt, range_m, alt_m):  # type: ignore[no-untyped-def]
    """Seconds from launch to a place; +inf where the missile does not get to."""
    return bilinear(time_table, d_range, d_alt, range_m, alt_m)
