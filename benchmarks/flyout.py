"""Fly-out: time to calibrate and tabulate each missile.

python benchmarks/flyout.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import time

from skyshade.flyout import flyout_table, load_missile
from skyshade.flyout.tables import calibrated

MISSILES = ("40N6E", "48N6E3", "48N6E2", "48N6E", "9M96E2", "9M96E")
LIMIT_S = 1.0


def tabulate(name: str) -> float:
    """Seconds for one missile's calibration and table, compiled already, nothing kept."""
    missile = load_missile(name)
    calibrated.cache_clear()
    flyout_table.cache_clear()
    start = time.perf_counter()
    flyout_table(missile)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    tabulate(MISSILES[0])  # compile
    print(f"fly-out, {os.cpu_count()} cores")
    print(f"{'':10}{'table, s: min':>14}{'max':>7}{'of limit':>10}")
    for name in MISSILES:
        seconds = [tabulate(name) for _ in range(repeats)]
        print(f"{name:10}{min(seconds):14.3f}{max(seconds):7.3f}{min(seconds) / LIMIT_S:10.2f}")


if __name__ == "__main__":
    main()
