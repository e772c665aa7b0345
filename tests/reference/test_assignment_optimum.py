"""The exact solver against exhaustion, and its certificate against arithmetic.

The checks below know nothing of the solver: every salvo is listed, every plan is tried, and a bound
is worked out again from the prices in the certificate.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyshade.assignment.model import Answer, Instance, Leaf, Limit
from skyshade.assignment.read import random_instance
from skyshade.assignment.solve import PROVEN, solve_assignment


def salvos(case: Instance, target: int, limits: Sequence[Limit] = ()) -> list[tuple[int, ...]]:
    """Every salvo at a target that keeps to the limits."""
    own = [c for c in limits if c.target == target]
    return [
        s
        for s in itertools.product(*(range(r + 1) for r in case.rounds))
        if sum(s) <= case.shots_allowed()[target]
        and all(
            s[c.weapon] <= c.rounds if c.side == "at most" else s[c.weapon] >= c.rounds for c in own
        )
    ]


def missed(case: Instance, target: int, salvo: Any) -> float:
    return float(case.values[target] * np.prod((1 - case.p_kill[:, target]) ** np.array(salvo)))


def by_exhaustion(case: Instance) -> float:
    """Least surviving value, target by target over the rounds that are left."""
    best = {tuple(int(r) for r in case.rounds): 0.0}
    for j in range(len(case.values)):
        after: dict[tuple[int, ...], float] = {}
        for left, value in best.items():
            for s in salvos(case, j):
                rest = tuple(a - b for a, b in zip(left, s, strict=True))
                if min(rest) >= 0:
                    total = value + missed(case, j, s)
                    after[rest] = min(total, after.get(rest, np.inf))
        best = after
    return min(best.values())


def bound_of(case: Instance, leaf: Leaf) -> float:
    """What the prices of a leaf prove: cheapest salvos, less what the rounds are worth."""
    cheapest = [
        min(
            (missed(case, j, s) + float(leaf.prices @ s) for s in salvos(case, j, leaf.limits)),
            default=np.inf,
        )
        for j in range(len(case.values))
    ]
    return sum(cheapest) - float(leaf.prices @ case.rounds)


def cover(leaves: Sequence[tuple[Limit, ...]]) -> bool:
    """Whether parts hold every plan: one without limits, or the two sides of a split do."""
    if len(leaves) == 1:
        return not leaves[0]
    if not leaves or any(not leaf for leaf in leaves):
        return False
    first = leaves[0][0]
    most = first.rounds if first.side == "at most" else first.rounds - 1
    sides = (
        Limit(first.weapon, first.target, "at most", most),
        Limit(first.weapon, first.target, "at least", most + 1),
    )
    parts = [[leaf[1:] for leaf in leaves if leaf[0] == side] for side in sides]
    return sum(map(len, parts)) == len(leaves) and all(cover(part) for part in parts)


def check(case: Instance, found: Answer) -> None:
    """A proof in a few lines: the plan is allowed, the parts cover, every part's bound holds."""
    assert case.is_allowed(found.plan)
    assert found.value == pytest.approx(
        sum(missed(case, j, found.plan[:, j]) for j in range(len(case.values))), abs=1e-12
    )
    assert cover([leaf.limits for leaf in found.leaves])
    assert found.bound == min(leaf.bound for leaf in found.leaves)
    for leaf in found.leaves:
        assert (leaf.prices >= 0).all()
        fits = all(
            sum(c.rounds for c in leaf.limits if c.weapon == i and c.side == "at least")
            <= case.rounds[i]
            for i in range(len(case.rounds))
        )
        if fits and np.isfinite(leaf.bound):
            assert bound_of(case, leaf) >= leaf.bound - 1e-12 * case.at_stake
    assert found.bound <= found.value + 1e-12 * case.at_stake
    assert found.value <= found.greedy * (1 + 1e-12)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    n_weapons, n_targets = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    number = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0])
    value = st.sampled_from([1.0, 2.0, 5.0, 8.0, 10.0, 31.0, 100.0])
    kill = draw(
        st.lists(
            st.lists(number, min_size=n_targets, max_size=n_targets),
            min_size=n_weapons,
            max_size=n_weapons,
        )
    )
    rounds = draw(st.lists(st.integers(1, 2), min_size=n_weapons, max_size=n_weapons))
    most = draw(st.none() | st.lists(st.integers(0, 3), min_size=n_targets, max_size=n_targets))
    values = draw(st.lists(value, min_size=n_targets, max_size=n_targets))
    return Instance.of(values, kill, rounds, most)


