"""What a campaign is asked for: which raid, how many replicates, which draws of unknown figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.draws import Design


@dataclass(frozen=True)
class DrawPlan:
    """How the unknown figures are to be drawn: n points of a design, so many replicates at each."""

    design: Design
    n: int
    replicates: int


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
    replicates: int | None = 2000
    half_width: float | None = None
    draws: DrawPlan | None = None
    rows: bool = True
