"""The request behind a campaign: the raid, the number of replicates, the draws of unknowns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import skyshade
from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.engagement.launch import check_run
from skyshade.errors import InputError
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.draws import Column, Design, Draws, check_draws, draw

REPLICATES = 2000  # default, if neither a number nor a half-width is given
DRAW_REPLICATES, MOST_DRAW_REPLICATES = 200, 10**6
MOST_WORKERS = 1024

Progress = Callable[[str, int, int], None]  # stage, amount done, total


def silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class DrawPlan:
    """A request for draws of the unknown figures.

    Attributes
    ----------
    design : "band": n vectors, and some in which one unknown alone is at its bounds, which rank the
        unknowns by rank correlation. "indices": n (k + 2) vectors for k unknowns, which rank them
        by Sobol indices.
    n : number of points of the Sobol sequence, a power of two.
    replicates : run at each parameter vector.
    ranked : False leaves out the vectors of a band in which one unknown alone is at its bounds.
    """

    design: Design
    n: int
    replicates: int = DRAW_REPLICATES
    ranked: bool = True

    def of(self, columns: Sequence[Column], seed: int) -> Draws:
        """The rows to run; row 0, the defaults, is not among them."""
        one_at_a_time = self.ranked and self.design == "band"
        return draw(columns, self.n, seed, design=self.design, one_at_a_time=one_at_a_time)


@dataclass(frozen=True)
class Study:
    """The request that all pieces of a campaign share.

    Attributes
    ----------
    replicates : at each design point; None to run until `half_width` is reached.
    draws : of the unknown figures at each point; None for the default figures alone.
    rows : whether a row per replicate and target is kept.
    """

    scenario: Scenario
    seed: int = 0
    as_of: date | Literal["all"] = "all"
    replicates: int | None = REPLICATES
    half_width: float | None = None
    draws: DrawPlan | None = None
    rows: bool = True

    def identity(self, dem: Any) -> dict[str, Any]:
        """Everything its results depend on, but for its length: equal identities, equal bytes.

        Parameters
        ----------
        dem : identity of the terrain.
        """
        assert self.scenario.raid is not None
        return {
            "skyshade": skyshade.__version__,
            "scenario": hashlib.sha256(self.scenario.model_dump_json().encode()).hexdigest(),
            "as_of": None if self.as_of == "all" else self.as_of.isoformat(),
            "seed": self.seed,
            "catalogue": self.scenario.known.identity,
            "dem": dem,
            "tracks": track_hashes(self.scenario.raid),
        }

    def length(self) -> dict[str, Any]:
        """Replicates or half-width, and draws, as plain JSON."""
        return {
            "replicates": self.replicates,
            "half_width": self.half_width,
            "draws": self.draws and asdict(self.draws),
        }


def track_hashes(raid: Raid) -> dict[str, str]:
    """SHA-256 of the files of recorded traffic, by group."""
    return {
        g.id: hashlib.sha256(Path(g.tracks).read_bytes()).hexdigest()
        for g in raid.groups
        if g.tracks
    }


def check_length(replicates: int | None, half_width: float | None, seed: int) -> None:
    """Raise InputError unless a run can have this length and this seed."""
    check_run(1 if replicates is None else replicates, seed)
    if half_width is None:
        return
    if replicates is not None:
        raise InputError(
            "a run has a number of replicates or a half-width, not both",
            field="half_width",
            hint="Leave one of the two out.",
        )
    ConfidenceSequence(half_width)


def check_workers(workers: int | None) -> None:
    """Raise InputError unless this number of threads is allowed."""
    if workers is not None:
        _check_bounds("workers", workers, 1, MOST_WORKERS)


def plan_draws(draws: int | DrawPlan | None, design: Design) -> DrawPlan | None:
    """The plan of a run's draws; None if it has none.

    Parameters
    ----------
    draws : number of points, or a plan.
    design : used if only a number is given.

    Raises
    ------
    InputError : a number of points that is no power of two; too few or too many replicates.
    """
    if draws is None or draws == 0:
        return None
    plan = DrawPlan(design, draws) if isinstance(draws, int) else draws
    check_draws(plan.n)
    _check_bounds("draws.replicates", plan.replicates, 1, MOST_DRAW_REPLICATES)
    return plan


def _check_bounds(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(
            "number out of bounds", field=field, value=value, allowed=f"{low} to {high}"
        )
