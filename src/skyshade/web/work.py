"""What jobs do: exact areas of a draft, its reach with bands, and raids on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from skyshade.campaign.blocks import run_blocks
from skyshade.campaign.sentences import headline
from skyshade.campaign.study import DrawPlan
from skyshade.campaign.uncertainty import Uncertainty, draw_unknowns
from skyshade.engagement import Runner, Tally
from skyshade.engagement._scalar_plan import KILLED
from skyshade.engagement.compile import CompiledRaid, PreparedRaid, prepare_raid
from skyshade.engagement.launch import compilation
from skyshade.engagement.paths import Flight, flown_altitude
from skyshade.engagement.results import REASON_SENTENCES
from skyshade.errors import InputError, unknown_name
from skyshade.export.moving import Moving, Way, moving
from skyshade.radar.load import load_target
from skyshade.radar.model import Target
from skyshade.reach.inbound import SiteReach, three
from skyshade.reach.scenario import reach_scenario
from skyshade.scenario.group import DAY_S, Aim, Arrival, Group
from skyshade.scenario.quantities import Identifier
from skyshade.scenario.raid import Defence, Raid, Rules, SiteSettings
from skyshade.scenario.schema import Scenario
from skyshade.terrain.model import Altitude
from skyshade.uncertainty.draws import check_draws
from skyshade.web.case import MapCase, reach_lines, target_of
from skyshade.web.drafts import Asked, Name, Sites, real_sites
from skyshade.web.interest import InterestAsked, check_interest, reach_of_interest
from skyshade.web.jobs import Job, Work
from skyshade.web.where_next import SitingAsked, check_siting, where_next

FARTHEST_M, LONGEST_S = 400e3, 2400.0  # how far from its aim a raid starts, and how long it flies
# side by side: a raid twice as large is not to be twice as wide, or more of it would fly past units
SPACING_M, FRONT_M = 1000.0, 40e3
POINTS = 10  # of the saturation curve
# replicates before the first look at the raid that was asked for, and at its smaller siblings; and
# most between two looks
FIRST_LOOK, FIRST_PORTION, LARGEST_PORTION = 1000, 64, 1024
DRAWN_REPLICATES = 64
MAX_TARGETS = 400
MAX_DRAWS = 256


class CoverageAsked(Asked):
    """Exact visible areas of a draft, at every altitude of the case."""

    kind: Literal["coverage"]
    sites: Sites


class ReachAsked(Asked):
    """Reach of a draft against one class of target, with its band over `draws` draws."""

    kind: Literal["reach"]
    sites: Sites
    target: Name
    draws: Annotated[int, Field(ge=2, le=MAX_DRAWS)] = 32


class AltitudeAsked(Asked):
    """An altitude above the ground below, or above mean sea level."""

    value_m: Annotated[float, Field(ge=10, le=40_000, allow_inf_nan=False)]
    datum: Literal["agl", "msl"]


class RaidSpec(Asked):
    """One group of targets of a class, flying in from a bearing towards a defended place.

    `altitude`: the usual one of the class if none is given; of no matter to a ballistic arc.
    """

    n_targets: Annotated[int, Field(ge=1, le=MAX_TARGETS, strict=True)]
    target: Name
    bearing_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False, strict=True)]
    place: Identifier
    interval_s: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = 0.0
    altitude: AltitudeAsked | None = None


class RaidAsked(Asked):
    """How much of a raid gets through a draft, by the size of the raid.

    `draws`: vectors of the unknown figures behind the wider band, a power of two; 0 for none.
    """

    kind: Literal["raid"]
    sites: Sites
    raid: RaidSpec
    replicates: Annotated[int, Field(ge=64, le=100_000)] = 2000
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 0
    draws: Annotated[int, Field(ge=0, le=MAX_DRAWS)] = 16


JobAsked = Annotated[
    CoverageAsked | ReachAsked | RaidAsked | SitingAsked | InterestAsked,
    Field(discriminator="kind"),
]


def works(case: MapCase) -> dict[str, Work]:
    """What a job of each kind does with a case."""
    return {
        "coverage": partial(_coverage, case),
        "reach": partial(_reach, case),
        "raid": partial(_raid, case),
        "siting": partial(where_next, case),
        "interest": partial(reach_of_interest, case),
    }


def check_asked(case: MapCase, asked: JobAsked) -> None:
    """Refuse at once what could only fail later.

    Raises
    ------
    InputError : sites, places, classes or numbers that the case cannot have.
    """
    if isinstance(asked, SitingAsked):
        check_siting(case, asked)
        return
    if isinstance(asked, InterestAsked):
        check_interest(case, asked)
        return
    _drafted(case, asked.sites)
    for draft in asked.sites:
        case.check_place(draft)
    if isinstance(asked, ReachAsked):
        target_of(asked.target, case.scenario.known)
        check_draws(asked.draws, "draws", MAX_DRAWS)
    if isinstance(asked, RaidAsked):
        if asked.draws:
            check_draws(asked.draws, "draws", MAX_DRAWS)
        target_of(asked.raid.target, case.scenario.known, "raid.target")
        _raid_scenario(case, asked, asked.raid.n_targets)


def _coverage(case: MapCase, job: Job) -> dict[str, Any]:
    asked = CoverageAsked.model_validate(job.asked)
    sites = real_sites(case.scenario, asked.sites)
    job.report("line of sight", 0, 2)
    found = case.whole_views(asked.sites)
    job.report("areas", 1, 2)
    groups = {s.id: [s.id] for s in sites} | {"force": [s.id for s in sites]}
    return {"areas": [a.as_dict() for a in found.areas(groups, case.scenario.ring_m)]}


def _reach(case: MapCase, job: Job) -> dict[str, Any]:
    asked = ReachAsked.model_validate(job.asked)
    scenario = _drafted(case, asked.sites)
    lines: list[dict[str, Any]] = []

    def add(one: SiteReach) -> None:
        lines.append({"id": one.unit.id} | reach_lines(one))
        job.show({"sites": lines})

    found = reach_scenario(
        scenario,
        scenario.sites,
        targets=[asked.target],
        draws=asked.draws,
        dem=case.dem,
        progress=lambda done, total: job.report("reach", done, total),
        each=add,
    )
    unknowns = [u.as_dict() for u in found.sites[0].draws.unknowns]
    force = {
        "area_km2": [three(a[:, 0], 1) for a in np.moveaxis(found.force.area_band / 1e6, 1, 0)],
        "share_of_rings": [
            three(share[:, 0], 5) for share in np.moveaxis(found.force.fraction_band, 1, 0)
        ],
    }
    return {"target": asked.target, "sites": lines, "unknowns": unknowns, "force": force}


@dataclass(eq=False)
class _Point:
    """One size of the raid, and its results so far."""

    n_targets: int
    prepared: PreparedRaid
    runner: Runner
    tally: Tally
    uncertainty: Uncertainty | None = None

    def run_to(self, goal: int, asked: RaidAsked, check: Callable[[], None]) -> None:
        """Run the replicates that are missing up to a number, at most as many as were asked for.

        Parameters
        ----------
        check : called after each block; it raises an exception if the job was cancelled.
        """
        blocks = run_blocks(
            self.runner,
            min(goal, asked.replicates),
            progress=lambda done, total: check(),
            first=self.tally.replicates,
        )
        for block in blocks:
            self.tally.add(block)

    def as_dict(self) -> dict[str, Any]:
        drawn = self.uncertainty
        return {
            "n_targets": self.n_targets,
            "replicates": self.tally.replicates,
            "leaked": self.tally.share().as_dict(),
            "band": None if drawn is None else [round(q, 5) for q in drawn.band()],
        }


def _raid(case: MapCase, job: Job) -> dict[str, Any]:
    asked = RaidAsked.model_validate(job.asked)
    if said := compilation():
        job.report(said, 0, 1)
    points: list[_Point] = []
    sizes = _sizes(asked.raid.n_targets)
    total = asked.replicates * len(sizes)
    for n in reversed(sizes):  # what was asked for comes first
        prepared = prepare_raid(
            _raid_scenario(case, asked, n),
            as_of="all",
            dem=case.dem,
            progress=lambda stage, done, total: job.check(),
        )
        job.check()
        raid = prepared.compile()
        points.append(_Point(n, prepared, Runner(raid, asked.seed), Tally(raid)))
        points[-1].run_to(FIRST_LOOK if len(points) == 1 else FIRST_PORTION, asked, job.check)
        _report(job, asked, points, total)
    for goal in _goals(asked.replicates):
        for point in points:
            point.run_to(goal, asked, job.check)
        _report(job, asked, points, total)
    if asked.draws:
        for done, point in enumerate(points):
            job.report("unknown figures", done, len(points))
            drawn = DrawPlan("band", asked.draws, DRAWN_REPLICATES)
            point.uncertainty = draw_unknowns(
                point.prepared, drawn, asked.seed, progress=lambda done, total: job.check()
            )
            job.show(_found(asked, points))
    return _found(asked, points)


def replay_of(case: MapCase, job: Job, replicate: int) -> dict[str, Any]:
    """One replicate of a raid job: who was where when, and what happened.

    Raises
    ------
    InputError : the job is no raid; a replicate that it did not run.
    """
    if job.kind != "raid":
        raise InputError("only a raid can be replayed", field="job", value=job.kind)
    asked = RaidAsked.model_validate(job.asked)
    if not 0 <= replicate < asked.replicates:
        raise InputError(
            "the job has no such replicate",
            field="replicate",
            value=replicate,
            allowed=f"0 to {asked.replicates - 1}",
        )
    return _moving(moving(_compiled(case, asked), asked.seed, replicate))


def _compiled(case: MapCase, asked: RaidAsked) -> CompiledRaid:
    """The raid at its full size."""
    scenario = _raid_scenario(case, asked, asked.raid.n_targets)
    return prepare_raid(scenario, as_of="all", dem=case.dem).compile()


def _found(asked: RaidAsked, points: Sequence[_Point]) -> dict[str, Any]:
    full = points[0]
    raid, tally = full.runner.raid, full.tally
    found = tally.as_dict()
    return {
        "curve": [p.as_dict() for p in reversed(points)],
        "replicates": tally.replicates,
        "headline": headline(tally, full.uncertainty),
        "chosen": {
            "n_targets": raid.n_targets,
            "leaked": tally.share().as_dict(),
            "shot_down": tally.share(outcome=KILLED).as_dict(),
            "leakers": found["leakers"],
            "why": [
                {"reason": key, "share": round(share, 5), "says": REASON_SENTENCES[key]}
                for key, share in sorted(tally.why().items(), key=lambda item: -item[1])
            ],
            "rounds": {m: r["mean"] for m, r in found["rounds_fired"].items() if r["mean"]},
        },
        "draws": asked.draws,
        "replicates_per_draw": DRAWN_REPLICATES,
        "distance_m": _distance_m(load_target(asked.raid.target, raid.scenario.known)),
        "duration_s": raid.raid.duration_s,
        "altitude": _flown(raid.flights[0]),
        "unknown_terrain_share": round(raid.outside, 4),
        "unknowns": [u.as_dict() for u in raid.unknowns],
        "interval": found["interval"],
    }


def _drafted(case: MapCase, drafts: Sites) -> Scenario:
    """The case with the sites of a draft; its own raid may head for a site that is gone."""
    return case.scenario.with_(sites=real_sites(case.scenario, drafts), raid=None)


def _raid_scenario(case: MapCase, asked: RaidAsked, n_targets: int) -> Scenario:
    """The draft with the raid that was asked for, of a size."""
    scenario = _drafted(case, asked.sites)
    with scenario.in_use():
        return scenario.with_(raid=_one_group(case, scenario, asked, n_targets))


def _one_group(case: MapCase, scenario: Scenario, asked: RaidAsked, n_targets: int) -> Raid:
    spec, places = asked.raid, [p.id for p in scenario.places]
    if spec.place not in places:
        raise unknown_name("place", spec.place, places, field="raid.place")
    target = load_target(spec.target, scenario.known)
    distance = _distance_m(target)
    arc = target.is_ballistic
    group = Group(
        id="raid",
        target=target.id,
        count=n_targets,
        aim=Aim(place=spec.place),
        bearing_deg=spec.bearing_deg,
        distance_m=distance,
        profile="ballistic" if arc else "level",
        spacing_m=0.0 if arc else min(SPACING_M, FRONT_M / n_targets),
        altitude=None
        if arc or spec.altitude is None
        else Altitude(spec.altitude.value_m, spec.altitude.datum),
        arrival=Arrival(process="stream", interval_s=spec.interval_s)
        if spec.interval_s
        else Arrival(),
    )
    flight = distance / target.speed_mps
    duration = 1.5 * flight + spec.interval_s * n_targets + 300.0
    if duration > DAY_S:
        raise InputError(
            "the raid would last longer than a day",
            field="raid.interval_s",
            value=spec.interval_s,
            allowed=f"at most {(DAY_S - 300 - 1.5 * flight) / n_targets:.0f} s between "
            f"{n_targets} targets",
        )
    own = case.scenario.raid
    return Raid(
        duration_s=duration,
        step_s=max(1.0, round(flight / 1000.0)),
        groups=(group,),
        defence=own.defence if own else Defence(),
        rules=own.rules if own else Rules(),
        sites=_defences(own, asked),
    )


def _defences(raid: Raid | None, asked: RaidAsked) -> dict[str, SiteSettings]:
    """What stands at each site of a draft: the same as at the site that it is like."""
    if raid is None:
        return {}
    return {s.id: raid.sites[s.like] for s in asked.sites if s.like in raid.sites}


def _flown(flight: Flight) -> dict[str, Any] | None:
    """The altitude of a raid, None on an arc."""
    if flight.group.profile == "ballistic":
        return None
    altitude = flown_altitude(flight.group, flight.target)
    return {"value_m": altitude.value_m, "datum": altitude.datum}


def _distance_m(target: Target) -> float:
    """How far from its aim a raid starts: no farther than it flies in `LONGEST_S`."""
    return min(FARTHEST_M, 1e4 * math.floor(LONGEST_S * float(target.speed_mps) / 1e4))


def _sizes(n_targets: int) -> list[int]:
    """The sizes of raid that a saturation curve shows, the one asked for last."""
    return sorted({max(round(x), 1) for x in np.linspace(0, n_targets, POINTS + 1)[1:]})


def _goals(replicates: int) -> list[int]:
    """Up to how many replicates all points are run before the next look at them.

    >>> _goals(1000)
    [128, 256, 512, 1000]
    """
    goals = [2 * FIRST_PORTION]
    while goals[-1] < replicates:
        goals.append(min(goals[-1] + min(goals[-1], LARGEST_PORTION), replicates))
    return goals


def _report(job: Job, asked: RaidAsked, points: Sequence[_Point], total: int) -> None:
    job.report("replicates", sum(p.tally.replicates for p in points), total)
    job.show(_found(asked, points))


def _moving(found: Moving) -> dict[str, Any]:
    return {
        "replicate": found.run,
        "seed": found.seed,
        "duration_s": found.duration_s,
        "targets": [
            {
                "id": t.id,
                "class": t.class_,
                "side": t.side,
                "end": t.end,
                "way": _way(t.way),
                "held": [list(h) for h in t.held],
            }
            for t in found.targets
        ],
        "missiles": [
            {
                "id": m.id,
                "type": m.type,
                "unit": m.unit,
                "site": m.site,
                "target": m.target,
                "end": m.end,
                "way": _way(m.way),
            }
            for m in found.missiles
        ],
        "events": list(found.events),
    }


def _way(way: Way) -> dict[str, list[float]]:
    return {
        "t_s": way.t_s.round(2).tolist(),
        "lon": way.lon.round(5).tolist(),
        "lat": way.lat.round(5).tolist(),
        "alt_m": way.alt_m.round(1).tolist(),
    }
