"""Puts each defect of `defects.yaml` into a copy of the sources and asks the tests for it.

    python tests/mutants [PRODUCT] [--only TEXT] [--table FILE]

First the sources as they are must pass the same tests. A defect that all tests pass has survived:
a test is missing, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCES = ROOT / "src" / "skyshade"
PATIENCE_S = 1800.0  # a defect may make a program run for ever


class Defect(NamedTuple):
    """One change of the sources, and the tests that are asked for it."""

    product: str
    what: str
    file: str
    line: str
    instead: str
    tests: tuple[str, ...]


def defects() -> Iterator[Defect]:
    """All of them, as written."""
    for product, given in yaml.safe_load((HERE / "defects.yaml").read_text()).items():
        for one in given["defects"]:
            yield Defect(product, tests=tuple(given["tests"]), **one)


def ask(tests: Sequence[str], defect: Defect | None = None) -> tuple[str, str, float]:
    """How the tests end ("pass", "fail", "no end"), the first to fail, and the seconds taken."""
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "src" / "skyshade"
        shutil.copytree(SOURCES, sources, ignore=shutil.ignore_patterns("app", "__pycache__"))
        if defect is not None:
            file = sources / defect.file
            file.write_text(file.read_text().replace(defect.line, defect.instead, 1))
        start = time.monotonic()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
                cwd=ROOT,
                env=os.environ
                | {
                    "PYTHONPATH": os.pathsep.join([str(sources.parent), str(ROOT / "tests")]),
                    "XDG_CACHE_HOME": str(Path(folder) / "cache"),
                },
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "no end", "", time.monotonic() - start
    took = time.monotonic() - start
    if done.returncode == 0:
        return "pass", "", took
    if done.returncode != 1:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    first = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return "fail", first[1] if first else "", took


def main() -> None:
    """Ask the tests, and say which defects they catch."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("product", nargs="?", help="line of sight, kill chain, radar")
    options.add_argument("--only", default="", help="defects whose description has this text")
    options.add_argument("--table", type=Path, help="write the table, in Markdown")
    chosen = options.parse_args()
    asked = [d for d in defects() if chosen.product in (None, d.product) and chosen.only in d.what]
    for tests in dict.fromkeys(d.tests for d in asked):
        end, first, took = ask(tests)
        print(f"without a defect: {end} {first} ({took:.0f} s)", flush=True)
        if end != "pass":
            sys.exit("The tests must pass without a defect.")
    rows, survived = [], 0
    for defect in asked:
        end, first, took = ask(defect.tests, defect)
        survived += end == "pass"
        caught = {"pass": "nothing: it survives", "no end": "it does not end"}.get(end, first)
        print(f"{defect.product}: {defect.what}: {caught} ({took:.0f} s)", flush=True)
        rows.append(f"| {defect.product} | {defect.what} | `{defect.file}` | {caught} |")
    print(f"{len(asked)} defects, {len(asked) - survived} caught, {survived} survived")
    if chosen.table:
        head = "| product | defect | file | first test that fails |\n|---|---|---|---|\n"
        chosen.table.write_text(head + "\n".join(rows) + "\n")
    sys.exit(int(survived > 0))


if __name__ == "__main__":
    main()
