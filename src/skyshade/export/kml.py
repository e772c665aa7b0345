"""KML and KMZ: folders of layers, areas at their altitudes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from skyshade.export.about import About
from skyshade.export.layers import Feature, Layer
from skyshade.export.palette import BLUE, GREEN, GREY, ORANGE, RED, WHITE
from skyshade.shown import percent
from skyshade.units import format_quantity

NAMESPACE = "http://www.opengis.net/kml/2.2"
_COLOURS = {
    "sites": WHITE,
    "sensors": ORANGE,
    "places": GREY,
    "rings": GREY,
    "visible": ORANGE,
    "visible_with_sensors": ORANGE,
    "engageable": GREEN,
    "reach": BLUE,
    "flights": RED,
    "missiles": BLUE,
    "events": GREY,
    "plan": WHITE,
    "candidates": BLUE,
    "demand": GREEN,
}
_LEFT_OUT = {"positions"}  # a globe shows the paths
_SHOWN = {"sites", "sensors", "places", "rings", "flights", "missiles", "plan", "candidates"}
_SPLIT_BY = {
    "visible": ("altitude",),
    "visible_with_sensors": ("altitude",),
    "engageable": ("target", "altitude"),
    "reach": ("target", "altitude"),
    "events": ("event",),
}
_LITERAL = str.maketrans({"<": "\u2039", ">": "\u203a"})  # which begin no tag
_MODES = {"agl": "relativeToGround", "msl": "absolute"}


def kml_bytes(layers: Sequence[Layer], about: About) -> bytes:
    """A KML 2.2 document: a folder per layer, in it one per target class and altitude.

    Areas are drawn at their altitude, above the sea or above ground as it is given. One folder of
    visible areas is shown at first; the others are hidden until a user ticks them.

    References
    ----------
    OGC KML 2.2, OGC 07-147r2.
    """
    root = ET.Element("kml", xmlns=NAMESPACE)
    document = ET.SubElement(root, "Document")
    _text(document, "name", about.title)
    _text(document, "open", "1")
    _text(document, "description", about.text)
    for name, colour in _COLOURS.items():
        _style(document, name, colour)
    _data(document, about.as_text())
    for layer in layers:
        if layer.name not in _LEFT_OUT:
            folder = _folder(document, layer.name, layer.title)
            _fill(folder, layer, list(layer.features), _SPLIT_BY.get(layer.name, ()))
    ET.indent(root, " ")
    document_bytes: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document_bytes + b"\n"


def write_kmz(path: Path, kml: bytes) -> None:
    """The document zipped, under the name that the format asks for and a fixed date."""
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("doc.kml", (1980, 1, 1, 0, 0, 0))
        archive.writestr(entry, kml, zipfile.ZIP_DEFLATED, 9)


def _fill(
    folder: ET.Element,
    layer: Layer,
    features: Sequence[Feature],
    keys: Sequence[str],
    first: bool = True,
) -> None:
    """Placemarks, or a folder for each value of the first key."""
    if not keys:
        for feature in features:
            shown = layer.name in _SHOWN or (layer.name == "visible" and first)
            _placemark(folder, layer, feature, shown)
        return
    key, *rest = keys
    order = {value: i for i, value in enumerate(dict.fromkeys(p[key] for _, p in features))}
    for value, group in groupby(
        sorted(features, key=lambda f: order[f[1][key]]), lambda f: f[1][key]
    ):
        _fill(_folder(folder, str(value)), layer, list(group), rest, first and order[value] == 0)


def _placemark(folder: ET.Element, layer: Layer, feature: Feature, shown: bool) -> None:
    shape, properties = feature
    mark = ET.SubElement(folder, "Placemark")
    _text(mark, "name", _title(layer.name, properties))
    _text(mark, "visibility", str(int(shown)))
    _text(mark, "styleUrl", f"#{layer.name}")
    _data(mark, {k: v for k, v in properties.items() if v is not None})
    parts = shapely.get_parts(shape)
    into = ET.SubElement(mark, "MultiGeometry") if len(parts) > 1 else mark
    for part in parts:
        _geometry(into, part, properties)


def _title(layer: str, properties: dict[str, Any]) -> str:
    p = properties
    match layer:
        case "sites" | "sensors" | "places" | "plan" | "candidates":
            return str(p["name"])
        case "demand":
            before, after = percent(p["covered_before"]), percent(p["covered_after"])
            return f"{p['name']}: {before} before, {after} after"
        case "rings":
            return f"{p['site']}: {p['what']}, {format_quantity(p['radius_m'], 'length')}"
        case "visible":
            return f"seen by {p['n_sites']} or more at {p['altitude']}"
        case "visible_with_sensors":
            return f"seen by a site or a sensor at {p['altitude']}"
        case "engageable":
            return f"{p['target']} at {p['altitude']}: {p['n_units']} or more units"
        case "reach":
            return f"{p['unit']}: {p['target']} at {p['altitude']}, {percent(p['quantile'])}"
        case "events":
            who = p["target"] or p["unit"] or p["site"]
            return f"{p['t_s']:g} s: {p['event']}, {who}"
    return f"{p['id']}: {p['end']}"


def _geometry(into: ET.Element, part: Any, properties: dict[str, Any]) -> None:
    """A point, line or polygon. Heights: the area's altitude, else the third coordinate (m MSL)."""
    element = ET.SubElement(into, part.geom_type)
    height = properties.get("altitude_m")
    if height is not None:
        mode = _MODES[properties["altitude_datum"]]
    else:
        mode = "absolute" if part.has_z else "clampToGround"
    if mode == "clampToGround" and part.geom_type != "Point":
        _text(element, "tessellate", "1")
    _text(element, "altitudeMode", mode)
    if part.geom_type != "Polygon":
        _text(element, "coordinates", _coordinates(part, height))
        return
    part = shapely.orient_polygons(part)
    for side, rings in (("outerBoundaryIs", [part.exterior]), ("innerBoundaryIs", part.interiors)):
        for ring in rings:
            boundary = ET.SubElement(ET.SubElement(element, side), "LinearRing")
            _text(boundary, "coordinates", _coordinates(ring, height))


