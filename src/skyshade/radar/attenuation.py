"""Attenuation by atmospheric gases: Recommendation ITU-R P.676, line by line, then along a ray."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.errors import InputError
from skyshade.radar.model import EARTH_RADIUS_M, check_freq
from skyshade.terrain.model import EFFECTIVE_EARTH

RHO0_G_M3, RHO_SCALE_M = 7.5, 2_000.0  # water vapour of the mean global atmosphere, ITU-R P.835
TOP_M = 80_000.0  # above it absorption is negligible
# Layers of the reference atmosphere (ITU-R P.835, which follows the U.S. Standard Atmosphere
# 1976): base (km', geopotential), temperature (K), lapse (K/km'), pressure (hPa)
_LAYERS = (
    (0.0, 288.15, -6.5, 1013.25),
    (11.0, 216.65, 0.0, 226.3226),
    (20.0, 216.65, 1.0, 54.74980),
    (32.0, 228.65, 2.8, 8.680422),
    (47.0, 270.65, 0.0, 1.109106),
    (51.0, 270.65, -2.8, 0.6694167),
    (71.0, 214.65, -2.0, 0.03956649),
)


def reference_atmosphere(
    alt_m: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Dry pressure (hPa), temperature (K), water vapour (g/m3) of the mean global atmosphere.

    ITU-R P.835-6 below 84 km: total pressure and temperature of the U.S. Standard Atmosphere
    1976, vapour density 7.5 exp(-h / 2 km). P.676 asks for the pressure of dry air: the vapour's
    own pressure e = rho T / 216.7 is taken off.

    Parameters
    ----------
    alt_m : altitude (m MSL), held between -500 m and the top of the table.

    Returns
    -------
    Arrays of the shape of `alt_m`.
    """
    z = np.clip(np.asarray(alt_m, float), -500.0, TOP_M) / 1000.0
    h = 6356.766 * z / (6356.766 + z)
    base, t0, lapse, p0 = (np.array(column) for column in zip(*_LAYERS, strict=True))
    i = np.clip(np.searchsorted(base, h, side="right") - 1, 0, len(base) - 1)
    temperature = t0[i] + lapse[i] * (h - base[i])
    with np.errstate(divide="ignore", invalid="ignore"):
        graded = (t0[i] / temperature) ** (34.1632 / lapse[i])
    flat = np.exp(-34.1632 * (h - base[i]) / t0[i])
    pressure = p0[i] * np.where(lapse[i] == 0.0, flat, graded)
    rho = RHO0_G_M3 * np.exp(-z * 1000.0 / RHO_SCALE_M)
    return pressure - rho * temperature / 216.7, temperature, rho


