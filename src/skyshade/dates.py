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

ALLOWED = (
    "YYYY, YYYY-MM or YYYY-MM-DD; 1 Aug 2022, August 2022; YYYY-Q3, -H2, -early, -mid, -late; "
    "or two with a slash"
)

YEARS = range(1900, 2200)  # beyond them nothing here means anything, and calendars end
LONG_DAYS = 100  # of a span longer than this, a sentence says the months and not the days
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

_WORDS = {
    "Q1": "the first quarter of",
    "Q2": "the second quarter of",
    "Q3": "the third quarter of",
    "Q4": "the fourth quarter of",
    "H1": "the first half of",
    "H2": "the second half of",
    "early": "early",
    "mid": "the middle of",
    "late": "late",
}
_MONTHS = [name.casefold() for name in calendar.month_name]

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
# "1 Aug 2022", "August 1, 2022", "Aug 2022": the month is a word, so no order of digits to guess
_DAY_FIRST = re.compile(r"(?:([0-9]{1,2})\.? +)?([A-Za-z]{3,9})\.?,? +([0-9]{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? +([0-9]{1,2}),? +([0-9]{4})")
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
        text = text.strip()
        if season := _SEASON.fullmatch(text):
            return cls.of_months(int(season[1]), *_PARTS[season[2]])
        if named := _DAY_FIRST.fullmatch(text):
            return cls._of_words(named[3], named[2], named[1])
        if named := _MONTH_FIRST.fullmatch(text):
            return cls._of_words(named[3], named[1], named[2])
        if not (match := _DATE.fullmatch(text)):
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        if day is not None:
            return cls.on(date(year, month or 0, day))
        return cls.of_months(year, *((1, 12) if month is None else (month, month)))

    @classmethod
    def _of_words(cls, year: str, name: str, day: str | None) -> PartialDate:
        fits = [i for i, month in enumerate(_MONTHS) if i and month.startswith(name.casefold())]
        if len(fits) != 1:
            raise ValueError
        if day is None:
            return cls.of_months(int(year), fits[0], fits[0])
        return cls.on(date(int(year), fits[0], int(day)))

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
        >>> rules = ("certainly", "possibly", "middle")
        >>> [july.counts_by(date(2022, 7, 20), rule) for rule in rules]
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

    @property
    def words(self) -> str:
        """As a sentence has it.

        >>> [PartialDate.parse(t).words for t in ("2018-10-05", "2021-12", "2022-Q3", "2024-early")]
        ['5 October 2018', 'December 2021', 'the third quarter of 2022', 'early 2024']
        >>> [PartialDate.parse(t).words for t in ("2021-11-01/2021-11-14", "2022-02/2022-07")]
        ['1 to 14 November 2021', 'February to July 2022']
        >>> PartialDate.parse("2019-09/2020-01-31").words, PartialDate.parse("2026/2027").words
        ('September 2019 to January 2020', '2026 to 2027')
        """
        text = str(self)
        start, slash, end = text.partition("/")
        if slash and (self.last - self.first).days > LONG_DAYS:
            start, end = start[:7], end[:7]
        if slash:
            return _span_in_words(start, end)
        if season := _SEASON.fullmatch(text):
            return f"{_WORDS[season[2]]} {season[1]}"
        return _in_words(text)

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
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            return f"{first.year}/{last.year}"
        digits = 7 if first.day == 1 and _ends_month(last) else 10
        return f"{first.isoformat()[:digits]}/{last.isoformat()[:digits]}"


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


def day_in_words(day: date) -> str:
    """A day as a sentence has it.

    >>> day_in_words(date(2027, 6, 30))
    '30 June 2027'
    """
    return PartialDate.on(day).words


def _in_words(text: str) -> str:
    """A year, month or day as a sentence has it."""
    parts = text.split("-")
    words = [parts[0]]
    if len(parts) > 1:
        words.insert(0, calendar.month_name[int(parts[1])])
    if len(parts) > 2:
        words.insert(0, str(int(parts[2])))
    return " ".join(words)


def _span_in_words(start: str, end: str) -> str:
    """Two ends of one precision, with the month and year that they share said once."""
    left, right = _in_words(start).split(), _in_words(end).split()
    shared = 0
    while shared < len(left) - 1 and left[-1 - shared] == right[-1 - shared]:
        shared += 1
    return f"{' '.join(left[: len(left) - shared])} to {' '.join(right)}"


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
