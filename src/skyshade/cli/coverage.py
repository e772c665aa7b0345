"""`skyshade coverage`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skyshade.cli._flags import Out, UnitsOn, UserFolders, flag, naming_flags

ONE_SITE = "one site (--dem, --site)"


def register(app: typer.Typer) -> None:
    app.command("coverage")(coverage_command)


def coverage_command(
    scenario: Annotated[
        str | None, typer.Argument(help="Name or path of a scenario; or give --dem and --site.")
    ] = None,
    dem: Annotated[
        str | None,
        typer.Option(
            help="Raster, folder of tiles, or a name from `terrain list`.", rich_help_panel=ONE_SITE
        ),
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(help="Position: longitude,latitude in degrees.", rich_help_panel=ONE_SITE),
    ] = None,
    antenna_agl: Annotated[
        str | None,
        typer.Option(
            help="Height of the antenna above ground. [default: 30 m]", rich_help_panel=ONE_SITE
        ),
    ] = None,
    ground_msl: Annotated[
        str | None,
        typer.Option(
            help="Height of the ground above sea level, if you know it better than the DEM.",
            rich_help_panel=ONE_SITE,
        ),
    ] = None,
    max_range: Annotated[
        str | None,
        typer.Option(help="Radius of the ring. [default: 400 km]", rich_help_panel=ONE_SITE),
    ] = None,
    az_sector: Annotated[
        str | None,
        typer.Option(
            help="Azimuth sector: from,to in degrees clockwise from north.",
            rich_help_panel=ONE_SITE,
        ),
    ] = None,
    el_limits: Annotated[
        str | None,
        typer.Option(help="Elevation limits: lowest,highest in degrees.", rich_help_panel=ONE_SITE),
    ] = None,
    k_factor: Annotated[
        str | None,
        typer.Option(help="Refraction factor. [default: 4/3]", rich_help_panel=ONE_SITE),
    ] = None,
    nodata: Annotated[
        str | None,
        typer.Option(
            help="How to treat posts without a height: unknown, sea or refuse. [default: unknown]",
            rich_help_panel=ONE_SITE,
        ),
    ] = None,
    outside: Annotated[
        str | None,
        typer.Option(
            help="How to treat the world outside the DEM: unknown or sea. [default: unknown]",
            rich_help_panel=ONE_SITE,
        ),
    ] = None,
    as_of: UnitsOn = None,
    altitude: Annotated[
        list[str] | None,
        typer.Option(help="Target altitude, e.g. '100 m agl' or '10 km msl'; repeatable."),
    ] = None,
    dem_error: Annotated[
        str | None,
        typer.Option(
            help="Standard deviation of the DEM's error, e.g. 20m; adds the probability "
            "that a target is visible."
        ),
    ] = None,
    dem_error_correlation: Annotated[
        str, typer.Option(help="Correlation length of that error.")
    ] = "1 km",
    replicates: Annotated[int, typer.Option(help="Number of random DEMs.")] = 64,
    seed: Annotated[int, typer.Option(help="Seed of the random DEMs.")] = 0,
    catalogue: UserFolders = None,
    out: Out = Path("out/coverage"),
) -> None:
    """Compute masking altitude and visible area of one site or of a scenario's sites."""
    from skyshade.catalogue import load_catalogue
    from skyshade.cli._flags import altitudes as read_altitudes
    from skyshade.cli._flags import units_on
    from skyshade.cli._show import print_table, say_terrain, say_written, stage_progress
    from skyshade.coverage import cover_scenario, coverage_at
    from skyshade.errors import InputError
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.coverage_files import write_coverage_results
    from skyshade.report.tables import AREA_HEADINGS, area_rows, terrain_notes
    from skyshade.scenario.load import load_scenario, locating, scenario_file
    from skyshade.terrain.uncertainty import ErrorModel

    one_site = {
        "dem": dem,
        "site": site,
        "antenna_agl": antenna_agl,
        "ground_msl": ground_msl,
        "max_range": max_range,
        "az_sector": az_sector,
        "el_limits": el_limits,
        "k_factor": k_factor,
        "nodata": nodata,
        "outside": outside,
    }
    given = {name: value for name, value in one_site.items() if value is not None}
    altitudes, day = read_altitudes(altitude), units_on(as_of)
    with naming_flags("dem_error", "dem_error_correlation", "replicates", "seed"):
        error_model = ErrorModel(
            _length("dem_error", "0 m" if dem_error is None else dem_error),
            _length("dem_error_correlation", dem_error_correlation),
            replicates,
            seed,
        )
        error_model.check()
    watch = Stopwatch()
    if scenario is not None:
        if given:
            raise InputError(
                f"{flag(next(iter(given)))} cannot be used with a scenario",
                hint="Change the scenario file instead.",
            )
        case = load_scenario(scenario)
        origin: dict[str, Any] = {
            "scenario": case.name,
            "sha256": sha256(scenario_file(scenario).read_bytes()),
            "as_of": str(case.on(day)),
        }
    else:
        if dem is None or site is None:
            raise InputError("give a scenario, or both --dem and --site")
        if day is not None:
            raise InputError("--as-of needs a scenario, and cannot be used with --dem and --site")
        with naming_flags(*one_site):
            arguments = _one_site(given)
        origin = {name: str(value) for name, value in given.items()}
    with results_folder(out) as folder, stage_progress() as progress:
        with watch("sweep"):
            if scenario is not None:
                with locating(scenario, case), naming_flags("as_of"):
                    coverage = cover_scenario(
                        case,
                        as_of=day,
                        altitudes=altitudes,
                        progress=lambda done, total: progress("sweep", done, total),
                    )
            else:
                if altitudes is not None:
                    arguments["altitudes"] = altitudes
                with naming_flags(*one_site):
                    coverage = coverage_at(**arguments)
        with watch("write"):
            files = write_coverage_results(
                coverage,
                folder,
                None if dem_error is None else error_model,
                lambda done, total: progress("random DEMs", done, total),
            )
        manifest = make_manifest(
            "coverage",
            input=origin,
            catalogue=load_catalogue().identity if scenario is None else case.known.identity,
            altitudes=[a.label for a in coverage.altitudes],
            dem=coverage.dem.identity,
            dem_error=None if dem_error is None else error_model._asdict(),
            timings_s=watch.seconds,
        )
        write_json(folder / "manifest.json", manifest)
        areas = coverage.areas()
    if scenario is not None and (said := case.service_in_words(day)):
        print(said)
    print_table("Area in line of sight, and the ring of the radar", AREA_HEADINGS, area_rows(areas))
    for note in terrain_notes(areas):
        print(note)
    if scenario is not None:
        print(
            "This is line of sight, one step on the way. Where targets can be intercepted: "
            f"skyshade reach {scenario}"
        )
    say_terrain(coverage.dem)
    say_written(out, files)


