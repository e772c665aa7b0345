"""From a raid and its units to what the kernel reads: threats, fire units, doctrine, rules."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.catalogue.model import Catalogue
from skyshade.engagement._scalar_plan import (
    A_BITS,
    BENEFIT,
    BY_LAYER,
    BY_SHOT,
    NOTHING,
    OUT_OF_REACH,
    POST,
    RADAR,
    UNIT,
    Doctrine,
    Fire,
    Rules,
    Threats,
)
from skyshade.engagement.days import kill_on_days
from skyshade.engagement.defence import SiteTimes, UnitSpec, rounds_per_launcher
from skyshade.engagement.paths import Flight
from skyshade.engagement.prices import round_price
from skyshade.engagement.tables import mean_starts
from skyshade.errors import InputError
from skyshade.fireunit.kill import kill_probability, shot_correlation
from skyshade.fireunit.model import FireUnit
from skyshade.scenario.group import Group
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Site
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

LOOK_AHEAD_S = 600.0  # an intercept so much later is worth half
MAX_MISSILES, MAX_TABLE_BYTES = 16, 2**30
ASSIGNMENTS = {
    "greatest-benefit": BENEFIT,
    "outer-first": BY_LAYER,
    "cheapest": BY_SHOT,
    "likeliest-kill": BY_SHOT,
}
PARTS = {"none": NOTHING, "radar": RADAR, "command-post": POST, "fire-unit": UNIT}


def missiles_of(units: Sequence[FireUnit]) -> tuple[str, ...]:
    """All missiles of the force, shortest range first: among equals the kernel takes the first."""
    ranges = {f.missile.id: f.missile.range_max_m for u in units for f in u.missiles}
    if len(ranges) > MAX_MISSILES:
        raise InputError(
            "too many missile types in one raid",
            value=len(ranges),
            allowed=f"at most {MAX_MISSILES}",
        )
    return tuple(sorted(ranges, key=lambda name: (ranges[name], name)))


def check_size(places: int, n_sites: int, n_missiles: int, looks: int = 0) -> None:
    """Refuse a raid whose tables would not fit in memory.

    Parameters
    ----------
    looks : positions of radars in the air.
    """
    size = places * (n_sites * (n_missiles + 2) + 10 * looks) * 4
    if size > MAX_TABLE_BYTES:
        raise InputError(
            "the raid's tables would not fit in memory",
            field="raid",
            value=f"{places} places x {n_sites} sites x {n_missiles + 2} values"
            + (f" and {looks} positions of sensors x 10" if looks else "")
            + f" = {size / 2**30:.1f} GiB",
            allowed="1 GiB",
            hint="Use a longer step, shorter paths or fewer of them (spacing 0 m "
            "lets a group share one).",
        )


def make_threats(
    in_air: Sequence[Flight],
    first: NDArray[np.int64],
    units: Sequence[UnitSpec],
    sites: Sequence[Site],
    losses: bool,
    step_s: float,
) -> tuple[
    Threats,
    tuple[str, ...],
    tuple[Group, ...],
    NDArray[np.int64],
    NDArray[np.int64],
    tuple[str, ...],
]:
    """Who comes; and per target its id, group, class and path, and the classes."""
    columns: list[tuple[Any, ...]] = []
    ids, groups = [], []
    classes = tuple(dict.fromkeys(f.target.id for f in in_air))
    n_paths = 0
    for flight in in_air:
        group, first_target = flight.group, len(columns)
        for k, name in enumerate(flight.names):
            columns.append(
                (
                    first_target + flight.after[k] if flight.after[k] >= 0 else -1,
                    flight.delay_s[k],
                    flight.gap_s[k],
                    group.aim is not None,
                    group.aim.value if group.aim else 1.0,
                    *(_breaks(group, units, sites) if losses else (NOTHING, 0)),
                    group.jammer is not None and group.jammer.kind == "stand-off",
                    group.friendly,
                    classes.index(flight.target.id),
                    n_paths + flight.path_of[k],
                )
            )
            ids.append(f"{group.id}-{name}")
            groups.append(group)
        n_paths += len(flight.paths)
    after, delays, gap, reaches, weight, breaks, at, jams, no_engage, class_of, path_of = zip(
        *columns, strict=True
    )
    paths = np.array(path_of, np.int64)
    kinds = np.array(class_of, np.int64)
    steps = (first[paths + 1] - first[paths] - 1).astype(np.int64)
    threats = Threats(
        after=np.array(after, np.int64),
        delay=np.array(delays, float),
        gap=np.array(gap, float),
        first=first[paths].astype(np.int64),
        steps=steps,
        chance=np.full(len(paths), -np.inf),
        chances=np.zeros(0, np.int64),
        beyond=np.full(len(paths), OUT_OF_REACH, np.uint8),
        reaches=np.array(reaches),
        weight=np.array(weight, float),
        breaks=np.array(breaks, np.int64),
        breaks_at=np.array(at, np.int64),
        kind=kinds,
        jams=np.array(jams),
        no_engage=np.array(no_engage),
        order=np.zeros(0, np.int64),
    )
    ends = mean_starts(threats) + steps * step_s
    threats = threats._replace(order=np.argsort(ends, kind="stable").astype(np.int64))
    return threats, tuple(ids), tuple(groups), kinds, paths, classes


def _breaks(group: Group, units: Sequence[UnitSpec], sites: Sequence[Site]) -> tuple[int, int]:
    """What a leaker of the group destroys, and of which site or unit."""
    if group.aim is None or group.aim.site is None:
        return NOTHING, 0
    site = next((i for i, s in enumerate(sites) if s.id == group.aim.site), None)
    if site is None:  # not operational on the date: there is nothing to destroy
        return NOTHING, 0
    part = PARTS[group.aim.part]
    at = next(i for i, u in enumerate(units) if u.site == site) if part == UNIT else site
    return part, at


def first_channels(channels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(units,) where each unit's channels begin among those of all, from how many each has."""
    return np.concatenate([[0], np.cumsum(channels)[:-1]]).astype(np.int64)


