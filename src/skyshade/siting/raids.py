"""The best few plans in the case's raid, with the same luck: does their order survive?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skyshade.campaign.compare import Difference, compare
from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.scenario.schema import Scenario
from skyshade.siting.model import Plan

if TYPE_CHECKING:
    from skyshade.siting.study import SitingStudy

RUNNERS_UP = 2
REPLICATES = 2_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class RaidOrder:
    """Leakers of the raid with each plan; the first is the chosen one.

    Attributes
    ----------
    plans : with what each is worth in the siting problem.
    leaked : share of threats that get through, without new units and with each plan.
    less : share of leakers with a plan less that with the chosen plan, paired by replicate.
    """

    plans: tuple[tuple[Plan, float], ...]
    nobody: float
    leaked: tuple[float, ...]
    less: tuple[Difference, ...]
    replicates: int

    @property
    def survives(self) -> bool:
        """Whether no other plan is better than the chosen one beyond chance."""
        return all(d.high >= 0 for d in self.less)

    @property
    def decided(self) -> bool:
        """Whether the raid tells the chosen plan from every other one."""
        return bool(self.less) and all(d.low > 0 for d in self.less)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "replicates": self.replicates,
            "leaked_without_new_units": round(self.nobody, 6),
            "leaked": [round(x, 6) for x in self.leaked],
            "others_minus_chosen": [d.as_dict() for d in self.less],
            "order_survives": self.survives,
        }


def play(study: SitingStudy, seed: int, progress: Progress) -> RaidOrder | None:
    """Play the chosen plan and the best others that differ; None if the raid cannot be played so.

    A raid that aims at a unit which is not in service cannot be.
    """
    scenario = study.scenario
    assert scenario.raid is not None
    kept = {site.id for site in study.stay}
    aims = {g.aim.site for g in scenario.raid.groups if g.aim is not None and g.aim.site}
    if not aims <= kept or not set(scenario.raid.sites) <= kept:
        study.left_out.append("the raid names units that are not in service, so it was not played")
        return None
    others = () if study.near is None else study.near.others[:RUNNERS_UP]
    plans = [(study.answer.plan, study.answer.value), *others]

    def compiled(plan: Plan) -> CompiledRaid:
        return compile_raid(with_units(scenario, study, plan), as_of="all")

    chosen = compiled(study.answer.plan)
    progress("raids", 0, len(plans))
    leaked, less = [], []
    nobody = 1.0
    if study.stay:
        found = compare(chosen, compiled(()), replicates=REPLICATES, seed=seed)
        leaked.append(found.tallies[0].share("all").value)
        nobody = found.tallies[1].share("all").value
    for i, (plan, _) in enumerate(plans[1:], 1):
        progress("raids", i, len(plans))
        found = compare(chosen, compiled(plan), replicates=REPLICATES, seed=seed)
        if not leaked:
            leaked.append(found.tallies[0].share("all").value)
        leaked.append(found.tallies[1].share("all").value)
        less.append(found.difference())
    progress("raids", len(plans), len(plans))
    return RaidOrder(tuple(plans), nobody, tuple(leaked), tuple(less), REPLICATES)


def with_units(scenario: Scenario, study: SitingStudy, plan: Plan) -> Scenario:
    """The scenario with the units in service and a plan's, and no others."""
    return scenario.model_copy(
        update={"sites": (*study.stay, *study.new_sites(plan)), "siting": None}
    )
