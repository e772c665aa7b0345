"""Measurement-level tracking: frame, plots, filter, rules and yardsticks, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from raid_plans import raid as shipped
from raid_scenarios import FIGHTER, compiled
from raid_scenarios import site as a_site
from skyshade.errors import InputError
from skyshade.terrain.geodesy import geod
from skyshade.tracking import Assumptions, Tracker, ospa, track_raid
from skyshade.tracking.frame import Frame, polar, unbiased
from skyshade.tracking.measures import NOBODY, Record, pair, purity, record
from skyshade.tracking.plots import FALSE, Plots
from skyshade.tracking.scans import radar_scans, shortcut
from skyshade.tracking.tracker import MISSED, Picture, motion, update

SPREAD = np.diag([100.0, 100.0, 100.0]) ** 2


def plots(*places: tuple[float, float, float], origin: list[int] | None = None) -> Plots:
    """A scan with these plots, each with a standard deviation of 100 m."""
    at = np.array(places, float).reshape(-1, 3)
    of = np.arange(len(at)) if origin is None else np.array(origin, np.int64)
    return Plots(at, np.broadcast_to(SPREAD, (len(at), 3, 3)), of)


def picture(number: list[int], places: list[list[float]], plot: list[int]) -> Picture:
    """Confirmed tracks only."""
    at = np.array(places, float).reshape(-1, 3)
    return Picture(
        np.array(number, np.int64), np.ones(len(number), bool), at, np.array(plot, np.int64)
    )


# ------------------------------------------------------------------------- frame and conversion


def test_local_axes_point_east_north_and_up() -> None:
    frame = Frame(75.0, 30.0, 200.0)
    lon, lat, _ = geod().fwd([75.0, 75.0], [30.0, 30.0], [90.0, 0.0], [1000.0, 1000.0])
    east, north = frame.local_m(lon, lat, np.full(2, 200.0))
    drop = 1000.0**2 / (2 * 6.371e6)  # of the Earth under the plane of the horizon
    np.testing.assert_allclose(east, [1000.0, 0.0, -drop], atol=0.05)
    np.testing.assert_allclose(north, [0.0, 1000.0, -drop], atol=0.05)
    np.testing.assert_allclose(frame.local_m([75.0], [30.0], [700.0])[0], [0, 0, 500], atol=1e-6)
    there = np.array([[12e3, -50e3, 9e3]])
    back = frame.lonlat(there)
    height = 200.0 + 9e3 + (12e3**2 + 50e3**2) / (2 * 6.371e6)
    lon, lat = back.T
    np.testing.assert_allclose(frame.local_m(lon, lat, [height])[0], there[0], atol=150.0)


def test_conversion_is_unbiased_and_knows_its_spread() -> None:
    """By simulation at errors 30 to 40 times as large as usual, where a plain conversion is off.

    4e5 measurements of one target put the mean within 5 standard errors of it (a false alarm in a
    million) and the covariance within 3 %.
    """
    rng = np.random.default_rng(5)
    sd = np.array([300.0, math.radians(8.0), math.radians(6.0)])
    truth = np.array([60e3, 70e3, 29e3])
    places, _ = unbiased(polar(truth) + rng.standard_normal((400_000, 3)) * sd, *sd)
    spread = unbiased(polar(truth), *sd)[1]
    error = np.sqrt(np.diag(spread) / len(places))
    assert (np.abs(places.mean(axis=0) - truth) < 5 * error).all()
    one_az, one_el = np.exp(-(sd[1:] ** 2) / 2)  # a plain conversion is nearer by as much
    plain = places * (one_az * one_el, one_az * one_el, one_el)
    assert (np.abs(plain.mean(axis=0) - truth) > 7 * error).all()
    wanted = 0.03 * np.sqrt(np.outer(np.diag(spread), np.diag(spread)))
    assert (np.abs(np.cov(places.T) - spread) < wanted).all()


# ------------------------------------------------------------------------------- filter and rules


def test_update_by_hand() -> None:
    """Place 0 with variance 4, speed 1 with variance 9, covariance 2; measured 5, variance 1.

    Innovation 5, its variance 5; gains 4/5 and 2/5; variances 4 - 16/5, 9 - 4/5, 2 - 8/5.
    """
    state, spread = np.zeros((1, 6)), np.zeros((1, 6, 6))
    state[0, 3] = 1.0
    for i in range(3):
        spread[0, i, i], spread[0, i + 3, i + 3] = 4.0, 9.0
        spread[0, i, i + 3] = spread[0, i + 3, i] = 2.0
    after, left = update(state, spread, np.array([[5.0, 0.0, 0.0]]), np.eye(3)[None])
    np.testing.assert_allclose(after[0], [4.0, 0, 0, 3.0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(left[0][[0, 3, 0], [0, 3, 3]], [0.8, 8.2, 0.4], atol=1e-12)


def test_motion_by_hand() -> None:
    """Density (2 m/s2)^2 * 3 s = 12 m2/s3: 12 * 27 / 3, 12 * 9 / 2 and 12 * 3."""
    transition, noise = motion(3.0, 2.0)
    assert (transition @ [1, 2, 3, 10, 20, 30]).tolist() == [31, 62, 93, 10, 20, 30]
    assert (noise[0, 0], noise[0, 3], noise[3, 3], noise[0, 1]) == (108.0, 54.0, 36.0, 0.0)


@pytest.mark.parametrize(("m", "n", "coast"), [(1, 1, 0), (2, 3, 3), (3, 5, 1), (2, 2, 0)])
def test_tracks_live_and_die_by_the_raid_s_rules(m: int, n: int, coast: int) -> None:
    """A lone target that stands still is held exactly when the M-of-N rule holds it."""
    hits = np.random.default_rng(3).random(400) < 0.55
    tracker = Tracker(1.0, (m, n), coast)
    held = [
        bool(tracker.scan(plots((3e4, 4e4, 5e3)) if hit else plots()).confirmed.any())
        for hit in hits
    ]
    expected = shortcut(hits[:, None], m, n, coast)[:, 0]
    assert 0.2 < expected.mean() <= 1.0 and not expected.all()
    assert held == expected.tolist()


def test_nearest_neighbours_are_global() -> None:
    """Two tracks at 0 and 400 m, plots at 300 and 900 m: greedily the second would take 300."""
    tracker = Tracker(1.0, (1, 1), 3, manoeuvre_mps2=1e-3, speed_max_mps=1e3)
    tracker.scan(plots((0, 0, 0), (400, 0, 0)))
    after = tracker.scan(plots((300, 0, 0), (900, 0, 0)))
    assert after.plot.tolist() == [0, 1] and after.number.tolist() == [0, 1]


def test_gate_is_chi_square() -> None:
    """Innovation variance 2 * 100^2, as speeds stay 0: the edge is sqrt(2 * 16.266) * 100 m."""
    edge = math.sqrt(2 * 16.26623619623813) * 100.0  # chi-square, 3 degrees, 0.999: tables
    for off, taken in ((edge - 0.5, True), (edge + 0.5, False)):
        tracker = Tracker(1.0, (1, 1), 3, manoeuvre_mps2=1e-6, speed_max_mps=1e-6)
        tracker.scan(plots((0, 0, 0)))
        assert (tracker.scan(plots((off, 0, 0))).plot[0] != MISSED) == taken


def test_confirmed_tracks_choose_first() -> None:
    """A tentative track that lies nearer does not get the plot."""
    tracker = Tracker(1.0, (2, 3), 3, manoeuvre_mps2=1e-3, speed_max_mps=100.0)
    for _ in range(2):
        tracker.scan(plots((0, 0, 0)))
    tracker.scan(plots((0, 0, 0), (5e3, 0, 0)))
    after = tracker.scan(plots((300, 0, 0)))
    assert after.confirmed.tolist() == [True, False] and after.plot.tolist() == [0, MISSED]
    tracker.scan(plots((0, 0, 0), (350, 0, 0)))
    after = tracker.scan(plots((320, 0, 0)))
    assert after.plot[after.confirmed].tolist() == [0]


def test_no_more_tracks_than_the_radar_has() -> None:
    tracker = Tracker(1.0, (2, 3), 3, tracks_max=2)
    far = [(1e5 * k, 0.0, 0.0) for k in range(4)]
    counts = [int(tracker.scan(plots(*far)).confirmed.sum()) for _ in range(4)]
    assert counts == [0, 2, 2, 2]


# -------------------------------------------------------------------------------------- yardsticks


def test_ospa_by_hand() -> None:
    a = np.array([[0.0, 0, 0], [100.0, 0, 0]])
    b = np.array([[130.0, 0, 0], [0.0, 40.0, 0], [9e3, 0, 0]])
    assert ospa(a, b, 1e3, 1.0) == pytest.approx((30 + 40 + 1000) / 3)
    assert ospa(a, b, 1e3, 2.0) == pytest.approx(math.sqrt((30**2 + 40**2 + 1000**2) / 3))
    assert ospa(a, b, 35.0, 1.0) == pytest.approx((30 + 35 + 35) / 3)
    assert ospa(a, b, 1e3) == ospa(b, a, 1e3)
    none: NDArray[np.float64] = np.zeros((0, 3))
    assert (ospa(none, none, 5.0), ospa(none, a, 5.0), ospa(a, a, 5.0)) == (0.0, 5.0, 0.0)


def test_pairs_last_as_long_as_they_can() -> None:
    """Track 7 holds target 0 until it is too far away, though track 8 comes nearer before."""
    x = np.arange(4.0)
    truth = np.zeros((4, 2, 3))
    truth[:, 0, 0] = 1000 * x
    truth[:, 1] = np.nan
    pictures = [
        picture([7, 8], [[0, 0, 0], [5e3, 0, 0]], [0, 1]),
        picture([7, 8], [[100, 0, 0], [1100, 0, 0]], [0, 1]),
        picture([7, 8], [[-200, 0, 0], [2100, 0, 0]], [0, 1]),
        picture([], [], []),
    ]
    found = pair(truth, pictures, 2000.0)
    assert found[:, 0].tolist() == [7, 7, 8, NOBODY]
    assert (found[:, 1] == NOBODY).all()
    assert record(12.0 * x, found[:, 0]) == Record(0.0, 4, 3, 0.75, 1, 1)


def test_tracks_are_followed_back_to_their_plots() -> None:
    """Track 1 is true, changes targets once; track 2 is false; track 3 is mixed."""
    scans = [
        plots((0, 0, 0), (1, 0, 0), (2, 0, 0), origin=o)
        for o in ([5, FALSE, 5], [5, FALSE, FALSE], [6, FALSE, FALSE])
    ]
    seen = [
        Picture(np.array([1, 2, 3]), np.full(3, k > 0), np.zeros((3, 3)), np.array([0, 1, 2]))
        for k in range(3)
    ]
    found = purity(scans, seen)
    assert (found.tracks, found.false, found.mixed) == (3, 1, 1)
    assert (found.updates, found.strange) == (3, 1)


# ------------------------------------------------------------------------------------------- raids


@pytest.mark.parametrize(
    ("name", "site", "run"),
    [
        ("raid-8x24", 0, 0),
        ("raid-60x4", 3, 5),
        ("saturation", 0, 1),
        ("ballistic", 0, 2),
    ],
)
def test_detections_are_the_kernel_s_own(name: str, site: int, run: int) -> None:
    """The M-of-N rule, worked out anew from who is seen, holds what the kernel's log says."""
    raid = shipped(name)
    scans = radar_scans(raid, 7, run, site)
    m, n = raid.raid.rules.confirm
    in_air = ~np.isnan(scans.truth_m[..., 0])
    again = shortcut(scans.seen, m, n, raid.plan.sight.coast) & in_air
    assert again.sum() > 50 and np.array_equal(again, scans.held)
    assert not (scans.seen & ~scans.in_play).any()
    other = radar_scans(raid, 8, run, site)
    assert scans.seen.shape != other.seen.shape or not np.array_equal(scans.seen, other.seen)


