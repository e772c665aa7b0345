"""Raid plans made by hand: every number in view, nothing taken from terrain or catalogue."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade.engagement._cpu import make_rows, make_scratch, run_logged, run_share
from skyshade.engagement._scalar_plan import (
    BENEFIT,
    BY_LAYER,
    BY_SHOT,
    LAYERS,
    N_LOG,
    NO_LIMIT,
    NOTHING,
    OUT_OF_REACH,
    Doctrine,
    Fire,
    Plan,
    Rows,
    Rules,
    RunState,
    Sight,
    Threats,
)
from skyshade.engagement._scalar_track import CERTAIN
from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.engagement.days import kill_on_days
from skyshade.engagement.launch import make_key
from skyshade.engagement.tables import with_last_chances
from skyshade.radar.detection import one_more_confirms
from skyshade.scenario.load import load_scenario

NEVER = np.inf


def make_plan(
    n: int = 1,
    *,
    steps: int = 300,
    after: ArrayLike = -1,
    delay: ArrayLike = 0.0,
    gap: ArrayLike = 0.0,
    reaches: ArrayLike = True,
    weight: ArrayLike = 1.0,
    breaks: ArrayLike = NOTHING,
    breaks_at: ArrayLike = 0,
    kind: ArrayLike = 0,
    jams: ArrayLike = False,
    no_engage: ArrayLike = False,
    sites: int = 1,
    p_detect: float = 1.0,
    in_view: ArrayLike = True,
    noise: ArrayLike | None = None,
    confirm: tuple[int, int] = (1, 1),
    coast: int = 3,
    period: ArrayLike = 1.0,
    emits: ArrayLike = True,
    tracks: ArrayLike = NO_LIMIT,
    site: ArrayLike = 0,
    units: int = 1,
    flight: ArrayLike = 10.0,
    p_kill: ArrayLike = 1.0,
    channels: ArrayLike = 1,
    guidance_channels: ArrayLike = NO_LIMIT,
    launchers: ArrayLike = 1,
    load: ArrayLike = 1,
    stores: ArrayLike = 0,
    resupply: ArrayLike = 0,
    tubes: ArrayLike = 1,
    duration: float = 1e4,
    reaction: ArrayLike = 0.0,
    interval: ArrayLike = 0.0,
    assessment: ArrayLike = 0.0,
    reload: ArrayLike = NEVER,
    salvo: ArrayLike = 1,
    shots_max: ArrayLike = NO_LIMIT,
    shots_most: ArrayLike = NO_LIMIT,
    correlation: float = 0.0,
    false_kill: ArrayLike = 0.0,
    false_miss: ArrayLike = 0.0,
    resupply_every: float = NEVER,
    repair: float = NEVER,
    engage_again: ArrayLike = True,
    central: bool = True,
    cueing: bool = True,
    by_time: bool = True,
    by_value: bool = True,
    horizon: float = 600.0,
    prefers: int = BENEFIT,
    thrift: ArrayLike = 1.0,
    layer: ArrayLike = 0,
) -> Plan:
    """A plan whose targets fly one path each, `steps` steps of 1 s long.

    What has an axis may be one number for all: `flight` (s) broadcasts to (sites, missiles,
    targets, places), `in_view` to (sites, targets, places), `noise` to (sites, targets, places),
    `p_kill` to (missiles, classes), `load`, `stores` to (units, missiles).
    """
    places = steps + 1
    hits = np.atleast_2d(np.asarray(p_kill, float))
    missiles = len(hits)

    def each(values: ArrayLike, shape: Any, dtype: Any) -> NDArray[Any]:
        return np.ascontiguousarray(np.broadcast_to(np.asarray(values, dtype), shape)).copy()

    first = np.arange(n, dtype=np.int64) * places
    flights = each(flight, (sites, missiles, n, places), np.float32)
    possible = np.isfinite(flights).any(axis=1)
    following = np.where(possible, np.arange(places, dtype=float), np.inf)
    following = np.minimum.accumulate(following[..., ::-1], axis=-1)[..., ::-1]
    seen = each(in_view, (sites, n, places), bool)
    any_seen = seen.any(axis=-1)
    opens = np.where(any_seen, seen.argmax(axis=-1), np.inf)
    closes = np.where(any_seen, places - seen[..., ::-1].argmax(axis=-1), -np.inf)
    room = each(channels, units, np.int64)
    plan = Plan(
        Threats(
            each(after, n, np.int64),
            each(delay, n, float),
            each(gap, n, float),
            first,
            np.full(n, steps, np.int64),
            np.full(n, -np.inf),
            np.zeros(0, np.int64),
            np.full(n, OUT_OF_REACH, np.uint8),
            each(reaches, n, bool),
            each(weight, n, float),
            each(breaks, n, np.int64),
            each(breaks_at, n, np.int64),
            each(kind, n, np.int64),
            each(jams, n, bool),
            each(no_engage, n, bool),
            np.arange(n)[::-1].copy(),
        ),
        Sight(
            threshold=np.where(seen, min(round(p_detect * 2**32), CERTAIN), 0)
            .astype(np.uint32)
            .reshape(sites, n * places),
            gain=np.where(seen, 10.0, -np.inf).astype(np.float32).reshape(sites, n * places),
            first_s=opens.astype(float),
            last_s=closes.astype(float),
            noise=np.zeros((0, 0), np.float32)
            if noise is None
            else each(noise, (sites, n, places), np.float32).reshape(sites, n * places),
            share=np.zeros((0, 0), np.float32)
            if noise is None
            else np.ones((sites, n * places), np.float32),
            curve=np.full((sites, 8), p_detect),
            curve_first=np.zeros(sites),
            per_node=np.full(sites, 0.3),
            log_snr_floor=np.ones(sites),
            enough=one_more_confirms(*confirm),
            coast=coast,
            period=each(period, sites, float),
            emits=each(emits, sites, bool),
            tracks_max=each(tracks, sites, np.int64),
            first_row=np.arange(sites, dtype=np.int64),
            rows=np.ones(sites, np.int64),
            lap=np.ones(sites),
            watch=np.ones(sites),
            cycle=np.ones(sites),
        ),
        Fire(
            np.ascontiguousarray(
                np.concatenate([flights, following[:, None].astype(np.float32)], axis=1)
                .reshape(sites, missiles + 1, n * places)
                .transpose(2, 0, 1)
            ),
            hits,
            kill_on_days(hits, np.full(hits.shape[1], correlation)),
            np.zeros((0, 0, 0), np.float32),
            each(site, units, np.int64),
            np.cumsum(np.r_[0, room[:-1]]).astype(np.int64),
            room,
            each(guidance_channels, units, np.int64),
            each(launchers, units, np.int64),
            each(load, (units, missiles), np.int64),
            each(stores, (units, missiles), np.int64),
            each(resupply, (units, missiles), np.int64),
            each(tubes, missiles, np.int64),
            each(thrift, missiles, float),
            each(layer, units, np.int64),
        ),
        Doctrine(
            each(reaction, units, float),
            each(interval, units, float),
            each(assessment, units, float),
            each(reload, units, float),
            each(salvo, units, np.int64),
            each(shots_max, units, np.int64),
            each(shots_most, units, np.int64),
            each(engage_again, units, bool),
            each(false_kill, units, float),
            each(false_miss, units, float),
        ),
        Rules(
            1.0,
            duration,
            central,
            cueing,
            by_time,
            by_value,
            horizon,
            resupply_every,
            repair,
            prefers,
        ),
    )
    return with_chances(plan)


def with_radar_in_the_air(
    plan: Plan, seen: ArrayLike = True, lap: float = 40.0, watch: float = 1.0, cycle: float = 1.0
) -> Plan:
    """The plan with one acquisition radar more, which flies an orbit.

    Parameters
    ----------
    seen : (positions of the orbit, places) what it sees from each; broadcasts.
    """
    sight = plan.sight
    sees = np.atleast_2d(np.asarray(seen, bool))
    sees = np.broadcast_to(sees, (len(sees), sight.gain.shape[1]))
    own: dict[str, Any] = {
        "threshold": np.where(sees, CERTAIN, 0).astype(np.uint32),
        "gain": np.where(sees, 10.0, -np.inf).astype(np.float32),
        "first_row": [len(sight.gain)],
        "rows": [len(sees)],
        "lap": [lap],
        "watch": [watch],
        "cycle": [cycle],
        "first_s": np.zeros((1, len(plan.threats.first))),
        "last_s": plan.threats.steps[None] * plan.rules.step,
        "emits": [True],
        "tracks_max": [NO_LIMIT],
        "period": [1.0],
    }
    for field in ("curve", "curve_first", "per_node", "log_snr_floor"):
        own[field] = getattr(sight, field)[:1]
    if len(sight.noise):
        own |= {"noise": np.zeros(sees.shape), "share": np.ones(sees.shape)}
    both: dict[str, Any] = {
        field: np.concatenate([old := getattr(sight, field), np.asarray(more).astype(old.dtype)])
        for field, more in own.items()
    }
    return plan._replace(sight=sight._replace(**both))


def under_rule(plan: Plan, prefers: int) -> Plan:
    """The plan with a layer for each unit in turn and dearer and dearer rounds, under this rule."""
    fire, n_missiles = plan.fire, len(plan.fire.p_kill)
    layer = np.arange(len(fire.site), dtype=np.int64) % LAYERS
    thrift = 1.0 / np.arange(1.0, n_missiles + 1.0)
    return plan._replace(
        fire=fire._replace(layer=layer, thrift=thrift if prefers == BY_SHOT else fire.thrift),
        rules=plan.rules._replace(prefers=prefers),
    )


def with_chances(plan: Plan) -> Plan:
    """The plan with the last chances that its other tables give."""
    given = plan.threats, plan.fire, plan.doctrine.reaction, plan.rules.step
    return plan._replace(threats=with_last_chances(*given))


def run(plan: Plan, replicates: int, seed: int = 1, first: int = 0) -> Rows:
    """So many replicates on one thread."""
    out = make_rows(plan, replicates)
    run_share(plan, make_scratch(plan, 1), make_key(seed), first, out)
    return out


def run_to_end(plan: Plan, run: int = 0, seed: int = 1) -> tuple[RunState, NDArray[np.float64]]:
    """The state in which one replicate ends (leading axis: one worker), and its log."""
    scratch = make_scratch(plan, 1, 4096)
    run_logged(plan, scratch, make_key(seed), run)
    return scratch, scratch.log[0, : scratch.count[0, N_LOG]]


@functools.cache
def raid(name: str) -> CompiledRaid:
    """A shipped scenario's raid, compiled once for all tests of this process."""
    return compile_raid(load_scenario(name))


