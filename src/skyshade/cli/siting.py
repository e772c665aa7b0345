"""`skyshade siting`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skyshade.cli._flags import Out, UserFolders, naming_flags

FIELDS = {  # flag -> path in the scenario
    "within": "siting.candidates.within",
    "around": "siting.candidates.around",
    "spacing": "siting.candidates.spacing",
    "border": "siting.candidates.border",
    "slope": "siting.candidates.slope",
    "highest": "siting.candidates.highest",
    "apart": "siting.candidates.apart",
    "objective": "siting.objective",
    "at_least": "siting.at_least",
    "level": "siting.level",
    "area": "siting.area.within",
    "line": "siting.line.along",
}


def register(app: typer.Typer) -> None:
    """Add `siting`."""
    app.command("siting")(siting_command)


def siting_command(
    scenario: Annotated[str, typer.Argument(help="Name or path of a scenario.")],
    add: Annotated[
        int | None,
        typer.Option(help="New units. [default: the units not in service yet, else one]"),
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="Id of the site whose system the new units have.")
    ] = None,
    within: Annotated[
        list[str] | None,
        typer.Option(
            help="Where they may stand: 'sectors', a site's id, a country, a GeoJSON file; "
            "repeatable. [default: sectors]"
        ),
    ] = None,
    around: Annotated[
        str | None, typer.Option(help="Radius around a sector's position, e.g. '150 km'.")
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option(help="Of the grid, e.g. '1 deg'; never finer than positions are rounded."),
    ] = None,
    border: Annotated[
        str | None, typer.Option(help="Least distance to a land border, e.g. '100 km'.")
    ] = None,
    slope: Annotated[str | None, typer.Option(help="Steepest ground, e.g. '10 deg'.")] = None,
    highest: Annotated[str | None, typer.Option(help="Highest ground, e.g. '3 km'.")] = None,
    apart: Annotated[
        str | None, typer.Option(help="Least distance between units, e.g. '200 km'.")
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option(help="Cover an area: a country or a GeoJSON file; repeatable."),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(help="Cover a line: a GeoJSON file, or a border such as 'India-Pakistan'."),
    ] = None,
    places: Annotated[
        bool, typer.Option("--places", help="Cover the places as well as an area or a line.")
    ] = False,
    objective: Annotated[
        str | None, typer.Option(help="expected, covered or worst. [default: expected]")
    ] = None,
    at_least: Annotated[
        int | None, typer.Option(help="With 'covered': units that must cover each demand.")
    ] = None,
    level: Annotated[
        str | None, typer.Option(help="Find the fewest units that cover this share, e.g. '80 %'.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Units that are operational on this date stay.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(help="Number of draws of the uncertain figures, a power of two; 0 for none."),
    ] = 64,
    seed: Annotated[int, typer.Option(help="Seed of the draws and of raids.")] = 0,
    gap: Annotated[
        str, typer.Option(help="Stop when no plan can add more by this share of the most.")
    ] = "0.1 %",
    time_limit: Annotated[str, typer.Option(help="Of the search for the plan.")] = "60 s",
    raid: Annotated[
        bool, typer.Option(help="Play the best few plans in the scenario's raid.")
    ] = True,
    prior: Annotated[
        bool, typer.Option("--prior", help="Only the area seen from every point of the grid.")
    ] = False,
    catalogue: UserFolders = None,
    out: Out = Path("out/siting"),
) -> None:
    """Find where the next units should stand, with a proven bound and how sure it is."""
    from skyshade.cli._flags import day
    from skyshade.cli._show import print_table, say_terrain, say_written, stage_progress
    from skyshade.errors import Interrupted
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.siting import HEADINGS, findings, plan_rows, write_prior, write_siting
    from skyshade.scenario.load import load_scenario, locating, scenario_file
    from skyshade.siting.prior import seen_from_everywhere
    from skyshade.siting.study import question, study_siting
    from skyshade.units import parse_quantity

    loaded = load_scenario(scenario)
    given: dict[str, Any] = {name: value for name, value in locals().items() if name in FIELDS}
    changes: dict[str, Any] = {FIELDS[n]: v for n, v in given.items() if v not in (None, [])}
    if add is not None or like is not None:
        changes["siting.units"] = [{"count": 1 if add is None else add} | _named(like)]
    if places:
        changes["siting.places.weight"] = 1
    naming = _flag_names(changes, len(within or ()))
    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        with (
            locating(scenario, loaded),
            naming_flags("draws", "seed", "gap", "time_limit", "as_of", others=naming),
        ):
            gap_frac = parse_quantity(gap, "fraction", field="gap")
            limit_s = parse_quantity(time_limit, "time", field="time_limit")
            asked = loaded.with_(changes) if changes else loaded
            if prior:
                with watch("prior"):
                    seen = seen_from_everywhere(asked, progress=progress)
            else:
                with watch("study"):
                    study = study_siting(
                        asked,
                        as_of=day(as_of),
                        draws=draws,
                        seed=seed,
                        gap_frac=gap_frac,
                        time_limit_s=limit_s,
                        raid=raid,
                        progress=progress,
                    )
        with watch("write"):
            files = write_prior(seen, folder) if prior else write_siting(study, folder)
        write_json(
            folder / "manifest.json",
            make_manifest(
                f"siting {loaded.name}",
                question=None if prior else question(study),
                seed=seed,
                draws=draws,
                gap=gap_frac,
                time_limit_s=limit_s,
                scenario={
                    "name": loaded.name,
                    "sha256": sha256(scenario_file(scenario).read_bytes()),
                },
                catalogue=loaded.known.identity,
                dem=(seen if prior else study).dem.identity,
                timings_s=watch.seconds,
            ),
        )
    if prior:
        print(seen.in_words())
        say_written(out, [*files, "manifest.json"])
        return
    for sentence in findings(study):
        print(sentence)
    _say_removed(study)
    if study.answer.plan:
        print_table("The plan", HEADINGS, plan_rows(study))
    for note in study.left_out:
        print(f"Left out: {note}.")
    say_terrain(study.dem)
    say_written(out, [*files, "manifest.json"])
    if study.answer.stopped == "interrupted":
        raise Interrupted("interrupted; the best plan so far and its gap were written")


def _flag_names(changes: dict[str, Any], n_areas: int) -> dict[str, str]:
    """What messages call a field: the flag if it was given, else its place in the scenario."""
    names = {path: "--" + flag.replace("_", "-") for flag, path in FIELDS.items()}
    for flag, path in FIELDS.items():
        names[flag] = names[path] if path in changes else path
    names |= {"candidates": "siting.candidates", "area.within": "siting.area.within"}
    names |= {"siting.units[0].count": "--add", "siting.units[0].like": "--like"}
    names["units"] = "--add" if "siting.units" in changes else "siting.units"
    return names | {f"siting.candidates.within[{i}]": "--within" for i in range(n_areas)}


def _named(like: str | None) -> dict[str, str]:
    return {} if like is None else {"like": like}


def _say_removed(study: Any) -> None:
    """Print how many candidates there are, and what each rule took."""
    found = study.candidates
    taken = ", ".join(f"{n} {rule}" for rule, n in found.removed.items())
    print(
        f"{len(found.lon)} candidates, {found.spacing_deg:g} degrees apart"
        + (f"; of {found.n_grid} points left out: {taken}." if taken else ".")
    )
