"""The only module that names the compiler: how kernels are declared and where they are cached.

`scalar` marks a pure scalar function, compiled for whoever calls it (CPU or CUDA); `driver` marks
a parallel loop over rays, cells or runs; `worker` one thread's share of a loop that allocates
nothing. Numba's own cache misses a change made in another file,
so compiled kernels are kept in a folder named by the hash of every kernel source.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from skyshade.errors import InputError

LAYERS = ("default", "safe", "threadsafe", "forksafe", "omp", "tbb", "workqueue")


def _check_environment() -> None:
    """Refuse what Numba would answer with a traceback.

    Raises
    ------
    InputError : settings of threads in the environment that cannot be used.
    """
    threads = os.environ.get("NUMBA_NUM_THREADS")
    if threads is not None and not (threads.isascii() and threads.isdigit() and int(threads) > 0):
        raise InputError(
            "not a number of threads", field="NUMBA_NUM_THREADS", value=threads, allowed="1 or more"
        )
    layer = os.environ.get("NUMBA_THREADING_LAYER")
    if layer is not None and layer not in LAYERS:
        raise InputError(
            "no such threading layer",
            field="NUMBA_THREADING_LAYER",
            value=layer,
            allowed=", ".join(LAYERS),
        )


_check_environment()  # Numba reads these when it is imported
import numba  # noqa: E402
import numpy as np  # noqa: E402
from numba import prange as prange  # noqa: E402
from numba.core import caching  # noqa: E402
from numba.np.ufunc import parallel  # noqa: E402

F = TypeVar("F", bound=Callable[..., Any])

f4 = np.float32  # kernels that stay in single precision cast their literals with this
u64 = np.uint64  # and those that work on bits with this: uint64 + 1 silently becomes signed


_NO_WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


@functools.cache
def kernel_cache_dir() -> Path:
    """Folder of the compiled kernels of exactly these sources, this Numba and this user."""
    import platformdirs

    root = Path(__file__).parent
    sources = [*sorted(root.rglob("_scalar*.py")), *sorted(root.rglob("_c*.py")), Path(__file__)]
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes())
    return platformdirs.user_cache_path("skyshade") / "kernels" / digest.hexdigest()[:16]


class _Locator(caching._CacheLocator):
    """Tells Numba to keep a kernel in `kernel_cache_dir`, whatever the source's own date."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._path = kernel_cache_dir() / f"{py_func.__module__}.{py_func.__qualname__}"

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> str:
        return kernel_cache_dir().name

    def get_disambiguator(self) -> str:
        return kernel_cache_dir().name

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator | None:
        locator = cls(py_func, py_file)
        try:
            if not _is_private(kernel_cache_dir().parent):
                return None
            caching._CacheLocator.ensure_cache_path(locator)
        except OSError as error:  # a read-only or full home: compile anew each time
            _say_once(f"compiled kernels cannot be kept ({error.strerror or error})")
            return None
        return locator