def variants(plan: Plan) -> dict[str, Plan]:
    """The same raid under other rules, and with less to defend with: each takes other ways."""
    rules, fire, sight, threats = plan.rules, plan.fire, plan.sight, plan.threats
    doctrine = plan.doctrine
    units, n = len(fire.site), len(threats.first)

    def ones(array: NDArray[Any], value: int = 1) -> NDArray[Any]:
        return np.full_like(array, value)

    few = fire._replace(
        channels=ones(fire.channels),
        first_channel=np.arange(units, dtype=np.int64),
        guidance_channels=ones(fire.guidance_channels),
        launchers=ones(fire.launchers),
    )
    weak = fire._replace(p_kill=fire.p_kill * 0.3, p_days=fire.p_days * 0.3)
    hit = threats._replace(
        breaks=np.arange(n, dtype=np.int64) % 4, breaks_at=np.arange(n, dtype=np.int64) // 4 % units
    )
    small = fire._replace(
        load=np.minimum(fire.load, 3), stores=ones(fire.stores, 9), tubes=ones(fire.tubes, 4)
    )

    def shooting(**values: float) -> Doctrine:
        """The doctrine with these values for all units."""
        return doctrine._replace(
            **{k: np.full_like(getattr(doctrine, k), value) for k, value in values.items()}
        )

    turning = np.arange(sight.gain.shape[1]) // 30 % 3 == np.arange(3)[:, None]
    every = np.ones(sight.gain.shape, np.float32)
    noisy = sight._replace(noise=3 * every, share=every)
    return {
        "as it is": plan,
        "autonomous": plan._replace(rules=rules._replace(central=False)),
        "no cueing": plan._replace(rules=rules._replace(cueing=False)),
        "on their own": plan._replace(rules=rules._replace(central=False, cueing=False)),
        "salvo": plan._replace(doctrine=shooting(salvo=2, shots_max=3), fire=weak),
        "no looking": plan._replace(
            doctrine=shooting(salvo=2, shots_max=2, engage_again=False), fire=weak
        ),
        "few channels": plan._replace(fire=few, doctrine=shooting(interval=7.0, salvo=2)),
        "losses": plan._replace(threats=hit, fire=weak),
        "losses, autonomous": plan._replace(
            threats=hit,
            fire=weak,
            rules=rules._replace(central=False, cueing=False),
            doctrine=shooting(salvo=2),
        ),
        "reload": plan._replace(fire=small, doctrine=shooting(reload=45.0)),
        "few tracks": plan._replace(
            sight=sight._replace(tracks_max=ones(sight.tracks_max, 3), coast=0)
        ),
        "reload, resupply and repair": plan._replace(
            threats=hit,
            fire=small._replace(resupply=ones(fire.stores, 5)),
            doctrine=shooting(reload=45.0),
            rules=rules._replace(resupply=100.0, repair=120.0),
        ),
        "judging wrong": plan._replace(
            fire=weak, doctrine=shooting(false_kill=0.3, false_miss=0.4, shots_most=3)
        ),
        "bad days": plan._replace(
            fire=fire._replace(p_days=kill_on_days(fire.p_kill, np.full(fire.p_kill.shape[1], 0.5)))
        ),
        "jammers": plan._replace(sight=noisy, threats=threats._replace(jams=threats.kind == 0)),
        "radar in the air": with_radar_in_the_air(
            plan._replace(sight=sight._replace(emits=ones(sight.emits, False))),
            turning,
            lap=100.0,
            watch=200.0,
            cycle=300.0,
        ),
        "no delays": plan._replace(
            doctrine=shooting(reaction=0.0, assessment=0.0, interval=0.0, salvo=3)
        ),
        "outer first": under_rule(plan._replace(fire=weak), BY_LAYER),
        "best shot": under_rule(plan._replace(fire=weak), BY_SHOT),
    }


