"""Draws of unknown figures: the rows that a study runs, and the values in each.

In row 0 every figure has its default. The rows of a design follow, in which all figures are drawn
at once. Rows that differ from the defaults in one column only come last, if they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.uncertainty.unknown import Unknown

BAND = (0.05, 0.5, 0.95)  # quantiles at which results over draws are reported
MAX_DRAWS, MAX_SEED = 65_536, 2**64 - 1
AS_GIVEN = 0.5  # a position in the middle of its rounding, on the scale "place"
ENDS: dict[str, tuple[float, ...]] = {  # quantiles at which such a figure is tried by itself
    "linear": (0.0, 1.0),
    "log": (0.0, 1.0),
    "round": (0.0, 0.25, 0.75),  # 0.5 is the default
    "place": (0.0, 1 / 3, 2 / 3, 1.0),  # the corners of the square
}
QUARTERS = 4  # of the square, and of all round
HEIGHT, POSITION = "antenna height", "position"  # keys of columns that each site has for itself
Design = Literal["band", "indices"]


@dataclass(frozen=True)
class Column:
    """One column of the draws: figures that are high or low together.

    Attributes
    ----------
    key : name of the column; columns of the same kind of several sites have the same key.
    site : index of the site that the column belongs to; None if all sites share it.
    """

    key: str
    title: str
    figures: tuple[Unknown, ...]
    site: int | None = None

    @property
    def name(self) -> str:
        """The key, with the site that the column belongs to."""
        return self.key if self.site is None else site_key(self.key, self.site)

    @property
    def weak(self) -> bool:
        """Whether any figure is of low confidence, assumed or from memory."""
        return any(f.weak for f in self.figures)

    @property
    def memory_only(self) -> bool:
        """Whether any figure is from memory only."""
        return any(f.memory_only for f in self.figures)

    @property
    def is_sampled(self) -> bool:
        """Whether any figure is drawn; otherwise the column stays at its defaults."""
        return any(f.sampled for f in self.figures)

    @property
    def is_ordered(self) -> bool:
        """Whether its values are low or high; angles all round and places are neither."""
        return all(f.scale in ("linear", "log") for f in self.figures)

    @property
    def ends(self) -> list[float]:
        """Quantiles of its one-at-a-time rows: bounds, some angles, or corners of a square."""
        if all(f.low == f.high for f in self.figures):
            return []
        return list(ENDS[self.figures[0].scale])


@dataclass(frozen=True)
class Draws:
    """The quantile of each column in each row of a study.

    Attributes
    ----------
    u : (rows, columns) quantiles, 0 to 1; NaN where a column is at its defaults.
    design : "band": n points of a Sobol sequence. "indices": n points A, n points B, then for each
        column A with that column from B; Sobol indices are estimated from these.
    n : number of points; 0 for the defaults alone.
    one_at_a_time : key of a column -> the rows in which only that column is not at its default.
    """

    columns: tuple[Column, ...]
    u: NDArray[np.float64]
    design: Design
    n: int
    seed: int
    one_at_a_time: Mapping[str, tuple[int, ...]]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.u)

    @property
    def drawn(self) -> slice:
        """The rows of the design; none if there are no draws."""
        return slice(1, 1 + n_rows(self.design, len(self.columns), self.n))

    @property
    def sobol(self) -> slice:
        """The rows in which all columns are drawn independently; bands are made from these.

        The default row alone if there are no draws.
        """
        n = self.n if self.design == "band" else 2 * self.n
        return slice(1, 1 + n) if n else slice(0, 1)

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """The figures that all sites share."""
        return tuple(f for c in self.columns if c.site is None for f in c.figures)

    @cached_property
    def _place(self) -> dict[tuple[str, int | None], tuple[int, Unknown]]:
        """Column number and figure, by key of the figure and site."""
        return {
            (figure.key, column.site): (i, figure)
            for i, column in enumerate(self.columns)
            for figure in column.figures
        }

    def column(self, key: str, site: int | None = None) -> NDArray[np.float64]:
        """(rows,) values (SI) of the figure with this key."""
        i, figure = self._place[key, site]
        return figure.at(self.u[:, i])

    def values(self, rows: slice) -> list[dict[str, float]]:
        """For each row the values (SI) of all figures, by key; of a site's own by `site_key`."""
        found = {
            figure.key if site is None else site_key(figure.key, site): figure.at(self.u[rows, i])
            for (_, site), (i, figure) in self._place.items()
        }
        n = len(self.u[rows])
        return [{key: float(column[r]) for key, column in found.items()} for r in range(n)]


def site_key(key: str, site: int) -> str:
    """The key of a figure that a site has for itself, among those of other sites.

    >>> site_key("position", 2)
    'position @ 2'
    """
    return f"{key} @ {site}"


