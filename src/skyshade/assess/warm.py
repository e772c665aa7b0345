"""Compile what the main job needs before it is needed."""

from __future__ import annotations

from collections.abc import Callable

from skyshade.assess.run import assess
from skyshade.scenario.load import load_scenario

SMALLEST = "ballistic"  # of the shipped cases over the built-in terrain: one site


def compile_kernels(
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> None:
    """Compile the kernels of line of sight, reach and raids for this machine, and keep them.

    A small case is assessed, so that what is compiled is what runs; its results are thrown away.
    Kernels that are compiled already are kept as they are.
    """
    assess(load_scenario(SMALLEST), None, progress, draws=2, parts=("reach", "raids"))
