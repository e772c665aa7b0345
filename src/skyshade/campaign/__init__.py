"""Answers from raids: how much gets through, how sure, and which unknown decides."""

from skyshade.campaign.axes import parse_axis
from skyshade.campaign.compare import Comparison, compare
from skyshade.campaign.run import RaidResult, run_raid
from skyshade.campaign.sentences import headline
from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.campaign.study import DrawPlan
from skyshade.campaign.sweep import Sweep, sweep
from skyshade.campaign.uncertainty import Uncertainty, draw_unknowns

__all__ = [
    "Comparison",
    "ConfidenceSequence",
    "DrawPlan",
    "RaidResult",
    "Sweep",
    "Uncertainty",
    "compare",
    "draw_unknowns",
    "headline",
    "parse_axis",
    "run_raid",
    "sweep",
]
