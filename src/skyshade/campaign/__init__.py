"""Answers from raids: how much gets through, how sure, and which unknown decides."""

from skyshade.campaign.axes import parse_axis
from skyshade.campaign.compare import Comparison, compare
from skyshade.campaign.sentences import headline
from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.campaign.store import PieceStore
from skyshade.campaign.study import DrawPlan, Study
from skyshade.campaign.sweep import Sweep, run_sweep
from skyshade.campaign.uncertainty import Uncertainty, draw_unknowns, run_uncertainty

__all__ = [
    "Comparison",
    "ConfidenceSequence",
    "DrawPlan",
    "PieceStore",
    "Study",
    "Sweep",
    "Uncertainty",
    "compare",
    "draw_unknowns",
    "headline",
    "parse_axis",
    "run_sweep",
    "run_uncertainty",
]
