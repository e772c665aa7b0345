"""Vertical geometry of a ray over a sphere of the effective radius, as pure scalar functions.

Legend: h altitude of the point (m MSL), h0 altitude of the antenna, d geodesic distance (m),
inv_r = 1 / (k R) with R the Euler radius of curvature in the ray's azimuth and k the refraction
factor, th = d inv_r the angle at the centre, t tangent of the elevation angle above the
antenna's horizontal.

    t = (h - h0) / ((R' + h) sin th) - tan(th / 2),   R' = k R

The series below are cut so that their altitude error stays under 0.02 m to 600 km and 1.5 m to
1500 km. They need no division by th and no library calls, so a compiler can vectorise them.
"""

from skyshade._jit import f4, scalar

OVERHEAD = f4(1e9)  # masking altitude (m) where nothing is in view at any altitude


@scalar
def elevation_tangent(h, h0, d, inv_r):  # type: ignore[no-untyped-def]
    """Tangent of the elevation angle of a point at altitude `h`, distance `d`."""
    th = d * inv_r
    th2 = th * th
    rise = (h - h0) * (f4(1.0) - h * inv_r) * (f4(1.0) + th2 * f4(1 / 6)) / d
    return rise - th * (f4(0.5) + th2 * f4(1 / 24))


@scalar
def altitude_on_ray(t, h0, d, inv_r):  # type: ignore[no-untyped-def]
    """Altitude at distance `d` of the ray that leaves the antenna with tangent `t`.

    The inverse of :func:`elevation_tangent`; `OVERHEAD` where the ray is so steep that it never
    gets that far round the Earth.
    """
    th = d * inv_r
    th2 = th * th
    q = (t + th * (f4(0.5) + th2 * f4(1 / 24))) * th * (f4(1.0) - th2 * f4(1 / 6))
    h = h0 + (h0 + f4(1.0) / inv_r) * q / (f4(1.0) - q)
    return h if q < f4(1.0) else OVERHEAD
