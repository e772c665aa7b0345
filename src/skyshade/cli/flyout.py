"""`skyshade flyout`: time of flight and arrival speed of an interceptor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, UserFolders


def register(app: typer.Typer) -> None:
    app.command("flyout")(flyout_command)


def flyout_command(
    missile: Annotated[str, typer.Argument(help="A missile of the catalogue, e.g. 48N6E2.")],
    speed: Annotated[
        str | None,
        typer.Option(help="Speed to use instead of the published one, e.g. '1300 m/s'."),
    ] = None,
    launch_altitude: Annotated[
        str, typer.Option(help="Altitude of the launcher above sea level.")
    ] = "0 m",
    catalogue: UserFolders = None,
    out: Out = Path("out/flyout"),
) -> None:
    """Compute time of flight and arrival speed of a missile, fitted to its published figures."""
    from skyshade.catalogue import load_catalogue
    from skyshade.catalogue.readable import LEGEND
    from skyshade.cli._show import print_table, say_written
    from skyshade.files import results_folder, write_json
    from skyshade.flyout import flyout_table, load_missile, rows
    from skyshade.manifest import Stopwatch, make_manifest
    from skyshade.units import parse_quantity

    flown = load_missile(missile)
    speed_mps = None if speed is None else parse_quantity(speed, "speed", field="--speed")
    launch_m = parse_quantity(launch_altitude, "length", field="--launch-altitude")
    watch = Stopwatch()
    with results_folder(out) as folder:
        with watch("table"):
            table = flyout_table(flown, speed_mps=speed_mps, launch_alt_msl_m=launch_m)
        with watch("draw"):
            from skyshade.report.flyout_files import write_flyout_results  # slow to import

            files = write_flyout_results(table, folder)
        manifest = make_manifest(
            f"flyout {flown.id}",
            speed_mps=table.missile.speed_mps,
            launch_alt_msl_m=launch_m,
            catalogue=load_catalogue().identity,
            timings_s=watch.seconds,
        )
        write_json(folder / "manifest.json", manifest)
    print_table(f"{flown.id}: published, and the model", rows.COMPARED, rows.compared_rows(table))
    print_table("Fitted and implied", rows.FITTED, rows.fitted_rows(table))
    print_table("Assumed, not published", rows.ASSUMED, rows.assumed_rows(table))
    print(LEGEND)
    say_written(out, [*files, "manifest.json"])
