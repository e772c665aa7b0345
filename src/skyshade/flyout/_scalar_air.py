"""The standard atmosphere and a generic drag curve, as pure scalar functions.

Legend: z geometric altitude (m MSL), H geopotential altitude (m), T temperature (K), p pressure
(Pa), rho density (kg/m3), a speed of sound (m/s), M Mach number, Cd drag coefficient on the
cross-section.
"""

import math

from skyshade._jit import scalar

G0_MPS2 = 9.80665  # ICAO Doc 7488, standard acceleration
GAS_J_PER_KG_K = 287.05287  # ICAO Doc 7488, specific gas constant of air
GAMMA = 1.4  # ICAO Doc 7488, ratio of specific heats
EARTH_M = 6_356_766.0  # ICAO Doc 7488, radius that turns geometric into geopotential altitude
TOP_M = 80_000.0  # geometric; targets above it are refused

# ICAO Doc 7488 (1993) and US Standard Atmosphere (1976), table 4: geopotential base (m),
# temperature there (K), lapse rate above it (K/m), pressure there (Pa) as the two standards print
# it. The last layer has no slope: above 84.852 km the air is continued at its temperature.
_BASE = (0.0, 11e3, 20e3, 32e3, 47e3, 51e3, 71e3, 84852.0)
_TEMPERATURE = (288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65, 186.946)
_LAPSE = (-6.5e-3, 0.0, 1e-3, 2.8e-3, 0.0, -2.8e-3, -2e-3, 0.0)
_PRESSURE = (101325.0, 22632.06, 5474.889, 868.0187, 110.9063, 66.93887, 3.956420, 0.3733836)

FRICTION = 0.12  # skin of body and fins, on the cross-section
NOSE_FINENESS = 3.0  # length of the nose over the diameter
_WAVE = math.atan(0.5 / NOSE_FINENESS) ** 1.69


@scalar
def air(z):  # type: ignore[no-untyped-def]
    """Temperature (K), pressure (Pa), density (kg/m3) and speed of sound (m/s) at altitude `z`.

    The layers of ICAO Doc 7488 (1993), hydrostatic, dry; below sea level the lowest layer goes on.
    Real days differ: some 5 % in density near the ground, 20-30 % above 40 km.

        H = r z / (r + z)
        T = Tb + L (H - Hb)
        p = pb (Tb / T)^(g0 / (R L))       L != 0
        p = pb exp(-g0 (H - Hb) / (R Tb))  L = 0
    """
    H = EARTH_M * z / (EARTH_M + z)
    i = 0
    while i < 7 and _BASE[i + 1] <= H:
        i += 1
    T = _TEMPERATURE[i] + _LAPSE[i] * (H - _BASE[i])
    if _LAPSE[i] == 0.0:
        ratio = math.exp(-G0_MPS2 * (H - _BASE[i]) / (GAS_J_PER_KG_K * T))
    else:
        ratio = (_TEMPERATURE[i] / T) ** (G0_MPS2 / (GAS_J_PER_KG_K * _LAPSE[i]))
    p = _PRESSURE[i] * ratio
    return T, p, p / (GAS_J_PER_KG_K * T), math.sqrt(GAMMA * GAS_J_PER_KG_K * T)


@scalar
def drag_coefficient(M):  # type: ignore[no-untyped-def]
    """Zero-lift drag coefficient of a slender finned body, on its cross-section, motor off.

    Friction (held constant) + base + wave drag by the engineering formulas of Fleeman:

        base = 0.12 + 0.13 M^2   M < 1       wave = (1.59 + 1.83 / M^2) atan(0.5 / f)^1.69
        base = 0.25 / M          M > 1       f: fineness of the nose

    with the wave drag eased in between M 0.8 and 1.2. No body is meant: the calibration scales it.

    References
    ----------
    E. L. Fleeman, Tactical Missile Design (AIAA, 2001), chapter 2: zero-lift drag of a body.
    """
    base = 0.12 + 0.13 * M * M if M < 1.0 else 0.25 / M
    s = min(max((M - 0.8) / 0.4, 0.0), 1.0)
    wave = s * s * (3.0 - 2.0 * s) * (1.59 + 1.83 / max(M * M, 1.0)) * _WAVE
    return FRICTION + base + wave