def _one_site(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `coverage_at` from the flags that were given."""
    from skyshade.errors import InputError, unknown_name

    for field, known in (("nodata", ["unknown", "sea", "refuse"]), ("outside", ["unknown", "sea"])):
        if given.get(field, known[0]) not in known:
            raise unknown_name("choice", given[field], known, field=field)
    lon, lat = pair("site", given["site"], "longitude,latitude in degrees, e.g. 75.5,31")
    if not -180 <= lon <= 180 or not -90 <= lat <= 90:
        swapped = abs(lat) <= 180 and abs(lon) <= 90
        raise InputError(
            "no such place on Earth",
            field="site",
            value=given["site"],
            allowed="longitude -180 to 180, latitude -90 to 90",
            hint="Longitude comes first; these look swapped." if swapped else None,
        )
    arguments: dict[str, Any] = {
        "dem": given["dem"],
        "lon": lon,
        "lat": lat,
        "antenna_agl_m": _length("antenna_agl", given.get("antenna_agl", "30 m")),
        "max_range_m": _length("max_range", given.get("max_range", "400 km")),
        "nodata": given.get("nodata", "unknown"),
        "sea_outside": given.get("outside") == "sea",
    }
    if "ground_msl" in given:
        arguments["ground_msl_m"] = _length("ground_msl", given["ground_msl"])
    if "az_sector" in given:
        arguments["az_sector_deg"] = pair("az_sector", given["az_sector"], "from,to in degrees")
    if "el_limits" in given:
        allowed = "lowest,highest in degrees"
        arguments["el_limits_deg"] = pair("el_limits", given["el_limits"], allowed)
    if "k_factor" in given:
        from skyshade.units import parse_quantity

        numerator, _, denominator = given["k_factor"].partition("/")
        below = parse_quantity(denominator or "1", "fraction", field="k_factor")
        if below == 0:
            raise InputError("division by zero", field="k_factor", value=given["k_factor"])
        arguments["k_factor"] = parse_quantity(numerator, "fraction", field="k_factor") / below
    return arguments


def _length(field: str, text: str) -> float:
    from skyshade.units import parse_quantity

    return parse_quantity(text, "length", field=field)


def pair(field: str, text: str, allowed: str) -> tuple[float, float]:
    from skyshade.errors import InputError
    from skyshade.units import parse_quantity

    try:
        first, second = (parse_quantity(part, "angle") for part in text.split(","))
    except ValueError:
        raise InputError("not two numbers", field=field, value=text, allowed=allowed) from None
    return first, second
