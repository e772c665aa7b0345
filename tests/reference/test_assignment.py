"""The kernel's weapon-target assignment against a solver that is known to be exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from skyshade._jit import worker
from skyshade.assignment._scalar import best_assignment


@worker
def assign(benefit: Any, room: Any, chosen: Any, gain: Any, entry: Any, via: Any) -> int:
    return int(best_assignment(benefit, benefit.shape[0], room, chosen, gain, entry, via))


def ours(benefit: NDArray[np.float64], room: NDArray[np.int32]) -> NDArray[np.int64]:
    """Unit per target, -1 for none."""
    n, units = benefit.shape
    chosen, left = np.empty(n, np.int64), room.copy()
    given = assign(
        benefit, left, chosen, np.empty(units), np.empty(units, np.int64), np.empty(units, np.int64)
    )
    assert given == (chosen >= 0).sum()
    used = np.bincount(chosen[chosen >= 0], minlength=units)
    assert (used <= room).all() and (left == room - used).all()
    return chosen


def worth(benefit: NDArray[np.float64], chosen: NDArray[np.int64]) -> float:
    served = chosen >= 0
    taken = benefit[served.nonzero()[0], chosen[served]]
    assert (taken > 0.0).all()  # nobody gets a target that it cannot engage
    return float(taken.sum())


def exact(benefit: NDArray[np.float64], room: NDArray[np.int32]) -> float:
    """The best total: every unit as often as it has room, and a pair that cannot be is worth 0."""
    seats = np.repeat(np.arange(len(room)), room)
    matrix = np.maximum(benefit[:, seats], 0.0)
    return float(matrix[linear_sum_assignment(matrix, maximize=True)].sum())


def instance(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Targets, units, room; with infeasible pairs, and often with ties."""
    n, units = int(rng.integers(1, 13)), int(rng.integers(1, 6))
    kind = rng.integers(4)
    if kind == 0:
        benefit = rng.random((n, units))
    elif kind == 1:  # ties
        benefit = rng.integers(1, 4, (n, units)).astype(float)
    elif kind == 2:  # as in a raid: rank times a factor per unit
        benefit = rng.exponential(1.0, (n, 1)) * rng.choice([0.5, 0.7, 0.9], (n, units))
    else:  # far apart
        benefit = 10.0 ** rng.uniform(-9, 9, (n, units))
    benefit[rng.random((n, units)) < rng.choice([0.0, 0.3, 0.7])] = 0.0
    return benefit, rng.integers(0, 5, units).astype(np.int32)


def test_total_is_the_best_possible() -> None:
    """500 random cases: to 1e-9 of scipy's optimum each (mean gap measured: under 1e-12)."""
    rng = np.random.default_rng(1)
    gaps = []
    for _ in range(500):
        benefit, room = instance(rng)
        best = exact(benefit, room)
        gaps.append((best - worth(benefit, ours(benefit, room))) / best if best > 0.0 else 0.0)
    assert np.abs(gaps).max() < 1e-9
    assert abs(np.mean(gaps)) < 1e-12


def test_nobody_goes_free_while_a_unit_has_room_for_him() -> None:
    rng = np.random.default_rng(2)
    for _ in range(500):
        benefit, room = instance(rng)
        chosen = ours(benefit, room)
        left = room - np.bincount(chosen[chosen >= 0], minlength=len(room))
        for k in np.nonzero(chosen < 0)[0]:
            assert not ((benefit[k] > 0.0) & (left > 0)).any()


@pytest.mark.parametrize(
    ("benefit", "room", "chosen"),
    [
        # the second target can only be had by unit 0, so the first one moves on to unit 1
        ([[5.0, 4.0], [3.0, 0.0]], [1, 1], [1, 0]),
        # ... unless moving it loses more than the second is worth
        ([[5.0, 1.0], [3.0, 0.0]], [1, 1], [0, -1]),
        # one unit: the more valuable target
        ([[1.0], [2.0]], [1], [-1, 0]),
        ([[1.0], [2.0]], [0], [-1, -1]),
        ([[0.0], [0.0]], [2], [-1, -1]),
    ],
)
def test_by_hand(benefit: list[list[float]], room: list[int], chosen: list[int]) -> None:
    assert ours(np.array(benefit), np.array(room, np.int32)).tolist() == chosen
