"""Motion of a thrusting point mass over a round Earth, as pure scalar functions.

Legend: x ground range along the sphere (m), z altitude (m MSL), u and w horizontal and vertical
speed (m/s), v their magnitude, t time since launch (s), m mass (kg), r = R + z.

    dx/dt = u R / r                  du/dt = (F - D) / m u / v - u w / r
    dz/dt = w                        dw/dt = (F - D) / m w / v + u^2 / r - g0 (R / r)^2
    D = rho(z) v^2 / 2 Cd(v / a) A

Thrust F points along the velocity: no lift, no steering, so the path is a gravity turn.
"""

import math
from typing import NamedTuple

from skyshade._jit import scalar
from skyshade.flyout._scalar_air import EARTH_M, G0_MPS2, air, drag_coefficient


class Vehicle(NamedTuple):
    """What a flight depends on: floats only, so that a kernel can carry it."""

    launch_mass_kg: float
    boost_s: float
    boost_kgps: float  # mass flow
    sustain_s: float
    sustain_kgps: float
    exhaust_mps: float  # thrust per mass flow
    drag_area_m2: float  # what the generic drag coefficient multiplies
    launch_speed_mps: float


@scalar
def mass_and_thrust(t, p):  # type: ignore[no-untyped-def]
    """Mass (kg) and thrust (N) at time `t`; each motor phase burns evenly."""
    boosted = min(t, p.boost_s)
    sustained = min(max(t - p.boost_s, 0.0), p.sustain_s)
    m = p.launch_mass_kg - p.boost_kgps * boosted - p.sustain_kgps * sustained
    if t < p.boost_s:
        return m, p.boost_kgps * p.exhaust_mps
    if t < p.boost_s + p.sustain_s:
        return m, p.sustain_kgps * p.exhaust_mps
    return m, 0.0


@scalar
def derivative(t, z, u, w, thrust_on, p):  # type: ignore[no-untyped-def]
    """(dx/dt, dz/dt, du/dt, dw/dt); `thrust_on` is the thrust (N) of the current motor phase.

    The thrust is handed in, not looked up: at the end of a phase the last stage of a step and the
    first of the next stand at the same time on either side of a jump.
    """
    m, _ = mass_and_thrust(t, p)
    v = math.sqrt(u * u + w * w)
    _, _, rho, a = air(z)
    drag = 0.5 * rho * v * v * drag_coefficient(v / a) * p.drag_area_m2
    along = (thrust_on - drag) / (m * v) if v > 0.0 else 0.0
    r = EARTH_M + z
    q = EARTH_M / r
    return u * q, w, along * u - u * w / r, along * w + u * u / r - G0_MPS2 * q * q


@scalar
def rk4_step(t, x, z, u, w, dt, p):  # type: ignore[no-untyped-def]
    """State (x, z, u, w) after one classical Runge-Kutta step inside one motor phase."""
    _, F = mass_and_thrust(t + 0.5 * dt, p)
    x1, z1, u1, w1 = derivative(t, z, u, w, F, p)
    h = 0.5 * dt
    x2, z2, u2, w2 = derivative(t + h, z + h * z1, u + h * u1, w + h * w1, F, p)
    x3, z3, u3, w3 = derivative(t + h, z + h * z2, u + h * u2, w + h * w2, F, p)
    x4, z4, u4, w4 = derivative(t + dt, z + dt * z3, u + dt * u3, w + dt * w3, F, p)
    s = dt / 6.0
    return (
        x + s * (x1 + 2.0 * (x2 + x3) + x4),
        z + s * (z1 + 2.0 * (z2 + z3) + z4),
        u + s * (u1 + 2.0 * (u2 + u3) + u4),
        w + s * (w1 + 2.0 * (w2 + w3) + w4),
    )


@scalar
def step_time(i, n, p):  # type: ignore[no-untyped-def]
    """Time of step `i` with `n` steps per motor phase; phases end on a step.

    Boost steps grow as i^2, since just after launch the path bends fast (g / v); sustain steps are
    even; coast steps are as long as four of `n` steps in 60 s.
    """
    if i <= n:
        return p.boost_s * (i / n) ** 2
    i -= n
    if p.sustain_s > 0.0:
        if i <= n:
            return p.boost_s + p.sustain_s * i / n
        i -= n
    return p.boost_s + p.sustain_s + i * (24.0 / n)


@scalar
def hermite(s, y0, d0, y1, d1):  # type: ignore[no-untyped-def]
    """Cubic through y0, y1 with slopes d0, d1 (per unit of `s`, 0 to 1)."""
    c = 3.0 * (y1 - y0) - 2.0 * d0 - d1
    return y0 + s * (d0 + s * (c + s * (d0 + d1 - 2.0 * (y1 - y0))))


@scalar
def hermite_root(y0, d0, y1, d1):  # type: ignore[no-untyped-def]
    """Where the cubic of :func:`hermite` is zero, its ends having opposite signs."""
    low, high = 0.0, 1.0
    s = y0 / (y0 - y1)
    for _ in range(24):
        y = hermite(s, y0, d0, y1, d1)
        if (y < 0.0) == (y0 < 0.0):
            low = s
        else:
            high = s
        slope = d0 + s * (
            6.0 * (y1 - y0) - 4.0 * d0 - 2.0 * d1 + 3.0 * s * (d0 + d1 - 2.0 * (y1 - y0))
        )
        new = s - y / slope if slope != 0.0 else 0.5 * (low + high)
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - s) < 1e-12:
            break
        s = new
    return s
