"""What stands between a browser and the map: who may ask, how much, how often, and how it is told.

A page on the web must not be able to use a reader's browser to ask a server on the reader's own
machine: hence the checks of host and origin. Whoever reaches the server over a network needs its
token: scripts in a header, browsers in a cookie, which they get for a link that opens once.
"""

from __future__ import annotations

import errno
import hmac
import ipaddress
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skyshade.errors import InputError, NoSpaceError, SkyshadeError

MAX_BODY_BYTES = 256 * 1024
RATE_PER_S, BURST = 60.0, 240.0  # of requests, per address
COOKIE = "skyshade"
LINK_S, MAX_LINKS = 15 * 60.0, 100  # how long a link opens; how many may be unused
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
log = logging.getLogger("skyshade.web")


def complaint(status: int, message: str, **more: Any) -> JSONResponse:
    """An error as the map and scripts read it."""
    said = {"message": message} | {k: v for k, v in more.items() if v is not None}
    return JSONResponse({"error": said}, status)


class Door:
    """The token of a server, and the keys of links that give it to a browser, once each.

    Parameters
    ----------
    token : what every request must show.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self._keys: OrderedDict[str, float] = OrderedDict()  # until when
        self._lock = threading.Lock()

    def new_key(self) -> str:
        """The key of a new link."""
        key = secrets.token_urlsafe(24)
        with self._lock:
            self._keys[key] = time.monotonic() + LINK_S
            if len(self._keys) > MAX_LINKS:
                self._keys.popitem(last=False)
        return key

    def opens(self, key: str) -> bool:
        """Whether a key opens; not a second time, nor after `LINK_S`."""
        with self._lock:
            known = next((k for k in self._keys if _same(k, key)), None)
            return known is not None and self._keys.pop(known) > time.monotonic()


class Guard:
    """Lets a request through, or answers it with a complaint.

    Parameters
    ----------
    door : has the token that is wanted from everyone; None on a loopback address.
    """

    def __init__(self, app: ASGIApp, door: Door | None) -> None:
        self.app, self.door = app, door
        self._budgets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # left, at that time

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on with its body read and our headers on the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send_guarded)
            return
        try:
            body = await _whole_body(receive)
        except _TooLargeError:
            await _too_large()(scope, receive, send_guarded)
            return
        await self.app(scope, body, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        address = (scope.get("client") or ("?", 0))[0]
        if not self._may_ask(address):
            said = complaint(429, "too many requests; wait a moment")
            said.headers["Retry-After"] = "1"
            return said
        host = headers.get("host", "")
        if self.door is None and not _is_own(host):
            return complaint(403, "this server answers to its own machine only", field="Host")
        origin = headers.get("origin")
        if origin is not None and _split(origin).netloc != host:
            return complaint(403, "asked from another site's page", field="Origin")
        if self.door is not None and (answer := _enter(self.door, scope, headers)) is not None:
            return answer
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > MAX_BODY_BYTES:
            return _too_large()
        if scope["method"] == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return complaint(
                    415, "JSON is wanted", field="Content-Type", allowed="application/json"
                )
        return None

    def _may_ask(self, address: str) -> bool:
        """Count a request against the budget of an address, which fills up again with time."""
        now = time.monotonic()
        left, then = self._budgets.pop(address, (BURST, now))
        left = min(left + (now - then) * RATE_PER_S, BURST)
        self._budgets[address] = (max(left - 1.0, 0.0), now)
        if len(self._budgets) > 1000:
            self._budgets.popitem(last=False)
        return left >= 1.0


def _enter(door: Door, scope: Scope, headers: Headers) -> Response | None:
    """None if the token was shown; a link's key is turned into a cookie, and leaves the address."""
    key = parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[0]
    shown = _same(_shown(headers), door.token)
    if key and scope["method"] == "GET" and (shown or door.opens(key)):
        answer = RedirectResponse("/", 303)  # never to a path from the request
        answer.set_cookie(
            COOKIE,
            door.token,
            httponly=True,
            samesite="lax",
            path="/",
            secure=scope["scheme"] == "https",
        )
        return answer
    if shown:
        return None
    said = complaint(
        401,
        "this link has been opened before, or is older than 15 minutes"
        if key
        else "this server wants its token, or a link that has not been opened yet",
        hint="Press Enter in the terminal of 'skyshade serve' for a new link.",
    )
    said.headers["WWW-Authenticate"] = "Bearer"
    return said


