"""How much memory is free, so that work which would not fit is refused before it starts.

Arrays over large terrain do not fit beside each other. They live in a file that the system keeps in
memory as far as there is room (:func:`scratch_array`), and are worked through in steps of rows
(:func:`slabs`).
"""

from __future__ import annotations

import contextlib
import mmap
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError

LARGE_CELLS = 200_000_000  # from here on, arrays are kept in files and worked through in steps
SLAB_CELLS = 8_000_000  # cells looked at in one step

_MEMINFO = Path("/proc/meminfo")
_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


def free_bytes() -> int | None:
    """Bytes that this process may still take; None where the system does not say (not on Linux)."""
    try:
        lines = _MEMINFO.read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)
    except (OSError, ValueError, StopIteration):
        return None
    with contextlib.suppress(OSError, ValueError):  # no container, or "max"
        free = min(free, int(_LIMIT.read_text()) - int(_USED.read_text()))
    return max(free, 0)


def check_memory(n: int, what: str, bytes_each: int, field: str, hint: str) -> None:
    """Refuse `n` things of so many bytes if they do not fit in what is free.

    Raises
    ------
    InputError : they do not; with the arithmetic.
    """
    free = free_bytes()
    if free is not None and n * bytes_each > free:
        raise InputError(
            "this would not fit in memory",
            field=field,
            value=f"{n:.3g} {what} x {bytes_each} bytes = {n * bytes_each / 2**30:.1f} GiB",
            allowed=f"{free / 2**30:.1f} GiB are free",
            hint=hint,
        )


def slabs(shape: tuple[int, ...], cells: int | None = None) -> Iterator[slice]:
    """Rows of an array in steps that stay small, so that what is derived from them does."""
    step = max((cells or SLAB_CELLS) // max(shape[1], 1), 2)
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether an array of that shape is kept in a file and worked through in steps."""
    return shape[0] * shape[1] > LARGE_CELLS


def scratch_array(shape: tuple[int, int], fill: float) -> NDArray[np.float32]:
    """A float32 array full of one number that lives in a file which nobody else sees.

    Raises
    ------
    InputError : a file of that size does not fit on the disk of temporary files; with the size.
    """
    size = shape[0] * shape[1] * 4
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InputError(
            f"the result would not fit on the disk of temporary files, {folder}",
            field="max_range",
            value=f"{shape[0]} x {shape[1]} cells x 4 bytes = {size / 2**30:.1f} GiB",
            allowed=f"{free / 2**30:.1f} GiB are free",
            hint="Use a smaller range, or another disk (TMPDIR).",
        )
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        array = np.memmap(file, np.float32, "r+", shape=shape)
    for rows in slabs(shape):
        array[rows] = fill
        release(array)
    return np.asarray(array)


def release(array: NDArray[Any]) -> None:
    """Let the system take back the memory of an array that lives in a file; its values stay."""
    owner: Any = array
    while owner is not None and not isinstance(owner, np.memmap):
        owner = getattr(owner, "base", None)
    # only where what was written reaches the file, and is not lost with the memory
    if owner is not None and owner.mode == "r+" and hasattr(mmap, "MADV_DONTNEED"):
        whole: Any = owner
        whole._mmap.madvise(mmap.MADV_DONTNEED)
