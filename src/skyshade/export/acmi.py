"""ACMI 2.2, the text that Tacview replays: sites, targets, missiles, what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path
from typing import NamedTuple

from skyshade import __version__
from skyshade.export.about import EPOCH, About
from skyshade.export.moving import Moving, Way

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
    """Everything that the file says, with its time."""
    raid, number = moving.raid, count(1)
    ids: dict[str, str] = {}
    for site in raid.sites:
        ids[f"site {site.id}"] = f"{next(number):x}"
        ground = raid.coverage.site(site.id)
        way = (
            site.position.lon,
            site.position.lat,
            ground.antenna_msl_m - ground.spec.antenna.agl_m,
        )
        yield _Line(0.0, _PLACE, _new(ids[f"site {site.id}"], way, site.name, SITE_TYPE, _DEFENCE))
    for place in raid.scenario.places:
        at, height = (
            place.position,
            raid.coverage.dem.height_at(place.position.lon, place.position.lat),
        )
        up = 0.0 if height != height else float(height)  # off the terrain
        yield _Line(
            0.0,
            _PLACE,
            _new(f"{next(number):x}", (at.lon, at.lat, up), place.name, PLACE_TYPE, "Color=Grey"),
        )
    for target in moving.targets:
        ids[target.id] = me = f"{next(number):x}"
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
    for m in moving.missiles:
        me, source = f"{next(number):x}", ids[f"site {m.site}"]
        yield from _way(me, m.way, m.type, MISSILE_TYPE, f"{_DEFENCE},Parent={source}")
        if m.end == "in flight":
            continue
        end = _rounded(m.way.t_s[-1])
        outcome = "Kill" if m.end == "hit" else "Miss"
        yield _Line(
            end,
            _EVENT,
            f"0,Event=Timeout|SourceId:{source}|AmmoType:{_escaped(m.type)}|"
            f"AmmoCount:1|TargetId:{ids[m.target]}|Outcome:{outcome}",
        )
        yield _Line(end, _EVENT, f"0,Event=LeftArea|{me}|")
        yield _Line(end, _GONE, f"-{me}")
    for event in moving.events:
        if event["event"].startswith("track "):
            yield _Line(
                event["t_s"],
                _EVENT,
                f"0,Event=Message|{ids[event['target']]}|{event['event']} by {event['site']}",
            )
        elif event["event"].endswith(" lost") and event["event"] != "guidance lost":
            at = event.get("site") or event["unit"].split("/")[0]
            yield _Line(
                event["t_s"], _EVENT, f"0,Event=Message|{ids[f'site {at}']}|{event['event']}"
            )


def _way(id_: str, way: Way, name: str, type_: str, rest: str) -> Iterator[_Line]:
    """A thing where it is first, then its later places."""
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
    """The text on one line, its commas marked as not ending the property."""
    return " ".join(text.split()).replace("\\", "/").replace(",", "\\,").replace("|", "/")
