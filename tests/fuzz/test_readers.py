"""Every reader of a foreign file under damaged files: one refusal, in bounded time and memory.

Each seed in `seeds/` is a good file of one kind. `SKYSHADE_FUZZ=2000` tries so many mutations of
each; without it a few dozen run, always the same.
"""

from __future__ import annotations

import functools
import os
import random
import signal
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from fuzz.mutate import mutated
from skyshade.assignment.read import read_instance
from skyshade.catalogue.load import catalogue_with
from skyshade.catalogue.node import read_file
from skyshade.engagement.recordings import read_recording
from skyshade.engagement.records import derive_records
from skyshade.engagement.tracks import read_tracks
from skyshade.errors import InputError
from skyshade.programme import load_ledger
from skyshade.programme.exchange import package_files, read_package
from skyshade.programme.register import read_registers
from skyshade.reach.gaps import read_lines
from skyshade.reach.interest import read_areas
from skyshade.scenario import load_scenario
from skyshade.scenario.site_files import read_sites
from skyshade.terrain.dem import load_dem
from skyshade.terrain.library import read_absent, terrain_sets
from skyshade.web.jobs import Jobs
from skyshade.yamlfile import load_json, load_yaml

SEEDS = Path(__file__).parent / "seeds"
TRIES = int(os.environ.get("SKYSHADE_FUZZ", "60"))
MiB = 2**20


class Reader(NamedTuple):
    """A kind of file: its seed, who reads it, and what one reading may take."""

    seed: str
    read: Callable[[Path], object]
    memory: int = 64 * MiB
    seconds: int = 5
    tries: int = 1  # one in so many


def _register(file: Path) -> object:
    os.environ["SKYSHADE_HOME"] = str(file.parent)
    return terrain_sets()


def _job(file: Path) -> object:
    (file.parent / "jobs").mkdir(exist_ok=True)
    file.replace(file.parent / "jobs" / file.name)
    return Jobs(file.parent, {}).all()


def _package(name: str) -> Callable[[Path], object]:
    """Read a data package of which one file is the damaged one."""

    def read_package_with(file: Path) -> object:
        folder = file.parent / "package"
        folder.mkdir(exist_ok=True)
        for other, text in _package_files().items():
            (folder / other).write_text(text, "utf-8")
        (folder / name).write_bytes(file.read_bytes())
        return read_package(folder)

    return read_package_with


@functools.cache
def _package_files() -> dict[str, str]:
    return dict(package_files(load_ledger(SEEDS / "ledger.yaml")))


def _catalogue(file: Path) -> object:
    """Read a catalogue of the user's of which one file is damaged."""
    folder = file.parent / "own"
    folder.mkdir(exist_ok=True)
    (folder / "entries.yaml").write_bytes(file.read_bytes())
    return catalogue_with([str(folder)])


READERS = [
    Reader("scenario.yaml", load_scenario),
    Reader("raid.yaml", load_scenario),
    Reader("raid.yaml", load_yaml),
    Reader("raid.yaml", read_file),
    Reader("ledger.yaml", load_ledger),
    Reader("tracks.csv", read_tracks),
    Reader("tracks.csv.gz", read_tracks, memory=512 * MiB),
    Reader("line.geojson", read_lines),
    Reader("line.geojson", load_json),
    Reader("area.geojson", read_areas),
    Reader("dem.tif", load_dem, memory=512 * MiB),
    Reader("tiled.tif", load_dem, memory=512 * MiB),
    Reader("terrain.json", _register),
    Reader("absent.json", lambda file: read_absent(file.parent)),
    Reader("job-0123456789abcdef.json", _job),
    *(
        Reader(name, read_recording, memory=512 * MiB)
        for name in (
            *("opensky.csv", "states.json", "readsb.json", "trace.json", "sbs.txt", "fr24.csv"),
            *("flight.acmi", "flight.zip.acmi"),
        )
    ),
    *(Reader(f"sites.{kind}", read_sites) for kind in ("kml", "kmz", "geojson", "csv")),
    *(Reader(f"instance.{kind}", read_instance) for kind in ("json", "csv", "npz")),
    Reader("register.csv", read_registers),
    Reader("attacks.csv", derive_records),
    *(
        Reader(name, _package(name), tries=4)
        for name in ("datapackage.json", "claims.csv", "subjects.csv", "sources.csv")
    ),
    Reader("catalogue.yaml", _catalogue, tries=4),
]


class TooSlowError(Exception):
    pass


@contextmanager
def limited(reader: Reader) -> Iterator[None]:
    """Time by an alarm, memory of Python and numpy by counting it."""

    def ring(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(reader.seconds * 4)  # a busy machine
    tracemalloc.reset_peak()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < reader.memory
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def counted() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("reader", READERS, ids=lambda r: f"{r.seed}-{r.read.__name__}")
def test_a_damaged_file_is_read_or_refused_in_one_line(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: None
) -> None:
    monkeypatch.setenv("SKYSHADE_HOME", str(tmp_path))
    monkeypatch.setattr("skyshade.web.jobs.AT_ONCE", 0)
    seed = SEEDS / reader.seed
    whole = seed.read_bytes() if seed.exists() else _package_files()[reader.seed].encode()
    refused, tries = 0, TRIES // reader.tries
    for k in range(tries):
        rng = random.Random(f"{reader.seed} {k}")
        data = mutated(whole, rng) if k else whole
        file = tmp_path / reader.seed
        file.write_bytes(data)
        with warnings.catch_warnings(), limited(reader):
            warnings.simplefilter("ignore")
            try:
                reader.read(file)
            except InputError as error:
                assert k, error  # the seed itself is good
                assert "\n" not in str(error) and len(str(error)) < 1500
                refused += 1
            except Exception as error:
                (tmp_path / f"found-{k}").write_bytes(data)
                raise AssertionError(f"mutation {k} of {reader.seed}: {error!r}") from error
    assert refused > tries // 10 or reader.seed.startswith("job")
