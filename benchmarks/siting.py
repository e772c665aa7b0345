"""Siting: sweeps and the search, seconds and gaps.

The first table is the whole question over the embedded terrain: 200 candidates, 5 units, radars and
missiles to 400 km, approaches to the places of the shipped case and cells of an area. The second is
the search alone on random maximal covering problems in a square, as they are used to compare
solvers (ReVelle and others), beside one compact formulation that HiGHS branches on by itself.

    python benchmarks/siting.py [--no-sweeps] [--no-large] [--peer-limit 120] [--only 0,2]
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import highspy
import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from skyshade.scenario import load_scenario
from skyshade.siting.model import Measure, SitingProblem
from skyshade.siting.solve import solve_siting
from skyshade.siting.study import study_siting

GAP = 0.01
FAMILIES: list[tuple[int, int, float, int, Measure, int]] = [
    (200, 4_000, 0.2, 5, "covered", 1),
    (200, 4_000, 0.2, 5, "expected", 1),
    (200, 4_000, 0.25, 5, "covered", 2),
    (500, 100_000, 0.12, 5, "covered", 1),
    (500, 100_000, 0.12, 15, "covered", 1),
    (500, 100_000, 0.12, 10, "expected", 1),
]


def instance(n: int, m: int, reach: float, units: int, measure: Measure, k: int) -> SitingProblem:
    """Candidates and demands at random in a square; each covers what is within `reach`."""
    rng = np.random.default_rng(1)
    here, there = rng.random((n, 2)), rng.random((m, 2))
    near = cKDTree(here).sparse_distance_matrix(cKDTree(there), reach, output_type="coo_matrix")
    p = near.tocsr()
    p.data = 0.95 - 0.9 * p.data / reach if measure == "expected" else np.ones_like(p.data)
    return SitingProblem.of(p, rng.random(m) + 0.1, units=units, measure=measure, at_least=k)


def compact(problem: SitingProblem, limit_s: float) -> tuple[float, float, float]:
    """Value, bound and CPU seconds of HiGHS on y_d <= sum of x over what covers d, per demand."""
    n, m = problem.n_options, len(problem.weights)
    highs = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", GAP),
        ("time_limit", limit_s),
    ):
        highs.setOptionValue(option, value)
    k = problem.at_least
    rows = sparse.hstack([-problem.p.T, k * sparse.identity(m)]).tocsr()
    units = sparse.csr_matrix(np.append(np.ones(n), np.zeros(m))[None])
    matrix = sparse.vstack([rows, units]).tocsr()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + m, m + 1
    lp.col_cost_ = np.append(np.zeros(n), -problem.weights)
    lp.col_lower_, lp.col_upper_ = np.zeros(n + m), np.ones(n + m)
    lp.row_lower_ = np.full(m + 1, -highspy.kHighsInf)
    lp.row_upper_ = np.append(np.zeros(m), float(problem.units.sum()))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    whole = [highspy.HighsVarType.kInteger] * n
    some = highspy.HighsVarType.kInteger if k > 1 else highspy.HighsVarType.kContinuous
    lp.integrality_ = whole + [some] * m
    highs.passModel(lp)
    start = time.process_time()
    highs.run()
    info = highs.getInfo()
    return (
        -info.objective_function_value,
        -info.mip_dual_bound,
        time.process_time() - start,
    )


def peer_spopt(problem: SitingProblem, ours_s: float) -> str:
    """PySAL spopt's maximal covering on the same problem (by CBC), if it is installed."""
    try:
        from spopt.locate import MCLP
    except ImportError:
        return "spopt: not installed"
    import pulp

    def spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)  # CBC is a process of its own
        return time.process_time() + children.ru_utime + children.ru_stime

    cost = np.where(problem.p.toarray().T > 0, 0.0, 2.0)
    start, cpu = time.perf_counter(), spent()
    found = MCLP.from_cost_matrix(
        cost, problem.weights, service_radius=1.0, p_facilities=int(problem.units.sum())
    ).solve(pulp.PULP_CBC_CMD(msg=False, threads=1, gapRel=GAP))
    took, cpu = time.perf_counter() - start, spent() - cpu
    return (
        f"spopt: {pulp.value(found.problem.objective):.1f} in {took:.1f} s ({cpu:.1f} s CPU, "
        f"{cpu / ours_s:.0f} times ours)"
    )


def searches(only: list[int], large: bool, peer_limit_s: float) -> None:
    for family in [FAMILIES[i] for i in only]:
        if family[1] > 10_000 and not large:
            continue
        problem = instance(*family)
        wall, cpu = time.perf_counter(), time.process_time()
        found = solve_siting(problem, gap_frac=GAP, time_limit_s=300.0)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        n, m, reach, units, measure, k = family
        print(
            f"{n} x {m}, reach {reach}, {units} units, {measure}, k = {k}: "
            f"{found.value:.1f}, gap {100 * found.gap:.2f} %, {found.stopped}, "
            f"{wall:.1f} s ({cpu:.1f} s CPU); {found.n_columns} columns, {found.n_parts} parts"
        )
        if measure == "covered" and peer_limit_s > 0:
            value, bound, took = compact(problem, peer_limit_s)
            gap = (bound - value) / max(bound, 1e-12)
            print(f"    plain HiGHS: {value:.1f}, gap {100 * gap:.2f} %, {took:.1f} s CPU")
            if k == 1 and m <= 10_000:
                print(f"    {peer_spopt(problem, cpu)}")


def sweeps() -> None:
    changes: dict[str, Any] = {
        "ring": "380 km",
        "siting.units": [{"count": 5, "like": "regiment-5"}],
        "siting.candidates.within": ["India"],
        "siting.candidates.spacing": "1 deg",
        "siting.places.weight": 1,
        "siting.area": {"within": ["India"], "cell": "0.5 deg"},
    }
    changes |= {f"sites.regiment-{i}.max_range": "400 km" for i in range(1, 6)}
    scenario = load_scenario("india-s400").with_(changes)
    stages: dict[str, float] = {}
    clock = [time.perf_counter(), ""]

    def progress(stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        if stage != clock[1]:
            clock[1] = stage
        stages[stage] = stages.get(stage, 0.0) + now - float(clock[0])
        clock[0] = now

    study_siting(  # compiles what it needs
        load_scenario("india-s400"), draws=2, sure=False, cache=False
    )
    clock[0] = time.perf_counter()
    wall, cpu = time.perf_counter(), time.process_time()
    study = study_siting(
        scenario, draws=64, gap_frac=GAP, sure=False, cache=False, progress=progress
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    n = len(study.candidates.lon)
    print(
        f"{n} candidates, {len(study.demand.weight)} demands, 5 units, 64 draws, 400 km: gap "
        f"{100 * study.answer.gap:.2f} %, {wall:.1f} s ({cpu:.1f} s CPU); per 200 candidates "
        f"{200 / n * wall:.1f} s ({200 / n * cpu:.1f} s CPU)"
    )
    for stage, seconds in stages.items():
        print(f"    {stage}: {seconds:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-sweeps", action="store_true")
    parser.add_argument("--no-large", action="store_true")
    parser.add_argument("--peer-limit", type=float, default=120.0, help="seconds; 0 for no peer")
    parser.add_argument("--only", default="", help="numbers of families, from 0")
    asked = parser.parse_args()
    if not asked.no_sweeps:
        sweeps()
    chosen = [int(i) for i in asked.only.split(",") if i] or list(range(len(FAMILIES)))
    searches(chosen, not asked.no_large, asked.peer_limit)
