"""The line-of-sight sweep on the CPU.

A *fan* is one quarter of all azimuths. Its rays cross one grid line after another (rows in the
north and south fans, columns in the east and west fans), one step per line. The bilinear surface
has its creases on grid lines, so sampling there misses none of them, and the masking altitude of a
cell is interpolated between the two neighbouring rays only. A *block* is `RAYS_PER_BLOCK`
neighbouring rays and the unit of parallel work. Its rays advance together, so that they share
cache lines and each inner loop is a short run of arithmetic that vectorises. Rays split twice as
they spread: every fourth ray walks up to line `split_lines[0]`, every second up to
`split_lines[1]`, and all of them beyond.

On each line the cells are written first, from what stands in front of them; only then does the
line itself raise the horizon. A point on the ground therefore never hides itself.

Positions come from a table of true geodesics (`rays.py`). It holds the minor grid coordinate (the
one that changes from post to post on a line) and the distance, at the edges and the middle of each
block, on every few lines. Between these knots positions are quadratic across the block and linear
along the rays.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from skyshade._jit import driver, f4, prange, scalar
from skyshade.terrain._scalar import altitude_on_ray, elevation_tangent

RAYS_PER_BLOCK = 256
ON_LINE = 0.01  # cells; anything this near to a grid line stands on it


class Ground(NamedTuple):
    """The DEM as one fan crosses it, line by line.

    Attributes
    ----------
    z : flat heights (m MSL), int16 or float32.
    nodata, has_nodata : the value of unknown posts, and whether there are any.
    outside : height of posts beyond the DEM (m MSL, float32): 0 for open sea, NaN for unknown.
    posts : number of posts on a line.
    line_stride, post_stride : distance in `z` from one line, one post, to the next.
    """

    z: Any
    nodata: Any
    has_nodata: bool
    outside: Any
    posts: int
    line_stride: int
    post_stride: int


class Fan(NamedTuple):
    """The rays of one quarter of the azimuths.

    Attributes
    ----------
    lines_are_rows, sign : which grid lines the rays cross, and in which direction.
    first_line, first_fraction, n_lines : the first line beyond the antenna, the fraction of a cell
        up to it, and the number of lines.
    antenna_minor : minor grid coordinate of the antenna.
    split_lines : (2,) the lines at which the number of rays doubles.
    spacing : lines from one knot of the tables to the next.
    minor, dist : (2 blocks + 1, knots) minor grid coordinate and distance (m).
    inv_radius : (2 blocks + 1,) reciprocal effective radius per ray (1/m).
    """

    lines_are_rows: bool
    sign: int
    first_line: int
    first_fraction: float
    n_lines: int
    antenna_minor: float
    split_lines: Any
    spacing: int
    minor: Any
    dist: Any
    inv_radius: Any


class View(NamedTuple):
    """What the antenna serves (float32 but for the lines).

    Attributes
    ----------
    h0 : altitude of the antenna (m MSL).
    t_floor : tangent of the lowest elevation that it serves.
    max_range : m.
    exact_lines : up to this line the surface between lines counts too (`_walk_cells`).
    """

    h0: Any
    t_floor: Any
    max_range: Any
    exact_lines: int


class Place(NamedTuple):
    """Where the rays of a block meet a line: (a, b, c) of a + b i + c i^2 for ray i.

    Attributes
    ----------
    minor, dist : minor grid coordinate; distance (m).
    """

    minor: Any
    dist: Any


class Rays(NamedTuple):
    """The n + 1 rays of a block on one line; the last of them is the first of the next block.

    Attributes
    ----------
    n : number of spaces between them.
    line : index in `Ground.z` of the line's first post.
    place : where they meet the line.
    minor_end : minor coordinate of the last ray, to the last bit that of the next block's first.
    inv_r : (a, b) of the reciprocal effective radius a + b i (1/m).
    """

    n: int
    line: int
    place: Place
    minor_end: float
    inv_r: Any


class Piece(NamedTuple):
    """One ray from the line before (b) to this line (c).

    Attributes
    ----------
    b, c : minor grid coordinate at both ends.
    fraction : of a cell, between the start of the piece and the line (1 but for the first line).
    start, length : distance of the start from the antenna (m), and length (m).
    inv_r : reciprocal effective radius (1/m, float32).
    """

    b: float
    c: float
    fraction: float
    start: float
    length: float
    inv_r: Any


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
def _value(quadratic, i):  # type: ignore[no-untyped-def]
    return quadratic[0] + i * (quadratic[1] + i * quadratic[2])


@scalar
def _single(quadratic):  # type: ignore[no-untyped-def]
    """The same coefficients in single precision."""
    return f4(quadratic[0]), f4(quadratic[1]), f4(quadratic[2])


@scalar
def _rays_on_line(ground, fan, block, j, n):  # type: ignore[no-untyped-def]
    """The rays of a block on line `j`."""
    r0 = fan.inv_radius[2 * block]
    return Rays(
        n,
        (fan.first_line + fan.sign * j) * ground.line_stride,
        Place(
            _quadratic(fan.minor, block, j, fan.spacing, n),
            _quadratic(fan.dist, block, j, fan.spacing, n),
        ),
        _knot(fan.minor, 2 * block + 2, j, fan.spacing),
        (r0, (fan.inv_radius[2 * block + 2] - r0) / n),
    )


@scalar
def _split(tops, place, n):  # type: ignore[no-untyped-def]
    """Twice as many rays, each new one with the mean horizon of its neighbours; their place."""
    for i in range(n, -1, -1):
        tops[2 * i] = tops[i]
    for i in range(n):
        tops[2 * i + 1] = f4(0.5) * (tops[2 * i] + tops[2 * i + 2])
    minor, dist = place.minor, place.dist
    return Place((minor[0], minor[1] / 2, minor[2] / 4), (dist[0], dist[1] / 2, dist[2] / 4))


@scalar
def _nearest(rays):  # type: ignore[no-untyped-def]
    """Distance (m) of the nearest of the first, middle and last ray on a line."""
    dist, n = rays.place.dist, rays.n
    return min(dist[0], _value(dist, n), _value(dist, 0.5 * n))


@scalar
def _sample_line(ground, rays, heights, work):  # type: ignore[no-untyped-def]
    """Terrain heights under the rays on one grid line; NaN where the terrain is not known.

    The posts under the block are read once, each as the height there and the step to the next.
    Index arithmetic, gather and interpolation are separate loops, because only then do they
    vectorise.
    """
    m0, m1, m2 = rays.place.minor
    n = rays.n
    z, nodata, outside = ground.z, ground.nodata, ground.outside
    first = math.floor(m0)
    # one post beyond the cell of the last ray, and one more: in single precision it may round up
    count = math.floor(m0 + n * (m1 + n * m2)) - first + 3
    posts, steps, cells, parts = work.posts, work.steps, work.cells, work.parts
    start = min(max(0, -first), count)
    end = max(min(count, ground.posts - first), start)
    for p in range(start):
        posts[p] = outside
    stride = np.uint64(ground.post_stride)
    base = np.uint64(rays.line + (first + start) * ground.post_stride)
    for p in range(end - start):
        posts[start + p] = z[base + np.uint64(p) * stride]
    if ground.has_nodata:
        for p in range(end - start):
            if z[base + np.uint64(p) * stride] == nodata:
                posts[start + p] = np.nan
    for p in range(end, count):
        posts[p] = outside
    for p in range(count - 1):
        steps[p] = posts[p + 1] - posts[p]
    origin, m1, m2 = f4(m0 - first), f4(m1), f4(m2)
    for i in range(n + 1):
        x = f4(i)
        c = origin + x * (m1 + x * m2)
        cells[i] = np.int32(c)
        parts[i] = c - f4(np.int32(c))
    for i in range(n + 1):
        k = np.uint64(np.uint32(cells[i]))
        heights[i] = posts[k] + parts[i] * steps[k]


@scalar
def _raise_horizon(rays, h0, heights, tops):  # type: ignore[no-untyped-def]
    """Running maximum of the elevation tangent; +inf from the first unknown height on."""
    d0, d1, d2 = _single(rays.place.dist)
    r0, r1 = f4(rays.inv_r[0]), f4(rays.inv_r[1])
    for i in range(rays.n + 1):
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
def _corners(ground, at, step):  # type: ignore[no-untyped-def]
    """Heights (m MSL) of a cell's two posts on the line before and on this line; NaN if unknown."""
    z, nodata, stride = ground.z, ground.nodata, ground.post_stride
    near_back, far_back = z[at - step], z[at - step + stride]
    near, far = z[at], z[at + stride]
    if ground.has_nodata and (
        near_back == nodata or far_back == nodata or near == nodata or far == nodata
    ):
        return f4(np.nan), f4(np.nan), f4(np.nan), f4(np.nan)
    return f4(near_back), f4(far_back), f4(near), f4(far)


