"""What several commands read from their flags: dates and altitudes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skyshade.terrain.model import Altitude


def day(text: str | None, flag: str = "--as-of") -> date | None:
    """The last day of a date given to a flag."""
    from skyshade.dates import PartialDate
    from skyshade.errors import InputError

    if text is None:
        return None
    try:
        return PartialDate.parse(text).last
    except InputError as error:
        raise error.at(field=flag) from None


def altitudes(texts: list[str] | None) -> tuple[Altitude, ...] | None:
    """The altitudes given to a repeatable flag, None if there are none."""
    from skyshade.errors import InputError
    from skyshade.scenario.quantities import parse_altitude

    if not texts:
        return None
    try:
        found = tuple(parse_altitude(text) for text in texts)
    except InputError as error:
        raise error.at(field="altitude") from None
    if len({a.slug for a in found}) < len(found):
        raise InputError("an altitude stands twice", field="altitude", value=", ".join(texts))
    return found
