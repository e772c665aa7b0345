"""Adding claims: valid or not at all, once only, and nothing else in the file is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skyshade.errors import InputError
from skyshade.programme import load_ledger
from skyshade.programme.add import add_claim

SOURCE = {"title": "Fifth delivered", "outlet": "A Paper", "date": "2026-11-22"}
CLAIM: dict[str, Any] = {
    "subject": "regiment-5",
    "attribute": "delivered",
    "valid": "2026-11-20",
    "source": SOURCE,
    "confidence": "medium",
}

MINE = """\
# my own ledger
schema: skyshade/ledger/1
name: mine
extends: india-s400

claims:
  # the first
  - id: first
    subject: contract
    attribute: says
    value: something   # a remark
    valid: 2026-01-01
    source: idn2601
    confidence: low

# what follows
title: Mine
"""


def test_a_new_file_extends_the_shipped_ledger() -> None:
    added = add_claim("mine.yaml", CLAIM)
    assert added.file == Path("mine.yaml")
    assert any(
        "regiment-5, delivered: was nothing known, is now 20 November 2026" in c
        for c in added.changes
    )
    ledger = load_ledger("mine.yaml")
    assert len(ledger.claims) == len(load_ledger().claims) + 1
    assert ledger.as_of.isoformat() == "2026-11-22"  # so that it shows at once


def test_the_same_again_changes_nothing() -> None:
    add_claim("mine.yaml", CLAIM)
    before = Path("mine.yaml").read_bytes()
    again = add_claim("mine.yaml", CLAIM)
    assert again.file is None
    assert Path("mine.yaml").read_bytes() == before
    assert sorted(p.name for p in Path().iterdir() if p.name.startswith(".sky")) == []


def test_a_claim_of_the_ledger_is_there_already() -> None:
    Path("mine.yaml").write_text(MINE)
    same = {
        "id": "first",
        "subject": "contract",
        "attribute": "says",
        "value": "something",
        "valid": "2026-01-01",
        "source": "idn2601",
        "confidence": "low",
    }
    assert add_claim("mine.yaml", same).file is None
    assert Path("mine.yaml").read_text() == MINE


def test_comments_and_order_stay() -> None:
    Path("mine.yaml").write_text(MINE)
    add_claim("mine.yaml", CLAIM | {"id": "second"})
    lines = Path("mine.yaml").read_text().splitlines()
    kept = [line for line in lines if line in MINE.splitlines()]
    assert [k for k in kept if k] == [k for k in MINE.splitlines() if k]
    assert lines.index("  - id: second") < lines.index("# what follows")
    assert [c.id for c in load_ledger("mine.yaml").claims if c.id in ("first", "second")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": "regiment-6"}, ["unknown subject", "Did you mean 'regiment-5'?"]),
        ({"valid": "2027-01-01"}, ["had not happened yet"]),
        ({"source": "nobody"}, ["unknown source"]),
        ({"confidence": "certain"}, ["unknown confidence"]),
        ({"id": "first"}, ["twice, with different content"]),
        ({"id": "bsadv-price"}, ["twice, with different content"]),
        ({"attribute": "price", "subject": "contract"}, ["'value' is missing"]),
    ],
)
def test_refused_and_untouched(change: dict[str, Any], words: list[str]) -> None:
    Path("mine.yaml").write_text(MINE)
    with pytest.raises(InputError) as caught:
        add_claim("mine.yaml", CLAIM | change)
    for word in ("mine.yaml", *words):
        assert word in str(caught.value)
    assert Path("mine.yaml").read_text() == MINE
    assert [p.name for p in Path().iterdir() if p.name != "home"] == ["mine.yaml"]


def test_a_folder_gets_a_file_of_additions() -> None:
    Path("l").mkdir()
    Path("l/base.yaml").write_text(MINE.replace("title: Mine\n", ""))
    added = add_claim("l", CLAIM)
    assert added.file == Path("l/added.yaml")
    assert len(load_ledger("l").claims) == len(load_ledger("l/base.yaml").claims) + 1
    assert add_claim("l", CLAIM).file is None


def test_flow_style_and_no_ledger_are_refused() -> None:
    Path("flow.yaml").write_text(
        "schema: skyshade/ledger/1\nextends: india-s400\nclaims: [{id: a, subject: contract,"
        " attribute: says, valid: 2026, source: idn2601, confidence: low}]\n"
    )
    with pytest.raises(InputError, match="as a block"):
        add_claim("flow.yaml", CLAIM)
    Path("other.yaml").write_text("schema: skyshade/scenario/1\n")
    with pytest.raises(InputError, match="skyshade/ledger/1"):
        add_claim("other.yaml", CLAIM)
    with pytest.raises(InputError, match="a shipped ledger is not written to"):
        add_claim("india-s400", CLAIM)


def test_where_nothing_can_be_written() -> None:
    with pytest.raises(InputError, match="cannot write here"):
        add_claim("nowhere/mine.yaml", CLAIM)
