"""Counts over time agree with the kernel's own state, and with what a run reports at its end."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from raid_plans import raid, random_plan, run_to_end, variants
from skyshade.engagement import Runner
from skyshade.engagement._scalar_plan import (
    FREE,
    HIT,
    KILLED,
    LEAK,
    LEAKED,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_WASTED,
    OPEN,
    POST_LOST,
    RADAR_LOST,
    RELOADED,
    UNIT_LOST,
    Plan,
)
from skyshade.engagement.launch import run_log
from skyshade.engagement.losses import Losses
from skyshade.engagement.replay import place_of
from skyshade.engagement.timeline import LINES, counts_at, kill_places, places_of, unfold
from skyshade.terrain.geodesy import polar_from


def state_at(plan: Plan, time: float, run: int) -> list[int]:
    """`LINES` as the state has them in which a raid ends that is so long."""
    short = plan._replace(rules=plan.rules._replace(duration=time))
    st, _ = run_to_end(short, run)
    threat = ~plan.threats.no_engage
    in_air = threat & (st.outcome[0] == OPEN) & (st.start[0] <= time)
    spent = st.count[0, [N_HIT, N_MISSED, N_WASTED, N_LOST]].sum()
    return [
        int(in_air.sum()),
        int((in_air & (st.holders[0] > 0)).sum()),
        int((st.doing[0] != FREE).sum()),
        int(st.fired[0].sum() - spent),
        int(st.ready[0][st.unit_up[0] == 1].sum()),
        int((threat & (st.outcome[0] == LEAKED)).sum()),
    ]


def test_counts_are_the_state_of_the_kernel() -> None:
    """At any time the log's counts are the state in which a raid ends that is just so long.

    Small raids with all rules drawn at random; together they lose radars and units, and reload.
    """
    rng = np.random.default_rng(20)
    seen: set[int] = set()
    for k in range(150):
        plan = random_plan(rng)
        st, log = run_to_end(plan, k)
        seen |= set(log[:, 1].astype(int))
        end = min(float(plan.rules.duration), 160.0)
        times = np.sort(rng.uniform(0.0, end, 6))
        given: Any = SimpleNamespace(plan=plan, is_threat=~plan.threats.no_engage)
        counts = counts_at(given, log, st.start[0], times)
        for i, time in enumerate(times):
            assert counts[:, i].tolist() == state_at(plan, time, k), (k, time)
    assert {RADAR_LOST, UNIT_LOST, RELOADED, HIT, LEAK} <= seen


@pytest.mark.parametrize("rule", ["as it is", "losses", "losses, autonomous", "reload"])
def test_ends_as_the_run_says(rule: str) -> None:
    """Rounds, targets and losses of 40 replicates, from logs and from the arrays of the run."""
    n, seed = 40, 3
    case = raid("raid-60x4")
    case = dataclasses.replace(case, plan=variants(case.plan)[rule])
    lines, ends = unfold(case, seed, n, step_s=60.0)
    block = Runner(case, seed, 1).run(0, n)
    last = {name: values[:, -1] for name, values in lines.lines.items()}
    fired = block.fired.sum(axis=1)
    spent = block.count[:, [N_HIT, N_MISSED, N_WASTED, N_LOST]].sum(axis=1)
    assert (last["missiles_in_flight_n"] == fired - spent).all()
    assert (last["threats_in_air_n"] == (block.outcome == OPEN).sum(axis=1)).all()
    if rule == "as it is":
        assert (last["rounds_ready_n"] == lines.rounds_n - fired).all()
    for killed, outcome in ((True, KILLED), (False, LEAKED)):
        at = np.zeros_like(block.outcome, bool)
        own = ends.killed == killed
        at[ends.run[own], ends.target[own]] = True
        assert (at == (block.outcome == outcome)).all()
    order = ends.run, ends.target
    assert np.allclose(block.time_s[order], ends.time_s, rtol=1e-6)
    assert (block.unit[order] == ends.unit).all()

    losses = Losses(case)
    losses.add(block)
    logged = [run_log(case, seed, run)[0] for run in range(n)]
    of_part = {"radar": RADAR_LOST, "command post": POST_LOST, "fire unit": UNIT_LOST}
    for k, part in enumerate(losses.parts):
        ids = [u.id for u in case.units] if part.name == "fire unit" else [s.id for s in case.sites]
        found = [
            row[0]
            for log in logged
            for row in log
            if row[1] == of_part[part.name] and row[3] == ids.index(part.at)
        ]
        assert losses.lost[k] == len(found)
        assert losses.time_sum_s[k] == pytest.approx(sum(found), rel=1e-6)
    total = sum(np.isin(log[:, 1], list(of_part.values())).sum() for log in logged)
    assert losses.total == total and (total > 0 or rule not in ("losses", "losses, autonomous"))


def test_places_are_those_of_the_replay() -> None:
    case = raid("raid-60x4")
    _, ends = unfold(case, 1, 2)
    starts = [run_log(case, 1, run)[1] for run in range(2)]
    since = np.array(
        [t - starts[r][j] for r, j, t in zip(ends.run, ends.target, ends.time_s, strict=True)]
    )
    lon, lat, alt = places_of(case, ends.target.astype(np.int64), since)
    for k in range(0, len(since), 7):
        expected = place_of(case, int(ends.target[k]), since[k])
        assert (lon[k], lat[k], alt[k]) == pytest.approx(expected, rel=1e-9)
    k = int(np.nonzero(ends.killed)[0][0])
    site = case.sites[case.units[ends.unit[k]].site].position
    range_m = polar_from(site.lon, site.lat, ends.lon_deg[k : k + 1], ends.lat_deg[k : k + 1])[0]
    assert ends.range_m[k] == pytest.approx(float(range_m[0]))
    assert np.isnan(ends.range_m[~ends.killed]).all()
    rows = kill_places(case, ends)
    assert sum(r["kills"] for r in rows) == pytest.approx(ends.killed.sum() / 2)


def test_same_bytes_whoever_runs_it() -> None:
    """A replicate's counts depend on the seed and its number alone."""
    case = raid("raid-60x4")
    few, many = (unfold(case, 5, n)[0] for n in (2, 4))
    for name in LINES:
        assert (few.lines[name] == many.lines[name][:2]).all()
