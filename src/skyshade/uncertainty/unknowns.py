"""The uncertain figures behind a reach: their bounds, how they are drawn, which one matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue.model import Figure
from skyshade.errors import InputError

N_PLACES = 5  # where a site may stand: as given, and moved north, south, east, west
MAX_DRAWS = 65_536


@dataclass(frozen=True)
class Unknown:
    """A figure whose value is known only within bounds.

    Attributes
    ----------
    key : short name, unique in a study; what `Draws` columns are called.
    value, low, high : SI; low <= value <= high.
    scale : how it is drawn between its bounds: "linear" or "log".
    origin : "figure" (published or recalled), "scenario" or "assumption" of this model.
    sampled : False keeps it at its default in the random draws; its swing is shown all the same.
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
    scale: Literal["linear", "log"] = "linear"
    origin: Literal["figure", "scenario", "assumption"] = "figure"
    sampled: bool = True
    weak: bool = False
    memory_only: bool = False
    why: str = ""
    group: str = ""
    figure: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
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
        """Values (SI) at quantiles: half below the default, half above, even between the bounds.

        A default at one of its bounds leaves one even spread over all of them.
        """
        low, value, high = (
            (math.log(x) if self.scale == "log" else x) for x in (self.low, self.value, self.high)
        )
        if low < value < high:
            drawn = np.interp(u, [0.0, 0.5, 1.0], [low, value, high])
        else:
            drawn = low + (high - low) * u
        return np.exp(drawn) if self.scale == "log" else drawn


@dataclass(frozen=True)
class Draws:
    """Values of every unknown, row by row.

    Row 0 holds the defaults, rows 1 to n the Sobol draws; then come rows that differ from the
    defaults in one unknown: at its low and its high bound (for a position: moved four ways).

    Attributes
    ----------
    unknowns : the columns of `values`.
    values : (rows, unknowns) SI.
    places : (rows, sites) where each site stands, 0 to 4.
    heights : (rows, sites) 0 to 1 between antenna bounds, as quantile.
    n : number of Sobol draws.
    one_at_a_time : unknown's key (or "antenna height", "position") -> its rows.
    """

    unknowns: tuple[Unknown, ...]
    values: NDArray[np.float64]
    places: NDArray[np.int64]
    heights: NDArray[np.float64]
    n: int
    one_at_a_time: dict[str, tuple[int, ...]]
    seed: int

    @property
    def sobol(self) -> slice:
        """The rows that are random draws; the defaults alone where there are none."""
        return slice(1, 1 + self.n) if self.n else slice(0, 1)

    def column(self, key: str) -> NDArray[np.float64]:
        """Values of one unknown, all rows."""
        return self.values[:, [u.key for u in self.unknowns].index(key)]


HEIGHT, POSITION = "antenna height", "position"


def check_samples(n: int, field: str = "samples", most: int = MAX_DRAWS, least: int = 0) -> None:
    """Raise InputError unless a Sobol sequence of n is balanced, and within these bounds."""
    if n < least or n & (n - 1) or n > most:
        first = ", ".join([str(x) for x in (0, 1, 2, 4, 8) if x >= least][:4])
        raise InputError(
            "a Sobol sequence is balanced only at powers of two",
            field=field,
            value=n,
            allowed=f"{first}, … {most}",
        )


def draw(
    unknowns: Sequence[Unknown], n_sites: int, n: int = 256, seed: int = 0, moved: bool = True
) -> Draws:
    """Draw the unknowns with a scrambled Sobol sequence.

    Parameters
    ----------
    n_sites : each has its own antenna height and position.
    n : a power of two, so that the sequence is balanced; 0 for the defaults alone.
    moved : False where positions are exact.

    Raises
    ------
    InputError : n is not a power of two, or a seed out of range.

    References
    ----------
    A. B. Owen, Scrambled net variance for integrals of smooth functions, Ann. Statist. 25, 1997.
    """
    from scipy.stats import qmc

    check_samples(n)
    if not 0 <= seed < 2**63:
        raise InputError("seed out of range", field="seed", value=seed, allowed="0 to 2^63 - 1")
    k = len(unknowns)
    u = np.empty((0, k + 2 * n_sites))
    if n:
        u = qmc.Sobol(k + 2 * n_sites, rng=np.random.default_rng(seed)).random(n)
    defaults = np.array([x.value for x in unknowns])
    rows = 1 + n
    singles: dict[str, tuple[int, ...]] = {}
    extra_values, extra_heights, extra_places = [], [], []

    def single(key: str, values: NDArray, height: float = np.nan, place: int = 0) -> None:
        nonlocal rows
        singles[key] = (*singles.get(key, ()), rows)
        extra_values.append(values)
        extra_heights.append([height] * n_sites)
        extra_places.append([place] * n_sites)
        rows += 1

    if n:
        for i, x in enumerate(unknowns):
            for bound in (x.low, x.high):
                if x.low < x.high:
                    values = defaults.copy()
                    values[i] = bound
                    single(x.key, values)
        for height in (0.0, 1.0):
            single(HEIGHT, defaults, height=height)
        for place in range(1, N_PLACES if moved else 1):
            single(POSITION, defaults, place=place)
    drawn = [x.at(u[:, i]) if x.sampled else np.full(n, x.value) for i, x in enumerate(unknowns)]
    values = np.vstack([defaults, *([np.column_stack(drawn)] if n and k else []), *extra_values])
    heights = np.vstack(
        [np.full(n_sites, np.nan), u[:, k : k + n_sites], *([np.array(extra_heights)] if n else [])]
    )
    places = np.floor(u[:, k + n_sites :] * N_PLACES).astype(int) * int(moved)
    places = np.vstack(
        [np.zeros(n_sites, int), places, *([np.array(extra_places, int)] if n else [])]
    )
    return Draws(tuple(unknowns), values, places, heights, n, singles, seed)


