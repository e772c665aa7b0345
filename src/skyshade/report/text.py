"""Numbers as people read them: the one place that rounds, adds units and writes ranges.

Pages, figures, tables in a notebook and commands all write through here, so that one quantity is
written in one way. Values come in SI; shares and probabilities are 0 to 1. A band is low, middle,
high, and is written as the middle with the range in brackets. Files (JSON, CSV) do not use this:
they keep the digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from skyshade.catalogue.readable import LOW_MARK, MEMORY_MARK
from skyshade.shown import count as count
from skyshade.shown import listed as listed
from skyshade.shown import percent as percent
from skyshade.shown import percent_range as percent_range
from skyshade.units import format_quantity

if TYPE_CHECKING:
    from skyshade.engagement.results import Share

NONE = "–"  # for a value that does not exist

# ------------------------------------------------------------------------------- plain numbers


def number(value: float) -> str:
    """A measured value: whole from 10 on, else one decimal.

    >>> number(1234.4), number(43.1), number(5.04), number(5.26), number(0.02), number(0)
    ('1,234', '43', '5', '5.3', 'under 0.1', '0')
    """
    if 0 < value < 0.05:
        return "under 0.1"
    if abs(value) >= 9.95:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0")


def band(values: Iterable[float], unit: str = "") -> str:
    """Low, middle, high, with the range left out where all three read the same.

    >>> band((31.2, 43.1, 58), "km"), band((1, 2, 4)), band((5, 5, 5), "shots")
    ('43 km (31 to 58)', '2 (1 to 4)', '5 shots')
    """
    low, middle, high = (number(v) for v in values)
    text = f"{middle} {unit}".rstrip()
    return text if low == high else f"{text} ({low} to {high})"


def whole_range(low: float, middle: float, high: float) -> str:
    """Low, middle, high of a number of things.

    >>> whole_range(1.0, 2.0, 6.4), whole_range(0.0, 0.2, 0.4)
    ('2 (1 to 6)', '0')
    """
    ends = [f"{round(v):,}" for v in (low, middle, high)]
    return ends[1] if ends[0] == ends[2] else f"{ends[1]} ({ends[0]} to {ends[2]})"


def given(values: Iterable[float], unit: str = "") -> str:
    """Low, value, high of a figure that somebody set, with all its digits.

    >>> given((5, 24, 39), "m"), given((0.05, 0.1, 0.1234), "m²"), given((3, 3, 3), "m")
    ('24 m (5 to 39)', '0.1 m² (0.05 to 0.1234)', '3 m')
    """
    low, middle, high = (f"{v:g}" for v in values)
    text = f"{middle} {unit}".rstrip()
    return text if low == high else f"{text} ({low} to {high})"


# -------------------------------------------------------------------------------------- shares


def percent_band(values: Iterable[float]) -> str:
    """Low, middle, high of a share, in whole per cent.

    >>> percent_band((0.121, 0.31, 0.58)), percent_band((0.309, 0.31, 0.312))
    ('31 % (12 to 58 %)', '31 %')
    >>> percent_band((0.004, 0.007, 0.012)), percent_band((0, 0, 0.05))
    ('about 1 %', '0 % (0 to 5 %)')
    """
    low, middle, high = values
    ends = percent_range(low, high)
    return f"{percent(middle)} ({ends})" if " to " in ends else ends


def estimate(found: Share) -> str:
    """A share that random runs estimate, with its interval where whole per cent show it.

    >>> from skyshade.engagement.results import Share
    >>> estimate(Share(0.31, 0.25, 0.37)), estimate(Share(0.4472, 0.4471, 0.4473))
    ('31 % (25 to 37 %)', '45 %')
    """
    return percent_band((found.low, found.value, found.high))


def points(values: Iterable[float]) -> str:
    """Low, middle, high of a difference between two shares, in percentage points.

    >>> points((0.01, 0.031, 0.052)), points((-0.02, -0.0001, 0.02))
    ('+3.1 points (+1.0 to +5.2)', '+0.0 points (-2.0 to +2.0)')
    """
    low, middle, high = (f"{round(100 * v, 1) + 0.0:+.1f}" for v in values)
    return f"{middle} points ({low} to {high})"


def signed_percent(change: float) -> str:
    """A relative difference, with its sign.

    >>> signed_percent(0.021), signed_percent(-0.0004)
    ('+2.1 %', '+0.0 %')
    """
    return f"{round(100 * change, 1) + 0.0:+.1f} %"


# --------------------------------------------------------------------------- lengths and areas


def length(metres: float) -> str:
    """A length that somebody set (a ring, a step, an altitude), with all its digits.

    >>> length(380e3), length(27.5e3), length(24)
    ('380 km', '27.5 km', '24 m')
    """
    return format_quantity(metres, "length")


def distance(metres: float) -> str:
    """A length that came out of the model, rounded.

    >>> distance(43_120), distance(4_310), distance(319.6)
    ('43 km', '4.3 km', '320 m')
    """
    return f"{number(metres / 1e3)} km" if metres >= 1e3 else f"{metres:.0f} m"


def distance_range(low_m: float, high_m: float) -> str:
    """Two ends of a length that came out of the model.

    >>> distance_range(0.2, 72.3), distance_range(877, 1_040), distance_range(13_100, 13_300)
    ('0 to 72 m', '877 m to 1 km', '13 km')
    """
    low, high = distance(low_m), distance(high_m)
    if low == high:
        return low
    same_unit = low.split(" ")[1] == high.split(" ")[1]
    return f"{low.split(' ')[0] if same_unit else low} to {high}"


def km(metres: float) -> str:
    """The number for a column that is headed km.

    >>> km(43_120), km(4_310)
    ('43', '4.3')
    """
    return number(metres / 1e3)


def km_band(metres: Iterable[float]) -> str:
    """Low, middle, high of a range, in km.

    >>> km_band((31_200, 43_100, 58_000)), km_band((0, 0, 0))
    ('43 km (31 to 58)', '0 km')
    """
    return band((v / 1e3 for v in metres), "km")


def km2(square_metres: float) -> str:
    """The number for a column that is headed km²: whole, so that parts add up.

    >>> km2(1_367_102.6e6), km2(0)
    ('1,367,103', '0')
    """
    return f"{square_metres / 1e6:,.0f}"


def area(square_metres: float) -> str:
    """An area in a sentence: two digits that count.

    >>> area(1_367_103e6), area(30_785e6), area(8_005e6), area(43.2e6)
    ('1.4 million km²', '31,000 km²', '8,000 km²', '43 km²')
    """
    return f"{_rounded_km2(square_metres)} km²"


def area_band(values_m2: Iterable[float]) -> str:
    """Low, middle, high of an area, in a sentence.

    >>> area_band((22_300e6, 30_785e6, 36_900e6)), area_band((1e7, 1e7, 1e7))
    ('31,000 km² (22,000 to 37,000)', '10 km²')
    """
    low, middle, high = (_rounded_km2(v) for v in values_m2)
    return f"{middle} km²" if low == high else f"{middle} km² ({low} to {high})"


def _rounded_km2(square_metres: float) -> str:
    value = square_metres / 1e6
    if value >= 1e6:
        return f"{number(value / 1e6)} million"
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 100 else number(value)


# --------------------------------------------------------------------------------------- times


def duration(seconds: float) -> str:
    """A time span in the unit that suits it.

    >>> duration(44.6), duration(744), duration(4 * 3600)
    ('45 s', '12 min', '4 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{number(seconds / 60)} min" if seconds < 7200 else f"{number(seconds / 3600)} h"


def months(value: float) -> str:
    """A span in whole months.

    >>> months(14.4), months(0.8), months(0.2)
    ('14 months', '1 month', 'under 1 month')
    """
    return "under 1 month" if 0 < value < 0.5 else count(round(value), "month")


def stretch(factor: float) -> str:
    """How long promised deliveries really take, from the ratio of the real to the promised time.

    >>> stretch(1.13), stretch(0.9), stretch(1.001)
    ('13 % longer than promised', '10 % less time than promised', 'as long as promised')
    """
    if abs(factor - 1) < 0.005:
        return "as long as promised"
    return f"{percent(abs(factor - 1))} {'longer' if factor > 1 else 'less time'} than promised"


def day(when: date) -> str:
    """A date; the last that there is stands for no date at all.

    >>> day(date(2027, 3, 1)), day(date.max)
    ('2027-03-01', 'any date')
    """
    return "any date" if when == date.max else when.isoformat()


def month(when: date) -> str:
    """The month of a date that is no better known.

    >>> month(date(2027, 3, 1))
    'Mar 2027'
    """
    return f"{when:%b %Y}"


def month_band(values: Iterable[date]) -> str:
    """Low, middle, high of a forecast date.

    >>> month_band((date(2027, 1, 9), date(2027, 3, 1), date(2028, 12, 24)))
    'Mar 2027 (Jan 2027 to Dec 2028)'
    """
    low, middle, high = (month(v) for v in values)
    return middle if low == high else f"{middle} ({low} to {high})"


# ---------------------------------------------------------------------------- money and places


def money(amount: float, currency: str = "USD") -> str:
    """An amount of money.

    >>> money(5.43e9), money(120e6), money(0), money(2e9, "EUR")
    ('5.43 bn USD', '120 m USD', '0 USD', '2.00 bn EUR')
    """
    if amount >= 1e9:
        return f"{amount / 1e9:.2f} bn {currency}"
    return f"{amount / 1e6:,.0f} m {currency}" if amount >= 1e6 else f"{amount:,.0f} {currency}"


def degrees(value: float, positive: str, negative: str) -> str:
    """A longitude or a latitude.

    >>> degrees(75.5, "E", "W"), degrees(-33, "N", "S")
    ('75.5° E', '33° S')
    """
    return f"{abs(value):g}° {positive if value >= 0 else negative}"


def position(lon: float, lat: float) -> str:
    """A place on the Earth.

    >>> position(75.5, 31)
    '75.5° E, 31° N'
    """
    return f"{degrees(lon, 'E', 'W')}, {degrees(lat, 'N', 'S')}"


# --------------------------------------------------------------------------------------- words


def words(id_: str) -> str:
    """An id, a status or the name of a group of targets as words.

    >>> words("class subsonic-cruise-missile"), words("air_defence_system"), words("all")
    ('subsonic cruise missile', 'air defence system', 'all threats')
    """
    if id_ == "all":
        return "all threats"
    return id_.removeprefix("class ").replace("-", " ").replace("_", " ")


def mark(weak: bool, memory_only: bool) -> str:
    """The mark of a weak figure; nothing for any other.

    >>> mark(True, False), mark(True, True), mark(False, False)
    ('?', '??', '')
    """
    return MEMORY_MARK if memory_only else LOW_MARK if weak else ""
