"""`skyshade catalogue`: published figures of a system, a part or a target, with sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skyshade.cli._flags import UserFolders

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from skyshade.catalogue import Catalogue, Entry, Figure, Source
    from skyshade.catalogue.model import Kind, Published

PIPE_WIDTH = 100  # columns if the output is not a terminal
YOURS = "yours"  # the mark of an entry of the user's
MIN_WIDTH = 80  # below this a table would have to drop text

# title, kinds shown, headline figures as (heading, key)
SECTIONS: tuple[tuple[str, tuple[Kind, ...], tuple[tuple[str, str], ...]], ...] = (
    (
        "Systems",
        ("system",),
        (
            ("range", "range_max"),
            ("ballistic", "ballistic_range_max"),
            ("altitude", "altitude_max"),
            ("engages", "targets_engaged"),
        ),
    ),
    (
        "Command post, fire unit, radars, launcher",
        ("command_post", "fire_unit", "radar", "launcher"),
        (
            ("instrumented", "instrumented_range"),
            ("detects to", "detection_range"),
            ("tracks", "targets_tracked"),
            ("engages", "targets_engaged"),
            ("carries", "missiles_per_launcher"),
        ),
    ),
    (
        "Missiles",
        ("missile",),
        (
            ("range", "range_max"),
            ("ballistic", "ballistic_range_max"),
            ("altitude", "altitude_max"),
            ("top speed", "speed_max"),
            ("average", "speed_average"),
        ),
    ),
    (
        "Units and orders",
        ("organisation",),
        (
            ("regiments", "regimental_sets"),
            ("battalions", "battalions"),
            ("batteries", "batteries"),
            ("launchers", "launchers"),
            ("missiles", "missiles"),
        ),
    ),
    (
        "Target classes",
        ("target_class",),
        (
            ("speed", "speed"),
            ("altitude", "altitude"),
            ("above ground", "altitude_agl"),
            ("apogee", "apogee"),
            ("RCS", "rcs"),
        ),
    ),
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("catalogue")(catalogue_command)


def catalogue_command(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Name of an entry, e.g. s-400, 91N6E or fighter; or `check`, to check a folder of "
            "your own. [default: all]"
        ),
    ] = None,
    checked: Annotated[
        Path | None,
        typer.Argument(help="The folder to check, after `check`."),
    ] = None,
    catalogue: UserFolders = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with values in SI units.")
    ] = False,
) -> None:
    """List published figures with source, range, confidence and the reason for each default."""
    from skyshade.catalogue import load_catalogue
    from skyshade.errors import InputError

    if name == "check":
        if checked is None:
            raise InputError("which folder is to be checked?", field="check", allowed="a folder")
        _check(checked)
        return
    if checked is not None:
        raise InputError("only `check` takes a folder", value=str(checked))
    known = load_catalogue()
    entries = list(known.entries.values()) if name is None else [known.entry(name)]
    if as_json:
        _print_json(known, entries)
    elif name is None:
        _print_overview(known)
    else:
        _print_entry(known, entries[0])


def _check(folder: Path) -> None:
    from skyshade.fireunit.conformance import check_folder

    found = check_folder(folder)
    print(f"{folder}: good. {found.n_entries} {'entry' if found.n_entries == 1 else 'entries'}.")
    for line in found.assumed:
        print(line)


def _print_json(known: Catalogue, entries: Sequence[Entry]) -> None:
    import json

    from skyshade.catalogue.readable import catalogue_dict

    print(json.dumps(catalogue_dict(known, entries), indent=2, ensure_ascii=False))


def _print_overview(known: Catalogue) -> None:
    console = _console()
    n_figures = sum(len(entry.figures) for entry in known.entries.values())
    console.print(
        f"{len(known.entries)} entries, {n_figures} figures, {len(known.sources)} sources; "
        f"catalogue version {known.version}"
    )
    _print_sections(console, list(known.entries.values()))
    _print_legend(console)
    for folder in known.folders:
        console.print(f"({YOURS}): from {folder}", soft_wrap=True)
    console.print(
        "skyshade catalogue NAME shows every figure, its sources and why it is the default."
    )


def _print_entry(known: Catalogue, entry: Entry) -> None:
    console = _console()
    about = [entry.kind.replace("_", " ")]
    if entry.part_of:
        about.append(f"part of {entry.part_of}")
    if entry.aliases:
        about.append("also called " + ", ".join(entry.aliases))
    if entry.is_users:
        about.append(f"yours, from line {entry.line} of {entry.origin}")
    console.print(f"{entry.id}: {entry.title}", style="bold")
    console.print(f"{'; '.join(about)}; catalogue version {known.version}")

    figures = list(entry.figures.values())
    _print_figures(console, figures)
    _print_legend(console)
    _print_sections(console, known.children(entry.id))
    _print_sources(console, known.sources_of(figures))


def _print_figures(console: Console, figures: Sequence[Figure]) -> None:
    """The figures, then what else is published."""
    table = _figure_table("Figures", "why this is the default")
    for figure in figures:
        _add_published(table, figure, figure, figure.why)
    console.print(table)
    if any(figure.alternatives for figure in figures):
        table = _figure_table("Also published", "why not the default")
        for figure in figures:
            for other in figure.alternatives:
                _add_published(table, figure, other, other.why_not)
        console.print(table)


def _print_sources(console: Console, sources: Sequence[Source]) -> None:
    console.print("Sources (the last word says how much of each was read)", style="bold")
    for source in sources:
        origin = ", ".join(part for part in (source.outlet, source.date) if part)
        console.print(
            ". ".join(filter(None, (f"{source.id}: {source.title}", origin, source.seen)))
        )
        for line in (source.url, source.note):
            if line:
                console.print(f"    {line}", style="dim", soft_wrap=True)


def _print_sections(console: Console, entries: Sequence[Entry]) -> None:
    """One table of headline figures for each kind among the entries."""
    from skyshade.catalogue.readable import readable_value

    for title, kinds, headlines in SECTIONS:
        rows = [entry for entry in entries if entry.kind in kinds]
        if not rows:
            continue
        # leave out columns that no row fills
        filled = [(h, key) for h, key in headlines if any(key in row.figures for row in rows)]
        # the name of these is their title
        named = ("name",) if kinds[0] in ("organisation", "target_class") else ("name", "title")
        table = _table(title, *named, *(heading for heading, _ in filled))
        table.columns[0].no_wrap = True
        for entry in rows:
            cells = (
                readable_value(entry.figures[key]) if key in entry.figures else "–"
                for _, key in filled
            )
            shown = f"{entry.id} ({YOURS})" if entry.is_users else entry.id
            table.add_row(*(shown, entry.title)[: len(named)], *cells)
        console.print(table)


def _add_published(table: Table, figure: Figure, published: Published, why: str) -> None:
    from skyshade.catalogue.readable import circumstances, value_and_range

    table.add_row(
        _two_lines(figure.title, circumstances(published)),
        _two_lines(*value_and_range(published)),
        _two_lines(published.confidence, "memory only" if published.is_memory_only else ""),
        _two_lines(why, f"[{', '.join(published.sources)}]"),
    )


def _print_legend(console: Console) -> None:
    from skyshade.catalogue.readable import LEGEND

    console.print(LEGEND + "\n")


def _two_lines(first: str, second: str) -> Text:
    from rich.text import Text

    return Text.assemble(first, *([("\n" + second, "dim")] if second else []))


def _table(title: str, *headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for heading in headings:  # "fold" breaks a long word over lines instead of cutting it off
        table.add_column(heading, overflow="fold")
    return table


def _figure_table(title: str, reason: str) -> Table:
    table = _table(title, "figure", "value", "confidence", reason)
    table.expand = True
    for column, ratio in zip(table.columns, (28, 18, None, 44), strict=True):
        column.ratio = ratio
    return table


def _console() -> Console:
    import os

    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_WIDTH
    console.width = max(console.width, MIN_WIDTH)
    return console
