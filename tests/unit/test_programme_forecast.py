"""Forecast, backtest, payments, what-ifs and the register of agreements on the shipped ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from skyshade.dates import DateRule, PartialDate, months_between
from skyshade.errors import InputError
from skyshade.programme import Ledger, load_ledger, resolve
from skyshade.programme.agreements import register
from skyshade.programme.backtest import (
    METHODS,
    backtest,
    backtest_days,
    constant_slip_dates,
    official_dates,
)
from skyshade.programme.forecast import Shock, forecast
from skyshade.programme.hazards import learn_hazards
from skyshade.programme.payments import exposure, rate_on
from skyshade.programme.plan import calendar, current_plans
from skyshade.programme.slip import Prior
from skyshade.programme.whatif import channel_closes, sanction_lands

DRAWS = 4000


@pytest.fixture(scope="module")
def india() -> Ledger:
    return load_ledger("india-s400")


def test_the_calendar_is_spaced_evenly(india: Ledger) -> None:
    """October 2020 to April 2023 in four steps of seven and a half months."""
    dates = calendar(resolve(india, date(2019, 1, 31), date(2019, 1, 31)))
    assert dates is not None
    assert [str(dates.due(k)) for k in range(1, 6)] == [
        "2020-10",
        "2021-06",
        "2022-01",
        "2022-08",
        "2023-04",
    ]


def test_no_peeking(india: Ledger) -> None:
    """Claims published after the day, or perhaps after it, have no influence."""
    for day in india.setup.chosen_on:
        known = tuple(c for c in india.claims if c.reported.last <= day)
        blind = replace(india, claims=known)
        assert (
            forecast(blind, day, draws=500).as_dict() == forecast(india, day, draws=500).as_dict()
        )


def test_only_what_is_still_due_is_forecast(india: Ledger) -> None:
    assert [r.id for r in forecast(india, draws=DRAWS).units] == ["regiment-5"]
    early = forecast(india, date(2019, 1, 31), draws=DRAWS)
    assert len(early.units) == 5
    for r in early.units:
        assert date(2019, 1, 31) <= r.delivered.p10 <= r.delivered.p50 <= r.delivered.p90
        assert r.operational.p50 > r.delivered.p50
    for before, after in zip(early.units, early.units[1:], strict=False):
        assert (before.days <= after.days).all()  # regiments come in their order
    assert not forecast(replace(india, claims=india.claims[:1]), draws=10).units


def test_a_schedule_is_set_anew_from_its_front(india: Ledger) -> None:
    """In April 2021 the first was due in December; the third follows by the calendar's spacing."""
    day = date(2021, 4, 6)
    state = resolve(india, day, day)
    [third] = current_plans(state, "regiment-3")
    assert third.from_calendar
    assert third.claims == ("lavrov2021-2-december",)
    assert months_between(date(2021, 12, 16), third.due.middle) == pytest.approx(15, abs=0.6)


def test_blockages_as_reported(india: Ledger) -> None:
    hazards = learn_hazards(resolve(india))
    assert [(str(e.start), str(e.end), e.ongoing) for e in hazards.episodes] == [
        ("2018-10-01", "2019-08-31", False),
        ("2022-03-01", "2023-08-28", False),
    ]
    assert hazards.resettle_months == pytest.approx(10.8, abs=0.1)  # 5 Oct 2018 to 29 Aug 2019
    assert hazards.working_months(date(2019, 1, 31), date(2020, 1, 31)) == pytest.approx(5, abs=0.1)
    day = date(2023, 3, 31)
    assert learn_hazards(resolve(india, day, day)).blocked_now


def test_backtest_on_the_days_of_the_ledger(india: Ledger) -> None:
    """As docs/programme.md has it: 29 ends of quarters; the stretches where the model lost too."""
    days = backtest_days(india)
    assert (len(days), days[0], days[-1]) == (29, date(2019, 3, 31), date(2026, 3, 31))
    done = backtest(india, draws=DRAWS)
    assert done.days == days
    errors = {m: done.mean_error(m) for m in METHODS}
    assert errors["model"] == pytest.approx(10.2, abs=0.5)
    assert errors["official promise"] == pytest.approx(16.3, abs=0.1)
    assert errors["constant slip"] == pytest.approx(15.1, abs=0.1)
    assert done.best == "model"
    assert done.mean_crps("model") < done.mean_crps("reference class") - 1
    covered, scored = done.coverage
    assert 0.8 <= covered / scored <= 0.98
    assert sum(done.fifths) == pytest.approx(1)
    lost = [(s.first.year, s.better) for s in done.lost("error")]
    assert (2021, "constant slip") in lost  # it did not believe the promise that was kept
    assert sum(s.n_days for s in done.lost("crps")) >= 2


