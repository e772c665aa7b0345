"""Registers, other programmes, packages and what-ifs as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.conftest import Outcome, Run
from skyshade.programme import load_ledger
from skyshade.programme.exchange import same

HEADER = (
    "Recipient,Supplier,Year of order,,Number ordered,,Weapon designation,Weapon description,"
    "Number delivered,,Year(s) of delivery,status,Comments"
)
REGISTER = """\
Trade register
"Information generated: {day}"

{header}
Freedonia,Sylvania,2018,,10,,Shield-4,SAM system,{n},,{years},New,delivery planned {planned}
{crowd}"""


def good(outcome: Outcome) -> str:
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out


def register(file: str, day: str, n: int, years: str, planned: str) -> None:
    crowd = "".join(
        f"Buyer{i},Sylvania,{1990 + i},,{1 + i % 4},,Shield-2,SAM system,{1 + i % 4},,"
        f"{1992 + i + i % 3},New,\n"
        for i in range(30)
    )
    text = REGISTER.format(header=HEADER, day=day, n=n, years=years, planned=planned, crowd=crowd)
    Path(file).write_text(text, "latin-1")


def test_a_register_is_read_compared_and_seeds_a_ledger(skyshade: Run) -> None:
    register("new.csv", "18 May 2026", 6, "2021; 2022; 2023", "2021-2027")
    register("old.csv", "13 October 2024", 4, "2021; 2022", "2021-2024")
    args = ("programme", "import-register", "new.csv", "--buyer", "Freedonia")
    said = good(skyshade(*args, "--against", "old.csv", "--out", "freedonia.yaml"))
    assert "delivered: 4 becomes 6" in said
    assert "has one order" in said
    data = json.loads(good(skyshade(*args, "--against", "old.csv", "--json")))
    assert "planned: 2021 to 2024 becomes 2021 to 2027" in data["changes"][0]["what"]
    assert data["snapshot"] == "2026-05-18"
    assert data["orders"][0]["row"] == 5
    assert "good. Ledger 'freedonia-shield-4'" in good(skyshade("validate", "freedonia.yaml"))
    assert "rest of the order" in good(
        skyshade("programme", "forecast", "--ledger", "freedonia.yaml")
    )


def test_the_reference_class_is_derived_anew(skyshade: Run) -> None:
    register("new.csv", "18 May 2026", 6, "2021; 2022; 2023", "2021-2027")
    said = good(skyshade("programme", "reference", "new.csv", "--out", "mine.yaml"))
    assert "all orders alike" in said
    text = Path("mine.yaml").read_text()
    assert "Freedonia" not in text and "Buyer" not in text  # tables by class, no rows
    assert "edition: '2026-05-18'" in text


def test_a_ledger_goes_out_as_a_package_and_comes_back(skyshade: Run) -> None:
    good(skyshade("programme", "export", "turkey-s400", "--out", "package"))
    names = {file.name for file in Path("package").iterdir()}
    assert names >= {"datapackage.json", "claims.csv", "sources.csv", "prov.json"}
    good(skyshade("programme", "import-package", "package", "--out", "back.yaml"))
    assert same(load_ledger("back.yaml"), load_ledger("turkey-s400"))
    refused = skyshade("programme", "import-package", ".", "--out", "no.yaml")
    assert refused.code == 2 and not Path("no.yaml").exists()
    Path("alone").mkdir()
    Path("package/prov.json").rename("alone/prov.json")
    good(skyshade("programme", "import-package", "alone/prov.json", "--out", "again.yaml"))
    assert same(load_ledger("again.yaml"), load_ledger("turkey-s400"))
    text = Path("alone/prov.json").read_text()
    Path("alone/prov.json").write_text(text.replace('"ledger:stance": "affirms"', "", 1))
    for name in ("alone/prov.json", "nowhere.json"):
        refused = skyshade("programme", "import-package", name, "--out", "no.yaml")
        assert refused.code == 2 and refused.err.count("\n") == 1 and name in refused.err
        assert not Path("no.yaml").exists()


def test_the_chance_by_a_day(skyshade: Run) -> None:
    said = good(skyshade("programme", "forecast", "--by", "2027-06-30"))
    assert "chance that the fifth regiment has been delivered by 30 June 2027 is" in said
    data = json.loads(good(skyshade("programme", "forecast", "--by", "2027-06-30", "--json")))
    chance = data["by"]["regiment-5"]
    assert 0 < chance["operational"] < chance["delivered"] < 1
    months = data["probability_by_month"]
    assert months[0]["date"] == data["known_on"]
    refused = skyshade("programme", "forecast", "--by", "2020-01-01")
    assert refused.code == 2 and "looks ahead" in refused.err


def test_how_far_to_trust_it_is_said(skyshade: Run) -> None:
    """The forecast, its help and its test say that the model was chosen on this programme."""
    assert "was chosen with past deliveries" in good(skyshade("programme", "forecast"))
    help_text = " ".join(good(skyshade("programme", "forecast", "--help")).split())
    assert "was chosen after past deliveries" in help_text
    assert "no test" in good(skyshade("programme", "backtest", "--chosen"))


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--sanction", "--measures", "1,2"), "fewer measures than the law asks for"),
        (("--sanction", "--measures", "1,2,x"), "not a number of the menu"),
        (("--measures", "1"), "say what happens"),
    ],
)
def test_what_ifs_refused(skyshade: Run, args: tuple[str, ...], problem: str) -> None:
    outcome = skyshade("programme", "whatif", *args)
    assert outcome.code == 2
    assert problem in outcome.err


def test_the_menu_of_a_sanction(skyshade: Run) -> None:
    args = ("programme", "whatif", "--sanction", "--measures", "1,2,3,4,12")
    said = " ".join(good(skyshade(*args)).split())
    assert "Deliveries would not stop" in said
    data = json.loads(good(skyshade(*args, "--json")))
    assert sum(choice["chosen"] for choice in data["menu"]) == 5
    assert data["deliveries_stop_months"] == 0
