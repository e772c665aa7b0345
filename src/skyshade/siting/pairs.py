"""Plans for "covered by at least k", gone through with bounds on what the last two units add.

Lines bound this objective badly: half a unit in each of two places counts as half the cover of a
whole pair, so that five units are given the worth of two and a half pairs. Here units are put in
one after the other, and what two more units a and b can add is bounded by whole units::

    g_a + g_b + min(z_a, z_b)      g: weight of the demands that one more unit completes,
                                   z: weight of those that two more complete

The few cases that this does not close are settled by the exact worth of these plans.
"""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np

from skyshade.siting.lines import Worth
from skyshade.siting.model import Floats, Plan

MANY = 50_000  # choices of all units but three; with more, lines and splits are tried instead
MOST_OPTIONS = 1_000  # that pairs are made of
CHUNK = 1_000  # plans whose exact worth is summed up at once
KEPT = 300  # tables of pairs
ROUNDING = 1e-5  # of all there is: what sums in single precision may be off by, and much more

Chosen = tuple[int, ...]  # places in the order of options


def fits(worth: Worth, in_: frozenset[int], out: frozenset[int]) -> bool:
    """Whether a part of all plans can be gone through, one plan after the other."""
    case = worth.problem
    if case.measure != "covered" or worth.worst or len(case.units) > 1:
        return False
    left = int(case.units[0]) - len(in_)
    n_free = case.n_options - len(out | in_)
    several = worth.need.max(initial=0) > 1
    return bool(several and n_free <= MOST_OPTIONS and math.comb(n_free, max(left - 3, 0)) <= MANY)


def improved(worth: Worth, plan: Plan, out: frozenset[int]) -> Plan:
    """A plan from which no two units can be moved so that it gets better."""
    best, gained = plan, True
    while gained:
        gained = False
        for a, o in enumerate(best):
            for other in best[a + 1 :]:
                walk = Walk(worth, frozenset(best) - {o, other}, out)
                walk.step(-math.inf)
                if walk.value > worth.problem.value(best) + walk.slack:
                    best, gained = walk.plan, True
                    break
            if gained:
                break
    return best


