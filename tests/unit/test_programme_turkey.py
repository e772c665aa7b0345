"""A second programme: everything that differs between programmes comes from the ledger."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from skyshade.errors import InputError
from skyshade.programme import Ledger, ledger_names, load_ledger, resolve
from skyshade.programme.backtest import backtest, backtest_days
from skyshade.programme.forecast import forecast
from skyshade.programme.hazards import learn_hazards
from skyshade.programme.ledger import load_files
from skyshade.programme.openings import exposure_opening
from skyshade.programme.payments import exposure, phase
from skyshade.programme.sanctions import walk
from skyshade.programme.summary import opening
from skyshade.report.outlook import backtest_sentences, forecast_sentences


@pytest.fixture(scope="module")
def turkey() -> Ledger:
    return load_ledger("turkey-s400")


def test_it_is_shipped_and_sourced(turkey: Ledger) -> None:
    assert ledger_names() == ["india-s400", "turkey-s400"]
    for claim in turkey.claims:
        source = turkey.sources[claim.source]
        assert source.url or source.kind in ("memory", "inference", "official")


def test_what_has_been_delivered(turkey: Ledger) -> None:
    state = resolve(turkey)
    assert [str(state.happened(b, "delivered")) for b in ("battery-1", "battery-2")] == [
        "2019-07-25",
        "2019-09-15",
    ]
    # a report says that they are not activated, so nothing is assumed
    assert {r.readiness for r in state.units} == {"reported delivered"}
    text = " ".join(opening(state))
    assert "Both batteries have been reported delivered" in text
    assert "no report says that one is operational, and The Times (Greece) reports" in text
    assert "regiments" not in text


def test_the_law_before_and_after_the_measures(turkey: Ledger) -> None:
    assert list(turkey.setup.cases) == ["turkey", "china-2018"]
    before = walk(resolve(turkey, known_on=date(2020, 6, 30)), "turkey")
    assert not before.recorded
    assert before.outcome is None
    after = walk(resolve(turkey), "turkey")
    assert after.agrees
    assert walk(resolve(turkey, known_on=date(2020, 12, 20)), "turkey").recorded
    assert set(after.measures) == {1, 2, 3, 4, 7, 8, 9, 11, 12}
    with pytest.raises(InputError, match="unknown case 'india'"):
        walk(resolve(turkey), "india")


def test_payments_in_its_own_currency(turkey: Ledger) -> None:
    """45 % of 2.5 billion dollars in advance, 55 % by loan, at the rate last reported."""
    found = exposure(resolve(turkey))
    assert (found.currency, found.local_currency) == ("USD", "TRY")
    advance, loan = found.instalments
    assert advance.amount == pytest.approx(1.125e9)
    assert loan.amount == pytest.approx(1.375e9)
    assert loan.local == pytest.approx(1.375e9 * 7.942)
    # a deposit was reported without its amount, and no date for paying the loan back
    assert advance.begun is not None and advance.paid is None
    assert [phase(part) for part in found.instalments] == ["due", "undated"]
    assert found.total("due")[0] == pytest.approx(1.125e9)
    opening = " ".join(exposure_opening(found))
    assert "a first payment on the advance is reported, without its amount" in opening
    assert (
        "no payment is reported" not in opening and "2.5 billion US dollars is due" not in opening
    )
    assert sum(i.amount for i in found.instalments) == pytest.approx(found.price or 0)
    assert exposure(resolve(turkey, known_on=date(2017, 9, 1))).price is None


def test_forecast_of_what_was_due_and_of_nothing(turkey: Ledger) -> None:
    day = date(2018, 6, 30)
    made = forecast(turkey, day, draws=2000)
    assert [r.id for r in made.units] == ["battery-1"]
    assert made.units[0].outside is not None
    assert made.prior_from == ("orders of the same class in a public register",)
    state = resolve(turkey, day, day)
    first = forecast_sentences(made, state)[0]
    assert first.startswith("As known on 30 June 2018, both batteries are still due; ")
    assert first.endswith("is July 2019; for the other no date had been promised.")
    now = forecast(turkey, draws=100)
    assert now.units == ()
    assert "nothing is left to forecast" in forecast_sentences(now, resolve(turkey))[0]


def test_backtest_on_its_own_days(turkey: Ledger) -> None:
    """Promises to Turkey were kept; the model does not beat them and says so."""
    assert len(backtest_days(turkey)) == 22
    done = backtest(turkey, draws=1000)
    assert done.best == "official promise"
    assert done.mean_crps("model") < done.mean_crps("reference class")
    text = " ".join(backtest_sentences(done))
    assert "two batteries" in text
    assert "chosen" not in text


def test_precedents_are_those_of_the_ledger(turkey: Ledger) -> None:
    """One buyer sanctioned of two that had received a shipment, by the cases of this ledger."""
    from dataclasses import replace

    both = learn_hazards(resolve(turkey)).sanction_shape
    alone = replace(
        turkey, setup=replace(turkey.setup, cases={"turkey": turkey.setup.cases["turkey"]})
    )
    assert both - learn_hazards(resolve(alone)).sanction_shape in (0.0, 1.0)
    none = replace(turkey, setup=replace(turkey.setup, cases={}))
    assert learn_hazards(resolve(none)).sanction_shape == 0.5


PROGRAMME = """\
schema: skyshade/ledger/1
name: patriots
title: An invented purchase
as_of: 2024-01-01
programme:
{programme}
subjects:
  deal: {{kind: contract, title: the contract}}
  unit-1: {{kind: unit, title: first unit, order: 1}}
sources:
  s: {{title: t, outlet: o, date: 2020-01-01}}
claims:
  - {{id: a, subject: deal, attribute: signed, valid: 2020-01-01, source: s, confidence: high}}
"""


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("  contract: dael", "Did you mean 'deal'"),
        ("  currency: dollars", "currency"),
        ("  cases: {x: {subject: nobody, title: X}}", "unknown subject 'nobody'"),
        ("  instalments: [{title: a, due: deal}]", "SUBJECT.ATTRIBUTE"),
        ("  backtest: {from: 2022-01, to: 2021-01, every_months: 3}", "no day between"),
        ("  projects: {n: 10, on_time: 6, twice_as_long: 5}", "on_time \\+ twice_as_long < n"),
        ("  operational_after_months: 0", "up to 120 months"),
        ("  operational_after_months: soon", "operational_after_months|not a"),
        ("  contarct: deal", "Did you mean 'contract'"),
    ],
)
def test_a_section_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, lines: str, problem: str
) -> None:
    file = tmp_path / "ledger.yaml"
    file.write_text(PROGRAMME.format(programme=lines))
    with pytest.raises(InputError, match=problem) as caught:
        load_files([file])
    assert caught.value.line


def test_days_of_a_ledger_that_names_none(tmp_path: Path) -> None:
    file = tmp_path / "ledger.yaml"
    file.write_text(PROGRAMME.format(programme="  contract: deal\n  unit: battery"))
    ledger = load_files([file])
    assert ledger.setup.units == "batteries"
    assert backtest_days(ledger) == ()  # the newest report is of the day of the signature


def test_a_promise_of_the_contract_is_made_near_its_signature(turkey: Ledger) -> None:
    """March 2020 was promised three months after it; "this year" came in February 2019."""
    from skyshade.programme.forecast import _first_promise

    state = resolve(turkey, date(2019, 6, 30), date(2019, 6, 30))
    first = _first_promise(state, 1)
    assert first is not None
    assert (str(first.due), first.issued) == ("2020-03", date(2017, 12, 27))
    assert _first_promise(state, 2) is None
