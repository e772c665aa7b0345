"""Every command that writes gives the same bytes, whatever surrounds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from e2e.writers import WRITERS, mirror, write_inputs
from raid_scenarios import SMALL
from skyshade.cli import app
from skyshade.cli.export import NAMES

FORMATS = [flag for name in NAMES for flag in ("--format", name)]
WRITES: dict[str, list[str]] = {
    "programme show": [],
    "programme forecast": ["--by", "2027-06-30"],
    "programme export": [],
    "radar": ["91N6E"],
    "flyout": ["48N6E3"],
    "coverage": ["flat-earth-check"],
    "compare": ["s-400", "akash", "--draws", "4", "--azimuths", "36", "--altitude", "1 km agl"],
    "reach": ["flat-earth-check", "--draws", "4", "--azimuths", "90"],
    "export": ["small.yaml", *FORMATS, "--draws", "4", "--replicate", "0"],
    "assign": ["--random", "12x8", "--seed", "3"],
    "siting": ["small.yaml", "--draws", "2", "--around", "120 km", "--spacing", "1 deg"],
    "track": ["small.yaml"],
    "raid run": ["small.yaml", "--replicates", "200", "--draws", "4", "--draw-replicates", "20"],
    "raid compare": ["small.yaml", "small.yaml", "--replicates", "200"],
    "assess": ["small.yaml", "--draws", "4"],
}
QUICK = ("programme show", "programme forecast", "programme export", "assign")
ELSEWHERE = {"serve": "answers requests; its results are those of the commands below"}
SURROUNDINGS: dict[str, dict[str, str]] = {
    "one thread": {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    "another order of sets": {"PYTHONHASHSEED": "4711"},
    "another language and zone": {"LC_ALL": "C", "LANG": "hi_IN.UTF-8", "TZ": "Asia/Kathmandu"},
    "no OpenMP": {"NUMBA_THREADING_LAYER": "workqueue"},
}


def commands_that_write() -> set[str]:
    """The commands with a flag `--out`."""

    def walk(command: Any, path: tuple[str, ...]) -> set[str]:
        below = getattr(command, "commands", None)
        if below is not None:
            return set().union(*(walk(c, (*path, name)) for name, c in below.items()))
        writes = any(p.name == "out" for p in command.params)
        return {" ".join(path)} if writes else set()

    return walk(typer.main.get_command(app), ())


def test_no_command_is_left_out() -> None:
    others = {"new", "programme add", "terrain add", "terrain fetch"}  # they have no flag --out
    assert commands_that_write() | others == WRITES.keys() | WRITERS.keys() | ELSEWHERE.keys()


def run(command: str, folder: Path, out: str, **environment: str) -> dict[str, bytes]:
    """The bytes of a run's files by name, without the manifest."""
    folder.mkdir(exist_ok=True)
    (folder / "small.yaml").write_text(SMALL)
    done = subprocess.run(
        [sys.executable, "-m", "skyshade", *command.split(), *WRITES[command], "--out", out],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = {
        str(f.relative_to(folder / out)): f.read_bytes()
        for f in (folder / out).rglob("*")
        if f.is_file() and f.name != "manifest.json"
    }
    shutil.rmtree(folder / out)
    assert files
    return files


@pytest.mark.parametrize(
    "command", [c if c in QUICK else pytest.param(c, marks=pytest.mark.slow) for c in WRITES]
)
def test_the_same_bytes(tmp_path: Path, command: str) -> None:
    """Quick commands in each surrounding by itself, the others in all of them at once."""
    first = run(command, tmp_path / "a", "out")
    together = {"all at once": {k: v for one in SURROUNDINGS.values() for k, v in one.items()}}
    surroundings = SURROUNDINGS if command in QUICK else together
    for k, (name, environment) in enumerate(surroundings.items()):
        again = run(command, tmp_path / f"folder {k}", f"other name {k}", **environment)
        assert again.keys() == first.keys()
        changed = [file for file in first if again[file] != first[file]]
        assert not changed, (name, changed)


def written(command: str, folder: Path, to: str, url: str, **environment: str) -> dict[str, bytes]:
    """The bytes of whatever a command writes, where it was run taken out of them."""
    (folder / to).mkdir(parents=True)
    write_inputs(folder)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "skyshade"),
            *(part.format(to=to, url=url) for part in WRITERS[command]),
        ],
        cwd=folder,
        env=os.environ
        | {"SKYSHADE_HOME": str(folder / to / "home"), "NO_PROXY": "127.0.0.1"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = {
        str(f.relative_to(folder / to)): f.read_bytes().replace(bytes(folder / to), b"TO")
        for f in (folder / to).rglob("*")
        if f.is_file()
    }
    assert files
    return {name: data.replace(bytes(folder), b"HERE") for name, data in files.items()}


@pytest.mark.parametrize("command", WRITERS)
def test_the_same_bytes_of_whatever_else_is_written(tmp_path: Path, command: str) -> None:
    with mirror(tmp_path) as url:
        first = written(command, tmp_path / "a" / "one", "out", url)
        for k, (name, environment) in enumerate(SURROUNDINGS.items()):
            again = written(command, tmp_path / f"{k} b" / "two", f"to {k}", url, **environment)
            assert again.keys() == first.keys()
            changed = [file for file in first if again[file] != first[file]]
            assert not changed, (name, changed)