def make_fire(
    units: Sequence[UnitSpec],
    missiles: tuple[str, ...],
    n_targets: int,
    layers: Sequence[int],
    known: Catalogue,
) -> Fire:
    """What is counted of the fire units; tables are to be filled in.

    Parameters
    ----------
    layers : (sites,) see `Fire.layer`.
    """

    def of_units(field: str) -> NDArray[np.int64]:
        return np.array([[getattr(u, field).get(m, 0) for m in missiles] for u in units], np.int64)

    rounds, stores, resupply = map(of_units, ("load", "stores", "resupply"))
    most = (rounds + stores + resupply).sum(axis=1).tolist()
    nothing = np.zeros(0)
    channels = np.array(
        [min(u.channels, max(k, 1), n_targets) for u, k in zip(units, most, strict=True)]
    )
    if channels.sum() >= 1 << A_BITS:
        raise InputError(
            "too many fire channels in all",
            field="raid.defence.channels",
            value=int(channels.sum()),
            allowed="fewer than a million",
        )
    return Fire(
        flight=nothing,
        p_kill=nothing,
        p_days=nothing,
        shape=nothing,
        site=np.array([u.site for u in units], np.int64),
        first_channel=first_channels(channels),
        channels=channels.astype(np.int64),
        guidance_channels=np.array([u.guidance_channels for u in units], np.int64),
        launchers=np.array([u.launchers for u in units], np.int64),
        load=rounds,
        stores=stores,
        resupply=resupply,
        tubes=np.array([rounds_per_launcher(m, known) for m in missiles], np.int64),
        thrift=np.ones(len(missiles)),
        layer=np.array([layers[u.site] for u in units], np.int64),
    )


