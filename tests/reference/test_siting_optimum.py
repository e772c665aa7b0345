"""Plans of siting problems against exhaustive search, and their certificates."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from skyshade.errors import InputError
from skyshade.siting.fewest import fewest_units
from skyshade.siting.lines import Worth
from skyshade.siting.model import Plan, SitingAnswer, SitingProblem
from skyshade.siting.pairs import Walk
from skyshade.siting.presolve import presolve
from skyshade.siting.solve import solve_siting


def random_problem(seed: int, measure: str, size: tuple[int, int] = (9, 30)) -> SitingProblem:
    """Candidates and demands at random, every third time with something more."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(4, size[0] + 1)), int(rng.integers(3, size[1] + 1))
    p = (rng.random((n, m)) < rng.uniform(0.1, 0.5)).astype(float)
    if measure == "expected":
        p *= np.where(rng.random((n, m)) < 0.2, 1.0, rng.random((n, m)))
    more: dict[str, Any] = {"units": int(rng.integers(1, 4))}
    if seed % 5 == 0:
        more |= {"units": [1, 2], "kind": rng.integers(0, 2, n), "place": rng.integers(0, 5, n)}
    if seed % 3 == 0 and "place" not in more:
        x, y = rng.random((2, n))
        more["apart"] = np.hypot(x[:, None] - x, y[:, None] - y) < 0.3
    if seed % 4 == 0:
        more["fixed"] = (rng.random((1, m)) < 0.3).astype(float)
    if seed % 7 < 3:
        more["group"] = np.arange(m) % 3
    if measure == "twice":
        more["at_least"] = min(2, int(np.sum(more["units"])) + len(more.get("fixed", ())))
    named: Any = "expected" if measure == "expected" else "covered"
    return SitingProblem.of(p, rng.random(m) + 0.1, measure=named, **more)


def all_plans(problem: SitingProblem) -> list[Plan]:
    sizes = range(int(problem.units.sum()) + 1)
    every = (p for r in sizes for p in itertools.combinations(range(problem.n_options), r))
    return [plan for plan in every if problem.is_allowed(plan)]


def most_of_line(problem: SitingProblem, leaf: Any, also: int | None = None) -> float:
    """The most that a leaf's line can be over its plans, distances between units left out."""
    inside = leaf.in_ | ({also} if also is not None else set())
    c = leaf.line.coefficients
    total = leaf.line.constant + sum(c[o] for o in inside)
    for kind, units in enumerate(problem.units):
        left = int(units) - sum(problem.kind[o] == kind for o in inside)
        free = [
            max(c[o], 0.0)
            for o in range(problem.n_options)
            if problem.kind[o] == kind and o not in inside | leaf.out
        ]
        total += sum(sorted(free, reverse=True)[: max(left, 0)])
    return float(total)


def is_in(plan: Plan, leaf: Any) -> bool:
    chosen = set(plan)
    return (
        leaf.in_ <= chosen
        and not leaf.out & chosen
        and (not leaf.any_of or bool(chosen & set(leaf.any_of)))
    )


def check_certificate(answer: SitingAnswer, plans: list[Plan]) -> None:
    """Every leaf's bound follows from its proof, and every plan lies in a leaf, below its bound."""
    problem = answer.problem
    tiny = 1e-7 * problem.most
    assert problem.is_allowed(answer.plan)
    assert answer.value == pytest.approx(problem.value(answer.plan))
    for leaf in answer.leaves:
        assert leaf.bound <= answer.bound + tiny
        if leaf.by == "pairs":
            continue
        ends = [most_of_line(problem, leaf, o) for o in leaf.any_of] or [
            most_of_line(problem, leaf)
        ]
        assert leaf.bound >= max(ends) - tiny
    for plan in plans:
        value = problem.value(plan)
        assert value <= answer.bound + tiny
        if set(plan) & set(answer.dropped):
            continue
        homes = [leaf for leaf in answer.leaves if is_in(plan, leaf)]
        assert homes, f"no leaf holds {plan}"
        for leaf in homes:
            if leaf.by == "pairs":
                assert value <= leaf.bound + tiny
                continue
            line = leaf.line.constant + leaf.line.coefficients[list(plan)].sum()
            assert value <= line + tiny


