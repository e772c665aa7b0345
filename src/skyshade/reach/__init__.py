"""What fire units reach: engageable airspace, inbound reach, places, crossing targets, gaps.

``skyshade.reach(scenario)`` calls :func:`skyshade.reach.scenario.reach_scenario`.
"""

from skyshade._callable import make_verb

__all__: list[str] = []

make_verb(__name__, "skyshade.reach.scenario", "reach_scenario")
