"""One raid: run its replicates, draw the unknown figures, write and show what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyshade.campaign.sentences import headline
from skyshade.campaign.stopping import ConfidenceSequence, leaked_share, portions
from skyshade.campaign.store import PieceStore
from skyshade.campaign.study import Study
from skyshade.campaign.uncertainty import Uncertainty, run_uncertainty
from skyshade.cli._flags import naming_flags
from skyshade.cli._show import print_table, say_written, stage_progress
from skyshade.engagement import Block, CompiledRaid, Runner, Tally, compile_raid
from skyshade.engagement.context import SHIPPED, beside
from skyshade.engagement.costs import CostTally
from skyshade.engagement.launch import MAX_REPLICATES, block_size, even_portions
from skyshade.engagement.losses import Losses
from skyshade.engagement.results import KILLED, Share
from skyshade.engagement.store import FOLDER, BlockStore
from skyshade.engagement.timeline import UNFOLDED, kill_places, unfold
from skyshade.engagement.traffic import traffic_summary
from skyshade.errors import InputError, Interrupted
from skyshade.export.raid import OutcomeWriter, write_replay
from skyshade.files import results_folder, write_json
from skyshade.manifest import Stopwatch, make_manifest, sha256
from skyshade.scenario.load import locating, scenario_file
from skyshade.scenario.raid import Raid

Progress = Callable[[str, int, int], None]


def identity_of(name: str, study: Study, dem: Any) -> dict[str, Any]:
    """What makes a run what it is: with the same of it, the same bytes."""
    from skyshade import __version__
    from skyshade.catalogue import load_catalogue

    raid = study.scenario.raid
    assert raid is not None
    return {
        "skyshade": __version__,
        "scenario": sha256(scenario_file(name).read_bytes()),
        "as_of": None if study.as_of is None else study.as_of.isoformat(),
        "seed": study.seed,
        "catalogue": load_catalogue().version,
        "dem": dem,
        "tracks": track_hashes(raid),
    }


def track_hashes(raid: Raid) -> dict[str, str]:
    """What the files of recorded traffic hold, by group."""
    return {g.id: sha256(Path(g.tracks).read_bytes()) for g in raid.groups if g.tracks}


def announce_compilation(logged: bool = False) -> None:
    """Say so if the kernel has to be compiled for this machine first."""
    from skyshade.engagement.launch import compilation

    if said := compilation(logged):
        print(f"{said.capitalize()}.", file=sys.stderr)


def percent(share: Share) -> str:
    """A share with its interval, for tables."""
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f}–{100 * share.high:.1f})"


NOBODY = Share(0.0, 0.0, 0.0)  # where there are no threats


@dataclass(eq=False)
class Answer:
    """What came of a raid.

    Attributes
    ----------
    known : share of leakers with the interval that holds for how the run was ended.
    """

    raid: CompiledRaid
    study: Study
    tally: Tally
    losses: Losses
    costs: CostTally
    known: Share
    uncertainty: Uncertainty | None

    @property
    def sentence(self) -> str | None:
        """The headline; None where there are no threats."""
        if not self.raid.is_threat.any():
            return None
        return headline(self.raid, self.known, self.uncertainty)


def run_raid_command(
    name: str,
    study: Study,
    out: Path,
    *,
    replays: int,
    backend: str,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Run a raid, print what came of it, and write its results.

    Raises
    ------
    InputError : a raid that cannot be compiled, an unusable folder.
    Interrupted : Ctrl-C; what is kept, and how to go on.
    """
    watch = Stopwatch()
    with (
        stage_progress() as progress,
        watch("compile"),
        locating(name, study.scenario),
        naming_flags("as_of"),
    ):
        raid = compile_raid(study.scenario, as_of=study.as_of, progress=progress)
    if study.half_width is not None and not raid.is_threat.any():
        raise InputError("a raid without threats has no leakers to count", field="--half-width")
    identity = identity_of(name, study, raid.coverage.dem.identity) | {"backend": backend}
    announce_compilation()
    runner = Runner(raid, study.seed, workers, backend)  # type: ignore[arg-type]
    sequence = None if study.half_width is None else ConfidenceSequence(study.half_width)
    is_long = (study.replicates or MAX_REPLICATES) > block_size(raid)
    store = BlockStore(out, identity) if is_long or study.draws else None
    tally, losses, costs = Tally(raid, seed=study.seed), Losses(raid), CostTally(raid)
    uncertainty = None
    try:
        with results_folder(out) as folder:
            with stage_progress() as progress:
                if sequence is not None and store is not None:
                    blocks = _blocks_until_known(runner, sequence, store, progress)
                else:
                    blocks = _all_blocks(runner, study.replicates or 1, store, progress)
                with watch("run"), OutcomeWriter(raid, folder) as writer:
                    for block in blocks:
                        for counter in (tally, losses, costs):
                            counter.add(block)
                        writer.write(block)
                if study.draws is not None:
                    with watch("draws"):
                        uncertainty = _draws(study, out, identity, workers, scheduler, progress)
            if sequence is not None:
                known = sequence.share
            else:
                known = tally.share() if raid.is_threat.any() else NOBODY
            answer = Answer(raid, study, tally, losses, costs, known, uncertainty)
            _show(answer)
            sys.stdout.flush()
            with watch("write"):
                files = _write(folder, answer, replays)
            write_json(
                folder / "manifest.json",
                make_manifest(
                    f"raid {study.scenario.name}",
                    **(identity | {"backend": runner.backend}),
                    replicates=tally.replicates,
                    half_width=study.half_width,
                    draws=study.draws and vars(study.draws),
                    claims=sha256(SHIPPED.read_bytes()),
                    timings_s=watch.seconds,
                ),
            )
    except KeyboardInterrupt:
        kept = f"{tally.replicates} replicates are kept in {out}; the same command goes on "
        raise Interrupted(
            "interrupted; " + (kept + "from there" if store else "nothing was written")
        ) from None
    if store:
        store.remove()
    say_written(out, files)


