"""How results show themselves in a notebook: short texts here, tables and pictures from above.

A result of ``skyshade.PACKAGE`` knows nothing of tables and drawing: what its class looks like is
said by ``skyshade.notebook.PACKAGE``, a layer above. Its methods `plot` and `explore` find their
bodies there by that name when they are first asked for, as ``skyshade/__init__.py`` finds the
public names: computing costs nothing of it, and help on a method is help on its body.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import MethodType
from typing import Any

NOTEBOOK = "skyshade.notebook"


class FromNotebook:
    """A method whose body is registered in `skyshade.notebook`, under `name`, for the class."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, shown: object | None, owner: type) -> Callable[..., Any]:
        homes = (c.__module__.split(".") for c in owner.__mro__)
        import_module(f"{NOTEBOOK}.{next(h[1] for h in homes if h[0] == 'skyshade')}")
        body = getattr(import_module(NOTEBOOK), self.name).dispatch(owner)
        return body if shown is None else MethodType(body, shown)


class Brief:
    """A result whose text is one line, however much it holds."""

    __slots__ = ()

    @property
    def _in_short(self) -> str:
        """What the result is of, and how large it is; nothing is computed for it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._in_short}>"

    __str__ = __repr__


class Shown(Brief):
    """A result that a notebook shows as tables."""

    __slots__ = ()
    _card = FromNotebook("card")

    def _repr_html_(self) -> str:
        html: str = self._card().html()
        return html


class Plotted(Shown):
    """A result with a picture: `plot` returns a matplotlib figure."""

    __slots__ = ()
    plot = FromNotebook("plot")


class Mapped(Plotted):
    """A result with a map to move about in: `explore` returns a plotly figure."""

    __slots__ = ()
    explore = FromNotebook("explore")


def count(n: int, noun: str) -> str:
    """A number and its noun, in the plural unless it is one.

    >>> count(1, "site"), count(2000, "replicate")
    ('1 site', '2,000 replicates')
    """
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
