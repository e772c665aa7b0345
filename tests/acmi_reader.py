"""A reader of ACMI 2.2 text written from its public description, apart from what writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass
class Thing:
    """An object: its properties, and (n, 4) time, lon, lat, alt of where it was."""

    properties: dict[str, str] = field(default_factory=dict)
    places: list[tuple[float, float, float, float]] = field(default_factory=list)
    gone_s: float | None = None

    def at(self, t_s: float) -> tuple[float, float, float]:
        """Where it was, straight between two records."""
        t, *rest = np.array(self.places).T
        assert t[0] <= t_s <= t[-1]
        lon, lat, alt = (float(np.interp(t_s, t, v)) for v in rest)
        return lon, lat, alt


@dataclass
class Recording:
    """What one file holds; events are (time, kind, rest)."""

    world: dict[str, str]
    things: dict[str, Thing]
    events: list[tuple[float, str, list[str]]]


def read_acmi(path: Path) -> Recording:
    """Read a `.txt.acmi` file; anything out of the format's order is an error."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[:2] == ["FileType=text/acmi/tacview", "FileVersion=2.2"]
    found, now = Recording({}, {}, []), -1.0
    for line in lines[2:]:
        if line.startswith("#"):
            assert float(line[1:]) > now, "time runs backwards"
            now = float(line[1:])
        elif line.startswith("-"):
            thing = found.things[line[1:]]
            assert thing.gone_s is None
            thing.gone_s = now
        else:
            number, *properties = re.split(r"(?<!\\),", line)
            assert int(number, 16) >= 0
            for text in properties:
                name, value = text.replace("\\,", ",").split("=", 1)
                if number == "0" and name == "Event":
                    kind, *rest = value.split("|")
                    found.events.append((now, kind, rest))
                elif number == "0":
                    assert now < 0, "properties of the world come first"
                    found.world[name] = value
                else:
                    thing = found.things.setdefault(number, Thing())
                    assert thing.gone_s is None, "a thing that is gone is heard of again"
                    if name == "T":
                        lon, lat, alt = map(float, value.split("|"))
                        thing.places.append((now, lon, lat, alt))
                    else:
                        thing.properties[name] = value
    return found
