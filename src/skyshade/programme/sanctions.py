"""The sanctions decision: a graph from a file, walked with the facts of a case, step by step.

The graph describes the decisions that a law requires. It makes no judgement, predicts no decision,
and says nothing about how to avoid the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from skyshade.errors import InputError
from skyshade.programme.decision import Graph, Measure, Outcome, Question, load_graph
from skyshade.programme.logic import Truth
from skyshade.programme.model import Claim, LedgerSource, SanctionsCase
from skyshade.programme.state import ProgrammeState

__all__ = ["Reached", "Step", "Walk", "load_graph", "walk"]


class Reached(IntEnum):
    """How a question was reached, surest first."""

    KNOWN = 0
    OPEN = 1
    IF_DETERMINED = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One question, and its answer for a case.

    Attributes
    ----------
    answer : True, False, or None for unknown.
    reached : through answers that are known, through one that is open, or only if somebody decided.
    known : the facts used, with the claims that they rest on; `unknown` those that are missing.
    known_on : the day whose knowledge the texts and sources of the step are limited to.
    """

    graph: Graph
    question: Question
    known_on: date
    answer: Truth
    reached: Reached
    known: Mapping[str, Claim]
    unknown: tuple[str, ...]

    @property
    def assumed(self) -> bool:
        """True if a fact used is our own inference, or recalled."""
        return any(c.authority == "inference" or c.is_memory for c in self.known.values())

    @property
    def asks(self) -> str:
        """The question, in words."""
        return self.question.asks.on(self.known_on)

    @property
    def law(self) -> str:
        """What it rests on."""
        return self.question.law.on(self.known_on)

    @property
    def note(self) -> str:
        """What could be said of it on the day."""
        return self.question.note.on(self.known_on)

    @property
    def sources(self) -> tuple[LedgerSource, ...]:
        """The sources that had been published."""
        return self.graph.cited(self.question.citations, self.known_on)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "node": self.question.id,
            "asks": self.asks,
            "law": self.law,
            "answer": self.answer,
            "reached": self.reached.name.lower(),
            "assumed": self.assumed,
            "known": {fact: claim.id for fact, claim in self.known.items()},
            "unknown": list(self.unknown),
            "citations": [s.id for s in self.sources],
            "statute_text_verified": self.question.verified,
            "note": self.note,
        }


@dataclass(frozen=True)
class Walk:
    """A case walked through the graph.

    Attributes
    ----------
    outcome : where the answers lead; None if they leave it open.
    possible : every outcome that is still possible, what could follow a decision included.
    recorded : what is on record: sanctions imposed or not; `measures` the numbers imposed.
    """

    case: SanctionsCase
    graph: Graph
    state: ProgrammeState
    steps: tuple[Step, ...]
    outcome: Outcome | None
    possible: tuple[Outcome, ...]
    recorded: bool
    measures: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """True if the graph leads to what is on record."""
        if self.outcome is None:
            return False
        enough = not self.measures or len(self.measures) >= self.graph.minimum
        return self.outcome.sanctions == self.recorded and enough

    @property
    def could_follow(self) -> tuple[Measure, ...]:
        """Which sanctions are on record, or could follow; none if no outcome allows any."""
        if self.measures:
            return tuple(self.graph.menu[n] for n in self.measures)
        open_ = any(outcome.sanctions for outcome in self.possible)
        return tuple(self.graph.menu.values()) if open_ else ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "case": self.case.id,
            "title": self.case.title,
            "as_of": self.state.as_of.isoformat(),
            "known_on": self.state.known_on.isoformat(),
            "steps": [step.as_dict() for step in self.steps],
            "outcome": self.outcome.id if self.outcome else None,
            "outcome_title": self.outcome.title if self.outcome else "open",
            "possible": [outcome.id for outcome in self.possible],
            "recorded_sanctions": self.recorded,
            "agrees_with_record": self.agrees,
            "measures_recorded": list(self.measures),
            "could_follow": [
                {"number": m.number, "title": m.title, "text_verified": m.verified}
                for m in self.could_follow
            ],
            "at_least": self.graph.minimum,
        }


def walk(state: ProgrammeState, case: str, graph: Graph | None = None) -> Walk:
    """Walk a case through the graph with the facts known in a state.

    Notes
    -----
    If the answer to a question is unknown, the walk follows both answers; if all ways end in one
    outcome, that is the outcome. After "nothing determined" the walk goes on, to show what could
    follow.

    Raises
    ------
    InputError : the ledger has no such case.
    """
    graph = graph or load_graph()
    found = state.ledger.setup.case(case)
    steps: list[Step] = []
    start = graph.start if graph.since <= state.as_of else ""
    reached: dict[str, Reached] = {start: Reached.KNOWN}
    for name in graph.order:
        if name not in reached:
            continue
        question = graph.questions[name]
        if question.since > state.as_of:  # not yet law
            way = question.if_false
            reached[way] = min(reached.get(way, reached[name]), reached[name])
            continue
        step = _ask(graph, question, state, found.subject, reached[name])
        steps.append(step)
        for answer, way in ((True, step.question.if_true), (False, step.question.if_false)):
            if step.answer is None:
                how = max(reached[name], Reached.OPEN)
            elif step.answer is answer:
                how = reached[name]
            else:
                continue
            reached[way] = min(reached.get(way, how), how)
            onward = graph.outcomes[way].if_determined if way in graph.outcomes else ""
            if onward:
                reached.setdefault(onward, Reached.IF_DETERMINED)
    possible = {name: how for name, how in reached.items() if name in graph.outcomes}
    now = [name for name, how in possible.items() if how is not Reached.IF_DETERMINED]
    return Walk(
        case=found,
        graph=graph,
        state=state,
        steps=tuple(steps),
        outcome=graph.outcomes[now[0]] if len(now) == 1 else None,
        possible=tuple(graph.outcomes[name] for name in possible),
        recorded=state.happened(found.subject, "imposed") is not None,
        measures=_measures(state, found.subject, graph),
    )


def _ask(
    graph: Graph, question: Question, state: ProgrammeState, subject: str, reached: Reached
) -> Step:
    known: dict[str, Claim] = {}
    for fact in question.condition.facts:
        answer = state.answers.get((subject, fact, ""))
        if answer is not None and isinstance(answer.claim.value, bool):
            known[fact] = answer.claim
    facts: dict[str, Truth] = {fact: bool(claim.value) for fact, claim in known.items()}
    missing = tuple(f for f in question.condition.facts if f not in known)
    return Step(
        graph=graph,
        question=question,
        known_on=state.known_on,
        answer=question.condition.evaluate(facts),
        reached=reached,
        known=MappingProxyType(known),
        unknown=missing,
    )


def _measures(state: ProgrammeState, subject: str, graph: Graph) -> tuple[int, ...]:
    answer = state.answers.get((subject, "measures", ""))
    if answer is None:
        return ()
    numbers = tuple(int(n) for n in str(answer.claim.value).split(",") if n.strip().isdigit())
    strange = [n for n in numbers if n not in graph.menu]
    if strange:
        raise InputError(
            "not a number of the sanctions menu",
            value=strange[0],
            file=answer.claim.file,
            line=answer.claim.line,
            allowed=f"1 to {max(graph.menu)}",
        )
    return numbers
