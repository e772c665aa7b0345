"""Writing results so that a reader never meets half of one: aside first, synced, then renamed."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skyshade.errors import InputError, NoSpaceError, SkyshadeError, WorkError

SCRATCH = ".skyshade-"  # how the names of scratch files and folders begin
MANIFEST = "manifest.json"  # the last file to reach a results folder
INCOMPLETE = "INCOMPLETE.txt"  # in a results folder while files move into it
_INCOMPLETE_TEXT = (
    "Skyshade was stopped while it moved new results into this folder, so some files here are new "
    "and some may be from an earlier run. Run the same command again.\n"
)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NEARLY_FULL = 64 * 1024  # bytes; a write that failed with so little space left failed for it
_WRITERS = ("rasterio", "pyogrio", "pyarrow", "tifffile")
_POLL_S = 0.05
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def data_home() -> Path:
    """The folder for data kept between runs: `SKYSHADE_HOME`, or the user's data folder."""
    chosen = os.environ.get("SKYSHADE_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_data_path("skyshade", appauthor=False)


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
def folder_lock(folder: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold a folder against other runs of Skyshade; gives False where locks do not exist.

    The lock is one of the operating system on the folder itself: it leaves no file behind, and a
    process that is killed gives it back. Windows and some network drives have no such lock; there
    the block runs without one.

    Parameters
    ----------
    wait_s : how long to wait for another process.

    Raises
    ------
    WorkError : another process holds it.
    """
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        end = time.monotonic() + wait_s
        held = None
        while held is None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = True
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise WorkError(
                        f"{folder}: in use by another run of skyshade; wait for it to end, or "
                        "choose another folder"
                    ) from None
                time.sleep(_POLL_S)
            except OSError:  # a file system without locks
                held = False
        yield held
    finally:
        os.close(handle)


@contextlib.contextmanager
def results_folder(out: str | Path, wait_s: float = 0.0) -> Iterator[Path]:
    """A scratch folder beside `out` whose files move into `out` when the block ends well.

    `out` is made if needed; files in it that the run does not write again stay. If the block
    raises, or the disk fills, the results in `out` are as they were, and an `out` made for it is
    gone. While files move, `INCOMPLETE.txt` stands in `out`; the manifest moves last. One run at a
    time holds `out`, and removes what killed runs have left there.

    Parameters
    ----------
    wait_s : how long to wait for another run.

    Raises
    ------
    InputError : `out` is a file or cannot be written, or a folder stands where a file should go.
    WorkError : another run holds `out`; the disk fails or is full while results are written.
    """
    out = Path(out)
    made: list[Path] = []
    try:
        made += [folder for folder in (out, *out.parents) if not folder.exists()]
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError("the output folder is a file", file=out) from None
    except OSError as error:
        raise refused(error, out) from None
    done = False
    try:
        with folder_lock(out, wait_s) as held, _scratch(out, clear=held) as scratch:
            with writing(out):
                yield scratch
                moves = _moves(scratch, out)
                for file, _ in moves:
                    _sync(file)
            _publish(moves, out)
            done = True
    finally:
        if not done:
            for folder in made:
                with contextlib.suppress(OSError):
                    folder.rmdir()


@contextlib.contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn what a disk or a library that writes says into one sentence about `out`.

    Raises
    ------
    NoSpaceError : no space is left there.
    WorkError : the disk fails.
    """
    try:
        yield
    except (SkyshadeError, BrokenPipeError):  # results are no pipe: that is standard output
        raise
    except Exception as error:
        if _is_for_space(error, out):
            raise NoSpaceError(
                f"{out}: no space left for the results. Earlier results in it are unchanged."
            ) from None
        if isinstance(error, OSError) or _is_of_writer(error):
            reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
            raise WorkError(f"{out}: writing results failed: {reason}") from error
        raise


def write_whole(path: Path, data: bytes | str) -> None:
    """Write one file so that it has all of its content or is as it was: aside, synced, renamed.

    Raises
    ------
    NoSpaceError : no space is left there.
    WorkError : the folder cannot be written.
    """
    whole = data.encode("utf-8") if isinstance(data, str) else data
    aside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{SCRATCH}{secrets.token_hex(8)}.tmp")
        with aside.open("xb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            aside.chmod(path.stat().st_mode & 0o777)
        aside.replace(path)
        aside = None
        _sync(path.parent)
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpaceError(f"{path}: no space left; the file is as it was") from None
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if aside is not None:
            aside.unlink(missing_ok=True)


def write_json(path: Path, data: Any, indent: int | None = 2) -> None:
    """Write JSON, keys in the order given; NaN and infinity are refused (they are not JSON)."""
    path.write_text(
        json.dumps(data, indent=indent, allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
    )


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV, the keys of the first one as heading.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP's page
    on CSV injection advises. Numbers stay as they are.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@contextlib.contextmanager
def _scratch(out: Path, clear: bool) -> Iterator[Path]:
    """A new scratch folder in `out`; those of killed runs go if `out` is held."""
    if clear:
        for left in out.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
    try:
        scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=out))
    except OSError as error:
        raise refused(error, out) from None
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def refused(error: OSError, out: Path) -> SkyshadeError:
    """What to raise where nothing could be written at all: the disk is full, or the place wrong."""
    if error.errno in _FULL:
        return NoSpaceError(f"{out}: no space left; nothing was written")
    return InputError(f"cannot write here: {error.strerror}", file=out)


def _moves(scratch: Path, out: Path) -> list[tuple[Path, Path]]:
    """Every file and its place in `out`, the manifest last; checked before the first one moves."""
    files = [f for f in sorted(scratch.rglob("*")) if f.is_file()]
    files.sort(key=lambda f: f == scratch / MANIFEST)
    moves = [(f, out / f.relative_to(scratch)) for f in files]
    for _, target in moves:
        taken = [p for p in target.relative_to(out).parents if (out / p).is_file()]
        if target.is_dir() or taken:
            raise InputError("something else stands where a result should go", file=target)
    return moves


def _publish(moves: list[tuple[Path, Path]], out: Path) -> None:
    """Move files to their places; a stop on the way leaves `INCOMPLETE.txt` to say so.

    Raises
    ------
    WorkError : the disk fails on the way.
    """
    marker = out / INCOMPLETE
    moved = False
    try:
        if len(moves) > 1:
            marker.write_text(_INCOMPLETE_TEXT, "utf-8")
            _sync(marker)
        for file, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
            moved = True
        for folder in {target.parent for _, target in moves}:
            _sync(folder)
        marker.unlink(missing_ok=True)
    except OSError as error:
        if not moved:
            marker.unlink(missing_ok=True)
        kept = f"see {INCOMPLETE} there" if moved else "earlier results in it are unchanged"
        full = error.errno in _FULL
        kind = NoSpaceError if full else WorkError
        reason = "no space left" if full else f"writing results failed: {error.strerror or error}"
        raise kind(f"{out}: {reason}; {kept}") from error


def _sync(path: Path) -> None:
    """Ask the system to put a file or folder on the disk before going on."""
    with contextlib.suppress(OSError):  # a folder cannot be synced everywhere
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _is_for_space(error: BaseException, out: Path) -> bool:
    """True if a write failed because the disk is full, whatever the library made of it."""
    chain: BaseException | None = error
    while chain is not None:
        if getattr(chain, "errno", None) in _FULL or "no space left" in str(chain).lower():
            return True
        chain = chain.__cause__ or chain.__context__
    try:
        full = shutil.disk_usage(out).free < _NEARLY_FULL
    except OSError:
        return False
    return full and (isinstance(error, OSError) or _is_of_writer(error))


def _is_of_writer(error: BaseException) -> bool:
    """True for the own errors of the libraries that write rasters and tables."""
    return type(error).__module__.partition(".")[0] in _WRITERS