def _all_blocks(
    runner: Runner, replicates: int, store: BlockStore | None, progress: Progress
) -> Iterator[Block]:
    """So many replicates; finished blocks from disk, each other one run while one is used."""
    pieces = list(even_portions(block_size(runner.raid), replicates))
    kept = [p for p in pieces if store is not None and store.load(*p) is not None]
    fresh = runner.run_ahead(p for p in pieces if p not in kept)
    for first, n in pieces:
        if store is not None and (first, n) in kept:
            block = store.load(first, n)
            assert block is not None
        else:
            block = next(fresh)
            if store is not None:
                store.save(block)
        yield block
        progress("replicates", first + n, replicates)


def _blocks_until_known(
    runner: Runner, sequence: ConfidenceSequence, store: BlockStore, progress: Progress
) -> Iterator[Block]:
    """Replicates until the share of leakers is known; finished portions from disk."""
    threat = runner.raid.is_threat
    for first, n in portions(block_size(runner.raid), MAX_REPLICATES):
        block = store.load(first, n)
        if block is None:
            block = runner.run(first, n)
            store.save(block)
        yield block.first_runs(sequence.add(leaked_share(block, threat)))
        if sequence.is_known:
            return
        progress("replicates", sequence.n, sequence.expected())


def _draws(
    study: Study,
    out: Path,
    identity: dict[str, Any],
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
) -> Uncertainty:
    assert study.draws is not None
    store = PieceStore(out / FOLDER / "draws", identity | vars(study.draws))
    return run_uncertainty(
        study, store, workers, scheduler, lambda done, n: progress("draws", done, n)
    )


def _write(folder: Path, answer: Answer, replays: int) -> list[str]:
    """Write everything but the rows and the manifest; returns the files' names."""
    from skyshade.report.campaign_charts import unknowns_figure
    from skyshade.report.raid_charts import raid_figure
    from skyshade.report.raid_lines import ends_figure, time_lines_figure
    from skyshade.report.style import save_png

    raid, study, n = answer.raid, answer.study, answer.tally.replicates
    lines, ends = unfold(raid, study.seed, min(n, UNFOLDED))
    write_replay(raid, study.seed, range(min(replays, n)), folder / "replay.jsonl")
    write_json(folder / "summary.json", _summary(answer))
    write_json(
        folder / "timeline.json", lines.as_dict() | {"kills": kill_places(raid, ends)}, indent=None
    )
    figures = {"raid.png": raid_figure(raid, answer.tally, study.seed)}
    if raid.is_threat.any():
        figures["timeline.png"] = time_lines_figure(raid, lines)
        figures["kills.png"] = ends_figure(raid, ends)
    if answer.uncertainty is not None and answer.sentence is not None:
        figures["unknowns.png"] = unknowns_figure(answer.sentence, answer.known, answer.uncertainty)
    for name, figure in figures.items():
        save_png(figure, folder / name)
    data = ["summary.json", "outcomes.parquet", "runs.parquet", "timeline.json", "replay.jsonl"]
    return [*data, *figures]


