"""The whole question for one case: who is to be placed, where, how good that is and how sure."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from skyshade.case import Propagation
from skyshade.coverage.compute import load_scenario_dem, site_range_m
from skyshade.errors import InputError
from skyshade.fireunit.load import fire_unit
from skyshade.fireunit.model import FireUnit
from skyshade.scenario.schema import Scenario, Site
from skyshade.scenario.siting import NewUnits, Siting
from skyshade.shown import Brief, count
from skyshade.siting.candidates import CandidateSet, find_candidates, keep_to_terrain
from skyshade.siting.cover import Covers, draw_units, key_of, sweep
from skyshade.siting.demand import Demand, make_demand
from skyshade.siting.fewest import Fewest, fewest_units
from skyshade.siting.kept import keep_sweep, load_sweep
from skyshade.siting.model import Bools, Floats, Ints, Measure, Plan, SitingAnswer, SitingProblem
from skyshade.siting.moved import PlanBand, moved_covers
from skyshade.siting.presolve import presolve
from skyshade.siting.raids import RaidOrder, play
from skyshade.siting.robust import Alternatives, ByDraw, Gains, alternatives, by_draw, gains
from skyshade.siting.solve import check_limits, solve_siting
from skyshade.terrain.dem import load_dem
from skyshade.terrain.model import Dem
from skyshade.uncertainty.draws import Draws, check_draws

REGION = 2.6  # steps of the grid: units nearer than this stand in one region
MORE_UNITS = 2  # beyond those asked for, in the curve of gains
MAX_DRAWS = 1024

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Kind:
    """Units to be placed: as many, like this site, from this day on."""

    like: Site
    count: int
    arrives: date | None = None

    @property
    def title(self) -> str:
        """For readers."""
        when = f", from {self.arrives.isoformat()}" if self.arrives else ""
        return f"{self.like.system} (as {self.like.name}){when}"


@dataclass(eq=False, repr=False)
class SitingStudy(Brief):
    """What was asked and what was found.

    Attributes
    ----------
    stay : units in service, which are not moved.
    units : those that stay, then each kind at each candidate; unit_of : (options,) among these.
    drawn : the values of all unknowns in each draw, of these units.
    there, options : what units that stay cover, and what each kind covers at each candidate.
    band : worth of the plan over the draws, with its units moved inside their rounding.
    draws : of the uncertain figures; by_draw : the best plan of each.
    periods : days from which the units there are to come in; one None if none has a date.
    """

    scenario: Scenario
    siting: Siting
    stay: tuple[Site, ...]
    kinds: tuple[Kind, ...]
    candidates: CandidateSet
    demand: Demand
    dem: Dem
    seed: int
    draws: int
    drawn: Draws
    units: tuple[FireUnit, ...]
    unit_of: Ints
    there: Covers
    options: Covers
    periods: tuple[date | None, ...]
    answer: SitingAnswer = field(init=False)
    fewest: Fewest | None = None
    by_draw: ByDraw | None = None
    band: PlanBand | None = None
    near: Alternatives | None = None
    gains: Gains | None = None
    raids: RaidOrder | None = None
    left_out: list[str] = field(default_factory=list)

    @property
    def _in_short(self) -> str:
        return (
            f"{count(sum(k.count for k in self.kinds), 'unit')} at "
            f"{count(len(self.candidates.lon), 'candidate')}, "
            f"{count(len(self.demand.weight), 'demand')}"
        )

    @property
    def measure(self) -> Measure:
        """What counts in the main problem."""
        return "covered" if self.siting.objective == "covered" else "expected"

    def place_of(self, option: int) -> int:
        """The candidate that an option stands at."""
        return option % len(self.candidates.lon)

    def kind_of(self, option: int) -> int:
        """The kind of unit of an option."""
        return option // len(self.candidates.lon)

    def problem(self, row: int | None = None) -> SitingProblem:
        """The problem with the shares of all draws, or as one row of them has it.

        "covered" without a row is the one of the default figures.
        """
        measure: Measure = "covered"
        if row is None and self.measure == "expected":
            mine, stay, measure = self.options.share(), self.there.share(), "expected"
        else:
            mine = self.options.row(row or 0).astype(float)
            stay = self.there.row(row or 0).astype(float)
        return self.problem_with(mine, stay, measure, np.arange(len(mine)))

    def problem_with(
        self, mine: Floats, stay: Floats, measure: Measure, options: Ints
    ) -> SitingProblem:
        """The problem of some options, with what they and the units that stay cover."""
        n, times = len(self.candidates.lon), len(self.periods)
        kind = options // n
        if times > 1:
            when = [self.periods.index(k.arrives) if k.arrives else 0 for k in self.kinds]
            mine = np.concatenate(
                [mine * (np.array(when)[kind] <= t)[:, None] for t in range(times)], axis=1
            )
            stay = np.tile(stay, times)
        groups = len(self.demand.groups)
        group = np.concatenate([self.demand.group + t * groups for t in range(times)])
        rules = self.siting.candidates
        return SitingProblem.of(
            mine,
            np.tile(self.demand.weight, times) / times,
            units=[k.count for k in self.kinds],
            kind=kind,
            place=options % n,
            apart=None if not rules.apart_m else self.candidates.apart(rules.apart_m),
            fixed=stay if len(stay) else None,
            measure=measure,
            at_least=self.siting.at_least,
            group=group if self.siting.objective == "worst" else None,
        )

    def covered_by(self, plan: Plan | None) -> Floats:
        """(demands,) probability that each is covered in the end, by units there and a plan's."""
        share = [self.there.share(), self.options.share()[list(plan or ())]]
        return np.asarray(1.0 - np.prod(1.0 - np.concatenate(share), axis=0))

    @cached_property
    def same_region(self) -> Bools:
        """(options, options) True where two stand within `REGION` steps of the grid."""
        near = self.candidates.apart(REGION * self.candidates.spacing_deg * 111_200.0)
        np.fill_diagonal(near, True)
        return np.asarray(np.tile(near, (len(self.kinds), len(self.kinds))))

    def new_sites(self, plan: Plan) -> tuple[Site, ...]:
        """The plan's units as sites of a scenario, always in service."""
        found = []
        for number, option in enumerate(plan, 1):
            c, kind = self.place_of(option), self.kinds[self.kind_of(option)]
            found.append(
                at_candidate(
                    kind.like,
                    f"new-{number}",
                    f"New unit {number}",
                    (float(self.candidates.lon[c]), float(self.candidates.lat[c])),
                    max(self.candidates.spacing_deg, kind.like.position_rounding_deg),
                    self.candidates.names[c],
                )
            )
        return tuple(found)


