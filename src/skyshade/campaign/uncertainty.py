"""The wider bar of a raid: its result over draws of all unknown figures, and their ranking."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade._jit import keep_to_this_thread
from skyshade.campaign.pieces import Piece, bench_of, leaked_in
from skyshade.campaign.schedule import run_pieces
from skyshade.campaign.store import PieceStore
from skyshade.campaign.study import DrawPlan, Study
from skyshade.engagement.compile import PreparedRaid
from skyshade.engagement.launch import compilation
from skyshade.processes import Processes
from skyshade.shown import Plotted, count
from skyshade.uncertainty.draws import BAND, Draws, band, check_draws
from skyshade.uncertainty.drivers import Driver, rank_drivers

VECTORS_PER_PIECE = 16


@dataclass(frozen=True, eq=False, repr=False)
class Uncertainty(Plotted):
    """The effect of unknown figures on a raid's result.

    Attributes
    ----------
    plan : the request. draws : the quantiles that were drawn.
    leaked : (vectors,) share of leakers, by name of who is counted ("all", "class …", "group …").
    """

    plan: DrawPlan
    draws: Draws
    leaked: dict[str, NDArray[np.float64]]

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.draws.columns), 'unknown')}, {count(self.vectors, 'vector')} of "
            f"{count(self.plan.replicates, 'replicate')}"
        )

    @property
    def vectors(self) -> int:
        """Number of parameter vectors: the rows of the draws but the first."""
        return len(self.draws) - 1

    def in_rows(self, name: str) -> NDArray[np.float64]:
        """(rows of the draws,) share of leakers; NaN in the default row, which was not run."""
        return np.concatenate([[np.nan], self.leaked[name]])

    def band(self, name: str = "all") -> tuple[float, float, float]:
        """5, 50 and 95 % quantiles of the share of leakers over the draws."""
        low, middle, high = band(self.in_rows(name)[self.draws.sobol])
        return float(low), float(middle), float(high)

    @cached_property
    def drivers(self) -> list[Driver]:
        """The unknowns, strongest first, for the share of all threats."""
        return self.drivers_of("all")

    def drivers_of(self, name: str) -> list[Driver]:
        """The unknowns, strongest first, for the share of these targets."""
        return rank_drivers(self.draws, self.in_rows(name))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "vectors": self.vectors,
            "replicates_per_vector": self.plan.replicates,
            "quantiles": list(BAND),
            "leaked": {name: [round(q, 6) for q in self.band(name)] for name in self.leaked},
            "drivers": [d.as_dict() for d in self.drivers],
            "drawn": {
                column.name: {f.key: [f.low, f.value, f.high] for f in column.figures}
                for column in self.draws.columns
            },
        }


def draw_pieces(point: int, settings: dict[str, float], rows: int) -> Iterator[Piece]:
    """The pieces of so many drawn vectors at a design point."""
    for first in range(0, rows, VECTORS_PER_PIECE):
        yield Piece(point, settings, (first, min(first + VECTORS_PER_PIECE, rows)))


def read_draws(store: PieceStore, pieces: list[Piece]) -> dict[str, NDArray[np.float64]]:
    """(vectors,) share of leakers by who is counted, from the finished pieces of one point."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.concat_tables([pq.read_table(store.path(p.name)) for p in pieces])
    return {
        name.removeprefix("leaked "): table[name].to_numpy()
        for name in table.column_names
        if name.startswith("leaked ")
    }


def run_uncertainty(
    study: Study,
    store: PieceStore,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Uncertainty:
    """Run the study's draws at the scenario's own settings.

    Raises
    ------
    InputError : a number of draws that is no power of two; a scheduler that does not answer.
    """
    assert study.draws is not None
    plan = study.draws
    check_draws(plan.n)
    draws = plan.of(bench_of(study).base.columns(), study.seed)
    pieces = list(draw_pieces(0, {}, len(draws) - 1))
    run_pieces(study, pieces, store, workers, scheduler, progress)
    return Uncertainty(plan, draws, read_draws(store, pieces))


def draw_unknowns(
    prepared: PreparedRaid,
    plan: DrawPlan,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Uncertainty:
    """Draw the unknown figures of a prepared raid, in memory.

    Parameters
    ----------
    progress : called with (vectors done, vectors in all).

    Raises
    ------
    InputError : a number of draws that is no power of two.
    """
    return draw_forces([prepared], plan, seed, workers, progress)[0]


def draw_forces(
    forces: Sequence[PreparedRaid],
    plan: DrawPlan,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    pool: Processes | None = None,
) -> list[Uncertainty]:
    """Draw the unknown figures of a prepared raid, against several forces at once.

    All forces meet the same draws, so a difference between two of them comes from their units; and
    what a site sees is worked out once for all forces that it belongs to.

    Parameters
    ----------
    forces : the raid against all sites, and then against some of them (`PreparedRaid.of_sites`).
        Only the unknowns of the first are ranked.
    workers : threads; by default one per core.
    progress : called with (vectors done, vectors in all).
    pool : processes that do the work instead of threads: much of it is many small steps in Python.

    Raises
    ------
    InputError : a number of draws that is no power of two.
    """
    check_draws(plan.n)
    whole, *parts = forces
    plans = [plan, *(replace(plan, ranked=False) for _ in parts)]
    draws = [p.of(whole.columns(), seed) for p in plans]
    vectors = draws[0].values(slice(1, None))
    firsts, done = range(0, len(vectors), VECTORS_PER_PIECE), 0
    progress(done, len(vectors))
    asked = [
        (
            whole,
            vectors[first : first + VECTORS_PER_PIECE],
            [
                ([s.id for s in force.sites], len(drawn) - 1 - first)
                for force, drawn in zip(forces, draws, strict=True)
            ],
            plan.replicates,
            seed,
        )
        for first in firsts
    ]
    if pool is not None and compilation():  # by one of the processes, not by each
        call, given = _leaked, (whole, vectors[:1], [([s.id for s in whole.sites], 1)], 1, seed)
        pool.run(call, *given).result()
    threads = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        submit = threads.submit if pool is None else pool.run
        futures = [submit(_leaked, *one) for one in asked]
        for future in as_completed(futures):
            future.result()
            done = min(done + VECTORS_PER_PIECE, len(vectors))
            progress(done, len(vectors))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
    in_order = [future.result() for future in futures]
    return [
        Uncertainty(
            p,
            drawn,
            {
                name: np.concatenate([piece[i].get(name, []) for piece in in_order])
                for name in in_order[0][i]
            },
        )
        for i, (p, drawn) in enumerate(zip(plans, draws, strict=True))
    ]


def _leaked(
    raid: PreparedRaid,
    vectors: Sequence[dict[str, float]],
    forces: Sequence[tuple[Sequence[str], int]],
    replicates: int,
    seed: int,
) -> list[dict[str, list[float]]]:
    """Per force the shares of leakers, by who is counted, at each of some vectors.

    Parameters
    ----------
    forces : ids of the sites of each, and the number of the vectors, from the first, that it meets.
    """
    keep_to_this_thread()
    found = [dict[str, list[float]]() for _ in forces]
    for row, values in enumerate(vectors):
        raid = raid.at(values)  # of the one before: draws may differ in one figure only
        for (ids, rows), shares in zip(forces, found, strict=True):
            if row < rows:
                compiled = raid.of_sites(ids).compile(values)
                for name, share in leaked_in(compiled, replicates, seed, workers=1).items():
                    shares.setdefault(name, []).append(share)
    return found
