"""What plans are worth, what one more unit adds, and lines above it for the bound.

Over all x between 0 and 1 a demand is given a concave function that is exact where x is whole, so
that lines that touch it bound every plan.

For "covered by at least k" (k less the units that stay), any j < k options may be left out::

    h <= (sum of x over the options that cover it, the j largest left out) / (k - j)

For "expected", either the marginal gains over a set S, or the tangent of the exponential::

    h <= 1 - Q_S + Q_S sum_{o not in S} p_o x_o                    Q_S = q prod_{o in S} (1 - p_o)
    h <= 1 - Q (1 - sum a_o (x_o - y_o))      a = -ln(1 - p), Q = q exp(-sum a_o y_o), at any y

References: G. L. Nemhauser, L. A. Wolsey, Maximizing submodular set functions, Ann. Discrete Math.
11, 1981; J.-F. Cordeau, F. Furini, I. Ljubic, Benders decomposition for very large scale partial
set covering and maximal covering location problems, Eur. J. Oper. Res. 275, 2019.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skyshade.siting.model import Bools, Floats, Ints, Plan, SitingProblem

SURE = 1e-12  # a probability nearer to 1 than this is taken to be so far from it
BLOCKS = 12  # lines are drawn for so many parts of the demand, which needs fewer rounds
PARTLY = 1e-3  # of a unit's worth: what half-covered demand counts when a start is sought


@dataclass(eq=False)
class Worth:
    """A problem after presolve, with the arithmetic that searches need.

    Attributes
    ----------
    rows : (options, columns) sparse; equal columns are merged. weight : (columns,).
    block : (columns,) part of the demand; `slots` parts share one variable of the linear program
        if the worst counts.
    constant : (blocks,) what is worth whatever the plan: demands that no option covers.
    """

    problem: SitingProblem
    rows: Any
    weight: Floats
    missed: Floats
    need: Ints
    block: Ints
    constant: Floats
    most: Floats
    kept: Bools
    dropped: dict[int, int]
    logs: Any = field(init=False)
    spread: Any = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the products that every step needs."""
        from scipy import sparse

        self.logs = self.rows.copy()
        self.logs.data = -np.log1p(-np.minimum(self.rows.data, 1.0 - SURE))
        n = len(self.weight)
        self.spread = sparse.csr_matrix(
            (self.weight, (np.arange(n), self.block)), shape=(n, self.n_blocks)
        )

    @property
    def n_blocks(self) -> int:
        """Number of parts of the demand."""
        return len(self.constant)

    @property
    def worst(self) -> bool:
        """Whether the worst block counts, not the sum of all."""
        return self.problem.group is not None

    def total(self, blocks: Floats) -> Any:
        """From values of blocks (..., blocks) to what counts."""
        return blocks.min(axis=-1) if self.worst else blocks.sum(axis=-1)

    def state(self, plan: Plan) -> Floats:
        """(columns,) what a plan leaves: probability missed, or units still needed."""
        chosen = self.rows[list(plan)].toarray()
        if self.problem.measure == "expected":
            return np.asarray(self.missed * np.prod(1.0 - chosen, axis=0))
        return np.asarray(self.need - (chosen > 0).sum(axis=0), float)

    def blocks(self, state: Floats) -> Floats:
        """(blocks,) what a state is worth."""
        done = 1.0 - state if self.problem.measure == "expected" else (state <= 0).astype(float)
        return np.asarray(self.constant + self.spread.T @ done)

    def score(self, state: Floats) -> float:
        """What a state is worth, and a little for what is half done."""
        return float(self.total(self.blocks(state))) + PARTLY * self._partly(state)

    def _partly(self, state: Floats) -> float:
        if self.worst:
            return float(self.blocks(state).mean())
        if self.problem.measure == "expected" or self.problem.at_least == 1:
            return 0.0
        return float(self.weight @ (1.0 - np.maximum(state, 0.0) / np.maximum(self.need, 1)))

    def scores_with(self, state: Floats) -> Floats:
        """(options,) the score of the state with each option added."""
        expected = self.problem.measure == "expected"
        adds = state if expected else (state == 1).astype(float)
        gain = self.rows @ self.spread.multiply(adds[:, None]).tocsr()
        after = self.blocks(state)[None, :] + gain.toarray()
        found = self.total(after)
        if self.worst:
            found = found + PARTLY * after.mean(axis=1)
        elif not expected and self.problem.at_least > 1:
            step = self.weight * (state >= 1) / np.maximum(self.need, 1)
            found = found + PARTLY * (self._partly(state) + self.rows @ step)
        return np.asarray(found)

    def lines_at(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Lines above the worth of each block that touch it near x.

        Returns
        -------
        constants (blocks,), coefficients (blocks, options), values at x (blocks,).
        """
        support = np.argsort(-x, kind="stable")[: int((x > 1e-9).sum())]
        picked = self.rows[support].toarray()
        if self.problem.measure == "expected":
            flat, pull, tangent, mine = self._expected(support, picked, x)
            slopes = self._slopes(pull) + self._slopes(tangent, self.logs)
        else:
            flat, pull, mine = self._covered(picked, x[support])
            slopes = self._slopes(pull)
        # what a line at a column does not count of the options in hand
        taken = (picked * mine * (pull * self.weight)[None, :]) @ self._parts
        slopes[:, support] -= taken.T
        constant = self.constant + self.spread.T @ flat
        return constant, slopes, constant + slopes @ x

    @property
    def _parts(self) -> Any:
        from scipy import sparse

        n = len(self.weight)
        return sparse.csr_matrix((np.ones(n), (np.arange(n), self.block)), (n, self.n_blocks))

    def _slopes(self, pull: Floats, rows: Any = None) -> Floats:
        """(blocks, options) coefficients of lines with a pull per column on all its options."""
        part = self.spread.multiply(pull[:, None]).tocsr()
        return np.asarray(((self.rows if rows is None else rows) @ part).toarray().T)

    def _covered(self, picked: Floats, x: Floats) -> tuple[Floats, Floats, Bools]:
        """Per column: constant, pull on its options, and which options in hand are left out."""
        covers = picked > 0
        best = np.ones(picked.shape[1])  # the piece that says: at most all of it
        pull, out = np.zeros(picked.shape[1]), np.zeros(covers.shape, bool)
        flat = np.ones(picked.shape[1])
        rank = np.cumsum(covers, axis=0)  # of each option among those that cover, largest x first
        share = covers * x[:, None]
        for j in range(int(self.need.max(initial=0))):
            here = self.need > j
            left = covers & (rank <= j)
            value = (share * ~left).sum(axis=0) / np.maximum(self.need - j, 1)
            better = here & (value < best - 1e-12)
            best[better], flat[better] = value[better], 0.0
            pull[better] = 1.0 / (self.need[better] - j)
            out[:, better] = left[:, better]
        return flat, pull, out

    def _expected(
        self, support: Ints, picked: Floats, x: Floats
    ) -> tuple[Floats, Floats, Floats, Bools]:
        """Per column: constant, pull by p, pull by a, and which options in hand are in S."""
        n = picked.shape[1]
        held = x[support]
        rest = (picked * held[:, None]).sum(axis=0)
        q, chosen = self.missed.copy(), np.zeros(n, np.int64)
        best = 1.0 - q * (1.0 - rest)
        pull = q.copy()
        for i in range(len(support)):
            rest = rest - picked[i] * held[i]
            q = q * (1.0 - picked[i])
            value = 1.0 - q * (1.0 - np.maximum(rest, 0.0))
            better = value < best - 1e-15
            best[better], pull[better], chosen[better] = value[better], q[better], i + 1
        flat = 1.0 - pull
        strength = self.logs.T @ x
        touched = self.missed * np.exp(-strength)
        tangent = np.zeros(n)
        use = 1.0 - touched < best - 1e-12
        tangent[use], pull[use] = touched[use], 0.0
        flat[use] = (1.0 - touched * (1.0 + strength))[use]
        return flat, pull, tangent, np.arange(len(support))[:, None] < chosen[None, :]
