"""Results in a notebook: tables, pictures and maps, by the class of the result.

The functions `card`, `plot` and `explore` have one body per class of result. Each module here
registers the bodies for the package of the same name; results carry them as methods, see
:mod:`skyshade.shown`.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skyshade.notebook.cards import Card
    from skyshade.report.style import Figure


@singledispatch
def card(result: Any) -> Card:
    """A result as tables."""
    raise NotImplementedError(f"{type(result).__name__} has no tables")


@singledispatch
def plot(result: Any) -> Figure:
    """A result as a matplotlib figure."""
    raise NotImplementedError(f"{type(result).__name__} has no picture")


@singledispatch
def explore(result: Any) -> Any:
    """A result as an interactive map, a plotly figure."""
    raise NotImplementedError(f"{type(result).__name__} has no map")
