"""A sanctions decision as a graph in a file: questions, outcomes, a menu, citations."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from skyshade.catalogue.node import Node
from skyshade.programme.ledger import SHIPPED, read_source
from skyshade.programme.logic import Condition, read_condition
from skyshade.programme.model import LedgerSource
from skyshade.programme.reading import Dated, as_date, dated_text
from skyshade.yamlfile import load_yaml

SCHEMA = "skyshade/decision/1"
GRAPH = SHIPPED / "sanctions" / "caatsa.yaml"


@dataclass(frozen=True, slots=True)
class Question:
    """One node: what it asks, of which facts, and where each answer leads.

    Attributes
    ----------
    since : the day from which the law asks it; before, the answer is taken to be "no".
    asks, law, note : texts of which a version holds from the day on which it could be written.
    """

    id: str
    asks: Dated
    law: Dated
    condition: Condition
    if_true: str
    if_false: str
    citations: tuple[str, ...]
    verified: bool
    note: Dated = Dated()  # noqa: RUF009 (immutable)
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Outcome:
    """An end of the graph; `if_determined` is the node that a determination would lead to."""

    id: str
    title: str
    sanctions: bool
    if_determined: str = ""
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """One sanction of the menu.

    Attributes
    ----------
    touches, effect : what it concerns, and what it means for the body that bought, in our words.
    closes_channel : it closes ways of payment through its currency or banks.
    """

    number: int
    title: str
    citations: tuple[str, ...]
    verified: bool
    touches: str = ""
    effect: str = ""
    closes_channel: bool = False


@dataclass(frozen=True)
class Graph:
    """The whole decision; `since` is the day on which the law was signed."""

    title: Dated
    since: date
    start: str
    questions: Mapping[str, Question]
    outcomes: Mapping[str, Outcome]
    menu: Mapping[int, Measure]
    minimum: int
    sources: Mapping[str, LedgerSource]

    @functools.cached_property
    def order(self) -> tuple[str, ...]:
        """The questions, each after all questions that lead to it."""
        found: list[str] = []

        def visit(name: str) -> None:
            if name in found or name not in self.questions:
                return
            question = self.questions[name]
            for way in (question.if_false, question.if_true):
                visit(way)
            found.append(name)

        for name in self.questions:
            visit(name)
        return tuple(reversed(found))

    def cited(self, names: tuple[str, ...], day: date) -> tuple[LedgerSource, ...]:
        """The sources of these names that had been published by a day."""
        found = (self.sources[name] for name in names)
        return tuple(s for s in found if not s.is_publication or s.date.last <= day)


def load_graph(path: str | Path | None = None) -> Graph:
    """The shipped graph, or that of a file of the same make.

    Raises
    ------
    InputError : anything wrong with it, including an answer that leads to no node.
    """
    return _shipped() if path is None else _load(Path(path))


@functools.cache
def _shipped() -> Graph:
    return _load(GRAPH)


def _load(path: Path) -> Graph:
    root = Node(load_yaml(path), ())
    fields = root.fields(
        required=(
            "schema",
            "name",
            "title",
            "since",
            "start",
            "sources",
            "nodes",
            "outcomes",
            "minimum",
            "menu",
        ),
    )
    fields["schema"].choice("schema", (SCHEMA,))
    sources = {n.name: read_source(n, n.name) for n in fields["sources"].children()}
    questions = {n.name: _question(n, sources) for n in fields["nodes"].children()}
    outcomes = {n.name: _outcome(n) for n in fields["outcomes"].children()}
    ends = {*questions, *outcomes}
    for node in fields["nodes"].children():
        for way in ("if_true", "if_false"):
            if node.data[way] not in ends:
                raise node.child(way).unknown("node", node.data[way], ends)
    if fields["start"].data not in questions:
        raise fields["start"].unknown("node", str(fields["start"].data), questions)
    graph = Graph(
        title=dated_text(fields["title"]),
        since=as_date(fields["since"]).last,
        start=fields["start"].text(),
        questions=MappingProxyType(questions),
        outcomes=MappingProxyType(outcomes),
        menu=MappingProxyType(
            {int(n.name): _measure(n, sources) for n in fields["menu"].children()}
        ),
        minimum=int(fields["minimum"].number("count")),
        sources=MappingProxyType(sources),
    )
    _check_acyclic(graph, fields["nodes"])
    return graph


def _question(node: Node, sources: Mapping[str, LedgerSource]) -> Question:
    fields = node.fields(
        required=("asks", "law", "condition", "if_true", "if_false", "citations", "verified"),
        optional=("note", "since"),
    )
    return Question(
        id=node.name,
        asks=dated_text(fields["asks"]),
        law=dated_text(fields["law"]),
        condition=read_condition(fields["condition"]),
        if_true=fields["if_true"].text(),
        if_false=fields["if_false"].text(),
        citations=_citations(fields["citations"], sources),
        verified=_flag(fields["verified"]),
        note=dated_text(fields["note"]) if "note" in fields else Dated(),
        since=as_date(fields["since"]).last if "since" in fields else date.min,
    )


def _outcome(node: Node) -> Outcome:
    fields = node.fields(
        required=("title", "sanctions"), optional=("if_determined", "citations", "verified")
    )
    return Outcome(
        id=node.name,
        title=fields["title"].text(),
        sanctions=_flag(fields["sanctions"]),
        if_determined=fields["if_determined"].text() if "if_determined" in fields else "",
        verified=_flag(fields["verified"]) if "verified" in fields else True,
    )


def _measure(node: Node, sources: Mapping[str, LedgerSource]) -> Measure:
    fields = node.fields(
        required=("title", "citations", "verified"),
        optional=("touches", "effect", "closes_channel"),
    )
    return Measure(
        number=int(node.name),
        title=fields["title"].text(),
        citations=_citations(fields["citations"], sources),
        verified=_flag(fields["verified"]),
        touches=fields["touches"].text() if "touches" in fields else "",
        effect=fields["effect"].text() if "effect" in fields else "",
        closes_channel=_flag(fields["closes_channel"]) if "closes_channel" in fields else False,
    )


def _citations(node: Node, sources: Mapping[str, LedgerSource]) -> tuple[str, ...]:
    names = tuple(node.texts())
    if not names:
        raise node.error("a node needs a citation")
    for name in names:
        if name not in sources:
            raise node.unknown("source", name, sources)
    return names


def _flag(node: Node) -> bool:
    if not isinstance(node.data, bool):
        raise node.error("must be true or false", value=node.data)
    return node.data


def _check_acyclic(graph: Graph, node: Node) -> None:
    """Refuse a graph in which a question leads back to itself."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise node.error("the questions lead in a circle", value=" > ".join((*path, name)))
        if name in done or name not in graph.questions:
            return
        question = graph.questions[name]
        for way in (question.if_true, question.if_false):
            visit(way, (*path, name))
        done.add(name)

    visit(graph.start, ())
