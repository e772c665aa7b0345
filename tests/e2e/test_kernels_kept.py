"""Compiled kernels on disk: faults there cost time, never a result. Threads may share kernels."""

from __future__ import annotations

import os
import pickle
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import skyshade

ONE = """
import numpy as np
from skyshade.radar._cpu import confirm_all
def run():
    out = np.empty((8, 8))
    confirm_all(np.full((8, 8), 0.5), np.array([False, False, True]), out)
    return out[0, -1]
"""
PRINT = ONE + "print(0 <= run() <= 1)"
THREADS = (
    ONE
    + """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    print(len({f.result() for f in [pool.submit(run) for _ in range(2000)]}))
"""
)


def python(
    code: str, before: Callable[[], object] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        preexec_fn=before,
    )


def test_threads_take_turns_where_the_layer_is_not_safe() -> None:
    """Numba's own layer ends the process by SIGABRT when two threads are in it at once."""
    done = python(THREADS, NUMBA_THREADING_LAYER="workqueue")
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr[-300:]


def test_no_parallel_kernel_is_without_its_turn() -> None:
    """Every parallel loop of every package goes through `driver`, which takes turns."""
    root = Path(skyshade.__file__).parent
    found = 0
    for file in root.rglob("_cpu.py"):
        module = import_module(".".join(("skyshade", *file.relative_to(root).parts))[:-3])
        for thing in vars(module).values():
            found += hasattr(thing, "py_func")
            assert not (isinstance(thing, Dispatcher) and thing.targetoptions.get("parallel"))
    assert found > 10


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_NUM_THREADS", "-1"),
        ("NUMBA_NUM_THREADS", "many"),
        ("NUMBA_NUM_THREADS", "٢"),
        ("NUMBA_THREADING_LAYER", "fast"),
        ("NUMBA_THREADING_LAYER", ""),
    ],
)
def test_settings_that_cannot_be_used(name: str, value: str) -> None:
    code = "from skyshade.__main__ import main; main()"
    set_ = {name: value}
    done = python(f"import sys; sys.argv[1:] = ['radar', '91N6E']; {code}", None, **set_)
    assert done.returncode == 2
    assert done.stderr.startswith(f"skyshade: {name}: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(("ending", "left"), [(".nbi", b""), (".nbc", 0.5), (".nbc", b"garbage")])
def test_damaged_kernels_are_compiled_again(
    tmp_path: Path, kept: Path, ending: str, left: bytes | float
) -> None:
    for file in kept.rglob(f"*{ending}"):
        whole = file.read_bytes()
        cut = whole[: int(len(whole) * left)] if isinstance(left, float) else left
        file.write_bytes(cut)
    done = python(PRINT, XDG_CACHE_HOME=str(kept))
    assert done.returncode == 0 and done.stdout == "True\n"
    assert done.stderr.count("\n") == 1 and "were damaged" in done.stderr
    again = python(PRINT, XDG_CACHE_HOME=str(kept))
    assert (again.stdout, again.stderr) == (done.stdout, "")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the kernels of one run."""
    folder = tmp_path_factory.mktemp("cache")
    assert python(PRINT, XDG_CACHE_HOME=str(folder)).stderr == ""
    assert list(folder.rglob("*.nbc"))
    return folder


@pytest.fixture
def kept(tmp_path: Path, compiled: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(compiled, tmp_path / "cache"))


def test_no_space_for_kernels(tmp_path: Path) -> None:
    """A limit of file size is what a full disk is to the writer."""
    done = python(
        PRINT,
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        XDG_CACHE_HOME=str(tmp_path),
    )
    assert done.returncode == 0 and done.stdout == "True\n"
    assert done.stderr.count("cannot be kept") == 1 and "Traceback" not in done.stderr


def test_kernels_that_others_could_have_written_are_not_read(tmp_path: Path, kept: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    (kernels,) = kept.rglob("kernels")
    assert kernels.stat().st_mode & 0o777 == 0o700
    for file in kept.rglob("*.nbi"):
        file.write_bytes(pickle.dumps(Trap()))
    kernels.chmod(0o777)
    done = python(PRINT, XDG_CACHE_HOME=str(kept))
    assert done.returncode == 0 and not (tmp_path / "sprung").exists()
    assert kernels.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_kernels_of_another_user_are_not_read(kept: Path) -> None:
    (kernels,) = kept.rglob("kernels")
    os.chown(kernels, 12345, 12345)
    before = {f: f.read_bytes() for f in kernels.rglob("*") if f.is_file()}
    done = python(PRINT, XDG_CACHE_HOME=str(kept))
    assert done.returncode == 0 and "not a folder of this user's" in done.stderr
    assert before == {f: f.read_bytes() for f in kernels.rglob("*") if f.is_file()}
