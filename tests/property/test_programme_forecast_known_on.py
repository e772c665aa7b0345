"""Forecasts, what-ifs, payments, the law and the backtest carry nothing published later."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.console import Console

from skyshade.cli import _programme_forecasts, _programme_reports, _programme_tables
from skyshade.errors import InputError
from skyshade.programme import Ledger, load_ledger, resolve
from skyshade.programme.backtest import backtest
from skyshade.programme.forecast import forecast
from skyshade.programme.payments import exposure
from skyshade.programme.sanctions import walk
from skyshade.programme.whatif import sanction_lands

DRAWS = 300


@pytest.fixture(params=["india-s400", "turkey-s400"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    return load_ledger(request.param)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_programme_forecasts, _programme_reports, _programme_tables):
        monkeypatch.setattr(module, "console", lambda: Console(width=400, color_system=None))


def days_of(ledger: Ledger) -> Iterator[date]:
    """The days around every ninth report, and two outside of the ledger's time."""
    reports = sorted({c.reported.last for c in ledger.claims if c.reported.last <= ledger.as_of})
    yield date(2015, 1, 1)
    for day in reports[::9]:
        yield day - timedelta(days=1)
        yield day
    yield ledger.as_of + timedelta(days=400)


def printed(ledger: Ledger, day: date) -> str:
    """Everything that forecast, what-if, payments, sanctions and backtest print for a day."""
    out = io.StringIO()
    state = resolve(ledger, day, day)
    with redirect_stdout(out):
        made = forecast(ledger, day, draws=DRAWS)
        _programme_forecasts.print_forecast(made, state, None)
        if made.units:
            _programme_forecasts.print_forecast(made, state, day + timedelta(days=365))
        try:
            found = sanction_lands(ledger, day + timedelta(days=1), day)
        except InputError:
            pass
        else:
            _programme_forecasts.print_whatif(found)
        _programme_reports.print_exposure(exposure(state))
        for case in ledger.setup.cases:
            _programme_reports.print_walk(walk(state, case))
        done = backtest(
            ledger,
            [d for d in (*ledger.setup.backtest[::9],) if d <= day],
            known_on=day,
            draws=DRAWS,
        )
        _programme_forecasts.print_backtest(replace(done, chosen_on=()), each=True)
    return out.getvalue()


def test_later_claims_change_nothing_that_is_printed(ledger: Ledger) -> None:
    """The ledger without anything published after the day prints the same, to the letter."""
    for day in list(days_of(ledger))[::2]:
        known = tuple(c for c in ledger.claims if c.reported.first <= day)
        ids = {c.id for c in known}
        blind = replace(
            ledger,
            claims=known,
            contradictions=tuple(
                c for c in ledger.contradictions if c.since <= day and set(c.claims) <= ids
            ),
        )
        assert printed(blind, day) == printed(ledger, day), day


def test_nothing_published_later_is_named(ledger: Ledger) -> None:
    """No title, outlet or note of a later report, and no precedent that had not happened."""
    for day in days_of(ledger):
        text = printed(ledger, day)
        said = {c.note for c in ledger.claims if c.reported.last <= day}  # two may say the same
        for claim in ledger.claims:
            if claim.reported.last > day and len(claim.note) > 20 and claim.note not in said:
                assert claim.note not in text
        for source in ledger.sources.values():
            if source.is_publication and source.date.last > day:
                assert source.url == "" or source.url not in text
        if day < date(2020, 12, 14):
            law = text.split("Months, by day")[0]
            assert not re.search(r"14 December 2020|Turkey took", law)
