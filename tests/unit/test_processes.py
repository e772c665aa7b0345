"""Calls answered in other processes: the same results and errors, whatever happens there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import cast

import pytest

from skyshade.assess.model import Assessment
from skyshade.errors import InputError
from skyshade.processes import Processes
from skyshade.report.column_charts import through_chart
from skyshade.report.pages.parts import Figures
from skyshade.report.style import About, Figure, canvas, chart, picture


def a_figure() -> Figure:
    figure = canvas(4, 3)
    figure.subplots().plot([0, 1, 4], label="पठानकोट $x$")
    return figure


ROWS = [{"name": "पठानकोट $x$", "band": (0.1, 0.2, 0.9)}]
SENT = partial(through_chart, ROWS, About("A finding", "a measure, per cent", "Source: none."))


def refuse(value: int) -> None:
    raise InputError("no such figure", value=value)


def end_this_process(here: int) -> int:
    """Ends the process, unless it is the one that asks."""
    if os.getpid() != here:
        os._exit(7)
    return 42


@pytest.mark.parametrize("n", [1, 2])
def test_figures_are_the_same_wherever_they_are_drawn(n: int, tmp_path: Path) -> None:
    with Processes(n) as pool:
        drawn = [
            pool.run(picture, SENT, tmp_path / "there.png", 80),
            pool.run(chart, SENT, tmp_path / "there.svg"),
        ]
        here = [
            picture(SENT, tmp_path / "here.png", 80),
            chart(SENT, tmp_path / "here.svg"),
        ]
        assert len(pool._started) == (0 if n == 1 else 2)
        assert [future.result() for future in drawn] == here
    for ending in ("png", "svg"):
        there, here_too = ((tmp_path / f"{w}.{ending}").read_bytes() for w in ("there", "here"))
        assert there == here_too


@pytest.mark.parametrize("n", [1, 2])
def test_errors_come_with_the_result(n: int, tmp_path: Path) -> None:
    with Processes(n) as pool:
        with pytest.raises(InputError, match="no such figure"):
            pool.run(refuse, 3).result()
        with pytest.raises(FileNotFoundError):
            pool.run(chart, a_figure, tmp_path / "no" / "folder.svg").result()
        assert pool.run(os.getpid).result()  # and the process goes on


def test_a_process_that_ends_is_done_without() -> None:
    with Processes(2) as pool:
        assert pool.run(end_this_process, os.getpid()).result() == 42


def test_it_draws_elsewhere_and_leaves_nothing_behind() -> None:
    with Processes(2) as pool:
        number = pool.run(os.getpid).result()
        assert number != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_processes_end_with_a_process_that_is_killed() -> None:
    program = (
        "import os, time\n"
        "from skyshade.processes import Processes\n"
        "print(Processes(2).run(os.getpid).result(), flush=True)\n"
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
    pytest.fail("it goes on")


def test_read_only_mappings_are_sent() -> None:
    """Catalogues are full of them."""
    with Processes(2) as pool:
        assert pool.run(dict, MappingProxyType({"a": 1})).result() == {"a": 1}
        assert pool._started


def test_what_cannot_leave_this_process_is_drawn_in_it() -> None:
    with Processes(2) as pool:
        assert pool.run(lambda: os.getpid()).result() == os.getpid()
        assert pool.run(os.getpid).result() != os.getpid()  # and the process goes on


def test_a_page_gets_its_figures_and_nothing_else_changes(tmp_path: Path) -> None:
    with Processes(1) as pool:
        figures = Figures(cast(Assessment, None), tmp_path, pool)
        marks = [figures.inline(a_figure) for _ in range(11)]
        assert len(set(marks)) == 11
        page = figures.fill(f"<p>data:,figure-99 {marks[10]} {marks[1]}</p>")
    picture_of = chart(a_figure)
    assert page == f"<p>data:,figure-99 {picture_of} {picture_of}</p>"
    assert not [*tmp_path.iterdir()]
