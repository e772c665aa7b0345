"""An instance of the weapon-target assignment problem, and an answer that carries its proof."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from skyshade.errors import InputError
from skyshade.shown import Brief, count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Stopped = Literal["proven", "gap", "time limit", "interrupted"]
MANY = 10**9  # rounds; more than this is a slip of the pen


@dataclass(frozen=True, eq=False, repr=False)
class Instance(Brief):
    """Weapons with rounds, targets with values, and how likely one round kills.

    Checked when it is made; raises InputError with the field that is at fault.

    Attributes
    ----------
    values : (targets,) 0 or more, not all 0; any unit, the answer has the same.
    p_kill : (weapons, targets) probability that one round kills, 0 (cannot) to 1 (always).
    rounds : (weapons,) rounds there are.
    most_shots : (targets,) most rounds at a target, None for no limit.
    weapons, targets : their names.
    """

    values: Floats
    p_kill: Floats
    rounds: Ints
    most_shots: Ints | None
    weapons: tuple[str, ...]
    targets: tuple[str, ...]

    @classmethod
    def of(
        cls,
        values: Any,
        p_kill: Any,
        rounds: Any = 1,
        most_shots: Any = None,
        weapons: Any = None,
        targets: Any = None,
    ) -> Instance:
        """An instance from lists or arrays; one number for `rounds` or `most_shots` is for all.

        Raises
        ------
        InputError : ragged, not a number, out of range, no rounds.

        Examples
        --------
        >>> Instance.of([10, 20], [[0.5, 0.8]], rounds=2)
        <Instance: 1 weapon with 2 rounds, 2 targets>
        """
        value = _numbers("values", values, 1)
        if not isinstance(p_kill, np.ndarray):
            _check_even(p_kill)
        kill = _numbers("p_kill", p_kill, 2)
        if 0 in kill.shape or kill.shape[1] != len(value):
            raise InputError(
                f"{' x '.join(map(str, kill.shape))} probabilities for "
                f"{count(len(value), 'target')}",
                field="p_kill",
                allowed=f"a row per weapon, and in it a probability for each of the {len(value)} "
                "targets",
            )
        _check_range("values", value, value >= 0, "0 or more")
        _check_range("p_kill", kill, (kill >= 0) & (kill <= 1), "0 to 1")
        if not value.any():
            raise InputError(
                "no target has a value above 0, so every plan is as good", field="values"
            )
        n_weapons, n_targets = kill.shape
        left = _whole("rounds", rounds, n_weapons, "weapon")
        if not left.any():
            raise InputError("no weapon has a round", field="rounds", allowed="1 or more for one")
        most = None if most_shots is None else _whole("most_shots", most_shots, n_targets, "target")
        return cls(
            value,
            kill,
            left,
            most,
            _names("weapons", weapons, n_weapons, "W"),
            _names("targets", targets, n_targets, "T"),
        )

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.rounds), 'weapon')} with {count(int(self.rounds.sum()), 'round')}, "
            f"{count(len(self.values), 'target')}"
        )

    @cached_property
    def at_stake(self) -> float:
        """The value of all targets: what survives if nobody fires."""
        return float(self.values.sum())

    def shots_allowed(self) -> Ints:
        """(targets,) the most rounds that each target can get, with or without a limit."""
        total = np.full(len(self.values), self.rounds.sum())
        return total if self.most_shots is None else np.minimum(total, self.most_shots)

    def survives(self, plan: Ints) -> Floats:
        """(targets,) expected value that survives a plan (weapons, targets) of rounds."""
        survival: Floats = self.values * np.prod((1.0 - self.p_kill) ** plan, axis=0)
        return survival

    def is_allowed(self, plan: Ints) -> bool:
        """Whether a plan (weapons, targets) keeps to the rounds and to the most shots."""
        return bool(
            (plan >= 0).all()
            and (plan.sum(axis=1) <= self.rounds).all()
            and (plan.sum(axis=0) <= self.shots_allowed()).all()
        )


@dataclass(frozen=True)
class Limit:
    """One side of a split: `weapon` gives `target` at most, or at least, `rounds` rounds."""

    weapon: int
    target: int
    side: Literal["at most", "at least"]
    rounds: int


@dataclass(frozen=True, eq=False)
class Leaf:
    """One part of all plans, and prices per round that bound the best plan in it from below.

    Attributes
    ----------
    limits : the splits that lead to it.
    prices : (weapons,) 0 or more.
    bound : what the prices prove; infinite for a part without a plan.
    """

    limits: tuple[Limit, ...]
    prices: Floats
    bound: float


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Brief):
    """A plan, and the proof of how good it is.

    Attributes
    ----------
    plan : (weapons, targets) rounds.
    value : expected value that survives it.
    bound : no plan lets less survive: the least bound of `leaves`.
    leaves : together they hold every plan.
    greedy : value that survives the first plan, by greatest marginal return.
    stopped : why the search ended.
    """

    instance: Instance
    plan: Ints
    value: float
    bound: float
    leaves: tuple[Leaf, ...]
    greedy: float
    stopped: Stopped
    n_salvos: int

    @property
    def _in_short(self) -> str:
        return f"{self.value:.6g} survives, gap {100 * self.gap:.3g} %, {self.stopped}"

    @property
    def gap(self) -> float:
        """How much less, as a share of `value`, another plan might let survive; 0 if proven."""
        if self.stopped == "proven" or self.value <= 0:
            return 0.0
        return max(0.0, (self.value - self.bound) / self.value)

    def as_dict(self) -> dict[str, Any]:
        """The answer with its certificate, for JSON."""
        case = self.instance
        alive = case.survives(self.plan)
        return {
            "instance": {
                "weapons": len(case.weapons),
                "targets": len(case.targets),
                "rounds": int(case.rounds.sum()),
                "at_stake": case.at_stake,
            },
            "survives": self.value,
            "bound": self.bound,
            "gap_frac": self.gap,
            "stopped": self.stopped,
            "greedy_survives": self.greedy,
            "plan": [
                {
                    "target": case.targets[j],
                    "value": float(case.values[j]),
                    "survives": float(alive[j]),
                    "rounds": {
                        case.weapons[i]: int(self.plan[i, j])
                        for i in np.flatnonzero(self.plan[:, j])
                    },
                }
                for j in range(len(case.targets))
            ],
            "certificate": [
                {
                    "limits": [
                        {
                            "weapon": case.weapons[c.weapon],
                            "target": case.targets[c.target],
                            c.side.replace(" ", "_"): c.rounds,
                        }
                        for c in leaf.limits
                    ],
                    "bound": None if np.isinf(leaf.bound) else leaf.bound,
                    "prices": leaf.prices.tolist(),
                }
                for leaf in self.leaves
            ],
        }


def _numbers(field: str, given: Any, dimensions: int) -> Floats:
    kind = "a list of numbers" if dimensions == 1 else "a list of rows of numbers"
    try:
        raw = np.asarray(given)
        if raw.dtype.kind not in "iuf":
            raise TypeError
        found = raw.astype(float)
    except (TypeError, ValueError):
        raise InputError("not all of it are numbers", field=field, allowed=kind) from None
    if found.ndim != dimensions or not found.size:
        raise InputError("empty, or not of this form", field=field, allowed=kind)
    _check_range(field, found, np.isfinite(found), "finite numbers")
    return found


def _check_even(rows: Any) -> None:
    """Refuse rows of several lengths, naming the first that differs."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return  # `_numbers` says what is allowed
    for k, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(
                f"row {k + 1} has {len(row)} values, the first row {len(rows[0])}",
                field="p_kill",
                allowed="rows of one length",
            )


