"""What sweeps of candidates have found, kept for the next run with the same sweeps."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np

from skyshade.errors import SkyshadeError
from skyshade.files import data_home, write_whole
from skyshade.siting.cover import Covers

KEPT_SWEEPS = 20  # files


def folder() -> Path:
    """Where sweeps are kept."""
    return data_home() / "siting"


def load_sweep(key: str) -> Covers | None:
    """What a run with the same sweeps has kept; None if there is nothing usable."""
    try:
        with np.load(folder() / f"{key}.npz") as kept:
            return Covers(kept["bits"], int(kept["rows"]))
    except Exception:  # none, or damaged in one of many ways
        return None


def keep_sweep(key: str, covers: Covers) -> None:
    """Keep a sweep for the next run, and the last few others; a full disk is no reason to stop."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, bits=covers.bits, rows=covers.rows)
    with contextlib.suppress(OSError, SkyshadeError):
        write_whole(folder() / f"{key}.npz", buffer.getvalue())
        kept = sorted(folder().glob("*.npz"), key=lambda f: f.stat().st_mtime)
        for old in kept[:-KEPT_SWEEPS]:
            old.unlink(missing_ok=True)
