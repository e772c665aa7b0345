"""`skyshade raid SCENARIO --sweep …`: run a sweep, write and show the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skyshade.campaign.store import CAMPAIGN
from skyshade.campaign.sweep import Sweep, sweep
from skyshade.cli._flags import DRAW_REPLICATES, RUN_FLAGS, naming_flags
from skyshade.cli._raid_run import announcing
from skyshade.cli._show import print_table, say_written, stage_progress
from skyshade.engagement.results import Share
from skyshade.errors import Interrupted
from skyshade.files import results_folder, write_json
from skyshade.manifest import Stopwatch, make_manifest, sha256
from skyshade.report import text
from skyshade.scenario.load import locating, scenario_file
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.drivers import named_drivers

MOST_ROWS = 24  # of the table on the terminal
MOST_UNKNOWNS = 8  # of the ranking on the terminal


def sweep_and_show(
    name: str, scenario: Scenario, out: Path, *, axes: list[str], **asked: Any
) -> None:
    """Run a sweep, write its files, and print its result.

    Parameters
    ----------
    asked : further parameters of :func:`sweep`.

    Raises
    ------
    InputError : an unusable axis, folder or scheduler, numbers out of bounds.
    Interrupted : the user pressed Ctrl-C; the message says what is kept and how to resume.
    """
    from skyshade.report.raid_files import write_sweep_results

    watch, pieces = Stopwatch(), (0, 0)
    with results_folder(out) as folder:
        with stage_progress() as progress:
            shown = announcing(progress)

            def tell(stage: str, done: int, total: int) -> None:
                nonlocal pieces
                if stage == "design points":
                    pieces = done, total
                shown(stage, done, total)

            try:
                with (
                    watch("run"),
                    locating(name, scenario),
                    naming_flags(*RUN_FLAGS, "design", "points", others=DRAW_REPLICATES),
                ):
                    found = sweep(scenario, axes, store=out, progress=tell, **asked)
            except KeyboardInterrupt:
                raise Interrupted(
                    f"interrupted; {pieces[0]} of {pieces[1]} pieces are kept in {out}; run the "
                    "same command again to continue"
                ) from None
        with watch("write"):
            files = write_sweep_results(found, folder)
        made_from = {**found.identity, "scenario": sha256(scenario_file(name).read_bytes())}
        write_json(
            folder / "manifest.json",
            make_manifest(f"raid {scenario.name}", **made_from, timings_s=watch.seconds),
        )
    _show(found)
    if found.drivers:
        _show_unknowns(found)
    print(found.headline)
    if "sweep.png" not in files:
        print("Only a sweep along a field with several values is drawn.")
    say_written(out, [*files, *(["outcomes/"] if found.study.rows else []), CAMPAIGN])


def _show(found: Sweep) -> None:
    """Print a table of evenly spaced points, with both intervals."""
    n = len(found.points)
    most = min(n, MOST_ROWS)
    shown = sorted({round(i * (n - 1) / max(most - 1, 1)) for i in range(most)})
    headings = [a.field.label + (f", {a.field.unit}" if a.field.unit else "") for a in found.axes]
    headings += ["replicates", "got through (95 % interval)"]
    if found.bands is not None:
        headings += ["with unknown figures (5 to 95 %)", "what decides it"]
    rows = []
    for i in shown:
        low, value, high = found.leaked[i]
        row = [f"{v:g}" for v in found.points[i].values()]
        row += [str(found.results[i]["replicates"]), text.estimate(Share(value, low, high))]
        if found.bands is not None:
            row.append(text.percent_range(found.bands[i, 0], found.bands[i, 2]))
            row.append(_decides(found, i))
        rows.append(row)
    title = f"{found.study.scenario.title}: {n} design points, seed {found.study.seed}"
    print_table(title + (f", {len(shown)} of them shown" if len(shown) < n else ""), headings, rows)


def _decides(found: Sweep, i: int) -> str:
    """The unknown that matters most at a point; nothing if chance alone would name it."""
    assert found.uncertainties is not None
    return next((d.key for d in named_drivers(found.uncertainties[i].drivers)), text.NONE)


def _show_unknowns(found: Sweep) -> None:
    """The unknown figures over all points, strongest first."""
    assert found.uncertainties is not None
    n = found.uncertainties[0].plan.n
    print_table(
        f"Unknown figures over all {len(found.points)} points, {n} draws at each",
        ("unknown", "share of the variance", "by chance, up to", "got through, figure low → high"),
        [
            (
                f"{d.key} {text.mark(d.weak, d.memory_only)}".rstrip(),
                text.percent(d.share),
                text.percent(d.weights[0].by_chance),
                f"{text.percent(d.swing[0])} → {text.percent(d.swing[1])}",
            )
            for d in found.drivers[:MOST_UNKNOWNS]
        ],
    )
