"""The uncertain figures behind a raid: which were used, and with which values."""

from __future__ import annotations

from collections.abc import Mapping

from skyshade.uncertainty.unknown import Unknown


class Figures:
    """Gives each uncertain figure its value, and notes that it was asked for.

    Parameters
    ----------
    values : SI values by key, instead of the defaults.
    """

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        self.values = values or {}
        self.used: dict[str, Unknown] = {}

    def __call__(self, figure: Unknown) -> float:
        """The value (SI) of a figure: the given one, else its default."""
        self.used[figure.key] = figure
        return self.values.get(figure.key, figure.value)
