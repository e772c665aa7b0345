"""Fly-out tables: what every one of them must be, and what the calibration promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError
from skyshade.flyout import (
    FlyoutTable,
    SpeedFamily,
    fleet_tables,
    flyout_table,
    load_missile,
    rows,
    speed_family,
)
from skyshade.flyout._scalar import time_of_flight
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.calibrate import calibrate
from skyshade.flyout.tables import calibrated

MISSILES = [entry.id for entry in load_catalogue().of_kind("missile")]
# those of the S-400, whose figures are good enough to hold the fit to them
KNOWN_WELL = ["40N6E", "48N6E3", "48N6E2", "48N6E", "9M96E2", "9M96E"]


@pytest.fixture(scope="module", params=MISSILES)
def table(request: pytest.FixtureRequest) -> FlyoutTable:
    return flyout_table(load_missile(request.param))


@pytest.fixture(scope="module", params=KNOWN_WELL)
def well_known(request: pytest.FixtureRequest) -> FlyoutTable:
    return flyout_table(load_missile(request.param))


def test_grids_and_types(table: FlyoutTable) -> None:
    n_h, n_r = table.alt_msl_m.size, table.ground_range_m.size
    assert table.time_s.shape == table.speed_mps.shape == (n_h, n_r)
    assert table.time_s.dtype == table.speed_mps.dtype == np.float32
    for grid, spacing in (
        (table.ground_range_m, table.d_range_m),
        (table.alt_msl_m, table.d_alt_m),
    ):
        assert grid[0] == 0
        assert np.array_equal(np.diff(grid), np.full(grid.size - 1, spacing))
    assert table.ground_range_m[-1] >= table.missile.range_max.high
    assert table.alt_msl_m[-1] >= table.missile.alt_max.high
    for array in (table.time_s, table.speed_mps, table.ground_range_m, table.alt_msl_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_reachable_means_both(table: FlyoutTable) -> None:
    """A time where there is a speed, at least the lowest useful one, and nowhere else."""
    there = np.isfinite(table.time_s)
    assert 0.5 < there.mean() < 1.0
    assert (table.speed_mps[~there] == 0).all()
    assert (table.speed_mps[there] >= table.min_speed_mps).all()
    assert (table.time_s[there] >= 0).all()
    assert not np.isnan(table.time_s).any()


def test_nothing_is_faster_than_the_missile(table: FlyoutTable) -> None:
    """No place is reached before a straight flight at top speed all the way would get there."""
    top = table.calibration.top_speed_mps
    slant = np.hypot(table.ground_range_m[None, :], table.alt_msl_m[:, None])
    there = np.isfinite(table.time_s)
    assert (table.time_s[there] >= slant[there] / top).all()
    assert table.speed_mps.max() <= top * 1.005


def test_farther_takes_longer(table: FlyoutTable) -> None:
    """Along every altitude, from the shortest published range on, without gaps.

    At the steep end a few columns beside the vertical are as fast as it, or out of reach.
    """
    first = math.ceil(table.missile.range_min_m / table.d_range_m)
    for row in table.time_s[:, first:]:
        (there,) = np.nonzero(np.isfinite(row))
        assert (np.diff(there) == 1).all(), "a hole"
        assert (np.diff(row[there]) > -0.05).all()


def test_the_envelope_is_mostly_within_reach(table: FlyoutTable) -> None:
    """The published corner of longest range and greatest height together may be out of reach."""
    missile = table.missile
    inside = (table.alt_msl_m[:, None] <= missile.alt_max_m) & (
        (table.ground_range_m >= missile.range_min_m)
        & (table.ground_range_m <= missile.range_max_m)
    )
    at_least = 0.9 if missile.id in KNOWN_WELL else 0.7
    assert np.isfinite(table.time_s[inside]).mean() > at_least


def test_published_figures_are_met(well_known: FlyoutTable) -> None:
    """Speed to half a per cent; range to half a per cent, or beyond where energy is no limit."""
    table = well_known
    speed, reach = table.calibration.comparisons
    assert abs(speed.error_frac) < 0.005
    assert reach.error_frac > -0.005
    if reach.error_frac > 0.005:  # flown as low as its highest target allows, and still farther
        assert table.calibration.ceiling_m == table.missile.alt_max_m
    assert table.calibration.drag_scale == 1.0


def test_the_table_agrees_with_its_calibration(well_known: FlyoutTable) -> None:
    """Read back from the table: range at 10 km to a column, the average speed to 1.5 %."""
    table = well_known
    missile = table.missile
    row = table.time_s[round(10e3 / table.d_alt_m)]
    achieved = table.calibration.comparisons[1].achieved
    farthest = float(table.ground_range_m[np.isfinite(row)].max())
    end = min(achieved, table.ground_range_m[-1])
    assert end - 2 * table.d_range_m <= farthest <= end
    column = int(missile.range_max_m / table.d_range_m) - 2
    fastest = table.time_s[round(10e3 / table.d_alt_m) :, column].min()
    average = table.ground_range_m[column] / fastest
    assert average == pytest.approx(table.calibration.average_speed_mps, rel=0.015)


def test_parameters_are_those_of_a_rocket(well_known: FlyoutTable) -> None:
    """Solid motors are 40-70 % propellant; burn at 10-30 g; the fit must not leave that."""
    table = well_known
    c, missile = table.calibration, table.missile
    assert 0.4 < c.propellant_frac < 0.7
    assert c.total_impulse_ns == pytest.approx(
        c.propellant_frac * missile.launch_mass_kg * 250 * 9.80665
    )
    assert 1500 < c.top_speed_mps < 2400
    assert c.top_speed_time_s == table.assumptions.boost_s.value


def test_figures_that_are_weak_are_met_as_far_as_a_flight_can(table: FlyoutTable) -> None:
    """Speed within its bounds; its energy allows the published range at least, or nearly."""
    speed, reach = table.calibration.comparisons
    assert speed.low / 1.005 <= speed.achieved <= speed.high * 1.005
    assert reach.error_frac > -0.02


def test_the_published_time_of_top_speed() -> None:
    """48N6E2: about 12 s after ignition, as the catalogue quotes."""
    assert "12 s" in load_missile("48N6E2").speed.condition
    assert flyout_table(load_missile("48N6E2")).calibration.top_speed_time_s == pytest.approx(12.0)


def test_same_question_same_object_and_same_bytes() -> None:
    missile = load_missile("9M96E")
    first = flyout_table(missile)
    assert flyout_table(load_missile("9M96E")) is first
    flyout_table.cache_clear()
    calibrated.cache_clear()
    again = flyout_table(missile)
    assert again is not first
    assert again.time_s.tobytes() == first.time_s.tobytes()
    assert again.speed_mps.tobytes() == first.speed_mps.tobytes()


def test_fleet() -> None:
    assert list(fleet_tables()) == MISSILES


def test_a_higher_launcher_is_not_slower_far_away() -> None:
    """Thinner air: from 3 km up, a place at 10 km and 100 km away is reached earlier."""
    missile = load_missile("48N6E2")
    low, high = flyout_table(missile), flyout_table(missile, launch_alt_msl_m=3000.0)
    i, j = 40, 200
    assert (low.alt_msl_m[i], low.ground_range_m[j]) == (10e3, 100e3)
    assert high.time_s[i, j] < low.time_s[i, j] - 1
    assert np.isfinite(high.time_s[0, 100])  # downhill too
    assert high.calibration == low.calibration


@pytest.mark.parametrize("alt", [-1.0, 7000.0, math.nan])
def test_launchers_stand_on_the_ground(alt: float) -> None:
    with pytest.raises(InputError, match="launch_alt_msl_m"):
        flyout_table(load_missile("48N6E2"), launch_alt_msl_m=alt)


def test_an_average_no_unguided_flight_can_have() -> None:
    """380 km at 1000 m/s is slower than any flight that gets there: met no better, and told."""
    table = flyout_table(load_missile("40N6E"), speed_mps=1000.0)
    speed, reach = table.calibration.comparisons
    assert 0.10 < speed.error_frac < 0.16
    assert abs(reach.error_frac) < 0.005


def test_where_drag_is_too_much_it_is_lowered() -> None:
    """1500 m/s for 200 km: only with less drag than the generic body."""
    missile = load_missile("48N6E2", speed_max_mps=1600.0)
    fitted = calibrate(missile, assumptions_for(missile))
    assert 0.5 < fitted.drag_scale < 1.0
    assert fitted.ceiling_m > missile.alt_max_m
    for comparison in fitted.comparisons:
        assert abs(comparison.error_frac) < 0.01


def test_what_cannot_be_fitted_is_told() -> None:
    """No drag within the limits takes 900 m/s to 200 km; the row says how far it gets."""
    missile = load_missile("48N6E2", speed_max_mps=900.0)
    fitted = calibrate(missile, assumptions_for(missile))
    assert fitted.drag_scale == pytest.approx(0.5, abs=0.01)
    assert fitted.comparisons[1].error_frac < -0.3


def test_a_sustain_phase_burns_its_share() -> None:
    missile = load_missile("48N6E2")
    assumed = assumptions_for(missile).change(boost_s=6.0, sustain_s=20.0, sustain_frac=0.4)
    table = flyout_table(missile, assumptions=assumed)
    assert table.calibration.top_speed_mps == pytest.approx(1900.0, rel=0.005)
    assert table.calibration.top_speed_time_s == pytest.approx(26.0)
    assert ("burn time of a sustain phase", "20 s") in [
        (row[0], row[2]) for row in rows.assumed_rows(table)
    ]


def test_lookup_by_hand() -> None:
    """Bilinear inside, on the rim too, +inf outside and beside what cannot be reached."""
    table = np.array([[0, 2, 4], [2, 4, math.inf], [4, 6, 8]], np.float32)
    assert time_of_flight(table, 10.0, 100.0, 5.0, 50.0) == pytest.approx(2.0)
    assert time_of_flight(table, 10.0, 100.0, 20.0, 0.0) == 4.0
    assert time_of_flight(table, 10.0, 100.0, 20.0, 200.0) == 8.0
    assert time_of_flight(table, 10.0, 100.0, 15.0, 0.0) == 3.0
    assert time_of_flight(table, 10.0, 100.0, 15.0, 200.0) == 7.0
    for r, h in (
        (15, 50),
        (15, 100),
        (20, 150),
        (20.1, 0),
        (-0.1, 0),
        (0, 200.1),
        (0, -0.1),
        (math.nan, 0),
        (0, math.nan),
    ):
        assert time_of_flight(table, 10.0, 100.0, float(r), float(h)) == math.inf


@pytest.fixture(scope="module")
def family() -> SpeedFamily:
    return speed_family(load_missile("40N6E"))


def test_a_family_spans_the_published_speeds(family: SpeedFamily) -> None:
    assert family.speeds_mps[0] == 1000.0 and family.speeds_mps[-1] == 1500.0
    assert len(family.speeds_mps) == 5
    assert family.at(1500.0) is family.tables[-1]
    with pytest.raises(InputError, match="outside the family"):
        family.at(999.0)
    assert len(speed_family(load_missile("48N6E2")).tables) == 1
    with pytest.raises(InputError, match="low <= high"):
        speed_family(load_missile("48N6E2"), low_mps=2000.0)


@pytest.mark.parametrize("speed", [1050.0, 1190.0, 1260.0, 1410.0])
def test_blended_tables_are_near_calibrated_ones(family: SpeedFamily, speed: float) -> None:
    """99 % of places within 2 s, half within 0.5 s; under 0.5 % of places differ in reach."""
    blended = family.at(speed)
    exact = flyout_table(load_missile("40N6E"), speed_mps=speed)
    both = np.isfinite(blended.time_s) & np.isfinite(exact.time_s)
    error = np.abs(blended.time_s[both] - exact.time_s[both])
    assert np.quantile(error, 0.99) < 2.0
    assert np.median(error) < 0.5
    assert (np.isfinite(blended.time_s) != np.isfinite(exact.time_s)).mean() < 0.005
    assert blended.missile.speed_mps == speed


def test_faster_figures_give_shorter_times(family: SpeedFamily) -> None:
    """Nearly everywhere, and nowhere 2 s longer.

    Low and 50-130 km away the faster missile, having burnt more, is lighter and is slowed more.
    """
    slow, fast = family.at(1150.0), family.at(1450.0)
    both = np.isfinite(slow.time_s) & np.isfinite(fast.time_s)
    later = fast.time_s[both] - slow.time_s[both]
    assert (later <= 0.05).mean() > 0.98
    assert later.max() < 2.0


def test_error_of_the_density_of_flights() -> None:
    """Four times as many flights move no time by over 0.25 s, 99 % of them by under 0.06 s."""
    from skyshade.flyout import tables

    for name in ("48N6E2", "9M96E"):
        usual = flyout_table(load_missile(name))
        dense = np.full_like(usual.time_s, np.nan)
        kept = tables.N_FLIGHTS
        try:
            tables.N_FLIGHTS = 4 * kept
            dense = flyout_table.__wrapped__(load_missile(name)).time_s
        finally:
            tables.N_FLIGHTS = kept
        both = np.isfinite(usual.time_s) & np.isfinite(dense)
        error = np.abs(usual.time_s[both] - dense[both])
        assert error.max() < 0.25
        assert np.quantile(error, 0.99) < 0.06
        assert (np.isfinite(usual.time_s) != np.isfinite(dense)).mean() < 0.002


def test_rows_tell_of_weak_figures() -> None:
    table = flyout_table(load_missile("40N6E"))
    compared = rows.compared_rows(table)
    assert compared[0][2:4] == ("1190 m/s ?? (1000–1500 m/s)", "low")
    assert all(len(row) == len(rows.COMPARED) for row in compared)
    assert all(len(row) == len(rows.FITTED) for row in rows.fitted_rows(table))
    assumed = rows.assumed_rows(table)
    assert all(len(row) == len(rows.ASSUMED) for row in assumed)
    assert ("diameter" in {row[0] for row in assumed}) and ("specific impulse", "250 s") in {
        (row[0], row[2]) for row in assumed
    }
    data = rows.as_dict(table)
    assert data["fitted"]["ceiling_m"] == table.calibration.ceiling_m
    assert data["compared"][0]["published"] == 1190.0
