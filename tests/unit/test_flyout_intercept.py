"""Intercepts against hand-worked cases: a missile of constant speed leaves a quadratic."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from skyshade.errors import InputError
from skyshade.fireunit.intercept import earliest_intercept, earliest_on_path
from skyshade.fireunit.limits import limits
from skyshade.flyout import (
    FlyoutTable,
    flyout_table,
    load_missile,
)

SPEED = 1000.0  # of the made-up missile, whatever its direction
FINE = 50.0  # m, spacing of its table


@pytest.fixture(scope="module")
def straight() -> FlyoutTable:
    """A missile that flies straight at 1000 m/s: time = slant range / speed."""
    real = flyout_table(load_missile("48N6E2", range_min_m=0.0, alt_min_m=0.0))
    r = np.arange(0, 100e3 + 1, FINE)
    h = np.arange(0, 20e3 + 1, FINE)
    slant = np.hypot(r[None, :], h[:, None]).astype(np.float32)
    missile = load_missile(
        "48N6E2", range_min_m=0.0, alt_min_m=0.0, range_max_m=100e3, alt_max_m=20e3
    )
    return dataclasses.replace(
        real,
        missile=missile,
        ground_range_m=r,
        alt_msl_m=h,
        time_s=slant / np.float32(SPEED),
        speed_mps=np.full_like(slant, SPEED),
    )


def quadratic(x: np.ndarray, v: np.ndarray, launch: float = 0.0) -> float:
    """Smallest t >= launch with |x + v t| = SPEED (t - launch)."""
    x = x + v * launch
    a, b, c = v @ v - SPEED**2, 2 * x @ v, x @ x
    return launch + min(float(t) for t in np.roots([a, b, c]).real if t >= 0)


CASES = {
    "head on, at ground level": ((60e3, 0, 0), (-300, 0, 0)),  # 60000 / 1300 s
    "tail chase": ((20e3, 0, 0), (500, 0, 0)),  # 20000 / 500 s
    "crossing": ((30e3, -20e3, 0), (0, 400, 0)),
    "crossing, from behind": ((-30e3, 40e3, 5e3), (150, -420, 0)),
    "high and level": ((50e3, 10e3, 12e3), (-250, 0, 0)),
    "diving": ((40e3, 0, 18e3), (-600, 30, -250)),
    "climbing": ((30e3, 5e3, 2e3), (-100, 0, 60)),
    "standing still": ((12e3, 9e3, 0), (0, 0, 0)),  # 15 s
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("launch", [0.0, 7.0])
def test_constant_speed_missile(straight: FlyoutTable, name: str, launch: float) -> None:
    """To 10 ms: what is left is the curvature of the cone within a cell of 50 m."""
    x, v = (np.array(a, float) for a in CASES[name])
    expected = quadratic(x, v, launch)
    found = earliest_intercept(straight, x.tolist(), v.tolist(), launch_s=launch)
    assert found is not None
    assert found.time_s == pytest.approx(expected, abs=0.01)
    place = x + v * expected
    assert found.ground_range_m == pytest.approx(math.hypot(*place[:2]), abs=10)
    assert found.alt_msl_m == pytest.approx(place[2], abs=10)
    assert found.time_of_flight_s == pytest.approx(found.time_s - launch, abs=1e-6)
    assert found.arrival_speed_mps == pytest.approx(SPEED)


def test_by_hand(straight: FlyoutTable) -> None:
    """Closing at 1300 m/s from 60 km: 46.154 s, met 46.154 km out."""
    found = earliest_intercept(straight, (60e3, 0, 0), (-300, 0, 0))
    assert found is not None
    assert found.time_s == pytest.approx(60 / 1.3, abs=1e-5)
    assert found.ground_range_m == pytest.approx(60e3 / 1.3, abs=0.01)


def test_waiting_at_the_edge_of_the_envelope(straight: FlyoutTable) -> None:
    """Inbound from 400 km at 300 m/s: met as it crosses 100 km, after 1000 s; flight 100 s."""
    found = earliest_intercept(straight, (400e3, 0, 0), (-300, 0, 0))
    assert found is not None
    assert found.time_s == pytest.approx(1000.0, abs=1e-4)
    assert found.ground_range_m == pytest.approx(100e3, abs=0.1)
    assert found.time_of_flight_s == pytest.approx(100.0, abs=1e-3)


def test_no_chance(straight: FlyoutTable) -> None:
    """Outrun; passing beyond the range; above the highest target; over before the launch pays."""
    assert earliest_intercept(straight, (50e3, 0, 0), (1500, 0, 0)) is None
    assert earliest_intercept(straight, (101e3, -300e3, 0), (0, 300, 0)) is None
    assert earliest_intercept(straight, (50e3, 0, 21e3), (-300, 0, 0)) is None
    assert earliest_intercept(straight, (60e3, 0, 0), (-300, 0, 0), horizon_s=46.0) is None


def test_minimum_range_holds() -> None:
    """A target first seen inside the dead zone is met when it leaves it."""
    real = flyout_table(load_missile("48N6E2"))
    found = earliest_intercept(real, (2e3, 0, 5e3), (20, 0, 0))
    assert found is not None
    assert found.time_s == pytest.approx(50.0, abs=0.5)
    assert found.ground_range_m == pytest.approx(3e3, abs=10)
    assert limits(real.missile).allow(found.ground_range_m, found.alt_msl_m, found.alt_msl_m)
    assert not limits(real.missile).allow(2e3, 5e3, 5e3)
    known = limits(real.missile)
    assert known.allow(3e3, 27e3, 27e3) and known.allow(200e3, 10.0, 10.0)
    assert not known.allow(3e3, 9.9, 9.9)


def test_the_lowest_altitude_is_above_ground(straight: FlyoutTable) -> None:
    """A target 100 m above the sea, over ground 95 m high, flies lower than 10 m above it."""
    table = dataclasses.replace(straight, missile=load_missile("48N6E2", range_max_m=100e3))
    target = (60e3, 0, 100.0), (-300, 0, 0)
    assert earliest_intercept(table, *target) is not None
    assert earliest_intercept(table, *target, ground_msl_m=95.0) is None
    assert earliest_intercept(table, *target, ground_msl_m=85.0) is not None


def test_a_path_of_two_samples_is_a_straight_target(straight: FlyoutTable) -> None:
    x, v = (np.array(a, float) for a in CASES["diving"])
    t = np.array([0.0, 30.0, 60.0])
    along = earliest_on_path(straight, t, *(x[:, None] + v[:, None] * t))
    assert along is not None and along.time_s == pytest.approx(quadratic(x, v), abs=0.01)
    straight_on = earliest_intercept(straight, x.tolist(), v.tolist(), horizon_s=60.0)
    assert straight_on is not None and along.time_s == pytest.approx(straight_on.time_s, abs=1e-6)


def test_a_dog_leg_by_hand(straight: FlyoutTable) -> None:
    """East along y = 60 km for 20 s, then straight in at 500 m/s.

    At 20 s it is at (0, 60 km) and the missile, launched at 0, can be 20 km out. Then
    60 - 0.5 s = 20 + s gives s = 26.667 s: 46.667 s, 46.667 km out.
    """
    found = earliest_on_path(straight, [0, 20, 100], [-10e3, 0, 0], [60e3, 60e3, 20e3], [0, 0, 0])
    assert found is not None
    assert found.time_s == pytest.approx(20 + 40 / 1.5, abs=1e-5)
    assert found.ground_range_m == pytest.approx(46666.67, abs=0.1)


def test_a_turn_away_saves_the_target(straight: FlyoutTable) -> None:
    """As above, but it turns away at 1100 m/s instead."""
    assert (
        earliest_on_path(straight, [0, 20, 60], [-10e3, 0, 0], [60e3, 60e3, 104e3], [0, 0, 0])
        is None
    )


def test_launch_within_a_path(straight: FlyoutTable) -> None:
    """Samples before the launch do not count: 60 km at 7 s closing at 300 m/s is 46.154 s more."""
    t = np.array([-50.0, 3.0, 100.0])
    found = earliest_on_path(straight, t, 62.1e3 - 300 * t, 0 * t, 0 * t, launch_s=7.0)
    assert found is not None
    assert found.time_s == pytest.approx(7 + 60 / 1.3, abs=1e-5)


@pytest.mark.parametrize(
    ("position", "velocity", "parts"),
    [
        ((50e3, 0, 5e3), (-3000, 0, 0), ["faster than 48N6E2", "3000 m/s", "up to 2800 m/s"]),
        ((50e3, 0, 81e3), (-300, 0, 0), ["above the atmosphere table", "81 km", "80 km"]),
        ((50e3, 0), (-300, 0, 0), ["three components"]),
        ((math.nan, 0, 0), (-300, 0, 0), ["finite"]),
        ((50e3, 0, 5e3), (math.inf, 0, 0), ["finite"]),
    ],
)
def test_bad_targets(
    straight: FlyoutTable,
    position: tuple[float, ...],
    velocity: tuple[float, ...],
    parts: list[str],
) -> None:
    with pytest.raises(InputError) as error:
        earliest_intercept(straight, position, velocity)
    for part in parts:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (([0, 1], [0, 1], [0, 1], [0]), "two or more samples"),
        (([0], [0], [0], [0]), "two or more samples"),
        (([0, 0], [0, 1], [0, 1], [0, 1]), "must increase"),
        (([0, 2, 1], [0, 1, 2], [0, 1, 2], [0, 1, 2]), "must increase"),
        (([0, 1], [0, 1], [0, 1], [0, math.nan]), "finite"),
        (([0, 1], [0, 9e3], [0, 0], [0, 0]), "faster than"),
        (([0, 100], [0, 1], [0, 0], [0, 90e3]), "above the atmosphere table"),
    ],
)
def test_bad_paths(straight: FlyoutTable, path: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        earliest_on_path(straight, *path)


@pytest.mark.parametrize(
    "option",
    [{"step_s": 0.0}, {"step_s": math.nan}, {"launch_s": math.inf}],
)
def test_bad_options(straight: FlyoutTable, option: dict[str, float]) -> None:
    with pytest.raises(InputError, match="step must be above zero and the launch finite"):
        earliest_on_path(straight, [0, 1], [1e4, 1e4], [0, 0], [0, 0], **option)
