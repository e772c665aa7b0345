"""Writing results so that a reader never meets half of one: aside first, then renamed."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skyshade.errors import InputError, WorkError


@contextlib.contextmanager
def results_folder(out: str | Path) -> Iterator[Path]:
    """A scratch folder beside `out` whose files move into `out` when the block ends well.

    `out` is made if needed; files in it that the run does not write again stay. If the block
    raises, or the disk fills, nothing in `out` has changed.

    Raises
    ------
    InputError : `out` is a file or cannot be written.
    WorkError : the disk is full or fails while results are written.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".skyshade-", dir=out))
    except (FileExistsError, NotADirectoryError):
        raise InputError("the output folder is a file", file=out) from None
    except OSError as error:
        raise InputError(f"cannot write here: {error.strerror}", file=out) from None
    try:
        yield scratch
        for file in sorted(p for p in scratch.rglob("*") if p.is_file()):
            target = out / file.relative_to(scratch)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    except OSError as error:
        raise WorkError(f"{out}: writing results failed: {error.strerror or error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_json(path: Path, data: Any, indent: int | None = 2) -> None:
    """Write JSON, keys in the order given; NaN and infinity are refused (they are not JSON)."""
    path.write_text(
        json.dumps(data, indent=indent, allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
    )
