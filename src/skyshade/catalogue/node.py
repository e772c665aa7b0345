"""A place in a YAML file that is being read: its value, or a complaint with its line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from skyshade.errors import InputError, unknown_name
from skyshade.units import UNITS, Dimension, parse_quantity
from skyshade.yamlfile import Document, Path_, load_yaml

T = TypeVar("T")

_BARE: tuple[Dimension, ...] = ("count", "fraction")


def read_file(file: Path) -> Node:
    """The root of a YAML file."""
    return Node(load_yaml(file), ())


@dataclass(frozen=True)
class Node:
    """One place in a file: reads its value, and complains with file, line and path."""

    doc: Document
    path: Path_

    @property
    def data(self) -> Any:
        """The value there."""
        data = self.doc.data
        for step in self.path:
            data = data[step]
        return data

    @property
    def name(self) -> str:
        """The last part of the path: a key, or an index."""
        return str(self.path[-1])

    def place(self) -> dict[str, Any]:
        """File, line and field, as an `InputError` wants them."""
        field = ".".join(map(str, self.path)) or None
        return {"file": self.doc.file, "line": self.doc.line(self.path), "field": field}

    def error(self, problem: str, **details: Any) -> InputError:
        """A complaint about this place."""
        return InputError(problem, **self.place(), **details)

    def unknown(self, kind: str, name: str, known: Collection[str]) -> InputError:
        """The complaint that a name here is not known."""
        return unknown_name(kind, name, known, **self.place())

    def build(self, kind: Callable[..., T], **fields: Any) -> T:
        """An object of these fields; its complaints get this place."""
        try:
            return kind(**fields)
        except InputError as error:
            raise error.at(**self.place()) from None

    def child(self, step: str | int) -> Node:
        """The place under a key or an index."""
        return Node(self.doc, (*self.path, step))

    def children(self) -> list[Node]:
        """The values of a mapping; the key of each is its `name`."""
        if not isinstance(self.data, dict):
            raise self.error("must be a mapping", value=self.data)
        return [self.child(key) for key in self.data]

    def elements(self) -> list[Node]:
        """The elements of a list."""
        if not isinstance(self.data, list):
            raise self.error("must be a list", value=self.data)
        return [self.child(index) for index in range(len(self.data))]

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        """The values of a mapping with just these keys."""
        fields = {child.name: child for child in self.children()}
        for key, child in fields.items():
            if key not in (*required, *optional):
                raise child.unknown("field", key, (*required, *optional))
        for key in required:
            if key not in fields:
                raise self.error(f"the field '{key}' is missing")
        return fields

    def text(self) -> str:
        """A text that is not empty; a bare year counts as one."""
        text = str(self.data) if isinstance(self.data, int) else self.data
        if not isinstance(text, str) or isinstance(self.data, bool) or not text.strip():
            raise self.error("must be a text, not empty", value=self.data)
        return text.strip()

    def texts(self) -> list[str]:
        """The texts of a list."""
        return [element.text() for element in self.elements()]

    def choice(self, kind: str, allowed: Collection[str]) -> Any:
        """The text here, one of those allowed; `kind` names it in the complaint."""
        name = self.text()
        if name not in allowed:
            raise self.unknown(kind, name, allowed)
        return name

    def number(self, dimension: Dimension) -> float:
        """A quantity in SI. A bare number is refused where a unit belongs, unlike in scenarios."""
        if dimension not in _BARE and _is_bare(self.data):
            raise self.error(
                "the unit is missing", value=self.data, allowed=", ".join(UNITS[dimension])
            )
        try:
            number = parse_quantity(self.data, dimension)
        except InputError as error:
            raise error.at(**self.place()) from None
        if number < 0 or (dimension == "fraction" and number > 1):
            raise self.error(f"out of range for a {dimension}", value=self.data)
        return number


def _is_bare(data: Any) -> bool:
    try:
        float(data)
    except (TypeError, ValueError):
        return False
    return True
