"""One file from a server that need not be trusted: resumable, bounded in size, time and place.

A server is believed about nothing that can be measured here. More bytes than the file can have, a
trickle that would never end, and a redirect to another host all end the download.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import skyshade
from skyshade.errors import InputError, WorkError

if TYPE_CHECKING:
    import httpx

SILENCE_S = 30.0  # for a connection, or between two pieces of an answer
HEADERS_S = 60.0  # from a request to the first byte of its body
SLOW_S, SLOW_BYTES = 60.0, 60 * 1024  # less than these in that time is a trickle
MAX_REDIRECTS = 5
_RETRY_STATUS = {408, 429, 500, 502, 503, 504}


def make_client() -> httpx.Client:
    """A client that follows no redirect by itself and asks for files as they are stored."""
    import httpx

    headers = {"User-Agent": f"skyshade/{skyshade.__version__}", "Accept-Encoding": "identity"}
    headers |= {"Want-Repr-Digest": "sha-256=1", "x-amz-checksum-mode": "ENABLED"}
    try:
        return httpx.Client(headers=headers, timeout=SILENCE_S, follow_redirects=False)
    except (ImportError, ValueError) as error:  # a malformed HTTPS_PROXY, for example
        raise WorkError(f"the proxy settings of this machine cannot be used: {error}") from None


def check_base_url(url: str) -> str:
    """The address of a mirror without a slash at its end; InputError if it cannot be one."""
    import httpx

    try:
        parsed = httpx.URL(url)
        good = parsed.scheme in ("http", "https") and parsed.host and not parsed.query
    except httpx.InvalidURL:
        good = False
    if not good:
        raise InputError(
            "not a base URL",
            field="--base-url",
            value=url,
            allowed="http://… or https://…, without the tile name",
        )
    return url.rstrip("/")


@contextlib.contextmanager
def _asked(client: httpx.Client, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    """The answer to a GET, after redirects within the host.

    Raises
    ------
    WorkError : a redirect elsewhere, or too many.
    """
    for _ in range(MAX_REDIRECTS + 1):
        with contextlib.ExitStack() as stack:
            with _Deadline() as trace:
                ask = client.stream("GET", url, headers=headers, extensions={"trace": trace})
                answer = stack.enter_context(ask)
            if answer.next_request is None:
                yield answer
                return
            here, there = answer.url, answer.next_request.url
        if (here.scheme, here.host, here.port) != (there.scheme, there.host, there.port):
            raise WorkError(
                f"{url}: the server redirects to {there.scheme}://{there.netloc.decode()}, which "
                "is not followed; give that address as --base-url if you trust it"
            )
        url = str(there)
    raise WorkError(f"{url}: more than {MAX_REDIRECTS} redirects")


class _Deadline:
    """Ends the connection if an answer has not begun in `HEADERS_S`, however busy it seems."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._timer = threading.Timer(HEADERS_S, self._end)
        self._timer.daemon = True

    def __call__(self, event: str, about: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = about["return_value"]

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        import socket

        with contextlib.suppress(Exception):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class _Pace:
    """Notices a trickle."""

    def __init__(self, url: str) -> None:
        self._url, self._since, self._bytes = url, time.monotonic(), 0

    def add(self, size: int) -> None:
        """Count bytes; WorkError if too few have come lately."""
        self._bytes += size
        spent = time.monotonic() - self._since
        if spent < SLOW_S:
            return
        if self._bytes < SLOW_BYTES:
            raise WorkError(
                f"{self._url}: the server sends only {self._bytes / spent:.0f} bytes a second. "
                "What came so far is kept; to go on, run the same command again."
            )
        self._since, self._bytes = time.monotonic(), 0


class ServerError(Exception):
    """A failure of the server that may be gone at the next try."""


def request(
    client: httpx.Client, url: str, part: Part, tell: Callable[[int, int | None], None]
) -> str:
    """One GET, from where the part file ends: "whole", "absent", or "again" if it is incomplete."""
    start, etag = part.size(), part.etag()
    ask = {"Range": f"bytes={start}-", "If-Range": etag} if start and etag else {}
    with _asked(client, url, ask) as answer:
        status = answer.status_code
        if status == 404:
            part.delete()
            return "absent"
        if status in _RETRY_STATUS:
            raise ServerError(f"the server answered {status} {answer.reason_phrase}")
        if status == 416:  # nothing to send from there: the part is whole, or too long
            total = _content_range(answer)[1]
            if total == start:
                return "whole"
            part.delete()
            return "again"
        if status not in (200, 206):
            raise WorkError(f"{url}: the server answered {status} {answer.reason_phrase}")
        if status == 206:
            first, total = _content_range(answer)
            if not ask or first != start:
                part.delete()
                return "again"
        else:  # the whole tile: a first request, a server that cannot resume, or a new version
            length = answer.headers.get("content-length", "")
            start, total = 0, int(length) if length.isdecimal() else None
            part.restart(answer.headers.get("etag", ""))
        part.expect(answer)
        part.check_size(total or 0, url)
        pace = _Pace(url)
        with part.file.open("ab") as file:
            for chunk in answer.iter_raw():
                start += len(chunk)
                part.check_size(start, url)
                file.write(chunk)
                pace.add(len(chunk))
                tell(start, total)
    if total is not None and start > total:
        part.delete()
        raise ServerError(f"{start} bytes came instead of {total}")
    return "again" if total is not None and start < total else "whole"


def _content_range(answer: httpx.Response) -> tuple[int | None, int | None]:
    """First byte and total size from Content-Range: "bytes 5-9/10" or "bytes */10"."""
    match = re.fullmatch(
        r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", answer.headers.get("content-range", "")
    )
    if match is None:
        return None, None
    first, total = match.groups()
    return (int(first) if first else None), (int(total) if total != "*" else None)


class Part:
    """A partial download: `NAME.tif.part`, and beside it the ETag of the tile's version.

    It is resumed only with a strong ETag; otherwise its two halves might be of two versions.
    """

    def __init__(self, target: Path, most_bytes: int) -> None:
        self.target, self.most_bytes = target, most_bytes
        self._sha256: bytes | None = None
        self.file = target.with_name(target.name + ".part")
        self._etag = target.with_name(target.name + ".part.etag")

    def check_size(self, size: int, url: str) -> None:
        """Refuse a file that is larger than it can be; what came of it is deleted."""
        if size > self.most_bytes:
            self.delete()
            raise WorkError(
                f"{url}: the server sends more than the {self.most_bytes / 2**20:.0f} MiB that "
                "this tile can have"
            )

    def expect(self, answer: httpx.Response) -> None:
        """Remember the checksum of the whole file, if the server gives one."""
        found = answer.headers.get("x-amz-checksum-sha256", "")
        if match := re.search(r"sha-256=:([^:]*):", answer.headers.get("repr-digest", "")):
            found = match[1]
        with contextlib.suppress(ValueError):
            self._sha256 = base64.b64decode(found, validate=True) or None

    def is_altered(self) -> bool:
        """Whether the file is not what the server's checksum says."""
        if self._sha256 is None:
            return False
        return hashlib.sha256(self.file.read_bytes()).digest() != self._sha256

    def size(self) -> int:
        """Bytes here so far."""
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def etag(self) -> str:
        """Version of the tile that these bytes are of; empty if unknown."""
        try:
            return self._etag.read_text("ascii")
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def restart(self, etag: str) -> None:
        """Begin anew with a version of the tile."""
        self.delete()
        if re.fullmatch(r'"[\x21\x23-\x7e]*"', etag):  # strong, not W/"…"
            self._etag.write_text(etag, "ascii")

    def delete(self) -> None:
        """Drop what is here."""
        for file in (self.file, self._etag):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()

    def finish(self) -> None:
        """Put the whole file in its place."""
        self.file.replace(self.target)
        self._etag.unlink(missing_ok=True)
