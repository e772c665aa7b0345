"""`skyshade reach`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, UnitsOn, UserFolders, WithoutSensors, naming_flags


def register(app: typer.Typer) -> None:
    app.command("reach")(reach_command)


def reach_command(
    scenario: Annotated[str, typer.Argument(help="Name or path of a scenario.")],
    target: Annotated[
        list[str] | None, typer.Option(help="A target class, repeatable. [default: the scenario's]")
    ] = None,
    altitude: Annotated[
        list[str] | None,
        typer.Option(help="Target altitude, e.g. '100 m agl' or '10 km msl'; repeatable."),
    ] = None,
    as_of: UnitsOn = None,
    draws: Annotated[
        int,
        typer.Option(help="Number of draws of the uncertain figures, a power of two; 0 for none."),
    ] = 64,
    azimuths: Annotated[int, typer.Option(help="Number of azimuths per site.")] = 180,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    line: Annotated[
        Path | None,
        typer.Option(
            help="GeoJSON file with one or more lines; gaps in which no unit can engage are listed."
        ),
    ] = None,
    without_sensors: WithoutSensors = False,
    area: Annotated[
        list[str] | None,
        typer.Option(
            help="An area of interest, repeatable: a country, or a GeoJSON file of polygons. What "
            "of it can be defended before and after the last unit joined, and the cost of that."
        ),
    ] = None,
    along: Annotated[
        list[str] | None,
        typer.Option(
            help="The same along a line, repeatable: a border such as China or India-Pakistan, or "
            "a GeoJSON file with lines."
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            help="With --area or --along, compare with the units in service on this date. "
            "[default: all but the last]"
        ),
    ] = None,
    catalogue: UserFolders = None,
    out: Out = Path("out/reach"),
) -> None:
    """Compute where inbound targets are intercepted, with bands and main drivers."""
    from skyshade.assess.added import what_is_added
    from skyshade.case import Case
    from skyshade.cli._flags import altitudes as read_altitudes
    from skyshade.cli._flags import day, say_sensors, units_on, with_or_without
    from skyshade.cli._show import print_table, say_terrain, say_written, stage_progress
    from skyshade.coverage.ground import line_circles
    from skyshade.errors import InputError
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.reach.gaps import read_lines
    from skyshade.reach.interest import find_area, find_line
    from skyshade.reach.study import study_reach
    from skyshade.report.added import ADDED_HEADINGS, added_notes, added_rows, added_title
    from skyshade.report.reach_files import write_reach_study
    from skyshade.report.tables import REACH_HEADINGS, reach_rows
    from skyshade.scenario.load import load_scenario, locating, scenario_file

    loaded = with_or_without(load_scenario(scenario), without_sensors)
    lines = [] if line is None else read_lines(line)
    earlier = day(before, "--before")
    with naming_flags("area", "along"):
        shapes = [*map(find_area, area or ()), *map(find_line, along or ())]
    if earlier is not None and not shapes:
        raise InputError(
            "nothing to compare", field="--before", hint="Give --area or --along as well."
        )
    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        case = Case(
            loaded,
            units_on(as_of),
            read_altitudes(altitude),
            along=[circle for one in lines for circle in line_circles(one)],
            progress=progress,
        )
        with naming_flags("as_of"):
            _ = case.sites  # a date without a unit is refused before any work
        with (
            watch("reach"),
            locating(scenario, loaded),
            naming_flags("draws", "seed", "azimuths"),
        ):
            study = study_reach(
                case,
                targets=target,
                draws=draws,
                seed=seed,
                n_azimuths=azimuths,
                at_places="all" if altitude else "usual",
            )
        with watch("interest"), locating(scenario, loaded), naming_flags("before"):
            added = [what_is_added(study, shape, earlier) for shape in shapes]
        with watch("write"):
            files = write_reach_study(study, folder, lines, added)
        write_json(
            folder / "manifest.json",
            make_manifest(
                f"reach {loaded.name}",
                seed=seed,
                draws=draws,
                azimuths=azimuths,
                sensors=[sensor.id for sensor in loaded.sensors],
                as_of=str(loaded.on(case.as_of)),
                area=area,
                along=along,
                before=None if earlier is None else earlier.isoformat(),
                scenario={
                    "name": loaded.name,
                    "sha256": sha256(scenario_file(scenario).read_bytes()),
                },
                catalogue=loaded.known.identity,
                dem=case.dem.identity,
                timings_s=watch.seconds,
            ),
        )
    if said := loaded.service_in_words(case.as_of):
        print(said)
    print_table(
        f"{loaded.title}: where inbound targets are intercepted",
        REACH_HEADINGS,
        reach_rows(study.found),
    )
    if draws:
        print("Medians over azimuths and draws; 5 to 95 % of the draws in brackets.")
    say_sensors(loaded, "Reach takes them to be there; --without-sensors leaves them out.")
    for one in added:
        print_table(added_title(one), ADDED_HEADINGS, added_rows(one))
        for note in added_notes(one):
            print(note)
    say_terrain(case.dem)
    say_written(out, files)
