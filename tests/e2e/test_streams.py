"""Closed streams, readers that go away, signals at any moment, folders that are in use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "skyshade"]
EXPORT = ["export", "flat-earth-check", "--format", "kml"]
QUICK = ["programme", "export", "india-s400"]


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line in a shell; `"$@"` in it stands for the command."""
    return subprocess.run(
        ["sh", "-c", line, "sh", *COMMAND], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, closed: str) -> None:
    """The result is the same, and nothing that is printed lands in a file of it."""
    done = shell(f'"$@" {" ".join(QUICK)} --out out {closed}')
    assert done.returncode == 0 and done.stderr == ""
    kept = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert kept["claims.csv"].startswith(b"id,")
    assert not any(b"Written:" in data for data in kept.values())


def test_a_bad_command_with_closed_streams() -> None:
    assert shell('"$@" export nowhere --format kml 2>&-').returncode == 2


def test_ctrl_c_at_any_moment_of_the_start() -> None:
    """Never a traceback: before the command begins the process ends of the signal alone."""
    for k in range(8):
        process = subprocess.Popen(
            [*COMMAND, "catalogue"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        time.sleep(0.06 + 0.05 * k)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        code = process.wait(20)
        # Python itself, before it reads the first line of the package, may say KeyboardInterrupt
        assert code in (0, 130, -signal.SIGINT) or (code == 1 and "KeyboardInterrupt" in said), said
        assert "/skyshade/" not in said or said.count("\n") <= 1


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs SIGHUP")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM"])
def test_a_closed_terminal_leaves_no_scratch(tmp_path: Path, name: str) -> None:
    process = start_and_wait(tmp_path)
    process.send_signal(number := getattr(signal, name))
    assert process.wait(20) == 128 + number
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs SIGHUP")
def test_nohup_is_heeded(tmp_path: Path) -> None:
    process = start_and_wait(tmp_path, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.kill()
    process.wait()


def test_what_is_killed_leaves_nothing_for_long(tmp_path: Path) -> None:
    process = start_and_wait(tmp_path)
    busy = subprocess.run(
        [*COMMAND, *EXPORT, "--out", "out"], capture_output=True, text=True, check=False
    )
    assert busy.returncode == 1 and "in use by another run" in busy.stderr
    assert busy.stderr.count("\n") == 1
    process.kill()
    process.wait()
    assert list((tmp_path / "out").glob(".skyshade-*"))
    again = subprocess.run([*COMMAND, *QUICK, "--out", "out"], check=False, capture_output=True)
    assert again.returncode == 0
    assert not list((tmp_path / "out").glob(".*"))


def start_and_wait(
    tmp_path: Path, before: Callable[[], object] | None = None
) -> subprocess.Popen[str]:
    """A command that holds `out` and waits."""
    code = (
        "import skyshade.cli.export as e, time, skyshade.export.formats as f\n"
        "import skyshade.cli as c\n"
        "def wait(*_):\n"
        "    print('busy', flush=True)\n"
        "    time.sleep(60)\n"
        "f.WRITERS['kml'] = wait\n"
        "from skyshade.__main__ import main; main()"
    )
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", code, *EXPORT, "--out", "out"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    return process


def test_output_folders_with_odd_names(tmp_path: Path) -> None:
    """A name that is not UTF-8 works, or is refused in one line."""
    folder = os.fsencode(tmp_path) + b"/\xff\xfe out"
    done = subprocess.run(
        [*COMMAND, *QUICK, "--out", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(os.fsdecode(folder), "claims.csv").exists()
