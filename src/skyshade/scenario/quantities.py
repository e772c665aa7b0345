"""Field types of scenario files: quantities with units, partial dates, altitudes."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

from skyshade.errors import InputError
from skyshade.terrain.model import Altitude
from skyshade.units import Dimension, parse_quantity


def _quantity(dimension: Dimension) -> BeforeValidator:
    return BeforeValidator(lambda value: parse_quantity(value, dimension))


Length = Annotated[float, _quantity("length")]
Angle = Annotated[float, _quantity("angle")]


@dataclass(frozen=True, order=True)
class PartialDate:
    """A day, a month or a year, as precisely as it was published.

    >>> PartialDate.parse("2021-12").last.isoformat(), str(PartialDate.parse("2021-12"))
    ('2021-12-31', '2021-12')
    """

    first: date
    last: date

    @classmethod
    def parse(cls, text: object) -> PartialDate:
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", str(text))
        try:
            if not match:
                raise ValueError
            year, month, day = (int(part) if part else None for part in match.groups())
            assert year is not None
            first = date(year, month or 1, day or 1)
        except ValueError:
            raise InputError(
                "not a date", value=text, allowed="YYYY, YYYY-MM or YYYY-MM-DD"
            ) from None
        if day:
            return cls(first, first)
        end = month or 12
        return cls(first, date(year, end, calendar.monthrange(year, end)[1]))

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first:%Y}" if self.last.month != self.first.month else f"{self.first:%Y-%m}"


Date = Annotated[PartialDate, BeforeValidator(PartialDate.parse)]


def parse_altitude(text: Any) -> Altitude:
    """Read "100 m agl" or "10 km msl".

    >>> parse_altitude("100 m agl")
    Altitude(value_m=100.0, datum='agl')
    """
    words = str(text).strip().rsplit(None, 1)
    datum = words[-1].lower() if words else ""
    if len(words) != 2 or datum not in ("agl", "msl"):
        raise InputError(
            "not an altitude", value=text, allowed="a length and its datum, e.g. '100 m agl'"
        )
    value = parse_quantity(words[0], "length")
    if not 0 <= value <= 100_000:
        raise InputError("altitude out of bounds", value=text, allowed="0 to 100 km")
    return Altitude(value, "agl" if datum == "agl" else "msl")


AltitudeField = Annotated[Altitude, BeforeValidator(parse_altitude)]
