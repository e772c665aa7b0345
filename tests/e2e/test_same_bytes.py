"""Every command that writes gives the same bytes, whatever surrounds it.

The first run is in the process of the tests, with one or two threads; the second one in a process
of its own, where everything around it is different.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from e2e.conftest import Run
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
    "reach": ["flat-earth-check", "--draws", "4", "--azimuths", "90", "--area", "India"],
    "export": ["small.yaml", *FORMATS, "--draws", "4", "--replicate", "0"],
    "figure": ["reach", "flat-earth-check", "--draws", "4"],
    "assign": ["--random", "12x8", "--seed", "3"],
    "siting": ["small.yaml", "--draws", "2", "--around", "120 km", "--spacing", "1 deg"],
    "track": ["small.yaml"],
    "raid run": ["small.yaml", "--replicates", "200", "--draws", "4", "--draw-replicates", "20"],
    "raid compare": ["small.yaml", "small.yaml", "--replicates", "200"],
    "assess": ["small.yaml", "--draws", "4"],
}
ELSEWHERE = {"serve": "answers requests; its results are those of the commands below"}
SURROUNDINGS = (
    {"NUMBA_NUM_THREADS": "3", "OMP_NUM_THREADS": "3"}
    | {"NUMBA_THREADING_LAYER": "workqueue"}  # as without OpenMP
    | {"PYTHONHASHSEED": "4711"}  # another order of sets
    | {"LC_ALL": "C", "LANG": "hi_IN.UTF-8", "TZ": "Asia/Kathmandu"}
)


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


def elsewhere(arguments: list[str], folder: Path, **more: str) -> None:
    """Run a command in a process of its own, in surroundings that are all different."""
    done = subprocess.run(
        [sys.executable, "-m", "skyshade", *arguments],
        cwd=folder,
        env=os.environ | SURROUNDINGS | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def files_in(folder: Path) -> dict[str, bytes]:
    """The bytes of all files by name, without the manifest, which tells the time."""
    files = {
        str(f.relative_to(folder)): f.read_bytes()
        for f in folder.rglob("*")
        if f.is_file() and f.name != "manifest.json"
    }
    assert files
    return files


@pytest.mark.parametrize("command", WRITES)
def test_the_same_bytes(
    skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    here, there = tmp_path / "a", tmp_path / "another folder"
    for folder in (here, there):
        folder.mkdir()
        (folder / "small.yaml").write_text(SMALL)
    arguments = [*command.split(), *WRITES[command], "--out"]
    monkeypatch.chdir(here)
    done = skyshade(*arguments, "out")
    assert done.code == 0, done.err
    elsewhere([*arguments, "other name"], there)
    assert_same(files_in(here / "out"), files_in(there / "other name"))


def assert_same(first: dict[str, bytes], again: dict[str, bytes]) -> None:
    assert again.keys() == first.keys()
    assert not [file for file in first if again[file] != first[file]]


def written(folder: Path, to: str) -> dict[str, bytes]:
    """The bytes of whatever a command wrote, where it was run taken out of them."""
    return {
        name: data.replace(bytes(folder / to), b"TO").replace(bytes(folder), b"HERE")
        for name, data in files_in(folder / to).items()
    }


@pytest.mark.parametrize("command", WRITERS)
def test_the_same_bytes_of_whatever_else_is_written(
    skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    here, there = tmp_path / "a" / "one", tmp_path / "b" / "two"
    for folder, to in ((here, "out"), (there, "to")):
        (folder / to).mkdir(parents=True)
        write_inputs(folder)
    monkeypatch.chdir(here)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SKYSHADE_HOME", str(here / "out" / "home"))
    with mirror(tmp_path) as url:
        done = skyshade(*(part.format(to="out", url=url) for part in WRITERS[command]))
        assert done.code == 0, done.err
        arguments = [part.format(to="to", url=url) for part in WRITERS[command]]
        elsewhere(arguments, there, SKYSHADE_HOME=str(there / "to" / "home"))
    assert_same(written(here, "out"), written(there, "to"))
