"""Which of two claims is accepted, and by which rule; one order for all claims that compete.

A claim has the authority of the source that carries it (:mod:`skyshade.programme.claims`).

1. What was settled by hand is settled.
2. A claim from memory never wins against one that was read.
3. A party that speaks of its own performance is rejected if an independent report of an identified
   outlet contradicts it and is later or more precise.
4. Official record over named official over agency or outlet over copy over inference.
5. Newer over older, by the day of the report.
6. Higher confidence over lower.
7. The first identifier, which is arbitrary and says so.

Events have two more rules, between 3 and 4. A report is rejected if a denial of equal or higher
rank is not older. It is also rejected if its event begins after a report of equal or higher rank
said that the event had happened. Promises are not reports: schedules are re-set, so the
newest promise is accepted, and the rank decides only between promises of one day.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from skyshade.programme.model import CONFIDENCE, Claim

AUTHORITY_RANK = {
    "inference": 0,
    "copy": 1,
    "agency": 2,
    "named official": 3,
    "official record": 4,
}
_CONFIDENCE_RANK = {name: rank for rank, name in enumerate(CONFIDENCE)}

Standing = tuple[bool, int, int, int, str]


class Rule(Enum):
    """Why a claim is accepted over another, as a sentence."""

    READING = "settled by hand"
    MEMORY = "a claim that was read is accepted over one that is only recalled"
    INTERESTED = "an independent report is accepted over a party's word on its own performance"
    DENIED = "denied by a report of equal or higher rank that is not older"
    ALREADY = "an earlier report says that it had already happened"
    AUTHORITY = "the higher authority is accepted"
    NEWER = "the newer report is accepted"
    CONFIDENCE = "the higher confidence is accepted"
    IDENTIFIER = "equal in every respect; the first identifier is accepted (arbitrary)"


# element of a sort key -> its rule
_RULES = (Rule.MEMORY, Rule.AUTHORITY, Rule.NEWER, Rule.CONFIDENCE, Rule.IDENTIFIER)


def standing(claim: Claim) -> Standing:
    """The sort key of claims that compete: the smallest is accepted."""
    return (
        claim.evidence == "memory",
        -AUTHORITY_RANK[claim.authority],
        -claim.reported.first.toordinal(),
        -_CONFIDENCE_RANK[claim.confidence],
        claim.id,
    )


def promise_standing(claim: Claim) -> tuple[bool, int, int, int, str]:
    """The sort key of promises: the newest first, the rank only within a day."""
    memory, authority, _, confidence, id_ = standing(claim)
    return memory, -issued_on(claim), authority, confidence, id_


def issued_on(claim: Claim) -> int:
    """The day a promise was made, as an ordinal."""
    return (claim.said or claim.reported).first.toordinal()


def best(claims: Iterable[Claim]) -> Claim:
    """The claim that is accepted."""
    return min(claims, key=standing)


def rule_between(winner: Claim, loser: Claim) -> Rule:
    """The first rule on which the two differ."""
    pairs = zip(standing(winner), standing(loser), _RULES, strict=True)
    return next((rule for mine, its, rule in pairs if mine != its), Rule.IDENTIFIER)


def promise_rule_between(winner: Claim, loser: Claim) -> Rule:
    """The first rule on which two promises differ."""
    order = (Rule.MEMORY, Rule.NEWER, Rule.AUTHORITY, Rule.CONFIDENCE, Rule.IDENTIFIER)
    pairs = zip(promise_standing(winner), promise_standing(loser), order, strict=True)
    return next((rule for mine, its, rule in pairs if mine != its), Rule.IDENTIFIER)