def _is_private(folder: Path) -> bool:
    """Make the folder of all kernels; whether it is this user's, and no one else may write there.

    Compiled kernels are unpickled, so a stranger's file in it could run any code. A folder of ours
    that others may write to is made anew.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not hasattr(os, "geteuid"):  # Windows: a user's folder is the user's own
        return True
    state = folder.stat(follow_symlinks=False)
    if state.st_uid != os.geteuid() or not stat.S_ISDIR(state.st_mode):
        _say_once(f"compiled kernels are not kept: {folder} is not a folder of this user's")
        return False
    if state.st_mode & 0o022:
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    return True


@functools.cache
def _say_once(fault: str) -> None:
    logging.getLogger("skyshade").warning(
        "skyshade: %s; this run compiles them itself, which takes a minute or two", fault
    )


class _CacheImpl(caching.CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012 (the name is Numba's)


class _KernelCache(caching.FunctionCache):
    """A cache whose faults cost time and nothing else: what cannot be read is compiled again."""

    _impl_class = _CacheImpl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # cut short or overwritten: whatever its unpickling raises
            _say_once("compiled kernels were damaged and are replaced")
            with contextlib.suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except Exception as error:  # a full disk, or an index that could not be replaced
            _say_once(f"compiled kernels cannot be kept ({getattr(error, 'strerror', error)})")


def plain(function: F) -> F:
    """The Python function behind a compiled one: for single calls, not worth compiling for."""
    return getattr(function, "py_func", function)


def _cached(dispatcher: Any) -> Any:
    cache_of: Any = _KernelCache  # Numba's classes have no annotations
    if hasattr(dispatcher, "_cache"):  # absent when NUMBA_DISABLE_JIT leaves plain Python
        with contextlib.suppress(RuntimeError):  # no writable cache folder
            dispatcher._cache = cache_of(dispatcher.py_func)
    return dispatcher


def is_compiled(kernel: Any) -> bool:
    """Whether a driver or worker has been compiled on this machine before (or never will be)."""
    plain = getattr(kernel, "py_func", None)
    if plain is None:
        return True
    folder = kernel_cache_dir() / f"{plain.__module__}.{plain.__qualname__}"
    return any(folder.glob("*.nbi"))


_turn = threading.RLock()


@functools.cache
def threading_layer() -> str:
    """What Numba shares parallel loops out with: `omp`, `tbb`, or its own `workqueue`.

    Raises
    ------
    InputError : the environment asks for one that is not installed.
    """
    try:
        parallel._launch_threads()
    except ValueError:
        raise InputError(
            "this threading layer is not installed",
            field="NUMBA_THREADING_LAYER",
            value=os.environ.get("NUMBA_THREADING_LAYER"),
            allowed="default, workqueue",
        ) from None
    return str(numba.threading_layer())


def _one_at_a_time() -> contextlib.AbstractContextManager[Any]:
    """Held around every driver: `workqueue` ends the process when two threads are in drivers at
    once. With the other layers this does nothing.
    """
    return _turn if threading_layer() == "workqueue" else contextlib.nullcontext()


def keep_to_this_thread() -> None:
    """Let drivers that this thread calls run on it alone: for threads that share out the work.

    Otherwise each of them would start a thread per core, and all would wait for one another.
    """
    numba.set_num_threads(1)


def scalar(function: F) -> Any:
    """A pure scalar function, inlined into the kernels that call it (identity for checkers)."""
    return numba.njit(error_model="numpy", nogil=True, forceinline=True)(function)


def inner(function: F) -> Any:
    """A scalar function of a kernel's whole state, inlined, for kernels alone.

    It has no wrapper for Python, which would unpack the state and takes longer to compile than the
    function: Python must call `plain` of it, or the process ends.
    """
    return numba.njit(error_model="numpy", nogil=True, forceinline=True, **_NO_WRAPPERS)(function)


def seldom(function: F) -> Any:
    """An `inner` function that is called, not inlined: for what a kernel does once in a while.

    A call with the whole state of a raid costs as much as copying it.
    """
    return numba.njit(error_model="numpy", nogil=True, **_NO_WRAPPERS)(function)


def driver(function: F) -> Any:
    """A parallel CPU loop around scalar functions, compiled once per machine and source.

    Several threads may call it on every machine: where Numba has neither OpenMP nor TBB, they take
    turns.
    """
    compiled: Any = _cached(numba.njit(error_model="numpy", parallel=True, nogil=True)(function))
    if compiled is function:  # NUMBA_DISABLE_JIT leaves plain Python
        return function

    @functools.wraps(function)
    def call(*given: Any) -> Any:
        with _one_at_a_time():
            return compiled(*given)

    call.py_func = function  # type: ignore[attr-defined]  # as a compiled function has it
    return call


def worker(function: F) -> Any:
    """One thread's share of the work, in arrays that the caller made; lets other threads run.

    Without Numba's memory management, which would count references at every use of an array in a
    tuple (nine times slower for the raid kernel), so the function must allocate nothing.
    """
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
    return _cached(numba.njit(**options)(function))


@scalar
def natural(i):  # type: ignore[no-untyped-def]
    """`i`, 0 to 2^31 - 1, read from an array and about to be an index.

    Numba counts negative indices from the end, and asks at each use unless it is plain that there
    is no sign, as it is after this.
    """
    return i & 0x7FFFFFFF


@scalar
def least(a, b):  # type: ignore[no-untyped-def]
    """The smaller of two numbers: `min` itself does not compile for CUDA (Numba 0.68)."""
    return a if a < b else b


@scalar
def most(a, b):  # type: ignore[no-untyped-def]
    """The larger of two numbers: see `least`."""
    return a if a > b else b
