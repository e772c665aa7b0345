"""Running replicates: which backend, how many threads, and what comes back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade._jit import is_compiled
from skyshade.engagement._cpu import make_rows, make_scratch, run_logged, run_share
from skyshade.engagement._scalar_plan import N_LOG, Key, Rows
from skyshade.engagement.compile import CompiledRaid
from skyshade.errors import InputError

Backend = Literal["auto", "cpu", "cuda"]
MAX_REPLICATES, MAX_SEED = 10**9, 2**64 - 1
ROWS_PER_BLOCK, LEAST_BLOCK, MOST_BLOCK = 2**19, 64, 4096  # targets times replicates
ROWS_PER_SHARE = 64  # replicates that a thread takes at a time
MAX_LOG_ROWS = 2**20


def compilation() -> str | None:
    """What to tell a user while the kernel is compiled for this machine; None if it has been."""
    if is_compiled(run_share):
        return None
    return "compiling the raid kernel for this machine: once, about a minute"


@dataclass(frozen=True, eq=False)
class Block:
    """What came of some replicates; axes (replicates, targets) unless said otherwise.

    Attributes
    ----------
    first : number of the first replicate.
    outcome : one of `OPEN`, `KILLED`, `LEAKED`, `DEPARTED`.
    reason : why it leaked, one of `results.REASONS`; 0 if it did not.
    time_s : when that was settled.
    unit, missile : who killed it and with what; -1 for none.
    shots : missiles fired at it.
    tried : layers that fired at it, a bit each.
    count : (replicates, COUNTERS); fired : (replicates, missiles).
    fired_by : (replicates, LAYERS, missiles) the same by layer.
    """

    first: int
    outcome: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    time_s: NDArray[np.float32]
    unit: NDArray[np.int16]
    missile: NDArray[np.int16]
    shots: NDArray[np.uint16]
    tried: NDArray[np.uint8]
    count: NDArray[np.int64]
    fired: NDArray[np.int32]
    fired_by: NDArray[np.int32]

    @property
    def arrays(self) -> Rows:
        """The results as kernels take them."""
        return Rows(
            self.outcome,
            self.reason,
            self.time_s,
            self.unit,
            self.missile,
            self.shots,
            self.tried,
            self.count,
            self.fired,
            self.fired_by,
        )

    def first_runs(self, n: int) -> Block:
        """The first n of its replicates."""
        return Block(self.first, *(a[:n] for a in self.arrays))

    @classmethod
    def empty(cls, raid: CompiledRaid, first: int, n: int) -> Block:
        """Room for the results of n replicates."""
        return cls(first, *make_rows(raid.plan, n))


def block_size(raid: CompiledRaid) -> int:
    """Replicates per block: a power of two that depends on nothing but the number of targets."""
    size = MOST_BLOCK
    while size > LEAST_BLOCK and size * raid.n_targets > ROWS_PER_BLOCK:
        size //= 2
    return size


def check_run(replicates: int, seed: int) -> None:
    """Raise InputError unless the numbers of replicates and the seed can be used."""
    if not (isinstance(replicates, int | np.integer) and 1 <= replicates <= MAX_REPLICATES):
        raise InputError(
            "number of replicates out of bounds",
            field="replicates",
            value=replicates,
            allowed=f"1 to {MAX_REPLICATES:,}",
        )
    if not (isinstance(seed, int | np.integer) and 0 <= seed <= MAX_SEED):
        raise InputError("seed out of range", field="seed", value=seed, allowed="0 to 2^64 - 1")


def check_replicate(replicate: int) -> None:
    """Raise InputError unless a replicate can have this number."""
    if not (isinstance(replicate, int | np.integer) and 0 <= replicate < MAX_REPLICATES):
        raise InputError(
            "number of the replicate out of bounds",
            field="replicate",
            value=replicate,
            allowed=f"0 to {MAX_REPLICATES - 1:,}",
        )


def make_key(seed: int) -> Key:
    """The seed, 0 to 2^64 - 1, as the kernel takes it."""
    check_run(1, seed)
    return Key(np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32))


class Runner:
    """Runs blocks of one raid, keeping its scratch arrays and threads between them.

    Parameters
    ----------
    workers : threads; by default one per core. Results do not depend on it.
    backend : "cpu", "cuda", or "auto": CUDA if there is a device, else CPU.

    Raises
    ------
    InputError : an unknown backend; "cuda" without a device or its libraries.
    """

    def __init__(
        self,
        raid: CompiledRaid,
        seed: int = 0,
        workers: int | None = None,
        backend: Backend = "cpu",
    ) -> None:
        self.raid, self.seed, self.key = raid, seed, make_key(seed)
        self.backend = choose_backend(backend)
        self.workers = workers or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self.workers)
        self._idle: list[Any] = []  # scratch of threads that have nothing to do

    def run(self, first: int, n: int) -> Block:
        """Replicates `first` to `first + n - 1`."""
        return self._start(first, n)()

    def _start(self, first: int, n: int) -> Callable[[], Block]:
        """Begin these replicates; what is returned waits for them."""
        block = Block.empty(self.raid, first, n)
        if self.backend == "cuda":
            from skyshade.engagement._cuda import run_on_device

            run_on_device(self.raid.plan, self.key, first, block.arrays)
            return lambda: block

        def share(start: int) -> None:
            scratch = self._idle.pop() if self._idle else make_scratch(self.raid.plan, 1)
            part = slice(start, start + ROWS_PER_SHARE)
            rows = Rows(*(a[part] for a in block.arrays))
            run_share(self.raid.plan, scratch, self.key, first + start, rows)
            self._idle.append(scratch)

        shares = [self._threads.submit(share, k) for k in range(0, n, ROWS_PER_SHARE)]

        def finish() -> Block:
            for done in shares:
                done.result()
            return block

        return finish

    def run_ahead(self, portions: Iterable[tuple[int, int]]) -> Iterator[Block]:
        """The blocks of these portions (first replicate, number), each run while one is used."""
        ahead: Callable[[], Block] | None = None
        for first, n in portions:
            finish, ahead = ahead, self._start(first, n)
            if finish is not None:
                yield finish()
        if ahead is not None:
            yield ahead()

    def blocks(
        self, replicates: int, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> Iterator[Block]:
        """All blocks of so many replicates, in order; the next is run while one is used."""
        for block in self.run_ahead(even_portions(block_size(self.raid), replicates)):
            yield block
            progress(block.first + len(block.outcome), replicates)


def even_portions(size: int, replicates: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """First replicate and number of the portions of a run, all of one size but the last."""
    for first in range(start, replicates, size):
        yield first, min(size, replicates - first)


def choose_backend(backend: str) -> Literal["cpu", "cuda"]:
    """The backend that will really run."""
    if backend == "cpu":
        return "cpu"
    if backend not in ("auto", "cuda"):
        raise InputError(
            "unknown backend", field="backend", value=backend, allowed="auto, cpu, cuda"
        )
    try:
        from numba import cuda

        there = cuda.is_available()
    except Exception:  # libraries of the device that cannot be loaded
        there = False
    if there:
        return "cuda"
    if backend == "cuda":
        raise InputError(
            "no CUDA device can be used here", field="backend", value="cuda", allowed="cpu, auto"
        )
    return "cpu"


def run_log(
    raid: CompiledRaid, seed: int, run: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Every event of one replicate, (events, 6), and when each target started (s).

    See `_scalar_plan` for entries and columns.

    Raises
    ------
    InputError : more events than a log holds.
    """
    rows = 4096
    while True:
        scratch = make_scratch(raid.plan, 1, rows)
        run_logged(raid.plan, scratch, make_key(seed), run)
        n = int(scratch.count[0, N_LOG])
        if n < rows:
            return scratch.log[0, :n], scratch.start[0]
        rows *= 8
        if rows > MAX_LOG_ROWS:
            raise InputError(
                "this replicate has too many events for a log",
                value=run,
                allowed=f"at most {MAX_LOG_ROWS}",
            )
