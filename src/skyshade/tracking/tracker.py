"""A tracker: nearly constant velocity, gates, global nearest neighbour, M of N, coasting.

State of a track: east, north, up (m) and their rates (m/s). All tracks are updated at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyshade.tracking.plots import Plots

MISSED = -1  # number of the plot of a track that got none


@dataclass(frozen=True, eq=False)
class Picture:
    """All tracks after a scan, (tracks,).

    Attributes
    ----------
    number : of the track, the same in all scans.
    confirmed : by M of N; others are tentative.
    place_m : (tracks, 3).
    plot : index of the plot that updated it, or `MISSED`.
    """

    number: NDArray[np.int64]
    confirmed: NDArray[np.bool_]
    place_m: NDArray[np.float64]
    plot: NDArray[np.int64]


def motion(
    period_s: float, manoeuvre_mps2: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transition (6, 6) and noise (6, 6) of nearly constant velocity over one scan.

    White-noise acceleration of power spectral density manoeuvre^2 * period, so that speed changes
    by manoeuvre * period in a scan (one standard deviation, each axis).

    References
    ----------
    Y. Bar-Shalom, X. R. Li, T. Kirubarajan, Estimation with Applications to Tracking and
    Navigation, 2001, section 6.2.2.

    Examples
    --------
    >>> f, q = motion(2.0, 3.0)
    >>> float(q[3, 3]) == (3.0 * 2.0) ** 2, float(f[0, 3])
    (True, 2.0)
    """
    t, one = period_s, np.eye(3)
    density = manoeuvre_mps2**2 * t
    transition = np.block([[one, t * one], [0 * one, one]])
    noise = density * np.block([[t**3 / 3 * one, t**2 / 2 * one], [t**2 / 2 * one, t * one]])
    return transition, noise


