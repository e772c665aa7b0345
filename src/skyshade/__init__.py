"""Skyshade: an open analysis model of the S-400 system and of the programme that delivers it.

The public names below are loaded on first use, so ``import skyshade`` costs next to nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# public name -> the module that defines it
_HOME: dict[str, str] = {
    "Altitude": "skyshade.terrain.model",
    "Antenna": "skyshade.terrain.model",
    "Coverage": "skyshade.coverage",
    "cover": "skyshade.coverage",
    "cover_scenario": "skyshade.coverage",
    "coverage_at": "skyshade.coverage",
    "load_catalogue": "skyshade.catalogue",
    "load_dem": "skyshade.terrain.dem",
    "load_ledger": "skyshade.programme",
    "load_scenario": "skyshade.scenario",
    "masking_altitude": "skyshade.terrain.sweep",
    "load_radar": "skyshade.radar",
    "load_target": "skyshade.radar",
    "compare": "skyshade.campaign",
    "run_raid": "skyshade.campaign",
    "sweep": "skyshade.campaign",
    "reach_scenario": "skyshade.reach.scenario",
    "visibility_probability": "skyshade.terrain.uncertainty",
}

__all__ = sorted(["__version__", *_HOME])


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'skyshade' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
