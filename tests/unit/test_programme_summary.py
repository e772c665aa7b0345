"""The answer before the tables: short, of the day, and true to the ledger."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from skyshade.catalogue.load import load_catalogue
from skyshade.errors import InputError
from skyshade.programme import Ledger, ProgrammeState, ledger_names, load_ledger, resolve
from skyshade.programme.amount import Amount
from skyshade.programme.backtest import backtest
from skyshade.programme.changes import changes_between, changes_in_short
from skyshade.programme.forecast import forecast
from skyshade.programme.names import nearest
from skyshade.programme.openings import exposure_opening, subject_opening, walk_opening
from skyshade.programme.payments import exposure
from skyshade.programme.sanctions import walk
from skyshade.programme.summary import MOST_SENTENCES, opening
from skyshade.programme.whatif import channel_closes, sanction_lands
from skyshade.programme.words import said
from skyshade.report.outlook import (
    backtest_sentences,
    by_sentences,
    forecast_sentences,
    whatif_question,
    whatif_sentences,
)


@pytest.fixture(scope="module")
def india() -> Ledger:
    return load_ledger("india-s400")


def told(ledger: Ledger, *day: int) -> str:
    return " ".join(opening(resolve(ledger, known_on=date(*day))))


@pytest.mark.parametrize("name", ledger_names())
def test_at_most_five_sentences_on_any_day(name: str) -> None:
    ledger = load_ledger(name)
    start = min(c.reported.first for c in ledger.claims) - timedelta(days=30)
    days = [start + timedelta(days=91 * k) for k in range((ledger.as_of - start).days // 91 + 2)]
    earlier: ProgrammeState | None = None
    for day in days:
        state = resolve(ledger, known_on=day)
        openings = [opening(state), exposure_opening(exposure(state))]
        openings += [subject_opening(state, s) for s in ledger.subjects.values()]
        openings += [walk_opening(walk(state, case)) for case in ledger.setup.cases]
        if earlier is not None:
            openings.append(changes_in_short(earlier, state, changes_between(earlier, state)))
        earlier = state
        for sentences in openings:
            assert 1 <= len(sentences) <= MOST_SENTENCES
            for text in sentences:
                assert text[0].isupper() or text[0].isdigit() or text[0] in "'\""
                assert text.endswith((".", "?", "!"))
                assert not re.search(r"(?<!^)\bNone\b|\d{4}-\d{2}|  |\(\)|\.\.$", text), text


def test_what_is_delivered_and_by_whose_word(india: Ledger) -> None:
    assert told(india, 2015, 1, 1) == "Nothing about it had been published by 1 January 2015."
    assert "No contract has been reported signed" in told(india, 2018, 6, 8)
    assert "None of the five regiments has been reported delivered" in told(india, 2021, 4, 6)
    august = told(india, 2023, 8, 31)
    assert "Three of the five regiments have been reported delivered" in august
    assert "third in February 2023 (Denis Alipov, Ambassador of Russia to India, speaking" in august
    assert "no report says that one is operational; all three are assumed to be" in august
    assert "the fourth in May 2026 (c4scourses, a copy)" in told(india, 2026, 11, 21)


def test_what_is_late_owed_and_held_up(india: Ledger) -> None:
    now = told(india, 2026, 11, 21)
    assert "the fifth was due by April 2023; it is 43 months late" in now
    assert "850 million US dollars is reported paid" in now
    assert "3.66 billion US dollars more is due" in now  # four of five parts of 5.43 less 0.85
    assert pytest.approx(3.664) == 4 * (5.43 - 0.85) / 5
    # each unit beside its own date, so that the months of delay can be checked
    august = told(india, 2023, 8, 15)
    assert "the fourth was due by August 2022 and the fifth by April 2023" in august
    assert "the fourth is eleven months late; the date last given for it is" in august
    assert "3 billion US dollars" in told(india, 2023, 8, 31)
    assert "held up" not in told(india, 2023, 8, 19)


def test_what_the_law_can_do(india: Ledger) -> None:
    assert "United States" not in told(india, 2017, 8, 1)
    now = told(india, 2026, 11, 21)
    assert "has imposed no sanctions for the purchase" in now
    assert "at least five of twelve measures" in now
    turkey = walk(resolve(india), "turkey-2020")
    assert "imposed sanctions on 14 December 2020" in walk_opening(turkey)[0]
    early = walk(resolve(india, known_on=date(2017, 8, 1)), "india")
    assert walk_opening(early) == ("The law did not exist on 1 August 2017.",)
    assert early.steps == ()


def test_the_amendment_is_no_question_before_it_is_law(india: Ledger) -> None:
    def asked(*day: int) -> set[str]:
        return {s.question.id for s in walk(resolve(india, known_on=date(*day)), "india").steps}

    assert "modified_waiver" not in asked(2018, 8, 12)
    assert "modified_waiver" in asked(2018, 8, 13)


def test_nothing_changes_where_nothing_was_said(india: Ledger) -> None:
    before, after = (resolve(india, known_on=date(2025, 1, d)) for d in (2, 3))
    assert changes_between(before, after) == ()
    state = resolve(india, known_on=date(2023, 8, 19))
    later = resolve(india, known_on=date(2023, 8, 20))
    found = {(c.subject, c.what): c for c in changes_between(state, later)}
    held_up = found["payment-milestones", "payments held up"]
    assert (held_up.before, held_up.after) == ("", "20 August 2023: 3 bn USD")
    assert held_up.claim is not None and held_up.claim.source == "hindu2308"


def test_dates_and_chances_as_people_say_them(india: Ledger) -> None:
    """No day as 2027-06-30, no number without its noun, no title with a wrong article."""
    day = date(2026, 11, 21)
    state, made = resolve(india, day, day), forecast(india, day, draws=500)
    said = forecast_sentences(made, state)
    assert said[0].startswith(
        "As known on 21 November 2026, one of the five regiments is still due;"
    )
    said += by_sentences(made, date(2027, 6, 30))
    said += backtest_sentences(backtest(india, (date(2019, 6, 30), date(2024, 6, 30)), draws=200))
    for closed in (False, True):
        result = (
            channel_closes(india, "channel-rupee-rouble", day, 12, day)
            if closed
            else sanction_lands(india, day, day)
        )
        said += [whatif_question(result), *whatif_sentences(result)]
    for text in said:
        assert not re.search(r"\d{4}-\d{2}", text), text
    assert "delivered by 30 June 2027 is " in " ".join(said)
    assert "What if all twelve measures of the law were imposed on 21 November 2026?" in said
    assert "What if the rupee-rouble account closed for 12 months from 21 November 2026?" in said
    for subject in india.subjects.values():
        for text in subject_opening(resolve(india), subject):
            assert not re.search(r"\bthe the\b|\bOne statement by .* are\b|Garbled", text), text


def test_the_nearest_names_first() -> None:
    names = ["contract", "regiment-1", "regiment-2", "trade"]
    assert nearest("regiment2", names)[0] == "regiment-2"
    assert sorted(nearest("x", names)) == names


def test_missiles_in_the_ledger_and_in_the_catalogue(india: Ledger) -> None:
    """Two stores of one fact: the same default, the same alternatives, the same sources."""
    entry = load_catalogue().entry("s-400-regiment-india")
    figure = entry.figure("missiles")
    stored = {(figure.number, s) for s in figure.sources}
    stored |= {(float(str(a.value)), s) for a in figure.alternatives for s in a.sources}
    answer = resolve(india).answer("contract", "missiles_per_unit")
    assert answer is not None and isinstance(answer.claim.value, Amount)
    assert answer.claim.value.value == figure.number
    claimed = {
        (c.value.value, c.source)
        for c in india.claims
        if c.attribute == "missiles_per_unit" and isinstance(c.value, Amount)
    }
    assert claimed <= stored
    battery = resolve(india).answer("contract", "missiles_per_battery")
    assert battery is not None and isinstance(battery.claim.value, Amount)
    assert battery.claim.value.value == entry.figure("missiles_per_battery").number


def test_before_the_signature_every_price_is_named(india: Ledger) -> None:
    """The table of June 2018 rests on dollars, so the sentence cannot name rupees alone."""
    text = told(india, 2018, 6, 8)
    assert "The price was put at " in text
    assert "billion US dollars (" in text and "40,000 crore rupees (" in text


def test_numbers_of_the_menu_are_never_without_their_meaning(india: Ledger) -> None:
    claim = india.claim("nauert18-measures")
    assert said(claim).startswith("2 (export licences denied); 7 (foreign exchange")
    turkey = load_ledger("turkey-s400")
    state = resolve(turkey, known_on=date(2021, 1, 31))
    text = " ".join(subject_opening(state, turkey.subjects["sanctions-turkey"]))
    assert "2 (export licences denied)" in text
    assert said(india.claim("bsadv-price")) == "5.43 bn USD"


def test_an_unknown_subject_names_only_those_heard_of(india: Ledger) -> None:
    early, late = (resolve(india, known_on=date(y, 6, 8)) for y in (2018, 2026))
    with pytest.raises(InputError) as caught:
        early.subject("khana")
    assert "contract" in str(caught.value) and "khanna-amendment" not in str(caught.value)
    with pytest.raises(InputError, match="Did you mean 'khanna-amendment'"):
        late.subject("khanna-amendmen")
    with pytest.raises(InputError, match="unknown subject 'regiment 9'"):
        resolve(india, known_on=date(2015, 1, 1)).subject("regiment 9")


def test_what_changed_in_sentences(india: Ledger) -> None:
    before, after = (resolve(india, known_on=date(*d)) for d in ((2021, 12, 7), (2022, 8, 1)))
    texts = changes_in_short(before, after, changes_between(before, after))
    assert len(texts) <= 5
    whole = " ".join(texts)
    assert "The first regiment went from 'delivery begun' to 'delivered' (Mint)" in whole
    assert "questions got an answer" in whole and "passed without being kept" in whole


@pytest.mark.parametrize("name", ledger_names())
def test_no_answer_is_a_bare_yes_or_no(name: str) -> None:
    """ "Last reported: no" would be a riddle; what we infer is not what was reported."""
    ledger = load_ledger(name)
    for year in range(2018, 2027):
        state = resolve(ledger, known_on=date(year, 9, 25))
        for subject in state.subjects.values():
            for text in subject_opening(state, subject):
                assert not re.match(r"Last reported: (yes|no),", text), (year, subject.id, text)
