"""The tracker against statistics that it must obey, and against Stone Soup's on the same plots."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2
from stonesoup.measures import Euclidean
from stonesoup.metricgenerator.ospametric import OSPAMetric
from stonesoup.types.state import State

import stone_soup
from raid_plans import raid
from skyshade.tracking import Tracker, ospa, track_raid
from skyshade.tracking.frame import polar, unbiased
from skyshade.tracking.tracker import motion, update

TARGETS, SCANS, PERIOD_S = 300, 20, 12.0


def test_errors_are_as_large_as_the_filter_says() -> None:
    """Normalised errors are chi-square: innovations squared (NIS) and estimates squared (NEES).

    Targets move by the filter's own model, measured in range, azimuth and elevation at 100 to
    250 km. Bounds hold 99.99 % each, so 4 false alarms in 10,000 seeds; Y. Bar-Shalom, X. R. Li,
    T. Kirubarajan, Estimation with Applications to Tracking and Navigation, 2001, section 5.4.
    """
    rng = np.random.default_rng(11)
    errors = np.array([100.0, math.radians(0.2), math.radians(0.2)])
    transition, noise = motion(PERIOD_S, 3.0)
    speed_sd = 70.0
    truth = np.zeros((TARGETS, 6))
    r, az, el = (rng.uniform(a, b, TARGETS) for a, b in ((1e5, 2.5e5), (0, 6.28), (0.02, 0.1)))
    truth[:, :3] = np.column_stack(
        [r * np.cos(el) * np.sin(az), r * np.cos(el) * np.cos(az), r * np.sin(el)]
    )
    truth[:, 3:] = rng.standard_normal((TARGETS, 3)) * speed_sd

    def measured() -> tuple[np.ndarray, np.ndarray]:
        return unbiased(polar(truth[:, :3]) + rng.standard_normal((TARGETS, 3)) * errors, *errors)

    state, spread = np.zeros((TARGETS, 6)), np.zeros((TARGETS, 6, 6))
    state[:, :3], spread[:, :3, :3] = measured()
    spread[:, 3:, 3:] = speed_sd**2 * np.eye(3)
    root = np.linalg.cholesky(noise)
    nis = []
    for _ in range(SCANS):
        truth = truth @ transition.T + rng.standard_normal((TARGETS, 6)) @ root.T
        state, spread = state @ transition.T, transition @ spread @ transition.T + noise
        place, r_m2 = measured()
        off, inner = place - state[:, :3], spread[:, :3, :3] + r_m2
        nis.append((off * np.linalg.solve(inner, off[..., None])[..., 0]).sum(axis=1))
        state, spread = update(state, spread, place, r_m2)
    off = state - truth
    nees = (off * np.linalg.solve(spread, off[..., None])[..., 0]).sum(axis=1)
    for total, freedom in ((np.sum(nis), 3 * TARGETS * SCANS), (np.sum(nees), 6 * TARGETS)):
        low, high = chi2.ppf([0.00005, 0.99995], freedom)
        assert low < total < high
    half = np.sum(nis) / 2  # the bounds do notice errors 1.4 times too large or too small
    assert (
        not chi2.ppf(0.00005, 3 * TARGETS * SCANS) < half < chi2.ppf(0.99995, 3 * TARGETS * SCANS)
    )


@pytest.mark.parametrize("order", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 3), (4, 9), (12, 12)])
def test_ospa_is_stone_soup_s(n: int, k: int, order: float) -> None:
    rng = np.random.default_rng(100 * n + k)
    a, b = rng.uniform(0, 8e3, (n, 3)), rng.uniform(0, 8e3, (k, 3))
    metric = OSPAMetric(c=3e3, p=order, measure=Euclidean())
    states = [[State(p[:, None], timestamp=stone_soup.START) for p in side] for side in (a, b)]
    theirs = metric.compute_OSPA_distance(*states).value
    assert ospa(a, b, 3e3, order) == pytest.approx(theirs, rel=1e-9)


def test_tracks_are_stone_soup_s() -> None:
    """On the plots of a shipped raid: mean OSPA within 5 %, tracks in every scan within a metre."""
    run = track_raid(raid("raid-8x24"), 7, 0, "north")
    speed_max = run.given.speed_max_mps
    assert speed_max is not None
    ours = Tracker(PERIOD_S, speed_max_mps=speed_max)
    shown, _ = stone_soup.track(
        run.plots,
        PERIOD_S,
        manoeuvre_mps2=run.given.manoeuvre_mps2,
        speed_var=ours.speed_var,
        gate=ours.gate,
        confirm=(2, 3),
        coast=3,
    )
    theirs = [
        ospa(places, run.scans.truth_m[k, run.scans.in_play[k]], run.given.cutoff_m, 2.0)
        for k, places in enumerate(shown)
    ]
    mean = np.mean(np.array(theirs)[run.scans.in_play.any(axis=1)])
    assert run.mean_ospa_m[0] == pytest.approx(mean, rel=0.05)
    for places, picture in zip(shown, run.pictures, strict=True):
        own = picture.place_m[picture.confirmed]
        assert ospa(places, own, 1e3) < 1.0