def at_candidate(
    like: Site, id_: str, name: str, at: tuple[float, float], rounding_deg: float, sector: str
) -> Site:
    """A unit like another, somewhere else."""
    return like.model_copy(
        update={
            "id": id_,
            "name": name,
            "position": {"lon": at[0], "lat": at[1]},
            "position_rounding_deg": min(rounding_deg, 5.0),
            "position_note": "a candidate of a siting study, no claim about where anything stands",
            "sector": sector,
            "illustrative": True,
            "ground_msl_m": None,
            "events": (),
        }
    )


def default_kinds(scenario: Scenario, stay: Sequence[Site]) -> tuple[NewUnits, ...]:
    """What is to be placed if nobody says so: the units not in service yet, else one more."""
    known = {site.id for site in stay}
    coming = [site for site in scenario.sites if site.id not in known]
    if not coming:
        return (NewUnits(like=scenario.sites[0].id),)
    return tuple(NewUnits(like=site.id) for site in coming)


def study_siting(  # noqa: PLR0913 (the options are keyword-only)
    scenario: Scenario,
    *,
    as_of: date | None = None,
    stay: Sequence[Site] | None = None,
    draws: int = 64,
    seed: int = 0,
    gap_frac: float = 0.001,
    time_limit_s: float = 60.0,
    sure: bool = True,
    raid: bool = True,
    cache: bool = True,
    progress: Progress = lambda stage, done, total: None,
) -> SitingStudy:
    """Where the scenario's new units should stand; what to ask stands in its part `siting`.

    Parameters
    ----------
    as_of : units in service on this date stay; by default on the scenario's own, else all.
    stay : the units that stay, if they are others: those of a draft.
    draws : of the uncertain figures, a power of two; 0 for the defaults alone.
    gap_frac, time_limit_s : when the search for the plan stops.
    sure : also solve each draw by itself, and find alternatives and gains.
    raid : also play the best few plans in the scenario's raid, if it has one.
    cache : keep what sweeps found for the next run with the same sweeps.

    Raises
    ------
    InputError : unusable terrain, areas, rules, demand or numbers; no candidate left.
    """
    check_draws(draws, "draws", MAX_DRAWS, least=2 if draws else 0)
    check_limits(gap_frac, time_limit_s)
    if as_of is None and scenario.as_of is not None:
        as_of = scenario.as_of.last
    if stay is None:
        stay = [s for s in scenario.sites if as_of is None or s.operational_on(as_of)]
    siting = scenario.siting or Siting()
    study = _prepare(scenario, siting, as_of, tuple(stay), (draws, seed), cache, progress)
    problem = study.problem()
    worth = presolve(problem)
    study.answer = solve_siting(
        problem,
        gap_frac=gap_frac,
        time_limit_s=time_limit_s,
        worth=worth,
        report=lambda done: progress("best plan, per cent", done, 100),
    )
    if siting.level is not None:
        study.fewest = fewest_units(
            problem,
            siting.level * problem.most,
            time_limit_s=time_limit_s,
            report=lambda done: progress("fewest units, per cent", done, 100),
        )
        if study.fewest.answer.plan:
            study.answer = study.fewest.answer
            problem = study.answer.problem
            worth = presolve(problem)
    if study.answer.stopped == "interrupted" or not sure:
        study.near = alternatives(worth, study.answer, (), study.same_region)
        return study
    with contextlib.suppress(KeyboardInterrupt):
        _be_sure(study, problem, (gap_frac, time_limit_s), progress)
        if draws and study.answer.plan:
            study.band = _band(study, progress)
        if raid and scenario.raid is not None:
            study.raids = play(study, seed, progress)
    return study


