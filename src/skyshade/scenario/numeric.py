"""The numeric fields of a scenario, by path: which there are, in which unit, and how to set one.

A path is written with the keys of the file and the ids of members of lists, for example
`sites.regiment-1.antenna` or `raid.defence.load.48N6E3`; the first `raid.` may be left out.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from skyshade.errors import InputError
from skyshade.scenario.complaints import names_of, path_of
from skyshade.scenario.part import Part, without_none
from skyshade.scenario.quantities import Numeric
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import AntennaHeight, Scenario
from skyshade.terrain.model import Altitude
from skyshade.units import UNITS
from skyshade.yamlfile import Path_

ALTITUDE = Numeric("length", 0, 100e3, has_unit=True)  # the bounds of `parse_altitude`
MOST_NAMED = 3  # near names in a message
LIKE, NEARLY = 0.6, 0.1  # how like a name must be, and how little less than the nearest
SECTIONS = ("raid", "sites", "groups", "places", "rules", "defence")  # left out of labels


@dataclass(frozen=True)
class NumericField:
    """A numeric field of one scenario.

    Attributes
    ----------
    path : keys of the file, with the ids of members of lists.
    reader : its dimension and bounds.
    kind : its declared type.
    value : what the scenario has there; None if it says nothing.
    beside : the list that it is a member of, if it is.
    """

    path: Path_
    reader: Numeric
    kind: Any = float
    value: Any = None
    beside: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """The path as text: what a user writes.

        >>> NumericField(("raid", "rules", "confirm", 0), ALTITUDE).name
        'raid.rules.confirm.0'
        """
        return _text(self.path)

    @property
    def label(self) -> str:
        """The field in words.

        >>> NumericField(("raid", "groups", "drones", "arrival", "interval"), ALTITUDE).label
        'arrival interval of drones'
        """
        words: list[str] = []
        owners: list[str] = []
        kind: Any = Scenario
        for part in self.path:
            inner = _plain(kind)
            is_key = isinstance(inner, type) and issubclass(inner, Part)
            (words if is_key else owners).append(str(part))
            kind = _inside(inner, part)
        told = " ".join(w.replace("_", " ") for w in words if w not in SECTIONS) or words[-1]
        return " of ".join([told, *reversed(owners)])

    @property
    def unit(self) -> str:
        """SI unit; empty for a count or a fraction."""
        unit = next(iter(UNITS[self.reader.dimension]))
        return "" if unit == "1" else unit

    def changes(self, value: float) -> Mapping[Path_, Any]:
        """What `Scenario.with_` needs to give the field this value (SI).

        An antenna's height that is set as a whole is known exactly: its bounds become the value.
        """
        if self.kind is AntennaHeight:
            return {(*self.path, end): value for end in ("value", "low", "high")}
        if self.kind is Altitude:
            now = self.value or Altitude(value, "agl")
            return self._set(Altitude(value, now.datum))
        return self._set(round(value) if self.reader.whole else value)

    def _set(self, value: Any) -> Mapping[Path_, Any]:
        """The change; of a list as a whole, which may be one that no file has set."""
        *outer, last = self.path
        if not isinstance(last, int):
            return {self.path: value}
        return {tuple(outer): [*self.beside[:last], value, *self.beside[last + 1 :]]}


def numeric_field(scenario: Scenario, text: str) -> NumericField:
    """The numeric field at a path.

    Raises
    ------
    InputError : no such field (with the nearest ones), or one that is not a number.
    """
    path = path_of(text)
    if path and path[0] not in names_of(Scenario) and path[0] in names_of(Raid):
        path = ("raid", *path)
    if not path or path[0] not in names_of(Scenario):
        raise _unknown(scenario, text)
    holder: Any = scenario
    kind: Any = Scenario
    reader: Numeric | None = None
    at: Path_ = ()
    beside: tuple[Any, ...] = ()
    for part in path:
        if reader is not None and _plain(kind) not in (Any, AntennaHeight):
            raise InputError("a number has no fields", value=text, allowed=_text(at))
        if holder is None and get_origin(_plain(kind)) is Mapping:
            raise InputError(
                "the scenario sets no entry here, so a single one cannot be swept",
                value=_text(at),
                hint="Set it in the scenario first.",
            )
        found = _step(holder, _plain(kind), part)
        if found is None:
            raise _unknown(scenario, text)
        beside = tuple(holder) if isinstance(holder, list | tuple) else ()
        key, holder, kind = found
        at = (*at, key)
        reader = reader_of(kind) or (reader if _plain(kind) is Any else None)
    if reader is None:
        raise InputError(
            "not a number, so it cannot be swept",
            value=_text(at),
            hint=nearest(
                text, (n for n in numeric_names(scenario) if n.startswith(_text(at) + "."))
            ),
        )
    return NumericField(at, reader, _plain(kind), holder, beside)


def numeric_names(scenario: Scenario) -> Iterator[str]:
    """The path of every numeric field that the scenario has or could have, in order."""
    yield from _names(scenario, Scenario, ())


def reader_of(kind: Any) -> Numeric | None:
    """Dimension and bounds of a declared type; None if it is no number."""
    plain = _plain(kind)
    if plain is AntennaHeight:
        return reader_of(AntennaHeight.model_fields["value_m"])
    if plain is Altitude:
        return ALTITUDE
    for mark in _marks(kind):
        if isinstance(func := getattr(mark, "func", None), Numeric):
            return func
    return None


def _marks(kind: Any) -> Iterator[Any]:
    """The annotations of a declared type, or of a field of the schema."""
    yield from getattr(kind, "metadata", ())
    yield from getattr(kind, "__metadata__", ())
    inner = getattr(kind, "annotation", None)
    for part in (inner,) if inner is not None else get_args(kind):
        if get_origin(part) not in (list, tuple, Mapping):
            yield from _marks(part)


def _plain(kind: Any) -> Any:
    """A declared type, or that of a field of the schema, without annotations and None."""
    return without_none(getattr(kind, "annotation", kind))


def _inside(kind: Any, part: str | int) -> Any:
    """The declared type of what a part, a mapping or a list holds at a place."""
    plain = _plain(kind)
    if isinstance(plain, type) and issubclass(plain, Part):
        return plain.model_fields[names_of(plain)[str(part)]]
    inner = get_args(plain)
    return inner[-1] if get_origin(plain) is Mapping else inner[0] if inner else Any


def _step(holder: Any, kind: Any, part: str | int) -> tuple[str | int, Any, Any] | None:
    """Key, value and declared type one step down; None if nothing can be there."""
    if isinstance(kind, type) and issubclass(kind, Part):
        keys = names_of(kind)
        key = next((k for k, name in keys.items() if part in (k, name)), None)
        if key is None:
            return None
        return key, getattr(holder, keys[key], None), kind.model_fields[keys[key]]
    if kind is Any or get_origin(kind) is Mapping:
        found = holder.get(str(part)) if isinstance(holder, dict) else None
        return str(part), found, _inside(kind, part)
    if get_origin(kind) not in (list, tuple) or holder is None:
        return None
    ids = [getattr(member, "id", None) for member in holder]
    if part not in ids and not (str(part).isdecimal() and int(part) < len(ids)):
        return None
    i = ids.index(part) if part in ids else int(part)
    return ids[i] or i, holder[i], _inside(kind, i)


def _names(holder: Any, kind: Any, at: Path_) -> Iterator[str]:
    plain = _plain(kind)
    if reader_of(kind) is not None:
        yield _text(at)
        if plain is not AntennaHeight:
            return
    if isinstance(plain, type) and issubclass(plain, Part):
        for key, name in names_of(plain).items():
            yield from _names(getattr(holder, name, None), plain.model_fields[name], (*at, key))
    elif isinstance(holder, dict):
        for key, inner in holder.items():
            yield from _names(inner, _inside(plain, key), (*at, key))
    elif isinstance(holder, list | tuple):
        for i, inner in enumerate(holder):
            yield from _names(inner, _inside(plain, i), (*at, getattr(inner, "id", None) or i))


def _text(path: Path_) -> str:
    return ".".join(str(part) for part in path)


def _unknown(scenario: Scenario, text: str) -> InputError:
    return InputError(
        "the scenario has no such field", value=text, hint=nearest(text, numeric_names(scenario))
    )


def nearest(text: str, names: Iterable[str]) -> str | None:
    """A hint with the names nearest to a text, as a whole or by their last parts.

    >>> nearest("antena", ["ring", "sites.north.antenna", "sites.south.antenna"])
    "Did you mean 'sites.north.antenna' or 'sites.south.antenna'?"
    """
    n = text.count(".") + 1

    def likeness(name: str) -> float:
        tail = ".".join(name.split(".")[-n:])
        return max(difflib.SequenceMatcher(None, text, part).ratio() for part in (name, tail))

    found = sorted(((likeness(name), name) for name in names), key=lambda pair: -pair[0])
    close = [f"'{name}'" for like, name in found if like >= LIKE and like >= found[0][0] - NEARLY]
    if not close:
        return None
    *others, last = close[:MOST_NAMED]
    return f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"
