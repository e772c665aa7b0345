"""Range equation, attenuation, jamming and multipath beside published and hand-worked values."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from skyshade.errors import InputError
from skyshade.radar.attenuation import (
    path_attenuation,
    reference_atmosphere,
    specific_attenuation,
)
from skyshade.radar.detection import required_snr
from skyshade.radar.load import load_radar, load_target
from skyshade.radar.model import Detection, Jammer, Radar
from skyshade.radar.multipath import LIGHT_MPS, propagation_factor
from skyshade.radar.ranges import (
    burn_through_range,
    detection_range,
    first_track_range,
    horizon_range,
    snr_at,
)

RADAR = Radar("test", "test", 390e3, 4.0, 3e9, 600e3, 10.0)


# ITU's validation examples for P.676-12 at 1013.25 hPa, 288.15 K, 7.5 g/m3: GHz, oxygen, vapour
@pytest.mark.parametrize(
    ("ghz", "oxygen", "vapour"),
    [
        (12.0, 0.00869826, 0.00953539),
        (20.0, 0.01188355, 0.09704730),
        (60.0, 14.62347480, 0.15484184),
        (90.0, 0.03886971, 0.34197339),
    ],
)
def test_specific_attenuation_is_that_of_the_recommendation(
    ghz: float, oxygen: float, vapour: float
) -> None:
    found = specific_attenuation(ghz * 1e9, 1013.25, 288.15, 7.5)
    assert float(found[0]) == pytest.approx(oxygen, rel=1e-4)
    assert float(found[1]) == pytest.approx(vapour, rel=1e-5)


# U.S. Standard Atmosphere 1976, table I: altitude m, temperature K, pressure hPa
@pytest.mark.parametrize(
    ("alt_m", "kelvin", "hpa"),
    [
        (0, 288.150, 1013.25),
        (5000, 255.676, 540.48),
        (11000, 216.774, 226.99),
        (20000, 216.650, 55.293),
        (30000, 226.509, 11.970),
        (50000, 270.650, 0.79779),
    ],
)
def test_reference_atmosphere_is_the_standard_with_the_vapour_taken_off(
    alt_m: float, kelvin: float, hpa: float
) -> None:
    dry, temperature, rho = reference_atmosphere(alt_m)
    assert float(temperature) == pytest.approx(kelvin, abs=0.01)
    assert float(dry + rho * temperature / 216.7) == pytest.approx(hpa, rel=2e-4)


def test_path_attenuation_of_a_level_path_is_length_times_rate() -> None:
    oxygen, vapour = specific_attenuation(10e9, *reference_atmosphere(0.0))
    table = path_attenuation(10e9)
    assert float(table.at(5e3, 5.0)) == pytest.approx(5 * float(oxygen + vapour), rel=0.01)


def test_path_attenuation_straight_up_is_the_integral() -> None:
    h = np.linspace(0, 30e3, 3001)
    rate = sum(specific_attenuation(10e9, *reference_atmosphere(h)))
    expected = float(np.trapezoid(rate, h) / 1e3)
    assert float(path_attenuation(10e9).at(0.0, 30e3)) == pytest.approx(expected, rel=0.01)


def test_the_published_range_holds() -> None:
    assert detection_range(RADAR, 4.0) == pytest.approx(390e3, rel=1e-6)


@pytest.mark.parametrize(
    ("rcs", "km"), [(0.01, 87), (0.1, 155), (0.4, 219), (1, 276), (2, 328), (6, 432), (40, 694)]
)
def test_ranges_scale_with_the_fourth_root(rcs: float, km: float) -> None:
    """The published scaling table of 390 km at 4 m2, without attenuation."""
    assert detection_range(RADAR, rcs, attenuation=False) / 1e3 == pytest.approx(km, abs=0.6)


# published check values: antenna m, target m, km (Air Power Australia's 41 km among them)
@pytest.mark.parametrize(
    ("antenna", "target", "km"),
    [(24, 25, 40.8), (10, 50, 42.2), (39, 50, 54.9), (24, 1000, 150.5), (24, 10000, 432.2)],
)
def test_horizon(antenna: float, target: float, km: float) -> None:
    assert horizon_range(antenna, target) / 1e3 == pytest.approx(km, rel=0.002)


@pytest.mark.parametrize(("jn_db", "rcs"), [(0, 2.0), (20, 2.0), (50, 10.0)])
def test_burn_through_in_closed_form(jn_db: float, rcs: float) -> None:
    """x = R^2 solves x^2 + (J/N) Rj^2 x = (rcs / rcs_ref) R_ref^4 without attenuation."""
    jn, rj = 10 ** (jn_db / 10), 100e3
    b, c = jn * rj**2, rcs / 4.0 * 390e3**4
    expected = math.sqrt((-b + math.sqrt(b * b + 4 * c)) / 2)
    found = detection_range(RADAR, rcs, jammer=Jammer(jn), attenuation=False)
    assert found == pytest.approx(expected, rel=1e-6)


def test_stand_off_jamming_through_side_lobes_takes_a_fourth_root() -> None:
    """J/N of 15 at the receiver leaves 1/16 of the ratio, so half the range."""
    jammer = Jammer(15e3, 100e3, range_m=100e3, sidelobe_ratio=1000.0)
    free = detection_range(RADAR, 4.0, attenuation=False)
    jammed = detection_range(RADAR, 4.0, jammer=jammer, attenuation=False)
    assert jammed == pytest.approx(free / 2, rel=1e-6)
    assert burn_through_range(RADAR, 4.0, jammer) < free


def test_first_track_of_a_sure_detection_is_the_mth_look() -> None:
    """Every look inside the horizon detects, so the track is confirmed at the second look."""
    radar = Radar(
        "sure",
        "sure",
        2000e3,
        4.0,
        3e9,
        600e3,
        10.0,
        detection=Detection(swerling=0, p_reference=0.9),
    )
    target = load_target("fighter", speed_mps=300.0)
    assert first_track_range(radar, target, horizon_m=100e3) == pytest.approx(100e3 - 3e3)


def test_multipath_peaks_where_the_reflected_ray_is_half_a_wave_longer() -> None:
    """Flat foreground, smooth: F = 2 |sin(2 pi h1 h2 / (lambda R))| for short paths."""
    wavelength, h1, h2 = LIGHT_MPS / 3e9, 10.0, 20.0
    r = np.array([2000.0, 3000.0, 5000.0, 7000.0])
    found = propagation_factor(r, h1, h2, 3e9, roughness_m=0.0, reflectivity=1.0, k_factor=1e6)
    expected = 2 * np.abs(np.sin(2 * np.pi * h1 * h2 / (wavelength * r)))
    assert np.allclose(found, expected, atol=2e-3)


def test_a_rough_surface_reflects_nothing() -> None:
    found = propagation_factor(5e3, 30.0, 2000.0, 10e9, roughness_m=20.0)
    assert float(found) == pytest.approx(1.0, abs=1e-6)


def test_gigahertz_typed_as_hertz_get_a_hint() -> None:
    with pytest.raises(InputError, match=r"3 GHz would be 3e\+09 Hz"):
        load_radar("91N6E", freq_hz=3.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: snr_at(RADAR, 100e3, 0.0), "more than zero"),
        (lambda: load_radar("91N6F"), "Did you mean '91N6E'"),
        (lambda: load_radar("fighter"), "must be of kind radar"),
        (lambda: load_radar("96L6E"), "no detection range is published"),
        (lambda: load_target("figther"), "Did you mean 'fighter'"),
        (lambda: load_target("fighter", speed_mps=0.0), "target speed"),
        (lambda: Jammer(10.0, range_m=10.0), "inside the radar"),
        (lambda: Jammer(-1.0), "J/N out of bounds"),
        (lambda: load_radar("92N6E", el_limits_deg=(10.0, 5.0)), "leave nothing to see"),
        (lambda: Detection(p_confirm=1.0), "p_confirm"),
        (lambda: Detection(confirm_m=4, confirm_n=3), "M-of-N"),
        (lambda: required_snr(1.0), "p_detect"),
        (lambda: path_attenuation(3e9, 20e3), "outside the atmosphere table"),
    ],
)
def test_bad_input_gets_one_sentence(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        make()
