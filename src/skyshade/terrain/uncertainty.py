"""Visibility as a probability, when the elevation model has random errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.terrain.geodesy import cell_size_m
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Antenna, Dem, Grid
from skyshade.terrain.sweep import masking_altitude


def error_field(
    grid: Grid, sigma_m: float, correlation_m: float, seed: int, replicate: int
) -> NDArray[np.float32]:
    """One random DEM error (m): Gaussian, standard deviation `sigma_m`, isotropic on the ground.

    Its correlation falls as exp(-(r / correlation_m)^2): white noise smoothed by a Gaussian of
    standard deviation correlation_m / 2. Below half a cell the posts are independent. The stream
    belongs to (seed, replicate) alone. Opposite edges of the grid correlate, which keeps the
    standard deviation the same everywhere.

    Parameters
    ----------
    sigma_m : standard deviation (m).
    correlation_m : distance at which the correlation has fallen to 1/e (m).

    Returns
    -------
    Array of the shape of the grid.
    """
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    stream = np.random.Generator(np.random.Philox(key=[seed, replicate]))
    noise = stream.standard_normal(grid.shape, dtype=np.float32)
    widths = [correlation_m / 2 / size for size in reversed(cell_size_m(grid))]
    if max(widths) < 0.25:  # narrower than a post: nothing to smooth
        return noise * np.float32(sigma_m)
    power = 1.0
    for width in widths:
        impulse = np.zeros(2 * int(5 * width) + 3)
        impulse[len(impulse) // 2] = 1.0
        power *= float((gaussian_filter1d(impulse, width) ** 2).sum())
    smooth: NDArray[np.float32] = gaussian_filter(noise, widths, mode="wrap")
    return smooth * np.float32(sigma_m / np.sqrt(power))


class ErrorModel(NamedTuple):
    """Statistics of the DEM's errors, and the number of random DEMs to sweep.

    Attributes
    ----------
    sigma_m : standard deviation, 0 to 1000 m.
    correlation_m : distance at which the correlation has fallen to 1/e, 0 to 100 km.
    replicates : 1 to 100 000; the Monte-Carlo standard error is sqrt(p (1 - p) / replicates).
    seed : 0 to 2^63 - 1.
    """

    sigma_m: float
    correlation_m: float
    replicates: int = 64
    seed: int = 0

    def check(self) -> None:
        """Raise InputError if a number is out of bounds."""
        for field, value, allowed, good in (
            ("dem_error", f"{self.sigma_m:g} m", "0 to 1000 m", 0 <= self.sigma_m <= 1000),
            (
                "dem_error_correlation",
                f"{self.correlation_m:g} m",
                "0 to 100 km",
                0 <= self.correlation_m <= 1e5,
            ),
            ("replicates", self.replicates, "1 to 100000", 1 <= self.replicates <= 100_000),
            ("seed", self.seed, "0 to 2^63 - 1", 0 <= self.seed < 2**63),
        ):
            if not good:
                raise InputError("out of bounds", field=field, value=value, allowed=allowed)


def visibility_probability(
    dem: Dem,
    antenna: Antenna,
    max_range_m: float,
    altitudes: Sequence[Altitude],
    error: ErrorModel,
    *,
    k_factor: float = EFFECTIVE_EARTH,
    sea_outside: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float32]:
    """Probability that each cell is in line of sight, per altitude, over random DEM errors.

    Each replicate adds an error field to the terrain (antenna and target stand on the erroneous
    ground too, unless the site's ground height is given) and sweeps anew, so correlated errors and
    many near-equal ridges count as they should.

    Parameters
    ----------
    dem : terrain; results are on its grid.
    antenna : position, height above ground, sector and elevation limits.
    max_range_m : geodesic radius served (m), 100 m to 1500 km.
    altitudes : of the target, above ground or above mean sea level.
    error : standard deviation, correlation length, number of random DEMs, seed.
    k_factor : refraction factor, more than 0.1.
    sea_outside : take the world outside the DEM to be open sea, not unknown.
    progress : called with (replicates done, replicates in all).

    Returns
    -------
    (altitudes, rows, columns) float32 : NaN outside range or unknown.

    Raises
    ------
    InputError : a standard deviation, correlation length or number of replicates out of bounds.
    """
    error.check()
    seen = np.zeros((len(altitudes), *dem.grid.shape), np.uint32)
    known = dem.known()
    unsure = np.zeros(dem.grid.shape, bool)
    for replicate in range(error.replicates):
        wrong = dem.heights + error_field(
            dem.grid, error.sigma_m, error.correlation_m, error.seed, replicate
        )
        wrong = np.where(known, wrong, np.float32(np.nan)).astype(np.float32)
        trial = replace(dem, heights=wrong, nodata=None if known.all() else float("nan"))
        masking = masking_altitude(
            trial, antenna, max_range_m, k_factor=k_factor, sea_outside=sea_outside
        )
        unsure |= ~np.isfinite(masking)
        for i, altitude in enumerate(altitudes):
            seen[i] += masking <= altitude.msl(wrong)
        progress(replicate + 1, error.replicates)
    share = seen / np.float32(error.replicates)
    return np.where(unsure, np.float32(np.nan), share).astype(np.float32)
