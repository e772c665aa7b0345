"""Fly-out: time to calibrate and tabulate each missile, and rate of intercept solutions.

python benchmarks/flyout.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np

from skyshade.fireunit._cpu import meet_paths
from skyshade.fireunit.intercept import HORIZON_S, STEP_S, envelope
from skyshade.flyout import flyout_table, load_missile
from skyshade.flyout.tables import calibrated

MISSILES = ("40N6E", "48N6E3", "48N6E2", "48N6E", "9M96E2", "9M96E")
LIMIT_S = 1.0
TARGETS = 50_000


def tabulate(name: str) -> float:
    """Seconds for one missile's calibration and table, compiled already, nothing kept."""
    missile = load_missile(name)
    calibrated.cache_clear()
    flyout_table.cache_clear()
    start = time.perf_counter()
    flyout_table(missile)
    return time.perf_counter() - start


def straight_targets(n: int, far_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions (m) and velocities (m/s) of inbound targets, seeded: 100 to 600 m/s, to 20 km."""
    rng = np.random.default_rng(11)
    az, off = rng.uniform(0, 2 * np.pi, n), rng.uniform(-0.5, 0.5, n)
    d, speed = rng.uniform(0.2 * far_m, 1.5 * far_m, n), rng.uniform(100.0, 600.0, n)
    x = np.column_stack([d * np.cos(az), d * np.sin(az), rng.uniform(100.0, 20_000.0, n)])
    v = np.column_stack([-speed * np.cos(az + off), -speed * np.sin(az + off), np.zeros(n)])
    return x, v


def intercepts(name: str, repeats: int) -> tuple[float, float]:
    """Solutions per second on all cores, and the share of the targets that is met."""
    table = flyout_table(load_missile(name))
    x, v = straight_targets(TARGETS, table.missile.range_max_m)
    times = np.broadcast_to([0.0, HORIZON_S], (TARGETS, 2)).copy()
    paths = [x[:, i, None] + v[:, i, None] * times for i in range(3)]
    out = np.zeros((TARGETS, 5))
    arguments = (
        table.time_s,
        table.speed_mps,
        table.d_range_m,
        table.d_alt_m,
        envelope(table.missile),
        np.zeros(TARGETS),
        STEP_S,
        times,
        *paths,
        out,
    )
    meet_paths(*arguments)
    best = []
    for _ in range(repeats):
        start = time.perf_counter()
        meet_paths(*arguments)
        best.append(time.perf_counter() - start)
    return TARGETS / min(best), float(np.isfinite(out[:, 0]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    tabulate(MISSILES[0])  # compile
    print(
        f"fly-out, {os.cpu_count()} cores; inbound targets: {TARGETS:,} seeded straight flights, "
        f"looked at every {STEP_S:g} s for up to {HORIZON_S:g} s"
    )
    print(f"{'':10}{'table, s: min':>14}{'max':>7}{'of limit':>10}{'solutions/s':>13}{'met':>7}")
    for name in MISSILES:
        seconds = [tabulate(name) for _ in range(repeats)]
        rate, met = intercepts(name, repeats)
        print(
            f"{name:10}{min(seconds):14.3f}{max(seconds):7.3f}{min(seconds) / LIMIT_S:10.2f}"
            f"{rate:13,.0f}{100 * met:6.0f}%"
        )


if __name__ == "__main__":
    main()
