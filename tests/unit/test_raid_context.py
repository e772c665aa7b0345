"""Published interceptions: one conformance test over every claim, refusals, what stands beside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from raid_plans import raid
from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import MEMORY
from skyshade.engagement import Runner, Tally
from skyshade.engagement.context import (
    SHIPPED,
    Claim,
    beside,
    claim_sources,
    context,
    load_claims,
)
from skyshade.errors import InputError

CLAIMS = load_claims()
TEXT = SHIPPED.read_text("utf-8")


@pytest.mark.parametrize("claim", CLAIMS.claims, ids=lambda c: f"{c.target}, {c.period}")
def test_claim_conforms(claim: Claim) -> None:
    assert claim.sources and set(claim.sources) <= set(CLAIMS.sources)
    assert claim.said_by and claim.defence and claim.period
    assert claim.differs.endswith(".") and claim.differs.count(".") == 1  # one sentence
    assert (claim.share is None) != (claim.kill_range_m is None)
    assert claim.share is None or 0.0 <= claim.share <= 1.0
    assert claim.is_weak == (claim.confidence == "low" or set(claim.sources) == {MEMORY})
    for name in claim.classes:
        assert load_catalogue().entry(name).kind == "target_class"
        assert claim in context([name])
    said = json.loads(json.dumps(claim.as_dict()))
    assert said["weak"] == claim.is_weak and said["sources"] and said["differs"]


def test_the_file_says_what_was_published() -> None:
    """Counts of the compilation: launched, intercepted, share published with them."""
    found = {(c.target, c.period): (c.launched, c.intercepted, c.share) for c in CLAIMS.claims}
    long = "February 2022 to August 2024"
    assert found["Shahed and Lancet", long] == (13315, 8836, 0.63)
    assert found["Iskander-M, Tochka and KN-23", long] == (1388, 62, 0.045)
    assert found["Kh-22 and Kh-32", long] == (362, 2, 0.0055)
    assert found["subsonic cruise missiles, pooled", "July 2026"] == (265, 187, 0.71)
    (shahed,) = (c for c in CLAIMS.claims if c.target == "Shahed and Lancet")
    assert shahed.conflict and round(8836 / 13315, 2) == 0.66
    assert [c.kill_range_m for c in context(["tanker"])] == [300e3, 314e3]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("sources: [sob]", "sources: [nobody]", "nobody"),
        ("sources: [sob]", "sources: [cielo]", "no claim names this source"),
        ("sources: [sob]", "sources: []", "needs a source"),
        ("sources: [sob]", "sources: [not_found]", "not_found"),
        ("classes: [large-support-aircraft]", "classes: [large-suport-aircraft]", "Did you mean"),
        ("classes: [large-support-aircraft]", "classes: [48N6E3]", "48N6E3"),
        ("share: 0.999", "share: 1.2", "out of range"),
        ("      share: 0.999\n", "", "one of them"),
        ("kill_range: 300 km", "kill_range: 300", "unit is missing"),
        ("intercepted: 62", "intercepted: 1389", "more than were launched"),
        ("intercepted: 62", "intercepted: 90", "say so in 'conflict'"),
        ("intercepted: 8836", "intercepted: 8388", "there is no 'conflict'"),
        ("confidence: high", "confidence: sure", "sure"),
        ("sources: [dtnext]", "sources: [memory]", "from memory only"),
        ("  sob:", "  cielo:", "source of the catalogue already"),
        ("said_by: the mayor", "said: the mayor", "said"),
        ("note: six missiles only", "remark: six missiles only", "remark"),
    ],
)
def test_refusals(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    assert old in TEXT
    file = tmp_path / "claims.yaml"
    file.write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=r"claims\.yaml, line") as refused:
        load_claims(file)
    assert complaint in str(refused.value)


def test_memory_is_marked(tmp_path: Path) -> None:
    data = yaml.safe_load(TEXT)
    data["moscow"]["claims"][0]["sources"] = ["memory"]
    del data["sources"]["sob"]
    file = tmp_path / "claims.yaml"
    file.write_text(yaml.safe_dump(data), "utf-8")
    recalled = [c for c in load_claims(file).claims if c.is_memory_only]
    assert len(recalled) == 1 and recalled[0].is_weak and recalled[0].as_dict()["memory_only"]


def test_beside_a_result() -> None:
    """The model's share as tallied; nothing of it moves with the claims."""
    case = raid("raid-60x4")
    tally = Tally(case)
    tally.add(Runner(case, 6, 1).run(0, 64))
    rows = {row["class"]: row for row in beside(tally)}
    assert list(rows) == list(case.classes)
    short = rows["short-range-ballistic-missile"]
    n = tally.members["class short-range-ballistic-missile"].sum() * 64
    kills = tally.sums["class short-range-ballistic-missile", 1]
    assert short["shot_down_in_model"]["value"] == pytest.approx(kills / n, abs=1e-6)
    assert [c["target"] for c in short["published"]][:2] == [
        "Iskander-M, Tochka and KN-23",
        "Kinzhal",
    ]
    assert rows["fighter"]["published"] == []
    named = claim_sources(context(["large-support-aircraft", "decoy"]))
    assert [s.id for s in named] == ["dtnext", "defin", "np360b"]
    with pytest.raises(InputError, match="catalogue entry"):
        context(["flying-saucer"])
