"""The sanctions graph: the precedents through it, its logic, and what a broken graph is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from skyshade.errors import InputError
from skyshade.programme import Ledger, load_ledger, resolve
from skyshade.programme.decision import GRAPH
from skyshade.programme.logic import Condition
from skyshade.programme.sanctions import Reached, load_graph, walk


@pytest.fixture(scope="module")
def india() -> Ledger:
    return load_ledger("india-s400")


@pytest.mark.parametrize(
    ("case", "outcome", "recorded"),
    [
        ("china-2018", "sanctions", True),
        ("turkey-2020", "sanctions", True),
        ("india", "undetermined", False),
    ],
)
def test_precedents_reproduce_the_record(
    india: Ledger, case: str, outcome: str, recorded: bool
) -> None:
    found = walk(resolve(india), case)
    assert found.outcome is not None
    assert (found.outcome.id, found.recorded) == (outcome, recorded)
    assert found.agrees


@pytest.mark.parametrize(
    ("case", "measures"), [("china-2018", {2, 7, 8, 9, 11, 12}), ("turkey-2020", {1, 2, 3, 4})]
)
def test_measures_on_record(india: Ledger, case: str, measures: set[int]) -> None:
    found = walk(resolve(india), case)
    assert measures <= set(found.measures)
    assert len(found.measures) >= found.graph.minimum == 5


def test_india_says_what_is_known_assumed_and_possible(india: Ledger) -> None:
    found = walk(resolve(india), "india")
    steps = {s.question.id: s for s in found.steps}
    assert steps["transaction"].assumed
    assert steps["significant"].assumed
    assert not steps["determination"].assumed
    assert steps["determination"].answer is False
    assert steps["delay"].reached is Reached.IF_DETERMINED
    assert steps["delay"].answer is None
    assert {o.id for o in found.possible} == {"undetermined", "delayed", "waived", "sanctions"}
    assert len(found.could_follow) == 12


def test_what_was_known_then(india: Ledger) -> None:
    """Before the determination was published China's case was open."""
    before = walk(resolve(india, known_on=date(2018, 9, 1)), "china-2018")
    assert before.outcome is None
    after = walk(resolve(india, known_on=date(2018, 12, 31)), "china-2018")
    assert after.recorded


def test_every_node_cites_and_the_law_was_read(india: Ledger) -> None:
    """Each question and each measure cites the section itself, of which the whole text was read."""
    graph = load_graph()
    read = {s.id for s in graph.sources.values() if s.seen == "full"}
    assert read == {"usc9525", "usc9525d", "usc9529"}
    assert all(graph.sources[name].url for name in read)
    assert not [s.id for s in graph.sources.values() if s.kind == "memory"]
    for question in graph.questions.values():
        assert question.verified and read & set(question.citations)
    for measure in graph.menu.values():
        assert measure.verified and "usc9529" in measure.citations
    assert graph.outcomes["sanctions"].verified
    facts = {f for q in graph.questions.values() for f in q.condition.facts}
    assert all(india.attributes[f].measure == "yes_no" for f in facts)


WHAT = [True, False, None]


@pytest.mark.parametrize("a", WHAT)
@pytest.mark.parametrize("b", WHAT)
def test_three_values(a: bool | None, b: bool | None) -> None:
    """Kleene: an answer is known when every way of filling in the unknown gives the same."""
    facts = {k: v for k, v in (("a", a), ("b", b)) if v is not None}
    parts = (Condition("fact", "a"), Condition("fact", "b"))
    known: dict[Literal["all", "any"], Callable[[list[bool]], bool]] = {"all": all, "any": any}
    for operator, of in known.items():
        possible = {
            of([x, y])
            for x in ([a] if a is not None else [True, False])
            for y in ([b] if b is not None else [True, False])
        }
        expected = possible.pop() if len(possible) == 1 else None
        assert Condition(operator, parts=parts).evaluate(facts) is expected
    negated = Condition("not", parts=parts[:1]).evaluate(facts)
    assert negated is (None if a is None else not a)


def test_text_of_the_law_that_was_not_read_is_marked(india: Ledger) -> None:
    text = GRAPH.read_text().replace("verified: true", "verified: false", 1)
    Path("graph.yaml").write_text(text)
    found = walk(resolve(india), "india", load_graph("graph.yaml"))
    assert [s.as_dict()["statute_text_verified"] for s in found.steps] == [False] + [True] * 6


def test_the_first_waiver_as_the_law_has_it() -> None:
    """22 U.S.C. 9525(b): ((1)(A) or (1)(B)) and (2)."""
    condition = load_graph().questions["original_waiver"].condition
    assert condition.evaluate({"vital_interest": True, "cyber_improved": True}) is True
    assert condition.evaluate({"furthers_enforcement": True, "cyber_improved": True}) is True
    assert condition.evaluate({"vital_interest": True, "furthers_enforcement": True}) is None
    assert condition.evaluate({"cyber_improved": False}) is False
    neither = {"vital_interest": False, "furthers_enforcement": False, "cyber_improved": True}
    assert condition.evaluate(neither) is False


def test_the_modified_waiver_as_the_law_has_it() -> None:
    """22 U.S.C. 9525(d)(1): (A), (B)(i), (B)(ii)(I) to (IV) and ((C)(i) or (C)(ii))."""
    condition = load_graph().questions["modified_waiver"].condition
    good: dict[str, bool | None] = {
        "national_interest": True,
        "intelligence_entity": False,
        "alliance_harm": False,
        "operations_harm": False,
        "cooperation_harm": False,
        "systems_compromised": False,
        "inventory_reduction": True,
    }
    assert condition.evaluate(good) is True
    assert condition.evaluate(good | {"inventory_reduction": False}) is None
    either = {"inventory_reduction": False, "strategic_cooperation": True}
    assert condition.evaluate(good | either) is True
    for fact in good:
        if fact != "inventory_reduction":
            assert condition.evaluate(good | {fact: not good[fact]}) is False
    neither = {"inventory_reduction": False, "strategic_cooperation": False}
    assert condition.evaluate(good | neither) is False


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("if_true: significant", "if_true: signficant", ["unknown node", "'significant'"]),
        ("start: transaction", "start: transactio", ["unknown node", "'transaction'"]),
        (
            "if_false: sanctions\n    citations: [usc9525, usc9525d",
            "if_false: transaction\n    citations: [usc9525, usc9525d",
            ["in a circle"],
        ),
        ("citations: [usc9525, stategd, steptoe17, lexo]", "citations: []", ["needs a citation"]),
        (
            "citations: [usc9525, stategd, steptoe17, lexo]",
            "citations: [stategdd]",
            ["unknown source", "stategd"],
        ),
        ("condition: transaction", "condition: {some: [a]}", ["not a condition"]),
        ("condition: transaction", "condition: {all: []}", ["at least one"]),
        ("verified: true", "verified: maybe", ["true or false"]),
    ],
)
def test_broken_graphs(good: str, bad: str, words: list[str]) -> None:
    text = GRAPH.read_text()
    assert good in text
    Path("graph.yaml").write_text(text.replace(good, bad, 1))
    with pytest.raises(InputError) as caught:
        load_graph("graph.yaml")
    for word in ("graph.yaml, line", *words):
        assert word in str(caught.value)


def test_unknown_case(india: Ledger) -> None:
    with pytest.raises(InputError, match="Did you mean 'turkey-2020'"):
        walk(resolve(india), "turkey")
