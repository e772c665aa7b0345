"""How much the unknown figures move a raid's result, and which of them most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.uncertainty.unknowns import MAX_DRAWS, Unknown, check_samples

BAND = (0.05, 0.5, 0.95)  # quantiles of the draws that are reported
RESAMPLES = 999
Design = Literal["band", "indices"]


@dataclass(frozen=True)
class Dimension:
    """Figures that are high or low together: one column of the draws."""

    key: str
    figures: tuple[Unknown, ...]

    @property
    def weak(self) -> bool:
        """Whether any of them is of low confidence, assumed or from memory."""
        return any(f.weak for f in self.figures)


def dimensions(unknowns: Sequence[Unknown]) -> tuple[Dimension, ...]:
    """What is drawn: figures with bounds, those of one group together."""
    found: dict[str, list[Unknown]] = {}
    for unknown in unknowns:
        if unknown.sampled and unknown.low < unknown.high:
            found.setdefault(unknown.group or unknown.key, []).append(unknown)
    return tuple(Dimension(key, tuple(figures)) for key, figures in found.items())


def check_draws(n: int, field: str = "draws", most: int = MAX_DRAWS) -> None:
    """Raise InputError unless a Sobol sequence of n is balanced and not too long."""
    check_samples(n, field, most, least=2)  # of fewer there are no quantiles


def n_rows(design: Design, k: int, n: int) -> int:
    """How many parameter vectors a design has."""
    return n if design == "band" else n * (k + 2)


def quantiles(design: Design, k: int, n: int, seed: int) -> NDArray[np.float64]:
    """(rows, k) in [0, 1): the quantiles at which each vector has its figures.

    "band": n points of a scrambled Sobol sequence. "indices": n points A, n points B, then per
    column A with that column from B, as Saltelli's estimators take them.

    References
    ----------
    A. B. Owen, Scrambled net variance for integrals of smooth functions, Ann. Statist. 25, 1997.
    A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 2010.
    """
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if design == "band":
        return qmc.Sobol(k, rng=rng).random(n) if k else np.empty((n, 0))
    both = qmc.Sobol(2 * k, rng=rng).random(n)
    a, b = both[:, :k], both[:, k:]
    mixed = np.repeat(a[None], k, axis=0)
    for i in range(k):
        mixed[i, :, i] = b[:, i]
    return np.concatenate([a, b, *mixed])


def values_at(dims: Sequence[Dimension], u: NDArray[np.float64]) -> dict[str, float]:
    """Value (SI) of every figure, at one row of quantiles."""
    return {
        figure.key: float(figure.at(q))
        for dim, q in zip(dims, u, strict=True)
        for figure in dim.figures
    }


@dataclass(frozen=True)
class Index:
    """A Sobol index with its 95 % interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Plain JSON."""
        return {k: round(float(getattr(self, k)), 4) for k in ("value", "low", "high")}


@dataclass(frozen=True)
class Driver:
    """How much of the result's variance goes with one unknown.

    Attributes
    ----------
    first : with it alone. total : with it and all that it does together with others.
    swing : median result over the quarter of the draws with it lowest, and with it highest.
    """

    key: str
    title: str
    first: Index
    total: Index
    swing: tuple[float, float]
    weak: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "key": self.key,
            "title": self.title,
            "first_order": self.first.as_dict(),
            "total": self.total.as_dict(),
            "swing": [round(s, 5) for s in self.swing],
            "weak": self.weak,
        }


def sobol_indices(
    results: NDArray[np.float64], k: int, n: int, seed: int = 0
) -> list[tuple[Index, Index]]:
    """First-order and total Sobol index of each of k unknowns.

    Parameters
    ----------
    results : (n (k + 2),) of the rows of :func:`quantiles` for "indices".
    seed : of the bootstrap behind the intervals.

    Returns
    -------
    Per unknown its first-order and its total index with 95 % percentile intervals; all zero where
    nothing varies.

    References
    ----------
    A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 2010, table 2: (b) first order, (f) total, which is Jansen's.
    """
    from scipy.stats import bootstrap

    if k == 0 or np.ptp(results) == 0:
        nothing = Index(0.0, 0.0, 0.0)
        return [(nothing, nothing)] * k
    parts = results.reshape(k + 2, n)
    parts = parts - parts[:2].mean()

    def indices(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """(2, k) first-order and total, from these rows."""
        f = parts[:, rows]
        a, b, mixed = f[0], f[1], f[2:]
        variance = float(np.var(f[:2]))
        if variance == 0.0:  # a resample in which nothing varies
            return np.zeros((2, k))
        first = (b * (mixed - a)).mean(axis=-1) / variance
        total = ((mixed - a) ** 2).mean(axis=-1) / (2 * variance)
        return np.stack([first, total])

    every = np.arange(n)
    spread = bootstrap(
        (every,),
        indices,
        n_resamples=RESAMPLES,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    (first, total), low, high = indices(every), spread.low, spread.high
    return [
        (Index(first[i], low[0, i], high[0, i]), Index(total[i], low[1, i], high[1, i]))
        for i in range(k)
    ]


def rank(
    dims: Sequence[Dimension], u: NDArray[np.float64], results: NDArray[np.float64], n: int
) -> list[Driver]:
    """The unknowns in order of their total index, strongest first."""
    plain = slice(0, 2 * n)  # A and B: all columns drawn
    found = []
    for i, (dim, (first, total)) in enumerate(
        zip(dims, sobol_indices(results, len(dims), n), strict=True)
    ):
        column = u[plain, i]
        lowest, highest = (
            float(np.median(results[plain][part]))
            for part in (column <= np.quantile(column, 0.25), column >= np.quantile(column, 0.75))
        )
        title = dim.figures[0].title if len(dim.figures) == 1 else dim.key
        found.append(Driver(dim.key, title, first, total, (lowest, highest), dim.weak))
    return sorted(found, key=lambda d: (-d.total.value, d.key))


def band(results: NDArray[np.float64]) -> tuple[float, float, float]:
    """5, 50 and 95 % quantiles of results over draws."""
    low, middle, high = np.quantile(results, BAND)
    return float(low), float(middle), float(high)


def noise_share(results: NDArray[np.float64], variance: float, replicates: int) -> float:
    """How much of the draws' variance is Monte-Carlo error of each draw, 0 to 1.

    Parameters
    ----------
    variance : of one replicate's result, at the default figures.

    With common random numbers much of that error is the same in all draws and cancels, so this is
    an upper bound.
    """
    total = float(np.var(results))
    return 0.0 if total == 0 else min(variance / replicates / total, 1.0)
