"""The server of the map, met by clients that hang up, dawdle, crowd in or lie."""

from __future__ import annotations

import contextlib
import logging
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from e2e.conftest import killed_on_failure
from skyshade.web import connections
from skyshade.web.app import make_app
from skyshade.web.case import MapCase
from skyshade.web.connections import LINES_PER_MINUTE, Sparing
from skyshade.web.server import Service, make_service

CASE = MapCase.load("india-s400")
GET = b"GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SERVE = (
    "import skyshade.web.server as s, skyshade.web.case as c; s.check_bundle = lambda: None; "
    "c.MapCase.warm_up = lambda self: None; from skyshade.__main__ import main; main()"
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A server that really listens, in a thread."""
    made = make_service(CASE, "127.0.0.1", 0, tmp_path / "out")
    object.__setattr__(made, "case", type("Cold", (), {"warm_up": staticmethod(lambda: None)}))
    thread = threading.Thread(target=made.run)
    thread.start()
    while not made.server.started:
        time.sleep(0.01)
    yield made
    made.server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def connect(service: Service) -> socket.socket:
    return socket.create_connection(service.listening.getsockname(), timeout=10)


def is_closed(client: socket.socket, within_s: float) -> bool:
    """Whether the server ends this connection in time."""
    client.settimeout(within_s)
    try:
        while client.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="needs SIGPIPE")
def test_clients_that_hang_up_do_not_end_the_server(tmp_path: Path) -> None:
    """Two writes to a closed connection raise SIGPIPE; here it is also sent, to be certain."""
    command = [sys.executable, "-c", SERVE, "serve", "--port", "0", "--out", str(tmp_path / "o")]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        killed_on_failure(process),
    ):
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert found
        port = int(found[1])
        address = ("127.0.0.1", port)

        def hang_up() -> None:
            for _ in range(12):
                with contextlib.suppress(OSError), socket.create_connection(address) as client:
                    client.sendall(GET.replace(b"jobs", b"borders"))

        clients = [threading.Thread(target=hang_up) for _ in range(18)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        process.send_signal(signal.SIGPIPE)
        time.sleep(4)  # the budget of requests fills up again
        assert process.poll() is None
        assert httpx.get(f"http://127.0.0.1:{port}/api/jobs", timeout=60).json() == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    "said", [b"", b"GET /api/case HT", GET[:-2], GET[:-2] + b"Content-Length: 9\r\n\r\n{"]
)
def test_a_request_that_never_ends_is_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.5)
    with connect(service) as client:
        client.sendall(said)
        assert is_closed(client, 5)


def test_a_drip_of_bytes_is_closed_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte arrives in time; the whole request does not."""
    monkeypatch.setattr(connections, "REQUEST_S", 0.5)
    start = time.monotonic()
    with connect(service) as client, pytest.raises(OSError):
        for byte in GET * 20:
            client.sendall(bytes([byte]))
            time.sleep(0.02)
            assert time.monotonic() - start < 5
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                if not client.recv(1):
                    raise ConnectionResetError
            client.setblocking(True)


def test_an_answer_may_take_longer_than_a_request(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.3)
    app = service.server.config.app

    @app.get("/slow")  # type: ignore[union-attr, untyped-decorator]
    def slow() -> str:
        time.sleep(1)
        return "done"

    app.router.routes.insert(0, app.router.routes.pop())  # type: ignore[union-attr]
    with httpx.Client() as client:  # one connection for both
        assert client.get(f"{service.url}slow").json() == "done"
        assert client.get(f"{service.url}slow").json() == "done"


def test_connections_without_a_request_make_room(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 20)
    crowd = [connect(service) for _ in range(60)]
    try:
        assert httpx.get(f"{service.url}api/jobs").json() == []
        assert len(service.server.server_state.connections) <= 20
        assert is_closed(crowd[0], 5) and not is_closed(crowd[-1], 0.2)
    finally:
        for client in crowd:
            client.close()


def test_the_log_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("skyshade.test.sparing")
    log.addFilter(Sparing())
    for k in range(500):
        log.warning("invalid request %s", k)
        log.warning("another kind")
    assert len(caplog.records) == 2 * LINES_PER_MINUTE
    assert "are not shown" in caplog.records[-1].getMessage()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "[::1"},
        {"Host": "127.0.0.1", "Origin": "http://["},
        {"Host": "127.0.0.1", "Origin": "null"},
        {"Host": ""},
        {"Host": "[fe80::1%25eth0]"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "2130706433"},
    ],
)
@pytest.mark.parametrize("token", [None, "secret"])
def test_malformed_headers_are_refused(
    tmp_path: Path, headers: dict[str, str], token: str | None
) -> None:
    app = make_app(CASE, tmp_path, token)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=True) as client:
        answer = client.get("/api/jobs", headers=headers)
    assert answer.status_code in (401, 403), answer.text


@pytest.mark.parametrize("host", ["127.0.0.2:8400", "localhost", "[::1]:8400", "127.1.2.3"])
def test_every_loopback_address_is_answered(tmp_path: Path, host: str) -> None:
    with TestClient(make_app(CASE, tmp_path), base_url="http://127.0.0.1") as client:
        assert client.get("/api/jobs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["//other.example/", "/\\other.example", "/%2f%2fother.example"])
def test_the_link_leads_nowhere_else(tmp_path: Path, path: str) -> None:
    app = make_app(CASE, tmp_path, "secret")
    with TestClient(app, base_url="http://10.0.0.5") as client:
        key = app.state.door.new_key()
        url = httpx.URL("http://10.0.0.5", raw_path=f"{path}?key={key}".encode())
        answer = client.request("GET", str(url), follow_redirects=False)
        assert answer.status_code in (303, 401)
        assert answer.headers.get("location", "/") == "/"
