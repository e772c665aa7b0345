"""`skyshade figure`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, UserFolders, naming_flags


def register(app: typer.Typer) -> None:
    app.command("figure")(figure_command)


def figure_command(
    name: Annotated[
        str | None, typer.Argument(help="Name of the figure. [default: list the figures]")
    ] = None,
    case: Annotated[
        str, typer.Argument(help="Name of a shipped scenario, or path of a scenario file.")
    ] = "india-s400",
    format_: Annotated[
        str, typer.Option("--format", help="svg, pdf or png; text in SVG and PDF stays text.")
    ] = "svg",
    dpi: Annotated[int, typer.Option(help="Dots per inch of a PNG.")] = 300,
    width: Annotated[
        str | None,
        typer.Option(help="Width, e.g. '88 mm' (a column) or '180mm'. [default: the report's]"),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Date, YYYY-MM-DD. [default: the scenario's]")
    ] = None,
    draws: Annotated[
        int, typer.Option(help="Number of draws of the uncertain figures, a power of two.")
    ] = 64,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    catalogue: UserFolders = None,
    out: Out = Path("out/figure"),
) -> None:
    """Write one figure of a report, fit for press, and its numbers beside it."""
    from skyshade.assess.run import assess
    from skyshade.cli._flags import day
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import make_manifest
    from skyshade.processes import Processes
    from skyshade.report.figure_files import check_request, width_inch, write_plate
    from skyshade.report.plates import FIGURES
    from skyshade.scenario.load import load_scenario, locating

    if name is None:
        print_table("Figures", ["Name", "Shows"], [[n, f.says] for n, f in FIGURES.items()])
        return
    with naming_flags("format", "dpi", "width"):
        check_request(name, format_, dpi)
        inches = None if width is None else width_inch(width)
    scenario = load_scenario(case)
    with results_folder(out) as folder:
        with (
            stage_progress() as progress,
            Processes() as pool,
            locating(case, scenario),
            naming_flags("draws", "seed", *(["as_of"] if as_of else [])),
        ):
            needed = [part] if (part := FIGURES[name].needs) else []
            found = assess(
                scenario, day(as_of), progress, draws=draws, seed=seed, parts=needed, pool=pool
            )
            files = write_plate(name, found, folder, format_, dpi, inches)
        manifest = make_manifest(
            f"figure {name} {scenario.name}",
            as_of=found.as_of.isoformat(),
            draws=draws,
            seed=seed,
            catalogue=scenario.known.identity,
            dem=found.coverage.dem.identity,
        )
        write_json(folder / "manifest.json", manifest)
    say_written(out, files)
