"""Points on geodesics on the CPU."""

from skyshade._jit import driver, prange


@driver
def sum_series(series, ray, at, out):  # type: ignore[no-untyped-def]
    """out (2, points): longitude and latitude by Clenshaw's recurrence.

    Parameters
    ----------
    series : (2, rays, terms) coefficients of Chebyshev polynomials.
    ray : (points,) whose. at : (points,) where, -1 to 1.
    """
    for i in prange(out.shape[1]):
        x2 = 2.0 * at[i]
        for k in range(2):
            near, far = 0.0, 0.0
            for n in range(series.shape[2] - 1, 0, -1):
                near, far = series[k, ray[i], n] + x2 * near - far, near
            out[k, i] = series[k, ray[i], 0] + at[i] * near - far
