"""The data formats and their writers; pictures are written by `skyshade.report.pictures`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import shapely

from skyshade.export.acmi import write_acmi
from skyshade.export.content import Export
from skyshade.export.coverage import write_counts, write_masking
from skyshade.export.czml import write_czml
from skyshade.export.kml import kml_bytes, write_kmz
from skyshade.export.tables import write_geopackage, write_geoparquet
from skyshade.export.vector import write_geojson

Writer = Callable[[Export, Path], None]


def _geotiff(export: Export, folder: Path) -> None:
    home, about = folder / "geotiff", export.about
    home.mkdir()
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": about.description,
        "TIFFTAG_COPYRIGHT": about.rights,
        "TIFFTAG_DOCUMENTNAME": about.title,
        "illustrative": about.as_text()["illustrative"],
    }
    write_masking(export.case.coverage, home, tags)
    write_counts(export.case.coverage, home, tags)


def _geopackage(export: Export, folder: Path) -> None:
    write_geopackage(folder / f"{export.case.scenario.name}.gpkg", export.layers, export.about)


def _geojson(export: Export, folder: Path) -> None:
    """A file per layer. RFC 7946 counts heights from the ellipsoid, so they stay properties."""
    (folder / "geojson").mkdir()
    for layer in export.layers:
        features = [(shapely.force_2d(shape), p) for shape, p in layer.features]
        about = {"name": layer.name, "layer": layer.title} | export.about.as_dict()
        write_geojson(folder / "geojson" / f"{layer.name}.geojson", features, about)


def _kml(export: Export, folder: Path) -> None:
    (folder / f"{export.case.scenario.name}.kml").write_bytes(
        kml_bytes(export.layers, export.about)
    )


def _kmz(export: Export, folder: Path) -> None:
    write_kmz(folder / f"{export.case.scenario.name}.kmz", kml_bytes(export.layers, export.about))


def _czml(export: Export, folder: Path) -> None:
    write_czml(folder / "czml", export.layers, export.about, export.moving)


def _acmi(export: Export, folder: Path) -> None:
    assert export.moving is not None
    write_acmi(folder / f"{export.case.scenario.name}.txt.acmi", export.moving, export.about)


def _parquet(export: Export, folder: Path) -> None:
    write_geoparquet(folder / "parquet", export.layers, export.about)


WRITERS: dict[str, Writer] = {
    "geotiff": _geotiff,
    "geopackage": _geopackage,
    "geojson": _geojson,
    "kml": _kml,
    "kmz": _kmz,
    "czml": _czml,
    "acmi": _acmi,
    "parquet": _parquet,
}
