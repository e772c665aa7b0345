"""The data formats and their writers; pictures are written by `skyshade.report.pictures`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import shapely

from skyshade.export.acmi import write_acmi
from skyshade.export.case import Case
from skyshade.export.coverage import write_counts, write_masking
from skyshade.export.czml import write_czml
from skyshade.export.kml import kml_bytes, write_kmz
from skyshade.export.tables import write_geopackage, write_geoparquet
from skyshade.export.vector import write_geojson

Writer = Callable[[Case, Path], None]


def _geotiff(case: Case, folder: Path) -> None:
    home, about = folder / "geotiff", case.about
    home.mkdir()
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": about.description,
        "TIFFTAG_COPYRIGHT": about.rights,
        "TIFFTAG_DOCUMENTNAME": about.title,
        "illustrative": about.as_text()["illustrative"],
    }
    write_masking(case.coverage, home, tags)
    write_counts(case.coverage, home, tags)


def _geopackage(case: Case, folder: Path) -> None:
    write_geopackage(folder / f"{case.scenario.name}.gpkg", case.layers, case.about)


def _geojson(case: Case, folder: Path) -> None:
    """A file per layer. RFC 7946 counts heights from the ellipsoid, so they stay properties."""
    (folder / "geojson").mkdir()
    for layer in case.layers:
        features = [(shapely.force_2d(shape), p) for shape, p in layer.features]
        about = {"name": layer.name, "layer": layer.title} | case.about.as_dict()
        write_geojson(folder / "geojson" / f"{layer.name}.geojson", features, about)


def _kml(case: Case, folder: Path) -> None:
    (folder / f"{case.scenario.name}.kml").write_bytes(kml_bytes(case.layers, case.about))


def _kmz(case: Case, folder: Path) -> None:
    write_kmz(folder / f"{case.scenario.name}.kmz", kml_bytes(case.layers, case.about))


def _czml(case: Case, folder: Path) -> None:
    write_czml(folder / "czml", case.layers, case.about, case.moving)


def _acmi(case: Case, folder: Path) -> None:
    assert case.moving is not None
    write_acmi(folder / f"{case.scenario.name}.txt.acmi", case.moving, case.about)


def _parquet(case: Case, folder: Path) -> None:
    write_geoparquet(folder / "parquet", case.layers, case.about)


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
