"""`skyshade raid`: run a raid, sweep over its settings, compare two raids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from skyshade.cli._flags import (
    RUN_FLAGS,
    Out,
    UnitsOn,
    UserFolders,
    WithoutSensors,
    naming_flags,
)

MOST_REPLAYS = 1000
DRAWS = 64  # of the unknown figures, unless a number is asked for


class _RunByDefault(TyperGroup):
    """`skyshade raid SCENARIO` is `skyshade raid run SCENARIO`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add `raid run` and `raid compare`."""
    group = typer.Typer(
        cls=_RunByDefault,
        no_args_is_help=True,
        help="Simulate a raid and count what gets through: `skyshade raid SCENARIO`.",
    )
    group.command("run")(run_command)
    group.command("compare")(compare_command)
    app.add_typer(group, name="raid")


Replicates = Annotated[
    int | None, typer.Option(help="Number of runs of the raid. [default: 2000]", show_default=False)
]
HalfWidth = Annotated[
    float | None,
    typer.Option(
        help="Instead of a number: run until the share that gets through is known to ± this, e.g. "
        "0.01. The interval stays valid although it is checked after every replicate."
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers, 0 to 2^64 - 1.")]
Workers = Annotated[
    int | None,
    typer.Option(help="Number of threads; results do not depend on it. [default: all cores]"),
]


def run_command(
    scenario: Annotated[str, typer.Argument(help="Name or path of a scenario with a raid.")],
    replicates: Replicates = None,
    half_width: HalfWidth = None,
    seed: Seed = 0,
    as_of: UnitsOn = None,
    draws: Annotated[
        int | None,
        typer.Option(
            help="Number of points of a Sobol sequence at which the unknown figures are drawn, "
            "a power of two; 0 for default figures only. [default: 64; in a sweep 0]",
            show_default=False,
        ),
    ] = None,
    draw_replicates: Annotated[int, typer.Option(help="Number of replicates at each draw.")] = 200,
    indices: Annotated[
        bool,
        typer.Option(
            help="Rank the unknowns by Sobol indices instead of rank correlation; this takes "
            "DRAWS x (unknowns + 2) vectors."
        ),
    ] = False,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            help="Run over a range: FIELD=LOW:HIGH[:NUMBER] or FIELD=VALUE,VALUE; may be repeated. "
            "FIELD is a named one or the path of a numeric field of the scenario."
        ),
    ] = None,
    design: Annotated[
        str,
        typer.Option(
            help="Points of a sweep: grid, lhs (Latin hypercube) or sobol, between LOW and HIGH."
        ),
    ] = "grid",
    points: Annotated[
        int | None, typer.Option(help="How many points lhs or sobol has.", show_default=False)
    ] = None,
    rows: Annotated[
        bool, typer.Option(help="In a sweep, write a row per point, replicate and target.")
    ] = True,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler whose workers run the sweep and the draws."),
    ] = None,
    replays: Annotated[int, typer.Option(help="Number of replicates written event by event.")] = 1,
    backend: Annotated[str, typer.Option(help="Where the raid runs: cpu, cuda, or auto.")] = "cpu",
    workers: Workers = None,
    without_sensors: WithoutSensors = False,
    catalogue: UserFolders = None,
    out: Out = Path("out/raid"),
) -> None:
    """Run a raid many times through the whole kill chain and count what gets through."""
    from skyshade.campaign.study import DrawPlan
    from skyshade.cli._flags import say_sensors, units_on, with_or_without
    from skyshade.errors import InputError
    from skyshade.scenario.load import load_scenario
    from skyshade.uncertainty.draws import Design

    drawn: Design = "indices" if indices else "band"
    asked: dict[str, Any] = {
        "replicates": replicates,
        "half_width": half_width,
        "draws": DrawPlan(drawn, draws, draw_replicates) if draws else None,
        "seed": seed,
        "as_of": units_on(as_of),
        "workers": workers,
        "scheduler": scheduler,
    }
    case = with_or_without(load_scenario(scenario), without_sensors)
    if draws is None and not sweep and case.raid is not None and case.raid.has_threats:
        asked["draws"] = DrawPlan(drawn, DRAWS, draw_replicates)
    if case.raid is not None and (said := case.service_in_words(asked["as_of"])):
        print(said)
    if sweep:
        from skyshade.cli._raid_sweep import sweep_and_show

        if backend not in ("cpu", "auto"):
            raise InputError(
                "sweeps run on the CPU", field="--backend", value=backend, allowed="cpu"
            )
        of_sweep: dict[str, Any] = {"axes": sweep, "design": design, "points": points, "rows": rows}
        sweep_and_show(scenario, case, out, **of_sweep, **asked)
        return
    from skyshade.cli._raid_run import run_and_show

    if design != "grid" or points is not None:
        flag = "--design" if design != "grid" else "--points"
        raise InputError("only a sweep has a design", field=flag, hint="Add --sweep.")
    if not rows:
        raise InputError(
            "only a sweep can leave out the rows", field="--no-rows", hint="Add --sweep."
        )
    most = min(MOST_REPLAYS, replicates or MOST_REPLAYS)
    if not 0 <= replays <= most:
        raise InputError(
            "number out of bounds", field="--replays", value=replays, allowed=f"0 to {most}"
        )
    run_and_show(scenario, case, out, replays=replays, backend=backend, **asked)
    say_sensors(case, "Each replicate draws whether they are there; see --without-sensors.")


def compare_command(
    a: Annotated[str, typer.Argument(help="Name or path of a scenario with a raid.")],
    b: Annotated[str, typer.Argument(help="Name or path of the scenario to compare it with.")],
    replicates: Replicates = None,
    half_width: HalfWidth = None,
    seed: Seed = 0,
    workers: Workers = None,
    catalogue: UserFolders = None,
    out: Out = Path("out/compare"),
) -> None:
    """Run two scenarios with the same random numbers and compare what gets through."""
    from skyshade.campaign.compare import compare
    from skyshade.cli._raid_run import announcing
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report import text
    from skyshade.report.raid_files import write_comparison_results
    from skyshade.scenario.load import load_scenario, scenario_file

    cases = load_scenario(a), load_scenario(b)
    watch = Stopwatch()
    with results_folder(out) as folder:
        with stage_progress() as progress, watch("run"), naming_flags(*RUN_FLAGS):
            found = compare(
                *cases,
                replicates=replicates,
                half_width=half_width,
                seed=seed,
                workers=workers,
                files=(a, b),
                progress=announcing(progress),
            )
        files = write_comparison_results(found, folder)
        write_json(
            folder / "manifest.json",
            make_manifest(
                "raid compare",
                seed=seed,
                replicates=found.replicates,
                half_width=half_width,
                scenarios={n: sha256(scenario_file(n).read_bytes()) for n in (a, b)},
                catalogue=[case.known.identity for case in cases],
                dem=[raid.dem.identity for raid in found.raids],
                timings_s=watch.seconds,
            ),
        )
    print_table(
        f"{found.replicates} replicates with the same random numbers, seed {seed}: got through",
        ("threats", "", f"A: {a}", f"B: {b}", "B minus A (95 %)"),
        [
            (
                name,
                str(int(found.tallies[0].members[name].sum())),
                *(text.estimate(t.share(name)) for t in found.tallies),
                text.points((d.low, d.value, d.high)),
            )
            for name in found.names
            for d in (found.difference(name),)
        ],
    )
    gain = found.difference().gain
    if 1.05 < gain < 1e6:
        print(f"Two independent runs would have needed {gain:.1f} times as many replicates.")
    say_written(out, [*files, "manifest.json"])