@scalar
def _is_below(ground, piece, line, step, h0, top):  # type: ignore[no-untyped-def]
    """True if even the highest post around a piece, put where it shows best, is below `top`.

    For DEMs without unknown posts.
    """
    left = max(int(min(piece.b, piece.c)), 0)
    right = min(int(max(piece.b, piece.c)) + 1, ground.posts - 1)
    z, stride = ground.z, ground.post_stride
    peak = f4(z[line + left * stride])
    for post in range(left, right + 1):
        peak = max(peak, f4(z[line + post * stride]), f4(z[line - step + post * stride]))
    d = f4(max(piece.start if peak > h0 else piece.start + piece.length, 1.0))
    gain = (d - f4(piece.start)) * piece.inv_r  # what curvature takes off up to `d`
    return elevation_tangent(peak, h0, d, piece.inv_r) + gain < top


@scalar
def _walk_piece(ground, piece, line, step, h0, top):  # type: ignore[no-untyped-def]
    """The horizon `top` raised by one piece of ray, and the tangent of a crossing at its end.

    The end itself does not raise `top`: the cells there are written first. The ray may cross a line
    of the other family so near to the end that this is the very post to be written; the tangent of
    such a crossing is returned apart (-inf if there is none).

    Inside a cell z = near_back + along u + v (across + twist u), u and v in [0, 1] along and
    across the lines. A ray that leaves the DEM is followed to the outermost post.
    """
    b, c, stride, edge = piece.b, piece.c, ground.post_stride, ground.posts - 1
    first = max(math.floor(min(b, c)) + 1, 0)
    last = min(math.ceil(max(b, c)) - 1, edge)
    crossings = max(last - first + 1, 0)
    shift, v0 = c - b, 1.0 - piece.fraction
    q_a, h_a, at_end = 0.0, 0.0, f4(-np.inf)
    for k in range(crossings + 1 if 0.0 <= c <= edge else crossings):
        q_b = 1.0
        if k < crossings:
            q_b = ((first + k if shift > 0.0 else last - k) - b) / shift
        cell = min(int(b + 0.5 * (q_a + q_b) * shift), edge - 1)
        near_back, far_back, near, far = _corners(ground, line + cell * stride, step)
        along, across = far_back - near_back, near - near_back
        twist = far - near - along
        if twist != twist:
            return f4(np.inf), at_end  # one of the four posts is not known
        if k == 0:
            h_a = near_back + along * (b - cell) + v0 * (across + twist * (b - cell))
        u, v = b + q_b * shift - cell, v0 + q_b * piece.fraction
        h_b = near_back + along * u + v * (across + twist * u)
        d_a, d_b = piece.start + q_a * piece.length, piece.start + q_b * piece.length
        if k < crossings and d_b > 0.0:
            t = elevation_tangent(f4(h_b), h0, f4(d_b), piece.inv_r)
            if q_b < 1.0 - ON_LINE:
                top = max(top, t)
            else:
                at_end = t
        bulge = -twist * shift * piece.fraction * (q_b - q_a) ** 2
        x = _highest_between(h_a, h_b, bulge, d_a, d_b, h0)
        if x > 0.0:
            h = h_a + (h_b - h_a) * x + bulge * x * (1.0 - x)
            d = d_a + (d_b - d_a) * x
            top = max(top, elevation_tangent(f4(h), h0, f4(d), piece.inv_r))
        q_a, h_a = q_b, h_b
    return top, at_end


