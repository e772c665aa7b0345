"""Which interested claims an independent report outdoes, without looking at all pairs.

A party that speaks of its own performance (the seller on deliveries) is outdone by an independent
report that contradicts it, comes from an identified outlet or ranks no lower, and is later or more
precise. Independent is the word of nobody's side; a report of low confidence outdoes nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import itemgetter

from skyshade.programme.model import Claim
from skyshade.programme.policy import AUTHORITY_RANK

ENOUGH = AUTHORITY_RANK["agency"]  # the rank at which an independent report outdoes any party


def outdone_by_value(claims: Sequence[Claim]) -> list[Claim]:
    """The interested claims that an independent one of another value outdoes."""
    needs = _needs(claims)
    if not needs:
        return []
    others = _independent(claims)
    best: dict[int, list[tuple[int, object]]] = {}
    tight: dict[int, list[tuple[int, object]]] = {}
    for need in needs:
        found = [c for c in others if AUTHORITY_RANK[c.authority] >= need]
        best[need] = _top_two(found, _reported)
        tight[need] = _top_two(found, lambda c: -_span(c))
    return [
        c
        for c in claims
        if c.interested
        and (
            any(day > _reported(c) for day, value in best[_need(c)] if value != c.value)
            or any(span > -_span(c) for span, value in tight[_need(c)] if value != c.value)
        )
    ]


def outdone_by_date(claims: Sequence[Claim]) -> list[Claim]:
    """The interested reports of an event that an independent one of another date outdoes."""
    needs = _needs(claims)
    if not needs:
        return []
    rows = [
        (
            AUTHORITY_RANK[c.authority],
            c.reported.first.toordinal(),
            -_span(c),
            c.valid.last.toordinal(),
            -c.valid.first.toordinal(),
        )
        for c in _independent(claims)
    ]
    best = {}
    for need in needs:
        fit = [row for row in rows if row[0] >= need]
        best[need] = _Best(fit, 3), _Best(fit, 4)  # by the day of their end; of their beginning
    found: list[Claim] = []
    for claim in claims:
        if not claim.interested:
            continue
        ended, to_begin = best[_need(claim)]
        before = ended.below(claim.valid.first.toordinal())
        after = to_begin.below(-claim.valid.last.toordinal())
        later = max(before[0], after[0]) > _reported(claim)
        if later or max(before[1], after[1]) > -_span(claim):
            found.append(claim)
    return found


class _Best:
    """The latest report and the shortest span among rows whose key lies below a bound.

    A row has the day of the report in its second place and the span, negated, in its third.
    """

    def __init__(self, rows: Sequence[tuple[int, ...]], key: int) -> None:
        ordered = sorted(rows, key=itemgetter(key))
        self.keys = [row[key] for row in ordered]
        self.latest = list(accumulate((row[1] for row in ordered), max))
        self.tightest = list(accumulate((row[2] for row in ordered), max))

    def below(self, bound: int) -> tuple[int, int]:
        n = bisect_left(self.keys, bound)
        nothing = -(10**9)
        return (self.latest[n - 1], self.tightest[n - 1]) if n else (nothing, nothing)


def _independent(claims: Sequence[Claim]) -> list[Claim]:
    return [c for c in claims if not c.side and not c.is_weak]


def _needs(claims: Sequence[Claim]) -> set[int]:
    return {_need(c) for c in claims if c.interested}


def _need(claim: Claim) -> int:
    return min(AUTHORITY_RANK[claim.authority], ENOUGH)


def _reported(claim: Claim) -> int:
    return claim.reported.first.toordinal()


def _span(claim: Claim) -> int:
    return (claim.valid.last - claim.valid.first).days


def _top_two(claims: Sequence[Claim], score: Callable[[Claim], int]) -> list[tuple[int, object]]:
    """The best score of each value, the two highest: one of them has another value than any."""
    by_value: dict[object, int] = defaultdict(lambda: -(10**9))
    for claim in claims:
        by_value[claim.value] = max(by_value[claim.value], score(claim))
    return sorted(((n, v) for v, n in by_value.items()), key=lambda pair: -pair[0])[:2]
