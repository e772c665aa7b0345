"""What must hold of any radar, target and jammer, whatever the numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skyshade.radar.detection import detection_probability, required_snr
from skyshade.radar.model import Detection, Jammer, Radar, Target
from skyshade.radar.ranges import FARTHEST_M, detection_range, first_track_range, snr_at

few = settings(max_examples=25, deadline=None, derandomize=True)
EXACT = 1e-9  # absolute error of detection probabilities, docs/model.md
ROUNDING = 1e-6  # relative, of ranges

swerlings = st.integers(0, 4)
# few of each, since what is needed for one combination is worked out once
pulses = st.sampled_from([1, 2, 3, 10, 100, 1000])
false_alarms = st.sampled_from([1e-10, 1e-8, 1e-6, 1e-4])
probabilities = st.sampled_from([0.1, 0.5, 0.8, 0.95])
snrs = st.floats(-3.0, 4.0).map(lambda x: 10.0**x)
ranges_m = st.floats(1e3, 600e3)
altitudes_m = st.floats(0.0, 25e3)
rcs_m2 = st.floats(-4.0, 3.0).map(lambda x: 10.0**x)
factors = st.floats(1.0, 100.0)


@st.composite
def radars(draw: st.DrawFn) -> Radar:
    """Two carriers only, since each has its own table of the atmosphere."""
    n = draw(st.integers(1, 4))
    pfa = draw(false_alarms)
    look = Detection(
        pfa=pfa,
        n_pulses=draw(pulses),
        swerling=draw(swerlings),
        p_reference=draw(probabilities),
        confirm_m=draw(st.integers(1, n)),
        confirm_n=n,
        p_confirm=draw(probabilities),
    )
    return Radar(
        "any",
        "any",
        reference_range_m=draw(st.floats(30e3, 500e3)),
        reference_rcs_m2=draw(st.sampled_from([0.4, 1.0, 4.0])),
        freq_hz=draw(st.sampled_from([3e9, 10e9])),
        instrumented_range_m=draw(st.floats(100e3, 600e3)),
        scan_period_s=draw(st.sampled_from([1.0, 6.0, 12.0])),
        detection=look,
    )


@st.composite
def jammers(draw: st.DrawFn) -> Jammer:
    """Self-screening or stand-off, in the main lobe or through side lobes."""
    return Jammer(
        draw(st.floats(0.0, 1e6)),
        draw(st.floats(10e3, 200e3)),
        draw(st.none() | st.floats(10e3, 300e3)),
        draw(st.floats(1.0, 1e4)),
    )


# --- one look -----------------------------------------------------------------------------------


@few
@given(snrs, factors, false_alarms, pulses, swerlings)
def test_more_signal_is_detected_no_less(
    snr: float, factor: float, pfa: float, n: int, swerling: int
) -> None:
    weak, strong = detection_probability([snr, snr * factor], pfa, n, swerling)
    assert pfa - EXACT <= weak <= strong + EXACT <= 1.0 + 2 * EXACT


@few
@given(snrs, false_alarms, factors, pulses, swerlings)
def test_a_lower_threshold_detects_no_less(
    snr: float, pfa: float, factor: float, n: int, swerling: int
) -> None:
    """More false alarms allowed: a lower threshold, so that targets pass it more often as well."""
    strict, loose = (
        float(detection_probability(snr, p, n, swerling)) for p in (pfa, min(pfa * factor, 0.4))
    )
    assert strict <= loose + EXACT


@few
@given(snrs, false_alarms, pulses, pulses, swerlings)
def test_more_pulses_detect_no_less(
    snr: float, pfa: float, n: int, other: int, swerling: int
) -> None:
    """At the same signal-to-noise ratio of each pulse and the same false-alarm probability."""
    fewer, more = (float(detection_probability(snr, pfa, k, swerling)) for k in sorted((n, other)))
    assert fewer <= more + EXACT


@few
@given(false_alarms, pulses, pulses, swerlings, probabilities, probabilities)
def test_the_needed_signal_follows(
    pfa: float, n: int, other: int, swerling: int, p: float, q: float
) -> None:
    """Less with more pulses, more for a higher probability, more for fewer false alarms."""
    needed = required_snr(p, pfa, n, swerling)
    more_pulses = required_snr(p, pfa, max(n, other), swerling)
    assert more_pulses <= needed * (1 + ROUNDING)
    assert required_snr(max(p, q), pfa, n, swerling) >= needed * (1 - ROUNDING)
    assert required_snr(p, pfa / 10, n, swerling) >= needed * (1 - ROUNDING)


# --- ranges -------------------------------------------------------------------------------------


@few
@given(radars(), rcs_m2, factors, ranges_m, st.floats(1.0, 10.0), altitudes_m)
def test_a_target_nearer_or_larger_is_detected_no_less(
    radar: Radar, rcs: float, factor: float, range_m: float, farther: float, alt_m: float
) -> None:
    look = radar.detection
    seen = [
        float(
            detection_probability(
                snr_at(radar, r, area, alt_m), look.pfa, look.n_pulses, look.swerling
            )
        )
        for r, area in ((range_m * farther, rcs), (range_m, rcs), (range_m, rcs * factor))
    ]
    assert seen[0] <= seen[1] + EXACT and seen[1] <= seen[2] + EXACT


@few
@given(radars(), rcs_m2, factors, altitudes_m, st.booleans())
def test_a_larger_target_is_detected_no_nearer(
    radar: Radar, rcs: float, factor: float, alt_m: float, air: bool
) -> None:
    small, large = (
        detection_range(radar, area, alt_m=alt_m, attenuation=air) for area in (rcs, rcs * factor)
    )
    assert 0.0 < small <= large * (1 + ROUNDING)


@few
@given(radars(), rcs_m2, factors)
def test_without_attenuation_ranges_go_with_the_fourth_root(
    radar: Radar, rcs: float, factor: float
) -> None:
    small, large = (detection_range(radar, a, attenuation=False) for a in (rcs, rcs * factor))
    assume(small > 1.0 and large < FARTHEST_M)
    assert large / small == pytest.approx(factor**0.25, rel=ROUNDING)


@few
@given(radars(), rcs_m2, factors)
def test_air_takes_from_the_gain_in_range(radar: Radar, rcs: float, factor: float) -> None:
    """With attenuation a target that many times larger is seen farther by less than the root."""
    small, large = (detection_range(radar, a) for a in (rcs, rcs * factor))
    assume(small > 1.0 and large < FARTHEST_M)
    assert large / small <= factor**0.25 * (1 + ROUNDING)


@few
@given(radars(), rcs_m2, probabilities, probabilities)
def test_to_be_surer_takes_a_shorter_range(radar: Radar, rcs: float, p: float, q: float) -> None:
    sure, likely = (detection_range(radar, rcs, each) for each in (max(p, q), min(p, q)))
    assert sure <= likely * (1 + ROUNDING)


@few
@given(radars(), rcs_m2, pulses, probabilities)
def test_the_same_radar_adding_more_pulses_sees_no_less_far(
    radar: Radar, rcs: float, n: int, p: float
) -> None:
    """The same radar: the same signal-to-noise ratio of a pulse at the same range.

    A published range stands for that ratio, so one that detects with more pulses has published more
    by the fourth root of what it needs less.
    """
    look = radar.detection
    more = replace(look, n_pulses=max(n, look.n_pulses))
    needs = [required_snr(d.p_reference, d.pfa, d.n_pulses, d.swerling) for d in (look, more)]
    stretched = radar.reference_range_m * (needs[0] / needs[1]) ** 0.25
    assume(stretched < 4e6)
    other = replace(radar, detection=more, reference_range_m=stretched)
    at = np.array([50e3, 200e3])
    same = [snr_at(r, at, rcs, attenuation=False) for r in (radar, other)]
    np.testing.assert_allclose(same[1], same[0], rtol=1e-9)
    few_, many = (detection_range(r, rcs, p, attenuation=False) for r in (radar, other))
    assert few_ <= many * (1 + ROUNDING)


# --- tracks -------------------------------------------------------------------------------------

FLYING = Target("any", "any target", 1.0, 300.0)


@few
@given(radars(), rcs_m2, factors, altitudes_m)
def test_a_larger_target_is_tracked_no_nearer(
    radar: Radar, rcs: float, factor: float, alt_m: float
) -> None:
    small, large = (
        first_track_range(radar, replace(FLYING, rcs_m2=area), alt_m)
        for area in (rcs, rcs * factor)
    )
    assert small <= large
    assert large <= float(radar.instrumented_range_m or math.inf)


# --- jamming ------------------------------------------------------------------------------------


@few
@given(radars(), jammers(), rcs_m2, factors)
def test_jamming_never_helps_the_defender(
    radar: Radar, jammer: Jammer, rcs: float, factor: float
) -> None:
    """Neither a look, nor a range, nor a track; and more of it helps even less."""
    stronger = replace(jammer, jn_ratio=jammer.jn_ratio * factor)
    at = np.geomspace(1e3, 500e3, 12)
    snr = [snr_at(radar, at, rcs, jammer=j) for j in (stronger, jammer, None)]
    assert (snr[0] <= snr[1]).all() and (snr[1] <= snr[2]).all()
    far = [detection_range(radar, rcs, jammer=j) for j in (stronger, jammer, None)]
    assert far[0] <= far[1] * (1 + ROUNDING) and far[1] <= far[2] * (1 + ROUNDING)
    target = replace(FLYING, rcs_m2=rcs)
    first = [first_track_range(radar, target, jammer=j) for j in (stronger, jammer, None)]
    assert first[0] <= first[1] <= first[2]


@few
@given(radars(), jammers(), rcs_m2, factors)
def test_a_jammer_farther_off_or_in_weaker_side_lobes_does_no_more(
    radar: Radar, jammer: Jammer, rcs: float, factor: float
) -> None:
    base = detection_range(radar, rcs, jammer=jammer)
    weaker = replace(jammer, sidelobe_ratio=jammer.sidelobe_ratio * factor)
    assert detection_range(radar, rcs, jammer=weaker) >= base * (1 - ROUNDING)
    if jammer.range_m is not None:
        away = replace(jammer, range_m=jammer.range_m * factor)
        assert detection_range(radar, rcs, jammer=away) >= base * (1 - ROUNDING)
