"""A replay of one replicate of a raid on a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import check_replicate
from skyshade.export.moving import Missile, Moving, Target, Way, moving
from skyshade.notebook.ground import HOVER, Ground, joined, plotly
from skyshade.report.ground import ground_note
from skyshade.report.raid_charts import FARTHEST_DEG, KILL_COLOUR, LEAK_COLOUR, TRACK_COLOUR
from skyshade.report.style import INK, MUTED, SERIES

MOST_FRAMES = 80  # each makes the page larger
FRAME_MS = 120
STEPS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0)


def replay_map(raid: CompiledRaid, seed: int, replicate: int, pixels: int) -> Any:
    """Targets and missiles in the air, kills and leakers so far, over time."""
    go = plotly()
    check_replicate(replicate)
    run = moving(raid, seed, replicate)
    specs = [s.spec for s in raid.coverage.sites]
    antennas = np.array([(s.antenna.lon, s.antenna.lat) for s in specs])
    flown = np.concatenate([np.column_stack([p.lon, p.lat]) for p in raid.paths])
    near = np.abs(flown[:, None] - antennas).max(axis=2).min(axis=1) < FARTHEST_DEG
    ground = Ground(raid.coverage.dem, np.vstack([antennas, flown[near]]), pixels)
    note = f"Positions are illustrative. {ground_note(raid.coverage)}"
    figure = ground.figure(f"{raid.scenario.title}: replicate {replicate}, seed {seed}", note)
    paths = [np.column_stack(ground.xy(np.column_stack([p.lon, p.lat]))) for p in raid.paths]
    figure.add_scatter(
        **joined(paths),
        mode="lines",
        hoverinfo="skip",
        name="flight path",
        line={"color": MUTED, "width": 0.7},
        opacity=0.6,
    )
    ground.add_sites(figure, specs, None)
    times = _times(run)
    first = len(figure.data)
    figure.add_traces(_moment(go, ground, run, float(times[0])))
    indices = list(range(first, len(figure.data)))
    figure.frames = [
        go.Frame(name=f"{t:g}", data=_moment(go, ground, run, float(t)), traces=indices)
        for t in times
    ]
    _add_controls(figure, times)
    return figure


def _times(run: Moving) -> NDArray[np.float64]:
    """Even steps to the last event, at most `MOST_FRAMES`."""
    ways = [x.way for x in run.targets] + [m.way for m in run.missiles]
    ends = [float(way.t_s[-1]) for way in ways]
    last = min(max(ends, default=run.duration_s), run.duration_s)
    step = next((s for s in STEPS_S if last / s < MOST_FRAMES), last / (MOST_FRAMES - 1))
    return np.append(np.arange(0.0, last, step), np.ceil(last))


def _moment(go: Any, ground: Ground, run: Moving, t_s: float) -> list[Any]:
    """What is in the air at one time, and what has ended by then."""
    threats = [x for x in run.targets if x.side == "threat"]
    others = [x for x in run.targets if x.side != "threat"]
    ended = {
        end: [x for x in run.targets if x.end == end and x.way.t_s[-1] <= t_s]
        for end in ("killed", "leaked")
    }
    flying = [m for m in run.missiles if m.way.t_s[0] <= t_s < m.way.t_s[-1]]
    tails = [
        np.column_stack(ground.xy(np.array([m.way.xyz[0, :2], _at(m.way, t_s)[:2]])))
        for m in flying
    ] or [np.full((1, 2), np.nan)]
    return [
        go.Scatter(
            **joined(tails),
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            line={"color": SERIES[2], "width": 1},
        ),
        _points(
            go,
            ground,
            [(_at(m.way, t_s), _missile_text(m)) for m in flying],
            "missile in flight",
            {"size": 5, "color": SERIES[2]},
        ),
        _points(
            go,
            ground,
            [(_at(x.way, t_s), _target_text(x, t_s)) for x in _in_air(others, t_s)],
            "decoy or friendly",
            {"size": 6, "color": TRACK_COLOUR},
        ),
        _points(
            go,
            ground,
            [(_at(x.way, t_s), _target_text(x, t_s)) for x in _in_air(threats, t_s)],
            "threat",
            {"size": 7, "color": INK},
        ),
        _points(
            go,
            ground,
            [(x.way.xyz[-1], _end_text(x)) for x in ended["killed"]],
            "shot down",
            {"size": 7, "color": KILL_COLOUR, "symbol": "circle-open", "line": {"width": 1.5}},
        ),
        _points(
            go,
            ground,
            [(x.way.xyz[-1], _end_text(x)) for x in ended["leaked"]],
            "got through",
            {"size": 10, "color": LEAK_COLOUR, "symbol": "x"},
        ),
    ]


def _in_air(targets: Sequence[Target], t_s: float) -> list[Target]:
    return [x for x in targets if x.way.t_s[0] <= t_s < x.way.t_s[-1]]


def _points(
    go: Any,
    ground: Ground,
    things: Sequence[tuple[NDArray[Any], str]],
    name: str,
    marker: dict[str, Any],
) -> Any:
    x, y = ground.xy(np.array([place[:2] for place, _ in things]).reshape(-1, 2))
    return go.Scatter(
        x=x if len(x) else [None],
        y=y if len(y) else [None],
        mode="markers",
        name=name,
        marker=marker,
        text=[text for _, text in things],
        hovertemplate="%{text}" + HOVER,
    )


def _at(way: Way, t_s: float) -> NDArray[np.float64]:
    """Longitude, latitude, altitude at a time."""
    return np.array([np.interp(t_s, way.t_s, v) for v in (way.lon, way.lat, way.alt_m)])


def _target_text(target: Target, t_s: float) -> str:
    held = [site for site, begin, end in target.held if begin <= t_s < end]
    tracked = f"tracked by {', '.join(held)}" if held else "not tracked"
    return (
        f"{target.id} ({target.class_}, {target.side})<br>{_at(target.way, t_s)[2]:,.0f} m "
        f"above the sea, {tracked}"
    )


def _end_text(target: Target) -> str:
    words = {"killed": "shot down", "leaked": "got through"}
    return f"{target.id} ({target.class_})<br>{words[target.end]} at {target.way.t_s[-1]:.0f} s"


def _missile_text(missile: Missile) -> str:
    return f"{missile.type} of {missile.unit}<br>at {missile.target}"


def _add_controls(figure: Any, times: NDArray[np.float64]) -> None:
    still = {
        "mode": "immediate",
        "frame": {"duration": 0, "redraw": False},
        "transition": {"duration": 0},
    }
    play = {
        "frame": {"duration": FRAME_MS, "redraw": False},
        "fromcurrent": True,
        "transition": {"duration": 0},
    }
    figure.update_layout(
        sliders=[
            {
                "currentvalue": {"suffix": " s since the start of the raid", "font": {"size": 13}},
                "pad": {"t": 45},
                "len": 0.85,
                "x": 0.12,
                "steps": [
                    {"label": f"{t:g}", "method": "animate", "args": [[f"{t:g}"], still]}
                    for t in times
                ],
            }
        ],
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "x": 0.0,
                "y": 0.0,
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"t": 62},
                "showactive": False,
                "buttons": [
                    {"label": "▶", "method": "animate", "args": [None, play]},
                    {"label": "❚❚", "method": "animate", "args": [[None], still]},
                ],
            }
        ],
    )
