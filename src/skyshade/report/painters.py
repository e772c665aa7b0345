"""Figures drawn in processes of their own: Matplotlib draws in Python, and so on one core only."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 4  # processes; each takes some 150 MB
_WORKER = "from skyshade.report.painters import serve; serve()"


class Painters:
    """Processes that draw figures while this one goes on; use it in a `with` statement.

    Each is started for the first figure that it draws, and ends with this process at the latest. On
    a machine with one core, or where no process can be started, figures are drawn in this one.

    Parameters
    ----------
    n : number of processes, by default one per core and 4 at most.
    """

    def __init__(self, n: int | None = None) -> None:
        """Start nothing yet."""
        n = min(os.cpu_count() or 1, MOST) if n is None else n
        self._threads = ThreadPoolExecutor(n, "painter") if n > 1 and sys.executable else None
        self._own = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def __enter__(self) -> Painters:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._closed = True
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._started:
            process.kill()
            process.communicate()

    def paint(self, draw: Callable[..., T], *given: Any) -> Future[T]:
        """The result of a function of a module, called in one of the processes.

        Errors that it raises come with the result.
        """
        if self._threads is not None:
            return self._threads.submit(self._ask, draw, given)
        done: Future[T] = Future()
        try:
            done.set_result(draw(*given))
        except Exception as error:
            done.set_exception(error)
        return done

    def _ask(self, draw: Callable[..., T], given: tuple[Any, ...]) -> T:
        try:
            process = self._process()
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump((draw, given), process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            result, error = pickle.load(process.stdout)  # from our own child  # nosec B301
        except (OSError, EOFError, ValueError, pickle.PickleError):  # it could not start, or ended
            if self._closed:
                raise
            return draw(*given)
        if error is not None:
            raise error
        done: T = result
        return done

    def _process(self) -> subprocess.Popen[bytes]:
        """This thread's process."""
        if not hasattr(self._own, "process"):
            self._own.process = subprocess.Popen(
                [sys.executable, "-P", "-c", _WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # Ctrl-C is for us to answer
            )
            self._started.append(self._own.process)
        process: subprocess.Popen[bytes] = self._own.process
        return process


def serve() -> None:
    """Draw what comes by standard input, until it ends; results go to standard output."""
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no result
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            draw, given = pickle.load(sys.stdin.buffer)  # from our own parent  # nosec B301
            answer: tuple[Any, Exception | None]
            try:
                answer = draw(*given), None
            except Exception as error:
                answer = None, error
            pickle.dump(answer, results)
            results.flush()
