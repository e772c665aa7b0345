"""One truth about what a fire unit can do: reach, engageable airspace and raids give one answer.

Every missile of every system is asked about every target class on a grid of ranges and altitudes,
on both sides of each published limit, over ground 500 m above the sea, so that a limit above ground
cannot pass for one above the sea. Each room is asked through the kernel that its products run on.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from raid_plans import raid
from raid_scenarios import compiled, site
from skyshade.catalogue import load_catalogue
from skyshade.coverage.model import SiteSpec
from skyshade.defender.policies import RandomPolicy
from skyshade.defender.post import CommandPost
from skyshade.engagement import CompiledRaid, run_log
from skyshade.engagement._cpu import make_scratch
from skyshade.engagement._scalar_plan import (
    ASSIGNED,
    CONFIRMED,
    HIT,
    LAUNCHED,
    LEAKED,
    MISSED,
    N_LOG,
)
from skyshade.engagement.launch import Runner
from skyshade.errors import InputError
from skyshade.fireunit._cpu import PathLimits, PlacesOnPaths, launch_tables
from skyshade.fireunit.conformance import check_system
from skyshade.fireunit.limits import limits, range_max_m
from skyshade.fireunit.load import fire_unit, load_fire_unit, missile_names
from skyshade.fireunit.missiles import altitudes_reached
from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.signal import looks_of
from skyshade.radar.load import load_target, target_classes
from skyshade.radar.model import Target
from skyshade.reach._cpu import FIRST, TRACK, PathRows, reach_paths
from skyshade.reach.engageable import SiteEngageable
from skyshade.reach.inbound import draw_force, draw_samples, radars_of
from skyshade.reach.scenario import reach_scenario
from skyshade.scenario.load import load_scenario
from skyshade.terrain.geodesy import geod, polar_from
from skyshade.terrain.model import Altitude, Antenna

GROUND_M = 500.0
BOUNDS_KM = (3, 5, 40, 60, 120, 150, 200, 250, 380)  # of some missile against some target
RANGES_M = 1e3 * np.array([1, 4, 20, *(km + side for km in BOUNDS_KM for side in (-0.1, 0.1))])
ALTITUDES_AGL_M = np.array([0.0, 4.9, 5.1, 9.9, 10.1, 30.0, 600.0, 9_000.0, 25e3, 26.6e3, 29.6e3])
TARGETS = target_classes()
WAIT = (
    800  # places, a second apart, that a target hovers: longer than a flight and a stride of reach
)
SURE = 1e3  # ln(snr) of what every radar sees


def is_modelled(system: str) -> bool:
    """Whether the catalogue has the radars and figures that a fire unit of the system needs."""
    try:
        check_system(load_catalogue(), system)
    except InputError:
        return False
    return True


SYSTEMS = [e.id for e in load_catalogue().entries.values() if e.kind == "system"]
MISSILES = [
    (system, missile)
    for system in SYSTEMS
    if is_modelled(system)
    for missile in missile_names(system, load_catalogue())
]


@functools.cache
def unit_of(system: str) -> FireUnit:
    """A fire unit of the system, with all its missiles."""
    return load_fire_unit(SiteSpec("unit", "Unit", Antenna(75.0, 20.0, 24.0), 600e3), system=system)


def with_one(missile: str, system: str = "s-400") -> FireUnit:
    """A fire unit of the system with this missile alone."""
    unit = unit_of(system)
    (family,) = (f for f in unit.missiles if f.missile.id == missile)
    return dataclasses.replace(unit, missiles=(family,))


class Grid(NamedTuple):
    """Ground range, altitude above the sea and above ground of every place asked about (m)."""

    dist_m: NDArray[np.float32]
    alt_m: NDArray[np.float32]
    agl_m: NDArray[np.float32]


def grid_for(unit: FireUnit) -> Grid:
    """Both sides of each limit of the unit's one missile, and places well inside and outside.

    The S-400's missiles are asked on one fine grid; it holds the limits of them all.
    """
    ranges_m, altitudes_m = RANGES_M, ALTITUDES_AGL_M
    missile = unit.missiles[0].missile
    if missile.id not in missile_names("s-400", load_catalogue()):
        nearest, longest, low, top, _ = limits(missile)
        rims = {nearest, longest, *(range_max_m(missile, target) for target in TARGETS)}
        middle = np.linspace(nearest, longest, 5)[1:-1]
        ranges_m = np.array(
            [*(m + side for m in sorted(rims) for side in (-100.0, 100.0)), *middle]
        )
        heights = [0.0, *(low + side for side in (-0.1, 0.1)), 600.0, 0.5 * top]
        altitudes_m = np.array([*heights, *(top - GROUND_M + side for side in (-100.0, 100.0))])
    dist, agl = (a.ravel() for a in np.meshgrid(ranges_m, altitudes_m))
    return Grid(*(a.astype(np.float32) for a in (dist, agl + GROUND_M, agl)))


def asked_of_engageable(unit: FireUnit, target: Target) -> NDArray[np.bool_]:
    """Whether the map calls the places engageable, line of sight and echo apart."""
    view: Any = SiteEngageable(unit, site=None, coverage=None)  # type: ignore[arg-type]
    return np.asarray(view._reached(target, *grid_for(unit)))


def asked_of_raid(unit: FireUnit, target: Target) -> NDArray[np.float64]:
    """Time of flight (s) at a target that hovers at each place, from the raid's launch tables."""
    dist, alt, agl = (np.repeat(a, WAIT).astype(float) for a in grid_for(unit))
    n = len(dist) // WAIT
    flight = np.empty((1, n * WAIT), np.float32)
    launch_tables(
        PlacesOnPaths(
            dist, alt, agl, np.full(n * WAIT, target.speed_mps), dist > 0, np.full(n * WAIT, SURE)
        ),
        PathLimits(
            np.arange(n + 1) * WAIT,
            np.zeros(n),
            0.0,
            np.full((n, 1), range_max_m(unit.missiles[0].missile, target)),
        ),
        unit.tables,
        1.0,
        flight,
        np.empty(n * WAIT, np.float32),
    )
    return flight[0, 2::WAIT].astype(float)  # after the edge of the path, before which nothing is