def test_jamming_that_comes_and_goes_is_seen_too() -> None:
    jammer = {"kind": "stand-off", "jn": 1e4, "at": "100 km", "side_lobe": 10.0}
    orbit = FIGHTER | {
        "id": "jammer",
        "jammer": jammer,
        "bearing": "60 deg",
        "arrival": {"process": "simultaneous", "start": "3 min"},
    }
    raid = compiled(
        FIGHTER | {"count": 8, "spacing": "2 km", "distance": "140 km"},
        orbit,
        arms={"site": {"load": {"48N6E3": 1}}},
    )
    assert raid.plan.sight.noise.size
    scans = radar_scans(raid, 1, 0, 0)
    again = shortcut(scans.seen, 2, 3, 3) & ~np.isnan(scans.truth_m[..., 0])
    assert np.array_equal(again, scans.held) and 0.05 < scans.seen[scans.in_play].mean() < 0.95


def test_a_perfect_radar_holds_everyone_with_one_track() -> None:
    group = FIGHTER | {
        "count": 6,
        "spacing": "8 km",
        "distance": "140 km",
        "aim": {"site": "site"},
        "path": None,
    }
    del group["path"]
    raid = compiled(
        group,
        rules={"detection": "certain", "masking": "none"},
        arms={"site": {"load": {"48N6E3": 1}}},
    )
    given = Assumptions(range_sd_m=20.0, az_sd_deg=0.01, el_sd_deg=0.01, false_alarms_per_scan=0.0)
    run = track_raid(raid, 1, 0, given=given)
    assert run.scans.seen[run.scans.in_play].all() and len(run.records()) == 6
    for rule, tracker in run.records().values():
        assert tracker.continuity == 1.0 and (tracker.breaks, tracker.swaps) == (0, 0)
        assert (tracker.first_s, tracker.held) == (rule.first_s, rule.held)
    found = run.as_dict()
    assert found["tracker"]["false_tracks"] == found["tracker"]["mixed_tracks"] == 0
    assert found["tracker"]["strange_updates"] == 0.0 and found["tracker"]["tracks"] == 6
    assert found["difference"]["scans_later"] == {"0": 6}
    assert found["false_alarms"] == 0


