"""Record which uncertain figures a computation uses, and give each its value."""

from __future__ import annotations

from collections.abc import Mapping

from skyshade.uncertainty.unknown import Unknown


class Figures:
    """Gives each uncertain figure its value, and records that it was used.

    Parameters
    ----------
    values : SI values by key, instead of the defaults.
    """

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        """Start with no figure used."""
        self.values = values or {}
        self.used: dict[str, Unknown] = {}

    def __call__(self, figure: Unknown) -> float:
        """The value (SI) of a figure: the given one, else its default."""
        self.used[figure.key] = figure
        return self.values.get(figure.key, figure.value)
