"""Results in a notebook: tables, pictures and maps, by the class of the result.

Three functions, `card`, `plot` and `explore`, whose bodies are registered per class by the modules
here, each named after the package whose results it shows. Results carry them as methods; see
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
    """A result as a map to move about in, a plotly figure."""
    raise NotImplementedError(f"{type(result).__name__} has no map")
