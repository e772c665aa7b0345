"""Tables of features: types that do not depend on the run, longitudes within 180 degrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from affine import Affine
from rasterio import CRS

from skyshade.export.about import About
from skyshade.export.layers import PROPERTIES, Layer
from skyshade.export.tables import layer_table, write_geopackage
from skyshade.export.vector import outline, unrolled, within_180
from skyshade.terrain.geodesy import ring
from skyshade.terrain.model import Grid

EVENT = {"event": "launch", "t_s": 3, "target": None, "unit": None, "meets_t_s": None}
ABOUT = About("Made up", "Events.", "None.", illustrative=True)


def layer(*rows: dict[str, Any]) -> Layer:
    return Layer("events", "Events.", tuple((shapely.Point(75, 31), row) for row in rows))


def test_types_of_columns_do_not_depend_on_the_run() -> None:
    """Two runs of which one has no target, no unit and whole seconds only: their parts fit."""
    empty = layer_table(layer(EVENT))
    full = layer_table(layer(EVENT | {"target": "t1", "unit": "u", "t_s": 3.25, "meets_t_s": 9.5}))
    assert empty.schema == full.schema
    assert pa.concat_tables([empty, full]).num_rows == 2
    assert empty.schema.field("unit").type == pa.string()
    assert empty.schema.field("t_s").type == pa.float64()


def test_a_column_without_a_value_reaches_the_geopackage(tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    write_geopackage(tmp_path / "a.gpkg", [layer(EVENT)], ABOUT)
    info = pyogrio.read_info(tmp_path / "a.gpkg", layer="events")
    assert list(info["fields"]) == list(EVENT)
    assert dict(zip(info["fields"], info["dtypes"], strict=True))["meets_t_s"] == "float64"


def test_every_property_has_one_type() -> None:
    assert set(PROPERTIES.values()) == {str, bool, int, float}


def test_areas_across_the_antimeridian_are_cut_there() -> None:
    circle = within_180(shapely.Polygon(unrolled(ring(179.5, -17.0, 100e3, 90))))
    assert circle.geom_type == "MultiPolygon" and len(circle.geoms) == 2
    west, _, east, _ = circle.bounds
    assert west == -180 and east == 180
    whole = shapely.Polygon(unrolled(ring(0.0, -17.0, 100e3, 90)))
    assert circle.area == pytest.approx(whole.area, rel=1e-9)
    assert within_180(whole) is whole


def test_outlines_on_a_grid_beyond_180_degrees_are_cut_there() -> None:
    grid = Grid(Affine(0.1, 0, 179.0, 0, -0.1, -16.0), CRS.from_epsg(4326).to_wkt(), (20, 20))
    area = outline(np.ones((20, 20), bool), grid)
    assert area.bounds == (-180, -18, 180, -16)
    assert area.area == pytest.approx(4.0, rel=1e-3)
    plain = outline(np.ones((20, 20), bool), grid.window(0, -100, (20, 20)))
    assert plain.geom_type == "MultiPolygon" and len(plain.geoms) == 1
