"""Conditions over facts that may be unknown: Kleene's three values, None being unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from skyshade.catalogue.node import Node

Truth = bool | None
Operator = Literal["fact", "all", "any", "not"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact's name, or an operator over conditions."""

    operator: Operator
    fact: str = ""
    parts: tuple[Condition, ...] = ()

    def evaluate(self, facts: Mapping[str, Truth]) -> Truth:
        """True, False, or None if the answer depends on an unknown fact.

        >>> both = Condition("all", parts=(Condition("fact", "a"), Condition("fact", "b")))
        >>> both.evaluate({"a": False}), both.evaluate({"a": True}), both.evaluate({})
        (False, None, None)
        """
        if self.operator == "fact":
            return facts.get(self.fact)
        values = [part.evaluate(facts) for part in self.parts]
        if self.operator == "not":
            return None if values[0] is None else not values[0]
        decisive = self.operator == "any"
        if decisive in values:
            return decisive
        return None if None in values else not decisive

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts in the condition, in order."""
        if self.operator == "fact":
            return (self.fact,)
        return tuple(dict.fromkeys(fact for part in self.parts for fact in part.facts))


def read_condition(node: Node) -> Condition:
    """The condition at a place of a file."""
    if isinstance(node.data, str):
        return Condition("fact", node.text())
    children = node.children()
    if len(children) != 1 or children[0].name not in ("all", "any", "not"):
        raise node.error("not a condition", allowed="a fact's name, or one of all, any, not")
    child = children[0]
    if child.name == "not":
        return Condition("not", parts=(read_condition(child),))
    parts = tuple(read_condition(element) for element in child.elements())
    if not parts:
        raise child.error("needs at least one condition")
    return Condition("all" if child.name == "all" else "any", parts=parts)