def test_false_alarms_are_as_many_as_asked() -> None:
    """Poisson of mean 10 over 80 scans: within 4 standard deviations of 800."""
    run = track_raid(shipped("raid-8x24"), 7, 0, "north")
    found = run.as_dict()
    expected = 10 * found["scans"]
    assert abs(found["false_alarms"] - expected) < 4 * math.sqrt(expected)
    places = np.concatenate([p.place_m[p.origin == FALSE] for p in run.plots])
    r, az, el = polar(places).T
    reach = 600e3  # instrumented range of the 91N6E in the catalogue
    assert r.max() <= reach and (el > -1e-9).all() and el.max() < math.radians(45.1)
    assert abs(r.mean() / reach - 0.5) < 0.05 and abs(np.cos(az).mean()) < 0.15
    quiet = track_raid(shipped("raid-8x24"), 7, 0, "north", Assumptions(false_alarms_per_scan=0))
    assert quiet.as_dict()["tracker"]["false_tracks"] == 0
    for a, b in zip(run.plots, quiet.plots, strict=True):  # the same errors with and without
        assert np.array_equal(a.place_m[a.origin != FALSE], b.place_m)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("range_sd_m", -1.0),
        ("az_sd_deg", 0.0),
        ("el_sd_deg", math.nan),
        ("order", 0.5),
        ("false_alarms_per_scan", -0.1),
        ("gate_frac", 1.0),
        ("manoeuvre_mps2", 0.0),
        ("speed_max_mps", math.inf),
        ("cutoff_m", -5.0),
    ],
)
def test_assumptions_out_of_bounds(field: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{field}: out of bounds"):
        Assumptions(**{field: value})


def test_bad_sites_and_replicates() -> None:
    raid = shipped("raid-8x24")
    for arguments, words in (
        ({"site": "nort"}, "Did you mean 'north'"),
        ({"replicate": -1}, "replicate: number"),
        ({"replicate": 10**9}, "replicate: number"),
        ({"seed": -1}, "seed out of range"),
    ):
        with pytest.raises(InputError, match=words):
            track_raid(raid, **arguments)


def test_silent_and_blind_radars() -> None:
    far = a_site("far", lon=85.0)
    raid = compiled(
        sites=[a_site(), a_site("mute", lon=75.5), far], arms={"mute": {"emission": "silent"}}
    )
    assert track_raid(raid).site == "site"
    with pytest.raises(InputError, match=r"silent.*allowed: site, far"):
        track_raid(raid, site="mute")
    with pytest.raises(InputError, match="no target ever comes into the view"):
        track_raid(raid, site="far")
