"""CZML, which Cesium reads: areas as slabs one on the other, and a replay with its clock.

Cesium counts heights from the ellipsoid, Skyshade from mean sea level. The difference, up to about
100 m depending on the place, is not corrected, since that takes a model of the geoid. Every
document says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import shapely

from skyshade.export.about import EPOCH, About
from skyshade.export.layers import Layer
from skyshade.export.moving import Moving, Target, Way
from skyshade.export.palette import BLUE, GREEN, GREY, OF_SIDE, ORANGE, WHITE
from skyshade.files import write_json
from skyshade.terrain.model import Altitude
from skyshade.units import format_quantity

Packet = dict[str, Any]
HEIGHTS = (
    "Heights are metres above mean sea level, although Cesium expects them above the ellipsoid."
)
SPEED_UP = 10  # seconds of the raid per second
TRAIL_S = 120
SHOWN_S = 20  # how long a kill or a leak stays marked
_AREAS = {"visible": ORANGE, "engageable": GREEN, "reach": BLUE}


def write_czml(
    folder: Path, layers: Sequence[Layer], about: About, moving: Moving | None
) -> list[str]:
    """`sites.czml`, one file per kind of area, and `replay.czml`; returns their names.

    There are several files so that a viewer can show and hide each as a data source. An area is a
    slab from its altitude up to the next one of the same datum. It shows what is seen (or reached)
    at its lower face. The highest area is flat.

    References
    ----------
    CZML Guide, CesiumGS/czml-writer wiki.
    """
    folder.mkdir()
    by_name = {layer.name: layer for layer in layers}
    files = {"sites": list(_still(by_name))}
    for name in _AREAS:
        if name in by_name:
            files[name] = list(_slabs(by_name[name]))
    if moving is not None:
        files["replay"] = [*_places(by_name["sites"], labelled=False), *_replay(moving)]
    for name, packets in files.items():
        clock = moving if name == "replay" else None
        write_json(folder / f"{name}.czml", [_document(name, about, clock), *packets], indent=None)
    return [f"{name}.czml" for name in files]


def instant(t_s: float) -> str:
    """A time of the raid on the clock of the document.

    >>> instant(61.5)
    '2000-01-01T00:01:01.500Z'
    """
    when = datetime.fromisoformat(EPOCH) + timedelta(milliseconds=round(1000 * t_s))
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _span(begin: float, end: float) -> str:
    return f"{instant(begin)}/{instant(end)}"


def _document(name: str, about: About, moving: Moving | None) -> Packet:
    packet: Packet = {
        "id": "document",
        "name": f"{about.title}: {name}",
        "version": "1.0",
        "description": f"{about.text} {HEIGHTS}",
    }
    if moving is not None:
        packet["clock"] = {
            "interval": _span(0.0, moving.duration_s),
            "currentTime": instant(0.0),
            "multiplier": SPEED_UP,
            "range": "LOOP_STOP",
            "step": "SYSTEM_CLOCK_MULTIPLIER",
        }
    return packet


def _colour(rgb: Sequence[int], alpha: int = 255) -> dict[str, list[int]]:
    return {"rgba": [*rgb, alpha]}


def _solid(rgb: Sequence[int], alpha: int = 255) -> Packet:
    return {"solidColor": {"color": _colour(rgb, alpha)}}


def _still(by_name: dict[str, Layer]) -> Iterator[Packet]:
    """Sites, places and rings."""
    for name in ("sites", "places"):
        if name in by_name:
            yield from _places(by_name[name])
    for shape, p in by_name["sensors"].features if "sensors" in by_name else ():
        yield {
            "id": f"sensors/{p['id']}",
            "name": p["name"],
            "properties": p,
            "polyline": {
                "positions": {
                    "cartographicDegrees": shapely.get_coordinates(shape, include_z=True)
                    .ravel()
                    .tolist()
                },
                "width": 2,
                "material": _solid(ORANGE),
            },
        }
    for shape, p in by_name["rings"].features:
        yield {
            "id": f"ring/{p['site']}/{p['what']}",
            "name": f"{p['site']}: {p['what']}, {format_quantity(p['radius_m'], 'length')}",
            "polyline": {
                "positions": {"cartographicDegrees": _flat(shape.exterior)},
                "width": 1.5,
                "material": _solid(GREY),
                "clampToGround": True,
            },
        }


def _places(layer: Layer, labelled: bool = True) -> Iterator[Packet]:
    for shape, p in layer.features:
        packet: Packet = {
            "id": f"{layer.name}/{p['id']}",
            "name": p["name"],
            "properties": p,
            "position": {"cartographicDegrees": [shape.x, shape.y, p.get("antenna_msl_m", 0.0)]},
            "point": {
                "pixelSize": 9 if layer.name == "sites" else 6,
                "color": _colour(WHITE if layer.name == "sites" else GREY),
                "outlineColor": _colour((0, 0, 0)),
                "outlineWidth": 1,
            },
        }
        if labelled:
            packet["label"] = {
                "text": p["name"],
                "font": "12px sans-serif",
                "pixelOffset": {"cartesian2": [0, -16]},
            }
        yield packet


def _slabs(layer: Layer) -> Iterator[Packet]:
    """Each area of the layer; of reach the median only."""
    features = [f for f in layer.features if f[1].get("quantile", 0.5) == 0.5]
    heights: dict[str, list[float]] = {
        datum: sorted({p["altitude_m"] for _, p in features if p["altitude_datum"] == datum})
        for datum in ("agl", "msl")
    }
    above = {(d, low): high for d, rising in heights.items() for low, high in pairwise(rising)}
    colour = _solid(_AREAS[layer.name], 60)
    for shape, p in features:
        altitude = Altitude(p["altitude_m"], p["altitude_datum"])
        where = {"heightReference": "RELATIVE_TO_GROUND" if altitude.datum == "agl" else "NONE"}
        area: Packet = {"height": altitude.value_m, "heightReference": where, "material": colour}
        top = above.get((altitude.datum, altitude.value_m))
        if top is not None:
            area |= {"extrudedHeight": top, "extrudedHeightReference": where}
        key = [str(p[k]) for k in ("unit", "target", "n_sites", "n_units") if k in p]
        for i, part in enumerate(shapely.get_parts(shape), start=1):
            holes = [_flat(r) for r in part.interiors]
            yield {
                "id": "/".join([layer.name, *key, altitude.slug, str(i)]),
                "name": " ".join([layer.name, *key, altitude.label]),
                "properties": p,
                "polygon": {"positions": {"cartographicDegrees": _flat(part.exterior)}}
                | ({"holes": {"cartographicDegrees": holes}} if holes else {})
                | area,
            }


def _flat(ring: Any) -> list[float]:
    """Longitudes and latitudes in turn, without heights; the first corner is not repeated."""
    corners = shapely.get_coordinates(ring)[:-1].tolist()
    return [v for lon, lat in corners for v in (lon, lat, 0.0)]


def _replay(moving: Moving) -> Iterator[Packet]:
    for target in moving.targets:
        rgb = OF_SIDE[target.side]
        yield _mover(
            f"target/{target.id}", f"{target.id}: {target.class_}, {target.end}", target.way, rgb, 8
        ) | {"properties": {"class": target.class_, "side": target.side, "end": target.end}}
        yield from _tracks(target)
        if target.end in ("killed", "leaked"):
            yield _mark(target, moving.duration_s)
    for m in moving.missiles:
        packet = _mover(
            f"missile/{m.id}", f"{m.type} of {m.unit} at {m.target}: {m.end}", m.way, BLUE, 5
        )
        yield packet | {
            "properties": {"type": m.type, "unit": m.unit, "target": m.target, "end": m.end}
        }


def _mover(id_: str, name: str, way: Way, rgb: Sequence[int], size: int) -> Packet:
    placed = zip(way.t_s.round(3).tolist(), way.xyz.tolist(), strict=True)
    return {
        "id": id_,
        "name": name,
        "availability": _span(way.t_s[0], way.t_s[-1]),
        "position": {
            "epoch": EPOCH,
            "interpolationAlgorithm": "LINEAR",
            "interpolationDegree": 1,
            "cartographicDegrees": [v for t, xyz in placed for v in (t, *xyz)],
        },
        "point": {"pixelSize": size, "color": _colour(rgb)},
        "path": {"leadTime": 0, "trailTime": TRAIL_S, "width": 1.5, "material": _solid(rgb, 160)},
    }


def _tracks(target: Target) -> Iterator[Packet]:
    """A line from each radar to the target while it holds a confirmed track of it."""

    def site(held: tuple[str, float, float]) -> str:
        return held[0]

    for name, spans in groupby(sorted(target.held), site):
        lasting = [(begin, end) for _, begin, end in spans if end > begin]
        if lasting:
            yield {
                "id": f"track/{name}/{target.id}",
                "name": f"track of {target.id} by {name}",
                "availability": [_span(*span) for span in lasting],
                "polyline": {
                    "positions": {
                        "references": [f"sites/{name}#position", f"target/{target.id}#position"]
                    },
                    "width": 1,
                    "material": _solid(GREY, 120),
                    "arcType": "NONE",
                },
            }


def _mark(target: Target, until: float) -> Packet:
    """Where a target was shot down or reached its aim, for a while."""
    at, (lon, lat, alt) = float(target.way.t_s[-1]), target.way.xyz[-1].tolist()
    rgb = BLUE if target.end == "killed" else OF_SIDE[target.side]
    return {
        "id": f"{target.end}/{target.id}",
        "name": f"{target.id} {target.end}",
        "availability": _span(at, min(at + SHOWN_S, max(until, at + 1.0))),
        "position": {"cartographicDegrees": [lon, lat, alt]},
        "point": {
            "pixelSize": 16,
            "color": _colour(rgb, 90),
            "outlineColor": _colour(rgb),
            "outlineWidth": 2,
        },
    }
