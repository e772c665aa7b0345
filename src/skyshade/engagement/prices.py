"""What rounds and targets cost, as far as prices are published or given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Catalogue, Entry, Figure
from skyshade.uncertainty.unknown import Unknown


@dataclass(frozen=True)
class Price:
    """What one round or target costs, as published.

    Attributes
    ----------
    value_usd, low_usd, high_usd : of one piece.
    basis : what was published, in words.
    weak : low confidence, or an average that stands for one type.
    """

    value_usd: float
    low_usd: float
    high_usd: float
    basis: str
    sources: tuple[str, ...]
    confidence: str
    weak: bool

    @classmethod
    def given(cls, value_usd: float) -> Price:
        """From a scenario."""
        return cls(value_usd, value_usd, value_usd, "given in the scenario", (), "assumed", True)

    @classmethod
    def of(cls, figure: Figure, basis: str, weak: bool = False) -> Price:
        """From a figure of the catalogue."""
        low, high = figure.bounds or (figure.number, figure.number)
        return cls(
            figure.number,
            low,
            high,
            basis,
            figure.sources,
            figure.confidence,
            weak or figure.is_weak,
        )

    def unknown(self, missile: str) -> Unknown:
        """The price as a figure that a decision rests on."""
        key, why = f"price {missile}", self.basis
        ends = self.value_usd, self.low_usd, self.high_usd
        origin: Any = "figure" if self.sources else "scenario"
        more: dict[str, Any] = {"origin": origin, "weak": self.weak, "sources": self.sources}
        return Unknown(key, f"{missile}: price of a round", "USD", *ends, why=why, **more)

    def times(self, number: float) -> Money:
        """The price of `number` pieces (USD), low and high bounds scaled alike."""
        return Money(*(number * v for v in (self.value_usd, self.low_usd, self.high_usd)))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "value_usd": self.value_usd,
            "low_usd": self.low_usd,
            "high_usd": self.high_usd,
            "basis": self.basis,
            "sources": list(self.sources),
            "confidence": self.confidence,
            "weak": self.weak,
        }


@dataclass(frozen=True)
class Money:
    """A sum (USD) with the bounds that published prices leave it."""

    value_usd: float = 0.0
    low_usd: float = 0.0
    high_usd: float = 0.0

    def __add__(self, other: Money) -> Money:
        return Money(
            self.value_usd + other.value_usd,
            self.low_usd + other.low_usd,
            self.high_usd + other.high_usd,
        )

    def as_dict(self) -> dict[str, float]:
        """Plain JSON, whole dollars."""
        return {
            "value_usd": round(self.value_usd),
            "low_usd": round(self.low_usd),
            "high_usd": round(self.high_usd),
        }


def round_price(
    missile: str,
    catalogue: Catalogue | None = None,
    given_usd: Mapping[str, float] | None = None,
) -> Price | None:
    """The price of a missile: as given, its own, or else the average of an order of its system.

    None if there is none of these. An average over an order of several types says little about one
    of them, so it is weak.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    entry = catalogue.entry(missile)
    given = {catalogue.entry(name).id: value for name, value in (given_usd or {}).items()}
    if entry.id in given:
        return Price.given(given[entry.id])
    own = _known(entry, "unit_cost")
    if own is not None:
        return Price.of(own, _words(entry, own))
    orders = (
        e
        for e in catalogue.entries.values()
        if entry.part_of is not None and _is_within(catalogue, e, entry.part_of)
    )
    for order in orders:
        average = _known(order, "missile_price_average")
        if average is not None:
            basis = "average of a mixed order, no price of this type is published: "
            return Price.of(average, basis + _words(order, average), weak=True)
    return None


def target_price(target: str, catalogue: Catalogue | None = None) -> Price | None:
    """The unit cost of a target class; None where none is published."""
    catalogue = load_catalogue() if catalogue is None else catalogue
    entry = catalogue.entry(target)
    figure = _known(entry, "unit_cost")
    return None if figure is None else Price.of(figure, _words(entry, figure))


def _known(entry: Entry, key: str) -> Figure | None:
    figure = entry.figures.get(key)
    return None if figure is None or figure.is_unknown else figure


def _words(entry: Entry, figure: Figure) -> str:
    return f"{entry.title}, {figure.title}" + (f" ({figure.condition})" if figure.condition else "")


def _is_within(catalogue: Catalogue, entry: Entry, whole: str) -> bool:
    while entry.part_of is not None:
        if entry.part_of == whole:
            return True
        entry = catalogue.entry(entry.part_of)
    return False
