"""A command post in one replicate after the other: what it knows, what it may do, what came of it.

Knows nothing of Gymnasium; `env` puts it into that library's clothes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.defender._cpu import copy_row, move
from skyshade.defender._scalar import (
    BEGIN,
    CLOCK,
    COUNTS,
    HOLD,
    LOST_VALUE,
    N_ACTIONS,
    N_KILLED,
    N_LEAKED,
    N_OPEN,
    N_ROUNDS,
    N_RULE,
    NEXT_RULE,
    NOW,
    TRACK_COLUMNS,
    UNIT_COLUMNS,
    Desk,
    Scales,
)
from skyshade.engagement._cpu import make_scratch
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import Block, make_key
from skyshade.errors import InputError

MAX_ACTIONS = 2**20  # 4096 targets and 256 units
LEAST_RCS_M2, MOST_RCS_M2 = 1e-4, 1e3  # 0 and 1 in what is seen; the catalogue's lie within


@dataclass(frozen=True)
class Counts:
    """What has come of the threats so far, and what it cost."""

    killed: int
    leaked: int
    open: int
    rounds: int
    lost_value: float


class CommandPost:
    """Plays replicates of a raid, decision by decision.

    Attributes
    ----------
    seen : what is known, by name; shapes and units as in :class:`skyshade.defender._scalar.Desk`.
        Overwritten by the next move; `snapshot` gives a copy.
    mask : (actions,) 1 for what can be done now; action 0 holds, action 1 + track * units + unit
        engages.
    scales : what stands for 1 in what is seen.

    Raises
    ------
    InputError : a raid without threats, or with more pairs than are of use.
    """

    def __init__(self, raid: CompiledRaid) -> None:
        plan = raid.plan
        n, n_units, n_sites = raid.n_targets, len(raid.units), len(raid.sites)
        if not raid.is_threat.any():
            raise InputError(
                "this raid has no threats, so there is nothing to decide",
                field="raid.groups",
                value=raid.scenario.name,
                allowed="a group that is neither decoy nor friendly",
            )
        self.n_actions = 1 + n * n_units
        if self.n_actions > MAX_ACTIONS:
            raise InputError(
                "too many pairs of target and unit to choose from",
                field="raid",
                value=n * n_units,
                allowed=f"at most {MAX_ACTIONS - 1}",
            )
        self.raid = raid
        shapes = {
            "time": (1,),
            "tracks": (n, TRACK_COLUMNS),
            "flight": (n, n_units),
            "kill": (n, n_units),
            "engaged": (n, n_units),
            "units": (n_units, UNIT_COLUMNS + 2 * len(raid.missiles)),
            "sites": (n_sites, 2),
        }
        self._shapes = [(name, shape, math.prod(shape)) for name, shape in shapes.items()]
        self._seen = np.zeros(sum(size for *_, size in self._shapes), np.float32)
        self.seen = self._views(self._seen)
        self.mask = np.zeros(self.n_actions, np.int8)
        alt, speed = (
            np.concatenate([getattr(p, field) for p in raid.paths]).astype(float)
            for field in ("alt_m", "speed_mps")
        )
        rcs = np.repeat(
            [f.target.rcs_m2 for f in raid.flights], [len(f.names) for f in raid.flights]
        )
        span = math.log(MOST_RCS_M2 / LEAST_RCS_M2)
        self.scales = Scales(
            time=float(raid.raid.duration_s),
            flight=_most(plan.fire.flight[:, :, :-1]),
            value=_most(plan.threats.weight),
            speed=_most(speed),
            altitude=_most(alt),
        )
        self._desk = Desk(
            value=np.where(raid.is_threat, plan.threats.weight, 0.0),
            is_threat=raid.is_threat,
            size=np.clip(np.log(rcs / LEAST_RCS_M2) / span, 0.0, 1.0),
            alt=alt,
            speed=speed,
            number=np.zeros(n, np.int64),
            target=np.zeros(n, np.int64),
            pairs=np.zeros((n, n_units)),
            room=np.zeros(n_units, np.int64),
            rule=np.zeros(n * n_units, np.int64),
            counts=np.zeros(COUNTS, np.int64),
            clock=np.zeros(CLOCK),
            mask=self.mask,
            **self.seen,
        )
        self._scratch = make_scratch(plan, 1)
        self._key, self._run = make_key(0), 0

    def begin(self, seed: int, replicate: int) -> bool:
        """Start a replicate and run to its first decision; False if none is to be made.

        Raises
        ------
        InputError : a seed outside 0 to 2^64 - 1.
        """
        self._key, self._run = make_key(seed), replicate
        return self.move(BEGIN)

    def move(self, action: int) -> bool:
        """Do what the action says and run to the next decision; False if there is no other.

        An action, 0 to `n_actions` - 1, that the mask does not allow holds. After an engagement the
        same decision goes on as long as there is something left to engage.
        """
        return bool(
            move(
                self.raid.plan, self._scratch, self._desk, self.scales, self._key, self._run, action
            )
        )

    def snapshot(self) -> dict[str, NDArray[np.float32]]:
        """A copy of what is known."""
        return self._views(self._seen.copy())

    def _views(self, flat: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        found, at = {}, 0
        for name, shape, size in self._shapes:
            found[name] = flat[at : at + size].reshape(shape)
            at += size
        return found

    @property
    def time_s(self) -> float:
        """The time of the decision."""
        return float(self._desk.clock[NOW])

    @property
    def actions(self) -> int:
        """How many have been made in this replicate."""
        return int(self._desk.counts[N_ACTIONS])

    @property
    def rule_action(self) -> int:
        """What the engine's own rule would do now.

        It assigns all targets at once; these are its engagements one after the other. It holds only
        when there is nothing to decide.
        """
        counts = self._desk.counts
        at = counts[NEXT_RULE]
        return int(self._desk.rule[at]) if at < counts[N_RULE] else HOLD

    @property
    def counts(self) -> Counts:
        """What has come of the threats so far."""
        c = self._desk.counts
        return Counts(
            int(c[N_KILLED]),
            int(c[N_LEAKED]),
            int(c[N_OPEN]),
            int(c[N_ROUNDS]),
            float(self._desk.clock[LOST_VALUE]),
        )

    def write(self, block: Block, row: int) -> None:
        """Put what came of the replicate into a row of results."""
        copy_row(self.raid.plan, self._scratch, row, block.arrays)


def _most(values: NDArray[Any]) -> float:
    """The largest finite value, or 1 where none is more than 0."""
    found = float(np.max(values, where=np.isfinite(values), initial=0.0))
    return found if found > 0.0 else 1.0
