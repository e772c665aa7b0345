"""Small readers over a place in a YAML file: dates, choices, and texts that hold from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from skyshade.catalogue.node import Node
from skyshade.dates import PartialDate
from skyshade.errors import InputError


def as_date(node: Node) -> PartialDate:
    """The date there, of any precision."""
    try:
        return PartialDate.parse(node.data)
    except InputError as error:
        hint = "How a date is written is its precision." if "/" not in str(node.data) else None
        raise error.at(**node.place(), hint=hint) from None


def choice_of(node: Node, kind: str, literal: Any) -> Any:
    """The word there, one of a `Literal`'s."""
    return node.choice(kind, get_args(literal))


@dataclass(frozen=True, slots=True)
class Dated:
    """A text that changes as more becomes known: each version with the day from which it holds.

    A version without a day holds from the beginning.

    >>> note = Dated(((date.min, "open"), (date(2022, 7, 1), "settled")))
    >>> note.on(date(2022, 6, 30)), note.on(date(2022, 7, 1))
    ('open', 'settled')
    """

    versions: tuple[tuple[date, str], ...] = ()

    def on(self, day: date) -> str:
        """The text that held on a day, empty if none did."""
        return next((text for since, text in reversed(self.versions) if since <= day), "")

    @property
    def changes(self) -> bool:
        """True if it does not say the same on every day."""
        return any(since > date.min for since, _ in self.versions)


def dated_text(node: Node) -> Dated:
    """The text there: a string, `{since, text}`, or a list of the latter from old to new."""
    if isinstance(node.data, str):
        return Dated(((date.min, node.text()),))
    versions: list[tuple[date, str]] = []
    for part in node.elements() if isinstance(node.data, list) else [node]:
        fields = part.fields(required=("text",), optional=("since",))
        since = as_date(fields["since"]).last if "since" in fields else date.min
        if versions and since <= versions[-1][0]:
            raise part.error("versions of a text must go from old to new", value=str(since))
        versions.append((since, fields["text"].text()))
    return Dated(tuple(versions))