def _shown(headers: Headers) -> str:
    """The token that a request shows: in the header, or else in the cookie."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer
    cookie = SimpleCookie()
    try:
        cookie.load(headers.get("cookie", ""))
    except Exception:
        return ""
    return cookie[COOKIE].value if COOKIE in cookie else ""


def _too_large() -> Response:
    allowed = f"at most {MAX_BODY_BYTES // 1024} KiB"
    return complaint(413, "the request is too large", allowed=allowed)


class _TooLargeError(Exception):
    """A body that says nothing of its length, or lies."""


async def _whole_body(receive: Receive) -> Receive:
    """Read the body as far as it is allowed to go; what is returned gives it once."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            parts.append(b"")
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise _TooLargeError
        if not message.get("more_body", False):
            break
    waiting = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


def _split(url: str) -> SplitResult:
    """The parts of a URL, all empty if it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_own(host: str) -> bool:
    """Whether a Host header names this machine: its loopback addresses, or `localhost`."""
    name = _split(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def handle_errors(app: FastAPI) -> None:
    """Whatever goes wrong in an answer becomes one clear sentence; no traceback reaches a user."""

    @app.exception_handler(InputError)
    async def _input(request: Request, error: InputError) -> Response:
        return of_input(error)

    @app.exception_handler(SkyshadeError)
    async def _work(request: Request, error: SkyshadeError) -> Response:
        return complaint(507 if isinstance(error, NoSpaceError) else 500, str(error))

    @app.exception_handler(RequestValidationError)
    async def _schema(request: Request, error: RequestValidationError) -> Response:
        return _of_schema(error, is_job=request.url.path == "/api/jobs")

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        answer = complaint(error.status_code, said or _PHRASES.get(error.status_code, "refused"))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(OSError)
    async def _disk(request: Request, error: OSError) -> Response:
        return _of_disk(error)

    @app.middleware("http")
    async def _catch(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            return await call_next(request)
        except Exception:
            log.exception("an answer failed: %s %s", request.method, request.url.path)
            return complaint(500, "this is a fault of Skyshade's; the server's terminal tells more")


_LIMITS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "min_length": "length at least",
    "max_length": "length at most",
}


def _of_schema(error: RequestValidationError, is_job: bool) -> JSONResponse:
    """A complaint about the first thing in a request that is not as its schema wants it."""
    first = error.errors()[0]
    limits = first.get("ctx", {})
    if first["type"] == "json_invalid":
        return complaint(400, "this is not JSON", hint=str(limits.get("error")))
    if first["type"].startswith("union_tag"):
        kinds = limits.get("expected_tags", "coverage, reach, raid")
        return complaint(422, "no such kind of job", field="kind", allowed=kinds)
    place = [str(p) for p in first["loc"] if p not in ("body", "query", "path")]
    if is_job:
        place = place[1:]  # which kind of job it is
    value = first.get("input")
    shown = repr(value)[:80] if isinstance(value, str | int | float) else None
    allowed = [f"{words} {limits[key]:g}" for key, words in _LIMITS.items() if key in limits]
    return complaint(
        422,
        first["msg"][:1].lower() + first["msg"][1:],
        value=shown,
        field=".".join(place) or "body",
        allowed=", ".join(allowed) or None,
    )


def _of_disk(error: OSError) -> JSONResponse:
    """A complaint about a disk: 507 where it is full, else 500."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return complaint(507, "no space is left on the disk; nothing was written")
    return complaint(500, f"the disk failed: {error.strerror or error}")


def of_input(error: InputError) -> JSONResponse:
    """A complaint about bad input."""
    return complaint(
        422,
        str(error),
        field=error.field,
        allowed=error.allowed,
        hint=error.hint,
        value=None if error.value is None else str(error.value)[:200],
    )


_PHRASES = {404: "there is nothing here", 405: "not a thing to do here"}