def _be_sure(
    study: SitingStudy, problem: SitingProblem, limits: tuple[float, float], progress: Progress
) -> None:
    """Fill in what says how sure the plan is."""
    n = int(problem.units.sum())

    def row(r: int) -> SitingProblem:
        return replace(study.problem(r), units=problem.units)

    rows = range(1, 1 + study.draws)
    worth = presolve(problem)
    n_places = len(study.candidates.lon)
    study.near = alternatives(worth, study.answer, (), study.same_region)
    if study.draws:
        study.by_draw = by_draw(
            row, study.answer.plan, rows, lambda done, of: progress("best plan of draws", done, of)
        )
        study.near = alternatives(worth, study.answer, study.by_draw.plans, study.same_region)
    single = len(study.kinds) == 1 and len(study.periods) == 1
    if single and study.siting.at_least == 1:
        study.gains = gains(
            problem,
            study.answer,
            min(n + MORE_UNITS, n_places),
            row,
            rows if study.draws else [0],
            lambda done, of: progress("one unit more", done, of),
            gap_frac=max(limits[0], 0.002),
            time_limit_s=min(limits[1], 20.0),
        )


def _band(study: SitingStudy, progress: Progress) -> PlanBand:
    """The plan in each draw, its units and those that stay moved inside their rounding."""
    plan, n = list(study.answer.plan), len(study.stay)
    covers, n_moved, n_kept = moved_covers(
        study.dem,
        study.units,
        [*range(n), *study.unit_of[plan].tolist()],
        study.demand,
        study.drawn,
        np.concatenate([study.there.bits, study.options.bits[plan]]),
        Propagation.of(study.scenario),
        lambda done, of: progress("positions of the plan", done, of),
    )
    there, mine = Covers(covers.bits[:n], covers.rows), Covers(covers.bits[n:], covers.rows)
    before, after = [], []
    for row in range(1, 1 + study.draws):
        problem = study.problem_with(
            mine.row(row).astype(float), there.row(row).astype(float), "covered", np.array(plan)
        )
        before.append(problem.value(()))
        after.append(problem.value(tuple(range(len(plan)))))
    return PlanBand(np.array(before), np.array(after), n_moved, n_kept)


