"""The main job: what the units in service by a date can see, reach and stop, and how that grew.

``skyshade.assess(scenario)`` calls :func:`skyshade.assess.run.assess`.
"""

from skyshade._callable import make_verb

__all__: list[str] = []

make_verb(__name__, "skyshade.assess.run", "assess")
