"""A siting problem as numbers, and an answer that carries its proof.

An *option* is one kind of unit at one candidate. A *demand* is something to be covered, with a
weight. What a plan is worth is a sum over demands (or the worst of several groups of them)::

    covered    h_d = 1 if at least k units cover d, else 0
    expected   h_d = 1 - q_d prod_o (1 - p_od)^x_o        q_d: that the units there miss it

Units that stay are in `there` and `missed`; they are never moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from skyshade.errors import InputError
from skyshade.shown import Brief, count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Plan = tuple[int, ...]  # options, in increasing order
Measure = Literal["covered", "expected"]
Proof = Literal["line", "pairs"]
Stopped = Literal["proven", "gap", "time limit", "interrupted", "level"]


@dataclass(frozen=True, eq=False, repr=False)
class SitingProblem(Brief):
    """What may stand where, what is to be covered, and what counts.

    Checked when it is made by `of`; raises InputError with the field at fault.

    Attributes
    ----------
    p : (options, demands) sparse rows: probability that the option covers the demand.
    weights : (demands,) 0 or more.
    missed : (demands,) probability that the units that stay miss the demand.
    there : (demands,) how many units that stay cover it.
    kind : (options,) index of the kind of unit. units : (kinds,) how many of each there are.
    place : (options,) index of the candidate; at most one unit stands at each.
    apart : (candidates, candidates) True where two may not both be used.
    measure : what counts, see above. at_least : the k of "covered".
    group : (demands,) None to add up all demands; else the worst group's covered share counts.
    """

    p: Any
    weights: Floats
    missed: Floats
    there: Ints
    kind: Ints
    units: Ints
    place: Ints
    apart: Bools
    measure: Measure = "covered"
    at_least: int = 1
    group: Ints | None = None

    @classmethod
    def of(  # noqa: PLR0913 (the options are keyword-only)
        cls,
        p: Any,
        weights: Any = None,
        *,
        units: Any = 1,
        kind: Any = None,
        place: Any = None,
        apart: Any = None,
        fixed: Any = None,
        measure: Measure = "covered",
        at_least: int = 1,
        group: Any = None,
    ) -> SitingProblem:
        """A problem from arrays; one kind of unit unless `kind` says otherwise.

        Parameters
        ----------
        p : (options, demands) array or sparse matrix, 0 to 1; for "covered" each entry is 0 or 1.
        units : how many of each kind; a number if there is one kind.
        fixed : (units that stay, demands) what these cover, as `p`.

        Raises
        ------
        InputError : empty, ragged, not a number, out of range, k larger than units.

        Examples
        --------
        >>> SitingProblem.of([[1, 1, 0], [0, 1, 1]], units=1)
        <SitingProblem: 2 options for 1 unit, 3 demands>
        """
        from scipy import sparse

        try:
            rows = sparse.csr_matrix(p, dtype=float)
        except (TypeError, ValueError):
            raise InputError(
                "not a matrix of numbers", field="p", allowed="a row per option, equally long"
            ) from None
        rows.eliminate_zeros()
        n_options, n_demands = rows.shape
        if not n_options or not n_demands:
            raise InputError("no option or no demand", field="p", value=f"{n_options}x{n_demands}")
        if not np.isfinite(rows.data).all() or (rows.data < 0).any() or (rows.data > 1).any():
            raise InputError("not a probability", field="p", allowed="0 to 1")
        if measure == "covered" and (rows.data != 1.0).any():
            raise InputError(
                "covered or not: an entry is neither 0 nor 1", field="p", hint="Use 'expected'."
            )
        w = np.ones(n_demands) if weights is None else np.asarray(weights, float)
        if w.shape != (n_demands,) or not np.isfinite(w).all() or (w < 0).any():
            raise InputError("weights do not fit", field="weights", allowed="0 or more per demand")
        if not w.any():
            raise InputError("no demand has a weight above 0", field="weights")
        sort = np.zeros(n_options, np.int64) if kind is None else np.asarray(kind, np.int64)
        many = np.atleast_1d(np.asarray(units, np.int64))
        if len(many) <= sort.max() or (many < 0).any() or not many.any():
            raise InputError("no unit to place", field="units", value=units, allowed="1 or more")
        where = np.arange(n_options) if place is None else np.asarray(place, np.int64)
        n_places = int(where.max()) + 1
        near = np.zeros((n_places, n_places), bool) if apart is None else np.array(apart, bool)
        near |= near.T
        np.fill_diagonal(near, False)
        stay = np.zeros((0, n_demands)) if fixed is None else np.asarray(fixed, float)
        if at_least < 1 or at_least > many.sum() + len(stay):
            raise InputError(
                "more units are asked for than there are",
                field="at_least",
                value=at_least,
                allowed=f"1 to {many.sum() + len(stay)}, the units there and to come",
            )
        return cls(
            rows,
            w,
            np.prod(1.0 - stay, axis=0),
            (stay >= 1.0).sum(axis=0).astype(np.int64),
            sort,
            many,
            where,
            near,
            measure,
            at_least,
            None if group is None else np.asarray(group, np.int64),
        )

    @property
    def _in_short(self) -> str:
        return (
            f"{count(self.n_options, 'option')} for {count(int(self.units.sum()), 'unit')}, "
            f"{count(len(self.weights), 'demand')}"
        )

    @property
    def n_options(self) -> int:
        """Number of options."""
        return int(self.p.shape[0])

    @cached_property
    def scale(self) -> Floats:
        """(demands,) what a demand counts: its weight, or its share of its group's weight."""
        if self.group is None:
            return self.weights
        total = np.bincount(self.group, self.weights)
        if (total <= 0).any():
            raise InputError("a group of demands has no weight", field="weights")
        return np.asarray(self.weights / total[self.group])

    @cached_property
    def conflict(self) -> Bools:
        """(options, options) True where two options may not be in one plan."""
        same = self.place[:, None] == self.place[None, :]
        near = self.apart[self.place[:, None], self.place[None, :]] | same
        np.fill_diagonal(near, False)
        return np.asarray(near)

    def covered(self, plan: Plan) -> Floats:
        """(demands,) h_d of a plan, 0 to 1."""
        chosen = self.p[list(plan)].toarray() if plan else np.zeros((0, len(self.weights)))
        if self.measure == "expected":
            return np.asarray(1.0 - self.missed * np.prod(1.0 - chosen, axis=0))
        return np.asarray(self.there + (chosen > 0).sum(axis=0) >= self.at_least, float)

    def value(self, plan: Plan) -> float:
        """What a plan is worth: covered weight, or the worst group's covered share."""
        got = self.scale * self.covered(plan)
        return float(got.sum()) if self.group is None else float(np.bincount(self.group, got).min())

    @property
    def most(self) -> float:
        """What it would be worth to cover every demand."""
        return float(self.weights.sum()) if self.group is None else 1.0

    def is_allowed(self, plan: Plan) -> bool:
        """Whether a plan keeps to the numbers of units and to the distances between them."""
        chosen = list(plan)
        used = np.bincount(self.kind[chosen], minlength=len(self.units))
        return bool(
            len(set(plan)) == len(plan)
            and (used <= self.units).all()
            and not self.conflict[np.ix_(chosen, chosen)].any()
        )


