"""What a raid breaks of the defence: how often each radar, command post and fire unit is lost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._scalar_plan import LEAKED, POST, RADAR, UNIT
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import Block
from skyshade.engagement.results import Z95, Share, wilson

PARTS = {RADAR: "radar", POST: "command post", UNIT: "fire unit"}


@dataclass(frozen=True)
class Part:
    """A part of the defence that targets of the raid head for.

    Attributes
    ----------
    name : "radar", "command post" or "fire unit".
    at : id of its site, or of the fire unit itself.
    targets : (targets,) who destroys it by getting through.
    """

    name: str
    at: str
    targets: NDArray[np.bool_]


@dataclass(eq=False)
class Losses:
    """Sums over the blocks of a run; read off at any time.

    A part is lost to the first leaker that heads for it, once a replicate. Parts that nothing heads
    for cannot be lost in this model and are not listed.

    Attributes
    ----------
    lost : (parts,) replicates in which each is lost.
    time_sum_s : (parts,) sum of the times of those losses.
    any_lost : replicates in which anything is.
    total, total_squares : sums over replicates of the number of parts lost, and of its square.
    """

    raid: CompiledRaid
    replicates: int = 0
    parts: tuple[Part, ...] = ()
    lost: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    time_sum_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    any_lost: int = 0
    total: int = 0
    total_squares: int = 0

    def __post_init__(self) -> None:
        r = self.raid.plan.threats
        aims = sorted(
            {(int(b), int(a)) for b, a in zip(r.breaks, r.breaks_at, strict=True) if b in PARTS},
            key=lambda aim: (aim[1], aim[0]),
        )
        self.parts = tuple(
            Part(
                PARTS[part],
                (self.raid.units if part == UNIT else self.raid.sites)[at].id,
                (r.breaks == part) & (r.breaks_at == at),
            )
            for part, at in aims
        )
        self.lost = np.zeros(len(self.parts), np.int64)
        self.time_sum_s = np.zeros(len(self.parts))

    def add(self, block: Block) -> None:
        """Count one more block."""
        self.replicates += len(block.outcome)
        of_run = np.zeros(len(block.outcome), np.int64)
        for k, part in enumerate(self.parts):
            through = block.outcome[:, part.targets] == LEAKED
            first_s = np.where(through, block.time_s[:, part.targets], np.inf).min(axis=1)
            gone = np.isfinite(first_s)
            self.lost[k] += int(gone.sum())
            self.time_sum_s[k] += float(first_s[gone].sum(dtype=float))
            of_run += gone
        self.any_lost += int((of_run > 0).sum())
        self.total += int(of_run.sum())
        self.total_squares += int((of_run**2).sum())

    def share(self, part: int) -> Share:
        """Share of replicates in which that part is lost, with Wilson's 95 % interval."""
        n = self.replicates
        return Share(self.lost[part] / n, *wilson(float(self.lost[part]), n))

    def mean(self) -> Share:
        """Mean number of parts lost per replicate, with its 95 % interval (normal)."""
        n = self.replicates
        mean = self.total / n
        half = Z95 * math.sqrt(max(self.total_squares / n - mean**2, 0.0) / max(n - 1, 1))
        return Share(mean, max(mean - half, 0.0), mean + half)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        n = self.replicates
        return {
            "replicates": n,
            "interval": "95 % Monte-Carlo: Wilson's for shares of replicates, normal for the mean",
            "any": Share(self.any_lost / n, *wilson(self.any_lost, n)).as_dict(),
            "parts_lost": self.mean().as_dict(),
            "parts": [
                {
                    "part": p.name,
                    "at": p.at,
                    "targets": int(p.targets.sum()),
                    "lost": self.share(k).as_dict(),
                    "mean_time_s": round(self.time_sum_s[k] / self.lost[k], 2)
                    if self.lost[k]
                    else None,
                }
                for k, p in enumerate(self.parts)
            ],
        }
