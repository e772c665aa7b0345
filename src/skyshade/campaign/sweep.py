"""A raid over a range of settings: the share that gets through at each, with both bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.campaign.axes import Axis, parse_axis
from skyshade.campaign.designs import SweepDesign, check_settings, design_points
from skyshade.campaign.findings import finding, pooled_drivers
from skyshade.campaign.pieces import Bench, Piece, bench_of
from skyshade.campaign.schedule import run_pieces
from skyshade.campaign.store import PieceStore, working_folder
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
from skyshade.campaign.uncertainty import Uncertainty, draw_pieces, read_draws
from skyshade.engagement.compile import no_raid, prepare_raid
from skyshade.errors import InputError
from skyshade.scenario.schema import AsOf, Scenario
from skyshade.shown import Plotted
from skyshade.uncertainty.draws import BAND, Draws
from skyshade.uncertainty.drivers import Driver, named_drivers


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Plotted):
    """Results of a sweep, point by point; in a grid the last axis runs fastest.

    Attributes
    ----------
    points : settings (SI) of each point.
    results : `Tally.as_dict` of each point.
    uncertainties : the effect of the unknown figures at each point; None without draws.
    identity : everything the result depends on: an equal identity gives equal bytes.
    """

    study: Study
    axes: tuple[Axis, ...]
    points: list[dict[str, float]]
    results: list[dict[str, Any]]
    uncertainties: list[Uncertainty] | None
    identity: Mapping[str, Any]
    design: SweepDesign = "grid"

    @property
    def _in_short(self) -> str:
        along = ", ".join(f"{a.field.label} ({len(set(self.settings(a)))})" for a in self.axes)
        return f"{self.study.scenario.name} over {along}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values on each axis of a grid; of another design, the number of points."""
        if self.design != "grid":
            return (len(self.points),)
        return tuple(len(a.values) for a in self.axes)

    def settings(self, axis: Axis) -> NDArray[np.float64]:
        """(points,) values (SI) of an axis."""
        return np.array([p[axis.field.name] for p in self.points])

    @cached_property
    def bands(self) -> NDArray[np.float64] | None:
        """(points, 3) quantiles of the share of leakers over the draws; None without draws."""
        if self.uncertainties is None:
            return None
        return np.array([u.band() for u in self.uncertainties])

    @cached_property
    def drivers(self) -> list[Driver]:
        """The unknown figures over all points, strongest first; see :func:`pooled_drivers`."""
        return pooled_drivers(self.uncertainties or ())

    @property
    def leaked(self) -> NDArray[np.float64]:
        """(points, 3) share of leakers: its interval's low end, value, high end."""
        shares = [r["outcomes"]["all"]["leaked"] for r in self.results]
        return np.array([[s["low"], s["value"], s["high"]] for s in shares])

    @property
    def headline(self) -> str:
        """The answer in a sentence or two."""
        return finding(self)

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
        if self.uncertainties is not None:
            first = [next(iter(named_drivers(u.drivers)), None) for u in self.uncertainties]
            columns["unknown"] = pa.array([d and d.key for d in first], pa.string())
            columns["unknown_share"] = pa.array([d and d.share for d in first], pa.float64())
        columns["leakers_mean"] = [r["leakers"]["mean"] for r in self.results]
        for q in (5, 50, 95):
            columns[f"leakers_p{q}"] = [r["leakers"][f"p{q}"] for r in self.results]
        for missile in dict.fromkeys(m for r in self.results for m in r["rounds_fired"]):
            columns[f"rounds_{missile}"] = [
                r["rounds_fired"].get(missile, {"mean": 0.0})["mean"] for r in self.results
            ]
        return pa.table(columns)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: the answer, axes and, per point, settings, shares and bands."""
        return {
            "scenario": self.study.scenario.name,
            "title": self.study.scenario.title,
            "headline": self.headline,
            "design": self.design,
            "axes": {
                a.field.name: {
                    "label": a.field.label,
                    "unit": a.field.unit,
                    "values": list(a.values) or None,
                    "between": a.span and list(a.span),
                }
                for a in self.axes
            },
            "draws": None
            if self.study.draws is None
            else {
                "vectors": self.study.draws.n,
                "replicates_per_vector": self.study.draws.replicates,
                "quantiles": list(BAND),
                "drivers": [d.as_dict() for d in self.drivers],
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
                    **(
                        {}
                        if self.uncertainties is None
                        else {"drivers": [d.as_dict() for d in self.uncertainties[i].drivers]}
                    ),
                }
                for i, (point, result) in enumerate(zip(self.points, self.results, strict=True))
            ],
        }


def sweep(
    scenario: Scenario,
    axes: Sequence[Axis | str],
    *,
    design: SweepDesign = "grid",
    points: int | None = None,
    replicates: int | None = None,
    half_width: float | None = None,
    draws: int | DrawPlan | None = None,
    seed: int = 0,
    as_of: AsOf = None,
    rows: bool = True,
    store: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress = silent,
) -> Sweep:
    """Run a scenario's raid at every point of a design over some of its settings.

    Parameters
    ----------
    axes : the fields that vary: "n_targets=20:100:5", "p_kill=0.5,0.9", a numeric field of the
        scenario by its path ("sites.regiment.antenna=5:39:8"), or results of :func:`parse_axis`.
    design : "grid" for every combination, the last axis fastest; "lhs" (Latin hypercube) or "sobol"
        for a number of points between the axes' ends.
    points : their number, of "lhs" and "sobol"; of "sobol" a power of two.
    replicates : at each point, 1 to 10^9; 2000 by default.
    half_width : at each point, run until the share that gets through is known to ± this instead.
    draws : at each point, number of draws of the unknown figures (a power of two), or a plan; none
        by default.
    seed : 0 to 2^64 - 1; all points use the same random numbers.
    as_of : only the sites operational on this date, by default the scenario's own; or "all".
    rows : whether the store gets a row per point, replicate and target.
    store : a folder for finished pieces. Pieces that it already has are not run again. By default
        only the returned result is kept.
    workers : threads; by default one per core.
    scheduler : address of a Dask scheduler; its workers run the pieces instead of threads.
    progress : called with a stage, the amount done, and the total.

    Raises
    ------
    InputError : no raid; unknown fields, too many points, settings that the raid cannot have, two
        fields that set the same thing;
        numbers out of bounds; a store of another sweep; a scheduler that does not answer.

    Examples
    --------
    >>> from skyshade import load_scenario, sweep
    >>> found = sweep(load_scenario("saturation"), ["n_targets=10,100"], replicates=50)
    >>> few, many = found.leaked[:, 1]
    >>> bool(few < many)
    True
    """
    check_length(replicates, half_width, seed)
    check_workers(workers)
    plan = plan_draws(draws, "band")
    if plan is not None and plan.design != "band":
        raise InputError(
            "a sweep has no use for Sobol indices",
            field="draws.design",
            value=plan.design,
            allowed="band",
        )
    given = [axes] if isinstance(axes, str) else axes
    if not given:
        raise InputError("a sweep needs a field to vary", field="axes")
    if scenario.raid is None:
        raise no_raid(scenario)
    along = tuple(parse_axis(axis, scenario) if isinstance(axis, str) else axis for axis in given)
    if half_width is None and replicates is None:
        replicates = REPLICATES
    keeps_rows = rows and store is not None
    study = Study(scenario, seed, scenario.on(as_of), replicates, half_width, plan, keeps_rows)
    places = design_points(along, design, points, seed)
    check_settings(scenario, along)
    bench = bench_of(study, prepare_raid(scenario, as_of=as_of, progress=progress))
    identity = {
        **study.identity(bench.base.ground.dem.identity),
        **study.length(),
        "sweep": {axis.field.name: axis.ends for axis in along},
        "design": [design, len(places)],
        "rows": study.rows,
    }
    with working_folder(store) as folder:
        kept = PieceStore(folder, identity)
        runs = [Piece(i, settings) for i, settings in enumerate(places)]
        drawn = _drawn(study, bench, places)
        pieces = [*runs, *(piece for _, some in drawn for piece in some)]
        tell = partial(progress, "design points")
        run_pieces(study, pieces, kept, workers, scheduler, tell)
        results = [_result(kept, piece) for piece in runs]
        found = [
            Uncertainty(plan, draws, read_draws(kept, some))
            for draws, some in drawn
            if plan is not None
        ]
    return Sweep(study, along, places, results, found or None, identity, design)


def _drawn(
    study: Study, bench: Bench, places: Sequence[dict[str, float]]
) -> list[tuple[Draws, list[Piece]]]:
    """The draws at each point and their pieces; empty if the study has no draws."""
    if study.draws is None:
        return []
    found = []
    for i, settings in enumerate(places):
        draws = study.draws.of(bench.prepare(settings).columns(), study.seed)
        found.append((draws, list(draw_pieces(i, settings, len(draws) - 1))))
    return found


def _result(store: PieceStore, piece: Piece) -> dict[str, Any]:
    """The summary of a finished piece of replicates."""
    found = store.read(piece.name)
    assert found is not None
    return dict(found["result"])
