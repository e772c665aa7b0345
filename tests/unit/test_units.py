"""Quantities: every unit by hand, what is refused and how, and whatever Hypothesis can think of."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyshade.errors import InputError
from skyshade.units import UNITS, Dimension, format_quantity, parse_quantity

DIMENSIONS = get_args(Dimension)


fuzz = settings(max_examples=200, database=None, deadline=None, derandomize=True)

# one of each unit in the first unit of its dimension, worked out by hand from the definitions:
# foot 0.3048 m, mile 5280 ft, nautical mile 1852 m (exact), radian 180/pi degrees
IN_SI: dict[Dimension, dict[str, float]] = {
    "length": {"m": 1, "km": 1000, "ft": 0.3048, "nmi": 1852, "mi": 5280 * 0.3048},
    "speed": {"m/s": 1, "km/s": 1000, "km/h": 0.2777777777777778, "kn": 0.5144444444444444},
    "angle": {"deg": 1, "rad": 57.29577951308232, "mrad": 0.05729577951308232},
    "time": {"s": 1, "ms": 0.001, "min": 60, "h": 3600, "d": 86400},
    "frequency": {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "area": {"m2": 1, "km2": 1e6},
    "mass": {"kg": 1, "t": 1000},
    "count": {"1": 1},
    "fraction": {"1": 1, "%": 0.01},
    "money": {"USD": 1, "USD m": 1e6, "USD bn": 1e9},
}


def complaint(text: Any, dimension: Dimension = "length", field: str = "") -> str:
    with pytest.raises(InputError) as caught:
        parse_quantity(text, dimension, field=field)
    return str(caught.value)


def test_every_unit_has_a_reference_value() -> None:
    assert {d: set(units) for d, units in UNITS.items()} == {d: set(u) for d, u in IN_SI.items()}
    assert set(UNITS) == set(DIMENSIONS)


@pytest.mark.parametrize(
    ("dimension", "unit", "si"),
    [(d, u, si) for d, units in IN_SI.items() for u, si in units.items()],
)
def test_one_of_each_unit(dimension: Dimension, unit: str, si: float) -> None:
    assert parse_quantity(f"1 {unit}", dimension) == pytest.approx(si, rel=1e-14)
    assert parse_quantity(f"-2.5 {unit}", dimension) == pytest.approx(-2.5 * si, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("400 km", 400e3),
        ("400km", 400e3),
        ("  400   km ", 400e3),
        ("4e2 km", 400e3),
        ("+.5 km", 500),
        ("5. km", 5000),
        ("0,05 km", 50),
        (",5 km", 500),
        ("0,500 km", 500),
        ("1E-3 km", 1),
        ("30", 30),
        (30, 30),
        (30.5, 30.5),
        (0, 0),
        ("-0", 0),
        (10**20, 1e20),
    ],
)
def test_spellings(text: str | float, metres: float) -> None:
    assert parse_quantity(text, "length") == pytest.approx(metres, rel=1e-14)


@pytest.mark.parametrize(
    "text",
    ["", " ", "km", "abc", "nan", "inf m", "-inf", "--5 m", "- 5 m", "5\nm\nx", "½ m", "٣ m"],
)
def test_not_a_number(text: str) -> None:
    message = complaint(text, field="ring")
    assert message.startswith("ring: not a length (got ")
    assert "allowed: a number with one of m, km, ft, nmi, mi" in message


def test_a_comma_that_may_mean_two_things() -> None:
    message = complaint("1,500 m", field="ring")
    assert message.startswith("ring: this comma may stand for thousands or for decimals")
    assert "allowed: 1500 or 1.500" in message


@pytest.mark.parametrize("value", [None, True, False, [5], {"m": 5}, b"5 m", 1j])
def test_not_even_text_or_number(value: object) -> None:
    assert complaint(value).startswith("not a length")


@pytest.mark.parametrize(
    ("text", "dimension", "unit", "hint"),
    [
        ("3 KM", "length", "KM", "Did you mean 'km'?"),
        ("3 kms", "length", "kms", "Did you mean 'km'?"),
        ("250 knots", "speed", "knots", "Did you mean 'kn'?"),
        ("3 m/s", "length", "m/s", "Did you mean 'm'?"),
        ("3 Ghz", "frequency", "Ghz", "Did you mean 'GHz'?"),
        ("5 USD  m", "money", "USD  m", "Did you mean 'USD m'?"),
        ("1e m", "length", "e m", "Did you mean 'm'?"),
    ],
)
def test_unknown_unit(text: str, dimension: Dimension, unit: str, hint: str) -> None:
    message = complaint(text, dimension)
    assert f"unknown unit '{unit}' for a" in message
    assert f"allowed: {', '.join(UNITS[dimension])}" in message
    assert message.endswith(hint or ")")


def test_wrong_dimension_names_the_right_units() -> None:
    assert complaint("30 kg", "angle") == (
        "unknown unit 'kg' for an angle (got '30 kg'; allowed: deg, rad, mrad)"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1e999 m", "9e307 km", 10**400])
def test_not_finite(value: float | str) -> None:
    assert "a length must be finite" in complaint(value)


def test_an_endless_text_is_refused_at_once_and_shown_in_part() -> None:
    assert len(complaint("5 a" + " " * 3000 + "b")) < 300


def test_a_unit_cannot_reach_the_terminal_raw() -> None:
    assert "\x1b" not in complaint("5 \x1b[31mm")


@pytest.mark.parametrize("text", ["100 m", "1500 km", 100])
def test_bounds_belong_to_what_is_allowed(text: str | float) -> None:
    assert parse_quantity(text, "length", bounds=(100, 1.5e6)) in (100, 1.5e6)


@pytest.mark.parametrize("text", ["99.9 m", "1501 km", -100, "-1e3 km"])
def test_out_of_bounds(text: str | float) -> None:
    with pytest.raises(InputError) as caught:
        parse_quantity(text, "length", field="ring", bounds=(100, 1.5e6))
    assert str(caught.value) == (f"ring: out of bounds (got {text!r}; allowed: 100 m to 1500 km)")


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (0.1, "length", "0.1 m"),
        (999, "length", "999 m"),
        (-5000, "length", "-5 km"),
        (5, "angle", "5 deg"),
        (0.5, "fraction", "0.5"),
        (3e9, "frequency", "3e+09 Hz"),
    ],
)
def test_as_a_person_would_write_it(value: float, dimension: Dimension, text: str) -> None:
    assert format_quantity(value, dimension) == text
    assert parse_quantity(text, dimension) == value


@fuzz
@given(
    st.text() | st.floats() | st.integers() | st.none() | st.binary(), st.sampled_from(DIMENSIONS)
)
def test_anything_is_finite_or_refused(value: Any, dimension: Dimension) -> None:
    try:
        result = parse_quantity(value, dimension)
    except InputError:
        return
    assert isinstance(result, float)
    assert math.isfinite(result)


@fuzz
@given(
    st.from_regex(r"\A[+-]?[0-9]{0,3}\.?[0-9]{0,3}(e[+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(sorted((d, u) for d, units in UNITS.items() for u in units if u != "1")),
)
def test_the_number_is_the_one_python_reads(number: str, pair: tuple[Dimension, str]) -> None:
    dimension, unit = pair
    try:
        expected = float(number) * UNITS[dimension][unit]
    except ValueError:
        assert f"not a{'n' * (dimension[0] in 'aeiou')} {dimension}" in complaint(
            f"{number} {unit}", dimension
        )
        return
    if math.isinf(expected):
        assert "must be finite" in complaint(f"{number} {unit}", dimension)
    else:
        assert parse_quantity(f"{number} {unit}", dimension) == expected


@fuzz
@given(st.floats(-1e9, 1e9), st.sampled_from(sorted((d, u) for d in UNITS for u in UNITS[d])))
def test_printing_and_reading_again(value: float, pair: tuple[Dimension, str]) -> None:
    dimension, unit = pair
    assert parse_quantity(f"{value!r} {unit}", dimension) == value * UNITS[dimension][unit]
