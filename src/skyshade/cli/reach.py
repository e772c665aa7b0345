"""`skyshade reach`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, naming_flags


def register(app: typer.Typer) -> None:
    app.command("reach")(reach_command)


def reach_command(
    scenario: Annotated[str, typer.Argument(help="A scenario's name or path.")],
    target: Annotated[
        list[str] | None, typer.Option(help="A target class, repeatable. [default: the scenario's]")
    ] = None,
    altitude: Annotated[
        list[str] | None, typer.Option(help="E.g. '100 m agl' or '10 km msl'; repeatable.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Only the sites operational on this date.")
    ] = None,
    samples: Annotated[
        int, typer.Option(help="Draws of the uncertain figures, a power of two; 0 for none.")
    ] = 256,
    azimuths: Annotated[int, typer.Option(help="Directions per site.")] = 360,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    line: Annotated[
        Path | None, typer.Option(help="GeoJSON line: where along it nobody can engage.")
    ] = None,
    out: Out = Path("out/reach"),
) -> None:
    """Where inbound targets are really intercepted, beside the ring, with bands and drivers."""
    from skyshade.catalogue import load_catalogue
    from skyshade.cli._flags import altitudes as read_altitudes
    from skyshade.cli._flags import day
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.coverage.compute import load_scenario_dem, operational_sites
    from skyshade.coverage.views import view_units
    from skyshade.export.reach import (
        write_crossings,
        write_engageable_outlines,
        write_places,
        write_reach_data,
    )
    from skyshade.files import results_folder, write_json
    from skyshade.fireunit.load import fire_unit
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.reach.crossing import crossing
    from skyshade.reach.engageable import engageable
    from skyshade.reach.paths import Approach
    from skyshade.reach.places import reach_places
    from skyshade.reach.scenario import reach_scenario
    from skyshade.report import text
    from skyshade.report.borders import NOTE
    from skyshade.report.place_charts import place_roses_figure
    from skyshade.report.reach_maps import crossing_figure, reach_figure
    from skyshade.report.style import save_png
    from skyshade.scenario.load import load_scenario, locating, scenario_file

    case = load_scenario(scenario)
    with naming_flags("as_of"):
        sites = operational_sites(case, day(as_of))
    altitudes = read_altitudes(altitude) or tuple(case.altitudes)
    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        with watch("terrain"), locating(scenario, case):
            dem = load_scenario_dem(case, sites)
            units = [fire_unit(s) for s in sites]
            views = view_units(
                dem,
                units,
                altitudes,
                k_factor=case.atmosphere.k_factor,
                sea_outside=case.terrain.outside == "sea",
                progress=lambda done, total: progress("line of sight", done, total),
            )
        with watch("reach"), locating(scenario, case), naming_flags("samples", "seed", "azimuths"):
            found = reach_scenario(
                case,
                sites,
                targets=target,
                altitudes=altitudes,
                samples=samples,
                seed=seed,
                n_azimuths=azimuths,
                dem=dem,
                progress=lambda done, total: progress("reach", done, total),
            )
        flights = (
            found.flights
            if altitude is None
            else tuple(Approach(t, a) for t in found.targets for a in found.altitudes)
        )
        draws = found.sites[0].draws
        with watch("places"):
            crossings = [
                crossing(unit, i, views, flights, draws, found.sites[i].ring_m)
                for i, unit in enumerate(units)
            ]
            places = reach_places(
                case.places,
                units,
                views,
                flights,
                draws,
                progress=lambda done, total: progress("places", done, total),
            )
        with watch("write"):
            force = engageable(views.engagement.default, units)
            write_reach_data(found, force, folder, line)
            write_engageable_outlines(force, flights, folder / "engageable.geojson")
            write_crossings(crossings, folder / "crossing.json")
            save_png(
                reach_figure(views.acquisition.default, found, f"{case.title}. {NOTE}"),
                folder / "reach.png",
            )
            for c in crossings:
                save_png(crossing_figure(c), folder / f"crossing_{c.unit_id}.png")
            if case.places:
                write_places(places, folder, "places")
                for f, flight in enumerate(flights):
                    save_png(place_roses_figure(places, f), folder / f"places_{flight.slug}.png")
        write_json(
            folder / "manifest.json",
            make_manifest(
                f"reach {case.name}",
                seed=seed,
                samples=samples,
                azimuths=azimuths,
                scenario={
                    "name": case.name,
                    "sha256": sha256(scenario_file(scenario).read_bytes()),
                },
                catalogue=load_catalogue().version,
                dem=dem.identity,
                timings_s=watch.seconds,
            ),
        )
    rows, summary = [], found.as_dict()
    for site in [*summary["units"], *([summary["force"]] if summary["force"] else [])]:
        for r in site["results"]:
            share = r.get("share_of_ring") or r["share_of_rings"]
            rows.append(
                (
                    site.get("id", "force"),
                    r["target"],
                    r["altitude"],
                    text.band(r["first_track_km"], "km") if "first_track_km" in r else "",
                    text.band(r["reach_km"], "km") if "reach_km" in r else "",
                    text.percent_band(share),
                )
            )
    print_table(
        f"{case.title}: where inbound targets are intercepted",
        ("unit", "target", "altitude", "first track", "reach", "of the ring"),
        rows,
    )
    if samples:
        print("Median over azimuths (and draws), in brackets 5 to 95 % of the draws.")
    written = ["reach.json", "reach.png", "reach.geojson", "engageable.geojson", "crossing.json"]
    written += ["places.json", "places.csv"] if case.places else []
    say_written(out, written + (["gaps.geojson"] if line else []))
