"""Run one raid to an answer: how much gets through, how sure that is, which unknown decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from skyshade.campaign import sentences
from skyshade.campaign.binding import REPLICATES as ONE_MORE_REPLICATES
from skyshade.campaign.binding import OneMore, one_more
from skyshade.campaign.blocks import run_blocks
from skyshade.campaign.pieces import bench_of
from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.campaign.store import BlockStore, PieceStore, working_folder
from skyshade.campaign.study import (
    REPLICATES,
    DrawPlan,
    Progress,
    Study,
    check_length,
    check_workers,
    plan_draws,
    silent,
)
from skyshade.campaign.uncertainty import Uncertainty, draw_unknowns, run_uncertainty
from skyshade.engagement.by_layer import LayerTally
from skyshade.engagement.compile import CompiledRaid, PreparedRaid, prepare_raid
from skyshade.engagement.context import beside
from skyshade.engagement.costs import CostTally
from skyshade.engagement.explain import Nearest, nearest_units
from skyshade.engagement.launch import Block, Runner, choose_backend
from skyshade.engagement.losses import Losses
from skyshade.engagement.results import LEAKED, Share, Tally
from skyshade.engagement.timeline import UNFOLDED, Ends, TimeLines, unfold
from skyshade.engagement.traffic import traffic_summary
from skyshade.errors import InputError
from skyshade.scenario.schema import AsOf, Scenario
from skyshade.shown import Mapped

Sink = Callable[[CompiledRaid, Block], None]


@dataclass(eq=False, repr=False)
class RaidResult(Mapped):
    """The result of a raid.

    Attributes
    ----------
    tally, losses, costs, layers : sums over the replicates.
    sequence : the stopping rule; None if the number of replicates was given.
    uncertainty : the effect of the unknown figures; None if they were not drawn.
    identity : everything that the replicates depend on: with equal identities, replicate 7 of two
        runs is the same.
    """

    raid: CompiledRaid
    tally: Tally
    losses: Losses
    costs: CostTally
    layers: LayerTally
    sequence: ConfidenceSequence | None
    uncertainty: Uncertainty | None
    identity: Mapping[str, Any]

    @property
    def _in_short(self) -> str:
        return self.tally._in_short

    @property
    def seed(self) -> int:
        """Seed of all random numbers."""
        return self.tally.seed

    @property
    def replicates(self) -> int:
        """Number of replicates that were run."""
        return self.tally.replicates

    def share(self, name: str = "all", outcome: int = LEAKED) -> Share:
        """Share of these targets ("all", "class …", "group …") with this outcome.

        If a stopping rule ended the run, the share of all threats that leak has the interval of
        that rule. All other intervals are Wilson's.
        """
        if self.sequence is not None and (name, outcome) == ("all", LEAKED):
            return self.sequence.share
        return self.tally.share(name, outcome)

    @property
    def headline(self) -> str | None:
        """The answer in a sentence or two; None for a raid without threats."""
        if not self.raid.is_threat.any():
            return None
        leaked = None if self.sequence is None else self.sequence.share
        return sentences.headline(self.tally, self.uncertainty, leaked)

    @cached_property
    def nearest(self) -> dict[str, Nearest]:
        """For each group of threats the nearest unit, and what that sees at the group's aim."""
        return nearest_units(self.raid)

    @cached_property
    def one_more(self) -> list[OneMore]:
        """What one more of each means would change, most useful first; empty without threats."""
        if not self.raid.is_threat.any():
            return []
        return one_more(self.raid, min(self.replicates, ONE_MORE_REPLICATES), self.seed)

    @cached_property
    def unfolded(self) -> tuple[TimeLines, Ends]:
        """The first 200 replicates, event by event; see :func:`unfold`."""
        return unfold(self.raid, self.seed, min(self.replicates, UNFOLDED))

    @cached_property
    def traffic(self) -> dict[str, Any]:
        """How well friendly traffic is tracked; see :func:`traffic_summary`."""
        return traffic_summary(self.raid, self.seed, self.replicates)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: results, the defence and targets, every uncertain or assumed figure."""
        raid, found = self.raid, self.tally.as_dict()
        if self.sequence is not None:
            found["outcomes"]["all"]["leaked"] = self.share().as_dict() | {
                "interval": "95 % at every number of replicates (confidence sequence)"
            }
        return {
            "scenario": raid.scenario.name,
            "title": raid.scenario.title,
            "headline": self.headline,
            "targets": raid.n_targets,
            "threats": int(raid.is_threat.sum()),
            "fire_units": [u.id for u in raid.units],
            "unknown_terrain_share": round(raid.outside, 4),
            **found,
            "nearest_units": [n.as_dict() for n in self.nearest.values()],
            "one_more": [m.as_dict() for m in self.one_more],
            "unknown_figures": None if self.uncertainty is None else self.uncertainty.as_dict(),
            "losses": self.losses.as_dict(),
            "cost": self.costs.as_dict(),
            **({"layers": self.layers.as_dict()} if self.layers.is_layered else {}),
            "traffic": self.traffic,
            "context": beside(self.tally),
            "figures": [u.as_dict() for u in raid.unknowns],
        }


def run_raid(
    scenario: Scenario | PreparedRaid | CompiledRaid,
    *,
    replicates: int | None = None,
    half_width: float | None = None,
    draws: int | DrawPlan | None = None,
    seed: int = 0,
    as_of: AsOf = None,
    store: str | Path | None = None,
    backend: str = "cpu",
    workers: int | None = None,
    scheduler: str | None = None,
    sink: Sink = lambda raid, block: None,
    progress: Progress = silent,
) -> RaidResult:
    """Run a scenario's raid to an answer.

    Parameters
    ----------
    scenario : a scenario with a raid, or a raid that is prepared or compiled already.
    replicates : number of replicates, 1 to 10^9; 2000 by default.
    half_width : run until the share that gets through is known to ± this instead.
    draws : number of draws of the unknown figures (a power of two), or a plan; none by default.
    seed : 0 to 2^64 - 1; the same seed gives the same results on any number of workers.
    as_of : only the sites operational on this date, by default the scenario's own; or "all".
    store : a folder for finished work. A run that was stopped resumes from it. The folder is not
        deleted at the end. Draws of a prepared raid are not stored.
    backend : "cpu", "cuda", or "auto": CUDA if there is a device.
    workers : threads; by default one per core.
    scheduler : address of a Dask scheduler; its workers run the draws.
    sink : called with the compiled raid and each block of replicates, in order, as they finish.
    progress : called with a stage, the amount done, and the total.

    Raises
    ------
    InputError : no raid, or one that cannot be compiled; numbers out of bounds; a store of another
        run; draws of a compiled raid; a date for a raid that is prepared or compiled already; a
        scheduler without draws, for a prepared raid, or one that does not answer.

    Examples
    --------
    >>> from skyshade import load_scenario, run_raid
    >>> run_raid(load_scenario("saturation"), replicates=50, seed=7)
    <RaidResult: saturation, 100 targets, 50 replicates, seed 7>
    """
    check_length(replicates, half_width, seed)
    check_workers(workers)
    plan, runs_on = plan_draws(draws, "band"), choose_backend(backend)
    _check_fit(scenario, plan, as_of, scheduler)
    if half_width is None and replicates is None:
        replicates = REPLICATES
    raid, prepared = _compiled(scenario, as_of, progress)
    if not raid.is_threat.any():
        _check_threats(half_width=half_width, draws=plan)
    day = scenario.on(as_of) if isinstance(scenario, Scenario) else "all"  # fixed long ago
    study = Study(raid.scenario, seed, day, replicates, half_width, plan)
    identity = study.identity(raid.dem.identity) | {"backend": runs_on}
    if not isinstance(scenario, Scenario):
        identity |= {"plan": _fingerprint(raid)}
    kept = None if store is None else BlockStore(Path(store), identity)
    sequence = None if half_width is None else ConfidenceSequence(half_width)
    counters = Tally(raid, seed=seed), Losses(raid), CostTally(raid), LayerTally(raid)
    runner = Runner(raid, seed, workers, runs_on)
    for block in run_blocks(runner, replicates, sequence, kept, partial(progress, "replicates")):
        for counter in counters:
            counter.add(block)
        sink(raid, block)
    uncertainty = None
    if plan is not None and prepared is not None:
        if isinstance(scenario, PreparedRaid) or (store is None and scheduler is None):
            tell = partial(progress, "draws")
            uncertainty = draw_unknowns(prepared, plan, seed, workers, tell)
        else:
            uncertainty = _draw(study, prepared, identity, store, workers, scheduler, progress)
    return RaidResult(raid, *counters, sequence, uncertainty, identity)


def _check_fit(
    scenario: Scenario | PreparedRaid | CompiledRaid,
    plan: DrawPlan | None,
    as_of: AsOf,
    scheduler: str | None,
) -> None:
    """Raise InputError if two of the arguments exclude each other."""
    if scheduler is not None and plan is None:
        raise InputError(
            "a scheduler serves sweeps and draws",
            field="scheduler",
            hint="Ask for draws of the unknown figures, or leave the scheduler out.",
        )
    if isinstance(scenario, Scenario):
        return
    fixed: dict[str, Any]
    if isinstance(scenario, PreparedRaid):
        kind, fixed = "date and terrain of a prepared raid", {"scheduler": scheduler}
    else:
        kind, fixed = "figures and date of a compiled raid", {"draws": plan}
    for field, given in (fixed | {"as_of": as_of}).items():
        if given is not None:
            raise InputError(f"{kind} are fixed", field=field, hint="Pass the scenario instead.")


def _check_threats(**asked: Any) -> None:
    """Raise InputError if one of these, which only a raid with threats has, is given."""
    for field, given in asked.items():
        if given is not None:
            raise InputError("a raid without threats has no leakers to count", field=field)


def _compiled(
    scenario: Scenario | PreparedRaid | CompiledRaid, as_of: AsOf, progress: Progress
) -> tuple[CompiledRaid, PreparedRaid | None]:
    """The raid at its default figures, and the prepared raid that gives it at others."""
    if isinstance(scenario, CompiledRaid):
        return scenario, None
    if isinstance(scenario, Scenario):
        scenario = prepare_raid(scenario, as_of=as_of, progress=progress)
    return scenario.compile(), scenario


def _draw(
    study: Study,
    prepared: PreparedRaid,
    identity: Mapping[str, Any],
    store: str | Path | None,
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
) -> Uncertainty:
    """Run the draws of the unknown figures piece by piece, in a store or on a scheduler."""
    assert study.draws is not None
    tell = partial(progress, "draws")
    bench_of(study, prepared)
    with working_folder(store) as folder:
        pieces = PieceStore(folder / "draws", {**identity, **asdict(study.draws)})
        return run_uncertainty(study, pieces, workers, scheduler, tell)


def _fingerprint(raid: CompiledRaid) -> str:
    """A hash of all arrays that the kernel reads."""
    digest = hashlib.sha256()

    def feed(part: Any) -> None:
        if isinstance(part, tuple):
            for inner in part:
                feed(inner)
        else:
            values = np.asarray(part)
            digest.update(f"{values.dtype} {values.shape}".encode() + values.tobytes())

    feed(raid.plan)
    return digest.hexdigest()
