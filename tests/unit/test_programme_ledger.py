"""Ledger files: what the shipped one holds, and how each broken rule is refused."""

from __future__ import annotations

import collections
import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from skyshade.errors import InputError
from skyshade.programme import Ledger, ledger_names, load_ledger
from skyshade.programme.amount import Amount, parse_amount, parse_money

GOOD = """\
schema: skyshade/ledger/1
name: small
as_of: 2024-01-01
subjects:
  contract: {kind: contract, title: a contract}
  regiment-1: {kind: unit, title: first, order: 1}
sources:
  paper: {title: A title, outlet: A paper, date: 2021-04-06, url: https://example.org/a}
  later: {title: Later, outlet: A paper, date: 2022-04-06}
claims:
  - id: price
    subject: contract
    attribute: price
    value: 5.43 bn USD
    valid: 2018-10-05
    source: paper
    confidence: high
  - id: due
    subject: regiment-1
    attribute: delivered
    stance: announces
    valid: 2021-12
    source: paper
    confidence: medium
"""


def refused(text: str) -> InputError:
    Path("ledger.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_ledger("ledger.yaml")
    assert str(caught.value).startswith("ledger.yaml")
    return caught.value


def test_good() -> None:
    Path("ledger.yaml").write_text(GOOD)
    ledger = load_ledger("ledger.yaml")
    price = ledger.claim("price")
    assert price.value == Amount(5.43e9, "USD")
    assert str(price.reported) == "2021-04-06"  # of its source
    assert (price.stance, price.evidence, price.authority) == ("affirms", "seen", "agency")
    assert (price.file, price.line) == ("ledger.yaml", 11)


@pytest.mark.parametrize(
    ("good", "bad", "line", "words"),
    [
        (
            "    source: paper\n    confidence: high",
            "    confidence: high",
            11,
            ["'source' is missing", "without a source"],
        ),
        (
            "source: paper\n    confidence: high",
            "source: papr\n    confidence: high",
            16,
            ["unknown source 'papr'", "Did you mean 'paper'?"],
        ),
        ("    valid: 2021-12\n", "", 18, ["'valid' is missing", "precision"]),
        ("valid: 2021-12", "valid: December", 22, ["not a date", "December", "precision"]),
        ("valid: 2021-12", "valid: soon", 22, ["not a date", "precision"]),
        ("valid: 2021-12", "valid: 2022-01/2021-12", 22, ["ends before it begins"]),
        ("    valid: 2018-10-05\n", "", 11, ["an amount of money needs the date"]),
        (
            "subject: regiment-1",
            "subject: regiment1",
            19,
            ["unknown subject 'regiment1'", "Did you mean 'regiment-1'?"],
        ),
        (
            "attribute: delivered",
            "attribute: deliverd",
            20,
            ["unknown attribute", "Did you mean 'delivered'?"],
        ),
        ("stance: announces", "stance: promises", 21, ["unknown stance", "announces"]),
        ("stance: announces", "stance: affirms", 22, ["had not happened yet", "announces"]),
        ("valid: 2021-12", "valid: 2020-12", 22, ["was past already", "affirms"]),
        ("value: 5.43 bn USD", "value: 5.43 bn", 14, ["unknown currency", "USD"]),
        ("value: 5.43 bn USD", "value: 5.43 bn UDS", 14, ["Did you mean 'USD'?"]),
        ("value: 5.43 bn USD", "value: 5.43", 14, ["not an amount with its unit"]),
        ("    value: 5.43 bn USD\n", "", 11, ["'value' is missing"]),
        ("confidence: high", "confidence: sure", 17, ["unknown confidence", "medium"]),
        ("confidence: high", "confidence: high\n    suject: x", 18, ["unknown field", "subject"]),
        (
            "confidence: high",
            "confidence: high\n    reported: 2020-01-01",
            18,
            ["before its source was published"],
        ),
        (
            "confidence: high",
            "confidence: high\n    said: 2022-01-01",
            18,
            ["said after it was reported"],
        ),
        (
            "confidence: high",
            "confidence: high\n    supersedes: [pice]",
            18,
            ["unknown claim 'pice'", "Did you mean 'price'?"],
        ),
        (
            "confidence: high",
            "confidence: high\n    supersedes: [due]",
            18,
            ["about something else", "contract, price"],
        ),
        (
            "confidence: high",
            "confidence: high\n    supersedes: [price]",
            18,
            ["in a circle", "price > price"],
        ),
        ("id: due", "id: price", 18, ["twice, with different content", "line 11"]),
        ("id: due", "id: Due!", 18, ["not an identifier"]),
        ("date: 2021-04-06", "date: yesterday", 8, ["not a date"]),
        ("url: https://example.org/a", "url: example.org", 8, ["not an address"]),
        ("kind: contract", "kind: contrct", 5, ["unknown kind of subject", "contract"]),
        ("schema: skyshade/ledger/1", "schema: skyshade/ledger/2", 1, ["skyshade/ledger/1"]),
        ("as_of: 2024-01-01", "extends: india-s40", 3, ["india-s400"]),
        (
            "name: small",
            "<<<<<<< HEAD\nname: small\n=======\nname: big\n>>>>>>> other",
            2,
            ["merge-conflict marker", "<<<<<<< HEAD"],
        ),
        ("claims:\n  - id: price", "claims: 3\nx:\n  - id: price", 11, ["unknown field 'x'"]),
    ],
)
def test_bad(good: str, bad: str, line: int, words: list[str]) -> None:
    assert good in GOOD
    message = str(refused(GOOD.replace(good, bad, 1)))
    for word in words:
        assert word in message
    assert f"line {line}" in message


def test_evidence_no_better_than_its_source() -> None:
    text = GOOD.replace("date: 2021-04-06, url", 'date: 2021-04-06, seen: "no", url')
    message = str(refused(text))
    assert "from memory only cannot be better than low" in message
    low = text.replace("confidence: high", "confidence: low\n    evidence: seen")
    assert "better evidence than its source" in str(refused(low))


def test_superseding_in_a_circle_of_two() -> None:
    text = GOOD + "".join(
        f"""\
  - {{id: {a}, subject: contract, attribute: quantity, value: {n} regiments, valid: 2018-10,
     source: paper, confidence: low, supersedes: [{b}]}}
"""
        for a, b, n in (("one", "two", 4), ("two", "one", 5))
    )
    assert "in a circle (got 'one > two > one')" in str(refused(text))


def test_superseding_what_was_reported_later() -> None:
    text = GOOD + (
        "  - {id: a, subject: contract, attribute: quantity, value: 4 regiments, valid: 2018-10,"
        " source: later, confidence: low}\n"
        "  - {id: b, subject: contract, attribute: quantity, value: 5 regiments, valid: 2018-10,"
        " source: paper, confidence: low, supersedes: [a]}\n"
    )
    assert "reported later" in str(refused(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty file"),
        ("- a\n", "a mapping"),
        ("schema: skyshade/ledger/1\n", "an empty ledger"),
        ("schema: skyshade/ledger/1\nclaims: []\n", "an empty ledger"),
        ("schema: skyshade/ledger/1\nclaims:\n", "an empty ledger"),
        ("name: x\n", "not a ledger: the line 'schema' is missing"),
        ("# a remark\n", "an empty file, not a ledger"),
        ("schema: skyshade/ledger/1\nclaims: [1]\n", "must be a mapping"),
    ],
)
def test_files_that_are_no_ledger(text: str, words: str) -> None:
    assert words in str(refused(text))


def test_not_utf8() -> None:
    Path("ledger.yaml").write_bytes(GOOD.encode().replace(b"A title", b"A t\xeftle"))
    with pytest.raises(InputError, match="not UTF-8") as caught:
        load_ledger("ledger.yaml")
    assert caught.value.line == 8


def test_names_and_paths() -> None:
    assert "india-s400" in ledger_names()
    with pytest.raises(InputError, match="Did you mean 'india-s400'"):
        load_ledger("india-s40")
    with pytest.raises(InputError, match="no such file"):
        load_ledger("nowhere/ledger.yaml")
    Path("empty").mkdir()
    with pytest.raises(InputError, match=r"no \.yaml files"):
        load_ledger("empty")


def _split(text: str) -> tuple[str, str]:
    head, claims = text.split("claims:\n")
    return head, "schema: skyshade/ledger/1\nclaims:\n" + claims


def test_many_files_in_any_order_are_one_ledger() -> None:
    Path("ledger.yaml").write_text(GOOD)
    whole = load_ledger("ledger.yaml")
    head, claims = _split(GOOD)
    for names in (("a.yaml", "b.yaml"), ("z.yaml", "b.yaml")):
        folder = Path("-".join(names))
        folder.mkdir()
        (folder / names[0]).write_text(head)
        (folder / names[1]).write_text(claims)
        ledger = load_ledger(folder)
        assert ledger.claims == whole.claims
        assert (ledger.name, ledger.as_of) == ("small", whole.as_of)


def test_the_same_claim_in_two_files_is_one() -> None:
    Path("l").mkdir()
    Path("l/a.yaml").write_text(GOOD)
    Path("l/b.yaml").write_text(_split(GOOD)[1])
    assert len(load_ledger("l").claims) == 2


def test_a_file_extends_a_ledger() -> None:
    Path("base.yaml").write_text(GOOD)
    Path("more.yaml").write_text(
        "schema: skyshade/ledger/1\nextends: base.yaml\nclaims:\n"
        "  - {id: came, subject: regiment-1, attribute: delivered, valid: 2022-04, source: later,"
        " confidence: low}\n"
    )
    assert [c.id for c in load_ledger("more.yaml").claims] == ["came", "due", "price"]
    Path("base.yaml").write_text(GOOD.replace("name: small", "extends: more.yaml"))
    with pytest.raises(InputError, match="circle"):
        load_ledger("more.yaml")


@pytest.mark.parametrize(
    ("text", "amount", "shown"),
    [
        ("5.43 bn USD", Amount(5.43e9, "USD"), "5.43 bn USD"),
        ("40,000 crore INR", Amount(4e11, "INR"), "40,000 crore INR"),
        ("850 m USD", Amount(8.5e8, "USD"), "850 m USD"),
        ("6000 missiles", Amount(6000, "missiles"), "6,000 missiles"),  # not 6000 million
        ("15 %", Amount(15, "%"), "15 %"),
        ("71.24 INR", Amount(71.24, "INR"), "71.24 INR"),
    ],
)
def test_amounts(text: str, amount: Amount, shown: str) -> None:
    assert parse_amount(text) == amount
    assert str(amount) == shown
    assert parse_amount(shown) == amount


@pytest.mark.parametrize("text", ["", "USD", "5", "-5 USD", "1e400 USD", "nan USD", "5 bn ", None])
def test_what_is_no_money(text: object) -> None:
    with pytest.raises(InputError, match=r"amount|currency"):
        parse_money(text)


# ------------------------------------------------------------------------- the shipped ledger

FACTS = Path(__file__).parents[1] / "reference/articles.csv"
ROWS = {"saran2018": 9, "envoy2022": 9, "lavrov2021": 6, "babushkin2021": 9, "shringla2021": 8}


@pytest.fixture(scope="module")
def india() -> Ledger:
    return load_ledger("india-s400")


def test_every_row_of_the_five_articles_is_there(india: Ledger) -> None:
    for source, n in ROWS.items():
        numbers = {
            int(c.id.removeprefix(source + "-").split("-")[0])
            for c in india.claims
            if c.source == source
            and c.id.startswith(source + "-")
            and c.id.removeprefix(source + "-")[0].isdigit()
        }
        assert numbers == set(range(1, n + 1)), source
    assert sum(ROWS.values()) == 41


def test_every_fact_of_the_five_articles_is_in_a_claim(india: Ledger) -> None:
    """Listed by reading the articles once more, each with the claims that hold it."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counted = collections.Counter(row["article"] for row in rows)
    assert set(counted) == set(ROWS)
    assert len({(row["article"], row["fact"]) for row in rows}) == len(rows)
    for row in rows:
        held = [india.claim(id_) for id_ in row["claims"].split(";")]
        assert held, row["fact"]
        # one article's own claim, or that of another which says the same
        assert all(c.source in ROWS or row["article"] in c.also for c in held), row["fact"]
    page = (Path(__file__).parents[2] / "docs/programme.md").read_text("utf-8")
    assert f"{len(rows)} facts" in page


def test_a_ledger_may_still_call_its_units_regiments() -> None:
    Path("ledger.yaml").write_text(GOOD.replace("kind: unit", "kind: regiment"))
    assert load_ledger("ledger.yaml").subject("regiment-1").kind == "unit"


def test_the_contradictions(india: Ledger) -> None:
    assert {c.id for c in india.contradictions} == {f"X{i}" for i in range(1, 22)}
    assert all(c.claims or c.sources for c in india.contradictions)


def test_no_claim_is_promoted(india: Ledger) -> None:
    for claim in india.claims:
        source = india.sources[claim.source]
        assert source.title
        assert source.outlet


@pytest.mark.parametrize("name", ledger_names())
def test_every_shipped_claim_was_read_somewhere(name: str) -> None:
    """Nothing rests on what somebody recalls; a claim of the ledger's own says what it rests on."""
    ledger = load_ledger(name)
    assert not [c.id for c in ledger.claims if c.is_memory]
    assert not [s.id for s in ledger.sources.values() if s.kind == "memory" or s.seen == "no"]
    own = [c for c in ledger.claims if ledger.sources[c.source].kind == "inference"]
    assert own and all(c.note for c in own)
    texts = [c.note for c in ledger.claims] + [c.says for c in ledger.claims]
    texts += [s.note for s in ledger.sources.values()]
    texts += [text for k in ledger.contradictions for _, text in k.reading.versions]
    assert not [t for t in texts if "recall" in t]


def test_every_source_has_an_address_or_says_why_not(india: Ledger) -> None:
    without = {s.id for s in india.sources.values() if not s.url}
    # two articles were read as text without an address; the others are no publications
    assert without == {"calc", "lavrov2021", "shringla2021"}


def test_data_frame(india: Ledger) -> None:
    frame = india.to_frame()
    assert len(frame) == len(india.claims)
    assert (frame.reported_first <= frame.reported_last).all()
    row = frame.set_index("id").loc["bsadv-price"]
    assert (row.value, row.unit, row.valid_precision) == (5.43e9, "USD", "day")


@pytest.fixture
def written() -> Callable[[str], Ledger]:
    def write(text: str) -> Ledger:
        Path("ledger.yaml").write_text(text)
        return load_ledger("ledger.yaml")

    return write


def test_version_changes_with_every_byte(written: Callable[[str], Ledger]) -> None:
    assert written(GOOD).version != written(GOOD + "# a remark\n").version
    assert written(GOOD).version == written(GOOD).version
