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
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import caching

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
            caching._CacheLocator.ensure_cache_path(locator)
        except OSError:  # a read-only home: compile anew each time, correct though slow
            return None
        return locator


class _CacheImpl(caching.CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012 (the name is Numba's)


class _KernelCache(caching.FunctionCache):
    _impl_class = _CacheImpl


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


def one_at_a_time() -> contextlib.AbstractContextManager[Any]:
    """To be held around drivers where several threads may call them.

    Numba's simplest threading layer ends the process when two threads are in drivers at once; with
    the others this does nothing.
    """
    try:
        layer = numba.threading_layer()
    except ValueError:  # no driver has run yet
        return _turn
    return _turn if layer == "workqueue" else contextlib.nullcontext()


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


def called(function: F) -> Any:
    """A scalar function that is called, not inlined, since every copy takes time to compile.

    For what takes a few arrays and stands in many places.
    """
    return numba.njit(error_model="numpy", nogil=True)(function)


def seldom(function: F) -> Any:
    """An `inner` function that is called, not inlined: for what a kernel does once in a while.

    A call with the whole state of a raid costs as much as copying it.
    """
    return numba.njit(error_model="numpy", nogil=True, **_NO_WRAPPERS)(function)


def driver(function: F) -> Any:
    """A parallel CPU loop around scalar functions, compiled once per machine and source."""
    return _cached(numba.njit(error_model="numpy", parallel=True, nogil=True)(function))


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
