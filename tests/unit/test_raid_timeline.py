"""Counts over time from logs made by hand, the time axis, and what the figures show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from raid_plans import raid
from skyshade.engagement._scalar_plan import (
    ASSIGNED,
    CONFIRMED,
    DROPPED,
    HIT,
    LAUNCHED,
    LEAK,
    LOST,
    MISSED,
    RADAR_LOST,
    RELEASED,
    RELOADED,
    UNIT_LOST,
)
from skyshade.engagement.timeline import Ends, TimeLines, counts_at, rounds_at, time_grid, unfold
from skyshade.errors import InputError
from skyshade.report.raid_lines import ends_figure, time_lines_figure
from skyshade.report.raid_tables import dry_lines


def counts(log: Sequence[tuple[float, ...]], starts: list[float], times: list[float]) -> Any:
    """Three targets, the last one no threat; two units with 4 and 2 rounds."""
    fire = SimpleNamespace(load=np.array([[3, 1], [2, 0]]))
    given: Any = SimpleNamespace(
        plan=SimpleNamespace(fire=fire), is_threat=np.array([True, True, False])
    )
    rows = np.array(log, float).reshape(-1, 6)
    return counts_at(given, rows, np.array(starts), np.array(times)).tolist()


def test_a_log_by_hand() -> None:
    log = [
        # time, entry, target, unit or site, missile, detail
        (10, CONFIRMED, 0, 0, -1, 0),
        (10, CONFIRMED, 2, 0, -1, 0),
        (10, ASSIGNED, 0, 0, -1, 0),
        (12, CONFIRMED, 0, 1, -1, 0),
        (12, ASSIGNED, 1, 1, -1, 6),
        (15, LAUNCHED, 0, 0, 0, 30),
        (15, LAUNCHED, 0, 0, 0, 31),
        (20, DROPPED, 0, 0, -1, 0),
        (20, CONFIRMED, 1, 1, -1, 0),
        (30, MISSED, 0, 0, 0, 0),
        (31, HIT, 0, 0, 0, 0),
        (33, RELEASED, 0, 0, -1, 0),
        (34, LAUNCHED, 1, 1, 0, 60),
        (35, RELOADED, -1, 0, 1, 2),
        (40, RADAR_LOST, 1, 1, -1, 0),
        (50, LEAK, 1, -1, -1, 0),
        (50, UNIT_LOST, 1, 1, -1, 0),
        (60, LOST, -1, 1, 0, 6),
    ]
    times = [0, 10, 12, 15, 20, 30, 31, 33, 34, 35, 40, 49.9, 50, 60]
    found = counts(log, [0.0, 11.0, 5.0], times)
    #                0 10 12 15 20 30 31 33 34 35 40 49.9 50 60
    assert found == [
        [1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0],  # target 1 comes at 11 and leaks at 50
        [0, 1, 1, 1, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0],  # site 1 keeps target 0, till it is shot down
        [0, 1, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0],  # unit 1's channel goes with it
        [0, 0, 0, 2, 2, 1, 0, 0, 1, 1, 1, 1, 1, 0],  # its missile flies on, to no avail
        [6, 6, 6, 4, 4, 4, 4, 4, 3, 5, 5, 5, 4, 4],  # and its last round with it
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
    ]


def test_a_track_found_again_and_a_log_without_a_row() -> None:
    log = [
        (1, CONFIRMED, 0, 0, -1, 0),
        (2, DROPPED, 0, 0, -1, 0),
        (3, CONFIRMED, 0, 0, -1, 0),
        (3, CONFIRMED, 0, 1, -1, 0),
        (4, RADAR_LOST, 1, 0, -1, 0),
        (5, DROPPED, 0, 1, -1, 0),
    ]
    assert counts(log, [0, 0, 0], [1, 2, 3, 4, 5])[1] == [1, 0, 1, 1, 0]
    assert counts([], [0, 2, 0], [1, 2]) == [[1, 2], [0, 0], [0, 0], [0, 0], [6, 6], [0, 0]]


def test_time_axis() -> None:
    assert time_grid(900.0).tolist() == list(range(0, 901, 5))
    assert len(time_grid(86400.0)) == 145 and time_grid(86400.0)[-1] == 86400.0
    for step in (0.0, -1.0, float("nan"), 1e-9):
        with pytest.raises(InputError, match="step of the time axis"):
            time_grid(900.0, step)
    with pytest.raises(InputError, match="number of replicates"):
        unfold(raid("saturation"), 1, 0)


def lines_of(rows: list[list[int]]) -> TimeLines:
    values = np.array(rows, np.int32)
    times_s = np.arange(values.shape[1], dtype=float)
    return TimeLines(
        times_s, values, values, values, values, values, values, channels_n=8, rounds_n=9
    )


def test_bands_and_json() -> None:
    """Of 0 to 99 the smallest number that so many per cent do not exceed."""
    found = lines_of([[k, 7] for k in range(100)])
    assert found.band("channels_busy_n").tolist() == [[4, 7], [49, 7], [94, 7]]
    said = json.loads(json.dumps(found.as_dict()))
    assert said["replicates"] == 100 and said["channels_n"] == 8 and said["rounds_n"] == 9
    assert said["lines"]["rounds_ready_n"] == {
        "p5": [4, 7],
        "p50": [49, 7],
        "p95": [94, 7],
        "mean": [49.5, 7.0],
    }


def test_when_the_launchers_are_empty() -> None:
    found = lines_of([[5, 0, 0], [5, 4, 3], [0, 7, 0]])
    assert found.dry_s.tolist() == [1.0, np.inf, 0.0]
    said = found.as_dict()
    assert (said["launchers_ever_empty"], said["launchers_first_empty_s"]) == (0.6667, 0.5)


def test_each_type_runs_out_by_itself() -> None:
    """Five rounds of one type and one of another: the second is gone while there are still four."""
    fire = SimpleNamespace(load=np.array([[3, 1], [2, 0]]))
    given: Any = SimpleNamespace(plan=SimpleNamespace(fire=fire))
    log = np.array(
        [
            (15, LAUNCHED, 0, 0, 0, 30),
            (20, LAUNCHED, 0, 0, 1, 30),
            (35, RELOADED, -1, 0, 1, 2),
            (50, UNIT_LOST, 1, 1, -1, 0),
            (60, LAUNCHED, 0, 0, 1, 30),
        ],
        float,
    )
    ready, dry_s = rounds_at(given, log, np.array([0.0, 15.0, 20.0, 34.9, 35.0, 50.0, 60.0]))
    assert ready.tolist() == [[5, 4, 4, 4, 4, 2, 2], [1, 1, 0, 0, 0, 2, 1]]
    assert dry_s.tolist() == [np.inf, 20.0]


def test_the_terminal_says_which_type_runs_out() -> None:
    values = np.ones((4, 2), np.int32)
    lines = replace(
        lines_of([[1, 1]] * 4),
        missiles=("a", "b", "c"),
        rounds_by_missile_n=np.stack([values, values, values]),
        dry_by_missile_s=np.array([[7200, 14400, 7200, 7200], [np.inf] * 3 + [60], [np.inf] * 4]),
    )
    assert dry_lines(lines) == [
        "The launchers first run out of a after 2 h (median), in every replicate.",
        "The launchers first run out of b after 60 s (median), in 25 % of replicates.",
    ]
    said = json.loads(json.dumps(lines.as_dict()))["rounds_by_missile"]
    assert (said["a"]["ever_empty"], said["a"]["first_empty_s"]) == (1.0, 7200.0)
    assert (said["c"]["ever_empty"], said["c"]["first_empty_s"]) == (0.0, None)


def test_figures_show_all_of_it() -> None:
    case = raid("raid-60x4")
    lines, ends = unfold(case, 2, 10)
    panels = time_lines_figure(case, lines).axes
    assert len(panels) == 6 and all(ax.get_ylabel() and ax.get_title("left") for ax in panels)
    assert "minutes" in panels[-1].get_xlabel()
    for ax, name in zip(panels, lines.lines, strict=True):
        if name != "rounds_ready_n":
            assert ax.get_ylim()[1] >= lines.band(name).max()
            continue
        legend = ax.get_legend()
        assert legend is not None
        assert tuple(t.get_text() for t in legend.get_texts()) == lines.missiles
        assert ax.get_ylim()[1] >= max(lines.rounds_band(m).max() for m in lines.missiles)

    figure = ends_figure(case, ends)
    world, distances = figure.axes[:2]
    threat = case.is_threat[ends.target]
    hexagons = next(c for c in world.collections if c.get_array() is not None)
    kills = (threat & ends.killed).sum() / 10
    assert np.asarray(hexagons.get_array()).sum() == pytest.approx(kills)  # none outside the map
    bars = sum(p.get_height() for p in distances.patches if isinstance(p, Rectangle))
    assert bars == pytest.approx(kills)
    rings = [float(t.get_text()) for t in world.texts if t.get_color() == "#d55e00"]
    assert sum(rings) == pytest.approx((threat & ~ends.killed).sum() / 10, rel=0.06)


def test_figures_of_a_raid_without_kills() -> None:
    """Nothing shot down, nothing leaked: maps and axes all the same."""
    case = raid("saturation")
    none, reals = np.zeros(0, np.int32), np.zeros(0)
    nothing = Ends(3, none, none, none > 0, reals, reals, reals, reals, none, reals)
    figure = ends_figure(case, nothing)
    assert len(figure.axes) == 2
    assert len(time_lines_figure(case, lines_of([[0, 0]])).axes) == 6
