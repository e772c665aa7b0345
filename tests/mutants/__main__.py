"""Puts each defect of `defects.yaml` into a copy of the sources and asks the tests for it.

    python tests/mutants [PRODUCT] [--only TEXT] [--again] [--plain]

First the sources as they are must pass the same tests. Where a product lists tests under `plain`,
those are asked first (of a defect that names its own, those), with the kernels as plain Python:
that needs no compiling, and of a defect that they catch the others are not asked. A defect that all
tests pass has survived: a test is missing, and the exit code is 1. What was found is kept in
`RESULTS` for the dossier. Defects whose result is kept are left out, unless `--again` is given or
the defect or its tests have changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
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
RESULTS = ROOT / "docs" / "validation" / "results" / "mutants.json"
KERNELS = ROOT / "out" / "mutants"  # compiled; those of other sources have another folder there
PATIENCE_S = 1800.0  # a defect may make a program run for ever


class Defect(NamedTuple):
    """One change of the sources, and the tests that are asked for it."""

    product: str
    what: str
    file: str
    line: str
    instead: str
    tests: tuple[str, ...]
    plain: tuple[str, ...]


def defects() -> Iterator[Defect]:
    """All of them, as written."""
    for product, given in yaml.safe_load((HERE / "defects.yaml").read_text()).items():
        for one in given["defects"]:
            plain = tuple(one.pop("plain", given.get("plain", ())))
            yield Defect(product, tests=tuple(given["tests"]), plain=plain, **one)


def identity(defect: Defect) -> str:
    """Changes with the defect and with the tests that are asked, not with other sources."""
    files = dict.fromkeys(t.split("::")[0] for t in (*defect.plain, *defect.tests))
    text = json.dumps([*defect[2:], *((ROOT / file).read_text() for file in files)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def results() -> dict[str, dict[str, str]]:
    """What is known of each defect, by what it is."""
    found: dict[str, dict[str, str]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def keep(defect: Defect, killed_by: str) -> None:
    """Add what was found to the results."""
    found = results()
    found[f"{defect.product}: {defect.what}"] = {
        "product": defect.product,
        "defect": defect.what,
        "file": defect.file,
        "killed_by": killed_by,
        "identity": identity(defect),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    order = [f"{d.product}: {d.what}" for d in defects()]
    RESULTS.write_text(json.dumps({k: found[k] for k in order if k in found}, indent=1) + "\n")


def ask(
    tests: Sequence[str], defect: Defect | None = None, plain: bool = False
) -> tuple[str, str, float]:
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
                    "XDG_CACHE_HOME": str(KERNELS),
                }
                | ({"NUMBA_DISABLE_JIT": "1"} if plain else {}),
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
    first = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    return "fail", first[1] if first else "", took


def main() -> None:
    """Ask the tests, and say which defects they catch."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("product", nargs="?", help="line of sight, kill chain, radar")
    options.add_argument("--only", default="", help="defects whose description has this text")
    options.add_argument("--again", action="store_true", help="also those whose result is kept")
    options.add_argument("--plain", action="store_true", help="leave out what needs compiling")
    chosen = options.parse_args()
    asked = [d for d in defects() if chosen.product in (None, d.product) and chosen.only in d.what]
    if not chosen.again:
        known = {r["identity"] for r in results().values()}
        asked = [d for d in asked if identity(d) not in known]
    sound: set[tuple[tuple[str, ...], bool]] = set()
    survived = 0
    for defect in asked:
        for tests, plain in ((defect.plain, True), (defect.tests, False)):
            if chosen.plain and not plain:
                break
            if tests and (tests, plain) not in sound:
                end, first, took = ask(tests, plain=plain)
                print(f"without a defect: {end} {first} ({took:.0f} s)", flush=True)
                if end != "pass":
                    sys.exit("The tests must pass without a defect.")
                sound.add((tests, plain))
            end, first, took = ask(tests, defect, plain) if tests else ("pass", "", 0.0)
            if end != "pass":
                break
        if chosen.plain and end == "pass":
            print(f"{defect.product}: {defect.what}: not caught by the plain tests", flush=True)
            continue
        survived += end == "pass"
        caught = {"pass": "", "no end": f"no end within {PATIENCE_S:.0f} s"}.get(end, first)
        print(f"{defect.product}: {defect.what}: {caught or 'survives'} ({took:.0f} s)", flush=True)
        keep(defect, caught)
    print(f"{len(asked)} defects, {len(asked) - survived} caught, {survived} survived")
    sys.exit(int(survived > 0))


if __name__ == "__main__":
    main()