def update(
    state: NDArray[np.float64],
    spread: NDArray[np.float64],
    place_m: NDArray[np.float64],
    spread_m2: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kalman's update of states (…, 6), covariances (…, 6, 6) by measured places (…, 3), (…, 3, 3).

    References
    ----------
    R. E. Kalman, A new approach to linear filtering and prediction problems, 1960.
    """
    innovation = spread[..., :3, :3] + spread_m2
    gain = np.swapaxes(np.linalg.solve(innovation, spread[..., :3, :]), -1, -2)
    state = state + (gain @ (place_m - state[..., :3])[..., None])[..., 0]
    spread = spread - gain @ innovation @ np.swapaxes(gain, -1, -2)
    return state, (spread + np.swapaxes(spread, -1, -2)) / 2


class Tracker:
    """Tracks, scan by scan.

    Confirmed tracks choose among the plots first, tentative ones among the rest, and what is left
    begins new tracks at rest (single-point initiation). Their spread of speed puts the fastest
    target at the edge of the gate. `confirm` (M, N) and `coast` work as in the raid's rules: M
    plots in N scans confirm a track, and more than `coast` scans in a row without a plot end it. A
    tentative track ends once the last N - 1 scans gave it no plot. At most `tracks_max` tracks are
    confirmed at a time.

    Parameters
    ----------
    period_s : between scans.
    manoeuvre_mps2 : see `motion`.
    speed_max_mps : of the fastest target.
    gate_frac : share of a target's own plots that its gate lets in.

    References
    ----------
    S. Blackman, R. Popoli, Design and Analysis of Modern Tracking Systems, 1999, ch. 6 (gates,
    global nearest neighbour); M. Mallick, B. La Scala, Comparison of single-point and two-point
    difference track initiation algorithms using position measurements, Acta Automatica Sinica 34,
    2008.
    """

    def __init__(
        self,
        period_s: float,
        confirm: tuple[int, int] = (2, 3),
        coast: int = 3,
        *,
        manoeuvre_mps2: float = 3.0,
        speed_max_mps: float = 1000.0,
        gate_frac: float = 0.999,
        tracks_max: int | None = None,
    ) -> None:
        """Start without tracks."""
        from scipy.stats import chi2

        self.confirm, self.coast, self.tracks_max = confirm, coast, tracks_max
        self.gate = float(chi2.ppf(gate_frac, 3))
        self.speed_var = speed_max_mps**2 / self.gate
        self.transition, self.noise = motion(period_s, manoeuvre_mps2)
        self.state, self.spread = np.zeros((0, 6)), np.zeros((0, 6, 6))
        self.number, self.hits, self.missed = (np.zeros(0, np.int64) for _ in range(3))
        self.confirmed = np.zeros(0, bool)
        self._next = 0

    def scan(self, plots: Plots) -> Picture:
        """Take the plots of the next scan."""
        m, n = self.confirm
        self.state = self.state @ self.transition.T
        self.spread = self.transition @ self.spread @ self.transition.T + self.noise
        plot = np.full(len(self.number), MISSED)
        free = np.arange(len(plots.origin))
        for group in (np.nonzero(self.confirmed)[0], np.nonzero(~self.confirmed)[0]):
            chosen = self._assign(group, plots, free)
            plot[group] = np.where(chosen == MISSED, MISSED, free[chosen]) if len(free) else MISSED
            free = np.delete(free, chosen[chosen != MISSED])
        got = np.nonzero(plot != MISSED)[0]
        self.state[got], self.spread[got] = update(
            self.state[got], self.spread[got], plots.place_m[plot[got]], plots.spread_m2[plot[got]]
        )
        hit = plot != MISSED
        self.hits = ((self.hits << 1) | hit) & ((1 << n) - 1)
        self.missed = np.where(hit, 0, self.missed + 1)
        keep = np.where(
            self.confirmed, self.missed <= self.coast, self.hits & ((1 << (n - 1)) - 1) > 0
        )
        self._begin(plots, free, keep)
        plot = np.r_[plot[keep], free]
        enough = (np.bitwise_count(self.hits) >= m) & (plot != MISSED) & ~self.confirmed
        if self.tracks_max is not None:
            enough &= np.cumsum(enough) <= self.tracks_max - self.confirmed.sum()
        self.confirmed |= enough
        return Picture(self.number.copy(), self.confirmed.copy(), self.state[:, :3].copy(), plot)

    def _begin(self, plots: Plots, free: NDArray[np.int64], keep: NDArray[np.bool_]) -> None:
        """Drop the tracks that are not kept, and begin one at each free plot."""
        n, first = len(free), self._next
        spread = np.zeros((n, 6, 6))
        spread[:, :3, :3] = plots.spread_m2[free]
        spread[:, 3:, 3:] = self.speed_var * np.eye(3)
        state = np.zeros((n, 6))
        state[:, :3] = plots.place_m[free]
        self.state = np.concatenate([self.state[keep], state])
        self.spread = np.concatenate([self.spread[keep], spread])
        self.number = np.r_[self.number[keep], np.arange(first, first + n)]
        self.hits = np.r_[self.hits[keep], np.ones(n, np.int64)]
        self.missed = np.r_[self.missed[keep], np.zeros(n, np.int64)]
        self.confirmed = np.r_[self.confirmed[keep], np.zeros(n, bool)]
        self._next += n

    def _assign(
        self, tracks: NDArray[np.int64], plots: Plots, free: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """(tracks,) index into `free` of the plot of each track, or `MISSED`.

        The assignment of the least sum of squared Mahalanobis distances, a miss counting as much
        as the edge of the gate.
        """
        chosen = np.full(len(tracks), MISSED)
        if not len(tracks) or not len(free):
            return chosen
        row, col, distance = self._gated(tracks, plots, free)
        if not len(row):
            return chosen
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        # each track has a column of its own for a miss; weights are raised by 1, as none may be 0
        n, each = len(tracks), np.arange(len(tracks))
        weight = np.r_[distance, np.full(n, self.gate)] + 1.0
        at = np.r_[row, each], np.r_[col, len(free) + each]
        graph = csr_array((weight, at), shape=(n, len(free) + n))
        rows, cols = min_weight_full_bipartite_matching(graph)
        chosen[rows] = np.where(cols < len(free), cols, MISSED)
        return chosen

    def _gated(
        self, tracks: NDArray[np.int64], plots: Plots, free: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Pairs of track and plot within the gate, and their squared distances."""
        from scipy.spatial import KDTree

        place, spread = plots.place_m[free], plots.spread_m2[free]
        here, around = self.state[tracks, :3], self.spread[tracks, :3, :3]
        # the largest variance of a sum of two covariances is at most the sum of their traces
        widest = np.trace(around, axis1=1, axis2=2) + np.trace(spread, axis1=1, axis2=2).max()
        near = KDTree(place).query_ball_point(here, np.sqrt(self.gate * widest))
        row = np.repeat(np.arange(len(tracks)), [len(found) for found in near])
        col = np.concatenate([np.asarray(found, np.int64) for found in near])
        off = place[col] - here[row]
        turned = np.linalg.solve(around[row] + spread[col], off[..., None])[..., 0]
        distance = (off * turned).sum(axis=-1)
        inside = distance < self.gate
        return row[inside], col[inside], distance[inside]
