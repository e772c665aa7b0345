"""Start-up beside its limits, each in fresh processes: import, help, second run without compiling.

python benchmarks/start_up.py [--repeats 7]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [str(Path(sys.executable).with_name("skyshade"))]
CASES: list[tuple[str, list[str], float | None]] = [
    ("python -c pass", [sys.executable, "-c", "pass"], None),
    ("import skyshade", [sys.executable, "-c", "import skyshade"], 0.3),
    ("skyshade --help", [*COMMAND, "--help"], 0.5),
    ("skyshade catalogue s-400", [*COMMAND, "catalogue", "s-400"], None),
    ("skyshade coverage flat-earth-check", [*COMMAND, "coverage", "flat-earth-check"], None),
    ("skyshade assess india-s400", [*COMMAND, "assess", "india-s400"], 60.0),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    heads = ("first", "min", "median", "limit")
    print(f"{'seconds, fresh process':38}" + "".join(f"{h:>8}" for h in heads) + "  of limit")
    for name, command, limit in CASES:
        n = repeats if limit is None or limit < 10 else min(repeats, 3)
        with tempfile.TemporaryDirectory() as folder:
            times = []
            for _ in range(n):
                start = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
                times.append(time.perf_counter() - start)
        median = statistics.median(times[1:])
        bound = f"{limit:8g}{median / limit:10.2f}" if limit else ""
        print(f"{name:38}{times[0]:8.3f}{min(times):8.3f}{median:8.3f}{bound}")


if __name__ == "__main__":
    main()
