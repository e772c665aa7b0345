"""Figures drawn in other processes: the same pictures and errors, whatever happens there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skyshade.errors import InputError
from skyshade.report.pages.parts import Figures
from skyshade.report.painters import Painters
from skyshade.report.style import Figure, canvas, chart, picture


def a_figure() -> Figure:
    figure = canvas(4, 3)
    figure.subplots().plot([0, 1, 4], label="पठानकोट $x$")
    return figure


def refuse(value: int) -> None:
    raise InputError("no such figure", value=value)


def end_this_process(here: int) -> int:
    """Ends the process, unless it is the one that asks."""
    if os.getpid() != here:
        os._exit(7)
    return 42


@pytest.mark.parametrize("n", [1, 2])
def test_figures_are_the_same_wherever_they_are_drawn(n: int, tmp_path: Path) -> None:
    with Painters(n) as painters:
        drawn = [
            painters.paint(picture, a_figure(), tmp_path / "there.png", 80),
            painters.paint(chart, a_figure(), tmp_path / "there.svg"),
        ]
        here = [
            picture(a_figure(), tmp_path / "here.png", 80),
            chart(a_figure(), tmp_path / "here.svg"),
        ]
        assert [future.result() for future in drawn] == here
    for ending in ("png", "svg"):
        there, here_too = ((tmp_path / f"{w}.{ending}").read_bytes() for w in ("there", "here"))
        assert there == here_too


@pytest.mark.parametrize("n", [1, 2])
def test_errors_come_with_the_result(n: int, tmp_path: Path) -> None:
    with Painters(n) as painters:
        with pytest.raises(InputError, match="no such figure"):
            painters.paint(refuse, 3).result()
        with pytest.raises(FileNotFoundError):
            painters.paint(chart, a_figure(), tmp_path / "no" / "folder.svg").result()
        assert painters.paint(os.getpid).result()  # and the process goes on


def test_a_process_that_ends_is_done_without() -> None:
    with Painters(2) as painters:
        assert painters.paint(end_this_process, os.getpid()).result() == 42


def test_it_draws_elsewhere_and_leaves_nothing_behind() -> None:
    with Painters(2) as painters:
        number = painters.paint(os.getpid).result()
        assert number != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_painters_end_with_a_process_that_is_killed() -> None:
    program = (
        "import os, time\n"
        "from skyshade.report.painters import Painters\n"
        "print(Painters(2).paint(os.getpid).result(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    for _ in range(500):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("the painter goes on")


def test_a_page_gets_its_figures_and_nothing_else_changes(tmp_path: Path) -> None:
    with Painters(1) as painters:
        figures = Figures(tmp_path, painters)
        first, none = figures.svg("one", a_figure()), figures.svg("two", None)
        marks = [first, *(figures.inline(a_figure()) for _ in range(10))]
        assert none == ""
        assert len(set(marks)) == 11
        page = figures.fill(f"<p>data:,figure-99 {marks[10]} {first}</p>")
    picture_of = chart(a_figure())
    assert page == f"<p>data:,figure-99 {picture_of} {picture_of}</p>"
    assert [path.name for path in tmp_path.iterdir()] == ["one.svg"]
