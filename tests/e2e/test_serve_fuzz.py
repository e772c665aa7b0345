"""The server under requests made up from its description: it never fails, and keeps its word."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from skyshade.web import guard
from skyshade.web.app import make_app
from skyshade.web.case import MapCase

HOST = {"Host": "127.0.0.1"}
OUT = tempfile.TemporaryDirectory()  # what is asked is known before any test has a folder
APP = make_app(MapCase.load("india-s400"), Path(OUT.name))
API = schemathesis.openapi.from_asgi("/api/openapi.json", APP, headers=HOST)
# what a schema allows may still be a place without terrain; other methods are refused in any case
NOT_PROMISED = [
    checks.positive_data_acceptance,
    checks.unsupported_method,
    checks.allow_header_conformance,
]


@pytest.fixture(autouse=True)
def no_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BURST", 1e9)


@API.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_keeps_its_word(case: Any) -> None:
    case.call_and_validate(headers=HOST, excluded_checks=NOT_PROMISED)
