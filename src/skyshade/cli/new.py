"""`skyshade new`: a case to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import UserFolders, folder, naming_flags, pairs


def register(app: typer.Typer) -> None:
    app.command("new")(new_command)


def new_command(
    case: Annotated[
        Path, typer.Argument(help="The folder to write; its name is the case's.", parser=folder)
    ],
    like: Annotated[
        str | None,
        typer.Option(help="Start from this system of the catalogue. [default: a generic one]"),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Where: longitude,latitude in degrees. [default: 72.5,26.5]"),
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(help="A battery at each point of this file: KML, KMZ, GeoJSON or CSV."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="With --sites FILE.csv: its columns, lon=NAME,lat=NAME,name=NAME."),
    ] = None,
    dem: Annotated[
        Path | None,
        typer.Option(
            help="Your own terrain: a raster or a folder of tiles; give --at or --sites as well. "
            "[default: embedded terrain, or a smooth Earth]"
        ),
    ] = None,
    catalogue: UserFolders = None,
) -> None:
    """Write a folder with a scenario, a catalogue, a ledger and a README, to edit from there."""
    from skyshade.assess.new import case_files, own_terrain
    from skyshade.assess.programme import check_case
    from skyshade.cli._show import say_written
    from skyshade.cli.coverage import pair
    from skyshade.files import new_folder
    from skyshade.scenario.load import load_scenario
    from skyshade.scenario.site_files import read_sites

    with naming_flags("like", "at", "dem"):
        where = None if at is None else pair("at", at, "longitude,latitude in degrees")
        found = () if sites is None else read_sites(sites, pairs(columns, "--columns"))
        named = None if dem is None else own_terrain(dem, case, placed=bool(where or found))
        files = case_files(case.absolute().name, like, where, sites=found, dem=named)
    with new_folder(case) as scratch:
        for name, text in files.items():
            (scratch / name).parent.mkdir(exist_ok=True)
            (scratch / name).write_text(text, "utf-8")
        check_case(load_scenario(scratch))
    say_written(case, list(files))
    print(f"Next: skyshade assess {case}")
