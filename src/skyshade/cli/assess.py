"""`skyshade assess` and `skyshade validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, UserFolders, naming_flags


def register(app: typer.Typer) -> None:
    app.command("assess")(assess_command)
    app.command("validate")(validate_command)


def assess_command(
    case: Annotated[
        str, typer.Argument(help="Name of a shipped scenario, or path of a scenario file.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(help="Date of the assessment, YYYY-MM-DD. [default: the scenario's]"),
    ] = None,
    dem: Annotated[
        str | None,
        typer.Option(
            help="Raster, folder of tiles, or a name from `terrain list`, in place of the "
            "scenario's terrain."
        ),
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            help="Number of draws of the uncertain figures for reach and raid, a power of two; "
            "0 for none."
        ),
    ] = 64,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    siting: Annotated[
        bool, typer.Option("--siting", help="Also find where the next unit would add most.")
    ] = False,
    catalogue: UserFolders = None,
    out: Out = Path("out/assess"),
) -> None:
    """Write a report on the units in service: what they see and reach, and what gets through."""
    from skyshade.assess.run import assess
    from skyshade.campaign.study import track_hashes
    from skyshade.cli._flags import day as read_day
    from skyshade.cli._flags import say_sensors
    from skyshade.cli._raid_run import announce_compilation
    from skyshade.cli._show import print_table, say_terrain, say_written, stage_progress
    from skyshade.engagement.context import SHIPPED
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.processes import Processes
    from skyshade.report.pages import answers, steps, write_report
    from skyshade.report.tables import BAND_HEADINGS, band_rows, terrain_notes
    from skyshade.report.text import day as day_text
    from skyshade.scenario.load import load_scenario, locating, scenario_file

    scenario = load_scenario(case)
    if dem is not None:
        scenario = scenario.with_({"terrain.dem": dem})
    day = read_day(as_of)
    watch = Stopwatch()
    if scenario.raid is not None:
        announce_compilation()
    with results_folder(out) as folder, stage_progress() as progress, Processes() as pool:
        flags = ("draws", "seed", *(["as_of"] if as_of else []), *(["dem"] if dem else []))
        with watch("assess"), locating(case, scenario), naming_flags(*flags):
            assessment = assess(
                scenario, day, progress, draws=draws, seed=seed, siting=siting, pool=pool
            )
        made_from = {
            "as_of": assessment.as_of.isoformat(),
            "draws": draws,
            "seed": seed,
            "scenario": {
                "name": scenario.name,
                "asked_as": _asked_as(Path(case).name, dem),
                "sha256": sha256(scenario_file(case).read_bytes()),
            },
            "catalogue": scenario.known.identity,
            "dem": assessment.coverage.dem.identity,
        }
        if assessment.raids is not None:
            made_from |= {
                "replicates": assessment.raids.tally.replicates,
                "tracks": track_hashes(assessment.raids.raid.raid),
                "claims": sha256(SHIPPED.read_bytes()),
            }
        with watch("write"):
            write_report(assessment, folder, made_from, progress, pool)
        manifest = make_manifest(f"assess {scenario.name}", **made_from, timings_s=watch.seconds)
        write_json(folder / "manifest.json", manifest)
    asked = _asked_as(case, dem)
    for line in answers(assessment):
        print(line)
    print_table(
        f"{scenario.title}, {day_text(assessment.as_of)}: area in line of sight, and the ring",
        BAND_HEADINGS,
        band_rows(assessment.areas),
    )
    print(
        "The band covers antenna heights from lowest to highest, and positions moved by half their "
        "rounding."
    )
    areas = [area.value for area in assessment.force_areas()]
    for line in [*steps(assessment, asked), *terrain_notes(areas)]:
        print(line)
    say_sensors(scenario, "Reach and raids count them; line of sight is of the units alone.")
    say_terrain(assessment.coverage.dem)
    say_written(out, ["index.html", "brief.html", "summary.json"])


def _asked_as(case: str, dem: str | None) -> str:
    """What another command needs to know of the case, as it is typed."""
    return case if dem is None else f"{case} --dem {dem}"


def validate_command(
    file: Annotated[
        str, typer.Argument(help="A scenario or ledger: a path, or the name of a shipped one.")
    ],
    catalogue: UserFolders = None,
) -> None:
    """Check a scenario file, or a ledger's file or folder, without running it."""
    from skyshade.assess.programme import check_case
    from skyshade.cli._programme_files import is_empty, is_ledger, say_good
    from skyshade.errors import InputError
    from skyshade.programme import load_ledger
    from skyshade.report.text import count
    from skyshade.scenario.load import load_scenario, locating

    if is_ledger(file):
        say_good(file, load_ledger(file))
        return
    if is_empty(file):
        raise InputError(
            "an empty file, neither a scenario nor a ledger",
            file=file,
            line=1,
            allowed="a file that begins with 'schema: skyshade/scenario/1' or "
            "'schema: skyshade/ledger/1'",
        )
    scenario = load_scenario(file)
    with locating(file, scenario):
        ledger = check_case(scenario)
    print(
        f"{file}: good. Scenario '{scenario.name}': {count(len(scenario.sites), 'site')}, "
        f"{count(len(scenario.places), 'place')}, terrain '{scenario.terrain.dem}'."
    )
    if scenario.programme is not None and ledger is not None:
        say_good(scenario.programme, ledger)
