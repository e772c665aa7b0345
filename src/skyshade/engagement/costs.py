"""What a raid's defence costs in rounds, and in money as far as prices are published or given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._scalar_plan import KILLED, LEAKED
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import Block
from skyshade.engagement.prices import Money, Price, round_price, target_price
from skyshade.engagement.results import Z95, Share

UNKNOWN = "unknown"  # what a result says where no price is published


def ratio(
    above: float, below: float, above_2: float, below_2: float, product: float, n: int
) -> Share | None:
    """Ratio of two sums over n replicates with its 95 % interval; None where `below` is 0.

    Parameters
    ----------
    above, below, above_2, below_2, product : sums over replicates of r and k, of their squares and
        of r k.

    Notes
    -----
    R = sum r / sum k; its variance is about that of r - R k over n times the squared mean of k.

    References
    ----------
    W. G. Cochran, Sampling Techniques, 3rd ed., 1977, section 2.11.

    >>> ratio(6, 3, 20, 5, 10, 2)  # (2, 1) and (4, 2): always 2
    Share(value=2.0, low=2.0, high=2.0)
    """
    if below == 0:
        return None
    r = above / below
    rest = max(above_2 - 2.0 * r * product + r * r * below_2, 0.0)
    half = Z95 * math.sqrt(rest / max(n - 1, 1) / n) / (below / n)
    return Share(r, max(r - half, 0.0), r + half)


@dataclass(frozen=True)
class Kind:
    """Targets that are reported together: a class, its decoys apart.

    Attributes
    ----------
    members : (targets,) who belongs to it.
    price : of one; None where it is not published, or a decoy only looks like the class.
    """

    name: str
    members: NDArray[np.bool_]
    price: Price | None


@dataclass(eq=False)
class CostTally:
    """Rounds and targets over the blocks of a run, and what they cost; read off at any time.

    Attributes
    ----------
    kinds : the classes of all that may be fired at (threats and decoys), and first all of them.
    fired : (missiles,) rounds.
    rounds, shot_down, leaked : (kinds,) sums over replicates of rounds fired at them, and of
        targets.
    """

    raid: CompiledRaid
    replicates: int = 0
    prices: tuple[Price | None, ...] = ()
    kinds: tuple[Kind, ...] = ()
    fired: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    rounds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    shot_down: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    leaked: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    _products: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, 0)))

    def __post_init__(self) -> None:
        known, given = self.raid.scenario.known, self.raid.raid.rules.prices_usd
        self.prices = tuple(round_price(m, known, given) for m in self.raid.missiles)
        self.kinds = kinds_of(self.raid)
        n = len(self.kinds)
        self.fired = np.zeros(len(self.raid.missiles))
        self.rounds, self.shot_down, self.leaked = np.zeros(n), np.zeros(n), np.zeros(n)
        self._products = np.zeros((3, n))

    def add(self, block: Block) -> None:
        """Count one more block."""
        self.replicates += len(block.outcome)
        self.fired += block.fired.sum(axis=0)
        columns = np.column_stack([k.members for k in self.kinds]).astype(np.float32)
        # (replicates, kinds) whole numbers below 2^24, exact in single precision
        rounds = (block.shots.astype(np.float32) @ columns).astype(float)
        down, through = (
            ((block.outcome == o).astype(np.float32) @ columns).astype(float)
            for o in (KILLED, LEAKED)
        )
        self.rounds += rounds.sum(axis=0)
        self.shot_down += down.sum(axis=0)
        self.leaked += through.sum(axis=0)
        self._products += [
            (a * b).sum(axis=0) for a, b in ((rounds, rounds), (down, down), (rounds, down))
        ]

    def rounds_per_kill(self, kind: int = 0) -> Share | None:
        """All rounds fired at such targets over all of them shot down; None if none ever is."""
        rounds_2, down_2, product = map(float, self._products[:, kind])
        return ratio(
            float(self.rounds[kind]),
            float(self.shot_down[kind]),
            rounds_2,
            down_2,
            product,
            self.replicates,
        )

    def rounds_value(self) -> tuple[Money, float]:
        """Mean value of rounds fired per replicate that have a price, and their share of all."""
        priced = [
            (p.times(f / self.replicates), f)
            for p, f in zip(self.prices, self.fired, strict=True)
            if p is not None
        ]
        total = float(self.fired.sum())
        return _sum([m for m, _ in priced]), sum(f for _, f in priced) / total if total else 0.0

    def targets_value(self, number: NDArray[np.float64]) -> tuple[Money, float]:
        """Mean cost of so many targets (kinds,) that have one, and their share of all."""
        priced = [
            (k.price.times(x / self.replicates), x)
            for k, x in zip(self.kinds[1:], number[1:], strict=True)
            if k.price is not None
        ]
        total = float(number[0])
        return _sum([m for m, _ in priced]), sum(x for _, x in priced) / total if total else 0.0

    def exchange(self, kind: int) -> dict[str, float] | None:
        """Value of the rounds fired at a kind of targets over the cost of those shot down.

        Bounds are those that published prices leave. None unless both sides have a price and one
        was shot down, and unless all rounds with a price cost the same: which of them were fired at
        this kind is not counted. A round without a price counts as they do.
        """
        price, (spent, share) = self.kinds[kind].price, self.rounds_value()
        fired = zip(self.prices, self.fired, strict=True)
        differ = len({p.value_usd for p, number in fired if p is not None and number}) > 1
        if price is None or share == 0.0 or self.shot_down[kind] == 0.0 or differ:
            return None
        rounds = share * self.fired.sum() / self.replicates
        per_kill = self.rounds[kind] / self.shot_down[kind]
        ends = {
            "value": (spent.value_usd, price.value_usd),
            "low": (spent.low_usd, price.high_usd),
            "high": (spent.high_usd, price.low_usd),
        }
        return {name: round(per_kill * a / rounds / b, 4) for name, (a, b) in ends.items()}

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON; a price that is not published is "unknown"."""
        n = self.replicates
        return {
            "replicates": n,
            "interval": "rounds per kill: 95 % Monte-Carlo; money: bounds of published prices",
            "rounds": {
                m: {"fired": round(f / n, 4), "price": _or_unknown(p)}
                for m, f, p in zip(self.raid.missiles, self.fired, self.prices, strict=True)
            },
            "targets": {
                kind.name: {
                    "targets": int(kind.members.sum()),
                    "rounds": round(self.rounds[k] / n, 4),
                    "shot_down": round(self.shot_down[k] / n, 4),
                    "leaked": round(self.leaked[k] / n, 4),
                    "rounds_per_kill": _or_none(self.rounds_per_kill(k)),
                    **(
                        {}
                        if k == 0
                        else {
                            "price": _or_unknown(kind.price),
                            "exchange": self.exchange(k) or UNKNOWN,
                        }
                    ),
                }
                for k, kind in enumerate(self.kinds)
            },
            "value": {
                "rounds_fired": _valued(*self.rounds_value(), self.fired.sum()),
                "shot_down": _valued(*self.targets_value(self.shot_down), self.shot_down[0]),
                "leaked": _valued(*self.targets_value(self.leaked), self.leaked[0]),
            },
        }


