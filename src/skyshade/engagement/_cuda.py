"""Raids on a CUDA device: the same replicate, one per thread. Imports safely without a device."""

from typing import Any

import numpy as np
from numba import cuda

from skyshade.engagement._cpu import make_scratch
from skyshade.engagement._scalar import one_run, write_row
from skyshade.engagement._scalar_plan import Key, Plan, Rows, RunState, worker_state

THREADS_PER_BLOCK = 64
MOST_WORKERS = 1 << 16


@cuda.jit
def run_device(plan, scratch, key, first, rows):  # type: ignore[no-untyped-def]
    """Every `workers`-th replicate from this thread's number on; see `_cpu.run_share`."""
    w: int = cuda.grid(1)  # type: ignore[call-arg]
    if w < scratch.count.shape[0]:
        st = worker_state(scratch, w)
        for r in range(w, rows.outcome.shape[0], scratch.count.shape[0]):
            one_run(plan, st, key, first + r)
            write_row(plan, st, r, rows)


def run_on_device(plan: Plan, key: Key, first: int, rows: Rows) -> None:
    """Fill the results of a block on the device.

    The state of replicates is made there and never leaves it; as many run at once as half of the
    free memory holds.
    """
    one = make_scratch(plan, 1)
    free = cuda.current_context().get_memory_info()[0]
    most = max(free // (2 * sum(a.nbytes for a in one)), 1)
    workers = min(len(rows.outcome), MOST_WORKERS, most)
    scratch = RunState(*(cuda.device_array((workers, *a.shape[1:]), a.dtype) for a in one))
    there = Plan._make(type(part)._make(map(_to_device, part)) for part in plan)
    blocks = -(-workers // THREADS_PER_BLOCK)
    run_device[blocks, THREADS_PER_BLOCK](there, scratch, key, first, rows)


def _to_device(value: Any) -> Any:
    return cuda.to_device(value) if isinstance(value, np.ndarray) else value
