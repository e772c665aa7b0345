"""Field types of scenario files: quantities with units, plain numbers, partial dates, altitudes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Never, TypeVar

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from skyshade.dates import PartialDate
from skyshade.errors import InputError
from skyshade.terrain.model import Altitude
from skyshade.units import Dimension, parse_quantity

NO_LIMIT = 1 << 30  # stands for "unlimited" where a count is asked for
K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A mapping that cannot be changed in place, so that it can be hashed and shared."""

    def _refuse(self, *_: Any, **__: Any) -> Never:
        raise TypeError("a scenario cannot be changed in place; use scenario.with_(path=value)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        """The hash of its items in any order."""
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        """Copied and pickled whole, since it cannot be filled item by item."""
        return type(self), (dict(self),)


Frozen = Annotated[Mapping[K, V], AfterValidator(FrozenDict)]


def quantity(dimension: Dimension, low: float, high: float) -> BeforeValidator:
    """A quantity with unit, read into SI, between two bounds (SI)."""
    return BeforeValidator(lambda value: parse_quantity(value, dimension, bounds=(low, high)))


def number(low: float, high: float, unit: str = "") -> BeforeValidator:
    """A plain number between two bounds; texts and booleans are refused."""
    allowed = f"{low:g} to {high:g} {unit}".strip()

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError("not a number", value=value, allowed=allowed)
        if not low <= value <= high:
            raise InputError("out of bounds", value=value, allowed=allowed)
        return float(value)

    return BeforeValidator(read)


def whole(low: int, high: int) -> BeforeValidator:
    """A whole number between two bounds; fractions, texts and booleans are refused."""
    allowed = f"a whole number, {low} to {high}"

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError("not a whole number", value=value, allowed=allowed)
        if not low <= value <= high:
            raise InputError("out of bounds", value=value, allowed=allowed)
        return value

    return BeforeValidator(read)


def whole_or(word: str, low: int, high: int) -> BeforeValidator:
    """A whole number between two bounds, or that word, which reads as `NO_LIMIT`."""
    allowed = f"a whole number, {low} to {high}, or '{word}'"

    def read(value: object) -> int:
        if value in (word, NO_LIMIT):
            return NO_LIMIT
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InputError("not usable here", value=value, allowed=allowed)
        return value

    return BeforeValidator(read)


def _two(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InputError("not a pair", value=value, allowed="two angles, e.g. [-10, 45 deg]")
    return value


def _check_sector(sector: tuple[float, float]) -> tuple[float, float]:
    width = sector[1] - sector[0]
    if width % 360 == 0 and abs(width) != 360:
        raise InputError(
            "the sector is empty",
            value=sector,
            allowed="two different azimuths, clockwise; [0, 360] is all round",
        )
    return sector


def _check_limits(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] < limits[1]:
        raise InputError(
            "elevation limits out of order",
            value=limits,
            allowed="-90 <= lowest < highest <= 90 degrees",
        )
    return limits


_Azimuth = Annotated[float, quantity("angle", -360, 360)]
_Elevation = Annotated[float, quantity("angle", -90, 90)]
AzimuthSector = Annotated[
    tuple[_Azimuth, _Azimuth], BeforeValidator(_two), AfterValidator(_check_sector)
]
ElevationLimits = Annotated[
    tuple[_Elevation, _Elevation], BeforeValidator(_two), AfterValidator(_check_limits)
]


Date = Annotated[PartialDate, BeforeValidator(PartialDate.parse)]

# a date in words; YAML reads a bare year as a number
DateText = Annotated[
    str, BeforeValidator(lambda value: str(value) if type(value) is int else value)
]


def parse_altitude(text: Any) -> Altitude:
    """Read "100 m agl" or "10 km msl".

    Raises
    ------
    InputError : no length, or no datum (agl, msl).

    Examples
    --------
    >>> parse_altitude("100 m agl")
    Altitude(value_m=100.0, datum='agl')
    """
    if isinstance(text, Altitude):
        return text
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

Identifier = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64, strict=True)
]
Longitude = Annotated[float, number(-180, 180, "degrees")]
Latitude = Annotated[float, number(-90, 90, "degrees")]

_UNIT = re.compile(r"_(m|s|deg|mps)$")


def without_unit(name: str) -> str:
    """The key in files of an attribute: a file says its units with the value ("400 km").

    >>> without_unit("max_range_m")
    'max_range'
    """
    return _UNIT.sub("", name)