def kinds_of(raid: CompiledRaid) -> tuple[Kind, ...]:
    """All that may be fired at, and each class of it, decoys apart."""
    decoy = np.array([g.decoy for g in raid.groups])
    foe = ~raid.is_friendly
    kinds = [Kind("all", foe, None)]
    for k, name in enumerate(raid.classes):
        own = foe & (raid.class_of == k)
        price = target_price(name, raid.scenario.known)
        looks = name == "decoy"  # a class of its own, whose price is that of decoys
        kinds.append(Kind(name, own & ~decoy, price))
        kinds.append(
            Kind(name if looks else f"{name}, decoys", own & decoy, price if looks else None)
        )
    return tuple(kind for kind in kinds if kind.members.any() or kind.name == "all")


def _valued(money: Money, share: float, number: float) -> dict[str, Any] | str:
    """The sum and the share of pieces that it counts; "unknown" where no piece has a price."""
    if number and not share:
        return UNKNOWN
    return {**money.as_dict(), "share_priced": round(share, 4) if number else None}


def _sum(parts: Sequence[Money]) -> Money:
    return sum(parts, Money())


def _or_unknown(price: Price | None) -> dict[str, Any] | str:
    return UNKNOWN if price is None else price.as_dict()


def _or_none(share: Share | None) -> dict[str, float] | None:
    return None if share is None else share.as_dict()