@dataclass(frozen=True)
class Driver:
    """How much one unknown moves a result.

    Attributes
    ----------
    share : squared rank correlation with the result over the draws, 0 to 1: the part of its
        variance that goes with this unknown alone.
    swing : the result with the unknown at its low and at its high bound, all else at default.
    """

    key: str
    title: str
    share: float
    swing: tuple[float, float]
    weak: bool
    memory_only: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "key": self.key,
            "title": self.title,
            "share": round(self.share, 3),
            "swing": [round(v, 3) for v in self.swing],
            "weak": self.weak,
            "memory_only": self.memory_only,
        }


def rank_drivers(
    draws: Draws, results: NDArray[np.float64], site: int | None = None
) -> list[Driver]:
    """The unknowns in order of how much they move a result, strongest first.

    Parameters
    ----------
    results : (rows,) one number per row of the draws.
    site : whose antenna height and position; None for a result of all sites, whose own
        heights and positions then count together.

    Notes
    -----
    Squared Spearman rank correlations suit monotone relations and few draws; with 256 draws one
    of 0.02 is within chance. The swing needs no statistics at all.
    """
    from scipy.stats import rankdata

    def share(column: NDArray) -> float:
        if np.ptp(column) == 0 or np.ptp(drawn) == 0:
            return 0.0
        r = np.corrcoef(rankdata(column), rankdata(drawn))[0, 1]
        return float(r * r)

    drawn = np.asarray(results, float)[draws.sobol]
    found = []
    for i, x in enumerate(draws.unknowns):
        rows = draws.one_at_a_time.get(x.key)
        if rows is None:
            continue
        swing = (float(results[rows[0]]), float(results[rows[1]]))
        found.append(
            Driver(
                x.key, x.title, share(draws.values[draws.sobol, i]), swing, x.weak, x.memory_only
            )
        )
    which = range(draws.places.shape[1]) if site is None else [site]
    rows = draws.one_at_a_time.get(HEIGHT, ())
    if rows:
        shares = [share(draws.heights[draws.sobol, i]) for i in which]
        swing = (float(results[rows[0]]), float(results[rows[1]]))
        found.append(Driver(HEIGHT, "antenna height above ground", sum(shares), swing, True, False))
    rows = draws.one_at_a_time.get(POSITION, ())
    if rows:
        moved = [float(results[r]) for r in (0, *rows)]
        shares = [_class_share(draws.places[draws.sobol, i], drawn) for i in which]
        found.append(
            Driver(
                POSITION,
                "position inside its rounding",
                sum(shares),
                (min(moved), max(moved)),
                True,
                False,
            )
        )
    moving = [d for d in found if d.swing[0] != d.swing[1]]  # what it cannot move is no driver
    return sorted(moving, key=lambda d: (-d.share, d.key))


def drivers_of(
    draws: Draws, results: NDArray[np.float64], site: int | None = None
) -> list[list[list[Driver]]]:
    """:func:`rank_drivers` per altitude and class of results (altitudes, classes, rows)."""
    if not draws.n:
        return [[[] for _ in classes] for classes in results]
    return [[rank_drivers(draws, rows, site) for rows in classes] for classes in results]


def _class_share(classes: NDArray, drawn: NDArray) -> float:
    """Share of the ranks' variance between classes, without what chance alone would give."""
    from scipy.stats import rankdata

    ranks = rankdata(drawn)
    total = float(((ranks - ranks.mean()) ** 2).sum())
    names, n = np.unique(classes), len(ranks)
    if total == 0 or len(names) < 2 or n <= len(names):
        return 0.0
    between = sum(
        float((classes == k).sum() * (ranks[classes == k].mean() - ranks.mean()) ** 2)
        for k in names
    )
    within = (total - between) / (n - len(names))
    return max((between - (len(names) - 1) * within) / total, 0.0)
