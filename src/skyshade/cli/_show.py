"""Progress bars, tables and the list of written files, shared by all commands."""

from __future__ import annotations

import contextlib
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skyshade.terrain.model import Dem

LINE = 120  # letters of a line of prose

interrupted = threading.Event()  # set by Ctrl-C


@contextlib.contextmanager
def stage_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar per stage on standard error; silent when that is not a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        tasks: dict[str, Any] = {}

        def update(stage: str, done: int, total: int) -> None:
            if interrupted.is_set():
                raise KeyboardInterrupt
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield update


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; columns after the second are flush right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    wide = None if sys.stdout.isatty() else 160
    table = Table(title=Text(title), title_justify="left", title_style="bold", header_style="bold")
    for i, heading in enumerate(headings):
        column = Text(heading)
        table.add_column(column, justify="left" if i < 2 else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=wide, markup=False).print(table)  # cells may hold a file's own words


def say_terrain(dem: Dem) -> None:
    """Print how the terrain's rasters were taken, in one sentence."""
    if dem.settled:
        print(textwrap.fill(f"Terrain {dem.name}: {dem.settled}.", LINE))


def say_written(out: Path, files: Sequence[str]) -> None:
    """Print the names of the written files, in one line."""
    print("Written: " + ", ".join(str(out / f) for f in files))
