"""Shoot-look-shoot by dynamic programming: closed forms, another recursion, and dice."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from skyshade.assignment.lookahead import ShootLookShoot, shoot_look_shoot
from skyshade.assignment.model import Instance
from skyshade.assignment.solve import solve_assignment
from skyshade.errors import InputError


def random_case(seed: int, weapons: int = 2, targets: int = 3, rounds: int = 2) -> Instance:
    rng = np.random.default_rng(seed)
    return Instance.of(
        rng.uniform(1, 10, targets),
        rng.uniform(0.1, 0.9, (weapons, targets)),
        rng.integers(1, rounds + 1, weapons),
    )


def test_one_target_gains_nothing_by_looking() -> None:
    """Each round either is needed or would have been wasted: V q^n both ways."""
    found = shoot_look_shoot(Instance.of([8], [[0.5]], rounds=3), 3)
    assert found.value == found.blind == pytest.approx(8 * 0.5**3)


@pytest.mark.parametrize(("n", "p"), [(2, 0.5), (3, 0.7), (4, 0.3)])
def test_like_targets_and_a_look_after_every_round(n: int, p: float) -> None:
    """With a look after each round none is fired at a wreck: n - E[min(n, kills of R rounds)]."""
    rounds = 4
    found = shoot_look_shoot(Instance.of([1] * n, [[p] * n], rounds=rounds), rounds)
    kills = [sum(hits) if sum(hits) < n else n for hits in itertools.product((0, 1), repeat=rounds)]
    chance = [
        p ** sum(h) * (1 - p) ** (rounds - sum(h)) for h in itertools.product((0, 1), repeat=rounds)
    ]
    assert found.value == pytest.approx(n - np.dot(kills, chance))


@pytest.mark.parametrize("seed", range(8))
def test_a_single_salvo_is_the_static_problem(seed: int) -> None:
    case = random_case(seed)
    found = shoot_look_shoot(case, 1)
    assert found.value == pytest.approx(solve_assignment(case).value)
    assert found.value == pytest.approx(float(case.survives(found.plan).sum()))


def by_rounds(case: Instance, salvos: int) -> float:
    """The same value, by a recursion over one round after the other and single outcomes."""
    n_weapons, n_targets = case.p_kill.shape
    values: list[float] = case.values.tolist()

    @cache
    def start(left: tuple[int, ...], alive: tuple[bool, ...], n: int) -> float:
        if n == 0:
            return sum(v for v, a in zip(values, alive, strict=True) if a)
        return fire(left, (1.0,) * n_targets, alive, n, 0)

    @cache
    def fire(
        left: tuple[int, ...], q: tuple[float, ...], alive: tuple[bool, ...], n: int, first: int
    ) -> float:
        best = 0.0
        for lives in itertools.product((False, True), repeat=n_targets):
            chance = 1.0
            for j in range(n_targets):
                here = q[j] if alive[j] else 0.0
                chance *= here if lives[j] else 1.0 - here
            best += chance * start(left, lives, n - 1) if chance else 0.0
        for k in range(first, n_weapons * n_targets):
            i, j = divmod(k, n_targets)
            if left[i] and alive[j]:
                fewer = tuple(r - (w == i) for w, r in enumerate(left))
                more = tuple(x * (1 - case.p_kill[i, j]) if t == j else x for t, x in enumerate(q))
                best = min(best, fire(fewer, more, alive, n, k))
        return best

    return start(tuple(map(int, case.rounds)), (True,) * n_targets, salvos)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("salvos", [2, 3])
def test_against_another_recursion(seed: int, salvos: int) -> None:
    case = random_case(seed, targets=2 + seed % 2)
    assert shoot_look_shoot(case, salvos).value == pytest.approx(by_rounds(case, salvos))


def play(found: ShootLookShoot, rng: np.random.Generator) -> float:
    """What survives one play of the policy."""
    case = found.instance
    left, alive = case.rounds.copy(), np.ones(len(case.values), bool)
    for n in range(found.salvos, 0, -1):
        if not alive.any() or not left.any():
            break
        x = found.salvo(tuple(map(int, left)), tuple(np.flatnonzero(alive).tolist()), n)
        left = left - x.sum(axis=1)
        alive &= rng.random(len(alive)) < np.prod((1 - case.p_kill) ** x, axis=0)
    return float(case.values[alive].sum())


def test_the_policy_is_worth_what_it_says() -> None:
    """3,000 plays; the bound of four standard errors gives one false alarm in 15,000."""
    found = shoot_look_shoot(random_case(3), 3)
    rng = np.random.default_rng(1)
    plays = np.array([play(found, rng) for _ in range(3_000)])
    assert abs(plays.mean() - found.value) < 4 * plays.std() / np.sqrt(len(plays))
    assert found.value < 0.97 * found.blind


def test_more_looks_never_hurt_and_limits_hold_per_salvo() -> None:
    case = random_case(5)
    values = [shoot_look_shoot(case, n).value for n in (1, 2, 3)]
    assert values == sorted(values, reverse=True)
    one = Instance.of([1, 1], [[0.5, 0.5]], rounds=4, most_shots=1)
    found = shoot_look_shoot(one, 2)
    assert found.plan.tolist() == [[1, 1]]
    assert found.value == pytest.approx(2 * 0.25)


def test_what_cannot_be_gone_through_is_refused() -> None:
    with pytest.raises(InputError, match="salvos: no salvo"):
        shoot_look_shoot(random_case(1), 0)
    with pytest.raises(InputError, match="too large to be gone through"):
        shoot_look_shoot(random_case(1, 5, 8, 9), 2)
