"""Raids on a CUDA device: the same replicate, one per thread. Imports safely without a device."""

from typing import Any

from numba import cuda

from skyshade.engagement._cpu import make_scratch
from skyshade.engagement._scalar import one_run, write_row
from skyshade.engagement._scalar_plan import worker_state

THREADS_PER_BLOCK = 64
MOST_WORKERS = 1 << 16


@cuda.jit
def run_device(plan, scratch, key, first, outcome, when, by, missile, shots, count, fired):  # type: ignore[no-untyped-def]
    """Every `workers`-th replicate from this thread's number on; see `_cpu.run_share`."""
    w: int = cuda.grid(1)  # type: ignore[call-arg]
    if w < scratch.count.shape[0]:
        st = worker_state(scratch, w)
        for r in range(w, outcome.shape[0], scratch.count.shape[0]):
            one_run(plan, st, key, first + r)
            write_row(st, r, outcome, when, by, missile, shots, count, fired)


def run_on_device(plan: Any, key: Any, first: int, arrays: Any) -> None:
    """Fill the results of a block on the device."""
    workers = min(len(arrays[0]), MOST_WORKERS)
    scratch = make_scratch(plan, workers)
    blocks = -(-workers // THREADS_PER_BLOCK)
    run_device[blocks, THREADS_PER_BLOCK](plan, scratch, key, first, *arrays)
