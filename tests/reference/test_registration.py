"""The embedded elevation model stands where the Earth is: against airports and summits.

The trap is half a cell (450 m): its posts stand on whole multiples of 30 arc-seconds, and reading
them as cells whose *corners* stand there moves all mountains by half a cell to the south-east.
"""

from __future__ import annotations

from dataclasses import replace

import airportsdata
import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray

from skyshade.terrain.dem import load_dem
from skyshade.terrain.library import EMBEDDED
from skyshade.terrain.model import Dem

CELL = 1 / 120
FOOT_M = 0.3048
DIAGONALS = [(0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5)]

# Degrees, minutes, seconds north and east of summits, as encyclopaedias and gazetteers give them;
# good to a few arc-seconds, a tenth of a cell.
SUMMITS = {
    "Mount Everest": ((27, 59, 17), (86, 55, 31)),
    "K2": ((35, 52, 57), (76, 30, 48)),
    "Dhaulagiri": ((28, 41, 54), (83, 29, 15)),
    "Nanga Parbat": ((35, 14, 15), (74, 35, 21)),
    "Nanda Devi": ((30, 22, 33), (79, 58, 15)),
    "Rakaposhi": ((36, 8, 33), (74, 29, 21)),
    "Kamet": ((30, 55, 12), (79, 35, 30)),
    "Tirich Mir": ((36, 15, 19), (71, 50, 30)),
    "Noshaq": ((36, 25, 57), (71, 49, 43)),
    "Kailash": ((31, 4, 3), (81, 18, 42)),
    "Anamudi": ((10, 10, 10), (77, 3, 42)),
    "Pidurutalagala": ((7, 0, 3), (80, 46, 26)),
    "Adam's Peak": ((6, 48, 34), (80, 29, 58)),
}


@pytest.fixture(scope="module")
def dem() -> Dem:
    return load_dem(EMBEDDED)


@pytest.fixture(scope="module")
def airports(dem: Dem) -> NDArray[np.float64]:
    """(lon, lat, published elevation in m) where the terrain varies and is not known to be bad."""
    found = []
    for airport in airportsdata.load("ICAO").values():
        lon, lat, feet = airport["lon"], airport["lat"], airport["elevation"]
        if not (60.1 < lon < 89.8 and 5.1 < lat < 39.9) or feet == 0:
            continue
        if any(w <= lon < e and s <= lat < n for w, s, e, n in dem.poor_cells):
            continue
        col, row = (round(float(v)) for v in dem.grid.colrow(lon, lat))
        if np.ptp(dem.heights[row - 2 : row + 3, col - 2 : col + 3]) >= 30:
            found.append((lon, lat, feet * FOOT_M))
    return np.array(found)


def rms_error_m(dem: Dem, airports: NDArray[np.float64]) -> float:
    """Root mean square of DEM minus airport; single errors count for 200 m at most."""
    error = dem.height_at(airports[:, 0], airports[:, 1]) - airports[:, 2]
    return float(np.sqrt(np.mean(np.minimum(np.abs(error), 200.0) ** 2)))


def moved(dem: Dem, cols: float, rows: float) -> Dem:
    """The same heights, so many cells farther east and south."""
    return replace(
        dem, grid=replace(dem.grid, transform=dem.grid.transform @ Affine.translation(cols, rows))
    )


def summit_offsets(dem: Dem) -> NDArray[np.float64]:
    """(summits, 2): columns and rows from each published summit to the highest post near it."""
    offsets = []
    for north, east in SUMMITS.values():
        lat, lon = (d + m / 60 + s / 3600 for d, m, s in (north, east))
        col, row = (float(v) for v in dem.grid.colrow(lon, lat))
        c, r = round(col), round(row)
        near = dem.heights[r - 2 : r + 3, c - 2 : c + 3]
        top = np.unravel_index(near.argmax(), near.shape)
        offsets.append((top[1] - 2 + c - col, top[0] - 2 + r - row))
    return np.array(offsets)


def test_posts_stand_on_whole_arc_seconds(dem: Dem) -> None:
    assert dem.grid.shape == (4201, 3600)
    lon, lat = dem.grid.lonlat([0, 3599], [0, 4200])
    assert np.allclose(lon, [60.0, 90 - CELL], rtol=0, atol=1e-9)
    assert np.allclose(lat, [40.0, 5.0], rtol=0, atol=1e-9)


def test_airports_are_where_the_model_has_their_height(
    dem: Dem, airports: NDArray[np.float64]
) -> None:
    """A shift by half a cell along any diagonal makes the fit worse, by 5 to 25 %."""
    assert len(airports) > 150
    as_it_is = rms_error_m(dem, airports)
    assert as_it_is < 50.0
    for cols, rows in DIAGONALS:
        assert rms_error_m(moved(dem, cols, rows), airports) > 1.03 * as_it_is, (cols, rows)


def test_summits_are_where_they_are_published(dem: Dem) -> None:
    """The highest post is off by a fraction of a cell, to no side: median below a quarter cell."""
    assert (np.abs(np.median(summit_offsets(dem), axis=0)) < 0.25).all()
    for cols, rows in DIAGONALS:  # and this would notice half a cell
        median = np.median(summit_offsets(moved(dem, cols, rows)), axis=0)
        assert (np.abs(median) > 0.25).any(), (cols, rows)
