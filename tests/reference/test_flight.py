"""The equations of motion against closed forms, and the integrator's order of convergence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skyshade._jit import scalar
from skyshade.flyout._scalar_air import EARTH_M, G0_MPS2, air
from skyshade.flyout._scalar_flight import (
    Vehicle,
    derivative,
    hermite,
    hermite_root,
    mass_and_thrust,
    rk4_step,
    step_time,
)
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.calibrate import vehicle
from skyshade.flyout.load import load_missile

GM = G0_MPS2 * EARTH_M**2
STONE = Vehicle(1000.0, 10.0, 0.0, 0.0, 0.0, 2450.0, 0.0, 0.0)  # no motor, no drag
ROCKET = STONE._replace(boost_s=10.0, boost_kgps=50.0, sustain_s=5.0, sustain_kgps=20.0)


@scalar
def fly(
    p: Vehicle, elevation_rad: float, speed_mps: float, n: int, until_s: float
) -> tuple[float, float, float, float]:
    """State (x, z, u, w) at a time that is the end of a step."""
    t, x, z = 0.0, 0.0, 0.0
    u, w = speed_mps * math.cos(elevation_rad), speed_mps * math.sin(elevation_rad)
    i = 0
    while t < until_s - 1e-9:
        i += 1
        t1 = step_time(i, n, p)
        x, z, u, w = rk4_step(t, x, z, u, w, t1 - t, p)
        t = t1
    return x, z, u, w


@pytest.mark.parametrize("elevation_deg", [20.0, 45.0, 70.0])
@pytest.mark.parametrize("speed_mps", [800.0, 2000.0, 3000.0])
def test_a_stone_follows_keplers_ellipse(elevation_deg: float, speed_mps: float) -> None:
    """Range angle and apogee of an unpowered flight without air over a round Earth.

    With q = v^2 R / GM: tan(angle / 2) = q sin g cos g / (1 - q cos^2 g); the greatest radius is
    a (1 + e), a = R / (2 - q), e^2 = 1 - q (2 - q) cos^2 g (Bate, Mueller, White, Fundamentals of
    Astrodynamics, 1971, chapter 6). Tolerance 1 m in both.
    """
    g = math.radians(elevation_deg)
    q = speed_mps**2 * EARTH_M / GM
    angle = 2 * math.atan2(q * math.sin(g) * math.cos(g), 1 - q * math.cos(g) ** 2)
    e = math.sqrt(1 - q * (2 - q) * math.cos(g) ** 2)
    apogee = EARTH_M / (2 - q) * (1 + e) - EARTH_M

    t, x, z = 0.0, 0.0, 0.0
    u, w = speed_mps * math.cos(g), speed_mps * math.sin(g)
    top = 0.0
    for _ in range(4000):
        x1, z1, u1, w1 = rk4_step(t, x, z, u, w, 0.5, STONE)
        if w > 0 >= w1:  # the exact top of the step's parabola
            top = z + w * w / (2 * (w - w1) / 0.5)
        if z1 < 0:
            s = hermite_root(z, 0.5 * w, z1, 0.5 * w1)
            x = hermite(s, x, 0.5 * u * EARTH_M / (EARTH_M + z), x1, 0.5 * u1)
            break
        t, x, z, u, w = t + 0.5, x1, z1, u1, w1
    assert x == pytest.approx(EARTH_M * angle, abs=1.0)
    assert top == pytest.approx(apogee, abs=1.0)


def test_the_rocket_equation() -> None:
    """Straight up without air, gravity nearly constant: v = c ln(m0 / m) - g t to 0.3 m/s."""
    _, z, u, w = fly(ROCKET._replace(launch_speed_mps=10.0), math.pi / 2, 10.0, 48, 15.0)
    expected = 10.0 + 2450.0 * math.log(1000 / (1000 - 50 * 10 - 20 * 5)) - G0_MPS2 * 15
    assert w == pytest.approx(expected, abs=0.3 + 15 * G0_MPS2 * 2 * z / EARTH_M)
    assert w > expected  # gravity falls off
    assert abs(u) < 1e-9


def test_mass_and_thrust_by_phase() -> None:
    assert mass_and_thrust(4.0, ROCKET) == (800.0, 50.0 * 2450.0)
    assert mass_and_thrust(12.0, ROCKET) == (460.0, 20.0 * 2450.0)
    assert mass_and_thrust(99.0, ROCKET) == (400.0, 0.0)


def test_drag_by_hand() -> None:
    """At Mach 2 at sea level, 0.1 m2: 1.225 / 2 x 680.59^2 x 0.3426 x 0.1 = 9719 N on 1000 kg."""
    flying = STONE._replace(drag_area_m2=0.1)
    dx, dz, du, dw = derivative(0.0, 0.0, 2 * air(0.0)[3], 0.0, 0.0, flying)
    assert (dx, dz) == (pytest.approx(680.588, abs=1e-3), 0.0)
    assert du == pytest.approx(-9.719, rel=1e-3)
    assert dw == pytest.approx(680.588**2 / EARTH_M - G0_MPS2, abs=1e-6)


def order_of(p: Vehicle, elevation_deg: float, until_s: float, steps: list[int]) -> float:
    """Slope of log(position error) over log(step), against 1536 steps per phase."""

    def place(n: int) -> np.ndarray:
        return np.array(fly(p, math.radians(elevation_deg), p.launch_speed_mps, n, until_s)[:2])

    exact = place(1536)
    errors = [float(np.hypot(*(place(n) - exact))) for n in steps]
    return -float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


@pytest.fixture(scope="module")
def missile_2() -> Vehicle:
    missile = load_missile("48N6E2")
    return vehicle(missile, assumptions_for(missile), propellant_frac=0.595, drag_scale=1.0)


@pytest.mark.parametrize("elevation_deg", [30.0, 60.0])
def test_fourth_order_where_the_forces_are_smooth(missile_2: Vehicle, elevation_deg: float) -> None:
    """Boost and coast without air, through the end of burning: order 4 (measured 3.9)."""
    without_air = missile_2._replace(drag_area_m2=0.0)
    order = order_of(without_air, elevation_deg, 132.0, [24, 48, 96, 192])
    assert 3.8 < order < 4.2


@pytest.mark.parametrize("elevation_deg", [30.0, 45.0, 60.0])
def test_order_in_air(missile_2: Vehicle, elevation_deg: float) -> None:
    """Kinks of the drag curve and of the layers cost up to one and a half orders; never two."""
    assert 2.5 < order_of(missile_2, elevation_deg, 132.0, [12, 24, 48, 96]) < 4.2


def test_error_of_the_steps_in_use(missile_2: Vehicle) -> None:
    """After 132 s, some 100 km, the steps of the tables are within 1 m, those of the fit 10 m."""
    for n, tolerance_m in ((48, 1.0), (24, 10.0)):
        for elevation_deg in (30.0, 45.0, 60.0):
            args = missile_2, math.radians(elevation_deg), missile_2.launch_speed_mps
            got, exact = (np.array(fly(*args, k, 132.0)[:2]) for k in (n, 1536))
            assert np.hypot(*(got - exact)) < tolerance_m
