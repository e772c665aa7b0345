"""Answers that are worked out once, however many ask for them at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class Once:
    """A function whose latest answers are kept.

    Whoever asks for an answer that is being worked out waits for it. An error is told to all who
    wait, and not kept.

    Parameters
    ----------
    make : the function; its arguments are hashable.
    most : answers that are kept.
    most_bytes : of all answers that are kept; the latest one is kept whatever its size.
    size : the bytes of an answer.
    """

    def __init__(
        self,
        make: Callable[..., Any],
        most: int,
        most_bytes: float = float("inf"),
        size: Callable[[Any], int] = lambda answer: 0,
    ) -> None:
        self._make, self._most, self._most_bytes, self._size = make, most, most_bytes, size
        self._kept: OrderedDict[tuple[Any, ...], Future[Any]] = OrderedDict()
        self._bytes: dict[tuple[Any, ...], int] = {}
        self._lock = threading.Lock()

    def __call__(self, *key: Any) -> Any:
        """The kept answer for these arguments, or a new one; raises what the function raised."""
        with self._lock:
            answer = self._kept.get(key)
            mine = answer is None
            if answer is None:
                answer = self._kept[key] = Future()
            self._kept.move_to_end(key)
            self._forget()
        if mine:
            self._work_out(key, answer)
        return answer.result()

    def has(self, *key: Any) -> bool:
        """Whether the answer is there without work."""
        with self._lock:
            answer = self._kept.get(key)
        return answer is not None and answer.done()

    @property
    def kept_bytes(self) -> int:
        """Bytes of all answers that are kept."""
        with self._lock:
            return sum(self._bytes.values())

    def _work_out(self, key: tuple[Any, ...], answer: Future[Any]) -> None:
        try:
            made = self._make(*key)
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is answer:
                    del self._kept[key]
            answer.set_exception(error)
            return
        with self._lock:
            if self._kept.get(key) is answer:
                self._bytes[key] = self._size(made)
                self._kept.move_to_end(key)
                self._forget()
        answer.set_result(made)

    def _forget(self) -> None:
        """Drop what was asked for longest ago; called under the lock."""
        while len(self._kept) > self._most or (
            len(self._kept) > 1 and sum(self._bytes.values()) > self._most_bytes
        ):
            key, _ = self._kept.popitem(last=False)
            self._bytes.pop(key, None)
