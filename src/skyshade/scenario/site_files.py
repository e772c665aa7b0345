"""Places of sites from files that people have: KML and KMZ, GeoJSON, CSV."""

from __future__ import annotations

import math
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from skyshade.csvfile import find_columns, plain_number, read_table, table_text
from skyshade.errors import InputError
from skyshade.yamlfile import DAMAGED_ARCHIVE, MAX_BYTES, load_json, read_bytes

FORMATS = (".kml", ".kmz", ".geojson", ".json", ".csv", ".tsv", ".txt")
COLUMNS = {
    "lon": ("lon", "longitude", "long", "lng", "lon_deg", "x"),
    "lat": ("lat", "latitude", "lat_deg", "y"),
    "name": ("name", "site", "title", "label", "id", "unit"),
}


class FoundSite(NamedTuple):
    """A place in a file.

    Attributes
    ----------
    id : small letters, digits and hyphens, made from the name, unlike all others.
    name : as in the file, or "Site 3".
    lon, lat : degrees, WGS-84.
    """

    id: str
    name: str
    lon: float
    lat: float


class _Named(NamedTuple):
    name: str
    lon: Any
    lat: Any
    line: int | None = None


def read_sites(path: str | Path, columns: Mapping[str, str] | None = None) -> list[FoundSite]:
    """The sites in a file, one for each point, in the file's order.

    Points only: a line or an area is no site, and is passed over.

    Parameters
    ----------
    path : KML, KMZ, GeoJSON, or CSV with a heading (commas, semicolons or tabs).
    columns : for CSV, the columns of `lon`, `lat` and `name`; by default guessed by their names.

    Raises
    ------
    InputError : no such file; no format of these; no point in it; a place that is not on Earth.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in (".kml", ".kmz"):
        found = list(_from_kml(path))
    elif suffix in (".geojson", ".json"):
        found = list(_from_geojson(load_json(path)))
    elif suffix in FORMATS:
        found = list(_from_csv(path, columns))
    else:
        raise InputError(
            "not a format that sites are read from", file=path, allowed=", ".join(FORMATS)
        )
    if not found:
        raise InputError(
            "no point in this file",
            file=path,
            allowed="a point per site; lines and areas are no sites",
        )
    sites: list[FoundSite] = []
    for i, one in enumerate(found):
        lon, lat = _place(one, path)
        name = one.name.strip() or f"Site {i + 1}"
        sites.append(FoundSite(_free_id(name, i, {s.id for s in sites}), name, lon, lat))
    return sites


def _place(one: _Named, path: Path) -> tuple[float, float]:
    lon, lat = (math.nan if v is None else v for v in map(plain_number, (one.lon, one.lat)))
    if abs(lon) <= 180 and abs(lat) <= 90:
        return lon, lat
    swapped = abs(lon) <= 90 and abs(lat) <= 180
    raise InputError(
        "no such place on Earth",
        file=path,
        line=one.line,
        field=one.name.strip() or None,
        value=f"{one.lon},{one.lat}",
        allowed="longitude -180 to 180, latitude -90 to 90, in degrees with decimals",
        hint="Longitude and latitude look swapped." if swapped else None,
    )


def _free_id(name: str, index: int, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:56].rstrip("-") or f"site-{index + 1}"
    names = [stem, *(f"{stem}-{k}" for k in range(2, len(taken) + 3))]
    return next(one for one in names if one not in taken)


def _from_kml(path: Path) -> Iterator[_Named]:
    data = read_bytes(path, MAX_BYTES)
    if path.suffix.lower() == ".kmz":
        data = _document(path)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InputError("a KML file that declares entities is not read", file=path)
    try:
        root = ET.fromstring(data)  # it declares no entities  # nosec B314
    except (ET.ParseError, ValueError, LookupError) as error:  # LookupError: no such encoding
        line = error.position[0] if isinstance(error, ET.ParseError) else None
        raise InputError(f"not KML: {error}", file=path, line=line) from None
    for mark in root.iter():
        if _tag(mark) != "Placemark":
            continue
        name = next((c.text or "" for c in mark if _tag(c) == "name"), "")
        for point in (p for p in mark.iter() if _tag(p) == "Point"):
            text = next((c.text or "" for c in point if _tag(c) == "coordinates"), "")
            lon, lat, *_ = [*text.strip().split(","), "", ""]
            yield _Named(name, lon, lat)


def _tag(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _document(path: Path) -> bytes:
    """The first KML document in a KMZ archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [i for i in archive.infolist() if i.filename.lower().endswith(".kml")]
            data = archive.open(inside[0]).read(MAX_BYTES + 1) if inside else None
    except DAMAGED_ARCHIVE as error:
        raise InputError(f"not an archive that can be read: {error}", file=path) from None
    if data is None:
        raise InputError("no KML document in this archive", file=path)
    if len(data) > MAX_BYTES:
        raise InputError(
            "the document is too large", file=path, allowed=f"at most {MAX_BYTES / 2**20:.0f} MiB"
        )
    return data


def _from_geojson(data: Any, name: str = "", depth: int = 0) -> Iterator[_Named]:
    if not isinstance(data, dict) or depth > 8:
        return
    kind = data.get("type")
    if kind == "Feature":
        properties = data.get("properties")
        words = properties if isinstance(properties, dict) else {}
        by_name = {str(key).casefold(): value for key, value in words.items()}
        named = next((by_name[key] for key in COLUMNS["name"] if by_name.get(key)), name)
        yield from _from_geojson(data.get("geometry"), str(named), depth + 1)
    for members in ("features", "geometries"):
        inner = data.get(members)
        for one in inner if isinstance(inner, list) else []:
            yield from _from_geojson(one, name, depth + 1)
    if kind in ("Point", "MultiPoint"):
        places = data.get("coordinates")
        for at in [places] if kind == "Point" else places if isinstance(places, list) else [None]:
            pair = at if isinstance(at, list) and len(at) >= 2 else [None, None]
            yield _Named(name, pair[0], pair[1])


def _from_csv(path: Path, columns: Mapping[str, str] | None) -> Iterator[_Named]:
    table = read_table(table_text(read_bytes(path, MAX_BYTES), path), path)
    where = find_columns(table, COLUMNS, ("lon", "lat"), columns)
    index = {field: table.columns.index(name) for field, name in where.items()}
    for line, row in table.rows():
        name = row[index["name"]] if "name" in index else ""
        values = []
        for field in ("lon", "lat"):
            text = row[index[field]]
            value = table.number(text)
            if value is None:
                raise InputError(
                    "not a number",
                    file=path,
                    line=line,
                    field=where[field],
                    value=text,
                    allowed="degrees with decimals, e.g. 75.5",
                    hint="Write degrees, minutes and seconds as one number of degrees."
                    if re.search(r"[°'\"NSEW]", text)
                    else None,
                )
            values.append(value)
        lon, lat = values
        yield _Named(name, lon, lat, line)
