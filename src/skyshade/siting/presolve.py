"""Make a problem smaller without losing its best plan: merge equal columns, drop dominated options.

An option is dropped if another one of the same kind covers all that it covers (with no smaller
probability) and is in nobody's way that it is not. Where a second unit over the same demand is
worth something, as many such options are needed as there are units.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skyshade.siting.lines import BLOCKS, Worth
from skyshade.siting.model import Bools, Floats, Ints, SitingProblem

MOST_OPTIONS = 3000  # pairs of more options are not compared


def presolve(problem: SitingProblem) -> Worth:
    """The problem as the search takes it."""
    n_demands = len(problem.weights)
    if problem.measure == "expected":
        need = np.ones(n_demands, np.int64)
        key = problem.missed
    else:
        need = np.maximum(problem.at_least - problem.there, 0)
        key = need.astype(float)
    group = np.zeros(n_demands, np.int64) if problem.group is None else problem.group
    columns = problem.p.tocsc()
    columns.sort_indices()
    first, member = _merge(columns, key, group, need, problem.scale > 0)
    weight = np.zeros(len(first))
    np.add.at(weight, member[member >= 0], problem.scale[member >= 0])
    rows = columns[:, first].tocsr()
    n_blocks = int(group.max()) + 1
    done = 1.0 - problem.missed if problem.measure == "expected" else (need == 0).astype(float)
    rest = member < 0
    block = group[first]
    if problem.group is None:
        n_blocks = max(1, min(BLOCKS, len(first) // 8))
        order = np.argsort(rows.getnnz(axis=0), kind="stable")
        block = np.empty(len(first), np.int64)
        block[order] = np.arange(len(first)) * n_blocks // max(len(first), 1)
        constant = np.zeros(n_blocks)
        constant[0] = float((problem.scale * done)[rest].sum())
    else:
        constant = np.zeros(n_blocks)
        np.add.at(constant, group[rest], (problem.scale * done)[rest])
    kept, dropped = _dominated(problem, rows)
    return Worth(
        problem,
        rows,
        weight,
        problem.missed[first],
        need[first],
        block,
        constant,
        constant + np.bincount(block, weight, minlength=n_blocks),
        kept,
        dropped,
    )


def _merge(columns: Any, key: Floats, group: Ints, need: Ints, counts: Bools) -> tuple[Ints, Ints]:
    """First column of each set of equal ones, and the set of each; -1 where no plan matters."""
    member = np.full(columns.shape[1], -1, np.int64)
    known: dict[tuple[bytes, bytes, float, int], int] = {}
    first: list[int] = []
    start, index, data = columns.indptr, columns.indices, columns.data
    for d in range(columns.shape[1]):
        here = slice(start[d], start[d + 1])
        if here.start == here.stop or need[d] == 0 or not counts[d]:
            continue
        name = (index[here].tobytes(), data[here].tobytes(), float(key[d]), int(group[d]))
        at = known.get(name)
        if at is None:
            at = known[name] = len(first)
            first.append(d)
        member[d] = at
    return np.array(first, np.int64), member


def _dominated(problem: SitingProblem, rows: Any) -> tuple[Bools, dict[int, int]]:
    """Which options are kept, and for each other one that is never worse."""
    n = problem.n_options
    kept = np.ones(n, bool)
    if len(problem.units) > 1 or n > MOST_OPTIONS:
        return kept, {}
    pattern = rows.copy()
    pattern.data = np.ones_like(pattern.data)
    common = (pattern @ pattern.T).toarray()
    size = common.diagonal()
    within = common == size[:, None]  # [a, b]: b covers all that a covers
    total = np.asarray(rows.sum(axis=1)).ravel()
    if problem.measure == "expected":
        for a in range(n):
            others, here = np.flatnonzero(within[a]), rows[a]
            theirs = rows[others][:, here.indices].toarray()
            within[a, others] = (theirs >= here.data[None, :]).all(axis=1)
    free = problem.conflict | np.eye(n, dtype=bool)
    # b is in nobody's way that a is not
    blocked = (problem.conflict.astype(np.float32) @ (~free).astype(np.float32).T) > 0
    better = within & ~blocked.T
    equal = within & within.T & (total[:, None] == total[None, :])
    order = np.arange(n)
    better &= ~equal | (order[None, :] < order[:, None]) | ~better.T
    np.fill_diagonal(better, False)
    once = problem.measure == "covered" and problem.at_least == 1
    enough = 1 if once else max(int(problem.units[0]), 1)
    kept = better.sum(axis=1) < enough
    dropped = {int(a): int(np.flatnonzero(better[a])[0]) for a in np.flatnonzero(~kept)}
    return kept, dropped