def _summary(answer: Answer) -> dict[str, Any]:
    """Results, what was run, and every uncertain or assumed figure behind it."""
    raid, study, tally = answer.raid, answer.study, answer.tally
    found = tally.as_dict()
    if study.half_width is not None:
        found["outcomes"]["all"]["leaked"] = answer.known.as_dict() | {
            "interval": "95 % at every number of replicates (confidence sequence)"
        }
    drawn = answer.uncertainty
    return {
        "scenario": raid.scenario.name,
        "title": raid.scenario.title,
        "headline": answer.sentence,
        "targets": raid.n_targets,
        "threats": int(raid.is_threat.sum()),
        "fire_units": [u.id for u in raid.units],
        "unknown_terrain_share": round(raid.outside, 4),
        **found,
        "unknown_figures": None if drawn is None else drawn.as_dict(),
        "losses": answer.losses.as_dict(),
        "cost": answer.costs.as_dict(),
        "traffic": traffic_summary(raid, study.seed, tally.replicates),
        "context": beside(tally),
        "figures": [u.as_dict() for u in raid.unknowns],
    }


def _show(answer: Answer) -> None:
    """The tables and the sentence on the terminal."""
    raid, study, tally, drawn = answer.raid, answer.study, answer.tally, answer.uncertainty
    friends = {f"group {g.id}" for g in raid.groups if g.friendly}
    rows = [
        (
            name,
            str(int(tally.members[name].sum())),
            percent(tally.share(name, KILLED)),
            percent(answer.known if name == "all" else tally.share(name)),
            *([] if drawn is None else [_band(drawn, name)]),
        )
        for name in tally.members
        if name not in friends
    ]
    headings = ["targets", "", "shot down", "got through (95 % interval)"]
    if drawn is not None:
        headings.append("with unknown figures (5–95 %)")
    title = f"{study.scenario.title}: {tally.replicates} replicates, seed {study.seed}"
    if rows:
        print_table(title, headings, rows)
    traffic = traffic_summary(raid, study.seed, tally.replicates)
    if traffic["groups"]:
        print_table(
            f"{study.scenario.title}: friendly traffic, {traffic['replicates']} replicates, seed "
            f"{study.seed}",
            ("group", "", "ever tracked", "of the time in the air", "first after", "times lost"),
            [
                (
                    name,
                    f"{t['targets']:g}",
                    f"{100 * t['ever_tracked']:.1f} %",
                    f"{100 * t['time_tracked']:.1f} %",
                    "never" if t["first_track_s"] is None else f"{t['first_track_s']:.0f} s",
                    f"{t['drops_per_target']:.2f}",
                )
                for name, t in traffic["groups"].items()
            ],
        )
    if answer.sentence:
        print(answer.sentence)
    print(_spent(answer))
    for k, part in enumerate(answer.losses.parts):
        how_often = percent(answer.losses.share(k))
        print(f"{part.name.capitalize()} of {part.at} lost in {how_often} of replicates.")
    weak = [u for u in raid.unknowns if u.weak]
    if weak:
        print(
            f"{len(weak)} of {len(raid.unknowns)} figures behind this are weak or assumed; "
            "summary.json lists them."
            + (
                ""
                if drawn
                else " The interval is Monte-Carlo error alone; --draws 64 adds "
                "what the unknown figures do."
            )
        )


def _spent(answer: Answer) -> str:
    """Rounds by type, and per target shot down."""
    rounds = answer.tally.rounds().items()
    spent = ", ".join(f"{mean:.1f} {m}" for m, (mean, _) in rounds if mean > 0)
    text = f"Rounds fired per replicate: {spent or 'none'}"
    ratio = answer.costs.rounds_per_kill()
    return text + "." if ratio is None else text + f"; {ratio.value:.2f} per target shot down."


def _band(uncertainty: Uncertainty, name: str) -> str:
    low, _, high = uncertainty.band(name)
    return f"{100 * low:.1f}–{100 * high:.1f} %"
