"""Results of a raid: outcomes counted over replicates, with their Monte-Carlo error."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._cpu import count_outcomes
from skyshade.engagement._scalar_plan import (
    ALL_MISSED,
    DEPARTED,
    HELD_BACK,
    KILLED,
    LEAKED,
    N_CONFIRMED,
    N_DROPPED,
    N_ENGAGED,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_REFUSED,
    N_WASTED,
    NEVER_TRACKED,
    NO_CHANNEL,
    NO_GUIDANCE,
    NO_ROUND,
    NOT_PROTECTED,
    OPEN,
    OUT_OF_REACH,
    TOO_LATE,
    UNIT_GONE,
    WRITTEN_OFF,
)
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import Block
from skyshade.shown import Mapped, count

__all__ = [
    "COUNTS",
    "DEPARTED",
    "KILLED",
    "LEAKED",
    "OPEN",
    "OUTCOMES",
    "REASONS",
    "REASON_SENTENCES",
    "SENTENCES",
    "Z95",
    "Share",
    "Tally",
    "clustered_share",
    "wilson",
]

OUTCOMES = {OPEN: "open", KILLED: "killed", LEAKED: "leaked", DEPARTED: "departed"}
SENTENCES = {
    "open": "still on its way when the raid's time was up",
    "killed": "shot down",
    "leaked": "reached its aim",
    "departed": "flew to the end of its path, which has no aim",
}
REASONS = {
    NEVER_TRACKED: "never_tracked",
    OUT_OF_REACH: "out_of_reach",
    TOO_LATE: "too_late",
    NO_CHANNEL: "no_channel",
    NO_GUIDANCE: "no_guidance_channel",
    NO_ROUND: "no_round",
    ALL_MISSED: "missed",
    WRITTEN_OFF: "written_off",
    UNIT_GONE: "unit_destroyed",
    HELD_BACK: "held_back",
    NOT_PROTECTED: "not_protected",
}
REASON_SENTENCES = {
    "never_tracked": "no radar ever confirmed a track",
    "out_of_reach": "tracked, but no missile of any unit could meet it",
    "too_late": "not tracked, or not yet, when a launch could last be ordered",
    "no_channel": "no free fire channel when a launch could last be ordered",
    "no_guidance_channel": "no free guidance channel when a launch could last be ordered",
    "no_round": "no round left on the launchers when a launch could last be ordered",
    "missed": "shot at, and every missile missed or was lost with its unit",
    "written_off": "shot at, and wrongly taken for destroyed",
    "unit_destroyed": "the fire unit that could have shot at it had been destroyed",
    "held_back": "not engaged because nothing of value is at its aim",
    "not_protected": "in reach of units alone that protect something else",
}


def reasons_of(raid: CompiledRaid) -> dict[int, str]:
    """The reasons that a leaker of this raid can have: one of them takes units bound to a place."""
    is_bound = bool((raid.plan.threats.beyond == NOT_PROTECTED).any())
    return {k: name for k, name in REASONS.items() if is_bound or k != NOT_PROTECTED}


COUNTS = {
    "hit": N_HIT,
    "missed": N_MISSED,
    "wasted": N_WASTED,
    "lost": N_LOST,
    "tracks_confirmed": N_CONFIRMED,
    "tracks_dropped": N_DROPPED,
    "tracks_refused": N_REFUSED,
    "engagements": N_ENGAGED,
}
Z95 = 1.959963984540054  # standard normal quantile of 97.5 %


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval for a proportion; it always contains the proportion itself.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22, 1927.

    >>> low, high = wilson(0, 10)
    >>> low, round(high, 4)
    (0.0, 0.2775)
    """
    return _wilson(successes / n, n, z)


