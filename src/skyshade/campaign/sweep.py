"""A raid over a grid of settings: what gets through at each, with both bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.campaign.axes import Axis, at_point, grid
from skyshade.campaign.pieces import Piece, bench_of
from skyshade.campaign.schedule import run_pieces
from skyshade.campaign.store import PieceStore
from skyshade.campaign.study import Study
from skyshade.campaign.uncertainty import draw_pieces, read_draws
from skyshade.shown import Plotted
from skyshade.uncertainty.draws import BAND, band, check_draws, columns_of


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Plotted):
    """What came of a sweep, point by point; the last axis runs fastest.

    Attributes
    ----------
    points : per point its settings (SI).
    results : per point what `Tally.as_dict` says.
    bands : (points, 3) quantiles of the share of leakers over the draws; None without draws.
    """

    study: Study
    axes: tuple[Axis, ...]
    points: list[dict[str, float]]
    results: list[dict[str, Any]]
    bands: NDArray[np.float64] | None

    @property
    def _in_short(self) -> str:
        along = ", ".join(f"{a.field.label} ({len(a.values)})" for a in self.axes)
        return f"{self.study.scenario.name} over {along}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of values of the axes."""
        return tuple(len(a.values) for a in self.axes)

    @property
    def leaked(self) -> NDArray[np.float64]:
        """(points, 3) share of leakers: its interval's low end, value, high end."""
        shares = [r["outcomes"]["all"]["leaked"] for r in self.results]
        return np.array([[s["low"], s["value"], s["high"]] for s in shares])

    def to_arrow(self) -> Any:
        """A row per point: settings, replicates, shares with intervals and bands, rounds fired."""
        import pyarrow as pa

        columns: dict[str, Any] = {"point": pa.array(range(len(self.points)), pa.uint32())}
        for axis in self.axes:
            columns[axis.field.name] = [p[axis.field.name] for p in self.points]
        columns["replicates"] = [r["replicates"] for r in self.results]
        columns["targets"] = [r["outcomes"]["all"]["targets"] for r in self.results]
        for end, column in zip(("low", "", "high"), self.leaked.T, strict=True):
            columns[f"leaked_{end}".rstrip("_")] = column
        if self.bands is not None:
            for name, column in zip(("p5", "p50", "p95"), self.bands.T, strict=True):
                columns[f"leaked_{name}"] = column
        columns["leakers_mean"] = [r["leakers"]["mean"] for r in self.results]
        for q in (5, 50, 95):
            columns[f"leakers_p{q}"] = [r["leakers"][f"p{q}"] for r in self.results]
        for missile in dict.fromkeys(m for r in self.results for m in r["rounds_fired"]):
            columns[f"rounds_{missile}"] = [
                r["rounds_fired"].get(missile, {"mean": 0.0})["mean"] for r in self.results
            ]
        return pa.table(columns)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: axes and, per point, settings, shares and bands."""
        return {
            "axes": {
                a.field.name: {
                    "label": a.field.label,
                    "unit": a.field.unit,
                    "values": list(a.values),
                }
                for a in self.axes
            },
            "draws": None
            if self.study.draws is None
            else {
                "vectors": self.study.draws.n,
                "replicates_per_vector": self.study.draws.replicates,
                "quantiles": list(BAND),
            },
            "points": [
                {
                    "settings": point,
                    "replicates": result["replicates"],
                    "leaked": result["outcomes"]["all"]["leaked"],
                    **(
                        {}
                        if self.bands is None
                        else {"leaked_band": [round(float(b), 6) for b in self.bands[i]]}
                    ),
                }
                for i, (point, result) in enumerate(zip(self.points, self.results, strict=True))
            ],
        }


def check_settings(study: Study, axes: Sequence[Axis]) -> None:
    """Raise InputError if the raid cannot have a value of an axis, the others at their first."""
    first = {a.field.name: a.values[0] for a in axes}
    for axis in axes:
        for value in axis.values:
            at_point(study.scenario, first | {axis.field.name: value})


def run_sweep(
    study: Study,
    axes: Sequence[Axis],
    store: PieceStore,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Sweep:
    """Run every point of the grid; what the store has already is not run again.

    Raises
    ------
    InputError : too many points, settings that the raid cannot have, draws that are no power of
        two, a scheduler that does not answer.
    """
    points = grid(axes)
    check_settings(study, axes)
    runs = [Piece(i, settings) for i, settings in enumerate(points)]
    drawn: list[list[Piece]] = []
    if study.draws is not None:
        check_draws(study.draws.n)
        bench = bench_of(study)
        for i, settings in enumerate(points):
            k = len(columns_of(bench.prepare(settings).compile().unknowns))
            drawn.append(list(draw_pieces(study, i, settings, k)))
    pieces = [*runs, *(piece for some in drawn for piece in some)]
    run_pieces(study, pieces, store, workers, scheduler, progress)
    results = []
    for piece in runs:
        found = store.read(piece.name)
        assert found is not None
        results.append(found["result"])
    bands = np.array([band(read_draws(store, some)["all"]) for some in drawn]) if drawn else None
    return Sweep(study, tuple(axes), points, results, bands)
