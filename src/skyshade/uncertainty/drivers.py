"""Rank unknowns by the part of a result's variance that each explains."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.uncertainty.draws import QUARTERS, Column, Draws

Method = Literal["rank correlation", "Sobol first order", "Sobol total"]
IN_FILES: dict[Method, str] = {  # names in JSON
    "rank correlation": "share",
    "Sobol first order": "first_order",
    "Sobol total": "total",
}
DRIVES = 0.1  # what explains a smaller part of the variance is not named
ERROR = 0.05  # how often chance alone would name an unknown that does nothing
RESAMPLES = 999  # of the bootstrap behind intervals
NUMBERS_AT_ONCE = 2**22  # results in one batch of resamples: bounds memory


@dataclass(frozen=True)
class Weight:
    """The part of a result's variance that an unknown explains, by one method.

    Attributes
    ----------
    method : "rank correlation": the squared Spearman correlation. "Sobol first order": the part
        explained by the unknown alone. "Sobol total": by it and all its interactions.
    value : 0 to 1, apart from estimation error.
    low, high : 95 % interval; NaN if the method has none.
    by_chance : what the strongest of as many unknowns without effect exceeds once in twenty times;
        0 if the interval says how sure the value is.
    """

    method: Method
    value: float
    low: float = math.nan
    high: float = math.nan
    by_chance: float = 0.0

    @property
    def is_certain(self) -> bool:
        """Whether chance does not explain it: by its interval, if the method has one."""
        return self.value > self.by_chance and not self.low <= 0

    def as_json(self) -> float | dict[str, float]:
        """The value alone, or with its interval."""
        if math.isnan(self.low):
            return round(self.value, 4)
        ends = {"value": self.value, "low": self.low, "high": self.high}
        return {key: round(float(x), 4) for key, x in ends.items()}


@dataclass(frozen=True)
class Driver:
    """How much one unknown moves a result.

    Attributes
    ----------
    weights : by one or more methods; unknowns are ranked by the first.
    site : index of the site whose own figure weighs most; None if all sites share it.
    swing : the result with the unknown low, and with it high. With rank correlation: from the
        one-at-a-time rows (of places and angles all round, the least and the largest result). With
        Sobol indices: medians over the quarters of the draws with the lowest and highest values.
    """

    key: str
    title: str
    weights: tuple[Weight, ...]
    swing: tuple[float, float]
    weak: bool
    memory_only: bool
    site: int | None = None

    @property
    def method(self) -> Method:
        """The method behind `share`."""
        return self.weights[0].method

    @property
    def share(self) -> float:
        """The part of the result's variance that the unknown explains, by `method`."""
        return self.weights[0].value

    def by(self, method: Method) -> Weight:
        """The weight by this method.

        Raises
        ------
        KeyError : the weight was not computed.
        """
        return {w.method: w for w in self.weights}[method]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "key": self.key,
            "title": self.title,
            "method": self.method,
            **{IN_FILES[w.method]: w.as_json() for w in self.weights},
            "beyond_chance": self.weights[0].is_certain,
            "swing": [round(s, 5) for s in self.swing],
            "weak": self.weak,
            "memory_only": self.memory_only,
        }


def rank_drivers(
    draws: Draws, results: NDArray[np.float64], site: int | None = None
) -> list[Driver]:
    """The unknowns in order of how much they move a result, strongest first.

    The design sets the method: Sobol indices for "indices", rank correlation for "band".

    Parameters
    ----------
    results : (rows,) one number per row of the draws; NaN in rows that were not run.
    site : index of the site that the result is of; its own columns count. None for a result of all
        sites: the columns of all of them count together.

    Notes
    -----
    Squared Spearman correlations suit monotone relations and few draws. With 256 draws, 0.02 is
    within chance. The swing between bounds has no statistical error.
    """
    results = np.asarray(results, float)
    if draws.design == "indices":
        found = _by_indices(draws, results)
    else:
        found = _by_ranks(draws, results, site)
    return sorted(found, key=lambda d: (-d.share, d.key))