@scalar
def _walk_cells(ground, rays, before, step, fraction, h0, heights, tops):  # type: ignore[no-untyped-def]
    """Raise the horizon by the exact bilinear surface between the last line and this one.

    Near the antenna a metre is a large angle, so the points where a ray crosses the other family
    of grid lines count, and so do bulges inside cells. `before` is the rays' place on the last
    line, `step` the distance in the DEM from there, `fraction` the part of a cell in between. A
    crossing on the line itself counts as a height under the ray there.
    """
    r0, r1 = f4(rays.inv_r[0]), f4(rays.inv_r[1])
    for i in range(rays.n + 1):
        b, c = _value(before.minor, i), _value(rays.place.minor, i)
        if not 0.0 <= b <= ground.posts - 1:
            continue
        start = _value(before.dist, i)
        length = _value(rays.place.dist, i) - start
        piece = Piece(b, c, fraction, start, length, r0 + f4(i) * r1)
        # usually nothing here can rise above the horizon
        if ground.has_nodata or not _is_below(ground, piece, rays.line, step, h0, tops[i]):
            tops[i], at_end = _walk_piece(ground, piece, rays.line, step, h0, tops[i])
            if at_end > -np.inf:
                h = altitude_on_ray(at_end, h0, f4(start + length), piece.inv_r)
                heights[i] = h if h > heights[i] else heights[i]  # NaN stays NaN


