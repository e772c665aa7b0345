"""The line-of-sight sweep on the CPU.

A *fan* is a quarter of all azimuths: the rays that cross grid line after grid line (rows for the
north and south fans, columns for the others), one step per line, so that terrain is sampled
exactly on grid lines, where the bilinear surface has its creases, and a cell's masking altitude is
interpolated only across two neighbouring rays. A *block* is `RAYS_PER_BLOCK` neighbouring rays,
the unit of parallel work; its rays advance together, so that they share cache lines and each inner
loop is a short run of plain arithmetic that vectorises. Rays split twice as they spread: up to
`split_lines[0]` every fourth ray walks, up to `split_lines[1]` every second.

Positions come from a table of true geodesics (`rays.py`): minor grid coordinate and distance at
the edges and the middle of each block on every few lines; quadratic across the block, linear
along it.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import prange

from skyshade._jit import driver, f4, scalar
from skyshade.terrain._scalar import altitude_on_ray, elevation_tangent

RAYS_PER_BLOCK = 256


class Work(NamedTuple):
    """Scratch rows of one block."""

    posts: Any  # float32, heights of posts; later altitudes of cells
    steps: Any  # float32, from each post to the next
    cells: Any  # int32
    parts: Any  # float32, fractions of a cell or of a ray's spacing


@scalar
def _knot(table, row, j, spacing):  # type: ignore[no-untyped-def]
    """Table value of one ray on line `j` (linear between knots, `spacing` lines apart)."""
    k = j // spacing
    w = (j - k * spacing) / spacing
    return table[row, k] + w * (table[row, k + 1] - table[row, k])


@scalar
def _quadratic(table, block, j, spacing, n):  # type: ignore[no-untyped-def]
    """Coefficients (a, b, c) of value(i) = a + b i + c i^2 over the n + 1 rays of a block."""
    first = _knot(table, 2 * block, j, spacing)
    middle = _knot(table, 2 * block + 1, j, spacing)
    last = _knot(table, 2 * block + 2, j, spacing)
    return (
        first,
        (4.0 * middle - 3.0 * first - last) / n,
        2.0 * (first + last - 2.0 * middle) / (n * n),
    )


@scalar
def _sample_line(  # type: ignore[no-untyped-def]
    z, line, stride, n_minor, m0, m1, m2, n, nodata, has_nodata, outside, heights, work
):
    """Terrain heights under n rays on one grid line; NaN where the terrain is not known.

    The posts under the block are read once, each as the height there and the step to the next.
    Index arithmetic, gather and interpolation are loops of their own: only so do they vectorise.
    """
    first = math.floor(m0)
    # one post beyond the cell of the last ray, and one more: in single precision it may round up
    count = math.floor(m0 + (n - 1) * (m1 + (n - 1) * m2)) - first + 3
    posts, steps, cells, parts = work.posts, work.steps, work.cells, work.parts
    start = min(max(0, -first), count)
    end = max(min(count, n_minor - first), start)
    for p in range(start):
        posts[p] = outside
    base, stride = np.uint64(line + (first + start) * stride), np.uint64(stride)
    for p in range(end - start):
        posts[start + p] = z[base + np.uint64(p) * stride]
    if has_nodata:
        for p in range(end - start):
            if z[base + np.uint64(p) * stride] == nodata:
                posts[start + p] = np.nan
    for p in range(end, count):
        posts[p] = outside
    for p in range(count - 1):
        steps[p] = posts[p + 1] - posts[p]
    origin, m1, m2 = f4(m0 - first), f4(m1), f4(m2)
    for i in range(n):
        x = f4(i)
        c = origin + x * (m1 + x * m2)
        cells[i] = np.int32(c)
        parts[i] = c - f4(np.int32(c))
    for i in range(n):
        k = np.uint64(np.uint32(cells[i]))
        heights[i] = posts[k] + parts[i] * steps[k]


@scalar
def _raise_horizon(heights, h0, d0, d1, d2, r0, r1, n, tops):  # type: ignore[no-untyped-def]
    """Running maximum of the elevation tangent; +inf from the first unknown height on."""
    for i in range(n):
        x = f4(i)
        h = heights[i]
        t = elevation_tangent(h, h0, d0 + x * (d1 + x * d2), r0 + x * r1)
        t = t if h == h else f4(np.inf)
        tops[i] = t if t > tops[i] else tops[i]


@scalar
def _highest_between(h_a, h_b, bulge, d_a, d_b, h0):  # type: ignore[no-untyped-def]
    """Where on a piece of ray inside one cell the elevation angle peaks: x in (0, 1), or -1.

    Inside a cell the surface along the ray is h(x) = h_a + (h_b - h_a) x + bulge x (1 - x); only a
    positive bulge can rise above both ends. x solves d/dx [(h(x) - h0) / d(x)] = 0.
    """
    if bulge <= 0.0:
        return -1.0
    p = d_a / (d_b - d_a)
    q = ((h_b - h_a + bulge) * p - (h_a - h0)) / bulge
    if q <= 0.0:
        return -1.0
    x = math.sqrt(p * p + q) - p
    return x if x < 1.0 else -1.0


@scalar
def _is_void(height, nodata):  # type: ignore[no-untyped-def]
    return height == nodata or height != height


@scalar
def _walk_cells(  # type: ignore[no-untyped-def]
    z,
    line,
    step,
    stride,
    n_minor,
    fraction,
    now,
    before,
    dist_now,
    dist_before,
    h0,
    r0,
    r1,
    n,
    nodata,
    has_nodata,
    tops,
):
    """The exact bilinear surface between the last line and this one, cell by cell.

    Near the antenna a metre is a large angle, so the points where a ray crosses the other family
    of grid lines count, and so do bulges inside cells. `fraction` of a cell lies between the
    start of this step and the line.
    """
    v0 = 1.0 - fraction
    for i in range(n):
        c = now[0] + i * (now[1] + i * now[2])
        b = before[0] + i * (before[1] + i * before[2])
        low, high = min(b, c), max(b, c)
        if low < 0.0 or high > n_minor - 1:
            continue
        d_start = dist_before[0] + i * (dist_before[1] + i * dist_before[2])
        d_step = dist_now[0] + i * (dist_now[1] + i * dist_now[2]) - d_start
        if not has_nodata:  # nothing here can rise above the horizon: the usual case
            left, right = int(low), min(int(high) + 1, n_minor - 1)
            peak = f4(z[line + left * stride])
            for post in range(left, right + 1):
                peak = max(peak, f4(z[line + post * stride]), f4(z[line - step + post * stride]))
            d = f4(max(d_start if peak > h0 else d_start + d_step, 1.0))
            inv_r = r0 + f4(i) * r1
            if elevation_tangent(peak, h0, d, inv_r) + (d - f4(d_start)) * inv_r < tops[i]:
                continue
        first = math.floor(low) + 1
        crossings = max(math.ceil(high) - first, 0)
        q_a, h_a = 0.0, 0.0
        for k in range(crossings + 1):
            q_b = 1.0
            if k < crossings:
                post = first + k if c > b else first + crossings - 1 - k
                q_b = (post - b) / (c - b)
            cell = min(int(b + 0.5 * (q_a + q_b) * (c - b)), n_minor - 2)
            near, far = line + cell * stride, line + (cell + 1) * stride
            z_near, z_far = z[near], z[far]
            z_near_back, z_far_back = z[near - step], z[far - step]
            if has_nodata and (
                _is_void(z_near, nodata)
                or _is_void(z_far, nodata)
                or _is_void(z_near_back, nodata)
                or _is_void(z_far_back, nodata)
            ):
                tops[i] = np.inf
                break
            along = f4(z_far_back) - f4(z_near_back)
            across = f4(z_near) - f4(z_near_back)
            twist = f4(z_far) - f4(z_near) - along
            if k == 0:
                h_a = z_near_back + along * (b - cell) + v0 * (across + twist * (b - cell))
            u, v = b + q_b * (c - b) - cell, v0 + q_b * fraction
            h_b = z_near_back + along * u + v * (across + twist * u)
            d_a, d_b = d_start + q_a * d_step, d_start + q_b * d_step
            if k < crossings and d_b > 0.0:
                tops[i] = max(tops[i], elevation_tangent(f4(h_b), h0, f4(d_b), r0 + f4(i) * r1))
            bulge = -twist * (c - b) * fraction * (q_b - q_a) ** 2
            x = _highest_between(h_a, h_b, bulge, d_a, d_b, h0)
            if x > 0.0:
                h = h_a + (h_b - h_a) * x + bulge * x * (1.0 - x)
                d = d_a + (d_b - d_a) * x
                tops[i] = max(tops[i], elevation_tangent(f4(h), h0, f4(d), r0 + f4(i) * r1))
            q_a, h_a = q_b, h_b


@scalar
def _write_cells(  # type: ignore[no-untyped-def]
    z, line, stride, n_minor, m0, m_end, m2, d0, d1, d2, h0, r0, r1, n, tops, max_range, work, out
):
    """Masking altitude of the cells between the first and the last ray of a block on one line."""
    start = max(math.ceil(m0), 0)
    end = min(math.ceil(m_end), n_minor)
    count = end - start
    if count <= 0:
        return
    chord = (m_end - m0) / n
    x0, per_cell, bend = f4((start - m0) / chord), f4(1.0 / chord), f4(m2 / chord)
    last, found, cells, parts = np.int32(n - 1), work.posts, work.cells, work.parts
    for k in range(count):
        x = x0 + f4(k) * per_cell
        x -= bend * x * (x - f4(n))
        ray = max(min(np.int32(x), last), np.int32(0))
        cells[k] = ray
        parts[k] = x - f4(ray)
    for k in range(count):
        i = np.uint64(np.uint32(cells[k]))
        found[k] = tops[i] + parts[k] * (tops[i + np.uint64(1)] - tops[i])
    for k in range(count):
        x = f4(cells[k]) + parts[k]
        d = d0 + x * (d1 + x * d2)
        h = altitude_on_ray(found[k], h0, d, r0 + x * r1)
        h = h if found[k] < f4(np.inf) else f4(np.inf)  # unknown, or NaN where both rays are
        found[k] = h if d <= max_range else f4(np.nan)
    base, stride = np.uint64(line + start * stride), np.uint64(stride)
    for k in range(count):
        at = base + np.uint64(k) * stride
        ground, h = f4(z[at]), found[k]
        if h == h:
            out[at] = ground if h < ground else h


@driver
def fill(out, value):  # type: ignore[no-untyped-def]
    """Set a flat array to one value, its fresh pages touched by all cores."""
    for i in prange(out.shape[0]):
        out[i] = value


@driver
def sweep_fan(  # type: ignore[no-untyped-def]
    z,
    nodata,
    has_nodata,
    outside,
    n_minor,
    major_stride,
    stride,
    first_line,
    sign,
    first_fraction,
    n_lines,
    antenna_minor,
    spacing,
    minor_table,
    dist_table,
    inv_radius,
    split_lines,
    exact_lines,
    h0,
    t_floor,
    max_range,
    out,
):
    """Fill `out` with the masking altitude of every cell that one fan of rays reaches.

    Parameters
    ----------
    z, out : flat DEM and flat result (float32, m MSL), `major_stride` from one line to the next,
        `stride` from one post to the next on a line. `out` keeps its value where no ray comes
        within `max_range`; +inf marks cells behind unknown terrain.
    outside : height of posts beyond the DEM, 0 for open sea, NaN for unknown.
    first_line, sign, first_fraction, n_lines : the first grid line beyond the antenna, the
        direction of travel, the fraction of a cell up to it, and how many lines there are.
    spacing : lines from one knot of the tables to the next.
    minor_table, dist_table : (2 blocks + 1, knots) minor coordinate and distance (m).
    inv_radius : (2 blocks + 1,) reciprocal effective radius per ray (1/m).
    exact_lines : so many lines out the surface between lines counts too (`_walk_cells`).
    h0 : antenna altitude (m MSL); t_floor : tangent of the lowest elevation the antenna serves.
    """
    n_blocks = (minor_table.shape[0] - 1) // 2
    h0, outside = f4(h0), f4(outside)
    reach = f4(max_range)
    for block in prange(n_blocks):
        tops = np.full(RAYS_PER_BLOCK + 1, f4(t_floor))
        heights = np.empty(RAYS_PER_BLOCK + 1, np.float32)
        widest = (minor_table[2 * block + 2] - minor_table[2 * block]).max()
        size = max(int(widest), RAYS_PER_BLOCK) + 6
        work = Work(
            np.empty(size, np.float32),
            np.empty(size, np.float32),
            np.empty(size, np.int32),
            np.empty(size, np.float32),
        )
        level = 0
        n = RAYS_PER_BLOCK // 4
        before, dist_before = (antenna_minor, 0.0, 0.0), (0.0, 0.0, 0.0)
        for j in range(n_lines):
            while level < 2 and j >= split_lines[level]:
                for i in range(n, -1, -1):
                    tops[2 * i] = tops[i]
                for i in range(n):
                    tops[2 * i + 1] = f4(0.5) * (tops[2 * i] + tops[2 * i + 2])
                before = (before[0], before[1] / 2, before[2] / 4)
                dist_before = (dist_before[0], dist_before[1] / 2, dist_before[2] / 4)
                n *= 2
                level += 1
            m0, m1, m2 = _quadratic(minor_table, block, j, spacing, n)
            d0, d1, d2 = _quadratic(dist_table, block, j, spacing, n)
            ends = d0 + n * (d1 + n * d2)
            if min(d0, ends, d0 + n * (0.5 * d1 + 0.25 * n * d2)) > max_range:
                break
            r0 = inv_radius[2 * block]
            r1 = (inv_radius[2 * block + 2] - r0) / n
            line = (first_line + sign * j) * major_stride
            m_end = _knot(
                minor_table, 2 * block + 2, j, spacing
            )  # the next block's m0, to the last bit
            _sample_line(
                z,
                line,
                stride,
                n_minor,
                m0,
                m1,
                m2,
                n + 1,
                nodata,
                has_nodata,
                outside,
                heights,
                work,
            )
            if j < exact_lines:
                _walk_cells(
                    z,
                    line,
                    sign * major_stride,
                    stride,
                    n_minor,
                    first_fraction if j == 0 else 1.0,
                    (m0, m1, m2),
                    before,
                    (d0, d1, d2),
                    dist_before,
                    h0,
                    f4(r0),
                    f4(r1),
                    n + 1,
                    nodata,
                    has_nodata,
                    tops,
                )
                before, dist_before = (m0, m1, m2), (d0, d1, d2)
            d0, d1, d2, r0, r1 = f4(d0), f4(d1), f4(d2), f4(r0), f4(r1)
            _raise_horizon(heights, h0, d0, d1, d2, r0, r1, n + 1, tops)
            _write_cells(
                z,
                line,
                stride,
                n_minor,
                m0,
                m_end,
                m2,
                d0,
                d1,
                d2,
                h0,
                r0,
                r1,
                n,
                tops,
                reach,
                work,
                out,
            )
