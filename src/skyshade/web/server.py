"""Listening: the address, the token where one is needed, and a stop that loses nothing."""

from __future__ import annotations

import errno
import ipaddress
import logging
import secrets
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from skyshade.errors import InputError
from skyshade.web.app import BUNDLE, make_app
from skyshade.web.case import MapCase
from skyshade.web.connections import BoundedConnection, Sparing, limit_reading
from skyshade.web.guard import Door

APP = BUNDLE.with_name("app")  # what the map is built from
STOP_S = 3  # how long answers under way are waited for
BACKLOG = 128  # connections that the system keeps until they are taken


class _Server(uvicorn.Server):
    """Ends the streams of jobs before it waits for answers under way."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.jobs.stop()  # type: ignore[union-attr]
        await super().shutdown(sockets)


@dataclass(frozen=True, eq=False)
class Service:
    """A server whose port is taken already, and where to find it.

    Attributes
    ----------
    url : without a key.
    door : where a token is wanted: the token, and keys for links.
    """

    case: MapCase

    server: uvicorn.Server
    listening: socket.socket
    url: str
    door: Door | None = None

    def link(self) -> str:
        """What to open in a browser: a new link that opens once, if a token is wanted."""
        return f"{self.url}?key={self.door.new_key()}" if self.door else self.url

    def run(self) -> None:
        """Answer until told to stop."""
        sparing = Sparing()
        for name in ("asyncio", "uvicorn.error", "skyshade.web"):
            logging.getLogger(name).addFilter(sparing)
        threading.Thread(target=self.case.warm_up, daemon=True).start()
        self.server.run(sockets=[self.listening])


def make_service(case: MapCase, host: str, port: int, out: Path) -> Service:
    """Take the port and make the server; on any but a loopback address it wants a token.

    Raises
    ------
    InputError : a port in use or out of bounds, an address that is not this machine's.
    """
    if not 0 <= port <= 65_535:
        raise InputError("no such port", field="--port", value=port, allowed="0 to 65535")
    listening = _listen(host, port)
    port = listening.getsockname()[1]
    token = None if _is_loopback(listening.getsockname()[0]) else secrets.token_urlsafe(24)
    shown = _reached_at(listening.getsockname()[0])
    shown = f"[{shown}]" if ":" in shown else shown
    application = make_app(case, out, token)
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
        h11_max_incomplete_event_size=32 * 1024,
        http=BoundedConnection,
        ws="none",
        backlog=BACKLOG,
        forwarded_allow_ips=["127.0.0.1", "::1", listening.getsockname()[0]],
    )
    url = f"http://{shown}:{port}/"
    return Service(case, _Server(config), listening, url, application.state.door)


def check_bundle() -> None:
    """Check that the map has been built, and in a checkout, from the sources as they are.

    Raises
    ------
    InputError : it has not, and what to do.
    """
    page = BUNDLE / "index.html"
    if not page.is_file():
        raise InputError(
            "the map application has not been built",
            file=BUNDLE,
            hint="In a checkout, 'make serve' builds it; that needs Node.js 20 or newer.",
        )
    sources = [APP / "index.html", *(APP / "src").glob("*")]  # none in an installed package
    built = page.stat().st_mtime
    for source in sources:
        if source.is_file() and source.stat().st_mtime > built:
            raise InputError(
                "this has changed since the map was built",
                file=source,
                hint="Build it anew: 'make map'.",
            )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"no such address: {error.strerror}", field="--host", value=host) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        limit_reading(listening)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            hint = "Choose another, or 0 for any that is free."
            raise InputError("this port is in use", field="--port", value=port, hint=hint) from None
        field = "--host" if error.errno == errno.EADDRNOTAVAIL else "--port"
        raise InputError(
            f"cannot listen there: {error.strerror}", field=field, value=f"{host}:{port}"
        ) from None
    return listening


def _reached_at(address: str) -> str:
    """Where others find a server that listens on all of this machine's addresses."""
    if not ipaddress.ip_address(address).is_unspecified:
        return address
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses a way out
            return str(probe.getsockname()[0])
    except OSError:  # no network
        return "127.0.0.1"


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
