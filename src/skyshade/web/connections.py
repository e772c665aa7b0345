"""What connections may cost: how long each may take to ask, how many there are, what is logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections import OrderedDict

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S = 15.0  # from the first moment of a connection, or of the next request on it, to its end
READ_S = 60  # how long a client may take nothing of an answer
MAX_CONNECTIONS = 512  # half of the file handles that a process usually has
LINES_PER_MINUTE = 20  # of one kind in the log
_ALL_RECEIVED = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)


class BoundedConnection(H11Protocol):
    """A connection that is closed when its client is too slow to ask.

    The timer runs while a request is incomplete. When a connection too many is opened, the oldest
    one on which nothing has been asked for is closed, or else the new one.
    """

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or close one if there are too many."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MAX_CONNECTIONS:
            others = (c for c in self.connections if isinstance(c, BoundedConnection))
            idle = [c for c in others if c._timer is not None and not c.transport.is_closing()]
            oldest = min(idle, key=lambda c: c._timer.when(), default=self)  # type: ignore[union-attr]
            oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on; the timer stops when the request is complete."""
        super().data_received(data)
        if self.conn.their_state in _ALL_RECEIVED:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.conn.their_state not in _ALL_RECEIVED and not self.transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(REQUEST_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self.transport.abort()


def limit_reading(listening: socket.socket) -> None:
    """Have the system end connections whose client takes nothing for `READ_S`, or is gone."""
    with contextlib.suppress(OSError):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, READ_S * 1000)


class Sparing(logging.Filter):
    """Lets `LINES_PER_MINUTE` records of one kind through, and says when it begins to drop them."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is shown; the last one of its minute says that it is."""
        kind = (record.name, str(record.msg)[:200])
        since, n = self._seen.pop(kind, (time.monotonic(), 0))
        if time.monotonic() - since > 60:
            since, n = time.monotonic(), 0
        self._seen[kind] = (since, n + 1)
        if len(self._seen) > 200:
            self._seen.popitem(last=False)
        if n + 1 == LINES_PER_MINUTE:
            record.msg = f"{record.msg} (more of these are not shown for a minute)"
        return n < LINES_PER_MINUTE