@settings(max_examples=150, deadline=None)
@given(instances())
def test_optimal_by_exhaustion_with_a_certificate_that_holds(case: Instance) -> None:
    found = solve_assignment(case)
    assert found.stopped == "proven"
    assert found.gap == 0
    assert found.value == pytest.approx(by_exhaustion(case), abs=2 * PROVEN * case.at_stake)
    check(case, found)


@settings(max_examples=25, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_the_order_of_weapons_and_targets_does_not_matter(case: Instance, luck: object) -> None:
    draw = np.random.default_rng(int(luck.random() * 2**32))  # type: ignore[attr-defined]
    w, t = draw.permutation(len(case.rounds)), draw.permutation(len(case.values))
    most = None if case.most_shots is None else case.most_shots[t]
    other = Instance.of(case.values[t], case.p_kill[np.ix_(w, t)], case.rounds[w], most)
    assert solve_assignment(other).value == pytest.approx(
        solve_assignment(case).value, abs=2 * PROVEN * case.at_stake
    )


def test_a_split_is_needed_and_proven() -> None:
    """Several rounds a weapon: in these instances prices alone leave a gap."""
    splits = 0
    for seed in (2, 9, 10):
        draw = np.random.default_rng(seed)
        case = Instance.of(draw.uniform(25, 100, 3), draw.uniform(0.2, 0.9, (3, 3)), 3)
        found = solve_assignment(case)
        assert found.value == pytest.approx(by_exhaustion(case), abs=2 * PROVEN * case.at_stake)
        check(case, found)
        splits += len(found.leaves) > 1
    assert splits


def test_a_round_that_never_misses() -> None:
    """With kill probability 1 everywhere the most valuable targets get one round each."""
    found = solve_assignment(Instance.of([5, 30, 20, 7], np.ones((2, 4))))
    assert found.plan.sum(axis=0).tolist() == [0, 1, 1, 0]
    assert found.value == 12
    assert found.stopped == "proven"


def test_the_example_of_uniform_weapons() -> None:
    """Weapons that are alike: greatest marginal return is optimal (G. G. denBroeder et al., 1959).

    Values 10 and 6, p = 1/2, three rounds: 10 -> 5 -> 2.5 and 6 -> 3, so 5.5 survives.
    """
    found = solve_assignment(Instance.of([10, 6], [[0.5, 0.5]], rounds=3))
    assert found.plan.tolist() == [[2, 1]]
    assert found.value == pytest.approx(5.5)


def test_a_search_that_stops_early_says_so_and_keeps_a_bound_that_holds() -> None:
    case = random_instance("6x4", seed=2)
    loose = solve_assignment(case, gap_frac=0.9)
    assert loose.stopped in ("gap", "proven")
    calls = []

    def stop(done: int) -> None:
        calls.append(done)
        if len(calls) == 2:
            raise KeyboardInterrupt

    for found, why in (
        (solve_assignment(case, time_limit_s=1e-9), "time limit"),
        (solve_assignment(case, report=stop), "interrupted"),
    ):
        assert found.stopped == why
        assert found.gap > 0
        assert found.bound <= by_exhaustion(case) <= found.value
        check(case, found)


def test_a_large_one_is_proven_by_its_prices() -> None:
    """80 weapons and targets: no more than two rounds go anywhere, so pairs bound the cheapest."""
    base = random_instance("80x80", seed=1)
    case = Instance.of(base.values, base.p_kill, 1, most_shots=2)
    found = solve_assignment(case)
    assert found.stopped == "proven"
    (leaf,) = found.leaves
    total = 0.0
    for j, value in enumerate(case.values):
        q = 1 - case.p_kill[:, j]
        one = value * q + leaf.prices
        two = value * np.outer(q, q) + leaf.prices[:, None] + leaf.prices
        np.fill_diagonal(two, np.inf)
        total += min(value, one.min(), two.min())
    bound = total - leaf.prices.sum()
    assert found.bound <= bound <= found.value * (1 + 1e-12)
    assert found.value - bound <= PROVEN * case.at_stake
