"""The base of all parts of a scenario: frozen, and checked when made, copied or changed.

A change replaces the values at some paths. The parts along these paths are checked again. The
others are not, because they were checked when they were made.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import takewhile
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from skyshade.catalogue import Catalogue
from skyshade.catalogue.load import catalogue_with, folders_in_use, using
from skyshade.errors import InputError, did_you_mean
from skyshade.scenario.complaints import dotted, first_complaint, names_of, path_of
from skyshade.scenario.quantities import without_unit
from skyshade.yamlfile import Path_

P = TypeVar("P", bound="Part")

_PATH = re.compile(r"[^.\[\]]+(\.[^.\[\]]+|\[\d+\])*")


class Part(BaseModel):
    """A mapping of a scenario file: known fields only, frozen, and never unchecked.

    It remembers the user's folders that its names were looked up in, so that a copy of it, or what
    is computed for it alone, means the same entries.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        alias_generator=without_unit,
        populate_by_name=True,
    )

    _folders: tuple[str, ...] = PrivateAttr(default_factory=folders_in_use)

    @property
    def known(self) -> Catalogue:
        """The catalogue that its names are of: the shipped one with the user's folders."""
        return catalogue_with(self._folders)

    def in_use(self) -> AbstractContextManager[None]:
        """A `with` block in which new parts have names of the same catalogue."""
        return using(self._folders)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same with other values of some fields, checked as if a file had said so.

        Raises
        ------
        InputError : an unknown field, or values that a file could not have.
        """
        if deep:
            return super().model_copy(deep=True).model_copy(update=update)
        if not update:
            return self  # a copy of what is frozen would be the same
        return changed(self, [Change((name,), value) for name, value in update.items()])

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """The same as calling the class: no part of a scenario goes unchecked."""
        return cls.model_validate(values)


class Change(NamedTuple):
    """What a field is to be instead."""

    path: Path_
    value: Any


class _Opened(dict[str, Any]):
    """A copy of a part or mapping on the way to a change, with the keys of files."""


def read_changes(overrides: Mapping[Any, Any]) -> list[Change]:
    """Changes from a mapping of paths, as text ("raid.rules.doctrine") or as tuples.

    Raises
    ------
    InputError : not a path.
    """
    changes = []
    for path, value in overrides.items():
        if isinstance(path, str):
            if _PATH.fullmatch(path) is None:
                raise InputError(
                    "not a path", field=path, allowed="names joined by dots, e.g. raid.rules.salvo"
                )
            changes.append(Change(path_of(path), value))
        elif isinstance(path, tuple) and path:
            changes.append(Change(path, value))
        else:
            raise InputError("not a path", value=path, allowed="a text or a tuple of names")
    return changes


def changed(part: P, changes: Sequence[Change]) -> P:
    """The part with these changes, made one after the other and checked together.

    Raises
    ------
    InputError : a path that leads nowhere; anything that a file may not say.
    """
    model = type(part)
    data: Any = part
    made: dict[Path_, Path_] = {}  # path into the data -> as it was written, part by part
    for change in changes:
        at: list[str | int] = []
        data = _put(data, model, change, at)
        if tuple(at) in made:
            raise InputError("this field is given twice", field=dotted(change.path))
        made[tuple(at)] = change.path

    def place(path: Path_) -> dict[str, Any]:
        """The place of a complaint, written like the change with the longest common path."""
        n, written = max(
            ((_shared(path, at), written) for at, written in made.items()),
            key=lambda found: found[0],
        )
        return {"field": dotted(written[:n] + path[n:])}

    try:
        with part.in_use():
            return model.model_validate(data, by_alias=True, by_name=True)
    except ValidationError as error:
        raise first_complaint(error, model, data, place) from None


def rechecked(data: Any) -> Any:
    """The data, with parts that were checked with another catalogue opened, to be checked again."""
    if isinstance(data, Part):
        if data._folders == folders_in_use():
            return data
        return {key: rechecked(value) for key, value in _said(data, type(data)).items()}
    if isinstance(data, Mapping):
        return {key: rechecked(value) for key, value in data.items()}
    if isinstance(data, list | tuple) and any(isinstance(d, Part | Mapping) for d in data):
        return [rechecked(member) for member in data]
    return data


def _put(holder: Any, kind: Any, change: Change, at: list[str | int]) -> Any:
    """A copy of the holder with the change in it; parts on the way become mappings.

    Parameters
    ----------
    kind : the declared type of the holder.
    at : the path down to the holder, to which the rest is added.
    """
    if len(at) == len(change.path):
        return change.value
    key, kind = change.path[len(at)], without_none(kind)
    if holder is None and (_is_part(kind) or kind is Any or get_origin(kind) is Mapping):
        holder = {}
    if isinstance(holder, Part | dict):
        place = _field(kind, change, at) if _is_part(kind) else str(key)
        at.append(place)
        opened = holder if isinstance(holder, _Opened) else _Opened(_said(holder, kind))
        opened[place] = _put(opened.get(place), _inside(kind, place), change, at)
        return opened
    if isinstance(holder, list | tuple):
        member = _member(holder, change, at)
        at.append(member)
        members = list(holder)
        members[member] = _put(members[member], _inside(kind, member), change, at)
        return members
    short = isinstance(holder, str | int | float)
    raise _nowhere(change, at, "has no fields", value=holder if short else None)


def _field(part: type[Part], change: Change, at: Sequence[str | int]) -> str:
    """The key in files of the part's field that comes next on the path."""
    name = change.path[len(at)]
    if key := _keys(part).get(name):
        return key
    fields = list(names_of(part))
    raise _nowhere(
        change,
        [*at, name],
        "unknown field",
        allowed=", ".join(fields),
        hint=did_you_mean(str(name), fields),
    )


