"""A full disk under every command that writes: one line, exit code 1, what was there is whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from e2e.test_same_bytes import QUICK, WRITES
from e2e.writers import WRITERS, mirror, write_inputs
from raid_scenarios import SMALL
from skyshade.web.app import BUNDLE
from unit.test_terrain_fetch import N34E077

SWEEP = ["small.yaml", "--sweep", "n_targets=1:3", "--replicates", "200"]
COMMANDS: dict[str, list[str]] = {
    **{name: [*name.split(), *flags, "--out", "disk/out"] for name, flags in WRITES.items()},
    "raid --sweep": ["raid", *SWEEP, "--out", "disk/out"],
    "export --site": ["export", "flat-earth-check", "--site", "--out", "disk/out"],
}
FAST = QUICK


def mount(folder: Path, kib: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk with a file of the user's on it and a few KiB of room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or not shutil.which("mount") or not mount(folder, request.param):
        pytest.skip("a small disk cannot be mounted here")
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("mine")
    yield folder
    unmount(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def run(command: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "skyshade", *COMMANDS[command], *more],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("disk", [12, 48], indirect=True, ids=lambda kib: f"{kib} KiB")
@pytest.mark.parametrize(
    "command", [c if c in FAST else pytest.param(c, marks=pytest.mark.slow) for c in COMMANDS]
)
def test_a_full_disk(disk: Path, tmp_path: Path, command: str) -> None:
    if command == "export --site" and not (BUNDLE / "index.html").is_file():
        pytest.skip("the map is not built")
    (tmp_path / "small.yaml").write_text(SMALL)
    before = contents(disk)
    done = run(command, tmp_path)
    after = contents(disk)
    if done.returncode == 0:
        assert {k: v for k, v in after.items() if k in before} == before
        return
    assert done.returncode == 1, done.stderr
    assert "no space left" in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    # pieces of a sweep or of a run that are whole stay, so that it can go on
    pieces = ("outcomes/", "campaign.json", ".unfinished/")
    kept = {k: v for k, v in after.items() if not any(p in k for p in pieces)}
    assert kept == before, sorted(after)


def run_writer(
    command: str, folder: Path, url: str, *more: str
) -> subprocess.CompletedProcess[str]:
    """Run it in a folder with its inputs, so that all that it writes goes to the disk."""
    arguments = [part.format(to="disk", url=url) for part in WRITERS[command]]
    return subprocess.run(
        [sys.executable, "-m", "skyshade", *arguments, *more],
        cwd=folder,
        env=os.environ
        | {"TMPDIR": str(folder), "SKYSHADE_HOME": str(folder / "disk" / "home")}
        | {"NO_PROXY": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("disk", [12, 28], indirect=True, ids=lambda kib: f"{kib} KiB")
@pytest.mark.parametrize("filled", [False, True], ids=["some room", "full"])
@pytest.mark.parametrize("command", WRITERS)
def test_a_full_disk_under_whatever_else_writes(
    disk: Path, tmp_path: Path, command: str, filled: bool
) -> None:
    """One line, nothing left but what a download can go on from, and room makes it work."""
    write_inputs(tmp_path)
    if filled:
        with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(1024)):
                pass
    before = contents(disk)
    with mirror(tmp_path) as url:
        done = run_writer(command, tmp_path, url)
        after = contents(disk)
        if done.returncode == 0:
            assert not filled
            assert {k: v for k, v in after.items() if k in before} == before
            return
        assert done.returncode == 1, done.stderr
        assert "no space left" in done.stderr.lower(), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        part = f"home/terrain/copernicus-glo90/{N34E077}.tif.part"
        kept = {k: v for k, v in after.items() if not k.startswith(part)}
        assert kept == before, sorted(after)
        assert (kept == after) or ("run the same command again" in done.stderr)
        (disk / "filler").unlink(missing_ok=True)
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        again = run_writer(command, tmp_path, url)
    assert again.returncode == 0, again.stderr
    assert not [f for f in contents(disk) if ".skyshade-" in f or f.endswith((".tmp", ".part"))]


@pytest.mark.parametrize("disk", [12], indirect=True)
def test_a_claim_for_which_there_is_no_room(disk: Path, tmp_path: Path) -> None:
    assert run_writer("programme add", tmp_path, "").returncode == 0
    (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free))
    before = contents(disk)
    long = "x" * 3000  # more than the last block of the file has left
    done = run_writer("programme add", tmp_path, "", "--note", long, "--id", "another")
    assert done.returncode == 1 and "no space left" in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert contents(disk) == before
