"""Pieces on a Dask cluster: waiting for workers, and going on when the last one is lost."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from types import SimpleNamespace
from typing import Any, cast

import pytest

from skyshade.campaign import schedule
from skyshade.campaign.pieces import Piece
from skyshade.campaign.study import Study
from skyshade.errors import WorkError

ADDRESS = "tcp://192.0.2.1:8786"


class Client:
    """A scheduler whose first workers come at the third look."""

    def __init__(self, looks: int = 2) -> None:
        self.status, self.looks = "running", looks

    def scheduler_info(self) -> dict[str, Any]:
        self.looks -= 1
        return {"workers": {} if self.looks >= 0 else {"a": {}}}

    def close(self, timeout: float) -> None:
        self.status = "closed"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    client = Client()
    killed = type("KilledWorker", (Exception,), {})
    fake = SimpleNamespace(Client=lambda *_, **__: client, KilledWorker=killed)
    monkeypatch.setitem(sys.modules, "distributed", fake)
    monkeypatch.setattr(schedule, "POLL_S", 0.0)
    return client


def run(names: list[str]) -> list[tuple[str, bytes]]:
    pieces = cast(list[Piece], [SimpleNamespace(name=name) for name in names])
    return list(schedule._on_dask(cast(Study, None), pieces, "key", 1, ADDRESS))


def test_no_worker_yet_means_wait_with_one_message(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        schedule, "_on_workers", lambda *args: iter([(p.name, b"done") for p in args[3]])
    )
    with caplog.at_level(logging.WARNING):
        assert run(["a", "b"]) == [("a", b"done"), ("b", b"done")]
    (said,) = [r.getMessage() for r in caplog.records]
    assert "no Dask worker" in said and f"dask worker {ADDRESS}" in said
    assert client.looks < 0


def test_the_rest_goes_to_the_next_worker_when_the_last_one_is_lost(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers' common data are gone with it: they are sent again, for what is missing."""
    asked: list[list[str]] = []

    def on_workers(*args: Any) -> Iterator[tuple[str, bytes]]:
        asked.append([p.name for p in args[3]])
        yield args[3][0].name, b"done"
        if len(asked) == 1:
            raise CancelledError
        yield from ((p.name, b"done") for p in args[3][1:])

    monkeypatch.setattr(schedule, "_on_workers", on_workers)
    assert [name for name, _ in run(["a", "b", "c"])] == ["a", "b", "c"]
    assert asked == [["a", "b", "c"], ["b", "c"]]


def test_a_lost_scheduler_ends_the_run(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_workers(*_: Any) -> Iterator[tuple[str, bytes]]:
        client.status = "closed"
        yield "a", b"done"
        raise CancelledError

    monkeypatch.setattr(schedule, "_on_workers", on_workers)
    with pytest.raises(WorkError, match="finished pieces are kept"):
        run(["a", "b"])
