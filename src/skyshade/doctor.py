"""What this installation can do, and what it lacks: `skyshade doctor`.

Nothing is changed, nothing is fetched and no kernel is compiled.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skyshade import __version__, _jit
from skyshade.errors import SkyshadeError
from skyshade.memory import free_bytes
from skyshade.shown import count

State = Literal["works", "missing", "broken"]
NEEDED = ("numpy", "numba", "rasterio", "pyproj", "scipy", "pandas", "pyarrow", "matplotlib")
# what each extra is for, and the module that shows that it is there
EXTRAS = {
    "export": ("GeoPackage, and provenance of a ledger", ("pyogrio", "prov")),
    "cluster": ("sweeps on a Dask cluster", ("distributed",)),
    "notebook": ("maps to explore in a notebook", ("plotly",)),
    "rl": ("the defender as a learning environment", ("gymnasium",)),
}
NODE_FROM = 20
TIMEOUT_S = 10


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    needed : without it the commands do not work; the rest are additions.
    remedy : how to get or mend it; empty if it works.
    """

    what: str
    state: State
    details: str
    remedy: str = ""
    needed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "what": self.what,
            "state": self.state,
            "details": self.details,
            "remedy": self.remedy,
            "needed": self.needed,
        }


def examine() -> tuple[Finding, ...]:
    """Look at everything that a command may need; a fault in one look does not end the others."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _versions,
        _kernels,
        _threads,
        _terrain,
        _memory,
        _gpu,
        _extras,
        _map,
    )
    found: list[Finding] = []
    for look in looks:
        try:
            found.extend(look())
        except Exception as error:  # whatever a broken library raises is what is looked for here
            name = look.__name__.strip("_")
            said = f"{type(error).__name__}: {error}".split("\n")[0]
            found.append(Finding(name, "broken", said, "Install Skyshade anew.", needed=True))
    return tuple(found)


def _versions() -> Iterator[Finding]:
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding("Skyshade", "works", f"{__version__} on {python}", needed=True)
    for name in NEEDED:
        try:
            importlib.import_module(name)
            yield Finding(name, "works", importlib.metadata.version(name), needed=True)
        except Exception as error:
            yield Finding(name, "broken", str(error).split("\n")[0], _pip(name), needed=True)


def _kernels() -> Iterator[Finding]:
    """Whether compiled kernels can be kept, and how many of this version there are."""
    folder = _jit.kernel_cache_dir()
    count = len(list(folder.glob("*/*.nbi"))) if folder.is_dir() else 0
    details = f"{folder}: {count} kept"
    place = folder
    while not place.exists():
        place = place.parent
    remedy = ""
    if not os.access(place, os.W_OK):
        remedy = f"Make {place} writable, or set XDG_CACHE_HOME to a folder that is."
    elif folder.parent.exists() and not _is_mine(folder.parent):
        remedy = f"Remove {folder.parent}: it belongs to somebody else."
    elif not _can_write(place):
        remedy = f"Make room on the disk of {place}."
    if remedy:
        details = f"{details}; each run compiles anew, which takes a minute or two"
    yield Finding("compiled kernels", "broken" if remedy else "works", details, remedy)


def _is_mine(folder: Path) -> bool:
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(64 * 1024))
            file.flush()
    except OSError:
        return False
    return True


def _threads() -> Iterator[Finding]:
    import numba

    try:
        layer = _jit.threading_layer()
    except SkyshadeError as error:
        remedy = "Unset NUMBA_THREADING_LAYER."
        yield Finding("threading layer", "broken", str(error), remedy, needed=True)
        return
    details, remedy = f"{layer}, {numba.get_num_threads()} threads", ""
    if layer == "workqueue":
        details += "; parallel kernels take turns, so two jobs at once are no faster than one"
        remedy = "Install OpenMP (libgomp1 on Debian) or `pip install tbb`."
    yield Finding("threading layer", "works", details, remedy, needed=True)


def _terrain() -> Iterator[Finding]:
    from skyshade.terrain.library import terrain_sets

    sets = terrain_sets()
    names = ", ".join(sets)
    yield Finding("terrain", "works", f"{count(len(sets), 'set')}: {names}", needed=True)
    if len(sets) < 2:
        remedy = "`skyshade terrain fetch` gets 30 m or 90 m, `terrain add` takes your own."
        yield Finding("finer terrain", "missing", "only the built-in 30 arc-seconds", remedy)


def _memory() -> Iterator[Finding]:
    free = free_bytes()
    if free is None:
        yield Finding("memory", "works", "the system does not say how much is free")
        return
    details = f"{free / 2**30:.1f} GiB free, {os.cpu_count()} processors"
    low = free < 2**30
    remedy = "End other programs: terrain of 600 km needs about 1 GiB." if low else ""
    yield Finding("memory", "broken" if low else "works", details, remedy)


def _gpu() -> Iterator[Finding]:
    try:
        from numba import cuda

        there = bool(cuda.is_available())
        name = cuda.get_current_device().name if there else ""
    except Exception as error:
        there, name = False, str(error).split("\n")[0]
    if there:
        shown = name.decode() if isinstance(name, bytes) else str(name)
        yield Finding("GPU", "works", shown)
        return
    remedy = "An NVIDIA card with its driver, and `pip install 'skyshade[gpu]'`; never required."
    yield Finding("GPU", "missing", name or "no CUDA device is seen", remedy)


def _extras() -> Iterator[Finding]:
    for extra, (purpose, modules) in EXTRAS.items():
        absent = [m for m in modules if not _is_there(m)]
        state: State = "missing" if absent else "works"
        details = purpose if not absent else f"{purpose}; not installed: {', '.join(absent)}"
        yield Finding(f"extra '{extra}'", state, details, _pip(f"skyshade[{extra}]") * bool(absent))


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _map() -> Iterator[Finding]:
    """The map in a browser: whether it is built, and what building and testing it need."""
    page = Path(__file__).parent / "web/static/index.html"
    source = Path(__file__).parent / "web/app/package.json"
    if page.is_file():
        yield Finding("map", "works", f"built: {page.parent}")
    else:
        remedy = "`make map` in a checkout; an installed package has it."
        yield Finding("map", "missing", "`skyshade serve` and `export --site` need it", remedy)
    if not source.is_file() and page.is_file():
        return  # an installed package builds and tests nothing
    version = _said_by("node", "--version")
    number = re.match(r"v([0-9]+)\.", version)
    remedy = f"Node.js {NODE_FROM} or newer, from nodejs.org or the system's packages."
    if number is None:
        yield Finding("Node.js", "missing", "builds the map in a checkout", remedy)
    elif int(number[1]) < NODE_FROM:
        yield Finding("Node.js", "broken", version, remedy)
    else:
        yield Finding("Node.js", "works", version)
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser:
        yield Finding("Chromium", "works", browser)
    else:
        remedy = "The package 'chromium' of the system; only the tests of the map need it."
        yield Finding("Chromium", "missing", "not on the path", remedy)


def _said_by(*command: str) -> str:
    """What a program says in one line; empty if there is none, or it fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _pip(name: str) -> str:
    return f"`{Path(sys.executable).name} -m pip install '{name}'`"
