"""Everything that a graphics card runs, beside this machine's CPU, in one JSON in five minutes.

For whoever has a card: `make bench-gpu`, then send the JSON. Without a card the part for the CPU
runs, and the file says why the rest is missing. Raids are what runs on a card today.

    python benchmarks/gpu.py [--out FILE] [--budget-s 240] [--raid NAME …]
    NUMBA_DISABLE_JIT=1 NUMBA_ENABLE_CUDASIM=1 python benchmarks/gpu.py --tiny   # simulated

Rates count the kernel and the tally. Both sides play the same replicates, so the number of targets
whose fate differs is given too: reals differ in the last place between compilers, so a few may.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from skyshade import __version__, load_scenario
from skyshade.engagement import CompiledRaid, Runner, Tally, compile_raid
from skyshade.errors import SkyshadeError

RAIDS = ("raid-60x4", "raid-8x24", "saturation")
SEED = 7


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    import numba

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [line.split(":")[1] for line in lines if "model name" in line]
        cpu = names[0].strip() if names else cpu
    return {
        "skyshade": __version__,
        "python": platform.python_version(),
        "numba": numba.__version__,
        "system": platform.platform(),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "device": device(),
    }


def device() -> dict[str, Any]:
    """The card, or why there is none."""
    try:
        from numba import cuda

        if not cuda.is_available():
            return {"missing": "no CUDA device is seen"}
        card = getattr(cuda, "get_current_device", lambda: None)()  # the simulator has none
        name = getattr(card, "name", "simulated")
        found = {"name": name.decode() if isinstance(name, bytes) else str(name)}
        for key in ("MULTIPROCESSOR_COUNT", "CLOCK_RATE", "compute_capability"):
            value = getattr(card, key, None)
            found[key.lower()] = list(value) if isinstance(value, tuple) else value
        free, total = cuda.current_context().get_memory_info()
        return found | {"memory_gib": total / 2**30, "free_gib": free / 2**30}
    except Exception as error:  # a driver that does not fit raises what it likes
        return {"missing": f"{type(error).__name__}: {error}".splitlines()[0]}


def rate(runner: Runner, seconds: float, start: int) -> tuple[float, int]:
    """Replicates per second, kernel and tally, in blocks that grow until the time is used up."""
    n, best = start, 0.0
    until = time.perf_counter() + seconds
    while True:
        tally, begin = Tally(runner.raid), time.perf_counter()
        tally.add(runner.run(0, n))
        took = time.perf_counter() - begin
        best = max(best, n / took)
        if time.perf_counter() + 2 * took > until:
            return best, n
        n *= 2


def one(raid: CompiledRaid, seconds: float, start: int, has_device: bool) -> dict[str, Any]:
    """One raid on one core, on all, and on the card."""
    found: dict[str, Any] = {"targets": int(raid.plan.threats.steps.size)}
    sides: list[tuple[str, dict[str, Any]]] = [
        ("cpu_one_core", {"workers": 1}),
        ("cpu_all_cores", {}),
    ]
    if has_device:
        sides.append(("cuda", {"backend": "cuda"}))
    for name, options in sides:
        runner = Runner(raid, SEED, **options)
        begin = time.perf_counter()
        first = runner.run(0, start)  # compiles
        ready_s = time.perf_counter() - begin
        per_s, block = rate(runner, seconds / len(sides), start)
        found[name] = {"ready_s": ready_s, "replicates_per_s": per_s, "largest_block": block}
        found[name]["target_seconds_per_s"] = per_s * simulated_s(raid)
        if name == "cpu_one_core":
            reference = first
        elif name == "cuda":
            differ = int(np.count_nonzero(first.outcome != reference.outcome))
            found["fates_that_differ"] = {"of": int(first.outcome.size), "n": differ}
            found["cores_that_the_card_is_worth"] = (
                per_s / found["cpu_one_core"]["replicates_per_s"]
            )
    return found


def simulated_s(raid: CompiledRaid) -> float:
    """Seconds that the targets of one replicate are on their way if nobody is shot down."""
    return float(raid.plan.threats.steps.sum())  # a step is a second


def named(name: str) -> Callable[[], CompiledRaid]:
    """A shipped raid, to be compiled later."""
    return lambda: compile_raid(load_scenario(name))


def tiny() -> CompiledRaid:
    """A raid that the simulator can play."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from raid_scenarios import FIGHTER, compiled

    return compiled(FIGHTER)


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("out/bench-gpu.json"))
    options.add_argument("--budget-s", type=float, default=240.0)
    options.add_argument("--raid", nargs="*", default=list(RAIDS))
    options.add_argument("--tiny", action="store_true", help="one small raid, for the simulator")
    chosen = options.parse_args()
    begin = time.perf_counter()
    found: dict[str, Any] = {"machine": machine(), "raids": {}}
    has_device = "missing" not in found["machine"]["device"]
    wanted = {"tiny": tiny} if chosen.tiny else {name: named(name) for name in chosen.raid}
    for k, (name, make) in enumerate(wanted.items()):
        left = chosen.budget_s - (time.perf_counter() - begin)
        try:
            raid = make()
            seconds = max(left / (len(wanted) - k) * 0.7, 0.0)  # the rest compiles
            found["raids"][name] = one(raid, seconds, 4 if chosen.tiny else 256, has_device)
        except SkyshadeError as error:
            found["raids"][name] = {"failed": str(error)}
        print(name, json.dumps(found["raids"][name]), flush=True)
    found["took_s"] = time.perf_counter() - begin
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(found, indent=1) + "\n")
    if not has_device:
        print(f"No card was measured: {found['machine']['device']['missing']}.")
    print(chosen.out)


if __name__ == "__main__":
    main()