def _coordinates(line: Any, height: float | None) -> str:
    points = shapely.get_coordinates(line, include_z=line.has_z or height is not None)
    if height is not None:
        points[:, 2] = height
    return " ".join(_numbers(points))


def _numbers(points: np.ndarray) -> Iterator[str]:
    for lon, lat, *up in points:
        yield ",".join(f"{v:.10g}" for v in (lon, lat, *up))


def _folder(into: ET.Element, name: str, title: str = "") -> ET.Element:
    folder = ET.SubElement(into, "Folder")
    _text(folder, "name", name)
    if title:
        _text(folder, "description", title)
    return folder


def _style(document: ET.Element, name: str, colour: tuple[int, int, int]) -> None:
    red, green, blue = colour
    style = ET.SubElement(document, "Style", id=name)
    icon = ET.SubElement(style, "IconStyle")
    _text(icon, "color", f"ff{blue:02x}{green:02x}{red:02x}")
    line = ET.SubElement(style, "LineStyle")
    _text(line, "color", f"ff{blue:02x}{green:02x}{red:02x}")
    _text(line, "width", "1.5")
    area = ET.SubElement(style, "PolyStyle")
    _text(area, "color", f"50{blue:02x}{green:02x}{red:02x}")
    if name == "rings":
        _text(area, "fill", "0")


def _data(into: ET.Element, values: dict[str, Any]) -> None:
    extended = ET.SubElement(into, "ExtendedData")
    for name, value in values.items():
        _text(ET.SubElement(extended, "Data", name=name), "value", _plain(value))


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(into: ET.Element, tag: str, text: str) -> None:
    """An element with a text that stays one: globes show names and descriptions as HTML."""
    ET.SubElement(into, tag).text = text.translate(_LITERAL).replace("$[", "$ [")
