"""Layers as tables: GeoPackage through GDAL, GeoParquet through Arrow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from skyshade.errors import InputError
from skyshade.export.about import EPOCH, About
from skyshade.export.layers import PROPERTIES, Layer

if TYPE_CHECKING:
    import pyarrow as pa

GEOMETRY = "geometry"
LONLAT = "OGC:CRS84"


def layer_table(layer: Layer) -> pa.Table:
    """A row per feature; geometry as WKB in the column `geometry`.

    Types come from `PROPERTIES`, not from the values: a column that happens to be empty, or to hold
    whole numbers only, has the type that it has in every other file.
    """
    import pyarrow as pa

    types = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    _, first = layer.features[0]
    schema = pa.schema([(name, types[PROPERTIES[name]]) for name in first])
    shapes = shapely.to_wkb(_of_one_type(layer), flavor="iso").tolist()
    rows = pa.Table.from_pylist([properties for _, properties in layer.features], schema)
    return rows.append_column(GEOMETRY, pa.array(shapes, pa.binary()))


def geometry_type(layer: Layer) -> str:
    """The one type of the layer's geometries, as GeoParquet and GDAL call it."""
    shape = _of_one_type(layer)[0]
    return f"{shape.geom_type} Z" if shape.has_z else str(shape.geom_type)


def _of_one_type(layer: Layer) -> list[Any]:
    """The geometries, all as multi-polygons if one is."""
    shapes = [shape for shape, _ in layer.features]
    if any(shape.geom_type == "MultiPolygon" for shape in shapes):
        return [shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes]
    return shapes


def need_geopackage() -> Any:
    """The library that writes GeoPackage.

    Raises
    ------
    InputError : it is not installed.
    """
    try:
        import pyogrio
    except ImportError:
        raise InputError(
            "GeoPackage needs the library pyogrio, which is not installed",
            field="--format",
            value="geopackage",
            hint="Install skyshade[export].",
        ) from None
    return pyogrio


def write_geopackage(path: Path, layers: Sequence[Layer], about: About) -> None:
    """All layers in one file, EPSG:4326.

    The date of last change that the format asks for is always `EPOCH`, so that equal contents are
    equal bytes.
    """
    pyogrio = need_geopackage()
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": EPOCH.replace("Z", ".000Z")})
    try:
        for layer in layers:
            pyogrio.write_arrow(
                layer_table(layer),
                path,
                layer=layer.name,
                driver="GPKG",
                geometry_name=GEOMETRY,
                geometry_type=geometry_type(layer),
                crs="EPSG:4326",
                dataset_metadata=about.as_text(),
                layer_options={"DESCRIPTION": f"{layer.title} {about.text}"},
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_geoparquet(folder: Path, layers: Sequence[Layer], about: About) -> None:
    """A GeoParquet 1.1 file per layer, longitude first.

    References
    ----------
    GeoParquet Specification 1.1.0, Open Geospatial Consortium.
    """
    import pyarrow.parquet as pq

    folder.mkdir()
    for layer in layers:
        column = {
            "encoding": "WKB",
            "geometry_types": [geometry_type(layer)],
            "bbox": list(shapely.total_bounds([shape for shape, _ in layer.features])),
        }
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        table = layer_table(layer).replace_schema_metadata(
            {"geo": json.dumps(geo), "layer": layer.title} | about.as_text()
        )
        pq.write_table(table, folder / f"{layer.name}.parquet", compression="zstd")