def asked_of_reach(unit: FireUnit, target: Target) -> NDArray[np.float64]:
    """The same from the kernel of reach along paths; +inf where it finds no intercept."""
    dist, alt, agl = (np.repeat(a[:, None], WAIT, axis=1) for a in grid_for(unit))
    need = np.zeros((3, *dist.shape), np.float32)
    strong = np.full(dist.shape, SURE, np.float32)
    step = target.speed_mps  # a point a second
    until = np.full(len(dist), WAIT - 1)
    samples = draw_samples(unit, 0, (target,), draw_force([unit], 0))
    samples = samples._replace(height_a=np.zeros(1), height_e=np.zeros(1))
    found = np.empty((5, 1, len(dist)))
    reach_paths(
        PathRows(dist, alt, agl, need, need, strong, strong, step, until),
        radars_of(unit, 1, step),
        looks_of(unit.acquisition),
        samples,
        0,
        unit.tables,
        found,
    )
    ready = found[TRACK, 0] + samples.react[0]
    return np.where(found[FIRST, 0] >= 0, found[FIRST, 0] - ready, math.inf)


def test_no_system_is_left_out() -> None:
    """All but THAAD, whose missiles meet targets above the atmosphere that the model knows."""
    assert set(SYSTEMS) - {system for system, _ in MISSILES} == {"thaad"}
    assert len(MISSILES) > 19


@pytest.mark.parametrize(("system", "missile"), MISSILES)
def test_three_rooms_give_one_answer(system: str, missile: str) -> None:
    """The same yes or no, and the same time of flight to one step of a second."""
    unit = with_one(missile, system)
    dist, alt, agl = grid_for(unit)
    yes = 0
    for target in TARGETS:
        allowed = limits(unit.missiles[0].missile, target)
        engageable = asked_of_engageable(unit, target)
        flights = asked_of_raid(unit, target)
        reached = asked_of_reach(unit, target)
        assert (np.isfinite(flights) == engageable).all(), target.id
        assert (np.isfinite(reached) == engageable).all(), target.id
        late = flights[engageable] - reached[engageable]
        assert (np.abs(late) <= 2.0).all(), target.id  # both are to whole points
        inside = [
            allowed.allow(float(d), float(h), float(a), target.speed_mps)
            for d, h, a in zip(dist, alt, agl, strict=True)
        ]
        assert not (engageable & ~np.array(inside)).any(), target.id  # never beyond a limit
        yes += int(engageable.sum())
    assert yes > len(dist) / 3


