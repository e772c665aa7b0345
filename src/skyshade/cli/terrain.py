"""`skyshade terrain`: list elevation data, add tiles, download Copernicus DEM."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from skyshade.cli._flags import folder as read_folder
from skyshade.cli._flags import naming_flags

if TYPE_CHECKING:
    from skyshade.terrain.fetch import Fetched, Step
    from skyshade.terrain.library import TerrainSet

group = typer.Typer(
    name="terrain",
    help="Elevation data: list sets, add tiles, download Copernicus DEM.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the `terrain` commands to the application."""
    app.add_typer(group)


@group.command("list")
def list_() -> None:
    """Show every terrain set: tiles, spacing, bounds, licence, known faults."""
    from skyshade.terrain.library import terrain_sets

    for number, terrain in enumerate(terrain_sets().values()):
        if number:
            typer.echo()
        _show(terrain)


@group.command()
def add(
    path: Path = typer.Argument(
        help="A path to a folder of tiles (searched with its subfolders), or to a raster.",
        parser=read_folder,
        metavar="PATH",
    ),
    name: str | None = typer.Option(None, help="Name of the set. [default: name of the folder]"),
    title: str | None = typer.Option(None, help="Title of the set."),
    licence: str = typer.Option("not stated", help="Licence and credit line, shown by `list`."),
) -> None:
    """Add a folder of raster tiles as a terrain set (GeoTIFF, HGT, DTED, ...).

    The tiles stay where they are. All tiles of a set form one mosaic, so they must share
    coordinate reference system and spacing.
    """
    from skyshade.terrain.library import add_terrain

    with naming_flags("name"):
        _show(add_terrain(path, name, title=title, licence=licence))


@group.command()
def remove(name: str = typer.Argument(help="Name of the set.")) -> None:
    """Forget a terrain set. Its tiles stay on disk."""
    from skyshade.terrain.library import remove_terrain

    gone = remove_terrain(name)
    typer.echo(f"forgot {gone.name}; its files stay at {gone.path}")


@group.command()
def fetch(
    bounds: str | None = typer.Option(
        None, metavar="W,S,E,N", help="Area in degrees, e.g. 72,30,80,36."
    ),
    for_: str | None = typer.Option(
        None,
        "--for",
        metavar="CASE",
        help="Every tile that this scenario lacks; later runs use them.",
    ),
    dem: str | None = typer.Option(
        None, help="With --for: a raster, a folder or a set in place of the scenario's terrain."
    ),
    product: str | None = typer.Option(
        None,
        help="glo30 (1 arc-second) or glo90 (3 arc-second). [default: glo30, or with --for what "
        "suits the scenario's terrain]",
        show_default=False,
    ),
    folder: Path | None = typer.Option(
        None,
        help="Folder for the tiles. [default: the user's data folder]",
        parser=read_folder,
        metavar="FOLDER",
    ),
    name: str | None = typer.Option(
        None, help="Name of the set. [default: copernicus-glo30 or -glo90]"
    ),
    base_url: str | None = typer.Option(
        None, help="Address of a mirror laid out like the public bucket."
    ),
    max_tiles: int = typer.Option(400, min=1, help="Refuse bounds with more tiles than this."),
) -> None:
    """Download Copernicus DEM tiles. Run again to resume, or to widen the area."""
    from skyshade.coverage.ground import fetch_for
    from skyshade.errors import InputError
    from skyshade.scenario.load import load_scenario
    from skyshade.terrain.fetch import fetch_tiles, parse_bounds

    if bounds is not None and for_ is None and dem is None:
        area = parse_bounds(bounds)
        with _download_bar() as progress, naming_flags("name", "product"):
            found = fetch_tiles(
                area,
                product or "glo30",
                folder,
                base_url,
                name=name,
                max_tiles=max_tiles,
                progress=progress,
            )
        _tell([found])
    elif for_ is not None and bounds is None and not (folder or name):
        case = load_scenario(for_)
        case = case if dem is None else case.with_({"terrain.dem": dem})
        with _download_bar() as progress, naming_flags("product"):
            done = fetch_for(case, product, base_url, max_tiles=max_tiles, progress=progress)
        _tell(done)
        typer.echo(f"{case.name} " + ("uses these tiles from now on" if done else "lacks nothing"))
    else:
        raise InputError(
            "give either --bounds or --for; --folder and --name belong to --bounds, --dem to --for"
        )


@contextlib.contextmanager
def _download_bar() -> Iterator[Callable[[Step], None]]:
    """A progress bar per tile; silent when standard error is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from skyshade.errors import Interrupted

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    try:
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("connecting", total=None)
            shown = ""

            def progress(step: Step) -> None:
                nonlocal shown
                if step.tile != shown:
                    shown = step.tile
                    bar.reset(task, description=f"{step.index + 1}/{step.count} {step.tile}")
                bar.update(task, completed=step.done_bytes, total=step.total_bytes)

            yield progress
            bar.update(task, visible=False)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; run the same command again to continue") from None


def _tell(fetched: list[Fetched]) -> None:
    """Print what came, what is absent, and the sets that the tiles form."""
    for done in fetched:
        typer.echo(
            f"{len(done.new)} new, {len(done.present)} already here, {len(done.absent)} absent"
        )
        if done.absent:
            typer.echo(
                "the provider does not have these tiles (open sea, or not released; delete "
                f"{done.folder / 'absent.json'} to ask again): {', '.join(done.absent)}"
            )
        if done.terrain:
            _show(done.terrain)
            typer.echo(f"use it with --dem {done.terrain.name}")


def _show(terrain: TerrainSet) -> None:
    """Print one set, a line per fact."""
    from skyshade.terrain.library import terrain_rows

    typer.echo(terrain.name)
    for key, value in terrain_rows(terrain):
        typer.echo(f"  {key:8} {value}")
