"""The scenario's generic raid against the units in service, date by date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from skyshade.campaign.run import run_raid
from skyshade.campaign.sentences import headline
from skyshade.campaign.study import DrawPlan, Progress, silent
from skyshade.campaign.uncertainty import Uncertainty, draw_forces
from skyshade.engagement._scalar_plan import KILLED
from skyshade.engagement.compile import CompiledRaid, prepare_raid
from skyshade.engagement.context import beside
from skyshade.engagement.launch import Block, check_run
from skyshade.engagement.results import Share, Tally
from skyshade.processes import Processes
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario, Site
from skyshade.terrain.model import Dem
from skyshade.uncertainty.draws import BAND

REPLICATES = 1000  # of each date, at the default figures
PER_VECTOR = 32  # of each draw; the band of the draws is tens of times wider than chance


@dataclass(frozen=True, eq=False)
class RaidDay:
    """What the units in service from a date on would have let through.

    Attributes
    ----------
    joined, sites : ids of the units that join on that day, and of all in service then.
    leaked : share of the threats that get through, with its 95 % Monte-Carlo interval.
    drawn : the same over draws of the unknown figures; None if none were asked for.
    by_class : share of each class of threats (catalogue id) that gets through.
    shot_down : per site the mean number of threats that it shoots down.
    rounds : mean number of missiles fired.
    """

    day: date
    joined: tuple[str, ...]
    sites: tuple[str, ...]
    leaked: Share
    drawn: Uncertainty | None
    by_class: Mapping[str, Share]
    shot_down: Mapping[str, float]
    rounds: float

    @property
    def band(self) -> tuple[float, float, float] | None:
        """Share that gets through: 5, 50 and 95 % of the draws."""
        return None if self.drawn is None else self.drawn.band()

    def _bands(self, drawn: Uncertainty) -> dict[str, list[float]]:
        return {c: [round(q, 6) for q in drawn.band(f"class {c}")] for c in self.by_class}

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        band = self.band
        return {
            "from": self.day.isoformat(),
            "joined": list(self.joined),
            "sites": list(self.sites),
            "leaked": self.leaked.as_dict(),
            **({} if band is None else {"leaked_band": [round(q, 6) for q in band]}),
            "leaked_by_class": {name: s.as_dict() for name, s in self.by_class.items()},
            **({} if self.drawn is None else {"leaked_band_by_class": self._bands(self.drawn)}),
            "shot_down_by": {site: round(mean, 3) for site, mean in self.shot_down.items()},
            "rounds_fired": round(self.rounds, 3),
        }


@dataclass(frozen=True, eq=False)
class RaidsReport:
    """The raid over time; the last of `days` is the date of the assessment.

    Attributes
    ----------
    raid, tally : as compiled for the last day, and its replicates.
    undefended : the day up to which no unit was in service, None if there was no such time.
    aimed : share of the threats that have an aim: without a unit in service they all get through.
    seed, draws : of the draws at the last day; None without draws.
    """

    raid: CompiledRaid
    tally: Tally
    days: tuple[RaidDay, ...]
    undefended: date | None
    aimed: float
    seed: int
    draws: DrawPlan | None

    @property
    def latest(self) -> RaidDay:
        """The last day: the date of the assessment."""
        return self.days[-1]

    @property
    def vectors(self) -> int:
        """Parameter vectors behind the band of each date."""
        return 0 if self.draws is None else self.draws.n

    @property
    def sentence(self) -> str:
        """The result on the date of the assessment, in a sentence."""
        return headline(self.tally, self.latest.drawn)

    @property
    def weak(self) -> int:
        """Number of the uncertain figures behind the raid that are weak or assumed."""
        return sum(u.weak for u in self.raid.unknowns)

    def rows(self) -> list[dict[str, Any]]:
        """A row per date, for a table."""
        found = []
        for day in self.days:
            low, middle, high = day.band or (None, None, None)
            found.append(
                {
                    "from": day.day.isoformat(),
                    "joined": "+".join(day.joined),
                    "units": len(day.sites),
                    "replicates": self.tally.replicates,
                    "leaked": round(day.leaked.value, 6),
                    "leaked_low": round(day.leaked.low, 6),
                    "leaked_high": round(day.leaked.high, 6),
                    **{
                        f"leaked_{name}": "" if q is None else round(q, 6)
                        for name, q in (("p5", low), ("p50", middle), ("p95", high))
                    },
                    "shot_down": round(sum(day.shot_down.values()), 3),
                    "rounds_fired": round(day.rounds, 3),
                }
            )
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        drawn = self.latest.drawn
        return {
            "headline": self.sentence,
            "targets": int(self.raid.is_threat.sum()),
            "targets_by_class": {
                c: int(self.tally.members[f"class {c}"].sum()) for c in self.latest.by_class
            },
            "replicates": self.tally.replicates,
            "seed": self.seed,
            "draws": None
            if self.draws is None
            else {
                "vectors": self.vectors,
                "replicates_per_vector": self.draws.replicates,
                "quantiles": list(BAND),
            },
            "before_any_unit": None
            if self.undefended is None
            else {
                "until": self.undefended.isoformat(),
                "leaked": round(self.aimed, 6),
                "why": "nothing is shot at, so everything that has an aim gets through",
            },
            "dates": [day.as_dict() for day in self.days],
            "drivers": [] if drawn is None else [d.as_dict() for d in drawn.drivers],
            "context": beside(self.tally),
            "figures": [
                {
                    "key": u.key,
                    "title": u.title,
                    "unit": u.unit,
                    "value": u.value,
                    "low": u.low,
                    "high": u.high,
                    "origin": u.origin,
                    "weak": u.weak,
                    "memory_only": u.memory_only,
                }
                for u in self.raid.unknowns
            ],
        }


def assess_raids(
    scenario: Scenario,
    steps: Sequence[tuple[date, Sequence[Site], Sequence[Site]]],
    dem: Dem,
    *,
    draws: int = 64,
    seed: int = 0,
    progress: Progress = silent,
    pool: Processes | None = None,
) -> RaidsReport | None:
    """The scenario's raid against the force at each step; None without a raid or threats in it.

    All dates use the same random numbers and the same draws of what is unknown, so a difference
    between two dates comes from the units.

    Parameters
    ----------
    steps : per date in order, the sites that join and all in service from then on; at least one
        step. Dates on which every radar is silent are skipped; on the last date that is an error.
    dem : terrain around all sites of the scenario, so that the raid is the same on every date.
    draws : draws of what is unknown per date, a power of two; 0 for none.
    seed : of replicates and draws.
    pool : processes that run the draws; by default threads do.

    Raises
    ------
    InputError : a raid that cannot be compiled; a seed or number of draws out of bounds.
    """
    raid = scenario.raid
    if raid is None or all(g.decoy or g.friendly for g in raid.groups):
        return None
    check_run(REPLICATES, seed)
    first = next((i for i, s in enumerate(steps[:-1]) if _emits(raid, s[2])), len(steps) - 1)
    met = steps[first:]
    plan = DrawPlan("band", draws, PER_VECTOR) if draws else None
    whole = prepare_raid(scenario, as_of=met[-1][0], dem=dem)
    forces = [whole.of_sites([s.id for s in sites]) for _, _, sites in reversed(met)]
    drawn: Sequence[Uncertainty | None] = [None] * len(forces)
    if plan is not None:
        tell = partial(progress, "raid, draws")
        drawn = draw_forces(forces, plan, seed, progress=tell, pool=pool)
    found: list[RaidDay] = []
    for number, (day, joined, sites) in enumerate(reversed(met)):
        stage = f"raid, {len(sites)} unit" + ("s" if len(sites) > 1 else "")
        shot_down: Counter[str] = Counter()
        run = run_raid(
            forces[number],
            replicates=REPLICATES,
            seed=seed,
            sink=partial(_count_shot_down, shot_down),
            progress=partial(_tell, progress, stage),
        )
        compiled, tally = run.raid, run.tally
        if not found:
            latest = compiled, tally
        found.append(
            RaidDay(
                day,
                tuple(s.id for s in joined),
                tuple(s.id for s in sites),
                tally.share(),
                drawn[number],
                {
                    name: tally.share(f"class {name}")
                    for name in compiled.classes
                    if f"class {name}" in tally.members
                },
                {s.id: shot_down[s.id] / REPLICATES for s in compiled.sites},
                sum(mean for mean, _ in tally.rounds().values()),
            )
        )
    compiled, tally = latest
    day, joined, sites = met[0]
    return RaidsReport(
        compiled,
        tally,
        tuple(reversed(found)),
        day if first == 0 and len(joined) == len(sites) else None,
        float(compiled.plan.threats.reaches[compiled.is_threat].mean()),
        seed,
        plan,
    )


def _emits(raid: Raid, sites: Sequence[Site]) -> bool:
    """True if any radar of these sites emits; otherwise nothing is ever detected or engaged."""
    return any(raid.defence_of(site.id).emission == "active" for site in sites)


def _tell(progress: Progress, stage: str, step: str, done: int, total: int) -> None:
    """Report a step of a run as the progress of the stage."""
    progress(stage, done, total)


def _count_shot_down(shot_down: Counter[str], raid: CompiledRaid, block: Block) -> None:
    """Add the number of threats that each site shoots down in these replicates."""
    units = block.unit[(block.outcome == KILLED) & raid.is_threat]
    for unit, kills in zip(raid.units, np.bincount(units, minlength=len(raid.units)), strict=True):
        shot_down[raid.sites[unit.site].id] += int(kills)
