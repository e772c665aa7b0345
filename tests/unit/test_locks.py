"""One process at a time in a folder, with the locks of either kind of system."""

from __future__ import annotations

import errno
import fcntl
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from skyshade.errors import WorkError
from skyshade.files import results_folder
from skyshade.locks import LOCK_FILE, folder_lock


def locking(handle: int, mode: int, n_bytes: int) -> None:
    """What Windows does, by other means: two handles on one file exclude each other."""
    assert n_bytes == 1
    if mode == 0:
        fcntl.flock(handle, fcntl.LOCK_UN)
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(errno.EACCES, "Permission denied") from None


@pytest.fixture(params=["posix", "windows", "neither"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The locks of a system; a module that is None cannot be imported."""
    name: str = request.param
    if name != "posix":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    windows = SimpleNamespace(LK_UNLCK=0, LK_NBLCK=2, locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", windows if name == "windows" else None)
    return name


def test_the_second_is_told_and_may_wait(tmp_path: Path, system: str) -> None:
    with folder_lock(tmp_path) as held:
        assert held == (system != "neither")
        if not held:
            return
        assert (tmp_path / LOCK_FILE).exists() == (system == "windows")
        start = time.monotonic()
        with (
            pytest.raises(WorkError, match="in use by another run of skyshade"),
            folder_lock(tmp_path, wait_s=0.2),
        ):
            pytest.fail("the block must not run")
        assert time.monotonic() - start >= 0.2
        assert (tmp_path / LOCK_FILE).exists() == (system == "windows")  # not the loser's to remove
    assert list(tmp_path.iterdir()) == []
    with folder_lock(tmp_path) as again:
        assert again


def test_whoever_waits_gets_it(tmp_path: Path, system: str) -> None:
    if system == "neither":
        pytest.skip("nobody waits")
    held, order = threading.Event(), []

    def first() -> None:
        with folder_lock(tmp_path):
            held.set()
            time.sleep(0.3)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert held.wait(10)
    with folder_lock(tmp_path, wait_s=10):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_results_are_written_on_every_system(tmp_path: Path, system: str) -> None:
    with results_folder(tmp_path / "out") as folder:
        (folder / "a.json").write_text("a")
        if system != "neither":
            with pytest.raises(WorkError, match="in use"), results_folder(tmp_path / "out"):
                pytest.fail("the block must not run")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["a.json"]


def test_a_folder_on_a_system_without_locks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    with folder_lock(tmp_path) as held:
        assert not held
