"""The tracker: milliseconds per scan on 50 targets, beside Stone Soup on the same plots.

Fifty aircraft at 250 m/s cross a circle of 150 km, seen with probability 0.9 every 12 s over 40
scans, with 10 false alarms a scan; the same models, gate and rules in both, on one thread each.

    python benchmarks/tracking.py [--targets 50] [--scans 40]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import stone_soup

from skyshade.tracking import Tracker
from skyshade.tracking.frame import polar, unbiased
from skyshade.tracking.plots import FALSE, Plots

LIMIT_MS, PERIOD_S, RADIUS_M = 5.0, 12.0, 150e3


def scene(targets: int, scans: int, seed: int = 1) -> list[Plots]:
    """Plots of level flights from everywhere to everywhere, and false alarms."""
    rng = np.random.default_rng(seed)
    errors = 100.0, math.radians(0.2), math.radians(0.2)
    start = rng.uniform(-RADIUS_M, RADIUS_M, (targets, 3)) * (1, 1, 0) + (0, 0, 9e3)
    heading = rng.uniform(0, 2 * math.pi, targets)
    speed = 250.0 * np.column_stack([np.sin(heading), np.cos(heading), 0 * heading])
    found = []
    for k in range(scans):
        who = np.nonzero(rng.random(targets) < 0.9)[0]
        true = polar(start[who] + k * PERIOD_S * speed[who])
        true += rng.standard_normal(true.shape) * errors
        alarms = rng.random((rng.poisson(10), 3)) * (RADIUS_M, 2 * math.pi, math.pi / 4)
        origin = np.r_[who, np.full(len(alarms), FALSE)]
        found.append(Plots(*unbiased(np.concatenate([true, alarms]), *errors), origin))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--targets", type=int, default=50)
    options.add_argument("--scans", type=int, default=40)
    chosen = options.parse_args()
    plots = scene(chosen.targets, chosen.scans)
    best = math.inf
    for _ in range(5):  # other work on the machine only ever slows
        tracker = Tracker(PERIOD_S, speed_max_mps=300.0)
        start = time.perf_counter()
        pictures = [tracker.scan(p) for p in plots]
        best = min(best, 1e3 * (time.perf_counter() - start) / len(plots))
    shown, theirs = stone_soup.track(
        plots, PERIOD_S, manoeuvre_mps2=3.0, speed_var=tracker.speed_var, gate=tracker.gate,
        confirm=tracker.confirm, coast=tracker.coast,
    )  # fmt: skip
    same = sum(len(a) == b.confirmed.sum() for a, b in zip(shown, pictures, strict=True))
    print(f"{chosen.targets} targets, {chosen.scans} scans: {best:.2f} ms a scan, limit / measured "
          f"{LIMIT_MS / best:.1f}")  # fmt: skip
    print(f"Stone Soup on the same plots: {theirs:.1f} ms a scan, {theirs / best:.0f} times as long; "
          f"as many tracks in {same} of {chosen.scans} scans")  # fmt: skip


if __name__ == "__main__":
    main()