def random_plan(rng: np.random.Generator) -> Plan:
    """A small raid with every rule, count and table drawn at random."""
    n, sites, units, missiles, classes = (int(rng.integers(1, k)) for k in (7, 4, 5, 4, 3))
    steps, salvo = int(rng.integers(20, 120)), int(rng.integers(1, 4))
    flight = np.full((sites, missiles, n, steps + 1), NEVER)
    for row in flight.reshape(-1, steps + 1):
        start, end = np.sort(rng.integers(0, steps, 2))
        row[start:end] = rng.uniform(0.5, 30.0)
    in_view = np.repeat(rng.random((sites, n, steps // 10 + 1)) < 0.7, 10, axis=2)

    def one(*values: float) -> float:
        return values[rng.integers(len(values))]

    return make_plan(
        n,
        steps=steps,
        after=[int(rng.integers(-1, max(j, 1))) if j else -1 for j in range(n)],
        delay=rng.integers(0, 20, n),
        gap=one(0.0, 7.3),
        reaches=rng.random(n) < 0.8,
        weight=rng.choice([0.0, 1.0, 2.5], n),
        breaks=rng.integers(0, 4, n),
        breaks_at=rng.integers(0, min(sites, units), n),
        kind=rng.integers(0, classes, n),
        jams=rng.random(n) < 0.2,
        no_engage=rng.random(n) < 0.1,
        sites=sites,
        p_detect=one(0.3, 0.7, 1.0),
        in_view=in_view[:, :, : steps + 1],
        noise=None if rng.random() < 0.5 else rng.choice([0.0, 1.0, 1e5], (sites, n, 1)),
        confirm=[(1, 1), (2, 3), (3, 5)][rng.integers(3)],
        coast=int(rng.integers(0, 5)),
        period=rng.choice([1.0, 2.5, 5.0], sites),
        emits=rng.random(sites) < 0.85,
        tracks=rng.integers(1, 5, sites),
        site=rng.integers(0, sites, units),
        units=units,
        flight=flight,
        p_kill=rng.choice([0.0, 0.3, 0.7, 1.0], (missiles, classes)),
        channels=rng.integers(1, 4, units),
        guidance_channels=rng.integers(1, 4, units),
        launchers=rng.integers(1, 4, units),
        load=rng.integers(0, 5, (units, missiles)),
        stores=rng.integers(0, 5, (units, missiles)),
        tubes=rng.integers(1, 5, missiles),
        duration=one(60.0, 1e4),
        reaction=one(0.0, 1.0, 3.3),
        interval=one(0.0, 2.0, 4.1),
        assessment=one(0.0, 2.0, 5.0),
        reload=one(NEVER, 0.0, 5.0, 30.0),
        salvo=salvo,
        shots_max=int(rng.integers(salvo, 6)),
        shots_most=int(rng.integers(salvo, 9)),
        correlation=one(0.0, 0.3, 1.0),
        false_kill=one(0.0, 0.3),
        false_miss=one(0.0, 0.3),
        resupply=rng.integers(0, 3, (units, missiles)),
        resupply_every=one(NEVER, 20.0),
        repair=one(NEVER, 40.0),
        engage_again=bool(rng.random() < 0.6),
        central=bool(rng.random() < 0.5),
        cueing=bool(rng.random() < 0.5),
        by_time=bool(rng.random() < 0.5),
        by_value=bool(rng.random() < 0.5),
    )
