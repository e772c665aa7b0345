"""Answers that are worked out once, however many ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from skyshade.web.once import Once


def test_many_who_ask_at_once_get_one_answer() -> None:
    begun, release, made = threading.Event(), threading.Event(), []

    def make(x: int) -> int:
        made.append(x)
        begun.set()
        release.wait(10)
        return 2 * x

    double = Once(make, 2)
    with ThreadPoolExecutor(5) as pool:
        answers = [pool.submit(double, 4) for _ in range(5)]
        assert begun.wait(10)
        release.set()
        assert [a.result() for a in answers] == [8] * 5
    assert made == [4]


def test_the_latest_asked_for_are_kept() -> None:
    made: list[int] = []

    def make(x: int) -> int:
        made.append(x)
        return x

    keep = Once(make, 2)
    for x in (1, 2, 1, 3, 1, 2):
        assert keep(x) == x
    assert made == [1, 2, 3, 2]


def test_an_error_is_told_and_not_kept() -> None:
    tries = []

    def make(x: int) -> int:
        tries.append(x)
        if len(tries) == 1:
            raise ValueError(x)
        return x

    once = Once(make, 2)
    with pytest.raises(ValueError, match="7"):
        once(7)
    assert once(7) == 7


def test_what_is_kept_has_a_size() -> None:
    made: list[int] = []

    def make(x: int) -> bytes:
        made.append(x)
        return bytes(x)

    once = Once(make, 10, most_bytes=100, size=len)
    for x in (60, 30, 20, 30, 60):
        assert len(once(x)) == x
        assert once.kept_bytes <= 100
    assert made == [60, 30, 20, 60]  # all three would be 110
    once(500)
    assert once.kept_bytes == 500 and once.has(500) and not once.has(30)
    once(20)
    assert once.kept_bytes == 20