def columns_of(unknowns: Sequence[Unknown]) -> tuple[Column, ...]:
    """One column for each figure with bounds, or for each group of such figures."""
    found: dict[str, list[Unknown]] = {}
    for unknown in unknowns:
        if unknown.sampled and unknown.low < unknown.high:
            found.setdefault(unknown.group or unknown.key, []).append(unknown)
    return tuple(
        Column(key, figures[0].title if len(figures) == 1 else key, tuple(figures))
        for key, figures in found.items()
    )


def height_column(site: int, heights_m: Mapping[str, tuple[float, float, float]]) -> Column:
    """The column of a site's antennas, whose heights are high or low together.

    Parameters
    ----------
    heights_m : default, low and high height above ground, by key of the antenna.
    """
    title = "antenna height above ground"
    figures = [
        Unknown(key, title, "m", *height, origin="scenario", weak=True)
        for key, height in heights_m.items()
    ]
    return Column(HEIGHT, title, tuple(figures), site)


def position_column(site: int, moved: bool) -> Column:
    """The column of a site's position, anywhere inside its rounding; as given if not `moved`."""
    title, (low, high) = "position inside its rounding", (0.0, 1.0) if moved else (AS_GIVEN,) * 2
    scale: Literal["place"] = "place"
    known: dict[str, Any] = {"origin": "scenario", "weak": True}
    place = Unknown(POSITION, title, "place", AS_GIVEN, low, high, scale, **known)
    return Column(POSITION, title, (place,), site)


def check_draws(n: int, field: str = "draws", most: int = MAX_DRAWS, least: int = 2) -> None:
    """Raise InputError unless a Sobol sequence of n is balanced, and within these bounds."""
    if n < least or n & (n - 1) or n > most:
        first = ", ".join([str(x) for x in (0, 1, 2, 4, 8) if x >= least][:4])
        raise InputError(
            "a Sobol sequence is balanced only at powers of two",
            field=field,
            value=n,
            allowed=f"{first}, … {most}",
        )


def n_rows(design: Design, k: int, n: int) -> int:
    """Number of rows of a design of k columns."""
    return n if design == "band" else n * (k + 2)


def draw(
    columns: Sequence[Column],
    n: int,
    seed: int = 0,
    *,
    design: Design = "band",
    one_at_a_time: bool = False,
) -> Draws:
    """Draw the columns with a scrambled Sobol sequence.

    A column that is not sampled uses a dimension of the sequence and stays at its defaults.

    Parameters
    ----------
    n : a power of two, so that the sequence is balanced; 0 for the defaults alone.
    one_at_a_time : whether to add rows that differ from the defaults in one key: its columns at
        their bounds, at all sites at once.

    Raises
    ------
    InputError : n is not a power of two, or a seed out of range.

    References
    ----------
    A. B. Owen, Scrambled net variance for integrals of smooth functions, Ann. Statist. 25, 1997.
    A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 2010.
    """
    check_draws(n, "draws", least=0)
    if not 0 <= seed <= MAX_SEED:
        raise InputError("seed out of range", field="seed", value=seed, allowed="0 to 2^64 - 1")
    u = _quantiles(design, len(columns), n, seed)
    u[:, [not c.is_sampled for c in columns]] = np.nan
    defaults = np.full((1, len(columns)), np.nan)
    singles, extra = _singles(columns, 1 + len(u)) if n and one_at_a_time else ({}, defaults[:0])
    return Draws(tuple(columns), np.concatenate([defaults, u, extra]), design, n, seed, singles)


def _quantiles(design: Design, k: int, n: int, seed: int) -> NDArray[np.float64]:
    """The rows of a design: (n_rows, k) in [0, 1)."""
    from scipy.stats import qmc

    if n == 0 or k == 0:
        return np.empty((n_rows(design, k, n), k))
    rng = np.random.default_rng(seed)
    if design == "band":
        return np.asarray(qmc.Sobol(k, rng=rng).random(n))
    both = qmc.Sobol(2 * k, rng=rng).random(n)
    a, b = both[:, :k], both[:, k:]
    mixed = np.repeat(a[None], k, axis=0)
    for i in range(k):
        mixed[i, :, i] = b[:, i]
    return np.concatenate([a, b, *mixed])


def _singles(
    columns: Sequence[Column], first: int
) -> tuple[dict[str, tuple[int, ...]], NDArray[np.float64]]:
    """The one-at-a-time rows: their numbers by key, and their quantiles."""
    rows: dict[str, tuple[int, ...]] = {}
    extra: list[NDArray[np.float64]] = []
    for key in dict.fromkeys(c.key for c in columns):
        mine = [i for i, c in enumerate(columns) if c.key == key]
        for end in next((c.ends for c in columns if c.key == key and c.ends), []):
            rows[key] = (*rows.get(key, ()), first + len(extra))
            row = np.full(len(columns), np.nan)
            row[mine] = end
            extra.append(row)
    return rows, np.array(extra).reshape(-1, len(columns))


def band(results: NDArray[Any], axis: int = 0) -> NDArray[np.float64]:
    """5, 50 and 95 % quantiles of results over the axis of the draws; they become axis 0."""
    return np.asarray(np.quantile(results, BAND, axis=axis))