@scalar
def _write_cells(ground, rays, view, tops, work, out):  # type: ignore[no-untyped-def]
    """Masking altitude of the cells between the first and the last ray of a block on one line.

    `tops` is what stands in front of the line.
    """
    m0, n = rays.place.minor[0], rays.n
    start = max(math.ceil(m0), 0)
    end = min(math.ceil(rays.minor_end), ground.posts)
    count = end - start
    if count <= 0:
        return
    chord = (rays.minor_end - m0) / n
    x0, per_cell = f4((start - m0) / chord), f4(1.0 / chord)
    bend = f4(rays.place.minor[2] / chord)
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
    d0, d1, d2 = _single(rays.place.dist)
    r0, r1 = f4(rays.inv_r[0]), f4(rays.inv_r[1])
    h0, max_range = view.h0, view.max_range
    for k in range(count):
        x = f4(cells[k]) + parts[k]
        d = d0 + x * (d1 + x * d2)
        h = altitude_on_ray(found[k], h0, d, r0 + x * r1)
        h = h if found[k] < f4(np.inf) else f4(np.inf)  # unknown, or NaN where both rays are
        found[k] = h if d <= max_range else f4(np.nan)
    z, nodata = ground.z, ground.nodata
    stride = np.uint64(ground.post_stride)
    base = np.uint64(rays.line + start * ground.post_stride)
    if ground.has_nodata:
        for k in range(count):
            height = z[base + np.uint64(k) * stride]
            if found[k] == found[k] and (height == nodata or height != height):
                found[k] = np.inf
    for k in range(count):
        at = base + np.uint64(k) * stride
        height, h = f4(z[at]), found[k]
        if h == h:
            out[at] = height if h < height else h


@driver
def fill(out, value):  # type: ignore[no-untyped-def]
    """Set a flat array to one value, its fresh pages touched by all cores."""
    for i in prange(out.shape[0]):
        out[i] = value


@driver
def sweep_fan(ground, fan, view, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the masking altitude of every cell that one fan of rays reaches.

    Parameters
    ----------
    ground, fan, view : :class:`Ground`, :class:`Fan`, :class:`View`.
    out : flat result (float32, m MSL), laid out as `ground.z`. It keeps its value where no ray
        comes within range; +inf marks unknown posts and cells behind unknown terrain.
    """
    step = fan.sign * ground.line_stride
    n_blocks = (fan.minor.shape[0] - 1) // 2
    for block in prange(n_blocks):
        tops = np.full(RAYS_PER_BLOCK + 1, view.t_floor)
        heights = np.empty(RAYS_PER_BLOCK + 1, np.float32)
        widest = (fan.minor[2 * block + 2] - fan.minor[2 * block]).max()
        size = max(int(widest), RAYS_PER_BLOCK) + 6
        work = Work(
            np.empty(size, np.float32),
            np.empty(size, np.float32),
            np.empty(size, np.int32),
            np.empty(size, np.float32),
        )
        level = 0
        n = RAYS_PER_BLOCK // 4
        before = Place((fan.antenna_minor, 0.0, 0.0), (0.0, 0.0, 0.0))
        for j in range(fan.n_lines):
            while level < 2 and j >= fan.split_lines[level]:
                before = _split(tops, before, n)
                n *= 2
                level += 1
            rays = _rays_on_line(ground, fan, block, j, n)
            if _nearest(rays) > view.max_range:
                break
            _sample_line(ground, rays, heights, work)
            if j < view.exact_lines:
                fraction = fan.first_fraction if j == 0 else 1.0
                _walk_cells(ground, rays, before, step, fraction, view.h0, heights, tops)
                before = rays.place
            _write_cells(ground, rays, view, tops, work, out)
            _raise_horizon(rays, view.h0, heights, tops)