@pytest.mark.parametrize("measure", ["covered", "twice", "expected"])
@pytest.mark.parametrize("seed", range(40))
def test_small_problems_are_solved_to_the_best_plan(measure: str, seed: int) -> None:
    problem = random_problem(seed, measure)
    plans = all_plans(problem)
    answer = solve_siting(problem)
    assert answer.stopped == "proven"
    assert answer.value == pytest.approx(max(problem.value(plan) for plan in plans))
    check_certificate(answer, plans)


@pytest.mark.parametrize("measure", ["covered", "twice", "expected"])
@pytest.mark.parametrize("seed", range(12))
def test_lines_lie_above_all_plans_and_touch_whole_points(measure: str, seed: int) -> None:
    problem = random_problem(seed, measure)
    worth = presolve(problem)
    rng = np.random.default_rng(seed)
    for _ in range(6):
        constant, slopes, _ = worth.lines_at(rng.random(problem.n_options).round(1))
        for plan in all_plans(problem):
            blocks = worth.blocks(worth.state(plan))
            x = np.isin(np.arange(problem.n_options), plan).astype(float)
            assert (blocks <= constant + slopes @ x + 1e-9).all()
            at = worth.lines_at(x)[2]
            assert at == pytest.approx(blocks, abs=1e-9)


def several_times(seed: int) -> SitingProblem:
    """Covered by two or three of up to six units, some of them too near each other."""
    rng = np.random.default_rng(seed)
    n, m, units = int(rng.integers(6, 11)), int(rng.integers(10, 60)), int(rng.integers(2, 7))
    x, y = rng.random((2, n))
    return SitingProblem.of(
        rng.random((n, m)) < rng.uniform(0.2, 0.6),
        rng.random(m) + 0.1,
        units=units,
        at_least=int(rng.integers(2, 4)) if units > 2 else 2,
        apart=np.hypot(x[:, None] - x, y[:, None] - y) < rng.choice([0.0, 0.3]),
        fixed=(rng.random((1, m)) < 0.2) if seed % 2 else None,
    )


@pytest.mark.parametrize("seed", range(60))
def test_going_through_all_plans_finds_the_best_and_skips_only_worse(seed: int) -> None:
    """From the start, from a part, and with bounds that may stop it early."""
    problem = several_times(seed)
    worth = presolve(problem)
    plans = all_plans(problem)
    rng = np.random.default_rng(seed)
    some = rng.permutation(problem.n_options)
    for in_, out in ((set(), set()), (set(some[:1].tolist()), set(some[1:3].tolist()))):
        best = max(problem.value(p) for p in plans if in_ <= set(p) and not out & set(p))
        for loose in (0.0, 0.03):
            walk = Walk(worth, frozenset(in_), frozenset(out))
            while walk.heap:
                assert walk.bound >= best - 1e-9
                walk.step(walk.value * (1 + loose) + 1e-9)
            assert walk.value == pytest.approx(problem.value(walk.plan))
            assert problem.is_allowed(walk.plan)
            assert walk.value <= best + 1e-9 <= walk.bound + 1e-7
            assert walk.bound <= walk.value * (1 + loose) + 1e-7


def most_by_pairs(problem: SitingProblem) -> float:
    """The most that any plan is worth: all choices of all units but two, and every pair more."""
    covers, w, n = problem.p.toarray(), problem.weights, problem.n_options
    best = 0.0
    for chosen in itertools.combinations(range(n), int(problem.units[0]) - 2):
        need = problem.at_least - problem.there - covers[list(chosen)].sum(axis=0)
        one, two = w * (need == 1), w * (need == 2)
        gain = covers @ one
        both = gain[:, None] + gain + (covers * (two - one)) @ covers.T
        both[:, chosen], both[chosen, :] = 0.0, 0.0
        best = max(best, w[need <= 0].sum() + np.triu(both, 1).max())
    return best


def test_a_bound_by_pairs_is_checked_with_sums_over_pairs() -> None:
    problem = geometric(30, 200, 0.3, "covered", units=4, at_least=2)
    answer = solve_siting(problem)
    assert answer.stopped == "proven"
    assert {leaf.by for leaf in answer.leaves} >= {"pairs"}
    assert answer.value == pytest.approx(most_by_pairs(problem))


def value_by_worth(worth: Worth, plan: Plan) -> float:
    return float(worth.total(worth.blocks(worth.state(plan))))


