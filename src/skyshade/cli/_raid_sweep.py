"""A raid over a range of settings: run it, write and show what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skyshade.campaign.axes import grid, parse_axis
from skyshade.campaign.pieces import bench_of
from skyshade.campaign.sentences import sweep_sentence
from skyshade.campaign.store import KEY, PieceStore
from skyshade.campaign.study import Study
from skyshade.campaign.sweep import Sweep, check_settings, run_sweep
from skyshade.cli._flags import naming_flags
from skyshade.cli._raid_run import announce_compilation, identity_of
from skyshade.cli._show import print_table, say_written, stage_progress
from skyshade.errors import Interrupted
from skyshade.files import results_folder, write_json
from skyshade.manifest import Stopwatch, make_manifest
from skyshade.scenario.load import locating

MOST_ROWS = 24  # of the table on the terminal


def sweep_command(
    name: str,
    study: Study,
    texts: Sequence[str],
    out: Path,
    *,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Run a sweep, write its results, and print them.

    Raises
    ------
    InputError : an unusable axis, folder or scheduler.
    Interrupted : Ctrl-C; what is kept, and how to go on.
    """
    import pyarrow.parquet as pq

    from skyshade.report.campaign_charts import sweep_figure
    from skyshade.report.style import save_png

    axes = [parse_axis(text) for text in texts]
    watch, finished = Stopwatch(), [0, 0]
    grid(axes)
    check_settings(study, axes)
    with stage_progress() as progress, results_folder(out) as folder:
        with watch("compile"), locating(name, study.scenario), naming_flags("as_of"):
            dem = bench_of(study).base.dem.identity
        identity = identity_of(name, study, dem) | {
            "sweep": {a.field.name: a.values for a in axes},
            "replicates": study.replicates,
            "half_width": study.half_width,
            "rows": study.rows,
            "draws": study.draws and vars(study.draws),
        }
        store = PieceStore(out, identity)
        announce_compilation()

        def tell(done: int, total: int) -> None:
            finished[:] = done, total
            progress("design points", done, total)

        try:
            with watch("run"):
                sweep = run_sweep(study, axes, store, workers, scheduler, tell)
        except KeyboardInterrupt:
            done, total = finished
            raise Interrupted(
                f"interrupted; {done} of {total} pieces are kept in {out}; the same command goes "
                "on from there"
            ) from None
        with watch("write"):
            files = ["summary.json", "sweep.parquet"]
            pq.write_table(sweep.to_arrow(), folder / "sweep.parquet", compression="zstd")
            write_json(
                folder / "summary.json",
                {
                    "scenario": study.scenario.name,
                    "title": study.scenario.title,
                    "headline": sweep_sentence(sweep),
                    **sweep.as_dict(),
                },
            )
            figure = sweep_figure(sweep)
            if figure is not None:
                save_png(figure, folder / "sweep.png")
                files.append("sweep.png")
        write_json(
            folder / "manifest.json",
            make_manifest(f"raid {study.scenario.name}", **identity, timings_s=watch.seconds),
        )
    _show(sweep)
    print(sweep_sentence(sweep))
    if figure is None:
        print("Only a sweep along one or two fields is drawn.")
    say_written(out, [*files, *(["outcomes/"] if study.rows else []), KEY])


def _show(sweep: Sweep) -> None:
    """Points evenly chosen from the sweep, with both bars."""
    n = len(sweep.points)
    shown = sorted(
        {round(i * (n - 1) / (min(n, MOST_ROWS) - 1)) for i in range(min(n, MOST_ROWS))}
        if n > 1
        else {0}
    )
    headings = [a.field.label + (f", {a.field.unit}" if a.field.unit else "") for a in sweep.axes]
    headings += ["replicates", "got through (95 % interval)"]
    if sweep.bands is not None:
        headings.append("with unknown figures (5–95 %)")
    rows = []
    for i in shown:
        low, value, high = 100 * sweep.leaked[i]
        row = [f"{v:g}" for v in sweep.points[i].values()]
        row += [str(sweep.results[i]["replicates"]), f"{value:.1f} % ({low:.1f}–{high:.1f})"]
        if sweep.bands is not None:
            row.append(f"{100 * sweep.bands[i, 0]:.1f}–{100 * sweep.bands[i, 2]:.1f} %")
        rows.append(row)
    title = f"{sweep.study.scenario.title}: {n} design points, seed {sweep.study.seed}"
    print_table(title + (f", {len(shown)} of them shown" if len(shown) < n else ""), headings, rows)
