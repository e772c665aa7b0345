"""`skyshade radar`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skyshade.cli._flags import Out, UserFolders

FIGURES = "figures of your own"
JAMMING = "noise jamming"


def register(app: typer.Typer) -> None:
    app.command("radar")(radar_command)


def radar_command(
    name: Annotated[str, typer.Argument(help="A radar of the catalogue, e.g. 91N6E.")],
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target class, repeatable. [default: every class]"),
    ] = None,
    rcs: Annotated[
        str | None,
        typer.Option(help="Radar cross-section to use instead of a class, e.g. '0.1 m2'."),
    ] = None,
    antenna_agl: Annotated[str, typer.Option(help="Height of the antenna above ground.")] = "24 m",
    alt: Annotated[
        str | None,
        typer.Option(help="Target altitude. [default: the class's own]"),
    ] = None,
    reference_range: Annotated[
        str | None, typer.Option(help="Detection range of the radar.", rich_help_panel=FIGURES)
    ] = None,
    reference_rcs: Annotated[
        str | None,
        typer.Option(help="Cross-section that this range is for.", rich_help_panel=FIGURES),
    ] = None,
    frequency: Annotated[
        str | None, typer.Option(help="Frequency, e.g. '3 GHz'.", rich_help_panel=FIGURES)
    ] = None,
    scan_period: Annotated[
        str | None, typer.Option(help="Time per scan, e.g. '12 s'.", rich_help_panel=FIGURES)
    ] = None,
    el_limits: Annotated[
        str | None, typer.Option(help="Lowest,highest elevation, deg.", rich_help_panel=FIGURES)
    ] = None,
    pfa: Annotated[
        float,
        typer.Option(help="Probability of a false alarm per look.", rich_help_panel="assumptions"),
    ] = 1e-6,
    pulses: Annotated[
        int,
        typer.Option(help="Number of pulses integrated per look.", rich_help_panel="assumptions"),
    ] = 10,
    swerling: Annotated[
        int,
        typer.Option(help="Swerling case of the target, 0 to 4.", rich_help_panel="assumptions"),
    ] = 1,
    confirm: Annotated[
        str,
        typer.Option(help="Track rule: M detections in N scans.", rich_help_panel="assumptions"),
    ] = "2/3",
    jn: Annotated[
        float | None,
        typer.Option(help="J/N in the main beam at 100 km, dB.", rich_help_panel=JAMMING),
    ] = None,
    jammer_range: Annotated[
        str | None,
        typer.Option(
            help="Distance of a stand-off jammer. [default: the target carries it]",
            rich_help_panel=JAMMING,
        ),
    ] = None,
    sidelobe: Annotated[
        float,
        typer.Option(
            help="Level of the side lobes below the main lobe, dB.", rich_help_panel=JAMMING
        ),
    ] = 0.0,
    multipath: Annotated[
        bool, typer.Option("--multipath", help="Draw multipath lobes over a flat foreground.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and write no files.")] = False,
    catalogue: UserFolders = None,
    out: Out = Path("out/radar"),
) -> None:
    """Compute the ranges of a radar against target classes and draw its vertical coverage."""
    import json as json_

    from skyshade.catalogue import load_catalogue
    from skyshade.cli._show import print_table, say_written
    from skyshade.errors import InputError
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import make_manifest
    from skyshade.radar.load import load_radar, target_classes
    from skyshade.radar.model import Detection, Jammer, Target
    from skyshade.radar.summary import radar_summary
    from skyshade.report.radar_files import write_radar_results
    from skyshade.report.radar_tables import range_rows
    from skyshade.units import parse_quantity

    m, n = _confirm(confirm)
    known: dict[str, Any] = {}
    for field, flag, dimension, text in (
        ("reference_range_m", "--reference-range", "length", reference_range),
        ("reference_rcs_m2", "--reference-rcs", "area", reference_rcs),
        ("freq_hz", "--frequency", "frequency", frequency),
        ("scan_period_s", "--scan-period", "time", scan_period),
    ):
        if text is not None:
            known[field] = parse_quantity(text, dimension, field=flag)  # type: ignore[arg-type]
    if el_limits is not None:
        low, _, high = el_limits.partition(",")
        known["el_limits_deg"] = tuple(
            parse_quantity(part, "angle", field="--el-limits") for part in (low, high)
        )
    radar = load_radar(
        name, detection=Detection(pfa, pulses, swerling, confirm_m=m, confirm_n=n), **known
    )
    if rcs is not None:
        if target:
            raise InputError("give a target class or a cross-section, not both", field="--rcs")
        targets: tuple[Target, ...] = (Target.of_rcs(parse_quantity(rcs, "area", field="--rcs")),)
    else:
        targets = target_classes(target)
    altitude = (
        None
        if alt is None
        else parse_quantity(alt, "length", field="--alt", bounds=(0.0, 80_000.0))
    )
    antenna_m = parse_quantity(antenna_agl, "length", field="--antenna-agl", bounds=(0.1, 1000.0))
    jammer = None
    if jn is not None:
        jammer = Jammer.from_db(
            jn,
            None
            if jammer_range is None
            else parse_quantity(jammer_range, "length", field="--jammer-range"),
            sidelobe,
        )
    elif jammer_range is not None or sidelobe:
        raise InputError(
            "the strength of the jammer is missing", field="--jn", allowed="e.g. --jn 30"
        )

    summary = radar_summary(radar, targets, antenna_m, altitude, jammer)
    if json:
        print(json_.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False))
        return
    with results_folder(out) as folder:
        files = write_radar_results(radar, summary, folder, jammer=jammer, multipath=multipath)
        write_json(
            folder / "manifest.json",
            make_manifest(f"radar {radar.id}", catalogue=load_catalogue().identity),
        )
    headings, rows = range_rows(summary)
    print_table(f"{radar.id}, {radar.title}", headings, rows)
    print(summary["basis"])
    for line in summary["notes"]:
        print(line)
    say_written(out, files)


def _confirm(text: str) -> tuple[int, int]:
    from skyshade.errors import InputError

    try:
        m, n = (int(part) for part in text.split("/"))
    except ValueError:
        raise InputError(
            "not an M-of-N rule", field="--confirm", value=text, allowed="e.g. 2/3"
        ) from None
    return m, n
