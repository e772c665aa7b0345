"""Campaigns: time from command line to answer, sweeps, draws and Dask, beside their limits.

python benchmarks/campaign.py [--only cli|sweep|draws|dask ...]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import skyshade
from skyshade.campaign import DrawPlan, draw_unknowns
from skyshade.engagement import Runner, compile_raid
from skyshade.engagement.compile import prepare_raid
from skyshade.scenario.load import load_scenario

ANSWER_S, SWEEP_S, DRAWS_S, OVERHEAD = 2.0, 30.0, 60.0, 0.10
VECTORS = 1024


def said(what: str, seconds: float, limit: float, more: str = "") -> None:
    print(f"{what}: {seconds:.2f} s; limit / measured {limit / seconds:.2f}{more}")


def answer() -> None:
    """A fresh process each time, the kernel compiled before; the best of five."""
    command = [
        str(Path(sys.executable).parent / "skyshade"),
        "raid",
        "raid-60x4",
        "--replicates",
        "1000",
    ]
    first, whole = [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            run = subprocess.Popen([*command, "--out", out], stdout=subprocess.PIPE, text=True)
            assert run.stdout is not None
            for line in run.stdout:
                if "get through" in line and len(first) == len(whole):
                    first.append(time.perf_counter() - start)
            run.wait()
            whole.append(time.perf_counter() - start)
    said(
        "1,000 replicates of raid-60x4, command line to answer",
        min(first),
        ANSWER_S,
        f"; with all figures and files {min(whole):.2f} s",
    )


def sweep() -> None:
    case, axes = load_scenario("saturation"), ["n_targets=1:400"]
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        found = skyshade.sweep(case, axes, half_width=0.01, seed=1, store=out)
        seconds = time.perf_counter() - start
    rows = sum(r["replicates"] * r["outcomes"]["all"]["targets"] for r in found.results)
    said(
        "400-point saturation sweep, 1 % half-width each",
        seconds,
        SWEEP_S,
        f"; {sum(r['replicates'] for r in found.results):,} replicates, {rows / 1e6:.0f} million "
        "rows",
    )


def draws() -> None:
    """At least 1,024 parameter vectors, 200 replicates at each."""
    case = load_scenario("raid-8x24")
    start = time.perf_counter()
    found = draw_unknowns(prepare_raid(case), DrawPlan("indices", 128, 200), seed=1)
    seconds = time.perf_counter() - start
    n = found.vectors
    said(
        f"Sobol study of raid-8x24, {n} vectors x 200 replicates",
        seconds,
        DRAWS_S * n / VECTORS,
        f" (limit scaled from {VECTORS} vectors)",
    )


def dask() -> None:
    """The same pieces on the threads of this process and on a local cluster of as many workers."""
    from distributed import LocalCluster

    cores = os.cpu_count() or 1
    case, axes = load_scenario("raid-60x4"), ["p_kill=0.5:0.9:24"]
    with LocalCluster(n_workers=cores, threads_per_worker=1, dashboard_address=None) as cluster:
        took: dict[str | None, float] = {}
        for address in (None, cluster.scheduler_address, None, cluster.scheduler_address):
            with tempfile.TemporaryDirectory() as out:
                start = time.perf_counter()
                skyshade.sweep(
                    case,
                    axes,
                    replicates=12_000,
                    seed=1,
                    rows=False,
                    store=out,
                    scheduler=address,
                )
                seconds = time.perf_counter() - start
            took[address] = min(took.get(address, seconds), seconds)
    alone = Runner(compile_raid(case), 1, 1)
    start = time.perf_counter()
    alone.run(0, 12_000 // 4)
    one = 4 * 24 * (time.perf_counter() - start)
    here, there = took[None], took[cluster.scheduler_address]
    print(
        f"24 points x 12,000 replicates of raid-60x4: threads {here:.1f} s, Dask {there:.1f} s, "
        f"overhead {there / here - 1:+.1%} (limit {OVERHEAD:.0%}); efficiency per worker "
        f"{one / cores / there:.0%} of one core alone ({one:.1f} s)"
    )


def main() -> None:
    parts = {"cli": answer, "sweep": sweep, "draws": draws, "dask": dask}
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    for name in options.parse_args().only:
        parts[name]()


if __name__ == "__main__":
    main()
