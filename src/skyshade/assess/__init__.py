"""The main job: what the units in service by a date can see, reach and stop, and how that grew.

The package can be called: ``skyshade.assess(scenario)`` is :func:`skyshade.assess.run.assess`.
"""

from skyshade._callable import make_verb
from skyshade.assess.model import Assessment
from skyshade.assess.run import assess

__all__ = ["Assessment", "assess"]

make_verb(__name__, "skyshade.assess.run", "assess")
