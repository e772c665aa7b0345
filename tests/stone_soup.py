"""Stone Soup's tracker on our plots: the same models and gate, its own code for everything.

Nearly constant velocity, Kalman predictor and updater, distance hypothesiser with the squared
Mahalanobis distance, 2-D assignment, M plots to confirm. Its initiator counts plots of a tentative
track, ours those of the last N scans; for 2 of 3 both drop a tentative track at the same scan.

Reference: Stone Soup, https://stonesoup.readthedocs.io, MIT licence.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.deleter.time import UpdateTimeStepsDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import SquaredMahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import (
    CombinedLinearGaussianTransitionModel,
    ConstantVelocity,
)
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.tracker.simple import MultiTargetTracker
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater

from skyshade.tracking.plots import Plots

START = datetime(2000, 1, 1)
PLACE = (0, 2, 4)  # of the state east, its rate, north, its rate, up, its rate


def detections(plots: Sequence[Plots], period_s: float) -> list[tuple[datetime, set[Detection]]]:
    """The plots as Stone Soup takes them; equal covariances share a model, which it caches."""
    found: list[tuple[datetime, set[Detection]]] = []
    models: dict[bytes, LinearGaussian] = {}
    for k, scan in enumerate(plots):
        for spread in scan.spread_m2:
            models.setdefault(spread.tobytes(), LinearGaussian(6, PLACE, spread))
        when = START + timedelta(seconds=k * period_s)
        found.append(
            (
                when,
                {
                    Detection(
                        place[:, None], timestamp=when, measurement_model=models[spread.tobytes()]
                    )
                    for place, spread in zip(scan.place_m, scan.spread_m2, strict=True)
                },
            )
        )
    return found


def track(
    plots: Sequence[Plots],
    period_s: float,
    *,
    manoeuvre_mps2: float,
    speed_var: float,
    gate: float,
    confirm: tuple[int, int],
    coast: int,
) -> tuple[list[NDArray[np.float64]], float]:
    """Places (tracks, 3) of the confirmed tracks after each scan, and milliseconds per scan."""
    axis = ConstantVelocity(manoeuvre_mps2**2 * period_s)
    predictor = KalmanPredictor(CombinedLinearGaussianTransitionModel([axis] * 3))
    updater = KalmanUpdater()

    def associator() -> GNNWith2DAssignment:
        return GNNWith2DAssignment(
            DistanceHypothesiser(predictor, updater, SquaredMahalanobis(), missed_distance=gate)
        )

    m, n = confirm
    prior = GaussianState(np.zeros((6, 1)), np.diag([0.0, speed_var] * 3), timestamp=START)
    tracker = MultiTargetTracker(
        initiator=MultiMeasurementInitiator(
            prior_state=prior,
            deleter=UpdateTimeStepsDeleter(n - 1),
            data_associator=associator(),
            updater=updater,
            min_points=m,
        ),
        deleter=UpdateTimeStepsDeleter(coast + 1),
        detector=detections(plots, period_s),
        data_associator=associator(),
        updater=updater,
    )
    shown, begin = [], time.perf_counter()
    for _, tracks in tracker:
        places = [t.state_vector[PLACE, 0] for t in tracks]
        shown.append(np.array(places, float).reshape(-1, 3))
    return shown, 1e3 * (time.perf_counter() - begin) / len(plots)
