"""Small readers over a place in a YAML file: dates and choices, complaints with their line."""

from __future__ import annotations

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
