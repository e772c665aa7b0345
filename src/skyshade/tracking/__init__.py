"""One radar's tracker in one replicate of a raid, plot by plot, beside the raid's M-of-N rule."""

from skyshade.tracking.measures import ospa
from skyshade.tracking.model import Assumptions
from skyshade.tracking.run import Tracked, track_raid
from skyshade.tracking.tracker import Tracker

__all__ = ["Assumptions", "Tracked", "Tracker", "ospa", "track_raid"]
