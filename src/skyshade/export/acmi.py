"""ACMI 2.2, the text that Tacview replays: sites, targets, missiles and what happens to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path
from typing import Any, NamedTuple

from skyshade import __version__
from skyshade.engagement.compile import CompiledRaid
from skyshade.export.about import EPOCH, About
from skyshade.export.moving import Missile, Moving, Target, Way

SITE_TYPE, PLACE_TYPE, MISSILE_TYPE = (
    "Heavy+Ground+Static+AntiAircraft",
    "Navaid+Static+Waypoint",
    "Medium+Weapon+Missile",
)
TARGET_TYPES = {  # by target class of the catalogue
    "fighter": "Medium+Air+FixedWing",
    "large-fighter": "Medium+Air+FixedWing",
    "bomber": "Heavy+Air+FixedWing",
    "large-support-aircraft": "Heavy+Air+FixedWing",
    "subsonic-cruise-missile": "Light+Weapon+Missile",
    "supersonic-cruise-missile": "Medium+Weapon+Missile",
    "loitering-or-one-way-attack-uav": "Light+Air+FixedWing",
    "male-uav": "Medium+Air+FixedWing",
    "short-range-ballistic-missile": "Heavy+Weapon+Missile",
    "medium-range-ballistic-missile": "Heavy+Weapon+Missile",
    "decoy": "Light+Air+FixedWing",
}
_SIDES = {
    "threat": "Coalition=Enemies,Color=Red",
    "decoy": "Coalition=Enemies,Color=Orange",
    "friendly": "Coalition=Neutrals,Color=Green",
}
_DEFENCE = "Coalition=Allies,Color=Blue"
_SAID = {"leaked": "reached its aim", "departed": "flew on"}
_PLACE, _EVENT, _GONE = range(3)  # lines of one instant come in this order


class _Line(NamedTuple):
    t_s: float
    rank: int
    text: str


def write_acmi(path: Path, moving: Moving, about: About) -> None:
    """The replay as `.txt.acmi`; altitudes in m MSL, as Tacview counts them.

    References
    ----------
    Technical Reference, ACMI flight recordings 2.2, Raia Software, tacview.net/documentation/acmi.
    """
    properties = {
        "ReferenceTime": EPOCH,
        "DataSource": f"Skyshade {__version__}",
        "DataRecorder": "Skyshade",
        "Title": about.title,
        "Category": "Air defence, illustrative model",
        "Comments": about.text,
    }
    head = ["FileType=text/acmi/tacview", "FileVersion=2.2"]
    head += [f"0,{name}={_escaped(value)}" for name, value in properties.items()]
    lines = sorted(_lines(moving), key=lambda line: (line.t_s, line.rank))
    for t_s, group in groupby(lines, lambda line: line.t_s):
        head.append(f"#{t_s:.3f}".rstrip("0").rstrip("."))
        head += [line.text for line in group]
    path.write_text("\n".join(head) + "\n", encoding="utf-8")


def _lines(moving: Moving) -> Iterator[_Line]:
    """All lines of the file with their times, in no order."""
    numbers = (f"{n:x}" for n in count(1))
    ids: dict[str, str] = {}
    yield from _ground(moving.raid, ids, numbers)
    for target in moving.targets:
        yield from _target(target, ids, numbers)
    for missile in moving.missiles:
        yield from _missile(missile, ids, numbers)
    for event in moving.events:
        yield from _event(event, ids)


def _ground(raid: CompiledRaid, ids: dict[str, str], numbers: Iterator[str]) -> Iterator[_Line]:
    """Sites and places, which do not move; notes the numbers of sites in `ids`."""
    for i, site in enumerate(raid.sites):
        ids[f"site {site.id}"] = next(numbers)
        up = raid.antenna_msl_m(i) - raid.specs[i].antenna.agl_m
        at = (site.position.lon, site.position.lat, up)
        new = _new(ids[f"site {site.id}"], at, site.name, SITE_TYPE, _DEFENCE)
        yield _Line(0.0, _PLACE, new)
    for place in raid.scenario.places:
        lon, lat = place.position.lon, place.position.lat
        height = float(raid.dem.height_at(lon, lat))
        at = (lon, lat, 0.0 if math.isnan(height) else height)  # NaN outside the terrain
        new = _new(next(numbers), at, place.name, PLACE_TYPE, "Color=Grey")
        yield _Line(0.0, _PLACE, new)


def _target(target: Target, ids: dict[str, str], numbers: Iterator[str]) -> Iterator[_Line]:
    """A target's way and its end; notes its number in `ids`."""
    ids[target.id] = me = next(numbers)
    type_ = TARGET_TYPES.get(target.class_, "Air")
    yield from _way(me, target.way, target.id, type_, _SIDES[target.side])
    end = _rounded(target.way.t_s[-1])
    if target.end == "killed":
        yield _Line(end, _EVENT, f"0,Event=Destroyed|{me}|")
    elif target.end in _SAID:
        yield _Line(end, _EVENT, f"0,Event=Message|{me}|{_SAID[target.end]}")
        yield _Line(end, _EVENT, f"0,Event=LeftArea|{me}|")
    if target.end != "open":
        yield _Line(end, _GONE, f"-{me}")


