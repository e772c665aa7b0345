"""`skyshade raid`: a raid, a sweep over its settings, two raids compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from skyshade.cli._flags import Out, naming_flags


class _RunByDefault(TyperGroup):
    """`skyshade raid SCENARIO` is `skyshade raid run SCENARIO`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_RunByDefault,
        no_args_is_help=True,
        help="What gets through when a raid comes: `skyshade raid SCENARIO`.",
    )
    group.command("run")(run_command)
    group.command("compare")(compare_command)
    app.add_typer(group, name="raid")


Replicates = Annotated[
    int | None, typer.Option(help="How often the raid is run. [default: 2000]", show_default=False)
]
HalfWidth = Annotated[
    float | None,
    typer.Option(
        help="Instead: run until the share that gets through is known so well, e.g. 0.01; "
        "the interval stays valid although it is looked at again and again."
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of all chance, 0 to 2^64 - 1.")]
Workers = Annotated[
    int | None, typer.Option(help="Threads; results do not depend on it. [default: all cores]")
]


def run_command(
    scenario: Annotated[str, typer.Argument(help="A scenario with a raid: its name or path.")],
    replicates: Replicates = None,
    half_width: HalfWidth = None,
    seed: Seed = 0,
    as_of: Annotated[
        str | None, typer.Option(help="Only the sites operational on this date.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            help="Points of a Sobol sequence at which the unknown figures are drawn, "
            "a power of two; 0: default figures only."
        ),
    ] = 0,
    draw_replicates: Annotated[int, typer.Option(help="Replicates at each draw.")] = 200,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            help="Run over a range: FIELD=LOW:HIGH[:NUMBER] or FIELD=VALUE,VALUE; may be repeated."
        ),
    ] = None,
    rows: Annotated[
        bool, typer.Option(help="In a sweep, keep a row per point, replicate and target.")
    ] = True,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler whose workers do the sweep and the draws."),
    ] = None,
    replays: Annotated[int, typer.Option(help="Replicates written event by event.")] = 1,
    backend: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "cpu",
    workers: Workers = None,
    out: Out = Path("out/raid"),
) -> None:
    """What gets through when a raid comes: Monte-Carlo over the whole kill chain."""
    from skyshade.campaign.pieces import Draws, Study
    from skyshade.campaign.sensitivity import check_draws
    from skyshade.cli._flags import day
    from skyshade.cli._raid_run import run_raid_command
    from skyshade.cli._raid_sweep import sweep_command
    from skyshade.errors import InputError
    from skyshade.scenario.load import load_scenario

    _check(replicates, half_width, seed, workers)
    if draws:
        with naming_flags("draws"):
            check_draws(draws)
    _bounds("--draw-replicates", draw_replicates, 1, 10**6)
    if scheduler is not None and not (sweep or draws):
        raise InputError(
            "a scheduler serves sweeps and draws",
            field="--scheduler",
            hint="Add --sweep or --draws.",
        )
    study = Study(
        load_scenario(scenario),
        seed,
        day(as_of),
        None if half_width is not None else replicates or 2000,
        half_width,
        Draws("band" if sweep else "indices", draws, draw_replicates) if draws else None,
        rows,
    )
    if sweep:
        if backend not in ("cpu", "auto"):
            raise InputError(
                "sweeps run on the CPU", field="--backend", value=backend, allowed="cpu"
            )
        sweep_command(scenario, study, sweep, out, workers=workers, scheduler=scheduler)
        return
    if not rows:
        raise InputError("only sweeps go without rows", field="--no-rows", hint="Add --sweep.")
    _bounds("--replays", replays, 0, min(study.replicates or 1000, 1000))
    run_raid_command(
        scenario, study, out, replays=replays, backend=backend, workers=workers, scheduler=scheduler
    )


def compare_command(
    a: Annotated[str, typer.Argument(help="A scenario with a raid: its name or path.")],
    b: Annotated[str, typer.Argument(help="The other.")],
    replicates: Replicates = None,
    half_width: HalfWidth = None,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = Path("out/compare"),
) -> None:
    """Two raids or defences under the same random numbers: which lets more through, how surely."""
    from skyshade.campaign.compare import compare
    from skyshade.catalogue import load_catalogue
    from skyshade.cli._raid_run import announce_compilation
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.engagement import compile_raid
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report import text
    from skyshade.report.campaign_charts import comparison_figure
    from skyshade.report.style import save_png
    from skyshade.scenario.load import load_scenario, locating, scenario_file

    _check(replicates, half_width, seed, workers)
    watch = Stopwatch()
    with results_folder(out) as folder, stage_progress() as progress:
        raids = []
        for name in (a, b):
            case = load_scenario(name)
            with watch("compile"), locating(name, case):
                raids.append(compile_raid(case, progress=progress))
        announce_compilation()
        with watch("run"), naming_flags("half_width"):
            found = compare(
                raids[0],
                raids[1],
                replicates or 2000,
                seed,
                half_width=half_width,
                workers=workers,
                progress=lambda done, n: progress("replicates", done, n),
            )
        write_json(folder / "compare.json", found.as_dict())
        save_png(comparison_figure(found), folder / "compare.png")
        write_json(
            folder / "manifest.json",
            make_manifest(
                "raid compare",
                seed=seed,
                replicates=found.replicates,
                half_width=half_width,
                scenarios={n: sha256(scenario_file(n).read_bytes()) for n in (a, b)},
                catalogue=load_catalogue().version,
                dem=[raid.coverage.dem.identity for raid in raids],
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
    say_written(out, ["compare.json", "compare.png", "manifest.json"])


def _check(
    replicates: int | None, half_width: float | None, seed: int, workers: int | None
) -> None:
    from skyshade.campaign.stopping import ConfidenceSequence
    from skyshade.engagement.launch import check_run
    from skyshade.errors import InputError

    check_run(1 if replicates is None else replicates, seed)
    if half_width is not None:
        if replicates is not None:
            raise InputError(
                "either so many replicates or until it is known so well",
                field="--half-width",
                hint="Leave one of the two out.",
            )
        with naming_flags("half_width"):
            ConfidenceSequence(half_width)
    if workers is not None:
        _bounds("--workers", workers, 1, 1024)


def _bounds(flag: str, value: int, low: int, high: int) -> None:
    from skyshade.errors import InputError

    if not low <= value <= high:
        raise InputError(
            "number out of bounds", field=flag, value=value, allowed=f"{low} to {high}"
        )