def test_the_rule_for_imprecise_dates_in_backtests(india: Ledger) -> None:
    """It changes nothing at the ends of quarters, and does within months in which reports fell.

    A report dated by a month or a quarter has certainly, possibly and on its middle day been
    published by the end of a quarter. The only reports whose dates span one of the shipped days
    are two of one page, dated by a year, and they deny each other.
    """
    spanning = {
        c.id
        for c in india.claims
        for day in backtest_days(india)
        if c.reported.first <= day < c.reported.last
    }
    assert spanning == {"ownly-r4", "ownly-r4-delivered"}

    def rows(days: list[date], dates: DateRule) -> list[dict[str, Any]]:
        done = backtest(india, days, draws=200, dates=dates)
        return [row.as_dict() for row in done.rows]

    ends = list(backtest_days(india))[8:18]
    assert rows(ends, "certainly") == rows(ends, "possibly") == rows(ends, "middle")
    within = [date(2019, 9, 16), date(2020, 12, 17)]
    assert rows(within, "certainly") != rows(within, "possibly")


def test_another_method_that_is_better_is_named(india: Ledger) -> None:
    """With a prior that expects a tenfold delay the model loses, and the table says to whom."""
    done = backtest(
        india, [date(2021, 6, 30)], draws=500, prior=Prior(2.3, 0.05, 0.1, sigma_log_sd=0.01)
    )
    assert done.best != "model"
    [stretch] = done.lost("crps")
    assert (stretch.first, stretch.last, stretch.n_days) == 2 * (date(2021, 6, 30),) + (1,)
    assert stretch.other < stretch.model


def test_baselines_by_hand(india: Ledger) -> None:
    day = date(2022, 8, 1)
    state = resolve(india, day, day)
    official = official_dates(state)
    assert official["regiment-2"] == PartialDate.parse("2022-Q3").middle
    assert official["regiment-5"] == date(2023, 4, 15)
    third = (official["regiment-5"] - official["regiment-2"]).days / 3
    assert (official["regiment-3"] - official["regiment-2"]).days == pytest.approx(third, abs=1)
    constant = constant_slip_dates(state)
    slip = months_between(date(2020, 10, 16), date(2021, 12, 16))
    assert months_between(date(2022, 8, 16), constant["regiment-4"]) == pytest.approx(slip, abs=0.1)


def test_a_stop_moves_what_comes_after_it(india: Ledger) -> None:
    base = forecast(india, draws=DRAWS)
    stop = forecast(india, draws=DRAWS, shocks=[Shock(date(2027, 3, 1), 6.0)])
    moved = stop.units[0].days - base.units[0].days
    after = base.units[0].days > (date(2027, 3, 1) - base.known_on).days
    assert np.allclose(moved[after], 6 * 365.25 / 12)
    assert (moved[~after] == 0).all()


def test_exposure_adds_up(india: Ledger) -> None:
    found = exposure(resolve(india))
    parts = [found.total(w)[0] for w in ("paid", "due", "later")]
    assert sum(parts) == pytest.approx(5.43e9)
    assert parts[0] == 850e6
    assert parts[1] == pytest.approx(4 * (5.43e9 - 850e6) / 5)
    assert found.stuck == 3e9
    assert found.instalments[0].local == pytest.approx(850e6 * 71.24)  # the rate of September 2019
    assert [i.assumed for i in found.instalments] == [False] + 5 * [True]
    before = exposure(resolve(india, date(2019, 1, 31), date(2019, 1, 31)))
    assert before.total("paid")[0] == 0
    assert before.instalments[-1].paid is None


def test_rate_of_its_date(india: Ledger) -> None:
    state = resolve(india)
    for day, rate in (
        (date(2018, 12, 1), 74.13),
        (date(2021, 1, 1), 71.24),
        (date(2026, 1, 1), 82.94),
    ):
        found = rate_on(state, day)
        assert found is not None
        assert found.per_unit == rate
        assert found.day.last <= day


def test_what_ifs_follow_the_stated_rule(india: Ledger) -> None:
    on = date(2027, 1, 1)
    takes_over = channel_closes(india, "channel-rupee-rouble", on, 24)
    assert takes_over.stop_months == pytest.approx(10.8, abs=0.1)
    short = channel_closes(india, "channel-rupee-rouble", on, 3)
    assert short.stop_months == 3
    dead = channel_closes(india, "channel-dollar", on, 12)
    assert dead.stop_months == 0
    assert dead.shift_months("regiment-5") == 0
    lands = sanction_lands(india, on)
    assert lands.stop_months == pytest.approx(10.8, abs=0.1)
    assert lands.shift_months("regiment-5") == pytest.approx(10.8, abs=0.2)
    assert lands.delayed == pytest.approx((5.43e9 - 850e6) / 5)


