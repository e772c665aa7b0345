"""A full disk under every command that writes: one line, exit code 1, what was there is whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from e2e.conftest import Outcome
from e2e.test_same_bytes import WRITES
from e2e.writers import WRITERS, mirror, write_inputs
from raid_scenarios import SMALL
from skyshade.cli import main
from skyshade.export.raster import write_cog
from skyshade.terrain.model import Grid
from skyshade.web.app import BUNDLE
from unit.test_terrain_fetch import N34E077

SWEEP = ["small.yaml", "--sweep", "n_targets=1:3", "--replicates", "200"]
COMMANDS: dict[str, list[str]] = {
    **{name: [*name.split(), *flags, "--out", "disk/out"] for name, flags in WRITES.items()},
    "raid --sweep": ["raid", *SWEEP, "--out", "disk/out"],
    "export --site": ["export", "flat-earth-check", "--site", "--out", "disk/out"],
}


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


Run = Callable[..., Outcome]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs a command in this process; what C libraries write is caught as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["skyshade", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        return Outcome(int(stop.value.code or 0), *capfd.readouterr())

    at_term = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, at_term)


@pytest.mark.parametrize("disk", [12, 48], indirect=True, ids=lambda kib: f"{kib} KiB")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk(disk: Path, tmp_path: Path, run: Run, command: str) -> None:
    if command == "export --site" and not (BUNDLE / "index.html").is_file():
        pytest.skip("the map is not built")
    (tmp_path / "small.yaml").write_text(SMALL)
    before = contents(disk)
    done = run(*COMMANDS[command])
    after = contents(disk)
    if done.code == 0:
        assert {k: v for k, v in after.items() if k in before} == before
        return
    assert done.code == 1, done.err
    assert "no space left" in done.err, done.err
    assert done.err.count("\n") == 1, done.err
    # pieces of a sweep or of a run that are whole stay, so that it can go on
    pieces = ("outcomes/", "campaign.json", ".unfinished/")
    kept = {k: v for k, v in after.items() if not any(p in k for p in pieces)}
    assert kept == before, sorted(after)


def writer(command: str, url: str = "") -> list[str]:
    """What to run so that all that the command writes goes to the disk."""
    return [part.format(to="disk", url=url) for part in WRITERS[command]]


@pytest.fixture
def home_on_disk(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYSHADE_HOME", str(disk / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize(
    ("disk", "filled"),
    [(12, False), (28, False), (12, True)],
    indirect=["disk"],
    ids=["12 KiB", "28 KiB", "full"],
)
@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.usefixtures("home_on_disk")
def test_a_full_disk_under_whatever_else_writes(
    disk: Path, tmp_path: Path, run: Run, command: str, filled: bool
) -> None:
    """One line, nothing left but what a download can go on from, and room makes it work."""
    write_inputs(tmp_path)
    if filled:
        with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(1024)):
                pass
    before = contents(disk)
    with mirror(tmp_path) as url:
        done = run(*writer(command, url))
        after = contents(disk)
        if done.code == 0:
            assert not filled
            assert {k: v for k, v in after.items() if k in before} == before
            return
        assert done.code == 1, done.err
        assert "no space left" in done.err.lower(), done.err
        assert done.err.count("\n") == 1, done.err
        part = f"home/terrain/copernicus-glo90/{N34E077}.tif.part"
        kept = {k: v for k, v in after.items() if not k.startswith(part)}
        assert kept == before, sorted(after)
        assert (kept == after) or ("run the same command again" in done.err)
        (disk / "filler").unlink(missing_ok=True)
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        again = run(*writer(command, url))
    assert again.code == 0, again.err
    assert not [f for f in contents(disk) if ".skyshade-" in f or f.endswith((".tmp", ".part"))]


def fill(disk: Path) -> None:
    (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free))


@pytest.mark.parametrize("disk", [12], indirect=True)
def test_a_claim_for_which_there_is_no_room(disk: Path, tmp_path: Path, run: Run) -> None:
    assert run(*writer("programme add")).code == 0
    fill(disk)
    before = contents(disk)
    long = "x" * 3000  # more than the last block of the file has left
    done = run(*writer("programme add"), "--note", long, "--id", "another")
    assert done.code == 1 and "no space left" in done.err, done.err
    assert done.err.count("\n") == 1, done.err
    assert contents(disk) == before


@pytest.mark.parametrize("disk", [48], indirect=True)
@pytest.mark.usefixtures("home_on_disk")
def test_a_terrain_set_that_is_removed_without_room(disk: Path, tmp_path: Path, run: Run) -> None:
    """The register stays whole, and with room the same command works."""
    write_inputs(tmp_path)
    assert run(*writer("terrain add")).code == 0
    fill(disk)
    before = contents(disk)
    done = run("terrain", "remove", "tiles")
    assert done.code == 1 and "no space left" in done.err, done.err
    assert done.err.count("\n") == 1, done.err
    assert contents(disk) == before
    (disk / "filler").unlink()
    assert run("terrain", "remove", "tiles").code == 0
    assert run("terrain", "remove", "tiles").code == 2  # it is gone


@pytest.mark.parametrize("disk", [300], indirect=True)
def test_a_raster_too_large_for_memory(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GDAL closes a file of which it could not write all without an error."""
    monkeypatch.setattr("skyshade.export.raster.is_large", lambda _: True)
    noise = np.random.default_rng(1).normal(size=(1500, 1500)).astype(np.float32)
    grid = Grid(Affine(0.01, 0, 70, 0, -0.01, 30), CRS(4326).to_wkt(), noise.shape)
    with pytest.raises(OSError, match="No space left"):
        write_cog(disk / "noise.tif", noise, grid, description="noise")
