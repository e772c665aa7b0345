"""The programme behind a case, as the map shows it: what held when, and what may come."""

from __future__ import annotations

import functools
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException

from skyshade.assess.programme import units_in_service
from skyshade.dates import last_day
from skyshade.programme import Ledger, resolve
from skyshade.programme.summary import opening
from skyshade.programme.words import said
from skyshade.web.case import MapCase


def state_of(case: MapCase, as_of: str | None, known_on: str | None) -> dict[str, Any]:
    """The state of the ledger on a day, as known on a day; by default the day it was compiled.

    Raises
    ------
    HTTPException : 404, the case has no programme.
    InputError : a date that cannot be read.
    """
    ledger = _ledger(case)
    known = _day(known_on, "known_on", ledger.as_of)
    state = resolve(ledger, _day(as_of, "as_of", min(known, ledger.as_of)), known)
    data = state.as_dict()
    for claim in state.published:
        data["claims"][claim.id]["says"] = said(claim)
    return data | {
        "opening": list(opening(state)),
        "attributes": {a.name: a.title for a in ledger.attributes.values()},
        "compiled": ledger.as_of.isoformat(),
    }


def forecast_of(case: MapCase, known_on: str | None) -> dict[str, Any]:
    """What is still due, as known on a day, and how many units may be in service by when.

    Raises
    ------
    HTTPException : 404, the case has no programme.
    InputError : a date that cannot be read.
    """
    ledger = _ledger(case)
    return _forecast(case, _day(known_on, "known_on", ledger.as_of))


@functools.lru_cache(16)
def _forecast(case: MapCase, known_on: date) -> dict[str, Any]:
    made, fan = units_in_service(case.scenario, _ledger(case), known_on)
    return made.as_dict() | {
        "fan": [
            {"date": day.isoformat(), "p10": low, "p50": middle, "p90": high}
            for day, (low, middle, high) in fan
        ]
    }


def _ledger(case: MapCase) -> Ledger:
    if case.ledger is None:
        raise HTTPException(404, "this case has no programme")
    return case.ledger


def _day(text: str | None, field: str, default: date) -> date:
    return default if text is None else last_day(text, field)
