"""Which means of the defence binds: what one more of each would save, under the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skyshade.campaign.compare import Comparison, Difference
from skyshade.engagement._scalar_plan import Plan
from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import Runner, block_size, even_portions
from skyshade.engagement.plan import first_channels
from skyshade.engagement.tables import with_last_chances

REPLICATES = 1000
SOONER_S = 1.0  # by which the reaction time is shorter


@dataclass(frozen=True)
class OneMore:
    """What one more of something changes.

    Attributes
    ----------
    means : key, of `MEANS`. title : in words.
    difference : share of threats that get through with it, minus that without; paired.
    """

    means: str
    title: str
    difference: Difference

    @property
    def helps(self) -> bool:
        """Whether it surely lets fewer through."""
        return self.difference.high < 0.0

    @property
    def harms(self) -> bool:
        """Whether it surely lets more through."""
        return self.difference.low > 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"means": self.means, "title": self.title, **self.difference.as_dict()}


def _channels(plan: Plan) -> Plan:
    channels = plan.fire.channels + 1
    more = plan.fire._replace(channels=channels, first_channel=first_channels(channels))
    return plan._replace(fire=more)


def _guidance(plan: Plan) -> Plan:
    more = plan.fire.guidance_channels + 1
    return plan._replace(fire=plan.fire._replace(guidance_channels=more))


def _rounds(plan: Plan) -> Plan:
    """A launcher more in each unit, full of the missile that it has most of."""
    load = plan.fire.load.copy()
    most = load.argmax(axis=1)
    load[np.arange(len(load)), most] += plan.fire.tubes[most]
    more = plan.fire._replace(load=load, launchers=plan.fire.launchers + 1)
    return plan._replace(fire=more)


def _sooner(plan: Plan) -> Plan:
    reaction = np.maximum(plan.doctrine.reaction - SOONER_S, 0.0)
    return plan._replace(
        doctrine=plan.doctrine._replace(reaction=reaction),
        threats=with_last_chances(plan.threats, plan.fire, reaction, plan.rules.step),
    )


MEANS: Mapping[str, tuple[str, Callable[[Plan], Plan]]] = {
    "channel": ("one more fire channel in every unit", _channels),
    "guidance": ("one more guidance channel in every unit", _guidance),
    "launcher": ("one more full launcher in every unit", _rounds),
    "time": ("a reaction one second shorter", _sooner),
}


def one_more(
    raid: CompiledRaid, replicates: int = REPLICATES, seed: int = 0, workers: int | None = None
) -> list[OneMore]:
    """What one more of each means would change, the most useful first.

    Both sides run with the same random numbers, replicate by replicate.
    """
    base = Runner(raid, seed, workers)
    parts = list(even_portions(block_size(raid), replicates))
    before = [base.run(first, n) for first, n in parts]
    found = []
    for means, (title, change) in MEANS.items():
        changed = replace(raid, plan=change(raid.plan))
        runner, paired = Runner(changed, seed, workers), Comparison((raid, changed))
        for (first, n), block in zip(parts, before, strict=True):
            paired.add((block, runner.run(first, n)))
        found.append(OneMore(means, title, paired.difference()))
    return sorted(found, key=lambda m: m.difference.value)