class Walk:
    """The plans of a part of all plans, those with the largest bound first.

    Attributes
    ----------
    order : options that a plan may use besides those it has, the strongest first.
    plan, value : the best plan met so far.
    """

    def __init__(self, worth: Worth, in_: frozenset[int], out: frozenset[int]) -> None:
        case = worth.problem
        self.held = tuple(sorted(in_))
        self.units = int(case.units[0]) - len(in_)
        free = np.ones(case.n_options, bool)
        free[list(out | in_)] = False
        free &= ~case.conflict[list(in_)].any(axis=0)
        state = worth.state(self.held)
        left = (state > 0) & (state <= self.units)
        self.need, self.weight = state[left].astype(np.float32), worth.weight[left]
        options = np.flatnonzero(free)
        covers = worth.rows[options][:, np.flatnonzero(left)].toarray() > 0
        strength = covers @ (self.weight / self.need)
        first = np.argsort(-strength, kind="stable")
        self.order = options[first]
        self.bits = np.ascontiguousarray(covers[first], np.uint8)
        self.covers = self.bits.astype(np.float32)
        self.light = self.weight.astype(np.float32)
        self.apart = case.conflict[np.ix_(self.order, self.order)]
        self.both = self.common(np.arange(len(self.order)), self.light)
        self.tables: dict[Chosen, tuple[Any, Any]] = {}
        self.plan: Plan = self.held
        self.base = self.value = float(worth.total(worth.blocks(state)))
        self.closed = self.in_hand = self.base
        self.slack = ROUNDING * case.most
        top = self.base + float(np.sort(strength)[::-1][: self.units].sum()) + self.slack
        self.heap: list[tuple[float, Chosen]] = [(-top, ())]

    @property
    def bound(self) -> float:
        """No plan of the part is worth more."""
        return max(self.closed, self.in_hand, -self.heap[0][0] if self.heap else self.closed)

    def step(self, enough: float) -> None:
        """Go into the part with the largest bound, or close all if that is little `enough`."""
        self.in_hand, chosen = -self.heap[0][0], self.heap[0][1]
        if self.in_hand <= enough:
            self.closed = max(self.closed, self.in_hand)
            self.heap.clear()
            return
        heapq.heappop(self.heap)
        here = _Here(self, chosen)
        self.offer(here.now, chosen)
        here.leave_out(enough - self.slack)
        self.closed = max(self.closed, min(enough, self.in_hand))
        if len(here.free) and here.left > 3:
            self._go_on(here, enough)
        elif len(here.free):
            sets = here.threes(enough - self.slack) if here.left == 3 else here.twos()
            for some in sets:
                self._offer_best(here, some)
        self.in_hand = self.closed

    def _go_on(self, here: _Here, enough: float) -> None:
        """Put in each of the options that may come next."""
        if len(self.tables) >= KEPT:
            self.tables.clear()
        self.tables[here.chosen] = self.changes(here.chosen, np.arange(len(self.order)))
        bounds = here.bounds() + self.slack
        for i in np.flatnonzero(bounds > enough):
            top = min(float(bounds[i]), self.in_hand)
            heapq.heappush(self.heap, (-top, (*here.chosen, int(here.free[i]))))

    def _offer_best(self, here: _Here, sets: Any) -> None:
        """Offer the best of the plans that add these sets of options, from their exact worth."""
        if not len(sets):
            return
        open_ = np.flatnonzero((here.need > 0) & (here.need <= sets.shape[1]))
        need, light = here.need[open_].astype(np.uint8), self.light[open_]
        bits = self.bits[:, open_]
        adds = np.empty(len(sets), np.float32)
        for first in range(0, len(sets), CHUNK):
            some = sets[first : first + CHUNK].T
            times = sum(bits[column] for column in some)
            adds[first : first + CHUNK] = (times >= need).astype(np.float32) @ light
        for best in sets[np.flatnonzero(adds >= adds.max() - self.slack)[:CHUNK]]:
            done = bits[best].sum(axis=0) >= need
            added = float(self.weight[open_][done].sum())
            self.offer(here.now + added, (*here.chosen, *map(int, best)))

    def offer(self, value: float, chosen: Chosen) -> None:
        """Take a plan that is worth so much, if it is the best so far."""
        self.closed = max(self.closed, value)
        if value > self.value:
            self.value = value
            self.plan = tuple(sorted((*self.held, *self.order[list(chosen)].tolist())))

    def needed(self, chosen: Chosen) -> Any:
        """(demands,) how many more each needs."""
        return self.need - self.covers[list(chosen)].sum(axis=0)

    def changes(self, chosen: Chosen, free: Any) -> tuple[Any, Any]:
        """(free, free) by how much either changes what the other gains, and completes by half.

        From what is known for all of the chosen but the last, which touches few demands.
        """
        if chosen in self.tables:
            at = np.ix_(free, free)
            one, two = self.tables[chosen]
            return one[at], two[at]
        new = self._steps(self.needed(chosen))
        if not chosen:
            return self.common(free, new[0]), self.common(free, new[1])
        one, two = self.changes(chosen[:-1], free)
        old = self._steps(self.needed(chosen[:-1]))
        return one + self.common(free, new[0] - old[0]), two + self.common(free, new[1] - old[1])

    def _steps(self, need: Any) -> tuple[Any, Any]:
        one, two, three = (self.light * (need == n) for n in (1, 2, 3))
        return two - one, three - two

    def common(self, free: Any, weight: Any) -> Any:
        """(free, free) weight of the demands that both cover."""
        used = np.flatnonzero(weight)
        some = self.covers[np.ix_(free, used)]
        return (some * weight[used]) @ some.T


