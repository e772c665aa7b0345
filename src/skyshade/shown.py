"""How results show themselves in a notebook: short texts here, tables and pictures from above.

A result of ``skyshade.PACKAGE`` knows nothing of tables and drawing: what its class looks like is
said by ``skyshade.notebook.PACKAGE``, a layer above. Its methods `plot` and `explore` find their
bodies there by that name when they are first asked for, as ``skyshade/__init__.py`` finds the
public names: computing costs nothing of it, and help on a method is help on its body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from types import MethodType
from typing import Any

NOTEBOOK = "skyshade.notebook"
NOTHING = 1e-9  # a share this close to 0 or 1 is 0 or 1: the rest is rounding in floating point


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

    >>> count(1, "site"), count(2000, "replicate"), count(2, "battery"), count(3, "day")
    ('1 site', '2,000 replicates', '2 batteries', '3 days')
    """
    return f"{n:,} {noun if n == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a regular noun."""
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def percent(share: float) -> str:
    """A share in whole per cent; what is not all or nothing never reads as if it were.

    >>> percent(0.1234), percent(0.006), percent(0.002), percent(0), percent(0.998), percent(1)
    ('12 %', '1 %', 'under 1 %', '0 %', 'over 99 %', '100 %')
    """
    return f"{_whole_percent(share)} %"


def percent_range(low: float, high: float) -> str:
    """Two ends of a share, in whole per cent.

    >>> percent_range(0.121, 0.58), percent_range(0.121, 0.124), percent_range(0, 0.58)
    ('12 to 58 %', '12 %', '0 to 58 %')
    >>> percent_range(0.001, 0.12), percent_range(0, 0.002), percent_range(0.998, 1)
    ('under 1 to 12 %', 'under 1 %', 'over 99 %')
    >>> percent_range(0.004, 0.012), percent_range(0.99, 0.998)
    ('about 1 %', 'about 99 %')
    """
    ends = (_whole_percent(low), _whole_percent(high))
    if ends[0] == ends[1]:
        return f"{ends[0]} %"
    near = {
        ("0", "under 1"): "under 1 %",
        ("under 1", "1"): "about 1 %",
        ("99", "over 99"): "about 99 %",
        ("over 99", "100"): "over 99 %",
    }
    return near.get(ends, f"{ends[0]} to {ends[1]} %")


def _whole_percent(share: float) -> str:
    text = f"{100 * share:.0f}"
    if text in ("0", "-0"):
        return "under 1" if share > NOTHING else "0"
    return "over 99" if text == "100" and share < 1 - NOTHING else text


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["Pathankot"]), listed(["Pathankot", "Bikaner", "Siliguri"])
    ('Pathankot', 'Pathankot, Bikaner and Siliguri')
    """
    return " and ".join(", ".join(names).rsplit(", ", 1))


_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)


def ordinal(k: int) -> str:
    """The k-th, as a word up to ten.

    >>> ordinal(1), ordinal(10), ordinal(11), ordinal(22), ordinal(113)
    ('first', 'tenth', '11th', '22nd', '113th')
    """
    if k <= len(_ORDINALS):
        return _ORDINALS[k - 1]
    teens = k // 10 % 10 == 1
    return f"{k}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(k % 10, 'th')}"
