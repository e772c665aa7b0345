"""Line of sight to single points on the CPU: one ray each, through its own geodesic."""

import math

from skyshade._jit import driver, f4, least, most, prange, scalar
from skyshade.terrain._scalar import elevation_tangent

NEAREST_M = 1.0  # nearer than this nothing hides a target
SAFELY = 1.01  # a ray is followed so much farther than where it leaves the terrain below it


@scalar
def _post(ground, row, col):  # type: ignore[no-untyped-def]
    """Height (m MSL) of a post; NaN where it is not known, `outside` beyond the terrain."""
    rows, cols = ground.z.shape
    if row < 0 or col < 0 or row >= rows or col >= cols:
        return ground.outside
    z = ground.z[row, col]
    return f4(math.nan) if ground.has_nodata and z == ground.nodata else f4(z)


@scalar
def _between(near, far, x):  # type: ignore[no-untyped-def]
    return near + f4(x) * (far - near)


@scalar
def _is_clear(ground, path, cross, by_row, ray, last):  # type: ignore[no-untyped-def]
    """Whether known terrain stays below a ray on all lines of the grid of one kind.

    The bilinear surface has its creases there, so its ridges are met exactly.

    Parameters
    ----------
    path : (start, linear, quadratic) of the coordinate that counts the lines, over the share of the
        way. cross : the same of the other.
    ray : antenna (m MSL), tangent, length (m) and 1 / radius. last : share of the way that counts.
    """
    h0, tangent, dist, inv_r = ray
    start, b, a = path
    end = start + b + a
    sign = 1 if end > start else -1
    line = math.floor(start) + 1 if sign > 0 else math.ceil(start) - 1
    while sign * line < sign * end:
        t = (line - start) / (b + a)
        slope = b + 2.0 * a * t
        if slope * sign > 0.1 * abs(b + a):  # else the ray runs along the lines: nothing is gained
            t -= (start + t * (b + t * a) - line) / slope
        t = least(most(t, 0.0), 1.0)
        if t > last:
            return True
        other = cross[0] + t * (cross[1] + t * cross[2])
        k = math.floor(other)
        if by_row:
            near, far = _post(ground, line, k), _post(ground, line, k + 1)
        else:
            near, far = _post(ground, k, line), _post(ground, k + 1, line)
        h = _between(near, far, other - k)
        d = f4(t * dist)
        if d > NEAREST_M and not elevation_tangent(h, h0, d, inv_r) < tangent:
            return False  # hidden, or behind terrain that is not known
        line += sign
    return True


@driver
def see_points(ground, rays, h0, floor, alt, out):  # type: ignore[no-untyped-def]
    """out (points,): whether each point at its altitude is in line of sight.

    Parameters
    ----------
    ground, rays : see `points.Surface` and `points.PointRays`.
    h0 : antenna (m MSL). floor : tangent of the lowest elevation served.
    alt : (points,) m MSL.
    """
    for i in prange(out.shape[0]):
        dist, inv_r = rays.dist[i], f4(rays.inv_radius[i])
        tangent = elevation_tangent(f4(alt[i]), h0, f4(dist), inv_r)
        out[i] = False
        rows, cols = ground.z.shape
        inside = -0.5 < rays.row[i] < rows - 0.5 and -0.5 < rays.col[i] < cols - 0.5
        if not tangent >= floor or not (inside or ground.outside == ground.outside):
            continue
        # height on the ray is about h0 + tangent d + d^2 / 2 R: beyond this it is above all terrain
        rise = 2.0 * most(ground.highest - h0, 0.0) * inv_r
        leaves = (math.sqrt(tangent * tangent + rise) - tangent) / inv_r
        last = SAFELY * leaves / dist
        # quadratic in the share of the way, through start, middle and end of the geodesic
        b_col = -3.0 * rays.col0 + 4.0 * rays.mid_col[i] - rays.col[i]
        b_row = -3.0 * rays.row0 + 4.0 * rays.mid_row[i] - rays.row[i]
        by_col = (rays.col0, b_col, rays.col[i] - rays.col0 - b_col)
        by_row = (rays.row0, b_row, rays.row[i] - rays.row0 - b_row)
        ray = (h0, tangent, dist, inv_r)
        out[i] = _is_clear(ground, by_row, by_col, True, ray, last) and _is_clear(
            ground, by_col, by_row, False, ray, last
        )