@pytest.mark.parametrize(("system", "missile"), MISSILES)
def test_altitudes_reached_are_where_there_is_a_time_of_flight(system: str, missile: str) -> None:
    """The span of altitudes on the map holds the places of the grid that the kernel reaches."""
    unit = with_one(missile, system)
    dist, alt, agl = grid_for(unit)
    yes = 0
    for target in TARGETS:
        spans = list(altitudes_reached(unit.missiles, target, dist, alt - agl))
        inside = np.zeros(len(dist), bool)
        for low, high in spans:
            inside |= (low <= alt) & (alt <= high)
        assert (inside == asked_of_engageable(unit, target)).all(), target.id
        yes += int(inside.sum())
    assert yes > len(dist) / 3


def test_the_limits_are_those_published() -> None:
    """By hand from the catalogue: range, ballistic range, altitude above ground, target speed."""
    by_id = {f.missile.id: f.missile for f in unit_of("s-400").missiles}
    fighter, ballistic = load_target("fighter"), load_target("short-range-ballistic-missile")
    assert limits(by_id["48N6E3"], fighter) == (3e3, 250e3, 10.0, 27e3, 4800.0)
    assert limits(by_id["48N6E3"], ballistic).range_max_m == 60e3
    assert limits(by_id["40N6E"], ballistic).range_max_m == 60e3  # its system's: it has none
    assert (
        limits(by_id["9M96E"], fighter).range_max_m == limits(by_id["9M96E"], ballistic)[1] == 40e3
    )
    assert limits(by_id["48N6E2"], fighter).target_speed_max_mps == 2800.0


@pytest.mark.parametrize(
    ("dist_m", "agl_m", "target", "yes"),
    [
        (50e3, 11.0, "fighter", True),
        (50e3, 9.0, "fighter", False),  # 509 m above the sea, and still too low
        (61e3, 9e3, "short-range-ballistic-missile", False),
        (59e3, 9e3, "short-range-ballistic-missile", True),
        (61e3, 9e3, "fighter", True),
        (249e3, 9e3, "fighter", True),
        (251e3, 9e3, "fighter", False),
        (100e3, 26.6e3, "fighter", False),  # 27.1 km above the sea
        (100e3, 26.4e3, "fighter", True),
    ],
)
def test_each_limit_has_two_sides(dist_m: float, agl_m: float, target: str, yes: bool) -> None:
    """The 48N6E3's limits, one by one: 10 m above ground, 27 km above the sea, 60 and 250 km."""
    unit = with_one("48N6E3")
    view: Any = SiteEngageable(unit, site=None, coverage=None)  # type: ignore[arg-type]
    place = (np.array([v], np.float32) for v in (dist_m, agl_m + GROUND_M, agl_m))
    assert view._reached(load_target(target), *place).tolist() == [yes]


def launches(plan: CompiledRaid, seed: int, run: int) -> list[tuple[float, float]]:
    """(time from launch to intercept, time of flight of the table there) of each launch (s)."""
    log, starts = run_log(plan, seed, run)
    return compare(plan, log, starts)


