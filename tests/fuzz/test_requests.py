"""Every request of the server with damaged bodies: refused, and never a fault."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from fuzz.mutate import mutated
from skyshade.web import guard
from skyshade.web.app import make_app
from skyshade.web.case import MapCase

TRIES = int(os.environ.get("SKYSHADE_FUZZ", "60"))
CASE = MapCase.load("flat-earth-check")
SITE = {"id": "site", "like": "site", "lon": 75.0, "lat": 20.0}
BODIES: dict[str, dict[str, Any]] = {
    "/api/views": {"site": SITE},
    "/api/engageable": {"site": SITE, "target": "fighter"},
    "/api/reach": {"site": SITE, "target": "fighter"},
    "/api/profile": {"from": [75.0, 20.0], "to": [75.5, 20.5], "sites": [SITE]},
    "/api/jobs": {"kind": "coverage", "sites": [SITE]},
    "/api/scenarios": {"name": "a", "title": "1e3", "sites": [SITE]},
}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(guard, "BURST", 1e9)
    monkeypatch.setattr("skyshade.web.jobs.AT_ONCE", 0)  # taken, not run
    with TestClient(make_app(CASE, tmp_path), base_url="http://127.0.0.1") as made:
        yield made


@pytest.mark.parametrize("path", BODIES)
def test_damaged_bodies(client: TestClient, path: str) -> None:
    whole = json.dumps(BODIES[path]).encode()
    for k in range(TRIES):
        body = mutated(whole, random.Random(f"{path} {k}"))
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500 or answer.status_code == 507, (k, body, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["error"]["message"]


@pytest.mark.parametrize("header", ["Host", "Origin", "Cookie", "Authorization", "Content-Type"])
@pytest.mark.parametrize("token", [None, "secret"])
def test_damaged_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str, token: str | None
) -> None:
    monkeypatch.setattr(guard, "BURST", 1e9)
    good = {
        "Host": b"127.0.0.1:8400",
        "Origin": b"http://127.0.0.1:8400",
        "Cookie": b'skyshade="secret"; a=b',
        "Authorization": b"Bearer secret",
        "Content-Type": b"application/json; charset=utf-8",
    }
    app = make_app(CASE, tmp_path, token)
    with TestClient(app, base_url="http://127.0.0.1:8400") as client:
        for k in range(TRIES):
            damaged = mutated(good[header], random.Random(f"{header} {k}"))[:2000]
            value = bytes(b for b in damaged if b >= 32 and b != 127)
            answer = client.get("/api/jobs", headers=[(header.encode(), value)])
            assert answer.status_code < 500, (k, value, answer.text)
