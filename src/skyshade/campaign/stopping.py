"""Run until the answer is known: an interval that stays valid when it is read again and again."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._scalar_plan import LEAKED
from skyshade.engagement.launch import Block
from skyshade.engagement.results import Share
from skyshade.errors import InputError

FIRST_LOOK = 64  # replicates; each further portion doubles them, so few are run in excess
BOLDEST = 0.5  # bolder bets would leave an interval wider than asked, however long the run
NARROWEST, WIDEST = 1e-4, 0.5


class ConfidenceSequence:
    """An interval for a mean that is valid at all numbers of values at once.

    The empirical-Bernstein confidence sequence. The chance that the interval ever misses the mean
    is at most 1 - `confidence`, however often it is read, whenever the run stops, and whatever the
    distribution on [0, 1]. An interval for one fixed number of values misses almost surely if it is
    read often enough.

    Parameters
    ----------
    half_width : stop when the interval is as narrow as this; between 1e-4 and 0.5.
    confidence : between 0 and 1.

    Notes
    -----
    With values x_i, bets b_i and means m_i of what came before, the interval is

        sum(b_i x_i) / sum(b_i)  +-  (ln(2/a) + sum((x_i - m_i)^2 psi(b_i))) / sum(b_i),

    psi(b) = -ln(1 - b) - b and a = 1 - confidence. Any bets are valid that use only past values.
    The bets here are half_width over the variance so far: the interval is then narrowest when it
    reaches the width that is asked for, and needs about 1.9 times the values of an interval for a
    fixed number.

    References
    ----------
    I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting, Journal
    of the Royal Statistical Society B 86, 2024, theorem 2.
    """

    def __init__(self, half_width: float, confidence: float = 0.95) -> None:
        """Begin at the interval from 0 to 1."""
        if not NARROWEST <= half_width < WIDEST:
            raise InputError(
                "half-width out of bounds",
                field="half_width",
                value=half_width,
                allowed=f"{NARROWEST:g} to less than {WIDEST:g}",
            )
        self.half_width, self.log_odds = half_width, math.log(2 / (1 - confidence))
        self.n = 0
        self.total = 0.0
        self._squares = 0.25  # one imagined value, half a width from the middle
        self._bets = self._won = self._doubt = 0.0
        self.low, self.high = 0.0, 1.0

    @property
    def is_known(self) -> bool:
        """Whether the interval is as narrow as asked."""
        return self.high - self.low <= 2 * self.half_width

    @property
    def share(self) -> Share:
        """Mean so far, with its interval.

        The interval weighs values by their bets and the mean does not, so the mean may lie just
        outside the interval. The nearer end is then returned.
        """
        mean = self.total / self.n
        return Share(min(max(mean, self.low), self.high), self.low, self.high)

    def add(self, values: NDArray[np.float64]) -> int:
        """Take values in [0, 1] up to the one that makes the answer known; return their number.

        The result does not depend on how values are split over calls, except for rounding.
        """
        if self.is_known or not len(values):
            return 0
        k = self.n + np.arange(1, len(values) + 1)
        mean = (0.5 + self.total + np.cumsum(values)) / (k + 1)
        before = np.concatenate([[(0.5 + self.total) / (self.n + 1)], mean[:-1]])
        squares = self._squares + np.cumsum((values - mean) ** 2)
        variance = np.concatenate([[self._squares], squares[:-1]]) / k
        bet = np.minimum(self.half_width / variance, BOLDEST)
        bets = self._bets + np.cumsum(bet)
        won = self._won + np.cumsum(bet * values)
        doubt = self._doubt + np.cumsum((values - before) ** 2 * (-np.log1p(-bet) - bet))
        half = (self.log_odds + doubt) / bets
        low, high = np.maximum(won / bets - half, 0.0), np.minimum(won / bets + half, 1.0)
        done = np.nonzero(high - low <= 2 * self.half_width)[0]
        i = int(done[0]) if len(done) else len(values) - 1
        self.n, self.total = self.n + i + 1, self.total + float(values[: i + 1].sum())
        self._squares, self._bets = float(squares[i]), float(bets[i])
        self._won, self._doubt = float(won[i]), float(doubt[i])
        self.low, self.high = float(low[i]), float(high[i])
        return i + 1

    def expected(self) -> int:
        """About how many values the run will need in all, from the variance so far."""
        spread = self._squares / (self.n + 1)
        return max(self.n, math.ceil(2 * self.log_odds * spread / self.half_width**2))


def leaked_share(block: Block, member: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(replicates,) share of these targets that leaked."""
    return np.asarray(np.mean(block.outcome[:, member] == LEAKED, axis=1))


def portions(largest: int, most: int) -> Iterator[tuple[int, int]]:
    """First replicate and size of each portion of a run whose length is not known."""
    first = 0
    while first < most:
        n = min(max(FIRST_LOOK, first), largest, most - first)
        yield first, n
        first += n
