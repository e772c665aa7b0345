"""Seeded fractal terrain, for benchmarks that anyone can repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin


def write_fractal_dem(path: Path, n: int, cell_m: float = 90.0, seed: int = 1) -> None:
    """An n x n int16 DEM in UTM 43N, 0 to 6000 m, spectrum f^-2 in amplitude."""
    rng = np.random.default_rng(seed)
    f = np.hypot(np.fft.rfftfreq(n)[None, :], np.fft.fftfreq(n)[:, None])
    f[0, 0] = 1.0
    noise = rng.standard_normal(f.shape) + 1j * rng.standard_normal(f.shape)
    z = np.fft.irfft2(noise * f**-2.0 * (f > 1 / 2000), s=(n, n))
    z = (6000 * (z - z.min()) / np.ptp(z)).astype(np.int16)
    half = n * cell_m / 2
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        width=n,
        height=n,
        crs="EPSG:32643",
        transform=from_origin(500_000 - half, 3_800_000 + half, cell_m, cell_m),
    ) as d:
        d.write(z, 1)