class _Here:
    """What options add once some are put in.

    Attributes
    ----------
    now : worth of a plan with these alone. left : how many units may still be put in.
    free : options that may be, later in the order than those chosen.
    gain : (free,) what each adds. half : what it completes by half.
    share : what it covers, where a demand that needs n more counts by 1 / n.
    """

    def __init__(self, walk: Walk, chosen: Chosen) -> None:
        self.walk, self.chosen, self.left = walk, chosen, walk.units - len(chosen)
        self.need = need = walk.needed(chosen)
        self.now = walk.base + float(walk.weight[need <= 0].sum())
        start = chosen[-1] + 1 if chosen else 0
        after = np.arange(start, len(walk.order))
        self.free = after[~walk.apart[list(chosen)][:, after].any(axis=0)]
        one, two = (walk.light * (need == n) for n in (1, 2))
        self.each = walk.light * ((need > 0) & (need <= self.left)) / np.maximum(need, 1.0)
        self.ones = float(one.sum())
        sums = walk.covers[start:] @ np.stack([one, two, self.each]).T
        self.gain, self.half, self.share = sums[self.free - start].T

    def leave_out(self, least: float) -> None:
        """Go on with the options only that are in any plan worth more than this."""
        beyond = self.share - self.gain
        best = [float(np.sort(v)[::-1][: self.left - 1].sum()) for v in (self.share, beyond)]
        most = np.minimum(self.share + best[0], self.ones + beyond + best[1])
        kept = self.now + most > least
        self.free = self.free[kept]
        self.gain, self.half, self.share = self.gain[kept], self.half[kept], self.share[kept]

    def after_each(self) -> tuple[Any, Any, Any]:
        """(first, later): whether that may come later; what it gains then; completes by half."""
        walk, free = self.walk, self.free
        one, two = walk.changes(self.chosen, free)
        may = ~(np.tri(len(free), dtype=bool) | walk.apart[np.ix_(free, free)])
        return may, self.gain[None, :] + one, self.half[None, :] + two

    def bounds(self) -> Floats:
        """(free,) the most that plans are worth in which this comes next."""
        may, one, _ = self.after_each()
        need, light = np.maximum(self.need, 1.0), self.walk.light * (self.each > 0)
        change = light * (need > 1) / np.maximum(need - 1.0, 1.0) - self.each
        share = np.where(may, self.share[None, :] + self.walk.common(self.free, change), 0.0)
        beyond = np.where(may, share - one, 0.0)
        found = self.gain + _largest(share, self.left - 1)
        capped = self.ones + self.half + _largest(beyond, self.left - 1)
        return np.asarray(self.now + np.minimum(found, capped), float)

    def twos(self) -> list[Any]:
        """Options alone and, if there are two units, pairs; the best plan is among them."""
        free = self.free
        found = [free[:, None]]
        if self.left == 2 and len(free) > 1:
            may, one, _ = self.after_each()
            sums = np.where(may, self.gain[:, None] + one, -np.inf)
            best = float(sums.max())
            i, j = np.nonzero(sums >= best - self.walk.slack)
            found += [np.column_stack([free[i], free[j]])] if np.isfinite(best) else []
        return found

    def threes(self, least: float) -> list[Any]:
        """Sets of one, two and three options; a plan worth more than `least` is among them."""
        free, least = self.free, least - self.now
        may, one, two = self.after_each()
        one = np.where(may, one, -np.inf)
        both, whole = self.walk.both[np.ix_(free, free)], self.walk.both[free, free]
        pairs, threes = [], []
        for i in np.flatnonzero(self.gain + _pairs(one, two) > least):
            g, z, more = one[i], two[i], least - self.gain[i]
            a = int(g.argmax())
            if not np.isfinite(g[a]):
                continue
            pairs.append([i, a])  # there may be no room for a third
            some = np.flatnonzero(g + g[a] + z > more)
            g, z, at = g[some], z[some], np.ix_(some, some)
            half = np.minimum(z[:, None], z[None, :])
            other = whole[some] - g - z  # of what each covers: complete, or out of reach
            other = np.minimum(other[:, None], other[None, :])
            top = np.minimum(np.minimum(half, both[at]), 2.0 * half - both[at] + other)
            j, k = np.nonzero((g[:, None] + g[None, :] + top > more) & may[at])
            threes.append(np.column_stack([np.full(len(j), i), some[j], some[k]]))
        found = [free[:, None]]
        if pairs:
            found += [free[np.array(pairs)], free[np.concatenate(threes)]]
        return found


def _pairs(gain: Any, half: Any) -> Any:
    """Per row, the most of g_a + g_b + min(z_a, z_b), of one g alone, and of nothing."""
    order = np.argsort(-half, axis=1, kind="stable")
    g, z = np.take_along_axis(gain, order, 1), np.take_along_axis(half, order, 1)
    before = np.maximum.accumulate(g, axis=1)
    two = before[:, :-1] + g[:, 1:] + z[:, 1:]  # the partner has the larger z
    return np.maximum(np.maximum(two.max(axis=1, initial=-np.inf), before[:, -1]), 0.0)


def _largest(values: Any, n: int) -> Any:
    """Per row, the sum of the n largest, none below 0."""
    some = np.maximum(values, 0.0)
    if n < some.shape[1]:
        some = np.partition(some, some.shape[1] - n, axis=1)[:, -n:]
    return some.sum(axis=1)
