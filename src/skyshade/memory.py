"""How much memory is free, so that work which would not fit is refused before it starts."""

from __future__ import annotations

import contextlib
from pathlib import Path

from skyshade.errors import InputError

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
