"""`skyshade coverage`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    app.command("coverage")(coverage_command)


def coverage_command(
    scenario: Annotated[
        str | None, typer.Argument(help="A scenario's name or path; or give --dem and --site.")
    ] = None,
    dem: Annotated[
        str | None, typer.Option(help="Raster, folder of tiles, or a name from `terrain list`.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Longitude,latitude in degrees.")] = None,
    antenna_agl: Annotated[str, typer.Option(help="Antenna above ground, e.g. 30m.")] = "30 m",
    ground_msl: Annotated[
        str | None, typer.Option(help="Ground at the site above sea level, if you know better.")
    ] = None,
    max_range: Annotated[str, typer.Option(help="Radius, e.g. 400km.")] = "400 km",
    az_sector: Annotated[
        str | None, typer.Option(help="From,to in degrees clockwise from north.")
    ] = None,
    el_limits: Annotated[
        str | None, typer.Option(help="Lowest,highest elevation, degrees.")
    ] = None,
    altitude: Annotated[
        list[str] | None, typer.Option(help="E.g. '100 m agl' or '10 km msl'; repeatable.")
    ] = None,
    k_factor: Annotated[float, typer.Option(help="Refraction factor.")] = 4 / 3,
    nodata: Annotated[str, typer.Option(help="Posts without height: unknown, sea, refuse.")] = (
        "unknown"
    ),
    outside: Annotated[
        str, typer.Option(help="World outside the DEM: unknown or sea.")
    ] = "unknown",
    dem_error: Annotated[
        str | None, typer.Option(help="Standard deviation of the DEM's error, e.g. 20m.")
    ] = None,
    dem_error_correlation: Annotated[
        str, typer.Option(help="Its correlation length, e.g. 2km.")
    ] = "1 km",
    replicates: Annotated[int, typer.Option(help="Random DEMs for --dem-error.")] = 64,
    seed: Annotated[int, typer.Option(help="Seed for --dem-error.")] = 0,
    as_of: Annotated[
        str | None, typer.Option(help="Only sites of the scenario operational on this date.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out/coverage"),
) -> None:
    """Masking altitude and visible area of one site or of a scenario's sites."""
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.coverage import cover_scenario, coverage_at
    from skyshade.coverage.tables import HEADINGS, area_rows
    from skyshade.errors import InputError
    from skyshade.export.coverage import write_coverage, write_probability
    from skyshade.files import results_folder
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.maps import clearance_figure, coverage_figure
    from skyshade.report.style import save_png
    from skyshade.scenario.load import load_scenario, scenario_file
    from skyshade.scenario.quantities import parse_altitude

    given = _one_site(
        dem, site, antenna_agl, ground_msl, max_range, az_sector, el_limits, altitude, k_factor,
        nodata, outside,
    )  # fmt: skip
    sigma_m = _length("--dem-error", dem_error)
    correlation_m = _length("--dem-error-correlation", dem_error_correlation)
    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        origin: dict[str, Any]
        with watch("sweep"):
            if scenario is not None:
                if dem is not None or site is not None:
                    raise InputError("give either a scenario, or --dem and --site, not both")
                case = load_scenario(scenario)
                origin = {
                    "scenario": case.name,
                    "sha256": sha256(scenario_file(scenario).read_bytes()),
                }
                coverage = cover_scenario(
                    case, as_of=_day(as_of),
                    progress=lambda done, total: progress("sweep", done, total),
                )  # fmt: skip
            elif given is None:
                raise InputError("give a scenario, or both --dem and --site")
            else:
                origin = {k: v for k, v in given.items() if k != "altitudes"}
                coverage = coverage_at(**given)
        if altitude:
            from dataclasses import replace

            coverage = replace(coverage, altitudes=tuple(parse_altitude(a) for a in altitude))
        with watch("write"):
            rows = area_rows(coverage)
            if sigma_m is not None and correlation_m is not None:
                write_probability(
                    coverage, folder, sigma_m, correlation_m, replicates, seed,
                    lambda done, total: progress("random DEMs", done, total),
                )  # fmt: skip
            note = f"Terrain: {coverage.dem.name}."
            titles = [f"{a.label}" for a in coverage.altitudes]
            save_png(
                coverage_figure(coverage, titles, "In line of sight, beside the ring", note),
                folder / "visible.png",
            )
            save_png(
                clearance_figure(coverage, "Lowest visible altitude above ground", note),
                folder / "clearance.png",
            )
        write_coverage(
            coverage, folder,
            make_manifest(
                "coverage", input=origin, dem=coverage.dem.identity,
                dem_error=None if sigma_m is None else {
                    "sigma_m": sigma_m, "correlation_m": correlation_m,
                    "replicates": replicates, "seed": seed,
                },
                timings_s=watch.seconds,
            ),
        )  # fmt: skip
    print_table("In line of sight, beside the ring", HEADINGS, rows)
    say_written(out, ["masking_altitude.tif", "coverage.json", "contours.geojson", "visible.png"])


