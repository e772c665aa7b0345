"""Dates as precisely as they were published: a day, a month, a season, a year, or an interval."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from skyshade.errors import InputError

Precision = Literal["day", "month", "season", "year", "interval"]
# when an imprecise date counts as past: after its last day, from its first day, from its middle
DateRule = Literal["certainly", "possibly", "middle"]

ALLOWED = "YYYY, YYYY-MM or YYYY-MM-DD; YYYY-Q3, -H2, -early, -mid, -late; or two with a slash"

YEARS = range(1900, 2200)  # beyond them nothing here means anything, and calendars end
DAYS_PER_MONTH = 365.25 / 12

# part of a year -> first and last month
_PARTS = {
    "Q1": (1, 3),
    "Q2": (4, 6),
    "Q3": (7, 9),
    "Q4": (10, 12),
    "H1": (1, 6),
    "H2": (7, 12),
    "early": (1, 4),
    "mid": (5, 8),
    "late": (9, 12),
}

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_SEASON = re.compile(r"([0-9]{4})-(Q[1-4]|H[12]|early|mid|late)")


@dataclass(frozen=True, order=True, slots=True)
class PartialDate:
    """A span of days that is as long as the date is imprecise; both ends count.

    How it is written is its precision: ``2021-12-06`` is a day, ``2021-12`` a month, ``2022-Q3``,
    ``2022-H2`` and ``2024-early`` (January to April) are seasons, ``2023`` a year, and
    ``2021-12/2022-02`` runs from the first day of the one to the last day of the other.

    >>> PartialDate.parse("2021-12").last.isoformat(), str(PartialDate.parse("2021-12"))
    ('2021-12-31', '2021-12')
    >>> str(PartialDate.parse("2022-07/2022-09")), PartialDate.parse("2022-Q3").precision
    ('2022-Q3', 'season')
    """

    first: date
    last: date

    @classmethod
    def parse(cls, text: object) -> PartialDate:
        """Read a day, month, season, year (which may be a number) or an interval.

        Raises
        ------
        InputError : anything else; an interval that ends before it begins; years out of bounds.
        """
        start, slash, end = str(text).partition("/")
        try:
            first = cls._parse_one(start)
            span = cls(first.first, cls._parse_one(end).last) if slash else first
        except ValueError:
            raise InputError("not a date", value=text, allowed=ALLOWED) from None
        if span.first.year not in YEARS or span.last.year not in YEARS:
            raise InputError(
                "a date out of bounds", value=text, allowed=f"{YEARS.start} to {YEARS.stop - 1}"
            )
        if span.last < span.first:
            raise InputError("the interval ends before it begins", value=text)
        return span

    @classmethod
    def _parse_one(cls, text: str) -> PartialDate:
        if season := _SEASON.fullmatch(text):
            return cls.of_months(int(season[1]), *_PARTS[season[2]])
        if not (match := _DATE.fullmatch(text)):
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        if day is not None:
            return cls.on(date(year, month or 0, day))
        return cls.of_months(year, *((1, 12) if month is None else (month, month)))

    @classmethod
    def of_months(cls, year: int, start: int, end: int) -> PartialDate:
        """From the first day of one month to the last of another of the same year."""
        return cls(date(year, start, 1), date(year, end, calendar.monthrange(year, end)[1]))

    @classmethod
    def on(cls, day: date) -> PartialDate:
        """One day."""
        return cls(day, day)

    @property
    def precision(self) -> Precision:
        """How precise it is, from its own length."""
        text = str(self)
        if "/" in text:
            return "interval"
        if _SEASON.fullmatch(text):
            return "season"
        return {4: "year", 7: "month", 10: "day"}[len(text)]  # type: ignore[return-value]

    @property
    def middle(self) -> date:
        """The day in its middle; the earlier of two."""
        return self.first + (self.last - self.first) // 2

    def counts_by(self, day: date, rule: DateRule) -> bool:
        """True if it lies on that day or before, by the rule for imprecise dates.

        >>> july = PartialDate.parse("2022-07")
        >>> [july.counts_by(date(2022, 7, 20), rule) for rule in ("certainly", "possibly", "middle")]
        [False, True, True]
        """
        if rule == "certainly":
            return self.last <= day
        return (self.first if rule == "possibly" else self.middle) <= day

    def until(self, day: date) -> PartialDate:
        """The part of it up to a day; all of it if it begins later.

        >>> str(PartialDate.parse("2021-12").until(date(2021, 12, 6)))
        '2021-12-01/2021-12-06'
        """
        return PartialDate(self.first, day) if self.first <= day < self.last else self

    def overlaps(self, other: PartialDate) -> bool:
        """True if some day lies in both."""
        return self.first <= other.last and other.first <= self.last

    def shifted(self, months: float) -> PartialDate:
        """The same span so many mean months later."""
        by = timedelta(days=round(months * DAYS_PER_MONTH))
        return PartialDate(self.first + by, self.last + by)

    def __str__(self) -> str:
        first, last = self.first, self.last
        if first == last:
            return first.isoformat()
        if first.day == 1 and _ends_month(last) and first.year == last.year:
            if first.month == last.month:
                return first.isoformat()[:7]
            if (first.month, last.month) == (1, 12):
                return first.isoformat()[:4]
            for name, part in _PARTS.items():
                if part == (first.month, last.month):
                    return f"{first.isoformat()[:4]}-{name}"
        start = first.isoformat()[: 7 if first.day == 1 else 10]
        return f"{start}/{last.isoformat()[: 7 if _ends_month(last) else 10]}"


def last_day(text: str, field: str) -> date:
    """The last day that a date may mean ("2021-12": the 31st).

    Parameters
    ----------
    field : what an error calls it.

    Raises
    ------
    InputError : not a date.
    """
    try:
        return PartialDate.parse(text).last
    except InputError as error:
        raise error.at(field=field) from None


def _ends_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def months_between(start: date, end: date) -> float:
    """Mean calendar months (365.25 days / 12) from one day to another.

    >>> round(months_between(date(2020, 10, 16), date(2021, 12, 16)), 1)
    14.0
    """
    return (end - start).days / DAYS_PER_MONTH


def add_months(day: date, months: float) -> date:
    """The day so many mean months later."""
    return day + timedelta(days=round(months * DAYS_PER_MONTH))
