"""The main job: what the regiments delivered by a date can see, and how that grew."""

from skyshade.assess.model import Assessment
from skyshade.assess.run import assess

__all__ = ["Assessment", "assess"]