def named_drivers(drivers: Iterable[Driver]) -> list[Driver]:
    """The at most two of a ranking that are said to decide, the strongest first.

    Each explains a tenth of the variance or more, and more than chance alone would: the same test
    wherever a sentence, a table or a figure names an unknown.
    """
    return [d for d in drivers if d.share >= DRIVES and d.weights[0].is_certain][:2]


def by_chance(n: int, k: int, columns: int = 1, parts: int = 0) -> float:
    """The share that the strongest of k unrelated unknowns exceeds once in twenty times.

    Parameters
    ----------
    n : number of draws.
    columns : that the unknown has, e.g. one for each site; their shares are added up.
    parts : between which the results are compared; 0 for an unknown that is low or high.

    Notes
    -----
    Without a relation, the part of the variance of n ranks that f = columns x (parts - 1) degrees
    of freedom explain follows a beta distribution of f / 2 and (n - 1 - f) / 2; the limit is
    Bonferroni's. Where there are no more ranks than degrees of freedom it is 1: nothing is named.

    >>> round(by_chance(64, 20), 2), round(by_chance(1024, 20), 3)
    (0.14, 0.009)
    >>> round(by_chance(64, 20, columns=5), 2), round(by_chance(64, 20, parts=4), 2)
    (0.27, 0.17)
    """
    from scipy.stats import beta

    freedom = columns * max(parts - 1, 1)
    if freedom >= n - 1:
        return 1.0
    limit = float(beta.isf(ERROR / max(k, 1), freedom / 2, (n - 1 - freedom) / 2))
    if parts:  # as in `_share_between`
        limit = ((n - 1) * limit - freedom) / (n - parts)
    return min(limit, 1.0)


def drivers_of(
    draws: Draws, results: NDArray[np.float64], site: int | None = None
) -> list[list[list[Driver]]]:
    """:func:`rank_drivers` per altitude and class of results (altitudes, classes, rows)."""
    if not draws.n:
        return [[[] for _ in classes] for classes in results]
    return [[rank_drivers(draws, rows, site) for rows in classes] for classes in results]


def _by_ranks(draws: Draws, results: NDArray[np.float64], site: int | None) -> Iterable[Driver]:
    """Unknowns that move the result by themselves, with their rank correlation over the draws."""
    shares = _rank_shares(draws, results[draws.sobol])
    n, k = len(draws.u[draws.sobol]), len(draws.one_at_a_time)
    for key, rows in draws.one_at_a_time.items():
        mine = [
            i
            for i, c in enumerate(draws.columns)
            if c.key == key and (site is None or c.site in (None, site))
        ]
        first = draws.columns[mine[0]]
        tried = [float(results[row]) for row in (rows if first.is_ordered else (0, *rows))]
        tried = [x for x in tried if not math.isnan(x)]  # the default row may not have been run
        swing = (tried[0], tried[1]) if first.is_ordered else (min(tried), max(tried))
        if swing[0] != swing[1]:  # an unknown that cannot move the result is no driver
            share = min(max(sum(float(shares[i]) for i in mine), 0.0), 1.0)
            chance = by_chance(n, k, len(mine), 0 if first.is_ordered else QUARTERS)
            weights = (Weight("rank correlation", share, by_chance=chance),)
            heaviest = draws.columns[max(mine, key=lambda i: shares[i])]
            yield replace(_driver(first, weights, swing), site=heaviest.site)


