"""`skyshade raid SCENARIO`: run a raid, write and show the result."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skyshade.campaign.run import RaidResult, run_raid
from skyshade.campaign.store import BlockStore
from skyshade.campaign.study import Progress
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.cli._flags import DRAW_REPLICATES, RUN_FLAGS, naming_flags
from skyshade.cli._show import print_table, say_written, stage_progress
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.context import SHIPPED
from skyshade.engagement.launch import Block
from skyshade.engagement.results import KILLED
from skyshade.errors import Interrupted
from skyshade.export.raid import OutcomeWriter
from skyshade.files import results_folder, write_json
from skyshade.manifest import Stopwatch, make_manifest, sha256
from skyshade.report import text
from skyshade.report.layer_tables import layer_tables
from skyshade.report.raid_tables import explanations, named_targets, why_text
from skyshade.scenario.load import locating, scenario_file
from skyshade.scenario.schema import Scenario

UNFINISHED = ".unfinished"  # in the results folder: finished blocks of an unfinished run


def announce_compilation() -> None:
    """Tell the user if the kernel must be compiled for this machine first."""
    from skyshade.engagement.launch import compilation

    if said := compilation():
        print(f"{said.capitalize()}.", file=sys.stderr)


def announcing(progress: Progress) -> Progress:
    """The same progress, which calls :func:`announce_compilation` before the first replicate."""

    def tell(stage: str, done: int, total: int) -> None:
        if done == 0 and stage in ("replicates", "design points"):
            announce_compilation()
        progress(stage, done, total)

    return tell


def run_and_show(name: str, scenario: Scenario, out: Path, *, replays: int, **asked: Any) -> None:
    """Run a raid, print its result, and write its files.

    Parameters
    ----------
    asked : further parameters of :func:`run_raid`.

    Raises
    ------
    InputError : a raid that cannot be compiled, an unusable folder, numbers out of bounds.
    Interrupted : the user pressed Ctrl-C; the message says what is kept and how to resume.
    """
    watch, kept, done = Stopwatch(), out / UNFINISHED, 0
    try:
        with results_folder(out) as folder:
            with (
                watch("run"),
                stage_progress() as progress,
                OutcomeWriter(folder) as rows,
                locating(name, scenario),
                naming_flags(*RUN_FLAGS, others=DRAW_REPLICATES),
            ):

                def take(raid: CompiledRaid, block: Block) -> None:
                    nonlocal done
                    rows.write(raid, block)
                    done = block.first + len(block.outcome)

                tell = announcing(progress)
                found = run_raid(scenario, store=kept, sink=take, progress=tell, **asked)
            _show(found)
            sys.stdout.flush()
            with watch("write"):
                from skyshade.report.raid_files import write_raid_results  # slow: after the answer

                files = write_raid_results(found, folder, replays)
            write_json(folder / "manifest.json", _manifest(name, found, watch))
    except KeyboardInterrupt:
        left = f"{done} replicates are kept in {out}; run the same command again to continue"
        raise Interrupted(f"interrupted; {left if done else 'nothing was written'}") from None
    BlockStore(kept, found.identity).remove()
    say_written(out, [*files, "outcomes.parquet", "runs.parquet"])


def _manifest(name: str, found: RaidResult, watch: Stopwatch) -> dict[str, Any]:
    """The manifest; the scenario is identified by the hash of its file."""
    drawn, sequence = found.uncertainty, found.sequence
    return make_manifest(
        f"raid {found.raid.scenario.name}",
        **{**found.identity, "scenario": sha256(scenario_file(name).read_bytes())},
        replicates=found.replicates,
        half_width=None if sequence is None else sequence.half_width,
        draws=None if drawn is None else asdict(drawn.plan),
        claims=sha256(SHIPPED.read_bytes()),
        timings_s=watch.seconds,
    )


def _show(found: RaidResult) -> None:
    """The answer, the tables, and what they rest on."""
    title = found.raid.scenario.title
    runs = f"{text.count(found.replicates, 'replicate')}, seed {found.seed}"
    if rows := _rows(found):
        print_table(f"{title}: {runs}", _headings(found), rows)
    if found.traffic["groups"]:
        _show_traffic(found)
    for table in layer_tables(found.layers):
        print_table(*table)
    for line in (found.headline, found.raid.scenario.leaves_out.strip(), *explanations(found)):
        if line:
            print(line)
    print(_spent(found))
    for k, part in enumerate(found.losses.parts):
        how_often = text.estimate(found.losses.share(k))
        print(f"{part.name.capitalize()} of {part.at} lost in {how_often} of replicates.")
    if weak := [u for u in found.raid.unknowns if u.weak]:
        print(
            f"{len(weak)} of {len(found.raid.unknowns)} figures behind this are weak or assumed; "
            "summary.json lists them."
        )
        if found.uncertainty is None:
            print(
                "The interval is Monte-Carlo error alone, since nothing that is unknown was drawn: "
                "figures, antenna heights, positions, bearings."
            )


def _headings(found: RaidResult) -> list[str]:
    """Of the columns of the table; with draws two of them say what they hold."""
    through, reasons = "got through (95 % interval)", "why, at the default figures"
    if found.uncertainty is None:
        return ["targets", "", "shot down", through, "neither", reasons]
    return [
        "targets",
        "",
        "shot down",
        "got through at the default figures (95 % interval)",
        "neither",
        "got through with what is unknown (5 to 95 %)",
        reasons,
    ]


def _rows(found: RaidResult) -> list[list[str]]:
    """A row for each of them."""
    members, drawn = found.tally.members, found.uncertainty
    return [
        [
            name,
            str(int(members[name].sum())),
            text.estimate(found.share(name, KILLED)),
            text.estimate(found.share(name)),
            text.percent(found.tally.unsettled(name)),
            *([] if drawn is None else [_band(drawn, name)]),
            why_text(found.tally, name),
        ]
        for name in named_targets(found)
    ]


def _show_traffic(found: RaidResult) -> None:
    """A table of how well friendly groups are tracked."""
    seen = found.traffic
    print_table(
        f"{found.raid.scenario.title}: friendly traffic, {seen['replicates']} replicates, seed "
        f"{found.seed}",
        ("group", "", "ever tracked", "share of flight time", "first track after", "times lost"),
        [
            (
                name,
                f"{t['targets']:g}",
                text.percent(t["ever_tracked"]),
                text.percent(t["time_tracked"]),
                "never" if t["first_track_s"] is None else text.duration(t["first_track_s"]),
                text.number(t["drops_per_target"]),
            )
            for name, t in seen["groups"].items()
        ],
    )


def _spent(found: RaidResult) -> str:
    """A sentence on the rounds fired, by type and per target shot down."""
    rounds = found.tally.rounds().items()
    spent = ", ".join(f"{text.number(mean)} {m}" for m, (mean, _) in rounds if mean > 0)
    said = f"Rounds fired per replicate: {spent or 'none'}"
    ratio = found.costs.rounds_per_kill()
    if ratio is None:
        return said + "."
    return f"{said}; {text.number(ratio.value)} per target shot down."


def _band(uncertainty: Uncertainty, name: str) -> str:
    low, _, high = uncertainty.band(name)
    return text.percent_range(low, high)