def make_doctrine(units: Sequence[UnitSpec], times_s: Sequence[SiteTimes], raid: Raid) -> Doctrine:
    """How each unit shoots: by the rules of its own site."""
    rules = [raid.rules_of(unit.site_id) for unit in units]
    own = [times_s[unit.site] for unit in units]
    reload = [math.inf if r.reload_time_s is None else r.reload_time_s for r in rules]
    return Doctrine(
        reaction=np.array([t.reaction_s for t in own]),
        interval=np.array([t.launch_interval_s for t in own]),
        assessment=np.array([t.assessment_s for t in own]),
        reload=np.array(reload),
        salvo=np.array([r.salvo_size for r in rules], np.int64),
        shots_max=np.array([r.shots_per_engagement for r in rules], np.int64),
        shots_most=np.array([r.max_shots for r in rules], np.int64),
        engage_again=np.array([r.re_engage for r in rules]),
        false_kill=np.array([r.false_kill for r in rules], float),
        false_miss=np.array([r.false_miss for r in rules], float),
    )


def make_rules(raid: Raid) -> Rules:
    """The rules of the raid as a whole."""
    given = raid.rules
    return Rules(
        step=raid.step_s,
        duration=raid.duration_s,
        central=given.coordination == "central",
        cueing=given.cueing,
        by_time="time" in given.ranking,
        by_value="value" in given.ranking,
        horizon=LOOK_AHEAD_S,
        resupply=given.resupply_interval_s if raid.is_resupplied else math.inf,
        repair=math.inf if given.repair_time_s is None else given.repair_time_s,
        prefers=ASSIGNMENTS[given.assignment],
    )


def thrift(raid: Raid, missiles: Sequence[str], figures: Figures) -> NDArray[np.float64]:
    """`Fire.thrift`: the lowest price of a round over that of each, if the cheapest shot is wanted.

    Raises
    ------
    InputError : a missile without a price.
    """
    if raid.rules.assignment != "cheapest":
        return np.ones(len(missiles))
    found = {m: round_price(m, raid.known, raid.rules.prices_usd) for m in missiles}
    if missing := [m for m, price in found.items() if price is None]:
        raise InputError(
            "the cheapest shot cannot be chosen: no price of a round is published or given",
            field="raid.rules.prices",
            value=", ".join(missing),
            allowed="a price for each, e.g. prices: {" + f"{missing[0]}: 0.5 USD m" + "}",
        )
    known = {m: price for m, price in found.items() if price is not None}
    usd = np.array([figures(price.unknown(m)) for m, price in known.items()])
    return np.asarray(usd.min() / usd)


def kill_chances(
    raid: Raid,
    missiles: tuple[str, ...],
    classes: tuple[str, ...],
    in_air: Sequence[Flight],
    figures: Figures,
) -> dict[str, NDArray[np.float64]]:
    """`Fire.p_kill` and `Fire.p_days`; 0 for classes of which only friendly traffic flies."""
    shot_at = {f.target.id for f in in_air if not f.group.friendly}
    rules = raid.rules

    def chance(missile: str, target: str) -> float:
        if target not in shot_at:
            return 0.0
        given, evidence = rules.kill_probability, rules.kill_evidence
        return kill_probability(missile, target, given, figures, evidence, raid.known)

    p_kill = np.array([[chance(m, c) for c in classes] for m in missiles])
    together = [_correlation(raid, c, figures) if c in shot_at else 0.0 for c in classes]
    return {"p_kill": p_kill, "p_days": kill_on_days(p_kill, np.array(together))}


def _correlation(raid: Raid, target: str, figures: Figures) -> float:
    """Correlation between the results of two shots of the raid at a class: given or assumed."""
    given = raid.rules.shot_correlation
    if isinstance(given, Mapping):
        given = {raid.known.entry(name).id: r for name, r in given.items()}.get(target)
    if given is None:
        return figures(shot_correlation(target, raid.known))
    key = f"shot correlation {target}"
    return figures(Unknown(key, key, "1", given, given, given, origin="scenario", why="given"))