def _missile(missile: Missile, ids: dict[str, str], numbers: Iterator[str]) -> Iterator[_Line]:
    """A missile's way and its end."""
    me, source = next(numbers), ids[f"site {missile.site}"]
    yield from _way(me, missile.way, missile.type, MISSILE_TYPE, f"{_DEFENCE},Parent={source}")
    if missile.end == "in flight":
        return
    end = _rounded(missile.way.t_s[-1])
    outcome = "Kill" if missile.end == "hit" else "Miss"
    yield _Line(
        end,
        _EVENT,
        f"0,Event=Timeout|SourceId:{source}|AmmoType:{_escaped(missile.type)}|"
        f"AmmoCount:1|TargetId:{ids[missile.target]}|Outcome:{outcome}",
    )
    yield _Line(end, _EVENT, f"0,Event=LeftArea|{me}|")
    yield _Line(end, _GONE, f"-{me}")


def _event(event: dict[str, Any], ids: dict[str, str]) -> Iterator[_Line]:
    """The message of a track or a loss; no line for other events, which show themselves."""
    what = event["event"]
    if what.startswith("track "):
        said = f"0,Event=Message|{ids[event['target']]}|{what} by {event['site']}"
        yield _Line(event["t_s"], _EVENT, said)
    elif what.endswith(" lost") and what != "guidance lost":
        at = event.get("site") or event["unit"].split("/")[0]
        yield _Line(event["t_s"], _EVENT, f"0,Event=Message|{ids[f'site {at}']}|{what}")


def _way(id_: str, way: Way, name: str, type_: str, rest: str) -> Iterator[_Line]:
    """An object at its first place, then its later places."""
    xyz = way.xyz.tolist()
    for i, (t_s, place) in enumerate(zip(way.t_s, xyz, strict=True)):
        text = f"{id_},T={_place(place)}" if i else _new(id_, place, name, type_, rest)
        yield _Line(_rounded(t_s), _PLACE, text)


def _new(
    id_: str, place: tuple[float, float, float] | list[float], name: str, type_: str, rest: str
) -> str:
    return f"{id_},T={_place(place)},Type={type_},Name={_escaped(name)},{rest}"


def _place(place: tuple[float, float, float] | list[float]) -> str:
    lon, lat, alt = place
    return f"{lon:.7f}|{lat:.7f}|{alt:.2f}"


def _rounded(t_s: float) -> float:
    return round(float(t_s), 3)


def _escaped(text: str) -> str:
    """The text on one line, with commas escaped, since a comma ends a property."""
    return " ".join(text.split()).replace("\\", "/").replace(",", "\\,").replace("|", "/")
