"""The main job: the whole chain over time for one case. Model and run only; pages are in report."""

from skyshade.assess.model import Assessment
from skyshade.assess.run import assess

__all__ = ["Assessment", "assess"]
