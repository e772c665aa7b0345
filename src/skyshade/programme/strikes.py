"""Which reports are struck, that is rejected by a denial, without looking at all pairs.

A denial strikes a report if their dates overlap, it ranks no lower and is not older. Both lists are
walked from the newest on. The dates of the denials met so far are kept sorted per rank, and two
binary searches count those that end before the report begins or begin after it ends. Days and ranks
are plain integers, taken once from each claim, since a slot may hold 10^5 of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from operator import itemgetter

from skyshade.programme.model import Claim
from skyshade.programme.policy import AUTHORITY_RANK

# of a claim: day of its report, rank, first and last day, and whether it is only recalled
_Row = tuple[int, int, int, int, bool]


class _Spans:
    """Spans of days, and whether any of them overlaps another."""

    def __init__(self, rows: Iterable[_Row] = ()) -> None:
        rows = tuple(rows)
        self.firsts = sorted(row[2] for row in rows) if rows else []
        self.lasts = sorted(row[3] for row in rows) if rows else []

    def add(self, row: _Row) -> None:
        insort(self.firsts, row[2])
        insort(self.lasts, row[3])

    def overlap(self, row: _Row) -> bool:
        if not self.firsts:
            return False
        ended = bisect_left(self.lasts, row[2])
        to_begin = len(self.firsts) - bisect_right(self.firsts, row[3])
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
    if not targets or not others:
        return []
    waiting = sorted(_rows(others, sign), key=itemgetter(0))
    rows = _rows(targets, sign)
    # rank and date protect nobody's memory, and from nobody's
    everything = _Spans(waiting if any(row[4] for row in rows) else ())
    weak = _Spans(row for row in waiting if row[4])
    met = {row[1]: _Spans() for row in waiting}
    hit = bytearray(len(rows))
    for k in sorted(range(len(rows)), key=rows.__getitem__, reverse=True):
        target = rows[k]
        reported, rank, _, _, recalled = target
        while waiting and waiting[-1][0] >= reported:
            other = waiting.pop()
            met[other[1]].add(other)
        hit[k] = (
            any(r >= rank and spans.overlap(target) for r, spans in met.items())
            or (recalled and everything.overlap(target))
            or weak.overlap(target)
        )
    return [target for target, is_hit in zip(targets, hit, strict=True) if is_hit]


def _rows(claims: Sequence[Claim], sign: int) -> list[_Row]:
    return [
        (
            sign * c.reported.first.toordinal(),
            sign * AUTHORITY_RANK[c.authority],
            c.valid.first.toordinal(),
            c.valid.last.toordinal(),
            c.is_memory,
        )
        for c in claims
    ]