def _wilson(p: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval around the share p of n.

    At 0 and at 1 one end is exactly the share; the clamps remove the rounding error there.
    """
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(min(centre - half, p), 0.0), min(max(centre + half, p), 1.0)


@dataclass(frozen=True)
class Share:
    """A share of targets with its 95 % Monte-Carlo interval; low <= value <= high."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Plain JSON."""
        return {
            "value": round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
        }


def clustered_share(total: float, squares: float, size: int, n: int) -> Share:
    """Share of `size` targets over n replicates; targets of one replicate are correlated.

    Wilson's interval, with the sample size at which independent targets would have the variance
    that was observed between replicates. That size is at least one target per replicate.

    Parameters
    ----------
    total, squares : sum over replicates of the number of such targets, and of its square.
    """
    p = total / (n * size)
    between = max(squares / n - (total / n) ** 2, 0.0) * n / max(n - 1, 1) / size**2
    alone = p * (1 - p) / size
    effect = (
        float(size) if between == 0.0 or alone == 0.0 else min(max(between / alone, 1e-9), size)
    )
    effective = n * size / effect
    return Share(p, *_wilson(p, effective))


@dataclass(eq=False, repr=False)
class Tally(Mapped):
    """Sums over the blocks of a run; results can be read at any time.

    Attributes
    ----------
    members : name -> (targets,) which targets belong to it: all threats, a class, a group.
    leakers : (threats + 1,) number of replicates with that number of leakers.
    reasons : (targets, reasons) in how many replicates each leaked for each of `REASONS`.
    seed : of the run, for replays of its replicates.
    """

    raid: CompiledRaid
    replicates: int = 0
    members: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    sums: dict[tuple[str, int], float] = field(default_factory=dict)
    squares: dict[tuple[str, int], float] = field(default_factory=dict)
    leakers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    reasons: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    counts: dict[str, float] = field(default_factory=dict)
    fired: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    fired_squares: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    seed: int = 0

    @property
    def _in_short(self) -> str:
        return (
            f"{self.raid.scenario.name}, {count(self.raid.n_targets, 'target')}, "
            f"{count(self.replicates, 'replicate')}, seed {self.seed}"
        )

    def __post_init__(self) -> None:
        """Find the members, and start at zero."""
        raid, threat = self.raid, self.raid.is_threat
        names = np.array([g.id for g in raid.groups])
        self.members["all"] = threat
        for k, name in enumerate(raid.classes):
            self.members[f"class {name}"] = threat & (raid.class_of == k)
        for name in dict.fromkeys(names):
            self.members[f"group {name}"] = names == name
        self.members = {k: m for k, m in self.members.items() if m.any()}
        for sums in (self.sums, self.squares):
            sums.update(dict.fromkeys(itertools.product(self.members, OUTCOMES), 0.0))
        self.leakers = np.zeros(int(threat.sum()) + 1, np.int64)
        self.reasons = np.zeros((raid.n_targets, len(REASONS)), np.int64)
        self.fired = np.zeros(len(raid.missiles))
        self.fired_squares = np.zeros(len(raid.missiles))
        self.counts = dict.fromkeys((*COUNTS, "in_flight"), 0.0)

    def add(self, block: Block) -> None:
        """Count one more block."""
        self.replicates += len(block.outcome)
        members = np.argwhere(np.column_stack(list(self.members.values())))  # (…, 2) target, set
        here, totals, squares = np.zeros((3, len(self.members), len(OUTCOMES)), np.int64)
        count_outcomes(block.outcome, members, here, totals, squares)
        for k, name in enumerate(self.members):
            for outcome in OUTCOMES:
                self.sums[name, outcome] += float(totals[k, outcome])
                self.squares[name, outcome] += float(squares[k, outcome])
        leakers = (block.outcome[:, self.raid.is_threat] == LEAKED).sum(axis=1)
        self.leakers += np.bincount(leakers, minlength=len(self.leakers))
        for k, reason in enumerate(REASONS):
            self.reasons[:, k] += (block.reason == reason).sum(axis=0)
        fired = block.fired.astype(float)
        self.fired += fired.sum(axis=0)
        self.fired_squares += (fired**2).sum(axis=0)
        for name, index in COUNTS.items():
            self.counts[name] += float(block.count[:, index].sum())
        spent = block.count[:, [N_HIT, N_MISSED, N_WASTED, N_LOST]].sum()
        self.counts["in_flight"] += float(block.fired.sum() - spent)

    def flying(self, name: str = "all") -> float:
        """Share of these targets (0 to 1) that are still on their way when the time is up."""
        return self.share(name, OPEN).value

    def unsettled(self, name: str = "all") -> float:
        """Share that is neither shot down nor at its aim: still flying, or at its path's end."""
        return self.flying(name) + self.share(name, DEPARTED).value

    def share(self, name: str = "all", outcome: int = LEAKED) -> Share:
        """Share of these targets with this outcome."""
        key = (name, outcome)
        return clustered_share(
            self.sums[key], self.squares[key], int(self.members[name].sum()), self.replicates
        )

    def why(self, name: str = "all") -> dict[str, float]:
        """Share of these targets that leak, by reason; they add up to the share of leakers.

        Reasons that never occur are left out.
        """
        member = self.members[name]
        shares = self.reasons[member].sum(axis=0) / (self.replicates * member.sum())
        return {key: float(s) for key, s in zip(REASONS.values(), shares, strict=True) if s > 0.0}

    def always(self, name: str = "all") -> dict[str, int]:
        """How many of these targets leak for the same reason in every replicate, by reason."""
        same = (self.reasons[self.members[name]] == self.replicates).sum(axis=0)
        return {key: int(n) for key, n in zip(REASONS.values(), same, strict=True) if n}

    def rounds(self) -> dict[str, tuple[float, float]]:
        """Mean number of each missile fired per replicate, and its standard error."""
        n = self.replicates
        mean = self.fired / n
        spread = np.sqrt(np.maximum(self.fired_squares / n - mean**2, 0.0) / max(n - 1, 1))
        return {
            m: (float(a), float(b))
            for m, a, b in zip(self.raid.missiles, mean, spread, strict=True)
        }

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        n = self.replicates
        groups = {}
        for name, member in self.members.items():
            groups[name] = {
                "targets": int(member.sum()),
                **{OUTCOMES[o]: self.share(name, o).as_dict() for o in OUTCOMES},
                "leaked_because": {key: round(s, 6) for key, s in self.why(name).items()},
            }
        cumulative = np.cumsum(self.leakers) / n
        return {
            "replicates": n,
            "interval": "95 % Monte-Carlo; Wilson's, with the effective sample size that the "
            "variance between replicates gives",
            "outcomes": groups,
            "reasons": {k: REASON_SENTENCES[k] for k in reasons_of(self.raid).values()},
            "leakers": {
                "mean": round(float((self.leakers * np.arange(len(self.leakers))).sum() / n), 4),
                **{f"p{q}": int(np.searchsorted(cumulative, q / 100)) for q in (5, 50, 95)},
                "histogram": self.leakers.tolist(),
            },
            "rounds_fired": {
                m: {"mean": round(mean, 4), "standard_error": round(error, 5)}
                for m, (mean, error) in self.rounds().items()
            },
            "per_replicate": {k: round(v / n, 4) for k, v in self.counts.items()},
        }
