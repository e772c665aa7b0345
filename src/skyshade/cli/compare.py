"""`skyshade compare`: reach of systems of the catalogue side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, UserFolders, naming_flags


def register(app: typer.Typer) -> None:
    app.command("compare")(compare_command)


def compare_command(
    systems: Annotated[
        list[str], typer.Argument(help="Systems of the catalogue, e.g. s-400 patriot-pac3 hq-9.")
    ],
    target: Annotated[
        list[str] | None, typer.Option(help="A target class, repeatable. [default: fighter]")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Where: longitude,latitude in degrees. [default: 72.5,26.5]"),
    ] = None,
    dem: Annotated[
        str | None,
        typer.Option(help="Raster, folder of tiles, or a name from `terrain list`."),
    ] = None,
    altitude: Annotated[
        list[str] | None,
        typer.Option(help="Target altitude, repeatable. [default: 100 m agl, 1 km agl, 10 km msl]"),
    ] = None,
    draws: Annotated[
        int,
        typer.Option(help="Number of draws of the uncertain figures, a power of two; 0 for none."),
    ] = 64,
    azimuths: Annotated[int, typer.Option(help="Number of azimuths.")] = 360,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    catalogue: UserFolders = None,
    out: Out = Path("out/systems"),
) -> None:
    """Compare what systems of the catalogue reach from one place, each beside its ring."""
    from skyshade.catalogue import load_catalogue
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.cli.coverage import pair
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest
    from skyshade.reach.systems import ALTITUDES, PLACE, compare_systems
    from skyshade.report.systems_files import write_systems_results
    from skyshade.report.tables import SYSTEM_HEADINGS, system_rows

    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        with (
            watch("reach"),
            naming_flags("at", "draws", "seed", "azimuths", others={"terrain.dem": "--dem"}),
        ):
            beside = compare_systems(
                systems,
                targets=target or ("fighter",),
                at=PLACE if at is None else pair("at", at, "longitude,latitude in degrees"),
                terrain=dem,
                altitudes=altitude or ALTITUDES,
                draws=draws,
                seed=seed,
                n_azimuths=azimuths,
                progress=progress,
            )
        with watch("write"):
            files = write_systems_results(beside, folder)
        write_json(
            folder / "manifest.json",
            make_manifest(
                f"compare {' '.join(systems)}",
                seed=seed,
                draws=draws,
                azimuths=azimuths,
                catalogue=load_catalogue().identity,
                dem=beside.dem.identity,
                timings_s=watch.seconds,
            ),
        )
    print_table("Where inbound targets are intercepted", SYSTEM_HEADINGS, system_rows(beside))
    if draws:
        print("Medians over azimuths and draws; 5 to 95 % of the draws in brackets.")
    print("Each stands alone at the same place; its ring is the range of its longest missile.")
    say_written(out, [*files, "manifest.json"])