def _check_range(field: str, found: Floats, good: npt.NDArray[np.bool_], allowed: str) -> None:
    if not good.all():
        first = tuple(int(k) for k in np.argwhere(~good)[0])
        place = "][".join(str(k) for k in first)
        raise InputError(
            "out of range", field=f"{field}[{place}]", value=float(found[first]), allowed=allowed
        )


def _whole(field: str, given: Any, n: int, owner: str) -> Ints:
    whole = [given] * n if np.ndim(given) == 0 else given
    found = _numbers(field, whole, 1)
    if len(found) != n:
        raise InputError(
            f"{len(found)} numbers for {count(n, owner)}",
            field=field,
            allowed=f"one per {owner}, or one for all",
        )
    _check_range(
        field,
        found,
        (found >= 0) & (found <= MANY) & (found == np.floor(found)),
        "whole numbers, 0 or more",
    )
    return found.astype(np.int64)


def _names(field: str, given: Any, n: int, letter: str) -> tuple[str, ...]:
    if given is None:
        return tuple(f"{letter}{k + 1}" for k in range(n))
    names = tuple(str(name).strip() for name in given) if isinstance(given, (list, tuple)) else ()
    if len(names) != n or len(set(names)) < n or "" in names:
        raise InputError(
            "missing, empty or repeated names",
            field=field,
            allowed=f"a list of {n} different names",
        )
    return names