def specific_attenuation(
    freq_hz: ArrayLike, dry_pressure_hpa: ArrayLike, temperature_k: ArrayLike, rho_g_m3: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Attenuation per kilometre by oxygen (with dry continuum) and by water vapour, dB/km.

    All arguments broadcast. Valid from 1 to 1000 GHz; below 1 GHz the same lines are used, where
    gases absorb next to nothing.

    Parameters
    ----------
    freq_hz : Hz.
    dry_pressure_hpa : of the air without its vapour (hPa).
    temperature_k : K.
    rho_g_m3 : density of the water vapour (g/m3).

    Raises
    ------
    InputError : a frequency no radar uses, with a hint if GHz were given as Hz.

    References
    ----------
    Recommendation ITU-R P.676-12 (08/2019), Annex 1, equations 1 to 9, Tables 1 and 2.

    Examples
    --------
    The ITU's validation example has 0.008698 and 0.009535 dB/km:

    >>> oxygen, vapour = specific_attenuation(12e9, 1013.25, 288.15, 7.5)
    >>> float(oxygen.round(6)), float(vapour.round(6))
    (0.008698, 0.009535)
    """
    for f in np.unique(np.asarray(freq_hz, float)):
        check_freq(float(f))
    f, p, t, rho = (
        a[..., None]
        for a in np.broadcast_arrays(
            np.asarray(freq_hz, float) / 1e9, dry_pressure_hpa, temperature_k, rho_g_m3
        )
    )
    theta, e = 300.0 / t, rho * t / 216.7
    f0, a1, a2, a3, a4, a5, a6 = _lines("oxygen")
    width = a3 * 1e-4 * (p * theta ** (0.8 - a4) + 1.1 * e * theta)
    width = np.sqrt(width**2 + 2.25e-6)
    overlap = (a5 + a6 * theta) * 1e-4 * (p + e) * theta**0.8
    strength = a1 * 1e-7 * p * theta**3 * np.exp(a2 * (1.0 - theta))
    oxygen = (strength * _shape(f, f0, width, overlap)).sum(axis=-1)
    f0, b1, b2, b3, b4, b5, b6 = _lines("water_vapour")
    width = b3 * 1e-4 * (p * theta**b4 + b5 * e * theta**b6)
    width = 0.535 * width + np.sqrt(0.217 * width**2 + 2.1316e-12 * f0**2 / theta)
    strength = b1 * 0.1 * e * theta**3.5 * np.exp(b2 * (1.0 - theta))
    vapour = (strength * _shape(f, f0, width, 0.0)).sum(axis=-1)
    f, p, theta, e = f[..., 0], p[..., 0], theta[..., 0], e[..., 0]
    d = 5.6e-4 * (p + e) * theta**0.8
    continuum = (
        f
        * p
        * theta**2
        * (
            6.14e-5 / (d * (1.0 + (f / d) ** 2))
            + 1.4e-12 * p * theta**1.5 / (1.0 + 1.9e-5 * f**1.5)
        )
    )
    return 0.1820 * f * (oxygen + continuum), 0.1820 * f * vapour


def _shape(
    f: NDArray[np.float64],
    f0: NDArray[np.float64],
    width: NDArray[np.float64],
    overlap: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Line shape, equation 5."""
    near, far = f0 - f, f0 + f
    below: NDArray[np.float64] = (width - overlap * near) / (near**2 + width**2)
    above: NDArray[np.float64] = (width - overlap * far) / (far**2 + width**2)
    return f / f0 * (below + above)


@functools.cache
def _lines(gas: str) -> tuple[NDArray[np.float64], ...]:
    text = (resources.files("skyshade.radar") / "data" / "p676_lines.csv").read_text()
    rows = [r.split(",")[1:] for r in text.splitlines() if r.split(",")[0] == gas]
    return tuple(np.array(rows, float).T)


@dataclass(frozen=True)
class PathAttenuation:
    """One-way gaseous attenuation (dB) between an antenna near the ground and a target.

    Attributes
    ----------
    range_m, alt_m : (n_r,) ground ranges and (n_h,) altitudes above the antenna's, both from 0,
        evenly spaced.
    one_way_db : (n_h, n_r).
    """

    range_m: NDArray[np.float64]
    alt_m: NDArray[np.float64]
    one_way_db: NDArray[np.float64]

    def at(self, range_m: ArrayLike, alt_m: ArrayLike) -> NDArray[np.float64]:
        """Attenuation (dB), bilinear; beyond the table the value at its edge, scaled with range.

        Parameters
        ----------
        range_m : ground range (m).
        alt_m : altitude of the target above the antenna (m); broadcast against each other.
        """
        from scipy.ndimage import map_coordinates

        r, h = np.broadcast_arrays(np.asarray(range_m, float), np.asarray(alt_m, float))
        inside = np.minimum(r.ravel(), self.range_m[-1])
        where = [h.ravel() / self.alt_m[1], inside / self.range_m[1]]
        value: NDArray[np.float64] = map_coordinates(
            self.one_way_db, where, order=1, mode="nearest"
        )
        beyond = np.maximum(r.ravel() / self.range_m[-1], 1.0)
        scaled: NDArray[np.float64] = (value * beyond).reshape(r.shape)
        return scaled


@functools.lru_cache(32)
def path_attenuation(
    freq_hz: float,
    antenna_msl_m: float = 0.0,
    max_range_m: float = 1_000_000.0,
    k_factor: float = EFFECTIVE_EARTH,
) -> PathAttenuation:
    """The table for one frequency and antenna altitude.

    The attenuation of each piece of the ray, at the altitude of the piece, is summed along the
    straight ray over an Earth of k times its radius. A ray that would pass below the ground is
    taken along it.

    Parameters
    ----------
    freq_hz : Hz.
    antenna_msl_m : m MSL.
    max_range_m : of the table (m).
    k_factor : refraction factor.

    Raises
    ------
    InputError : an antenna or a frequency outside the tables.
    """
    if not -500.0 <= antenna_msl_m <= 10_000.0:
        raise InputError(
            "the antenna is outside the atmosphere table",
            field="antenna_msl",
            value=f"{antenna_msl_m:g} m",
            allowed="-500 m to 10 km",
        )
    ranges = np.linspace(0.0, max_range_m, 201)
    alts = np.linspace(0.0, 40_000.0, 81)
    levels = np.linspace(0.0, TOP_M, 1601)
    gamma = sum(specific_attenuation(freq_hz, *reference_atmosphere(levels + antenna_msl_m)))
    radius = k_factor * EARTH_RADIUS_M + antenna_msl_m
    part = (np.arange(48) + 0.5) / 48
    # a straight chord over the effective Earth, in the plane through its centre
    theta = ranges[None, :, None] / radius
    top = radius + alts[:, None, None]
    x, y = top * np.sin(theta), top * np.cos(theta) - radius
    height = np.hypot(part * x, radius + part * y) - radius
    along = np.interp(np.maximum(height, 0.0), levels, gamma)
    length_km = np.hypot(x, y)[..., 0] / 1000.0
    return PathAttenuation(ranges, alts, along.mean(axis=-1) * length_km)


def two_way_log_loss(
    table: PathAttenuation, range_m: ArrayLike, alt_m: ArrayLike
) -> NDArray[np.float64]:
    """Natural logarithm of the two-way transmission factor (never positive).

    Parameters
    ----------
    range_m : ground range (m).
    alt_m : altitude of the target above the antenna (m); broadcast against each other.
    """
    return -2.0 * table.at(range_m, alt_m) * math.log(10.0) / 10.0
