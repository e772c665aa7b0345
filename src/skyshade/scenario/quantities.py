"""Field types of scenario files: quantities with units, plain numbers, partial dates, altitudes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Never, TypeVar

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from skyshade.dates import YEARS, PartialDate
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


@dataclass(frozen=True)
class Numeric:
    """What a numeric field accepts; called with a file's value, it returns the number (SI).

    Attributes
    ----------
    low, high : bounds (SI).
    whole : whether it must be a whole number.
    has_unit : whether a file may say a unit; a plain number otherwise.
    """

    dimension: Dimension
    low: float
    high: float
    whole: bool = False
    has_unit: bool = False

    def __call__(self, value: Any) -> float:
        """The number, checked.

        Raises
        ------
        InputError : no number, or out of bounds.
        """
        if self.has_unit:
            return parse_quantity(value, self.dimension, bounds=(self.low, self.high))
        unit = "degrees" if self.dimension == "angle" else ""
        allowed = f"{self.low:g} to {self.high:g} {unit}".strip()
        if self.whole:
            allowed = f"a whole number, {allowed}"
        kinds = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, kinds):
            wanted = "a whole number" if self.whole else "a number"
            raise InputError(f"not {wanted}", value=value, allowed=allowed)
        if not self.low <= value <= self.high:
            raise InputError("out of bounds", value=value, allowed=allowed)
        return value if self.whole else float(value)


def quantity(dimension: Dimension, low: float, high: float) -> BeforeValidator:
    """A quantity with unit, read into SI, between two bounds (SI)."""
    return BeforeValidator(Numeric(dimension, low, high, has_unit=True))


def number(low: float, high: float, dimension: Dimension = "fraction") -> BeforeValidator:
    """A plain number between two bounds; texts and booleans are refused."""
    return BeforeValidator(Numeric(dimension, low, high))


def whole(low: int, high: int) -> BeforeValidator:
    """A whole number between two bounds; fractions, texts and booleans are refused."""
    return BeforeValidator(Numeric("count", low, high, whole=True))


@dataclass(frozen=True)
class WholeOr(Numeric):
    """A whole number, or a word that reads as `NO_LIMIT`."""

    word: str = ""

    def __call__(self, value: Any) -> int:
        """The number, checked."""
        if value in (self.word, NO_LIMIT):
            return NO_LIMIT
        usable = isinstance(value, int) and not isinstance(value, bool)
        if not usable or not self.low <= value <= self.high:
            allowed = f"a whole number, {self.low:g} to {self.high:g}, or '{self.word}'"
            raise InputError("not usable here", value=value, allowed=allowed)
        return int(value)


def whole_or(word: str, low: int, high: int) -> BeforeValidator:
    """A whole number between two bounds, or that word, which reads as `NO_LIMIT`."""
    return BeforeValidator(WholeOr("count", low, high, whole=True, word=word))


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
def _check_date_text(text: str) -> str:
    years = [int(word) for word in re.findall(r"(?<![0-9])[0-9]{4}(?![0-9])", text)]
    if len(text) > 40 or not any(year in YEARS for year in years):
        raise InputError(
            "not a date",
            value=text,
            allowed=f"words with a year from {YEARS.start} to {YEARS.stop - 1}, e.g. 2021-12-06",
        )
    return text


DateText = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    AfterValidator(_check_date_text),
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
Longitude = Annotated[float, number(-180, 180, "angle")]
Latitude = Annotated[float, number(-90, 90, "angle")]

_UNIT = re.compile(r"_(m|s|deg|mps|usd)$")


def without_unit(name: str) -> str:
    """The key in files of an attribute: a file says its units with the value ("400 km").

    >>> without_unit("max_range_m")
    'max_range'
    """
    return _UNIT.sub("", name)
