"""Raids: replicates per second and core, compile time and memory, beside limits and a peer.

The peer is BLADE (Panopticon AI), a simulator with range circles on a flat map: 12.4 s for one run
of 8 SAM sites against 24 aircraft over 20 minutes, as measured in November 2026 on 2 cores; it is
quoted, not run here. Rates count everything from the kernel to the tally, on one thread and on all.

    python benchmarks/raid.py [--replicates 8192] [--million]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from skyshade import load_scenario
from skyshade.engagement import Runner, Tally, compile_raid

PEER_S = 12.4
RATE, PEER_RATIO, COMPILE_S, MEMORY_GIB = 10_000.0, 50_000.0, 0.5, 2.0


def rate(raid, replicates: int, workers: int) -> float:
    """Replicates per second, the best of twelve: other work on the machine only ever slows."""
    runner = Runner(raid, 7, workers)
    runner.run(0, 8)
    best = 0.0
    for _ in range(12):
        tally, start = Tally(raid), time.perf_counter()
        for block in runner.blocks(replicates):
            tally.add(block)
        best = max(best, replicates / (time.perf_counter() - start))
    return best


def million(folder: str) -> tuple[float, float]:
    """Seconds and peak GiB of a fresh process that runs 10^6 replicates to disk."""
    command = [
        str(Path(sys.executable).parent / "skyshade"),
        "raid",
        "raid-60x4",
        "--replicates",
        "1000000",
        "--out",
        folder,
    ]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return time.perf_counter() - start, peak


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replicates", type=int, default=8192)
    options.add_argument("--million", action="store_true", help="10^6 replicates to disk, too")
    chosen = options.parse_args()
    cores = os.cpu_count() or 1
    scenario = load_scenario("raid-60x4")
    compile_raid(scenario)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        raid = compile_raid(scenario)
        seconds.append(time.perf_counter() - start)
    print(
        f"compile 60 x 4, warm: {min(seconds):.2f} s; limit / measured "
        f"{COMPILE_S / min(seconds):.2f}"
    )
    one, all_ = rate(raid, chosen.replicates, 1), rate(raid, chosen.replicates, cores)
    print(
        f"raid-60x4, replicates per second: {one:,.0f} on one core ({one / RATE:.2f} times the "
        f"limit of {RATE:,.0f}), {all_:,.0f} on {cores} ({all_ / cores / RATE:.2f} a core)"
    )
    peer = compile_raid(load_scenario("raid-8x24"))
    one = rate(peer, chosen.replicates, 1)
    print(
        f"raid-8x24: {one:,.0f} a second on one core, {one * PEER_S:,.0f} times as fast as the "
        f"peer's {PEER_S} s ({one * PEER_S / PEER_RATIO:.2f} times the limit)"
    )
    if chosen.million:
        with tempfile.TemporaryDirectory() as folder:
            took, peak = million(folder)
        print(
            f"10^6 replicates of raid-60x4 to disk: {took:.0f} s, {peak:.2f} GiB; limit / "
            f"measured {MEMORY_GIB / peak:.1f}"
        )


if __name__ == "__main__":
    main()
