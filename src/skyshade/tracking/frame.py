"""Local axes at an antenna, and radar measurements turned into them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Frame:
    """East, north and up (m) from a place on the ellipsoid (degrees) at a height (m)."""

    lon: float
    lat: float
    alt_m: float

    def local_m(self, lon: ArrayLike, lat: ArrayLike, alt_m: ArrayLike) -> NDArray[np.float64]:
        """(…, 3) east, north, up of places; heights are taken as above the ellipsoid."""
        return np.stack(self._transformer().transform(lon, lat, alt_m), axis=-1)

    def lonlat(self, local_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """(…, 2) longitude and latitude of places (…, 3)."""
        to = self._transformer().transform(*np.moveaxis(local_m, -1, 0), direction="INVERSE")
        return np.stack(to[:2], axis=-1)

    def _transformer(self) -> Any:
        from pyproj import Transformer

        return Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart "
            f"+ellps=WGS84 +step +proj=topocentric +ellps=WGS84 +lon_0={self.lon!r} "
            f"+lat_0={self.lat!r} +h_0={self.alt_m!r}"
        )


def polar(local_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…, 3) slant range (m), azimuth from north and elevation (rad) of places (…, 3).

    >>> polar(np.array([3.0, 4.0, 0.0])).round(4).tolist()
    [5.0, 0.6435, 0.0]
    """
    east, north, up = np.moveaxis(np.asarray(local_m, float), -1, 0)
    flat = np.hypot(east, north)
    return np.stack([np.hypot(flat, up), np.arctan2(east, north), np.arctan2(up, flat)], axis=-1)


def unbiased(
    measured: NDArray[np.float64], range_sd_m: float, az_sd_rad: float, el_sd_rad: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Local places (…, 3) and covariances (…, 3, 3) from measured range, azimuth and elevation.

    For independent Gaussian errors the mean over measurements of one target is the target's place:
    a plain conversion comes out too near by the share (az_sd^2 + el_sd^2) / 2. The covariance is
    exact at the place that it is worked out for, which is the measured one.

    Parameters
    ----------
    measured : (…, 3) slant range (m), azimuth from north, elevation (rad).

    References
    ----------
    L. Mo, X. Song, Y. Zhou, Z. K. Sun, Y. Bar-Shalom, Unbiased converted measurements for
    tracking, IEEE Trans. AES 34, 1998; for the covariance S. V. Bordonaro, P. Willett,
    Y. Bar-Shalom, Decorrelated unbiased converted measurement Kalman filter, IEEE Trans. AES 50,
    2014.

    Examples
    --------
    >>> place, spread = unbiased(np.array([1e5, 0.0, 0.0]), 100.0, 1e-3, 1e-3)
    >>> np.sqrt(np.diag(spread)).round().tolist(), round(float(place[1] - 1e5), 3)
    ([100.0, 100.0, 100.0], 0.1)
    """
    r, az, el = np.moveaxis(np.asarray(measured, float), -1, 0)
    one_az, one_el = math.exp(-(az_sd_rad**2) / 2), math.exp(-(el_sd_rad**2) / 2)
    # over the errors, the mean of cos(x + error) is one * cos(x), that of cos(2 (x + error)) is
    # two * cos(2 x), and likewise for sines
    two_az, two_el = one_az**4, one_el**4
    plain = np.stack([r * np.cos(el) * np.sin(az), r * np.cos(el) * np.cos(az), r * np.sin(el)], -1)
    scale = np.array([one_az * one_el, one_az * one_el, one_el])
    square = r**2 + range_sd_m**2
    flat = (1 + two_el * np.cos(2 * el)) / 2  # mean of cos^2 of the elevation
    steep = two_el * np.sin(2 * el) / 2  # mean of cos times sin of it
    moment = np.empty((*plain.shape, 3))
    moment[..., 0, 0] = square * flat * (1 - two_az * np.cos(2 * az)) / 2
    moment[..., 1, 1] = square * flat * (1 + two_az * np.cos(2 * az)) / 2
    moment[..., 2, 2] = square * (1 - two_el * np.cos(2 * el)) / 2
    moment[..., 0, 1] = square * flat * two_az * np.sin(2 * az) / 2
    moment[..., 0, 2] = square * steep * one_az * np.sin(az)
    moment[..., 1, 2] = square * steep * one_az * np.cos(az)
    for a, b in ((1, 0), (2, 0), (2, 1)):
        moment[..., a, b] = moment[..., b, a]
    return plain / scale, moment / np.outer(scale, scale) - plain[..., :, None] * plain[
        ..., None, :
    ]
