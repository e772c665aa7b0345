"""Answers that take processor time: a few at once, in order, and none for readers who have left.

Without a line, as many answers as there are readers are begun at once: they hold memory together,
and the threads that could tell a reader of something small are all taken.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException

AT_ONCE = min(os.cpu_count() or 2, 4)
MOST_WAITING = 200  # different answers that are waited for


class HasLeftError(Exception):
    """The reader closed the connection before the answer was there."""


@dataclass(eq=False)
class _Piece:
    """One answer in the line, and how many readers wait for it."""

    future: Future[Any]
    readers: int = 0


class Line:
    """Threads for answers, and the line in front of them.

    Parameters
    ----------
    at_once : answers that are worked out at the same time.
    most : different answers that may wait or be under way.
    """

    def __init__(self, at_once: int = AT_ONCE, most: int = MOST_WAITING) -> None:
        self._pool: ThreadPoolExecutor | None = None  # an application may start more than once
        self._at_once, self._most = at_once, most
        self._pieces: dict[Hashable, _Piece] = {}

    async def answer(
        self,
        key: Hashable,
        work: Callable[[], Any],
        leaves: Callable[[], Coroutine[Any, Any, Any]],
    ) -> Any:
        """What `work` returns, in its turn; readers of the same key share one turn.

        Parameters
        ----------
        leaves : ends when the reader has left; work that nobody waits for is not begun.

        Raises
        ------
        HTTPException : 503, the line is too long.
        HasLeftError : the reader has left.
        """
        piece = self._pieces.get(key) or self._begin(key, work)
        piece.readers += 1
        done, left = asyncio.wrap_future(piece.future), asyncio.ensure_future(leaves())
        try:
            await asyncio.wait({done, left}, return_when=asyncio.FIRST_COMPLETED)
            if not done.done():
                raise HasLeftError
            return done.result()
        finally:
            left.cancel()
            piece.readers -= 1
            if not piece.readers and piece.future.cancel():  # which what is under way refuses
                self._drop(key, piece)

    def close(self) -> None:
        """Drop whoever waits; what comes later is answered by new threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _begin(self, key: Hashable, work: Callable[[], Any]) -> _Piece:
        if len(self._pieces) >= self._most:
            raise HTTPException(
                503, "too many answers are being worked out; wait a moment", {"Retry-After": "1"}
            )
        loop = asyncio.get_running_loop()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._at_once, "answer")
        piece = self._pieces[key] = _Piece(self._pool.submit(work))

        def over(_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._drop, key, piece)

        piece.future.add_done_callback(over)
        return piece

    def _drop(self, key: Hashable, piece: _Piece) -> None:
        if self._pieces.get(key) is piece:
            del self._pieces[key]
