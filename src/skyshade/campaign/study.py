"""What a campaign is asked for: which raid, how many replicates, which draws of unknown figures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import skyshade
from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.engagement.launch import check_run
from skyshade.errors import InputError
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.draws import Design, check_draws

REPLICATES = 2000  # of a run that is given neither a number nor a half-width
DRAW_REPLICATES, MOST_DRAW_REPLICATES = 200, 10**6
MOST_WORKERS = 1024

Progress = Callable[[str, int, int], None]  # a stage, how much of it is done, how much there is


def silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class DrawPlan:
    """How the unknown figures are to be drawn: n points of a design, so many replicates at each."""

    design: Design
    n: int
    replicates: int = DRAW_REPLICATES


@dataclass(frozen=True)
class Study:
    """What all pieces of a campaign have in common.

    Attributes
    ----------
    replicates : at each design point; None to run until `half_width` is met.
    draws : of the unknown figures at each point; None for the default figures alone.
    rows : whether a row per replicate and target is kept.
    """

    scenario: Scenario
    seed: int = 0
    as_of: date | None = None
    replicates: int | None = REPLICATES
    half_width: float | None = None
    draws: DrawPlan | None = None
    rows: bool = True

    def identity(self, dem: Any) -> dict[str, Any]:
        """What makes its results what they are: the same of it gives the same bytes.

        Parameters
        ----------
        dem : identity of the terrain.
        """
        from skyshade.catalogue import load_catalogue

        assert self.scenario.raid is not None
        return {
            "skyshade": skyshade.__version__,
            "scenario": hashlib.sha256(self.scenario.model_dump_json().encode()).hexdigest(),
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "seed": self.seed,
            "catalogue": load_catalogue().version,
            "dem": dem,
            "tracks": track_hashes(self.scenario.raid),
        }

    def length(self) -> dict[str, Any]:
        """How long it runs: replicates or half-width, and draws, as plain JSON."""
        return {
            "replicates": self.replicates,
            "half_width": self.half_width,
            "draws": self.draws and asdict(self.draws),
        }


def track_hashes(raid: Raid) -> dict[str, str]:
    """What the files of recorded traffic hold, by group."""
    return {
        g.id: hashlib.sha256(Path(g.tracks).read_bytes()).hexdigest()
        for g in raid.groups
        if g.tracks
    }


def check_length(replicates: int | None, half_width: float | None, seed: int) -> None:
    """Raise InputError unless a run can be this long, or until this is known, with this seed."""
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
    """Raise InputError unless work can be shared by this many threads."""
    if workers is not None:
        _check_bounds("workers", workers, 1, MOST_WORKERS)


def plan_draws(draws: int | DrawPlan | None, design: Design) -> DrawPlan | None:
    """The draws that a run makes; None if it makes none.

    Parameters
    ----------
    draws : how many points, or a plan.
    design : of the draws, where only their number is given.

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
