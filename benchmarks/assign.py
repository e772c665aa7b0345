"""The exact assignment: seconds to a proof, beside plain HiGHS on small instances.

The peer is HiGHS's own branch and bound on an outer approximation of the same problem: one variable
per weapon and target, and tangents to the exponential of each target's damage, added until the
plan's value meets the bound. All on one thread. Where OR-Tools is installed, its CP-SAT solves the
smallest instances as well, over a list of all salvos.

    python benchmarks/assign.py [--large] [--peer 12x12,30x20,40x40] [--peer-limit 60]
        [--or-tools 6x6,8x8,10x8]
"""

from __future__ import annotations

import argparse
import itertools
import time

import highspy
import numpy as np

from skyshade.assignment.model import Instance
from skyshade.assignment.read import random_instance
from skyshade.assignment.solve import solve_assignment

SIZES = {"80x80": 5.0, "200x100": 30.0, "100x200": 30.0}
LARGE = {"500x1000": 300.0}
SEEDS = (1, 2, 3)
CLOSE = 1e-6  # relative; where the peer stops


def seconds(case: Instance, limit_s: float) -> tuple[float, float, str]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = solve_assignment(case, time_limit_s=limit_s)
    return time.perf_counter() - wall, time.process_time() - cpu, found._in_short


class OuterApproximation:
    """The plan x, and per target a survival that no tangent to exp(-damage) allows to be lower."""

    def __init__(self, case: Instance) -> None:
        self.shape = n, m = case.p_kill.shape
        self.damage = -np.log1p(-case.p_kill)
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        self.highs.setOptionValue("mip_rel_gap", 0.1 * CLOSE)
        for i, _ in np.ndindex(n, m):
            self.highs.addVar(0.0, float(case.rounds[i]))
        for k in range(n * m):
            self.highs.changeColIntegrality(k, highspy.HighsVarType.kInteger)
        for j in range(m):
            self.highs.addVar(0.0, highspy.kHighsInf)
            self.highs.changeColCost(n * m + j, float(case.values[j]))
        for i in range(n):
            row = np.arange(i * m, (i + 1) * m, dtype=np.int32)
            self.highs.addRow(-highspy.kHighsInf, float(case.rounds[i]), m, row, np.ones(m))
        for j, at in itertools.product(range(m), range(7)):
            self.add_tangent(j, float(at))

    def add_tangent(self, j: int, at: float) -> None:
        """survival >= exp(-at) (1 + at - damage)"""
        n, m = self.shape
        columns = np.append(np.arange(n) * m + j, n * m + j).astype(np.int32)
        slope = np.exp(-at)
        entries = np.append(slope * self.damage[:, j], 1.0)
        self.highs.addRow(slope * (1 + at), highspy.kHighsInf, n + 1, columns, entries)

    def solve(self, limit_s: float) -> tuple[float, np.ndarray]:
        n, m = self.shape
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(1.0, limit_s))
        self.highs.run()
        plan = np.round(np.array(self.highs.getSolution().col_value)[: n * m])
        return self.highs.getInfo().mip_dual_bound, plan.reshape(n, m).astype(np.int64)


def plain_highs(case: Instance, limit_s: float) -> tuple[float, float, float]:
    """CPU seconds, value and gap of an outer approximation with integer programs."""
    start, end = time.process_time(), time.monotonic() + limit_s
    model = OuterApproximation(case)
    best, bound = case.at_stake, 0.0
    while best - bound > CLOSE * best and time.monotonic() < end:
        new, plan = model.solve(end - time.monotonic())
        bound = max(bound, new)
        best = min(best, float(case.survives(plan).sum()))
        for j in range(len(case.values)):
            model.add_tangent(j, float(model.damage[:, j] @ plan[:, j]))
    return time.process_time() - start, best, (best - bound) / best


def or_tools(case: Instance, limit_s: float) -> tuple[float, float, str] | None:
    """CPU seconds, value and status of CP-SAT over all salvos; None if it is not installed."""
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        return None
    start = time.process_time()
    salvos = np.array(list(itertools.product(*(range(r + 1) for r in case.rounds))))
    model = cp_model.CpModel()
    scale = 1e9 / case.at_stake  # CP-SAT works in whole numbers
    uses, cost = [], []
    for j, value in enumerate(case.values):
        survives = value * np.prod((1.0 - case.p_kill[:, j]) ** salvos, axis=1)
        mine = [model.new_bool_var("") for _ in salvos]
        model.add_exactly_one(mine)
        uses.append(mine)
        cost.append((np.rint(survives * scale).astype(np.int64), survives))
    for i, there_are in enumerate(case.rounds):
        spent = [int(salvos[k, i]) * x for mine in uses for k, x in enumerate(mine) if salvos[k, i]]
        model.add(sum(spent) <= int(there_are))
    model.minimize(
        sum(
            int(c) * x
            for mine, (whole, _) in zip(uses, cost, strict=True)
            for c, x in zip(whole, mine, strict=True)
        )
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit_s
    status = solver.status_name(solver.solve(model))
    chosen = [next(k for k, x in enumerate(mine) if solver.boolean_value(x)) for mine in uses]
    value = sum(float(survives[k]) for k, (_, survives) in zip(chosen, cost, strict=True))
    return time.process_time() - start, value, status.lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--peer", default="12x12,30x20,40x40")
    parser.add_argument("--peer-limit", type=float, default=60.0)
    parser.add_argument("--or-tools", default="6x6,8x8,10x8")
    given = parser.parse_args()
    seconds(random_instance("5x5"), 60.0)  # compiles
    print(f"{'instance':<16}{'wall s':>9}{'CPU s':>9}{'aim s':>7}  answer")
    for size, aim in (SIZES | LARGE if given.large else SIZES).items():
        for seed in SEEDS if size in SIZES else SEEDS[:1]:
            wall, cpu, text = seconds(random_instance(size, seed), 2 * aim)
            print(f"{size:<10}seed {seed}{wall:>9.2f}{cpu:>9.2f}{aim:>7.0f}  {text}", flush=True)
    print(f"\n{'instance':<16}{'ours CPU s':>12}{'HiGHS CPU s':>13}{'ratio':>8}  HiGHS's gap")
    for size in filter(None, given.peer.split(",")):
        case = random_instance(size, 1)
        _, ours, _ = seconds(case, 60.0)
        theirs, value, gap = plain_highs(case, given.peer_limit)
        print(
            f"{size:<10}seed 1{ours:>12.3f}{theirs:>13.2f}{theirs / ours:>8.0f}  "
            f"{100 * gap:.3g} % at {value:.6g}",
            flush=True,
        )
    print(f"\n{'instance':<16}{'ours CPU s':>12}{'OR-Tools CPU':>13}{'ratio':>8}  values")
    for size in filter(None, given.or_tools.split(",")):
        case = random_instance(size, 1)
        _, ours, text = seconds(case, 60.0)
        found = or_tools(case, given.peer_limit)
        if found is None:
            print("OR-Tools is not installed")
            break
        theirs, value, status = found
        print(
            f"{size:<10}seed 1{ours:>12.4f}{theirs:>13.2f}{theirs / ours:>8.0f}  "
            f"{text}; OR-Tools {value:.6g}, {status}",
            flush=True,
        )


if __name__ == "__main__":
    main()
