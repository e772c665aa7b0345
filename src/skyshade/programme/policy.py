"""Which of two claims stands, and by which rule. One order for everything that competes.

1. A claim from memory never wins against one that was read.
2. Official record over named official over agency or outlet over copy over inference.
3. Newer over older, by the day of the report.
4. Higher confidence over lower.
5. The first identifier, which is arbitrary and says so.

Events have two rules more, which come between 1 and 2: a report is struck by a denial of no lower
rank that is not older; and what a report of no lower rank has already called happened cannot begin
after that report. Promises are not reports: schedules are set anew, so of promises the newest
stands, and the rank decides only between those of one day.
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
    """Why a claim stands against another, as a sentence."""

    MEMORY = "what was read stands against what is only recalled"
    DENIED = "denied by a report of no lower rank that is not older"
    ALREADY = "it had been reported as happened before then"
    AUTHORITY = "the higher authority stands"
    NEWER = "the newer report stands"
    CONFIDENCE = "the higher confidence stands"
    IDENTIFIER = "equal in every respect; the first identifier stands (arbitrary)"


# element of a standing -> the rule that it stands for
_RULES = (Rule.MEMORY, Rule.AUTHORITY, Rule.NEWER, Rule.CONFIDENCE, Rule.IDENTIFIER)


def standing(claim: Claim) -> Standing:
    """A sort key; of claims that compete the smallest stands."""
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
    """The claim that stands."""
    return min(claims, key=standing)


def rule_between(winner: Claim, loser: Claim) -> Rule:
    """The first rule on which the two differ."""
    pairs = zip(standing(winner), standing(loser), _RULES, strict=True)
    return next((rule for mine, its, rule in pairs if mine != its), Rule.IDENTIFIER)


def promise_rule_between(winner: Claim, loser: Claim) -> Rule:
    """The same for promises."""
    order = (Rule.MEMORY, Rule.NEWER, Rule.AUTHORITY, Rule.CONFIDENCE, Rule.IDENTIFIER)
    pairs = zip(promise_standing(winner), promise_standing(loser), order, strict=True)
    return next((rule for mine, its, rule in pairs if mine != its), Rule.IDENTIFIER)
