"""A figure known only within bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue.model import Figure
from skyshade.errors import InputError


@dataclass(frozen=True)
class Unknown:
    """A figure whose value is known only within bounds.

    Attributes
    ----------
    key : short name, unique in a study, or per site for figures that each site has for itself.
    value, low, high : SI; low <= value <= high.
    scale : how it is drawn between its bounds: "linear", "log", "round" (an angle; low and high are
        the same), or "place" (a point of a square, as the share of a curve through the whole square
        that lies before it: evenly, and 0.5 is the middle).
    origin : "figure" (published or recalled), "scenario" or "assumption" of this model.
    sampled : False keeps it at its default in the random draws; its swing is still shown.
    weak : low confidence, or from memory only.
    group : figures of one group are high or low together in the draws; by default each by itself.
    figure : entry and key of the figure in the catalogue ("s-400.reaction_time"), if it is one.
    sources : ids of the catalogue's sources behind it.
    """

    key: str
    title: str
    unit: str
    value: float
    low: float
    high: float
    scale: Literal["linear", "log", "round", "place"] = "linear"
    origin: Literal["figure", "scenario", "assumption"] = "figure"
    sampled: bool = True
    weak: bool = False
    memory_only: bool = False
    why: str = ""
    group: str = ""
    figure: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not self.low <= self.value <= self.high:
            raise InputError(
                "low <= value <= high does not hold",
                field=self.key,
                value=[self.low, self.value, self.high],
            )

    @classmethod
    def of(cls, figure: Figure, key: str, entry: str, **more: Any) -> Unknown:
        """From a figure of an entry of the catalogue."""
        low, high = figure.bounds or (figure.number, figure.number)
        return cls(
            key,
            f"{entry}: {figure.title}",
            figure.unit,
            figure.number,
            low,
            high,
            weak=figure.is_weak,
            memory_only=figure.is_memory_only,
            why=figure.why,
            figure=f"{entry}.{figure.key}",
            sources=figure.sources,
            **more,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "key": self.key,
            "title": self.title,
            "unit": self.unit,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "origin": self.origin,
            "weak": self.weak,
            "memory_only": self.memory_only,
            "why": self.why,
            "figure": self.figure or None,
            "sources": list(self.sources),
        }

    def at(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values (SI) at quantiles (0 to 1); the default where the quantile is NaN.

        Half of the quantiles lie below the default and half above it, spread evenly up to each
        bound. If the default is a bound, they spread evenly over the whole range.
        """
        low, value, high = (
            (math.log(x) if self.scale == "log" else x) for x in (self.low, self.value, self.high)
        )
        if low < value < high:
            drawn = np.interp(u, [0.0, 0.5, 1.0], [low, value, high])
        else:
            drawn = np.interp(u, [0.0, 1.0], [low, high])
        drawn = np.exp(drawn) if self.scale == "log" else drawn
        return np.where(np.isnan(u), self.value, np.clip(drawn, self.low, self.high))
