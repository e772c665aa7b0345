"""Work in processes of its own: what runs in Python, as a drawing does, keeps one core busy."""

from __future__ import annotations

import contextlib
import copyreg
import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 4  # processes; each takes some 150 MB
_WORKER = "from skyshade.processes import serve; serve()"


class Processes:
    """Processes that work while this one goes on; use it in a `with` statement.

    Each is started for the first call that it gets, and ends with this process at the latest. On a
    machine with one core, or where no process can be started, calls are answered in this one; so
    are calls with something that cannot be sent.

    Parameters
    ----------
    n : number of processes, by default one per core and 4 at most.
    """

    def __init__(self, n: int | None = None) -> None:
        """Start nothing yet."""
        n = min(os.cpu_count() or 1, MOST) if n is None else n
        self._threads = ThreadPoolExecutor(n, "beside") if n > 1 and sys.executable else None
        self._own = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []
        self._closed = False
        self._turn = threading.Lock()

    def __enter__(self) -> Processes:
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

    def run(self, call: Callable[..., T], *given: Any) -> Future[T]:
        """The result of a function of a module, which one of the processes calls.

        Errors that it raises come with the result.
        """
        if self._threads is not None:
            return self._threads.submit(self._ask, call, given)
        done: Future[T] = Future()
        try:
            done.set_result(call(*given))
        except Exception as error:
            done.set_exception(error)
        return done

    def _ask(self, call: Callable[..., T], given: tuple[Any, ...]) -> T:
        try:
            asked = _pickled((call, given))
        except (TypeError, AttributeError, pickle.PickleError):  # it cannot leave this process
            return self._here(call, given)
        try:
            process = self._process()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(asked)
            process.stdin.flush()
            result, error = pickle.load(process.stdout)  # from our own child  # nosec B301
        except (OSError, EOFError, ValueError, pickle.PickleError):  # it could not start, or ended
            if self._closed:
                raise
            vars(self._own).clear()  # the next call starts another
            return self._here(call, given)
        if error is not None:
            raise error
        done: T = result
        return done

    def _here(self, call: Callable[..., T], given: tuple[Any, ...]) -> T:
        """The result, worked out in this process: one at a time, as drawing has settings."""
        with self._turn:
            return call(*given)

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


class _Pickler(pickle.Pickler):
    """Sends read-only mappings as well."""

    dispatch_table = copyreg.dispatch_table | {
        MappingProxyType: lambda proxy: (_read_only, (dict(proxy),))
    }


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)  # its class has no name that could be sent


def _pickled(thing: Any) -> bytes:
    found = io.BytesIO()
    _Pickler(found, pickle.HIGHEST_PROTOCOL).dump(thing)
    return found.getvalue()


def serve() -> None:
    """Answer calls from standard input, until it ends; results go to standard output."""
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no result
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            try:
                call, given = pickle.load(sys.stdin.buffer)  # from our own parent  # nosec B301
            except (ImportError, AttributeError):  # of a module that cannot be imported here
                return
            answer: tuple[Any, Exception | None]
            try:
                answer = call(*given), None
            except Exception as error:
                answer = None, error
            results.write(_pickled(answer))
            results.flush()