def _one_site(
    dem: str | None, site: str | None, antenna_agl: str, ground_msl: str | None, max_range: str,
    az_sector: str | None, el_limits: str | None, altitude: list[str] | None, k_factor: float,
    nodata: str, outside: str,
) -> dict[str, Any] | None:  # fmt: skip
    """Arguments of `coverage_at`, or None where no site is given."""
    from skyshade.coverage.compute import DEFAULT_ALTITUDES
    from skyshade.errors import InputError, unknown_name
    from skyshade.scenario.quantities import parse_altitude
    from skyshade.terrain.model import Altitude
    from skyshade.units import parse_quantity

    for flag, value, known in (
        ("--nodata", nodata, ["unknown", "sea", "refuse"]),
        ("--outside", outside, ["unknown", "sea"]),
    ):
        if value not in known:
            raise unknown_name("choice", value, known, field=flag)
    altitudes: tuple[Altitude, ...] = DEFAULT_ALTITUDES
    if altitude:
        try:
            altitudes = tuple(parse_altitude(a) for a in altitude)
        except InputError as error:
            raise error.at(field="--altitude") from None
    if dem is None and site is None:
        return None
    if dem is None or site is None:
        raise InputError("--dem and --site belong together")
    lon, lat = _pair("--site", site, "longitude,latitude in degrees, e.g. 75.5,31")
    if not -180 <= lon <= 180 or not -90 <= lat <= 90:
        swapped = abs(lat) <= 180 and abs(lon) <= 90
        raise InputError(
            "no such place on Earth", field="--site", value=site,
            allowed="longitude -180 to 180, latitude -90 to 90",
            hint="Longitude comes first; these look swapped." if swapped else None,
        )  # fmt: skip
    sector = None if az_sector is None else _pair("--az-sector", az_sector, "from,to in degrees")
    limits = (-90.0, 90.0)
    if el_limits is not None:
        limits = _pair("--el-limits", el_limits, "lowest,highest in degrees")
    return {
        "dem": dem,
        "lon": lon,
        "lat": lat,
        "antenna_agl_m": parse_quantity(antenna_agl, "length", field="--antenna-agl"),
        "max_range_m": parse_quantity(max_range, "length", field="--max-range"),
        "ground_msl_m": _length("--ground-msl", ground_msl),
        "az_sector_deg": sector,
        "el_limits_deg": limits,
        "altitudes": altitudes,
        "k_factor": k_factor,
        "nodata": nodata,
        "sea_outside": outside == "sea",
    }


def _length(flag: str, text: str | None) -> float | None:
    from skyshade.units import parse_quantity

    return None if text is None else parse_quantity(text, "length", field=flag)


def _pair(flag: str, text: str, allowed: str) -> tuple[float, float]:
    from skyshade.errors import InputError
    from skyshade.units import parse_quantity

    parts = text.split(",")
    if len(parts) != 2:
        raise InputError(
            "two numbers with a comma between", field=flag, value=text, allowed=allowed
        )
    try:
        first, second = (parse_quantity(p, "angle") for p in parts)
    except InputError:
        raise InputError("not two numbers", field=flag, value=text, allowed=allowed) from None
    return first, second


def _day(text: str | None) -> Any:
    from skyshade.errors import InputError
    from skyshade.scenario.quantities import PartialDate

    if text is None:
        return None
    try:
        return PartialDate.parse(text).last
    except InputError as error:
        raise error.at(field="--as-of") from None
