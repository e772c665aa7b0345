"""What each layer of a defence shoots at, kills and spends, and what gets past all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement._scalar_plan import KILLED, LAYERS, LEAKED
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.costs import UNKNOWN, Kind, kinds_of
from skyshade.engagement.launch import Block
from skyshade.engagement.layers import NAMES
from skyshade.engagement.prices import Money, Price, round_price

NOTE = (
    "Means per replicate. Let through: targets that the layer fired at and did not shoot down, "
    "whoever did in the end."
)


@dataclass(frozen=True)
class Layer:
    """One layer of a defence.

    Attributes
    ----------
    index : its place from the outside in, of `layers.NAMES`.
    sites : ids. n_units : fire units in all.
    """

    index: int
    sites: tuple[str, ...]
    n_units: int

    @property
    def name(self) -> str:
        """long, medium or short."""
        return NAMES[self.index]


def layers_of(raid: CompiledRaid) -> tuple[Layer, ...]:
    """The layers that a raid meets, from the outside in."""
    found = []
    for index in range(LAYERS):
        units = [u for u, at in zip(raid.units, raid.plan.fire.layer, strict=True) if at == index]
        if units:
            sites = tuple(dict.fromkeys(u.site_id for u in units))
            found.append(Layer(index, sites, len(units)))
    return tuple(found)


@dataclass(eq=False)
class LayerTally:
    """What the layers of a defence did, over the blocks of a run; read off at any time.

    Attributes
    ----------
    layers : those there are.
    kinds : classes of targets, decoys apart, and first all of them; as in `CostTally`.
    shot_at, shot_down : (layers, kinds) sums over replicates of targets.
    leaked, other : (kinds,) of those that nobody shot down: at their aim, or neither.
    fired : (layers, missiles) rounds.
    """

    raid: CompiledRaid
    replicates: int = 0
    layers: tuple[Layer, ...] = ()
    kinds: tuple[Kind, ...] = ()
    shot_at: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    shot_down: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    leaked: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    other: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    fired: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    prices: tuple[Price | None, ...] = ()

    def __post_init__(self) -> None:
        """Find the layers, and start at zero."""
        raid = self.raid
        self.layers, self.kinds = layers_of(raid), kinds_of(raid)
        known, given = raid.scenario.known, raid.raid.rules.prices_usd
        self.prices = tuple(round_price(m, known, given) for m in raid.missiles)
        shape = len(self.layers), len(self.kinds)
        self.shot_at, self.shot_down = np.zeros(shape), np.zeros(shape)
        self.leaked, self.other = np.zeros(shape[1]), np.zeros(shape[1])
        self.fired = np.zeros((shape[0], len(raid.missiles)))

    @property
    def is_layered(self) -> bool:
        """Whether there is more than one layer, so that there is anything to tell."""
        return len(self.layers) > 1

    def add(self, block: Block) -> None:
        """Count one more block, if there is more than one layer."""
        if not self.is_layered:
            return
        self.replicates += len(block.outcome)
        columns = np.column_stack([k.members for k in self.kinds]).astype(np.float64)

        def count(some: NDArray[np.bool_]) -> NDArray[np.float64]:
            return np.asarray(some.sum(axis=0) @ columns)

        killed = block.outcome == KILLED
        of = np.where(killed, self.raid.plan.fire.layer[block.unit], -1)
        for k, layer in enumerate(self.layers):
            self.shot_at[k] += count((block.tried >> layer.index) & 1 == 1)
            self.shot_down[k] += count(of == layer.index)
            self.fired[k] += block.fired_by[:, layer.index].sum(axis=0)
        leaked = block.outcome == LEAKED
        self.leaked += count(leaked)
        self.other += count(~(killed | leaked))

    def cost(self, layer: int) -> tuple[Money, float]:
        """Mean value of the rounds that a layer fires, and the share of them that have a price."""
        spent, priced = Money(), 0.0
        for number, price in zip(self.fired[layer], self.prices, strict=True):
            if price is not None:
                spent += price.times(float(number) / self.replicates)
                priced += float(number)
        total = float(self.fired[layer].sum())
        return spent, priced / total if total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON; what no price is known of is "unknown"."""
        n = self.replicates

        def per_run(values: NDArray[np.float64], kind: int) -> dict[str, float]:
            return {
                layer.name: round(float(values[k, kind]) / n, 4)
                for k, layer in enumerate(self.layers)
            }

        return {
            "note": NOTE,
            "layers": {layer.name: self._layer(k) for k, layer in enumerate(self.layers)},
            "targets": {
                kind.name: {
                    "targets": int(kind.members.sum()),
                    "shot_at": per_run(self.shot_at, i),
                    "shot_down": per_run(self.shot_down, i),
                    "let_through": per_run(self.shot_at - self.shot_down, i),
                    "leaked": round(float(self.leaked[i]) / n, 4),
                    "neither": round(float(self.other[i]) / n, 4),
                }
                for i, kind in enumerate(self.kinds)
            },
        }

    def _layer(self, k: int) -> dict[str, Any]:
        n, layer, fired = self.replicates, self.layers[k], float(self.fired[k].sum())
        spent, share = self.cost(k)
        down = float(self.shot_down[k, 0])
        return {
            "sites": list(layer.sites),
            "fire_units": layer.n_units,
            "rounds": {
                m: round(float(f) / n, 4)
                for m, f in zip(self.raid.missiles, self.fired[k], strict=True)
                if f
            },
            "rounds_per_kill": round(fired / down, 4) if down else None,
            "value": {**spent.as_dict(), "share_priced": round(share, 4)} if share else UNKNOWN,
        }
