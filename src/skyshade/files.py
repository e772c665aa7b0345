"""Writing results so that a reader never meets half of one: aside first, synced, then renamed."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skyshade.errors import InputError, NoSpaceError, SkyshadeError, WorkError
from skyshade.locks import folder_lock

SCRATCH = ".skyshade-"  # how the names of scratch files and folders begin
MANIFEST = "manifest.json"  # the last file to reach a results folder
INCOMPLETE = "INCOMPLETE.txt"  # in a results folder while files move into it
_INCOMPLETE_TEXT = (
    "Skyshade was stopped while it moved new results into this folder, so some files here are new "
    "and some may be from an earlier run. Run the same command again.\n"
)
_NAMES_FOLLOW = "\nThe files:\n"
_FULL = (errno.ENOSPC, errno.EDQUOT)
# what the system says of names that are wrong, or of files that are not for this user
BAD_NAMES = (
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
    *(errno.ENOENT, errno.EEXIST),
)
_NEARLY_FULL = 64 * 1024  # bytes; a write that failed with so little space left failed for it
_WRITERS = ("rasterio", "pyogrio", "pyarrow", "tifffile")
_LOG = logging.getLogger("skyshade")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet knows a formula


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


def check_finished(path: Path) -> None:
    """Refuse what a run was moving into a results folder when it was stopped.

    Parameters
    ----------
    path : a results folder, or a file of one.

    Raises
    ------
    InputError : it is part of results that may mix two runs.
    """
    folder: Path | None
    if _unfinished(path):  # of something that is no folder there are none
        folder = path
    else:
        folder = next((f for f in path.parents[:3] if _is_of(_unfinished(f), path, f)), None)
    if folder is not None:
        raise InputError(
            "these results are unfinished, because the run that wrote them was stopped",
            file=path,
            hint=f"Run the command that makes {folder} again.",
        )


def _is_of(names: list[str], path: Path, folder: Path) -> bool:
    return bool(names) and path.relative_to(folder).as_posix() in names


def _unfinished(folder: Path) -> list[str]:
    """The files that a run was moving into a folder when it was stopped; none if none was."""
    try:
        text = (folder / INCOMPLETE).read_text("utf-8")
    except (OSError, ValueError):
        return []
    said, _, names = text.partition(_NAMES_FOLLOW)
    return names.splitlines() if said == _INCOMPLETE_TEXT else []


@contextlib.contextmanager
def results_folder(out: str | Path, wait_s: float = 0.0) -> Iterator[Path]:
    """A scratch folder beside `out` whose files move into `out` when the block ends well.

    `out` is made if needed; files in it that the run does not write again stay. If the block
    raises, or the disk fills, the results in `out` are as they were, and an `out` made for it is
    gone. While files move, `INCOMPLETE.txt` stands in `out` and names them; the manifest moves
    last. If a run is stopped meanwhile, the next one says so, and the mark goes when all of these
    files have been written anew. One run at a time holds `out`, and removes what killed runs have
    left there.

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
            if _unfinished(out):
                _LOG.warning("skyshade: %s: an earlier run was stopped while it wrote here", out)
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
def new_folder(out: str | Path) -> Iterator[Path]:
    """A scratch folder that becomes the new folder `out`, in one step, when the block ends well.

    Raises
    ------
    InputError : there is something at `out` already, or its parent cannot be written.
    WorkError : the disk fails or is full.
    """
    out = Path(out)
    if exists(out) or out.is_symlink():
        raise InputError(
            "there is something here already; nothing was written",
            file=out,
            hint="Choose another name, or move it away.",
        )
    try:
        scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=out.parent))
    except OSError as error:
        raise refused(error, out) from None
    try:
        with writing(out):
            scratch.chmod(0o755)
            yield scratch
            for file in scratch.rglob("*"):
                if file.is_file():
                    _sync(file)
            scratch.rename(out)  # fails if another process has put something there meanwhile
            _sync(out.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
        if isinstance(error, OSError) and _is_elsewhere(error, out):
            raise InputError(
                f"cannot be read: {error.strerror}", file=str(error.filename)
            ) from error
        if isinstance(error, OSError) or _is_of_writer(error):
            reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
            raise WorkError(f"{out}: writing results failed: {reason}") from error
        raise


def write_whole(path: Path, data: bytes | str) -> None:
    """Write one file so that it has all of its content or is as it was: aside, synced, renamed.

    Raises
    ------
    InputError : a name that no file can have, a folder that may not be written, or something
        there that is no file.
    NoSpaceError : no space is left there.
    WorkError : the disk fails.
    """
    whole = data.encode("utf-8") if isinstance(data, str) else data
    path = _behind_links(path)
    if exists(path) and not path.is_file():  # a device, such as /dev/stdout, is not replaced
        raise InputError("is not a regular file", file=path)
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
        if error.errno in BAD_NAMES:
            raise InputError(f"cannot write here: {error.strerror}", file=path) from None
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if aside is not None:
            aside.unlink(missing_ok=True)


def _behind_links(path: Path) -> Path:
    """The file that a link stands for, so that the link stays one."""
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError, ValueError):  # links in a circle; a byte of zero
        raise InputError("cannot write here", file=path) from None


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
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


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
    marker, moved = out / INCOMPLETE, False
    names = [target.relative_to(out).as_posix() for _, target in moves]
    earlier = [name for name in _unfinished(out) if name not in names]  # which stay a mix
    try:
        if len(moves) > 1:
            _mark(out, names + earlier)
        for file, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
            moved = True
        for folder in {target.parent for _, target in moves}:
            _sync(folder)
        if earlier:
            _mark(out, earlier)
        elif moves:
            marker.unlink(missing_ok=True)
            _sync(out)
    except OSError as error:
        if not moved and not earlier:
            marker.unlink(missing_ok=True)
        kept = f"see {INCOMPLETE} there" if moved else "earlier results in it are unchanged"
        full = error.errno in _FULL
        kind = NoSpaceError if full else WorkError
        reason = "no space left" if full else f"writing results failed: {error.strerror or error}"
        raise kind(f"{out}: {reason}; {kept}") from error
    if earlier and moves:
        _LOG.warning(
            "skyshade: %s: still unfinished are %d files of that run; run its command again",
            *(out, len(earlier)),
        )


def _mark(out: Path, names: list[str]) -> None:
    """Put `INCOMPLETE.txt` on the disk, whole, before anything else happens."""
    aside = out / f"{SCRATCH}{secrets.token_hex(8)}.tmp"
    try:
        text = f"{_INCOMPLETE_TEXT}{_NAMES_FOLLOW}" + "".join(f"{name}\n" for name in names)
        with aside.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, out / INCOMPLETE)  # noqa: PTH105 (not one of the moves of results)
        _sync(out)
    finally:
        aside.unlink(missing_ok=True)


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


def _is_elsewhere(error: OSError, out: Path) -> bool:
    """True if a failure is about a file that was to be read, not about one of the results."""
    if error.errno not in BAD_NAMES or not isinstance(error.filename, str):
        return False
    return not Path(error.filename).absolute().is_relative_to(out.absolute())


def _is_of_writer(error: BaseException) -> bool:
    """True for the own errors of the libraries that write rasters and tables."""
    return type(error).__module__.partition(".")[0] in _WRITERS
