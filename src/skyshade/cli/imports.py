"""`skyshade import`: files that people have, made into files that a scenario reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

group = typer.Typer(
    name="import", help="Convert recorded air traffic into a file of tracks.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the `import` commands to the application."""
    app.add_typer(group)


@group.command()
def tracks(
    file: Annotated[
        Path,
        typer.Argument(
            help="OpenSky (CSV, JSON), readsb or dump1090 JSON, SBS lines, Flightradar24 CSV, ACMI "
            "2.x, or a CSV; plain, .gz or .zip."
        ),
    ],
    columns: Annotated[
        str | None,
        typer.Option(
            help="Columns of a CSV: flight=NAME,t=NAME,lat=NAME,lon=NAME,alt_m=NAME (or alt_ft). "
            "[default: guessed by their names]",
            show_default=False,
        ),
    ] = None,
    drop_implausible: Annotated[
        bool,
        typer.Option("--drop-implausible", help="Leave out records that cannot be true."),
    ] = False,
    out: Annotated[Path, typer.Option(help="File of tracks to write; .csv or .csv.gz.")] = Path(
        "tracks.csv"
    ),
) -> None:
    """Make a file of tracks from a recording, and show what was taken from where."""
    from skyshade.cli._flags import pairs
    from skyshade.engagement.recordings import read_recording, said, write_recording
    from skyshade.shown import count

    found = read_recording(file, pairs(columns, "--columns"), drop=drop_implausible)
    write_recording(found, out)
    print(f"{file}: {found.format}")
    for field, source in found.mapping.items():
        print(f"  {field:9} from {source}")
    print(f"{count(len(found.records), 'record')} of {found.n_flights} aircraft")
    for what, number in found.left_out.items():
        print(f"left out: {count(number, 'record')} {what}")
    if found.implausible:
        print(f"left out: {len(found.implausible)} that cannot be true: {said(found.implausible)}")
    print(f"Written: {out}")
