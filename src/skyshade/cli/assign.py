"""`skyshade assign`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import Out, naming_flags


def register(app: typer.Typer) -> None:
    """Add `assign`."""
    app.command("assign")(assign_command)


def assign_command(
    instance: Annotated[
        str | None,
        typer.Argument(help="File with an instance: .json, .csv or .npz; or give --random."),
    ] = None,
    random: Annotated[
        str | None,
        typer.Option(help="A random instance: weapons x targets, e.g. 80x80.", metavar="WxT"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random instance.")] = 0,
    gap: Annotated[
        str,
        typer.Option(help="Stop when no plan can be better by more than this share, e.g. '1 %'."),
    ] = "0",
    time_limit: Annotated[str, typer.Option(help="Stop after this time.")] = "60 s",
    out: Out = Path("out/assign"),
) -> None:
    """Find which weapon fires how many rounds at which target, and prove how good that is."""
    from skyshade.assignment.read import random_instance, read_instance
    from skyshade.assignment.solve import solve_assignment
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.errors import InputError, Interrupted
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.assignment import HEADINGS, findings, plan_rows, write_assignment
    from skyshade.units import parse_quantity

    if (instance is None) == (random is None):
        raise InputError("give an instance file or --random, one of them")
    with naming_flags("random", "seed", "gap", "time_limit"):
        gap_frac = parse_quantity(gap, "fraction", field="gap")
        limit_s = parse_quantity(time_limit, "time", field="time_limit")
        case = read_instance(instance) if instance else random_instance(random or "", seed)
        watch = Stopwatch()
        with stage_progress() as progress, watch("solve"):
            answer = solve_assignment(
                case, gap_frac, limit_s, lambda done: progress("value proven, per cent", done, 100)
            )
    with results_folder(out) as folder:
        files = write_assignment(answer, folder)
        write_json(
            folder / "manifest.json",
            make_manifest(
                "assign",
                input={"random": random, "seed": seed}
                if instance is None
                else {"file": Path(instance).name, "sha256": sha256(Path(instance).read_bytes())},
                gap=gap_frac,
                time_limit_s=limit_s,
                timings_s=watch.seconds,
            ),
        )
    for line in findings(answer):
        print(line)
    print_table("Plan, the most valuable targets first", HEADINGS, plan_rows(answer))
    say_written(out, files)
    if answer.stopped == "interrupted":
        raise Interrupted("interrupted; the best plan so far and its gap were written")
