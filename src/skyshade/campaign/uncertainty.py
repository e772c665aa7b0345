"""The second, wider bar of a raid: its result over draws of all unknown figures, and their rank."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.campaign.pieces import Draws, Piece, Study, bench_of, leaked_at
from skyshade.campaign.schedule import run_pieces
from skyshade.campaign.sensitivity import (
    BAND,
    Dimension,
    Driver,
    band,
    check_draws,
    dimensions,
    n_rows,
    quantiles,
    rank,
    values_at,
)
from skyshade.campaign.store import PieceStore
from skyshade.engagement.compile import PreparedRaid
from skyshade.shown import Plotted, count

VECTORS_PER_PIECE = 16


@dataclass(frozen=True, eq=False, repr=False)
class Uncertainty(Plotted):
    """What unknown figures do to a raid's result.

    Attributes
    ----------
    dims : what was drawn.
    u : (vectors, unknowns) at which quantiles; see `sensitivity.quantiles`.
    leaked : share of leakers per vector, by name of who is counted ("all", "class …", "group …").
    """

    draws: Draws
    dims: tuple[Dimension, ...]
    u: NDArray[np.float64]
    leaked: dict[str, NDArray[np.float64]]

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.dims), 'unknown')}, {count(len(self.u), 'vector')} of "
            f"{count(self.draws.replicates, 'replicate')}"
        )

    def band(self, name: str = "all") -> tuple[float, float, float]:
        """5, 50 and 95 % quantiles of the share of leakers over the draws."""
        plain = self.draws.n * (1 if self.draws.design == "band" else 2)
        return band(self.leaked[name][:plain])

    @cached_property
    def drivers(self) -> list[Driver]:
        """The unknowns by how much they matter to the share of all threats; none for a band."""
        if self.draws.design == "band":
            return []
        return rank(self.dims, self.u, self.leaked["all"], self.draws.n)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "vectors": len(self.u),
            "replicates_per_vector": self.draws.replicates,
            "quantiles": list(BAND),
            "leaked": {name: [round(q, 6) for q in self.band(name)] for name in self.leaked},
            "drivers": [d.as_dict() for d in self.drivers],
            "drawn": {
                dim.key: {f.key: [f.low, f.value, f.high] for f in dim.figures} for dim in self.dims
            },
        }


def draw_pieces(study: Study, point: int, settings: dict[str, float], k: int) -> Iterator[Piece]:
    """The pieces of the draws at a design point, k unknowns being drawn."""
    assert study.draws is not None
    rows = n_rows(study.draws.design, k, study.draws.n)
    for first in range(0, rows, VECTORS_PER_PIECE):
        yield Piece(point, settings, (first, min(first + VECTORS_PER_PIECE, rows)))


def read_draws(store: PieceStore, pieces: list[Piece]) -> dict[str, NDArray[np.float64]]:
    """Share of leakers per vector, by who is counted, from the finished pieces of one point."""
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
    """Run the study's draws at the scenario as it stands.

    Raises
    ------
    InputError : a number of draws that is no power of two; a scheduler that does not answer.
    """
    assert study.draws is not None
    check_draws(study.draws.n)
    dims = dimensions(bench_of(study).base.compile().unknowns)
    pieces = list(draw_pieces(study, 0, {}, len(dims)))
    run_pieces(study, pieces, store, workers, scheduler, progress)
    u = quantiles(study.draws.design, len(dims), study.draws.n, study.seed)
    return Uncertainty(study.draws, dims, u, read_draws(store, pieces))


def draw_unknowns(
    prepared: PreparedRaid,
    draws: Draws,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Uncertainty:
    """The same for a raid already prepared, in memory: for what is too short to be kept.

    Parameters
    ----------
    progress : called with (vectors done, vectors in all).

    Raises
    ------
    InputError : a number of draws that is no power of two.
    """
    check_draws(draws.n)
    dims = dimensions(prepared.compile().unknowns)
    u = quantiles(draws.design, len(dims), draws.n, seed)
    parts: dict[int, dict[str, list[float]]] = {}

    def run(first: int) -> None:
        vectors = [values_at(dims, row) for row in u[first : first + VECTORS_PER_PIECE]]
        parts[first] = leaked_at(prepared, vectors, draws.replicates, seed, workers=1)

    firsts, done = range(0, len(u), VECTORS_PER_PIECE), 0
    progress(done, len(u))
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        futures = [pool.submit(run, first) for first in firsts]
        try:
            for future in as_completed(futures):
                future.result()
                done = min(done + VECTORS_PER_PIECE, len(u))
                progress(done, len(u))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    leaked = {name: np.concatenate([parts[first][name] for first in firsts]) for name in parts[0]}
    return Uncertainty(draws, dims, u, leaked)