def _rank_shares(draws: Draws, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """(columns,) share of the variance of the results' ranks that each column explains."""
    from scipy.stats import spearmanr

    u, shares = draws.u[draws.sobol], np.zeros(len(draws.columns))
    if np.ptp(drawn) == 0:
        return shares
    varied = np.ptp(u, axis=0) > 0
    low_to_high = np.array([c.is_ordered for c in draws.columns], bool)
    ordered = np.nonzero(varied & low_to_high)[0]
    if len(ordered):
        r = spearmanr(np.column_stack([drawn, u[:, ordered]])).statistic
        shares[ordered] = (
            np.atleast_2d(r)[0, -len(ordered) :] ** 2
        )  # a scalar if there are two columns
    for i in np.nonzero(varied & ~low_to_high)[0]:
        shares[i] = _share_between(np.floor(QUARTERS * u[:, i]), drawn)
    return shares


def _share_between(parts: NDArray[np.float64], drawn: NDArray[np.float64]) -> float:
    """Share of the ranks' variance that lies between parts, less what chance gives on average.

    References
    ----------
    M. Tomczak and E. Tomczak, The need to report effect size estimates revisited, Trends in Sport
    Sciences 1, 2014: eta squared of the Kruskal-Wallis statistic.
    """
    from scipy.stats import kruskal

    names, n = np.unique(parts), len(drawn)
    if len(names) < 2 or n <= len(names):
        return 0.0
    statistic = kruskal(*(drawn[parts == name] for name in names)).statistic
    return float(statistic - len(names) + 1) / (n - len(names))


def _by_indices(draws: Draws, results: NDArray[np.float64]) -> Iterable[Driver]:
    """All columns, with their Sobol indices."""
    u, plain = draws.u[draws.sobol], results[draws.sobol]
    indices = sobol_indices(results[draws.drawn], len(draws.columns), draws.n)
    for i, (column, (first, total)) in enumerate(zip(draws.columns, indices, strict=True)):
        low, high = np.quantile(u[:, i], [0.25, 0.75])
        parts = u[:, i] <= low, u[:, i] >= high
        lowest, highest = (float(np.median(plain[part])) for part in parts)
        found = _driver(column, (total, first), (lowest, highest))
        yield replace(found, site=column.site)


def _driver(column: Column, weights: tuple[Weight, ...], swing: tuple[float, float]) -> Driver:
    return Driver(column.key, column.title, weights, swing, column.weak, column.memory_only)


def sobol_indices(
    results: NDArray[np.float64], k: int, n: int, seed: int = 0
) -> list[tuple[Weight, Weight]]:
    """First-order and total Sobol index of each of k unknowns.

    Parameters
    ----------
    results : (n (k + 2),) results of the rows of a design "indices": A, B, then for each column A
        with that column from B.
    seed : of the bootstrap.

    Returns
    -------
    First-order and total index of each unknown with 95 % percentile intervals; all zero if nothing
    varies.

    Notes
    -----
    SciPy estimates the indices. Its own bootstrap cannot be seeded, so the rows are resampled here.
    SciPy treats several outputs of a model independently, so each resample is passed as an output.

    References
    ----------
    A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 2010, table 2: (b) first order, (f) total, which is Jansen's.
    """
    from scipy.stats import sobol_indices as estimate

    if k == 0:
        return []
    parts = results.reshape(k + 2, n)
    resamples = np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))
    rows = np.concatenate([np.arange(n)[None], resamples])  # the first is the sample itself
    size = max(NUMBERS_AT_ONCE // results.size, 2)
    found = []
    for some in np.array_split(rows, max(len(rows) // size, 1)):
        f = parts[:, some]
        indices = estimate(func={"f_A": f[0], "f_B": f[1], "f_AB": f[2:]}, n=n)
        pair = indices.first_order, indices.total_order
        found.append(np.stack([np.reshape(order, (len(some), k)) for order in pair], axis=-1))
    every = np.concatenate(found)  # (resamples, unknowns, first order and total)
    low, high = np.percentile(every[1:], [2.5, 97.5], axis=0)
    methods: tuple[Method, Method] = "Sobol first order", "Sobol total"

    def weight(i: int, order: int) -> Weight:
        ends = float(low[i, order]), float(high[i, order])
        return Weight(methods[order], float(every[0, i, order]), *ends)

    return [(weight(i, 0), weight(i, 1)) for i in range(k)]
