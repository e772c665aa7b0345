"""`skyshade raid`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from skyshade.engagement import CompiledRaid, Tally
    from skyshade.engagement.results import Share

from skyshade.cli._flags import Out, naming_flags


def register(app: typer.Typer) -> None:
    app.command("raid")(raid_command)


def raid_command(
    scenario: Annotated[str, typer.Argument(help="A scenario with a raid: its name or path.")],
    replicates: Annotated[int, typer.Option(help="How often the raid is run.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of all chance, 0 to 2^64 - 1.")] = 0,
    as_of: Annotated[
        str | None, typer.Option(help="Only the sites operational on this date.")
    ] = None,
    replays: Annotated[int, typer.Option(help="Replicates written event by event.")] = 1,
    backend: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "cpu",
    workers: Annotated[
        int | None, typer.Option(help="Threads; results do not depend on it. [default: all cores]")
    ] = None,
    out: Out = Path("out/raid"),
) -> None:
    """What gets through when a raid comes: Monte-Carlo over the whole kill chain."""
    from skyshade import __version__
    from skyshade._jit import is_compiled
    from skyshade.catalogue import load_catalogue
    from skyshade.cli._flags import day
    from skyshade.cli._show import print_table, say_written, stage_progress
    from skyshade.engagement import Runner, Tally, compile_raid
    from skyshade.engagement._cpu import run_share
    from skyshade.engagement.launch import block_size, check_run
    from skyshade.engagement.results import KILLED
    from skyshade.engagement.store import BlockStore
    from skyshade.engagement.traffic import traffic_summary
    from skyshade.errors import InputError, Interrupted
    from skyshade.export.raid import OutcomeWriter, write_replay
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import Stopwatch, make_manifest, sha256
    from skyshade.report.raid_charts import raid_figure
    from skyshade.report.style import save_png
    from skyshade.scenario.load import load_scenario, locating, scenario_file

    check_run(replicates, seed)
    if not 0 <= replays <= min(replicates, 1000):
        raise InputError("number of replays out of bounds", field="--replays", value=replays,
                         allowed=f"0 to {min(replicates, 1000)}")  # fmt: skip
    if workers is not None and not 1 <= workers <= 1024:
        raise InputError("number of workers out of bounds", field="--workers", value=workers,
                         allowed="1 to 1024")  # fmt: skip
    case = load_scenario(scenario)
    watch = Stopwatch()
    with stage_progress() as progress:
        with watch("compile"), locating(scenario, case), naming_flags("as_of"):
            raid = compile_raid(case, as_of=day(as_of), progress=progress)
        identity = {
            "skyshade": __version__, "scenario": sha256(scenario_file(scenario).read_bytes()),
            "as_of": as_of, "seed": seed,
            "catalogue": load_catalogue().version, "dem": raid.coverage.dem.identity,
            "tracks": {g.id: sha256(Path(g.tracks).read_bytes())
                       for g in raid.raid.groups if g.tracks},
            "backend": backend,
        }  # fmt: skip
        if not is_compiled(run_share):
            print("Compiling the raid kernel for this machine: once, about a minute.",
                  file=sys.stderr)  # fmt: skip
        runner = Runner(raid, seed, workers, backend)  # type: ignore[arg-type]
        tally, size = Tally(raid), block_size(raid)
        store = BlockStore(out, identity) if replicates > size else None
        done = 0
        try:
            with results_folder(out) as folder:
                with watch("run"), OutcomeWriter(raid, folder) as writer:
                    progress("replicates", 0, replicates)
                    for first in range(0, replicates, size):
                        n = min(size, replicates - first)
                        block = store.load(first, n) if store else None
                        if block is None:
                            block = runner.run(first, n)
                            if store:
                                store.save(block)
                        tally.add(block)
                        writer.write(block)
                        done += n
                        progress("replicates", done, replicates)
                with watch("write"):
                    write_replay(raid, seed, range(replays), folder / "replay.jsonl")
                    traffic = traffic_summary(raid, seed, replicates)
                    write_json(folder / "summary.json", _summary(raid, tally, traffic))
                    save_png(raid_figure(raid, tally, seed), folder / "raid.png")
                write_json(
                    folder / "manifest.json",
                    make_manifest(
                        f"raid {case.name}", **(identity | {"backend": runner.backend}),
                        replicates=replicates, timings_s=watch.seconds,
                    ),
                )  # fmt: skip
        except KeyboardInterrupt:
            kept = f"{done} of {replicates} replicates are kept in {out}; the same command goes on "
            raise Interrupted(
                "interrupted; " + (kept + "from there" if store else "nothing was written")
            ) from None
        if store:
            store.remove()
    friends = {f"group {g.id}" for g in raid.groups if g.friendly}
    rows = [
        (name, str(int(tally.members[name].sum())), _percent(tally.share(name, KILLED)),
         _percent(tally.share(name)))
        for name in tally.members if name not in friends
    ]  # fmt: skip
    if rows:
        print_table(
            f"{case.title}: {replicates} replicates, seed {seed}",
            ("targets", "", "shot down", "got through (95 % interval)"), rows,
        )  # fmt: skip
    if traffic["groups"]:
        print_table(
            f"{case.title}: friendly traffic, {traffic['replicates']} replicates, seed {seed}",
            ("group", "", "ever tracked", "of the time in the air", "first after", "times lost"),
            [
                (name, f"{t['targets']:g}", f"{100 * t['ever_tracked']:.1f} %",
                 f"{100 * t['time_tracked']:.1f} %",
                 "never" if t["first_track_s"] is None else f"{t['first_track_s']:.0f} s",
                 f"{t['drops_per_target']:.2f}")
                for name, t in traffic["groups"].items()
            ],
        )  # fmt: skip
    spent = ", ".join(f"{mean:.1f} {m}" for m, (mean, _) in tally.rounds().items() if mean > 0)
    print(f"Rounds fired per replicate: {spent or 'none'}.")
    weak = [u.title for u in raid.unknowns if u.weak]
    if weak:
        print(f"{len(weak)} of {len(raid.unknowns)} figures behind this are weak or assumed; "
              "summary.json lists them. The interval is Monte-Carlo error alone.")  # fmt: skip
    say_written(out, ["summary.json", "outcomes.parquet", "runs.parquet", "replay.jsonl",
                      "raid.png"])  # fmt: skip


def _percent(share: Share) -> str:
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f}–{100 * share.high:.1f})"


def _summary(raid: CompiledRaid, tally: Tally, traffic: dict[str, Any]) -> dict[str, Any]:
    """Results, what was run, and every uncertain or assumed figure behind it."""
    return {
        "scenario": raid.scenario.name,
        "title": raid.scenario.title,
        "targets": raid.n_targets,
        "threats": int(raid.is_threat.sum()),
        "fire_units": [u.id for u in raid.units],
        "unknown_terrain_share": round(raid.outside, 4),
        **tally.as_dict(),
        "traffic": traffic,
        "figures": [
            {"key": u.key, "title": u.title, "unit": u.unit, "value": u.value, "low": u.low,
             "high": u.high, "origin": u.origin, "weak": u.weak, "memory_only": u.memory_only,
             "why": u.why} for u in raid.unknowns
        ],
    }  # fmt: skip
