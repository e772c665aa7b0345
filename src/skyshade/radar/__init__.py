"""What a radar detects: range equation, detection probability, attenuation, jamming, tracks.

>>> from skyshade.radar import load_radar
>>> load_radar("92N6E").reference_range_m
340000.0
"""

from skyshade.radar.detection import detection_probability, false_alarm_threshold, required_snr
from skyshade.radar.load import load_radar, load_target
from skyshade.radar.model import Detection, Jammer, Radar, Target
from skyshade.radar.ranges import burn_through_range, detection_range, snr_at

__all__ = [
    "Detection",
    "Jammer",
    "Radar",
    "Target",
    "burn_through_range",
    "detection_probability",
    "detection_range",
    "false_alarm_threshold",
    "load_radar",
    "load_target",
    "required_snr",
    "snr_at",
]
