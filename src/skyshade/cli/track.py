"""`skyshade track`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from skyshade.cli._flags import Out, UserFolders, naming_flags
from skyshade.report import text

ASSUMED = "assumptions"


def register(app: typer.Typer) -> None:
    """Add `track`."""
    app.command("track")(track_command)


def track_command(
    scenario: Annotated[str, typer.Argument(help="Name or path of a scenario with a raid.")],
    replicate: Annotated[int, typer.Option(help="Number of the replicate, counted from 0.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers, 0 to 2^64 - 1.")] = 0,
    site: Annotated[
        str | None,
        typer.Option(help="Site of the acquisition radar. [default: the first that emits]"),
    ] = None,
    range_sd: Annotated[
        str, typer.Option(help="Standard deviation of the error in range.", rich_help_panel=ASSUMED)
    ] = "100 m",
    az_sd: Annotated[
        str,
        typer.Option(help="Standard deviation of the error in azimuth.", rich_help_panel=ASSUMED),
    ] = "0.2 deg",
    el_sd: Annotated[
        str,
        typer.Option(help="Standard deviation of the error in elevation.", rich_help_panel=ASSUMED),
    ] = "0.2 deg",
    false_alarms: Annotated[
        float, typer.Option(help="Mean number of false alarms per scan.", rich_help_panel=ASSUMED)
    ] = 10.0,
    manoeuvre: Annotated[
        float,
        typer.Option(
            help="Target acceleration that the filter allows for, m/s2.", rich_help_panel=ASSUMED
        ),
    ] = 3.0,
    speed_max: Annotated[
        str | None,
        typer.Option(
            help="Highest target speed. [default: the raid's fastest]", rich_help_panel=ASSUMED
        ),
    ] = None,
    gate: Annotated[
        float,
        typer.Option(
            help="Share of a target's plots that fall in its gate.", rich_help_panel=ASSUMED
        ),
    ] = 0.999,
    cutoff: Annotated[
        str, typer.Option(help="Cut-off of the OSPA distance.", rich_help_panel=ASSUMED)
    ] = "5 km",
    order: Annotated[
        float, typer.Option(help="Order of the OSPA distance.", rich_help_panel=ASSUMED)
    ] = 2.0,
    catalogue: UserFolders = None,
    out: Out = Path("out/track"),
) -> None:
    """Follow one replicate through one radar, plot by plot: tracker against M-of-N rule."""
    from skyshade.cli._raid_run import announce_compilation
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.errors import InputError
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.track_files import write_track_results
    from skyshade.scenario.load import load_scenario, locating, scenario_file
    from skyshade.tracking import Assumptions, track_raid
    from skyshade.units import parse_quantity

    flags = {
        "range_sd_m": ("--range-sd", "length", range_sd),
        "az_sd_deg": ("--az-sd", "angle", az_sd),
        "el_sd_deg": ("--el-sd", "angle", el_sd),
        "false_alarms_per_scan": ("--false-alarms", None, false_alarms),
        "manoeuvre_mps2": ("--manoeuvre", None, manoeuvre),
        "speed_max_mps": ("--speed-max", "speed", speed_max),
        "gate_frac": ("--gate", None, gate),
        "cutoff_m": ("--cutoff", "length", cutoff),
        "order": ("--order", None, order),
    }
    values: dict[str, Any] = {
        field: value
        if dimension is None or value is None
        else parse_quantity(value, dimension, field=name)  # type: ignore[arg-type]
        for field, (name, dimension, value) in flags.items()
    }
    try:
        given = Assumptions(**values)
    except InputError as error:
        raise InputError(
            error.problem,
            field=flags[str(error.field)][0],
            value=error.value,
            allowed=error.allowed,
        ) from None
    case = load_scenario(scenario)
    watch = Stopwatch()
    announce_compilation()
    with (
        stage_progress() as progress,
        watch("track"),
        locating(scenario, case),
        naming_flags("seed", "replicate", "site"),
    ):
        run = track_raid(case, seed, replicate, site, given, progress=progress)
    with results_folder(out) as folder:
        with watch("write"):
            files = write_track_results(run, folder)
        write_json(
            folder / "manifest.json",
            make_manifest(
                f"track {case.name}",
                scenario=sha256(scenario_file(scenario).read_bytes()),
                site=run.site,
                seed=seed,
                replicate=replicate,
                catalogue=case.known.identity,
                dem=run.raid.dem.identity,
                timings_s=watch.seconds,
                ms_per_scan=round(run.ms_per_scan, 3),
            ),
        )
    found = run.as_dict()
    m, n = found["confirm"]
    print_table(
        f"{case.title}: radar of {run.site}, replicate {replicate}, seed {seed}, {found['scans']} "
        f"scans, {found['targets_in_play']} targets in play",
        ("", f"{m}-of-{n} rule", "tracker"),
        _rows(found),
    )
    later = ", ".join(f"{k} scans: {v}" for k, v in found["difference"]["scans_later"].items())
    print(
        f"Delay of confirmation by the tracker after the rule (negative: earlier): {later or '-'}."
    )
    assumed = "; ".join(
        f"{a['title']} {a['value']:g} {a['unit']}".removesuffix(" 1") for a in found["assumptions"]
    )
    print(f"Assumed, as no figure is published: {assumed}. tracking.json has the reasons.")
    say_written(out, files)


def _rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Rows that compare the rule with the tracker."""
    rule, tracker = found["rule"], found["tracker"]

    def shown(value: Any, show: Callable[[Any], str] = str) -> str:
        return text.NONE if value is None else show(value)

    def pair(label: str, key: str, show: Callable[[Any], str] = str) -> tuple[str, str, str]:
        return label, shown(rule[key], show), shown(tracker[key], show)

    return [
        pair("targets ever tracked", "confirmed"),
        pair("first tracked after, mean", "first_s", text.duration),
        pair("share of time in play tracked", "held", text.percent),
        pair("share of time tracked since the first track", "continuity", text.percent),
        pair("times lost", "breaks"),
        pair("changes of track", "swaps"),
        pair("OSPA, mean", "ospa_m", text.distance),
        ("all tracks", "", shown(tracker["tracks"])),
        ("… from false alarms alone", "", shown(tracker["false_tracks"])),
        ("… from plots of several origins", "", shown(tracker["mixed_tracks"])),
        (
            "updates with a plot of another origin",
            "",
            shown(tracker["strange_updates"], text.percent),
        ),
    ]