def test_a_sanction_is_a_choice_from_the_menu(india: Ledger) -> None:
    """Licences, credit and persons touch the buyer and stop no delivery; banking does."""
    on = date(2027, 1, 1)
    mild = sanction_lands(india, on, measures=[1, 2, 3, 4, 12])
    assert (mild.stop_months, mild.delayed, mild.shift_months("regiment-5")) == (0, 0, 0)
    assert [c.measure.number for c in mild.menu if c.chosen] == [1, 2, 3, 4, 12]
    assert len(mild.menu) == 12
    assert {"export licences", "banking", "persons"} <= {c.measure.touches for c in mild.menu}
    assert all(c.measure.effect for c in mild.menu)
    banking = sanction_lands(india, on, measures=[1, 2, 3, 4, 8])
    assert banking.stop_months == pytest.approx(10.8, abs=0.1)
    before = {c.measure.number: c.used_against for c in banking.menu}
    assert before[3] == ("Turkey, S-400",)  # by the claims of the ledger
    assert before[5] == ()
    early = sanction_lands(india, date(2019, 2, 1), date(2019, 1, 31))
    assert all("Turkey" not in name for c in early.menu for name in c.used_against)
    with pytest.raises(InputError, match="fewer measures than the law asks for"):
        sanction_lands(india, on, measures=[1, 2])
    with pytest.raises(InputError, match="not on the menu"):
        sanction_lands(india, on, measures=[1, 2, 3, 4, 13])


def test_probability_by_date(india: Ledger) -> None:
    """The share of draws; it only grows, and being operational comes after delivery."""
    made = forecast(india, draws=DRAWS)
    fifth = made.units[0]
    [(delivered, operational)] = made.by(date(2027, 6, 30)).values()
    days = (date(2027, 6, 30) - made.known_on).days
    assert delivered == pytest.approx(np.mean(fifth.days <= days))
    assert operational < delivered
    assert made.by(fifth.delivered.p50)["regiment-5"][0] == pytest.approx(0.5, abs=0.01)
    curve = made.curve()
    values = [row["regiment-5"]["delivered"] for row in curve]
    assert values == sorted(values)
    assert curve[0]["date"] == made.known_on.isoformat()
    with pytest.raises(InputError, match="looks ahead"):
        made.by(date(2020, 1, 1))


def test_what_ifs_refused(india: Ledger) -> None:
    with pytest.raises(InputError, match="Did you mean 'channel-dollar'"):
        channel_closes(india, "channel-dolar", date(2027, 1, 1), 3)
    with pytest.raises(InputError, match="0 to 240 months"):
        channel_closes(india, "channel-dollar", date(2027, 1, 1), -3)
    with pytest.raises(InputError, match="in the future"):
        sanction_lands(india, date(2020, 1, 1))


def test_agreements_over_time(india: Ledger) -> None:
    def status(day: date, id_: str) -> str:
        return next(a.status for a in register(resolve(india, day)) if a.subject.id == id_)

    assert status(date(2021, 12, 7), "relos") == "not signed"
    assert status(date(2025, 3, 1), "relos") == "signed"
    assert status(india.as_of, "relos").startswith("law in Russia")
    assert status(india.as_of, "navy-mou") == "not signed"
    assert status(date(2021, 4, 30), "sputnik-v") == "cleared"
    named = {a.subject.id for a in register(resolve(india))}
    assert named >= {
        "agreements-28",
        "joint-statement",
        "relos",
        "navy-mou",
        "ak203",
        "mtc-programme",
        "trade",
        "investment",
        "kudankulam",
        "second-site",
        "sputnik-v",
        "bank-cyber-pact",
        "kabul-presence",
    }


def test_progress_against_targets(india: Ledger) -> None:
    trade = next(a for a in register(resolve(india)) if a.subject.id == "trade")
    shares = {str(p.due): p.share for p in trade.progress}
    assert shares["2025"] == pytest.approx(68.7 / 30)
    assert shares["2030"] == pytest.approx(68.7 / 100)


def test_past_forecasts_by_the_rule_for_imprecise_dates(india: Ledger) -> None:
    """On 15 July 2022 a report "of July" on the second regiment may or may not have been out."""
    day = (date(2022, 7, 15),)
    certainly, possibly = (
        backtest(india, day, draws=200, dates=rule).rows[0] for rule in ("certainly", "possibly")
    )
    assert certainly.unit == possibly.unit == "regiment-2"
    assert certainly.model != possibly.model