@dataclass(frozen=True, eq=False)
class Line:
    """`constant + coefficients . x`, for no plan less than what the plan is worth."""

    constant: float
    coefficients: Floats


@dataclass(frozen=True, eq=False)
class Leaf:
    """A part of all plans, and a line that bounds each plan in it.

    Attributes
    ----------
    out, in_ : options that no plan of the part uses, and that each uses.
    any_of : if not empty, each plan of the part uses at least one of these.
    bound : no plan of the part is worth more.
    by : "line" if the line proves the bound; "pairs" if all choices of all units but two do, with
        what any two more add (see :mod:`skyshade.siting.pairs`).
    """

    out: frozenset[int]
    in_: frozenset[int]
    any_of: tuple[int, ...]
    line: Line
    bound: float
    by: Proof = "line"


@dataclass(frozen=True, eq=False, repr=False)
class SitingAnswer(Brief):
    """The best plan known, and a proof of how far from the best it can be.

    Attributes
    ----------
    plan : options. value : what it is worth; base : without any new unit.
    bound : no plan is worth more.
    leaves : parts of all plans that do without `dropped` options, each with its bound.
    dropped : option -> an option that is never worse, so that plans need not use the first.
    start : value of the plan that greedy choice and exchange gave.
    """

    problem: SitingProblem
    plan: Plan
    value: float
    base: float
    bound: float
    leaves: tuple[Leaf, ...]
    dropped: dict[int, int]
    start: float
    stopped: Stopped
    n_parts: int
    n_lines: int
    n_columns: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def _in_short(self) -> str:
        return f"{count(len(self.plan), 'unit')}, {self.value:.6g}, gap {100 * self.gap:.2g} %"

    @property
    def gap(self) -> float:
        """How much more any plan could add, as a share of the most that any could add."""
        could = self.bound - self.base
        return max(0.0, (self.bound - self.value) / could) if could > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON without the certificate."""
        return {
            "value": self.value,
            "base": self.base,
            "bound": self.bound,
            "gap": self.gap,
            "most": self.problem.most,
            "stopped": self.stopped,
            "start": self.start,
            "parts": self.n_parts,
            "lines": self.n_lines,
            "options_dropped": len(self.dropped),
            "columns_after_merging": self.n_columns,
        }