@pytest.mark.parametrize("measure", ["covered", "twice", "expected"])
@pytest.mark.parametrize("seed", range(20))
def test_presolve_keeps_the_worth_of_plans_and_a_best_plan(measure: str, seed: int) -> None:
    problem = random_problem(seed, measure, (8, 60))
    worth = presolve(problem)
    plans = all_plans(problem)
    for plan in plans:
        assert value_by_worth(worth, plan) == pytest.approx(problem.value(plan))
    kept = [plan for plan in plans if worth.kept[list(plan)].all()]
    best = max(problem.value(plan) for plan in plans)
    assert max(problem.value(plan) for plan in kept) == pytest.approx(best)


def geometric(n: int, m: int, reach: float, measure: str, **more: Any) -> SitingProblem:
    """Candidates and demands at random in a square; each covers what is near."""
    rng = np.random.default_rng(3)
    here, there = rng.random((n, 2)), rng.random((m, 2))
    away = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
    if measure == "expected":
        p = np.where(away < reach, 0.95 - 0.9 * away / reach, 0.0)
    else:
        p = (away < reach).astype(float)
    named: Any = measure
    return SitingProblem.of(p, rng.random(m) + 0.1, measure=named, **more)


@pytest.mark.parametrize(
    ("measure", "more"),
    [
        ("covered", {"units": 5}),
        ("covered", {"units": 4, "at_least": 2}),
        ("covered", {"units": 5, "group": np.arange(800) % 4}),
        ("expected", {"units": 5}),
        ("expected", {"units": [3, 2], "kind": np.arange(80) % 2}),
    ],
)
def test_families_are_proven_to_one_per_cent(measure: str, more: dict[str, Any]) -> None:
    problem = geometric(80, 800, 0.25, measure, **more)
    answer = solve_siting(problem, gap_frac=0.01, time_limit_s=120.0)
    assert answer.stopped in ("gap", "proven")
    assert answer.gap <= 0.01
    rng = np.random.default_rng(0)
    n = int(problem.units.sum())
    every = [tuple(sorted(map(int, rng.choice(80, n, replace=False)))) for _ in range(300)]
    check_certificate(answer, [plan for plan in every if problem.is_allowed(plan)])


def test_the_search_says_that_time_ran_out() -> None:
    answer = solve_siting(geometric(80, 800, 0.25, "covered", units=6), time_limit_s=1e-6)
    assert answer.stopped == "time limit"
    assert answer.bound >= answer.value > 0


def test_ctrl_c_keeps_the_best_plan_and_its_gap() -> None:
    def press(done: int) -> None:
        raise KeyboardInterrupt

    answer = solve_siting(geometric(80, 800, 0.25, "covered", units=6), report=press)
    assert answer.stopped == "interrupted"
    assert len(answer.plan) == 6
    assert 0 < answer.gap < 1


def test_fewest_units_against_exhaustive_search() -> None:
    problem = geometric(12, 60, 0.35, "covered", units=1)
    full = problem.value(tuple(range(12)))
    for share in (0.3, 0.6, 0.9, 1.0):
        level = share * full
        found = fewest_units(problem, level)
        n = len(found.answer.plan)
        assert found.answer.value >= level - 1e-9
        smaller = itertools.combinations(range(12), n - 1)
        assert max(problem.value(plan) for plan in smaller) < level


def test_a_level_that_no_plan_reaches_is_refused() -> None:
    problem = SitingProblem.of([[1, 0, 0], [0, 1, 0]], units=1)
    with pytest.raises(InputError, match=r"all candidates together reach 66\.7 %"):
        fewest_units(problem, 3.0)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"p": [[1, 0], [1]]}, "not a matrix of numbers"),
        ({"p": [[np.nan, 1]]}, "not a probability"),
        ({"p": [[1.5, 1]]}, "not a probability"),
        ({"p": [[0.5, 1]]}, "neither 0 nor 1"),
        ({"p": np.zeros((0, 3))}, "no option"),
        ({"weights": [0, 0]}, "above 0"),
        ({"weights": [1]}, "weights do not fit"),
        ({"weights": [1, -1]}, "weights do not fit"),
        ({"units": 0}, "no unit to place"),
        ({"at_least": 3}, "more units are asked for than there are"),
    ],
)
def test_a_problem_that_cannot_be_is_refused(wrong: dict[str, Any], why: str) -> None:
    given: dict[str, Any] = {"p": [[1, 0], [0, 1]], "units": 2} | wrong
    with pytest.raises(InputError, match=why):
        SitingProblem.of(**given)
