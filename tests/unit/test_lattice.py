"""The lattice of the map: where its cells are, and what a frame holds."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import Transformer

from skyshade.terrain.dem import crop, load_dem
from skyshade.terrain.geodesy import ring
from skyshade.web.lattice import (
    MAX_CELLS,
    NEVER,
    NO_GROUND,
    OUTSIDE,
    UNKNOWN,
    Window,
    encode_altitude,
    frame,
    latitude_deg,
    make_lattice,
    mercator_deg,
)

DEM = load_dem("globe30-south-asia")
CELL = 1 / 120


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A reader of frames, written from their description alone."""
    size = int.from_bytes(data[:4], "little")
    assert (4 + size) % 8 == 0
    head = json.loads(data[4 : 4 + size])
    arrays = {}
    for entry in head["arrays"]:
        _, _, columns, rows = entry["window"]
        dtype = np.dtype(entry["dtype"]).newbyteorder("<")
        assert entry["offset"] % 8 == 0
        values = np.frombuffer(data, dtype, rows * columns, entry["offset"])
        arrays[entry["name"]] = values.reshape(rows, columns)
    return head, arrays


def test_mercator_is_that_of_web_maps() -> None:
    lat = np.array([-60.0, 0.0, 28.6, 40.0])
    _, y = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(lat, lat)
    half_turn = math.pi * 6378137.0
    assert mercator_deg(lat) == pytest.approx(y / half_turn * 180.0, abs=1e-9)
    assert latitude_deg(mercator_deg(lat)) == pytest.approx(lat, abs=1e-12)


def test_it_covers_the_terrain_and_stays_small() -> None:
    bounds = DEM.grid.bounds()
    lattice = make_lattice(bounds, CELL)
    assert lattice.columns * lattice.rows <= MAX_CELLS
    lon, lat = lattice.centres(lattice.whole)
    step = lattice.step_deg
    assert 0 <= lon[0] - step / 2 - bounds[0] <= CELL and abs(lon[-1] - bounds[2]) < 1.5 * step
    assert abs(lat[0, 0] - bounds[3]) < step and abs(lat[-1, 0] - bounds[1]) < 1.5 * step
    fine = make_lattice((75.0, 30.0, 76.0, 31.0), CELL)
    assert fine.step_deg == CELL  # small terrain is shown as it is


def test_cells_hold_the_height_of_their_nearest_post() -> None:
    lattice = make_lattice(DEM.grid.bounds(), CELL)
    window: Window = (900, 600, 40, 30)
    lon, lat = lattice.centres(window)
    found = lattice.sample(DEM.grid, DEM.heights, window)
    for r, c in ((0, 0), (13, 29), (29, 39)):
        col, row = DEM.grid.colrow(lon[c], lat[r, 0])
        assert found[r, c] == DEM.heights[round(float(row)), round(float(col))]


def test_a_window_holds_the_whole_ring_and_little_more() -> None:
    lattice = make_lattice(DEM.grid.bounds(), CELL)
    col, row, columns, rows = lattice.around(76.0, 25.0, 300e3)
    lon, lat = lattice.centres((col, row, columns, rows))
    outline, half = ring(76.0, 25.0, 300e3), lattice.step_deg / 2
    west, east = outline[:, 0].min(), outline[:, 0].max()
    south, north = outline[:, 1].min(), outline[:, 1].max()
    assert lon[0] - half <= west < lon[1] and lon[-2] < east <= lon[-1] + half
    assert lat[-2, 0] > south >= lat[-1, 0] - half and lat[1, 0] < north <= lat[0, 0] + half


def test_a_window_ends_where_the_lattice_does() -> None:
    lattice = make_lattice(DEM.grid.bounds(), CELL)
    col, row, columns, rows = lattice.around(89.5, 39.5, 400e3)
    assert col + columns == lattice.columns and row == 0 and rows > 0


def test_altitudes_are_coded_on_the_safe_side() -> None:
    given = np.array([-420.0, 0.0, 99.2, 70_000.0, np.nan, np.inf, 1e9], np.float32)
    assert encode_altitude(given).tolist() == [80, 500, 600, 65_000, OUTSIDE, UNKNOWN, NEVER]
    assert encode_altitude(given[2:3], lowest=False).tolist() == [599]


def test_a_frame_is_read_back() -> None:
    a = np.arange(15, dtype=np.uint16).reshape(3, 5)
    b = np.array([[NO_GROUND, 8848]], np.int16)
    head, arrays = unpack(frame({"id": "é"}, {"a": ((2, 1, 5, 3), a), "b": ((0, 0, 2, 1), b)}))
    assert head["id"] == "é" and head["arrays"][0]["window"] == [2, 1, 5, 3]
    assert np.array_equal(arrays["a"], a) and np.array_equal(arrays["b"], b)


def test_cropped_terrain_is_the_same_terrain() -> None:
    part = crop(DEM, 76.0, 31.0, 50e3)
    assert part.heights.size < 0.01 * DEM.heights.size
    lon, lat = np.array([75.6, 76.0, 76.4]), np.array([31.3, 31.0, 30.7])
    assert part.height_at(lon, lat) == pytest.approx(DEM.height_at(lon, lat), abs=1e-6)
