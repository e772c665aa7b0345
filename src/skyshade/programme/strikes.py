"""Which reports are struck, that is rejected by a denial, without looking at all pairs.

A denial strikes a report if their dates overlap, it ranks no lower and is not older. Both lists are
walked from the newest on. The dates of the denials met so far are kept sorted per rank, and two
binary searches count those that end before the report begins or begin after it ends.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

from skyshade.programme.model import Claim
from skyshade.programme.policy import AUTHORITY_RANK


class _Spans:
    """Spans of days, and whether any of them overlaps another."""

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.lasts: list[int] = []

    def add(self, claim: Claim) -> None:
        insort(self.firsts, claim.valid.first.toordinal())
        insort(self.lasts, claim.valid.last.toordinal())

    def overlap(self, claim: Claim) -> bool:
        ended = bisect_left(self.lasts, claim.valid.first.toordinal())
        to_begin = len(self.firsts) - bisect_right(self.firsts, claim.valid.last.toordinal())
        return ended + to_begin < len(self.firsts)


def struck(reports: Sequence[Claim], denials: Sequence[Claim]) -> list[Claim]:
    """The reports that a denial strikes; any overlapping denial strikes a report from memory."""
    return _hit(reports, denials, 1)


def striking(denials: Sequence[Claim], reports: Sequence[Claim]) -> list[Claim]:
    """The denials that strike at least one report."""
    return _hit(denials, reports, -1)


def _hit(targets: Sequence[Claim], others: Sequence[Claim], sign: int) -> list[Claim]:
    """Targets that overlap one of the others whose rank and day of report are no lower.

    A `sign` of -1 turns both orders round.
    """
    if not others:
        return []

    def rank(claim: Claim) -> int:
        return sign * AUTHORITY_RANK[claim.authority]

    def reported(claim: Claim) -> int:
        return sign * claim.reported.first.toordinal()

    weak, everything = _Spans(), _Spans()  # rank and date do not protect a report from memory
    for other in others:
        everything.add(other)
        if other.is_memory:
            weak.add(other)
    waiting = sorted(others, key=reported)
    met = {rank(other): _Spans() for other in others}
    found = set()
    for target in sorted(targets, key=reported, reverse=True):
        while waiting and reported(waiting[-1]) >= reported(target):
            other = waiting.pop()
            met[rank(other)].add(other)
        if (
            any(r >= rank(target) and spans.overlap(target) for r, spans in met.items())
            or (target.is_memory and everything.overlap(target))
            or weak.overlap(target)
        ):
            found.add(target.id)
    return [target for target in targets if target.id in found]
