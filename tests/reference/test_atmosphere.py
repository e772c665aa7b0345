"""The standard atmosphere against the printed tables of the two standards that define it.

Values: US Standard Atmosphere 1976 (NOAA-S/T 76-1562), table I, and ICAO Doc 7488; identical to
80 km. Tolerance: the digits printed.
"""

from __future__ import annotations

import itertools
import math

import pytest

from skyshade.flyout._scalar_air import EARTH_M, air, drag_coefficient

# geometric altitude (m): temperature (K), pressure (Pa), density (kg/m3)
BY_GEOMETRIC = {
    0: (288.150, 1.01325e5, 1.2250),
    1_000: (281.651, 8.9876e4, 1.1117),
    5_000: (255.676, 5.4048e4, 7.3643e-1),
    10_000: (223.252, 2.6500e4, 4.1351e-1),
    15_000: (216.650, 1.2111e4, 1.9476e-1),
    20_000: (216.650, 5.5293e3, 8.8910e-2),
    25_000: (221.552, 2.5492e3, 4.0084e-2),
    30_000: (226.509, 1.1970e3, 1.8410e-2),
    40_000: (250.350, 2.8714e2, 3.9957e-3),
    50_000: (270.650, 7.9779e1, 1.0269e-3),
    60_000: (247.021, 2.1958e1, 3.0968e-4),
    70_000: (219.585, 5.2209e0, 8.2829e-5),
    80_000: (198.639, 1.0525e0, 1.8458e-5),
}
# geopotential altitude (m) of the layers' bases: temperature, pressure
BY_GEOPOTENTIAL = {
    11_000: (216.650, 22632.06),
    20_000: (216.650, 5474.889),
    32_000: (228.650, 868.0187),
    47_000: (270.650, 110.9063),
    51_000: (270.650, 66.93887),
    71_000: (214.650, 3.956420),
}


@pytest.mark.parametrize("z", BY_GEOMETRIC)
def test_printed_values(z: int) -> None:
    temperature, pressure, density, _ = air(float(z))
    for got, printed in zip((temperature, pressure, density), BY_GEOMETRIC[z], strict=True):
        assert got == pytest.approx(printed, rel=1e-4)


@pytest.mark.parametrize("H", BY_GEOPOTENTIAL)
def test_layers_meet(H: int) -> None:
    """At each base the layer below ends with the values that the table prints for the one above.

    The bases' pressures are constants of the code, so both sides are asked for: a wrong constant
    would show as a step.
    """
    for delta in (-1e-3, 1e-3):
        z = EARTH_M * (H + delta) / (EARTH_M - (H + delta))
        temperature, pressure, _, _ = air(z)
        assert temperature == pytest.approx(BY_GEOPOTENTIAL[H][0], abs=1e-4)
        assert pressure == pytest.approx(BY_GEOPOTENTIAL[H][1], rel=3e-6)


def test_speed_of_sound() -> None:
    """ICAO Doc 7488: 340.294 m/s at sea level, 295.069 m/s in the lower stratosphere."""
    assert air(0.0)[3] == pytest.approx(340.294, abs=1e-3)
    assert air(15e3)[3] == pytest.approx(295.069, abs=2e-3)


def test_air_goes_on_above_the_table() -> None:
    """Thinner and thinner, without a step at the last base (84.852 km geopotential)."""
    z = EARTH_M * 84852.0 / (EARTH_M - 84852.0)
    assert air(z + 0.01)[2] == pytest.approx(air(z - 0.01)[2], rel=1e-4)
    densities = [air(z + 1e3 * k)[2] for k in range(60)]
    assert all(a > b > 0 for a, b in itertools.pairwise(densities))


def test_drag_coefficient_by_hand() -> None:
    """Fleeman's formulas with a slide rule: base 0.25 / 2, wave 2.0475 x 0.16515^1.69.

    Jerger's form of the same wave drag, (0.083 + 0.096 / M^2) (angle / 10 deg)^1.69, must agree to
    the digits of its constants.
    """
    assert drag_coefficient(2.0) == pytest.approx(0.12 + 0.125 + 0.0976, abs=2e-4)
    assert drag_coefficient(0.5) == pytest.approx(0.12 + 0.1525, abs=1e-9)
    angle = math.degrees(math.atan(1 / 6)) / 10
    jerger = (0.083 + 0.096 / 9) * angle**1.69
    assert drag_coefficient(3.0) - 0.12 - 0.25 / 3 == pytest.approx(jerger, rel=0.01)


def test_drag_coefficient_has_no_steps() -> None:
    previous = drag_coefficient(0.0)
    for k in range(1, 6001):
        now = drag_coefficient(k / 1000)
        assert abs(now - previous) < 3e-3
        previous = now
