"""What a result was made from: enough to make it again, and to notice when that would differ."""

from __future__ import annotations

import hashlib
import platform
import time
from datetime import UTC, datetime
from typing import Any

import skyshade


class Stopwatch:
    """Wall-clock seconds per named stage, in order of first use.

    >>> watch = Stopwatch()
    >>> with watch("load"):
    ...     pass
    >>> list(watch.seconds)
    ['load']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[tuple[str, float]] = []

    def __call__(self, stage: str) -> Stopwatch:
        """Name the stage that the next `with` block measures; blocks may be nested."""
        self._open.append((stage, 0.0))
        return self

    def __enter__(self) -> Stopwatch:
        stage, _ = self._open.pop()
        self._open.append((stage, time.perf_counter()))
        return self

    def __exit__(self, *_: object) -> None:
        stage, start = self._open.pop()
        spent = time.perf_counter() - start
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + spent, 3)


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def make_manifest(command: str, **parts: Any) -> dict[str, Any]:
    """The manifest of one run: version, command, time, machine and whatever the run adds.

    Time, machine and timings live here and nowhere else, so that every other file of a run is the
    same bytes for the same inputs and seed.
    """
    return {
        "skyshade": skyshade.__version__,
        "command": command,
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **parts,
    }
