"""Names of files that cannot be read, under every command that takes one: one line, exit code 2."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from e2e.conftest import Run
from e2e.writers import CLAIM, WRITERS, write_inputs
from raid_scenarios import SMALL
from skyshade.cli import app

SECONDS = 60
# {p} is the odd path; every parameter of a command that reads a file has its line
READS: dict[str, list[list[str]]] = {
    "validate": [["{p}"], ["flat-earth-check", "--catalogue", "{p}"]],
    "assess": [["{p}"]],
    "raid run": [["{p}"]],
    "raid compare": [["{p}", "small.yaml"], ["small.yaml", "{p}"]],
    "track": [["{p}"]],
    "coverage": [["{p}"], ["--dem", "{p}", "--site", "75.5,30.5", "--range", "20km"]],
    "reach": [["{p}"], ["flat-earth-check", "--line", "{p}"]],
    "compare": [["s-400", "akash", "--dem", "{p}"]],
    "assign": [["{p}"]],
    "export": [["{p}"]],
    "serve": [["{p}", "--port", "0"]],
    "siting": [
        ["{p}"],
        *(["small.yaml", flag, "{p}"] for flag in ("--within", "--area", "--line")),
    ],
    "radar": [["91N6E", "--catalogue", "{p}"]],
    "flyout": [["48N6E3", "--catalogue", "{p}"]],
    "catalogue": [["check", "{p}"], ["s-400", "--catalogue", "{p}"]],
    "records": [["{p}", "--retrieved", "2026-01"]],
    "new": [["case", "--sites", "{p}"]],
    "import tracks": [["{p}"]],
    "programme show": [["{p}"]],
    "programme subjects": [["{p}"]],
    "programme diff": [["{p}", "--from", "2021-01-01", "--to", "2022-01-01"]],
    "programme sanctions": [["--ledger", "{p}"]],
    "programme payments": [["--ledger", "{p}"]],
    "programme agreements": [["--ledger", "{p}"]],
    "programme forecast": [["--ledger", "{p}"]],
    "programme backtest": [["--ledger", "{p}"]],
    "programme whatif": [["--ledger", "{p}", "--sanction", "2027-01-01"]],
    "programme add": [["--ledger", "{p}", "--to", "mine.yaml", *CLAIM], ["--to", "{p}", *CLAIM]],
    "programme export": [["{p}", "--out", "out"]],
    "figure": [["reach", "{p}"]],
    "programme reference": [["{p}"]],
    "programme import-register": [
        ["{p}", "--buyer", "Freedonia"],
        ["register.csv", "--buyer", "Freedonia", "--against", "{p}"],
    ],
    "programme import-package": [["{p}", "--out", "a.yaml"]],
    "terrain add": [["{p}"]],
    "terrain fetch": [["--for", "{p}"], ["--for", "flat-earth-check", "--dem", "{p}"]],
}
READ_NOTHING = {"doctor", "warm", "terrain list", "terrain remove"}


def commands() -> set[str]:
    """Every command there is."""

    def walk(command: Any, path: tuple[str, ...]) -> set[str]:
        below = getattr(command, "commands", None)
        if below is None:
            return {" ".join(path)}
        return set().union(*(walk(c, (*path, name)) for name, c in below.items()))

    return walk(typer.main.get_command(app), ())


def test_no_command_is_left_out() -> None:
    assert commands() == READS.keys() | READ_NOTHING


def _long(folder: Path) -> str:
    return "a" * 300


def _endless(folder: Path) -> str:
    return "/".join(["deep"] * 2000) + ".yaml"


def _device(folder: Path) -> str:
    return "/dev/zero"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "pipe"


def _empty_folder(folder: Path) -> str:
    (folder / "empty").mkdir()
    return "empty"


def _loop(folder: Path) -> str:
    (folder / "loop").symlink_to("loop")
    return "loop"


def _dangling(folder: Path) -> str:
    (folder / "dangling").symlink_to("nowhere.yaml")
    return "dangling"


def _below_a_file(folder: Path) -> str:
    return "small.yaml/deeper.yaml"


def _no_utf8(folder: Path) -> str:
    return os.fsdecode(b"\xff\xfe.yaml")


def _nul(folder: Path) -> str:
    return "a\0b.yaml"  # which no command line can have, but a script that calls the library


def _nothing(folder: Path) -> str:
    return ""


def _forbidden(folder: Path) -> str:
    """Root may read anything, so the system is made to say no."""
    (folder / "forbidden").mkdir()
    (folder / "forbidden" / "a.yaml").write_text("a: 1\n")
    return "forbidden/a.yaml"


ODD: list[Callable[[Path], str]] = [
    *(_long, _endless, _device, _pipe, _empty_folder, _loop, _dangling, _below_a_file, _no_utf8),
    *(_nul, _nothing, _forbidden),
]


OUTPUTS = [_long, _endless, _device, _pipe, _loop, _below_a_file]


@contextmanager
def in_time() -> Iterator[None]:
    """A pipe or a device must not be waited for."""

    def ring(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody look into the folder `forbidden`."""

    def refusing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **named: Any) -> Any:
            if isinstance(path, str | os.PathLike) and "forbidden/" in os.fspath(path):
                raise PermissionError(13, "Permission denied", os.fspath(path))
            return real(path, *args, **named)

        return call

    for name in ("stat", "lstat", "open", "listdir", "scandir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    for module in ("builtins", "io"):
        monkeypatch.setattr(f"{module}.open", refusing(open))


@pytest.mark.parametrize("odd", ODD, ids=lambda f: f.__name__.strip("_"))
@pytest.mark.parametrize("command", READS)
def test_one_line(
    skyshade: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    odd: Callable[[Path], str],
) -> None:
    write_inputs(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.setattr("skyshade.web.server.check_bundle", lambda: None)
    monkeypatch.setattr("skyshade.web.server.Service.run", lambda self: None)
    path = odd(tmp_path)
    if odd is _forbidden:
        forbid(monkeypatch)
    for asked in READS[command]:
        with in_time():
            done = skyshade(*command.split(), *(part.format(p=path) for part in asked))
        said = (command, asked, done.err)
        if command == "programme add" and "--ledger" not in asked and done.code == 0:
            continue  # a name that a new file can have
        assert done.code == 2, said
        assert "Traceback" not in done.err and done.err.count("\n") == 1, said
        assert len(done.err) < 1500, said


@pytest.mark.parametrize("command", [c for c in WRITERS if "{to}" in " ".join(WRITERS[c])])
@pytest.mark.parametrize("odd", OUTPUTS, ids=lambda f: f.__name__.strip("_"))
def test_one_line_where_nothing_can_be_written(
    skyshade: Run, tmp_path: Path, command: str, odd: Callable[[Path], str]
) -> None:
    write_inputs(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    path = odd(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    kind = Path("/dev/zero").stat().st_mode
    done = skyshade(*(path if "{to}" in part else part for part in WRITERS[command]))
    assert (done.code, done.err.count("\n")) == (2, 1), done
    assert len(done.err) < 1500
    assert sorted(tmp_path.rglob("*")) == before
    assert Path("/dev/zero").stat().st_mode == kind


def test_a_link_stays_a_link(skyshade: Run, tmp_path: Path) -> None:
    write_inputs(tmp_path)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "tracks.csv").write_text("")
    (tmp_path / "tracks.csv").symlink_to("kept/tracks.csv")
    assert skyshade("import", "tracks", "recording.csv", "--out", "tracks.csv").code == 0
    assert (tmp_path / "tracks.csv").is_symlink()
    assert (tmp_path / "kept" / "tracks.csv").read_text().startswith("flight")
