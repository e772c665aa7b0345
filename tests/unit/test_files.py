"""Results appear whole or not at all."""

from __future__ import annotations

import errno
import json
import math
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasterio.errors import RasterioIOError

from skyshade.errors import InputError, NoSpaceError, WorkError
from skyshade.files import check_finished, results_folder, write_json, write_whole
from skyshade.programme.exchange import read_package
from skyshade.terrain.library import find_terrain
from skyshade.yamlfile import read_bytes


def contents(folder: Path) -> dict[str, str]:
    """Every file under a folder, hidden ones too, with its text."""
    return {
        str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder that holds the results of an earlier run."""
    out = tmp_path / "out"
    (out / "maps").mkdir(parents=True)
    (out / "a.json").write_text("earlier a")
    (out / "maps" / "m.png").write_text("earlier m")
    return out


def test_files_appear_when_the_block_ends(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "out"
    with results_folder(out) as folder:
        (folder / "a.json").write_text("a")
        (folder / "maps").mkdir()
        (folder / "maps" / "m.png").write_text("m")
        assert not (out / "a.json").exists()
    assert contents(out) == {"a.json": "a", "maps/m.png": "m"}
    assert not folder.exists()


def test_earlier_files_are_replaced_or_stay(earlier: Path) -> None:
    with results_folder(str(earlier)) as folder:
        (folder / "a.json").write_text("new a")
        assert (earlier / "a.json").read_text() == "earlier a"
    assert contents(earlier) == {"a.json": "new a", "maps/m.png": "earlier m"}


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), InputError("x"), WorkError("x"), MemoryError(), KeyboardInterrupt()],
)
def test_nothing_changes_when_the_block_raises(earlier: Path, error: BaseException) -> None:
    before = contents(earlier)
    with pytest.raises(type(error)) as caught, results_folder(earlier) as folder:
        (folder / "a.json").write_text("half")
        (folder / "z.json").write_text("half")
        raise error
    assert caught.value is error
    assert contents(earlier) == before
    assert sorted(p.name for p in earlier.iterdir()) == ["a.json", "maps"]


def test_a_new_folder_goes_again_when_the_block_raises(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x"), results_folder(tmp_path / "new" / "out"):
        raise ValueError("x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk: /dev/full")
def test_full_disk(earlier: Path) -> None:
    before = contents(earlier)
    with (
        pytest.raises(NoSpaceError, match="no space left for the results") as caught,
        results_folder(earlier) as folder,
    ):
        write_json(folder / "a.json", {"half": 1})
        (folder / "b.json").symlink_to("/dev/full")  # every write there fails as on a full disk
        write_json(folder / "b.json", list(range(100_000)))
    assert str(caught.value).startswith(f"{earlier}: ")
    assert caught.value.exit_code == 1
    assert contents(earlier) == before


def test_the_move_fails(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    before = contents(earlier)
    monkeypatch.setattr(Path, "replace", refuse)
    with (
        pytest.raises(WorkError, match="writing results failed: Input/output error"),
        results_folder(earlier) as folder,
    ):
        (folder / "a.json").write_text("new")
    assert contents(earlier) == before


@pytest.mark.parametrize(("obstacle", "is_folder"), [("z.json", True), ("sub", False)])
def test_a_name_is_taken(earlier: Path, obstacle: str, is_folder: bool) -> None:
    if is_folder:
        (earlier / obstacle).mkdir()
    else:
        (earlier / obstacle).write_text("a file where a folder should be")
    before = contents(earlier)
    with (
        pytest.raises((InputError, WorkError), match=obstacle),
        results_folder(earlier) as folder,
    ):
        (folder / "a.json").write_text("new")
        (folder / "z.json").write_text("new")
        (folder / "sub").mkdir()
        (folder / "sub" / "s.json").write_text("new")
    assert contents(earlier) == before


def test_out_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("precious")
    for out in (file, file / "below"):
        with pytest.raises(InputError) as caught, results_folder(out):
            pytest.fail("the block must not run")
        assert str(caught.value) == f"{out}: the output folder is a file"
    assert file.read_text() == "precious"


def test_out_is_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="out: "), results_folder(tmp_path / "out"):
        pytest.fail("the block must not run")


def test_out_is_a_link_to_a_folder(tmp_path: Path, earlier: Path) -> None:
    (tmp_path / "link").symlink_to(earlier)
    with results_folder(tmp_path / "link") as folder:
        (folder / "a.json").write_text("new")
    assert (earlier / "a.json").read_text() == "new"


def test_out_name_is_too_long(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="cannot write here: "),
        results_folder(tmp_path / ("a" * 300)),
    ):
        pytest.fail("the block must not run")


@pytest.mark.parametrize("call", ["pathlib.Path.mkdir", "tempfile.mkdtemp"])
def test_out_is_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def refuse(*_: object, **__: object) -> None:  # root, who runs many a CI, may write anywhere
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(call, refuse)
    with pytest.raises(InputError) as caught, results_folder(tmp_path / "new"):
        pytest.fail("the block must not run")
    assert str(caught.value) == f"{tmp_path / 'new'}: cannot write here: Permission denied"


def test_results_can_be_read_by_others(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    usual = stat.S_IMODE((tmp_path / "usual").stat().st_mode)
    with results_folder(tmp_path / "out") as folder:
        (folder / "maps").mkdir()
        (folder / "maps" / "m.png").write_text("m")
    assert stat.S_IMODE((tmp_path / "out" / "maps" / "m.png").stat().st_mode) == usual


def test_two_runs_at_once_into_one_folder(tmp_path: Path) -> None:
    with results_folder(tmp_path) as one:
        with pytest.raises(WorkError, match="in use by another run"), results_folder(tmp_path):
            pytest.fail("the block must not run")
        (one / "a").write_text("one")
    with results_folder(tmp_path) as other:
        (other / "b").write_text("other")
    assert contents(tmp_path) == {"a": "one", "b": "other"}


def test_a_second_run_may_wait(tmp_path: Path) -> None:
    """Sixteen threads want the folder at once, and each gets it."""

    def one(name: str) -> None:
        with results_folder(tmp_path, wait_s=30) as folder:
            (folder / name).write_text(name)

    names = [f"{k}" for k in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, names))
    assert contents(tmp_path) == {name: name for name in names}


def test_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    (tmp_path / ".skyshade-left").mkdir()
    (tmp_path / ".skyshade-left" / "half.json").write_text("{")
    (tmp_path / ".skyshade-0.tmp").write_text("half")
    (tmp_path / "mine.txt").write_text("mine")
    with results_folder(tmp_path) as folder:
        (folder / "a").write_text("a")
    assert contents(tmp_path) == {"a": "a", "mine.txt": "mine"}


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_killed_while_files_move(
    earlier: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    """A stop between two renames is marked, and the manifest is never the newer part of a mix."""
    (earlier / "manifest.json").write_text("earlier")
    real, count = Path.replace, iter(range(99))

    def stop(self: Path, target: Path) -> Path:
        if next(count) == moved:
            raise SystemExit(143)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(SystemExit), results_folder(earlier) as folder:
        for name in ("a.json", "manifest.json", "z.json"):
            (folder / name).write_text("new")
        (folder / "maps").mkdir()
        (folder / "maps" / "m.png").write_text("new")
    left = contents(earlier)
    assert left["manifest.json"] == "earlier"
    assert "Run the same command again" in left["INCOMPLETE.txt"]
    monkeypatch.setattr(Path, "replace", real)
    for file in (earlier, earlier / "a.json", earlier / "maps" / "m.png"):
        with pytest.raises(InputError, match="unfinished, because the run that wrote them"):
            check_finished(file)
    check_finished(earlier / "mine.txt")  # which the run had nothing to do with


def stop_in_mid_move(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of two files of which only the first has moved."""

    def stop(self: Path, target: Path) -> Path:
        if target.name == "z.json":
            raise SystemExit(137)
        return real(self, target)

    real = Path.replace
    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(SystemExit), results_folder(earlier) as folder:
        for name in ("a.json", "z.json"):
            (folder / name).write_text("new")
    monkeypatch.setattr(Path, "replace", real)


def test_the_mark_goes_when_all_of_its_files_are_new(
    earlier: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop_in_mid_move(earlier, monkeypatch)
    with results_folder(earlier) as folder:
        for name in ("a.json", "z.json"):
            (folder / name).write_text("newer")
    assert contents(earlier) == {"a.json": "newer", "z.json": "newer", "maps/m.png": "earlier m"}
    assert "an earlier run was stopped while it wrote here" in caplog.text
    assert caplog.text.count("\n") == 1
    check_finished(earlier)


@pytest.mark.parametrize("files", [[], ["z.json"], ["b.json"], ["b.json", "c.json"]])
def test_another_command_does_not_take_the_mark_away(
    earlier: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    files: list[str],
) -> None:
    """What it does not write stays the mix that it was, and is said to be."""
    stop_in_mid_move(earlier, monkeypatch)
    with results_folder(earlier) as folder:
        for name in files:
            (folder / name).write_text("other")
    assert {name: contents(earlier)[name] for name in files} == dict.fromkeys(files, "other")
    with pytest.raises(InputError):
        check_finished(earlier / "a.json")
    for name in files:
        check_finished(earlier / name)
    left = 1 if files == ["z.json"] else 2
    assert (f"{left} files of that run" in caplog.text) == bool(files)


def test_a_file_of_an_unfinished_folder_is_not_read(
    earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_in_mid_move(earlier, monkeypatch)
    with pytest.raises(InputError, match=r"Run the command that makes .* again"):
        read_bytes(earlier / "a.json")
    with pytest.raises(InputError, match="results are unfinished"):
        read_package(earlier)
    with pytest.raises(InputError, match="results are unfinished"):
        find_terrain(earlier)


def test_a_file_of_that_name_that_is_the_users_own_says_nothing(earlier: Path) -> None:
    (earlier / "INCOMPLETE.txt").write_text("what I have still to do\na.json\n")
    check_finished(earlier)
    check_finished(earlier / "a.json")


def test_killed_at_every_move(tmp_path: Path) -> None:
    """The real thing: a process that is killed before each rename, and a look at what is left."""
    code = (
        "import os, signal, sys; from pathlib import Path; from skyshade.files import "
        "results_folder; real, n = Path.replace, [int(sys.argv[1])]\n"
        "def replace(self, target):\n"
        "    if n[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    n[0] -= 1; return real(self, target)\n"
        "Path.replace = replace\n"
        "with results_folder(Path(sys.argv[2])) as f:\n"
        "    for k in range(4): (f / f'{k}.json').write_text('new')\n"
        "    (f / 'manifest.json').write_text('new')\n"
    )
    names = [*(f"{k}.json" for k in range(4)), "manifest.json"]
    for moved in range(6):
        out = tmp_path / f"out-{moved}"
        out.mkdir()
        for name in names:
            (out / name).write_text("old")
        command = [sys.executable, "-c", code, str(moved), str(out)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode == 0) == (moved == 5), done.stderr
        found = {name: (out / name).read_text() for name in names}
        assert list(found.values()).count("new") == moved
        mixed = set(found.values()) == {"old", "new"}
        marked = (out / "INCOMPLETE.txt").is_file()
        assert marked or not mixed
        assert marked == (moved < 5)
        if marked:
            with pytest.raises(InputError):
                check_finished(out)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk: /dev/full")
def test_one_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "deep" / "a.json"
    write_whole(file, "first")
    write_whole(file, "second")
    assert contents(tmp_path) == {"deep/a.json": "second"}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NoSpaceError, match="the file is as it was"):
        write_whole(file, "third")
    assert contents(tmp_path) == {"deep/a.json": "second"}


def test_a_library_that_says_it_in_its_own_words(
    earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GDAL closes a raster on a full disk with an error of its own class."""
    before = contents(earlier)
    for error in (RasterioIOError("write failed: No space left on device"), RasterioIOError("?")):
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
        with (
            pytest.raises(NoSpaceError, match="Earlier results in it are unchanged"),
            results_folder(earlier),
        ):
            raise error
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=2**40))
    with pytest.raises(WorkError, match="failed: odd"), results_folder(earlier):
        raise RasterioIOError("odd")
    with pytest.raises(TypeError), results_folder(earlier):
        raise TypeError("a fault of the program stays one")
    assert contents(earlier) == before


def test_json_keeps_order_and_letters(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"z": 1, "a": "é", "n": None})
    assert (tmp_path / "a.json").read_text("utf-8") == '{\n  "z": 1,\n  "a": "é",\n  "n": null\n}\n'
    write_json(tmp_path / "a.json", [1, {"b": 2}], indent=None)
    assert json.loads((tmp_path / "a.json").read_text()) == [1, {"b": 2}]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_json_has_no_nan(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": [number]})
    assert not (tmp_path / "a.json").exists()