def _prepare(
    scenario: Scenario,
    siting: Siting,
    as_of: date | None,
    stay: tuple[Site, ...],
    drawn: tuple[int, int],
    cache: bool,
    progress: Progress,
) -> SitingStudy:
    """Candidates, demand, and who covers what."""
    asked = siting.units or default_kinds(scenario, stay)
    by_id = {site.id: site for site in scenario.sites}
    kinds = _kinds(asked, by_id, scenario)
    sieve, spacing, area = find_candidates(scenario, siting.candidates, stay)
    likes = list({k.like.id: k.like for k in kinds}.values())
    reach_m = max(site_range_m(like) for like in likes)
    dem = load_around(scenario, sieve.lon, sieve.lat, reach_m, stay)
    candidates = keep_to_terrain(sieve, siting.candidates, dem, spacing, area)
    total = sum(k.count for k in kinds)
    if total > len(candidates.lon) and siting.level is None:
        raise InputError(
            "more units are to be placed than there are candidates",
            field="units",
            value=total,
            allowed=f"up to {len(candidates.lon)}",
        )
    if siting.at_least > total + len(stay):
        raise InputError(
            "more units are asked to cover each demand than there are",
            field="at_least",
            value=siting.at_least,
            allowed=f"1 to {total + len(stay)}: {len(stay)} in service, {total} new",
        )
    if siting.at_least > 1 and siting.objective != "covered":
        raise InputError(
            "this asks for the objective 'covered'", field="at_least", value=siting.at_least
        )
    demand = make_demand(scenario, siting, area)
    sites = [*stay]
    for like in likes:
        sites += [
            at_candidate(
                like,
                f"{like.id}-at-{c}"[-64:],
                like.name,
                (float(x), float(y)),
                max(candidates.spacing_deg, like.position_rounding_deg),
                "",
            )
            for c, (x, y) in enumerate(zip(candidates.lon, candidates.lat, strict=True))
        ]
    units = [fire_unit(site) for site in sites]
    draws = draw_units(units, *drawn)
    spread = Propagation.of(scenario)
    key = key_of(dem, units, demand, draws, (*spread,)) if cache else ""
    covers = load_sweep(key) if cache else None
    if covers is None or covers.bits.shape[:2] != (len(units), len(demand.weight)):
        covers = sweep(
            dem,
            units,
            demand,
            draws,
            **spread._asdict(),
            progress=lambda done, of: progress("sweeps of candidates", done, of),
        )
        if cache:
            keep_sweep(key, covers)
    n = len(candidates.lon)
    start = {like.id: len(stay) + i * n for i, like in enumerate(likes)}
    index = np.concatenate([start[k.like.id] + np.arange(n) for k in kinds])
    days = sorted({k.arrives for k in kinds if k.arrives})
    periods: tuple[date | None, ...] = tuple(days) if days else (None,)
    if days and any(k.arrives is None for k in kinds):
        first = as_of if as_of is not None and as_of < days[0] else date.min
        periods = (first, *days)
    return SitingStudy(
        scenario,
        siting,
        stay,
        kinds,
        candidates,
        demand,
        dem,
        drawn[1],
        draws.n,
        draws,
        tuple(units),
        index,
        Covers(covers.bits[: len(stay)], covers.rows),
        Covers(covers.bits[index], covers.rows),
        periods,
    )


def _kinds(
    asked: Sequence[NewUnits], by_id: dict[str, Site], scenario: Scenario
) -> tuple[Kind, ...]:
    """Units to be placed, those that are alike together."""
    found: dict[tuple[str, date | None], Kind] = {}
    for one in asked:
        like = by_id[one.like] if one.like is not None else scenario.sites[0]
        day = one.arrives.last if one.arrives is not None else None
        before = [k.like for k in found.values() if k.arrives == day and _alike(k.like, like)]
        same = before[0] if before else like
        known = found.get((same.id, day))
        found[same.id, day] = Kind(same, one.count + (known.count if known else 0), day)
    return tuple(found.values())


def _alike(a: Site, b: Site) -> bool:
    """Whether two sites differ in nothing but where they stand, their names and their story."""
    fields = ("system", "radar", "engagement_radar", "missiles", "antenna", "engagement_antenna")
    more = ("max_range_m", "az_sector_deg", "el_limits_deg")
    return all(getattr(a, f) == getattr(b, f) for f in (*fields, *more))


def load_around(
    scenario: Scenario, lon: Floats, lat: Floats, reach_m: float, stay: Sequence[Site] = ()
) -> Dem:
    """The scenario's terrain around places, and around the units that stay, if there are any."""
    circles = [(float(x), float(y), 1.03 * reach_m) for x, y in zip(lon, lat, strict=True)]
    if stay:
        try:
            return load_scenario_dem(scenario, stay, circles)
        except InputError as error:  # about a single site it does not say which
            alone = len(stay) == 1 and error.field == "site"
            raise (error.inside(stay[0].id, ", ") if alone else error) from None
    terrain = scenario.terrain
    return load_dem(terrain.dem, around=circles[:1], along=circles[1:], nodata=terrain.nodata)


def place_shares(study: SitingStudy, plan: Plan | None) -> dict[str, Any]:
    """Covered share of each group of demand with a plan, by its name."""
    got = study.demand.weight * study.covered_by(plan)
    share = np.bincount(study.demand.group, got) / np.bincount(
        study.demand.group, study.demand.weight
    )
    return dict(zip(study.demand.groups, share.tolist(), strict=True))


def kinds_of_demand(study: SitingStudy, plan: Plan | None) -> list[tuple[str, float]]:
    """Covered share of each kind of demand with a plan."""
    got, w = study.covered_by(plan), study.demand.weight
    found = []
    for i, part in enumerate(study.demand.parts):
        here = study.demand.slice_of(i)
        found.append((part.title, float((got[here] * w[here]).sum() / w[here].sum())))
    return found


def options_of(study: SitingStudy) -> Ints:
    """(options,) the candidate of each option."""
    return np.tile(np.arange(len(study.candidates.lon)), len(study.kinds)).astype(np.int64)


def question(study: SitingStudy) -> str:
    """The part `siting` of the scenario as JSON, for the manifest."""
    return json.dumps(study.siting.model_dump(mode="json"), sort_keys=True, default=str)
