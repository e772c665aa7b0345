"""Ledgers made at random come back equal from the data package and from the provenance alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prov.model import ProvDocument

from skyshade.programme.exchange import checked_ledger, package_files, read_package, same
from skyshade.programme.provenance import prov_json, read_prov
from skyshade.yamlfile import dump_yaml

# subject -> attributes that it may have, with a value for each
SUBJECTS: dict[str, tuple[str, dict[str, st.SearchStrategy[Any]]]]
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20
) | st.sampled_from(
    ["true", "null", "1e3", "2021-12", 'a "b", c', "a\nb", "- x", "[1]", "#", "a, b"]
)
money = st.integers(1, 10**9).map(lambda n: f"{n / 1000:.3f} m USD")
SUBJECTS = {
    "contract": (
        "contract",
        {
            "signed": st.none() | texts,
            "price": money,
            "service": texts,
            "quantity": st.integers(1, 99).map(lambda n: f"{n} batteries"),
        },
    ),
    "battery-1": ("unit", {"delivered": st.none() | texts, "operational": st.none()}),
    "trade": ("agreement", {"target": money, "status": texts}),
    "sanctions": ("sanctions", {"determination": st.booleans(), "imposed": texts}),
    "talks": ("statement", {"says": texts}),
}
PAST = ("2019", "2019-03", "2019-03-07", "2018-Q3", "2019-early", "2018-05/2019-01-15")
FUTURE = ("2031", "2030-H2", "2031-05", "2030-01-31", "2030-11/2031-02")
PUBLISHED = ("2020-01-05", "2020-02", "2020-Q4", "2021-late", "2022", "2022-03-01/2022-03-09")


@st.composite
def all_sources(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    kinds = ["official", "agency", "reprint", "copy", "inference", "memory"]
    sources: dict[str, dict[str, Any]] = {}
    for n in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(kinds)) if n else "agency"
        seen = draw(st.sampled_from(["full", "excerpt", "secondary"]))
        sources[f"source-{n}"] = {
            "title": draw(texts),
            "outlet": draw(texts),
            "kind": kind,
            "date": draw(st.sampled_from(PUBLISHED)),
            "seen": "no" if kind == "memory" else seen,
            "inferred": draw(st.booleans()),
            **({"url": "https://example.org/a?b=c&d=%20"} if draw(st.booleans()) else {}),
            **({"note": draw(texts)} if draw(st.booleans()) else {}),
        }
    return sources


@st.composite
def all_claims(draw: st.DrawFn, sources: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    claims: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 12))):
        subject = draw(st.sampled_from(sorted(SUBJECTS)))
        attribute = draw(st.sampled_from(sorted(SUBJECTS[subject][1])))
        source = draw(st.sampled_from(sorted(sources)))
        memory = sources[source]["kind"] == "memory"
        stance = draw(st.sampled_from(["affirms", "denies", "hedges", "announces"]))
        value = draw(SUBJECTS[subject][1][attribute])
        claim: dict[str, Any] = {
            "id": f"claim-{n:02}",
            "subject": subject,
            "attribute": attribute,
            "stance": stance,
            "valid": draw(st.sampled_from(FUTURE if stance == "announces" else PAST)),
            "source": source,
            "confidence": "low" if memory else draw(st.sampled_from(["high", "medium", "low"])),
        }
        if value is not None:
            claim["value"] = value
        since = st.integers(0, 3000).map(lambda n: str(date(2020, 1, 1) + timedelta(days=n)))
        more: dict[str, st.SearchStrategy[Any]] = {
            "speaker": texts,
            "office": texts,
            "side": st.sampled_from(["seller", "buyer"]),
            "reported": st.just("2023-05"),
            "said": st.just("2020-01-04"),
            "also": st.permutations(sorted(sources)).map(lambda names: names[:3]),
            "note": texts | st.fixed_dictionaries({"since": since, "text": texts}),
            "authority": st.just("inference"),
        }
        claim |= {key: draw(what) for key, what in more.items() if draw(st.booleans())}
        earlier = [
            c["id"]
            for c in claims
            if (c["subject"], c["attribute"]) == (subject, attribute) and "reported" not in c
        ]
        if earlier and "reported" in claim:
            claim["supersedes"] = draw(st.permutations(earlier))
        claims.append(claim)
    return claims


@st.composite
def ledgers(draw: st.DrawFn) -> str:
    """The text of a ledger that breaks no rule."""
    sources = draw(all_sources())
    claims = draw(all_claims(sources))
    ids = [c["id"] for c in claims]
    found = [
        {
            "id": draw(texts),
            "topic": draw(texts),
            "claims": (chosen := draw(st.permutations(ids))[:3]),
            "sources": draw(st.permutations(sorted(sources)))[:2],
            "accepts": chosen[: draw(st.integers(0, 1))],
            "reading": draw(
                texts
                | st.just([{"text": "first"}, {"since": "2024-02-29", "text": "then, and so on"}])
            ),
            **({"since": "2023-06-01"} if draw(st.booleans()) else {}),
            "confidence": "medium",
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    data = {
        "schema": "skyshade/ledger/1",
        "name": draw(st.sampled_from(["a", "random-1", "x_y.z"])),
        "title": draw(texts),
        "as_of": "2025-01-31",
        "programme": {
            "unit": "battery",
            "seller": draw(texts),
            "price_currency": "EUR",
            "currency": "TRY",
            "instalments": [
                {"title": draw(texts), "subject": "contract", "due": "contract.signed"}
            ],
            "cases": {"here": {"subject": "sanctions", "title": draw(texts)}},
            "backtest": ["2024-01-31", "2024-02-29"],
            "operational_after_months": draw(st.integers(1, 120)),
            "projects": {"n": 9, "on_time": 3, "twice_as_long": 2},
        },
        "subjects": {
            id_: {"kind": kind, "title": draw(texts), "order": draw(st.integers(0, 9))}
            for id_, (kind, _) in SUBJECTS.items()
        },
        "sources": sources,
        "claims": claims,
        "contradictions": found,
    }
    if not found:
        del data["contradictions"]
    return dump_yaml(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=ledgers())
def test_nothing_is_lost(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    ledger = checked_ledger(text, "random.yaml")
    folder = tmp_path_factory.mktemp("package")
    for name, content in package_files(ledger).items():
        (folder / name).write_text(content, "utf-8")
    assert same(ledger, read_package(folder))
    alone = folder / "prov.json"
    alone.write_text(prov_json(ledger), "utf-8")
    for file in folder.iterdir():  # nothing but the provenance is there to read
        if file != alone:
            file.unlink()
    assert same(ledger, read_prov(alone))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=ledgers())
def test_another_program_may_write_the_provenance_anew(tmp_path_factory: Any, text: str) -> None:
    """Read and written by the library of PROV, with prefixes of its own choice."""
    ledger = checked_ledger(text, "random.yaml")
    document = ProvDocument.deserialize(content=prov_json(ledger), format="json")
    again = (document.serialize(format="json") or "").replace('"claim:', '"other:')
    again = again.replace('"claim": "urn', '"other": "urn')
    file: Path = tmp_path_factory.mktemp("prov") / "prov.json"
    file.write_text(again, "utf-8")
    assert same(ledger, read_prov(file))
