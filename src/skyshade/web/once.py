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
    """

    def __init__(self, make: Callable[..., Any], most: int) -> None:
        self._make, self._most = make, most
        self._kept: OrderedDict[tuple[Any, ...], Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, *key: Any) -> Any:
        """The kept answer for these arguments, or a new one; raises what the function raised."""
        with self._lock:
            answer = self._kept.get(key)
            mine = answer is None
            if answer is None:
                answer = self._kept[key] = Future()
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
        if mine:
            try:
                answer.set_result(self._make(*key))
            except BaseException as error:
                with self._lock:
                    if self._kept.get(key) is answer:
                        del self._kept[key]
                answer.set_exception(error)
        return answer.result()
