"""Writing results so that a reader never meets half of one: aside first, then renamed."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skyshade.errors import InputError, SkyshadeError, WorkError


def exists(path: Path) -> bool:
    """True if there is something at `path`, which is to be read.

    Raises
    ------
    InputError : a folder on the way to it may not be entered, or the name is impossible.
    """
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot be read: {reason}", file=path) from None


@contextlib.contextmanager
def results_folder(out: str | Path) -> Iterator[Path]:
    """A scratch folder beside `out` whose files move into `out` when the block ends well.

    `out` is made if needed; files in it that the run does not write again stay. If the block
    raises, or the disk fills, nothing in `out` has changed, and an `out` made for it is gone.

    Raises
    ------
    InputError : `out` is a file or cannot be written, or a folder stands where a file should go.
    InputError : no space is left there.
    WorkError : the disk fails while results are written.
    """
    out = Path(out)
    made: list[Path] = []
    try:
        made += [folder for folder in (out, *out.parents) if not folder.exists()]
        out.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".skyshade-", dir=out))
    except (FileExistsError, NotADirectoryError):
        raise InputError("the output folder is a file", file=out) from None
    except OSError as error:
        raise InputError(f"cannot write here: {error.strerror}", file=out) from None
    done = False
    try:
        yield scratch
        _move_all(scratch, out)
        done = True
    except OSError as error:
        if isinstance(error, SkyshadeError):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                "no space left for the results", file=out, hint="Nothing in it has changed."
            ) from None
        raise WorkError(f"{out}: writing results failed: {error.strerror or error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not done:
            for folder in made:
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _move_all(scratch: Path, out: Path) -> None:
    """Move every file to its place in `out`; looks first, so that nothing stops half way."""
    moves = [(f, out / f.relative_to(scratch)) for f in sorted(scratch.rglob("*")) if f.is_file()]
    for _, target in moves:
        taken = [p for p in target.relative_to(out).parents if (out / p).is_file()]
        if target.is_dir() or taken:
            raise InputError("something else stands where a result should go", file=target)
    for file, target in moves:
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)


def write_json(path: Path, data: Any, indent: int | None = 2) -> None:
    """Write JSON, keys in the order given; NaN and infinity are refused (they are not JSON)."""
    path.write_text(
        json.dumps(data, indent=indent, allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
    )
