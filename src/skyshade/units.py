"""Quantities as people write them ("400 km", "30m", "250 kn"), read once, at the border, into SI.

Inside Skyshade every number is SI and carries its unit in its name; nothing else parses units.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal

from skyshade.errors import InputError, did_you_mean

Dimension = Literal[
    "length", "speed", "angle", "time", "frequency", "area", "mass", "count", "fraction", "money"
]

# factor to SI; the first name of a dimension is its SI unit (or the unit used inside)
UNITS: dict[Dimension, dict[str, float]] = {
    "length": {"m": 1.0, "km": 1e3, "ft": 0.3048, "nmi": 1852.0, "mi": 1609.344},
    "speed": {"m/s": 1.0, "km/s": 1e3, "km/h": 1 / 3.6, "kn": 1852 / 3600},
    "angle": {"deg": 1.0, "rad": 180 / math.pi, "mrad": 0.18 / math.pi},
    "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "frequency": {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "area": {"m2": 1.0, "km2": 1e6},
    "mass": {"kg": 1.0, "t": 1e3},
    "count": {"1": 1.0},
    "fraction": {"1": 1.0, "%": 0.01},
    "money": {"USD": 1.0, "USD m": 1e6, "USD bn": 1e9},
}

_QUANTITY = re.compile(r"([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?)\s*(.*)", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)  # thousands, or thousandths
_MAX_CHARS = 64  # longer than any quantity


def parse_quantity(
    text: str | int | float,
    dimension: Dimension,
    *,
    field: str = "",
    bounds: tuple[float, float] | None = None,
) -> float:
    """The SI value of a quantity; a bare number is taken to be SI already.

    Decimals follow a point or a comma.

    Angles come back in degrees, the unit of every file and flag. Non-finite numbers are refused.

    Parameters
    ----------
    text : what was written.
    dimension : what it should be.
    field : its name, for the complaint.
    bounds : lowest and highest value allowed (SI).

    Raises
    ------
    InputError : not a number, unknown unit (with the units of that dimension), NaN or infinity,
        out of bounds.

    Examples
    --------
    >>> parse_quantity("400 km", "length"), parse_quantity("30m", "length")
    (400000.0, 30.0)
    >>> parse_quantity("36 km/h", "speed"), parse_quantity(12, "length")
    (10.0, 12.0)
    >>> parse_quantity("0,05 km", "length")
    50.0
    """
    units = UNITS[dimension]
    place: dict[str, Any] = {"field": field or None, "value": text}
    if isinstance(text, str):
        match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _MAX_CHARS else None
        if match is None:
            raise InputError(f"not {_a(dimension)}", allowed=_usage(units), **place)
        unit = match[2] or next(iter(units))
        if unit not in units:
            raise InputError(
                f"unknown unit {unit!r} for {_a(dimension)}",
                allowed=", ".join(units),
                hint=did_you_mean(unit, units),
                **place,
            )
        if _EITHER.fullmatch(match[1]):
            whole, part = match[1].split(",")
            raise InputError(
                "this comma may stand for thousands or for decimals",
                allowed=f"{whole}{part} or {whole}.{part}",
                **place,
            )
        value = float(match[1].replace(",", ".")) * units[unit]
    elif isinstance(text, int | float) and not isinstance(text, bool):
        value = float(text) if abs(text) < 1e300 else math.inf
    else:
        raise InputError(f"not {_a(dimension)}", allowed=_usage(units), **place)
    if not math.isfinite(value):
        raise InputError(f"{_a(dimension)} must be finite", **place)
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        low, high = (format_quantity(bound, dimension) for bound in bounds)
        raise InputError("out of bounds", allowed=f"{low} to {high}", **place)
    return value


def format_quantity(value: float, dimension: Dimension) -> str:
    """An SI value as a person would write it.

    >>> format_quantity(1.5e6, "length"), format_quantity(0.1, "length")
    ('1500 km', '0.1 m')
    """
    if dimension == "length" and abs(value) >= 1000:
        return f"{value / 1000:g} km"
    unit = next(iter(UNITS[dimension]))
    return f"{value:g}" if unit == "1" else f"{value:g} {unit}"


def _usage(units: dict[str, float]) -> str:
    return "a number with one of " + ", ".join(units)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
