"""`skyshade export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, UnitsOn, UserFolders, naming_flags

_ENDINGS = {
    "gpkg": "geopackage",
    "tif": "geotiff",
    "tiff": "geotiff",
    "cog": "geotiff",
    "json": "geojson",
    "txt.acmi": "acmi",
    "tacview": "acmi",
    "geoparquet": "parquet",
}
NAMES = ("geotiff", "geopackage", "geojson", "kml", "kmz", "czml", "acmi", "parquet", "png", "svg")


def register(app: typer.Typer) -> None:
    app.command("export")(export_command)


def export_command(
    scenario: Annotated[str, typer.Argument(help="Name or path of a scenario.")],
    format_: Annotated[
        list[str] | None, typer.Option("--format", help=f"Format: {', '.join(NAMES)}; repeatable.")
    ] = None,
    site: Annotated[
        bool, typer.Option("--site", help="Write the map as a folder that opens without a server.")
    ] = False,
    altitude: Annotated[
        list[str] | None,
        typer.Option(help="One of the scenario's altitudes, repeatable. [default: all]"),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Target class for reach, repeatable. [default: the scenario's]"),
    ] = None,
    as_of: UnitsOn = None,
    replicate: Annotated[
        int | None,
        typer.Option(
            help="Also write the replay of this replicate of the raid, counted from 0. [default: "
            "none; 0 for acmi]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the replay and of the draws of reach.")] = 0,
    draws: Annotated[
        int,
        typer.Option(help="Number of draws of the uncertain figures, a power of two; 0 for none."),
    ] = 64,
    catalogue: UserFolders = None,
    out: Out = Path("out/export"),
) -> None:
    """Write coverage, reach and the replay of a raid as files for other tools."""
    from skyshade.case import Case
    from skyshade.cli._flags import altitudes, units_on
    from skyshade.cli._raid_run import announce_compilation
    from skyshade.cli._show import say_written, stage_progress
    from skyshade.coverage.compute import check_altitudes
    from skyshade.engagement.launch import check_replicate, check_run
    from skyshade.errors import InputError
    from skyshade.export.content import Export
    from skyshade.export.tables import need_geopackage
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.pictures import write_formats
    from skyshade.scenario.load import load_scenario, locating, scenario_file
    from skyshade.uncertainty.draws import check_draws

    formats = _formats(format_, site)
    if "geopackage" in formats:
        need_geopackage()
    with naming_flags("seed", "replicate"):
        check_run(1, seed)
        if replicate is not None:
            check_replicate(replicate)
    if "acmi" in formats and replicate is None:
        replicate = 0
    loaded = load_scenario(scenario)
    if replicate is not None and loaded.raid is None:
        asked = "--format acmi" if "acmi" in formats else "--replicate"
        raise InputError(
            f"scenario '{loaded.name}' has no raid to replay",
            field=asked,
            hint="Leave it out, or use a scenario with a raid.",
        )
    _check_targets(target)
    if site:
        from skyshade.web.server import check_bundle
        from skyshade.web.site import write_exported_site

        check_bundle()
    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        with naming_flags("altitude"):
            only = check_altitudes(loaded, altitudes(altitude))
        case = Case(loaded, units_on(as_of), only, progress=progress)
        export = Export(case, target, draws, seed, replicate)
        if replicate is not None:
            announce_compilation()
        with locating(scenario, loaded), naming_flags("as_of", "altitude", "draws", "seed"):
            check_draws(draws, "draws", least=0)
            _ = case.sites  # wrong flags are reported before any work
            write_formats(export, formats, folder, watch)
            if site:
                with watch("site"):
                    write_exported_site(scenario, export, folder / "site", progress)
        write_json(
            folder / "manifest.json",
            make_manifest(
                f"export {loaded.name}",
                formats=formats,
                site=site,
                seed=seed,
                draws=draws,
                replicate=replicate,
                as_of=str(loaded.on(case.as_of)),
                altitudes=[a.label for a in case.altitudes],
                scenario={
                    "name": loaded.name,
                    "sha256": sha256(scenario_file(scenario).read_bytes()),
                },
                catalogue=loaded.known.identity,
                dem=case.dem.identity,
                timings_s=watch.seconds,
            ),
        )
        written = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file()]
    print(export.about.text)
    if said := loaded.service_in_words(case.as_of):
        print(said)
    say_written(out, written)


def _formats(asked: list[str] | None, site: bool) -> list[str]:
    """The formats asked for, each once.

    Raises
    ------
    InputError : nothing to write; an unknown format.
    """
    from skyshade.errors import InputError, did_you_mean

    formats = list(dict.fromkeys(asked or ()))
    if not formats and not site:
        raise InputError(
            "nothing to export",
            field="--format",
            allowed=", ".join(NAMES),
            hint="Or give --site to write the map.",
        )
    for name in formats:
        if name not in NAMES:
            meant = _ENDINGS.get(name.lower())
            raise InputError(
                f"unknown format '{name}'",
                field="--format",
                allowed=", ".join(NAMES),
                hint=f"Did you mean '{meant}'?" if meant else did_you_mean(name, NAMES),
            )
    return formats


def _check_targets(names: list[str] | None) -> None:
    """Refuse an unknown target class, naming the flag."""
    from skyshade.errors import InputError
    from skyshade.radar.load import load_target

    for name in names or ():
        try:
            load_target(name)
        except InputError as error:
            raise error.at(field="--target") from None
