"""Ledgers as data packages and provenance: nothing lost, and readable by others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from prov.model import ProvDocument

from skyshade.errors import InputError
from skyshade.programme import Ledger, ledger_names, load_ledger
from skyshade.programme.amount import Amount
from skyshade.programme.exchange import claim_row, package_files, read_package, same
from skyshade.programme.provenance import prov_json, read_prov


def write(ledger: Ledger, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in package_files(ledger).items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("name", ledger_names())
def test_there_and_back(name: str, tmp_path: Path) -> None:
    ledger = load_ledger(name)
    again = read_package(write(ledger, tmp_path / "package"))
    assert same(ledger, again)
    assert again.setup == ledger.setup
    assert package_files(again).keys() == package_files(ledger).keys()
    assert package_files(again)["claims.csv"] == package_files(ledger)["claims.csv"]


@pytest.mark.parametrize("name", ledger_names())
def test_the_reference_validator_accepts_it(name: str, tmp_path: Path) -> None:
    """Types, keys and references to other tables, by the library of Frictionless Data."""
    folder = write(load_ledger(name), tmp_path / "package")
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.to_summary()
    lines = (folder / "claims.csv").read_text().splitlines()
    broken = [line.replace(",contract,", ",contrat,", 1) for line in lines]
    (folder / "claims.csv").write_text("\n".join(broken))
    assert not frictionless.Package(str(folder / "datapackage.json")).validate().valid


# what a ledger file can hold: no control characters, no spaces around
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30
) | st.sampled_from(
    [
        "true",
        "false",
        "null",
        "12",
        "1e3",
        "2021-12",
        'a "b", c',
        "a\nb",
        "[1]",
        "- x",
        "~",
        "#",
        "inf",
        "NaN",
        "yes",
    ]
)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    text=TEXTS,
    note=TEXTS,
    amount=st.floats(0, 1e12, allow_nan=False).map(lambda x: round(x, 6)),
    since=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)
def test_any_text_and_any_amount_survive(
    tmp_path_factory: pytest.TempPathFactory, text: str, note: str, amount: float, since: date
) -> None:
    turkey = load_ledger("turkey-s400")
    spoken = turkey.claim("sputnik1709-deposit")
    paid = turkey.claim("dworld1709-price")
    changed = (
        replace(spoken, value=text, note=note, note_since=since),
        replace(paid, value=Amount(amount, "USD"), speaker=note),
    )
    claims = tuple({c.id: c for c in (*turkey.claims, *changed)}.values())
    ledger = replace(turkey, claims=tuple(sorted(claims, key=lambda c: c.id)))
    folder = write(ledger, tmp_path_factory.mktemp("package"))
    assert same(ledger, read_package(folder))


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    folder = write(load_ledger("turkey-s400"), tmp_path / "package")
    (folder / "claims.csv").write_text(
        (folder / "claims.csv").read_text().replace("stance", "stanse", 1)
    )
    with pytest.raises(InputError, match="a column is missing"):
        read_package(folder)
    write(load_ledger("turkey-s400"), folder)
    text = (folder / "claims.csv").read_text()
    (folder / "claims.csv").write_text(text.replace("sputnik1709,", "sputnik1708,", 1))
    with pytest.raises(InputError, match="unknown source"):
        read_package(folder)
    (folder / "datapackage.json").write_text("{}")
    with pytest.raises(InputError, match="not a data package of a ledger"):
        read_package(folder)


@pytest.mark.parametrize("name", ledger_names())
def test_provenance_as_the_library_reads_it(name: str) -> None:
    """Every claim with all its fields, derived from its sources; nothing lost on the way."""
    ledger = load_ledger(name)
    text = prov_json(ledger)
    document = ProvDocument.deserialize(content=text, format="json")
    assert ProvDocument.deserialize(content=document.serialize(format="json")) == document
    data = json.loads(document.serialize(format="json") or "")
    derived: dict[str, set[str]] = {}
    for relation in data["wasDerivedFrom"].values():
        derived.setdefault(relation["prov:generatedEntity"], set()).add(relation["prov:usedEntity"])
    for claim in ledger.claims:
        entity = data["entity"][f"claim:{claim.id}"]
        for key, value in claim_row(claim).items():
            if value not in (None, "", []):
                plain = ", ".join(value) if isinstance(value, list) else value
                assert entity[f"ledger:{key}"] == plain
        wanted = {f"source:{s}" for s in (claim.source, *claim.also)}
        wanted |= {f"claim:{old}" for old in claim.supersedes}
        assert derived[f"claim:{claim.id}"] == wanted
    members = {m["prov:entity"] for m in data["hadMember"].values()}
    assert members == {f"claim:{c.id}" for c in ledger.claims}


@pytest.mark.parametrize("name", ledger_names())
def test_back_from_the_provenance_alone(name: str, tmp_path: Path) -> None:
    """A folder that holds nothing else; and a second time the same bytes but for the version."""
    ledger = load_ledger(name)
    file = tmp_path / "prov.json"
    file.write_text(prov_json(ledger), "utf-8")
    again = read_prov(file)
    assert same(ledger, again)
    assert again.setup == ledger.setup
    assert prov_json(replace(again, version=ledger.version)) == prov_json(ledger)


Broken = Callable[[dict[str, Any]], object]


def _of(data: dict[str, Any], relation: str, claim: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        r for r in data[relation].values() if r.get("prov:generatedEntity") == claim
    )
    return found


CLAIM = "claim:trend171227-price"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("entity"), ["not PROV-JSON", "'entity'"]),
        (lambda d: d["entity"]["of:claims"].pop("ledger:schema"), ["not the provenance", "schema"]),
        (lambda d: d["prefix"].pop("claim"), ["not PROV-JSON"]),
        (
            lambda d: d["entity"][CLAIM].update({"ledger:stanse": "denies"}),
            ["unknown term 'ledger:stanse'", "trend171227-price", "Did you mean 'stance'?"],
        ),
        (
            lambda d: d["entity"][CLAIM].pop("ledger:stance"),
            ["'ledger:stance' is missing", "trend171227-price"],
        ),
        (
            lambda d: d["entity"][CLAIM].update({"ledger:valid": "soon"}),
            ["valid: not a date", "'soon'", "It stands in 'trend171227-price'"],
        ),
        (
            lambda d: d["entity"][CLAIM].update({"ledger:value": "2,5 bn USD"}),
            ["groups no thousands", "It stands in 'trend171227-price'"],
        ),
        (
            lambda d: d["entity"][CLAIM].update({"ledger:id": "other"}),
            ["address and identifier differ", "'other'"],
        ),
        (
            lambda d: _of(d, "wasDerivedFrom", CLAIM).update(
                {"prov:usedEntity": "source:dworld1709"}
            ),
            ["'trend171227-price' was derived from other things", "dworld1709", "trend171227"],
        ),
        (lambda d: d["wasAttributedTo"].clear(), ["attributed to one agent, its outlet"]),
        (
            lambda d: d["entity"]["of:claims"].update({"ledger:programme": "{"}),
            ["ledger:programme: not JSON"],
        ),
        (
            lambda d: d["entity"]["subject:battery-1"].update({"ledger:order": "first"}),
            ["ledger:order: not a whole number"],
        ),
        (
            lambda d: d["entity"].update({CLAIM: [d["entity"][CLAIM]] * 2}),
            ["described twice", "trend171227-price"],
        ),
    ],
)
def test_broken_provenance_is_refused_in_one_message(
    change: Broken, words: list[str], tmp_path: Path
) -> None:
    data = json.loads(prov_json(load_ledger("turkey-s400")))
    change(data)
    file = tmp_path / "prov.json"
    file.write_text(json.dumps(data))
    with pytest.raises(InputError) as caught:
        read_prov(file)
    for word in ("prov.json", *words):
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "{}", '{"entity": 3}', '{"entity": {"a": {}}}', '{"entity": {"a": 1}}']
)
def test_what_is_no_provenance_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "prov.json").write_text(text)
    with pytest.raises(InputError, match=r"prov\.json"):
        read_prov(tmp_path / "prov.json")


def test_a_broken_table_is_refused(tmp_path: Path) -> None:
    folder = write(load_ledger("turkey-s400"), tmp_path / "package")
    text = (folder / "claims.csv").read_text()
    (folder / "claims.csv").write_text(text.replace("\n", ',"more\n', 2))
    with pytest.raises(InputError, match=r"claims\.csv, line [0-9]+: (not CSV|more cells)"):
        read_package(folder)
    head, first, rest = text.split("\n", 2)
    (folder / "claims.csv").write_text(f"{head}\n{first},more\n{rest}")
    with pytest.raises(InputError, match=r"claims\.csv, line 2: more cells than columns"):
        read_package(folder)


def test_no_text_is_a_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    """And what was shielded against that comes back as it was, apostrophes too."""
    ledger = load_ledger("india-s400")
    texts = ('=HYPERLINK("http://x.example")', "+1", "-1", "@x", "'=1", "'quoted'", "plain")
    sources = dict(ledger.sources)
    for (id_, source), text in zip(list(sources.items()), texts, strict=False):
        sources[id_] = replace(source, title=text)
    ledger = replace(ledger, sources=sources)
    for text in package_files(ledger).values():
        assert not [c for c in text.split(",") if c[:1] in ("=", "@", "+") or c == "-1"]
    again = read_package(write(ledger, tmp_path / "package"))
    assert [s.title for s in again.sources.values()] == [s.title for s in sources.values()]
