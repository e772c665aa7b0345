"""Low-altitude lobing by reflection off the surface. An option, off by default."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.errors import InputError
from skyshade.radar.model import EARTH_RADIUS_M, check_freq
from skyshade.terrain.model import EFFECTIVE_EARTH

LIGHT_MPS = 299_792_458.0


def propagation_factor(
    range_m: ArrayLike,
    antenna_m: float,
    target_m: ArrayLike,
    freq_hz: float,
    *,
    roughness_m: float = 0.3,
    reflectivity: float = 0.95,
    k_factor: float = EFFECTIVE_EARTH,
) -> NDArray[np.float64]:
    """One-way field pattern-propagation factor F over a smooth, curved, slightly rough surface.

    F = |1 + rho exp(i (pi + 2 pi delta / lambda))|; the signal-to-noise ratio of a radar changes
    by F^4. The path difference is that of heights above the tangent plane at the reflection
    point; rho is the surface's reflectivity, reduced by its roughness as
    exp(-2 (2 pi s sin(g) / lambda)^2), s its standard deviation and g the grazing angle.

    Holds for a flat reflecting foreground (sea, plain) inside the horizon; real terrain breaks the
    lobes up, which is why this is off unless asked for. Beyond the horizon F is 0.

    Parameters
    ----------
    range_m, target_m : broadcast; ground range, target height above the surface.
    antenna_m : antenna height above the surface.

    Returns
    -------
    F, between 0 and 2.

    References
    ----------
    L. V. Blake, Radar Range-Performance Analysis, 1980, ch. 6; W. S. Ament, Proc. IRE 41, 1953.
    """
    check_freq(freq_hz)
    if not 0.0 <= roughness_m <= 50.0 or not 0.0 <= reflectivity <= 1.0:
        raise InputError(
            "surface out of bounds",
            field="multipath",
            value=f"roughness {roughness_m:g} m, reflectivity {reflectivity:g}",
            allowed="roughness 0 to 50 m, reflectivity 0 to 1",
        )
    r, h2 = np.broadcast_arrays(np.asarray(range_m, float), np.asarray(target_m, float))
    radius, wavelength = k_factor * EARTH_RADIUS_M, LIGHT_MPS / freq_hz
    # reflection point: fixed point of d1 / d2 = h1' / h2' with heights over the tangent plane
    d1 = r * antenna_m / (antenna_m + h2)
    for _ in range(60):
        low = np.maximum(antenna_m - d1**2 / (2 * radius), 1e-6)
        high = np.maximum(h2 - (r - d1) ** 2 / (2 * radius), 1e-6)
        d1 = 0.5 * d1 + 0.5 * r * low / (low + high)
    grazing = np.arctan2(low + high, np.maximum(r, 1.0))
    delta = 2.0 * low * high / np.maximum(r, 1.0)
    rough = np.exp(-2.0 * (2.0 * math.pi * roughness_m * np.sin(grazing) / wavelength) ** 2)
    rho = reflectivity * rough
    phase = math.pi + 2.0 * math.pi * delta / wavelength
    factor = np.sqrt(1.0 + rho**2 + 2.0 * rho * np.cos(phase))
    horizon = math.sqrt(2 * radius * antenna_m) + np.sqrt(2 * radius * np.maximum(h2, 0.0))
    return np.where(r <= horizon, factor, 0.0)
