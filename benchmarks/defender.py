"""The defender's environment: steps per second under the baseline, beside the kernel alone.

    python benchmarks/defender.py [--replicates 300] [raid ...]

One thread each; the environment under the engine's own rule and the kernel play the same replicates
(seed 7) in turn, in the same run, and must come to the same; the best of three. Compiling, which is
done once per machine and version, is timed apart and only where it has not been done before.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from skyshade import load_scenario
from skyshade._jit import is_compiled
from skyshade.defender import DefenderEnv, engine_rule, play
from skyshade.defender._cpu import move
from skyshade.engagement import Runner, compile_raid

RAIDS = ("raid-60x4", "raid-8x24", "saturation", "ballistic")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("raids", nargs="*", default=RAIDS)
    options.add_argument("--replicates", type=int, default=300)
    chosen = options.parse_args()
    for name in chosen.raids:
        raid = compile_raid(load_scenario(name))
        runner, env = Runner(raid, 7, 1), DefenderEnv(raid)
        runner.run(0, 1)
        if not is_compiled(move):
            start = time.process_time()
            env.reset(seed=7)
            print(f"compiling the environment's kernel: {time.process_time() - start:.0f} s of CPU")
        env.reset(seed=7)
        steps, n = 0, chosen.replicates
        apart: list[float] = []
        played: list[float] = []

        def counted(seen: dict, told: dict) -> int:
            nonlocal steps
            steps += 1
            return engine_rule(seen, told)

        for _ in range(3):
            start = time.perf_counter()
            engine = runner.run(0, n)
            apart.append(time.perf_counter() - start)
            steps, start = 0, time.perf_counter()
            block = play(env, counted, n, 7)
            played.append(time.perf_counter() - start)
        if not all(map(np.array_equal, block.arrays, engine.arrays)):
            raise SystemExit(f"{name}: the environment and the engine differ")
        print(
            f"{name:10} {steps / min(played):7,.0f} steps/s, {steps / n:5.1f} steps a replicate; "
            f"{n / min(played):6,.0f} replicates/s, kernel alone {n / min(apart):7,.0f}, "
            f"{min(played) / min(apart):5.1f} times as many"
        )


if __name__ == "__main__":
    main()
