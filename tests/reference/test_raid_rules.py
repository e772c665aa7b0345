"""Every rule of the kill chain, on and off, does what its description says.

Random replicates have fixed seeds; means are compared within five standard errors, a false alarm in
1.7 million each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from raid_plans import make_plan, run, run_to_end
from raid_scenarios import FIGHTER, compiled, site
from skyshade.engagement import Runner, Tally
from skyshade.engagement._scalar_plan import (
    CONFIRMED,
    DEPARTED,
    DROPPED,
    KILLED,
    LAUNCHED,
    LEAKED,
    N_CONFIRMED,
    N_DROPPED,
    N_REFUSED,
    RADAR_LOST,
    RELOADED,
)

HARDLY = 1e-9  # a kill probability that never comes true here; at 0 nobody would shoot
NEVER = np.inf


def close(sample: NDArray[Any], expected: float) -> None:
    error = np.std(sample, ddof=1) / math.sqrt(len(sample))
    assert abs(np.mean(sample) - expected) <= 5.0 * error, (np.mean(sample), expected, error)


def times(plan: Any, entry: int, target: int | None = None, **which: int) -> list[float]:
    """When entries of that kind stand in the log of a replicate."""
    _, log = run_to_end(plan, **which)
    mine = (log[:, 1] == entry) & ((log[:, 2] == target) | (target is None))
    return [float(time) for time in log[mine, 0]]


# What is seen


def test_detection() -> None:
    """Certain: confirmed on the second scan in range, whoever it is. Statistical: it depends."""
    late = {}
    for detection in ("certain", "statistical"):
        plan = compiled(
            FIGHTER | {"distance": "400 km"},
            sites=[site(max_range="1000 km")],
            rules={"detection": detection},
        ).plan
        period, opens = plan.sight.period[0], plan.sight.first_s[0, 0]
        confirmed = np.array([times(plan, CONFIRMED, run=k)[0] for k in range(100)])
        late[detection] = (confirmed - opens) / period
    assert (late["certain"] >= 1.0 - 1e-9).all() and (late["certain"] <= 2.0 + 1e-9).all()
    assert late["statistical"].max() > 2.0  # where it begins to be seen at all, mostly it is not


def test_masking() -> None:
    """A low flier appears at the horizon, which does not exist without masking.

    sqrt(2 R') (sqrt(a) + sqrt(h)) with R' = 4/3 of the Earth's radius: 49.3 km for antenna and
    target 24 m and 50 m up; the ellipsoid's curvature at 20 N eastward is within 0.3 % of that.
    """
    low = FIGHTER | {"altitude": "50 m msl", "distance": "100 km"}
    horizon = math.sqrt(2 * 4 / 3 * 6.371e6) * (math.sqrt(24.0) + math.sqrt(50.0))
    masked, free = (compiled(low, rules={"masking": m}).plan for m in ("terrain", "none"))
    sees = 100e3 - masked.sight.first_s[0, 0] * 250.0
    assert abs(sees - horizon) < 600.0
    assert free.sight.first_s[0, 0] == 0.0  # 100 km is well within this radar's range
    assert np.isinf(masked.fire.flight[0, 0, 0]) and np.isfinite(free.fire.flight[0, 0, 0])


@pytest.mark.parametrize(("confirm", "looks"), [((1, 1), 1), ((2, 3), 2), ((3, 3), 3)])
def test_confirmation(confirm: tuple[int, int], looks: int) -> None:
    """With certain detection the m-th look confirms: half a period and m - 1 whole ones."""
    plan = make_plan(in_view=np.arange(301) >= 40, confirm=confirm, period=6.0, flight=10.0)
    close(run(plan, 10_000).when[:, 0], 40.0 + (looks - 0.5) * 6.0 + 10.0)


def test_confirmation_by_chance() -> None:
    """One of one with probability p: a geometric number of looks, 1 / p on average."""
    plan = make_plan(steps=3000, confirm=(1, 1), p_detect=0.25, period=2.0, flight=10.0)
    close(run(plan, 10_000).when[:, 0], (1 / 0.25 - 0.5) * 2.0 + 10.0)


def test_coast() -> None:
    """Hidden for ten scans: a track that coasts for three of them is dropped, then made anew."""
    places = np.arange(301)
    hidden: dict[str, Any] = {"in_view": (places <= 50) | (places > 60), "flight": NEVER}
    dropped = make_plan(**hidden, coast=3)
    phase = times(dropped, CONFIRMED)[0]
    assert times(dropped, DROPPED) == [pytest.approx(51.0 + phase + 3.0)]  # the fourth miss
    assert times(dropped, CONFIRMED) == pytest.approx([phase, 61.0 + phase])
    kept = run(make_plan(**hidden, coast=10), 5)
    assert (kept.count[:, N_DROPPED] == 0).all() and (kept.count[:, N_CONFIRMED] == 1).all()


def test_a_target_whose_track_is_lost_is_not_engaged() -> None:
    """In view to 50 s, within reach from 100 s on: it gets no missile, although it was tracked."""
    places = np.arange(301)
    flight = np.where(places >= 100, 10.0, NEVER)
    lost = run(make_plan(in_view=places <= 50, flight=flight, coast=0), 5)
    assert (lost.count[:, N_DROPPED] == 1).all()
    assert (lost.fired == 0).all() and (lost.outcome == LEAKED).all()
    held = run(make_plan(flight=flight, coast=0), 5)
    assert (held.fired == 1).all() and (held.outcome == KILLED).all()


@pytest.mark.parametrize(("p", "coast"), [(0.5, 2), (0.3, 0), (0.6, 3)])
def test_coast_by_chance(p: float, coast: int) -> None:
    """A track lives until r = coast + 1 misses in a row: (1 - q^r) / (p q^r) scans, q = 1 - p.

    W. Feller, An introduction to probability theory and its applications I, 1968, XIII.7.
    """
    q, r = 1.0 - p, coast + 1
    plan = make_plan(p_detect=p, coast=coast, flight=NEVER, steps=2000)
    lives = [times(plan, DROPPED, run=k)[0] - times(plan, CONFIRMED, run=k)[0] for k in range(2000)]
    close(np.array(lives), (1.0 - q**r) / (p * q**r))


def test_scans_left_out_change_nothing() -> None:
    """With a table of noise, even of none, every scan of a track is worked out in its turn."""
    plan = make_plan(3, p_detect=0.6, coast=2, confirm=(2, 3), flight=NEVER)
    quiet = plan._replace(sight=plan.sight._replace(noise=np.zeros_like(plan.sight.gain)))
    for number in range(20):
        few, all_ = (run_to_end(p, number)[1] for p in (plan, quiet))
        assert (few[:, 1] == DROPPED).any()
        np.testing.assert_array_equal(few, all_)


def test_track_capacity() -> None:
    plan = make_plan(5, tracks=2, flight=NEVER, steps=50)
    done = run(plan, 5)
    assert (done.count[:, N_CONFIRMED] == 2).all() and (done.count[:, N_REFUSED] > 0).all()
    assert (run(make_plan(5, flight=NEVER, steps=50), 5).count[:, N_REFUSED] == 0).all()


def test_self_screening_jammer() -> None:
    """It takes ln(1 + J/N) off the signal, with J/N falling by the square of distance."""
    jammer = {"kind": "self-screening", "jn": 5.0, "at": "100 km"}
    clean, jammed = (compiled(FIGHTER | extra).plan.sight for extra in ({}, {"jammer": jammer}))
    seen = np.isfinite(clean.gain[0])
    distance = 200e3 - np.arange(len(seen)) * 250.0
    expected = np.log1p(5.0 * (100e3 / np.maximum(distance, 1.0)) ** 2)
    np.testing.assert_allclose(
        clean.gain[0, seen] - jammed.gain[0, seen], expected[seen], atol=1e-4
    )
    assert jammed.noise.size == 0


def test_stand_off_jammer_hides_others_until_it_dies() -> None:
    """J/N e^10 in the side lobes swallows target 1; the jammer, shot at 60 s, is hit at 70 s."""
    alone = np.full((2, 301), NEVER)
    alone[0, 60] = 10.0
    noise = np.stack([np.full(301, math.exp(10.0)), np.zeros(301)])
    hidden = make_plan(2, jams=[True, False], noise=noise, flight=alone, steps=300)
    assert times(hidden, CONFIRMED, 0)[0] < 1.0
    assert 70.0 < times(hidden, CONFIRMED, 1)[0] < 71.1
    on = hidden._replace(threats=hidden.threats._replace(no_engage=np.array([True, False])))
    assert times(on, CONFIRMED, 1) == []
    off = hidden._replace(threats=hidden.threats._replace(jams=np.array([False, False])))
    assert times(off, CONFIRMED, 1)[0] < 1.0


# Who is engaged, and by whom


@pytest.mark.parametrize(
    ("ranking", "first"), [("value-and-time", 0), ("value", 0), ("time", 1), ("none", 0)]
)
def test_ranking(ranking: str, first: int) -> None:
    """One round. Target 0 is worth five of target 1, which is nearer to its end.

    Both come in view at 80 s, with 250 s and 220 s to go: 5/250 beats 1/220.
    """
    rules = compiled(rules={"ranking": ranking}).plan.rules
    places = np.arange(301)
    plan = make_plan(
        2,
        delay=[30.0, 0.0],
        in_view=np.stack([places >= 50, places >= 80]),
        weight=[5.0, 1.0],
        by_time=rules.by_time,
        by_value=rules.by_value,
        period=1e-3,
    )
    assert run(plan, 1).outcome[0].tolist() == ([1, 2] if first == 0 else [2, 1])


def test_coordination() -> None:
    """Two sites that do not talk both shoot at a lone target; under one command one does."""
    near = [site(), site("other", 75.1)]
    for coordination, fired in (("central", 1), ("autonomous", 2)):
        raid = compiled(sites=near, rules={"coordination": coordination})
        block = Runner(raid, 1, 1).run(0, 20)
        assert (block.fired.sum(axis=1) == fired).all() and (block.outcome == KILLED).all()


def test_cueing() -> None:
    """A silent site shoots on its neighbour's track, if it gets it."""
    sites = [site(), site("neighbour", 75.3)]
    arms = {"site": {"emission": "silent"}, "neighbour": {"load": {"48N6E3": 0}}}
    for cueing, outcome in ((True, KILLED), (False, LEAKED)):
        raid = compiled(sites=sites, arms=arms, rules={"cueing": cueing})
        assert (Runner(raid, 1, 1).run(0, 20).outcome == outcome).all()


@pytest.mark.parametrize(("bearing", "outcome"), [("90 deg", KILLED), ("270 deg", LEAKED)])
def test_engagement_sector(bearing: str, outcome: int) -> None:
    sector = {"load": {"48N6E3": 8}, "engagement_sector": ["10 deg", "170 deg"]}
    raid = compiled(FIGHTER | {"bearing": bearing}, defence=sector)
    assert (Runner(raid, 1, 1).run(0, 10).outcome == outcome).all()


def test_friendly_traffic_is_left_alone() -> None:
    path = [{"lon": 76.0, "lat": 20.2}, {"lon": 74.0, "lat": 20.2}]
    group = {"id": "liner", "target": "fighter", "path": path, "altitude": "10 km msl"}
    for friendly, outcome in ((True, DEPARTED), (False, KILLED)):
        block = Runner(compiled(group | {"friendly": friendly}), 1, 1).run(0, 10)
        assert (block.outcome == outcome).all() and (block.fired.sum() == 0) == friendly


def test_what_may_not_be_engaged_is_tracked_and_gets_no_missile() -> None:
    """Whatever it is worth: friendly traffic of a scenario is worth nothing as well."""
    for no_engage, fired in ((True, 0), (False, 1)):
        done = run(make_plan(no_engage=no_engage), 5)
        assert (done.count[:, N_CONFIRMED] > 0).all() and (done.fired == fired).all()


# Launching


def test_guided_at_once() -> None:
    """Two channels, but one missile guided at a time: the second leaves when the first has met."""
    both = make_plan(2, channels=2, load=2, launchers=2)
    assert np.ptp(times(both, LAUNCHED)) == 0.0
    assert (
        10.0
        <= np.ptp(
            times(both._replace(fire=both.fire._replace(guidance_channels=np.array([1]))), LAUNCHED)
        )
        <= 11.0
    )


@pytest.mark.parametrize(("launchers", "apart"), [(1, [7, 7, 7]), (2, [0, 7, 0]), (4, [0, 0, 0])])
def test_launch_interval(launchers: int, apart: list[float]) -> None:
    plan = make_plan(4, channels=4, load=4, launchers=launchers, interval=7.0)
    assert np.diff(times(plan, LAUNCHED)).tolist() == pytest.approx(apart)


def test_salvo_and_shots() -> None:
    """Salvos of two, three shots an engagement: 2, look, 1, look, then the target is assigned anew.

    Reaction 9 s, flight 10 s, assessment 4 s.
    """
    plan = make_plan(
        salvo=2, shots_max=3, p_kill=HARDLY, load=6, launchers=2, reaction=9.0, assessment=4.0
    )
    assert np.diff(times(plan, LAUNCHED)).tolist() == pytest.approx([0, 14, 23, 0, 14])


def test_each_shot_has_a_draw_of_its_own() -> None:
    """Shot by shot at one target, a hit may follow a miss. Else all shots miss or the first hits.

    That none of 100 replicates kills with the second to eighth shot happens once in 10^30.
    """
    done = run(make_plan(load=8, p_kill=0.5, assessment=1.0), 100)
    later = (done.outcome[:, 0] == KILLED) & (done.fired[:, 0] > 1)
    assert 0 < later.sum() < 100


@pytest.mark.parametrize(("again", "apart"), [(True, 14.0), (False, 23.0)])
def test_re_engagement(again: bool, apart: float) -> None:
    """At once by the same channel, or after another assignment and reaction."""
    plan = make_plan(engage_again=again, p_kill=HARDLY, load=3, reaction=9.0, assessment=4.0)
    assert np.diff(times(plan, LAUNCHED)).tolist() == pytest.approx([apart, apart])


def test_reload() -> None:
    """A launcher of one round goes when it is empty, and its next round leaves as it is back."""
    stocked: dict[str, Any] = {"load": 1, "stores": 2, "tubes": 1, "p_kill": HARDLY}
    launches = times(make_plan(**stocked, reload=40.0), LAUNCHED)
    assert np.diff(launches).tolist() == pytest.approx([40.0, 40.0])
    assert len(times(make_plan(**stocked), LAUNCHED)) == 1


def test_reload_of_launchers_in_part() -> None:
    """Three rounds of four: gone when all three are, back with four, then with what is left."""
    plan = make_plan(
        steps=2000, load=3, stores=6, tubes=4, p_kill=HARDLY, reload=100.0, assessment=1.0
    )
    _, log = run_to_end(plan)
    back = log[log[:, 1] == RELOADED]
    assert back[:, 5].tolist() == [4.0, 2.0]
    assert (log[:, 1] == LAUNCHED).sum() == 9


@pytest.mark.parametrize("central", [True, False])
def test_a_missile_that_is_not_loaded_holds_nobody_up(central: bool) -> None:
    """The long-range missile would reach at once, but only the short-range one is there."""
    flights = np.full((1, 2, 1, 301), 10.0)
    flights[0, 0, 0, :100] = NEVER
    plan = make_plan(flight=flights, p_kill=[[1.0], [1.0]], load=[[4, 0]], central=central)
    launch = times(plan, LAUNCHED)
    assert len(launch) == 1 and 100.0 <= launch[0] <= 105.0


def test_targets_that_start_at_any_time_are_engaged_when_in_reach() -> None:
    """To a microsecond, for starts and reaction times that are no round numbers."""
    flights = np.where(np.arange(301) >= 50, 10.0, NEVER)
    done = run(make_plan(gap=20.0, flight=flights, reaction=3.3), 2000)
    assert (done.outcome == KILLED).all()
    for number in range(20):
        state, log = run_to_end(make_plan(gap=20.0, flight=flights, reaction=3.3), number)
        launch = log[log[:, 1] == LAUNCHED, 0]
        assert launch - state.start[0] == pytest.approx(50.0, abs=2e-6)


def test_kill_probability() -> None:
    for p, outcome, fired in ((1.0, KILLED, 1), (0.0, LEAKED, 0)):
        block = Runner(compiled(rules={"kill_probability": {"all": p}}), 1, 1).run(0, 10)
        assert (block.outcome == outcome).all() and (block.fired.sum(axis=1) == fired).all()
    given = {"all": {"fighter": 0.25}, "48N6E3": {"bomber": 0.1}}
    plan = compiled(rules={"kill_probability": given}).plan
    assert plan.fire.p_kill[0].tolist() == [0.25]


# Losses, decoys, arrivals


def test_losses() -> None:
    """A cruise missile that nobody can stop takes the radar; the fighter behind it is not seen."""
    first = {
        "id": "cruise",
        "target": "subsonic-cruise-missile",
        "aim": {"site": "site", "part": "radar"},
        "bearing": "0 deg",
        "distance": "40 km",
    }
    only_fighters = {"all": {"subsonic-cruise-missile": 0.0, "fighter": 1.0}}
    late = FIGHTER | {"arrival": {"start": "5 min"}}
    for losses, outcome in ((True, LEAKED), (False, KILLED)):
        raid = compiled(first, late, rules={"losses": losses, "kill_probability": only_fighters})
        block = Runner(raid, 1, 1).run(0, 10)
        assert (block.outcome[:, 0] == LEAKED).all() and (block.outcome[:, 1] == outcome).all()
        assert len(times(raid.plan, RADAR_LOST)) == losses


def test_decoys_draw_fire_and_do_not_count() -> None:
    decoy = FIGHTER | {"id": "decoy", "decoy": True, "count": 3}
    raid = compiled(decoy, FIGHTER | {"id": "real"}, defence={"load": {"48N6E3": 3}})
    tally = Tally(raid)
    tally.add(Runner(raid, 1, 1).run(0, 50))
    found = tally.as_dict()
    assert found["outcomes"]["all"]["targets"] == 1
    assert found["outcomes"]["group decoy"]["targets"] == 3
    assert found["rounds_fired"]["48N6E3"]["mean"] == 3.0  # four look alike, three are shot at
    assert sum(found["leakers"]["histogram"]) == 50 and len(found["leakers"]["histogram"]) == 2


def ends(group: dict[str, Any], replicates: int) -> NDArray[np.float64]:
    """When each of the group gets through, nobody shooting, less the first one's flight."""
    raid = compiled(FIGHTER | group, rules={"kill_probability": {"all": 0.0}}, duration="2 h")
    block = Runner(raid, 1, 1).run(0, replicates)
    return block.time_s.astype(float) - float(raid.plan.threats.steps[0])


def test_arrivals() -> None:
    """Within the rounding of single precision, 1e-4 s here."""
    start = {"count": 4, "arrival": {"start": "1 min"}}
    assert ends(start, 1)[0] == pytest.approx([60.0] * 4, abs=1e-3)
    stream = {"count": 4, "arrival": {"process": "stream", "interval": "10 s", "start": "1 min"}}
    assert ends(stream, 1)[0] == pytest.approx([60.0, 70.0, 80.0, 90.0], abs=1e-3)
    waves = {"count": 5, "arrival": {"process": "waves", "waves": 2, "interval": "1 min"}}
    assert ends(waves, 1)[0] == pytest.approx([0.0, 0.0, 0.0, 60.0, 60.0], abs=1e-3)


def test_poisson_arrivals() -> None:
    """Exponential gaps: mean and standard deviation are the interval, and gaps are independent."""
    found = ends({"count": 20, "arrival": {"process": "poisson", "interval": "10 s"}}, 2000)
    assert (np.diff(found) > -1e-3).all()
    gaps = np.diff(found).ravel()
    close(gaps, 10.0)
    close((gaps - 10.0) ** 2, 100.0)
    left, right = np.diff(found)[:, :-1].ravel(), np.diff(found)[:, 1:].ravel()
    close((left - 10.0) * (right - 10.0), 0.0)


# Workers


@pytest.mark.parametrize("workers", [2, 3])
def test_same_bytes_for_any_number_of_workers_and_any_blocks(workers: int) -> None:
    groups = [FIGHTER | {"count": 6, "arrival": {"process": "poisson", "interval": "9 s"}}]
    raid = compiled(*groups, rules={"kill_probability": {"all": 0.6}})
    whole = Runner(raid, 9, 1).run(0, 60)
    assert len(np.unique(whole.outcome.sum(axis=1))) > 1
    runner = Runner(raid, 9, workers)
    parts = [runner.run(first, n) for first, n in ((0, 1), (1, 22), (23, 37))]
    for i, expected in enumerate(whole.arrays):
        found = np.concatenate([p.arrays[i] for p in parts])
        assert found.tobytes() == expected.tobytes()
    assert runner.run(30, 5).time_s.tobytes() == whole.time_s[30:35].tobytes()
    assert Runner(raid, 10, 1).run(0, 60).time_s.tobytes() != whole.time_s.tobytes()