def compare(
    plan: CompiledRaid, log: NDArray[np.float64], starts: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """The same for a log."""
    units = {s.id: fire_unit(s) for s in plan.scenario.sites}
    found = []
    for time, entry, j, u, m, meets in log:
        if entry != LAUNCHED:
            continue
        path = plan.paths[plan.path_of[int(j)]]
        x, k = (meets - starts[int(j)]) / plan.raid.step_s, np.arange(len(path.lon))
        lon, lat, alt = (np.interp(x, k, v) for v in (path.lon, path.lat, path.alt_m))
        here = plan.sites[plan.units[int(u)].site]
        d = geod().inv(lon, lat, here.position.lon, here.position.lat)[2]
        family = next(f for f in units[here.id].missiles if f.missile.id == plan.missiles[int(m)])
        found.append((meets - time, float(table_time(family.time_s[1], d, alt))))
    return found


def table_time(time_s: NDArray[np.float32], dist_m: float, alt_m: float) -> float:
    """Bilinear in the fly-out table, by hand: 1 km by 250 m."""
    x, y = dist_m / 1000.0, max(alt_m, 0.0) / 250.0
    i, j = int(y), int(x)
    v, u = y - i, x - j
    corners = time_s[i : i + 2, j : j + 2].astype(float)
    weights = np.outer([1 - v, v], [1 - u, u])
    return float((weights * np.where(weights > 1e-9, corners, 0.0)).sum())


@pytest.mark.parametrize(
    "name", ["raid-8x24", "raid-60x4", "saturation", "ballistic", "five-days", "india-s400"]
)
def test_no_missile_loiters(name: str) -> None:
    """From launch to intercept passes what the fly-out table says at the meeting, to one step."""
    plan = raid(name)
    flown = [pair for run in range(8) for pair in launches(plan, 7, run)]
    assert len(flown) > 40
    late = np.array([taken - table for taken, table in flown])
    assert np.abs(late).max() <= plan.raid.step_s


def test_nor_under_another_policy() -> None:
    """The defender's environment launches from the same table."""
    plan = raid("raid-8x24")
    post = CommandPost(plan)
    post._scratch = make_scratch(plan.plan, 1, 4096)
    goes_on = post.begin(3, 0)
    policy = RandomPolicy(1)
    while goes_on:
        goes_on = post.move(
            policy(post.snapshot(), {"action_mask": post.mask.copy(), "rule_action": 0})
        )
    n = int(post._scratch.count[0, N_LOG])
    flown = compare(plan, post._scratch.log[0, :n], post._scratch.start[0])
    assert len(flown) > 10
    assert max(abs(taken - table) for taken, table in flown) <= plan.raid.step_s


def far_and_near(far: int) -> CompiledRaid:
    """One fire unit with six channels: cruise missiles near it, and fighters far outside."""
    near = {
        "id": "near",
        "target": "subsonic-cruise-missile",
        "count": 10,
        "aim": {"site": "site"},
        "bearing": "0 deg",
        "distance": "70 km",
        "altitude": "3 km msl",
    }
    fighters = {
        "id": "far",
        "target": "fighter",
        "count": max(far, 1),
        "aim": {"site": "site"},
        "bearing": "90 deg",
        "distance": "440 km",
        "altitude": "10 km msl",
        "friendly": False,
    }
    return compiled(
        *([fighters] if far else []),
        near,
        sites=[site(max_range="500 km")],
        defence={"load": {"48N6E3": 32}, "channels": 6},
        rules={"kill_probability": {"all": 1.0}},
    )


def test_a_target_far_outside_holds_no_channel() -> None:
    """Ten cruise missiles fare the same with and without six fighters on their way, 440 km off."""
    through = []
    for far in (0, 6):
        plan = far_and_near(far)
        block = Runner(plan, seed=5).run(0, 200)
        near = np.array([g.id == "near" for g in plan.groups])
        through.append((block.outcome[:, near] == LEAKED).mean())
    assert through[0] < 0.5
    assert through[1] == pytest.approx(through[0], abs=0.02)


def alike(first: str, **more: Any) -> CompiledRaid:
    """Eight threats and twelve decoys that differ in nothing, one of the groups written first."""
    groups = [
        {
            "id": name,
            "target": "fighter",
            "count": count,
            "aim": {"site": "site"},
            "bearing": "90 deg",
            "distance": "200 km",
            "altitude": "10 km msl",
            "decoy": name == "decoys",
        }
        for name, count in (("threats", 8), ("decoys", 12))
    ]
    defence = {"load": {"48N6E3": 8}, "channels": 20, "tracks": 20} | more.pop("defence", {})
    rules = {"kill_probability": {"all": 0.8}, "max_shots": 1, "re_engage": False}
    return compiled(
        *(groups if first == "threats" else groups[::-1]),
        sites=[site(max_range="300 km")],
        defence=defence,
        rules=rules | more,
    )


def test_equal_targets_are_shot_at_by_lot() -> None:
    """Eight rounds for 8 threats among 20 alike: each is shot at with probability 0.4.

    1 - 0.4 x 0.8 = 68 % get through whichever group the file names first; the tolerance is five
    standard errors of a mean over 2,000 replicates, a false alarm in two million.
    """
    for first in ("threats", "decoys"):
        plan = alike(first)
        block = Runner(plan, seed=11).run(0, 2000)
        share = (block.outcome[:, plan.is_threat] == LEAKED).mean(axis=1)
        assert abs(share.mean() - 0.68) < 5 * share.std() / math.sqrt(len(share))


def test_equal_targets_are_tracked_by_lot() -> None:
    """A radar with room for 8 tracks takes 8 of 20 alike: 3.2 threats in the mean, by either file.

    Hypergeometric, standard deviation 1.10; five standard errors of a mean over 300 replicates.
    """
    for first in ("threats", "decoys"):
        plan = alike(first, defence={"tracks": 8}, detection="certain")
        taken = []
        for run in range(300):
            log, _ = run_log(plan, 11, run)
            rows = log[log[:, 1] == CONFIRMED][:8]
            taken.append(int(plan.is_threat[rows[:, 2].astype(int)].sum()))
        assert abs(np.mean(taken) - 3.2) < 5 * 1.10 / math.sqrt(300)


def test_each_site_shoots_by_its_own_times_and_rules() -> None:
    """Two sites far apart, a fighter for each: one answers in 5 s, with a salvo."""
    here, there = site("here", lon=74.0), site("there", lon=78.0)

    def fighter(at: str) -> dict[str, Any]:
        return {
            "id": f"at-{at}",
            "target": "fighter",
            "aim": {"site": at},
            "bearing": "0 deg",
            "distance": "140 km",
            "altitude": "10 km msl",
        }

    plan = compiled(
        fighter("here"),
        fighter("there"),
        sites=[here, there],
        arms={
            "here": {"rules": {"reaction_time": "5 s", "doctrine": "shoot-shoot", "salvo": 3}},
            "there": {"rules": {"reaction_time": "40 s", "assessment_delay": "9 s"}},
        },
    )
    doctrine = plan.plan.doctrine
    assert doctrine.reaction.tolist() == [5.0, 40.0]
    assert doctrine.salvo.tolist() == [3, 1]
    assert doctrine.assessment.tolist() == [5.0, 9.0]
    log, _ = run_log(plan, 1, 0)
    shots = log[log[:, 1] == LAUNCHED]
    assert [(shots[:, 3] == u).sum() for u in (0, 1)] == [3, 1]
    assigned = {int(row[3]): row[0] for row in log[log[:, 1] == ASSIGNED][::-1]}
    waits = [shots[shots[:, 3] == u][0, 0] - assigned[u] for u in (0, 1)]
    assert waits == pytest.approx([5.0, 40.0], abs=1e-9)


def test_what_is_said_of_one_site_must_agree_with_itself(tmp_path: Any) -> None:
    """A rule of one site is checked together with the common ones that it leaves standing."""
    from skyshade.errors import InputError

    with pytest.raises(InputError, match=r"raid\.sites\.site\.rules\.salvo.*looks after every"):
        compiled(arms={"site": {"rules": {"salvo": 2}}})
    with pytest.raises(InputError, match=r"without a reload time the stores change nothing"):
        compiled(arms={"site": {"stores": {"48N6E3": 4}}})
    with pytest.raises(InputError, match=r"no site has stores"):
        compiled(arms={"site": {"rules": {"reload_time": "60 s"}}})


def test_shipped_scenarios_still_say_what_they_said() -> None:
    """A site without rules of its own shoots by the raid's."""
    given = load_scenario("raid-60x4").raid
    assert given is not None
    assert given.rules_of("north") == given.rules


@pytest.mark.parametrize(
    ("target", "alt_m"), [("fighter", 300.0), ("subsonic-cruise-missile", 100.0)]
)
def test_the_first_intercept_of_a_raid_is_the_reach(
    target: str, alt_m: float, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a smooth Earth a raid first meets an inbound target where `reach` says it does.

    The raid's radar looks at a phase drawn at random, reach at a fixed one, so the median over
    replicates may differ by a scan; and each has its own step.
    """
    monkeypatch.chdir(tmp_path)
    speed = load_target(target).speed_mps
    group = {
        "id": "one",
        "target": target,
        "aim": {"site": "site"},
        "bearing": "90 deg",
        "distance": "200 km",
        "altitude": f"{alt_m:g} m msl",
    }
    far = site(max_range="300 km")
    raid = compiled(group, sites=[far], rules={"assessment_delay": "10 s"})
    ranges = []
    for run in range(200):
        log, starts = run_log(raid, 3, run)
        met = log[np.isin(log[:, 1].astype(int), (HIT, MISSED))]
        if len(met):
            path = raid.paths[0]
            at = min(round((met[0, 0] - starts[0]) / raid.raid.step_s), len(path.lon) - 1)
            here = path.lon[at : at + 1], path.lat[at : at + 1]
            ranges.append(float(polar_from(75.0, 20.0, *here)[0][0]))
    case = load_scenario(tmp_path / "check.yaml")
    missiles = case.with_({"sites.site.missiles": ["48N6E3"]})
    found = reach_scenario(
        missiles, targets=[target], altitudes=[Altitude(alt_m, "msl")], draws=0, n_azimuths=8
    )
    expected = float(found.sites[0].first_m[0, 0, 0, 2])  # from the east
    period = float(raid.plan.sight.period[0])
    assert len(ranges) == 200
    assert np.median(ranges) == pytest.approx(expected, abs=speed * (period + 1.0) + 500.0)