def _member(members: Sequence[Any], change: Change, at: Sequence[str | int]) -> int:
    """The index of the member that comes next on the path: by its id, or by its index."""
    name = change.path[len(at)]
    ids = [m.get("id") if isinstance(m, dict) else getattr(m, "id", None) for m in members]
    if name in ids:
        return ids.index(name)
    if str(name).isdecimal() and int(name) < len(members):
        return int(name)
    known = [str(i) for i in ids if i is not None]
    counted = f"0 to {len(members) - 1}" if members else "none: the list is empty"
    raise _nowhere(
        change,
        [*at, name],
        "the list has no such member",
        allowed=", ".join([*known, counted]),
        hint=did_you_mean(str(name), known),
    )


def _said(holder: Part | dict[str, Any], kind: Any) -> dict[str, Any]:
    """The fields that a part or a mapping sets, by the keys of files."""
    if isinstance(holder, Part):
        said = holder.model_fields_set
        return {k: getattr(holder, name) for k, name in names_of(kind).items() if name in said}
    if not _is_part(kind):
        return holder
    keys = _keys(kind)
    return {keys.get(name, name): value for name, value in holder.items()}


@functools.cache
def _keys(part: type[Part]) -> dict[str | int, str]:
    """The key in files of each field, by that key and by the field's name in code."""
    return {spelt: key for key, name in names_of(part).items() for spelt in (key, name)}


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


def _inside(kind: Any, place: str | int) -> Any:
    """The declared type of what a part, a mapping or a list holds at a place."""
    if _is_part(kind):
        return kind.model_fields[names_of(kind)[str(place)]].annotation
    inner = get_args(kind)
    return inner[-1] if get_origin(kind) is Mapping else inner[0] if inner else Any


def without_none(kind: Any) -> Any:
    """A declared type without annotations and None."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(inner for inner in get_args(kind) if inner is not NoneType)
    return kind


def _nowhere(change: Change, at: Sequence[str | int], problem: str, **details: Any) -> InputError:
    """The complaint about a path at the part of it that does not exist."""
    return InputError(problem, field=dotted(change.path[: len(at)]), **details)


def _shared(one: Path_, other: Path_) -> int:
    """How many parts two paths share from their start."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
