"""One process at a time in a folder, by whatever lock the operating system has."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skyshade.errors import WorkError

LOCK_FILE = ".skyshade.lock"  # on Windows, while the folder is held
_POLL_S = 0.05


@contextlib.contextmanager
def folder_lock(folder: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """Hold a folder against other runs of Skyshade; gives False where locks do not exist.

    The lock is one of the operating system, so a process that is killed gives it back. On Linux,
    macOS and the like it is on the folder itself and leaves no file behind. On Windows it is on a
    file in the folder, `.skyshade.lock`, which goes again. Some network drives have no lock; there
    the block runs without one.

    Parameters
    ----------
    wait_s : how long to wait for another process.

    Raises
    ------
    WorkError : another process holds it.
    """
    lock = _lock_of(folder)
    if lock is None:
        yield False
        return
    try:
        end = time.monotonic() + wait_s
        while (held := lock.take()) is None:
            if time.monotonic() >= end:
                raise WorkError(
                    f"{folder}: in use by another run of skyshade; wait for it to end, or "
                    "choose another folder"
                )
            time.sleep(_POLL_S)
        yield held
    finally:
        lock.close()


class _FolderLock:
    """`flock` on the folder itself."""

    def __init__(self, folder: Path) -> None:
        import fcntl

        self._fcntl: Any = fcntl
        self._handle = os.open(folder, os.O_RDONLY)

    def take(self) -> bool | None:
        """True: it is held now. None: another process has it. False: there are no locks here."""
        try:
            self._fcntl.flock(self._handle, self._fcntl.LOCK_EX | self._fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError:  # a file system without locks
            return False
        return True

    def close(self) -> None:
        """Give it back."""
        os.close(self._handle)


class _FileLock:
    """Windows: the first byte of a file in the folder."""

    def __init__(self, folder: Path) -> None:
        import msvcrt

        self._msvcrt: Any = msvcrt
        self._file, self._held = folder / LOCK_FILE, False
        self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT)

    def take(self) -> bool | None:
        """True: it is held now. None: another process has it."""
        try:
            self._msvcrt.locking(self._handle, self._msvcrt.LK_NBLCK, 1)
        except OSError:
            return None
        self._held = True
        return True

    def close(self) -> None:
        """Give it back; the file stays if another process waits for it."""
        if self._held:
            os.lseek(self._handle, 0, os.SEEK_SET)
            with contextlib.suppress(OSError):
                self._msvcrt.locking(self._handle, self._msvcrt.LK_UNLCK, 1)
        os.close(self._handle)
        if self._held:
            with contextlib.suppress(OSError):
                self._file.unlink()


def _lock_of(folder: Path) -> _FolderLock | _FileLock | None:
    for kind in (_FolderLock, _FileLock):
        try:
            return kind(folder)
        except ImportError:
            continue
        except OSError:
            return None
    return None
