"""Answers in line: shared, in order, bounded, and not worked out for readers who have left."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from skyshade.web.line import HasLeftError, Line


async def stays() -> None:
    """A reader who waits for as long as it takes."""
    await asyncio.Event().wait()


class Slow:
    """Work that waits to be released, and remembers what was begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.release = threading.Event()

    def work(self, name: str) -> Callable[[], str]:
        def run() -> str:
            self.begun.append(name)
            assert self.release.wait(10)
            return name

        return run


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        await asyncio.sleep(0.005)
    assert true()


def in_a_loop(test: Any) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def test_readers_of_the_same_share_one_turn_and_others_wait_theirs() -> None:
    async def test() -> None:
        slow, line = Slow(), Line(at_once=1)
        asked = [
            asyncio.create_task(line.answer(name, slow.work(name), stays))
            for name in ("a", "a", "b", "a", "c")
        ]
        await until(lambda: slow.begun == ["a"])
        slow.release.set()
        assert await asyncio.gather(*asked) == ["a", "a", "b", "a", "c"]
        assert slow.begun == ["a", "b", "c"]
        line.close()

    in_a_loop(test)


def test_nothing_is_begun_for_those_who_have_left() -> None:
    async def test() -> None:
        slow, line, door = Slow(), Line(at_once=1), asyncio.Event()

        async def leaves() -> None:
            await door.wait()

        first = asyncio.create_task(line.answer("first", slow.work("first"), stays))
        await until(lambda: slow.begun == ["first"])
        alone = asyncio.create_task(line.answer("alone", slow.work("alone"), leaves))
        one = asyncio.create_task(line.answer("two", slow.work("two"), leaves))
        other = asyncio.create_task(line.answer("two", slow.work("two"), stays))
        await asyncio.sleep(0.05)
        door.set()
        for task in (alone, one):
            with pytest.raises(HasLeftError):
                await task
        slow.release.set()
        assert await first == "first" and await other == "two"
        assert slow.begun == ["first", "two"]
        again = await line.answer("alone", slow.work("alone"), stays)  # as if never asked before
        assert again == "alone"
        line.close()

    in_a_loop(test)


def test_the_line_has_an_end() -> None:
    async def test() -> None:
        slow, line = Slow(), Line(at_once=1, most=2)
        asked = [asyncio.create_task(line.answer(k, slow.work(str(k)), stays)) for k in range(2)]
        await until(lambda: slow.begun == ["0"])
        with pytest.raises(HTTPException, match="wait a moment") as caught:
            await line.answer(3, slow.work("3"), stays)
        assert caught.value.status_code == 503
        joined = asyncio.create_task(line.answer(1, slow.work("1"), stays))  # has its place already
        await asyncio.sleep(0.02)
        slow.release.set()
        assert await asyncio.gather(*asked, joined) == ["0", "1", "1"]
        assert await line.answer(3, slow.work("3"), stays) == "3"
        line.close()

    in_a_loop(test)


def test_an_error_is_told_to_all_who_wait_and_forgotten() -> None:
    async def test() -> None:
        line, tries = Line(at_once=1), []

        def work() -> str:
            tries.append(1)
            time.sleep(0.05)
            if len(tries) == 1:
                raise ValueError("no")
            return "yes"

        asked = [asyncio.create_task(line.answer("k", work, stays)) for _ in range(2)]
        for told in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(told, ValueError)
        await asyncio.sleep(0.02)
        assert await line.answer("k", work, stays) == "yes"
        line.close()

    in_a_loop(test)
