"""What must hold of any missile and any target, whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from skyshade.fireunit.intercept import earliest_intercept, earliest_on_path
from skyshade.fireunit.limits import limits
from skyshade.flyout import (
    flyout_table,
    load_missile,
)
from skyshade.flyout._scalar import time_of_flight

# many random encounters end without a meeting, and say nothing
few = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)
names = st.sampled_from(["40N6E", "48N6E3", "48N6E2", "48N6E", "9M96E2", "9M96E"])
places_m = st.tuples(st.floats(-300e3, 300e3), st.floats(-300e3, 300e3), st.floats(0.0, 30e3))
Vector = tuple[float, float, float]
velocities_mps = st.tuples(
    st.floats(-900.0, 900.0), st.floats(-900.0, 900.0), st.floats(-80.0, 80.0)
)  # ten minutes of climb stay below the top of the atmosphere table


@few
@given(names, places_m, velocities_mps, st.floats(0.0, 200.0))
def test_an_intercept_is_one(name: str, place: Vector, velocity: Vector, launch: float) -> None:
    """There in time and inside the envelope; a tenth of a second earlier is too early."""
    table = flyout_table(load_missile(name))
    found = earliest_intercept(table, place, velocity, launch_s=launch)
    if found is None:
        reject()
    x, y, h = np.array(place) + np.array(velocity) * found.time_s
    assert found.ground_range_m == pytest.approx(np.hypot(x, y), abs=0.01)
    assert found.alt_msl_m == pytest.approx(h, abs=0.01)
    assert limits(table.missile).allow(found.ground_range_m, found.alt_msl_m, found.alt_msl_m)
    assert found.time_of_flight_s <= found.time_s - launch + 1e-9
    assert found.arrival_speed_mps > 0
    before = found.time_s - 0.1
    if before > launch:
        x, y, h = np.array(place) + np.array(velocity) * before
        r = float(np.hypot(x, y))
        late = time_of_flight(table.time_s, table.d_range_m, table.d_alt_m, r, float(h))
        assert late > before - launch or not limits(table.missile).allow(r, h, h)


@few
@given(names, places_m, velocities_mps, st.floats(0.0, 6.28))
def test_directions_do_not_matter(name: str, place: Vector, velocity: Vector, angle: float) -> None:
    """The whole picture turned about the launcher gives the same times."""
    table = flyout_table(load_missile(name))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    one = earliest_intercept(table, place, velocity)
    other = earliest_intercept(table, (turn @ place).tolist(), (turn @ velocity).tolist())
    if one is None or other is None:
        # a chance that only grazes the envelope may go either way
        assume((one is None) == (other is None))
    else:
        assert other.time_s == pytest.approx(one.time_s, abs=1e-3)


@few
@given(names, places_m, velocities_mps, st.floats(-50.0, 50.0))
def test_clocks_do_not_matter(name: str, place: Vector, velocity: Vector, shift: float) -> None:
    """The same encounter on another clock comes out that much later."""
    table = flyout_table(load_missile(name))
    t = np.linspace(0.0, 300.0, 7)
    path = [p + v * t for p, v in zip(place, velocity, strict=True)]
    one = earliest_on_path(table, t, *path)
    other = earliest_on_path(table, t + shift, *path, launch_s=shift)
    assume((one is None) == (other is None))
    if one is not None and other is not None:
        assert other.time_s - shift == pytest.approx(one.time_s, abs=1e-3)


@few
@given(names, places_m, velocities_mps, st.floats(0.0, 100.0), st.floats(0.0, 100.0))
def test_waiting_never_helps(
    name: str, place: Vector, velocity: Vector, first: float, more: float
) -> None:
    """Who may launch earlier meets the target no later."""
    table = flyout_table(load_missile(name))
    t = np.array([0.0, 600.0])
    path = [p + v * t for p, v in zip(place, velocity, strict=True)]
    early = earliest_on_path(table, t, *path, launch_s=first)
    late = earliest_on_path(table, t, *path, launch_s=first + more)
    if late is None:
        reject()
    assert early is not None
    assert early.time_s <= late.time_s + 0.3  # a chance shorter than a step may be missed
