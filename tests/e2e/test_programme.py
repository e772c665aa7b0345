"""`skyshade programme` as a user meets it, and the programme's part of an assessment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from e2e.conftest import Outcome, Run

ADD = [
    "programme",
    "add",
    "--to",
    "mine.yaml",
    "--subject",
    "regiment-5",
    "--attribute",
    "delivered",
    "--valid",
    "2026-11",
    "--title",
    "Fifth",
    "--outlet",
    "A Paper",
    "--date",
    "2026-11-30",
    "--confidence",
    "medium",
]

SCENARIO = """\
schema: skyshade/scenario/1
name: two-regiments
title: Two regiments in the hills
programme: LEDGER
terrain: {dem: dems/hills.tif}
altitudes: [100 m agl, 3 km msl]
sites:
  - id: regiment-4
    name: Regiment 4
    system: s-400
    position: {lon: 75.4, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 20 km
    events: [{kind: operational, date: 2026-09, confidence: low, assumed: true}]
  - id: regiment-5
    name: Regiment 5
    system: s-400
    position: {lon: 75.6, lat: 30.5}
    illustrative: true
    antenna: {value: 24 m, low: 5 m, high: 39 m, why: a test}
    max_range: 20 km
    events: [{kind: announced, date: 2027, confidence: low, assumed: true}]
as_of: 2026-11-21
"""


def good(outcome: Outcome) -> str:
    assert (outcome.code, outcome.err) == (0, "")
    assert "\x1b" not in outcome.out
    assert "Traceback" not in outcome.out
    return outcome.out


def refused(outcome: Outcome, *words: str) -> None:
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("skyshade: ")
    assert outcome.err.count("\n") == 1
    for word in words:
        assert word in outcome.err


def test_the_newcomers_question(skyshade: Run) -> None:
    """What was known of the first regiment on the day of the meeting, and who said it?"""
    shown = good(skyshade("programme", "--known-on", "2021-04-06", "--subject", "regiment-1"))
    words = " ".join(re.sub(r"[│┃]", " ", shown).split())
    assert "first regiment" in words
    assert "Nothing of the first regiment has been reported delivered" in words
    assert "Promised: delivered in December 2021 (NDTV" in words
    assert "both ministers gave no answer" in words
    for name in ("Sergei Lavrov", "Jaishankar", "Subhash Bhamre", "Yuri Borisov"):
        assert name in words
    for source in ("NDTV", "https://noticiabrasil.net.br/", "IBTimes India"):
        assert source in words
    assert "2022" not in words  # nothing of later


def test_default_is_the_shipped_ledger_now(skyshade: Run) -> None:
    shown = good(skyshade("programme"))
    for heading in ("Regiments", "Dates announced", "Contradictions looked into by hand"):
        assert heading in shown
    whole = good(skyshade("programme", "--all"))
    for heading in ("Contract", "Payments and channels", "Sanctions", "Agreements"):
        assert f"\n{heading} " in whole and f"\n{heading} " not in shown
    assert " ?" in whole and "??" not in whole  # weak claims are marked; none is from memory
    assert len(shown.splitlines()) < 110 < len(whole.splitlines())
    assert good(skyshade("programme", "india-s400")) == shown
    assert good(skyshade("programme", "show", "india-s400")) == shown


def test_readings_are_shown_on_their_topic(skyshade: Run) -> None:
    """X2 and X3 with the state of August 2022; all, X9 and X10 among them, where they belong."""
    state = good(skyshade("programme", "--known-on", "2022-08-01"))
    assert "│ X2 " in state and "│ X3 " in state and "│ X9 " not in state
    contract = good(skyshade("programme", "--known-on", "2022-09-20", "--subject", "contract"))
    assert all(f"│ {name} " in contract for name in ("X3", "X9", "X10"))
    whole = good(skyshade("programme", "--known-on", "2022-09-20", "--all"))
    five = {
        "X16": "why agreements were not signed",
        "X17": "whom the US law threatens",
        "X18": "the rupee-rouble channel, open or in discussion",
        "X19": "how far the second regiment was",
        "X20": "where the first regiment stands",
    }
    for name, topic in {**five, "X9": "garbled", "X10": "dates of the articles"}.items():
        assert f"│ {name} " in whole and topic in " ".join(whole.split())


def test_as_of_and_known_on_differ(skyshade: Run) -> None:
    def service(*flags: str) -> str:
        data = json.loads(good(skyshade("programme", "--as-of", "2021-12-07", *flags, "--json")))
        [answer] = [a for a in data["answers"] if a["attribute"] == "service"]
        return str(answer["value"])

    assert service("--known-on", "2021-12-07") == service() == "Indian Air Force"
    data = json.loads(good(skyshade("programme", "--as-of", "2021-12-07", "--json")))
    assert any(a["subject"] == "relos" for a in data["answers"])  # said six days later
    then = good(skyshade("programme", "--known-on", "2021-12-07", "--json"))
    assert not any(a["subject"] == "relos" for a in json.loads(then)["answers"])


def test_json_holds_its_sources(skyshade: Run) -> None:
    data = json.loads(good(skyshade("programme", "--subject", "regiment-2", "--json")))
    assert data["claims"]
    assert {c["subject"] for c in data["claims"].values()} == {"regiment-2"}
    assert {c["source"] for c in data["claims"].values()} <= set(data["sources"])
    for conflict in data["conflicts"]:
        assert set(conflict["stands"] + conflict["falls"]) <= set(data["claims"])


def test_results_on_disk(skyshade: Run) -> None:
    shown = good(skyshade("programme", "--known-on", "2023-04-01", "--out", "out"))
    assert "Written: " in shown
    names = {p.name for p in Path("out").iterdir()}
    assert names == {"programme.json", "timeline.svg", "manifest.json"}
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["known_on"] == "2023-04-01"
    first = Path("out/programme.json").read_bytes(), Path("out/timeline.svg").read_bytes()
    assert json.loads(first[0])["forecast"]["units"]
    good(skyshade("programme", "--known-on", "2023-04-01", "--out", "out"))
    assert first == (Path("out/programme.json").read_bytes(), Path("out/timeline.svg").read_bytes())


@pytest.mark.parametrize("command", ["sanctions", "payments", "agreements", "forecast", "backtest"])
def test_every_part_as_table_and_json(skyshade: Run, command: str) -> None:
    assert good(skyshade("programme", command))
    assert json.loads(good(skyshade("programme", command, "--json")))


def test_sanctions_are_explained(skyshade: Run) -> None:
    shown = good(skyshade("programme", "sanctions", "india"))
    for words in (
        "it rests in part on our inference",
        "Not known:",
        "22 U.S.C. 9525(d)",
        "nothing has been determined",
        "at least 30 days before the waiver takes effect",
    ):
        assert words in " ".join(shown.split())
    assert "recalled" not in shown
    assert good(skyshade("programme", "sanctions")).count(" yes ") == 3


def test_what_if(skyshade: Run) -> None:
    shown = good(skyshade("programme", "whatif", "--sanction", "--on", "2027-01-01"))
    assert "about eleven months" in shown
    text = good(
        skyshade("programme", "whatif", "--channel-closes", "channel-rupee-rouble", "--json")
    )
    assert json.loads(text)["shift_months"]["regiment-5"] > 0


def test_one_rule_for_imprecise_dates_in_what_ifs(skyshade: Run) -> None:
    """A report "of July 2022" counts on the 15th by one rule, and not by the other."""
    asked = ["programme", "whatif", "--channel-closes", "channel-rupee-rouble"]
    asked += ["--known-on", "2022-07-15", "--json"]
    certainly, possibly = (
        good(skyshade(*asked, "--dates", rule)) for rule in ("certainly", "possibly")
    )
    assert certainly != possibly
    assert skyshade("programme", "backtest", "--dates", "perhaps").code == 2


def test_channels_nobody_had_heard_of_are_left_out(skyshade: Run) -> None:
    def titles(day: str) -> set[str]:
        data = json.loads(good(skyshade("programme", "payments", "--known-on", day, "--json")))
        return {c["id"] for c in data["channels"]}

    assert titles("2018-10-31") == set()
    assert titles("2021-12-31") == {"channel-dollar", "channel-other", "channel-rupee-rouble"}
    refused = skyshade(
        *("programme", "whatif", "--channel-closes", "channel-other", "--known-on", "2018-10-31")
    )
    assert refused.code == 2 and "unknown channel" in refused.err


def test_a_forecast_is_kept_in_a_folder(skyshade: Run) -> None:
    good(skyshade("programme", "forecast", "--by", "2027-06-30", "--out", "kept"))
    assert {f.name for f in Path("kept").iterdir()} == {
        "forecast.json",
        "forecast.svg",
        "manifest.json",
    }
    data = json.loads(Path("kept/forecast.json").read_text())
    assert data["by"]["date"] == "2027-06-30" and data["probability_by_month"]
    assert "forecast from the reports published by 21 November 2026" in Path(
        "kept/forecast.svg"
    ).read_text("utf-8")


def test_add_then_ask(skyshade: Run) -> None:
    added = good(skyshade(*ADD))
    assert "regiment-5, delivered: was nothing known, is now November 2026" in added
    before = Path("mine.yaml").read_bytes()
    assert "nothing changed" in good(skyshade(*ADD))
    assert Path("mine.yaml").read_bytes() == before
    assert "good. Ledger 'mine'" in good(skyshade("validate", "mine.yaml"))
    assert "A Paper" in good(skyshade("programme", "mine.yaml", "--subject", "regiment-5"))


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["--subject", "regiment-2"],
        ["--known-on", "2023-08-31"],
        ["--subject", "relos"],
        ["sanctions", "india"],
        ["sanctions"],
        ["payments"],
        ["agreements"],
        ["subjects"],
        ["diff", "2021-12-07", "1 Aug 2022"],
    ],
)
def test_the_answer_comes_before_the_tables(skyshade: Run, command: list[str]) -> None:
    shown = good(skyshade("programme", *command))
    heading, told = shown.split("\n\n")[:2]
    assert "as known on" in heading
    sentences = re.findall(r"(?<=[a-z0-9)])[.](?=\s+[A-Z`]|$)", told)
    assert 1 <= len(sentences) <= 5 or command == ["sanctions"]  # two for each case
    assert "┃" not in heading + told
    assert not re.search(r"\d{4}-\d{2}", told)  # dates as people write them


def test_who_says_it_and_who_is_a_party(skyshade: Run) -> None:
    words = " ".join(good(skyshade("programme", "--known-on", "2023-08-31")).split())
    assert "Three of the five regiments have been reported delivered" in words
    assert "Denis Alipov, Ambassador of Russia to India, speaking for the seller" in words
    assert "no report says that one is operational" in words
    assert (
        "3 billion US dollars, other deals included, was reported held up on 20 August 2023"
        in words
    )


def test_dates_as_people_write_them(skyshade: Run) -> None:
    texts = ("2022-08-01", "2022-8-1", "1 Aug 2022", "August 1, 2022")
    assert len({good(skyshade("programme", "subjects", "--known-on", t)) for t in texts}) == 1
    month = good(skyshade("programme", "subjects", "--known-on", "August 2022"))
    assert "31 August 2022" in month


def test_after_the_end_of_the_ledger(skyshade: Run) -> None:
    shown = good(skyshade("programme", "--known-on", "2027-03-01"))
    assert "compiled on 21 November 2026; nothing published later is in it" in shown
    assert "compiled on" not in good(skyshade("programme", "--known-on", "2026-11-21"))


def test_imprecise_dates_by_one_rule(skyshade: Run) -> None:
    flags = ["programme", "subjects", "--known-on", "2022-08-01", "--json"]
    sure, maybe = (
        json.loads(good(skyshade(*flags, "--dates", r))) for r in ("certainly", "possibly")
    )
    assert {s["id"] for s in sure} < {s["id"] for s in maybe}
    assert "--dates possibly counts them" in good(skyshade("programme", "--known-on", "2022-08-01"))


def test_subjects_by_their_names_and_titles(skyshade: Run) -> None:
    shown = good(skyshade("programme", "--subject", "regiment-2"))
    for name in ("Regiment 2", "second regiment", "REGIMENT-2"):
        assert good(skyshade("programme", "--subject", name)) == shown
    index = good(skyshade("programme", "subjects"))
    assert "regiment-2" in index and "second regiment" in index


def test_what_changed_between_two_days(skyshade: Run) -> None:
    words = " ".join(good(skyshade("programme", "diff", "2023-08-19", "2023-08-31")).split())
    assert "Ten new statements from three sources had been published by 31 August 2023." in words
    assert "Nothing changed" in good(skyshade("programme", "diff", "2025-01-02", "2025-01-03"))
    rows = json.loads(good(skyshade("programme", "diff", "2023-08-19", "2023-08-31", "--json")))
    [late] = [row for row in rows if (row["subject"], row["kind"]) == ("contract", "changed")]
    assert late["after"] == "20 August 2023: late: payments are held up"
    assert late["claim"] == "hindu2308-schedule"


def test_money_with_a_decimal_comma_is_refused(skyshade: Run) -> None:
    price = [*ADD[:5], "contract", "--attribute", "price", *ADD[8:]]
    refused(skyshade(*price, "--value", "5,43 bn USD"), "groups no thousands", "5.43")
    assert "price" in good(skyshade(*price, "--value", "40,000 crore INR"))


def test_only_what_can_be_delivered_is_delivered(skyshade: Run) -> None:
    claim = [*ADD[:5], "trade", *ADD[6:]]
    refused(skyshade(*claim), "'delivered' cannot be said of a subject of kind 'agreement'")


def at_a_terminal(lines: list[str], end: bool = False) -> tuple[int, str]:
    """`skyshade programme add` at a pseudo-terminal: exit code, and all that it shows."""
    import os
    import pty
    import sys

    pid, fd = pty.fork()
    if pid == 0:
        code = "from skyshade.cli import main; main()"
        os.execv(sys.executable, [sys.executable, "-c", code, "programme", "add", "--to", "t.yaml"])
    os.write(fd, ("".join(line + "\n" for line in lines)).encode() + (b"\x04" if end else b""))
    shown = b""
    while True:
        try:
            part = os.read(fd, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_add_asks_for_stance_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["Regiment 5", "deliverd", "delivered", "announces", "by the end of June"]
    answers += [
        "June 2027",
        "Fifth in June",
        "A Paper",
        "1 Dec 2026",
        "R. K. Singh",
        "Secretary",
        "medium",
    ]
    code, shown = at_a_terminal(answers)
    assert code == 0, shown
    assert "Did you mean 'delivered'?" in shown
    text = Path("t.yaml").read_text()
    for words in (
        "stance: announces",
        "value: by the end of June",
        "valid: 2027-06",
        "R. K. Singh",
    ):
        assert words in text


def test_end_of_input_is_no_traceback() -> None:
    code, shown = at_a_terminal(["regiment-5"], end=True)
    assert code == 2
    assert "the input ended before the claim was complete; nothing was written" in shown
    assert "Traceback" not in shown
    assert not Path("t.yaml").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["india-s40"], ["unknown ledger", "Did you mean 'india-s400'?"]),
        (["--as-of", "soon"], ["--as-of", "not a date"]),
        (["--known-on", "2021-13"], ["--known-on", "not a date"]),
        (["--dates", "perhaps"], ["--dates", "certainly, possibly, middle"]),
        (["diff", "2022-01-01", "2021-01-01"], ["not later than the first"]),
        (["--subject", "regiment1"], ["unknown subject", "Did you mean 'regiment-1'?"]),
        (["sanctions", "turky-2020"], ["unknown case", "Did you mean 'turkey-2020'?"]),
        (["whatif"], ["say what happens"]),
        (["whatif", "--sanction", "--channel-closes", "channel-dollar"], ["one of them"]),
        (["whatif", "--channel-closes", "channel-dolar"], ["Did you mean 'channel-dollar'?"]),
        (["whatif", "--sanction", "--on", "2020-01-01"], ["in the future"]),
        (["add", "--to", "x.yaml"], ["--subject", "--valid", "missing"]),
        (["nowhere/x.yaml"], ["no such file"]),
        (["--no-such-flag"], ["no-such-flag"]),
    ],
)
def test_bad_input(skyshade: Run, args: list[str], words: list[str]) -> None:
    refused(skyshade("programme", *args), *words)
    assert not Path("x.yaml").exists()


LEDGER = """\
schema: skyshade/ledger/1
name: small
subjects: {regiment-1: {kind: regiment, title: first}}
sources: {paper: {title: T, outlet: A paper, date: 2020-01-01}}
claims:
  - {id: a, subject: regiment-1, attribute: delivered, valid: 2019, source: paper, confidence: low}
"""


def test_nothing_to_score_is_no_nan(skyshade: Run) -> None:
    Path("l.yaml").write_text(LEDGER)
    assert "nothing is scored" in good(skyshade("programme", "backtest", "--ledger", "l.yaml"))
    text = good(skyshade("programme", "backtest", "--ledger", "l.yaml", "--json"))
    assert "NaN" not in text
    assert json.loads(text)["scored"] == 0
    good(skyshade("programme", "l.yaml", "--out", "small"))


@pytest.mark.parametrize(
    ("good_", "bad", "words"),
    [
        ("source: paper, ", "", ["line 6", "'source' is missing"]),
        ("valid: 2019, ", "", ["line 6", "precision"]),
        ("regiment-1, attr", "regiment-2, attr", ["line 6", "Did you mean 'regiment-1'?"]),
        ("valid: 2019", "valid: 2025", ["line 6", "had not happened yet"]),
        ("name: small", "=======\nname: small", ["line 2", "merge-conflict"]),
        ("claims:", "claims: []\nx:", ["unknown field"]),
    ],
)
@pytest.mark.parametrize("command", ["validate", "programme"])
def test_bad_ledger_files(
    skyshade: Run, command: str, good_: str, bad: str, words: list[str]
) -> None:
    assert good_ in LEDGER
    Path("l.yaml").write_text(LEDGER.replace(good_, bad, 1))
    refused(skyshade(command, "l.yaml"), "l.yaml", *words)


def test_validate_tells_ledgers_from_scenarios(skyshade: Run) -> None:
    Path("l.yaml").write_text(LEDGER)
    assert "Ledger 'small': 1 claim on 1 subject, 1 source, 0 contra" in good(
        skyshade("validate", "l.yaml")
    )
    shown = good(skyshade("validate", "india-s400"))
    assert "Scenario 'india-s400'" in shown
    assert "Ledger 'india-s400'" in shown
    assert good(skyshade("programme", "l.yaml")).startswith("small")


@pytest.fixture
def assessed(skyshade: Run) -> Path:
    Path("case.yaml").write_text(SCENARIO.replace("LEDGER", "india-s400"))
    good(skyshade("assess", "case.yaml", "--out", "out"))
    return Path("out")


def test_assess_tells_the_programme(assessed: Path) -> None:
    data = json.loads((assessed / "summary.json").read_text())["programme"]
    assert [d["id"] for d in data["deliveries"]] == ["regiment-4", "regiment-5"]
    fourth, fifth = data["deliveries"]
    assert fourth["delivered"] == "2026-05-16"
    assert fourth["to_come_months"] is None
    assert fifth["delivered"] is None
    low, middle, high = fifth["to_come_months"]
    assert 0 < low < middle < high
    none, one, two = data["area_km2_by_units_in_service"]
    assert none == [0, 0]
    assert all(0 < a < b for a, b in zip(one, two, strict=True))
    costs = data["month_of_delay_costs_km2"]
    for j in range(2):
        assert sum(row[j] for row in costs) == pytest.approx(two[j], abs=2)
    for point in data["area_to_come_km2"]:
        for low, middle, high in point["p10_p50_p90"]:
            assert low <= middle <= high
    last = data["area_to_come_km2"][-1]["p10_p50_p90"]
    assert [q[1] for q in last] == two
    names = {p.name for p in (assessed / "figures").iterdir()}
    assert names >= {f"{n}.svg" for n in ("promises", "chances", "coverage-to-come")}
    page = (assessed / "index.html").read_text()
    assert 'id="programme"' in page
    assert "behind its first calendar" in page
    assert page.count("data:image/svg+xml") >= 4


def test_a_report_calls_units_as_the_ledger_does(skyshade: Run) -> None:
    """Turkey bought batteries; the page speaks of no regiment but in the ledger's own texts."""
    text = SCENARIO.replace("LEDGER", "turkey-s400").replace(
        "as_of: 2026-11-21", "as_of: 2019-08-01"
    )
    for mine, its in (("regiment-4", "battery-1"), ("regiment-5", "battery-2")):
        text = text.replace(mine, its)
    for mine, its in (
        ("Regiment 4", "First"),
        ("Regiment 5", "Second"),
        ("regiments", "batteries"),
    ):
        text = text.replace(mine, its)
    text = text.replace("date: 2026-09", "date: 2019-07").replace("date: 2027", "date: 2020")
    Path("case.yaml").write_text(text)
    good(skyshade("assess", "case.yaml", "--out", "out"))
    page = Path("out/index.html").read_text()
    section = page[page.index('id="programme"') :]
    section = re.sub(r'src="[^"]*"', "", section[: section.index("<h2")])
    assert "<th>Battery</th>" in section and "each battery still due" in section
    assert "regiment" not in section.replace("which make one regiment", "").casefold()
    data = json.loads(Path("out/summary.json").read_text())["programme"]
    assert "regiment" not in json.dumps(data)
    assert [u["id"] for u in data["units"]] == ["battery-1", "battery-2"]


def test_assess_with_a_ledger_that_is_not_there(skyshade: Run) -> None:
    Path("case.yaml").write_text(SCENARIO.replace("LEDGER", "india-s40"))
    for command in ("assess", "validate", "serve"):
        outcome = skyshade(command, "case.yaml")
        assert outcome.code == 2 and outcome.out == ""
        assert "Did you mean 'india-s400'?" in outcome.err
    assert not Path("out").exists()
