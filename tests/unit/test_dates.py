"""Dates of any precision: what they span, how they are written, what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyshade.dates import PartialDate, add_months, months_between
from skyshade.errors import InputError


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2021-12-06", (2021, 12, 6), (2021, 12, 6), "day"),
        ("2024-02", (2024, 2, 1), (2024, 2, 29), "month"),
        ("2022-Q3", (2022, 7, 1), (2022, 9, 30), "season"),
        ("2022-H2", (2022, 7, 1), (2022, 12, 31), "season"),
        ("2024-early", (2024, 1, 1), (2024, 4, 30), "season"),
        ("2023-late", (2023, 9, 1), (2023, 12, 31), "season"),
        ("2021", (2021, 1, 1), (2021, 12, 31), "year"),
        ("2021-12/2022-02", (2021, 12, 1), (2022, 2, 28), "interval"),
        ("2018-10/2021-11-14", (2018, 10, 1), (2021, 11, 14), "interval"),
        ("2026/2027", (2026, 1, 1), (2027, 12, 31), "interval"),
        ("2199", (2199, 1, 1), (2199, 12, 31), "year"),
    ],
)
def test_what_a_date_spans(
    text: str, first: tuple[int, int, int], last: tuple[int, int, int], precision: str
) -> None:
    read = PartialDate.parse(text)
    assert (read.first, read.last) == (date(*first), date(*last))
    assert read.precision == precision
    assert PartialDate.parse(str(read)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "December",
        "2021-13",
        "2021-00",
        "2021-02-30",
        "2021-Q5",
        "2021-winter",
        "2021-12-",
        "/2021",
        "2021/",
        "2022-02/2021-12",
        "2021/2022/2023",
        "21-12-06",
        None,
        "9999-12-31",
        "1899",
        "2026/2200",
    ],
)
def test_what_is_no_date(text: object) -> None:
    with pytest.raises(InputError, match=r"not a date|ends before it begins|out of bounds"):
        PartialDate.parse(text)


DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@given(DAYS, DAYS)
def test_a_span_says_itself_and_reads_back(one: date, other: date) -> None:
    span = PartialDate(min(one, other), max(one, other))
    assert PartialDate.parse(str(span)) == span
    assert span.first <= span.middle <= span.last


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.floats(-500, 500))
def test_months_add_and_subtract(day: date, months: float) -> None:
    assert months_between(day, add_months(day, months)) == pytest.approx(months, abs=0.02)
